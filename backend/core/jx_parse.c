/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON text. One pass with a stack of its own, so nesting costs no C stack. Strings are
 * looked through sixteen bytes at a time; columns come from the line's start less the continuation
 * bytes seen since; what a container holds is collected on one growing stack and copied out when it
 * closes, so the tree has no slack.
 */
#include "core/jx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"

#define BYTES_MAX_DEFAULT ((size_t)64 << 20)
#define DEPTH_MAX_DEFAULT 128u
#define ITEMS_FIRST 128u
#define FRAMES_FIRST 64u
#define NODES_CHUNK 400u         /* 16 kB */
#define TEXT_CHUNK ((size_t)16 << 10)
#define KEYS_COMPARED_MAX 8u     /* above, duplicate keys are found by hashing */
#define KEY_PROBES_PER_KEY 16u   /* above, by sorting: the hash has been played */

/* An open array or object. */
struct frame {
	struct jx *v;
	size_t base; /* its first item on the stack of items */
};

struct reader {
	struct arena *a;
	struct arena *scratch; /* made when the first stacks are outgrown */
	struct err *err;
	const char *start;
	const char *p;
	const char *end;
	const char *line_start;
	uint32_t line;
	uint32_t continued; /* UTF-8 continuation bytes between line_start and p */
	struct jx_options opt;
	struct jx *nodes; /* unused nodes of the last chunk */
	size_t nnodes;
	char *text; /* unused bytes of the last chunk */
	size_t text_bytes;
	struct jx_member *items;
	size_t nitems, items_cap;
	struct frame *frames;
	size_t nframes, frames_cap;
};

/* Column in code points: bytes that do not continue a sequence. Only for messages. */
static uint32_t
column_of(const struct reader *r, const char *at)
{
	uint32_t column = 1;

	for (const char *p = r->line_start; p < at; p++)
		column += ((unsigned char)*p & 0xc0) != 0x80;
	return column;
}

static int __attribute__((cold))
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

static inline void
skip_space(struct reader *r)
{
	const char *p = r->p;

	if (__builtin_expect(p < r->end && (unsigned char)*p > ' ', 1))
		return;
	for (; p < r->end; p++) {
		if (*p == '\n') {
			r->line++;
			r->line_start = p + 1;
			r->continued = 0;
		} else if (*p != ' ' && *p != '\t' && *p != '\r') {
			break;
		}
	}
	r->p = p;
}

/* --- memory ----------------------------------------------------------------------------------- */

static struct jx *
node(struct reader *r)
{
	struct jx *v;

	if (__builtin_expect(r->nnodes == 0, 0)) {
#ifdef FORGE_ASAN
		r->nnodes = 1;
#else
		size_t left = (size_t)(r->end - r->p) / 8 + 1;
		r->nnodes = left < NODES_CHUNK ? left : NODES_CHUNK;
#endif
		r->nodes = arena_raw(r->a, r->nnodes * sizeof *r->nodes);
	}
	r->nnodes--;
	v = r->nodes++;
	v->type = JX_NULL;
	v->line = r->line;
	v->column = (uint32_t)(r->p - r->line_start) - r->continued + 1;
	v->offset = (size_t)(r->p - r->start);
	v->u.array.at = NULL;
	v->u.array.n = 0;
	return v;
}

/* Room for n bytes of text and a NUL, written at once. */
static inline char *
text_room(struct reader *r, size_t n)
{
	char *at;

	if (__builtin_expect(n >= r->text_bytes, 0)) {
#ifdef FORGE_ASAN
		return arena_raw(r->a, n + 1);
#else
		/* what is decoded never outgrows its source */
		size_t left = (size_t)(r->end - r->p) + 1;
		if (n >= TEXT_CHUNK / 4)
			return arena_raw(r->a, n + 1);
		r->text_bytes = left < TEXT_CHUNK ? left : TEXT_CHUNK;
		if (r->text_bytes < n + 1)
			r->text_bytes = n + 1;
		r->text = arena_raw(r->a, r->text_bytes);
#endif
	}
	at = r->text;
	r->text += n + 1;
	r->text_bytes -= n + 1;
	return at;
}

/* Copy of n bytes of the source with a NUL behind. */
static inline char *
text_copy(struct reader *r, const char *from, size_t n)
{
	char *to = text_room(r, n);

#if defined __SSE2__ && !defined FORGE_ASAN
	if (n <= 16 && r->end - from >= 16 && r->text_bytes >= 16) {
		_mm_storeu_si128((__m128i *)(void *)to, _mm_loadu_si128((const __m128i *)(const void *)from));
		to[n] = '\0';
		return to;
	}
#endif
	memcpy(to, from, n);
	to[n] = '\0';
	return to;
}

static void *
doubled(struct reader *r, void *at, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (!r->scratch)
		r->scratch = arena_new(0);
	more = arena_raw(r->scratch, *cap * 2 * size);
	memcpy(more, at, n * size);
	*cap *= 2;
	return more;
}

static inline struct jx_member *
push_item(struct reader *r)
{
	if (__builtin_expect(r->nitems == r->items_cap, 0))
		r->items = doubled(r, r->items, r->nitems, &r->items_cap, sizeof *r->items);
	return &r->items[r->nitems++];
}

/* --- strings ---------------------------------------------------------------------------------- */

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

/* The first '"', '\\' or control character from p on, or end. *wide: bytes above 0x7f were seen
 * (perhaps ones behind the find, so it may be set in vain). */
static inline const char *
find_special(const char *p, const char *end, bool *wide)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), low = _mm_set1_epi8(0x1f);

	for (; end - p >= 16; p += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)),
		    _mm_cmpeq_epi8(_mm_min_epu8(x, low), x));
		int hits = _mm_movemask_epi8(special);
		*wide = *wide || _mm_movemask_epi8(x) != 0;
		if (hits)
			return p + __builtin_ctz((unsigned)hits);
	}
#endif
	for (; p < end; p++) {
		if (*p == '"' || *p == '\\' || (unsigned char)*p < 0x20)
			return p;
		*wide = *wide || (unsigned char)*p >= 0x80;
	}
	return p;
}

static uint32_t
continuations(const char *p, const char *end)
{
	uint32_t n = 0;

	for (; p < end; p++)
		n += ((unsigned char)*p & 0xc0) == 0x80;
	return n;
}

/* A string with escapes (or a fault) at stop. The decoded text never outgrows its source. */
static int
string_with_escapes(struct reader *r, const char *stop, const char **out, size_t *n)
{
	const char *at = r->p + 1, *close = stop;
	bool wide = false;
	char *text, *o;

	while (close < r->end && *close != '"') {
		if (*close == '\\' && close + 1 < r->end)
			close += 2;
		else
			close++;
		close = find_special(close < r->end ? close : r->end, r->end, &wide);
	}
	if (close >= r->end)
		return fail(r, r->end, "a closing '\"' for the string that begins here or before");
	text = o = text_room(r, (size_t)(close - at));
	while (at < close) {
		const char *run = find_special(at, close, &wide);
		memcpy(o, at, (size_t)(run - at));
		o += run - at;
		at = run;
		if (at == close)
			break;
		if (*at != '\\')
			return fail(r, at, "control characters as escapes");
		at++;
		if (escape(r, &at, &o) < 0)
			return -1;
	}
	*o = '\0';
	*out = text;
	*n = (size_t)(o - text);
	r->continued += continuations(r->p, close);
	r->p = close + 1;
	return 0;
}

/* A string whose opening quote is at r->p. */
static inline int
string(struct reader *r, const char **out, size_t *n)
{
	const char *from = r->p + 1;
	bool wide = false;
	const char *stop = find_special(from, r->end, &wide);

	if (__builtin_expect(stop >= r->end || *stop != '"', 0))
		return string_with_escapes(r, stop, out, n);
	if (__builtin_expect(wide, 0))
		r->continued += continuations(from, stop);
	*n = (size_t)(stop - from);
	*out = text_copy(r, from, *n);
	r->p = stop + 1;
	return 0;
}

/* --- scalars ---------------------------------------------------------------------------------- */

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
	v->type = JX_NUMBER;
	v->u.text.n = (size_t)(p - r->p);
	v->u.text.p = text_copy(r, r->p, v->u.text.n);
	r->p = p;
	return 0;
}

static bool
word(struct reader *r, const char *w, size_t n)
{
	if ((size_t)(r->end - r->p) < n || memcmp(r->p, w, n) != 0)
		return false;
	r->p += n;
	return true;
}

static int
literal(struct reader *r, struct jx *v)
{
	if (word(r, "true", 4)) {
		v->type = JX_BOOL;
		v->u.boolean = true;
	} else if (word(r, "false", 5)) {
		v->type = JX_BOOL;
	} else if (!word(r, "null", 4)) {
		return fail(r, r->p, "a JSON value");
	}
	return 0;
}

/* --- objects ---------------------------------------------------------------------------------- */

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

/* The slow and certain way, and the one that words the message. */
static int
check_by_sorting(struct reader *r, const struct jx_member *at, size_t n)
{
	struct arena *scratch = arena_new(0);
	const struct jx_member **sorted = ARENA_ARRAY(scratch, n, const struct jx_member *);
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &at[i];
	qsort(sorted, n, sizeof *sorted, by_key);
	for (size_t i = 1; i < n && rc == 0; i++) {
		const struct jx_member *a = sorted[i - 1], *b = sorted[i];
		if (by_key(&a, &b) != 0)
			continue;
		const struct jx *second = a->value->offset > b->value->offset ? a->value : b->value;
		rc = err_set(r->err, E_JSON, "line %u, column %u: the key '%.80s' stands twice in one object",
		    second->line, second->column, a->key);
	}
	arena_free(scratch);
	return rc;
}

static inline bool
same_key(const struct jx_member *a, const struct jx_member *b)
{
	return a->key_bytes == b->key_bytes && a->key[0] == b->key[0] &&
	    memcmp(a->key, b->key, a->key_bytes) == 0;
}

static inline size_t
hash(const struct jx_member *m)
{
	uint64_t h = m->key_bytes * 0x9e3779b97f4a7c15u, x;
	size_t i = 0;

	for (; i + 8 <= m->key_bytes; i += 8) {
		memcpy(&x, m->key + i, 8);
		h = (h ^ x) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (x = 0; i < m->key_bytes; i++)
		x = x << 8 | (unsigned char)m->key[i];
	h = (h ^ x) * 0xff51afd7ed558ccdu;
	return (size_t)(h ^ h >> 32);
}

/* Up to 65,535 keys: a table of their numbers, 0 for free. */
#define HASHED_KEYS_MAX 65535u
static int
check_by_hashing(struct reader *r, const struct jx_member *at, size_t n)
{
	uint16_t small[512], *table = small;
	size_t cap = 32, probes = 0;

	if (n > HASHED_KEYS_MAX)
		return check_by_sorting(r, at, n);
	while (cap < n * 2)
		cap *= 2;
	if (cap > sizeof small / sizeof *small) {
		if (!r->scratch)
			r->scratch = arena_new(0);
		table = arena_raw(r->scratch, cap * sizeof *table);
	}
	memset(table, 0, cap * sizeof *table);
	for (size_t i = 0; i < n; i++) {
		size_t slot = hash(&at[i]) & (cap - 1);
		for (; table[slot]; slot = (slot + 1) & (cap - 1))
			if (same_key(&at[table[slot] - 1], &at[i]) || ++probes > n * KEY_PROBES_PER_KEY)
				return check_by_sorting(r, at, n);
		table[slot] = (uint16_t)(i + 1);
	}
	return 0;
}

static int
check_unique(struct reader *r, const struct jx_member *at, size_t n)
{
	if (n > KEYS_COMPARED_MAX)
		return check_by_hashing(r, at, n);
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (same_key(&at[k], &at[i]))
				return check_by_sorting(r, at, n);
	return 0;
}

/* --- the machine ------------------------------------------------------------------------------ */

/* r->p is at '{' or '['. */
static int
open_container(struct reader *r, struct jx *v)
{
	if (r->nframes >= r->opt.depth_max)
		return err_set(r->err, E_JSON, "line %u, column %u: nested deeper than %u levels", v->line,
		    v->column, r->opt.depth_max);
	if (r->nframes == r->frames_cap)
		r->frames = doubled(r, r->frames, r->nframes, &r->frames_cap, sizeof *r->frames);
	v->type = *r->p == '{' ? JX_OBJECT : JX_ARRAY;
	r->frames[r->nframes++] = (struct frame){.v = v, .base = r->nitems};
	r->p++;
	skip_space(r);
	return 0;
}

/* The innermost container is complete: its items move from the stack into the tree. */
static int
close_container(struct reader *r)
{
	struct frame *f = &r->frames[--r->nframes];
	size_t n = r->nitems - f->base;
	struct jx_member *items = r->items + f->base;

	r->p++;
	r->nitems = f->base;
	if (f->v->type == JX_OBJECT) {
		if (check_unique(r, items, n) < 0)
			return -1;
		f->v->u.object.at = arena_raw(r->a, n * sizeof *items);
		f->v->u.object.n = n;
		memcpy(f->v->u.object.at, items, n * sizeof *items);
		return 0;
	}
	f->v->u.array.at = n ? arena_raw(r->a, n * sizeof(struct jx *)) : NULL;
	f->v->u.array.n = n;
	for (size_t i = 0; i < n; i++)
		f->v->u.array.at[i] = items[i].value;
	return 0;
}

/* A key and its colon; the value comes next. */
static inline int
key(struct reader *r)
{
	bool first = r->nitems == r->frames[r->nframes - 1].base;
	struct jx_member *m;

	if (r->p >= r->end || *r->p != '"')
		return fail(r, r->p, first ? "'\"' (a key) or '}'" : "'\"' (a key)");
	m = push_item(r);
	if (string(r, &m->key, &m->key_bytes) < 0)
		return -1;
	skip_space(r);
	if (r->p >= r->end || *r->p != ':')
		return fail(r, r->p, "':'");
	r->p++;
	skip_space(r);
	return 0;
}

static int
scalar(struct reader *r, struct jx *v, char c)
{
	if (c == '"') {
		v->type = JX_STRING;
		return string(r, &v->u.text.p, &v->u.text.n);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(r, v);
	return literal(r, v);
}

/* Behind a finished value inside a container: 1 when another item follows, 0 when it is closed. */
static int
after_item(struct reader *r)
{
	bool in_object = r->frames[r->nframes - 1].v->type == JX_OBJECT;

	skip_space(r);
	if (r->p < r->end && *r->p == ',') {
		r->p++;
		skip_space(r);
		return in_object && key(r) < 0 ? -1 : 1;
	}
	if (r->p < r->end && *r->p == (in_object ? '}' : ']'))
		return close_container(r);
	return fail(r, r->p, in_object ? "',' or '}'" : "',' or ']'");
}

/* An opened container: 1 when its first value comes next, 0 when it was empty. */
static int
first_item(struct reader *r)
{
	bool in_object = r->frames[r->nframes - 1].v->type == JX_OBJECT;

	if (r->p < r->end && *r->p == (in_object ? '}' : ']'))
		return close_container(r);
	return in_object && key(r) < 0 ? -1 : 1;
}

static int
document(struct reader *r, struct jx **out)
{
	for (;;) {
		char c = r->p < r->end ? *r->p : '\0';
		struct jx *v = node(r);
		int more = 0;
		if (r->nframes == 0)
			*out = v;
		else if (r->frames[r->nframes - 1].v->type == JX_OBJECT)
			r->items[r->nitems - 1].value = v;
		else
			push_item(r)->value = v;
		if (c == '{' || c == '[') {
			if (open_container(r, v) < 0)
				return -1;
			more = first_item(r);
		} else if (scalar(r, v, c) < 0) {
			return -1;
		}
		while (more == 0 && r->nframes > 0)
			more = after_item(r);
		if (more <= 0)
			return more;
	}
}

static int
parse(struct reader *r, struct jx **out)
{
	struct jx *v;

	skip_space(r);
	if (document(r, &v) < 0)
		return -1;
	skip_space(r);
	if (r->p < r->end)
		return fail(r, r->p, "nothing behind the value");
	*out = v;
	return 0;
}

int
jx_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt, struct jx **out,
    struct err *err)
{
	struct jx_member items[ITEMS_FIRST];
	struct frame frames[FRAMES_FIRST];
	struct reader r = {.a = a, .err = err, .start = text, .p = text, .end = text + n,
	    .line_start = text, .line = 1, .items = items, .items_cap = ITEMS_FIRST, .frames = frames,
	    .frames_cap = FRAMES_FIRST};
	size_t bad;
	int rc;

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
	rc = parse(&r, out);
	arena_free(r.scratch);
	return rc;
}
