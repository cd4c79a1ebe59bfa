/* SPDX-License-Identifier: Apache-2.0 */
#include "api/auth.h"

#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "api/http.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"
#include "core/log.h"
#include "store/db.h"

void
auth_token_hash(const char *secret, char out[SHA256_HEX])
{
	sha256_hex(secret, strlen(secret), out);
}

const char *
auth_cookie_name(const struct rq *rq)
{
	return rq->is_tls ? SESSION_COOKIE_TLS : SESSION_COOKIE;
}

void
auth_set_cookie(struct rq *rq, const char *value)
{
	rq_header(rq, "Set-Cookie", arena_printf(rq->a, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s",
	    auth_cookie_name(rq), value ? value : "", rq->is_tls ? "; Secure" : "",
	    value ? "" : "; Max-Age=0"));
}

int
auth_audit(struct rq *rq, const char *action, const char *object, bool ok, const char *detail,
    struct err *err)
{
	struct db_args args = {0};

	db_arg_text(&args, action);
	db_arg_text(&args, object);
	if (rq->who.kind == WHO_NOBODY)
		db_arg_null(&args);
	else
		db_arg_i64(&args, rq->who.user_id);
	if (rq->who.kind == WHO_KEY)
		db_arg_i64(&args, rq->who.key_id);
	else
		db_arg_null(&args);
	db_arg_text(&args, rq->ip);
	db_arg_bool(&args, ok);
	db_arg_text(&args, detail ? detail : "{}");
	return db_run(rq->api->db, SQL_AUDIT, &args, NULL, NULL, err);
}

/* A refusal goes into the audit trail; that it could not be written must not turn it into anything else. */
static int
refuse(struct rq *rq, const char *action, enum err_code code, const char *why, struct err *err)
{
	struct err ignored = {0};

	if (auth_audit(rq, action, rq->route->name, false, NULL, &ignored) < 0)
		log_write(LOG_ERROR, EV_DB_FAILED, &ignored, "request", rq->id, "action", action, NULL);
	log_write(LOG_INFO, EV_AUTH, NULL, "request", rq->id, "action", action, "route",
	    rq->route->name, NULL);
	return err_set(err, code, "%s", why);
}

static bool
is_change(const struct rq *rq)
{
	return rq->method != HTTP_GET;
}

/*
 * Browsers say where a change comes from; another site's page is refused. Programs that say nothing
 * are let on: what they hold (a token in a header) no other site can send.
 */
static bool
is_same_site(const struct rq *rq)
{
	const char *site = rq_param(rq, "HTTP_SEC_FETCH_SITE");
	const char *origin = rq_param(rq, "HTTP_ORIGIN");
	const char *own = rq_param(rq, "FORGE_ORIGIN");

	if (*site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return false;
	return !*origin || strcasecmp(origin, own) == 0;
}

static bool
csrf_matches(const struct rq *rq)
{
	const char *sent = rq_param(rq, "HTTP_X_FORGE_CSRF");
	size_t n = strlen(rq->who.csrf);

	return strlen(sent) == n && CRYPTO_memcmp(sent, rq->who.csrf, n) == 0;
}

static int
by_session(struct rq *rq, const char *token, int64_t ws, bool *is_member, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	char hash[SHA256_HEX];
	const char *role;

	auth_token_hash(token, hash);
	db_arg_text(&args, hash);
	if (ws)
		db_arg_i64(&args, ws);
	else
		db_arg_null(&args);
	if (db_run(rq->api->db, SQL_SESSION_ENTER, &args, rq->a, &rows, err) < 0)
		return -1;
	if (rows.n == 0)
		return 0;
	rq->who = (struct who){
		.kind = WHO_SESSION,
		.session_id = db_i64(&rows, 0, COL_SESSION_ENTER_SESSION_ID),
		.user_id = db_i64(&rows, 0, COL_SESSION_ENTER_USER_ID),
		.email = db_text(&rows, 0, COL_SESSION_ENTER_EMAIL),
		.name = db_text(&rows, 0, COL_SESSION_ENTER_NAME),
		.csrf = db_text(&rows, 0, COL_SESSION_ENTER_CSRF),
	};
	role = db_text(&rows, 0, COL_SESSION_ENTER_ROLE);
	*is_member = role && member_role_parse(role, &rq->role);
	return 0;
}

static int
by_key(struct rq *rq, const char *key, int64_t ws, bool *is_member, struct err *err)
{
	struct db_args args = {0};
	struct db_rows rows;
	char hash[SHA256_HEX];

	auth_token_hash(key, hash);
	db_arg_text(&args, hash);
	if (db_run(rq->api->db, SQL_KEY_ENTER, &args, rq->a, &rows, err) < 0)
		return -1;
	if (rows.n == 0)
		return 0;
	rq->who = (struct who){
		.kind = WHO_KEY,
		.key_id = db_i64(&rows, 0, COL_KEY_ENTER_KEY_ID),
		.key_ws = db_i64(&rows, 0, COL_KEY_ENTER_WS),
		.user_id = db_i64(&rows, 0, COL_KEY_ENTER_USER_ID),
		.email = db_text(&rows, 0, COL_KEY_ENTER_EMAIL),
		.name = db_text(&rows, 0, COL_KEY_ENTER_NAME),
	};
	INVARIANT(member_role_parse(db_text(&rows, 0, COL_KEY_ENTER_KEY_ROLE), &rq->who.key_role));
	INVARIANT(member_role_parse(db_text(&rows, 0, COL_KEY_ENTER_MEMBER_ROLE), &rq->role));
	*is_member = ws != 0 && ws == rq->who.key_ws;
	return 0;
}

/* The workspace that the address names; 0 when it names none, or nothing that could be one. */
static int64_t
named_workspace(const struct rq *rq)
{
	int64_t id = 0;

	for (size_t i = 0; i < ROUTE_ARGS_MAX && rq->args[i].name; i++)
		if (strcmp(rq->args[i].name, "w") == 0)
			(void)id_parse('w', rq->args[i].text, &id, NULL);
	return id;
}

static int
identify(struct rq *rq, int64_t ws, bool *is_member, struct err *err)
{
	static const char bearer[] = "Bearer ";
	const char *header = rq_param(rq, "HTTP_AUTHORIZATION");
	const char *token;

	if (*header) {
		if (strncasecmp(header, bearer, sizeof bearer - 1) != 0)
			return err_set(err, E_UNAUTHENTICATED,
			    "send 'Authorization: Bearer' and an API key, or sign in");
		if (by_key(rq, header + sizeof bearer - 1, ws, is_member, err) < 0)
			return -1;
		return rq->who.kind == WHO_NOBODY ? refuse(rq, "key.refused", E_UNAUTHENTICATED,
		    "this API key is not known, has expired or was revoked", err) : 0;
	}
	token = rq_cookie(rq, auth_cookie_name(rq));
	if (!token || !*token)
		return err_set(err, E_UNAUTHENTICATED, "sign in first");
	if (by_session(rq, token, ws, is_member, err) < 0)
		return -1;
	return rq->who.kind == WHO_NOBODY ?
	    err_set(err, E_UNAUTHENTICATED, "the session has ended; sign in again") : 0;
}

static int
check_origin(struct rq *rq, struct err *err)
{
	if (!is_change(rq) || rq->who.kind == WHO_KEY)
		return 0;
	if (!is_same_site(rq))
		return refuse(rq, "csrf.refused", E_CSRF, "the request comes from another site's page", err);
	if (rq->who.kind == WHO_SESSION && !csrf_matches(rq))
		return refuse(rq, "csrf.refused", E_CSRF,
		    "the header X-Forge-CSRF is missing or is not this session's; GET " ROUTE_PREFIX
		    "/session tells it", err);
	return 0;
}

static int
check_role(struct rq *rq, int64_t ws, bool is_member, struct err *err)
{
	if (ws == 0 || !is_member)
		return err_set(err, E_NOT_FOUND, "there is no such workspace, or it is not yours to see");
	rq->ws = ws;
	if (!route_admits(rq->route, rq->role) ||
	    (rq->who.kind == WHO_KEY && !route_admits(rq->route, rq->who.key_role)))
		return refuse(rq, "role.refused", E_FORBIDDEN, arena_printf(rq->a,
		    "your role here is %s, and this needs another", member_role_name(
		    rq->who.kind == WHO_KEY && route_admits(rq->route, rq->role) ?
		    rq->who.key_role : rq->role)), err);
	return 0;
}

int
auth_request(struct rq *rq, struct err *err)
{
	int64_t ws = named_workspace(rq);
	bool is_member = false;

	if (rq->route->role != ROLE_PUBLIC && identify(rq, ws, &is_member, err) < 0)
		return -1;
	if (check_origin(rq, err) < 0)
		return -1;
	if (rq->route->session_only && rq->who.kind == WHO_KEY)
		return refuse(rq, "key.refused", E_FORBIDDEN,
		    "an API key may not do this; sign in with an account", err);
	if (rq->route->role > ROLE_USER && check_role(rq, ws, is_member, err) < 0)
		return -1;
	return route_ids(rq->route, rq->args, err);
}
