/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "tap.h"
#include "types/csv.h"

static struct arena *a;
static struct err err;

/* A stream that hands out its text in pieces of a given size. */
struct stream {
	const char *p;
	size_t n;
	size_t piece;
	bool fails_at_end;
};

static ssize_t
read_stream(void *arg, void *to, size_t n, struct err *e)
{
	struct stream *s = arg;
	size_t take = s->n < s->piece ? s->n : s->piece;

	if (take > n)
		take = n;
	if (take == 0 && s->fails_at_end)
		return err_set(e, E_IO, "the disk went away");
	memcpy(to, s->p, take);
	s->p += take;
	s->n -= take;
	return (ssize_t)take;
}

/* All rows as "[a|b][1|2]", then "end", "fault: …" or "err: …". */
static const char *
read_all(
    const char *text, size_t n, size_t piece, const struct csv_options *opt, struct fault *fault)
{
	struct arena *own = arena_new(0);
	struct stream s = {text, n, piece, false};
	struct csv *c = csv_new(own, read_stream, &s, opt);
	const struct csv_row *row;
	struct buf b;
	enum csv_result r = csv_header(c, &row, &err);

	buf_init(&b, a);
	for (; r == CSV_ROW; r = csv_next(c, &row, &err)) {
		buf_char(&b, '[');
		for (size_t i = 0; i < row->nfields; i++) {
			buf_str(&b, i ? "|" : "");
			buf_add(&b, row->fields[i].p, row->fields[i].n);
		}
		buf_char(&b, ']');
	}
	if (r == CSV_FAULT) {
		buf_printf(&b, "fault: %s", csv_fault(c)->message);
		if (fault)
			*fault = *csv_fault(c);
	} else {
		buf_str(&b, r == CSV_END ? "end" : "err");
	}
	arena_free(own);
	return buf_take(&b);
}
#define READ(text) read_all(text, sizeof(text) - 1, 65536, NULL, NULL)

static void
fields_follow_rfc_4180(void)
{
	CHECK_STR(READ("a,b\n1,2\n"), "[a|b][1|2]end");
	CHECK_STR(READ("a,b\r\n1,2\r\n"), "[a|b][1|2]end");
	CHECK_STR(READ("a,b\n1,2"), "[a|b][1|2]end");
	CHECK_STR(READ("a,b\n,\n"), "[a|b][|]end");
	CHECK_STR(READ("a,b\n1,"), "[a|b][1|]end");
	CHECK_STR(READ("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n"), "[a|b][x,y|say \"hi\"]end");
	CHECK_STR(READ("a,b\n\"line 1\nline 2\",\"\"\n"), "[a|b][line 1\nline 2|]end");
	CHECK_STR(READ("\"a\",\"b,c\"\n1,2"), "[a|b,c][1|2]end");
	CHECK_STR(READ("a\n\"\"\n"), "[a][]end");
	CHECK_STR(READ("a,b\n\"\"\"\",\"\"\"x\"\n"), "[a|b][\"|\"x]end");
	CHECK_STR(READ("na\xc3\xafve,b\n\xe2\x82\xac,2\n"), "[naïve|b][€|2]end");
}

static void
a_byte_order_mark_and_blank_lines_at_the_end_are_accepted(void)
{
	struct arena *own = arena_new(0);
	struct stream s = {"\xef\xbb\xbf"
			   "a,b\r\n1,2\r\n\r\n\n",
	    16, 3, false};
	struct csv *c = csv_new(own, read_stream, &s, NULL);
	const struct csv_row *row;

	CHECK_INT(csv_header(c, &row, &err), CSV_ROW);
	CHECK_STR(row->fields[0].p, "a");
	CHECK_INT(csv_next(c, &row, &err), CSV_ROW);
	CHECK_INT(row->row, 2);
	CHECK_INT(row->offset, 8);
	CHECK_INT(csv_next(c, &row, &err), CSV_END);
	CHECK_STR(csv_fault(c)->message, "");
	CHECK(csv_has_bom(c));
	CHECK(csv_has_crlf(c));
	CHECK(csv_has_lf(c));
	CHECK_INT(csv_blank_lines(c), 2);
	CHECK_INT(csv_bytes(c), 16);
	arena_free(own);
}

struct bad {
	const char *text;
	size_t n;
	const char *message;
	uint64_t row, line, column, offset;
};
#define BAD(text, message, row, line, column, offset)                                              \
	{                                                                                          \
		text, sizeof(text) - 1, message, row, line, column, offset                         \
	}

static void
what_is_wrong_is_said_with_its_place(void)
{
	static const struct bad cases[] = {
	    BAD("", "row 1: the file is empty; its first row must name the columns", 1, 1, 0, 0),
	    BAD("\xef\xbb\xbf", "row 1: the file is empty; its first row must name the columns", 1,
		1, 0, 0),
	    BAD("\na,b\n", "row 1: the first line is empty; it must name the columns", 1, 1, 0, 0),
	    BAD("a,b\n1,2\n3\n",
		"row 3, column 2 'b': expected 2 fields, found 1; a field is missing, or the header has one too many",
		3, 3, 2, 8),
	    BAD("a,b\n1,2,3\n",
		"row 2, column 3: expected 2 fields, found 3; put fields that contain the delimiter in quotes",
		2, 2, 3, 4),
	    BAD("a\n\"x\ny\"\n1,2\n",
		"row 3 (line 4), column 2: expected 1 field, found 2; put fields that contain the delimiter in quotes",
		3, 4, 2, 8),
	    BAD("a,b\n1,\"2\n3,4\n",
		"row 2, column 2 'b': a quote opens here and is never closed; close it, or write a quote that "
		"belongs to the text twice (\"\")",
		2, 2, 2, 6),
	    BAD("a,b\n1,x\"y\n",
		"row 2, column 2 'b': a quote inside a field that does not begin with one; put the whole field in quotes "
		"and write the inner quote twice (\"\")",
		2, 2, 2, 7),
	    BAD("a,b\n1,\"x\"y\n",
		"row 2, column 2 'b': text behind the closing quote; a quote inside a quoted field is written twice "
		"(\"\")",
		2, 2, 2, 9),
	    BAD("a,b\r1,2\r",
		"row 1, column 2: a carriage return without a line feed; end every row with LF or CRLF (save the file as "
		"plain CSV)",
		1, 1, 2, 3),
	    BAD("a,b\n1,2\n\n3,4\n", "row 3: an empty line between rows; remove it", 3, 3, 0, 8),
	    BAD("a,b\n1,x\0y\n", "row 2, column 2 'b': a NUL byte; the file is damaged or not text",
		2, 2, 2, 7),
	    BAD("a,b\n1,\"x\0y\"\n",
		"row 2, column 2 'b': a NUL byte; the file is damaged or not text", 2, 2, 2, 8),
	    BAD("a,b\n1,caf\xe9\n",
		"row 2, column 2 'b': byte 0xE9 is not UTF-8; the file looks like Latin-1 or Windows-1252; save it as "
		"UTF-8",
		2, 2, 2, 9),
	    BAD("a,b\n1,\x80 5\n",
		"row 2, column 2 'b': byte 0x80 is not UTF-8; the file looks like Windows-1252 or an old Mac or DOS "
		"encoding; save it as UTF-8",
		2, 2, 2, 6),
	    BAD("a,b\n1,\xc0\xaf\n",
		"row 2, column 2 'b': byte 0xC0 is not UTF-8; save the file as UTF-8", 2, 2, 2, 6),
	    BAD("a,b\n\"x\n\xff\",1\n",
		"row 2 (line 3), column 1 'a': byte 0xFF is not UTF-8; the file looks like Latin-1 or "
		"Windows-1252; save it as UTF-8",
		2, 3, 1, 7),
	    BAD("a,,c\n1,2,3\n",
		"row 1, column 2: this column has no name; name it in the header row", 1, 1, 2, 0),
	    BAD("a,b,a\n1,2,3\n",
		"row 1, column 3: the column name 'a' stands twice, first in column 1; every column needs a name of its "
		"own",
		1, 1, 3, 0),
	    BAD("\xff\xfe"
		"a\0,\0",
		"row 1: the file is UTF-16 text; save it as UTF-8", 1, 1, 0, 0),
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct bad *c = &cases[i];
		struct fault f = {.row = 0};
		/* The place must not depend on how the bytes come in. */
		for (size_t piece = 1; piece < 5; piece += 3) {
			const char *got =
			    strstr(read_all(c->text, c->n, piece, NULL, &f), "fault: ");
			CHECK_STR(got ? got + 7 : NULL, c->message);
			CHECK_INT(f.row, c->row);
			CHECK_INT(f.line, c->line);
			CHECK_INT(f.column, c->column);
			if (f.has_offset)
				CHECK_INT(f.offset, c->offset);
		}
	}
}

static void
tabs_separate_and_quotes_inside_are_text_in_tsv(void)
{
	struct csv_options tsv = {.delimiter = '\t', .allow_quote_inside = true};
	const char text[] = "a\tb\n5\" pipe\t\"x\ty\"\n";

	CHECK_STR(read_all(text, sizeof text - 1, 4096, &tsv, NULL), "[a|b][5\" pipe|x\ty]end");
}

static void
limits_are_faults(void)
{
	struct csv_options small = {.field_bytes_max = 10, .row_bytes_max = 30, .columns_max = 3};
	const char *got;

	got = read_all("a,b,c,d\n", 8, 8, &small, NULL);
	CHECK_STR(got, "fault: row 1, column 4: more than 3 columns; that is the limit");
	got = read_all("a\n12345678901\n", 14, 14, &small, NULL);
	CHECK_STR(got,
	    "[a]fault: row 2, column 1 'a': the field is longer than 10 bytes; that is the limit");
	got = read_all("a\n\"1\n2\n3\n4\n5\n6\n7\n8\n9\n", 22, 22, &small, NULL);
	CHECK(strstr(got,
		  "row 2, column 1 'a': a quote opens here and is not closed within 10 bytes") !=
	      NULL);
	small = (struct csv_options){.row_bytes_max = 20};
	got = read_all("a,b,c\n1234567,1234567,1234567\n", 30, 4, &small, NULL);
	CHECK_STR(got, "[a|b|c]fault: row 2: the row is longer than 20 bytes; that is the limit");
	got = arena_printf(a, "%0300d\n", 7);
	CHECK(strstr(read_all(got, strlen(got), 99, NULL, NULL), "name is longer than 256 bytes") !=
	      NULL);
}

static void
a_failing_read_is_an_error_not_a_fault(void)
{
	struct arena *own = arena_new(0);
	struct stream s = {"a,b\n1,2\n3", 9, 9, true};
	struct csv *c = csv_new(own, read_stream, &s, NULL);
	const struct csv_row *row;

	CHECK_INT(csv_header(c, &row, &err), CSV_ROW);
	CHECK_INT(csv_next(c, &row, &err), CSV_ROW);
	CHECK_INT(csv_next(c, &row, &err), CSV_ERR);
	CHECK_STR(err.msg, "the disk went away");
	arena_free(own);
}

/* An endless supply of rows, some with quotes. */
struct supply {
	size_t left;
};

static ssize_t
read_supply(void *arg, void *to, size_t n, struct err *e)
{
	static const char rows[] =
	    "id,name,amount,when\nT-000017,\"Miller, Ann\",123.45,2026-03-01\n";
	struct supply *s = arg;
	char *p = to;

	(void)e;
	if (n > s->left)
		n = s->left;
	for (size_t i = 0; i < n; i++) {
		size_t at = s->left - i; /* counts down; the text is aligned to its end */
		p[i] = rows[(sizeof rows - 1 - at % (sizeof rows - 1)) % (sizeof rows - 1)];
	}
	s->left -= n;
	return (ssize_t)n;
}

static void
memory_stays_small_whatever_the_size(void)
{
	struct arena *own = arena_new(0);
	struct supply s = {
	    (sizeof "id,name,amount,when\nT-000017,\"Miller, Ann\",123.45,2026-03-01\n" - 1) *
	    500000};
	struct csv *c = csv_new(own, read_supply, &s, NULL);
	const struct csv_row *row;
	struct rusage before, after;
	uint64_t rows = 0;
	enum csv_result r;

	(void)getrusage(RUSAGE_SELF, &before);
	r = csv_header(c, &row, &err);
	while (r == CSV_ROW && (r = csv_next(c, &row, &err)) == CSV_ROW)
		rows++;
	(void)getrusage(RUSAGE_SELF, &after);
	CHECK_INT(r, CSV_END);
	CHECK_INT(rows, 999999);
	printf("# %llu MB, %ld KiB more resident\n", (unsigned long long)(csv_bytes(c) / 1000000),
	    after.ru_maxrss - before.ru_maxrss);
#ifndef FORGE_ASAN
	CHECK(after.ru_maxrss - before.ru_maxrss < 4 << 10);
#endif
	arena_free(own);
}

int
main(void)
{
	a = arena_new(0);
	RUN(fields_follow_rfc_4180);
	RUN(a_byte_order_mark_and_blank_lines_at_the_end_are_accepted);
	RUN(what_is_wrong_is_said_with_its_place);
	RUN(tabs_separate_and_quotes_inside_are_text_in_tsv);
	RUN(limits_are_faults);
	RUN(a_failing_read_is_an_error_not_a_fault);
	RUN(memory_stays_small_whatever_the_size);
	arena_free(a);
	return tap_done();
}
