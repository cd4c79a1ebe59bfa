/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as they were frozen. */
#include "api/h_plans.h"

#include <string.h>

#include "api/http.h"
#include "api/list.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"
#include "store/db.h"

void
plan_json(struct buf *b, const struct plan_extras *x, const char *document)
{
	struct jw w;

	INVARIANT(document[0] == '{');
	INVARIANT(document[1] == '"');
	jw_init(&w, b);
	jw_object(&w, NULL);
	jw_id(&w, "id", 'p', x->id);
	jw_str(&w, "objective", x->objective);
	jw_str(&w, "created_at", x->created_at);
	jw_raw(&w, "passes", x->passes);
	jw_end(&w);
	/* The document's own members follow as they are stored, byte for byte. */
	b->p[b->len - 1] = ',';
	buf_str(b, document + 1);
}

int
h_plan_list(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	char last[ID_BYTES] = "";
	struct list l;
	int64_t before;

	if (list_after_id(rq, 'p', INT64_MAX, &before, err) < 0)
		return -1;
	db_arg_i64(&args, before);
	db_arg_i64(&args, list_limit(rq));
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_PLAN_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		id_format('p', db_i64(&rows, i, COL_PLAN_LIST_ID), last);
		jw_object(&l.w, NULL);
		jw_str(&l.w, "id", last);
		jw_str(&l.w, "plan_hash", db_text(&rows, i, COL_PLAN_LIST_PLAN_HASH));
		jw_str(&l.w, "objective", db_text(&rows, i, COL_PLAN_LIST_OBJECTIVE));
		jw_int(&l.w, "steps", db_i64(&rows, i, COL_PLAN_LIST_STEPS));
		jw_str(&l.w, "created_at", db_text(&rows, i, COL_PLAN_LIST_CREATED_AT));
		jw_end(&l.w);
	}
	return list_send(&l, rq, rows.n, last);
}

int
h_plan_get(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct plan_extras x;
	struct db_rows rows;
	struct buf b;

	db_arg_i64(&args, rq_arg(rq, "p")->id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_PLAN_GET, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such plan in this workspace");
	x = (struct plan_extras){
		.id = db_i64(&rows, 0, COL_PLAN_GET_ID),
		.objective = db_text(&rows, 0, COL_PLAN_GET_OBJECTIVE),
		.created_at = db_text(&rows, 0, COL_PLAN_GET_CREATED_AT),
		.passes = db_text(&rows, 0, COL_PLAN_GET_PASSES),
	};
	buf_init(&b, rq->a);
	plan_json(&b, &x, db_text(&rows, 0, COL_PLAN_GET_DOCUMENT));
	return rq_json(rq, 200, &b);
}
