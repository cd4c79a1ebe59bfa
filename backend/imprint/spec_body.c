/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an operation: which media type, its shape, and how each property of a form travels. */
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/spec_work.h"

/* The media type without its parameters and blanks. */
static size_t
essence(const char **media)
{
	size_t n;

	while (**media == ' ')
		(*media)++;
	n = strcspn(*media, ";");
	while (n > 0 && ((*media)[n - 1] == ' ' || (*media)[n - 1] == '\t'))
		n--;
	return n;
}

static bool
is_same(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

static bool
has_tail(const char *s, size_t n, const char *tail)
{
	size_t t = strlen(tail);

	return n > t && strncasecmp(s + n - t, tail, t) == 0;
}

enum media_kind
media_kind(const char *media)
{
	size_t n = essence(&media);

	if (has_tail(media, n, "/json") || has_tail(media, n, "+json"))
		return MEDIA_JSON;
	if (is_same(media, n, "application/x-www-form-urlencoded"))
		return MEDIA_FORM;
	if (n > 10 && strncasecmp(media, "multipart/", 10) == 0)
		return MEDIA_MULTIPART;
	if (has_tail(media, n, "/xml") || has_tail(media, n, "+xml"))
		return MEDIA_XML;
	if (is_same(media, n, "*/*") || is_same(media, n, "application/*") || is_same(media, n, "*"))
		return MEDIA_ANY;
	return MEDIA_TEXT;
}

/* A media type goes into a header as it stands: what could begin another line is none. */
static int
check_media(struct spec_reader *r, const char *media)
{
	for (const char *s = media; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return spec_refuse(r, IMP_E_SCHEMA, (struct sloc){0},
			    "the media type of the body holds a control character (at byte %zu)", (size_t)(s - media) + 1);
	return 0;
}

/* The wanted one; else the first JSON one, the first that speaks of JSON (lines of it), the first. *at is its index. */
static int
choose(struct spec_reader *r, const char *wanted, struct operation *op, size_t *at)
{
	struct imp_diag *g;
	const char *all = "";

	for (size_t i = 0; i < op->n_content_types; i++) {
		const char *have = op->content_types[i], *want = wanted;
		if (!wanted && media_kind(have) == MEDIA_JSON) {
			*at = i;
			return 0;
		}
		if (wanted && strcmp(have, wanted) == 0) {
			*at = i;
			return 0;
		}
		if (wanted && essence(&have) == essence(&want) && strncasecmp(have, want, essence(&want)) == 0) {
			*at = i;
			return 0;
		}
		all = arena_printf(r->d->a, "%s%s%.100s", all, i ? ", " : "", op->content_types[i]);
	}
	*at = 0;
	for (size_t i = op->n_content_types; i-- > 0 && !wanted;)
		if (strcasestr(op->content_types[i], "json"))
			*at = i;
	if (!wanted)
		return 0;
	g = imp_add(r->d, IMP_E_OP, "", "%s %s takes no body of type '%.100s'; it takes %s", r->method, r->path, wanted, all);
	g->expected = all;
	g->got = arena_printf(r->d->a, "'%.100s'", wanted);
	return -1;
}

static bool
is_file_shape(const struct shape *sh)
{
	for (size_t i = 0; i < sh->n_formats; i++)
		if (strcmp(sh->formats[i], "binary") == 0)
			return true;
	for (unsigned i = 0; i < sh->n_locs; i++) {
		const char *media = jx_str(jx_find(sh->locs[i].node, "contentMediaType"), NULL);
		if (media && media_kind(media) == MEDIA_TEXT)
			return true;
	}
	return false;
}

/* One encoding object. */
static void
read_encoding(const struct jx *e, struct body_part *part)
{
	static const struct { const char *name; enum param_style style; } styles[] = {{"form", STYLE_FORM},
	    {"spaceDelimited", STYLE_SPACE}, {"pipeDelimited", STYLE_PIPE}, {"deepObject", STYLE_DEEP}};
	const struct jx *style = jx_find(e, "style"), *explode = jx_find(e, "explode"), *reserved = jx_find(e, "allowReserved");

	part->is_styled = style || explode || reserved;
	part->style = STYLE_FORM;
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
		if (jx_is_str(style, styles[i].name))
			part->style = styles[i].style;
	part->explode = jx_bool(explode, part->style == STYLE_FORM);
	part->allow_reserved = jx_bool(reserved, false);
	part->content_type = part->is_styled ? NULL : jx_str(jx_find(e, "contentType"), NULL);
}

/* Properties whose encoding says JSON become JSON text; the body is a changed copy then. */
static void
show_json_parts(struct spec_reader *r, struct operation *op)
{
	struct shape *copy = NULL;

	for (size_t i = 0; i < op->n_parts; i++) {
		struct body_part *part = &op->parts[i];
		struct shape *member;
		long k;

		if (!part->content_type || media_kind(part->content_type) != MEDIA_JSON)
			continue;
		k = shape_member_find(r->s, op->body, part->name, strlen(part->name));
		if (k < 0 || shape_member_is_dropped(r->s, op->body, (size_t)k))
			continue;
		member = shape_member(r->s, op->body, (size_t)k);
		if (member->types & T_STRING)
			continue; /* a text may be JSON already; it travels as JSON text of that text only when it is not */
		if (!copy) {
			copy = shape_clone(r->s, op->body);
			copy->members = ARENA_ARRAY(shapes_arena(r->s), copy->n_members, struct shape_member);
			memcpy(copy->members, op->body->members, copy->n_members * sizeof *copy->members);
			copy->no_wall = true;
		}
		copy->members[k].shape_ = shape_json_text(r->s, member);
		part->is_json_text = true;
	}
	if (copy)
		op->body = copy;
}

/* Parts of a form: the encoding objects, and for multipart the files among the properties. */
static void
read_parts(struct spec_reader *r, struct operation *op, const struct jx *encoding, bool is_multipart)
{
	size_t n = jx_is(encoding, JX_OBJECT) ? encoding->u.object.n : 0;

	if (op->body->show != SHOW_OBJECT && n == 0)
		return;
	op->parts = ARENA_ARRAY(r->a, n + op->body->n_members, struct body_part);
	for (size_t i = 0; i < n; i++) {
		op->parts[op->n_parts].name = encoding->u.object.at[i].key;
		read_encoding(encoding->u.object.at[i].value, &op->parts[op->n_parts++]);
	}
	for (size_t i = 0; is_multipart && i < op->body->n_members; i++) {
		const struct shape_member *m = &op->body->members[i];
		struct shape *sh = shape_member(r->s, op->body, i);
		size_t k = 0;

		if (sh->show == SHOW_ARRAY)
			sh = shape_rest(r->s, sh);
		if (!is_file_shape(sh))
			continue;
		while (k < n && strcmp(op->parts[k].name, m->name) != 0)
			k++;
		if (k == n) {
			k = op->n_parts++;
			op->parts[k] = (struct body_part){.name = m->name, .style = STYLE_FORM, .explode = true};
		}
		op->parts[k].is_file = true;
	}
	show_json_parts(r, op);
}

static int
read_media(struct spec_reader *r, struct sloc media, struct operation *op)
{
	enum media_kind kind = media_kind(op->content_type);
	const struct jx *schema;
	enum imp_code code;
	struct sloc at;
	struct err err;

	if (spec_follow(r, media, &at, &code, &err) < 0)
		return spec_refuse(r, code, media, "the request body cannot be read: %s", err.msg);
	media = at;
	schema = jx_find(media.node, "schema");
	if (!jx_is(media.node, JX_OBJECT))
		return spec_refuse(r, IMP_E_SCHEMA, media, "the media type '%.100s' of the body must be an object, found %s",
		    op->content_type, jx_type_name(media.node->type));
	if (schema) {
		op->body_schema = registry_enter(r->reg, media, schema);
		if (spec_schema_shape(r, op->body_schema, op->body_required, NULL, &op->body) < 0)
			return -1;
	} else if (kind == MEDIA_JSON || kind == MEDIA_ANY) {
		op->body = shape_any(r->s);
	} else if (spec_plain(r, media, kind == MEDIA_FORM || kind == MEDIA_MULTIPART, &op->body) < 0) {
		return -1;
	}
	op->has_body = op->body != NULL;
	if (op->has_body && (kind == MEDIA_FORM || kind == MEDIA_MULTIPART))
		read_parts(r, op, jx_find(media.node, "encoding"), kind == MEDIA_MULTIPART);
	return 0;
}

static int
openapi_body(struct spec_reader *r, const char *wanted, struct operation *op)
{
	const struct jx *body = jx_find(op->at.node, "requestBody"), *content;
	enum imp_code code;
	const char **types;
	struct sloc at;
	struct err err;
	size_t k;

	if (!body || body->type == JX_NULL)
		return 0;
	if (spec_follow(r, spec_child(op->at, body), &at, &code, &err) < 0)
		return spec_refuse(r, code, spec_child(op->at, body), "the request body cannot be read: %s", err.msg);
	if (!jx_is(at.node, JX_OBJECT))
		return spec_refuse(r, IMP_E_SCHEMA, at, "the request body must be an object, found %s",
		    jx_type_name(at.node->type));
	content = jx_find(at.node, "content");
	if (content && content->type != JX_OBJECT)
		return spec_refuse(r, IMP_E_SCHEMA, at, "'content' of the request body must be an object, found %s",
		    jx_type_name(content->type));
	if (jx_size(content) == 0)
		return 0;
	types = ARENA_ARRAY(r->a, content->u.object.n, const char *);
	for (size_t i = 0; i < content->u.object.n; i++)
		types[i] = content->u.object.at[i].key;
	op->content_types = types;
	op->n_content_types = content->u.object.n;
	op->body_required = jx_bool(jx_find(at.node, "required"), false);
	if (choose(r, wanted, op, &k) < 0 || check_media(r, types[k]) < 0)
		return -1;
	op->content_type = types[k];
	return read_media(r, spec_child(at, content->u.object.at[k].value), op);
}

/* --- Swagger 2 ---------------------------------------------------------------------------------------------- */

static void
read_consumes(struct spec_reader *r, struct operation *op, const char *dflt)
{
	const struct jx *list = jx_find(op->at.node, "consumes");
	const char **types;

	if (!jx_is(list, JX_ARRAY))
		list = jx_find(r->root.node, "consumes");
	types = ARENA_ARRAY(r->a, jx_size(list) + 1, const char *);
	for (size_t i = 0; jx_is(list, JX_ARRAY) && i < list->u.array.n; i++)
		if (jx_is(list->u.array.at[i], JX_STRING) && list->u.array.at[i]->u.text.n)
			types[op->n_content_types++] = list->u.array.at[i]->u.text.p;
	if (op->n_content_types == 0)
		types[op->n_content_types++] = dflt;
	op->content_types = types;
}

/* Of the types offered only a form's can carry formData; a file needs multipart. */
static int
swagger_form_type(struct spec_reader *r, const char *wanted, struct operation *op, bool has_file)
{
	const char *dflt = has_file ? "multipart/form-data" : "application/x-www-form-urlencoded";
	const char **types;
	size_t n = 0, k;

	read_consumes(r, op, dflt);
	types = ARENA_ARRAY(r->a, op->n_content_types + 1, const char *);
	for (size_t i = 0; i < op->n_content_types; i++) {
		enum media_kind kind = media_kind(op->content_types[i]);
		if (kind == MEDIA_MULTIPART || (kind == MEDIA_FORM && !has_file))
			types[n++] = op->content_types[i];
	}
	if (n == 0)
		types[n++] = dflt;
	op->content_types = types;
	op->n_content_types = n;
	if (choose(r, wanted, op, &k) < 0 || check_media(r, types[k]) < 0)
		return -1;
	op->content_type = types[k];
	return 0;
}

static int
swagger_form(struct spec_reader *r, const char *wanted, struct operation *op, size_t n)
{
	struct shape_part *parts = ARENA_ARRAY(r->a, n, struct shape_part);
	bool has_file = false;

	op->parts = ARENA_ARRAY(r->a, n, struct body_part);
	for (size_t i = 0; i < op->n_params; i++) {
		const struct param *p = &op->params[i];
		struct body_part *part = &op->parts[op->n_parts];

		if (p->in != IN_FORM)
			continue;
		*part = (struct body_part){.name = p->name, .style = p->style, .explode = p->explode, .is_styled = true,
		    .is_file = jx_is_str(jx_find(p->at.node, "type"), "file"), .items = p->items};
		has_file |= part->is_file;
		parts[op->n_parts++] = (struct shape_part){.name = p->name, .shape = p->shape, .is_required = p->is_required};
		op->body_required |= p->is_required;
	}
	op->body = shape_record(r->s, parts, op->n_parts);
	op->has_body = true;
	return swagger_form_type(r, wanted, op, has_file);
}

static int
swagger_body(struct spec_reader *r, const char *wanted, struct operation *op)
{
	const struct param *body = NULL;
	size_t n_form = 0, k;

	for (size_t i = 0; i < op->n_params; i++) {
		if (op->params[i].in == IN_BODY)
			body = &op->params[i];
		n_form += op->params[i].in == IN_FORM;
	}
	if (!body)
		return n_form ? swagger_form(r, wanted, op, n_form) : 0;
	op->body_required = body->is_required;
	op->body_schema = body->schema;
	read_consumes(r, op, "application/json");
	if (choose(r, wanted, op, &k) < 0 || check_media(r, op->content_types[k]) < 0)
		return -1;
	op->content_type = op->content_types[k];
	if (!body->schema.node)
		op->body = shape_any(r->s);
	else if (spec_schema_shape(r, body->schema, body->is_required, NULL, &op->body) < 0)
		return -1;
	op->has_body = op->body != NULL;
	return 0;
}

int
spec_body(struct spec_reader *r, const char *wanted, struct operation *op)
{
	int rc = r->is_swagger ? swagger_body(r, wanted, op) : openapi_body(r, wanted, op);

	if (rc == 0 && wanted && !op->content_type) {
		struct imp_diag *g = imp_add(r->d, IMP_E_OP, "", "%s %s takes no body, and a body of type '%.100s' was asked for",
		    r->method, r->path, wanted);
		g->got = arena_printf(r->d->a, "'%.100s'", wanted);
		return -1;
	}
	return rc;
}
