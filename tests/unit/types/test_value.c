/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "tap.h"
#include "core/decimal.h"
#include "types/value.h"

static struct err err;

static bool
is_a(enum coltype type, const char *text)
{
	return value_types(CELL_TEXT, text, strlen(text)) & COL_BIT(type);
}

static const char *
reason_for(enum coltype type, enum cell_type cell, const char *text)
{
	static char reason[256];

	return value_conforms(type, cell, text, strlen(text), NULL, 0, reason) ? "yes" : reason;
}

struct table {
	enum coltype type;
	const char *yes[16];
	const char *no[24];
};

static void
text_conforms_to_types_by_the_letter(void)
{
	static const struct table tables[] = {
	    {COL_INTEGER, {"0", "7", "-7", "123456789012345678", "-0"},
		{"", "-", "+5", "007", "1.0", "1e3", "1234567890123456789", " 1", "1 ", "1,000",
		    "0x10", "١", "1_000"}},
	    {COL_DECIMAL,
		{"0", "12.5", "-12.5", "+12.5", ".5", "-.5", "1e3", "1E-9999", "1.25e+10",
		    "123456789012345678901234567890.5"},
		{"", ".", "5.", "1e", "1e+", "1e10000", "01.5", "1,5", "1.2.3", "$5", "5%", "NaN",
		    "inf", "--1", "1 2"}},
	    {COL_MONEY, {"0", "12.50", "-12.50", "12", "0.1234", ".99", "12345678901234567890.00"},
		{"", "12.34567", "1e3", "$12", "12.50 USD", "1,234.50", "(12.00)"}},
	    {COL_DATE, {"2026-01-02", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"},
		{"", "2026-1-2", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10",
		    "2026-04-31", "2026/01/02", "02.01.2026", "0000-01-01", "2026-01-02T00:00",
		    "20260102", "2026-01-0x"}},
	    {COL_TIMESTAMP,
		{"2026-01-02T03:04", "2026-01-02 03:04:05", "2026-01-02T03:04:05Z",
		    "2026-01-02T03:04:05.123456789+02:00", "2026-01-02T03:04Z",
		    "2026-01-02T23:59:59-11:30"},
		{"2026-01-02", "2026-01-02T24:00", "2026-01-02T03:60", "2026-01-02T03:04:60",
		    "2026-01-02T03:04:05.", "2026-02-30T03:04", "2026-01-02T3:04",
		    "2026-01-02T03:04:05+2:00", "2026-01-02T03:04:05.1234567890",
		    "2026-01-02t03:04", "2026-01-02T03:04:05 Z"}},
	    {COL_BOOLEAN, {"true", "FALSE", "Yes", "no", "1", "0"},
		{"", "2", "t", "y", "on", "true ", "truth"}},
	    {COL_ID, {"a", "T-0001", "x y", "é", "0007"},
		{"", " a", "a ", "a\tb", "a\nb", "a\x01"}},
	    {COL_TEXT, {"", "a\tb", "a\nb", " x ", "é"}, {"a\x01", "\x1b[1m", "\x7f"}},
	};

	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
		for (size_t i = 0; tables[t].yes[i]; i++)
			if (!is_a(tables[t].type, tables[t].yes[i])) {
				printf("# '%s' should be %s\n", tables[t].yes[i],
				    coltype_name(tables[t].type));
				CHECK(!"conforms");
			}
		for (size_t i = 0; tables[t].no[i]; i++)
			if (is_a(tables[t].type, tables[t].no[i])) {
				printf("# '%s' should not be %s\n", tables[t].no[i],
				    coltype_name(tables[t].type));
				CHECK(!"does not conform");
			}
	}
}

static void
long_values_have_limits(void)
{
	char text[300];

	memset(text, '1', sizeof text);
	CHECK(value_types(CELL_TEXT, text, 64) & COL_BIT(COL_DECIMAL));
	CHECK(!(value_types(CELL_TEXT, text, 65) & COL_BIT(COL_DECIMAL)));
	CHECK(value_types(CELL_TEXT, text, 256) & COL_BIT(COL_ID));
	CHECK(!(value_types(CELL_TEXT, text, 257) & COL_BIT(COL_ID)));
	CHECK(value_types(CELL_TEXT, text, 257) & COL_BIT(COL_TEXT));
}

static void
json_values_keep_their_own_type(void)
{
	CHECK_INT(value_types(CELL_NUMBER, "5", 1),
	    COL_BIT(COL_INTEGER) | COL_BIT(COL_DECIMAL) | COL_BIT(COL_MONEY) | COL_BIT(COL_ID));
	CHECK_INT(value_types(CELL_NUMBER, "5.0", 3), COL_BIT(COL_DECIMAL) | COL_BIT(COL_MONEY));
	CHECK_INT(value_types(CELL_NUMBER, "0.30000000000000004", 19), COL_BIT(COL_DECIMAL));
	CHECK_INT(value_types(CELL_BOOL, "true", 4), COL_BIT(COL_BOOLEAN));
	CHECK_INT(value_types(CELL_JSON, "[]", 2), COL_BIT(COL_JSON));
	CHECK_INT(value_types(CELL_NULL, "", 0), 0);
	CHECK_INT(value_types(CELL_MISSING, "", 0), 0);
}

static void
reasons_say_what_was_expected_and_how_to_mend_it(void)
{
	CHECK_STR(reason_for(COL_INTEGER, CELL_TEXT, "abc"), "a whole number such as 42");
	CHECK_STR(reason_for(COL_INTEGER, CELL_TEXT, "12.5"),
	    "a whole number such as 42; this one has a fraction, an exponent or too many digits");
	CHECK_STR(reason_for(COL_DECIMAL, CELL_TEXT, "1,234.50"),
	    "a decimal number such as 12.5; write the decimal mark as a point and no thousands separators");
	CHECK_STR(reason_for(COL_DECIMAL, CELL_TEXT, "$12.50"),
	    "a decimal number such as 12.5; remove the currency sign");
	CHECK_STR(reason_for(COL_DECIMAL, CELL_TEXT, "€12.50"),
	    "a decimal number such as 12.5; remove the currency sign");
	CHECK_STR(reason_for(COL_DECIMAL, CELL_TEXT, " 12.5"),
	    "a decimal number such as 12.5; remove the blanks around it");
	CHECK_STR(reason_for(COL_DECIMAL, CELL_TEXT, "(12.50)"),
	    "a decimal number such as 12.5; write a negative number with a minus sign");
	CHECK_STR(reason_for(COL_DECIMAL, CELL_TEXT, "50%"),
	    "a decimal number such as 12.5; remove the percent sign");
	CHECK_STR(reason_for(COL_INTEGER, CELL_TEXT, "007"),
	    "a whole number such as 42; remove the leading zeros, or declare the column as id");
	CHECK_STR(reason_for(COL_MONEY, CELL_TEXT, "1.23456"),
	    "an amount such as 1234.50, with at most 4 digits behind the point; this one has too many digits behind the point, or an "
	    "exponent");
	CHECK_STR(reason_for(COL_DATE, CELL_TEXT, "31/03/2026"),
	    "a date as YYYY-MM-DD; this one is written day, month, year");
	CHECK_STR(reason_for(COL_DATE, CELL_TEXT, "03/31/2026"),
	    "a date as YYYY-MM-DD; this one is written month, day, year");
	CHECK_STR(reason_for(COL_DATE, CELL_TEXT, "03/04/2026"),
	    "a date as YYYY-MM-DD; this one could be day/month/year or month/day/year");
	CHECK_STR(reason_for(COL_DATE, CELL_TEXT, "2026/3/1"),
	    "a date as YYYY-MM-DD; write it with hyphens and two digits each");
	CHECK_STR(reason_for(COL_DATE, CELL_TEXT, "2026-02-30"),
	    "a date as YYYY-MM-DD; there is no such day");
	CHECK_STR(reason_for(COL_DATE, CELL_TEXT, "2026-02-03T01:02"),
	    "a date as YYYY-MM-DD; this one has more than a date");
	CHECK_STR(reason_for(COL_TIMESTAMP, CELL_TEXT, "2026-02-03"),
	    "a timestamp as YYYY-MM-DDThh:mm:ssZ; this one has no time");
	CHECK_STR(reason_for(COL_TEXT, CELL_NUMBER, "5"),
	    "text without control characters; this one is a JSON number: put it in quotes");
	CHECK_STR(reason_for(COL_INTEGER, CELL_BOOL, "true"),
	    "a whole number such as 42; this one is a JSON boolean");
	CHECK_STR(reason_for(COL_ID, CELL_JSON, "[1]"),
	    "an id: 1 to 256 bytes without control characters or blanks at the ends; this one is a nested JSON value");
}

static void
enums_take_their_values_exactly(void)
{
	static const char *const states[] = {"active", "expired"};
	char reason[256];
	const char *many[200];

	CHECK(value_conforms(COL_ENUM, CELL_TEXT, "active", 6, states, 2, reason));
	CHECK(!value_conforms(COL_ENUM, CELL_TEXT, "Active", 6, states, 2, reason));
	CHECK_STR(
	    reason, "one of 'active', 'expired'; this one differs only in upper and lower case");
	CHECK(!value_conforms(COL_ENUM, CELL_TEXT, "active ", 7, states, 2, reason));
	CHECK_STR(reason, "one of 'active', 'expired'; remove the blanks around it");
	CHECK(!value_conforms(COL_ENUM, CELL_NUMBER, "1", 1, states, 2, reason));
	for (size_t i = 0; i < 200; i++)
		many[i] = "a value of some length";
	CHECK(!value_conforms(COL_ENUM, CELL_TEXT, "x", 1, many, 200, reason));
	CHECK(strstr(reason, " more") != NULL);
}

static void
types_have_names(void)
{
	char reason[256];
	enum coltype t;

	for (int i = 0; i < COL__COUNT; i++) {
		CHECK(coltype_find(coltype_name((enum coltype)i), &t));
		CHECK_INT(t, i);
	}
	CHECK(!coltype_find("float", &t));
	CHECK_INT(value_conforms_text("decimal", "1.5", 3, NULL, 0, reason, &err), 1);
	CHECK_INT(value_conforms_text("decimal", "x", 1, NULL, 0, reason, &err), 0);
	CHECK_INT(value_conforms_text("float", "1.5", 3, NULL, 0, reason, &err), -1);
	CHECK(strstr(err.msg, "'float' is not a column type") != NULL);
	CHECK_INT(value_conforms_text("json", "1.5", 3, NULL, 0, reason, &err), -1);
}

static void
date_orders_are_recognised_and_ambiguity_is_kept(void)
{
	static const struct {
		const char *text;
		unsigned want;
	} cases[] = {{"2026-03-31", DATE_ISO}, {"2026-02-30", 0}, {"2026/03/31", DATE_YMD},
	    {"2026.3.1", DATE_YMD}, {"31/03/2026", DATE_DMY}, {"03/31/2026", DATE_MDY},
	    {"03/04/2026", DATE_DMY | DATE_MDY}, {"31.03.2026", DATE_DMY}, {"3.4.2026", DATE_DMY},
	    {"3-4-2026", DATE_DMY | DATE_MDY}, {"32/13/2026", 0}, {"03/04/26", 0},
	    {"03/04-2026", 0}, {"12345678", 0}, {"2026-3-31", 0}, {"", 0}, {"2026/03/3x", 0},
	    {"1/1/202x", 0}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (date_orders(cases[i].text, strlen(cases[i].text)) != cases[i].want) {
			printf("# '%s' gives %u\n", cases[i].text,
			    date_orders(cases[i].text, strlen(cases[i].text)));
			CHECK(!"orders");
		}
}

static void
shown_values_are_short_and_harmless(void)
{
	char out[VALUE_SHOW_BYTES], text[200];

	value_show("a\nb\t\x01\x7f\xff€", 10, out);
	CHECK_STR(out, "a\\nb\\t\\x01\\x7f\\xff€");
	memset(text, 'x', sizeof text);
	value_show(text, sizeof text, out);
	CHECK_INT(strlen(out), 40 + 3);
	memset(text, '\x02', sizeof text);
	value_show(text, sizeof text, out);
	CHECK_INT(strlen(out), 160 + 3);
	value_show("\u200e5\u202e6\xc2\x9b" "7\u00a08\ufeff", 17, out);
	CHECK_STR(out, "\\u200e5\\u202e6\\u009b7\u00a08\\ufeff");
	value_show("\xf0\x9f", 2, out);
	CHECK_STR(out, "\\xf0\\x9f");
	value_show("", 0, out);
	CHECK_STR(out, "");
}

static int
compare(const char *a, const char *b)
{
	return decimal_compare(a, strlen(a), b, strlen(b));
}

static void
decimals_compare_by_value_at_any_length(void)
{
	static const char *const ascending[] = {"-1e999999999999",
	    "-123456789012345678901234567890", "-2", "-1.5", "-1e-9999999999", "0",
	    "1e-999999999999999999999", "0.1", "0.10000000000000000000000000001",
	    "9007199254740992", "9007199254740993", "1e22", "1e999999999999"};
	static const char *const same[][2] = {{"0", "-0"}, {"0", "0.000"}, {"0e5", "-0.0e-7"},
	    {"1", "1.0"}, {"100", "1e2"}, {".5", "0.5"}, {"+5", "5"}, {"0.001", "1e-3"},
	    {"12.340", "1.234E1"}};
	size_t n = sizeof ascending / sizeof *ascending;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (compare(ascending[i], ascending[k]) != (i > k) - (i < k)) {
				printf("# %s against %s\n", ascending[i], ascending[k]);
				CHECK(!"order");
			}
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		CHECK_INT(compare(same[i][0], same[i][1]), 0);
}

static void
decimals_have_one_normal_form(void)
{
	static const char *const pairs[][2] = {
	    {"1.0", "1"}, {"1e2", "100"}, {"-0", "0"}, {"0.0120", "12e-3"}, {"-5.50", "-55e-1"}};
	struct arena *a = arena_new(0);
	struct buf x, y;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		buf_init(&x, a);
		buf_init(&y, a);
		decimal_normal(&x, pairs[i][0], strlen(pairs[i][0]));
		decimal_normal(&y, pairs[i][1], strlen(pairs[i][1]));
		CHECK_STR(x.p, y.p);
	}
	arena_free(a);
}

static void
decimals_know_whole_numbers(void)
{
	static const char *const yes[] = {
	    "5", "5.0", "5e3", "0", "0.000", "1.5e1", "-12", "100e-2"};
	static const char *const no[] = {"5.5", "1e-1", "15e-1", "0.1"};
	static const char *const bad[] = {
	    "", "-", ".", "1.", "e5", "1e", "1e+", "abc", "1.2.3", "0x1", "1 "};

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		CHECK(decimal_is_integer(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		CHECK(!decimal_is_integer(no[i], strlen(no[i])));
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		CHECK(decimal_check(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!decimal_check(bad[i], strlen(bad[i])));
}

int
main(void)
{
	RUN(text_conforms_to_types_by_the_letter);
	RUN(long_values_have_limits);
	RUN(json_values_keep_their_own_type);
	RUN(reasons_say_what_was_expected_and_how_to_mend_it);
	RUN(enums_take_their_values_exactly);
	RUN(types_have_names);
	RUN(date_orders_are_recognised_and_ambiguity_is_kept);
	RUN(shown_values_are_short_and_harmless);
	RUN(decimals_compare_by_value_at_any_length);
	RUN(decimals_have_one_normal_form);
	RUN(decimals_know_whole_numbers);
	return tap_done();
}
