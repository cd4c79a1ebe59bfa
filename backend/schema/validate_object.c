/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays and objects. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "schema/validate_run.h"

static inline bool
prop_is(const struct prop *p, const char *key, size_t n, struct ends e)
{
	return p->n == n && p->ends.head == e.head && p->ends.tail == e.tail &&
	       (n <= 16 || memcmp(p->key, key, n) == 0);
}

/* guess: where it would stand if the instance kept the schema's order. */
static inline const struct prop *
prop_find(const struct vobject *o, const char *key, size_t n, uint32_t guess)
{
	struct ends e = ends_of(key, n);
	uint32_t at;

	if (guess < o->n_props && prop_is(&o->props[guess], key, n, e))
		return &o->props[guess];
	for (at = ends_hash(e, n);; at++) {
		uint32_t i = o->slots ? o->slots[at & o->mask] : o->slots32[at & o->mask];
		if (i == 0)
			return NULL;
		if (prop_is(&o->props[i - 1], key, n, e))
			return &o->props[i - 1];
	}
}

static const struct jx *
member_find(const struct jx *v, const char *key, size_t n)
{
	for (size_t i = 0; i < v->u.object.n; i++)
		if (v->u.object.at[i].key_bytes == n && memcmp(v->u.object.at[i].key, key, n) == 0)
			return v->u.object.at[i].value;
	return NULL;
}

static bool
fail_missing(struct run *r, const struct vnode *n, const struct jx *v)
{
	const struct vobject *o = n->object;

	for (uint32_t i = 0; r->collect && i < o->n_props && r->n < r->max; i++) {
		const struct prop *p = &o->props[i];
		if (p->is_required && !member_find(v, p->key, p->n))
			(void)fail_below(r, n, "required", v, p->key, p->n, 0, "a member '%s'", p->key);
	}
	return false;
}

/* The members by pattern. 1 some pattern applied, 0 none did, -1 something is wrong. */
static int
run_patterns(struct run *r, const struct vnode *n, const struct jx_member *m)
{
	const struct vobject *o = n->object;
	int rc = 0;

	for (size_t i = 0; i < o->n_patterns; i++) {
		const struct pattern_prop *p = &o->patterns[i];
		switch (matcher_run(p->pattern, m->key, m->key_bytes)) {
		case PATTERN_NO: continue;
		case PATTERN_YES: break;
		case PATTERN_BUDGET:
			(void)spend(r, n, "patternProperties", m->value, "a name that the pattern can decide in a limited number of steps");
			return -1;
		}
		if (run_child(r, p->node, m->value, m, 0))
			rc = rc < 0 ? rc : 1;
		else if (!r->collect)
			return -1;
		else
			rc = -1;
	}
	return rc;
}

static bool
run_name(struct run *r, const struct vnode *n, const struct jx_member *m)
{
	struct jx name = {.type = JX_STRING,
	    .line = m->value->line,
	    .column = m->value->column,
	    .offset = m->value->offset,
	    .u.text = {m->key, m->key_bytes}};
	const struct jx *kept = &name;

	if (r->collect) { /* an error points to it */
		struct jx *copy = ARENA_NEW(r->a, struct jx);
		*copy = name;
		kept = copy;
	}
	return run_child(r, n, kept, m, 0);
}

static bool
run_extra(struct run *r, const struct vnode *n, const struct jx_member *m)
{
	const struct vnode *next = n->object->additional;

	if (next->flags & NODE_FALSE)
		return fail_below(r, n, "additionalProperties", m->value, m->key, m->key_bytes, 0,
		    "no member '%s'", m->key);
	return run_child(r, next, m->value, m, 0);
}

static bool
run_dependencies(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct vobject *o = n->object;
	bool ok = true;

	for (size_t i = 0; i < o->n_dependencies; i++) {
		const struct dependency *d = &o->dependencies[i];
		size_t n_names = d->names ? (d->names->type == JX_ARRAY ? d->names->u.array.n : 1) : 0;
		if (!member_find(v, d->key, d->n))
			continue;
		for (size_t k = 0; k < n_names; k++) {
			const struct jx *name = d->names->type == JX_ARRAY ? d->names->u.array.at[k] : d->names;
			if (!member_find(v, name->u.text.p, name->u.text.n))
				STEP(fail_below(r, n, d->keyword, v, name->u.text.p, name->u.text.n, 0,
				    "a member '%s', because '%s' is there", name->u.text.p, d->key));
		}
		if (d->node)
			STEP(run_because(r, d->node, v, seen));
	}
	return ok;
}

bool
run_object(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct vobject *o = n->object;
	size_t count = v->u.object.n;
	uint32_t required = 0, guess = 0;
	bool ok = true;

	if (count < o->min)
		STEP(fail(r, n, "minProperties", v, "at least %llu members", (unsigned long long)o->min));
	if (count > o->max)
		STEP(fail(r, n, "maxProperties", v, "at most %llu members", (unsigned long long)o->max));
	if (count < o->n_required)
		STEP(fail_missing(r, n, v));
	else if (r->collect && o->n_required) {
		for (size_t i = 0; i < count; i++) {
			const struct prop *p =
			    prop_find(o, v->u.object.at[i].key, v->u.object.at[i].key_bytes, 0);
			required += p && p->is_required;
		}
		if (required < o->n_required)
			ok = fail_missing(r, n, v);
	}
	required = 0;
	for (size_t i = 0; i < count; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		const struct prop *p = o->n_props ? prop_find(o, m->key, m->key_bytes, guess) : NULL;
		bool is_known = p && p->node;
		if (p) {
			guess = (uint32_t)(p - o->props) + 1;
			required += p->is_required;
			if (is_known)
				STEP(run_child(r, p->node, m->value, m, 0));
		}
		if (o->n_patterns) {
			int rc = run_patterns(r, n, m);
			STEP(rc >= 0);
			is_known |= rc != 0;
		}
		if (!is_known && o->additional) {
			STEP(run_extra(r, n, m));
			is_known = true;
		}
		if (is_known && seen)
			seen_put(seen, i);
		if (o->names)
			STEP(run_name(r, o->names, m));
	}
	if (required < o->n_required && !r->collect)
		return false;
	if (o->n_dependencies)
		STEP(run_dependencies(r, n, v, seen));
	return ok;
}

/* ---- arrays ---- */

static bool
run_contains(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct varray *a = n->array;
	bool collect = r->collect, marks = seen && a->contains_marks;
	uint64_t hits = 0;

	r->collect = false;
	for (size_t i = 0; i < v->u.array.n && !r->is_spent; i++) {
		if (!marks && hits >= a->contains_min && a->contains_max == UINT64_MAX)
			break;
		if (!run_node(r, a->contains, v->u.array.at[i], NULL))
			continue;
		hits++;
		if (marks)
			seen_put(seen, i);
	}
	r->collect = collect;
	if (r->is_spent)
		return false;
	if (hits < a->contains_min)
		return fail(r, n, a->contains_min == 1 ? "contains" : "minContains", v,
		    "at least %llu elements of a certain form; %llu are", (unsigned long long)a->contains_min,
		    (unsigned long long)hits);
	if (hits > a->contains_max)
		return fail(r, n, "maxContains", v, "at most %llu elements of a certain form; %llu are",
		    (unsigned long long)a->contains_max, (unsigned long long)hits);
	return true;
}

bool
run_array(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct varray *a = n->array;
	size_t count = v->u.array.n, i = 0, first, second;
	bool ok = true;

	if (count < a->min)
		STEP(fail(r, n, "minItems", v, "at least %llu items", (unsigned long long)a->min));
	if (count > a->max)
		STEP(fail(r, n, "maxItems", v, "at most %llu items", (unsigned long long)a->max));
	for (; i < count && i < a->n_prefix; i++) {
		STEP(run_child(r, a->prefix[i], v->u.array.at[i], NULL, i));
		if (seen)
			seen_put(seen, i);
	}
	if (a->rest) {
		bool is_false = a->rest->flags & NODE_FALSE;
		for (; i < count; i++) {
			if (is_false)
				STEP(fail_below(r, n, a->rest_keyword, v->u.array.at[i], NULL, 0, i,
				    "at most %zu items", a->n_prefix));
			else
				STEP(run_child(r, a->rest, v->u.array.at[i], NULL, i));
			if (seen)
				seen_put(seen, i);
		}
	}
	if (a->contains)
		STEP(run_contains(r, n, v, seen));
	if (a->is_unique && value_twins(v, &first, &second))
		STEP(fail(r, n, "uniqueItems", v, "items that all differ"));
	return ok;
}
