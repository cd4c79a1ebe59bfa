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

#define KEYSET_QUEUE_MAX 32u

struct budget {
	size_t used_bytes;
	size_t max_bytes;
};
struct keyset {
	struct budget *budget;
	struct mem slots;  /* uint64_t[size], 0 empty */
	struct mem counts; /* uint32_t[size], if is_counting */
	bool is_counting;
	size_t size;       /* a power of two, or 0 */
	uint64_t n;
	uint32_t count_max;
	bool is_released;
	uint64_t queue[KEYSET_QUEUE_MAX];
	unsigned nqueued;
};
enum keyset_result { KEYSET_NEW, KEYSET_SEEN, KEYSET_FULL };

/* keyset_init - an empty set; it is freed with a. With is_counting, count_max says how often the
 * most frequent hash was added; that costs half as much memory again. */
void keyset_init(struct keyset *k, struct arena *a, struct budget *budget, bool is_counting);
/*
 * keyset_add - add a hash (not 0).
 * KEYSET_FULL: it is new and there is no room; the set stays as it is.
 * Cost: O(1) amortized; growing needs the old and the new table for a moment, both budgeted.
 */
enum keyset_result keyset_add(struct keyset *k, uint64_t hash);
/*
 * keyset_queue - as keyset_add, but later, when its place in a large table has come into the cache.
 * Returns KEYSET_NEW as long as nothing else is known, or what keyset_flush says.
 */
enum keyset_result keyset_queue(struct keyset *k, uint64_t hash);
/*
 * keyset_flush - add what is queued. KEYSET_NEW: all were new. KEYSET_SEEN: one was not, and is off the
 * queue; call again for the rest. KEYSET_FULL: one has no room and stays queued.
 */
enum keyset_result keyset_flush(struct keyset *k);
/* keyset_release - give the memory back; n and count_max stay. */
void keyset_release(struct keyset *k);
#endif
