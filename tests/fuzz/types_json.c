/* SPDX-License-Identifier: Apache-2.0 */
/* The streaming JSON scanner against the tree reader: the same verdict on any bytes, in any pieces.
 */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "types/jscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct json_stream {
	const char *p;
	size_t n;
	size_t piece;
};

static ssize_t
read_json_stream(void *arg, void *to, size_t n, struct err *err)
{
	struct json_stream *s = arg;
	size_t take = s->n < s->piece ? s->n : s->piece;

	(void)err;
	if (take > n)
		take = n;
	memcpy(to, s->p, take);
	s->p += take;
	s->n -= take;
	return (ssize_t)take;
}

static bool
json_is_sound(struct arena *a, const char *p, size_t n, size_t piece, struct fault *fault)
{
	struct json_stream s = {p, n, piece};
	struct jscan *j = jscan_new(a, read_json_stream, &s);
	struct jscan_token token;
	struct err err;
	enum jscan_type t;

	do {
		uint64_t line, column;
		t = jscan_next(j, &token, &err);
		if (t < JSCAN_END && token.offset % 3 == 0)
			jscan_place(j, &line, &column);
	} while (t < JSCAN_END);
	INVARIANT(t != JSCAN_ERR);
	*fault = *jscan_fault(j);
	return t == JSCAN_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	const char *p = (const char *)data;
	struct fault f, g;
	struct jx *v;
	struct err err;
	bool is_whole, is_pieces, is_tree;

	if (n > 0) {
		is_whole = json_is_sound(a, p + 1, n - 1, SIZE_MAX, &f);
		is_pieces = json_is_sound(a, p + 1, n - 1, data[0] % 9 + 1u, &g);
		is_tree = jx_parse(a, p + 1, n - 1, NULL, &v, &err) == 0;
		INVARIANT(is_whole == is_pieces);
		INVARIANT(is_whole == is_tree);
		INVARIANT(strcmp(f.message, g.message) == 0);
		INVARIANT(f.offset == g.offset);
	}
	arena_free(a);
	return 0;
}
