/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_DIAG_H
#define IMPRINT_DIAG_H
/* What encoding and decoding find. Codes and their meanings: codes.def. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct buf;
struct jw;
struct jx;

enum imp_code {
#define C(code, meaning, way_out) code,
#include "imprint/codes.def"
#undef C
	IMP__COUNT
};
struct imp_diag {
	enum imp_code code;
	const char *pointer;        /* in the filled document as it was given; "" is the whole */
	const char *schema_pointer; /* registry_pointer text, or NULL */
	const char *message;        /* one sentence, lower case, no full stop */
	const char *expected;       /* in words, or NULL */
	const char *got;            /* in words, values cut at 40 code points, or NULL */
	const char *nearest;        /* the nearest legal value or name as JSON text, or NULL */
	const char *fix;            /* RFC 6902 patch (JSON text) on the filled document, when there is one remedy */
	uint32_t line, column;      /* of the given text; 0 where unknown */
};
/* A growing list, in document order as far as it was found so. At most max are kept (0: 100); n_all counts on. */
struct imp_diags {
	struct arena *a;
	struct imp_diag *at;
	size_t n, cap, max, n_all;
};
void imp_diags_init(struct imp_diags *d, struct arena *a);
/* imp_add - append; strings are borrowed (make them in d->a). Returns the kept entry to fill in further, or
 * a scratch entry when full (never NULL). message is printf-style. */
struct imp_diag *imp_add(struct imp_diags *d, enum imp_code code, const char *pointer, const char *message, ...)
    __attribute__((format(printf, 4, 5)));
bool imp_is_warning(enum imp_code code);
const char *imp_code_name(enum imp_code code);
const char *imp_code_meaning(enum imp_code code);
/* imp_code_way_out - what to do about it, a sentence or two. */
const char *imp_code_way_out(enum imp_code code);
/* imp_code_find - by name; IMP__COUNT when unknown. */
enum imp_code imp_code_find(const char *name);
/* imp_diags_json - the array [{code,pointer,schema_pointer,message,expected,got,nearest,fix,line,column}]
 * under key (absent members are left out; nearest and fix as JSON, not as text). */
void imp_diags_json(struct jw *w, const char *key, const struct imp_diags *d);
/* imp_diags_fix_once - of equal fixes (a misspelt name and the member that is missing for it) the first stays. */
void imp_diags_fix_once(struct imp_diags *d, size_t from);
/* imp_diags_fixes - all fixes as one RFC 6902 patch, last place first so that no index moves under another; false: none. */
bool imp_diags_fixes(struct buf *b, const struct imp_diags *d);
/* imp_say - value in words, cut at 40 code points: "the text 'abc…'", "the number 5", "an object". */
const char *imp_say(struct arena *a, const struct jx *v);
/* imp_join - pointer + "/" + escaped name; imp_join_index - pointer + "/" + index. In a. */
const char *imp_join(struct arena *a, const char *pointer, const char *name, size_t n);
const char *imp_join_index(struct arena *a, const char *pointer, size_t i);
#endif
