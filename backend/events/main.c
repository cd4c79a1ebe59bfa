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
#include <sys/resource.h>
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
#define EVENTS_PER_READ 50
#define PING_MS 15000 /* a reader that takes nothing from one ping to the next is dropped; it resumes */
#define RECONNECT_MS 1000

enum source { SOURCE_LISTENER, SOURCE_SIGNALS, SOURCE_PING, SOURCE_DB, SOURCE__COUNT };

struct hub {
	struct db *db;
	int epoll;
	int listener;
	int64_t peer_uid; /* who may connect: nginx' uid; -1: whoever reaches the socket */
	int signals;
	int ping;
	int db_fd_watched; /* -1: none */
	struct stream *streams; /* [STREAMS_MAX], those from nstreams on were never used */
	uint32_t nstreams;
	uint32_t *free; /* [nfree] places below nstreams that are free */
	uint32_t nfree;
	bool is_ready;
	bool must_end;
};

static int
watch(struct hub *h, int fd, uint32_t events, uint64_t data, int op, struct err *err)
{
	struct epoll_event e = {.events = events, .data.u64 = data};

	return epoll_ctl(h->epoll, op, fd, &e) < 0 ? err_sys(err, E_INTERNAL, "cannot watch a descriptor") : 0;
}

/* epoll's data: a source's number, or behind those a place in the table with its generation. */
static uint64_t
ticket(const struct hub *h, const struct stream *s)
{
	return (uint64_t)s->generation << 32 | ((uint64_t)(s - h->streams) + SOURCE__COUNT);
}

/* from_ticket - the stream, or NULL: it was dropped by an earlier event of the same batch. */
static struct stream *
from_ticket(struct hub *h, uint64_t data)
{
	uint64_t place = (data & UINT32_MAX) - SOURCE__COUNT;
	struct stream *s;

	INVARIANT(place < h->nstreams);
	s = &h->streams[place];
	return s->state != STREAM_FREE && s->generation == data >> 32 ? s : NULL;
}

static struct stream *
take_place(struct hub *h, int fd)
{
	struct stream *s;

	if (h->nfree == 0 && h->nstreams == STREAMS_MAX)
		return NULL;
	s = &h->streams[h->nfree > 0 ? h->free[--h->nfree] : h->nstreams++];
	*s = (struct stream){.fd = fd, .state = STREAM_READING, .generation = s->generation + 1};
	return s;
}

static void
drop(struct hub *h, struct stream *s)
{
	stream_close(s); /* closing takes it out of epoll */
	h->free[h->nfree++] = (uint32_t)(s - h->streams);
}

/* ---- sending ----------------------------------------------------------------------------------------- */

/* frame - one event: its body's members stand behind run, seq, kind and at. */
static void
frame(struct buf *b, const struct stream *s, const struct store_event *e)
{
	static const char *const ours[] = {"run", "seq", "kind", "at"};
	char run[ID_BYTES];
	struct jx *body;
	struct err err;
	struct jw w;

	id_format('r', s->run, run);
	buf_printf(b, "id: %s:%d\nevent: %s\ndata: ", run, e->seq, e->kind);
	jw_init(&w, b);
	jw_object(&w, NULL);
	jw_str(&w, "run", run);
	jw_int(&w, "seq", e->seq);
	jw_str(&w, "kind", e->kind);
	jw_str(&w, "at", e->at);
	/* A body that cannot be read must not end everybody's streams: its event goes out without it. */
	if (jx_parse(b->a, e->body, strlen(e->body), NULL, &body, &err) < 0) {
		log_write(LOG_ERROR, EV_STREAM, &err, "run", run, "kind", e->kind, NULL);
		body = NULL;
	}
	for (size_t i = 0; jx_is(body, JX_OBJECT) && i < body->u.object.n; i++) {
		const char *key = body->u.object.at[i].key;
		bool is_ours = false;

		for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++)
			is_ours = is_ours || strcmp(key, ours[k]) == 0;
		if (!is_ours)
			jw_value(&w, key, body->u.object.at[i].value);
	}
	jw_end(&w);
	buf_str(b, "\n\n");
}

static bool
is_last(const char *kind)
{
	return strcmp(kind, "run.done") == 0 || strcmp(kind, "run.failed") == 0 || strcmp(kind, "run.cancelled") == 0;
}

static const char END_TEXT[] = "event: end\ndata: {}\n\n";

/* settle - after something was put: close what is finished, ask epoll for what is needed. */
static void
settle(struct hub *h, struct stream *s)
{
	bool wants_out = s->held_n > 0 && s->state != STREAM_READING;
	struct err err;

	if (s->state == STREAM_ENDING && !wants_out) {
		drop(h, s);
		return;
	}
	if (wants_out == s->wants_out)
		return;
	s->wants_out = wants_out;
	if (watch(h, s->fd, EPOLLIN | EPOLLRDHUP | (wants_out ? (uint32_t)EPOLLOUT : 0u), ticket(h, s), EPOLL_CTL_MOD, &err) < 0)
		drop(h, s);
}

/* put_events - a batch in one piece; the run's last event ends the stream. 0, or -1: drop it. */
static int
put_events(struct arena *a, struct stream *s, const struct store_event *events, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n && s->state == STREAM_OPEN; i++) {
		frame(&b, s, &events[i]);
		s->cursor = events[i].seq;
		if (is_last(events[i].kind)) {
			buf_str(&b, END_TEXT);
			s->state = STREAM_ENDING;
		}
	}
	return b.len > 0 ? stream_put(s, b.p, b.len) : 0;
}

/*
 * catch_up - send what lies behind the stream's cursor, batch by batch while the socket takes it; the rest is
 * read when it has drained. May drop s. False: the database did not answer; s then is behind.
 */
static bool
catch_up(struct hub *h, struct stream *s)
{
	struct arena *a = arena_new(0);
	struct store_event *events;
	size_t n = EVENTS_PER_READ;
	struct err err;
	bool answered = true;
	int rc = 0;

	s->is_behind = false;
	while (rc == 0 && answered && s->state == STREAM_OPEN && n == EVENTS_PER_READ) {
		if (s->held_n > 0) {
			s->is_behind = true;
			break;
		}
		if (store_events_read(h->db, a, s->ws, s->run, s->cursor, EVENTS_PER_READ, &events, &n, &err) < 0) {
			log_write(LOG_WARN, EV_DB_FAILED, &err, NULL);
			answered = false;
			s->is_behind = true;
		} else {
			rc = put_events(a, s, events, n);
		}
		arena_clear(a);
	}
	arena_free(a);
	if (rc < 0)
		drop(h, s);
	else
		settle(h, s);
	return answered;
}

/* refuse - an answer without a stream. */
static void
refuse(struct hub *h, struct stream *s, const char *status)
{
	char text[128];
	int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);

	s->state = STREAM_ENDING;
	if (stream_put(s, text, (size_t)n) < 0)
		drop(h, s);
	else
		settle(h, s);
}

static void
open_stream(struct hub *h, struct stream *s)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
				   "X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: 1000\n\n";
	struct err err = {.code = E_DB};
	bool is_ended = false;
	int seq = 0, rc;

	if (h->db == NULL || db_is_broken(h->db) || store_events_head(h->db, s->ws, s->run, &seq, &is_ended, &err) < 0) {
		refuse(h, s, err.code == E_NOT_FOUND ? "404 Not Found" : "503 Service Unavailable");
		return;
	}
	rc = stream_put(s, head, sizeof head - 1);
	if (rc == 0 && is_ended && s->cursor >= seq) { /* it resumed behind the last event */
		s->state = STREAM_ENDING;
		rc = stream_put(s, END_TEXT, sizeof END_TEXT - 1);
	}
	if (rc < 0)
		drop(h, s);
	else
		(void)catch_up(h, s); /* unanswered: it is behind, and the new connection catches up */
}

/* catch_up_run - the streams of one run, or of all (-1). False: the database did not answer. */
static bool
catch_up_run(struct hub *h, int64_t run)
{
	bool answered = true;

	for (uint32_t i = 0; answered && i < h->nstreams; i++) {
		struct stream *s = &h->streams[i];

		if (s->state == STREAM_OPEN && (run < 0 || s->run == run))
			answered = catch_up(h, s);
	}
	return answered;
}

/* ---- Postgres ---------------------------------------------------------------------------------------- */

static bool
take_notice(struct hub *h, const char *payload)
{
	bool answered = true;

	while (answered && *payload) {
		size_t n = strcspn(payload, ",");
		int64_t run;

		if (num_parse(payload, n, 0, INT64_MAX, &run, NULL) == 0)
			answered = catch_up_run(h, run);
		payload += n + (payload[n] == ',');
	}
	return answered;
}

/* drain_notices - act on all that came. -1: the connection broke. */
static int
drain_notices(struct hub *h, struct err *err)
{
	struct arena *a = arena_new(0);
	const char *channel, *payload;
	int rc;

	while ((rc = db_notice(h->db, a, &channel, &payload, err)) > 0) {
		if (!take_notice(h, payload) && !db_is_broken(h->db))
			(void)catch_up_run(h, -1); /* one statement failed; the events are still there */
		arena_clear(a);
	}
	arena_free(a);
	return rc;
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
	if (!catch_up_run(h, -1)) /* what was announced while nobody listened */
		return err_set(err, E_DB, "the connection broke again");
	return 0;
}

/* ---- the loop ---------------------------------------------------------------------------------------- */

/* The API has authorised what nginx hands on; nobody else in the stack's group may ask for any run's events. */
static bool
may_connect(const struct hub *h, int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	if (h->peer_uid < 0)
		return true;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && (int64_t)who.uid == h->peer_uid;
}

static void
accept_all(struct hub *h)
{
	struct err err;
	int fd;

	while ((fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct stream *s = may_connect(h, fd) ? take_place(h, fd) : NULL;

		if (s == NULL)
			(void)close(fd); /* nginx answers 502; the browser tries again */
		else if (watch(h, fd, EPOLLIN | EPOLLRDHUP, ticket(h, s), EPOLL_CTL_ADD, &err) < 0)
			drop(h, s);
	}
}

static void
ping_all(struct hub *h)
{
	static const char ping[] = ": ping\n\n";
	uint64_t ticks;

	(void)!read(h->ping, &ticks, sizeof ticks); /* only clears it */
	for (uint32_t i = 0; i < h->nstreams; i++) {
		struct stream *s = &h->streams[i];

		if (s->state == STREAM_FREE)
			continue;
		if (s->held_n > 0 || s->state == STREAM_READING) {
			if (s->was_stuck)
				drop(h, s);
			else
				s->was_stuck = true;
		} else if (stream_put(s, ping, sizeof ping - 1) < 0) {
			drop(h, s);
		} else {
			settle(h, s);
		}
	}
}

/* drain - the socket takes bytes again. */
static void
drain(struct hub *h, struct stream *s)
{
	int rc = stream_flush(s);

	if (rc < 0)
		drop(h, s);
	else if (rc == 1 && s->is_behind && h->db != NULL && !db_is_broken(h->db))
		(void)catch_up(h, s); /* unanswered: it stays behind, and the new connection catches up */
	else
		settle(h, s);
}

static void
serve_stream(struct hub *h, struct stream *s, uint32_t events)
{
	int rc = 0;

	if (events & (EPOLLERR | EPOLLHUP))
		rc = -1;
	else if (events & (EPOLLIN | EPOLLRDHUP))
		rc = stream_read(s);
	if (rc < 0)
		drop(h, s);
	else if (rc == 1)
		open_stream(h, s);
	else if (events & EPOLLOUT)
		drain(h, s);
}

static void
serve_one(struct hub *h, const struct epoll_event *e)
{
	struct stream *s;
	struct err err;

	switch (e->data.u64) {
	case SOURCE_LISTENER: accept_all(h); break;
	case SOURCE_SIGNALS: h->must_end = true; break;
	case SOURCE_PING: ping_all(h); break;
	case SOURCE_DB:
		if (drain_notices(h, &err) < 0)
			log_write(LOG_WARN, EV_DB_FAILED, &err, "next", "connecting again", NULL);
		break;
	default:
		s = from_ticket(h, e->data.u64);
		if (s != NULL)
			serve_stream(h, s, e->events);
	}
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
				if (err->code == E_CONFIG)
					return -1; /* trying again will not mend a setting */
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

/* as_many_files - one descriptor a stream: as many as the hard limit lets us. */
static void
as_many_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < lim.rlim_max) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim); /* fewer streams then; accept says when */
	}
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
	as_many_files();
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
	const char *var = getenv("FORGE_VAR"), *peer = getenv("FORGE_EVENTS_UID");
	struct err err = {.code = E_OK};
	int rc = -1;

	h.peer_uid = -1;
	log_open("forge-events");
	h.streams = ARENA_ARRAY(a, STREAMS_MAX, struct stream);
	h.free = ARENA_ARRAY(a, STREAMS_MAX, uint32_t);
	if (peer && num_parse(peer, strlen(peer), 0, UINT32_MAX, &h.peer_uid, &err) < 0)
		err_wrap(&err, "FORGE_EVENTS_UID");
	else if (argc < 2 && !var)
		err_set(&err, E_CONFIG, "FORGE_VAR is not set, and no socket path was given");
	else if (set_up(&h, argc > 1 ? argv[1] : arena_printf(a, "%s/run/events.sock", var), &err) == 0)
		rc = 0;
	if (rc == 0) {
		log_write(LOG_INFO, EV_START, NULL, NULL);
		rc = serve(&h, &err);
	}
	if (rc < 0)
		log_write(LOG_ERROR, EV_STOP, &err, NULL);
	for (uint32_t i = 0; i < h.nstreams; i++)
		if (h.streams[i].state != STREAM_FREE)
			drop(&h, &h.streams[i]);
	db_close(h.db);
	arena_free(a);
	return rc < 0 ? 1 : 0;
}
