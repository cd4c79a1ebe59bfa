/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "tap.h"
#include "types/jschema.h"

static struct arena *a;
static struct err err;

static const char *
validate(const char *schema, const char *instance)
{
	struct jx *s, *v;
	struct jschema *compiled;
	const struct jschema_error *errors;
	size_t n;

	CHECK_INT(jx_parse(a, schema, strlen(schema), NULL, &s, &err), 0);
	CHECK_INT(jx_parse(a, instance, strlen(instance), NULL, &v, &err), 0);
	if (jschema_compile(a, s, &compiled, &err) < 0)
		return err.msg;
	if (jschema_validate(compiled, a, v, 5, &errors, &n))
		return "ok";
	return arena_printf(a, "%s: %s", errors[0].pointer, errors[0].expected);
}

static void
schemas_check_what_they_say(void)
{
	const char *row =
	    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"n\"],\"additionalProperties\":false,"
	    "\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^T[0-9]+$\"},\"n\":{\"type\":\"integer\",\"minimum\":0,\"exclusiveMaximum\":10},"
	    "\"d\":{\"format\":\"date\"},\"e\":{\"enum\":[\"x\",null,1.0]}}}}";

	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":5,\"d\":\"2024-02-29\",\"e\":1}]"), "ok");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":5.0}]"), "ok");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":10}]"), "/0/n: less than 10");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":1},{\"id\":\"1\",\"n\":1}]"),
	    "/1/id: text that matches /^T[0-9]+$/");
	CHECK_STR(validate(row, "[{\"id\":\"T1\"}]"), "/0/n: a member 'n'");
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":1,\"z\":0}]"), "/0/z: no member 'z'");
	CHECK(strncmp(validate(row, "[{\"id\":\"T1\",\"n\":1,\"d\":\"2023-02-29\"}]"),
		  "/0/d: ", 6) == 0);
	CHECK_STR(validate(row, "[{\"id\":\"T1\",\"n\":1,\"e\":\"y\"}]"),
	    "/0/e: one of \"x\", null, 1.0");
	CHECK_STR(validate(row, "{}"), ": an array");
	CHECK_STR(validate("{\"minimum\":0.1}", "0.10"), "ok");
	CHECK_STR(validate("{\"maximum\":123456789012345678901234567890}",
		      "123456789012345678901234567891"),
	    ": at most 123456789012345678901234567890");
	CHECK_STR(validate("{\"uniqueItems\":true}", "[1,\"1\",1.0]"), ": items that all differ");
	CHECK_STR(validate("{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":5}]}", "7"),
	    ": exactly one of 2 forms; 2 fit");
	CHECK_STR(
	    validate(
		"{\"$defs\":{\"t\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/t\"}}},\"$ref\":\"#/$defs/t\"}",
		"{\"a\":{\"b\":1}}"),
	    "/a/b: an object");
}

static void
schemas_fail_closed(void)
{
	CHECK_STR(validate("{\"properties\":{\"x\":{\"minimun\":1}}}", "{}"),
	    "schema /properties/x/minimun: unknown keyword 'minimun'");
	CHECK_STR(
	    validate("{\"type\":\"decimal\"}", "{}"), "schema /type: 'decimal' is not a type");
	CHECK_STR(validate("{\"$ref\":\"http://x/y\"}", "{}"),
	    "schema /$ref: only references inside the document are followed (\"#/…\"), not 'http://x/y'");
	CHECK_STR(
	    validate("{\"$ref\":\"#\"}", "{}"), "schema (root): this $ref leads only to itself");
	CHECK(strstr(validate("{\"pattern\":\"(\"}", "\"\""), "does not compile") != NULL);
	/* A pattern that would need exponential time is a finding, not a pass and not a hang. */
	CHECK(
	    strstr(
		validate("{\"pattern\":\"^(a|aa)+$\"}",
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\""),
		"/^(a|aa)+$/") != NULL);
}

static void
numbers_are_compared_as_decimals(void)
{
	CHECK_STR(validate("{\"enum\":[9007199254740993]}", "9007199254740992"),
	    ": one of 9007199254740993");
	CHECK_STR(validate("{\"const\":1e2}", "100.0"), "ok");
	CHECK_STR(validate("{\"uniqueItems\":true}", "[9007199254740993,9007199254740992]"), "ok");
	CHECK_STR(validate("{\"uniqueItems\":true}", "[1e400,10e399]"), ": items that all differ");
	CHECK_STR(
	    validate("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":[2]},{\"b\":[2.0],\"a\":1.0}]"),
	    ": items that all differ");
	CHECK_STR(validate("{\"uniqueItems\":true}", "[\"1:a\",[\"a\"],\"a\",{\"a\":null}]"), "ok");
	CHECK_STR(validate("{\"minimum\":0,\"exclusiveMinimum\":0}", "0"), ": more than 0");
	CHECK_STR(validate("{\"type\":\"integer\"}", "1e400"), "ok");
	CHECK_STR(validate("{\"type\":\"integer\"}", "15e-1"), ": a whole number");
}

static void
formats_are_asserted(void)
{
	const char *s = "{\"format\":\"date-time\"}",
		   *want = ": a time as YYYY-MM-DDThh:mm:ssZ (or with ±hh:mm)";

	CHECK_STR(validate(s, "\"2026-01-02T03:04:05Z\""), "ok");
	CHECK_STR(validate(s, "\"2026-01-02T03:04:05.678+02:00\""), "ok");
	CHECK_STR(validate(s, "\"2026-01-02 03:04:05Z\""), want);
	CHECK_STR(validate(s, "\"2026-01-02T03:04:05\""), want);
	CHECK_STR(validate(s, "\"2026-02-30T03:04:05Z\""), want);
	CHECK_STR(validate(s, "17"), "ok");
	s = "{\"format\":\"decimal\"}";
	CHECK_STR(validate(s, "\"-12.50\""), "ok");
	CHECK_STR(validate(s, "\"1e3\""), "ok");
	CHECK_STR(validate(s, "12.5"), "ok");
	CHECK_STR(validate(s, "null"), "ok");
	CHECK(strncmp(validate(s, "\"1,234.50\""), ": a decimal number as text", 26) == 0);
	CHECK(strncmp(validate(s, "\"$5\""), ": a decimal number as text", 26) == 0);
	CHECK(strncmp(validate(s, "\"\""), ": a decimal number as text", 26) == 0);
	CHECK(
	    strstr(validate("{\"format\":\"email\"}", "1"), "format 'email' is not known") != NULL);
}

static void
definitions_are_checked_even_when_unused(void)
{
	CHECK_STR(validate("{\"$defs\":{\"x\":{\"minimun\":1}}}", "{}"),
	    "schema /$defs/x/minimun: unknown keyword 'minimun'");
	CHECK_STR(validate("{\"properties\":{\"a\":{\"$id\":\"x\"}}}", "{}"),
	    "schema /properties/a/$id: $id below the root would move what $ref means; it is not supported");
	CHECK_STR(validate("{\"$ref\":\"#/$defs/no\"}", "{}"),
	    "schema /$ref: '#/$defs/no' points nowhere");
}

static void
loops_through_any_keyword_are_refused(void)
{
	CHECK_STR(validate("{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1"),
	    "schema (root): this $ref leads only to itself");
	CHECK_STR(
	    validate(
		"{\"$defs\":{\"a\":{\"not\":{\"$ref\":\"#/$defs/b\"}},\"b\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"}]}}}",
		"1"),
	    "schema /$defs/a: this $ref leads only to itself");
	CHECK_STR(
	    validate("{\"properties\":{\"a\":{\"$ref\":\"#\"}}}", "{\"a\":{\"a\":{}}}"), "ok");
}

/* Each level asks the next one twice: 2^40 checks. It must end, and as a finding even inside "not".
 */
static void
exponential_schemas_end_as_a_finding(void)
{
	char *s = arena_str(a, "");
	const char *said;

	for (int i = 0; i < 40; i++)
		s = arena_printf(a,
		    "%s\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},",
		    s, i, i + 1, i + 1);
	said = validate(
	    arena_printf(a,
		"{\"$defs\":{%s\"d40\":{\"type\":\"integer\"}},\"not\":{\"$ref\":\"#/$defs/d0\"}}",
		s),
	    "1");
	CHECK(strstr(said, "can be checked in") != NULL);
	said = validate("{\"not\":{\"pattern\":\"^(a|aa)+$\"}}",
	    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"");
	CHECK(strstr(said, "can decide in") != NULL);
}

static void
findings_carry_places(void)
{
	const char *schema = "{\"properties\":{\"rows\":{\"items\":{\"type\":\"integer\"}}}}";
	const char *text = "{\n  \"rows\": [1, 2,\n    \"x\"]\n}";
	struct jx *s, *v;
	struct jschema *compiled;
	const struct jschema_error *errors;
	size_t n;

	CHECK_INT(jx_parse(a, schema, strlen(schema), NULL, &s, &err), 0);
	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	CHECK_INT(jschema_compile(a, s, &compiled, &err), 0);
	CHECK(!jschema_validate(compiled, a, v, 5, &errors, &n));
	CHECK_INT(n, 1);
	CHECK_STR(errors[0].pointer, "/rows/2");
	CHECK_STR(errors[0].schema_pointer, "/properties/rows/items/type");
	CHECK_STR(errors[0].found, "\"x\"");
	CHECK_INT(errors[0].line, 3);
	CHECK_INT(errors[0].column, 5);
}

/* ---- the public test suite, when it is at hand ---- */

#define SUITE "../shared/data/serializer/jsts.ndjson"

struct tally {
	unsigned right, wrong, refused;
};

static void
run_case(struct arena *own, const struct jx *group, const struct jschema *s, struct tally *t)
{
	const struct jx *tests = jx_find(group, "tests");

	for (size_t i = 0; i < jx_size(tests); i++) {
		const struct jx *test = jx_at(tests, i), *text = jx_find(test, "data_text");
		const struct jschema_error *errors;
		struct jx *v;
		size_t n;
		if (jx_parse(own, text->u.text.p, text->u.text.n, NULL, &v, &err) < 0)
			continue;
		if (strstr(
			jx_str(jx_find(test, "description"), ""), "only an annotation by default"))
			continue; /* we assert formats */
		if (jschema_validate(s, own, v, 3, &errors, &n) ==
		    jx_bool(jx_find(test, "valid"), false)) {
			t->right++;
			continue;
		}
		t->wrong++;
		printf("# %s: %s: %s\n", jx_str(jx_find(group, "file"), ""),
		    jx_str(jx_find(group, "description"), ""),
		    jx_str(jx_find(test, "description"), ""));
	}
}

/* What the compiler accepts must be judged as the suite judges it; what it does not know it must
 * refuse. */
static void
the_public_suite_is_judged_right_or_refused(void)
{
	struct arena *all = arena_new(0);
	struct tally t = {0};
	char *text, *line, *end;
	size_t bytes;

	CHECK_INT(file_load(all, SUITE, 64u << 20, &text, &bytes, &err), 0);
	for (line = text; line < text + bytes; line = end + 1) {
		struct arena *own = arena_new(0);
		struct jx *group, *schema;
		struct jschema *s;
		const struct jx *schema_text;
		end = memchr(line, '\n', (size_t)(text + bytes - line));
		end = end ? end : text + bytes;
		CHECK_INT(jx_parse(own, line, (size_t)(end - line), NULL, &group, &err), 0);
		schema_text = jx_find(group, "schema_text");
		if (jx_is_str(jx_find(group, "dialect"), "2020-12") &&
		    strncmp(jx_str(jx_find(group, "file"), ""), "optional", 8) != 0 &&
		    jx_parse(own, schema_text->u.text.p, schema_text->u.text.n, NULL, &schema,
			&err) == 0) {
			if (jschema_compile(own, schema, &s, &err) < 0)
				t.refused++;
			else
				run_case(own, group, s, &t);
		}
		arena_free(own);
	}
	arena_free(all);
	printf("# %u verdicts right, %u wrong; %u schemas refused as not supported\n", t.right,
	    t.wrong, t.refused);
	CHECK_INT(t.wrong, 0);
	CHECK(t.right > 400);
}

int
main(void)
{
	a = arena_new(0);
	RUN(schemas_check_what_they_say);
	RUN(schemas_fail_closed);
	RUN(numbers_are_compared_as_decimals);
	RUN(formats_are_asserted);
	RUN(definitions_are_checked_even_when_unused);
	RUN(loops_through_any_keyword_are_refused);
	RUN(exponential_schemas_end_as_a_finding);
	RUN(findings_carry_places);
	if (access(SUITE, R_OK) == 0)
		RUN(the_public_suite_is_judged_right_or_refused);
	else
		SKIP(the_public_suite_is_judged_right_or_refused,
		    "the public JSON Schema suite is not here");
	arena_free(a);
	return tap_done();
}
