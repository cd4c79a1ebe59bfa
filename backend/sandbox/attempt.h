/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_ATTEMPT_H
#define SANDBOX_ATTEMPT_H
/*
 * One attempt from request to verdict: make groups and tree, launch, watch, kill, reap, collect. The
 * supervisor's work; forge-cell runs it in a process per attempt, `forgectl sandbox run` in its own.
 * Linear and single-threaded; everything it waits for is a descriptor or a deadline.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/cell_proto.h"
#include "sandbox/cgroup.h"
#include "sandbox/collect.h"
#include "sandbox/filter.h"
#include "sandbox/launch.h"
#include "sandbox/limits.h"
#include "sandbox/tree.h"
#include "sandbox/uids.h"

struct arena;
struct err;

/* What all attempts of one process share: made once. */
struct sandbox {
	struct cg_host groups;
	struct filter filters[FILTER_KIND__COUNT];
};

struct attempt_spec {
	struct cell_limits limits; /* filled */
	struct uid_pair uids;
	char *const *argv; /* NULL at the end */
	launch_inside_fn inside; /* instead of argv; or NULL */
	const struct tree_file *files;
	size_t n_files;
	int cancel_fd; /* readable or closed at the other end: kill the attempt. -1: none */
	void (*started)(void *arg, uint64_t prepare_us); /* the program is released; or NULL */
	collect_batch_fn outputs;                        /* or NULL: do not collect */
	void *arg;
};

struct attempt_result {
	enum cell_verdict verdict;
	bool is_cancelled; /* nothing else but usage is of use then */
	int exit_code, signal;
	char detail[CELL_TEXT_BYTES];
	struct cell_usage usage;
	struct cell_phases phases;
	int out_fd, err_fd; /* sealed memfds; close them */
	uint64_t out_bytes, err_bytes;
	bool out_is_cut, err_is_cut;
	struct collected outputs;
};

/*
 * sandbox_open - find and make the control groups of this instance, compile the filters, drop
 * supplementary groups, and make sure that descriptors 0 to 2 are open. Needs root.
 * Returns 0, or -1 E_UNSUPPORTED, E_SANDBOX. Close with sandbox_close.
 */
int sandbox_open(struct arena *a, const char *instance, struct sandbox *out, struct err *err);
void sandbox_close(struct sandbox *sb);

/*
 * attempt_run - run one to its end. When it returns no process, group or mount of it is left, but
 * for what the result says in words (verdict lost, a process that would not die).
 * Returns 0 with a verdict (also when cancelled), or -1 when the sandbox could not be made:
 * E_SANDBOX, E_UNSUPPORTED, E_USAGE (a file or path of the request).
 */
int attempt_run(struct arena *a, const struct sandbox *sb, const struct attempt_spec *spec,
    struct attempt_result *out, struct err *err);
#endif
