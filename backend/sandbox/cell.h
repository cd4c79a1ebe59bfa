/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_CELL_H
#define SANDBOX_CELL_H
/*
 * The runner's side of forge-cell: ask for one attempt in a fresh sandbox and receive how it ended
 * and the files that it left, after every process of it is dead. A struct cell belongs to one
 * thread; use as many as there are attempts at a time. Only cell_cancel may be called from another.
 *
 *     struct cell *cell;
 *     if (cell_open(socket_path, &cell, err) < 0) return -1;
 *     if (cell_run(cell, a, &request, &result, err) < 0) …   // the sandbox could not be made
 *     if (result.verdict == CELL_OK) …
 *     cell_close(cell);
 *
 * Inside, the program sees /usr, a minimal /etc, /proc with its own processes, five devices,
 * /workspace/{input,meta} and /skills (read only, exactly the files given), /workspace/{work,output},
 * /tmp and /dev/shm (its own, within limits). It has no network but its own lo, no capability, uid
 * 1000, and this environment: PATH=/usr/bin:/bin HOME=/workspace/work TMPDIR=/tmp LANG=C.UTF-8 TZ=UTC
 * PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 SOURCE_DATE_EPOCH=0. It starts in /workspace/work.
 */
#include <stddef.h>

#include "sandbox/limits.h"

struct arena;
struct cell;
struct err;

/*
 * A file for the sandbox. fd: open for reading, a regular file. A file in a mount of the cell's
 * namespace (a blob; mode 0444) appears as a read-only bind of exactly that file, whatever its path
 * becomes; any other (a memfd) is copied, at most 16 MiB of them together. Not executable.
 * path: absolute, below /workspace/input/, /workspace/meta/ or /skills/, UTF-8, at most 511 bytes.
 */
struct cell_file {
	int fd;
	const char *path;
};

struct cell_request {
	const char *label; /* for logs: run, step, attempt; [A-Za-z0-9._-]{1,63} */
	struct cell_limits limits;
	const char *const *argv; /* argv[0] absolute; no NULL needed at the end */
	size_t n_argv;           /* 1..256, 32 KiB together */
	const struct cell_file *files; /* borrowed; may be closed when cell_start returns */
	size_t n_files;                /* at most 1024 */
};

/* An entry of /workspace/output. */
struct cell_output {
	const char *path; /* relative to /workspace/output, UTF-8 */
	uint64_t bytes;
	int fd; /* O_RDONLY at offset 0; -1 when refused; closed with the arena */
	enum cell_refusal refusal;
};

struct cell_result {
	enum cell_verdict verdict;
	int exit_code;      /* -1 unless it exited */
	int signal;         /* 0 unless a signal ended it */
	const char *detail; /* a clause: "memory limit of 512 MiB reached", "exit code 65" */
	struct cell_usage usage;
	struct cell_phases phases;
	int stdout_fd, stderr_fd; /* sealed memfds at offset 0; closed with the arena */
	uint64_t stdout_bytes, stderr_bytes; /* all that was written */
	bool stdout_is_cut, stderr_is_cut;   /* the memfd holds less */
	const struct cell_output *outputs;   /* in path order; [n_outputs] */
	size_t n_outputs;
	bool outputs_are_cut; /* there were more than limits.output_files */
};

/*
 * cell_open - get ready to use the cell at socket_path; connects, so a missing cell shows here.
 * Returns 0, or -1 E_SANDBOX (names the socket). Free with cell_close.
 */
int cell_open(const char *socket_path, struct cell **out, struct err *err);
/* cell_close - kill the attempt in progress, if any, and free. NULL is fine. */
void cell_close(struct cell *cell);

/*
 * cell_start - hand over a request. One attempt at a time; after cell_wait returned the same cell
 * takes the next (on a new connection). Returns 0, or -1 E_USAGE (request not well formed), E_LIMIT,
 * E_SANDBOX (the cell is gone).
 */
int cell_start(struct cell *cell, const struct cell_request *request, struct err *err);
/*
 * cell_fd - becomes readable when cell_wait has something to read: for a caller that polls. The cell
 * says STARTED and RESULT some time apart, so cell_wait may still wait after the first.
 */
int cell_fd(const struct cell *cell);
/*
 * cell_wait - wait for the end and collect it. Strings and descriptors live in a.
 * Returns 0 with any verdict, or -1: E_SANDBOX (could not be made, or the cell died: retry on a new
 * cell; the attempt is dead), E_USAGE (a file or path in the request was refused).
 */
int cell_wait(struct cell *cell, struct arena *a, struct cell_result *out, struct err *err);
/* cell_run - cell_start and cell_wait. */
int cell_run(struct cell *cell, struct arena *a, const struct cell_request *request,
    struct cell_result *out, struct err *err);
/*
 * cell_cancel - kill the attempt; the thread in cell_wait gets -1 E_SANDBOX "cancelled". May be
 * called from any thread between cell_open and cell_close. For good: this cell starts no other.
 */
void cell_cancel(struct cell *cell);
#endif
