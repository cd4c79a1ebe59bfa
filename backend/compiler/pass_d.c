/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass D, Grant: where a step runs and what it may touch, never more than its body needs. A program gets
 * the files of its skill and no network; a fetch gets exactly its requests and no program.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "policy/contract.h"
#include "policy/egress.h"

struct fetcher {
	struct compile *c;
	struct cstep *s;
	const char *pointer; /* of the fetch */
	const char *base;    /* path of the base URL without a '/' at its end */
};

/* --- programs ---------------------------------------------------------------------------------- */

static bool
is_in_skill(const struct skill *skill, const char *path)
{
	for (size_t i = 0; i < skill->nfiles; i++)
		if (strcmp(skill->files[i].path, path) == 0)
			return true;
	return false;
}

static void
say_program(struct compile *c, const struct cstep *s, size_t index, const char *message)
{
	const struct jx *argv = jx_find(s->program, "argv");
	const char **names = ARENA_ARRAY(c->a, s->skill->nfiles, const char *), *near;
	struct diag *g = say(c, FC0602, s, jx_at(argv, index),
	    arena_printf(c->a, "%s/program/argv/%zu", s->pointer, index), "%s", message);

	for (size_t i = 0; i < s->skill->nfiles; i++)
		names[i] = s->skill->files[i].path;
	near = nearest(jx_str(jx_at(argv, index), ""), names, s->skill->nfiles);
	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", near);
	diag_help(c->diags, g, "files of the skill `%s`: %s", s->skill->id,
	    list_words(c->a, names, s->skill->nfiles, 16));
}

static void
program_check(struct compile *c, struct cstep *s)
{
	const struct jx *argv = jx_find(s->program, "argv");
	const char *first = jx_str(jx_at(argv, 0), "");
	bool names_file = false;

	if (strncmp(first, "/usr/bin/", 9) != 0 && strncmp(first, "/skills/", 8) != 0)
		say_program(c, s, 0, arena_printf(c->a, "`%s` is neither a program of the system "
		    "(/usr/bin/…) nor of the skill", first));
	for (size_t i = 0; i < jx_size(argv); i++) {
		const char *arg = jx_str(jx_at(argv, i), "");

		if (strncmp(arg, "/skills/", 8) != 0)
			continue;
		if (is_in_skill(s->skill, arg))
			names_file = true;
		else
			say_program(c, s, i, arena_printf(c->a, "the skill `%s` has no file `%s`",
			    s->skill->id, arg));
	}
	if (!names_file && c->diags->nerrors == 0)
		say_program(c, s, 0, arena_printf(c->a, "argv names no file of the skill `%s`",
		    s->skill->id));
	s->routing_reason = arena_printf(c->a, "a program of the skill %s with fixed arguments: one run, no "
	    "loop, no tools, no network", s->skill->id);
}

/* --- fetches ----------------------------------------------------------------------------------- */

static struct diag *
fetch_say(struct fetcher *f, enum diag_code code, const struct jx *at, const char *last,
    const char *message)
{
	return say(f->c, code, f->s, at, arena_printf(f->c->a, "%s%s", f->pointer, last), "%s", message);
}

static bool
base_check(struct fetcher *f)
{
	const struct jx *at = jx_find(f->s->fetch, "base_url");
	const struct profile *p = f->c->in->profile;
	const char *text = jx_str(at, "");
	struct diag *g;
	struct err err;
	struct url u = {0};
	size_t n;

	if (url_parse(f->c->a, text, strlen(text), &u, &err) < 0 || u.query[0]) {
		g = fetch_say(f, FC1002, at, "/base_url",
		    arena_printf(f->c->a, "this base URL cannot be read from: %s",
			u.query && u.query[0] ? "it has a query" : err.msg));
		diag_help(f->c->diags, g, "write scheme, host and, if need be, port and path, for "
		    "instance https://api.example.com/v1");
		return false;
	}
	f->s->scheme = u.scheme;
	f->s->host = u.host;
	f->s->port = u.port;
	n = strlen(u.path);
	f->base = arena_dup(f->c->a, u.path, n > 0 && u.path[n - 1] == '/' ? n - 1 : n);
	f->s->is_private = egress_may_be_private(p->allow_private, p->nallow_private, u.host, u.port);
	if (f->s->is_private || !egress_host_is_private(u.host))
		return true;
	g = fetch_say(f, FC1001, at, "/base_url", arena_printf(f->c->a,
	    "%s is a private address, and the profile `%s` does not allow it",
	    url_origin(f->c->a, &u), p->id));
	diag_note(f->c->diags, g, "allowed there: %s",
	    list_words(f->c->a, p->allow_private, p->nallow_private, 8));
	diag_help(f->c->diags, g, "read from a public address, or compile with a profile whose "
	    "`egress.allow_private` lists \"%s:%u\"", u.host, u.port);
	return false;
}

static bool
is_boundary(const char *text, const char *at, bool in_query)
{
	if (in_query)
		return *at == '\0' || *at == '&' || (at > text && at[-1] == '=');
	return *at == '\0' || *at == '/' || *at == '?';
}

/*
 * Replace each {field} by '*' (and, in *sample, by 'x'): it must be a whole segment of the path or a
 * whole value of the query. NULL with a reason otherwise.
 */
static const char *
pattern_of(struct fetcher *f, const char *text, bool is_repeated, const char **sample,
    const char **why)
{
	struct buf pattern, plain;
	bool in_query = false;

	buf_init(&pattern, f->c->a);
	buf_init(&plain, f->c->a);
	for (const char *p = text; *p; p++) {
		const char *end = p + 1;

		in_query = in_query || *p == '?';
		if (*p == '*' || *p == '}') {
			*why = "`*` and `}` must be percent-encoded";
			return NULL;
		}
		if (*p != '{') {
			buf_char(&pattern, *p);
			buf_char(&plain, *p);
			continue;
		}
		while (isalnum((unsigned char)*end) || *end == '_')
			end++;
		if (*end != '}' || end == p + 1) {
			*why = "`{` begins a {field} of letters, digits and `_`";
			return NULL;
		}
		if (!is_repeated) {
			*why = "a {field} needs `for_each`: the request whose items have it";
			return NULL;
		}
		if ((in_query ? p[-1] != '=' : p[-1] != '/') || !is_boundary(text, end + 1, in_query)) {
			*why = "a {field} must be a whole segment of the path or a whole value of the "
			       "query";
			return NULL;
		}
		buf_char(&pattern, '*');
		buf_char(&plain, 'x');
		p = end;
	}
	*sample = plain.p;
	return pattern.p;
}

static void
request_check(struct fetcher *f, const struct jx *r, size_t index)
{
	const struct jx *at = jx_find(r, "path");
	const char *text = jx_str(at, ""), *sample = "", *why = NULL, *pattern, *full, *mark;
	bool is_repeated = jx_find(r, "for_each") != NULL;
	const char *last = arena_printf(f->c->a, "/requests/%zu/path", index);
	struct crule *rule = &f->s->rules[index];
	struct diag *g;
	struct err err;
	struct url u;

	pattern = text[0] == '/' && text[1] != '/' ? pattern_of(f, text, is_repeated, &sample, &why)
						    : NULL;
	if (text[0] != '/' || text[1] == '/')
		why = "it must begin with one '/'";
	if (pattern) {
		full = arena_printf(f->c->a, "%s://h.invalid%s%s", f->s->scheme, f->base, sample);
		if (url_parse(f->c->a, full, strlen(full), &u, &err) < 0)
			why = err.msg;
	}
	if (why) {
		g = fetch_say(f, FC1003, at, last,
		    arena_printf(f->c->a, "`%s` is not a request path: %s", text, why));
		diag_help(f->c->diags, g, "write, for instance, /users, /users/{id}/posts with "
		    "\"for_each\": \"users\", or /posts?userId={id}");
		return;
	}
	mark = strchr(pattern, '?');
	rule->path = arena_printf(f->c->a, "%s%s", f->base,
	    mark ? arena_dup(f->c->a, pattern, (size_t)(mark - pattern)) : pattern);
	rule->query = mark ? mark + 1 : "";
}

/* How often request index is made at most: once, or per item of the request that it repeats. */
static void
calls_check(struct fetcher *f, const struct jx *requests, size_t index)
{
	const struct jx *r = jx_at(requests, index), *each = jx_find(r, "for_each");
	const struct jx *cap = jx_find(r, "max_items");
	const char **names = ARENA_ARRAY(f->c->a, index, const char *), *near;
	uint64_t items = f->c->in->profile->egress_items_max;
	struct crule *rule = &f->s->rules[index];
	struct diag *g;

	rule->calls = 1;
	if (!each)
		return;
	for (size_t i = 0; i < index; i++)
		names[i] = jx_str(jx_find(jx_at(requests, i), "name"), "");
	for (size_t i = 0; i < index; i++) {
		if (!jx_is_str(each, names[i]))
			continue;
		if (cap && (uint64_t)jx_int(cap, 1) < items)
			items = (uint64_t)jx_int(cap, 1);
		/* A repeated request's items are those of all its calls together. */
		rule->calls = items;
		return;
	}
	near = nearest(jx_str(each, ""), names, index);
	g = fetch_say(f, FC1004, each, arena_printf(f->c->a, "/requests/%zu/for_each", index),
	    arena_printf(f->c->a, "no request before this one is named `%s`", jx_str(each, "")));
	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(f->c->a, "`%s` is the nearest", near);
	diag_help(f->c->diags, g, "requests before it: %s", list_words(f->c->a, names, index, 12));
}

static void
output_check(struct fetcher *f, const struct jx *requests)
{
	const struct jx *at = jx_find(f->s->fetch, "output");
	struct diag *g;

	for (size_t i = 0; i < jx_size(requests); i++)
		for (size_t k = 0; k < i; k++)
			if (jx_is_str(jx_find(jx_at(requests, i), "name"),
			    jx_str(jx_find(jx_at(requests, k), "name"), ""))) {
				g = fetch_say(f, FC1005, jx_find(jx_at(requests, i), "name"),
				    arena_printf(f->c->a, "/requests/%zu/name", i),
				    arena_printf(f->c->a, "two requests are named `%s`",
					jx_str(jx_find(jx_at(requests, i), "name"), "")));
				diag_help(f->c->diags, g, "the name is the member of the output under "
				    "which the answer stands; give each its own");
			}
	if (f->s->noutputs == 1 && jx_is_str(at, f->s->outputs[0].name) &&
	    kind_format(f->s->outputs[0].kind) == FORMAT_JSON)
		return;
	g = fetch_say(f, FC1005, at, "/output", f->s->noutputs != 1
	    ? arena_printf(f->c->a, "a fetch has one output, step `%s` has %zu", f->s->key,
		  f->s->noutputs)
	    : !jx_is_str(at, f->s->outputs[0].name)
	    ? arena_printf(f->c->a, "step `%s` has no output `%s`", f->s->key, jx_str(at, ""))
	    : arena_printf(f->c->a, "a fetch writes one JSON object, output `%s` is `%s`",
		  f->s->outputs[0].name, kind_name(f->s->outputs[0].kind)));
	diag_help(f->c->diags, g, "declare one output of kind `object.json` and name it here");
}

static void
fetch_check(struct compile *c, struct cstep *s)
{
	const struct jx *requests = jx_find(s->fetch, "requests");
	struct fetcher f = {
	    .c = c, .s = s, .pointer = arena_printf(c->a, "%s/fetch", s->pointer)};
	uint64_t total = 0, granted = c->in->profile->egress_calls_max;
	bool has_base = base_check(&f);

	s->nrules = jx_size(requests);
	s->rules = ARENA_ARRAY(c->a, s->nrules, struct crule);
	if (!has_base) {
		/* The requests are looked at all the same: all findings at once. */
		s->scheme = "http";
		f.base = "";
	}
	output_check(&f, requests);
	for (size_t i = 0; i < s->nrules; i++) {
		calls_check(&f, requests, i);
		total += s->rules[i].calls;
		request_check(&f, jx_at(requests, i), i);
	}
	s->calls = total;
	s->routing_reason = "only reads over HTTP by the platform's own tool; no code runs";
	if (total * (1 + s->policy->max_retries) > granted) {
		struct diag *g = fetch_say(&f, FC0701, requests, "/requests",
		    arena_printf(c->a, "step `%s` may make up to %s requests, the profile `%s` grants "
			"%s", s->key, diag_count(c->diags, total * (1 + s->policy->max_retries)),
			c->in->profile->id, diag_count(c->diags, granted)));

		diag_note(c->diags, g, "%s per attempt, %u attempt%s", diag_count(c->diags, total),
		    1 + s->policy->max_retries, s->policy->max_retries == 0 ? "" : "s");
		diag_help(c->diags, g, "say \"max_items\" at the repeated requests, or compile with a "
		    "profile that grants more");
	}
}

const char *
pass_d(struct compile *c)
{
	size_t nrules = 0, nprograms = 0;

	for (size_t i = 0; i < c->nsteps; i++) {
		struct cstep *s = &c->steps[i];

		if (s->program)
			program_check(c, s);
		else
			fetch_check(c, s);
		nprograms += s->program != NULL;
		nrules += s->nrules;
	}
	return arena_printf(c->a, "%zu program%s without network, %zu address rule%s.", nprograms,
	    nprograms == 1 ? "" : "s", nrules, nrules == 1 ? "" : "s");
}
