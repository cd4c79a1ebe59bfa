/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_JSCAN_H
#define TYPES_JSCAN_H
/*
 * Streaming JSON, as strict as core/jx.h (RFC 8259, UTF-8, no lone surrogates, no NUL, no key twice in
 * one object, depth 128), in bounded memory whatever the file's size: for uploads and outputs that
 * must not be held as a tree. Tokens come one by one, each with its place.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/csv.h"
struct arena;
struct err;
struct jscan;

#define JSCAN_DEPTH_MAX 128u
#define JSCAN_TOKEN_BYTES_MAX ((size_t)8 << 20) /* one string, key or number */
#define JSCAN_KEYS_MAX ((uint64_t)1 << 20)       /* in all objects that are open at a time */

enum jscan_type {
	JSCAN_OBJECT,
	JSCAN_OBJECT_END,
	JSCAN_ARRAY,
	JSCAN_ARRAY_END,
	JSCAN_KEY,
	JSCAN_STRING,
	JSCAN_NUMBER,
	JSCAN_TRUE,
	JSCAN_FALSE,
	JSCAN_NULL,
	JSCAN_END,   /* the one value is complete and nothing follows */
	JSCAN_FAULT, /* see jscan_fault */
	JSCAN_ERR    /* E_IO */
};
struct jscan_token {
	const char *p; /* KEY, STRING: decoded UTF-8; NUMBER: the lexeme. Valid until the next call */
	size_t n;
	uint64_t offset;
};

/* jscan_new - over a stream; memory lives in a. */
struct jscan *jscan_new(struct arena *a, csv_read_fn read, void *arg);
struct jscan *jscan_new_fd(struct arena *a, int fd);
void jscan_release(struct jscan *j);
enum jscan_type jscan_next(struct jscan *j, struct jscan_token *out, struct err *err);
/* jscan_depth - open objects and arrays, after the last token. */
unsigned jscan_depth(const struct jscan *j);
/* jscan_place - line and column of the last token, from 1, in code points. */
void jscan_place(struct jscan *j, uint64_t *line, uint64_t *column);
/* jscan_fault - what was wrong: "line 3, column 7: expected …, found …"; row = line. */
const struct fault *jscan_fault(const struct jscan *j);
/* jscan_refuse - end the scan with a fault of the caller's own at the last token. */
enum jscan_type jscan_refuse(struct jscan *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#endif
