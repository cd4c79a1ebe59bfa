/* SPDX-License-Identifier: Apache-2.0 */
/* Health and the API's own description. */
#include "api/http.h"
#include "api/worker.h"
#include "core/jw.h"
#include "store/db.h"

/* ISO C promises literals of 4,095 bytes; gcc takes any length, and this one is made by a program. */
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char openapi[] =
#include "api/openapi_gen.inc"
    ;

int
h_healthz(struct rq *rq, struct err *err)
{
	struct db_rows rows;
	struct buf b;
	struct jw w;

	if (db_run(rq->api->db, SQL_PING, NULL, rq->a, &rows, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", true);
	jw_str(&w, "version", API_VERSION);
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

int
h_openapi(struct rq *rq, struct err *err)
{
	(void)err;
	return rq_send(rq, 200, "application/json", openapi, sizeof openapi - 1);
}
