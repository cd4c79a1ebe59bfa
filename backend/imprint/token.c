/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/token.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/utf8.h"

static const char *const kind_names[] = {
    [TOKEN_FILL] = "FILL", [TOKEN_OPTIONAL] = "OPTIONAL", [TOKEN_AUTO] = "AUTO",
    [TOKEN_FILL_ENUM] = "FILL_ENUM", [TOKEN_OPTIONAL_ENUM] = "OPTIONAL_ENUM", [TOKEN_REF] = "REF",
    [TOKEN_ONE_OF] = "ONE_OF"};
#define N_KINDS (sizeof kind_names / sizeof kind_names[0])

static const char *const type_names[] = {
    "string", "integer", "number", "boolean", "null", "object", "array", "any", "key"};
#define N_TYPES (sizeof type_names / sizeof type_names[0])

enum syntax { SYNTAX_FLAG, SYNTAX_TEXT, SYNTAX_RANGE, SYNTAX_SPAN, SYNTAX_NUMBER, SYNTAX_COUNT,
	SYNTAX_PATTERN, SYNTAX_VALUE };
static const struct {
	const char *name;
	enum syntax syntax;
	bool may_repeat;
} constraint_kinds[] = {
    {"unique", SYNTAX_FLAG, false}, {"deprecated", SYNTAX_FLAG, false}, {"readonly", SYNTAX_FLAG, false},
    {"writeonly", SYNTAX_FLAG, false}, {"optional", SYNTAX_FLAG, false},
    {"format", SYNTAX_TEXT, true}, {"pattern", SYNTAX_PATTERN, true}, {"range", SYNTAX_RANGE, false},
    {"len", SYNTAX_SPAN, false}, {"items", SYNTAX_SPAN, false}, {"props", SYNTAX_SPAN, false},
    {"multiple", SYNTAX_NUMBER, true}, {"tuple", SYNTAX_COUNT, false}, {"more", SYNTAX_COUNT, false},
    {"default", SYNTAX_VALUE, false}, {"const", SYNTAX_VALUE, false}, {"enc", SYNTAX_TEXT, false},
    {"media", SYNTAX_TEXT, false}, {"at", SYNTAX_TEXT, false}, {"about", SYNTAX_TEXT, false},
    {"style", SYNTAX_TEXT, false}};
#define N_CONSTRAINTS (sizeof constraint_kinds / sizeof constraint_kinds[0])

/* What stands between two bars. */
struct segment {
	const char *raw;
	size_t raw_bytes;
	size_t at;        /* offset in the token */
	const char *text; /* unescaped */
	size_t n;
	bool starts_escaped;
};
struct reader {
	struct arena *a;
	struct err *err;
	const char *s;
	size_t n;
	struct segment *seg;
	size_t n_seg;
	size_t cap;
};

/* The keyword behind '{', or -1. */
static int
keyword(const char *s, size_t n)
{
	if (n < 2 || s[0] != '{')
		return -1;
	for (size_t k = 0; k < N_KINDS; k++) {
		size_t len = strlen(kind_names[k]);
		if (n > len + 1 && memcmp(s + 1, kind_names[k], len) == 0 &&
		    (s[len + 1] == '|' || s[len + 1] == ':' || s[len + 1] == '}'))
			return (int)k;
	}
	return -1;
}

const char *
token_kind_name(enum token_kind kind)
{
	INVARIANT((size_t)kind < N_KINDS);
	return kind_names[kind];
}

bool
token_is_like(const char *s, size_t n)
{
	return keyword(s, n) >= 0;
}

enum token_kind
token_kind_of(const char *s, size_t n)
{
	int k = keyword(s, n);

	INVARIANT(k >= 0);
	return (enum token_kind)k;
}

static size_t
backslashes(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] == '\\')
		i++;
	return i;
}

bool
token_is_escaped(const char *s, size_t n)
{
	size_t k = backslashes(s, n);

	return k > 0 && token_is_like(s + k, n - k);
}

void
token_escape(struct buf *b, const char *s, size_t n)
{
	size_t k = backslashes(s, n);

	if (token_is_like(s + k, n - k))
		buf_char(b, '\\');
	buf_add(b, s, n);
}

const char *
token_unescape(const char *s, size_t n, size_t *out_bytes)
{
	size_t drop = token_is_escaped(s, n) ? 1 : 0;

	*out_bytes = n - drop;
	return s + drop;
}

/* --- reading --------------------------------------------------------------------------------------- */

static int
fail(const struct reader *r, size_t at, const char *what)
{
	return err_set(r->err, E_SCHEMA, "%s at offset %zu", what, at);
}

static bool
hex4(const char *p, size_t n, unsigned *out)
{
	unsigned v = 0;

	if (n < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | (unsigned)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

static size_t
utf8_put(char *o, unsigned c)
{
	if (c < 0x80) {
		o[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		o[0] = (char)(0xc0 | c >> 6);
		o[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		o[0] = (char)(0xe0 | c >> 12);
		o[1] = (char)(0x80 | (c >> 6 & 63));
		o[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	o[0] = (char)(0xf0 | c >> 18);
	o[1] = (char)(0x80 | (c >> 12 & 63));
	o[2] = (char)(0x80 | (c >> 6 & 63));
	o[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* The escape whose backslash is at offset at; *bytes read, *out written. */
static int
escape(const struct reader *r, size_t at, size_t *bytes, char *out, size_t *out_bytes)
{
	static const char from[] = "|{}\\=nrt", to[] = "|{}\\=\n\r\t";
	const char *p = r->s + at + 1;
	size_t left = r->n - at - 1;
	const char *hit;
	unsigned c, low;

	if (left == 0)
		return fail(r, at, "a backslash with nothing behind it");
	if (*p == 'u') {
		if (!hex4(p + 1, left - 1, &c))
			return fail(r, at, "\\u without four hex digits");
		*bytes = 6;
		if (c >= 0xd800 && c <= 0xdbff && left >= 11 && p[5] == '\\' && p[6] == 'u' &&
		    hex4(p + 7, left - 7, &low) && low >= 0xdc00 && low <= 0xdfff) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			*bytes = 12;
		}
		*out_bytes = utf8_put(out, c);
		return 0;
	}
	hit = *p ? strchr(from, *p) : NULL;
	if (!hit)
		return fail(r, at, "an escape that is none of \\| \\{ \\} \\\\ \\= \\n \\r \\t \\u");
	*out = to[hit - from];
	*out_bytes = 1;
	*bytes = 2;
	return 0;
}

static void
add_segment(struct reader *r, const struct segment *seg)
{
	if (r->n_seg == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 8;
		struct segment *more = ARENA_ARRAY(r->a, cap, struct segment);
		if (r->n_seg)
			memcpy(more, r->seg, r->n_seg * sizeof *more);
		r->seg = more;
		r->cap = cap;
	}
	r->seg[r->n_seg++] = *seg;
}

static unsigned surrogate_at(const char *p, size_t n);

/* UTF-8 throughout; a schema's lone surrogates may stand in it (three bytes each). */
static int
check_utf8(const struct reader *r)
{
	size_t at = 0;

	while ((at += utf8_check(r->s + at, r->n - at)) < r->n) {
		if (!surrogate_at(r->s + at, r->n - at))
			return fail(r, at, "a byte that is not UTF-8");
		at += 3;
	}
	return 0;
}

/* Split on bars; everything unescaped. */
static int
split(struct reader *r)
{
	char *o = arena_alloc(r->a, r->n + r->n + 2); /* texts with a NUL each, one behind the other */
	struct segment seg = {.raw = r->s + 1, .at = 1, .text = o};
	size_t i = 1, bytes = 0, out_bytes = 0;

	if (check_utf8(r) < 0)
		return -1;
	while (i < r->n) {
		unsigned char c = (unsigned char)r->s[i];
		if (c == '\\') {
			if (i == seg.at)
				seg.starts_escaped = true;
			if (escape(r, i, &bytes, o, &out_bytes) < 0)
				return -1;
			o += out_bytes;
			i += bytes;
		} else if (c == '|' || c == '}') {
			seg.raw_bytes = i - seg.at;
			seg.n = (size_t)(o - seg.text);
			*o++ = '\0';
			add_segment(r, &seg);
			i++;
			if (c == '}')
				return i == r->n ? 0 : fail(r, i, "text behind the closing }");
			seg = (struct segment){.raw = r->s + i, .at = i, .text = o};
		} else if (c == '{') {
			return fail(r, i, "a { that is not written \\{");
		} else if (c < 0x20) {
			return fail(r, i, "a control character that is not escaped");
		} else {
			*o++ = (char)c;
			i++;
		}
	}
	return fail(r, i, "no closing }");
}

/* White space at s as ECMAScript has it: its bytes, or 0. */
static size_t
space_at(const unsigned char *s, size_t n)
{
	if (n && (s[0] == ' ' || (s[0] >= 9 && s[0] <= 13)))
		return 1;
	if (n >= 2 && s[0] == 0xc2 && s[1] == 0xa0)
		return 2;
	if (n < 3)
		return 0;
	if (s[0] == 0xe1 && s[1] == 0x9a && s[2] == 0x80)
		return 3;
	if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] <= 0x8a || s[2] == 0xa8 || s[2] == 0xa9 || s[2] == 0xaf))
		return 3;
	if (s[0] == 0xe2 && s[1] == 0x81 && s[2] == 0x9f)
		return 3;
	if ((s[0] == 0xe3 && s[1] == 0x80 && s[2] == 0x80) || (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf))
		return 3;
	return 0;
}

static bool
has_outer_space(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	return space_at(p, n) || (n >= 1 && space_at(p + n - 1, 1)) || (n >= 2 && space_at(p + n - 2, 2) == 2) ||
	    (n >= 3 && space_at(p + n - 3, 3) == 3);
}

static int
value(const struct reader *r, const char *text, size_t n, bool starts_escaped, size_t at, const struct jx **out)
{
	static const struct jx_options opt = {.allow_nul = true, .allow_surrogates = true};
	struct jx *v;
	struct err why;

	if (n && text[0] == '=' && !starts_escaped) {
		if (jx_parse(r->a, text + 1, n - 1, &opt, &v, &why) < 0)
			return fail(r, at, "no JSON value behind =");
		*out = v;
		return 0;
	}
	if (n == 0)
		return fail(r, at, "an empty value (write =\"\")");
	if (has_outer_space(text, n))
		return fail(r, at, "white space around a value (write =\"…\")");
	v = ARENA_NEW(r->a, struct jx);
	v->type = JX_STRING;
	v->line = v->column = 1;
	v->offset = at;
	v->u.text.p = text;
	v->u.text.n = n;
	*out = v;
	return 0;
}

static size_t
digits(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	return i;
}

/* Bytes of a whole number without leading zeros at p, or 0. */
static size_t
nni(const char *p, size_t n)
{
	size_t k = digits(p, n);

	return k > 1 && *p == '0' ? 0 : k;
}

/* Bytes of a JSON number at p, or 0. */
static size_t
num(const char *p, size_t n)
{
	size_t i = n && *p == '-' ? 1 : 0, k = nni(p + i, n - i);

	if (k == 0)
		return 0;
	i += k;
	if (i < n && p[i] == '.') {
		k = digits(p + i + 1, n - i - 1);
		if (k == 0)
			return 0;
		i += 1 + k;
	}
	if (i < n && (p[i] == 'e' || p[i] == 'E')) {
		i++;
		if (i < n && (p[i] == '+' || p[i] == '-'))
			i++;
		k = digits(p + i, n - i);
		if (k == 0)
			return 0;
		i += k;
	}
	return i;
}

static bool
is_span(const char *p, size_t n, bool may_be_open)
{
	size_t lo = nni(p, n), hi;

	if (lo >= n || p[lo] != '-')
		return false;
	hi = nni(p + lo + 1, n - lo - 1);
	if (lo + 1 + hi != n)
		return false;
	return may_be_open ? lo || hi : lo && hi;
}

static bool
is_range(const char *p, size_t n)
{
	size_t i = 1;

	if (n == 0 || (*p != '[' && *p != '('))
		return is_span(p, n, false);
	if (i < n && p[i] != ',')
		i += num(p + i, n - i);
	if (i >= n || p[i] != ',')
		return false;
	i++;
	if (i < n && p[i] != ']' && p[i] != ')')
		i += num(p + i, n - i);
	return i + 1 == n && (p[i] == ']' || p[i] == ')');
}

static bool
is_pattern(const char *p, size_t n)
{
	if (n >= 2 && p[0] == '/' && p[n - 1] == '/')
		return true;
	if (n == 0 || p[0] < 'a' || p[0] > 'z')
		return false;
	for (size_t i = 1; i < n; i++)
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
			return false;
	return true;
}

static int
constraint_value(const struct reader *r, const struct segment *seg, size_t name_bytes, enum syntax syntax,
    struct token_constraint *c)
{
	const char *p = seg->text + name_bytes + 1;
	size_t n = seg->n - name_bytes - 1, at = seg->at + name_bytes + 1;
	bool ok = true;

	c->value = p;
	c->value_bytes = n;
	if (syntax == SYNTAX_VALUE)
		return value(r, p, n, r->s[at] == '\\', at, &c->parsed);
	if (n == 0)
		return fail(r, at, "a constraint without its value");
	switch (syntax) {
	case SYNTAX_RANGE: ok = is_range(p, n); break;
	case SYNTAX_SPAN: ok = is_span(p, n, true); break;
	case SYNTAX_NUMBER: ok = num(p, n) == n; break;
	case SYNTAX_COUNT: ok = nni(p, n) == n; break;
	case SYNTAX_PATTERN: ok = is_pattern(p, n); break;
	case SYNTAX_FLAG:
	case SYNTAX_TEXT:
	case SYNTAX_VALUE: break;
	}
	return ok ? 0 : fail(r, at, "a value that this constraint cannot have");
}

static int
constraint(const struct reader *r, const struct segment *seg, struct token_constraint *c)
{
	size_t n = 0;
	bool has_value;

	while (n < seg->raw_bytes && ((seg->raw[n] >= 'a' && seg->raw[n] <= 'z') ||
	    (n && ((seg->raw[n] >= '0' && seg->raw[n] <= '9') || seg->raw[n] == '_' || seg->raw[n] == '-'))))
		n++;
	has_value = n < seg->raw_bytes && seg->raw[n] == ':';
	if (n == 0 || (n < seg->raw_bytes && !has_value))
		return fail(r, seg->at + n, "no constraint name");
	c->name = arena_dup(r->a, seg->raw, n);
	if (n > 2 && memcmp(c->name, "x-", 2) == 0) {
		c->value = has_value ? seg->text + n + 1 : NULL;
		c->value_bytes = has_value ? seg->n - n - 1 : 0;
		return 0;
	}
	for (size_t i = 0; i < N_CONSTRAINTS; i++) {
		if (strcmp(c->name, constraint_kinds[i].name) != 0)
			continue;
		if (constraint_kinds[i].syntax == SYNTAX_FLAG)
			return has_value ? fail(r, seg->at + n, "a flag with a value") : 0;
		return has_value ? constraint_value(r, seg, n, constraint_kinds[i].syntax, c)
				 : fail(r, seg->at + n, "a constraint without its value");
	}
	return fail(r, seg->at, "an unknown constraint");
}

static bool
may_repeat(const char *name)
{
	for (size_t i = 0; i < N_CONSTRAINTS; i++)
		if (strcmp(name, constraint_kinds[i].name) == 0)
			return constraint_kinds[i].may_repeat;
	return false;
}

static int
by_name(const void *x, const void *y)
{
	const struct token_constraint *const *a = x, *const *b = y;

	return strcmp((*a)->name, (*b)->name);
}

static int
constraints(const struct reader *r, size_t from, struct token *t)
{
	size_t n = r->n_seg - from;
	const struct token_constraint **sorted;

	if (n == 0)
		return 0;
	t->constraints = ARENA_ARRAY(r->a, n, struct token_constraint);
	t->n_constraints = n;
	sorted = ARENA_ARRAY(r->a, n, const struct token_constraint *);
	for (size_t i = 0; i < n; i++) {
		if (constraint(r, &r->seg[from + i], &t->constraints[i]) < 0)
			return -1;
		sorted[i] = &t->constraints[i];
	}
	qsort(sorted, n, sizeof *sorted, by_name);
	for (size_t i = 1; i < n; i++) {
		const struct token_constraint *last = sorted[i - 1] > sorted[i] ? sorted[i - 1] : sorted[i];
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0 && !may_repeat(sorted[i]->name))
			return fail(r, r->seg[from + (size_t)(last - t->constraints)].at,
			    "a constraint that stands there already");
	}
	return 0;
}

static const char *
type_of(const char *p, size_t n)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (strlen(type_names[i]) == n && memcmp(type_names[i], p, n) == 0)
			return type_names[i];
	return NULL;
}

static int
types(const struct reader *r, const struct segment *seg, struct token *t)
{
	size_t from = 0;

	for (size_t i = 0; i <= seg->raw_bytes; i++) {
		const char *type;
		if (i < seg->raw_bytes && seg->raw[i] != '/')
			continue;
		type = type_of(seg->raw + from, i - from);
		if (!type)
			return fail(r, seg->at + from, "an unknown type");
		for (size_t k = 0; k < t->n_types; k++)
			if (t->types[k] == type)
				return fail(r, seg->at + from, "a type that stands there already");
		t->types[t->n_types++] = type;
		from = i + 1;
	}
	for (size_t k = 0; k < t->n_types && t->n_types > 1; k++)
		if (strcmp(t->types[k], "any") == 0 || strcmp(t->types[k], "key") == 0)
			return fail(r, seg->at, "any or key in a list of types");
	return 0;
}

/* A text that two values share exactly when they are equal as JSON values. */
static int
by_key(const void *x, const void *y)
{
	const struct jx_member *const *a = x, *const *b = y;
	size_t n = (*a)->key_bytes < (*b)->key_bytes ? (*a)->key_bytes : (*b)->key_bytes;
	int c = memcmp((*a)->key, (*b)->key, n);

	return c ? c : ((*a)->key_bytes > (*b)->key_bytes) - ((*a)->key_bytes < (*b)->key_bytes);
}

/* Depth is bounded by the reader that made v. */
static void
identity(struct buf *b, const struct jx *v)
{
	const struct jx_member **m;

	switch (v->type) {
	case JX_NULL: buf_char(b, 'z'); return;
	case JX_BOOL: buf_char(b, v->u.boolean ? 't' : 'f'); return;
	case JX_NUMBER:
		buf_char(b, 'n');
		decimal_normal(b, v->u.text.p, v->u.text.n);
		return;
	case JX_STRING:
		buf_printf(b, "s%zu:", v->u.text.n);
		buf_add(b, v->u.text.p, v->u.text.n);
		return;
	case JX_ARRAY:
		buf_char(b, '[');
		for (size_t i = 0; i < v->u.array.n; i++)
			identity(b, v->u.array.at[i]);
		buf_char(b, ']');
		return;
	case JX_OBJECT:
		m = ARENA_ARRAY(b->a, v->u.object.n, const struct jx_member *);
		for (size_t i = 0; i < v->u.object.n; i++)
			m[i] = &v->u.object.at[i];
		qsort(m, v->u.object.n, sizeof *m, by_key);
		buf_char(b, '{');
		for (size_t i = 0; i < v->u.object.n; i++) {
			buf_printf(b, "%zu:", m[i]->key_bytes);
			buf_add(b, m[i]->key, m[i]->key_bytes);
			identity(b, m[i]->value);
		}
		buf_char(b, '}');
		return;
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

struct ident {
	const char *p;
	size_t n;
	size_t index;
};

static int
by_identity(const void *x, const void *y)
{
	const struct ident *a = x, *b = y;
	int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

	if (c == 0)
		c = (a->n > b->n) - (a->n < b->n);
	return c ? c : (a->index > b->index) - (a->index < b->index);
}

static int
check_distinct(const struct reader *r, const struct token *t)
{
	struct ident *ids = ARENA_ARRAY(r->a, t->n_values, struct ident);
	struct buf b;

	for (size_t i = 0; i < t->n_values; i++) {
		buf_init(&b, r->a);
		identity(&b, t->values[i]);
		ids[i] = (struct ident){.n = b.len, .index = i};
		ids[i].p = buf_take(&b);
	}
	qsort(ids, t->n_values, sizeof *ids, by_identity);
	for (size_t i = 1; i < t->n_values; i++)
		if (ids[i].n == ids[i - 1].n && memcmp(ids[i].p, ids[i - 1].p, ids[i].n) == 0)
			return fail(r, r->seg[ids[i].index + 1].at, "a value that is listed already");
	return 0;
}

static int
read_enum(const struct reader *r, struct token *t)
{
	size_t i;

	t->values = ARENA_ARRAY(r->a, r->n_seg, const struct jx *);
	for (i = 1; i < r->n_seg && r->seg[i].raw_bytes; i++) {
		const struct segment *seg = &r->seg[i];
		if (value(r, seg->text, seg->n, seg->starts_escaped, seg->at, &t->values[t->n_values]) < 0)
			return -1;
		t->n_values++;
	}
	if (t->n_values == 0)
		return fail(r, r->seg[i < r->n_seg ? i : i - 1].at, "no value to choose from");
	if (check_distinct(r, t) < 0)
		return -1;
	if (i == r->n_seg)
		return 0;
	if (i + 1 == r->n_seg)
		return fail(r, r->n - 1, "no constraint behind ||");
	return constraints(r, i + 1, t);
}

static int
read_ref(const struct reader *r, struct token *t)
{
	const struct segment *seg = &r->seg[0];
	size_t from = 1, start = 0;
	bool are_types = r->n_seg > 1;

	if (seg->raw_bytes == 13 && memcmp(seg->raw, "REF: circular", 13) == 0)
		t->is_circular = true;
	else if (seg->raw_bytes != 10 || memcmp(seg->raw, "REF: depth", 10) != 0)
		return fail(r, 1, "neither \"REF: circular\" nor \"REF: depth\"");
	for (size_t i = 0; are_types && i <= r->seg[1].raw_bytes; i++)
		if (i == r->seg[1].raw_bytes || r->seg[1].raw[i] == '/') {
			are_types = type_of(r->seg[1].raw + start, i - start) != NULL;
			start = i + 1;
		}
	if (are_types) {
		if (types(r, &r->seg[1], t) < 0)
			return -1;
		from = 2;
	}
	return constraints(r, from, t);
}

static int
read_token(struct reader *r, struct token *t)
{
	int kind = keyword(r->s, r->n);
	const struct segment *first;

	if (r->n == 0 || r->s[0] != '{')
		return fail(r, 0, "no { at the beginning");
	if (kind < 0)
		return fail(r, 1, "no token keyword");
	if (split(r) < 0)
		return -1;
	t->kind = (enum token_kind)kind;
	if (t->kind == TOKEN_REF)
		return read_ref(r, t);
	first = &r->seg[0];
	if (first->raw_bytes != strlen(kind_names[kind]))
		return fail(r, first->at + strlen(kind_names[kind]), "text behind the keyword");
	if (t->kind == TOKEN_ONE_OF)
		return r->n_seg == 1 ? 0 : fail(r, r->seg[1].at, "ONE_OF with an argument");
	if (t->kind == TOKEN_FILL_ENUM || t->kind == TOKEN_OPTIONAL_ENUM)
		return read_enum(r, t);
	if (r->n_seg < 2)
		return fail(r, r->n - 1, "no type");
	if (types(r, &r->seg[1], t) < 0)
		return -1;
	return constraints(r, 2, t);
}

/* --- tokens of hand-written planner templates ------------------------------------------------------- */

static void
one_constraint(struct reader *r, struct token *t, const char *name, const struct segment *seg)
{
	t->constraints = ARENA_NEW(r->a, struct token_constraint);
	t->n_constraints = 1;
	*t->constraints = (struct token_constraint){.name = name, .value = seg->text, .value_bytes = seg->n};
}

/* expected_outputs[].path: names joined by dots, at least one of them a list. */
static bool
is_field_path(const char *p, size_t n)
{
	bool has_list = false, at_name = true;

	for (size_t i = 0; i < n; i++) {
		bool is_word = (p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') || p[i] == '_' ||
		    (!at_name && p[i] >= '0' && p[i] <= '9');
		if (is_word) {
			at_name = false;
		} else if (!at_name && p[i] == '[' && i + 1 < n && p[i + 1] == ']') {
			has_list = true;
			i++;
			if (i + 1 < n && p[i + 1] != '.')
				return false;
		} else if (!at_name && p[i] == '.') {
			at_name = true;
		} else {
			return false;
		}
	}
	return has_list && !at_name;
}

static int
read_planner(struct reader *r, struct token *t)
{
	const struct segment *seg;

	if (split(r) < 0)
		return -1;
	seg = &r->seg[0];
	if (seg->n == 4 && memcmp(seg->raw, "ENUM", 4) == 0) {
		t->kind = TOKEN_FILL_ENUM;
		return read_enum(r, t);
	}
	if (r->n_seg != 1)
		return fail(r, r->seg[1].at, "a | in a phrase");
	if (seg->n == 0 || has_outer_space(seg->text, seg->n))
		return fail(r, 1, "no phrase between { and }");
	t->kind = TOKEN_FILL;
	t->n_types = 1;
	if (is_field_path(seg->text, seg->n)) {
		t->types[0] = "key";
		one_constraint(r, t, "at", seg);
		return 0;
	}
	if (!memchr(seg->text, ' ', seg->n))
		return fail(r, 1, "one word, where a phrase or a token is expected");
	t->types[0] = "string";
	one_constraint(r, t, "about", seg);
	return 0;
}

int
token_parse(struct arena *a, const char *s, size_t n, bool is_planner, struct token *out, struct err *err)
{
	struct reader r = {.a = a, .err = err, .s = s, .n = n};
	struct token t = {0};
	bool is_phrase = is_planner && n > 1 && s[0] == '{' && !token_is_like(s, n);

	if ((is_phrase ? read_planner(&r, &t) : read_token(&r, &t)) < 0)
		return -1;
	*out = t;
	return 0;
}

/* --- writing ----------------------------------------------------------------------------------------- */

void
token_json(struct buf *b, const struct token *t)
{
	struct jw w;

	jw_init(&w, b);
	jw_object(&w, NULL);
	jw_str(&w, "kind", token_kind_name(t->kind));
	if (t->kind == TOKEN_REF)
		jw_str(&w, "why", t->is_circular ? "circular" : "depth");
	if (t->kind == TOKEN_FILL_ENUM || t->kind == TOKEN_OPTIONAL_ENUM) {
		jw_array(&w, "values");
		for (size_t i = 0; i < t->n_values; i++)
			jw_value(&w, NULL, t->values[i]);
		jw_end(&w);
	} else if (t->kind != TOKEN_ONE_OF) {
		jw_array(&w, "types");
		for (size_t i = 0; i < t->n_types; i++)
			jw_str(&w, NULL, t->types[i]);
		jw_end(&w);
	}
	if (t->kind != TOKEN_ONE_OF) {
		jw_array(&w, "constraints");
		for (size_t i = 0; i < t->n_constraints; i++) {
			const struct token_constraint *c = &t->constraints[i];
			jw_array(&w, NULL);
			jw_str(&w, NULL, c->name);
			if (c->parsed)
				jw_value(&w, NULL, c->parsed);
			else if (c->value)
				jw_strn(&w, NULL, c->value, c->value_bytes);
			jw_end(&w);
		}
		jw_end(&w);
	}
	jw_end(&w);
}

/* A lone surrogate at p (three bytes that UTF-8 does not have): its code, or 0. */
static unsigned
surrogate_at(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	if (n < 3 || u[0] != 0xed || u[1] < 0xa0 || u[1] > 0xbf || (u[2] & 0xc0) != 0x80)
		return 0;
	return 0xd000u | (unsigned)(u[1] & 63) << 6 | (u[2] & 63);
}

void
token_text(struct buf *b, const char *s, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned lone = c == 0xed ? surrogate_at(s + i, n - i) : 0;
		if (c >= 0x20 && c != '|' && c != '{' && c != '}' && c != '\\' && !lone)
			continue;
		buf_add(b, s + from, i - from);
		from = i + 1;
		if (lone) {
			buf_printf(b, "\\u%04x", lone);
			i += 2;
			from += 2;
		} else if (c == '\n' || c == '\r' || c == '\t') {
			buf_str(b, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
		} else if (c < 0x20) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_char(b, '\\');
			buf_char(b, (char)c);
		}
	}
	buf_add(b, s + from, n - from);
}

static bool
is_bare(const char *s, size_t n)
{
	if (n == 0 || has_outer_space(s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20)
			return false;
	return true;
}

void
token_value(struct buf *b, const struct jx *v)
{
	struct buf json, plain;
	struct jw w;

	if (v->type == JX_STRING && is_bare(v->u.text.p, v->u.text.n)) {
		if (v->u.text.p[0] == '=')
			buf_char(b, '\\');
		token_text(b, v->u.text.p, v->u.text.n);
		return;
	}
	buf_init(&json, b->a);
	buf_init(&plain, b->a);
	jw_init(&w, &json);
	jw_value(&w, NULL, v);
	for (size_t i = 0; i < json.len; i++) { /* JSON is UTF-8: lone surrogates as escapes */
		unsigned lone = surrogate_at(json.p + i, json.len - i);
		if (lone) {
			buf_printf(&plain, "\\u%04x", lone);
			i += 2;
		} else {
			buf_char(&plain, json.p[i]);
		}
	}
	buf_char(b, '=');
	token_text(b, plain.p, plain.len);
}
