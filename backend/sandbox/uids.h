/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_UIDS_H
#define SANDBOX_UIDS_H
/*
 * Two host uids for each attempt, fresh and never used again until the machine restarts: one for the
 * sandbox's init, one for the program. So the program can neither signal nor read its init, limits
 * that the kernel counts by uid are counted by attempt, and a file or process left behind can never
 * belong to a later one. All stacks of a machine draw from one counter in /run/forge.
 */
#include <stdint.h>
#include <sys/types.h>

struct err;

struct uid_pair {
	uint64_t serial;   /* 0.. : also names the attempt's control groups */
	uid_t init_uid;    /* 0 inside; also the gid */
	uid_t program_uid; /* 1000 inside; also the gid */
};

/* uids_take - the next pair. Returns 0, or -1 E_SANDBOX: /run/forge not writable or spoiled, or used up. */
int uids_take(struct uid_pair *out, struct err *err);
#endif
