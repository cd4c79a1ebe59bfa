/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_COLLECT_H
#define SANDBOX_COLLECT_H
/*
 * The walk over /workspace/output once every process of the attempt is dead. A child does it that
 * has the program's own uid, no capability, its own system call filter and one way in: the mount's
 * descriptor. It never follows a link, never leaves the mount and opens regular files only.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/cell_proto.h"
#include "sandbox/filter.h"

struct err;

/*
 * Receives a batch as it arrives. fds: n_fds descriptors in the batch's order; the callee may pass
 * them on, the caller closes them. Return 0, or -1 with err set to stop the walk.
 */
typedef int (*collect_batch_fn)(void *arg, const struct cell_msg_outputs *batch, const int *fds,
    struct err *err);

struct collect {
	int mount; /* of /workspace/output */
	uid_t uid; /* the program's host uid, and gid */
	uint64_t files_max;
	const struct filter *filter; /* FILTER_COLLECT */
	collect_batch_fn batch;
	void *arg;
};

struct collected {
	uint32_t n_files;
	uint32_t n_refused;
	uint32_t is_cut; /* there is more than files_max entries */
};

/*
 * collect_run - fork the walker, hand on its batches, wait for its end (at most 30 s).
 * Returns 0, or -1 E_SANDBOX (the walker failed), or what batch set.
 */
int collect_run(const struct collect *c, struct collected *out, struct err *err);
#endif
