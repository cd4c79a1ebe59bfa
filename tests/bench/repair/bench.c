/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast is tolerant reading, by kind of damage, and does it stay linear? Prints a line for each kind:
 * megabytes, MB/s (best of several runs, CPU time) and how the time grows when the text doubles.
 *     bench [FILE.json]      without a file: a made-up API description of about 0.7 MB
 *     bench --write DIR [FILE.json]      writes the damaged texts there, for other programs to read
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diag.h"
#include "imprint/repair.h"

enum damage { CLEAN, FENCED, SINGLE_QUOTES, BARE_KEYS, COMMENTS, TRAILING_COMMAS, TRUNCATED, DAMAGE__COUNT };
static const char *const names[DAMAGE__COUNT] = {
    "clean", "fenced", "single quotes", "bare keys", "comments", "trailing commas", "truncated"};

static void
line(struct buf *b, enum damage how, unsigned depth)
{
	if (how == COMMENTS)
		buf_str(b, depth % 2 ? " // a note" : " /* a note */");
	buf_char(b, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_str(b, "  ");
}

static void
text(struct buf *b, enum damage how, const char *s, size_t n)
{
	if (how != SINGLE_QUOTES || memchr(s, '\'', n)) {
		struct jw w;
		jw_init(&w, b);
		jw_strn(&w, NULL, s, n);
		return;
	}
	buf_char(b, '\'');
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\n')
			buf_str(b, "\\n");
		else if (s[i] == '\t')
			buf_str(b, "\\t");
		else if (s[i] == '\\')
			buf_str(b, "\\\\");
		else
			buf_char(b, s[i]);
	buf_char(b, '\'');
}

static bool
is_plain_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_' ||
		    (i && s[i] >= '0' && s[i] <= '9')))
			return false;
	return n > 0;
}

/* The documents are ours and shallow. */
static void
write_value(struct buf *b, enum damage how, const struct jx *v, unsigned depth)
{
	size_t n = jx_size(v);
	bool is_object = v->type == JX_OBJECT;

	if (v->type == JX_STRING) {
		text(b, how, v->u.text.p, v->u.text.n);
	} else if (!is_object && v->type != JX_ARRAY) {
		struct jw w;
		jw_init(&w, b);
		jw_value(&w, NULL, v);
	} else {
		buf_char(b, is_object ? '{' : '[');
		for (size_t i = 0; i < n; i++) {
			const struct jx_member *m = is_object ? &v->u.object.at[i] : NULL;
			line(b, how, depth + 1);
			if (m && how == BARE_KEYS && is_plain_name(m->key, m->key_bytes))
				buf_add(b, m->key, m->key_bytes);
			else if (m)
				text(b, how, m->key, m->key_bytes);
			if (m)
				buf_str(b, ": ");
			write_value(b, how, m ? m->value : v->u.array.at[i], depth + 1);
			if (i + 1 < n || how == TRAILING_COMMAS)
				buf_char(b, ',');
		}
		if (n)
			line(b, how, depth);
		buf_char(b, is_object ? '}' : ']');
	}
}

static void
damage(struct buf *b, enum damage how, const struct jx *v)
{
	if (how == FENCED)
		buf_str(b, "Here is the document that you asked for:\n\n```json\n");
	write_value(b, how, v, 0);
	if (how == FENCED)
		buf_str(b, "\n```\nTell me if it should be shorter.\n");
	if (how == TRUNCATED)
		b->len -= b->len / 50;
}

/* An API description out of thin air. */
static struct jx *
made_up(struct arena *a, size_t bytes)
{
	struct buf b;
	struct jx *v;
	struct err err;

	buf_init(&b, a);
	buf_str(&b, "{\"openapi\":\"3.0.0\",\"paths\":{");
	for (unsigned i = 0; b.len < bytes * 55 / 100; i++)
		buf_printf(&b, "%s\"/v1/things/%u/{id}\":{\"get\":{\"operationId\":\"getThing%u\",\"deprecated\":%s,"
		    "\"description\":\"Reads one thing: its name, owner and size.\\nSee \\\"things\\\", and https://example.org/%u.\","
		    "\"parameters\":[{\"in\":\"path\",\"name\":\"id\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":%u}},"
		    "{\"in\":\"query\",\"name\":\"limit\",\"schema\":{\"type\":\"integer\",\"default\":10,\"maximum\":100.5}}]}}",
		    i ? "," : "", i, i, i % 3 ? "false" : "true", i, i);
	buf_str(&b, "}}");
	if (jx_parse(a, b.p, b.len, NULL, &v, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return v;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
best_ms(const char *s, size_t n, bool want_complete)
{
	double best = 1e9;

	for (int i = 0; i < 7; i++) {
		struct arena *a = arena_new(0);
		struct imp_diags d;
		struct repaired out;
		double t = now_ms();
		imp_diags_init(&d, a);
		if (!repair_parse(a, s, n, NULL, &out, &d)) {
			fprintf(stderr, "refused: %s\n", d.at[0].message);
			exit(1);
		}
		t = now_ms() - t;
		if (out.is_complete != want_complete) {
			fprintf(stderr, "complete is %d\n", out.is_complete);
			exit(1);
		}
		arena_free(a);
		best = t < best ? t : best;
	}
	return best;
}

int
main(int argc, char **argv)
{
	const char *dir = argc >= 3 && strcmp(argv[1], "--write") == 0 ? argv[2] : NULL;
	const char *file = dir ? argv[3] : argv[1];
	struct arena *a = arena_new(0);
	struct jx *v, *pair[2];
	struct jx two = {.type = JX_ARRAY, .line = 1, .column = 1};
	struct err err;
	int rc = 0;

	if (file && jx_load(a, file, NULL, &v, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	if (!file)
		v = made_up(a, 700000);
	pair[0] = pair[1] = v;
	two.u.array.at = pair;
	two.u.array.n = 2;
	for (enum damage how = CLEAN; how < DAMAGE__COUNT; how++) {
		struct buf b, b2;
		double t, t2;
		buf_init(&b, a);
		buf_init(&b2, a);
		damage(&b, how, v);
		damage(&b2, how, &two);
		if (dir) {
			FILE *f = fopen(arena_printf(a, "%s/%s.txt", dir, names[how]), "we");
			if (!f || fwrite(b.p, 1, b.len, f) != b.len || fclose(f) != 0)
				return 1;
			continue;
		}
		t = best_ms(b.p, b.len, how != TRUNCATED);
		t2 = best_ms(b2.p, b2.len, how != TRUNCATED);
		printf("%-16s %5.2f MB %7.1f MB/s  T(2n)/T(n) %.2f\n", names[how], (double)b.len / 1e6,
		    (double)b.len / t / 1e3, t2 / t * (double)b.len * 2 / (double)b2.len);
		if ((double)b.len / t / 1e3 < 50)
			rc = 1;
	}
	arena_free(a);
	return rc;
}
