/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_CANARY_H
#define SANDBOX_CANARY_H
/*
 * The first attempt of every daemon: a function inside the sandbox looks for a list of things that
 * must not be there, and the daemon serves nobody unless all are absent, the sandbox works, and it
 * leaves nothing behind. Fail closed: a kernel or a host that lets one through is found here.
 */
#include "sandbox/attempt.h"

struct arena;
struct err;

/*
 * canary_run - run it. Returns 0, or -1: E_SANDBOX names each thing that was within reach, or what
 * attempt_run says. The calling process is left as it was.
 */
int canary_run(struct arena *a, const struct sandbox *sb, struct err *err);
/* canary_check_name - of check i, for people ("/etc/shadow cannot be read"); NULL beyond the last. */
const char *canary_check_name(size_t i);
#endif
