/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog of a workspace, to be read: what there is, and each thing with what it stands next to. */
#include <string.h>

#include "api/http.h"
#include "api/packs.h"
#include "api/worker.h"
#include "compiler/near.h"
#include "core/arena.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/jw.h"
#include "pack/view.h"
#include "store/db.h"

#define FILES_MAX 100

/* The web server makes a tag weak when it compresses; a list of tags is as good as one. */
static bool
has_tag(const char *sent, const char *tag)
{
	return strcmp(sent, "*") == 0 || strstr(sent, tag) != NULL;
}

/*
 * Answer with b, or with 304 when the browser has it already. The tag is that of the whole answer, so it changes with
 * the catalog, with the workspace's files, and with what this program says about them.
 */
static int
send_tagged(struct rq *rq, const struct buf *b)
{
	char hash[SHA256_HEX];
	const char *tag;

	sha256_hex(b->p, b->len, hash);
	tag = arena_printf(rq->a, "\"%.32s\"", hash);
	rq_header(rq, "ETag", tag);
	rq_header(rq, "Cache-Control", "private, no-cache");
	if (has_tag(rq_param(rq, "HTTP_IF_NONE_MATCH"), tag))
		return rq_send(rq, 304, NULL, NULL, 0);
	return rq_json(rq, 200, b);
}

int
h_catalog_get(struct rq *rq, struct err *err)
{
	const struct catalog *c = rq_catalog(rq, err);
	struct buf b;
	struct jw w;

	if (!c)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	view_overview(rq->a, c, rq->api->catalog, &w, NULL);
	return send_tagged(rq, &b);
}

/* Files of the workspace that hold the entity. */
static int
files_json(struct rq *rq, const char *entity, struct jw *w, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_text(&args, entity);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILES_OF_ENTITY, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	jw_array(w, "files");
	for (size_t i = 0; i < rows.n && i < FILES_MAX; i++) {
		jw_object(w, NULL);
		jw_str(w, "path", db_text(&rows, i, COL_FILES_OF_ENTITY_PATH));
		jw_int(w, "bytes", db_i64(&rows, i, COL_FILES_OF_ENTITY_BYTES));
		jw_str(w, "kind", db_text(&rows, i, COL_FILES_OF_ENTITY_KIND));
		if (db_is_null(&rows, i, COL_FILES_OF_ENTITY_ROWS))
			jw_null(w, "rows");
		else
			jw_int(w, "rows", db_i64(&rows, i, COL_FILES_OF_ENTITY_ROWS));
		jw_bool(w, "parse_ok", db_bool(&rows, i, COL_FILES_OF_ENTITY_PARSE_OK));
		jw_end(w);
	}
	jw_end(w);
	jw_bool(w, "more_files", rows.n > FILES_MAX);
	return 0;
}

static int
no_such(struct rq *rq, const struct catalog *c, enum view_type type, const char *id, struct err *err)
{
	const char *near = near_id(rq->a, c, type, id);

	return err_set(err, E_NOT_FOUND, "the catalog of this workspace has no %s '%s'%s%s%s", view_type_name(type), id,
	    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

int
h_catalog_item(struct rq *rq, struct err *err)
{
	const char *name = rq_arg(rq, "type")->text, *id = rq_arg(rq, "id")->text;
	const struct catalog *c;
	enum view_type type;
	struct buf b;
	struct jw w;

	if (!view_type_parse(name, &type)) {
		const char *near = near_type(name);

		return err_set(err, E_NOT_FOUND, "the catalog has nothing of the type '%s'%s%s%s", name,
		    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
	}
	c = rq_catalog(rq, err);
	if (!c)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	if (!view_item(rq->a, c, rq->api->catalog, type, id, &w, NULL))
		return no_such(rq, c, type, id, err);
	if (type == VIEW_ENTITY && files_json(rq, id, &w, err) < 0)
		return -1;
	jw_end(&w);
	return send_tagged(rq, &b);
}
