/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can a finite value have this shape? A least fixed point over the parts that must be there: what is being
 * asked about counts as "not yet", and a negative answer that leaned on it is not remembered.
 */
#include "core/err.h"
#include "imprint/shape_work.h"

#define SAT_DEPTH_MAX 2000u
#define SAT_STEPS_MAX 2000000u
enum { MARK_OPEN = 2 };

struct look {
	bool leaned;   /* on a shape that is still open */
	enum sat worst; /* why it failed: SAT_REF over SAT_NO over SAT_LOOP */
};

static bool can_end(struct shapes *s, struct shape *shape, struct look *l, unsigned depth);

static struct shape *
part_of(struct shapes *s, struct shape **slot, const struct sloc *locs, unsigned n)
{
	if (!*slot)
		*slot = n ? shape_make_locs(s, locs, n) : shape_any(s);
	return *slot;
}

static bool
members_finite(struct shapes *s, struct shape *shape, struct look *l, unsigned depth)
{
	for (size_t i = 0; i < shape->n_members; i++) {
		struct shape_member *m = &shape->members[i];
		if (!m->is_required)
			continue;
		struct shape *part = part_of(s, &m->shape_, m->locs_, m->n_locs_);
		if (!can_end(s, part, l, depth + 1)) {
			if (part->sat_ == SAT_NO || part->sat_ == SAT_REF) {
				shape->why_ = part->why_;
				shape->why_at_ = part->why_at_;
				shape->why_code_ = part->why_code_;
			}
			return false;
		}
	}
	return true;
}

static bool
elements_finite(struct shapes *s, struct shape *shape, struct look *l, unsigned depth)
{
	if (shape->is_synthetic)
		return true;
	for (uint64_t i = 0; i < shape->items.min && i <= shape->n_prefix; i++) {
		struct shape *part = i < shape->n_prefix ? prefix_raw(s, shape, i) : rest_raw(s, shape);
		if (!can_end(s, part, l, depth + 1))
			return false;
	}
	return true;
}

static bool
branches_finite(struct shapes *s, struct shape *shape, struct look *l, unsigned depth)
{
	size_t n = jx_size(shape->raw_->list);

	for (size_t i = 0; i < n; i++) {
		const struct shape *branch = raw_branch(s, shape, i);
		if (can_end(s, raw_branch(s, shape, i), l, depth + 1))
			return true;
		if (branch->sat_ == SAT_REF && branch->why_ && !shape->why_) {
			shape->why_ = branch->why_;
			shape->why_at_ = branch->why_at_;
			shape->why_code_ = branch->why_code_;
		}
	}
	return false;
}

static bool
holds(struct shapes *s, struct shape *shape, struct look *l, unsigned depth)
{
	if (shape->raw_)
		return branches_finite(s, shape, l, depth);
	if (shape->values)
		return true;
	/* An untyped schema with members is meant, and drawn, as an object. */
	unsigned types = shape->types;
	if (shape->is_any && shape->has_object_words_)
		types = T_OBJECT;
	else if (shape->is_any && shape->has_array_words_)
		types = T_ARRAY;
	if (types & T_SCALAR)
		return true;
	if (types & T_ARRAY && elements_finite(s, shape, l, depth))
		return true;
	return types & T_OBJECT && members_finite(s, shape, l, depth);
}

static bool
can_end(struct shapes *s, struct shape *shape, struct look *l, unsigned depth)
{
	shape_merge(s, shape);
	if (shape->sat_ == SAT_YES)
		return true;
	if (shape->sat_ != SAT_UNKNOWN) {
		if (shape->sat_ == SAT_REF || l->worst != SAT_REF)
			l->worst = shape->sat_ == SAT_LOOP && l->worst ? l->worst : shape->sat_;
		return false;
	}
	if (shape->mark_ & MARK_OPEN || depth > SAT_DEPTH_MAX || ++s->sat_steps > SAT_STEPS_MAX) {
		l->leaned = true;
		return false;
	}
	shape->mark_ |= MARK_OPEN;
	struct look own = {0};
	bool ok = holds(s, shape, &own, depth);
	shape->mark_ &= ~(unsigned)MARK_OPEN;
	if (ok) {
		shape->sat_ = SAT_YES;
		return true;
	}
	if (!own.leaned || depth == 0) {
		if (shape->is_any && !shape->raw_ && own.worst != SAT_REF) {
			/* Untyped: the container it was meant as cannot be; anything else still can. */
			shape->types &= shape->has_object_words_ ? ~(unsigned)T_OBJECT : ~(unsigned)T_ARRAY;
			shape->has_object_words_ = shape->has_array_words_ = false;
			shape->is_any = false;
			shape->why_ = NULL;
			shape->sat_ = SAT_YES;
			return true;
		}
		shape->sat_ = own.worst ? own.worst : SAT_LOOP;
		if (own.leaned && own.worst != SAT_NO && own.worst != SAT_REF)
			shape->sat_ = SAT_LOOP;
		if (shape->sat_ == SAT_LOOP && !shape->why_) {
			shape->why_ = "a required part contains itself without end";
			shape->why_code_ = IMP_E_LOOP;
			shape->why_at_ = shape->n_atoms_ ? shape->atoms_[0].at : (struct sloc){0};
		}
		if (shape->sat_ != SAT_LOOP && !shape->why_)
			shape->why_ = "no alternative can be satisfied";
		if (shape->sat_ == SAT_NO && shape->why_code_ != IMP_E_SCHEMA)
			shape->why_code_ = IMP_E_UNSAT;
	}
	l->leaned = l->leaned || own.leaned;
	if (own.worst == SAT_REF || (own.worst && l->worst != SAT_REF))
		l->worst = own.worst;
	return false;
}

enum sat
shape_sat(struct shapes *s, struct shape *shape)
{
	struct look l = {0};

	if (shape->sat_ == SAT_UNKNOWN) {
		s->sat_steps = 0; /* a bound for one question, not for a document's life */
		can_end(s, shape, &l, 0);
	}
	return shape->sat_ == SAT_UNKNOWN ? SAT_LOOP : shape->sat_;
}

enum sat
shape_check(struct shapes *s, struct shape *shape)
{
	return shape_sat(s, shape);
}

void
shape_refusal(struct shapes *s, struct shape *shape, struct imp_diags *d)
{
	struct sloc at = shape->why_at_.node ? shape->why_at_ : shape->n_locs ? shape->locs[0] : (struct sloc){0};
	enum imp_code code = shape->why_code_;

	if (code == IMP_PARSE) /* never set */
		code = shape->sat_ == SAT_LOOP ? IMP_E_LOOP : shape->sat_ == SAT_REF ? IMP_E_REF : IMP_E_UNSAT;
	const char *why = shape->why_ ? shape->why_ : "no value can satisfy the schema here";
	struct imp_diag *e = imp_add(d, code, "", "%s", why);
	e->schema_pointer = at.node && at.res ? registry_pointer(s->reg, d->a, at) : NULL;
}
