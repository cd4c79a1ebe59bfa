/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cell/cell.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/log.h"
#include "sandbox/cell_proto.h"

/* Enough for a request with all its files, their mounts and a margin. */
#define ARENA_BYTES (8u << 20)

union rights {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * CELL_FILES_BATCH)];
};

struct session {
	int sock;
	struct arena *a;
	const struct sandbox *sb;
	struct attempt_spec spec;
	char label[CELL_LABEL_BYTES];
};

/* --- messages ------------------------------------------------------------------------------------- */

static int
send_message(int sock, const void *p, size_t n, const int *fds, size_t n_fds, struct err *err)
{
	union {
		const void *in;
		void *kernel; /* iovec lacks a const; sendmsg only reads */
	} base = {.in = p};
	struct iovec iov = {.iov_base = base.kernel, .iov_len = n};
	union rights rights;
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	INVARIANT(n_fds <= CELL_FILES_BATCH);
	if (n_fds) {
		struct cmsghdr *c;

		memset(&rights, 0, sizeof(rights));
		m.msg_control = &rights;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	while (sendmsg(sock, &m, MSG_NOSIGNAL) != (ssize_t)n) {
		if (errno != EINTR)
			return err_sys(err, E_SANDBOX, "answer the runner");
	}
	return 0;
}

/*
 * One message of at most max bytes into p; fds takes up to CELL_FILES_BATCH, ours from then on.
 * Returns its size, 0 when the peer is gone, or -1.
 */
static ssize_t
receive(int sock, void *p, size_t max, int *fds, size_t *n_fds, struct err *err)
{
	struct iovec iov = {.iov_base = p, .iov_len = max};
	union rights rights;
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &rights,
		.msg_controllen = sizeof(rights),
	};
	const struct cell_msg_head *head = p;
	ssize_t n;

	*n_fds = 0;
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return err_sys(err, E_SANDBOX, "receive from the runner");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			*n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(c), *n_fds * sizeof(int));
		}
	}
	if (n == 0)
		return 0;
	if ((m.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) || (size_t)n < sizeof(*head) ||
	    head->magic != CELL_MAGIC || head->version != CELL_VERSION)
		return err_set(err, E_USAGE, "the request is not of this version's form");
	return n;
}

/* --- the request ---------------------------------------------------------------------------------- */

static int
take_argv(struct session *s, const struct cell_msg_request *m, struct err *err)
{
	char **argv;
	const char *p = m->argv;
	const char *end = m->argv + m->argv_bytes;

	if (m->n_argv == 0 || m->n_argv > CELL_ARGV_MAX)
		return err_set(err, E_USAGE, "a program needs 1 to %d arguments, not %u", CELL_ARGV_MAX,
		    m->n_argv);
	argv = ARENA_ARRAY(s->a, m->n_argv + 1, char *);
	for (uint32_t i = 0; i < m->n_argv; i++) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));

		if (!nul)
			return err_set(err, E_USAGE, "the arguments end in the middle");
		argv[i] = arena_str(s->a, p);
		p = nul + 1;
	}
	if (p != end || argv[0][0] != '/')
		return err_set(err, E_USAGE, "argument 0 is not an absolute path, or bytes follow the last");
	s->spec.argv = argv;
	return 0;
}

static int
take_request(struct session *s, const struct cell_msg_request *m, size_t bytes, struct err *err)
{
	size_t n = strnlen(m->label, sizeof(m->label));

	if (m->head.type != CELL_REQUEST || bytes < offsetof(struct cell_msg_request, argv) ||
	    m->argv_bytes > sizeof(m->argv) ||
	    bytes != offsetof(struct cell_msg_request, argv) + m->argv_bytes)
		return err_set(err, E_USAGE, "the first message is not a request");
	if (n == 0 || n == sizeof(m->label) ||
	    strspn(m->label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n)
		return err_set(err, E_USAGE, "the label is not 1 to %d of [A-Za-z0-9._-]",
		    CELL_LABEL_BYTES - 1);
	if (m->n_files > CELL_FILES_MAX)
		return err_set(err, E_USAGE, "%u files are more than a sandbox takes (%d)", m->n_files,
		    CELL_FILES_MAX);
	memcpy(s->label, m->label, n + 1);
	s->spec.limits = m->limits;
	s->spec.n_files = m->n_files;
	if (cell_limits_fill(&s->spec.limits, err) < 0)
		return -1;
	return take_argv(s, m, err);
}

/* Returns 1, 0 when the peer is gone, -1. Descriptors of a refused batch end with this process. */
static int
take_files(struct session *s, struct err *err)
{
	struct tree_file *files = ARENA_ARRAY(s->a, s->spec.n_files, struct tree_file);
	struct cell_msg_files *m = ARENA_NEW(s->a, struct cell_msg_files);

	for (size_t have = 0; have < s->spec.n_files;) {
		int fds[CELL_FILES_BATCH];
		size_t n_fds;
		ssize_t n = receive(s->sock, m, sizeof(*m), fds, &n_fds, err);

		if (n <= 0)
			return (int)n;
		if (m->head.type != CELL_FILES || (size_t)n < offsetof(struct cell_msg_files, item) ||
		    m->n == 0 || m->n > CELL_FILES_BATCH || m->n != n_fds ||
		    (size_t)n != offsetof(struct cell_msg_files, item) + m->n * sizeof(m->item[0]) ||
		    m->n > s->spec.n_files - have)
			return err_set(err, E_USAGE, "a message with files is not of the right form");
		for (uint32_t i = 0; i < m->n; i++, have++) {
			if (!memchr(m->item[i].path, '\0', sizeof(m->item[i].path)))
				return err_set(err, E_USAGE, "a path of the request has no end");
			files[have] = (struct tree_file){
				.fd = fds[i],
				.path = arena_str(s->a, m->item[i].path),
			};
		}
	}
	s->spec.files = files;
	return 1;
}

/* --- the answer ----------------------------------------------------------------------------------- */

static void
say_started(void *arg, uint64_t prepare_us)
{
	struct session *s = arg;
	struct cell_msg_started m = {
		.head = {CELL_MAGIC, CELL_VERSION, CELL_STARTED},
		.prepare_us = prepare_us,
	};

	/* A runner that is gone shows on the socket, which the monitor watches. */
	(void)send_message(s->sock, &m, sizeof(m), NULL, 0, NULL);
}

static int
pass_outputs(void *arg, const struct cell_msg_outputs *batch, const int *fds, struct err *err)
{
	struct session *s = arg;

	return send_message(s->sock, batch,
	    offsetof(struct cell_msg_outputs, item) + batch->n * sizeof(batch->item[0]), fds,
	    batch->n_fds, err);
}

static int
send_result(struct session *s, const struct attempt_result *r, struct err *err)
{
	struct cell_msg_result *m = ARENA_NEW(s->a, struct cell_msg_result);
	int fds[2] = {r->out_fd, r->err_fd};

	*m = (struct cell_msg_result){
		.head = {CELL_MAGIC, CELL_VERSION, CELL_RESULT},
		.verdict = r->verdict,
		.exit_code = r->exit_code,
		.signal = r->signal,
		.out_is_cut = r->out_is_cut,
		.err_is_cut = r->err_is_cut,
		.n_files = r->outputs.n_files,
		.n_refused = r->outputs.n_refused,
		.files_are_cut = r->outputs.is_cut,
		.out_bytes = r->out_bytes,
		.err_bytes = r->err_bytes,
		.usage = r->usage,
		.phases = r->phases,
	};
	memcpy(m->detail, r->detail, sizeof(m->detail));
	return send_message(s->sock, m, sizeof(*m), fds, 2, err);
}

static void
send_error(struct session *s, const struct err *e)
{
	struct cell_msg_error *m = ARENA_NEW(s->a, struct cell_msg_error);

	*m = (struct cell_msg_error){
		.head = {CELL_MAGIC, CELL_VERSION, CELL_ERROR},
		.code = (int32_t)e->code,
		.sys_errno = e->sys_errno,
	};
	_Static_assert(sizeof(m->text) == sizeof(e->msg), "a whole message fits");
	memcpy(m->text, e->msg, sizeof(m->text));
	(void)send_message(s->sock, m, sizeof(*m), NULL, 0, NULL); /* it may be gone */
}

static void
log_end(const struct session *s, const struct attempt_result *r)
{
	char wall[24], cpu[24];

	(void)snprintf(wall, sizeof(wall), "%llu", (unsigned long long)r->usage.wall_us);
	(void)snprintf(cpu, sizeof(cpu), "%llu", (unsigned long long)r->usage.cpu_us);
	log_write(LOG_INFO, EV_SANDBOX, NULL, "label", s->label, "verdict",
	    r->is_cancelled ? "cancelled" : cell_verdict_name(r->verdict), "wall_us", wall, "cpu_us", cpu,
	    NULL);
}

/* 1: answered; 0: the peer is gone; -1: err is the answer. */
static int
run_request(struct session *s, struct err *err)
{
	struct cell_msg_request *m = ARENA_NEW(s->a, struct cell_msg_request);
	struct attempt_result *r = ARENA_NEW(s->a, struct attempt_result);
	int fds[CELL_FILES_BATCH];
	size_t n_fds;
	ssize_t n = receive(s->sock, m, sizeof(*m), fds, &n_fds, err);
	int rc;

	if (n <= 0)
		return (int)n;
	if (n_fds)
		return err_set(err, E_USAGE, "a request carries no descriptors; FILES messages do");
	if (take_request(s, m, (size_t)n, err) < 0)
		return -1;
	rc = take_files(s, err);
	if (rc <= 0)
		return rc;
	if (attempt_run(s->a, s->sb, &s->spec, r, err) < 0)
		return -1;
	log_end(s, r);
	if (r->is_cancelled)
		return 0;
	return send_result(s, r, err) < 0 ? -1 : 1;
}

int
serve(int sock, const struct sandbox *sb, const struct uid_pair *uids)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct session *s = ARENA_NEW(a, struct session);
	struct err err;
	int rc;

	*s = (struct session){
		.sock = sock,
		.a = a,
		.sb = sb,
		.spec = {
			.uids = *uids,
			.cancel_fd = sock,
			.started = say_started,
			.outputs = pass_outputs,
			.arg = s,
		},
	};
	rc = run_request(s, &err);
	if (rc < 0) {
		log_write(err.code == E_USAGE || err.code == E_LIMIT ? LOG_WARN : LOG_ERROR,
		    EV_SANDBOX_FAILED, &err, "label", s->label, NULL);
		send_error(s, &err);
	}
	arena_free(a);
	return 0;
}
