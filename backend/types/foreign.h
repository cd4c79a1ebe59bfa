/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_FOREIGN_H
#define TYPES_FOREIGN_H
/*
 * Which columns of one table name rows of another: inclusion dependencies between files, decided over
 * all rows. A candidate needs a column (or a pair) on the left whose values are, all or nearly all,
 * among the values of a candidate key on the right, of a compatible type. Chance is told from
 * meaning: small integers, booleans and enums of a few values are no evidence by themselves, names are
 * (equal names, "contract_ref" for "contract_id"), and both stand in the score with words.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/kind.h"
struct arena;
struct artifact_profile;
struct err;
struct jw;

struct foreign_side {
	const char *path; /* for words */
	int fd;           /* regular file, read by pread */
	enum format format; /* as rows_new takes */
	const struct artifact_profile *profile;
};
struct foreign_key {
	size_t from, to; /* indices of sides */
	const uint16_t *columns;    /* [ncolumns] of `from` */
	const uint16_t *to_columns; /* [ncolumns] of `to`, a candidate key of it */
	size_t ncolumns;            /* 1 or 2 */
	uint64_t rows;    /* of `from` with a value in all columns */
	uint64_t matched; /* of these, rows that find their row in `to` */
	uint64_t values, matched_values; /* distinct ones */
	bool is_exact;    /* counted over all rows; false: memory ended, the counts are at least */
	const char *missing; /* a value that finds nothing, value_show form; NULL: none */
	uint64_t missing_row;
	uint64_t matched_normal; /* rows that would find theirs without leading zeros and blanks at the ends: */
	                         /* text 007 for 7; = matched where that changes nothing */
	unsigned score;   /* 0..1000 */
	const char *says; /* the evidence in words */
};
struct foreign_options {
	size_t memory_bytes_max; /* 0: 32 MiB, all sides together */
	unsigned matched_permille_min; /* 0: 900 */
	size_t found_max; /* 0: 64; the best by score */
};
/*
 * foreign_find - candidates between all pairs of sides (a table may name itself), best first; ties by
 * path and column. Deterministic.
 * Returns 0 with *out [*n] in a, or -1 E_IO.
 * Cost: one pass over each side for the sketches of the columns that could match, one more per side that is left.
 */
int foreign_find(struct arena *a, const struct foreign_side *sides, size_t nsides,
    const struct foreign_options *opt, const struct foreign_key **out, size_t *n, struct err *err);
/*
 * foreign_json - as forge.relations.v1:
 * {"schema":"forge.relations.v1","files":[{"path":"rates.csv","rows":7,"grain":"one row per …","candidate_keys":[["contract_id","role_code"]]}],
 *  "relations":[{"from":"time_entries.csv","columns":["invoice_id"],"to":"invoices.csv","to_columns":["invoice_id"],"rows":753,"matched":753,
 *    "matched_normal":753,"values":4,"matched_values":4,"exact":true,"missing":{"value":"INV-9","row":7},"score":980,"says":"…"}]}
 * key: NULL at the top.
 */
void foreign_json(const struct foreign_side *sides, size_t nsides, const struct foreign_key *keys, size_t nkeys,
    const char *key, struct jw *w);
#endif
