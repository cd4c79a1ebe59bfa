/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/yaml.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "tap.h"

static struct arena *a;

static const char *
json_of(const char *yaml)
{
	struct jx *v;
	struct err err;
	struct buf b;
	struct jw w;

	if (yaml_parse(a, yaml, strlen(yaml), NULL, &v, &err) < 0)
		return arena_str(a, err.msg);
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	return buf_take(&b);
}

static void
scalars_follow_the_core_schema(void)
{
	static const char *const rows[][2] = {{"~", "null"}, {"null", "null"}, {"NULL", "null"}, {"nUll", "\"nUll\""},
	    {"---\n", "null"}, {"[a, ]", "[\"a\"]"}, {"a:", "{\"a\":null}"}, {"true", "true"}, {"False", "false"},
	    {"yes", "\"yes\""}, {"no", "\"no\""}, {"on", "\"on\""}, {"off", "\"off\""}, {"y", "\"y\""}, {"12", "12"},
	    {"-12", "-12"}, {"+12", "12"}, {"012", "12"}, {"00", "0"}, {"-0", "-0"}, {"0o17", "15"}, {"0x1F", "31"},
	    {"0x", "\"0x\""}, {"0xg", "\"0xg\""}, {"0o8", "\"0o8\""}, {"0xffffffffffffffffffffffff", "79228162514264337593543950335"},
	    {"1.50", "1.50"}, {".5", "0.5"}, {"-.5", "-0.5"}, {"5.", "5.0"}, {"1e3", "1e3"}, {"1.e+3", "1.0e+3"}, {"+.5e-2", "0.5e-2"},
	    {".", "\".\""}, {"-", "[null]"}, {"1e", "\"1e\""}, {"1_000", "\"1_000\""}, {"1:30", "\"1:30\""},
	    {"123456789012345678901234567890", "123456789012345678901234567890"}, {"2024-01-31", "\"2024-01-31\""}, {"1.2.3", "\"1.2.3\""},
	    {"'12'", "\"12\""}, {"\"true\"", "\"true\""}, {"'null'", "\"null\""}, {"''", "\"\""}, {"!!str 12", "\"12\""}, {"! 12", "\"12\""},
	    {"!!int \"12\"", "12"}, {"!!float 1", "1"}, {"!!bool true", "true"}, {"!!null ''", "null"}, {"\"\\u00e9\\n\"", "\"\xc3\xa9\\n\""},
	    {"|\n a\n b\n", "\"a\\nb\\n\""}, {">-\n a\n b\n", "\"a b\""}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_STR(json_of(rows[i][0]), rows[i][1]);
}

static void
maps_and_lists_become_objects_and_arrays_in_order(void)
{
	CHECK_STR(json_of("b: 1\na:\n - x\n - {k: v}\n"), "{\"b\":1,\"a\":[\"x\",{\"k\":\"v\"}]}");
	CHECK_STR(json_of("responses:\n  200: ok\n  '404': no\n  5XX: bad\n"),
	    "{\"responses\":{\"200\":\"ok\",\"404\":\"no\",\"5XX\":\"bad\"}}");
	CHECK_STR(json_of("true: 1\nnull: 2\n1.5: 3\n2024-01-01: 4\non: 5"),
	    "{\"true\":1,\"null\":2,\"1.5\":3,\"2024-01-01\":4,\"on\":5}");
	CHECK_STR(json_of("{}"), "{}");
	CHECK_STR(json_of("[]"), "[]");
	CHECK_STR(json_of("!!map {a: !!seq [1]}"), "{\"a\":[1]}");
	CHECK_STR(json_of("\xef\xbb\xbf" "a: 1"), "{\"a\":1}");
	CHECK_STR(json_of("? a\n: 1"), "{\"a\":1}");
	CHECK_STR(json_of("%YAML 1.2\n---\na: 1\n..."), "{\"a\":1}");
}

static void
aliases_and_merge_keys_are_written_out(void)
{
	CHECK_STR(json_of("a: &x {k: 1}\nb: *x"), "{\"a\":{\"k\":1},\"b\":{\"k\":1}}");
	CHECK_STR(json_of("a: &x 1\nb: &x 2\nc: *x"), "{\"a\":1,\"b\":2,\"c\":2}");
	CHECK_STR(json_of("- &x key\n- *x : 1"), "[\"key\",{\"key\":1}]");
	CHECK_STR(json_of("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3"), "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"l\":3,\"k\":1}}");
	CHECK_STR(json_of("- &x {k: 1}\n- &y {k: 2, m: 3}\n- {<<: [*x, *y], n: 4}"),
	    "[{\"k\":1},{\"k\":2,\"m\":3},{\"n\":4,\"k\":1,\"m\":3}]");
	CHECK_STR(json_of("'<<': 1"), "{\"<<\":1}");
	CHECK_STR(json_of("<<: 1"), "line 1, column 1: expected a map behind '<<'; quote the key if text is meant");
	CHECK_STR(json_of("<<: [1]"), "line 1, column 1: expected maps behind '<<'; quote the key if text is meant");
	CHECK_STR(json_of("<<: {a: 1}\n<<: {b: 1}"), "line 2, column 1: the key '<<' stands twice in one map");
}

static void
what_json_cannot_say_is_refused_with_its_place(void)
{
	static const char *const rows[][2] = {
	    {"a: .inf", "line 1, column 4: JSON has no infinity and no NaN; quote it if text is meant"},
	    {"- 1\n- -.INF", "line 2, column 3: JSON has no infinity and no NaN; quote it if text is meant"},
	    {".nan", "line 1, column 1: JSON has no infinity and no NaN; quote it if text is meant"},
	    {"a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' stands twice in one map"},
	    {"1: a\n'1': b", "line 2, column 1: the key '1' stands twice in one map"},
	    {"? [a]\n: 1", "line 1, column 3: expected a key that is text, found a list or a map"},
	    {"[? : 1]", "line 1, column 5: expected a key in front of ':'"},
	    {"a: 1\n---\nb: 2", "line 2, column 1: a second document begins here; only one is read"},
	    {"", "line 1, column 1: expected a value, found the end of the text"},
	    {"a: !!binary aGk=", "line 1, column 4: the tag 'tag:yaml.org,2002:binary' has no meaning in JSON; leave it out or write !!str"},
	    {"!foo {}", "line 1, column 1: the tag '!foo' has no meaning in JSON; leave it out or write !!str"},
	    {"!!int x", "line 1, column 1: expected an integer behind !!int"},
	    {"!!set {a}", "line 1, column 1: the tag 'tag:yaml.org,2002:set' has no meaning in JSON; leave it out or write !!str"},
	    {"a: *x", "line 1, column 4: no anchor '&x' stands before this alias"},
	    {"a: &x [*x]", "line 1, column 8: the alias '*x' stands inside its own anchor"},
	    {"a: \xff", "line 1: expected well-formed UTF-8, found byte 0xff"},
	    {"\"\\0\"", "line 1, column 1: expected no NUL character"},
	    {"a: [1", "line 2, column 1: did not find expected ',' or ']', while parsing a flow sequence"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_STR(json_of(rows[i][0]), rows[i][1]);
}

static void
places_are_those_of_the_text(void)
{
	const char *text = "\xc3\xa9: 1\nb:\n  - \xc3\xbc: x\n";
	struct jx *v;
	const struct jx *x;

	CHECK_INT(yaml_parse(a, text, strlen(text), NULL, &v, NULL), 0);
	x = jx_pointer(v, "/b/0/\xc3\xbc");
	CHECK(x != NULL);
	CHECK_INT(x->line, 3);
	CHECK_INT(x->column, 8);
	CHECK_STR(text + x->offset, "x\n");
}

static void
bombs_end_early(void)
{
	struct buf b;
	struct jx *v;
	struct err err;
	size_t n = 4u << 20;
	char *deep = malloc(n);

	buf_init(&b, a);
	buf_str(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++)
		buf_printf(&b, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	CHECK_INT(yaml_parse(a, b.p, b.len, NULL, &v, &err), -1);
	CHECK_INT(err.code, E_LIMIT);
	CHECK(strstr(err.msg, "the aliases stand for more than 2000000 values") != NULL);
	memset(deep, '[', n);
	CHECK_INT(yaml_parse(a, deep, n, NULL, &v, &err), -1);
	CHECK_STR(err.msg, "line 1, column 129: nested deeper than 128 levels");
	for (size_t i = 0; i + 1 < n; i += 2)
		memcpy(deep + i, "- ", 2);
	CHECK_INT(yaml_parse(a, deep, n, NULL, &v, &err), -1);
	CHECK(strstr(err.msg, "nested deeper than 128 levels") != NULL);
	buf_clear(&b);
	buf_str(&b, "a0: &a0 [x]\n");
	for (int i = 1; i < 140; i++)
		buf_printf(&b, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	CHECK_INT(yaml_parse(a, b.p, b.len, NULL, &v, &err), -1);
	CHECK(strstr(err.msg, "nested deeper than 128 levels") != NULL);
	/* a long list of bases merged into a wide map */
	buf_clear(&b);
	buf_str(&b, "- &x {k: 1}\n- {");
	for (int i = 0; i < 20000; i++)
		buf_printf(&b, "k%d: 1, ", i);
	buf_str(&b, "<<: [");
	for (int i = 0; i < 20000; i++)
		buf_str(&b, "*x,");
	buf_str(&b, "]}");
	CHECK_INT(yaml_parse(a, b.p, b.len, NULL, &v, &err), -1);
	CHECK(strstr(err.msg, "the merged maps stand for more than 2000000 values") != NULL);
	free(deep);
}

static void
ten_megabytes_are_read(void)
{
	struct buf b;
	struct jx *v;

	buf_init(&b, a);
	for (int i = 0; b.len < 10u << 20; i++)
		buf_printf(&b, "path%d:\n  get: {summary: 'A thing', responses: {200: {description: ok}}}\n  x: [1, 2.5, true, text here]\n", i);
	CHECK_INT(yaml_parse(a, b.p, b.len, NULL, &v, NULL), 0);
	CHECK(jx_size(v) > 50000);
}

static void
json_is_told_from_yaml_by_its_first_byte(void)
{
	struct jx *v;
	struct err err;

	CHECK_INT(text_parse(a, " {\"a\":1}", 8, NULL, &v, NULL), 0);
	CHECK_INT(text_parse(a, " {a: 1}", 7, NULL, &v, &err), -1);
	CHECK_INT(text_parse(a, "a: 1", 4, NULL, &v, NULL), 0);
	CHECK_INT(text_parse(a, "12", 2, NULL, &v, NULL), 0);
	CHECK(jx_is(v, JX_NUMBER));
}

static void
a_byte_order_mark_is_passed_over(void)
{
	static const char *const texts[] = {"\xef\xbb\xbf{\"a\":1}", "\xef\xbb\xbf" "a: 1\n", "\xef\xbb\xbf# c\n---\na: 1\n"};
	struct jx *v = NULL;
	struct err err;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK_INT(text_parse(a, texts[i], strlen(texts[i]), NULL, &v, &err), 0);
		CHECK_INT(jx_int(jx_find(v, "a"), 0), 1);
	}
	CHECK_INT(text_parse(a, "\xef\xbb", 2, NULL, &v, &err), -1);
}

int
main(void)
{
	a = arena_new(0);
	RUN(scalars_follow_the_core_schema);
	RUN(maps_and_lists_become_objects_and_arrays_in_order);
	RUN(aliases_and_merge_keys_are_written_out);
	RUN(what_json_cannot_say_is_refused_with_its_place);
	RUN(places_are_those_of_the_text);
	RUN(bombs_end_early);
	RUN(ten_megabytes_are_read);
	RUN(json_is_told_from_yaml_by_its_first_byte);
	RUN(a_byte_order_mark_is_passed_over);
	arena_free(a);
	return tap_done();
}
