/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_BUF_H
#define CORE_BUF_H
/* A growing byte string in an arena. Always NUL-terminated behind its len bytes. */
#include <stddef.h>
#include <stdarg.h>
struct arena;
struct buf {
	struct arena *a;
	char *p;
	size_t len;
	size_t cap;
};
void buf_init(struct buf *b, struct arena *a);
/* buf_reserve - room for more bytes at once, when the size is known. */
void buf_reserve(struct buf *b, size_t more);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* buf_take - the finished string; b is empty afterwards. */
char *buf_take(struct buf *b);
#endif
