/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/check.h"

#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jx.h"
#include "schema/keyword.h"

#define FOUND_BYTES_MAX 60

static const char *
found(const struct jx *v, char out[FOUND_BYTES_MAX + 16])
{
	size_t n = v->type == JX_NUMBER || v->type == JX_STRING ? v->u.text.n : 0;

	if (n == 0 || n > FOUND_BYTES_MAX)
		return jx_type_name(v->type);
	memcpy(out, v->u.text.p, n);
	out[n] = '\0';
	return out;
}

static int
refuse(struct registry *reg, struct sloc at, const struct jx_member *m, const char *must,
    const struct jx *value, struct err *err)
{
	char text[FOUND_BYTES_MAX + 16];

	return err_set(err, E_SCHEMA, "schema '%.200s/%.80s': must be %s; found %s%s%s",
	    registry_pointer(reg, registry_arena(reg), at), m->key, must,
	    value->type == JX_STRING ? "'" : "", found(value, text),
	    value->type == JX_STRING ? "'" : "");
}

static bool
is_type_name(const struct jx *v, bool is_api)
{
	static const char *const names[] = {
	    "string", "integer", "number", "boolean", "null", "object", "array"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (jx_is_str(v, names[i]))
			return true;
	return is_api && jx_is_str(v, "file");
}

/* The element that is no string, or NULL. */
static const struct jx *
not_a_name(const struct jx *list)
{
	for (size_t i = 0; i < list->u.array.n; i++)
		if (list->u.array.at[i]->type != JX_STRING)
			return list->u.array.at[i];
	return NULL;
}

static bool
is_schema(const struct jx *v)
{
	return v->type == JX_OBJECT || v->type == JX_BOOL;
}

static bool
is_negative(const struct jx *v)
{
	return decimal_compare(v->u.text.p, v->u.text.n, "0", 1) < 0;
}

/* NULL when v is what form asks for; else what it must be, with *at the value that is not. */
static const char *
wrong_list(enum form form, const struct jx *v, bool is_api, const struct jx **at)
{
	bool is_list = v->type == JX_ARRAY;

	if (form == FORM_ENUM)
		return is_list ? NULL : "a list of values";
	if (form == FORM_LIST)
		return is_list && v->u.array.n ? NULL : "a list of schemas, with one at least";
	if (form == FORM_ITEMS)
		return is_list || is_schema(v) ? NULL : "a schema or a list of them";
	if (form == FORM_TYPE) {
		static const char *const must = "one of string, number, integer, boolean, object, array, null, "
						"or a list of them";
		if (!is_list)
			return is_type_name(v, is_api) ? NULL : must;
		for (size_t i = 0; i < v->u.array.n; i++)
			if (!is_type_name(v->u.array.at[i], is_api)) {
				*at = v->u.array.at[i];
				return must;
			}
		return v->u.array.n ? NULL : must;
	}
	/* FORM_REQUIRED */
	if (!is_list)
		return is_api ? NULL : "a list of names";
	if (not_a_name(v)) {
		*at = not_a_name(v);
		return "a list of names";
	}
	return NULL;
}

static const char *
wrong_map(enum form form, const struct jx *v, const struct jx **at)
{
	if (v->type != JX_OBJECT)
		return form == FORM_MAP ? "an object whose members are schemas"
					: "an object whose members are lists of names";
	for (size_t i = 0; form != FORM_MAP && i < v->u.object.n; i++) {
		const struct jx *x = v->u.object.at[i].value;
		bool is_names = x->type == JX_ARRAY && !not_a_name(x);
		*at = x;
		if (form == FORM_NAME_LISTS && !is_names)
			return "an object whose members are lists of names";
		/* Draft 3's single name is met in old documents. */
		if (!is_names && !is_schema(x) && x->type != JX_STRING)
			return "an object whose members are schemas or lists of names";
	}
	return NULL;
}

static const char *
wrong_number(enum form form, const struct jx *v, enum dialect d)
{
	bool is_number = v->type == JX_NUMBER;

	if (form == FORM_BOUND && v->type == JX_BOOL)
		return dialect_is_api(d) || d == DIALECT_4 ? NULL : "a number (a boolean is draft 4's way)";
	if (form == FORM_BOUND)
		return is_number && d != DIALECT_4 ? NULL
		       : d == DIALECT_4		   ? "true or false (a number is draft 6's way)"
						   : "a number";
	if (form == FORM_NUMBER)
		return is_number ? NULL : "a number";
	if (form == FORM_POSITIVE)
		return is_number && decimal_compare(v->u.text.p, v->u.text.n, "0", 1) > 0
			   ? NULL
			   : "a number above 0";
	/* FORM_COUNT */
	return is_number && decimal_is_integer(v->u.text.p, v->u.text.n) && !is_negative(v)
		   ? NULL
		   : "a whole number, 0 or more";
}

static const char *
wrong(enum form form, const struct jx *v, enum dialect d, const struct jx **at)
{
	switch (form) {
	case FORM_ANY: return NULL;
	case FORM_SCHEMA: return is_schema(v) ? NULL : "a schema (an object, true or false)";
	case FORM_LIST:
	case FORM_ITEMS:
	case FORM_TYPE:
	case FORM_ENUM:
	case FORM_REQUIRED: return wrong_list(form, v, dialect_is_api(d), at);
	case FORM_MAP:
	case FORM_DEPENDENCIES:
	case FORM_NAME_LISTS: return wrong_map(form, v, at);
	case FORM_STRING: return v->type == JX_STRING ? NULL : "a string";
	case FORM_BOOLEAN: return v->type == JX_BOOL ? NULL : "true or false";
	case FORM_COUNT:
	case FORM_NUMBER:
	case FORM_POSITIVE:
	case FORM_BOUND: return wrong_number(form, v, d);
	}
	NEVER("a form outside its enum");
}

int
schema_check(struct registry *reg, struct sloc at, struct err *err)
{
	enum dialect d = resource_dialect(at.res);
	const struct jx *v = at.node, *ref;

	if (v->type == JX_BOOL)
		return 0;
	if (v->type != JX_OBJECT)
		return err_set(err, E_SCHEMA, "schema '%.300s': a schema is an object, true or false; found %s",
		    registry_pointer(reg, registry_arena(reg), at), jx_type_name(v->type));
	if (dialect_ref_is_alone(d)) {
		ref = jx_find(v, "$ref");
		if (jx_is(ref, JX_STRING))
			return 0;
	}
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		enum keyword k = keyword_find(d, m->key, m->key_bytes);
		const struct jx *bad = m->value;
		const char *must;
		if (k == KEYWORD_NONE)
			continue;
		must = wrong(keyword_form(k), m->value, d, &bad);
		if (must)
			return refuse(reg, at, m, must, bad, err);
	}
	return 0;
}
