/* SPDX-License-Identifier: Apache-2.0 */
/* The closed subset of JSON Schema that contracts and packs are written in: what is outside it is refused here,
 * everything else is schema/validate.h. */
#include "types/jschema.h"

#include <stdarg.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "schema/position.h"
#include "schema/registry.h"
#include "schema/validate.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"
#define DEPTH_MAX 128u /* of schemas in schemas */

struct jschema {
	const struct jx *root;
	struct validator *validator;
};
struct compiler {
	struct arena *a;
	const struct jx *root;
	struct registry *reg;
	struct sloc at; /* the root in place */
	struct err *err;
	unsigned depth;
};

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

static const char *
pointer_to(struct arena *a, const char *pointer, const char *key)
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

enum part { PART_VALUE, PART_SCHEMA, PART_MAP, PART_LIST, PART_DEFINITIONS, PART_UNKNOWN };

static enum part
part_of(const char *key)
{
	static const struct {
		const char *name;
		enum part part;
	} parts[] = {{"type", PART_VALUE}, {"enum", PART_VALUE}, {"const", PART_VALUE},
	    {"minimum", PART_VALUE}, {"maximum", PART_VALUE}, {"exclusiveMinimum", PART_VALUE},
	    {"exclusiveMaximum", PART_VALUE}, {"minLength", PART_VALUE}, {"maxLength", PART_VALUE},
	    {"pattern", PART_VALUE}, {"format", PART_VALUE}, {"minItems", PART_VALUE},
	    {"maxItems", PART_VALUE}, {"uniqueItems", PART_VALUE}, {"required", PART_VALUE},
	    {"minProperties", PART_VALUE}, {"maxProperties", PART_VALUE}, {"$ref", PART_VALUE},
	    {"title", PART_VALUE}, {"description", PART_VALUE}, {"default", PART_VALUE},
	    {"examples", PART_VALUE}, {"$schema", PART_VALUE}, {"$id", PART_VALUE},
	    {"$comment", PART_VALUE}, {"items", PART_SCHEMA}, {"additionalProperties", PART_SCHEMA},
	    {"not", PART_SCHEMA}, {"properties", PART_MAP}, {"anyOf", PART_LIST},
	    {"oneOf", PART_LIST}, {"allOf", PART_LIST}, {"$defs", PART_DEFINITIONS},
	    {"definitions", PART_DEFINITIONS}};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(parts[i].name, key) == 0)
			return parts[i].part;
	return PART_UNKNOWN;
}

/* A $ref stays in the document and leads to a schema. */
static int
check_ref(struct compiler *c, const struct jx *v, const char *at)
{
	const char *to = jx_str(v, "");
	enum position position = POSITION_SCHEMA;
	const struct jx *target;

	if (to[0] != '#' || (to[1] != '/' && to[1] != '\0'))
		return refuse(c, at,
		    "only references inside the document are followed (\"#/…\"), not '%.60s'", to);
	target = jx_pointer(c->root, to + 1);
	if (!target)
		return refuse(c, at, "'%.80s' points nowhere", to);
	for (const char *p = to + 1; *p;) {
		size_t n = strcspn(p + 1, "/");
		/* List positions are digits, which no keyword is. */
		bool is_index = n > 0 && strspn(p + 1, "0123456789") == n && position == POSITION_LIST;
		position = position_below(DIALECT_2020, position, is_index ? NULL : p + 1, is_index ? 0 : n);
		p += n + 1;
	}
	if (position != POSITION_SCHEMA && position != POSITION_ONE_OR_LIST)
		return refuse(c, at, "'%.80s' does not point to a schema", to);
	return 0;
}

static int
check_value(struct compiler *c, const char *key, const struct jx *v, const char *at, bool is_root)
{
	static const char *const types[] = {
	    "null", "boolean", "number", "string", "array", "object", "integer"};

	if (strcmp(key, "type") == 0 && v->type == JX_STRING) {
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			if (jx_is_str(v, types[i]))
				return 0;
		return refuse(c, at, "'%.40s' is not a type", v->u.text.p);
	}
	if (strcmp(key, "format") == 0 && !jx_is_str(v, "date") && !jx_is_str(v, "date-time") && !jx_is_str(v, "decimal"))
		return refuse(c, at, "format '%.40s' is not known; date, date-time and decimal are", jx_str(v, "?"));
	if (strcmp(key, "$ref") == 0)
		return check_ref(c, v, at);
	if (strcmp(key, "$schema") == 0 && !jx_is_str(v, DIALECT) && !jx_is_str(v, DIALECT "#"))
		return refuse(c, at, "only %s is understood", DIALECT);
	if (strcmp(key, "$id") == 0 && !is_root)
		return refuse(
		    c, at, "$id below the root would move what $ref means; it is not supported");
	return 0;
}

static int walk(struct compiler *c, const struct jx *v, const char *pointer);

static int
walk_all(struct compiler *c, const struct jx *v, const char *pointer)
{
	for (size_t i = 0; i < jx_size(v); i++) {
		bool is_object = v->type == JX_OBJECT;
		const struct jx *child = is_object ? v->u.object.at[i].value : v->u.array.at[i];
		const char *at = is_object ? pointer_to(c->a, pointer, v->u.object.at[i].key)
					   : arena_printf(c->a, "%s/%zu", pointer, i);
		if (walk(c, child, at) < 0)
			return -1;
	}
	return 0;
}

static int
walk_member(struct compiler *c, const char *key, const struct jx *v, const char *at, bool is_root)
{
	switch (part_of(key)) {
	case PART_VALUE: return check_value(c, key, v, at, is_root);
	case PART_SCHEMA: return walk(c, v, at);
	case PART_LIST:
		return v->type == JX_ARRAY && v->u.array.n ? walk_all(c, v, at)
							   : refuse(c, at, "must be a list of schemas");
	case PART_MAP:
	case PART_DEFINITIONS:
		return v->type == JX_OBJECT ? walk_all(c, v, at) : refuse(c, at, "must be an object");
	case PART_UNKNOWN: break;
	}
	return refuse(c, at, "unknown keyword '%.60s'", key);
}

/* Recursion is bounded by DEPTH_MAX. */
static int
walk(struct compiler *c, const struct jx *v, const char *pointer)
{
	if (v->type == JX_BOOL)
		return 0;
	if (v->type != JX_OBJECT)
		return refuse(c, pointer, "a schema is an object, true or false; found %s",
		    jx_type_name(v->type));
	if (c->depth >= DEPTH_MAX)
		return refuse(c, pointer, "nested deeper than %u levels", DEPTH_MAX);
	c->depth++;
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		if (walk_member(c, m->key, m->value, pointer_to(c->a, pointer, m->key), v == c->root) < 0)
			return -1;
	}
	c->depth--;
	return 0;
}

/* "schema '#/a': words" as this module writes it: "schema /a: words". */
static int
in_our_words(struct compiler *c, const struct err *why)
{
	static const char lead[] = "schema '#";
	const char *from = why->msg + strlen(lead), *end;

	if (strncmp(why->msg, lead, strlen(lead)) != 0 || !(end = strstr(from, "': ")))
		return err_set(c->err, E_SCHEMA, "schema: %s", why->msg);
	return refuse(c, arena_dup(c->a, from, (size_t)(end - from)), "%s", end + 3);
}

/* Definitions are compiled too, so that a schema is right as a whole, used or not. Recursion as in walk, which came
 * first. */
static int
compile_definitions(struct compiler *c, const struct jx *v)
{
	static const struct validate_options opt = {.formats = true, .own_formats = true};
	struct validator *unused;
	struct err why;

	for (size_t i = 0; i < jx_size(v); i++) {
		bool is_object = v->type == JX_OBJECT;
		const struct jx *child = is_object ? v->u.object.at[i].value : v->u.array.at[i];
		enum part part = is_object ? part_of(v->u.object.at[i].key) : PART_SCHEMA;
		for (size_t k = 0; part == PART_DEFINITIONS && k < jx_size(child); k++) {
			struct sloc at = {child->u.object.at[k].value, c->at.res};
			if (validator_compile(c->reg, at, &opt, &unused, &why) < 0)
				return in_our_words(c, &why);
		}
		if ((child->type == JX_OBJECT || child->type == JX_ARRAY) && compile_definitions(c, child) < 0)
			return -1;
	}
	return 0;
}

int
jschema_compile(struct arena *a, const struct jx *schema, struct jschema **out, struct err *err)
{
	static const struct validate_options opt = {.formats = true, .own_formats = true};
	struct compiler c = {.a = a, .root = schema, .err = err};
	struct jschema *s = ARENA_NEW(a, struct jschema);
	struct sloc loop;
	struct err why;

	if (walk(&c, schema, "") < 0)
		return -1;
	c.reg = registry_new(a, NULL);
	s->root = schema;
	if (registry_add(c.reg, schema, NULL, DIALECT_2020, &c.at, &why) < 0 ||
	    validator_compile(c.reg, c.at, &opt, &s->validator, &why) < 0)
		return in_our_words(&c, &why);
	if (compile_definitions(&c, schema) < 0)
		return -1;
	if (validator_loop(s->validator, &loop))
		return refuse(&c, registry_pointer(c.reg, a, loop) + 1, "this $ref leads only to itself");
	*out = s;
	return 0;
}

/* The two formats, in the words that people know from tables. */
static const char *
expected_words(const struct jschema *s, const struct validate_error *e)
{
	const struct jx *format;

	if (strcmp(e->keyword, "format") != 0)
		return e->expected;
	format = jx_pointer(s->root, e->schema_pointer + 1);
	if (jx_is_str(format, "decimal"))
		return e->expected;
	return jx_is_str(format, "date") ? "a date as YYYY-MM-DD"
					 : "a time as YYYY-MM-DDThh:mm:ssZ (or with ±hh:mm)";
}

bool
jschema_validate(const struct jschema *s, struct arena *a, const struct jx *instance,
    size_t errors_max, const struct jschema_error **errors, size_t *n)
{
	const struct validate_error *found = NULL;
	struct jschema_error *list;
	bool ok;

	INVARIANT(errors_max > 0);
	ok = validator_run(s->validator, a, instance, errors_max, &found, n);
	list = ARENA_ARRAY(a, *n, struct jschema_error);
	for (size_t i = 0; i < *n; i++)
		list[i] = (struct jschema_error){.pointer = found[i].pointer,
		    .schema_pointer = found[i].schema_pointer + 1, /* without '#' */
		    .expected = expected_words(s, &found[i]),
		    .found = found[i].found,
		    .line = found[i].instance->line,
		    .column = found[i].instance->column};
	*errors = list;
	return ok;
}
