/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"

#define ARENA_MAGIC 0x616e6572u
#define ARENA_ALIGN 16u
#define BLOCK_FIRST 4096u
#define BLOCK_MAX (1u << 20)
#define ARENA_CAP_DEFAULT ((size_t)1 << 30)

struct block {
	struct block *next;
	size_t cap;
	size_t used;
	size_t pad; /* keeps bytes[] aligned to ARENA_ALIGN */
	char bytes[];
};
struct deferred {
	struct deferred *next;
	arena_defer_fn fn;
	void *arg;
};
struct arena {
	unsigned magic;
	size_t cap_bytes;
	size_t used_bytes;
	size_t block_next;
	struct block *blocks; /* newest first */
	struct deferred *deferred;
};

#ifndef FORGE_ASAN
/* Blocks are kept for the next arena, by size, up to a bound: fresh pages cost more than zeroing old ones. */
#define SPARE_BYTES_MAX ((size_t)24 << 20)
#define CLASSES 9u /* BLOCK_FIRST << 0 … 8 */
static __thread struct block *spare[CLASSES];
static __thread size_t spare_bytes;

static unsigned
class_of(size_t cap)
{
	for (unsigned k = 0; k < CLASSES; k++)
		if (cap == (size_t)BLOCK_FIRST << k)
			return k;
	return CLASSES;
}
#endif

static void
block_free(struct block *b)
{
#ifndef FORGE_ASAN
	unsigned k = class_of(b->cap);
	if (k < CLASSES && spare_bytes + b->cap <= SPARE_BYTES_MAX) {
		b->next = spare[k];
		spare[k] = b;
		spare_bytes += b->cap;
		return;
	}
#endif
	free(b);
}

static struct block *
block_get(size_t cap)
{
#ifndef FORGE_ASAN
	unsigned k = class_of(cap);
	if (k < CLASSES && spare[k]) {
		struct block *b = spare[k];
		spare[k] = b->next;
		spare_bytes -= b->cap;
		return b;
	}
#endif
	return malloc(sizeof(struct block) + cap);
}

static void __attribute__((noreturn))
die(const char *why, size_t n, size_t cap)
{
	fprintf(stderr, "arena: %s (%zu bytes asked, cap %zu)\n", why, n, cap);
	abort();
}

struct arena *
arena_new(size_t cap_bytes)
{
	struct arena *a = calloc(1, sizeof *a);

	if (!a)
		die("out of memory", sizeof *a, cap_bytes);
	a->magic = ARENA_MAGIC;
	a->cap_bytes = cap_bytes ? cap_bytes : ARENA_CAP_DEFAULT;
	a->block_next = BLOCK_FIRST;
	return a;
}

void
arena_clear(struct arena *a)
{
	INVARIANT(a->magic == ARENA_MAGIC);
	while (a->deferred) {
		struct deferred *d = a->deferred;
		a->deferred = d->next;
		d->fn(d->arg);
	}
	while (a->blocks) {
		struct block *b = a->blocks;
		a->blocks = b->next;
		block_free(b);
	}
	a->used_bytes = 0;
	a->block_next = BLOCK_FIRST;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_clear(a);
	a->magic = 0;
	free(a);
}

size_t
arena_used(const struct arena *a)
{
	return a->used_bytes;
}

static struct block *
block_add(struct arena *a, size_t n)
{
	size_t cap = a->block_next;
	struct block *b;

#ifdef FORGE_ASAN
	cap = n;
#else
	if (cap < n)
		cap = n;
	else if (a->block_next < BLOCK_MAX)
		a->block_next *= 2;
#endif
	b = block_get(cap);
	if (!b)
		die("out of memory", n, a->cap_bytes);
	b->cap = cap;
	b->used = 0;
	/* A large allocation goes behind the current block, which may still have room. */
	if (a->blocks && cap == n && n > BLOCK_FIRST) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

/* n bytes as they are. */
static void *
take(struct arena *a, size_t n)
{
	size_t want = n ? n : 1;
	struct block *b;
	void *p;

	INVARIANT(a->magic == ARENA_MAGIC);
	if (want > a->cap_bytes || a->used_bytes > a->cap_bytes - want)
		die("over the cap", n, a->cap_bytes);
#ifndef FORGE_ASAN
	want = (want + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
#endif
	b = a->blocks;
	if (!b || b->cap - b->used < want)
		b = block_add(a, want);
	p = b->bytes + b->used;
	b->used += want;
	a->used_bytes += want;
	return p;
}

void *
arena_raw(struct arena *a, size_t n)
{
	return take(a, n);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n ? n : 1);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		die("array size overflows", n, a->cap_bytes);
	return arena_alloc(a, bytes);
}

char *
arena_dup(struct arena *a, const void *p, size_t n)
{
	char *s = take(a, n + 1);

	if (n)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

char *
arena_str(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	INVARIANT(n >= 0);
	s = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void
arena_defer(struct arena *a, arena_defer_fn fn, void *arg)
{
	struct deferred *d = ARENA_NEW(a, struct deferred);

	d->fn = fn;
	d->arg = arg;
	d->next = a->deferred;
	a->deferred = d;
}
