/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that the schema leaves one reading for. Only texts are changed, only where no text is legal, or where one
 * listed value differs from it in nothing but the case of its letters. Depth was bounded by the reader.
 */
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/jx.h"
#include "imprint/diag.h"
#include "imprint/repair.h"
#include "imprint/repair_read.h"
#include "imprint/shape.h"
#include "imprint/token.h"

struct mender {
	struct shapes *s;
	struct arena *a;
	struct repair *fixes;
	size_t n, cap;
	unsigned depth;
};

static const struct jx *mend(struct mender *m, struct shape *shape, const struct jx *v, const char *pointer);

static void
note(struct mender *m, const char *code, const struct jx *v, const char *pointer, const char *words)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 8;
		struct repair *more = ARENA_ARRAY(m->a, cap, struct repair);
		if (m->n)
			memcpy(more, m->fixes, m->n * sizeof *more);
		m->fixes = more;
		m->cap = cap;
	}
	m->fixes[m->n++] = (struct repair){
	    .code = code, .offset = v->offset, .bytes = v->u.text.n, .note = words, .pointer = pointer};
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool
same_but_case(const char *a, size_t na, const char *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

static struct jx *
as_type(struct mender *m, const struct jx *v, enum jx_type type)
{
	struct jx *w = ARENA_NEW(m->a, struct jx);

	*w = *v;
	w->type = type;
	return w;
}

/* One of a list: spelt exactly, or one that differs by case only, or the one number that is written so. */
static const struct jx *
listed(struct mender *m, const struct shape *shape, const struct jx *v, const char *text, size_t n, const char *pointer)
{
	const struct jx *hit = NULL;
	size_t hits = 0;
	struct jx *w;

	for (size_t i = 0; i < shape->n_values; i++) {
		const struct jx *x = shape->values[i];
		if (x->type != JX_STRING)
			continue;
		if (x->u.text.n == n && memcmp(x->u.text.p, text, n) == 0)
			return v;
		if (same_but_case(x->u.text.p, x->u.text.n, text, n)) {
			hit = x;
			hits++;
		}
	}
	if (hits == 1) {
		note(m, "FIX_ENUM_CASE", v, pointer, "a listed value, written in another case");
		w = as_type(m, v, JX_STRING);
		w->u.text.p = hit->u.text.p;
		w->u.text.n = hit->u.text.n;
		return w;
	}
	if (hits || n == 0 || repair_number(text, text + n) != n)
		return v;
	for (size_t i = 0; i < shape->n_values; i++)
		if (shape->values[i]->type == JX_NUMBER && decimal_compare(shape->values[i]->u.text.p,
		    shape->values[i]->u.text.n, text, n) == 0) {
			note(m, "FIX_NUMBER", v, pointer, "a number, written as a text");
			return as_type(m, v, JX_NUMBER);
		}
	return v;
}

static const struct jx *
scalar(struct mender *m, const struct shape *shape, const struct jx *v, const char *pointer)
{
	size_t n;
	const char *text = token_unescape(v->u.text.p, v->u.text.n, &n);
	struct jx *w;

	if (token_is_like(v->u.text.p, v->u.text.n) || shape->show != SHOW_TOKEN || shape->has_child || shape->is_any)
		return v;
	if (shape->values)
		return listed(m, shape, v, text, n, pointer);
	if (shape->types & T_STRING)
		return v;
	if (n && repair_number(text, text + n) == n &&
	    (shape->types & (unsigned)(decimal_is_integer(text, n) ? T_INTEGER : T_NUMBER))) {
		note(m, "FIX_NUMBER", v, pointer, "a number, written as a text");
		return as_type(m, v, JX_NUMBER);
	}
	if ((shape->types & T_BOOLEAN) && (same_but_case(text, n, "true", 4) || same_but_case(text, n, "false", 5))) {
		note(m, "FIX_BOOLEAN", v, pointer, "a boolean, written as a text");
		w = as_type(m, v, JX_BOOL);
		w->u.boolean = n == 4;
		return w;
	}
	return v;
}

/* The shape of a member, NULL where nothing is known about it. */
static struct shape *
member_shape(struct mender *m, struct shape *shape, const struct jx_member *x)
{
	size_t n;
	const char *name = token_unescape(x->key, x->key_bytes, &n);
	bool is_shown;
	long i;

	if (token_is_like(x->key, x->key_bytes))
		return NULL;
	if (shape->show == SHOW_CHOICE) { /* the branch that the selector names */
		for (size_t k = 0; k < shape->choice->n; k++)
			if (strlen(shape->choice->branches[k].name) == n && memcmp(shape->choice->branches[k].name, name, n) == 0)
				return shape->choice->branches[k].shape;
		return NULL;
	}
	i = shape_member_find(m->s, shape, name, n);
	if (i >= 0)
		return shape_member_is_dropped(m->s, shape, (size_t)i) ? NULL : shape_member(m->s, shape, (size_t)i);
	return shape_extra(m->s, shape, name, n, &is_shown);
}

/* A filled choice has its selector; a bare branch is left as it is: which one it is, decoding finds out. */
static bool
has_selector(const struct jx *v)
{
	for (size_t i = 0; i < v->u.object.n; i++)
		if (strcmp(v->u.object.at[i].key, "{ONE_OF}") == 0)
			return true;
	return false;
}

static const struct jx *
object(struct mender *m, struct shape *shape, const struct jx *v, const char *pointer)
{
	struct jx *w = NULL;

	if (shape->show == SHOW_TOKEN || (shape->show == SHOW_CHOICE && !has_selector(v)))
		return v;
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *x = &v->u.object.at[i];
		struct shape *below = member_shape(m, shape, x);
		const struct jx *mended = below ? mend(m, below, x->value, imp_join(m->a, pointer, x->key, x->key_bytes)) : x->value;
		if (mended == x->value)
			continue;
		if (!w) {
			w = as_type(m, v, JX_OBJECT);
			w->u.object.at = ARENA_ARRAY(m->a, v->u.object.n, struct jx_member);
			memcpy(w->u.object.at, v->u.object.at, v->u.object.n * sizeof *w->u.object.at);
		}
		w->u.object.at[i].value = as_type(m, mended, mended->type);
	}
	return w ? w : v;
}

static const struct jx *
array(struct mender *m, struct shape *shape, const struct jx *v, const char *pointer)
{
	struct jx *w = NULL;
	size_t first = 0;

	if (shape->show != SHOW_ARRAY)
		return v;
	if (v->u.array.n && v->u.array.at[0]->type == JX_STRING &&
	    token_is_like(v->u.array.at[0]->u.text.p, v->u.array.at[0]->u.text.n))
		first = 1;
	for (size_t i = first; i < v->u.array.n; i++) {
		const struct jx *x = v->u.array.at[i], *mended;
		struct shape *below = i - first < shape->n_prefix ? shape_prefix(m->s, shape, i - first)
				      : shape->has_rest           ? shape_rest(m->s, shape)
								  : NULL;
		mended = below ? mend(m, below, x, imp_join_index(m->a, pointer, i)) : x;
		if (mended == x)
			continue;
		if (!w) {
			w = as_type(m, v, JX_ARRAY);
			w->u.array.at = ARENA_ARRAY(m->a, v->u.array.n, struct jx *);
			memcpy(w->u.array.at, v->u.array.at, v->u.array.n * sizeof *w->u.array.at);
		}
		w->u.array.at[i] = as_type(m, mended, mended->type);
	}
	return w ? w : v;
}

static const struct jx *
mend(struct mender *m, struct shape *shape, const struct jx *v, const char *pointer)
{
	const struct jx *out = v;

	if (m->depth > 4096)
		return v;
	m->depth++;
	if (shape->has_child && (v->type == JX_OBJECT || v->type == JX_ARRAY))
		shape = shape_child(m->s, shape);
	if (v->type == JX_STRING)
		out = scalar(m, shape, v, pointer);
	else if (v->type == JX_OBJECT)
		out = object(m, shape, v, pointer);
	else if (v->type == JX_ARRAY)
		out = array(m, shape, v, pointer);
	m->depth--;
	return out;
}

void
repair_values(struct shapes *s, struct shape *root, struct arena *a, struct repaired *r)
{
	struct mender m = {.s = s, .a = a};
	const struct jx *v = mend(&m, root, r->value, "");
	struct repair *all;

	if (m.n == 0)
		return;
	all = ARENA_ARRAY(a, r->n_repairs + m.n, struct repair);
	if (r->n_repairs)
		memcpy(all, r->repairs, r->n_repairs * sizeof *all);
	memcpy(all + r->n_repairs, m.fixes, m.n * sizeof *all);
	r->value = as_type(&m, v, v->type);
	r->repairs = all;
	r->n_repairs += m.n;
}
