/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_ROWS_H
#define TYPES_ROWS_H
/*
 * One way to stream the rows of a table, whatever its kind: CSV, TSV, a JSON array of objects, Parquet.
 * Memory is bounded by the largest row. In JSON rows the columns are the union of the keys, in the
 * order of first appearance, so their number may grow while reading; a key that a row lacks is
 * CELL_MISSING. Nested values are CELL_JSON, their text without white space.
 *
 * Row numbers: CSV and TSV count the header as row 1, so the first row of values is row 2. JSON rows
 * and Parquet have no header: the first object is row 1. Parquet is read as JSON rows whose columns are all
 * known at rows_open; its faults have a row, but no line or offset.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/csv.h"
#include "types/kind.h"
#include "types/value.h"
struct arena;
struct err;
struct rows;

struct cell {
	const char *p; /* not NUL-terminated; valid until the next rows_next */
	size_t n;
	enum cell_type type;
};
struct row {
	const struct cell *cells; /* [ncells], ncells = rows_columns so far */
	size_t ncells;
	uint64_t row;
	uint64_t line;
	uint64_t offset;
};
enum rows_result { ROWS_ROW, ROWS_END, ROWS_FAULT, ROWS_ERR };

/*
 * rows_new - stream a regular file from its start, by pread.
 *
 * format: FORMAT_CSV, FORMAT_TSV, FORMAT_JSON_ROWS or FORMAT_PARQUET: whatever kind_is_table says is one
 * Memory lives in a; buffers are freed with it, or by rows_release, which a reading of Parquet needs: it
 * holds a file with all the rows, made by rows_open (types/parquet.h says what that costs).
 */
struct rows *rows_new(struct arena *a, int fd, enum format format);
/* rows_new_spool - the rows of a Parquet file that was opened already; the spool stays the caller's. */
struct parquet_spool;
struct rows *rows_new_spool(struct arena *a, const struct parquet_spool *spool);
void rows_release(struct rows *r);
/* rows_open - read the header (CSV, TSV) or the opening bracket. ROWS_ROW when rows may follow. */
enum rows_result rows_open(struct rows *r, struct err *err);
enum rows_result rows_next(struct rows *r, const struct row **out, struct err *err);
/* rows_fault - what was wrong; valid after ROWS_FAULT. */
const struct fault *rows_fault(const struct rows *r);
/* rows_columns - how many columns are known; rows_column - a name, NUL-terminated. */
size_t rows_columns(const struct rows *r);
const char *rows_column(const struct rows *r, size_t index);
/* rows_find_column - its index, or -1. */
int rows_find_column(const struct rows *r, const char *name);
bool rows_has_bom(const struct rows *r);
/* rows_blank_lines - CSV and TSV, after ROWS_END: empty lines at the end of the file. */
uint64_t rows_blank_lines(const struct rows *r);
/* rows_is_not_rows - the fault is: sound JSON so far, but not an array of objects. */
bool rows_is_not_rows(const struct rows *r);
#endif
