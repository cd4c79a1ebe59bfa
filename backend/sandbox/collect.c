/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dirent.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/utf8.h"
#include "sandbox/sys.h"

#define DEPTH_MAX 32
#define DIR_BYTES 4096
#define WALK_US_MAX 30000000
#define MOUNT_FD 3
#define SOCK_FD 4

/* How the walker's process ends. */
enum walk_exit {
	WALK_DONE = 0,
	WALK_CUT = 3,
	WALK_FAILED = 4,
};

union rights {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * CELL_OUTPUTS_BATCH)];
};

/* --- the walker, in the child --------------------------------------------------------------------- */

/* A folder that is being read: its entries come in pieces, and a child folder may come between. */
struct level {
	int fd;
	size_t path_bytes; /* of walker.path, without a slash behind */
	size_t at, end;    /* in buf */
	_Alignas(struct dirent64) char buf[DIR_BYTES];
};

struct walker {
	uint64_t files_max;
	uint64_t seen;
	uid_t uid;
	dev_t dev;
	size_t depth; /* levels in use */
	struct level levels[DEPTH_MAX + 1];
	char path[CELL_NAME_BYTES];
	struct cell_msg_outputs batch;
	int fds[CELL_OUTPUTS_BATCH];
};

static int
send_batch(struct walker *w)
{
	size_t bytes = offsetof(struct cell_msg_outputs, item) +
	    w->batch.n * sizeof(w->batch.item[0]);
	struct iovec iov = {.iov_base = &w->batch, .iov_len = bytes};
	union rights rights;
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (w->batch.n == 0)
		return 0;
	if (w->batch.n_fds) {
		struct cmsghdr *c;

		memset(&rights, 0, sizeof(rights));
		m.msg_control = &rights;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * w->batch.n_fds);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * w->batch.n_fds);
		memcpy(CMSG_DATA(c), w->fds, sizeof(int) * w->batch.n_fds);
	}
	if (sendmsg(SOCK_FD, &m, MSG_NOSIGNAL) != (ssize_t)bytes)
		return -1;
	for (uint32_t i = 0; i < w->batch.n_fds; i++)
		(void)close(w->fds[i]);
	w->batch.n = w->batch.n_fds = 0;
	return 0;
}

/* fd is -1 with a refusal. Returns 0, -1 failed, 1 when the list is full: nothing more is listed. */
static int
add_entry(struct walker *w, const char *path, uint64_t bytes, int fd, enum cell_refusal refusal)
{
	struct cell_wire_output *o;

	if (w->seen == w->files_max) {
		if (fd >= 0)
			(void)close(fd);
		return 1;
	}
	w->seen++;
	o = &w->batch.item[w->batch.n++];
	memset(o, 0, sizeof(*o));
	memcpy(o->path, path, strlen(path)); /* both are CELL_NAME_BYTES, and path has its NUL */
	o->bytes = bytes;
	o->refusal = refusal;
	if (fd >= 0)
		w->fds[w->batch.n_fds++] = fd;
	return w->batch.n == CELL_OUTPUTS_BATCH ? send_batch(w) : 0;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

static bool
is_good_name(const struct level *l, const char *name)
{
	size_t n = strlen(name);

	if (l->path_bytes + 1 + n >= CELL_NAME_BYTES || utf8_check(name, n) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_plain((unsigned char)name[i]))
			return false;
	}
	return true;
}

/* A name that may not be shown as it is: bytes beyond plain ASCII as \xNN, cut where it gets long. */
static void
escape_name(const struct walker *w, const struct level *l, const char *name,
    char out[CELL_NAME_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = l->path_bytes;

	memcpy(out, w->path, n);
	if (n && n + 1 < CELL_NAME_BYTES)
		out[n++] = '/';
	for (const char *p = name; *p && n + 5 < CELL_NAME_BYTES; p++) {
		unsigned char c = (unsigned char)*p;

		if (is_plain(c) && c < 0x80 && c != '\\') {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
}

static int
open_beneath(int dir, const char *name, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
		    RESOLVE_NO_XDEV,
	};

	return sys_openat2(dir, name, &how);
}

static enum cell_refusal
refusal_of_errno(int e)
{
	if (e == ELOOP)
		return CELL_REFUSE_SYMLINK;
	return e == EXDEV ? CELL_REFUSE_FOREIGN : CELL_REFUSE_UNREADABLE;
}

static enum cell_refusal
refusal_of_stat(const struct walker *w, const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return CELL_REFUSE_SYMLINK;
	if (S_ISFIFO(st->st_mode))
		return CELL_REFUSE_FIFO;
	if (S_ISSOCK(st->st_mode))
		return CELL_REFUSE_SOCKET;
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		return CELL_REFUSE_DEVICE;
	if (st->st_uid != w->uid || st->st_dev != w->dev)
		return CELL_REFUSE_FOREIGN;
	if (S_ISREG(st->st_mode) && st->st_nlink != 1)
		return CELL_REFUSE_HARD_LINK;
	return CELL_REFUSE_NONE;
}

static int
enter_folder(struct walker *w, struct level *l, const char *name)
{
	struct level *next = &w->levels[w->depth];
	int fd;

	if (w->depth > DEPTH_MAX)
		return add_entry(w, w->path, 0, -1, CELL_REFUSE_DEPTH);
	fd = open_beneath(l->fd, name, O_DIRECTORY);
	if (fd < 0)
		return add_entry(w, w->path, 0, -1, refusal_of_errno(errno));
	next->fd = fd;
	next->path_bytes = strlen(w->path);
	next->at = next->end = 0;
	w->depth++;
	return 0;
}

static int
take_file(struct walker *w, struct level *l, const char *name)
{
	enum cell_refusal refusal;
	struct stat st;
	int fd = open_beneath(l->fd, name, 0);

	if (fd < 0)
		return add_entry(w, w->path, 0, -1, refusal_of_errno(errno));
	if (fstat(fd, &st) < 0) {
		(void)close(fd);
		return -1;
	}
	/* What is open decides, not what was looked at before. */
	refusal = refusal_of_stat(w, &st);
	if (refusal == CELL_REFUSE_NONE && !S_ISREG(st.st_mode))
		refusal = CELL_REFUSE_FOREIGN;
	if (refusal != CELL_REFUSE_NONE) {
		(void)close(fd);
		return add_entry(w, w->path, 0, -1, refusal);
	}
	return add_entry(w, w->path, (uint64_t)st.st_size, fd, CELL_REFUSE_NONE);
}

/* One entry of the folder l. w->path is set to its path. */
static int
visit(struct walker *w, struct level *l, const char *name)
{
	char escaped[CELL_NAME_BYTES];
	enum cell_refusal refusal;
	struct stat st;
	size_t n = l->path_bytes;

	if (!is_good_name(l, name)) {
		escape_name(w, l, name, escaped);
		return add_entry(w, escaped, 0, -1, CELL_REFUSE_NAME);
	}
	if (n)
		w->path[n++] = '/';
	memcpy(w->path + n, name, strlen(name) + 1);
	if (fstatat(l->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	refusal = refusal_of_stat(w, &st);
	if (refusal != CELL_REFUSE_NONE)
		return add_entry(w, w->path, 0, -1, refusal);
	return S_ISDIR(st.st_mode) ? enter_folder(w, l, name) : take_file(w, l, name);
}

/* The next entry of the deepest open folder, or up when it has no more. 1: the list is full. */
static int
walk_on(struct walker *w)
{
	struct level *l = &w->levels[w->depth - 1];
	const struct dirent64 *e;

	if (l->at == l->end) {
		ssize_t n = getdents64(l->fd, l->buf, sizeof(l->buf));

		if (n < 0)
			return -1;
		if (n == 0) {
			(void)close(l->fd);
			w->depth--;
			return 0;
		}
		l->at = 0;
		l->end = (size_t)n;
	}
	e = (const struct dirent64 *)(const void *)(l->buf + l->at);
	l->at += e->d_reclen;
	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return 0;
	return visit(w, l, e->d_name);
}

static enum walk_exit
walk(struct walker *w)
{
	struct stat st;
	int rc = 0;

	w->batch.head = (struct cell_msg_head){CELL_MAGIC, CELL_VERSION, CELL_OUTPUTS};
	w->levels[0].fd = open_beneath(MOUNT_FD, ".", O_DIRECTORY);
	if (w->levels[0].fd < 0 || fstat(w->levels[0].fd, &st) < 0)
		return WALK_FAILED;
	w->dev = st.st_dev;
	w->depth = 1;
	while (rc == 0 && w->depth > 0)
		rc = walk_on(w);
	if (rc < 0 || send_batch(w) < 0)
		return WALK_FAILED;
	return rc > 0 ? WALK_CUT : WALK_DONE;
}

/* Give up everything but the two descriptors. Fails closed. */
static int
confine(const struct collect *c, int sock)
{
	int mount = fcntl(c->mount, F_DUPFD_CLOEXEC, SOCK_FD + 1);
	int out = fcntl(sock, F_DUPFD_CLOEXEC, SOCK_FD + 1);

	if (mount < 0 || out < 0 || dup3(mount, MOUNT_FD, O_CLOEXEC) < 0 ||
	    dup3(out, SOCK_FD, O_CLOEXEC) < 0)
		return -1;
	if (close_range(SOCK_FD + 1, ~0U, 0) < 0 || close_range(0, 2, 0) < 0)
		return -1;
	if (sys_setresgid(c->uid) < 0 || sys_setresuid(c->uid) < 0)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return filter_load(c->filter);
}

static void
run_walker(const struct collect *c, int sock)
{
	static struct walker w; /* 170 KiB: in this process only, and never more than one */

	w.files_max = c->files_max;
	w.uid = c->uid;
	if (confine(c, sock) < 0)
		sys_exit(WALK_FAILED);
	sys_exit((int)walk(&w));
}

/* --- the supervisor's side ------------------------------------------------------------------------ */

/* Is it what a walker would send? Its process held files of the program: nothing is taken on trust. */
static int
check_batch(const struct cell_msg_outputs *b, size_t bytes, size_t n_fds, struct err *err)
{
	size_t with_fd = 0;

	if (bytes < offsetof(struct cell_msg_outputs, item) || b->head.magic != CELL_MAGIC ||
	    b->head.type != CELL_OUTPUTS || b->n == 0 || b->n > CELL_OUTPUTS_BATCH ||
	    bytes != offsetof(struct cell_msg_outputs, item) + b->n * sizeof(b->item[0]))
		return err_set(err, E_SANDBOX, "the walker of outputs sent a malformed message");
	for (uint32_t i = 0; i < b->n; i++) {
		const struct cell_wire_output *o = &b->item[i];

		if (!memchr(o->path, '\0', sizeof(o->path)) || o->refusal >= CELL_REFUSE__COUNT)
			return err_set(err, E_SANDBOX, "the walker of outputs sent a malformed entry");
		with_fd += o->refusal == CELL_REFUSE_NONE;
	}
	if (with_fd != n_fds || b->n_fds != n_fds)
		return err_set(err, E_SANDBOX, "the walker of outputs sent %zu files for %zu entries",
		    n_fds, with_fd);
	return 0;
}

/* Receive one batch. Returns 1, or 0 at the end, or -1. fds: up to CELL_OUTPUTS_BATCH, ours now. */
static int
receive_batch(int sock, struct cell_msg_outputs *b, int *fds, size_t *n_fds, struct err *err)
{
	struct iovec iov = {.iov_base = b, .iov_len = sizeof(*b)};
	union rights rights;
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &rights,
		.msg_controllen = sizeof(rights),
	};
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	*n_fds = 0;
	if (n < 0)
		return err_sys(err, E_SANDBOX, "receive from the walker of outputs");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			*n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(c), *n_fds * sizeof(int));
		}
	}
	if (n == 0)
		return 0;
	if (m.msg_flags & (MSG_CTRUNC | MSG_TRUNC))
		return err_set(err, E_SANDBOX, "a message of the walker of outputs was cut");
	return check_batch(b, (size_t)n, *n_fds, err) < 0 ? -1 : 1;
}

/* Hand on batches until the walker closes its end. */
static int
relay(const struct collect *c, int sock, struct collected *out, struct err *err)
{
	static struct cell_msg_outputs batch; /* 33 KiB */
	int64_t until = clock_mono_us() + WALK_US_MAX;

	for (;;) {
		struct pollfd p = {.fd = sock, .events = POLLIN};
		int64_t left = until - clock_mono_us();
		int fds[CELL_OUTPUTS_BATCH];
		size_t n_fds;
		int rc;

		if (left <= 0)
			return err_set(err, E_SANDBOX, "the walker of outputs took more than 30 s");
		rc = poll(&p, 1, (int)(left / 1000) + 1);
		if (rc < 0 && errno != EINTR)
			return err_sys(err, E_SANDBOX, "wait for the walker of outputs");
		if (rc <= 0)
			continue;
		rc = receive_batch(sock, &batch, fds, &n_fds, err);
		if (rc > 0 && c->batch(c->arg, &batch, fds, err) < 0)
			rc = -1;
		if (rc > 0) {
			out->n_files += (uint32_t)n_fds;
			out->n_refused += batch.n - (uint32_t)n_fds;
		}
		for (size_t i = 0; i < n_fds; i++)
			(void)close(fds[i]);
		if (rc <= 0)
			return rc;
	}
}

int
collect_run(const struct collect *c, struct collected *out, struct err *err)
{
	int sock[2];
	int status = -1;
	pid_t pid;
	int rc;

	*out = (struct collected){0};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		return err_sys(err, E_SANDBOX, "socketpair");
	pid = sys_fork();
	if (pid == 0)
		run_walker(c, sock[1]);
	fd_close(&sock[1]);
	if (pid < 0) {
		rc = err_sys(err, E_SANDBOX, "fork the walker of outputs");
		fd_close(&sock[0]);
		return rc;
	}
	rc = relay(c, sock[0], out, err);
	fd_close(&sock[0]);
	if (rc < 0)
		(void)kill(pid, SIGKILL); /* ours, and not reaped yet */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (rc < 0)
		return -1;
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != WALK_DONE && WEXITSTATUS(status) != WALK_CUT))
		return err_set(err, E_SANDBOX, "the walker of outputs failed (wait status %d)", status);
	out->is_cut = WEXITSTATUS(status) == WALK_CUT;
	return 0;
}
