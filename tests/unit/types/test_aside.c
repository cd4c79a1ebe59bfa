/* SPDX-License-Identifier: Apache-2.0 */
/* Programs beside us, real and hostile ones: each attempt is refused, each limit ends them, none stays behind. */
#include "types/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "tap.h"

#define PYTHON "/usr/bin/python3"

static struct arena *a;
static struct buf got;

static int
keep(void *arg, const char *p, size_t n, struct err *err)
{
	(void)arg;
	(void)err;
	if (got.len < ((size_t)1 << 20))
		buf_add(&got, p, n);
	return 0;
}

static const struct aside_limits roomy = {
    .wall_ms = 60000, .cpu_s = 30, .memory_bytes = (uint64_t)512 << 20, .output_bytes = (uint64_t)1 << 20};

static struct aside_result
run_with(const char *program, int input, struct aside_limits limits)
{
	const char *argv[] = {PYTHON, "-I", "-S", "-c", program, NULL};
	struct aside_job job = {.argv = argv, .stdin_fd = -1, .input_fd = input, .limits = limits, .take = keep};
	struct aside_result r = {0};
	struct err err = {0};

	buf_init(&got, a);
	if (aside_run(a, &job, &r, &err) < 0)
		CHECK_STR(err.msg, "");
	return r;
}

static void
says(const char *program, const char *expected)
{
	struct aside_result r = run_with(program, -1, roomy);

	CHECK_INT(r.end, ASIDE_EXIT);
	CHECK_INT(r.code, 0);
	CHECK_STR(got.p ? got.p : "", expected);
	if (r.code)
		printf("# %s\n", r.said);
}

static void
input_and_answers_go_through(void)
{
	struct aside_result r;
	int fd = memfd_create("input", 0);

	CHECK_INT(write(fd, "hello", 5), 5);
	r = run_with("import os,sys\nsys.stdout.write(os.pread(3, 10, 0).decode())\nsys.stderr.write('word')\nsys.exit(3)", fd, roomy);
	CHECK_INT(r.end, ASIDE_EXIT);
	CHECK_INT(r.code, 3);
	CHECK_STR(got.p, "hello");
	CHECK_STR(r.said, "word");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 5);
	(void)close(fd);
}

static void
nothing_of_ours_is_given_to_it(void)
{
	int leak = open("/etc/passwd", O_RDONLY);

	CHECK(leak > 2);
	(void)setenv("FORGE_TEST_SECRET", "1", 1);
	says("import os\nprint(sorted(os.environ.items()))", "[('LANG', 'C.UTF-8'), ('TZ', 'UTC')]\n");
	says("import os\nopen_=[]\nfor i in range(64):\n"
	     "  try: os.fstat(i); open_.append(i)\n  except OSError: pass\nprint(open_, os.getcwd(), os.getsid(0) if 0 else '')",
	    "[0, 1, 2, 3] / \n");
	says("import os\nprint(0 in (os.getuid(), os.geteuid(), os.getgid()), os.getgroups() == [] or os.getuid() != 65534)",
	    geteuid() == 0 ? "False True\n" : "False True\n");
	(void)close(leak);
}

#define TRY(what) "import os,ctypes\nc=ctypes.CDLL(None,use_errno=True)\ntry:\n  " what \
		  "\n  print('done')\nexcept OSError as e: print('refused')"

static void
sockets_files_processes_and_signals_are_refused(void)
{
	says(TRY("import _socket; _socket.socket()"), "refused\n");
	says(TRY("import _socket; _socket.socket(_socket.AF_UNIX)"), "refused\n");
	says(TRY("open('/tmp/forge-test-aside', 'w')"), "refused\n");
	says(TRY("os.open('/dev/null', os.O_RDWR)"), "refused\n");
	says(TRY("os.mkdir('/tmp/forge-test-aside')"), "refused\n");
	says(TRY("os.fork()"), "refused\n");
	says(TRY("os.kill(os.getppid(), 0)"), "refused\n");
	says(TRY("os.unshare(0x10000000)") "\nexcept AttributeError: print('refused')", "refused\n");
	says("import ctypes\nc=ctypes.CDLL(None,use_errno=True)\nprint(c.ptrace(0,0,0,0), c.mount(b'x',b'/',b'tmpfs',0,None), "
	     "c.process_vm_readv(1,0,0,0,0,0))",
	    "-1 -1 -1\n");
	says("import resource,os\ntry:\n  resource.prlimit(os.getppid(), resource.RLIMIT_CPU)\n  print('done')\n"
	     "except OSError: print('refused')",
	    "refused\n");
	CHECK_INT(access("/tmp/forge-test-aside", F_OK), -1);
}

/* A second program ends it, whatever it tries. */
static void
a_second_program_ends_it(void)
{
	struct aside_result r = run_with("import os\nos.execv('/bin/true', ['true'])", -1, roomy);

	CHECK_INT(r.end, ASIDE_SIGNAL);
	CHECK_INT(r.code, SIGSYS);
	r = run_with("import os\nfd=os.open('/usr/bin/true', os.O_RDONLY)\nos.execve(fd, ['true'], {})", -1, roomy);
	CHECK_INT(r.end, ASIDE_SIGNAL);
	CHECK_INT(r.code, SIGSYS);
}

/* Where the kernel has Landlock: no file but the system's. */
static void
only_the_systems_files_are_readable(void)
{
	if (access("/etc/hostname", R_OK) < 0 || access("/etc/passwd", R_OK) < 0)
		return;
	says("import os\ntry:\n  open('/etc/passwd')\n  print('read')\nexcept OSError: print('refused')",
	    aside_has_landlock() ? "refused\n" : "read\n");
}

static void
every_limit_ends_it(void)
{
	struct aside_limits l = roomy;
	struct aside_result r;

	l.cpu_s = 1;
	r = run_with("while True: pass", -1, l);
	CHECK_INT(r.end, ASIDE_CPU);
	l = roomy;
	l.wall_ms = 300;
	r = run_with("import select\nselect.select([], [], [])", -1, l);
	CHECK_INT(r.end, ASIDE_WALL);
	r = run_with("import os,select\nos.close(1); os.close(2)\nselect.select([], [], [])", -1, l);
	CHECK_INT(r.end, ASIDE_WALL);
	l = roomy;
	l.memory_bytes = (uint64_t)96 << 20;
	r = run_with("a=[]\nwhile True: a.append(bytearray(1 << 20))", -1, l);
	CHECK_INT(r.end, ASIDE_MEMORY);
	l = roomy;
	r = run_with("import os\nb=b'x' * 65536\nwhile True: os.write(1, b)", -1, l);
	CHECK_INT(r.end, ASIDE_OUTPUT);
	CHECK(r.output_bytes <= l.output_bytes);
	/* what it says besides is read on, and kept only so far */
	r = run_with("import sys\nfor i in range(200): sys.stderr.write('y' * 65536)\nprint('end')", -1, roomy);
	CHECK_INT(r.end, ASIDE_EXIT);
	CHECK_STR(got.p, "end\n");
	CHECK_INT(strlen(r.said), ASIDE_SAID_BYTES - 1);
}

static int
refuse(void *arg, const char *p, size_t n, struct err *err)
{
	(void)arg;
	(void)p;
	(void)n;
	return err_set(err, E_LIMIT, "no more");
}

static void
nothing_stays_behind(void)
{
	const char *argv[] = {PYTHON, "-I", "-S", "-c", "import sys\nwhile True: sys.stdout.write('x' * 9999)", NULL};
	struct aside_job job = {.argv = argv, .stdin_fd = -1, .input_fd = -1, .limits = roomy, .take = refuse};
	struct aside_result r;
	struct err err = {0};

	CHECK_INT(aside_run(a, &job, &r, &err), -1);
	CHECK_INT(err.code, E_LIMIT);
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
	argv[0] = "/usr/bin/forge-is-not-there";
	err = (struct err){0};
	CHECK_INT(aside_run(a, &job, &r, &err), -1);
	CHECK_INT(err.code, E_UNSUPPORTED);
	CHECK_STR(err.msg, "/usr/bin/forge-is-not-there is not installed");
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
}

int
main(void)
{
	a = arena_new(0);
	RUN(input_and_answers_go_through);
	RUN(nothing_of_ours_is_given_to_it);
	RUN(sockets_files_processes_and_signals_are_refused);
	RUN(a_second_program_ends_it);
	RUN(only_the_systems_files_are_readable);
	RUN(every_limit_ends_it);
	RUN(nothing_stays_behind);
	arena_free(a);
	return tap_done();
}
