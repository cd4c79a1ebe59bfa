/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "core/err.h"
#include "core/fd.h"
#include "sandbox/cgroup.h"
#include "sandbox/sys.h"

#define MIB (1024ull * 1024ull)
#define MEMORY_MIN_MIB 1024

struct doctor {
	struct doctor_line *lines;
	size_t n, max;
	size_t n_failed;
};

const char *
doctor_status_text(enum doctor_status status)
{
	static const char *const texts[DOCTOR_STATUS__COUNT] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_WARN] = "warn",
		[DOCTOR_FAIL] = "fail",
	};

	INVARIANT(status < DOCTOR_STATUS__COUNT);
	return texts[status];
}

struct finding {
	enum doctor_status status;
	const char *name;
	const char *means;
	const char *mend;
};

static void __attribute__((format(printf, 3, 4)))
note(struct doctor *d, struct finding f, const char *fmt, ...)
{
	struct doctor_line *l = &d->lines[d->n];
	va_list ap;

	if (d->n == d->max)
		return;
	l->status = f.status;
	l->name = f.name;
	l->means = f.means;
	l->mend = f.status == DOCTOR_OK ? "" : f.mend;
	va_start(ap, fmt);
	(void)vsnprintf(l->found, sizeof(l->found), fmt, ap);
	va_end(ap);
	d->n++;
	d->n_failed += f.status == DOCTOR_FAIL;
}

/* The first line of a small file, without its newline; "" when it cannot be read. */
static void
first_line(const char *path, char *out, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, max - 1);

	fd_close(&fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static void
look_at_kernel(struct doctor *d)
{
	struct utsname u;
	unsigned int major = 0, minor = 0;

	if (uname(&u) < 0)
		return;
	(void)sscanf(u.release, "%u.%u", &major, &minor);
	/* 5.14: cgroup.kill; mount_setattr came with 5.12, clone3 into a group with 5.7. */
	note(d,
	    (struct finding){
		.status = major > 5 || (major == 5 && minor >= 14) ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "kernel",
		.means = "namespaces, the new mount calls and pidfds as the sandbox uses them",
		.mend = "run a kernel of 5.14 or later (Debian 12 has 6.1)",
	    },
	    "Linux %s on %s", u.release, u.machine);
	note(d,
	    (struct finding){
		.status = strcmp(u.machine, "x86_64") == 0 ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "processor",
		.means = "the system call filter is written for x86-64",
		.mend = "use an x86-64 machine",
	    },
	    "%s", u.machine);
}

static void
look_at_root(struct doctor *d)
{
	uid_t uid = geteuid();

	note(d,
	    (struct finding){
		.status = uid == 0 ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "root",
		.means = "forge-cell makes each sandbox with two fresh user ids, and sets its limits",
		.mend = "start the stack as root or with sudo; all other programs drop to users of their own",
	    },
	    "running as uid %u", uid);
}

static void
look_at_namespaces(struct doctor *d)
{
	static const char *const names[] = {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"};
	char missing[DOCTOR_TEXT_BYTES] = "";
	size_t at = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (access(path, F_OK) < 0)
			at += (size_t)snprintf(missing + at, sizeof(missing) - at, " %s", names[i]);
	}
	note(d,
	    (struct finding){
		.status = at ? DOCTOR_FAIL : DOCTOR_OK,
		.name = "namespaces",
		.means = "each attempt has its own processes, files, network, users and names",
		.mend = "run a kernel built with these namespaces; in a container mount /proc",
	    },
	    at ? "missing:%s" : "user pid mnt net ipc uts cgroup%s", missing);
}

/* Try it: what forbids it may be a sysctl, a security module or a container's filter. */
static void
look_at_user_namespaces(struct doctor *d)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	char max[32];
	pid_t pid = sys_clone3(&args);
	int e = errno;
	int status;

	if (pid == 0)
		_exit(0);
	first_line("/proc/sys/user/max_user_namespaces", max, sizeof(max));
	if (pid > 0)
		(void)waitpid(pid, &status, 0);
	note(d,
	    (struct finding){
		.status = pid > 0 ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "user namespaces",
		.means = "inside, no process has a user id of the host",
		.mend = "sysctl user.max_user_namespaces=65536, kernel.unprivileged_userns_clone=1; in a "
			"container allow clone3 and unshare",
	    },
	    pid > 0 ? "clone3 works; user.max_user_namespaces is %s%s"
		    : "clone3 into a new one is refused (max_user_namespaces %s): %s",
	    max, pid > 0 ? "" : strerrordesc_np(e));
}

static void
look_at_mounts(struct doctor *d)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int e = errno;
	/* An impossible descriptor tells "no such call" from "you may not". */
	bool has_setattr = mount_setattr(-1, "", 0, NULL, 0) == 0 || errno != ENOSYS;

	fd_close(&fs);
	if (e == EPERM && geteuid() != 0 && has_setattr) {
		note(d,
		    (struct finding){DOCTOR_WARN, "mount calls", "the file system is built without paths",
			"run this as root to see"},
		    "there, but not allowed to this user");
		return;
	}
	note(d,
	    (struct finding){
		.status = e == 0 || fs >= 0 || has_setattr ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "mount calls",
		.means = "the file system of an attempt is built from detached mounts, without paths",
		.mend = "run a kernel of 5.12 or later; in a container allow fsopen, open_tree, move_mount",
	    },
	    "fsopen, open_tree, move_mount, mount_setattr");
}

static void
look_at_proc(struct doctor *d)
{
	FILE *f = fopen("/proc/self/mounts", "re");
	char line[512];
	char over[128] = "";

	/* The kernel gives a fresh /proc only to who sees all of the present one. */
	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, " /proc/");

		if (at && strncmp(at, " /proc/sys/fs/binfmt_misc", 25) != 0 && !over[0])
			(void)snprintf(over, sizeof(over), "%.*s", (int)strcspn(at + 1, " "), at + 1);
	}
	if (f)
		(void)fclose(f);
	note(d,
	    (struct finding){
		.status = over[0] ? DOCTOR_FAIL : DOCTOR_OK,
		.name = "/proc",
		.means = "a sandbox mounts a /proc of its own, with its own processes only",
		.mend = "in a container, run with an unmasked /proc (docker: --security-opt "
			"systempaths=unconfined, or --privileged)",
	    },
	    over[0] ? "'%s' is covered by another mount" : "whole%s", over);
}

static void
look_at_seccomp(struct doctor *d)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;
	bool ok = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;

	note(d,
	    (struct finding){
		.status = ok ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "seccomp",
		.means = "a program inside may make the system calls of a list, and no others",
		.mend = "run a kernel with CONFIG_SECCOMP_FILTER",
	    },
	    ok ? "filters, with the action kill-process" : "no system call filters: %s",
	    strerrordesc_np(errno));
}

static void
look_at_pidfd(struct doctor *d)
{
	int fd = pidfd_open(getpid(), 0);
	int e = errno;

	note(d,
	    (struct finding){
		.status = fd >= 0 ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "pidfd",
		.means = "the end of an attempt is an event, and a kill cannot hit another process",
		.mend = "run a kernel of 5.4 or later; in a container allow pidfd_open",
	    },
	    fd >= 0 ? "pidfd_open works%s" : "pidfd_open: %s", fd >= 0 ? "" : strerrordesc_np(e));
	fd_close(&fd);
}

static void
look_at_cgroups(struct doctor *d)
{
	static const char means[] = "limits on memory, processes and cpu time that the kernel keeps";
	struct cg_map map;
	struct err err;
	enum cg_role role;

	if (cg_find(&map, &err) < 0) {
		note(d, (struct finding){DOCTOR_FAIL, "cgroups", means, "see what is said to be missing"},
		    "%s", err.msg);
		return;
	}
	note(d, (struct finding){DOCTOR_OK, "cgroups", means, ""}, "%s", cg_version_text(map.version));
	static const char *const names[CG_ROLE__COUNT] = {
		[CG_MEMORY] = "cgroup memory",
		[CG_PIDS] = "cgroup pids",
		[CG_CPU] = "cgroup cpu",
		[CG_CPUACCT] = "cgroup cpuacct",
		[CG_UNIFIED] = "cgroup unified",
	};

	role = map.version == CG_V2 ? CG_UNIFIED : CG_MEMORY;
	for (; role < CG_ROLE__COUNT; role++) {
		bool can = map.base[role][0] && access(map.base[role], W_OK) == 0;

		if (!map.base[role][0])
			continue;
		note(d,
		    (struct finding){
			.status = can ? DOCTOR_OK : geteuid() == 0 ? DOCTOR_FAIL : DOCTOR_WARN,
			.name = names[role],
			.means = "the stack's group 'forge' is made here",
			.mend = geteuid() == 0
			    ? "mount it writable (in a container: --privileged, or a delegated cgroup)"
			    : "run as root, or under systemd with Delegate=memory pids cpu",
		    },
		    "%s%s", map.base[role], can ? "" : " is not writable for us");
	}
}

static void
look_at_memory(struct doctor *d)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	uint64_t mib = pages * (uint64_t)sysconf(_SC_PAGESIZE) / MIB;

	note(d,
	    (struct finding){
		.status = mib >= MEMORY_MIN_MIB ? DOCTOR_OK : DOCTOR_WARN,
		.name = "memory",
		.means = "a step may use 512 MiB by default, printing a PDF up to 1.5 GiB",
		.mend = "use a machine with 2 GiB or more, or lower the limits of the profile",
	    },
	    "%llu MiB", (unsigned long long)mib);
}

static void
look_at_usr(struct doctor *d)
{
	struct stat st;
	bool merged = lstat("/bin", &st) == 0 && S_ISLNK(st.st_mode) && lstat("/lib", &st) == 0 &&
	    S_ISLNK(st.st_mode);

	note(d,
	    (struct finding){
		.status = merged ? DOCTOR_OK : DOCTOR_FAIL,
		.name = "/usr",
		.means = "programs run from the host's /usr, read-only",
		.mend = "install the package usrmerge",
	    },
	    merged ? "merged" : "/bin or /lib is not a link into /usr");
}

size_t
sandbox_doctor(struct doctor_line *out, size_t max, size_t *n_failed)
{
	struct doctor d = {.lines = out, .max = max};

	look_at_kernel(&d);
	look_at_root(&d);
	look_at_namespaces(&d);
	look_at_user_namespaces(&d);
	look_at_mounts(&d);
	look_at_proc(&d);
	look_at_seccomp(&d);
	look_at_pidfd(&d);
	look_at_cgroups(&d);
	look_at_memory(&d);
	look_at_usr(&d);
	*n_failed = d.n_failed;
	return d.n;
}
