/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_PROFILE_H
#define TYPES_PROFILE_H
/*
 * What a file is, measured over all of its bytes: parse verdict, rows, columns with their types,
 * candidate keys. Uploads, the compiler (from the stored JSON) and the runner's harness all use this
 * one function, so they cannot disagree. Memory is bounded whatever the file's size; what a cap
 * leaves open is said ("at least", "undecided"), never guessed.
 *
 * Stored as forge.file_profile.v1:
 *  {"schema":"forge.file_profile.v1","kind":"table.csv","sniffed":"csv","bytes":"4711",
 *   "parse":{"ok":true,"message":null,"row":null,"line":null,"column":null,"offset":null},
 *   "rows":753,"bom":false,"pages":null,"top_level":null,
 *   "columns":[{"name":"hours","type":"decimal","nulls":0,"missing":0,"distinct":12,
 *     "distinct_exact":true,"min":"0.5","max":"9","date_format":null,
 *     "reading":"decimal","currency":null,"number_style":null,"unit":null,"date_style":null,
 *     "conforms":["text","id","decimal","money"],"values":["0.5",…],
 *     "first":{"row":2,"value":"7.5"},"refuted":[{"type":"integer","row":9,"value":"7.25"}]}],
 *   "candidate_keys":[["time_entry_id"],["a","b"]],"undecided_keys":[],
 *   "pairs":"all|some|none","pair_columns":["a","b"],"notes":["…"]}
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/csv.h"
#include "types/kind.h"
#include "types/table.h"
#include "types/value.h"
struct arena;
struct err;
struct jw;
struct jx;

#define PROFILE_SCHEMA "forge.file_profile.v1"
#define PROFILE_VALUES_MAX 20      /* columns with at most that many values list them */
#define PROFILE_PAIR_COLUMNS_MAX 16 /* pairs are tested among that many columns: 120 pairs */

struct profile_options {
	size_t memory_bytes_max; /* 0: 64 MiB; for distinct counts and keys, all columns together */
	uint64_t distinct_max;   /* 0: 65,536; exact distinct counts up to here (keys: beyond it) */
	bool skip_pairs;         /* single columns only; one pass instead of two */
};

/* A value that decided something, with its place. */
struct value_place {
	uint64_t row;      /* 0: there is none */
	const char *value; /* value_show form */
};
struct column_profile {
	const char *name;
	enum coltype type;   /* the narrowest useful reading; every value conforms to it, but a */
	                     /* COL_DATE whose date_format is not "iso" */
	uint64_t nulls;      /* empty, null or missing */
	uint64_t missing;    /* of these: JSON rows without the key */
	uint64_t distinct;   /* of the values that are not null */
	bool distinct_exact; /* false: at least that many */
	const char *min;     /* numbers, dates, timestamps: by value; text and id: by bytes */
	const char *max;     /* NULL without values; cut at 64 bytes for text */
	const char *date_format; /* COL_DATE: iso ymd dmy mdy ambiguous; else NULL */
	/* What the values would be after a stated normalization, where that is more than `type`: text that
	 * is all "$1,234.50" reads as money in USD, style us. Never acted on unless a plan says so. */
	enum coltype reading;     /* = type where there is nothing more to say */
	const char *currency;     /* "USD"; reading COL_MONEY with one currency sign or code; else NULL */
	const char *number_style; /* "us" 1,234.5 · "eu" 1.234,5 · "swiss" 1'234.5 · "space" 1 234,5 · "ambiguous"; NULL */
	const char *unit;         /* "%", "h", …: a unit that every value carries; NULL */
	const char *date_style;   /* as date_format, for reading COL_DATE/COL_TIMESTAMP in other writings: dmonY "3 Mar 2026", …; NULL */
	unsigned conforms;       /* COL_BIT set: all values conform to these, exactly */
	const char *const *values; /* [nvalues] sorted, when few; else NULL */
	size_t nvalues;
	struct value_place first;               /* the first value that is not null */
	struct value_place refuted[COL__COUNT]; /* first value that ruled a type out; row 0: the */
	                                        /* type stands, or `first` ruled it out */
};
struct profile_key {
	const uint16_t *columns; /* [ncolumns] indices, ascending */
	size_t ncolumns;         /* 1 to 3 */
};
enum profile_pairs { PAIRS_NONE, PAIRS_SOME, PAIRS_ALL, PAIRS__COUNT };

struct artifact_profile {
	enum kind kind;      /* claimed, else by name and content */
	enum format sniffed; /* by content alone, as far as its first bytes say */
	uint64_t bytes;
	bool parse_ok;
	struct fault fault;  /* when !parse_ok; text: row = line */
	int64_t rows;        /* tables; -1 otherwise or when the parse failed */
	bool has_bom;
	int64_t pages;       /* PDF; -1 otherwise or not readable */
	const char *top_level; /* JSON: array object string number boolean null; else NULL */
	const struct column_profile *columns; /* [ncolumns] */
	size_t ncolumns;
	const struct profile_key *candidate_keys; /* [ncandidate_keys] minimal keys: singles, pairs */
	size_t ncandidate_keys;
	const struct profile_key *undecided_keys; /* the memory cap was reached on these */
	size_t nundecided_keys;
	enum profile_pairs pairs;    /* were pairs tested: of no, some, all columns */
	const uint16_t *pair_columns; /* [npair_columns] among which pairs were tested */
	size_t npair_columns;
	const char *grain; /* "one row per time_entry_id"; NULL: no table, or no key */
	const char *encoding; /* "utf-8"; of text that is not: what it most likely is ("windows-1252", "utf-16le", "mixed"); NULL: not text */
	/* What is inside, by kind, as the text of a JSON object ("{…}", RFC 8785), or NULL: see types/measure.h. */
	const char *summary;
	const char *const *notes; /* [nnotes] sentences for people */
	size_t nnotes;
};

/*
 * artifact_profile - measure a file.
 *
 * fd:           a regular file; read by pread from its start, the offset stays
 * path:         its name, for the extension; or NULL
 * claimed_kind: what it should be ("table.csv"); or NULL: by name, then by content
 * opt:          may be NULL
 * Returns 0 and *out, also for a file that is not what it claims (out->parse_ok is false, with the
 * fault); or -1: E_IO, E_USAGE (no such kind).
 * Cost:         one pass; a second where pairs are possible keys; at most 16 more for possible keys of
 *               more rows than fit into memory (about 3.5 million a pass with 64 MiB).
 *               Memory: opt->memory_bytes_max plus the largest row. Strings live in a.
 */
int artifact_profile(struct arena *a, int fd, const char *path, const char *claimed_kind,
    const struct profile_options *opt, struct artifact_profile *out, struct err *err);

/* artifact_profile_json - write it as an object (key NULL at the top). Integers and strings only. */
void artifact_profile_json(const struct artifact_profile *p, const char *key, struct jw *w);
/* artifact_profile_from_json - the inverse. E_SCHEMA says what is wrong and where. */
int artifact_profile_from_json(struct arena *a, const struct jx *doc, struct artifact_profile *out,
    struct err *err);

/* profile_column - the column of that name, or NULL. */
const struct column_profile *profile_column(const struct artifact_profile *p, const char *name);
/*
 * profile_key - do these columns identify a row? KEY_YES when they contain a candidate key; KEY_NO
 * when that was measured; KEY_UNDECIDED otherwise (three columns or more without a key inside, a
 * cap, a table without rows). A name that is not a column: KEY_NO.
 */
enum key_verdict profile_key(const struct artifact_profile *p, const char *const *names, size_t n);
/*
 * profile_column_fits - does every value conform to a declared type (COL_ENUM: to values)?
 * KEY_YES, KEY_NO with *place the first value against it and reason in words, or KEY_UNDECIDED
 * (an enum whose column has too many values to be listed, or a wrong value whose row is not known;
 * then run table_check).
 * Nulls are not judged: see column->nulls.
 */
enum key_verdict profile_column_fits(const struct column_profile *c, enum coltype declared,
    const char *const *values, size_t nvalues, struct value_place *place, char reason[256]);
#endif
