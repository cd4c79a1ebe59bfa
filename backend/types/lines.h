/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_LINES_H
#define TYPES_LINES_H
/*
 * Text that is already known to be UTF-8, line by line, in bounded memory: of a longer line only the
 * first LINE_KEPT_BYTES are given. Inside types/ only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct err;
struct profiler;

#define LINE_KEPT_BYTES 65536

struct line {
	const char *p; /* NUL behind it; without the line end, '\r' included in that */
	size_t n;
	uint64_t number; /* from 1 */
	uint64_t offset; /* of its first byte, in the file */
	bool is_cut;     /* there was more */
};
/* A line; false ends the reading. */
typedef bool (*line_fn)(void *arg, const struct line *line);
/* lines_read - all lines of the profiled file; a byte order mark is no part of the first. -1: E_IO. */
int lines_read(struct profiler *p, line_fn fn, void *arg, struct err *err);
#endif
