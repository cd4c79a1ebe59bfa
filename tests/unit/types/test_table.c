/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "tap.h"
#include "types/keyset.h"
#include "types/rows.h"
#include "types/table.h"

static struct arena *a;
static struct err err;

static int
file_of(const char *text, size_t n)
{
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, text, n, &err), 0);
	return fd;
}

static void
values_are_checked_with_places(void)
{
	static const struct column_spec specs[] = {{"id", COL_ID, true, NULL, 0},
	    {"hours", COL_DECIMAL, true, NULL, 0}, {"rate", COL_MONEY, true, NULL, 0}};
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
	CHECK_INT(
	    table_key_check(a, fd, FORMAT_CSV, (const char *[]){"k", "v"}, 2, 0, &k, &err), 0);
	CHECK_INT(k.verdict, KEY_YES);
	(void)close(fd);
}

static struct table_check
check_text(const char *text, enum format format, const struct column_spec *specs, size_t n,
    const struct table_check_options *opt)
{
	struct table_check c = {.rows = 99};
	int fd = file_of(text, strlen(text));

	CHECK_INT(table_check(a, fd, format, specs, n, opt, &c, &err), 0);
	(void)close(fd);
	return c;
}

static void
problems_are_counted_in_full_and_listed_in_part(void)
{
	static const struct column_spec specs[] = {{"n", COL_INTEGER, true, NULL, 0}};
	struct buf b;
	struct table_check c;

	buf_init(&b, a);
	buf_str(&b, "n,m\n");
	for (int i = 0; i < 100; i++)
		buf_str(&b, i % 2 ? "x,1\n" : ",1\n");
	c = check_text(b.p, FORMAT_CSV, specs, 1, NULL);
	CHECK(c.is_complete);
	CHECK_INT(c.bad_values, 50);
	CHECK_INT(c.nulls, 50);
	CHECK_INT(c.nproblems, 40);
	c = check_text(b.p, FORMAT_CSV, specs, 1,
	    &(struct table_check_options){.problems_max = 3, .stop_at_max = true});
	CHECK(!c.is_complete);
	CHECK_INT(c.bad_values, 3);
	CHECK_INT(c.rows, 6);
}

static void
problems_say_row_line_column_and_expectation(void)
{
	static const char *const states[] = {"open", "done"};
	static const struct column_spec specs[] = {{"note", COL_TEXT, false, NULL, 0},
	    {"state", COL_ENUM, true, states, 2}, {"day", COL_DATE, false, NULL, 0}};
	struct table_check c =
	    check_text("day,note,state\n2026-01-01,\"a\nb\",open\n01/13/2026,,Open\n", FORMAT_CSV,
		specs, 3, NULL);

	CHECK_INT(c.nproblems, 2);
	CHECK_INT(c.problems[0].row, 3);
	CHECK_INT(c.problems[0].line, 4);
	CHECK_INT(c.problems[0].column, 3);
	CHECK_STR(c.problems[0].name, "state");
	CHECK_STR(c.problems[0].value, "Open");
	CHECK_STR(c.problems[0].expected,
	    "one of 'open', 'done'; this one differs only in upper and lower case");
	CHECK_STR(
	    c.problems[1].expected, "a date as YYYY-MM-DD; this one is written month, day, year");
}

static void
a_table_that_does_not_parse_has_its_fault(void)
{
	static const struct column_spec specs[] = {{"a", COL_TEXT, true, NULL, 0}};
	struct table_check c = check_text("a,b\n1,2\n3\n", FORMAT_CSV, specs, 1, NULL);
	int fd = file_of("x", 1);

	CHECK(!c.parse_ok);
	CHECK(!c.is_complete);
	CHECK_INT(c.rows, 1);
	CHECK_INT(c.fault.row, 3);
	CHECK_INT(table_check(a, fd, FORMAT_PDF, specs, 1, NULL, &c, &err), -1);
	CHECK_STR(err.msg, "a PDF document is not a table");
	(void)close(fd);
}

static void
json_rows_are_checked_as_they_grow(void)
{
	static const struct column_spec specs[] = {{"id", COL_ID, true, NULL, 0},
	    {"late", COL_INTEGER, false, NULL, 0}, {"never", COL_TEXT, true, NULL, 0}};
	struct table_check c =
	    check_text("[{\"id\":\"a\"},{\"id\":null,\"late\":\"x\"},{\"late\":3}]",
		FORMAT_JSON_ROWS, specs, 3, NULL);

	CHECK(c.parse_ok);
	CHECK_INT(c.rows, 3);
	CHECK_INT(c.nulls, 2);
	CHECK_INT(c.bad_values, 1);
	CHECK_INT(c.missing_columns, 1);
	c = check_text("[]", FORMAT_JSON_ROWS, specs, 3, NULL);
	CHECK_INT(c.missing_columns, 0);
}

static struct key_check
key_of(const char *text, enum format format, const char *const *columns, size_t n, size_t memory)
{
	struct key_check k = {.rows = 99};
	int fd = file_of(text, strlen(text));

	CHECK_INT(table_key_check(a, fd, format, columns, n, memory, &k, &err), 0);
	(void)close(fd);
	return k;
}

static void
keys_of_any_length_are_decided(void)
{
	const char *abc[] = {"a", "b", "c"};
	struct key_check k = key_of("a,b,c\n1,1,1\n1,1,2\n1,2,1\n2,1,1\n", FORMAT_CSV, abc, 3, 0);

	CHECK_INT(k.verdict, KEY_YES);
	CHECK_INT(k.distinct, 4);
	CHECK_INT(k.rows_max_per_key, 1);
	k = key_of("a,b,c\n1,1,1\n1,1,2\n1,2,1\n2,1,1\n1,1,2\n", FORMAT_CSV, abc, 3, 0);
	CHECK_INT(k.verdict, KEY_NO);
	CHECK_INT(k.first_row, 3);
	CHECK_INT(k.duplicate_row, 6);
	CHECK_STR(k.duplicate_value, "1, 1, 2");
	CHECK_INT(k.rows_max_per_key, 2);
	/* Where one value ends and the next begins matters. */
	k = key_of("a,b\nxy,z\nx,yz\n", FORMAT_CSV, abc, 2, 0);
	CHECK_INT(k.verdict, KEY_YES);
	k = key_of("[{\"a\":5},{\"a\":\"5\"}]", FORMAT_JSON_ROWS, abc, 1, 0);
	CHECK_INT(k.verdict, KEY_YES);
	k = key_of("a,b\n", FORMAT_CSV, abc, 2, 0);
	CHECK_INT(k.verdict, KEY_YES);
}

static void
nulls_missing_columns_and_faults_are_no_key(void)
{
	const char *ab[] = {"a", "b"}, *no[] = {"a", "zz"};
	struct key_check k = key_of("a,b\n1,\n2,3\n", FORMAT_CSV, ab, 2, 0);

	CHECK_INT(k.verdict, KEY_NO);
	CHECK_INT(k.nulls, 1);
	k = key_of("a,b\n1,2\n", FORMAT_CSV, no, 2, 0);
	CHECK_INT(k.verdict, KEY_NO);
	CHECK_STR(k.missing_column, "zz");
	k = key_of("a,b\n1\n", FORMAT_CSV, ab, 2, 0);
	CHECK_INT(k.verdict, KEY_NO);
	CHECK(!k.parse_ok);
	CHECK_INT(table_key_check(a, 0, FORMAT_CSV, ab, 0, 0, &k, &err), -1);
	CHECK_INT(table_key_check(a, 0, FORMAT_TEXT, ab, 1, 0, &k, &err), -1);
}

static void
a_key_beyond_memory_is_undecided_unless_a_repeat_was_seen(void)
{
	const char *n[] = {"n"};
	struct buf b;
	struct key_check k;

	buf_init(&b, a);
	buf_str(&b, "n\n");
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "%d\n", i);
	k = key_of(b.p, FORMAT_CSV, n, 1, 8192);
	CHECK_INT(k.verdict, KEY_UNDECIDED);
	CHECK(!k.is_exact);
	CHECK_INT(k.rows, 3000);
	buf_str(&b, "5\n");
	k = key_of(b.p, FORMAT_CSV, n, 1, 8192);
	CHECK_INT(k.verdict, KEY_NO);
	CHECK_INT(k.first_row, 7);
	k = key_of(b.p, FORMAT_CSV, n, 1, 0);
	CHECK(k.is_exact);
	CHECK_INT(k.distinct, 3000);
}

static void
sets_share_a_budget_and_give_it_back(void)
{
	struct budget budget = {.max_bytes = 4096};
	struct keyset *x = ARENA_NEW(a, struct keyset), *y = ARENA_NEW(a, struct keyset);
	uint64_t i = 1;

	keyset_init(x, a, &budget, true);
	keyset_init(y, a, &budget, false);
	while (keyset_add(x, i) == KEYSET_NEW)
		i++;
	CHECK(i > 50);
	CHECK(budget.used_bytes <= budget.max_bytes);
	CHECK_INT(keyset_add(x, 1), KEYSET_SEEN);
	CHECK_INT(keyset_add(x, 1), KEYSET_SEEN);
	CHECK_INT(x->count_max, 3);
	CHECK_INT(x->n, i - 1);
	keyset_release(x);
	CHECK_INT(budget.used_bytes, 0);
	CHECK_INT(x->n, i - 1);
	CHECK_INT(keyset_add(y, 7), KEYSET_NEW);
	CHECK_INT(keyset_add(y, 7), KEYSET_SEEN);
}

static void
rows_read_alike_from_csv_and_json(void)
{
	static const char *const texts[] = {
	    "a,b\n1,x\n,\"y\"\n", "[{\"a\":\"1\",\"b\":\"x\"},{\"b\":\"y\",\"a\":null}]"};
	static const enum format formats[] = {FORMAT_CSV, FORMAT_JSON_ROWS};

	for (int i = 0; i < 2; i++) {
		int fd = file_of(texts[i], strlen(texts[i]));
		struct rows *r = rows_new(a, fd, formats[i]);
		const struct row *row;
		CHECK_INT(rows_open(r, &err), ROWS_ROW);
		CHECK_INT(rows_next(r, &row, &err), ROWS_ROW);
		CHECK_INT(row->row, i == 0 ? 2 : 1);
		CHECK_INT(row->cells[0].type, CELL_TEXT);
		CHECK_INT(rows_next(r, &row, &err), ROWS_ROW);
		CHECK_INT(row->ncells, 2);
		CHECK_INT(row->cells[0].type, CELL_NULL);
		CHECK(row->cells[1].n == 1 && row->cells[1].p[0] == 'y');
		CHECK_INT(rows_next(r, &row, &err), ROWS_END);
		CHECK_INT(rows_columns(r), 2);
		CHECK_STR(rows_column(r, 1), "b");
		CHECK_INT(rows_find_column(r, "b"), 1);
		CHECK_INT(rows_find_column(r, "c"), -1);
		rows_release(r);
		(void)close(fd);
	}
}

static void
json_rows_have_limits(void)
{
	struct buf b;
	struct rows *r;
	const struct row *row;
	int fd;

	buf_init(&b, a);
	buf_str(&b, "[{");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "%s\"k%d\":1", i ? "," : "", i);
	buf_str(&b, "}]");
	fd = file_of(b.p, b.len);
	r = rows_new(a, fd, FORMAT_JSON_ROWS);
	CHECK_INT(rows_open(r, &err), ROWS_ROW);
	CHECK_INT(rows_next(r, &row, &err), ROWS_FAULT);
	CHECK(strstr(rows_fault(r)->message, "more than 4096 different keys") != NULL);
	CHECK(rows_is_not_rows(r));
	rows_release(r);
	(void)close(fd);
	buf_clear(&b);
	buf_str(&b, "[{\"a\":[");
	for (int i = 0; i < 1500000; i++)
		buf_str(&b, i ? ",\"12\"" : "1");
	buf_str(&b, "]},{\"a\":\"");
	for (int i = 0; i < 120000; i++)
		buf_str(&b, "0123456789");
	buf_str(&b, "\"}]");
	fd = file_of(b.p, b.len);
	r = rows_new(a, fd, FORMAT_JSON_ROWS);
	CHECK_INT(rows_open(r, &err), ROWS_ROW);
	CHECK_INT(rows_next(r, &row, &err), ROWS_ROW);
	CHECK_INT(row->cells[0].type, CELL_JSON);
	CHECK_INT(rows_next(r, &row, &err), ROWS_FAULT);
	CHECK(strstr(rows_fault(r)->message, "the value is longer than 1048576 bytes") != NULL);
	rows_release(r);
	(void)close(fd);
}

/* Few bytes a row and thousands of columns: the work would grow far faster than the file. */
static void
rows_that_share_no_columns_are_no_table(void)
{
	struct rows *r;
	const struct row *row;
	enum rows_result result;
	struct buf b;
	int fd;

	buf_init(&b, a);
	for (unsigned i = 0; i < 30000; i++)
		buf_printf(&b, "%c{\"k%u\":1}", i ? ',' : '[', i % 4000);
	buf_char(&b, ']');
	fd = file_of(b.p, b.len);
	r = rows_new(a, fd, FORMAT_JSON_ROWS);
	result = rows_open(r, &err);
	while (result == ROWS_ROW)
		result = rows_next(r, &row, &err);
	CHECK_INT(result, ROWS_FAULT);
	CHECK(rows_is_not_rows(r));
	CHECK(strstr(rows_fault(r)->message, "hardly any of the 4000 columns") != NULL);
	CHECK(rows_fault(r)->row < 20000);
	rows_release(r);
	(void)close(fd);
}

int
main(void)
{
	a = arena_new(0);
	RUN(values_are_checked_with_places);
	RUN(problems_are_counted_in_full_and_listed_in_part);
	RUN(problems_say_row_line_column_and_expectation);
	RUN(a_table_that_does_not_parse_has_its_fault);
	RUN(json_rows_are_checked_as_they_grow);
	RUN(fan_out_of_a_join_column_is_measured);
	RUN(keys_of_any_length_are_decided);
	RUN(nulls_missing_columns_and_faults_are_no_key);
	RUN(a_key_beyond_memory_is_undecided_unless_a_repeat_was_seen);
	RUN(sets_share_a_budget_and_give_it_back);
	RUN(rows_read_alike_from_csv_and_json);
	RUN(json_rows_have_limits);
	RUN(rows_that_share_no_columns_are_no_table);
	arena_free(a);
	return tap_done();
}
