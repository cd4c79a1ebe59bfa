/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The validators of packs over a step's outputs, as its contract lists them. The rules come from the pack whose
 * hash the contract froze. A rule that speaks of another entity gets the step's own inputs and outputs of that
 * entity; where there is none it is told as not checked. A broken rule of severity error fails the attempt, unless
 * an input of the same entity breaks it at least as often: what a plan was given is its business, and the step that
 * passes it on is not to blame (decision 0135). That, and warnings, are told in the receipt.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "pack/rules.h"
#include "runner/attempt.h"

#define OBJECT_BYTES_MAX ((uint64_t)8 << 20)

struct bundle { /* what one output's rules need */
	const struct attempt_output *output;
	struct rules_table table;
	const struct rules_table *input; /* the first input of the same entity; NULL */
	const char *input_name;
	const char *why; /* the output cannot be judged; NULL: it can */
	const struct validator_rule *rules; /* [n] */
	size_t n;
};

/* Is this rule in the contract's list? */
static bool
is_listed(const struct attempt *t, const struct validator_rule *rule)
{
	const struct jx *list = jx_find(t->contract.document, "validators");

	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *v = jx_at(list, i);

		if (jx_is_str(jx_find(v, "id"), rule->id) && jx_is_str(jx_find(v, "phase"), "postflight"))
			return true;
	}
	return false;
}

static int
load_object(struct attempt *t, int fd, const char *path, const struct jx **out, struct err *err)
{
	struct jx *doc;
	char *text;
	size_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, E_IO, "reading %s", path);
	if (fd_read_all(t->a, fd, OBJECT_BYTES_MAX, &text, &n, err) < 0 || jx_parse(t->a, text, n, NULL, &doc, err) < 0)
		return err_wrap(err, "%s", path);
	*out = doc;
	return 0;
}

/* A table of an entity: 1; nothing that rules can read: 0. */
static int
table_of(struct attempt *t, const char *entity, const char *path, int fd, const struct artifact_profile *p,
    const struct jx **pack, struct rules_table *out, struct err *err)
{
	struct entity *e = ARENA_NEW(t->a, struct entity);
	const struct jx *doc = NULL;

	if (fd < 0 || !p || !p->parse_ok || entity_find(t, entity, pack, &doc, err) < 0)
		return t->failure || (fd >= 0 && p && p->parse_ok) ? -1 : 0;
	if (entity_parse(t->a, doc, e, err) < 0)
		return err_wrap(err, "entity %s", entity);
	*out = (struct rules_table){.entity = e, .path = path, .fd = fd, .format = kind_format(p->kind)};
	if (e->form == ENTITY_ROWS)
		return kind_is_table(p->kind) && p->rows >= 0;
	if (e->form != ENTITY_OBJECT || kind_format(p->kind) != FORMAT_JSON || p->bytes > OBJECT_BYTES_MAX)
		return 0;
	return load_object(t, fd, path, &out->object, err) < 0 ? -1 : 1;
}

/* The listed rules about an entity, of all packs that the contract pins: one pack may judge another's entity. */
static int
rules_of(struct attempt *t, struct bundle *b, const char *entity, struct err *err)
{
	size_t npacks = jx_size(jx_find(t->contract.document, "packs"));
	size_t max = jx_size(jx_find(t->contract.document, "validators"));
	struct validator_rule *listed = ARENA_ARRAY(t->a, max, struct validator_rule);

	b->n = 0;
	for (size_t i = 0; i < npacks; i++) {
		const struct jx *pack = NULL;
		size_t n;

		if (pack_at(t, i, &pack, err) < 0)
			return -1;
		const struct validator_rule *all = validators_parse(t->a, pack, entity, &n);
		for (size_t k = 0; k < n; k++)
			if (b->n < max && is_listed(t, &all[k]))
				listed[b->n++] = all[k];
	}
	b->rules = listed;
	return 0;
}

static int
gather(struct attempt *t, struct rules_table *tables, size_t *ntables, struct bundle *bundles, size_t *nbundles, struct err *err)
{
	const struct jx *pack = NULL;

	for (size_t i = 0; i < t->contract.noutputs; i++) {
		const struct attempt_output *o = &t->outputs[i];
		struct bundle *b = &bundles[*nbundles];
		int is_table;

		if (!o->slot->entity || !o->is_there)
			continue;
		is_table = table_of(t, o->slot->entity, o->slot->path, o->fd, &o->profile, &pack, &b->table, err);
		if (is_table < 0 || rules_of(t, b, o->slot->entity, err) < 0)
			return -1;
		if (is_table)
			tables[(*ntables)++] = b->table;
		b->output = o;
		b->why = is_table ? NULL : arena_printf(t->a, "rules read tables and JSON objects of at most %d MiB, and this "
		    "is a %s of %" PRIu64 " bytes", (int)(OBJECT_BYTES_MAX >> 20), o->slot->kind, o->bytes);
		*nbundles += b->n > 0;
	}
	for (size_t i = 0; *nbundles > 0 && i < t->contract.ninputs; i++) {
		const struct attempt_input *in = &t->inputs[i];
		int is_table;

		if (!in->slot->entity)
			continue;
		is_table = table_of(t, in->slot->entity, in->slot->source_path, in->fd, in->profile, &pack,
		    &tables[*ntables], err);
		if (is_table < 0)
			return -1;
		for (size_t k = 0; is_table && k < *nbundles; k++) {
			if (bundles[k].input || strcmp(bundles[k].output->slot->entity, in->slot->entity) != 0)
				continue;
			bundles[k].input = &tables[*ntables];
			bundles[k].input_name = in->slot->name;
		}
		*ntables += is_table > 0;
	}
	return 0;
}

static const struct receipt_row *
rows_of(struct attempt *t, const struct rules_outcome *o)
{
	struct receipt_row *rows = ARENA_ARRAY(t->a, o->nbreaks, struct receipt_row);

	for (size_t i = 0; i < o->nbreaks; i++)
		rows[i] = (struct receipt_row){.row = o->breaks[i].row, .column = o->breaks[i].column,
		    .value = o->breaks[i].value, .message = o->breaks[i].message};
	return rows;
}

/* A step that the compiler inserted writes the rows of its one input in another way. */
static bool
is_adapter(const struct attempt *t)
{
	return t->contract.ninputs == 1 && jx_is(jx_find(t->contract.document, "adapter"), JX_OBJECT);
}

/*
 * Does the input break the rule at least as often? What an adapter reads cannot always be judged (its columns have
 * other names, it is YAML); then it is the rows it was given that break the rule, and not the adapter.
 */
static int
is_inherited(struct attempt *t, const struct bundle *b, const struct rules_outcome *o, const struct rules_table *tables,
    size_t ntables, bool *out, struct err *err)
{
	struct rules_outcome before;

	*out = o->verdict == RULES_BROKEN && !b->input && is_adapter(t);
	if (o->verdict != RULES_BROKEN || !b->input)
		return 0;
	if (rules_run(t->a, o->rule, 1, b->input, tables, ntables, NULL, &before, err) < 0)
		return -1;
	*out = before.verdict == RULES_BROKEN && before.broken >= o->broken;
	return 0;
}

static void
tell(struct attempt *t, const struct bundle *b, const struct rules_outcome *o, bool inherited)
{
	const struct attempt_output *output = b->output;
	struct receipt_validator *v = &t->validators[t->nvalidators++];
	const char *path = output->slot->path;

	*v = (struct receipt_validator){.id = o->rule->id, .severity = o->rule->is_error ? "error" : "warning",
	    .output = output->slot->name, .verdict = rules_verdict_name(o->verdict), .judged = o->judged,
	    .unjudged = o->unjudged, .broken = o->broken, .why = o->why, .rows = rows_of(t, o), .nrows = o->nbreaks};
	v->inherited_from = !inherited ? NULL : b->input ? b->input_name : t->inputs[0].slot->name;
	if (o->verdict != RULES_BROKEN || !o->rule->is_error || inherited)
		return;
	struct receipt_place place = {.file = path, .row = o->breaks[0].row};
	bool is_first = t->failure == NULL;
	attempt_fail_at(t, "contract", true, &place, "The output `%s` (%s) breaks the rule %s %s: %s", output->slot->name,
	    path, o->rule->id, o->broken == 1 ? "once" : arena_printf(t->a, "%" PRIu64 " times", o->broken),
	    o->breaks[0].message);
	if (is_first)
		attempt_rows(t, v->rows, v->nrows, o->broken);
}

int
validators_verify(struct attempt *t, struct err *err)
{
	struct bundle *bundles = ARENA_ARRAY(t->a, t->contract.noutputs, struct bundle);
	struct rules_table *tables = ARENA_ARRAY(t->a, t->contract.noutputs + t->contract.ninputs, struct rules_table);
	size_t ntables = 0, nbundles = 0, n = 0;

	if (jx_size(jx_find(t->contract.document, "validators")) == 0)
		return 0;
	if (gather(t, tables, &ntables, bundles, &nbundles, err) < 0)
		return -1;
	for (size_t i = 0; i < nbundles; i++)
		n += bundles[i].n;
	t->validators = ARENA_ARRAY(t->a, n, struct receipt_validator);
	for (size_t i = 0; i < nbundles; i++) {
		struct rules_outcome *out = ARENA_ARRAY(t->a, bundles[i].n, struct rules_outcome);

		for (size_t k = 0; bundles[i].why && k < bundles[i].n; k++)
			out[k] = (struct rules_outcome){.rule = &bundles[i].rules[k], .verdict = RULES_NOT_CHECKED,
			    .why = bundles[i].why};
		if (!bundles[i].why && rules_run(t->a, bundles[i].rules, bundles[i].n, &bundles[i].table, tables, ntables, NULL,
		    out, err) < 0)
			return err_wrap(err, "the rules of %s", bundles[i].table.entity->id);
		for (size_t k = 0; k < bundles[i].n; k++) {
			bool inherited;

			if (is_inherited(t, &bundles[i], &out[k], tables, ntables, &inherited, err) < 0)
				return err_wrap(err, "the rule %s", out[k].rule->id);
			tell(t, &bundles[i], &out[k], inherited);
		}
	}
	return t->failure ? -1 : 0;
}
