/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jw.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/num.h"

/* Where the first character from i on stands that needs an escape; n when there is none. */
static size_t
plain_until(const char *s, size_t i, size_t n)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), low = _mm_set1_epi8(0x1f);

	for (; n - i >= 16; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
		int hits = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote),
		    _mm_cmpeq_epi8(x, slash)), _mm_cmpeq_epi8(_mm_min_epu8(x, low), x)));
		if (hits)
			return i + (size_t)__builtin_ctz((unsigned)hits);
	}
#endif
	while (i < n && (unsigned char)s[i] >= 0x20 && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

static void
put_string(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	buf_char(b, '"');
	for (size_t i = plain_until(s, 0, n); i < n; i = plain_until(s, i + 1, n)) {
		unsigned char c = (unsigned char)s[i];
		buf_add(b, s + from, i - from);
		from = i + 1;
		buf_char(b, '\\');
		switch (c) {
		case '\b': buf_char(b, 'b'); break;
		case '\f': buf_char(b, 'f'); break;
		case '\n': buf_char(b, 'n'); break;
		case '\r': buf_char(b, 'r'); break;
		case '\t': buf_char(b, 't'); break;
		case '"':
		case '\\': buf_char(b, (char)c); break;
		default:
			buf_str(b, "u00");
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
	buf_add(b, s + from, n - from);
	buf_char(b, '"');
}

void
jw_init(struct jw *w, struct buf *b)
{
	*w = (struct jw){.b = b};
}

/* Comma and key in front of a value; checks that a key stands exactly where one is due. */
static void
lead(struct jw *w, const char *key)
{
	if (w->depth == 0) {
		INVARIANT(key == NULL);
		return;
	}
	INVARIANT((key != NULL) == (w->kind[w->depth - 1] == '{'));
	if (w->has_item[w->depth - 1])
		buf_char(w->b, ',');
	w->has_item[w->depth - 1] = true;
	if (key) {
		put_string(w->b, key, strlen(key));
		buf_char(w->b, ':');
	}
}

static void
open_(struct jw *w, const char *key, char kind)
{
	lead(w, key);
	INVARIANT(w->depth < JW_DEPTH_MAX);
	w->kind[w->depth] = (unsigned char)kind;
	w->has_item[w->depth] = false;
	w->depth++;
	buf_char(w->b, kind);
}

void
jw_object(struct jw *w, const char *key)
{
	open_(w, key, '{');
}

void
jw_array(struct jw *w, const char *key)
{
	open_(w, key, '[');
}

void
jw_end(struct jw *w)
{
	INVARIANT(w->depth > 0);
	w->depth--;
	buf_char(w->b, w->kind[w->depth] == '{' ? '}' : ']');
}

void
jw_strn(struct jw *w, const char *key, const char *s, size_t n)
{
	lead(w, key);
	put_string(w->b, s, n);
}

void
jw_str(struct jw *w, const char *key, const char *s)
{
	if (s)
		jw_strn(w, key, s, strlen(s));
	else
		jw_null(w, key);
}

void
jw_int(struct jw *w, const char *key, int64_t v)
{
	lead(w, key);
	buf_printf(w->b, "%" PRId64, v);
}

void
jw_uint(struct jw *w, const char *key, uint64_t v)
{
	lead(w, key);
	buf_printf(w->b, "%" PRIu64, v);
}

void
jw_bool(struct jw *w, const char *key, bool v)
{
	lead(w, key);
	buf_str(w->b, v ? "true" : "false");
}

void
jw_null(struct jw *w, const char *key)
{
	lead(w, key);
	buf_str(w->b, "null");
}

void
jw_lexeme(struct jw *w, const char *key, const char *s)
{
	lead(w, key);
	buf_str(w->b, s);
}

void
jw_raw(struct jw *w, const char *key, const char *json)
{
	jw_lexeme(w, key, json);
}

/* How a tree is written: compact with lexemes, canonical, or indented. */
enum form { FORM_COMPACT, FORM_CANONICAL, FORM_PRETTY };

static int write_value(struct buf *b, const struct jx *v, enum form form, unsigned indent,
    struct err *err);

static void
new_line(struct buf *b, enum form form, unsigned indent)
{
	if (form != FORM_PRETTY)
		return;
	buf_char(b, '\n');
	for (unsigned i = 0; i < indent; i++)
		buf_str(b, "  ");
}

/* First byte differences decide by UTF-16 code units (RFC 8785 3.2.3): supplementary characters
 * (lead byte >= 0xf0) sort as their surrogates, below U+E000..U+FFFF (lead bytes 0xee, 0xef). */
static int
by_utf16(const void *x, const void *y)
{
	const struct jx_member *a = *(const struct jx_member *const *)x;
	const struct jx_member *b = *(const struct jx_member *const *)y;
	size_t n = a->key_bytes < b->key_bytes ? a->key_bytes : b->key_bytes;

	for (size_t i = 0; i < n; i++) {
		unsigned char p = (unsigned char)a->key[i], q = (unsigned char)b->key[i];
		if (p == q)
			continue;
		if (p >= 0xf0 && (q == 0xee || q == 0xef))
			return -1;
		if (q >= 0xf0 && (p == 0xee || p == 0xef))
			return 1;
		return p < q ? -1 : 1;
	}
	return (a->key_bytes > b->key_bytes) - (a->key_bytes < b->key_bytes);
}

static int
write_object(struct buf *b, const struct jx *v, enum form form, unsigned indent, struct err *err)
{
	size_t n = v->u.object.n;
	const struct jx_member **sorted = NULL;

	if (form == FORM_CANONICAL && n > 1) {
		sorted = ARENA_ARRAY(b->a, n, const struct jx_member *);
		for (size_t i = 0; i < n; i++)
			sorted[i] = &v->u.object.at[i];
		qsort(sorted, n, sizeof *sorted, by_utf16);
	}
	buf_char(b, '{');
	for (size_t i = 0; i < n; i++) {
		const struct jx_member *m = sorted ? sorted[i] : &v->u.object.at[i];
		if (i)
			buf_char(b, ',');
		new_line(b, form, indent + 1);
		put_string(b, m->key, m->key_bytes);
		buf_char(b, ':');
		if (form == FORM_PRETTY)
			buf_char(b, ' ');
		if (write_value(b, m->value, form, indent + 1, err) < 0)
			return -1;
	}
	if (n)
		new_line(b, form, indent);
	buf_char(b, '}');
	return 0;
}

static int
write_array(struct buf *b, const struct jx *v, enum form form, unsigned indent, struct err *err)
{
	buf_char(b, '[');
	for (size_t i = 0; i < v->u.array.n; i++) {
		if (i)
			buf_char(b, ',');
		new_line(b, form, indent + 1);
		if (write_value(b, v->u.array.at[i], form, indent + 1, err) < 0)
			return -1;
	}
	if (v->u.array.n)
		new_line(b, form, indent);
	buf_char(b, ']');
	return 0;
}

static int
write_number(struct buf *b, const struct jx *v, enum form form, struct err *err)
{
	char text[32];
	double d;

	if (form != FORM_CANONICAL) {
		buf_add(b, v->u.text.p, v->u.text.n);
		return 0;
	}
	d = strtod(v->u.text.p, NULL);
	if (!isfinite(d))
		return err_set(err, E_JSON, "line %u, column %u: %.40s is beyond a double's range", v->line,
		    v->column, v->u.text.p);
	buf_add(b, text, num_es6(d, text));
	return 0;
}

/* Depth was bounded by the parser that made v. */
static int
write_value(struct buf *b, const struct jx *v, enum form form, unsigned indent, struct err *err)
{
	switch (v->type) {
	case JX_NULL: buf_str(b, "null"); return 0;
	case JX_BOOL: buf_str(b, v->u.boolean ? "true" : "false"); return 0;
	case JX_NUMBER: return write_number(b, v, form, err);
	case JX_STRING: put_string(b, v->u.text.p, v->u.text.n); return 0;
	case JX_ARRAY: return write_array(b, v, form, indent, err);
	case JX_OBJECT: return write_object(b, v, form, indent, err);
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

void
jw_value(struct jw *w, const char *key, const struct jx *v)
{
	lead(w, key);
	INVARIANT(write_value(w->b, v, FORM_COMPACT, 0, NULL) == 0);
}

int
jw_canonical(struct buf *b, const struct jx *v, struct err *err)
{
	return write_value(b, v, FORM_CANONICAL, 0, err);
}

int
jw_canonical_text(struct arena *a, const char *text, size_t n, char **out, size_t *out_bytes,
    struct err *err)
{
	static const struct jx_options opt = {.allow_nul = true};
	struct jx *v;
	struct buf b;

	if (jx_parse(a, text, n, &opt, &v, err) < 0)
		return -1;
	buf_init(&b, a);
	if (jw_canonical(&b, v, err) < 0)
		return -1;
	*out_bytes = b.len;
	*out = buf_take(&b);
	return 0;
}

void
jw_pretty(struct buf *b, const struct jx *v)
{
	INVARIANT(write_value(b, v, FORM_PRETTY, 0, NULL) == 0);
	buf_char(b, '\n');
}
