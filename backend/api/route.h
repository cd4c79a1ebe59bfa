/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ROUTE_H
#define API_ROUTE_H
/*
 * The route table. It is generated from backend/api/routes (one JSON file per endpoint) by
 * backend/tools/apigen.py, together with the OpenAPI document and the TypeScript types, so that
 * what is documented, checked and served cannot differ. Who may call what is in here too: the role
 * of each route and the one matrix in route.c are all there is.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/routes_gen.h"

struct arena;
struct err;
struct jx;
struct rq;

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP__COUNT };

/* What a member of a workspace is. */
enum member_role {
	MEMBER_OWNER,
	MEMBER_EDITOR,
	MEMBER_APPROVER,
	MEMBER_VIEWER,
	MEMBER_AUDITOR,
	MEMBER__COUNT
};
/* What a route asks for: PUBLIC nothing, USER a sign-in, the others a role in the workspace. */
enum route_role { ROLE_PUBLIC, ROLE_USER, ROLE_VIEWER, ROLE_APPROVER, ROLE_EDITOR, ROLE_OWNER, ROLE__COUNT };

enum seg_kind { SEG_LITERAL, SEG_ID, SEG_TEXT, SEG_SHA256, SEG_REST };
struct seg {
	enum seg_kind kind;
	char prefix;      /* SEG_ID */
	size_t bytes_max; /* SEG_TEXT */
	const char *text; /* the literal, or the parameter's name */
};

enum field_type { FIELD_STR, FIELD_INT, FIELD_BOOL, FIELD_STRS, FIELD_ANY /* bodies only */ };
struct field {
	const char *name;
	enum field_type type;
	bool is_required;
	int64_t min;     /* value; length in bytes; number of items */
	int64_t max;     /* 0 for FIELD_BOOL */
	int64_t item_max; /* FIELD_STRS: bytes of each */
	const char *const *values; /* closed list, NULL-ended; NULL if open */
	bool has_default;
	int64_t default_int;
	const char *default_str;
};

enum body_kind { BODY_NONE, BODY_JSON, BODY_RAW, BODY_MULTIPART };

typedef int (*route_fn)(struct rq *rq, struct err *err);
struct route {
	const char *name;
	enum http_method method;
	const struct seg *segs; /* [nsegs], below /api/v1 */
	size_t nsegs;
	enum route_role role;
	unsigned also;       /* bits of member roles let in besides */
	bool session_only;   /* API keys may not */
	enum body_kind body;
	bool body_optional;
	uint64_t body_bytes_max;
	const struct field *body_fields; /* [nbody_fields] */
	size_t nbody_fields;
	const struct field *query_fields; /* [nquery_fields] */
	size_t nquery_fields;
	route_fn fn;
};

#define ROUTE_PREFIX "/api/v1"
#define ROUTE_ARGS_MAX 3
#define ROUTE_FIELDS_MAX 8

/* The value of a path parameter, in the order of the path. */
struct route_arg {
	const char *name;
	const char *text; /* decoded, NUL-terminated */
	size_t bytes;
	int64_t id; /* SEG_ID */
};
/* A query parameter or its default. */
struct value {
	bool is_set;
	const char *text;
	int64_t num;
};

extern const struct route routes[ROUTE__COUNT];

/*
 * route_find - the route of a request.
 *
 * path:  as sent, percent-encoded, without the query
 * method: HTTP__COUNT for any that we do not know
 * args:  [ROUTE_ARGS_MAX] filled for the route
 * allow: set with E_METHOD: the methods of that address, "GET, PUT"
 * Returns the route, or NULL with err: E_NOT_FOUND, E_METHOD, E_USAGE (bad percent-encoding).
 * An id that is none is not found out here, see route_ids: whoever is not signed in learns nothing.
 */
const struct route *route_find(struct arena *a, enum http_method method, const char *path, size_t n,
    struct route_arg *args, const char **allow, struct err *err);

/* route_ids - parse the ids among the parameters. E_NOT_FOUND for one that is none. */
int route_ids(const struct route *r, struct route_arg *args, struct err *err);

/* route_admits - may a member of that role call the route? The only place that decides it. */
bool route_admits(const struct route *r, enum member_role role);

/* member_role_parse - by name; false when there is none. member_role_name - "owner" … */
bool member_role_parse(const char *name, enum member_role *out);
const char *member_role_name(enum member_role role);

/*
 * fields_query - the query string against the route's fields: unknown names, repeated names and bad
 * values are E_USAGE with the nearest legal name. values: [ROUTE_FIELDS_MAX], in the order of the
 * fields, defaults filled in.
 */
int fields_query(struct arena *a, const struct route *r, const char *query, struct value *values,
    struct err *err);

/*
 * fields_body - a parsed body against the route's fields. E_SCHEMA; *pointer is set to the place
 * ("/email"), "" for the whole.
 */
int fields_body(struct arena *a, const struct route *r, const struct jx *body, const char **pointer,
    struct err *err);

/* nearest_name - the name of fields that is closest in spelling, NULL when none is close. */
const char *nearest_name(const char *name, const struct field *fields, size_t n);
#endif
