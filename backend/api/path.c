/* SPDX-License-Identifier: Apache-2.0 */
#include "api/path.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int
decode(struct arena *a, const char *p, size_t n, bool plus_is_space, const char **out,
    size_t *out_bytes, struct err *err)
{
	char *to = arena_alloc(a, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		if (c == '%') {
			int hi = i + 1 < n ? hex_digit(p[i + 1]) : -1;
			int lo = i + 2 < n ? hex_digit(p[i + 2]) : -1;
			if (hi < 0 || lo < 0)
				return err_set(err, E_USAGE,
				    "the address has a '%%' that two hex digits do not follow");
			c = (char)(hi * 16 + lo);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c == '\0')
			return err_set(err, E_USAGE, "the address has an encoded NUL");
		to[len++] = c;
	}
	to[len] = '\0';
	*out = to;
	*out_bytes = len;
	return 0;
}

int
url_decode(struct arena *a, const char *p, size_t n, const char **out, size_t *out_bytes,
    struct err *err)
{
	return decode(a, p, n, false, out, out_bytes, err);
}

int
form_decode(struct arena *a, const char *p, size_t n, const char **out, size_t *out_bytes,
    struct err *err)
{
	return decode(a, p, n, true, out, out_bytes, err);
}

/* The code point at s; the text is known to be UTF-8. */
static uint32_t
code_point(const char *s, size_t *len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] < 0x80) {
		*len = 1;
		return u[0];
	}
	if (u[0] < 0xe0) {
		*len = 2;
		return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	}
	if (u[0] < 0xf0) {
		*len = 3;
		return (uint32_t)(u[0] & 0x0f) << 12 | (uint32_t)(u[1] & 0x3f) << 6 | (u[2] & 0x3f);
	}
	*len = 4;
	return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3f) << 12 |
	    (uint32_t)(u[2] & 0x3f) << 6 | (u[3] & 0x3f);
}

/* Controls, line separators, and marks that nobody sees: they make two names look like one. */
static bool
is_invisible(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x061c, 0x061c},
		{0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

const char *
path_show(struct arena *a, const char *p, size_t n)
{
	size_t keep = n < 80 ? n : 80;

	keep = utf8_check(p, keep);
	return arena_printf(a, "%.*s%s", (int)keep, p, keep < n ? "…" : "");
}

/* As path_show, for error messages: no arena at hand. */
static int
refuse(struct err *err, const char *p, size_t n, const char *why)
{
	size_t keep = utf8_check(p, n < 80 ? n : 80);

	return err_set(err, E_USAGE, "the path '%.*s%s' %s", (int)keep, p, keep < n ? "…" : "", why);
}

static int
segment_check(const char *path, size_t n, const char *seg, size_t len, struct err *err)
{
	if (len == 0)
		return refuse(err, path, n, "has an empty part: '//' or a '/' at the end");
	if (len == 1 && seg[0] == '.')
		return refuse(err, path, n, "has the part '.'; leave it out");
	if (len == 2 && seg[0] == '.' && seg[1] == '.')
		return refuse(err, path, n, "has the part '..'; paths do not climb");
	if (len > PATH_SEGMENT_BYTES_MAX)
		return refuse(err, path, n, "has a part of more than 200 bytes; shorten it");
	if (seg[0] == ' ' || seg[len - 1] == ' ')
		return refuse(err, path, n, "has a part that begins or ends with a space");
	if (seg[len - 1] == '.')
		return refuse(err, path, n, "has a part that ends with a dot");
	return 0;
}

static int
characters_check(const char *p, size_t n, struct err *err)
{
	size_t bad = utf8_check(p, n), len;

	if (bad < n)
		return err_set(err, E_USAGE, "the path is not UTF-8: byte %zu", bad + 1);
	for (size_t i = 0; i < n; i += len) {
		uint32_t c = code_point(p + i, &len);
		if (c == '\\')
			return refuse(err, p, n, "has a backslash; parts are separated by '/'");
		if (is_invisible(c))
			return err_set(err, E_USAGE,
			    "the path has a control or invisible character, U+%04X at byte %zu; "
			    "rename the file", c, i + 1);
	}
	return 0;
}

int
path_check(const char *p, size_t n, struct err *err)
{
	unsigned depth = 0;

	if (n == 0)
		return err_set(err, E_USAGE, "the path is empty");
	if (n > PATH_BYTES_MAX)
		return refuse(err, p, n, "is longer than 1000 bytes");
	if (characters_check(p, n, err) < 0)
		return -1;
	if (p[0] == '/')
		return refuse(err, p, n, "is absolute; begin with the folder's or file's name");
	for (size_t i = 0; i <= n;) {
		const char *slash = memchr(p + i, '/', n - i);
		size_t len = slash ? (size_t)(slash - (p + i)) : n - i;
		if (segment_check(p, n, p + i, len, err) < 0)
			return -1;
		if (++depth > PATH_DEPTH_MAX)
			return refuse(err, p, n, "is deeper than 16 folders");
		i += len + 1;
	}
	return 0;
}
