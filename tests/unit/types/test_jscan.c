/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "tap.h"
#include "types/jscan.h"

static struct arena *a;
static struct err err;

struct stream {
	const char *p;
	size_t n;
	size_t piece;
};

static ssize_t
read_stream(void *arg, void *to, size_t n, struct err *e)
{
	struct stream *s = arg;
	size_t take = s->n < s->piece ? s->n : s->piece;

	(void)e;
	if (take > n)
		take = n;
	memcpy(to, s->p, take);
	s->p += take;
	s->n -= take;
	return (ssize_t)take;
}

/* The tokens as text: {k:"a" n:1 ...; ended by "end" or the fault. */
static const char *
scan_all(const char *text, size_t n, size_t piece)
{
	static const char *const marks[] = {
	    "{", "}", "[", "]", "k:", "s:", "n:", "true", "false", "null", "end", "fault: "};
	struct arena *own = arena_new(0);
	struct stream s = {text, n, piece};
	struct jscan *j = jscan_new(own, read_stream, &s);
	struct jscan_token token;
	enum jscan_type t;
	struct buf b;

	buf_init(&b, a);
	do {
		t = jscan_next(j, &token, &err);
		buf_printf(&b, "%s%s", b.len ? " " : "", marks[t]);
		if (t == JSCAN_KEY || t == JSCAN_STRING || t == JSCAN_NUMBER)
			buf_add(&b, token.p, token.n);
	} while (t < JSCAN_END);
	if (t == JSCAN_FAULT)
		buf_str(&b, jscan_fault(j)->message);
	arena_free(own);
	return buf_take(&b);
}
#define SCAN(text) scan_all(text, sizeof(text) - 1, 65536)

static void
tokens_come_in_order(void)
{
	const char text[] = " {\"a\" : [1, -2.5e+3 , true,false,null, \"x\"],\n \"\": {} } ";
	const char *want = "{ k:a [ n:1 n:-2.5e+3 true false null s:x ] k: { } } end";

	for (size_t piece = 1; piece < 20; piece++)
		CHECK_STR(scan_all(text, sizeof text - 1, piece), want);
	CHECK_STR(SCAN("17"), "n:17 end");
	CHECK_STR(SCAN("\"\""), "s: end");
	CHECK_STR(SCAN("[]"), "[ ] end");
}

static void
strings_are_decoded(void)
{
	const char text[] =
	    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u00e9\\u20ac\\ud83d\\ude00\",\"plain é\"]";

	for (size_t piece = 1; piece < 14; piece++)
		CHECK_STR(scan_all(text, sizeof text - 1, piece),
		    "[ s:\"\\/\b\f\n\r\t s:é€😀 s:plain é ] end");
}

struct bad {
	const char *text;
	size_t n;
	const char *message;
};
#define BAD(text, message)                                                                         \
	{                                                                                          \
		text, sizeof(text) - 1, message                                                    \
	}

static void
what_is_wrong_is_said_with_line_and_column(void)
{
	static const struct bad cases[] = {
	    BAD("", "line 1, column 1: expected a JSON value, found the end of the file"),
	    BAD("[1,]", "line 1, column 4: expected a JSON value, found ']'"),
	    BAD("[1\n 2]", "line 2, column 2: expected ',' or ']', found '2'"),
	    BAD("{\"a\":1,}", "line 1, column 8: expected a key in quotes, found '}'"),
	    BAD("{a:1}", "line 1, column 2: expected a key in quotes or '}', found 'a'"),
	    BAD("{\"a\" 1}", "line 1, column 6: expected ':' behind the key, found '1'"),
	    BAD("{\"a\":1 \"b\"", "line 1, column 8: expected ',' or '}', found '\"'"),
	    BAD("{\"é\":1,\n\"b\":2,\"é\":3}",
		"line 2, column 7: the key 'é' stands twice in one object"),
	    BAD("[\"a\nb\"]",
		"line 1, column 4: a control character (byte 0x0a) inside a string; write it as an escape"),
	    BAD("[\"ab", "line 1, column 2: the string that begins here has no closing quote"),
	    BAD("[\"\\x\"]",
		"line 1, column 4: expected one of \" \\ / b f n r t u behind a backslash, found 'x'"),
	    BAD("[\"\\u12g4\"]", "line 1, column 4: expected four hex digits behind \\u"),
	    BAD("[\"\\u12\"]", "line 1, column 4: expected four hex digits behind \\u"),
	    BAD("[\"\\ud800x\"]", "line 1, column 4: expected a whole surrogate pair"),
	    BAD("[\"\\udc00\"]", "line 1, column 4: expected a whole surrogate pair"),
	    BAD("[\"\\u0000\"]",
		"line 1, column 4: a NUL character (\\u0000) cannot stand in text"),
	    BAD("[\"é\xff\"]", "line 1, column 4: byte 0xFF is not UTF-8; save the file as UTF-8"),
	    BAD("[01]", "line 1, column 3: a digit behind a leading zero"),
	    BAD("[-]", "line 1, column 3: expected a digit, found ']'"),
	    BAD("[1.]", "line 1, column 4: expected a digit behind the decimal point, found ']'"),
	    BAD("[1e+]", "line 1, column 5: expected a digit in the exponent, found ']'"),
	    BAD("[1+2]", "line 1, column 3: expected ',' or ']', found '+'"),
	    BAD("[.5]", "line 1, column 2: expected a JSON value or ']', found '.'"),
	    BAD("[truE]", "line 1, column 2: expected a JSON value or ']', found 't'"),
	    BAD("1 2", "line 1, column 3: expected nothing behind the value, found '2'"),
	    BAD("[]\0", "line 1, column 3: expected nothing behind the value, found byte 0x00"),
	    BAD("\xef\xbb\xbf{}",
		"line 1, column 1: the file begins with a byte order mark, which JSON does not allow; save it as UTF-8 "
		"without one"),
	    BAD("[nan]", "line 1, column 2: expected a JSON value or ']', found 'n'"),
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t piece = 1; piece < 8; piece += 3) {
			const char *got =
			    strstr(scan_all(cases[i].text, cases[i].n, piece), "fault: ");
			CHECK_STR(got ? got + 7 : "no fault", cases[i].message);
		}
}

static void
nesting_is_bounded(void)
{
	struct buf b;

	buf_init(&b, a);
	for (int i = 0; i < 128; i++)
		buf_char(&b, '[');
	for (int i = 0; i < 128; i++)
		buf_char(&b, ']');
	CHECK(strstr(scan_all(b.p, b.len, 9999), "fault") == NULL);
	buf_clear(&b);
	for (int i = 0; i < 129; i++)
		buf_char(&b, '[');
	CHECK(strstr(scan_all(b.p, b.len, 9999),
		  "fault: line 1, column 129: nested deeper than 128 levels") != NULL);
}

static void
keys_are_told_apart_per_object_in_large_numbers(void)
{
	struct buf b;
	const char *got;

	buf_init(&b, a);
	buf_char(&b, '[');
	for (int o = 0; o < 3; o++) {
		buf_str(&b, o ? ",{" : "{");
		for (int i = 0; i < 5000; i++)
			buf_printf(&b, "%s\"k%d\":{\"x\":0,\"y\":{\"x\":1}}", i ? "," : "", i);
		buf_char(&b, '}');
	}
	buf_char(&b, ']');
	got = scan_all(b.p, b.len, 65536);
	CHECK_STR(got + strlen(got) - 3, "end");
	b.len -= 2;
	buf_str(&b, ",\"k17\":1}]");
	got = scan_all(b.p, b.len, 65536);
	CHECK(strstr(got, "the key 'k17' stands twice in one object") != NULL);
}

static void
giant_tokens_are_refused_not_swallowed(void)
{
	struct arena *own = arena_new(0);
	size_t n = JSCAN_TOKEN_BYTES_MAX + 300000;
	char *text = arena_alloc(own, n + 2);

	memset(text, 'x', n);
	text[0] = '"';
	CHECK_STR(scan_all(text, n, 65536),
	    "fault: line 1, column 1: a string longer than 8 MiB; that is the limit");
	memset(text, '7', n);
	CHECK_STR(scan_all(text, n, 65536),
	    "fault: line 1, column 1: a number longer than 8 MiB; that is the limit");
	arena_free(own);
}

/* ---- the same verdict as the tree reader, on the public cases when they are at hand ---- */

static int
base64(const char *p, size_t n, char *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned v = 0, bits = 0;
	int len = 0;

	for (size_t i = 0; i < n && p[i] != '='; i++) {
		const char *hit = strchr(digits, p[i]);
		v = v << 6 | (unsigned)(hit ? hit - digits : 0);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (char)(v >> bits & 255);
		}
	}
	return len;
}

#define CASES "../shared/data/serializer/jsonparse.jsonl"

static void
verdicts_agree_with_the_tree_reader_on_public_cases(void)
{
	char *text;
	size_t bytes;
	unsigned n = 0;

	CHECK_INT(file_load(a, CASES, 64u << 20, &text, &bytes, &err), 0);
	for (char *line = text, *end; line < text + bytes; line = end + 1) {
		struct arena *own = arena_new(0);
		const struct jx *data = NULL;
		struct jx *doc, *v;
		char *raw;
		int raw_n;
		bool is_tree, is_scan;
		end = memchr(line, '\n', (size_t)(text + bytes - line));
		end = end ? end : text + bytes;
		CHECK_INT(jx_parse(own, line, (size_t)(end - line), NULL, &doc, &err), 0);
		for (size_t i = 0; i < doc->u.object.n; i++)
			if (strstr(doc->u.object.at[i].key, "64"))
				data = doc->u.object.at[i].value;
		CHECK(jx_is(data, JX_STRING));
		raw = arena_alloc(own, data ? data->u.text.n + 3 : 1);
		raw_n = data ? base64(data->u.text.p, data->u.text.n, raw) : 0;
		is_tree = jx_parse(own, raw, (size_t)raw_n, NULL, &v, &err) == 0;
		is_scan = strstr(scan_all(raw, (size_t)raw_n, 7), "fault: ") == NULL;
		if (is_tree != is_scan) {
			printf("# %.*s: tree %d, scan %d\n",
			    (int)(end - line > 100 ? 100 : end - line), line, is_tree, is_scan);
			CHECK(!"same verdict");
		}
		n++;
		arena_free(own);
	}
	printf("# %u cases\n", n);
	CHECK(n > 100);
}

int
main(void)
{
	a = arena_new(0);
	RUN(tokens_come_in_order);
	RUN(strings_are_decoded);
	RUN(what_is_wrong_is_said_with_line_and_column);
	RUN(nesting_is_bounded);
	RUN(keys_are_told_apart_per_object_in_large_numbers);
	RUN(giant_tokens_are_refused_not_swallowed);
	if (access(CASES, R_OK) == 0)
		RUN(verdicts_agree_with_the_tree_reader_on_public_cases);
	else
		SKIP(verdicts_agree_with_the_tree_reader_on_public_cases,
		    "the public JSON cases are not here");
	arena_free(a);
	return tap_done();
}
