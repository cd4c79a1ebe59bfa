/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phase 7: every process is dead; take what the program left. Declared outputs are copied into the blob
 * store, hashed on the way, and measured as copied; they get their names, and with them their place in
 * the store, only when all checks are passed (outputs_publish, part of phase 9). What was not declared
 * is named, hashed and dropped. Of an attempt that failed nothing but its logs is kept.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bridge/fetch.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "runner/attempt.h"
#include "sandbox/cell.h"

#define CHUNK_BYTES ((size_t)64 * 1024)

static void
abort_writer(void *arg)
{
	blob_writer_abort(arg);
}

static int
hash_fd(int fd, struct blob_ref *out, struct err *err)
{
	struct digest *d = digest_new();
	uint8_t hash[SHA256_BYTES];
	char chunk[CHUNK_BYTES];
	uint64_t at = 0;
	ssize_t n;
	while ((n = pread(fd, chunk, sizeof chunk, (off_t)at)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		digest_add(d, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	int why = errno;
	digest_finish(d, hash);
	errno = why;
	if (n < 0)
		return err_sys(err, E_IO, "reading an output");
	hex_format(hash, sizeof hash, out->sha256);
	out->bytes = at;
	return 0;
}

/* Copy a file into a writer that is dropped with the attempt unless it is published before. */
static int
copy_in(struct attempt *t, int fd, uint64_t bytes_max, struct blob_writer *w, struct err *err)
{
	if (blob_take_fd(t->runner->blobs, fd, bytes_max, w, err) < 0)
		return -1;
	arena_defer(t->a, abort_writer, w);
	return 0;
}

/* Copy a declared output and measure the copy; or only measure, when the attempt failed already. */
static int
take_output(struct attempt *t, struct attempt_output *o, int fd, struct err *err)
{
	struct blob_ref ref;
	o->fd = fd;
	if (t->failure) {
		if (hash_fd(fd, &ref, err) < 0)
			return -1;
	} else if (copy_in(t, fd, t->contract.limits.output_bytes, &o->writer, err) == 0) {
		ref = o->writer.ref;
		o->fd = o->writer.fd;
	} else if (err->code == E_TOO_LARGE) {
		return attempt_fail(t, "limit", true, "The output `%s` (%s) is larger than the limit of "
		    "%llu bytes.", o->slot->name, o->slot->path,
		    (unsigned long long)t->contract.limits.output_bytes);
	} else {
		return err_wrap(err, "output %s", o->slot->path);
	}
	memcpy(o->sha256, ref.sha256, sizeof o->sha256);
	o->bytes = ref.bytes;
	o->is_there = true;
	return profile_of_blob(t, o->fd, o->slot->path, o->slot->kind, o->sha256, &o->profile, err);
}

static struct attempt_output *
declared(struct attempt *t, const char *path)
{
	for (size_t i = 0; i < t->contract.noutputs; i++)
		if (strcmp(t->outputs[i].slot->path, path) == 0)
			return &t->outputs[i];
	return NULL;
}

/* What the sandbox hands over: files with a descriptor, and entries that are no plain files. */
static int
take_cell_outputs(struct attempt *t, const struct cell_result *r, struct err *err)
{
	t->undeclared = ARENA_ARRAY(t->a, r->n_outputs, struct receipt_undeclared);
	t->refused = ARENA_ARRAY(t->a, r->n_outputs, struct receipt_refused);
	for (size_t i = 0; i < r->n_outputs; i++) {
		const struct cell_output *c = &r->outputs[i];
		struct attempt_output *o = declared(t, c->path);
		struct blob_ref ref;
		if (c->refusal != CELL_REFUSE_NONE) {
			t->refused[t->nrefused++] = (struct receipt_refused){
			    .path = c->path, .reason = cell_refusal_text(c->refusal)};
		} else if (o) {
			if (take_output(t, o, c->fd, err) < 0)
				return -1;
		} else {
			if (hash_fd(c->fd, &ref, err) < 0)
				return -1;
			t->undeclared[t->nundeclared++] = (struct receipt_undeclared){.path = c->path,
			    .bytes = ref.bytes, .sha256 = arena_str(t->a, ref.sha256)};
		}
	}
	/* only now is it known which declared ones are missing */
	for (size_t i = 0; i < t->nundeclared; i++)
		t->undeclared[i].near = near_path(&t->contract, t->outputs, t->undeclared[i].path);
	for (size_t i = 0; i < t->nrefused; i++)
		t->refused[i].near = near_path(&t->contract, t->outputs, t->refused[i].path);
	return 0;
}

static int
take_fetched(struct attempt *t, const struct fetch_result *r, struct err *err)
{
	const char *name = jx_str(jx_find(t->contract.fetch, "output"), "");
	if (r->output_fd < 0)
		return 0;
	for (size_t i = 0; i < t->contract.noutputs; i++)
		if (strcmp(t->outputs[i].slot->name, name) == 0)
			return take_output(t, &t->outputs[i], r->output_fd, err);
	return attempt_fail(t, "contract", false, "The fetch writes output `%s`, which the contract "
	    "does not declare.", name);
}

static int
take_stream(struct attempt *t, int fd, uint64_t written, struct blob_writer *w,
    struct receipt_stream *out, struct err *err)
{
	if (fd >= 0) {
		if (copy_in(t, fd, UINT64_MAX, w, err) < 0)
			return err_wrap(err, "log");
	} else {
		if (blob_writer_open(t->runner->blobs, 0, w, err) < 0 || blob_writer_seal(w, err) < 0)
			return err_wrap(err, "log");
		arena_defer(t->a, abort_writer, w);
	}
	*out = (struct receipt_stream){.sha256 = arena_str(t->a, w->ref.sha256),
	    .bytes = w->ref.bytes, .written = written};
	return 0;
}

int
outputs_collect(struct attempt *t, struct err *err)
{
	if (take_stream(t, t->stdout_fd, t->stdout_written, &t->out_writer, &t->out, err) < 0 ||
	    take_stream(t, t->stderr_fd, t->stderr_written, &t->err_writer, &t->err, err) < 0)
		return -1;
	if (t->cell_result)
		return take_cell_outputs(t, t->cell_result, err);
	return take_fetched(t, t->fetch_result, err);
}

int
outputs_publish(struct attempt *t, struct err *err)
{
	size_t n = 0;
	struct blob_writer **w = ARENA_ARRAY(t->a, t->contract.noutputs + 2, struct blob_writer *);
	w[n++] = &t->out_writer;
	w[n++] = &t->err_writer;
	for (size_t i = 0; !t->failure && i < t->contract.noutputs; i++)
		w[n++] = &t->outputs[i].writer;
	return blob_publish(w, n, err);
}
