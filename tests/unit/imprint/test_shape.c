/* SPDX-License-Identifier: Apache-2.0 */
/* Where encoder and decoder must draw the same conclusion from a schema. */
#include "imprint/shape.h"

#include "decoded.h"
#include "imprint/encode.h"

static struct arena *a;
static struct bench b;
static struct encoded e;

/* The template of a schema; the bench stays open for decoding. */
static const char *
drawn(const char *schema)
{
	static const struct encode_title title;

	if (!bench_open(&b, a, schema, DIRECTION_NONE))
		return "refused";
	imp_diags_init(&b.d, a);
	return encode_template(b.s, b.root, NULL, &title, a, &e, &b.d) == 0 ? e.template : "refused";
}

static bool
has_rule(const char *part)
{
	for (size_t i = 0; i < e.n_rules; i++)
		if (strstr(e.rules[i], part))
			return true;
	return false;
}

static size_t
warned(const char *pointer)
{
	size_t n = 0;

	for (size_t i = 0; i < e.warnings.n; i++)
		n += e.warnings.at[i].code == IMP_W_REF && strcmp(e.warnings.at[i].pointer, pointer) == 0;
	return n;
}

static const char *
read_back(const char *filled)
{
	return bench_decode(&b, filled, false) == 0 ? bench_text(a, b.payload)
		: b.d.n ? arena_printf(a, "%s %s", imp_code_name(b.d.at[0].code), b.d.at[0].pointer) : "refused";
}

static void
a_name_that_no_value_may_stand_under_is_a_matter_of_the_key(void)
{
	CHECK_STR(drawn("{\"type\":\"object\",\"properties\":{\"a\":false},\"additionalProperties\":{\"type\":\"integer\"}}"),
	    "{\"{OPTIONAL|key}\":\"{FILL|integer}\"}");
	CHECK(has_rule("'a' must not be there"));
	CHECK_STR(read_back("{\"b\":1}"), "{\"b\":1}");
	CHECK_STR(read_back("{\"a\":1}"), "IMP_KEY /a");
	CHECK_STR(read_back("{\"a\":\"{OPTIONAL|integer}\"}"), "{}");
	/* nothing invites names: it is simply not on the menu */
	CHECK_STR(drawn("{\"type\":\"object\",\"properties\":{\"a\":false,\"b\":{\"type\":\"integer\"}},\"additionalProperties\":false}"),
	    "{\"b\":\"{OPTIONAL|integer}\"}");
	CHECK_STR(read_back("{\"a\":1}"), "IMP_UNKNOWN_KEY /a");
	CHECK_STR(drawn("{\"type\":\"object\",\"patternProperties\":{\"^x-\":false},\"additionalProperties\":{\"type\":\"integer\"}}"),
	    "{\"{OPTIONAL|key}\":\"{FILL|integer}\"}");
	CHECK(has_rule("no member name may match /^x-/"));
	CHECK_STR(read_back("{\"x-1\":1}"), "IMP_KEY /x-1");
	CHECK_STR(read_back("{\"y\":1}"), "{\"y\":1}");
}

static void
a_key_token_carries_what_wider_patterns_say(void)
{
	CHECK_STR(drawn("{\"type\":\"object\",\"patternProperties\":{\"^\":{\"type\":\"string\"},\"^x-\":{\"maxLength\":3}},"
		"\"additionalProperties\":false}"),
	    "{\"{OPTIONAL|key|pattern:/^/}\":\"{FILL|string}\",\"{OPTIONAL|key|pattern:/^x-/}\":\"{FILL|string|len:-3}\"}");
	CHECK_STR(drawn("{\"type\":\"object\",\"patternProperties\":{\"^x-\":{\"type\":\"string\"},\"^x-y[0-9]\":{\"minLength\":2}},"
		"\"additionalProperties\":false}"),
	    "{\"{OPTIONAL|key|pattern:/^x-/}\":\"{FILL|string}\","
	    "\"{OPTIONAL|key|pattern:/^x-y[0-9]/}\":\"{FILL|string|len:2-}\"}");
	/* the same pattern in two joined schemas */
	CHECK_STR(drawn("{\"type\":\"object\",\"allOf\":[{\"patternProperties\":{\"^x-\":{\"type\":\"string\"}}},"
		"{\"patternProperties\":{\"^x-\":{\"maxLength\":3}}}]}"),
	    "{\"{OPTIONAL|key|pattern:/^x-/}\":\"{FILL|string|len:-3}\"}");
	/* an alternative or a repeated letter at the end is no prefix */
	CHECK_STR(drawn("{\"type\":\"object\",\"patternProperties\":{\"^ab\":{\"type\":\"string\"},\"^ab|c\":{\"minLength\":2},"
		"\"^ab*\":{\"minLength\":4}},\"additionalProperties\":false}"),
	    "{\"{OPTIONAL|key|pattern:/^ab/}\":\"{FILL|string}\",\"{OPTIONAL|key|pattern:/^ab\\\\|c/}\":\"{FILL|any|len:2-}\","
	    "\"{OPTIONAL|key|pattern:/^ab*/}\":\"{FILL|any|len:4-}\"}");
	/* wider patterns that contradict: the token is not offered */
	CHECK_STR(drawn("{\"type\":\"object\",\"patternProperties\":{\".*\":{\"type\":\"string\"},\"^n-\":{\"type\":\"integer\"}},"
		"\"additionalProperties\":false}"),
	    "{\"{OPTIONAL|key|pattern:/.*/}\":\"{FILL|string}\"}");
	CHECK_STR(read_back("{\"n-1\":1}"), "IMP_KEY /n-1");
}

static void
listed_values_are_filtered_by_every_keyword_beside_them(void)
{
	CHECK_STR(drawn("{\"enum\":[\"a\",\"b\",\"c\"],\"not\":{\"const\":\"a\"}}"), "\"{FILL_ENUM|b|c}\"");
	CHECK_STR(drawn("{\"enum\":[3,4,6],\"multipleOf\":2}"), "\"{FILL_ENUM|=4|=6}\"");
	CHECK_STR(drawn("{\"enum\":[\"2024-01-02\",\"soon\",\"2024-02-30\",\"2024-02-29\"],\"format\":\"date\"}"),
	    "\"{FILL_ENUM|2024-01-02|2024-02-29}\"");
	CHECK_STR(drawn("{\"enum\":[\"soon\"],\"format\":\"date\"}"), "refused");
	/* members that stand beside the choice */
	CHECK_STR(drawn("{\"oneOf\":[{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},{\"enum\":[{\"a\":1},{\"a\":\"t\"},\"x\"]}],"
		"\"properties\":{\"a\":{\"type\":\"string\"}}}"),
	    "{\"{ONE_OF}\":\"{FILL_ENUM|array|option_2}\",\"array\":[\"{FILL|integer}\"],"
	    "\"option_2\":\"{FILL_ENUM|=\\\\{\\\"a\\\":\\\"t\\\"\\\\}|x}\"}");
}

static void
text_whose_content_is_such_a_text_again_is_taken_as_it_is(void)
{
	static const char text[] = "{\"$defs\":{\"s\":{\"type\":\"string\",\"contentMediaType\":\"application/json\","
				   "\"contentSchema\":{\"$ref\":\"#/$defs/s\"}}},\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/s\"}},"
				   "\"required\":[\"a\"]}";
	static const char list[] = "{\"type\":\"string\",\"contentMediaType\":\"application/json\","
				   "\"contentSchema\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}}";
	static const char either[] = "{\"type\":\"string\",\"contentMediaType\":\"application/json\","
				     "\"contentSchema\":{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"object\",\"properties\":{\"b\":{\"$ref\":\"#\"}}}]}}";

	(void)drawn(text);
	CHECK_STR(read_back("{\"a\":\"\\\"x\\\"\"}"), "{\"a\":\"\\\"x\\\"\"}");
	CHECK_STR(read_back("{\"a\":\"no JSON\"}"), "{\"a\":\"no JSON\"}");
	CHECK_STR(read_back("{\"a\":3}"), "IMP_TYPE /a");
	(void)drawn(list);
	CHECK_STR(read_back("[[],[[]]]"), "\"[\\\"[]\\\",\\\"[\\\\\\\"[]\\\\\\\"]\\\"]\"");
	(void)drawn(either);
	CHECK_STR(read_back("{\"b\":{}}"), "\"{\\\"b\\\":\\\"{}\\\"}\"");
	CHECK_STR(read_back("\"no JSON\""), "IMP_TYPE ");
}

static void
what_is_left_out_for_a_dangling_reference_is_said(void)
{
	CHECK_STR(drawn("{\"anyOf\":[{\"$ref\":\"#/nope\"},{\"type\":\"string\"},{\"type\":\"object\",\"properties\":{"
		"\"a\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/nope\"}},\"b\":{\"$ref\":\"#/nope\"}},"
		"\"additionalProperties\":{\"$ref\":\"#/nope\"}}]}"),
	    "{\"{ONE_OF}\":\"{FILL_ENUM|string|object}\",\"string\":\"{FILL|string}\","
	    "\"object\":{\"a\":[\"{OPTIONAL|array|items:-0}\"]}}");
	CHECK_INT((long)warned(""), 1);
	CHECK_INT((long)warned("/object"), 1);
	CHECK_INT((long)warned("/object/a"), 1);
	CHECK_INT((long)warned("/object/b"), 1);
	(void)drawn("{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"},false]}");
	CHECK_INT((long)e.warnings.n, 0);
}

static void
an_untyped_schema_is_not_drawn_as_what_it_cannot_be(void)
{
	CHECK_STR(drawn("{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\",\"b\"],\"maxProperties\":1}"),
	    "\"{FILL|string/number/boolean/array/null}\"");
	CHECK_STR(read_back("{\"a\":1,\"b\":1}"), "IMP_TYPE ");
	CHECK_STR(read_back("7"), "7");
	CHECK_STR(drawn("{\"minItems\":3,\"maxItems\":1,\"items\":{\"type\":\"string\"}}"),
	    "\"{FILL|string/number/boolean/object/null}\"");
}

/* Also where the condition leads through a reference to a schema elsewhere. */
static void
what_a_condition_asks_for_is_a_rule(void)
{
	(void)drawn("{\"$defs\":{\"n\":{\"required\":[\"c\"]},\"v\":{\"type\":\"integer\"}},\"type\":\"object\","
		    "\"properties\":{\"a\":{\"type\":\"string\"},\"c\":{\"type\":\"string\"},\"d\":{}},"
		    "\"if\":{\"required\":[\"a\"]},\"then\":{\"$ref\":\"#/$defs/n\"},"
		    "\"dependentSchemas\":{\"c\":{\"properties\":{\"d\":{\"$ref\":\"#/$defs/v\"}}}}}");
	CHECK_STR(read_back("{\"d\":\"y\"}"), "{\"d\":\"y\"}");
	CHECK_STR(read_back("{\"a\":\"x\"}"), "IMP_RULE /c");
	CHECK_STR(read_back("{\"c\":\"x\",\"d\":\"y\"}"), "IMP_RULE /d");
	CHECK_STR(read_back("{\"a\":\"x\",\"c\":\"x\",\"d\":1}"), "{\"a\":\"x\",\"c\":\"x\",\"d\":1}");
}

int
main(void)
{
	a = arena_new(0);
	RUN(a_name_that_no_value_may_stand_under_is_a_matter_of_the_key);
	RUN(a_key_token_carries_what_wider_patterns_say);
	RUN(listed_values_are_filtered_by_every_keyword_beside_them);
	RUN(text_whose_content_is_such_a_text_again_is_taken_as_it_is);
	RUN(what_is_left_out_for_a_dangling_reference_is_said);
	RUN(an_untyped_schema_is_not_drawn_as_what_it_cannot_be);
	RUN(what_a_condition_asks_for_is_a_rule);
	arena_free(a);
	return tap_done();
}
