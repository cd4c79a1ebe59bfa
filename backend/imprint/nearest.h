/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_NEAREST_H
#define IMPRINT_NEAREST_H
/* The legal name that a mistyped one was probably meant to be. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAREST_POINTS_MAX 64u /* longer texts are only compared as they are */
struct nearest {
	uint32_t text[NEAREST_POINTS_MAX];
	size_t n;
	bool is_long;
	char folded[NEAREST_POINTS_MAX * 4 + 1]; /* lower case, without spaces and punctuation */
	size_t folded_n;
	unsigned rank_max;
	/* result */
	unsigned rank; /* twice the edit distance; 1: differs in case, spaces, _ or - only */
	size_t index;
	bool is_tied;
	bool is_found;
};
/* nearest_init - look for what is near s. */
void nearest_init(struct nearest *t, const char *s, size_t n);
/* nearest_offer - one candidate. Returns true when it is the best so far or as good. Cost: O(length
 * × distance). */
bool nearest_offer(struct nearest *t, const char *s, size_t n, size_t index);
/* nearest_is_sure - one candidate, at most two edits away, sharing more with the text than not. */
bool nearest_is_sure(const struct nearest *t);
/* nearest_distance - edits (insert, delete, replace, swap neighbours) between two texts; max + 1
 * when more. */
unsigned nearest_distance(const char *a, size_t na, const char *b, size_t nb, unsigned max);
#endif
