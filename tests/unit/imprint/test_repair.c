/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/repair.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diag.h"
#include "shared.h"
#include "tap.h"

static struct arena *a;
static unsigned seed = 7;

static unsigned
dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static const char *
json_of(const struct jx *v)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	return buf_take(&b);
}

/* The value as JSON; with a '~' in front when the text was cut off; "CODE" when refused. */
static const char *
read_n(const char *s, size_t n, struct repaired *out)
{
	struct imp_diags d;

	imp_diags_init(&d, a);
	if (!repair_parse(a, s, n, NULL, out, &d)) {
		out->n_repairs = 1;
		return d.n == 1 ? imp_code_name(d.at[0].code) : "no diagnostic";
	}
	return out->is_complete ? json_of(out->value) : arena_printf(a, "~%s", json_of(out->value));
}

struct given {
	const char *s, *want;
};
static void
hold(const struct given *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct repaired out;
		CHECK_STR(read_n(cases[i].s, strlen(cases[i].s), &out), cases[i].want);
		CHECK(out.n_repairs > 0);
		for (size_t k = 0; k < out.n_repairs && strncmp(cases[i].want, "IMP_", 4) != 0; k++) {
			CHECK(strncmp(out.repairs[k].code, "FIX_", 4) == 0);
			CHECK(out.repairs[k].offset <= strlen(cases[i].s));
			CHECK(k == 0 || out.repairs[k].offset >= out.repairs[k - 1].offset);
		}
	}
}
#define HOLD(cases) hold(cases, sizeof(cases) / sizeof(cases)[0])

static void
what_stands_around_the_value_is_passed_over(void)
{
	static const struct given c[] = {{"```json\n{\"x\":1}\n```", "{\"x\":1}"}, {"```\n[1]", "[1]"},
	    {"Take this:\n~~~\n{\"x\":\"```\"}\n~~~\nBye.", "{\"x\":\"```\"}"}, {"```json\n\"x\"\n```", "\"x\""},
	    {"\xef\xbb\xbf{\"x\":1}", "{\"x\":1}"}, {"Here it is: {\"x\":1}. Good?", "{\"x\":1}"}, {"cb({\"x\":1});", "{\"x\":1}"},
	    {"let y = {\"x\":1};", "{\"x\":1}"}, {"<a>{\"x\":1}</a>", "{\"x\":1}"}, {"{\"x\":1}}]", "{\"x\":1}"}, {"{\"x\":1},", "{\"x\":1}"},
	    {"Quote \"a [\" and then [\"x\"]", "[\"x\"]"}, {"As [1] says, with {name}: {\"x\":1}", "{\"x\":1}"},
	    {"<think>{\"x\":0}</think> {\"x\":1}", "{\"x\":1}"}, {"so {\"x\":0}?</think>{\"x\":1}", "{\"x\":1}"}, {"<Think>{\"x\":0}</THINK>{\"x\":1}", "{\"x\":1}"},
	    {"`{\"x\":1}`", "{\"x\":1}"}, {"'[\"x\"]'\n", "[\"x\"]"}, {"Result: {}", "{}"}, {"f({})", "{}"}, {"None were found.\n[]", "[]"},
	    {"{\"x\":1}\nThe \"x\": 1 means one.", "{\"x\":1}"}, {"{```json\n{\"x\":1}\n```}", "{\"x\":1}"},
	    {"{\\\"x\\\":\\\"a\\\\nb\\\"}", "{\"x\":\"a\\nb\"}"}, {"{&quot;x&quot;:&quot;&amp;&quot;}", "{\"x\":\"&\"}"},
	    {"/* a */ {} // b", "{}"}, {"{\"x\":1}\n\n{\"x\":1}", "{\"x\":1}"}, {"{\"x\":1}\n{\"x\":2}", "[{\"x\":1},{\"x\":2}]"},
	    {"[1], [2]", "[[1],[2]]"}, {"\xe2\x80\x9cx\xe2\x80\x9d", "\"x\""}, {"True", "true"}, {"+1", "1"}};

	HOLD(c);
}

static void
punctuation_is_mended(void)
{
	static const struct given c[] = {{"{\"x\":1,}", "{\"x\":1}"}, {"[,1]", "[1]"}, {"{\"x\":1\n\"y\":2}", "{\"x\":1,\"y\":2}"}, {"{\"x\":1 \"y\":2}", "{\"x\":1,\"y\":2}"},
	    {"[\"x\" \"y\" 3]", "[\"x\",\"y\",3]"}, {"[{}{}]", "[{},{}]"}, {"[[1][2]]", "[[1],[2]]"}, {"{\"x\" 1}", "{\"x\":1}"}, {"{\"x\"=1}", "{\"x\":1}"}, {"{\"x\" => 1}", "{\"x\":1}"},
	    {"{\"x\":1; }", "{\"x\":1}"}, {"[1,2,...]", "[1,2]"}, {"{\"x\":1, …}", "{\"x\":1}"}, {"{\"x\":1]", "{\"x\":1}"}, {"[1}", "[1]"},
	    {"{\"x\":1 // one\n}", "{\"x\":1}"}, {"{\"x\":/* one */1}", "{\"x\":1}"}, {"{ # one\n\"x\":1}", "{\"x\":1}"}, {"{\"x\":\xc2\xa0" "1}", "{\"x\":1}"}};

	HOLD(c);
}

static void
words_and_numbers_are_read_without_guessing(void)
{
	static const struct given c[] = {{"{x:1,$y:2,z-z:3}", "{\"x\":1,\"$y\":2,\"z-z\":3}"}, {"[a b,c]", "[\"a b\",\"c\"]"}, {"[True,False,None]", "[true,false,null]"},
	    {"{u:http://x.y/z?a=b}", "{\"u\":\"http://x.y/z?a=b\"}"}, {"[12:30,2020-01-02]", "[\"12:30\",\"2020-01-02\"]"}, {"[1.2.3,10-20,5%]", "[\"1.2.3\",\"10-20\",\"5%\"]"},
	    {"[+1,.5,-.5,5.,5.e3]", "[1,0.5,-0.5,5,5e3]"}, {"[123456789012345678901234567890,]", "[123456789012345678901234567890]"}, {"[1.10,]", "[1.10]"},
	    {"{i:ObjectId(\"x\"),n:NumberLong(5)}", "{\"i\":\"x\",\"n\":5}"}, {"[007]", "IMP_PARSE"}, {"[1_000]", "IMP_PARSE"}, {"[0x1f]", "IMP_PARSE"},
	    {"[NaN]", "IMP_PARSE"}, {"[-Infinity]", "IMP_PARSE"}, {"{\"x\":undefined}", "IMP_PARSE"}, {"{\"x\":12,111}", "IMP_PARSE"}, {"[1 2]", "IMP_PARSE"}, {"{\"x\":...}", "IMP_PARSE"},
	    {"{\"x\":Note: y}", "IMP_PARSE"}, {"[tru]", "IMP_PARSE"}, {"[f(1,2)]", "IMP_PARSE"}, {"[1,,2]", "IMP_PARSE"}};

	HOLD(c);
}

static void
slips_are_not_texts(void)
{
	static const struct given c[] = {{"[tre]", "IMP_PARSE"}, {"[fals]", "IMP_PARSE"}, {"{\"x\":ull}", "IMP_PARSE"}, {"[Flse]", "IMP_PARSE"}, {"[tree,full]", "[\"tree\",\"full\"]"}, {"[nl]", "[\"nl\"]"},
	    {"[7e]", "[7]"}, {"{\"x\":2E+ }", "{\"x\":2}"}, {"[07e]", "IMP_PARSE"}, {"[{\"x\":1}y]", "IMP_PARSE"}, {"[[1] y]", "IMP_PARSE"}, {"[{}\ny]", "[{},\"y\"]"},
	    {"{'x': r'y'}", "IMP_PARSE"}, {"{\"x\": b\"y\"}", "IMP_PARSE"}, {"[b\",\"c\"]", "~[\"b\",\"c\"]"}};

	HOLD(c);
}

static void
a_mark_inside_pairs_with_the_next(void)
{
	static const struct given c[] = {
	    /* in names */
	    {"{\"a\"b\"c\":1}", "{\"a\\\"b\\\"c\":1}"}, {"{'o'clock':1}", "{\"o'clock\":1}"}, {"{\"a\"b: 1, \"c\": 2}", "IMP_PARSE"}, {"{\"a:\"b\"}", "IMP_PARSE"}, {"{\"x\":1,\"y: \"z\": 2}", "IMP_PARSE"},
	    {"{\"\"a\"\":1}", "IMP_PARSE"},
	    /* what the brackets inside a text hold */
	    {"{\"x\":\"it gave {\"k\": \"v\"}, no more\"}", "{\"x\":\"it gave {\\\"k\\\": \\\"v\\\"}, no more\"}"}, {"{\"x\":\"of [\"a\", \"b\"] one\",\"y\":2}", "{\"x\":\"of [\\\"a\\\", \\\"b\\\"] one\",\"y\":2}"},
	    {"{\"x\":\"see {\"k\": \"v\", \"y\": 2}", "IMP_PARSE"}, {"{\"x\":\"f(\"a\")\"}", "{\"x\":\"f(\\\"a\\\")\"}"},
	    /* a whole JSON text that was not escaped */
	    {"{\"x\":\"{\"k\":1}\"}", "IMP_PARSE"}, {"{\"x\":\"```json\n{\"k\":1}\n```\"}", "IMP_PARSE"}, {"{\"x\":\"[{\"k\":1}]\"}", "IMP_PARSE"}, {"{\"x\":\"{\\\"k\\\":1}\",}", "{\"x\":\"{\\\"k\\\":1}\"}"},
	    {"{\"x\":\"[1](\"u\")\"}", "{\"x\":\"[1](\\\"u\\\")\"}"},
	    /* and marks behind the value */
	    {"{\"x\":\"a \"b\"}\"}", "IMP_PARSE"}, {"{\"x\":\"a \"b\" c\"}\nSo \"b\" it is.", "{\"x\":\"a \\\"b\\\" c\"}"}};

	HOLD(c);
}

static void
what_follows_a_mark_decides(void)
{
	static const struct given c[] = {{"{\"x\":\"y\", 5:\"z\"}", "{\"x\":\"y\",\"5\":\"z\"}"}, {"{\"x\":\"at \"noon\", 12:30 or so\"}", "{\"x\":\"at \\\"noon\\\", 12:30 or so\"}"},
	    {"{\"x\":\"y...\"\"z\":1}", "{\"x\":\"y...\",\"z\":1}"}, {"{\"x\":\"y\"\"z\"}", "IMP_PARSE"}};

	HOLD(c);
}

static void
texts_keep_their_bytes(void)
{
	static const struct given c[] = {{"['x']", "[\"x\"]"}, {"['it's']", "[\"it's\"]"}, {"['say \"x\"']", "[\"say \\\"x\\\"\"]"}, {"['see `x`']", "[\"see `x`\"]"},
	    {"[\xe2\x80\x9cx\xe2\x80\x9d]", "[\"x\"]"}, {"{\"x\":\"y\xe2\x80\x9d,\"z\":1}", "{\"x\":\"y\",\"z\":1}"}, {"[\"\xe2\x80\x9cx\xe2\x80\x9d\",]", "[\"\xe2\x80\x9cx\xe2\x80\x9d\"]"},
	    {"[\"\\d+\\.\"]", "[\"\\\\d+\\\\.\"]"}, {"[\"C:\\Users\\x\"]", "[\"C:\\\\Users\\\\x\"]"}, {"[\"C:\\Users\\new\"]", "IMP_PARSE"}, {"[\"it\\'s\"]", "[\"it's\"]"},
	    {"[\"x\ny\tz\"]", "[\"x\\ny\\tz\"]"}, {"[\"\\u12\"]", "[\"\\\\u12\"]"}, {"[\"\\ud83d\\ude00\",]", "[\"😀\"]"}, {"[\"\\ud83d\",]", "IMP_PARSE"},
	    {"{\"x\":\"a \"b\" c\"}", "{\"x\":\"a \\\"b\\\" c\"}"}, {"{\"x\":\"a \"b\", c\"}", "{\"x\":\"a \\\"b\\\", c\"}"}, {"{\"x\":\"a \"b\"\",\"y\":1}", "{\"x\":\"a \\\"b\\\"\",\"y\":1}"},
	    {"{\"x\":\"6\" pipe\",\"y\":1}", "~{\"x\":\"6\\\" pipe\",\"y\":1}"}, {"[\"<a href=\"x\" alt=\"\">\"]", "[\"<a href=\\\"x\\\" alt=\\\"\\\">\"]"},
	    {"[\"a\" + 'b']", "[\"ab\"]"}, {"[\"\"\"a \"b\" c\"\"\"]", "[\"a \\\"b\\\" c\"]"}, {"[u'x']", "[\"x\"]"},
	    {"[\"a,\"b\"]", "IMP_PARSE"}, {"[\"a\"\"b\"]", "IMP_PARSE"}, {"{\"x\":\"a\" \"b\"}", "IMP_PARSE"}, {"{\"x\":\"a\": 1}", "IMP_PARSE"}};

	HOLD(c);
}

static void
a_text_that_was_cut_off_says_so(void)
{
	static const struct given c[] = {{"{\"x\":1,\"y\":[2,3", "~{\"x\":1,\"y\":[2,3]}"}, {"{\"x\":\"ab", "~{\"x\":\"ab\"}"}, {"{\"x\":1,\"y\":", "~{\"x\":1}"}, {"{\"x\":1,\"y\"", "~{\"x\":1}"},
	    {"{\"x\":1,\"y", "~{\"x\":1}"}, {"{\"x\":1,\"y\":tr", "~{\"x\":1}"}, {"{\"x\":1,\"y\":-", "~{\"x\":1}"}, {"{\"x\":2.", "~{\"x\":2}"}, {"{\"x\":2e+", "~{\"x\":2}"}, {"{\"x\":\"a\\", "~{\"x\":\"a\"}"},
	    {"{\"x\":\"a\\u00", "~{\"x\":\"a\"}"}, {"{\"x\":\"a\\ud83d\\u", "~{\"x\":\"a\"}"}, {"[", "~[]"}, {"{\"x\":\"12:20}", "~{\"x\":\"12:20\"}"}, {"[[\"x [1]", "~[[\"x [1]\"]]"}, {"[\"a\n]\n", "~[\"a\"]"},
	    {"{\"x\":{\"y\":1}", "~{\"x\":{\"y\":1}}"}, {"[{\"x\":1]", "~[{\"x\":1}]"}, {"{\"x\":[1}", "~{\"x\":[1]}"}, {"[{\"x\":1{\"x\":2}]", "~[{\"x\":1},{\"x\":2}]"},
	    {"{\"x\":[\"y]}", "~{\"x\":[\"y\"]}"}, {"[{\"x\":\"y}]", "~[{\"x\":\"y\"}]"}, {"{\"x\":[\"f(y[0])]}", "~{\"x\":[\"f(y[0])\"]}"}, {"[{\"x\":\"y]", "~[{\"x\":\"y\"}]"}, {"{\"x\":{\"y\":\"{z}}", "~{\"x\":{\"y\":\"{z}\"}}"},
	    {"{\"x\":\"y} z", "IMP_PARSE"}, {"[1, # 2\"\n3]", "~[1,3]"}, {"```json\n{\"x\":\"ab\n```", "~{\"x\":\"ab\"}"}, {"```json\n{\"x\":1,\n```\n", "~{\"x\":1}"}, {"{\"x\":", "IMP_PARSE"}, {"{\"x\":1,\"x", "IMP_DUPKEY"}, {"\"abc", "IMP_PARSE"}};

	HOLD(c);
}

static void
two_readings_are_refused(void)
{
	static const struct given c[] = {{"", "IMP_PARSE"}, {"No.", "IMP_PARSE"}, {"{\"x\":1} or {\"x\":2}", "IMP_PARSE"}, {"{\"x\":1}{\"y\":2}", "IMP_PARSE"}, {"{\"x\":1}y", "IMP_PARSE"},
	    {"void f() {}", "IMP_PARSE"}, {"there is no [] here", "IMP_PARSE"}, {"f() {} and g() {}", "IMP_PARSE"}, {"{\"x\":{\"y\":1 # one }, \"z\":2 }}", "IMP_PARSE"},
	    {"\"x\": {\"y\":1}", "IMP_PARSE"}, {"{\"x\":1}, \"y\":2}", "IMP_PARSE"}, {"<think>{\"x\":1}", "IMP_PARSE"}, {"{:2}", "IMP_PARSE"}, {"{\"x\" ]", "IMP_PARSE"}, {"{'x','y'}", "IMP_PARSE"},
	    {"{\"x\":[1},{\"y\":2]}", "IMP_PARSE"}, {"[\"x\":1]", "IMP_PARSE"}, {"{'x':1,\"\\u0078\":2}", "IMP_DUPKEY"}, {"\xff{}", "IMP_PARSE"}, {"```x\n{\"a\":0}\n```\n```x\n{\"a\":1}\n```", "IMP_PARSE"}};

	HOLD(c);
}

static void
refusals_name_their_place(void)
{
	static const char text[] = "{\n  'x': [1, {y: 2, 'y': 3}]}";
	struct imp_diags d;
	struct repaired out;

	imp_diags_init(&d, a);
	CHECK(!repair_parse(a, text, strlen(text), NULL, &out, &d));
	CHECK_INT(d.n, 1);
	CHECK_STR(imp_code_name(d.at[0].code), "IMP_DUPKEY");
	CHECK_STR(d.at[0].pointer, "/x/1/y");
	CHECK_INT(d.at[0].line, 2);
	CHECK_INT(d.at[0].column, 24);
}

static void
depth_is_bounded(void)
{
	struct imp_diags d;
	struct repaired out;
	struct repair_options opt = {.depth_max = 10};
	char *s = arena_alloc(a, 1000001);

	memset(s, '[', 1000000);
	imp_diags_init(&d, a);
	CHECK(!repair_parse(a, s, 1000000, NULL, &out, &d));
	CHECK_INT(d.at[0].code, IMP_DEPTH);
	imp_diags_init(&d, a);
	CHECK(repair_parse(a, s, 10, &opt, &out, &d));
	CHECK(!repair_parse(a, s, 11, &opt, &out, &d));
}

static void
strict_reading_mends_nothing(void)
{
	static const struct { const char *s; bool ok; } c[] = {{"{\"x\":[1,-0.5e+3,null,true]}", true}, {" \"\\u0000\" ", true}, {"{\"x\":1,}", false}, {"[01]", false}, {"['x']", false},
	    {"\xef\xbb\xbf{}", false}, {"", false}, {"[1]x", false}, {"[\"\t\"]", false}, {"[NaN]", false}, {"{\"x\":1,\"x\":2}", true}, {"{\"x\":1,\"x\":2,}", false}, {"[\"\\x\"]", false}};
	struct repair_options opt = {.is_strict = true, .allow_duplicates = true};

	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct imp_diags d;
		struct repaired out;
		imp_diags_init(&d, a);
		CHECK(repair_parse(a, c[i].s, strlen(c[i].s), &opt, &out, &d) == c[i].ok);
		CHECK((d.n == 0) == c[i].ok);
		if (c[i].ok && strstr(c[i].s, "2}")) {
			CHECK_STR(json_of(out.value), "{\"x\":2}");
			CHECK_STR(out.repairs[0].code, "FIX_DUPLICATE");
			opt.allow_duplicates = false;
			CHECK(!repair_parse(a, c[i].s, strlen(c[i].s), &opt, &out, &d));
			CHECK_INT(d.at[0].code, IMP_DUPKEY);
			opt.allow_duplicates = true;
		}
	}
}

static void
the_answer_is_json(void)
{
	struct buf b;

	buf_init(&b, a);
	CHECK(repair_json(a, "{x:1.50}", 8, NULL, &b));
	CHECK_STR(b.p, "{\"value\":{\"x\":1.50},\"complete\":true,\"repairs\":[{\"code\":\"FIX_KEY\",\"offset\":1,\"bytes\":1,"
		       "\"note\":\"a member name without quotation marks\"}]}");
	buf_clear(&b);
	CHECK(!repair_json(a, "[1\n,,2]", 7, NULL, &b));
	CHECK_STR(b.p, "{\"ok\":false,\"diagnostics\":[{\"code\":\"IMP_PARSE\",\"pointer\":\"/1\",\"message\":"
		       "\"line 2, column 2: two commas: is an element missing here?\",\"line\":2,\"column\":2}]}");
}

/* --- laws over made-up documents ------------------------------------------------------------------------ */

enum form { STRICT, SINGLE, BARE, COMMENTED, TRAILING, SPACED, FORM__COUNT };

static void
put_text(struct buf *b, enum form how, const char *s)
{
	struct jw w;

	if (how == SINGLE && !strpbrk(s, "'\\\n")) {
		buf_printf(b, "'%s'", s);
		return;
	}
	jw_init(&w, b);
	jw_str(&w, NULL, s);
}

static void
put_value(struct buf *b, enum form how, unsigned depth)
{
	static const char *const texts[] = {"", "a", "x, y", "he said \"no\", then left", "[1, 2]", "{\"k\":1}", "http://x.y/z", "C:\\dir", "it's", "// no", "```", "é😀", "a\nb",
	    "# x", "1", "true", "...", ":", ",", "\xe2\x80\x9cq\xe2\x80\x9d", "</think>", "/* */"};
	static const char *const scalars[] = {"null", "true", "false", "0", "-1.50", "1e5", "12345678901234567890"};
	unsigned pick = depth > 3 ? dice(2) : dice(4), n = dice(4);
	const char *tail = how == TRAILING ? "," : how == COMMENTED ? " // x\n" : how == SPACED ? "\xc2\xa0" : "";

	if (pick == 0) {
		put_text(b, how, texts[dice(sizeof texts / sizeof texts[0])]);
	} else if (pick == 1) {
		buf_str(b, scalars[dice(sizeof scalars / sizeof scalars[0])]);
	} else {
		buf_str(b, pick == 2 ? "{" : "[");
		for (unsigned i = 0; i < n; i++) {
			if (pick == 2 && how == BARE)
				buf_printf(b, "k%u: ", i);
			else if (pick == 2)
				put_text(b, how, arena_printf(a, dice(8) ? "k%u" : "a key, %u", i));
			if (pick == 2 && how != BARE)
				buf_str(b, how == COMMENTED ? /* a comment between */ " /* x */ : " : ":");
			put_value(b, how, depth + 1);
			buf_str(b, i + 1 < n ? how == SPACED ? " , " : "," : tail);
		}
		buf_str(b, pick == 2 ? "}" : "]");
	}
}

static char *
document(enum form how, unsigned from, size_t *n)
{
	struct buf b;

	seed = from;
	buf_init(&b, a);
	buf_str(&b, how == BARE ? "{r: [" : "{\"r\":[");
	for (int i = 0; i < 4; i++) {
		put_value(&b, how, 0);
		buf_str(&b, i < 3 ? "," : "");
	}
	buf_str(&b, "]}");
	*n = b.len;
	return buf_take(&b);
}

static void
strict_documents_come_back_as_they_are(void)
{
	for (unsigned i = 0; i < 2000; i++) {
		struct repaired out;
		struct err err;
		struct jx *v;
		size_t n;
		char *s = document(STRICT, i, &n);
		CHECK_INT(jx_parse(a, s, n, NULL, &v, &err), 0);
		CHECK_STR(read_n(s, n, &out), json_of(v));
		CHECK_INT(out.n_repairs, 0);
	}
}

static void
damaged_documents_come_back_whole(void)
{
	for (enum form how = SINGLE; how < FORM__COUNT; how++)
		for (unsigned i = 0; i < 1000; i++) {
			struct repaired out;
			struct jx *v;
			struct err err;
			size_t n, k;
			char *s = document(how, i, &n), *plain = document(STRICT, i, &k);
			if (jx_parse(a, plain, k, NULL, &v, &err) < 0)
				continue;
			if (how == BARE) { /* names differ where a key had a comma */
				CHECK(strncmp(read_n(s, n, &out), "IMP_", 4) != 0 && out.is_complete);
				continue;
			}
			CHECK_STR(read_n(s, n, &out), json_of(v));
			if (tap_fails_here) {
				printf("# from %s\n", s);
				return;
			}
		}
}

static bool
is_part(const struct jx *part, const struct jx *whole)
{
	if (part->type != whole->type)
		return false;
	switch (part->type) {
	case JX_NULL: return true;
	case JX_BOOL: return part->u.boolean == whole->u.boolean;
	case JX_NUMBER:
	case JX_STRING:
		return part->u.text.n <= whole->u.text.n && memcmp(part->u.text.p, whole->u.text.p, part->u.text.n) == 0;
	case JX_ARRAY:
		if (part->u.array.n > whole->u.array.n)
			return false;
		for (size_t i = 0; i < part->u.array.n; i++)
			if (!is_part(part->u.array.at[i], whole->u.array.at[i]))
				return false;
		return true;
	case JX_OBJECT:
		for (size_t i = 0; i < part->u.object.n; i++) {
			const struct jx *v = jx_find(whole, part->u.object.at[i].key);
			if (!v || !is_part(part->u.object.at[i].value, v))
				return false;
		}
		return true;
	case JX__COUNT: break;
	}
	return false;
}

static void
every_beginning_is_refused_or_said_to_be_one(void)
{
	unsigned n_read = 0;

	for (unsigned i = 0; i < 150; i++) {
		struct err err;
		struct jx *v;
		size_t n;
		char *s = document(STRICT, i, &n);
		CHECK_INT(jx_parse(a, s, n, NULL, &v, &err), 0);
		for (size_t k = 0; k < n; k++) {
			char *cut = arena_dup(a, s, k); /* its own block, so that ASan sees a step too far */
			struct repaired out;
			struct imp_diags d;
			imp_diags_init(&d, a);
			if (!repair_parse(a, cut, k, NULL, &out, &d))
				continue;
			n_read++;
			CHECK(!out.is_complete);
			CHECK(is_part(out.value, v));
			if (tap_fails_here) {
				printf("# from %s to %s\n", cut, json_of(out.value));
				return;
			}
		}
	}
	CHECK(n_read > 1000);
}

/* --- the given cases ------------------------------------------------------------------------------------- */

static bool
same(const struct jx *x, const struct jx *y)
{
	if (x->type == JX_NUMBER && y->type == JX_NUMBER)
		return jx_double(x, 0) <= jx_double(y, 1) && jx_double(x, 1) >= jx_double(y, 0);
	if (x->type != y->type || jx_size(x) != jx_size(y))
		return false;
	if (x->type == JX_ARRAY) {
		for (size_t i = 0; i < x->u.array.n; i++)
			if (!same(x->u.array.at[i], y->u.array.at[i]))
				return false;
		return true;
	}
	if (x->type == JX_OBJECT) {
		for (size_t i = 0; i < x->u.object.n; i++) {
			const struct jx *v = jx_find(y, x->u.object.at[i].key);
			if (!v || !same(x->u.object.at[i].value, v))
				return false;
		}
		return true;
	}
	return strcmp(json_of(x), json_of(y)) == 0;
}

static void
check_given(const struct jx *c)
{
	const struct jx *input = jx_find(c, "input"), *value = jx_find(c, "value"), *values = jx_find(c, "values");
	const char *expect = jx_str(jx_find(c, "expect"), ""), *id = jx_str(jx_find(c, "id"), "");
	struct imp_diags d;
	struct repaired out;
	bool ok, good = true;

	imp_diags_init(&d, a);
	ok = repair_parse(a, input->u.text.p, input->u.text.n, NULL, &out, &d);
	if (strcmp(expect, "refuse") == 0) {
		good = !ok && d.n > 0;
	} else if (strcmp(expect, "either") == 0 && ok) {
		good = false;
		for (size_t i = 0; i < jx_size(values); i++)
			good = good || same(out.value, jx_at(values, i));
	} else if (strcmp(expect, "recover") == 0) {
		good = ok && same(out.value, value) && out.is_complete == !jx_bool(jx_find(c, "truncated"), false) &&
		    (out.n_repairs == 0) == jx_bool(jx_find(c, "clean"), false);
	}
	if (!good)
		printf("# %s: %s\n", id, input->u.text.p);
	CHECK(good);
}

static void
given_cases_hold(void)
{
	static const struct jx_options opt = {.depth_max = 600, .allow_nul = true};
	char path[512], chunk[4096], *line, *next;
	FILE *f = fopen(shared_path("data/serializer/repair.jsonl", path, sizeof path), "re");
	struct buf b;
	size_t n;

	buf_init(&b, a);
	while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(&b, chunk, n);
	CHECK(f && fclose(f) == 0);
	for (line = b.p; line && *line; line = next) {
		struct jx *c;
		struct err err;
		next = strchr(line, '\n');
		n = next ? (size_t)(next++ - line) : strlen(line);
		CHECK_INT(jx_parse(a, line, n, &opt, &c, &err), 0);
		check_given(c);
	}
}

int
main(void)
{
	char path[512];

	a = arena_new((size_t)4 << 30);
	RUN(what_stands_around_the_value_is_passed_over);
	RUN(punctuation_is_mended);
	RUN(words_and_numbers_are_read_without_guessing);
	RUN(slips_are_not_texts);
	RUN(a_mark_inside_pairs_with_the_next);
	RUN(what_follows_a_mark_decides);
	RUN(texts_keep_their_bytes);
	RUN(a_text_that_was_cut_off_says_so);
	RUN(two_readings_are_refused);
	RUN(refusals_name_their_place);
	RUN(depth_is_bounded);
	RUN(strict_reading_mends_nothing);
	RUN(the_answer_is_json);
	RUN(strict_documents_come_back_as_they_are);
	RUN(damaged_documents_come_back_whole);
	RUN(every_beginning_is_refused_or_said_to_be_one);
	if (shared_path("data/serializer/repair.jsonl", path, sizeof path))
		RUN(given_cases_hold);
	else
		SKIP(given_cases_hold, "../shared is not here");
	arena_free(a);
	return tap_done();
}
