/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_ASIDE_H
#define TYPES_ASIDE_H
/*
 * One fixed program of the machine (node, pdfinfo) beside us: it reads a stranger's file in a process of
 * its own, in which a mistake of its parser reaches nothing. What it holds:
 *  - descriptors 0 (given, or /dev/null), 1 and 2 (pipes to us), 3 (the input, where one is given); no others
 *  - an environment of LANG and TZ, a session of its own, "/" as its folder; it dies with our thread
 *  - of root only the name: it is nobody (uid 65534) before it starts
 *  - Landlock, where the kernel has it: it reads /usr, /lib*, /bin and the loader's and fonts' files in /etc,
 *    and nothing else; it writes nothing
 *  - a system call filter, always: no socket, no file opened for writing, no second program, no new process
 *    (threads it may have), no signal to anybody, no ptrace, mount or namespace
 *  - limits for CPU, wall clock, memory (RLIMIT_DATA: all private writable memory, threads' stacks too),
 *    output; no core file, no file written, 64 descriptors
 * RLIMIT_NPROC is not used: it counts all of a user's processes, and would refuse threads where many of
 * them run; the filter refuses processes whatever the user has.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct err;

#define ASIDE_SAID_BYTES 8192 /* kept of what it says on descriptor 2 */
#define ASIDE_INPUT_FD 3

struct aside_limits {
	unsigned wall_ms;
	unsigned cpu_s;
	uint64_t memory_bytes;
	uint64_t output_bytes;
};
/* Takes a piece of its output; -1 with err ends the program and becomes aside_run's answer. */
typedef int (*aside_take_fn)(void *arg, const char *p, size_t n, struct err *err);
struct aside_job {
	const char *const *argv; /* NULL-ended; argv[0] is the program's whole path */
	int stdin_fd;            /* becomes 0, read from its start; -1: /dev/null. Not a pipe */
	int input_fd;            /* becomes 3, at its start; -1: /dev/null. The offsets stay what they were */
	struct aside_limits limits; /* none of them 0 */
	aside_take_fn take;
	void *arg;
};
enum aside_end {
	ASIDE_EXIT,   /* it ended by itself: code */
	ASIDE_SIGNAL, /* by a signal that no limit explains: code */
	ASIDE_CPU,
	ASIDE_WALL,
	ASIDE_MEMORY,
	ASIDE_OUTPUT,
	ASIDE__COUNT
};
struct aside_result {
	enum aside_end end;
	int code;
	uint64_t output_bytes; /* given to take */
	char said[ASIDE_SAID_BYTES]; /* NUL-terminated; bytes as they came, the first of them */
};

/*
 * aside_run - run it to its end. No process of it is left when this returns.
 *
 * a:     scratch for the filter and a piece of output
 * Returns 0 and *out; or -1: E_UNSUPPORTED (there is no such program), E_SANDBOX (it could not be confined,
 *        and so was not started), E_IO, or what take said.
 * Cost:  a fork, an exec and about a millisecond for the filter; it blocks for as long as the program runs.
 */
int aside_run(struct arena *a, const struct aside_job *job, struct aside_result *out, struct err *err);
/* aside_has_landlock - can this kernel keep a program to the system's files? */
bool aside_has_landlock(void);
/* aside_words - how a run ended that hit a limit or died: "it takes longer than 60 s; …". In a. */
const char *aside_words(struct arena *a, const struct aside_job *job, const struct aside_result *result);
#endif
