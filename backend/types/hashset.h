/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_HASHSET_H
#define TYPES_HASHSET_H
/*
 * A set of 64-bit keyed hashes that remembers where each was seen first and how often. The key is drawn
 * per set from the kernel, so that a file cannot be made to collide. Two different values share a hash
 * with a chance of about n^2 / 2^65 (for ten million rows, three in a million).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct hashset;
struct hashset_entry {
	uint64_t hash; /* 0 marks an empty place */
	uint64_t first;
	uint64_t count;
};
/* hashset_new - at most bytes_max of memory for its places. */
struct hashset *hashset_new(size_t bytes_max);
void hashset_free(struct hashset *s);
/* hashset_value - the keyed hash of n bytes, folded onto so_far (0 for the first part). Never 0. */
uint64_t hashset_value(const struct hashset *s, uint64_t so_far, const void *p, size_t n);
/* hashset_add - note a hash seen at row. Its entry (count 1: new), or NULL when the memory cap is reached. */
struct hashset_entry *hashset_add(struct hashset *s, uint64_t hash, uint64_t row);
uint64_t hashset_count(const struct hashset *s); /* different ones */
size_t hashset_bytes(const struct hashset *s);
#endif
