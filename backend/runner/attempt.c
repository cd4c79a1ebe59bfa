/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/attempt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/log.h"
#include "core/utf8.h"
#include "bridge/fetch.h"
#include "runner/memory.h"
#include "sandbox/cell.h"
#include "store/db.h"

#define PHASE_EVENT_US 300000 /* watchers of shorter programs see start and end; that is enough */
#define RELEASES_MAX 2        /* given back that often for our own troubles; then it is a failure */
#define DB_RETRY_MS 200
#define CRITERIA_ROOM 64

/* ---- failures ------------------------------------------------------------------------------------------ */

/* Text from a program or a cut message may end or begin in the middle of a character. */
static const char *
as_utf8(struct arena *a, const char *text)
{
	struct buf b;
	size_t n = strlen(text), good;
	buf_init(&b, a);
	while ((good = utf8_check(text, n)) < n) {
		buf_add(&b, text, good);
		buf_str(&b, "\xef\xbf\xbd"); /* U+FFFD */
		text += good + 1;
		n -= good + 1;
	}
	buf_add(&b, text, n);
	return buf_take(&b);
}

static int
fail_v(struct attempt *t, const char *class, bool is_retryable, const struct receipt_place *place,
    const char *fmt, va_list ap)
{
	if (t->failure)
		return -1; /* the first cause stays */
	struct receipt_failure *f = ARENA_NEW(t->a, struct receipt_failure);
	f->class = class;
	f->message = as_utf8(t->a, arena_vprintf(t->a, fmt, ap));
	f->is_retryable = is_retryable;
	if (place)
		f->place = *place;
	t->failure = f;
	return -1;
}

int
attempt_fail(struct attempt *t, const char *class, bool is_retryable, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fail_v(t, class, is_retryable, NULL, fmt, ap);
	va_end(ap);
	return -1;
}

int
attempt_fail_at(struct attempt *t, const char *class, bool is_retryable,
    const struct receipt_place *place, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fail_v(t, class, is_retryable, place, fmt, ap);
	va_end(ap);
	return -1;
}

void
attempt_rows(struct attempt *t, const struct receipt_row *rows, size_t n, uint64_t total)
{
	INVARIANT(t->failure != NULL);
	INVARIANT(n <= ATTEMPT_ROWS_MAX);
	if (t->failure->nrows > 0 || n == 0)
		return;
	struct receipt_row *copy = ARENA_ARRAY(t->a, n, struct receipt_row);
	memcpy(copy, rows, n * sizeof *rows);
	t->failure->rows = copy;
	t->failure->nrows = n;
	t->failure->rows_total = total > n ? total : n;
}

void
attempt_criterion(struct attempt *t, const char *says, bool is_ok, const char *detail)
{
	if (t->ncriteria == t->criteria_max) {
		size_t room = t->criteria_max ? t->criteria_max * 2 : CRITERIA_ROOM;
		struct receipt_criterion *more = ARENA_ARRAY(t->a, room, struct receipt_criterion);
		if (t->ncriteria)
			memcpy(more, t->criteria, t->ncriteria * sizeof *more);
		t->criteria = more;
		t->criteria_max = room;
	}
	t->criteria[t->ncriteria++] =
	    (struct receipt_criterion){.says = says, .is_ok = is_ok, .detail = detail};
}

bool
attempt_is_ordered_off(const struct attempt *t)
{
	return atomic_load(&t->bench->order) != ORDER_RUN;
}

/* ---- phases 1 and 4 -------------------------------------------------------------------------------------- */

/* The time since the last mark belongs to this phase. */
static void
phase_over(struct attempt *t, int64_t *phase_us)
{
	int64_t now = clock_mono_us();
	*phase_us += now - t->mark_us;
	t->mark_us = now;
}

/* Nobody acts on a contract other than the published one: hash the very bytes, then read them. */
static int
open_contract(struct attempt *t)
{
	const struct store_claim *c = t->claim;
	struct contract read;
	struct err err;
	if (strcmp(t->dispatched_hash, c->contract_hash) != 0)
		return attempt_fail(t, "hash", false, "The contract of %s was changed after the plan was "
		    "frozen (E_HASH): its bytes hash to %s, frozen was %s. Nothing was run.", c->step_id,
		    t->dispatched_hash, c->contract_hash);
	if (contract_check(t->a, c->contract, c->contract_bytes, c->contract_hash, &read, &err) < 0)
		return attempt_fail(t, err.code == E_HASH ? "hash" : "contract", false, "The contract of "
		    "%s cannot be used: %s.", c->step_id, err.msg);
	if (strcmp(read.step_id, c->step_id) != 0)
		return attempt_fail(t, "hash", false, "The contract of %s is the contract of %s (E_HASH).",
		    c->step_id, read.step_id);
	t->contract = read;
	t->outputs = ARENA_ARRAY(t->a, read.noutputs, struct attempt_output);
	for (size_t i = 0; i < read.noutputs; i++)
		t->outputs[i] = (struct attempt_output){.slot = &t->contract.outputs[i], .fd = -1};
	return 0;
}

static int
write_preflight(struct attempt *t, struct err *err)
{
	const struct contract_limits *l = &t->contract.limits;
	char now[TIME_TEXT_BYTES];
	const char *text;
	size_t n;
	clock_format(clock_wall_ms(), now);
	struct receipt_preflight p = {.attempt = t->id, .contract_bytes = t->claim->contract_bytes,
	    .programs = t->programs, .nprograms = t->contract.nfiles, .inputs = t->told_inputs,
	    .ninputs = t->ntold_inputs, .claimed_at = t->claimed_at, .at = now,
	    .network = t->contract.backend == BACKEND_TOOL_LOOP ? "bridge" : "none",
	    .limits = {l->wall_ms, l->cpu_ms, l->memory_bytes, l->pids, l->output_bytes,
		l->output_files, l->work_bytes, l->stdio_bytes}};
	if (receipt_preflight_text(t->a, &p, &text, &n, err) < 0 ||
	    store_preflight(t->bench->db, t->claim, text, err) < 0)
		return -1;
	sha256_hex(text, n, t->preflight_hash);
	t->has_preflight = true;
	bench_news(t->bench);
	return 0;
}

/* ---- the phases in order ----------------------------------------------------------------------------------- */

static int
before_program(struct attempt *t, struct err *err)
{
	int rc = open_contract(t);
	phase_over(t, &t->us.prepare);
	if (rc == 0)
		rc = inputs_materialize(t, err);
	phase_over(t, &t->us.materialize);
	if (rc == 0)
		rc = inputs_project(t, err);
	phase_over(t, &t->us.project);
	if (rc == 0)
		rc = write_preflight(t, err);
	phase_over(t, &t->us.preflight);
	if (rc == 0)
		rc = inputs_verify(t, err);
	phase_over(t, &t->us.verify_inputs);
	return rc;
}

static int
after_program(struct attempt *t, struct err *err)
{
	if (t->us.program > PHASE_EVENT_US &&
	    store_step_phase(t->bench->db, t->claim, "verifying", NULL) == 0) /* only to be seen */
		bench_news(t->bench);
	int rc = outputs_collect(t, err);
	phase_over(t, &t->us.postflight);
	if (rc == 0 && !t->failure)
		rc = outputs_verify(t, err);
	phase_over(t, &t->us.verify_outputs);
	return rc;
}

static int
run_phases(struct attempt *t, struct err *err)
{
	if (before_program(t, err) < 0)
		return -1;
	if (attempt_is_ordered_off(t))
		return err_set(err, E_SANDBOX, "called off");
	if (program_run(t, err) < 0)
		return -1;
	t->mark_us = clock_mono_us(); /* program_run has shared out its own time */
	return after_program(t, err);
}

/* ---- phase 9 ----------------------------------------------------------------------------------------------- */

static struct receipt_output *
told_outputs(struct attempt *t, size_t *n)
{
	struct receipt_output *o = ARENA_ARRAY(t->a, t->contract.noutputs, struct receipt_output);
	size_t k = 0;
	for (size_t i = 0; i < t->contract.noutputs; i++) {
		const struct attempt_output *a = &t->outputs[i];
		if (a->is_there)
			o[k++] = (struct receipt_output){.name = a->slot->name, .path = a->slot->path,
			    .kind = a->slot->kind, .entity = a->slot->entity, .sha256 = a->sha256,
			    .bytes = a->bytes, .profile = &a->profile};
	}
	*n = k;
	return o;
}

static void
tell_bridge(struct attempt *t, struct receipt_postflight *p)
{
	const struct fetch_result *r = t->fetch_result;
	struct receipt_call *calls = ARENA_ARRAY(t->a, r->ncalls, struct receipt_call);
	struct receipt_used *used = ARENA_ARRAY(t->a, t->contract.negress, struct receipt_used);
	for (size_t i = 0; i < r->ncalls; i++) {
		const struct fetch_call *c = &r->calls[i];
		calls[i] = (struct receipt_call){.request = c->request, .item = c->item, .url = c->url,
		    .address = c->address, .rule = c->rule, .status = c->status, .bytes = c->bytes,
		    .sha256 = c->sha256, .us = c->us, .error = c->error};
	}
	for (size_t i = 0; i < t->contract.negress; i++)
		used[i] = (struct receipt_used){r->used[i].scope, r->used[i].calls,
		    r->used[i].calls_max, r->used[i].bytes, r->used[i].bytes_max};
	p->has_bridge = true;
	p->calls = calls;
	p->ncalls = r->ncalls;
	p->used = used;
	p->nused = t->contract.negress;
	p->wall_us = r->wall_us;
	p->cpu_us = r->cpu_us;
	p->memory_peak_bytes = r->memory_peak_bytes;
	p->pids_peak = 1;
}

static int
write_postflight(struct attempt *t, const char **text, struct err *err)
{
	char now[TIME_TEXT_BYTES];
	size_t n;
	clock_format(clock_wall_ms(), now);
	struct receipt_postflight p = {.attempt = t->id,
	    .preflight_sha256 = t->has_preflight ? t->preflight_hash : NULL, .verdict = t->verdict,
	    .verdict_detail = t->verdict_detail, .exit_code = t->exit_code, .signal = t->signal,
	    .programs = t->programs, .nprograms = t->programs ? t->contract.nfiles : 0,
	    .inputs = t->told_inputs, .ninputs = t->ntold_inputs, .criteria = t->criteria,
	    .ncriteria = t->ncriteria, .validators = t->validators, .nvalidators = t->nvalidators, .undeclared = t->undeclared, .nundeclared = t->nundeclared,
	    .refused = t->refused, .nrefused = t->nrefused, .out = t->out.sha256 ? &t->out : NULL,
	    .err = t->err.sha256 ? &t->err : NULL, .failure = t->failure, .ended_at = now,
	    .claimed_at = t->claimed_at, .started_at = t->started_at[0] ? t->started_at : NULL};
	p.outputs = told_outputs(t, &p.noutputs);
	if (t->cell_result) {
		const struct cell_usage *u = &t->cell_result->usage;
		p.is_undeclared_cut = t->cell_result->outputs_are_cut;
		p.wall_us = u->wall_us;
		p.cpu_us = u->cpu_us;
		p.memory_peak_bytes = u->memory_peak_bytes;
		p.pids_peak = u->pids_peak;
		p.oom_kills = u->oom_kills;
	} else if (t->fetch_result) {
		tell_bridge(t, &p);
	}
	phase_over(t, &t->us.persist);
	p.phases = t->us;
	return receipt_postflight_text(t->a, &p, text, &n, err);
}

/* A program that fails the same way twice will do so a third time. */
static void
judge_retry(struct attempt *t)
{
	struct receipt_failure *f = t->failure;
	char signature[SHA256_HEX];
	const char *text = arena_printf(t->a, "%s\n%s\n%s", f->class, f->message,
	    f->place.file ? f->place.file : "");
	sha256_hex(text, strlen(text), signature);
	bool is_repeat =
	    memory_is_repeat(t->runner->memory, t->claim->run, t->claim->no, signature);
	if (!f->is_retryable || !is_repeat || t->is_infrastructure)
		return;
	f->is_retryable = false;
	f->message = arena_printf(t->a, "%s (The attempt before failed in the same way, so it is not "
	    "tried again.)", f->message);
}

/* One of the three ways to end an attempt in the database. */
static int
write_end(struct attempt *t, enum attempt_end end, const char *text, struct store_outcome *out,
    struct err *err)
{
	struct db *db = t->bench->db;
	if (db_is_broken(db) && db_reset(db, err) < 0)
		return -1;
	if (end == ATTEMPT_DONE)
		return store_commit_step(db, t->claim, text, out, err);
	if (end == ATTEMPT_FAILED)
		return store_fail_step(db, t->claim, text, out, err);
	return store_release_step(db, t->claim, text, out, err);
}

/*
 * The same again while the database is away and the lease may still be ours: the lease's token makes
 * a second writing of the same end impossible, so nothing can be committed twice.
 */
static enum attempt_end
end_as(struct attempt *t, enum attempt_end end, const char *text, struct store_outcome *out,
    struct err *err)
{
	int64_t until_us = clock_mono_us() + (int64_t)STORE_LEASE_TTL_MS * 1000;
	while (write_end(t, end, text, out, err) < 0) {
		struct pollfd p = {.fd = t->bench->cancel_fd, .events = POLLIN};
		if (err->code != E_DB || clock_mono_us() > until_us)
			return ATTEMPT_LOST;
		if (atomic_load(&t->bench->order) == ORDER_LOST)
			return ATTEMPT_LOST;
		(void)poll(&p, attempt_is_ordered_off(t) ? 0 : 1, DB_RETRY_MS);
	}
	return end;
}

static const char *
release_reason(const struct attempt *t)
{
	switch ((enum order)atomic_load(&t->bench->order)) {
	case ORDER_STOP:
		return "the run is stopping";
	case ORDER_RELEASE:
		return "the runner is stopping";
	case ORDER_RUN:
	case ORDER_LOST:
		break;
	}
	return t->failure ? t->failure->message : "the runner gave it back";
}

/* Commit; or, when the database will not have it, fail and say so: silence would only be tried again. */
static enum attempt_end
write_outcome(struct attempt *t, struct store_outcome *out, struct err *err)
{
	const char *text;
	for (;;) {
		bool is_commit = t->failure == NULL;
		if (write_postflight(t, &text, err) < 0)
			return ATTEMPT_LOST;
		enum attempt_end end =
		    end_as(t, is_commit ? ATTEMPT_DONE : ATTEMPT_FAILED, text, out, err);
		if (end != ATTEMPT_LOST || !is_commit || err->code == E_DB || err->code == E_LEASE)
			return end;
		attempt_fail(t, "machine", false, "The database refused the step's receipt: %s.", err->msg);
	}
}

/* The blob store will not keep the bytes (no space, perhaps): nothing can be said about them. */
static enum attempt_end
give_back(struct attempt *t, struct store_outcome *out, struct err *err)
{
	t->is_infrastructure = true;
	log_write(LOG_ERROR, EV_SANDBOX_FAILED, err, "run", t->run_id, "step", t->claim->step_id, NULL);
	const char *reason =
	    as_utf8(t->a, arena_printf(t->a, "its bytes could not be stored: %s", err->msg));
	return end_as(t, ATTEMPT_RELEASED, reason, out, err);
}

/* What the phases ended with becomes one end in the database. */
static enum attempt_end
persist(struct attempt *t, bool is_complete, struct store_outcome *out, struct err *err)
{
	int order = atomic_load(&t->bench->order);
	if (order == ORDER_LOST || (!is_complete && !t->failure && err->code == E_LEASE))
		return ATTEMPT_LOST;
	if (!is_complete && order != ORDER_RUN)
		return end_as(t, ATTEMPT_RELEASED, release_reason(t), out, err);
	if (!is_complete && !t->failure) {
		t->is_infrastructure = true;
		attempt_fail(t, "machine", true, "The runner could not carry out the step: %s.", err->msg);
	}
	if (t->is_infrastructure &&
	    memory_count_release(t->runner->memory, t->claim->run, t->claim->no) <= RELEASES_MAX)
		return end_as(t, ATTEMPT_RELEASED, release_reason(t), out, err);
	if (t->failure)
		judge_retry(t);
	if (outputs_publish(t, err) < 0)
		return give_back(t, out, err);
	return write_outcome(t, out, err);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static void
begin(struct attempt *t, int64_t claimed_us)
{
	const struct store_claim *c = t->claim;
	t->mark_us = t->begin_us = claimed_us;
	id_format('r', c->run, t->run_id);
	clock_format(clock_wall_ms(), t->claimed_at);
	sha256_hex(c->contract, c->contract_bytes, t->dispatched_hash);
	sha256_hex(c->profile, strlen(c->profile), t->profile_hash);
	t->id = (struct receipt_attempt){.run = t->run_id, .step = c->step_id, .attempt = c->attempt,
	    .epoch = c->epoch, .plan_hash = c->plan_hash, .contract_hash = c->contract_hash,
	    .dispatched_contract_hash = t->dispatched_hash, .profile_sha256 = t->profile_hash,
	    .runner = t->runner->host, .version = FORGE_VERSION};
}

static void
log_end(const struct attempt *t, const struct attempt_result *r, const struct err *err)
{
	char attempt[16], harness[24], program[24];
	(void)snprintf(attempt, sizeof attempt, "%d", t->claim->attempt);
	(void)snprintf(harness, sizeof harness, "%lld", (long long)r->harness_us);
	(void)snprintf(program, sizeof program, "%lld", (long long)r->program_us);
	const char *class = t->failure ? t->failure->class : "";
	switch (r->end) {
	case ATTEMPT_DONE:
		log_write(LOG_INFO, EV_STEP_COMMITTED, NULL, "run", t->run_id, "step", t->claim->step_id,
		    "attempt", attempt, "harness_us", harness, "program_us", program, NULL);
		return;
	case ATTEMPT_FAILED:
		log_write(LOG_WARN, EV_STEP_FAILED, NULL, "run", t->run_id, "step", t->claim->step_id,
		    "attempt", attempt, "class", class, "harness_us", harness, NULL);
		return;
	case ATTEMPT_RELEASED:
		log_write(LOG_WARN, EV_STEP_FAILED, r->is_machine_ill ? err : NULL, "run", t->run_id,
		    "step", t->claim->step_id, "attempt", attempt, "class", "released", NULL);
		return;
	case ATTEMPT_LOST:
		log_write(LOG_WARN, EV_LEASE_LOST, err, "run", t->run_id, "step", t->claim->step_id,
		    "attempt", attempt, NULL);
		return;
	case ATTEMPT_END__COUNT:
		break;
	}
	NEVER("an end that is none");
}

struct attempt_result
attempt_run(const struct runner *runner, struct bench *bench, const struct store_claim *claim,
    int64_t claimed_us)
{
	struct arena *a = arena_new(0);
	struct attempt *t = ARENA_NEW(a, struct attempt);
	struct attempt_result r = {.outcome = {.retry_in_ms = -1}};
	struct err err = {.code = E_OK, .msg = ""};
	*t = (struct attempt){.a = a, .runner = runner, .bench = bench, .claim = claim,
	    .step_json_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .exit_code = -1};
	begin(t, claimed_us);
	bool is_complete = run_phases(t, &err) == 0;
	struct err cause = err;
	if (!is_complete && !t->failure && err.code != E_LEASE && !attempt_is_ordered_off(t))
		log_write(LOG_ERROR, EV_SANDBOX_FAILED, &err, "run", t->run_id, "step", claim->step_id, NULL);
	t->mark_us = clock_mono_us();
	int64_t persist_from_us = t->mark_us;
	r.end = persist(t, is_complete, &r.outcome, &err);
	int64_t end_us = clock_mono_us();
	r.persist_us = end_us - persist_from_us;
	r.program_us = t->us.program;
	r.harness_us = end_us - t->begin_us - t->us.program;
	r.is_machine_ill = t->is_infrastructure || (r.end == ATTEMPT_LOST && err.code == E_DB);
	log_end(t, &r, r.end == ATTEMPT_LOST ? &err : &cause);
	arena_free(a);
	return r;
}
