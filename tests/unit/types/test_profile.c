/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "tap.h"
#include "types/profile.h"

static struct arena *a;
static struct err err;

static int
file_of(const char *text, size_t n)
{
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, text, n, &err), 0);
	return fd;
}

static struct artifact_profile
profile_as(const char *text, size_t n, const char *path, const char *kind)
{
	struct artifact_profile p = {.rows = -2};
	int fd = file_of(text, n);

	if (artifact_profile(a, fd, path, kind, NULL, &p, &err) < 0)
		printf("# %s\n", err.msg);
	(void)close(fd);
	return p;
}
#define PROFILE(text, path) profile_as(text, sizeof(text) - 1, path, NULL)

static const char small[] = "id,name,hours,day,flag\n"
			    "a1,Ann,7.5,2026-01-02,true\n"
			    "a2,Bob,8,2026-01-02,false\n"
			    "a3,Ann,7.25,2026-01-03,true\n"
			    "a4,,0.50,2026-01-04,true\n"
			    "a5,Bob,9,2026-01-03,false\n";

static void
columns_have_types_nulls_counts_and_edges(void)
{
	struct artifact_profile p = PROFILE(small, "t.csv");
	const struct column_profile *hours = profile_column(&p, "hours"),
				    *name = profile_column(&p, "name");

	CHECK(p.parse_ok);
	CHECK_STR(kind_name(p.kind), "table.csv");
	CHECK_INT(p.rows, 5);
	CHECK_INT(p.ncolumns, 5);
	CHECK_STR(coltype_name(hours->type), "decimal");
	CHECK_STR(hours->min, "0.50");
	CHECK_STR(hours->max, "9");
	CHECK_INT(name->nulls, 1);
	CHECK_INT(name->distinct, 2);
	CHECK_STR(coltype_name(profile_column(&p, "day")->type), "date");
	CHECK_STR(coltype_name(profile_column(&p, "flag")->type), "boolean");
}

static void
keys_are_exact_over_all_rows(void)
{
	struct artifact_profile p = PROFILE(small, "t.csv");
	const char *id[] = {"id"}, *day[] = {"day"}, *pair[] = {"day", "name"};

	CHECK_INT(profile_key(&p, id, 1), KEY_YES);
	CHECK_INT(profile_key(&p, day, 1), KEY_NO);
	CHECK_INT(profile_key(&p, pair, 2), KEY_NO); /* name has a null */
	p = PROFILE("c,r,x\n1,a,5\n1,b,5\n2,a,5\n2,b,6\n", "t.csv");
	CHECK_INT(profile_key(&p, (const char *[]){"c", "r"}, 2), KEY_YES);
	CHECK_INT(profile_key(&p, (const char *[]){"c", "x"}, 2), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"c"}, 1), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"nosuch"}, 1), KEY_NO);
}

static void
a_bad_value_is_placed(void)
{
	struct artifact_profile p = PROFILE("n\n1\n2\nx\n4\n", "t.csv");
	struct value_place place;
	char reason[256];

	CHECK_INT(profile_column_fits(&p.columns[0], COL_INTEGER, NULL, 0, &place, reason), KEY_NO);
	CHECK_INT(place.row, 4);
	CHECK_STR(place.value, "x");
	CHECK_INT(profile_column_fits(&p.columns[0], COL_TEXT, NULL, 0, &place, reason), KEY_YES);
	p = PROFILE("n\nx\n1\n2\n", "t.csv");
	CHECK_INT(profile_column_fits(&p.columns[0], COL_DECIMAL, NULL, 0, &place, reason), KEY_NO);
	CHECK_INT(place.row, 2);
}

struct bad {
	const char *why;
	const char *text;
	size_t n;
	const char *path;
	uint64_t row, column;
	const char *words;
};
#define BAD(why, text, path, row, column, words)                                                   \
	{                                                                                          \
		why, text, sizeof(text) - 1, path, row, column, words                              \
	}

static void
bad_files_are_told_with_their_place(void)
{
	static const struct bad cases[] = {
	    BAD("empty", "", "t.csv", 0, 0, "empty"),
	    BAD("ragged", "a,b\n1,2\n3\n", "t.csv", 3, 0, "2"),
	    BAD("too many", "a,b\n1,2\n3,4,5\n", "t.csv", 3, 0, "3"),
	    BAD("quote", "a,b\n1,\"2\n3,4\n", "t.csv", 2, 2, "quote"),
	    BAD("latin-1", "a,b\n1,caf\xe9\n", "t.csv", 2, 2, "UTF-8"),
	    BAD("nul", "a,b\n1,x\0y\n", "t.csv", 2, 2, "NUL"),
	    BAD("twins", "a,a\n1,2\n", "t.csv", 1, 2, "a"),
	    BAD("no name", "a,,c\n1,2,3\n", "t.csv", 1, 2, ""),
	    BAD("utf-16",
		"\xff\xfe"
		"a\0,\0b\0\n\0",
		"t.csv", 0, 0, "UTF-8"),
	    BAD("pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "t.csv", 0, 0, "PDF"),
	    BAD("png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "t.csv", 0, 0, "PNG"),
	    BAD("zip", "PK\3\4\24\0\0\0\0\0", "t.csv", 0, 0, "ZIP"),
	    BAD("html", "<!DOCTYPE html><html><body>Sign in</body></html>", "t.csv", 0, 0, "HTML"),
	    BAD("json", "{\"a\":1,}", "t.json", 0, 0, "line 1, column 8"),
	    BAD("cut pdf", "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "t.pdf", 0, 0, "cut off"),
	    BAD("cut html", "<!doctype html><html><body>", "t.html", 0, 0, "</html>"),
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct bad *c = &cases[i];
		struct artifact_profile p = profile_as(c->text, c->n, c->path, NULL);
		if (p.parse_ok || (c->row && p.fault.row != c->row) ||
		    (c->column && p.fault.column != c->column) ||
		    !strstr(p.fault.message, c->words)) {
			printf("# %s: ok=%d row %llu column %llu: %s\n", c->why, p.parse_ok,
			    (unsigned long long)p.fault.row, (unsigned long long)p.fault.column,
			    p.fault.message);
			CHECK(!"told with its place");
		}
	}
}

static void
bom_crlf_quotes_and_line_ends_in_fields_are_fine(void)
{
	struct artifact_profile p =
	    PROFILE("\xef\xbb\xbf\"id\",\"text\"\r\n1,\"a,\"\"b\"\"\r\nc\"\r\n2,x", "t.csv");

	CHECK(p.parse_ok);
	CHECK(p.has_bom);
	CHECK_INT(p.rows, 2);
	CHECK_STR(p.columns[0].name, "id");
	CHECK(p.nnotes > 0);
}

static void
header_only_is_a_table_without_rows(void)
{
	struct artifact_profile p = PROFILE("a,b\n", "t.csv");

	CHECK(p.parse_ok);
	CHECK_INT(p.rows, 0);
	CHECK_INT(p.ncolumns, 2);
	CHECK_STR(p.notes[0], "The table has no rows.");
}

static void
json_rows_are_a_table_and_other_json_is_not(void)
{
	struct artifact_profile p =
	    PROFILE("[{\"id\":1,\"x\":null},\n{\"id\":2,\"y\":[1]}]", "t.json");

	CHECK_STR(kind_name(p.kind), "table.json_rows");
	CHECK_INT(p.rows, 2);
	CHECK_INT(p.ncolumns, 3);
	CHECK_INT(profile_column(&p, "x")->nulls, 2);
	CHECK_INT(profile_column(&p, "y")->missing, 1);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	p = PROFILE("{\"a\":[1,2]}", "t.json");
	CHECK_STR(kind_name(p.kind), "object.json");
	CHECK_STR(p.top_level, "object");
	p = profile_as("[1,2]", 5, "t.json", "table.json_rows");
	CHECK(!p.parse_ok);
	p = profile_as("[{\"a\":1},{\"a\":1,\"a\":2}]", 23, "t.json", "table.json_rows");
	CHECK(!p.parse_ok);
	CHECK_INT(p.fault.row, 2);
	p = profile_as("[{\"a\":1}", 8, "t.json", "table.json_rows");
	CHECK(!p.parse_ok);
}

static void
ambiguous_dates_are_said_not_guessed(void)
{
	struct artifact_profile p = PROFILE("d\n03/04/2026\n05/06/2026\n", "t.csv");

	CHECK_STR(p.columns[0].date_format, "ambiguous");
	p = PROFILE("d\n03/04/2026\n25/06/2026\n", "t.csv");
	CHECK_STR(p.columns[0].date_format, "dmy");
	p = PROFILE("d\n2026-04-03\n2026-06-25\n", "t.csv");
	CHECK_STR(p.columns[0].date_format, "iso");
}

static void
a_stored_profile_reads_back_the_same(void)
{
	struct artifact_profile p = PROFILE(small, "t.csv"), q;
	struct buf one, two;
	struct jw w;
	struct jx *doc;

	buf_init(&one, a);
	jw_init(&w, &one);
	artifact_profile_json(&p, NULL, &w);
	CHECK_INT(jx_parse(a, one.p, one.len, NULL, &doc, &err), 0);
	CHECK_INT(artifact_profile_from_json(a, doc, &q, &err), 0);
	buf_init(&two, a);
	jw_init(&w, &two);
	artifact_profile_json(&q, NULL, &w);
	CHECK_STR(two.p, one.p);
}

/* ---- types ---- */

struct column_case {
	const char *header;
	const char *values; /* one a line */
	const char *type;
	const char *date_format;
};

static void
columns_are_read_as_what_all_values_are(void)
{
	static const struct column_case cases[] = {
	    {"n", "1\n-2\n30\n", "integer", NULL},
	    {"n", "1\n2.5\n", "decimal", NULL},
	    {"hours", "1.50\n2.25\n", "decimal", NULL},
	    {"billed_amount", "1.50\n2.25\n", "money", NULL},
	    {"billed_amount", "1.5\n2.25\n", "decimal", NULL},
	    {"billed_amount", "$1.50\n$2.25\n", "text", NULL},
	    {"flag", "1\n0\n1\n", "integer", NULL},
	    {"flag", "yes\nno\nyes\n", "boolean", NULL},
	    {"d", "2026-01-02\n2025-12-31\n", "date", "iso"},
	    {"d", "31/12/2025\n01/02/2026\n", "date", "dmy"},
	    {"d", "12/31/2025\n01/02/2026\n", "date", "mdy"},
	    {"d", "01/02/2026\n03/04/2026\n", "date", "ambiguous"},
	    {"d", "31.12.2025\n01.02.2026\n", "date", "dmy"},
	    {"d", "2025/12/31\n2026/1/2\n", "date", "ymd"},
	    {"d", "31/12/2025\n2026-01-02\n", "text", NULL},
	    {"d", "2025-12-31\n2026-02-30\n", "text", NULL},
	    {"t", "2026-01-02T03:04:05Z\n2026-01-02 03:04\n", "timestamp", NULL},
	    {"t", "2026-01-02T03:04:05Z\n2026-01-02\n", "text", NULL},
	    {"code", "T-1\nT-2\nT-3\n", "id", NULL},
	    {"employee_id", "E1\nE1\nE2\nE1\n", "id", NULL},
	    {"zip", "01234\n99999\n", "id", NULL},
	    {"status", "open\nopen\ndone\nopen\n", "enum", NULL},
	    {"name", "Ann Lee\nBob Ray\n", "text", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct column_case *c = &cases[i];
		/* A second column keeps empty values from being empty lines. */
		const char *text = arena_printf(a, "%s,x\n", c->header), *line = c->values, *end;
		struct artifact_profile p;
		for (; (end = strchr(line, '\n')); line = end + 1)
			text = arena_printf(a, "%s%.*s,y\n", text, (int)(end - line), line);
		p = profile_as(text, strlen(text), "t.csv", NULL);
		CHECK(p.parse_ok);
		if (strcmp(coltype_name(p.columns[0].type), c->type) != 0 ||
		    strcmp(p.columns[0].date_format ? p.columns[0].date_format : "",
			c->date_format ? c->date_format : "") != 0) {
			printf("# %s: %s is %s %s\n", c->header, c->values,
			    coltype_name(p.columns[0].type),
			    p.columns[0].date_format ? p.columns[0].date_format : "");
			CHECK(!"type");
		}
	}
}

static bool
has_note(const struct artifact_profile *p, const char *part)
{
	for (size_t i = 0; i < p->nnotes; i++)
		if (strstr(p->notes[i], part))
			return true;
	for (size_t i = 0; i < p->nnotes; i++)
		printf("# note: %s\n", p->notes[i]);
	return false;
}

static void
conforming_types_are_exact_and_their_refutation_is_placed(void)
{
	struct artifact_profile p = PROFILE("v,w\n1,a\n2.5,b\n,c\n1e3,d\nx,e\n", "t.csv");
	const struct column_profile *c = &p.columns[0];

	CHECK_INT(c->conforms, COL_BIT(COL_ID) | COL_BIT(COL_TEXT));
	CHECK_INT(c->first.row, 2);
	CHECK_INT(c->refuted[COL_INTEGER].row, 3);
	CHECK_STR(c->refuted[COL_INTEGER].value, "2.5");
	CHECK_INT(c->refuted[COL_MONEY].row, 5);
	CHECK_INT(c->refuted[COL_DECIMAL].row, 6);
	CHECK_INT(c->refuted[COL_DATE].row, 0);
	CHECK_INT(c->nulls, 1);
	CHECK_INT(c->distinct, 4);
}

static void
the_value_that_spoils_a_column_is_noted(void)
{
	struct artifact_profile p = PROFILE("hours\n1\n2\n3\n4\n5\n6\n7\n8\n9\n1O\n11\n", "t.csv");

	CHECK(!has_note(&p, "Column"));
	p = PROFILE("hours\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n1I\n12\n", "t.csv");
	CHECK(has_note(
	    &p, "Column 'hours': row 12 holds '1I', the first value that is not a whole number."));
}

static void
odd_tables_are_noted(void)
{
	struct artifact_profile p = PROFILE("a;b;c\n1;2;3\n", "t.csv");

	CHECK(has_note(&p, "The fields seem to be separated by semicolons, not by commas"));
	p = PROFILE("a,b\n1,2\n", "t.tsv");
	CHECK(has_note(&p, "separated by commas, not by tabs"));
	/* decimal commas make such a table break off: the separator is to blame, not the row */
	p = PROFILE("a;b;c\n1;2;3\n1;2,5;3\n", "t.csv");
	CHECK(!p.parse_ok);
	CHECK(strstr(p.fault.message, "separated by semicolons, not by commas") != NULL);
	CHECK_INT(p.fault.row, 3);
	p = PROFILE("2026-01-02,17,3.5\n2026-01-03,18,4\n", "t.csv");
	CHECK(has_note(&p, "The first row looks like values, not like column names"));
	p = PROFILE("a, b\n1,2\n", "t.csv");
	CHECK(has_note(&p, "The column name ' b' has blanks at its ends"));
	p = PROFILE("a,b\n1,2\n\n\n", "t.csv");
	CHECK(has_note(&p, "2 empty lines at the end of the file were ignored."));
}

static void
edges_go_by_value_for_numbers_and_by_bytes_for_text(void)
{
	struct artifact_profile p =
	    PROFILE("n,t,e\n9,b,1e3\n10,B,999\n-3,\xc3\xa9,1e-3\n2.50,a,0.01\n", "t.csv");

	CHECK_STR(p.columns[0].min, "-3");
	CHECK_STR(p.columns[0].max, "10");
	CHECK_STR(p.columns[1].min, "B");
	CHECK_STR(p.columns[1].max, "\xc3\xa9");
	CHECK_STR(p.columns[2].min, "1e-3");
	CHECK_STR(p.columns[2].max, "1e3");
	p = PROFILE("d\n31/12/2025\n01/02/2026\n", "t.csv");
	CHECK(p.columns[0].min == NULL);
}

static void
few_values_are_listed_sorted(void)
{
	struct artifact_profile p = PROFILE("s\nb\na\nb\nc\n", "t.csv");
	struct value_place place;
	char reason[256];
	const char *abc[] = {"c", "b", "a"};

	CHECK_INT(p.columns[0].nvalues, 3);
	CHECK_STR(p.columns[0].values[0], "a");
	CHECK_STR(p.columns[0].values[2], "c");
	CHECK_INT(profile_column_fits(&p.columns[0], COL_ENUM, abc, 3, &place, reason), KEY_YES);
	CHECK_INT(
	    profile_column_fits(&p.columns[0], COL_ENUM, abc, 2, &place, reason), KEY_UNDECIDED);
	CHECK_INT(profile_column_fits(&p.columns[0], COL_ENUM, abc, 1, &place, reason), KEY_NO);
	CHECK_INT(place.row, 2);
	CHECK_STR(place.value, "b");
}

/* ---- keys, and what a cap leaves open ---- */

static const char *
rows_text(size_t n, const char *header, const char *(*line)(size_t))
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, header);
	for (size_t i = 0; i < n; i++)
		buf_str(&b, line(i));
	return buf_take(&b);
}

static const char *
grid_line(size_t i)
{
	static char text[64];

	(void)snprintf(text, sizeof text, "T%zu,%zu,%zu,%zu,c\n", i, i / 100, i % 100, i % 7);
	return text;
}

static struct artifact_profile
profile_with(const char *text, const struct profile_options *opt)
{
	struct artifact_profile p = {.rows = -2};
	int fd = file_of(text, strlen(text));

	CHECK_INT(artifact_profile(a, fd, "t.csv", NULL, opt, &p, &err), 0);
	(void)close(fd);
	return p;
}

static void
pairs_are_keys_only_when_no_two_rows_agree(void)
{
	const char *text = rows_text(5000, "id,x,y,z,k\n", grid_line);
	struct artifact_profile p = profile_with(text, NULL);

	CHECK_INT(p.pairs, PAIRS_ALL);
	CHECK_INT(p.ncandidate_keys, 2);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	CHECK_INT(profile_key(&p, (const char *[]){"y", "x"}, 2), KEY_YES);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "z"}, 2), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "k"}, 2), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "y", "z"}, 3), KEY_YES);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "z", "k"}, 3), KEY_UNDECIDED);
	p = profile_with(text, &(struct profile_options){.skip_pairs = true});
	CHECK_INT(p.pairs, PAIRS_NONE);
	CHECK_INT(profile_key(&p, (const char *[]){"y", "x"}, 2), KEY_UNDECIDED);
	/* One more row that repeats an earlier pair. */
	p = profile_with(arena_printf(a, "%sT9,3,17,9,c\n", text), NULL);
	CHECK_INT(profile_key(&p, (const char *[]){"y", "x"}, 2), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_NO);
}

static void
a_memory_cap_leaves_keys_undecided_never_guessed(void)
{
	const char *text = rows_text(5000, "id,x,y,z,k\n", grid_line);
	struct artifact_profile p =
	    profile_with(text, &(struct profile_options){.memory_bytes_max = 2000});

	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_UNDECIDED);
	CHECK(!profile_column(&p, "id")->distinct_exact);
	CHECK(profile_column(&p, "id")->distinct > 50);
	CHECK(profile_column(&p, "id")->distinct < 5000);
	CHECK_INT(profile_key(&p, (const char *[]){"y", "x"}, 2), KEY_UNDECIDED);
	CHECK_INT(profile_key(&p, (const char *[]){"z"}, 1), KEY_NO);
	CHECK(has_note(&p, "is not decided."));
	/* A little more memory, and further passes decide it, a part of the rows at a time. */
	p = profile_with(text, &(struct profile_options){.memory_bytes_max = 20000});
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	CHECK_INT(profile_column(&p, "id")->distinct, 5000);
	CHECK(profile_column(&p, "id")->distinct_exact);
	CHECK_INT(profile_key(&p, (const char *[]){"y", "x"}, 2), KEY_YES);
	p = profile_with(arena_printf(a, "%sT17,99,99,99,d\n", text),
	    &(struct profile_options){.memory_bytes_max = 20000});
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_NO);
	/* Counts stop at their own cap; a key is followed beyond it. */
	p = profile_with(text, &(struct profile_options){.distinct_max = 60});
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	CHECK_INT(profile_column(&p, "id")->distinct, 5000);
	CHECK(profile_column(&p, "x")->distinct_exact);
	CHECK(!profile_column(&p, "y")->distinct_exact);
	CHECK_INT(profile_column(&p, "y")->distinct, 100); /* a key until its first repeat */
}

static void
a_null_ends_a_key_even_when_memory_ended_before(void)
{
	const char *text =
	    arena_printf(a, "%s,1,2,3,c\n", rows_text(5000, "id,x,y,z,k\n", grid_line));
	struct artifact_profile p =
	    profile_with(text, &(struct profile_options){.memory_bytes_max = 2000});

	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_NO);
	p = profile_with(text, NULL);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_NO);
	CHECK_INT(profile_column(&p, "id")->nulls, 1);
}

static void
many_columns_are_paired_in_part_and_it_is_said(void)
{
	struct buf b;
	struct artifact_profile p;

	buf_init(&b, a);
	for (int c = 0; c < 20; c++)
		buf_printf(&b, "%sc%d", c ? "," : "", c);
	for (int r = 0; r < 40; r++)
		for (int c = 0; c < 20; c++)
			buf_printf(&b, "%s%d", c ? "," : "\n", (r >> (c % 5)) & 1);
	p = profile_with(b.p, NULL);
	CHECK_INT(p.pairs, PAIRS_SOME);
	CHECK_INT(p.npair_columns, PROFILE_PAIR_COLUMNS_MAX);
	CHECK(has_note(&p, "among the first 16 of 20 columns"));
	CHECK_INT(profile_key(&p, (const char *[]){"c0", "c1"}, 2), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"c0", "c19"}, 2), KEY_UNDECIDED);
}

/* ---- JSON ---- */

static void
json_columns_may_come_late_and_keep_their_types(void)
{
	struct artifact_profile p =
	    PROFILE("[{\"n\":5,\"m\":\"5\",\"x\":\"5\"},{\"n\":5.0,\"m\":\"6\",\"x\":5},"
		    "{\"late\":[1,{\"a\":\"b\\n\"}],\"n\":7,\"m\":\"7\",\"x\":true}]",
		"t.json");
	const struct column_profile *late = profile_column(&p, "late"),
				    *x = profile_column(&p, "x");

	CHECK(p.parse_ok);
	CHECK_STR(p.top_level, "array");
	CHECK_INT(late->nulls, 2);
	CHECK_INT(late->missing, 2);
	CHECK_STR(coltype_name(late->type), "json");
	CHECK_STR(late->first.value, "[1,{\"a\":\"b\\u000a\"}]");
	CHECK_STR(coltype_name(profile_column(&p, "n")->type), "decimal");
	CHECK_STR(coltype_name(profile_column(&p, "m")->type), "integer");
	CHECK_INT(x->distinct, 3); /* the text 5, the number 5, true */
	CHECK_INT(x->conforms, 0);
	CHECK_INT(x->refuted[COL_TEXT].row, 2);
	CHECK_INT(profile_key(&p, (const char *[]){"late"}, 1), KEY_NO);
}

static void
json_that_is_not_rows_is_still_sound_json(void)
{
	struct artifact_profile p = PROFILE("[{\"a\":1},2]", "t.json");

	CHECK(p.parse_ok);
	CHECK_STR(kind_name(p.kind), "object.json");
	CHECK_STR(p.top_level, "array");
	CHECK_INT(p.rows, -1);
	CHECK_INT(p.ncolumns, 0);
	p = profile_as("[{\"a\":1},\n2]", 12, "t.json", "table.json_rows");
	CHECK(!p.parse_ok);
	CHECK_STR(p.fault.message,
	    "row 2, line 2, column 1: expected an object with the columns as keys, found a number");
	p = profile_as("{\"a\":1}", 7, "t.json", "table.json_rows");
	CHECK_STR(
	    p.fault.message, "line 1, column 1: expected a JSON array of objects, found an object");
	p = PROFILE("[{\"a\":1},{\"a\":01}]", "t.json");
	CHECK(!p.parse_ok);
	CHECK_STR(p.fault.message, "row 2, line 1, column 16: a digit behind a leading zero");
	p = PROFILE("[{\"a\":1}] x", "t.json");
	CHECK_STR(
	    p.fault.message, "line 1, column 11: expected nothing behind the value, found 'x'");
	p = PROFILE("[{\"\":1}]", "t.json");
	CHECK(p.parse_ok);
	CHECK_STR(kind_name(p.kind), "object.json");
	p = PROFILE("[]", "t.json");
	CHECK_STR(p.top_level, "array");
	p = profile_as("[]", 2, "t.json", "table.json_rows");
	CHECK(p.parse_ok);
	CHECK_INT(p.rows, 0);
}

/* ---- text, pages, archives ---- */

static void
text_is_judged_by_its_bytes(void)
{
	struct artifact_profile p = PROFILE("# Policy\n\ncaf\xc3\xa9\n", "p.md");

	CHECK(p.parse_ok);
	CHECK_STR(kind_name(p.kind), "text.markdown");
	p = PROFILE("# Policy\n\n\xc3\xa9 caf\xe9\n", "p.md");
	CHECK_STR(p.fault.message,
	    "line 3, column 6: byte 0xE9 is not UTF-8, though the text before it is: the file mixes encodings, and from here on it "
	    "looks like Windows-1252 (the byte would be 'é'); convert that part to UTF-8 and save all of it as UTF-8");
	CHECK_STR(p.encoding, "mixed");
	CHECK_INT(p.fault.offset, 16);
	p = PROFILE("a\nb\0c\n", "p.txt");
	CHECK_STR(p.fault.message, "line 2, column 2: a NUL byte; the file is damaged or not text");
	p = PROFILE("", "p.md");
	CHECK_STR(p.fault.message, "the file is empty");
	p = PROFILE("", "p.txt");
	CHECK(p.parse_ok);
	p = PROFILE("a: [1\n", "p.yaml");
	CHECK(!p.parse_ok);
	CHECK_INT(p.fault.line, 2);
	p = PROFILE("", "p.bin");
	CHECK(p.parse_ok);
}

static void
pages_that_were_cut_or_garbled_are_told(void)
{
	struct artifact_profile p =
	    PROFILE("<!doctype html><html><head><script>if (a<b) x(\"</div>\");</script></head>"
		    "<body><!-- <div> --><div title='a>b'>ok</div></body></html>\n",
		"r.html");

	CHECK(p.parse_ok);
	CHECK_INT(p.nnotes, 1);
	CHECK(has_note(&p, "1 script and 0 event handlers"));
	p = PROFILE("<!doctype html><html><body><div><table></table></body></html>", "r.html");
	CHECK(p.parse_ok);
	CHECK(has_note(&p, "<div> is opened 1 times and closed 0 times"));
	p = PROFILE("<!doctype html><html>\n<body><div", "r.html");
	CHECK_STR(p.fault.message,
	    "line 2: a tag begins here and never ends; the page is cut short or a quote is missing");
	p = PROFILE("<!doctype html><html>\n<a href=\"x>text</a></html>", "r.html");
	CHECK_STR(p.fault.message,
	    "line 2: a quoted attribute begins here and never ends; the page is cut short or a quote is missing");
	p = PROFILE("<!doctype html><html><!-- </html>", "r.html");
	CHECK(strstr(p.fault.message, "a comment begins here") != NULL);
	p = PROFILE("<!doctype html><html><script>x</html>", "r.html");
	CHECK(strstr(p.fault.message, "a script, style or title begins here") != NULL);
	p = PROFILE("plain words", "r.html");
	CHECK(strstr(p.fault.message, "an HTML page begins with") != NULL);
}

static const char pdf[] =
    "%PDF-1.4\n1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj\n"
    "2 0 obj\n<</Type /Pages /Kids [3 0 R 3 0 R 3 0 R] /Count 3>>\nendobj\n"
    "3 0 obj\n<</Type /Page /Parent 2 0 R>>\nendobj\n"
    "xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \n0000000123 00000 n \n"
    "trailer\n<</Size 4 /Root 1 0 R>>\nstartxref\n168\n%%EOF\n";

static void
pdf_pages_are_counted_through_the_page_tree(void)
{
	struct artifact_profile p = PROFILE(pdf, "r.pdf");
	const char *xref = strstr(pdf, "xref\n0 4");
	char broken[sizeof pdf];

	CHECK_INT(xref - pdf, 168);
	CHECK(p.parse_ok);
	CHECK_INT(p.pages, 3);
	p = profile_as(pdf, sizeof pdf - 8, "r.pdf", NULL);
	CHECK_STR(p.fault.message, "the PDF has no %%EOF at its end; it is cut off");
	memcpy(broken, pdf, sizeof pdf);
	memcpy(strstr(broken, "168"), "169", 3);
	p = profile_as(broken, sizeof pdf - 1, "r.pdf", NULL);
	CHECK_STR(p.fault.message,
	    "the PDF's cross-reference is not where it should be (byte 169); the file is damaged");
	memcpy(strstr(broken, "169"), "168", 3);
	memcpy(strstr(broken, "/Root"), "/Toor", 5);
	p = profile_as(broken, sizeof pdf - 1, "r.pdf", NULL);
	CHECK_INT(p.pages, -1);
	CHECK(has_note(&p, "the pages were not counted") || strstr(p.fault.message, "trailer"));
	p = PROFILE("just words", "r.pdf");
	CHECK_STR(p.fault.message,
	    "the file's name ends in .pdf, but the file is plain text, not what a report.pdf holds; give the right file, or export "
	    "it again (named .txt it is a file.text)");
}

static void
archives_and_columnar_files_need_their_ends(void)
{
	struct artifact_profile p = PROFILE("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "b.zip");

	CHECK(p.parse_ok);
	p = PROFILE("PK\3\4\24\0\0\0\0\0", "b.zip");
	CHECK(strstr(p.fault.message, "no directory at its end") != NULL);
	p = PROFILE("PAR1\0\0\0\0PAR1", "t.parquet");
	CHECK(strstr(p.fault.message, "Parquet cannot be read here") != NULL); /* no reader was set */
	p = PROFILE("PAR1\0\0\0\0\0PAR", "t.parquet");
	CHECK(!p.parse_ok);
}

static void
claims_and_files_that_cannot_be_read_are_errors(void)
{
	struct artifact_profile p;
	int fds[2];

	CHECK_INT(artifact_profile(a, 0, "x", "table.xls", NULL, &p, &err), -1);
	CHECK(strstr(err.msg, "'table.xls' is not an artifact kind") != NULL);
	CHECK_INT(fd_pipe(fds, &err), 0);
	CHECK_INT(artifact_profile(a, fds[0], "x.csv", NULL, NULL, &p, &err), -1);
	CHECK_STR(err.msg, "'x.csv' is not a regular file");
	CHECK_INT(artifact_profile(a, -1, "x.csv", NULL, NULL, &p, &err), -1);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
stored_profiles_of_every_sort_read_back_the_same(void)
{
	static const char *const texts[] = {
	    "", "a,b\n", "a,b\n1\n", "a,b\n\"1\n2\",3\n,4\n", "[{\"a\":[1]},{\"b\":\"\\u0001\"}]"};
	static const char *const paths[] = {"t.csv", "t.csv", "t.csv", "t.csv", "t.json"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct artifact_profile p = profile_as(texts[i], strlen(texts[i]), paths[i], NULL),
					q;
		struct buf one, two;
		struct jw w;
		struct jx *doc;
		buf_init(&one, a);
		buf_init(&two, a);
		jw_init(&w, &one);
		artifact_profile_json(&p, NULL, &w);
		CHECK_INT(jx_parse(a, one.p, one.len, NULL, &doc, &err), 0);
		CHECK_INT(artifact_profile_from_json(a, doc, &q, &err), 0);
		jw_init(&w, &two);
		artifact_profile_json(&q, NULL, &w);
		CHECK_STR(two.p, one.p);
	}
}

static void
a_stored_profile_that_is_not_one_is_refused(void)
{
	static const char *const texts[] = {"{}", "{\"schema\":\"forge.file_profile.v2\"}", "[]",
	    "{\"schema\":\"forge.file_profile.v1\",\"kind\":\"table.xls\",\"bytes\":\"1\",\"parse\":{},\"columns\":[]}",
	    "{\"schema\":\"forge.file_profile.v1\",\"kind\":\"table.csv\",\"bytes\":\"x\",\"parse\":{},\"columns\":[]}",
	    "{\"schema\":\"forge.file_profile.v1\",\"kind\":\"table.csv\",\"sniffed\":\"csv\",\"bytes\":\"1\",\"parse\":{},"
	    "\"columns\":[{\"name\":\"a\",\"type\":\"float\"}]}",
	    "{\"schema\":\"forge.file_profile.v1\",\"kind\":\"table.csv\",\"sniffed\":\"csv\",\"bytes\":\"1\",\"parse\":{},"
	    "\"columns\":[],\"candidate_keys\":[[\"a\"]]}"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct artifact_profile p;
		struct jx *doc;
		CHECK_INT(jx_parse(a, texts[i], strlen(texts[i]), NULL, &doc, &err), 0);
		CHECK_INT(artifact_profile_from_json(a, doc, &p, &err), -1);
	}
}

/* ---- size ---- */

/* 20 MB, or 200 MB when FORGE_SLOW is set: one key, one column of few values, one of many. */
static void
large_files_take_bounded_memory(void)
{
	struct arena *own =
	    arena_new((size_t)8 << 20); /* the caller's share; going over it would end the test */
	struct rusage before, after;
	struct artifact_profile p;
	char line[64], path[] = "/tmp/forge-big-XXXXXX";
	size_t megabytes = getenv("FORGE_SLOW") ? 200 : 20, bytes = 0;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w+");
	unsigned n = 0;

	(void)unlink(path);
	(void)fputs("id,employee,amount\n", f);
	for (; bytes < megabytes * 1000000; n++) {
		int len = snprintf(
		    line, sizeof line, "T%08u,E%03u,%u.%02u\n", n, n % 211, n % 70001, 25u);
		(void)fputs(line, f);
		bytes += (size_t)len;
	}
	(void)fflush(f);
	(void)getrusage(RUSAGE_SELF, &before);
	CHECK_INT(artifact_profile(own, fd, "big.csv", NULL, NULL, &p, &err), 0);
	(void)getrusage(RUSAGE_SELF, &after);
	CHECK(p.parse_ok);
	CHECK_INT(p.rows, n);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	CHECK_INT(profile_column(&p, "employee")->distinct, 211);
	CHECK(!profile_column(&p, "amount")->distinct_exact);
	CHECK(profile_column(&p, "amount")->distinct > 65536);
	printf("# %zu MB, %u rows: %.2f s, %ld MiB more resident\n", megabytes, n,
	    (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
		(double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6,
	    (after.ru_maxrss - before.ru_maxrss) >> 10);
#ifndef FORGE_ASAN
	CHECK(after.ru_maxrss - before.ru_maxrss < (megabytes == 20 ? 40 : 140) << 10);
#endif
	(void)fclose(f);
	arena_free(own);
}

int
main(void)
{
	a = arena_new(0);
	RUN(columns_have_types_nulls_counts_and_edges);
	RUN(keys_are_exact_over_all_rows);
	RUN(a_bad_value_is_placed);
	RUN(bad_files_are_told_with_their_place);
	RUN(bom_crlf_quotes_and_line_ends_in_fields_are_fine);
	RUN(header_only_is_a_table_without_rows);
	RUN(json_rows_are_a_table_and_other_json_is_not);
	RUN(ambiguous_dates_are_said_not_guessed);
	RUN(a_stored_profile_reads_back_the_same);
	RUN(columns_are_read_as_what_all_values_are);
	RUN(conforming_types_are_exact_and_their_refutation_is_placed);
	RUN(the_value_that_spoils_a_column_is_noted);
	RUN(odd_tables_are_noted);
	RUN(edges_go_by_value_for_numbers_and_by_bytes_for_text);
	RUN(few_values_are_listed_sorted);
	RUN(pairs_are_keys_only_when_no_two_rows_agree);
	RUN(a_memory_cap_leaves_keys_undecided_never_guessed);
	RUN(a_null_ends_a_key_even_when_memory_ended_before);
	RUN(many_columns_are_paired_in_part_and_it_is_said);
	RUN(json_columns_may_come_late_and_keep_their_types);
	RUN(json_that_is_not_rows_is_still_sound_json);
	RUN(text_is_judged_by_its_bytes);
	RUN(pages_that_were_cut_or_garbled_are_told);
	RUN(pdf_pages_are_counted_through_the_page_tree);
	RUN(archives_and_columnar_files_need_their_ends);
	RUN(claims_and_files_that_cannot_be_read_are_errors);
	RUN(stored_profiles_of_every_sort_read_back_the_same);
	RUN(a_stored_profile_that_is_not_one_is_refused);
	RUN(large_files_take_bounded_memory);
	arena_free(a);
	return tap_done();
}
