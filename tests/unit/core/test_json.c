/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "shared.h"
#include "tap.h"

static struct arena *a;
static struct err err;

static const char *
refusal(const char *text)
{
	struct jx *v;

	err.msg[0] = '\0';
	return jx_parse(a, text, strlen(text), NULL, &v, &err) < 0 ? err.msg : "(accepted)";
}

static const char *
canonical(const char *text)
{
	char *out;
	size_t n;

	return jw_canonical_text(a, text, strlen(text), &out, &n, &err) < 0 ? err.msg : out;
}

static void
refusals_name_line_column_expected_and_found(void)
{
	CHECK_STR(refusal("{\"a\": 1,\n  \"b\" 2}"), "line 2, column 7: expected ':', found '2'");
	CHECK_STR(refusal("[1,]"), "line 1, column 4: expected a JSON value, found ']'");
	CHECK_STR(refusal("[\"\xc3\xa9\", x]"), "line 1, column 7: expected a JSON value, found 'x'");
	CHECK_STR(refusal(""), "line 1, column 1: expected a JSON value, found the end of the text");
	CHECK_STR(refusal("[01]"), "line 1, column 3: expected no digit behind a leading zero, found '1'");
	CHECK_STR(refusal("{} {}"), "line 1, column 4: expected nothing behind the value, found '{'");
	CHECK_STR(refusal("\"a\nb\""), "line 1, column 3: expected control characters as escapes, found byte 0x0a");
	CHECK_STR(refusal("\n\"\xff\""), "line 2, column 2: expected well-formed UTF-8, found byte 0xff");
	CHECK_STR(refusal("\"\\ud800\""), "line 1, column 4: expected a whole surrogate pair, found 'd'");
	CHECK_STR(refusal("\"\\u0000\""), "line 1, column 4: expected no NUL character (\\u0000), found '0'");
}

static void
duplicate_keys_are_refused_at_the_second(void)
{
	CHECK_STR(refusal("{\"a\":1,\"b\":2,\"a\":3}"), "line 1, column 18: the key 'a' stands twice in one object");
	CHECK_STR(refusal("{\"a\":1,\"\\u0061\":3}"), "line 1, column 17: the key 'a' stands twice in one object");
}

static void
depth_is_bounded_not_the_stack(void)
{
	size_t n = 1000000;
	char *text = malloc(n + 1);

	memset(text, '[', n);
	text[n] = '\0';
	CHECK_STR(refusal(text), "line 1, column 129: nested deeper than 128 levels");
	free(text);
}

static void
one_long_line_is_linear(void)
{
	struct buf b;
	struct jx *v;
	clock_t t0 = clock();

	buf_init(&b, a);
	buf_char(&b, '[');
	for (int i = 0; i < 400000; i++)
		buf_str(&b, i ? ",{\"k\":1}" : "{\"k\":1}");
	buf_char(&b, ']');
	CHECK_INT(jx_parse(a, b.p, b.len, NULL, &v, &err), 0);
	CHECK_INT(jx_size(v), 400000);
	/* Quadratic counting would need 10^12 steps: hours, not seconds. */
	CHECK((double)(clock() - t0) / CLOCKS_PER_SEC < 60);
}

static void
numbers_keep_their_lexemes(void)
{
	struct jx *v;
	struct buf b;
	struct jw w;
	const char *text = "[1.10,12345678901234567890123,1e400,-0]";

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	CHECK_STR(b.p, text);
}

static void
typed_getters_say_what_they_found(void)
{
	struct jx *v;
	const char *s;
	int64_t n;
	const char *text = "{\"name\":5,\"n\":1.5}";

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	CHECK_INT(jx_get_str(v, "name", &s, &err), -1);
	CHECK_STR(err.msg, "line 1, column 9: 'name' must be a string, found a number");
	CHECK_INT(jx_get_str(v, "label", &s, &err), -1);
	CHECK_STR(err.msg, "line 1, column 1: 'label' is missing (a string)");
	CHECK_INT(jx_get_int(v, "n", 0, 9, &n, &err), -1);
	CHECK_STR(err.msg, "line 1, column 15: 'n' must be a whole number from 0 to 9, found 1.5");
	CHECK_INT(jx_check_keys(v, (const char *const[]){"names", "n", NULL}, &err), -1);
	CHECK_STR(err.msg, "line 1, column 9: unknown key 'name'; did you mean 'names'?");
}

static void
pointers_follow_rfc6901(void)
{
	struct jx *v;
	const char *text = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8}";

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	CHECK(jx_pointer(v, "") == v);
	CHECK(jx_is_str(jx_pointer(v, "/foo/1"), "baz"));
	CHECK_INT(jx_int(jx_pointer(v, "/"), -1), 0);
	CHECK_INT(jx_int(jx_pointer(v, "/a~1b"), -1), 1);
	CHECK_INT(jx_int(jx_pointer(v, "/m~0n"), -1), 8);
	CHECK(jx_pointer(v, "/foo/01") == NULL);
	CHECK(jx_pointer(v, "/foo/2") == NULL);
	CHECK(jx_pointer(v, "/foo/-1") == NULL);
}

static void
canonical_sorts_by_utf16_and_formats_numbers(void)
{
	CHECK_STR(canonical("{\"\\ufb33\":1,\"\\ud83d\\ude02\":2,\"a\":1.0,\"A\":1e21,\"z\":1E-7}"),
	    "{\"A\":1e+21,\"a\":1,\"z\":1e-7,\"\xf0\x9f\x98\x82\":2,\"\xef\xac\xb3\":1}");
	CHECK_STR(canonical("[1e400]"), "line 1, column 2: 1e400 is beyond a double's range");
}

/* One case a line of NDJSON; n counts them. */
static struct jx *
next_line(char **at, char *end)
{
	char *nl = memchr(*at, '\n', (size_t)(end - *at));
	static const struct jx_options opt = {.allow_nul = true};
	struct jx *v = NULL;

	if (!nl)
		nl = end;
	if (nl > *at && jx_parse(a, *at, (size_t)(nl - *at), &opt, &v, &err) < 0)
		printf("# bad case line: %s\n", err.msg);
	*at = nl < end ? nl + 1 : end;
	return v;
}

static void
rfc8785_given_cases(void)
{
	char path[512], *text, *at;
	size_t n;
	int cases = 0;
	const struct jx *c;

	CHECK_INT(file_load(a, shared_path("data/serializer/jcs.jsonl", path, sizeof path), 1 << 24, &text, &n, &err), 0);
	for (at = text; at < text + n;) {
		c = next_line(&at, text + n);
		if (!c)
			continue;
		cases++;
		if (*jx_str(jx_find(c, "output"), "") != 0)
			CHECK_STR(canonical(jx_str(jx_find(c, "input"), "")), jx_str(jx_find(c, "output"), ""));
		else
			CHECK(jw_canonical_text(a, jx_str(jx_find(c, "input"), ""), strlen(jx_str(jx_find(c, "input"), "")), &(char *){0}, &(size_t){0}, &err) < 0);
	}
	printf("# %d cases\n", cases);
	CHECK(cases >= 100);
}

static void
strict_given_cases(void)
{
	char path[512], *text, *at;
	size_t n;
	int yes = 0, no = 0;
	const struct jx *c;

	CHECK_INT(file_load(a, shared_path("data/serializer/jsonparse.jsonl", path, sizeof path), 1 << 24, &text, &n, &err), 0);
	for (at = text; at < text + n;) {
		static const struct jx_options opt = {.allow_nul = true, .allow_surrogates = true, .depth_max = 600};
		const char *b64, *expect;
		unsigned char *raw;
		struct jx *v;
		int len, rc;
		c = next_line(&at, text + n);
		if (!c)
			continue;
		expect = jx_str(jx_find(c, "expect"), "i");
		b64 = jx_str(jx_find(c, "b64"), "");
		raw = arena_alloc(a, strlen(b64) + 4);
		len = EVP_DecodeBlock(raw, (const unsigned char *)b64, (int)strlen(b64));
		for (size_t k = strlen(b64); k > 0 && b64[k - 1] == '='; k--)
			len--;
		rc = jx_parse(a, (const char *)raw, (size_t)(len < 0 ? 0 : len), &opt, &v, &err);
		yes += *expect == 'y';
		no += *expect == 'n';
		if ((*expect == 'y' && rc < 0) || (*expect == 'n' && rc == 0)) {
			printf("# %s: %s\n", jx_str(jx_find(c, "id"), "?"), rc < 0 ? err.msg : "accepted");
			CHECK(!"as the suite wants");
		}
	}
	printf("# %d to accept, %d to refuse\n", yes, no);
	CHECK(yes > 40);
	CHECK(no > 80);
}

int
main(void)
{
	char path[512];

	a = arena_new(0);
	RUN(refusals_name_line_column_expected_and_found);
	RUN(duplicate_keys_are_refused_at_the_second);
	RUN(depth_is_bounded_not_the_stack);
	RUN(one_long_line_is_linear);
	RUN(numbers_keep_their_lexemes);
	RUN(typed_getters_say_what_they_found);
	RUN(pointers_follow_rfc6901);
	RUN(canonical_sorts_by_utf16_and_formats_numbers);
	if (shared_path("data/serializer/jcs.jsonl", path, sizeof path)) {
		RUN(rfc8785_given_cases);
		RUN(strict_given_cases);
	} else {
		SKIP(rfc8785_given_cases, "the given cases are not beside this checkout");
		SKIP(strict_given_cases, "the given cases are not beside this checkout");
	}
	arena_free(a);
	return tap_done();
}
