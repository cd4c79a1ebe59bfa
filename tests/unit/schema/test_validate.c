/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/jx.h"
#include "schema/registry.h"
#include "schema/validate.h"
#include "tap.h"

static struct arena *a;
static struct err err;
static struct validate_options how;
static enum dialect dialect = DIALECT_2020;

static const struct jx *
json(const char *text)
{
	static const struct jx_options deep = {.depth_max = 100000, .allow_nul = true};
	struct jx *v = NULL;

	CHECK_INT(jx_parse(a, text, strlen(text), &deep, &v, &err), 0);
	return v;
}

static struct validator *
compile(const char *schema)
{
	struct registry *reg = registry_new(a, NULL);
	struct validator *v = NULL;
	struct sloc root;

	if (registry_add(reg, json(schema), NULL, dialect, &root, &err) < 0 ||
	    validator_compile(reg, root, &how, &v, &err) < 0)
		return NULL;
	return v;
}

/* "ok", the reason why it does not compile, or "pointer keyword: expected | found". */
static const char *
validate(const char *schema, const char *instance)
{
	struct validator *v = compile(schema);
	const struct validate_error *e;
	size_t n;
	bool ok;

	if (!v)
		return arena_str(a, err.msg);
	ok = validator_run(v, a, json(instance), 8, &e, &n);
	CHECK(ok == validator_run(v, NULL, json(instance), 0, NULL, NULL));
	CHECK(ok == (n == 0));
	return ok ? "ok" : arena_printf(a, "%s %s: %s | %s", e[0].pointer, e[0].keyword, e[0].expected, e[0].found);
}

#define IS(schema, instance, want) CHECK_STR(validate(schema, instance), want)
#define OK(schema, instance) IS(schema, instance, "ok")
#define NO(schema, instance) CHECK(strcmp(validate(schema, instance), "ok") != 0)

static void
errors_name_place_keyword_and_words(void)
{
	const char *s = "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"a/b\"],"
			"\"additionalProperties\":false,\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":"
			"\"^T[0-9]+$\",\"maxLength\":4},\"a/b\":{\"type\":[\"integer\",\"null\"],\"minimum\":0}}}}";
	struct validator *v = compile(s);
	const struct validate_error *e;
	size_t n;

	IS(s, "[{\"id\":\"T1\"}]", "/0/a~1b required: a member 'a/b' | an object of 1");
	IS(s, "[{\"id\":\"T1\",\"a/b\":1.5}]", "/0/a~1b type: null or a whole number | 1.5");
	IS(s, "[{\"id\":\"T1\",\"a/b\":-1}]", "/0/a~1b minimum: at least 0 | -1");
	IS(s, "[{\"id\":\"x\",\"a/b\":1}]", "/0/id pattern: text that matches /^T[0-9]+$/ | \"x\"");
	IS(s, "[{\"id\":\"T1\",\"a/b\":null,\"z\":0}]", "/0/z additionalProperties: no member 'z' | 0");
	IS("{\"enum\":[\"x\",null,1.0]}", "\"y\"", " enum: one of \"x\", null, 1.0 | \"y\"");
	IS("{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a false: nothing here | 1");
	IS("{\"items\":[{},{}],\"additionalItems\":false}", "[1,2,3]", "/2 additionalItems: at most 2 items | 3");
	CHECK(!validator_run(v, a, json("[{\"id\":5,\"zz\":1},3,{\"id\":\"T1\",\"a/b\":7}]"), 10, &e, &n));
	CHECK_INT(n, 4);
	CHECK_STR(e[0].schema_pointer, "#/items/required");
	CHECK_STR(e[1].schema_pointer, "#/items/properties/id/type");
	CHECK_STR(e[2].pointer, "/0/zz");
	CHECK_STR(e[3].pointer, "/1");
	CHECK(!validator_run(v, a, json("[1,2,3,4,5]"), 2, &e, &n));
	CHECK_INT(n, 2);
}

static void
the_nearest_branch_is_explained(void)
{
	const char *s = "{\"oneOf\":[{\"type\":\"string\"},{\"properties\":{\"k\":{\"const\":\"a\"},\"n\":{"
			"\"type\":\"integer\"}},\"required\":[\"k\",\"n\"]},{\"properties\":{\"k\":{\"const\":\"b\"}}}]}";
	const struct validate_error *e;
	size_t n;

	CHECK(!validator_run(compile(s), a, json("{\"k\":\"a\",\"n\":\"x\"}"), 10, &e, &n));
	CHECK_INT(n, 2);
	CHECK_STR(e[0].expected, "exactly one of 3 forms; 0 fit");
	CHECK_STR(e[1].pointer, "/n");
	CHECK_STR(e[1].schema_pointer, "#/oneOf/1/properties/n/type");
	IS("{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":5}]}", "7", " oneOf: exactly one of 2 forms; 2 fit | 7");
}

static void
numbers_are_exact(void)
{
	OK("{\"multipleOf\":0.01}", "19.99");
	OK("{\"multipleOf\":0.0001}", "0.0075");
	NO("{\"multipleOf\":0.0001}", "0.00751");
	NO("{\"multipleOf\":0.123456789}", "1e308");
	OK("{\"multipleOf\":0.5}", "1e308");
	OK("{\"multipleOf\":3}", "123456789012345678901234567890");
	NO("{\"multipleOf\":3}", "123456789012345678901234567891");
	OK("{\"multipleOf\":123456789012345678901234567890}", "123456789012345678901234567890e2");
	NO("{\"multipleOf\":123456789012345678901234567891}", "123456789012345678901234567890e2");
	OK("{\"multipleOf\":7}", "0");
	CHECK_INT(decimal_multiple("1e999999999", 11, "3", 1), 0);
	CHECK_INT(decimal_multiple("3e999999999", 11, "0.3", 3), 1);
	CHECK_INT(decimal_multiple("1e999999999", 11, "123456789012345678901", 21), -1);
	IS("{\"maximum\":123456789012345678901234567890}", "123456789012345678901234567891",
	    " maximum: at most 123456789012345678901234567890 | 123456789012345678901234567891");
	NO("{\"enum\":[9007199254740993]}", "9007199254740992");
	OK("{\"const\":1e2}", "100.0");
	OK("{\"type\":\"integer\"}", "1e400");
	NO("{\"type\":\"integer\"}", "15e-1");
	OK("{\"exclusiveMaximum\":0.3}", "0.29999999999999999999");
	NO("{\"exclusiveMaximum\":0.3}", "0.30000000000000000000");
	OK("{\"maxLength\":2e0}", "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"");
	NO("{\"minLength\":3}", "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"");
	OK("{\"maxItems\":1e400}", "[1]");
}

static void
unevaluated_members_follow_what_applied(void)
{
	const char *s = "{\"properties\":{\"a\":{}},\"allOf\":[{\"properties\":{\"b\":{}}}],\"anyOf\":[{\"properties\":{"
			"\"c\":{\"const\":1}},\"required\":[\"c\"]},{\"properties\":{\"d\":{}},\"required\":[\"d\"]}],"
			"\"if\":{\"required\":[\"e\"],\"properties\":{\"e\":{\"const\":1}}},\"then\":{\"properties\":{\"f\":{}}},"
			"\"dependentSchemas\":{\"g\":{\"properties\":{\"g\":{},\"h\":{}}}},\"unevaluatedProperties\":false}";
	struct buf b;

	OK(s, "{\"a\":1,\"b\":1,\"d\":1}");
	IS(s, "{\"c\":2,\"d\":1}", "/c unevaluatedProperties: no member 'c' | 2");
	OK(s, "{\"c\":1,\"d\":1}");
	OK(s, "{\"d\":1,\"e\":1,\"f\":1}");
	NO(s, "{\"d\":1,\"f\":1}");
	OK(s, "{\"d\":1,\"g\":1,\"h\":1}");
	NO(s, "{\"d\":1,\"h\":1}");
	NO("{\"not\":{\"not\":{\"properties\":{\"x\":{}}}},\"unevaluatedProperties\":false}", "{\"x\":1}");
	OK("{\"contains\":{\"type\":\"string\"},\"unevaluatedItems\":{\"type\":\"integer\"}}", "[\"x\",1]");
	dialect = DIALECT_2019;
	NO("{\"contains\":{\"type\":\"string\"},\"unevaluatedItems\":{\"type\":\"integer\"}}", "[\"x\",1]");
	OK("{\"items\":[{}],\"allOf\":[{\"items\":[{},{\"type\":\"string\"}]}],\"unevaluatedItems\":false}", "[1,\"x\"]");
	NO("{\"items\":[{}],\"allOf\":[{\"items\":[{},{\"type\":\"string\"}]}],\"unevaluatedItems\":false}", "[1,\"x\",2]");
	OK("{\"items\":[{}],\"additionalItems\":true,\"unevaluatedItems\":false}", "[1,\"x\",2]");
	dialect = DIALECT_2020;
	/* More members than fit the fast bit set. */
	buf_init(&b, a);
	buf_str(&b, "{");
	for (int i = 0; i < 500; i++)
		buf_printf(&b, "\"k%d\":%d,", i, i);
	buf_str(&b, "\"last\":1}");
	OK("{\"anyOf\":[{\"patternProperties\":{\"^k\":{}}},true],\"properties\":{\"last\":{}},\"unevaluatedProperties\":false}", b.p);
	NO("{\"anyOf\":[{\"patternProperties\":{\"^k[0-4]\":{}}},true],\"unevaluatedProperties\":false}", b.p);
}

static void
recursive_references_look_outwards(void)
{
	/* The example of 2019-09 core, section 8.2.4.2: a strict tree extends a tree. */
	const char *s = "{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"$id\":\"http://x/strict\","
			"\"$recursiveAnchor\":%s,\"$ref\":\"tree\",\"unevaluatedProperties\":false,\"$defs\":{\"t\":{"
			"\"$id\":\"tree\",\"$recursiveAnchor\":%s,\"type\":\"object\",\"properties\":{\"data\":true,"
			"\"children\":{\"type\":\"array\",\"items\":{\"$recursiveRef\":\"#\"}}}}}}";
	const char *bad = "{\"children\":[{\"daat\":1}]}", *good = "{\"children\":[{\"data\":1}]}";

	dialect = DIALECT_AUTO;
	OK(arena_printf(a, s, "true", "true"), good);
	IS(arena_printf(a, s, "true", "true"), bad, "/children/0/daat unevaluatedProperties: no member 'daat' | 1");
	OK(arena_printf(a, s, "false", "true"), bad); /* only the tree itself is dynamic */
	OK(arena_printf(a, s, "true", "false"), bad); /* the reference starts at a place that is not */
	/* Without any anchor it is a plain reference to its own root. */
	NO("{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"properties\":{\"a\":{\"$recursiveRef\":\"#\"}},"
	   "\"additionalProperties\":false}", "{\"a\":{\"b\":1}}");
	/* The outermost wins, also where one in between has no anchor. */
	s = "{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"$id\":\"http://x/a\",\"$recursiveAnchor\":true,"
	    "\"required\":[\"top\"],\"properties\":{\"n\":true},\"$ref\":\"b\",\"$defs\":{\"b\":{\"$id\":\"b\",\"$ref\":\"c\"},"
	    "\"c\":{\"$id\":\"c\",\"$recursiveAnchor\":true,\"properties\":{\"n\":{\"$recursiveRef\":\"#\"}}}}}";
	OK(s, "{\"top\":1,\"n\":{\"top\":1}}");
	IS(s, "{\"top\":1,\"n\":{}}", "/n/top required: a member 'top' | an object of 0");
	dialect = DIALECT_2020;
}

static void
drafts_differ_where_they_do(void)
{
	OK("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\",\"minimum\":5}},\"$defs\":{\"x\":{}}}", "{\"a\":5}");
	NO("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\",\"minimum\":5}},\"$defs\":{\"x\":{}}}", "{\"a\":1}");
	dialect = DIALECT_6;
	OK("{\"properties\":{\"a\":{\"$ref\":\"#/definitions/x\",\"minimum\":5}},\"definitions\":{\"x\":{}}}", "{\"a\":1}");
	OK("{\"if\":{\"minimum\":3},\"then\":false}", "5"); /* draft 7 brought if */
	NO("{\"contains\":{\"minimum\":5}}", "[1]");
	NO("{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}");
	NO("{\"exclusiveMinimum\":3}", "3");
	NO("{\"const\":3}", "4");
	OK("{\"minContains\":2,\"contains\":{}}", "[1]");
	NO("{\"dependencies\":{\"a\":[\"b\"],\"c\":{\"minProperties\":2}}}", "{\"c\":1}");
	NO("{\"$id\":\"http://x/r\",\"definitions\":{\"A\":{\"$id\":\"#foo\",\"type\":\"integer\"}},\"allOf\":[{\"$ref\":\"#foo\"}]}", "\"x\"");
	dialect = DIALECT_7;
	NO("{\"if\":{\"minimum\":3},\"then\":false}", "5");
	dialect = DIALECT_4;
	OK("{\"const\":3,\"contains\":{\"minimum\":5},\"propertyNames\":false}", "{\"a\":1}");
	NO("{\"minimum\":3,\"exclusiveMinimum\":true}", "3");
	dialect = DIALECT_2019;
	NO("{\"minContains\":2,\"contains\":{}}", "[1]");
	OK("{\"minContains\":0,\"contains\":false}", "[1]");
	NO("{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}");
	OK("{\"prefixItems\":[false]}", "[1]");
	NO("{\"items\":[{},{}],\"additionalItems\":false}", "[1,2,3]");
	OK("{\"$anchor\":\"r\",\"properties\":{\"a\":{\"$ref\":\"#r\"}}}", "{\"a\":{}}");
	dialect = DIALECT_2020;
	OK("{\"dependentRequired\":{\"a\":[\"b\"]}}", "{}");
}

static void
openapi_objects_are_read_as_they_mean(void)
{
	const char *ro = "{\"required\":[\"id\",\"x\",\"w\"],\"properties\":{\"id\":{\"$ref\":\"#/definitions/Id\"},"
			 "\"x\":{\"allOf\":[{\"$ref\":\"#/definitions/Id\"}]},\"w\":{\"writeOnly\":true}},"
			 "\"definitions\":{\"Id\":{\"type\":\"integer\",\"readOnly\":true}}}";

	dialect = DIALECT_OAS30;
	OK("{\"type\":\"string\",\"nullable\":true}", "null");
	NO("{\"type\":\"string\",\"nullable\":true,\"enum\":[\"a\"]}", "null");
	NO("{\"type\":\"string\",\"nullable\":false}", "null");
	NO("{\"minimum\":3,\"exclusiveMinimum\":true}", "3");
	NO("{\"exclusiveMinimum\":3}", "3");
	OK("{\"type\":\"string\",\"pattern\":\"(?<=x\"}", "\"a\"");
	OK("{\"required\":true,\"type\":\"object\"}", "{}");
	OK("{\"properties\":{\"a\":{\"$ref\":\"#/definitions/x\",\"minimum\":5}},\"definitions\":{\"x\":{}}}", "{\"a\":1}");
	NO(ro, "{\"w\":1}");
	how.direction = DIRECTION_REQUEST;
	OK(ro, "{\"w\":1}");
	NO(ro, "{\"id\":1,\"x\":1}");
	how.direction = DIRECTION_RESPONSE;
	OK(ro, "{\"id\":1,\"x\":1}");
	how.direction = DIRECTION_NONE;
	NO("{\"oneOf\":[{\"minimum\":1},{\"maximum\":9}],\"discriminator\":{\"propertyName\":\"k\"}}", "5");
	how.discriminator = true;
	OK("{\"oneOf\":[{\"minimum\":1},{\"maximum\":9}],\"discriminator\":{\"propertyName\":\"k\"}}", "5");
	NO("{\"oneOf\":[{\"minimum\":1},{\"maximum\":9}]}", "5");
	how.discriminator = false;
	dialect = DIALECT_SWAGGER2;
	OK("{\"type\":\"string\",\"x-nullable\":true}", "null");
	OK("{\"type\":\"file\"}", "\"bytes\"");
	dialect = DIALECT_OAS31;
	NO("{\"type\":\"string\",\"nullable\":true}", "null");
	OK("{\"type\":[\"string\",\"null\"]}", "null");
	dialect = DIALECT_2020;
}

static void
bad_schemas_are_refused_with_their_place(void)
{
	CHECK_STR(validate("{\"properties\":{\"x\":{\"minLength\":-1}}}", "1"),
	    "schema '#/properties/x/minLength': must be a whole number, 0 or more; found -1");
	CHECK(strncmp(validate("{\"properties\":{\"x\":{\"pattern\":\"(\"}}}", "1"),
		  "schema '#/properties/x/pattern': the pattern /(/ does not compile", 64) == 0);
	CHECK_STR(validate("{\"items\":{\"$ref\":\"#/$defs/no\"}}", "1"),
	    "schema '#/items/$ref': reference '#/$defs/no' points nowhere: the root '' has no member '$defs'");
	CHECK_INT(err.code, E_NOT_FOUND);
	NO("{\"$ref\":\"http://127.0.0.1:1/x\"}", "1");
	CHECK_INT(err.code, E_EGRESS);
	CHECK_STR(validate("{\"properties\":{\"x\":5}}", "1"),
	    "schema '#/properties/x': a schema is an object, true or false; found a number");
	how.lenient_refs = true;
	OK("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/no\"}}}", "{\"a\":1}");
	how.lenient_refs = false;
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
ends_as_a_limit(const char *schema, const char *instance)
{
	struct validator *v = compile(schema);
	const struct validate_error *e = NULL;
	double from = seconds();
	size_t n = 0;

	if (!v || validator_run(v, a, json(instance), 4, &e, &n))
		return false;
	CHECK(seconds() - from < 10);
	return n >= 1 && e[n - 1].is_budget;
}

static void
hostile_schemas_end_as_a_limit(void)
{
	struct buf b, deep;

	CHECK(ends_as_a_limit("{\"$ref\":\"#\"}", "1"));
	CHECK(ends_as_a_limit("{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1"));
	CHECK(ends_as_a_limit("{\"not\":{\"allOf\":[{\"not\":{\"$ref\":\"#\"}}]}}", "1"));
	/* Each level asks the next one twice: 2^40 checks, also below not. */
	buf_init(&b, a);
	buf_str(&b, "{\"not\":{\"$ref\":\"#/$defs/d0\"},\"$defs\":{");
	for (int i = 0; i < 40; i++)
		buf_printf(&b, "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},", i, i + 1, i + 1);
	buf_str(&b, "\"d40\":{\"minimum\":1}}}");
	CHECK(ends_as_a_limit(b.p, "5"));
	/* Decided or given up, but never "ok" and never slow. */
	NO("{\"pattern\":\"^(a|aa)+$\"}",
	    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"");
	/* 10,000 levels of instance under a recursive schema. */
	buf_init(&deep, a);
	for (int i = 0; i < 10000; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < 10000; i++)
		buf_char(&deep, ']');
	CHECK(ends_as_a_limit("{\"items\":{\"$ref\":\"#\"}}", deep.p));
	OK("{\"type\":\"array\"}", deep.p);
	/* 10,000 levels of schema. */
	buf_init(&b, a);
	for (int i = 0; i < 10000; i++)
		buf_str(&b, "{\"items\":");
	buf_str(&b, "true");
	for (int i = 0; i < 10000; i++)
		buf_char(&b, '}');
	OK(b.p, "[[[[1]]]]");
	/* Equality of large things is not quadratic. */
	buf_init(&b, a);
	buf_str(&b, "[0");
	for (int i = 1; i < 100000; i++)
		buf_printf(&b, ",{\"a\":%d}", i);
	buf_str(&b, "]");
	OK("{\"uniqueItems\":true}", b.p);
	/* More values than the steps that every run has: size is no bomb. */
	buf_init(&b, a);
	buf_str(&b, "[1");
	for (int i = 0; i < 1500000; i++)
		buf_str(&b, ",1");
	buf_str(&b, "]");
	OK("{\"items\":{\"allOf\":[{\"minimum\":1},{\"maximum\":1},{\"const\":1}]}}", b.p);
}

static void
repeated_patterns_take_the_short_way_and_agree(void)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} cases[] = {{"^[a-z]+-[0-9]{2,3}$", "abc-123", true}, {"^[a-z]+-[0-9]{2,3}$", "abc-1", false},
	    {"^[a-z]+-[0-9]{2,3}$", "abc-1234", false}, {"^x-", "x-y", true}, {"^x-", "y-x", false},
	    {"^[^/]*$", "a\xc3\xa9 b", true}, {"^[^/]*$", "a/b", false}, {"^\\d{4}-\\d{2}$", "2024-01", true},
	    {"^\\w+$", "a\xc3\xa9", false}, {"^a?b$", "b", true}, {"^a?b$", "aab", false},
	    {"^[a-z]*a$", "banana", true}, {"^a{2}$", "aa", true}, {"^a{2}$", "aaa", false},
	    {"^\\.[\\w.-]+$", ".a-b.c", true}, {"", "x", true}, {"^$", "", true}, {"^$", "x", false},
	    {"^[0-9]+(\\.[0-9]+)?$", "1.5", true}, {"^[-+]?[0-9]+$", "-5", true}, {"^[]$", "", false},
	    {"^.*$", "a\nb", false}, {"^.*", "\n", true}, {"a|b", "xb", true}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf s;
		buf_init(&s, a);
		buf_str(&s, "{\"pattern\":\"");
		for (const char *p = cases[i].pattern; *p; p++)
			buf_printf(&s, *p == '\\' ? "\\\\" : "%c", *p);
		buf_str(&s, "\"}");
		bool got = strcmp(validate(s.p, strchr(cases[i].text, '\n')
						    ? cases[i].text[0] == '\n' ? "\"\\n\"" : "\"a\\nb\""
						    : arena_printf(a, "\"%s\"", cases[i].text)), "ok") == 0;
		if (got != cases[i].want)
			printf("# %s on %s\n", cases[i].pattern, cases[i].text);
		CHECK(got == cases[i].want);
	}
}

static void
wide_objects_and_enums_are_found_by_hash(void)
{
	struct buf s, v;

	buf_init(&s, a);
	buf_init(&v, a);
	buf_str(&s, "{\"properties\":{");
	buf_str(&v, "{");
	for (int i = 0; i < 70000; i++) {
		buf_printf(&s, "%s\"a_long_property_name_%d_x\":{\"const\":%d}", i ? "," : "", i, i);
		buf_printf(&v, "%s\"a_long_property_name_%d_x\":%d", i ? "," : "", i, i);
	}
	buf_str(&s, "},\"additionalProperties\":false}");
	buf_str(&v, "}");
	OK(s.p, v.p);
	NO(s.p, "{\"a_long_property_name_7_x\":8}");
	NO(s.p, "{\"a_long_property_name_70000_x\":70000}");
	buf_clear(&s);
	buf_str(&s, "{\"enum\":[null");
	for (int i = 0; i < 5000; i++)
		buf_printf(&s, ",\"v%d\"", i);
	buf_str(&s, "]}");
	OK(s.p, "\"v4999\"");
	OK(s.p, "null");
	NO(s.p, "\"v5000\"");
}

static void
a_required_property_may_be_declared_read_only_beside_it(void)
{
	static const char *const schema =
	    "{\"openapi\":\"3.0.0\",\"allOf\":[{\"$ref\":\"#/components/schemas/Base\"},"
	    "{\"required\":[\"id\",\"at\",\"name\"],\"properties\":{\"name\":{\"type\":\"string\"}}}],"
	    "\"components\":{\"schemas\":{\"Base\":{\"allOf\":[{\"properties\":{\"id\":{\"readOnly\":true}}}],"
	    "\"properties\":{\"at\":{\"allOf\":[{\"$ref\":\"#/components/schemas/At\"}]}}},"
	    "\"At\":{\"type\":\"string\",\"readOnly\":true}}}}";

	dialect = DIALECT_OAS30;
	NO(schema, "{\"name\":\"a\"}");
	how.direction = DIRECTION_REQUEST;
	OK(schema, "{\"name\":\"a\"}");
	NO(schema, "{\"id\":1,\"at\":\"b\"}");
	how.direction = DIRECTION_RESPONSE;
	NO(schema, "{\"name\":\"a\"}");
	how.direction = DIRECTION_NONE;
	dialect = DIALECT_2020;
}

static void
what_cannot_be_read_is_left_out_where_that_is_asked_for(void)
{
	static const char *const one = "{\"oneOf\":[{\"$ref\":\"#/nowhere\"},{\"type\":\"integer\"}]}";
	static const char *const bad = "{\"openapi\":\"3.0.0\",\"properties\":{\"a\":{\"type\":\"float\"},\"b\":{\"type\":\"integer\"}}}";

	how.lenient_refs = true;
	OK(one, "1");
	NO(one, "\"a\"");
	dialect = DIALECT_OAS30;
	OK(bad, "{\"a\":\"anything\",\"b\":1}");
	NO(bad, "{\"a\":1,\"b\":\"no\"}");
	how.lenient_refs = false;
	CHECK(strstr(validate(bad, "{}"), "'float'") != NULL);
	dialect = DIALECT_2020;
	how.lenient_refs = true; /* a schema of its own is refused all the same */
	CHECK(strstr(validate("{\"properties\":{\"a\":{\"type\":\"float\"}}}", "{}"), "'float'") != NULL);
	how.lenient_refs = false;
}

/* allOf of allOf, each with a name that is looked for in all of them: the search has a budget. */
static void
looking_for_read_only_ends(void)
{
	struct buf s;
	clock_t t = clock();

	buf_init(&s, a);
	buf_str(&s, "{\"openapi\":\"3.0.0\",\"components\":{\"schemas\":{");
	for (int i = 0; i < 8; i++) {
		buf_printf(&s, "%s\"S%d\":{\"required\":[\"p\",\"q\"],\"allOf\":[", i ? "," : "", i);
		for (int k = 0; k < 200; k++)
			buf_printf(&s, "%s{\"$ref\":\"#/components/schemas/S%d\"}", k ? "," : "", i + 1);
		buf_str(&s, "]}");
	}
	buf_str(&s, ",\"S8\":{\"type\":\"object\"}}},\"allOf\":[{\"$ref\":\"#/components/schemas/S0\"}]}");
	dialect = DIALECT_OAS30;
	how.direction = DIRECTION_REQUEST;
	CHECK(compile(s.p) != NULL);
	how.direction = DIRECTION_NONE;
	dialect = DIALECT_2020;
	CHECK((double)(clock() - t) / CLOCKS_PER_SEC < 2);
}

/* Each level has two alternatives that lead down to the same value. */
static void
alternatives_that_share_their_values_do_not_multiply(void)
{
	static const char schema[] = "{\"oneOf\":[{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}},"
				     "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"},\"contains\":{\"const\":7}},{\"type\":\"string\"}]}";
	clock_t t = clock();

	for (unsigned depth = 1; depth <= 256; depth *= 4) {
		struct buf text[2];
		for (unsigned k = 0; k < 2; k++) {
			buf_init(&text[k], a);
			for (unsigned i = 0; i < depth; i++)
				buf_char(&text[k], '[');
			buf_str(&text[k], k ? "3" : "\"a\"");
			for (unsigned i = 0; i < depth; i++)
				buf_char(&text[k], ']');
		}
		OK(schema, text[0].p);
		IS(schema, text[1].p, " oneOf: exactly one of 3 forms; 0 fit | an array of 1");
	}
	CHECK((double)(clock() - t) / CLOCKS_PER_SEC < 2);
}

int
main(void)
{
	a = arena_new(0);
	RUN(errors_name_place_keyword_and_words);
	RUN(the_nearest_branch_is_explained);
	RUN(numbers_are_exact);
	RUN(unevaluated_members_follow_what_applied);
	RUN(recursive_references_look_outwards);
	RUN(drafts_differ_where_they_do);
	RUN(openapi_objects_are_read_as_they_mean);
	RUN(bad_schemas_are_refused_with_their_place);
	RUN(hostile_schemas_end_as_a_limit);
	RUN(repeated_patterns_take_the_short_way_and_agree);
	RUN(wide_objects_and_enums_are_found_by_hash);
	RUN(a_required_property_may_be_declared_read_only_beside_it);
	RUN(what_cannot_be_read_is_left_out_where_that_is_asked_for);
	RUN(looking_for_read_only_ends);
	RUN(alternatives_that_share_their_values_do_not_multiply);
	arena_free(a);
	return tap_done();
}
