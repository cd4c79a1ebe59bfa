/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text in the styles of OpenAPI (3.1.2 "Style Values") and Swagger 2 (collectionFormat). */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/wire_work.h"

enum { DEEP_MAX = 64 }; /* nesting of deepObject names; deeper parts travel as JSON text */

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c && strchr("-._~", c) != NULL);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Reserved expansion without what OpenAPI 3.1.2 leaves to the application to encode: '[', ']' and '#' are not allowed in
 * a query, '&' ends the pair and '+' is read as a space. */
static bool
may_stay(const char *s, size_t left)
{
	if (*s == '%')
		return left > 2 && is_hex(s[1]) && is_hex(s[2]);
	return *s && strchr(":/?@!$'()*,;=", *s) != NULL;
}

void
wire_put(struct buf *b, const char *s, size_t n, enum wire_enc enc)
{
	static const char digits[] = "0123456789ABCDEF";
	bool is_form = enc == WIRE_FORM || enc == WIRE_FORM_RESERVED;
	bool keeps = enc == WIRE_URI_RESERVED || enc == WIRE_FORM_RESERVED;
	size_t from = 0;

	if (enc == WIRE_RAW) {
		buf_add(b, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		char triplet[3] = {'%', digits[c >> 4], digits[c & 15]};

		if (is_unreserved(c) || (keeps && may_stay(s + i, n - i)))
			continue;
		buf_add(b, s + from, i - from);
		from = i + 1;
		if (c == ' ' && is_form)
			buf_char(b, '+');
		else
			buf_add(b, triplet, 3);
	}
	buf_add(b, s + from, n - from);
}

void
wire_text(struct buf *b, const struct jx *v, enum wire_enc enc)
{
	struct buf json;
	struct jw w;

	switch (v->type) {
	case JX_NULL:
		return;
	case JX_BOOL:
		buf_str(b, v->u.boolean ? "true" : "false");
		return;
	case JX_NUMBER:
	case JX_STRING:
		wire_put(b, v->u.text.p, v->u.text.n, enc);
		return;
	case JX_ARRAY:
	case JX_OBJECT:
		buf_init(&json, b->a);
		jw_init(&w, &json);
		jw_value(&w, NULL, v);
		wire_put(b, json.p, json.len, enc);
		return;
	case JX__COUNT:
		return;
	}
}

/* What stands between elements, as it is written in that part of a request. */
static const char *
delimiter(enum param_style style, enum wire_enc enc)
{
	static const char *const uri[] = {",", "%20", "%7C", "%09"}, *const form[] = {"%2C", "+", "%7C", "%09"},
	    *const raw[] = {",", " ", "|", "\t"};
	size_t k = style == STYLE_SPACE ? 1 : style == STYLE_PIPE ? 2 : style == STYLE_TABS ? 3 : 0;

	return enc == WIRE_RAW ? raw[k] : enc == WIRE_FORM || enc == WIRE_FORM_RESERVED ? form[k] : uri[k];
}

static enum param_style
collection_style(const struct jx *items)
{
	const struct jx *f = jx_find(items, "collectionFormat");

	return jx_is_str(f, "ssv") ? STYLE_SPACE : jx_is_str(f, "tsv") ? STYLE_TABS :
	    jx_is_str(f, "pipes") ? STYLE_PIPE : STYLE_FORM;
}

/* One element: a nested array of Swagger by its own collectionFormat, else plain. items NULL: plain. */
static void
element(struct buf *b, const struct jx *v, enum wire_enc enc, const struct jx *items, unsigned depth)
{
	const char *between;

	if (v->type != JX_ARRAY || !items || depth == DEEP_MAX) {
		wire_text(b, v, enc);
		return;
	}
	between = delimiter(collection_style(items), enc);
	for (size_t i = 0; i < v->u.array.n; i++) {
		if (i)
			buf_str(b, between);
		element(b, v->u.array.at[i], enc, jx_find(items, "items"), depth + 1);
	}
}

/* Elements, or names and values, with between in the middle; pair stands between a name and its value. */
static void
join(struct buf *b, const struct jx *v, const char *between, const char *pair, const struct wire_style *st)
{
	if (v->type == JX_ARRAY) {
		for (size_t i = 0; i < v->u.array.n; i++) {
			if (i)
				buf_str(b, between);
			element(b, v->u.array.at[i], st->enc, st->items, 0);
		}
		return;
	}
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		if (i)
			buf_str(b, between);
		wire_put(b, m->key, m->key_bytes, st->enc);
		buf_str(b, pair);
		wire_text(b, m->value, st->enc);
	}
}

static bool
is_container(const struct jx *v)
{
	return v->type == JX_ARRAY || v->type == JX_OBJECT;
}

/* ";name" or ";name=value" */
static void
matrix_pair(struct buf *b, const char *name, size_t n, const struct jx *v, enum wire_enc enc)
{
	size_t at;

	buf_char(b, ';');
	wire_put(b, name, n, enc);
	buf_char(b, '=');
	at = b->len;
	wire_text(b, v, enc);
	if (b->len == at)
		b->p[--b->len] = 0;
}

static void
matrix(struct buf *b, const char *name, const struct jx *v, const struct wire_style *st)
{
	if (!is_container(v) || jx_size(v) == 0) {
		static const struct jx nothing = {.type = JX_NULL};
		matrix_pair(b, name, strlen(name), is_container(v) ? &nothing : v, st->enc);
	} else if (!st->explode) {
		buf_char(b, ';');
		wire_put(b, name, strlen(name), st->enc);
		buf_char(b, '=');
		join(b, v, ",", ",", st);
	} else if (v->type == JX_ARRAY) {
		for (size_t i = 0; i < v->u.array.n; i++)
			matrix_pair(b, name, strlen(name), v->u.array.at[i], st->enc);
	} else {
		for (size_t i = 0; i < v->u.object.n; i++)
			matrix_pair(b, v->u.object.at[i].key, v->u.object.at[i].key_bytes, v->u.object.at[i].value, st->enc);
	}
}

void
wire_single(struct buf *b, const char *name, const struct jx *v, const struct wire_style *st)
{
	const char *between;

	if (st->style == STYLE_MATRIX) {
		matrix(b, name, v, st);
		return;
	}
	if (st->style == STYLE_LABEL)
		buf_char(b, '.');
	if (!is_container(v) || st->style == STYLE_CONTENT) {
		wire_text(b, v, st->enc);
		return;
	}
	between = st->style == STYLE_LABEL && st->explode ? "." : delimiter(st->style, st->enc);
	join(b, v, between, st->explode ? "=" : between, st);
}

/* --- pairs ---------------------------------------------------------------------------------------------------- */

void
wire_pair_add(struct wire_pairs *out, const char *name, size_t n, const char *value, size_t value_bytes)
{
	if (out->n == out->cap) {
		struct wire_pair *more;
		out->cap = out->cap ? out->cap * 2 : 8;
		more = ARENA_ARRAY(out->a, out->cap, struct wire_pair);
		if (out->n)
			memcpy(more, out->at, out->n * sizeof *more);
		out->at = more;
	}
	out->at[out->n++] = (struct wire_pair){.name = name, .name_bytes = n, .value = value, .value_bytes = value_bytes};
}

static void
add_text(struct wire_pairs *out, const char *name, size_t n, const struct jx *v, const struct wire_style *st,
    const struct jx *items)
{
	struct buf b;

	buf_init(&b, out->a);
	element(&b, v, st->enc, items, 0);
	wire_pair_add(out, name, n, b.p, b.len);
	out->at[out->n - 1].is_json = is_container(v) && !items;
}

/* name[key] */
static const char *
below(struct arena *a, const char *name, size_t n, const char *key, size_t key_bytes, size_t *out_bytes)
{
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, name, n);
	buf_char(&b, '[');
	buf_add(&b, key, key_bytes);
	buf_char(&b, ']');
	*out_bytes = b.len;
	return buf_take(&b);
}

/* a[b][c], a[] for lists of plain values, a[0][k] for lists that hold containers. */
static void
deep(struct wire_pairs *out, const char *name, size_t n, const struct jx *v, const struct wire_style *st, unsigned depth)
{
	bool is_plain = true;
	size_t bytes;

	if (!is_container(v) || depth == DEEP_MAX) {
		add_text(out, name, n, v, st, NULL);
		return;
	}
	if (v->type == JX_OBJECT) {
		for (size_t i = 0; i < v->u.object.n; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			const char *key = below(out->a, name, n, m->key, m->key_bytes, &bytes);
			deep(out, key, bytes, m->value, st, depth + 1);
		}
		return;
	}
	for (size_t i = 0; i < v->u.array.n; i++)
		is_plain &= !is_container(v->u.array.at[i]);
	for (size_t i = 0; i < v->u.array.n; i++) {
		const char *index = is_plain ? "" : arena_printf(out->a, "%zu", i);
		const char *key = below(out->a, name, n, index, strlen(index), &bytes);
		deep(out, key, bytes, v->u.array.at[i], st, depth + 1);
	}
}

void
wire_pairs_of(struct wire_pairs *out, const char *name, size_t n, const struct jx *v, const struct wire_style *st)
{
	size_t before = out->n;
	struct buf b;

	if (!is_container(v) || st->style == STYLE_CONTENT) {
		add_text(out, name, n, v, st, NULL);
		return;
	}
	if (st->style == STYLE_DEEP) {
		deep(out, name, n, v, st, 0);
	} else if (!st->explode) {
		const char *between = delimiter(st->style, st->enc);
		buf_init(&b, out->a);
		join(&b, v, between, between, st);
		wire_pair_add(out, name, n, b.len ? b.p : "", b.len);
	} else if (v->type == JX_ARRAY) {
		for (size_t i = 0; i < v->u.array.n; i++)
			add_text(out, name, n, v->u.array.at[i], st, st->items);
	} else {
		for (size_t i = 0; i < v->u.object.n; i++)
			add_text(out, v->u.object.at[i].key, v->u.object.at[i].key_bytes, v->u.object.at[i].value, st, NULL);
	}
	/* Nothing to write of a list or map without members (RFC 6570: as if it were not there), but a required
	 * parameter must be seen. */
	if (out->n == before && st->is_required)
		wire_pair_add(out, name, n, "", 0);
}

void
wire_join_pairs(struct buf *b, const struct wire_pairs *pairs, enum wire_enc enc)
{
	for (size_t i = 0; i < pairs->n; i++) {
		const struct wire_pair *p = &pairs->at[i];
		if (b->len)
			buf_char(b, '&');
		wire_put(b, p->name, p->name_bytes, enc);
		buf_char(b, '=');
		buf_add(b, p->value, p->value_bytes);
	}
}
