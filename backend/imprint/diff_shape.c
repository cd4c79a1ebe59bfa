/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of shapes: objects, lists, choices. */
#include <stdarg.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jpatch.h"
#include "core/jx.h"
#include "imprint/diff_work.h"

#define TRIAL_DEPTH_MAX 2
#define TRIAL_PAIRS_MAX 2000  /* of one look ahead */
#define TRIALS_PAIRS_MAX 200000 /* of all of them: a choice of 500 branches against another would ask for a million */
#define TUPLE_MAX 256

void
diff_init(struct differ *x, struct arena *a, struct shapes *so, struct shapes *sn, const struct diff_options *opt)
{
	*x = (struct differ){
	    .a = a,
	    .so = so,
	    .sn = sn,
	    .max = opt && opt->changes_max ? opt->changes_max : 1000,
	    .pairs_max = opt && opt->pairs_max ? opt->pairs_max : 1000000,
	    .trial_pairs = TRIALS_PAIRS_MAX,
	};
}

static enum diff_verdict
verdict_of(enum turn turn, enum diff_flow flow)
{
	switch (turn) {
	case TURN_NARROWER:
		return flow == DIFF_REQUEST ? DIFF_BREAKING : DIFF_COMPATIBLE;
	case TURN_WIDER:
		return flow == DIFF_REQUEST ? DIFF_COMPATIBLE : DIFF_BREAKING;
	case TURN_UNSURE:
		return DIFF_UNCLEAR;
	case TURN_NOTE:
		break;
	}
	return DIFF_COMPATIBLE;
}

static const char *
schema_at(struct differ *x, struct shapes *s, const struct shape *shape)
{
	return shape && shape->n_locs > 0 && shape->locs[0].node && shape->locs[0].res
	    ? registry_pointer(shapes_registry(s), x->a, shape->locs[0])
	    : NULL;
}

void
diff_add(struct differ *x, const struct at *at, enum turn turn, const char *kind, const char *says, ...)
{
	enum diff_verdict verdict = verdict_of(turn, x->flow);
	va_list ap;

	x->count[verdict]++;
	x->n_all++;
	if (x->trial || x->n == x->max)
		return;
	if (x->n == x->cap) {
		struct diff_change *more;

		x->cap = x->cap ? 2 * x->cap : 32;
		more = ARENA_ARRAY(x->a, x->cap, struct diff_change);
		if (x->n)
			memcpy(more, x->at, x->n * sizeof *more);
		x->at = more;
	}
	va_start(ap, says);
	x->at[x->n++] = (struct diff_change){
	    .verdict = verdict,
	    .kind = kind,
	    .operation = x->operation,
	    .pointer = at->pointer,
	    .says = arena_vprintf(x->a, says, ap),
	    .old_at = schema_at(x, x->so, at->o),
	    .new_at = schema_at(x, x->sn, at->n),
	};
	va_end(ap);
}

void
diff_begin(struct differ *x, const char *operation, enum diff_flow flow)
{
	x->operation = operation;
	x->flow = flow;
	x->n_seen = 0;
	if (x->cap_seen)
		memset(x->seen, 0, x->cap_seen * sizeof *x->seen);
}

static bool
seen_put(struct pair_seen *at, size_t cap, struct pair_seen p)
{
	size_t i = (size_t)((((uint64_t)p.old_id << 32) | p.new_id) * 0x9e3779b97f4a7c15u >> 20) & (cap - 1);

	for (; at[i].old_id; i = (i + 1) & (cap - 1))
		if (at[i].old_id == p.old_id && at[i].new_id == p.new_id)
			return false;
	at[i] = p;
	return true;
}

/* False when the pair was looked at already. */
static bool
is_first(struct differ *x, const struct shape *o, const struct shape *n)
{
	struct pair_seen p = {o->id + 1, n->id + 1};

	if (2 * (x->n_seen + 1) > x->cap_seen) {
		size_t cap = x->cap_seen ? 2 * x->cap_seen : 64;
		struct pair_seen *more = ARENA_ARRAY(x->a, cap, struct pair_seen);

		for (size_t i = 0; i < x->cap_seen; i++)
			if (x->seen[i].old_id)
				(void)seen_put(more, cap, x->seen[i]);
		x->seen = more;
		x->cap_seen = cap;
	}
	if (!seen_put(x->seen, x->cap_seen, p))
		return false;
	x->n_seen++;
	return true;
}

/* Is every value of p one of q? A look ahead: nothing is kept. "Don't know" is no. */
static bool
is_within(struct differ *x, struct shapes *sp, struct shape *p, struct shapes *sq, struct shape *q)
{
	struct differ sub;

	if (x->trial == TRIAL_DEPTH_MAX)
		return false;
	if (x->trial_pairs == 0) {
		x->is_cut = true;
		return false;
	}
	diff_init(&sub, x->a, sp, sq, &(struct diff_options){.pairs_max = TRIAL_PAIRS_MAX});
	sub.trial = x->trial + 1;
	sub.depth = x->depth;
	sub.is_parameter = x->is_parameter;
	sub.trial_pairs = x->trial_pairs;
	diff_pair(&sub, "", p, q);
	x->trial_pairs = sub.trial_pairs > sub.pairs ? sub.trial_pairs - sub.pairs : 0;
	return !sub.is_cut && sub.count[DIFF_BREAKING] == 0 && sub.count[DIFF_UNCLEAR] == 0;
}

/* --- objects --- */

static void
member_removed(struct differ *x, const struct at *at, size_t i, const char *pointer)
{
	const struct shape_member *m = &at->o->members[i];
	struct shape *old = shape_member(x->so, at->o, i), *extra;
	bool is_shown = false;
	struct at here = {pointer, old, at->n};

	extra = shape_extra(x->sn, at->n, m->name, m->name_bytes, &is_shown);
	if (extra && is_shown) {
		diff_add(x, &here, m->is_required ? TURN_WIDER : TURN_NOTE, "member-folded", "'%s' is not named any more, but further members may be given", m->name);
		diff_pair(x, pointer, old, extra);
		return;
	}
	if (x->flow == DIFF_RESPONSE)
		diff_add(x, &here, m->is_required ? TURN_WIDER : TURN_NOTE, "member-removed",
		    m->is_required ? "'%s' was always there and is gone" : "'%s' could be there and is gone", m->name);
	else
		diff_add(x, &here, old->readonly ? TURN_NOTE : TURN_NARROWER, "member-removed",
		    old->readonly ? "'%s' is gone; only the server set it" : "'%s' is not taken any more", m->name);
}

static void
member_added(struct differ *x, const struct at *at, size_t i, const char *pointer)
{
	const struct shape_member *m = &at->n->members[i];
	struct shape *now = shape_member(x->sn, at->n, i), *extra;
	bool is_shown = false;
	struct at here = {pointer, at->o, now};

	if (m->is_required)
		diff_add(x, &here, TURN_NARROWER, "required-member-added", "'%s' is required now and was not known before", m->name);
	extra = shape_extra(x->so, at->o, m->name, m->name_bytes, &is_shown);
	if (extra && is_shown) {
		if (!m->is_required)
			diff_add(x, &here, TURN_NOTE, "member-named", "'%s' could be given before as a further member, and is named now", m->name);
		diff_pair(x, pointer, extra, now);
	} else if (!m->is_required) {
		diff_add(x, &here, x->flow == DIFF_REQUEST ? TURN_WIDER : at->o->is_closed ? TURN_UNSURE : TURN_NOTE, "member-added",
		    x->flow == DIFF_REQUEST ? "'%s' may be given now" : "'%s' may come back now", m->name);
	}
}

static const char *
required_says(enum diff_flow flow, bool was_required)
{
	if (flow == DIFF_RESPONSE)
		return was_required ? "'%s' was always there and may be missing now" : "'%s' could be missing and is always there now";
	return was_required ? "'%s' had to be given and may be left out now" : "'%s' could be left out and must be given now";
}

static void
diff_members(struct differ *x, const struct at *at)
{
	for (size_t i = 0; i < at->o->n_members; i++) {
		const struct shape_member *m = &at->o->members[i];
		const char *pointer = imp_join(x->a, at->pointer, m->name, m->name_bytes);
		long k;

		if (shape_member_is_dropped(x->so, at->o, i))
			continue;
		k = shape_member_find(x->sn, at->n, m->name, m->name_bytes);
		if (k < 0 || shape_member_is_dropped(x->sn, at->n, (size_t)k)) {
			member_removed(x, at, i, pointer);
			continue;
		}
		if (m->is_required != at->n->members[k].is_required)
			diff_add(x, &(struct at){pointer, shape_member(x->so, at->o, i), shape_member(x->sn, at->n, (size_t)k)},
			    m->is_required ? TURN_WIDER : TURN_NARROWER, m->is_required ? "required-removed" : "required-added",
			    required_says(x->flow, m->is_required), m->name);
		diff_pair(x, pointer, shape_member(x->so, at->o, i), shape_member(x->sn, at->n, (size_t)k));
	}
	for (size_t i = 0; i < at->n->n_members; i++) {
		const struct shape_member *m = &at->n->members[i];
		long k = shape_member_find(x->so, at->o, m->name, m->name_bytes);

		if (shape_member_is_dropped(x->sn, at->n, i) || (k >= 0 && !shape_member_is_dropped(x->so, at->o, (size_t)k)))
			continue;
		member_added(x, at, i, imp_join(x->a, at->pointer, m->name, m->name_bytes));
	}
}

static long
keys_find(const struct shape *s, const struct shape_pattern *p)
{
	for (size_t i = 0; i < s->n_keys; i++) {
		const struct shape_pattern *q = s->keys[i].pattern;

		if ((!p && !q) || (p && q && p->n == q->n && memcmp(p->source, q->source, p->n) == 0))
			return (long)i;
	}
	return -1;
}

static const char *
keys_pointer(struct arena *a, const char *pointer, const struct shape_pattern *p)
{
	return p ? arena_printf(a, "%s/{key %.*s}", pointer, p->n > 40 ? 40 : (int)p->n, p->source) : arena_printf(a, "%s/{key}", pointer);
}

static void
diff_keys(struct differ *x, const struct at *at)
{
	for (size_t i = 0; i < at->o->n_keys; i++) {
		const struct shape_pattern *p = at->o->keys[i].pattern;
		const char *pointer = keys_pointer(x->a, at->pointer, p);
		long k = keys_find(at->n, p);

		if (k >= 0)
			diff_pair(x, pointer, shape_keys_value(x->so, at->o, i), shape_keys_value(x->sn, at->n, (size_t)k));
		else if (at->n->n_keys == 0)
			diff_add(x, at, TURN_NARROWER, "keys-removed", "further members could be given, and cannot any more");
		else
			diff_add(x, at, TURN_UNSURE, "keys-changed", "further members follow other patterns now");
	}
	for (size_t i = 0; i < at->n->n_keys; i++)
		if (keys_find(at->o, at->n->keys[i].pattern) < 0)
			diff_add(x, at, at->o->n_keys == 0 ? TURN_WIDER : TURN_UNSURE, at->o->n_keys == 0 ? "keys-added" : "keys-changed",
			    "further members may be given now%s", at->o->n_keys == 0 ? "" : " by another pattern");
	if (!at->o->is_closed && at->n->is_closed && at->o->n_keys == 0)
		diff_add(x, at, x->flow == DIFF_REQUEST ? TURN_UNSURE : TURN_NOTE, "closed",
		    "members that the description does not name are refused now");
	if (at->o->is_closed && !at->n->is_closed && at->n->n_keys == 0)
		diff_add(x, at, x->flow == DIFF_REQUEST ? TURN_WIDER : TURN_UNSURE, "opened",
		    "members that the description does not name are legal now");
}

static void
diff_object(struct differ *x, const struct at *at)
{
	diff_members(x, at);
	diff_keys(x, at);
	diff_span(x, at, &at->o->props, &at->n->props, "members-count", "number of members");
	diff_patterns(x, at, at->o->name_patterns, at->o->n_name_patterns, at->n->name_patterns, at->n->n_name_patterns,
	    "names-changed", "the names of members");
	diff_span(x, at, &at->o->name_len, &at->n->name_len, "names-changed", "length of member names");
	if ((at->o->names == NULL) != (at->n->names == NULL))
		diff_add(x, at, at->n->names ? TURN_NARROWER : TURN_WIDER, "names-changed", "the names that members may have are %s",
		    at->n->names ? "listed now" : "not listed any more");
	else if (at->o->names && at->o->n_names != at->n->n_names)
		diff_add(x, at, TURN_UNSURE, "names-changed", "the names that members may have are others");
}

/* --- lists --- */

static struct shape *
position(struct shapes *s, struct shape *list, size_t i)
{
	if (i < list->n_prefix)
		return shape_prefix(s, list, i);
	return list->has_rest ? shape_rest(s, list) : NULL;
}

static void
diff_list(struct differ *x, const struct at *at)
{
	size_t n = at->o->n_prefix > at->n->n_prefix ? at->o->n_prefix : at->n->n_prefix;

	diff_span(x, at, &at->o->items, &at->n->items, "items-count", "number of elements");
	if (at->o->unique != at->n->unique)
		diff_add(x, at, at->n->unique ? TURN_NARROWER : TURN_WIDER, at->n->unique ? "unique-added" : "unique-removed",
		    at->n->unique ? "elements must differ now" : "elements may be equal now");
	for (size_t i = 0; i < n && i < TUPLE_MAX; i++) {
		struct shape *o = position(x->so, at->o, i), *now = position(x->sn, at->n, i);

		if (o && now)
			diff_pair(x, imp_join_index(x->a, at->pointer, i), o, now);
		else if (o || now)
			diff_add(x, at, o ? TURN_NARROWER : TURN_WIDER, o ? "position-removed" : "position-added", "position %zu %s", i,
			    o ? "is not taken any more" : "may be given now");
	}
	x->is_cut = x->is_cut || n > TUPLE_MAX;
	if (at->o->has_rest && at->n->has_rest)
		diff_pair(x, arena_printf(x->a, "%s/*", at->pointer), shape_rest(x->so, at->o), shape_rest(x->sn, at->n));
	else if (at->o->has_rest != at->n->has_rest && n < TUPLE_MAX)
		diff_add(x, at, at->o->has_rest ? TURN_NARROWER : TURN_WIDER, at->o->has_rest ? "rest-removed" : "rest-added",
		    at->o->has_rest ? "no further elements are taken now" : "further elements may follow now");
}

/* --- choices --- */

static long
branch_find(const struct shape_choice *c, const struct shape_branch *b)
{
	for (size_t i = 0; i < c->n; i++)
		if (b->value && c->branches[i].value ? strcmp(b->value, c->branches[i].value) == 0
						     : strcmp(b->name, c->branches[i].name) == 0)
			return (long)i;
	return -1;
}

/* Does some branch of c (of s) hold all of b? */
static bool
has_home(struct differ *x, struct shapes *sb, struct shape *b, struct shapes *s, const struct shape_choice *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_within(x, sb, b, s, c->branches[i].shape))
			return true;
	return false;
}

static bool
may_be_equal(const struct shape *p, const struct shape *q)
{
	if ((p->types & q->types) == 0)
		return false;
	if (!p->values || !q->values)
		return true;
	for (size_t i = 0; i < p->n_values; i++)
		for (size_t k = 0; k < q->n_values; k++)
			if (jx_equal(p->values[i], q->values[k]))
				return true;
	return false;
}

/* May one value fit both (of s)? No where the types differ, or a member that both require is never equal, or one requires
 * what the other forbids. */
static bool
may_overlap(struct shapes *s, struct shape *p, struct shape *q)
{
	if (!may_be_equal(p, q) || p->types != T_OBJECT || q->types != T_OBJECT)
		return may_be_equal(p, q);
	for (unsigned turn = 0; turn < 2; turn++) {
		struct shape *l = turn ? q : p, *r = turn ? p : q;

		for (size_t i = 0; i < l->n_members; i++) {
			long k = shape_member_find(s, r, l->members[i].name, l->members[i].name_bytes);

			if (!l->members[i].is_required)
				continue;
			if (k < 0 ? r->is_closed && r->n_keys == 0
				  : !may_be_equal(shape_member(s, l, i), shape_member(s, r, (size_t)k)))
				return false;
		}
	}
	return true;
}

/* A branch of a oneOf that takes more than before may take what another takes: then neither is chosen. */
static void
diff_overlap(struct differ *x, const struct at *at, const struct shape_choice *n, size_t i, const char *pointer)
{
	if (!n->is_exclusive || x->flow != DIFF_REQUEST)
		return;
	for (size_t k = 0; k < n->n; k++) {
		if (k == i || !may_overlap(x->sn, n->branches[i].shape, n->branches[k].shape))
			continue;
		diff_add(x, &(struct at){pointer, at->o, n->branches[i].shape}, TURN_UNSURE, "choice-overlap",
		    "'%s' takes more than before, and what also fits '%s' is refused", n->branches[i].name, n->branches[k].name);
		return;
	}
}

static void
diff_choices(struct differ *x, const struct at *at)
{
	const struct shape_choice *o = at->o->choice, *n = at->n->choice;

	for (size_t i = 0; i < o->n; i++) {
		const struct shape_branch *b = &o->branches[i];
		const char *pointer = imp_join(x->a, at->pointer, b->name, strlen(b->name));
		long k = branch_find(n, b);

		if (k >= 0) {
			size_t before = x->count[DIFF_COMPATIBLE];

			diff_pair(x, pointer, b->shape, n->branches[k].shape);
			if (x->count[DIFF_COMPATIBLE] > before)
				diff_overlap(x, at, n, (size_t)k, pointer);
		} else if (!has_home(x, x->so, b->shape, x->sn, n))
			diff_add(x, &(struct at){pointer, b->shape, at->n}, TURN_NARROWER, "branch-removed", "the branch '%s' is gone", b->name);
		else
			diff_add(x, &(struct at){pointer, b->shape, at->n}, n->is_exclusive ? TURN_UNSURE : TURN_NOTE, "branch-renamed",
			    "the branch '%s' is gone, and another one takes all of it", b->name);
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct shape_branch *b = &n->branches[i];
		struct at here = {imp_join(x->a, at->pointer, b->name, strlen(b->name)), at->o, b->shape};

		if (branch_find(o, b) >= 0)
			continue;
		if (!has_home(x, x->sn, b->shape, x->so, o))
			diff_add(x, &here, TURN_WIDER, "branch-added", "the branch '%s' is new", b->name);
		diff_overlap(x, at, n, i, here.pointer);
	}
	if (!o->is_exclusive && n->is_exclusive)
		diff_add(x, at, TURN_UNSURE, "choice-exclusive", "exactly one branch must fit now; values that fit several are refused");
	if (o->is_exclusive && !n->is_exclusive)
		diff_add(x, at, TURN_WIDER, "choice-exclusive", "a value may fit several branches now");
}

/* One shape became a choice, or the other way round. */
static void
diff_choice_one(struct differ *x, const struct at *at)
{
	const struct shape_choice *c = at->n->show == SHOW_CHOICE ? at->n->choice : at->o->choice;
	bool is_new = c == at->n->choice;
	size_t outside = 0;

	if (is_new) {
		bool is_home = has_home(x, x->so, at->o, x->sn, c);

		for (size_t i = 0; i < c->n; i++)
			outside += !is_within(x, x->sn, c->branches[i].shape, x->so, at->o);
		diff_add(x, at, x->flow == DIFF_REQUEST ? is_home && !c->is_exclusive ? TURN_WIDER : TURN_UNSURE
			: outside == 0 ? TURN_NOTE : TURN_UNSURE, "choice-added",
		    is_home ? "there is a choice of %zu branches now, and one of them takes what was taken before"
			    : "there is a choice of %zu branches now, and none of them alone takes all that was taken before", c->n);
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		outside += !is_within(x, x->so, c->branches[i].shape, x->sn, at->n);
	diff_add(x, at, x->flow == DIFF_RESPONSE ? has_home(x, x->sn, at->n, x->so, c) ? TURN_NOTE : TURN_UNSURE
		: outside == 0 ? TURN_WIDER : TURN_UNSURE, "choice-removed",
	    outside == 0 ? "the choice is gone; all of its %zu branches are still taken"
			 : "the choice of %zu branches is gone, and not all of them are taken by what is there now", c->n);
}

/* --- a pair --- */

static bool
is_anything(const struct shape *s)
{
	return s->show == SHOW_TOKEN && s->is_any && !s->values;
}

static bool
is_closed_down(struct differ *x, const struct at *at, const struct shape *o, const struct shape *n)
{
	if (!is_anything(o) && !is_anything(n))
		return false;
	diff_values(x, at);
	diff_rules(x, at);
	if (is_anything(o) && !is_anything(n) && n->types == o->types && !n->values)
		diff_add(x, at, TURN_NARROWER, "any-restricted", "anything was taken, and now only values of a certain form");
	if (!is_anything(o) && is_anything(n) && n->types == o->types && !o->values)
		diff_add(x, at, TURN_WIDER, "any-opened", "anything is taken now");
	return true;
}

void
diff_pair(struct differ *x, const char *pointer, struct shape *o, struct shape *n)
{
	struct at at = {pointer, o, n};

	if (!is_first(x, o, n))
		return;
	if (x->depth == DIFF_DEPTH_MAX || ++x->pairs > x->pairs_max) {
		x->is_cut = true;
		return;
	}
	x->depth++;
	if (is_closed_down(x, &at, o, n)) {
		;
	} else if (o->show == SHOW_CHOICE && n->show == SHOW_CHOICE) {
		diff_values(x, &at);
		diff_rules(x, &at);
		diff_choices(x, &at);
	} else if (o->show == SHOW_CHOICE || n->show == SHOW_CHOICE) {
		diff_choice_one(x, &at);
	} else {
		diff_values(x, &at);
		if (o->types & n->types & T_OBJECT)
			diff_object(x, &at);
		if (o->types & n->types & T_ARRAY)
			diff_list(x, &at);
		if (o->has_child && n->has_child)
			diff_pair(x, pointer, shape_child(x->so, o), shape_child(x->sn, n));
		else if (o->has_child != n->has_child)
			diff_add(x, &at, n->has_child ? TURN_NARROWER : TURN_WIDER, n->has_child ? "json-text-added" : "json-text-removed",
			    n->has_child ? "the text must be JSON of a certain form now" : "the text need not be JSON any more");
		diff_rules(x, &at);
	}
	x->depth--;
}

void
diff_finish(struct differ *x, struct diff_report *out)
{
	out->changes = x->at;
	out->n = x->n;
	out->n_all = x->n_all;
	memcpy(out->count, x->count, sizeof out->count);
	out->is_cut = x->is_cut;
	out->verdict = x->count[DIFF_BREAKING] ? DIFF_BREAKING
	    : x->count[DIFF_UNCLEAR] || x->is_cut ? DIFF_UNCLEAR
						  : DIFF_COMPATIBLE;
}

int
diff_shapes(struct arena *a, struct shapes *so, struct shape *o, struct shapes *sn, struct shape *n, enum diff_flow flow,
    const struct diff_options *opt, struct diff_report *out)
{
	struct differ x;

	diff_init(&x, a, so, sn, opt);
	diff_begin(&x, NULL, flow);
	diff_pair(&x, "", o, n);
	*out = (struct diff_report){0};
	diff_finish(&x, out);
	return 0;
}
