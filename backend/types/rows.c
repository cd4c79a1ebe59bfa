/* SPDX-License-Identifier: Apache-2.0 */
#include "types/rows.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"
#include "types/hash.h"
#include "types/jscan.h"
#include "types/mem.h"
#include "types/parquet.h"

/* JSON: each row costs as much as there are columns, so a file of {"k1":1},{"k2":2},… would cost far more than its
 * size. Sparse tables stay far below this. */
#define CELLS_FREE ((uint64_t)64 << 20)
#define CELLS_PER_BYTE_MAX 16u

struct rows {
	struct arena *a;
	int fd;                      /* Parquet, until rows_open */
	struct parquet_spool *own;   /* Parquet opened here; closed by rows_release */
	enum format format;
	struct csv *csv;    /* CSV and TSV */
	struct jscan *json; /* JSON rows */
	const char **names; /* [nnames] */
	size_t *name_bytes; /* [nnames] */
	size_t nnames;
	size_t names_cap;
	struct hash_key key;
	uint16_t *index;    /* [index_size] of column + 1 by hash of the name; 0 empty */
	size_t index_size;  /* a power of two, at least twice names_cap */
	struct cell *cells; /* [names_cap] */
	size_t *begins;     /* [names_cap] JSON rows: where each cell begins in text */
	struct mem text;    /* JSON rows: the values of one row */
	size_t ntext;
	uint64_t ncells; /* JSON rows: of all rows so far */
	struct row row;
	struct fault fault;
	bool is_not_rows;
};

struct rows *
rows_new(struct arena *a, int fd, enum format format)
{
	struct rows *r = ARENA_NEW(a, struct rows);
	struct csv_options opt = {.delimiter = format == FORMAT_TSV ? '\t' : ',',
	    .allow_quote_inside = format == FORMAT_TSV};

	INVARIANT(format == FORMAT_CSV || format == FORMAT_TSV || format == FORMAT_JSON_ROWS ||
		  format == FORMAT_PARQUET);
	r->a = a;
	r->fd = fd;
	r->format = format;
	rnd_bytes(&r->key, sizeof r->key);
	mem_init(&r->text, a);
	if (format == FORMAT_JSON_ROWS)
		r->json = jscan_new_fd(a, fd);
	else if (format != FORMAT_PARQUET)
		r->csv = csv_new_fd(a, fd, &opt);
	return r;
}

void
rows_release(struct rows *r)
{
	if (r->csv)
		csv_release(r->csv);
	if (r->json)
		jscan_release(r->json);
	mem_release(&r->text);
	if (r->own)
		parquet_spool_close(r->own);
}

static size_t
index_slot(const struct rows *r, const char *p, size_t n)
{
	size_t i = (size_t)hash_bytes(&r->key, p, n) & (r->index_size - 1);

	while (r->index[i]) {
		size_t at = r->index[i] - 1u;
		if (r->name_bytes[at] == n && memcmp(r->names[at], p, n) == 0)
			break;
		i = (i + 1) & (r->index_size - 1);
	}
	return i;
}

static int
find_name(const struct rows *r, const char *p, size_t n)
{
	return r->index_size ? (int)r->index[index_slot(r, p, n)] - 1 : -1;
}

/* Old arrays stay in the arena: together as much again as the new ones, for 4,096 names at most. */
static void
grow_names(struct rows *r)
{
	size_t cap = r->names_cap ? r->names_cap * 2 : 32;
	const char **names = ARENA_ARRAY(r->a, cap, const char *);
	size_t *name_bytes = ARENA_ARRAY(r->a, cap, size_t),
	       *begins = ARENA_ARRAY(r->a, cap, size_t);
	struct cell *cells = ARENA_ARRAY(r->a, cap, struct cell);

	if (r->nnames) {
		memcpy(names, r->names, r->nnames * sizeof *names);
		memcpy(name_bytes, r->name_bytes, r->nnames * sizeof *name_bytes);
		memcpy(begins, r->begins, r->nnames * sizeof *begins);
		memcpy(cells, r->cells, r->nnames * sizeof *cells);
	}
	r->names = names;
	r->name_bytes = name_bytes;
	r->begins = begins;
	r->cells = cells;
	r->names_cap = cap;
	r->index_size = cap * 2;
	r->index = ARENA_ARRAY(r->a, r->index_size, uint16_t);
	for (size_t i = 0; i < r->nnames; i++)
		r->index[index_slot(r, names[i], name_bytes[i])] = (uint16_t)(i + 1);
}

static void
add_name(struct rows *r, const char *p, size_t n)
{
	INVARIANT(r->nnames < CSV_COLUMNS_MAX);
	if (r->nnames == r->names_cap)
		grow_names(r);
	r->names[r->nnames] = arena_dup(r->a, p, n);
	r->name_bytes[r->nnames] = n;
	r->index[index_slot(r, p, n)] = (uint16_t)(r->nnames + 1);
	r->nnames++;
}

/* ---- CSV and TSV ---- */

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

	for (size_t i = 0; result == CSV_ROW && i < header->nfields; i++)
		add_name(r, header->fields[i].p, header->fields[i].n);
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
		r->cells[i] = (struct cell){
		    row->fields[i].p, row->fields[i].n, row->fields[i].n ? CELL_TEXT : CELL_NULL};
	r->row = (struct row){r->cells, row->nfields, row->row, row->line, row->offset};
	*out = &r->row;
	return ROWS_ROW;
}

/* ---- Parquet ---- */

/* Its rows as JSON; the columns are known before the first of them. */
static void
take_spool(struct rows *r, const struct parquet_spool *spool)
{
	r->json = jscan_new_fd(r->a, spool->fd);
	for (size_t i = 0; i < spool->nnames; i++)
		add_name(r, spool->names[i], strlen(spool->names[i]));
}

struct rows *
rows_new_spool(struct arena *a, const struct parquet_spool *spool)
{
	struct rows *r = rows_new(a, -1, FORMAT_PARQUET);

	take_spool(r, spool);
	return r;
}

static enum rows_result
open_parquet(struct rows *r, struct err *err)
{
	struct parquet_spool *spool = ARENA_NEW(r->a, struct parquet_spool);

	if (parquet_spool_open(r->a, r->fd, spool, err) < 0)
		return ROWS_ERR;
	if (!spool->is_sound) {
		r->fault = (struct fault){0};
		(void)snprintf(r->fault.message, sizeof r->fault.message, "%s", spool->fault);
		return ROWS_FAULT;
	}
	r->own = spool;
	take_spool(r, spool);
	return ROWS_ROW;
}

/* A fault's line and column are those of the spool, which nobody sees: what is left is the row. */
static void
forget_place(struct fault *f)
{
	const char *line = strstr(f->message, "line "), *what = line ? strstr(line, ": ") : NULL;

	f->line = f->column = 0;
	f->has_offset = false;
	if (what)
		memmove(f->message + (line - f->message), what + 2, strlen(what + 2) + 1);
}

/* ---- a JSON array of objects ---- */

static enum rows_result
scan_fault(struct rows *r)
{
	const struct fault *f = jscan_fault(r->json);

	r->fault = *f;
	if (r->row.row == 0)
		return ROWS_FAULT;
	r->fault.row = r->row.row;
	(void)snprintf(r->fault.message, sizeof r->fault.message, "row %" PRIu64 ", %.480s",
	    r->row.row, f->message);
	return ROWS_FAULT;
}

/* The token is sound JSON, but has no place in a table. */
static enum rows_result __attribute__((format(printf, 2, 3)))
not_rows(struct rows *r, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	(void)jscan_refuse(r->json, "%s", what);
	r->is_not_rows = true;
	return scan_fault(r);
}

static const char *
token_words(enum jscan_type t)
{
	switch (t) {
	case JSCAN_OBJECT: return "an object";
	case JSCAN_ARRAY: return "an array";
	case JSCAN_STRING: return "a string";
	case JSCAN_NUMBER: return "a number";
	case JSCAN_TRUE:
	case JSCAN_FALSE: return "a boolean";
	case JSCAN_NULL: return "null";
	case JSCAN_KEY:
	case JSCAN_OBJECT_END:
	case JSCAN_ARRAY_END:
	case JSCAN_END:
	case JSCAN_FAULT:
	case JSCAN_ERR: break;
	}
	NEVER("only values have words");
}

/* JSCAN_FAULT and JSCAN_ERR as results of ours. */
static enum rows_result
stopped(struct rows *r, enum jscan_type t)
{
	return t == JSCAN_FAULT ? scan_fault(r) : ROWS_ERR;
}

static enum rows_result
open_json(struct rows *r, struct err *err)
{
	struct jscan_token token;
	enum jscan_type t = jscan_next(r->json, &token, err);

	if (t >= JSCAN_FAULT)
		return stopped(r, t);
	if (t != JSCAN_ARRAY)
		return not_rows(r, "expected a JSON array of objects, found %s", token_words(t));
	return ROWS_ROW;
}

static void
put(struct rows *r, const char *p, size_t n)
{
	mem_reserve(&r->text, r->ntext + n + 1, r->ntext);
	memcpy((char *)r->text.p + r->ntext, p, n);
	r->ntext += n;
}

static void
put_quoted(struct rows *r, const char *p, size_t n)
{
	char escape[8];

	put(r, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c == '"' || c == '\\')
			put(r, c == '"' ? "\\\"" : "\\\\", 2);
		else if (c < 0x20)
			put(r, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
		else
			put(r, p + i, 1);
	}
	put(r, "\"", 1);
}

/* One token of a nested value as compact JSON; a comma goes before all but the first of its kind.
 */
static void
put_token(struct rows *r, enum jscan_type t, const struct jscan_token *token, size_t begin)
{
	char last = r->ntext > begin ? ((const char *)r->text.p)[r->ntext - 1] : '[';

	if (t != JSCAN_OBJECT_END && t != JSCAN_ARRAY_END && last != '[' && last != '{' &&
	    last != ':')
		put(r, ",", 1);
	switch (t) {
	case JSCAN_OBJECT: put(r, "{", 1); return;
	case JSCAN_OBJECT_END: put(r, "}", 1); return;
	case JSCAN_ARRAY: put(r, "[", 1); return;
	case JSCAN_ARRAY_END: put(r, "]", 1); return;
	case JSCAN_KEY:
		put_quoted(r, token->p, token->n);
		put(r, ":", 1);
		return;
	case JSCAN_STRING: put_quoted(r, token->p, token->n); return;
	case JSCAN_NUMBER: put(r, token->p, token->n); return;
	case JSCAN_TRUE: put(r, "true", 4); return;
	case JSCAN_FALSE: put(r, "false", 5); return;
	case JSCAN_NULL: put(r, "null", 4); return;
	case JSCAN_END:
	case JSCAN_FAULT:
	case JSCAN_ERR: break;
	}
	NEVER("only parts of values are written");
}

/* A nested value whose first token was read: the rest of it, as text. */
static enum rows_result
put_nested(struct rows *r, enum jscan_type t, struct jscan_token *token, struct err *err)
{
	unsigned outside = jscan_depth(r->json) - 1;
	size_t begin = r->ntext;

	put_token(r, t, token, begin);
	while (jscan_depth(r->json) > outside) {
		t = jscan_next(r->json, token, err);
		if (t >= JSCAN_FAULT)
			return stopped(r, t);
		put_token(r, t, token, begin);
		if (r->ntext > CSV_ROW_BYTES_MAX)
			return not_rows(r, "the row is larger than %u MiB; that is the limit",
			    CSV_ROW_BYTES_MAX >> 20);
	}
	return ROWS_ROW;
}

/* The value of one member, into the row's text; its cell keeps the offset until the row is whole.
 */
static enum rows_result
put_value(struct rows *r, size_t column, struct err *err)
{
	struct jscan_token token;
	enum jscan_type t = jscan_next(r->json, &token, err);
	struct cell *c = &r->cells[column];
	enum rows_result result = ROWS_ROW;

	if (t >= JSCAN_FAULT)
		return stopped(r, t);
	r->begins[column] = r->ntext;
	switch (t) {
	case JSCAN_OBJECT:
	case JSCAN_ARRAY:
		c->type = CELL_JSON;
		result = put_nested(r, t, &token, err);
		break;
	case JSCAN_STRING:
		c->type = CELL_TEXT;
		put(r, token.p, token.n);
		break;
	case JSCAN_NUMBER:
		c->type = CELL_NUMBER;
		put(r, token.p, token.n);
		break;
	case JSCAN_TRUE:
	case JSCAN_FALSE:
		c->type = CELL_BOOL;
		put(r, t == JSCAN_TRUE ? "true" : "false", t == JSCAN_TRUE ? 4 : 5);
		break;
	case JSCAN_NULL: c->type = CELL_NULL; break;
	case JSCAN_KEY:
	case JSCAN_OBJECT_END:
	case JSCAN_ARRAY_END:
	case JSCAN_END:
	case JSCAN_FAULT:
	case JSCAN_ERR: NEVER("a key has a value");
	}
	c->n = r->ntext - r->begins[column];
	if (result == ROWS_ROW && c->n > CSV_FIELD_BYTES_MAX && c->type != CELL_JSON)
		return not_rows(
		    r, "the value is longer than %u bytes; that is the limit", CSV_FIELD_BYTES_MAX);
	if (result == ROWS_ROW && r->ntext > CSV_ROW_BYTES_MAX)
		return not_rows(
		    r, "the row is larger than %u MiB; that is the limit", CSV_ROW_BYTES_MAX >> 20);
	return result;
}

/* Keys mostly come in the order of the row before: look where that had it, then in the index. */
static enum rows_result
find_or_add(struct rows *r, const struct jscan_token *key, size_t hint, size_t *column)
{
	int at;

	if (hint < r->nnames && r->name_bytes[hint] == key->n &&
	    memcmp(r->names[hint], key->p, key->n) == 0) {
		*column = hint;
		return ROWS_ROW;
	}
	at = find_name(r, key->p, key->n);
	if (at >= 0) {
		*column = (size_t)at;
		return ROWS_ROW;
	}
	if (key->n == 0)
		return not_rows(r, "the key is empty; every column needs a name");
	if (key->n > CSV_NAME_BYTES_MAX)
		return not_rows(r,
		    "the key is longer than %d bytes; that is the limit for a column's name",
		    CSV_NAME_BYTES_MAX);
	if (r->nnames == CSV_COLUMNS_MAX)
		return not_rows(r, "more than %d different keys; that is the limit for columns",
		    CSV_COLUMNS_MAX);
	*column = r->nnames;
	add_name(r, key->p, key->n);
	r->cells[*column] = (struct cell){"", 0, CELL_MISSING};
	return ROWS_ROW;
}

static enum rows_result
read_members(struct rows *r, struct err *err)
{
	struct jscan_token token;
	enum rows_result result = ROWS_ROW;

	r->ntext = 0;
	for (size_t i = 0; i < r->nnames; i++)
		r->cells[i] = (struct cell){"", 0, CELL_MISSING};
	for (size_t member = 0;; member++) {
		size_t column = 0;
		enum jscan_type t = jscan_next(r->json, &token, err);
		if (t >= JSCAN_FAULT)
			return stopped(r, t);
		if (t == JSCAN_OBJECT_END)
			break;
		result = find_or_add(r, &token, member, &column);
		if (result == ROWS_ROW)
			result = put_value(r, column, err);
		if (result != ROWS_ROW)
			return result;
	}
	for (size_t i = 0; i < r->nnames; i++)
		if (r->cells[i].n)
			r->cells[i].p = (const char *)r->text.p + r->begins[i];
	return ROWS_ROW;
}

static enum rows_result
next_json(struct rows *r, const struct row **out, struct err *err)
{
	struct jscan_token token;
	enum jscan_type t = jscan_next(r->json, &token, err);
	enum rows_result result;
	uint64_t column;

	if (t == JSCAN_ARRAY_END) {
		r->row.row = 0;
		t = jscan_next(r->json, &token, err);
		return t == JSCAN_END ? ROWS_END : stopped(r, t);
	}
	r->row.row++;
	if (t >= JSCAN_FAULT)
		return stopped(r, t);
	if (t != JSCAN_OBJECT)
		return not_rows(
		    r, "expected an object with the columns as keys, found %s", token_words(t));
	jscan_place(r->json, &r->row.line, &column);
	r->row.offset = token.offset;
	result = read_members(r, err);
	if (result != ROWS_ROW)
		return result;
	r->ncells += r->nnames;
	if (r->ncells > CELLS_FREE && r->ncells / CELLS_PER_BYTE_MAX > r->row.offset)
		return not_rows(r, "the rows hold hardly any of the %zu columns, so this is no table; give them one row a value, "
		    "with the key as a column of its own", r->nnames);
	r->row.cells = r->cells;
	r->row.ncells = r->nnames;
	*out = &r->row;
	return ROWS_ROW;
}

/* ---- the common face ---- */

enum rows_result
rows_open(struct rows *r, struct err *err)
{
	if (r->format == FORMAT_PARQUET && !r->json) {
		enum rows_result opened = open_parquet(r, err);
		if (opened != ROWS_ROW)
			return opened;
	}
	return r->csv ? open_csv(r, err) : open_json(r, err);
}

enum rows_result
rows_next(struct rows *r, const struct row **out, struct err *err)
{
	enum rows_result result = r->csv ? next_csv(r, out, err) : next_json(r, out, err);

	if (result == ROWS_FAULT && r->format == FORMAT_PARQUET)
		forget_place(&r->fault);
	return result;
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
	return find_name(r, name, strlen(name));
}

bool
rows_has_bom(const struct rows *r)
{
	return r->csv && csv_has_bom(r->csv);
}

uint64_t
rows_blank_lines(const struct rows *r)
{
	return r->csv ? csv_blank_lines(r->csv) : 0;
}

bool
rows_is_not_rows(const struct rows *r)
{
	return r->is_not_rows;
}
