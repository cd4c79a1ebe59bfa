/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_APART_H
#define API_APART_H
/*
 * Work on strangers' documents, apart from the worker: a forked child without the worker's
 * descriptors (no database, no web server), with little time and memory. What it writes comes back
 * as one text; a child that loops, grows or dies is a refusal and no more.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct err;

#define APART_FILES_MAX 64

struct apart_limits {
	unsigned cpu_s;
	unsigned wall_ms;
	size_t memory_bytes; /* of the arena that the work gets */
	size_t answer_bytes_max;
};
/*
 * apart_fn - the work, in the child.
 *
 * a:   freed with the child; at most memory_bytes
 * arg: as given to apart_run, a copy of the parent's memory
 * fd:  the input, or -1
 * out: the answer
 * Returns 0, or -1 with err, which reaches the parent as it is.
 */
typedef int (*apart_fn)(struct arena *a, void *arg, int fd, struct buf *out, struct err *err);

/*
 * apart_run - run fn in a child and wait for it.
 *
 * a:  holds the answer
 * fd: the one descriptor that the child keeps besides standard error; -1: none
 * Returns 0 with the answer (NUL behind it), or -1: what fn said; E_LIMIT when a limit was reached
 * (naming it), E_INTERNAL when the child died otherwise, E_IO. Cost: a fork (about 1 ms) and the work.
 */
int apart_run(struct arena *a, const struct apart_limits *limits, apart_fn fn, void *arg, int fd,
    char **answer, size_t *answer_bytes, struct err *err);
/*
 * apart_run_files - the same with several files to read: in the child, fds[i] is the descriptor apart_file(i), and fn's
 * fd is the first.
 *
 * fds: [n] at most APART_FILES_MAX
 */
int apart_run_files(struct arena *a, const struct apart_limits *limits, apart_fn fn, void *arg, const int *fds, size_t n,
    char **answer, size_t *answer_bytes, struct err *err);
int apart_file(size_t i);
#endif
