/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_LAUNCH_H
#define SANDBOX_LAUNCH_H
/*
 * From a process to a sandbox. The parent clones a child into new namespaces; the child walks a
 * table of steps (printed by `forgectl sandbox explain`) whose order is the security property: into
 * the limits first, then the file system, then no privileges, then the program. Any step that fails
 * ends the child and says which and why on the control socket; none is best effort.
 *
 *     forge-cell supervisor (root)
 *      └ init: pid 1 inside, host uid init_uid, no capabilities, waits and reports
 *         └ program: uid 1000 inside, host uid program_uid
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/cgroup.h"
#include "sandbox/filter.h"
#include "sandbox/limits.h"
#include "sandbox/tree.h"
#include "sandbox/uids.h"

struct err;

/* What init and the program's own start say on the control socket. */
enum launch_event {
	LAUNCH_READY = 1, /* the program is released; at_us is when */
	LAUNCH_FAILED,    /* step `step` failed with errno `value` */
	LAUNCH_ENDED,     /* the program ended with wait status `value`; at_us is when */
};

struct launch_msg {
	uint32_t event;
	uint32_t step; /* index over both tables, init's first */
	int32_t value;
	uint32_t zero;
	int64_t at_us; /* CLOCK_MONOTONIC */
};

/* A function to run in the program's place, with its confinement: the start-up canary. */
typedef int (*launch_inside_fn)(void);

struct launch {
	const struct cg *groups;
	const struct tree *tree;
	const struct filter *filters; /* [FILTER_KIND__COUNT] */
	struct uid_pair uids;
	struct cell_limits limits;
	char *const *argv; /* NULL at the end; argv[0] absolute */
	launch_inside_fn inside; /* or NULL: execve */
	int out, err; /* its stdout and stderr, above 2 */
};

struct launched {
	pid_t pid;   /* init, as seen from here; reap it with waitid */
	int pidfd;   /* readable when every process of the attempt is dead */
	int control; /* struct launch_msg; SOCK_SEQPACKET */
};

/*
 * launch_start - clone, map the uids, let the child go. The calling process must be single-threaded,
 * without supplementary groups, with descriptors 0, 1 and 2 open.
 * Returns 0, or -1 E_SANDBOX; what fails later in the child comes as LAUNCH_FAILED.
 */
int launch_start(const struct launch *l, struct launched *out, struct err *err);

/* launch_step_name - of a struct launch_msg's step, "exec" for one; NULL beyond the last. */
const char *launch_step_name(uint32_t step);
/* launch_step_text - what it does, a clause; NULL beyond the last. */
const char *launch_step_text(uint32_t step);
/* launch_step_is_exec - is it the one that starts the program itself? */
int launch_step_is_exec(uint32_t step);
#endif
