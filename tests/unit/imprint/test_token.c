/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/token.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "shared.h"
#include "tap.h"

static struct arena *a;
static unsigned seed = 1;

static unsigned
dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Text that likes to look like tokens. */
static char *
odd_text(size_t *n)
{
	static const char *const parts[] = {"\\", "{", "}", "|", "=", ":", "/", "FILL", "{FILL|", "{REF: ", "{ONE_OF}", "\\{AUTO|",
	    "a", " ", "\n", "\t", "\x01", "é", "😀", "\xc2\xa0", "u0041", "\"", "0", "-", ",", "OPTIONAL_ENUM"};
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = dice(7); i > 0; i--)
		buf_str(&b, parts[dice(sizeof parts / sizeof parts[0])]);
	*n = b.len;
	return buf_take(&b);
}

static const struct jx *
string_value(const char *s, size_t n)
{
	struct jx *v = ARENA_NEW(a, struct jx);

	v->type = JX_STRING;
	v->u.text.p = s;
	v->u.text.n = n;
	return v;
}

static const char *
parsed(const char *s, bool is_planner)
{
	struct token t;
	struct err err;
	struct buf b;

	if (token_parse(a, s, strlen(s), is_planner, &t, &err) < 0)
		return arena_str(a, err.msg);
	buf_init(&b, a);
	token_json(&b, &t);
	return buf_take(&b);
}

static void
tokens_are_told_from_literals_by_their_keyword(void)
{
	static const char *const yes[] = {"{FILL|", "{FILL}", "{OPTIONAL|string}", "{AUTO|x", "{REF: circular}", "{ONE_OF}", "{FILL_ENUM|",
	    "{OPTIONAL_ENUM:"};
	static const char *const no[] = {"", "{", "{FILL", "{name}", "{{FILL|x}}", " {FILL|x}", "{Fill|x}", "{FILLED|x}", "{ONE_OF_}",
	    "\\{1,2\\}", "\\\\server", "{FILL x}"};

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		CHECK(token_is_like(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		CHECK(!token_is_like(no[i], strlen(no[i])));
	CHECK(token_kind_of("{OPTIONAL_ENUM|a}", 17) == TOKEN_OPTIONAL_ENUM);
	CHECK(token_kind_of("{OPTIONAL|a}", 12) == TOKEN_OPTIONAL);
}

static void
escaping_is_a_bijection_and_leaves_other_text_alone(void)
{
	for (int i = 0; i < 20000; i++) {
		size_t n, k;
		char *s = odd_text(&n);
		const char *back;
		struct buf b;
		buf_init(&b, a);
		token_escape(&b, s, n);
		CHECK(!token_is_like(b.p, b.len));
		back = token_unescape(b.p, b.len, &k);
		CHECK(k == n && memcmp(back, s, n) == 0);
		if (!token_is_like(s, n) && !token_is_escaped(s, n))
			CHECK(b.len == n);
		back = token_unescape(s, n, &k);
		buf_clear(&b);
		token_escape(&b, back, k);
		if (!token_is_like(s, n))
			CHECK(b.len == n && memcmp(b.p, s, n) == 0);
	}
}

static void
written_values_read_back_exactly(void)
{
	for (int i = 0; i < 20000; i++) {
		size_t n;
		char *s = odd_text(&n);
		struct token t;
		struct err err = {0};
		struct buf b;
		buf_init(&b, a);
		buf_str(&b, "{FILL_ENUM|");
		token_value(&b, string_value(s, n));
		buf_str(&b, "||about:x");
		token_text(&b, s, n);
		buf_str(&b, "}");
		CHECK_INT(token_parse(a, b.p, b.len, false, &t, &err), 0);
		if (err.code != E_OK) {
			printf("# %s: %s\n", b.p, err.msg);
			return;
		}
		CHECK_INT(t.n_values, 1);
		CHECK(t.values[0]->type == JX_STRING && t.values[0]->u.text.n == n && memcmp(t.values[0]->u.text.p, s, n) == 0);
		CHECK_INT(t.n_constraints, 1);
		CHECK(t.constraints[0].value_bytes == n + 1 && memcmp(t.constraints[0].value + 1, s, n) == 0);
	}
}

static void
json_values_read_back_exactly(void)
{
	static const char *const values[] = {"null", "true", "0", "-0.10", "1e400", "123456789012345678901234567890", "[]", "{}", "\"\"",
	    "\" a\"", "\"a\\nb\"", "[1,{\"a|b\":\"}{\\\\\"}]", "\"=x\"", "{\"\":[null,\"\\u0000\"]}"};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		static const struct jx_options opt = {.allow_nul = true};
		struct jx *v;
		struct token t;
		struct err err;
		struct buf b, out;
		struct jw w;
		CHECK_INT(jx_parse(a, values[i], strlen(values[i]), &opt, &v, &err), 0);
		buf_init(&b, a);
		buf_str(&b, "{AUTO|any|const:");
		token_value(&b, v);
		buf_str(&b, "}");
		CHECK_INT(token_parse(a, b.p, b.len, false, &t, &err), 0);
		buf_init(&out, a);
		jw_init(&w, &out);
		jw_value(&w, NULL, t.constraints[0].parsed);
		CHECK_STR(out.p, values[i]);
	}
}

static void
tokens_read_as_the_grammar_says(void)
{
	static const struct { const char *s, *json; } cases[] = {
	    {"{FILL|string}", "{\"kind\":\"FILL\",\"types\":[\"string\"],\"constraints\":[]}"},
	    {"{ONE_OF}", "{\"kind\":\"ONE_OF\"}"},
	    {"{OPTIONAL|string/null|len:1-|range:(0,]|unique}",
		"{\"kind\":\"OPTIONAL\",\"types\":[\"string\",\"null\"],\"constraints\":[[\"len\",\"1-\"],[\"range\",\"(0,]\"],[\"unique\"]]}"},
	    {"{FILL_ENUM|a\\|b|=2||more:9}", "{\"kind\":\"FILL_ENUM\",\"values\":[\"a|b\",2],\"constraints\":[[\"more\",\"9\"]]}"},
	    {"{REF: depth|object|optional}", "{\"kind\":\"REF\",\"why\":\"depth\",\"types\":[\"object\"],\"constraints\":[[\"optional\"]]}"},
	    {"{REF: circular|at:/a}", "{\"kind\":\"REF\",\"why\":\"circular\",\"types\":[],\"constraints\":[[\"at\",\"/a\"]]}"},
	    {"{FILL|string|pattern:/\\\\u\\|\\{2\\}/|pattern:upper_case|default:a:b}",
		"{\"kind\":\"FILL\",\"types\":[\"string\"],\"constraints\":[[\"pattern\",\"/\\\\u|{2}/\"],[\"pattern\",\"upper_case\"],"
		"[\"default\",\"a:b\"]]}"},
	    {"{AUTO|integer|const:=1.50|x-y:z|x-w}",
		"{\"kind\":\"AUTO\",\"types\":[\"integer\"],\"constraints\":[[\"const\",1.50],[\"x-y\",\"z\"],[\"x-w\"]]}"},
	    {"{FILL_ENUM|\\ud83d\\ude00}", "{\"kind\":\"FILL_ENUM\",\"values\":[\"😀\"],\"constraints\":[]}"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_STR(parsed(cases[i].s, false), cases[i].json);
}

static void
illegal_tokens_are_refused_at_their_place(void)
{
	static const struct { const char *s, *why; } cases[] = {
	    {"", "no { at the beginning at offset 0"}, {"x", "no { at the beginning at offset 0"}, {"{name}", "no token keyword at offset 1"},
	    {"{FILL|string", "no closing } at offset 12"}, {"{FILL}", "no type at offset 5"}, {"{FILL|text}", "an unknown type at offset 6"},
	    {"{FILL|string/string}", "a type that stands there already at offset 13"},
	    {"{FILL|any/string}", "any or key in a list of types at offset 6"},
	    {"{FILL|string}}", "text behind the closing } at offset 13"}, {"{FILL|string|a{b}", "a { that is not written \\{ at offset 14"},
	    {"{FILL|string|\n}", "a control character that is not escaped at offset 13"},
	    {"{FILL|string|about:\\q}", "an escape that is none of \\| \\{ \\} \\\\ \\= \\n \\r \\t \\u at offset 19"},
	    {"{FILL|string|about:\\u12}", "\\u without four hex digits at offset 19"},
	    {"{FILL|string|about:a\x91}", "a byte that is not UTF-8 at offset 20"},
	    {"{FILL|string|}", "no constraint name at offset 13"}, {"{FILL|string|nope:1}", "an unknown constraint at offset 13"},
	    {"{FILL|string|len}", "a constraint without its value at offset 16"},
	    {"{FILL|string|len:-}", "a value that this constraint cannot have at offset 17"},
	    {"{FILL|number|range:01-2}", "a value that this constraint cannot have at offset 19"},
	    {"{FILL|string|unique:1}", "a flag with a value at offset 19"},
	    {"{FILL|string|len:1-|len:2-}", "a constraint that stands there already at offset 20"},
	    {"{FILL|string|pattern:/a}", "a value that this constraint cannot have at offset 21"},
	    {"{FILL|string|default:}", "an empty value (write =\"\") at offset 21"},
	    {"{FILL|string|default: a}", "white space around a value (write =\"…\") at offset 21"},
	    {"{FILL|string|x-}", "an unknown constraint at offset 13"},
	    {"{FILL_ENUM}", "no value to choose from at offset 1"}, {"{FILL_ENUM|a|}", "no constraint behind || at offset 13"},
	    {"{FILL_ENUM|a||}", "no constraint name at offset 14"}, {"{FILL_ENUM|=nul}", "no JSON value behind = at offset 11"},
	    {"{FILL_ENUM|=1|b|=1.0}", "a value that is listed already at offset 16"},
	    {"{FILL_ENUM|=\\{\"a\":1,\"b\":2\\}|=\\{\"b\":2e0,\"a\":1\\}}", "a value that is listed already at offset 28"},
	    {"{ONE_OF|a}", "ONE_OF with an argument at offset 8"}, {"{REF: round}", "neither \"REF: circular\" nor \"REF: depth\" at offset 1"},
	    {"{REF: depth|object/object}", "a type that stands there already at offset 19"}, {"{FILL:x|string}", "text behind the keyword at offset 5"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_STR(parsed(cases[i].s, false), cases[i].why);
}

static void
planner_tokens_are_read_only_when_asked(void)
{
	CHECK_STR(parsed("{imperative verb phrase}", false), "no token keyword at offset 1");
	CHECK_STR(parsed("{imperative verb phrase}", true),
	    "{\"kind\":\"FILL\",\"types\":[\"string\"],\"constraints\":[[\"about\",\"imperative verb phrase\"]]}");
	CHECK_STR(parsed("{ENUM|json|csv}", true), "{\"kind\":\"FILL_ENUM\",\"values\":[\"json\",\"csv\"],\"constraints\":[]}");
	CHECK_STR(parsed("{expected_outputs[].path}", true),
	    "{\"kind\":\"FILL\",\"types\":[\"key\"],\"constraints\":[[\"at\",\"expected_outputs[].path\"]]}");
	CHECK_STR(parsed("{name}", true), "one word, where a phrase or a token is expected at offset 1");
	CHECK_STR(parsed("{FILL|strng}", true), "an unknown type at offset 6");
}

static void
a_long_list_is_checked_in_reasonable_time(void)
{
	struct token t;
	struct err err;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "{FILL_ENUM");
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "|=%d", i);
	buf_str(&b, "}");
	CHECK_INT(token_parse(a, b.p, b.len, false, &t, &err), 0);
	CHECK_INT(t.n_values, 100000);
}

static void
given_vectors_hold(void)
{
	char path[512], *line, *next;
	struct jx *all;
	struct err err;
	FILE *f = fopen(shared_path("data/serializer/tokens.jsonl", path, sizeof path), "re");
	struct buf b;
	char chunk[4096];
	size_t n;

	buf_init(&b, a);
	while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(&b, chunk, n);
	CHECK(f && fclose(f) == 0);
	for (line = b.p; line && *line; line = next) {
		const struct jx *s, *want;
		struct token t;
		next = strchr(line, '\n');
		n = next ? (size_t)(next++ - line) : strlen(line);
		CHECK_INT(jx_parse(a, line, n, NULL, &all, &err), 0);
		s = jx_find(all, "s");
		want = jx_find(all, "parse");
		CHECK_INT(token_parse(a, s->u.text.p, s->u.text.n, false, &t, &err), want ? 0 : -1);
		if (want) {
			struct buf got, exact;
			struct jw w;
			buf_init(&got, a);
			buf_init(&exact, a);
			token_json(&got, &t);
			jw_init(&w, &exact);
			jw_value(&w, NULL, want);
			CHECK_STR(got.p, exact.p);
		}
	}
}

int
main(void)
{
	char path[512];

	a = arena_new(0);
	RUN(tokens_are_told_from_literals_by_their_keyword);
	RUN(escaping_is_a_bijection_and_leaves_other_text_alone);
	RUN(written_values_read_back_exactly);
	RUN(json_values_read_back_exactly);
	RUN(tokens_read_as_the_grammar_says);
	RUN(illegal_tokens_are_refused_at_their_place);
	RUN(planner_tokens_are_read_only_when_asked);
	RUN(a_long_list_is_checked_in_reasonable_time);
	if (shared_path("data/serializer/tokens.jsonl", path, sizeof path))
		RUN(given_vectors_hold);
	else
		SKIP(given_vectors_hold, "../shared is not here");
	arena_free(a);
	return tap_done();
}
