/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_URI_H
#define SCHEMA_URI_H
/* URI references, as far as schemas need them: RFC 3986 section 5 without fragments. */
#include <stdbool.h>
#include <stddef.h>
struct arena;
/* uri_resolve - ref (n bytes, no fragment) against base; dot segments removed, scheme and host in
 * lower case. In a, NUL-terminated. */
const char *uri_resolve(struct arena *a, const char *base, const char *ref, size_t n);
/* uri_has_scheme - does s (n bytes) begin with "scheme:"? */
bool uri_has_scheme(const char *s, size_t n);
/* uri_decode - percent-decoding, in a; *out_bytes may be fewer than n. Bad escapes stay as they are. */
char *uri_decode(struct arena *a, const char *s, size_t n, size_t *out_bytes);
/* uri_encode_path - a file path as the path of a URI. */
const char *uri_encode_path(struct arena *a, const char *path);
/* path_normal - "/a/b" without "." ".." and doubled slashes; path must be absolute. */
const char *path_normal(struct arena *a, const char *path);
#endif
