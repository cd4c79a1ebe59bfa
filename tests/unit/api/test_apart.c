/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "tap.h"

static const struct apart_limits limits = {
	.cpu_s = 1, .wall_ms = 4000, .memory_bytes = (size_t)32 << 20, .answer_bytes_max = (size_t)1 << 20};
static struct err err;
static char *answer;
static size_t n;

static int
run(struct arena *a, apart_fn fn, void *arg, int fd)
{
	err = (struct err){0};
	return apart_run(a, &limits, fn, arg, fd, &answer, &n, &err);
}

static int
echo(struct arena *a, void *arg, int fd, struct buf *out, struct err *e)
{
	char chunk[100];
	ssize_t got = read(fd, chunk, sizeof chunk);

	(void)a;
	(void)e;
	buf_add(out, chunk, got > 0 ? (size_t)got : 0);
	buf_str(out, arg);
	return 0;
}

static void
the_answer_comes_back(void)
{
	struct arena *a = arena_new(0);
	char word[] = "out";
	int p[2];

	CHECK_INT(pipe(p), 0);
	CHECK_INT(write(p[1], "in, ", 4), 4);
	(void)close(p[1]);
	CHECK_INT(run(a, echo, word, p[0]), 0);
	CHECK_STR(answer, "in, out");
	CHECK_INT(n, 7);
	(void)close(p[0]);
	arena_free(a);
}

static int
read_all(struct arena *a, void *arg, int fd, struct buf *out, struct err *e)
{
	const size_t *count = arg;

	(void)a;
	(void)e;
	buf_printf(out, "%d ", fd == apart_file(0));
	for (size_t i = 0; i < *count; i++) {
		char c = '?';

		if (pread(apart_file(i), &c, 1, 1) != 1)
			c = '!';
		buf_char(out, c);
	}
	/* what lies above belongs to nobody */
	buf_printf(out, " %d", fcntl(apart_file(*count > 0 ? *count : 1), F_GETFD) < 0);
	return 0;
}

static void
several_files_are_read_in_their_order(void)
{
	static const size_t counts[] = {1, 2, 26};
	struct arena *a = arena_new(0);

	for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
		int fds[26];
		size_t count = counts[k];
		char want[40] = "1 ";

		for (size_t i = 0; i < count; i++) {
			char text[2] = {'-', (char)('a' + i)};

			fds[i] = memfd_create("apart", 0);
			CHECK_INT(write(fds[i], text, sizeof text), 2);
			want[2 + i] = text[1];
		}
		memcpy(want + 2 + count, " 1", 3);
		err = (struct err){0};
		CHECK_INT(apart_run_files(a, &limits, read_all, &count, fds, count, &answer, &n, &err), 0);
		CHECK_STR(answer, want);
		for (size_t i = 0; i < count; i++)
			(void)close(fds[i]);
	}
	arena_free(a);
}

static int
refuse(struct arena *a, void *arg, int fd, struct buf *out, struct err *e)
{
	(void)a;
	(void)arg;
	(void)fd;
	buf_str(out, "half an answer");
	return err_set(e, E_SCHEMA, "it is none");
}

static void
an_error_comes_back_with_its_code(void)
{
	struct arena *a = arena_new(0);

	CHECK_INT(run(a, refuse, NULL, -1), -1);
	CHECK_INT(err.code, E_SCHEMA);
	CHECK_STR(err.msg, "it is none");
	arena_free(a);
}

static int
misbehave(struct arena *a, void *arg, int fd, struct buf *out, struct err *e)
{
	const char *how = arg;

	(void)fd;
	(void)e;
	if (*how == 'l') /* for ever */
		for (volatile unsigned i = 0;; i++)
			;
	for (size_t i = 0; *how == 'm'; i++)
		(void)memset(arena_alloc(a, 1 << 20), 1, 1 << 20);
	if (*how == 'b')
		for (int i = 0; i < 3000; i++)
			buf_printf(out, "%01000d", i);
	if (*how == 'k')
		(void)raise(SIGILL);
	if (*how == 'e')
		_exit(7);
	return 0;
}

static void
each_limit_is_a_refusal_that_names_it(void)
{
	static const struct {
		const char *how;
		enum err_code code;
		const char *says;
	} cases[] = {
		{"loop", E_LIMIT, "1 seconds"}, {"memory", E_LIMIT, "32 MiB"}, {"big", E_LIMIT, "1 MiB"},
		{"kill", E_INTERNAL, "lost"}, {"exit", E_INTERNAL, "status 7"},
	};
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(run(a, misbehave, (void *)(uintptr_t)cases[i].how, -1), -1);
		CHECK_INT(err.code, cases[i].code);
		CHECK(strstr(err.msg, cases[i].says) != NULL);
		if (!strstr(err.msg, cases[i].says))
			printf("# %s: %s\n", cases[i].how, err.msg);
	}
	arena_free(a);
}

#ifndef FORGE_ASAN /* its runtime needs more calls than the filter allows */
static void
say(struct buf *out, const char *what, int rc)
{
	int why = errno;

	buf_printf(out, "%s %s ", what, rc >= 0 ? "may" : why == EPERM ? "EPERM" : why == EBADF ? "EBADF" : "?");
}

static int
reach_out(struct arena *a, void *arg, int fd, struct buf *out, struct err *e)
{
	const int *kept = arg;

	(void)a;
	(void)fd;
	(void)e;
	say(out, "file", open("/etc/passwd", O_RDONLY));
	say(out, "socket", socket(AF_UNIX, SOCK_STREAM, 0));
	say(out, "fork", (int)fork());
	say(out, "kill", kill(getppid(), 0));
	say(out, "old", (int)write(*kept, "x", 1));
	return 0;
}

static void
the_child_reaches_nothing(void)
{
	struct arena *a = arena_new(0);
	int p[2], high;

	CHECK_INT(pipe(p), 0);
	high = fcntl(p[1], F_DUPFD, 20); /* above the two that the child keeps for itself */
	CHECK_INT(run(a, reach_out, &high, -1), 0);
	CHECK_STR(err.msg, "");
	CHECK_STR(answer, "file EPERM socket EPERM fork EPERM kill EPERM old EBADF ");
	(void)close(p[0]);
	(void)close(p[1]);
	(void)close(high);
	arena_free(a);
}
#endif

int
main(void)
{
	RUN(the_answer_comes_back);
	RUN(several_files_are_read_in_their_order);
	RUN(an_error_comes_back_with_its_code);
	RUN(each_limit_is_a_refusal_that_names_it);
#ifndef FORGE_ASAN
	RUN(the_child_reaches_nothing);
#endif
	return tap_done();
}
