/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "api/example.h"
#include "core/buf.h"

#define DEPTH_MAX 40
#define SAMPLE_BYTES_MAX 4096
#define STEPS_MAX 20000

struct sampler {
	const char *p;
	const char *end;
	struct buf *b;
	unsigned extra;
	unsigned depth;
	unsigned steps;
};
struct set { /* ASCII only: a sample needs no more */
	bool has[128];
};

static void alternatives(struct sampler *s);

static void
set_range(struct set *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to && c < 128; c++)
		set->has[c] = true;
}

/* \d \w \s and their opposites; false: c is itself. */
static bool
set_escape(struct set *set, char c)
{
	struct set one = {0};
	bool is_negated = c == 'D' || c == 'W' || c == 'S';

	if (c == 'd' || c == 'D')
		set_range(&one, '0', '9');
	else if (c == 'w' || c == 'W') {
		set_range(&one, '0', '9');
		set_range(&one, 'A', 'Z');
		set_range(&one, 'a', 'z');
		one.has['_'] = true;
	} else if (c == 's' || c == 'S')
		one.has[' '] = true;
	else
		return false;
	for (unsigned i = 32; i < 127; i++)
		if (one.has[i] != is_negated)
			set->has[i] = true;
	return true;
}

/* The character that an escape stands for; \uXXXX and \xXX above ASCII give '?'. */
static char
escaped(struct sampler *s)
{
	char c = *s->p++;
	char digits[5] = "";
	size_t n = c == 'u' ? 4 : c == 'x' ? 2 : 0;

	if (c == 'n' || c == 't' || c == 'r')
		return c == 'n' ? '\n' : c == 't' ? '\t' : '\r';
	if (n == 0 || (size_t)(s->end - s->p) < n)
		return c;
	memcpy(digits, s->p, n);
	s->p += n;
	n = strtoul(digits, NULL, 16);
	return n >= 32 && n < 127 ? (char)n : '?';
}

/* A letter where one is legal, else a digit, else anything that can be seen. */
static char
pick(const struct set *set)
{
	static const char order[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890-_. /:@";

	for (size_t i = 0; order[i]; i++)
		if (set->has[(unsigned char)order[i]])
			return order[i];
	for (unsigned c = 33; c < 127; c++)
		if (set->has[c])
			return (char)c;
	return 'a';
}

static char
class(struct sampler *s)
{
	struct set set = {0};
	bool is_negated = s->p < s->end && *s->p == '^';
	int last = -1;

	s->p += is_negated;
	while (s->p < s->end && *s->p != ']') {
		char c = *s->p++;
		bool is_set = false;
		if (c == '\\' && s->p < s->end) {
			is_set = set_escape(&set, *s->p);
			c = is_set ? *s->p++ : escaped(s);
		} else if (c == '-' && last >= 0 && s->p < s->end && *s->p != ']') {
			char to = *s->p++;
			if (to == '\\' && s->p < s->end)
				to = escaped(s);
			if (to > 0)
				set_range(&set, (unsigned)last, (unsigned char)to);
			last = -1;
			continue;
		}
		last = is_set || c <= 0 ? -1 : c;
		if (last >= 0)
			set.has[last] = true;
	}
	s->p += s->p < s->end;
	for (unsigned i = 32; is_negated && i < 127; i++)
		set.has[i] = !set.has[i];
	return pick(&set);
}

/* Behind an open bracket: a group, written for its text; what only looks around is passed over. */
static void
group(struct sampler *s)
{
	size_t kept = s->b->len;
	bool is_look = false;

	if (s->end - s->p >= 2 && *s->p == '?') {
		is_look = s->p[1] == '=' || s->p[1] == '!' ||
		    (s->p[1] == '<' && s->end - s->p > 2 && (s->p[2] == '=' || s->p[2] == '!'));
		if (s->p[1] == '<' && !is_look) { /* a name */
			while (s->p < s->end && *s->p != '>')
				s->p++;
			s->p += s->p < s->end;
		} else {
			s->p += s->p[1] == '<' ? 3 : 2;
		}
	}
	alternatives(s);
	s->p += s->p < s->end; /* the closing bracket */
	if (is_look)
		s->b->len = kept;
}

static void
atom(struct sampler *s)
{
	struct set set = {0};
	char c = *s->p++;

	if (++s->steps > STEPS_MAX) /* counts of counts of nothing */
		s->p = s->end;
	else if (c == '(')
		group(s);
	else if (c == '[')
		buf_char(s->b, class(s));
	else if (c == '.')
		buf_char(s->b, 'a');
	else if (c == '\\' && s->p < s->end) {
		if (set_escape(&set, *s->p)) {
			s->p++;
			buf_char(s->b, pick(&set));
		} else if (*s->p == 'b' || *s->p == 'B') {
			s->p++;
		} else {
			buf_char(s->b, escaped(s));
		}
	} else if (c != '^' && c != '$')
		buf_char(s->b, c);
}

/* How often the atom before stands: its least number, and up to extra more where more may come. */
static unsigned
times(struct sampler *s)
{
	unsigned long least = 1, most = 1;
	char *end;

	if (s->p >= s->end)
		return 1;
	if (*s->p == '*' || *s->p == '+' || *s->p == '?') {
		least = *s->p == '+';
		most = *s->p == '?' ? 1 : 1000;
		s->p++;
	} else if (*s->p == '{' && s->p + 1 < s->end && s->p[1] >= '0' && s->p[1] <= '9') {
		least = strtoul(s->p + 1, &end, 10);
		most = least;
		if (end < s->end && *end == ',') {
			end++;
			most = end < s->end && *end != '}' ? strtoul(end, &end, 10) : 1000;
		}
		s->p = end < s->end && *end == '}' ? end + 1 : s->p + 1;
	} else {
		return 1;
	}
	if (s->p < s->end && (*s->p == '?' || *s->p == '+')) /* lazy, possessive */
		s->p++;
	least = least > 1000 ? 1000 : least;
	return (unsigned)(least + s->extra < most ? least + s->extra : most < 1000 ? most : least + s->extra);
}

static void
sequence(struct sampler *s)
{
	while (s->p < s->end && *s->p != '|' && *s->p != ')' && s->b->len < SAMPLE_BYTES_MAX) {
		const char *from = s->p, *after;
		size_t before = s->b->len;
		unsigned n;

		atom(s);
		n = times(s);
		after = s->p;
		if (n == 0)
			s->b->len = before;
		for (unsigned i = 1; i < n && s->b->len < SAMPLE_BYTES_MAX && s->steps <= STEPS_MAX; i++) {
			s->p = from;
			atom(s);
		}
		s->p = after;
	}
}

/* The first alternative; the others are read past. */
static void
alternatives(struct sampler *s)
{
	size_t kept;

	if (++s->depth > DEPTH_MAX) {
		s->p = s->end;
		s->depth--;
		return;
	}
	sequence(s);
	kept = s->b->len;
	while (s->p < s->end && *s->p == '|') {
		s->p++;
		sequence(s);
		s->b->len = kept;
	}
	s->depth--;
}

void
pattern_sample(struct buf *b, const char *source, size_t n, unsigned extra)
{
	struct sampler s = {.p = source, .end = source + n, .b = b, .extra = extra};

	alternatives(&s);
	buf_add(b, "", 0);
	b->p[b->len] = '\0';
}
