/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PATH_H
#define API_PATH_H
/*
 * Text from addresses and forms. A workspace path is a plain name: nothing is tidied up silently,
 * what is not plain is refused with the reason, so one file has one name everywhere.
 */
#include <stddef.h>

struct arena;
struct err;

#define PATH_BYTES_MAX 1000   /* the database allows 1,024 characters */
#define PATH_SEGMENT_BYTES_MAX 200 /* file systems stop at 255; the sandbox puts nothing before it */
#define PATH_DEPTH_MAX 16

/*
 * url_decode - undo percent-encoding ('+' stays '+').
 *
 * out: n bytes at most, with a NUL behind; may hold any byte but NUL
 * Returns 0, or -1 E_USAGE: a '%' without two hex digits, or an encoded NUL.
 */
int url_decode(struct arena *a, const char *p, size_t n, const char **out, size_t *out_bytes,
    struct err *err);

/* form_decode - as url_decode, but '+' is a space (query strings). */
int form_decode(struct arena *a, const char *p, size_t n, const char **out, size_t *out_bytes,
    struct err *err);

/*
 * path_check - is this a plain workspace path?
 *
 * Refused: not UTF-8; NUL, control and invisible characters (bidi marks, zero width); a backslash;
 * absolute; empty, "." and ".." segments; a segment that begins or ends with a space or ends with
 * a dot; over the lengths above.
 * Returns 0, or -1 E_USAGE naming the path (shortened) and what is wrong with it.
 */
int path_check(const char *p, size_t n, struct err *err);

/* path_show - the path for a message: at most 80 bytes, cut at a character, "…" behind. */
const char *path_show(struct arena *a, const char *p, size_t n);
#endif
