/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jpatch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jx.h"

/*
 * A copy shares what it copies, so a handful of operations can stand for a document of any size:
 * what copies stand for is counted, written out, and bounded; so is how deep a value reaches. Each
 * operation makes the containers on its path anew, and those bytes are bounded too.
 */
#define COPIED_VALUES_MAX 8000000u
#define REWRITTEN_BYTES_MAX ((size_t)256 << 20)
#define DEPTH_MAX 1000u
#define COMPARE_DEPTH_MAX 16384u
#define SCAN_MAX 16u /* members compared by looking through the other object; above: sorted */

struct token {
	const char *p;
	size_t n;
};

struct path {
	struct token *at;
	size_t n;
	const char *text;
};

struct patcher {
	struct arena *a;
	struct err *err;
	size_t operation; /* from 0 */
	size_t copied;    /* values */
	size_t rewritten; /* bytes */
	struct path path;
};

enum edit { EDIT_ADD, EDIT_REPLACE, EDIT_REMOVE };

static int
fail(struct patcher *p, enum err_code code, const char *words)
{
	return err_set(p->err, code, "operation %zu, path '%.120s': %s", p->operation,
	    p->path.text ? p->path.text : "", words);
}

/* Trees are read-only by agreement; their links are not typed so. */
static struct jx *
share(const struct jx *v)
{
	struct jx *out;

	memcpy(&out, &v, sizeof out);
	return out;
}

/* --- equality --------------------------------------------------------------------------------- */

static int
by_key(const void *x, const void *y)
{
	const struct jx_member *const *a = x, *const *b = y;
	size_t na = (*a)->key_bytes, nb = (*b)->key_bytes;
	int c = memcmp((*a)->key, (*b)->key, na < nb ? na : nb);

	return c ? c : (na > nb) - (na < nb);
}

static bool
same_key(const struct jx_member *a, const struct jx_member *b)
{
	return a->key_bytes == b->key_bytes && memcmp(a->key, b->key, a->key_bytes) == 0;
}

static const struct jx_member **
sorted(struct arena *a, const struct jx *o)
{
	const struct jx_member **at = ARENA_ARRAY(a, o->u.object.n, const struct jx_member *);

	for (size_t i = 0; i < o->u.object.n; i++)
		at[i] = &o->u.object.at[i];
	qsort(at, o->u.object.n, sizeof *at, by_key);
	return at;
}

static bool equal(const struct jx *a, const struct jx *b, unsigned depth);

static bool
equal_sorted(const struct jx *a, const struct jx *b, unsigned depth)
{
	struct arena *scratch = arena_new(0);
	const struct jx_member **x = sorted(scratch, a), **y = sorted(scratch, b);
	bool same = true;

	for (size_t i = 0; same && i < a->u.object.n; i++)
		same = same_key(x[i], y[i]);
	for (size_t i = 0; same && i < a->u.object.n; i++)
		same = equal(x[i]->value, y[i]->value, depth + 1);
	arena_free(scratch);
	return same;
}

static bool
equal_objects(const struct jx *a, const struct jx *b, unsigned depth)
{
	size_t n = a->u.object.n, ordered = 0;

	if (n != b->u.object.n)
		return false;
	while (ordered < n && same_key(&a->u.object.at[ordered], &b->u.object.at[ordered]))
		ordered++;
	if (ordered < n && n > SCAN_MAX)
		return equal_sorted(a, b, depth);
	for (size_t i = 0; i < n; i++) {
		const struct jx_member *m = &a->u.object.at[i];
		size_t k = i < ordered ? i : 0;
		while (k < n && !same_key(m, &b->u.object.at[k]))
			k++;
		if (k == n || !equal(m->value, b->u.object.at[k].value, depth + 1))
			return false;
	}
	return true;
}

/* Recursion is bounded by COMPARE_DEPTH_MAX; nothing that deep is taken for equal. */
static bool
equal(const struct jx *a, const struct jx *b, unsigned depth)
{
	if (a == b)
		return true;
	if (a->type != b->type || depth >= COMPARE_DEPTH_MAX)
		return false;
	switch (a->type) {
	case JX_NULL:
		return true;
	case JX_BOOL:
		return a->u.boolean == b->u.boolean;
	case JX_NUMBER:
		return decimal_compare(a->u.text.p, a->u.text.n, b->u.text.p, b->u.text.n) == 0;
	case JX_STRING:
		return a->u.text.n == b->u.text.n && memcmp(a->u.text.p, b->u.text.p, a->u.text.n) == 0;
	case JX_ARRAY:
		if (a->u.array.n != b->u.array.n)
			return false;
		for (size_t i = 0; i < a->u.array.n; i++)
			if (!equal(a->u.array.at[i], b->u.array.at[i], depth + 1))
				return false;
		return true;
	case JX_OBJECT:
		return equal_objects(a, b, depth);
	case JX__COUNT:
		break;
	}
	NEVER("a node has one of the six types");
}

bool
jx_equal(const struct jx *a, const struct jx *b)
{
	return equal(a, b, 0);
}

/* --- pointers --------------------------------------------------------------------------------- */

static int
parse_pointer(struct patcher *p, const struct jx *text, struct path *out)
{
	const char *s = text->u.text.p, *end = s + text->u.text.n;
	size_t n = 0;

	p->path.text = s;
	out->text = s;
	for (const char *q = s; q < end; q++)
		n += *q == '/';
	if (s < end && *s != '/')
		return fail(p, E_SCHEMA, "a JSON pointer is empty or begins with '/'");
	if (n > DEPTH_MAX)
		return fail(p, E_LIMIT, "more than 1000 levels");
	out->at = ARENA_ARRAY(p->a, n, struct token);
	out->n = 0;
	while (s < end) {
		char *o = arena_alloc(p->a, (size_t)(end - s)), *from = o;
		for (s++; s < end && *s != '/'; s++) {
			if (*s == '~' && (s + 1 == end || (s[1] != '0' && s[1] != '1')))
				return fail(p, E_SCHEMA, "'~' in a JSON pointer is written ~0, '/' is ~1");
			*o++ = *s != '~' ? *s : *++s == '0' ? '~' : '/';
		}
		out->at[out->n++] = (struct token){.p = from, .n = (size_t)(o - from)};
	}
	return 0;
}

/* An array index below limit; SIZE_MAX when the token is none. */
static size_t
index_of(const struct token *t, size_t limit)
{
	size_t v = 0;

	if (t->n == 0 || t->n > 15 || (t->n > 1 && t->p[0] == '0'))
		return SIZE_MAX;
	for (size_t i = 0; i < t->n; i++) {
		if (t->p[i] < '0' || t->p[i] > '9')
			return SIZE_MAX;
		v = v * 10 + (size_t)(t->p[i] - '0');
	}
	return v < limit ? v : SIZE_MAX;
}

/* Where the token's member or element stands in v; SIZE_MAX when it does not. */
static size_t
place_of(const struct jx *v, const struct token *t)
{
	if (v->type == JX_ARRAY)
		return index_of(t, v->u.array.n);
	if (v->type == JX_OBJECT)
		for (size_t i = 0; i < v->u.object.n; i++)
			if (v->u.object.at[i].key_bytes == t->n &&
			    memcmp(v->u.object.at[i].key, t->p, t->n) == 0)
				return i;
	return SIZE_MAX;
}

static const struct jx *
child(const struct jx *v, size_t place)
{
	return v->type == JX_ARRAY ? v->u.array.at[place] : v->u.object.at[place].value;
}

static int
nothing_at(struct patcher *p, const struct jx *v, const struct token *t)
{
	if (v->type == JX_ARRAY)
		return err_set(p->err, E_CONFLICT,
		    "operation %zu, path '%.120s': '%.*s' is no index of an array of %zu elements", p->operation,
		    p->path.text, t->n > 40 ? 40 : (int)t->n, t->p, v->u.array.n);
	return err_set(p->err, E_NOT_FOUND, "operation %zu, path '%.120s': there is no member '%.*s' in %s",
	    p->operation, p->path.text, t->n > 80 ? 80 : (int)t->n, t->p, jx_type_name(v->type));
}

static const struct jx *
look_up(struct patcher *p, const struct jx *v, const struct path *path)
{
	p->path = *path;
	for (size_t i = 0; i < path->n; i++) {
		size_t place = place_of(v, &path->at[i]);
		if (place == SIZE_MAX) {
			(void)nothing_at(p, v, &path->at[i]);
			return NULL;
		}
		v = child(v, place);
	}
	return v;
}

/* --- edits: a new container for each level of the path ---------------------------------------- */

/* v with drop elements at place taken out and gap empty places put there. */
static struct jx *
array_without(struct patcher *p, const struct jx *v, size_t place, size_t gap, size_t drop)
{
	struct jx *out = ARENA_NEW(p->a, struct jx);

	*out = *v;
	out->u.array.n = v->u.array.n + gap - drop;
	out->u.array.at = ARENA_ARRAY(p->a, out->u.array.n, struct jx *);
	p->rewritten += out->u.array.n * sizeof *out->u.array.at;
	for (size_t i = 0; i < place; i++)
		out->u.array.at[i] = v->u.array.at[i];
	for (size_t i = place + drop; i < v->u.array.n; i++)
		out->u.array.at[i + gap - drop] = v->u.array.at[i];
	return out;
}

static struct jx *
object_without(struct patcher *p, const struct jx *v, size_t place, size_t gap, size_t drop)
{
	struct jx *out = ARENA_NEW(p->a, struct jx);

	*out = *v;
	out->u.object.n = v->u.object.n + gap - drop;
	out->u.object.at = ARENA_ARRAY(p->a, out->u.object.n, struct jx_member);
	p->rewritten += out->u.object.n * sizeof *out->u.object.at;
	for (size_t i = 0; i < place; i++)
		out->u.object.at[i] = v->u.object.at[i];
	for (size_t i = place + drop; i < v->u.object.n; i++)
		out->u.object.at[i + gap - drop] = v->u.object.at[i];
	return out;
}

/* A copy of v with the element or member at place replaced. */
static const struct jx *
replaced(struct patcher *p, const struct jx *v, size_t place, const struct jx *value)
{
	struct jx *out;

	if (v->type == JX_ARRAY) {
		out = array_without(p, v, place, 1, 1);
		out->u.array.at[place] = share(value);
	} else {
		out = object_without(p, v, place, 1, 1);
		out->u.object.at[place] = v->u.object.at[place];
		out->u.object.at[place].value = share(value);
	}
	return out;
}

static const struct jx *
added(struct patcher *p, const struct jx *v, const struct token *t, const struct jx *value)
{
	size_t place = place_of(v, t);
	struct jx *out;

	if (v->type == JX_ARRAY) {
		bool at_end = t->n == 1 && t->p[0] == '-';
		place = at_end ? v->u.array.n : index_of(t, v->u.array.n + 1);
		if (place == SIZE_MAX) {
			(void)nothing_at(p, v, t);
			return NULL;
		}
		out = array_without(p, v, place, 1, 0);
		out->u.array.at[place] = share(value);
		return out;
	}
	if (v->type != JX_OBJECT) {
		(void)nothing_at(p, v, t);
		return NULL;
	}
	if (place != SIZE_MAX)
		return replaced(p, v, place, value);
	out = object_without(p, v, v->u.object.n, 1, 0);
	out->u.object.at[v->u.object.n] = (struct jx_member){
	    .key = arena_dup(p->a, t->p, t->n), .key_bytes = t->n, .value = share(value)};
	return out;
}

/* Recursion is bounded by the pointer's DEPTH_MAX tokens. NULL: refused. */
static const struct jx *
edit(struct patcher *p, const struct jx *v, size_t level, enum edit how, const struct jx *value)
{
	const struct token *t = p->path.at + level;
	const struct jx *below;
	size_t place;

	if (level == p->path.n)
		return value;
	if (level + 1 == p->path.n && how == EDIT_ADD)
		return added(p, v, t, value);
	place = place_of(v, t);
	if (place == SIZE_MAX) {
		(void)nothing_at(p, v, t);
		return NULL;
	}
	if (level + 1 == p->path.n && how == EDIT_REMOVE)
		return v->type == JX_ARRAY ? array_without(p, v, place, 0, 1)
					   : object_without(p, v, place, 0, 1);
	below = edit(p, child(v, place), level + 1, how, value);
	return below ? replaced(p, v, place, below) : NULL;
}

/* Values in v, written out, added to *n; false when either bound is passed. */
static bool
measure(const struct jx *v, unsigned depth, size_t *n)
{
	size_t width = jx_size(v);

	if (depth > DEPTH_MAX || ++*n > COPIED_VALUES_MAX)
		return false;
	for (size_t i = 0; i < width; i++)
		if (!measure(child(v, i), depth + 1, n))
			return false;
	return true;
}

/* --- operations ------------------------------------------------------------------------------- */

static int
get_pointer(struct patcher *p, const struct jx *op, const char *key, struct path *out)
{
	const struct jx *text = jx_find(op, key);

	if (!jx_is(text, JX_STRING))
		return err_set(p->err, E_SCHEMA, "operation %zu: '%s' must be a string, a JSON pointer",
		    p->operation, key);
	return parse_pointer(p, text, out);
}

static bool
is_inside(const struct path *inner, const struct path *outer)
{
	if (inner->n <= outer->n)
		return false;
	for (size_t i = 0; i < outer->n; i++)
		if (inner->at[i].n != outer->at[i].n ||
		    memcmp(inner->at[i].p, outer->at[i].p, outer->at[i].n) != 0)
			return false;
	return true;
}

static const struct jx *
move_or_copy(struct patcher *p, const struct jx *doc, const struct jx *op, bool moves)
{
	struct path from, path = p->path;
	const struct jx *value;

	if (get_pointer(p, op, "from", &from) < 0)
		return NULL;
	value = look_up(p, doc, &from);
	if (!value)
		return NULL;
	if (moves && is_inside(&path, &from)) {
		(void)fail(p, E_CONFLICT, "a value cannot be moved into itself");
		return NULL;
	}
	if (moves && from.n == 0) /* onto itself */
		return doc;
	if (!measure(value, (unsigned)path.n, &p->copied)) {
		(void)fail(p, E_LIMIT, "the copies stand for more than 8000000 values or 1000 levels");
		return NULL;
	}
	if (moves) {
		doc = edit(p, doc, 0, EDIT_REMOVE, NULL);
		if (!doc)
			return NULL;
	}
	p->path = path;
	return edit(p, doc, 0, EDIT_ADD, value);
}

static const struct jx *
apply_one(struct patcher *p, const struct jx *doc, const struct jx *op)
{
	static const char *const with_value[] = {"add", "replace", "test"};
	const struct jx *name = jx_find(op, "op"), *value = jx_find(op, "value"), *found;
	bool needs_value = false;

	if (!jx_is(name, JX_STRING)) {
		(void)err_set(p->err, E_SCHEMA, "operation %zu: an object with the string 'op' is expected", p->operation);
		return NULL;
	}
	if (get_pointer(p, op, "path", &p->path) < 0)
		return NULL;
	for (size_t i = 0; i < 3; i++)
		needs_value = needs_value || jx_is_str(name, with_value[i]);
	if (needs_value && !value) {
		(void)fail(p, E_SCHEMA, "'value' is missing");
		return NULL;
	}
	if (jx_is_str(name, "add"))
		return edit(p, doc, 0, EDIT_ADD, value);
	if (jx_is_str(name, "replace"))
		return edit(p, doc, 0, EDIT_REPLACE, value);
	if (jx_is_str(name, "move") || jx_is_str(name, "copy"))
		return move_or_copy(p, doc, op, jx_is_str(name, "move"));
	if (jx_is_str(name, "remove")) {
		if (p->path.n > 0)
			return edit(p, doc, 0, EDIT_REMOVE, NULL);
		(void)fail(p, E_CONFLICT, "the whole document cannot be removed; replace it by null instead");
		return NULL;
	}
	if (jx_is_str(name, "test")) {
		struct path path = p->path;
		found = look_up(p, doc, &path);
		if (found && !jx_equal(found, value)) {
			(void)fail(p, E_CONFLICT, "the test failed: another value stands there");
			return NULL;
		}
		return found ? doc : NULL;
	}
	(void)err_set(p->err, E_SCHEMA,
	    "operation %zu: 'op' must be add, remove, replace, move, copy or test, found '%.40s'", p->operation,
	    name->u.text.p);
	return NULL;
}

int
jpatch_apply(struct arena *a, const struct jx *doc, const struct jx *patch, const struct jx **out,
    struct err *err)
{
	struct patcher p = {.a = a, .err = err};

	if (!jx_is(patch, JX_ARRAY))
		return err_set(err, E_SCHEMA, "a patch is an array of operations");
	for (size_t i = 0; i < patch->u.array.n; i++) {
		p.operation = i;
		p.path = (struct path){.text = ""};
		doc = apply_one(&p, doc, patch->u.array.at[i]);
		if (!doc)
			return -1;
		if (p.rewritten > REWRITTEN_BYTES_MAX)
			return fail(&p, E_LIMIT, "the patch rewrites more than 256 MiB of wide arrays and objects");
	}
	*out = doc;
	return 0;
}
