/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"

#define SPARE_BYTES ((size_t)256 << 20) /* program, packs and stack beside the work's own memory */
#define CHILD_INPUT 3
#define CHILD_ANSWER 4
#define FIRST_SPARE 100 /* above the descriptors of all files */
#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* In front of the answer. */
struct head {
	int32_t rc;
	int32_t code; /* enum err_code; rc < 0 only */
	uint64_t bytes;
};

/* --- the child ----------------------------------------------------------------------------------------- */

static int
limit(int what, rlim_t soft, rlim_t hard)
{
	const struct rlimit r = {.rlim_cur = soft, .rlim_max = hard};

	return setrlimit((__rlimit_resource_t)what, &r);
}

int
apart_file(size_t i)
{
	return i == 0 ? CHILD_INPUT : CHILD_ANSWER + (int)i;
}

/* The first file becomes 3, the pipe 4, the other files what follows; everything above is closed. */
static int
keep_files(const int *fds, size_t n, int answer)
{
	int spare[APART_FILES_MAX], out = fcntl(answer, F_DUPFD, FIRST_SPARE);

	for (size_t i = 0; i < n; i++) {
		spare[i] = fcntl(fds[i], F_DUPFD, FIRST_SPARE);
		if (spare[i] < 0)
			return -1;
	}
	if (out < 0 || dup2(out, CHILD_ANSWER) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (dup2(spare[i], apart_file(i)) < 0)
			return -1;
	if (n == 0)
		(void)close(CHILD_INPUT);
	return close_range((unsigned)(CHILD_ANSWER + (n > 0 ? n : 1)), ~0u, 0);
}

#ifndef FORGE_ASAN
/* What memory, the descriptors and an abort take; anything else fails with EPERM: no file, no socket,
 * no program, no signal to another process. */
static int
filter_calls(void)
{
	static const unsigned allowed[] = {
		SYS_read, SYS_pread64, SYS_write, SYS_close, SYS_lseek, SYS_fstat, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect,
		SYS_madvise, SYS_brk, SYS_futex, SYS_clock_gettime, SYS_getrandom, SYS_sysinfo, SYS_rt_sigprocmask,
		SYS_rt_sigaction, SYS_rt_sigreturn, SYS_gettid, SYS_getpid, SYS_exit, SYS_exit_group,
	};
	enum { N = sizeof allowed / sizeof *allowed };
	struct sock_filter f[N * 2 + 16];
	unsigned short n = 0;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < N; i++) {
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	/* abort() signals the process itself */
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){.len = n, .filter = f});
}
#endif

static void
restrict_child(const struct apart_limits *l)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 || limit(RLIMIT_CORE, 0, 0) < 0 ||
	    limit(RLIMIT_NPROC, 0, 0) < 0 || limit(RLIMIT_CPU, l->cpu_s, l->cpu_s + 1) < 0)
		_exit(2);
#ifndef FORGE_ASAN /* its shadow memory is larger than any limit */
	if (limit(RLIMIT_AS, l->memory_bytes + SPARE_BYTES, l->memory_bytes + SPARE_BYTES) < 0 ||
	    filter_calls() < 0)
		_exit(2);
#endif
}

static void __attribute__((noreturn))
child(const struct apart_limits *l, apart_fn fn, void *arg, bool has_input, struct arena *a)
{
	struct head head = {0};
	struct err err = {0};
	struct buf out;

	buf_init(&out, a);
	head.rc = fn(a, arg, has_input ? CHILD_INPUT : -1, &out, &err);
	if (head.rc < 0) {
		buf_clear(&out);
		buf_str(&out, err.msg);
		head.code = (int32_t)err.code;
	}
	if (out.len > l->answer_bytes_max) {
		head.rc = -1;
		head.code = E_LIMIT;
		buf_clear(&out);
		buf_printf(&out, "the answer would be larger than %zu MiB", l->answer_bytes_max >> 20);
	}
	head.bytes = out.len;
	if (fd_write_all(CHILD_ANSWER, &head, sizeof head, NULL) < 0 ||
	    fd_write_all(CHILD_ANSWER, out.p, out.len, NULL) < 0)
		_exit(3);
	_exit(0); /* nothing of the worker's is ended in an orderly way: it is the worker's */
}

/* --- the parent ---------------------------------------------------------------------------------------- */

/* Read to the end of the pipe or of the time; false: time is up. */
static bool
read_answer(int fd, struct buf *b, size_t max, int64_t until_us)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left_ms = (until_us - clock_mono_us() + 999) / 1000;
		char chunk[65536];
		ssize_t n;

		if (left_ms <= 0)
			return false;
		if (poll(&p, 1, (int)left_ms) <= 0)
			continue;
		n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || b->len + (size_t)n > max)
			return true;
		buf_add(b, chunk, (size_t)n);
	}
}

static int
say_death(const struct apart_limits *l, bool is_late, int status, struct err *err)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (is_late || sig == SIGXCPU || sig == SIGKILL)
		return err_set(err, E_LIMIT, "reading it takes longer than the %u seconds that are given to it",
		    is_late ? l->wall_ms / 1000 : l->cpu_s);
	if (sig == SIGABRT)
		return err_set(err, E_LIMIT, "reading it was given up: it takes more than the %zu MiB of memory that are "
		    "given to it, or meets a bug of Forge (the log says which)", l->memory_bytes >> 20);
	return err_set(err, E_INTERNAL, "the process that read it was lost (%s %d)",
	    sig ? "signal" : "status", sig ? sig : WEXITSTATUS(status));
}

static int
take_answer(struct buf *b, char **answer, size_t *n, struct err *err)
{
	struct head head;

	memcpy(&head, b->p, sizeof head);
	if (head.rc < 0) {
		b->p[b->len] = '\0';
		return err_set(err, head.code > 0 && head.code < E__COUNT ? (enum err_code)head.code : E_INTERNAL,
		    "%s", b->p + sizeof head);
	}
	*answer = b->p + sizeof head;
	*n = (size_t)head.bytes;
	return 0;
}

static bool
is_whole(const struct buf *b)
{
	struct head head;

	if (b->len < sizeof head)
		return false;
	memcpy(&head, b->p, sizeof head);
	return head.bytes == b->len - sizeof head;
}

int
apart_run_files(struct arena *a, const struct apart_limits *limits, apart_fn fn, void *arg, const int *fds, size_t n,
    char **answer, size_t *answer_bytes, struct err *err)
{
	bool is_in_time;
	int pipe_fds[2], status = 0;
	struct buf b;
	pid_t pid;

	INVARIANT(n <= APART_FILES_MAX);
	if (fd_pipe(pipe_fds, err) < 0)
		return -1;
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0) {
		(void)err_sys(err, E_IO, "fork");
		fd_close(&pipe_fds[0]);
		fd_close(&pipe_fds[1]);
		return -1;
	}
	if (pid == 0) {
		if (keep_files(fds, n, pipe_fds[1]) < 0)
			_exit(2);
		restrict_child(limits);
		child(limits, fn, arg, n > 0, arena_new(limits->memory_bytes));
	}
	fd_close(&pipe_fds[1]);
	buf_init(&b, a);
	is_in_time = read_answer(pipe_fds[0], &b, limits->answer_bytes_max + sizeof(struct head),
	    clock_mono_us() + (int64_t)limits->wall_ms * 1000);
	fd_close(&pipe_fds[0]);
	(void)kill(pid, SIGKILL); /* it has answered, or had its time; one that lingers would hold the worker */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return is_in_time && is_whole(&b) ? take_answer(&b, answer, answer_bytes, err) :
	    say_death(limits, !is_in_time, status, err);
}

int
apart_run(struct arena *a, const struct apart_limits *limits, apart_fn fn, void *arg, int fd,
    char **answer, size_t *answer_bytes, struct err *err)
{
	return apart_run_files(a, limits, fn, arg, &fd, fd >= 0, answer, answer_bytes, err);
}
