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
#include "types/jschema.h"
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
	const struct column_profile *hours = profile_column(&p, "hours"), *name = profile_column(&p, "name");

	CHECK(p.parse_ok);
	CHECK_STR(kind_name(p.kind), "table.csv");
	CHECK_INT(p.rows, 5);
	CHECK_INT(p.ncolumns, 5);
	CHECK_STR(coltype_name(hours->type), "money");
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
#define BAD(why, text, path, row, column, words) {why, text, sizeof(text) - 1, path, row, column, words}

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
	    BAD("utf-16", "\xff\xfe" "a\0,\0b\0\n\0", "t.csv", 0, 0, "UTF-8"),
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
		if (p.parse_ok || (c->row && p.fault.row != c->row) || (c->column && p.fault.column != c->column) || !strstr(p.fault.message, c->words)) {
			printf("# %s: ok=%d row %llu column %llu: %s\n", c->why, p.parse_ok, (unsigned long long)p.fault.row,
			    (unsigned long long)p.fault.column, p.fault.message);
			CHECK(!"told with its place");
		}
	}
}

static void
bom_crlf_quotes_and_line_ends_in_fields_are_fine(void)
{
	struct artifact_profile p = PROFILE("\xef\xbb\xbf\"id\",\"text\"\r\n1,\"a,\"\"b\"\"\r\nc\"\r\n2,x", "t.csv");

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
	struct artifact_profile p = PROFILE("[{\"id\":1,\"x\":null},\n{\"id\":2,\"y\":[1]}]", "t.json");

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

static void
values_are_checked_with_places(void)
{
	static const struct column_spec specs[] = {{"id", COL_ID, true, NULL, 0}, {"hours", COL_DECIMAL, true, NULL, 0}, {"rate", COL_MONEY, true, NULL, 0}};
	const char text[] = "id,hours,rates\na,1,2\nb,,3\nc,x,4\n";
	int fd = file_of(text, sizeof text - 1);
	struct table_check c;

	CHECK_INT(table_check(a, fd, FORMAT_CSV, specs, 3, NULL, &c, &err), 0);
	CHECK_INT(c.rows, 3);
	CHECK_INT(c.bad_values, 1);
	CHECK_INT(c.nulls, 1);
	CHECK_INT(c.missing_columns, 1);
	for (size_t i = 0; i < c.nproblems; i++) {
		if (c.problems[i].class == PROBLEM_VALUE) {
			CHECK_INT(c.problems[i].row, 4);
			CHECK_INT(c.problems[i].column, 2);
			CHECK_STR(c.problems[i].value, "x");
		}
		if (c.problems[i].class == PROBLEM_MISSING_COLUMN)
			CHECK_STR(c.problems[i].value, "rates");
	}
	(void)close(fd);
}

static void
fan_out_of_a_join_column_is_measured(void)
{
	const char text[] = "k,v\na,1\nb,2\na,3\na,4\n";
	int fd = file_of(text, sizeof text - 1);
	struct key_check k;

	CHECK_INT(table_key_check(a, fd, FORMAT_CSV, (const char *[]){"k"}, 1, 0, &k, &err), 0);
	CHECK_INT(k.verdict, KEY_NO);
	CHECK_INT(k.rows_max_per_key, 3);
	CHECK_INT(k.distinct, 2);
	CHECK_INT(k.duplicate_row, 4);
	CHECK_INT(k.first_row, 2);
	CHECK_STR(k.duplicate_value, "a");
	CHECK_INT(table_key_check(a, fd, FORMAT_CSV, (const char *[]){"k", "v"}, 2, 0, &k, &err), 0);
	CHECK_INT(k.verdict, KEY_YES);
	(void)close(fd);
}

static void
large_files_take_bounded_memory(void)
{
	struct rusage before, after;
	struct artifact_profile p;
	char line[64], dir[] = "/tmp/forge-big-XXXXXX";
	size_t megabytes = getenv("FORGE_SLOW") ? 200 : 20, bytes = 0;
	int fd = mkstemp(dir);
	FILE *f = fdopen(fd, "w+");

	(void)unlink(dir);
	(void)fputs("id,employee,amount\n", f);
	for (unsigned i = 0; bytes < megabytes << 20; i++) {
		int n = snprintf(line, sizeof line, "T%08u,E%03u,%u.%02u\n", i, i % 211, i % 9973, i % 100);
		(void)fputs(line, f);
		bytes += (size_t)n;
	}
	(void)fflush(f);
	(void)getrusage(RUSAGE_SELF, &before);
	CHECK_INT(artifact_profile(a, fd, "big.csv", NULL, NULL, &p, &err), 0);
	(void)getrusage(RUSAGE_SELF, &after);
	CHECK(p.parse_ok);
	CHECK(p.rows > 500000);
	printf("# %zu MiB: %ld MiB more resident\n", megabytes, (after.ru_maxrss - before.ru_maxrss) >> 10);
	CHECK(after.ru_maxrss - before.ru_maxrss < 160 << 10);
	(void)fclose(f);
}

/* ---- JSON Schema -------------------------------------------------------------------------------------- */

static const char *
validate(const char *schema, const char *instance)
{
	struct jx *s, *v;
	struct jschema *compiled;
	const struct jschema_error *errors;
	size_t n;

	CHECK_INT(jx_parse(a, schema, strlen(schema), NULL, &s, &err), 0);
	CHECK_INT(jx_parse(a, instance, strlen(instance), NULL, &v, &err), 0);
	if (jschema_compile(a, s, &compiled, &err) < 0)
		return err.msg;
	if (jschema_validate(compiled, a, v, 5, &errors, &n))
		return "ok";
	return arena_printf(a, "%s: %s", errors[0].pointer, errors[0].expected);
}

static void
schemas_check_what_they_say(void)
{
	const char *row = "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"n\"],\"additionalProperties\":false,"
			  "\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^T[0-9]+$\"},\"n\":{\"type\":\"integer\",\"minimum\":0,\"exclusiveMaximum\":10},"
			  "\"d\":{\"format\":\"date\"},\"e\":{\"enum\":[\"x\",null,1.0]}}}}";

	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":5,\"d\":\"2024-02-29\",\"e\":1}]"), "ok");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":5.0}]"), "ok");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":10}]"), "/0/n: less than 10");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":1},{\"id\":\"1\",\"n\":1}]"), "/1/id: text that matches /^T[0-9]+$/");
	CHECK_STR(validate(row, "[{\"id\":\"T1\"}]"), "/0/n: a member 'n'");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":1,\"z\":0}]"), "/0/z: no member 'z'");
	CHECK(strncmp(validate(row, "[{\"id\":\"T1\",\"n\":1,\"d\":\"2023-02-29\"}]"), "/0/d: ", 6) == 0);
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":1,\"e\":\"y\"}]"), "/0/e: one of \"x\", null, 1.0");
	CHECK_STR(validate(row, "{}"), ": an array");
	CHECK_STR(validate("{\"minimum\":0.1}", "0.10"), "ok");
	CHECK_STR(validate("{\"maximum\":123456789012345678901234567890}", "123456789012345678901234567891"), ": at most 123456789012345678901234567890");
	CHECK_STR(validate("{\"uniqueItems\":true}", "[1,\"1\",1.0]"), ": items that all differ");
	CHECK_STR(validate("{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":5}]}", "7"), ": exactly one of 2 forms; 2 fit");
	CHECK_STR(validate("{\"$defs\":{\"t\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/t\"}}},\"$ref\":\"#/$defs/t\"}", "{\"a\":{\"b\":1}}"),
	    "/a/b: an object");
}

static void
schemas_fail_closed(void)
{
	CHECK_STR(validate("{\"properties\":{\"x\":{\"minimun\":1}}}", "{}"), "schema /properties/x/minimun: unknown keyword 'minimun'");
	CHECK_STR(validate("{\"type\":\"decimal\"}", "{}"), "schema /type: 'decimal' is not a type");
	CHECK_STR(validate("{\"$ref\":\"http://x/y\"}", "{}"), "schema /$ref: only references inside the document are followed (\"#/…\"), not 'http://x/y'");
	CHECK_STR(validate("{\"$ref\":\"#\"}", "{}"), "schema (root): this $ref leads only to itself");
	CHECK(strstr(validate("{\"pattern\":\"(\"}", "\"\""), "does not compile") != NULL);
	/* A pattern that would need exponential time is a finding, not a pass and not a hang. */
	CHECK(strstr(validate("{\"pattern\":\"^(a|aa)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\""), "/^(a|aa)+$/") != NULL);
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
	RUN(values_are_checked_with_places);
	RUN(fan_out_of_a_join_column_is_measured);
	RUN(large_files_take_bounded_memory);
	RUN(schemas_check_what_they_say);
	RUN(schemas_fail_closed);
	arena_free(a);
	return tap_done();
}
