/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DECIMAL_H
#define CORE_DECIMAL_H
/* Decimal numbers by their text, of any length: money and long ids must not pass through a double. */
#include <stdbool.h>
#include <stddef.h>
struct buf;
/* decimal_check - is it [+-]?digits[.digits][e[+-]digits] (".5" too)? */
bool decimal_check(const char *p, size_t n);
/* decimal_compare - -1, 0, 1 by value; 1.0 equals 1, -0 equals 0. Both must pass decimal_check. */
int decimal_compare(const char *a, size_t na, const char *b, size_t nb);
/* decimal_is_integer - 5, 5.0 and 5e3 are; 5.5 is not. */
bool decimal_is_integer(const char *p, size_t n);
/* decimal_normal - append a form that two texts share exactly when they are equal: "-0.d1d2…e<point>;". */
void decimal_normal(struct buf *b, const char *p, size_t n);
/* decimal_multiple - is a an integer times b (b not 0)? 1, 0, or -1 where b has so many digits that it was given up.
 * Exact: 19.99 is a multiple of 0.01. Cost: O(digits); the exponents cost only their logarithm. */
int decimal_multiple(const char *a, size_t na, const char *b, size_t nb);
#endif
