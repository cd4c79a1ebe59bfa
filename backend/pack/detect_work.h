/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_DETECT_WORK_H
#define PACK_DETECT_WORK_H
/* Shared by detect*.c: names as words and n-grams, what values say, and the assignment. Inside pack/ only. */
#include "pack/detect.h"

struct column_profile;
struct artifact_profile;

#define NAME_TOKENS_MAX 8
#define NAME_BYTES_USED_MAX 120 /* of a name; longer ones are compared by their beginning */
#define TOKEN_BYTES_MAX 32
#define GRAMS_MAX 128
#define FILE_COLUMNS_MAX 512 /* columns of a file that are looked at */

/* Scores of names, 0..1000. */
#define SCORE_EXACT 1000u
#define SCORE_CASE 980u
#define SCORE_SYNONYM 930u
#define SCORE_WORDS 915u         /* the same words once abbreviations are written out, in any order */
#define SCORE_WORDS_SYNONYM 885u /* the same for a synonym */
#define SCORE_MIN 520u           /* below it a name says nothing */

struct token {
	const char *text; /* lower case, singular, written out */
	uint32_t df;      /* names of the catalog that have it */
	int meaning;      /* index of a group of words of one meaning; -1 */
	struct token *next; /* of its hash chain */
	uint32_t index;
};
struct name {
	const char *text;
	const char *squeezed; /* lower case, letters and digits only */
	uint32_t tokens[NAME_TOKENS_MAX]; /* [ntokens] indices, in the name's order */
	unsigned ntokens;
	uint16_t grams[GRAMS_MAX]; /* [ngrams] hashed character trigrams, sorted */
	unsigned ngrams;
	struct name *next;
	uint32_t index;
};

#define WORDS_HASH 4096u
struct words {
	struct arena *a;
	const struct catalog *catalog;
	struct token *token_hash[WORDS_HASH];
	struct token **tokens; /* [ntokens] */
	size_t ntokens, tokens_cap;
	struct name *name_hash[WORDS_HASH];
	struct name **names; /* [nnames] */
	size_t nnames, names_cap;
};

/* words_init - empty; the catalog's vocabularies say what abbreviations stand for. */
void words_init(struct words *w, struct arena *a, const struct catalog *c);
/* words_name - the name as the catalog knows it, added when it is new. For the catalog's names. */
const struct name *words_name(struct words *w, const char *text);
/* words_close - count how common each word is; no name is added after it. */
void words_close(struct words *w);

/* The names of a file's columns, and how near each is to each name of the catalog. */
struct file_name {
	struct name name;         /* its tokens are indices into own */
	struct name bare;         /* without the prefix that all columns share; ntokens 0: none */
};
struct file_words {
	const struct words *words;
	const char **own;          /* [nown] words of the file's names */
	size_t nown;
	uint16_t *near;            /* [nown * words->ntokens] how near a word is to a word, 0..1000 */
	const struct file_name *names; /* [n] */
	size_t n;
};
/* words_of_file - prepare n names. Cost: words of the file × words of the catalog. */
void words_of_file(struct arena *a, const struct words *w, const char *const *names, size_t n, struct file_words *out);
/* name_score - how well a column's name fits a name of the catalog; *how says by what. is_own: not a synonym. */
unsigned name_score(const struct file_words *f, size_t column, const struct name *k, bool is_own, enum detect_how *how);
/* words_in - how many of the words of one text are words of another (both as people write them), of how many. */
unsigned words_in(const struct words *w, const char *text, const char *of, unsigned *total);

/* What a column's values say about its being c. */
enum value_verdict {
	VALUES_OPEN,      /* nothing: no values, or the type takes anything */
	VALUES_FIT,       /* they conform, and not everything would */
	VALUES_READ,      /* they do after a stated normalization */
	VALUES_AMBIGUOUS, /* they may, and nothing decides: day and month, thousands and decimals */
	VALUES_ODD,       /* they conform and one would not expect them: numbers in a text column */
	VALUES_AGAINST    /* a value contradicts */
};
struct value_says {
	enum value_verdict verdict;
	bool is_mostly;      /* VALUES_AGAINST by a few values only, as far as the profile tells */
	bool is_telling;     /* few columns of a catalog take such values: a date, an enum's own words */
	const char *convert; /* VALUES_READ */
	const char *says;    /* NULL: nothing worth saying */
};
/* values_judge - hold a column's profile against c. Strings live in a. */
struct value_says values_judge(struct arena *a, const struct column *c, const struct column_profile *p);

/*
 * assign_best - the one-to-one assignment of rows to columns with the greatest sum.
 * score: [nrows * ncols], 0: not allowed. to: [nrows], -1: none. Hungarian method, integers, deterministic:
 * of equal sums the one that the order of rows and columns finds first. Cost: nrows² × (nrows + ncols).
 */
void assign_best(struct arena *a, const uint32_t *score, size_t nrows, size_t ncols, int *to);

/* The catalog, prepared. */
struct detect_entity {
	const struct entity *entity; /* of an object: with all its members as fields, lists and objects too */
	const struct entity *original; /* the catalog's */
	const struct name *const *const *names; /* [nfields][…] own name first */
	const unsigned *known; /* [nfields] how many entities know the column's own name */
	bool is_generic;
};
struct detect_index {
	const struct catalog *catalog;
	struct words words;
	const struct detect_entity *entities; /* [n] */
	size_t n;
};
#endif
