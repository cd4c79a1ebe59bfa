/* SPDX-License-Identifier: Apache-2.0 */
/* Packs as they are listed, one of them with its entities, and what uses one. */
#include "api/packs_json.h"

#include <string.h>

#include "api/http.h"
#include "api/list.h"
#include "api/packs.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/bundle.h"
#include "pack/pack.h"
#include "store/db.h"

#define USES_SHOWN 20

bool
packs_upload_id(struct arena *a, const char *answer, size_t n, const char **id)
{
	const char *end = memchr(answer, '\n', n);
	struct jx *v;

	if (jx_parse(a, answer, end ? (size_t)(end - answer) : n, NULL, &v, NULL) < 0)
		return false;
	*id = jx_str(jx_pointer(v, "/upload"), NULL);
	return *id != NULL;
}

/* --- one pack in a list ------------------------------------------------------------------------------------ */

static void
counts_json(struct jw *w, int64_t entities, int64_t playbooks, int64_t validators, int64_t programs)
{
	jw_object(w, "counts");
	jw_int(w, "entities", entities);
	jw_int(w, "playbooks", playbooks);
	jw_int(w, "validators", validators);
	jw_int(w, "programs", programs);
	jw_end(w);
}

static void
standard_members(struct jw *w, const struct catalog *c, const struct pack *p, const struct pack_set *set)
{
	const struct pack_switch *s = packs_switch(set, p->id);
	const struct skill *k = catalog_skill(c, p->id);

	jw_str(w, "id", p->id);
	jw_str(w, "label", p->label);
	jw_str(w, "origin", "standard");
	jw_str(w, "version", p->version);
	jw_bool(w, "enabled", !s || s->is_enabled);
	jw_bool(w, "fixed", p->is_generic);
	counts_json(w, (int64_t)p->nentities, (int64_t)p->nplaybooks, (int64_t)p->nvalidators, k ? (int64_t)k->nfiles : 0);
	jw_array(w, "versions");
	jw_object(w, NULL);
	jw_str(w, "version", p->version);
	jw_str(w, "sha256", p->sha256);
	jw_null(w, "bytes");
	jw_null(w, "uploaded_by");
	jw_null(w, "created_at");
	jw_end(w);
	jw_end(w);
}

/* Rows [from, to) of pack_versions are one pack's, the newest first. */
static void
own_members(struct jw *w, const struct db_rows *rows, size_t from, size_t to, const struct pack_set *set)
{
	const char *id = db_text(rows, from, COL_PACK_VERSIONS_PACK);
	const struct pack_switch *s = packs_switch(set, id);
	size_t at = from;

	for (size_t i = from; s && s->version && i < to; i++)
		if (strcmp(db_text(rows, i, COL_PACK_VERSIONS_VERSION), s->version) == 0)
			at = i;
	jw_str(w, "id", id);
	jw_str(w, "label", db_text(rows, at, COL_PACK_VERSIONS_LABEL));
	jw_str(w, "origin", "own");
	jw_str(w, "version", db_text(rows, at, COL_PACK_VERSIONS_VERSION));
	jw_bool(w, "enabled", s && s->is_enabled);
	jw_bool(w, "fixed", false);
	counts_json(w, db_i64(rows, at, COL_PACK_VERSIONS_ENTITIES), db_i64(rows, at, COL_PACK_VERSIONS_PLAYBOOKS),
	    db_i64(rows, at, COL_PACK_VERSIONS_VALIDATORS), db_i64(rows, at, COL_PACK_VERSIONS_PROGRAMS));
	jw_array(w, "versions");
	for (size_t i = from; i < to; i++) {
		jw_object(w, NULL);
		jw_str(w, "version", db_text(rows, i, COL_PACK_VERSIONS_VERSION));
		jw_str(w, "sha256", db_text(rows, i, COL_PACK_VERSIONS_SHA256));
		jw_int(w, "bytes", db_i64(rows, i, COL_PACK_VERSIONS_BUNDLE_BYTES));
		jw_str(w, "uploaded_by", db_text(rows, i, COL_PACK_VERSIONS_UPLOADED_BY));
		jw_str(w, "created_at", db_text(rows, i, COL_PACK_VERSIONS_CREATED_AT));
		jw_end(w);
	}
	jw_end(w);
}

static size_t
same_pack(const struct db_rows *rows, size_t from)
{
	size_t to = from + 1;

	while (to < rows->n && strcmp(db_text(rows, to, COL_PACK_VERSIONS_PACK), db_text(rows, from, COL_PACK_VERSIONS_PACK)) == 0)
		to++;
	return to;
}

int
h_pack_list(struct rq *rq, struct err *err)
{
	const struct catalog *c = rq->api->catalog;
	struct db_args all = {0};
	struct db_rows rows;
	struct pack_set set;
	struct buf b;
	struct jw w;

	db_arg_null(&all);
	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 || packs_set(rq, &set, err) < 0 ||
	    db_run(rq->api->db, SQL_PACK_VERSIONS, &all, rq->a, &rows, err) < 0 || db_tx_commit(rq->api->db, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_array(&w, "items");
	for (size_t i = 0, to; i < rows.n; i = to) {
		to = same_pack(&rows, i);
		jw_object(&w, NULL);
		own_members(&w, &rows, i, to, &set);
		jw_end(&w);
	}
	for (size_t i = 0; i < c->npacks; i++) {
		jw_object(&w, NULL);
		standard_members(&w, c, &c->packs[i], &set);
		jw_end(&w);
	}
	jw_end(&w);
	jw_null(&w, "next");
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

/* --- one pack ------------------------------------------------------------------------------------------------ */

static const char *const nothing[] = {NULL};

/* Shown from the document, so that a pack that is off, or does not fit any more, is shown all the same. */
static void
document_members(struct jw *w, const struct jx *doc)
{
	const struct jx *entities = jx_find(doc, "entities");

	jw_str(w, "purpose", jx_str(jx_find(doc, "purpose"), ""));
	jw_array(w, "entities");
	for (size_t i = 0; i < jx_size(entities); i++) {
		const struct jx *e = jx_at(entities, i), *fields = jx_pointer(e, "/schema/properties");

		jw_object(w, NULL);
		jw_str(w, "id", jx_str(jx_find(e, "id"), ""));
		jw_str(w, "label", jx_str(jx_find(e, "label"), ""));
		jw_array(w, "fields");
		for (size_t k = 0; k < jx_size(fields); k++)
			jw_str(w, NULL, fields->u.object.at[k].key);
		for (size_t k = 0; k < jx_size(jx_find(e, "columns")); k++)
			jw_str(w, NULL, jx_str(jx_find(jx_at(jx_find(e, "columns"), k), "name"), ""));
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
	jw_value(w, "document", doc);
}

/* The document of a version; NULL with E_NOT_FOUND. */
static int
own_document(struct rq *rq, const char *pack, const char *version, struct jx **out, struct err *err)
{
	struct jx_options opt = {.bytes_max = BUNDLE_DOCUMENT_BYTES_MAX * 2};
	struct db_args args = {0};
	struct db_rows row;

	db_arg_text(&args, pack);
	db_arg_text(&args, version);
	if (db_run(rq->api->db, SQL_PACK_VERSION_GET, &args, rq->a, &row, err) < 0)
		return -1;
	if (row.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no version '%s' of '%s'", version, pack);
	return jx_parse(rq->a, db_text(&row, 0, COL_PACK_VERSION_GET_DOCUMENT), db_bytes(&row, 0, COL_PACK_VERSION_GET_DOCUMENT),
	    &opt, out, err);
}

int
packs_send_one(struct rq *rq, int status, const char *pack, const char *uploaded, const struct jx *ignored,
    struct err *err)
{
	const struct pack *standard = catalog_pack(rq->api->catalog, pack);
	const struct pack_switch *s;
	struct db_args args = {0};
	struct db_rows rows;
	struct pack_set set;
	struct jx *doc = NULL;
	struct buf b;
	struct jw w;

	db_arg_text(&args, pack);
	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 || packs_set(rq, &set, err) < 0 ||
	    db_run(rq->api->db, SQL_PACK_VERSIONS, &args, rq->a, &rows, err) < 0)
		return -1;
	if (!standard && rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no pack '%s' here", pack);
	s = packs_switch(&set, pack);
	if (!standard && own_document(rq, pack, s && s->version ? s->version : db_text(&rows, 0, COL_PACK_VERSIONS_VERSION),
	    &doc, err) < 0)
		return -1;
	if (db_tx_commit(rq->api->db, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	if (standard)
		standard_members(&w, rq->api->catalog, standard, &set);
	else
		own_members(&w, &rows, 0, rows.n, &set);
	document_members(&w, standard ? standard->document : doc);
	if (uploaded)
		jw_str(&w, "uploaded", uploaded);
	if (ignored)
		jw_value(&w, "ignored", ignored);
	jw_end(&w);
	return rq_json(rq, status, &b);
}

int
h_pack_get(struct rq *rq, struct err *err)
{
	return packs_send_one(rq, 200, rq_arg(rq, "pack")->text, NULL, NULL, err);
}

/* --- what uses it --------------------------------------------------------------------------------------------- */

/* Ids of the entities of a standard pack, or of all versions of an own one. */
static int
entity_ids(struct rq *rq, const char *pack, const char *const **out, size_t *n, const char **version, struct err *err)
{
	const struct pack *p = catalog_pack(rq->api->catalog, pack);
	const struct pack_switch *s;
	const struct jx *entities;
	struct db_args args = {0};
	struct db_rows rows;
	struct pack_set set;
	const char **ids;
	struct jx *doc;

	*out = nothing;
	*n = 0;
	if (p) {
		ids = ARENA_ARRAY(rq->a, p->nentities, const char *);
		for (size_t i = 0; i < p->nentities; i++)
			ids[i] = p->entities[i].id;
		*out = ids;
		*n = p->nentities;
		return 0;
	}
	db_arg_text(&args, pack);
	if (packs_set(rq, &set, err) < 0 || db_run(rq->api->db, SQL_PACK_VERSIONS, &args, rq->a, &rows, err) < 0)
		return -1;
	if (rows.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no pack '%s' here", pack);
	s = packs_switch(&set, pack);
	*version = s && s->version ? s->version : db_text(&rows, 0, COL_PACK_VERSIONS_VERSION);
	if (own_document(rq, pack, *version, &doc, err) < 0)
		return -1;
	entities = jx_find(doc, "entities");
	ids = ARENA_ARRAY(rq->a, jx_size(entities), const char *);
	for (size_t i = 0; i < jx_size(entities); i++)
		ids[i] = jx_str(jx_find(jx_at(entities, i), "id"), "");
	*out = ids;
	*n = jx_size(entities);
	return 0;
}

static void
plans_json(struct jw *w, const struct db_rows *plans, const struct db_rows *runs, const struct db_rows *files)
{
	jw_array(w, "plans");
	for (size_t i = 0; i < plans->n; i++) {
		jw_object(w, NULL);
		jw_id(w, "id", 'p', db_i64(plans, i, COL_PACK_PLANS_ID));
		jw_str(w, "objective", db_text(plans, i, COL_PACK_PLANS_OBJECTIVE));
		jw_str(w, "version", db_text(plans, i, COL_PACK_PLANS_VERSION));
		jw_str(w, "created_at", db_text(plans, i, COL_PACK_PLANS_CREATED_AT));
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "runs");
	for (size_t i = 0; i < runs->n; i++) {
		jw_object(w, NULL);
		jw_id(w, "id", 'r', db_i64(runs, i, COL_PACK_RUNS_ID));
		jw_id(w, "plan_id", 'p', db_i64(runs, i, COL_PACK_RUNS_PLAN_ID));
		jw_str(w, "objective", db_text(runs, i, COL_PACK_RUNS_OBJECTIVE));
		jw_str(w, "state", db_text(runs, i, COL_PACK_RUNS_STATE));
		jw_str(w, "created_at", db_text(runs, i, COL_PACK_RUNS_CREATED_AT));
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "files");
	for (size_t i = 0; i < files->n; i++) {
		jw_object(w, NULL);
		jw_id(w, "id", 'f', db_i64(files, i, COL_PACK_FILES_ID));
		jw_str(w, "path", db_text(files, i, COL_PACK_FILES_PATH));
		jw_str(w, "entity", db_text(files, i, COL_PACK_FILES_ENTITY));
		jw_end(w);
	}
	jw_end(w);
}

/* Packs that are on and say something about this one. */
static void
packs_json(struct rq *rq, struct jw *w, const struct packs_of *of, const char *id)
{
	const struct pack *p = catalog_pack(of->full, id);

	jw_array(w, "packs");
	for (size_t i = 0; p && i < of->visible->npacks; i++) {
		const struct pack *q = &of->visible->packs[i];
		const char *need = strcmp(q->id, id) == 0 ? NULL : pack_need(rq->a, q, p);

		if (!need && (strcmp(q->id, id) == 0 || !pack_mentions(q, p)))
			continue;
		jw_object(w, NULL);
		jw_str(w, "id", q->id);
		jw_str(w, "label", q->label);
		jw_bool(w, "needs", need != NULL);
		jw_str(w, "says", need ? need : "it says where the boundary between the two runs");
		jw_end(w);
	}
	jw_end(w);
}

int
h_pack_uses(struct rq *rq, struct err *err)
{
	const char *pack = rq_arg(rq, "pack")->text, *version = NULL;
	struct db_args counted = {0}, some = {0}, of_files = {0};
	struct db_rows counts, plans, runs, files;
	struct db *db = rq->api->db;
	const char *const *ids;
	struct pack_set set;
	struct packs_of of;
	size_t n;
	struct buf b;
	struct jw w;

	if (db_tx_begin_ws(db, rq->ws, err) < 0 || packs_set(rq, &set, err) < 0 ||
	    entity_ids(rq, pack, &ids, &n, &version, err) < 0)
		return -1;
	db_arg_text(&counted, pack);
	db_arg_texts(&counted, rq->a, ids, n);
	db_arg_text(&some, pack);
	db_arg_i64(&some, USES_SHOWN);
	db_arg_texts(&of_files, rq->a, ids, n);
	db_arg_i64(&of_files, USES_SHOWN);
	if (db_run(db, SQL_PACK_USES, &counted, rq->a, &counts, err) < 0 ||
	    db_run(db, SQL_PACK_PLANS, &some, rq->a, &plans, err) < 0 ||
	    db_run(db, SQL_PACK_RUNS, &some, rq->a, &runs, err) < 0 ||
	    db_run(db, SQL_PACK_FILES, &of_files, rq->a, &files, err) < 0 || db_tx_commit(db, err) < 0 ||
	    packs_compose(rq, rq->a, &set, &of, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "id", pack);
	jw_object(&w, "counts");
	jw_int(&w, "plans", db_i64(&counts, 0, COL_PACK_USES_PLANS));
	jw_int(&w, "runs", db_i64(&counts, 0, COL_PACK_USES_RUNS));
	jw_int(&w, "files", db_i64(&counts, 0, COL_PACK_USES_FILES));
	jw_end(&w);
	plans_json(&w, &plans, &runs, &files);
	packs_json(rq, &w, &of, pack);
	jw_end(&w);
	return rq_json(rq, 200, &b);
}
