/* SPDX-License-Identifier: Apache-2.0 */
#include "core/num.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"

static bool
is_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return n > 0;
}

int
num_u64(const char *s, size_t n, uint64_t max, uint64_t *out, struct err *err)
{
	uint64_t v = 0;

	if (!is_digits(s, n))
		return err_set(err, E_USAGE, "'%.*s' is not a whole number", (int)(n > 40 ? 40 : n), s);
	for (size_t i = 0; i < n; i++) {
		uint64_t digit = (uint64_t)(s[i] - '0');
		if (v > (max - digit) / 10 || digit > max)
			return err_set(err, E_USAGE, "'%.*s' is above the limit of %" PRIu64,
			    (int)(n > 40 ? 40 : n), s, max);
		v = v * 10 + digit;
	}
	*out = v;
	return 0;
}

int
num_parse(const char *s, size_t n, int64_t min, int64_t max, int64_t *out, struct err *err)
{
	bool is_negative = n > 0 && s[0] == '-';
	uint64_t v;
	int64_t r;

	if (num_u64(s + is_negative, n - is_negative, (uint64_t)INT64_MAX + is_negative, &v, err) < 0)
		return err_set(err, E_USAGE, "'%.*s' is not a whole number from %" PRId64 " to %" PRId64,
		    (int)(n > 40 ? 40 : n), s, min, max);
	r = is_negative ? (int64_t)(0 - v) : (int64_t)v;
	if (r < min || r > max)
		return err_set(err, E_USAGE, "%" PRId64 " is not from %" PRId64 " to %" PRId64, r, min, max);
	*out = r;
	return 0;
}

/* Shortest digits that read back as d: try 1..17 significant digits. Returns the count. */
static int
shortest(double d, char digits[18], int *exponent)
{
	char text[40];

	for (int precision = 0; precision < 17; precision++) {
		int n = 0;
		(void)snprintf(text, sizeof text, "%.*e", precision, d);
		if (precision < 16 && strtod(text, NULL) != d)
			continue;
		for (const char *p = text; *p && *p != 'e'; p++)
			if (*p >= '0' && *p <= '9')
				digits[n++] = *p;
		digits[n] = '\0';
		*exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
		return n;
	}
	NEVER("17 digits always round-trip");
}

/* k digits followed by zeros up to n places. Returns n. */
static int
whole(char *p, const char *digits, int k, int n)
{
	memcpy(p, digits, (size_t)k);
	memset(p + k, '0', (size_t)(n - k));
	p[n] = '\0';
	return n;
}

size_t
num_es6(double d, char out[32])
{
	char digits[18], *p = out;
	int n, e, k;

	INVARIANT(isfinite(d));
	if (d == 0) {
		memcpy(out, "0", 2);
		return 1;
	}
	if (d < 0) {
		*p++ = '-';
		d = -d;
	}
	k = shortest(d, digits, &e);
	while (k > 1 && digits[k - 1] == '0')
		k--;
	n = e + 1; /* ECMA-262 Number::toString: value = 0.digits * 10^n, k digits */
	if (k <= n && n <= 21)
		p += whole(p, digits, k, n);
	else if (0 < n && n <= 21)
		p += snprintf(p, 28, "%.*s.%.*s", n, digits, k - n, digits + n);
	else if (-6 < n && n <= 0)
		p += snprintf(p, 28, "0.%.*s%.*s", -n, "000000", k, digits);
	else if (k == 1)
		p += snprintf(p, 28, "%ce%+d", digits[0], n - 1);
	else
		p += snprintf(p, 28, "%c.%.*se%+d", digits[0], k - 1, digits + 1, n - 1);
	return (size_t)(p - out);
}
