/* SPDX-License-Identifier: Apache-2.0 */
#include "types/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/rnd.h"
#include "types/aside_filter.h"

#define NOBODY 65534
#define FIRST_SPARE 10
#define FAILURE_FD 4 /* closed by the exec that succeeds */
#define FILES_MAX 64
#define STACK_BYTES ((rlim_t)8 << 20)
#define PIECE_BYTES ((size_t)256 << 10)
#define PAGE_BYTES ((size_t)4096)
#define HIDE_TRIES 16

/* All that the child needs, made before the fork: after it, only system calls. */
struct plan {
	const struct aside_job *job;
	char *program; /* the path, where nobody can guess it: see aside_filter_build */
	char **argv;
	struct aside_filter filter;
	int ruleset; /* Landlock; -1 none */
	int null;    /* /dev/null */
	int out[2], said[2], failure[2];
	pid_t parent;
};

/* ---- the child ---- */

enum stage { STAGE_FILES, STAGE_LIMITS, STAGE_USER, STAGE_LANDLOCK, STAGE_FILTER, STAGE_EXEC, STAGE__COUNT };

struct failure {
	int stage;
	int code;
};

static void __attribute__((noreturn))
fail(enum stage stage)
{
	struct failure f = {.stage = (int)stage, .code = errno};

	(void)!write(FAILURE_FD, &f, sizeof f);
	_exit(127);
}

static int
limit(int what, uint64_t soft, uint64_t hard)
{
	const struct rlimit r = {.rlim_cur = soft, .rlim_max = hard};

	return setrlimit((__rlimit_resource_t)what, &r);
}

/* Each descriptor to its number, and none besides. */
static int
arrange(const struct plan *p)
{
	const struct {
		int from, to;
	} want[] = {{p->job->stdin_fd >= 0 ? p->job->stdin_fd : p->null, 0}, {p->out[1], 1}, {p->said[1], 2},
	    {p->job->input_fd >= 0 ? p->job->input_fd : p->null, ASIDE_INPUT_FD}, {p->failure[1], FAILURE_FD},
	    {p->ruleset, FAILURE_FD + 1}};
	enum { N = sizeof want / sizeof *want };
	int spare[N];

	for (size_t i = 0; i < N; i++)
		if ((spare[i] = want[i].from < 0 ? -1 : fcntl(want[i].from, F_DUPFD, FIRST_SPARE)) < 0 &&
		    want[i].from >= 0)
			return -1;
	for (size_t i = 0; i < N; i++)
		if (spare[i] >= 0 && dup2(spare[i], want[i].to) < 0)
			return -1;
	if (close_range(p->ruleset < 0 ? FAILURE_FD + 1 : FAILURE_FD + 2, ~0u, 0) < 0)
		return -1;
	return fcntl(FAILURE_FD, F_SETFD, FD_CLOEXEC);
}

static int
set_limits(const struct aside_limits *l)
{
	if (limit(RLIMIT_CORE, 0, 0) < 0 || limit(RLIMIT_FSIZE, 0, 0) < 0 ||
	    limit(RLIMIT_NOFILE, FILES_MAX, FILES_MAX) < 0 || limit(RLIMIT_STACK, STACK_BYTES, STACK_BYTES) < 0 ||
	    limit(RLIMIT_CPU, l->cpu_s, l->cpu_s + 1) < 0)
		return -1;
	return limit(RLIMIT_DATA, l->memory_bytes, l->memory_bytes);
}

/*
 * A root that is nobody's child is still root: drop it before anything foreign runs. The calls themselves: libc's
 * tell them to all threads, and take locks for it that a thread which did not come along may hold.
 */
static int
be_nobody(void)
{
	if (geteuid() != 0)
		return 0;
	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) < 0)
		return -1;
	return (int)syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY);
}

static void __attribute__((noreturn))
child(const struct plan *p)
{
	static char lang[] = "LANG=C.UTF-8", zone[] = "TZ=UTC";
	char *environment[] = {lang, zone, NULL};
	struct sock_fprog filter = {.len = (unsigned short)p->filter.n, .filter = p->filter.insn};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL); /* what we ignore it should not, and our handlers are not for it */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (arrange(p) < 0 || chdir("/") < 0)
		fail(STAGE_FILES);
	(void)setsid();
	if (be_nobody() < 0)
		fail(STAGE_USER);
	/* after the change of user, which clears it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail(STAGE_LIMITS);
	if (getppid() != p->parent)
		_exit(127); /* the parent went before the request was made */
	if (p->ruleset >= 0 && (aside_landlock_enter(FAILURE_FD + 1) < 0 || close(FAILURE_FD + 1) < 0))
		fail(STAGE_LANDLOCK);
	if (set_limits(&p->job->limits) < 0)
		fail(STAGE_LIMITS);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
		fail(STAGE_FILTER);
	(void)execve(p->program, p->argv, environment);
	fail(STAGE_EXEC);
}

/* ---- the parent ---- */

/* The path at an address drawn by lot: the program that will run cannot know it, nor try twice. */
static char *
hide(const char *path)
{
	size_t n = strlen(path) + 1;

	for (int i = 0; n <= PAGE_BYTES / 2 && i < HIDE_TRIES; i++) {
		uint64_t lot;
		char *at;
		rnd_bytes(&lot, sizeof lot);
		at = mmap((void *)(uintptr_t)((lot & UINT64_C(0x3fffffff000)) + UINT64_C(0x100000000000)), PAGE_BYTES,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (at == MAP_FAILED)
			continue;
		at += (lot >> 50) % (PAGE_BYTES / 2);
		memcpy(at, path, n);
		return at;
	}
	return NULL;
}

static void
unhide(char *at)
{
	if (at)
		(void)munmap((void *)((uintptr_t)at & ~(uintptr_t)(PAGE_BYTES - 1)), PAGE_BYTES);
}

static void
plan_release(struct plan *p)
{
	unhide(p->program);
	fd_close(&p->ruleset);
	fd_close(&p->null);
	for (int i = 0; i < 2; i++) {
		fd_close(&p->out[i]);
		fd_close(&p->said[i]);
		fd_close(&p->failure[i]);
	}
}

static int
plan_make(struct arena *a, const struct aside_job *job, struct plan *p, struct err *err)
{
	size_t n = 0;

	*p = (struct plan){.job = job, .ruleset = -1, .null = -1, .out = {-1, -1}, .said = {-1, -1}, .failure = {-1, -1},
	    .parent = getpid()};
	if (access(job->argv[0], X_OK) < 0)
		return err_set(err, E_UNSUPPORTED, "%s is not installed", job->argv[0]);
	while (job->argv[n])
		n++;
	p->argv = ARENA_ARRAY(a, n + 1, char *);
	for (size_t i = 0; i < n; i++)
		p->argv[i] = arena_str(a, job->argv[i]);
	p->program = hide(job->argv[0]);
	if (!p->program)
		return err_set(err, E_SANDBOX, "there is no room for the path of %s", job->argv[0]);
	p->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (p->null < 0)
		return err_sys(err, E_IO, "cannot open /dev/null");
	if (aside_filter_build(a, p->program, &p->filter, err) < 0)
		return -1;
	p->ruleset = aside_landlock(err);
	if (p->ruleset == -2)
		return p->ruleset = -1;
	return fd_pipe(p->out, err) < 0 || fd_pipe(p->said, err) < 0 || fd_pipe(p->failure, err) < 0 ? -1 : 0;
}

/* -1: it did not start, with the reason. */
static int
started(struct plan *p, struct err *err)
{
	static const char *const what[STAGE__COUNT] = {
	    [STAGE_FILES] = "its descriptors could not be arranged",
	    [STAGE_LIMITS] = "its limits could not be set",
	    [STAGE_USER] = "it could not be made another user",
	    [STAGE_LANDLOCK] = "Landlock could not be entered",
	    [STAGE_FILTER] = "the system call filter could not be installed",
	    [STAGE_EXEC] = "it could not be started",
	};
	struct failure f = {0};
	ssize_t n;

	while ((n = read(p->failure[0], &f, sizeof f)) < 0 && errno == EINTR)
		;
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof f || f.stage < 0 || f.stage >= STAGE__COUNT)
		return err_set(err, E_SANDBOX, "%s did not start", p->job->argv[0]);
	errno = f.code;
	return err_sys(err, E_SANDBOX, "%s did not run: %s", p->job->argv[0], what[f.stage]);
}

struct reading {
	struct plan *p;
	struct aside_result *out;
	char *piece; /* [PIECE_BYTES] */
	size_t said;
	bool is_over; /* a limit of ours, or take refused: end it */
};

/* What stands in the program's output. false: its end. */
static int
take_output(struct reading *r, bool *is_open, struct err *err)
{
	uint64_t max = r->p->job->limits.output_bytes;
	ssize_t n = read(r->p->out[0], r->piece, PIECE_BYTES);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		return err_sys(err, E_IO, "cannot read the output of %s", r->p->job->argv[0]);
	*is_open = n > 0;
	if ((uint64_t)n > max - r->out->output_bytes) {
		r->out->end = ASIDE_OUTPUT;
		r->is_over = true;
		return 0;
	}
	r->out->output_bytes += (uint64_t)n;
	return n > 0 ? r->p->job->take(r->p->job->arg, r->piece, (size_t)n, err) : 0;
}

static void
take_said(struct reading *r, bool *is_open)
{
	size_t room = sizeof r->out->said - 1 - r->said;
	ssize_t n = read(r->p->said[0], r->piece, PIECE_BYTES);

	if (n < 0 && errno == EINTR)
		return;
	*is_open = n > 0;
	if (n > 0 && room > 0) {
		size_t keep = (size_t)n < room ? (size_t)n : room;
		memcpy(r->out->said + r->said, r->piece, keep);
		r->said += keep;
	}
}

/* Until it is gone and both pipes are empty, or a limit is reached. It has no children, so nobody else holds them. */
static int
follow(struct reading *r, int pidfd, struct err *err)
{
	int64_t until_us = clock_mono_us() + (int64_t)r->p->job->limits.wall_ms * 1000;
	bool has_output = true, has_said = true, is_alive = true;

	while (!r->is_over && (has_output || has_said || is_alive)) {
		struct pollfd at[3] = {{.fd = has_output ? r->p->out[0] : -1, .events = POLLIN},
		    {.fd = has_said ? r->p->said[0] : -1, .events = POLLIN},
		    {.fd = is_alive ? pidfd : -1, .events = POLLIN}};
		int64_t left_ms = (until_us - clock_mono_us() + 999) / 1000;
		if (left_ms <= 0) {
			r->out->end = ASIDE_WALL;
			r->is_over = true;
			break;
		}
		if (poll(at, 3, (int)(left_ms < INT32_MAX ? left_ms : INT32_MAX)) < 0 && errno != EINTR)
			return err_sys(err, E_IO, "cannot wait for %s", r->p->job->argv[0]);
		if (at[2].revents)
			is_alive = false;
		if (at[1].revents)
			take_said(r, &has_said);
		if (at[0].revents && take_output(r, &has_output, err) < 0)
			return -1;
	}
	return 0;
}

static bool
says_memory(const char *said)
{
	static const char *const words[] = {"out of memory", "Out of memory", "MemoryError", "bad_alloc", "allocation failed",
	    "Cannot allocate memory"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(said, words[i]))
			return true;
	return false;
}

/* How it ended, where no limit of follow did it. */
static void
judge(const struct aside_limits *l, int status, const struct rusage *used, struct aside_result *out)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	uint64_t cpu_s = (uint64_t)used->ru_utime.tv_sec + (uint64_t)used->ru_stime.tv_sec;
	bool is_full = (uint64_t)used->ru_maxrss * 1024 >= l->memory_bytes - l->memory_bytes / 8;

	out->code = sig ? sig : WEXITSTATUS(status);
	out->end = sig ? ASIDE_SIGNAL : ASIDE_EXIT;
	if (sig == SIGXCPU || (sig == SIGKILL && cpu_s >= l->cpu_s))
		out->end = ASIDE_CPU;
	else if ((sig || out->code == 1 || out->code > 128) && (says_memory(out->said) || (sig && is_full)))
		out->end = ASIDE_MEMORY;
}

static int
run(struct arena *a, struct plan *p, struct aside_result *out, struct err *err)
{
	struct reading r = {.p = p, .out = out, .piece = arena_alloc(a, PIECE_BYTES)};
	struct rusage used;
	int status = 0, rc, pidfd;
	pid_t pid = fork();

	if (pid < 0)
		return err_sys(err, E_IO, "cannot start %s", p->job->argv[0]);
	if (pid == 0)
		child(p);
	fd_close(&p->out[1]);
	fd_close(&p->said[1]);
	fd_close(&p->failure[1]);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	rc = pidfd < 0 ? err_sys(err, E_IO, "cannot watch %s", p->job->argv[0]) : started(p, err);
	if (rc == 0)
		rc = follow(&r, pidfd, err);
	fd_close(&pidfd);
	if (rc < 0 || r.is_over)
		(void)kill(pid, SIGKILL);
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			return err_sys(err, E_IO, "cannot wait for %s", p->job->argv[0]);
	if (rc == 0 && !r.is_over)
		judge(&p->job->limits, status, &used, out);
	return rc;
}

int
aside_run(struct arena *a, const struct aside_job *job, struct aside_result *out, struct err *err)
{
	const struct aside_limits *l = &job->limits;
	const int given[] = {job->stdin_fd, job->input_fd};
	off_t at[2];
	struct plan p;
	int rc;

	INVARIANT(l->wall_ms && l->cpu_s && l->memory_bytes && l->output_bytes);
	memset(out, 0, sizeof *out);
	for (int i = 0; i < 2; i++) { /* the offset belongs to the open file, which is ours and the program's */
		at[i] = given[i] >= 0 ? lseek(given[i], 0, SEEK_CUR) : -1;
		if (at[i] > 0)
			(void)lseek(given[i], 0, SEEK_SET);
	}
	rc = plan_make(a, job, &p, err);
	if (rc == 0)
		rc = run(a, &p, out, err);
	plan_release(&p);
	for (int i = 0; i < 2; i++)
		if (at[i] >= 0)
			(void)lseek(given[i], at[i], SEEK_SET);
	return rc;
}

const char *
aside_words(struct arena *a, const struct aside_job *job, const struct aside_result *result)
{
	const struct aside_limits *l = &job->limits;

	switch (result->end) {
	case ASIDE_EXIT: return arena_printf(a, "it ended with code %d", result->code);
	case ASIDE_SIGNAL: return arena_printf(a, "it was ended by signal %d", result->code);
	case ASIDE_CPU: return arena_printf(a, "it takes more than %u s of processor time; that is the limit", l->cpu_s);
	case ASIDE_WALL: return arena_printf(a, "it takes longer than %u s; that is the limit", (l->wall_ms + 999) / 1000);
	case ASIDE_MEMORY:
		return arena_printf(a, "it takes more than %" PRIu64 " MiB of memory; that is the limit", l->memory_bytes >> 20);
	case ASIDE_OUTPUT:
		return arena_printf(a, "more than %" PRIu64 " MiB would come out of it; that is the limit",
		    l->output_bytes >> 20);
	case ASIDE__COUNT: break;
	}
	NEVER("a run ends in one of these ways");
}
