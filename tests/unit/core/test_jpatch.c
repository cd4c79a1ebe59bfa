/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jpatch.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "shared.h"
#include "tap.h"

static struct arena *a;
static struct err last;

static struct jx *
parse(const char *s)
{
	struct jx *v;

	if (jx_parse(a, s, strlen(s), NULL, &v, &last) < 0) {
		printf("# %s: %s\n", s, last.msg);
		abort();
	}
	return v;
}

static const char *
text(const struct jx *v)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	return buf_take(&b);
}

static const char *
patched(const char *doc, const char *patch)
{
	const struct jx *before = parse(doc), *out;
	const char *was = text(before);

	if (jpatch_apply(a, before, parse(patch), &out, &last) < 0)
		return arena_str(a, last.msg);
	CHECK_STR(text(before), was); /* the document is never changed */
	return text(out);
}

static void
each_operation_does_what_rfc_6902_says(void)
{
	static const char *const rows[][3] = {
	    {"{\"a\":1}", "[]", "{\"a\":1}"},
	    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":[1]}]", "{\"a\":1,\"b\":[1]}"},
	    {"{\"a\":1,\"b\":2}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null,\"b\":2}"},
	    {"[1,3]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]", "[1,2,3]"},
	    {"[1]", "[{\"op\":\"add\",\"path\":\"/-\",\"value\":2}]", "[1,2]"},
	    {"[1]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]", "[1,2]"},
	    {"{\"-\":1}", "[{\"op\":\"remove\",\"path\":\"/-\"}]", "{}"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"\",\"value\":[7]}]", "[7]"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"/\",\"value\":1}]", "{\"\":1}"},
	    {"{\"a/b\":1,\"~\":2}", "[{\"op\":\"remove\",\"path\":\"/a~1b\"},{\"op\":\"replace\",\"path\":\"/~0\",\"value\":3}]", "{\"~\":3}"},
	    {"[1,2,3]", "[{\"op\":\"remove\",\"path\":\"/1\"}]", "[1,3]"},
	    {"{\"a\":[{\"b\":1}]}", "[{\"op\":\"replace\",\"path\":\"/a/0/b\",\"value\":2}]", "{\"a\":[{\"b\":2}]}"},
	    {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":2}]", "2"},
	    {"{\"a\":1,\"b\":2}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c\"}]", "{\"b\":2,\"c\":1}"},
	    {"[1,2,3]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}]", "[2,3,1]"},
	    {"[1,2,3]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/-\"}]", "[2,3,1]"},
	    {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}"},
	    {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"\"}]", "1"},
	    {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/a\"}]", "{\"a\":1}"},
	    {"{\"a\":[1]}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/0\"}]", "{\"a\":[[1],1]}"},
	    {"{\"a\":{\"x\":1}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},{\"op\":\"add\",\"path\":\"/b/x\",\"value\":2}]",
		"{\"a\":{\"x\":1},\"b\":{\"x\":2}}"},
	    {"{\"a\":1.0}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]", "{\"a\":1.0}"},
	    {"{\"a\":1e400}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":10e399}]", "{\"a\":1e400}"},
	    {"[{\"a\":1,\"b\":2}]", "[{\"op\":\"test\",\"path\":\"\",\"value\":[{\"b\":2,\"a\":1}]}]", "[{\"a\":1,\"b\":2}]"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1,\"why\":[]}]", "{\"a\":1}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_STR(patched(rows[i][0], rows[i][1]), rows[i][2]);
}

static void
what_cannot_be_done_is_refused_with_its_operation_and_path(void)
{
	static const char *const rows[][3] = {
	    {"{}", "{}", "a patch is an array of operations"},
	    {"{}", "[1]", "operation 0: an object with the string 'op' is expected"},
	    {"{}", "[{\"path\":\"\"}]", "operation 0: an object with the string 'op' is expected"},
	    {"{}", "[{\"op\":\"add\",\"value\":1}]", "operation 0: 'path' must be a string, a JSON pointer"},
	    {"{}", "[{\"op\":\"add\",\"path\":null,\"value\":1}]", "operation 0: 'path' must be a string, a JSON pointer"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", "operation 0, path '/a': 'value' is missing"},
	    {"{}", "[{\"op\":\"test\",\"path\":\"\"}]", "operation 0, path '': 'value' is missing"},
	    {"{}", "[{\"op\":\"copy\",\"path\":\"/a\"}]", "operation 0: 'from' must be a string, a JSON pointer"},
	    {"{}", "[{\"op\":\"spam\",\"path\":\"/a\"}]", "operation 0: 'op' must be add, remove, replace, move, copy or test, found 'spam'"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", "operation 0, path 'a': a JSON pointer is empty or begins with '/'"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"/~2\",\"value\":1}]", "operation 0, path '/~2': '~' in a JSON pointer is written ~0, '/' is ~1"},
	    {"{}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]", "operation 0, path '/a/b': there is no member 'a' in an object"},
	    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]", "operation 0, path '/a/b': there is no member 'b' in a number"},
	    {"{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "operation 0, path '/a': there is no member 'a' in an object"},
	    {"{}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", "operation 0, path '/a': there is no member 'a' in an object"},
	    {"[1]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":1}]", "operation 0, path '/2': '2' is no index of an array of 1 elements"},
	    {"[1]", "[{\"op\":\"remove\",\"path\":\"/-\"}]", "operation 0, path '/-': '-' is no index of an array of 1 elements"},
	    {"[1,2]", "[{\"op\":\"remove\",\"path\":\"/01\"}]", "operation 0, path '/01': '01' is no index of an array of 2 elements"},
	    {"[1,2]", "[{\"op\":\"remove\",\"path\":\"/1e0\"}]", "operation 0, path '/1e0': '1e0' is no index of an array of 2 elements"},
	    {"[1,2]", "[{\"op\":\"add\",\"path\":\"/-1\",\"value\":1}]", "operation 0, path '/-1': '-1' is no index of an array of 2 elements"},
	    {"[1]", "[{\"op\":\"test\",\"path\":\"/99999999999999999999\",\"value\":1}]",
		"operation 0, path '/99999999999999999999': '99999999999999999999' is no index of an array of 1 elements"},
	    {"{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", "operation 0, path '/a': a value cannot be moved into itself"},
	    {"{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/a\"}]", "operation 0, path '': a value cannot be moved into itself"},
	    {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":\"1\"}]", "operation 0, path '/a': the test failed: another value stands there"},
	    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":1},{\"op\":\"test\",\"path\":\"/b\",\"value\":2}]",
		"operation 1, path '/b': the test failed: another value stands there"},
	    {"{}", "[{\"op\":\"remove\",\"path\":\"\"}]", "operation 0, path '': the whole document cannot be removed; replace it by null instead"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_STR(patched(rows[i][0], rows[i][1]), rows[i][2]);
}

static void
values_are_equal_by_meaning(void)
{
	static const char *const same[][2] = {{"1", "1.0"}, {"100", "1e2"}, {"-0", "0"}, {"[]", "[]"},
	    {"{\"a\":1,\"b\":[true]}", "{\"b\":[true],\"a\":1}"}, {"\"\\u0061\"", "\"a\""},
	    {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10,\"k\":11,\"l\":12,\"m\":13,\"n\":14,\"o\":15,\"p\":16,\"q\":17}",
		"{\"q\":17,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10,\"k\":11,\"l\":12,\"m\":13,\"n\":14,\"o\":15,\"p\":16,\"a\":1}"}};
	static const char *const differ[][2] = {{"1", "\"1\""}, {"0", "false"}, {"null", "false"}, {"[1,2]", "[2,1]"},
	    {"{\"a\":1}", "{\"a\":1,\"b\":1}"}, {"{\"a\":1}", "{\"b\":1}"}, {"123456789012345678901", "123456789012345678902"}, {"[]", "{}"}};

	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		CHECK(jx_equal(parse(same[i][0]), parse(same[i][1])));
	for (size_t i = 0; i < sizeof differ / sizeof *differ; i++)
		CHECK(!jx_equal(parse(differ[i][0]), parse(differ[i][1])));
}

static void
bombs_end_early(void)
{
	struct buf b;
	const struct jx *out;

	buf_init(&b, a);
	buf_char(&b, '[');
	for (int i = 0; i < 60; i++)
		buf_printf(&b, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/k%d\"}", i ? "," : "", i);
	buf_char(&b, ']');
	CHECK(strstr(patched("{}", b.p), "the copies stand for more than") != NULL);
	buf_clear(&b);
	buf_char(&b, '[');
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "%s{\"op\":\"add\",\"path\":\"/0\",\"value\":0}", i ? "," : "");
	buf_char(&b, ']');
	{
		struct buf wide;
		buf_init(&wide, a);
		buf_str(&wide, "[0");
		for (int i = 0; i < 20000; i++)
			buf_str(&wide, ",0");
		buf_char(&wide, ']');
		CHECK_INT(jpatch_apply(a, parse(wide.p), parse(b.p), &out, &last), -1);
		CHECK_INT(last.code, E_LIMIT);
	}
}

static void
the_given_cases_hold(void)
{
	char path[512], *all;
	size_t n, cases = 0;

	if (file_load(a, shared_path("data/serializer/jsonpatch.jsonl", path, sizeof path), 8u << 20, &all, &n, NULL) < 0)
		abort();
	for (char *line = all, *end; line < all + n; line = end + 1) {
		struct jx *c;
		const struct jx *out, *want;
		int rc;
		end = memchr(line, '\n', (size_t)(all + n - line));
		if (!end)
			end = all + n;
		if (jx_parse(a, line, (size_t)(end - line), NULL, &c, NULL) < 0)
			continue;
		cases++;
		want = jx_find(c, "expected");
		rc = jpatch_apply(a, jx_find(c, "doc"), jx_find(c, "patch"), &out, &last);
		if (jx_find(c, "error") ? rc == 0 : rc < 0 || (want && !jx_equal(out, want))) {
			CHECK(!"case");
			printf("#   %s: %s\n", jx_str(jx_find(c, "id"), ""), rc < 0 ? last.msg : text(out));
		}
	}
	CHECK(cases > 40);
}

int
main(void)
{
	char path[512];

	a = arena_new(0);
	RUN(each_operation_does_what_rfc_6902_says);
	RUN(what_cannot_be_done_is_refused_with_its_operation_and_path);
	RUN(values_are_equal_by_meaning);
	RUN(bombs_end_early);
	if (shared_path("data/serializer/jsonpatch.jsonl", path, sizeof path))
		RUN(the_given_cases_hold);
	else
		SKIP(the_given_cases_hold, "the given cases are not beside the checkout");
	arena_free(a);
	return tap_done();
}
