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
 *     "nearly":{"reading":"money","row":12,"value":"n/a","values_before":10},
 *     "conforms":["text","id","decimal","money"],"values":["0.5",…],
 *     "first":{"row":2,"value":"7.5"},"refuted":[{"type":"integer","row":9,"value":"7.25"}]}],
 *   "candidate_keys":[["time_entry_id"],["a","b"]],"undecided_keys":[],
 *   "pairs":"all|some|none","pair_columns":["a","b"],"triples":"none","triple_columns":[],"repeated_rows":null,
 *   "grain":"one row per time_entry_id","encoding":"utf-8","summary":null,"notes":["…"]}
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
#define PROFILE_TRIPLE_COLUMNS_MAX 10 /* and triples among that many, those of most values: 120 triples */

struct profile_options {
	size_t memory_bytes_max; /* 0: 32 MiB; for distinct counts and keys, all columns together, so that the */
	                         /* whole process stays below 64 MB */
	uint64_t distinct_max;   /* 0: 65,536; exact distinct counts up to here (keys: beyond it) */
	bool skip_pairs;         /* single columns only; one pass instead of two or three */
	unsigned passes_max;     /* 0: 32; over the file, to decide keys that outgrow the memory; beyond: undecided */
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
	const char *currency;     /* "USD": every value carries its sign or code; "mixed": several currencies, or some values without; else NULL */
	const char *number_style; /* "us" 1,234.5 · "eu" 1.234,5 · "swiss" 1'234.5 · "space" 1 234,5 · "swiss-comma" 1'234,5 · "space-point" 1 234.5 · "ambiguous"; NULL */
	const char *unit;         /* "%", "h", …: a unit that every value carries; NULL */
	/* How dates that are not ISO are written, for reading COL_DATE and COL_TIMESTAMP: "dmy" "mdy" "ymd" "ambiguous"; with month names
	 * "dmonY" (3 Mar 2026, 03-MAR-2026) "mondY" (March 3, 2026) "Ymond" (2026-Mar-03); "compact" (20260303); "-yy" behind any of
	 * them: years of two digits ("dmy-yy" 03/04/26, "dmonY-yy" 03-MAR-26, "ambiguous-yy"). "iso": only the clock is not. Else NULL. */
	const char *date_style;
	/* The reading that held for the most values before one spoiled it; row 0: none held for ten. */
	enum coltype nearly;
	struct value_place nearly_spoiled;
	uint64_t nearly_after; /* values that fitted before */
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
	enum profile_pairs triples;    /* were three columns together tested: only where no smaller key was found */
	const uint16_t *triple_columns; /* [ntriple_columns] among which */
	size_t ntriple_columns;
	int64_t repeated_rows; /* rows that repeat an earlier one in every column; counted where no key was found, else -1 */
	const char *grain; /* "one row per time_entry_id", "no key found: 3 rows repeat another completely"; NULL: no table, or no key */
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
 * fault); or -1: E_IO (also for a file that was written to meanwhile), E_USAGE (no such kind).
 * Cost:         one pass; a second where pairs are possible keys, a third for triples and repeated rows where there is
 *               no smaller key; at most 32 more for possible keys of more rows than fit into memory (4 million a pass).
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
