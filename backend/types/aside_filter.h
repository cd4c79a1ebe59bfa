/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_ASIDE_FILTER_H
#define TYPES_ASIDE_FILTER_H
/* What confines the programs of types/aside.h, made before the fork. Inside types/ only. */
#include <stddef.h>
struct arena;
struct err;
struct sock_filter;

struct aside_filter {
	struct sock_filter *insn; /* [n] */
	size_t n;
};
/*
 * aside_filter_build - the system call filter.
 *
 * program: execve is let through with this very pointer as its first argument, and with any other ends the
 *          process. The caller puts the path at an address that nobody can guess; the program that runs
 *          then cannot know it, so it starts no second one.
 * E_SANDBOX.
 */
int aside_filter_build(struct arena *a, const char *program, struct aside_filter *out, struct err *err);
/* aside_landlock - a Landlock ruleset as a descriptor, -1 where the kernel has none. E_SANDBOX (-2). */
int aside_landlock(struct err *err);
/* aside_landlock_enter - this thread and what it starts are held to it. 0 or -1 with errno. */
int aside_landlock_enter(int ruleset);
#endif
