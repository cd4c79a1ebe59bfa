/* SPDX-License-Identifier: Apache-2.0 */
#include "types/jscan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"
#include "core/utf8.h"
#include "types/hash.h"
#include "types/mem.h"
#include "types/scan.h"

/* What may come next. */
enum state {
	STATE_VALUE,        /* a value */
	STATE_FIRST_ITEM,   /* a value or ']' */
	STATE_FIRST_KEY,    /* a key or '}' */
	STATE_KEY,          /* a key */
	STATE_COLON,        /* from here on: a separator */
	STATE_BEHIND_ITEM,  /* ',' or ']' */
	STATE_BEHIND_VALUE, /* ',' or '}' */
	STATE_DONE          /* nothing but white space */
};

/*
 * The keys of the object open at one depth, as hashes. A table serves all objects at its depth; the
 * generation tells the entries of this object from those of its predecessors.
 */
struct key_slot {
	uint64_t hash;
	uint64_t generation;
};
struct keys {
	struct mem mem; /* struct key_slot[size] */
	size_t size;    /* a power of two, or 0 */
	uint64_t n;
	uint64_t generation;
};

struct jscan {
	struct arena *a;
	struct scan *scan;
	struct hash_key key;
	enum state state;
	unsigned depth;
	bool is_started;
	bool has_stopped;
	size_t pending;             /* bytes of the last token, to be taken before the next */
	char kind[JSCAN_DEPTH_MAX]; /* '{' or '[' */
	struct keys keys[JSCAN_DEPTH_MAX];
	uint64_t nkeys;  /* in all open objects */
	struct mem text; /* decoded string */
	uint64_t token_offset;
	uint64_t token_line; /* 0: not asked for yet */
	uint64_t token_column;
	struct fault fault;
};

static void
release_keys(void *arg)
{
	struct jscan *j = arg;

	for (unsigned i = 0; i < JSCAN_DEPTH_MAX; i++) {
		mem_release(&j->keys[i].mem);
		j->keys[i].size = 0;
	}
}

struct jscan *
jscan_new(struct arena *a, csv_read_fn read, void *arg)
{
	struct jscan *j = ARENA_NEW(a, struct jscan);

	j->a = a;
	j->scan = scan_new(a, read, arg, 0);
	rnd_bytes(&j->key, sizeof j->key);
	mem_init(&j->text, a);
	for (unsigned i = 0; i < JSCAN_DEPTH_MAX; i++)
		j->keys[i].generation = 1;
	arena_defer(a, release_keys, j);
	return j;
}

struct jscan *
jscan_new_fd(struct arena *a, int fd)
{
	return jscan_new(a, scan_read_fd, scan_fd_new(a, fd));
}

void
jscan_release(struct jscan *j)
{
	scan_release(j->scan);
	mem_release(&j->text);
	release_keys(j);
}

unsigned
jscan_depth(const struct jscan *j)
{
	return j->depth;
}

const struct fault *
jscan_fault(const struct jscan *j)
{
	return &j->fault;
}

/* Places are counted once per token and only on request, in ascending order. */
void
jscan_place(struct jscan *j, uint64_t *line, uint64_t *column)
{
	if (j->token_line == 0) {
		uint64_t at = scan_offset(j->scan, scan_at(j->scan));
		INVARIANT(j->token_offset >= at);
		scan_place(j->scan, scan_at(j->scan) + (j->token_offset - at), &j->token_line,
		    &j->token_column);
	}
	*line = j->token_line;
	*column = j->token_column;
}

static enum jscan_type
say(struct jscan *j, uint64_t line, uint64_t column, uint64_t offset, const char *what)
{
	j->fault = (struct fault){
	    .row = line, .line = line, .column = column, .offset = offset, .has_offset = true};
	(void)snprintf(j->fault.message, sizeof j->fault.message, "line %llu, column %llu: %s",
	    (unsigned long long)line, (unsigned long long)column, what);
	return JSCAN_FAULT;
}

enum jscan_type
jscan_refuse(struct jscan *j, const char *fmt, ...)
{
	char what[448];
	uint64_t line, column;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	jscan_place(j, &line, &column);
	return say(j, line, column, j->token_offset, what);
}

static enum jscan_type __attribute__((format(printf, 3, 4)))
fault_at(struct jscan *j, const char *at, const char *fmt, ...)
{
	char what[448];
	uint64_t line, column;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	scan_place(j->scan, at, &line, &column);
	return say(j, line, column, scan_offset(j->scan, at), what);
}

static enum jscan_type
unexpected(struct jscan *j, const char *at, const char *expected)
{
	unsigned char c = (unsigned char)*at;

	if (at == scan_end(j->scan))
		return fault_at(j, at, "expected %s, found the end of the file", expected);
	if (c >= 0x20 && c < 0x7f)
		return fault_at(j, at, "expected %s, found '%c'", expected, c);
	return fault_at(j, at, "expected %s, found byte 0x%02x", expected, c);
}

/* ---- keys of open objects ---- */

static struct key_slot *
find_slot(struct key_slot *slots, size_t size, uint64_t hash, uint64_t generation)
{
	size_t i = (size_t)hash & (size - 1);

	while (slots[i].generation == generation && slots[i].hash != hash)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static void
grow_keys(struct keys *k)
{
	size_t size = k->size ? k->size * 2 : 16;
	struct mem grown = {0};
	const struct key_slot *from = k->mem.p;

	mem_set(&grown, size * sizeof *from, 0);
	for (size_t i = 0; i < k->size; i++)
		if (from[i].generation == k->generation)
			*find_slot(grown.p, size, from[i].hash, k->generation) = from[i];
	mem_release(&k->mem);
	k->mem = grown;
	k->size = size;
}

/* JSCAN_KEY, or a fault when the object has that key already or there are too many. */
static enum jscan_type
add_key(struct jscan *j, const char *p, size_t n)
{
	struct keys *k = &j->keys[j->depth - 1];
	uint64_t hash = hash_bytes(&j->key, p, n);
	struct key_slot *slot;

	if (k->n >= k->size / 4 * 3)
		grow_keys(k);
	slot = find_slot(k->mem.p, k->size, hash, k->generation);
	if (slot->generation == k->generation)
		return jscan_refuse(
		    j, "the key '%.*s' stands twice in one object", n > 80 ? 80 : (int)n, p);
	if (++j->nkeys > JSCAN_KEYS_MAX)
		return jscan_refuse(j, "more than %llu keys in one object; that is the limit",
		    (unsigned long long)JSCAN_KEYS_MAX);
	*slot = (struct key_slot){hash, k->generation};
	k->n++;
	return JSCAN_KEY;
}

static void
forget_keys(struct jscan *j, struct keys *k)
{
	j->nkeys -= k->n;
	k->n = 0;
	k->generation++;
	if (k->size > 1024) { /* a giant object is rare: do not keep its table */
		mem_release(&k->mem);
		k->size = 0;
	}
}

/* ---- strings and numbers ---- */

static int
hex4(const char *p, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | ((unsigned)(c | 32) - 'a' + 10);
		else
			return -1;
	}
	*out = v;
	return 0;
}

static char *
put_utf8(char *o, unsigned c)
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

/* The escape whose backslash is at *at; the closing quote lies at end, so reading stays inside. */
static enum jscan_type
unescape(struct jscan *j, const char **at, const char *end, char **o)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p = *at + 1, *hit = *p ? strchr(from, *p) : NULL;
	unsigned c, low;

	if (hit) {
		*(*o)++ = to[hit - from];
		*at = p + 1;
		return JSCAN_STRING;
	}
	if (*p != 'u')
		return unexpected(j, p, "one of \" \\ / b f n r t u behind a backslash");
	if (end - p < 5 || hex4(p + 1, &c) < 0)
		return fault_at(j, p, "expected four hex digits behind \\u");
	if (c == 0)
		return fault_at(j, p, "a NUL character (\\u0000) cannot stand in text");
	*at = p + 5;
	if (c >= 0xd800 && c <= 0xdbff && end - p >= 11 && p[5] == '\\' && p[6] == 'u' &&
	    hex4(p + 7, &low) == 0 && low >= 0xdc00 && low <= 0xdfff) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		*at = p + 11;
	} else if (c >= 0xd800 && c <= 0xdfff) {
		return fault_at(j, p, "expected a whole surrogate pair");
	}
	*o = put_utf8(*o, c);
	return JSCAN_STRING;
}

/* 0 plain, 1 above ASCII, 2 ends a run: quote, backslash, control character. */
static inline unsigned
string_class(unsigned char c)
{
	return c >= 0x80 ? 1 : c < 0x20 || c == '"' || c == '\\' ? 2 : 0;
}

/*
 * Length of the string that begins behind the quote at scan_at, without its quotes. The window is
 * made to hold all of it.
 */
static enum jscan_type
string_extent(struct jscan *j, size_t *n, bool *has_escape, bool *has_high, struct err *err)
{
	size_t i = 1;

	*has_escape = *has_high = false;
	for (;;) {
		const char *p = scan_at(j->scan), *end = scan_end(j->scan);
		unsigned class = 0, high = 0;
		/* *end is '\n', a control character: the run stops there at the latest. */
		while ((class = string_class((unsigned char)p[i])) < 2) {
			high |= class;
			i++;
		}
		*has_high |= high != 0;
		if (p + i < end && p[i] == '"') {
			*n = i - 1;
			return JSCAN_STRING;
		}
		if (p + i < end && p[i] == '\\' && p + i + 1 < end) {
			*has_escape = true;
			i += 2;
			continue;
		}
		if (p + i < end && p[i] != '\\')
			return fault_at(j, p + i,
			    "a control character (byte 0x%02x) inside a string; write it as an escape",
			    (unsigned char)p[i]);
		if (scan_at_eof(j->scan))
			return fault_at(j, p, "the string that begins here has no closing quote");
		if (i > JSCAN_TOKEN_BYTES_MAX)
			return fault_at(j, p, "a string longer than %zu MiB; that is the limit",
			    JSCAN_TOKEN_BYTES_MAX >> 20);
		if (scan_more(j->scan, err) < 0)
			return JSCAN_ERR;
	}
}

static enum jscan_type
read_string(struct jscan *j, struct jscan_token *out, size_t *used, struct err *err)
{
	size_t n = 0;
	bool has_escape, has_high;
	const char *p, *end;
	enum jscan_type t;
	char *o;

	t = string_extent(j, &n, &has_escape, &has_high, err);
	if (t != JSCAN_STRING)
		return t;
	p = scan_at(j->scan) + 1;
	end = p + n;
	*used = n + 2;
	if (has_high) {
		size_t bad = utf8_check(p, n);
		if (bad < n)
			return fault_at(j, p + bad,
			    "byte 0x%02X is not UTF-8; save the file as UTF-8",
			    (unsigned char)p[bad]);
	}
	out->p = p;
	out->n = n;
	if (!has_escape)
		return JSCAN_STRING;
	mem_reserve(&j->text, n, 0);
	o = j->text.p;
	out->p = o;
	while (p < end) {
		if (*p != '\\') {
			*o++ = *p++;
			continue;
		}
		if (unescape(j, &p, end, &o) != JSCAN_STRING)
			return JSCAN_FAULT;
	}
	out->n = (size_t)(o - out->p);
	return JSCAN_STRING;
}

/* Make the window hold a run of bytes from set, and one byte more unless the file ends. */
static int
hold_number(struct jscan *j, size_t *n, struct err *err)
{
	size_t i = 0;

	for (;;) {
		const char *p = scan_at(j->scan), *end = scan_end(j->scan);
		while (p + i < end && ((p[i] >= '0' && p[i] <= '9') || p[i] == '-' || p[i] == '+' ||
					  p[i] == '.' || p[i] == 'e' || p[i] == 'E'))
			i++;
		*n = i;
		if (p + i < end || scan_at_eof(j->scan) || i > JSCAN_TOKEN_BYTES_MAX)
			return 0;
		if (scan_more(j->scan, err) < 0)
			return -1;
	}
}

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static enum jscan_type
read_number(struct jscan *j, struct jscan_token *out, size_t *used, struct err *err)
{
	const char *p, *from, *end;
	size_t n;

	if (hold_number(j, &n, err) < 0)
		return JSCAN_ERR;
	from = p = scan_at(j->scan);
	end = p + n;
	if (n > JSCAN_TOKEN_BYTES_MAX)
		return fault_at(j, p, "a number longer than %zu MiB; that is the limit",
		    JSCAN_TOKEN_BYTES_MAX >> 20);
	p += *p == '-';
	if (digits(p, end) == p)
		return unexpected(j, p, "a digit");
	if (*p == '0' && digits(p, end) - p > 1)
		return fault_at(j, p + 1, "a digit behind a leading zero");
	p = digits(p, end);
	if (p < end && *p == '.') {
		if (digits(p + 1, end) == p + 1)
			return unexpected(j, p + 1, "a digit behind the decimal point");
		p = digits(p + 1, end);
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (digits(p, end) == p)
			return unexpected(j, p, "a digit in the exponent");
		p = digits(p, end);
	}
	*used = out->n = (size_t)(p - from);
	out->p = from;
	return JSCAN_NUMBER;
}

static enum jscan_type
read_word(struct jscan *j, size_t *used, struct err *err)
{
	static const struct {
		const char *word;
		size_t n;
		enum jscan_type type;
	} words[] = {{"true", 4, JSCAN_TRUE}, {"false", 5, JSCAN_FALSE}, {"null", 4, JSCAN_NULL}};

	while (scan_end(j->scan) - scan_at(j->scan) < 5 && !scan_at_eof(j->scan))
		if (scan_more(j->scan, err) < 0)
			return JSCAN_ERR;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((size_t)(scan_end(j->scan) - scan_at(j->scan)) >= words[i].n &&
		    memcmp(scan_at(j->scan), words[i].word, words[i].n) == 0) {
			*used = words[i].n;
			return words[i].type;
		}
	return unexpected(j, scan_at(j->scan),
	    j->state == STATE_FIRST_ITEM ? "a JSON value or ']'" : "a JSON value");
}

/* ---- the grammar ---- */

/* To the next byte that is not white space; *c is 0 at the end of the file. */
static int
skip_space(struct jscan *j, char *c, struct err *err)
{
	for (;;) {
		const char *p = scan_at(j->scan), *end = scan_end(j->scan);
		while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
			p++;
		scan_take(j->scan, p);
		if (p < end) {
			*c = *p;
			return 0;
		}
		if (scan_at_eof(j->scan)) {
			*c = '\0';
			return 0;
		}
		if (scan_more(j->scan, err) < 0)
			return -1;
	}
}

static void
take(struct jscan *j, size_t n)
{
	scan_take(j->scan, scan_at(j->scan) + n);
}

/* Behind a complete value: what its surroundings ask for. */
static enum state
state_behind(const struct jscan *j)
{
	if (j->depth == 0)
		return STATE_DONE;
	return j->kind[j->depth - 1] == '{' ? STATE_BEHIND_VALUE : STATE_BEHIND_ITEM;
}

static enum jscan_type
open_nested(struct jscan *j, char c)
{
	if (j->depth == JSCAN_DEPTH_MAX)
		return jscan_refuse(j, "nested deeper than %u levels", JSCAN_DEPTH_MAX);
	j->kind[j->depth++] = c;
	j->state = c == '{' ? STATE_FIRST_KEY : STATE_FIRST_ITEM;
	return c == '{' ? JSCAN_OBJECT : JSCAN_ARRAY;
}

static enum jscan_type
close_nested(struct jscan *j, char c)
{
	j->depth--;
	if (c == '}')
		forget_keys(j, &j->keys[j->depth]);
	j->state = state_behind(j);
	return c == '}' ? JSCAN_OBJECT_END : JSCAN_ARRAY_END;
}

/* The token's bytes stay in the window until the next call, because *out may point into them. */
static enum jscan_type
read_value(struct jscan *j, char c, struct jscan_token *out, size_t *pending, struct err *err)
{
	enum jscan_type t;

	if (c == '{' || c == '[') {
		*pending = 1;
		return open_nested(j, c);
	}
	if (c == '"')
		t = read_string(j, out, pending, err);
	else if (c == '-' || (c >= '0' && c <= '9'))
		t = read_number(j, out, pending, err);
	else
		t = read_word(j, pending, err);
	if (t < JSCAN_END)
		j->state = state_behind(j);
	return t;
}

static enum jscan_type
read_key(struct jscan *j, char c, struct jscan_token *out, size_t *pending, struct err *err)
{
	enum jscan_type t;

	if (c != '"')
		return unexpected(j, scan_at(j->scan),
		    j->state == STATE_FIRST_KEY ? "a key in quotes or '}'" : "a key in quotes");
	t = read_string(j, out, pending, err);
	if (t != JSCAN_STRING)
		return t;
	j->state = STATE_COLON;
	return add_key(j, out->p, out->n);
}

static enum jscan_type
start(struct jscan *j, struct err *err)
{
	const char *p;
	size_t n;

	j->is_started = true;
	do {
		if (scan_more(j->scan, err) < 0)
			return JSCAN_ERR;
		p = scan_at(j->scan);
		n = (size_t)(scan_end(j->scan) - p);
	} while (n < 3 && !scan_at_eof(j->scan));
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return fault_at(j, p,
		    "the file begins with a byte order mark, which JSON does not allow; save it as UTF-8 "
		    "without one");
	return JSCAN_END;
}

/* Between tokens: take a colon or comma, if one is due. False: it was not there. */
static bool
take_separator(struct jscan *j, char c)
{
	enum state next = j->state == STATE_BEHIND_VALUE ? STATE_KEY : STATE_VALUE;

	if (c != (j->state == STATE_COLON ? ':' : ','))
		return false;
	take(j, 1);
	j->state = next;
	return true;
}

static enum jscan_type
next_token(struct jscan *j, struct jscan_token *out, size_t *pending, struct err *err)
{
	char c;

	for (;;) {
		if (skip_space(j, &c, err) < 0)
			return JSCAN_ERR;
		j->token_offset = scan_offset(j->scan, scan_at(j->scan));
		j->token_line = 0;
		if (j->state < STATE_COLON || j->state == STATE_DONE)
			break;
		if ((j->state == STATE_BEHIND_ITEM && c == ']') ||
		    (j->state == STATE_BEHIND_VALUE && c == '}'))
			break;
		if (!take_separator(j, c))
			return unexpected(j, scan_at(j->scan),
			    j->state == STATE_COLON         ? "':' behind the key"
			    : j->state == STATE_BEHIND_ITEM ? "',' or ']'"
							    : "',' or '}'");
	}
	if (j->state == STATE_DONE)
		return scan_at(j->scan) == scan_end(j->scan)
			   ? JSCAN_END
			   : unexpected(j, scan_at(j->scan), "nothing behind the value");
	if ((c == ']' && (j->state == STATE_FIRST_ITEM || j->state == STATE_BEHIND_ITEM)) ||
	    (c == '}' && (j->state == STATE_FIRST_KEY || j->state == STATE_BEHIND_VALUE))) {
		*pending = 1;
		return close_nested(j, c);
	}
	if (j->state == STATE_FIRST_KEY || j->state == STATE_KEY)
		return read_key(j, c, out, pending, err);
	return read_value(j, c, out, pending, err);
}

enum jscan_type
jscan_next(struct jscan *j, struct jscan_token *out, struct err *err)
{
	enum jscan_type t;

	INVARIANT(!j->has_stopped);
	if (!j->is_started) {
		t = start(j, err);
		if (t != JSCAN_END) {
			j->has_stopped = true;
			return t;
		}
	}
	take(j, j->pending);
	j->pending = 0;
	*out = (struct jscan_token){"", 0, 0};
	t = next_token(j, out, &j->pending, err);
	out->offset = j->token_offset;
	j->has_stopped = t >= JSCAN_FAULT;
	return t;
}
