/* SPDX-License-Identifier: Apache-2.0 */
/* One value: what was left as printed, listed values, texts that hold JSON, and the way to the
 * containers. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "imprint/decode_work.h"
#include "imprint/token.h"

unsigned
dec_type(const struct jx *v)
{
	switch (v->type) {
	case JX_NULL: return T_NULL;
	case JX_BOOL: return T_BOOLEAN;
	case JX_NUMBER: return decimal_is_integer(v->u.text.p, v->u.text.n) ? T_INTEGER : T_NUMBER;
	case JX_STRING: return T_STRING;
	case JX_ARRAY: return T_ARRAY;
	case JX_OBJECT: return T_OBJECT;
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

const struct jx *
dec_constant(const struct shape *sh)
{
	return sh->is_const && sh->values && sh->n_values == 1 ? sh->values[0] : NULL;
}

/* A node of our own that says the same; parts are shared. */
struct jx *
dec_copy(struct decoder *c, const struct jx *v)
{
	struct jx *copy = ARENA_NEW(c->a, struct jx);

	*copy = *v;
	return copy;
}

bool
dec_is_token(const struct jx *v)
{
	return v->type == JX_STRING && v->u.text.n && v->u.text.p[0] == '{' &&
	       token_is_like(v->u.text.p, v->u.text.n);
}

bool
dec_token_names(const char *s, size_t n, const char *type)
{
	size_t k = strlen(type), i = 0;

	while (i < n && s[i] != '|')
		i++;
	for (i++; i < n && s[i] == ' ';)
		i++;
	return i + k < n && memcmp(s + i, type, k) == 0 &&
	       (s[i + k] == '|' || s[i + k] == '}' || s[i + k] == '/' || s[i + k] == ' ');
}

bool
dec_is_untouched(struct decoder *c, const struct jx *v, unsigned depth)
{
	if (depth > DECODE_DEPTH_MAX || c->touches_left == 0)
		return false;
	c->touches_left--;
	if (v->type == JX_STRING)
		return dec_is_token(v);
	if (v->type == JX_ARRAY) {
		for (size_t i = 0; i < v->u.array.n; i++)
			if (!dec_is_untouched(c, v->u.array.at[i], depth + 1))
				return false;
		return true;
	}
	if (v->type != JX_OBJECT)
		return false;
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		bool is_meta = token_is_like(m->key, m->key_bytes) && jx_is_str(m->value, "");

		if (!is_meta && !dec_is_untouched(c, m->value, depth + 1))
			return false;
	}
	return true;
}

static bool
is_optional_token(const struct jx *v)
{
	enum token_kind kind;

	if (!dec_is_token(v))
		return false;
	kind = token_kind_of(v->u.text.p, v->u.text.n);
	return kind == TOKEN_OPTIONAL || kind == TOKEN_OPTIONAL_ENUM || kind == TOKEN_REF;
}

static bool
is_left_object(const struct jx *v)
{
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		enum token_kind kind;

		if (!token_is_like(m->key, m->key_bytes))
			continue;
		kind = token_kind_of(m->key, m->key_bytes);
		if (kind == TOKEN_OPTIONAL && dec_token_names(m->key, m->key_bytes, "object"))
			return true;
		if (kind == TOKEN_ONE_OF && is_optional_token(m->value))
			return true;
	}
	return false;
}

static bool
is_left_array(const struct jx *v)
{
	if (v->u.array.n == 0)
		return false;
	const struct jx *first = v->u.array.at[0];
	if (is_optional_token(first) && dec_token_names(first->u.text.p, first->u.text.n, "array"))
		return true;
	for (size_t i = 0; i < v->u.array.n; i++)
		if (!is_optional_token(v->u.array.at[i]))
			return false;
	return true;
}

bool
dec_is_left(struct decoder *c, const struct jx *v)
{
	bool is_marked =
	    v->type == JX_OBJECT ? is_left_object(v) : v->type == JX_ARRAY && is_left_array(v);

	return is_marked && dec_is_untouched(c, v, 0);
}

/* --- tokens
 * ----------------------------------------------------------------------------------------------------
 */

static enum got
token_bad(struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p,
    const char *why)
{
	struct imp_diag *g;

	if (dec_hush(c, IMP_TOKEN))
		return GOT_BAD;
	g = dec_find(c, IMP_TOKEN, p, v, sh,
	    "this looks like a token and is not one (%s); text that begins like a token is written with a backslash before it",
	    why);
	g->expected = "a value, or the token as it was printed";
	return GOT_BAD;
}

static enum got
token_unfilled(struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p)
{
	struct imp_diag *g;

	if (dec_hush(c, IMP_UNFILLED))
		return GOT_BAD;
	g = dec_find(c, IMP_UNFILLED, p, v, sh,
	    "a value is required here, and the token was left as printed");
	if (sh->values && sh->n_values) {
		g->expected = sh->n_values == 1
				  ? arena_printf(c->d->a, "%s", imp_say(c->d->a, sh->values[0]))
				  : "one of the listed values";
		if (sh->n_values == 1)
			g->fix =
			    fix_replace(c->d->a, g->pointer, dec_literal(c->d->a, sh->values[0]));
	} else {
		g->expected = dec_types_words(c->d->a, sh->types);
	}
	return GOT_BAD;
}

/* The platform's constant. */
static enum got
inject(struct decoder *c, const struct shape *sh, struct jx **out)
{
	*out = dec_copy(c, dec_constant(sh));
	c->injected++;
	return GOT_VALUE;
}

enum got
dec_token(struct decoder *c, struct shape *sh, const struct jx *v, const struct place *p,
    enum slot_at at, struct jx **out)
{
	struct token t;
	struct err err;
	bool may_be_left = at == AT_OPTIONAL || at == AT_ELEMENT;

	if (token_parse(c->a, v->u.text.p, v->u.text.n, false, &t, &err) < 0)
		return token_bad(c, sh, v, p, c->quiet ? "" : err.msg);
	switch (t.kind) {
	case TOKEN_AUTO:
		if (dec_constant(sh) && at != AT_ELEMENT)
			return inject(c, sh, out);
		return at == AT_OPTIONAL ? GOT_NONE : token_unfilled(c, sh, v, p);
	case TOKEN_OPTIONAL:
	case TOKEN_OPTIONAL_ENUM:
	case TOKEN_REF: return may_be_left ? GOT_NONE : token_unfilled(c, sh, v, p);
	case TOKEN_FILL:
	case TOKEN_FILL_ENUM: return token_unfilled(c, sh, v, p);
	case TOKEN_ONE_OF: return token_bad(c, sh, v, p, "{ONE_OF} is a member name, not a value");
	}
	NEVER("a token kind outside its enum");
}

/* --- listed values
 * --------------------------------------------------------------------------------------------- */

static struct jx *
unescaped(struct decoder *c, struct jx *v)
{
	struct jx *copy;

	if (v->u.text.n == 0 || v->u.text.p[0] != '\\' ||
	    !token_is_escaped(v->u.text.p, v->u.text.n))
		return v;
	copy = dec_copy(c, v);
	copy->u.text.p = token_unescape(v->u.text.p, v->u.text.n, &copy->u.text.n);
	return copy;
}

static enum got
value_unlisted(struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p,
    enum slot_at at)
{
	struct arena *a = c->d->a;
	bool is_fixed = sh->n_values == 1 && (at == AT_ROOT || at == AT_MEMBER);
	struct imp_diag *g;
	struct buf b;

	if (dec_hush(c, is_fixed ? IMP_CONST : IMP_ENUM))
		return GOT_BAD;
	if (is_fixed) {
		g = dec_find(c, IMP_CONST, p, v, sh,
		    "the platform fixes this value; leave it out, or give %s",
		    imp_say(a, sh->values[0]));
		g->expected = imp_say(a, sh->values[0]);
	} else {
		g = dec_find(c, IMP_ENUM, p, v, sh, "%s is not one of the %zu listed values",
		    imp_say(a, v), sh->n_values);
		buf_init(&b, a);
		for (size_t i = 0; i < sh->n_values && i < 8; i++)
			buf_printf(&b, "%s%s", i ? ", " : "one of: ", imp_say(a, sh->values[i]));
		if (sh->n_values > 8)
			buf_printf(&b, " and %zu more", sh->n_values - 8);
		g->expected = b.len ? buf_take(&b) : "no value";
	}
	if (sh->values && sh->n_values)
		dec_near_value(c, g, sh, v);
	return GOT_BAD;
}

static enum got
listed_value(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p,
    enum slot_at at, struct jx **out)
{
	struct jx *x = v;

	if (v->type == JX_STRING)
		x = unescaped(c, v);
	else if ((v->type == JX_OBJECT || v->type == JX_ARRAY) &&
		 dec_value(c, shape_any(c->s), v, p, AT_KEY, &x) != GOT_VALUE)
		return GOT_BAD;
	for (size_t i = 0; i < sh->n_values; i++)
		if (sh->values[i]->type == x->type && jx_equal(sh->values[i], x)) {
			*out = x;
			return GOT_VALUE;
		}
	return value_unlisted(c, sh, x, p, at);
}

/* --- texts that hold JSON
 * -------------------------------------------------------------------------------------- */

/* Hold the JSON in a text against the child. Findings stand at the text: inside it there are no
 * pointers. */
static enum got
child_text(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out)
{
	static const struct jx_options limits = {.depth_max = DECODE_DEPTH_MAX / 2};
	struct shape *child = shape_child(c->s, sh);
	struct jx *inner, *made = NULL, *text = unescaped(c, v);
	size_t found = c->n_found, score = c->score, injected = c->injected, n = 0;
	struct imp_diags *outer = c->d, in_text;
	const char *prefix = c->prefix;
	struct err err;
	enum got got;

	*out = text;
	if (jx_parse(c->a, text->u.text.p, text->u.text.n, &limits, &inner, &err) < 0) {
		if (dec_hush(c, IMP_TYPE))
			return GOT_BAD;
		(void)dec_find(c, IMP_TYPE, p, v, sh, "this text must hold JSON: %s", err.msg);
		return GOT_BAD;
	}
	/* Where a child is itself a text the two readings differ; the caller tries the other one.
	 */
	imp_diags_init(&in_text, outer->a);
	in_text.max = 1;
	c->d = &in_text;
	c->prefix = "";
	got = dec_value(c, child, inner, NULL, AT_KEY, &made);
	c->d = outer;
	c->prefix = prefix;
	if (got == GOT_VALUE) {
		if (c->injected == injected && jx_equal(inner, made))
			return GOT_VALUE;
		*out = dec_copy(c, v);
		(*out)->u.text.p = dec_json(c->keep, made);
		(*out)->u.text.n = strlen((*out)->u.text.p);
		return GOT_VALUE;
	}
	if (c->quiet || in_text.n == 0)
		return GOT_BAD;
	n = c->n_found - found;
	c->n_found = found;
	c->score = score;
	struct imp_diag *g =
	    dec_find(c, in_text.at[0].code, p, v, sh, "inside the JSON of this text, at '%s': %s%s",
		in_text.at[0].pointer, in_text.at[0].message, n > 1 ? " (and more)" : "");
	g->expected = in_text.at[0].expected;
	g->got = in_text.at[0].got;
	g->nearest = in_text.at[0].nearest;
	return GOT_BAD;
}

static enum got
child_read(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out)
{
	struct shape *child = shape_child(c->s, sh);
	struct jx *made = NULL;
	enum got got;

	if (v->type == JX_NULL && (sh->types & T_NULL) && !(child->types & T_NULL)) {
		*out = v;
		return GOT_VALUE;
	}
	if (v->type == JX_STRING && !(child->types & T_STRING)) {
		/* As schemas go, what the text holds is only a note; a legal instance may hold
		 * anything. */
		if (c->is_open && !sh->is_synthetic) {
			*out = unescaped(c, v);
			return dec_string(c, sh, *out, p);
		}
		got = child_text(c, sh, v, p, out);
		return got == GOT_VALUE ? dec_string(c, sh, *out, p) : got;
	}
	if (v->type == JX_STRING) {
		size_t found = c->n_found, score = c->score, injected = c->injected;
		c->quiet++;
		got = c->is_open && !sh->is_synthetic ? GOT_VALUE : child_text(c, sh, v, p, out);
		c->quiet--;
		if (got == GOT_VALUE) {
			if (c->is_open && !sh->is_synthetic)
				*out = unescaped(c, v);
			return dec_string(c, sh, *out, p);
		}
		c->n_found = found;
		c->score = score;
		c->injected = injected;
	}
	got = dec_value(c, child, v, p, AT_KEY, &made);
	if (got != GOT_VALUE)
		return got;
	*out = dec_copy(c, v);
	(*out)->type = JX_STRING;
	(*out)->u.text.p = dec_json(c->keep, made);
	(*out)->u.text.n = strlen((*out)->u.text.p);
	return dec_string(c, sh, *out, p);
}

/* Where the child may be such a text again, a value is read as one once. */
static enum got
child_value(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out)
{
	const struct text_read own = {.up = c->reading, .v = v, .sh = sh};
	enum got got;

	for (const struct text_read *t = c->reading; t; t = t->up) {
		if (t->v != v || t->sh != sh)
			continue;
		if (!dec_hush(c, IMP_TYPE))
			(void)dec_find(c, IMP_TYPE, p, v, sh,
			    "this text must hold JSON that the schema of its content allows");
		return GOT_BAD;
	}
	c->reading = &own;
	got = child_read(c, sh, v, p, out);
	c->reading = own.up;
	return got;
}

/* --- types
 * -----------------------------------------------------------------------------------------------------
 */

/* The same in the type that is asked for, where the text says exactly that: "42" for 42. */
static const char *
other_type(struct decoder *c, struct shape *sh, const struct jx *v)
{
	static const struct jx_options limits = {.depth_max = 4};
	struct arena *a = c->d->a;
	struct err err;
	struct jx *x;

	if (v->type == JX_STRING && v->u.text.n < 64 && !(sh->types & T_STRING)) {
		if (jx_parse(a, v->u.text.p, v->u.text.n, &limits, &x, &err) < 0 ||
		    !(dec_type(x) & sh->types & (T_NUMERIC | T_BOOLEAN)))
			return NULL;
		return arena_str(a, v->u.text.p);
	}
	if (v->type == JX_NUMBER && (sh->types & T_SCALAR) == T_STRING && sh->n_patterns == 0 &&
	    sh->n_formats == 0)
		return dec_text_json(a, v->u.text.p, v->u.text.n);
	return NULL;
}

static enum got
type_finding(struct decoder *c, struct shape *sh, const struct jx *v, const struct place *p)
{
	struct arena *a = c->d->a;
	struct imp_diag *g;

	if (dec_hush(c, IMP_TYPE))
		return GOT_BAD;
	g = dec_find(c, IMP_TYPE, p, v, sh, "expected %s, found %s", dec_types_words(a, sh->types),
	    imp_say(a, v));
	g->expected = dec_types_words(a, sh->types);
	g->nearest = other_type(c, sh, v);
	if (g->nearest)
		g->fix = fix_replace(a, g->pointer, g->nearest);
	return GOT_BAD;
}

static enum got
typed_value(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out)
{
	if (!(sh->types & dec_type(v)))
		return type_finding(c, sh, v, p);
	*out = v;
	switch (v->type) {
	case JX_NULL:
	case JX_BOOL: return GOT_VALUE;
	case JX_NUMBER: return dec_number(c, sh, v, p);
	case JX_STRING: *out = unescaped(c, v); return dec_string(c, sh, *out, p);
	case JX_ARRAY: return dec_array(c, sh, v, p, out);
	case JX_OBJECT: return dec_object(c, sh, v, p, out);
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

enum got
dec_value(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, enum slot_at at,
    struct jx **out)
{
	enum got got;

	if (c->quiet && (c->is_exhausted || c->visits_left == 0 ||
			    (c->a == c->scratch && arena_used(c->a) > DECODE_TRIAL_BYTES))) {
		c->is_exhausted = true;
		c->n_found++;
		return GOT_BAD;
	}
	c->visits_left -= c->quiet && c->visits_left > 0;
	if (c->depth >= DECODE_DEPTH_MAX) {
		if (!dec_hush(c, IMP_DEPTH))
			(void)dec_find(c, IMP_DEPTH, p, v, sh, "nested deeper than %u levels",
			    DECODE_DEPTH_MAX);
		return GOT_BAD;
	}
	if (dec_is_token(v))
		return dec_token(c, sh, v, p, at, out);
	if (at == AT_OPTIONAL && dec_is_left(c, v))
		return GOT_NONE;
	c->depth++;
	if (sh->values)
		got = listed_value(c, sh, v, p, at, out);
	else if (sh->has_child)
		got = child_value(c, sh, v, p, out);
	else if (sh->show == SHOW_CHOICE && sh->choice)
		got = dec_choice(c, sh, v, p, at, out);
	else
		got = typed_value(c, sh, v, p, out);
	c->depth--;
	return got;
}
