/* SPDX-License-Identifier: Apache-2.0 */
#include "types/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "types/scan.h"

#define CHUNK_BYTES ((size_t)256 << 10)
#define ITEM_BYTES_MAX ((size_t)8 << 20) /* of one JSON row, as CSV_ROW_BYTES_MAX */

struct rows {
	struct arena *a;
	enum format format;
	struct csv *csv;
	struct scan *scan;
	struct arena *item_mem; /* one JSON row's values; cleared at the next */
	const char **names;     /* [nnames] */
	size_t nnames;
	size_t names_cap;
	struct cell *cells; /* [cells_cap] */
	size_t cells_cap;
	struct row row;
	struct fault fault;
	uint64_t line; /* of scan_at */
	bool is_not_rows;
	bool has_ended;
};

static void
release(void *arg)
{
	struct rows *r = arg;

	arena_free(r->item_mem);
	r->item_mem = NULL;
}

struct rows *
rows_new(struct arena *a, int fd, enum format format)
{
	struct rows *r = ARENA_NEW(a, struct rows);

	INVARIANT(format == FORMAT_CSV || format == FORMAT_TSV || format == FORMAT_JSON_ROWS);
	r->a = a;
	r->format = format;
	r->line = 1;
	if (format == FORMAT_JSON_ROWS) {
		r->scan = scan_new(a, scan_read_fd, scan_fd_new(a, fd), CHUNK_BYTES);
		r->item_mem = arena_new(0);
		arena_defer(a, release, r);
	} else {
		r->csv = csv_new_fd(a, fd, &(struct csv_options){.delimiter = format == FORMAT_TSV ? '\t' : ',',
		    .allow_quote_inside = format == FORMAT_TSV});
	}
	return r;
}

void
rows_release(struct rows *r)
{
	if (r->csv)
		csv_release(r->csv);
	if (r->scan)
		scan_release(r->scan);
	release(r);
}

static void
add_name(struct rows *r, const char *name)
{
	if (r->nnames == r->names_cap) {
		size_t cap = r->names_cap ? r->names_cap * 2 : 32;
		const char **more = ARENA_ARRAY(r->a, cap, const char *);
		if (r->nnames)
			memcpy(more, r->names, r->nnames * sizeof *more);
		r->names = more;
		r->names_cap = cap;
	}
	r->names[r->nnames++] = name;
}

static void
reserve_cells(struct rows *r, size_t n)
{
	if (n <= r->cells_cap)
		return;
	r->cells_cap = n * 2;
	r->cells = ARENA_ARRAY(r->a, r->cells_cap, struct cell);
}

/* ---- CSV and TSV ----------------------------------------------------------------------------------- */

static enum rows_result
csv_said(struct rows *r, enum csv_result result)
{
	switch (result) {
	case CSV_ROW: return ROWS_ROW;
	case CSV_END: return ROWS_END;
	case CSV_FAULT: r->fault = *csv_fault(r->csv); return ROWS_FAULT;
	case CSV_ERR: return ROWS_ERR;
	}
	NEVER("a CSV result outside its enum");
}

static enum rows_result
open_csv(struct rows *r, struct err *err)
{
	const struct csv_row *header;
	enum csv_result result = csv_header(r->csv, &header, err);

	if (result == CSV_ROW) {
		for (size_t i = 0; i < header->nfields; i++)
			add_name(r, arena_dup(r->a, header->fields[i].p, header->fields[i].n));
		reserve_cells(r, header->nfields);
	}
	return csv_said(r, result);
}

static enum rows_result
next_csv(struct rows *r, const struct row **out, struct err *err)
{
	const struct csv_row *row;
	enum csv_result result = csv_next(r->csv, &row, err);

	if (result != CSV_ROW)
		return csv_said(r, result);
	for (size_t i = 0; i < row->nfields; i++)
		r->cells[i] = (struct cell){row->fields[i].p, row->fields[i].n, row->fields[i].n ? CELL_TEXT : CELL_NULL};
	r->row = (struct row){r->cells, row->nfields, row->row, row->line, row->offset};
	*out = &r->row;
	return ROWS_ROW;
}

/* ---- a JSON array of objects ------------------------------------------------------------------------ */

static enum rows_result
fault(struct rows *r, const char *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static enum rows_result
fault(struct rows *r, const char *at, const char *fmt, ...)
{
	va_list ap;

	r->fault = (struct fault){.row = r->row.row, .line = r->line, .offset = scan_offset(r->scan, at), .has_offset = true};
	va_start(ap, fmt);
	(void)vsnprintf(r->fault.message, sizeof r->fault.message, fmt, ap);
	va_end(ap);
	return ROWS_FAULT;
}

/* To the next byte that is not white space, counting lines; *c is 0 at the end. */
static int
skip_space(struct rows *r, char *c, struct err *err)
{
	for (;;) {
		const char *p = scan_at(r->scan), *end = scan_end(r->scan);
		while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
			r->line += *p++ == '\n';
		scan_take(r->scan, p);
		if (p < end) {
			*c = *p;
			return 0;
		}
		if (scan_at_eof(r->scan)) {
			*c = '\0';
			return 0;
		}
		if (scan_more(r->scan, err) < 0)
			return -1;
	}
}

static enum rows_result
open_json(struct rows *r, struct err *err)
{
	char c;

	if (skip_space(r, &c, err) < 0)
		return ROWS_ERR;
	if (c == '\0')
		return fault(r, scan_at(r->scan), "the file is empty; a JSON array of objects was expected");
	if (c != '[') {
		r->is_not_rows = true;
		return fault(r, scan_at(r->scan), "the file is not a JSON array of objects: it does not begin with '['");
	}
	scan_take(r->scan, scan_at(r->scan) + 1);
	return ROWS_ROW;
}

/* Length of the object at scan_at, which begins with '{': strings and brackets are followed, the rest is
 * the parser's. 0: the file ended first. */
static int
object_extent(struct rows *r, size_t *n, struct err *err)
{
	size_t i = 0, depth = 0;
	bool in_string = false;

	for (;; i++) {
		const char *p = scan_at(r->scan);
		while (p + i >= scan_end(r->scan)) {
			if (scan_at_eof(r->scan) || i > ITEM_BYTES_MAX) {
				*n = 0;
				return 0;
			}
			if (scan_more(r->scan, err) < 0)
				return -1;
			p = scan_at(r->scan);
		}
		char c = p[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			*n = i + 1;
			return 0;
		}
	}
}

static struct cell
cell_of(struct rows *r, const struct jx *v)
{
	struct buf b;
	struct jw w;

	switch (v->type) {
	case JX_NULL: return (struct cell){"", 0, CELL_NULL};
	case JX_BOOL: return v->u.boolean ? (struct cell){"true", 4, CELL_BOOL} : (struct cell){"false", 5, CELL_BOOL};
	case JX_NUMBER: return (struct cell){v->u.text.p, v->u.text.n, CELL_NUMBER};
	case JX_STRING: return (struct cell){v->u.text.p, v->u.text.n, CELL_TEXT};
	case JX_ARRAY:
	case JX_OBJECT:
		buf_init(&b, r->item_mem);
		jw_init(&w, &b);
		jw_value(&w, NULL, v);
		return (struct cell){b.p, b.len, CELL_JSON};
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

/* Keys mostly come in the same order: look where the last row had it first. */
static size_t
column_of(struct rows *r, const char *key, size_t hint)
{
	if (hint < r->nnames && strcmp(r->names[hint], key) == 0)
		return hint;
	for (size_t i = 0; i < r->nnames; i++)
		if (strcmp(r->names[i], key) == 0)
			return i;
	add_name(r, arena_str(r->a, key));
	return r->nnames - 1;
}

static enum rows_result
fill_row(struct rows *r, const struct jx *item)
{
	for (size_t i = 0; i < r->nnames; i++)
		r->cells[i] = (struct cell){"", 0, CELL_MISSING};
	for (size_t i = 0; i < item->u.object.n; i++) {
		size_t before = r->nnames, at = column_of(r, item->u.object.at[i].key, i);
		if (r->nnames > CSV_COLUMNS_MAX)
			return fault(r, scan_at(r->scan), "more than %d different keys; that is not a table", CSV_COLUMNS_MAX);
		if (r->nnames > r->cells_cap) {
			struct cell *old = r->cells;
			reserve_cells(r, r->nnames);
			memcpy(r->cells, old, before * sizeof *old);
		}
		r->cells[at] = cell_of(r, item->u.object.at[i].value);
	}
	r->row.cells = r->cells;
	r->row.ncells = r->nnames;
	return ROWS_ROW;
}

static enum rows_result
parse_item(struct rows *r, size_t n, struct err *err)
{
	const char *at = scan_at(r->scan);
	struct jx_options opt = {.bytes_max = ITEM_BYTES_MAX, .allow_nul = true};
	struct jx *item;
	struct err bad = {.code = E_OK};
	enum rows_result result;

	(void)err;
	arena_clear(r->item_mem);
	if (jx_parse(r->item_mem, at, n, &opt, &item, &bad) < 0)
		return fault(r, at, "object %llu is not sound JSON: within it, %.300s", (unsigned long long)r->row.row, bad.msg);
	reserve_cells(r, r->nnames ? r->nnames : 16);
	r->row.line = r->line;
	r->row.offset = scan_offset(r->scan, at);
	result = fill_row(r, item);
	for (size_t i = 0; i < n; i++)
		r->line += at[i] == '\n';
	scan_take(r->scan, at + n);
	return result;
}

static enum rows_result
end_json(struct rows *r, struct err *err)
{
	char c;

	scan_take(r->scan, scan_at(r->scan) + 1);
	if (skip_space(r, &c, err) < 0)
		return ROWS_ERR;
	if (c != '\0' || !scan_at_eof(r->scan))
		return fault(r, scan_at(r->scan), "text follows behind the closing ']'");
	r->has_ended = true;
	return ROWS_END;
}

static enum rows_result
next_json(struct rows *r, const struct row **out, struct err *err)
{
	size_t n;
	char c;

	if (r->has_ended)
		return ROWS_END;
	if (skip_space(r, &c, err) < 0)
		return ROWS_ERR;
	if (c == ']')
		return end_json(r, err);
	if (r->row.row > 0) {
		if (c != ',')
			return fault(r, scan_at(r->scan), c ? "',' or ']' was expected behind object %llu" : "the file ends inside the array, behind object %llu",
			    (unsigned long long)r->row.row);
		scan_take(r->scan, scan_at(r->scan) + 1);
		if (skip_space(r, &c, err) < 0)
			return ROWS_ERR;
	}
	r->row.row++;
	if (c != '{') {
		r->is_not_rows = c != '\0' && c != ']';
		return fault(r, scan_at(r->scan), "element %llu of the array is not an object", (unsigned long long)r->row.row);
	}
	if (object_extent(r, &n, err) < 0)
		return ROWS_ERR;
	if (n == 0)
		return fault(r, scan_at(r->scan), "object %llu does not end, or is larger than %zu MiB", (unsigned long long)r->row.row, ITEM_BYTES_MAX >> 20);
	*out = &r->row;
	return parse_item(r, n, err);
}

/* ---- the common face -------------------------------------------------------------------------------- */

enum rows_result
rows_open(struct rows *r, struct err *err)
{
	return r->csv ? open_csv(r, err) : open_json(r, err);
}

enum rows_result
rows_next(struct rows *r, const struct row **out, struct err *err)
{
	return r->csv ? next_csv(r, out, err) : next_json(r, out, err);
}

const struct fault *
rows_fault(const struct rows *r)
{
	return &r->fault;
}

size_t
rows_columns(const struct rows *r)
{
	return r->nnames;
}

const char *
rows_column(const struct rows *r, size_t index)
{
	INVARIANT(index < r->nnames);
	return r->names[index];
}

int
rows_find_column(const struct rows *r, const char *name)
{
	for (size_t i = 0; i < r->nnames; i++)
		if (strcmp(r->names[i], name) == 0)
			return (int)i;
	return -1;
}

bool
rows_has_bom(const struct rows *r)
{
	return r->csv && csv_has_bom(r->csv);
}

bool
rows_is_not_rows(const struct rows *r)
{
	return r->is_not_rows;
}
