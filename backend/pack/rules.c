/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rules.h"

#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/rational.h"
#include "core/rnd.h"
#include "core/utf8.h"
#include "pack/rules_work.h"
#include "schema/regex.h"
#include "types/value.h"

#define BREAKS_DEFAULT 20
#define MEMORY_DEFAULT ((size_t)48 << 20)

const char *
rules_verdict_name(enum rules_verdict v)
{
	return v == RULES_HOLDS ? "holds" : v == RULES_BROKEN ? "broken" : "not_checked";
}

/* --- findings ---------------------------------------------------------------------------------------- */

static const char *
shown(struct arena *a, const struct cell *c)
{
	char text[VALUE_SHOW_BYTES];

	if (!c)
		return NULL;
	value_show(c->p, c->n, text);
	return arena_str(a, text);
}

/* What stands for {name} in a message: a column of the row, or what the rule knows besides. */
static const char *
filling(struct at_work *w, struct source *s, const struct row *row, const char *name, uint64_t told_row, const char *value,
    const char *found, const char *expected)
{
	struct place p = {.name = name, .at = -1};
	const char *text;

	if (strcmp(name, "row") == 0)
		return arena_printf(w->a, "%" PRIu64, told_row);
	if (strcmp(name, "value") == 0 && value)
		return value;
	if (strcmp(name, "found") == 0 && found)
		return found;
	if (strcmp(name, "expected") == 0 && expected)
		return expected;
	/* in a row of the other table the columns that both share have that table's names */
	for (size_t i = 0; w->rule->rule.type == RULE_SUM && i < w->ncolumns; i++)
		if (strcmp(w->columns[i].name, name) == 0)
			p.name = w->to[i].name;
	text = shown(w->a, place_cell(s, &p, row));
	return text ? text : "(empty)";
}

static const char *
message_fill(struct at_work *w, struct source *s, const struct row *row, uint64_t told_row, const char *value, const char *found,
    const char *expected)
{
	struct buf b;

	buf_init(&b, w->a);
	for (const char *p = w->rule->message; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		size_t n = strcspn(p, "{");

		if (end) {
			buf_str(&b, filling(w, s, row, arena_dup(w->a, p + 1, (size_t)(end - p - 1)), told_row, value,
			    found, expected));
			p = end + 1;
			continue;
		}
		n = n ? n : 1;
		buf_add(&b, p, n);
		p += n;
	}
	return buf_take(&b);
}

bool
break_is_told(const struct at_work *w)
{
	return w->out->nbreaks < w->breaks_max;
}

void
break_add(struct at_work *w, struct source *s, const struct row *row, uint64_t told_row, const struct place *column,
    const char *found, const char *expected)
{
	struct rules_break *b;

	w->out->broken++;
	if (!break_is_told(w))
		return;
	b = &w->breaks[w->out->nbreaks++];
	b->row = told_row;
	b->column = column ? column->name : NULL;
	b->value = column ? shown(w->a, place_cell(s, &(struct place){.name = column->name, .at = -1}, row)) : NULL;
	b->message = message_fill(w, s, row, told_row, b->value ? b->value : "(empty)", found, expected);
}

/* --- one row ----------------------------------------------------------------------------------------- */

static bool
is_so(const char *op, int order)
{
	switch (op[0]) {
	case '=': return order == 0;
	case '!': return order != 0;
	case '<': return op[1] == '=' ? order <= 0 : order < 0;
	default: return op[1] == '=' ? order >= 0 : order > 0;
	}
}

static const struct place *
first_column(const struct node *n)
{
	while (n->nargs > 0)
		n = &n->args[0];
	return n->op == OPERAND_COLUMN ? &n->place : NULL;
}

/* Text and booleans: equal or not, nothing else. */
static void
judge_words(struct at_work *w, struct source *s, const struct row *row)
{
	struct node *sides[2] = {&w->left, &w->right};
	struct buf *keys[2] = {&w->key, &w->key2};
	enum class class = w->left.op == OPERAND_COLUMN ? w->left.class : w->right.class;
	bool is_equal;

	for (int i = 0; i < 2; i++) {
		const struct cell *c = sides[i]->op == OPERAND_COLUMN ? place_cell(s, &sides[i]->place, row) : NULL;

		buf_clear(keys[i]);
		if ((!c && sides[i]->op != OPERAND_CONST) ||
		    !value_key(class, c ? c->p : sides[i]->text, c ? c->n : strlen(sides[i]->text), keys[i])) {
			w->out->unjudged++;
			return;
		}
	}
	w->out->judged++;
	is_equal = w->key.len == w->key2.len && memcmp(w->key.p, w->key2.p, w->key.len) == 0;
	if (is_equal != (w->rule->rule.op[0] == '='))
		break_add(w, s, row, row->row, first_column(&w->left), NULL,
		    !break_is_told(w)		    ? NULL
		    : w->right.op == OPERAND_CONST ? w->right.text
						   : shown(w->a, place_cell(s, &w->right.place, row)));
}

/* A side as a message says it: a column's own text, else the number reckoned. */
static const char *
side_words(struct at_work *w, struct source *s, struct node *n, const struct row *row)
{
	if (n->op == OPERAND_COLUMN)
		return shown(w->a, place_cell(s, &n->place, row));
	return n->op == OPERAND_CONST ? n->text : number_words(w->a, n->class, n->value);
}

static void
judge_sides(struct at_work *w, struct source *s, const struct row *row)
{
	enum class x = w->left.class, y = w->right.class;
	bool ok;

	/* a constant that looks like a number beside a text column is text */
	if ((w->left.op == OPERAND_COLUMN && (x == CLASS_TEXT || x == CLASS_BOOLEAN)) ||
	    (w->right.op == OPERAND_COLUMN && (y == CLASS_TEXT || y == CLASS_BOOLEAN))) {
		judge_words(w, s, row);
		return;
	}
	if (node_value(s, &w->left, row) != READ_OK || node_value(s, &w->right, row) != READ_OK) {
		w->out->unjudged++;
		return;
	}
	w->out->judged++;
	ok = is_so(w->rule->rule.op, rational_compare(w->left.value, w->right.value));
	if (w->tolerance) {
		bool near = rational_is_near(w->left.value, w->right.value, w->tolerance);

		ok = w->rule->rule.op[0] == '!' ? !near : ok || near;
	}
	if (!ok)
		break_add(w, s, row, row->row, first_column(&w->left),
		    break_is_told(w) ? side_words(w, s, &w->left, row) : NULL,
		    break_is_told(w) ? side_words(w, s, &w->right, row) : NULL);
}

static void
judge_range(struct at_work *w, struct source *s, const struct row *row)
{
	const struct rule *u = &w->rule->rule;
	bool ok;

	if (node_value(s, &w->left, row) != READ_OK) {
		w->out->unjudged++;
		return;
	}
	w->out->judged++;
	ok = (!w->min || rational_compare(w->left.value, w->min) >= 0) &&
	    (!w->max || rational_compare(w->left.value, w->max) <= 0);
	if (!ok)
		break_add(w, s, row, row->row, &w->left.place, NULL,
		    !break_is_told(w) ? NULL
		    : u->min && u->max ? arena_printf(w->a, "%s to %s", u->min, u->max)
		    : u->min	     ? arena_printf(w->a, "at least %s", u->min)
				     : arena_printf(w->a, "at most %s", u->max));
}

static void
judge_pattern(struct at_work *w, struct source *s, const struct row *row)
{
	const struct cell *c = place_cell(s, &w->column, row);
	enum regex_result r;

	if (!c || c->type == CELL_JSON || utf8_check(c->p, c->n) != c->n) {
		w->out->unjudged++;
		return;
	}
	r = regex_search(w->regex, c->p, c->n);
	if (r == REGEX_BUDGET) {
		w->out->unjudged++;
		return;
	}
	w->out->judged++;
	if (r == REGEX_NO)
		break_add(w, s, row, row->row, &w->column, NULL, w->rule->rule.regex);
}

static void
judge(struct at_work *w, struct source *s, const struct row *row)
{
	if (!condition_holds(s, &w->when, row))
		return;
	switch (w->rule->rule.type) {
	case RULE_EQUATION:
	case RULE_COMPARE: judge_sides(w, s, row); break;
	case RULE_RANGE: judge_range(w, s, row); break;
	case RULE_REQUIRED_IF:
		if (!condition_holds(s, &w->if_, row))
			break;
		w->out->judged++;
		if (!place_cell(s, &w->column, row))
			break_add(w, s, row, row->row, &w->column, NULL, NULL);
		break;
	case RULE_PATTERN: judge_pattern(w, s, row); break;
	case RULE_UNIQUE:
	case RULE_REFERS:
	case RULE_SUM: sets_take(w, s, row); break;
	case RULE__COUNT: break;
	}
}

/* --- rules at work ----------------------------------------------------------------------------------- */

static struct rational *
number_of(struct arena *a, enum class class, const char *text)
{
	struct rational *r = text ? rational_new(a) : NULL;

	return r && value_number(class, text, strlen(text), r) ? r : NULL;
}

static struct place *
places_of(struct arena *a, const struct entity *e, const char *const *names, size_t n)
{
	struct place *p = ARENA_ARRAY(a, n, struct place);

	for (size_t i = 0; i < n; i++)
		p[i] = place_of(e, names[i]);
	return p;
}

static int
prepare(struct at_work *w, struct err *err)
{
	const struct rule *u = &w->rule->rule;
	const struct entity *e = w->table->entity;
	struct operand column = {.op = OPERAND_COLUMN, .text = u->column};

	condition_make(w->a, e, &w->rule->when, &w->when);
	condition_make(w->a, e, &u->when, &w->if_);
	w->column = place_of(e, u->column);
	w->columns = places_of(w->a, e, u->columns, u->ncolumns);
	w->ncolumns = u->ncolumns;
	buf_init(&w->key, w->a);
	buf_init(&w->key2, w->a);
	if (u->type == RULE_EQUATION || u->type == RULE_COMPARE) {
		node_make(w->a, e, &u->left, &w->left);
		node_make(w->a, e, &u->right, &w->right);
	} else if (u->type == RULE_RANGE) {
		node_make(w->a, e, &column, &w->left);
		if (w->left.class != CLASS_TEXT && w->left.class != CLASS_BOOLEAN) {
			w->min = number_of(w->a, w->left.class, u->min);
			w->max = number_of(w->a, w->left.class, u->max);
		}
	} else if (u->type == RULE_PATTERN) {
		return regex_compile(w->a, u->regex, strlen(u->regex), &w->regex, err);
	} else if (w->other) {
		w->to = places_of(w->a, w->other->entity, u->to, u->ncolumns);
		for (size_t i = 0; i < u->ncolumns; i++) /* an id beside an integer: both are their digits */
			if (w->to[i].class != w->columns[i].class)
				w->to[i].class = w->columns[i].class = CLASS_TEXT;
		w->other_column = place_of(w->other->entity, u->other_column);
	}
	w->tolerance = number_of(w->a, CLASS_NUMBER, u->tolerance);
	return 0;
}

static const struct rules_table *
other_of(const struct validator_rule *r, const struct rules_table *table, const struct rules_table *others, size_t n)
{
	if (r->rule.type != RULE_REFERS && r->rule.type != RULE_SUM)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strcmp(others[i].entity->id, r->rule.entity) == 0)
			return &others[i];
	return strcmp(table->entity->id, r->rule.entity) == 0 ? table : NULL;
}

static int
pass(struct at_work **work, size_t n, const struct rules_table *table, struct err *err)
{
	struct source s;
	const struct row *row;
	int more = 0;

	for (size_t i = 0; i < n; i++)
		if (rule_has_set(work[i]->rule) && sets_begin(work[i], err) < 0)
			return -1;
	if (source_open(work[0]->a, table, &s, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) { /* places belong to one reading */
		struct at_work *w = work[i];

		for (size_t k = 0; k < w->ncolumns; k++)
			w->columns[k].at = -1;
	}
	while ((more = source_next(&s, table, &row, err)) > 0)
		for (size_t i = 0; i < n; i++)
			judge(work[i], &s, row);
	source_close(&s);
	for (size_t i = 0; more == 0 && i < n; i++)
		if (rule_has_set(work[i]->rule) && sets_end(work[i], err) < 0)
			return -1;
	return more;
}

static void
finish(struct at_work *w)
{
	struct rules_outcome *o = w->out;

	o->breaks = w->breaks;
	if (o->verdict == RULES_NOT_CHECKED && o->why)
		return;
	if (w->set.is_full) {
		o->verdict = RULES_NOT_CHECKED;
		o->why = "there are more different keys than fit into the memory for this check";
		return;
	}
	o->verdict = o->broken > 0 ? RULES_BROKEN : RULES_HOLDS;
	if (o->broken == 0 && o->judged == 0 && o->unjudged > 0) {
		o->verdict = RULES_NOT_CHECKED;
		o->why = "no row has values in all of its columns";
	}
}

int
rules_run(struct arena *a, const struct validator_rule *rules, size_t n, const struct rules_table *table,
    const struct rules_table *others, size_t nothers, const struct rules_options *opt, struct rules_outcome *out,
    struct err *err)
{
	struct at_work *all = ARENA_ARRAY(a, n, struct at_work), **now = ARENA_ARRAY(a, n, struct at_work *);
	size_t breaks = opt && opt->breaks_max ? opt->breaks_max : BREAKS_DEFAULT, nsets = 0, nnow = 0;
	size_t memory = opt && opt->memory_bytes_max ? opt->memory_bytes_max : MEMORY_DEFAULT;

	for (size_t i = 0; i < n; i++)
		nsets += rule_has_set(&rules[i]);
	for (size_t i = 0; i < n; i++) {
		struct at_work *w = &all[i];
		bool needs_other = rules[i].rule.type == RULE_REFERS || rules[i].rule.type == RULE_SUM;

		out[i] = (struct rules_outcome){.rule = &rules[i]};
		*w = (struct at_work){.a = a, .rule = &rules[i], .out = &out[i], .table = table, .breaks_max = breaks,
		    .other = other_of(&rules[i], table, others, nothers),
		    .breaks = ARENA_ARRAY(a, breaks, struct rules_break)};
		if (needs_other && !w->other) {
			out[i].verdict = RULES_NOT_CHECKED;
			out[i].why = arena_printf(a, "no rows of %s are at hand", rules[i].rule.entity);
			continue;
		}
		if (prepare(w, err) < 0)
			return err_wrap(err, "validator %s", rules[i].id);
		if (rule_has_set(&rules[i]))
			sets_prepare(w, memory / nsets);
		now[nnow++] = w;
	}
	while (nnow > 0) {
		size_t left = 0;

		if (pass(now, nnow, table, err) < 0)
			return -1;
		for (size_t i = 0; i < nnow; i++)
			if (rule_has_set(now[i]->rule) && sets_again(now[i]))
				now[left++] = now[i];
		nnow = left;
	}
	for (size_t i = 0; i < n; i++) {
		finish(&all[i]);
		sets_release(&all[i]);
	}
	return 0;
}

void
rules_json(const struct rules_outcome *out, size_t n, const char *key, struct jw *w)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++) {
		const struct rules_outcome *o = &out[i];

		jw_object(w, NULL);
		jw_str(w, "id", o->rule->id);
		jw_str(w, "severity", o->rule->is_error ? "error" : "warning");
		jw_str(w, "verdict", rules_verdict_name(o->verdict));
		jw_uint(w, "judged", o->judged);
		jw_uint(w, "unjudged", o->unjudged);
		jw_uint(w, "broken", o->broken);
		jw_str(w, "why", o->why);
		jw_array(w, "rows");
		for (size_t k = 0; k < o->nbreaks; k++) {
			jw_object(w, NULL);
			jw_uint(w, "row", o->breaks[k].row);
			jw_str(w, "column", o->breaks[k].column);
			jw_str(w, "value", o->breaks[k].value);
			jw_str(w, "message", o->breaks[k].message);
			jw_end(w);
		}
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
}
