/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "types/jschema.h"

#include <pcre2.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "types/decimal.h"
#include "types/value.h"

#define DEPTH_MAX 128u          /* of schemas in schemas, and of instance levels under validation */
#define PATTERN_STEPS_MAX 200000u /* PCRE2 match limit: a pattern that needs more is a finding */

enum bound { BOUND_NONE, BOUND_INCLUSIVE, BOUND_EXCLUSIVE };

struct property {
	const char *name;
	struct jschema *schema;
};

struct jschema {
	const char *pointer; /* in the schema document */
	bool is_false;
	unsigned types; /* bit per enum jx_type, and TYPE_INTEGER; 0: any */
	const struct jx *enumeration;
	const struct jx *constant;
	const struct jx *minimum, *maximum;
	enum bound minimum_kind, maximum_kind;
	int64_t length_min, length_max; /* -1: none */
	int64_t items_min, items_max;
	int64_t members_min, members_max;
	bool is_unique;
	pcre2_code *pattern;
	const char *pattern_text;
	const char *format; /* "date" or "date-time" */
	struct jschema *items;
	const struct property *properties; /* [nproperties] */
	size_t nproperties;
	struct jschema *additional; /* NULL: anything */
	const char *const *required; /* [nrequired] */
	size_t nrequired;
	struct jschema *const *any_of, *const *one_of, *const *all_of;
	size_t nany_of, none_of, nall_of;
	struct jschema *not_;
	struct jschema *ref;
	const struct jx *ref_place; /* where $ref stood, for messages */
};
#define TYPE_INTEGER (1u << JX__COUNT)

/* ---- compile --------------------------------------------------------------------------------------- */

struct known {
	const struct jx *at;
	struct jschema *schema;
};
struct compiler {
	struct arena *a;
	const struct jx *root;
	struct known *known; /* [nknown]: $ref targets that are compiled, or being compiled */
	size_t nknown;
	size_t cap;
	struct err *err;
	unsigned depth;
};

static int compile(struct compiler *c, const struct jx *v, const char *pointer, struct jschema **out);

static int
refuse(struct compiler *c, const char *pointer, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int
refuse(struct compiler *c, const char *pointer, const char *fmt, ...)
{
	va_list ap;
	char *why;

	va_start(ap, fmt);
	why = arena_vprintf(c->a, fmt, ap);
	va_end(ap);
	return err_set(c->err, E_SCHEMA, "schema %s: %s", *pointer ? pointer : "(root)", why);
}

static const char *
below(struct arena *a, const char *pointer, const char *key)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "%s/", pointer);
	for (; *key; key++)
		if (*key == '~')
			buf_str(&b, "~0");
		else if (*key == '/')
			buf_str(&b, "~1");
		else
			buf_char(&b, *key);
	return buf_take(&b);
}

static int
type_bit(struct compiler *c, const struct jx *v, const char *pointer, unsigned *bits)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {{"null", 1u << JX_NULL}, {"boolean", 1u << JX_BOOL}, {"number", 1u << JX_NUMBER},
	    {"string", 1u << JX_STRING}, {"array", 1u << JX_ARRAY}, {"object", 1u << JX_OBJECT}, {"integer", TYPE_INTEGER}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (jx_is_str(v, names[i].name)) {
			*bits |= names[i].bit;
			return 0;
		}
	return refuse(c, pointer, "'%.40s' is not a type", jx_str(v, "?"));
}

static int
read_type(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	if (jx_is(v, JX_STRING))
		return type_bit(c, v, pointer, &s->types);
	if (!jx_is(v, JX_ARRAY) || jx_size(v) == 0)
		return refuse(c, pointer, "must be a type or a list of types");
	for (size_t i = 0; i < jx_size(v); i++)
		if (type_bit(c, jx_at(v, i), pointer, &s->types) < 0)
			return -1;
	return 0;
}

static int
read_count(struct compiler *c, const struct jx *v, const char *pointer, int64_t *out)
{
	*out = jx_int(v, -1);
	return *out < 0 ? refuse(c, pointer, "must be a whole number from 0") : 0;
}

static int
read_bound(struct compiler *c, const struct jx *v, const char *pointer, enum bound kind, const struct jx **out, enum bound *out_kind)
{
	if (!jx_is(v, JX_NUMBER))
		return refuse(c, pointer, "must be a number");
	if (*out)
		return refuse(c, pointer, "stands beside its inclusive or exclusive twin; keep one");
	*out = v;
	*out_kind = kind;
	return 0;
}

static void
free_pattern(void *arg)
{
	pcre2_code_free(arg);
}

static int
read_pattern(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	int code;
	PCRE2_SIZE at;
	PCRE2_UCHAR text[128];

	if (!jx_is(v, JX_STRING))
		return refuse(c, pointer, "must be a string");
	s->pattern_text = v->u.text.p;
	s->pattern = pcre2_compile((PCRE2_SPTR)v->u.text.p, v->u.text.n, PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
	    &code, &at, NULL);
	if (!s->pattern) {
		(void)pcre2_get_error_message(code, text, sizeof text);
		return refuse(c, pointer, "the pattern does not compile at character %zu: %s", (size_t)at + 1, (const char *)text);
	}
	arena_defer(c->a, free_pattern, s->pattern);
	return 0;
}

static int
read_format(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	if (!jx_is_str(v, "date") && !jx_is_str(v, "date-time"))
		return refuse(c, pointer, "format '%.40s' is not known; date and date-time are", jx_str(v, "?"));
	s->format = v->u.text.p;
	return 0;
}

static int
read_list(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *const **out, size_t *n)
{
	struct jschema **list;

	if (!jx_is(v, JX_ARRAY) || jx_size(v) == 0)
		return refuse(c, pointer, "must be a list of schemas");
	list = ARENA_ARRAY(c->a, jx_size(v), struct jschema *);
	for (size_t i = 0; i < jx_size(v); i++)
		if (compile(c, jx_at(v, i), arena_printf(c->a, "%s/%zu", pointer, i), &list[i]) < 0)
			return -1;
	*out = list;
	*n = jx_size(v);
	return 0;
}

static int
read_properties(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	struct property *list = ARENA_ARRAY(c->a, jx_size(v), struct property);

	if (!jx_is(v, JX_OBJECT))
		return refuse(c, pointer, "must be an object");
	for (size_t i = 0; i < v->u.object.n; i++) {
		list[i].name = v->u.object.at[i].key;
		if (compile(c, v->u.object.at[i].value, below(c->a, pointer, list[i].name), &list[i].schema) < 0)
			return -1;
	}
	s->properties = list;
	s->nproperties = v->u.object.n;
	return 0;
}

static int
read_required(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	const char **list = ARENA_ARRAY(c->a, jx_size(v), const char *);

	if (!jx_is(v, JX_ARRAY))
		return refuse(c, pointer, "must be a list of names");
	for (size_t i = 0; i < jx_size(v); i++) {
		list[i] = jx_str(jx_at(v, i), NULL);
		if (!list[i])
			return refuse(c, pointer, "must be a list of names");
	}
	s->required = list;
	s->nrequired = jx_size(v);
	return 0;
}

static int
read_ref(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	const char *to = jx_str(v, "");
	const struct jx *target;

	if (to[0] != '#' || (to[1] != '/' && to[1] != '\0'))
		return refuse(c, pointer, "only references inside the document are followed (\"#/…\"), not '%.60s'", to);
	target = jx_pointer(c->root, to + 1);
	if (!target)
		return refuse(c, pointer, "'%.80s' points nowhere", to);
	s->ref_place = v;
	return compile(c, target, to + 1, &s->ref);
}

static bool
is_annotation(const char *key)
{
	static const char *const keys[] = {"title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* Keywords about the value itself. True when key was one; then *rc says how it went. */
static bool
read_value_keyword(struct compiler *c, const char *key, const struct jx *v, const char *at, struct jschema *s, int *rc)
{
	*rc = 0;
	if (strcmp(key, "type") == 0) {
		*rc = read_type(c, v, at, s);
	} else if (strcmp(key, "enum") == 0) {
		s->enumeration = v;
		*rc = jx_is(v, JX_ARRAY) ? 0 : refuse(c, at, "must be a list");
	} else if (strcmp(key, "const") == 0) {
		s->constant = v;
	} else if (strcmp(key, "minimum") == 0) {
		*rc = read_bound(c, v, at, BOUND_INCLUSIVE, &s->minimum, &s->minimum_kind);
	} else if (strcmp(key, "exclusiveMinimum") == 0) {
		*rc = read_bound(c, v, at, BOUND_EXCLUSIVE, &s->minimum, &s->minimum_kind);
	} else if (strcmp(key, "maximum") == 0) {
		*rc = read_bound(c, v, at, BOUND_INCLUSIVE, &s->maximum, &s->maximum_kind);
	} else if (strcmp(key, "exclusiveMaximum") == 0) {
		*rc = read_bound(c, v, at, BOUND_EXCLUSIVE, &s->maximum, &s->maximum_kind);
	} else if (strcmp(key, "pattern") == 0) {
		*rc = read_pattern(c, v, at, s);
	} else if (strcmp(key, "format") == 0) {
		*rc = read_format(c, v, at, s);
	} else if (strcmp(key, "uniqueItems") == 0) {
		s->is_unique = jx_bool(v, false);
		*rc = jx_is(v, JX_BOOL) ? 0 : refuse(c, at, "must be true or false");
	} else {
		return false;
	}
	return true;
}

static int
read_keyword(struct compiler *c, const char *key, const struct jx *v, const char *at, struct jschema *s)
{
	static const struct {
		const char *name;
		size_t offset;
	} counts[] = {{"minLength", offsetof(struct jschema, length_min)}, {"maxLength", offsetof(struct jschema, length_max)},
	    {"minItems", offsetof(struct jschema, items_min)}, {"maxItems", offsetof(struct jschema, items_max)},
	    {"minProperties", offsetof(struct jschema, members_min)}, {"maxProperties", offsetof(struct jschema, members_max)}};
	int rc;

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (strcmp(key, counts[i].name) == 0)
			return read_count(c, v, at, (int64_t *)(void *)((char *)s + counts[i].offset));
	if (read_value_keyword(c, key, v, at, s, &rc))
		return rc;
	if (strcmp(key, "items") == 0)
		return compile(c, v, at, &s->items);
	if (strcmp(key, "additionalProperties") == 0)
		return compile(c, v, at, &s->additional);
	if (strcmp(key, "not") == 0)
		return compile(c, v, at, &s->not_);
	if (strcmp(key, "properties") == 0)
		return read_properties(c, v, at, s);
	if (strcmp(key, "required") == 0)
		return read_required(c, v, at, s);
	if (strcmp(key, "anyOf") == 0)
		return read_list(c, v, at, &s->any_of, &s->nany_of);
	if (strcmp(key, "oneOf") == 0)
		return read_list(c, v, at, &s->one_of, &s->none_of);
	if (strcmp(key, "allOf") == 0)
		return read_list(c, v, at, &s->all_of, &s->nall_of);
	if (strcmp(key, "$ref") == 0)
		return read_ref(c, v, at, s);
	return is_annotation(key) ? 0 : refuse(c, at, "unknown keyword '%.60s'", key);
}

/* A target already compiled (or being compiled: recursion) is shared. */
static struct jschema *
find_known(const struct compiler *c, const struct jx *v)
{
	for (size_t i = 0; i < c->nknown; i++)
		if (c->known[i].at == v)
			return c->known[i].schema;
	return NULL;
}

static void
remember(struct compiler *c, const struct jx *v, struct jschema *s)
{
	if (c->nknown == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 64;
		struct known *more = ARENA_ARRAY(c->a, cap, struct known);
		if (c->nknown)
			memcpy(more, c->known, c->nknown * sizeof *more);
		c->known = more;
		c->cap = cap;
	}
	c->known[c->nknown++] = (struct known){v, s};
}

/* Recursion is bounded by DEPTH_MAX. */
static int
compile(struct compiler *c, const struct jx *v, const char *pointer, struct jschema **out)
{
	struct jschema *s = find_known(c, v);

	if (s) {
		*out = s;
		return 0;
	}
	if (c->depth >= DEPTH_MAX)
		return refuse(c, pointer, "nested deeper than %u levels", DEPTH_MAX);
	s = ARENA_NEW(c->a, struct jschema);
	*s = (struct jschema){.pointer = pointer, .length_min = -1, .length_max = -1, .items_min = -1, .items_max = -1,
	    .members_min = -1, .members_max = -1};
	remember(c, v, s);
	*out = s;
	if (jx_is(v, JX_BOOL)) {
		s->is_false = !jx_bool(v, true);
		return 0;
	}
	if (!jx_is(v, JX_OBJECT))
		return refuse(c, pointer, "a schema is an object, true or false; found %s", jx_type_name(v->type));
	c->depth++;
	for (size_t i = 0; i < v->u.object.n; i++) {
		const char *key = v->u.object.at[i].key;
		if (read_keyword(c, key, v->u.object.at[i].value, below(c->a, pointer, key), s) < 0)
			return -1;
	}
	c->depth--;
	return 0;
}

/* A $ref that leads only to itself would never end. */
static int
check_loops(struct compiler *c)
{
	for (size_t i = 0; i < c->nknown; i++) {
		const struct jschema *slow = c->known[i].schema, *fast = slow;
		while (fast && fast->ref && fast->ref->ref) {
			slow = slow->ref;
			fast = fast->ref->ref;
			if (slow == fast)
				return refuse(c, c->known[i].schema->pointer, "this $ref leads only to itself");
		}
	}
	return 0;
}

int
jschema_compile(struct arena *a, const struct jx *schema, struct jschema **out, struct err *err)
{
	struct compiler c = {.a = a, .root = schema, .err = err};
	struct jschema *s;

	if (compile(&c, schema, "", &s) < 0 || check_loops(&c) < 0)
		return -1;
	*out = s;
	return 0;
}

/* ---- validate -------------------------------------------------------------------------------------- */

struct finding {
	struct arena *a;
	struct jschema_error *at;
	size_t n;
	size_t max;
	unsigned depth;
};

/* The way to an instance value: built only when something is wrong. */
struct way {
	const struct way *up;
	const char *key; /* NULL: index */
	size_t index;
};

static const char *
pointer_of(struct arena *a, const struct way *w)
{
	const char *up;

	if (!w)
		return "";
	up = pointer_of(a, w->up);
	return w->key ? below(a, up, w->key) : arena_printf(a, "%s/%zu", up, w->index);
}

static const char *
show(struct arena *a, const struct jx *v)
{
	char text[VALUE_SHOW_BYTES];
	struct buf b;
	struct jw w;

	if (v->type == JX_ARRAY || v->type == JX_OBJECT)
		return arena_printf(a, "%s of %zu", v->type == JX_ARRAY ? "an array" : "an object", jx_size(v));
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	value_show(b.p, b.len, text);
	return arena_str(a, text);
}

static bool
wrong(struct finding *f, const struct jschema *s, const char *keyword, const struct jx *v, const struct way *way, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
static bool
wrong(struct finding *f, const struct jschema *s, const char *keyword, const struct jx *v, const struct way *way, const char *fmt, ...)
{
	va_list ap;

	if (f->n < f->max) {
		struct jschema_error *e = &f->at[f->n];
		va_start(ap, fmt);
		e->expected = arena_vprintf(f->a, fmt, ap);
		va_end(ap);
		e->pointer = pointer_of(f->a, way);
		e->schema_pointer = arena_printf(f->a, "%s/%s", s->pointer, keyword);
		e->found = show(f->a, v);
		e->line = v->line;
		e->column = v->column;
	}
	if (f->n < SIZE_MAX)
		f->n++;
	return false;
}

static bool check(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way);

/* As check, but keeps nothing: for branches. */
static bool
matches(struct finding *f, const struct jschema *s, const struct jx *v)
{
	struct finding quiet = {.a = f->a, .max = 0, .depth = f->depth};

	return check(&quiet, s, v, NULL);
}

static bool
equal_objects(const struct jx *a, const struct jx *b);

static bool
equal(const struct jx *a, const struct jx *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case JX_NULL: return true;
	case JX_BOOL: return a->u.boolean == b->u.boolean;
	case JX_NUMBER: return decimal_compare(a->u.text.p, a->u.text.n, b->u.text.p, b->u.text.n) == 0;
	case JX_STRING: return a->u.text.n == b->u.text.n && memcmp(a->u.text.p, b->u.text.p, a->u.text.n) == 0;
	case JX_ARRAY:
		if (a->u.array.n != b->u.array.n)
			return false;
		for (size_t i = 0; i < a->u.array.n; i++)
			if (!equal(a->u.array.at[i], b->u.array.at[i]))
				return false;
		return true;
	case JX_OBJECT: return equal_objects(a, b);
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

static bool
equal_objects(const struct jx *a, const struct jx *b)
{
	if (a->u.object.n != b->u.object.n)
		return false;
	for (size_t i = 0; i < a->u.object.n; i++) {
		const struct jx *other = jx_find(b, a->u.object.at[i].key);
		if (!other || !equal(a->u.object.at[i].value, other))
			return false;
	}
	return true;
}

static const char *
type_words(struct arena *a, unsigned types)
{
	static const char *const names[] = {"null", "a boolean", "a number", "a string", "an array", "an object", "a whole number"};
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i <= JX__COUNT; i++)
		if (types & 1u << i) {
			if (b.len)
				buf_str(&b, " or ");
			buf_str(&b, names[i]);
		}
	return buf_take(&b);
}

static bool
check_type(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	if (s->types == 0 || s->types & 1u << v->type)
		return true;
	if (s->types & TYPE_INTEGER && v->type == JX_NUMBER && decimal_is_integer(v->u.text.p, v->u.text.n))
		return true;
	return wrong(f, s, "type", v, way, "%s", type_words(f->a, s->types));
}

static bool
check_choice(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	struct buf b;

	if (s->constant && !equal(s->constant, v))
		return wrong(f, s, "const", v, way, "%s", show(f->a, s->constant));
	if (!s->enumeration)
		return true;
	for (size_t i = 0; i < jx_size(s->enumeration); i++)
		if (equal(jx_at(s->enumeration, i), v))
			return true;
	buf_init(&b, f->a);
	for (size_t i = 0; i < jx_size(s->enumeration) && i < 12; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", show(f->a, jx_at(s->enumeration, i)));
	return wrong(f, s, "enum", v, way, "one of %s%s", b.p, jx_size(s->enumeration) > 12 ? ", …" : "");
}

static bool
check_number(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	bool ok = true;

	if (s->minimum) {
		int c = decimal_compare(v->u.text.p, v->u.text.n, s->minimum->u.text.p, s->minimum->u.text.n);
		if (c < 0 || (c == 0 && s->minimum_kind == BOUND_EXCLUSIVE))
			ok = wrong(f, s, c == 0 ? "exclusiveMinimum" : "minimum", v, way, "%s %s",
			    s->minimum_kind == BOUND_EXCLUSIVE ? "more than" : "at least", s->minimum->u.text.p);
	}
	if (s->maximum) {
		int c = decimal_compare(v->u.text.p, v->u.text.n, s->maximum->u.text.p, s->maximum->u.text.n);
		if (c > 0 || (c == 0 && s->maximum_kind == BOUND_EXCLUSIVE))
			ok = wrong(f, s, c == 0 ? "exclusiveMaximum" : "maximum", v, way, "%s %s",
			    s->maximum_kind == BOUND_EXCLUSIVE ? "less than" : "at most", s->maximum->u.text.p);
	}
	return ok;
}

static bool
check_pattern(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	pcre2_match_data *md = pcre2_match_data_create(1, NULL);
	pcre2_match_context *mc = pcre2_match_context_create(NULL);
	int rc;

	INVARIANT(md != NULL);
	INVARIANT(mc != NULL);
	(void)pcre2_set_match_limit(mc, PATTERN_STEPS_MAX);
	(void)pcre2_set_depth_limit(mc, PATTERN_STEPS_MAX);
	rc = pcre2_match(s->pattern, (PCRE2_SPTR)v->u.text.p, v->u.text.n, 0, PCRE2_NO_UTF_CHECK, md, mc);
	pcre2_match_context_free(mc);
	pcre2_match_data_free(md);
	if (rc == PCRE2_ERROR_NOMATCH)
		return wrong(f, s, "pattern", v, way, "text that matches /%s/", s->pattern_text);
	if (rc < 0)
		return wrong(f, s, "pattern", v, way, "text that /%s/ can decide in %u steps", s->pattern_text, PATTERN_STEPS_MAX);
	return true;
}

static bool
check_string(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int64_t n = 0;
	char reason[256];
	bool ok = true;

	for (size_t i = 0; i < v->u.text.n; i++)
		n += ((unsigned char)v->u.text.p[i] & 0xc0) != 0x80;
	if (s->length_min >= 0 && n < s->length_min)
		ok = wrong(f, s, "minLength", v, way, "at least %lld characters", (long long)s->length_min);
	if (s->length_max >= 0 && n > s->length_max)
		ok = wrong(f, s, "maxLength", v, way, "at most %lld characters", (long long)s->length_max);
	if (s->pattern && !check_pattern(f, s, v, way))
		ok = false;
	if (s->format && !value_conforms(strcmp(s->format, "date") == 0 ? COL_DATE : COL_TIMESTAMP, CELL_TEXT, v->u.text.p, v->u.text.n, NULL, 0, reason))
		ok = wrong(f, s, "format", v, way, "%s", reason);
	return ok;
}

static int
by_canonical(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Equal values have equal canonical text, but for numbers beyond a double: those go by lexeme. */
static bool
has_twins(struct arena *a, const struct jx *v)
{
	size_t n = jx_size(v);
	const char **texts = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++) {
		struct buf b;
		buf_init(&b, a);
		if (jw_canonical(&b, jx_at(v, i), NULL) < 0) {
			struct jw w;
			buf_clear(&b);
			jw_init(&w, &b);
			jw_value(&w, NULL, jx_at(v, i));
		}
		texts[i] = b.p;
	}
	qsort(texts, n, sizeof *texts, by_canonical);
	for (size_t i = 1; i < n; i++)
		if (strcmp(texts[i - 1], texts[i]) == 0)
			return true;
	return false;
}

static bool
check_array(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int64_t n = (int64_t)jx_size(v);
	bool ok = true;

	if (s->items_min >= 0 && n < s->items_min)
		ok = wrong(f, s, "minItems", v, way, "at least %lld items", (long long)s->items_min);
	if (s->items_max >= 0 && n > s->items_max)
		ok = wrong(f, s, "maxItems", v, way, "at most %lld items", (long long)s->items_max);
	if (s->is_unique && has_twins(f->a, v))
		ok = wrong(f, s, "uniqueItems", v, way, "items that all differ");
	for (size_t i = 0; s->items && i < jx_size(v) && (ok || f->n < f->max); i++) {
		struct way here = {.up = way, .index = i};
		if (!check(f, s->items, jx_at(v, i), &here))
			ok = false;
	}
	return ok;
}

static const struct property *
find_property(const struct jschema *s, const char *name)
{
	for (size_t i = 0; i < s->nproperties; i++)
		if (strcmp(s->properties[i].name, name) == 0)
			return &s->properties[i];
	return NULL;
}

static bool
check_object(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int64_t n = (int64_t)jx_size(v);
	bool ok = true;

	if (s->members_min >= 0 && n < s->members_min)
		ok = wrong(f, s, "minProperties", v, way, "at least %lld members", (long long)s->members_min);
	if (s->members_max >= 0 && n > s->members_max)
		ok = wrong(f, s, "maxProperties", v, way, "at most %lld members", (long long)s->members_max);
	for (size_t i = 0; i < s->nrequired; i++)
		if (!jx_find(v, s->required[i])) {
			struct way here = {.up = way, .key = s->required[i]};
			ok = wrong(f, s, "required", v, &here, "a member '%s'", s->required[i]);
		}
	for (size_t i = 0; i < v->u.object.n && (ok || f->n < f->max); i++) {
		const struct jx_member *m = &v->u.object.at[i];
		const struct property *p = find_property(s, m->key);
		const struct jschema *next = p ? p->schema : s->additional;
		struct way here = {.up = way, .key = m->key};
		if (!p && next && next->is_false)
			ok = wrong(f, s, "additionalProperties", m->value, &here, "no member '%s'", m->key);
		else if (next && !check(f, next, m->value, &here))
			ok = false;
	}
	return ok;
}

static bool
check_branches(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	size_t hits = 0;
	bool ok = true;

	for (size_t i = 0; i < s->nall_of; i++)
		if (!check(f, s->all_of[i], v, way))
			ok = false;
	for (size_t i = 0; i < s->nany_of && hits == 0; i++)
		hits += matches(f, s->any_of[i], v);
	if (s->nany_of && hits == 0)
		ok = wrong(f, s, "anyOf", v, way, "one of %zu forms, none of which fits", s->nany_of);
	hits = 0;
	for (size_t i = 0; i < s->none_of; i++)
		hits += matches(f, s->one_of[i], v);
	if (s->none_of && hits != 1)
		ok = wrong(f, s, "oneOf", v, way, "exactly one of %zu forms; %zu fit", s->none_of, hits);
	if (s->not_ && matches(f, s->not_, v))
		ok = wrong(f, s, "not", v, way, "anything but this form");
	return ok;
}

/* Recursion is bounded by DEPTH_MAX: running into it is a finding. */
static bool
check(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	bool ok = true;

	if (f->depth >= 2 * DEPTH_MAX)
		return wrong(f, s, "", v, way, "a value nested less deeply than %u levels", 2 * DEPTH_MAX);
	if (s->is_false)
		return wrong(f, s, "", v, way, "nothing here");
	f->depth++;
	if (s->ref && !check(f, s->ref, v, way))
		ok = false;
	if (!check_type(f, s, v, way) || !check_choice(f, s, v, way))
		ok = false;
	else if (v->type == JX_NUMBER && !check_number(f, s, v, way))
		ok = false;
	else if (v->type == JX_STRING && !check_string(f, s, v, way))
		ok = false;
	else if (v->type == JX_ARRAY && !check_array(f, s, v, way))
		ok = false;
	else if (v->type == JX_OBJECT && !check_object(f, s, v, way))
		ok = false;
	if (!check_branches(f, s, v, way))
		ok = false;
	f->depth--;
	return ok;
}

bool
jschema_validate(const struct jschema *s, struct arena *a, const struct jx *instance, size_t errors_max,
    const struct jschema_error **errors, size_t *n)
{
	struct finding f = {.a = a, .max = errors_max};
	bool ok;

	INVARIANT(errors_max > 0);
	f.at = ARENA_ARRAY(a, errors_max, struct jschema_error);
	ok = check(&f, s, instance, NULL);
	*errors = f.at;
	*n = f.n < f.max ? f.n : f.max;
	return ok;
}
