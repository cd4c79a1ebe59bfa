/* SPDX-License-Identifier: Apache-2.0 */
/* Types, values, bounds and rules of one place. */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diff_work.h"
#include "schema/format.h"

#define VALUES_SAID_MAX 5
#define PATTERN_SAID_MAX 60
#define RULE_DEPTH_MAX 400
#define RULE_REFS_MAX 1000

static const char *
types_say(struct arena *a, unsigned types)
{
	static const char *const names[] = {"string", "integer", "number", "boolean", "null", "object", "array"};
	struct buf b;

	if (types == T_ANY)
		return "any";
	if (types & T_NUMBER)
		types &= ~(unsigned)T_INTEGER;
	buf_init(&b, a);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (types & (1u << i))
			buf_printf(&b, "%s%s", b.len ? "/" : "", names[i]);
	return b.len ? b.p : "nothing";
}

static void
diff_types(struct differ *x, const struct at *at)
{
	unsigned lost = at->o->types & ~at->n->types, won = at->n->types & ~at->o->types;

	if (lost)
		diff_add(x, at, TURN_NARROWER, "type-narrowed", "%s was taken and is not any more (was %s, is %s)", types_say(x->a, lost),
		    types_say(x->a, at->o->types), types_say(x->a, at->n->types));
	if (won)
		diff_add(x, at, TURN_WIDER, "type-widened", "%s is taken now as well (was %s, is %s)", types_say(x->a, won),
		    types_say(x->a, at->o->types), types_say(x->a, at->n->types));
}

static bool
holds(const struct shape *s, const struct jx *v)
{
	for (size_t i = 0; i < s->n_values; i++)
		if (jx_equal(s->values[i], v))
			return true;
	return false;
}

/* Up to five values of s that are not in other. */
static const char *
values_say(struct arena *a, const struct shape *s, const struct shape *other, size_t *n)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	*n = 0;
	for (size_t i = 0; i < s->n_values; i++) {
		if (holds(other, s->values[i]))
			continue;
		if (++*n > VALUES_SAID_MAX)
			continue;
		if (b.len)
			buf_str(&b, ", ");
		jw_init(&w, &b);
		jw_value(&w, NULL, s->values[i]);
	}
	if (*n > VALUES_SAID_MAX)
		buf_printf(&b, " and %zu more", *n - VALUES_SAID_MAX);
	return b.p;
}

static void
diff_enums(struct differ *x, const struct at *at)
{
	const struct shape *o = at->o, *n = at->n;
	size_t lost, won;
	const char *lost_say, *won_say;

	if (!o->values && !n->values)
		return;
	if (!o->values) {
		diff_add(x, at, TURN_NARROWER, "enum-added", "any value was taken, and now only %zu listed one%s", n->n_values,
		    n->n_values == 1 ? "" : "s");
		return;
	}
	if (!n->values) {
		diff_add(x, at, TURN_WIDER, "enum-removed", "the values are not listed any more; any one is taken");
		return;
	}
	lost_say = values_say(x->a, o, n, &lost);
	won_say = values_say(x->a, n, o, &won);
	if (lost)
		diff_add(x, at, TURN_NARROWER, "enum-value-removed", "%s %s not among the values any more", lost_say,
		    lost == 1 ? "is" : "are");
	if (won)
		diff_add(x, at, TURN_WIDER, "enum-value-added", "%s %s among the values now", won_say, won == 1 ? "is" : "are");
}

static const char *
bound_say(struct arena *a, const struct lexeme *b, bool is_exclusive, bool is_min)
{
	if (!b->p)
		return "none";
	return arena_printf(a, "%s %.*s", is_min ? is_exclusive ? "above" : "from" : is_exclusive ? "below" : "up to", (int)b->n, b->p);
}

static void
diff_bound(struct differ *x, const struct at *at, bool is_min)
{
	const struct lexeme *o = is_min ? &at->o->min : &at->o->max, *n = is_min ? &at->n->min : &at->n->max;
	bool eo = is_min ? at->o->min_exclusive : at->o->max_exclusive, en = is_min ? at->n->min_exclusive : at->n->max_exclusive;
	const char *name = is_min ? "lower" : "upper";
	int order = 0;

	if (!o->p && !n->p)
		return;
	if (o->p && n->p) {
		order = decimal_compare(o->p, o->n, n->p, n->n);
		order = is_min ? order : -order; /* < 0: the new one is tighter */
		if (order == 0)
			order = (int)eo - (int)en;
	} else {
		order = o->p ? 1 : -1;
	}
	if (order != 0)
		diff_add(x, at, order < 0 ? TURN_NARROWER : TURN_WIDER, order < 0 ? "bound-tightened" : "bound-loosened",
		    "the %s bound was %s and is %s", name, bound_say(x->a, o, eo, is_min), bound_say(x->a, n, en, is_min));
}

static bool
multiple_is_in(const struct shape *s, const struct lexeme *m)
{
	for (size_t i = 0; i < s->n_multiples; i++)
		if (decimal_compare(s->multiples[i].p, s->multiples[i].n, m->p, m->n) == 0)
			return true;
	return false;
}

/* Those of s that are not in other. */
static const char *
multiples_say(struct arena *a, const struct shape *s, const struct shape *other)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < s->n_multiples; i++)
		if (!multiple_is_in(other, &s->multiples[i]))
			buf_printf(&b, "%s%.*s", b.len ? " and " : "", (int)s->multiples[i].n, s->multiples[i].p);
	return b.p;
}

static void
diff_multiples(struct differ *x, const struct at *at)
{
	size_t lost = 0, won = 0;

	for (size_t i = 0; i < at->o->n_multiples; i++)
		lost += !multiple_is_in(at->n, &at->o->multiples[i]);
	for (size_t i = 0; i < at->n->n_multiples; i++)
		won += !multiple_is_in(at->o, &at->n->multiples[i]);
	if (won && !lost)
		diff_add(x, at, TURN_NARROWER, "step-added", "only multiples of %s are taken now", multiples_say(x->a, at->n, at->o));
	else if (lost && !won)
		diff_add(x, at, TURN_WIDER, "step-removed", "the step of %s is gone", multiples_say(x->a, at->o, at->n));
	else if (lost)
		diff_add(x, at, TURN_UNSURE, "step-changed", "the step was %s and is %s", multiples_say(x->a, at->o, at->n),
		    multiples_say(x->a, at->n, at->o));
}

static const char *
span_say(struct arena *a, const struct span *s)
{
	if (!s->has_max)
		return s->min == 0 ? "any" : arena_printf(a, "%" PRIu64 " or more", s->min);
	return s->min == s->max ? arena_printf(a, "%" PRIu64, s->min) : arena_printf(a, "%" PRIu64 " to %" PRIu64, s->min, s->max);
}

void
diff_span(struct differ *x, const struct at *at, const struct span *o, const struct span *n, const char *kind, const char *what)
{
	const char *was = span_say(x->a, o), *is = span_say(x->a, n);
	bool is_tighter = n->min > o->min || (n->has_max && (!o->has_max || n->max < o->max));
	bool is_looser = n->min < o->min || (o->has_max && (!n->has_max || n->max > o->max));

	if (is_tighter)
		diff_add(x, at, TURN_NARROWER, kind, "the %s was %s and is %s: some that fitted do not any more", what, was, is);
	if (is_looser)
		diff_add(x, at, TURN_WIDER, kind, "the %s was %s and is %s: some fit that did not before", what, was, is);
}

static bool
pattern_is_in(const struct shape_pattern *list, size_t n, const struct shape_pattern *p)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].n == p->n && memcmp(list[i].source, p->source, p->n) == 0)
			return true;
	return false;
}

/* The first of list that is not in other, cut. */
static const char *
patterns_say(struct arena *a, const struct shape_pattern *list, size_t n, const struct shape_pattern *other, size_t n_other)
{
	size_t i = 0;

	while (i < n && pattern_is_in(other, n_other, &list[i]))
		i++;
	INVARIANT(i < n);
	return list[i].n > PATTERN_SAID_MAX ? arena_printf(a, "/%.*s…/", PATTERN_SAID_MAX, list[i].source)
					    : arena_printf(a, "/%.*s/", (int)list[i].n, list[i].source);
}

void
diff_patterns(struct differ *x, const struct at *at, const struct shape_pattern *o, size_t no, const struct shape_pattern *n,
    size_t nn, const char *kind, const char *what)
{
	size_t lost = 0, won = 0;

	for (size_t i = 0; i < no; i++)
		lost += !pattern_is_in(n, nn, &o[i]);
	for (size_t i = 0; i < nn; i++)
		won += !pattern_is_in(o, no, &n[i]);
	if (won && !lost)
		diff_add(x, at, TURN_NARROWER, kind, "a pattern was added for %s: %s", what, patterns_say(x->a, n, nn, o, no));
	else if (lost && !won)
		diff_add(x, at, TURN_WIDER, kind, "a pattern for %s is gone: %s", what, patterns_say(x->a, o, no, n, nn));
	else if (lost)
		diff_add(x, at, TURN_UNSURE, kind, "the pattern for %s was %s and is %s; whether it takes the same texts is not known", what,
		    patterns_say(x->a, o, no, n, nn), patterns_say(x->a, n, nn, o, no));
}

static bool
format_is_in(const struct shape *s, const char *format)
{
	for (size_t i = 0; i < s->n_formats; i++)
		if (strcmp(s->formats[i], format) == 0)
			return true;
	return false;
}

/* A format that nobody defines is shown and not checked: it changes nothing that is taken. */
static void
diff_formats(struct differ *x, const struct at *at)
{
	const struct shape *o = at->o, *n = at->n;

	for (size_t i = 0; i < n->n_formats; i++)
		if (!format_is_in(o, n->formats[i]))
			diff_add(x, at, format_find(n->formats[i], strlen(n->formats[i])) >= 0 ? TURN_NARROWER : TURN_NOTE, "format-added",
			    "the format %s is asked for now", n->formats[i]);
	for (size_t i = 0; i < o->n_formats; i++)
		if (!format_is_in(n, o->formats[i]))
			diff_add(x, at, format_find(o->formats[i], strlen(o->formats[i])) >= 0 ? TURN_WIDER : TURN_NOTE, "format-removed",
			    "the format %s is not asked for any more", o->formats[i]);
}

static void
diff_notes(struct differ *x, const struct at *at)
{
	const struct shape *o = at->o, *n = at->n;

	if (!o->deprecated && n->deprecated)
		diff_add(x, at, TURN_NOTE, "deprecated", "marked as deprecated");
	if ((o->dflt || n->dflt) && !(o->dflt && n->dflt && jx_equal(o->dflt, n->dflt)))
		diff_add(x, at, TURN_UNSURE, "default-changed", "what is taken for an absent value %s",
		    !o->dflt ? "is said now" : !n->dflt ? "is not said any more" : "is another one");
	if (x->is_parameter)
		return;
	if (!o->readonly && n->readonly)
		diff_add(x, at, x->flow == DIFF_REQUEST ? TURN_NARROWER : TURN_NOTE, "readonly-added", "only the server may set it now");
	if (o->readonly && !n->readonly)
		diff_add(x, at, x->flow == DIFF_REQUEST ? TURN_WIDER : TURN_NOTE, "readonly-removed", "clients may set it now");
	if (o->writeonly != n->writeonly)
		diff_add(x, at, x->flow == DIFF_REQUEST ? TURN_NOTE : n->writeonly ? TURN_WIDER : TURN_NARROWER,
		    n->writeonly ? "writeonly-added" : "writeonly-removed",
		    n->writeonly ? "it is not given back any more" : "it is given back now");
}

void
diff_values(struct differ *x, const struct at *at)
{
	unsigned both = at->o->types & at->n->types;

	diff_types(x, at);
	diff_enums(x, at);
	if (!(at->o->values && at->n->values)) { /* listed values were filtered by all of these already, not by formats */
		if (both & T_NUMERIC) {
			diff_bound(x, at, true);
			diff_bound(x, at, false);
			diff_multiples(x, at);
		}
		if (both & T_STRING) {
			diff_span(x, at, &at->o->len, &at->n->len, "length-changed", "length");
			diff_patterns(x, at, at->o->patterns, at->o->n_patterns, at->n->patterns, at->n->n_patterns, "pattern-changed",
			    "the text");
		}
	}
	if (both & T_STRING)
		diff_formats(x, at);
	diff_notes(x, at);
}

/* --- rules --- */

/* Pairs of reference targets that were met are taken as the same: a difference below them shows where they were met. */
struct same {
	struct registry *ro, *rn;
	const struct jx *met[RULE_REFS_MAX][2];
	size_t n_met;
	unsigned depth;
	bool is_spent;
};

static bool same_node(struct same *s, struct sloc o, struct sloc n);

static bool
same_ref(struct same *s, struct sloc o, struct sloc n, const struct jx *ro, const struct jx *rn)
{
	struct sloc to, tn;

	if (registry_resolve(s->ro, o, ro->u.text.p, ro->u.text.n, &to, NULL) < 0
	    || registry_resolve(s->rn, n, rn->u.text.p, rn->u.text.n, &tn, NULL) < 0)
		return false;
	for (size_t i = 0; i < s->n_met; i++)
		if (s->met[i][0] == to.node && s->met[i][1] == tn.node)
			return true;
	if (s->n_met == RULE_REFS_MAX) {
		s->is_spent = true;
		return true;
	}
	s->met[s->n_met][0] = to.node;
	s->met[s->n_met++][1] = tn.node;
	return same_node(s, to, tn);
}

static bool
same_members(struct same *s, struct sloc o, struct sloc n)
{
	if (jx_size(o.node) != jx_size(n.node))
		return false;
	for (size_t i = 0; i < jx_size(o.node); i++) {
		const struct jx_member *m = &o.node->u.object.at[i];
		const struct jx *v = jx_find(n.node, m->key);

		if (!v)
			return false;
		if (strcmp(m->key, "$ref") == 0 && jx_is(m->value, JX_STRING) && jx_is(v, JX_STRING)) {
			if (!same_ref(s, o, n, m->value, v))
				return false;
		} else if (!same_node(s, (struct sloc){m->value, o.res}, (struct sloc){v, n.res})) {
			return false;
		}
	}
	return true;
}

/* Equal as JSON with references followed on both sides. */
static bool
same_node(struct same *s, struct sloc o, struct sloc n)
{
	bool is_same = true;

	if (s->depth == RULE_DEPTH_MAX) {
		s->is_spent = true;
		return true;
	}
	if (o.node->type != n.node->type)
		return false;
	s->depth++;
	if (o.node->type == JX_OBJECT) {
		is_same = same_members(s, o, n);
	} else if (o.node->type == JX_ARRAY) {
		is_same = jx_size(o.node) == jx_size(n.node);
		for (size_t i = 0; is_same && i < jx_size(o.node); i++)
			is_same = same_node(s, (struct sloc){jx_at(o.node, i), o.res}, (struct sloc){jx_at(n.node, i), n.res});
	} else {
		is_same = jx_equal(o.node, n.node);
	}
	s->depth--;
	return is_same;
}

static bool
rule_is_in(struct differ *x, struct registry *ro, const struct shape_rule *rule, struct registry *rn, const struct shape *s)
{
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct shape_rule *r = &s->rules[i];
		struct same *k;

		if (strcmp(r->keyword, rule->keyword) != 0 || strcmp(r->sentence, rule->sentence) != 0)
			continue;
		if (!r->at.node || !rule->at.node)
			return true;
		k = ARENA_NEW(x->a, struct same);
		k->ro = ro;
		k->rn = rn;
		if (!same_node(k, rule->at, r->at))
			continue;
		x->is_cut = x->is_cut || k->is_spent;
		return true;
	}
	return false;
}

/* That exactly one branch may fit is compared with the branches. */
static bool
is_of_choice(const struct shape *s, const struct shape_rule *r)
{
	return s->show == SHOW_CHOICE && s->choice && strcmp(r->keyword, s->choice->keyword) == 0;
}

void
diff_rules(struct differ *x, const struct at *at)
{
	struct registry *ro = shapes_registry(x->so), *rn = shapes_registry(x->sn);
	size_t lost = 0, won = 0;
	const char *says = "";

	for (size_t i = 0; i < at->o->n_rules; i++)
		if (!is_of_choice(at->o, &at->o->rules[i]) && !rule_is_in(x, ro, &at->o->rules[i], rn, at->n)) {
			says = lost ? says : at->o->rules[i].sentence;
			lost++;
		}
	for (size_t i = 0; i < at->n->n_rules; i++)
		if (!is_of_choice(at->n, &at->n->rules[i]) && !rule_is_in(x, rn, &at->n->rules[i], ro, at->o)) {
			says = won ? says : at->n->rules[i].sentence;
			won++;
		}
	if (won && !lost)
		diff_add(x, at, TURN_NARROWER, "rule-added", "a rule between fields was added: %s", says);
	else if (lost && !won)
		diff_add(x, at, TURN_WIDER, "rule-removed", "a rule between fields is gone: %s", says);
	else if (lost)
		diff_add(x, at, TURN_UNSURE, "rule-changed", "a rule between fields is another one: %s", says);
}
