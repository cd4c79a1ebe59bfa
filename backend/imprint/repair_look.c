/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at a place, without moving. */
#include <string.h>

#include "imprint/repair_read.h"

#define BYTE(p, i) ((unsigned char)(p)[i])

size_t
repair_odd_space(const char *p, const char *end)
{
	size_t n = (size_t)(end - p);

	if (n == 0)
		return 0;
	switch (BYTE(p, 0)) {
	case 0x0b:
	case 0x0c: return 1;
	case 0xc2: return n >= 2 && (BYTE(p, 1) == 0xa0 || BYTE(p, 1) == 0x85) ? 2 : 0;
	case 0xe1: /* U+1680, U+180E */
		return n >= 3 && ((BYTE(p, 1) == 0x9a && BYTE(p, 2) == 0x80) ||
		    (BYTE(p, 1) == 0xa0 && BYTE(p, 2) == 0x8e)) ? 3 : 0;
	case 0xe2: /* U+2000…200F, 2028…202F, 205F…2064 */
		if (n < 3)
			return 0;
		if (BYTE(p, 1) == 0x80)
			return BYTE(p, 2) <= 0x8f || (BYTE(p, 2) >= 0xa8 && BYTE(p, 2) <= 0xaf) ? 3 : 0;
		return BYTE(p, 1) == 0x81 && BYTE(p, 2) >= 0x9f && BYTE(p, 2) <= 0xa4 ? 3 : 0;
	case 0xe3: return n >= 3 && BYTE(p, 1) == 0x80 && BYTE(p, 2) == 0x80 ? 3 : 0;
	case 0xef: return n >= 3 && BYTE(p, 1) == 0xbb && BYTE(p, 2) == 0xbf ? 3 : 0;
	default: return 0;
	}
}

size_t
repair_comment(const char *p, const char *end)
{
	const char *stop;

	if (end - p < 2)
		return 0;
	if (p[0] == '/' && p[1] == '*') {
		for (stop = p + 2; stop < end; stop++) {
			stop = memchr(stop, '*', (size_t)(end - stop));
			if (!stop)
				return (size_t)(end - p);
			if (stop + 1 < end && stop[1] == '/')
				return (size_t)(stop + 2 - p);
		}
		return (size_t)(end - p);
	}
	if ((p[0] == '/' && p[1] == '/') || (p[0] == '#' && (p[1] == ' ' || p[1] == '\t' || p[1] == '#'))) {
		stop = memchr(p, '\n', (size_t)(end - p));
		return stop ? (size_t)(stop - p) : (size_t)(end - p);
	}
	return 0;
}

const char *
repair_blank(const char *p, const char *end, bool *line)
{
	size_t n;

	while (p < end) {
		if (*p == '\n' || *p == '\r') {
			*line = true;
			p++;
		} else if (*p == ' ' || *p == '\t') {
			p++;
		} else if ((*p == '/' || *p == '#') && (n = repair_comment(p, end)) > 0) {
			p += n;
		} else if ((n = repair_odd_space(p, end)) > 0) {
			p += n;
		} else {
			break;
		}
	}
	return p;
}

size_t
repair_quote(const char *p, const char *end, char *kind)
{
	if (p >= end)
		return 0;
	switch (BYTE(p, 0)) {
	case '"': *kind = '"'; return 1;
	case '\'': *kind = '\''; return 1;
	case '`':
		*kind = '\'';
		return repair_fence(p, end) ? 0 : 1;
	case 0xc2: /* U+00B4 */
		*kind = '\'';
		return end - p >= 2 && BYTE(p, 1) == 0xb4 ? 2 : 0;
	case 0xe2:
		if (end - p < 3 || BYTE(p, 1) != 0x80 || BYTE(p, 2) < 0x98 || BYTE(p, 2) > 0x9f)
			return 0;
		*kind = BYTE(p, 2) < 0x9c ? '\'' : '"';
		return 3;
	default: return 0;
	}
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	    c == '-' || (c & 0x80);
}

bool
repair_key_follows(const char *p, const char *end)
{
	const char *limit = end - p > LOOK_MAX ? p + LOOK_MAX : end;
	char kind, other;
	size_t n = repair_quote(p, limit, &kind);

	if (n) {
		for (p += n; p < limit; p++) {
			if (*p == '\n')
				return false;
			if (*p == '\\') {
				p++;
			} else {
				n = repair_quote(p, limit, &other);
				if (n && other == kind)
					break;
			}
		}
		p += n;
	} else {
		if (p >= limit || !is_name(*p) || (*p >= '0' && *p <= '9') || *p == '-')
			return false;
		while (p < limit && is_name(*p))
			p++;
		p += repair_quote(p, limit, &other);
	}
	while (p < limit && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p < limit && *p == ':' && !(limit - p >= 3 && p[1] == '/' && p[2] == '/');
}

size_t
repair_number(const char *p, const char *end)
{
	const char *from = p, *q;

	if (p < end && *p == '-')
		p++;
	for (q = p; q < end && *q >= '0' && *q <= '9'; q++)
		;
	if (q == p || (*p == '0' && q - p > 1))
		return 0;
	p = q;
	if (p + 1 < end && *p == '.' && p[1] >= '0' && p[1] <= '9')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++)
			;
	if (p < end && (*p == 'e' || *p == 'E')) {
		q = p + 1;
		if (q < end && (*q == '+' || *q == '-'))
			q++;
		if (q < end && *q >= '0' && *q <= '9')
			for (p = q; p < end && *p >= '0' && *p <= '9'; p++)
				;
	}
	return (size_t)(p - from);
}

bool
repair_fence(const char *p, const char *end)
{
	return end - p >= 3 && (*p == '`' || *p == '~') && p[1] == *p && p[2] == *p;
}

size_t
repair_dots(const char *p, const char *end)
{
	if (end - p < 3)
		return 0;
	if (memcmp(p, "...", 3) == 0)
		return 3;
	return memcmp(p, "\xe2\x80\xa6", 3) == 0 ? 3 : 0;
}

bool
repair_ends(const char *p, const char *end)
{
	const char *q = p;
	char kind;

	while (q < end && (*q == ' ' || *q == '\t'))
		q++;
	if (q >= end)
		return true;
	if (repair_is(*q, ",]}{[;)\n\r"))
		return true;
	if (repair_quote(q, end, &kind) || repair_fence(q, end) || repair_odd_space(q, end))
		return true;
	if ((*q == '/' || *q == '#') && repair_comment(q, end))
		return true;
	return q > p && repair_dots(q, end) > 0;
}
