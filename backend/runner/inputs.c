/* SPDX-License-Identifier: Apache-2.0 */
/* Phases 2, 3 and 5: the bytes of the inputs, where the program sees them, and whether they are sound. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "runner/attempt.h"
#include "runner/memory.h"
#include "store/db.h"

static void
close_fd(void *arg)
{
	fd_close(arg);
}

/* Close fd when the attempt's memory goes. */
static void
keep_fd(struct attempt *t, int fd)
{
	int *kept = ARENA_NEW(t->a, int);
	*kept = fd;
	arena_defer(t->a, close_fd, kept);
}

/* A blob that the contract or an earlier receipt names: there, whole and unchanged. */
static int
open_blob(struct attempt *t, const char *what, const char *path, const char *sha256,
    uint64_t bytes, int *fd, struct err *err)
{
	struct receipt_place place = {.file = path};
	if (blob_open(t->runner->blobs, sha256, bytes, BLOB_CHECK_HASH, fd, NULL, err) == 0) {
		keep_fd(t, *fd);
		return 0;
	}
	if (err->code == E_NOT_FOUND)
		return attempt_fail_at(t, "input", false, &place, "The bytes of %s are not in the "
		    "blob store any more (%s).", what, sha256);
	if (err->code == E_HASH)
		return attempt_fail_at(t, "hash", false, &place, "The bytes of %s are not those that "
		    "were frozen: %s.", what, err->msg);
	return err_wrap(err, "%s", what);
}

static int
open_input(struct attempt *t, struct attempt_input *in, struct err *err)
{
	const struct contract_input *c = in->slot;
	const struct store_input *s = in->source;
	in->fd = -1;
	if (strcmp(s->name, c->name) != 0)
		return err_set(err, E_INTERNAL, "the database lists input '%s' where the contract has "
		    "'%s'", s->name, c->name);
	if (!s->sha256) {
		if (c->is_required)
			return attempt_fail(t, "input", false, "The required input `%s` (%s) has no "
			    "source.", c->name, c->path);
		return 0;
	}
	if (c->source == SOURCE_FILE && (strcmp(s->sha256, c->source_sha256) != 0 ||
	    (uint64_t)s->bytes != c->source_bytes))
		return attempt_fail(t, "hash", false, "The contract froze other bytes for `%s` than "
		    "the workspace has.", c->source_path);
	const char *what = arena_printf(t->a, "the input `%s` (%s)", c->name, c->source_path);
	if (open_blob(t, what, c->source_path, s->sha256, (uint64_t)s->bytes, &in->fd, err) < 0)
		return -1;
	t->told_inputs[t->ntold_inputs++] = (struct receipt_input){.name = c->name,
	    .path = c->path, .source_path = c->source_path,
	    .source_step = c->source == SOURCE_STEP ? c->source_step_id : NULL, .kind = c->kind,
	    .entity = c->entity, .sha256 = s->sha256, .bytes = (uint64_t)s->bytes};
	return 0;
}

int
inputs_materialize(struct attempt *t, struct err *err)
{
	const struct contract *c = &t->contract;
	struct store_input *sources;
	size_t n;
	if (store_step_input(t->bench->db, t->a, t->claim, &sources, &n, err) < 0) {
		if (err->code == E_HASH)
			return attempt_fail(t, "input", false, "An input is gone: %s.", err->msg);
		return -1;
	}
	if (n != c->ninputs)
		return err_set(err, E_INTERNAL, "the database lists %zu inputs, the contract %zu", n,
		    c->ninputs);
	t->inputs = ARENA_ARRAY(t->a, n, struct attempt_input);
	t->told_inputs = ARENA_ARRAY(t->a, n, struct receipt_input);
	for (size_t i = 0; i < n; i++) {
		t->inputs[i] = (struct attempt_input){.slot = &c->inputs[i], .source = &sources[i]};
		if (open_input(t, &t->inputs[i], err) < 0)
			return -1;
	}
	t->programs = ARENA_ARRAY(t->a, c->nfiles, struct receipt_file);
	t->program_fds = ARENA_ARRAY(t->a, c->nfiles, int);
	for (size_t i = 0; i < c->nfiles; i++) {
		const struct contract_file *f = &c->files[i];
		t->programs[i] = (struct receipt_file){
		    .path = f->path, .sha256 = f->sha256, .bytes = f->bytes};
		const char *what = arena_printf(t->a, "the program %s", f->path);
		if (open_blob(t, what, NULL, f->sha256, f->bytes, &t->program_fds[i], err) < 0)
			return -1;
	}
	return 0;
}

/* ---- /workspace/meta/step.json ------------------------------------------------------------------- */

static void
write_step(struct attempt *t, struct jw *w)
{
	const struct contract *c = &t->contract;
	jw_object(w, NULL);
	jw_str(w, "schema", "forge.step.v1");
	jw_str(w, "step_id", c->step_id);
	jw_object(w, "inputs");
	for (size_t i = 0; i < c->ninputs; i++) {
		const struct contract_input *in = &c->inputs[i];
		if (t->inputs[i].fd < 0)
			continue;
		jw_object(w, in->name);
		jw_str(w, "path", arena_printf(t->a, "/workspace/%s", in->path));
		jw_str(w, "kind", in->kind);
		jw_str(w, "entity", in->entity);
		jw_str(w, "slot", in->slot);
		jw_str(w, "source_path", in->source_path);
		jw_end(w);
	}
	jw_end(w);
	jw_object(w, "outputs");
	for (size_t i = 0; i < c->noutputs; i++) {
		jw_object(w, c->outputs[i].name);
		jw_str(w, "path", arena_printf(t->a, "/workspace/output/%s", c->outputs[i].path));
		jw_str(w, "kind", c->outputs[i].kind);
		jw_end(w);
	}
	jw_end(w);
	jw_value(w, "params", c->params);
	jw_end(w);
}

int
inputs_project(struct attempt *t, struct err *err)
{
	struct buf b;
	struct jw w;
	buf_init(&b, t->a);
	jw_init(&w, &b);
	write_step(t, &w);
	t->step_json_fd = memfd_create("step.json", MFD_CLOEXEC);
	if (t->step_json_fd < 0)
		return err_sys(err, E_IO, "making step.json");
	keep_fd(t, t->step_json_fd);
	return fd_write_all(t->step_json_fd, b.p, b.len, err);
}

/* ---- are they what they are called? ---------------------------------------------------------------- */

int
profile_of_blob(struct attempt *t, int fd, const char *path, const char *kind,
    const char *sha256, struct artifact_profile *out, struct err *err)
{
	size_t n;
	struct jx *doc;
	const char *known = memory_profile(t->runner->memory, t->a, sha256, kind, &n);
	if (known) {
		if (jx_parse(t->a, known, n, NULL, &doc, err) < 0 ||
		    artifact_profile_from_json(t->a, doc, out, err) < 0)
			return err_wrap(err, "remembered profile");
		return 0;
	}
	if (artifact_profile(t->a, fd, path, kind, NULL, out, err) < 0)
		return -1;
	struct buf b;
	struct jw w;
	buf_init(&b, t->a);
	jw_init(&w, &b);
	artifact_profile_json(out, NULL, &w);
	memory_put_profile(t->runner->memory, sha256, kind, b.p, b.len);
	return 0;
}

int
inputs_verify(struct attempt *t, struct err *err)
{
	for (size_t i = 0; i < t->contract.ninputs; i++) {
		struct attempt_input *in = &t->inputs[i];
		const struct contract_input *c = in->slot;
		if (in->fd < 0)
			continue;
		struct artifact_profile *p = ARENA_NEW(t->a, struct artifact_profile);
		if (profile_of_blob(t, in->fd, c->source_path, c->kind, in->source->sha256, p, err) < 0)
			return err_wrap(err, "input %s", c->name);
		in->profile = p;
		if (!p->parse_ok) {
			struct receipt_place place = {.file = c->source_path, .row = p->fault.row,
			    .line = p->fault.line, .column = p->fault.column};
			return attempt_fail_at(t, "input", false, &place, "The input `%s` (%s) is not "
			    "a sound %s: %s", c->name, c->source_path, c->kind, p->fault.message);
		}
		if (c->entity && entity_verify(t, "input", "input", c->source_path, c->entity, in->fd,
		    p, err) < 0)
			return -1;
	}
	return 0;
}
