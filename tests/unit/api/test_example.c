/* SPDX-License-Identifier: Apache-2.0 */
#include "api/example.h"

#include <regex.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "tap.h"

static const char *
made(struct arena *a, const char *template)
{
	struct buf b, flat;
	struct jx *t;

	CHECK_INT(jx_parse(a, template, strlen(template), NULL, &t, NULL), 0);
	buf_init(&b, a);
	example_make(a, t, &b);
	buf_init(&flat, a); /* white space out; the texts of these cases have none */
	for (size_t i = 0; i < b.len; i++)
		if (!strchr(" \n", b.p[i]))
			buf_char(&flat, b.p[i]);
	return buf_take(&flat);
}

static void
the_smallest_complete_fill(void)
{
	static const char *const cases[][2] = {
		{"{\"a\":\"{FILL|string}\",\"b\":\"{OPTIONAL|integer}\",\"c\":\"{AUTO|string|readonly}\"}", "{\"a\":\"text\"}"},
		{"{\"a\":\"{FILL|integer|range:[5,9]}\"}", "{\"a\":5}"},
		{"{\"a\":\"{FILL|integer|range:(5,9]}\"}", "{\"a\":6}"},
		{"{\"a\":\"{FILL|number|range:[,-2]}\"}", "{\"a\":-2}"},
		{"{\"a\":\"{FILL|integer|multiple:7}\"}", "{\"a\":7}"},
		{"{\"a\":\"{FILL_ENUM|x|y}\"}", "{\"a\":\"x\"}"},
		{"{\"a\":\"{FILL_ENUM|=3|=4}\"}", "{\"a\":3}"},
		{"{\"a\":\"{FILL|string|default:hi}\"}", "{\"a\":\"hi\"}"},
		{"{\"a\":\"{FILL|string|len:6-}\"}", "{\"a\":\"textxx\"}"},
		{"{\"a\":\"{FILL|string|len:-2}\"}", "{\"a\":\"te\"}"},
		{"{\"a\":\"{FILL|string|format:date}\"}", "{\"a\":\"2026-01-31\"}"},
		{"{\"a\":[\"{FILL|string}\"],\"b\":[\"{OPTIONAL|string}\"]}", "{\"a\":[\"text\"]}"},
		{"{\"a\":[\"{FILL|array|items:2-3|unique}\",\"{FILL|integer}\"]}", "{\"a\":[1,2]}"},
		{"{\"a\":[\"{OPTIONAL|array|items:1-}\",\"{FILL|string}\"]}", "{}"},
		{"{\"a\":{\"{OPTIONAL|object}\":\"\",\"b\":\"{FILL|string}\"}}", "{}"},
		{"{\"a\":{\"{FILL|object|props:1-}\":\"\",\"{OPTIONAL|key}\":\"{FILL|integer}\"}}", "{\"a\":{\"key1\":1}}"},
		{"{\"p\":{\"{ONE_OF}\":\"{FILL_ENUM|card|bank}\",\"card\":{\"n\":\"{FILL|boolean}\"},\"bank\":{}}}",
		    "{\"p\":{\"{ONE_OF}\":\"card\",\"card\":{\"n\":true}}}"},
		{"{\"p\":{\"{ONE_OF}\":\"{OPTIONAL_ENUM|card|bank}\",\"card\":{},\"bank\":{}}}", "{}"},
		{"{\"a\":\"{REF: circular|object|at:/|optional}\"}", "{}"},
		{"{\"a\":\"{FILL|string/null}\",\"b\":\"{FILL|null}\"}", "{\"a\":\"text\",\"b\":null}"},
	};
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_STR(made(a, cases[i][0]), cases[i][1]);
	arena_free(a);
}

static void
what_a_template_needs(void)
{
	static const struct { const char *template; int n; } cases[] = {
		{"{}", 0},
		{"{\"a\":\"{FILL|string}\",\"b\":\"{OPTIONAL|integer}\",\"c\":\"{AUTO|string|readonly}\"}", 1},
		{"{\"{OPTIONAL|object}\":\"\",\"a\":\"{FILL|string}\"}", 1}, /* the document itself is there */
		{"{\"a\":{\"{OPTIONAL|object}\":\"\",\"b\":\"{FILL|string}\"},\"c\":\"{FILL_ENUM|x|y}\"}", 1},
		{"{\"a\":[\"{FILL|array|items:2-3}\",{\"b\":\"{FILL|string}\",\"c\":\"{OPTIONAL|string}\"}]}", 1},
		{"{\"a\":[\"{OPTIONAL|array}\",\"{FILL|string}\"],\"b\":[\"{FILL|string}\"]}", 1},
		{"{\"{OPTIONAL|key}\":\"{FILL|string}\"}", 0},
		{"{\"{FILL|key}\":\"{FILL|string}\"}", 1},
		{"{\"p\":{\"{ONE_OF}\":\"{FILL_ENUM|card|bank}\",\"card\":{\"n\":\"{FILL|string}\",\"e\":\"{FILL|string}\"},"
		 "\"bank\":{\"iban\":\"{FILL|string}\"}}}", 2},
		{"{\"p\":{\"{ONE_OF}\":\"{OPTIONAL_ENUM|card|bank}\",\"card\":{\"n\":\"{FILL|string}\"},\"bank\":{}}}", 0},
	};
	struct arena *a = arena_new(0);
	struct jx *t;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(jx_parse(a, cases[i].template, strlen(cases[i].template), NULL, &t, NULL), 0);
		CHECK_INT((int)template_needs(a, t), cases[i].n);
	}
	arena_free(a);
}

static void
samples_match_their_patterns(void)
{
	static const char *const patterns[] = {
		"^A-[0-9]{4}$", "^[a-z][a-z0-9_]{2,8}$", "^(GET|POST)$", "^[^0-9]+$", "^x+y*z?$", "^(ab){3}$", "^[A-Z]{2}(-[A-Z]{3})*$",
		"^#[0-9a-fA-F]{6}$", "^a|b$", "^[]a]$", "^\\.$", "^https?://.+$", "^$",
	};
	struct arena *a = arena_new(0);
	struct buf b;
	regex_t re;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		for (unsigned extra = 0; extra < 3; extra++) {
			if (strcmp(patterns[i], "^[]a]$") == 0) /* ECMAScript reads that as an empty class */
				continue;
			buf_init(&b, a);
			pattern_sample(&b, patterns[i], strlen(patterns[i]), extra);
			CHECK_INT(regcomp(&re, patterns[i], REG_EXTENDED), 0);
			CHECK_INT(regexec(&re, b.p, 0, NULL, 0), 0);
			regfree(&re);
		}
	arena_free(a);
}

static void
hostile_patterns_end(void)
{
	static const char *const patterns[] = {
		"((((((a{1000}){1000}){1000}){1000}){1000}){1000})", "((((((){1000}){1000}){1000}){1000}){1000})", "[", "(", "a{99999999999}",
		"\\", "(?<", "[^", "{", "*", "a**", "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((", "[a-", "\\u12", "(?", "|||", ")",
	};
	struct arena *a = arena_new(0);
	struct buf b;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		buf_init(&b, a);
		pattern_sample(&b, patterns[i], strlen(patterns[i]), 5);
		CHECK(b.len < 10000);
	}
	arena_free(a);
}

int
main(void)
{
	RUN(the_smallest_complete_fill);
	RUN(what_a_template_needs);
	RUN(samples_match_their_patterns);
	RUN(hostile_patterns_end);
	return tap_done();
}
