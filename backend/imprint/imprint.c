/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/imprint.h"

#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/repair.h"
#include "imprint/shape.h"
#include "imprint/spec.h"
#include "imprint/token.h"
#include "imprint/wire.h"
#include "schema/validate.h"
#include "schema/yaml.h"

#define SCHEMA_DEPTH_MAX 1000u

struct opened { /* an operation that was asked for */
	const char *name;
	const char *content_type;
	struct operation op;
	struct opened *next;
};
struct imprint {
	struct arena *a;
	struct registry *reg;
	struct shapes *shapes;
	struct sloc root;
	bool is_api;
	bool is_checked; /* the schema compiled as a whole */
	enum direction direction;
	struct opened *ops;
	struct shape *shape; /* of the schema */
};

static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return slash == path ? "/" : arena_dup(a, path, (size_t)(slash - path));
}

static enum imp_code
code_of(const struct err *err)
{
	if (err->code == E_EGRESS)
		return IMP_E_REF_REMOTE;
	return err->code == E_NOT_FOUND ? IMP_E_REF : IMP_E_SCHEMA;
}

/* A description in a version that nobody here reads is refused, not read as if it were another. */
static int
known_version(const struct jx *root, struct imp_diags *d)
{
	const char *openapi = jx_str(jx_find(root, "openapi"), NULL), *swagger = jx_str(jx_find(root, "swagger"), NULL);
	const struct jx *old = jx_find(root, "swaggerVersion");

	if ((!openapi || strncmp(openapi, "3.", 2) == 0) && (!swagger || strncmp(swagger, "2.", 2) == 0) && !(old && jx_find(root, "apis")))
		return 0;
	imp_add(d, IMP_E_SCHEMA, "", "an API description in version '%.40s': OpenAPI 3.0 and 3.1 and Swagger 2.0 are read; convert it first",
	    openapi ? openapi : swagger ? swagger : jx_str(old, "?"));
	return -1;
}

int
imprint_open(struct arena *a, const struct imprint_source *src, struct imprint **out, struct imp_diags *d)
{
	struct imprint *im = ARENA_NEW(a, struct imprint);
	struct registry_options opt = {.remotes = src->remotes, .depth_max = SCHEMA_DEPTH_MAX};
	struct shapes_options sopt = {.formats = true, .direction = src->direction};
	struct err err;
	struct jx *root;
	int rc;

	const char *path = src->path, *part = NULL;

	INVARIANT(!!src->path + !!src->text + !!src->root == 1);
	if (path && (strncmp(path, "http://", 7) == 0 || strncmp(path, "https://", 8) == 0)) {
		imp_add(d, IMP_E_REF_REMOTE, "", "'%.200s': the network is never asked; fetch the document and name the file", path);
		return -1;
	}
	if (path && (part = strchr(path, '#')) && access(path, F_OK) != 0)
		path = arena_dup(a, path, (size_t)(part - path)); /* FILE#/pointer: one schema of a document */
	else
		part = NULL;
	opt.base_dir = src->base_dir ? src->base_dir : path ? folder_of(a, path) : NULL;
	im->a = a;
	im->reg = registry_new(a, &opt);
	if (path) {
		rc = registry_load(im->reg, path, src->dialect, &im->root, &err);
	} else if (src->text) {
		struct jx_options jopt = {.depth_max = SCHEMA_DEPTH_MAX, .allow_nul = true};
		rc = text_parse(a, src->text, src->text_bytes, &jopt, &root, &err);
		if (rc == 0)
			rc = registry_add(im->reg, root, NULL, src->dialect, &im->root, &err);
	} else {
		rc = registry_add(im->reg, src->root, NULL, src->dialect, &im->root, &err);
	}
	if (rc == 0 && part)
		rc = registry_resolve(im->reg, im->root, part, strlen(part), &im->root, &err);
	if (rc < 0) {
		imp_add(d, code_of(&err), "", "%s%s%s", src->name ? src->name : "", src->name ? ": " : "", arena_str(d->a, err.msg));
		return -1;
	}
	if (!part && known_version(im->root.node, d) < 0)
		return -1;
	im->is_api = spec_is(im->root);
	if (im->is_api && sopt.direction == DIRECTION_NONE)
		sopt.direction = DIRECTION_REQUEST;
	im->direction = sopt.direction;
	im->shapes = shapes_new(im->reg, &sopt);
	*out = im;
	return 0;
}

unsigned
imprint_documents(const struct imprint *im)
{
	return registry_documents(im->reg);
}

bool
imprint_is_api(const struct imprint *im)
{
	return im->is_api;
}

struct shapes *
imprint_shapes(struct imprint *im)
{
	return im->shapes;
}

struct sloc
imprint_root(const struct imprint *im)
{
	return im->root;
}

/* Every schema that can be reached must be a legal one, not only those that the template shows. */
static int
check_whole(struct imprint *im, struct imp_diags *d)
{
	struct validate_options opt = {.formats = true, .direction = im->direction, .lenient_refs = true};
	struct validator *v;
	struct err err;

	if (im->is_checked)
		return 0;
	if (validator_compile(im->reg, im->root, &opt, &v, &err) < 0) {
		imp_add(d, code_of(&err), "", "%s", arena_str(d->a, err.msg));
		return -1;
	}
	im->is_checked = true;
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Which operations there are, a few of them. */
static void
say_operations(struct imprint *im, struct imp_diags *d)
{
	struct operation_name *ops;
	struct buf b;
	size_t n = 0;

	buf_init(&b, d->a);
	if (spec_list(im->shapes, im->root, d->a, &ops, &n, d) < 0)
		return;
	for (size_t i = 0; i < n && i < 5; i++)
		buf_printf(&b, "%s\"%s %s\"", i ? ", " : "", ops[i].method, ops[i].path);
	imp_add(d, IMP_E_OP, "", "an API description holds operations: say which (op); this one has %zu%s%s%s", n, n ? ": " : "", b.p ? b.p : "", n > 5 ? ", …" : "");
}

/* The shape to encode or decode with; *op is NULL for a schema. */
static int
select_shape(struct imprint *im, const char *name, const char *content_type, struct operation **op, struct shape **out,
    struct imp_diags *d)
{
	*op = NULL;
	if (!im->is_api) {
		if (name) {
			imp_add(d, IMP_E_OP, "", "'%s' was asked for, and the document is a schema, not an API description", name);
			return -1;
		}
		if (!im->shape && (check_whole(im, d) < 0 || shape_of(im->shapes, &im->root, 1, &im->shape, d) < 0))
			return -1;
		*out = im->shape;
		return 0;
	}
	if (!name) {
		say_operations(im, d);
		return -1;
	}
	for (struct opened *o = im->ops; o; o = o->next)
		if (strcmp(o->name, name) == 0 && same_text(o->content_type, content_type)) {
			*op = &o->op;
			*out = o->op.root;
			return 0;
		}
	struct operation_name found;
	struct opened *o = ARENA_NEW(im->a, struct opened);
	if (spec_find(im->shapes, im->root, name, im->a, &found, d) < 0 ||
	    spec_operation(im->shapes, im->root, &found, content_type, im->a, &o->op, d) < 0)
		return -1;
	o->name = arena_str(im->a, name);
	o->content_type = content_type ? arena_str(im->a, content_type) : NULL;
	o->next = im->ops;
	im->ops = o;
	*op = &o->op;
	*out = o->op.root;
	return 0;
}

static const char *
direction_name(enum direction d)
{
	return d == DIRECTION_REQUEST ? "request" : d == DIRECTION_RESPONSE ? "response" : NULL;
}

static const char *
title_of(struct imprint *im, const struct operation *op)
{
	if (op)
		return arena_printf(im->a, "%s %s", op->method, op->path);
	return jx_str(jx_find(im->root.node, "title"), NULL);
}

static const char *const in_names[] = {"path", "query", "header", "cookie", "body", "form"};
static const char *const style_names[] = {"simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject", "tabs", "content"};

/* How an operation's values travel: nothing of it can be seen in a template. */
static void
write_travel(struct imprint *im, const struct operation *op, struct arena *a, struct jw *w)
{
	jw_object(w, "operation");
	jw_str(w, "method", op->method);
	jw_str(w, "path", op->path);
	jw_str(w, "content_type", op->content_type);
	jw_array(w, "content_types");
	for (size_t i = 0; i < op->n_content_types; i++)
		jw_str(w, NULL, op->content_types[i]);
	jw_end(w);
	jw_array(w, "parameters");
	for (size_t i = 0; i < op->n_params; i++) {
		const struct param *p = &op->params[i];
		jw_object(w, NULL);
		jw_str(w, "in", in_names[p->in]);
		jw_str(w, "name", p->name);
		jw_bool(w, "required", p->is_required);
		jw_str(w, "style", style_names[p->style]);
		jw_bool(w, "explode", p->explode);
		jw_bool(w, "allow_reserved", p->allow_reserved);
		if (p->media)
			jw_str(w, "media", p->media);
		if (p->at.node)
			jw_str(w, "at", registry_pointer(im->reg, a, p->at));
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "parts");
	for (size_t i = 0; i < op->n_parts; i++) {
		const struct body_part *p = &op->parts[i];
		jw_object(w, NULL);
		jw_str(w, "name", p->name);
		jw_str(w, "style", style_names[p->style]);
		jw_bool(w, "explode", p->explode);
		jw_bool(w, "allow_reserved", p->allow_reserved);
		jw_str(w, "content_type", p->content_type);
		jw_bool(w, "file", p->is_file);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

/* The sidecar map, canonical: what the template cannot show, and for an operation how its parts travel. */
static void
write_map(struct imprint *im, const struct operation *op, struct shape *shape, const struct encode_options *opt, struct arena *a, struct buf *b)
{
	struct buf text, map;
	struct err err;
	struct jw w;
	char *canonical;
	size_t n;

	buf_init(&map, a);
	encode_map(im->shapes, shape, opt, &map);
	if (!op) {
		buf_add(b, map.p, map.len);
		return;
	}
	buf_init(&text, a);
	jw_init(&w, &text);
	jw_object(&w, NULL);
	write_travel(im, op, a, &w);
	jw_raw(&w, "template", map.p);
	jw_end(&w);
	INVARIANT(jw_canonical_text(a, text.p, text.len, &canonical, &n, &err) == 0);
	buf_add(b, canonical, n);
}

/* What was found reading the operation, then what was found printing its template. */
static void
write_warnings(struct jw *w, const char *key, const struct operation *op, const struct encoded *e, struct arena *a)
{
	struct imp_diags all = e->warnings;

	if (op && op->warnings.n) {
		all.n = op->warnings.n + e->warnings.n;
		all.at = ARENA_ARRAY(a, all.n, struct imp_diag);
		memcpy(all.at, op->warnings.at, op->warnings.n * sizeof *all.at);
		if (e->warnings.n)
			memcpy(all.at + op->warnings.n, e->warnings.at, e->warnings.n * sizeof *all.at);
	}
	imp_diags_json(w, key, &all);
}

/* The warnings of a listing: paths that were left out. */
static void
write_list_warnings(struct jw *w, const struct imp_diags *d)
{
	struct imp_diags some = {.a = d->a, .at = ARENA_ARRAY(d->a, d->n + 1, struct imp_diag)};

	for (size_t i = 0; i < d->n; i++)
		if (imp_is_warning(d->at[i].code))
			some.at[some.n++] = d->at[i];
	imp_diags_json(w, "warnings", &some);
}

static void
write_envelope(struct imprint *im, const struct operation *op, struct shape *shape, const struct encoded *e,
    const struct encode_options *opt, struct arena *a, struct buf *b)
{
	struct jw w;
	struct buf map;
	char hex[SHA256_HEX];

	buf_init(&map, a);
	write_map(im, op, shape, opt, a, &map);
	sha256_hex(map.p, map.len, hex);
	jw_init(&w, b);
	jw_object(&w, NULL);
	jw_object(&w, "imprint");
	jw_int(&w, "v", 1);
	jw_str(&w, "kind", op ? "operation" : "schema");
	jw_str(&w, "dialect", dialect_name(resource_dialect(im->root.res)));
	jw_str(&w, "direction", direction_name(im->direction));
	jw_object(&w, "counts");
	jw_uint(&w, "leaves", e->leaves);
	jw_uint(&w, "required", e->required);
	jw_uint(&w, "folded", e->folded);
	jw_end(&w);
	write_warnings(&w, "warnings", op, e, a);
	if (op) {
		jw_str(&w, "method", op->method);
		jw_str(&w, "path", op->path);
		jw_str(&w, "operation_id", op->id);
		jw_str(&w, "content_type", op->content_type);
	}
	jw_str(&w, "map_sha256", hex);
	jw_end(&w);
	jw_str(&w, "head", e->head);
	jw_array(&w, "rules");
	for (size_t i = 0; i < e->n_rules; i++)
		jw_str(&w, NULL, e->rules[i]);
	jw_end(&w);
	jw_raw(&w, "template", e->template);
	jw_end(&w);
}

int
imprint_encode(struct imprint *im, const char *name, const char *content_type, const struct encode_options *opt,
    struct buf *b, struct imp_diags *d)
{
	struct operation *op;
	struct shape *shape;
	struct encoded e;

	if (select_shape(im, name, content_type, &op, &shape, d) < 0)
		return -1;
	struct encode_title title = {.name = title_of(im, op), .has_warnings = op && op->warnings.n > 0};
	if (encode_template(im->shapes, shape, opt, &title, d->a, &e, d) < 0)
		return -1;
	if (opt && opt->quiet)
		buf_add(b, e.template, e.template_bytes);
	else
		write_envelope(im, op, shape, &e, opt, d->a, b);
	return 0;
}

int
imprint_map(struct imprint *im, const char *name, const char *content_type, const struct encode_options *opt, struct buf *b,
    struct imp_diags *d)
{
	struct operation *op;
	struct shape *shape;

	if (select_shape(im, name, content_type, &op, &shape, d) < 0)
		return -1;
	if (shape_check(im->shapes, shape) != SAT_YES) {
		shape_refusal(im->shapes, shape, d);
		return -1;
	}
	write_map(im, op, shape, opt, d->a, b);
	return 0;
}

/* The envelope with "template" filled, or the bare template value. */
static const struct jx *
filled_part(const struct jx *filled, const char **pointer)
{
	const struct jx *imprint = jx_find(filled, "imprint");
	const struct jx *template = jx_find(filled, "template");

	*pointer = "";
	if (!jx_is(imprint, JX_OBJECT) || !jx_find(imprint, "map_sha256") || !template || !jx_find(filled, "head"))
		return filled;
	*pointer = "/template";
	return template;
}

/* The first mistake that everybody makes: the body by itself, without "_body" around it. One finding, one remedy. */
static bool
is_bare_body(const struct operation *op, const struct jx *filled, struct imp_diags *d)
{
	struct jw w;
	struct buf fix;

	if (!op->has_body || !jx_is(filled, JX_OBJECT) || !filled->u.object.n)
		return false;
	for (size_t i = 0; i < filled->u.object.n; i++)
		if (shape_member_find(op->shapes, op->root, filled->u.object.at[i].key, filled->u.object.at[i].key_bytes) >= 0)
			return false;
	long known = -1;
	for (size_t i = 0; i < filled->u.object.n && known < 0 && op->body->show == SHOW_OBJECT; i++)
		known = shape_member_find(op->shapes, op->body, filled->u.object.at[i].key, filled->u.object.at[i].key_bytes);
	if (known < 0)
		return false;
	buf_init(&fix, d->a);
	jw_init(&w, &fix);
	jw_array(&w, NULL);
	jw_object(&w, NULL);
	jw_str(&w, "op", "replace");
	jw_str(&w, "path", "");
	jw_object(&w, "value");
	jw_value(&w, "_body", filled);
	jw_end(&w);
	jw_end(&w);
	jw_end(&w);
	struct imp_diag *g = imp_add(d, IMP_MISSING, "/_body", "these are members of the body: put them under \"_body\"");
	g->expected = "the sections of the template: _path, _query, _header, _cookie, _body";
	g->got = "members of the body";
	g->fix = fix.p;
	return true;
}

int
imprint_decode(struct imprint *im, const char *name, const char *content_type, const struct jx *filled, bool is_open,
    struct buf *b, struct imp_diags *d)
{
	struct operation *op;
	struct shape *shape;
	const struct jx *payload;
	struct decode_options opt = {.is_open = is_open};

	if (select_shape(im, name, content_type, &op, &shape, d) < 0)
		return -1;
	filled = filled_part(filled, &opt.pointer);
	if (op && opt.pointer[0] == '\0' && is_bare_body(op, filled, d))
		return -1;
	if (decode_filled(im->shapes, shape, filled, &opt, d->a, &payload, d) < 0) {
		if (op)
			wire_look(op, filled, opt.pointer, d);
		return -1;
	}
	if (op)
		return wire_write(op, payload, opt.pointer, d->a, b, d);
	struct jw w;
	jw_init(&w, b);
	jw_value(&w, NULL, payload);
	return 0;
}

int
imprint_decode_part(struct imprint *im, const char *name, const char *content_type, const char *zoom, const struct jx *filled,
    bool is_open, struct buf *b, struct imp_diags *d)
{
	struct operation *op;
	struct shape *shape, *part;
	const struct jx *payload;
	struct decode_options opt = {.is_open = is_open};
	struct jw w;

	if (select_shape(im, name, content_type, &op, &shape, d) < 0)
		return -1;
	part = encode_zoom(im->shapes, shape, zoom, d);
	if (!part || decode_filled(im->shapes, part, filled, &opt, d->a, &payload, d) < 0)
		return -1;
	jw_init(&w, b);
	jw_value(&w, NULL, payload);
	return 0;
}

int
imprint_compose(const struct jx *filled, const struct imprint_part *parts, size_t n, const struct jx **out, struct imp_diags *d)
{
	struct arena *a = d->a;
	struct err err;

	for (size_t i = 0; i < n; i++) {
		const struct jx *place = jx_pointer(filled, parts[i].pointer);
		if (!jx_is(place, JX_STRING) || !token_is_like(place->u.text.p, place->u.text.n) ||
		    token_kind_of(place->u.text.p, place->u.text.n) != TOKEN_REF) {
			imp_add(d, IMP_TOKEN, parts[i].pointer, "a part goes where a {REF: depth} token stands; here is %s",
			    place ? imp_say(a, place) : "nothing");
			return -1;
		}
		const char *text = arena_printf(a, "[{\"op\":\"replace\",\"path\":\"\",\"value\":null}]");
		struct jx *patch;
		INVARIANT(jx_parse(a, text, strlen(text), NULL, &patch, &err) == 0);
		struct jx_member *m = patch->u.array.at[0]->u.object.at;
		m[1].value->u.text.p = parts[i].pointer;
		m[1].value->u.text.n = strlen(parts[i].pointer);
		m[2].value = ARENA_NEW(a, struct jx);
		*m[2].value = *parts[i].filled;
		if (jpatch_apply(a, filled, patch, &filled, &err) < 0) {
			imp_add(d, IMP_TOKEN, parts[i].pointer, "%s", arena_str(a, err.msg));
			return -1;
		}
	}
	*out = filled;
	return 0;
}

/* A text that is no JSON and can be mended: say so. */
static void
say_lenient(const char *text, size_t n, struct imp_diags *d)
{
	struct repair_options opt = {0};
	struct arena *a = arena_new(0);
	struct imp_diags quiet;
	struct repaired r = {0};

	imp_diags_init(&quiet, a);
	if (d->n && repair_parse(a, text, n, &opt, &r, &quiet) && r.is_complete)
		d->at[d->n - 1].expected = "JSON and nothing else; this text can be mended when it is read leniently (--lenient)";
	arena_free(a);
}

int
imprint_read(struct imprint *im, const char *name, const char *content_type, const char *zoom, const char *text, size_t n,
    bool is_lenient, const struct jx **filled, struct buf *repairs, struct imp_diags *d)
{
	struct repair_options opt = {.is_strict = !is_lenient};
	struct repaired r = {0};

	if (!repair_parse(d->a, text, n, &opt, &r, d)) {
		if (!is_lenient)
			say_lenient(text, n, d);
		return -1;
	}
	if (!r.is_complete) {
		imp_add(d, IMP_PARSE, "", "the text was cut off: what is there can be shown, not used; ask for the rest");
		return -1;
	}
	if (is_lenient) {
		struct operation *op;
		struct shape *shape;
		if (select_shape(im, name, content_type, &op, &shape, d) < 0)
			return -1;
		if (zoom && !(shape = encode_zoom(im->shapes, shape, zoom, d)))
			return -1;
		repair_values(im->shapes, shape, d->a, &r);
	}
	if (repairs) {
		struct jw w;
		jw_init(&w, repairs);
		repair_array(&w, NULL, &r);
	}
	*filled = r.value;
	return 0;
}

int
imprint_decode_text(struct imprint *im, const char *name, const char *content_type, const char *text, size_t n,
    bool is_open, bool is_lenient, struct buf *b, struct buf *repairs, struct imp_diags *d)
{
	const struct jx *filled;

	if (imprint_read(im, name, content_type, NULL, text, n, is_lenient, &filled, repairs, d) < 0)
		return -1;
	return imprint_decode(im, name, content_type, filled, is_open, b, d);
}

int
imprint_ops(struct imprint *im, struct buf *b, struct imp_diags *d)
{
	struct operation_name *ops;
	struct jw w;
	size_t n;

	if (!im->is_api) {
		imp_add(d, IMP_E_OP, "", "the document is a schema, not an API description: it has no operations");
		return -1;
	}
	if (spec_list(im->shapes, im->root, d->a, &ops, &n, d) < 0)
		return -1;
	jw_init(&w, b);
	jw_object(&w, NULL);
	jw_array(&w, "operations");
	for (size_t i = 0; i < n; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "id", ops[i].id);
		jw_str(&w, "method", ops[i].method);
		jw_str(&w, "path", ops[i].path);
		jw_str(&w, "summary", ops[i].summary);
		jw_str(&w, "tag", ops[i].tag);
		jw_bool(&w, "deprecated", ops[i].is_deprecated);
		jw_end(&w);
	}
	jw_end(&w);
	write_list_warnings(&w, d);
	jw_end(&w);
	return 0;
}

struct totals {
	size_t operations, encoded, refused, bytes;
};

static void
encode_one(struct imprint *im, const struct operation_name *name, struct arena *a, bool quiet, struct jw *w, struct totals *t)
{
	struct encode_options opt = {.quiet = quiet};
	struct operation *op = ARENA_NEW(im->a, struct operation);
	struct imp_diags d;
	struct encoded e;

	imp_diags_init(&d, a);
	struct encode_title title = {.name = quiet ? NULL : arena_printf(a, "%s %s", name->method, name->path)};
	bool ok = spec_operation(im->shapes, im->root, name, NULL, im->a, op, &d) == 0;
	title.has_warnings = ok && op->warnings.n > 0;
	ok = ok &&
	    encode_template(im->shapes, op->root, &opt, &title, a, &e, &d) == 0;
	t->operations++;
	t->encoded += ok;
	t->refused += !ok;
	t->bytes += ok ? e.template_bytes : 0;
	if (quiet)
		return;
	jw_object(w, NULL);
	jw_str(w, "operation", title.name);
	jw_str(w, "id", name->id);
	jw_bool(w, "ok", ok);
	if (ok) {
		jw_uint(w, "bytes", e.template_bytes);
		jw_uint(w, "leaves", e.leaves);
		jw_uint(w, "required", e.required);
		jw_uint(w, "folded", e.folded);
	}
	if (ok)
		write_warnings(w, "diagnostics", op, &e, a);
	else
		imp_diags_json(w, "diagnostics", &d);
	jw_end(w);
}

int
imprint_encode_all(struct imprint *im, bool quiet, struct buf *b, struct imp_diags *d)
{
	struct operation_name *ops;
	struct totals t = {0};
	struct jw w;
	size_t n;

	if (!im->is_api) {
		imp_add(d, IMP_E_OP, "", "the document is a schema, not an API description: it has no operations");
		return -1;
	}
	if (spec_list(im->shapes, im->root, d->a, &ops, &n, d) < 0)
		return -1;
	struct arena *scratch = arena_new(0);
	jw_init(&w, b);
	jw_object(&w, NULL);
	if (!quiet)
		jw_array(&w, "operations");
	for (size_t i = 0; i < n; i++) {
		encode_one(im, &ops[i], scratch, quiet, &w, &t);
		arena_clear(scratch);
	}
	arena_free(scratch);
	if (!quiet)
		jw_end(&w);
	else
		jw_uint(&w, "operations", t.operations);
	jw_uint(&w, "encoded", t.encoded);
	jw_uint(&w, "refused", t.refused);
	jw_uint(&w, "bytes", t.bytes);
	if (!quiet)
		write_list_warnings(&w, d);
	jw_end(&w);
	return 0;
}
