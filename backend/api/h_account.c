/* SPDX-License-Identifier: Apache-2.0 */
/* API keys, workspaces, members. */
#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/http.h"
#include "api/list.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"
#include "core/rnd.h"
#include "store/db.h"

static const char *
id_text(struct rq *rq, char prefix, int64_t id)
{
	char *text = arena_alloc(rq->a, ID_BYTES);

	id_format(prefix, id, text);
	return text;
}

int
h_key_list(struct rq *rq, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	const char *last = NULL;
	struct list l;
	int64_t before;

	if (list_after_id(rq, 'k', INT64_MAX, &before, err) < 0)
		return -1;
	db_arg_i64(&args, rq->who.user_id);
	db_arg_i64(&args, before);
	db_arg_i64(&args, list_limit(rq));
	if (db_run(rq->api->db, SQL_KEY_LIST, &args, rq->a, &rows, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		last = id_text(rq, 'k', db_i64(&rows, i, COL_KEY_LIST_ID));
		jw_object(&l.w, NULL);
		jw_str(&l.w, "id", last);
		jw_str(&l.w, "name", db_text(&rows, i, COL_KEY_LIST_NAME));
		jw_id(&l.w, "workspace", 'w', db_i64(&rows, i, COL_KEY_LIST_WS));
		jw_str(&l.w, "role", db_text(&rows, i, COL_KEY_LIST_ROLE));
		jw_str(&l.w, "created_at", db_text(&rows, i, COL_KEY_LIST_CREATED_AT));
		jw_str(&l.w, "expires_at", db_text(&rows, i, COL_KEY_LIST_EXPIRES_AT));
		jw_str(&l.w, "last_used_at", db_text(&rows, i, COL_KEY_LIST_LAST_USED_AT));
		jw_end(&l.w);
	}
	return list_send(&l, rq, rows.n, last);
}

/* The workspace named in the body must be one that they own; any other is not there for them. */
static int
own_workspace(struct rq *rq, const char *name, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	enum member_role role;

	rq->place.pointer = "/workspace";
	if (id_parse('w', name, &rq->ws, NULL) < 0)
		return err_set(err, E_NOT_FOUND, "there is no such workspace, or it is not yours to see");
	db_arg_text(&args, rq->who.email);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_MEMBER_GET, &args, rq->a, &rows, err) < 0)
		return -1;
	if (rows.n == 0 || !member_role_parse(db_text(&rows, 0, COL_MEMBER_GET_ROLE), &role))
		return err_set(err, E_NOT_FOUND, "there is no such workspace, or it is not yours to see");
	if (role != MEMBER_OWNER)
		return err_set(err, E_FORBIDDEN, "only an owner makes keys; your role there is %s",
		    member_role_name(role));
	rq->place.pointer = NULL;
	return 0;
}

static int
insert_key(struct rq *rq, const char *key, int64_t *id, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	char hash[SHA256_HEX];

	auth_token_hash(key, hash);
	db_arg_text(&args, hash);
	db_arg_text(&args, arena_dup(rq->a, key, strlen("fk_") + KEY_ID_DIGITS));
	db_arg_text(&args, rq_body_str(rq, "name", ""));
	db_arg_text(&args, rq_body_str(rq, "role", ""));
	db_arg_i64(&args, rq->who.user_id);
	db_arg_i64(&args, rq_body_int(rq, "expires_days", 0));
	if (db_run(rq->api->db, SQL_KEY_NEW, &args, rq->a, &rows, err) < 0)
		return -1;
	*id = db_i64(&rows, 0, COL_KEY_NEW_ID);
	return 0;
}

int
h_key_create(struct rq *rq, struct err *err)
{
	char part[KEY_ID_DIGITS + 1], secret[KEY_SECRET_DIGITS + 1];
	const char *key;
	struct buf b;
	struct jw w;
	int64_t id;

	rnd_token(part, KEY_ID_DIGITS);
	rnd_token(secret, KEY_SECRET_DIGITS);
	key = arena_printf(rq->a, "fk_%s_%s", part, secret);
	if (own_workspace(rq, rq_body_str(rq, "workspace", ""), err) < 0 ||
	    insert_key(rq, key, &id, err) < 0 ||
	    auth_audit(rq, "key.create", id_text(rq, 'k', id), true, NULL, err) < 0 ||
	    db_tx_commit(rq->api->db, err) < 0)
		return -1;
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_id(&w, "id", 'k', id);
	jw_str(&w, "key", key);
	jw_end(&w);
	return rq_json(rq, 201, &b);
}

int
h_key_delete(struct rq *rq, struct err *err)
{
	const struct route_arg *key = rq_arg(rq, "id");
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_i64(&args, rq->who.user_id);
	db_arg_i64(&args, key->id);
	if (db_tx_begin(db, err) < 0 || db_run(db, SQL_KEY_REVOKE, &args, rq->a, &rows, err) < 0)
		return -1;
	if (db_is_null(&rows, 0, COL_KEY_REVOKE_WS))
		return err_set(err, E_NOT_FOUND, "there is no such key, or it is not yours to revoke");
	if (db_tx_set_ws(db, db_i64(&rows, 0, COL_KEY_REVOKE_WS), err) < 0 ||
	    auth_audit(rq, "key.revoke", key->text, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return rq_no_content(rq);
}

static void
workspace_json(struct jw *w, int64_t id, const char *name, const char *role, const char *created_at)
{
	jw_object(w, NULL);
	jw_id(w, "id", 'w', id);
	jw_str(w, "name", name);
	jw_str(w, "role", role);
	jw_str(w, "created_at", created_at);
	jw_end(w);
}

int
h_workspace_list(struct rq *rq, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	const char *last = NULL;
	struct list l;
	int64_t after;

	if (list_after_id(rq, 'w', 0, &after, err) < 0)
		return -1;
	db_arg_i64(&args, rq->who.user_id);
	db_arg_i64(&args, after);
	db_arg_i64(&args, list_limit(rq));
	if (db_run(rq->api->db, SQL_WORKSPACE_LIST, &args, rq->a, &rows, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		int64_t id = db_i64(&rows, i, COL_WORKSPACE_LIST_ID);
		last = id_text(rq, 'w', id);
		if (rq->who.kind == WHO_KEY && id != rq->who.key_ws)
			continue;
		workspace_json(&l.w, id, db_text(&rows, i, COL_WORKSPACE_LIST_NAME),
		    rq->who.kind == WHO_KEY ? member_role_name(rq->who.key_role) :
		    db_text(&rows, i, COL_WORKSPACE_LIST_ROLE),
		    db_text(&rows, i, COL_WORKSPACE_LIST_CREATED_AT));
	}
	return list_send(&l, rq, rows.n, last);
}

/* Names are shown on screens and terminals: no control characters, nothing that turns text around
 * (U+202A to U+202E, U+2066 to U+2069). */
static int
check_name(struct rq *rq, const char *name, struct err *err)
{
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (*p < 0x20 || *p == 0x7f || (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
		    (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)) {
			rq->place.pointer = "/name";
			return err_set(err, E_USAGE, "a name holds no control characters and nothing that turns text around");
		}
	return 0;
}

int
h_workspace_create(struct rq *rq, struct err *err)
{
	const char *name = rq_body_str(rq, "name", "");
	struct db *db = rq->api->db;
	struct db_args args = {0}, get = {0};
	struct db_rows rows;
	struct buf b;
	struct jw w;

	if (check_name(rq, name, err) < 0)
		return -1;
	db_arg_i64(&args, rq->who.user_id);
	db_arg_text(&args, name);
	if (db_tx_begin(db, err) < 0 || db_run(db, SQL_WORKSPACE_NEW, &args, rq->a, &rows, err) < 0)
		return -1;
	rq->ws = db_i64(&rows, 0, COL_WORKSPACE_NEW_ID);
	db_arg_i64(&get, rq->ws);
	if (db_tx_set_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_WORKSPACE_GET, &get, rq->a, &rows, err) < 0 ||
	    auth_audit(rq, "workspace.create", NULL, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	INVARIANT(rows.n == 1);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	workspace_json(&w, rq->ws, db_text(&rows, 0, COL_WORKSPACE_GET_NAME), "owner",
	    db_text(&rows, 0, COL_WORKSPACE_GET_CREATED_AT));
	return rq_json(rq, 201, &b);
}

static void
member_json(struct jw *w, const char *email, const char *name, const char *role, const char *since)
{
	jw_object(w, NULL);
	jw_str(w, "email", email);
	jw_str(w, "name", name);
	jw_str(w, "role", role);
	jw_str(w, "since", since);
	jw_end(w);
}

int
h_member_list(struct rq *rq, struct err *err)
{
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;
	const char *last = NULL;
	struct list l;

	db_arg_text(&args, list_after_text(rq));
	db_arg_i64(&args, list_limit(rq));
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_MEMBER_LIST, &args, rq->a, &rows, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	list_begin(&l, rq, rows.n);
	for (size_t i = 0; i < l.shown; i++) {
		last = db_text(&rows, i, COL_MEMBER_LIST_EMAIL);
		member_json(&l.w, last, db_text(&rows, i, COL_MEMBER_LIST_NAME),
		    db_text(&rows, i, COL_MEMBER_LIST_ROLE), db_text(&rows, i, COL_MEMBER_LIST_SINCE));
	}
	return list_send(&l, rq, rows.n, last);
}

int
h_member_put(struct rq *rq, struct err *err)
{
	const char *email = rq_arg(rq, "email")->text;
	const char *role = rq_body_str(rq, "role", "");
	struct db *db = rq->api->db;
	struct db_args put = {0}, get = {0};
	struct db_rows rows;
	struct buf b;
	struct jw w;

	db_arg_text(&put, email);
	db_arg_text(&put, role);
	db_arg_text(&get, email);
	if (db_tx_begin_ws(db, rq->ws, err) < 0)
		return -1;
	if (db_run(db, SQL_MEMBER_PUT, &put, rq->a, &rows, err) < 0)
		return err->code == E_NOT_FOUND ? err_set(err, E_NOT_FOUND,
		    "nobody has an account here with that address; they need one first") : -1;
	if (db_run(db, SQL_MEMBER_GET, &get, rq->a, &rows, err) < 0 ||
	    auth_audit(rq, "member.put", email, true, arena_printf(rq->a, "{\"role\":\"%s\"}", role),
	    err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	INVARIANT(rows.n == 1);
	buf_init(&b, rq->a);
	jw_init(&w, &b);
	member_json(&w, db_text(&rows, 0, COL_MEMBER_GET_EMAIL), db_text(&rows, 0, COL_MEMBER_GET_NAME),
	    db_text(&rows, 0, COL_MEMBER_GET_ROLE), db_text(&rows, 0, COL_MEMBER_GET_SINCE));
	return rq_json(rq, 200, &b);
}

int
h_member_delete(struct rq *rq, struct err *err)
{
	const char *email = rq_arg(rq, "email")->text;
	struct db *db = rq->api->db;
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_text(&args, email);
	if (db_tx_begin_ws(db, rq->ws, err) < 0 ||
	    db_run(db, SQL_MEMBER_DROP, &args, rq->a, &rows, err) < 0)
		return -1;
	if (rows.affected == 0)
		return err_set(err, E_NOT_FOUND, "nobody with that address is a member here");
	if (auth_audit(rq, "member.delete", email, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return rq_no_content(rq);
}
