/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_MEM_H
#define TYPES_MEM_H
/*
 * One block of memory that grows and can be given back before its owner's arena ends. An arena
 * never frees singly, so the block has an arena, or pages, of its own, which are replaced when it grows.
 */
#include <stdbool.h>
#include <stddef.h>
struct arena;

struct mem {
	struct arena *own; /* of small blocks */
	void *p;           /* NULL: nothing held */
	size_t cap;        /* bytes */
	bool is_mapped;    /* large ones are pages of their own */
};
/* mem_init - an empty block that is freed with a, if mem_release did not do it before. */
void mem_init(struct mem *m, struct arena *a);
/* mem_set - replace the block by a zeroed one of cap bytes, the first keep bytes copied over. */
void mem_set(struct mem *m, size_t cap, size_t keep);
/* mem_reserve - at least want bytes, doubling; the first keep bytes stay. */
void mem_reserve(struct mem *m, size_t want, size_t keep);
void mem_release(struct mem *m);
#endif
