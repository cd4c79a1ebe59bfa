/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rational.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "tap.h"

static struct arena *a;

static struct rational *
of(const char *text)
{
	struct rational *r = rational_new(a);

	CHECK(rational_set(r, text, strlen(text)));
	return r;
}

static void
text_and_back(void)
{
	static const struct {
		const char *in, *out;
		unsigned places;
	} cases[] = {{"0", "0", 4}, {"-0.00", "0", 4}, {"12.50", "12.5", 4}, {"-12.345", "-12.35", 2}, {"12.344", "12.34", 2},
	    {"0.005", "0.01", 2}, {"-0.005", "-0.01", 2}, {"-0.004", "0", 2}, {".5", "0.5", 1}, {"+7", "7", 0}, {"7.5", "8", 0},
	    {"1e3", "1000", 2}, {"1.5e-3", "0.0015", 4}, {"0.0001", "0.0001", 6},
	    {"123456789012345678901234567890.12", "123456789012345678901234567890.12", 2}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_STR(rational_text(a, of(cases[i].in), cases[i].places), cases[i].out);
}

static void
what_is_no_decimal_or_too_long_is_refused(void)
{
	static const char *const bad[] = {"", "-", "1,5", "1.", "0x10", "1e401", "1e-401", "1e", "NaN", "1 "};
	struct rational *r = of("3");
	char long_text[RATIONAL_DIGITS_MAX + 2];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!rational_set(r, bad[i], strlen(bad[i])));
	memset(long_text, '1', sizeof long_text);
	CHECK(!rational_set(r, long_text, sizeof long_text - 1));
	CHECK(rational_set(r, long_text, RATIONAL_DIGITS_MAX));
	CHECK(rational_set(r, "3", 1));
	CHECK(!rational_set(r, "x", 1));
	CHECK_STR(rational_text(a, r, 0), "3");
}

static void
arithmetic_is_exact(void)
{
	struct rational *r = rational_new(a), *third = rational_new(a);

	rational_add(r, of("0.1"), of("0.2"));
	CHECK_INT(rational_compare(r, of("0.3")), 0);
	CHECK(rational_div(third, of("1"), of("3")));
	CHECK_INT(rational_compare(third, of("0.333333333333333333333")), 1);
	rational_mul(r, third, of("-3"));
	CHECK_INT(rational_compare(r, of("-1")), 0);
	rational_sub(r, r, r);
	CHECK_INT(rational_compare(r, of("0")), 0);
	CHECK(!rational_div(r, of("1"), of("0.000")));
	CHECK(rational_div(r, of("-6"), of("-0.5")));
	CHECK_STR(rational_text(a, r, 3), "12");
	CHECK(rational_div(r, of("1"), of("-8")));
	CHECK_STR(rational_text(a, r, 3), "-0.125");
	rational_set_int(r, INT64_MIN);
	CHECK_STR(rational_text(a, r, 0), "-9223372036854775808");
	CHECK(rational_is_near(of("10.00"), of("10.01"), of("0.01")));
	CHECK(!rational_is_near(of("10.00"), of("10.0100001"), of("0.01")));
	CHECK(rational_is_near(of("-5"), of("-5"), of("0")));
	rational_copy(r, of("2.5"));
	rational_add(r, r, r);
	CHECK_STR(rational_text(a, r, 1), "5");
}

int
main(void)
{
	a = arena_new(0);
	RUN(text_and_back);
	RUN(what_is_no_decimal_or_too_long_is_refused);
	RUN(arithmetic_is_exact);
	arena_free(a);
	return tap_done();
}
