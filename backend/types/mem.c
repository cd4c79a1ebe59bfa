/* SPDX-License-Identifier: Apache-2.0 */
#include "types/mem.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"

#define FIRST_BYTES 256

static void
release(void *arg)
{
	mem_release(arg);
}

void
mem_init(struct mem *m, struct arena *a)
{
	*m = (struct mem){0};
	arena_defer(a, release, m);
}

void
mem_set(struct mem *m, size_t cap, size_t keep)
{
	struct arena *own = arena_new(0);
	void *p = arena_alloc(own, cap);

	INVARIANT(keep <= m->cap);
	INVARIANT(keep <= cap);
	if (keep)
		memcpy(p, m->p, keep);
	arena_free(m->own);
	*m = (struct mem){own, p, cap};
}

void
mem_reserve(struct mem *m, size_t want, size_t keep)
{
	size_t cap = m->cap ? m->cap : FIRST_BYTES;

	if (want <= m->cap)
		return;
	while (cap < want)
		cap *= 2;
	mem_set(m, cap, keep);
}

void
mem_release(struct mem *m)
{
	arena_free(m->own);
	*m = (struct mem){0};
}
