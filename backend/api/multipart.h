/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_MULTIPART_H
#define API_MULTIPART_H
/*
 * A streaming reader of multipart/form-data (RFC 7578): memory is one buffer whatever the upload's
 * size. The caller pulls parts and then each part's bytes; nothing is kept. Strict: the body begins
 * with its boundary, every part has a Content-Disposition with a name, and the closing boundary is
 * there; a body that ends early is an error that names the part.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct err;
struct multipart;

#define MULTIPART_PARTS_MAX 1000
#define MULTIPART_HEAD_BYTES_MAX 8192 /* header lines of one part */

/* multipart_read_fn - up to n bytes of the body into p: the count, 0 at its end, -1 with err set. */
typedef ssize_t (*multipart_read_fn)(void *arg, void *p, size_t n, struct err *err);

struct multipart_part {
	const char *name;     /* form field; NUL-terminated UTF-8 */
	const char *filename; /* NULL: a plain field */
	size_t filename_bytes;
	unsigned number;      /* from 1 */
};

/*
 * multipart_boundary - the boundary parameter of a Content-Type header.
 * Returns 0 and a string in a, or -1: E_MEDIA_TYPE (not multipart/form-data), E_USAGE (no boundary,
 * or one that is longer than 70 characters or has others than RFC 2046 allows).
 */
int multipart_boundary(struct arena *a, const char *content_type, const char **out,
    struct err *err);

/* multipart_new - a reader; lives in a. read gives the body. */
struct multipart *multipart_new(struct arena *a, const char *boundary, multipart_read_fn read,
    void *arg);

/*
 * multipart_next - go to the next part; the rest of the present one is passed over.
 * Returns 1 and *out (strings in the arena), 0 after the closing boundary, or -1: E_USAGE, E_LIMIT
 * (too many parts), or what read said.
 */
int multipart_next(struct multipart *m, struct multipart_part *out, struct err *err);

/*
 * multipart_read - the part's next bytes: their count (at most n), 0 at its end, or -1 as above.
 * n >= 1.
 */
ssize_t multipart_read(struct multipart *m, void *p, size_t n, struct err *err);
#endif
