/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that do not look like what they are: control characters (a terminal obeys them), characters that nobody sees or
 * that turn the direction of what follows, and words of Latin and Cyrillic letters together, which look like another word.
 */
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"

/* Where the walk is: the way up to the document. */
struct way {
	const struct way *up; /* NULL: the document */
	const char *key;      /* of an object's member, else NULL */
	size_t index;
};
struct texts {
	struct loader *l;
	const char *file;
};

/* The code point at p (well-formed UTF-8, as the reader has checked) and its bytes. */
static uint32_t
point(const unsigned char *p, size_t *n)
{
	*n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	if (*n == 1)
		return *p;
	if (*n == 2)
		return (uint32_t)(*p & 0x1f) << 6 | (p[1] & 0x3f);
	if (*n == 3)
		return (uint32_t)(*p & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return (uint32_t)(*p & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

static const char *
point_fault(uint32_t c)
{
	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c < 0xa0))
		return "a control character";
	if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return "a character that turns the direction of the text";
	if (c == 0xad || c == 0x200b || c == 0x2060 || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f))
		return "a character that nobody sees";
	return NULL;
}

enum { LATIN = 1, CYRILLIC = 2 };

static unsigned
script_of(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7))
		return LATIN;
	return c >= 0x400 && c <= 0x52f ? CYRILLIC : 0;
}

static const char *
pointer_of(struct arena *a, const struct way *w)
{
	const char *out = "";

	for (; w->up; w = w->up)
		out = w->key ? arena_printf(a, "/%s%s", pointer_part(a, w->key), out) : arena_printf(a, "/%zu%s", w->index, out);
	return out;
}

static void
text_check(struct texts *t, const struct way *at, uint32_t line, const char *text, bool is_pattern)
{
	unsigned scripts = 0;
	size_t n;

	for (const unsigned char *p = (const unsigned char *)text; *p; p += n) {
		uint32_t c = point(p, &n);
		const char *fault = point_fault(c);
		unsigned script = script_of(c);

		if (fault) {
			pack_find_add(t->l, t->file, pointer_of(t->l->a, at), line, "%s (U+%04X) in a text of the pack", fault, c);
			return;
		}
		scripts = script ? scripts | script : 0;
		if (scripts == (LATIN | CYRILLIC) && !is_pattern) {
			pack_find_add(t->l, t->file, pointer_of(t->l->a, at), line,
			    "a word of Latin and Cyrillic letters together (U+%04X): it looks like another word", c);
			return;
		}
	}
}

/* Recursion: the reader bounds the depth (PACK_DEPTH_MAX). */
static void
walk(struct texts *t, const struct way *at, const struct jx *v)
{
	if (v->type == JX_STRING) {
		text_check(t, at, v->line, jx_str(v, ""), at->key && (strcmp(at->key, "pattern") == 0 || strcmp(at->key, "regex") == 0));
	} else if (v->type == JX_ARRAY) {
		for (size_t i = 0; i < jx_size(v); i++)
			walk(t, &(struct way){.up = at, .index = i}, jx_at(v, i));
	} else if (v->type == JX_OBJECT) {
		for (size_t i = 0; i < v->u.object.n; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			const struct way way = {.up = at, .key = m->key};

			text_check(t, &way, m->value->line, m->key, false);
			walk(t, &way, m->value);
		}
	}
}

void
texts_check(struct loader *l, const char *file, const struct jx *doc)
{
	walk(&(struct texts){.l = l, .file = file}, &(struct way){0}, doc);
}
