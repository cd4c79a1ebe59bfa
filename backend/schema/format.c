/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/format.h"

#include <string.h>

#include "schema/format_work.h"
#include "schema/hostname.h"
#include "schema/regex.h"

#define LOCAL_PART_MAX 64u /* RFC 5321 section 4.5.3.1.1 */
#define OFFSET_HOUR_MAX 23u

typedef bool (*format_fn)(const char *s, size_t n);

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool
is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool
anything(const char *s, size_t n)
{
	(void)s;
	(void)n;
	return true;
}

/* --- RFC 3339 --------------------------------------------------------------------------------- */

/* Exactly two digits at s[at]; -1 when they are not. */
static int
two(const char *s, size_t n, size_t at)
{
	if (at + 2 > n || !is_digit(s[at]) || !is_digit(s[at + 1]))
		return -1;
	return (s[at] - '0') * 10 + s[at + 1] - '0';
}

static bool
date(const char *s, size_t n)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int century = two(s, n, 0), year = two(s, n, 2), month = two(s, n, 5), day = two(s, n, 8);

	if (n != 10 || century < 0 || year < 0 || s[4] != '-' || s[7] != '-')
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	year += century * 100;
	return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* The offset at s: "Z", "+01:00", "+0100"; in minutes. */
static bool
offset(const char *s, size_t n, int *minutes)
{
	int h, m;

	*minutes = 0;
	if (n == 1)
		return (s[0] | 32) == 'z';
	if ((n != 6 && n != 5) || (s[0] != '+' && s[0] != '-') || (n == 6 && s[3] != ':'))
		return false;
	h = two(s, n, 1);
	m = two(s, n, n - 2);
	if (h < 0 || m < 0 || h > (int)OFFSET_HOUR_MAX || m > 59)
		return false;
	*minutes = (h * 60 + m) * (s[0] == '-' ? -1 : 1);
	return true;
}

static bool
clock_time(const char *s, size_t n, bool needs_offset)
{
	int h = two(s, n, 0), m = two(s, n, 3), sec = two(s, n, 6), shift = 0, utc;
	size_t i = 8;

	if (h < 0 || m < 0 || sec < 0 || s[2] != ':' || s[5] != ':' || h > 23 || m > 59 || sec > 60)
		return false;
	if (i < n && s[i] == '.') {
		for (i++; i < n && is_digit(s[i]); i++)
			;
		if (i == 9)
			return false;
	}
	if (i == n ? needs_offset : !offset(s + i, n - i, &shift))
		return false;
	/* A leap second is the last one of a day in UTC. */
	utc = (h * 60 + m - shift + 2 * 1440) % 1440;
	return sec < 60 || utc == 1439;
}

static bool
time_of_day(const char *s, size_t n)
{
	return clock_time(s, n, true);
}

static bool
iso_time(const char *s, size_t n)
{
	return clock_time(s, n, false);
}

static bool
date_time(const char *s, size_t n)
{
	return n > 11 && date(s, 10) && ((s[10] | 32) == 't' || s[10] == ' ') &&
	    clock_time(s + 11, n - 11, true);
}

static bool
iso_date_time(const char *s, size_t n)
{
	return n > 11 && date(s, 10) && ((s[10] | 32) == 't' || s[10] == ' ') &&
	    clock_time(s + 11, n - 11, false);
}

/* Number-and-unit pairs with units from the list, in its order and without leaving one out between
 * two (RFC 3339 appendix A). Moves *at; returns how many there were. */
static unsigned
units(const char *s, size_t n, size_t *at, const char *list)
{
	unsigned count = 0;
	const char *next = NULL;

	for (;;) {
		size_t i = *at;
		while (i < n && is_digit(s[i]))
			i++;
		if (i == *at || i >= n)
			return count;
		const char *unit = strchr(list, s[i]);
		if (!unit || !*unit || (next && unit != next))
			return count;
		next = unit + 1;
		*at = i + 1;
		count++;
	}
}

static bool
duration(const char *s, size_t n)
{
	size_t i = 1;
	unsigned days;

	if (n < 2 || s[0] != 'P')
		return false;
	if (units(s, n, &i, "W") == 1)
		return i == n;
	days = units(s, n, &i, "YMD");
	if (i < n && s[i] == 'T') {
		i++;
		return units(s, n, &i, "HMS") > 0 && i == n;
	}
	return days > 0 && i == n;
}

/* --- mail --------------------------------------------------------------------------------------- */

/* Bytes of the character at s, if a local part may hold it (RFC 5321 atext, RFC 6531 with wide). */
static size_t
atext(const char *s, size_t n, bool wide)
{
	unsigned c;

	if (is_alnum(*s) || (*s && strchr("!#$%&'*+-/=?^_`{|}~", *s)))
		return 1;
	return wide && (unsigned char)*s >= 0x80 ? utf8_next(s, n, &c) : 0;
}

static bool
quoted_local(const char *s, size_t n, bool wide)
{
	for (size_t i = 1; i + 1 < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '\\' && i + 2 < n && s[i + 1] >= 0x20 && s[i + 1] < 0x7f)
			i++;
		else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f || (c >= 0x80 && !wide))
			return false;
	}
	return n >= 2 && s[n - 1] == '"';
}

static bool
local_part(const char *s, size_t n, bool wide)
{
	bool after_dot = true;

	if (n == 0 || n > LOCAL_PART_MAX)
		return false;
	if (s[0] == '"')
		return quoted_local(s, n, wide);
	for (size_t i = 0; i < n;) {
		size_t len = atext(s + i, n - i, wide);
		if (len == 0 && (s[i] != '.' || after_dot))
			return false;
		after_dot = len == 0;
		i += len ? len : 1;
	}
	return !after_dot;
}

static bool
mail_domain(const char *s, size_t n, bool wide)
{
	size_t label = 0;

	if (n > 2 && s[0] == '[' && s[n - 1] == ']') {
		if (n > 7 && memcmp(s, "[IPv6:", 6) == 0)
			return ipv6_check(s + 6, n - 7);
		return ipv4_check(s + 1, n - 2);
	}
	if (n == 0 || n > 255)
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.') {
			if (!is_alnum(s[i]) && s[i] != '-' && !(wide && (unsigned char)s[i] >= 0x80))
				return false;
			continue;
		}
		if (i == label || s[label] == '-' || s[i - 1] == '-' || (!wide && i - label > 63))
			return false;
		label = i + 1;
	}
	return true;
}

static bool
mailbox(const char *s, size_t n, bool wide)
{
	size_t at = n;

	while (at > 0 && s[at - 1] != '@')
		at--;
	return at > 0 && local_part(s, at - 1, wide) && mail_domain(s + at, n - at, wide);
}

static bool
email(const char *s, size_t n)
{
	return mailbox(s, n, false);
}

static bool
idn_email(const char *s, size_t n)
{
	return mailbox(s, n, true);
}

/* --- pointers, ids, the rest ------------------------------------------------------------------ */

static bool
json_pointer(const char *s, size_t n)
{
	if (n && s[0] != '/')
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] == '~' && (i + 1 >= n || (s[i + 1] != '0' && s[i + 1] != '1')))
			return false;
	return true;
}

static bool
json_pointer_fragment(const char *s, size_t n)
{
	return n > 0 && s[0] == '#' && uri_check(s, n, URI_REFERENCE) && json_pointer(s + 1, n - 1);
}

static bool
relative_json_pointer(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && is_digit(s[i]))
		i++;
	if (i == 0 || (i > 1 && s[0] == '0'))
		return false;
	if (i + 1 == n && s[i] == '#')
		return true;
	return json_pointer(s + i, n - i);
}

static bool
uuid(const char *s, size_t n)
{
	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (is_dash ? s[i] != '-' : !is_hex(s[i]))
			return false;
	}
	return true;
}

static bool
uri(const char *s, size_t n)
{
	return uri_check(s, n, URI_ABSOLUTE);
}

static bool
uri_reference(const char *s, size_t n)
{
	return uri_check(s, n, URI_REFERENCE);
}

static bool
iri(const char *s, size_t n)
{
	return uri_check(s, n, URI_ABSOLUTE | URI_IRI);
}

static bool
iri_reference(const char *s, size_t n)
{
	return uri_check(s, n, URI_REFERENCE | URI_IRI);
}

/* Sorted by name: found by halving. */
static const struct {
	const char *name;
	format_fn check;
	const char *example;
} formats[] = {
    {"binary", anything, NULL},
    {"byte", anything, "aGVsbG8="},
    {"date", date, "2024-01-31"},
    {"date-time", date_time, "2024-01-31T09:30:00Z"},
    {"decimal", anything, NULL},
    {"double", anything, NULL},
    {"duration", duration, "P1DT12H"},
    {"email", email, "name@example.com"},
    {"float", anything, NULL},
    {"hostname", hostname_check, "www.example.com"},
    {"idn-email", idn_email, "name@example.com"},
    {"idn-hostname", idn_hostname_check, "www.example.com"},
    {"int32", anything, NULL},
    {"int64", anything, NULL},
    {"ipv4", ipv4_check, "192.0.2.1"},
    {"ipv6", ipv6_check, "2001:db8::1"},
    {"iri", iri, "https://example.com/a"},
    {"iri-reference", iri_reference, "/a/b"},
    {"iso-date-time", iso_date_time, "2024-01-31T09:30:00"},
    {"iso-time", iso_time, "09:30:00"},
    {"json-pointer", json_pointer, "/a/0"},
    {"json-pointer-uri-fragment", json_pointer_fragment, "#/a/0"},
    {"password", anything, NULL},
    {"regex", regex_is_ecma, "^[a-z]+$"},
    {"relative-json-pointer", relative_json_pointer, "1/a"},
    {"time", time_of_day, "09:30:00Z"},
    {"unix-time", anything, NULL},
    {"uri", uri, "https://example.com/a"},
    {"uri-reference", uri_reference, "/a/b"},
    {"uri-template", uri_template_check, "/users/{id}"},
    {"url", url_check, "https://example.com/a"},
    {"uuid", uuid, "123e4567-e89b-12d3-a456-426614174000"},
};
#define FORMATS ((int)(sizeof formats / sizeof *formats))

int
format_find(const char *name, size_t n)
{
	int lo = 0, hi = FORMATS;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;
		size_t m = strlen(formats[mid].name);
		int c = memcmp(name, formats[mid].name, n < m ? n : m);
		if (c == 0 && n == m)
			return mid;
		if (c < 0 || (c == 0 && n < m))
			hi = mid;
		else
			lo = mid + 1;
	}
	return -1;
}

bool
format_check(int format, const char *s, size_t n)
{
	return format < 0 || format >= FORMATS || formats[format].check(s, n);
}

const char *
format_example(int format)
{
	return format < 0 || format >= FORMATS ? NULL : formats[format].example;
}
