/* SPDX-License-Identifier: Apache-2.0 */
/* What column names say about who refers to whom: employee_id to employees.id, manager_id to employee_id. */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "types/foreign_work.h"

#define NAME_BYTES_MAX 128
#define WORDS_MAX 16

struct words {
	char text[NAME_BYTES_MAX];
	const char *word[WORDS_MAX]; /* [n] lower case */
	size_t n;
};

static bool
is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(word, list) is_one_of(word, list, sizeof(list) / sizeof *(list))

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* customerId, "Customer No.", customer_id: words in lower case. */
static void
split(const char *name, size_t bytes, struct words *out)
{
	size_t at = 0;
	bool is_inside = false;

	*out = (struct words){0};
	for (size_t i = 0; i < bytes && at + 2 < sizeof out->text; i++) {
		char c = name[i];
		bool is_word = (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		bool is_hump = i && is_upper(c) && !is_upper(name[i - 1]);
		if (is_inside && (!is_word || is_hump)) {
			out->text[at++] = '\0';
			is_inside = false;
		}
		if (!is_word)
			continue;
		if (!is_inside && out->n == WORDS_MAX)
			return;
		if (!is_inside)
			out->word[out->n++] = &out->text[at];
		is_inside = true;
		out->text[at++] = is_upper(c) ? (char)(c | 32) : c;
	}
}

/* categories: category, boxes: box, entries: entry */
static void
make_singular(struct words *w)
{
	char *last = w->n ? w->text + (w->word[w->n - 1] - w->text) : NULL;
	size_t n = last ? strlen(last) : 0;

	if (n > 4 && strcmp(last + n - 3, "ies") == 0) {
		last[n - 3] = 'y';
		last[n - 2] = '\0';
	} else if (n > 4 && (strcmp(last + n - 3, "xes") == 0 || strcmp(last + n - 4, "sses") == 0 || strcmp(last + n - 4, "ches") == 0)) {
		last[n - 2] = '\0';
	} else if (n > 2 && last[n - 1] == 's' && last[n - 2] != 's') {
		last[n - 1] = '\0';
	}
}

/* Without its last word, if that only says "this names something". */
static bool
drop_reference(struct words *w)
{
	static const char *const endings[] = {
	    "id", "ids", "ref", "reference", "key", "code", "no", "nr", "num", "number", "uuid", "guid", "fk"};

	if (w->n && IS_ONE_OF(w->word[w->n - 1], endings)) {
		w->n--;
		return true;
	}
	return false;
}

static bool
same(const struct words *a, size_t from, const struct words *b)
{
	if (a->n - from != b->n)
		return false;
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(a->word[from + i], b->word[i]) != 0)
			return false;
	return true;
}

static bool
ends_with(const struct words *a, const struct words *b)
{
	return b->n && a->n > b->n && same(a, a->n - b->n, b);
}

static bool
is_role(const struct words *w)
{
	static const char *const roles[] = {"parent", "manager", "supervisor", "boss", "lead", "leader", "head", "reports", "previous",
	    "prior", "original", "replaces", "replaced", "predecessor", "successor", "root", "main", "superior", "mentor", "referrer",
	    "referred", "spouse", "next", "sponsor", "master", "approver"};

	for (size_t i = 0; i < w->n; i++)
		if (IS_ONE_OF(w->word[i], roles))
			return true;
	return false;
}

static bool
is_generic(const char *name)
{
	static const char *const names[] = {"id", "name", "code", "key", "no", "nr", "number", "type", "status", "value", "row",
	    "line", "index", "position", "seq", "date", "year", "month", "day", "rank", "level", "order", "uuid", "ref"};
	struct words w;

	split(name, strlen(name), &w);
	return w.n == 1 && IS_ONE_OF(w.word[0], names);
}

static void
table_words(const char *path, struct words *out)
{
	const char *name = strrchr(path, '/'), *dot;

	name = name ? name + 1 : path;
	dot = strchr(name, '.');
	split(name, dot && dot > name ? (size_t)(dot - name) : strlen(name), out);
	make_singular(out);
}

static unsigned
stems_say(struct arena *a, const struct words *from, const struct words *to, const struct words *table, const char **says)
{
	if (from->n && to->n && same(from, 0, to)) {
		*says = "the same name with another ending";
		return 450;
	}
	if (to->n == 0 && from->n && (same(from, 0, table) || ends_with(from, table) || ends_with(table, from))) {
		*says = arena_printf(a, "the column is named after the table of %ss", table->word[table->n - 1]);
		return same(from, 0, table) ? 500 : 430;
	}
	if (to->n && (ends_with(from, to) || ends_with(to, from))) {
		*says = "one name is the end of the other";
		return 400;
	}
	return 0;
}

unsigned
foreign_names(struct arena *a, const char *from, const char *to, const char *to_path, bool is_same_table, const char **says)
{
	struct words left, right, table;
	bool is_left, is_right;
	unsigned score;

	*says = NULL;
	split(from, strlen(from), &left);
	split(to, strlen(to), &right);
	table_words(to_path, &table);
	if (left.n && same(&left, 0, &right)) {
		if (is_generic(from))
			return 50;
		*says = "the same name";
		return 500;
	}
	is_left = drop_reference(&left);
	is_right = drop_reference(&right);
	score = stems_say(a, &left, &right, &table, says);
	if (score)
		return score;
	if (is_same_table && is_role(&left)) {
		*says = "the name says that a row refers to another one of its own table";
		return 400;
	}
	return is_left && is_right && left.n && right.n ? 100 : 0;
}
