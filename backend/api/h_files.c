/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a workspace. An upload goes to the blob store while it is hashed, then it is measured, and
 * only then does the database hear of it: what breaks on the way leaves nothing behind. A file that
 * is not what its name says is kept, with the verdict and its place.
 */
#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/bytes.h"
#include "api/checked.h"
#include "api/detected.h"
#include "api/http.h"
#include "api/list.h"
#include "api/multipart.h"
#include "api/packs.h"
#include "api/path.h"
#include "api/worker.h"
#include "compiler/detect.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "store/blob.h"
#include "store/db.h"
#include "types/profile.h"
#include "types/rows.h"

#define CHUNK_BYTES (64u << 10)
#define PROFILE_BYTES_MAX (512u << 20) /* 64 MiB of counts, the largest row, 4,096 columns */
#define FOLDER_BYTES_MAX 500
#define ROWS_BYTES_MAX (8u << 20) /* of one answer with rows; fewer rows come when they are that large */

/* What is known of one uploaded file before the database has it. */
struct upload {
	const char *path;
	struct blob_ref blob;
	const char *kind;
	const char *entity; /* NULL: none */
	int64_t rows;       /* -1: no table, or one that does not parse */
	bool parse_ok;
	const char *detail;
	const char *profile; /* forge.file_profile.v1 */
	int64_t id;
};

/* Columns of file_list and file_get are the same; one reader serves both. */
struct file_row {
	int64_t id, bytes, rows;
	const char *path, *sha256, *kind, *entity, *detail, *profile, *created_at, *head;
	bool parse_ok, has_rows;
};

static const char *
measured(struct arena *a, const struct artifact_profile *p)
{
	if (!p->parse_ok)
		return arena_dup(a, p->fault.message, utf8_check(p->fault.message, strlen(p->fault.message)));
	if (p->rows >= 0)
		return arena_printf(a, "%lld rows, %zu columns", (long long)p->rows, p->ncolumns);
	if (p->pages >= 0)
		return arena_printf(a, "%lld pages", (long long)p->pages);
	return arena_printf(a, "%llu bytes of %s", (unsigned long long)p->bytes,
	    format_words(p->sniffed));
}

/* What the profile says, taken over into the request's arena. */
static int
take_profile(struct rq *rq, struct upload *u, struct arena *scratch, const struct artifact_profile *p, struct err *err)
{
	const struct file_facts facts = {.path = u->path, .bytes = u->blob.bytes, .profile = p};
	const struct catalog *catalog = rq_catalog(rq, err);
	const struct entity *entity;
	const char *likely;
	struct buf b;
	struct jw w;

	if (!catalog)
		return -1;
	entity = entity_detect(scratch, catalog, &facts);
	likely = likely_text(rq, u->path, p, err);
	if (!likely)
		return -1;
	buf_init(&b, scratch);
	jw_init(&w, &b);
	artifact_profile_json(p, NULL, &w);
	u->kind = kind_name(p->kind);
	u->entity = entity ? entity->id : NULL;
	u->rows = p->parse_ok ? p->rows : -1;
	u->parse_ok = p->parse_ok;
	u->detail = measured(rq->a, p);
	u->profile = arena_printf(rq->a, "{\"likely\":%s,%s", likely, buf_take(&b) + 1);
	return 0;
}

/* Profiles of large tables take much memory for a moment: it is not the request's. */
static int
measure(struct rq *rq, struct upload *u, struct err *err)
{
	struct arena *scratch = arena_new(PROFILE_BYTES_MAX);
	struct artifact_profile p;
	int fd, rc;

	rc = blob_open(rq->api->blobs, u->blob.sha256, u->blob.bytes, BLOB_CHECK_SIZE, &fd, NULL, err);
	if (rc == 0) {
		/* somebody waits for the answer: what needs many more readings of a huge file stays undecided */
		rc = artifact_profile(scratch, fd, u->path, NULL, &(struct profile_options){.passes_max = 8}, &p, err);
		fd_close(&fd);
	}
	if (rc == 0)
		rc = take_profile(rq, u, scratch, &p, err);
	arena_free(scratch);
	return rc < 0 ? err_wrap(err, "measure '%s'", u->path) : 0;
}

static int
record(struct rq *rq, struct upload *u, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_text(&args, u->path);
	db_arg_text(&args, u->blob.sha256);
	db_arg_i64(&args, (int64_t)u->blob.bytes);
	db_arg_text(&args, u->kind);
	db_arg_text(&args, u->entity);
	if (u->rows < 0)
		db_arg_null(&args);
	else
		db_arg_i64(&args, u->rows);
	db_arg_bool(&args, u->parse_ok);
	db_arg_text(&args, u->detail);
	db_arg_text(&args, u->profile);
	db_arg_i64(&args, rq->who.user_id);
	if (db_run(rq->api->db, SQL_FILE_PUT, &args, rq->a, &rows, err) < 0)
		return -1;
	u->id = db_i64(&rows, 0, COL_FILE_PUT_ID);
	return auth_audit(rq, "file.put", NULL, true,
	    arena_printf(rq->a, "{\"sha256\":\"%s\"}", u->blob.sha256), err);
}

static void
place_json(struct jw *w, const char *key, uint64_t v)
{
	if (v)
		jw_uint(w, key, v);
	else
		jw_null(w, key);
}

/* Row and column of the fault, from the stored profile. */
static int
fault_place(struct rq *rq, const char *profile, uint64_t *row, uint64_t *column, struct err *err)
{
	struct jx *doc;

	*row = *column = 0;
	if (!profile)
		return 0;
	if (jx_parse(rq->a, profile, strlen(profile), NULL, &doc, err) < 0)
		return err_wrap(err, "a stored profile");
	*row = (uint64_t)jx_int(jx_pointer(doc, "/parse/row"), 0);
	*column = (uint64_t)jx_int(jx_pointer(doc, "/parse/column"), 0);
	return 0;
}

static void
read_row(const struct db_rows *rows, size_t i, struct file_row *f)
{
	*f = (struct file_row){
		.id = db_i64(rows, i, COL_FILE_GET_ID),
		.path = db_text(rows, i, COL_FILE_GET_PATH),
		.sha256 = db_text(rows, i, COL_FILE_GET_SHA256),
		.bytes = db_i64(rows, i, COL_FILE_GET_BYTES),
		.kind = db_text(rows, i, COL_FILE_GET_KIND),
		.rows = db_i64(rows, i, COL_FILE_GET_ROWS),
		.has_rows = !db_is_null(rows, i, COL_FILE_GET_ROWS),
		.entity = db_text(rows, i, COL_FILE_GET_ENTITY),
		.parse_ok = db_bool(rows, i, COL_FILE_GET_PARSE_OK),
		.detail = db_text(rows, i, COL_FILE_GET_PARSE_DETAIL),
		.profile = db_text(rows, i, COL_FILE_GET_PROFILE),
		.created_at = db_text(rows, i, COL_FILE_GET_CREATED_AT),
		.head = db_text(rows, i, COL_FILE_GET_HEAD),
	};
}

/* One file item. notes: other files whose names look the same; NULL: not asked. */
static int
file_json(struct rq *rq, struct jw *w, const struct file_row *f, const struct db_rows *alike,
    struct err *err)
{
	uint64_t row, column;

	if (fault_place(rq, f->parse_ok ? NULL : f->profile, &row, &column, err) < 0)
		return -1;
	jw_object(w, NULL);
	jw_id(w, "id", 'f', f->id);
	jw_str(w, "path", f->path);
	jw_str(w, "sha256", f->sha256);
	jw_int(w, "bytes", f->bytes);
	jw_str(w, "kind", f->kind);
	if (f->has_rows)
		jw_int(w, "rows", f->rows);
	else
		jw_null(w, "rows");
	jw_str(w, "entity", f->entity);
	jw_raw(w, "likely", likely_stored(rq, f->head));
	jw_object(w, "parse");
	jw_bool(w, "ok", f->parse_ok);
	jw_str(w, "detail", f->detail ? f->detail : "");
	place_json(w, "row", row);
	place_json(w, "column", column);
	jw_end(w);
	jw_str(w, "created_at", f->created_at);
	if (alike) {
		jw_array(w, "notes");
		for (size_t i = 0; i < alike->n; i++)
			jw_str(w, NULL, arena_printf(rq->a, "'%s' is here too: the two names look alike, "
			    "and they are two files", db_text(alike, i, COL_FILE_ALIKE_PATH)));
		jw_end(w);
	}
	jw_end(w);
	return 0;
}

/* Record all of a request's files in one transaction; write their items into w. */
static int
record_all(struct rq *rq, struct upload *const *uploads, size_t n, struct jw *w, struct err *err)
{
	struct db *db = rq->api->db;

	if (db_tx_begin_ws(db, rq->ws, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (record(rq, uploads[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++) {
		struct db_args args = {0};
		struct db_rows file, alike;
		struct file_row f;
		db_arg_text(&args, uploads[i]->path);
		if (db_run(db, SQL_FILE_GET, &args, rq->a, &file, err) < 0 ||
		    db_run(db, SQL_FILE_ALIKE, &args, rq->a, &alike, err) < 0)
			return -1;
		INVARIANT(file.n == 1);
		read_row(&file, 0, &f);
		if (file_json(rq, w, &f, &alike, err) < 0)
			return -1;
	}
	return db_tx_commit(db, err);
}

/* Bytes of an upload: the whole body, or one part of a form. */
typedef ssize_t (*source_fn)(void *arg, void *p, size_t n, struct err *err);

static ssize_t
from_body(void *arg, void *p, size_t n, struct err *err)
{
	return rq_read(arg, p, n, err);
}

static ssize_t
from_part(void *arg, void *p, size_t n, struct err *err)
{
	return multipart_read(arg, p, n, err);
}

static int
take_bytes(struct rq *rq, source_fn read, void *arg, struct upload *u, struct err *err)
{
	char chunk[CHUNK_BYTES];
	struct blob_writer w;
	ssize_t n;

	if (blob_writer_open(rq->api->blobs, rq->route->body_bytes_max, &w, err) < 0)
		return -1;
	while ((n = read(arg, chunk, sizeof chunk, err)) > 0)
		if (blob_writer_add(&w, chunk, (size_t)n, err) < 0) {
			n = -1;
			break;
		}
	if (n < 0) {
		blob_writer_abort(&w);
		return -1;
	}
	if (blob_writer_finish(&w, &u->blob, err) < 0)
		return -1;
	return measure(rq, u, err);
}

/* Before a byte is read: a body that says it is too large is not waited for. */
static int
check_announced(struct rq *rq, struct err *err)
{
	if (rq->has_length && rq->length > rq->route->body_bytes_max)
		return err_set(err, E_TOO_LARGE, "the upload has %llu bytes; at most %llu (512 MiB) are taken",
		    (unsigned long long)rq->length, (unsigned long long)rq->route->body_bytes_max);
	return 0;
}

int
h_file_put(struct rq *rq, struct err *err)
{
	const struct route_arg *path = rq_arg(rq, "path");
	struct upload *u = ARENA_NEW(rq->a, struct upload);
	struct buf b;
	struct jw w;

	u->path = path->text;
	if (check_announced(rq, err) < 0 || path_check(path->text, path->bytes, err) < 0 ||
	    take_bytes(rq, from_body, rq, u, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	if (record_all(rq, &u, 1, &w, err) < 0)
		return -1;
	return rq_json(rq, 201, &b);
}

/* The text field `folder`: put in front of the paths of the files that follow it. */
static int
take_folder(struct rq *rq, struct multipart *m, const char **out, struct err *err)
{
	char *text = arena_alloc(rq->a, FOLDER_BYTES_MAX + 2);
	size_t len = 0;
	ssize_t n;

	while ((n = multipart_read(m, text + len, FOLDER_BYTES_MAX + 1 - len, err)) > 0) {
		len += (size_t)n;
		if (len > FOLDER_BYTES_MAX)
			return err_set(err, E_USAGE, "the field 'folder' takes at most %d bytes",
			    FOLDER_BYTES_MAX);
	}
	if (n < 0)
		return -1;
	if (len > 0 && path_check(text, len, err) < 0)
		return err_wrap(err, "the field 'folder'");
	*out = text;
	return 0;
}

static int
take_file(struct rq *rq, struct multipart *m, const struct multipart_part *part,
    const char *folder, struct upload *u, struct err *err)
{
	if (part->filename_bytes == 0)
		return err_set(err, E_USAGE, "part %u of the form is a file without a name", part->number);
	if (strlen(part->filename) != part->filename_bytes)
		return err_set(err, E_USAGE, "the file name in part %u of the form has a NUL", part->number);
	u->path = *folder ? arena_printf(rq->a, "%s/%s", folder, part->filename) : part->filename;
	if (path_check(u->path, strlen(u->path), err) < 0)
		return err_wrap(err, "part %u of the form", part->number);
	return take_bytes(rq, from_part, m, u, err);
}

static int
take_parts(struct rq *rq, struct multipart *m, struct upload **uploads, size_t *n, struct err *err)
{
	struct multipart_part part;
	const char *folder = "";
	int more;

	while ((more = multipart_next(m, &part, err)) > 0) {
		if (!part.filename && strcmp(part.name, "folder") == 0) {
			if (take_folder(rq, m, &folder, err) < 0)
				return -1;
		} else if (!part.filename) {
			return err_set(err, E_USAGE, "the form's field '%.60s' is not known; files have a "
			    "filename, and the one text field is 'folder'", part.name);
		} else {
			INVARIANT(*n < MULTIPART_PARTS_MAX);
			uploads[*n] = ARENA_NEW(rq->a, struct upload);
			if (take_file(rq, m, &part, folder, uploads[*n], err) < 0)
				return -1;
			for (size_t i = 0; i < *n; i++)
				if (strcmp(uploads[i]->path, uploads[*n]->path) == 0)
					return err_set(err, E_USAGE, "the form has the file '%.200s' twice",
					    uploads[i]->path);
			++*n;
		}
	}
	return more;
}

int
h_file_upload(struct rq *rq, struct err *err)
{
	struct upload **uploads = ARENA_ARRAY(rq->a, MULTIPART_PARTS_MAX, struct upload *);
	const char *boundary;
	size_t n = 0;
	struct buf b;
	struct jw w;

	if (check_announced(rq, err) < 0 ||
	    multipart_boundary(rq->a, rq_param(rq, "CONTENT_TYPE"), &boundary, err) < 0 ||
	    take_parts(rq, multipart_new(rq->a, boundary, from_body, rq), uploads, &n, err) < 0)
		return -1;
	if (n == 0)
		return err_set(err, E_USAGE, "the form has no file");
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_array(&w, "items");
	if (record_all(rq, uploads, n, &w, err) < 0)
		return -1;
	jw_end(&w);
	jw_null(&w, "next");
	jw_end(&w);
	return rq_json(rq, 201, &b);
}

int
h_file_list(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	const char *last = NULL;
	struct list l;

	db_arg_text(&args, list_after_text(rq));
	db_arg_i64(&args, list_limit(rq));
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILE_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		struct file_row f;
		read_row(&rows, i, &f);
		last = f.path;
		if (file_json(rq, &l.w, &f, NULL, err) < 0)
			return -1;
	}
	return list_send(&l, rq, rows.n, last);
}

static void
cell_json(struct jw *w, const struct cell *c)
{
	if (c->type == CELL_NULL || c->type == CELL_MISSING)
		jw_null(w, NULL);
	else
		jw_strn(w, NULL, c->p, utf8_check(c->p, c->n));
}

/* Rows from offset on; a table that breaks off somewhere shows what is before that place. */
static int
rows_json(struct rq *rq, struct rows *r, struct jw *w, struct err *err)
{
	int64_t offset = rq_query(rq, "offset")->num, limit = rq_query(rq, "limit")->num;
	const struct row *row;
	enum rows_result rc = rows_open(r, err);

	jw_array(w, "rows");
	for (int64_t i = 0; rc == ROWS_ROW && i < offset + limit && w->b->len < ROWS_BYTES_MAX; i++) {
		rc = rows_next(r, &row, err);
		if (rc != ROWS_ROW || i < offset)
			continue;
		jw_array(w, NULL);
		for (size_t k = 0; k < row->ncells; k++)
			cell_json(w, &row->cells[k]);
		jw_end(w);
	}
	jw_end(w);
	if (rc == ROWS_ERR)
		return -1;
	jw_array(w, "columns");
	for (size_t k = 0; k < rows_columns(r); k++)
		jw_str(w, NULL, rows_column(r, k));
	jw_end(w);
	return 0;
}

static int
send_rows(struct rq *rq, const struct file_row *f, struct err *err)
{
	enum kind kind;
	struct rows *r;
	struct buf b;
	struct jw w;
	int fd, rc;

	if (!kind_find(f->kind, &kind) || !kind_is_table(kind))
		return err_set(err, E_LIMIT, "'%s' is %s: only tables have rows to show", f->path, f->kind);
	if (blob_open(rq->api->blobs, f->sha256, (uint64_t)f->bytes, BLOB_CHECK_SIZE, &fd, NULL, err) < 0)
		return -1;
	r = rows_new(rq->a, fd, kind_format(kind));
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	rc = rows_json(rq, r, &w, err);
	rows_release(r);
	fd_close(&fd);
	if (rc < 0)
		return -1;
	jw_int(&w, "offset", rq_query(rq, "offset")->num);
	if (f->has_rows)
		jw_int(&w, "total", f->rows);
	else
		jw_null(&w, "total");
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

/* The stored profile, with the entity in front. */
static int
send_profile(struct rq *rq, const struct file_row *f, struct err *err)
{
	struct buf b;
	struct jw w;

	if (!f->profile)
		return err_set(err, E_NOT_FOUND, "'%s' has no profile", f->path);
	INVARIANT(f->profile[0] == '{');
	INVARIANT(f->profile[1] == '"');
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "entity", f->entity);
	jw_end(&w);
	b.p[b.len - 1] = ',';
	buf_str(&b, f->profile + 1);
	return rq_json(rq, 200, &b);
}

int
h_file_get(struct rq *rq, struct err *err)
{
	const struct route_arg *path = rq_arg(rq, "path");
	const char *view = rq_query(rq, "view")->text;
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	struct file_row f;

	db_arg_text(&args, path->text);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILE_GET, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no file '%s' in this workspace",
		    path_show(rq->a, path->text, path->bytes));
	read_row(&rows, 0, &f);
	if (strcmp(view, "profile") == 0)
		return send_profile(rq, &f, err);
	if (strcmp(view, "detect") == 0)
		return detected_send(rq, f.path, f.profile, err);
	if (strcmp(view, "checks") == 0)
		return checked_send(rq, &(struct checked_file){.path = f.path, .sha256 = f.sha256, .bytes = (uint64_t)f.bytes,
		    .kind = f.kind, .entity = f.entity, .is_whole = f.parse_ok}, rq_query(rq, "entity")->text, err);
	if (strcmp(view, "rows") == 0)
		return send_rows(rq, &f, err);
	return bytes_send(rq, f.sha256, f.kind, f.path, rq_query(rq, "download")->num == 1);
}

int
h_file_delete(struct rq *rq, struct err *err)
{
	const struct route_arg *path = rq_arg(rq, "path");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_text(&args, path->text);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILE_DROP, &args, rq->a, &rows, err) < 0)
		return -1;
	if (db_is_null(&rows, 0, COL_FILE_DROP_ID))
		return err_set(err, E_NOT_FOUND, "there is no file '%s' in this workspace",
		    path_show(rq->a, path->text, path->bytes));
	if (auth_audit(rq, "file.delete", NULL, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return rq_no_content(rq);
}
