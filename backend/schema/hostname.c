/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/hostname.h"

#include <stdint.h>
#include <string.h>

#include <idn2.h>

#define LABEL_MAX 63u
#define NAME_MAX_BYTES 253u
#define U_LABEL_MAX 255u /* bytes of UTF-8; the A-label must fit into 63 besides */
#define IDN_NAME_MAX 1024u /* bytes of UTF-8 that can still be 253 of ASCII */

/* What one label adds to the whole name. */
struct label {
	size_t ascii_bytes;
	bool is_rtl;
	bool begins_with_digit;
};

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Letters, digits, hyphens; no hyphen at either end. */
static bool
is_ldh(const char *s, size_t n)
{
	if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

static bool
is_a_label(const char *s, size_t n)
{
	return n >= 4 && (s[0] | 32) == 'x' && (s[1] | 32) == 'n' && s[2] == '-' && s[3] == '-';
}

/* Hebrew, Arabic and their neighbours: enough to see that RFC 5893's rule applies to the name. */
static bool
has_rtl(const char *s, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		unsigned char c = (unsigned char)s[i], d = (unsigned char)s[i + 1];
		if ((c >= 0xd6 && c <= 0xdf && (c > 0xd6 || d >= 0xbe)) ||
		    (c == 0xe0 && d >= 0xa0 && d <= 0xa3))
			return true;
		if (c == 0xef && d >= 0xac && d <= 0xbb &&
		    (d > 0xac || (i + 2 < n && (unsigned char)s[i + 2] >= 0x9d)))
			return true;
		if (c == 0xf0 && d == 0x90 && i + 2 < n && (unsigned char)s[i + 2] >= 0xa0 &&
		    (unsigned char)s[i + 2] <= 0xbf)
			return true;
	}
	return false;
}

/* European digits (ASCII, U+06F0 to U+06F9) and Arabic ones (U+0660 to U+0669) in one label. */
static bool
mixes_digits(const char *s, size_t n)
{
	bool european = false, arabic = false;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i], d = i + 1 < n ? (unsigned char)s[i + 1] : 0;
		european = european || (c >= '0' && c <= '9') || (c == 0xdb && d >= 0xb0 && d <= 0xb9);
		arabic = arabic || (c == 0xd9 && d >= 0xa0 && d <= 0xa9);
	}
	return european && arabic;
}

/* A label with other than ASCII in it, by the rules for registering one: contextual rules included.
 * a_label: the A-label it was decoded from, or NULL. */
static bool
u_label(const char *s, size_t n, const char *a_label, struct label *out)
{
	char u[U_LABEL_MAX + 1];
	uint8_t *made = NULL;
	int rc;

	if (n > U_LABEL_MAX)
		return false;
	memcpy(u, s, n);
	u[n] = '\0';
	rc = idn2_register_u8((const uint8_t *)u, (const uint8_t *)a_label, &made, 0);
	if (rc == IDN2_OK) {
		out->ascii_bytes = strlen((const char *)made);
		out->is_rtl = has_rtl(s, n);
	}
	idn2_free(made);
	return rc == IDN2_OK && out->ascii_bytes <= LABEL_MAX && !(out->is_rtl && mixes_digits(s, n));
}

static bool
a_label(const char *s, size_t n, struct label *out)
{
	char a[LABEL_MAX + 1];
	char *u = NULL;
	bool ok = false;

	if (!is_ldh(s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		a[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	a[n] = '\0';
	if (idn2_to_unicode_8z8z(a, &u, 0) == IDN2_OK && u) {
		bool is_ascii = true;
		for (const char *p = u; *p; p++)
			is_ascii = is_ascii && (unsigned char)*p < 0x80;
		ok = !is_ascii && u_label(u, strlen(u), a, out);
	}
	idn2_free(u);
	return ok;
}

static bool
one_label(const char *s, size_t n, bool idn, struct label *out)
{
	*out = (struct label){.ascii_bytes = n, .begins_with_digit = n && s[0] >= '0' && s[0] <= '9'};
	if (is_a_label(s, n))
		return a_label(s, n, out);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return idn && u_label(s, n, NULL, out);
	return is_ldh(s, n);
}

/* Bytes of the separator at s: '.' and, in an IDN, U+3002, U+FF0E, U+FF61. */
static size_t
separator(const char *s, size_t n, bool idn)
{
	if (n && s[0] == '.')
		return 1;
	if (idn && n >= 3 &&
	    (memcmp(s, "\xe3\x80\x82", 3) == 0 || memcmp(s, "\xef\xbc\x8e", 3) == 0 ||
		memcmp(s, "\xef\xbd\xa1", 3) == 0))
		return 3;
	return 0;
}

static bool
name_check(const char *s, size_t n, bool idn)
{
	size_t begin = 0, ascii_bytes = 0;
	bool any_rtl = false, any_digit_first = false;

	if (n == 0 || n > (idn ? IDN_NAME_MAX : NAME_MAX_BYTES) || memchr(s, '\0', n))
		return false;
	for (size_t i = 0; i <= n; i++) {
		struct label label;
		size_t sep = i < n ? separator(s + i, n - i, idn) : 0;
		if (i < n && sep == 0)
			continue;
		if (!one_label(s + begin, i - begin, idn, &label))
			return false;
		ascii_bytes += label.ascii_bytes + (i < n);
		any_rtl = any_rtl || label.is_rtl;
		any_digit_first = any_digit_first || label.begins_with_digit;
		begin = i + sep;
		i += sep ? sep - 1 : 0;
	}
	/* RFC 5893 section 2: in a name with right-to-left letters no label may begin with a digit. */
	return ascii_bytes <= NAME_MAX_BYTES && !(any_rtl && any_digit_first);
}

bool
hostname_check(const char *s, size_t n)
{
	return name_check(s, n, false);
}

bool
idn_hostname_check(const char *s, size_t n)
{
	return name_check(s, n, true);
}
