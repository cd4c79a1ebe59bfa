/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_DETECT_H
#define PACK_DETECT_H
/*
 * What entity a file most likely holds, and which of its columns is which: a ranked list with evidence,
 * for people and for the planner. Pure: profile and catalog in, ranks out, integers only, ties by id,
 * so that the same file gives the same list everywhere. A proposal is never a binding: plans bind by
 * exact names (compiler/detect.h) or through a visible adapter that carries this mapping out.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct catalog;
struct column;
struct detect_index;
struct entity;
struct file_facts;
struct jw;

enum detect_how {
	DETECT_NONE,    /* no column of the file */
	DETECT_EXACT,   /* the entity's own name */
	DETECT_CASE,    /* the same but for case, blanks, punctuation */
	DETECT_SYNONYM, /* a synonym of the pack (case and punctuation aside) */
	DETECT_SIMILAR, /* near by words and n-grams */
	DETECT_VALUES   /* the name says little; type, format and values fit this column only */
};
struct detect_column {
	const struct column *column; /* of the entity */
	int from;                    /* index of the file's column, -1: none */
	enum detect_how how;
	unsigned score;      /* 0..1000 */
	bool fits;           /* all values conform to the column's type as they stand */
	bool fits_reading;   /* they would after the normalization that the profile's reading states */
	const char *convert; /* what that is, "date:dmy" "number:eu" "money:us:USD" "timestamp:…" "enum:case"; NULL: none needed or none known */
	const char *says;    /* evidence, or what speaks against it, with a value and its row */
};
struct detect_rank {
	const struct entity *entity;
	unsigned confidence; /* 0..1000 */
	const struct detect_column *columns; /* [entity->ncolumns] in the entity's order */
	size_t nrequired, nrequired_found;
	const uint16_t *unmatched; /* [nunmatched] columns of the file that belong to nothing */
	size_t nunmatched;
	bool is_refuted;     /* values contradict it: a required column's values do not conform, in any reading */
	const char *const *evidence; /* [nevidence] sentences, heaviest first */
	size_t nevidence;
};
struct detection {
	const struct detect_rank *ranks; /* [nranks] best first; hopeless ones stay out */
	size_t nranks;
	bool is_clear; /* the first is good enough and ahead of the second by enough to be taken without asking */
};

/* detect_index_new - prepare the catalog's entities; lives in a, borrows from the catalog. */
const struct detect_index *detect_index_new(struct arena *a, const struct catalog *c);
/* detect_file - rank the entities. Cost: entities × columns of both, bounded; a few milliseconds. */
void detect_file(struct arena *a, const struct detect_index *index, const struct file_facts *file,
    struct detection *out);
/*
 * detect_json - as forge.detection.v1:
 * {"schema":"forge.detection.v1","path":"…","clear":true,"ranks":[{"entity":"billing.time_entry","label":"Time entry","pack":"billing-audit",
 *   "confidence":930,"refuted":false,"required":9,"required_found":9,"evidence":["…"],
 *   "columns":[{"name":"time_entry_id","type":"id","required":true,"from":"entry no","how":"synonym","score":900,"fits":true,"fits_reading":true,"convert":null,"says":"…"}],
 *   "unmatched":["notes"]}]}
 */
void detect_json(const struct detection *d, const struct file_facts *file, struct jw *w);
#endif
