/* SPDX-License-Identifier: Apache-2.0 */
/* Phase 6: the program, in a fresh sandbox; or, for a tool_loop step, the platform's own http.fetch. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/fetch.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/jx.h"
#include "runner/attempt.h"
#include "sandbox/cell.h"

#define REFUSED_EXIT 65 /* the program says itself what is wrong with its input */
#define TAIL_BYTES 65536 /* of stderr, looked at for the program's last words */
#define SAID_BYTES_MAX 400 /* of a program's last words in a message; the whole is in the log blob */

/* ---- how a program's end is told --------------------------------------------------------------------- */

/* The last line of stderr that is not blank, without its end; NULL when there is none. */
static char *
last_line(struct attempt *t)
{
	struct stat st;
	if (t->stderr_fd < 0 || fstat(t->stderr_fd, &st) < 0)
		return NULL;
	off_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
	char *text = arena_alloc(t->a, TAIL_BYTES + 1);
	ssize_t got = pread(t->stderr_fd, text, TAIL_BYTES, from);
	size_t n = got > 0 ? (size_t)got : 0;
	while (n > 0 && strchr(" \t\r\n", text[n - 1])) /* NUL counts as blank, too */
		n--;
	if (n == 0)
		return NULL;
	text[n] = '\0';
	char *start = memrchr(text, '\n', n);
	return start ? start + 1 : text;
}

/* A path as the program saw it, in the words of the workspace. */
static const char *
workspace_path(const struct attempt *t, const char *path)
{
	static const char prefix[] = "/workspace/";
	if (!path || strncmp(path, prefix, sizeof prefix - 1) != 0)
		return path;
	path += sizeof prefix - 1;
	for (size_t i = 0; i < t->contract.ninputs; i++)
		if (strcmp(t->contract.inputs[i].path, path) == 0)
			return t->contract.inputs[i].source_path;
	return strncmp(path, "output/", 7) == 0 ? path + 7 : path;
}

static uint64_t
place_number(const struct jx *v)
{
	int64_t n = jx_int(v, 0);
	return n > 0 ? (uint64_t)n : 0;
}

/* Exit 65 with {"error":{"message","file","row","column"}} as the last line of stderr. */
static bool
fail_refused(struct attempt *t)
{
	struct jx *doc;
	const char *line = last_line(t);
	if (!line || jx_parse(t->a, line, strlen(line), NULL, &doc, NULL) < 0)
		return false;
	const struct jx *e = jx_find(doc, "error");
	const char *message = jx_str(jx_find(e, "message"), NULL);
	if (!message)
		return false;
	struct receipt_place place = {
	    .file = workspace_path(t, jx_str(jx_find(e, "file"), NULL)),
	    .row = place_number(jx_find(e, "row")),
	    .column = place_number(jx_find(e, "column")),
	};
	/* a column may be named instead of numbered */
	const char *column = jx_str(jx_find(e, "column"), NULL);
	if (column)
		place.pointer = arena_printf(t->a, "column %s", column);
	attempt_fail_at(t, "refused", false, &place, "%s", message);
	return true;
}

static void
fail_program(struct attempt *t, const struct cell_result *r)
{
	const char *line = last_line(t);
	if (r->verdict == CELL_EXIT && r->exit_code == REFUSED_EXIT && fail_refused(t))
		return;
	attempt_fail(t, "program", true, "The program ended with %s%s%.*s%s", r->detail,
	    line ? ". Its last words: " : ".", SAID_BYTES_MAX, line ? line : "",
	    line && strlen(line) > SAID_BYTES_MAX ? "…" : "");
}

/* A verdict other than ok is the attempt's failure; the harness goes on and records what is there. */
static void
judge(struct attempt *t, const struct cell_result *r)
{
	switch (r->verdict) {
	case CELL_OK:
		return;
	case CELL_LOST:
		attempt_fail(t, "sandbox", true, "The sandbox was lost: %s.", r->detail);
		t->is_infrastructure = true;
		return;
	case CELL_POLICY:
	case CELL_SECCOMP:
		attempt_fail(t, "policy", false, "The program was ended: %s.", r->detail);
		return;
	case CELL_OOM:
	case CELL_PIDS:
	case CELL_WALL:
	case CELL_CPU:
	case CELL_OUTPUT_QUOTA:
		attempt_fail(t, "limit", true, "The program was ended: %s.", r->detail);
		return;
	case CELL_SIGNAL:
	case CELL_EXIT:
		fail_program(t, r);
		return;
	case CELL_VERDICT__COUNT:
		break;
	}
	NEVER("a verdict that is none");
}

void
bench_set_cell(struct bench *b, struct cell *cell)
{
	int rc = pthread_mutex_lock(&b->lock);
	INVARIANT(rc == 0);
	cell_close(b->cell);
	b->cell = cell;
	rc = pthread_mutex_unlock(&b->lock);
	INVARIANT(rc == 0);
}

void
bench_news(struct bench *b)
{
	atomic_store(&b->has_news, true);
	if (eventfd_write(b->news_fd, 1) < 0)
		NEVER("an eventfd that is full");
}

void
bench_cancel(struct bench *b)
{
	int rc = pthread_mutex_lock(&b->lock);
	INVARIANT(rc == 0);
	if (b->cell)
		cell_cancel(b->cell);
	rc = pthread_mutex_unlock(&b->lock);
	INVARIANT(rc == 0);
	if (eventfd_write(b->cancel_fd, 1) < 0)
		NEVER("an eventfd that is full");
}

/* ---- code.execute -------------------------------------------------------------------------------------- */

static void
write_label(const struct attempt *t, char out[CELL_LABEL_BYTES])
{
	(void)snprintf(out, CELL_LABEL_BYTES, "%s.%d.%.36s", t->run_id, t->claim->attempt,
	    t->contract.step_id);
}

static int
open_cell(struct attempt *t, struct err *err)
{
	struct cell *cell;
	if (t->bench->cell)
		return 0;
	if (cell_open(t->runner->cell_socket, &cell, err) < 0)
		return -1;
	bench_set_cell(t->bench, cell);
	return 0;
}

static int
wrong_request(struct attempt *t, const struct err *err)
{
	return attempt_fail(t, "sandbox", false, "The sandbox cannot be made as the contract asks: "
	    "%s.", err->msg);
}

/* Everything that the program may see: inputs, its own files, step.json. */
static struct cell_file *
list_files(struct attempt *t, size_t *n)
{
	const struct contract *c = &t->contract;
	struct cell_file *f = ARENA_ARRAY(t->a, c->ninputs + c->nfiles + 1, struct cell_file);
	size_t k = 0;
	for (size_t i = 0; i < c->ninputs; i++)
		if (t->inputs[i].fd >= 0)
			f[k++] = (struct cell_file){.fd = t->inputs[i].fd,
			    .path = arena_printf(t->a, "/workspace/%s", c->inputs[i].path)};
	for (size_t i = 0; i < c->nfiles; i++)
		f[k++] = (struct cell_file){.fd = t->program_fds[i], .path = c->files[i].path};
	f[k++] = (struct cell_file){.fd = t->step_json_fd, .path = "/workspace/meta/step.json"};
	*n = k;
	return f;
}

static int
run_in_cell(struct attempt *t, struct cell_result *r, struct err *err)
{
	const struct contract_limits *l = &t->contract.limits;
	char label[CELL_LABEL_BYTES];
	struct cell_request request = {.label = label, .argv = t->contract.argv,
	    .n_argv = t->contract.argc, .limits = {.wall_ms = l->wall_ms, .cpu_ms = l->cpu_ms,
		.memory_bytes = l->memory_bytes, .pids = l->pids, .work_bytes = l->work_bytes,
		.output_bytes = l->output_bytes, .output_files = l->output_files,
		.stdio_bytes = l->stdio_bytes}};
	if (cell_limits_fill(&request.limits, err) < 0)
		return wrong_request(t, err);
	request.files = list_files(t, &request.n_files);
	write_label(t, label);
	if (open_cell(t, err) < 0)
		return -1;
	if (attempt_is_ordered_off(t))
		return err_set(err, E_SANDBOX, "called off");
	if (cell_run(t->bench->cell, t->a, &request, r, err) == 0)
		return 0;
	if (err->code == E_USAGE || err->code == E_LIMIT)
		return wrong_request(t, err);
	bench_set_cell(t->bench, NULL); /* the next attempt gets a new one */
	return -1;
}

static int
run_program(struct attempt *t, struct err *err)
{
	struct cell_result *r = ARENA_NEW(t->a, struct cell_result);
	int64_t begin_us = clock_mono_us();
	if (run_in_cell(t, r, err) < 0)
		return -1;
	int64_t all_us = clock_mono_us() - begin_us;
	/* what the cell did before the program is preparing, what it did after is postflight */
	int64_t before_us = (int64_t)(r->phases.cgroup_us + r->phases.mounts_us + r->phases.launch_us);
	int64_t program_us = (int64_t)r->phases.program_us;
	if (program_us > all_us)
		program_us = all_us;
	if (before_us > all_us - program_us)
		before_us = all_us - program_us;
	t->us.prepare += before_us;
	t->us.program = program_us;
	t->us.postflight += all_us - program_us - before_us;
	t->cell_result = r;
	t->has_run = true;
	t->verdict = cell_verdict_name(r->verdict);
	t->verdict_detail = r->detail;
	t->exit_code = r->exit_code;
	t->signal = r->signal;
	t->stdout_fd = r->stdout_fd;
	t->stderr_fd = r->stderr_fd;
	t->stdout_written = r->stdout_bytes;
	t->stderr_written = r->stderr_bytes;
	judge(t, r);
	return 0;
}

/* ---- http.fetch ------------------------------------------------------------------------------------------ */

static int
run_fetch(struct attempt *t, struct err *err)
{
	const char *argv[] = {t->runner->self_path, "--http-fetch", NULL};
	struct fetch_request request = {.contract = &t->contract, .child_argv = argv,
	    .cancel_fd = t->bench->cancel_fd};
	struct fetch_result *r = ARENA_NEW(t->a, struct fetch_result);
	int64_t begin_us = clock_mono_us();
	if (fetch_run(t->a, &request, r, err) < 0)
		return -1;
	t->us.program = (int64_t)r->wall_us;
	t->us.postflight += clock_mono_us() - begin_us - t->us.program;
	if (r->end == FETCH_CANCELLED)
		return err_set(err, E_SANDBOX, "cancelled");
	t->fetch_result = r;
	t->has_run = true;
	t->verdict_detail = r->failure;
	t->exit_code = -1;
	switch (r->end) {
	case FETCH_OK:
		t->verdict = "ok";
		t->exit_code = 0;
		return 0;
	case FETCH_WALL:
		t->verdict = "wall";
		attempt_fail(t, "limit", true, "http.fetch was ended: %s.", r->failure);
		return 0;
	case FETCH_LOST:
		t->verdict = "lost";
		t->is_infrastructure = true;
		attempt_fail(t, "sandbox", true, "http.fetch was lost: %s.", r->failure);
		return 0;
	case FETCH_FAILED:
		t->verdict = "exit";
		t->exit_code = 1;
		if (strcmp(r->class, "egress") == 0 || strcmp(r->class, "limit") == 0) {
			t->verdict = "policy";
			t->exit_code = -1;
		}
		t->is_infrastructure = strcmp(r->class, "sandbox") == 0;
		attempt_fail(t, r->class, r->is_retryable, "http.fetch stopped%s%s: %s.",
		    r->place ? " at " : "", r->place ? r->place : "", r->failure);
		return 0;
	case FETCH_CANCELLED:
	case FETCH_END__COUNT:
		break;
	}
	NEVER("an end that is none");
}

int
program_run(struct attempt *t, struct err *err)
{
	clock_format(clock_wall_ms(), t->started_at);
	if (t->contract.backend == BACKEND_TOOL_LOOP)
		return run_fetch(t, err);
	return run_program(t, err);
}
