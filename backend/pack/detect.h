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
/*
 * The vocabulary of `convert` (packs/skill/forge-adapters/values.py carries it out; docs/ADAPTERS.md has every case):
 *   date:ymd date:dmy date:mdy      digits in that order, or the month as a word; date:dmy:30 also takes years of two
 *                                   digits, 00..29 of 2000 and 30..99 of 1900; otherwise those are refused
 *   date:name                       only dates whose month is a word ("3 Mar 2026", "March 3, 2026")
 *   date:ambiguous                  only dates that prove their own order; 03/04 is refused
 *   timestamp:O timestamp:O:ZONE    a date in the order O (as above) and a time; ZONE (Z, +01:00) where the text has none
 *   timestamp:unix timestamp:unix_ms   whole seconds or milliseconds since 1970, UTC
 *   number:us number:eu number:swiss number:space    1,234.5 · 1.234,5 · 1'234.5 · 1 234,5
 *   number:swiss-comma number:space-point            1'234,5 · 1 234.5
 *   money:STYLE:USD money:STYLE     the same with a currency sign or code; without a code every value must name its own,
 *                                   and the mapping's "currency" names the column that gets it
 *   unit:percent                    12.5% -> 0.125 (number:us with a unit "%" alone never divides)
 *   unit:percent:STYLE unit:hours:STYLE   the same in another number style; "7.5 h" -> 7.5
 *   unit:hours unit:hours:2         7:30 -> 7.5; 7:20 has no exact decimal and is refused, or rounded to 2 digits
 *   unit:drop:h                     the number without that unit, which every value must carry
 *   boolean                         true false yes no y n t f 1 0 on off, any case
 *   enum:case                       one of the mapping's "values", whatever its case; blanks around it are removed
 *   trim                            blanks around the text are removed
 */
struct detect_column {
	const struct column *column; /* of the entity */
	int from;                    /* index of the file's column (of an object: of its members), -1: none */
	const char *from_name;       /* its name; NULL: none */
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
	const struct detect_column *columns; /* [ncolumns] in the entity's order; of an object, its members */
	size_t ncolumns;                     /* of rows: entity->ncolumns */
	size_t nrequired, nrequired_found;
	const uint16_t *unmatched; /* [nunmatched] columns of the file that belong to nothing */
	const char *const *unmatched_names;
	size_t nunmatched;
	bool is_refuted;     /* values contradict it: a required column's values do not conform, in any reading */
	const char *const *evidence; /* [nevidence] sentences, heaviest first */
	size_t nevidence;
	const char *const *against; /* [nagainst] what speaks against it, heaviest first */
	size_t nagainst;
};
struct detection {
	const struct detect_rank *ranks; /* [nranks] best first; hopeless ones stay out */
	size_t nranks;
	bool is_clear; /* the first is good enough and ahead of the second by enough to be taken without asking */
};

#define DETECT_SHOWN_MAX 8

/* detect_index_new - prepare the catalog's entities; lives in a, borrows from the catalog. */
const struct detect_index *detect_index_new(struct arena *a, const struct catalog *c);
/*
 * detect_file - rank the entities. Tables by their columns; objects by their members and texts by their headings,
 * as far as the profile's summary has them. Of a table the first 512 columns are looked at.
 * Cost: entities × columns of both, bounded; a few milliseconds.
 */
void detect_file(struct arena *a, const struct detect_index *index, const struct file_facts *file,
    struct detection *out);
/*
 * detect_json - as forge.detection.v1:
 * {"schema":"forge.detection.v1","path":"…","clear":true,"ranks":[{"entity":"billing.time_entry","label":"Time entry","pack":"billing-audit",
 *   "confidence":930,"refuted":false,"required":9,"required_found":9,"evidence":["…"],"against":["…"],
 *   "columns":[{"name":"time_entry_id","type":"id","required":true,"from":"entry no","how":"synonym","score":900,"fits":true,"fits_reading":true,"convert":null,"says":"…"}],
 *   "unmatched":["notes"]}]}
 * of the first DETECT_SHOWN_MAX ranks.
 */
void detect_json(const struct detection *d, const struct file_facts *file, struct jw *w);
#endif
