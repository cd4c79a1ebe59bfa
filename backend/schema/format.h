/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_FORMAT_H
#define SCHEMA_FORMAT_H
/*
 * The formats of JSON Schema 2020-12 section 7.3 and the OpenAPI registry's textual ones (byte, uuid …),
 * checked by their RFCs. Where those leave room, and real documents use it, the reading is the wide
 * one: a space between date and time, +0100 beside +01:00. Formats of numbers (int32, double …)
 * and binary, password, byte are known and accept every string.
 */
#include <stdbool.h>
#include <stddef.h>
/* The linker sees a prefix: types/kind.h has a format_find of its own. */
#define format_find text_format_find
#define format_check text_format_check
#define format_example text_format_example
/* format_find - index of a known format, or -1. format_check - is s (n bytes of UTF-8) one? */
int format_find(const char *name, size_t n);
bool format_check(int format, const char *s, size_t n);
/* format_example - a short legal value, for messages and fixes; NULL when there is none. */
const char *format_example(int format);
#endif
