/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_TALLY_H
#define TYPES_TALLY_H
/*
 * Counts by name, and lists, of bounded length: what a summary says about a file of any size. What
 * is beyond the bound is counted together and said, never dropped in silence. Inside types/ only.
 */
#include <stddef.h>
#include <stdint.h>
struct arena;
struct jw;

struct tally_entry {
	const char *name;
	uint64_t n;
	uint64_t bytes;
};
struct tally {
	struct arena *a;
	struct tally_entry *at; /* [n] */
	size_t n;
	size_t max;
	uint64_t others; /* counted under names beyond max */
};
/* tally_init - at most max names, each kept to 200 bytes. */
void tally_init(struct tally *t, struct arena *a, size_t max);
/* tally_add - name: n bytes of UTF-8. Cost: O(max). */
void tally_add(struct tally *t, const char *name, size_t n, uint64_t count, uint64_t bytes);
/* tally_write - {"name":count,…} under key, in the names' order; "(others)" where there are any. */
void tally_write(const struct tally *t, const char *key, struct jw *w);

struct listing {
	struct arena *a;
	const char **at; /* [n] */
	size_t n;
	size_t max;
	uint64_t total; /* also those that are not kept */
};
void listing_init(struct listing *l, struct arena *a, size_t max);
/* listing_add - text: n bytes of UTF-8, kept to 200 bytes. */
void listing_add(struct listing *l, const char *text, size_t n);
/* listing_write - ["…"] under key. */
void listing_write(const struct listing *l, const char *key, struct jw *w);

/* text_cut - n bytes or fewer: at most max, not within a character. */
size_t text_cut(const char *p, size_t n, size_t max);
/* text_clean - bytes that are not UTF-8, and control characters, become '?', in place: for messages. */
void text_clean(char *s);
#endif
