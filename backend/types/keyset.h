/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_KEYSET_H
#define TYPES_KEYSET_H
/*
 * A set of 64-bit hashes that says when its memory is at an end instead of taking more. Several sets
 * share one budget. On request it counts how often each hash was added.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/mem.h"
struct arena;

struct budget {
	size_t used_bytes;
	size_t max_bytes;
};
struct keyset {
	struct budget *budget;
	struct mem slots;  /* uint64_t[size], 0 empty */
	struct mem counts; /* uint32_t[size] once keyset_count was called */
	size_t size;       /* a power of two, or 0 */
	uint64_t n;
	uint32_t count_max;
	bool is_closed;
};
enum keyset_result { KEYSET_NEW, KEYSET_SEEN, KEYSET_FULL };

void keyset_init(struct keyset *k, struct arena *a, struct budget *budget);
/*
 * keyset_add - add a hash (not 0).
 * KEYSET_FULL: it is new and there is no room; the set is closed and stays as it is.
 * Cost: O(1) amortized; growing needs the old and the new table for a moment, both budgeted.
 */
enum keyset_result keyset_add(struct keyset *k, uint64_t hash);
/*
 * keyset_count - count from now on; everything added so far counts once, so call it before the
 * first hash is added again. False when the budget does not allow it. count_max is kept.
 */
bool keyset_count(struct keyset *k);
/* keyset_release - give the memory back; n and count_max stay. */
void keyset_release(struct keyset *k);
#endif
