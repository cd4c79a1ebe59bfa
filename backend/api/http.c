/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/log.h"
#include "core/num.h"
#include "core/rnd.h"
#include "core/utf8.h"

#define COOKIE_BYTES_MAX 200

const char *
rq_param(const struct rq *rq, const char *name)
{
	const char *v = rq->io->param(rq->io->arg, name);

	return v ? v : "";
}

static enum http_method
method_parse(const char *s)
{
	if (strcmp(s, "GET") == 0 || strcmp(s, "HEAD") == 0)
		return HTTP_GET; /* the web server drops a HEAD's body */
	if (strcmp(s, "POST") == 0)
		return HTTP_POST;
	if (strcmp(s, "PUT") == 0)
		return HTTP_PUT;
	if (strcmp(s, "DELETE") == 0)
		return HTTP_DELETE;
	return HTTP__COUNT;
}

/* The web server names the request, so its log and ours agree; anything odd gets a name of ours. */
static void
name_request(struct rq *rq)
{
	const char *id = rq_param(rq, "FORGE_REQUEST_ID");

	if (strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32)
		memcpy(rq->id, id, 33);
	else
		rnd_token(rq->id, 32);
}

void
rq_init(struct rq *rq, struct arena *a, struct api *api, const struct http_io *io)
{
	const char *uri, *mark, *length;

	*rq = (struct rq){.a = a, .api = api, .io = io};
	buf_init(&rq->head, a);
	name_request(rq);
	rq->method = method_parse(rq_param(rq, "REQUEST_METHOD"));
	uri = rq_param(rq, "REQUEST_URI");
	mark = strchr(uri, '?');
	rq->uri = mark ? arena_dup(a, uri, (size_t)(mark - uri)) : uri;
	rq->query = mark ? mark + 1 : "";
	rq->ip = rq_param(rq, "REMOTE_ADDR");
	rq->is_tls = strcmp(rq_param(rq, "HTTPS"), "on") == 0;
	length = rq_param(rq, "CONTENT_LENGTH");
	if (*length)
		rq->has_length = num_u64(length, strlen(length), UINT64_MAX, &rq->length, NULL) == 0;
}

const struct route_arg *
rq_arg(const struct rq *rq, const char *name)
{
	for (size_t i = 0; i < ROUTE_ARGS_MAX && rq->args[i].name; i++)
		if (strcmp(rq->args[i].name, name) == 0)
			return &rq->args[i];
	NEVER("a path parameter that the route does not have");
}

const struct value *
rq_query(const struct rq *rq, const char *name)
{
	for (size_t i = 0; i < rq->route->nquery_fields; i++)
		if (strcmp(rq->route->query_fields[i].name, name) == 0)
			return &rq->query_values[i];
	NEVER("a query parameter that the route does not have");
}

const char *
rq_body_str(const struct rq *rq, const char *name, const char *dflt)
{
	return jx_str(rq->body ? jx_find(rq->body, name) : NULL, dflt);
}

int64_t
rq_body_int(const struct rq *rq, const char *name, int64_t dflt)
{
	return jx_int(rq->body ? jx_find(rq->body, name) : NULL, dflt);
}

ssize_t
rq_read(struct rq *rq, void *p, size_t n, struct err *err)
{
	ssize_t got;

	if (rq->has_length && n > rq->length - rq->read_bytes)
		n = (size_t)(rq->length - rq->read_bytes);
	if (n == 0)
		return 0;
	got = rq->io->read(rq->io->arg, p, n);
	if (got < 0 || (got == 0 && rq->has_length))
		return err_set(err, E_USAGE, "the body is broken: %llu bytes came, %llu were announced",
		    (unsigned long long)rq->read_bytes, (unsigned long long)rq->length);
	rq->read_bytes += (uint64_t)got;
	if (rq->read_bytes > rq->route->body_bytes_max)
		return err_set(err, E_TOO_LARGE, "the body is larger than %llu bytes",
		    (unsigned long long)rq->route->body_bytes_max);
	return got;
}

static int
read_text(struct rq *rq, struct buf *b, struct err *err)
{
	char chunk[8192];
	ssize_t n;

	buf_init(b, rq->a);
	while ((n = rq_read(rq, chunk, sizeof chunk, err)) > 0)
		buf_add(b, chunk, (size_t)n);
	return n < 0 ? -1 : 0;
}

int
rq_read_json(struct rq *rq, struct err *err)
{
	static const char want[] = "application/json";
	const struct jx_options opt = {.bytes_max = 64u << 20, .depth_max = 32};
	const char *type = rq_param(rq, "CONTENT_TYPE");
	const char *pointer = "";
	struct jx *doc;
	struct buf b;

	if (read_text(rq, &b, err) < 0)
		return -1;
	if (b.len == 0 && rq->route->body_optional)
		return 0;
	if (strncasecmp(type, want, sizeof want - 1) != 0 ||
	    (type[sizeof want - 1] != '\0' && !strchr("; \t", type[sizeof want - 1])))
		return err_set(err, E_MEDIA_TYPE, "send JSON: Content-Type: application/json");
	if (b.len == 0)
		return err_set(err, E_JSON, "the body is empty; a JSON object is wanted");
	if (jx_parse(rq->a, b.p, b.len, &opt, &doc, err) < 0)
		return err->code == E_JSON ? err_wrap(err, "the body") : -1;
	if (fields_body(rq->a, rq->route, doc, &pointer, err) < 0) {
		rq->place.pointer = pointer;
		return -1;
	}
	rq->body = doc;
	return 0;
}

const char *
rq_cookie(const struct rq *rq, const char *name)
{
	const char *s = rq_param(rq, "HTTP_COOKIE");
	size_t name_bytes = strlen(name);

	while (*s) {
		size_t n;
		s += strspn(s, "; \t");
		n = strcspn(s, ";");
		if (n > name_bytes && memcmp(s, name, name_bytes) == 0 && s[name_bytes] == '=')
			return n - name_bytes - 1 > COOKIE_BYTES_MAX ? NULL :
			    arena_dup(rq->a, s + name_bytes + 1, n - name_bytes - 1);
		s += n;
	}
	return NULL;
}

void
rq_header(struct rq *rq, const char *name, const char *value)
{
	INVARIANT(strpbrk(value, "\r\n") == NULL);
	buf_printf(&rq->head, "%s: %s\r\n", name, value);
}

int
rq_write(struct rq *rq, const void *p, size_t n)
{
	if (rq->is_broken)
		return -1;
	rq->sent_bytes += n;
	if (n > 0 && rq->io->write(rq->io->arg, p, n) < 0)
		rq->is_broken = true;
	return rq->is_broken ? -1 : 0;
}

int
rq_flush(struct rq *rq)
{
	if (!rq->is_broken && rq->io->flush(rq->io->arg) < 0)
		rq->is_broken = true;
	return rq->is_broken ? -1 : 0;
}

/* HTTP/1.1 wants a word behind the number; the statuses that we send. */
static const char *
reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 204: return "No Content";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 409: return "Conflict";
	case 413: return "Content Too Large";
	case 415: return "Unsupported Media Type";
	case 422: return "Unprocessable Content";
	case 429: return "Too Many Requests";
	case 501: return "Not Implemented";
	case 502: return "Bad Gateway";
	case 503: return "Service Unavailable";
	default: return "Error";
	}
}

void
rq_start(struct rq *rq, int status, const char *type)
{
	struct buf b;

	INVARIANT(rq->status == 0);
	rq->status = status;
	buf_init(&b, rq->a);
	buf_printf(&b, "Status: %d %s\r\n", status, reason(status));
	if (type)
		buf_printf(&b, "Content-Type: %s\r\n", type);
	buf_add(&b, rq->head.p, rq->head.len);
	if (!rq->head.len || !strcasestr(rq->head.p, "Cache-Control:"))
		buf_str(&b, "Cache-Control: no-store\r\n");
	buf_str(&b, "\r\n");
	(void)rq_write(rq, b.p, b.len);
	rq->sent_bytes = 0;
}

int
rq_send(struct rq *rq, int status, const char *type, const void *p, size_t n)
{
	if (type)
		rq_header(rq, "Content-Length", arena_printf(rq->a, "%zu", n));
	rq_start(rq, status, type);
	(void)rq_write(rq, p, n);
	return 0;
}

int
rq_json(struct rq *rq, int status, const struct buf *b)
{
	return rq_send(rq, status, "application/json", b->p, b->len);
}

int
rq_no_content(struct rq *rq)
{
	rq_start(rq, 204, NULL);
	return 0;
}

static bool
has_place(const struct http_place *p)
{
	return p->file || p->row || p->column || (p->pointer && *p->pointer);
}

static void
place_json(const struct http_place *p, struct jw *w)
{
	jw_object(w, "place");
	if (p->file)
		jw_str(w, "file", p->file);
	if (p->row)
		jw_uint(w, "row", p->row);
	if (p->column)
		jw_uint(w, "column", p->column);
	if (p->pointer && *p->pointer)
		jw_str(w, "pointer", p->pointer);
	jw_end(w);
}

/* What may be told: our own trouble is named, not described; the log has the rest. */
static const char *
detail_of(const struct rq *rq, const struct err *err)
{
	switch ((int)err->code) {
	case E_DB:
		return "the database did not answer; try again in a moment";
	case E_IO:
		return "reading or writing on the server failed; try again, and tell its operator the "
		       "request's id if it stays";
	case E_INTERNAL:
	case E_CONFIG:
		return "something is wrong on the server; tell its operator the request's id";
	default:
		return arena_dup(rq->a, err->msg, utf8_check(err->msg, strlen(err->msg)));
	}
}

void
rq_problem_json(const struct rq *rq, const struct err *err, const char *key, struct jw *w)
{
	jw_object(w, key);
	jw_str(w, "type", arena_printf(rq->a, "/docs/errors/%s", err_name(err->code)));
	jw_str(w, "title", err_meaning(err->code));
	jw_int(w, "status", err_http(err->code));
	jw_str(w, "code", err_name(err->code));
	jw_str(w, "detail", detail_of(rq, err));
	if (has_place(&rq->place))
		place_json(&rq->place, w);
	if (rq->findings)
		jw_raw(w, "findings", rq->findings);
	if (rq->retry_after)
		jw_uint(w, "retry_after", rq->retry_after);
	jw_str(w, "request_id", rq->id);
	jw_end(w);
}

void
rq_problem(struct rq *rq, const struct err *err)
{
	struct buf b;
	struct jw w;

	log_write(err_http(err->code) >= 500 ? LOG_ERROR : LOG_INFO, EV_REQUEST_FAILED, err, "request",
	    rq->id, "route", rq->route ? rq->route->name : "-", NULL);
	if (rq->status)
		return;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	rq_problem_json(rq, err, NULL, &w);
	buf_clear(&rq->head);
	if (rq->allow)
		rq_header(rq, "Allow", rq->allow);
	if (rq->retry_after)
		rq_header(rq, "Retry-After", arena_printf(rq->a, "%u", rq->retry_after));
	if (err->code == E_UNAUTHENTICATED)
		rq_header(rq, "WWW-Authenticate", "Bearer");
	(void)rq_send(rq, err_http(err->code), "application/problem+json", b.p, b.len);
}
