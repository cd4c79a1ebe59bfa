/* SPDX-License-Identifier: Apache-2.0 */
#include "types/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/decimal.h"
#include "types/hashset.h"
#include "types/measure.h"
#include "types/rows.h"

#define MEMORY_DEFAULT ((size_t)64 << 20)
#define DISTINCT_DEFAULT 65536u
#define TEXT_EDGE_BYTES 64

/* What is gathered about one column while its values stream by. */
struct gauge {
	uint64_t nulls, missing, values;
	unsigned conforms;  /* COL_BIT: types that every value so far conforms to */
	unsigned orders;    /* DATE_*: orders that every value so far fits */
	struct hashset *seen;
	bool is_capped;     /* seen is full: distinct is a lower bound */
	bool is_key_open;   /* no repeat, no null so far */
	bool is_key_unknown;
	char *few[PROFILE_VALUES_MAX];
	size_t nfew;
	bool is_many;
	char *min, *max;        /* by bytes, cut; for numbers by value, whole */
	size_t min_n, max_n;
	char *num_min, *num_max;
	struct value_place first;
	struct value_place refuted[COL__COUNT];
};

struct profiler {
	struct arena *a;
	int fd;
	enum format format;
	const struct profile_options *opt;
	size_t bytes_max;   /* for all sets */
	struct rows *rows;
	struct gauge **gauges; /* [ngauges] */
	size_t ngauges;
	size_t cap;
	uint64_t nrows;
	struct artifact_profile *out;
	const char **notes;
	size_t nnotes;
};
#define NOTES_MAX 8

static void
note(struct profiler *p, const char *text)
{
	if (p->nnotes < NOTES_MAX)
		p->notes[p->nnotes++] = text;
}

static size_t
set_bytes(const struct profiler *p)
{
	size_t columns = rows_columns(p->rows);

	return p->bytes_max / (columns ? columns : 1);
}

/* JSON rows may bring a column late: every row before it lacked the value. */
static struct gauge *
gauge_at(struct profiler *p, size_t i)
{
	while (p->ngauges <= i) {
		struct gauge *g = ARENA_NEW(p->a, struct gauge);
		if (p->ngauges == p->cap) {
			size_t cap = p->cap ? p->cap * 2 : 32;
			struct gauge **more = ARENA_ARRAY(p->a, cap, struct gauge *);
			if (p->ngauges)
				memcpy(more, p->gauges, p->ngauges * sizeof *more);
			p->gauges = more;
			p->cap = cap;
		}
		g->conforms = ~0u;
		g->orders = ~0u;
		g->is_key_open = p->nrows <= 1;
		g->nulls = g->missing = p->nrows ? p->nrows - 1 : 0;
		g->seen = hashset_new(set_bytes(p));
		p->gauges[p->ngauges++] = g;
	}
	return p->gauges[i];
}

static const char *
shown(struct arena *a, const struct cell *c)
{
	char text[VALUE_SHOW_BYTES];

	value_show(c->p, c->n, text);
	return arena_str(a, text);
}

static void
keep_few(struct profiler *p, struct gauge *g, const struct cell *c)
{
	if (g->is_many)
		return;
	if (g->nfew == PROFILE_VALUES_MAX || c->n > 256) {
		g->is_many = true;
		return;
	}
	g->few[g->nfew++] = arena_dup(p->a, c->p, c->n);
}

static void
keep_edges(struct profiler *p, struct gauge *g, const struct cell *c)
{
	size_t n = c->n < TEXT_EDGE_BYTES ? c->n : TEXT_EDGE_BYTES;
	size_t low = n < g->min_n ? n : g->min_n, high = n < g->max_n ? n : g->max_n;
	int below = g->min ? memcmp(c->p, g->min, low) : -1, above = g->max ? memcmp(c->p, g->max, high) : 1;

	if (below < 0 || (below == 0 && n < g->min_n)) {
		g->min = arena_dup(p->a, c->p, n);
		g->min_n = n;
	}
	if (above > 0 || (above == 0 && n > g->max_n)) {
		g->max = arena_dup(p->a, c->p, n);
		g->max_n = n;
	}
	if (!(g->conforms & COL_BIT(COL_DECIMAL)) || !decimal_check(c->p, c->n))
		return;
	if (!g->num_min || decimal_compare(c->p, c->n, g->num_min, strlen(g->num_min)) < 0)
		g->num_min = arena_dup(p->a, c->p, c->n);
	if (!g->num_max || decimal_compare(c->p, c->n, g->num_max, strlen(g->num_max)) > 0)
		g->num_max = arena_dup(p->a, c->p, c->n);
}

static void
note_types(struct profiler *p, struct gauge *g, const struct row *row, const struct cell *c)
{
	unsigned types = value_types(c->type, c->p, c->n), lost = g->conforms & ~types;

	g->orders &= c->type == CELL_TEXT ? date_orders(c->p, c->n) : 0;
	if (g->values == 0) {
		g->first = (struct value_place){row->row, shown(p->a, c)};
		g->conforms = types;
		return;
	}
	for (unsigned t = 0; lost && t < COL__COUNT; t++)
		if (lost & COL_BIT(t)) {
			g->refuted[t] = (struct value_place){row->row, shown(p->a, c)};
			lost &= ~COL_BIT(t);
		}
	g->conforms &= types;
}

static void
take_value(struct profiler *p, struct gauge *g, const struct row *row, const struct cell *c)
{
	struct hashset_entry *e = NULL;

	note_types(p, g, row, c);
	g->values++;
	if (!g->is_capped) {
		e = hashset_add(g->seen, hashset_value(g->seen, 0, c->p, c->n), row->row);
		g->is_capped = !e;
	}
	if (e && e->count > 1)
		g->is_key_open = false;
	if (g->is_capped && g->is_key_open) {
		g->is_key_open = false;
		g->is_key_unknown = true;
	}
	if (e && e->count == 1)
		keep_few(p, g, c);
	if (!e || e->count == 1)
		keep_edges(p, g, c); /* a value seen before cannot be a new edge */
}

static void
take_row(struct profiler *p, const struct row *row)
{
	size_t n = rows_columns(p->rows);

	p->nrows++;
	for (size_t i = 0; i < n; i++) {
		struct gauge *g = gauge_at(p, i);
		const struct cell *c = i < row->ncells ? &row->cells[i] : NULL;
		if (c && c->type != CELL_NULL && c->type != CELL_MISSING) {
			take_value(p, g, row, c);
			continue;
		}
		g->nulls++;
		g->missing += !c || c->type == CELL_MISSING;
		g->is_key_open = g->is_key_unknown = false;
	}
}

/* ---- what a column is -------------------------------------------------------------------------------- */

static enum coltype
best_type(const struct gauge *g, uint64_t nrows)
{
	static const enum coltype order[] = {COL_INTEGER, COL_MONEY, COL_DECIMAL, COL_DATE, COL_TIMESTAMP, COL_BOOLEAN};
	bool is_digits_only = g->conforms & COL_BIT(COL_INTEGER);

	if (g->values == 0)
		return COL_EMPTY;
	if (g->conforms & COL_BIT(COL_JSON))
		return COL_JSON;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (g->conforms & COL_BIT(order[i]) && (order[i] != COL_BOOLEAN || !is_digits_only))
			return order[i];
	if (g->orders & (DATE_YMD | DATE_DMY | DATE_MDY))
		return COL_DATE;
	if (!g->is_many && g->nfew * 2 <= g->values && nrows >= 4)
		return COL_ENUM;
	return g->conforms & COL_BIT(COL_ID) && (!g->is_capped && hashset_count(g->seen) * 2 > g->values) ? COL_ID : COL_TEXT;
}

static const char *
date_format(const struct gauge *g)
{
	unsigned o = g->orders;

	if (o & DATE_ISO)
		return "iso";
	if (o & DATE_YMD)
		return "ymd";
	if (o & DATE_DMY && o & DATE_MDY)
		return "ambiguous";
	return o & DATE_DMY ? "dmy" : "mdy";
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
finish_column(struct profiler *p, struct gauge *g, const char *name, struct column_profile *out)
{
	bool is_number;

	*out = (struct column_profile){.name = name, .type = best_type(g, p->nrows), .nulls = g->nulls, .missing = g->missing,
	    .distinct = hashset_count(g->seen), .distinct_exact = !g->is_capped, .first = g->first};
	is_number = out->type == COL_INTEGER || out->type == COL_DECIMAL || out->type == COL_MONEY;
	out->conforms = g->values ? g->conforms : 0;
	out->min = is_number ? g->num_min : g->min;
	out->max = is_number ? g->num_max : g->max;
	out->date_format = out->type == COL_DATE ? date_format(g) : NULL;
	memcpy(out->refuted, g->refuted, sizeof out->refuted);
	if (!g->is_many && g->nfew) {
		qsort(g->few, g->nfew, sizeof *g->few, by_text);
		out->values = (const char *const *)g->few;
		out->nvalues = g->nfew;
	}
}

/* ---- keys -------------------------------------------------------------------------------------------- */

static struct profile_key
key_of(struct arena *a, size_t i, size_t k, size_t n)
{
	uint16_t *columns = ARENA_ARRAY(a, n, uint16_t);

	columns[0] = (uint16_t)i;
	if (n > 1)
		columns[1] = (uint16_t)k;
	return (struct profile_key){columns, n};
}

struct pair {
	size_t i, k;
	struct hashset *seen; /* NULL once refuted or capped */
	bool is_unknown;
};

static void
take_pairs(struct pair *pairs, size_t n, const struct row *row)
{
	for (size_t x = 0; x < n; x++) {
		struct pair *q = &pairs[x];
		const struct cell *a, *b;
		struct hashset_entry *e;
		if (!q->seen)
			continue;
		a = &row->cells[q->i];
		b = &row->cells[q->k];
		e = hashset_add(q->seen, hashset_value(q->seen, hashset_value(q->seen, 0, a->p, a->n), b->p, b->n), row->row);
		if (e && e->count == 1)
			continue;
		q->is_unknown = !e;
		hashset_free(q->seen);
		q->seen = NULL;
	}
}

static int
scan_pairs(struct profiler *p, struct pair *pairs, size_t n, struct err *err)
{
	struct rows *rows = rows_new(p->a, p->fd, p->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);

	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW)
		take_pairs(pairs, n, row);
	rows_release(rows);
	return r == ROWS_ERR ? -1 : 0;
}

/* Columns worth pairing: no null, more than one value, not a key already, and the product of distinct
 * counts must reach the number of rows. */
static size_t
choose_pair_columns(struct profiler *p, uint16_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->ngauges && n < PROFILE_PAIR_COLUMNS_MAX; i++) {
		const struct gauge *g = p->gauges[i];
		if (g->nulls == 0 && !g->is_key_open && !g->is_key_unknown && hashset_count(g->seen) > 1)
			out[n++] = (uint16_t)i;
	}
	return n;
}

static size_t
make_pairs(struct profiler *p, const uint16_t *columns, size_t n, struct pair *pairs)
{
	size_t count = 0, bytes = p->bytes_max / (n * n / 2 + 1);

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			uint64_t product;
			if (__builtin_mul_overflow(hashset_count(p->gauges[columns[i]]->seen), hashset_count(p->gauges[columns[k]]->seen), &product) ||
			    product >= p->nrows || p->gauges[columns[i]]->is_capped || p->gauges[columns[k]]->is_capped)
				pairs[count++] = (struct pair){.i = columns[i], .k = columns[k], .seen = hashset_new(bytes)};
		}
	return count;
}

static int
find_keys(struct profiler *p, struct err *err)
{
	size_t max = p->ngauges + PROFILE_PAIR_COLUMNS_MAX * PROFILE_PAIR_COLUMNS_MAX, npairs;
	struct profile_key *keys = ARENA_ARRAY(p->a, max, struct profile_key), *open = ARENA_ARRAY(p->a, max, struct profile_key);
	struct pair pairs[PROFILE_PAIR_COLUMNS_MAX * PROFILE_PAIR_COLUMNS_MAX / 2];
	uint16_t *columns = ARENA_ARRAY(p->a, PROFILE_PAIR_COLUMNS_MAX, uint16_t);
	struct artifact_profile *out = p->out;
	size_t n;

	out->candidate_keys = keys;
	out->undecided_keys = open;
	for (size_t i = 0; i < p->ngauges && p->nrows > 0; i++) {
		if (p->gauges[i]->is_key_open)
			keys[out->ncandidate_keys++] = key_of(p->a, i, 0, 1);
		else if (p->gauges[i]->is_key_unknown)
			open[out->nundecided_keys++] = key_of(p->a, i, 0, 1);
	}
	if ((p->opt && p->opt->skip_pairs) || p->nrows < 2)
		return 0;
	n = choose_pair_columns(p, columns);
	out->pair_columns = columns;
	out->npair_columns = n;
	out->pairs = n < PROFILE_PAIR_COLUMNS_MAX ? PAIRS_ALL : PAIRS_SOME;
	if (n < 2)
		return 0;
	npairs = make_pairs(p, columns, n, pairs);
	if (npairs && scan_pairs(p, pairs, npairs, err) < 0)
		return -1;
	for (size_t i = 0; i < npairs; i++) {
		if (pairs[i].seen)
			keys[out->ncandidate_keys++] = key_of(p->a, pairs[i].i, pairs[i].k, 2);
		else if (pairs[i].is_unknown)
			open[out->nundecided_keys++] = key_of(p->a, pairs[i].i, pairs[i].k, 2);
		hashset_free(pairs[i].seen);
	}
	return 0;
}

/* ---- tables ------------------------------------------------------------------------------------------ */

static int
finish_table(struct profiler *p, struct err *err)
{
	struct artifact_profile *out = p->out;
	struct column_profile *columns;

	for (size_t i = 0; i < rows_columns(p->rows); i++)
		(void)gauge_at(p, i); /* a header without rows */
	columns = ARENA_ARRAY(p->a, p->ngauges, struct column_profile);
	for (size_t i = 0; i < p->ngauges; i++)
		finish_column(p, p->gauges[i], rows_column(p->rows, i), &columns[i]);
	out->columns = columns;
	out->ncolumns = p->ngauges;
	out->rows = (int64_t)p->nrows;
	out->has_bom = rows_has_bom(p->rows);
	out->parse_ok = true;
	if (out->has_bom)
		note(p, "The file begins with a byte order mark; it is not part of the first column's name.");
	if (p->nrows == 0)
		note(p, "The table has no rows.");
	for (size_t i = 0; i < out->ncolumns; i++)
		if (columns[i].date_format && strcmp(columns[i].date_format, "ambiguous") == 0)
			note(p, arena_printf(p->a, "Dates in `%s` can be read as day/month or month/day; no value decides which.", columns[i].name));
	return find_keys(p, err);
}

static int
profile_rows(struct profiler *p, struct err *err)
{
	const struct row *row;
	enum rows_result r;
	int rc = 0;

	p->rows = rows_new(p->a, p->fd, p->format);
	r = rows_open(p->rows, err);
	while (r == ROWS_ROW && (r = rows_next(p->rows, &row, err)) == ROWS_ROW)
		take_row(p, row);
	if (r == ROWS_ERR) {
		rc = -1;
	} else if (r == ROWS_FAULT) {
		p->out->parse_ok = false;
		p->out->fault = *rows_fault(p->rows);
	} else {
		rc = finish_table(p, err);
	}
	for (size_t i = 0; i < p->ngauges; i++)
		hashset_free(p->gauges[i]->seen);
	rows_release(p->rows);
	return rc;
}

/* ---- everything else ---------------------------------------------------------------------------------- */

static bool
is_some_text(enum format f)
{
	return f == FORMAT_TEXT || f == FORMAT_MARKDOWN || f == FORMAT_CSV || f == FORMAT_TSV || f == FORMAT_YAML || f == FORMAT_DIFF ||
	       f == FORMAT_LATIN1 || f == FORMAT_EMPTY || f == FORMAT_BINARY;
}

/* The first bytes of text leave its form open: then the parser decides, with a better place than we have. */
static bool
formats_agree(enum format claimed, enum format found)
{
	bool is_markup = found == FORMAT_HTML || found == FORMAT_XML || found == FORMAT_JSON || found == FORMAT_JSON_ROWS;

	if (claimed == found || claimed == FORMAT_BINARY)
		return true;
	if (claimed == FORMAT_CSV || claimed == FORMAT_TSV)
		return is_some_text(found);
	if (claimed == FORMAT_TEXT || claimed == FORMAT_MARKDOWN || claimed == FORMAT_YAML || claimed == FORMAT_DIFF)
		return is_some_text(found) || is_markup;
	if (claimed == FORMAT_JSON || claimed == FORMAT_JSON_ROWS)
		return is_some_text(found) || found == FORMAT_JSON || found == FORMAT_JSON_ROWS;
	if (claimed == FORMAT_HTML)
		return is_some_text(found) || found == FORMAT_XML;
	return claimed == FORMAT_ZIP && (found == FORMAT_XLSX || found == FORMAT_DOCX || found == FORMAT_PPTX || found == FORMAT_ODF);
}

static bool
is_textual(enum format f)
{
	return f != FORMAT_UTF16 && f != FORMAT_UTF32;
}

/* False when the bytes are plainly something else than the kind claims. */
static bool
check_claim(struct artifact_profile *out, enum format claimed, const char *name)
{
	if (formats_agree(claimed, out->sniffed) && is_textual(out->sniffed))
		return true;
	out->parse_ok = false;
	if (!is_textual(out->sniffed))
		(void)snprintf(out->fault.message, sizeof out->fault.message, "the file is %s, not UTF-8; save it again with the encoding UTF-8",
		    format_words(out->sniffed));
	else
		(void)snprintf(out->fault.message, sizeof out->fault.message, "the file is %s, not what a %s holds; give the right file, or export it again",
		    format_words(out->sniffed), name);
	out->fault.has_offset = true;
	return false;
}

static enum kind
choose_kind(const char *path, enum kind claimed, bool is_claimed, enum format sniffed)
{
	enum kind k;

	if (is_claimed)
		return claimed;
	if (path && kind_for_path(path, &k))
		return k;
	for (unsigned i = 0; i < KIND__COUNT; i++)
		if (kind_format((enum kind)i) == sniffed)
			return (enum kind)i;
	return sniffed == FORMAT_EMPTY || sniffed == FORMAT_LATIN1 ? KIND_FILE_TEXT : KIND_FILE_BINARY;
}

/* ".json" says only that it is JSON: when it is an array of objects, it is rows. */
static int
profile_json(struct profiler *p, bool is_claimed, struct err *err)
{
	enum kind rows_kind;

	if (!is_claimed && p->out->sniffed == FORMAT_JSON_ROWS && kind_find("table.json_rows", &rows_kind)) {
		p->format = FORMAT_JSON_ROWS;
		p->out->kind = rows_kind;
		if (profile_rows(p, err) < 0)
			return -1;
		p->out->top_level = "array";
		if (p->out->parse_ok)
			return 0;
		/* Not rows after all: an array of other things is still an object.json. */
		(void)kind_find("object.json", &p->out->kind);
		p->out->parse_ok = true;
		p->out->fault = (struct fault){.row = 0};
	}
	return measure_json(p->a, p->fd, p->out, err);
}

int
artifact_profile(struct arena *a, int fd, const char *path, const char *claimed_kind, const struct profile_options *opt,
    struct artifact_profile *out, struct err *err)
{
	struct artifact_profile result = {.rows = -1, .pages = -1, .parse_ok = true};
	struct profiler p = {.a = a, .fd = fd, .opt = opt, .out = &result};
	enum kind claimed = KIND__COUNT;
	struct stat st;
	int rc = 0;

	if (claimed_kind && kind_parse(claimed_kind, &claimed, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, E_IO, "not a regular file");
	if (kind_sniff_fd(fd, path, &result.sniffed, err) < 0)
		return -1;
	result.bytes = (uint64_t)st.st_size;
	result.kind = choose_kind(path, claimed, claimed_kind != NULL, result.sniffed);
	p.format = kind_format(result.kind);
	p.bytes_max = opt && opt->memory_bytes_max ? opt->memory_bytes_max : MEMORY_DEFAULT;
	p.notes = ARENA_ARRAY(a, NOTES_MAX, const char *);
	result.notes = p.notes;
	if (check_claim(&result, p.format, kind_name(result.kind))) {
		if (p.format == FORMAT_CSV || p.format == FORMAT_TSV || p.format == FORMAT_JSON_ROWS)
			rc = profile_rows(&p, err);
		else if (p.format == FORMAT_JSON)
			rc = profile_json(&p, claimed_kind != NULL, err);
		else
			rc = measure_other(a, fd, p.format, &result, err);
	}
	if (p.format == FORMAT_JSON_ROWS)
		result.top_level = "array";
	result.nnotes = p.nnotes;
	if (rc == 0)
		*out = result;
	return rc;
}
