/* SPDX-License-Identifier: Apache-2.0 */
#include "types/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"
#include "types/scan.h"
#include "types/value.h"

struct csv {
	struct arena *a;
	struct scan *scan;
	struct csv_options opt;
	unsigned char is_special[256];
	struct csv_field *fields; /* [opt.columns_max] */
	size_t nfields;
	const char *const *names; /* [ncolumns], once the header is read */
	size_t ncolumns;
	uint64_t row;   /* of the row being read, from 1 */
	uint64_t line;  /* where it begins */
	uint64_t lines; /* line ends inside it */
	bool has_bom;
	bool has_crlf;
	bool has_lf;
	bool is_done;
	uint64_t blank_lines;
	uint64_t blank_offset; /* of the first */
	struct csv_row out;
	struct fault fault;
};
enum record { RECORD_ROW, RECORD_BLANK, RECORD_END, RECORD_MORE, RECORD_FAULT, RECORD_ERR };

struct csv *
csv_new(struct arena *a, csv_read_fn read, void *arg, const struct csv_options *opt)
{
	struct csv *c = ARENA_NEW(a, struct csv);

	c->a = a;
	c->scan = scan_new(a, read, arg, 0);
	if (opt)
		c->opt = *opt;
	if (!c->opt.delimiter)
		c->opt.delimiter = ',';
	if (!c->opt.field_bytes_max)
		c->opt.field_bytes_max = CSV_FIELD_BYTES_MAX;
	if (!c->opt.row_bytes_max)
		c->opt.row_bytes_max = CSV_ROW_BYTES_MAX;
	if (!c->opt.columns_max)
		c->opt.columns_max = CSV_COLUMNS_MAX;
	c->fields = ARENA_ARRAY(a, c->opt.columns_max, struct csv_field);
	c->is_special[(unsigned char)c->opt.delimiter] = 1;
	c->is_special['\n'] = 1;
	c->is_special['\r'] = 1;
	c->is_special['\0'] = 1;
	c->is_special['"'] = !c->opt.allow_quote_inside;
	c->line = 1;
	return c;
}

struct csv *
csv_new_fd(struct arena *a, int fd, const struct csv_options *opt)
{
	return csv_new(a, scan_read_fd, scan_fd_new(a, fd), opt);
}

void
csv_release(struct csv *c)
{
	scan_release(c->scan);
	c->is_done = true;
}

/* " (line 19)" where rows and lines have come apart, " 'hours'" where the column has a name. */
static enum record __attribute__((format(printf, 4, 5)))
fault_at(struct csv *c, const char *at, size_t column, const char *fmt, ...)
{
	struct fault *f = &c->fault;
	char shown[VALUE_SHOW_BYTES];
	size_t n;
	va_list ap;

	f->row = c->row;
	f->line = c->line + c->lines;
	f->column = column;
	f->has_offset = at != NULL;
	f->offset = at ? scan_offset(c->scan, at) : 0;
	n = (size_t)snprintf(f->message, sizeof f->message, "row %" PRIu64, f->row);
	if (f->line != f->row)
		n += (size_t)snprintf(
		    f->message + n, sizeof f->message - n, " (line %" PRIu64 ")", f->line);
	if (column)
		n +=
		    (size_t)snprintf(f->message + n, sizeof f->message - n, ", column %zu", column);
	if (column && column <= c->ncolumns) {
		value_show(c->names[column - 1], strlen(c->names[column - 1]), shown);
		n += (size_t)snprintf(f->message + n, sizeof f->message - n, " '%s'", shown);
	}
	n += (size_t)snprintf(f->message + n, sizeof f->message - n, ": ");
	INVARIANT(n < sizeof f->message);
	va_start(ap, fmt);
	(void)vsnprintf(f->message + n, sizeof f->message - n, fmt, ap);
	va_end(ap);
	return RECORD_FAULT;
}

/* Behind a field: the delimiter, a line end, or the end of the file. Sets *is_last. */
static enum record
field_end(struct csv *c, const char **at, bool was_quoted, bool *is_last)
{
	const char *p = *at, *end = scan_end(c->scan);

	*is_last = true;
	if (p == end)
		return scan_at_eof(c->scan) ? RECORD_ROW : RECORD_MORE;
	if (*p == c->opt.delimiter) {
		*is_last = false;
		*at = p + 1;
		return RECORD_ROW;
	}
	if (*p == '\n') {
		c->has_lf = true;
		*at = p + 1;
		c->lines++;
		return RECORD_ROW;
	}
	if (*p == '\r') {
		if (p + 1 == end && !scan_at_eof(c->scan))
			return RECORD_MORE;
		if (p + 1 < end && p[1] == '\n') {
			c->has_crlf = true;
			*at = p + 2;
			c->lines++;
			return RECORD_ROW;
		}
		return fault_at(c, p, c->nfields + 1,
		    "a carriage return without a line feed; "
		    "end every row with LF or CRLF (save the file as plain CSV)");
	}
	if (*p == '\0')
		return fault_at(
		    c, p, c->nfields + 1, "a NUL byte; the file is damaged or not text");
	if (was_quoted)
		return fault_at(c, p, c->nfields + 1,
		    "text behind the closing quote; "
		    "a quote inside a quoted field is written twice (\"\")");
	return fault_at(c, p, c->nfields + 1,
	    "a quote inside a field that does not begin with one; "
	    "put the whole field in quotes and write the inner quote twice (\"\")");
}

/* The quoted field whose opening quote is at *at; leaves *at behind the closing quote. */
static enum record
quoted_field(struct csv *c, const char **at, struct csv_field *f)
{
	const char *open = *at, *p = open + 1, *end = scan_end(c->scan), *nul;
	uint64_t lines = 0;

	for (;;) {
		const char *q = memchr(p, '"', (size_t)(end - p));
		for (const char *s = p; (s = memchr(s, '\n', (size_t)((q ? q : end) - s))); s++)
			lines++;
		if (!q && (size_t)(end - open) > c->opt.field_bytes_max)
			return fault_at(c, open, c->nfields + 1,
			    "a quote opens here and is not closed within "
			    "%zu bytes; close it, or write a quote that belongs to the text twice (\"\")",
			    c->opt.field_bytes_max);
		if (!q && scan_at_eof(c->scan))
			return fault_at(c, open, c->nfields + 1,
			    "a quote opens here and is never closed; "
			    "close it, or write a quote that belongs to the text twice (\"\")");
		if (!q || (q + 1 == end && !scan_at_eof(c->scan)))
			return RECORD_MORE;
		p = q + 1;
		if (p < end && *p == '"') {
			p++;
			continue;
		}
		break;
	}
	nul = memchr(open, '\0', (size_t)(p - open));
	if (nul)
		return fault_at(
		    c, nul, c->nfields + 1, "a NUL byte; the file is damaged or not text");
	*f = (struct csv_field){open + 1, (size_t)(p - open) - 2, true};
	c->lines += lines;
	*at = p;
	return RECORD_ROW;
}

/* Find the fields of the record at the scan's position; *at ends behind its line end. */
static enum record
split(struct csv *c, const char **at)
{
	const char *p = *at, *end = scan_end(c->scan);
	bool is_last = false;
	enum record r;

	c->nfields = 0;
	c->lines = 0;
	while (!is_last) {
		struct csv_field *f;
		if (c->nfields == c->opt.columns_max)
			return fault_at(c, p, c->nfields + 1,
			    "more than %zu columns; that is the limit", c->opt.columns_max);
		f = &c->fields[c->nfields];
		if (*p == '"' && p < end) {
			r = quoted_field(c, &p, f);
			if (r != RECORD_ROW)
				return r;
		} else {
			const char *from = p;
			while (!c->is_special[(unsigned char)*p]) /* *end is '\n' */
				p++;
			*f = (struct csv_field){from, (size_t)(p - from), false};
		}
		if (f->n > c->opt.field_bytes_max)
			return fault_at(c, f->p, c->nfields + 1,
			    "the field is longer than %zu bytes; "
			    "that is the limit",
			    c->opt.field_bytes_max);
		r = field_end(c, &p, f->is_quoted, &is_last);
		if (r != RECORD_ROW)
			return r;
		c->nfields++;
	}
	*at = p;
	return RECORD_ROW;
}

static enum record
not_utf8(struct csv *c, const char *bad, const char *end)
{
	unsigned char byte = (unsigned char)*bad;
	size_t column = 1;
	const char *guess = "save the file as UTF-8";

	for (size_t i = 0; i < c->nfields; i++)
		if (bad >= c->fields[i].p)
			column = i + 1;
	/* Lines inside the row count up to the byte only. */
	c->lines = 0;
	for (const char *s = scan_at(c->scan); (s = memchr(s, '\n', (size_t)(bad - s))); s++)
		c->lines++;
	if (byte >= 0xa0 && (bad + 1 == end || (unsigned char)bad[1] < 0x80))
		guess = "the file looks like Latin-1 or Windows-1252; save it as UTF-8";
	else if (byte >= 0x80 && byte < 0xa0)
		guess =
		    "the file looks like Windows-1252 or an old Mac or DOS encoding; save it as UTF-8";
	return fault_at(c, bad, column, "byte 0x%02X is not UTF-8; %s", byte, guess);
}

/* Two quotes stand for one. In place: the buffer is ours. */
static void
unescape(struct csv *c, struct csv_field *f)
{
	char *o, *begin = scan_mutable(c->scan, f->p);
	const char *p, *end = f->p + f->n;

	p = memchr(f->p, '"', f->n);
	if (!p)
		return;
	o = begin + (p - f->p);
	while (p < end) {
		*o++ = *p;
		p += *p == '"' ? 2 : 1;
	}
	f->n = (size_t)(o - begin);
}

/* The record at the scan's position, whole and checked. */
static enum record
record(struct csv *c, struct err *err)
{
	for (;;) {
		const char *from = scan_at(c->scan), *p = from, *end = scan_end(c->scan);
		enum record r;
		if (p == end && scan_at_eof(c->scan))
			return RECORD_END;
		r = p == end ? RECORD_MORE : split(c, &p);
		if (r == RECORD_MORE) {
			if ((size_t)(end - from) > c->opt.row_bytes_max)
				return fault_at(c, from, 0,
				    "the row is longer than %zu bytes; that is the limit",
				    c->opt.row_bytes_max);
			if (scan_more(c->scan, err) < 0)
				return RECORD_ERR;
			continue;
		}
		if (r != RECORD_ROW)
			return r;
		if ((size_t)(p - from) > c->opt.row_bytes_max)
			return fault_at(c, from, 0,
			    "the row is longer than %zu bytes; that is the limit",
			    c->opt.row_bytes_max);
		if (c->nfields == 1 && c->fields[0].n == 0 && !c->fields[0].is_quoted)
			r = RECORD_BLANK;
		if (text_has_high_byte(from, (size_t)(p - from))) {
			size_t bad = utf8_check(from, (size_t)(p - from));
			if (bad < (size_t)(p - from))
				return not_utf8(c, from + bad, p);
		}
		c->out.offset = scan_offset(c->scan, from);
		scan_take(c->scan, p);
		return r;
	}
}

static enum csv_result
stop(struct csv *c, enum record r)
{
	c->is_done = true;
	return r == RECORD_END ? CSV_END : r == RECORD_ERR ? CSV_ERR : CSV_FAULT;
}

static void
give(struct csv *c, const struct csv_row **out)
{
	for (size_t i = 0; i < c->nfields; i++)
		if (c->fields[i].is_quoted)
			unescape(c, &c->fields[i]);
	c->out.fields = c->fields;
	c->out.nfields = c->nfields;
	c->out.row = c->row;
	c->out.line = c->line;
	c->line += c->lines;
	c->lines = 0;
	*out = &c->out;
}

static enum record
check_name(struct csv *c, size_t index)
{
	const struct csv_field *f = &c->fields[index];

	if (f->n == 0)
		return fault_at(
		    c, NULL, index + 1, "this column has no name; name it in the header row");
	if (f->n > CSV_NAME_BYTES_MAX)
		return fault_at(c, NULL, index + 1, "the column's name is longer than %d bytes",
		    CSV_NAME_BYTES_MAX);
	for (size_t i = 0; i < index; i++)
		if (c->fields[i].n == f->n && memcmp(c->fields[i].p, f->p, f->n) == 0) {
			char shown[VALUE_SHOW_BYTES];
			value_show(f->p, f->n, shown);
			return fault_at(c, NULL, index + 1,
			    "the column name '%s' stands twice, first in column "
			    "%zu; every column needs a name of its own",
			    shown, i + 1);
		}
	return RECORD_ROW;
}

static enum record
skip_bom(struct csv *c, struct err *err)
{
	const char *p;
	size_t n;

	do {
		if (scan_more(c->scan, err) < 0)
			return RECORD_ERR;
		p = scan_at(c->scan);
		n = (size_t)(scan_end(c->scan) - p);
	} while (n < 3 && !scan_at_eof(c->scan));
	c->row = 1;
	if (n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
		return fault_at(c, p, 0, "the file is UTF-16 text; save it as UTF-8");
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		c->has_bom = true;
		scan_take(c->scan, p + 3);
	}
	return RECORD_ROW;
}

enum csv_result
csv_header(struct csv *c, const struct csv_row **out, struct err *err)
{
	const char **names;
	uint64_t behind;
	enum record r;

	INVARIANT(c->row == 0);
	r = skip_bom(c, err);
	if (r == RECORD_ROW)
		r = record(c, err);
	if (r == RECORD_END)
		r = fault_at(c, NULL, 0, "the file is empty; its first row must name the columns");
	if (r == RECORD_BLANK) {
		c->lines = 0;
		r = fault_at(c, NULL, 0, "the first line is empty; it must name the columns");
	}
	if (r != RECORD_ROW)
		return stop(c, r);
	give(c, out);
	names = ARENA_ARRAY(c->a, c->nfields, const char *);
	behind = c->line;
	c->line = c->out.line; /* for faults */
	for (size_t i = 0; i < c->nfields; i++) {
		r = check_name(c, i);
		if (r != RECORD_ROW)
			return stop(c, r);
		names[i] = arena_dup(c->a, c->fields[i].p, c->fields[i].n);
		c->fields[i].p = names[i];
	}
	c->line = behind;
	c->names = names;
	c->ncolumns = c->nfields;
	return CSV_ROW;
}

static enum record
ragged(struct csv *c)
{
	size_t column = c->nfields < c->ncolumns ? c->nfields + 1 : c->ncolumns + 1;
	size_t want = c->ncolumns, found = c->nfields;

	c->lines = 0;
	return fault_at(c, NULL, column, "expected %zu field%s, found %zu; %s", want,
	    want == 1 ? "" : "s", found,
	    found < want ? "a field is missing, or the header has one too many"
			 : "put fields that contain the delimiter in quotes");
}

enum csv_result
csv_next(struct csv *c, const struct csv_row **out, struct err *err)
{
	enum record r;

	INVARIANT(c->ncolumns > 0);
	INVARIANT(!c->is_done);
	c->row++;
	while ((r = record(c, err)) == RECORD_BLANK) {
		if (c->blank_lines++ == 0)
			c->blank_offset = c->out.offset;
		c->line += c->lines;
		c->lines = 0;
	}
	if (r == RECORD_ROW && c->blank_lines) {
		c->line -= c->blank_lines;
		c->lines = 0;
		r = fault_at(c, NULL, 0, "an empty line between rows; remove it");
		c->fault.offset = c->blank_offset;
		c->fault.has_offset = true;
	} else if (r == RECORD_ROW && c->nfields != c->ncolumns) {
		r = ragged(c);
		c->fault.offset = c->out.offset;
		c->fault.has_offset = true;
	}
	if (r != RECORD_ROW)
		return stop(c, r);
	give(c, out);
	return CSV_ROW;
}

const struct fault *
csv_fault(const struct csv *c)
{
	return &c->fault;
}

bool
csv_has_bom(const struct csv *c)
{
	return c->has_bom;
}

bool
csv_has_crlf(const struct csv *c)
{
	return c->has_crlf;
}

bool
csv_has_lf(const struct csv *c)
{
	return c->has_lf;
}

uint64_t
csv_blank_lines(const struct csv *c)
{
	return c->blank_lines;
}

uint64_t
csv_bytes(const struct csv *c)
{
	return scan_offset(c->scan, scan_end(c->scan));
}
