/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/diff.h"

#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diff_work.h"
#include "imprint/imprint.h"
#include "imprint/spec.h"

#define MEDIA_MAX 8 /* media types of a body or an answer that are compared */

struct side { /* one of the two documents */
	struct imprint *im;
	struct shapes *s, *answers; /* of requests, of responses */
	struct operation_name *at;
	const char **plain; /* [n] paths without names of parameters */
	size_t n;
	bool is_swagger;
};
struct docs {
	struct arena *a;
	struct side old, now;
	struct differ x; /* on the shapes of requests or of responses, in turn */
	size_t operations, n_responses;
	bool requests_only;
	struct imp_diags *d;
};

static const char *const verdict_names[DIFF__COUNT] = {"compatible", "unclear", "breaking"};
static const char *const sections[] = {"_path", "_query", "_header", "_cookie", "_body", "_body"};

const char *
diff_verdict_name(enum diff_verdict v)
{
	return verdict_names[v];
}

/* --- parameters --- */

/* "/a/{id}/b" is "/a/{}/b": clients never see the name. */
static const char *
path_plain(struct arena *a, const char *path)
{
	struct buf b;

	buf_init(&b, a);
	for (const char *p = path; *p; p++) {
		buf_char(&b, *p);
		if (*p == '{') {
			p += strcspn(p, "}");
			buf_char(&b, '}');
			if (*p == '\0')
				break;
		}
	}
	return b.p;
}

/* Which placeholder of the path a parameter is, or -1. */
static long
placeholder(const char *path, const char *name)
{
	size_t n = strlen(name);
	long i = 0;

	for (const char *p = path; (p = strchr(p, '{')) != NULL; p++, i++)
		if (strncmp(p + 1, name, n) == 0 && p[1 + n] == '}')
			return i;
	return -1;
}

static bool
is_same_param(const struct operation *o, const struct param *p, const struct operation *n, const struct param *q)
{
	if (p->in != q->in)
		return false;
	if (p->in == IN_PATH)
		return placeholder(o->path, p->name) == placeholder(n->path, q->name);
	return (p->in == IN_HEADER ? strcasecmp : strcmp)(p->name, q->name) == 0;
}

static const struct param *
param_find(const struct operation *o, const struct param *p, const struct operation *n, bool in_any)
{
	for (size_t i = 0; i < n->n_params; i++)
		if (in_any ? strcmp(n->params[i].name, p->name) == 0 : is_same_param(o, p, n, &n->params[i]))
			return &n->params[i];
	return NULL;
}

static const char *
param_pointer(struct arena *a, const struct param *p)
{
	return imp_join(a, arena_printf(a, "/%s", sections[p->in]), p->name, strlen(p->name));
}

/* How it is written, where its shape can be a container (a single value is written the same in most styles). */
static bool
is_written_the_same(const struct param *p, const struct param *q)
{
	bool is_container = ((p->shape ? p->shape->types : 0) | (q->shape ? q->shape->types : 0)) & T_CONTAINER;

	if (p->allow_reserved != q->allow_reserved)
		return false;
	if (p->style == q->style && p->explode == q->explode)
		return true;
	if (is_container)
		return false;
	return p->style == q->style || (p->in != IN_PATH && p->style != STYLE_CONTENT && q->style != STYLE_CONTENT);
}

static void
params_compare(struct docs *k, const struct param *p, const struct param *q)
{
	struct differ *x = &k->x;
	struct at at = {param_pointer(k->a, p), p->shape, q->shape};

	if (p->is_required != q->is_required)
		diff_add(x, &at, q->is_required ? TURN_NARROWER : TURN_WIDER, q->is_required ? "required-added" : "required-removed",
		    q->is_required ? "'%s' must be given now" : "'%s' may be left out now", p->name);
	if (!is_written_the_same(p, q))
		diff_add(x, &at, TURN_NARROWER, "style-changed", "'%s' is written another way in the request", p->name);
	if (p->shape && q->shape) {
		x->is_parameter = true;
		diff_pair(x, at.pointer, p->shape, q->shape);
		x->is_parameter = false;
	}
}

static void
params_diff(struct docs *k, const struct operation *o, const struct operation *n)
{
	struct differ *x = &k->x;

	for (size_t i = 0; i < o->n_params; i++) {
		const struct param *p = &o->params[i], *q = param_find(o, p, n, false), *moved;
		struct at at = {param_pointer(k->a, p), p->shape, NULL};

		if (q) {
			params_compare(k, p, q);
			continue;
		}
		moved = param_find(o, p, n, true);
		if (moved && !param_find(n, moved, o, false))
			diff_add(x, &at, TURN_NARROWER, "parameter-moved", "'%s' moved from %s to %s", p->name, sections[p->in] + 1,
			    sections[moved->in] + 1);
		else
			diff_add(x, &at, TURN_NARROWER, "parameter-removed", "the %s parameter '%s' is gone", sections[p->in] + 1, p->name);
	}
	for (size_t i = 0; i < n->n_params; i++) {
		const struct param *q = &n->params[i];

		if (param_find(n, q, o, false))
			continue;
		diff_add(x, &(struct at){param_pointer(k->a, q), NULL, q->shape}, q->is_required ? TURN_NARROWER : TURN_WIDER,
		    q->is_required ? "required-parameter-added" : "parameter-added", "the %s parameter '%s' is new%s",
		    sections[q->in] + 1, q->name, q->is_required ? " and required" : "");
	}
}

/* --- bodies --- */

static bool
has_media(const struct operation *op, const char *media)
{
	for (size_t i = 0; i < op->n_content_types; i++)
		if (strcasecmp(op->content_types[i], media) == 0)
			return true;
	return false;
}

static void
parts_diff(struct docs *k, const struct operation *o, const struct operation *n)
{
	for (size_t i = 0; i < o->n_parts; i++)
		for (size_t j = 0; j < n->n_parts; j++) {
			const struct body_part *p = &o->parts[i], *q = &n->parts[j];

			if (strcmp(p->name, q->name) != 0)
				continue;
			if (p->style != q->style || p->explode != q->explode || p->is_file != q->is_file
			    || (p->content_type && q->content_type && strcasecmp(p->content_type, q->content_type) != 0))
				diff_add(&k->x, &(struct at){imp_join(k->a, "/_body", p->name, strlen(p->name)), o->body, n->body},
				    TURN_NARROWER, "style-changed", "'%s' travels another way in the form", p->name);
		}
}

static int
body_reread(struct side *side, const struct operation_name *name, const char *media, struct arena *a, struct operation *out,
    struct imp_diags *d)
{
	return spec_operation(side->s, imprint_root(side->im), name, media, a, out, d);
}

static void
body_diff(struct docs *k, const struct operation_name *no, const struct operation_name *nn, const struct operation *o,
    const struct operation *n)
{
	struct differ *x = &k->x;
	struct at at = {"/_body", o->body, n->body};

	if (!o->has_body && !n->has_body)
		return;
	if (o->has_body != n->has_body) {
		diff_add(x, &at, o->has_body || n->body_required ? TURN_NARROWER : TURN_WIDER, o->has_body ? "body-removed" : "body-added",
		    o->has_body ? "no body is taken any more" : n->body_required ? "a body is required now" : "a body may be given now");
		return;
	}
	if (o->body_required != n->body_required)
		diff_add(x, &at, n->body_required ? TURN_NARROWER : TURN_WIDER, n->body_required ? "required-added" : "required-removed",
		    n->body_required ? "the body must be given now" : "the body may be left out now");
	for (size_t i = 0; i < o->n_content_types && i < MEDIA_MAX; i++) {
		struct operation po, pn;

		if (!has_media(n, o->content_types[i])) {
			diff_add(x, &at, TURN_NARROWER, "media-type-removed", "bodies of %s are not taken any more", o->content_types[i]);
			continue;
		}
		if (body_reread(&k->old, no, o->content_types[i], k->a, &po, k->d) < 0
		    || body_reread(&k->now, nn, o->content_types[i], k->a, &pn, k->d) < 0 || !po.body || !pn.body) {
			diff_add(x, &at, TURN_UNSURE, "body-unread", "the body of %s cannot be read", o->content_types[i]);
			continue;
		}
		diff_pair(x, "/_body", po.body, pn.body);
		parts_diff(k, &po, &pn);
	}
	for (size_t i = 0; i < n->n_content_types; i++)
		if (!has_media(o, n->content_types[i]))
			diff_add(x, &at, TURN_WIDER, "media-type-added", "bodies of %s are taken now", n->content_types[i]);
	x->is_cut = x->is_cut || o->n_content_types > MEDIA_MAX;
}

/* --- answers --- */

static struct sloc
followed(struct side *side, struct sloc at)
{
	const struct jx *ref;

	for (unsigned i = 0; i < 16 && (ref = jx_find(at.node, "$ref")) != NULL && jx_is(ref, JX_STRING); i++)
		if (registry_resolve(shapes_registry(side->s), at, ref->u.text.p, ref->u.text.n, &at, NULL) < 0)
			break;
	return at;
}

static struct sloc
below(struct side *side, struct sloc at, const char *key)
{
	const struct jx *v = jx_find(at.node, key);

	return v ? followed(side, (struct sloc){v, at.res}) : (struct sloc){0};
}

/* The schema of one media type of an answer; node NULL: none. Swagger 2 has one schema for all. */
static struct sloc
answer_schema(struct side *side, struct sloc answer, const char *media)
{
	if (side->is_swagger)
		return (struct sloc){jx_find(answer.node, "schema"), answer.res};
	answer = below(side, below(side, answer, "content"), media);
	return (struct sloc){jx_find(answer.node, "schema"), answer.res};
}

static void
schema_compare(struct docs *k, const char *pointer, struct sloc o, struct sloc n)
{
	struct differ *x = &k->x;
	struct at at = {pointer, NULL, NULL};
	struct shape *so, *sn;

	if (!o.node && !n.node)
		return;
	if (!o.node || !n.node) {
		diff_add(x, &at, TURN_UNSURE, "answer-form", o.node ? "what comes back is not described any more" : "what comes back is described now");
		return;
	}
	o = registry_enter(shapes_registry(k->old.answers), o, o.node);
	n = registry_enter(shapes_registry(k->now.answers), n, n.node);
	if (shape_of(k->old.answers, &o, 1, &so, k->d) < 0 || shape_of(k->now.answers, &n, 1, &sn, k->d) < 0) {
		diff_add(x, &at, TURN_UNSURE, "answer-unread", "what comes back cannot be read");
		return;
	}
	k->n_responses++;
	diff_pair(x, pointer, so, sn);
}

static void
answer_compare(struct docs *k, const char *pointer, struct sloc o, struct sloc n)
{
	const struct jx *media = jx_find(o.node, "content");

	if (k->old.is_swagger || k->now.is_swagger) {
		const struct jx *first = jx_find(k->old.is_swagger ? n.node : o.node, "content");
		const char *name = jx_is(first, JX_OBJECT) && jx_size(first) > 0 ? first->u.object.at[0].key : "application/json";

		schema_compare(k, pointer, answer_schema(&k->old, o, name), answer_schema(&k->now, n, name));
		return;
	}
	for (size_t i = 0; jx_is(media, JX_OBJECT) && i < jx_size(media) && i < MEDIA_MAX; i++) {
		const char *name = media->u.object.at[i].key;

		if (!jx_find(jx_find(n.node, "content"), name))
			diff_add(&k->x, &(struct at){pointer, NULL, NULL}, TURN_WIDER, "media-type-removed", "%s does not come back any more", name);
		else
			schema_compare(k, pointer, answer_schema(&k->old, o, name), answer_schema(&k->now, n, name));
	}
}

static void
answers_diff(struct docs *k, const struct operation *o, const struct operation *n)
{
	struct sloc ro = below(&k->old, o->at, "responses"), rn = below(&k->now, n->at, "responses");

	for (size_t i = 0; jx_is(ro.node, JX_OBJECT) && i < jx_size(ro.node); i++) {
		const char *status = ro.node->u.object.at[i].key, *pointer = arena_printf(k->a, "/%s", status);
		struct sloc so, sn;

		if (status[0] == 'x' && status[1] == '-')
			continue;
		so = below(&k->old, ro, status);
		sn = below(&k->now, rn, status);
		if (!sn.node)
			diff_add(&k->x, &(struct at){pointer, NULL, NULL}, status[0] == '2' ? TURN_WIDER : TURN_UNSURE, "status-removed",
			    "the answer %s is not described any more", status);
		else
			answer_compare(k, pointer, so, sn);
	}
	for (size_t i = 0; jx_is(rn.node, JX_OBJECT) && i < jx_size(rn.node); i++) {
		const char *status = rn.node->u.object.at[i].key;

		if ((status[0] != 'x' || status[1] != '-') && !jx_find(ro.node, status))
			diff_add(&k->x, &(struct at){arena_printf(k->a, "/%s", status), NULL, NULL},
			    status[0] == '2' || status[0] == '3' ? TURN_UNSURE : TURN_NOTE, "status-added", "the answer %s is described now", status);
	}
}

/* --- operations --- */

static const struct jx *
security_of(struct side *side, const struct operation *op)
{
	const struct jx *own = jx_find(op->at.node, "security");

	return own ? own : jx_find(imprint_root(side->im).node, "security");
}

static void
security_diff(struct docs *k, const struct operation *o, const struct operation *n)
{
	const struct jx *so = security_of(&k->old, o), *sn = security_of(&k->now, n);
	bool is_open = !sn || jx_size(sn) == 0;

	if ((!so || jx_size(so) == 0) && is_open)
		return;
	if (so && sn && jx_equal(so, sn))
		return;
	diff_add(&k->x, &(struct at){"", NULL, NULL}, is_open ? TURN_NOTE : TURN_UNSURE, "security-changed",
	    is_open ? "nobody need sign in any more" : "who may call it is said another way");
}

static void
flow_begin(struct docs *k, const char *operation, enum diff_flow flow)
{
	k->x.so = flow == DIFF_REQUEST ? k->old.s : k->old.answers;
	k->x.sn = flow == DIFF_REQUEST ? k->now.s : k->now.answers;
	diff_begin(&k->x, operation, flow);
}

/* Operation i of a side, on the other side: the same path, else one that differs in names of parameters only. */
static const struct operation_name *
operation_find(const struct side *of, size_t i, const struct side *in)
{
	const struct operation_name *found = NULL;

	for (size_t k = 0; k < in->n; k++) {
		if (strcmp(in->at[k].method, of->at[i].method) != 0)
			continue;
		if (strcmp(in->at[k].path, of->at[i].path) == 0)
			return &in->at[k];
		if (strcmp(in->plain[k], of->plain[i]) == 0)
			found = &in->at[k];
	}
	return found;
}

static int
operation_read(struct docs *k, struct side *side, const struct operation_name *name, struct operation *out, const char **why)
{
	struct imp_diags d;

	imp_diags_init(&d, k->a);
	if (spec_operation(side->s, imprint_root(side->im), name, NULL, k->a, out, &d) == 0)
		return 0;
	*why = d.n > 0 ? d.at[0].message : "it cannot be read";
	return -1;
}

static void
operation_diff(struct docs *k, const struct operation_name *no, const struct operation_name *nn)
{
	const char *name = arena_printf(k->a, "%s %s", no->method, no->path), *why = NULL;
	struct at at = {"", NULL, NULL};
	struct operation o, n;

	flow_begin(k, name, DIFF_REQUEST);
	if (!nn) {
		diff_add(&k->x, &at, TURN_NARROWER, "operation-removed", "the operation is gone");
		return;
	}
	k->operations++;
	if (operation_read(k, &k->old, no, &o, &why) < 0 || operation_read(k, &k->now, nn, &n, &why) < 0) {
		diff_add(&k->x, &at, TURN_UNSURE, "operation-unread", "it cannot be compared: %s", why);
		return;
	}
	if (!o.is_deprecated && n.is_deprecated)
		diff_add(&k->x, &at, TURN_NOTE, "deprecated", "the operation is marked as deprecated");
	if (o.id && n.id && strcmp(o.id, n.id) != 0)
		diff_add(&k->x, &at, TURN_NOTE, "operation-renamed", "its operationId was '%s' and is '%s'; requests are the same",
		    o.id, n.id);
	security_diff(k, &o, &n);
	params_diff(k, &o, &n);
	body_diff(k, no, nn, &o, &n);
	if (k->requests_only)
		return;
	flow_begin(k, name, DIFF_RESPONSE);
	answers_diff(k, &o, &n);
}

static int
side_open(struct docs *k, struct side *side, struct imprint *im)
{
	struct shapes_options opt = {.direction = DIRECTION_RESPONSE, .formats = true};

	*side = (struct side){.im = im, .s = imprint_shapes(im), .is_swagger = jx_find(imprint_root(im).node, "swagger") != NULL};
	side->answers = shapes_new(shapes_registry(side->s), &opt);
	if (spec_list(side->s, imprint_root(im), k->a, &side->at, &side->n, k->d) < 0)
		return -1;
	side->plain = ARENA_ARRAY(k->a, side->n, const char *);
	for (size_t i = 0; i < side->n; i++)
		side->plain[i] = path_plain(k->a, side->at[i].path);
	return 0;
}

static int
of_whom(struct imp_diags *d, const char *version)
{
	if (d->n > 0)
		d->at[d->n - 1].message = arena_printf(d->a, "%s: %s", version, d->at[d->n - 1].message);
	return -1;
}

int
diff_documents(struct arena *a, struct imprint *old, struct imprint *now, const struct diff_options *opt,
    struct diff_report *out, struct imp_diags *d)
{
	struct docs *k = ARENA_NEW(a, struct docs);
	struct shape *so, *sn;
	struct sloc o = imprint_root(old), n = imprint_root(now);

	if (imprint_is_api(old) != imprint_is_api(now)) {
		(void)imp_add(d, IMP_E_OP, "", "one is an API description and the other is a schema; they cannot be compared");
		return -1;
	}
	if (!imprint_is_api(old)) {
		if (shape_of(imprint_shapes(old), &o, 1, &so, d) < 0)
			return of_whom(d, "the old version");
		if (shape_of(imprint_shapes(now), &n, 1, &sn, d) < 0)
			return of_whom(d, "the new version");
		return diff_shapes(a, imprint_shapes(old), so, imprint_shapes(now), sn,
		    shapes_direction(imprint_shapes(old)) == DIRECTION_RESPONSE ? DIFF_RESPONSE : DIFF_REQUEST, opt, out);
	}
	k->a = a;
	k->d = d;
	k->requests_only = opt && opt->requests_only;
	if (side_open(k, &k->old, old) < 0 || side_open(k, &k->now, now) < 0)
		return -1;
	diff_init(&k->x, a, k->old.s, k->now.s, opt);
	for (size_t i = 0; i < k->old.n; i++)
		operation_diff(k, &k->old.at[i], operation_find(&k->old, i, &k->now));
	for (size_t i = 0; i < k->now.n; i++) {
		if (operation_find(&k->now, i, &k->old))
			continue;
		flow_begin(k, arena_printf(a, "%s %s", k->now.at[i].method, k->now.at[i].path), DIFF_REQUEST);
		diff_add(&k->x, &(struct at){"", NULL, NULL}, TURN_WIDER, "operation-added", "the operation is new");
	}
	*out = (struct diff_report){.operations = k->operations, .responses = k->n_responses};
	diff_finish(&k->x, out);
	return 0;
}

/* --- saying it --- */

int
diff_exit(const struct diff_report *r, bool allow_unclear)
{
	return r->verdict == DIFF_BREAKING || (r->verdict == DIFF_UNCLEAR && !allow_unclear);
}

void
diff_json(struct jw *w, const char *key, const struct diff_report *r)
{
	jw_object(w, key);
	jw_str(w, "schema", "forge.diff.v1");
	jw_str(w, "verdict", verdict_names[r->verdict]);
	jw_object(w, "counts");
	for (unsigned v = 0; v < DIFF__COUNT; v++)
		jw_uint(w, verdict_names[v], r->count[v]);
	jw_end(w);
	jw_uint(w, "operations", r->operations);
	jw_uint(w, "responses", r->responses);
	jw_bool(w, "cut", r->is_cut);
	jw_array(w, "changes");
	for (size_t i = 0; i < r->n; i++) {
		const struct diff_change *c = &r->changes[i];

		jw_object(w, NULL);
		jw_str(w, "verdict", verdict_names[c->verdict]);
		jw_str(w, "kind", c->kind);
		if (c->operation)
			jw_str(w, "operation", c->operation);
		jw_str(w, "pointer", c->pointer);
		jw_str(w, "says", c->says);
		if (c->old_at)
			jw_str(w, "old", c->old_at);
		if (c->new_at)
			jw_str(w, "new", c->new_at);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

void
diff_text(struct buf *b, const struct diff_report *r)
{
	const char *operation = NULL;

	for (size_t i = 0; i < r->n; i++) {
		const struct diff_change *c = &r->changes[i];

		if (c->operation && c->operation != operation)
			buf_printf(b, "%s\n", c->operation);
		operation = c->operation;
		buf_printf(b, "%s%-10s  %s%s%s\n", c->operation ? "  " : "", verdict_names[c->verdict], c->pointer, c->pointer[0] ? ": " : "",
		    c->says);
	}
	if (r->n < r->n_all)
		buf_printf(b, "… and %zu more\n", r->n_all - r->n);
	if (r->n_all == 0)
		buf_str(b, r->is_cut ? "no change was seen" : "no change");
	else
		buf_printf(b, "%s: %zu breaking, %zu unclear, %zu compatible", verdict_names[r->verdict], r->count[DIFF_BREAKING],
		    r->count[DIFF_UNCLEAR], r->count[DIFF_COMPATIBLE]);
	if (r->operations)
		buf_printf(b, "; %zu operation%s and %zu kind%s of answer compared", r->operations, r->operations == 1 ? "" : "s",
		    r->responses, r->responses == 1 ? "" : "s");
	buf_str(b, r->is_cut ? "; a limit was met, so not everything was looked at\n" : "\n");
}
