/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_CGROUP_FILE_H
#define SANDBOX_CGROUP_FILE_H
/* The files of a control group: one small value each, written whole in one write. For cgroup*.c. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/cgroup.h"

struct err;

/* Big enough for every file that we read (cgroup.procs is read in pieces instead). */
#define CG_FILE_BYTES 4096

/* cg_file_write - replace the value of dir/name. -1 E_SANDBOX names the file and the value. */
int cg_file_write(int dir, const char *name, const char *value, struct err *err);
/* cg_file_has - is there such a file? */
bool cg_file_has(int dir, const char *name);
/* cg_file_read - the text of dir/name, NUL-terminated. */
int cg_file_read(int dir, const char *name, char out[CG_FILE_BYTES], struct err *err);
/* cg_file_u64 - the number in dir/name, or after "key " in it when key is given; "max" is 2^64-1. */
int cg_file_u64(int dir, const char *name, const char *key, uint64_t *out, struct err *err);
/* cg_text_u64 - as cg_file_u64, on text already read: the number after "key ", or at the start. */
int cg_text_u64(const char *text, const char *key, uint64_t *out);
/*
 * cg_wait_empty - wait until a unified group and those below it hold no process.
 * Returns 1 when empty, 0 after timeout_ms, -1 E_SANDBOX.
 */
int cg_wait_empty(int dir, int timeout_ms, struct err *err);
/*
 * cg_kill_listed - SIGKILL each process that dir/cgroup.procs lists and wait for their ends; for
 * hosts without a unified hierarchy. n: processes found. Returns 0, or -1 E_SANDBOX.
 */
int cg_kill_listed(int dir, size_t *n, struct err *err);
#endif
