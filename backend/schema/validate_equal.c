/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of JSON values, and what is built on it: enum, const, uniqueItems. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/utf8.h"
#include "schema/validate_impl.h"

#define DEPTH_MAX 4000u
#define PAIRWISE_MAX 12 /* below this, comparing all pairs is quicker than hashing */
#define SHOW_MAX 40u

static bool
same_text(const struct jx *a, const struct jx *b)
{
	return a->u.text.n == b->u.text.n && memcmp(a->u.text.p, b->u.text.p, a->u.text.n) == 0;
}

static int
by_key(const void *x, const void *y)
{
	const struct jx_member *const *a = x, *const *b = y;
	size_t n = (*a)->key_bytes < (*b)->key_bytes ? (*a)->key_bytes : (*b)->key_bytes;
	int c = memcmp((*a)->key, (*b)->key, n);

	return c ? c : ((*a)->key_bytes > (*b)->key_bytes) - ((*a)->key_bytes < (*b)->key_bytes);
}

static const struct jx_member **
sorted_members(struct arena *a, const struct jx *v)
{
	const struct jx_member **s = ARENA_ARRAY(a, v->u.object.n, const struct jx_member *);

	for (size_t i = 0; i < v->u.object.n; i++)
		s[i] = &v->u.object.at[i];
	qsort(s, v->u.object.n, sizeof *s, by_key);
	return s;
}

static bool
equal_wide(const struct jx *a, const struct jx *b, unsigned depth)
{
	struct arena *own = arena_new(0);
	const struct jx_member **x = sorted_members(own, a), **y = sorted_members(own, b);
	bool ok = true;

	for (size_t i = 0; ok && i < a->u.object.n; i++)
		ok = by_key(&x[i], &y[i]) == 0 && value_equal(x[i]->value, y[i]->value, depth + 1);
	arena_free(own);
	return ok;
}

static bool
equal_objects(const struct jx *a, const struct jx *b, unsigned depth)
{
	if (a->u.object.n != b->u.object.n)
		return false;
	if (a->u.object.n > PAIRWISE_MAX)
		return equal_wide(a, b, depth);
	for (size_t i = 0; i < a->u.object.n; i++) {
		const struct jx_member *m = &a->u.object.at[i], *other = NULL;
		for (size_t k = 0; k < b->u.object.n && !other; k++)
			if (b->u.object.at[k].key_bytes == m->key_bytes &&
			    memcmp(b->u.object.at[k].key, m->key, m->key_bytes) == 0)
				other = &b->u.object.at[k];
		if (!other || !value_equal(m->value, other->value, depth + 1))
			return false;
	}
	return true;
}

bool
value_equal(const struct jx *a, const struct jx *b, unsigned depth)
{
	if (a->type != b->type || depth > DEPTH_MAX)
		return false;
	switch (a->type) {
	case JX_NULL: return true;
	case JX_BOOL: return a->u.boolean == b->u.boolean;
	case JX_NUMBER:
		return same_text(a, b) || decimal_compare(a->u.text.p, a->u.text.n, b->u.text.p,
					      b->u.text.n) == 0;
	case JX_STRING: return same_text(a, b);
	case JX_ARRAY:
		if (a->u.array.n != b->u.array.n)
			return false;
		for (size_t i = 0; i < a->u.array.n; i++)
			if (!value_equal(a->u.array.at[i], b->u.array.at[i], depth + 1))
				return false;
		return true;
	case JX_OBJECT: return equal_objects(a, b, depth);
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static uint64_t
hash_bytes(const char *p, size_t n)
{
	uint64_t h = n;

	for (; n >= 8; p += 8, n -= 8) {
		uint64_t x;
		memcpy(&x, p, 8);
		h = mix(h, x);
	}
	for (; n; p++, n--)
		h = mix(h, (unsigned char)*p);
	return h;
}

/* Equal values have equal hashes. Recursion is bounded by DEPTH_MAX. */
static uint64_t
hash_value(struct buf *b, const struct jx *v, unsigned depth)
{
	uint64_t h = v->type + 1;

	if (depth > DEPTH_MAX)
		return h;
	switch (v->type) {
	case JX_NULL: return h;
	case JX_BOOL: return mix(h, v->u.boolean);
	case JX_NUMBER:
		buf_clear(b);
		decimal_normal(b, v->u.text.p, v->u.text.n);
		return mix(h, hash_bytes(b->p, b->len));
	case JX_STRING: return mix(h, hash_bytes(v->u.text.p, v->u.text.n));
	case JX_ARRAY:
		for (size_t i = 0; i < v->u.array.n; i++)
			h = mix(h, hash_value(b, v->u.array.at[i], depth + 1));
		return h;
	case JX_OBJECT:
		for (size_t i = 0; i < v->u.object.n; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			h += mix(hash_bytes(m->key, m->key_bytes), hash_value(b, m->value, depth + 1));
		}
		return h;
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

struct hashed {
	uint64_t hash;
	size_t index;
};

static int
by_hash(const void *x, const void *y)
{
	const struct hashed *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

bool
value_twins(const struct jx *v, size_t *first, size_t *second)
{
	size_t n = v->u.array.n;
	struct arena *own;
	struct hashed *h;
	struct buf b;
	bool found = false;

	if (n <= PAIRWISE_MAX) {
		for (size_t i = 1; i < n; i++)
			for (size_t k = 0; k < i; k++)
				if (value_equal(v->u.array.at[i], v->u.array.at[k], 0)) {
					*first = k;
					*second = i;
					return true;
				}
		return false;
	}
	own = arena_new(0);
	h = ARENA_ARRAY(own, n, struct hashed);
	buf_init(&b, own);
	for (size_t i = 0; i < n; i++)
		h[i] = (struct hashed){hash_value(&b, v->u.array.at[i], 0), i};
	qsort(h, n, sizeof *h, by_hash);
	for (size_t i = 1; i < n && !found; i++)
		for (size_t k = i; k-- > 0 && h[k].hash == h[i].hash && !found;) { /* all of a run: hashes may be forged */
			if (!value_equal(v->u.array.at[h[i].index], v->u.array.at[h[k].index], 0))
				continue;
			*first = h[k].index;
			*second = h[i].index;
			found = true;
		}
	arena_free(own);
	return found;
}

struct venum *
enum_new(struct arena *a, const struct jx *list)
{
	struct venum *e = ARENA_NEW(a, struct venum);
	size_t n = jx_size(list), slots = 4;

	e->list = list;
	e->others = ARENA_ARRAY(a, n, const struct jx *);
	for (size_t i = 0; i < n; i++) {
		if (list->u.array.at[i]->type == JX_STRING)
			e->n_strings++;
		else
			e->others[e->n_others++] = list->u.array.at[i];
	}
	while (slots < e->n_strings * 2)
		slots *= 2;
	e->mask = slots - 1;
	e->strings = ARENA_ARRAY(a, slots, const struct jx *);
	for (size_t i = 0; i < n; i++) {
		const struct jx *v = list->u.array.at[i];
		size_t at;
		if (v->type != JX_STRING)
			continue;
		at = prop_hash(v->u.text.p, v->u.text.n);
		while (e->strings[at & e->mask] && !same_text(e->strings[at & e->mask], v))
			at++;
		e->strings[at & e->mask] = v;
	}
	return e;
}

bool
enum_holds(const struct venum *e, const struct jx *v)
{
	if (v->type == JX_STRING) {
		size_t at = prop_hash(v->u.text.p, v->u.text.n);
		for (; e->strings[at & e->mask]; at++)
			if (same_text(e->strings[at & e->mask], v))
				return true;
		return false;
	}
	for (size_t i = 0; i < e->n_others; i++)
		if (value_equal(e->others[i], v, 0))
			return true;
	return false;
}

/* The first 40 code points of a JSON text, control characters escaped by the writer already. */
static const char *
cut(struct arena *a, const char *p, size_t n)
{
	size_t i = 0;
	unsigned shown = 0;

	while (i < n && shown < SHOW_MAX) {
		for (i++; i < n && ((unsigned char)p[i] & 0xc0) == 0x80;)
			i++;
		shown++;
	}
	return arena_printf(a, "%.*s%s", (int)i, p, i < n ? "…" : "");
}

const char *
value_words(struct arena *a, const struct jx *v)
{
	struct buf b;
	struct jw w;

	if (v->type == JX_ARRAY || v->type == JX_OBJECT)
		return arena_printf(
		    a, "%s of %zu", v->type == JX_ARRAY ? "an array" : "an object", jx_size(v));
	if (v->type == JX_NUMBER)
		return cut(a, v->u.text.p, v->u.text.n);
	buf_init(&b, a);
	jw_init(&w, &b);
	if (v->type == JX_STRING)
		/* No more than can be shown, so that long texts cost nothing; cut between characters. */
		jw_strn(&w, NULL, v->u.text.p, v->u.text.n);
	else
		jw_value(&w, NULL, v);
	return cut(a, b.p, b.len);
}
