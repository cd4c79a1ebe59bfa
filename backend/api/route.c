/* SPDX-License-Identifier: Apache-2.0 */
#include "api/route.h"

#include <string.h>

#include "api/path.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/id.h"

#include "api/routes_gen.inc"

#define SEGMENTS_MAX 32

static const char *const method_names[HTTP__COUNT] = {
	[HTTP_GET] = "GET",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_DELETE] = "DELETE",
};
static const char *const member_names[MEMBER__COUNT] = {
	[MEMBER_OWNER] = "owner",
	[MEMBER_EDITOR] = "editor",
	[MEMBER_APPROVER] = "approver",
	[MEMBER_VIEWER] = "viewer",
	[MEMBER_AUDITOR] = "auditor",
};

#define BIT(role) (1u << (role))
/* Who may call a route of which role: owner > editor > approver > viewer; an auditor reads. */
static const unsigned matrix[ROLE__COUNT] = {
	[ROLE_VIEWER] = BIT(MEMBER_OWNER) | BIT(MEMBER_EDITOR) | BIT(MEMBER_APPROVER) |
	    BIT(MEMBER_VIEWER) | BIT(MEMBER_AUDITOR),
	[ROLE_APPROVER] = BIT(MEMBER_OWNER) | BIT(MEMBER_EDITOR) | BIT(MEMBER_APPROVER),
	[ROLE_EDITOR] = BIT(MEMBER_OWNER) | BIT(MEMBER_EDITOR),
	[ROLE_OWNER] = BIT(MEMBER_OWNER),
};

bool
route_admits(const struct route *r, enum member_role role)
{
	INVARIANT(r->role < ROLE__COUNT);
	INVARIANT(role < MEMBER__COUNT);
	return ((matrix[r->role] | r->also) & BIT(role)) != 0;
}

bool
member_role_parse(const char *name, enum member_role *out)
{
	for (unsigned i = 0; i < MEMBER__COUNT; i++)
		if (strcmp(name, member_names[i]) == 0) {
			*out = (enum member_role)i;
			return true;
		}
	return false;
}

const char *
member_role_name(enum member_role role)
{
	INVARIANT(role < MEMBER__COUNT);
	return member_names[role];
}

struct piece {
	const char *p;
	size_t n;
};

/* The raw segments of a path; -1 when there are too many or one is empty. */
static int
split(const char *path, size_t n, struct piece *out)
{
	int count = 0;
	size_t i = 1;

	if (n == 0 || path[0] != '/')
		return -1;
	while (i <= n) {
		const char *slash = memchr(path + i, '/', n - i);
		size_t len = slash ? (size_t)(slash - (path + i)) : n - i;
		if (count == SEGMENTS_MAX)
			return -1;
		out[count++] = (struct piece){path + i, len};
		i += len + 1;
	}
	return count;
}

/* Does the shape fit: literals equal, count right? Parameters are not looked at. */
static bool
fits(const struct route *r, const struct piece *pieces, size_t n)
{
	bool has_rest = r->segs[r->nsegs - 1].kind == SEG_REST;

	if (has_rest ? n < r->nsegs : n != r->nsegs)
		return false;
	for (size_t i = 0; i < r->nsegs; i++) {
		const struct seg *s = &r->segs[i];
		if (s->kind == SEG_LITERAL &&
		    (pieces[i].n != strlen(s->text) || memcmp(pieces[i].p, s->text, pieces[i].n) != 0))
			return false;
	}
	return true;
}

static int
take_args(struct arena *a, const struct route *r, const struct piece *pieces, size_t n,
    struct route_arg *args, struct err *err)
{
	size_t nargs = 0;

	for (size_t i = 0; i < r->nsegs; i++) {
		const struct seg *s = &r->segs[i];
		const char *p = pieces[i].p;
		size_t len = pieces[i].n;
		if (s->kind == SEG_LITERAL)
			continue;
		if (s->kind == SEG_REST)
			len = (size_t)(pieces[n - 1].p + pieces[n - 1].n - p);
		INVARIANT(nargs < ROUTE_ARGS_MAX);
		args[nargs].name = s->text;
		if (url_decode(a, p, len, &args[nargs].text, &args[nargs].bytes, err) < 0)
			return -1;
		if (s->kind == SEG_TEXT && args[nargs].bytes > s->bytes_max)
			return err_set(err, E_NOT_FOUND, "there is no such thing");
		nargs++;
	}
	return 0;
}

/* The methods that this address takes, for the Allow header. */
static const char *
allowed(struct arena *a, const struct piece *pieces, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	for (unsigned m = 0; m < HTTP__COUNT; m++)
		for (size_t i = 0; i < ROUTE__COUNT; i++)
			if (routes[i].method == (enum http_method)m && fits(&routes[i], pieces, n)) {
				buf_str(&b, b.len ? ", " : "");
				buf_str(&b, method_names[m]);
				break;
			}
	return b.len ? buf_take(&b) : NULL;
}

const struct route *
route_find(struct arena *a, enum http_method method, const char *path, size_t n,
    struct route_arg *args, const char **allow, struct err *err)
{
	struct piece pieces[SEGMENTS_MAX];
	size_t prefix = sizeof ROUTE_PREFIX - 1;
	int count;

	*allow = NULL;
	if (n <= prefix || memcmp(path, ROUTE_PREFIX, prefix) != 0 ||
	    (count = split(path + prefix, n - prefix, pieces)) < 1) {
		(void)err_set(err, E_NOT_FOUND, "there is no such address; see " ROUTE_PREFIX
		    "/openapi.json for those there are");
		return NULL;
	}
	for (size_t i = 0; i < ROUTE__COUNT; i++)
		if (routes[i].method == method && fits(&routes[i], pieces, (size_t)count))
			return take_args(a, &routes[i], pieces, (size_t)count, args, err) < 0 ? NULL :
			    &routes[i];
	*allow = allowed(a, pieces, (size_t)count);
	if (*allow)
		(void)err_set(err, E_METHOD, "this address takes %s", *allow);
	else
		(void)err_set(err, E_NOT_FOUND, "there is no such address; see " ROUTE_PREFIX
		    "/openapi.json for those there are");
	return NULL;
}

int
route_ids(const struct route *r, struct route_arg *args, struct err *err)
{
	size_t nargs = 0;

	for (size_t i = 0; i < r->nsegs; i++) {
		const struct seg *s = &r->segs[i];
		struct route_arg *arg;
		if (s->kind == SEG_LITERAL)
			continue;
		arg = &args[nargs++];
		if (s->kind == SEG_ID && id_parse(s->prefix, arg->text, &arg->id, NULL) < 0)
			return err_set(err, E_NOT_FOUND, "there is no such thing, or it is not yours to see");
		if (s->kind == SEG_SHA256 &&
		    (arg->bytes != 64 || strspn(arg->text, "0123456789abcdef") != 64))
			return err_set(err, E_NOT_FOUND,
			    "a hash has 64 lower-case hex digits; this is none");
	}
	return 0;
}
