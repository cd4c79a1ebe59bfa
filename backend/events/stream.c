/* SPDX-License-Identifier: Apache-2.0 */
#include "events/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/num.h"

/* let_go - nothing waits any more. */
static void
let_go(struct stream *s)
{
	arena_free(s->a);
	s->a = NULL;
	s->held = NULL;
	s->held_at = s->held_n = 0;
}

void
stream_close(struct stream *s)
{
	let_go(s);
	fd_close(&s->fd);
	s->state = STREAM_FREE;
}

/* keep - p[n] and behind it more[nmore] wait from now on; p may lie in what waits now. */
static void
keep(struct stream *s, const char *p, size_t n, const char *more, size_t nmore)
{
	struct arena *a = arena_new(BACKLOG_BYTES_MAX + 4096);
	char *held = arena_alloc(a, n + nmore + 1);

	memcpy(held, p, n);
	memcpy(held + n, more, nmore);
	let_go(s);
	s->a = a;
	s->held = held;
	s->held_n = n + nmore;
}

/* Digits up to stop; *p moves behind stop. */
static int
take_number(const char **p, const char *end, char stop, int64_t max, int64_t *out, struct err *err)
{
	const char *at = memchr(*p, stop, (size_t)(end - *p));

	if (!at || num_parse(*p, (size_t)(at - *p), 0, max, out, err) < 0)
		return err_set(err, E_USAGE, "not an events address");
	*p = at + 1;
	return 0;
}

int
stream_parse(const char *line, size_t n, int64_t *ws, int64_t *run, int *last, struct err *err)
{
	static const char start[] = "GET /_events/", query[] = "last=";
	const char *p = line, *end = line + n;
	int64_t w, r, seq = 0;

	if (n < sizeof start || memcmp(p, start, sizeof start - 1) != 0)
		return err_set(err, E_USAGE, "not an events address");
	p += sizeof start - 1;
	if (take_number(&p, end, '/', INT64_MAX, &w, err) < 0)
		return -1;
	if (memchr(p, '?', (size_t)(end - p))) {
		if (take_number(&p, end, '?', INT64_MAX, &r, err) < 0)
			return -1;
		if ((size_t)(end - p) < sizeof query || memcmp(p, query, sizeof query - 1) != 0)
			return err_set(err, E_USAGE, "not an events address");
		p += sizeof query - 1;
		if (take_number(&p, end, ' ', INT32_MAX, &seq, err) < 0)
			return -1;
	} else if (take_number(&p, end, ' ', INT64_MAX, &r, err) < 0) {
		return -1;
	}
	*ws = w;
	*run = r;
	*last = (int)seq;
	return 0;
}

/* read_head - the request so far; most come whole in one piece. */
static int
read_head(struct stream *s)
{
	char head[REQUEST_BYTES_MAX + 1];
	struct err err;
	const char *line_end;
	ssize_t n;

	memcpy(head, s->held_n > 0 ? s->held : "", s->held_n);
	n = recv(s->fd, head + s->held_n, REQUEST_BYTES_MAX - s->held_n, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	head[s->held_n + (size_t)n] = '\0';
	if (strstr(head, "\r\n\r\n") == NULL) {
		if (s->held_n + (size_t)n >= REQUEST_BYTES_MAX)
			return -1;
		keep(s, head, s->held_n + (size_t)n, "", 0);
		return 0;
	}
	let_go(s);
	line_end = strstr(head, "\r\n");
	if (stream_parse(head, (size_t)(line_end - head), &s->ws, &s->run, &s->cursor, &err) < 0)
		return -1;
	s->state = STREAM_OPEN;
	return 1;
}

int
stream_read(struct stream *s)
{
	char ignored[4096];
	ssize_t n;

	if (s->state == STREAM_READING)
		return read_head(s);
	n = recv(s->fd, ignored, sizeof ignored, MSG_DONTWAIT); /* a client says nothing more, or hangs up */
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) ? 0 : -1;
}

/* send_some - how many of the n bytes the socket took, or -1. */
static ssize_t
send_some(struct stream *s, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = send(s->fd, p + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && errno != EAGAIN)
			return -1;
		if (k <= 0)
			break;
		done += (size_t)k;
		s->was_stuck = false;
	}
	return (ssize_t)done;
}

int
stream_put(struct stream *s, const char *text, size_t n)
{
	ssize_t done = s->held_n > 0 ? 0 : send_some(s, text, n);
	size_t waiting = s->held_n - s->held_at;

	if (done < 0 || n - (size_t)done > BACKLOG_BYTES_MAX - waiting)
		return -1;
	if ((size_t)done < n)
		keep(s, s->held_n > 0 ? s->held + s->held_at : "", waiting, text + done, n - (size_t)done);
	return 0;
}

int
stream_flush(struct stream *s)
{
	ssize_t done = send_some(s, s->held_n > 0 ? s->held + s->held_at : "", s->held_n - s->held_at);

	if (done < 0)
		return -1;
	s->held_at += (size_t)done;
	if (s->held_at < s->held_n)
		return 0;
	let_go(s);
	return 1;
}
