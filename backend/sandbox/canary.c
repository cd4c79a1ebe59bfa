/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"

#define WORDS_BYTES 2048
#define FD_LOOK_MAX 4096
#define OUTPUT_PATH "/workspace/output/canary"

/* --- inside: no allocation, the process is a copy of the daemon ------------------------------------ */

static bool
cannot_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd < 0;
}

static bool
no_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd >= 0)
		(void)close(fd);
	return fd < 0;
}

/* The line "key:\tvalue" of /proc/self/status is as it must be. */
static bool
status_says(const char *line)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return strstr(text, line) != NULL;
}

static bool no_shadow(void) { return cannot_open("/etc/shadow", O_RDONLY); }
static bool no_root(void) { return cannot_open("/root", O_RDONLY); }
static bool no_home(void) { return cannot_open("/home", O_RDONLY); }
static bool no_var(void) { return cannot_open("/var", O_RDONLY); }
static bool no_run(void) { return cannot_open("/run", O_RDONLY); }
static bool no_sys(void) { return cannot_open("/sys", O_RDONLY); }
static bool no_proc_sys(void) { return cannot_open("/proc/sys/kernel/core_pattern", O_RDONLY); }
static bool no_kallsyms(void) { return cannot_open("/proc/kallsyms", O_RDONLY); }
static bool no_cmdline(void) { return cannot_open("/proc/cmdline", O_RDONLY); }
static bool no_init_proc(void) { return cannot_open("/proc/1/environ", O_RDONLY); }
static bool no_kvm(void) { return cannot_open("/dev/kvm", O_RDWR); }
static bool no_vsock_dev(void) { return cannot_open("/dev/vsock", O_RDWR); }
static bool no_mem(void) { return cannot_open("/dev/mem", O_RDONLY); }
static bool no_tty(void) { return cannot_open("/dev/tty", O_RDWR); }
static bool no_ptmx(void) { return cannot_open("/dev/ptmx", O_RDWR); }
static bool root_is_sealed(void) { return cannot_open("/canary", O_WRONLY | O_CREAT); }
static bool usr_is_sealed(void) { return cannot_open("/usr/canary", O_WRONLY | O_CREAT); }
static bool etc_is_sealed(void) { return cannot_open("/etc/passwd", O_WRONLY); }
static bool input_is_sealed(void) { return cannot_open("/workspace/input/canary", O_WRONLY | O_CREAT); }
static bool no_caps(void) { return status_says("CapEff:\t0000000000000000\n"); }
static bool no_caps_bounding(void) { return status_says("CapBnd:\t0000000000000000\n"); }
static bool no_new_privs(void) { return status_says("NoNewPrivs:\t1\n"); }
static bool is_filtered(void) { return status_says("Seccomp:\t2\n"); }
static bool no_vsock(void) { return no_socket(AF_VSOCK, SOCK_STREAM, 0); }
static bool no_netlink(void) { return no_socket(AF_NETLINK, SOCK_RAW, 0); }
static bool no_packet(void) { return no_socket(AF_PACKET, SOCK_RAW, 0); }
static bool no_raw(void) { return no_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static bool no_mount(void) { return mount("none", "/tmp", "tmpfs", 0, NULL) < 0; }
static bool no_unshare(void) { return unshare(CLONE_NEWUSER) < 0; }
static bool no_chroot(void) { return chroot("/tmp") < 0; }
static bool no_ptrace(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0; }
static bool no_keyctl(void) { return syscall(SYS_keyctl, 0, -3, 0, 0, 0) < 0; }
static bool no_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == ENOSYS; }
static bool no_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == ENOSYS; }
static bool no_userfault(void) { return syscall(SYS_userfaultfd, 1) < 0 && errno == ENOSYS; }
static bool no_perf(void) { return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) < 0 && errno == ENOSYS; }
static bool no_kill_init(void) { return kill(1, 0) < 0; }
static bool is_alone(void) { return getppid() == 1 && kill(getpid() + 1, 0) < 0; }

static bool
no_uid_change(void)
{
	return getuid() == 1000 && getgid() == 1000 && setuid(0) < 0;
}

static bool
no_route(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = 0x5000,              /* 80 */
		.sin_addr = {.s_addr = 0x08080808}, /* any address that is not lo's */
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno == ENETUNREACH;

	if (fd >= 0)
		(void)close(fd);
	return ok;
}

static bool
no_descriptors(void)
{
	for (int fd = 3; fd < FD_LOOK_MAX; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return false;
	}
	return true;
}

/* The way out works, or the silence of the others would mean nothing. */
static bool
output_works(void)
{
	int fd = open(OUTPUT_PATH, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, "canary\n", 7) == 7;

	if (fd >= 0)
		(void)close(fd);
	return ok;
}

static const struct check {
	const char *name;
	bool (*holds)(void);
} checks[] = {
	{"/etc/shadow cannot be read", no_shadow},
	{"/root is absent", no_root},
	{"/home is absent", no_home},
	{"/var is absent", no_var},
	{"/run is absent", no_run},
	{"/sys is absent", no_sys},
	{"/proc/sys is absent", no_proc_sys},
	{"/proc/kallsyms is absent", no_kallsyms},
	{"/proc/cmdline is absent", no_cmdline},
	{"init's /proc/1 cannot be read", no_init_proc},
	{"/dev/kvm is absent", no_kvm},
	{"/dev/vsock is absent", no_vsock_dev},
	{"/dev/mem is absent", no_mem},
	{"/dev/tty cannot be opened", no_tty},
	{"/dev/ptmx is absent", no_ptmx},
	{"/ is read-only", root_is_sealed},
	{"/usr is read-only", usr_is_sealed},
	{"/etc/passwd is read-only", etc_is_sealed},
	{"/workspace/input is read-only", input_is_sealed},
	{"no capabilities", no_caps},
	{"an empty bounding set", no_caps_bounding},
	{"no_new_privs is set", no_new_privs},
	{"a system call filter is active", is_filtered},
	{"no AF_VSOCK sockets", no_vsock},
	{"no AF_NETLINK sockets", no_netlink},
	{"no AF_PACKET sockets", no_packet},
	{"no raw sockets", no_raw},
	{"no route out of the network namespace", no_route},
	{"mount is refused", no_mount},
	{"new user namespaces are refused", no_unshare},
	{"chroot is refused", no_chroot},
	{"ptrace is refused", no_ptrace},
	{"keyctl is refused", no_keyctl},
	{"bpf is refused", no_bpf},
	{"io_uring is refused", no_uring},
	{"userfaultfd is refused", no_userfault},
	{"perf_event_open is refused", no_perf},
	{"init cannot be signalled", no_kill_init},
	{"no other process in sight", is_alone},
	{"uid 1000, and no way to 0", no_uid_change},
	{"no inherited descriptors", no_descriptors},
	{"files can be written to /workspace/output", output_works},
};

#define N_CHECKS (sizeof(checks) / sizeof(checks[0]))

const char *
canary_check_name(size_t i)
{
	return i < N_CHECKS ? checks[i].name : NULL;
}

/* Runs in the program's place. Writes the number of each check that does not hold, a byte each. */
static int
inside(void)
{
	int failed = 0;

	for (size_t i = 0; i < N_CHECKS; i++) {
		unsigned char number = (unsigned char)i;

		if (checks[i].holds())
			continue;
		failed = 1;
		if (write(STDOUT_FILENO, &number, 1) != 1)
			return 2;
	}
	return failed;
}

/* --- outside -------------------------------------------------------------------------------------- */

_Static_assert(N_CHECKS < 256, "a check's number is one byte");

static int
see_output(void *arg, const struct cell_msg_outputs *batch, const int *fds, struct err *err)
{
	int *n_good = arg;

	(void)err;
	(void)fds;
	for (uint32_t i = 0; i < batch->n; i++) {
		const struct cell_wire_output *o = &batch->item[i];

		*n_good += strcmp(o->path, "canary") == 0 && o->bytes == 7 &&
		    o->refusal == CELL_REFUSE_NONE;
	}
	return 0;
}

static int
name_failures(const struct attempt_result *r, struct err *err)
{
	unsigned char numbers[N_CHECKS];
	ssize_t n = pread(r->out_fd, numbers, sizeof(numbers), 0);
	char words[WORDS_BYTES];
	size_t at = 0;

	words[0] = '\0';
	for (ssize_t i = 0; i < n && at < sizeof(words) - 128; i++) {
		const char *name = canary_check_name(numbers[i]);

		at += (size_t)snprintf(words + at, sizeof(words) - at, "%s%s", at ? "; " : "",
		    name ? name : "?");
	}
	return err_set(err, E_SANDBOX,
	    "the sandbox does not hold on this machine (%s, %s): these are not so: %s",
	    cell_verdict_name(r->verdict), r->detail, words);
}

int
canary_run(struct arena *a, const struct sandbox *sb, struct err *err)
{
	static char *const argv[] = {NULL};
	struct attempt_result r;
	int n_good = 0;
	struct attempt_spec spec = {
		.limits = {.wall_ms = 10000, .cpu_ms = 10000, .memory_bytes = 64 << 20, .pids = 8},
		.argv = argv,
		.inside = inside,
		.cancel_fd = -1,
		.outputs = see_output,
		.arg = &n_good,
	};
	int rc;

	if (cell_limits_fill(&spec.limits, err) < 0 || uids_take(&spec.uids, err) < 0)
		return -1;
	if (attempt_run(a, sb, &spec, &r, err) < 0)
		return err_wrap(err, "canary");
	if (r.verdict != CELL_OK)
		rc = name_failures(&r, err);
	else if (n_good != 1 || r.outputs.n_files != 1)
		rc = err_set(err, E_SANDBOX, "the canary's output did not come back");
	else
		rc = 0;
	fd_close(&r.out_fd);
	fd_close(&r.err_fd);
	return rc;
}
