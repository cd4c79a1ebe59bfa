/* SPDX-License-Identifier: Apache-2.0 */
/* A body as XML 1.0, by the xml objects of its schema (OpenAPI 3.1.2, XML Object). */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/wire_work.h"

enum { XML_DEPTH_MAX = 128, XML_REFS_MAX = 16 };

struct writer {
	struct wire *w;
	struct shapes *s;
	struct buf *b;
};
struct naming { /* what the xml object of a schema says */
	const char *name, *prefix, *namespace;
	bool is_attribute, is_wrapped;
	const char *ref_name; /* last segment of a reference that was followed */
};

static void
read_xml(const struct jx *node, struct naming *out)
{
	const struct jx *xml = jx_find(node, "xml");

	if (!xml || out->name || out->prefix || out->namespace || out->is_attribute || out->is_wrapped)
		return;
	out->name = jx_str(jx_find(xml, "name"), NULL);
	out->prefix = jx_str(jx_find(xml, "prefix"), NULL);
	out->namespace = jx_str(jx_find(xml, "namespace"), NULL);
	out->is_attribute = jx_bool(jx_find(xml, "attribute"), false);
	out->is_wrapped = jx_bool(jx_find(xml, "wrapped"), false);
}

static struct naming
naming_of(struct writer *x, const struct shape *sh)
{
	struct naming out = {0};

	for (unsigned i = 0; sh && i < sh->n_locs; i++) {
		struct sloc at = sh->locs[i];
		const struct jx *ref;
		read_xml(at.node, &out);
		for (unsigned k = 0; k < XML_REFS_MAX && jx_is(ref = jx_find(at.node, "$ref"), JX_STRING); k++) {
			const char *slash = strrchr(ref->u.text.p, '/');
			if (!out.ref_name && slash && slash[1])
				out.ref_name = slash + 1;
			if (registry_resolve(shapes_registry(x->s), at, ref->u.text.p, ref->u.text.n, &at, NULL) < 0)
				break;
			read_xml(at.node, &out);
		}
	}
	return out;
}

static int
refuse(struct writer *x, const char *pointer, const struct jx *v, const char *message, const char *expected)
{
	struct imp_diag *g = imp_add(x->w->d, IMP_PARAM, pointer, "%s", message);

	g->expected = expected;
	g->got = imp_say(x->w->d->a, v);
	return -1;
}

static bool
is_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool is_start = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
		if (!is_start && (i == 0 || !(c == '-' || c == '.' || (c >= '0' && c <= '9'))))
			return false;
	}
	return n > 0;
}

/* Text or attribute value; -1 for characters that XML 1.0 has no way to write. */
static int
put_text(struct writer *x, const struct jx *v, const char *pointer)
{
	struct buf text;

	buf_init(&text, x->w->a);
	wire_text(&text, v, WIRE_RAW);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		switch (c) {
		case '&': buf_str(x->b, "&amp;"); break;
		case '<': buf_str(x->b, "&lt;"); break;
		case '>': buf_str(x->b, "&gt;"); break;
		case '"': buf_str(x->b, "&quot;"); break;
		case '\t':
		case '\n':
		case '\r': buf_printf(x->b, "&#%d;", c); break;
		default:
			if (c < 0x20 || (c == 0xef && text.len - i > 2 && (unsigned char)text.p[i + 1] == 0xbf &&
			    (unsigned char)text.p[i + 2] >= 0xbe))
				return refuse(x, pointer, v, "XML has no way to write this character", "text without control characters");
			buf_char(x->b, (char)c);
		}
	}
	return 0;
}

static const char *
qualified(struct writer *x, const struct naming *how, const char *name)
{
	return how->prefix ? arena_printf(x->w->a, "%s:%s", how->prefix, name) : name;
}

static struct shape *
part_shape(struct writer *x, struct shape *sh, const char *name, size_t n)
{
	long k = sh ? shape_member_find(x->s, sh, name, n) : -1;
	bool is_shown;

	if (k >= 0)
		return shape_member(x->s, sh, (size_t)k);
	return sh ? shape_extra(x->s, sh, name, n, &is_shown) : NULL;
}

static int element(struct writer *x, const char *name, const struct naming *how, const struct jx *v, struct shape *sh,
    const char *pointer, unsigned depth);

/* The elements of an array, one after another, each called name (or what the items say). */
static int
elements(struct writer *x, const char *name, const struct jx *v, struct shape *sh, const char *pointer, unsigned depth)
{
	struct shape *rest = sh && (sh->types & T_ARRAY) && sh->show != SHOW_CHOICE ? shape_rest(x->s, sh) : NULL;
	struct naming how = naming_of(x, rest);

	for (size_t i = 0; i < v->u.array.n; i++)
		if (element(x, how.name ? how.name : name, &how, v->u.array.at[i], rest,
		    imp_join_index(x->w->d->a, pointer, i), depth + 1) < 0)
			return -1;
	return 0;
}

static int
member(struct writer *x, const struct jx_member *m, struct shape *sh, const char *pointer, unsigned depth)
{
	struct naming how = naming_of(x, sh);
	const char *name = how.name ? how.name : m->key;
	struct naming plain = {.prefix = how.prefix, .namespace = how.namespace};

	if (m->value->type != JX_ARRAY || how.is_wrapped)
		return element(x, name, &plain, m->value, sh, pointer, depth + 1);
	return elements(x, m->key, m->value, sh, pointer, depth);
}

static int
attributes(struct writer *x, const struct jx *v, struct shape *sh, const char *pointer)
{
	for (size_t i = 0; v->type == JX_OBJECT && i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		struct naming how = naming_of(x, part_shape(x, sh, m->key, m->key_bytes));
		const char *name = how.name ? how.name : m->key, *at = imp_join(x->w->d->a, pointer, m->key, m->key_bytes);

		if (!how.is_attribute)
			continue;
		if (!is_name(name, strlen(name)))
			return refuse(x, at, m->value, "an XML attribute cannot have this name", "letters, digits, '-', '_' and '.'");
		buf_printf(x->b, " %s=\"", qualified(x, &how, name));
		if (put_text(x, m->value, at) < 0)
			return -1;
		buf_char(x->b, '"');
	}
	return 0;
}

static int
content(struct writer *x, const char *name, const struct jx *v, struct shape *sh, const char *pointer, unsigned depth)
{
	if (v->type == JX_ARRAY)
		return elements(x, name, v, sh, pointer, depth);
	if (v->type != JX_OBJECT)
		return put_text(x, v, pointer);
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		struct shape *part = part_shape(x, sh, m->key, m->key_bytes);
		if (!naming_of(x, part).is_attribute &&
		    member(x, m, part, imp_join(x->w->d->a, pointer, m->key, m->key_bytes), depth) < 0)
			return -1;
	}
	return 0;
}

static int
element(struct writer *x, const char *name, const struct naming *how, const struct jx *v, struct shape *sh,
    const char *pointer, unsigned depth)
{
	const char *tag = qualified(x, how, name);

	if (depth > XML_DEPTH_MAX)
		return refuse(x, pointer, v, "nested deeper than XML is written here", "at most 128 levels");
	if (!is_name(name, strlen(name)) || (how->prefix && !is_name(how->prefix, strlen(how->prefix))))
		return refuse(x, pointer, v, "an XML element cannot have this name", "letters, digits, '-', '_' and '.'");
	buf_printf(x->b, "<%s", tag);
	if (how->namespace) {
		struct jx uri = {.type = JX_STRING, .u.text = {how->namespace, strlen(how->namespace)}};
		buf_printf(x->b, " xmlns%s%s=\"", how->prefix ? ":" : "", how->prefix ? how->prefix : "");
		if (put_text(x, &uri, pointer) < 0)
			return -1;
		buf_char(x->b, '"');
	}
	if (attributes(x, v, sh, pointer) < 0)
		return -1;
	buf_char(x->b, '>');
	if (content(x, name, v, sh, pointer, depth) < 0)
		return -1;
	buf_printf(x->b, "</%s>", tag);
	return 0;
}

int
wire_xml(struct wire *w, const struct jx *body, struct buf *out)
{
	struct writer x = {.w = w, .s = w->op->shapes, .b = out};
	struct naming how = naming_of(&x, w->op->body);
	const char *name = how.name ? how.name : how.ref_name && is_name(how.ref_name, strlen(how.ref_name)) ? how.ref_name : "root";

	return element(&x, name, &how, body, w->op->body, arena_printf(w->d->a, "%s/_body", w->pointer), 0);
}
