/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "schema/check.h"
#include "schema/keyword.h"
#include "tap.h"

static struct arena *a;

static const char *
check(const char *schema, enum dialect d)
{
	struct registry *reg = registry_new(a, NULL);
	struct sloc at;
	struct jx *v;
	struct err err;

	CHECK_INT(jx_parse(a, schema, strlen(schema), NULL, &v, &err), 0);
	if (registry_add(reg, v, NULL, d, &at, &err) < 0 || schema_check(reg, at, &err) < 0)
		return arena_str(a, err.msg);
	return "ok";
}

static void
every_keyword_is_found_by_its_name(void)
{
	for (int k = KEYWORD_NONE + 1; k < KEYWORD__COUNT; k++) {
		const char *name = keyword_name((enum keyword)k);
		enum dialect d = k == KEYWORD_RECURSIVE_REF ? DIALECT_2019 : DIALECT_2020;
		CHECK_INT(keyword_find(d, name, strlen(name)), k);
	}
	CHECK_INT(keyword_find(DIALECT_4, "if", 2), KEYWORD_NONE);
	CHECK_INT(keyword_find(DIALECT_7, "prefixItems", 11), KEYWORD_NONE);
	CHECK_INT(keyword_find(DIALECT_2020, "", 0), KEYWORD_NONE);
	CHECK_INT(keyword_find(DIALECT_2020, "description", 11), KEYWORD_NONE);
}

static void
wrong_values_are_named_with_their_place(void)
{
	CHECK_STR(check("{\"type\":\"strng\"}", DIALECT_AUTO),
	    "schema '#/type': must be one of string, number, integer, boolean, object, array, null, or a list of them; found 'strng'");
	CHECK_STR(check("{\"type\":[\"string\",3]}", DIALECT_AUTO),
	    "schema '#/type': must be one of string, number, integer, boolean, object, array, null, or a list of them; found 3");
	CHECK_STR(check("{\"properties\":[]}", DIALECT_AUTO),
	    "schema '#/properties': must be an object whose members are schemas; found an array");
	CHECK_STR(check("{\"minLength\":-1}", DIALECT_AUTO),
	    "schema '#/minLength': must be a whole number, 0 or more; found -1");
	CHECK_STR(check("{\"maxItems\":1.5}", DIALECT_AUTO),
	    "schema '#/maxItems': must be a whole number, 0 or more; found 1.5");
	CHECK_STR(check("{\"multipleOf\":0}", DIALECT_AUTO), "schema '#/multipleOf': must be a number above 0; found 0");
	CHECK_STR(check("{\"required\":true}", DIALECT_AUTO), "schema '#/required': must be a list of names; found a boolean");
	CHECK_STR(check("{\"required\":[\"a\",1]}", DIALECT_AUTO), "schema '#/required': must be a list of names; found 1");
	CHECK_STR(check("{\"anyOf\":[]}", DIALECT_AUTO),
	    "schema '#/anyOf': must be a list of schemas, with one at least; found an array");
	CHECK_STR(check("{\"exclusiveMinimum\":true}", DIALECT_7),
	    "schema '#/exclusiveMinimum': must be a number (a boolean is draft 4's way); found a boolean");
	CHECK_STR(check("{\"exclusiveMinimum\":1}", DIALECT_4),
	    "schema '#/exclusiveMinimum': must be true or false (a number is draft 6's way); found 1");
	CHECK_STR(check("{\"enum\":3}", DIALECT_4), "schema '#/enum': must be a list of values; found 3");
	CHECK_STR(check("{\"dependentRequired\":{\"a\":{}}}", DIALECT_2020),
	    "schema '#/dependentRequired': must be an object whose members are lists of names; found an object");
	CHECK_STR(check("{\"type\":[]}", DIALECT_2020),
	    "schema '#/type': must be one of string, number, integer, boolean, object, array, null, or a list of them; found an array");
	CHECK_STR(check("{\"pattern\":1}", DIALECT_2020), "schema '#/pattern': must be a string; found 1");
}

static void
what_is_harmless_passes(void)
{
	CHECK_STR(check("{\"x-a\":1,\"minLengt\":\"x\",\"minLength\":2.0,\"maxLength\":1e2}", DIALECT_AUTO), "ok");
	CHECK_STR(check("{\"$ref\":\"#\",\"type\":5}", DIALECT_7), "ok");
	CHECK(strcmp(check("{\"$ref\":\"#\",\"type\":5}", DIALECT_2020), "ok") != 0);
	CHECK_STR(check("{\"openapi\":\"3.0.1\",\"type\":\"file\",\"required\":true,\"exclusiveMinimum\":true}",
		      DIALECT_AUTO), "ok");
	CHECK_STR(check("{\"const\":1,\"if\":3}", DIALECT_4), "ok");
	CHECK_STR(check("{\"items\":[{}],\"dependencies\":{\"a\":[\"b\"],\"c\":{}}}", DIALECT_AUTO), "ok");
	CHECK_STR(check("false", DIALECT_AUTO), "ok");
}

int
main(void)
{
	a = arena_new(0);
	RUN(every_keyword_is_found_by_its_name);
	RUN(wrong_values_are_named_with_their_place);
	RUN(what_is_harmless_passes);
	arena_free(a);
	return tap_done();
}
