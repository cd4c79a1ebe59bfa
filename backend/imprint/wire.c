/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/wire.h"

#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/spec_work.h"
#include "imprint/wire_work.h"

/* The member called name of a section, or NULL. */
static const struct jx *
member(const struct jx *section, const char *name)
{
	return jx_find(section, name);
}

static int
refuse(struct wire *w, const char *section, const char *name, const struct jx *v, const char *message, const char *expected)
{
	const char *at = arena_printf(w->d->a, "%s%s", w->pointer, section);
	struct imp_diag *g = imp_add(w->d, IMP_PARAM, imp_join(w->d->a, at, name, strlen(name)), "%s", message);

	g->expected = expected;
	g->got = imp_say(w->d->a, v);
	return -1;
}

static struct wire_style
style_of(const struct param *p, enum wire_enc enc)
{
	return (struct wire_style){.style = p->style, .explode = p->explode, .is_required = p->is_required, .enc = enc,
	    .items = p->items};
}

/* --- path ------------------------------------------------------------------------------------------------------ */

struct path {
	struct buf out;
	size_t segment;           /* where the current one starts */
	const struct param *last; /* the last parameter in it, or NULL */
	const struct jx *value;
};

/* A filled segment must be one on the server too: not empty, not "." or "..". */
static int
end_segment(struct wire *w, struct path *p)
{
	const char *s = p->out.p + p->segment;
	size_t n = p->out.len - p->segment;
	int rc = 0;

	if (p->last && (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.')))
		rc = refuse(w, "/_path", p->last->name, p->value,
		    n == 0 ? "this value leaves a segment of the path empty" :
		    "this value makes a segment of the path '.' or '..', which leads elsewhere",
		    "a text other than \"\", \".\" and \"..\"");
	p->last = NULL;
	p->segment = p->out.len + 1;
	return rc;
}

static int
expand(struct wire *w, struct path *path, const struct param *p, const struct jx *section)
{
	const struct jx *v = member(section, p->name);
	struct wire_style st = style_of(p, WIRE_URI);
	size_t before = path->out.len;

	if (!v)
		return refuse(w, "/_path", p->name, NULL, "the path needs this parameter", "a value");
	wire_single(&path->out, p->name, v, &st);
	if (path->out.len == before)
		return refuse(w, "/_path", p->name, v, "nothing would stand in the path for this parameter", "a text that is not empty");
	path->last = p;
	path->value = v;
	return 0;
}

/* Text of the template between parameters: what cannot stand in a URI is encoded. */
static void
put_literal(struct buf *b, char c)
{
	bool is_bad = (unsigned char)c <= 0x20 || (unsigned char)c >= 0x7f || strchr("\"<>\\^`{|}", c);

	if (is_bad)
		wire_put(b, &c, 1, WIRE_URI);
	else
		buf_char(b, c);
}

static int
write_path(struct wire *w, const struct jx *section, struct path *path)
{
	const char *s = w->op->path;
	int rc = 0;

	buf_init(&path->out, w->a);
	buf_str(&path->out, "");
	while (*s) {
		const char *close = *s == '{' ? strchr(s, '}') : NULL;
		const struct param *p = close ? spec_placeholder(w->op, s + 1, (size_t)(close - s - 1)) : NULL;

		if (p) {
			rc |= expand(w, path, p, section);
			s = close + 1;
			continue;
		}
		if (strchr("/?#", *s))
			rc |= end_segment(w, path);
		put_literal(&path->out, *s++);
	}
	return rc | end_segment(w, path);
}

/* --- query, headers, cookies ------------------------------------------------------------------------------------ */

static const struct param *
declared(const struct operation *op, enum param_in in, const char *name, size_t n)
{
	for (size_t i = 0; i < op->n_params; i++)
		if (op->params[i].in == in && strlen(op->params[i].name) == n && memcmp(op->params[i].name, name, n) == 0)
			return &op->params[i];
	return NULL;
}

/* Declared parameters in their order, then members that only --open lets in. */
static void
write_query(struct wire *w, const struct jx *section, struct buf *out)
{
	struct wire_pairs pairs = {.a = w->a};

	for (size_t i = 0; i < w->op->n_params; i++) {
		const struct param *p = &w->op->params[i];
		const struct jx *v = p->in == IN_QUERY ? member(section, p->name) : NULL;
		struct wire_style st = style_of(p, p->allow_reserved ? WIRE_URI_RESERVED : WIRE_URI);
		if (v)
			wire_pairs_of(&pairs, p->name, strlen(p->name), v, &st);
	}
	for (size_t i = 0; jx_is(section, JX_OBJECT) && i < section->u.object.n; i++) {
		const struct jx_member *m = &section->u.object.at[i];
		struct wire_style st = {.style = STYLE_FORM, .explode = true, .enc = WIRE_URI};
		if (!declared(w->op, IN_QUERY, m->key, m->key_bytes))
			wire_pairs_of(&pairs, m->key, m->key_bytes, m->value, &st);
	}
	wire_join_pairs(out, &pairs, WIRE_URI);
}

/* RFC 9110 token: what a header or a cookie may be called. */
static bool
is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", s[i]))
			return false;
	return n > 0;
}

/* RFC 9110 field-value: visible characters, blanks between them. */
static bool
is_field(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == 0x7f || (c < 0x20 && c != '\t'))
			return false;
	}
	return n == 0 || (s[0] != ' ' && s[0] != '\t' && s[n - 1] != ' ' && s[n - 1] != '\t');
}

/* RFC 6265 cookie-octet. */
static bool
is_cookie(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f || strchr("\",;\\", s[i]))
			return false;
	return true;
}

static int
write_header(struct wire *w, const struct param *p, const struct jx *v, struct wire_pairs *out)
{
	struct wire_style st = style_of(p, WIRE_RAW);
	struct buf b;

	buf_init(&b, w->a);
	buf_str(&b, "");
	wire_single(&b, p->name, v, &st);
	if (!is_token(p->name, strlen(p->name)))
		return refuse(w, "/_header", p->name, v, "a header cannot have this name", "nothing: leave it out");
	if (!is_field(b.p, b.len))
		return refuse(w, "/_header", p->name, v,
		    "line breaks, control characters, and blanks at either end cannot travel in a header",
		    "visible characters, with blanks only between them");
	wire_pair_add(out, p->name, strlen(p->name), b.p, b.len);
	return 0;
}

/* A name that no cookie can have travels as its values do: percent-encoded. */
static void
encode_name(struct wire *w, struct wire_pair *p)
{
	struct buf b;

	buf_init(&b, w->a);
	buf_str(&b, "");
	wire_put(&b, p->name, p->name_bytes, WIRE_URI);
	p->name = b.p;
	p->name_bytes = b.len;
}

static int
write_cookie(struct wire *w, const struct param *p, const struct jx *v, struct wire_pairs *out)
{
	bool is_raw = p->style == STYLE_CONTENT && media_kind(p->media) == MEDIA_TEXT;
	struct wire_style st = style_of(p, is_raw ? WIRE_RAW : WIRE_URI);
	size_t before = out->n;

	wire_pairs_of(out, p->name, strlen(p->name), v, &st);
	for (size_t i = before; i < out->n; i++) {
		if (!is_token(out->at[i].name, out->at[i].name_bytes))
			encode_name(w, &out->at[i]);
		if (out->at[i].name_bytes == 0)
			return refuse(w, "/_cookie", p->name, v, "a cookie cannot be without a name", "names that are not empty");
		if (is_raw && !is_cookie(out->at[i].value, out->at[i].value_bytes))
			return refuse(w, "/_cookie", p->name, v, "this text cannot stand in a cookie as it is",
			    "visible ASCII without blanks, quotes, commas, semicolons and backslashes");
	}
	return 0;
}

static int
write_fields(struct wire *w, enum param_in in, const struct jx *section, struct wire_pairs *out)
{
	const char *name = in == IN_HEADER ? "/_header" : "/_cookie";
	int rc = 0;

	for (size_t i = 0; i < w->op->n_params; i++) {
		const struct param *p = &w->op->params[i];
		const struct jx *v = p->in == in ? member(section, p->name) : NULL;
		if (v)
			rc |= in == IN_HEADER ? write_header(w, p, v, out) : write_cookie(w, p, v, out);
	}
	for (size_t i = 0; jx_is(section, JX_OBJECT) && i < section->u.object.n; i++) {
		const struct jx_member *m = &section->u.object.at[i];
		if (!declared(w->op, in, m->key, m->key_bytes))
			rc |= refuse(w, name, m->key, m->value, "the operation does not declare this one", "a declared name");
	}
	return rc;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void
put_pairs(struct jw *w, const char *key, const struct wire_pairs *pairs)
{
	jw_array(w, key);
	for (size_t i = 0; i < pairs->n; i++) {
		jw_array(w, NULL);
		jw_strn(w, NULL, pairs->at[i].name, pairs->at[i].name_bytes);
		jw_strn(w, NULL, pairs->at[i].value, pairs->at[i].value_bytes);
		jw_end(w);
	}
	jw_end(w);
}

/* A section with its values as they were meant: JSON text of a `content:` parameter as the value it holds. */
static void
put_section(struct wire *w, struct jw *jw, const char *key, enum param_in in, const struct jx *section)
{
	if (!jx_is(section, JX_OBJECT)) {
		jw_object(jw, key);
		jw_end(jw);
		return;
	}
	for (size_t i = 0; i < section->u.object.n; i++) {
		const struct jx_member *m = &section->u.object.at[i];
		const struct param *p = declared(w->op, in, m->key, m->key_bytes);
		if (p && p->style == STYLE_CONTENT && media_kind(p->media) == MEDIA_JSON)
			section = wire_with(w->a, section, i, wire_unfold(w->a, m->value));
	}
	jw_value(jw, key, section);
}

int
wire_write(const struct operation *op, const struct jx *payload, const char *pointer, struct arena *a, struct buf *b,
    struct imp_diags *d)
{
	const struct jx *path = jx_find(payload, "_path"), *query = jx_find(payload, "_query"),
	    *header = jx_find(payload, "_header"), *cookie = jx_find(payload, "_cookie"),
	    *body = op->has_body ? jx_find(payload, "_body") : NULL;
	struct wire_pairs headers = {.a = a}, cookies = {.a = a};
	struct wire w = {.op = op, .a = a, .d = d, .pointer = pointer ? pointer : ""};
	struct wire_body out = {0};
	struct path where = {0};
	struct buf text;
	struct jw jw;
	int rc;

	buf_init(&text, a);
	rc = write_path(&w, path, &where);
	write_query(&w, query, &text);
	rc |= write_fields(&w, IN_HEADER, header, &headers);
	rc |= write_fields(&w, IN_COOKIE, cookie, &cookies);
	if (body)
		rc |= wire_body(&w, body, &out);
	if (rc < 0)
		return -1;
	jw_init(&jw, b);
	jw_object(&jw, NULL);
	jw_str(&jw, "method", op->method);
	jw_strn(&jw, "path", where.out.p, where.out.len);
	jw_strn(&jw, "query", text.len ? text.p : "", text.len);
	put_pairs(&jw, "headers", &headers);
	put_pairs(&jw, "cookies", &cookies);
	if (body)
		jw_str(&jw, "content_type", out.content_type);
	jw_object(&jw, "params");
	put_section(&w, &jw, "path", IN_PATH, path);
	put_section(&w, &jw, "query", IN_QUERY, query);
	put_section(&w, &jw, "headers", IN_HEADER, header);
	put_section(&w, &jw, "cookies", IN_COOKIE, cookie);
	jw_end(&jw);
	if (body) {
		jw_value(&jw, "body", out.value);
		jw_strn(&jw, "body_text", out.text.len ? out.text.p : "", out.text.len);
	}
	jw_end(&jw);
	return 0;
}

void
wire_look(const struct operation *op, const struct jx *filled, const char *pointer, struct imp_diags *d)
{
	struct wire w = {.op = op, .a = d->a, .d = d, .pointer = pointer ? pointer : ""};
	const struct jx *path = jx_find(filled, "_path"), *header = jx_find(filled, "_header");

	for (size_t i = 0; i < op->n_params; i++) {
		const struct param *p = &op->params[i];
		const struct jx *v = p->in == IN_PATH ? member(path, p->name) : p->in == IN_HEADER ? member(header, p->name) : NULL;

		if (!jx_is(v, JX_STRING))
			continue;
		if (p->in == IN_PATH && p->style == STYLE_SIMPLE && (v->u.text.n == 0 || jx_is_str(v, ".") || jx_is_str(v, "..")))
			(void)refuse(&w, "/_path", p->name, v, "this text cannot stand in a path", "a text other than \"\", \".\" and \"..\"");
		if (p->in == IN_HEADER && !is_field(v->u.text.p, v->u.text.n))
			(void)refuse(&w, "/_header", p->name, v, "this text cannot stand in a header",
			    "visible characters, with blanks only between them");
	}
}
