/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compiler/words.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"

/* Bytes of the JSON value that begins at p: a scalar's text, or the opening bracket. */
static size_t
token_bytes(const char *p, size_t n)
{
	size_t i = 1;

	if (n == 0)
		return 0;
	if (p[0] == '{' || p[0] == '[')
		return 1;
	if (p[0] == '"') {
		while (i < n && p[i] != '"')
			i += p[i] == '\\' && i + 1 < n ? 2 : 1;
		return i < n ? i + 1 : n;
	}
	while (i < n && !strchr(",]} \t\r\n", p[i]))
		i++;
	return i;
}

static uint32_t
points(const char *s, size_t n)
{
	uint32_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* The line of text around byte offset at, with [at, at + n) underlined. */
static void
span(struct compile *c, struct diag *g, const char *text, size_t bytes, size_t at, size_t n,
    uint32_t line)
{
	size_t from = at, to = at;

	while (from > 0 && text[from - 1] != '\n')
		from--;
	while (to < bytes && text[to] != '\n')
		to++;
	if (at + n > to)
		n = to - at;
	(void)diag_source(c->diags, g, line, arena_dup(c->a, text + from, to - from),
	    points(text + from, at - from), points(text + at, n));
}

struct diag *
say(struct compile *c, enum diag_code code, const struct cstep *s, const struct jx *at,
    const char *pointer, const char *fmt, ...)
{
	va_list ap;
	struct diag *g;
	const char *message;

	va_start(ap, fmt);
	message = arena_vprintf(c->a, fmt, ap);
	va_end(ap);
	g = diag_add(c->diags, code, "%s", message);
	g->place.pointer = pointer;
	if (s) {
		g->place.step = s->key;
		say_where(c, g, s, NULL);
	}
	/* An inserted step stands in no text of the user's. */
	if (c->candidate_text && at && !(s && s->adapted)) {
		g->place.file = c->candidate_name;
		g->place.line = at->line;
		span(c, g, c->candidate_text, c->candidate_bytes, at->offset,
		    token_bytes(c->candidate_text + at->offset, c->candidate_bytes - at->offset),
		    at->line);
	}
	return g;
}

void
say_where(struct compile *c, struct diag *g, const struct cstep *s, const char *what)
{
	g->place.where = s->adapted
	    ? arena_printf(c->a, "inserted step `%s`%s%s", s->key, what ? ", " : "", what ? what : "")
	    : arena_printf(c->a, "step %zu `%s`%s%s", s->number, s->key, what ? ", " : "", what ? what : "");
}

void
note_add(struct compile *c, const char *fmt, ...)
{
	struct note_list *l = &c->notes;
	va_list ap;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		const char **at = ARENA_ARRAY(c->a, cap, const char *);

		if (l->n > 0)
			memcpy(at, l->at, l->n * sizeof *at);
		l->at = at;
		l->cap = cap;
	}
	va_start(ap, fmt);
	l->at[l->n++] = arena_vprintf(c->a, fmt, ap);
	va_end(ap);
}

void
objective_span(struct compile *c, struct diag *g, size_t at, size_t n)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += c->in->objective[i] == '\n';
	if (!g->place.file) {
		g->place.file = "objective";
		g->place.line = line;
	}
	span(c, g, c->in->objective, c->in->objective_bytes, at, n, line);
}

const char *
list_words(struct arena *a, const char *const *at, size_t n, size_t max)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n && i < max; i++)
		buf_printf(&b, "%s`%s`", i == 0 ? "" : i + 1 == n ? " and " : ", ", at[i]);
	if (n > max)
		buf_printf(&b, " and %zu more", n - max);
	return n > 0 ? buf_take(&b) : "none";
}

const char *
nearest(const char *want, const char *const *at, size_t n)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(want, at[i]);

		if (d < best_distance && name_is_near(want, d)) {
			best = at[i];
			best_distance = d;
		}
	}
	return best;
}
