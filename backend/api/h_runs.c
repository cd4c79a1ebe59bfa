/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, steps, receipts. */
#include <string.h>

#include "api/auth.h"
#include "api/http.h"
#include "api/list.h"
#include "api/worker.h"
#include "compiler/compile.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"
#include "core/jx.h"
#include "core/num.h"
#include "core/utf8.h"
#include "store/db.h"
#include "store/run.h"

#define IDEMPOTENCY_KEY_BYTES_MAX 200

int
h_run_list(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	char last[ID_BYTES] = "";
	struct list l;
	int64_t before;

	if (list_after_id(rq, 'r', INT64_MAX, &before, err) < 0)
		return -1;
	db_arg_i64(&args, before);
	db_arg_i64(&args, list_limit(rq));
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_RUN_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		id_format('r', db_i64(&rows, i, COL_RUN_LIST_ID), last);
		jw_object(&l.w, NULL);
		jw_str(&l.w, "id", last);
		jw_id(&l.w, "plan_id", 'p', db_i64(&rows, i, COL_RUN_LIST_PLAN_ID));
		jw_str(&l.w, "plan_hash", db_text(&rows, i, COL_RUN_LIST_PLAN_HASH));
		jw_str(&l.w, "state", db_text(&rows, i, COL_RUN_LIST_STATE));
		jw_str(&l.w, "created_at", db_text(&rows, i, COL_RUN_LIST_CREATED_AT));
		jw_str(&l.w, "ended_at", db_text(&rows, i, COL_RUN_LIST_ENDED_AT));
		jw_str(&l.w, "objective", db_text(&rows, i, COL_RUN_LIST_OBJECTIVE));
		jw_int(&l.w, "steps_total", db_i64(&rows, i, COL_RUN_LIST_STEPS_TOTAL));
		jw_int(&l.w, "steps_done", db_i64(&rows, i, COL_RUN_LIST_STEPS_DONE));
		jw_end(&l.w);
	}
	return list_send(&l, rq, rows.n, last);
}

/* JSON text made by the database, or null. */
static void
jw_json(struct jw *w, const char *key, const char *text)
{
	if (text)
		jw_raw(w, key, text);
	else
		jw_null(w, key);
}

/* The members of a step, inside an open object. */
static void
step_members(struct jw *w, const struct db_rows *rows, size_t i)
{
	jw_str(w, "step_id", db_text(rows, i, COL_RUN_STEPS_STEP_ID));
	jw_str(w, "label", db_text(rows, i, COL_RUN_STEPS_LABEL));
	jw_str(w, "state", db_text(rows, i, COL_RUN_STEPS_STATE));
	jw_int(w, "attempt", db_i64(rows, i, COL_RUN_STEPS_ATTEMPT));
	jw_raw(w, "depends_on", db_text(rows, i, COL_RUN_STEPS_DEPENDS_ON));
	jw_str(w, "contract_hash", db_text(rows, i, COL_RUN_STEPS_CONTRACT_HASH));
	jw_str(w, "started_at", db_text(rows, i, COL_RUN_STEPS_STARTED_AT));
	jw_str(w, "ended_at", db_text(rows, i, COL_RUN_STEPS_ENDED_AT));
	jw_us(w, "harness_ms", db_i64(rows, i, COL_RUN_STEPS_HARNESS_US),
	    db_is_null(rows, i, COL_RUN_STEPS_HARNESS_US));
	jw_us(w, "program_ms", db_i64(rows, i, COL_RUN_STEPS_PROGRAM_US),
	    db_is_null(rows, i, COL_RUN_STEPS_PROGRAM_US));
	jw_json(w, "error", db_text(rows, i, COL_RUN_STEPS_ERROR));
}

static int
read_steps(struct rq *rq, int64_t run, const char *step_id, struct db_rows *rows, struct err *err)
{
	struct db_args args = {0};

	db_arg_i64(&args, run);
	db_arg_text(&args, step_id);
	return db_run(rq->api->db, SQL_RUN_STEPS, &args, rq->a, rows, err);
}

static void
deliverables_json(struct jw *w, const struct db_rows *rows)
{
	jw_array(w, "deliverables");
	for (size_t i = 0; i < rows->n; i++) {
		jw_object(w, NULL);
		jw_str(w, "path", db_text(rows, i, COL_RUN_DELIVERABLES_PATH));
		jw_str(w, "label", db_text(rows, i, COL_RUN_DELIVERABLES_LABEL));
		jw_str(w, "kind", db_text(rows, i, COL_RUN_DELIVERABLES_KIND));
		jw_str(w, "sha256", db_text(rows, i, COL_RUN_DELIVERABLES_SHA256));
		if (db_is_null(rows, i, COL_RUN_DELIVERABLES_BYTES))
			jw_null(w, "bytes");
		else
			jw_int(w, "bytes", db_i64(rows, i, COL_RUN_DELIVERABLES_BYTES));
		jw_str(w, "step_id", db_text(rows, i, COL_RUN_DELIVERABLES_STEP_ID));
		jw_str(w, "state", db_text(rows, i, COL_RUN_DELIVERABLES_STATE));
		jw_end(w);
	}
	jw_end(w);
}

/* The run first, then its steps: an ended run never shows a step that has not ended. */
static int
send_run(struct rq *rq, int64_t id, int status, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows run, steps, made;
	struct buf b;
	struct jw w;

	db_arg_i64(&args, id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_RUN_GET, &args, rq->a, &run, err) < 0 ||
	    read_steps(rq, id, NULL, &steps, err) < 0 ||
	    db_run(db, SQL_RUN_DELIVERABLES, &args, rq->a, &made, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (run.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such run in this workspace");
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_id(&w, "id", 'r', id);
	jw_id(&w, "plan_id", 'p', db_i64(&run, 0, COL_RUN_GET_PLAN_ID));
	jw_str(&w, "plan_hash", db_text(&run, 0, COL_RUN_GET_PLAN_HASH));
	jw_str(&w, "state", db_text(&run, 0, COL_RUN_GET_STATE));
	jw_str(&w, "created_at", db_text(&run, 0, COL_RUN_GET_CREATED_AT));
	jw_str(&w, "ended_at", db_text(&run, 0, COL_RUN_GET_ENDED_AT));
	jw_str(&w, "objective", db_text(&run, 0, COL_RUN_GET_OBJECTIVE));
	jw_array(&w, "steps");
	for (size_t i = 0; i < steps.n; i++) {
		jw_object(&w, NULL);
		step_members(&w, &steps, i);
		jw_end(&w);
	}
	jw_end(&w);
	deliverables_json(&w, &made);
	jw_end(&w);
	return rq_json(rq, status, &b);
}

int
h_run_get(struct rq *rq, struct err *err)
{
	return send_run(rq, rq_arg(rq, "r")->id, 200, err);
}

static int
idempotency_key(const struct rq *rq, const char **out, struct err *err)
{
	const char *key = rq_param(rq, "HTTP_IDEMPOTENCY_KEY");
	size_t n = strlen(key);

	if (n == 0)
		return err_set(err, E_USAGE, "the header Idempotency-Key is missing: send any text that is "
		    "new for each run that you want");
	if (n > IDEMPOTENCY_KEY_BYTES_MAX || utf8_check(key, n) < n)
		return err_set(err, E_USAGE, "Idempotency-Key takes at most %d bytes of UTF-8",
		    IDEMPOTENCY_KEY_BYTES_MAX);
	*out = key;
	return 0;
}

/* The plan as stored, verified again before anything runs from it. */
static int
verified_plan(struct rq *rq, int64_t plan, const char **hash, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	struct jx *doc;

	db_arg_i64(&args, plan);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_PLAN_GET, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such plan in this workspace");
	*hash = db_text(&rows, 0, COL_PLAN_GET_PLAN_HASH);
	if (jx_parse(rq->a, db_text(&rows, 0, COL_PLAN_GET_DOCUMENT),
	    db_bytes(&rows, 0, COL_PLAN_GET_DOCUMENT), NULL, &doc, err) < 0 ||
	    plan_verify(rq->a, doc, err) < 0)
		return err_wrap(err, "plan %s", rq_arg(rq, "p")->text);
	return 0;
}

static int
wake(struct rq *rq, int64_t run, struct err *err)
{
	return store_wake(rq->api->db, &run, 1, true, err);
}

int
h_run_create(struct rq *rq, struct err *err)
{
	const struct route_arg *plan = rq_arg(rq, "p");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	const char *key = NULL, *hash = NULL;
	bool is_replayed;
	int64_t run;

	if (idempotency_key(rq, &key, err) < 0 || verified_plan(rq, plan->id, &hash, err) < 0)
		return -1;
	db_arg_i64(&args, rq->who.user_id);
	db_arg_text(&args, key);
	db_arg_i64(&args, plan->id);
	db_arg_text(&args, hash);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_START_RUN, &args, rq->a, &rows, err) < 0)
		return -1;
	run = db_i64(&rows, 0, COL_START_RUN_RUN_ID);
	is_replayed = db_bool(&rows, 0, COL_START_RUN_REPLAYED);
	if (!is_replayed && auth_audit(rq, "run.start", plan->text, true, NULL, err) < 0)
		return -1;
	if (db_tx_commit(db, err) < 0)
		return -1;
	/* A replay wakes too: the first request may have died between its commit and this. */
	if (wake(rq, run, err) < 0)
		return -1;
	if (is_replayed)
		rq_header(rq, "Idempotency-Replayed", "true");
	return send_run(rq, run, 201, err);
}

int
h_run_cancel(struct rq *rq, struct err *err)
{
	const struct route_arg *run = rq_arg(rq, "r");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_i64(&args, run->id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0)
		return -1;
	if (db_run(db, SQL_CANCEL_RUN, &args, rq->a, &rows, err) < 0)
		return err->code == E_NOT_FOUND ?
		    err_set(err, E_NOT_FOUND, "there is no such run in this workspace") : -1;
	if (auth_audit(rq, "run.cancel", run->text, true, NULL, err) < 0 || db_tx_commit(db, err) < 0 ||
	    wake(rq, run->id, err) < 0)
		return -1;
	return send_run(rq, run->id, 200, err);
}

/* {"sha256","bytes"} of a stream that the receipt tells about, or null. */
static void
stream_json(struct jw *w, const char *key, const struct jx *facts)
{
	const struct jx *s = facts ? jx_find(facts, key) : NULL;

	if (!s || !jx_is(jx_find(s, "sha256"), JX_STRING)) {
		jw_null(w, key);
		return;
	}
	jw_object(w, key);
	jw_str(w, "sha256", jx_str(jx_find(s, "sha256"), ""));
	jw_int(w, "bytes", jx_int(jx_find(s, "bytes"), 0));
	jw_end(w);
}

static int
attempts_json(struct rq *rq, struct jw *w, const struct db_rows *rows, struct err *err)
{
	jw_array(w, "attempts");
	for (size_t i = 0; i < rows->n; i++) {
		const char *streams = db_text(rows, i, COL_STEP_ATTEMPTS_STREAMS);
		struct jx *facts = NULL;
		if (streams && jx_parse(rq->a, streams, strlen(streams), NULL, &facts, err) < 0)
			return err_wrap(err, "a receipt");
		jw_object(w, NULL);
		jw_int(w, "attempt", db_i64(rows, i, COL_STEP_ATTEMPTS_ATTEMPT));
		jw_str(w, "state", db_text(rows, i, COL_STEP_ATTEMPTS_STATE));
		jw_str(w, "started_at", db_text(rows, i, COL_STEP_ATTEMPTS_STARTED_AT));
		jw_str(w, "ended_at", db_text(rows, i, COL_STEP_ATTEMPTS_ENDED_AT));
		jw_str(w, "verdict", db_text(rows, i, COL_STEP_ATTEMPTS_VERDICT));
		jw_json(w, "exit_code", db_text(rows, i, COL_STEP_ATTEMPTS_EXIT_CODE));
		jw_json(w, "failure", db_text(rows, i, COL_STEP_ATTEMPTS_FAILURE));
		stream_json(w, "stdout", facts);
		stream_json(w, "stderr", facts);
		jw_end(w);
	}
	jw_end(w);
	return 0;
}

static void
outputs_json(struct jw *w, const struct db_rows *rows)
{
	jw_array(w, "outputs");
	for (size_t i = 0; i < rows->n; i++) {
		jw_object(w, NULL);
		jw_str(w, "name", db_text(rows, i, COL_STEP_ARTIFACTS_NAME));
		jw_str(w, "path", db_text(rows, i, COL_STEP_ARTIFACTS_PATH));
		jw_str(w, "kind", db_text(rows, i, COL_STEP_ARTIFACTS_KIND));
		jw_str(w, "entity", db_text(rows, i, COL_STEP_ARTIFACTS_ENTITY));
		jw_str(w, "sha256", db_text(rows, i, COL_STEP_ARTIFACTS_SHA256));
		jw_int(w, "bytes", db_i64(rows, i, COL_STEP_ARTIFACTS_BYTES));
		jw_json(w, "rows", db_text(rows, i, COL_STEP_ARTIFACTS_ROWS));
		jw_str(w, "role", db_text(rows, i, COL_STEP_ARTIFACTS_ROLE));
		jw_str(w, "label", db_text(rows, i, COL_STEP_ARTIFACTS_LABEL));
		jw_bool(w, "deliverable", db_bool(rows, i, COL_STEP_ARTIFACTS_IS_DELIVERABLE));
		jw_json(w, "profile", db_text(rows, i, COL_STEP_ARTIFACTS_PROFILE));
		jw_end(w);
	}
	jw_end(w);
}

static int
send_step(struct rq *rq, const struct db_rows *step, const struct db_rows *contract,
    const struct db_rows *attempts, const struct db_rows *outputs, struct err *err)
{
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	step_members(&w, step, 0);
	jw_raw(&w, "contract", db_text(contract, 0, COL_STEP_CONTRACT_CONTRACT));
	if (attempts_json(rq, &w, attempts, err) < 0)
		return -1;
	outputs_json(&w, outputs);
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

int
h_step_get(struct rq *rq, struct err *err)
{
	int64_t run = rq_arg(rq, "r")->id;
	struct db *db = rq->api->db;
	struct db_rows step, contract, attempts, outputs;
	struct db_args args = {0};

	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    read_steps(rq, run, rq_arg(rq, "s")->text, &step, err) < 0)
		return -1;
	if (step.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such step in this run");
	db_arg_i64(&args, run);
	db_arg_i64(&args, db_i64(&step, 0, COL_RUN_STEPS_NO));
	if (db_run(db, SQL_STEP_CONTRACT, &args, rq->a, &contract, err) < 0 ||
	    db_run(db, SQL_STEP_ATTEMPTS, &args, rq->a, &attempts, err) < 0 ||
	    db_run(db, SQL_STEP_ARTIFACTS, &args, rq->a, &outputs, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return send_step(rq, &step, &contract, &attempts, &outputs, err);
}

static int
receipt_cursor(const struct rq *rq, int64_t *out, struct err *err)
{
	const struct value *v = rq_query(rq, "after");

	*out = 0;
	if (v->is_set && num_parse(v->text, strlen(v->text), 0, INT32_MAX, out, NULL) < 0)
		return err_set(err, E_USAGE, "'after' takes what the page before gave as 'next'");
	return 0;
}

int
h_receipt_list(struct rq *rq, struct err *err)
{
	int64_t run = rq_arg(rq, "r")->id, after;
	struct db_args exists = {0}, args = {0};
	struct db *db = rq->api->db;
	struct db_rows rows;
	struct list l;

	if (receipt_cursor(rq, &after, err) < 0)
		return -1;
	db_arg_i64(&exists, run);
	db_arg_i64(&args, run);
	db_arg_text(&args, rq_query(rq, "step")->is_set ? rq_query(rq, "step")->text : NULL);
	db_arg_i64(&args, after);
	db_arg_i64(&args, list_limit(rq));
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_RUN_EXISTS, &exists, rq->a, &rows, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such run in this workspace");
	if (db_run(db, SQL_RECEIPT_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		jw_object(&l.w, NULL);
		jw_int(&l.w, "seq", db_i64(&rows, i, COL_RECEIPT_LIST_SEQ));
		jw_str(&l.w, "step_id", db_text(&rows, i, COL_RECEIPT_LIST_STEP_ID));
		jw_json(&l.w, "attempt", db_text(&rows, i, COL_RECEIPT_LIST_ATTEMPT));
		jw_str(&l.w, "kind", db_text(&rows, i, COL_RECEIPT_LIST_KIND));
		jw_str(&l.w, "hash", db_text(&rows, i, COL_RECEIPT_LIST_HASH));
		jw_str(&l.w, "prev", db_text(&rows, i, COL_RECEIPT_LIST_PREV));
		jw_str(&l.w, "at", db_text(&rows, i, COL_RECEIPT_LIST_AT));
		jw_raw(&l.w, "body", db_text(&rows, i, COL_RECEIPT_LIST_BODY));
		jw_end(&l.w);
	}
	return list_send(&l, rq, rows.n, l.shown ? db_text(&rows, l.shown - 1, COL_RECEIPT_LIST_SEQ) : NULL);
}
