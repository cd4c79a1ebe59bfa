/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asm/prctl.h>
#include <linux/audit.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>

#include "core/arena.h"
#include "core/err.h"

#define INSNS_MAX 2048 /* the kernel takes 4096 */
#define TESTS_MAX 3
#define X32_BIT 0x40000000u
#define ALL_BITS 0xffffffffu

#define YES SECCOMP_RET_ALLOW
#define NO(e) (SECCOMP_RET_ERRNO | ((e) & SECCOMP_RET_DATA))

/* An argument (its low 32 bits) under a mask equals a value. */
struct test {
	uint8_t arg;
	uint32_t mask; /* 0: no test */
	uint32_t value;
};

/* Rows of one call stand together; the first whose tests all hold decides; the last has no test. */
struct row {
	const char *call;
	uint32_t action;
	struct test tests[TESTS_MAX];
};

#define ARG(n, v) {(n), ALL_BITS, (uint32_t)(v)}
#define ARG_BITS(n, mask, v) {(n), (mask), (uint32_t)(v)}
#define OTHERWISE {{0, 0, 0}}

#define NAMESPACE_FLAGS                                                                        \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |         \
	    CLONE_NEWPID | CLONE_NEWNET)

/* Names newer than the headers of Debian 12. */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const struct row program_rows[] = {
	{"clone", YES, {ARG_BITS(0, NAMESPACE_FLAGS, 0)}},
	{"clone", NO(EPERM), OTHERWISE},

	{"ioctl", YES, {ARG(1, TCGETS)}}, /* isatty */
	{"ioctl", YES, {ARG(1, TIOCGWINSZ)}},
	{"ioctl", YES, {ARG(1, FIOCLEX)}},
	{"ioctl", YES, {ARG(1, FIONCLEX)}},
	{"ioctl", YES, {ARG(1, FIONBIO)}},
	{"ioctl", YES, {ARG(1, FIONREAD)}},
	{"ioctl", NO(EPERM), OTHERWISE},

	/* Not: leases, F_NOTIFY, F_SETSIG, F_SETOWN, which reach across to other attempts. */
	{"fcntl", YES, {ARG(1, F_DUPFD)}},
	{"fcntl", YES, {ARG(1, F_DUPFD_CLOEXEC)}},
	{"fcntl", YES, {ARG(1, F_GETFD)}},
	{"fcntl", YES, {ARG(1, F_SETFD)}},
	{"fcntl", YES, {ARG(1, F_GETFL)}},
	{"fcntl", YES, {ARG(1, F_SETFL)}},
	{"fcntl", YES, {ARG(1, F_GETLK)}},
	{"fcntl", YES, {ARG(1, F_SETLK)}},
	{"fcntl", YES, {ARG(1, F_SETLKW)}},
	{"fcntl", YES, {ARG(1, F_OFD_GETLK)}},
	{"fcntl", YES, {ARG(1, F_OFD_SETLK)}},
	{"fcntl", YES, {ARG(1, F_OFD_SETLKW)}},
	{"fcntl", YES, {ARG(1, F_GETPIPE_SZ)}},
	{"fcntl", YES, {ARG(1, F_SETPIPE_SZ)}},
	{"fcntl", YES, {ARG(1, F_ADD_SEALS)}},
	{"fcntl", YES, {ARG(1, F_GET_SEALS)}},
	{"fcntl", NO(EPERM), OTHERWISE},

	/* An allowlist: AF_VSOCK reaches the hypervisor from any network namespace. */
	{"socket", YES, {ARG(0, AF_UNIX), ARG_BITS(1, 0xf, SOCK_STREAM), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_UNIX), ARG_BITS(1, 0xf, SOCK_DGRAM), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_UNIX), ARG_BITS(1, 0xf, SOCK_SEQPACKET), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_INET), ARG_BITS(1, 0xf, SOCK_STREAM), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_INET), ARG_BITS(1, 0xf, SOCK_STREAM), ARG(2, IPPROTO_TCP)}},
	{"socket", YES, {ARG(0, AF_INET), ARG_BITS(1, 0xf, SOCK_DGRAM), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_INET), ARG_BITS(1, 0xf, SOCK_DGRAM), ARG(2, IPPROTO_UDP)}},
	{"socket", YES, {ARG(0, AF_INET6), ARG_BITS(1, 0xf, SOCK_STREAM), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_INET6), ARG_BITS(1, 0xf, SOCK_STREAM), ARG(2, IPPROTO_TCP)}},
	{"socket", YES, {ARG(0, AF_INET6), ARG_BITS(1, 0xf, SOCK_DGRAM), ARG(2, 0)}},
	{"socket", YES, {ARG(0, AF_INET6), ARG_BITS(1, 0xf, SOCK_DGRAM), ARG(2, IPPROTO_UDP)}},
	{"socket", NO(EAFNOSUPPORT), OTHERWISE},

	{"socketpair", YES, {ARG(0, AF_UNIX)}},
	{"socketpair", NO(EAFNOSUPPORT), OTHERWISE},

	{"prctl", YES, {ARG(0, PR_SET_NAME)}},
	{"prctl", YES, {ARG(0, PR_GET_NAME)}},
	{"prctl", YES, {ARG(0, PR_SET_VMA)}}, /* names for memory areas */
	{"prctl", YES, {ARG(0, PR_SET_PDEATHSIG)}},
	{"prctl", YES, {ARG(0, PR_GET_PDEATHSIG)}},
	{"prctl", YES, {ARG(0, PR_GET_DUMPABLE)}},
	{"prctl", YES, {ARG(0, PR_SET_DUMPABLE)}},
	{"prctl", YES, {ARG(0, PR_GET_NO_NEW_PRIVS)}},
	{"prctl", YES, {ARG(0, PR_SET_NO_NEW_PRIVS)}},
	{"prctl", YES, {ARG(0, PR_CAPBSET_READ)}},
	{"prctl", YES, {ARG(0, PR_SET_TIMERSLACK)}},
	{"prctl", YES, {ARG(0, PR_GET_TIMERSLACK)}},
	{"prctl", YES, {ARG(0, PR_SET_CHILD_SUBREAPER)}},
	{"prctl", NO(EPERM), OTHERWISE},

	{"arch_prctl", YES, {ARG(0, ARCH_SET_FS)}},
	{"arch_prctl", YES, {ARG(0, ARCH_GET_FS)}},
	{"arch_prctl", NO(EINVAL), OTHERWISE}, /* what older kernels say; glibc asks for CET */

	{"prlimit64", YES, {ARG(0, 0)}}, /* itself */
	{"prlimit64", NO(EPERM), OTHERWISE},

	{"personality", YES, {ARG(0, 0)}},
	{"personality", YES, {ARG(0, 0xffffffffu)}}, /* asks */
	{"personality", NO(EPERM), OTHERWISE},
};

struct plain {
	const char *call;
	uint32_t action;
};

static const struct plain program_calls[] = {
#define ALLOW(name) {#name, YES},
#define FORBID(name) {#name, NO(EPERM)},
#define DONE(name) {#name, NO(0)},
#include "sandbox/syscalls.def"
#undef ALLOW
#undef FORBID
#undef DONE
};

static const struct plain init_calls[] = {
	{"read", YES}, {"write", YES}, {"sendto", YES}, {"poll", YES}, {"wait4", YES},
	{"close", YES}, {"clock_gettime", YES}, {"restart_syscall", YES}, {"rt_sigreturn", YES},
	{"exit", YES}, {"exit_group", YES},
};

static const struct plain collect_calls[] = {
	{"openat2", YES}, {"fstat", YES}, {"newfstatat", YES}, {"fstatfs", YES}, {"getdents64", YES},
	{"close", YES}, {"sendmsg", YES}, {"restart_syscall", YES}, {"rt_sigreturn", YES},
	{"exit", YES}, {"exit_group", YES},
};

static const struct list {
	const struct row *rows;
	size_t n_rows;
	const struct plain *plain;
	size_t n_plain;
} lists[FILTER_KIND__COUNT] = {
#define COUNT(x) (sizeof(x) / sizeof((x)[0]))
	[FILTER_PROGRAM] = {program_rows, COUNT(program_rows), program_calls, COUNT(program_calls)},
	[FILTER_INIT] = {NULL, 0, init_calls, COUNT(init_calls)},
	[FILTER_COLLECT] = {NULL, 0, collect_calls, COUNT(collect_calls)},
};

struct assembly {
	struct sock_filter *insn;
	size_t n;
};

static void
emit(struct assembly *as, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	INVARIANT(as->n < INSNS_MAX);
	as->insn[as->n++] = (struct sock_filter){.code = code, .jt = jt, .jf = jf, .k = k};
}

static void
load_word(struct assembly *as, size_t offset)
{
	emit(as, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void
answer(struct assembly *as, uint32_t action)
{
	emit(as, BPF_RET | BPF_K, 0, 0, action);
}

/* Calls that this kernel's headers or libseccomp do not know keep the default, ENOSYS. */
static bool
number_of(const char *call, uint32_t *out)
{
	int nr = seccomp_syscall_resolve_name(call);

	if (nr < 0)
		return false;
	*out = (uint32_t)nr;
	return true;
}

/* One row: every test that fails jumps over the rest of it and over its answer. */
static void
emit_row(struct assembly *as, const struct row *r)
{
	size_t n_tests = 0;

	while (n_tests < TESTS_MAX && r->tests[n_tests].mask)
		n_tests++;
	for (size_t i = 0; i < n_tests; i++) {
		const struct test *t = &r->tests[i];
		size_t rest = (n_tests - 1 - i) * 3 + 1; /* 3 instructions a test, 1 for the answer */

		/* Little-endian: the low half of a 64-bit argument comes first. */
		load_word(as, offsetof(struct seccomp_data, args) + t->arg * sizeof(uint64_t));
		emit(as, BPF_ALU | BPF_AND | BPF_K, 0, 0, t->mask);
		emit(as, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)rest, t->value);
	}
	answer(as, r->action);
}

/* All rows of one call. Returns the index of the first row of the next call. */
static size_t
emit_call(struct assembly *as, const struct row *rows, size_t n, size_t first)
{
	size_t end = first;
	size_t jump = as->n;
	uint32_t nr;

	while (end < n && strcmp(rows[end].call, rows[first].call) == 0)
		end++;
	INVARIANT(rows[end - 1].tests[0].mask == 0); /* the last row answers whatever is left */
	if (!number_of(rows[first].call, &nr))
		return end;
	emit(as, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, nr);
	for (size_t i = first; i < end; i++)
		emit_row(as, &rows[i]);
	INVARIANT(as->n - jump - 1 <= UINT8_MAX);
	as->insn[jump].jf = (uint8_t)(as->n - jump - 1);
	return end;
}

int
filter_build(struct arena *a, enum filter_kind kind, struct filter *out,
    struct err *err)
{
	const struct list *l;
	struct assembly as = {.insn = ARENA_ARRAY(a, INSNS_MAX, struct sock_filter)};

	INVARIANT(kind < FILTER_KIND__COUNT);
	l = &lists[kind];
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return err_set(err, E_UNSUPPORTED,
		    "the system call filter is written for x86-64; this processor is another");
	load_word(&as, offsetof(struct seccomp_data, arch));
	emit(&as, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64);
	answer(&as, SECCOMP_RET_KILL_PROCESS);
	load_word(&as, offsetof(struct seccomp_data, nr));
	emit(&as, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
	answer(&as, SECCOMP_RET_KILL_PROCESS);
	/*
	 * Calls in rows load words over the number, but a row's block is entered only for its own
	 * call and always answers. Plain calls are a chain: the kernel caches those that it allows
	 * without a look at arguments in a bitmap, so their place does not matter.
	 */
	for (size_t i = 0; i < l->n_rows;)
		i = emit_call(&as, l->rows, l->n_rows, i);
	for (size_t i = 0; i < l->n_plain; i++) {
		uint32_t nr;

		if (!number_of(l->plain[i].call, &nr))
			continue;
		emit(&as, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, nr);
		answer(&as, l->plain[i].action);
	}
	answer(&as, NO(ENOSYS));
	*out = (struct filter){.insn = as.insn, .n = as.n};
	return 0;
}

int
filter_load(const struct filter *filter)
{
	union {
		const struct sock_filter *in;
		struct sock_filter *kernel; /* sock_fprog lacks a const; the kernel only reads */
	} p = {.in = filter->insn};
	struct sock_fprog prog = {.len = (unsigned short)filter->n, .filter = p.kernel};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}
