/* SPDX-License-Identifier: Apache-2.0 */
/* The filters as the kernel would run them: every call number, and the arguments that matter. */
#include "sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#include "core/arena.h"
#include "core/err.h"
#include "tap.h"

#define NO(e) (SECCOMP_RET_ERRNO | (e))
#define HIGH (1ull << 32)

static struct arena *a;
static struct filter filters[FILTER_KIND__COUNT];

/* The few instructions that the filters are made of. Anything else fails the test. */
static uint32_t
run(const struct filter *f, const struct seccomp_data *d)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < f->n; pc++) {
		const struct sock_filter *i = &f->insn[pc];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (i->k > sizeof(*d) - 4 || i->k % 4)
				return 0xdead0001;
			memcpy(&acc, (const char *)d + i->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += acc == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += acc >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			return 0xdead0002;
		}
	}
	return 0xdead0003; /* fell off the end */
}

static uint32_t
ask(enum filter_kind kind, int nr, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct seccomp_data d = {.nr = nr, .arch = AUDIT_ARCH_X86_64, .args = {a0, a1, a2}};

	return run(&filters[kind], &d);
}

static uint32_t
program(int nr, uint64_t a0, uint64_t a1, uint64_t a2)
{
	return ask(FILTER_PROGRAM, nr, a0, a1, a2);
}

static void
foreign_architectures_kill(void)
{
	for (int kind = 0; kind < FILTER_KIND__COUNT; kind++) {
		struct seccomp_data d = {.nr = SYS_read, .arch = AUDIT_ARCH_I386};

		CHECK(run(&filters[kind], &d) == SECCOMP_RET_KILL_PROCESS);
		d.arch = AUDIT_ARCH_AARCH64;
		CHECK(run(&filters[kind], &d) == SECCOMP_RET_KILL_PROCESS);
		CHECK(ask((enum filter_kind)kind, 0x40000000 | SYS_read, 0, 0, 0) == SECCOMP_RET_KILL_PROCESS);
	}
}

static void
numbers_that_no_kernel_has_are_enosys(void)
{
	for (int kind = 0; kind < FILTER_KIND__COUNT; kind++) {
		for (int nr = 480; nr < 4096; nr++)
			CHECK(ask((enum filter_kind)kind, nr, 0, 0, 0) == NO(ENOSYS));
	}
}

/* A change of either list shows here: how many numbers are open at all, with all-zero arguments. */
static void
the_lists_are_as_long_as_they_were(void)
{
	int open[FILTER_KIND__COUNT] = {0};

	for (int kind = 0; kind < FILTER_KIND__COUNT; kind++) {
		for (int nr = 0; nr < 480; nr++)
			open[kind] += ask((enum filter_kind)kind, nr, 0, 0, 0) == SECCOMP_RET_ALLOW;
	}
	CHECK_INT(open[FILTER_INIT], 11);
	CHECK_INT(open[FILTER_COLLECT], 11);
	CHECK_INT(open[FILTER_PROGRAM], 207);
}

static void
what_no_program_needs_is_closed(void)
{
	static const int closed[] = {
		SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
		SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
		SYS_io_uring_register, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_mount, SYS_umount2,
		SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
		SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_unshare, SYS_setns, SYS_clone3,
		SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_quotactl, SYS_swapon, SYS_swapoff,
		SYS_reboot, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module,
		SYS_delete_module, SYS_acct, SYS_syslog, SYS_settimeofday, SYS_clock_settime,
		SYS_clock_adjtime, SYS_adjtimex, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_mknod,
		SYS_mknodat, SYS_fanotify_init, SYS_fanotify_mark, SYS_inotify_init, SYS_inotify_init1,
		SYS_inotify_add_watch, SYS_mq_open, SYS_shmget, SYS_shmat, SYS_semget, SYS_msgget,
		SYS_vmsplice, SYS_mlock, SYS_mlock2, SYS_mlockall, SYS_setuid, SYS_setgid, SYS_setreuid,
		SYS_setresuid, SYS_setgroups, SYS_sched_setscheduler, SYS_sched_setattr, SYS_seccomp,
		SYS_memfd_secret, SYS_landlock_create_ruleset, SYS_landlock_add_rule,
		SYS_landlock_restrict_self, SYS_sethostname, SYS_setdomainname, SYS_vhangup, SYS_uselib,
		SYS_nfsservctl, SYS_lookup_dcookie, SYS_move_pages, SYS_mbind, SYS_migrate_pages,
		SYS_process_madvise, SYS_process_mrelease, SYS_set_mempolicy_home_node, SYS_mincore,
		SYS_io_setup, SYS_io_submit, SYS_setxattr, SYS_remap_file_pages, SYS_ustat, SYS_sysfs,
	};

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		uint32_t said = program(closed[i], 0, 0, 0);

		if (said != NO(EPERM) && said != NO(ENOSYS))
			printf("# call %d answers %#x\n", closed[i], said);
		CHECK(said == NO(EPERM) || said == NO(ENOSYS));
	}
}

static void
namespaces_cannot_be_cloned(void)
{
	static const uint64_t flags[] = {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		CHECK(program(SYS_clone, flags[i] | 17, 0, 0) == NO(EPERM));
		CHECK(program(SYS_clone, flags[i] | 17 | HIGH, 0, 0) == NO(EPERM));
	}
	CHECK(program(SYS_clone, 17, 0, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, 0, 0) ==
	    SECCOMP_RET_ALLOW);
}

static void
ioctls_are_compared_on_32_bits(void)
{
	CHECK(program(SYS_ioctl, 0, TCGETS, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_ioctl, 0, FIONREAD, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_ioctl, 0, TIOCSTI, 0) == NO(EPERM));
	CHECK(program(SYS_ioctl, 0, TIOCSTI | HIGH, 0) == NO(EPERM));
	CHECK(program(SYS_ioctl, 0, TIOCLINUX, 0) == NO(EPERM));
	CHECK(program(SYS_ioctl, 0, TIOCSETD | HIGH, 0) == NO(EPERM));
	/* What the kernel takes as TCGETS is TCGETS. */
	CHECK(program(SYS_ioctl, 0, TCGETS | HIGH, 0) == SECCOMP_RET_ALLOW);
}

static void
socket_families_are_an_allowlist(void)
{
	for (uint64_t family = 0; family < 64; family++) {
		bool is_good = family == AF_UNIX || family == AF_INET || family == AF_INET6;

		CHECK(program(SYS_socket, family, SOCK_STREAM, 0) ==
		    (is_good ? SECCOMP_RET_ALLOW : NO(EAFNOSUPPORT)));
		CHECK(program(SYS_socket, family | HIGH, SOCK_STREAM, 0) ==
		    (is_good ? SECCOMP_RET_ALLOW : NO(EAFNOSUPPORT)));
		CHECK(program(SYS_socketpair, family, SOCK_STREAM, 0) ==
		    (family == AF_UNIX ? SECCOMP_RET_ALLOW : NO(EAFNOSUPPORT)));
	}
	CHECK(program(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 6) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_socket, AF_INET6, SOCK_DGRAM, 17) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_socket, AF_INET, SOCK_RAW, 1) == NO(EAFNOSUPPORT));
	CHECK(program(SYS_socket, AF_INET, SOCK_RAW, 0) == NO(EAFNOSUPPORT));
	CHECK(program(SYS_socket, AF_INET, SOCK_DGRAM, 1) == NO(EAFNOSUPPORT));
	CHECK(program(SYS_socket, AF_INET, SOCK_STREAM, 262) == NO(EAFNOSUPPORT));
	CHECK(program(SYS_socket, AF_INET, SOCK_STREAM, 132) == NO(EAFNOSUPPORT));
	CHECK(program(SYS_socket, AF_INET, SOCK_SEQPACKET, 0) == NO(EAFNOSUPPORT));
	CHECK(program(SYS_socket, AF_UNIX, SOCK_STREAM, 1) == NO(EAFNOSUPPORT));
}

static void
other_arguments_that_matter(void)
{
	CHECK(program(SYS_fcntl, 0, F_SETFL, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_fcntl, 0, F_NOTIFY, 0) == NO(EPERM));
	CHECK(program(SYS_fcntl, 0, F_SETLEASE | HIGH, 0) == NO(EPERM));
	CHECK(program(SYS_fcntl, 0, F_SETSIG, 0) == NO(EPERM));
	CHECK(program(SYS_prctl, PR_SET_NAME, 0, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_prctl, PR_SET_SECCOMP, 0, 0) == NO(EPERM));
	CHECK(program(SYS_prctl, PR_SET_MM | HIGH, 0, 0) == NO(EPERM));
	CHECK(program(SYS_prlimit64, 0, 7, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_prlimit64, 1, 7, 0) == NO(EPERM));
	CHECK(program(SYS_personality, 0xffffffff, 0, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_personality, 0x0040000, 0, 0) == NO(EPERM));
	CHECK(program(SYS_personality, 0x0400000, 0, 0) == NO(EPERM));
	CHECK(program(SYS_arch_prctl, 0x1002, 0, 0) == SECCOMP_RET_ALLOW);
	CHECK(program(SYS_arch_prctl, 0x1012, 0, 0) == NO(EINVAL));
	CHECK(program(SYS_sync, 0, 0, 0) == NO(0));
}

static void
init_and_the_walker_may_do_little(void)
{
	static const int never[] = {SYS_execve, SYS_execveat, SYS_clone, SYS_fork, SYS_open, SYS_openat,
		SYS_socket, SYS_connect, SYS_mmap, SYS_mprotect, SYS_kill, SYS_ptrace, SYS_ioctl, SYS_prctl,
		SYS_unlink, SYS_rename, SYS_mount};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		CHECK(ask(FILTER_INIT, never[i], 0, 0, 0) == NO(ENOSYS));
		CHECK(ask(FILTER_COLLECT, never[i], 0, 0, 0) == NO(ENOSYS));
	}
	CHECK(ask(FILTER_COLLECT, SYS_read, 0, 0, 0) == NO(ENOSYS)); /* it hands over, it does not read */
	CHECK(ask(FILTER_INIT, SYS_wait4, 0, 0, 0) == SECCOMP_RET_ALLOW);
}

int
main(void)
{
	struct err err;

	a = arena_new(0);
	for (int kind = 0; kind < FILTER_KIND__COUNT; kind++) {
		if (filter_build(a, (enum filter_kind)kind, &filters[kind], &err) < 0) {
			printf("1..0 # SKIP %s\n", err.msg);
			return 0;
		}
	}
	RUN(foreign_architectures_kill);
	RUN(numbers_that_no_kernel_has_are_enosys);
	RUN(the_lists_are_as_long_as_they_were);
	RUN(what_no_program_needs_is_closed);
	RUN(namespaces_cannot_be_cloned);
	RUN(ioctls_are_compared_on_32_bits);
	RUN(socket_families_are_an_allowlist);
	RUN(other_arguments_that_matter);
	RUN(init_and_the_walker_may_do_little);
	arena_free(a);
	return tap_done();
}
