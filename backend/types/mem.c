/* SPDX-License-Identifier: Apache-2.0 */
#include "types/mem.h"

#include <string.h>
#include <sys/mman.h>

#include "core/arena.h"
#include "core/err.h"

#define FIRST_BYTES 256
/* From here on pages come from the kernel and go back to it at once: arenas keep blocks for later use. */
#define MAPPED_BYTES_MIN ((size_t)64 << 10)

static void
drop(struct mem *m)
{
	if (m->is_mapped)
		(void)munmap(m->p, m->cap);
	arena_free(m->own);
	*m = (struct mem){0};
}

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
	struct mem next = {.cap = cap, .is_mapped = cap >= MAPPED_BYTES_MIN};

	INVARIANT(keep <= m->cap);
	INVARIANT(keep <= cap);
	if (next.is_mapped) {
		next.p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		INVARIANT(next.p != MAP_FAILED); /* out of memory ends the process, as in arenas */
	} else {
		next.own = arena_new(0);
		next.p = arena_alloc(next.own, cap);
	}
	if (keep)
		memcpy(next.p, m->p, keep);
	drop(m);
	*m = next;
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
	drop(m);
}
