/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/ecma.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

#define GROUPS_NESTED_MAX 200u /* PCRE2's own limit is 250 */
#define GROUPS_MAX 2000u
#define REPEAT_MAX 65535u      /* of PCRE2 */
#define REPEAT_SPLIT_MAX 16u   /* X{70000} is written as a sequence of at most this many parts */
#define REPEAT_IS_MANY (64u << 20) /* no text is longer, so a higher upper bound is none */
#define COUNT_CEILING 2000000000u

struct name {
	const char *p;
	size_t n;
	unsigned group;
};

struct tr {
	struct arena *a;
	struct err *err;
	const char *start, *p, *end;
	struct buf out;
	struct ecma *e;
	struct name *names;
	size_t nnames;
	unsigned groups;      /* capturing groups in the whole source */
	unsigned depth;
	bool unicode;
	bool has_references;  /* otherwise no group needs to capture */
	bool linear_begun;    /* "^" has been seen first */
	bool linear_ended;
};

/* What one atom is: for the list of steps and for quantifiers. */
struct atom {
	uint64_t ascii[2];
	bool is_single; /* one character */
	bool may_repeat;
	size_t from; /* where its text begins in out */
};

/* A class being read: ASCII members for the steps, text as it goes. */
struct set {
	uint64_t ascii[2];
	bool is_empty;
};

static int disjunction(struct tr *t);

static int
bad(struct tr *t, const char *at, const char *what)
{
	return err_set(t->err, E_SCHEMA, "offset %zu: %s", (size_t)(at - t->start), what);
}

static bool
have(const struct tr *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, s, n) == 0;
}

static int
peek(const struct tr *t, size_t k)
{
	return (size_t)(t->end - t->p) > k ? (unsigned char)t->p[k] : -1;
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(int c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static int
hex_of(int c)
{
	if (is_digit(c))
		return c - '0';
	return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The code point at t->p, which moves behind it. The source is well-formed. */
static uint32_t
take_char(struct tr *t)
{
	unsigned char c = (unsigned char)*t->p++;
	uint32_t v = c;
	unsigned more = 0;

	if (c >= 0xf0)
		v = c & 7u, more = 3;
	else if (c >= 0xe0)
		v = c & 15u, more = 2;
	else if (c >= 0xc0)
		v = c & 31u, more = 1;
	while (more--)
		v = v << 6 | ((unsigned char)*t->p++ & 63u);
	return v;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
put_char(struct buf *b, uint32_t c)
{
	if (c < 0x80 && (is_letter((int)c) || is_digit((int)c) || c == '_' || c == ' ')) {
		buf_char(b, (char)c);
	} else if (c > 0x20 && c < 0x7f) {
		buf_char(b, '\\');
		buf_char(b, (char)c);
	} else {
		buf_printf(b, "\\x{%x}", c);
	}
}

static bool
is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

static void
set_range(struct tr *t, struct set *s, uint32_t lo, uint32_t hi)
{
	/* No well-formed text holds a surrogate, and PCRE2 takes none. */
	if (lo < 0xd800 && hi >= 0xd800 && hi <= 0xdfff)
		hi = 0xd7ff;
	else if (is_surrogate(lo) && hi > 0xdfff)
		lo = 0xe000;
	else if (is_surrogate(lo))
		return;
	s->is_empty = false;
	for (uint32_t c = lo; c <= hi && c < 128; c++)
		s->ascii[c >> 6] |= 1ull << (c & 63);
	put_char(&t->out, lo);
	if (hi == lo)
		return;
	buf_char(&t->out, '-');
	put_char(&t->out, hi);
}

static const uint32_t blanks[][2] = {{9, 13}, {32, 32}, {0xa0, 0xa0}, {0x1680, 0x1680},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
    {0xfeff, 0xfeff}};
#define BLANKS (sizeof blanks / sizeof *blanks)

/* \d \D \w \W \s \S as ECMAScript means them, into a class. */
static void
set_escape(struct tr *t, struct set *s, char c)
{
	uint32_t from = 0;

	s->is_empty = false;
	if (c == 's') {
		for (size_t i = 0; i < BLANKS; i++)
			set_range(t, s, blanks[i][0], blanks[i][1]);
		return;
	}
	if (c == 'S') {
		for (size_t i = 0; i < BLANKS; i++) {
			set_range(t, s, from, blanks[i][0] - 1);
			from = blanks[i][1] + 1;
		}
		set_range(t, s, from, 0x10ffff);
		return;
	}
	buf_printf(&t->out, "\\%c", c);
	for (uint32_t k = 0; k < 128; k++) {
		bool in = is_digit((int)k);
		if ((c | 32) == 'w')
			in = in || is_letter((int)k) || k == '_';
		if (in == (c >= 'a'))
			s->ascii[k >> 6] |= 1ull << (k & 63);
	}
}

/* --- escapes ---------------------------------------------------------------------------------- */

/* n hex digits at p, or -1. */
static int64_t
hex_digits(const char *p, const char *end, int n)
{
	int64_t v = 0;

	for (int i = 0; i < n; i++) {
		int d = p + i < end ? hex_of((unsigned char)p[i]) : -1;
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* Behind \u: XXXX, a pair of them, or {…}. -1 when it is none of these; t->p moves only if it is. */
static int64_t
unicode_escape(struct tr *t)
{
	int64_t v = hex_digits(t->p, t->end, 4), low;

	if (v >= 0) {
		t->p += 4;
		if (v >= 0xd800 && v <= 0xdbff && have(t, "\\u")) {
			low = hex_digits(t->p + 2, t->end, 4);
			if (low >= 0xdc00 && low <= 0xdfff) {
				t->p += 6;
				v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
			}
		}
		return v;
	}
	if (peek(t, 0) != '{' || hex_of(peek(t, 1)) < 0)
		return -1;
	v = 0;
	const char *q = t->p + 1;
	while (q < t->end && hex_of((unsigned char)*q) >= 0 && v <= 0x10ffff)
		v = v * 16 + hex_of((unsigned char)*q++);
	if (q >= t->end || *q != '}' || v > 0x10ffff)
		return -1;
	t->p = q + 1;
	return v;
}

/* Legacy octal (Annex B): up to \377. t->p is at the first digit. */
static uint32_t
octal(struct tr *t)
{
	uint32_t v = 0;

	for (int i = 0; i < 3; i++) {
		int c = peek(t, 0);
		if (c < '0' || c > '7' || v * 8 + (uint32_t)(c - '0') > 255)
			break;
		v = v * 8 + (uint32_t)(c - '0');
		t->p++;
	}
	return v;
}

static int
identity(struct tr *t, const char *at, bool in_class, uint32_t *out)
{
	int c = peek(t, 0);

	if (t->unicode && !(c > 0 && c < 128 && strchr("^$\\.*+?()[]{}|/", c)) && !(in_class && c == '-'))
		return bad(t, at, "this escape does not exist in ECMAScript with the u flag");
	if (is_letter(c))
		t->e->has_letter_escape = true;
	*out = take_char(t);
	return 0;
}

/* A character escape; t->p is behind the backslash. */
static int
char_escape(struct tr *t, bool in_class, uint32_t *out)
{
	static const char from[] = "tnvfr", to[] = "\t\n\v\f\r";
	const char *at = t->p - 1, *hit;
	int c = peek(t, 0), d;
	int64_t v;

	if (c < 0)
		return bad(t, at, "a backslash with nothing behind it");
	hit = strchr(from, c);
	if (c && hit) {
		t->p++;
		*out = (uint32_t)to[hit - from];
		return 0;
	}
	if (c == 'c') {
		d = peek(t, 1);
		if (is_letter(d) || (in_class && !t->unicode && (is_digit(d) || d == '_'))) {
			t->p += 2;
			*out = (uint32_t)d & 31u;
			return 0;
		}
		if (t->unicode)
			return bad(t, at, "\\c needs a letter");
		*out = '\\'; /* Annex B: the backslash stands for itself, the c follows */
		return 0;
	}
	if (c == 'x' || c == 'u') {
		t->p++;
		v = c == 'x' ? hex_digits(t->p, t->end, 2) : unicode_escape(t);
		if (v >= 0 && c == 'x')
			t->p += 2;
		if (v < 0 && t->unicode)
			return bad(t, at, c == 'x' ? "\\x needs two hex digits"
						   : "\\u needs four hex digits or {…}");
		*out = v < 0 ? (uint32_t)c : (uint32_t)v;
		return 0;
	}
	if (is_digit(c)) {
		if (c == '0' && !is_digit(peek(t, 1))) {
			t->p++;
			*out = 0;
			return 0;
		}
		if (t->unicode)
			return bad(t, at, "a group of this number does not exist");
		if (c <= '7') {
			*out = octal(t);
			return 0;
		}
		*out = take_char(t);
		return 0;
	}
	return identity(t, at, in_class, out);
}

/* \p{…} or \P{…}: 1 when written, 0 when it is no property (Annex B: then a plain p), -1. */
static int
property(struct tr *t)
{
	const char *at = t->p - 1, *close;
	bool negated = *t->p == 'P';

	if (peek(t, 1) == '{') {
		close = memchr(t->p, '}', (size_t)(t->end - t->p));
		if (close && ecma_property(&t->out, t->p + 2, (size_t)(close - t->p - 2), negated)) {
			t->p = close + 1;
			return 1;
		}
	}
	return t->unicode ? bad(t, at, "no such Unicode property") : 0;
}

/* --- classes ---------------------------------------------------------------------------------- */

/* One member: 0 and a code point, 1 for a set that has been written, -1. */
static int
class_atom(struct tr *t, struct set *s, uint32_t *out)
{
	int c, rc;

	if (peek(t, 0) != '\\') {
		*out = take_char(t);
		return 0;
	}
	t->p++;
	c = peek(t, 0);
	if (c > 0 && strchr("dDwWsS", c)) {
		t->p++;
		set_escape(t, s, (char)c);
		return 1;
	}
	if (c == 'p' || c == 'P') {
		rc = property(t);
		if (rc != 0) {
			s->is_empty = false;
			t->e->is_linear = false; /* ASCII members unknown */
			return rc;
		}
	}
	if (c == 'b') {
		t->p++;
		*out = 8;
		return 0;
	}
	return char_escape(t, true, out);
}

static int
class_members(struct tr *t, struct set *s)
{
	while (peek(t, 0) >= 0 && peek(t, 0) != ']') {
		const char *at = t->p;
		uint32_t lo, hi;
		int first = class_atom(t, s, &lo), second;
		if (first < 0)
			return -1;
		if (peek(t, 0) != '-' || peek(t, 1) == ']' || peek(t, 1) < 0) {
			if (first == 0)
				set_range(t, s, lo, lo);
			continue;
		}
		t->p++;
		second = class_atom(t, s, &hi);
		if (second < 0)
			return -1;
		if (first == 0 && second == 0) {
			if (hi < lo)
				return bad(t, at, "a range that runs backwards");
			set_range(t, s, lo, hi);
			continue;
		}
		if (t->unicode)
			return bad(t, at, "a range needs single characters at both ends");
		if (first == 0)
			set_range(t, s, lo, lo);
		set_range(t, s, '-', '-');
		if (second == 0)
			set_range(t, s, hi, hi);
	}
	return 0;
}

static int
class(struct tr *t, struct atom *atom)
{
	const char *at = t->p++;
	struct set s = {.is_empty = true};
	bool negated = peek(t, 0) == '^';

	if (negated)
		t->p++;
	buf_str(&t->out, negated ? "[^" : "[");
	if (class_members(t, &s) < 0)
		return -1;
	if (peek(t, 0) != ']')
		return bad(t, at, "the class that begins here is not closed");
	t->p++;
	if (s.is_empty) {
		t->out.len = atom->from;
		buf_str(&t->out, negated ? "." : "(?!)");
		if (!negated)
			t->e->is_linear = false;
	} else {
		buf_char(&t->out, ']');
	}
	atom->is_single = true;
	for (int i = 0; i < 2; i++)
		atom->ascii[i] = negated ? ~s.ascii[i] : s.ascii[i];
	return 0;
}

/* --- groups and references -------------------------------------------------------------------- */

/* Count the groups, remember their names, and see whether anything refers back. */
static int
prescan(struct tr *t)
{
	bool in_class = false;
	size_t cap = 0;

	for (const char *p = t->start; p < t->end; p++) {
		if (*p == '\\') {
			p++;
			if (!in_class && p < t->end && ((*p >= '1' && *p <= '9') || *p == 'k'))
				t->has_references = true;
		} else if (in_class) {
			in_class = *p != ']';
		} else if (*p == '[') {
			in_class = true;
		} else if (*p == '(') {
			bool named = t->end - p > 3 && p[1] == '?' && p[2] == '<' && p[3] != '=' &&
			    p[3] != '!';
			if (named || p + 1 >= t->end || p[1] != '?')
				t->groups++;
			if (!named)
				continue;
			const char *close = memchr(p, '>', (size_t)(t->end - p));
			if (t->nnames == cap) {
				struct name *more = ARENA_ARRAY(t->a, cap ? cap * 2 : 8, struct name);
				if (cap)
					memcpy(more, t->names, cap * sizeof *more);
				t->names = more;
				cap = cap ? cap * 2 : 8;
			}
			t->names[t->nnames++] = (struct name){.p = p + 3,
			    .n = close ? (size_t)(close - p - 3) : 0, .group = t->groups};
		}
		if (t->groups > GROUPS_MAX)
			return err_set(t->err, E_LIMIT, "more than %u groups", GROUPS_MAX);
	}
	return 0;
}

static const struct name *
find_name(const struct tr *t, const char *p, size_t n)
{
	for (size_t i = 0; i < t->nnames; i++)
		if (t->names[i].n == n && memcmp(t->names[i].p, p, n) == 0)
			return &t->names[i];
	return NULL;
}

/* t->p behind "(?<": checks the name and moves behind the '>'. */
static int
group_name(struct tr *t)
{
	const char *at = t->p, *close = memchr(t->p, '>', (size_t)(t->end - t->p));
	const struct name *first;

	if (!close || close == at || is_digit((unsigned char)*at))
		return bad(t, at, "a group name, closed by '>'");
	for (const char *p = at; p < close; p++)
		if (!is_letter((unsigned char)*p) && !is_digit((unsigned char)*p) && *p != '_' &&
		    *p != '$' && (unsigned char)*p < 0x80)
			return bad(t, p, "a group name is made of letters, digits, '_' and '$'");
	first = find_name(t, at, (size_t)(close - at));
	if (first && first->p != at)
		return bad(t, at, "this group name is taken");
	t->p = close + 1;
	return 0;
}

static int
group(struct tr *t, struct atom *atom)
{
	const char *at = t->p++;
	bool looks_ahead = have(t, "?=") || have(t, "?!"), looks_behind = have(t, "?<=") || have(t, "?<!");

	t->e->is_linear = false;
	if (t->depth >= GROUPS_NESTED_MAX)
		return err_set(t->err, E_LIMIT, "offset %zu: groups nested deeper than %u",
		    (size_t)(at - t->start), GROUPS_NESTED_MAX);
	if (looks_ahead || looks_behind) {
		size_t n = looks_ahead ? 2 : 3;
		buf_char(&t->out, '(');
		buf_add(&t->out, t->p, n);
		t->p += n;
	} else if (have(t, "?:")) {
		t->p += 2;
		buf_str(&t->out, "(?:");
	} else if (have(t, "?<")) {
		t->p += 2;
		if (group_name(t) < 0)
			return -1;
		buf_str(&t->out, t->has_references ? "(" : "(?:");
	} else if (peek(t, 0) == '?') {
		return bad(t, at, "this kind of group does not exist in ECMAScript");
	} else {
		buf_str(&t->out, t->has_references ? "(" : "(?:");
	}
	t->depth++;
	if (disjunction(t) < 0)
		return -1;
	t->depth--;
	if (peek(t, 0) != ')')
		return bad(t, at, "the group that begins here is not closed");
	t->p++;
	buf_char(&t->out, ')');
	atom->may_repeat = !looks_behind && !(looks_ahead && t->unicode);
	return 0;
}

/* \1 … and \k<name>: 1 when it was one, 0 when not (Annex B), -1. */
static int
reference(struct tr *t)
{
	const char *at = t->p - 1, *p = t->p, *close;
	unsigned n = 0;

	if (*p == 'k') {
		if (!t->unicode && t->nnames == 0)
			return 0;
		close = peek(t, 1) == '<' ? memchr(p, '>', (size_t)(t->end - p)) : NULL;
		const struct name *name = close ? find_name(t, p + 2, (size_t)(close - p - 2)) : NULL;
		if (!name)
			return bad(t, at, "\\k needs <the name of a group>");
		n = name->group;
		t->p = close + 1;
	} else {
		while (p < t->end && is_digit((unsigned char)*p) && n <= GROUPS_MAX)
			n = n * 10 + (unsigned)(*p++ - '0');
		if (n > t->groups)
			return t->unicode ? bad(t, at, "a group of this number does not exist") : 0;
		t->p = p;
	}
	t->e->is_linear = false;
	buf_printf(&t->out, "\\g{%u}", n);
	return 1;
}

/* --- terms ------------------------------------------------------------------------------------ */

static void
literal(struct tr *t, struct atom *atom, uint32_t c)
{
	atom->is_single = true;
	if (is_surrogate(c)) {
		buf_str(&t->out, "(?!)");
		t->e->is_linear = false;
		return;
	}
	if (c < 128)
		atom->ascii[c >> 6] |= 1ull << (c & 63);
	put_char(&t->out, c);
}

static int
escape(struct tr *t, struct atom *atom)
{
	int c = peek(t, 1), rc = 0;
	uint32_t v;

	t->p++;
	if (c == 'b' || c == 'B') {
		t->p++;
		t->e->is_linear = false;
		atom->may_repeat = false;
		buf_printf(&t->out, "\\%c", c);
		return 0;
	}
	if (c > 0 && strchr("dDwWsS", c)) {
		struct set s = {.is_empty = true};
		t->p++;
		buf_char(&t->out, '[');
		set_escape(t, &s, (char)c);
		buf_char(&t->out, ']');
		atom->is_single = true;
		memcpy(atom->ascii, s.ascii, sizeof s.ascii);
		return 0;
	}
	if (c == 'p' || c == 'P') {
		rc = property(t);
		if (rc > 0) {
			atom->is_single = true;
			t->e->is_linear = false;
		}
	} else if (c == 'k' || (c >= '1' && c <= '9')) {
		rc = reference(t);
	}
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (char_escape(t, false, &v) < 0)
		return -1;
	literal(t, atom, v);
	return 0;
}

/* The braces at t->p if they are a quantifier. */
static bool
braces(const struct tr *t, uint32_t *min, uint32_t *max, const char **behind)
{
	const char *p = t->p + 1;
	uint64_t n[2] = {0, 0};
	int which = 0;
	bool has_digit[2] = {false, false};

	for (; p < t->end && *p != '}'; p++) {
		if (*p == ',' && which == 0) {
			which = 1;
		} else if (is_digit((unsigned char)*p)) {
			has_digit[which] = true;
			n[which] = n[which] * 10 + (uint64_t)(*p - '0');
			if (n[which] > COUNT_CEILING)
				n[which] = COUNT_CEILING;
		} else {
			return false;
		}
	}
	if (p >= t->end || !has_digit[0])
		return false;
	*min = (uint32_t)n[0];
	*max = which == 0 ? *min : has_digit[1] ? (uint32_t)n[1] : ECMA_MANY;
	*behind = p + 1;
	return true;
}

/* A quantifier's text behind an atom, split where PCRE2's counts end. */
static int
put_repeat(struct tr *t, const struct atom *atom, const char *at, uint32_t min, uint32_t max, bool lazy)
{
	struct buf *b = &t->out;
	size_t n = b->len - atom->from;
	const char *text;
	uint32_t rest_min = min, rest_max = max;

	if (max != ECMA_MANY && max >= REPEAT_IS_MANY)
		max = rest_max = ECMA_MANY;
	if (min <= REPEAT_MAX && (max <= REPEAT_MAX || max == ECMA_MANY)) {
		if (max == ECMA_MANY && min <= 1)
			buf_char(b, min ? '+' : '*');
		else if (max == ECMA_MANY)
			buf_printf(b, "{%u,}", min);
		else if (min == 0 && max == 1)
			buf_char(b, '?');
		else if (min == max)
			buf_printf(b, "{%u}", min);
		else
			buf_printf(b, "{%u,%u}", min, max);
		if (lazy)
			buf_char(b, '?');
		return 0;
	}
	if (!atom->is_single || min > REPEAT_MAX * REPEAT_SPLIT_MAX ||
	    (max != ECMA_MANY && max > REPEAT_MAX * REPEAT_SPLIT_MAX))
		return err_set(t->err, E_LIMIT, "offset %zu: a repeat count beyond %u",
		    (size_t)(at - t->start), REPEAT_MAX);
	text = arena_dup(t->a, b->p + atom->from, n);
	b->len = atom->from;
	while (rest_max) {
		uint32_t lo = rest_min < REPEAT_MAX ? rest_min : REPEAT_MAX;
		uint32_t hi = rest_max < REPEAT_MAX ? rest_max : REPEAT_MAX;
		buf_add(b, text, n);
		rest_min -= lo;
		if (rest_max == ECMA_MANY && rest_min == 0) {
			buf_printf(b, "{%u,}", lo);
			break;
		}
		if (rest_min > 0)
			hi = lo;
		buf_printf(b, "{%u,%u}", lo, hi);
		if (rest_max != ECMA_MANY)
			rest_max -= hi;
	}
	return 0;
}

static void
add_step(struct tr *t, const struct atom *atom, uint32_t min, uint32_t max)
{
	struct ecma *e = t->e;
	struct ecma_step *last = e->nsteps ? &e->steps[e->nsteps - 1] : NULL;

	if (!e->is_linear)
		return;
	if (!atom->is_single || !t->linear_begun || t->linear_ended || e->nsteps == ECMA_STEPS_MAX) {
		e->is_linear = false;
		return;
	}
	/* Equal neighbours become one step: [a-z][a-z]* is [a-z]+. */
	if (last && memcmp(last->ascii, atom->ascii, sizeof atom->ascii) == 0) {
		last->min = last->min > ECMA_MANY - 1 - min ? ECMA_MANY - 1 : last->min + min;
		last->max = last->max == ECMA_MANY || max == ECMA_MANY || last->max > ECMA_MANY - 1 - max
		    ? ECMA_MANY
		    : last->max + max;
		return;
	}
	e->steps[e->nsteps++] = (struct ecma_step){
	    .ascii = {atom->ascii[0], atom->ascii[1]}, .min = min, .max = max};
}

static int
quantifier(struct tr *t, const struct atom *atom)
{
	const char *at = t->p, *behind = t->p + 1;
	uint32_t min = 1, max = 1;
	int c = peek(t, 0);
	bool lazy, is = true;

	if (c == '*')
		min = 0, max = ECMA_MANY;
	else if (c == '+')
		max = ECMA_MANY;
	else if (c == '?')
		min = 0;
	else
		is = c == '{' && braces(t, &min, &max, &behind);
	if (is && !atom->may_repeat)
		return bad(t, at, "nothing to repeat");
	if (is && min > max)
		return bad(t, at, "the counts of this repeat run backwards");
	if (is) {
		t->p = behind;
		lazy = peek(t, 0) == '?';
		if (lazy)
			t->p++;
		if (put_repeat(t, atom, at, min, max, lazy) < 0)
			return -1;
	}
	if (atom->is_single)
		add_step(t, atom, min, max);
	return 0;
}

static void
anchor(struct tr *t, char c)
{
	struct ecma *e = t->e;

	t->p++;
	buf_char(&t->out, c);
	if (c == '^' && !t->linear_begun && e->nsteps == 0 && t->depth == 0)
		t->linear_begun = true;
	else if (c == '$' && t->depth == 0 && t->linear_begun)
		e->to_end = t->linear_ended = true;
	else
		e->is_linear = false;
}

static int
term(struct tr *t)
{
	struct atom atom = {.from = t->out.len, .may_repeat = true};
	const char *at = t->p, *behind;
	int c = peek(t, 0), rc = 0;
	uint32_t lo, hi;

	if (c == '^' || c == '$') {
		anchor(t, (char)c);
		atom.may_repeat = false;
	} else if (c == '(') {
		rc = group(t, &atom);
	} else if (c == '[') {
		rc = class(t, &atom);
	} else if (c == '\\') {
		rc = escape(t, &atom);
	} else if (c == '.') {
		t->p++;
		buf_str(&t->out, "[^\\n\\r\\x{2028}\\x{2029}]");
		atom.is_single = true;
		atom.ascii[0] = ~(1ull << '\n' | 1ull << '\r');
		atom.ascii[1] = ~0ull;
	} else if (c == '*' || c == '+' || c == '?' || (c == '{' && braces(t, &lo, &hi, &behind))) {
		return bad(t, at, "nothing to repeat");
	} else if (t->unicode && (c == '{' || c == '}' || c == ']')) {
		return bad(t, at, "a lone bracket needs a backslash");
	} else {
		literal(t, &atom, take_char(t));
	}
	return rc < 0 ? -1 : quantifier(t, &atom);
}

/* Recursion (through group) is bounded by GROUPS_NESTED_MAX. */
static int
disjunction(struct tr *t)
{
	while (t->p < t->end && *t->p != ')') {
		if (*t->p == '|') {
			t->p++;
			buf_char(&t->out, '|');
			t->e->is_linear = false;
		} else if (term(t) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Running the steps greedily is exact only if what may follow a step of varying length differs. */
static bool
steps_are_exact(const struct ecma *e)
{
	for (unsigned i = 0; i < e->nsteps; i++) {
		const struct ecma_step *s = &e->steps[i];
		for (unsigned k = i + 1; s->min != s->max && k < e->nsteps; k++) {
			if ((s->ascii[0] & e->steps[k].ascii[0]) || (s->ascii[1] & e->steps[k].ascii[1]))
				return false;
			if (e->steps[k].min)
				break;
		}
	}
	return true;
}

int
ecma_translate(struct arena *a, const char *source, size_t n, bool unicode, struct ecma *out,
    struct err *err)
{
	struct ecma e = {.is_linear = true};
	struct tr t = {.a = a, .err = err, .start = source, .p = source, .end = source + n, .e = &e,
	    .unicode = unicode};

	buf_init(&t.out, a);
	if (prescan(&t) < 0 || disjunction(&t) < 0)
		return -1;
	if (t.p < t.end)
		return bad(&t, t.p, "a ')' that closes nothing");
	e.is_linear = e.is_linear && t.linear_begun && steps_are_exact(&e);
	e.pattern_bytes = t.out.len;
	e.pattern = buf_take(&t.out);
	*out = e;
	return 0;
}
