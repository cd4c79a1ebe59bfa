/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "store/db.h"

int
store_claim(struct db *db, struct arena *a, const char *host, const char *incarnation,
    int n_max, int64_t after_ws, struct store_claim **out, size_t *n, struct err *err)
{
	struct db_args args = { 0 };
	struct db_rows rows;
	struct store_claim *claims;

	db_arg_text(&args, host);
	db_arg_text(&args, incarnation);
	db_arg_i64(&args, n_max);
	db_arg_i64(&args, after_ws);
	db_arg_i64(&args, STORE_LEASE_TTL_MS);
	if (db_run(db, SQL_CLAIM, &args, a, &rows, err) < 0)
		return -1;
	claims = ARENA_ARRAY(a, rows.n, struct store_claim);
	for (size_t i = 0; i < rows.n; i++)
		claims[i] = (struct store_claim){
			.ws = db_i64(&rows, i, COL_CLAIM_WS),
			.run = db_i64(&rows, i, COL_CLAIM_RUN_ID),
			.no = (int)db_i64(&rows, i, COL_CLAIM_NO),
			.attempt = (int)db_i64(&rows, i, COL_CLAIM_ATTEMPT),
			.epoch = db_i64(&rows, i, COL_CLAIM_EPOCH),
			.token = db_text(&rows, i, COL_CLAIM_TOKEN),
			.step_id = db_text(&rows, i, COL_CLAIM_STEP_ID),
			.contract = db_text(&rows, i, COL_CLAIM_CONTRACT),
			.contract_bytes = db_bytes(&rows, i, COL_CLAIM_CONTRACT),
			.contract_hash = db_text(&rows, i, COL_CLAIM_CONTRACT_HASH),
			.plan_hash = db_text(&rows, i, COL_CLAIM_PLAN_HASH),
			.profile = db_text(&rows, i, COL_CLAIM_PROFILE),
		};
	*out = claims;
	*n = rows.n;
	return 0;
}

int
store_heartbeat(struct db *db, struct arena *a, const char *const *tokens, size_t n,
    enum store_beat *out, struct err *err)
{
	struct db_args args = { 0 };
	struct db_rows rows;

	db_arg_texts(&args, a, tokens, n);
	db_arg_i64(&args, STORE_LEASE_TTL_MS);
	if (db_run(db, SQL_HEARTBEAT, &args, a, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		out[i] = STORE_BEAT_LOST;
	for (size_t row = 0; row < rows.n; row++) {
		const char *token = db_text(&rows, row, COL_HEARTBEAT_TOKEN);

		for (size_t i = 0; i < n; i++)
			if (strcmp(tokens[i], token) == 0)
				out[i] = db_bool(&rows, row, COL_HEARTBEAT_IS_STOPPING)
				    ? STORE_BEAT_STOPPING
				    : STORE_BEAT_OK;
	}
	return 0;
}

/* attempt_args - the three arguments with which every write of an attempt begins. Filled in place: a
 * struct db_args points into itself and must not be copied. */
static void
attempt_args(struct db_args *args, const struct store_claim *claim)
{
	*args = (struct db_args){ 0 };
	db_arg_i64(args, claim->run);
	db_arg_i64(args, claim->no);
	db_arg_text(args, claim->token);
}

int
store_step_input(struct db *db, struct arena *a, const struct store_claim *claim,
    struct store_input **out, size_t *n, struct err *err)
{
	struct db_args args;
	struct db_rows rows;
	struct store_input *inputs;

	attempt_args(&args, claim);
	if (db_run(db, SQL_STEP_INPUT, &args, a, &rows, err) < 0)
		return -1;
	inputs = ARENA_ARRAY(a, rows.n, struct store_input);
	for (size_t i = 0; i < rows.n; i++)
		inputs[i] = (struct store_input){
			.name = db_text(&rows, i, COL_STEP_INPUT_NAME),
			.path = db_text(&rows, i, COL_STEP_INPUT_PATH),
			.kind = db_text(&rows, i, COL_STEP_INPUT_KIND),
			.entity = db_text(&rows, i, COL_STEP_INPUT_ENTITY),
			.source_type = db_text(&rows, i, COL_STEP_INPUT_SOURCE_TYPE),
			.source_path = db_text(&rows, i, COL_STEP_INPUT_SOURCE_PATH),
			.sha256 = db_text(&rows, i, COL_STEP_INPUT_SHA256),
			.bytes = db_i64(&rows, i, COL_STEP_INPUT_BYTES),
		};
	*out = inputs;
	*n = rows.n;
	return 0;
}

int
store_preflight(struct db *db, const struct store_claim *claim, const char *receipt,
    struct err *err)
{
	struct db_args args;

	attempt_args(&args, claim);
	db_arg_text(&args, receipt);
	return db_run(db, SQL_PREFLIGHT, &args, NULL, NULL, err);
}

int
store_step_phase(struct db *db, const struct store_claim *claim, const char *phase,
    struct err *err)
{
	struct db_args args;

	attempt_args(&args, claim);
	db_arg_text(&args, phase);
	return db_run(db, SQL_STEP_PHASE, &args, NULL, NULL, err);
}

static bool
is_ended(const char *state)
{
	return strcmp(state, "running") != 0 && strcmp(state, "waiting") != 0;
}

int
store_commit_step(struct db *db, const struct store_claim *claim, const char *receipt,
    struct store_outcome *out, struct err *err)
{
	struct db_args args;
	struct arena *scratch = arena_new(0);
	struct db_rows rows;
	int r;

	attempt_args(&args, claim);
	db_arg_text(&args, receipt);
	r = db_run(db, SQL_COMMIT_STEP, &args, scratch, &rows, err);
	if (r == 0)
		*out = (struct store_outcome){
			.is_run_ended = is_ended(db_text(&rows, 0, COL_COMMIT_STEP_RUN_STATE)),
			.readied = (int)db_i64(&rows, 0, COL_COMMIT_STEP_READIED),
			.retry_in_ms = -1,
		};
	arena_free(scratch);
	return r;
}

int
store_fail_step(struct db *db, const struct store_claim *claim, const char *receipt,
    struct store_outcome *out, struct err *err)
{
	struct db_args args;
	struct arena *scratch = arena_new(0);
	struct db_rows rows;
	int r;

	attempt_args(&args, claim);
	db_arg_text(&args, receipt);
	r = db_run(db, SQL_FAIL_STEP, &args, scratch, &rows, err);
	if (r == 0)
		*out = (struct store_outcome){
			.is_run_ended = is_ended(db_text(&rows, 0, COL_FAIL_STEP_RUN_STATE)),
			.retry_in_ms = db_is_null(&rows, 0, COL_FAIL_STEP_RETRY_IN_MS)
			    ? -1
			    : db_i64(&rows, 0, COL_FAIL_STEP_RETRY_IN_MS),
		};
	arena_free(scratch);
	return r;
}

int
store_release_step(struct db *db, const struct store_claim *claim, const char *reason,
    struct store_outcome *out, struct err *err)
{
	struct db_args args;
	struct arena *scratch = arena_new(0);
	struct db_rows rows;
	int r;

	attempt_args(&args, claim);
	db_arg_text(&args, reason);
	r = db_run(db, SQL_RELEASE_STEP, &args, scratch, &rows, err);
	if (r == 0) {
		const char *state = db_text(&rows, 0, COL_RELEASE_STEP_RUN_STATE);

		*out = (struct store_outcome){ .is_run_ended = is_ended(state), .retry_in_ms = -1,
			.readied = is_ended(state) ? 0 : 1 };
	}
	arena_free(scratch);
	return r;
}

int
store_release_host(struct db *db, struct arena *a, const char *host, const char *incarnation,
    int64_t **runs, size_t *n, struct err *err)
{
	struct db_args args = { 0 };
	struct db_rows rows;
	int64_t *ids;

	db_arg_text(&args, host);
	db_arg_text(&args, incarnation);
	if (db_run(db, SQL_RELEASE_HOST, &args, a, &rows, err) < 0)
		return -1;
	ids = ARENA_ARRAY(a, rows.n, int64_t);
	for (size_t i = 0; i < rows.n; i++)
		ids[i] = db_i64(&rows, i, COL_RELEASE_HOST_RUN_ID);
	*runs = ids;
	*n = rows.n;
	return 0;
}

int
store_wake(struct db *db, const int64_t *runs, size_t n, bool ready, struct err *err)
{
	struct db_args args = { 0 };
	struct arena *scratch = arena_new(0);
	int r;

	db_arg_i64s(&args, scratch, runs, n);
	db_arg_bool(&args, ready);
	r = db_run(db, SQL_WAKE, &args, NULL, NULL, err);
	arena_free(scratch);
	return r;
}
