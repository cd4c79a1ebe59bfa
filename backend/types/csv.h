/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_CSV_H
#define TYPES_CSV_H
/*
 * Streaming CSV and TSV, RFC 4180 to the letter, in bounded memory (a buffer as large as the
 * largest row, at most 16 MiB, whatever the file's size). The first row is the header. What a
 * lenient reader would guess at is a fault with a place: ragged rows, a quote inside an unquoted
 * field, text behind a closing quote, a quote never closed, a bare carriage return, NUL, bytes
 * that are not UTF-8, empty lines between rows, empty or repeated column names.
 * Accepted and noted: a byte order mark, CRLF or LF (or both), empty lines at the end, no line end
 * at the end.
 *
 * Places. Row counts records from 1 and the header is row 1, as a spreadsheet numbers them. Line
 * counts line ends from 1; a field with a line end inside makes the two differ. Column counts
 * fields from 1. Offset is in bytes from the start of the file. 0 means: does not apply.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
struct arena;
struct csv;
struct err;

#define CSV_FIELD_BYTES_MAX (1u << 20)
#define CSV_ROW_BYTES_MAX (8u << 20)
#define CSV_COLUMNS_MAX 4096
#define CSV_NAME_BYTES_MAX 256

struct csv_options {
	char delimiter;           /* 0: ',' */
	bool allow_quote_inside;  /* a '"' inside an unquoted field is text; TSV files do that */
	size_t field_bytes_max;   /* 0: CSV_FIELD_BYTES_MAX */
	size_t row_bytes_max;     /* 0: CSV_ROW_BYTES_MAX */
	size_t columns_max;       /* 0: CSV_COLUMNS_MAX */
};
struct csv_field {
	const char *p; /* not NUL-terminated; valid until the next csv_next */
	size_t n;
	bool is_quoted;
};
struct csv_row {
	const struct csv_field *fields; /* [nfields] */
	size_t nfields;                 /* the header's count, always */
	uint64_t row;
	uint64_t line;   /* where the row begins */
	uint64_t offset; /* where the row begins */
};
/* A finding about the file: one sentence with the way out, and the place. */
struct fault {
	char message[512];
	uint64_t row;
	uint64_t line;
	uint64_t column;
	uint64_t offset;
	bool has_offset;
};
/* read_fn - up to n bytes into p. Returns the count, 0 at the end, -1 with err filled. */
typedef ssize_t (*csv_read_fn)(void *arg, void *p, size_t n, struct err *err);

enum csv_result { CSV_ROW, CSV_END, CSV_FAULT, CSV_ERR };

/* csv_new - a reader; its memory lives in a, its buffer in an arena of its own freed with a. */
struct csv *csv_new(struct arena *a, csv_read_fn read, void *arg, const struct csv_options *opt);
/* csv_new_fd - over a regular file from its start, by pread; the descriptor stays the caller's. */
struct csv *csv_new_fd(struct arena *a, int fd, const struct csv_options *opt);
/* csv_release - free the buffer now; the reader is unusable afterwards. */
void csv_release(struct csv *c);
/*
 * csv_header - read the header row; call once, before csv_next.
 * Returns CSV_ROW and *out (strings NUL-terminated in a, names unique and not empty), CSV_FAULT
 * (also for an empty file), or CSV_ERR (E_IO).
 */
enum csv_result csv_header(struct csv *c, const struct csv_row **out, struct err *err);
/* csv_next - the next row. CSV_FAULT ends the reading; see csv_fault. CSV_ERR: E_IO. */
enum csv_result csv_next(struct csv *c, const struct csv_row **out, struct err *err);
/* csv_fault - what was wrong; valid after CSV_FAULT. */
const struct fault *csv_fault(const struct csv *c);
bool csv_has_bom(const struct csv *c);
/* After CSV_END: what was accepted but is worth a note. */
bool csv_has_crlf(const struct csv *c);
bool csv_has_lf(const struct csv *c);
uint64_t csv_blank_lines(const struct csv *c);  /* empty lines at the end */
uint64_t csv_bytes(const struct csv *c);        /* read so far */
#endif
