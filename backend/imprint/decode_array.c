/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays: element 0 may be meta, representatives that were left are dropped, positions of tuples.
 */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "imprint/decode_work.h"
#include "imprint/token.h"

static bool
is_meta(const struct jx *v)
{
	enum token_kind kind;

	if (!dec_is_token(v))
		return false;
	kind = token_kind_of(v->u.text.p, v->u.text.n);
	return (kind == TOKEN_FILL || kind == TOKEN_OPTIONAL) &&
	       dec_token_names(v->u.text.p, v->u.text.n, "array");
}

static enum got
count_finding(struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p,
    size_t n, uint64_t bound)
{
	struct imp_diag *g;

	if (dec_hush(c, IMP_ITEMS))
		return GOT_BAD;
	g = dec_find(c, IMP_ITEMS, p, v, sh, "the array has %zu elements; it takes %s %llu", n,
	    n < bound ? "at least" : "at most", (unsigned long long)bound);
	g->got = arena_printf(c->d->a, "%zu elements", n);
	g->expected = arena_printf(c->d->a, "%s %llu elements", n < bound ? "at least" : "at most",
	    (unsigned long long)bound);
	return GOT_BAD;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

static uint64_t
hash_text(const char *s, size_t n, uint64_t h)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3ull;
	return mix(h, n);
}

/* Equal values (1 and 1.0, members in any order) hash alike. */
static uint64_t
hash(const struct jx *v, struct buf *b, unsigned depth)
{
	uint64_t h = (uint64_t)v->type + 1;

	switch (v->type) {
	case JX_NULL: break;
	case JX_BOOL: h = mix(h, v->u.boolean); break;
	case JX_STRING: h = hash_text(v->u.text.p, v->u.text.n, h); break;
	case JX_NUMBER:
		buf_clear(b);
		decimal_normal(b, v->u.text.p, v->u.text.n);
		h = hash_text(b->p, b->len, h);
		break;
	case JX_ARRAY:
		for (size_t i = 0; i < v->u.array.n && depth < DECODE_DEPTH_MAX; i++)
			h = mix(h, hash(v->u.array.at[i], b, depth + 1));
		break;
	case JX_OBJECT:
		for (size_t i = 0; i < v->u.object.n && depth < DECODE_DEPTH_MAX; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			h += mix(hash_text(m->key, m->key_bytes, 7), hash(m->value, b, depth + 1));
		}
		break;
	case JX__COUNT: NEVER("a JSON type outside its enum");
	}
	return h;
}

/* Index of the first element that equals an earlier one; n when all differ. */
static size_t
first_twin(struct decoder *c, struct jx *const *at, size_t n, size_t *twin)
{
	struct entry {
		uint64_t hash;
		size_t index; /* + 1 */
	} * table;
	size_t cap = 16;
	struct buf b;

	if (n < 2)
		return n;
	while (cap < n * 2)
		cap *= 2;
	table = ARENA_ARRAY(c->a, cap, struct entry);
	buf_init(&b, c->a);
	for (size_t i = 0; i < n; i++) {
		uint64_t h = hash(at[i], &b, 0);
		size_t k = h & (cap - 1);
		for (; table[k].index; k = (k + 1) & (cap - 1))
			if (table[k].hash == h && jx_equal(at[table[k].index - 1], at[i])) {
				*twin = table[k].index - 1;
				return i;
			}
		table[k].hash = h;
		table[k].index = i + 1;
	}
	return n;
}

struct listing {
	struct decoder *c;
	struct shape *sh;
	const struct place *p;
	struct jx **out;
	size_t *from; /* index in the filled array of each kept element */
	size_t n;
	bool is_bad;
};

static void
element(struct listing *l, struct jx *v, size_t index, bool is_last)
{
	struct decoder *c = l->c;
	struct shape *sh = l->sh;
	struct place at = {.up = l->p, .index = index};
	bool is_position = l->n < sh->n_prefix;
	struct jx *made = NULL;
	struct shape *want;
	enum slot_at slot = AT_ELEMENT;
	enum got got;

	if (!is_position && !sh->has_rest) {
		if (dec_is_token(v))
			return;
		l->from[l->n] = index;
		l->out[l->n++] = v; /* counted, and refused by the count */
		return;
	}
	/* What follows a position that was left would slide into its place. */
	if (is_position && !is_last)
		slot = AT_KEY;
	want = is_position ? shape_prefix(c->s, sh, l->n) : shape_rest(c->s, sh);
	got = dec_value(c, want, v, &at, slot, &made);
	l->is_bad = l->is_bad || got == GOT_BAD;
	if (got == GOT_NONE)
		return;
	l->from[l->n] = index;
	l->out[l->n++] = got == GOT_VALUE ? made : v;
}

static void
unique_check(struct listing *l)
{
	size_t twin = 0, i = first_twin(l->c, l->out, l->n, &twin);
	struct imp_diag *g;

	if (i == l->n)
		return;
	l->is_bad = true;
	if (dec_hush(l->c, IMP_UNIQUE))
		return;
	struct place at = {.up = l->p, .index = l->from[i]};
	g = dec_find(l->c, IMP_UNIQUE, &at, l->out[i], l->sh,
	    "the elements %zu and %zu are equal, and all must differ", l->from[twin], l->from[i]);
	g->expected = "elements that differ";
	g->fix = fix_remove(l->c->d->a, g->pointer);
}

/* Elements at the end that are tokens which may be left: behind them nothing slides. */
static size_t
filled_end(const struct jx *v)
{
	size_t n = v->u.array.n;

	while (n && dec_is_token(v->u.array.at[n - 1]))
		n--;
	return n;
}

enum got
dec_array(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out)
{
	size_t n = v->u.array.n, end = filled_end(v),
	       first = n && is_meta(v->u.array.at[0]) ? 1 : 0;
	struct listing l = {.c = c,
	    .sh = sh,
	    .p = p,
	    .out = ARENA_ARRAY(c->a, n, struct jx *),
	    .from = ARENA_ARRAY(c->a, n, size_t)};

	for (size_t i = first; i < n && !(c->quiet && c->is_exhausted); i++)
		element(&l, v->u.array.at[i], i, i >= end);
	if (l.n < sh->items.min)
		return l.is_bad ? GOT_BAD : count_finding(c, sh, v, p, l.n, sh->items.min);
	if (sh->items.has_max && l.n > sh->items.max)
		return count_finding(c, sh, v, p, l.n, sh->items.max);
	if (!sh->has_rest && l.n > sh->n_prefix)
		return count_finding(c, sh, v, p, l.n, sh->n_prefix);
	if (sh->unique && !l.is_bad)
		unique_check(&l);
	if (l.is_bad)
		return GOT_BAD;
	*out = dec_copy(c, v);
	(*out)->u.array.at = l.out;
	(*out)->u.array.n = l.n;
	return GOT_VALUE;
}
