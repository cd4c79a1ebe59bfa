/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: IPv4, IPv6, URI, IRI, URL and URI templates. */
#include "schema/format_work.h"

#include <stdint.h>
#include <string.h>

#define TEMPLATE_PREFIX_DIGITS_MAX 4

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool
is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool
one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

size_t
utf8_next(const char *s, size_t n, unsigned *out)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	unsigned v = len < 2 ? p[0] : p[0] & (0x7fu >> len);

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 63u);
	}
	*out = v;
	return len;
}

bool
ipv4_check(const char *s, size_t n)
{
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		size_t from = i;
		unsigned v = 0;
		while (i < n && is_digit(s[i]) && i - from < 3)
			v = v * 10 + (unsigned)(s[i++] - '0');
		if (i == from || v > 255 || (i - from > 1 && s[from] == '0'))
			return false;
		if (part < 3 && (i >= n || s[i++] != '.'))
			return false;
	}
	return i == n;
}

bool
ipv6_check(const char *s, size_t n)
{
	size_t i = 0;
	unsigned groups = 0;
	bool gap = false;

	if (n >= 2 && s[0] == ':' && s[1] == ':') {
		gap = true;
		i = 2;
	}
	while (i < n) {
		size_t from = i;
		while (i < n && is_hex(s[i]) && i - from < 5)
			i++;
		if (i < n && s[i] == '.') {
			if (!ipv4_check(s + from, n - from))
				return false;
			groups += 2;
			i = n;
			break;
		}
		if (i == from || i - from > 4)
			return false;
		groups++;
		if (i == n)
			break;
		if (s[i++] != ':' || i == n)
			return false;
		if (s[i] == ':') {
			if (gap)
				return false;
			gap = true;
			i++;
		}
	}
	return gap ? groups <= 7 : groups == 8;
}

/* --- URI -------------------------------------------------------------------------------------- */

static bool
is_ucschar(unsigned c)
{
	if (c >= 0x10000)
		return c <= 0xefffd && (c & 0xffff) <= 0xfffd && !(c >= 0xe0000 && c < 0xe1000);
	return (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xf900 && c <= 0xfdcf) || (c >= 0xfdf0 && c <= 0xffef);
}

static bool
is_iprivate(unsigned c)
{
	return (c >= 0xe000 && c <= 0xf8ff) || (c >= 0xf0000 && c <= 0xffffd) || c >= 0x100000;
}

/* Every character is unreserved, percent-encoded, a sub-delimiter or one of extra. */
static bool
all_of(const char *s, size_t n, const char *extra, int kind, bool with_private)
{
	for (size_t i = 0; i < n;) {
		unsigned c;
		size_t len;
		if (is_alpha(s[i]) || is_digit(s[i]) || one_of(s[i], "-._~!$&'()*+,;=") ||
		    one_of(s[i], extra)) {
			i++;
		} else if (s[i] == '%') {
			if (n - i < 3 || !is_hex(s[i + 1]) || !is_hex(s[i + 2]))
				return false;
			i += 3;
		} else {
			if (!(kind & URI_IRI) || (unsigned char)s[i] < 0x80)
				return false;
			len = utf8_next(s + i, n - i, &c);
			if (len == 0 || !(is_ucschar(c) || (with_private && is_iprivate(c))))
				return false;
			i += len;
		}
	}
	return true;
}

static bool
ip_literal(const char *s, size_t n)
{
	size_t i = 1;

	if (n == 0 || (s[0] | 32) != 'v')
		return ipv6_check(s, n);
	while (i < n && is_hex(s[i]))
		i++;
	if (i == 1 || i >= n || s[i] != '.' || i + 1 == n)
		return false;
	return !memchr(s + i, '%', n - i) && all_of(s + i + 1, n - i - 1, ":", URI_ABSOLUTE, false);
}

static bool
authority(const char *s, size_t n, int kind)
{
	const char *at = memchr(s, '@', n), *close;
	size_t host_bytes;

	if (at) {
		if (!all_of(s, (size_t)(at - s), ":", kind, false))
			return false;
		n -= (size_t)(at + 1 - s);
		s = at + 1;
	}
	if (n && s[0] == '[') {
		close = memchr(s, ']', n);
		if (!close || !ip_literal(s + 1, (size_t)(close - s - 1)))
			return false;
		host_bytes = (size_t)(close + 1 - s);
	} else {
		const char *colon = memchr(s, ':', n);
		host_bytes = colon ? (size_t)(colon - s) : n;
		if (!all_of(s, host_bytes, "", kind, false))
			return false;
	}
	if (host_bytes < n && s[host_bytes] != ':')
		return false;
	for (size_t i = host_bytes + 1; i < n; i++)
		if (!is_digit(s[i]))
			return false;
	return true;
}

/* Bytes of "scheme:" at s, or 0. */
static size_t
scheme(const char *s, size_t n)
{
	size_t i = 0;

	if (n == 0 || !is_alpha(s[0]))
		return 0;
	while (i < n && (is_alpha(s[i]) || is_digit(s[i]) || one_of(s[i], "+-.")))
		i++;
	return i < n && s[i] == ':' ? i + 1 : 0;
}

bool
uri_check(const char *s, size_t n, int kind)
{
	size_t i = scheme(s, n), path, end;
	bool has_scheme = i > 0;
	const char *mark;

	if (!has_scheme && !(kind & URI_REFERENCE))
		return false;
	s += i;
	n -= i;
	mark = memchr(s, '#', n);
	if (mark) {
		if (!all_of(mark + 1, n - (size_t)(mark + 1 - s), ":@/?", kind, false))
			return false;
		n = (size_t)(mark - s);
	}
	mark = memchr(s, '?', n);
	if (mark) {
		if (!all_of(mark + 1, n - (size_t)(mark + 1 - s), ":@/?", kind, true))
			return false;
		n = (size_t)(mark - s);
	}
	path = 0;
	if (n >= 2 && s[0] == '/' && s[1] == '/') {
		for (path = 2; path < n && s[path] != '/'; path++)
			;
		if (!authority(s + 2, path - 2, kind))
			return false;
	} else if (!has_scheme) {
		/* the first segment of a relative path holds no colon */
		for (end = 0; end < n && s[end] != '/'; end++)
			if (s[end] == ':')
				return false;
	}
	return all_of(s + path, n - path, ":@/", kind, false);
}

/* What browsers call a URL: http, https or ftp, a dotted host or an address, no white space. */
bool
url_check(const char *s, size_t n)
{
	size_t i = scheme(s, n), from, dot = 0;
	const char *at;

	if (!((i == 5 && memcmp("http", s, 4) == 0) || (i == 6 && memcmp("https", s, 5) == 0) ||
		(i == 4 && memcmp("ftp", s, 3) == 0)))
		return false;
	if (n - i < 3 || s[i] != '/' || s[i + 1] != '/')
		return false;
	for (size_t k = i; k < n; k++)
		if ((unsigned char)s[k] <= 0x20 || s[k] == 0x7f)
			return false;
	from = i += 2;
	while (i < n && !one_of(s[i], "/?#"))
		i++;
	at = memchr(s + from, '@', i - from);
	if (at)
		from = (size_t)(at + 1 - s);
	for (n = from; n < i && s[n] != ':'; n++) {
		if (s[n] == '.')
			dot = n;
		if ((unsigned char)s[n] < 0x80 && !is_alpha(s[n]) && !is_digit(s[n]) && !one_of(s[n], "-."))
			return false;
	}
	for (size_t k = n + 1; k < i; k++)
		if (!is_digit(s[k]))
			return false;
	return dot > from && dot + 1 < n && s[from] != '.' &&
	    (ipv4_check(s + from, n - from) || !is_digit(s[n - 1]));
}

/* --- RFC 6570 ---------------------------------------------------------------------------------- */

/* One variable of an expression: varname with ":1234" or "*" behind it. Bytes, or 0. */
static size_t
varspec(const char *s, size_t n)
{
	size_t i = 0, digits;
	bool after_char = false;

	while (i < n) {
		if (is_alpha(s[i]) || is_digit(s[i]) || s[i] == '_') {
			i++;
		} else if (s[i] == '%' && n - i >= 3 && is_hex(s[i + 1]) && is_hex(s[i + 2])) {
			i += 3;
		} else if (s[i] == '.' && after_char && i + 1 < n && s[i + 1] != '.') {
			i++;
			after_char = false;
			continue;
		} else {
			break;
		}
		after_char = true;
	}
	if (!after_char)
		return 0;
	if (i < n && s[i] == '*')
		return i + 1;
	if (i < n && s[i] == ':') {
		for (digits = 0; i + 1 + digits < n && is_digit(s[i + 1 + digits]); digits++)
			;
		if (digits == 0 || digits > TEMPLATE_PREFIX_DIGITS_MAX || s[i + 1] == '0')
			return 0;
		i += 1 + digits;
	}
	return i;
}

/* The expression inside braces. */
static bool
expression(const char *s, size_t n)
{
	size_t i = n && one_of(s[0], "+#./;?&=,!@|") ? 1 : 0;

	for (;;) {
		size_t len = varspec(s + i, n - i);
		if (len == 0)
			return false;
		i += len;
		if (i == n)
			return true;
		if (s[i++] != ',')
			return false;
	}
}

bool
uri_template_check(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		if (c == '{') {
			const char *close = memchr(s + i, '}', n - i);
			if (!close || !expression(s + i + 1, (size_t)(close - s) - i - 1))
				return false;
			i = (size_t)(close + 1 - s);
		} else if (c == '%') {
			if (n - i < 3 || !is_hex(s[i + 1]) || !is_hex(s[i + 2]))
				return false;
			i += 3;
		} else if (c <= 0x20 || c == 0x7f || one_of(s[i], "\"<>\\^`|}")) {
			return false;
		} else {
			i++;
		}
	}
	return true;
}
