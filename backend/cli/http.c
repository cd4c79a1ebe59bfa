/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"

#define ANSWER_BYTES_MAX ((size_t)256 << 20)
#define CONNECT_TIMEOUT_MS 10000L

struct http {
	struct arena *a;
	const char *url;
	const char *cookie_name;
	const char *cookie;
	const char *csrf;
	const char *key;
	const struct jx *problem; /* of the last answer that was one */
};

/* One exchange: where its answer goes and what its head said. */
struct exchange {
	struct http *h;
	CURL *curl;
	struct curl_slist *headers;
	struct buf body;
	int fd;               /* >= 0: the body goes there */
	struct digest *digest;
	http_line_fn line_fn; /* or: line by line to this */
	void *line_arg;
	bool ended_by_fn;
	bool is_stream_open; /* a 2xx status was seen */
	char curl_says[CURL_ERROR_SIZE];
};

struct http *
http_open(struct arena *a, const char *url)
{
	struct http *h = ARENA_NEW(a, struct http);
	size_t n = strlen(url);

	h->a = a;
	while (n && url[n - 1] == '/')
		n--;
	h->url = arena_dup(a, url, n);
	h->cookie_name = strncmp(url, "https:", 6) == 0 ? "__Host-forge_session" : "forge_session";
	return h;
}

void
http_session(struct http *h, const char *cookie, const char *csrf, const char *key)
{
	h->cookie = cookie;
	h->csrf = csrf;
	h->key = key;
}

const char *
http_url(const struct http *h)
{
	return h->url;
}

const char *
http_cookie(const struct http *h)
{
	return h->cookie;
}

const char *
http_escape(struct arena *a, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	struct buf b;

	buf_init(&b, a);
	for (; *path; path++)
		if (strchr(plain, *path))
			buf_char(&b, *path);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*path);
	return buf_take(&b);
}

/* Whole lines go out; the rest waits in body. */
static bool
give_lines(struct exchange *x)
{
	char *start = x->body.p, *nl;

	while ((nl = memchr(start, '\n', x->body.len - (size_t)(start - x->body.p))) != NULL) {
		size_t n = (size_t)(nl - start);
		if (n && start[n - 1] == '\r')
			n--;
		if (!x->line_fn(x->line_arg, start, n)) {
			x->ended_by_fn = true;
			return false;
		}
		start = nl + 1;
	}
	x->body.len -= (size_t)(start - x->body.p);
	memmove(x->body.p, start, x->body.len);
	x->body.p[x->body.len] = '\0';
	return true;
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t bytes = size * n;
	long status = 0;

	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300 && x->fd >= 0) {
		digest_add(x->digest, p, bytes);
		return fd_write_all(x->fd, p, bytes, NULL) < 0 ? 0 : bytes;
	}
	if (bytes > ANSWER_BYTES_MAX - x->body.len)
		return 0;
	buf_add(&x->body, p, bytes);
	if (status >= 200 && status < 300 && x->line_fn && !give_lines(x))
		return 0;
	return bytes;
}

/* The session cookie is the only one that we keep. */
static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t bytes = size * n, name = strlen(x->h->cookie_name);
	const char *prefix = "set-cookie: ";
	size_t skip = strlen(prefix);

	if (bytes > skip + name + 1 && strncasecmp(p, prefix, skip) == 0 &&
	    strncmp(p + skip, x->h->cookie_name, name) == 0 && p[skip + name] == '=') {
		const char *value = p + skip + name + 1;
		x->h->cookie = arena_dup(x->h->a, value, strcspn(value, ";\r\n"));
	}
	return bytes;
}

static void
add_header(struct exchange *x, const char *text)
{
	struct curl_slist *more = curl_slist_append(x->headers, text);

	INVARIANT(more != NULL);
	x->headers = more;
}

static void
prepare(struct exchange *x, const struct http_call *call)
{
	struct http *h = x->h;

	x->curl = curl_easy_init();
	INVARIANT(x->curl != NULL);
	buf_init(&x->body, h->a);
	add_header(x, arena_printf(h->a, "Origin: %s", h->url));
	add_header(x, "Expect:");
	if (call->body)
		add_header(x, "Content-Type: application/json");
	if (call->idempotency)
		add_header(x, arena_printf(h->a, "Idempotency-Key: %s", call->idempotency));
	if (h->key)
		add_header(x, arena_printf(h->a, "Authorization: Bearer %s", h->key));
	else if (h->cookie)
		add_header(x, arena_printf(h->a, "Cookie: %s=%s", h->cookie_name, h->cookie));
	if (h->csrf)
		add_header(x, arena_printf(h->a, "X-Forge-CSRF: %s", h->csrf));
	(void)curl_easy_setopt(x->curl, CURLOPT_URL, arena_printf(h->a, "%s/api/v1%s", h->url, call->path));
	(void)curl_easy_setopt(x->curl, CURLOPT_CUSTOMREQUEST, call->method);
	(void)curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	(void)curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(x->curl, CURLOPT_NOPROXY, "127.0.0.1,localhost");
	(void)curl_easy_setopt(x->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	(void)curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(x->curl, CURLOPT_ERRORBUFFER, x->curl_says);
	(void)curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(x->curl, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(x->curl, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(x->curl, CURLOPT_HEADERDATA, x);
	if (call->body) {
		(void)curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, call->body);
		(void)curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(call->body));
	} else if (strcmp(call->method, "POST") == 0) {
		(void)curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, "");
		(void)curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE, 0L);
	}
}

static enum err_code
code_of_status(long status)
{
	static const enum err_code codes[] = {E_USAGE, E_UNAUTHENTICATED, E_FORBIDDEN, E_NOT_FOUND, E_METHOD,
	    E_CONFLICT, E_TOO_LARGE, E_MEDIA_TYPE, E_PLAN, E_RATE, E_DB};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (err_http(codes[i]) == status)
			return codes[i];
	return status >= 500 ? E_NET : E_USAGE;
}

static int
problem(struct exchange *x, long status, struct err *err)
{
	struct jx *v;
	const char *detail;

	if (jx_parse(x->h->a, x->body.p, x->body.len, NULL, &v, NULL) < 0)
		return err_set(err, code_of_status(status), "the server answered %ld", status);
	x->h->problem = v;
	detail = jx_str(jx_find(v, "detail"), jx_str(jx_find(v, "title"), "no detail was given"));
	return err_set(err, code_of_status(status), "%s", detail);
}

static int
perform(struct exchange *x, struct err *err)
{
	CURLcode rc = curl_easy_perform(x->curl);
	long status = 0;
	int result = 0;

	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (rc != CURLE_OK && !x->ended_by_fn)
		result = err_set(err, E_NET, "%s did not answer: %s", x->h->url,
		    *x->curl_says ? x->curl_says : curl_easy_strerror(rc));
	else if (status < 200 || status > 299)
		result = problem(x, status, err);
	curl_slist_free_all(x->headers);
	curl_easy_cleanup(x->curl);
	return result;
}

static int
parse_answer(struct exchange *x, const struct jx **out, struct err *err)
{
	struct jx *v;

	if (!out)
		return 0;
	*out = NULL;
	if (x->body.len == 0)
		return 0;
	if (jx_parse(x->h->a, x->body.p, x->body.len, &(struct jx_options){.bytes_max = ANSWER_BYTES_MAX}, &v, err) < 0)
		return err_wrap(err, "the server's answer");
	*out = v;
	return 0;
}

int
http_json(struct http *h, const struct http_call *call, const struct jx **out, struct err *err)
{
	struct exchange x = {.h = h, .fd = -1};

	prepare(&x, call);
	return perform(&x, err) < 0 ? -1 : parse_answer(&x, out, err);
}

int
http_get(struct http *h, const char *path, const struct jx **out, struct err *err)
{
	return http_json(h, &(struct http_call){.method = "GET", .path = path}, out, err);
}

const struct jx *
http_problem(const struct http *h)
{
	return h->problem;
}

int
http_upload(struct http *h, const char *path, const char *local, const struct jx **out, struct err *err)
{
	return http_send_file(h, "PUT", path, local, out, err);
}

int
http_send_file(struct http *h, const char *method, const char *path, const char *local, const struct jx **out,
    struct err *err)
{
	struct exchange x = {.h = h, .fd = -1};
	struct stat st;
	FILE *f = fopen(local, "rbe");
	int rc;

	if (!f || fstat(fileno(f), &st) < 0) {
		err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open '%s'", local);
		if (f)
			(void)fclose(f);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)fclose(f);
		return err_set(err, E_USAGE, "'%s' is %s, not a file", local, S_ISDIR(st.st_mode) ? "a folder" : "something special");
	}
	prepare(&x, &(struct http_call){.method = method, .path = path});
	add_header(&x, "Content-Type: application/octet-stream");
	(void)curl_easy_setopt(x.curl, CURLOPT_HTTPHEADER, x.headers);
	(void)curl_easy_setopt(x.curl, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(x.curl, CURLOPT_READDATA, f);
	(void)curl_easy_setopt(x.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)st.st_size);
	rc = perform(&x, err);
	(void)fclose(f);
	return rc < 0 ? err_wrap(err, "'%s'", local) : parse_answer(&x, out, err);
}

int
http_download(struct http *h, const char *path, const char *local, char *sha256, struct err *err)
{
	struct exchange x = {.h = h};
	const char *tmp = arena_printf(h->a, "%s.part", local);
	uint8_t hash[SHA256_BYTES];
	int rc;

	x.fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (x.fd < 0)
		return err_sys(err, E_IO, "cannot write '%s'", tmp);
	x.digest = digest_new();
	prepare(&x, &(struct http_call){.method = "GET", .path = path});
	rc = perform(&x, err);
	digest_finish(x.digest, hash);
	if (rc == 0 && (fsync(x.fd) < 0 || rename(tmp, local) < 0))
		rc = err_sys(err, E_IO, "cannot finish '%s'", local);
	fd_close(&x.fd);
	if (rc < 0)
		(void)unlink(tmp); /* the failure is being reported */
	else if (sha256)
		hex_format(hash, sizeof hash, sha256);
	return rc;
}

int
http_lines(struct http *h, const struct http_call *call, http_line_fn fn, void *arg, struct err *err)
{
	struct exchange x = {.h = h, .fd = -1, .line_fn = fn, .line_arg = arg};
	int rc;

	prepare(&x, call);
	rc = perform(&x, err);
	if (rc == 0 && x.body.len && !x.ended_by_fn) /* a last line without a newline */
		(void)fn(arg, x.body.p, x.body.len);
	return rc;
}
