/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include "core/arena.h"
#include "core/err.h"
#include "store/db.h"

int
store_reap(struct db *db, struct arena *a, struct store_reaped **out, size_t *n,
    struct err *err)
{
	struct db_rows rows;
	struct store_reaped *reaped;

	if (db_run(db, SQL_REAP, NULL, a, &rows, err) < 0)
		return -1;
	reaped = ARENA_ARRAY(a, rows.n, struct store_reaped);
	for (size_t i = 0; i < rows.n; i++)
		reaped[i] = (struct store_reaped){
			.run = db_i64(&rows, i, COL_REAP_RUN_ID),
			.step_id = db_text(&rows, i, COL_REAP_STEP_ID),
			.attempt = (int)db_i64(&rows, i, COL_REAP_ATTEMPT),
		};
	*out = reaped;
	*n = rows.n;
	return 0;
}

int
store_expire(struct db *db, struct store_expired *out, struct err *err)
{
	struct arena *scratch = arena_new(0);
	struct db_rows rows;
	int r = db_run(db, SQL_EXPIRE, NULL, scratch, &rows, err);

	if (r == 0)
		*out = (struct store_expired){
			.sessions = (int)db_i64(&rows, 0, COL_EXPIRE_SESSIONS),
			.idems = (int)db_i64(&rows, 0, COL_EXPIRE_IDEMS),
			.throttles = (int)db_i64(&rows, 0, COL_EXPIRE_THROTTLES),
		};
	arena_free(scratch);
	return r;
}

int
store_maintain(struct db *db, int *made, struct err *err)
{
	struct arena *scratch = arena_new(0);
	struct db_rows rows;
	int r = db_run(db, SQL_MAINTAIN, NULL, scratch, &rows, err);

	if (r == 0)
		*made = (int)db_i64(&rows, 0, COL_MAINTAIN_MADE);
	arena_free(scratch);
	return r;
}

int
store_next_deadline(struct db *db, int64_t *wait_ms, int *due, struct err *err)
{
	struct arena *scratch = arena_new(0);
	struct db_args args = { 0 };
	struct db_rows rows;
	int r;

	db_arg_i64(&args, STORE_LEASE_TTL_MS);
	r = db_run(db, SQL_NEXT_DEADLINE, &args, scratch, &rows, err);
	if (r == 0) {
		*wait_ms = db_is_null(&rows, 0, COL_NEXT_DEADLINE_WAIT_MS)
		    ? -1
		    : db_i64(&rows, 0, COL_NEXT_DEADLINE_WAIT_MS);
		*due = (int)db_i64(&rows, 0, COL_NEXT_DEADLINE_DUE);
	}
	arena_free(scratch);
	return r;
}

int
store_events_read(struct db *db, struct arena *a, int64_t ws, int64_t run, int after,
    int n_max, struct store_event **out, size_t *n, struct err *err)
{
	struct db_args args = { 0 };
	struct db_rows rows;
	struct store_event *events;

	db_arg_i64(&args, ws);
	db_arg_i64(&args, run);
	db_arg_i64(&args, after);
	db_arg_i64(&args, n_max);
	if (db_run(db, SQL_EVENTS_READ, &args, a, &rows, err) < 0)
		return -1;
	events = ARENA_ARRAY(a, rows.n, struct store_event);
	for (size_t i = 0; i < rows.n; i++)
		events[i] = (struct store_event){
			.seq = (int)db_i64(&rows, i, COL_EVENTS_READ_SEQ),
			.kind = db_text(&rows, i, COL_EVENTS_READ_KIND),
			.at = db_text(&rows, i, COL_EVENTS_READ_AT),
			.body = db_text(&rows, i, COL_EVENTS_READ_BODY),
		};
	*out = events;
	*n = rows.n;
	return 0;
}

int
store_events_head(struct db *db, int64_t ws, int64_t run, int *seq, bool *is_ended,
    struct err *err)
{
	struct arena *scratch = arena_new(0);
	struct db_args args = { 0 };
	struct db_rows rows;
	int r;

	db_arg_i64(&args, ws);
	db_arg_i64(&args, run);
	r = db_run(db, SQL_EVENTS_HEAD, &args, scratch, &rows, err);
	if (r == 0) {
		*seq = (int)db_i64(&rows, 0, COL_EVENTS_HEAD_SEQ);
		*is_ended = db_bool(&rows, 0, COL_EVENTS_HEAD_IS_ENDED);
	}
	arena_free(scratch);
	return r;
}
