/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/uri.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"

struct span_text {
	const char *p;
	size_t n;
};
/* A reference taken apart; absent parts have p NULL, the path is never absent. */
struct parts {
	struct span_text scheme, authority, path, query;
};

static bool
is_alpha(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static size_t
scheme_bytes(const char *s, size_t n)
{
	size_t i = 0;

	if (n == 0 || !is_alpha(s[0]))
		return 0;
	while (i < n && (is_alpha(s[i]) || (s[i] >= '0' && s[i] <= '9') || s[i] == '+' ||
			    s[i] == '-' || s[i] == '.'))
		i++;
	return i < n && s[i] == ':' ? i : 0;
}

bool
uri_has_scheme(const char *s, size_t n)
{
	return scheme_bytes(s, n) > 0;
}

static void
take_apart(const char *s, size_t n, struct parts *out)
{
	size_t k = scheme_bytes(s, n);
	const char *p = s, *end = s + n, *q;

	*out = (struct parts){0};
	if (k) {
		out->scheme = (struct span_text){s, k};
		p = s + k + 1;
	}
	q = memchr(p, '?', (size_t)(end - p));
	if (q) {
		out->query = (struct span_text){q + 1, (size_t)(end - q - 1)};
		end = q;
	}
	if (end - p >= 2 && p[0] == '/' && p[1] == '/') {
		const char *slash = memchr(p + 2, '/', (size_t)(end - p - 2));
		if (!slash)
			slash = end;
		out->authority = (struct span_text){p + 2, (size_t)(slash - p - 2)};
		p = slash;
	}
	out->path = (struct span_text){p, (size_t)(end - p)};
}

/* Append path without its dot segments (RFC 3986 5.2.4). b holds only the path from `from` on. */
static void
add_path(struct buf *b, const char *p, size_t n)
{
	size_t from = b->len;
	const char *end = p + n;

	while (p < end) {
		const char *next = memchr(*p == '/' ? p + 1 : p, '/', (size_t)(end - p) - (*p == '/'));
		const char *segment = *p == '/' ? p + 1 : p;
		size_t k;
		if (!next)
			next = end;
		k = (size_t)(next - segment);
		if (k == 1 && segment[0] == '.') {
			if (next == end && *p == '/')
				buf_char(b, '/');
		} else if (k == 2 && segment[0] == '.' && segment[1] == '.') {
			while (b->len > from && b->p[b->len - 1] != '/')
				b->len--;
			if (b->len > from)
				b->len--;
			b->p[b->len] = '\0';
			if (next == end)
				buf_char(b, '/');
		} else {
			buf_add(b, p, (size_t)(next - p));
		}
		p = next;
	}
}

static void
add_lower(struct buf *b, struct span_text s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_char(b, s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 32) : s.p[i]);
}

static void
add_merged(struct arena *a, struct buf *b, const struct parts *base, struct span_text path)
{
	struct buf merged;
	size_t keep = base->path.n;

	while (keep && base->path.p[keep - 1] != '/')
		keep--;
	buf_init(&merged, a);
	if (base->authority.p && base->path.n == 0)
		buf_char(&merged, '/');
	buf_add(&merged, base->path.p, keep);
	buf_add(&merged, path.p, path.n);
	add_path(b, merged.p ? merged.p : "", merged.len);
}

const char *
uri_resolve(struct arena *a, const char *base, const char *ref, size_t n)
{
	struct parts r, t;
	struct buf b;

	take_apart(ref, n, &r);
	take_apart(base, strlen(base), &t);
	buf_init(&b, a);
	buf_str(&b, "");
	if (r.scheme.p) {
		add_lower(&b, r.scheme);
		buf_char(&b, ':');
		t = r;
	} else if (t.scheme.p) {
		add_lower(&b, t.scheme);
		buf_char(&b, ':');
	}
	if (!r.scheme.p && r.authority.p)
		t.authority = r.authority;
	if (t.authority.p) {
		buf_str(&b, "//");
		add_lower(&b, t.authority);
	}
	if (r.scheme.p && !r.authority.p && (r.path.n == 0 || r.path.p[0] != '/')) {
		buf_add(&b, r.path.p, r.path.n); /* opaque: urn:…, schema:… */
	} else if (r.scheme.p || r.authority.p || (r.path.n && r.path.p[0] == '/')) {
		add_path(&b, r.path.p, r.path.n);
	} else if (r.path.n == 0) {
		buf_add(&b, t.path.p, t.path.n);
		if (!r.query.p)
			r.query = t.query;
	} else {
		add_merged(a, &b, &t, r.path);
	}
	if (r.query.p) {
		buf_char(&b, '?');
		buf_add(&b, r.query.p, r.query.n);
	}
	return buf_take(&b);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

char *
uri_decode(struct arena *a, const char *s, size_t n, size_t *out_bytes)
{
	char *out = arena_alloc(a, n + 1), *o = out;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%' && i + 2 < n && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			*o++ = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
		} else {
			*o++ = s[i];
		}
	}
	*o = '\0';
	*out_bytes = (size_t)(o - out);
	return out;
}

const char *
uri_encode_path(struct arena *a, const char *path)
{
	static const char digits[] = "0123456789ABCDEF";
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		if (c <= ' ' || c >= 0x7f || strchr("%#?\"<>\\^`{|}", c)) {
			buf_char(&b, '%');
			buf_char(&b, digits[c >> 4]);
			buf_char(&b, digits[c & 15]);
		} else {
			buf_char(&b, (char)c);
		}
	}
	return buf_take(&b);
}

const char *
path_normal(struct arena *a, const char *path)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "");
	while (*path) {
		size_t n;
		while (*path == '/')
			path++;
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (b.len && b.p[b.len - 1] != '/')
				b.len--;
			if (b.len)
				b.len--;
			b.p[b.len] = '\0';
		} else if (n && !(n == 1 && path[0] == '.')) {
			buf_char(&b, '/');
			buf_add(&b, path, n);
		}
		path += n;
	}
	return b.len ? buf_take(&b) : "/";
}
