/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RATIONAL_H
#define CORE_RATIONAL_H
/*
 * Exact arithmetic on decimal texts: fractions of two integers of any length (libcrypto's BIGNUM). Money and
 * rates are reckoned here, so that 0.1 + 0.2 is 0.3 and a third, times three, is one. Not for secrets.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct rational;

#define RATIONAL_DIGITS_MAX 256u   /* of one text */
#define RATIONAL_EXPONENT_MAX 400 /* of one text, either way */

/* rational_new - zero. It is freed with a. */
struct rational *rational_new(struct arena *a);
/*
 * rational_set - the value of n bytes of decimal text (core/decimal.h). False, with r unchanged, when it is no
 * decimal or longer than the two limits.
 */
bool rational_set(struct rational *r, const char *p, size_t n);
void rational_set_int(struct rational *r, int64_t v);
void rational_copy(struct rational *r, const struct rational *x);
/* r = x op y; r may be x or y. Division by zero: false, r unchanged. */
void rational_add(struct rational *r, const struct rational *x, const struct rational *y);
void rational_sub(struct rational *r, const struct rational *x, const struct rational *y);
void rational_mul(struct rational *r, const struct rational *x, const struct rational *y);
bool rational_div(struct rational *r, const struct rational *x, const struct rational *y);
/* rational_compare - -1, 0, 1. rational_is_near - are x and y apart by tolerance (not negative) at most? */
int rational_compare(const struct rational *x, const struct rational *y);
bool rational_is_near(const struct rational *x, const struct rational *y, const struct rational *tolerance);
/* rational_text - with at most places digits behind the point, rounded half away from zero; no zeros at the end. */
const char *rational_text(struct arena *a, const struct rational *r, unsigned places);
#endif
