/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H
/*
 * Memory by lifetime. One arena lives as long as one thing does (the process, a request, a
 * compile, an attempt); what is allocated from it is freed with it and never singly. An arena has
 * a byte cap; passing it, or running out of memory, ends the process: the supervisor restarts it
 * and the lease recovers the work. Inputs are therefore bounded at the edge, before they get here.
 * Under ASan each allocation is its own malloc, so overruns are caught.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
typedef void (*arena_defer_fn)(void *arg);

/*
 * arena_new - make an arena that may hold at most cap_bytes (0: 1 GiB).
 * Returns the arena; never NULL (aborts when out of memory). Free with arena_free.
 */
struct arena *arena_new(size_t cap_bytes);
/* arena_free - run deferred calls, last first, and free everything. NULL is fine. */
void arena_free(struct arena *a);
/* arena_clear - as arena_free, but the arena stays usable. */
void arena_clear(struct arena *a);
/* arena_used - bytes handed out since new or clear. */
size_t arena_used(const struct arena *a);

/* arena_alloc - n zeroed bytes, aligned for any type. Never NULL. n == 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc, alloc_size(2)));
/* arena_raw - as arena_alloc, but with whatever the memory holds: for what is written at once. */
void *arena_raw(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc, alloc_size(2)));
/* arena_array - n zeroed elements of size bytes; overflow aborts. */
void *arena_array(struct arena *a, size_t n, size_t size) __attribute__((returns_nonnull, malloc));
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

/* arena_dup - copy of n bytes with a NUL behind them. */
char *arena_dup(struct arena *a, const void *p, size_t n) __attribute__((returns_nonnull));
/* arena_str - copy of a NUL-terminated string. */
char *arena_str(struct arena *a, const char *s) __attribute__((returns_nonnull));
/* arena_printf - formatted string in the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0), returns_nonnull));

/* arena_defer - call fn(arg) when the arena is freed or cleared; last registered runs first. */
void arena_defer(struct arena *a, arena_defer_fn fn, void *arg);
#endif
