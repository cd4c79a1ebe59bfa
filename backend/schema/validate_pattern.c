/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most patterns of real schemas are a few character classes in a row between ^ and $. Where each
 * repeated class shares no character with what may follow it, taking as much as it can is exact and
 * needs no backtracking: one pass, no limits to set. All others go to regex.h.
 */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "schema/regex.h"
#include "schema/validate_impl.h"

#define PIECES_MAX 24

struct piece {
	uint64_t ascii[2]; /* bit per character below 0x80 */
	bool wide;         /* holds every character from 0x80 on */
	uint32_t min, max; /* UINT32_MAX: no end */
};
struct matcher {
	const struct regex *regex; /* NULL: the pieces */
	struct piece *pieces;
	size_t n;
	bool at_end;  /* $ */
	bool is_open; /* everything matches */
};
struct scan {
	const char *p, *end;
};

static void
put(struct piece *x, unsigned c)
{
	x->ascii[c >> 6] |= UINT64_C(1) << (c & 63);
}

static void
put_range(struct piece *x, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		put(x, c);
}

static void
invert(struct piece *x)
{
	x->ascii[0] = ~x->ascii[0];
	x->ascii[1] = ~x->ascii[1];
	x->wide = !x->wide;
}

/* An escape behind its backslash; false when it is not one of the plain ones. *one: the character, or 0x80
 * for a class. */
static bool
read_escape(struct scan *s, struct piece *x, unsigned *one)
{
	char c;

	if (s->p >= s->end)
		return false;
	c = *s->p++;
	*one = 0x80;
	switch (c) {
	case 'd': put_range(x, '0', '9'); return true;
	case 'w':
		put_range(x, '0', '9');
		put_range(x, 'a', 'z');
		put_range(x, 'A', 'Z');
		put(x, '_');
		return true;
	case 'n': *one = '\n'; break;
	case 't': *one = '\t'; break;
	case 'r': *one = '\r'; break;
	default:
		if (!strchr("^$\\.*+?()[]{}|/-", c) || c == '\0')
			return false;
		*one = (unsigned char)c;
	}
	put(x, *one);
	return true;
}

/* One character of a class, or a class escape (0x80). */
static bool
read_member(struct scan *s, struct piece *x, unsigned *one)
{
	if (s->p >= s->end || (unsigned char)*s->p >= 0x80)
		return false;
	if (*s->p == '\\') {
		s->p++;
		return read_escape(s, x, one);
	}
	*one = (unsigned char)*s->p++;
	put(x, *one);
	return true;
}

static bool
read_class(struct scan *s, struct piece *x)
{
	bool is_inverted = s->p < s->end && *s->p == '^';

	s->p += is_inverted;
	while (s->p < s->end && *s->p != ']') {
		unsigned from, to;
		if (!read_member(s, x, &from))
			return false;
		if (s->p + 1 < s->end && *s->p == '-' && s->p[1] != ']') {
			s->p++;
			if (!read_member(s, x, &to) || from > 0x7f || to > 0x7f || from > to)
				return false;
			put_range(x, from, to);
		}
	}
	if (s->p >= s->end)
		return false;
	s->p++;
	if (is_inverted)
		invert(x);
	return true;
}

static bool
read_number(struct scan *s, uint32_t *out)
{
	uint32_t v = 0;
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9' && v < 100000)
		v = v * 10 + (uint32_t)(*s->p++ - '0');
	*out = v;
	return s->p > from && v < 100000;
}

static bool
read_count(struct scan *s, struct piece *x)
{
	char c = s->p < s->end ? *s->p : '\0';

	x->min = x->max = 1;
	if (c == '?' || c == '*' || c == '+') {
		s->p++;
		x->min = c == '+';
		x->max = c == '?' ? 1 : UINT32_MAX;
	} else if (c == '{') {
		s->p++;
		if (!read_number(s, &x->min))
			return false;
		x->max = x->min;
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			if (s->p < s->end && *s->p == '}')
				x->max = UINT32_MAX;
			else if (!read_number(s, &x->max) || x->max < x->min)
				return false;
		}
		if (s->p >= s->end || *s->p++ != '}')
			return false;
	}
	/* Lazy and doubled counts are for the real engine. */
	return s->p >= s->end || !strchr("?*+{", *s->p) || *s->p == '\0';
}

static bool
read_piece(struct scan *s, struct piece *x)
{
	unsigned char c = (unsigned char)*s->p++;
	unsigned one;

	*x = (struct piece){0};
	if (c == '[') {
		if (!read_class(s, x))
			return false;
	} else if (c == '.') {
		/* Not line ends; U+2028 and U+2029 are such, so only with a look at them: left to regex.h. */
		return false;
	} else if (c == '\\') {
		if (!read_escape(s, x, &one))
			return false;
	} else if (c >= 0x80 || strchr("^$*+?()]{}|", c)) {
		return false;
	} else {
		put(x, c);
	}
	return read_count(s, x);
}

static bool
overlap(const struct piece *a, const struct piece *b)
{
	return (a->ascii[0] & b->ascii[0]) || (a->ascii[1] & b->ascii[1]) || (a->wide && b->wide);
}

/* Is taking as much as possible right everywhere? */
static bool
is_greedy_exact(const struct piece *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (at[i].min == at[i].max)
			continue;
		for (size_t k = i + 1; k < n; k++) {
			if (overlap(&at[i], &at[k]))
				return false;
			if (at[k].min > 0)
				break;
		}
	}
	return true;
}

static bool
read_simple(struct arena *a, const char *source, size_t n, struct matcher *m)
{
	struct scan s = {source, source + n};
	struct piece pieces[PIECES_MAX];
	size_t count = 0;

	if (n == 0 || (n == 2 && memcmp(source, ".*", 2) == 0) ||
	    (n == 3 && memcmp(source, "^.*", 3) == 0)) {
		m->is_open = true;
		return true;
	}
	if (*s.p != '^')
		return false;
	s.p++;
	while (s.p < s.end && !(*s.p == '$' && s.p + 1 == s.end)) {
		if (count == PIECES_MAX || !read_piece(&s, &pieces[count]))
			return false;
		count++;
	}
	m->at_end = s.p < s.end;
	if (!is_greedy_exact(pieces, count))
		return false;
	m->pieces = ARENA_ARRAY(a, count, struct piece);
	if (count)
		memcpy(m->pieces, pieces, count * sizeof *pieces);
	m->n = count;
	return true;
}

int
matcher_new(struct arena *a, const char *source, size_t n, struct matcher **out, struct err *err)
{
	struct matcher *m = ARENA_NEW(a, struct matcher);
	struct regex *regex;

	if (!read_simple(a, source, n, m)) {
		if (regex_compile(a, source, n, &regex, err) < 0)
			return -1;
		*m = (struct matcher){.regex = regex};
	}
	*out = m;
	return 0;
}

static bool
walk(const struct matcher *m, const char *s, size_t n)
{
	const char *p = s, *end = s + n;

	for (size_t i = 0; i < m->n; i++) {
		const struct piece *x = &m->pieces[i];
		uint32_t taken = 0;
		while (p < end && taken < x->max) {
			unsigned char c = (unsigned char)*p;
			if (c < 0x80) {
				if (!(x->ascii[c >> 6] >> (c & 63) & 1))
					break;
				p++;
			} else {
				if (!x->wide)
					break;
				for (p++; p < end && ((unsigned char)*p & 0xc0) == 0x80;)
					p++;
			}
			taken++;
		}
		if (taken < x->min)
			return false;
	}
	return !m->at_end || p == end;
}

enum regex_verdict
matcher_run(const struct matcher *m, const char *s, size_t n)
{
	if (m->is_open)
		return PATTERN_YES;
	if (!m->regex)
		return walk(m, s, n) ? PATTERN_YES : PATTERN_NO;
	switch (regex_search(m->regex, s, n)) {
	case REGEX_NO: return PATTERN_NO;
	case REGEX_YES: return PATTERN_YES;
	case REGEX_BUDGET: return PATTERN_BUDGET;
	}
	NEVER("a regex result outside its enum");
}
