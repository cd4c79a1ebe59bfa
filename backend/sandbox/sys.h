/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_SYS_H
#define SANDBOX_SYS_H
/* System calls that glibc 2.36 has no wrapper for. No allocation: the child after clone uses them. */
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/openat2.h>
#include <linux/sched.h>

static inline pid_t
sys_clone3(const struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

/* A plain fork without the C library's own bookkeeping. */
static inline pid_t
sys_fork(void)
{
	return (pid_t)syscall(SYS_clone, 17 /* SIGCHLD */, 0, 0, 0, 0);
}

static inline int
sys_openat2(int dir, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}

static inline int
sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/*
 * End this process, from where a system call filter is on: the call and nothing around it. (In a build
 * with AddressSanitizer, calling _exit would first look for its stack, with calls that are refused.)
 */
static inline void
sys_exit(int code)
{
	(void)syscall(SYS_exit_group, code);
	__builtin_trap(); /* not reached */
}

/* The raw calls act on this thread alone, which is all of the process. */
static inline int
sys_setresuid(uid_t uid)
{
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

static inline int
sys_setresgid(gid_t gid)
{
	return (int)syscall(SYS_setresgid, gid, gid, gid);
}
#endif
