/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_NUM_H
#define CORE_NUM_H
/* Numbers from text: the whole text must be a decimal integer within [min, max]. */
#include <stddef.h>
#include <stdint.h>
struct err;
/* num_parse - signed. s: n bytes, no white space, no leading '+'. E_USAGE with the limits named. */
int num_parse(const char *s, size_t n, int64_t min, int64_t max, int64_t *out, struct err *err);
/* num_u64 - unsigned, same rules. */
int num_u64(const char *s, size_t n, uint64_t max, uint64_t *out, struct err *err);
/* num_es6 - shortest round-trip text of a double as ECMAScript's Number::toString (RFC 8785).
 * out: at least 32 bytes. d must be finite. Returns the length. */
size_t num_es6(double d, char out[32]);
#endif
