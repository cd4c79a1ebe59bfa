/* SPDX-License-Identifier: Apache-2.0 */
#include "types/table.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "types/hashset.h"
#include "types/rows.h"

#define PROBLEMS_MAX_DEFAULT 20
#define KEY_BYTES_DEFAULT ((size_t)64 << 20)
#define KEY_COLUMNS_MAX 64

/* ---- table_check ------------------------------------------------------------------------------------ */

struct checker {
	struct arena *a;
	const struct column_spec *specs;
	size_t nspecs;
	int *columns; /* [nspecs]: index in the file, -1 missing */
	struct rows *rows;
	struct table_check *out;
	struct table_problem *problems;
	size_t kept[PROBLEM__COUNT];
	size_t max;
};

static struct table_problem *
keep(struct checker *c, enum table_problem_class class)
{
	struct table_problem *p;

	if (c->kept[class] >= c->max)
		return NULL;
	c->kept[class]++;
	p = &c->problems[c->out->nproblems++];
	p->class = class;
	return p;
}

/* Letters that two names share in order, per cent of the longer: enough to name the nearest header. */
static unsigned
likeness(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), hits = 0, from = 0;

	for (size_t i = 0; i < na; i++)
		for (size_t k = from; k < nb; k++)
			if (a[i] == b[k]) {
				hits++;
				from = k + 1;
				break;
			}
	return (unsigned)(hits * 100 / (na > nb ? na : nb ? nb : 1));
}

static void
note_missing(struct checker *c, const struct column_spec *spec)
{
	struct table_problem *p;
	const char *nearest = "";
	unsigned best = 59;

	c->out->missing_columns++;
	p = keep(c, PROBLEM_MISSING_COLUMN);
	if (!p)
		return;
	for (size_t i = 0; i < rows_columns(c->rows); i++)
		if (likeness(spec->name, rows_column(c->rows, i)) > best) {
			best = likeness(spec->name, rows_column(c->rows, i));
			nearest = rows_column(c->rows, i);
		}
	p->row = 1;
	p->line = 1;
	p->name = spec->name;
	p->value = arena_str(c->a, nearest);
	p->expected = arena_printf(c->a, "a column '%s'", spec->name);
}

static void
note_cell(struct checker *c, enum table_problem_class class, const struct row *row, size_t spec, const struct cell *cell, const char *expected)
{
	struct table_problem *p = keep(c, class);
	char shown[VALUE_SHOW_BYTES];

	if (!p)
		return;
	value_show(cell->p, cell->n, shown);
	p->row = row->row;
	p->line = row->line;
	p->column = (uint64_t)c->columns[spec] + 1;
	p->name = c->specs[spec].name;
	p->value = arena_str(c->a, shown);
	p->expected = arena_str(c->a, expected);
}

static void
check_row(struct checker *c, const struct row *row)
{
	static const struct cell missing = {"", 0, CELL_MISSING};
	char reason[256];

	for (size_t i = 0; i < c->nspecs; i++) {
		const struct column_spec *s = &c->specs[i];
		int at = c->columns[i];
		const struct cell *cell;
		if (at < 0)
			at = c->columns[i] = rows_find_column(c->rows, s->name); /* JSON rows grow columns */
		if (at < 0)
			continue;
		cell = (size_t)at < row->ncells ? &row->cells[at] : &missing;
		if (cell->type == CELL_NULL || cell->type == CELL_MISSING) {
			if (s->is_required) {
				c->out->nulls++;
				note_cell(c, PROBLEM_NULL, row, i, cell, "a value");
			}
		} else if (!value_conforms(s->type, cell->type, cell->p, cell->n, s->values, s->nvalues, reason)) {
			c->out->bad_values++;
			note_cell(c, PROBLEM_VALUE, row, i, cell, reason);
		}
	}
}

static int
scan_table(struct checker *c, bool stop_at_max, struct err *err)
{
	const struct row *row;
	enum rows_result r = rows_open(c->rows, err);

	for (size_t i = 0; r == ROWS_ROW && i < c->nspecs; i++)
		c->columns[i] = rows_find_column(c->rows, c->specs[i].name);
	while (r == ROWS_ROW && (r = rows_next(c->rows, &row, err)) == ROWS_ROW) {
		c->out->rows++;
		check_row(c, row);
		if (stop_at_max && c->out->bad_values >= c->max)
			return 0;
	}
	if (r == ROWS_ERR)
		return -1;
	c->out->is_complete = r == ROWS_END;
	c->out->parse_ok = r == ROWS_END;
	if (r == ROWS_FAULT)
		c->out->fault = *rows_fault(c->rows);
	return 0;
}

int
table_check(struct arena *a, int fd, enum format format, const struct column_spec *specs, size_t nspecs,
    const struct table_check_options *opt, struct table_check *out, struct err *err)
{
	struct table_check result = {.parse_ok = true};
	struct checker c = {.a = a, .specs = specs, .nspecs = nspecs, .out = &result};
	int rc;

	if (format != FORMAT_CSV && format != FORMAT_TSV && format != FORMAT_JSON_ROWS)
		return err_set(err, E_USAGE, "%s is not a table", format_words(format));
	c.max = opt && opt->problems_max ? opt->problems_max : PROBLEMS_MAX_DEFAULT;
	c.problems = ARENA_ARRAY(a, c.max * PROBLEM__COUNT, struct table_problem);
	c.columns = ARENA_ARRAY(a, nspecs, int);
	c.rows = rows_new(a, fd, format);
	result.problems = c.problems;
	rc = scan_table(&c, opt && opt->stop_at_max, err);
	/* In JSON rows a column may first appear late, so what is missing is known at the end. */
	for (size_t i = 0; rc == 0 && result.parse_ok && i < nspecs; i++)
		if (specs[i].is_required && rows_find_column(c.rows, specs[i].name) < 0 &&
		    (format != FORMAT_JSON_ROWS || result.rows > 0))
			note_missing(&c, &specs[i]);
	rows_release(c.rows);
	if (rc == 0)
		*out = result;
	return rc;
}

/* ---- table_key_check -------------------------------------------------------------------------------- */

struct keyer {
	struct arena *a;
	struct rows *rows;
	const char *const *names;
	size_t n;
	int at[KEY_COLUMNS_MAX];
	size_t seen; /* columns known when at was filled; JSON rows may bring more */
};

/* False when a cell among the columns is null or missing. */
static bool
key_hash(const struct keyer *k, const struct hashset *set, const struct row *row, uint64_t *out)
{
	uint64_t h = 0;

	for (size_t i = 0; i < k->n; i++) {
		const struct cell *c = k->at[i] >= 0 && (size_t)k->at[i] < row->ncells ? &row->cells[k->at[i]] : NULL;
		if (!c || c->type == CELL_NULL || c->type == CELL_MISSING)
			return false;
		h = hashset_value(set, h, c->p, c->n);
	}
	*out = h;
	return true;
}

static const char *
key_text(const struct keyer *k, const struct row *row)
{
	struct buf b;
	char shown[VALUE_SHOW_BYTES];

	buf_init(&b, k->a);
	for (size_t i = 0; i < k->n; i++) {
		const struct cell *c = &row->cells[k->at[i]];
		value_show(c->p, c->n, shown);
		buf_printf(&b, "%s%s", i ? ", " : "", shown);
	}
	return buf_take(&b);
}

static void
find_columns(struct keyer *k)
{
	if (k->seen == rows_columns(k->rows))
		return;
	k->seen = rows_columns(k->rows);
	for (size_t i = 0; i < k->n; i++)
		k->at[i] = rows_find_column(k->rows, k->names[i]);
}

/* Exact bytes of the key in a row, lengths in front, for the second look. */
static char *
key_bytes(const struct keyer *k, const struct row *row, size_t *n)
{
	struct buf b;

	buf_init(&b, k->a);
	for (size_t i = 0; i < k->n; i++) {
		const struct cell *c = &row->cells[k->at[i]];
		buf_add(&b, &c->n, sizeof c->n);
		buf_add(&b, c->p, c->n);
	}
	*n = b.len;
	return buf_take(&b);
}

/* The two rows again: did they really carry the same values, or only the same hash? 1 yes, 0 no, -1 err. */
static int
confirm(struct keyer *k, int fd, enum format format, uint64_t first, uint64_t second, struct err *err)
{
	struct rows *rows = rows_new(k->a, fd, format);
	struct keyer again = *k;
	const struct row *row;
	char *want = NULL;
	size_t want_n = 0, n;
	enum rows_result r = rows_open(rows, err);
	int same = 0;

	again.rows = rows;
	again.seen = 0;
	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW) {
		find_columns(&again);
		if (row->row == first)
			want = key_bytes(&again, row, &want_n);
		if (row->row == second) {
			const char *got = key_bytes(&again, row, &n);
			same = want && n == want_n && memcmp(got, want, n) == 0;
			break;
		}
	}
	rows_release(rows);
	return r == ROWS_ERR ? -1 : same;
}

static int
scan_keys(struct keyer *k, struct hashset *set, struct key_check *out, bool *is_capped, struct err *err)
{
	const struct row *row;
	enum rows_result r = rows_open(k->rows, err);

	while (r == ROWS_ROW && (r = rows_next(k->rows, &row, err)) == ROWS_ROW) {
		struct hashset_entry *e;
		uint64_t hash;
		out->rows++;
		find_columns(k);
		if (!key_hash(k, set, row, &hash)) {
			out->nulls++;
			continue;
		}
		e = *is_capped ? NULL : hashset_add(set, hash, row->row);
		if (!e) {
			*is_capped = true;
			continue;
		}
		if (e->count > out->rows_max_per_key)
			out->rows_max_per_key = e->count;
		if (e->count == 2 && out->duplicate_row == 0) {
			out->duplicate_row = row->row;
			out->first_row = e->first;
			out->duplicate_value = key_text(k, row);
		}
	}
	if (r == ROWS_ERR)
		return -1;
	out->parse_ok = r == ROWS_END;
	if (r == ROWS_FAULT)
		out->fault = *rows_fault(k->rows);
	out->distinct = hashset_count(set);
	return 0;
}

static const char *
missing_column(const struct keyer *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (rows_find_column(k->rows, k->names[i]) < 0)
			return k->names[i];
	return NULL;
}

int
table_key_check(struct arena *a, int fd, enum format format, const char *const *columns, size_t ncolumns,
    size_t memory_bytes_max, struct key_check *out, struct err *err)
{
	struct key_check result = {.verdict = KEY_NO};
	struct keyer k = {.a = a, .names = columns, .n = ncolumns};
	struct hashset *set;
	bool is_capped = false;
	int rc, same = 1;

	if (format != FORMAT_CSV && format != FORMAT_TSV && format != FORMAT_JSON_ROWS)
		return err_set(err, E_USAGE, "%s is not a table", format_words(format));
	if (ncolumns == 0 || ncolumns > KEY_COLUMNS_MAX)
		return err_set(err, E_USAGE, "a key has 1 to %d columns", KEY_COLUMNS_MAX);
	set = hashset_new(memory_bytes_max ? memory_bytes_max : KEY_BYTES_DEFAULT);
	k.rows = rows_new(a, fd, format);
	rc = scan_keys(&k, set, &result, &is_capped, err);
	if (rc == 0 && result.parse_ok && (result.rows > 0 || format != FORMAT_JSON_ROWS))
		result.missing_column = missing_column(&k);
	rows_release(k.rows);
	hashset_free(set);
	if (rc == 0 && result.duplicate_row)
		same = confirm(&k, fd, format, result.first_row, result.duplicate_row, err);
	if (rc < 0 || same < 0)
		return -1;
	result.is_exact = !is_capped;
	if (!result.parse_ok || result.missing_column || result.nulls || (result.duplicate_row && same))
		result.verdict = KEY_NO;
	else
		result.verdict = is_capped || result.duplicate_row ? KEY_UNDECIDED : KEY_YES;
	*out = result;
	return 0;
}
