/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_ROUTE_TEXT_H
#define COMPILER_ROUTE_TEXT_H
/* Words for the router: stems, small words, denials, trigrams. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct route_word {
	const char *stem;
	bool is_small;  /* the, of, which …: only counts inside phrases */
	bool is_denial; /* no, not, without … */
	bool is_denied; /* behind one of those in the same clause */
};

/*
 * route_words - the words of n bytes of text in order, lower case and stemmed ([*count]). English endings
 * are taken off; other bytes above 0x7f stay as they are.
 */
const struct route_word *route_words(struct arena *a, const char *text, size_t n, size_t *count);

/* A set of trigrams, as sorted numbers below ROUTE_TRIGRAMS. */
#define ROUTE_TRIGRAMS 65536
struct route_trigrams {
	const uint16_t *at; /* [n] */
	size_t n;
};
/* route_trigrams_of - of the words that are neither small nor denied. */
struct route_trigrams route_trigrams_of(struct arena *a, const struct route_word *words, size_t n);
#endif
