/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jx.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/num.h"
#include "core/utf8.h"

#define BYTES_MAX_DEFAULT ((size_t)64 << 20)
#define DEPTH_MAX_DEFAULT 128u

static const char *const type_names[JX__COUNT] = {
    "null", "a boolean", "a number", "a string", "an array", "an object"};

struct reader {
	struct arena *a;
	struct err *err;
	const char *start;
	const char *p;
	const char *end;
	const char *line_start;
	uint32_t line;
	const char *counted; /* columns are counted up to here, so that one long line stays linear */
	uint32_t column;
	unsigned depth;
	struct jx_options opt;
};

struct list {
	void **at;
	size_t n;
	size_t cap;
};

static void
list_add(struct arena *a, struct list *l, void *item)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 4;
		void **at = ARENA_ARRAY(a, cap, void *);
		if (l->n)
			memcpy(at, l->at, l->n * sizeof *at);
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = item;
}

/* Column in code points: bytes that do not continue a sequence. */
static uint32_t
column_of(struct reader *r, const char *at)
{
	if (!r->counted || r->counted < r->line_start || at < r->counted) {
		r->counted = r->line_start;
		r->column = 1;
	}
	for (; r->counted < at; r->counted++)
		if (((unsigned char)*r->counted & 0xc0) != 0x80)
			r->column++;
	return r->column;
}

static int
fail(struct reader *r, const char *at, const char *expected)
{
	char found[24];

	if (at >= r->end)
		(void)snprintf(found, sizeof found, "the end of the text");
	else if ((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f)
		(void)snprintf(found, sizeof found, "'%c'", *at);
	else
		(void)snprintf(found, sizeof found, "byte 0x%02x", (unsigned char)*at);
	return err_set(r->err, E_JSON, "line %u, column %u: expected %s, found %s", r->line,
	    column_of(r, at), expected, found);
}

static void
skip_space(struct reader *r)
{
	for (; r->p < r->end; r->p++) {
		if (*r->p == '\n') {
			r->line++;
			r->line_start = r->p + 1;
		} else if (*r->p != ' ' && *r->p != '\t' && *r->p != '\r') {
			return;
		}
	}
}

static struct jx *
node(struct reader *r, enum jx_type type)
{
	struct jx *v = ARENA_NEW(r->a, struct jx);

	v->type = type;
	v->line = r->line;
	v->column = column_of(r, r->p);
	v->offset = (size_t)(r->p - r->start);
	return v;
}

static int
hex4(struct reader *r, const char *at, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		char c = at + i < r->end ? at[i] : '\0';
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (unsigned)((c | 32) - 'a') + 10;
		else
			return fail(r, at + i, "four hex digits behind \\u");
		v = v << 4 | digit;
	}
	*out = v;
	return 0;
}

static char *
utf8_put(char *o, unsigned c)
{
	if (c < 0x80) {
		*o++ = (char)c;
	} else if (c < 0x800) {
		*o++ = (char)(0xc0 | c >> 6);
		*o++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*o++ = (char)(0xe0 | c >> 12);
		*o++ = (char)(0x80 | (c >> 6 & 63));
		*o++ = (char)(0x80 | (c & 63));
	} else {
		*o++ = (char)(0xf0 | c >> 18);
		*o++ = (char)(0x80 | (c >> 12 & 63));
		*o++ = (char)(0x80 | (c >> 6 & 63));
		*o++ = (char)(0x80 | (c & 63));
	}
	return o;
}

/* \uXXXX at *at (behind the backslash and u), joining surrogate pairs. */
static int
unicode_escape(struct reader *r, const char **at, char **o)
{
	unsigned c, low;

	if (hex4(r, *at, &c) < 0)
		return -1;
	if (c == 0 && !r->opt.allow_nul)
		return fail(r, *at, "no NUL character (\\u0000)");
	if (c >= 0xd800 && c <= 0xdbff && *at + 10 <= r->end && (*at)[4] == '\\' && (*at)[5] == 'u') {
		if (hex4(r, *at + 6, &low) < 0)
			return -1;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*o = utf8_put(*o, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
			*at += 10;
			return 0;
		}
	}
	if (c >= 0xd800 && c <= 0xdfff && !r->opt.allow_surrogates)
		return fail(r, *at, "a whole surrogate pair");
	*o = utf8_put(*o, c);
	*at += 4;
	return 0;
}

static int
escape(struct reader *r, const char **at, char **o)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = *at < r->end ? **at : '\0';
	const char *hit = c ? strchr(from, c) : NULL;

	if (c == 'u') {
		(*at)++;
		return unicode_escape(r, at, o);
	}
	if (!hit)
		return fail(r, *at, "one of \" \\ / b f n r t u behind a backslash");
	*(*o)++ = to[hit - from];
	(*at)++;
	return 0;
}

/* A string whose opening quote is at r->p. The decoded text never outgrows its source. */
static int
string(struct reader *r, const char **out, size_t *n)
{
	const char *at = r->p + 1, *close = at;
	char *text, *o;

	while (close < r->end && *close != '"')
		close += *close == '\\' && close + 1 < r->end ? 2 : 1;
	if (close >= r->end)
		return fail(r, r->end, "a closing '\"' for the string that begins here or before");
	text = o = arena_alloc(r->a, (size_t)(close - at) + 1);
	while (at < close) {
		if (*at == '\\') {
			at++;
			if (escape(r, &at, &o) < 0)
				return -1;
		} else if ((unsigned char)*at < 0x20) {
			return fail(r, at, "control characters as escapes");
		} else {
			*o++ = *at++;
		}
	}
	*o = '\0';
	*out = text;
	*n = (size_t)(o - text);
	r->p = close + 1;
	return 0;
}

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static int
number(struct reader *r, struct jx *v)
{
	const char *p = r->p, *q;

	if (p < r->end && *p == '-')
		p++;
	q = digits(p, r->end);
	if (q == p)
		return fail(r, p, "a digit");
	if (*p == '0' && q - p > 1)
		return fail(r, p + 1, "no digit behind a leading zero");
	p = q;
	if (p < r->end && *p == '.') {
		q = digits(p + 1, r->end);
		if (q == p + 1)
			return fail(r, q, "a digit behind the decimal point");
		p = q;
	}
	if (p < r->end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < r->end && (*p == '+' || *p == '-'))
			p++;
		q = digits(p, r->end);
		if (q == p)
			return fail(r, q, "a digit in the exponent");
		p = q;
	}
	v->u.text.n = (size_t)(p - r->p);
	v->u.text.p = arena_dup(r->a, r->p, v->u.text.n);
	r->p = p;
	return 0;
}

static int value(struct reader *r, struct jx **out);

static int
array(struct reader *r, struct jx *v)
{
	struct list l = {0};
	struct jx *item;

	r->p++;
	skip_space(r);
	while (r->p >= r->end || *r->p != ']') {
		if (l.n && (r->p >= r->end || *r->p != ','))
			return fail(r, r->p, "',' or ']'");
		if (l.n) {
			r->p++;
			skip_space(r);
		}
		if (value(r, &item) < 0)
			return -1;
		list_add(r->a, &l, item);
		skip_space(r);
	}
	r->p++;
	v->u.array.at = (struct jx **)l.at;
	v->u.array.n = l.n;
	return 0;
}

static int
by_key(const void *x, const void *y)
{
	const struct jx_member *const *a = x, *const *b = y;
	size_t n = (*a)->key_bytes < (*b)->key_bytes ? (*a)->key_bytes : (*b)->key_bytes;
	int c = memcmp((*a)->key, (*b)->key, n);

	if (c)
		return c;
	return ((*a)->key_bytes > (*b)->key_bytes) - ((*a)->key_bytes < (*b)->key_bytes);
}

static int
check_unique(struct reader *r, const struct list *l)
{
	void **sorted = ARENA_ARRAY(r->a, l->n, void *);

	if (l->n < 2)
		return 0;
	memcpy(sorted, l->at, l->n * sizeof *sorted);
	qsort(sorted, l->n, sizeof *sorted, by_key);
	for (size_t i = 1; i < l->n; i++) {
		const struct jx_member *const *a = (const void *)&sorted[i - 1];
		const struct jx_member *const *b = (const void *)&sorted[i];
		if (by_key(a, b) == 0) {
			const struct jx *at = (*a)->value->offset > (*b)->value->offset ? (*a)->value
											: (*b)->value;
			return err_set(r->err, E_JSON,
			    "line %u, column %u: the key '%.80s' stands twice in one object", at->line,
			    at->column, (*a)->key);
		}
	}
	return 0;
}

static int
member(struct reader *r, struct list *l)
{
	struct jx_member *m = ARENA_NEW(r->a, struct jx_member);

	if (r->p >= r->end || *r->p != '"')
		return fail(r, r->p, l->n ? "'\"' (a key)" : "'\"' (a key) or '}'");
	if (string(r, &m->key, &m->key_bytes) < 0)
		return -1;
	skip_space(r);
	if (r->p >= r->end || *r->p != ':')
		return fail(r, r->p, "':'");
	r->p++;
	skip_space(r);
	if (value(r, &m->value) < 0)
		return -1;
	list_add(r->a, l, m);
	return 0;
}

static int
object(struct reader *r, struct jx *v)
{
	struct list l = {0};

	r->p++;
	skip_space(r);
	while (r->p >= r->end || *r->p != '}') {
		if (l.n && (r->p >= r->end || *r->p != ','))
			return fail(r, r->p, "',' or '}'");
		if (l.n) {
			r->p++;
			skip_space(r);
		}
		if (member(r, &l) < 0)
			return -1;
		skip_space(r);
	}
	r->p++;
	if (check_unique(r, &l) < 0)
		return -1;
	v->u.object.at = ARENA_ARRAY(r->a, l.n, struct jx_member);
	v->u.object.n = l.n;
	for (size_t i = 0; i < l.n; i++)
		v->u.object.at[i] = *(struct jx_member *)l.at[i];
	return 0;
}

static bool
word(struct reader *r, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, w, n) != 0)
		return false;
	r->p += n;
	return true;
}

static int
literal(struct reader *r, struct jx *v)
{
	v->u.boolean = false;
	if (word(r, "null")) {
		v->type = JX_NULL;
	} else if (word(r, "true")) {
		v->type = JX_BOOL;
		v->u.boolean = true;
	} else if (word(r, "false")) {
		v->type = JX_BOOL;
	} else {
		return fail(r, r->p, "a JSON value");
	}
	return 0;
}

/* Recursion is bounded by opt.depth_max. */
static int
value(struct reader *r, struct jx **out)
{
	struct jx *v = node(r, JX_NULL);
	char c = r->p < r->end ? *r->p : '\0';
	int rc;

	if (c == '{' || c == '[') {
		if (r->depth >= r->opt.depth_max)
			return err_set(r->err, E_JSON, "line %u, column %u: nested deeper than %u levels",
			    v->line, v->column, r->opt.depth_max);
		r->depth++;
		v->type = c == '{' ? JX_OBJECT : JX_ARRAY;
		rc = c == '{' ? object(r, v) : array(r, v);
		r->depth--;
	} else if (c == '"') {
		v->type = JX_STRING;
		rc = string(r, &v->u.text.p, &v->u.text.n);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		v->type = JX_NUMBER;
		rc = number(r, v);
	} else {
		rc = literal(r, v);
	}
	if (rc == 0)
		*out = v;
	return rc;
}

int
jx_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt, struct jx **out,
    struct err *err)
{
	struct reader r = {.a = a, .err = err, .start = text, .p = text, .end = text + n,
	    .line_start = text, .line = 1};
	struct jx *v;
	size_t bad;

	if (opt)
		r.opt = *opt;
	if (r.opt.bytes_max == 0)
		r.opt.bytes_max = BYTES_MAX_DEFAULT;
	if (r.opt.depth_max == 0)
		r.opt.depth_max = DEPTH_MAX_DEFAULT;
	if (n > r.opt.bytes_max)
		return err_set(err, E_TOO_LARGE, "%zu bytes of JSON; the limit is %zu", n, r.opt.bytes_max);
	bad = utf8_check(text, n);
	if (bad < n) {
		for (const char *p = text; p < text + bad; p++)
			if (*p == '\n') {
				r.line++;
				r.line_start = p + 1;
			}
		return fail(&r, text + bad, "well-formed UTF-8");
	}
	skip_space(&r);
	if (value(&r, &v) < 0)
		return -1;
	skip_space(&r);
	if (r.p < r.end)
		return fail(&r, r.p, "nothing behind the value");
	*out = v;
	return 0;
}

int
jx_load(struct arena *a, const char *path, const struct jx_options *opt, struct jx **out,
    struct err *err)
{
	size_t max = opt && opt->bytes_max ? opt->bytes_max : BYTES_MAX_DEFAULT;
	char *text;
	size_t n;

	if (file_load(a, path, max, &text, &n, err) < 0)
		return -1;
	return jx_parse(a, text, n, opt, out, err) < 0 ? err_wrap(err, "'%s'", path) : 0;
}

const struct jx *
jx_find(const struct jx *o, const char *key)
{
	size_t n = strlen(key);

	if (!jx_is(o, JX_OBJECT))
		return NULL;
	for (size_t i = 0; i < o->u.object.n; i++) {
		const struct jx_member *m = &o->u.object.at[i];
		if (m->key_bytes == n && memcmp(m->key, key, n) == 0)
			return m->value;
	}
	return NULL;
}

const struct jx *
jx_at(const struct jx *v, size_t index)
{
	return jx_is(v, JX_ARRAY) && index < v->u.array.n ? v->u.array.at[index] : NULL;
}

size_t
jx_size(const struct jx *v)
{
	if (jx_is(v, JX_ARRAY))
		return v->u.array.n;
	return jx_is(v, JX_OBJECT) ? v->u.object.n : 0;
}

/* One reference token of an RFC 6901 pointer, unescaped into key; returns its end, NULL if bad. */
static const char *
pointer_token(const char *p, char *key, size_t key_bytes)
{
	size_t n = 0;

	for (; *p && *p != '/'; p++) {
		char c = *p;
		if (c == '~') {
			p++;
			if (*p != '0' && *p != '1')
				return NULL;
			c = *p == '0' ? '~' : '/';
		}
		if (n + 1 >= key_bytes)
			return NULL;
		key[n++] = c;
	}
	key[n] = '\0';
	return p;
}

const struct jx *
jx_pointer(const struct jx *root, const char *pointer)
{
	char key[512];
	int64_t index;

	while (root && *pointer) {
		if (*pointer != '/')
			return NULL;
		pointer = pointer_token(pointer + 1, key, sizeof key);
		if (!pointer)
			return NULL;
		if (!jx_is(root, JX_ARRAY)) {
			root = jx_find(root, key);
			continue;
		}
		if (num_parse(key, strlen(key), 0, INT64_MAX, &index, NULL) < 0 ||
		    (key[0] == '0' && key[1]))
			return NULL;
		root = jx_at(root, (size_t)index);
	}
	return root;
}

bool
jx_is(const struct jx *v, enum jx_type type)
{
	return v && v->type == type;
}

bool
jx_is_str(const struct jx *v, const char *s)
{
	return jx_is(v, JX_STRING) && v->u.text.n == strlen(s) && memcmp(v->u.text.p, s, v->u.text.n) == 0;
}

const char *
jx_str(const struct jx *v, const char *dflt)
{
	return jx_is(v, JX_STRING) ? v->u.text.p : dflt;
}

int64_t
jx_int(const struct jx *v, int64_t dflt)
{
	int64_t out;

	if (!jx_is(v, JX_NUMBER) ||
	    num_parse(v->u.text.p, v->u.text.n, INT64_MIN, INT64_MAX, &out, NULL) < 0)
		return dflt;
	return out;
}

bool
jx_bool(const struct jx *v, bool dflt)
{
	return jx_is(v, JX_BOOL) ? v->u.boolean : dflt;
}

double
jx_double(const struct jx *v, double dflt)
{
	return jx_is(v, JX_NUMBER) ? strtod(v->u.text.p, NULL) : dflt;
}

const char *
jx_type_name(enum jx_type type)
{
	INVARIANT(type < JX__COUNT);
	return type_names[type];
}

static const struct jx *
need(const struct jx *o, const char *key, enum jx_type type, struct err *err)
{
	const struct jx *v = jx_find(o, key);

	if (!o || o->type != JX_OBJECT)
		err_set(err, E_SCHEMA, "expected an object with '%s', found %s", key,
		    o ? type_names[o->type] : "nothing");
	else if (!v)
		err_set(err, E_SCHEMA, "line %u, column %u: '%s' is missing (%s)", o->line, o->column, key,
		    type_names[type]);
	else if (v->type != type)
		err_set(err, E_SCHEMA, "line %u, column %u: '%s' must be %s, found %s", v->line, v->column,
		    key, type_names[type], type_names[v->type]);
	return v && v->type == type ? v : NULL;
}

int
jx_get_str(const struct jx *o, const char *key, const char **out, struct err *err)
{
	const struct jx *v = need(o, key, JX_STRING, err);

	if (!v)
		return -1;
	*out = v->u.text.p;
	return 0;
}

int
jx_get_int(const struct jx *o, const char *key, int64_t min, int64_t max, int64_t *out,
    struct err *err)
{
	const struct jx *v = need(o, key, JX_NUMBER, err);

	if (!v)
		return -1;
	if (num_parse(v->u.text.p, v->u.text.n, min, max, out, NULL) < 0)
		return err_set(err, E_SCHEMA,
		    "line %u, column %u: '%s' must be a whole number from %" PRId64 " to %" PRId64
		    ", found %.40s",
		    v->line, v->column, key, min, max, v->u.text.p);
	return 0;
}

int
jx_get_bool(const struct jx *o, const char *key, bool *out, struct err *err)
{
	const struct jx *v = need(o, key, JX_BOOL, err);

	if (!v)
		return -1;
	*out = v->u.boolean;
	return 0;
}

int
jx_get_array(const struct jx *o, const char *key, const struct jx **out, struct err *err)
{
	const struct jx *v = need(o, key, JX_ARRAY, err);

	if (!v)
		return -1;
	*out = v;
	return 0;
}

int
jx_get_object(const struct jx *o, const char *key, const struct jx **out, struct err *err)
{
	const struct jx *v = need(o, key, JX_OBJECT, err);

	if (!v)
		return -1;
	*out = v;
	return 0;
}

/* Length of the longest common prefix plus suffix, relative to the longer word: a cheap likeness. */
static size_t
likeness(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), min = na < nb ? na : nb, pre = 0, post = 0;

	while (pre < min && a[pre] == b[pre])
		pre++;
	while (post < min - pre && a[na - 1 - post] == b[nb - 1 - post])
		post++;
	return (pre + post) * 100 / (na > nb ? na : nb ? nb : 1);
}

int
jx_check_keys(const struct jx *o, const char *const *legal, struct err *err)
{
	for (size_t i = 0; i < jx_size(o) && o->type == JX_OBJECT; i++) {
		const struct jx_member *m = &o->u.object.at[i];
		const char *nearest = NULL;
		size_t best = 49;
		bool is_legal = false;
		for (size_t k = 0; legal[k]; k++) {
			size_t score = likeness(m->key, legal[k]);
			if (strcmp(m->key, legal[k]) == 0)
				is_legal = true;
			if (score > best) {
				best = score;
				nearest = legal[k];
			}
		}
		if (is_legal)
			continue;
		return err_set(err, E_SCHEMA, "line %u, column %u: unknown key '%.80s'%s%s%s", m->value->line,
		    m->value->column, m->key, nearest ? "; did you mean '" : "", nearest ? nearest : "",
		    nearest ? "'?" : "");
	}
	return 0;
}

int
jx_check_schema(const struct jx *o, const char *name, struct err *err)
{
	const char *got;

	if (jx_get_str(o, "schema", &got, err) < 0)
		return -1;
	if (strcmp(got, name) != 0)
		return err_set(err, E_SCHEMA, "this is a '%.60s'; expected '%s'", got, name);
	return 0;
}
