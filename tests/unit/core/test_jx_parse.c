/* SPDX-License-Identifier: Apache-2.0 */
/* What the fast reader must keep: depth without C stack, places, duplicate keys at every size. */
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "tap.h"

static struct arena *a;
static struct err err;

static void
depth_costs_no_stack(void)
{
	unsigned depth = 200000;
	struct jx_options opt = {.depth_max = depth};
	char *text = malloc(2 * depth + 2);
	struct jx *v;
	const struct jx *at;
	unsigned n = 0;

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	CHECK_INT(jx_parse(a, text, 2 * depth, &opt, &v, &err), 0);
	for (at = v; at; at = jx_at(at, 0))
		n++;
	CHECK_INT(n, depth);
	opt.depth_max = depth - 1;
	CHECK_INT(jx_parse(a, text, 2 * depth, &opt, &v, &err), -1);
	CHECK_STR(err.msg, "line 1, column 200000: nested deeper than 199999 levels");
	CHECK_INT(jx_parse(a, text, depth, &(struct jx_options){.depth_max = depth}, &v, &err), -1);
	CHECK(strstr(err.msg, "expected a JSON value, found the end of the text") != NULL);
	free(text);
}

static void
object_of(struct buf *b, unsigned keys, unsigned again)
{
	buf_clear(b);
	buf_char(b, '{');
	for (unsigned i = 0; i < keys; i++)
		buf_printf(b, "%s\"a key that is number %u\":%u", i ? ",\n" : "", i == keys - 1 ? again : i, i);
	buf_char(b, '}');
}

static void
duplicate_keys_are_found_in_objects_of_any_size(void)
{
	static const unsigned sizes[] = {2, 8, 9, 16, 17, 255, 256, 257, 1000, 65535, 65536, 70000};
	struct buf b;
	struct jx *v;

	buf_init(&b, a);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned n = sizes[i];
		object_of(&b, n, n - 1);
		CHECK_INT(jx_parse(a, b.p, b.len, NULL, &v, &err), 0);
		CHECK_INT(jx_size(v), n);
		CHECK_INT(jx_int(v->u.object.at[n / 2].value, -1), n / 2);
		object_of(&b, n, n / 2);
		if (n / 2 == n - 1)
			continue;
		CHECK_INT(jx_parse(a, b.p, b.len, NULL, &v, &err), -1);
		CHECK_STR(err.msg, arena_printf(a, "line %u, column %zu: the key 'a key that is number %u' stands twice in one object",
		    n, strlen(arena_printf(a, "\"a key that is number %u\":", n / 2)) + (n == 1) + 1, n / 2));
	}
	CHECK_INT(jx_parse(a, "{\"\":1,\"\":2}", 11, NULL, &v, &err), -1);
	CHECK(strstr(err.msg, "the key '' stands twice") != NULL);
	CHECK_INT(jx_parse(a, "{\"a\":1,\"\\u0061\":2}", 18, NULL, &v, &err), -1);
}

static void
strings_of_every_length_are_whole(void)
{
	struct buf b;
	struct jx *v;

	buf_init(&b, a);
	for (size_t n = 0; n < 70; n++)
		for (size_t e = 0; e <= n; e += 7) {
			buf_clear(&b);
			buf_str(&b, "[\"");
			for (size_t i = 0; i < n; i++)
				buf_str(&b, i == e ? "\\n" : "x");
			buf_str(&b, "\",7]");
			CHECK_INT(jx_parse(a, b.p, b.len, NULL, &v, &err), 0);
			CHECK_INT(v->u.array.at[0]->u.text.n, n);
			CHECK_INT(strlen(v->u.array.at[0]->u.text.p), n);
			if (n > e)
				CHECK(v->u.array.at[0]->u.text.p[e] == '\n');
			CHECK_INT(jx_int(jx_at(v, 1), 0), 7);
		}
	buf_clear(&b);
	buf_char(&b, '"');
	for (int i = 0; i < 100000; i++)
		buf_str(&b, "0123456789");
	buf_char(&b, '"');
	CHECK_INT(jx_parse(a, b.p, b.len, NULL, &v, &err), 0);
	CHECK_INT(v->u.text.n, 1000000);
}

static void
places_count_code_points(void)
{
	const char *text = "{\"\xc3\xa9\xe3\x80\x80\": [\"\xf0\x9f\x90\xb2\", 1],\r\n\t\"b\": \"\\u00e9\xc3\xa9\", \"c\": null}";
	struct jx *v;

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	CHECK_INT(jx_pointer(v, "/\xc3\xa9\xe3\x80\x80/1")->column, 14);
	CHECK_INT(jx_pointer(v, "/\xc3\xa9\xe3\x80\x80/1")->line, 1);
	CHECK_INT(jx_find(v, "b")->line, 2);
	CHECK_INT(jx_find(v, "b")->column, 7);
	CHECK_INT(jx_find(v, "c")->column, 23);
	CHECK_STR(text + jx_find(v, "c")->offset, "null}");
}

int
main(void)
{
	a = arena_new(0);
	RUN(depth_costs_no_stack);
	RUN(duplicate_keys_are_found_in_objects_of_any_size);
	RUN(strings_of_every_length_are_whole);
	RUN(places_count_code_points);
	arena_free(a);
	return tap_done();
}
