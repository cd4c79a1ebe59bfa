/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass C, last part: success is measured. A criterion is one of the types that the runtime checks on
 * what was really written; a deliverable that nothing checks is refused under a strict policy.
 */
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/jschema.h"

static const char *const criterion_types[] = {"rows", "key"};
#define NTYPES (sizeof criterion_types / sizeof criterion_types[0])

struct crit {
	struct compile *c;
	const struct cstep *s;
	const struct jx *at;
	const char *pointer;
	bool *is_checked; /* [noutputs] some criterion speaks of this output */
	bool has_failed;  /* some criterion is wrong: what it would have checked is not known */
};

static struct diag *
crit_say(struct crit *k, const char *member, const char *message)
{
	const struct jx *at = member ? jx_find(k->at, member) : NULL;

	return say(k->c, FC0502, k->s, at ? at : k->at,
	    at ? arena_printf(k->c->a, "%s/%s", k->pointer, member) : k->pointer, "%s", message);
}

/* "inputs.x" or "outputs.y" of this step: its kind and entity; false after a finding. */
static bool
operand(struct crit *k, const char *member, const char *text, enum kind *kind, const char **entity)
{
	const struct cstep *s = k->s;
	bool is_input = strncmp(text, "inputs.", 7) == 0;
	bool is_output = strncmp(text, "outputs.", 8) == 0;
	const char *name = text + (is_input ? 7 : 8);
	const char **names = ARENA_ARRAY(k->c->a, s->ninputs + s->noutputs, const char *), *near;
	struct diag *g;
	size_t n = 0;

	for (size_t i = 0; i < s->ninputs; i++) {
		names[n++] = arena_printf(k->c->a, "inputs.%s", s->inputs[i].name);
		if (is_input && strcmp(s->inputs[i].name, name) == 0) {
			*kind = s->inputs[i].kind;
			*entity = s->inputs[i].bound_entity;
			return true;
		}
	}
	for (size_t i = 0; i < s->noutputs; i++) {
		names[n++] = arena_printf(k->c->a, "outputs.%s", s->outputs[i].name);
		if (is_output && strcmp(s->outputs[i].name, name) == 0) {
			*kind = s->outputs[i].kind;
			*entity = s->outputs[i].entity;
			k->is_checked[i] = true;
			return true;
		}
	}
	near = nearest(text, names, n);
	g = crit_say(k, member, arena_printf(k->c->a, "`%s` is nothing that step `%s` has", text, s->key));
	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(k->c->a, "`%s` is the nearest", near);
	diag_help(k->c->diags, g, "it has %s", list_words(k->c->a, names, n, 16));
	return false;
}

static void
rows_side(struct crit *k, const char *member)
{
	const struct jx *v = jx_find(k->at, member);
	enum kind kind = KIND__COUNT;
	const char *entity, *text;
	struct diag *g;

	if (jx_is(v, JX_NUMBER)) {
		if (jx_int(v, -1) >= 0 && !strpbrk(v->u.text.p, ".eE"))
			return;
		g = crit_say(k, member, "a number of rows is a whole number, 0 or more");
		diag_help(k->c->diags, g, "write it without a sign, point or exponent");
		return;
	}
	text = jx_str(v, NULL);
	if (!text) {
		g = crit_say(k, member, arena_printf(k->c->a, "a `rows` criterion needs `%s`", member));
		diag_help(k->c->diags, g, "write inputs.<name>, outputs.<name> or a number");
		return;
	}
	/* The kind of an input that could not be bound is not known; that is a finding already. */
	if (!operand(k, member, text, &kind, &entity) || kind == KIND__COUNT)
		return;
	if (kind_is_table(kind) || kind_format(kind) == FORMAT_JSON_ROWS)
		return;
	g = crit_say(k, member,
	    arena_printf(k->c->a, "`%s` is of kind `%s`, which has no rows", text, kind_name(kind)));
	diag_help(k->c->diags, g, "compare row counts of tables (CSV, TSV, JSON rows) only");
}

static void
members_check(struct crit *k, const char *const *legal, size_t n)
{
	for (size_t i = 0; i < k->at->u.object.n; i++) {
		const char *key = k->at->u.object.at[i].key, *near;
		size_t j = 0;
		struct diag *g;

		while (j < n && strcmp(legal[j], key) != 0)
			j++;
		if (j < n)
			continue;
		near = nearest(key, legal, n);
		g = crit_say(k, key, arena_printf(k->c->a, "a `%s` criterion has no `%s`",
		    jx_str(jx_find(k->at, "type"), ""), key));
		if (near && g->nsources > 0)
			g->sources[0].label = arena_printf(k->c->a, "`%s` is the nearest", near);
		diag_help(k->c->diags, g, "it has %s", list_words(k->c->a, legal, n, n));
	}
}

static void
rows_check(struct crit *k)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	static const char *const legal[] = {"type", "left", "op", "right", "says"};
	const struct jx *op = jx_find(k->at, "op");
	struct diag *g;
	size_t i = 0;

	members_check(k, legal, sizeof legal / sizeof legal[0]);
	rows_side(k, "left");
	rows_side(k, "right");
	while (i < 6 && !jx_is_str(op, ops[i]))
		i++;
	if (i < 6)
		return;
	g = crit_say(k, "op", op ? arena_printf(k->c->a, "`%s` is not a comparison", jx_str(op, "?"))
				 : "a `rows` criterion needs `op`");
	diag_help(k->c->diags, g, "one of %s", list_words(k->c->a, ops, 6, 6));
}

static void
key_check_columns(struct crit *k, const char *entity_id)
{
	const struct jx *columns = jx_find(k->at, "columns");
	const struct entity *e = catalog_entity(k->c->in->catalog, entity_id);
	struct diag *g;

	if (!jx_is(columns, JX_ARRAY) || jx_size(columns) == 0) {
		g = crit_say(k, "columns", "a `key` criterion needs `columns`, a list of column names");
		diag_help(k->c->diags, g, "add \"columns\": [\"…\"]");
		return;
	}
	for (size_t i = 0; i < jx_size(columns); i++) {
		const char *name = jx_str(jx_at(columns, i), NULL);
		size_t j = 0;

		if (!name) {
			g = crit_say(k, "columns", "a column name is a text");
			diag_help(k->c->diags, g, "write it in quotes");
			continue;
		}
		while (e && j < e->ncolumns && strcmp(e->columns[j].name, name) != 0)
			j++;
		if (!e || e->ncolumns == 0 || j < e->ncolumns)
			continue;
		g = crit_say(k, "columns",
		    arena_printf(k->c->a, "entity `%s` has no column `%s`", e->id, name));
		diag_help(k->c->diags, g, "name columns that every row of the output has");
	}
}

static void
key_check_criterion(struct crit *k)
{
	static const char *const legal[] = {"type", "of", "columns", "says"};
	const char *of = jx_str(jx_find(k->at, "of"), NULL), *entity = NULL;
	enum kind kind = KIND__COUNT;
	struct diag *g;

	members_check(k, legal, sizeof legal / sizeof legal[0]);
	if (!of) {
		g = crit_say(k, "of", "a `key` criterion needs `of`");
		diag_help(k->c->diags, g, "write outputs.<name>");
	} else if (operand(k, "of", of, &kind, &entity) && kind != KIND__COUNT &&
	    !kind_is_table(kind) && kind_format(kind) != FORMAT_JSON_ROWS) {
		g = crit_say(k, "of", arena_printf(k->c->a, "`%s` is of kind `%s`, which has no rows",
		    of, kind_name(kind)));
		diag_help(k->c->diags, g, "tables (CSV, TSV, JSON rows) have keys");
	}
	key_check_columns(k, entity);
}

static void
criterion_check(struct crit *k)
{
	const struct jx *type = jx_find(k->at, "type");
	const struct jx *says = jx_find(k->at, "says");
	const char *near;
	struct diag *g;

	if (says && !jx_is(says, JX_STRING)) {
		g = crit_say(k, "says", "`says` is a sentence");
		diag_help(k->c->diags, g, "write it in quotes");
	}
	if (jx_is_str(type, "rows")) {
		rows_check(k);
		return;
	}
	if (jx_is_str(type, "key")) {
		key_check_criterion(k);
		return;
	}
	near = nearest(jx_str(type, ""), criterion_types, NTYPES);
	g = say(k->c, FC0501, k->s, type ? type : k->at,
	    type ? arena_printf(k->c->a, "%s/type", k->pointer) : k->pointer, "%s",
	    type ? arena_printf(k->c->a, "there is no criterion of type `%s`", jx_str(type, "?"))
		 : "the criterion has no `type`");
	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(k->c->a, "`%s` is the nearest", near);
	diag_note(k->c->diags, g, "a sentence in `says` may go with a criterion, it never is one");
	diag_help(k->c->diags, g, "types: %s", list_words(k->c->a, criterion_types, NTYPES, NTYPES));
}

static bool
is_json(enum kind kind)
{
	enum format f = kind_format(kind);

	return f == FORMAT_JSON || f == FORMAT_JSON_ROWS;
}

static void
schema_check(struct compile *c, const struct cstep *s, const struct coutput *o)
{
	const char *pointer = arena_printf(c->a, "%s/json_schema", o->pointer);
	struct jschema *schema;
	struct err err;
	struct diag *g;

	if (!o->json_schema || o->kind == KIND__COUNT)
		return;
	if (!is_json(o->kind)) {
		g = say(c, FC0505, s, o->json_schema, pointer,
		    "output `%s` is of kind `%s`; a JSON Schema says nothing about it", o->name,
		    kind_name(o->kind));
		diag_help(c->diags, g, "take the schema out; the format itself is checked");
	} else if (jschema_compile(c->a, o->json_schema, &schema, &err) < 0) {
		g = say(c, FC0505, s, o->json_schema, pointer,
		    "the JSON Schema of output `%s` cannot be checked: %s", o->name, err.msg);
		diag_help(c->diags, g, "use the keywords that types/jschema.h lists");
	}
}

/* Documents (HTML, PDF, Markdown …) are held by their format; tables and JSON need more. */
static void
deliverable_check(struct compile *c, const struct cstep *s, const struct coutput *o, bool checked)
{
	struct diag *g;

	if (!o->is_deliverable || checked || o->json_schema || o->kind == KIND__COUNT || !s->policy ||
	    !s->policy->needs_criteria || (!is_json(o->kind) && !kind_is_table(o->kind)))
		return;
	g = say(c, FC0503, s, o->at, o->pointer, "nothing checks the deliverable `%s`", o->name);
	diag_note(c->diags, g, "policy `%s` asks for a criterion or a JSON Schema for each",
	    s->policy->id);
	diag_help(c->diags, g, "add a criterion, for instance {\"type\": \"rows\", \"left\": "
	    "\"outputs.%s\", \"op\": \">=\", \"right\": 1}, or a `json_schema` to the output", o->name);
	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
}

void
criteria_check(struct compile *c)
{
	size_t ndeliverables = 0;

	for (size_t i = 0; i < c->nsteps; i++) {
		const struct cstep *s = &c->steps[i];
		struct crit k = {
		    .c = c, .s = s, .is_checked = ARENA_ARRAY(c->a, s->noutputs, bool)};

		for (size_t n = 0; n < jx_size(s->criteria); n++) {
			size_t errors = c->diags->nerrors;

			k.at = jx_at(s->criteria, n);
			k.pointer = arena_printf(c->a, "%s/criteria/%zu", s->pointer, n);
			criterion_check(&k);
			k.has_failed = k.has_failed || c->diags->nerrors > errors;
		}
		for (size_t n = 0; n < s->noutputs; n++) {
			schema_check(c, s, &s->outputs[n]);
			deliverable_check(c, s, &s->outputs[n], k.is_checked[n] || k.has_failed);
			ndeliverables += s->outputs[n].is_deliverable;
		}
	}
	if (ndeliverables == 0) {
		struct diag *g = diag_add(c->diags, FC0504, "no output of any step is a deliverable");

		diag_help(c->diags, g, "mark what is to be handed over with \"deliverable\": true");
	}
}
