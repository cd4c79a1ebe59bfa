/* SPDX-License-Identifier: Apache-2.0 */
/* Phase 8: are the outputs what the contract declares? Over all rows, never a sample. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/num.h"
#include "runner/attempt.h"
#include "types/table.h"

#define KEY_MEMORY_BYTES ((size_t)256 * 1024 * 1024)
#define KEY_COLUMNS_MAX 16

/* ---- there, and sound ---------------------------------------------------------------------------------- */

static int
fail_missing(struct attempt *t, const struct attempt_output *o)
{
	const char *path = o->slot->path;
	struct receipt_place place = {.file = path};
	for (size_t i = 0; i < t->nrefused; i++)
		if (strcmp(t->refused[i].path, path) == 0)
			return attempt_fail_at(t, "contract", true, &place, "The output `%s` (%s) is %s, "
			    "not a plain file.", o->slot->name, path, t->refused[i].reason);
	for (size_t i = 0; i < t->nundeclared; i++)
		if (t->undeclared[i].near && strcmp(t->undeclared[i].near, path) == 0)
			return attempt_fail_at(t, "contract", true, &place, "The declared output `%s` was "
			    "not written at %s. There is %s, which is not declared: is it meant?",
			    o->slot->name, path, t->undeclared[i].path);
	return attempt_fail_at(t, "contract", true, &place, "The declared output `%s` was not written "
	    "at %s.", o->slot->name, path);
}

static int
verify_sound(struct attempt *t, const struct attempt_output *o, struct err *err)
{
	const struct artifact_profile *p = &o->profile;
	if (!o->is_there)
		return fail_missing(t, o);
	if (!p->parse_ok) {
		struct receipt_place place = {.file = o->slot->path, .row = p->fault.row,
		    .line = p->fault.line, .column = p->fault.column};
		return attempt_fail_at(t, "contract", true, &place, "The output `%s` (%s) is not a sound "
		    "%s: %s", o->slot->name, o->slot->path, o->slot->kind, p->fault.message);
	}
	if (o->slot->json_schema && schema_verify(t, o, err) < 0)
		return -1;
	if (o->slot->entity)
		return entity_verify(t, "output", "contract", o->slot->path, o->slot->entity, o->fd, p,
		    err);
	return 0;
}

/* ---- keys and row counts ------------------------------------------------------------------------------- */

struct table { /* an input or output by its handle */
	const char *handle; /* "outputs.x" */
	const char *path;
	int fd;
	const struct artifact_profile *profile;
};

/* "inputs.applicability" or "outputs.discrepancies"; false when there is none or it has no rows. */
static bool
find_table(struct attempt *t, const char *handle, struct table *out)
{
	for (size_t i = 0; strncmp(handle, "outputs.", 8) == 0 && i < t->contract.noutputs; i++) {
		const struct attempt_output *o = &t->outputs[i];
		if (strcmp(o->slot->name, handle + 8) == 0 && o->is_there && o->profile.rows >= 0) {
			*out = (struct table){handle, o->slot->path, o->fd, &o->profile};
			return true;
		}
	}
	for (size_t i = 0; strncmp(handle, "inputs.", 7) == 0 && i < t->contract.ninputs; i++) {
		const struct attempt_input *in = &t->inputs[i];
		if (strcmp(in->slot->name, handle + 7) == 0 && in->fd >= 0 && in->profile->rows >= 0) {
			*out = (struct table){handle, in->slot->source_path, in->fd, in->profile};
			return true;
		}
	}
	return false;
}

static const char *
join(struct attempt *t, const char *const *columns, size_t n)
{
	struct buf b;
	buf_init(&b, t->a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", columns[i]);
	return buf_take(&b);
}

static int
fail_key(struct attempt *t, const struct table *table, const struct key_check *k,
    const char *columns, const char **detail)
{
	struct receipt_place place = {.file = table->path, .row = k->duplicate_row};
	if (k->missing_column) {
		*detail = arena_printf(t->a, "there is no column `%s`", k->missing_column);
	} else if (k->duplicate_row) {
		*detail = arena_printf(t->a, "row %" PRIu64 " repeats row %" PRIu64 ": (%s) is '%s' in both",
		    k->duplicate_row, k->first_row, columns, k->duplicate_value);
	} else if (k->verdict == KEY_UNDECIDED) {
		*detail = arena_printf(t->a, "%" PRIu64 " rows are too many to decide within %zu bytes",
		    k->rows, KEY_MEMORY_BYTES);
	} else {
		*detail = arena_printf(t->a, "%" PRIu64 " rows have an empty value in (%s)", k->nulls,
		    columns);
	}
	attempt_fail_at(t, "contract", true, &place, "In %s the columns (%s) do not identify a row: %s.",
	    table->path, columns, *detail);
	if (k->duplicate_row) {
		struct receipt_row rows[2] = {
		    {.row = k->first_row, .column = columns, .value = k->duplicate_value,
			.message = "first of the two"},
		    {.row = k->duplicate_row, .column = columns, .value = k->duplicate_value,
			.message = "the same key again"}};
		attempt_rows(t, rows, 2, k->rows - k->distinct);
	}
	return -1;
}

/* The profile has looked at every row already: a key within the columns, and nothing empty in them. */
static bool
profile_shows_key(const struct artifact_profile *p, const char *const *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct column_profile *c = profile_column(p, columns[i]);
		if (!c || c->nulls > 0)
			return false;
	}
	return profile_key(p, columns, n) == KEY_YES;
}

/* Every row of the table is looked at. */
static int
verify_key(struct attempt *t, const struct table *table, const struct jx *names, const char *says,
    struct err *err)
{
	const char *columns[KEY_COLUMNS_MAX], *detail;
	size_t n = jx_size(names);
	struct key_check k;
	if (n == 0 || n > KEY_COLUMNS_MAX)
		return attempt_fail(t, "contract", false, "A key of %s has %zu columns.", table->path, n);
	for (size_t i = 0; i < n; i++)
		columns[i] = jx_str(jx_at(names, i), "");
	if (table->profile->rows == 0) {
		attempt_criterion(t, says, true, "no rows");
		return 0;
	}
	if (profile_shows_key(table->profile, columns, n)) {
		attempt_criterion(t, says, true, arena_printf(t->a, "%" PRId64 " rows, %" PRId64 " keys",
		    table->profile->rows, table->profile->rows));
		return 0;
	}
	if (table_key_check(t->a, table->fd, kind_format(table->profile->kind), columns, n,
	    KEY_MEMORY_BYTES, &k, err) < 0)
		return err_wrap(err, "%s", table->path);
	if (k.verdict != KEY_YES) {
		fail_key(t, table, &k, join(t, columns, n), &detail);
		attempt_criterion(t, says, false, detail);
		return -1;
	}
	attempt_criterion(t, says, true, arena_printf(t->a, "%" PRIu64 " rows, %" PRIu64 " keys",
	    k.rows, k.distinct));
	return 0;
}

/* A side of a row equation: a handle's row count, or a number. */
static int
count_rows(struct attempt *t, const struct jx *side, int64_t *out)
{
	struct table table;
	const char *s = jx_str(side, NULL);
	if (jx_is(side, JX_NUMBER)) {
		*out = jx_int(side, -1);
		return *out >= 0 ? 0 : attempt_fail(t, "contract", false, "A criterion compares with a "
		    "number that is not a row count.");
	}
	if (s && num_parse(s, strlen(s), 0, INT64_MAX, out, NULL) == 0)
		return 0;
	if (!s || !find_table(t, s, &table))
		return attempt_fail(t, "contract", false, "A criterion counts the rows of `%s`, which is no "
		    "table of this step.", s ? s : "");
	*out = table.profile->rows;
	return 0;
}

static bool
compare(int64_t left, const char *op, int64_t right, bool *out)
{
	if (strcmp(op, "==") == 0)
		*out = left == right;
	else if (strcmp(op, "!=") == 0)
		*out = left != right;
	else if (strcmp(op, "<") == 0)
		*out = left < right;
	else if (strcmp(op, "<=") == 0)
		*out = left <= right;
	else if (strcmp(op, ">") == 0)
		*out = left > right;
	else if (strcmp(op, ">=") == 0)
		*out = left >= right;
	else
		return false;
	return true;
}

static const char *
side_name(const struct jx *side)
{
	return jx_is(side, JX_NUMBER) ? "the number" : jx_str(side, "");
}

static int
verify_rows(struct attempt *t, const struct jx *left, const char *op, const struct jx *right,
    const char *says)
{
	int64_t l, r;
	bool is_so;
	if (count_rows(t, left, &l) < 0 || count_rows(t, right, &r) < 0)
		return -1;
	if (!compare(l, op, r, &is_so))
		return attempt_fail(t, "contract", false, "A criterion compares with '%s'.", op);
	const char *detail = arena_printf(t->a, "%" PRId64 " %s %" PRId64, l, op, r);
	attempt_criterion(t, says, is_so, detail);
	if (is_so)
		return 0;
	return attempt_fail(t, "contract", true, "%s: not so. rows(%s) is %" PRId64 ", rows(%s) is %"
	    PRId64 ".", says, side_name(left), l, side_name(right), r);
}

/* ---- what the contract asks for ------------------------------------------------------------------------ */

/* A table's grain: its key, and how many rows it has beside the table that it comes from. */
static int
verify_grain(struct attempt *t, const struct attempt_output *o, struct err *err)
{
	struct table table;
	const struct jx *grain = o->slot->grain;
	const char *handle = arena_printf(t->a, "outputs.%s", o->slot->name);
	const char *relation = jx_str(jx_find(grain, "relation"), "");
	const char *of = jx_str(jx_find(grain, "of"), NULL);
	if (!find_table(t, handle, &table))
		return attempt_fail(t, "contract", false, "The output `%s` has a grain, but a %s has no "
		    "rows.", o->slot->name, o->slot->kind);
	const struct jx *key = jx_find(grain, "key");
	if (verify_key(t, &table, key, arena_printf(t->a, "grain of %s", handle), err) < 0)
		return -1;
	bool is_same = strcmp(relation, "same") == 0, is_subset = strcmp(relation, "subset") == 0;
	if (!of || strcmp(relation, "new") == 0)
		return 0;
	/* a join's right side was shown unique by the compiler, so it has at most the left side's rows */
	struct jx left = {.type = JX_STRING}, right = {.type = JX_STRING};
	const char *from = arena_printf(t->a, "inputs.%s", of);
	const char *says = arena_printf(t->a, "%s is `%s` of %s", handle, relation, from);
	left.u.text.p = handle;
	left.u.text.n = strlen(handle);
	right.u.text.p = from;
	right.u.text.n = strlen(from);
	if (verify_rows(t, &left, is_same ? "==" : "<=", &right, says) < 0)
		return -1;
	struct table input;
	if ((!is_same && !is_subset) || !find_table(t, from, &input))
		return 0;
	struct subset_side out_side = {table.path, table.fd, table.profile};
	struct subset_side in_side = {input.path, input.fd, input.profile};
	return subset_verify(t, &out_side, &in_side, key, arena_printf(t->a, "each row of %s comes from %s",
	    handle, from), err);
}

static int
verify_criterion(struct attempt *t, const struct jx *c, struct err *err)
{
	const char *type = jx_str(jx_find(c, "type"), "");
	const char *says = jx_str(jx_find(c, "says"), type);
	if (strcmp(type, "rows") == 0)
		return verify_rows(t, jx_find(c, "left"), jx_str(jx_find(c, "op"), ""),
		    jx_find(c, "right"), says);
	if (strcmp(type, "key") == 0) {
		struct table table;
		const char *of = jx_str(jx_find(c, "of"), "");
		if (!find_table(t, of, &table))
			return attempt_fail(t, "contract", false, "A criterion asks for a key of `%s`, which "
			    "is no table of this step.", of);
		return verify_key(t, &table, jx_find(c, "columns"), says, err);
	}
	return attempt_fail(t, "contract", false, "The contract has a criterion of type `%s`, which "
	    "this runner cannot check.", type);
}

/* ---- what the policy asks for ---------------------------------------------------------------------------- */

/* A row that cannot be named cannot be traced: each has its columns, filled in, and no other row has the same. */
static int
verify_named_rows(struct attempt *t, const struct jx *rows, struct err *err)
{
	for (size_t i = 0; i < jx_size(rows); i++) {
		const struct jx *r = jx_at(rows, i);
		const char *handle = arena_printf(t->a, "outputs.%s", jx_str(jx_find(r, "output"), ""));
		struct table table;
		if (!find_table(t, handle, &table))
			return attempt_fail(t, "contract", false, "The policy asks for rows that can be traced, and `%s` "
			    "is no table of this step.", handle);
		if (verify_key(t, &table, jx_find(r, "columns"),
		    arena_printf(t->a, "every row of %s can be named", handle), err) < 0 && !t->failure)
			return -1;
	}
	return t->failure ? -1 : 0;
}

/* Nothing is published of which a source that the plan names was not there. */
static int
verify_sources(struct attempt *t)
{
	const struct contract *c = &t->contract;
	bool publishes = false;
	for (size_t i = 0; i < c->noutputs; i++)
		publishes |= c->outputs[i].is_deliverable;
	for (size_t i = 0; publishes && i < c->ninputs; i++)
		if (t->inputs[i].fd < 0)
			return attempt_fail(t, "policy", false, "The policy %s publishes nothing whose sources are not "
			    "complete, and the input `%s` (%s) was not there.",
			    jx_str(jx_find(c->document, "policy"), ""), c->inputs[i].name, c->inputs[i].source_path);
	return 0;
}

static int
verify_provenance(struct attempt *t, struct err *err)
{
	const struct jx *p = jx_find(t->contract.document, "provenance");
	if (jx_bool(jx_find(p, "block_publish"), false) && verify_sources(t) < 0)
		return -1;
	return verify_named_rows(t, jx_find(p, "rows"), err);
}

int
outputs_verify(struct attempt *t, struct err *err)
{
	const struct contract *c = &t->contract;
	for (size_t i = 0; i < c->noutputs; i++)
		if (verify_sound(t, &t->outputs[i], err) < 0)
			return -1;
	/* from here on every check is made and told, also after one that failed */
	for (size_t i = 0; i < c->noutputs; i++)
		if (c->outputs[i].grain && verify_grain(t, &t->outputs[i], err) < 0 && !t->failure)
			return -1;
	for (size_t i = 0; i < jx_size(c->criteria); i++)
		if (verify_criterion(t, jx_at(c->criteria, i), err) < 0 && !t->failure)
			return -1;
	if (verify_provenance(t, err) < 0 && !t->failure)
		return -1;
	if (validators_verify(t, err) < 0 && !t->failure)
		return -1;
	return t->failure ? -1 : 0;
}
