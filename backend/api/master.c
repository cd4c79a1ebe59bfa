/* SPDX-License-Identifier: Apache-2.0 */
#include "api/master.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/worker.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/log.h"
#include "core/num.h"
#include "pack/pack.h"
#include "store/blob.h"
#include "types/parquet.h"

#define BACKLOG 511
#define STOP_US 30000000      /* a request gets that long at the end */
#define LIVED_US 1000000      /* a worker that dies sooner is replaced with a delay */
#define DELAY_US_MIN 100000
#define DELAY_US_MAX 5000000
#define API_REQUEST_BYTES (128u << 20)     /* 1,000 uploads with wide profiles, 8 MiB of rows */
#define COMPILE_REQUEST_BYTES (768u << 20) /* 4,096 file profiles and the plan */

struct slot {
	pid_t pid; /* 0: to be started at start_at_us */
	int64_t started_us;
	int64_t start_at_us;
	int64_t delay_us;
	bool is_ready;
	bool is_old; /* to be replaced after SIGHUP */
	int ready_fd; /* -1: it has spoken or is gone */
};

struct master {
	const struct master_options *opt;
	struct arena *packs;
	struct api_config config;
	int signal_fd;
	int notify_fd; /* -1: nobody waits, or told already */
	sigset_t old_mask;
	struct slot slots[MASTER_WORKERS_MAX];
	int64_t stop_at_us; /* 0: not stopping */
};

/* --- the socket ----------------------------------------------------------------------------------------- */

static int
inherited(const char *text, struct err *err)
{
	int64_t fd;
	int on = 0;
	socklen_t n = sizeof on;

	if (num_parse(text, strlen(text), 0, 65535, &fd, err) < 0)
		return err_wrap(err, "--socket fd:");
	if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) < 0 || !on)
		return err_set(err, E_CONFIG, "descriptor %d is not a listening socket", (int)fd);
	return (int)fd;
}

/* A socket file that nobody listens on is left from a kill -9; one that answers is somebody's. */
static int
remove_stale(const struct sockaddr_un *at, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = connect(fd, (const struct sockaddr *)at, sizeof *at);
	int why = errno;

	fd_close(&fd);
	if (rc == 0)
		return err_set(err, E_CONFIG, "another process serves '%s' already", at->sun_path);
	if (why == ECONNREFUSED && unlink(at->sun_path) < 0)
		return err_sys(err, E_IO, "remove the stale socket '%s'", at->sun_path);
	return 0;
}

static int
open_socket(const char *path, struct err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	if (strncmp(path, "fd:", 3) == 0)
		return inherited(path + 3, err);
	if (strlen(path) >= sizeof at.sun_path)
		return err_set(err, E_CONFIG, "the socket's path has more than %zu bytes: '%s'",
		    sizeof at.sun_path - 1, path);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	if (remove_stale(&at, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) < 0 ||
	    chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0) {
		(void)err_sys(err, E_IO, "open the socket '%s'", path);
		fd_close(&fd);
		return -1;
	}
	return fd;
}

/* --- workers ----------------------------------------------------------------------------------------------- */

static int
start_worker(struct master *m, struct slot *s, struct err *err)
{
	pid_t parent = getpid();
	int ready[2];
	pid_t pid;

	if (fd_pipe(ready, err) < 0)
		return -1;
	pid = fork();
	if (pid < 0) {
		(void)err_sys(err, E_IO, "fork");
		fd_close(&ready[0]);
		fd_close(&ready[1]);
		return -1;
	}
	if (pid == 0) {
		fd_close(&ready[0]);
		fd_close(&m->signal_fd);
		fd_close(&m->notify_fd);
		for (size_t i = 0; i < m->opt->workers; i++)
			if (m->slots[i].ready_fd >= 0)
				fd_close(&m->slots[i].ready_fd);
		if (getppid() != parent) /* the master died in between */
			_exit(0);
		worker_run(&m->config, ready[1]);
	}
	fd_close(&ready[1]);
	*s = (struct slot){.pid = pid, .started_us = clock_mono_us(), .delay_us = s->delay_us,
	    .ready_fd = ready[0]};
	return 0;
}

static void
start_due(struct master *m)
{
	int64_t now = clock_mono_us();

	for (size_t i = 0; i < m->opt->workers && !m->stop_at_us; i++) {
		struct slot *s = &m->slots[i];
		struct err err = {0};
		if (s->pid != 0 || now < s->start_at_us)
			continue;
		if (start_worker(m, s, &err) < 0) {
			log_write(LOG_ERROR, EV_START, &err, "pool", m->opt->pool, NULL);
			s->start_at_us = now + DELAY_US_MAX;
		}
	}
}

static void
worker_ended(struct master *m, struct slot *s, int status)
{
	int64_t now = clock_mono_us();
	bool is_expected = m->stop_at_us != 0 || s->is_old;
	char how[32];

	fd_close(&s->ready_fd);
	if (!is_expected) {
		(void)snprintf(how, sizeof how, WIFSIGNALED(status) ? "signal %d" : "exit %d",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		log_write(LOG_ERROR, EV_STOP, NULL, "pool", m->opt->pool, "worker", how, NULL);
	}
	if (is_expected || now - s->started_us >= LIVED_US)
		s->delay_us = 0;
	else
		s->delay_us = s->delay_us == 0 ? DELAY_US_MIN :
		    s->delay_us * 2 > DELAY_US_MAX ? DELAY_US_MAX : s->delay_us * 2;
	*s = (struct slot){.start_at_us = now + s->delay_us, .delay_us = s->delay_us, .ready_fd = -1};
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < m->opt->workers; i++)
			if (m->slots[i].pid == pid)
				worker_ended(m, &m->slots[i], status);
}

/* After SIGHUP: one worker at a time, so that the others serve meanwhile. */
static void
replace_next(struct master *m)
{
	struct slot *old = NULL;

	for (size_t i = 0; i < m->opt->workers; i++) {
		struct slot *s = &m->slots[i];
		if (s->pid == 0 || (!s->is_old && !s->is_ready))
			return; /* one is being replaced: wait for it */
		if (s->is_old && !old)
			old = s;
	}
	if (old)
		(void)kill(old->pid, SIGTERM);
}

static void
take_ready(struct master *m, struct slot *s)
{
	char c;
	ssize_t n = read(s->ready_fd, &c, 1);

	if (n < 0 && errno == EINTR)
		return;
	s->is_ready = n == 1;
	fd_close(&s->ready_fd);
	for (size_t i = 0; i < m->opt->workers; i++)
		if (!m->slots[i].is_ready)
			return;
	if (m->notify_fd >= 0) {
		(void)fd_write_all(m->notify_fd, "\n", 1, NULL);
		fd_close(&m->notify_fd);
		log_write(LOG_INFO, EV_START, NULL, "pool", m->opt->pool, NULL);
	}
}

/* --- signals and the loop ---------------------------------------------------------------------------------- */

static int
load_packs(struct master *m, struct err *err)
{
	const char *dir = getenv("FORGE_PACKS");
	struct arena *a = arena_new(0);
	const struct catalog *catalog;

	if (!dir)
		return err_set(err, E_CONFIG, "FORGE_PACKS is not set: the folder of the packs");
	if (catalog_load(a, dir, &catalog, err) < 0) {
		arena_free(a);
		return -1;
	}
	parquet_set_reader(dir);
	arena_free(m->packs);
	m->packs = a;
	m->config.catalog = catalog;
	return 0;
}

static void
hang_up(struct master *m)
{
	struct err err = {0};

	if (load_packs(m, &err) < 0) { /* the old ones go on */
		log_write(LOG_ERROR, EV_CONFIG, &err, "pool", m->opt->pool, NULL);
		return;
	}
	for (size_t i = 0; i < m->opt->workers; i++)
		m->slots[i].is_old = m->slots[i].pid != 0;
}

static void
stop(struct master *m)
{
	if (m->stop_at_us)
		return;
	m->stop_at_us = clock_mono_us() + STOP_US;
	if (m->config.drains)
		(void)unlink(m->opt->socket);
	for (size_t i = 0; i < m->opt->workers; i++)
		if (m->slots[i].pid)
			(void)kill(m->slots[i].pid, SIGTERM);
}

static void
take_signals(struct master *m)
{
	struct signalfd_siginfo info;

	while (read(m->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			stop(m);
		else if (info.ssi_signo == SIGHUP && !m->stop_at_us)
			hang_up(m);
	}
	reap(m);
}

/* Milliseconds until the next thing that time brings; -1: none. */
static int
next_timeout(const struct master *m)
{
	int64_t now = clock_mono_us(), at = m->stop_at_us;

	for (size_t i = 0; i < m->opt->workers && !m->stop_at_us; i++)
		if (!m->slots[i].pid && (at == 0 || m->slots[i].start_at_us < at))
			at = m->slots[i].start_at_us;
	if (at == 0)
		return -1;
	return at <= now ? 0 : (int)((at - now) / 1000) + 1;
}

static bool
any_alive(const struct master *m)
{
	for (size_t i = 0; i < m->opt->workers; i++)
		if (m->slots[i].pid)
			return true;
	return false;
}

static void
kill_late(struct master *m)
{
	if (!m->stop_at_us || clock_mono_us() < m->stop_at_us)
		return;
	for (size_t i = 0; i < m->opt->workers; i++)
		if (m->slots[i].pid)
			(void)kill(m->slots[i].pid, SIGKILL);
}

static void
loop(struct master *m)
{
	struct pollfd fds[MASTER_WORKERS_MAX + 1];
	struct slot *of[MASTER_WORKERS_MAX + 1];

	while (!m->stop_at_us || any_alive(m)) {
		nfds_t n = 1;
		start_due(m);
		fds[0] = (struct pollfd){.fd = m->signal_fd, .events = POLLIN};
		for (size_t i = 0; i < m->opt->workers; i++)
			if (m->slots[i].ready_fd >= 0) {
				of[n] = &m->slots[i];
				fds[n++] = (struct pollfd){.fd = m->slots[i].ready_fd, .events = POLLIN};
			}
		if (poll(fds, n, next_timeout(m)) > 0) {
			for (nfds_t i = 1; i < n; i++)
				if (fds[i].revents)
					take_ready(m, of[i]);
			if (fds[0].revents)
				take_signals(m);
		}
		kill_late(m);
		if (!m->stop_at_us)
			replace_next(m);
	}
}

static int
set_up(struct master *m, struct arena *life, struct err *err)
{
	const char *blobs = getenv("FORGE_BLOBS"), *notify = getenv("FORGE_NOTIFY_FD");
	struct blob_store *store;
	sigset_t set;
	int64_t fd;

	if (!blobs)
		return err_set(err, E_CONFIG, "FORGE_BLOBS is not set: the folder of the blob store");
	if (!getenv("FORGE_DB"))
		return err_set(err, E_CONFIG, "FORGE_DB is not set: how to reach Postgres");
	if (notify && num_parse(notify, strlen(notify), 0, 65535, &fd, err) < 0)
		return err_wrap(err, "FORGE_NOTIFY_FD");
	m->notify_fd = notify ? (int)fd : -1;
	if (blob_store_open(life, blobs, &store, err) < 0 || load_packs(m, err) < 0)
		return -1;
	m->config.blobs = store;
	m->config.listen_fd = open_socket(m->opt->socket, err);
	if (m->config.listen_fd < 0)
		return -1;
	if (fcntl(m->config.listen_fd, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, E_IO, "set up the socket");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, &m->old_mask);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL); /* where it was left ignored, nobody could wait for a child */
	m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return m->signal_fd < 0 ? err_sys(err, E_IO, "signalfd") : 0;
}

int
master_run(const struct master_options *opt, struct err *err)
{
	bool is_ours = strncmp(opt->socket, "fd:", 3) != 0;
	struct arena *life = arena_new(1 << 20);
	struct master m = {
		.opt = opt,
		.notify_fd = -1,
		.config = {
			.pool = opt->pool,
			.drains = is_ours,
			.request_bytes_max = strcmp(opt->pool, "compile") == 0 ? COMPILE_REQUEST_BYTES :
			    API_REQUEST_BYTES,
		},
	};
	int rc;

	for (size_t i = 0; i < MASTER_WORKERS_MAX; i++)
		m.slots[i].ready_fd = -1;
	rc = set_up(&m, life, err);
	if (rc == 0) {
		loop(&m);
		log_write(LOG_INFO, EV_STOP, NULL, "pool", opt->pool, NULL);
	}
	arena_free(m.packs);
	arena_free(life);
	return rc;
}
