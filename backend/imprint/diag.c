/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/diag.h"

#include <stdarg.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"

#define KEPT_DEFAULT 100
#define SAY_CODE_POINTS 40

static const struct {
	const char *name;
	const char *meaning;
	const char *way_out;
} codes[IMP__COUNT] = {
#define C(code, meaning, way_out) [code] = {#code, meaning, way_out},
#include "imprint/codes.def"
#undef C
};

void
imp_diags_init(struct imp_diags *d, struct arena *a)
{
	*d = (struct imp_diags){.a = a};
}

struct imp_diag *
imp_add(struct imp_diags *d, enum imp_code code, const char *pointer, const char *message, ...)
{
	size_t max = d->max ? d->max : KEPT_DEFAULT;
	struct imp_diag *g;
	va_list ap;

	INVARIANT(code < IMP__COUNT);
	d->n_all++;
	if (d->n >= max)
		return ARENA_NEW(d->a, struct imp_diag);
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 8;
		struct imp_diag *more = ARENA_ARRAY(d->a, cap, struct imp_diag);
		if (d->n)
			memcpy(more, d->at, d->n * sizeof *more);
		d->at = more;
		d->cap = cap;
	}
	g = &d->at[d->n++];
	va_start(ap, message);
	*g = (struct imp_diag){
	    .code = code, .pointer = pointer ? pointer : "", .message = arena_vprintf(d->a, message, ap)};
	va_end(ap);
	return g;
}

bool
imp_is_warning(enum imp_code code)
{
	return strncmp(imp_code_name(code), "IMP_W_", 6) == 0;
}

const char *
imp_code_name(enum imp_code code)
{
	INVARIANT(code < IMP__COUNT);
	return codes[code].name;
}

const char *
imp_code_way_out(enum imp_code code)
{
	INVARIANT(code < IMP__COUNT);
	return codes[code].way_out;
}

const char *
imp_code_meaning(enum imp_code code)
{
	INVARIANT(code < IMP__COUNT);
	return codes[code].meaning;
}

enum imp_code
imp_code_find(const char *name)
{
	for (unsigned i = 0; i < IMP__COUNT; i++)
		if (strcmp(codes[i].name, name) == 0)
			return (enum imp_code)i;
	return IMP__COUNT;
}

static void
put_text(struct jw *w, const char *key, const char *text)
{
	if (text)
		jw_str(w, key, text);
}

void
imp_diags_fix_once(struct imp_diags *d, size_t from)
{
	for (size_t i = from; i < d->n; i++)
		for (size_t j = from; d->at[i].fix && j < i; j++)
			if (d->at[j].fix && strcmp(d->at[i].fix, d->at[j].fix) == 0)
				d->at[i].fix = NULL;
}

bool
imp_diags_fixes(struct buf *b, const struct imp_diags *d)
{
	bool any = false;

	buf_char(b, '[');
	for (size_t i = d->n; i-- > 0;) {
		const char *fix = d->at[i].fix;
		size_t n = fix ? strlen(fix) : 0;
		if (n <= 2)
			continue;
		if (any)
			buf_char(b, ',');
		buf_add(b, fix + 1, n - 2); /* the operations without their brackets */
		any = true;
	}
	buf_char(b, ']');
	return any;
}

void
imp_diags_json(struct jw *w, const char *key, const struct imp_diags *d)
{
	jw_array(w, key);
	for (size_t i = 0; i < d->n; i++) {
		const struct imp_diag *g = &d->at[i];
		jw_object(w, NULL);
		jw_str(w, "code", imp_code_name(g->code));
		jw_str(w, "pointer", g->pointer);
		put_text(w, "schema_pointer", g->schema_pointer);
		jw_str(w, "message", g->message);
		put_text(w, "expected", g->expected);
		put_text(w, "got", g->got);
		if (g->nearest)
			jw_raw(w, "nearest", g->nearest);
		if (g->fix)
			jw_raw(w, "fix", g->fix);
		if (g->line) {
			jw_uint(w, "line", g->line);
			jw_uint(w, "column", g->column);
		}
		jw_end(w);
	}
	jw_end(w);
}

/* Bytes of the first max code points, so that a cut never splits one. */
static size_t
cut(const char *s, size_t n, size_t max)
{
	size_t i = 0, points = 0;

	while (i < n) {
		if (((unsigned char)s[i] & 0xc0) != 0x80 && points++ == max)
			return i;
		i++;
	}
	return n;
}

static const char *
say_text(struct arena *a, const char *what, const char *quote, const char *s, size_t n)
{
	size_t k = cut(s, n, SAY_CODE_POINTS);
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "%s %s", what, quote);
	for (size_t i = 0; i < k; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			buf_printf(&b, "\\u%04x", (unsigned char)s[i]);
		else
			buf_char(&b, s[i]);
	buf_printf(&b, "%s%s", k < n ? "…" : "", quote);
	return buf_take(&b);
}

const char *
imp_say(struct arena *a, const struct jx *v)
{
	if (!v)
		return "nothing";
	switch (v->type) {
	case JX_NULL: return "null";
	case JX_BOOL: return v->u.boolean ? "true" : "false";
	case JX_NUMBER: return say_text(a, "the number", "", v->u.text.p, v->u.text.n);
	case JX_STRING:
		return v->u.text.n ? say_text(a, "the text", "'", v->u.text.p, v->u.text.n) : "an empty text";
	case JX_ARRAY:
		return v->u.array.n == 0   ? "an empty array"
		       : v->u.array.n == 1 ? "an array with 1 element"
					   : arena_printf(a, "an array with %zu elements", v->u.array.n);
	case JX_OBJECT: return v->u.object.n ? "an object" : "an empty object";
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

const char *
imp_join(struct arena *a, const char *pointer, const char *name, size_t n)
{
	size_t base = strlen(pointer), more = 0, o;
	char *p;

	for (size_t i = 0; i < n; i++)
		more += name[i] == '~' || name[i] == '/';
	p = arena_alloc(a, base + 1 + n + more + 1);
	memcpy(p, pointer, base);
	o = base;
	p[o++] = '/';
	for (size_t i = 0; i < n; i++) {
		if (name[i] == '~' || name[i] == '/') {
			p[o++] = '~';
			p[o++] = name[i] == '~' ? '0' : '1';
		} else {
			p[o++] = name[i];
		}
	}
	return p;
}

const char *
imp_join_index(struct arena *a, const char *pointer, size_t i)
{
	return arena_printf(a, "%s/%zu", pointer, i);
}
