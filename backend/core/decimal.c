/* SPDX-License-Identifier: Apache-2.0 */
#include "core/decimal.h"

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

#define WIDE_DIGITS_MAX 400 /* of a divisor beyond 64 bits */
#define WIDE_STEPS_MAX 20000000

__extension__ typedef unsigned __int128 u128;

static uint64_t
times_mod(uint64_t a, uint64_t b, uint64_t m)
{
	return (uint64_t)((u128)a * b % m);
}

static bool
multiple_of_u64(const struct parts *a, int64_t na, int64_t shift, uint64_t m)
{
	const char *at = a->digits;
	uint64_t r = 0, power = 1 % m, base = 10 % m;

	for (; na > 0; na--)
		r = (uint64_t)(((u128)r * 10 + (u128)(next_digit(&at, a->end) - '0')) % m);
	for (; shift > 0 && r; shift >>= 1) {
		if (shift & 1)
			power = times_mod(power, base, m);
		base = times_mod(base, base, m);
	}
	return times_mod(r, power, m) == 0;
}

/* r = r * 10 + d, less m as often as it goes; r, m: n digits, the highest first; r has one more in front. */
static void
shift_in(unsigned char *r, const unsigned char *m, int64_t n, unsigned d)
{
	for (int64_t i = 0; i < n; i++)
		r[i] = r[i + 1];
	r[n] = (unsigned char)d;
	for (;;) {
		int c = r[0] ? 1 : memcmp(r + 1, m, (size_t)n);
		int borrow = 0;
		if (c < 0)
			return;
		for (int64_t i = n; i > 0; i--) {
			int x = r[i] - m[i - 1] - borrow;
			borrow = x < 0;
			r[i] = (unsigned char)(x + (borrow ? 10 : 0));
		}
		r[0] = (unsigned char)(r[0] - borrow);
	}
}

static int
multiple_of_wide(const struct parts *a, int64_t na, int64_t shift, const struct parts *b, int64_t nb)
{
	unsigned char m[WIDE_DIGITS_MAX], r[WIDE_DIGITS_MAX + 1] = {0};
	const char *at = b->digits;

	if (nb > WIDE_DIGITS_MAX || shift > WIDE_STEPS_MAX || (na + shift) * nb > WIDE_STEPS_MAX)
		return -1;
	for (int64_t i = 0; i < nb; i++)
		m[i] = (unsigned char)(next_digit(&at, b->end) - '0');
	at = a->digits;
	for (int64_t i = 0; i < na + shift; i++)
		shift_in(r, m, nb, i < na ? (unsigned)(next_digit(&at, a->end) - '0') : 0);
	for (int64_t i = 0; i <= nb; i++)
		if (r[i])
			return 0;
	return 1;
}

int
decimal_multiple(const char *a, size_t na, const char *b, size_t nb)
{
	struct parts x, y;
	int64_t x_digits, y_digits, shift;
	uint64_t m = 0;
	const char *at;

	take_apart(a, na, &x);
	take_apart(b, nb, &y);
	if (x.is_zero)
		return 1;
	if (y.is_zero)
		return 0;
	/* Both as digits * 10^e without trailing zeros: x's digits do not divide by 10, so x needs the greater e. */
	x_digits = significant_digits(&x);
	y_digits = significant_digits(&y);
	shift = (x.point - x_digits) - (y.point - y_digits);
	if (shift < 0)
		return 0;
	if (y_digits > 19)
		return multiple_of_wide(&x, x_digits, shift, &y, y_digits);
	at = y.digits;
	for (int64_t i = 0; i < y_digits; i++)
		m = m * 10 + (uint64_t)(next_digit(&at, y.end) - '0');
	return multiple_of_u64(&x, x_digits, shift, m);
}
