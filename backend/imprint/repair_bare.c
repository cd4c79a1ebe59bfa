/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values without quotation marks: numbers, literals, words, constructors around one value. A number is never
 * guessed: 1. and .5 and +1 and 1e are numbers, 10-20 is a text, 007 and 1_000 and 0x1f are refused.
 */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "imprint/repair_read.h"

struct word {
	const char *p;
	size_t n;
	bool is_last; /* the text ends behind it */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(const struct word *w, const char *s)
{
	return strlen(s) == w->n && memcmp(w->p, s, w->n) == 0;
}

static bool
is_one_of(const struct word *w, const char *const *list)
{
	for (; *list; list++)
		if (is_word(w, *list))
			return true;
	return false;
}

static struct jx *
number(struct repair_reader *r, const struct word *w, const char *prefix, const char *digits, size_t n)
{
	struct jx *v = repair_node(r, w->p);
	struct buf b;

	buf_init(&b, r->a);
	buf_str(&b, prefix);
	buf_add(&b, digits, n);
	v->type = JX_NUMBER;
	v->u.text.n = b.len;
	v->u.text.p = buf_take(&b);
	return v;
}

enum likeness { LIKE_WORD, LIKE_NUMBER, LIKE_UNCLEAR, LIKE_CUT };

/* Digits with a sign, a point at either end, or an exponent without digits: what did it mean? */
static enum likeness
almost_number(struct repair_reader *r, const struct word *w, struct jx **out)
{
	const char *p = w->p, *end = w->p + w->n, *whole, *frac, *stop;
	const char *sign = "";

	if (p < end && (*p == '+' || *p == '-'))
		sign = *p++ == '-' ? "-" : "";
	for (whole = p; p < end && is_digit(*p); p++)
		;
	stop = p;
	frac = p;
	if (p < end && *p == '.')
		for (frac = ++p; p < end && is_digit(*p); p++)
			;
	if (whole == stop && frac == p)
		return w->n == 1 && w->is_last && (*w->p == '-' || *w->p == '+') ? LIKE_CUT : LIKE_WORD;
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *e = p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (p == end) {
			if (stop - whole > 1 && *whole == '0')
				return LIKE_UNCLEAR;
			end = p = e; /* no digits: no exponent */
		}
		while (p < end && is_digit(*p))
			p++;
	}
	if (p < end)
		return LIKE_WORD;
	if (stop - whole > 1 && *whole == '0')
		return LIKE_UNCLEAR;
	repair_fix(r, "FIX_NUMBER", w->p, w->n, "a number that JSON does not write so");
	if (whole == stop)
		*out = number(r, w, *sign ? "-0" : "0", stop, (size_t)(end - stop));
	else if (frac > stop && (frac == end || !is_digit(*frac))) { /* "5." and "5.e3" */
		struct buf b;
		buf_init(&b, r->a);
		buf_add(&b, whole, (size_t)(stop - whole));
		buf_add(&b, frac, (size_t)(end - frac));
		*out = number(r, w, sign, b.p, b.len);
	} else {
		*out = number(r, w, sign, whole, (size_t)(end - whole));
	}
	return LIKE_NUMBER;
}

/* Digits in a way that some languages take for a number. */
static bool
is_foreign_number(const struct word *w)
{
	size_t i = 0, digits = 0, groups = 0;

	if (w->n > 2 && w->p[0] == '0' && repair_is(w->p[1], "xXoObB") && is_digit(w->p[2]))
		return true;
	for (i = 0; i < w->n; i++) {
		if (is_digit(w->p[i]))
			digits++;
		else if (repair_is(w->p[i], "_ '"))
			groups++;
		else if (!repair_is(w->p[i], "+-."))
			return false;
	}
	return digits && groups;
}

/* Nothing but dots stands for a value that was left out. */
static bool
is_dots(const struct word *w)
{
	size_t i = 0, n;

	while (i < w->n && ((n = repair_dots(w->p + i, w->p + w->n)) > 0 || (n = w->p[i] == '.') > 0))
		i += n;
	return i == w->n;
}

static bool
is_literal_begun(const struct word *w)
{
	static const char *const words[] = {"true", "false", "null", "True", "False", "None", "TRUE", "FALSE", "NULL", NULL};

	for (const char *const *l = words; *l; l++)
		if (w->n < strlen(*l) && memcmp(*l, w->p, w->n) == 0)
			return true;
	return false;
}

/* A literal that lacks one letter: a slip, or a text? */
static bool
is_literal_almost(const struct word *w)
{
	static const char *const words[] = {"true", "false", "null", "True", "False", NULL};

	for (const char *const *l = words; *l; l++) {
		size_t k = 0;
		if (w->n + 1 != strlen(*l))
			continue;
		while (k < w->n && w->p[k] == (*l)[k])
			k++;
		if (memcmp(w->p + k, *l + k + 1, w->n - k) == 0)
			return true;
	}
	return false;
}

static enum repair_got
literal(struct repair_reader *r, const struct word *w, struct jx **out)
{
	static const char *const yes[] = {"True", "TRUE", NULL}, *const no[] = {"False", "FALSE", NULL},
	    *const none[] = {"None", "NULL", "Null", NULL};
	bool is_true = is_word(w, "true") || is_one_of(w, yes), is_false = is_word(w, "false") || is_one_of(w, no);
	struct jx *v;

	if (!is_true && !is_false && !is_word(w, "null") && !is_one_of(w, none))
		return GOT_NOTHING;
	v = repair_node(r, w->p);
	v->type = is_true || is_false ? JX_BOOL : JX_NULL;
	if (v->type == JX_BOOL)
		v->u.boolean = is_true;
	if (*w->p < 'a')
		repair_fix(r, "FIX_LITERAL", w->p, w->n, "a literal as another language writes it");
	*out = v;
	return GOT_VALUE;
}

/* What the word means. */
static enum repair_got
meaning(struct repair_reader *r, const struct word *w, struct jx **out)
{
	static const char *const nothing[] = {"undefined", "NaN", "nan", "Infinity", "-Infinity", "+Infinity", "inf", "-inf",
	    "nil", "-NaN", NULL};
	struct jx *v;

	if (literal(r, w, out) == GOT_VALUE)
		return GOT_VALUE;
	if (is_one_of(w, nothing)) {
		repair_refuse(r, IMP_PARSE, w->p, "'%.*s' has no equal in JSON: write a value or leave it out",
		    (int)w->n, w->p);
		return GOT_FAILED;
	}
	switch (almost_number(r, w, out)) {
	case LIKE_NUMBER: return GOT_VALUE;
	case LIKE_CUT: return GOT_NOTHING;
	case LIKE_UNCLEAR:
		repair_refuse(r, IMP_PARSE, w->p, "'%.40s' may be a number or a text: write it as JSON does",
		    arena_dup(r->a, w->p, w->n));
		return GOT_FAILED;
	case LIKE_WORD: break;
	}
	if (is_foreign_number(w) || w->n == 0 || is_word(w, "-") || is_dots(w)) {
		repair_refuse(r, IMP_PARSE, w->p, "expected a value; '%.40s' is none of JSON", arena_dup(r->a, w->p, w->n));
		return GOT_FAILED;
	}
	if (w->is_last && is_literal_begun(w))
		return GOT_NOTHING;
	if (is_literal_almost(w) || (w->n > 2 && is_literal_begun(w))) {
		repair_refuse(r, IMP_PARSE, w->p, "'%.*s' may be a literal or a text", (int)w->n, w->p);
		return GOT_FAILED;
	}
	v = repair_node(r, w->p);
	v->type = JX_STRING;
	v->u.text.n = w->n;
	v->u.text.p = arena_dup(r->a, w->p, w->n);
	repair_fix(r, "FIX_TEXT", w->p, w->n, "a text without quotation marks");
	*out = v;
	return GOT_VALUE;
}

/* ObjectId("…") and its like: the one value inside. */
static enum repair_got
constructor(struct repair_reader *r, size_t name_bytes, struct jx **out)
{
	static const char *const names[] = {"ObjectId", "ISODate", "NumberLong", "NumberInt", "NumberDecimal", "NumberDouble",
	    "UUID", "Date", "Decimal", NULL};
	struct word w = {.p = r->p, .n = name_bytes};
	const char *at = r->p, *open = r->p + name_bytes;
	enum repair_got got;

	if (!is_one_of(&w, names)) {
		repair_refuse(r, IMP_PARSE, at, "a call of '%.*s', where a value is expected", (int)name_bytes, at);
		return GOT_FAILED;
	}
	r->p = open + 1;
	repair_skip(r);
	if (r->p >= r->end)
		return GOT_NOTHING;
	if (*r->p == '{' || *r->p == '[' || *r->p == ')') {
		repair_refuse(r, IMP_PARSE, r->p, "expected one number or text inside the brackets");
		return GOT_FAILED;
	}
	if (r->depth >= r->depth_max) {
		repair_refuse(r, IMP_DEPTH, r->p, "nested deeper than %u levels", r->depth_max);
		return GOT_FAILED;
	}
	r->depth++;
	got = repair_value(r, PLACE_ARGUMENT, out);
	r->depth--;
	if (got != GOT_VALUE)
		return got;
	repair_skip(r);
	if (r->p >= r->end)
		return GOT_VALUE;
	if (*r->p != ')') {
		repair_refuse(r, IMP_PARSE, r->p, "expected ')' behind the value");
		return GOT_FAILED;
	}
	r->p++;
	repair_fix(r, "FIX_WRAPPER", at, (size_t)(r->p - at), "a constructor around a value");
	return GOT_VALUE;
}

/* r'…', b"…", f'…' as Python has them: what stands inside is not what it says. */
static bool
is_prefix(const char *from, const char *to)
{
	for (const char *p = from; p < to; p++)
		if (!repair_is(*p, "bBrRfF"))
			return false;
	return to > from && to - from <= 2;
}

/* A quotation mark inside a word: it begins the next member, or it is the one that lost its partner. */
static enum repair_got
mark_in_word(struct repair_reader *r, const char *from, size_t bytes, char kind, enum repair_place where, bool *is_end)
{
	bool has_gap = r->p > from && (r->p[-1] == ' ' || r->p[-1] == '\t'), line = false;
	const char *c;

	*is_end = true;
	c = repair_blank(r->p + bytes, r->end, &line);
	if (is_prefix(from, r->p) && repair_is(*r->p, "'\"") && c < r->end && !repair_is(*c, ",]}")) {
		repair_refuse(r, IMP_PARSE, from, "a text with a prefix as Python has it: write it as JSON does");
		return GOT_FAILED;
	}
	if (has_gap && where == PLACE_VALUE && repair_key_follows(r->p, r->end))
		return GOT_VALUE;
	if (kind == '\'' && !has_gap && r->p > from && r->p + bytes < r->end && repair_is(r->p[bytes],
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) { /* it's */
		*is_end = false;
		r->p += bytes;
		return GOT_VALUE;
	}
	if (!has_gap && r->p > from && (c == r->end || repair_is(*c, ",]}"))) {
		repair_fix(r, "FIX_QUOTE", from, 0, "the opening quotation mark was missing");
		r->quotes += kind == '"';
		return GOT_NOTHING; /* the mark belongs to the word */
	}
	repair_refuse(r, IMP_PARSE, r->p, "a quotation mark inside a text that has none in front");
	return GOT_FAILED;
}

/* Does the word stop at r->p? 1 yes, 0 no, -1 refused. */
static int
stops(struct repair_reader *r, const char *from, enum repair_place where)
{
	char c = *r->p;
	bool has_gap = r->p > from && (r->p[-1] == ' ' || r->p[-1] == '\t');

	if (repair_is(c, ",]}\n\r") || (where == PLACE_ARGUMENT && c == ')'))
		return 1;
	if (c == ';')
		return r->p + 1 == r->end || repair_is(r->p[1], " \n\r\t]}");
	if ((c == '/' || c == '#') && repair_comment(r->p, r->end) && (has_gap || (c == '/' && r->p[1] == '*')))
		return 1;
	if (c == '/' && r->p > from && r->p[-1] != ':' && repair_comment(r->p, r->end))
		return 1;
	if ((has_gap && repair_dots(r->p, r->end)) || ((has_gap || r->is_fenced) && repair_fence(r->p, r->end)))
		return 1;
	if (c == ':' && (r->p + 1 == r->end || repair_is(r->p[1], " \t\n\r\"'{["))) {
		repair_refuse(r, IMP_PARSE, r->p, "a ':' inside a text without quotation marks");
		return -1;
	}
	if (c == '{' || c == '[' || c == '\\') {
		repair_refuse(r, IMP_PARSE, r->p, "'%c' inside a text without quotation marks", c);
		return -1;
	}
	return 0;
}

static bool
is_name_run(const char *p, const char *end)
{
	for (; p < end; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || is_digit(*p) || *p == '_' || *p == '.'))
			return false;
	return true;
}

/* The run of a word; r->p behind it. */
static enum repair_got
scan_word(struct repair_reader *r, enum repair_place where, struct word *w)
{
	size_t bytes, mark_bytes = 0;
	const char *behind;
	bool line = false;
	char kind;

	w->p = r->p;
	while (r->p < r->end) {
		int stop = stops(r, w->p, where);
		if (stop < 0)
			return GOT_FAILED;
		if (stop)
			break;
		bytes = repair_quote(r->p, r->end, &kind);
		if (bytes) {
			bool is_end;
			enum repair_got got = mark_in_word(r, w->p, bytes, kind, where, &is_end);
			if (got == GOT_FAILED)
				return GOT_FAILED;
			if (!is_end)
				continue;
			mark_bytes = got == GOT_NOTHING ? bytes : 0;
			break;
		}
		if (*r->p == '(' && r->p > w->p && is_name_run(w->p, r->p))
			break;
		bytes = (unsigned char)*r->p >= 0x80 ? repair_odd_space(r->p, r->end) : 0;
		if (bytes)
			break;
		r->p++;
	}
	w->n = (size_t)(r->p - w->p);
	while (w->n && (w->p[w->n - 1] == ' ' || w->p[w->n - 1] == '\t'))
		w->n--;
	r->p += mark_bytes;
	behind = r->is_fenced ? repair_blank(r->p, r->end, &line) : r->p;
	w->is_last = (r->p == r->end || (r->is_fenced && repair_fence(behind, r->end))) && !mark_bytes;
	if (mark_bytes) /* its quotation mark says that it is a text, whatever it looks like */
		return GOT_NOTHING;
	return GOT_VALUE;
}

enum repair_got
repair_bare(struct repair_reader *r, enum repair_place where, struct jx **out)
{
	size_t n = repair_number(r->p, r->end), left = (size_t)(r->end - r->p);
	struct word w = {.p = r->p, .n = n};
	enum repair_got got;

	if (n == 0 && left >= 4 && (memcmp(r->p, "true", 4) == 0 || memcmp(r->p, "null", 4) == 0))
		w.n = 4;
	else if (n == 0 && left >= 5 && memcmp(r->p, "false", 5) == 0)
		w.n = 5;
	if (w.n && repair_ends(r->p + w.n, r->end)) {
		r->p += w.n;
		if (n == 0)
			return literal(r, &w, out);
		*out = repair_node(r, w.p);
		(*out)->type = JX_NUMBER;
		(*out)->u.text.p = arena_dup(r->a, w.p, n);
		(*out)->u.text.n = n;
		return GOT_VALUE;
	}
	if (repair_is(*r->p, "(/\\;:,)=<>#")) {
		repair_refuse(r, IMP_PARSE, r->p, "expected a value, found '%c'", *r->p);
		return GOT_FAILED;
	}
	if (*r->p == 'u' && left > 1 && r->p[1] == '\'') {
		repair_fix(r, "FIX_QUOTE", r->p, 1, "a prefix in front of a quotation mark");
		r->p++;
		return repair_value(r, where, out);
	}
	got = scan_word(r, where, &w);
	if (got == GOT_FAILED)
		return GOT_FAILED;
	if (got == GOT_VALUE && r->p < r->end && *r->p == '(' && w.n) {
		r->p = w.p;
		return constructor(r, w.n, out);
	}
	if (got == GOT_VALUE)
		return meaning(r, &w, out);
	*out = repair_node(r, w.p);
	(*out)->type = JX_STRING;
	(*out)->u.text.p = arena_dup(r->a, w.p, w.n);
	(*out)->u.text.n = w.n;
	return GOT_VALUE;
}

enum repair_got
repair_text(struct repair_reader *r, enum repair_place where, const char **text, size_t *n)
{
	enum repair_got got = repair_string(r, where, text, n);
	const char *more, *c;
	bool line = false;
	struct buf b;
	size_t k;
	char kind;

	if (got != GOT_VALUE)
		return got;
	c = repair_blank(r->p, r->end, &line);
	if (c >= r->end || *c != '+')
		return GOT_VALUE;
	buf_init(&b, r->a);
	buf_add(&b, *text, *n);
	while (c < r->end && *c == '+') {
		const char *at = c;
		c = repair_blank(c + 1, r->end, &line);
		if (!repair_quote(c, r->end, &kind))
			break;
		repair_fix(r, "FIX_CONCAT", at, 1, "texts joined by +");
		r->p = c;
		got = repair_string(r, where, &more, &k);
		if (got != GOT_VALUE)
			return got;
		buf_add(&b, more, k);
		c = repair_blank(r->p, r->end, &line);
	}
	*n = b.len;
	*text = buf_take(&b);
	return GOT_VALUE;
}
