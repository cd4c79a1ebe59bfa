/* SPDX-License-Identifier: Apache-2.0 */
/* A payload of one side, carried over to the other by a map. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "imprint/apiwords.h"

#define ELEMENTS_MAX 100000 /* values that one link may carry */
#define STARS_MAX APIMAP_DEPTH_MAX

struct carrier {
	struct arena *a;
	struct imp_diags *d;
	struct jx *out;
	size_t n_carried;
	const struct apimap_link *link;
	size_t index[STARS_MAX]; /* of the elements on the way */
	unsigned n_index;
	bool is_full;
};

/* One segment of a pointer, unescaped. */
static const char *
segment(struct arena *a, const char **p, size_t *n)
{
	size_t raw = strcspn(++*p, "/");
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < raw; i++) {
		if ((*p)[i] == '~' && i + 1 < raw) {
			buf_char(&b, (*p)[i + 1] == '1' ? '/' : '~');
			i++;
		} else {
			buf_char(&b, (*p)[i]);
		}
	}
	*n = b.len;
	*p += raw;
	return b.p;
}

static struct jx *
container_new(struct arena *a, enum jx_type type)
{
	struct jx *v = ARENA_NEW(a, struct jx);

	v->type = type;
	return v;
}

/* Capacity is the next power of two, so it grows where the count is one. */
static bool
is_due(size_t n)
{
	return (n & (n - 1)) == 0;
}

static struct jx **
member_slot(struct arena *a, struct jx *o, const char *key, size_t n)
{
	struct jx_member *at = o->u.object.at;

	for (size_t i = 0; i < o->u.object.n; i++)
		if (at[i].key_bytes == n && memcmp(at[i].key, key, n) == 0)
			return &at[i].value;
	if (o->u.object.n == 0 || is_due(o->u.object.n)) {
		at = ARENA_ARRAY(a, o->u.object.n ? 2 * o->u.object.n : 1, struct jx_member);
		if (o->u.object.n)
			memcpy(at, o->u.object.at, o->u.object.n * sizeof *at);
		o->u.object.at = at;
	}
	at[o->u.object.n] = (struct jx_member){.key = key, .key_bytes = n};
	return &at[o->u.object.n++].value;
}

/* Elements are carried in order, so index is at most the count, except where an element had nothing to carry:
 * the gap is filled with empty objects, which keeps the others in their places. */
static struct jx **
element_slot(struct arena *a, struct jx *list, size_t index)
{
	while (list->u.array.n <= index) {
		size_t n = list->u.array.n;

		if (n == 0 || is_due(n)) {
			struct jx **at = ARENA_ARRAY(a, n ? 2 * n : 1, struct jx *);

			if (n)
				memcpy(at, list->u.array.at, n * sizeof *at);
			list->u.array.at = at;
		}
		list->u.array.at[list->u.array.n++] = n < index ? container_new(a, JX_OBJECT) : NULL;
	}
	return &list->u.array.at[index];
}

static void
put(struct carrier *c, const struct jx *v)
{
	struct jx **slot = &c->out;
	unsigned star = 0;

	for (const char *p = c->link->b->pointer; *p;) {
		size_t n;
		const char *name = segment(c->a, &p, &n);
		bool is_star = n == 1 && name[0] == '*';

		if (!*slot)
			*slot = container_new(c->a, is_star ? JX_ARRAY : JX_OBJECT);
		slot = is_star ? element_slot(c->a, *slot, c->index[star++]) : member_slot(c->a, *slot, name, n);
	}
	*slot = ARENA_NEW(c->a, struct jx);
	memcpy(*slot, v, sizeof *v);
}

static void
carry_value(struct carrier *c, const struct jx *v, const char *pointer)
{
	enum imp_code code = IMP_TYPE;
	const char *why = NULL;
	const struct jx *made = apimap_convert(c->a, c->link, v, &code, &why);
	struct imp_diag *g;

	if (made) {
		put(c, made);
		return;
	}
	g = imp_add(c->d, code, pointer, "%s cannot become %s: %s", imp_say(c->a, v), c->link->b->pointer, why);
	g->got = imp_say(c->a, v);
}

/* Down A's pointer; each "*" is every element. Depth is that of the pointer, at most APIMAP_DEPTH_MAX lists. */
static void
carry(struct carrier *c, const struct jx *at, const char *rest, const char *pointer)
{
	while (*rest && at) {
		size_t n;
		const char *name = segment(c->a, &rest, &n);

		if (n == 1 && name[0] == '*') {
			if (!jx_is(at, JX_ARRAY))
				return;
			for (size_t i = 0; i < jx_size(at); i++) {
				if (++c->n_carried > ELEMENTS_MAX) {
					c->is_full = true;
					return;
				}
				c->index[c->n_index++] = i;
				carry(c, jx_at(at, i), rest, imp_join_index(c->a, pointer, i));
				c->n_index--;
			}
			return;
		}
		pointer = imp_join(c->a, pointer, name, n);
		at = jx_find(at, name);
	}
	if (at && *rest == '\0')
		carry_value(c, at, pointer);
}

/* Is there a value for an open field's candidates or a place for what is left? The first one met. */
static const struct jx *
first_value(struct arena *a, const struct jx *at, const char *rest)
{
	while (*rest && at) {
		size_t n;
		const char *name = segment(a, &rest, &n);

		if (n != 1 || name[0] != '*') {
			at = jx_find(at, name);
			continue;
		}
		if (!jx_is(at, JX_ARRAY))
			return NULL;
		for (size_t i = 0; i < jx_size(at) && i < ELEMENTS_MAX; i++) {
			const struct jx *v = first_value(a, jx_at(at, i), rest);

			if (v)
				return v;
		}
		return NULL;
	}
	return at;
}

static void
say_open(struct arena *a, const struct apimap *m, const struct jx *payload, struct imp_diags *d)
{
	for (size_t i = 0; i < m->n_open; i++) {
		const struct apimap_open *o = &m->open[i];
		struct imp_diag *g;

		if (!o->b->is_required || o->b->is_const)
			continue;
		if (!o->is_ambiguous) {
			g = imp_add(d, IMP_MISSING, o->b->pointer, "%s is required, and no field of %s is mapped to it", o->b->pointer,
			    m->a->name);
		} else {
			g = imp_add(d, IMP_AMBIGUOUS, o->b->pointer, "%s is required, and %zu field%s of %s could be it: %s%s",
			    o->b->pointer, o->n_candidates, o->n_candidates == 1 ? "" : "s", m->a->name,
			    o->candidates[0].a->pointer, o->n_candidates > 1 ? ", …" : "");
		}
		g->expected = o->b->description;
	}
	for (size_t i = 0; i < m->n_left; i++) {
		const struct jx *v = first_value(a, payload, m->left[i]->pointer);

		if (v)
			(void)imp_add(d, IMP_UNKNOWN_KEY, m->left[i]->pointer, "%s has no place in %s and is not carried over",
			    m->left[i]->pointer, m->b->name);
	}
}

int
apimap_apply(struct arena *a, const struct apimap *m, const struct jx *payload, const struct jx **out,
    struct imp_diags *d)
{
	struct carrier c = {.a = a, .d = d};
	size_t before = d->n_all;

	for (size_t i = 0; i < m->n_links; i++) {
		c.link = &m->links[i];
		c.n_carried = 0;
		carry(&c, payload, c.link->a->pointer, "");
	}
	if (c.is_full)
		(void)imp_add(d, IMP_ITEMS, "", "more than %d elements; the rest is not carried over", ELEMENTS_MAX);
	say_open(a, m, payload, d);
	*out = c.out ? c.out : container_new(a, JX_OBJECT);
	return d->n_all > before ? -1 : 0;
}
