/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "sandbox/cell_proto.h"

#define CELL_MAGIC_OBJ 0x0cce11u

union rights {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * CELL_FILES_BATCH)];
};

union message {
	struct cell_msg_head head;
	struct cell_msg_started started;
	struct cell_msg_outputs outputs;
	struct cell_msg_result result;
	struct cell_msg_error error;
};

struct cell {
	unsigned int magic;
	struct arena *a; /* this struct, and one message in each direction */
	struct sockaddr_un addr;
	int sock;        /* the same number for the cell's whole life: cell_cancel may use it at any time */
	bool is_used;    /* the connection has carried a request */
	bool is_started; /* and its end is still to be waited for */
	bool is_cancelled; /* written by any thread, with __atomic */
	struct cell_msg_request *request;
	struct cell_msg_files *files;
	union message *answer;
};

/* --- connection ----------------------------------------------------------------------------------- */

static int
connect_new(const struct cell *cell, int *out, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(err, E_SANDBOX, "make a socket");
	while (connect(fd, (const struct sockaddr *)&cell->addr, sizeof(cell->addr)) < 0) {
		int rc;

		if (errno == EINTR)
			continue;
		rc = err_sys(err, E_SANDBOX, "connect to forge-cell at '%s'; is it running?",
		    cell->addr.sun_path);
		(void)close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

int
cell_open(const char *socket_path, struct cell **out, struct err *err)
{
	struct arena *a = arena_new(0);
	struct cell *cell = ARENA_NEW(a, struct cell);
	size_t n = strlen(socket_path);

	if (n == 0 || n >= sizeof(cell->addr.sun_path)) {
		arena_free(a);
		return err_set(err, E_USAGE, "socket path '%s' is empty or longer than %zu bytes", socket_path,
		    sizeof(cell->addr.sun_path) - 1);
	}
	cell->magic = CELL_MAGIC_OBJ;
	cell->a = a;
	cell->addr.sun_family = AF_UNIX;
	memcpy(cell->addr.sun_path, socket_path, n + 1);
	cell->request = ARENA_NEW(a, struct cell_msg_request);
	cell->files = ARENA_NEW(a, struct cell_msg_files);
	cell->answer = ARENA_NEW(a, union message);
	if (connect_new(cell, &cell->sock, err) < 0) {
		arena_free(a);
		return -1;
	}
	*out = cell;
	return 0;
}

void
cell_close(struct cell *cell)
{
	struct arena *a;

	if (!cell)
		return;
	INVARIANT(cell->magic == CELL_MAGIC_OBJ);
	cell->magic = 0;
	a = cell->a;
	fd_close(&cell->sock);
	arena_free(a);
}

int
cell_fd(const struct cell *cell)
{
	return cell->sock;
}

void
cell_cancel(struct cell *cell)
{
	INVARIANT(cell->magic == CELL_MAGIC_OBJ);
	__atomic_store_n(&cell->is_cancelled, true, __ATOMIC_SEQ_CST);
	(void)shutdown(cell->sock, SHUT_RDWR); /* ENOTCONN: the other end was faster */
}

/* A connection carries one attempt. The new one takes the old one's number (see sock). */
static int
renew(struct cell *cell, struct err *err)
{
	int fd;
	int rc = 0;

	if (connect_new(cell, &fd, err) < 0)
		return -1;
	if (dup3(fd, cell->sock, O_CLOEXEC) < 0)
		rc = err_sys(err, E_SANDBOX, "renew the connection to forge-cell");
	(void)close(fd);
	cell->is_used = false;
	return rc;
}

static bool
was_cancelled(struct cell *cell)
{
	return __atomic_load_n(&cell->is_cancelled, __ATOMIC_SEQ_CST);
}

static int
lost(struct cell *cell, struct err *err)
{
	cell->is_started = false;
	if (was_cancelled(cell))
		return err_set(err, E_SANDBOX, "cancelled");
	return err_set(err, E_SANDBOX,
	    "forge-cell closed the connection: it stopped, or it does not serve this user");
}

/* --- asking --------------------------------------------------------------------------------------- */

static int
check_label(const char *label, struct err *err)
{
	size_t n = label ? strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
			 : 0;

	if (n == 0 || n >= CELL_LABEL_BYTES || label[n] != '\0')
		return err_set(err, E_USAGE, "label '%s' is not 1 to %d of [A-Za-z0-9._-]",
		    label ? label : "", CELL_LABEL_BYTES - 1);
	return 0;
}

static int
fill_argv(struct cell_msg_request *m, const struct cell_request *r, struct err *err)
{
	size_t at = 0;

	if (r->n_argv == 0 || r->n_argv > CELL_ARGV_MAX)
		return err_set(err, E_USAGE, "a program needs 1 to %d arguments, not %zu", CELL_ARGV_MAX,
		    r->n_argv);
	if (r->argv[0][0] != '/')
		return err_set(err, E_USAGE, "program '%s' is not an absolute path", r->argv[0]);
	for (size_t i = 0; i < r->n_argv; i++) {
		size_t n = strlen(r->argv[i]) + 1;

		if (n > sizeof(m->argv) - at)
			return err_set(err, E_USAGE, "the program's arguments are longer than %zu bytes",
			    sizeof(m->argv));
		memcpy(m->argv + at, r->argv[i], n);
		at += n;
	}
	m->n_argv = (uint32_t)r->n_argv;
	m->argv_bytes = (uint32_t)at;
	return 0;
}

static int
send_message(struct cell *cell, const void *p, size_t n, const int *fds, size_t n_fds,
    struct err *err)
{
	union {
		const void *in;
		void *kernel; /* iovec lacks a const; sendmsg only reads */
	} base = {.in = p};
	struct iovec iov = {.iov_base = base.kernel, .iov_len = n};
	union rights rights;
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

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
	for (;;) {
		if (sendmsg(cell->sock, &m, MSG_NOSIGNAL) == (ssize_t)n)
			return 0;
		if (errno == EBADF && n_fds)
			return err_set(err, E_USAGE, "a file of the request is not open");
		if (errno == EPIPE || errno == ECONNRESET)
			return lost(cell, err);
		if (errno != EINTR)
			return err_sys(err, E_SANDBOX, "send to forge-cell");
	}
}

static int
send_files(struct cell *cell, const struct cell_file *files, size_t n, struct err *err)
{
	struct cell_msg_files *m = cell->files;

	for (size_t i = 0; i < n;) {
		int fds[CELL_FILES_BATCH];
		size_t k = 0;

		m->head = (struct cell_msg_head){CELL_MAGIC, CELL_VERSION, CELL_FILES};
		for (; k < CELL_FILES_BATCH && i < n; k++, i++) {
			size_t bytes = strlen(files[i].path) + 1;

			if (bytes > sizeof(m->item[k].path))
				return err_set(err, E_USAGE, "'%.100s…' is longer than %d bytes",
				    files[i].path, CELL_DEST_BYTES - 1);
			memcpy(m->item[k].path, files[i].path, bytes);
			fds[k] = files[i].fd;
		}
		m->n = (uint32_t)k;
		if (send_message(cell, m,
			offsetof(struct cell_msg_files, item) + k * sizeof(m->item[0]), fds, k, err) < 0)
			return -1;
	}
	return 0;
}

int
cell_start(struct cell *cell, const struct cell_request *request, struct err *err)
{
	struct cell_msg_request *m = cell->request;

	INVARIANT(cell->magic == CELL_MAGIC_OBJ);
	INVARIANT(!cell->is_started);
	*m = (struct cell_msg_request){
		.head = {CELL_MAGIC, CELL_VERSION, CELL_REQUEST},
		.limits = request->limits,
		.n_files = (uint32_t)request->n_files,
	};
	if (check_label(request->label, err) < 0 || fill_argv(m, request, err) < 0 ||
	    cell_limits_fill(&m->limits, err) < 0)
		return -1;
	if (request->n_files > CELL_FILES_MAX)
		return err_set(err, E_USAGE, "%zu files are more than a sandbox takes (%d)",
		    request->n_files, CELL_FILES_MAX);
	memcpy(m->label, request->label, strlen(request->label) + 1);
	if (cell->is_used && renew(cell, err) < 0)
		return -1;
	cell->is_used = true;
	if (was_cancelled(cell))
		return err_set(err, E_SANDBOX, "cancelled");
	if (send_message(cell, m, offsetof(struct cell_msg_request, argv) + m->argv_bytes, NULL, 0,
		err) < 0)
		return -1;
	if (send_files(cell, request->files, request->n_files, err) < 0)
		return -1;
	cell->is_started = true;
	return 0;
}

/* --- waiting -------------------------------------------------------------------------------------- */

/* Received descriptors, until an arena has them. */
struct received {
	int fds[CELL_FILES_BATCH];
	size_t n_fds;
	size_t bytes;
};

/* 1: a message; 0: the connection is over; -1. */
static int
receive(struct cell *cell, struct received *r, struct err *err)
{
	struct iovec iov = {.iov_base = cell->answer, .iov_len = sizeof(*cell->answer)};
	union rights rights;
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &rights,
		.msg_controllen = sizeof(rights),
	};
	ssize_t n;

	r->n_fds = 0;
	do
		n = recvmsg(cell->sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != ECONNRESET)
		return err_sys(err, E_SANDBOX, "receive from forge-cell");
	if (n <= 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			r->n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(r->fds, CMSG_DATA(c), r->n_fds * sizeof(int));
		}
	}
	r->bytes = (size_t)n;
	if ((m.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) || r->bytes < sizeof(cell->answer->head) ||
	    cell->answer->head.magic != CELL_MAGIC || cell->answer->head.version != CELL_VERSION)
		return err_set(err, E_SANDBOX, "forge-cell sent a message of another version");
	return 1;
}

static void
drop(struct received *r)
{
	for (size_t i = 0; i < r->n_fds; i++)
		(void)close(r->fds[i]);
	r->n_fds = 0;
}

static void
close_later(void *arg)
{
	int *fd = arg;

	fd_close(fd);
}

/* The arena closes it; the result only shows the number. */
static int
keep(struct arena *a, int fd)
{
	int *kept = ARENA_NEW(a, int);

	*kept = fd;
	arena_defer(a, close_later, kept);
	return fd;
}

/* Outputs arrive in batches of unknown number: a list that doubles. */
struct gathered {
	struct cell_output *list;
	size_t n, cap;
};

static int
gather(struct cell *cell, struct arena *a, struct gathered *g, struct received *r, struct err *err)
{
	const struct cell_msg_outputs *m = &cell->answer->outputs;
	size_t used = 0;

	if (r->bytes < offsetof(struct cell_msg_outputs, item) || m->n > CELL_OUTPUTS_BATCH ||
	    r->bytes != offsetof(struct cell_msg_outputs, item) + m->n * sizeof(m->item[0]) ||
	    g->n + m->n > (size_t)1 << 20)
		return err_set(err, E_SANDBOX, "forge-cell sent a malformed list of outputs");
	if (g->n + m->n > g->cap) {
		struct cell_output *old = g->list;

		g->cap = 2 * g->cap + CELL_OUTPUTS_BATCH;
		g->list = ARENA_ARRAY(a, g->cap, struct cell_output);
		if (g->n)
			memcpy(g->list, old, g->n * sizeof(*old));
	}
	for (uint32_t i = 0; i < m->n; i++) {
		const struct cell_wire_output *w = &m->item[i];
		bool has_fd = w->refusal == CELL_REFUSE_NONE;

		if (!memchr(w->path, '\0', sizeof(w->path)) || w->refusal >= CELL_REFUSE__COUNT ||
		    (has_fd && used == r->n_fds))
			return err_set(err, E_SANDBOX, "forge-cell sent a malformed output");
		g->list[g->n++] = (struct cell_output){
			.path = arena_str(a, w->path),
			.bytes = w->bytes,
			.fd = has_fd ? keep(a, r->fds[used++]) : -1,
			.refusal = (enum cell_refusal)w->refusal,
		};
	}
	/* What keep() took is no longer ours to drop. */
	memmove(r->fds, r->fds + used, (r->n_fds - used) * sizeof(int));
	r->n_fds -= used;
	return 0;
}

static int
by_path(const void *x, const void *y)
{
	const struct cell_output *a = x;
	const struct cell_output *b = y;

	return strcmp(a->path, b->path);
}

static int
finish(struct cell *cell, struct arena *a, struct gathered *g, struct received *r,
    struct cell_result *out, struct err *err)
{
	const struct cell_msg_result *m = &cell->answer->result;

	if (r->bytes != sizeof(*m) || r->n_fds != 2 || m->verdict >= CELL_VERDICT__COUNT ||
	    !memchr(m->detail, '\0', sizeof(m->detail)) || g->n != (size_t)m->n_files + m->n_refused)
		return err_set(err, E_SANDBOX, "forge-cell sent a malformed result");
	if (g->n)
		qsort(g->list, g->n, sizeof(g->list[0]), by_path);
	*out = (struct cell_result){
		.verdict = (enum cell_verdict)m->verdict,
		.exit_code = m->exit_code,
		.signal = m->signal,
		.detail = arena_str(a, m->detail),
		.usage = m->usage,
		.phases = m->phases,
		.stdout_fd = keep(a, r->fds[0]),
		.stderr_fd = keep(a, r->fds[1]),
		.stdout_bytes = m->out_bytes,
		.stderr_bytes = m->err_bytes,
		.stdout_is_cut = m->out_is_cut,
		.stderr_is_cut = m->err_is_cut,
		.outputs = g->list,
		.n_outputs = g->n,
		.outputs_are_cut = m->files_are_cut,
	};
	r->n_fds = 0;
	return 0;
}

static int
take_error(struct cell *cell, const struct received *r, struct err *err)
{
	const struct cell_msg_error *m = &cell->answer->error;

	if (r->bytes != sizeof(*m) || m->code <= E_OK || m->code >= E__COUNT ||
	    !memchr(m->text, '\0', sizeof(m->text)))
		return err_set(err, E_SANDBOX, "forge-cell sent a malformed error");
	return err_set_at(err, (enum err_code)m->code, m->sys_errno, __FILE__, __LINE__, "%s", m->text);
}

int
cell_wait(struct cell *cell, struct arena *a, struct cell_result *out, struct err *err)
{
	struct gathered g = {0};
	struct received r;

	INVARIANT(cell->magic == CELL_MAGIC_OBJ);
	INVARIANT(cell->is_started);
	for (;;) {
		int rc = receive(cell, &r, err);

		if (rc == 0)
			return lost(cell, err);
		if (rc > 0) {
			rc = err_set(err, E_SANDBOX, "forge-cell sent a message of an unknown kind");
			switch ((enum cell_msg_type)cell->answer->head.type) {
			case CELL_STARTED:
				drop(&r);
				continue;
			case CELL_OUTPUTS:
				rc = gather(cell, a, &g, &r, err);
				drop(&r);
				if (rc == 0)
					continue;
				break;
			case CELL_RESULT:
				cell->is_started = false;
				rc = finish(cell, a, &g, &r, out, err);
				drop(&r);
				return rc;
			case CELL_ERROR:
				rc = take_error(cell, &r, err);
				break;
			case CELL_REQUEST:
			case CELL_FILES:
				rc = err_set(err, E_SANDBOX, "forge-cell sent a message that is ours to send");
				break;
			}
		}
		drop(&r);
		cell->is_started = false;
		return rc;
	}
}

int
cell_run(struct cell *cell, struct arena *a, const struct cell_request *request,
    struct cell_result *out, struct err *err)
{
	if (cell_start(cell, request, err) < 0)
		return -1;
	return cell_wait(cell, a, out, err);
}
