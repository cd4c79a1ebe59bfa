/* SPDX-License-Identifier: Apache-2.0 */
/* Validators held against rows: each kind of rule, what is not judged, and sets that do not fit into memory. */
#include "pack/rules.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "tap.h"

static const char pack_text[] = "{\"entities\":["
    "{\"id\":\"t.line\",\"label\":\"Line\",\"key\":[\"line_id\"],\"schema\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"line_id\"],\"properties\":{"
    "\"line_id\":{\"type\":\"string\",\"x-type\":\"id\"},\"order_id\":{\"type\":[\"string\",\"null\"],\"x-type\":\"id\"},"
    "\"hours\":{\"type\":[\"string\",\"number\",\"null\"],\"format\":\"decimal\",\"x-type\":\"decimal\"},"
    "\"rate\":{\"type\":[\"string\",\"number\",\"null\"],\"format\":\"decimal\",\"x-type\":\"money\",\"x-currency\":\"USD\"},"
    "\"amount\":{\"type\":[\"string\",\"number\",\"null\"],\"format\":\"decimal\",\"x-type\":\"money\",\"x-currency\":\"USD\"},"
    "\"start\":{\"type\":[\"string\",\"null\"],\"format\":\"date\",\"x-type\":\"date\"},"
    "\"end\":{\"type\":[\"string\",\"null\"],\"format\":\"date\",\"x-type\":\"date\"},"
    "\"seen_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\",\"x-type\":\"timestamp\"},\"sent_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\",\"x-type\":\"timestamp\"},"
    "\"open\":{\"type\":[\"string\",\"boolean\",\"null\"],\"x-type\":\"boolean\"},"
    "\"code\":{\"type\":[\"string\",\"null\"],\"x-type\":\"text\"},\"note\":{\"type\":[\"string\",\"null\"],\"x-type\":\"text\"}}}},"
    "{\"id\":\"t.order\",\"label\":\"Order\",\"key\":[\"id\"],\"schema\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\",\"x-type\":\"id\"},\"no\":{\"type\":[\"integer\",\"null\"],\"x-type\":\"integer\"},"
    "\"total\":{\"type\":[\"string\",\"number\",\"null\"],\"format\":\"decimal\",\"x-type\":\"money\",\"x-currency\":\"USD\"}}}}"
    "],\"validators\":[%s]}";

struct bench {
	struct arena *a;
	struct entity line, order;
	const struct validator_rule *rules;
	size_t n;
};

static void
parse_entity(struct bench *b, const struct jx *doc, struct entity *out)
{
	struct err err = {0};

	if (entity_parse(b->a, doc, out, &err) < 0) {
		tap_fails_here++;
		printf("# %s\n", err.msg);
	}
}

static struct bench
bench_of(const char *validators)
{
	struct bench b = {.a = arena_new(0)};
	char *text = arena_printf(b.a, pack_text, validators);
	struct err err = {0};
	struct jx *doc;

	CHECK_INT(jx_parse(b.a, text, strlen(text), NULL, &doc, &err), 0);
	parse_entity(&b, jx_pointer(doc, "/entities/0"), &b.line);
	parse_entity(&b, jx_pointer(doc, "/entities/1"), &b.order);
	b.rules = validators_parse(b.a, doc, "t.line", &b.n);
	return b;
}

static struct rules_table
table_of(const struct entity *e, const char *text, enum format format)
{
	int fd = memfd_create("table", MFD_CLOEXEC);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	return (struct rules_table){.entity = e, .path = "lines.csv", .fd = fd, .format = format};
}

/* One rule over CSV text; the outcome. */
static struct rules_outcome
run(struct bench *b, const char *csv, const char *orders, size_t memory)
{
	struct rules_table t = table_of(&b->line, csv, FORMAT_CSV), o = {.fd = -1};
	struct rules_options opt = {.memory_bytes_max = memory};
	struct rules_outcome *out = ARENA_ARRAY(b->a, b->n, struct rules_outcome);
	struct err err = {0};

	if (orders)
		o = table_of(&b->order, orders, FORMAT_CSV);
	CHECK_INT(rules_run(b->a, b->rules, b->n, &t, &o, orders != NULL, &opt, out, &err), 0);
	(void)close(t.fd);
	if (orders)
		(void)close(o.fd);
	return out[0];
}

#define RULE(rule, message)                                                                                       \
	"{\"id\":\"t.r\",\"entity\":\"t.line\",\"severity\":\"error\",\"rule\":" rule ",\"message\":\"" message "\"}"

static void
an_equation_is_exact_and_says_what_was_expected(void)
{
	struct bench b = bench_of(RULE("{\"equation\":{\"left\":\"amount\",\"op\":\"=\",\"right\":{\"mul\":[\"hours\",\"rate\"]},"
	    "\"tolerance\":\"0.01\"}}", "{line_id}: {amount} is not {hours} x {rate} = {expected} (row {row}, found {found})"));
	struct rules_outcome o = run(&b, "line_id,hours,rate,amount\nA,0.1,0.2,0.02\nB,3,33.335,100.00\nC,3,33.335,100.02\n"
	    "D,,5,1\nE,x,5,1\nF,99999999999999999999,1.0001,100009999999999999998.9999\n", NULL, 0);

	CHECK_INT(o.verdict, RULES_BROKEN);
	CHECK_INT(o.judged, 4);
	CHECK_INT(o.unjudged, 2);
	CHECK_INT(o.broken, 1);
	CHECK_INT(o.breaks[0].row, 4);
	CHECK_STR(o.breaks[0].column, "amount");
	CHECK_STR(o.breaks[0].value, "100.02");
	CHECK_STR(o.breaks[0].message, "C: 100.02 is not 3 x 33.335 = 100.005 (row 4, found 100.02)");
	arena_free(b.a);
}

static void
division_by_zero_is_not_judged(void)
{
	struct bench b = bench_of(RULE("{\"equation\":{\"left\":\"rate\",\"op\":\"=\",\"right\":{\"div\":[\"amount\",\"hours\"]},"
	    "\"tolerance\":\"0.005\"}}", "m"));
	struct rules_outcome o = run(&b, "line_id,hours,rate,amount\nA,0,1,1\nB,3,0.33,1\nC,3,0.34,1\n", NULL, 0);

	CHECK_INT(o.unjudged, 1);
	CHECK_INT(o.judged, 2);
	CHECK_INT(o.broken, 1);
	CHECK_INT(o.breaks[0].row, 4);
	arena_free(b.a);
}

static void
dates_and_instants_are_compared_as_such(void)
{
	struct bench b = bench_of(RULE("{\"compare\":{\"left\":\"start\",\"op\":\"<=\",\"right\":\"end\"}}",
	    "{start} is after {end}") "," RULE("{\"compare\":{\"left\":\"sent_at\",\"op\":\"<=\",\"right\":\"seen_at\"}}",
	    "sent {sent_at}, seen {seen_at}"));
	struct rules_table t = table_of(&b.line, "line_id,start,end,sent_at,seen_at\nA,2026-02-28,2026-03-01,2026-01-01T12:00:00+02:00,2026-01-01T10:00:00Z\n"
	    "B,2026-03-02,2026-03-01,2026-01-01T12:00:00+02:00,2026-01-01T09:59:59.9Z\nC,03/04/2026,2026-03-01,,\n", FORMAT_CSV);
	struct rules_outcome out[2];
	struct err err = {0};

	CHECK_INT(rules_run(b.a, b.rules, 2, &t, NULL, 0, NULL, out, &err), 0);
	CHECK_INT(out[0].broken, 1);
	CHECK_STR(out[0].breaks[0].message, "2026-03-02 is after 2026-03-01");
	CHECK_INT(out[0].unjudged, 1);
	CHECK_INT(out[1].judged, 2);
	CHECK_INT(out[1].broken, 1);
	CHECK_INT(out[1].breaks[0].row, 3);
	(void)close(t.fd);
	arena_free(b.a);
}

static void
days_can_be_added_to_dates(void)
{
	struct bench b = bench_of(RULE("{\"equation\":{\"left\":\"end\",\"op\":\"=\",\"right\":{\"add\":[\"start\",{\"const\":\"30\"}]}}}",
	    "ends {end}, {expected} is meant"));
	struct rules_outcome o = run(&b, "line_id,start,end\nA,2024-02-01,2024-03-02\nB,2023-02-01,2023-03-02\n", NULL, 0);

	CHECK_INT(o.broken, 1);
	CHECK_STR(o.breaks[0].message, "ends 2023-03-02, 2023-03-03 is meant");
	arena_free(b.a);
}

static void
ranges_patterns_and_required_cells(void)
{
	struct bench b = bench_of(RULE("{\"range\":{\"column\":\"hours\",\"min\":\"0\",\"max\":\"24\"}}", "{value} is not {expected}") ","
	    RULE("{\"pattern\":{\"column\":\"code\",\"regex\":\"^[A-Z]{2}$\"}}", "{value}") ","
	    RULE("{\"required_if\":{\"column\":\"note\",\"when\":{\"column\":\"open\",\"is\":[\"false\"]}}}", "{line_id} is closed without a note"));
	struct rules_table t = table_of(&b.line, "line_id,hours,code,open,note\nA,24.0,AB,No,x\nB,24.01,ab,yes,\nC,-0.0,,0,\nD,,ABC,,\n", FORMAT_CSV);
	struct rules_outcome out[3];
	struct err err = {0};

	CHECK_INT(rules_run(b.a, b.rules, 3, &t, NULL, 0, NULL, out, &err), 0);
	CHECK_INT(out[0].broken, 1);
	CHECK_STR(out[0].breaks[0].message, "24.01 is not 0 to 24");
	CHECK_INT(out[0].unjudged, 1);
	CHECK_INT(out[1].broken, 2);
	CHECK_STR(out[1].breaks[1].message, "ABC");
	CHECK_INT(out[2].judged, 2);
	CHECK_INT(out[2].broken, 1);
	CHECK_STR(out[2].breaks[0].message, "C is closed without a note");
	(void)close(t.fd);
	arena_free(b.a);
}

static void
keys_are_alike_by_value_and_empty_ones_are_not(void)
{
	struct bench b = bench_of(RULE("{\"unique\":[\"code\",\"hours\"]}", "{code} {hours}: {expected}"));
	struct rules_outcome o = run(&b, "line_id,code,hours\nA,x,1.0\nB,x,1\nC,x,\nD,x,\nE,\"x,1\",1\n", NULL, 0);

	CHECK_INT(o.broken, 1);
	CHECK_STR(o.breaks[0].message, "x 1: only once, and row 2 has it too");
	CHECK_INT(o.unjudged, 2);
	arena_free(b.a);
}

/* rules.h: timestamps by instant, days by day; what is no such value is not judged. */
static void
keys_of_time_are_alike_by_instant(void)
{
	struct bench b = bench_of(RULE("{\"unique\":[\"seen_at\"]}", "m"));
	struct rules_outcome o = run(&b, "line_id,seen_at\nA,2026-01-01T12:00:00+02:00\nB,2026-01-01 10:00\nC,2026-01-01T10:00:00.5Z\nD,noon\nE,noon\n", NULL, 0);

	CHECK_INT(o.judged, 3);
	CHECK_INT(o.broken, 1);
	CHECK_INT(o.unjudged, 2);
	arena_free(b.a);
	b = bench_of(RULE("{\"unique\":[\"start\"]}", "m"));
	o = run(&b, "line_id,start\nA,03/04/2026\nB,03/04/2026\nC,2026-04-03\nD,2026-04-03\n", NULL, 0);
	CHECK_INT(o.judged, 2);
	CHECK_INT(o.broken, 1);
	CHECK_INT(o.unjudged, 2);
	arena_free(b.a);
}

/* The pack check lets an id name an integer; both are compared by their digits. */
static void
an_id_may_name_a_whole_number(void)
{
	struct bench b = bench_of(RULE("{\"refers\":{\"columns\":[\"order_id\"],\"entity\":\"t.order\",\"to\":[\"no\"]}}", "{value}"));
	struct rules_outcome o = run(&b, "line_id,order_id\nA,10\nB,2\nC,010\n", "id,no\nx,10\ny,3\n", 0);

	CHECK_INT(o.judged, 3);
	CHECK_INT(o.broken, 2);
	CHECK_STR(o.breaks[0].message, "2");
	CHECK_STR(o.breaks[1].message, "010");
	arena_free(b.a);
}

/* An attempt holds many rules, one after another, in one arena. */
static void
memory_for_keys_is_given_back(void)
{
	struct bench b = bench_of(RULE("{\"unique\":[\"line_id\"]}", "m"));
	size_t before;

	(void)run(&b, "line_id\nA\n", NULL, 0);
	before = arena_used(b.a);
	(void)run(&b, "line_id\nA\n", NULL, 0);
	CHECK(arena_used(b.a) - before < 1 << 20);
	arena_free(b.a);
}

static void
a_reference_needs_its_row(void)
{
	struct bench b = bench_of(RULE("{\"refers\":{\"columns\":[\"order_id\"],\"entity\":\"t.order\",\"to\":[\"id\"]}}",
	    "{line_id} names {value}"));
	struct rules_outcome o = run(&b, "line_id,order_id\nA,1\nB,2\nC,\nD,01\n", "id,total\n1,5\n3,5\n", 0);

	CHECK_INT(o.judged, 3);
	CHECK_INT(o.broken, 2);
	CHECK_STR(o.breaks[0].message, "B names 2");
	CHECK_STR(o.breaks[1].message, "D names 01");
	o = run(&b, "line_id,order_id\nA,1\n", NULL, 0);
	CHECK_INT(o.verdict, RULES_NOT_CHECKED);
	CHECK_STR(o.why, "no rows of t.order are at hand");
	arena_free(b.a);
}

static void
sums_are_held_against_the_other_table(void)
{
	struct bench b = bench_of(RULE("{\"sum\":{\"column\":\"amount\",\"by\":[\"order_id\"],\"equals\":{\"entity\":\"t.order\","
	    "\"column\":\"total\",\"by\":[\"id\"]},\"tolerance\":\"0.01\"}}", "{order_id} adds up to {found}, not {expected}"));
	struct rules_outcome o = run(&b, "line_id,order_id,amount\nA,1,0.10\nB,1,0.20\nC,2,-5.5\nD,2,\nE,9,1\nF,3,oops\nG,4,-\nH,4,7\n",
	    "id,total\n1,0.30\n2,5.5\n3,1\n4,7\n", 0);

	CHECK_INT(o.judged, 2);
	CHECK_INT(o.unjudged, 2); /* oops and - are no amounts */
	CHECK_INT(o.broken, 1);
	CHECK_INT(o.breaks[0].row, 4);
	CHECK_STR(o.breaks[0].message, "2 adds up to -5.5, not 5.5");
	arena_free(b.a);
}

static void
one_object_is_one_row(void)
{
	struct bench b = bench_of(RULE("{\"equation\":{\"left\":\"amount\",\"op\":\"=\",\"right\":{\"sub\":[\"hours\",\"rate\"]}}}", "{expected}"));
	static const char text[] = "{\"amount\":\"-2.5\",\"hours\":1,\"rate\":3.50,\"note\":null}";
	struct rules_table t = {.entity = &b.line, .path = "x.json"};
	struct rules_outcome out[1];
	struct err err = {0};
	struct jx *doc;

	CHECK_INT(jx_parse(b.a, text, strlen(text), NULL, &doc, &err), 0);
	t.object = doc;
	CHECK_INT(rules_run(b.a, b.rules, 1, &t, NULL, 0, NULL, out, &err), 0);
	CHECK_INT(out[0].verdict, RULES_HOLDS);
	CHECK_INT(out[0].judged, 1);
	arena_free(b.a);
}

static void
a_rule_may_apply_to_some_rows_only(void)
{
	struct bench b = bench_of("{\"id\":\"t.r\",\"entity\":\"t.line\",\"severity\":\"error\",\"when\":{\"column\":\"hours\",\"is\":[\"1\"]},"
	    "\"rule\":{\"compare\":{\"left\":\"code\",\"op\":\"=\",\"right\":{\"const\":\"7\"}}},\"message\":\"{expected}\"}");
	struct rules_outcome o = run(&b, "line_id,hours,code\nA,1.00,7\nB,1,7.0\nC,2,8\n", NULL, 0);

	CHECK_INT(o.judged, 2);
	CHECK_INT(o.broken, 1);
	CHECK_STR(o.breaks[0].message, "7");
	arena_free(b.a);
}

static void
a_table_that_breaks_off_is_an_error(void)
{
	struct bench b = bench_of(RULE("{\"unique\":[\"line_id\"]}", "m"));
	struct rules_table t = table_of(&b.line, "line_id,code\nA,\"x\n", FORMAT_CSV);
	struct rules_outcome out[1];
	struct err err = {0};

	CHECK_INT(rules_run(b.a, b.rules, 1, &t, NULL, 0, NULL, out, &err), -1);
	CHECK_INT(err.code, E_SCHEMA);
	CHECK(strncmp(err.msg, "lines.csv: ", 11) == 0);
	(void)close(t.fd);
	arena_free(b.a);
}

/* The same answers with room for 768 keys as with room for all: 5,000 rows, keys from a small generator. */
static void
little_memory_takes_more_passes_and_gives_the_same(void)
{
	static const char *const rules[] = {RULE("{\"unique\":[\"order_id\"]}", "m"),
	    RULE("{\"refers\":{\"columns\":[\"order_id\"],\"entity\":\"t.order\",\"to\":[\"id\"]}}", "m"),
	    RULE("{\"sum\":{\"column\":\"amount\",\"by\":[\"order_id\"],\"equals\":{\"entity\":\"t.order\",\"column\":\"total\",\"by\":[\"id\"]}}}", "m")};
	uint64_t want[3] = {0, 0, 0};
	static uint32_t first[9000], total[9000], count[9000];
	struct arena *a = arena_new(0);
	struct buf lines, orders;
	uint32_t x = 12345;

	buf_init(&lines, a);
	buf_init(&orders, a);
	buf_str(&lines, "line_id,order_id,amount\n");
	buf_str(&orders, "id,total\n");
	for (uint32_t i = 0; i < 5000; i++) {
		x = x * 1664525 + 1013904223;
		uint32_t key = (x >> 8) % 9000, amount = (x >> 20) % 100;

		buf_printf(&lines, "L%u,K%u,%u\n", i, key, amount);
		want[0] += count[key] > 0;
		count[key]++;
		total[key] += amount;
		first[key] = 1;
	}
	for (uint32_t k = 0; k < 9000; k++) {
		bool is_there = k % 3 != 0, is_off = k % 5 == 0;

		if (is_there)
			buf_printf(&orders, "K%u,%u\n", k, total[k] + is_off);
		want[1] += is_there ? 0 : count[k];
		want[2] += first[k] && is_there && is_off;
	}
	for (size_t i = 0; i < 3; i++) {
		struct bench b = bench_of(rules[i]);
		struct rules_outcome all = run(&b, lines.p, orders.p, 0), little = run(&b, lines.p, orders.p, 1);

		CHECK_INT(all.broken, want[i]);
		CHECK_INT(little.broken, want[i]);
		CHECK_INT(little.judged, all.judged);
		CHECK_INT(little.verdict, RULES_BROKEN);
		CHECK_INT(little.nbreaks, 20);
		arena_free(b.a);
	}
	arena_free(a);
}

int
main(void)
{
	RUN(an_equation_is_exact_and_says_what_was_expected);
	RUN(division_by_zero_is_not_judged);
	RUN(dates_and_instants_are_compared_as_such);
	RUN(days_can_be_added_to_dates);
	RUN(ranges_patterns_and_required_cells);
	RUN(keys_are_alike_by_value_and_empty_ones_are_not);
	RUN(keys_of_time_are_alike_by_instant);
	RUN(an_id_may_name_a_whole_number);
	RUN(memory_for_keys_is_given_back);
	RUN(a_reference_needs_its_row);
	RUN(sums_are_held_against_the_other_table);
	RUN(one_object_is_one_row);
	RUN(a_rule_may_apply_to_some_rows_only);
	RUN(a_table_that_breaks_off_is_an_error);
	RUN(little_memory_takes_more_passes_and_gives_the_same);
	return tap_done();
}
