/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/securebits.h>

#include "core/err.h"
#include "core/fd.h"
#include "sandbox/sys.h"

/*
 * Everything below the first step function runs between clone and exec, in a copy of the parent's
 * memory: stack and system calls only, no allocation, no stdio, no locks.
 */

#define CONTROL_FD 3
#define INSIDE_UID 1000
#define CAP_LAST_MAX 63
#define KERNEL_SIGSET_BYTES 8

static const char hostname[] = "sandbox";

static const char *const environment[] = {
	"PATH=/usr/bin:/bin",
	"HOME=/workspace/work",
	"TMPDIR=/tmp",
	"LANG=C.UTF-8",
	"TZ=UTC",
	"PYTHONHASHSEED=0",
	"PYTHONDONTWRITEBYTECODE=1",
	"SOURCE_DATE_EPOCH=0",
	NULL,
};

/* One launch, as the child sees it. */
struct child {
	const struct launch *l;
	int control;
	int gate[2]; /* init writes a byte when it has no privileges left; the program waits for it */
	int null;
	pid_t program;
};

struct step {
	const char *name;
	const char *text;
	int (*fn)(struct child *c); /* 0, or -1 with errno */
};

static int64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
say(int control, enum launch_event event, uint32_t step, int value)
{
	struct launch_msg m = {
		.event = event,
		.step = step,
		.value = value,
		.at_us = now_us(),
	};

	/* A parent that is gone needs no answer: PR_SET_PDEATHSIG ends us. */
	(void)send(control, &m, sizeof(m), MSG_NOSIGNAL);
}

static int
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = strlen(text);
	ssize_t w;

	if (fd < 0)
		return -1;
	w = write(fd, text, n);
	(void)close(fd);
	return w == (ssize_t)n ? 0 : -1;
}

/* --- init's steps ------------------------------------------------------------------------------- */

static int
tie_to_parent(struct child *c)
{
	struct pollfd p = {.fd = c->control, .events = 0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -1;
	/* It may have died before the tie: then its end of the socket is closed. */
	if (poll(&p, 1, 0) < 0 || (p.revents & POLLHUP)) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

static int
enter_groups(struct child *c)
{
	return cg_enter(c->l->groups);
}

/* Above others of the host when its memory runs out. Raising needs no privilege; lowering does. */
static int
set_oom_score(struct child *c)
{
	(void)c;
	return write_text("/proc/self/oom_score_adj", "1000");
}

static int
set_sysctls(struct child *c)
{
	(void)c;
	if (write_text("/proc/sys/user/max_user_namespaces", "0") < 0)
		return -1;
	/* From Linux 6.3 on: no memory file can be executed. Older kernels lack it. */
	if (write_text("/proc/sys/vm/memfd_noexec", "2") < 0 && errno != ENOENT)
		return -1;
	return 0;
}

static int
wait_for_maps(struct child *c)
{
	char go;

	if (recv(c->control, &go, 1, 0) != 1) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

static int
become_inside_root(struct child *c)
{
	(void)c;
	if (sys_setresgid(0) < 0)
		return -1;
	return sys_setresuid(0);
}

/* After the groups are entered, so that /proc/self/cgroup shows "/" and not the host's names. */
static int
hide_groups(struct child *c)
{
	(void)c;
	return unshare(CLONE_NEWCGROUP);
}

static int
build_root(struct child *c)
{
	return tree_enter(c->l->tree);
}

static int
seal_root(struct child *c)
{
	(void)c;
	return tree_seal();
}

static int
raise_loopback(struct child *c)
{
	struct ifreq r;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc;

	(void)c;
	if (fd < 0)
		return -1;
	memset(&r, 0, sizeof(r));
	memcpy(r.ifr_name, "lo", 3);
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	rc = ioctl(fd, SIOCSIFFLAGS, &r);
	(void)close(fd);
	return rc;
}

static int
set_names(struct child *c)
{
	(void)c;
	if (sethostname(hostname, sizeof(hostname) - 1) < 0)
		return -1;
	return setdomainname("", 0);
}

static uint64_t
largest_file(const struct cell_limits *l)
{
	uint64_t n = l->work_bytes;

	n = n > l->output_bytes ? n : l->output_bytes;
	n = n > l->tmp_bytes ? n : l->tmp_bytes;
	return n > l->shm_bytes ? n : l->shm_bytes;
}

static int
set_rlimits(struct child *c)
{
	const struct cell_limits *l = &c->l->limits;
	uint64_t cpu_s = (l->cpu_ms + 999) / 1000;
	const struct {
		int which;
		rlim_t soft, hard;
	} rows[] = {
		/* 1, not 0: then not even a core_pattern with a pipe starts anything. */
		{RLIMIT_CORE, 1, 1},
		/* A backstop for one process; the budget of all together is the monitor's. */
		{RLIMIT_CPU, cpu_s + 1, cpu_s + 2},
		{RLIMIT_FSIZE, largest_file(l), largest_file(l)},
		{RLIMIT_NOFILE, 1024, 4096},
		/* Counts forks in flight too; twice, so that the group's limit, an event, comes first. */
		{RLIMIT_NPROC, 2 * l->pids, 2 * l->pids},
		{RLIMIT_MEMLOCK, 0, 0},
		{RLIMIT_MSGQUEUE, 0, 0},
		{RLIMIT_SIGPENDING, 1024, 1024},
		{RLIMIT_RTPRIO, 0, 0},
		{RLIMIT_NICE, 0, 0},
		{RLIMIT_STACK, 8 << 20, 64 << 20},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rlimit r = {.rlim_cur = rows[i].soft, .rlim_max = rows[i].hard};

		if (setrlimit((__rlimit_resource_t)rows[i].which, &r) < 0)
			return -1;
	}
	return 0;
}

static int
leave_session(struct child *c)
{
	(void)c;
	(void)umask(022);
	return setsid() < 0 ? -1 : 0;
}

/* Nothing that runs below here can gain a capability, by uid 0, by a file or by inheritance. */
static int
lock_privileges(struct child *c)
{
	unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
	    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
	    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

	(void)c;
	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -1;
	for (unsigned long cap = 0; cap <= CAP_LAST_MAX; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
			if (errno == EINVAL && cap > 0)
				break; /* past the last that this kernel has */
			return -1;
		}
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
open_gate(struct child *c)
{
	if (pipe2(c->gate, O_CLOEXEC) < 0)
		return -1;
	c->null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return c->null < 0 ? -1 : 0;
}

static int
drop_capabilities(struct child *c)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2];

	(void)c;
	memset(none, 0, sizeof(none));
	return (int)syscall(SYS_capset, &head, none);
}

/* Init keeps the control socket, as 3, and the gate, as 4; 0, 1 and 2 are /dev/null. */
static int
keep_init_descriptors(struct child *c)
{
	int gate = fcntl(c->gate[1], F_DUPFD_CLOEXEC, CONTROL_FD + 2);

	if (gate < 0 || dup2(c->null, 0) < 0 || dup2(c->null, 1) < 0 || dup2(c->null, 2) < 0)
		return -1;
	if (c->control != CONTROL_FD && dup3(c->control, CONTROL_FD, O_CLOEXEC) < 0)
		return -1;
	c->control = CONTROL_FD;
	if (dup3(gate, CONTROL_FD + 1, O_CLOEXEC) < 0)
		return -1;
	c->gate[1] = CONTROL_FD + 1;
	return close_range(CONTROL_FD + 2, ~0U, 0);
}

static int
become_unreadable(struct child *c)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -1;
	return tie_to_parent(c); /* again: a change of credentials unties */
}

static int
filter_init(struct child *c)
{
	return filter_load(&c->l->filters[FILTER_INIT]);
}

static int
release_program(struct child *c)
{
	say(c->control, LAUNCH_READY, 0, 0);
	if (write(c->gate[1], "", 1) != 1)
		return -1;
	(void)close(c->gate[1]);
	return 0;
}

/* --- the program's steps -------------------------------------------------------------------------- */

static int
wait_for_init(struct child *c)
{
	char go;

	/* Init must be the only writer: if it fails, this is the end of file. */
	(void)close(c->gate[1]);
	if (read(c->gate[0], &go, 1) != 1) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

static int
become_program_user(struct child *c)
{
	(void)c;
	if (sys_setresgid(INSIDE_UID) < 0)
		return -1;
	return sys_setresuid(INSIDE_UID);
}

static int
keep_program_descriptors(struct child *c)
{
	if (dup2(c->null, 0) < 0 || dup2(c->l->out, 1) < 0 || dup2(c->l->err, 2) < 0)
		return -1;
	/* The control socket stays until exec, for a failure of exec itself. */
	if (c->control != CONTROL_FD && dup3(c->control, CONTROL_FD, O_CLOEXEC) < 0)
		return -1;
	c->control = CONTROL_FD;
	return close_range(CONTROL_FD + 1, ~0U, 0);
}

static int
enter_work(struct child *c)
{
	(void)c;
	(void)setsid(); /* its own session; fails only where it leads one already */
	return chdir("/workspace/work");
}

/* Signals as a new process expects them; CLONE_CLEAR_SIGHAND keeps what the parent ignored. */
static int
reset_signals(struct child *c)
{
	static const uint64_t none;

	(void)c;
	for (int s = 1; s <= SIGRTMAX; s++) {
		if (s != SIGKILL && s != SIGSTOP)
			(void)signal(s, SIG_DFL); /* the two of the C library's own are refused */
	}
	return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, KERNEL_SIGSET_BYTES);
}

static int
filter_program(struct child *c)
{
	return filter_load(&c->l->filters[FILTER_PROGRAM]);
}

static int
start_program(struct child *c)
{
	if (c->l->inside) {
		(void)close(c->control);
		sys_exit(c->l->inside());
	}
	(void)syscall(SYS_execve, c->l->argv[0], c->l->argv, environment);
	return -1;
}

/* --- the tables ----------------------------------------------------------------------------------- */

static int fork_program(struct child *c);

static const struct step init_steps[] = {
	{"tie", "die with the supervisor (PR_SET_PDEATHSIG)", tie_to_parent},
	{"groups", "enter the control groups, so that all that follows is charged", enter_groups},
	{"oom-score", "be the first to go when the host runs out of memory", set_oom_score},
	{"sysctls", "no further user namespaces, no executable memory files", set_sysctls},
	{"maps", "wait until the uids are mapped: init's and the program's, never host 0", wait_for_maps},
	{"identity", "become uid 0 of the user namespace, a fresh host uid", become_inside_root},
	{"cgroup-ns", "see the own control group as the root", hide_groups},
	{"root", "move the prepared mounts into place and add /proc", build_root},
	{"seal", "pivot into it, drop the host's tree, make the root read-only", seal_root},
	{"loopback", "raise lo, the only network interface", raise_loopback},
	{"names", "fixed host name", set_names},
	{"rlimits", "limits that count by process or user", set_rlimits},
	{"session", "leave the terminal and session; umask 022", leave_session},
	{"gate", "make the gate at which the program waits for init", open_gate},
	{"privileges", "lock secure bits, empty the bounding set, no_new_privs", lock_privileges},
	{"fork", "fork the program's process, which waits", fork_program},
	{"descriptors", "close all but the control socket and the gate", keep_init_descriptors},
	{"capabilities", "drop every capability", drop_capabilities},
	{"unreadable", "not dumpable: nobody inside can trace or read init; tie again", become_unreadable},
	{"filter", "init's own system call filter", filter_init},
	{"release", "let the program go", release_program},
};

static const struct step program_steps[] = {
	{"wait", "wait until init has nothing left to lose", wait_for_init},
	{"user", "become uid 1000 of the user namespace, another fresh host uid", become_program_user},
	{"capabilities", "drop every capability", drop_capabilities},
	{"descriptors", "keep stdin (/dev/null), stdout, stderr", keep_program_descriptors},
	{"work", "start in /workspace/work, in a session of its own", enter_work},
	{"signals", "default actions, nothing blocked", reset_signals},
	{"filter", "the program's system call filter", filter_program},
	{"exec", "start the program with the fixed environment", start_program},
};

#define N_INIT (sizeof(init_steps) / sizeof(init_steps[0]))
#define N_PROGRAM (sizeof(program_steps) / sizeof(program_steps[0]))

/* Walk a table. Returns only when all steps succeeded. */
static void
walk(struct child *c, const struct step *steps, size_t n, uint32_t first)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].fn(c) == 0)
			continue;
		say(c->control, LAUNCH_FAILED, first + (uint32_t)i, errno);
		sys_exit(errno == ENOENT ? 127 : 126); /* as a shell says it; matters for exec alone */
	}
}

static int
fork_program(struct child *c)
{
	pid_t pid = sys_fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		walk(c, program_steps, N_PROGRAM, N_INIT);
		sys_exit(126); /* not reached: the last step is exec */
	}
	c->program = pid;
	return 0;
}

/*
 * Pid 1 inside: reap, and end with the program, which ends all others (the kernel kills what is left
 * of the pid namespace). Stops are never asked for, so no tracing trick can look like an end.
 */
static void
run_init(struct child *c)
{
	walk(c, init_steps, N_INIT, 0);
	for (;;) {
		int status = 0;
		pid_t pid = (pid_t)syscall(SYS_wait4, -1, &status, __WALL, NULL);

		if (pid == c->program) {
			say(c->control, LAUNCH_ENDED, 0, status);
			sys_exit(0);
		}
		if (pid < 0 && errno != EINTR)
			sys_exit(1); /* no child and no report: the monitor calls it lost */
	}
}

/* --- the parent ----------------------------------------------------------------------------------- */

static int
write_map(pid_t pid, const char *file, const char *text, struct err *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if (write_text(path, text) < 0)
		return err_sys(err, E_SANDBOX, "write %s of the sandbox", file);
	return 0;
}

static int
map_ids(pid_t pid, const struct uid_pair *uids, struct err *err)
{
	char map[64];

	INVARIANT(uids->init_uid > 0);
	INVARIANT(uids->program_uid > 0);
	INVARIANT(uids->init_uid != uids->program_uid);
	(void)snprintf(map, sizeof(map), "0 %u 1\n%d %u 1\n", uids->init_uid, INSIDE_UID,
	    uids->program_uid);
	if (write_map(pid, "setgroups", "deny", err) < 0)
		return -1;
	if (write_map(pid, "uid_map", map, err) < 0)
		return -1;
	return write_map(pid, "gid_map", map, err);
}

static int
clone_child(const struct launch *l, const int control[2], struct launched *out, struct err *err)
{
	int into = cg_clone_fd(l->groups);
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
		    CLONE_NEWUTS | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (into >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (__u64)into;
	}
	pid = sys_clone3(&args);
	if (pid < 0)
		return err_sys(err, E_SANDBOX, "clone the sandbox's init");
	if (pid == 0) {
		struct child c = {.l = l, .control = control[1], .gate = {-1, -1}, .null = -1};

		(void)close(control[0]); /* so that the parent's death is seen on ours */
		run_init(&c);
	}
	out->pid = pid;
	out->pidfd = pidfd;
	return 0;
}

/* Undo a clone that cannot go on: nothing of it has run the program. */
static void
abandon(struct launched *l)
{
	siginfo_t info;

	(void)kill(l->pid, SIGKILL); /* not reaped yet, so the pid is still its own */
	while (waitid(P_PID, (id_t)l->pid, &info, WEXITED) < 0 && errno == EINTR)
		continue;
	fd_close(&l->pidfd);
}

int
launch_start(const struct launch *l, struct launched *out, struct err *err)
{
	struct launched made = {.pid = -1, .pidfd = -1, .control = -1};
	int control[2];

	INVARIANT(l->out > 2);
	INVARIANT(l->err > 2);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return err_sys(err, E_SANDBOX, "socketpair");
	if (clone_child(l, control, &made, err) < 0) {
		fd_close(&control[0]);
		fd_close(&control[1]);
		return -1;
	}
	fd_close(&control[1]);
	if (map_ids(made.pid, &l->uids, err) < 0) {
		abandon(&made);
		fd_close(&control[0]);
		return -1;
	}
	/* A child that failed already has closed its end; its own word for it is read later. */
	(void)send(control[0], "", 1, MSG_NOSIGNAL);
	made.control = control[0];
	*out = made;
	return 0;
}

static const struct step *
step_at(uint32_t step)
{
	if (step < N_INIT)
		return &init_steps[step];
	return step < N_INIT + N_PROGRAM ? &program_steps[step - N_INIT] : NULL;
}

const char *
launch_step_name(uint32_t step)
{
	const struct step *s = step_at(step);

	return s ? s->name : NULL;
}

const char *
launch_step_text(uint32_t step)
{
	const struct step *s = step_at(step);

	return s ? s->text : NULL;
}

int
launch_step_is_exec(uint32_t step)
{
	const struct step *s = step_at(step);

	return s && s->fn == start_program;
}
