/* SPDX-License-Identifier: Apache-2.0 */
#include "api/checked.h"

#include <string.h>

#include "api/apart.h"
#include "api/http.h"
#include "api/packs.h"
#include "api/path.h"
#include "api/route.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "pack/rules.h"
#include "store/blob.h"
#include "store/db.h"
#include "types/kind.h"

#define FILES_MAX 32
#define FILES_BYTES_MAX ((uint64_t)64 << 20) /* of one answer together: they are read while somebody waits */
#define OBJECT_BYTES_MAX ((uint64_t)8 << 20)

static const struct apart_limits limits = {
    .cpu_s = 20, .wall_ms = 30000, .memory_bytes = (size_t)192 << 20, .answer_bytes_max = (size_t)8 << 20};

struct other {
	const char *path, *entity, *why; /* why: it is not used */
};
struct work {
	struct rules_table tables[FILES_MAX]; /* [n] the file itself, then those that rules name */
	int fds[FILES_MAX];
	size_t n;
	uint64_t bytes;
	const struct validator_rule *rules; /* [nrules] */
	size_t nrules;
	struct other *others; /* [nothers] */
	size_t nothers;
};

/* --- the child ----------------------------------------------------------------------------------------- */

static int
check(struct arena *a, void *arg, int fd, struct buf *out, struct err *err)
{
	struct work *k = arg;
	struct rules_outcome *outcomes = ARENA_ARRAY(a, k->nrules, struct rules_outcome);
	struct jw w;

	(void)fd;
	for (size_t i = 0; i < k->n; i++) {
		struct rules_table *t = &k->tables[i];
		struct jx *doc;
		char *text;
		size_t n;

		t->fd = apart_file(i);
		if (t->entity->form != ENTITY_OBJECT)
			continue;
		if (fd_read_all(a, t->fd, OBJECT_BYTES_MAX, &text, &n, err) < 0 || jx_parse(a, text, n, NULL, &doc, err) < 0)
			return err_wrap(err, "'%s'", t->path);
		t->object = doc;
	}
	if (rules_run(a, k->rules, k->nrules, &k->tables[0], k->tables + 1, k->n - 1, NULL, outcomes, err) < 0)
		return -1;
	jw_init(&w, out);
	rules_json(outcomes, k->nrules, NULL, &w);
	return 0;
}

/* --- files --------------------------------------------------------------------------------------------- */

/* Why the rules of an entity cannot be held against a file; NULL: they can. */
static const char *
why_not(struct arena *a, const struct work *k, const struct checked_file *f, const struct entity *e)
{
	enum kind kind;
	enum format format;

	if (!kind_find(f->kind, &kind))
		return "its kind is unknown";
	format = kind_format(kind);
	if (!f->is_whole)
		return "it cannot be read to its end";
	if (e->form == ENTITY_TEXT || (e->form == ENTITY_OBJECT && format != FORMAT_JSON) ||
	    (e->form == ENTITY_ROWS && !kind_is_table(kind)))
		return arena_printf(a, "it is %s, and %s is %s", f->kind, e->id, e->form == ENTITY_ROWS ? "rows" :
		    e->form == ENTITY_OBJECT ? "one JSON object" : "text");
	if (e->form == ENTITY_ROWS && format != FORMAT_CSV && format != FORMAT_TSV && format != FORMAT_JSON_ROWS)
		return "its rows are not read here; convert it to CSV or JSON rows";
	if (e->form == ENTITY_OBJECT && f->bytes > OBJECT_BYTES_MAX)
		return "it has more than 8 MiB, and objects are read up to that";
	if (f->bytes > FILES_BYTES_MAX)
		return "it has more than 64 MiB, and that is as much as is checked while you wait; "
		    "`forgectl packs validate` has no such limit";
	if (f->bytes > FILES_BYTES_MAX - k->bytes)
		return "all files of the check together have more than 64 MiB";
	return k->n == FILES_MAX ? "more than 32 files are not read for one check" : NULL;
}

static int
take(struct rq *rq, struct work *k, const struct checked_file *f, const struct entity *e, struct err *err)
{
	enum kind kind = KIND__COUNT;
	bool is_known = kind_find(f->kind, &kind);

	INVARIANT(is_known);
	if (blob_open(rq->api->blobs, f->sha256, f->bytes, BLOB_CHECK_SIZE, &k->fds[k->n], NULL, err) < 0)
		return err_wrap(err, "'%s'", f->path);
	k->tables[k->n++] = (struct rules_table){.entity = e, .path = f->path, .fd = -1, .format = kind_format(kind)};
	k->bytes += f->bytes;
	return 0;
}

static bool
is_among(const char *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], id) == 0)
			return true;
	return false;
}

/* The rules of the entity, and which other entities they name. */
static size_t
rules_take(struct rq *rq, const struct catalog *c, struct work *k, const struct entity *e, const char ***named)
{
	const struct validator_rule *rules = catalog_rules(rq->a, c, e->id, &k->nrules);
	size_t n = 0;

	*named = ARENA_ARRAY(rq->a, k->nrules, const char *);
	for (size_t i = 0; i < k->nrules; i++) {
		const struct rule *u = &rules[i].rule;

		if ((u->type == RULE_REFERS || u->type == RULE_SUM) && strcmp(u->entity, e->id) != 0 &&
		    !is_among(*named, n, u->entity))
			(*named)[n++] = u->entity;
	}
	k->rules = rules;
	return n;
}

/* The first file that can be read, for each entity that a rule names. */
static int
others_take(struct rq *rq, struct work *k, const struct catalog *c, const char *self, const struct db_rows *rows,
    struct err *err)
{
	k->others = ARENA_ARRAY(rq->a, rows->n, struct other);
	for (size_t i = 0; i < rows->n; i++) {
		struct checked_file f = {.path = db_text(rows, i, COL_FILE_OF_ENTITIES_PATH),
		    .sha256 = db_text(rows, i, COL_FILE_OF_ENTITIES_SHA256), .kind = db_text(rows, i, COL_FILE_OF_ENTITIES_KIND),
		    .entity = db_text(rows, i, COL_FILE_OF_ENTITIES_ENTITY),
		    .bytes = (uint64_t)db_i64(rows, i, COL_FILE_OF_ENTITIES_BYTES),
		    .is_whole = db_bool(rows, i, COL_FILE_OF_ENTITIES_PARSE_OK)};
		const struct entity *e = catalog_entity(c, f.entity);
		const char *why = NULL;

		if (!e || strcmp(f.path, self) == 0)
			continue;
		for (size_t n = 1; n < k->n && !why; n++)
			if (k->tables[n].entity == e)
				why = arena_printf(rq->a, "'%s' is taken for it", k->tables[n].path);
		why = why ? why : why_not(rq->a, k, &f, e);
		k->others[k->nothers++] = (struct other){f.path, f.entity, why};
		if (!why && take(rq, k, &f, e, err) < 0)
			return -1;
	}
	return 0;
}

static int
gather(struct rq *rq, struct work *k, const struct catalog *c, const struct checked_file *file, const struct entity *e,
    struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	const char **named, *why = why_not(rq->a, k, file, e);
	size_t n = rules_take(rq, c, k, e, &named);

	if (why)
		return err_set(err, E_LIMIT, "'%s' cannot be held against the rules of %s: %s", file->path, e->id, why);
	if (take(rq, k, file, e, err) < 0)
		return -1;
	if (n == 0)
		return 0;
	db_arg_texts(&args, rq->a, named, n);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILE_OF_ENTITIES, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return others_take(rq, k, c, file->path, &rows, err);
}

static int
answer(struct rq *rq, const struct work *k, const char *outcomes)
{
	const struct rules_table *t = &k->tables[0];
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "path", t->path);
	jw_str(&w, "entity", t->entity->id);
	jw_str(&w, "label", t->entity->label);
	jw_array(&w, "others");
	for (size_t i = 0; i < k->nothers; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "path", k->others[i].path);
		jw_str(&w, "entity", k->others[i].entity);
		jw_bool(&w, "used", !k->others[i].why);
		jw_str(&w, "why", k->others[i].why);
		jw_end(&w);
	}
	jw_end(&w);
	jw_raw(&w, "validators", outcomes);
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

int
checked_send(struct rq *rq, const struct checked_file *file, const char *entity, struct err *err)
{
	const struct catalog *c = rq_catalog(rq, err);
	struct work *k = ARENA_NEW(rq->a, struct work);
	const char *id = entity && *entity ? entity : file->entity;
	const struct entity *e;
	char *outcomes;
	size_t n;
	int rc;

	if (!c)
		return -1;
	if (!id)
		return err_set(err, E_USAGE, "'%s' was not found to be of an entity; say with `entity` whose rules are to be "
		    "held against it", file->path);
	e = catalog_entity(c, id);
	if (!e)
		return err_set(err, E_NOT_FOUND, "this workspace has no entity '%s'", path_show(rq->a, id, strlen(id)));
	rc = gather(rq, k, c, file, e, err);
	if (rc == 0)
		rc = apart_run_files(rq->a, &limits, check, k, k->fds, k->n, &outcomes, &n, err);
	for (size_t i = 0; i < k->n; i++)
		fd_close(&k->fds[i]);
	return rc < 0 ? -1 : answer(rq, k, outcomes);
}
