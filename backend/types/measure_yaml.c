/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML by libyaml's events, in bounded memory: nothing is built. Aliases are never expanded; what
 * they would stand for is counted, and refused beyond a limit (a "billion laughs"). The keys of the
 * mappings that are open at a time are held as 64-bit keyed hashes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <yaml.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/hash.h"
#include "types/measure.h"
#include "types/mem.h"
#include "types/profiler.h"
#include "types/tally.h"

#define DEPTH_MAX 128u
#define VALUE_BYTES_MAX ((uint64_t)8 << 20)    /* one key, text or comment */
#define ALIASED_NODES_MAX UINT64_C(2000000)    /* what all aliases together may stand for */
#define ANCHORS_MAX 10000u
#define ANCHOR_SLOTS 32768u
#define OPEN_KEYS_MAX ((size_t)1 << 18)        /* in all mappings that are open at a time */
#define COLUMNS_MAX 256u
#define TAGS_MAX 16u
#define TAG_CORE "tag:yaml.org,2002:"

struct open_node {
	uint64_t nodes;   /* of what is complete in it, aliases written out */
	size_t anchor;    /* index + 1, 0 none */
	bool is_mapping;
	bool is_value;    /* mapping: a key has been read, its value is next */
};
/* The keys of the mapping open at one depth. A table serves all mappings there; the generation tells this one's keys. */
struct key_slot {
	uint64_t hash;
	uint64_t generation;
};
struct keys {
	struct mem mem; /* struct key_slot[size] */
	size_t size;    /* a power of two, or 0 */
	size_t n;
	uint64_t generation;
};
struct anchor {
	uint64_t hash;
	uint64_t nodes; /* 0: still open */
};
struct column {
	const char *name;
	uint64_t rows;
	const char *type;
};
struct y {
	struct profiler *p;
	struct err *err;
	yaml_parser_t parser;
	uint64_t fed;      /* bytes given to libyaml */
	uint64_t fed_mark; /* at the last event */
	bool is_too_large;
	bool is_io;
	struct open_node open[DEPTH_MAX];
	unsigned depth, depth_seen;
	struct keys keys[DEPTH_MAX];
	size_t nkeys; /* of all that are open */
	struct anchor *anchors;
	size_t nanchors;
	uint16_t *anchor_slots; /* [ANCHOR_SLOTS] index + 1, open addressing */
	uint64_t aliases, aliased, documents, nodes;
	const char *top_level;
	struct tally tags;
	/* the first document: members of a mapping, or the columns of a sequence of mappings */
	struct column columns[COLUMNS_MAX];
	size_t ncolumns;
	uint64_t column_count;
	struct column *column;
	uint64_t items, rows;
	bool is_flat; /* every value of every row is a scalar */
	uint64_t other_keys;
};

static int
feed(void *arg, unsigned char *to, size_t n, size_t *got)
{
	struct y *y = arg;
	ssize_t r;

	*got = 0;
	if (y->fed - y->fed_mark > VALUE_BYTES_MAX) {
		y->is_too_large = true;
		return 0;
	}
	do {
		r = pread(y->p->fd, to, n, (off_t)y->fed);
	} while (r < 0 && errno == EINTR);
	if (r < 0) {
		y->is_io = true;
		(void)err_sys(y->err, E_IO, "cannot read the file");
		return 0;
	}
	y->fed += (uint64_t)r;
	*got = (size_t)r;
	return 1;
}

/* Place and words; returns false to end the reading. */
static bool
refuse(struct y *y, yaml_mark_t at, const char *fmt, ...)
{
	char words[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	measure_fault(y->p, at.line + 1, at.column + 1, at.index, "line %zu, column %zu: %s", at.line + 1, at.column + 1,
	    words);
	y->p->out->fault.has_offset = false; /* libyaml counts characters, not bytes */
	return false;
}

/* ---- keys ---- */

static struct open_node *
around(struct y *y)
{
	return y->depth ? &y->open[y->depth - 1] : NULL;
}

static struct column *
column_of(struct y *y, const char *p, size_t n)
{
	n = text_cut(p, n, 200);
	for (size_t i = 0; i < y->ncolumns; i++)
		if (strlen(y->columns[i].name) == n && memcmp(y->columns[i].name, p, n) == 0)
			return &y->columns[i];
	if (y->ncolumns == COLUMNS_MAX)
		return NULL;
	y->columns[y->ncolumns] = (struct column){.name = arena_dup(y->p->a, p, n)};
	return &y->columns[y->ncolumns++];
}

static struct key_slot *
key_slot(const struct keys *k, uint64_t hash)
{
	struct key_slot *slots = k->mem.p;
	size_t i = hash & (k->size - 1);

	while (slots[i].generation == k->generation && slots[i].hash != hash)
		i = (i + 1) & (k->size - 1);
	return &slots[i];
}

static void
grow_keys(struct y *y, struct keys *k)
{
	struct keys bigger = {.size = k->size ? k->size * 2 : 16, .n = k->n, .generation = k->generation};
	const struct key_slot *from = k->mem.p;
	struct arena *a = arena_new(0);
	struct key_slot *kept = ARENA_ARRAY(a, k->n + 1, struct key_slot);
	size_t n = 0;

	for (size_t i = 0; i < k->size; i++)
		if (from[i].generation == k->generation)
			kept[n++] = from[i];
	if (!k->size)
		mem_init(&k->mem, y->p->a);
	mem_set(&k->mem, bigger.size * sizeof *kept, 0);
	k->size = bigger.size;
	for (size_t i = 0; i < n; i++)
		*key_slot(k, kept[i].hash) = kept[i];
	arena_free(a);
}

static bool
add_key(struct y *y, const yaml_event_t *e)
{
	struct keys *k = &y->keys[y->depth - 1];
	const char *p = (const char *)e->data.scalar.value;
	size_t n = e->data.scalar.length;
	uint64_t hash = hash_bytes(&y->p->keys[0], p, n);
	struct key_slot *slot;

	if (n == 2 && memcmp(p, "<<", 2) == 0 && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return true;
	if (k->n * 2 >= k->size)
		grow_keys(y, k);
	slot = key_slot(k, hash);
	if (slot->generation == k->generation)
		return refuse(y, e->start_mark,
		    "the key '%.*s' stands twice in one mapping; a reader would keep one of the two values without a word: "
		    "rename or remove one", n > 80 ? 80 : (int)n, p);
	if (++y->nkeys > OPEN_KEYS_MAX)
		return refuse(y, e->start_mark, "more than %zu keys in the mappings that are open here; that is the limit",
		    OPEN_KEYS_MAX);
	*slot = (struct key_slot){hash, k->generation};
	k->n++;
	return true;
}

/* ---- nodes ---- */

static const char *
scalar_type(const yaml_event_t *e)
{
	static const char *const words[] = {"null", "~", "", "true", "false", "True", "False", "TRUE", "FALSE"};
	const char *p = (const char *)e->data.scalar.value;
	size_t n = e->data.scalar.length, digits = 0;

	if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return "string";
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(p, words[i]) == 0)
			return i < 3 ? "null" : "boolean";
	for (size_t i = 0; i < n; i++) {
		digits += p[i] >= '0' && p[i] <= '9';
		if (!strchr("0123456789.eE+-", p[i]) || (strchr("+-", p[i]) && i > 0 && !strchr("eE", p[i - 1])))
			return "string";
	}
	return digits ? "number" : "string";
}

/* A node begins: where it stands decides whether it is a key, and whose. */
static bool
place(struct y *y, const yaml_event_t *e, const char *type)
{
	struct open_node *o = around(y);
	bool is_first = y->documents == 1, is_rows = is_first && y->top_level && strcmp(y->top_level, "sequence") == 0;

	y->nodes++;
	if (!o) {
		if (is_first)
			y->top_level = type;
		return true;
	}
	if (o->is_mapping && !o->is_value) {
		o->is_value = true;
		y->column = NULL;
		if (e->type != YAML_SCALAR_EVENT) {
			y->other_keys++;
			return true;
		}
		if (y->depth == (is_rows ? 2u : 1u) && is_first) {
			y->column = column_of(y, (const char *)e->data.scalar.value, e->data.scalar.length);
			if (y->column)
				y->column->rows++;
			y->column_count += y->depth == 1;
		}
		return add_key(y, e);
	}
	if (o->is_mapping) {
		o->is_value = false;
		if (y->column && is_first && y->depth == (is_rows ? 2u : 1u)) {
			if (y->column->type && strcmp(y->column->type, type) != 0 && strcmp(type, "null") != 0)
				type = strcmp(y->column->type, "null") == 0 ? type : "mixed";
			y->column->type = y->column->type && strcmp(type, "null") == 0 ? y->column->type : type;
			if (is_rows && (e->type == YAML_MAPPING_START_EVENT || e->type == YAML_SEQUENCE_START_EVENT))
				y->is_flat = false;
		}
	} else if (is_rows && y->depth == 1) {
		y->items++;
		y->rows += e->type == YAML_MAPPING_START_EVENT;
	}
	return true;
}

static bool
add_tag(struct y *y, const char *tag)
{
	if (tag && strncmp(tag, TAG_CORE, sizeof TAG_CORE - 1) != 0 && strcmp(tag, "!") != 0)
		tally_add(&y->tags, tag, strlen(tag), 1, 0);
	return true;
}

/* The slot of that name; *slot is 0 where there is no such anchor yet. */
static uint16_t *
anchor_slot(struct y *y, const char *name, uint64_t *hash)
{
	size_t i;

	*hash = hash_bytes(&y->p->keys[0], name, strlen(name));
	for (i = *hash % ANCHOR_SLOTS; y->anchor_slots[i]; i = (i + 1) % ANCHOR_SLOTS)
		if (y->anchors[y->anchor_slots[i] - 1].hash == *hash)
			break;
	return &y->anchor_slots[i];
}

static bool
add_anchor(struct y *y, const yaml_event_t *e, const char *name, uint64_t nodes, size_t *at)
{
	uint64_t hash;
	uint16_t *slot;

	*at = 0;
	if (!name)
		return true;
	slot = anchor_slot(y, name, &hash);
	if (!*slot) {
		if (y->nanchors == ANCHORS_MAX)
			return refuse(y, e->start_mark, "more than %u anchors; that is the limit", ANCHORS_MAX);
		*slot = (uint16_t)++y->nanchors;
	}
	*at = *slot;
	y->anchors[*at - 1] = (struct anchor){hash, nodes};
	return true;
}

static void
grow(struct y *y, uint64_t nodes)
{
	if (y->depth)
		around(y)->nodes += nodes;
}

static bool
take_alias(struct y *y, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	uint64_t hash;
	size_t at = *anchor_slot(y, name, &hash);
	struct open_node *o = around(y);

	if (!at)
		return refuse(y, e->start_mark, "the alias *%.80s has no anchor &%.80s before it", name, name);
	if (y->anchors[at - 1].nodes == 0)
		return refuse(y, e->start_mark, "the alias *%.80s stands inside its own anchor; it would never end", name);
	y->aliases++;
	y->aliased += y->anchors[at - 1].nodes;
	if (y->aliased > ALIASED_NODES_MAX)
		return refuse(y, e->start_mark,
		    "the aliases up to here stand for more than %" PRIu64 " values written out, which is the limit: this may be a "
		    "bomb; write the values out where they are few", ALIASED_NODES_MAX);
	grow(y, y->anchors[at - 1].nodes);
	if (o && o->is_mapping && !o->is_value) {
		o->is_value = true;
		y->column = NULL;
		y->other_keys++;
	} else if (o && o->is_mapping) {
		o->is_value = false;
		if (y->column && !y->column->type)
			y->column->type = "alias";
	} else if (y->depth == 1 && y->documents == 1) {
		y->items++;
	}
	return true;
}

static bool
open_node(struct y *y, const yaml_event_t *e, bool is_mapping)
{
	const yaml_char_t *anchor = is_mapping ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
	const yaml_char_t *tag = is_mapping ? e->data.mapping_start.tag : e->data.sequence_start.tag;
	size_t at;

	if (!place(y, e, is_mapping ? "mapping" : "sequence") || !add_tag(y, (const char *)tag) ||
	    !add_anchor(y, e, (const char *)anchor, 0, &at))
		return false;
	if (y->depth == DEPTH_MAX)
		return refuse(y, e->start_mark, "nested more than %u levels deep; that is the limit", DEPTH_MAX);
	y->keys[y->depth].generation++; /* 0 is an empty place */
	y->open[y->depth++] = (struct open_node){.nodes = 1, .anchor = at, .is_mapping = is_mapping};
	if (y->depth > y->depth_seen)
		y->depth_seen = y->depth;
	return true;
}

static void
close_node(struct y *y)
{
	struct open_node *o = around(y);
	uint64_t nodes = o->nodes;

	y->nkeys -= y->keys[y->depth - 1].n;
	y->keys[y->depth - 1].n = 0;
	if (o->anchor)
		y->anchors[o->anchor - 1].nodes = nodes;
	y->depth--;
	grow(y, nodes);
}

static bool
take_event(struct y *y, const yaml_event_t *e)
{
	size_t at;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		y->documents++;
		if (y->nanchors)
			memset(y->anchor_slots, 0, ANCHOR_SLOTS * sizeof *y->anchor_slots);
		y->nanchors = 0;
		return true;
	case YAML_ALIAS_EVENT: return take_alias(y, e);
	case YAML_SCALAR_EVENT:
		if (!place(y, e, scalar_type(e)) || !add_tag(y, (const char *)e->data.scalar.tag) ||
		    !add_anchor(y, e, (const char *)e->data.scalar.anchor, 1, &at))
			return false;
		grow(y, 1);
		return true;
	case YAML_SEQUENCE_START_EVENT: return open_node(y, e, false);
	case YAML_MAPPING_START_EVENT: return open_node(y, e, true);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: close_node(y); return true;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT: return true;
	}
	NEVER("libyaml's events are closed");
}

static void
syntax(struct y *y)
{
	yaml_parser_t *q = &y->parser;
	const char *words = q->problem ? q->problem : "not YAML";

	if (y->is_too_large) {
		(void)refuse(y, q->mark, "one value or comment is larger than %" PRIu64 " MiB, which is the limit; keep such data in "
		    "a file of its own", VALUE_BYTES_MAX >> 20);
		return;
	}
	if (q->error == YAML_READER_ERROR) {
		measure_fault(y->p, 0, 0, q->problem_offset, "byte %zu: %s; YAML has no such characters: take it out",
		    q->problem_offset, words);
		return;
	}
	(void)refuse(y, q->problem_mark, "%s%s%s%s", words, q->context ? ", " : "", q->context ? q->context : "",
	    strstr(words, "cannot start any token") ? "; a tab must not indent, and a text that begins so needs quotes" : "");
}

static void
read_events(struct y *y)
{
	yaml_event_t event;
	bool goes_on = true;

	while (goes_on) {
		if (!yaml_parser_parse(&y->parser, &event)) {
			if (!y->is_io)
				syntax(y);
			return;
		}
		y->fed_mark = y->fed;
		goes_on = take_event(y, &event) && event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
}

static void
summarize(struct y *y)
{
	bool is_table = y->items > 0 && y->rows == y->items;
	struct buf b;
	struct jw w;

	buf_init(&b, y->p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_uint(&w, "documents", y->documents);
	jw_str(&w, "top_level", y->top_level);
	jw_uint(&w, "depth", y->depth_seen);
	jw_uint(&w, "values", y->nodes);
	jw_uint(&w, "anchors", y->nanchors);
	jw_uint(&w, "aliases", y->aliases);
	tally_write(&y->tags, "tags", &w);
	jw_array(&w, "keys");
	for (size_t i = 0; i < y->ncolumns; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "name", y->columns[i].name);
		jw_str(&w, "type", y->columns[i].type);
		if (is_table)
			jw_uint(&w, "rows", y->columns[i].rows);
		jw_end(&w);
	}
	jw_end(&w);
	if (is_table) {
		jw_uint(&w, "rows", y->rows);
		jw_bool(&w, "flat", y->is_flat);
	} else if (y->items) {
		jw_uint(&w, "items", y->items);
	} else {
		jw_uint(&w, "key_count", y->column_count);
	}
	jw_end(&w);
	measure_summary(y->p, &b);
}

static void
note(struct y *y)
{
	if (y->documents > 1)
		profiler_note(y->p, "The file holds %" PRIu64 " YAML documents; steps that read one document refuse it.", y->documents);
	if (y->tags.n)
		profiler_note(y->p, "Some values have tags of their own (%s…); they were not interpreted.", y->tags.at[0].name);
	if (y->other_keys)
		profiler_note(y->p, "%" PRIu64 " keys are lists, mappings or aliases; JSON has no such keys.", y->other_keys);
}

int
measure_yaml(struct profiler *p, struct err *err)
{
	struct y *y;

	if (measure_text(p, err) < 0)
		return -1;
	if (!p->out->parse_ok)
		return 0;
	p->out->summary = NULL;
	y = ARENA_NEW(p->a, struct y);
	y->p = p;
	y->err = err;
	y->is_flat = true;
	y->anchors = ARENA_ARRAY(p->a, ANCHORS_MAX, struct anchor);
	y->anchor_slots = ARENA_ARRAY(p->a, ANCHOR_SLOTS, uint16_t);
	tally_init(&y->tags, p->a, TAGS_MAX);
	if (!yaml_parser_initialize(&y->parser))
		return err_set(err, E_LIMIT, "no memory for a YAML parser");
	yaml_parser_set_input(&y->parser, feed, y);
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	read_events(y);
	yaml_parser_delete(&y->parser);
	if (y->is_io)
		return -1;
	if (p->out->parse_ok && y->documents == 0)
		measure_fault(p, 1, 1, 0, "the file holds no YAML document, only blanks and comments");
	if (p->out->parse_ok) {
		summarize(y);
		note(y);
	}
	for (size_t i = 0; i < DEPTH_MAX; i++)
		if (y->keys[i].size)
			mem_release(&y->keys[i].mem);
	return 0;
}
