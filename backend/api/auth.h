/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_AUTH_H
#define API_AUTH_H
/*
 * Who is asking, and may they. Sessions: 32 random bytes in a cookie, of which only the hash is
 * stored; every change also needs the session's token in X-Forge-CSRF and must not come from another
 * site. API keys: "Authorization: Bearer fk_…", one workspace, one role, never more than their maker
 * has at the moment. Roles are decided in route.c alone.
 */
#include <stdbool.h>

#include "core/digest.h"

struct err;
struct rq;

#define SESSION_COOKIE "forge_session"
#define SESSION_COOKIE_TLS "__Host-forge_session"
#define SESSION_TOKEN_DIGITS 43 /* base 62: 256 bits */
#define KEY_ID_DIGITS 8
#define KEY_SECRET_DIGITS 43

/*
 * auth_request - establish rq->who, rq->ws and rq->role for rq->route, or refuse.
 *
 * Returns 0, or -1: E_UNAUTHENTICATED, E_CSRF, E_FORBIDDEN (role, or a session is wanted), E_NOT_FOUND
 * (an id that is none, a workspace that is not theirs), E_DB.
 */
int auth_request(struct rq *rq, struct err *err);

/* auth_token_hash - what is stored for a secret: its SHA-256 in hex. */
void auth_token_hash(const char *secret, char out[SHA256_HEX]);

/* auth_cookie_name - depends on TLS. auth_set_cookie - value NULL takes the cookie away. */
const char *auth_cookie_name(const struct rq *rq);
void auth_set_cookie(struct rq *rq, const char *value);

/*
 * auth_audit - a line of the audit trail: action ("session.open"), object (or NULL), and a detail (a
 * JSON object, or NULL). In the open transaction if there is one. E_DB.
 */
int auth_audit(struct rq *rq, const char *action, const char *object, bool ok, const char *detail,
    struct err *err);
#endif
