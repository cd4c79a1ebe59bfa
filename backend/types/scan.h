/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_SCAN_H
#define TYPES_SCAN_H
/*
 * A window over a byte stream for scanners: what is not yet taken stays contiguous, and grows when
 * a scanner asks for more. Behind the last byte there is always one '\n' that is not part of the
 * stream, so that inner loops over text need no bounds check.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "types/csv.h"
struct arena;
struct err;
struct scan;

#define SCAN_CHUNK_BYTES ((size_t)128 << 10)

/* scan_new - a window; its buffer (chunk_bytes at first, 0: SCAN_CHUNK_BYTES) is freed with a. */
struct scan *scan_new(struct arena *a, csv_read_fn read, void *arg, size_t chunk_bytes);
void scan_release(struct scan *s);
/* scan_at, scan_end - the bytes not yet taken. They move when scan_more is called. */
const char *scan_at(const struct scan *s);
const char *scan_end(const struct scan *s);
/* scan_at_eof - nothing follows scan_end. Known only after a scan_more that found nothing. */
bool scan_at_eof(const struct scan *s);
/* scan_take - everything before p is done with. */
void scan_take(struct scan *s, const char *p);
/* scan_more - read on. Returns 0, also at the end (then scan_at_eof), or -1 E_IO. */
int scan_more(struct scan *s, struct err *err);
/* scan_offset - p's place in the stream. scan_mutable - p, writable. p is within the window. */
uint64_t scan_offset(const struct scan *s, const char *p);
char *scan_mutable(struct scan *s, const char *p);
/*
 * scan_place - line and column (code points), from 1, of a p that is within the window and not
 * before scan_at at the time of the last scan_more. Asked in ascending order it costs one pass.
 */
void scan_place(struct scan *s, const char *p, uint64_t *line, uint64_t *column);

/* scan_read_fd - a csv_read_fn over scan_fd_new(a, fd): pread from the start of a regular file. */
void *scan_fd_new(struct arena *a, int fd);
ssize_t scan_read_fd(void *arg, void *p, size_t n, struct err *err);

/* text_has_high_byte - is any byte >= 0x80? If not, the text is UTF-8 without looking closer. */
bool text_has_high_byte(const char *p, size_t n);
#endif
