/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value in a text that has more than the value: fences, prose, a model's thinking aloud, a call or an assignment
 * around it, several values in a row. What stands outside is passed over once, forward; an opening bracket counts
 * only where it looks like the beginning of JSON. More than one value that is not plainly a row: refused.
 */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/repair_read.h"

struct piece { /* one value that was found */
	struct jx *value;
	const char *from, *to;
	bool has_prose;  /* between the one before (or the beginning) and this one */
	bool has_line;
	size_t n_commas;
	bool is_whole;   /* nothing was missing so far */
};
struct finder {
	struct repair_reader *r;
	struct piece *at;
	size_t n, cap;
	const char *prose;    /* beginning of what will be passed over; NULL: none */
	struct piece next;    /* what was seen since the last piece */
	const char *line_end; /* of the line that was looked at last */
	const char *fence;    /* the one that is open */
	bool has_fence;
	bool has_inner;       /* a value has quotation marks that were not escaped */
	bool is_outside;      /* something stood outside that may have been a member */
	const char *outside;
};

static void
flush_prose(struct finder *f, const char *to)
{
	bool are_closers = true, are_commas = true;

	if (!f->prose)
		return;
	while (to > f->prose && repair_is(to[-1], " \t\r\n"))
		to--;
	for (const char *p = f->prose; p < to; p++) {
		are_closers = are_closers && repair_is(*p, "]}) \t\r\n");
		are_commas = are_commas && repair_is(*p, ",; \t\r\n");
	}
	if (are_commas)
		repair_fix(f->r, "FIX_TRAILING_COMMA", f->prose, (size_t)(to - f->prose), "commas outside of the value");
	else if (are_closers)
		repair_fix(f->r, "FIX_CLOSER", f->prose, (size_t)(to - f->prose), "closers that close nothing");
	else
		repair_fix(f->r, "FIX_PROSE", f->prose, (size_t)(to - f->prose), "text around the value");
	f->prose = NULL;
}

static void
prose(struct finder *f, size_t bytes)
{
	struct repair_reader *r = f->r;

	if (!f->prose)
		f->prose = r->p;
	if (*r->p == ',')
		f->next.n_commas++;
	else if (!(f->n && repair_is(*r->p, "]})")))
		f->next.has_prose = true;
	r->p += bytes;
}

static void
add_piece(struct finder *f, struct jx *v, const char *from)
{
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 8;
		struct piece *more = ARENA_ARRAY(f->r->a, cap, struct piece);
		if (f->n)
			memcpy(more, f->at, f->n * sizeof *more);
		f->at = more;
		f->cap = cap;
	}
	f->next.value = v;
	f->next.from = from;
	f->next.to = f->r->p;
	f->next.is_whole = !f->r->is_cut && f->r->missing == 0;
	f->at[f->n++] = f->next;
	f->next = (struct piece){0};
}

/* --- unescaping a whole text -------------------------------------------------------------------------- */

static size_t
entity(const char *p, const char *end, char *out)
{
	static const struct { const char *name; char c; } all[] = {
	    {"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}, {"&#39;", '\''}, {"&#34;", '"'}};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		size_t n = strlen(all[i].name);
		if ((size_t)(end - p) >= n && memcmp(p, all[i].name, n) == 0) {
			*out = all[i].c;
			return n;
		}
	}
	return 0;
}

/* The text from the bracket at r->p on was written as the inside of a JSON string, or as HTML: read it once more. */
static bool
unescape_all(struct finder *f, bool is_html)
{
	struct repair_reader *r = f->r;
	static const char from[] = "\"\\/nrt", to[] = "\"\\/\n\r\t";
	size_t n = (size_t)(r->end - r->p), o = 0;
	char *text = arena_alloc(r->a, n + 1);
	uint32_t *map = ARENA_ARRAY(r->a, n + 1, uint32_t);

	repair_fix(r, is_html ? "FIX_ENTITY" : "FIX_ESCAPED", r->p, n,
	    is_html ? "the text was written with HTML entities" : "the text was escaped as a whole");
	for (const char *p = r->p; p < r->end; o++) {
		const char *hit = !is_html && *p == '\\' && p + 1 < r->end && p[1] ? strchr(from, p[1]) : NULL;
		size_t bytes = is_html && *p == '&' ? entity(p, r->end, &text[o]) : 0;
		map[o] = (uint32_t)(p - r->given);
		if (!is_html && *p == '"')
			return repair_refuse(r, IMP_PARSE, p, "some quotation marks are escaped and some are not");
		if (hit) {
			text[o] = to[hit - from];
			p += 2;
		} else if (bytes) {
			p += bytes;
		} else {
			text[o] = *p++;
		}
	}
	flush_prose(f, r->p);
	r->start = r->p = text;
	r->end = text + o;
	r->map = map;
	f->line_end = NULL;
	f->outside = text; /* places in the text as it came are gone */
	return true;
}

/* --- looking at brackets in prose --------------------------------------------------------------------- */

/* Behind blanks, at most LOOK_MAX of them. */
static const char *
peek(const char *p, const char *end)
{
	const char *limit = end - p > LOOK_MAX ? p + LOOK_MAX : end;

	while (p < limit && repair_is(*p, " \t\r\n"))
		p++;
	return p;
}

static bool
looks_like_json(const char *p, const char *end)
{
	const char *c = peek(p + 1, end);
	char kind;

	if (c >= end)
		return false;
	if (repair_quote(c, end, &kind))
		return true;
	if (*p == '{')
		return *c == '}' || repair_key_follows(c, end) || (*c == '/' && repair_comment(c, end)) || repair_fence(c, end) ||
		    *c == ',' || repair_dots(c, end);
	return *c == ']' || *c == '{' || *c == '[' || *c == ',' || repair_number(c, end) || repair_dots(c, end) ||
	    (*c == '/' && repair_comment(c, end)) || (end - c >= 4 && (memcmp(c, "true", 4) == 0 || memcmp(c, "null", 4) == 0 ||
	    memcmp(c, "True", 4) == 0 || memcmp(c, "None", 4) == 0)) || (end - c >= 5 &&
	    (memcmp(c, "false", 5) == 0 || memcmp(c, "False", 5) == 0));
}

static bool
was_fixed(const struct repair_reader *r, size_t from_fix, const char *code)
{
	for (size_t i = from_fix; i < r->n_fixes; i++)
		if (strcmp(r->fixes[i].code, code) == 0)
			return true;
	return false;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The bracket at r->p. Returns false when the reading is over. */
static bool
bracket(struct finder *f, bool is_first)
{
	struct repair_reader *r = f->r;
	const char *from = r->p, *c = peek(r->p + 1, r->end);
	size_t fixes = r->n_fixes, quotes = r->quotes;
	struct jx *v;
	char kind;

	if (f->n == 0 && !r->map && r->end - c >= 2 && c[0] == '\\' && c[1] == '"')
		return unescape_all(f, false) && bracket(f, is_first);
	if (f->n == 0 && !r->map && r->end - c >= 6 && memcmp(c, "&quot;", 6) == 0)
		return unescape_all(f, true) && bracket(f, is_first);
	if (is_first && *from == '{' && repair_fence(c, r->end)) { /* {```json {…} ```} */
		if (!f->prose)
			f->prose = r->p;
		r->p++;
		return true;
	}
	if (!is_first && !looks_like_json(from, r->end)) {
		prose(f, 1);
		return true;
	}
	flush_prose(f, from);
	fixes = r->n_fixes;
	r->is_fenced = f->fence != NULL;
	if (repair_value(r, PLACE_ROOT, &v) == GOT_FAILED)
		return false;
	r->is_fenced = false;
	if (!r->is_cut && r->p < r->end && is_letter(*r->p))
		return repair_refuse(r, IMP_PARSE, r->p, "expected nothing more behind the value, found '%c'", *r->p);
	if (!is_first && !r->is_cut && v->type == JX_ARRAY && !f->has_fence && repair_quote(peek(from + 1, r->end), r->end, &kind) == 0 &&
	    was_fixed(r, fixes, "FIX_TEXT")) { /* [see note] */
		r->n_fixes = fixes;
		r->quotes = quotes;
		f->prose = from;
		f->next.has_prose = true;
		return true;
	}
	f->has_inner = f->has_inner || was_fixed(r, fixes, "FIX_INNER_QUOTE");
	add_piece(f, v, from);
	return true;
}

/* --- what stands outside ---------------------------------------------------------------------------- */

/* What is at r->p may be a part of a value that was read. */
static void
stands_outside(struct finder *f)
{
	if (f->is_outside)
		return;
	f->is_outside = true;
	f->outside = f->r->p;
}

/* A quoted phrase in prose: I, [" is no array. A name and its colon is a member that lost its object. */
static void
phrase(struct finder *f)
{
	struct repair_reader *r = f->r;
	const char *line, *stop, *c;
	bool has_colon;

	if (!f->line_end || f->line_end <= r->p) {
		f->line_end = memchr(r->p, '\n', (size_t)(r->end - r->p));
		f->line_end = f->line_end ? f->line_end : r->end;
	}
	line = f->line_end;
	if (f->n && !f->next.has_line && f->has_inner)
		stands_outside(f); /* an inner mark too many, and one more out here: where did the text end? */
	c = r->p + 1;
	stop = c < line ? memchr(c, '"', (size_t)(line - c)) : NULL;
	if (!stop || *c == '{' || *c == '[') {
		prose(f, 1);
		return;
	}
	c = peek(stop + 1, r->end);
	has_colon = c < r->end && *c == ':';
	if (has_colon)
		c = peek(c + 1, r->end);
	if ((has_colon && c < r->end && (*c == '{' || *c == '[')) ||
	    (f->n && !f->next.has_prose && (has_colon || f->next.n_commas)))
		stands_outside(f);
	prose(f, (size_t)(stop + 1 - r->p));
}

/* Tags are ASCII: letters, and '>' which is the same with and without the bit. */
static bool
same_but_case(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((a[i] | 32) != (b[i] | 32))
			return false;
	return true;
}

/* The tags that models put around their reasoning. */
static size_t
reasoning(const char *p, const char *end, bool *is_end)
{
	static const char *const names[] = {"think>", "thinking>", "thought>", "reasoning>", "reflection>", "scratchpad>",
	    "analysis>"};
	size_t skip = end - p > 1 && p[1] == '/' ? 2 : 1;

	*is_end = skip == 2;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);
		if ((size_t)(end - p) >= skip + n && same_but_case(p + skip, names[i], n))
			return skip + n;
	}
	return 0;
}

/* Past the reasoning that begins at r->p; false when it has no end. */
static bool
skip_reasoning(struct finder *f, size_t bytes)
{
	struct repair_reader *r = f->r;
	const char *name = r->p + 1, *p = r->p + bytes;
	size_t n = bytes - 1;

	while (p < r->end) {
		p = memchr(p, '<', (size_t)(r->end - p));
		if (!p)
			break;
		if ((size_t)(r->end - p) >= n + 2 && p[1] == '/' && same_but_case(p + 2, name, n)) {
			prose(f, (size_t)(p + 2 + n - r->p));
			return true;
		}
		p++;
	}
	return repair_refuse(r, IMP_PARSE, r->p, "the reasoning that begins here has no end, and no answer follows");
}

/* A closing tag alone: what came before it was reasoning. */
static void
forget(struct finder *f, size_t bytes)
{
	struct repair_reader *r = f->r;

	f->n = 0;
	f->is_outside = f->has_inner = false;
	f->has_fence = false;
	f->fence = NULL;
	f->next = (struct piece){.has_prose = true};
	f->prose = r->start;
	r->p += bytes;
	r->n_fixes = 0;
	r->quotes = r->missing = 0;
}

/* The scalar that fills a fence: ```json 42 ```. */
static void
fenced_scalar(struct finder *f)
{
	struct repair_reader *r = f->r;
	const char *from = r->p, *stop = from;
	struct jx *v, *at;
	struct err err;

	while (from < r->end && repair_is(*from, " \t\r\n"))
		from++;
	if (from >= r->end || *from == '{' || *from == '[')
		return;
	for (stop = from; stop < r->end && !repair_fence(stop, r->end) && stop - from < 4096; stop++)
		;
	if (!repair_fence(stop, r->end) || jx_parse(r->a, from, (size_t)(stop - from), NULL, &v, &err) < 0)
		return;
	at = repair_node(r, from);
	at->type = v->type;
	at->u = v->u;
	r->p = stop;
	add_piece(f, at, from);
}

static void
fence(struct finder *f)
{
	struct repair_reader *r = f->r;
	const char *from = r->p;
	char mark = *from;

	flush_prose(f, from);
	while (r->p < r->end && *r->p == mark)
		r->p++;
	if (f->fence) {
		f->fence = NULL;
	} else {
		f->fence = from;
		f->has_fence = true;
		f->next.has_prose = f->n > 0; /* another block is another answer */
		while (r->p < r->end && (repair_is(*r->p, "_+.-") || (*r->p >= '0' && *r->p <= '9') ||
		    ((*r->p | 32) >= 'a' && (*r->p | 32) <= 'z')))
			r->p++;
	}
	repair_fix(r, "FIX_FENCE", from, (size_t)(r->p - from), "a code fence");
	if (f->n && !f->next.has_prose)
		f->next.has_line = true;
	if (f->fence)
		fenced_scalar(f);
}

/* Behind "value," nothing but a value may stand. */
static void
check_outside(struct finder *f)
{
	struct repair_reader *r = f->r;

	if (f->n == 0 || f->next.has_prose || f->next.n_commas == 0)
		return;
	if (repair_key_follows(r->p, r->end) || repair_number(r->p, r->end))
		stands_outside(f);
}

static bool
scan(struct finder *f)
{
	struct repair_reader *r = f->r;
	size_t n;
	bool is_end;

	while (r->p < r->end) {
		char c = *r->p;
		bool is_first = f->n == 0 && !f->next.has_prose && !f->has_fence;
		if (repair_is(c, " \t\r\n")) {
			f->next.has_line = f->next.has_line || c == '\n';
			r->p++;
		} else if (c == '{' || c == '[') {
			if (!bracket(f, is_first))
				return false;
		} else if (repair_fence(r->p, r->end)) {
			fence(f);
		} else if (c == '<' && (n = reasoning(r->p, r->end, &is_end)) > 0) {
			if (is_end)
				forget(f, n);
			else if (!skip_reasoning(f, n))
				return false;
		} else if (c == '/' && (r->p == r->start || r->p[-1] != ':') && (n = repair_comment(r->p, r->end)) > 0) {
			flush_prose(f, r->p);
			repair_fix(r, "FIX_COMMENT", r->p, n, "a comment");
			r->p += n;
		} else if ((n = repair_odd_space(r->p, r->end)) > 0) {
			repair_fix(r, n == 3 && r->p == r->given ? "FIX_BOM" : "FIX_SPACE", r->p, n,
			    "white space that JSON does not have");
			r->p += n;
		} else if (c == '"') {
			phrase(f);
		} else {
			check_outside(f);
			prose(f, 1);
		}
	}
	flush_prose(f, r->end);
	return true;
}

/* --- choosing ---------------------------------------------------------------------------------------- */

static bool
is_small(const struct jx *v)
{
	if (v->type == JX_OBJECT)
		return v->u.object.n == 0;
	if (v->type != JX_ARRAY || v->u.array.n > 3)
		return false;
	for (size_t i = 0; i < v->u.array.n; i++) /* [1], [2, 3]: references */
		if (v->u.array.at[i]->type != JX_NUMBER)
			return false;
	return true;
}

/* Empty brackets and references like [1] in running prose are no answers where something else is. */
static void
drop_small(struct finder *f)
{
	size_t kept = 0, big = 0;

	for (size_t i = 0; i < f->n; i++)
		big += !is_small(f->at[i].value);
	if (big == 0)
		return;
	for (size_t i = 0; i < f->n; i++) {
		bool in_prose = f->at[i].has_prose || (i + 1 < f->n ? f->at[i + 1].has_prose : f->next.has_prose);
		if (is_small(f->at[i].value) && in_prose) {
			if (i + 1 < f->n)
				f->at[i + 1].has_prose = true;
			continue;
		}
		f->at[kept++] = f->at[i];
	}
	f->n = kept;
}

static bool
all_same(const struct finder *f)
{
	struct buf first, other;
	struct jw w;

	buf_init(&first, f->r->a);
	jw_init(&w, &first);
	jw_value(&w, NULL, f->at[0].value);
	for (size_t i = 1; i < f->n; i++) {
		if (f->at[i].n_commas)
			return false;
		buf_init(&other, f->r->a);
		jw_init(&w, &other);
		jw_value(&w, NULL, f->at[i].value);
		if (other.len != first.len || memcmp(other.p, first.p, first.len) != 0)
			return false;
	}
	return true;
}

static bool
is_row(const struct finder *f)
{
	for (size_t i = 1; i < f->n; i++) {
		const struct piece *p = &f->at[i];
		if (p->has_prose || p->n_commas > 1 || (p->n_commas == 0 && !p->has_line) || !p[-1].is_whole)
			return false;
	}
	return true;
}

/* Does a word or a call stand in front of p, on its line? */
static bool
follows_word(const struct finder *f, const char *p)
{
	while (p > f->r->start && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p > f->r->start && (is_letter(p[-1]) || p[-1] == ')' || ((unsigned char)p[-1] & 0x80));
}

static bool
choose(struct finder *f, struct jx **out)
{
	struct repair_reader *r = f->r;
	struct jx *v;
	bool is_same;

	drop_small(f);
	if (f->is_outside && f->n)
		return repair_refuse(r, IMP_PARSE, f->outside,
		    f->has_inner ? "a quotation mark behind the value, and one inside a text: where does the text end?"
				 : "a member stands outside of the object: is a bracket missing, or too many?");
	if (f->n == 0)
		return repair_refuse(r, IMP_PARSE, r->start, "no JSON object or array in this text");
	is_same = f->n > 1 && all_same(f);
	if ((f->n == 1 || is_same) && jx_size(f->at[0].value) == 0 && f->at[0].has_prose && follows_word(f, f->at[0].from))
		return repair_refuse(r, IMP_PARSE, f->at[0].from, "empty brackets among words: a value, or a part of the text?");
	if (f->n == 1) {
		*out = f->at[0].value;
		return true;
	}
	if (is_same) {
		repair_fix(r, "FIX_REPEATED", f->at[1].from, (size_t)(f->at[1].to - f->at[1].from),
		    "the same value again");
		*out = f->at[0].value;
		return true;
	}
	if (!is_row(f))
		return repair_refuse(r, IMP_PARSE, f->at[1].from,
		    "a second JSON value begins here, other than the first: which one is meant?");
	v = repair_node(r, f->at[0].from);
	v->type = JX_ARRAY;
	v->u.array.n = f->n;
	v->u.array.at = ARENA_ARRAY(r->a, f->n, struct jx *);
	for (size_t i = 0; i < f->n; i++)
		v->u.array.at[i] = f->at[i].value;
	repair_fix(r, "FIX_SEQUENCE", f->at[0].from, 0, "several values in a row, read as an array");
	*out = v;
	return true;
}

/* `{…}` and '[…]': the marks stand around JSON, the value is what they hold. */
static bool
is_wrapped(const char *p, const char *end)
{
	char mark = *p;

	if (mark != '`' && mark != '\'')
		return false;
	while (end > p && repair_is(end[-1], " \t\r\n"))
		end--;
	return end - p > 3 && end[-1] == mark && (p[1] == '{' || p[1] == '[') && (end[-2] == '}' || end[-2] == ']');
}

/* A text that is one scalar, written in another language's way. */
static bool
lone_scalar(struct repair_reader *r, struct jx **out)
{
	const char *from = r->p, *c;
	size_t fixes = r->n_fixes, quotes = r->quotes;
	bool line = false;
	enum repair_got got;
	char kind;

	c = repair_blank(r->p, r->end, &line);
	if (c >= r->end || *c == '{' || *c == '[' || repair_fence(c, r->end))
		return false;
	if (is_wrapped(c, r->end))
		return false;
	if (!repair_quote(c, r->end, &kind))
		for (const char *p = c; p < r->end; p++)
			if (repair_is(*p, " \t([{\"'") || (*p == '\n' && p + 1 < r->end))
				return false;
	repair_skip(r);
	got = repair_value(r, PLACE_ROOT, out);
	if (got == GOT_VALUE && !r->is_cut) {
		repair_skip(r);
		c = r->p;
		while (c < r->end && repair_is(*c, ",; \t\r\n"))
			c++;
		if (c == r->end && !(kind != '"' && kind != '\'' && (*out)->type == JX_STRING)) {
			if (r->p < r->end)
				repair_fix(r, "FIX_TRAILING_COMMA", r->p, 1, "a comma behind the value");
			if ((*out)->type != JX_NULL && !was_fixed(r, fixes, "FIX_TEXT") &&
			    !was_fixed(r, fixes, "FIX_ESCAPE"))
				return true;
		}
	}
	r->p = from;
	r->n_fixes = fixes;
	r->quotes = quotes;
	r->is_cut = r->is_dropped = r->has_failed = false;
	r->d->n = r->d->n_all = 0;
	return false;
}

bool
repair_find(struct repair_reader *r, struct jx **out)
{
	struct finder f = {.r = r};

	if (lone_scalar(r, out))
		return true;
	if (!scan(&f))
		return false;
	if (!choose(&f, out))
		return false;
	if (r->is_dropped && jx_size(*out) == 0)
		return repair_refuse(r, IMP_PARSE, r->end, "the text was cut off before it said anything");
	return true;
}
