/* SPDX-License-Identifier: Apache-2.0 */
#include "types/decimal.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "core/buf.h"

#define EXPONENT_CLIP ((int64_t)1 << 56) /* far beyond any text's length; ten times it still fits  \
					  */

/* A number taken apart: value = 0.d1d2d3… * 10^point, d1 not zero; the digits skip the '.'. */
struct parts {
	bool is_negative;
	bool is_zero;
	int64_t point;
	const char *digits; /* at d1 */
	const char *end;    /* behind the last digit */
};

static const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

bool
decimal_check(const char *p, size_t n)
{
	const char *end = p + n, *from;
	size_t digits;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	from = p;
	p = skip_digits(p, end);
	digits = (size_t)(p - from);
	if (p < end && *p == '.') {
		from = ++p;
		p = skip_digits(p, end);
		if (p == from)
			return false;
		digits += (size_t)(p - from);
	}
	if (digits == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		from = p;
		p = skip_digits(p, end);
		if (p == from)
			return false;
	}
	return p == end;
}

/* The exponent's value, clipped so that sums with text lengths cannot overflow. */
static int64_t
exponent(const char *p, const char *end)
{
	bool is_negative = p < end && *p == '-';
	int64_t v = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end; p++) {
		v = v * 10 + (*p - '0');
		if (v > EXPONENT_CLIP)
			v = EXPONENT_CLIP;
	}
	return is_negative ? -v : v;
}

static void
take_apart(const char *p, size_t n, struct parts *out)
{
	const char *end = p + n, *mantissa_end;
	int64_t point = 0;
	bool in_fraction = false, has_digit = false;

	*out = (struct parts){.is_negative = p < end && *p == '-', .is_zero = true};
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (mantissa_end = p; mantissa_end < end; mantissa_end++)
		if (*mantissa_end == 'e' || *mantissa_end == 'E')
			break;
	for (const char *q = p; q < mantissa_end; q++) {
		if (*q == '.') {
			in_fraction = true;
			continue;
		}
		if (!has_digit && *q != '0') {
			has_digit = true;
			out->digits = q;
		}
		if (has_digit && !in_fraction)
			point++;
		else if (!has_digit && in_fraction)
			point--;
	}
	if (!has_digit) {
		out->is_negative = false;
		return;
	}
	out->is_zero = false;
	out->end = mantissa_end;
	out->point = point;
	if (mantissa_end < end)
		out->point += exponent(mantissa_end + 1, end);
}

static char
next_digit(const char **p, const char *end)
{
	if (*p < end && **p == '.')
		(*p)++;
	return *p < end ? *(*p)++ : '\0';
}

/* Compare magnitudes of two numbers that are not zero. */
static int
compare_magnitude(const struct parts *a, const struct parts *b)
{
	const char *p = a->digits, *q = b->digits;

	if (a->point != b->point)
		return a->point < b->point ? -1 : 1;
	for (;;) {
		char x = next_digit(&p, a->end), y = next_digit(&q, b->end);
		if (!x && !y)
			return 0;
		x = x ? x : '0';
		y = y ? y : '0';
		if (x != y)
			return x < y ? -1 : 1;
	}
}

int
decimal_compare(const char *a, size_t na, const char *b, size_t nb)
{
	struct parts x, y;
	int c;

	if (na == nb && memcmp(a, b, na) == 0)
		return 0;
	take_apart(a, na, &x);
	take_apart(b, nb, &y);
	if (x.is_zero || y.is_zero) {
		if (x.is_zero && y.is_zero)
			return 0;
		if (x.is_zero)
			return y.is_negative ? 1 : -1;
		return x.is_negative ? -1 : 1;
	}
	if (x.is_negative != y.is_negative)
		return x.is_negative ? -1 : 1;
	c = compare_magnitude(&x, &y);
	return x.is_negative ? -c : c;
}

/* How many digits from d1 on matter: trailing zeros do not. */
static int64_t
significant_digits(const struct parts *x)
{
	int64_t significant = 0, seen = 0;

	for (const char *p = x->digits;;) {
		char d = next_digit(&p, x->end);
		if (!d)
			return significant;
		seen++;
		if (d != '0')
			significant = seen;
	}
}

bool
decimal_is_integer(const char *p, size_t n)
{
	struct parts x;

	take_apart(p, n, &x);
	return x.is_zero || significant_digits(&x) <= x.point;
}

void
decimal_normal(struct buf *b, const char *p, size_t n)
{
	struct parts x;
	const char *at;

	take_apart(p, n, &x);
	if (x.is_zero) {
		buf_str(b, "0;");
		return;
	}
	buf_str(b, x.is_negative ? "-0." : "0.");
	at = x.digits;
	for (int64_t left = significant_digits(&x); left > 0; left--)
		buf_char(b, next_digit(&at, x.end));
	buf_printf(b, "e%" PRId64 ";", x.point);
}
