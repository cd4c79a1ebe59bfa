/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_TABLE_H
#define TYPES_TABLE_H
/*
 * Full scans of one table: does every value conform to an entity's columns, and is a list of
 * columns a key. Both stream, both take CSV, TSV, JSON rows and Parquet, both are exact or say that they
 * could not decide.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/csv.h"
#include "types/kind.h"
#include "types/value.h"
struct arena;
struct err;

struct column_spec {
	const char *name; /* exact header name */
	enum coltype type;
	bool is_required;          /* the column must be there and its cells must not be null */
	const char *const *values; /* [nvalues], COL_ENUM only */
	size_t nvalues;
};
enum table_problem_class {
	PROBLEM_MISSING_COLUMN, /* row 1 (CSV) or 0, column 0; found: the nearest header name or "" */
	PROBLEM_NULL,           /* a required column is null here; the caller decides */
	PROBLEM_VALUE,          /* a value that does not conform */
	PROBLEM__COUNT
};
struct table_problem {
	enum table_problem_class class;
	uint64_t row;
	uint64_t line;
	uint64_t column;      /* from 1, in the file; 0 when missing */
	const char *name;     /* column name */
	const char *value;    /* value_show form */
	const char *expected; /* in words */
};
struct table_check_options {
	size_t problems_max; /* 0: 20; per class */
	bool stop_at_max;    /* stop reading when that many bad values are found */
};
struct table_check {
	bool parse_ok;
	struct fault fault;      /* when !parse_ok */
	uint64_t rows;           /* read */
	uint64_t missing_columns; /* required and not there */
	uint64_t nulls;          /* in required columns, all of them counted */
	uint64_t bad_values;     /* all of them counted, unless stopped */
	bool is_complete;        /* all rows were read */
	const struct table_problem *problems; /* [nproblems] in order of finding; first per class */
	size_t nproblems;
};
/*
 * table_check - verify every value of a table against column specs.
 *
 * fd:     a regular file; read from its start by pread
 * format: kind_format() of its kind: FORMAT_CSV, FORMAT_TSV, FORMAT_JSON_ROWS, FORMAT_PARQUET
 * specs:  [nspecs]; columns of the file that no spec names are left alone
 * opt:    may be NULL
 * Returns 0 and *out (strings in a) also when the table is wrong, or -1: E_IO, E_USAGE (format).
 */
int table_check(struct arena *a, int fd, enum format format, const struct column_spec *specs,
    size_t nspecs, const struct table_check_options *opt, struct table_check *out,
    struct err *err);

enum key_verdict { KEY_NO, KEY_YES, KEY_UNDECIDED, KEY__COUNT };

struct key_check {
	enum key_verdict verdict; /* KEY_YES: no nulls, no two rows alike; 0 rows: KEY_YES */
	bool parse_ok;
	struct fault fault;
	uint64_t rows;
	uint64_t nulls;         /* rows with a null or missing cell among the columns */
	uint64_t distinct;      /* of the combinations in the rows read; exact if is_exact */
	bool is_exact;
	uint64_t duplicate_row; /* first row that repeats an earlier one; 0 none */
	uint64_t first_row;     /* the first row with that key */
	uint64_t rows_max_per_key; /* the most rows that share one key: the fan-out of a join on it; */
	                        /* at least that many unless is_exact */
	const char *duplicate_value; /* value_show form, columns joined by ", "; NULL none */
	const char *missing_column;  /* a name that the table does not have; then KEY_NO */
};
/*
 * table_key_check - is this list of columns a key of the table? Reads all rows.
 *
 * memory_bytes_max: for the set of keys (0: 64 MiB); beyond it the verdict is KEY_UNDECIDED unless
 *         a duplicate was found before.
 * A key repeats when 64-bit keyed hashes agree and a second reading finds a row with the same values.
 * Returns 0 and *out, or -1: E_IO, E_USAGE.
 */
int table_key_check(struct arena *a, int fd, enum format format, const char *const *columns,
    size_t ncolumns, size_t memory_bytes_max, struct key_check *out, struct err *err);
#endif
