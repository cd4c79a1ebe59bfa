/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_HTTP_H
#define API_HTTP_H
/*
 * One request and its answer. Handlers see struct rq and these functions only, never FastCGI: what
 * carries the bytes is a struct http_io, so that another FastCGI core can be put below the same
 * handlers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "api/route.h"
#include "core/buf.h"

struct api;
struct arena;
struct diags;
struct err;
struct jw;

/* Where bytes come from and go to. read: count, 0 at the body's end, -1 when it broke. */
struct http_io {
	void *arg;
	const char *(*param)(void *arg, const char *name); /* CGI name; NULL when absent */
	ssize_t (*read)(void *arg, void *p, size_t n);
	int (*write)(void *arg, const void *p, size_t n);
	int (*flush)(void *arg);
};

enum who_kind { WHO_NOBODY, WHO_SESSION, WHO_KEY };
/* Who is asking. Strings live in the request's arena. */
struct who {
	enum who_kind kind;
	int64_t user_id;
	const char *email;
	const char *name;
	const char *csrf;      /* WHO_SESSION */
	int64_t session_id;    /* WHO_SESSION */
	int64_t key_id;        /* WHO_KEY */
	int64_t key_ws;        /* WHO_KEY */
	enum member_role key_role;
};

/* Where in the user's material the error is; all zero: nowhere. */
struct http_place {
	const char *file;
	uint64_t row;
	uint64_t column;
	const char *pointer;
};

#define REQUEST_ID_BYTES 33

struct rq {
	struct arena *a;
	struct api *api;
	const struct http_io *io;
	enum http_method method; /* HTTP__COUNT: one that we do not know */
	const char *uri;         /* path as sent, NUL-terminated */
	const char *query;       /* behind the '?', "" if none */
	const struct route *route;
	struct route_arg args[ROUTE_ARGS_MAX];
	struct value query_values[ROUTE_FIELDS_MAX];
	const struct jx *body; /* BODY_JSON; NULL when optional and absent */
	int64_t ws;            /* 0: the route is of no workspace */
	enum member_role role; /* in ws */
	struct who who;
	const char *ip;
	bool is_tls;
	char id[REQUEST_ID_BYTES];
	/* the body's reader */
	bool has_length;
	uint64_t length;
	uint64_t read_bytes;
	/* the answer */
	struct buf head; /* extra header lines, "Name: value\r\n" each */
	const char *allow;
	struct http_place place;
	unsigned retry_after; /* seconds; 0: none */
	const char *findings; /* JSON array for the problem: what is wrong in an uploaded pack; NULL */
	int status;           /* 0: nothing sent yet */
	uint64_t sent_bytes;
	bool is_broken;       /* the other side is gone */
};

/* rq_init - read method, address and identity of the connection from the CGI parameters. */
void rq_init(struct rq *rq, struct arena *a, struct api *api, const struct http_io *io);

/* rq_param - a CGI parameter ("HTTP_ORIGIN"), "" when absent. */
const char *rq_param(const struct rq *rq, const char *name);
/* rq_arg - the path parameter of that name; the route must have it. */
const struct route_arg *rq_arg(const struct rq *rq, const char *name);
/* rq_query - the query parameter of that name; the route must have it. */
const struct value *rq_query(const struct rq *rq, const char *name);
/* rq_body_str, rq_body_int - members of the checked body; dflt when absent. */
const char *rq_body_str(const struct rq *rq, const char *name, const char *dflt);
int64_t rq_body_int(const struct rq *rq, const char *name, int64_t dflt);

/*
 * rq_read - the body's next bytes: their count, 0 at its end, or -1: E_USAGE when it ends before its
 * length, E_TOO_LARGE beyond the route's limit.
 */
ssize_t rq_read(struct rq *rq, void *p, size_t n, struct err *err);
/* rq_read_json - the whole body parsed and checked against the route. E_JSON, E_SCHEMA, … */
int rq_read_json(struct rq *rq, struct err *err);
/* rq_cookie - the value of a cookie, copied; NULL when absent or longer than 200 bytes. */
const char *rq_cookie(const struct rq *rq, const char *name);

/* rq_header - add a header line to the answer. value must be of our making. */
void rq_header(struct rq *rq, const char *name, const char *value);
/* rq_send - a whole answer. type NULL: no body. Returns 0; the other side being gone is no error. */
int rq_send(struct rq *rq, int status, const char *type, const void *p, size_t n);
/* rq_json - a whole JSON answer. */
int rq_json(struct rq *rq, int status, const struct buf *b);
/* rq_no_content - 204. */
int rq_no_content(struct rq *rq);
/* rq_start, rq_write, rq_flush - an answer in pieces. rq_write returns -1 when nobody reads it. */
void rq_start(struct rq *rq, int status, const char *type);
int rq_write(struct rq *rq, const void *p, size_t n);
int rq_flush(struct rq *rq);

/* rq_problem_json - the problem of err as an object at key, with place and retry_after of rq. */
void rq_problem_json(const struct rq *rq, const struct err *err, const char *key, struct jw *w);
/* rq_problem - answer with problem+json (or nothing more, when an answer has begun). Logs it. */
void rq_problem(struct rq *rq, const struct err *err);
#endif
