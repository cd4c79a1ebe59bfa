/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H
#include <stdbool.h>
#include <stddef.h>
/* utf8_check - index of the first byte that is not well-formed UTF-8 (RFC 3629), or n if all is. */
size_t utf8_check(const char *s, size_t n);
#endif
