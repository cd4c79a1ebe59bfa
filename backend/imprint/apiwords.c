/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/apiwords.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"

#define VOCABULARY_FILES_MAX 1024
#define TRIGRAMS_MAX 64

/* --- reading the data --- */

static const char *const *
strings_read(struct arena *a, const struct jx *list, size_t *n)
{
	const char **out = ARENA_ARRAY(a, jx_size(list), const char *);

	for (size_t i = 0; i < jx_size(list); i++)
		out[i] = jx_str(jx_at(list, i), "");
	*n = jx_size(list);
	return out;
}

static const char *const *
strings_add(struct arena *a, const char *const *old, size_t *n, const struct jx *list)
{
	const char **out = ARENA_ARRAY(a, *n + jx_size(list), const char *);

	for (size_t i = 0; i < *n; i++)
		out[i] = old[i];
	for (size_t i = 0; i < jx_size(list); i++)
		out[(*n)++] = jx_str(jx_at(list, i), "");
	return out;
}

/* old, then the groups of list. */
static const struct apimap_group *
groups_add(struct arena *a, const struct apimap_group *old, size_t *n, const struct jx *list)
{
	struct apimap_group *out = ARENA_ARRAY(a, *n + jx_size(list), struct apimap_group);

	if (*n)
		memcpy(out, old, *n * sizeof *old);
	for (size_t i = 0; i < jx_size(list); i++)
		out[*n + i].at = strings_read(a, jx_at(list, i), &out[*n + i].n);
	*n += jx_size(list);
	return out;
}

static int
units_add(struct arena *a, struct apimap_words *w, const struct jx *list, struct err *err)
{
	struct apimap_unit *out = ARENA_ARRAY(a, w->n_units + jx_size(list), struct apimap_unit);

	if (w->n_units)
		memcpy(out, w->units, w->n_units * sizeof *out);
	for (size_t i = 0; i < jx_size(list); i++) {
		const struct jx *u = jx_at(list, i);
		struct apimap_unit *to = &out[w->n_units + i];
		int64_t num, den;

		if (jx_get_str(u, "word", &to->word, err) < 0 || jx_get_str(u, "dimension", &to->dimension, err) < 0
		    || jx_get_int(u, "num", 1, UINT32_MAX, &num, err) < 0
		    || jx_get_int(u, "den", 1, UINT32_MAX, &den, err) < 0)
			return err_wrap(err, "units/%zu", i);
		to->num = (uint32_t)num;
		to->den = (uint32_t)den;
		to->is_vague = jx_bool(jx_find(u, "vague"), false);
	}
	w->units = out;
	w->n_units += jx_size(list);
	return 0;
}

static int
weak_add(struct arena *a, struct apimap_words *w, const struct jx *list, struct err *err)
{
	struct apimap_weak *out = ARENA_ARRAY(a, w->n_weak + jx_size(list), struct apimap_weak);

	if (w->n_weak)
		memcpy(out, w->weak, w->n_weak * sizeof *out);
	for (size_t i = 0; i < jx_size(list); i++) {
		struct apimap_weak *to = &out[w->n_weak + i];

		if (jx_get_str(jx_at(list, i), "word", &to->word, err) < 0)
			return err_wrap(err, "weak/%zu", i);
		to->with = strings_read(a, jx_find(jx_at(list, i), "with"), &to->n_with);
	}
	w->weak = out;
	w->n_weak += jx_size(list);
	return 0;
}

/* A column in either form of a pack: an element of `columns`, or a property with x-type. */
static struct apimap_column
column_read(struct arena *a, const char *name, const struct jx *c, bool is_property)
{
	struct apimap_column out = {
	    .name = name,
	    .type = jx_str(jx_find(c, is_property ? "x-type" : "type"), NULL),
	    .unit = jx_str(jx_find(c, is_property ? "x-unit" : "unit"), NULL),
	};

	out.synonyms = strings_read(a, jx_find(c, is_property ? "x-synonyms" : "synonyms"), &out.n_synonyms);
	return out;
}

static void
entity_read(struct arena *a, const struct jx *doc, struct apimap_entity *out)
{
	const struct jx *list = jx_find(doc, "columns"), *properties = jx_pointer(doc, "/schema/properties");
	struct apimap_column *columns = ARENA_ARRAY(a, jx_size(list) + jx_size(properties), struct apimap_column);
	size_t n = 0;

	for (size_t i = 0; i < jx_size(list); i++)
		columns[n++] = column_read(a, jx_str(jx_find(jx_at(list, i), "name"), ""), jx_at(list, i), false);
	for (size_t i = 0; i < jx_size(properties); i++) {
		const struct jx_member *m = &properties->u.object.at[i];
		const char *type = jx_str(jx_find(m->value, "x-type"), "");

		if (*type && strcmp(type, "list") != 0 && strcmp(type, "object") != 0)
			columns[n++] = column_read(a, m->key, m->value, true);
	}
	*out = (struct apimap_entity){
	    .id = jx_str(jx_find(doc, "id"), ""),
	    .label = jx_str(jx_find(doc, "label"), ""),
	    .columns = columns,
	    .n_columns = n,
	};
}

int
apimap_words_add(struct arena *a, const struct jx *doc, struct apimap_words *w, struct err *err)
{
	const struct jx *list = jx_find(doc, "entities");
	struct apimap_entity *e;

	if (jx_is_str(jx_find(doc, "schema"), "forge.vocabulary.v1")) {
		w->abbreviations = groups_add(a, w->abbreviations, &w->n_abbreviations, jx_find(doc, "abbreviations"));
		w->words = groups_add(a, w->words, &w->n_words, jx_find(doc, "words"));
		w->fillers = strings_add(a, w->fillers, &w->n_fillers, jx_find(doc, "fillers"));
		w->values = groups_add(a, w->values, &w->n_values, jx_find(doc, "values"));
		return weak_add(a, w, jx_find(doc, "weak"), err) < 0 ? -1 : units_add(a, w, jx_find(doc, "units"), err);
	}
	if (!jx_is_str(jx_find(doc, "schema"), "forge.pack.v1"))
		return err_set(err, E_SCHEMA, "neither forge.pack.v1 nor forge.vocabulary.v1");
	e = ARENA_ARRAY(a, w->n_entities + jx_size(list), struct apimap_entity);
	if (w->n_entities)
		memcpy(e, w->entities, w->n_entities * sizeof *e);
	for (size_t i = 0; i < jx_size(list); i++)
		entity_read(a, jx_at(list, i), &e[w->n_entities + i]);
	w->entities = e;
	w->n_entities += jx_size(list);
	return 0;
}

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Every <dir>/<name>.json, in byte order. A folder that is not there holds nothing. */
static int
folder_add(struct arena *a, const char *dir, struct apimap_words *w, struct err *err)
{
	const char **names = ARENA_ARRAY(a, VOCABULARY_FILES_MAX, const char *);
	DIR *d = opendir(dir);
	size_t n = 0;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, E_IO, "'%s'", dir);
	for (struct dirent *e; (e = readdir(d)) != NULL && n < VOCABULARY_FILES_MAX;) {
		size_t len = strlen(e->d_name);

		if (len > 5 && strcmp(e->d_name + len - 5, ".json") == 0)
			names[n++] = arena_printf(a, "%s/%s", dir, e->d_name);
	}
	(void)closedir(d);
	qsort(names, n, sizeof *names, by_text);
	for (size_t i = 0; i < n; i++) {
		struct jx *doc;

		if (jx_load(a, names[i], NULL, &doc, err) < 0)
			return -1;
		if (apimap_words_add(a, doc, w, err) < 0)
			return err_wrap(err, "%s", names[i]);
	}
	return 0;
}

int
apimap_words_load(struct arena *a, const char *packs_dir, struct apimap_words *out, struct err *err)
{
	struct apimap_words w = {0};
	DIR *d = opendir(packs_dir);

	if (!d)
		return err_sys(err, E_IO, "the packs folder '%s'", packs_dir);
	(void)closedir(d);
	if (folder_add(a, arena_printf(a, "%s/domain", packs_dir), &w, err) < 0
	    || folder_add(a, arena_printf(a, "%s/vocabulary", packs_dir), &w, err) < 0)
		return -1;
	*out = w;
	return 0;
}

/* --- names --- */

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_wordy(char c)
{
	return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static char
lower(char c)
{
	return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Where a word ends: before a capital after a small letter, before the last capital of "HTTPServer", at a
 * separator, between letters and digits. */
static bool
is_break(const char *p, size_t i)
{
	if (!is_wordy(p[i]) || !is_wordy(p[i - 1]))
		return true;
	if (is_digit(p[i]) != is_digit(p[i - 1]))
		return true;
	if (is_upper(p[i]) && !is_upper(p[i - 1]))
		return true;
	return is_upper(p[i]) && is_upper(p[i - 1]) && p[i + 1] >= 'a' && p[i + 1] <= 'z';
}

static bool
ends(const char *s, size_t n, const char *tail)
{
	size_t t = strlen(tail);

	return n > t && memcmp(s + n - t, tail, t) == 0;
}

/* English plurals as APIs use them: "entries", "addresses", "items"; not "status", "address", "vis". */
static const char *
singular(struct arena *a, const char *s)
{
	size_t n = strlen(s);

	if (n > 4 && ends(s, n, "ies"))
		return arena_printf(a, "%.*sy", (int)(n - 3), s);
	if (ends(s, n, "sses") || ends(s, n, "xes") || ends(s, n, "ches") || ends(s, n, "shes"))
		return arena_dup(a, s, n - 2);
	if (n > 3 && ends(s, n, "s") && !ends(s, n, "ss") && !ends(s, n, "us") && !ends(s, n, "is"))
		return arena_dup(a, s, n - 1);
	return s;
}

static uint32_t
group_of(const struct apimap_words *w, const char *text)
{
	for (size_t i = 0; i < w->n_words; i++)
		for (size_t k = 0; k < w->words[i].n; k++)
			if (strcmp(w->words[i].at[k], text) == 0)
				return (uint32_t)i + 1;
	return 0;
}

static void
word_add(struct arena *a, const struct apimap_words *w, const char *text, struct name *out)
{
	const char *written = text;
	struct name_word *to;

	if (out->n == NAME_WORDS_MAX)
		return;
	for (size_t i = 0; i < w->n_abbreviations; i++)
		for (size_t k = 1; k < w->abbreviations[i].n; k++)
			if (strcmp(w->abbreviations[i].at[k], text) == 0)
				written = w->abbreviations[i].at[0];
	to = &out->word[out->n];
	to->text = singular(a, written);
	to->group = group_of(w, to->text);
	if (!to->group)
		to->group = group_of(w, written);
	out->n++;
}

void
name_join(struct arena *a, const struct apimap_words *w, struct name *n)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n->n; i++)
		buf_str(&b, n->word[i].text);
	n->written = b.p;
	n->group = group_of(w, n->written);
}

void
name_read(struct arena *a, const struct apimap_words *w, const char *text, struct name *out)
{
	size_t n = strlen(text), from = 0;
	struct buf plain, spaced;

	*out = (struct name){0};
	buf_init(&plain, a);
	buf_init(&spaced, a);
	for (size_t i = 0; i <= n; i++) {
		struct buf word;

		if (i < n && (i == 0 || !is_break(text, i)))
			continue;
		buf_init(&word, a);
		for (size_t k = from; k < i; k++)
			if (is_wordy(text[k]))
				buf_char(&word, lower(text[k]));
		from = i;
		if (word.len == 0)
			continue;
		buf_add(&plain, word.p, word.len);
		if (spaced.len)
			buf_char(&spaced, '_');
		buf_add(&spaced, word.p, word.len);
		word_add(a, w, word.p, out);
	}
	out->plain = plain.p;
	out->spaced = spaced.p;
	name_join(a, w, out);
	if (!out->group)
		out->group = group_of(w, plain.p);
}

static bool
is_empty_word(const struct apimap_words *w, const char *p, size_t n)
{
	for (size_t i = 0; i < w->n_fillers; i++)
		if (strlen(w->fillers[i]) == n && memcmp(w->fillers[i], p, n) == 0)
			return true;
	for (size_t i = 0; i < w->n_units; i++)
		if (strlen(w->units[i].word) == n && memcmp(w->units[i].word, p, n) == 0)
			return true;
	return false;
}

bool
name_bare(struct arena *a, const struct apimap_words *w, const struct name *of, struct name *out)
{
	struct buf b;
	size_t n, dropped = 0;

	buf_init(&b, a);
	for (const char *p = of->spaced; *p; p += n + (p[n] == '_')) {
		n = strcspn(p, "_");
		if (is_empty_word(w, p, n)) {
			dropped++;
			continue;
		}
		buf_add(&b, p, n);
		buf_char(&b, '_');
	}
	if (b.len == 0)
		*out = *of;
	else
		name_read(a, w, b.p, out);
	return b.len > 0 && dropped > 0;
}

bool
words_equal(const struct name_word *x, const struct name_word *y)
{
	return strcmp(x->text, y->text) == 0;
}

static bool
words_mean(const struct name_word *x, const struct name_word *y)
{
	return words_equal(x, y) || (x->group && x->group == y->group);
}

bool
names_same_words(const struct name *x, const struct name *y)
{
	/* Joined, so that "fname" written out is "first_name". */
	return x->n > 0 && y->n > 0 && strcmp(x->written, y->written) == 0;
}

bool
names_same_meaning(const struct name *x, const struct name *y)
{
	bool is_same = x->n == y->n && x->n > 0;

	if ((x->group && x->group == y->group) || names_same_words(x, y))
		return true;
	for (size_t i = 0; is_same && i < x->n; i++)
		is_same = words_mean(&x->word[i], &y->word[i]);
	return is_same;
}

static const struct apimap_weak *
weak_find(const struct apimap_words *w, const char *text)
{
	for (size_t i = 0; i < w->n_weak; i++)
		if (strcmp(w->weak[i].word, text) == 0)
			return &w->weak[i];
	return NULL;
}

/* Is the weak word one that is usual beside the words that are left? */
static bool
weak_is_usual(const struct apimap_words *w, const struct apimap_weak *weak, const struct name *rest)
{
	for (size_t i = 0; i < weak->n_with; i++) {
		uint32_t group = group_of(w, weak->with[i]);

		if (strcmp(rest->written, weak->with[i]) == 0 || (group && group == rest->group))
			return true;
		for (size_t k = 0; k < rest->n; k++)
			if (strcmp(rest->word[k].text, weak->with[i]) == 0 || (group && group == rest->word[k].group))
				return true;
	}
	return false;
}

bool
names_same_but_weak(struct arena *a, const struct apimap_words *w, const struct name *x, const struct name *y, bool *is_usual)
{
	const struct name *l = x->n > y->n ? x : y, *s = l == x ? y : x;
	const struct apimap_weak *dropped[NAME_WORDS_MAX];
	struct name rest = {0};
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct apimap_weak *weak = weak_find(w, l->word[i].text);

		for (size_t k = 0; weak && k < s->n; k++)
			if (words_equal(&l->word[i], &s->word[k]))
				weak = NULL;
		if (weak)
			dropped[n++] = weak;
		else
			rest.word[rest.n++] = l->word[i];
	}
	if (n == 0 || rest.n == 0 || s->n == 0)
		return false;
	name_join(a, w, &rest);
	if (!names_same_meaning(&rest, s))
		return false;
	*is_usual = true;
	for (size_t i = 0; i < n; i++)
		*is_usual = *is_usual && weak_is_usual(w, dropped[i], &rest);
	return true;
}

/* Trigrams of "^^word$" as 24-bit numbers, sorted. */
static size_t
trigrams(const char *s, uint32_t *out)
{
	size_t n = strlen(s), k = 0;
	uint32_t window = ('^' << 8) | '^';

	for (size_t i = 0; i <= n && k < TRIGRAMS_MAX; i++) {
		uint32_t c = i < n ? (unsigned char)s[i] : '$', at;

		window = ((window << 8) | c) & 0xffffff;
		for (at = (uint32_t)k++; at > 0 && out[at - 1] > window; at--)
			out[at] = out[at - 1];
		out[at] = window;
	}
	return k;
}

static unsigned
word_likeness(const struct name_word *x, const struct name_word *y)
{
	uint32_t p[TRIGRAMS_MAX], q[TRIGRAMS_MAX];
	size_t np, nq, i = 0, k = 0, both = 0;

	if (words_mean(x, y))
		return 1000;
	np = trigrams(x->text, p);
	nq = trigrams(y->text, q);
	while (i < np && k < nq) {
		both += p[i] == q[k];
		if (p[i] < q[k])
			i++;
		else if (p[i] > q[k])
			k++;
		else
			i++, k++;
	}
	return (unsigned)(2000 * both / (np + nq));
}

/* Greedy from the left: each word of the shorter name takes its best free partner. */
unsigned
names_likeness(const struct name *x, const struct name *y)
{
	const struct name *s = x->n <= y->n ? x : y, *l = s == x ? y : x;
	bool is_taken[NAME_WORDS_MAX] = {false};
	unsigned sum = 0;

	if (s->n == 0)
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		unsigned best = 0;
		size_t at = 0;

		for (size_t k = 0; k < l->n; k++) {
			unsigned v = is_taken[k] ? 0 : word_likeness(&s->word[i], &l->word[k]);

			if (v > best) {
				best = v;
				at = k;
			}
		}
		if (best > 0)
			is_taken[at] = true;
		sum += best;
	}
	return 2 * sum / (unsigned)(x->n + y->n);
}

bool
name_has(const struct name *x, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = x->spaced; (p = strstr(p, word)) != NULL; p++)
		if ((p == x->spaced || p[-1] == '_') && (p[n] == '\0' || p[n] == '_'))
			return true;
	return false;
}

/* In a description a unit counts only after "in" ("in cents", "in milliseconds"): prose names many things. */
const struct apimap_unit *
apimap_unit_of(const struct apimap_words *w, const struct name *name, const char *description)
{
	for (size_t i = 0; i < w->n_units; i++)
		if (name_has(name, w->units[i].word))
			return &w->units[i];
	for (const char *p = description; p && (p = strstr(p, "in ")) != NULL; p += 3) {
		if (p != description && is_wordy(p[-1]))
			continue;
		for (size_t i = 0; i < w->n_units; i++) {
			size_t n = strlen(w->units[i].word), k = 0;

			while (k < n && lower(p[3 + k]) == w->units[i].word[k])
				k++;
			if (k == n && !is_wordy(p[3 + n]))
				return &w->units[i];
		}
	}
	return NULL;
}

bool
value_same(struct arena *a, const struct apimap_words *w, const char *x, const char *y)
{
	const struct apimap_words none = {0};
	struct name p, q;

	if (strcmp(x, y) == 0)
		return true;
	name_read(a, &none, x, &p);
	name_read(a, &none, y, &q);
	if (p.plain[0] == '\0' || q.plain[0] == '\0')
		return false;
	if (strcmp(p.plain, q.plain) == 0)
		return true;
	for (size_t i = 0; i < w->n_values; i++) {
		bool has_p = false, has_q = false;

		for (size_t k = 0; k < w->values[i].n; k++) {
			has_p = has_p || strcmp(w->values[i].at[k], p.spaced) == 0;
			has_q = has_q || strcmp(w->values[i].at[k], q.spaced) == 0;
		}
		if (has_p && has_q)
			return true;
	}
	return false;
}
