/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_IMPRINT_DECODED_H
#define TESTS_IMPRINT_DECODED_H
/* Decode a filled text against a schema text, for tests of the decoder. */
#include <stdbool.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/decode.h"
#include "imprint/shape.h"
#include "schema/registry.h"
#include "schema/validate.h"
#include "tap.h"

struct bench {
	struct arena *a;
	struct registry *reg;
	struct shapes *s;
	struct shape *root;
	struct sloc at;
	struct imp_diags d;
	const struct jx *filled, *payload;
	int rc;
};

static inline struct jx *
bench_parse(struct arena *a, const char *text)
{
	static const struct jx_options opt = {.depth_max = 2000};
	struct err err = {0};
	struct jx *v = NULL;

	if (jx_parse(a, text, strlen(text), &opt, &v, &err) < 0) {
		printf("# %s: %.200s\n", err.msg, text);
		return NULL;
	}
	return v;
}

static inline bool
bench_open_value(struct bench *b, struct arena *a, const struct jx *schema, enum direction direction)
{
	struct shapes_options opt = {.direction = direction, .formats = true};
	struct err err = {0};

	*b = (struct bench){.a = a, .reg = registry_new(a, NULL)};
	imp_diags_init(&b->d, a);
	if (registry_add(b->reg, schema, NULL, DIALECT_AUTO, &b->at, &err) < 0)
		return false;
	b->s = shapes_new(b->reg, &opt);
	return shape_of(b->s, &b->at, 1, &b->root, &b->d) == 0 && shape_check(b->s, b->root) == SAT_YES;
}

static inline bool
bench_open(struct bench *b, struct arena *a, const char *schema, enum direction direction)
{
	struct jx *v = bench_parse(a, schema);

	return v && bench_open_value(b, a, v, direction);
}

static inline int
bench_decode_value(struct bench *b, const struct jx *filled, bool is_open, const char *prefix)
{
	struct decode_options opt = {.is_open = is_open, .pointer = prefix};

	b->filled = filled;
	b->payload = NULL;
	imp_diags_init(&b->d, b->a);
	b->rc = decode_filled(b->s, b->root, filled, &opt, b->a, &b->payload, &b->d);
	return b->rc;
}

static inline int
bench_decode(struct bench *b, const char *filled, bool is_open)
{
	struct jx *v = bench_parse(b->a, filled);

	return v ? bench_decode_value(b, v, is_open, NULL) : -2;
}

static inline const char *
bench_text(struct arena *a, const struct jx *v)
{
	struct buf text;
	struct jw w;

	buf_init(&text, a);
	jw_init(&w, &text);
	jw_value(&w, NULL, v);
	return buf_take(&text);
}

static inline const struct imp_diag *
bench_finding(const struct bench *b, enum imp_code code, const char *pointer)
{
	for (size_t i = 0; i < b->d.n; i++)
		if (b->d.at[i].code == code && strcmp(b->d.at[i].pointer, pointer) == 0)
			return &b->d.at[i];
	return NULL;
}

static inline void
bench_print(const struct bench *b)
{
	for (size_t i = 0; i < b->d.n; i++)
		printf("#   %s %s: %s\n", imp_code_name(b->d.at[i].code), b->d.at[i].pointer, b->d.at[i].message);
}
#endif
