/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An objective becomes a plan, pass by pass, while the browser watches. What fails before the first
 * line is a problem like any other; what fails after it is the stream's last line, {"event":"error"}.
 */
#include <stdlib.h>
#include <string.h>

#include "api/auth.h"
#include "api/h_plans.h"
#include "api/http.h"
#include "api/list.h"
#include "api/packs.h"
#include "api/path.h"
#include "api/worker.h"
#include "compiler/compile.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "core/log.h"
#include "pack/document.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "store/blob.h"
#include "store/db.h"
#include "types/profile.h"
#include "types/table.h"

#define FILES_MAX 4096

/* One compile as the stream sees it. */
struct stream {
	struct rq *rq;
	int64_t started_us; /* of the running pass */
	struct buf passes;  /* JSON array of how each ended */
	struct jw w;
};

/* --- the compiler's questions about bytes ----------------------------------------------------------- */

static int
open_file(struct rq *rq, const struct file_facts *file, int *fd, struct err *err)
{
	if (blob_open(rq->api->blobs, file->sha256, file->bytes, BLOB_CHECK_SIZE, fd, NULL, err) < 0)
		return err_wrap(err, "'%s'", file->path);
	return 0;
}

static int
check_values(void *arg, struct arena *a, const struct file_facts *file,
    const struct column_spec *specs, size_t nspecs, struct table_check *out, struct err *err)
{
	int fd, rc;

	if (open_file(arg, file, &fd, err) < 0)
		return -1;
	rc = table_check(a, fd, kind_format(file->profile->kind), specs, nspecs, NULL, out, err);
	fd_close(&fd);
	return rc;
}

static int
check_key(void *arg, struct arena *a, const struct file_facts *file, const char *const *columns,
    size_t ncolumns, struct key_check *out, struct err *err)
{
	int fd, rc;

	if (open_file(arg, file, &fd, err) < 0)
		return -1;
	rc = table_key_check(a, fd, kind_format(file->profile->kind), columns, ncolumns, 0, out, err);
	fd_close(&fd);
	return rc;
}

static int
check_document(void *arg, struct arena *a, const struct file_facts *file, const struct entity *entity,
    struct document_check *out, struct err *err)
{
	int fd, rc;

	if (open_file(arg, file, &fd, err) < 0)
		return -1;
	rc = document_check(a, fd, file->profile->kind, entity, out, err);
	fd_close(&fd);
	return rc < 0 ? err_wrap(err, "'%s'", file->path) : 0;
}

/* --- input ------------------------------------------------------------------------------------------- */

static int
one_fact(struct rq *rq, const struct db_rows *rows, size_t i, struct file_facts *out,
    struct err *err)
{
	struct artifact_profile *profile = ARENA_NEW(rq->a, struct artifact_profile);
	const char *text = db_text(rows, i, COL_FILE_FACTS_PROFILE);
	struct jx *doc;

	out->path = db_text(rows, i, COL_FILE_FACTS_PATH);
	memcpy(out->sha256, db_text(rows, i, COL_FILE_FACTS_SHA256), SHA256_HEX);
	out->bytes = (uint64_t)db_i64(rows, i, COL_FILE_FACTS_BYTES);
	out->profile = profile;
	if (!text)
		return err_set(err, E_INTERNAL, "'%s' has no stored profile", out->path);
	if (jx_parse(rq->a, text, db_bytes(rows, i, COL_FILE_FACTS_PROFILE), NULL, &doc, err) < 0 ||
	    artifact_profile_from_json(rq->a, doc, profile, err) < 0)
		return err_wrap(err, "the stored profile of '%s'", out->path);
	return 0;
}

/* Every path that was asked for must be there: nothing is compiled on a guess. */
static int
all_there(struct rq *rq, const struct jx *asked, const struct file_facts *files, size_t n,
    struct err *err)
{
	for (size_t i = 0; i < jx_size(asked); i++) {
		const struct jx *path = jx_at(asked, i);
		size_t k = 0;
		while (k < n && strcmp(files[k].path, path->u.text.p) != 0)
			k++;
		if (k < n)
			continue;
		rq->place.pointer = arena_printf(rq->a, "/files/%zu", i);
		return err_set(err, E_NOT_FOUND, "there is no file '%s' in this workspace",
		    path_show(rq->a, path->u.text.p, path->u.text.n));
	}
	return 0;
}

static int
load_facts(struct rq *rq, struct compile_input *in, struct err *err)
{
	const struct jx *asked = jx_find(rq->body, "files");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct file_facts *files;
	struct db_rows rows;

	if (asked) {
		const char **paths = ARENA_ARRAY(rq->a, jx_size(asked), const char *);
		for (size_t i = 0; i < jx_size(asked); i++)
			paths[i] = jx_at(asked, i)->u.text.p;
		db_arg_texts(&args, rq->a, paths, jx_size(asked));
	} else {
		db_arg_null(&args);
	}
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILE_FACTS, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	if (rows.n > FILES_MAX)
		return err_set(err, E_LIMIT, "the workspace has more than %d files; name those that the "
		    "objective needs in `files`", FILES_MAX);
	files = ARENA_ARRAY(rq->a, rows.n, struct file_facts);
	for (size_t i = 0; i < rows.n; i++)
		if (one_fact(rq, &rows, i, &files[i], err) < 0)
			return -1;
	in->files = files;
	in->nfiles = rows.n;
	return all_there(rq, asked, files, rows.n, err);
}

bool
profile_is_offered(const char *profile)
{
	const char *p = getenv("FORGE_PROFILES");
	size_t n = strlen(profile);

	if (!p)
		return strcmp(profile, DEFAULT_PROFILE) == 0;
	for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == n && strncmp(p, profile, n) == 0)
			return true;
		p += word;
	}
	return false;
}

static int
gather(struct rq *rq, struct compile_input *in, struct file_port *port, struct err *err)
{
	const struct jx *objective = jx_find(rq->body, "objective");
	const char *profile = rq_body_str(rq, "profile", DEFAULT_PROFILE);
	const struct catalog *catalog = rq_catalog(rq, err);

	if (!catalog)
		return -1;
	if (!profile_is_offered(profile)) {
		rq->place.pointer = "/profile";
		return err_set(err, E_NOT_FOUND, "there is no profile '%s'", path_show(rq->a, profile,
		    strlen(profile)));
	}
	*port = (struct file_port){.arg = rq, .check_values = check_values, .check_key = check_key,
	    .check_document = check_document};
	*in = (struct compile_input){
		.catalog = catalog,
		.profile = catalog_profile(catalog, profile),
		.objective = objective->u.text.p,
		.objective_bytes = objective->u.text.n,
		.port = port,
	};
	if (!in->profile) {
		rq->place.pointer = "/profile";
		return err_set(err, E_NOT_FOUND, "there is no profile '%s'", path_show(rq->a, profile,
		    strlen(profile)));
	}
	return load_facts(rq, in, err);
}

/* --- output ------------------------------------------------------------------------------------------- */

static void
send_line(struct rq *rq, struct buf *b)
{
	buf_char(b, '\n');
	/* Nobody reading is no reason to stop: the plan is in the list of plans afterwards. */
	(void)rq_write(rq, b->p, b->len);
	(void)rq_flush(rq);
}

static void
pass_members(struct jw *w, const struct compile_pass *pass, int64_t ms)
{
	const char letter[2] = {pass->letter, '\0'};

	jw_str(w, "pass", letter);
	jw_str(w, "name", pass->name);
	jw_str(w, "state", compile_state_name(pass->state));
	if (pass->state == PASS_STARTED)
		jw_null(w, "ms");
	else
		jw_int(w, "ms", ms);
	jw_str(w, "says", pass->says);
}

static void
on_pass(void *arg, const struct compile_pass *pass)
{
	struct stream *s = arg;
	int64_t now = clock_mono_us(), ms;
	struct buf b;
	struct jw w;

	if (pass->state == PASS_STARTED)
		s->started_us = now;
	ms = (now - s->started_us) / 1000;
	if (pass->state != PASS_STARTED) {
		jw_object(&s->w, NULL);
		pass_members(&s->w, pass, ms);
		jw_end(&s->w);
	}
	buf_init(&b, s->rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "event", "pass");
	pass_members(&w, pass, ms);
	jw_end(&w);
	send_line(s->rq, &b);
}

/* The text of every pack that a contract names, under the hash that it pins. */
static int
store_packs(struct rq *rq, const struct catalog *c, const struct jx *step, struct err *err)
{
	const struct jx *named = jx_pointer(step, "/contract/packs");

	for (size_t i = 0; i < jx_size(named); i++) {
		const char *id = jx_str(jx_find(jx_at(named, i), "id"), "");
		const char *sha256 = jx_str(jx_find(jx_at(named, i), "sha256"), "");
		const struct pack *p = catalog_pack(c, id);
		struct blob_ref ref;
		struct buf b;

		if (!p || strcmp(p->sha256, sha256) != 0)
			return err_set(err, E_INTERNAL, "no pack '%s' has the hash %s", id, sha256);
		buf_init(&b, rq->a);
		if (jw_canonical(&b, p->document, err) < 0 || blob_put(rq->api->blobs, b.p, b.len, &ref, err) < 0)
			return -1;
		INVARIANT(strcmp(ref.sha256, sha256) == 0);
	}
	return 0;
}

/* The bytes of every program and pack that a contract names go where the runner takes them from. */
static int
store_programs(struct rq *rq, const struct jx *plan, const struct catalog *c, struct err *err)
{
	const struct jx *steps = jx_find(plan, "steps");

	for (size_t i = 0; i < jx_size(steps); i++) {
		const struct jx *files = jx_pointer(jx_at(steps, i), "/contract/execution/files");
		if (store_packs(rq, c, jx_at(steps, i), err) < 0)
			return -1;
		for (size_t k = 0; k < jx_size(files); k++) {
			const char *sha256 = jx_str(jx_find(jx_at(files, k), "sha256"), "");
			const struct skill_file *f = catalog_program(c, sha256);
			struct blob_ref ref;
			if (!f)
				return err_set(err, E_INTERNAL, "no program has the hash %s", sha256);
			if (blob_put(rq->api->blobs, f->bytes, f->n, &ref, err) < 0)
				return -1;
			INVARIANT(strcmp(ref.sha256, sha256) == 0);
		}
	}
	return 0;
}

static int
record_compile(struct rq *rq, const struct compile_result *r, const char *objective, int64_t plan,
    const char *passes, struct err *err)
{
	struct db_args args = {0};
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	diags_json(&w, NULL, &r->diags);
	db_arg_text(&args, objective);
	db_arg_text(&args, plan ? "planned" : "refused");
	if (plan)
		db_arg_i64(&args, plan);
	else
		db_arg_null(&args);
	db_arg_text(&args, passes);
	db_arg_text(&args, b.p);
	db_arg_i64(&args, rq->who.user_id);
	return db_run(rq->api->db, SQL_COMPILE_PUT, &args, NULL, NULL, err);
}

/* Freeze the plan and read it back as it will be shown. */
static int
freeze(struct rq *rq, const struct compile_result *r, const struct compile_input *in, const char *passes,
    struct plan_extras *x, struct err *err)
{
	struct db_args put = {0}, plan = {0};
	const char *objective = in->objective;
	struct db *db = rq->api->db;
	struct db_rows rows;

	if (store_programs(rq, r->plan, in->catalog, err) < 0)
		return -1;
	db_arg_i64(&put, rq->who.user_id);
	db_arg_text(&put, objective);
	db_arg_text(&put, r->plan_text);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_PLAN_PUT, &put, rq->a, &rows, err) < 0)
		return -1;
	x->id = db_i64(&rows, 0, COL_PLAN_PUT_ID);
	db_arg_i64(&plan, x->id);
	if (db_run(db, SQL_PROGRAM_REFS, &plan, NULL, NULL, err) < 0 ||
	    record_compile(rq, r, objective, x->id, passes, err) < 0 ||
	    auth_audit(rq, "plan.freeze", r->plan_hash, true, NULL, err) < 0 ||
	    db_run(db, SQL_PLAN_GET, &plan, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	INVARIANT(rows.n == 1);
	x->objective = objective;
	x->created_at = db_text(&rows, 0, COL_PLAN_GET_CREATED_AT);
	x->passes = passes;
	return 0;
}

static void
send_plan(struct rq *rq, const struct compile_result *r, const struct plan_extras *x)
{
	struct buf plan, b;
	struct jw w;

	buf_init(&plan, rq->a);
	plan_json(&plan, x, r->plan_text);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "event", "plan");
	jw_raw(&w, "plan", plan.p);
	if (r->diags.n > 0)
		diags_json(&w, "diagnostics", &r->diags);
	jw_end(&w);
	send_line(rq, &b);
}

static void
send_diagnostics(struct rq *rq, const struct compile_result *r)
{
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "event", "diagnostics");
	diags_json(&w, "diagnostics", &r->diags);
	jw_end(&w);
	send_line(rq, &b);
}

static void
send_error(struct rq *rq, const struct err *err)
{
	struct buf b;
	struct jw w;

	db_tx_rollback(rq->api->db);
	log_write(LOG_ERROR, EV_REQUEST_FAILED, err, "request", rq->id, "route", rq->route->name, NULL);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "event", "error");
	rq_problem_json(rq, err, "problem", &w);
	jw_end(&w);
	send_line(rq, &b);
}

static int
refused(struct rq *rq, const struct compile_result *r, const char *objective, const char *passes,
    struct err *err)
{
	struct db *db = rq->api->db;

	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    record_compile(rq, r, objective, 0, passes, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	send_diagnostics(rq, r);
	return 0;
}

static int
compile(struct stream *s, const struct compile_input *in, struct err *err)
{
	struct compile_result r;
	struct plan_extras x = {0};
	const char *passes;

	if (compile_run(s->rq->a, in, on_pass, s, &r, err) < 0)
		return -1;
	jw_end(&s->w);
	passes = buf_take(&s->passes);
	if (!r.is_ok)
		return refused(s->rq, &r, in->objective, passes, err);
	if (freeze(s->rq, &r, in, passes, &x, err) < 0)
		return -1;
	send_plan(s->rq, &r, &x);
	return 0;
}

int
h_compile_create(struct rq *rq, struct err *err)
{
	struct stream s = {.rq = rq};
	struct compile_input in;
	struct file_port port;

	if (gather(rq, &in, &port, err) < 0)
		return -1;
	buf_init(&s.passes, rq->a);
	jw_init(&s.w, &s.passes);
	jw_array(&s.w, NULL);
	rq_header(rq, "X-Accel-Buffering", "no");
	rq_start(rq, 200, "application/x-ndjson");
	(void)rq_flush(rq);
	if (compile(&s, &in, err) < 0)
		send_error(rq, err);
	return 0;
}
