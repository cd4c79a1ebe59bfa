/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_ADAPT_H
#define COMPILER_ADAPT_H
/*
 * Rank 3 of binding: a registered adapter between a producer and an input that agree on the entity and not
 * on how it is written. While inputs are bound, conversions are only asked for; when all are bound, each one
 * becomes a step of the plan with a contract of its own, once for all inputs that want the same.
 *
 *     adapt.c          which adapters lead from one kind to another; what is asked for
 *     adapt_columns.c  which column is which, and how its values are to be read
 *     adapt_step.c     the steps
 */
#include "types/kind.h"

#include <stdbool.h>
#include <stddef.h>

struct adapter;
struct cinput;
struct column;
struct column_profile;
struct compile;
struct coutput;
struct cstep;
struct detect_column;
struct detection;
struct diag;
struct entity;
struct file_facts;
struct jw;
struct policy;

#define ADAPT_CHAIN_MAX 4

/* What a columns adapter does, line by line; written into the step's params and the plan's notes. */
struct adapt_line {
	const char *from, *to; /* columns; to is the entity's */
	const char *convert;   /* as in pack/detect.h; NULL: the text stays */
	const char *why;       /* how it was found, in words */
	const struct column *column;
};
struct adapt_map {
	const struct adapt_line *lines; /* [n] in the entity's order */
	size_t n;
	const char *text; /* the same as JSON: two maps are the same when their texts are */
};

/* The adapters from one kind to the first reachable of those that an input accepts. */
struct adapt_way {
	const struct adapter *chain[ADAPT_CHAIN_MAX + 1]; /* [n] */
	size_t n;
	size_t map_at; /* which of them takes the map; n: none */
	enum kind to;
};

/* One step to be inserted. */
struct adaptation {
	const struct adapter *adapter;
	const struct adapt_map *map; /* of a columns adapter, else NULL */
	/* its source, one of: */
	const struct file_facts *file;
	size_t before;       /* another adaptation, number from 1 */
	size_t step, output; /* an output of the candidate's */
	const char *entity;  /* of what comes out; NULL: none */
	const char *slot;    /* of what goes in */
	enum kind from, to;
	size_t consumer, input; /* the first that asked: its policy and packs hold */
	/* set when it is inserted */
	const char *key, *path;
	size_t at;
};

/*
 * adapt_way - how content of an entity (NULL: none said) gets from a kind to one of kinds: the shortest way,
 * of equal ones the earlier kind. Steps that would change the entity or its rows are no way.
 *
 * has_map: columns have to be renamed or converted on the way, too
 * Returns false when there is none.
 */
bool adapt_way(const struct compile *c, const struct entity *e, enum kind from, const enum kind *kinds,
    size_t nkinds, bool has_map, struct adapt_way *out);
/* adapt_ask - bind an input at the end of a way that begins at a file or, file NULL, at a step's output. */
void adapt_ask(struct compile *c, struct cstep *s, struct cinput *in, const struct adapt_way *way,
    const struct adapt_map *map, const struct file_facts *file, size_t step, size_t output);
/* adapt_is_any_denied - does the profile deny the program of an adapter? Such an adapter is part of no way. */
bool adapt_is_any_denied(const struct compile *c);
/* adapt_way_words - "CSV to TSV (`csv-to-tsv`), then …". */
const char *adapt_way_words(struct compile *c, const struct adapt_way *way);
/* adapt_policy - the installed policy that allows adapters and differs least from p otherwise; NULL. */
const struct policy *adapt_policy(const struct compile *c, const struct policy *p);
/* adapt_offer - how to get there: the note, help and fix of a finding about a policy without adapters. */
void adapt_offer(struct compile *c, struct diag *g, const struct cstep *s, const struct adapt_way *way);
/* adapt_insert - make a step of each conversion that was asked for, and order the plan anew. */
void adapt_insert(struct compile *c);

enum columns_verdict {
	COLUMNS_AS_THEY_ARE, /* nothing to do */
	COLUMNS_MAPPED,      /* *map says how */
	COLUMNS_UNCLEAR,     /* no clear mapping; what is wrong with the file stays a finding about the file */
	COLUMNS_REFUSED      /* a finding is queued */
};
/* adapt_columns - must a file's columns be renamed or read anew to be the entity's? *why of what is unclear, or NULL. */
enum columns_verdict adapt_columns(struct compile *c, const struct cstep *s, const struct cinput *in,
    const struct file_facts *f, const struct entity *e, const struct adapt_map **map, const char **why);
/* adapt_detection - the ranked entities of a file, looked at once. */
const struct detection *adapt_detection(struct compile *c, const struct file_facts *f);
/* adapt_date_order - "dmy" or "mdy" where a text states one and not the other; NULL. */
const char *adapt_date_order(const char *text);
/* say_date_order - the finding that the order of day and month in a column cannot be told. s may be NULL. */
struct diag *say_date_order(struct compile *c, const struct cstep *s, const struct cinput *in,
    const struct file_facts *f, const char *name, const struct column_profile *p);
#endif
