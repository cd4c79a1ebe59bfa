/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/fetch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>
#include <seccomp.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "policy/contract.h"
#include "policy/egress.h"

#define CONTRACT_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define BODY_BYTES_MAX ((uint64_t)16 * 1024 * 1024) /* parsed, one answer may take thirty times that */
#define ADDRESSES_MAX 8
#define ITEM_VALUE_MAX 128
#define JSON_DEPTH_MAX 60 /* below the writer's 64: the document adds two levels */
#define FAMILIES 64 /* more than the kernel has */
#define MEMORY_BYTES_MIN ((uint64_t)64 * 1024 * 1024)

struct kept { /* an answer that a for_each walks */
	const char *name;
	const struct jx *array;
};

struct session {
	struct arena *a;
	struct contract contract;
	const char *base; /* without '/' at its end */
	struct url base_url;
	const char *addresses[ADDRESSES_MAX]; /* pinned */
	size_t naddresses;
	CURL *curl;
	int socket; /* the last one opened: the connection in use */
	struct curl_slist *pins;
	uint64_t *calls; /* [negress] made */
	uint64_t *bytes; /* [negress] received */
	size_t ncalls;
	uint64_t output_bytes;
	struct kept *kept; /* [nkept], room for all requests */
	size_t nkept;
	const char *place;
};

/* One call in the making. */
struct call {
	const char *request;
	const char *item;
	const char *url;
	int rule;
	uint64_t bytes_left; /* of the rule */
	struct buf body;
	uint64_t bytes; /* received, refused ones counted */
	struct session *session;
};

/* ---- saying ------------------------------------------------------------------------------------ */

static void
say(struct arena *a, void (*write)(struct jw *w, const void *arg), const void *arg)
{
	struct buf b;
	struct jw w;
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	write(&w, arg);
	jw_end(&w);
	buf_char(&b, '\n');
	if (fd_write_all(FETCH_REPORT_FD, b.p, b.len, NULL) < 0)
		_exit(3); /* nobody listens any more */
}

struct ending {
	const struct err *err; /* NULL: all is well */
	const char *place;
};

/* Whose fault it was, in one word. */
static const char *
class_of(const struct err *err)
{
	if (err->code == E_EGRESS)
		return "egress";
	if (err->code == E_LIMIT || err->code == E_TOO_LARGE)
		return "limit";
	if (err->code == E_NET)
		return "network";
	return err->code == E_SANDBOX || err->code == E_INTERNAL ? "sandbox" : "answer";
}

static void
write_end(struct jw *w, const void *arg)
{
	const struct ending *e = arg;
	jw_object(w, "end");
	jw_bool(w, "ok", e->err == NULL);
	if (e->err) {
		jw_str(w, "class", class_of(e->err));
		jw_str(w, "message", e->err->msg);
		jw_str(w, "place", e->place);
		jw_bool(w, "retryable", err_is_retryable(e->err->code));
	}
	jw_end(w);
}

struct answer {
	const struct call *call;
	const char *address;
	long status;
	const char *sha256;
	int64_t us;
	const char *error;
};

static void
write_call(struct jw *w, const void *arg)
{
	const struct answer *n = arg;
	jw_object(w, "call");
	jw_str(w, "request", n->call->request);
	jw_str(w, "item", n->call->item);
	jw_str(w, "url", n->call->url);
	jw_str(w, "address", n->address);
	jw_int(w, "rule", n->call->rule);
	jw_int(w, "status", n->status);
	jw_uint(w, "bytes", n->call->bytes);
	jw_str(w, "sha256", n->sha256);
	jw_int(w, "us", n->us);
	jw_str(w, "error", n->error);
	jw_end(w);
}

/* ---- confinement ------------------------------------------------------------------------------- */

/* Add a rule or give up: a filter with a hole is no filter. */
#define DENY(ctx, call, ...)                                                                   \
	do {                                                                                   \
		if (seccomp_rule_add((ctx), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(call), __VA_ARGS__) < 0) \
			return err_set(err, E_SANDBOX, "no filter rule for " #call);           \
	} while (0)

/*
 * Everything is allowed but: starting processes or programs, reaching into others, sockets other
 * than IP (a unix socket would lead to the database) and netlink (the resolver asks for interfaces),
 * and opening files for writing.
 */
static int
confine_calls(struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (!ctx)
		return err_set(err, E_SANDBOX, "cannot make a system-call filter");
	DENY(ctx, execve, 0);
	DENY(ctx, execveat, 0);
	DENY(ctx, fork, 0);
	DENY(ctx, vfork, 0);
	DENY(ctx, clone, 0);
	DENY(ctx, ptrace, 0);
	DENY(ctx, process_vm_readv, 0);
	DENY(ctx, process_vm_writev, 0);
	DENY(ctx, pidfd_getfd, 0);
	DENY(ctx, kill, 0);
	DENY(ctx, unshare, 0);
	DENY(ctx, setns, 0);
	DENY(ctx, mount, 0);
	DENY(ctx, bpf, 0);
	DENY(ctx, io_uring_setup, 0);
	DENY(ctx, creat, 0);
	DENY(ctx, truncate, 0);
	DENY(ctx, unlink, 0);
	DENY(ctx, unlinkat, 0);
	DENY(ctx, rename, 0);
	DENY(ctx, renameat, 0);
	DENY(ctx, renameat2, 0);
	DENY(ctx, link, 0);
	DENY(ctx, linkat, 0);
	DENY(ctx, chmod, 0);
	DENY(ctx, fchmodat, 0);
	for (int i = 0; i < 3; i++) {
		static const scmp_datum_t masks[3][2] = {
		    {O_ACCMODE, O_WRONLY}, {O_ACCMODE, O_RDWR}, {O_CREAT, O_CREAT}};
		DENY(ctx, open, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, masks[i][0], masks[i][1]));
		DENY(ctx, openat, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, masks[i][0], masks[i][1]));
	}
	/* a rule compares an argument once, so the families are denied one by one */
	for (unsigned family = 0; family < FAMILIES; family++)
		if (family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
			DENY(ctx, socket, 1, SCMP_A0(SCMP_CMP_EQ, family));
	DENY(ctx, socket, 1, SCMP_A0(SCMP_CMP_GE, FAMILIES));
	/* their arguments are behind a pointer, where a filter cannot look */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) < 0 ||
	    seccomp_load(ctx) < 0)
		return err_set(err, E_SANDBOX, "cannot load the system-call filter");
	seccomp_release(ctx);
	return 0;
}

static int
limit(int what, uint64_t value, struct err *err)
{
	struct rlimit l = {.rlim_cur = value, .rlim_max = value};
	if (setrlimit((__rlimit_resource_t)what, &l) < 0)
		return err_sys(err, E_SANDBOX, "setting a resource limit");
	return 0;
}

static int
confine(const struct contract *c, struct err *err)
{
	uint64_t memory = c->limits.memory_bytes;
	if (memory < MEMORY_BYTES_MIN)
		memory = MEMORY_BYTES_MIN;
#ifndef FORGE_ASAN /* its shadow alone is terabytes */
	if (limit(RLIMIT_DATA, memory, err) < 0)
		return -1;
#else
	(void)memory;
#endif
	if (limit(RLIMIT_CORE, 0, err) < 0 || limit(RLIMIT_NOFILE, 64, err) < 0 ||
	    limit(RLIMIT_FSIZE, c->limits.output_bytes, err) < 0 ||
	    limit(RLIMIT_CPU, c->limits.cpu_ms / 1000 + 1, err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, E_SANDBOX, "setting no_new_privs");
	return confine_calls(err);
}

/* ---- names and addresses ------------------------------------------------------------------------- */

/* May this contract reach host:port at an address that is not public? */
static bool
may_be_private(const struct contract *c, const struct url *u)
{
	for (size_t i = 0; i < c->negress; i++)
		if (strcmp(c->egress[i].host, u->host) == 0 && c->egress[i].port == u->port &&
		    c->egress[i].is_private)
			return true;
	return false;
}

static int
pin_address(struct session *s, const char *text, struct err *err)
{
	if (egress_is_private(text) && !may_be_private(&s->contract, &s->base_url))
		return err_set(err, E_EGRESS,
		    "'%s' is at %s, which is not a public address, and the profile's "
		    "egress.allow_private does not name '%s:%u'",
		    s->base_url.host, text, s->base_url.host, (unsigned)s->base_url.port);
	for (size_t i = 0; i < s->naddresses; i++)
		if (strcmp(s->addresses[i], text) == 0)
			return 0;
	if (s->naddresses < ADDRESSES_MAX)
		s->addresses[s->naddresses++] = arena_str(s->a, text);
	return 0;
}

/* Resolve the one host once; one address that is not allowed spoils them all. */
static int
resolve(struct session *s, struct err *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
	int rc = getaddrinfo(s->base_url.host, NULL, &hints, &list);
	if (rc != 0)
		return err_set(err, E_NET, "the name '%s' does not resolve: %s", s->base_url.host,
		    gai_strerror(rc));
	int result = 0;
	for (struct addrinfo *ai = list; ai && result == 0; ai = ai->ai_next) {
		char text[INET6_ADDRSTRLEN];
		const void *in = ai->ai_family == AF_INET6
		    ? (const void *)&((struct sockaddr_in6 *)(void *)ai->ai_addr)->sin6_addr
		    : (const void *)&((struct sockaddr_in *)(void *)ai->ai_addr)->sin_addr;
		if (inet_ntop(ai->ai_family, in, text, sizeof text))
			result = pin_address(s, text, err);
	}
	freeaddrinfo(list);
	if (result == 0 && s->naddresses == 0)
		return err_set(err, E_NET, "the name '%s' has no address", s->base_url.host);
	return result;
}

/* libcurl's entry: "host:port:address[,address]"; IPv6 in brackets. */
static const char *
pin_text(const struct session *s)
{
	struct buf b;
	bool is_v6 = strchr(s->base_url.host, ':') != NULL;
	buf_init(&b, s->a);
	buf_printf(&b, "%s%s%s:%u:", is_v6 ? "[" : "", s->base_url.host, is_v6 ? "]" : "",
	    (unsigned)s->base_url.port);
	for (size_t i = 0; i < s->naddresses; i++) {
		bool v6 = strchr(s->addresses[i], ':') != NULL;
		buf_printf(&b, "%s%s%s%s", i ? "," : "", v6 ? "[" : "", s->addresses[i],
		    v6 ? "]" : "");
	}
	return buf_take(&b);
}

/* Whatever libcurl thinks: only a pinned address and the one port get a socket. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct session *s = arg;
	char text[INET6_ADDRSTRLEN];
	uint16_t port;
	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (to->family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&to->addr;
		port = ntohs(in->sin_port);
		if (!inet_ntop(AF_INET, &in->sin_addr, text, sizeof text))
			return CURL_SOCKET_BAD;
	} else if (to->family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)&to->addr;
		port = ntohs(in->sin6_port);
		if (!inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text))
			return CURL_SOCKET_BAD;
	} else {
		return CURL_SOCKET_BAD;
	}
	for (size_t i = 0; i < s->naddresses; i++)
		if (port == s->base_url.port && strcmp(text, s->addresses[i]) == 0)
			return s->socket = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	return CURL_SOCKET_BAD;
}

/*
 * A server that writes head and body apart has its body held back until the head is acknowledged,
 * which the kernel would put off for 40 ms. Acknowledge at once.
 */
static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	const struct session *s = arg;
	int on = 1;
	if (size * n == 2 && memcmp(p, "\r\n", 2) == 0) /* the head's end; only speed depends on it */
		(void)setsockopt(s->socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
	return size * n;
}

/* ---- one call -------------------------------------------------------------------------------------- */

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;
	size_t got = size * n;
	c->bytes += got;
	if (c->bytes > c->bytes_left || c->bytes > BODY_BYTES_MAX)
		return 0; /* libcurl ends the call */
	buf_add(&c->body, p, got);
	return got;
}

#define SET(option, value)                                                                     \
	do {                                                                                   \
		if (curl_easy_setopt(s->curl, option, value) != CURLE_OK)                      \
			return err_set(err, E_INTERNAL, "libcurl refuses " #option);           \
	} while (0)

static int
curl_prepare(struct session *s, struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, E_INTERNAL, "libcurl does not start");
	s->curl = curl_easy_init();
	s->pins = curl_slist_append(NULL, pin_text(s));
	if (!s->curl || !s->pins)
		return err_set(err, E_INTERNAL, "libcurl does not start");
	SET(CURLOPT_PROTOCOLS_STR, s->base_url.scheme);
	SET(CURLOPT_RESOLVE, s->pins);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, s);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, s);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_CONNECTTIMEOUT_MS, 10000L);
	SET(CURLOPT_USERAGENT, "forge");
	SET(CURLOPT_PATH_AS_IS, 1L);
	struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
	SET(CURLOPT_HTTPHEADER, headers);
	return 0;
}

/* What a finished transfer means; status is 0 when there was no answer. */
static int
judge(const struct session *s, const struct call *c, CURLcode code, long status, struct err *err)
{
	const struct egress_rule *r = &s->contract.egress[c->rule];
	if (c->bytes > c->bytes_left)
		return err_set(err, E_LIMIT, "%s %s: more than %llu of %llu certified bytes",
		    r->method, c->url, (unsigned long long)r->bytes_max,
		    (unsigned long long)r->bytes_max);
	if (c->bytes > BODY_BYTES_MAX)
		return err_set(err, E_TOO_LARGE, "%s answered with more than %llu bytes", c->url,
		    (unsigned long long)BODY_BYTES_MAX);
	if (code != CURLE_OK)
		return err_set(err, E_NET, "no answer from %s: %s", c->url,
		    curl_easy_strerror(code));
	if (status >= 300 && status < 400) {
		char *to = NULL;
		(void)curl_easy_getinfo(s->curl, CURLINFO_REDIRECT_URL, &to);
		return err_set(err, E_EGRESS, "%s answered %ld, a redirect to '%s'; redirects are "
		    "not followed: name the final address in the plan", c->url, status,
		    to ? to : "");
	}
	if (status == 408 || status == 429 || status >= 500)
		return err_set(err, E_NET, "%s answered %ld", c->url, status);
	if (status != 200)
		return err_set(err, E_NOT_FOUND, "%s answered %ld", c->url, status);
	return 0;
}

/* Reserve, act, settle: a call is counted before it is made. */
static int
reserve(struct session *s, struct call *c, const struct url *u, struct err *err)
{
	c->rule = egress_match(s->contract.egress, s->contract.negress, "GET", u, err);
	if (c->rule < 0)
		return -1;
	const struct egress_rule *r = &s->contract.egress[c->rule];
	if (s->calls[c->rule] >= r->calls_max)
		return err_set(err, E_LIMIT, "%s %s is not made: %llu of %llu certified calls of "
		    "'%s' are used", r->method, c->url, (unsigned long long)s->calls[c->rule],
		    (unsigned long long)r->calls_max, r->path);
	if (s->ncalls >= FETCH_CALLS_MAX)
		return err_set(err, E_LIMIT, "more than %d calls in one step", FETCH_CALLS_MAX);
	INVARIANT(s->bytes[c->rule] <= r->bytes_max);
	c->bytes_left = r->bytes_max - s->bytes[c->rule];
	s->calls[c->rule]++;
	s->ncalls++;
	return 0;
}

static int
transfer(struct session *s, struct call *c, struct err *err)
{
	SET(CURLOPT_URL, c->url);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_TIMEOUT_MS, (long)FETCH_TIMEOUT_MS_MAX); /* the whole's wall clock is the parent's */
	int64_t begin_us = clock_mono_us();
	CURLcode code = curl_easy_perform(s->curl);
	char *address = NULL, hex[SHA256_HEX];
	long status = 0;
	(void)curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(s->curl, CURLINFO_PRIMARY_IP, &address);
	int rc = judge(s, c, code, status, err);
	uint64_t counted = c->bytes < c->bytes_left ? c->bytes : c->bytes_left;
	s->bytes[c->rule] += counted;
	sha256_hex(c->body.p ? c->body.p : "", c->body.len, hex);
	struct answer answer = {.call = c, .address = address && *address ? address : NULL,
	    .status = status, .sha256 = hex, .us = clock_mono_us() - begin_us,
	    .error = rc < 0 ? err->msg : NULL};
	say(s->a, write_call, &answer);
	return rc;
}

/* ---- the document ------------------------------------------------------------------------------------ */

static int
emit(struct session *s, const char *p, size_t n, struct err *err)
{
	s->output_bytes += n;
	if (s->output_bytes > s->contract.limits.output_bytes)
		return err_set(err, E_LIMIT, "the document passes the output limit of %llu bytes",
		    (unsigned long long)s->contract.limits.output_bytes);
	return fd_write_all(FETCH_OUTPUT_FD, p, n, err);
}

/* Make one call and append its answer to the document; keep it when keep is not NULL. */
static int
fetch_one(struct session *s, const char *request, const char *item, const char *path,
    const struct jx **keep, struct err *err)
{
	struct arena *scratch = arena_new(0);
	struct jx_options opt = {.bytes_max = BODY_BYTES_MAX, .depth_max = JSON_DEPTH_MAX};
	struct call c = {.request = request, .item = item, .session = s};
	struct buf out;
	struct jw w;
	struct url u;
	struct jx *v = NULL;
	int rc = -1;
	c.url = arena_printf(scratch, "%s%s", s->base, path);
	buf_init(&c.body, scratch);
	if (url_parse(scratch, c.url, strlen(c.url), &u, err) < 0 || reserve(s, &c, &u, err) < 0 ||
	    transfer(s, &c, err) < 0)
		goto out;
	const char *text = keep ? arena_dup(s->a, c.body.p ? c.body.p : "", c.body.len) : c.body.p;
	if (jx_parse(keep ? s->a : scratch, text ? text : "", c.body.len, &opt, &v, err) < 0) {
		err_wrap(err, "%s", c.url);
		goto out;
	}
	buf_init(&out, scratch);
	jw_init(&w, &out);
	jw_value(&w, NULL, v);
	rc = emit(s, out.p, out.len, err);
	if (keep)
		*keep = v;
out:
	arena_free(scratch);
	return rc;
}

static bool
is_item_value(const char *p, size_t n)
{
	if (n == 0 || n > ITEM_VALUE_MAX || (n <= 2 && strncmp(p, "..", n) == 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= '0' && p[i] <= '9') && !(p[i] >= 'A' && p[i] <= 'Z') &&
		    !(p[i] >= 'a' && p[i] <= 'z') && !strchr("._~-", p[i]))
			return false;
	return true;
}

/* The text of an item's member, if it may stand in a path. */
static const char *
item_value(const struct jx *item, const char *key, struct err *err)
{
	const struct jx *v = jx_find(item, key);
	if (!v || (v->type != JX_STRING && v->type != JX_NUMBER)) {
		err_set(err, E_SCHEMA, "the item has no text or number '%s'", key);
		return NULL;
	}
	if (!is_item_value(v->u.text.p, v->u.text.n) || strlen(v->u.text.p) != v->u.text.n) {
		err_set(err, E_SCHEMA, "the item's '%s' is '%.80s', which may not stand in a path "
		    "(1 to %d of A-Z a-z 0-9 . _ ~ -)", key, v->u.text.p, ITEM_VALUE_MAX);
		return NULL;
	}
	return v->u.text.p;
}

int
fetch_expand(struct arena *a, const char *path, const struct jx *item, const char **out,
    struct err *err)
{
	struct buf b;
	buf_init(&b, a);
	for (const char *p = path; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		if (!end) {
			buf_char(&b, *p++);
			continue;
		}
		const char *value = item_value(item, arena_dup(a, p + 1, (size_t)(end - p) - 1), err);
		if (!value)
			return -1;
		buf_str(&b, value);
		p = end + 1;
	}
	*out = buf_take(&b);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The items' ids, which become the keys of an object: present, and none twice. */
static int
item_ids(struct session *s, const char *list, const struct jx *items, const char ***out,
    struct err *err)
{
	size_t n = jx_size(items);
	const char **ids = ARENA_ARRAY(s->a, n, const char *);
	const char **sorted = ARENA_ARRAY(s->a, n, const char *);
	for (size_t i = 0; i < n; i++) {
		s->place = arena_printf(s->a, "item %zu of '%s'", i + 1, list);
		if (!(ids[i] = item_value(jx_at(items, i), "id", err)))
			return -1;
	}
	if (n)
		memcpy(sorted, ids, n * sizeof *ids);
	qsort(sorted, n, sizeof *sorted, by_text);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(sorted[i - 1], sorted[i]) == 0) {
			s->place = arena_printf(s->a, "'%s'", list);
			return err_set(err, E_SCHEMA, "two items have the id '%s'", sorted[i]);
		}
	}
	*out = ids;
	return 0;
}

static int
fetch_for_each(struct session *s, const char *name, const char *path, const char *list,
    struct err *err)
{
	const struct jx *items = NULL;
	for (size_t i = 0; i < s->nkept; i++)
		if (strcmp(s->kept[i].name, list) == 0)
			items = s->kept[i].array;
	if (!jx_is(items, JX_ARRAY)) {
		s->place = arena_printf(s->a, "request '%s'", name);
		return err_set(err, E_SCHEMA, "'%s' is not a list that an earlier request gave", list);
	}
	const char **ids = NULL;
	if (item_ids(s, list, items, &ids, err) < 0 || emit(s, "{", 1, err) < 0)
		return -1;
	for (size_t i = 0; i < jx_size(items); i++) {
		const char *expanded;
		s->place = arena_printf(s->a, "request '%s', item %zu of '%s' (id %s)", name, i + 1,
		    list, ids[i]);
		const char *key = arena_printf(s->a, "%s\"%s\":", i ? "," : "", ids[i]);
		if (fetch_expand(s->a, path, jx_at(items, i), &expanded, err) < 0 ||
		    emit(s, key, strlen(key), err) < 0 ||
		    fetch_one(s, name, ids[i], expanded, NULL, err) < 0)
			return -1;
	}
	return emit(s, "}", 1, err);
}

/* Does a later request walk this one's answer? */
static bool
is_walked(const struct jx *requests, const char *name)
{
	for (size_t i = 0; i < jx_size(requests); i++)
		if (jx_is_str(jx_find(jx_at(requests, i), "for_each"), name))
			return true;
	return false;
}

static int
fetch_request(struct session *s, const struct jx *requests, size_t index, struct err *err)
{
	const struct jx *rq = jx_at(requests, index);
	const char *name, *path;
	if (jx_get_str(rq, "name", &name, err) < 0 || jx_get_str(rq, "path", &path, err) < 0)
		return -1;
	struct buf key;
	struct jw w;
	buf_init(&key, s->a);
	buf_str(&key, index ? "," : "{");
	jw_init(&w, &key);
	jw_str(&w, NULL, name);
	buf_char(&key, ':');
	if (emit(s, key.p, key.len, err) < 0)
		return -1;
	const char *list = jx_str(jx_find(rq, "for_each"), NULL);
	if (list)
		return fetch_for_each(s, name, path, list, err);
	s->place = arena_printf(s->a, "request '%s'", name);
	const struct jx *kept = NULL;
	bool is_kept = is_walked(requests, name);
	if (fetch_one(s, name, NULL, path, is_kept ? &kept : NULL, err) < 0)
		return -1;
	if (is_kept)
		s->kept[s->nkept++] = (struct kept){.name = name, .array = kept};
	return 0;
}

static int
begin(struct session *s, struct err *err)
{
	char *text;
	size_t n;
	const char *base;
	if (fd_read_all(s->a, FETCH_CONTRACT_FD, CONTRACT_BYTES_MAX, &text, &n, err) < 0 ||
	    contract_parse(s->a, text, n, &s->contract, err) < 0 ||
	    jx_get_str(s->contract.fetch, "base_url", &base, err) < 0)
		return -1;
	size_t base_bytes = strlen(base);
	while (base_bytes > 0 && base[base_bytes - 1] == '/')
		base_bytes--;
	s->base = arena_dup(s->a, base, base_bytes);
	const char *whole = arena_printf(s->a, "%s/", s->base);
	if (url_parse(s->a, whole, strlen(whole), &s->base_url, err) < 0)
		return err_wrap(err, "base_url");
	s->calls = ARENA_ARRAY(s->a, s->contract.negress, uint64_t);
	s->bytes = ARENA_ARRAY(s->a, s->contract.negress, uint64_t);
	s->place = "base_url";
	if (resolve(s, err) < 0 || confine(&s->contract, err) < 0)
		return -1;
	return curl_prepare(s, err);
}

static int
run(struct session *s, struct err *err)
{
	const struct jx *requests;
	if (begin(s, err) < 0 || jx_get_array(s->contract.fetch, "requests", &requests, err) < 0)
		return -1;
	s->kept = ARENA_ARRAY(s->a, jx_size(requests), struct kept);
	for (size_t i = 0; i < jx_size(requests); i++)
		if (fetch_request(s, requests, i, err) < 0)
			return -1;
	s->place = NULL;
	return emit(s, jx_size(requests) ? "}\n" : "{}\n", jx_size(requests) ? 2 : 3, err);
}

void
fetch_child(void)
{
	struct err err;
	/* the parent may be gone already; then the pipe's other end is closed and the first line says so */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	struct session s = {.a = arena_new(0)};
	int rc = run(&s, &err);
	struct ending ending = {.err = rc < 0 ? &err : NULL, .place = s.place};
	say(s.a, write_end, &ending);
	_exit(0);
}
