/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sidecar map: what a template cannot show. {"v":1,"direction","parts":{"<template pointer>":{…}}}; canonical
 * JSON. Values of the schema (defaults, long lists) stand as JSON text in strings, so that their lexemes survive.
 */
#include "imprint/encode_parts.h"

#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/token.h"

#define MAP_BYTES_LONG (16u << 20)
#define MAP_TEXT_MAX 4000u

/* Members of one entry, each only when there is something to say. */
struct entry { struct enc *e; struct buf *b; bool has_member; };

static void
key_out(struct entry *x, const char *key)
{
	if (x->has_member)
		ENC_LIT(x->b, ",");
	x->has_member = true;
	enc_quote(x->b, key, strlen(key));
	ENC_LIT(x->b, ":");
}

/* Cut where it is longer than MAP_TEXT_MAX, between code points. */
static void
text_out(struct entry *x, const char *key, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (!text)
		return;
	if (n > MAP_TEXT_MAX)
		for (n = MAP_TEXT_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	key_out(x, key);
	enc_quote(x->b, text, n);
}

/* v's JSON text, as a string. */
static void
value_text(struct entry *x, const struct jx *v)
{
	struct buf text;

	buf_init(&text, x->e->a);
	enc_json(&text, v);
	enc_quote(x->b, text.p, text.len);
}

static void
entry_open(struct entry *x, struct enc *e, const struct frame *f)
{
	const char *at = enc_pointer(e->a, f);

	*x = (struct entry){.e = e, .b = e->map};
	if (e->map->len)
		ENC_LIT(e->map, ",");
	enc_quote(e->map, at, strlen(at));
	ENC_LIT(e->map, ":{");
}

static const char *
place(struct enc *e, struct sloc at)
{
	return at.node ? registry_pointer(shapes_registry(e->s), e->a, at) : NULL;
}

/* Where the parts come from: one pointer, or all that were joined. */
static void
sources_out(struct entry *x, const struct shape *shape)
{
	if (shape->n_locs == 0)
		return;
	key_out(x, "schema");
	if (shape->n_locs > 1)
		ENC_LIT(x->b, "[");
	for (unsigned i = 0; i < shape->n_locs; i++) {
		const char *at = place(x->e, shape->locs[i]);

		if (i)
			ENC_LIT(x->b, ",");
		enc_quote(x->b, at ? at : "", at ? strlen(at) : 0);
	}
	if (shape->n_locs > 1)
		ENC_LIT(x->b, "]");
}

static void
choice_out(struct entry *x, const struct shape_choice *choice)
{
	key_out(x, "choice");
	ENC_LIT(x->b, "{\"keyword\":");
	enc_quote(x->b, choice->keyword, strlen(choice->keyword));
	if (choice->discriminator) {
		ENC_LIT(x->b, ",\"discriminator\":");
		enc_quote(x->b, choice->discriminator, strlen(choice->discriminator));
	}
	ENC_LIT(x->b, ",\"branches\":[");
	for (size_t i = 0; i < choice->n; i++) {
		const struct shape_branch *branch = &choice->branches[i];
		const char *at = place(x->e, branch->at);

		buf_str(x->b, i ? ",{\"name\":" : "{\"name\":");
		enc_quote(x->b, branch->name, strlen(branch->name));
		if (at) {
			ENC_LIT(x->b, ",\"schema\":");
			enc_quote(x->b, at, strlen(at));
		}
		if (branch->value) {
			ENC_LIT(x->b, ",\"value\":");
			enc_quote(x->b, branch->value, strlen(branch->value));
		}
		ENC_LIT(x->b, "}");
	}
	ENC_LIT(x->b, "]}");
}

static void
tail_out(struct entry *x, const struct shape *shape)
{
	key_out(x, "more");
	ENC_LIT(x->b, "[");
	for (size_t i = x->e->values_max; i < shape->n_values; i++) {
		if (i > x->e->values_max)
			ENC_LIT(x->b, ",");
		value_text(x, shape->values[i]);
	}
	ENC_LIT(x->b, "]");
}

/* Keywords of vendors, by the schemas they stand in. */
static void
vendor_out(struct entry *x, const struct shape *shape)
{
	bool is_open = false;

	for (unsigned i = 0; i < shape->n_locs; i++) {
		const struct jx *node = shape->locs[i].node;

		for (size_t k = 0; node && node->type == JX_OBJECT && k < node->u.object.n; k++) {
			const struct jx_member *m = &node->u.object.at[k];

			if (strncmp(m->key, "x-", 2) != 0)
				continue;
			if (!is_open)
				key_out(x, "vendor");
			buf_str(x->b, is_open ? ",[" : "[[");
			is_open = true;
			enc_quote(x->b, m->key, m->key_bytes);
			ENC_LIT(x->b, ",");
			value_text(x, m->value);
			ENC_LIT(x->b, "]");
		}
	}
	if (is_open)
		ENC_LIT(x->b, "]");
}

static const char *
auto_source(const struct enc *e, const struct shape *shape, const struct slot *slot)
{
	if (enc_is_auto(e, shape, slot))
		return "readOnly";
	return enc_is_constant(shape, slot) ? "const" : NULL;
}

struct map_first { const struct shape *shape; const char *at; };

static struct map_first *
first_slot(const struct enc *e, const struct shape *shape)
{
	size_t i = (shape->id * 2654435761u) & (e->cap_first - 1);

	while (e->first[i].shape && e->first[i].shape != shape)
		i = (i + 1) & (e->cap_first - 1);
	return &e->first[i];
}

/* The first place where shape stands; claims it with f (and gives NULL) when this is it. */
static const char *
first_place(struct enc *e, const struct shape *shape, const struct frame *f)
{
	struct map_first *slot;

	if (2 * (e->n_first + 1) > e->cap_first) {
		struct map_first *old = e->first;
		size_t cap = e->cap_first;

		e->cap_first = cap ? 2 * cap : 64;
		e->first = ARENA_ARRAY(e->a, e->cap_first, struct map_first);
		for (size_t i = 0; i < cap; i++)
			if (old[i].shape)
				*first_slot(e, old[i].shape) = old[i];
	}
	slot = first_slot(e, shape);
	if (slot->shape)
		return slot->at;
	*slot = (struct map_first){.shape = shape, .at = enc_pointer(e->a, f)};
	e->n_first++;
	return NULL;
}

static void
rules_out(struct entry *x, const struct shape *shape)
{
	key_out(x, "rules");
	for (size_t i = 0; i < shape->n_rules; i++) {
		const char *at = place(x->e, shape->rules[i].at);

		buf_str(x->b, i ? ",[" : "[[");
		enc_quote(x->b, shape->rules[i].keyword, strlen(shape->rules[i].keyword));
		ENC_LIT(x->b, ",");
		enc_quote(x->b, at ? at : "", at ? strlen(at) : 0);
		ENC_LIT(x->b, "]");
	}
	ENC_LIT(x->b, "]");
}

/* What may be long, or of any number: at the first place only, and not beyond MAP_BYTES_LONG. */
static void
long_out(struct entry *x, const struct shape *shape)
{
	text_out(x, "title", shape->title);
	text_out(x, "description", shape->description);
	if (shape->dflt) {
		key_out(x, "default");
		value_text(x, shape->dflt);
	}
	if (shape->values && shape->n_values > x->e->values_max)
		tail_out(x, shape);
	if (shape->choice && shape->choice->n)
		choice_out(x, shape->choice);
	if (shape->n_rules)
		rules_out(x, shape);
	vendor_out(x, shape);
}

void
enc_map_value(struct enc *e, const struct shape *shape, const struct slot *slot, const struct frame *f)
{
	struct entry x;
	const char *first;

	if (slot->is_text)
		return; /* the string around it has the entry */
	first = first_place(e, shape, f);
	entry_open(&x, e, f);
	text_out(&x, "auto", auto_source(e, shape, slot));
	if (shape->has_child)
		text_out(&x, "enc", "json");
	if (first) {
		text_out(&x, "same_as", first);
	} else {
		sources_out(&x, shape);
		if (e->map->len < MAP_BYTES_LONG)
			long_out(&x, shape);
	}
	ENC_LIT(e->map, "}");
}

/* What stands in place of a part goes behind the entries, under its own key: an object of the map has each once. */
void
enc_map_ref(struct enc *e, const struct frame *f, const char *why, const char *at)
{
	const char *here = enc_pointer(e->a, f);

	if (e->refs.len)
		ENC_LIT(&e->refs, ",");
	enc_quote(&e->refs, here, strlen(here));
	ENC_LIT(&e->refs, ":{\"why\":");
	enc_quote(&e->refs, why, strlen(why));
	if (at) {
		ENC_LIT(&e->refs, ",\"at\":");
		enc_quote(&e->refs, at, strlen(at));
	}
	ENC_LIT(&e->refs, "}");
}

void
enc_map_dropped(struct enc *e, const char *name, size_t name_bytes, const struct frame *f, const char *why)
{
	struct buf escaped;
	const char *here;

	buf_init(&escaped, e->a);
	token_escape(&escaped, name, name_bytes);
	here = imp_join(e->a, enc_pointer(e->a, f), escaped.p, escaped.len);
	if (e->refs.len)
		ENC_LIT(&e->refs, ",");
	enc_quote(&e->refs, here, strlen(here));
	ENC_LIT(&e->refs, ":{\"why\":");
	enc_quote(&e->refs, why, strlen(why));
	ENC_LIT(&e->refs, "}");
}

static const char *
direction_name(enum direction direction)
{
	switch (direction) {
	case DIRECTION_NONE: return "none";
	case DIRECTION_REQUEST: return "request";
	case DIRECTION_RESPONSE: return "response";
	}
	return "none";
}

void
encode_map(struct shapes *s, struct shape *root, const struct encode_options *opt, struct buf *b)
{
	static const struct encode_options plain;
	struct arena *a = b->a;
	struct enc e = {.s = s, .a = a, .direction = shapes_direction(s), .is_collecting = true};
	const char *told[ENC_FORMATS_TOLD], *dialect;
	struct imp_diags refused;
	struct buf map, text;
	struct err err;
	size_t bytes;
	char *canonical;

	opt = opt ? opt : &plain;
	imp_diags_init(&refused, a);
	buf_init(&e.out, a);
	buf_init(&e.token, a);
	buf_init(&e.refs, a);
	buf_init(&map, a);
	buf_init(&text, a);
	e.formats_told = told;
	e.map = &map;
	if ((opt->zoom && opt->zoom[0] && enc_zoom(&e, root, opt->zoom, &root, &refused) < 0) ||
	    shape_check(s, root) != SAT_YES || enc_run(&e, root, opt, &refused) < 0) {
		buf_clear(&map);
		buf_clear(&e.refs);
	}
	dialect = root->n_locs && root->locs[0].res ? dialect_name(resource_dialect(root->locs[0].res)) : "none";
	buf_printf(&text, "{\"v\":1,\"dialect\":\"%s\",\"direction\":\"%s\",\"parts\":{", dialect, direction_name(e.direction));
	enc_put(&text, map.p, map.len);
	ENC_LIT(&text, "},\"left_out\":{");
	enc_put(&text, e.refs.p, e.refs.len);
	ENC_LIT(&text, "}}");
	if (jw_canonical_text(a, text.p, text.len, &canonical, &bytes, &err) < 0)
		NEVER("the map is JSON of our own making");
	enc_put(b, canonical, bytes);
}
