/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_WORDS_H
#define COMPILER_WORDS_H
/* Comparing names and words: what a person meant by a column, a key or a sentence. */
#include <stdbool.h>
#include <stddef.h>

struct arena;

#define WORDS_BYTES_MAX 256

/* edit_distance - Levenshtein over bytes; texts above WORDS_BYTES_MAX count as entirely different. */
size_t edit_distance(const char *a, const char *b);
/*
 * name_distance - how far two identifiers are apart, whatever their case and separators; the order of
 * their parts costs 1 (rate_billed and billed_rate are 1 apart).
 */
size_t name_distance(struct arena *a, const char *x, const char *y);
/* name_contains - every part of want is a part of name ("Customer Name" contains "name"). */
bool name_contains(struct arena *a, const char *name, const char *want);
/* name_is_near - the distance at which one may be offered for the other: a third of the length. */
bool name_is_near(const char *want, size_t distance);
/* name_equal - the same apart from case and separators. */
bool name_equal(const char *x, const char *y);
/* word_find - needle at the beginning of a word of text, any case; NULL if it is not there. */
const char *word_find(const char *text, const char *needle);
/*
 * words_positive - text without the sentences that say what not to do ("No reports.", "Do not call any
 * external service", "without …"): words there are no reason to choose a playbook.
 */
const char *words_positive(struct arena *a, const char *text, size_t n);
#endif
