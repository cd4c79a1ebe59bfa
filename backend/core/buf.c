/* SPDX-License-Identifier: Apache-2.0 */
#include "core/buf.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"

static void
reserve(struct buf *b, size_t more)
{
	size_t want, cap;
	char *p;

	if (__builtin_add_overflow(b->len, more, &want) || want == SIZE_MAX)
		NEVER("buffer length overflows");
	if (want < b->cap)
		return;
	cap = b->cap ? b->cap * 2 : 64;
	if (cap <= want)
		cap = want + 1;
	p = arena_raw(b->a, cap);
	if (b->len)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->cap = cap;
	b->p[b->len] = '\0';
}

void
buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){.a = a};
	reserve(b, 0);
}

void
buf_reserve(struct buf *b, size_t more)
{
	reserve(b, more);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->cap)
		b->p[0] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n >= b->cap - b->len)
		reserve(b, n);
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	if (b->cap - b->len < 2)
		reserve(b, 1);
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	INVARIANT(n >= 0);
	reserve(b, (size_t)n);
	(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *
buf_take(struct buf *b)
{
	char *p;

	reserve(b, 0);
	p = b->p;
	buf_init(b, b->a);
	return p;
}
