/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_FOREIGN_WORK_H
#define TYPES_FOREIGN_WORK_H
/* What the parts of the search for foreign keys share. Inside types/ only. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/foreign.h"
#include "types/hash.h"
#include "types/keyset.h"
#include "types/profile.h"
struct arena;
struct err;

#define FOREIGN_COLUMNS_MAX 2
#define SKETCH_VALUES 64 /* the smallest hashes of a column */

enum value_class {
	CLASS_NONE,   /* amounts, flags, prose: no keys */
	CLASS_NUMBER, /* whole numbers */
	CLASS_WORD,   /* ids and words */
	CLASS_DATE    /* only beside another column */
};
struct sketch {
	uint64_t least[SKETCH_VALUES]; /* ascending, [n] */
	size_t n;
	bool is_cut; /* there were more */
};
struct foreign_column {
	enum value_class class;
	struct sketch *sketch; /* of values without leading zeros; NULL: not looked at */
};
struct probe;
struct candidate {
	size_t from, to;
	uint16_t columns[FOREIGN_COLUMNS_MAX];
	uint16_t to_columns[FOREIGN_COLUMNS_MAX];
	size_t n;
	bool is_normal; /* compared without leading zeros: the types differ */
	unsigned name_score;
	const char *name_says;
	/* counted */
	uint64_t rows, matched, matched_normal, matched_values;
	struct keyset unmatched; /* distinct values that find nothing */
	bool is_unmatched_cut;
	bool is_exact;
	struct value_place missing;
};
struct foreign_work {
	struct arena *a;
	const struct foreign_side *sides;
	size_t nsides;
	struct foreign_column **columns; /* [nsides][ncolumns of the side] */
	struct budget budget;
	struct hash_key key;        /* fresh: nobody can craft values that collide */
	struct hash_key sketch_key; /* always the same, so that the same files give the same candidates */
	struct candidate **candidates; /* [ncandidates] */
	size_t ncandidates;
	size_t candidates_cap;
};
/* foreign_sketch - a sketch of every column that has a class. One pass over each side. -1: E_IO. */
int foreign_sketch(struct foreign_work *w, struct err *err);
/* sketch_may_hold - could nearly all values of `from` be among those of `to`? False only when the sketches speak against it. */
bool sketch_may_hold(const struct sketch *to, const struct sketch *from);
/* foreign_count - count what every candidate matches. -1: E_IO. */
int foreign_count(struct foreign_work *w, struct err *err);
/* foreign_names - how much two column names say that one refers to the other: 0..500, and why (NULL: they do not). */
unsigned foreign_names(struct arena *a, const char *from, const char *to, const char *to_path, bool is_same_table, const char **says);
#endif
