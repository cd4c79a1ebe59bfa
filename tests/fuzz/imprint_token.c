/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes: reading a token ends without a fault; what it reads, its values and texts, can be written as tokens
 * again and read back the same; a literal survives escaping.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *text, size_t n);

static void
write_again(struct arena *a, const struct token *t)
{
	struct token again;
	struct buf b, one, two;
	struct err err;

	buf_init(&b, a);
	buf_init(&one, a);
	buf_init(&two, a);
	buf_printf(&b, "{%s", token_kind_name(t->kind));
	for (size_t i = 0; i < t->n_values; i++) {
		buf_char(&b, '|');
		token_value(&b, t->values[i]);
	}
	for (size_t i = 0; i < t->n_types; i++)
		buf_printf(&b, "%c%s", i ? '/' : '|', t->types[i]);
	if (t->n_values && t->n_constraints)
		buf_char(&b, '|');
	for (size_t i = 0; i < t->n_constraints; i++) {
		const struct token_constraint *c = &t->constraints[i];
		buf_printf(&b, "|%s", c->name);
		if (!c->value)
			continue;
		buf_char(&b, ':');
		if (c->parsed)
			token_value(&b, c->parsed);
		else
			token_text(&b, c->value, c->value_bytes);
	}
	buf_char(&b, '}');
	if (token_parse(a, b.p, b.len, false, &again, &err) < 0)
		abort();
	token_json(&one, t);
	token_json(&two, &again);
	if (one.len != two.len || memcmp(one.p, two.p, one.len) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *text, size_t n)
{
	struct arena *a = arena_new((size_t)256 << 20);
	const char *s = arena_dup(a, text, n);
	const char *back;
	struct token t;
	struct err err;
	struct buf b;
	size_t k;

	if (token_parse(a, s, n, false, &t, &err) == 0) {
		if (!token_is_like(s, n) || token_kind_of(s, n) != t.kind)
			abort();
		if (t.kind != TOKEN_REF && t.kind != TOKEN_ONE_OF && !memchr(s, 0xed, n) && !strcasestr(s, "\\ud"))
			write_again(a, &t); /* halves of surrogate pairs may meet when they are written in one row */
	}
	if (token_parse(a, s, n, true, &t, &err) == 0) {
		buf_init(&b, a);
		token_json(&b, &t);
	}
	buf_init(&b, a);
	token_escape(&b, s, n);
	if (token_is_like(b.p, b.len))
		abort();
	back = token_unescape(b.p, b.len, &k);
	if (k != n || memcmp(back, s, n) != 0)
		abort();
	arena_free(a);
	return 0;
}
