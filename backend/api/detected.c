/* SPDX-License-Identifier: Apache-2.0 */
#include "api/detected.h"

#include <string.h>

#include "api/http.h"
#include "api/packs.h"
#include "api/route.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/detect.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "store/blob.h"
#include "store/db.h"
#include "types/foreign.h"
#include "types/profile.h"

#define SCRATCH_BYTES_MAX ((size_t)256 << 20)
#define LIKELY_MIN 300u /* below it a file is not said to be anything */
#define TABLES_MAX 32
#define TABLE_BYTES_MAX ((uint64_t)64 << 20) /* all tables of one answer together */

/* --- entities ---------------------------------------------------------------------------------------- */

static void
likely_json(const struct detection *d, struct jw *w)
{
	const struct detect_rank *r = d->ranks;

	jw_object(w, NULL);
	jw_str(w, "entity", r->entity->id);
	jw_str(w, "label", r->entity->label);
	jw_uint(w, "confidence", r->confidence);
	jw_bool(w, "clear", d->is_clear);
	jw_end(w);
}

const char *
likely_text(struct rq *rq, const char *path, const struct artifact_profile *p, struct err *err)
{
	const struct file_facts facts = {.path = path, .bytes = p->bytes, .profile = p};
	const struct catalog *catalog = rq_catalog(rq, err);
	struct arena *scratch;
	struct detection d;
	struct buf b;
	struct jw w;

	if (!catalog)
		return NULL;
	scratch = arena_new(SCRATCH_BYTES_MAX);
	detect_file(scratch, detect_index_new(scratch, catalog), &facts, &d);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	if (d.nranks == 0 || d.ranks[0].confidence < LIKELY_MIN || d.ranks[0].is_refuted)
		jw_null(&w, NULL);
	else
		likely_json(&d, &w);
	arena_free(scratch);
	return buf_take(&b);
}

const char *
likely_stored(struct rq *rq, const char *head)
{
	static const char begin[] = "{\"likely\":{";
	const char *p = head ? head : "";
	bool is_text = false;

	if (strncmp(p, begin, sizeof begin - 1) != 0)
		return "null";
	head += sizeof begin - 2;
	for (p = head; *p && (is_text || *p != '}'); p++) {
		if (is_text && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			is_text = !is_text;
	}
	return *p ? arena_dup(rq->a, head, (size_t)(p - head) + 1) : "null";
}

static int
profile_read(struct arena *a, const char *path, const char *text, struct artifact_profile *out, struct err *err)
{
	struct jx *doc;

	if (jx_parse(a, text, strlen(text), NULL, &doc, err) < 0 || artifact_profile_from_json(a, doc, out, err) < 0)
		return err_wrap(err, "the stored profile of '%s'", path);
	return 0;
}

int
detected_send(struct rq *rq, const char *path, const char *profile, struct err *err)
{
	const struct catalog *catalog = rq_catalog(rq, err);
	struct artifact_profile p;
	struct file_facts facts = {.path = path, .profile = &p};
	struct arena *scratch;
	struct detection d;
	struct buf b;
	struct jw w;

	if (!catalog)
		return -1;
	if (!profile)
		return err_set(err, E_NOT_FOUND, "'%s' has no profile", path);
	scratch = arena_new(SCRATCH_BYTES_MAX);
	if (profile_read(scratch, path, profile, &p, err) < 0) {
		arena_free(scratch);
		return -1;
	}
	facts.bytes = p.bytes;
	detect_file(scratch, detect_index_new(scratch, catalog), &facts, &d);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	detect_json(&d, &facts, &w);
	arena_free(scratch);
	return rq_json(rq, 200, &b);
}

/* --- relations --------------------------------------------------------------------------------------- */

struct left_out {
	const char *path, *why;
};
struct tables {
	struct foreign_side sides[TABLES_MAX];
	size_t n;
	uint64_t bytes;
	struct left_out *left; /* [nleft] */
	size_t nleft;
};

/* Why a table is not among those that are compared; NULL: it is. */
static const char *
why_left(const struct tables *t, const struct artifact_profile *p)
{
	enum format f = kind_format(p->kind);

	if (!p->parse_ok)
		return "it cannot be read";
	if (f != FORMAT_CSV && f != FORMAT_TSV && f != FORMAT_JSON_ROWS)
		return "its rows are not read here; convert it to CSV or JSON rows";
	if (t->n == TABLES_MAX)
		return "more than 32 tables are not compared";
	if (p->bytes > TABLE_BYTES_MAX - t->bytes)
		return "all tables together have more than 64 MiB";
	return NULL;
}

static int
table_take(struct rq *rq, struct arena *a, const struct db_rows *rows, size_t i, struct tables *t, struct err *err)
{
	const char *path = db_text(rows, i, COL_FILE_FACTS_PATH), *text = db_text(rows, i, COL_FILE_FACTS_PROFILE), *why;
	struct artifact_profile *p = ARENA_NEW(a, struct artifact_profile);
	struct foreign_side *side = &t->sides[t->n];

	if (!text)
		return 0;
	if (profile_read(a, path, text, p, err) < 0)
		return -1;
	if (!kind_is_table(p->kind))
		return 0;
	why = why_left(t, p);
	if (why) {
		t->left[t->nleft++] = (struct left_out){path, why};
		return 0;
	}
	*side = (struct foreign_side){.path = path, .format = kind_format(p->kind), .profile = p, .fd = -1};
	if (blob_open(rq->api->blobs, db_text(rows, i, COL_FILE_FACTS_SHA256), p->bytes, BLOB_CHECK_SIZE, &side->fd, NULL, err) < 0)
		return err_wrap(err, "'%s'", path);
	t->bytes += p->bytes;
	t->n++;
	return 0;
}

static void
relations_json(const struct tables *t, const struct foreign_key *keys, size_t n, struct buf *b)
{
	struct jw w;

	jw_init(&w, b);
	foreign_json(t->sides, t->n, keys, n, NULL, &w);
	INVARIANT(b->len > 2);
	INVARIANT(b->p[b->len - 1] == '}');
	b->len--;
	buf_str(b, ",\"left_out\":");
	jw_init(&w, b);
	jw_array(&w, NULL);
	for (size_t i = 0; i < t->nleft; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "path", t->left[i].path);
		jw_str(&w, "why", t->left[i].why);
		jw_end(&w);
	}
	jw_end(&w);
	buf_char(b, '}');
}

static int
relations_find(struct rq *rq, struct arena *a, const struct db_rows *rows, struct tables *t, struct buf *b, struct err *err)
{
	const struct foreign_key *keys = NULL;
	size_t n = 0;

	t->left = ARENA_ARRAY(a, rows->n, struct left_out);
	for (size_t i = 0; i < rows->n; i++)
		if (table_take(rq, a, rows, i, t, err) < 0)
			return -1;
	if (t->n > 0 && foreign_find(a, t->sides, t->n, NULL, &keys, &n, err) < 0)
		return -1;
	relations_json(t, keys, n, b);
	return 0;
}

int
h_relations(struct rq *rq, struct err *err)
{
	struct tables t = {.n = 0};
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct arena *scratch;
	struct db_rows rows;
	struct buf b;
	int rc;

	db_arg_null(&args);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_FILE_FACTS, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	scratch = arena_new(SCRATCH_BYTES_MAX);
	rc = relations_find(rq, scratch, &rows, &t, &b, err);
	for (size_t i = 0; i < t.n; i++)
		fd_close(&t.sides[i].fd);
	arena_free(scratch);
	return rc < 0 ? -1 : rq_json(rq, 200, &b);
}
