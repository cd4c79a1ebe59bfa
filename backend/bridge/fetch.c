/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "policy/contract.h"
#include "policy/egress.h"

/* A call's line is its url (2048), its error (512) and some hundred bytes more, escaped. */
#define REPORT_LINE_BYTES ((size_t)16 * 1024)
#define REPORT_BYTES_MAX (REPORT_LINE_BYTES * 4096)
#define MFD_NOEXEC_SEAL_FLAG 0x0008U

/* A running child and what we hold of it. */
struct child {
	pid_t pid;
	int pid_fd;
	int report_fd;
	int output_fd;
	struct buf report;
	bool is_report_open;
};

static int
memory_file(const char *name, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL_FLAG);
	if (fd < 0 && errno == EINVAL) /* kernels before 6.3 do not know the flag */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? err_sys(err, E_IO, "making a memory file") : fd;
}

static int
seal(int fd, struct err *err)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, E_IO, "sealing a memory file");
	return 0;
}

static void
close_fd(void *arg)
{
	fd_close(arg);
}

/* Descriptors for the child, moved above the numbers that they will get there. */
static int
move_up(int *fd, struct err *err)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FETCH_REPORT_FD + 1);
	if (moved < 0)
		return err_sys(err, E_IO, "moving a descriptor");
	close(*fd);
	*fd = moved;
	return 0;
}

/* Start argv with exactly these descriptors, default signals and an environment without secrets. */
static int
spawn(const char *const *argv, const int fds[3], pid_t *pid, struct err *err)
{
	char lang[] = "LANG=C.UTF-8", path[] = "PATH=/usr/bin:/bin", zone[] = "TZ=UTC";
	char *const env[] = {lang, path, zone, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	int rc = posix_spawn_file_actions_init(&actions);
	INVARIANT(rc == 0);
	rc = posix_spawnattr_init(&attr);
	INVARIANT(rc == 0);
	for (int i = 0; i < 3 && rc == 0; i++)
		rc = posix_spawn_file_actions_adddup2(&actions, fds[i], FETCH_CONTRACT_FD + i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, FETCH_REPORT_FD + 1);
	if (rc == 0)
		rc = posix_spawnattr_setflags(&attr,
		    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(&attr, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attr, &all);
	if (rc == 0) {
		union {
			const char *const *in;
			char *const *out;
		} cast = {.in = argv}; /* posix_spawn's type predates const; it does not write */
		rc = posix_spawn(pid, argv[0], &actions, &attr, cast.out, env);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	errno = rc;
	return rc ? err_sys(err, E_IO, "starting '%s'", argv[0]) : 0;
}

static int
start(struct arena *a, const struct fetch_request *rq, struct child *c, struct err *err)
{
	int contract_fd = -1, pipe_fds[2] = {-1, -1}, rc = -1;
	contract_fd = memory_file("contract", err);
	c->output_fd = memory_file("output", err);
	if (contract_fd < 0 || c->output_fd < 0 || fd_pipe(pipe_fds, err) < 0)
		goto out;
	if (fd_write_all(contract_fd, rq->contract->text, rq->contract->text_bytes, err) < 0 ||
	    seal(contract_fd, err) < 0)
		goto out;
	if (move_up(&contract_fd, err) < 0 || move_up(&c->output_fd, err) < 0 ||
	    move_up(&pipe_fds[1], err) < 0)
		goto out;
	int fds[3] = {contract_fd, c->output_fd, pipe_fds[1]};
	if (spawn(rq->child_argv, fds, &c->pid, err) < 0)
		goto out;
	c->report_fd = pipe_fds[0];
	pipe_fds[0] = -1;
	c->is_report_open = true;
	buf_init(&c->report, a);
	c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pid_fd < 0) {
		err_sys(err, E_IO, "opening the child's pidfd");
		(void)kill(c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
		goto out;
	}
	rc = 0;
out:
	fd_close(&contract_fd);
	fd_close(&pipe_fds[0]);
	fd_close(&pipe_fds[1]);
	if (rc < 0) {
		fd_close(&c->output_fd);
		fd_close(&c->report_fd);
	}
	return rc;
}

/* Read what the child reports; false at its end or when it says too much. */
static bool
read_report(struct child *c)
{
	char chunk[16384];
	ssize_t n = read(c->report_fd, chunk, sizeof chunk);
	if (n < 0)
		return errno == EINTR;
	if (n == 0 || c->report.len + (size_t)n > REPORT_BYTES_MAX)
		return false;
	buf_add(&c->report, chunk, (size_t)n);
	return true;
}

/* Wait until the child is dead, killing it for wall clock or cancellation. */
static enum fetch_end
watch(struct child *c, int cancel_fd, int64_t until_us)
{
	enum fetch_end end = FETCH_OK;
	bool is_dead = false;
	while (!is_dead || c->is_report_open) {
		struct pollfd p[3] = {
		    {.fd = is_dead ? -1 : c->pid_fd, .events = POLLIN},
		    {.fd = c->is_report_open ? c->report_fd : -1, .events = POLLIN},
		    {.fd = end == FETCH_OK ? cancel_fd : -1, .events = POLLIN},
		};
		int64_t left_ms = (until_us - clock_mono_us() + 999) / 1000;
		int timeout = end != FETCH_OK ? -1 : left_ms < 0 ? 0 : (int)left_ms;
		int n = poll(p, 3, timeout);
		if (n < 0 && errno != EINTR)
			NEVER("poll on our own descriptors");
		if (n == 0)
			end = FETCH_WALL;
		else if (n > 0 && p[2].revents)
			end = FETCH_CANCELLED;
		if (end != FETCH_OK && !is_dead)
			(void)kill(c->pid, SIGKILL); /* not reaped yet, so the pid is still its own */
		if (n > 0 && p[1].revents)
			c->is_report_open = read_report(c);
		if (n > 0 && p[0].revents)
			is_dead = true;
	}
	return end;
}

static int
read_call(const struct jx *line, const struct contract *contract, struct fetch_call *out)
{
	const struct jx *v = jx_find(line, "call");
	const char *sha256 = jx_str(jx_find(v, "sha256"), "");
	int64_t rule = jx_int(jx_find(v, "rule"), -1);
	uint8_t hash[SHA256_BYTES];
	if (!v || hex_parse(sha256, strlen(sha256), hash, sizeof hash, NULL) < 0 || rule < 0 ||
	    (size_t)rule >= contract->negress)
		return -1;
	*out = (struct fetch_call){
	    .request = jx_str(jx_find(v, "request"), ""),
	    .item = jx_str(jx_find(v, "item"), NULL),
	    .url = jx_str(jx_find(v, "url"), ""),
	    .address = jx_str(jx_find(v, "address"), NULL),
	    .rule = (unsigned)rule,
	    .status = (int)jx_int(jx_find(v, "status"), 0),
	    .bytes = (uint64_t)jx_int(jx_find(v, "bytes"), 0),
	    .us = (uint64_t)jx_int(jx_find(v, "us"), 0),
	    .error = jx_str(jx_find(v, "error"), NULL),
	};
	memcpy(out->sha256, sha256, SHA256_HEX);
	return 0;
}

static const char *
rule_scope(struct arena *a, const struct egress_rule *r)
{
	bool is_v6 = strchr(r->host, ':') != NULL;
	return arena_printf(a, "%s %s://%s%s%s:%u%s%s%s", r->method, r->scheme, is_v6 ? "[" : "",
	    r->host, is_v6 ? "]" : "", (unsigned)r->port, r->path, *r->query ? "?" : "", r->query);
}

/* Turn the child's lines into calls and an end. A line that is not as agreed: the child is lost. */
static void
read_lines(struct arena *a, const struct contract *contract, const char *text, size_t n,
    struct fetch_result *out)
{
	size_t nlines = 0;
	for (size_t i = 0; i < n; i++)
		nlines += text[i] == '\n';
	struct fetch_call *calls = ARENA_ARRAY(a, nlines, struct fetch_call);
	struct fetch_used *used = ARENA_ARRAY(a, contract->negress, struct fetch_used);
	for (size_t i = 0; i < contract->negress; i++)
		used[i] = (struct fetch_used){.scope = rule_scope(a, &contract->egress[i]),
		    .calls_max = contract->egress[i].calls_max,
		    .bytes_max = contract->egress[i].bytes_max};
	out->calls = calls;
	out->used = used;
	bool has_end = false;
	const char *end;
	for (; n > 0 && (end = memchr(text, '\n', n)) != NULL && !has_end; text = end + 1) {
		struct jx *line;
		size_t line_bytes = (size_t)(end - text);
		n -= line_bytes + 1;
		if (jx_parse(a, text, line_bytes, NULL, &line, NULL) < 0)
			break;
		const struct jx *last = jx_find(line, "end");
		has_end = last != NULL;
		if (last && !jx_bool(jx_find(last, "ok"), false)) {
			out->end = FETCH_FAILED;
			out->failure = jx_str(jx_find(last, "message"), "no reason given");
			out->class = jx_str(jx_find(last, "class"), "answer");
			out->place = jx_str(jx_find(last, "place"), NULL);
			out->is_retryable = jx_bool(jx_find(last, "retryable"), false);
		} else if (!last) {
			struct fetch_call *call = &calls[out->ncalls];
			if (read_call(line, contract, call) < 0)
				break;
			out->ncalls++;
			used[call->rule].calls++;
			used[call->rule].bytes += call->bytes;
		}
	}
	if (!has_end && out->end == FETCH_OK)
		out->end = FETCH_LOST;
}

/* What killed or cut short a child that could not say so itself. */
static void
say_end(struct arena *a, const struct contract *contract, int status, struct fetch_result *out)
{
	if (out->end == FETCH_WALL)
		out->failure = arena_printf(a, "not done within the wall clock limit of %llu ms",
		    (unsigned long long)contract->limits.wall_ms);
	else if (out->end == FETCH_CANCELLED)
		out->failure = "cancelled";
	else if (out->end == FETCH_LOST)
		out->failure = WIFSIGNALED(status)
		    ? arena_printf(a, "the fetching process was ended by signal %d (its memory "
			  "limit is %llu bytes)", WTERMSIG(status),
			  (unsigned long long)contract->limits.memory_bytes)
		    : arena_printf(a, "the fetching process ended with status %d and no report",
			  WEXITSTATUS(status));
	if (out->end == FETCH_LOST)
		out->is_retryable = true;
}

static int
take_output(struct arena *a, int *fd, uint64_t bytes_max, struct fetch_result *out,
    struct err *err)
{
	struct stat st;
	if (fstat(*fd, &st) < 0)
		return err_sys(err, E_IO, "reading the fetched document");
	if ((uint64_t)st.st_size > bytes_max) {
		out->end = FETCH_FAILED;
		out->class = "limit";
		out->failure = arena_printf(a, "the fetched document is larger than the output limit "
		    "of %llu bytes", (unsigned long long)bytes_max);
		return 0;
	}
	if (seal(*fd, err) < 0)
		return -1;
	int *kept = ARENA_NEW(a, int);
	*kept = *fd;
	*fd = -1;
	arena_defer(a, close_fd, kept);
	out->output_fd = *kept;
	return 0;
}

int
fetch_run(struct arena *a, const struct fetch_request *rq, struct fetch_result *out,
    struct err *err)
{
	const struct contract *contract = rq->contract;
	if (!contract->fetch)
		return err_set(err, E_USAGE, "step %s has no fetch", contract->step_id);
	struct child c = {.pid = -1, .pid_fd = -1, .report_fd = -1, .output_fd = -1};
	struct fetch_result r = {.output_fd = -1};
	int64_t begin_us = clock_mono_us();
	if (start(a, rq, &c, err) < 0)
		return err_wrap(err, "http.fetch");
	uint64_t wall_ms = contract->limits.wall_ms;
	INVARIANT(wall_ms < INT32_MAX);
	r.end = watch(&c, rq->cancel_fd, begin_us + (int64_t)wall_ms * 1000);
	int status = 0;
	struct rusage usage = {0};
	while (wait4(c.pid, &status, 0, &usage) < 0)
		INVARIANT(errno == EINTR);
	r.wall_us = (uint64_t)(clock_mono_us() - begin_us);
	r.cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000U +
	    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	r.memory_peak_bytes = (uint64_t)usage.ru_maxrss * 1024U;
	size_t report_bytes = c.report.len;
	char *report = buf_take(&c.report);
	read_lines(a, contract, report, report_bytes, &r);
	say_end(a, contract, status, &r);
	int rc = r.end == FETCH_OK
	    ? take_output(a, &c.output_fd, contract->limits.output_bytes, &r, err)
	    : 0;
	fd_close(&c.pid_fd);
	fd_close(&c.report_fd);
	fd_close(&c.output_fd);
	if (rc < 0)
		return err_wrap(err, "http.fetch");
	*out = r;
	return 0;
}
