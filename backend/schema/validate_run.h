/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_VALIDATE_RUN_H
#define SCHEMA_VALIDATE_RUN_H
/* One run of a validator; private to validate_run.c, validate_object.c and validate_error.c. */
#include "core/decimal.h"
#include "schema/validate_impl.h"

#define RUN_DEPTH_MAX 4000 /* nested checks; some 300 bytes of stack each */
#define RUN_STEPS_MAX 4000000 /* schemas applied to values; large instances get more, by their size */
#define RUN_STEPS_PER_VALUE 64
#define RUN_MEMO_AFTER 20000    /* steps; from then on what was found about containers is remembered */
#define RUN_MEMO_MAX (1u << 18) /* entries of 24 bytes */

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

/* A failure ends it, unless all are wanted; the caller has `r` and `ok`. */
#define STEP(expr)                    \
	do {                          \
		if (!(expr)) {        \
			ok = false;   \
			if (!r->collect) \
				return false; \
		}                     \
	} while (0)

/* The dynamic scope, innermost first. */
struct scope {
	const struct resource *res;
	const struct scope *up;
};
/* The way to a value; kept only while errors are collected. */
struct way {
	const struct way *up;
	const struct jx_member *member; /* NULL: index */
	size_t index;
};
/* Which members or elements some keyword has looked at. */
struct seen {
	uint64_t *bits;
	size_t n;
	uint64_t inline_[2];
};
struct run {
	const struct program *p;
	bool collect;  /* keep errors and look for more; else the first failure ends it */
	bool is_spent; /* a limit was hit: nothing that follows counts */
	unsigned depth;
	unsigned branch_depth; /* of anyOf and oneOf being explained */
	unsigned conditions;   /* then, else, … that led here */
	uint64_t steps_left;
	uint64_t memo_below; /* steps_left under which results are remembered; 0: never */
	struct run_memo *memo;
	const struct jx *whole; /* the instance, until its size was counted into steps_left */
	const struct scope *scope;
	const struct way *way;
	struct arena *a;
	struct arena *scratch; /* for wide `seen`; made when needed */
	struct validate_error *errors;
	size_t n, max;
	struct validate_error *spent; /* what ran out, when collecting */
};

bool run_node(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen);
bool run_object(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen);
bool run_array(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen);
bool run_value(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen);
/* run_because - run_node for what applies only because of other parts of the instance. */
bool run_because(struct run *r, const struct vnode *n, const struct jx *v, struct seen *seen);
/* run_tracked - run_node one step further down, with the way kept. */
bool run_tracked(struct run *r, const struct vnode *n, const struct jx *v, const struct jx_member *m,
    size_t index);

void seen_init(struct run *r, struct seen *s, const struct jx *v);
void seen_join(struct seen *to, const struct seen *from);
static inline void
seen_put(struct seen *s, size_t i)
{
	s->bits[i >> 6] |= UINT64_C(1) << (i & 63);
}
static inline bool
seen_has(const struct seen *s, size_t i)
{
	return s->bits[i >> 6] >> (i & 63) & 1;
}

static inline bool
number_is_integer(const struct jx *v)
{
	int64_t i;

	return short_int(v, &i) || decimal_is_integer(v->u.text.p, v->u.text.n);
}

static inline bool
type_fits(const struct vnode *n, const struct jx *v)
{
	if (n->types >> v->type & 1)
		return true;
	return v->type == JX_NUMBER && n->types & TYPE_INTEGER_BIT && number_is_integer(v);
}

/* A member or an element. */
static inline bool
run_child(struct run *r, const struct vnode *n, const struct jx *v, const struct jx_member *m, size_t index)
{
	if (n->flags & NODE_SIMPLE && type_fits(n, v))
		return true;
	if (r->collect)
		return run_tracked(r, n, v, m, index);
	return run_node(r, n, v, NULL);
}

/* ---- validate_error.c: always return false ---- */
bool fail(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* fail_below - at a member of v (m, or key where it is missing) or an element (both NULL). */
bool fail_below(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v,
    const char *key, size_t key_bytes, size_t index, const char *fmt, ...)
    __attribute__((format(printf, 8, 9)));
bool fail_type(struct run *r, const struct vnode *n, const struct jx *v);
bool fail_enum(struct run *r, const struct vnode *n, const struct jx *v);
/* error_new - room for one more. */
struct validate_error *error_new(struct run *r);
/* spend - a limit was hit. */
bool spend(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v, const char *words)
   ;
/* explain_branches - the errors of the branch that came nearest, behind the keyword's own. */
void explain_branches(struct run *r, const struct vlist *branches, const struct jx *v);
#endif
