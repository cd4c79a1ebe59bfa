/* SPDX-License-Identifier: Apache-2.0 */
/* A payload of one side, carried over to the other by a map. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/apiwords.h"
#include "imprint/decode.h"
#include "imprint/shape.h"

#define ELEMENTS_MAX 100000 /* values that one link may carry */
#define STARS_MAX APIMAP_DEPTH_MAX

/* A's fields as a tree, to see what of a payload is placed. */
enum spot_kind { SPOT_ABOVE, SPOT_PLACED, SPOT_FIXED, SPOT_LEFT };
struct spot {
	const char *name;
	size_t n;
	enum spot_kind kind;
	bool is_star, is_said;
	struct spot *first, *next;
};
struct carrier {
	const struct apimap *m;
	bool *failed; /* by link: a value of it could not be carried */
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

/* A list without elements, or with is_element an element without members: its counterpart is one, too. */
static void
put_empty(struct carrier *c, bool is_element)
{
	struct jx **slot = &c->out;
	unsigned star = 0;

	for (const char *p = c->link->b->pointer; *p;) {
		size_t n;
		const char *name = segment(c->a, &p, &n);
		bool is_star = n == 1 && name[0] == '*';

		if (!*slot)
			*slot = container_new(c->a, is_star ? JX_ARRAY : JX_OBJECT);
		if (is_star && star == c->n_index)
			return;
		slot = is_star ? element_slot(c->a, *slot, c->index[star++]) : member_slot(c->a, *slot, name, n);
		if (is_element && is_star && star == c->n_index) {
			if (!*slot)
				*slot = container_new(c->a, JX_OBJECT);
			return;
		}
	}
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
	c->failed[c->link - c->m->links] = true;
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
			if (jx_size(at) == 0)
				put_empty(c, false);
			for (size_t i = 0; i < jx_size(at); i++) {
				if (++c->n_carried > ELEMENTS_MAX) {
					c->is_full = true;
					return;
				}
				c->index[c->n_index++] = i;
				if (*rest && jx_is(jx_at(at, i), JX_OBJECT) && jx_size(jx_at(at, i)) == 0)
					put_empty(c, true);
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

/* --- what is not placed --- */

static struct spot *
spot_below(struct arena *a, struct spot *above, const char *name, size_t n)
{
	struct spot **at = &above->first;

	for (; *at; at = &(*at)->next)
		if ((*at)->n == n && memcmp((*at)->name, name, n) == 0)
			return *at;
	*at = ARENA_NEW(a, struct spot);
	**at = (struct spot){.name = name, .n = n, .is_star = n == 1 && name[0] == '*'};
	return *at;
}

static void
spot_add(struct arena *a, struct spot *root, const char *pointer, enum spot_kind kind)
{
	struct spot *at = root;

	for (const char *p = pointer; *p;) {
		size_t n;
		const char *name = segment(a, &p, &n);

		at = spot_below(a, at, name, n);
	}
	at->kind = kind;
}

static struct spot *
spots_of(struct arena *a, const struct apimap *m)
{
	struct spot *root = ARENA_NEW(a, struct spot);

	for (size_t i = 0; i < m->a->n_fields; i++)
		if (m->a->fields[i].is_const)
			spot_add(a, root, m->a->fields[i].pointer, SPOT_FIXED);
	for (size_t i = 0; i < m->n_links; i++)
		spot_add(a, root, m->links[i].a->pointer, SPOT_PLACED);
	for (size_t i = 0; i < m->n_left; i++)
		spot_add(a, root, m->left[i]->pointer, SPOT_LEFT);
	return root;
}

static void
say_form(struct carrier *c, const struct jx *v, const char *pointer, const char *form)
{
	struct imp_diag *g;

	if (jx_is(v, JX_NULL)) {
		(void)imp_add(c->d, IMP_UNKNOWN_KEY, pointer, "null stands where %s has %s; it is not carried over", c->m->a->name, form);
		return;
	}
	g = imp_add(c->d, IMP_TYPE, pointer, "%s has %s here, not %s", c->m->a->name, form, imp_say(c->a, v));
	g->expected = form;
	g->got = imp_say(c->a, v);
}

/* Depth is that of A's fields; what A does not know is told as a whole. */
static void
say_unplaced(struct carrier *c, struct spot *at, const struct jx *v, const char *pointer)
{
	if (!at->first) {
		if (at->kind == SPOT_LEFT && !at->is_said)
			(void)imp_add(c->d, IMP_UNKNOWN_KEY, pointer, "%s has no place in %s and is not carried over", pointer,
			    c->m->b->name);
		at->is_said = true;
		return;
	}
	if (at->first->is_star) {
		if (!jx_is(v, JX_ARRAY)) {
			say_form(c, v, pointer, "a list");
			return;
		}
		for (size_t i = 0; i < jx_size(v) && i < ELEMENTS_MAX; i++)
			say_unplaced(c, at->first, jx_at(v, i), imp_join_index(c->a, pointer, i));
		return;
	}
	if (!jx_is(v, JX_OBJECT)) {
		say_form(c, v, pointer, "an object");
		return;
	}
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *member = &v->u.object.at[i];
		const char *below = imp_join(c->a, pointer, member->key, member->key_bytes);
		struct spot *s = at->first;

		while (s && (s->n != member->key_bytes || memcmp(s->name, member->key, s->n) != 0))
			s = s->next;
		if (s)
			say_unplaced(c, s, member->value, below);
		else
			(void)imp_add(c->d, IMP_UNKNOWN_KEY, below, "%s does not have %s; it is not carried over", c->m->a->name, below);
	}
}

/* --- what is missing on the other side --- */

static void
say_open(struct carrier *c)
{
	const struct apimap *m = c->m;

	for (size_t i = 0; i < m->n_open; i++) {
		const struct apimap_open *o = &m->open[i];
		struct imp_diag *g;

		if (!o->b->is_required || o->b->is_const || (o->b->is_readonly && m->b->is_request))
			continue;
		if (!o->is_ambiguous) {
			g = imp_add(c->d, IMP_MISSING, o->b->pointer, "%s is required, and no field of %s is mapped to it", o->b->pointer,
			    m->a->name);
		} else {
			g = imp_add(c->d, IMP_AMBIGUOUS, o->b->pointer, "%s is required, and %zu field%s of %s could be it: %s%s",
			    o->b->pointer, o->n_clear, o->n_clear == 1 ? "" : "s", m->a->name, o->candidates[0].a->pointer,
			    o->n_clear > 1 ? ", …" : "");
		}
		g->expected = o->b->description;
	}
}

/* Does a pointer lie at (or, with is_above, at or above) a place of a field, whose "*" stands for any element? */
static bool
is_place(const char *pointer, const char *field, bool is_above)
{
	const char *p = pointer, *q = field;

	while (*p && *q) {
		size_t n = strcspn(p + 1, "/") + 1, k = strcspn(q + 1, "/") + 1;
		bool is_star = k == 2 && q[1] == '*';

		if (!is_star && (n != k || memcmp(p, q, n) != 0))
			return false;
		p += n;
		q += k;
	}
	return *p == '\0' && (is_above || *q == '\0');
}

/* Was it said already: at this place or below it, or is it what could not be carried? */
static bool
is_told(const struct carrier *c, size_t from, const char *pointer)
{
	for (size_t i = from; i < c->d->n; i++)
		if ((c->d->at[i].code == IMP_MISSING || c->d->at[i].code == IMP_AMBIGUOUS)
		    && (is_place(pointer, c->d->at[i].pointer, true) || is_place(pointer, c->d->at[i].pointer, false)))
			return true;
	for (size_t i = 0; i < c->m->n_links; i++)
		if (c->failed[i] && is_place(pointer, c->m->links[i].b->pointer, true))
			return true;
	return false;
}

static const struct apimap_link *
link_at(const struct apimap *m, const char *pointer)
{
	for (size_t i = 0; i < m->n_links; i++)
		if (is_place(pointer, m->links[i].b->pointer, false))
			return &m->links[i];
	return NULL;
}

/* What came out, held against B as if somebody had filled it in. */
static void
target_check(struct carrier *c, size_t from, const struct jx **out)
{
	const struct apimap_side *b = c->m->b;
	const struct jx *payload;
	struct imp_diags found;

	if (!b->shapes || !b->shape)
		return;
	imp_diags_init(&found, c->a);
	if (decode_filled(b->shapes, b->shape, *out, &(struct decode_options){0}, c->a, &payload, &found) == 0) {
		*out = payload;
		return;
	}
	for (size_t i = 0; i < found.n; i++) {
		const struct imp_diag *f = &found.at[i];
		const struct apimap_link *l = link_at(c->m, f->pointer);
		struct imp_diag *g;

		if (imp_is_warning(f->code) || (f->code == IMP_MISSING && is_told(c, from, f->pointer)))
			continue;
		if (f->code == IMP_MISSING && l)
			g = imp_add(c->d, f->code, f->pointer, "%s is required; it comes from %s, and the payload does not have that",
			    f->pointer, l->a->pointer);
		else
			g = imp_add(c->d, f->code, f->pointer, "in %s: %s%s%s", b->name, f->message, l ? "; it came from " : "",
			    l ? l->a->pointer : "");
		g->expected = f->expected;
		g->got = f->got;
		g->schema_pointer = f->schema_pointer;
	}
}

/* The body of an operation by itself: one finding, one remedy, as decoding has it. */
static bool
is_bare_body(const struct apimap_side *side, const struct jx *payload, struct imp_diags *d)
{
	bool is_known = false;
	struct imp_diag *g;
	struct jw w;
	struct buf fix;

	if (!side->body || side->body->show != SHOW_OBJECT || !jx_is(payload, JX_OBJECT))
		return false;
	for (size_t i = 0; i < payload->u.object.n; i++) {
		const struct jx_member *m = &payload->u.object.at[i];

		if (shape_member_find(side->shapes, side->shape, m->key, m->key_bytes) >= 0)
			return false;
		is_known = is_known || shape_member_find(side->shapes, side->body, m->key, m->key_bytes) >= 0;
	}
	if (!is_known)
		return false;
	buf_init(&fix, d->a);
	jw_init(&w, &fix);
	jw_array(&w, NULL);
	jw_object(&w, NULL);
	jw_str(&w, "op", "replace");
	jw_str(&w, "path", "");
	jw_object(&w, "value");
	jw_value(&w, "_body", payload);
	jw_end(&w);
	jw_end(&w);
	jw_end(&w);
	g = imp_add(d, IMP_MISSING, "/_body", "these are members of the body: put them under \"_body\"");
	g->expected = "the sections of the operation: _path, _query, _header, _cookie, _body";
	g->got = "members of the body";
	g->fix = fix.p;
	return true;
}

int
apimap_apply(struct arena *a, const struct apimap *m, const struct jx *payload, const struct jx **out,
    struct imp_diags *d)
{
	struct carrier c = {.a = a, .d = d, .m = m, .failed = ARENA_ARRAY(a, m->n_links, bool)};
	struct spot *root = spots_of(a, m);
	size_t before = d->n_all, from = d->n;

	*out = container_new(a, m->n_links > 0 && strncmp(m->links[0].b->pointer, "/*", 2) == 0 ? JX_ARRAY : JX_OBJECT);
	if (is_bare_body(m->a, payload, d))
		return -1;
	if (root->first && !jx_is(payload, root->first->is_star ? JX_ARRAY : JX_OBJECT)) {
		struct imp_diag *g = imp_add(d, IMP_TYPE, "", "the payload is %s, and %s is %s", imp_say(a, payload), m->a->name,
		    root->first->is_star ? "a list" : "an object");

		g->expected = root->first->is_star ? "a list" : "an object";
		g->got = imp_say(a, payload);
		return -1;
	}
	for (size_t i = 0; i < m->n_links; i++) {
		c.link = &m->links[i];
		c.n_carried = 0;
		carry(&c, payload, c.link->a->pointer, "");
	}
	if (c.is_full)
		(void)imp_add(d, IMP_ITEMS, "", "more than %d elements; the rest is not carried over", ELEMENTS_MAX);
	if (c.out)
		*out = c.out;
	say_open(&c);
	target_check(&c, from, out);
	say_unplaced(&c, root, payload, "");
	return d->n_all > before ? -1 : 0;
}
