/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_JW_H
#define CORE_JW_H
/*
 * JSON out, into a buf. Compact. The writer checks its own nesting (INVARIANT): a key in an object,
 * a value elsewhere, balanced ends. What is hashed or signed goes through jw_canonical.
 *     jw_init(&w, &b); jw_object(&w, NULL); jw_str(&w, "id", id); jw_end(&w);
 * The key argument is NULL inside arrays and at the top.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;
struct jx;
struct arena;
struct err;
#define JW_DEPTH_MAX 64
struct jw {
	struct buf *b;
	unsigned depth;
	unsigned char kind[JW_DEPTH_MAX]; /* '{' or '[' */
	bool has_item[JW_DEPTH_MAX];
};
void jw_init(struct jw *w, struct buf *b);
void jw_object(struct jw *w, const char *key);
void jw_array(struct jw *w, const char *key);
void jw_end(struct jw *w); /* closes the innermost object or array */
void jw_str(struct jw *w, const char *key, const char *s);      /* NULL writes null */
void jw_strn(struct jw *w, const char *key, const char *s, size_t n);
void jw_int(struct jw *w, const char *key, int64_t v);
void jw_uint(struct jw *w, const char *key, uint64_t v);
void jw_bool(struct jw *w, const char *key, bool v);
void jw_null(struct jw *w, const char *key);
void jw_lexeme(struct jw *w, const char *key, const char *s); /* a number's text, written as it is */
void jw_value(struct jw *w, const char *key, const struct jx *v); /* a parsed value, lexemes kept */
void jw_raw(struct jw *w, const char *key, const char *json);   /* JSON made by us, as it is */

/*
 * jw_canonical - RFC 8785 text of v into b: keys sorted by UTF-16 units, numbers by ECMAScript.
 * Returns 0, or -1 E_JSON for a number outside double's finite range or a lone surrogate.
 */
int jw_canonical(struct buf *b, const struct jx *v, struct err *err);
/* jw_canonical_text - parse strictly and write canonically. */
int jw_canonical_text(struct arena *a, const char *text, size_t n, char **out, size_t *out_bytes,
    struct err *err);
/* jw_pretty - two-space indent, lexemes and key order kept; for people. */
void jw_pretty(struct buf *b, const struct jx *v);
#endif
