/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVENTS_STREAM_H
#define EVENTS_STREAM_H
/*
 * One live stream: a socket, what it asked for, and what is still to be sent to it. All memory of a
 * stream lies in its arena and goes with it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_BYTES_MAX 8192
#define BACKLOG_BYTES_MAX ((size_t)256 << 10) /* a reader this far behind is dropped; it resumes by its cursor */

struct arena;
struct err;

enum stream_state {
	STREAM_READING, /* the request's head is coming in */
	STREAM_OPEN,
	STREAM_ENDING,  /* close when the backlog is out */
	STREAM__COUNT
};
struct stream {
	struct arena *a;
	int fd;
	enum stream_state state;
	int64_t ws;
	int64_t run;
	int cursor; /* last event sent */
	size_t nrequest;
	char *request; /* [REQUEST_BYTES_MAX], until the head is whole */
	char *out;     /* [BACKLOG_BYTES_MAX] ring-less: [at, n) is to be sent */
	size_t out_at;
	size_t out_n;
};

struct stream *stream_new(int fd);
void stream_free(struct stream *s); /* closes fd */
/* stream_read - take what came. 1: the head is whole and parsed; 0: more to come; -1: drop it. */
int stream_read(struct stream *s);
/* stream_put - add text to the backlog; false when it does not fit: drop the stream. */
bool stream_put(struct stream *s, const char *text, size_t n);
/* stream_flush - send what the socket takes. 1: all is out; 0: some is left; -1: drop it. */
int stream_flush(struct stream *s);
/* stream_parse - "GET /_events/<ws>/<run>?last=<seq> HTTP/1.x": E_USAGE for anything else. */
int stream_parse(const char *line, size_t n, int64_t *ws, int64_t *run, int *last, struct err *err);
#endif
