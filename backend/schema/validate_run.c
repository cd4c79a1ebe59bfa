/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/validate.h"

#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/err.h"
#include "schema/format.h"
#include "schema/validate_run.h"

/* ---- what was looked at ---- */

void
seen_init(struct run *r, struct seen *s, const struct jx *v)
{
	s->n = jx_size(v);
	s->inline_[0] = s->inline_[1] = 0;
	s->bits = s->inline_;
	if (s->n <= 128)
		return;
	if (!r->scratch)
		r->scratch = arena_new(0);
	s->bits = ARENA_ARRAY(r->scratch, (s->n + 63) / 64, uint64_t);
}

void
seen_join(struct seen *to, const struct seen *from)
{
	for (size_t i = 0; i < (to->n + 63) / 64; i++)
		to->bits[i] |= from->bits[i];
}

/* ---- numbers and strings ---- */

/* The sign of v - bound. */
static int
against(const struct jx *v, bool is_int, int64_t i, const struct bound *b)
{
	if (is_int && b->is_int)
		return (i > b->i) - (i < b->i);
	return decimal_compare(v->u.text.p, v->u.text.n, b->lexeme->u.text.p, b->lexeme->u.text.n);
}

static bool
fail_bound(struct run *r, const struct vnode *n, const struct bound *b, const struct jx *v, bool is_max)
{
	static const char *const words[2][2] = {{"at least", "more than"}, {"at most", "less than"}};

	return fail(r, n, b->keyword, v, "%s %.*s", words[is_max][b->is_exclusive],
	    (int)b->lexeme->u.text.n, b->lexeme->u.text.p);
}

static bool
run_number(struct run *r, const struct vnode *n, const struct jx *v)
{
	const struct vnumber *x = n->number;
	bool ok = true, is_int;
	int64_t i = 0;
	int rc;

	is_int = short_int(v, &i);
	for (int k = 0; k < 2; k++) {
		const struct bound *low = &x->min[k], *high = &x->max[k];
		if (low->lexeme && against(v, is_int, i, low) < (int)low->is_exclusive)
			ok = fail_bound(r, n, low, v, false);
		if (high->lexeme && against(v, is_int, i, high) > -(int)high->is_exclusive)
			ok = fail_bound(r, n, high, v, true);
	}
	if (!x->multiple || (!ok && !r->collect))
		return ok;
	if (is_int && x->multiple_i)
		rc = i % x->multiple_i == 0;
	else
		rc = decimal_multiple(v->u.text.p, v->u.text.n, x->multiple->u.text.p, x->multiple->u.text.n);
	if (rc < 0)
		return spend(r, n, "multipleOf", v, "a divisor with fewer digits");
	if (rc == 0)
		ok = fail(r, n, "multipleOf", v, "a multiple of %.*s", (int)x->multiple->u.text.n,
		    x->multiple->u.text.p);
	return ok;
}

static uint64_t
code_points(const struct jx *v)
{
	uint64_t n = 0;

	for (size_t i = 0; i < v->u.text.n; i++)
		n += ((unsigned char)v->u.text.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
run_length(struct run *r, const struct vnode *n, const struct jx *v)
{
	const struct vstring *s = n->string;
	uint64_t length;

	/* A character has one to four bytes: most lengths are decided by the bytes alone. */
	if (v->u.text.n <= s->max && v->u.text.n / 4 >= s->min)
		return true;
	length = code_points(v);
	if (length < s->min)
		return fail(r, n, "minLength", v, "at least %llu characters", (unsigned long long)s->min);
	if (length > s->max)
		return fail(r, n, "maxLength", v, "at most %llu characters", (unsigned long long)s->max);
	return true;
}

static bool
run_string(struct run *r, const struct vnode *n, const struct jx *v)
{
	const struct vstring *s = n->string;
	bool ok = !s->has_length || run_length(r, n, v);

	if (!ok && !r->collect)
		return false;
	if (s->pattern) {
		switch (matcher_run(s->pattern, v->u.text.p, v->u.text.n)) {
		case PATTERN_YES: break;
		case PATTERN_NO:
			ok = fail(r, n, "pattern", v, "text that matches /%s/", s->pattern_source->u.text.p);
			break;
		case PATTERN_BUDGET:
			return spend(r, n, "pattern", v,
			    r->a ? arena_printf(r->a, "text that /%s/ can decide in a limited number of steps",
				       s->pattern_source->u.text.p)
				 : "");
		}
		if (!ok && !r->collect)
			return false;
	}
	if (s->format >= 0 && (!format_check(s->format, v->u.text.p, v->u.text.n) ||
				  (s->needs_t && v->u.text.p[10] != 'T'))) {
		const char *example = format_example(s->format);
		ok = fail(r, n, "format", v, "text of the format %s%s%s", s->format_name,
		    example ? ", such as " : "", example ? example : "");
	}
	if (s->is_decimal && !decimal_check(v->u.text.p, v->u.text.n))
		ok = fail(r, n, "format", v, "a decimal number as text, such as \"1234.50\", without signs of currency or thousands");
	return ok;
}

/* ---- applied in place ---- */

/* Does n hold, without a word about it? */
static bool
holds(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	bool collect = r->collect, ok;

	r->collect = false;
	ok = run_node(r, n, v, seen);
	r->collect = collect;
	return ok;
}

/* As holds; what the branch looked at counts only when it does. */
static bool
branch_holds(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	struct seen own;

	if (!seen)
		return holds(r, n, v, NULL);
	seen_init(r, &own, v);
	if (!holds(r, n, v, &own))
		return false;
	seen_join(seen, &own);
	return true;
}

static bool
run_any(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen,
    const struct vlist *list, const char *keyword)
{
	bool hit = false;

	for (size_t i = 0; i < list->n && (!hit || seen) && !r->is_spent; i++)
		hit |= branch_holds(r, list->at[i], v, seen);
	if (hit || r->is_spent)
		return hit && !r->is_spent;
	(void)fail(r, n, keyword, v, "one of %zu forms, none of which fits", list->n);
	if (r->collect)
		explain_branches(r, list, v);
	return false;
}

static bool
run_one(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct vlist *list = &n->value->one;
	size_t hits = 0;

	for (size_t i = 0; i < list->n && !r->is_spent && (hits < 2 || r->collect); i++)
		hits += branch_holds(r, list->at[i], v, seen);
	if (r->is_spent)
		return false;
	if (hits == 1)
		return true;
	(void)fail(r, n, "oneOf", v, "exactly one of %zu forms; %zu fit", list->n, hits);
	if (r->collect && hits == 0)
		explain_branches(r, list, v);
	return false;
}

bool
run_because(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	bool ok;

	r->conditions++;
	ok = run_node(r, n, v, seen);
	r->conditions--;
	return ok;
}

static bool
run_condition(struct run *r, const struct vvalue *x, const struct jx *v, struct seen *seen)
{
	bool yes = branch_holds(r, x->if_, v, seen);
	const struct vnode *next = yes ? x->then_ : x->else_;

	if (r->is_spent)
		return false;
	return !next || run_because(r, next, v, seen);
}

/* The outermost resource of the dynamic scope that has the name decides. */
static const struct vnode *
dynamic_target(const struct run *r, const struct dynamic_ref *d)
{
	const struct vnode *target = d->target;

	for (const struct scope *s = r->scope; s; s = s->up) {
		const struct map_entry *e = map_find(&r->p->dynamics, s->res, d->name, d->n);
		if (e)
			target = e->value;
	}
	return target;
}

bool
run_value(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct vvalue *x = n->value;
	bool ok = true;

	if (x->constant)
		STEP(value_equal(x->constant, v, 0) ||
		     fail(r, n, "const", v, "%s", r->collect ? value_words(r->a, x->constant) : ""));
	if (x->enumeration)
		STEP(enum_holds(x->enumeration, v) || fail_enum(r, n, v));
	if (x->ref)
		STEP(run_node(r, x->ref, v, seen));
	if (x->dynamic)
		STEP(run_node(r, x->dynamic->is_dynamic ? dynamic_target(r, x->dynamic) : x->dynamic->target,
		    v, seen));
	for (size_t i = 0; i < x->all.n; i++)
		STEP(run_node(r, x->all.at[i], v, seen));
	if (x->any.n)
		STEP(run_any(r, n, v, seen, &x->any, "anyOf"));
	if (x->one.n)
		STEP(x->one_is_any ? run_any(r, n, v, seen, &x->one, "oneOf") : run_one(r, n, v, seen));
	if (x->not_)
		STEP((!holds(r, x->not_, v, NULL) && !r->is_spent) ||
		     fail(r, n, "not", v, "anything but this form"));
	if (x->if_)
		STEP(run_condition(r, x, v, seen));
	return ok;
}

/* ---- a schema ---- */

static bool
run_parts(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	bool ok = true;

	if (!type_fits(n, v))
		return n->flags & NODE_FALSE ? fail(r, n, "false", v, "nothing here") : fail_type(r, n, v);
	if (n->value)
		STEP(run_value(r, n, v, seen));
	switch (v->type) {
	case JX_NUMBER:
		if (n->number)
			STEP(run_number(r, n, v));
		break;
	case JX_STRING:
		if (n->string)
			STEP(run_string(r, n, v));
		break;
	case JX_ARRAY:
		if (n->array)
			STEP(run_array(r, n, v, seen));
		break;
	case JX_OBJECT:
		if (n->object)
			STEP(run_object(r, n, v, seen));
		break;
	case JX_NULL:
	case JX_BOOL:
	case JX__COUNT: break;
	}
	return ok;
}

static bool
run_unevaluated(struct run *r, const struct vnode *n, const struct jx *v, struct seen *outer)
{
	struct seen own;
	const struct vnode *next;
	bool ok, is_array = v->type == JX_ARRAY;

	if (!is_array && v->type != JX_OBJECT)
		return run_parts(r, n, v, NULL);
	seen_init(r, &own, v);
	ok = run_parts(r, n, v, &own);
	if (!ok && !r->collect)
		return false;
	next = is_array ? (n->array ? n->array->unevaluated : NULL)
			: (n->object ? n->object->unevaluated : NULL);
	for (size_t i = 0; next && i < own.n; i++) {
		const struct jx_member *m = is_array ? NULL : &v->u.object.at[i];
		const struct jx *child = is_array ? v->u.array.at[i] : m->value;
		if (seen_has(&own, i))
			continue;
		if (next->flags & NODE_FALSE)
			STEP(is_array ? fail_below(r, n, "unevaluatedItems", child, NULL, 0, i,
					    "no further element")
				      : fail_below(r, n, "unevaluatedProperties", child, m->key,
					    m->key_bytes, 0, "no member '%s'", m->key));
		else {
			r->conditions++;
			if (!run_child(r, next, child, m, i))
				ok = false;
			r->conditions--;
			if (!ok && !r->collect)
				return false;
		}
		seen_put(&own, i);
	}
	if (ok && outer)
		seen_join(outer, &own);
	return ok;
}

/* The first steps are used up: a large instance may have as many again as its size explains. Counted only now, because
 * counting costs more than checking most instances. */
static void
add_steps(struct run *r)
{
	const struct jx **todo;
	size_t n = 0, cap = 1024, count = 0;
	struct arena *own;

	if (!r->whole)
		return;
	own = arena_new(0);
	todo = ARENA_ARRAY(own, cap, const struct jx *);
	for (todo[n++] = r->whole; n;) {
		const struct jx *v = todo[--n];
		size_t k = jx_size(v);
		count++;
		if (n + k > cap) {
			const struct jx **more;
			while (n + k > cap)
				cap *= 2;
			more = ARENA_ARRAY(own, cap, const struct jx *);
			memcpy(more, todo, n * sizeof *more);
			todo = more;
		}
		for (size_t i = 0; i < k; i++)
			todo[n++] = v->type == JX_OBJECT ? v->u.object.at[i].value : v->u.array.at[i];
	}
	arena_free(own);
	r->whole = NULL;
	r->steps_left = (uint64_t)count * RUN_STEPS_PER_VALUE;
	if (r->memo_below)
		r->memo_below = UINT64_MAX;
}

/*
 * Alternatives that lead down to the same values each double the work at every level. Once a run has grown long, the
 * answer for a schema and a container is kept: the rest costs (schemas × values) at most.
 */
struct memo_entry {
	const struct vnode *n;
	const struct jx *v;
	bool ok;
};
struct run_memo {
	struct memo_entry *at; /* open addressing, a power of two */
	size_t n, cap;
};

static struct memo_entry *
memo_slot(const struct run_memo *m, const struct vnode *n, const struct jx *v)
{
	uint64_t h = ((uintptr_t)n >> 4) * UINT64_C(0x9e3779b97f4a7c15) ^ ((uintptr_t)v >> 4) * UINT64_C(0xc2b2ae3d27d4eb4f);
	size_t i = (size_t)(h ^ h >> 29) & (m->cap - 1);

	while (m->at[i].n && !(m->at[i].n == n && m->at[i].v == v))
		i = (i + 1) & (m->cap - 1);
	return &m->at[i];
}

static void
memo_put(struct run *r, const struct vnode *n, const struct jx *v, bool ok)
{
	struct run_memo *m = r->memo;

	if (!m) {
		if (!r->scratch)
			r->scratch = arena_new(0);
		m = r->memo = ARENA_NEW(r->scratch, struct run_memo);
	}
	if (m->n * 2 >= m->cap) {
		struct run_memo grown = {.n = m->n, .cap = m->cap ? m->cap * 2 : 1024};
		if (grown.cap > RUN_MEMO_MAX)
			return;
		grown.at = ARENA_ARRAY(r->scratch, grown.cap, struct memo_entry);
		for (size_t i = 0; i < m->cap; i++)
			if (m->at[i].n)
				*memo_slot(&grown, m->at[i].n, m->at[i].v) = m->at[i];
		*m = grown;
	}
	*memo_slot(m, n, v) = (struct memo_entry){n, v, ok};
	m->n++;
}

static bool run_here(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen);

static bool
run_remembered(struct run *r, const struct vnode *n, const struct jx *v)
{
	const struct memo_entry *e = r->memo && r->memo->cap ? memo_slot(r->memo, n, v) : NULL;
	bool ok;

	if (e && e->n)
		return e->ok;
	ok = run_here(r, n, v, NULL);
	if (!r->is_spent)
		memo_put(r, n, v, ok);
	return ok;
}

/* Recursion is bounded by RUN_DEPTH_MAX. */
bool
run_node(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	if (n->flags & NODE_SIMPLE && type_fits(n, v))
		return true;
	if (r->is_spent)
		return false;
	if (r->steps_left < r->memo_below && !seen && !r->collect && (v->type == JX_ARRAY || v->type == JX_OBJECT))
		return run_remembered(r, n, v);
	return run_here(r, n, v, seen);
}

static bool
run_here(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen)
{
	const struct scope *scope = r->scope;
	struct scope own;
	bool ok;

	if (r->depth >= RUN_DEPTH_MAX)
		return spend(r, n, "", v, "a document that can be checked in " TEXT_OF(RUN_DEPTH_MAX) " levels");
	if (r->steps_left == 0)
		add_steps(r);
	if (r->steps_left == 0)
		return spend(r, n, "", v, "a document that can be checked in a limited number of steps");
	r->steps_left--;
	if (r->p->has_dynamic && n->at.res && (!scope || scope->res != n->at.res)) {
		own = (struct scope){n->at.res, scope};
		r->scope = &own;
	}
	r->depth++;
	ok = n->flags & NODE_UNEVALUATED ? run_unevaluated(r, n, v, seen) : run_parts(r, n, v, seen);
	r->depth--;
	r->scope = scope;
	return ok && !r->is_spent;
}

bool
run_tracked(struct run *r, const struct vnode *n, const struct jx *v, const struct jx_member *m, size_t index)
{
	const struct way here = {.up = r->way, .member = m, .index = index};
	bool ok;

	if (r->n >= r->max)
		return false; /* there is one already: this value is not valid anyhow */
	r->way = &here;
	ok = run_node(r, n, v, NULL);
	r->way = here.up;
	return ok;
}

/* Field by field: clearing a struct as a whole costs more than most instances. */
static inline void
run_init(struct run *r, const struct program *p)
{
	r->p = p;
	r->collect = r->is_spent = false;
	r->depth = r->branch_depth = r->conditions = 0;
	r->scope = NULL;
	r->way = NULL;
	r->a = r->scratch = NULL;
	r->errors = r->spent = NULL;
	r->n = r->max = 0;
}

static bool
run_start(struct run *r, const struct validator *v, const struct jx *instance)
{
	bool ok;

	r->steps_left = RUN_STEPS_MAX;
	r->memo_below = r->p->has_dynamic ? 0 : RUN_STEPS_MAX - RUN_MEMO_AFTER;
	r->memo = NULL;
	r->whole = instance;
	ok = run_node(r, v->root, instance, NULL) && !r->is_spent;
	if (r->scratch)
		arena_free(r->scratch);
	r->scratch = NULL;
	r->memo = NULL;
	return ok;
}

bool
validator_run(struct validator *v, struct arena *a, const struct jx *instance, size_t errors_max,
    const struct validate_error **errors, size_t *n)
{
	struct run r;

	run_init(&r, v->program);
	if (run_start(&r, v, instance)) {
		if (n)
			*n = 0;
		if (errors)
			*errors = NULL;
		return true;
	}
	if (errors_max == 0) {
		if (n)
			*n = 0;
		return false;
	}
	INVARIANT(a != NULL);
	run_init(&r, v->program);
	r.collect = true;
	r.a = a;
	r.max = errors_max;
	r.errors = ARENA_ARRAY(a, errors_max < 64 ? errors_max : 64, struct validate_error);
	(void)run_start(&r, v, instance);
	if (r.n == 0 && !r.spent)
		(void)spend(&r, v->root, "", instance, "a document that can be checked in a limited number of steps");
	if (r.spent && r.n < errors_max) /* a limit was the reason, or one more */
		*error_new(&r) = *r.spent;
	*errors = r.errors;
	*n = r.n;
	return false;
}
