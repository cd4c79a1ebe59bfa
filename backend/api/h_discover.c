/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding in the workspace's catalog (compiler/discover.h). The rows that Postgres searches are made from the catalog
 * when they are missing: the first time, and after packs have changed.
 */
#include <string.h>

#include "api/http.h"
#include "api/packs.h"
#include "api/path.h"
#include "api/route.h"
#include "api/worker.h"
#include "compiler/discover.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "pack/pack.h"
#include "store/db.h"

static int
types_read(struct rq *rq, const char *text, unsigned *out, struct err *err)
{
	*out = 0;
	while (text && *text) {
		size_t n = strcspn(text, ",");
		const char *name = arena_dup(rq->a, text, n);
		enum discover_type t;

		if (n > 0 && !discover_type_find(name, &t))
			return err_set(err, E_USAGE, "there is no type '%s'; types are pack, entity, workflow, playbook, "
			    "skill, adapter and tool", path_show(rq->a, name, n));
		if (n > 0)
			*out |= 1u << t;
		text += n + (text[n] == ',');
	}
	return 0;
}

/* Put the rows there that are missing. */
static int
rows_fill(struct rq *rq, const struct discover_items *items, const struct db_rows *missing, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	struct buf b;
	struct jw w;

	if (missing->n == 0)
		return 0;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_array(&w, NULL);
	for (size_t i = 0; i < missing->n; i++) {
		const char *sha256 = db_text(missing, i, COL_CAPABILITY_MISSING_SHA256);

		for (size_t k = 0; k < items->n; k++) {
			if (strcmp(items->at[k].sha256, sha256) != 0)
				continue;
			jw_object(&w, NULL);
			jw_str(&w, "sha256", sha256);
			jw_str(&w, "title", items->at[k].title);
			jw_str(&w, "words", items->at[k].words);
			jw_str(&w, "body", items->at[k].body);
			jw_end(&w);
			break;
		}
	}
	jw_end(&w);
	db_arg_text(&args, b.p);
	return db_run(rq->api->db, SQL_CAPABILITY_PUT, &args, rq->a, &rows, err);
}

/* Text and trigrams, from the database. */
static int
search(struct rq *rq, const struct discover_items *items, const char *query, struct discover_found **out, size_t *n,
    struct err *err)
{
	const char **all = ARENA_ARRAY(rq->a, items->n, const char *);
	struct db_args ask = {0}, find = {0};
	struct db_rows missing, rows;
	struct db *db = rq->api->db;

	for (size_t i = 0; i < items->n; i++)
		all[i] = items->at[i].sha256;
	db_arg_texts(&ask, rq->a, all, items->n);
	db_arg_text(&find, query);
	db_arg_texts(&find, rq->a, all, items->n);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_CAPABILITY_MISSING, &ask, rq->a, &missing, err) < 0 || rows_fill(rq, items, &missing, err) < 0 ||
	    db_run(db, SQL_CAPABILITY_FIND, &find, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	*out = ARENA_ARRAY(rq->a, rows.n, struct discover_found);
	*n = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = (struct discover_found){.sha256 = db_text(&rows, i, COL_CAPABILITY_FIND_SHA256),
		    .text = (uint64_t)db_i64(&rows, i, COL_CAPABILITY_FIND_TEXT_SCORE),
		    .trigram = (uint64_t)db_i64(&rows, i, COL_CAPABILITY_FIND_TRIGRAM_SCORE)};
	return 0;
}

static void
rank_json(struct jw *w, const char *key, const struct discover_hit *h, enum discover_by by)
{
	jw_object(w, key);
	jw_uint(w, "value", h->value[by]);
	if (h->rank[by])
		jw_uint(w, "rank", h->rank[by]);
	else
		jw_null(w, "rank");
	jw_end(w);
}

static void
hit_json(struct jw *w, const struct discover_hit *h)
{
	const struct discover_item *it = h->item;

	jw_object(w, NULL);
	jw_str(w, "type", discover_type_name(it->type));
	jw_str(w, "id", it->id);
	jw_str(w, "label", it->label);
	jw_str(w, "says", it->says);
	jw_str(w, "pack", it->type == DISCOVER_ENTITY || it->type == DISCOVER_PLAYBOOK ? it->pack : NULL);
	jw_uint(w, "score", h->score);
	rank_json(w, "text", h, BY_TEXT);
	rank_json(w, "trigram", h, BY_TRIGRAM);
	rank_json(w, "vector", h, BY_VECTOR);
	jw_end(w);
}

int
h_discover(struct rq *rq, struct err *err)
{
	const struct value *q = rq_query(rq, "q"), *profile = rq_query(rq, "profile");
	const char *profile_id = profile->text && *profile->text ? profile->text : DEFAULT_PROFILE;
	const struct catalog *catalog = rq_catalog(rq, err);
	const struct discover_hit *hits;
	const struct profile *p;
	struct discover_items items;
	struct discover_found *found;
	size_t nfound, n;
	unsigned types;
	struct buf b;
	struct jw w;

	if (!catalog)
		return -1;
	if (!q->text || strspn(q->text, " \t\r\n") == strlen(q->text))
		return err_set(err, E_USAGE, "say with `q` what to look for");
	/* a profile that nobody may plan with must not show what the others deny */
	p = profile_is_offered(profile_id) ? catalog_profile(catalog, profile_id) : NULL;
	if (!p)
		return err_set(err, E_NOT_FOUND, "there is no profile '%s'", path_show(rq->a, profile_id, strlen(profile_id)));
	if (types_read(rq, rq_query(rq, "type")->text, &types, err) < 0)
		return -1;
	discover_items(rq->a, catalog, p, &items);
	if (search(rq, &items, q->text, &found, &nfound, err) < 0)
		return -1;
	hits = discover_rank(rq->a, &items, q->text, strlen(q->text), found, nfound, types,
	    (size_t)rq_query(rq, "limit")->num, &n);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "query", q->text);
	jw_str(&w, "catalog", catalog->sha256);
	jw_array(&w, "items");
	for (size_t i = 0; i < n; i++)
		hit_json(&w, &hits[i]);
	jw_end(&w);
	jw_end(&w);
	return rq_json(rq, 200, &b);
}
