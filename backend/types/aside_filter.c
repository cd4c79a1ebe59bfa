/* SPDX-License-Identifier: Apache-2.0 */
#include "types/aside_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "types/aside.h"

#define FILTER_BYTES_MAX ((size_t)64 << 10)
#define NAME_VMA 0x53564d41 /* PR_SET_VMA, newer than the headers of Debian 12 */

/* ---- system calls ---- */

struct plain {
	const char *call;
	bool is_allowed;
};
static const struct plain plain_calls[] = {
#define ALLOW(name) {#name, true},
#define FORBID(name) {#name, false},
#include "types/aside.def"
#undef ALLOW
#undef FORBID
};

/* Calls that this machine's libseccomp does not know, or this processor does not have, answer ENOSYS. */
static int
number_of(const char *call)
{
	return seccomp_syscall_resolve_name(call);
}

/* One rule with a test of one argument. */
static int
rule(scmp_filter_ctx f, uint32_t action, const char *call, struct scmp_arg_cmp test)
{
	int nr = number_of(call);

	return nr < 0 ? 0 : seccomp_rule_add_array(f, action, nr, 1, &test);
}

/* Opening for reading only. */
static int
add_open(scmp_filter_ctx f)
{
	const uint64_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
	int rc = rule(f, SCMP_ACT_ALLOW, "openat", SCMP_A2_64(SCMP_CMP_MASKED_EQ, writing, 0));

	return rc == 0 ? rule(f, SCMP_ACT_ALLOW, "open", SCMP_A1_64(SCMP_CMP_MASKED_EQ, writing, 0)) : rc;
}

static int
add_tested(scmp_filter_ctx f, const char *program)
{
	static const uint64_t fcntls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};
	static const uint64_t ioctls[] = {TCGETS, TIOCGWINSZ, FIOCLEX, FIONBIO};
	uint64_t at = (uintptr_t)program;
	int rc = rule(f, SCMP_ACT_ALLOW, "execve", SCMP_A0_64(SCMP_CMP_EQ, at)), nr = number_of("execveat");

	if (rc == 0)
		rc = rule(f, SCMP_ACT_KILL_PROCESS, "execve", SCMP_A0_64(SCMP_CMP_NE, at));
	if (rc == 0 && nr >= 0)
		rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, nr, 0);
	/* threads, not processes; clone3 hides its flags behind a pointer and so stays ENOSYS */
	if (rc == 0)
		rc = rule(f, SCMP_ACT_ALLOW, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (rc == 0)
		rc = rule(f, SCMP_ACT_ERRNO(EPERM), "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	for (size_t i = 0; rc == 0 && i < sizeof fcntls / sizeof *fcntls; i++)
		rc = rule(f, SCMP_ACT_ALLOW, "fcntl", SCMP_A1_32(SCMP_CMP_EQ, (uint32_t)fcntls[i]));
	for (size_t i = 0; rc == 0 && i < sizeof ioctls / sizeof *ioctls; i++)
		rc = rule(f, SCMP_ACT_ALLOW, "ioctl", SCMP_A1_32(SCMP_CMP_EQ, (uint32_t)ioctls[i]));
	if (rc == 0)
		rc = rule(f, SCMP_ACT_ALLOW, "prctl", SCMP_A0_32(SCMP_CMP_EQ, PR_SET_NAME));
	if (rc == 0)
		rc = rule(f, SCMP_ACT_ALLOW, "prctl", SCMP_A0_32(SCMP_CMP_EQ, NAME_VMA));
	if (rc == 0) /* its own limits, not another process' */
		rc = rule(f, SCMP_ACT_ALLOW, "prlimit64", SCMP_A0_32(SCMP_CMP_EQ, 0));
	return rc == 0 ? add_open(f) : rc;
}

static int
add_plain(scmp_filter_ctx f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof plain_calls / sizeof *plain_calls; i++) {
		int nr = number_of(plain_calls[i].call);
		if (nr >= 0)
			rc = seccomp_rule_add(f,
			    plain_calls[i].is_allowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM), nr, 0);
	}
	return rc;
}

/* The finished program, through a file in memory: libseccomp 2.5 knows no other way. */
static int
export(struct arena *a, scmp_filter_ctx f, struct aside_filter *out, struct err *err)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	char *bytes;
	size_t n;
	int rc = -1;

	if (fd < 0 || seccomp_export_bpf(f, fd) < 0 || lseek(fd, 0, SEEK_SET) != 0)
		(void)err_set(err, E_SANDBOX, "the system call filter could not be made");
	else
		rc = fd_read_all(a, fd, FILTER_BYTES_MAX, &bytes, &n, err);
	fd_close(&fd);
	if (rc < 0)
		return -1;
	out->n = n / sizeof *out->insn;
	out->insn = ARENA_ARRAY(a, out->n, struct sock_filter);
	for (size_t i = 0; i < out->n; i++)
		__builtin_memcpy(&out->insn[i], bytes + i * sizeof *out->insn, sizeof *out->insn);
	return 0;
}

int
aside_filter_build(struct arena *a, const char *program, struct aside_filter *out, struct err *err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc;

	if (!f)
		return err_set(err, E_SANDBOX, "the system call filter could not be made");
	if (seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
	    add_tested(f, program) < 0 || add_plain(f) < 0)
		rc = err_set(err, E_SANDBOX, "the system call filter could not be made");
	else
		rc = export(a, f, out, err);
	seccomp_release(f);
	return rc;
}

/* ---- files ---- */

#define READ_FILES (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
#define READ_ALL (READ_FILES | LANDLOCK_ACCESS_FS_READ_DIR)
#define ABI_NET 4

/* As newer headers have it; a kernel that is told too much about itself refuses, so the size follows its age. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
};

/* Every right to files that a kernel of this age knows. */
static uint64_t
all_rights(long abi)
{
	uint64_t rights = (UINT64_C(1) << 13) - 1; /* of the first version */

	for (long version = 2; version <= abi; version++)
		if (version == 2 || version == 3 || version == 5) /* refer, truncate, ioctl */
			rights = rights << 1 | 1;
	return rights;
}

static int
allow_path(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule_attr = {.allowed_access = READ_ALL};
	struct stat st;
	long rc = -1;
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return 0; /* what is not there needs no rule */
	if (fstat(fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule_attr.allowed_access = READ_FILES;
		rule_attr.parent_fd = fd;
		rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule_attr, 0);
	}
	(void)close(fd);
	return (int)rc;
}

static long
landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool
aside_has_landlock(void)
{
	return landlock_abi() > 0;
}

int
aside_landlock(struct err *err)
{
	static const char *const paths[] = {"/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache",
	    "/etc/fonts", "/etc/ssl/openssl.cnf", "/dev/null", "/dev/urandom"};
	long abi = landlock_abi();
	struct ruleset_attr attr = {.fs = 0, .net = 3}; /* bind and connect; no rule allows them */
	int ruleset;

	if (abi <= 0)
		return -1;
	attr.fs = all_rights(abi);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    abi >= ABI_NET ? sizeof attr : sizeof attr.fs, 0);
	if (ruleset < 0)
		return err_sys(err, E_SANDBOX, "the kernel made no Landlock ruleset"), -2;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (allow_path(ruleset, paths[i]) < 0) {
			(void)err_sys(err, E_SANDBOX, "the kernel took no Landlock rule");
			(void)close(ruleset);
			return -2;
		}
	return ruleset;
}

int
aside_landlock_enter(int ruleset)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
