/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EXAMPLE_H
#define API_EXAMPLE_H
/* What Forge makes out of a template by itself: the smallest complete fill, and the ladder's first configuration. */
#include <stddef.h>
struct arena;
struct buf;
struct catalog;
struct jw;
struct jx;

/* text_pretty - v as JSON with two spaces; lexemes and the order of members kept. At most 512 levels deep: what is
 * deeper is written as null. */
void text_pretty(struct buf *b, const struct jx *v);

/*
 * example_make - fill a template: required tokens with a value that fits what the token says, the first branch of each
 * choice, nothing optional. The result is only likely to decode (a pattern may be beyond it): decode it and say so.
 */
void example_make(struct arena *a, const struct jx *template, struct buf *out);

/*
 * template_needs - how many values the smallest fill has: of a choice the branch that needs least, nothing that may be
 * left out, of each list one element.
 */
size_t template_needs(struct arena *a, const struct jx *template);

/* What a ladder configuration is about. */
struct ladder_of {
	const struct catalog *catalog; /* synonyms come from its packs */
	const struct jx *template;
	const char *operation; /* "POST /x" */
	const char *sha256;    /* of the description */
};
/* ladder_config - the configuration that the ladder of this operation starts from, as an object at key. */
void ladder_config(struct arena *a, const struct ladder_of *of, struct jw *w, const char *key);

/* pattern_sample - append a text that the regular expression is likely to match, of about extra characters more than
 * the shortest. Knows literals, classes, groups, first alternatives and counts; anything else is skipped. */
void pattern_sample(struct buf *b, const char *source, size_t n, unsigned extra);
#endif
