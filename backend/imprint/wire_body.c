/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: JSON, forms (WHATWG/RFC 1866 pairs), multipart (RFC 7578), XML, and text as it is. */
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/spec_work.h"
#include "imprint/wire_work.h"

const struct jx *
wire_unfold(struct arena *a, const struct jx *text)
{
	static const struct jx_options opt = {.depth_max = 512, .allow_nul = true, .allow_surrogates = true};
	struct jx *v;

	if (text->type != JX_STRING || jx_parse(a, text->u.text.p, text->u.text.n, &opt, &v, NULL) < 0)
		return text;
	return v;
}

struct jx *
wire_with(struct arena *a, const struct jx *o, size_t i, const struct jx *value)
{
	struct jx *copy = ARENA_NEW(a, struct jx);
	union { const struct jx *in; struct jx *out; } v = {.in = value}; /* trees are read-only by contract */

	*copy = *o;
	copy->u.object.at = ARENA_ARRAY(a, o->u.object.n, struct jx_member);
	memcpy(copy->u.object.at, o->u.object.at, o->u.object.n * sizeof *o->u.object.at);
	copy->u.object.at[i].value = v.out;
	return copy;
}

static const struct body_part *
part_of(const struct operation *op, const char *name, size_t n)
{
	for (size_t i = 0; i < op->n_parts; i++)
		if (strlen(op->parts[i].name) == n && memcmp(op->parts[i].name, name, n) == 0)
			return &op->parts[i];
	return NULL;
}

/* The body as it was meant: properties that the encoding made JSON text are values again. */
static const struct jx *
structured(struct wire *w, const struct jx *body)
{
	for (size_t i = 0; jx_is(body, JX_OBJECT) && i < body->u.object.n; i++) {
		const struct jx_member *m = &body->u.object.at[i];
		const struct body_part *part = part_of(w->op, m->key, m->key_bytes);
		if (part && part->is_json_text)
			body = wire_with(w->a, body, i, wire_unfold(w->a, m->value));
	}
	return body;
}

/*
 * The pairs of a form. With style, explode or allowReserved in its encoding a property travels as a query
 * parameter would; else by contentType, whose default is JSON for objects, the elements one by one for arrays,
 * and plain text for the rest (OpenAPI 3.1.2, Encoding Object).
 */
static void
form_pairs(struct wire *w, const struct jx *body, bool is_multipart, struct wire_pairs *out)
{
	for (size_t i = 0; i < body->u.object.n; i++) {
		const struct jx_member *m = &body->u.object.at[i];
		const struct body_part *part = part_of(w->op, m->key, m->key_bytes);
		bool keeps = part && part->allow_reserved, is_styled = part && part->is_styled;
		struct wire_style st = {.style = STYLE_CONTENT, .explode = true, .enc = keeps ? WIRE_FORM_RESERVED : WIRE_FORM};
		size_t from = out->n;

		if (is_multipart)
			st.enc = WIRE_RAW;
		if (is_styled) {
			st.style = part->style;
			st.explode = part->explode;
			st.items = part->items;
		} else if (m->value->type == JX_ARRAY && !(part && part->content_type &&
		    media_kind(part->content_type) == MEDIA_JSON)) {
			st.style = STYLE_FORM;
		}
		wire_pairs_of(out, m->key, m->key_bytes, m->value, &st);
		for (size_t k = from; k < out->n; k++)
			out->at[k].part = part;
	}
}

static void
write_form(struct wire *w, const struct jx *body, struct buf *out)
{
	struct wire_pairs pairs = {.a = w->a};

	form_pairs(w, body, false, &pairs);
	wire_join_pairs(out, &pairs, WIRE_FORM);
}

/* --- multipart ---------------------------------------------------------------------------------------------------- */

/* In quotes: '"', CR and LF are percent-encoded, as browsers do (WHATWG HTML, multipart/form-data encoding). */
static void
put_quoted(struct buf *b, const char *s, size_t n)
{
	buf_char(b, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\r' || s[i] == '\n')
			wire_put(b, &s[i], 1, WIRE_URI);
		else
			buf_char(b, s[i]);
	}
	buf_char(b, '"');
}

/* The first concrete media type of a contentType list, or NULL. What could break out of a header line is none. */
static const char *
concrete_type(struct arena *a, const char *list)
{
	while (list && *list) {
		size_t n;
		list += strspn(list, " ,");
		n = strcspn(list, ",");
		if (n && !memchr(list, '*', n) && !memchr(list, '\r', n) && !memchr(list, '\n', n))
			return arena_dup(a, list, n);
		list += n;
	}
	return NULL;
}

static void
write_part(struct wire *w, const struct wire_pair *p, struct buf *b)
{
	const char *type = p->part ? concrete_type(w->a, p->part->content_type) : NULL;

	if (!type && p->part && p->part->is_file)
		type = "application/octet-stream";
	if (!type && p->is_json)
		type = "application/json";
	buf_str(b, "Content-Disposition: form-data; name=");
	put_quoted(b, p->name, p->name_bytes);
	if (p->part && p->part->is_file) {
		buf_str(b, "; filename=");
		put_quoted(b, p->name, p->name_bytes);
	}
	if (type)
		buf_printf(b, "\r\nContent-Type: %s", type);
	buf_str(b, "\r\n\r\n");
	buf_add(b, p->value, p->value_bytes);
	buf_str(b, "\r\n");
}

/* A line of its own that none of the parts has: derived from what they hold, so the same fill gives the same bytes. */
static const char *
boundary_of(struct arena *a, const struct buf *parts, size_t n)
{
	for (unsigned round = 0;; round++) {
		char hex[SHA256_HEX];
		const char *boundary;
		bool is_inside = false;
		struct buf all;

		buf_init(&all, a);
		buf_printf(&all, "%u", round);
		for (size_t i = 0; i < n; i++)
			buf_add(&all, parts[i].p, parts[i].len);
		sha256_hex(all.p, all.len, hex);
		boundary = arena_printf(a, "forge-%.40s", hex);
		for (size_t i = 0; i < n; i++)
			is_inside |= memmem(parts[i].p, parts[i].len, boundary, strlen(boundary)) != NULL;
		if (!is_inside)
			return boundary;
	}
}

static void
write_multipart(struct wire *w, const struct jx *body, struct wire_body *out)
{
	struct wire_pairs pairs = {.a = w->a};
	struct buf *parts;
	const char *boundary;

	form_pairs(w, body, true, &pairs);
	parts = ARENA_ARRAY(w->a, pairs.n, struct buf);
	for (size_t i = 0; i < pairs.n; i++) {
		buf_init(&parts[i], w->a);
		write_part(w, &pairs.at[i], &parts[i]);
	}
	boundary = boundary_of(w->a, parts, pairs.n);
	for (size_t i = 0; i < pairs.n; i++) {
		buf_printf(&out->text, "--%s\r\n", boundary);
		buf_add(&out->text, parts[i].p, parts[i].len);
	}
	buf_printf(&out->text, "--%s--\r\n", boundary);
	out->content_type = arena_printf(w->a, "%s; boundary=%s", w->op->content_type, boundary);
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static void
write_json(const struct jx *body, struct buf *out)
{
	struct jw jw;

	jw_init(&jw, out);
	jw_value(&jw, NULL, body);
}

/* A range says nothing about what is sent: text as octets where the schema says binary, else JSON. */
static enum media_kind
settle_range(const struct wire *w, struct wire_body *out)
{
	const struct shape *sh = w->op->body;

	for (size_t i = 0; i < sh->n_formats; i++)
		if (strcmp(sh->formats[i], "binary") == 0) {
			out->content_type = "application/octet-stream";
			return MEDIA_TEXT;
		}
	out->content_type = "application/json";
	return MEDIA_JSON;
}

/* "text/" and "image/" with a star: a request has to say one type. */
static const char *
concrete_range(const char *media)
{
	size_t n = strcspn(media, "; ");

	if (n < 2 || media[n - 1] != '*' || media[n - 2] != '/')
		return media;
	return strncasecmp(media, "text/", 5) == 0 ? "text/plain" : "application/octet-stream";
}

int
wire_body(struct wire *w, const struct jx *body, struct wire_body *out)
{
	enum media_kind kind = media_kind(w->op->content_type);

	out->content_type = kind == MEDIA_TEXT ? concrete_range(w->op->content_type) : w->op->content_type;
	out->value = structured(w, body);
	buf_init(&out->text, w->a);
	if (kind == MEDIA_ANY)
		kind = settle_range(w, out);
	if (kind == MEDIA_JSON) {
		write_json(body, &out->text);
		return 0;
	}
	if (body->type != JX_OBJECT && body->type != JX_ARRAY) {
		wire_text(&out->text, body, WIRE_RAW);
		return 0;
	}
	if ((kind == MEDIA_FORM || kind == MEDIA_MULTIPART) && body->type == JX_ARRAY) {
		struct imp_diag *g = imp_add(w->d, IMP_PARAM,
		    arena_printf(w->d->a, "%s/_body", w->pointer), "a body of type %s is a set of named fields; a list has no names",
		    w->op->content_type);
		g->expected = "an object";
		g->got = imp_say(w->d->a, body);
		return -1;
	}
	if (kind == MEDIA_FORM)
		write_form(w, body, &out->text);
	else if (kind == MEDIA_MULTIPART)
		write_multipart(w, body, out);
	else if (kind == MEDIA_XML)
		return wire_xml(w, body, &out->text);
	else
		write_json(body, &out->text);
	return 0;
}
