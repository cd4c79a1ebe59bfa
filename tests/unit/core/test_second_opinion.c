/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json-c as a second opinion: on documents within what it can hold (64-bit integers, doubles, no
 * repeated keys) both readers must understand the same value. Documents are random; the seed is printed.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "tap.h"

#define DOCUMENTS 3000

static struct arena *a;
static unsigned long long state;

static unsigned
pick(unsigned n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(state >> 33) % n;
}

static void
random_string(struct buf *b, bool is_key, unsigned index)
{
	static const char *const pieces[] = {"a", "\\n", "\\u00e9", "\xc3\xa9", "\\ud83d\\ude00", "\xf0\x9f\x98\x80", "\\\"", "\\/", "/", " ", "\\u0001", "\\\\", "Z"};

	buf_char(b, '"');
	if (is_key)
		buf_printf(b, "k%u", index); /* keys differ */
	for (unsigned n = pick(6); n > 0; n--)
		buf_str(b, pieces[pick(sizeof pieces / sizeof *pieces)]);
	buf_char(b, '"');
}

static void
random_number(struct buf *b)
{
	static const char *const edges[] = {"0", "1", "-1", "9007199254740991", "-9007199254740991", "1.5", "-0.25", "1e3", "2.5E-3", "123456.789", "1e21", "4.9e-324"};

	if (pick(2))
		buf_str(b, edges[pick(sizeof edges / sizeof *edges)]);
	else
		buf_printf(b, "%d.%u", (int)pick(100000) - 50000, pick(1000));
}

static void
random_space(struct buf *b)
{
	static const char *const spaces[] = {"", "", " ", "\n", "\t ", "\r\n"};

	buf_str(b, spaces[pick(6)]);
}

/* depth bounds the recursion */
static void
random_value(struct buf *b, unsigned depth)
{
	unsigned kind = pick(depth ? 7 : 5), n;

	random_space(b);
	switch (kind) {
	case 0: buf_str(b, "null"); break;
	case 1: buf_str(b, pick(2) ? "true" : "false"); break;
	case 2: random_number(b); break;
	case 3:
	case 4: random_string(b, false, 0); break;
	default:
		n = pick(5);
		buf_char(b, kind == 5 ? '[' : '{');
		for (unsigned i = 0; i < n; i++) {
			if (i)
				buf_char(b, ',');
			if (kind == 6) {
				random_space(b);
				random_string(b, true, i);
				buf_char(b, ':');
			}
			random_value(b, depth - 1);
		}
		random_space(b);
		buf_char(b, kind == 5 ? ']' : '}');
	}
	random_space(b);
}

static const char *
by_jsonc(const char *text)
{
	struct json_tokener *t = json_tokener_new_ex(64);
	struct json_object *o = json_tokener_parse_ex(t, text, (int)strlen(text) + 1);
	const char *out = NULL;

	if (json_tokener_get_error(t) == json_tokener_success) {
		const char *plain = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		char *canonical;
		size_t n;
		if (jw_canonical_text(a, plain, strlen(plain), &canonical, &n, NULL) == 0)
			out = canonical;
	}
	json_object_put(o);
	json_tokener_free(t);
	return out;
}

static void
both_readers_understand_the_same(void)
{
	struct err err;

	for (int i = 0; i < DOCUMENTS; i++) {
		struct buf b;
		char *ours;
		const char *theirs;
		size_t n;
		buf_init(&b, a);
		random_value(&b, 4);
		if (jw_canonical_text(a, b.p, b.len, &ours, &n, &err) < 0) {
			printf("# refused: %s: %s\n", err.msg, b.p);
			CHECK(!"accepted");
			return;
		}
		theirs = by_jsonc(b.p);
		if (!theirs || strcmp(ours, theirs) != 0) {
			printf("# %s\n# ours   %s\n# theirs %s\n", b.p, ours, theirs ? theirs : "(refused)");
			CHECK(!"equal");
			return;
		}
		arena_clear(a);
	}
}

int
main(void)
{
	const char *seed = getenv("FORGE_SEED");

	state = seed ? strtoull(seed, NULL, 10) : (unsigned long long)time(NULL);
	printf("# seed %llu\n", state);
	a = arena_new(0);
	RUN(both_readers_understand_the_same);
	arena_free(a);
	return tap_done();
}
