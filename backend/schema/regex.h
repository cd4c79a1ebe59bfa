/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_REGEX_H
#define SCHEMA_REGEX_H
/*
 * ECMA-262 regular expressions (with the u flag) on PCRE2, under limits. The source is translated,
 * because the two differ: \d \w are ASCII, \s and . follow ECMAScript, $ means the very end, \cX,
 * \u{…}, \p{…}, [^], identity escapes. Where a source is not legal under the u flag it is tried
 * without it (Annex B), as browsers do. Matching is a search unless anchored.
 */
#include <stdbool.h>
#include <stddef.h>
struct arena;
struct err;
struct regex;
enum regex_result { REGEX_NO, REGEX_YES, REGEX_BUDGET /* gave up within its limits */ };
/* regex_compile - n bytes of UTF-8 source; *out in a (freed with it). E_SCHEMA with the offset and
 * what is wrong. The compiled size is bounded (E_LIMIT). */
int regex_compile(struct arena *a, const char *source, size_t n, struct regex **out, struct err *err);
/* regex_search - does it match anywhere in n bytes of well-formed UTF-8? Bounded: match limit, depth
 * limit and heap limit, so hostile patterns end in REGEX_BUDGET within milliseconds. */
enum regex_result regex_search(const struct regex *re, const char *s, size_t n);
/* regex_is_ecma - is the source an ECMAScript pattern? Annex B is allowed, but not escapes that only
 * look like ones of other languages (\a, \Z, \A): there they would mean the letter. */
bool regex_is_ecma(const char *source, size_t n);
#endif
