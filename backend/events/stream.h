/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVENTS_STREAM_H
#define EVENTS_STREAM_H
/*
 * One live stream: a socket, what it asked for, and the bytes that wait for it. A stream that keeps up
 * owns no memory: what it sends goes from the caller's buffer to the socket. Only what the socket does not
 * take is kept, in an arena that goes when it is out.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_BYTES_MAX 8192
#define BACKLOG_BYTES_MAX ((size_t)1 << 20) /* a batch of events; the next is read when this one is out */

struct arena;
struct err;

enum stream_state {
	STREAM_FREE,
	STREAM_READING, /* the request's head is coming in */
	STREAM_OPEN,
	STREAM_ENDING, /* close when the backlog is out */
	STREAM__COUNT
};
struct stream {
	int fd;
	enum stream_state state;
	uint32_t generation; /* of this place in the table; tells old wake-ups from new ones */
	bool is_behind;      /* there are events that were not read yet, because bytes wait */
	bool was_stuck;      /* no progress since the last ping */
	bool wants_out;      /* epoll was asked for EPOLLOUT */
	int cursor;          /* last event sent */
	int64_t ws;
	int64_t run;
	struct arena *a; /* of held, NULL when nothing is held */
	char *held;      /* [held_at, held_n) waits; while READING: the head so far */
	size_t held_at;
	size_t held_n;
};

/* stream_read - take what came. 1: the head is whole and parsed; 0: more to come; -1: drop it. */
int stream_read(struct stream *s);
/* stream_put - send, and keep what the socket does not take. 0, or -1: drop it. */
int stream_put(struct stream *s, const char *text, size_t n);
/* stream_flush - send what waits. 1: all is out; 0: some is left; -1: drop it. */
int stream_flush(struct stream *s);
/* stream_close - close the socket and free what it held; the place is STREAM_FREE. */
void stream_close(struct stream *s);
/*
 * stream_parse - the first line of a request, "GET /_events/<ws>/<run>?last=<seq> HTTP/1.x".
 * Returns 0 and the numbers (last is 0 when it is not there), or -1 E_USAGE for anything else.
 */
int stream_parse(const char *line, size_t n, int64_t *ws, int64_t *run, int *last, struct err *err);
#endif
