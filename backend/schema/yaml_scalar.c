/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/yaml_scalar.h"

#include <stdint.h>
#include <string.h>

#include "core/buf.h"

#define RADIX_DIGITS_MAX 256u
#define DECIMAL_DIGITS_MAX 320u /* of 256 hexadecimal digits: 309 */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

static int
digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 99;
}

/* 0o17 and 0x1F, as decimals of any length. */
static enum yaml_scalar
radix(const char *s, size_t n, int base, struct buf *out)
{
	unsigned char decimal[DECIMAL_DIGITS_MAX] = {0}; /* least first */
	size_t used = 1;

	for (size_t i = 0; i < n; i++)
		if (digit_of(s[i]) >= base)
			return YAML_STRING;
	if (n > RADIX_DIGITS_MAX)
		return YAML_TOO_LONG;
	for (size_t i = 0; i < n; i++) {
		unsigned carry = (unsigned)digit_of(s[i]);
		for (size_t k = 0; k < used || carry; k++) {
			carry += decimal[k] * (unsigned)base;
			decimal[k] = (unsigned char)(carry % 10);
			carry /= 10;
			if (k >= used)
				used = k + 1;
		}
	}
	while (used > 1 && decimal[used - 1] == 0)
		used--;
	while (used)
		buf_char(out, (char)('0' + decimal[--used]));
	return YAML_NUMBER;
}

static size_t
digits(const char *s, size_t n, size_t i)
{
	while (i < n && is_digit(s[i]))
		i++;
	return i;
}

/* [-+]? ( \.[0-9]+ | [0-9]+ ( \.[0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, written as JSON wants it. */
static enum yaml_scalar
number(const char *s, size_t n, struct buf *out)
{
	size_t whole = s[0] == '-' || s[0] == '+', dot = digits(s, n, whole), fraction = dot, end, i;

	if (dot < n && s[dot] == '.')
		fraction = digits(s, n, dot + 1);
	if (dot == whole && fraction <= dot + 1)
		return YAML_STRING;
	end = fraction;
	if (end < n && (s[end] | 32) == 'e') {
		i = end + 1;
		if (i < n && (s[i] == '-' || s[i] == '+'))
			i++;
		end = digits(s, n, i);
		if (end == i)
			return YAML_STRING;
	}
	if (end != n)
		return YAML_STRING;
	if (s[0] == '-')
		buf_char(out, '-');
	while (whole + 1 < dot && s[whole] == '0')
		whole++;
	if (whole == dot)
		buf_char(out, '0');
	buf_add(out, s + whole, dot - whole);
	if (fraction > dot + 1)
		buf_add(out, s + dot, fraction - dot);
	else if (fraction == dot + 1)
		buf_str(out, ".0");
	buf_add(out, s + fraction, n - fraction);
	return YAML_NUMBER;
}

enum yaml_scalar
yaml_resolve(const char *s, size_t n, struct buf *lexeme)
{
	size_t sign;

	if (n == 0 || is(s, n, "~") || is(s, n, "null") || is(s, n, "Null") || is(s, n, "NULL"))
		return YAML_NULL;
	if (is(s, n, "true") || is(s, n, "True") || is(s, n, "TRUE"))
		return YAML_TRUE;
	if (is(s, n, "false") || is(s, n, "False") || is(s, n, "FALSE"))
		return YAML_FALSE;
	if (!is_digit(s[0]) && s[0] != '-' && s[0] != '+' && s[0] != '.')
		return YAML_STRING;
	sign = s[0] == '-' || s[0] == '+';
	if (is(s + sign, n - sign, ".inf") || is(s + sign, n - sign, ".Inf") ||
	    is(s + sign, n - sign, ".INF") || is(s, n, ".nan") || is(s, n, ".NaN") || is(s, n, ".NAN"))
		return YAML_NOT_IN_JSON;
	if (n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'o'))
		return radix(s + 2, n - 2, s[1] == 'x' ? 16 : 8, lexeme);
	return number(s, n, lexeme);
}
