/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_PROFILER_H
#define TYPES_PROFILER_H
/* What the parts of the profile share while one table is read. Inside types/ only. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/hash.h"
#include "types/keyset.h"
#include "types/profile.h"
#include "types/reading.h"
#include "types/rows.h"
struct arena;
struct err;
struct parquet_spool;

#define NOTES_MAX 32
#define EDGE_BYTES 64       /* as much of a minimum or maximum is kept */
#define LISTED_BYTES_MAX 256 /* longer values are never listed */

/* A minimum or maximum. */
struct edge {
	char p[EDGE_BYTES + 1];
	size_t n;
	uint64_t prefix;  /* text: the first 8 bytes as a number that sorts alike */
	int64_t scaled;   /* numbers: in millionths, if is_scaled */
	bool is_scaled;
	bool is_set;
};
/* What is gathered about one column while its values stream by. */
struct gauge {
	uint64_t nulls;
	uint64_t missing;
	uint64_t values;   /* not null */
	unsigned conforms; /* COL_BIT: types that every value so far conforms to */
	unsigned orders;   /* DATE_*: orders that every value so far fits */
	bool is_repeated;  /* some value came twice */
	bool is_cents;     /* numbers: all with exactly two digits behind the point */
	unsigned any;      /* COL_BIT: types that some value conforms to */
	bool has_odd;      /* some value has a byte that identifiers do not have */
	bool is_numbered;  /* every value that is not a number holds a digit */
	bool is_key_unknown; /* memory ended before it could be told */
	bool is_capped;    /* seen was given up: distinct is a lower bound */
	struct keyset seen;
	const char *few[PROFILE_VALUES_MAX];
	size_t nfew;
	bool is_many;
	struct edge text_min, text_max, number_min, number_max;
	struct value_place first;
	struct value_place refuted[COL__COUNT];
	uint64_t refuted_after[COL__COUNT]; /* how many values had conformed */
	bool is_compact_date; /* every value is YYYYMMDD, a day that exists */
	struct reading reading;
};
struct profiler {
	struct arena *a;
	int fd;
	enum format format;
	const struct profile_options *opt;
	struct budget budget;
	uint64_t distinct_max;
	struct hash_key keys[CELL__COUNT]; /* by cell type: the number 5 is not the text "5" */
	struct rows *rows;
	const struct parquet_spool *spool; /* Parquet: fd and format are then its rows', else NULL */
	struct gauge **gauges; /* [ngauges] */
	size_t ngauges;
	size_t gauges_cap;
	uint64_t nrows;
	uint64_t passes; /* made over the file to decide keys that outgrew the memory */
	bool is_not_rows; /* JSON: sound as far as read, but not an array of objects */
	struct artifact_profile *out;
	struct profile_key *candidates; /* of out, while they grow */
	struct profile_key *undecided;
	const char **notes; /* [NOTES_MAX] */
	size_t nnotes;
};

/* profiler_note - a sentence for people; beyond NOTES_MAX it is left out. */
void profiler_note(struct profiler *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* columns_take - one row's cells into the gauges. */
void columns_take(struct profiler *p, const struct row *row);
/* columns_flush - after the last row: count what is still queued. */
void columns_flush(struct profiler *p);
/* columns_finish - the gauges as columns of p->out, notes included. */
void columns_finish(struct profiler *p);
/* is_id_name, is_money_name - column names that announce what is in them. Only readings depend on it. */
bool is_id_name(const char *name);
bool is_money_name(const char *name);
/* columns_is_key - no null, no repeat, and known to be so. */
bool columns_is_key(const struct gauge *g);

/* keys_decide_columns - possible keys that outgrew the memory: again, part by part. -1: E_IO. */
int keys_decide_columns(struct profiler *p, struct err *err);
/* keys_find - single keys, then pairs by a second pass, then triples by a third, into p->out. -1: E_IO. */
int keys_find(struct profiler *p, struct err *err);
/* keys_say - notes and p->out->grain; nfound: how many columns could be part of a key. */
void keys_say(struct profiler *p, size_t nfound);
#endif
