/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APIs: a description that lies in the workspace as a file becomes a catalogue of operations. Lists come from
 * the database; what needs the description itself is read from the blob store in a child (apart.h).
 */
#include <string.h>

#include "api/apart.h"
#include "api/auth.h"
#include "api/catalogue.h"
#include "api/example.h"
#include "api/http.h"
#include "api/list.h"
#include "api/packs.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/id.h"
#include "core/jx.h"
#include "core/num.h"
#include "store/blob.h"
#include "store/db.h"

#define WORDS_MAX 20

static const struct apart_limits import_limits = {
	.cpu_s = 20, .wall_ms = 45000, .memory_bytes = (size_t)768 << 20, .answer_bytes_max = (size_t)24 << 20};
static const struct apart_limits page_limits = {
	.cpu_s = 5, .wall_ms = 15000, .memory_bytes = (size_t)512 << 20, .answer_bytes_max = (size_t)8 << 20};

/* --- catalogues ------------------------------------------------------------------------------------------- */

/* Columns of catalogue_list and catalogue_get are the same. tags: NULL leaves them out. */
static void
catalogue_json(struct jw *w, const struct db_rows *rows, size_t i, const struct db_rows *tags)
{
	jw_object(w, NULL);
	jw_id(w, "id", 'a', db_i64(rows, i, COL_CATALOGUE_GET_ID));
	jw_str(w, "title", db_text(rows, i, COL_CATALOGUE_GET_TITLE));
	jw_str(w, "version", db_text(rows, i, COL_CATALOGUE_GET_VERSION));
	jw_str(w, "dialect", db_text(rows, i, COL_CATALOGUE_GET_DIALECT));
	jw_str(w, "server", db_text(rows, i, COL_CATALOGUE_GET_SERVER));
	jw_str(w, "path", db_text(rows, i, COL_CATALOGUE_GET_PATH));
	jw_str(w, "sha256", db_text(rows, i, COL_CATALOGUE_GET_SHA256));
	jw_int(w, "bytes", db_i64(rows, i, COL_CATALOGUE_GET_BYTES));
	jw_bool(w, "is_current", db_bool(rows, i, COL_CATALOGUE_GET_IS_CURRENT));
	jw_int(w, "operations", db_i64(rows, i, COL_CATALOGUE_GET_OPERATIONS));
	jw_int(w, "refused", db_i64(rows, i, COL_CATALOGUE_GET_REFUSED));
	jw_raw(w, "problems", db_text(rows, i, COL_CATALOGUE_GET_PROBLEMS));
	if (tags) {
		jw_array(w, "tags");
		for (size_t k = 0; k < tags->n; k++) {
			jw_object(w, NULL);
			jw_str(w, "tag", db_text(tags, k, COL_CATALOGUE_TAGS_TAG));
			jw_int(w, "n", db_i64(tags, k, COL_CATALOGUE_TAGS_N));
			jw_end(w);
		}
		jw_end(w);
	}
	jw_str(w, "created_at", db_text(rows, i, COL_CATALOGUE_GET_CREATED_AT));
	jw_end(w);
}

/* One catalogue as the answer, in the open transaction, which ends with it. */
static int
send_catalogue(struct rq *rq, int64_t id, int status, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows, tags;
	struct buf b;
	struct jw w;

	db_arg_i64(&args, id);
	if (db_run(db, SQL_CATALOGUE_GET, &args, rq->a, &rows, err) < 0 ||
	    db_run(db, SQL_CATALOGUE_TAGS, &args, rq->a, &tags, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such API in this workspace");
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	catalogue_json(&w, &rows, 0, &tags);
	return rq_json(rq, status, &b);
}

/* Read the description and make what the database takes. */
static int
read_import(struct rq *rq, struct catalogue_work *work, uint64_t bytes, char **doc, struct err *err)
{
	size_t n;
	int fd, rc;

	if (bytes > CATALOGUE_BYTES_MAX)
		return err_set(err, E_LIMIT, "'%s' has %llu bytes; API descriptions are read up to %zu MiB", work->path,
		    (unsigned long long)bytes, CATALOGUE_BYTES_MAX >> 20);
	if (blob_open(rq->api->blobs, work->sha256, bytes, BLOB_CHECK_SIZE, &fd, NULL, err) < 0)
		return -1;
	rc = apart_run(rq->a, &import_limits, catalogue_import, work, fd, doc, &n, err);
	fd_close(&fd);
	return rc;
}

static int
store_import(struct rq *rq, int64_t file, const char *doc, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	char id[ID_BYTES];
	bool is_new;

	db_arg_i64(&args, file);
	db_arg_text(&args, doc);
	db_arg_i64(&args, rq->who.user_id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_CATALOGUE_PUT, &args, rq->a, &rows, err) < 0)
		return -1;
	is_new = db_bool(&rows, 0, COL_CATALOGUE_PUT_IS_NEW);
	id_format('a', db_i64(&rows, 0, COL_CATALOGUE_PUT_ID), id);
	if (is_new && auth_audit(rq, "api.import", id, true, NULL, err) < 0)
		return -1;
	return send_catalogue(rq, db_i64(&rows, 0, COL_CATALOGUE_PUT_ID), is_new ? 201 : 200, err);
}

int
h_catalogue_create(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args of_file = {0}, of_hash = {0};
	struct db_rows file, known;
	struct catalogue_work work = {0};
	int64_t id;
	char *doc;

	if (id_parse('f', rq_body_str(rq, "file_id", ""), &id, NULL) < 0) {
		rq->place.pointer = "/file_id";
		return err_set(err, E_NOT_FOUND, "there is no such file in this workspace");
	}
	db_arg_i64(&of_file, id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_CATALOGUE_FILE, &of_file, rq->a, &file, err) < 0)
		return -1;
	if (file.n == 0) {
		rq->place.pointer = "/file_id";
		return err_set(err, E_NOT_FOUND, "there is no such file in this workspace");
	}
	work.path = db_text(&file, 0, COL_CATALOGUE_FILE_PATH);
	work.sha256 = db_text(&file, 0, COL_CATALOGUE_FILE_SHA256);
	db_arg_text(&of_hash, work.sha256);
	if (db_run(db, SQL_CATALOGUE_OF, &of_hash, rq->a, &known, err) < 0)
		return -1;
	if (known.n > 0)
		return send_catalogue(rq, db_i64(&known, 0, COL_CATALOGUE_OF_ID), 200, err);
	if (db_tx_commit(db, err) < 0) /* nothing is held open while the description is read */
		return -1;
	rq->place.file = work.path;
	if (read_import(rq, &work, (uint64_t)db_i64(&file, 0, COL_CATALOGUE_FILE_BYTES), &doc, err) < 0)
		return -1;
	rq->place.file = NULL;
	return store_import(rq, id, doc, err);
}

int
h_catalogue_list(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	char last[ID_BYTES] = "";
	struct list l;
	int64_t before;

	if (list_after_id(rq, 'a', INT64_MAX, &before, err) < 0)
		return -1;
	db_arg_i64(&args, before);
	db_arg_i64(&args, list_limit(rq));
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_CATALOGUE_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		id_format('a', db_i64(&rows, i, COL_CATALOGUE_LIST_ID), last);
		catalogue_json(&l.w, &rows, i, NULL);
	}
	return list_send(&l, rq, rows.n, last);
}

int
h_catalogue_get(struct rq *rq, struct err *err)
{
	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0)
		return -1;
	return send_catalogue(rq, rq_arg(rq, "a")->id, 200, err);
}

int
h_catalogue_delete(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_i64(&args, rq_arg(rq, "a")->id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_CATALOGUE_DROP, &args, rq->a, &rows, err) < 0)
		return -1;
	if (db_is_null(&rows, 0, COL_CATALOGUE_DROP_ID))
		return err_set(err, E_NOT_FOUND, "there is no such API in this workspace");
	if (auth_audit(rq, "api.delete", rq_arg(rq, "a")->text, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return rq_no_content(rq);
}

/* --- operations ------------------------------------------------------------------------------------------- */

static void
count_json(struct jw *w, const char *key, const struct db_rows *rows, size_t i, int column)
{
	if (db_is_null(rows, i, column))
		jw_null(w, key);
	else
		jw_int(w, key, db_i64(rows, i, column));
}

/* The first columns of operation_list and operation_get are the same. */
static void
operation_json(struct jw *w, const char *key, const struct db_rows *rows, size_t i)
{
	jw_object(w, key);
	jw_str(w, "key", db_text(rows, i, COL_OPERATION_LIST_KEY));
	jw_str(w, "method", db_text(rows, i, COL_OPERATION_LIST_METHOD));
	jw_str(w, "path", db_text(rows, i, COL_OPERATION_LIST_PATH));
	jw_str(w, "operation_id", db_text(rows, i, COL_OPERATION_LIST_OPERATION_ID));
	jw_str(w, "summary", db_text(rows, i, COL_OPERATION_LIST_SUMMARY));
	jw_str(w, "tag", db_text(rows, i, COL_OPERATION_LIST_TAG));
	jw_bool(w, "deprecated", db_bool(rows, i, COL_OPERATION_LIST_IS_DEPRECATED));
	jw_str(w, "template_sha256", db_text(rows, i, COL_OPERATION_LIST_TEMPLATE_SHA256));
	count_json(w, "template_bytes", rows, i, COL_OPERATION_LIST_TEMPLATE_BYTES);
	count_json(w, "leaves", rows, i, COL_OPERATION_LIST_LEAVES);
	count_json(w, "required", rows, i, COL_OPERATION_LIST_REQUIRED);
	jw_int(w, "warnings", db_i64(rows, i, COL_OPERATION_LIST_WARNINGS));
	if (db_is_null(rows, i, COL_OPERATION_LIST_REFUSED_CODE)) {
		jw_null(w, "refused");
	} else {
		jw_object(w, "refused");
		jw_str(w, "code", db_text(rows, i, COL_OPERATION_LIST_REFUSED_CODE));
		jw_str(w, "says", db_text(rows, i, COL_OPERATION_LIST_REFUSED_SAYS));
		jw_end(w);
	}
	jw_end(w);
}

/* The words of `q`, as an array. */
static int
words_arg(struct rq *rq, struct db_args *args, struct err *err)
{
	const char *words[WORDS_MAX], *p = rq_query(rq, "q")->is_set ? rq_query(rq, "q")->text : "";
	size_t n = 0;

	for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
		size_t bytes = strcspn(p, " ");
		if (n == WORDS_MAX)
			return err_set(err, E_USAGE, "'q' has more than %d words", WORDS_MAX);
		words[n++] = arena_dup(rq->a, p, bytes);
		p += bytes;
	}
	db_arg_texts(args, rq->a, words, n);
	return 0;
}

static int
operation_args(struct rq *rq, struct db_args *args, struct err *err)
{
	const struct value *after = rq_query(rq, "after"), *tag = rq_query(rq, "tag"), *method = rq_query(rq, "method");
	int64_t no = 0;

	if (after->is_set && num_parse(after->text, strlen(after->text), 1, CATALOGUE_OPERATIONS_MAX, &no, NULL) < 0)
		return err_set(err, E_USAGE, "'after' takes what the page before gave as 'next'");
	db_arg_i64(args, rq_arg(rq, "a")->id);
	db_arg_i64(args, no);
	if (words_arg(rq, args, err) < 0)
		return -1;
	db_arg_text(args, tag->is_set ? tag->text : NULL);
	db_arg_text(args, method->is_set ? method->text : NULL);
	db_arg_i64(args, list_limit(rq));
	return 0;
}

int
h_operation_list(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0}, of_api = {0};
	struct db_rows rows, api;
	const char *last = "";
	struct list l;

	if (operation_args(rq, &args, err) < 0)
		return -1;
	db_arg_i64(&of_api, rq_arg(rq, "a")->id);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_CATALOGUE_GET, &of_api, rq->a, &api, err) < 0 ||
	    db_run(db, SQL_OPERATION_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (api.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such API in this workspace");
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		last = db_text(&rows, i, COL_OPERATION_LIST_NO);
		operation_json(&l.w, NULL, &rows, i);
	}
	return list_send(&l, rq, rows.n, last);
}

/* The operation's row, and its description read by fn; of a refused one a trial reads nothing. */
static int
read_operation(struct rq *rq, struct catalogue_work *work, apart_fn fn, struct db_rows *row, char **answer,
    size_t *n, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	int fd, rc;

	db_arg_i64(&args, rq_arg(rq, "a")->id);
	db_arg_text(&args, rq_arg(rq, "o")->text);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_OPERATION_GET, &args, rq->a, row, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (row->n == 0)
		return err_set(err, E_NOT_FOUND, "there is no such operation in this workspace");
	if (fn == catalogue_decode && !db_is_null(row, 0, COL_OPERATION_GET_REFUSED_CODE))
		return 0; /* there is nothing to decode with */
	work->path = db_text(row, 0, COL_OPERATION_GET_TITLE);
	work->sha256 = db_text(row, 0, COL_OPERATION_GET_SHA256);
	work->operation = arena_printf(rq->a, "%s %s", db_text(row, 0, COL_OPERATION_GET_METHOD),
	    db_text(row, 0, COL_OPERATION_GET_PATH));
	work->catalog = rq_catalog(rq, err);
	if (!work->catalog)
		return -1;
	if (blob_open(rq->api->blobs, work->sha256, (uint64_t)db_i64(row, 0, COL_OPERATION_GET_BYTES), BLOB_CHECK_SIZE,
		&fd, NULL, err) < 0)
		return -1;
	rc = apart_run(rq->a, &page_limits, fn, work, fd, answer, n, err);
	fd_close(&fd);
	return rc;
}

int
h_operation_get(struct rq *rq, struct err *err)
{
	const struct value *type = rq_query(rq, "content_type");
	struct catalogue_work work = {.content_type = type->is_set ? type->text : NULL};
	struct db_rows row;
	char *answer;
	struct buf b;
	struct jw w;
	size_t n;

	if (read_operation(rq, &work, catalogue_detail, &row, &answer, &n, err) < 0)
		return -1;
	INVARIANT(n > 1);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	operation_json(&w, "operation", &row, 0);
	jw_object(&w, "api");
	jw_str(&w, "id", rq_arg(rq, "a")->text);
	jw_str(&w, "title", db_text(&row, 0, COL_OPERATION_GET_TITLE));
	jw_str(&w, "server", db_text(&row, 0, COL_OPERATION_GET_SERVER));
	jw_end(&w);
	jw_end(&w);
	b.p[b.len - 1] = ','; /* the members that the child wrote follow */
	buf_add(&b, answer + 1, n - 1);
	return rq_json(rq, 200, &b);
}

static int
decode_input(struct rq *rq, struct catalogue_work *work, struct err *err)
{
	const struct jx *text = jx_find(rq->body, "text"), *filled = jx_find(rq->body, "filled");
	struct buf b;

	if (!text == !filled)
		return err_set(err, E_SCHEMA, "give either 'text' or 'filled'");
	work->is_lenient = jx_bool(jx_find(rq->body, "lenient"), false);
	work->is_open = jx_bool(jx_find(rq->body, "open"), false);
	work->content_type = rq_body_str(rq, "content_type", NULL);
	if (text) {
		work->text = text->u.text.p;
		work->text_bytes = text->u.text.n;
		return 0;
	}
	buf_init(&b, rq->a);
	text_pretty(&b, filled);
	work->is_filled = true;
	work->text = b.p;
	work->text_bytes = b.len;
	return 0;
}

/* An operation without a template decodes nothing: it says again why. */
static int
send_refusal(struct rq *rq, const struct db_rows *row)
{
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", false);
	jw_null(&w, "payload");
	jw_null(&w, "payload_text");
	jw_array(&w, "diagnostics");
	jw_object(&w, NULL);
	jw_str(&w, "code", db_text(row, 0, COL_OPERATION_GET_REFUSED_CODE));
	jw_str(&w, "pointer", "");
	jw_str(&w, "message", db_text(row, 0, COL_OPERATION_GET_REFUSED_SAYS));
	jw_end(&w);
	jw_end(&w);
	jw_int(&w, "findings", 1);
	jw_raw(&w, "repairs", "[]");
	jw_null(&w, "filled");
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

int
h_operation_decode(struct rq *rq, struct err *err)
{
	struct catalogue_work work = {0};
	struct db_rows row;
	struct buf b;
	char *answer;
	size_t n;

	if (decode_input(rq, &work, err) < 0 ||
	    read_operation(rq, &work, catalogue_decode, &row, &answer, &n, err) < 0)
		return -1;
	if (!db_is_null(&row, 0, COL_OPERATION_GET_REFUSED_CODE))
		return send_refusal(rq, &row);
	buf_init(&b, rq->a);
	buf_add(&b, answer, n);
	return rq_json(rq, 200, &b);
}
