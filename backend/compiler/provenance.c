/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass C, last part but one: what the policy of a step asks of its outputs so that a reader can look up where
 * they come from. How it is read (docs/ARCHITECTURE.md, "Policies"):
 *     require_source_artifact_ids  every output that is rows has columns that identify a row: the key of its
 *                                  grain, else of its entity; the contract names them and the runtime holds them
 *     require_citations            an output in slot findings or report_artifact stands in one line of steps with
 *                                  an output of kind citations.list or evidence.json_rows
 */
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/pack.h"

static bool
has_rows(enum kind kind)
{
	return kind != KIND__COUNT && (kind_is_table(kind) || kind == KIND_TABLE_PARQUET);
}

const char *const *
provenance_columns(struct compile *c, const struct coutput *o, size_t *n)
{
	const struct entity *e = catalog_entity(c->in->catalog, o->entity);
	const struct jx *key = jx_find(o->grain, "key");
	const char **at = ARENA_ARRAY(c->a, jx_size(key), const char *);

	*n = 0;
	if (!has_rows(o->kind))
		return NULL;
	for (size_t i = 0; i < jx_size(key); i++)
		at[(*n)++] = jx_str(jx_at(key, i), "");
	if (*n > 0 || !e || e->form != ENTITY_ROWS)
		return at;
	/* A key whose bad values are the plan's business identifies nothing. */
	for (size_t i = 0; i < e->nkey; i++)
		if (entity_field(e, e->key[i]) && entity_field(e, e->key[i])->is_tolerant)
			return NULL;
	*n = e->nkey;
	return e->key;
}

static void
rows_check(struct compile *c, const struct cstep *s, const struct coutput *o)
{
	struct diag *g;
	size_t n;

	(void)provenance_columns(c, o, &n);
	/* An adapter's rows are those of its source, whatever identifies them. */
	if (n > 0 || s->adapted || !has_rows(o->kind))
		return;
	g = say(c, FC0507, s, o->at, o->pointer, "nothing says what identifies a row of output `%s`", o->name);
	diag_note(c->diags, g, "policy `%s` has `require_source_artifact_ids`: a row that cannot be named cannot be traced",
	    s->policy->id);
	diag_help(c->diags, g, "give the output a grain with its key, for instance {\"key\": [\"…\"], \"relation\": \"same\", "
	    "\"of\": \"<input>\"}, or an entity that has a key");
	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
}

static bool
cites(const struct cstep *s)
{
	for (size_t i = 0; i < s->noutputs; i++)
		if (s->outputs[i].kind == KIND_CITATIONS_LIST || s->outputs[i].kind == KIND_EVIDENCE_JSON_ROWS)
			return true;
	return false;
}

/* Which steps have one that cites among themselves and those before them, or behind them. */
static bool *
cited_steps(struct compile *c)
{
	bool *before = ARENA_ARRAY(c->a, c->nsteps, bool), *behind = ARENA_ARRAY(c->a, c->nsteps, bool);

	for (size_t i = 0; i < c->nsteps; i++) {
		size_t at = c->order[i];

		before[at] = cites(&c->steps[at]);
		for (size_t k = 0; k < c->steps[at].ndeps; k++)
			before[at] = before[at] || before[c->steps[at].deps[k]];
	}
	for (size_t i = c->nsteps; i-- > 0;) {
		size_t at = c->order[i];

		behind[at] = behind[at] || cites(&c->steps[at]);
		for (size_t k = 0; behind[at] && k < c->steps[at].ndeps; k++)
			behind[c->steps[at].deps[k]] = true;
	}
	for (size_t i = 0; i < c->nsteps; i++)
		before[i] = before[i] || behind[i];
	return before;
}

static void
say_uncited(struct compile *c, const struct cstep *s, const struct coutput *o)
{
	struct diag *g = say(c, FC0506, s, o->at, o->pointer, "output `%s` is %s and nothing in this line of steps cites",
	    o->name, strcmp(o->slot, "findings") == 0 ? "findings" : "a report");

	diag_note(c->diags, g, "policy `%s` has `require_citations`", s->policy->id);
	diag_help(c->diags, g, "let this step, one before it or one behind it write an output of kind `citations.list` or "
	    "`evidence.json_rows`");
	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
}

void
provenance_check(struct compile *c)
{
	bool *cited = cited_steps(c);

	for (size_t i = 0; i < c->nsteps; i++) {
		const struct cstep *s = &c->steps[i];

		for (size_t k = 0; k < s->noutputs; k++) {
			const struct coutput *o = &s->outputs[k];
			bool is_statement = strcmp(o->slot, "findings") == 0 || strcmp(o->slot, "report_artifact") == 0;

			if (s->policy->require_source_artifact_ids)
				rows_check(c, s, o);
			if (s->policy->require_citations && is_statement && !cited[i])
				say_uncited(c, s, o);
		}
	}
}
