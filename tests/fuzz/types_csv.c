/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CSV reader on any bytes, in pieces of any size: what it says must not depend on the pieces,
 * every row has as many fields as the header, all text is UTF-8 without NUL, and a fault has a
 * place.
 */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/utf8.h"
#include "types/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct csv_stream {
	const char *p;
	size_t n;
	size_t piece;
};

static ssize_t
read_csv_stream(void *arg, void *to, size_t n, struct err *err)
{
	struct csv_stream *s = arg;
	size_t take = s->n < s->piece ? s->n : s->piece;

	(void)err;
	if (take > n)
		take = n;
	memcpy(to, s->p, take);
	s->p += take;
	s->n -= take;
	return (ssize_t)take;
}

static const char *
csv_as_text(struct arena *a, const char *p, size_t n, size_t piece, const struct csv_options *opt)
{
	struct csv_stream s = {p, n, piece};
	struct csv *c = csv_new(a, read_csv_stream, &s, opt);
	const struct csv_row *row;
	struct buf b;
	struct err err;
	size_t columns = 0;
	enum csv_result r = csv_header(c, &row, &err);

	buf_init(&b, a);
	for (; r == CSV_ROW; r = csv_next(c, &row, &err)) {
		columns = columns ? columns : row->nfields;
		INVARIANT(row->nfields == columns);
		buf_printf(
		    &b, "%zu %zu %zu:", (size_t)row->row, (size_t)row->line, (size_t)row->offset);
		for (size_t i = 0; i < row->nfields; i++) {
			INVARIANT(
			    utf8_check(row->fields[i].p, row->fields[i].n) == row->fields[i].n);
			INVARIANT(!memchr(row->fields[i].p, '\0', row->fields[i].n));
			buf_printf(&b, "%zu ", row->fields[i].n);
			buf_add(&b, row->fields[i].p, row->fields[i].n);
		}
	}
	INVARIANT(r != CSV_ERR);
	if (r == CSV_FAULT) {
		INVARIANT(csv_fault(c)->row > 0);
		INVARIANT(csv_fault(c)->line > 0);
		buf_printf(&b, "%s %zu", csv_fault(c)->message, (size_t)csv_fault(c)->offset);
	}
	return buf_take(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct csv_options options[] = {{.delimiter = ','},
	    {.delimiter = '\t', .allow_quote_inside = true},
	    {.delimiter = ',', .field_bytes_max = 16, .row_bytes_max = 64, .columns_max = 5}};
	struct arena *a = arena_new(0);
	const struct csv_options *opt;
	const char *whole, *pieces, *p = (const char *)data;
	size_t piece;

	if (n > 1) {
		opt = &options[data[0] % 3];
		piece = data[0] / 3 % 7 + 1;
		whole = csv_as_text(a, p + 1, n - 1, SIZE_MAX, opt);
		pieces = csv_as_text(a, p + 1, n - 1, piece, opt);
		/* A row limit is noticed when the window is full, so its place may differ; nothing
		 * else may. */
		if (opt->row_bytes_max == 0)
			INVARIANT(strcmp(whole, pieces) == 0);
	}
	arena_free(a);
	return 0;
}
