/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include "core/digest.h"
#include "core/jw.h"
#include "imprint/wired.h"

/* One parameter called color in a place, with more members of the parameter object. */
static struct wired
param(const char *in, const char *more, const char *payload)
{
	char spec[4096];
	bool is_path = strcmp(in, "path") == 0;

	(void)snprintf(spec, sizeof spec, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"%s\":{\"get\":{"
	    "\"operationId\":\"op\",\"parameters\":[{\"name\":\"color\",\"in\":\"%s\"%s%s}]}}}}",
	    is_path ? "/x/{color}" : "/x", in, is_path ? ",\"required\":true" : "", more);
	return wired(spec, payload);
}

static void
expect(const char *in, const char *more, const char *value, const char *want)
{
	static const char *const keys[][2] = {{"path", "_path"}, {"query", "_query"}, {"header", "_header"}, {"cookie", "_cookie"}};
	const char *section = "", *got;
	char payload[1024];
	struct wired w;
	struct buf b;
	struct jw jw;

	for (size_t i = 0; i < 4; i++)
		if (strcmp(keys[i][0], in) == 0)
			section = keys[i][1];
	(void)snprintf(payload, sizeof payload, "{\"%s\":{\"color\":%s}}", section, value);
	w = param(in, more, payload);
	if (in[0] == 'p' || in[0] == 'q') {
		got = wired_str(&w, in);
	} else {
		buf_init(&b, w.a);
		jw_init(&jw, &b);
		if (w.out)
			jw_value(&jw, NULL, jx_find(w.out, in[0] == 'h' ? "headers" : "cookies"));
		got = b.p;
	}
	if (!got)
		printf("# %s %s: %s\n", in, more, w.d.n ? w.d.at[0].message : "no finding");
	CHECK_STR(got, want);
	arena_free(w.a);
}

#define COLORS "[\"blue\",\"black\",\"brown\"]"
#define RGB "{\"R\":100,\"G\":200,\"B\":150}"
#define STYLE(name, explode) ",\"style\":\"" name "\",\"explode\":" explode ",\"schema\":{}"

static void
every_row_of_the_style_table(void)
{
	static const struct { const char *in, *more, *string, *array, *object; } rows[] = {
		{"path", STYLE("matrix", "false"), "/x/;color=blue", "/x/;color=blue,black,brown", "/x/;color=R,100,G,200,B,150"},
		{"path", STYLE("matrix", "true"), "/x/;color=blue", "/x/;color=blue;color=black;color=brown", "/x/;R=100;G=200;B=150"},
		{"path", STYLE("label", "false"), "/x/.blue", "/x/.blue,black,brown", "/x/.R,100,G,200,B,150"},
		{"path", STYLE("label", "true"), "/x/.blue", "/x/.blue.black.brown", "/x/.R=100.G=200.B=150"},
		{"path", STYLE("simple", "false"), "/x/blue", "/x/blue,black,brown", "/x/R,100,G,200,B,150"},
		{"path", STYLE("simple", "true"), "/x/blue", "/x/blue,black,brown", "/x/R=100,G=200,B=150"},
		{"query", STYLE("form", "false"), "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"},
		{"query", STYLE("form", "true"), "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"},
		{"query", STYLE("spaceDelimited", "false"), NULL, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"},
		{"query", STYLE("pipeDelimited", "false"), NULL, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"},
		{"query", STYLE("deepObject", "true"), NULL, "color%5B%5D=blue&color%5B%5D=black&color%5B%5D=brown",
		    "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"},
		{"header", STYLE("simple", "false"), "[[\"color\",\"blue\"]]", "[[\"color\",\"blue,black,brown\"]]",
		    "[[\"color\",\"R,100,G,200,B,150\"]]"},
		{"header", STYLE("simple", "true"), "[[\"color\",\"blue\"]]", "[[\"color\",\"blue,black,brown\"]]",
		    "[[\"color\",\"R=100,G=200,B=150\"]]"},
		{"cookie", STYLE("form", "false"), "[[\"color\",\"blue\"]]", "[[\"color\",\"blue,black,brown\"]]",
		    "[[\"color\",\"R,100,G,200,B,150\"]]"},
		{"cookie", STYLE("form", "true"), "[[\"color\",\"blue\"]]",
		    "[[\"color\",\"blue\"],[\"color\",\"black\"],[\"color\",\"brown\"]]", "[[\"R\",\"100\"],[\"G\",\"200\"],[\"B\",\"150\"]]"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].string)
			expect(rows[i].in, rows[i].more, "\"blue\"", rows[i].string);
		expect(rows[i].in, rows[i].more, COLORS, rows[i].array);
		expect(rows[i].in, rows[i].more, RGB, rows[i].object);
	}
}

static void
undefined_values_as_the_table_says(void)
{
	expect("path", STYLE("matrix", "false"), "\"\"", "/x/;color");
	expect("path", STYLE("matrix", "true"), "null", "/x/;color");
	expect("query", STYLE("form", "false"), "\"\"", "color=");
	expect("query", STYLE("form", "true"), "null", "color=");
	expect("query", STYLE("form", "false"), "[]", "color=");
	expect("query", STYLE("form", "true"), "[]", "");
	expect("query", ",\"required\":true" STYLE("form", "true"), "[]", "color=");
	expect("query", ",\"required\":true" STYLE("deepObject", "true"), "{}", "color=");
	expect("query", STYLE("deepObject", "true"), "{\"a\":null}", "color%5Ba%5D=");
	expect("header", STYLE("simple", "false"), "\"\"", "[[\"color\",\"\"]]");
}

static void
defaults_follow_the_place(void)
{
	expect("path", ",\"schema\":{}", COLORS, "/x/blue,black,brown");
	expect("query", ",\"schema\":{}", COLORS, "color=blue&color=black&color=brown");
	expect("header", ",\"schema\":{}", RGB, "[[\"color\",\"R,100,G,200,B,150\"]]");
	expect("path", ",\"style\":\"form\",\"schema\":{}", COLORS, "/x/blue,black,brown"); /* form is no path style */
	expect("query", ",\"style\":\"matrix\",\"schema\":{}", "\"a\"", "color=a");
}

static void
everything_outside_unreserved_is_encoded(void)
{
	expect("query", ",\"schema\":{}", "\"AZaz09-._~\"", "color=AZaz09-._~");
	expect("query", ",\"schema\":{}", "\" !\\\"#$%&'()*+,/:;<=>?@[\\\\]^`{|}\"",
	    "color=%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D");
	expect("query", ",\"schema\":{}", "\"\\u0000\\n\\u00e9\\ud83d\\ude00\"", "color=%00%0A%C3%A9%F0%9F%98%80");
	expect("query", STYLE("form", "false"), "[\"a,b\",\"c&d\"]", "color=a%2Cb,c%26d");
	expect("query", STYLE("pipeDelimited", "false"), "[\"a|b\",\"c\"]", "color=a%7Cb%7Cc");
	expect("path", ",\"schema\":{}", "\"a/b?c#d;e\"", "/x/a%2Fb%3Fc%23d%3Be");
	expect("path", ",\"schema\":{}", "\"{color}\"", "/x/%7Bcolor%7D");
	expect("path", STYLE("label", "true"), "{\"a=b\":\"c.d\"}", "/x/.a%3Db=c.d");
	expect("cookie", ",\"schema\":{}", "\"a; b=c\"", "[[\"color\",\"a%3B%20b%3Dc\"]]");
	expect("cookie", ",\"schema\":{}", "{\"a=b; c\":1,\"d\":2}", "[[\"a%3Db%3B%20c\",\"1\"],[\"d\",\"2\"]]");
}

static void
numbers_keep_their_lexemes(void)
{
	expect("query", ",\"schema\":{}", "12345678901234567890123", "color=12345678901234567890123");
	expect("query", ",\"schema\":{}", "1.10", "color=1.10");
	expect("query", ",\"schema\":{}", "1e+4", "color=1e%2B4");
	expect("path", ",\"schema\":{}", "[1.0,true,false]", "/x/1.0,true,false");
}

static void
reserved_characters_stay_where_they_may(void)
{
	expect("query", ",\"allowReserved\":true,\"schema\":{}", "\"a/b?c=d:e@f!$'()*,;\"", "color=a/b?c=d:e@f!$'()*,;");
	/* What would end the value, or change it, or is no part of a query (OpenAPI 3.1.2, allowReserved). */
	expect("query", ",\"allowReserved\":true,\"schema\":{}", "\"a&b#c+d[e]\"", "color=a%26b%23c%2Bd%5Be%5D");
	expect("query", ",\"allowReserved\":true,\"schema\":{}", "\"100% %2F %zz\"", "color=100%25%20%2F%20%25zz");
	expect("path", ",\"allowReserved\":true,\"schema\":{}", "\"a/b\"", "/x/a%2Fb"); /* for queries only */
}

static void
deep_objects_go_on_in_brackets(void)
{
	expect("query", STYLE("deepObject", "true"), "{\"a\":{\"b\":{\"c\":1}},\"l\":[\"x\",\"y\"],\"o\":[{\"k\":\"v\"},{\"k\":2}]}",
	    "color%5Ba%5D%5Bb%5D%5Bc%5D=1&color%5Bl%5D%5B%5D=x&color%5Bl%5D%5B%5D=y&color%5Bo%5D%5B0%5D%5Bk%5D=v&"
	    "color%5Bo%5D%5B1%5D%5Bk%5D=2");
	expect("query", STYLE("deepObject", "true"), "{\"a]&b\":1}", "color%5Ba%5D%26b%5D=1");
	expect("query", STYLE("form", "true"), "{\"a\":{\"b\":1}}", "a=%7B%22b%22%3A1%7D"); /* beyond the style: JSON */
}

static void
refuse(const char *in, const char *more, const char *value, const char *pointer)
{
	char payload[512];
	struct wired w;

	(void)snprintf(payload, sizeof payload, "{\"_%s\":{\"color\":%s}}", in, value);
	w = param(in, more, payload);
	CHECK(w.out == NULL);
	CHECK_STR(wired_code(&w, 0), "IMP_PARAM");
	CHECK_STR(w.d.n ? w.d.at[0].pointer : NULL, pointer);
	CHECK(w.d.n && w.d.at[0].expected && w.d.at[0].got);
	arena_free(w.a);
}

static void
nothing_breaks_out_of_its_place(void)
{
	refuse("header", ",\"schema\":{}", "\"a\\r\\nX-Evil: 1\"", "/_header/color");
	refuse("header", ",\"schema\":{}", "\"a\\nb\"", "/_header/color");
	refuse("header", ",\"schema\":{}", "\"a\\u0000b\"", "/_header/color");
	refuse("header", ",\"schema\":{}", "\"a\\u007fb\"", "/_header/color");
	refuse("header", ",\"schema\":{}", "[\"a\",\"b\\r\\n\"]", "/_header/color");
	refuse("header", ",\"schema\":{}", "\" a\"", "/_header/color");
	refuse("path", ",\"schema\":{}", "\"\"", "/_path/color");
	refuse("path", ",\"schema\":{}", "\".\"", "/_path/color");
	refuse("path", ",\"schema\":{}", "\"..\"", "/_path/color");
	refuse("path", ",\"schema\":{}", "null", "/_path/color");
	refuse("path", ",\"schema\":{}", "[]", "/_path/color");
	refuse("path", STYLE("label", "false"), "\".\"", "/_path/color"); /* "..": label puts a dot in front */
	refuse("path", STYLE("label", "false"), "\"\"", "/_path/color");
	refuse("cookie", ",\"content\":{\"text/plain\":{}}", "\"a;b\"", "/_cookie/color");
	expect("cookie", ",\"content\":{\"text/plain\":{}}", "\"a%b\"", "[[\"color\",\"a%b\"]]");
	expect("header", ",\"schema\":{}", "\"a\\tb \\u00e9\"", "[[\"color\",\"a\\tb é\"]]");
}

static void
everything_is_said_at_once(void)
{
	static const char filled[] = "{\"_path\":{\"a\":\"..\",\"b\":\"\",\"c\":\"fine\"},\"_header\":{\"H\":\"x\\ny\"},\"_query\":{\"q\":\"..\"}}";
	static const char *const want[] = {"/template/_path/a", "/template/_path/b", "/template/_header/H"};
	struct wired w;
	struct jx *in;

	CHECK(wired_open(&w, "{\"openapi\":\"3.0.3\",\"paths\":{\"/{a}/{b}/{c}\":{\"get\":{\"operationId\":\"op\",\"parameters\":["
	    "{\"name\":\"a\",\"in\":\"path\",\"schema\":{}},{\"name\":\"b\",\"in\":\"path\",\"schema\":{}},{\"name\":\"c\",\"in\":\"path\",\"schema\":{}},"
	    "{\"name\":\"H\",\"in\":\"header\",\"schema\":{}},{\"name\":\"q\",\"in\":\"query\",\"schema\":{}}]}}}}"));
	CHECK(wired_operation(&w, "op", NULL));
	CHECK_INT(jx_parse(w.a, filled, strlen(filled), NULL, &in, NULL), 0);
	wire_look(&w.op, in, "/template", &w.d);
	CHECK_INT(w.d.n, 3);
	for (size_t i = 0; i < 3 && i < w.d.n; i++) {
		CHECK_STR(w.d.at[i].pointer, want[i]);
		CHECK_STR(wired_code(&w, i), "IMP_PARAM");
	}
	arena_free(w.a);
}

static void
placeholders_are_put_in_at_once(void)
{
	struct wired w = wired("{\"openapi\":\"3.0.3\",\"paths\":{\"/r/{a}...{b}/{c}.json\":{\"get\":{\"operationId\":\"op\",\"parameters\":["
	    "{\"name\":\"b\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
	    "{\"name\":\"a\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
	    "{\"name\":\"c\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}]}}}}",
	    "{\"_path\":{\"a\":\"{b}\",\"b\":\"{c}/x\",\"c\":\"..\"}}");

	CHECK_STR(wired_str(&w, "path"), "/r/%7Bb%7D...%7Bc%7D%2Fx/...json");
	arena_free(w.a);
}

static void
the_query_keeps_the_order_of_declaration(void)
{
	struct wired w = wired("{\"openapi\":\"3.0.3\",\"paths\":{\"/x\":{\"parameters\":["
	    "{\"name\":\"a\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}},{\"name\":\"b\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}],"
	    "\"get\":{\"operationId\":\"op\",\"parameters\":["
	    "{\"name\":\"c\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}},"
	    "{\"name\":\"a\",\"in\":\"query\",\"explode\":false,\"schema\":{\"type\":\"array\",\"items\":{}}}]}}}}",
	    "{\"_query\":{\"zz\":\"open\",\"c\":\"3\",\"b\":\"2\",\"a\":[1,1]}}");

	CHECK_STR(wired_str(&w, "query"), "a=1,1&b=2&c=3&zz=open");
	arena_free(w.a);
}

static void
json_parameters_are_text_outside_and_values_inside(void)
{
	struct wired w = param("query", ",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}",
	    "{\"_query\":{\"color\":\"{\\\"a\\\":1.0}\"}}");
	struct buf b;
	struct jw jw;

	CHECK_STR(wired_str(&w, "query"), "color=%7B%22a%22%3A1.0%7D");
	buf_init(&b, w.a);
	jw_init(&jw, &b);
	jw_value(&jw, NULL, jx_find(w.out, "params"));
	CHECK_STR(b.p, "{\"path\":{},\"query\":{\"color\":{\"a\":1.0}},\"headers\":{},\"cookies\":{}}");
	arena_free(w.a);
}

/* --- bodies ------------------------------------------------------------------------------------------------------- */

static struct wired
body(const char *media, const char *more, const char *payload)
{
	char spec[4096];

	(void)snprintf(spec, sizeof spec, "{\"openapi\":\"3.1.0\",\"paths\":{\"/x\":{\"post\":{\"operationId\":\"op\",\"requestBody\":{"
	    "\"required\":true,\"content\":{\"%s\":{%s}}}}}}}", media, more);
	return wired(spec, payload);
}

static void
body_is(const char *media, const char *more, const char *value, const char *want)
{
	char payload[1024];
	struct wired w;

	(void)snprintf(payload, sizeof payload, "{\"_body\":%s}", value);
	w = body(media, more, payload);
	if (!w.out)
		printf("# %s %s: %s\n", media, more, w.d.n ? w.d.at[0].message : "no finding");
	CHECK_STR(wired_str(&w, "body_text"), want);
	CHECK_STR(wired_str(&w, "content_type"), media);
	arena_free(w.a);
}
#define FORM "application/x-www-form-urlencoded"
#define ANY_OBJECT "\"schema\":{\"type\":\"object\"}"

/* A range of types is nothing that a request can say. */
static void
ranges_of_types_are_settled(void)
{
	static const char *const rows[][2] = {{"*/*", "application/json"}, {"application/*", "application/json"},
	    {"text/*", "text/plain"}, {"image/*", "application/octet-stream"}, {"image/png", "image/png"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wired w = body(rows[i][0], "\"schema\":{\"type\":\"string\"}", "{\"_body\":\"a\"}");
		CHECK_STR(wired_str(&w, "content_type"), rows[i][1]);
		arena_free(w.a);
	}
}

static void
json_bodies_keep_lexemes_and_order(void)
{
	body_is("application/json", "", "{ \"z\": 1.10, \"a\": [1e400, \"\\u00e9\\\"\"] }", "{\"z\":1.10,\"a\":[1e400,\"é\\\"\"]}");
	body_is("application/vnd.api+json; charset=utf-8", "", "null", "null");
	body_is("application/json", "", "\"text\"", "\"text\"");
}

static void
forms_travel_by_their_encoding(void)
{
	body_is(FORM, ANY_OBJECT, "{\"n\":5,\"note\":\"a b&c=d+e~*\"}", "n=5&note=a+b%26c%3Dd%2Be~%2A");
	body_is(FORM, ANY_OBJECT, "{\"t\":[\"a\",\"b c\"],\"o\":{\"k\":\"v w\"},\"b\":true}",
	    "t=a&t=b+c&o=%7B%22k%22%3A%22v+w%22%7D&b=true");
	body_is(FORM, ANY_OBJECT, "{\"t\":[{\"k\":1}],\"n\":null}", "t=%7B%22k%22%3A1%7D&n=");
	body_is(FORM, ANY_OBJECT ",\"encoding\":{\"t\":{\"explode\":false}}", "{\"t\":[\"a\",\"b\"]}", "t=a%2Cb");
	body_is(FORM, ANY_OBJECT ",\"encoding\":{\"t\":{\"style\":\"spaceDelimited\"}}", "{\"t\":[\"a\",\"b\"]}", "t=a+b");
	body_is(FORM, ANY_OBJECT ",\"encoding\":{\"t\":{\"style\":\"pipeDelimited\"}}", "{\"t\":[\"a\",\"b\"]}", "t=a%7Cb");
	body_is(FORM, ANY_OBJECT ",\"encoding\":{\"o\":{\"style\":\"deepObject\",\"explode\":true}}",
	    "{\"o\":{\"a\":{\"b c\":1},\"l\":[1,2]}}", "o%5Ba%5D%5Bb+c%5D=1&o%5Bl%5D%5B%5D=1&o%5Bl%5D%5B%5D=2");
	body_is(FORM, ANY_OBJECT ",\"encoding\":{\"o\":{\"explode\":true}}", "{\"o\":{\"a\":1,\"b\":2}}", "a=1&b=2");
	body_is(FORM, ANY_OBJECT ",\"encoding\":{\"u\":{\"allowReserved\":true}}", "{\"u\":\"http://h/p?a=b&c=d e\"}",
	    "u=http://h/p?a=b%26c=d+e");
	body_is(FORM, "\"schema\":{}", "\"a=b\"", "a=b");
}

static void
a_list_is_no_form(void)
{
	struct wired w = body(FORM, "\"schema\":{}", "{\"_body\":[1]}");

	CHECK(w.out == NULL);
	CHECK_STR(wired_code(&w, 0), "IMP_PARAM");
	CHECK_STR(w.d.n ? w.d.at[0].pointer : NULL, "/_body");
	arena_free(w.a);
}

static void
json_in_a_form_is_text_outside_and_a_value_inside(void)
{
	struct wired w = body(FORM, "\"schema\":{\"type\":\"object\",\"properties\":{\"o\":{\"type\":\"object\",\"properties\":{\"a\":{"
	    "\"type\":\"integer\"}}}}},\"encoding\":{\"o\":{\"contentType\":\"application/json\"}}", "{\"_body\":{\"o\":\"{\\\"a\\\":1}\"}}");
	struct shape *o = shape_member(w.s, w.op.body, 0);

	CHECK(o->has_child);
	CHECK_STR(wired_str(&w, "body_text"), "o=%7B%22a%22%3A1%7D");
	CHECK_INT(jx_int(jx_find(jx_find(jx_find(w.out, "body"), "o"), "a"), 0), 1);
	arena_free(w.a);
}

static void
text_travels_as_it_is(void)
{
	body_is("text/plain", "\"schema\":{\"type\":\"string\"}", "\"raw & \\n text\"", "raw & \n text");
	body_is("application/octet-stream", "", "\"\\u00e9\"", "é");
	body_is("text/csv", "", "12.50", "12.50");
	body_is("application/xml", "", "\"<a/>\"", "<a/>");
}

static void
a_range_settles_on_something_that_can_be_sent(void)
{
	struct wired w = body("*/*", "\"schema\":{\"type\":\"object\"}", "{\"_body\":{\"a\":1}}");

	CHECK_STR(wired_str(&w, "content_type"), "application/json");
	CHECK_STR(wired_str(&w, "body_text"), "{\"a\":1}");
	arena_free(w.a);
	w = body("*/*", "\"schema\":{\"type\":\"string\",\"format\":\"binary\"}", "{\"_body\":\"raw\"}");
	CHECK_STR(wired_str(&w, "content_type"), "application/octet-stream");
	CHECK_STR(wired_str(&w, "body_text"), "raw");
	arena_free(w.a);
}

static void
xml_follows_the_xml_objects(void)
{
	body_is("application/xml", "\"schema\":{\"type\":\"object\",\"xml\":{\"name\":\"pet\",\"namespace\":\"urn:a&b\",\"prefix\":\"p\"},"
	    "\"properties\":{\"id\":{\"type\":\"integer\",\"xml\":{\"attribute\":true}},\"name\":{\"type\":\"string\",\"xml\":{\"name\":\"n\"}},"
	    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"xml\":{\"name\":\"tag\"}}},"
	    "\"urls\":{\"type\":\"array\",\"xml\":{\"wrapped\":true},\"items\":{\"type\":\"string\"}}}}",
	    "{\"name\":\"a<b>&\\\"c\",\"id\":7,\"tags\":[\"x\",\"y\"],\"urls\":[\"u\"]}",
	    "<p:pet xmlns:p=\"urn:a&amp;b\" id=\"7\"><n>a&lt;b&gt;&amp;&quot;c</n><tag>x</tag><tag>y</tag><urls><urls>u</urls></urls></p:pet>");
	for (int i = 0; i < 2; i++) {
		struct wired w = body("application/xml", "\"schema\":{\"type\":\"object\"}",
		    i ? "{\"_body\":{\"a b\":1}}" : "{\"_body\":{\"a\":\"\\u0001\"}}");
		CHECK(w.out == NULL);
		CHECK_STR(wired_code(&w, 0), "IMP_PARAM");
		CHECK_STR(w.d.n ? w.d.at[0].pointer : NULL, i ? "/_body/a b" : "/_body/a");
		arena_free(w.a);
	}
}

static void
multipart_is_rfc_7578(void)
{
	static const char parts[] = "\"schema\":{\"type\":\"object\",\"properties\":{\"file\":{\"type\":\"string\",\"format\":\"binary\"},"
	    "\"img\":{\"type\":\"string\",\"format\":\"binary\"}}},\"encoding\":{\"img\":{\"contentType\":\"image/png, image/jpeg\"}}";
	static const char payload[] = "{\"_body\":{\"a\\\"\\r\\nb\":\"1\",\"file\":\"bytes\",\"img\":\"x\",\"meta\":{\"k\":1},\"l\":[1,2]}}";
	struct wired w = body("multipart/form-data", parts, payload), again = body("multipart/form-data", parts, payload);
	const char *type = wired_str(&w, "content_type"), *text = wired_str(&w, "body_text");
	const char *boundary = type ? strstr(type, "boundary=") : NULL;
	char want[2048];

	CHECK(boundary != NULL);
	if (!boundary || !text)
		return;
	boundary += 9;
	CHECK(strncmp(type, "multipart/form-data; boundary=forge-", 36) == 0);
	(void)snprintf(want, sizeof want,
	    "--%s\r\nContent-Disposition: form-data; name=\"a%%22%%0D%%0Ab\"\r\n\r\n1\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\nbytes\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"img\"; filename=\"img\"\r\nContent-Type: image/png\r\n\r\nx\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"l\"\r\n\r\n1\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"l\"\r\n\r\n2\r\n--%s--\r\n",
	    boundary, boundary, boundary, boundary, boundary, boundary, boundary);
	CHECK_STR(text, want);
	CHECK_STR(again.text, w.text);
	arena_free(w.a);
	arena_free(again.a);
}

static void
a_content_type_list_cannot_break_out_of_its_part(void)
{
	struct wired w = body("multipart/form-data", ANY_OBJECT ",\"encoding\":{\"a\":{\"contentType\":\"x/y\\r\\nX-Evil: 1\"}}",
	    "{\"_body\":{\"a\":\"1\"}}");

	CHECK(wired_str(&w, "body_text") != NULL);
	CHECK(w.text && strstr(w.text, "X-Evil") == NULL);
	arena_free(w.a);
}

/* --- Swagger 2 ------------------------------------------------------------------------------------------------------- */

static void
swagger(const char *params, const char *consumes, const char *payload, const char *key, const char *want)
{
	char spec[2048];
	struct wired w;

	(void)snprintf(spec, sizeof spec, "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/x/{p}\":{\"post\":{"
	    "\"operationId\":\"op\",\"parameters\":[{\"name\":\"p\",\"in\":\"path\",\"required\":true,\"type\":\"string\"},%s]%s}}}}",
	    params, consumes);
	w = wired(spec, payload);
	if (!w.out)
		printf("# %s: %s\n", params, w.d.n ? w.d.at[0].message : "no finding");
	CHECK_STR(wired_str(&w, key), want);
	arena_free(w.a);
}
#define LIST(in, format) "{\"name\":\"c\",\"in\":\"" in "\",\"type\":\"array\",\"items\":{\"type\":\"string\"}" format "}"
#define AB "{\"_path\":{\"p\":\"1\"},\"_query\":{\"c\":[\"a b\",\"c\"]}}"

static void
swagger_collection_formats(void)
{
	swagger(LIST("query", ""), "", AB, "query", "c=a%20b,c");
	swagger(LIST("query", ",\"collectionFormat\":\"csv\""), "", AB, "query", "c=a%20b,c");
	swagger(LIST("query", ",\"collectionFormat\":\"ssv\""), "", AB, "query", "c=a%20b%20c");
	swagger(LIST("query", ",\"collectionFormat\":\"tsv\""), "", AB, "query", "c=a%20b%09c");
	swagger(LIST("query", ",\"collectionFormat\":\"pipes\""), "", AB, "query", "c=a%20b%7Cc");
	swagger(LIST("query", ",\"collectionFormat\":\"multi\""), "", AB, "query", "c=a%20b&c=c");
	swagger("{\"name\":\"c\",\"in\":\"query\",\"type\":\"array\",\"collectionFormat\":\"pipes\",\"items\":{\"type\":\"array\",\"items\":{"
	    "\"type\":\"integer\"}}}", "", "{\"_path\":{\"p\":\"1\"},\"_query\":{\"c\":[[1,2],[3]]}}", "query", "c=1,2%7C3");
}

static void
swagger_forms_and_bodies(void)
{
	static const char two[] = "{\"name\":\"a\",\"in\":\"formData\",\"type\":\"string\",\"required\":true},"
	    "{\"name\":\"l\",\"in\":\"formData\",\"type\":\"array\",\"items\":{\"type\":\"string\"},\"collectionFormat\":\"multi\"}";

	swagger(two, "", "{\"_path\":{\"p\":\"1\"},\"_body\":{\"a\":\"x y\",\"l\":[\"1\",\"2\"]}}", "body_text", "a=x+y&l=1&l=2");
	swagger(two, "", "{\"_path\":{\"p\":\"1\"},\"_body\":{\"a\":\"x\"}}", "content_type", FORM);
	swagger(two, ",\"consumes\":[\"application/json\"]", "{\"_path\":{\"p\":\"1\"},\"_body\":{\"a\":\"x\"}}", "content_type", FORM);
	swagger("{\"name\":\"b\",\"in\":\"body\",\"schema\":{\"type\":\"object\"}}", "", "{\"_path\":{\"p\":\"1\"},\"_body\":{\"n\":1.0}}",
	    "body_text", "{\"n\":1.0}");
	swagger("{\"name\":\"b\",\"in\":\"body\",\"schema\":{\"type\":\"object\"}}", ",\"consumes\":[\"text/x\",\"application/hal+json\"]",
	    "{\"_path\":{\"p\":\"1\"},\"_body\":{}}", "content_type", "application/hal+json");
}

static void
swagger_files_make_it_multipart(void)
{
	struct wired w = wired("{\"swagger\":\"2.0\",\"consumes\":[\"application/json\"],\"paths\":{\"/x\":{\"post\":{\"operationId\":\"op\",\"parameters\":["
	    "{\"name\":\"f\",\"in\":\"formData\",\"type\":\"file\",\"required\":true},{\"name\":\"n\",\"in\":\"formData\",\"type\":\"integer\"}]}}}}",
	    "{\"_body\":{\"f\":\"bytes\",\"n\":1}}");
	const char *type = wired_str(&w, "content_type");

	CHECK(type && strncmp(type, "multipart/form-data; boundary=", 30) == 0);
	CHECK(w.text && strstr(w.text, "name=\\\"f\\\"; filename=\\\"f\\\"\\r\\nContent-Type: application/octet-stream\\r\\n\\r\\nbytes"));
	arena_free(w.a);
}

int
main(void)
{
	RUN(every_row_of_the_style_table);
	RUN(undefined_values_as_the_table_says);
	RUN(defaults_follow_the_place);
	RUN(everything_outside_unreserved_is_encoded);
	RUN(numbers_keep_their_lexemes);
	RUN(reserved_characters_stay_where_they_may);
	RUN(deep_objects_go_on_in_brackets);
	RUN(nothing_breaks_out_of_its_place);
	RUN(everything_is_said_at_once);
	RUN(placeholders_are_put_in_at_once);
	RUN(the_query_keeps_the_order_of_declaration);
	RUN(json_parameters_are_text_outside_and_values_inside);
	RUN(json_bodies_keep_lexemes_and_order);
	RUN(ranges_of_types_are_settled);
	RUN(forms_travel_by_their_encoding);
	RUN(a_list_is_no_form);
	RUN(json_in_a_form_is_text_outside_and_a_value_inside);
	RUN(text_travels_as_it_is);
	RUN(a_range_settles_on_something_that_can_be_sent);
	RUN(xml_follows_the_xml_objects);
	RUN(multipart_is_rfc_7578);
	RUN(a_content_type_list_cannot_break_out_of_its_part);
	RUN(swagger_collection_formats);
	RUN(swagger_forms_and_bodies);
	RUN(swagger_files_make_it_multipart);
	return tap_done();
}
