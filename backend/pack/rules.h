/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_RULES_H
#define PACK_RULES_H
/*
 * The validators of packs, held against rows. Over all rows, exact (core/rational.h), in bounded memory.
 *
 * What a rule does not judge is counted, not guessed:
 *  - an empty cell among the columns of a rule: the row is not judged by it (but by required_if, and by
 *    `when` with `set`; `is_not` does not hold for an empty cell); as in SQL, two rows with an empty part of a key are not alike
 *  - a value that is not of its column's type (a tolerant column), and a division by zero: not judged either
 *  - a rule that speaks of another entity whose rows are not at hand: not checked, with the reason
 * Numbers are compared by value (1.0 is 1), dates by day, timestamps by instant (without a zone: UTC), booleans by
 * meaning (yes, TRUE, 1 are true), everything else byte by byte. `sum` judges the groups that have rows here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/kind.h"

struct arena;
struct entity;
struct err;
struct jw;
struct jx;
struct validator_rule;

/* Rows of an entity: a file, or one object. */
struct rules_table {
	const struct entity *entity;
	const char *path;         /* for words */
	int fd;                   /* regular file, read by pread; unused with object */
	enum format format;       /* as rows_new takes */
	const struct jx *object;  /* an entity that is one object; else NULL */
};
enum rules_verdict { RULES_HOLDS, RULES_BROKEN, RULES_NOT_CHECKED };
struct rules_break {
	uint64_t row;        /* as types/rows.h counts; 0 for an object */
	const char *column;  /* the one to look at first; NULL */
	const char *value;   /* value_show form; NULL */
	const char *message; /* the validator's, filled in */
};
struct rules_outcome {
	const struct validator_rule *rule;
	enum rules_verdict verdict;
	uint64_t judged, unjudged, broken; /* rows; of sum: groups */
	const struct rules_break *breaks;  /* [nbreaks] the first of them */
	size_t nbreaks;
	const char *why; /* RULES_NOT_CHECKED: in words; else NULL */
};
struct rules_options {
	size_t breaks_max;       /* 0: 20; per rule */
	size_t memory_bytes_max; /* 0: 48 MiB; for keys and sums; more rows than fit take more passes */
};

/*
 * rules_run - hold rules against one table.
 *
 * rules:  [n] all of the table's entity
 * table:  its values need not conform: that is the entity check's business
 * others: [nothers] tables for rules that refer; the first one with the entity is taken, the table itself too
 * out:    [n] in the order of rules; in a
 * Returns 0, or -1: E_IO; E_SCHEMA when a table cannot be read to its end.
 * Cost: one pass over the table for all rules together; one or more over each other table that a rule names.
 */
int rules_run(struct arena *a, const struct validator_rule *rules, size_t n, const struct rules_table *table,
    const struct rules_table *others, size_t nothers, const struct rules_options *opt, struct rules_outcome *out,
    struct err *err);

/* rules_json - outcomes as an array of {"id","severity","verdict":"holds|broken|not_checked","judged","unjudged","broken","why","rows":[{"row","column","value","message"}]}. */
void rules_json(const struct rules_outcome *out, size_t n, const char *key, struct jw *w);
const char *rules_verdict_name(enum rules_verdict v);
#endif
