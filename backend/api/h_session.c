/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out. */
#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/http.h"
#include "api/list.h"
#include "api/password.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"
#include "core/log.h"
#include "core/rnd.h"
#include "core/utf8.h"
#include "store/db.h"

#define WORKSPACES_SHOWN 200

/* Their workspaces with their role; a key sees its own one only. */
static int
workspaces_json(struct rq *rq, struct jw *w, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;

	db_arg_i64(&args, rq->who.user_id);
	db_arg_i64(&args, 0);
	db_arg_i64(&args, WORKSPACES_SHOWN);
	if (db_run(rq->api->db, SQL_WORKSPACE_LIST, &args, rq->a, &rows, err) < 0)
		return -1;
	jw_array(w, "workspaces");
	for (size_t i = 0; i < rows.n; i++) {
		int64_t id = db_i64(&rows, i, COL_WORKSPACE_LIST_ID);
		if (rq->who.kind == WHO_KEY && id != rq->who.key_ws)
			continue;
		jw_object(w, NULL);
		jw_id(w, "id", 'w', id);
		jw_str(w, "name", db_text(&rows, i, COL_WORKSPACE_LIST_NAME));
		jw_str(w, "role", rq->who.kind == WHO_KEY ? member_role_name(rq->who.key_role) :
		    db_text(&rows, i, COL_WORKSPACE_LIST_ROLE));
		jw_end(w);
	}
	jw_end(w);
	return 0;
}

static int
session_json(struct rq *rq, struct err *err)
{
	struct buf b;
	struct jw w;

	buf_init(&b, rq->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_object(&w, "user");
	jw_id(&w, "id", 'u', rq->who.user_id);
	jw_str(&w, "email", rq->who.email);
	jw_str(&w, "name", rq->who.name);
	jw_end(&w);
	jw_str(&w, "csrf", rq->who.csrf ? rq->who.csrf : "");
	if (workspaces_json(rq, &w, err) < 0)
		return -1;
	jw_end(&w);
	return rq_json(rq, 200, &b);
}

int
h_session_get(struct rq *rq, struct err *err)
{
	return session_json(rq, err);
}

/* Count the try before anything is known about it; E_RATE with the seconds to wait. */
static int
throttle(struct rq *rq, const char *email, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	int64_t wait;

	db_arg_text(&args, email);
	db_arg_text(&args, rq->ip);
	if (db_run(rq->api->db, SQL_LOGIN_BEGIN, &args, rq->a, &rows, err) < 0)
		return -1;
	wait = db_i64(&rows, 0, COL_LOGIN_BEGIN_WAIT_S);
	if (wait == 0)
		return 0;
	rq->retry_after = (unsigned)wait;
	return err_set(err, E_RATE,
	    "too many sign-ins failed for this account or from this address; try again in %lld s",
	    (long long)wait);
}

static int
wrong(struct rq *rq, struct err *err)
{
	struct err ignored = {0};
	char object[ID_BYTES] = "";
	bool is_known = rq->who.user_id != 0;

	if (is_known)
		id_format('u', rq->who.user_id, object);
	rq->who = (struct who){0};
	if (auth_audit(rq, "session.refused", is_known ? object : NULL, false, NULL, &ignored) < 0)
		log_write(LOG_ERROR, EV_DB_FAILED, &ignored, "request", rq->id, NULL);
	return err_set(err, E_UNAUTHENTICATED, "the e-mail address or the password is wrong");
}

/* Look the account up and compare; unknown, disabled and wrong are one answer, and take as long. */
static int
verify(struct rq *rq, const char *email, const char *password, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	bool is_known, is_disabled, matches;

	db_arg_text(&args, email);
	if (db_run(rq->api->db, SQL_LOGIN_USER, &args, rq->a, &rows, err) < 0)
		return -1;
	is_known = rows.n == 1;
	matches = password_matches(password,
	    is_known ? db_text(&rows, 0, COL_LOGIN_USER_PASSWORD) : NULL);
	is_disabled = is_known && db_bool(&rows, 0, COL_LOGIN_USER_DISABLED);
	if (is_known)
		rq->who = (struct who){
			.kind = WHO_SESSION,
			.user_id = db_i64(&rows, 0, COL_LOGIN_USER_USER_ID),
			.email = db_text(&rows, 0, COL_LOGIN_USER_EMAIL),
			.name = db_text(&rows, 0, COL_LOGIN_USER_NAME),
		};
	return matches && !is_disabled ? 0 : wrong(rq, err);
}

static int
end_session(struct rq *rq, const char *token, struct err *err)
{
	struct db_args args = {0};
	char hash[SHA256_HEX];

	auth_token_hash(token, hash);
	db_arg_text(&args, hash);
	return db_run(rq->api->db, SQL_SESSION_END, &args, NULL, NULL, err);
}

static int
insert_session(struct rq *rq, const char *token, const char *csrf, struct err *err)
{
	const char *agent = rq_param(rq, "HTTP_USER_AGENT");
	struct db_args args = {0};
	char hash[SHA256_HEX];

	auth_token_hash(token, hash);
	db_arg_text(&args, hash);
	db_arg_text(&args, csrf);
	db_arg_i64(&args, rq->who.user_id);
	db_arg_text(&args, rq->ip);
	db_arg_text(&args, arena_dup(rq->a, agent, utf8_check(agent, strnlen(agent, 200))));
	return db_run(rq->api->db, SQL_SESSION_OPEN, &args, NULL, NULL, err);
}

/* A new token at each log-in; the one that came with the request ends. */
static int
open_session(struct rq *rq, const char *email, char token[static SESSION_TOKEN_DIGITS + 1],
    struct err *err)
{
	const char *old = rq_cookie(rq, auth_cookie_name(rq));
	char *csrf = arena_alloc(rq->a, SESSION_TOKEN_DIGITS + 1);
	struct db *db = rq->api->db;
	struct db_args args = {0};

	rnd_token(token, SESSION_TOKEN_DIGITS);
	rnd_token(csrf, SESSION_TOKEN_DIGITS);
	rq->who.csrf = csrf;
	db_arg_text(&args, email);
	db_arg_text(&args, rq->ip);
	if (db_tx_begin(db, err) < 0 || (old && *old && end_session(rq, old, err) < 0) ||
	    insert_session(rq, token, csrf, err) < 0 ||
	    db_run(db, SQL_LOGIN_END, &args, NULL, NULL, err) < 0 ||
	    auth_audit(rq, "session.open", NULL, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	return 0;
}

int
h_session_create(struct rq *rq, struct err *err)
{
	const char *email = rq_body_str(rq, "email", "");
	const char *password = rq_body_str(rq, "password", "");
	char token[SESSION_TOKEN_DIGITS + 1];

	if (throttle(rq, email, err) < 0 || verify(rq, email, password, err) < 0 ||
	    open_session(rq, email, token, err) < 0)
		return -1;
	auth_set_cookie(rq, token);
	return session_json(rq, err);
}

int
h_session_delete(struct rq *rq, struct err *err)
{
	const char *token = rq_cookie(rq, auth_cookie_name(rq));
	struct db *db = rq->api->db;

	if (db_tx_begin(db, err) < 0 || end_session(rq, token, err) < 0 ||
	    auth_audit(rq, "session.end", NULL, true, NULL, err) < 0 || db_tx_commit(db, err) < 0)
		return -1;
	auth_set_cookie(rq, NULL);
	return rq_no_content(rq);
}
