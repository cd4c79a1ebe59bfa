/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/report.h"

#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/utf8.h"
#include "sandbox/cell.h"

#define CHUNK 65536

/* Append bytes as UTF-8, each stray one as U+FFFD. */
static void
add_text(struct buf *b, const char *p, size_t n)
{
	while (n) {
		size_t good = utf8_check(p, n);

		buf_add(b, p, good);
		p += good;
		n -= good;
		if (n == 0)
			return;
		buf_str(b, "\xef\xbf\xbd");
		p++;
		n--;
	}
}

static void
add_stream(struct jw *w, const char *key, int fd)
{
	struct buf bytes, text;
	char chunk[CHUNK];
	off_t at = 0;
	ssize_t n;

	buf_init(&bytes, w->b->a);
	buf_init(&text, w->b->a);
	while ((n = pread(fd, chunk, sizeof(chunk), at)) > 0) {
		buf_add(&bytes, chunk, (size_t)n);
		at += n;
	}
	add_text(&text, bytes.p ? bytes.p : "", bytes.len);
	jw_strn(w, key, text.p ? text.p : "", text.len);
}

static void
add_outputs(struct jw *w, const struct cell_result *r)
{
	jw_array(w, "outputs");
	for (size_t i = 0; i < r->n_outputs; i++) {
		const struct cell_output *o = &r->outputs[i];

		jw_object(w, NULL);
		jw_str(w, "path", o->path);
		if (o->refusal == CELL_REFUSE_NONE)
			jw_uint(w, "bytes", o->bytes);
		else
			jw_str(w, "refused", cell_refusal_text(o->refusal));
		jw_end(w);
	}
	jw_end(w);
	jw_bool(w, "outputs_are_cut", r->outputs_are_cut);
}

void
report_write(struct buf *b, const struct cell_result *r)
{
	struct jw w;

	jw_init(&w, b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.sandbox.v1");
	jw_str(&w, "verdict", cell_verdict_name(r->verdict));
	jw_str(&w, "detail", r->detail);
	jw_int(&w, "exit_code", r->exit_code);
	jw_int(&w, "signal", r->signal);
	jw_object(&w, "usage");
	jw_uint(&w, "wall_us", r->usage.wall_us);
	jw_uint(&w, "cpu_us", r->usage.cpu_us);
	jw_uint(&w, "memory_peak_bytes", r->usage.memory_peak_bytes);
	jw_uint(&w, "pids_peak", r->usage.pids_peak);
	jw_uint(&w, "oom_kills", r->usage.oom_kills);
	jw_end(&w);
	jw_object(&w, "phases_us");
	jw_uint(&w, "cgroup", r->phases.cgroup_us);
	jw_uint(&w, "mounts", r->phases.mounts_us);
	jw_uint(&w, "launch", r->phases.launch_us);
	jw_uint(&w, "program", r->phases.program_us);
	jw_uint(&w, "reap", r->phases.reap_us);
	jw_uint(&w, "collect", r->phases.collect_us);
	jw_end(&w);
	jw_uint(&w, "stdout_bytes", r->stdout_bytes);
	jw_bool(&w, "stdout_is_cut", r->stdout_is_cut);
	jw_uint(&w, "stderr_bytes", r->stderr_bytes);
	jw_bool(&w, "stderr_is_cut", r->stderr_is_cut);
	add_stream(&w, "stdout", r->stdout_fd);
	add_stream(&w, "stderr", r->stderr_fd);
	add_outputs(&w, r);
	jw_end(&w);
	buf_char(b, '\n');
}
