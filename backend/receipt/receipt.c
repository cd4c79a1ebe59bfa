/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/receipt.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/profile.h"

/* A hash goes into a receipt whole or not at all. */
static const char *
hash_of(const char *sha256)
{
	uint8_t bytes[SHA256_BYTES];
	INVARIANT(sha256 != NULL);
	INVARIANT(hex_parse(sha256, strlen(sha256), bytes, sizeof bytes, NULL) == 0);
	return sha256;
}

static void
write_digest(struct jw *w, const char *sha256)
{
	jw_object(w, "digest");
	jw_str(w, "sha256", hash_of(sha256));
	jw_end(w);
}

/* An in-toto ResourceDescriptor that is only a name and a hash. */
static void
write_resource(struct jw *w, const char *name, const char *sha256)
{
	jw_object(w, NULL);
	jw_str(w, "name", name);
	write_digest(w, sha256);
	jw_end(w);
}

/* What the database compares with what it knows, and what every reader looks for. */
static void
write_attempt(struct jw *w, const struct receipt_attempt *t)
{
	jw_str(w, "run", t->run);
	jw_str(w, "step", t->step);
	jw_int(w, "attempt", t->attempt);
	jw_int(w, "epoch", t->epoch);
	jw_str(w, "plan_hash", hash_of(t->plan_hash));
	jw_str(w, "contract_hash", hash_of(t->contract_hash));
	jw_str(w, "dispatched_contract_hash", hash_of(t->dispatched_contract_hash));
}

static void
write_inputs(struct jw *w, const struct receipt_input *in, size_t n)
{
	jw_array(w, "inputs");
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		jw_str(w, "name", in[i].name);
		jw_str(w, "path", in[i].path);
		jw_str(w, "source_path", in[i].source_path);
		jw_str(w, "source_step", in[i].source_step);
		jw_str(w, "kind", in[i].kind);
		jw_str(w, "entity", in[i].entity);
		jw_str(w, "sha256", hash_of(in[i].sha256));
		jw_uint(w, "bytes", in[i].bytes);
		jw_end(w);
	}
	jw_end(w);
}

static void
write_image(struct jw *w)
{
	jw_object(w, "image");
	jw_str(w, "kind", "host-usr");
	jw_bool(w, "pinned", false);
	jw_end(w);
}

static void
write_sandbox(struct jw *w, const struct receipt_preflight *p)
{
	jw_object(w, "sandbox");
	jw_str(w, "network", p->network);
	jw_uint(w, "wall_ms", p->limits.wall_ms);
	jw_uint(w, "cpu_ms", p->limits.cpu_ms);
	jw_uint(w, "memory_bytes", p->limits.memory_bytes);
	jw_uint(w, "pids", p->limits.pids);
	jw_uint(w, "output_bytes", p->limits.output_bytes);
	jw_uint(w, "output_files", p->limits.output_files);
	jw_uint(w, "work_bytes", p->limits.work_bytes);
	jw_uint(w, "stdio_bytes", p->limits.stdio_bytes);
	write_image(w);
	jw_end(w);
}

int
receipt_preflight_text(struct arena *a, const struct receipt_preflight *p, const char **text,
    size_t *n, struct err *err)
{
	struct buf b;
	struct jw w;
	char *canonical;
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "_type", RECEIPT_TYPE);
	jw_str(&w, "predicateType", RECEIPT_PREFLIGHT);
	jw_array(&w, "subject");
	write_resource(&w, "contract.json", p->attempt.dispatched_contract_hash);
	for (size_t i = 0; i < p->nprograms; i++)
		write_resource(&w, p->programs[i].path, p->programs[i].sha256);
	jw_end(&w);
	jw_object(&w, "predicate");
	jw_str(&w, "schema", "forge.preflight.v1");
	write_attempt(&w, &p->attempt);
	jw_uint(&w, "contract_bytes", p->contract_bytes);
	write_inputs(&w, p->inputs, p->ninputs);
	jw_object(&w, "profile");
	write_digest(&w, p->attempt.profile_sha256);
	jw_end(&w);
	jw_str(&w, "runner", p->attempt.runner);
	write_sandbox(&w, p);
	jw_object(&w, "time");
	jw_str(&w, "claimed", p->claimed_at);
	jw_str(&w, "at", p->at);
	jw_end(&w);
	jw_end(&w);
	jw_end(&w);
	if (jw_canonical_text(a, b.p, b.len, &canonical, n, err) < 0)
		return err_wrap(err, "preflight receipt");
	*text = canonical;
	return 0;
}

/* ---- postflight ---------------------------------------------------------------------------------- */

static void
write_parse(struct jw *w, const struct artifact_profile *p)
{
	jw_object(w, "parse");
	jw_bool(w, "ok", p->parse_ok);
	jw_str(w, "detail", p->parse_ok ? format_words(p->sniffed) : p->fault.message);
	if (!p->parse_ok) {
		jw_uint(w, "row", p->fault.row);
		jw_uint(w, "line", p->fault.line);
		jw_uint(w, "column", p->fault.column);
	}
	jw_end(w);
}

static void
write_columns(struct jw *w, const struct artifact_profile *p)
{
	jw_array(w, "columns");
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct column_profile *c = &p->columns[i];
		jw_object(w, NULL);
		jw_str(w, "name", c->name);
		jw_str(w, "type", coltype_name(c->type));
		jw_uint(w, "nulls", c->nulls);
		jw_uint(w, "distinct", c->distinct);
		if (!c->distinct_exact)
			jw_bool(w, "distinct_at_least", true);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "candidate_keys");
	for (size_t i = 0; i < p->ncandidate_keys; i++) {
		jw_array(w, NULL);
		for (size_t k = 0; k < p->candidate_keys[i].ncolumns; k++) {
			INVARIANT(p->candidate_keys[i].columns[k] < p->ncolumns);
			jw_str(w, NULL, p->columns[p->candidate_keys[i].columns[k]].name);
		}
		jw_end(w);
	}
	jw_end(w);
}

static void
write_output(struct jw *w, const struct receipt_output *o)
{
	jw_object(w, NULL);
	jw_str(w, "name", o->name);
	jw_str(w, "path", o->path);
	jw_str(w, "kind", o->kind);
	jw_str(w, "entity", o->entity);
	jw_str(w, "sha256", hash_of(o->sha256));
	jw_uint(w, "bytes", o->bytes);
	write_parse(w, o->profile);
	if (o->profile->rows >= 0)
		jw_int(w, "rows", o->profile->rows);
	else
		jw_null(w, "rows");
	if (o->profile->pages >= 0)
		jw_int(w, "pages", o->profile->pages);
	write_columns(w, o->profile);
	jw_end(w);
}

static void
write_rows(struct jw *w, const struct receipt_row *rows, size_t n)
{
	jw_array(w, "rows");
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		jw_uint(w, "row", rows[i].row);
		jw_str(w, "column", rows[i].column);
		jw_str(w, "value", rows[i].value);
		jw_str(w, "message", rows[i].message);
		jw_end(w);
	}
	jw_end(w);
}

static void
write_place(struct jw *w, const struct receipt_place *p)
{
	if (!p->file && !p->row && !p->line && !p->column && !p->pointer) {
		jw_null(w, "place");
		return;
	}
	jw_object(w, "place");
	jw_str(w, "file", p->file);
	if (p->row)
		jw_uint(w, "row", p->row);
	if (p->line)
		jw_uint(w, "line", p->line);
	if (p->column)
		jw_uint(w, "column", p->column);
	if (p->pointer)
		jw_str(w, "pointer", p->pointer);
	jw_end(w);
}

static void
write_failure(struct jw *w, const struct receipt_failure *f)
{
	jw_object(w, "failure");
	jw_str(w, "class", f->class);
	jw_str(w, "message", f->message);
	write_place(w, &f->place);
	jw_bool(w, "retryable", f->is_retryable);
	if (f->rows_total > 0) {
		jw_uint(w, "rows_total", f->rows_total);
		write_rows(w, f->rows, f->nrows);
	}
	jw_end(w);
}

static void
write_checks(struct jw *w, const struct receipt_postflight *p)
{
	jw_array(w, "criteria");
	for (size_t i = 0; i < p->ncriteria; i++) {
		jw_object(w, NULL);
		jw_str(w, "says", p->criteria[i].says);
		jw_bool(w, "ok", p->criteria[i].is_ok);
		jw_str(w, "detail", p->criteria[i].detail);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "validators");
	for (size_t i = 0; i < p->nvalidators; i++) {
		const struct receipt_validator *v = &p->validators[i];

		jw_object(w, NULL);
		jw_str(w, "id", v->id);
		jw_str(w, "severity", v->severity);
		jw_str(w, "output", v->output);
		jw_str(w, "verdict", v->verdict);
		jw_uint(w, "judged", v->judged);
		jw_uint(w, "unjudged", v->unjudged);
		jw_uint(w, "broken", v->broken);
		jw_str(w, "why", v->why);
		jw_str(w, "inherited_from", v->inherited_from);
		write_rows(w, v->rows, v->nrows);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "undeclared_outputs");
	for (size_t i = 0; i < p->nundeclared; i++) {
		jw_object(w, NULL);
		jw_str(w, "path", p->undeclared[i].path);
		jw_uint(w, "bytes", p->undeclared[i].bytes);
		jw_str(w, "sha256", hash_of(p->undeclared[i].sha256));
		jw_str(w, "near", p->undeclared[i].near);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "refused_outputs");
	for (size_t i = 0; i < p->nrefused; i++) {
		jw_object(w, NULL);
		jw_str(w, "path", p->refused[i].path);
		jw_str(w, "reason", p->refused[i].reason);
		jw_str(w, "near", p->refused[i].near);
		jw_end(w);
	}
	jw_end(w);
	if (p->is_undeclared_cut)
		jw_bool(w, "more_outputs_than_listed", true);
}

static void
write_stream(struct jw *w, const char *key, const struct receipt_stream *s)
{
	if (!s)
		return;
	jw_object(w, key);
	jw_str(w, "sha256", hash_of(s->sha256));
	jw_uint(w, "bytes", s->bytes);
	jw_uint(w, "written", s->written);
	jw_end(w);
}

static void
write_bridge(struct jw *w, const struct receipt_postflight *p)
{
	jw_object(w, "bridge");
	jw_str(w, "tool", "http.fetch");
	jw_array(w, "calls");
	for (size_t i = 0; i < p->ncalls; i++) {
		const struct receipt_call *c = &p->calls[i];
		jw_object(w, NULL);
		jw_str(w, "request", c->request);
		jw_str(w, "item", c->item);
		jw_str(w, "url", c->url);
		jw_str(w, "address", c->address);
		jw_uint(w, "rule", c->rule);
		jw_int(w, "status", c->status);
		jw_uint(w, "bytes", c->bytes);
		jw_str(w, "sha256", hash_of(c->sha256));
		jw_uint(w, "us", c->us);
		jw_str(w, "error", c->error);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "used");
	for (size_t i = 0; i < p->nused; i++) {
		const struct receipt_used *u = &p->used[i];
		jw_object(w, NULL);
		jw_str(w, "scope", u->scope);
		jw_uint(w, "calls", u->calls);
		jw_uint(w, "calls_limit", u->calls_max);
		jw_uint(w, "bytes", u->bytes);
		jw_uint(w, "bytes_limit", u->bytes_max);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

static void
write_phases(struct jw *w, const struct receipt_phases *t)
{
	jw_object(w, "harness_us");
	jw_int(w, "prepare", t->prepare);
	jw_int(w, "materialize", t->materialize);
	jw_int(w, "project", t->project);
	jw_int(w, "preflight", t->preflight);
	jw_int(w, "verify_inputs", t->verify_inputs);
	jw_int(w, "program", t->program);
	jw_int(w, "postflight", t->postflight);
	jw_int(w, "verify_outputs", t->verify_outputs);
	jw_int(w, "persist", t->persist);
	jw_end(w);
}

static void
write_facts(struct jw *w, const struct receipt_postflight *p)
{
	jw_object(w, "forge");
	jw_str(w, "schema", "forge.postflight.v1");
	write_attempt(w, &p->attempt);
	jw_str(w, "verdict", p->verdict);
	jw_str(w, "verdict_detail", p->verdict_detail);
	if (p->exit_code >= 0)
		jw_int(w, "exit_code", p->exit_code);
	else
		jw_null(w, "exit_code");
	if (p->signal)
		jw_int(w, "signal", p->signal);
	write_inputs(w, p->inputs, p->ninputs);
	jw_array(w, "outputs");
	for (size_t i = 0; i < p->noutputs; i++)
		write_output(w, &p->outputs[i]);
	jw_end(w);
	write_checks(w, p);
	jw_object(w, "usage");
	jw_uint(w, "wall_us", p->wall_us);
	jw_uint(w, "cpu_us", p->cpu_us);
	jw_uint(w, "memory_peak_bytes", p->memory_peak_bytes);
	jw_uint(w, "pids_peak", p->pids_peak);
	jw_uint(w, "oom_kills", p->oom_kills);
	jw_end(w);
	write_stream(w, "stdout", p->out);
	write_stream(w, "stderr", p->err);
	if (p->has_bridge)
		write_bridge(w, p);
	write_image(w);
	jw_array(w, "program_sha256");
	for (size_t i = 0; i < p->nprograms; i++)
		jw_str(w, NULL, hash_of(p->programs[i].sha256));
	jw_end(w);
	write_phases(w, &p->phases);
	jw_object(w, "time");
	jw_str(w, "claimed", p->claimed_at);
	jw_str(w, "started", p->started_at);
	jw_str(w, "ended", p->ended_at);
	jw_end(w);
	if (p->failure)
		write_failure(w, p->failure);
	jw_end(w);
}

static void
write_build_definition(struct jw *w, const struct receipt_postflight *p)
{
	jw_object(w, "buildDefinition");
	jw_str(w, "buildType", RECEIPT_BUILD_TYPE);
	jw_object(w, "externalParameters");
	jw_object(w, "contract");
	jw_str(w, "sha256", hash_of(p->attempt.dispatched_contract_hash));
	jw_end(w);
	jw_object(w, "plan");
	jw_str(w, "merkle_root", hash_of(p->attempt.plan_hash));
	jw_end(w);
	jw_end(w);
	jw_object(w, "internalParameters");
	jw_int(w, "attempt", p->attempt.attempt);
	jw_int(w, "epoch", p->attempt.epoch);
	jw_str(w, "profile_sha256", hash_of(p->attempt.profile_sha256));
	jw_end(w);
	jw_array(w, "resolvedDependencies");
	for (size_t i = 0; i < p->nprograms; i++)
		write_resource(w, p->programs[i].path, p->programs[i].sha256);
	for (size_t i = 0; i < p->ninputs; i++)
		write_resource(w, p->inputs[i].path, p->inputs[i].sha256);
	jw_end(w);
	jw_end(w);
}

static void
write_run_details(struct arena *a, struct jw *w, const struct receipt_postflight *p)
{
	jw_object(w, "runDetails");
	jw_object(w, "builder");
	jw_str(w, "id", arena_printf(a, "https://forge.local/runner/%s", p->attempt.runner));
	jw_object(w, "version");
	jw_str(w, "forge", p->attempt.version);
	jw_end(w);
	jw_end(w);
	jw_object(w, "metadata");
	jw_str(w, "invocationId", arena_printf(a, "%s/%s/%d", p->attempt.run, p->attempt.step,
	    p->attempt.attempt));
	if (p->started_at)
		jw_str(w, "startedOn", p->started_at);
	jw_str(w, "finishedOn", p->ended_at);
	jw_end(w);
	jw_array(w, "byproducts");
	if (p->preflight_sha256)
		write_resource(w, "preflight", p->preflight_sha256);
	if (p->out)
		write_resource(w, "stdout", p->out->sha256);
	if (p->err)
		write_resource(w, "stderr", p->err->sha256);
	jw_end(w);
	jw_end(w);
}

int
receipt_postflight_text(struct arena *a, const struct receipt_postflight *p, const char **text,
    size_t *n, struct err *err)
{
	struct buf b;
	struct jw w;
	char *canonical;
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "_type", RECEIPT_TYPE);
	jw_str(&w, "predicateType", RECEIPT_POSTFLIGHT);
	jw_array(&w, "subject");
	for (size_t i = 0; i < p->noutputs; i++)
		write_resource(&w, p->outputs[i].path, p->outputs[i].sha256);
	if (p->noutputs == 0) /* a statement is about something: then, what was to be carried out */
		write_resource(&w, "contract.json", p->attempt.dispatched_contract_hash);
	jw_end(&w);
	jw_object(&w, "predicate");
	write_build_definition(&w, p);
	write_run_details(a, &w, p);
	write_facts(&w, p);
	jw_end(&w);
	jw_end(&w);
	if (jw_canonical_text(a, b.p, b.len, &canonical, n, err) < 0)
		return err_wrap(err, "postflight receipt");
	*text = canonical;
	return 0;
}
