/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/catalogue_work.h"
#include "api/example.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/repair.h"
#include "imprint/shape.h"
#include "imprint/spec.h"
#include "schema/registry.h"

#define SHARED_BYTES_MAX ((size_t)512 << 10)
#define SHARED_MAX 1000
#define DEPTH_MAX 512
#define EXAMPLES_MAX 10

/* --- the schema as the description has it ------------------------------------------------------------------ */

struct parts {
	struct arena *a;
	struct shapes *shapes;
	struct sloc root;
	const char *refs[SHARED_MAX];
	const struct jx *nodes[SHARED_MAX];
	size_t n;
	size_t left_out;
};

static void
take_ref(struct parts *p, const struct jx *ref)
{
	struct sloc to;

	if (ref->u.text.n == 0 || ref->u.text.p[0] != '#')
		return;
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->refs[i], ref->u.text.p) == 0)
			return;
	if (p->n == SHARED_MAX) {
		p->left_out++;
		return;
	}
	if (registry_resolve(shapes_registry(p->shapes), p->root, ref->u.text.p, ref->u.text.n, &to, NULL) < 0)
		return; /* it leads nowhere: the findings say so */
	p->refs[p->n] = ref->u.text.p;
	p->nodes[p->n++] = to.node;
}

static void
collect(struct parts *p, const struct jx *v, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return;
	for (size_t i = 0; jx_is(v, JX_ARRAY) && i < v->u.array.n; i++)
		collect(p, v->u.array.at[i], depth + 1);
	for (size_t i = 0; jx_is(v, JX_OBJECT) && i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		if (strcmp(m->key, "$ref") == 0 && jx_is(m->value, JX_STRING))
			take_ref(p, m->value);
		else
			collect(p, m->value, depth + 1);
	}
}

static const char *
pretty_text(struct arena *a, const struct jx *v)
{
	struct buf b;

	buf_init(&b, a);
	text_pretty(&b, v);
	return buf_take(&b);
}

/* The path item reduced to this method: its own parameters and the operation. */
static const struct jx *
reduced_item(struct arena *a, const struct operation_name *name, const char *method)
{
	const struct jx *parameters = jx_find(name->item.node, "parameters");
	struct jx *item = ARENA_NEW(a, struct jx);
	struct jx_member *at = ARENA_ARRAY(a, 2, struct jx_member);

	*item = (struct jx){.type = JX_OBJECT, .u.object = {.at = at}};
	if (parameters && jx_size(parameters) > 0)
		at[item->u.object.n++] = (struct jx_member){"parameters", 10, (struct jx *)(uintptr_t)parameters};
	at[item->u.object.n++] = (struct jx_member){method, strlen(method), (struct jx *)(uintptr_t)name->at.node};
	return item;
}

static void
schema_json(struct arena *a, struct description *desc, const struct operation_name *name, struct jw *w)
{
	struct parts *p = ARENA_NEW(a, struct parts);
	char *method = arena_str(a, name->method);
	const struct jx *item;
	size_t used = 0;

	for (char *c = method; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	item = reduced_item(a, name, method);
	*p = (struct parts){.a = a, .shapes = imprint_shapes(desc->im), .root = imprint_root(desc->im)};
	collect(p, item, 0);
	jw_object(w, "schema");
	jw_str(w, "operation", pretty_text(a, item));
	jw_object(w, "shared");
	for (size_t i = 0; i < p->n; i++) { /* the list grows while it is gone through */
		const char *text = used < SHARED_BYTES_MAX ? pretty_text(a, p->nodes[i]) : "";
		used += strlen(text);
		if (used > SHARED_BYTES_MAX || !*text) {
			p->left_out++;
			continue;
		}
		jw_str(w, p->refs[i], text);
		collect(p, p->nodes[i], 0);
	}
	jw_end(w);
	jw_uint(w, "left_out", p->left_out);
	jw_end(w);
}

/* --- examples -------------------------------------------------------------------------------------------- */

struct examples {
	struct arena *a;
	struct description *desc;
	const struct operation *op;
	const char *operation;
	const char *content_type;
	const struct jx *made; /* the made one, parsed; its parts stand where the description has no example */
	struct jw *w;
	size_t n;
};

static void
one_example(struct examples *x, const char *name, const char *source, const char *text)
{
	const struct imp_diag *first;
	struct imp_diags d;
	struct buf payload;
	int rc;

	imp_diags_init(&d, x->a);
	buf_init(&payload, x->a);
	rc = imprint_decode_text(x->desc->im, x->operation, x->content_type, text, strlen(text), false, false,
	    &payload, NULL, &d);
	first = first_error(&d);
	jw_object(x->w, NULL);
	jw_str(x->w, "name", name);
	jw_str(x->w, "source", source);
	jw_str(x->w, "text", text);
	jw_bool(x->w, "ok", rc == 0);
	jw_str(x->w, "says", rc == 0 ? NULL : !first ? "it does not decode" :
	    arena_printf(x->a, "%s: %s", *first->pointer ? first->pointer : "/", first->message));
	jw_end(x->w);
	x->n++;
}

/* An object that a reference may stand for. */
static const struct jx *
follow(struct examples *x, const struct jx *v)
{
	const struct jx *ref = jx_find(v, "$ref");
	struct sloc to;

	if (!jx_is(ref, JX_STRING) ||
	    registry_resolve(shapes_registry(imprint_shapes(x->desc->im)), imprint_root(x->desc->im), ref->u.text.p,
		ref->u.text.n, &to, NULL) < 0)
		return v;
	return to.node;
}

/* The one value that the description gives for a parameter or schema; NULL: none. */
static const struct jx *
given(struct examples *x, const struct jx *object, const struct jx *schema)
{
	const struct jx *v = jx_find(object, "example"), *many = jx_find(object, "examples");

	if (!v && jx_is(many, JX_OBJECT) && many->u.object.n > 0)
		v = jx_find(follow(x, many->u.object.at[0].value), "value");
	if (!v)
		v = jx_find(object, "x-example");
	schema = follow(x, schema);
	if (!v)
		v = jx_find(schema, "example");
	if (!v)
		v = jx_at(jx_find(schema, "examples"), 0);
	return v;
}

static const char *
section_of(enum param_in in)
{
	switch (in) {
	case IN_PATH: return "_path";
	case IN_QUERY: return "_query";
	case IN_HEADER: return "_header";
	case IN_COOKIE: return "_cookie";
	case IN_BODY:
	case IN_FORM: return "_body";
	}
	return "_body";
}

static void
put_member(struct arena *a, struct jx *o, const char *key, const struct jx *v)
{
	struct jx_member *at;

	for (size_t i = 0; i < o->u.object.n; i++)
		if (strcmp(o->u.object.at[i].key, key) == 0) {
			o->u.object.at[i].value = (struct jx *)(uintptr_t)v;
			return;
		}
	at = ARENA_ARRAY(a, o->u.object.n + 1, struct jx_member);
	if (o->u.object.n > 0)
		memcpy(at, o->u.object.at, o->u.object.n * sizeof *at);
	at[o->u.object.n] = (struct jx_member){key, strlen(key), (struct jx *)(uintptr_t)v};
	o->u.object.at = at;
	o->u.object.n++;
}

static struct jx *
copy_object(struct arena *a, const struct jx *v)
{
	struct jx *o = ARENA_NEW(a, struct jx);

	*o = (struct jx){.type = JX_OBJECT};
	for (size_t i = 0; jx_is(v, JX_OBJECT) && i < v->u.object.n; i++)
		put_member(a, o, v->u.object.at[i].key, v->u.object.at[i].value);
	return o;
}

/* The made example with the description's own values laid over it. body NULL: none is given. Returns NULL when the
 * description has nothing to lay. */
static const struct jx *
overlay(struct examples *x, const struct jx *body)
{
	struct jx *o = copy_object(x->a, x->made);
	bool has_any = body != NULL;

	for (size_t i = 0; i < x->op->n_params; i++) {
		const struct param *p = &x->op->params[i];
		const struct jx *v = given(x, p->at.node, p->schema.node);
		struct jx *section;
		if (!v || p->in == IN_BODY)
			continue;
		section = copy_object(x->a, jx_find(o, section_of(p->in)));
		put_member(x->a, section, p->name, v);
		put_member(x->a, o, section_of(p->in), section);
		has_any = true;
	}
	if (body)
		put_member(x->a, o, "_body", body);
	return has_any ? o : NULL;
}

/* Each named example of the body makes one; without any, the parameters' alone may make one. */
static void
from_description(struct examples *x)
{
	const struct jx *request = follow(x, jx_find(x->op->at.node, "requestBody"));
	const struct jx *content = jx_find(request, "content");
	const struct jx *media = x->content_type ? jx_find(content, x->content_type) :
	    x->op->content_type ? jx_find(content, x->op->content_type) : NULL;
	const struct jx *many = jx_find(media, "examples"), *body, *v;

	for (size_t i = 0; jx_is(many, JX_OBJECT) && i < many->u.object.n && x->n < EXAMPLES_MAX; i++) {
		const struct jx *one = follow(x, many->u.object.at[i].value);
		body = jx_find(one, "value");
		v = body ? overlay(x, body) : NULL;
		if (v)
			one_example(x, jx_str(jx_find(one, "summary"), many->u.object.at[i].key), "description",
			    pretty_text(x->a, v));
	}
	if (x->n > 0)
		return;
	body = media ? given(x, media, jx_find(media, "schema")) : given(x, NULL, x->op->body_schema.node);
	v = overlay(x, body);
	if (v)
		one_example(x, "", "description", pretty_text(x->a, v));
}

static void
examples_json(struct examples *x, const struct envelope *e)
{
	struct jx *made;
	struct buf b;

	jw_array(x->w, "examples");
	buf_init(&b, x->a);
	example_make(x->a, e->tree, &b);
	if (jx_parse(x->a, b.p, b.len, &(struct jx_options){.depth_max = 1024}, &made, NULL) == 0) {
		x->made = made;
		from_description(x);
		one_example(x, "", "made", pretty_text(x->a, made));
	}
	jw_end(x->w);
}

/* --- the page -------------------------------------------------------------------------------------------- */

static void
template_json(struct arena *a, const struct envelope *e, struct jw *w)
{
	const struct jx *imprint = jx_find(e->document, "imprint"), *rules = jx_find(e->document, "rules");
	const struct jx *warnings = jx_find(imprint, "warnings");
	char sha256[SHA256_HEX];

	sha256_hex(e->template, e->template_bytes, sha256);
	jw_object(w, "template");
	jw_str(w, "head", jx_str(jx_find(e->document, "head"), ""));
	jw_array(w, "rules");
	for (size_t i = 0; i < jx_size(rules); i++)
		jw_str(w, NULL, jx_str(jx_at(rules, i), ""));
	jw_end(w);
	jw_str(w, "text", pretty_text(a, e->tree));
	jw_str(w, "sha256", sha256);
	jw_uint(w, "bytes", e->template_bytes);
	jw_int(w, "leaves", jx_int(jx_pointer(imprint, "/counts/leaves"), 0));
	jw_uint(w, "required", template_needs(a, e->tree));
	jw_str(w, "map_sha256", jx_str(jx_find(imprint, "map_sha256"), NULL));
	if (jx_is(warnings, JX_ARRAY))
		jw_value(w, "warnings", warnings);
	else
		jw_raw(w, "warnings", "[]");
	jw_end(w);
}

static void
types_json(const struct operation *op, struct jw *w)
{
	jw_str(w, "content_type", op->content_type);
	jw_array(w, "content_types");
	for (size_t i = 0; i < op->n_content_types; i++)
		jw_str(w, NULL, op->content_types[i]);
	jw_end(w);
}

/* Everything that needs a template, or its place left empty. */
static int
with_template(struct arena *a, const struct catalogue_work *work, struct description *desc,
    const struct operation *op, struct imp_diags *d, struct jw *w, struct err *err)
{
	struct examples x = {.a = a, .desc = desc, .op = op, .operation = work->operation,
	    .content_type = work->content_type, .w = w};
	struct ladder_of of = {.catalog = work->catalog, .operation = work->operation, .sha256 = work->sha256};
	struct envelope e;
	int rc = op ? envelope_make(a, desc, work->operation, work->content_type, &e, d, err) : -1;

	if (rc == -2)
		return -1;
	if (rc < 0) {
		jw_null(w, "template");
		imp_diags_json(w, "diagnostics", d);
		jw_raw(w, "examples", "[]");
		jw_raw(w, "ladder", "{}");
		return 0;
	}
	template_json(a, &e, w);
	jw_raw(w, "diagnostics", "[]");
	examples_json(&x, &e);
	of.template = e.tree;
	ladder_config(a, &of, w, "ladder");
	return 0;
}

int
catalogue_detail(struct arena *a, void *arg, int fd, struct buf *out, struct err *err)
{
	const struct catalogue_work *work = arg;
	struct operation_name name;
	struct description desc;
	const struct imp_diag *first;
	struct imp_diags d, details;
	struct operation op = {0};
	struct shapes *shapes;
	struct jw w;
	int rc;

	if (description_open(a, work, fd, &desc, err) < 0)
		return -1;
	shapes = imprint_shapes(desc.im);
	imp_diags_init(&d, a);
	imp_diags_init(&details, a);
	if (spec_find(shapes, imprint_root(desc.im), work->operation, a, &name, &d) < 0) {
		first = first_error(&d);
		return err_set(err, E_SCHEMA, "%s: %s", work->operation, first ? first->message : "there is no such operation");
	}
	rc = spec_operation(shapes, imprint_root(desc.im), &name, work->content_type, a, &op, &details);
	jw_init(&w, out);
	jw_object(&w, NULL);
	schema_json(a, &desc, &name, &w);
	if (rc < 0)
		op = (struct operation){0};
	types_json(&op, &w);
	if (with_template(a, work, &desc, rc < 0 ? NULL : &op, rc < 0 ? &details : &d, &w, err) < 0)
		return -1;
	jw_end(&w);
	return 0;
}

/* --- a trial ---------------------------------------------------------------------------------------------- */

struct trial {
	struct buf payload;
	struct buf repairs;
	struct imp_diags d;
	int rc;
};

static void
try_text(struct arena *a, struct description *desc, const struct catalogue_work *work, const char *text, size_t n,
    bool is_lenient, struct trial *t)
{
	imp_diags_init(&t->d, a);
	buf_init(&t->payload, a);
	buf_init(&t->repairs, a);
	t->rc = imprint_decode_text(desc->im, work->operation, work->content_type, text, n, work->is_open, is_lenient,
	    &t->payload, &t->repairs, &t->d);
}

/* Values too, where the operation's shape leaves one reading for them. */
static void
mend_values(struct arena *a, struct description *desc, const struct catalogue_work *work, struct repaired *r)
{
	struct shapes *shapes = imprint_shapes(desc->im);
	struct operation_name name;
	struct operation op = {0};
	struct imp_diags ignored;

	imp_diags_init(&ignored, a);
	if (spec_find(shapes, imprint_root(desc->im), work->operation, a, &name, &ignored) == 0 &&
	    spec_operation(shapes, imprint_root(desc->im), &name, work->content_type, a, &op, &ignored) == 0)
		repair_values(shapes, op.root, a, r);
}

/* What a text that had to be mended reads as; NULL when it needed none, or when a strict reading of the mended
 * text would not come to the same end. */
static const char *
mended(struct arena *a, struct description *desc, const struct catalogue_work *work, const struct trial *t)
{
	const struct repair_options opt = {0};
	struct imp_diags ignored;
	struct repaired r;
	struct trial again;
	const char *text;

	imp_diags_init(&ignored, a);
	if (!work->is_lenient || !repair_parse(a, work->text, work->text_bytes, &opt, &r, &ignored) || !r.is_complete)
		return NULL;
	mend_values(a, desc, work, &r);
	if (r.n_repairs == 0)
		return NULL;
	text = pretty_text(a, r.value);
	try_text(a, desc, work, text, strlen(text), false, &again);
	if (again.rc != t->rc || (t->rc == 0 && strcmp(again.payload.p, t->payload.p) != 0))
		return NULL;
	return text;
}

int
catalogue_decode(struct arena *a, void *arg, int fd, struct buf *out, struct err *err)
{
	const struct catalogue_work *work = arg;
	struct description desc;
	struct trial t;
	struct jw w;

	if (description_open(a, work, fd, &desc, err) < 0)
		return -1;
	try_text(a, &desc, work, work->text, work->text_bytes, work->is_lenient, &t);
	for (size_t i = 0; work->is_filled && i < t.d.n; i++)
		t.d.at[i].line = t.d.at[i].column = 0;
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", t.rc == 0);
	if (t.rc == 0) {
		jw_raw(&w, "payload", t.payload.p);
		jw_strn(&w, "payload_text", t.payload.p, t.payload.len);
	} else {
		jw_null(&w, "payload");
		jw_null(&w, "payload_text");
	}
	imp_diags_json(&w, "diagnostics", &t.d);
	jw_uint(&w, "findings", t.d.n_all);
	jw_raw(&w, "repairs", t.repairs.len > 0 ? t.repairs.p : "[]");
	jw_str(&w, "filled", mended(a, &desc, work, &t));
	jw_end(&w);
	return 0;
}
