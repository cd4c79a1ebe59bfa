/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"

size_t
edit_distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned short row[WORDS_BYTES_MAX + 1];

	if (na > WORDS_BYTES_MAX || nb > WORDS_BYTES_MAX)
		return na > nb ? na : nb;
	for (size_t k = 0; k <= nb; k++)
		row[k] = (unsigned short)k;
	for (size_t i = 1; i <= na; i++) {
		unsigned short diagonal = row[0];

		row[0] = (unsigned short)i;
		for (size_t k = 1; k <= nb; k++) {
			unsigned short best = (unsigned short)(diagonal + (a[i - 1] != b[k - 1]));

			diagonal = row[k];
			if (row[k] + 1 < best)
				best = (unsigned short)(row[k] + 1);
			if (row[k - 1] + 1 < best)
				best = (unsigned short)(row[k - 1] + 1);
			row[k] = best;
		}
	}
	return row[nb];
}

static bool
is_part(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Lower case, one '_' between parts; a change from lower to upper case begins a part. */
static char *
normalized(struct arena *a, const char *s)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; s[i]; i++) {
		bool starts = i > 0 && isupper((unsigned char)s[i]) && islower((unsigned char)s[i - 1]);

		if (!is_part(s[i])) {
			if (b.len > 0 && b.p[b.len - 1] != '_')
				buf_char(&b, '_');
			continue;
		}
		if (starts)
			buf_char(&b, '_');
		buf_char(&b, (char)tolower((unsigned char)s[i]));
	}
	if (b.len > 0 && b.p[b.len - 1] == '_')
		b.p[--b.len] = '\0';
	return b.p ? buf_take(&b) : arena_str(a, "");
}

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

#define PARTS_MAX 16

static const char *
sorted_parts(struct arena *a, const char *name)
{
	char *parts[PARTS_MAX];
	size_t n = 0;
	struct buf b;

	for (const char *p = name; *p; p += p[strcspn(p, "_")] ? strcspn(p, "_") + 1 : strlen(p)) {
		if (n == PARTS_MAX)
			return name;
		parts[n++] = arena_dup(a, p, strcspn(p, "_"));
	}
	if (n > 1)
		qsort(parts, n, sizeof parts[0], by_text);
	buf_init(&b, a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? "_" : "", parts[i]);
	return b.p ? buf_take(&b) : "";
}

size_t
name_distance(struct arena *a, const char *x, const char *y)
{
	const char *nx = normalized(a, x), *ny = normalized(a, y);
	size_t plain = edit_distance(nx, ny);
	size_t parts = 1 + edit_distance(sorted_parts(a, nx), sorted_parts(a, ny));

	return parts < plain ? parts : plain;
}

bool
name_contains(struct arena *a, const char *name, const char *want)
{
	const char *all = arena_printf(a, "_%s_", normalized(a, name));
	const char *p = normalized(a, want);

	if (!*p)
		return false;
	while (*p) {
		size_t k = strcspn(p, "_");

		if (!strstr(all, arena_printf(a, "_%.*s_", (int)k, p)))
			return false;
		p += k + (p[k] == '_');
	}
	return true;
}

bool
name_is_near(const char *want, size_t distance)
{
	size_t n = strlen(want);

	return distance <= (n < 6 ? 1 : n / 3);
}

bool
name_equal(const char *x, const char *y)
{
	while (*x || *y) {
		if (*x && !is_part(*x)) {
			x++;
		} else if (*y && !is_part(*y)) {
			y++;
		} else {
			if (tolower((unsigned char)*x) != tolower((unsigned char)*y))
				return false;
			x++;
			y++;
		}
	}
	return true;
}

const char *
word_find(const char *text, const char *needle)
{
	size_t n = strlen(needle);

	if (n == 0)
		return NULL;
	for (const char *p = text; *p; p++)
		if ((p == text || !is_part(p[-1])) && strncasecmp(p, needle, n) == 0)
			return p;
	return NULL;
}

static bool
starts_with_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(s, word, n) == 0 && !is_part(s[n]);
}

static bool
is_negative(const char *s)
{
	static const char *const starts[] = {"no", "not", "do not", "don't", "never", "without",
	    "skip", "nothing"};

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (starts_with_word(s, starts[i]))
			return true;
	return false;
}

const char *
words_positive(struct arena *a, const char *text, size_t n)
{
	char *out = arena_dup(a, text, n);
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		bool ends = i == n || text[i] == '\n' || text[i] == '!' || text[i] == '?' ||
		    text[i] == ';' ||
		    (text[i] == '.' && (i + 1 == n || isspace((unsigned char)text[i + 1])));
		size_t at = from;

		if (!ends)
			continue;
		while (at < i && (isspace((unsigned char)text[at]) || strchr("-*>#(", text[at])))
			at++;
		/* "… (do not call any external service)": the aside counts, too. */
		if (is_negative(out + at))
			memset(out + at, ' ', i - at);
		for (size_t k = at; k < i; k++)
			if (out[k] == '(' && is_negative(out + k + 1))
				memset(out + k, ' ', strcspn(out + k, ")\n"));
		from = i + 1;
	}
	return out;
}
