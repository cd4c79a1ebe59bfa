/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_PARQUET_H
#define TYPES_PARQUET_H
/*
 * Parquet as rows. A program beside us (types/aside.h: node with packs/skill/forge-parquet/parquet.mjs)
 * reads the file and writes its rows as JSON, which go into a file that has no name; from there on a
 * Parquet table is read as JSON rows are. Nobody keeps that file: each reading costs a run of the program
 * (about 0.1 s and 25 MB of rows a second) and the room for the rows in $TMPDIR or /tmp.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct err;

#define PARQUET_READER "skill/forge-parquet/parquet.mjs" /* below the packs folder */
#define PARQUET_ROWS_BYTES_MAX ((uint64_t)2 << 30)  /* of JSON, whatever the file's size */
#define PARQUET_ROWS_BYTES_FREE ((uint64_t)64 << 20) /* up to here the ratio does not matter */
#define PARQUET_ROWS_RATIO_MAX 1000u                /* bytes of JSON for a byte of the file */

/*
 * parquet_set_reader - where the reading program is, for this process. At its start, before threads.
 *
 * packs: the packs folder; copied. NULL: there is none, and Parquet is refused with that reason
 */
void parquet_set_reader(const char *packs);

struct parquet_spool {
	int fd;                   /* a JSON array of objects, a row a line; every row has every column */
	const char *const *names; /* [nnames] columns, in the file's order, also where there are no rows */
	size_t nnames;
	uint64_t rows;
	const char *summary; /* what the file says of itself: version, created_by, rows, row_groups, column_count, */
	                     /* columns [{name,physical,logical,repetition,compression}], as JSON text */
	bool is_sound;
	char fault[512]; /* when it is not: why, in plain words */
};
/*
 * parquet_spool_open - all rows of a Parquet file.
 *
 * fd: a regular file; its offset stays
 * Returns 0 and *out, also for a file that cannot be read (is_sound is false, fd is -1); or -1: E_IO, E_SANDBOX.
 * Close it. Strings live in a.
 */
int parquet_spool_open(struct arena *a, int fd, struct parquet_spool *out, struct err *err);
void parquet_spool_close(struct parquet_spool *s);
#endif
