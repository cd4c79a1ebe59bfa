/* SPDX-License-Identifier: Apache-2.0 */
#include "types/jschema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "types/jschema_node.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

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

static int compile(
    struct compiler *c, const struct jx *v, const char *pointer, struct jschema **out);

static int refuse(struct compiler *c, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
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

const char *
jschema_pointer(struct arena *a, const char *pointer, const char *key)
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
	} names[] = {{"null", 1u << JX_NULL}, {"boolean", 1u << JX_BOOL},
	    {"number", 1u << JX_NUMBER}, {"string", 1u << JX_STRING}, {"array", 1u << JX_ARRAY},
	    {"object", 1u << JX_OBJECT}, {"integer", TYPE_INTEGER}};

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
read_bound(struct compiler *c, const struct jx *v, const char *pointer, const struct jx **out)
{
	if (!jx_is(v, JX_NUMBER))
		return refuse(c, pointer, "must be a number");
	*out = v;
	return 0;
}

/* As near to ECMA-262 as PCRE2 comes: \d and \w are ASCII, $ is the very end, [] matches nothing.
 */
#define PATTERN_OPTIONS                                                                            \
	(PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_UCP | PCRE2_DOLLAR_ENDONLY |                 \
	    PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF |                 \
	    PCRE2_NEVER_BACKSLASH_C)

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
	s->pattern =
	    pcre2_compile((PCRE2_SPTR)v->u.text.p, v->u.text.n, PATTERN_OPTIONS, &code, &at, NULL);
	if (!s->pattern) {
		(void)pcre2_get_error_message(code, text, sizeof text);
		return refuse(c, pointer, "the pattern does not compile at character %zu: %s",
		    (size_t)at + 1, (const char *)text);
	}
	arena_defer(c->a, free_pattern, s->pattern);
	return 0;
}

static int
read_format(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *s)
{
	if (!jx_is_str(v, "date") && !jx_is_str(v, "date-time"))
		return refuse(c, pointer, "format '%.40s' is not known; date and date-time are",
		    jx_str(v, "?"));
	s->format = v->u.text.p;
	return 0;
}

static int
read_list(struct compiler *c, const struct jx *v, const char *pointer, struct jschema *const **out,
    size_t *n)
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
		if (compile(c, v->u.object.at[i].value,
			jschema_pointer(c->a, pointer, list[i].name), &list[i].schema) < 0)
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
		return refuse(c, pointer,
		    "only references inside the document are followed (\"#/…\"), not '%.60s'", to);
	target = jx_pointer(c->root, to + 1);
	if (!target)
		return refuse(c, pointer, "'%.80s' points nowhere", to);
	return compile(c, target, to + 1, &s->ref);
}

static bool
is_annotation(const char *key)
{
	static const char *const keys[] = {
	    "title", "description", "default", "examples", "$schema", "$id", "$comment"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* Keywords about the value itself. True when key was one; then *rc says how it went. */
static bool
read_value_keyword(struct compiler *c, const char *key, const struct jx *v, const char *at,
    struct jschema *s, int *rc)
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
		*rc = read_bound(c, v, at, &s->minimum);
	} else if (strcmp(key, "exclusiveMinimum") == 0) {
		*rc = read_bound(c, v, at, &s->above);
	} else if (strcmp(key, "maximum") == 0) {
		*rc = read_bound(c, v, at, &s->maximum);
	} else if (strcmp(key, "exclusiveMaximum") == 0) {
		*rc = read_bound(c, v, at, &s->below);
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
read_keyword(
    struct compiler *c, const char *key, const struct jx *v, const char *at, struct jschema *s)
{
	static const struct {
		const char *name;
		size_t offset;
	} counts[] = {{"minLength", offsetof(struct jschema, length_min)},
	    {"maxLength", offsetof(struct jschema, length_max)},
	    {"minItems", offsetof(struct jschema, items_min)},
	    {"maxItems", offsetof(struct jschema, items_max)},
	    {"minProperties", offsetof(struct jschema, members_min)},
	    {"maxProperties", offsetof(struct jschema, members_max)}};
	struct jschema
	    unused; /* definitions are compiled so that they are checked; $ref finds them */
	int rc;

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (strcmp(key, counts[i].name) == 0)
			return read_count(
			    c, v, at, (int64_t *)(void *)((char *)s + counts[i].offset));
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
	if (strcmp(key, "$defs") == 0 || strcmp(key, "definitions") == 0)
		return read_properties(c, v, at, &unused);
	if (strcmp(key, "$schema") == 0 && !jx_is_str(v, DIALECT) && !jx_is_str(v, DIALECT "#"))
		return refuse(c, at, "only %s is understood", DIALECT);
	if (strcmp(key, "$id") == 0 && *s->pointer)
		return refuse(
		    c, at, "$id below the root would move what $ref means; it is not supported");
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

/* Recursion is bounded by JSCHEMA_DEPTH_MAX. */
static int
compile(struct compiler *c, const struct jx *v, const char *pointer, struct jschema **out)
{
	struct jschema *s = find_known(c, v);

	if (s) {
		*out = s;
		return 0;
	}
	if (c->depth >= JSCHEMA_DEPTH_MAX)
		return refuse(c, pointer, "nested deeper than %u levels", JSCHEMA_DEPTH_MAX);
	s = ARENA_NEW(c->a, struct jschema);
	*s = (struct jschema){.pointer = pointer,
	    .length_min = -1,
	    .length_max = -1,
	    .items_min = -1,
	    .items_max = -1,
	    .members_min = -1,
	    .members_max = -1};
	remember(c, v, s);
	*out = s;
	if (jx_is(v, JX_BOOL)) {
		s->is_false = !jx_bool(v, true);
		return 0;
	}
	if (!jx_is(v, JX_OBJECT))
		return refuse(c, pointer, "a schema is an object, true or false; found %s",
		    jx_type_name(v->type));
	c->depth++;
	for (size_t i = 0; i < v->u.object.n; i++) {
		const char *key = v->u.object.at[i].key;
		if (read_keyword(c, key, v->u.object.at[i].value,
			jschema_pointer(c->a, pointer, key), s) < 0)
			return -1;
	}
	c->depth--;
	return 0;
}

/*
 * Schemas that are applied to the same value without stepping into it ($ref, allOf, anyOf, oneOf,
 * not) must not come back to themselves: checking would never end.
 */
static int check_loops(struct compiler *c, struct jschema *s, unsigned depth);

static int
check_loops_in(struct compiler *c, struct jschema *const *list, size_t n, unsigned depth)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] && check_loops(c, list[i], depth) < 0)
			return -1;
	return 0;
}

/* Recursion is bounded by 2 * JSCHEMA_DEPTH_MAX. */
static int
check_loops(struct compiler *c, struct jschema *s, unsigned depth)
{
	if (s->mark == 2)
		return 0;
	if (s->mark == 1)
		return refuse(c, s->pointer, "this $ref leads only to itself");
	if (depth >= 2 * JSCHEMA_DEPTH_MAX)
		return refuse(
		    c, s->pointer, "a chain of more than %u references", 2 * JSCHEMA_DEPTH_MAX);
	s->mark = 1;
	if (check_loops_in(c, &s->ref, 1, depth + 1) < 0 ||
	    check_loops_in(c, &s->not_, 1, depth + 1) < 0 ||
	    check_loops_in(c, s->all_of, s->nall_of, depth + 1) < 0 ||
	    check_loops_in(c, s->any_of, s->nany_of, depth + 1) < 0 ||
	    check_loops_in(c, s->one_of, s->none_of, depth + 1) < 0)
		return -1;
	s->mark = 2;
	return 0;
}

int
jschema_compile(struct arena *a, const struct jx *schema, struct jschema **out, struct err *err)
{
	struct compiler c = {.a = a, .root = schema, .err = err};
	struct jschema *s;

	if (compile(&c, schema, "", &s) < 0)
		return -1;
	for (size_t i = 0; i < c.nknown; i++)
		if (check_loops(&c, c.known[i].schema, 0) < 0)
			return -1;
	*out = s;
	return 0;
}
