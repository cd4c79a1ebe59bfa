/* SPDX-License-Identifier: Apache-2.0 */
#include "types/tally.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/jw.h"
#include "core/utf8.h"

#define TEXT_BYTES_MAX 200

size_t
text_cut(const char *p, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)p[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void
text_clean(char *s)
{
	size_t n = strlen(s), at = 0;

	while ((at += utf8_check(s + at, n - at)) < n)
		s[at] = '?';
	for (at = 0; at < n; at++)
		if ((unsigned char)s[at] < 0x20 || s[at] == 0x7f)
			s[at] = '?';
}

void
tally_init(struct tally *t, struct arena *a, size_t max)
{
	*t = (struct tally){.a = a, .max = max, .at = ARENA_ARRAY(a, max, struct tally_entry)};
}

void
tally_add(struct tally *t, const char *name, size_t n, uint64_t count, uint64_t bytes)
{
	struct tally_entry *e;

	n = text_cut(name, n, TEXT_BYTES_MAX);
	for (size_t i = 0; i < t->n; i++) {
		e = &t->at[i];
		if (strncmp(e->name, name, n) == 0 && e->name[n] == '\0') {
			e->n += count;
			e->bytes += bytes;
			return;
		}
	}
	if (t->n == t->max) {
		t->others += count;
		return;
	}
	t->at[t->n++] = (struct tally_entry){arena_dup(t->a, name, n), count, bytes};
}

void
tally_write(const struct tally *t, const char *key, struct jw *w)
{
	jw_object(w, key);
	for (size_t i = 0; i < t->n; i++)
		jw_uint(w, t->at[i].name, t->at[i].n);
	if (t->others)
		jw_uint(w, "(others)", t->others);
	jw_end(w);
}

void
listing_init(struct listing *l, struct arena *a, size_t max)
{
	*l = (struct listing){.a = a, .max = max, .at = ARENA_ARRAY(a, max, const char *)};
}

void
listing_add(struct listing *l, const char *text, size_t n)
{
	l->total++;
	if (l->n < l->max)
		l->at[l->n++] = arena_dup(l->a, text, text_cut(text, n, TEXT_BYTES_MAX));
}

void
listing_write(const struct listing *l, const char *key, struct jw *w)
{
	jw_array(w, key);
	for (size_t i = 0; i < l->n; i++)
		jw_str(w, NULL, l->at[i]);
	jw_end(w);
}
