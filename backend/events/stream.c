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

struct stream *
stream_new(int fd)
{
	struct arena *a = arena_new(REQUEST_BYTES_MAX + BACKLOG_BYTES_MAX + (64u << 10));
	struct stream *s = ARENA_NEW(a, struct stream);

	s->a = a;
	s->fd = fd;
	s->request = arena_alloc(a, REQUEST_BYTES_MAX);
	return s;
}

void
stream_free(struct stream *s)
{
	fd_close(&s->fd);
	arena_free(s->a);
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

int
stream_read(struct stream *s)
{
	char drop[4096];
	struct err err;
	const char *line_end;
	ssize_t n;

	if (s->state != STREAM_READING) {
		n = recv(s->fd, drop, sizeof drop, MSG_DONTWAIT); /* a client says nothing more, or hangs up */
		return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) ? 0 : -1;
	}
	n = recv(s->fd, s->request + s->nrequest, REQUEST_BYTES_MAX - 1 - s->nrequest, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	s->nrequest += (size_t)n;
	s->request[s->nrequest] = '\0';
	if (!strstr(s->request, "\r\n\r\n"))
		return s->nrequest + 1 < REQUEST_BYTES_MAX ? 0 : -1;
	line_end = strstr(s->request, "\r\n");
	if (stream_parse(s->request, (size_t)(line_end - s->request), &s->ws, &s->run, &s->cursor, &err) < 0)
		return -1;
	s->state = STREAM_OPEN;
	return 1;
}

bool
stream_put(struct stream *s, const char *text, size_t n)
{
	if (!s->out)
		s->out = arena_alloc(s->a, BACKLOG_BYTES_MAX);
	if (s->out_at > 0) {
		memmove(s->out, s->out + s->out_at, s->out_n - s->out_at);
		s->out_n -= s->out_at;
		s->out_at = 0;
	}
	if (n > BACKLOG_BYTES_MAX - s->out_n)
		return false;
	memcpy(s->out + s->out_n, text, n);
	s->out_n += n;
	return true;
}

int
stream_flush(struct stream *s)
{
	while (s->out_at < s->out_n) {
		ssize_t n = send(s->fd, s->out + s->out_at, s->out_n - s->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		s->out_at += (size_t)n;
	}
	s->out_at = s->out_n = 0;
	return 1;
}
