/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's library against a cell that answers anything: a thread at the other end of the socket. */
#include "sandbox/cell.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "sandbox/cell_proto.h"
#include "tap.h"

static char folder[] = "/tmp/forge-cell-unit-XXXXXX";
static char path[64];
static int listener;

/* What the false cell answers once it has read a request. */
struct answer {
	const void *bytes;
	size_t n;
	int n_fds;
};

struct script {
	struct answer answers[4];
	bool is_silent; /* keep the connection and say nothing until the client ends it */
	struct cell_msg_request got;
	size_t got_bytes;
};

static void
send_answer(int sock, const struct answer *an)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
	} rights;
	union {
		const void *in;
		void *out;
	} p = {.in = an->bytes};
	struct iovec iov = {.iov_base = p.out, .iov_len = an->n};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[4];

	for (int i = 0; i < an->n_fds; i++)
		fds[i] = memfd_create("x", MFD_CLOEXEC);
	if (an->n_fds) {
		memset(&rights, 0, sizeof(rights));
		m.msg_control = &rights;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)an->n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)an->n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)an->n_fds);
	}
	(void)sendmsg(sock, &m, MSG_NOSIGNAL);
	for (int i = 0; i < an->n_fds; i++)
		(void)close(fds[i]);
}

static void *
play(void *arg)
{
	struct script *s = arg;
	int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ssize_t n = recv(sock, &s->got, sizeof(s->got), 0);
	char rest;

	s->got_bytes = n > 0 ? (size_t)n : 0;
	for (size_t i = 0; i < 4 && s->answers[i].n; i++)
		send_answer(sock, &s->answers[i]);
	while (s->is_silent && recv(sock, &rest, 1, 0) > 0)
		continue;
	(void)close(sock);
	return NULL;
}

/* One attempt against a script. Returns what cell_run returns. */
static int
against(struct script *s, struct arena *a, struct cell_result *out, struct err *err)
{
	static const char *const argv[] = {"/bin/true", "a b"};
	struct cell_request r = {.label = "unit", .argv = argv, .n_argv = 2};
	struct cell *cell;
	pthread_t thread;
	int rc;

	CHECK(pthread_create(&thread, NULL, play, s) == 0);
	CHECK(cell_open(path, &cell, err) == 0);
	rc = cell_run(cell, a, &r, out, err);
	cell_close(cell);
	CHECK(pthread_join(thread, NULL) == 0);
	return rc;
}

#define HEAD(type) {CELL_MAGIC, CELL_VERSION, (type)}
#define OUTPUTS_BYTES(n) (offsetof(struct cell_msg_outputs, item) + (n) * sizeof(struct cell_wire_output))

static struct cell_msg_result good = {
	.head = HEAD(CELL_RESULT), .verdict = CELL_EXIT, .exit_code = 65, .detail = "exit code 65", .n_files = 2,
	.out_bytes = 5, .usage = {.wall_us = 7},
};
static struct cell_msg_outputs two = {
	.head = HEAD(CELL_OUTPUTS), .n = 2, .n_fds = 2,
	.item = {{.path = "b", .bytes = 1}, {.path = "a", .bytes = 2}},
};
static struct cell_msg_started started = {.head = HEAD(CELL_STARTED)};

static void
a_result_arrives_with_its_outputs_sorted(void)
{
	struct arena *a = arena_new(0);
	struct script s = {.answers = {{&started, sizeof(started), 0}, {&two, OUTPUTS_BYTES(2), 2},
	    {&good, sizeof(good), 2}}};
	struct cell_result r;
	struct err err;

	CHECK_INT(against(&s, a, &r, &err), 0);
	CHECK_INT(r.verdict, CELL_EXIT);
	CHECK_INT(r.exit_code, 65);
	CHECK_STR(r.detail, "exit code 65");
	CHECK_INT(r.n_outputs, 2);
	CHECK_STR(r.outputs[0].path, "a");
	CHECK_INT(r.outputs[0].bytes, 2);
	CHECK(r.outputs[0].fd >= 0);
	CHECK(r.stdout_fd >= 0);
	CHECK_INT(s.got.n_argv, 2);
	CHECK_INT(s.got.argv_bytes, sizeof("/bin/true") + sizeof("a b"));
	CHECK_INT(s.got_bytes, offsetof(struct cell_msg_request, argv) + s.got.argv_bytes);
	CHECK_INT(s.got.limits.pids, 64);
	arena_free(a);
	CHECK(write(r.stdout_fd, "", 0) < 0); /* the arena has closed it */
}

static void
an_error_arrives_as_it_was(void)
{
	struct arena *a = arena_new(0);
	struct cell_msg_error e = {.head = HEAD(CELL_ERROR), .code = E_USAGE, .text = "the file for '/x' is bad"};
	struct script s = {.answers = {{&e, sizeof(e), 0}}};
	struct cell_result r;
	struct err err;

	CHECK_INT(against(&s, a, &r, &err), -1);
	CHECK_INT(err.code, E_USAGE);
	CHECK_STR(err.msg, "the file for '/x' is bad");
	arena_free(a);
}

static void
a_cell_that_goes_away_is_an_error(void)
{
	struct arena *a = arena_new(0);
	struct script s = {.answers = {{&started, sizeof(started), 0}}};
	struct cell_result r;
	struct err err;

	CHECK_INT(against(&s, a, &r, &err), -1);
	CHECK_INT(err.code, E_SANDBOX);
	arena_free(a);
}

static void
malformed_answers_are_refused(void)
{
	struct cell_msg_result bad_verdict = good, bad_detail = good, bad_count = good, bad_magic = good;
	struct cell_msg_outputs bad_n = two, bad_path = two, bad_refusal = two;
	struct cell_msg_error bad_code = {.head = HEAD(CELL_ERROR), .code = E__COUNT};
	struct cell_msg_head ours = HEAD(CELL_REQUEST), unknown = HEAD(99);

	bad_verdict.verdict = CELL_VERDICT__COUNT;
	memset(bad_detail.detail, 'x', sizeof(bad_detail.detail));
	bad_count.n_files = 3;
	bad_magic.head.magic = 1;
	bad_n.n = CELL_OUTPUTS_BATCH + 1;
	memset(bad_path.item[0].path, 'x', sizeof(bad_path.item[0].path));
	bad_refusal.item[0].refusal = CELL_REFUSE__COUNT;
	struct script scripts[] = {
		{.answers = {{&two, OUTPUTS_BYTES(2), 2}, {&bad_verdict, sizeof(good), 2}}},
		{.answers = {{&two, OUTPUTS_BYTES(2), 2}, {&bad_detail, sizeof(good), 2}}},
		{.answers = {{&two, OUTPUTS_BYTES(2), 2}, {&bad_count, sizeof(good), 2}}},
		{.answers = {{&two, OUTPUTS_BYTES(2), 2}, {&good, sizeof(good), 1}}},
		{.answers = {{&two, OUTPUTS_BYTES(2), 2}, {&good, sizeof(good) - 1, 2}}},
		{.answers = {{&good, sizeof(good), 2}}},
		{.answers = {{&bad_magic, sizeof(good), 2}}},
		{.answers = {{&bad_n, OUTPUTS_BYTES(2), 2}}},
		{.answers = {{&bad_path, OUTPUTS_BYTES(2), 2}}},
		{.answers = {{&bad_refusal, OUTPUTS_BYTES(2), 2}}},
		{.answers = {{&two, OUTPUTS_BYTES(2), 1}}},
		{.answers = {{&two, OUTPUTS_BYTES(1), 1}}},
		{.answers = {{&bad_code, sizeof(bad_code), 0}}},
		{.answers = {{&ours, sizeof(ours), 0}}},
		{.answers = {{&unknown, sizeof(unknown), 0}}},
		{.answers = {{"cell", 4, 0}}},
	};
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct arena *a = arena_new(0);
		struct cell_result r;
		struct err err;
		int rc = against(&scripts[i], a, &r, &err);

		if (rc != -1 || err.code != E_SANDBOX)
			printf("# script %zu\n", i);
		CHECK_INT(rc, -1);
		CHECK_INT(err.code, E_SANDBOX);
		arena_free(a);
	}
}

static void *
cancel(void *arg)
{
	cell_cancel(arg);
	return NULL;
}

static void
cancel_ends_the_wait_from_another_thread(void)
{
	static const char *const argv[] = {"/bin/true"};
	struct cell_request r = {.label = "unit", .argv = argv, .n_argv = 1};
	struct script s = {.answers = {{&started, sizeof(started), 0}}, .is_silent = true};
	struct arena *a = arena_new(0);
	struct cell *cell;
	struct cell_result out;
	pthread_t server, canceller;
	struct err err;

	CHECK(pthread_create(&server, NULL, play, &s) == 0);
	CHECK(cell_open(path, &cell, &err) == 0);
	CHECK_INT(cell_start(cell, &r, &err), 0);
	CHECK(pthread_create(&canceller, NULL, cancel, cell) == 0);
	CHECK_INT(cell_wait(cell, a, &out, &err), -1);
	CHECK_STR(err.msg, "cancelled");
	CHECK(pthread_join(canceller, NULL) == 0);
	CHECK(pthread_join(server, NULL) == 0);
	cell_close(cell);
	arena_free(a);
}

static void
requests_are_checked_before_they_are_sent(void)
{
	static const char *const argv[] = {"/bin/true"}, *const relative[] = {"true"};
	static char big[CELL_ARGV_BYTES_MAX + 1];
	const char *const long_argv[] = {"/bin/true", big};
	const struct {
		struct cell_request r;
		enum err_code code;
	} rows[] = {
		{{.label = "a", .argv = argv}, E_USAGE},
		{{.label = "a", .argv = relative, .n_argv = 1}, E_USAGE},
		{{.label = "a", .argv = long_argv, .n_argv = 2}, E_USAGE},
		{{.label = "", .argv = argv, .n_argv = 1}, E_USAGE},
		{{.label = NULL, .argv = argv, .n_argv = 1}, E_USAGE},
		{{.label = "../x", .argv = argv, .n_argv = 1}, E_USAGE},
		{{.label = "a", .argv = argv, .n_argv = CELL_ARGV_MAX + 1}, E_USAGE},
		{{.label = "a", .argv = argv, .n_argv = 1, .n_files = CELL_FILES_MAX + 1}, E_USAGE},
		{{.label = "a", .argv = argv, .n_argv = 1, .limits = {.pids = 1}}, E_LIMIT},
	};
	struct script s = {.is_silent = true};
	struct cell *cell;
	pthread_t server;
	struct err err;

	memset(big, 'x', sizeof(big) - 1);
	CHECK(pthread_create(&server, NULL, play, &s) == 0);
	CHECK(cell_open(path, &cell, &err) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(cell_start(cell, &rows[i].r, &err), -1);
		CHECK_INT(err.code, rows[i].code);
	}
	cell_close(cell);
	CHECK(pthread_join(server, NULL) == 0);
	CHECK_INT(s.got_bytes, 0); /* nothing of them went out */
}

static void
a_missing_cell_is_named(void)
{
	struct cell *cell;
	struct err err;

	CHECK_INT(cell_open("/nonexistent/cell.sock", &cell, &err), -1);
	CHECK_INT(err.code, E_SANDBOX);
	CHECK_STR(err.msg, "connect to forge-cell at '/nonexistent/cell.sock'; is it running?: No such file or directory");
	CHECK_INT(cell_open("", &cell, &err), -1);
	CHECK_INT(err.code, E_USAGE);
}

int
main(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (!mkdtemp(folder))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (bind(listener, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 8) < 0)
		return 1;
	RUN(a_result_arrives_with_its_outputs_sorted);
	RUN(an_error_arrives_as_it_was);
	RUN(a_cell_that_goes_away_is_an_error);
	RUN(malformed_answers_are_refused);
	RUN(cancel_ends_the_wait_from_another_thread);
	RUN(requests_are_checked_before_they_are_sent);
	RUN(a_missing_cell_is_named);
	(void)close(listener);
	(void)unlink(path);
	(void)rmdir(folder);
	return tap_done();
}
