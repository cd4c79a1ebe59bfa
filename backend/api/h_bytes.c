/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts, blobs by hash, and the live stream. */
#include <string.h>

#include "api/bytes.h"
#include "api/http.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/num.h"
#include "store/db.h"

int
h_artifact_get(struct rq *rq, struct err *err)
{
	const struct route_arg *path = rq_arg(rq, "path");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_i64(&args, rq_arg(rq, "r")->id);
	db_arg_text(&args, path->text);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_ARTIFACT_FIND, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "this run has made no artifact of that path");
	return bytes_send(rq, db_text(&rows, 0, COL_ARTIFACT_FIND_SHA256),
	    db_text(&rows, 0, COL_ARTIFACT_FIND_KIND), path->text, rq_query(rq, "download")->num == 1);
}

int
h_blob_get(struct rq *rq, struct err *err)
{
	const char *sha256 = rq_arg(rq, "sha256")->text;
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_text(&args, sha256);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_BLOB_FIND, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "nothing of this workspace has that hash");
	return bytes_send(rq, sha256, db_text(&rows, 0, COL_BLOB_FIND_KIND),
	    arena_printf(rq->a, "%.12s.", sha256), rq_query(rq, "download")->num == 1);
}

/* Last-Event-ID is "<run>:<seq>"; one of another run, or anything else, means from the start. */
static int64_t
last_event(const struct rq *rq, const char *run)
{
	const char *id = rq_param(rq, "HTTP_LAST_EVENT_ID");
	const struct value *last = rq_query(rq, "last");
	size_t n = strlen(run);
	int64_t seq;

	if (strncmp(id, run, n) == 0 && id[n] == ':' &&
	    num_parse(id + n + 1, strlen(id + n + 1), 0, INT32_MAX, &seq, NULL) == 0)
		return seq;
	return last->is_set ? last->num : 0;
}

int
h_run_events(struct rq *rq, struct err *err)
{
	const struct route_arg *run = rq_arg(rq, "r");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_i64(&args, run->id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_RUN_EXISTS, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such run in this workspace");
	rq_header(rq, "X-Accel-Redirect", arena_printf(rq->a, "/_events/%lld/%lld?last=%lld",
	    (long long)rq->ws, (long long)run->id, (long long)last_event(rq, run->text)));
	rq_start(rq, 200, "text/event-stream");
	return 0;
}
