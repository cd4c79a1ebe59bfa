/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_APIWORDS_H
#define IMPRINT_APIWORDS_H
/* Names taken apart and compared; private to the mapping (apimap*.c). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "imprint/apimap.h"
#define NAME_WORDS_MAX 16
struct name_word {
	const char *text;   /* lower case, abbreviation written out, singular */
	uint32_t group;     /* of apimap_words.words, from 1; 0: none */
};
struct name {
	const char *plain;  /* lower case, separators out: "customerid" */
	const char *spaced; /* the words as written, lower case: "cust_id" */
	const char *written; /* the words written out, joined: "customerid" */
	uint32_t group;     /* of the words together: "date_of_birth" is in the group of "birthday" */
	struct name_word word[NAME_WORDS_MAX];
	size_t n;
};
/* name_read - at most NAME_WORDS_MAX words; more are cut. */
void name_read(struct arena *a, const struct apimap_words *w, const char *text, struct name *out);
/* name_join - after words were taken out of n->word: what is computed from them all. */
void name_join(struct arena *a, const struct apimap_words *w, struct name *n);
/* name_bare - without units and fillers ("balance_cents", "is_vip"); false when there are none, or nothing else. */
bool name_bare(struct arena *a, const struct apimap_words *w, const struct name *of, struct name *out);
bool names_same_words(const struct name *x, const struct name *y);        /* after writing out and singular */
bool names_same_meaning(const struct name *x, const struct name *y);      /* and by groups */
/* names_same_but_weak - one is the other and weak words ("email_address"). *is_usual: beside what is left each of them adds
 * nothing. */
bool names_same_but_weak(struct arena *a, const struct apimap_words *w, const struct name *x, const struct name *y, bool *is_usual);
/* names_likeness - Dice coefficient of letter trigrams, words matched best to best, in thousandths. */
unsigned names_likeness(const struct name *x, const struct name *y);
bool words_equal(const struct name_word *x, const struct name_word *y);
/* name_has - one of the words as written (lower case). */
bool name_has(const struct name *x, const char *word);
/* apimap_unit_of - the unit that a field's name or description speaks of, or NULL. */
const struct apimap_unit *apimap_unit_of(const struct apimap_words *w, const struct name *name, const char *description);
/* value_same - two enum texts: equal, equal apart from case and separators, or of one group. */
bool value_same(struct arena *a, const struct apimap_words *w, const char *x, const char *y);

/* apiconv.c */
/* apimap_steps - what it takes to turn a value of x into one of y; false when nothing does. */
bool apimap_steps(struct arena *a, const struct apimap_words *w, const struct apimap_field *x, const struct apimap_field *y,
    const struct name *nx, const struct name *ny, struct apimap_link *out);
/* apimap_convert - one value through the steps of a link; NULL and *why (code and sentence) when it is not exact. */
const struct jx *apimap_convert(struct arena *a, const struct apimap_link *l, const struct jx *v, enum imp_code *code,
    const char **why);
#endif
