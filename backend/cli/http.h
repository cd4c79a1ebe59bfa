/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H
/* The API's client side, on libcurl: one session, JSON answers, uploads and live events. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cli;
struct err;
struct jx;

struct http; /* one server, one session */

/*
 * http_open - a client for url ("http://127.0.0.1:8080"). Lives in the arena. No request is made.
 */
struct http *http_open(struct arena *a, const char *url);
/* http_session - use this session from now on. csrf may be NULL with an API key as token. */
void http_session(struct http *h, const char *cookie, const char *csrf, const char *key);
const char *http_url(const struct http *h);
const char *http_cookie(const struct http *h); /* the session cookie's value after log-in, or NULL */

/*
 * http_json - METHOD path (below /api/v1) with an optional JSON body; the answer is parsed.
 * idempotency: key for POSTs that start something, or NULL. out may be NULL.
 * Returns 0, or -1: the problem+json's own detail as message, with code from its status;
 * E_NET when no answer came.
 */
struct http_call {
	const char *method;
	const char *path;
	const char *body;
	const char *idempotency;
};
int http_json(struct http *h, const struct http_call *call, const struct jx **out, struct err *err);
/* http_get - GET path. */
int http_get(struct http *h, const char *path, const struct jx **out, struct err *err);
/* http_upload - PUT the file at local to path; bytes is its size. */
int http_upload(struct http *h, const char *path, const char *local, const struct jx **out, struct err *err);
/* http_send_file - the same with another method. */
int http_send_file(struct http *h, const char *method, const char *path, const char *local, const struct jx **out,
    struct err *err);
/* http_problem - the problem document of the last answer that was one; NULL: none. */
const struct jx *http_problem(const struct http *h);
/* http_download - GET path into the file local (made or replaced whole). sha256: 64 digits + NUL out, may be NULL. */
int http_download(struct http *h, const char *path, const char *local, char *sha256, struct err *err);

/*
 * http_lines - stream a request whose answer comes line by line (ndjson, SSE); each line without
 * its newline is given to fn, which returns false to end the stream (that is no error).
 */
typedef bool (*http_line_fn)(void *arg, const char *line, size_t n);
int http_lines(struct http *h, const struct http_call *call, http_line_fn fn, void *arg, struct err *err);

/* http_escape - percent-encode a path, '/' kept. */
const char *http_escape(struct arena *a, const char *path);
#endif
