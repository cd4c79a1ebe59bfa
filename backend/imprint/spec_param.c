/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of an operation: merged, their style settled, their shapes made. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/spec_work.h"

static const char *const in_names[] = {"path", "query", "header", "cookie", "body", "formData"};
#define N_IN (sizeof in_names / sizeof *in_names)
static const struct { const char *name; enum param_style style; } styles[] = {
	{"simple", STYLE_SIMPLE}, {"label", STYLE_LABEL}, {"matrix", STYLE_MATRIX}, {"form", STYLE_FORM},
	{"spaceDelimited", STYLE_SPACE}, {"pipeDelimited", STYLE_PIPE}, {"deepObject", STYLE_DEEP}};
#define N_STYLES (sizeof styles / sizeof *styles)

/* The members of a parameter object that matter, found in one pass. */
struct raw {
	const struct jx *name, *in, *required, *style, *explode, *reserved, *empty, *schema, *content, *description,
	    *deprecated, *collection, *items, *type;
};

static void
read_raw(const struct jx *o, struct raw *raw)
{
	const struct { const char *key; size_t n; const struct jx **at; } want[] = {
		{"name", 4, &raw->name}, {"in", 2, &raw->in}, {"required", 8, &raw->required},
		{"schema", 6, &raw->schema}, {"description", 11, &raw->description}, {"style", 5, &raw->style},
		{"explode", 7, &raw->explode}, {"content", 7, &raw->content}, {"type", 4, &raw->type},
		{"items", 5, &raw->items}, {"deprecated", 10, &raw->deprecated},
		{"collectionFormat", 16, &raw->collection}, {"allowReserved", 13, &raw->reserved},
		{"allowEmptyValue", 15, &raw->empty}};

	*raw = (struct raw){0};
	for (size_t i = 0; i < o->u.object.n; i++) {
		const struct jx_member *m = &o->u.object.at[i];
		for (size_t k = 0; k < sizeof want / sizeof *want; k++)
			if (m->key_bytes == want[k].n && memcmp(m->key, want[k].key, want[k].n) == 0) {
				*want[k].at = m->value;
				break;
			}
	}
}

enum param_style
spec_collection(const char *format, enum param_in in, bool *explode)
{
	bool is_pairs = in == IN_QUERY || in == IN_FORM;

	*explode = false;
	if (format && strcmp(format, "multi") == 0 && is_pairs)
		*explode = true;
	else if (format && strcmp(format, "ssv") == 0)
		return STYLE_SPACE;
	else if (format && strcmp(format, "tsv") == 0)
		return STYLE_TABS;
	else if (format && strcmp(format, "pipes") == 0)
		return STYLE_PIPE;
	return is_pairs ? STYLE_FORM : STYLE_SIMPLE;
}

/* A style that its place does not know is read as the place's default: descriptions err here, and the server
 * reads the default. */
static void
settle_style(struct param *p, const struct raw *raw)
{
	bool is_path = p->in == IN_PATH;

	p->style = is_path || p->in == IN_HEADER ? STYLE_SIMPLE : STYLE_FORM;
	for (size_t i = 0; i < N_STYLES; i++) {
		enum param_style s = styles[i].style;
		bool fits = is_path ? s <= STYLE_MATRIX : p->in == IN_QUERY ? s >= STYLE_FORM : s == p->style;
		if (fits && jx_is_str(raw->style, styles[i].name))
			p->style = s;
	}
	p->explode = jx_bool(raw->explode, p->style == STYLE_FORM);
	p->allow_reserved = p->in == IN_QUERY && jx_bool(raw->reserved, false);
}

int
spec_plain(struct spec_reader *r, struct sloc near, bool is_object, struct shape **out)
{
	static struct jx string_word = {.type = JX_STRING, .u.text = {"string", 6}};
	static struct jx object_word = {.type = JX_STRING, .u.text = {"object", 6}};
	static struct jx_member string_member[] = {{"type", 4, &string_word}};
	static struct jx_member object_member[] = {{"type", 4, &object_word}};
	static const struct jx string_schema = {.type = JX_OBJECT, .u.object = {string_member, 1}};
	static const struct jx object_schema = {.type = JX_OBJECT, .u.object = {object_member, 1}};
	struct sloc at = spec_child(near, is_object ? &object_schema : &string_schema);

	return shape_of(r->s, &at, 1, out, r->d);
}

static const char *
what_it_is(struct spec_reader *r, const struct param *p)
{
	if (!p)
		return "the request body";
	return arena_printf(r->a, "the %s parameter '%.100s'", in_names[p->in], p->name);
}

int
spec_schema_shape(struct spec_reader *r, struct sloc at, bool is_required, const struct param *p, struct shape **out)
{
	struct imp_diags found;
	const char *what;

	if (!jx_is(at.node, JX_OBJECT) && !jx_is(at.node, JX_BOOL))
		return spec_refuse(r, IMP_E_SCHEMA, at, "the schema of %s must be an object, found %s", what_it_is(r, p),
		    jx_type_name(at.node->type));
	imp_diags_init(&found, r->a);
	if (shape_of(r->s, &at, 1, out, &found) == 0)
		return 0;
	what = what_it_is(r, p);
	if (!is_required && found.n > 0 && (found.at[0].code == IMP_E_REF || found.at[0].code == IMP_E_SCHEMA)) {
		(void)spec_refuse(r, IMP_W_REF, at, "%s was left out: %s", what, found.at[0].message);
		*out = NULL;
		return 0;
	}
	for (size_t i = 0; i < found.n; i++) {
		const struct imp_diag *f = &found.at[i];
		struct imp_diag *g = imp_add(r->d, f->code, f->pointer, "%s %s: %s: %s", r->method, r->path, what, f->message);
		g->schema_pointer = f->schema_pointer;
		g->expected = f->expected;
		g->got = f->got;
	}
	return -1;
}

/* `content:` - one media type; JSON is shown as JSON text, anything else as a string. */
static int
content_shape(struct spec_reader *r, struct param *p, const struct jx *content)
{
	const struct jx *media = jx_is(content, JX_OBJECT) && content->u.object.n ? content->u.object.at[0].value : NULL;
	const struct jx *schema = jx_find(media, "schema");
	struct shape *child;
	bool is_json;

	if (!jx_is(media, JX_OBJECT))
		return spec_refuse(r, IMP_E_SCHEMA, p->at, "'content' of %s must have one media type with an object",
		    what_it_is(r, p));
	p->style = STYLE_CONTENT;
	p->media = content->u.object.at[0].key;
	is_json = media_kind(p->media) == MEDIA_JSON;
	if (!schema) {
		if (!is_json)
			return spec_plain(r, p->at, false, &p->shape);
		p->shape = shape_json_text(r->s, shape_any(r->s));
		return 0;
	}
	p->schema = registry_enter(r->reg, p->at, schema);
	if (spec_schema_shape(r, p->schema, p->is_required, p, &child) < 0)
		return -1;
	/* What nothing can satisfy stays as it is, for the template to refuse or to leave out. */
	p->shape = child && is_json && shape_check(r->s, child) == SAT_YES ? shape_json_text(r->s, child) : child;
	return 0;
}

/* The listed values without "", which leaves nothing in the path. Unchanged when that is the only one. */
static void
drop_empty_value(struct spec_reader *r, struct shape *sh)
{
	const struct jx **kept = ARENA_ARRAY(r->a, sh->n_values, const struct jx *);
	size_t n = 0;

	for (size_t i = 0; i < sh->n_values; i++)
		if (!jx_is_str(sh->values[i], ""))
			kept[n++] = sh->values[i];
	if (n > 0) {
		sh->values = kept;
		sh->n_values = n;
	}
}

/* What holds for a parameter and not for its schema elsewhere: readOnly speaks of bodies, and what would leave nothing
 * in the path has no place there (matrix always writes its name). */
static void
adjust_shape(struct spec_reader *r, struct param *p, bool is_deprecated)
{
	struct shape *sh = p->shape;
	bool is_path = p->in == IN_PATH && p->style != STYLE_CONTENT, is_typed = is_path && !sh->is_any;
	bool needs_item = is_typed && (sh->types & T_ARRAY) && sh->items.min == 0;
	bool needs_prop = (is_typed || (is_path && sh->show == SHOW_OBJECT)) && (sh->types & T_OBJECT) && sh->props.min == 0;
	bool needs_text = is_typed && (sh->types & T_STRING) && p->style != STYLE_MATRIX;
	bool needs_char = needs_text && sh->len.min == 0 && sh->n_values == 0;
	bool needs_value = false;

	for (size_t i = 0; needs_text && i < sh->n_values; i++)
		needs_value |= jx_is_str(sh->values[i], "");

	if (!needs_item && !needs_prop && !needs_char && !needs_value && !sh->readonly && sh->deprecated >= is_deprecated)
		return;
	sh = shape_clone(r->s, sh);
	sh->readonly = false;
	sh->deprecated |= is_deprecated;
	if (needs_item)
		sh->items.min = 1;
	if (needs_prop)
		sh->props.min = 1;
	if (needs_char)
		sh->len.min = 1;
	if (needs_value)
		drop_empty_value(r, sh);
	p->shape = sh;
}

static int
param_shape(struct spec_reader *r, struct param *p, const struct raw *raw)
{
	if (raw->content && !raw->schema && !r->is_swagger) {
		if (content_shape(r, p, raw->content) < 0)
			return -1;
	} else if (raw->schema) {
		p->schema = registry_enter(r->reg, p->at, raw->schema);
		if (spec_schema_shape(r, p->schema, p->is_required, p, &p->shape) < 0)
			return -1;
	} else if (r->is_swagger && !jx_is_str(raw->type, "file")) {
		p->schema = p->at; /* Swagger 2: the parameter object is the schema */
		p->items = raw->items;
		if (spec_schema_shape(r, p->schema, p->is_required, p, &p->shape) < 0)
			return -1;
	} else if (r->is_swagger || p->in == IN_PATH) {
		if (spec_plain(r, p->at, false, &p->shape) < 0)
			return -1;
	} else {
		p->shape = shape_any(r->s);
	}
	if (p->shape)
		adjust_shape(r, p, jx_bool(raw->deprecated, false));
	return 0;
}

/* 0: read (p->shape NULL: an optional one was dropped), -1: refused. */
static int
read_param(struct spec_reader *r, struct sloc at, struct param *p)
{
	size_t in = 0, n_in = r->is_swagger ? N_IN : 4;
	struct raw raw;

	if (!jx_is(at.node, JX_OBJECT))
		return spec_refuse(r, IMP_E_SCHEMA, at, "a parameter must be an object, found %s", jx_type_name(at.node->type));
	read_raw(at.node, &raw);
	if (!jx_is(raw.name, JX_STRING) || raw.name->u.text.n == 0)
		return spec_refuse(r, IMP_E_SCHEMA, at, "a parameter has no 'name'");
	while (in < n_in && !jx_is_str(raw.in, in_names[in]))
		in++;
	if (in == n_in)
		return spec_refuse(r, IMP_E_SCHEMA, at, "the parameter '%.100s' says it is in '%.100s'; it must be in %s",
		    raw.name->u.text.p, jx_str(raw.in, "nothing"),
		    r->is_swagger ? "path, query, header, body or formData" : "path, query, header or cookie");
	*p = (struct param){.in = (enum param_in)in, .name = raw.name->u.text.p, .at = at,
	    .is_required = in == IN_PATH || jx_bool(raw.required, false), .allow_empty = jx_bool(raw.empty, false),
	    .description = jx_str(raw.description, NULL)};
	if (r->is_swagger)
		p->style = spec_collection(jx_str(raw.collection, NULL), p->in, &p->explode);
	else
		settle_style(p, &raw);
	if (p->in == IN_BODY) {
		if (raw.schema)
			p->schema = registry_enter(r->reg, at, raw.schema);
		return 0;
	}
	return param_shape(r, p, &raw);
}

/* Puts p into the list: an earlier one of the same place and name gives way and keeps its position. */
static void
put_param(struct operation *op, const struct param *p)
{
	size_t i = 0;

	while (i < op->n_params && (op->params[i].in != p->in || strcmp(op->params[i].name, p->name) != 0))
		i++;
	op->params[i] = *p;
	op->n_params += i == op->n_params;
}

static int
read_list(struct spec_reader *r, struct sloc owner, struct operation *op)
{
	const struct jx *list = jx_find(owner.node, "parameters");

	if (!list || list->type == JX_NULL)
		return 0;
	if (list->type != JX_ARRAY)
		return spec_refuse(r, IMP_E_SCHEMA, spec_child(owner, list), "'parameters' must be an array, found %s",
		    jx_type_name(list->type));
	for (size_t i = 0; i < list->u.array.n; i++) {
		struct sloc at = spec_child(owner, list->u.array.at[i]), target;
		enum imp_code code;
		struct param p;
		struct err err;

		if (spec_follow(r, at, &target, &code, &err) < 0) {
			/* Whether it is required cannot be known; a path parameter that is missed is put in below. */
			if (code != IMP_E_REF)
				return spec_refuse(r, code, at, "a parameter cannot be read: %s", err.msg);
			(void)spec_refuse(r, IMP_W_REF, at, "a parameter was left out: %s", err.msg);
			continue;
		}
		if (read_param(r, target, &p) < 0)
			return -1;
		if (p.shape || p.in == IN_BODY)
			put_param(op, &p);
	}
	return 0;
}

const struct param *
spec_placeholder(const struct operation *op, const char *s, size_t n)
{
	for (int is_plain = 0; is_plain < 2; is_plain++) {
		for (size_t i = 0; i < op->n_params; i++)
			if (op->params[i].in == IN_PATH && strlen(op->params[i].name) == n && memcmp(op->params[i].name, s, n) == 0)
				return &op->params[i];
		if (n > 0 && strchr("+#./;?&", s[0])) {
			s++;
			n--;
		}
		if (n > 0 && s[n - 1] == '*')
			n--;
	}
	return NULL;
}

/* {name} in the path that nothing declares: a required string. */
static int
add_undeclared(struct spec_reader *r, struct operation *op)
{
	const char *open = op->path, *close;

	while ((open = strchr(open, '{')) != NULL && (close = strchr(open, '}')) != NULL) {
		struct param p = {.in = IN_PATH, .is_required = true, .style = STYLE_SIMPLE, .at = op->at,
		    .name = arena_dup(r->a, open + 1, (size_t)(close - open - 1))};

		if (p.name[0] && !spec_placeholder(op, p.name, strlen(p.name))) {
			(void)spec_refuse(r, IMP_W_PARAM, op->at, "the path has '{%.100s}' and no such path parameter is declared; "
			    "it is read as a required string", p.name);
			if (spec_plain(r, op->at, false, &p.shape) < 0)
				return -1;
			adjust_shape(r, &p, false);
			op->params[op->n_params++] = p;
		}
		open = close;
	}
	return 0;
}

int
spec_params(struct spec_reader *r, const struct operation_name *name, struct operation *op)
{
	size_t n = jx_size(jx_find(name->item.node, "parameters")) + jx_size(jx_find(op->at.node, "parameters"));

	for (const char *s = op->path; (s = strchr(s, '{')) != NULL; s++)
		n++;
	op->params = ARENA_ARRAY(r->a, n, struct param);
	if (read_list(r, name->item, op) < 0 || read_list(r, op->at, op) < 0)
		return -1;
	return add_undeclared(r, op);
}
