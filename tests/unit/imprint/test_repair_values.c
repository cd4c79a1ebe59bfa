/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/repair.h"

#include "decoded.h"

static struct arena *a;

/* The document mended under the schema, then the codes and pointers of what was done. */
static const char *
mended(const char *schema, const char *text)
{
	struct repaired r = {.is_complete = true};
	struct bench b;
	struct buf out;
	struct jw w;

	if (!bench_open(&b, a, schema, DIRECTION_NONE))
		return "the schema cannot be read";
	r.value = bench_parse(a, text);
	repair_values(b.s, b.root, a, &r);
	buf_init(&out, a);
	jw_init(&w, &out);
	jw_value(&w, NULL, r.value);
	for (size_t i = 0; i < r.n_repairs; i++)
		buf_printf(&out, " %s@%s", r.repairs[i].code, r.repairs[i].pointer);
	return buf_take(&out);
}

static void
values_with_one_legal_reading_are_mended(void)
{
	static const char schema[] = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"f\":{\"type\":[\"number\",\"null\"]},"
	    "\"b\":{\"type\":\"boolean\"},\"e\":{\"enum\":[\"active\",\"Paused\"]},\"l\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
	    "\"k\":{\"enum\":[1,2]}},\"additionalProperties\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}}";

	CHECK_STR(mended(schema, "{\"n\":\"42\"}"), "{\"n\":42} FIX_NUMBER@/n");
	CHECK_STR(mended(schema, "{\"f\":\"-1.50\"}"), "{\"f\":-1.50} FIX_NUMBER@/f");
	CHECK_STR(mended(schema, "{\"b\":\"True\"}"), "{\"b\":true} FIX_BOOLEAN@/b");
	CHECK_STR(mended(schema, "{\"e\":\"ACTIVE\"}"), "{\"e\":\"active\"} FIX_ENUM_CASE@/e");
	CHECK_STR(mended(schema, "{\"k\":\"2\"}"), "{\"k\":2} FIX_NUMBER@/k");
	CHECK_STR(mended(schema, "{\"l\":[\"{FILL|array|items:1-}\",\"1\",2,\"3\"]}"),
	    "{\"l\":[\"{FILL|array|items:1-}\",1,2,3]} FIX_NUMBER@/l/1 FIX_NUMBER@/l/3");
	CHECK_STR(mended(schema, "{\"x/y\":{\"n\":\"5\"},\"z\":{\"n\":5}}"), "{\"x/y\":{\"n\":5},\"z\":{\"n\":5}} FIX_NUMBER@/x~1y/n");
}

static void
values_with_two_readings_stay(void)
{
	static const char schema[] = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"s\":{\"type\":\"string\"},"
	    "\"m\":{\"type\":[\"integer\",\"string\"]},\"e\":{\"enum\":[\"on\",\"ON\",\"off\"]},\"a\":{},\"b\":{\"type\":\"boolean\"}}}";
	static const char *const same[] = {"{\"s\":\"42\"}", "{\"m\":\"42\"}", "{\"a\":\"42\"}", "{\"n\":\"4.5\"}", "{\"n\":\"042\"}", "{\"n\":\" 42\"}", "{\"n\":\"\"}",
	    "{\"n\":\"{FILL|integer}\"}", "{\"e\":\"On\"}", "{\"e\":\"on\"}", "{\"e\":\"of\"}", "{\"b\":\"yes\"}", "{\"b\":\"1\"}", "{\"n\":true}", "[\"42\"]", "{\"other\":\"42\"}"};

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		CHECK_STR(mended(schema, same[i]), same[i]);
}

static void
inside_a_choice_only_the_named_branch_counts(void)
{
	static const char schema[] = "{\"oneOf\":[{\"title\":\"card\",\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]},"
	    "{\"title\":\"bank\",\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"string\"},\"i\":{\"type\":\"string\"}},\"required\":[\"i\"]}]}";

	CHECK_STR(mended(schema, "{\"{ONE_OF}\":\"card\",\"card\":{\"n\":\"1\"}}"), "{\"{ONE_OF}\":\"card\",\"card\":{\"n\":1}} FIX_NUMBER@/card/n");
	CHECK_STR(mended(schema, "{\"{ONE_OF}\":\"bank\",\"bank\":{\"n\":\"1\"}}"), "{\"{ONE_OF}\":\"bank\",\"bank\":{\"n\":\"1\"}}");
	CHECK_STR(mended(schema, "{\"n\":\"1\"}"), "{\"n\":\"1\"}");
}

int
main(void)
{
	a = arena_new(0);
	RUN(values_with_one_legal_reading_are_mended);
	RUN(values_with_two_readings_stay);
	RUN(inside_a_choice_only_the_named_branch_counts);
	arena_free(a);
	return tap_done();
}
