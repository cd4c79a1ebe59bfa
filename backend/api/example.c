/* SPDX-License-Identifier: Apache-2.0 */
#include "api/example.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/token.h"

#define DEPTH_MAX 512
#define INDENT "  "
#define TEXT_BYTES_MAX 4096 /* no example text is longer, whatever the token asks for */

static void
json_string(struct buf *b, const char *p, size_t n)
{
	struct jw w;

	jw_init(&w, b);
	jw_strn(&w, NULL, p, n);
}

static void
line(struct buf *b, unsigned depth)
{
	buf_char(b, '\n');
	while (depth-- > 0)
		buf_str(b, INDENT);
}

static void
pretty(struct buf *b, const struct jx *v, unsigned depth)
{
	bool is_object = v->type == JX_OBJECT;

	if (depth > DEPTH_MAX)
		buf_str(b, "null");
	else if (v->type == JX_STRING)
		json_string(b, v->u.text.p, v->u.text.n);
	else if (v->type == JX_NUMBER)
		buf_add(b, v->u.text.p, v->u.text.n);
	else if (v->type == JX_BOOL)
		buf_str(b, v->u.boolean ? "true" : "false");
	else if (v->type == JX_NULL)
		buf_str(b, "null");
	else if (jx_size(v) == 0)
		buf_str(b, is_object ? "{}" : "[]");
	else {
		for (size_t i = 0; i < jx_size(v); i++) {
			buf_char(b, i > 0 ? ',' : is_object ? '{' : '[');
			line(b, depth + 1);
			if (is_object) {
				json_string(b, v->u.object.at[i].key, v->u.object.at[i].key_bytes);
				buf_str(b, ": ");
			}
			pretty(b, is_object ? v->u.object.at[i].value : v->u.array.at[i], depth + 1);
		}
		line(b, depth);
		buf_char(b, is_object ? '}' : ']');
	}
}

void
text_pretty(struct buf *b, const struct jx *v)
{
	pretty(b, v, 0);
}

/* --- the smallest complete fill -------------------------------------------------------------------------- */

struct maker {
	struct arena *a;
	struct buf *b;
	unsigned salt; /* tells the elements of one array apart */
};

static bool
is_token(const struct jx *v, struct maker *m, struct token *out)
{
	return jx_is(v, JX_STRING) && token_is_like(v->u.text.p, v->u.text.n) &&
	    token_parse(m->a, v->u.text.p, v->u.text.n, false, out, NULL) == 0;
}

static const struct token_constraint *
constraint(const struct token *t, const char *name)
{
	for (size_t i = 0; i < t->n_constraints; i++)
		if (strcmp(t->constraints[i].name, name) == 0)
			return &t->constraints[i];
	return NULL;
}

static bool
has_type(const struct token *t, const char *type)
{
	for (size_t i = 0; i < t->n_types; i++)
		if (strcmp(t->types[i], type) == 0)
			return true;
	return false;
}

static bool
may_stay(const struct token *t)
{
	return t->kind == TOKEN_OPTIONAL || t->kind == TOKEN_OPTIONAL_ENUM || t->kind == TOKEN_AUTO ||
	    (t->kind == TOKEN_REF && constraint(t, "optional"));
}

/* The token that speaks for a container: a first member named by it, or a first element. */
static bool
meta_of(const struct jx *v, struct maker *m, struct token *out)
{
	if (jx_is(v, JX_OBJECT) && v->u.object.n > 0) {
		const struct jx_member *first = &v->u.object.at[0];
		return token_is_like(first->key, first->key_bytes) &&
		    token_parse(m->a, first->key, first->key_bytes, false, out, NULL) == 0 &&
		    out->kind != TOKEN_ONE_OF && !has_type(out, "key");
	}
	return jx_is(v, JX_ARRAY) && v->u.array.n > 0 && is_token(v->u.array.at[0], m, out) &&
	    has_type(out, "array");
}

static bool
is_choice(const struct jx *v)
{
	return jx_is(v, JX_OBJECT) && v->u.object.n > 1 && strcmp(v->u.object.at[0].key, "{ONE_OF}") == 0;
}

static bool
is_left_out(const struct jx *v, struct maker *m)
{
	struct token t;

	if (is_choice(v))
		return is_token(v->u.object.at[0].value, m, &t) && may_stay(&t);
	if (jx_is(v, JX_STRING))
		return is_token(v, m, &t) && may_stay(&t);
	if (meta_of(v, m, &t))
		return may_stay(&t);
	return jx_is(v, JX_ARRAY) && v->u.array.n == 1 && is_token(v->u.array.at[0], m, &t) && may_stay(&t);
}

/* The least and most of "a-b", "a-", "-b"; most 0: none. */
static void
span_of(const struct token *t, const char *name, unsigned long *least, unsigned long *most)
{
	const struct token_constraint *c = constraint(t, name);
	const char *dash = c && c->value ? strchr(c->value, '-') : NULL;

	*least = *most = 0;
	if (!dash)
		return;
	*least = dash > c->value ? strtoul(c->value, NULL, 10) : 0;
	*most = dash[1] ? strtoul(dash + 1, NULL, 10) : 0;
}

static const char *
format_sample(const char *format)
{
	static const char *const known[][2] = {
		{"date", "2026-01-31"}, {"date-time", "2026-01-31T09:30:00Z"}, {"time", "09:30:00Z"},
		{"duration", "P1D"}, {"email", "name@example.com"}, {"idn-email", "name@example.com"},
		{"hostname", "example.com"}, {"idn-hostname", "example.com"}, {"ipv4", "192.0.2.1"},
		{"ipv6", "2001:db8::1"}, {"uri", "https://example.com/"}, {"url", "https://example.com/"},
		{"iri", "https://example.com/"}, {"uri-reference", "/path"}, {"iri-reference", "/path"},
		{"uri-template", "/path/{id}"}, {"uuid", "123e4567-e89b-42d3-a456-426614174000"},
		{"json-pointer", "/a"}, {"relative-json-pointer", "0"}, {"regex", "^a$"}, {"byte", "dGV4dA=="},
		{"int32", "1"}, {"int64", "1"}, {"decimal", "1.00"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i][0], format) == 0)
			return known[i][1];
	return NULL;
}

static void
put_text(struct maker *m, const struct token *t)
{
	const struct token_constraint *format = constraint(t, "format"), *pattern = constraint(t, "pattern");
	const char *known = format && format->value ? format_sample(format->value) : NULL;
	unsigned long least, most;
	struct buf s;

	span_of(t, "len", &least, &most);
	buf_init(&s, m->a);
	if (pattern && pattern->value_bytes > 1 && pattern->value[0] == '/') {
		for (unsigned extra = 0; extra < 64 && (s.len == 0 || s.len < least); extra++) {
			buf_clear(&s);
			pattern_sample(&s, pattern->value + 1, pattern->value_bytes - 2, extra + m->salt);
		}
	} else {
		buf_str(&s, known ? known : "text");
		if (m->salt > 0 && !known)
			buf_printf(&s, " %u", m->salt + 1);
		while (s.len < least && s.len < TEXT_BYTES_MAX)
			buf_char(&s, 'x');
		if (most > 0 && s.len > most && !known)
			s.len = most;
	}
	json_string(m->b, s.p, s.len);
}

/* Inside the bounds, on the step; integers first. */
static void
put_number(struct maker *m, const struct token *t, bool is_integer)
{
	const struct token_constraint *range = constraint(t, "range"), *multiple = constraint(t, "multiple");
	bool has_lo = false, has_hi = false, lo_open = false, hi_open = false;
	double lo = 0, hi = 0, v = 1, step = multiple && multiple->value ? strtod(multiple->value, NULL) : 0;
	char *end, text[40];

	if (range && range->value && strchr("[(", range->value[0])) {
		const char *comma = strchr(range->value, ',');
		lo_open = range->value[0] == '(';
		hi_open = range->value[range->value_bytes - 1] == ')';
		lo = strtod(range->value + 1, &end);
		has_lo = end != range->value + 1;
		hi = comma ? strtod(comma + 1, &end) : 0;
		has_hi = comma && end != comma + 1;
	} else if (range && range->value) {
		lo = strtod(range->value, &end);
		hi = *end == '-' ? strtod(end + 1, NULL) : lo;
		has_lo = has_hi = true;
	}
	if (has_lo && (v < lo || (v <= lo && lo_open)))
		v = lo_open ? (is_integer || !has_hi || lo + 1 < hi ? lo + 1 : (lo + hi) / 2) : lo;
	if (has_hi && (v > hi || (v >= hi && hi_open)))
		v = hi_open ? (is_integer || !has_lo || hi - 1 > lo ? hi - 1 : (lo + hi) / 2) : hi;
	v = is_integer ? ceil(v) : v;
	if (step > 0)
		v = ceil(v / step) * step;
	v += m->salt * (step > 0 ? step : 1.0);
	(void)snprintf(text, sizeof text, "%.15g", v);
	buf_str(m->b, text);
}

static void
put_token(struct maker *m, const struct token *t)
{
	const struct token_constraint *c = constraint(t, "default");

	if (!c)
		c = constraint(t, "const");
	if (t->n_values > 0)
		text_pretty(m->b, t->values[m->salt % t->n_values]);
	else if (c && c->parsed && m->salt == 0)
		text_pretty(m->b, c->parsed);
	else if (has_type(t, "string") || has_type(t, "any"))
		put_text(m, t);
	else if (has_type(t, "integer") || has_type(t, "number"))
		put_number(m, t, has_type(t, "integer"));
	else if (has_type(t, "boolean"))
		buf_str(m->b, "true");
	else if (has_type(t, "object"))
		buf_str(m->b, "{}");
	else
		buf_str(m->b, has_type(t, "array") ? "[]" : "null");
}

static void fill(struct maker *m, const struct jx *v, unsigned depth);

static void
fill_array(struct maker *m, const struct jx *v, unsigned depth)
{
	unsigned long least = 1, most = 0, fixed = 0;
	unsigned salt = m->salt;
	struct token t;
	size_t from = 0, n = 0;

	if (meta_of(v, m, &t)) {
		const struct token_constraint *tuple = constraint(&t, "tuple");
		from = 1;
		span_of(&t, "items", &least, &most);
		fixed = tuple && tuple->value ? strtoul(tuple->value, NULL, 10) : 0;
	}
	if (fixed > v->u.array.n - from)
		fixed = v->u.array.n - from;
	while (n < fixed && (n < least || !is_left_out(v->u.array.at[from + n], m)))
		n++;
	if (n == fixed && from + fixed < v->u.array.n) /* the rest: as many as must be, one to show what they are */
		n = least > fixed ? (least < 100 ? least : 100) : fixed > 0 ? fixed : 1;
	for (size_t i = 0; i < n; i++) {
		buf_char(m->b, i == 0 ? '[' : ',');
		line(m->b, depth + 1);
		m->salt = i >= fixed ? (unsigned)(i - fixed) : 0;
		fill(m, v->u.array.at[from + (i < fixed ? i : fixed)], depth + 1);
	}
	m->salt = salt;
	if (n > 0)
		line(m->b, depth);
	buf_str(m->b, n > 0 ? "]" : "[]");
}

static void
member(struct maker *m, const char *key, size_t key_bytes, const struct jx *v, unsigned depth, size_t i)
{
	buf_char(m->b, i == 0 ? '{' : ',');
	line(m->b, depth + 1);
	json_string(m->b, key, key_bytes);
	buf_str(m->b, ": ");
	fill(m, v, depth + 1);
}

static void
fill_object(struct maker *m, const struct jx *v, unsigned depth)
{
	const struct jx_member *rest = NULL;
	unsigned long least = 0, most = 0;
	struct token t, key;
	size_t n = 0, from = 0;

	if (meta_of(v, m, &t)) {
		from = 1;
		span_of(&t, "props", &least, &most);
	}
	for (size_t i = from; i < v->u.object.n; i++) {
		const struct jx_member *x = &v->u.object.at[i];
		if (token_is_like(x->key, x->key_bytes)) {
			bool is_needed = token_parse(m->a, x->key, x->key_bytes, false, &key, NULL) == 0 &&
			    key.kind == TOKEN_FILL;
			rest = rest ? rest : x;
			least += is_needed && least <= n;
		} else if (!is_left_out(x->value, m)) {
			member(m, x->key, x->key_bytes, x->value, depth, n++);
		}
	}
	for (size_t i = from; i < v->u.object.n && n < least; i++) { /* too few are required: some that may stay */
		const struct jx_member *x = &v->u.object.at[i];
		if (!token_is_like(x->key, x->key_bytes) && is_left_out(x->value, m))
			member(m, x->key, x->key_bytes, x->value, depth, n++);
	}
	for (size_t i = 1; rest && n < least && i < 100; i++) {
		const char *name = arena_printf(m->a, "key%zu", i);
		member(m, name, strlen(name), rest->value, depth, n++);
	}
	if (n > 0)
		line(m->b, depth);
	buf_str(m->b, n > 0 ? "}" : "{}");
}

/* {"{ONE_OF}": "first", "first": …} */
static void
fill_choice(struct maker *m, const struct jx *v, unsigned depth)
{
	const struct jx_member *branch = &v->u.object.at[1];

	buf_char(m->b, '{');
	line(m->b, depth + 1);
	json_string(m->b, "{ONE_OF}", 8);
	buf_str(m->b, ": ");
	json_string(m->b, branch->key, branch->key_bytes);
	member(m, branch->key, branch->key_bytes, branch->value, depth, 1);
	line(m->b, depth);
	buf_char(m->b, '}');
}

static void
fill(struct maker *m, const struct jx *v, unsigned depth)
{
	struct token t;

	if (depth > DEPTH_MAX)
		buf_str(m->b, "null");
	else if (is_choice(v))
		fill_choice(m, v, depth);
	else if (jx_is(v, JX_OBJECT))
		fill_object(m, v, depth);
	else if (jx_is(v, JX_ARRAY))
		fill_array(m, v, depth);
	else if (is_token(v, m, &t))
		put_token(m, &t);
	else
		text_pretty(m->b, v);
}

void
example_make(struct arena *a, const struct jx *template, struct buf *out)
{
	struct maker m = {.a = a, .b = out};

	fill(&m, template, 0);
}

/* --- what it needs ---------------------------------------------------------------------------------------- */

static size_t
needed(struct maker *m, const struct jx *v, unsigned depth)
{
	struct token t;
	size_t n = 0, from;

	if (depth > DEPTH_MAX || (depth > 0 && is_left_out(v, m)))
		return 0;
	if (jx_is(v, JX_STRING))
		return is_token(v, m, &t) && (t.kind == TOKEN_FILL || t.kind == TOKEN_FILL_ENUM);
	if (is_choice(v)) {
		size_t least = SIZE_MAX;
		for (size_t i = 1; i < v->u.object.n; i++) {
			size_t branch = needed(m, v->u.object.at[i].value, depth + 1);
			least = branch < least ? branch : least;
		}
		return 1 + least;
	}
	from = meta_of(v, m, &t);
	for (size_t i = from; jx_is(v, JX_ARRAY) && i < v->u.array.n; i++)
		n += needed(m, v->u.array.at[i], depth + 1);
	for (size_t i = from; jx_is(v, JX_OBJECT) && i < v->u.object.n; i++) {
		const struct jx_member *x = &v->u.object.at[i];
		bool is_optional_key = token_is_like(x->key, x->key_bytes) &&
		    token_kind_of(x->key, x->key_bytes) != TOKEN_FILL;
		n += is_optional_key ? 0 : needed(m, x->value, depth + 1);
	}
	return n;
}

size_t
template_needs(struct arena *a, const struct jx *template)
{
	struct maker m = {.a = a};

	return needed(&m, template, 0);
}
