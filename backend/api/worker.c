/* SPDX-License-Identifier: Apache-2.0 */
#include "api/worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api/auth.h"
#include "api/http.h"
#include "api/packs.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/log.h"
#include "store/db.h"

#define RETRY_US 500000 /* between attempts to reach the database */
#define RETRY_MS 500

/* --- FastCGI as an http_io ---------------------------------------------------------------------------- */

static const char *
fcgi_param(void *arg, const char *name)
{
	const FCGX_Request *r = arg;

	return FCGX_GetParam(name, r->envp);
}

static ssize_t
fcgi_read(void *arg, void *p, size_t n)
{
	FCGX_Request *r = arg;
	int got = FCGX_GetStr(p, n > INT32_MAX ? INT32_MAX : (int)n, r->in);

	return got == 0 && FCGX_GetError(r->in) != 0 ? -1 : got;
}

static int
fcgi_write(void *arg, const void *p, size_t n)
{
	FCGX_Request *r = arg;
	const char *from = p;

	while (n > 0) {
		int part = n > INT32_MAX ? INT32_MAX : (int)n;
		if (FCGX_PutStr(from, part, r->out) != part)
			return -1;
		from += part;
		n -= (size_t)part;
	}
	return 0;
}

static int
fcgi_flush(void *arg)
{
	FCGX_Request *r = arg;

	return FCGX_FFlush(r->out) < 0 ? -1 : 0;
}

/* --- the database ---------------------------------------------------------------------------------------- */

/* The server said something unasked, most likely good-bye: look before a request depends on it. */
static bool
has_died(struct db *db)
{
	struct pollfd p = {.fd = db_fd(db), .events = POLLIN | POLLRDHUP};

	if (db_is_broken(db))
		return true;
	return poll(&p, 1, 0) > 0 && db_run(db, SQL_PING, NULL, NULL, NULL, NULL) < 0;
}

/* Have a live connection, or E_DB. While the server is away it is tried twice a second at most. */
static int
connect_db(struct api *api, struct err *err)
{
	int64_t now;
	int rc;

	if (api->db && !has_died(api->db))
		return 0;
	now = clock_mono_us();
	if (now < api->retry_at_us)
		return err_set(err, E_DB, "the database is away; tried less than half a second ago");
	rc = api->db ? db_reset(api->db, err) : db_open_env(api->pool, &api->db, err);
	api->retry_at_us = rc < 0 ? clock_mono_us() + RETRY_US : 0;
	log_write(rc < 0 ? LOG_ERROR : LOG_INFO, rc < 0 ? EV_DB_FAILED : EV_DB, rc < 0 ? err : NULL,
	    "pool", api->pool, "state", rc < 0 ? "away" : "connected", NULL);
	return rc;
}

/* --- one request ------------------------------------------------------------------------------------------ */

static int
handle(struct rq *rq, struct err *err)
{
	rq->route = route_find(rq->a, rq->method, rq->uri, strlen(rq->uri), rq->args, &rq->allow, err);
	if (!rq->route || connect_db(rq->api, err) < 0 || auth_request(rq, err) < 0 ||
	    fields_query(rq->a, rq->route, rq->query, rq->query_values, err) < 0)
		return -1;
	if (rq->route->body != BODY_NONE && rq->has_length && rq->length > rq->route->body_bytes_max)
		return err_set(err, E_TOO_LARGE, "the body has %llu bytes; at most %llu are taken here",
		    (unsigned long long)rq->length, (unsigned long long)rq->route->body_bytes_max);
	if (rq->route->body == BODY_JSON && rq_read_json(rq, err) < 0)
		return -1;
	return rq->route->fn(rq, err);
}

void
worker_serve(struct api *api, const struct http_io *io)
{
	int64_t started = clock_mono_us();
	char status[16], ms[32];
	struct err err = {0};
	struct rq rq;

	rq_init(&rq, api->request, api, io);
	if (handle(&rq, &err) < 0) {
		if (api->db && db_tx_is_open(api->db))
			db_tx_rollback(api->db);
		rq_problem(&rq, &err);
	}
	INVARIANT(rq.status != 0);
	INVARIANT(!api->db || !db_tx_is_open(api->db));
	(void)snprintf(status, sizeof status, "%d", rq.status);
	(void)snprintf(ms, sizeof ms, "%.3f", (double)(clock_mono_us() - started) / 1000.0);
	log_write(LOG_DEBUG, EV_REQUEST, NULL, "request", rq.id, "route",
	    rq.route ? rq.route->name : "-", "status", status, "ms", ms, NULL);
	arena_clear(api->request);
}

/* --- the process ------------------------------------------------------------------------------------------- */

struct worker {
	struct api api;
	FCGX_Request fcgi;
	int signal_fd;
	int epoll_fd;
	int ready_fd;
	int listen_fd;
};

static void
serve_one(struct worker *w)
{
	const struct http_io io = {
		.arg = &w->fcgi,
		.param = fcgi_param,
		.read = fcgi_read,
		.write = fcgi_write,
		.flush = fcgi_flush,
	};

	worker_serve(&w->api, &io);
}

static void
try_ready(struct worker *w)
{
	struct err err = {0};

	if (w->ready_fd < 0 || connect_db(&w->api, &err) < 0)
		return;
	(void)fd_write_all(w->ready_fd, "r", 1, NULL); /* a master that is gone needs no word */
	fd_close(&w->ready_fd);
}

/* Wait for a request or the end: true to serve, false to end. */
static bool
wait_for_work(struct worker *w)
{
	struct epoll_event events[2];
	struct pollfd kept[2] = {
		{.fd = w->fcgi.ipcFd, .events = POLLIN},
		{.fd = w->signal_fd, .events = POLLIN},
	};
	int timeout = w->ready_fd >= 0 ? RETRY_MS : -1, n;

	if (w->fcgi.ipcFd >= 0) { /* nginx keeps this connection for its next request */
		do {
			n = poll(kept, 2, timeout);
			try_ready(w);
		} while (n == 0 || (n < 0 && errno == EINTR));
		return kept[1].revents == 0;
	}
	for (;;) {
		n = epoll_wait(w->epoll_fd, events, 2, timeout);
		try_ready(w);
		timeout = w->ready_fd >= 0 ? RETRY_MS : -1;
		for (int i = 0; i < n; i++)
			if (events[i].data.fd == w->signal_fd)
				return false;
		if (n > 0)
			return true;
	}
}

static int
watch(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static int
set_up(struct worker *w, const struct api_config *config, struct err *err)
{
	sigset_t term;

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	w->signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* Exclusive: a new connection wakes one worker, not all. */
	if (w->signal_fd < 0 || w->epoll_fd < 0 || watch(w->epoll_fd, w->signal_fd, EPOLLIN) < 0 ||
	    watch(w->epoll_fd, config->listen_fd, EPOLLIN | EPOLLEXCLUSIVE) < 0)
		return err_sys(err, E_IO, "set up a worker");
	if (FCGX_Init() != 0 ||
	    FCGX_InitRequest(&w->fcgi, config->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return err_set(err, E_INTERNAL, "libfcgi does not start");
	return 0;
}

void
worker_run(const struct api_config *config, int ready_fd)
{
	struct worker w = {
		.api = {
			.catalog = config->catalog,
			.blobs = config->blobs,
			.pool = config->pool,
			.request = arena_new(config->request_bytes_max),
			.life = arena_new(1 << 20),
		},
		.ready_fd = ready_fd,
		.listen_fd = config->listen_fd,
	};
	struct err err = {0};

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (set_up(&w, config, &err) < 0) {
		log_write(LOG_ERROR, EV_STOP, &err, "pool", config->pool, NULL);
		exit(1);
	}
	try_ready(&w);
	while (wait_for_work(&w))
		if (FCGX_Accept_r(&w.fcgi) == 0) {
			serve_one(&w);
			FCGX_Finish_r(&w.fcgi);
		}
	/* Nothing that nginx has handed over is dropped: the queue is emptied first. */
	while (config->drains && FCGX_Accept_r(&w.fcgi) == 0) {
		serve_one(&w);
		w.fcgi.keepConnection = 0;
		FCGX_Finish_r(&w.fcgi);
	}
	db_close(w.api.db);
	packs_free(&w.api);
	exit(0);
}
