/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that is no table: strictly parsed, and what is in it counted. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/jscan.h"
#include "types/measure.h"
#include "types/profiler.h"
#include "types/tally.h"

#define KEYS_LISTED_MAX 256
#define KEY_TYPES_MAX 16

struct key {
	const char *name;
	const char *type; /* "mixed" where items differ */
	uint64_t n;       /* items of an array under it; how often, in an array of objects */
};
struct inside {
	struct arena *a;
	struct key keys[KEYS_LISTED_MAX]; /* members at the top, or of the objects in an array at the top */
	size_t nkeys;
	uint64_t key_count; /* all of them, listed or not; members at the top only */
	unsigned depth;
	uint64_t values;
	uint64_t nulls;
	uint64_t objects, arrays, strings, numbers, booleans;
	uint64_t items; /* of an array at the top */
	struct tally item_types;
	bool is_array;
	struct key *current;
};

static const char *
json_type_name(enum jscan_type t)
{
	switch (t) {
	case JSCAN_OBJECT: return "object";
	case JSCAN_ARRAY: return "array";
	case JSCAN_STRING: return "string";
	case JSCAN_NUMBER: return "number";
	case JSCAN_TRUE:
	case JSCAN_FALSE: return "boolean";
	case JSCAN_NULL: return "null";
	case JSCAN_KEY:
	case JSCAN_OBJECT_END:
	case JSCAN_ARRAY_END:
	case JSCAN_END:
	case JSCAN_FAULT:
	case JSCAN_ERR: break;
	}
	NEVER("a document begins with a value");
}

static struct key *
key_of(struct inside *in, const char *p, size_t n)
{
	size_t cut = text_cut(p, n, 200);

	for (size_t i = 0; i < in->nkeys; i++)
		if (strlen(in->keys[i].name) == cut && memcmp(in->keys[i].name, p, cut) == 0)
			return &in->keys[i];
	if (in->nkeys == KEYS_LISTED_MAX)
		return NULL;
	in->keys[in->nkeys] = (struct key){.name = arena_dup(in->a, p, cut)};
	return &in->keys[in->nkeys++];
}

static void
take_value(struct inside *in, enum jscan_type t, unsigned depth)
{
	const char *type = json_type_name(t);

	in->values++;
	in->objects += t == JSCAN_OBJECT;
	in->arrays += t == JSCAN_ARRAY;
	in->strings += t == JSCAN_STRING;
	in->numbers += t == JSCAN_NUMBER;
	in->booleans += t == JSCAN_TRUE || t == JSCAN_FALSE;
	in->nulls += t == JSCAN_NULL;
	if (in->is_array && depth == 1) {
		in->items++;
		tally_add(&in->item_types, type, strlen(type), 1, 0);
	}
	if (!in->current)
		return;
	if (depth == (in->is_array ? 2u : 1u)) {
		if (in->current->type && strcmp(in->current->type, type) != 0)
			type = "mixed";
		in->current->type = type;
		in->current->n += in->is_array;
	} else if (!in->is_array && depth == 2 && strcmp(in->current->type, "array") == 0) {
		in->current->n++;
	}
}

/* depth: open objects and arrays around the token. */
static void
take(struct inside *in, enum jscan_type t, const struct jscan_token *token, unsigned depth)
{
	if (t == JSCAN_KEY) {
		if (depth == (in->is_array ? 2u : 1u)) {
			in->current = key_of(in, token->p, token->n);
			in->key_count += !in->is_array;
		}
	} else if (t != JSCAN_OBJECT_END && t != JSCAN_ARRAY_END) {
		take_value(in, t, depth);
		if (in->is_array && depth == 1)
			in->current = NULL;
	}
}

static void
summarize(struct profiler *p, struct inside *in)
{
	struct buf b;
	struct jw w;

	buf_init(&b, p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "top_level", p->out->top_level);
	jw_array(&w, "keys");
	for (size_t i = 0; i < in->nkeys; i++) {
		const struct key *k = &in->keys[i];
		jw_object(&w, NULL);
		jw_str(&w, "name", k->name);
		jw_str(&w, "type", k->type);
		if (in->is_array || strcmp(k->type, "array") == 0)
			jw_uint(&w, in->is_array ? "in_items" : "items", k->n);
		jw_end(&w);
	}
	jw_end(&w);
	if (in->is_array) {
		jw_uint(&w, "items", in->items);
		tally_write(&in->item_types, "item_types", &w);
	} else {
		jw_uint(&w, "key_count", in->key_count);
	}
	jw_uint(&w, "depth", in->depth);
	jw_object(&w, "counts");
	jw_uint(&w, "values", in->values);
	jw_uint(&w, "objects", in->objects);
	jw_uint(&w, "arrays", in->arrays);
	jw_uint(&w, "strings", in->strings);
	jw_uint(&w, "numbers", in->numbers);
	jw_uint(&w, "booleans", in->booleans);
	jw_uint(&w, "nulls", in->nulls);
	jw_end(&w);
	jw_end(&w);
	measure_summary(p, &b);
}

int
measure_json(struct profiler *p, struct err *err)
{
	struct jscan *j = jscan_new_fd(p->a, p->fd);
	struct inside *in = ARENA_NEW(p->a, struct inside);
	struct jscan_token token;
	enum jscan_type first = jscan_next(j, &token, err), t = first;

	in->a = p->a;
	in->is_array = first == JSCAN_ARRAY;
	tally_init(&in->item_types, p->a, KEY_TYPES_MAX);
	while (t < JSCAN_END) {
		unsigned open = jscan_depth(j), opens = t == JSCAN_OBJECT || t == JSCAN_ARRAY;
		if (open > in->depth)
			in->depth = open;
		take(in, t, &token, open - opens);
		t = jscan_next(j, &token, err);
	}
	if (t == JSCAN_END) {
		p->out->top_level = json_type_name(first);
		summarize(p, in);
	}
	if (t == JSCAN_FAULT) {
		p->out->parse_ok = false;
		p->out->fault = *jscan_fault(j);
	}
	jscan_release(j);
	return t == JSCAN_ERR ? -1 : 0;
}
