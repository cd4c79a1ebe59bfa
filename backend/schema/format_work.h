/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_FORMAT_WORK_H
#define SCHEMA_FORMAT_WORK_H
/* Private to format*.c: checks that more than one format is made of. */
#include <stdbool.h>
#include <stddef.h>
enum uri_kind { URI_ABSOLUTE = 0, URI_REFERENCE = 1, URI_IRI = 2 /* a flag: RFC 3987 characters */ };
bool ipv4_check(const char *s, size_t n);
bool ipv6_check(const char *s, size_t n);
/* uri_check - RFC 3986 URI (or reference), RFC 3987 with the flag. Source: their ABNF. */
bool uri_check(const char *s, size_t n, int kind);
bool url_check(const char *s, size_t n);
bool uri_template_check(const char *s, size_t n);
/* utf8_next - the code point at s (well-formed, n > 0) and its bytes; 0 bytes when it is not. */
size_t utf8_next(const char *s, size_t n, unsigned *out);
#endif
