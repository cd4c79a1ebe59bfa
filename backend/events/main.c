/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge-events: the hub of live streams. One thread, one epoll, one LISTEN connection to Postgres.
 * A notification names runs; for each stream of those, the events behind its cursor are read and sent as
 * Server-Sent Events. The API has authorised the request before nginx hands it on (X-Accel-Redirect), and
 * only nginx can reach the socket. Events are numbered per run, so a broken stream resumes without loss.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/id.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/log.h"
#include "core/num.h"
#include "events/stream.h"
#include "store/db.h"
#include "store/run.h"

#define STREAMS_MAX 16384
#define EVENTS_PER_READ 200
#define PING_MS 15000
#define RECONNECT_MS 1000

enum source { SOURCE_LISTENER, SOURCE_SIGNALS, SOURCE_PING, SOURCE_DB, SOURCE__COUNT };

struct hub {
	struct db *db;
	int epoll;
	int listener;
	int signals;
	int ping;
	int db_fd_watched; /* -1: none */
	struct stream **streams; /* [nstreams], any order */
	size_t nstreams;
	bool is_ready;
	bool must_end;
};

/* epoll's data: a source's number, or a stream's address (never that small). */
static int
watch(struct hub *h, int fd, uint32_t events, uintptr_t data, int op, struct err *err)
{
	struct epoll_event e = {.events = events, .data.u64 = data};

	return epoll_ctl(h->epoll, op, fd, &e) < 0 ? err_sys(err, E_INTERNAL, "cannot watch a descriptor") : 0;
}

static void
drop(struct hub *h, struct stream *s)
{
	for (size_t i = 0; i < h->nstreams; i++)
		if (h->streams[i] == s)
			h->streams[i] = h->streams[--h->nstreams];
	stream_free(s); /* closing takes it out of epoll */
}

/* ---- sending ----------------------------------------------------------------------------------------- */

/* Body members behind run, seq, kind and at. */
static const char *
frame(struct arena *a, const struct stream *s, const struct store_event *e)
{
	char run[ID_BYTES];
	struct jx *body;
	struct buf b;
	struct jw w;

	id_format('r', s->run, run);
	buf_init(&b, a);
	buf_printf(&b, "id: %s:%d\nevent: %s\ndata: ", run, e->seq, e->kind);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "run", run);
	jw_int(&w, "seq", e->seq);
	jw_str(&w, "kind", e->kind);
	jw_str(&w, "at", e->at);
	if (e->body && jx_parse(a, e->body, strlen(e->body), NULL, &body, NULL) == 0 && jx_is(body, JX_OBJECT))
		for (size_t i = 0; i < body->u.object.n; i++) {
			const char *key = body->u.object.at[i].key;
			if (strcmp(key, "run") != 0 && strcmp(key, "seq") != 0 && strcmp(key, "kind") != 0 && strcmp(key, "at") != 0)
				jw_value(&w, key, body->u.object.at[i].value);
		}
	jw_end(&w);
	buf_str(&b, "\n\n");
	return buf_take(&b);
}

static bool
is_last(const char *kind)
{
	return strcmp(kind, "run.done") == 0 || strcmp(kind, "run.failed") == 0 || strcmp(kind, "run.cancelled") == 0;
}

/* Sends what the socket takes; asks epoll for the rest. False: the stream is gone. */
static bool
push_out(struct hub *h, struct stream *s)
{
	struct err err;
	int rc = stream_flush(s);

	if (rc < 0 || (rc == 1 && s->state == STREAM_ENDING) ||
	    watch(h, s->fd, EPOLLIN | EPOLLRDHUP | (rc == 0 ? (uint32_t)EPOLLOUT : 0u), (uintptr_t)s, EPOLL_CTL_MOD, &err) < 0) {
		drop(h, s);
		return false;
	}
	return true;
}

static bool
end_stream(struct hub *h, struct stream *s)
{
	static const char end[] = "event: end\ndata: {}\n\n";

	if (!stream_put(s, end, sizeof end - 1)) {
		drop(h, s);
		return false;
	}
	s->state = STREAM_ENDING;
	return push_out(h, s);
}

/* Everything behind the stream's cursor. False: the stream is gone. *failed: the database did not answer. */
static bool
catch_up(struct hub *h, struct stream *s, bool *failed)
{
	struct arena *a = arena_new(0);
	struct store_event *events;
	size_t n = EVENTS_PER_READ;
	struct err err;
	bool lives = true;

	while (lives && s->state == STREAM_OPEN && n == EVENTS_PER_READ) {
		if (store_events_read(h->db, a, s->ws, s->run, s->cursor, EVENTS_PER_READ, &events, &n, &err) < 0) {
			log_write(LOG_WARN, EV_DB_FAILED, &err, NULL);
			*failed = true;
			break;
		}
		for (size_t i = 0; lives && i < n; i++) {
			const char *text = frame(a, s, &events[i]);
			s->cursor = events[i].seq;
			lives = stream_put(s, text, strlen(text));
			if (!lives)
				drop(h, s); /* too slow: it comes back with its cursor */
			else if (is_last(events[i].kind))
				lives = end_stream(h, s);
		}
		arena_clear(a);
	}
	arena_free(a);
	return lives && push_out(h, s);
}

static void
open_stream(struct hub *h, struct stream *s)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
				   "X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: 1000\n\n";
	static const char missing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	static const char later[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	struct err err;
	bool is_ended, failed = false;
	int seq;

	if (!h->db || db_is_broken(h->db) || store_events_head(h->db, s->ws, s->run, &seq, &is_ended, &err) < 0) {
		bool is_missing = h->db && !db_is_broken(h->db) && err.code == E_NOT_FOUND;
		(void)stream_put(s, is_missing ? missing : later, is_missing ? sizeof missing - 1 : sizeof later - 1);
		s->state = STREAM_ENDING;
		(void)push_out(h, s);
		return;
	}
	if (!stream_put(s, head, sizeof head - 1) || !catch_up(h, s, &failed))
		return;
	if (is_ended && s->state == STREAM_OPEN && s->cursor >= seq)
		(void)end_stream(h, s); /* it resumed behind the last event */
}

static void
catch_up_run(struct hub *h, int64_t run, bool *failed)
{
	for (size_t i = h->nstreams; i > 0; i--) {
		struct stream *s = h->streams[i - 1];
		if (s->state == STREAM_OPEN && (run < 0 || s->run == run))
			(void)catch_up(h, s, failed); /* may drop s; the ones before it stay in place */
	}
}

/* ---- Postgres ---------------------------------------------------------------------------------------- */

static void
take_notice(struct hub *h, const char *payload, bool *failed)
{
	while (*payload) {
		size_t n = strcspn(payload, ",");
		int64_t run;
		if (num_parse(payload, n, 0, INT64_MAX, &run, NULL) == 0)
			catch_up_run(h, run, failed);
		payload += n + (payload[n] == ',');
	}
}

static int
drain_notices(struct hub *h, struct err *err)
{
	struct arena *a = arena_new(0);
	const char *channel, *payload;
	bool failed = false;
	int rc;

	while ((rc = db_notice(h->db, a, &channel, &payload, err)) > 0) {
		take_notice(h, payload, &failed);
		arena_clear(a);
	}
	arena_free(a);
	return rc < 0 || failed ? -1 : 0;
}

static int
set_timer(int fd, long in_ms, long every_ms, struct err *err)
{
	struct itimerspec t = {{every_ms / 1000, every_ms % 1000 * 1000000}, {in_ms / 1000, in_ms % 1000 * 1000000}};

	return timerfd_settime(fd, 0, &t, NULL) < 0 ? err_sys(err, E_INTERNAL, "cannot set a timer") : 0;
}

static int
connect_db(struct hub *h, struct err *err)
{
	bool failed = false;

	if (h->db_fd_watched >= 0)
		(void)epoll_ctl(h->epoll, EPOLL_CTL_DEL, h->db_fd_watched, NULL); /* it may be closed already */
	h->db_fd_watched = -1;
	if (h->db ? db_reset(h->db, err) < 0 : db_open_env("forge-events", &h->db, err) < 0)
		return -1;
	if (db_listen(h->db, STORE_CHANNEL_EVENT, err) < 0)
		return -1;
	h->db_fd_watched = db_fd(h->db);
	if (watch(h, h->db_fd_watched, EPOLLIN, SOURCE_DB, EPOLL_CTL_ADD, err) < 0)
		return -1;
	catch_up_run(h, -1, &failed); /* what was announced while nobody listened */
	return failed ? err_set(err, E_DB, "the connection broke again") : 0;
}

/* ---- the loop ---------------------------------------------------------------------------------------- */

static void
accept_all(struct hub *h)
{
	struct err err;
	int fd;

	while ((fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct stream *s;
		if (h->nstreams == STREAMS_MAX) {
			(void)close(fd); /* nginx answers 502; the browser tries again */
			continue;
		}
		s = stream_new(fd);
		if (watch(h, fd, EPOLLIN | EPOLLRDHUP, (uintptr_t)s, EPOLL_CTL_ADD, &err) < 0)
			stream_free(s);
		else
			h->streams[h->nstreams++] = s;
	}
}

static void
ping_all(struct hub *h)
{
	static const char ping[] = ": ping\n\n";
	uint64_t ticks;

	(void)!read(h->ping, &ticks, sizeof ticks); /* only clears it */
	for (size_t i = h->nstreams; i > 0; i--) {
		struct stream *s = h->streams[i - 1];
		if (s->state != STREAM_OPEN)
			continue;
		if (!stream_put(s, ping, sizeof ping - 1))
			drop(h, s);
		else
			(void)push_out(h, s);
	}
}

static void
serve_stream(struct hub *h, struct stream *s, uint32_t events)
{
	int rc;

	if (events & (EPOLLERR | EPOLLHUP)) {
		drop(h, s);
		return;
	}
	if (events & (EPOLLIN | EPOLLRDHUP)) {
		rc = stream_read(s);
		if (rc < 0) {
			drop(h, s);
			return;
		}
		if (rc == 1) {
			open_stream(h, s);
			return;
		}
	}
	if (events & EPOLLOUT)
		(void)push_out(h, s);
}

static void
serve_one(struct hub *h, const struct epoll_event *e)
{
	struct err err;

	switch (e->data.u64) {
	case SOURCE_LISTENER: accept_all(h); break;
	case SOURCE_SIGNALS: h->must_end = true; break;
	case SOURCE_PING: ping_all(h); break;
	case SOURCE_DB:
		if (drain_notices(h, &err) < 0)
			log_write(LOG_WARN, EV_DB_FAILED, &err, "next", "connecting again", NULL);
		break;
	default: serve_stream(h, (struct stream *)(uintptr_t)e->data.u64, e->events);
	}
}

static bool
is_listed(const struct hub *h, uint64_t data)
{
	if (data < SOURCE__COUNT)
		return true;
	for (size_t i = 0; i < h->nstreams; i++)
		if ((uintptr_t)h->streams[i] == data)
			return true;
	return false; /* dropped by an earlier event of the same batch */
}

static void
say_ready(struct hub *h)
{
	const char *fd = getenv("FORGE_NOTIFY_FD");

	if (!h->is_ready && fd)
		(void)!write((int)strtol(fd, NULL, 10), "\n", 1); /* a supervisor that left is no reason to stop */
	h->is_ready = true;
}

static int
serve(struct hub *h, struct err *err)
{
	struct epoll_event events[64];

	while (!h->must_end) {
		int timeout_ms = -1, n;
		if (!h->db || db_is_broken(h->db)) {
			if (connect_db(h, err) < 0) {
				log_write(LOG_WARN, EV_DB_FAILED, err, NULL);
				timeout_ms = RECONNECT_MS;
			}
		}
		if (h->db && !db_is_broken(h->db)) {
			say_ready(h);
			if (drain_notices(h, err) < 0) /* a read may have taken notifications in */
				continue;
		}
		n = epoll_wait(h->epoll, events, 64, timeout_ms);
		if (n < 0 && errno != EINTR)
			return err_sys(err, E_INTERNAL, "cannot wait");
		for (int i = 0; i < n; i++)
			if (is_listed(h, events[i].data.u64))
				serve_one(h, &events[i]);
	}
	return 0;
}

static int
listen_at(const char *path, struct err *err)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof sa.sun_path)
		return err_set(err, E_CONFIG, "the socket's path is longer than %zu bytes: '%s'", sizeof sa.sun_path - 1, path);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(err, E_IO, "cannot remove the old socket '%s'", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || chmod(path, 0660) < 0 || listen(fd, 1024) < 0)
		return err_sys(err, E_IO, "cannot listen at '%s'", path);
	return fd;
}

static int
set_up(struct hub *h, const char *path, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	h->signals = signalfd(-1, &set, SFD_CLOEXEC);
	h->ping = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (h->epoll < 0 || h->signals < 0 || h->ping < 0)
		return err_sys(err, E_INTERNAL, "cannot make the loop's descriptors");
	h->listener = listen_at(path, err);
	if (h->listener < 0 || set_timer(h->ping, PING_MS, PING_MS, err) < 0 ||
	    watch(h, h->listener, EPOLLIN, SOURCE_LISTENER, EPOLL_CTL_ADD, err) < 0 ||
	    watch(h, h->signals, EPOLLIN, SOURCE_SIGNALS, EPOLL_CTL_ADD, err) < 0)
		return -1;
	return watch(h, h->ping, EPOLLIN, SOURCE_PING, EPOLL_CTL_ADD, err);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct hub h = {.db_fd_watched = -1, .listener = -1};
	const char *var = getenv("FORGE_VAR");
	struct err err = {.code = E_OK};
	int rc = -1;

	log_open("forge-events");
	h.streams = ARENA_ARRAY(a, STREAMS_MAX, struct stream *);
	if (argc < 2 && !var)
		err_set(&err, E_CONFIG, "FORGE_VAR is not set, and no socket path was given");
	else if (set_up(&h, argc > 1 ? argv[1] : arena_printf(a, "%s/run/events.sock", var), &err) == 0)
		rc = 0;
	if (rc == 0) {
		log_write(LOG_INFO, EV_START, NULL, NULL);
		rc = serve(&h, &err);
	}
	if (rc < 0)
		log_write(LOG_ERROR, EV_STOP, &err, NULL);
	while (h.nstreams)
		drop(&h, h.streams[0]);
	db_close(h.db);
	arena_free(a);
	return rc < 0 ? 1 : 0;
}
