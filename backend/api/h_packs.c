/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs of a workspace: the standard ones and the tenant's own. An upload is read and checked in a child, stored
 * once and for ever, and switched on per workspace; what a switch would break is said before it is made.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "api/auth.h"
#include "api/http.h"
#include "api/list.h"
#include "api/packs.h"
#include "api/packs_json.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/bundle.h"
#include "pack/pack.h"
#include "store/blob.h"
#include "store/db.h"

#define CHUNK_BYTES (64u << 10)
#define GENERIC "generic"

/* --- uploads ---------------------------------------------------------------------------------------------- */

/* What the child made of an upload. */
struct uploaded {
	const struct jx *pack, *ignored;
	const char *document, *bundle;
	size_t bundle_bytes;
};

/* The body into a file of the blob store that never gets a name. */
static int
take_body(struct rq *rq, struct blob_writer *w, struct err *err)
{
	char *chunk = arena_raw(rq->a, CHUNK_BYTES);
	ssize_t n;

	if (blob_writer_open(rq->api->blobs, rq->route->body_bytes_max, w, err) < 0)
		return -1;
	while ((n = rq_read(rq, chunk, CHUNK_BYTES, err)) > 0)
		if (blob_writer_add(w, chunk, (size_t)n, err) < 0) {
			n = -1;
			break;
		}
	if (n < 0) {
		blob_writer_abort(w);
		return -1;
	}
	if (blob_writer_seal(w, err) < 0)
		return -1;
	if (lseek(w->fd, 0, SEEK_SET) == 0)
		return 0;
	blob_writer_abort(w);
	return err_sys(err, E_IO, "read the upload");
}

/* Findings become the problem. */
static int
refuse(struct rq *rq, const struct jx *findings, const char *what, struct err *err)
{
	const struct jx *first = jx_at(findings, 0);
	size_t n = jx_size(findings);
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_value(&w, NULL, findings);
	rq->findings = buf_take(&b);
	return err_set(err, E_SCHEMA, "%s: %s: %s%s", what, jx_str(jx_find(first, "file"), ""),
	    jx_str(jx_find(first, "message"), ""), n > 1 ? arena_printf(rq->a, " (and %zu more findings)", n - 1) : "");
}

/* The child's answer: a line of JSON, and behind it the bundle. */
static int
read_answer(struct rq *rq, const char *answer, size_t n, const char *what, struct uploaded *up, struct err *err)
{
	const char *end = memchr(answer, '\n', n);
	size_t head = end ? (size_t)(end - answer) : n;
	struct jx *v;

	if (jx_parse(rq->a, answer, head, NULL, &v, err) < 0)
		return err_wrap(err, "what the checker said");
	if (jx_size(jx_find(v, "findings")) > 0)
		return refuse(rq, jx_find(v, "findings"), what, err);
	*up = (struct uploaded){
	    .pack = jx_find(v, "pack"),
	    .ignored = jx_find(v, "ignored"),
	    .document = jx_str(jx_pointer(v, "/pack/document"), ""),
	    .bundle = end ? end + 1 : "",
	    .bundle_bytes = end ? n - head - 1 : 0,
	};
	return 0;
}

/* What is on, without the pack that comes: checked beside the others, not beside its older self. */
static int
set_without(struct rq *rq, const char *pack, struct pack_set *out, const char **state, struct err *err)
{
	struct pack_switch *at;
	struct pack_set all;
	struct db_rows rows;
	size_t n = 0;

	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 || packs_set(rq, &all, err) < 0 ||
	    db_run(rq->api->db, SQL_PACK_SET_HASH, NULL, rq->a, &rows, err) < 0 || db_tx_commit(rq->api->db, err) < 0)
		return -1;
	at = ARENA_ARRAY(rq->a, all.n + 1, struct pack_switch);
	for (size_t i = 0; i < all.n; i++)
		if (!pack || strcmp(all.at[i].pack, pack) != 0)
			at[n++] = all.at[i];
	*out = (struct pack_set){.at = at, .n = n};
	if (state)
		*state = db_text(&rows, 0, COL_PACK_SET_HASH_STATE);
	return 0;
}

/* Which pack an upload is, is known only after it was read: then it is checked again beside the right others. */
static int
check_upload(struct rq *rq, int fd, struct uploaded *up, struct err *err)
{
	const struct pack_set none = {0};
	struct pack_set set;
	char *answer;
	size_t n;

	if (set_without(rq, NULL, &set, NULL, err) < 0)
		return -1;
	if (set.n > 0) {
		const char *id = NULL;

		if (packs_try(rq, &none, fd, &answer, &n, err) < 0)
			return -1;
		/* Alone it may lack what another own pack has, and then says so; its name is there all the same. */
		if (packs_upload_id(rq->a, answer, n, &id) && set_without(rq, id, &set, NULL, err) < 0)
			return -1;
		if (lseek(fd, 0, SEEK_SET) != 0)
			return err_sys(err, E_IO, "read the upload");
	}
	if (packs_try(rq, &set, fd, &answer, &n, err) < 0)
		return -1;
	return read_answer(rq, answer, n, "the pack is not taken", up, err);
}

static int
store_upload(struct rq *rq, const struct uploaded *up, bool *is_new, struct err *err)
{
	const struct jx *entities = jx_find(up->pack, "entities");
	const char **ids = ARENA_ARRAY(rq->a, jx_size(entities), const char *);
	const char *id = jx_str(jx_find(up->pack, "id"), ""), *version = jx_str(jx_find(up->pack, "version"), "");
	struct blob_ref bundle, document;
	struct db_args args = {0};
	struct db_rows rows;
	struct buf summary;
	struct jw w;

	for (size_t i = 0; i < jx_size(entities); i++)
		ids[i] = jx_str(jx_at(entities, i), "");
	buf_init(&summary, rq->a);
	jw_init(&w, &summary);
	jw_value(&w, NULL, jx_find(up->pack, "summary"));
	if (blob_put(rq->api->blobs, up->bundle, up->bundle_bytes, &bundle, err) < 0 ||
	    blob_put(rq->api->blobs, up->document, strlen(up->document), &document, err) < 0)
		return -1;
	db_arg_text(&args, id);
	db_arg_text(&args, version);
	db_arg_text(&args, document.sha256);
	db_arg_text(&args, up->document);
	db_arg_text(&args, bundle.sha256);
	db_arg_i64(&args, (int64_t)bundle.bytes);
	db_arg_text(&args, jx_str(jx_find(up->pack, "label"), ""));
	db_arg_text(&args, buf_take(&summary));
	db_arg_texts(&args, rq->a, ids, jx_size(entities));
	db_arg_i64(&args, rq->who.user_id);
	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 || db_run(rq->api->db, SQL_PACK_PUT, &args, rq->a, &rows, err) < 0)
		return -1;
	*is_new = db_bool(&rows, 0, COL_PACK_PUT_IS_NEW);
	if (*is_new && auth_audit(rq, "pack.upload", arena_printf(rq->a, "%s %s", id, version), true,
	    arena_printf(rq->a, "{\"sha256\":\"%s\",\"bundle\":\"%s\"}", document.sha256, bundle.sha256), err) < 0)
		return -1;
	return db_tx_commit(rq->api->db, err);
}

int
h_pack_upload(struct rq *rq, struct err *err)
{
	struct uploaded up = {0};
	struct blob_writer w = {0};
	bool is_new;
	int rc;

	if (take_body(rq, &w, err) < 0)
		return -1;
	rc = check_upload(rq, w.fd, &up, err);
	blob_writer_abort(&w);
	if (rc < 0 || store_upload(rq, &up, &is_new, err) < 0)
		return -1;
	return packs_send_one(rq, is_new ? 201 : 200, jx_str(jx_find(up.pack, "id"), ""),
	    jx_str(jx_find(up.pack, "version"), ""), up.ignored, err);
}

/* --- switches ---------------------------------------------------------------------------------------------- */

/* The version that a switch means: the one that is asked for, the one that was on last, the newest. */
static int
choose_version(struct rq *rq, const char *pack, const struct pack_switch *now, const char *asked, struct pack_switch *out,
    struct err *err)
{
	struct db_args list = {0}, one = {0};
	struct db_rows versions, row;

	db_arg_text(&list, pack);
	if (db_run(rq->api->db, SQL_PACK_VERSIONS, &list, rq->a, &versions, err) < 0)
		return -1;
	if (versions.n == 0)
		return err_set(err, E_NOT_FOUND, "there is no pack '%s' here", pack);
	out->version = asked ? asked : now && now->version ? now->version : db_text(&versions, 0, COL_PACK_VERSIONS_VERSION);
	db_arg_text(&one, pack);
	db_arg_text(&one, out->version);
	if (db_run(rq->api->db, SQL_PACK_VERSION_GET, &one, rq->a, &row, err) < 0)
		return -1;
	if (row.n == 0) {
		rq->place.pointer = "/version";
		return err_set(err, E_NOT_FOUND, "there is no version '%s' of '%s'; the newest is %s", out->version, pack,
		    db_text(&versions, 0, COL_PACK_VERSIONS_VERSION));
	}
	out->bundle_sha256 = db_text(&row, 0, COL_PACK_VERSION_GET_BUNDLE_SHA256);
	out->bundle_bytes = (uint64_t)db_i64(&row, 0, COL_PACK_VERSION_GET_BUNDLE_BYTES);
	return 0;
}

/* The set as it would be. */
static int
plan_switch(struct rq *rq, const char *pack, bool is_enabled, struct pack_set *set, struct pack_switch **change,
    const char **state, struct err *err)
{
	const char *version = rq_body_str(rq, "version", NULL);
	bool is_standard = catalog_pack(rq->api->catalog, pack) != NULL;
	struct pack_switch *to;
	struct pack_set all;
	int rc = 0;

	if (is_standard && version) {
		rq->place.pointer = "/version";
		return err_set(err, E_USAGE, "'%s' is a standard pack: it has the version that is installed", pack);
	}
	if (is_standard && !is_enabled && strcmp(pack, GENERIC) == 0)
		return err_set(err, E_CONFLICT, "the generic pack stays on: work without a domain is made of it");
	if (set_without(rq, pack, set, state, err) < 0 || db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 ||
	    packs_set(rq, &all, err) < 0)
		return -1;
	to = (struct pack_switch *)(uintptr_t)&set->at[set->n]; /* set_without left room for it */
	*to = (struct pack_switch){.pack = arena_str(rq->a, pack), .is_enabled = is_enabled};
	if (!is_standard)
		rc = choose_version(rq, pack, packs_switch(&all, pack), version, to, err);
	if (rc < 0 || db_tx_commit(rq->api->db, err) < 0)
		return -1;
	set->n++;
	*change = to;
	return 0;
}

/* Would the workspace's packs still hold together? */
static int
check_set(struct rq *rq, const struct pack_set *set, const char *pack, bool is_enabled, struct err *err)
{
	const char *what = arena_printf(rq->a, is_enabled ? "'%s' cannot be switched on" : "'%s' cannot be switched off", pack);
	struct uploaded up;
	struct packs_of of;
	const char *broken;
	char *answer;
	size_t n;

	if (packs_try(rq, set, -1, &answer, &n, err) < 0 || read_answer(rq, answer, n, what, &up, err) < 0 ||
	    packs_compose(rq, rq->a, set, &of, err) < 0)
		return -1;
	broken = packs_broken(rq->a, &of, set);
	if (broken)
		return err_set(err, E_CONFLICT, "%s: %s", what, broken);
	return 0;
}

int
h_pack_put(struct rq *rq, struct err *err)
{
	const char *pack = rq_arg(rq, "pack")->text, *state;
	bool is_enabled = jx_bool(jx_find(rq->body, "enabled"), false);
	struct pack_switch *change = NULL;
	struct db_args args = {0};
	struct pack_set set;

	if (plan_switch(rq, pack, is_enabled, &set, &change, &state, err) < 0 ||
	    check_set(rq, &set, pack, is_enabled, err) < 0)
		return -1;
	db_arg_text(&args, pack);
	db_arg_text(&args, change->version);
	db_arg_bool(&args, is_enabled);
	db_arg_i64(&args, rq->who.user_id);
	db_arg_text(&args, state);
	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 ||
	    db_run(rq->api->db, SQL_WORKSPACE_PACK_PUT, &args, NULL, NULL, err) < 0 ||
	    auth_audit(rq, is_enabled ? "pack.enable" : "pack.disable", change->version ?
	    arena_printf(rq->a, "%s %s", pack, change->version) : pack, true, NULL, err) < 0 ||
	    db_tx_commit(rq->api->db, err) < 0)
		return -1;
	return packs_send_one(rq, 200, pack, NULL, NULL, err);
}

int
h_pack_version_delete(struct rq *rq, struct err *err)
{
	const char *pack = rq_arg(rq, "pack")->text, *version = rq_arg(rq, "v")->text;
	struct db_args args = {0};
	struct db_rows rows;
	int64_t workspaces, plans;

	if (catalog_pack(rq->api->catalog, pack))
		return err_set(err, E_CONFLICT, "'%s' is a standard pack; it can be switched off, not taken away", pack);
	db_arg_text(&args, pack);
	db_arg_text(&args, version);
	if (db_tx_begin_ws(rq->api->db, rq->ws, err) < 0 || db_run(rq->api->db, SQL_PACK_DROP, &args, rq->a, &rows, err) < 0)
		return -1;
	workspaces = db_i64(&rows, 0, COL_PACK_DROP_WORKSPACES);
	plans = db_i64(&rows, 0, COL_PACK_DROP_PLANS);
	if (!db_bool(&rows, 0, COL_PACK_DROP_IS_THERE))
		return err_set(err, E_NOT_FOUND, "there is no version '%s' of a pack '%s' here", version, pack);
	if (workspaces > 0 || plans > 0)
		return err_set(err, E_CONFLICT, "%s %s is in use: %lld workspace%s %s it switched on, and %lld plan%s made with it",
		    pack, version, (long long)workspaces, workspaces == 1 ? "" : "s", workspaces == 1 ? "has" : "have",
		    (long long)plans, plans == 1 ? " is" : "s are");
	if (auth_audit(rq, "pack.delete", arena_printf(rq->a, "%s %s", pack, version), true, NULL, err) < 0 ||
	    db_tx_commit(rq->api->db, err) < 0)
		return -1;
	return rq_no_content(rq);
}
