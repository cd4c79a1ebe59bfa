/* SPDX-License-Identifier: Apache-2.0 */
#include "types/table.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"
#include "types/hash.h"
#include "types/keyset.h"
#include "types/mem.h"
#include "types/parquet.h"
#include "types/rows.h"

#define PROBLEMS_MAX_DEFAULT 20
#define KEY_BYTES_DEFAULT ((size_t)64 << 20)
#define KEY_COLUMNS_MAX 64

static bool
is_table(enum format format)
{
	return format == FORMAT_CSV || format == FORMAT_TSV || format == FORMAT_JSON_ROWS || format == FORMAT_PARQUET;
}

/* ---- table_check ---- */

struct checker {
	struct arena *a;
	const struct column_spec *specs;
	size_t nspecs;
	int *columns; /* [nspecs]: index in the file, -1 missing */
	size_t known; /* columns of the file when these were looked up; JSON rows may bring more */
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

/* Letters that two names share in order, per cent of the longer: enough to name the nearest header.
 */
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
note_cell(struct checker *c, enum table_problem_class class, const struct row *row, size_t spec,
    const struct cell *cell, const char *expected)
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
find_spec_columns(struct checker *c)
{
	if (c->known == rows_columns(c->rows))
		return;
	c->known = rows_columns(c->rows);
	for (size_t i = 0; i < c->nspecs; i++)
		c->columns[i] = rows_find_column(c->rows, c->specs[i].name);
}

static void
check_row(struct checker *c, const struct row *row)
{
	static const struct cell missing = {"", 0, CELL_MISSING};
	char reason[256];

	find_spec_columns(c);
	for (size_t i = 0; i < c->nspecs; i++) {
		const struct column_spec *s = &c->specs[i];
		int at = c->columns[i];
		const struct cell *cell;
		if (at < 0)
			continue;
		cell = (size_t)at < row->ncells ? &row->cells[at] : &missing;
		if (cell->type == CELL_NULL || cell->type == CELL_MISSING) {
			if (s->is_required) {
				c->out->nulls++;
				note_cell(c, PROBLEM_NULL, row, i, cell, "a value");
			}
		} else if (!value_conforms(s->type, cell->type, cell->p, cell->n, s->values,
			       s->nvalues, reason)) {
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
table_check(struct arena *a, int fd, enum format format, const struct column_spec *specs,
    size_t nspecs, const struct table_check_options *opt, struct table_check *out, struct err *err)
{
	struct table_check result = {.parse_ok = true};
	struct checker c = {.a = a, .specs = specs, .nspecs = nspecs, .out = &result};
	int rc;

	if (!is_table(format))
		return err_set(err, E_USAGE, "%s is not a table", format_words(format));
	c.max = opt && opt->problems_max ? opt->problems_max : PROBLEMS_MAX_DEFAULT;
	c.problems = ARENA_ARRAY(a, c.max * PROBLEM__COUNT, struct table_problem);
	c.columns = ARENA_ARRAY(a, nspecs, int);
	for (size_t i = 0; i < nspecs; i++)
		c.columns[i] = -1;
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

/* ---- table_key_check ---- */

struct keyer {
	struct arena *a;
	int fd;
	enum format format;
	const struct parquet_spool *spool; /* Parquet: opened once for all readings */
	struct rows *rows;
	const char *const *names; /* [n] */
	size_t n;
	int at[KEY_COLUMNS_MAX];
	size_t known;    /* columns of the file when at was filled; JSON rows may bring more */
	struct mem text; /* the exact key of one row: for each cell its type, length and bytes */
	size_t text_n;
};

static struct rows *
restart(struct keyer *k)
{
	k->rows = k->spool ? rows_new_spool(k->a, k->spool) : rows_new(k->a, k->fd, k->format);
	k->known = 0;
	for (size_t i = 0; i < k->n; i++)
		k->at[i] = -1;
	return k->rows;
}

static void
find_key_columns(struct keyer *k)
{
	if (k->known == rows_columns(k->rows))
		return;
	k->known = rows_columns(k->rows);
	for (size_t i = 0; i < k->n; i++)
		k->at[i] = rows_find_column(k->rows, k->names[i]);
}

static void
put_cell(struct keyer *k, const struct cell *c)
{
	size_t head = sizeof c->type + sizeof c->n;
	char *to;

	mem_reserve(&k->text, k->text_n + head + c->n, k->text_n);
	to = (char *)k->text.p + k->text_n;
	memcpy(to, &c->type, sizeof c->type);
	memcpy(to + sizeof c->type, &c->n, sizeof c->n);
	memcpy(to + head, c->p, c->n);
	k->text_n += head + c->n;
}

/* The key of a row, into k->text. False when a cell among the columns is null or missing. */
static bool
take_key(struct keyer *k, const struct row *row)
{
	find_key_columns(k);
	k->text_n = 0;
	for (size_t i = 0; i < k->n; i++) {
		const struct cell *c =
		    k->at[i] >= 0 && (size_t)k->at[i] < row->ncells ? &row->cells[k->at[i]] : NULL;
		if (!c || c->type == CELL_NULL || c->type == CELL_MISSING)
			return false;
		put_cell(k, c);
	}
	return true;
}

static const char *
shown_key(const struct keyer *k, const struct row *row)
{
	const char *all = "";
	char shown[VALUE_SHOW_BYTES];

	for (size_t i = 0; i < k->n; i++) {
		const struct cell *c = &row->cells[k->at[i]];
		value_show(c->p, c->n, shown);
		all = arena_printf(k->a, "%s%s%s", all, i ? ", " : "", shown);
	}
	return all;
}

/* The first row that has this exact key; 0 when none before row `below` has: then only hashes
 * agreed. */
static int
find_first(struct keyer *k, const char *key, size_t key_n, uint64_t below, uint64_t *first,
    struct err *err)
{
	struct rows *rows = restart(k);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);

	*first = 0;
	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW && row->row < below)
		if (take_key(k, row) && k->text_n == key_n && memcmp(k->text.p, key, key_n) == 0) {
			*first = row->row;
			break;
		}
	rows_release(rows);
	return r == ROWS_ERR ? -1 : 0;
}

struct repeat {
	const char *key; /* exact, of the first row that repeats another's hash; NULL: none */
	size_t n;
};

static int
scan_keys(struct keyer *k, struct keyset *set, struct key_check *out, struct repeat *repeat,
    struct err *err)
{
	struct rows *rows = restart(k);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	struct hash_key hash_key;

	rnd_bytes(&hash_key, sizeof hash_key);
	out->is_exact = true;
	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW) {
		enum keyset_result seen;
		out->rows++;
		if (!take_key(k, row)) {
			out->nulls++;
			continue;
		}
		seen = keyset_add(set, hash_bytes(&hash_key, k->text.p, k->text_n));
		if (seen == KEYSET_FULL)
			out->is_exact = false;
		if (seen == KEYSET_SEEN && !repeat->key) {
			repeat->key = arena_dup(k->a, k->text.p, k->text_n);
			repeat->n = k->text_n;
			out->duplicate_row = row->row;
			out->duplicate_value = shown_key(k, row);
		}
	}
	out->parse_ok = r != ROWS_FAULT;
	if (r == ROWS_FAULT)
		out->fault = *rows_fault(rows);
	out->distinct = set->n;
	out->rows_max_per_key = set->count_max;
	for (size_t i = 0; r == ROWS_END && i < k->n; i++)
		if (rows_find_column(rows, k->names[i]) < 0 &&
		    (out->rows > 0 || k->format != FORMAT_JSON_ROWS)) {
			out->missing_column = k->names[i];
			break;
		}
	rows_release(rows);
	return r == ROWS_ERR ? -1 : 0;
}

int
table_key_check(struct arena *a, int fd, enum format format, const char *const *columns,
    size_t ncolumns, size_t memory_bytes_max, struct key_check *out, struct err *err)
{
	struct key_check result = {.verdict = KEY_NO};
	struct budget budget = {
	    .max_bytes = memory_bytes_max ? memory_bytes_max : KEY_BYTES_DEFAULT};
	struct keyer *k = ARENA_NEW(a, struct keyer);
	struct keyset *set = ARENA_NEW(a, struct keyset);
	struct repeat repeat = {0};
	struct parquet_spool spool;
	int rc;

	if (!is_table(format))
		return err_set(err, E_USAGE, "%s is not a table", format_words(format));
	if (ncolumns == 0 || ncolumns > KEY_COLUMNS_MAX)
		return err_set(err, E_USAGE, "a key has 1 to %d columns", KEY_COLUMNS_MAX);
	*k = (struct keyer){.a = a, .fd = fd, .format = format, .names = columns, .n = ncolumns};
	if (format == FORMAT_PARQUET && parquet_spool_open(a, fd, &spool, err) < 0)
		return -1;
	if (format == FORMAT_PARQUET && !spool.is_sound) {
		(void)snprintf(result.fault.message, sizeof result.fault.message, "%s", spool.fault);
		*out = result;
		return 0;
	}
	if (format == FORMAT_PARQUET)
		k->spool = &spool;
	mem_init(&k->text, a);
	keyset_init(set, a, &budget, true);
	rc = scan_keys(k, set, &result, &repeat, err);
	keyset_release(set);
	if (rc == 0 && repeat.key)
		rc = find_first(
		    k, repeat.key, repeat.n, result.duplicate_row, &result.first_row, err);
	mem_release(&k->text);
	if (format == FORMAT_PARQUET)
		parquet_spool_close(&spool);
	if (rc < 0)
		return -1;
	if (!result.parse_ok || result.missing_column || result.nulls || result.first_row)
		result.verdict = KEY_NO;
	else
		result.verdict = !result.is_exact || result.duplicate_row ? KEY_UNDECIDED : KEY_YES;
	*out = result;
	return 0;
}
