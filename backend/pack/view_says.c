/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and settings in words. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "pack/view.h"

#define OPERAND_DEPTH_MAX 16

static const char *
joined(struct arena *a, const char *const *at, size_t n, const char *last)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == n ? last : ", ", at[i]);
	return b.p ? buf_take(&b) : "";
}

/* Depth is bounded; documents are not deeper than PACK_DEPTH_MAX, and nobody can follow more than this. */
static void
operand_words(struct buf *b, const struct operand *o, unsigned depth)
{
	static const char *const signs[] = {[OPERAND_ADD] = "+", [OPERAND_SUB] = "−", [OPERAND_MUL] = "×", [OPERAND_DIV] = "÷"};

	if (o->op == OPERAND_COLUMN || o->op == OPERAND_CONST) {
		buf_str(b, o->text);
		return;
	}
	if (depth == OPERAND_DEPTH_MAX) {
		buf_str(b, "…");
		return;
	}
	if (depth > 0)
		buf_char(b, '(');
	for (size_t i = 0; i < o->nargs; i++) {
		if (i > 0)
			buf_printf(b, " %s ", signs[o->op]);
		operand_words(b, &o->args[i], depth + 1);
	}
	if (depth > 0)
		buf_char(b, ')');
}

static const char *
operand_text(struct arena *a, const struct operand *o)
{
	struct buf b;

	buf_init(&b, a);
	operand_words(&b, o, 0);
	return b.p ? buf_take(&b) : "";
}

static const char *
when_words(struct arena *a, const struct when *w)
{
	switch (w->op) {
	case WHEN_IS:
		return arena_printf(a, "%s is %s", w->column, joined(a, w->values, w->nvalues, " or "));
	case WHEN_IS_NOT:
		return arena_printf(a, "%s is not %s", w->column, joined(a, w->values, w->nvalues, " or "));
	case WHEN_SET:
		return arena_printf(a, "%s is filled in", w->column);
	case WHEN_EMPTY:
		return arena_printf(a, "%s is empty", w->column);
	case WHEN_ALWAYS:
		break;
	}
	return NULL;
}

static bool
is_time(const struct entity *e, const struct operand *o)
{
	const struct column *c = e && o->op == OPERAND_COLUMN ? entity_field(e, o->text) : NULL;

	return c && (strcmp(c->type, "date") == 0 || strcmp(c->type, "timestamp") == 0);
}

static const char *
op_words(const char *op, bool of_time)
{
	static const struct {
		const char *op, *of_value, *of_time;
	} words[] = {{"=", "equals", "is the same as"}, {"!=", "differs from", "differs from"},
	    {"<", "is less than", "is before"}, {"<=", "is at most", "is not after"}, {">", "is more than", "is after"},
	    {">=", "is at least", "is not before"}};

	for (size_t i = 0; op && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].op, op) == 0)
			return of_time ? words[i].of_time : words[i].of_value;
	return op ? op : "equals";
}

static const char *
apart(struct arena *a, const char *tolerance)
{
	return tolerance && strspn(tolerance, "0.") != strlen(tolerance) ? arena_printf(a, "; up to %s apart is fine", tolerance) : "";
}

static const char *
label_of(const struct catalog *c, const char *entity)
{
	const struct entity *e = catalog_entity(c, entity);

	return e ? e->label : entity;
}

static const char *
range_words(struct arena *a, const struct rule *r)
{
	if (r->min && r->max)
		return arena_printf(a, "%s is between %s and %s", r->column, r->min, r->max);
	return arena_printf(a, "%s is %s %s", r->column, r->min ? "at least" : "at most", r->min ? r->min : r->max ? r->max : "");
}

static const char *
rule_words(struct arena *a, const struct catalog *c, const struct validator_rule *v)
{
	const struct rule *r = &v->rule;
	const char *when;

	switch (r->type) {
	case RULE_EQUATION:
	case RULE_COMPARE:
		return arena_printf(a, "%s %s %s%s", operand_text(a, &r->left),
		    op_words(r->op, is_time(catalog_entity(c, v->entity), &r->left)), operand_text(a, &r->right), apart(a, r->tolerance));
	case RULE_RANGE:
		return range_words(a, r);
	case RULE_REQUIRED_IF:
		when = when_words(a, &r->when);
		return arena_printf(a, "%s is filled in%s%s", r->column, when ? " wherever " : "", when ? when : "");
	case RULE_UNIQUE:
		return arena_printf(a, "no two rows have the same %s", joined(a, r->columns, r->ncolumns, " and "));
	case RULE_REFERS:
		return arena_printf(a, "%s %s a row of %s by its %s", joined(a, r->columns, r->ncolumns, " and "),
		    r->ncolumns == 1 ? "names" : "name", label_of(c, r->entity), joined(a, r->to, r->ncolumns, " and "));
	case RULE_PATTERN:
		return arena_printf(a, "%s has the form `%s`", r->column, r->regex);
	case RULE_SUM:
		return arena_printf(a, "%s, added up over rows with the same %s, %s %s of %s%s", r->column,
		    joined(a, r->columns, r->ncolumns, " and "), op_words(r->op, false), r->other_column, label_of(c, r->entity), apart(a, r->tolerance));
	case RULE__COUNT:
		break;
	}
	return v->message;
}

const char *
view_rule(struct arena *a, const struct catalog *c, const struct validator_rule *v)
{
	const char *when = when_words(a, &v->when), *says = rule_words(a, c, v);

	return when ? arena_printf(a, "where %s: %s", when, says) : says;
}

const struct view_setting *
view_settings(struct arena *a, const struct policy *p, size_t *n)
{
	const struct view_setting all[] = {
#define SETTING(member, words) {#member, words, true, p->member, p->member ? "yes" : "no", p->member ? "this holds" : "this does not hold"},
#include "pack/policy.def"
#undef SETTING
		{"date_order", "a date column whose order of day and month cannot be told", false, false,
		    p->refuses_date_order ? "refuse" : "report",
		    p->refuses_date_order ? "it is refused" : "it is reported, and nobody guesses"},
		{"criteria", "a deliverable that no criterion and no schema checks", false, false,
		    p->needs_criteria ? "required" : "preferred", p->needs_criteria ? "it is refused" : "it is allowed"},
		{"repair", "what happens when a step's result does not hold", false, false, p->repair,
		    arena_printf(a, "the step is tried again, at most %u time%s", p->max_retries, p->max_retries == 1 ? "" : "s")},
	};
	struct view_setting *out = ARENA_ARRAY(a, sizeof all / sizeof *all, struct view_setting);

	*n = sizeof all / sizeof *all;
	memcpy(out, all, sizeof all);
	return out;
}

const char *
view_not_kept(const struct adapter *d)
{
	static const char mark[] = "Not kept: ";
	const char *at = strstr(d->says, mark);

	return at ? at + sizeof mark - 1 : NULL;
}
