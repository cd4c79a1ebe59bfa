/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/fetch.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "policy/contract.h"
#include "tap.h"

/* ---- a small server that answers from a table ------------------------------------------------------- */

static const struct page {
	const char *path;
	const char *status;
	const char *body;
} pages[] = {
    {"/users", "200 OK", "[{\"id\":1,\"big\":12345678901234567890123},{\"id\":2},{\"id\":\"c-3\"}]"},
    {"/users/1/posts", "200 OK", "[ {\"t\" : 1.50} ]"},
    {"/users/2/posts", "200 OK", "[]"},
    {"/users/c-3/posts", "200 OK", "{\"n\":null}"},
    {"/limited?_limit=2", "200 OK", "[1,2]"},
    {"/moved", "302 Found\r\nLocation: http://127.0.0.1:1/secret", ""},
    {"/gone", "404 Not Found", "{}"},
    {"/ill", "503 Service Unavailable", "{}"},
    {"/html", "200 OK", "<html>"},
    {"/twice", "200 OK", "{\"a\":1,\"a\":2}"},
    {"/latin", "200 OK", "\"caf\xe9\""},
    {"/long", "200 OK", "\"0123456789012345678901234567890123456789\""},
    {"/same", "200 OK", "[{\"id\":7},{\"id\":\"7\"}]"},
    {"/evil", "200 OK", "[{\"id\":\"../../admin\"}]"},
    {"/dots", "200 OK", "[{\"id\":\"..\"}]"},
    {"/noid", "200 OK", "[{\"id\":1},{\"name\":\"x\"}]"},
};
static uint16_t port;
static int listener = -1;
static int held_fd = -1;    /* eventfd: a request for /hold has come */
static atomic_int requests; /* how many came in */

static void
answer(int fd, const char *path)
{
	char text[1024];
	const struct page *page = NULL;
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strcmp(pages[i].path, path) == 0)
			page = &pages[i];
	int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
	    page ? page->status : "404 Not Found", page ? strlen(page->body) : 0,
	    page ? page->body : "");
	(void)!write(fd, text, (size_t)n);
}

static void *
serve_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char text[4096], path[256];
	size_t n = 0;
	for (;;) {
		ssize_t got = read(fd, text + n, sizeof text - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
		if (!strstr(text, "\r\n\r\n"))
			continue;
		requests++;
		n = 0;
		if (sscanf(text, "GET %255s", path) != 1)
			break;
		if (strcmp(path, "/hold") == 0)
			(void)eventfd_write(held_fd, 1); /* and never answer */
		else
			answer(fd, path);
	}
	close(fd);
	return NULL;
}

static void *
serve(void *arg)
{
	(void)arg;
	for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd) == 0)
			(void)pthread_detach(thread);
	}
	return NULL;
}

static bool
server_start(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof at;
	pthread_t thread;
	held_fd = eventfd(0, EFD_CLOEXEC);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (void *)&at, n) < 0 || listen(listener, 8) < 0 ||
	    getsockname(listener, (void *)&at, &n) < 0)
		return false;
	port = ntohs(at.sin_port);
	return pthread_create(&thread, NULL, serve, NULL) == 0 && pthread_detach(thread) == 0;
}

/* Wait until a request for /hold is there; false after ten seconds. */
static bool
wait_held(void)
{
	struct pollfd p = {.fd = held_fd, .events = POLLIN};
	eventfd_t n;
	return poll(&p, 1, 10000) == 1 && eventfd_read(held_fd, &n) == 0;
}

/* ---- a contract and its run --------------------------------------------------------------------------- */

static struct arena *arena;
static struct contract contract;
static struct fetch_result result;
static char *document; /* what was fetched; NULL when nothing was */

struct asked {
	const char *requests; /* JSON list */
	const char *rules;    /* JSON list; $ is the port */
	const char *base;     /* NULL: http://127.0.0.1:$/ */
	unsigned wall_ms;     /* 0: 20 s */
	unsigned output_bytes; /* 0: 1 MiB */
	const char *program;  /* NULL: this one */
	int cancel_fd;        /* 0: none */
};

static const char *
with_port(const char *text)
{
	char *out = arena_alloc(arena, strlen(text) * 6 + 1), *o = out;
	for (; *text; text++) {
		if (*text == '$')
			o += sprintf(o, "%u", (unsigned)port);
		else
			*o++ = *text;
	}
	return out;
}

#define RULE(path, query, calls, bytes)                                                        \
	"{\"scheme\":\"http\",\"host\":\"127.0.0.1\",\"port\":$,\"method\":\"GET\",\"path\":\"" path \
	"\",\"query\":\"" query "\",\"calls\":\"" calls "\",\"bytes\":\"" bytes "\",\"private\":true}"

static void
begin(const struct asked *q)
{
	struct err err;
	arena = arena_new(0);
	document = NULL;
	requests = 0;
	const char *text = arena_printf(arena,
	    "{\"schema\":\"forge.contract.v1\",\"step_id\":\"ps-1-fetch\",\"index\":1,\"key\":\"fetch\","
	    "\"label\":\"Fetch\",\"objective\":\"MUST fetch\",\"policy\":\"strict.fail-closed.v1\","
	    "\"packs\":[],\"workflow\":[],\"depends_on\":[],\"inputs\":[],\"outputs\":[{\"slot\":"
	    "\"raw_files\",\"name\":\"dataset\",\"path\":\"output/dataset.json\",\"kind\":\"object.json\","
	    "\"entity\":null,\"artifact_profile\":\"x.object.json.dataset.v1\",\"role\":\"primary\","
	    "\"label\":\"Dataset\",\"deliverable\":false,\"grain\":null,\"json_schema\":null}],"
	    "\"criteria\":[],\"execution\":{\"backend\":\"tool_loop\",\"routing_reason\":\"fetch\","
	    "\"argv\":[],\"files\":[],\"fetch\":{\"base_url\":\"%s\",\"requests\":%s,\"output\":"
	    "\"dataset\"},\"params\":{},\"limits\":{\"wall_ms\":\"%u\",\"cpu_ms\":\"20000\","
	    "\"memory_bytes\":\"268435456\",\"pids\":\"1\",\"output_bytes\":\"%u\",\"output_files\":\"1\","
	    "\"work_bytes\":\"1\",\"stdio_bytes\":\"1\"}},\"repair\":{\"strategy\":\"retry\","
	    "\"max_retries\":1,\"immutable_output_bindings\":true},\"grants\":{\"tools\":[\"http.fetch\"],"
	    "\"skills\":[],\"egress\":%s,\"model_calls\":0},\"gate\":null,\"certificate\":{\"bounds\":[]}}",
	    with_port(q->base ? q->base : "http://127.0.0.1:$/"), q->requests,
	    q->wall_ms ? q->wall_ms : 20000, q->output_bytes ? q->output_bytes : 1 << 20,
	    with_port(q->rules));
	if (contract_parse(arena, text, strlen(text), &contract, &err) < 0) {
		printf("# %s\n", err.msg);
		CHECK(0);
		exit(1);
	}
}

static void
run(const struct asked *q)
{
	struct err err;
	begin(q);
	const char *self[] = {"/proc/self/exe", "--http-fetch", NULL};
	const char *other[] = {q->program, NULL};
	struct fetch_request rq = {.contract = &contract, .child_argv = q->program ? other : self,
	    .cancel_fd = q->cancel_fd ? q->cancel_fd : -1};
	if (fetch_run(arena, &rq, &result, &err) < 0) {
		printf("# %s\n", err.msg);
		CHECK(0);
		return;
	}
	size_t n;
	if (result.output_fd >= 0)
		CHECK_INT(fd_read_all(arena, result.output_fd, 1 << 20, &document, &n, &err), 0);
}

static void
end(void)
{
	arena_free(arena);
}

/* The fetch fails with this class, and the message holds these words. */
static void
refused(const struct asked *q, const char *class, const char *words)
{
	run(q);
	CHECK_INT(result.end, FETCH_FAILED);
	CHECK_STR(result.class, class);
	CHECK(document == NULL);
	if (!result.failure || !strstr(result.failure, words)) {
		printf("# '%s' is not in '%s'\n", words, result.failure ? result.failure : "");
		CHECK(0);
	}
}

/* ---- behaviours --------------------------------------------------------------------------------------- */

#define USERS "{\"name\":\"users\",\"path\":\"/users\"}"
#define POSTS "{\"name\":\"posts\",\"path\":\"/users/{id}/posts\",\"for_each\":\"users\"}"

static void
answers_become_one_document(void)
{
	struct asked q = {.requests = "[" USERS "," POSTS ",{\"name\":\"few\",\"path\":\"/limited?_limit=2\"}]",
	    .rules = "[" RULE("/users", "", "1", "1000") "," RULE("/users/*/posts", "", "3", "1000") ","
	    RULE("/limited", "_limit=2", "1", "100") "]"};
	run(&q);
	CHECK_INT(result.end, FETCH_OK);
	if (result.end != FETCH_OK || result.ncalls != 5) {
		printf("# %zu calls, %s\n", result.ncalls, result.failure ? result.failure : "");
		end();
		return;
	}
	CHECK_STR(document, "{\"users\":[{\"id\":1,\"big\":12345678901234567890123},{\"id\":2},"
	    "{\"id\":\"c-3\"}],\"posts\":{\"1\":[{\"t\":1.50}],\"2\":[],\"c-3\":{\"n\":null}},"
	    "\"few\":[1,2]}\n");
	CHECK_INT(result.ncalls, 5);
	CHECK_INT(requests, 5);
	CHECK_INT(result.used[1].calls, 3);
	CHECK_INT(result.used[1].calls_max, 3);
	CHECK_STR(result.used[1].scope, with_port("GET http://127.0.0.1:$/users/*/posts"));
	CHECK_STR(result.used[2].scope, with_port("GET http://127.0.0.1:$/limited?_limit=2"));
	const struct fetch_call *c = &result.calls[1];
	CHECK_STR(c->request, "posts");
	CHECK_STR(c->item, "1");
	CHECK_STR(c->url, with_port("http://127.0.0.1:$/users/1/posts"));
	CHECK_STR(c->address, "127.0.0.1");
	CHECK_INT(c->status, 200);
	char hex[SHA256_HEX];
	sha256_hex("[ {\"t\" : 1.50} ]", 16, hex);
	CHECK_STR(c->sha256, hex);
	CHECK_INT(c->bytes, 16);
	CHECK(c->error == NULL);
	CHECK(result.wall_us > 0);
	CHECK(result.memory_peak_bytes > 0);
	end();
}

static void
the_certified_number_of_calls_is_the_last(void)
{
	struct asked q = {.requests = "[" USERS "," POSTS "]",
	    .rules = "[" RULE("/users", "", "1", "1000") "," RULE("/users/*/posts", "", "2", "1000") "]"};
	refused(&q, "limit", "is not made: 2 of 2 certified calls of '/users/*/posts' are used");
	CHECK_STR(result.place, "request 'posts', item 3 of 'users' (id c-3)");
	CHECK(!result.is_retryable);
	CHECK_INT(requests, 3);
	CHECK_INT(result.used[1].calls, 2);
	end();
}

static void
bytes_are_counted_and_capped(void)
{
	struct asked q = {.requests = "[{\"name\":\"a\",\"path\":\"/long\"}]",
	    .rules = "[" RULE("/long", "", "1", "41") "]"};
	refused(&q, "limit", "more than 41 of 41 certified bytes");
	CHECK_INT(result.calls[0].bytes, 42);
	end();
	struct asked enough = {.requests = "[{\"name\":\"a\",\"path\":\"/long\"}]",
	    .rules = "[" RULE("/long", "", "1", "42") "]"};
	run(&enough);
	CHECK_INT(result.end, FETCH_OK);
	end();
	struct asked output = {.requests = enough.requests, .rules = enough.rules, .output_bytes = 20};
	refused(&output, "limit", "the document passes the output limit of 20 bytes");
	end();
}

static void
what_no_rule_allows_is_not_asked(void)
{
	struct asked q = {.requests = "[{\"name\":\"a\",\"path\":\"/gone\"}]",
	    .rules = "[" RULE("/users", "", "1", "1000") "]"};
	refused(&q, "egress", "");
	CHECK_INT(requests, 0);
	CHECK_INT(result.ncalls, 0);
	end();
	struct asked query = {.requests = "[{\"name\":\"a\",\"path\":\"/users?admin=1\"}]",
	    .rules = "[" RULE("/users", "", "1", "1000") "]"};
	refused(&query, "egress", "");
	CHECK_INT(requests, 0);
	end();
}

static void
private_addresses_need_a_word_in_the_rule(void)
{
	struct asked q = {.requests = "[" USERS "]",
	    .rules = "[{\"scheme\":\"http\",\"host\":\"127.0.0.1\",\"port\":$,\"method\":\"GET\",\"path\":"
	    "\"/users\",\"query\":\"\",\"calls\":\"1\",\"bytes\":\"100\",\"private\":false}]"};
	refused(&q, "egress", "is at 127.0.0.1, which is not a public address");
	CHECK_INT(requests, 0);
	end();
	struct asked name = {.requests = q.requests, .base = "http://localhost:$",
	    .rules = "[{\"scheme\":\"http\",\"host\":\"localhost\",\"port\":$,\"method\":\"GET\",\"path\":"
	    "\"/users\",\"query\":\"\",\"calls\":\"1\",\"bytes\":\"100\",\"private\":false}]"};
	refused(&name, "egress", "'localhost' is at ");
	CHECK_INT(requests, 0);
	end();
}

static void
redirects_are_refused(void)
{
	struct asked q = {.requests = "[{\"name\":\"a\",\"path\":\"/moved\"}]",
	    .rules = "[" RULE("/moved", "", "1", "1000") "]"};
	refused(&q, "egress", "answered 302, a redirect to 'http://127.0.0.1:1/secret'");
	CHECK_INT(requests, 1);
	CHECK_INT(result.calls[0].status, 302);
	CHECK(result.calls[0].error != NULL);
	end();
}

static void
bad_answers_say_which_and_where(void)
{
	static const struct {
		const char *path, *rule, *class, *words;
		bool is_retryable;
	} cases[] = {
	    {"/gone", RULE("/gone", "", "1", "99"), "answer", "/gone answered 404", false},
	    {"/ill", RULE("/ill", "", "1", "99"), "network", "/ill answered 503", true},
	    {"/html", RULE("/html", "", "1", "99"), "answer", "/html: line 1, column 1", false},
	    {"/twice", RULE("/twice", "", "1", "99"), "answer", "/twice: line 1", false},
	    {"/latin", RULE("/latin", "", "1", "99"), "answer", "/latin: line 1", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rq[64], rules[256];
		(void)snprintf(rq, sizeof rq, "[{\"name\":\"a\",\"path\":\"%s\"}]", cases[i].path);
		(void)snprintf(rules, sizeof rules, "[%s]", cases[i].rule);
		struct asked q = {.requests = rq, .rules = rules};
		refused(&q, cases[i].class, cases[i].words);
		CHECK_INT(result.is_retryable, cases[i].is_retryable);
		CHECK_STR(result.place, "request 'a'");
		CHECK_INT(result.ncalls, 1);
		end();
	}
}

static void
items_cannot_lead_anywhere_else(void)
{
	static const struct {
		const char *list, *words, *place;
	} cases[] = {
	    {"/same", "two items have the id '7'", "'l'"},
	    {"/evil", "'../../admin', which may not stand in a path", "item 1 of 'l'"},
	    {"/dots", "'..', which may not stand in a path", "item 1 of 'l'"},
	    {"/noid", "the item has no text or number 'id'", "item 2 of 'l'"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rq[200];
		(void)snprintf(rq, sizeof rq, "[{\"name\":\"l\",\"path\":\"%s\"},{\"name\":\"e\",\"path\":"
		    "\"/users/{id}/posts\",\"for_each\":\"l\"}]", cases[i].list);
		struct asked q = {.requests = rq, .rules = "[" RULE("/*", "", "1", "1000") ","
		    RULE("/users/*/posts", "", "9", "1000") "]"};
		refused(&q, "answer", cases[i].words);
		CHECK_STR(result.place, cases[i].place);
		CHECK_INT(requests, 1);
		end();
	}
}

static void
nobody_there_can_be_tried_again(void)
{
	struct asked q = {.requests = "[" USERS "]", .base = "http://127.0.0.1:1",
	    .rules = "[{\"scheme\":\"http\",\"host\":\"127.0.0.1\",\"port\":1,\"method\":\"GET\",\"path\":"
	    "\"/users\",\"query\":\"\",\"calls\":\"1\",\"bytes\":\"100\",\"private\":true}]"};
	refused(&q, "network", "no answer from http://127.0.0.1:1/users");
	CHECK(result.is_retryable);
	CHECK_INT(result.calls[0].status, 0);
	end();
}

#define HOLD "[{\"name\":\"h\",\"path\":\"/hold\"}]"

static void
the_wall_clock_ends_it(void)
{
	struct asked q = {.requests = HOLD, .rules = "[" RULE("/hold", "", "1", "99") "]", .wall_ms = 300};
	run(&q);
	CHECK_INT(result.end, FETCH_WALL);
	CHECK_STR(result.failure, "not done within the wall clock limit of 300 ms");
	CHECK(result.wall_us >= 290000);
	CHECK(result.wall_us < 5000000);
	CHECK(document == NULL);
	end();
	CHECK(wait_held());
}

static void *
cancel_when_held(void *arg)
{
	(void)wait_held();
	(void)eventfd_write(*(int *)arg, 1);
	return NULL;
}

static void
a_cancelled_fetch_ends_at_once(void)
{
	pthread_t thread;
	int cancel = eventfd(0, EFD_CLOEXEC);
	CHECK_INT(pthread_create(&thread, NULL, cancel_when_held, &cancel), 0);
	struct asked q = {.requests = HOLD, .rules = "[" RULE("/hold", "", "1", "99") "]",
	    .cancel_fd = cancel};
	run(&q);
	CHECK_INT(result.end, FETCH_CANCELLED);
	CHECK(result.wall_us < 10000000);
	CHECK_INT(pthread_join(thread, NULL), 0);
	close(cancel);
	end();
}

static void
a_child_that_dies_silently_is_lost(void)
{
	struct asked q = {.requests = "[" USERS "]", .rules = "[" RULE("/users", "", "1", "99") "]",
	    .program = "/bin/false"};
	run(&q);
	CHECK_INT(result.end, FETCH_LOST);
	CHECK_STR(result.failure, "the fetching process ended with status 1 and no report");
	CHECK(result.is_retryable);
	end();
}

/* ---- what the child can reach --------------------------------------------------------------------------- */

static char child_status[8192], child_environ[4096], child_fds[2048];

static void
read_proc(const char *pid, const char *what, char *out, size_t n)
{
	char path[300];
	(void)snprintf(path, sizeof path, "/proc/%s/%s", pid, what);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, out, n - 1);
	out[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* The child is the process whose parent we are; it is waiting for an answer that never comes. */
static void *
look_at_child(void *arg)
{
	(void)wait_held();
	DIR *proc = opendir("/proc");
	char me[32], status[8192];
	(void)snprintf(me, sizeof me, "\nPPid:\t%d\n", (int)getpid());
	for (struct dirent *e; proc && (e = readdir(proc)) != NULL;) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		read_proc(e->d_name, "status", status, sizeof status);
		if (!strstr(status, me))
			continue;
		strcpy(child_status, status);
		read_proc(e->d_name, "environ", child_environ, sizeof child_environ);
		char path[300];
		(void)snprintf(path, sizeof path, "/proc/%s/fd", e->d_name);
		DIR *fds = opendir(path);
		for (struct dirent *f; fds && (f = readdir(fds)) != NULL;) {
			char link[600], to[200];
			(void)snprintf(link, sizeof link, "%s/%s", path, f->d_name);
			ssize_t k = readlink(link, to, sizeof to - 1);
			if (k > 0 && f->d_name[0] > '2') {
				to[k] = '\0';
				(void)snprintf(child_fds + strlen(child_fds),
				    sizeof child_fds - strlen(child_fds), "%s ", to);
			}
		}
		if (fds)
			closedir(fds);
	}
	if (proc)
		closedir(proc);
	(void)eventfd_write(*(int *)arg, 1);
	return NULL;
}

static void
the_child_has_no_credentials_and_a_filter(void)
{
	pthread_t thread;
	int cancel = eventfd(0, EFD_CLOEXEC);
	int leak = open("/etc/hostname", O_RDONLY); /* no O_CLOEXEC on purpose */
	(void)setenv("FORGE_DB", "host=/secret", 1);
	CHECK_INT(pthread_create(&thread, NULL, look_at_child, &cancel), 0);
	struct asked q = {.requests = HOLD, .rules = "[" RULE("/hold", "", "1", "99") "]",
	    .cancel_fd = cancel};
	run(&q);
	CHECK_INT(result.end, FETCH_CANCELLED);
	CHECK_INT(pthread_join(thread, NULL), 0);
	CHECK(strstr(child_status, "\nSeccomp:\t2\n") != NULL);
	CHECK(strstr(child_status, "\nNoNewPrivs:\t1\n") != NULL);
	if (geteuid() == 0) { /* it is not dumpable, so only root can look */
		CHECK(memmem(child_environ, sizeof child_environ, "FORGE", 5) == NULL);
		CHECK(strstr(child_environ, "LANG=C.UTF-8") != NULL);
		CHECK(strstr(child_fds, "memfd:contract") != NULL);
		CHECK(strstr(child_fds, "hostname") == NULL);
	}
	(void)unsetenv("FORGE_DB");
	close(leak);
	close(cancel);
	end();
}

static void
placeholders_are_filled_from_the_item(void)
{
	struct err err;
	struct jx *item;
	const char *out = NULL, *text = "{\"id\":7,\"org\":\"a.b_c~d-e\",\"f\":1.5,\"no\":null}";
	arena = arena_new(0);
	CHECK_INT(jx_parse(arena, text, strlen(text), NULL, &item, &err), 0);
	CHECK_INT(fetch_expand(arena, "/o/{org}/u/{id}?x={f}", item, &out, &err), 0);
	CHECK_STR(out, "/o/a.b_c~d-e/u/7?x=1.5");
	CHECK_INT(fetch_expand(arena, "/plain", item, &out, &err), 0);
	CHECK_STR(out, "/plain");
	CHECK_INT(fetch_expand(arena, "/{no}", item, &out, &err), -1);
	CHECK_INT(err.code, E_SCHEMA);
	CHECK_INT(fetch_expand(arena, "/{absent}", item, &out, &err), -1);
	CHECK_STR(err.msg, "the item has no text or number 'absent'");
	arena_free(arena);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--http-fetch") == 0)
		fetch_child();
	if (!server_start()) {
		printf("Bail out! no server on loopback\n");
		return 1;
	}
	RUN(answers_become_one_document);
	RUN(the_certified_number_of_calls_is_the_last);
	RUN(bytes_are_counted_and_capped);
	RUN(what_no_rule_allows_is_not_asked);
	RUN(private_addresses_need_a_word_in_the_rule);
	RUN(redirects_are_refused);
	RUN(bad_answers_say_which_and_where);
	RUN(items_cannot_lead_anywhere_else);
	RUN(nobody_there_can_be_tried_again);
	RUN(the_wall_clock_ends_it);
	RUN(a_cancelled_fetch_ends_at_once);
	RUN(a_child_that_dies_silently_is_lost);
	RUN(the_child_has_no_credentials_and_a_filter);
	RUN(placeholders_are_filled_from_the_item);
	return tap_done();
}
