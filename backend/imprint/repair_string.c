/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings: where one ends although a quotation mark inside was not escaped or the last one was forgotten, and what
 * its bytes mean. A value never loses bytes: an escape that JSON does not know keeps its backslash.
 */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "imprint/repair_read.h"

enum verdict { QUOTE_END, QUOTE_INNER, QUOTE_LATE, QUOTE_UNCLEAR };
struct text {
	const char *open;  /* the opening mark */
	const char *from;  /* behind it */
	const char *to;    /* end of the content */
	char kind;         /* '"' or '\'' */
	enum repair_place place;
	size_t inner;      /* marks inside that were not escaped */
	size_t curly;      /* “ inside that wait for their ” */
	const char *counted; /* brackets are counted up to here */
	size_t brackets;     /* open ones inside the text */
	bool has_escape, has_control;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
back_over_space(const char *p, const char *from)
{
	while (p > from && (p[-1] == ' ' || p[-1] == '\t' || p[-1] == '\n' || p[-1] == '\r'))
		p--;
	return p;
}

/* A number or literal and then a delimiter. */
static bool
scalar_follows(const char *p, const char *end)
{
	size_t n = repair_number(p, end), left = (size_t)(end - p);

	if (n == 0 && left >= 4 && (memcmp(p, "true", 4) == 0 || memcmp(p, "null", 4) == 0))
		n = 4;
	else if (n == 0 && left >= 5 && memcmp(p, "false", 5) == 0)
		n = 5;
	return n && repair_ends(p + n, end);
}

/* Does a run without quotes up to the next ',' or closer stay free of quotation marks? */
static bool
word_follows(const char *p, const char *end)
{
	const char *limit = end - p > LOOK_MAX ? p + LOOK_MAX : end;

	for (; p < limit; p++) {
		if (*p == '"' || *p == '\'')
			return false;
		if (*p == ',' || *p == ']' || *p == '}' || *p == '\n')
			return true;
	}
	return true;
}

static bool
is_plus_string(const char *p, const char *end)
{
	bool line = false;
	char kind;

	return *p == '+' && repair_quote(repair_blank(p + 1, end, &line), end, &kind);
}

/* Is a bracket open inside the text in front of p? What stands there belongs to the text too. */
static bool
is_bracketed(struct text *t, const char *p)
{
	for (t->counted = t->counted ? t->counted : t->from; t->counted < p; t->counted++) {
		if (*t->counted == '{' || *t->counted == '[')
			t->brackets++;
		else if ((*t->counted == '}' || *t->counted == ']') && t->brackets)
			t->brackets--;
	}
	return t->brackets > 0;
}

/* Does a name go on behind a mark, up to another mark, with nothing in it that ends names? */
static bool
name_goes_on(const struct text *t, const char *q, const char *c, const char *end)
{
	const char *limit = end - c > LOOK_MAX ? c + LOOK_MAX : end;

	if (t->inner >= 8 || q == t->from)
		return false;
	for (const char *p = t->from; p < q; p++)
		if (repair_is(*p, ":,{}[]"))
			return false;
	for (; c < limit && *c != t->kind; c++)
		if (repair_is(*c, ":,{}[]\\\n\r"))
			return false;
	return c < limit;
}

/* q: the mark, behind: what follows it, c: what follows the blanks */
static enum verdict
in_key(const struct text *t, const char *q, const char *behind, const char *c, const char *end)
{
	char kind;

	if (c == end || *c == ':')
		return QUOTE_END;
	if (t->inner)
		return (c == behind || t->inner % 2) && name_goes_on(t, q, c, end) ? QUOTE_INNER : QUOTE_UNCLEAR;
	if (repair_is(*c, "=,]}"))
		return QUOTE_END;
	if (repair_quote(c, end, &kind))
		return c > behind ? QUOTE_END : QUOTE_UNCLEAR;
	if (*c == '{' || *c == '[' || scalar_follows(c, end))
		return QUOTE_END;
	return c == behind && name_goes_on(t, q, c, end) ? QUOTE_INNER : QUOTE_UNCLEAR;
}

/* A name of digits and its colon: 5: "five". */
static bool
number_key_follows(const char *p, const char *end)
{
	const char *limit = end - p > LOOK_MAX ? p + LOOK_MAX : end, *from = p;

	while (p < limit && is_digit(*p))
		p++;
	return p > from && limit - p >= 2 && *p == ':' && repair_is(p[1], " \t\n\r\"'{[");
}

/* A comma stands behind the mark: does the member end, or does the text go on? */
static enum verdict
value_comma(const struct text *t, const char *c, const char *end)
{
	bool line = false;
	char kind;

	c = repair_blank(c + 1, end, &line);
	if (c == end || repair_is(*c, ",;]}") || repair_dots(c, end) || repair_key_follows(c, end))
		return QUOTE_END;
	if (t->inner % 2)
		return QUOTE_INNER;
	if (t->inner == 0 && number_key_follows(c, end))
		return QUOTE_END;
	return repair_quote(c, end, &kind) && t->inner == 0 ? QUOTE_END : QUOTE_UNCLEAR;
}

static enum verdict
element_comma(const struct text *t, const char *c, const char *end)
{
	bool line = false;
	char kind;

	c = repair_blank(c + 1, end, &line);
	if (c == end || repair_is(*c, ",;]}") || repair_dots(c, end))
		return QUOTE_END;
	if (repair_quote(c, end, &kind) || *c == '{' || *c == '[' || scalar_follows(c, end))
		return t->inner % 2 ? QUOTE_UNCLEAR : QUOTE_END;
	if (t->inner % 2)
		return QUOTE_INNER;
	return word_follows(c, end) || t->inner == 0 ? QUOTE_END : QUOTE_UNCLEAR;
}

/* A closer, or a comma and what may follow one. */
static bool
ends_member(const struct text *t, const char *p, const char *end)
{
	bool line = false;
	char kind;

	p = repair_blank(p, end, &line);
	if (p == end || *p == '}' || *p == ']')
		return true;
	if (*p != ',')
		return false;
	p = repair_blank(p + 1, end, &line);
	if (t->place == PLACE_VALUE)
		return p == end || repair_is(*p, "}]") || repair_key_follows(p, end);
	return p == end || repair_is(*p, "{}[]") || repair_quote(p, end, &kind) || scalar_follows(p, end);
}

/* Two marks with at most blanks between them, the second at c. */
static enum verdict
mark_mark(const struct text *t, const char *q, const char *behind, const char *c, const char *end)
{
	if (c == behind && ((q > t->from && q[-1] == '=') || (t->inner && q - 1 > t->from && q[-2] == '=')))
		return QUOTE_INNER; /* href="" */
	if (c == behind && t->inner % 2 && ends_member(t, c + 1, end))
		return QUOTE_INNER; /* he said "yes"" */
	if (c == behind && t->place == PLACE_VALUE && t->inner == 0 && q > t->from && repair_key_follows(c, end))
		return QUOTE_END; /* "a":"x""b": */
	if (c == behind || t->inner % 2)
		return QUOTE_UNCLEAR;
	if (t->place == PLACE_ELEMENT)
		return QUOTE_END;
	return repair_key_follows(c, end) ? QUOTE_END : QUOTE_UNCLEAR;
}

/* Letters and the like behind the mark. */
static enum verdict
word_behind(const struct text *t, const char *q, const char *behind, const char *c, bool line, const char *end)
{
	const char *before = back_over_space(q, t->from);
	bool has_line = before < q && memchr(before, '\n', (size_t)(q - before)) != NULL;

	if (c > behind && t->inner % 2 == 0) {
		if (t->place == PLACE_ELEMENT && (scalar_follows(c, end) || (line && word_follows(c, end))))
			return QUOTE_END;
		if (t->place == PLACE_VALUE && line && repair_key_follows(c, end))
			return QUOTE_END;
	}
	if (before > t->from && before[-1] == ',' && t->place == PLACE_VALUE && repair_key_follows(q, end))
		return t->inner || (before - 1 > t->from && before[-2] == '"') ? QUOTE_UNCLEAR : QUOTE_LATE;
	if (has_line && repair_key_follows(q, end))
		return QUOTE_UNCLEAR;
	/* "b,"c": forgotten in front of the comma, or a part of the text? */
	if (before > t->from && (before[-1] == '+' || (before[-1] == ',' && t->place == PLACE_ELEMENT) ||
	    (before - 1 > t->from && before[-1] == '/' && before[-2] == '*')))
		return QUOTE_UNCLEAR;
	return QUOTE_INNER;
}

/* What is the mark at q? Its kind is that of the text. */
static enum verdict
judge(struct text *t, const char *q, size_t bytes, const char *end)
{
	const char *behind = q + bytes, *c;
	bool line = false;
	char kind;

	for (c = behind; c < end; c++) {
		if (*c == '\n' || *c == '\r')
			line = true;
		else if (*c != ' ' && *c != '\t')
			break;
	}
	c += repair_odd_space(c, end);
	if (c == end || ((*c == '/' || *c == '#') && repair_comment(c, end)))
		return QUOTE_END;
	if (t->place == PLACE_ROOT)
		return QUOTE_END;
	if (t->place == PLACE_KEY)
		return in_key(t, q, behind, c, end);
	if (t->place == PLACE_ARGUMENT)
		return *c == ')' ? QUOTE_END : QUOTE_INNER;
	if (t->inner % 2 && repair_is(*c, "}],") && is_bracketed(t, q))
		return QUOTE_INNER; /* the answer {"k": "v"} was */
	if (*c == '}' || *c == ']' || is_plus_string(c, end) || (c > behind && repair_dots(c, end)))
		return QUOTE_END;
	if (*c == ',' || (*c == ';' && line))
		return t->place == PLACE_VALUE ? value_comma(t, c, end) : element_comma(t, c, end);
	if (*c == ':')
		return t->inner % 2 ? QUOTE_INNER : QUOTE_UNCLEAR;
	if (*c == '{' || *c == '[')
		return t->inner % 2 || (t->place == PLACE_VALUE && *c == '[') ? QUOTE_INNER : QUOTE_END;
	if (repair_quote(c, end, &kind))
		return mark_mark(t, q, behind, c, end);
	return word_behind(t, q, behind, c, line, end);
}

#define CLOSERS_MAX 64 /* given back at the end of a text */

/*
 * The closers at e, the last ones of a text, that fit what is open: the longest run whose first one closes the
 * innermost container. A closer whose opener stands in the text belongs to the text.
 */
static size_t
closers_that_fit(const struct repair_reader *r, const struct text *t, const char *const *at, size_t n)
{
	long square = 0, curly = 0;

	for (const char *p = t->from; n && p <= at[0]; p++) {
		square += (*p == ']') - (*p == '[');
		curly += (*p == '}') - (*p == '{');
	}
	for (size_t k = n; k > 0; k--) { /* at[k - 1] is the first one of the run, at[0] the last */
		const struct repair_frame *f = r->frame;
		long need_square = 0, need_curly = 0;
		size_t i = k;
		for (; i > 0; f = f->up, i--) { /* closers may be missing in between */
			while (f && *at[i - 1] != (f->kind == '[' ? ']' : '}'))
				f = f->up;
			if (!f)
				break;
			need_square += f->kind == '[';
			need_curly += f->kind == '{';
		}
		if (i == 0 && need_square <= square && need_curly <= curly)
			return k;
	}
	return 0;
}

/* The text ran to the end of everything: closers at its very end that fit what is open were meant as closers. */
static const char *
give_back_closers(const struct repair_reader *r, struct text *t)
{
	const char *e = back_over_space(r->end, t->from), *last = r->end, *at[CLOSERS_MAX];
	size_t n = 0;

	if (r->is_fenced && e - t->from >= 4 && repair_fence(e - 3, e) && e[-4] == '\n') {
		last = e - 3; /* the fence is no part of the text */
		e = back_over_space(last, t->from);
		t->to = e;
	} else {
		t->to = r->end;
	}
	for (; n < CLOSERS_MAX && e > t->from && (e[-1] == ']' || e[-1] == '}'); e = back_over_space(e - 1, t->from))
		at[n++] = e - 1;
	n = closers_that_fit(r, t, at, n);
	if (n == 0)
		return last;
	t->to = back_over_space(at[n - 1], t->from);
	return at[n - 1];
}

/* A closer inside the text that closes nothing there: the mark that was lost may have stood in front of it. */
static bool
has_loose_closer(const struct text *t)
{
	long square = 0, curly = 0;

	for (const char *p = t->from; p < t->to && square >= 0 && curly >= 0; p++) {
		square += (*p == '[') - (*p == ']');
		curly += (*p == '{') - (*p == '}');
	}
	return square < 0 || curly < 0;
}

static enum repair_got
unterminated(struct repair_reader *r, struct text *t)
{
	if (t->inner % 2) {
		repair_refuse(r, IMP_PARSE, t->open, "a text with an unescaped quotation mark has no clear end");
		return GOT_FAILED;
	}
	r->is_cut = true;
	r->p = give_back_closers(r, t);
	if (t->place != PLACE_KEY && has_loose_closer(t)) {
		repair_refuse(r, IMP_PARSE, t->open, "a text without its closing quotation mark: it may end at a bracket inside");
		return GOT_FAILED;
	}
	if (t->place == PLACE_KEY) {
		if ((r->p < r->end && !repair_fence(r->p, r->end)) || memchr(t->from, ':', (size_t)(t->to - t->from))) {
			repair_refuse(r, IMP_PARSE, t->open, "a member name without its closing quotation mark");
			return GOT_FAILED;
		}
		return GOT_NOTHING;
	}
	repair_fix(r, "FIX_CUT", r->p, 0, "a text that was cut off or lacks its closing quotation mark");
	return GOT_VALUE;
}

/* A mark of the right kind stands at r->p. Sets r->p behind the text when it ends there. */
static enum verdict
mark(struct repair_reader *r, struct text *t, size_t bytes)
{
	const char *q = r->p;
	bool is_curly = bytes == 3;
	enum verdict v;

	if (is_curly && t->kind == '"' && ((unsigned char)q[2] == 0x9c || (unsigned char)q[2] == 0x9e)) {
		t->curly++;
		r->p += bytes;
		return QUOTE_INNER;
	}
	if (is_curly && t->curly) {
		t->curly--;
		r->p += bytes;
		return QUOTE_INNER;
	}
	v = judge(t, q, bytes, r->end);
	if (is_curly && t->open[0] == (t->kind) && v != QUOTE_END) {
		r->p += bytes; /* “typographic” marks are text unless they clearly end it */
		return QUOTE_INNER;
	}
	if (v == QUOTE_UNCLEAR) {
		repair_refuse(r, IMP_PARSE, q,
		    "the quotation mark here may end the text or belong to it: escape it as \\\" or add the comma");
	} else if (v == QUOTE_INNER) {
		if (bytes == 1 && t->kind == *q) {
			t->inner++;
			r->quotes += t->kind == '"';
			repair_fix(r, "FIX_INNER_QUOTE", q, bytes, "a quotation mark inside a text, not escaped");
		}
		r->p += bytes;
	} else if (v == QUOTE_LATE) {
		t->to = back_over_space(q, t->from) - 1; /* the comma */
		r->p = t->to;
		t->to = back_over_space(t->to, t->from);
		repair_fix(r, "FIX_QUOTE", r->p, 0, "the closing quotation mark was missing");
	} else {
		t->to = q;
		r->quotes += t->kind == '"';
		if (*q != '"')
			repair_fix(r, "FIX_QUOTE", q, bytes, "another quotation mark than \"");
		r->p += bytes;
	}
	return v;
}

/* From behind the opening mark to the end of the content. */
static enum repair_got
find_end(struct repair_reader *r, struct text *t)
{
	enum verdict v;
	size_t n;
	char kind;

	while (r->p < r->end) {
		unsigned char c = (unsigned char)*r->p;
		if (c >= 0x20 && c != '"' && c != '\\' && c != '\'' && c != '`' && c != 0xe2 && c != 0xc2) {
			r->p++;
			continue;
		}
		if (c == '\\') {
			t->has_escape = true;
			r->p += r->end - r->p > 1 ? 2 : 1;
			continue;
		}
		if (c < 0x20)
			t->has_control = true;
		n = c < 0x20 ? 0 : repair_quote(r->p, r->end, &kind);
		if (n == 0 || kind != t->kind || (c == '`' && t->open[0] != '`' && (unsigned char)t->open[0] != 0xc2)) {
			r->p++;
			continue;
		}
		v = mark(r, t, n);
		if (v == QUOTE_UNCLEAR)
			return GOT_FAILED;
		if (v != QUOTE_INNER)
			return GOT_VALUE;
	}
	return unterminated(r, t);
}

static bool
hex4(const char *p, const char *end, unsigned *out)
{
	unsigned v = 0;

	if (end - p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		if (is_digit(c))
			v = v << 4 | (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | (unsigned)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

static void
put_utf8(struct buf *b, unsigned c)
{
	char o[4];
	size_t n = 0;

	if (c < 0x80) {
		o[n++] = (char)c;
	} else if (c < 0x800) {
		o[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		o[n++] = (char)(0xe0 | c >> 12);
		o[n++] = (char)(0x80 | (c >> 6 & 63));
	} else {
		o[n++] = (char)(0xf0 | c >> 18);
		o[n++] = (char)(0x80 | (c >> 12 & 63));
		o[n++] = (char)(0x80 | (c >> 6 & 63));
	}
	if (c >= 0x80)
		o[n++] = (char)(0x80 | (c & 63));
	buf_add(b, o, n);
}

/* Does the text hold a backslash that begins no JSON escape? Then \n and the like may be meant as they stand. */
static bool
has_foreign_escape(const struct text *t)
{
	unsigned c;

	for (const char *p = t->from; p + 1 < t->to; p++) {
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u' ? !hex4(p + 1, t->to, &c) : !repair_is(*p, "\"\\/bfnrt'\n"))
			return true;
	}
	return false;
}

/* \uXXXX whose u is at p; returns what follows it, NULL when refused. */
static const char *
unicode(struct repair_reader *r, const char *p, const struct text *t, struct buf *b)
{
	unsigned c, low;

	if (!hex4(p + 1, t->to, &c)) {
		if (t->to == r->end && r->is_cut && t->to - p <= 4) {
			repair_fix(r, "FIX_CUT", p - 1, (size_t)(t->to - p + 1), "an escape that was cut off");
			return t->to;
		}
		repair_fix(r, "FIX_ESCAPE", p - 1, 2, "\\u without four hex digits, kept as it stands");
		buf_str(b, "\\u");
		return p + 1;
	}
	if (c >= 0xd800 && c <= 0xdbff && t->to - p >= 11 && p[5] == '\\' && p[6] == 'u' && hex4(p + 7, t->to, &low) &&
	    low >= 0xdc00 && low <= 0xdfff) {
		put_utf8(b, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
		return p + 11;
	}
	if (c >= 0xd800 && c <= 0xdfff) {
		if (t->to == r->end && r->is_cut && t->to - p < 11)
			return t->to;
		repair_refuse(r, IMP_PARSE, p - 1, "half of a surrogate pair");
		return NULL;
	}
	put_utf8(b, c);
	return p + 5;
}

/* The escape whose backslash is at p; returns what follows it, NULL when refused. */
static const char *
escape(struct repair_reader *r, const char *p, const struct text *t, bool is_foreign, struct buf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit;

	if (++p >= t->to) {
		if (t->to == r->end && r->is_cut)
			return p;
		buf_char(b, '\\');
		return p;
	}
	if (*p == 'u')
		return unicode(r, p, t, b);
	hit = *p ? strchr(from, *p) : NULL;
	if (hit && is_foreign && hit - from > 2) {
		bool in_word = p + 1 < t->to && ((p[1] | 32) >= 'a' && (p[1] | 32) <= 'z');
		if (in_word) {
			repair_refuse(r, IMP_PARSE, p - 1,
			    "\\%c may be an escape or a backslash and a letter, as others in this text are: "
			    "write \\\\ for a backslash", *p);
			return NULL;
		}
	}
	if (hit) {
		buf_char(b, to[hit - from]);
		return p + 1;
	}
	if (*p == '\n' || *p == '\r') {
		repair_refuse(r, IMP_PARSE, p - 1, "a backslash at the end of a line: a line break, or none?");
		return NULL;
	}
	if (*p == '\'') {
		repair_fix(r, "FIX_ESCAPE", p - 1, 2, "\\' is not an escape of JSON");
	} else {
		repair_fix(r, "FIX_ESCAPE", p - 1, 1, "a backslash that begins no escape, kept");
		buf_char(b, '\\');
	}
	buf_char(b, *p);
	return p + 1;
}

static bool
decode(struct repair_reader *r, const struct text *t, struct buf *b)
{
	bool is_foreign = t->has_escape && has_foreign_escape(t), was_control = false;
	const char *run = t->from;

	for (const char *p = t->from; p < t->to;) {
		if (*p == '\\') {
			buf_add(b, run, (size_t)(p - run));
			p = escape(r, p, t, is_foreign, b);
			if (!p)
				return false;
			run = p;
			continue;
		}
		if ((unsigned char)*p < 0x20 && !was_control) {
			repair_fix(r, "FIX_CONTROL", p, 1, "a control character, not escaped");
			was_control = true; /* one note for each text */
		}
		p++;
	}
	if (run < t->to)
		buf_add(b, run, (size_t)(t->to - run));
	return true;
}

/* """text""" as Python has it, at r->p. */
static bool
triple(struct repair_reader *r, struct text *t)
{
	const char *p = r->p + 3, *stop;
	bool line = false;

	if (r->end - r->p < 6 || memcmp(r->p, "\"\"\"", 3) != 0)
		return false;
	for (stop = p; stop + 3 <= r->end; stop++) {
		stop = memchr(stop, '"', (size_t)(r->end - stop));
		if (!stop || stop + 3 > r->end)
			return false;
		if (stop[1] == '"' && stop[2] == '"')
			break;
	}
	if (stop + 3 > r->end || (stop + 3 < r->end && stop[3] == '"'))
		return false;
	stop = repair_blank(stop + 3, r->end, &line);
	if (stop < r->end && !repair_is(*stop, ",]}"))
		return false;
	t->from = p;
	for (stop = p; memcmp(stop, "\"\"\"", 3) != 0; stop++)
		if ((unsigned char)*stop < 0x20)
			t->has_control = true;
		else if (*stop == '\\')
			t->has_escape = true;
	t->to = stop;
	repair_fix(r, "FIX_QUOTE", r->p, 3, "three quotation marks");
	r->quotes += 2;
	r->p = stop + 3;
	return true;
}

/* {"… or ["…, perhaps behind a code fence: the text is JSON. */
static bool
begins_json(const char *p, const char *end)
{
	char kind, mark;

	while (p < end && repair_is(*p, " \t\r\n"))
		p++;
	if (repair_fence(p, end)) {
		for (mark = *p; p < end && (*p == mark || repair_is(*p, " \t\r\n") || ((*p | 32) >= 'a' && (*p | 32) <= 'z'));)
			p++;
	}
	if (p >= end || (*p != '{' && *p != '['))
		return false;
	kind = *p;
	for (p++; p < end && repair_is(*p, " \t\r\n"); p++)
		;
	return p < end && (*p == '"' || (kind == '[' && (*p == '{' || *p == '[')));
}

enum repair_got
repair_string(struct repair_reader *r, enum repair_place place, const char **text, size_t *n)
{
	struct text t = {.open = r->p, .place = place};
	enum repair_got got = GOT_VALUE;
	size_t bytes;
	struct buf b;

	if (!((place == PLACE_VALUE || place == PLACE_ELEMENT) && triple(r, &t))) {
		bytes = repair_quote(r->p, r->end, &t.kind);
		INVARIANT(bytes > 0);
		if (*r->p != '"')
			repair_fix(r, "FIX_QUOTE", r->p, bytes, "another quotation mark than \"");
		r->quotes += t.kind == '"';
		r->p += bytes;
		t.from = r->p;
		got = find_end(r, &t);
	}
	if (got == GOT_FAILED)
		return got;
	if (t.inner && place != PLACE_KEY && begins_json(t.from, t.to)) {
		repair_refuse(r, IMP_PARSE, t.open,
		    "JSON inside a text, its quotation marks not escaped: is the text meant, or the value in it?");
		return GOT_FAILED;
	}
	if (got == GOT_NOTHING || (!t.has_escape && !t.has_control)) {
		*n = (size_t)(t.to - t.from);
		*text = arena_dup(r->a, t.from, *n);
		return got;
	}
	buf_init(&b, r->a);
	if (!decode(r, &t, &b))
		return GOT_FAILED;
	*n = b.len;
	*text = buf_take(&b);
	return GOT_VALUE;
}
