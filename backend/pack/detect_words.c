/* SPDX-License-Identifier: Apache-2.0 */
/* Names of columns as words and n-grams: what is written differently and means the same. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "pack/detect_work.h"
#include "pack/pack.h"

#define NEAR_SAME 1000u
#define NEAR_MEANING 900u
#define SPLIT_BYTES_MIN 5
#define WEIGHT_MAX 16u

/* Words that name what something is called, whichever of them is used. */
static const char *const naming[] = {"id", "number", "reference", "identifier", "key"};
#define MEANING_NAMING 1000000

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
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

static uint32_t
hash_bytes(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h;
}

static uint32_t
root(uint64_t x)
{
	uint64_t lo = 0, hi = 0x100000000ull;

	while (hi - lo > 1) {
		uint64_t mid = (lo + hi) / 2;

		if (mid * mid <= x)
			lo = mid;
		else
			hi = mid;
	}
	return (uint32_t)lo;
}

/* --- words ---------------------------------------------------------------------------------------- */

/* The form that stands for all forms of a word. */
static void
word_normal(const struct words *w, char *word)
{
	size_t n = strlen(word);

	for (size_t v = 0; v < w->catalog->nvocabularies; v++)
		for (size_t i = 0; i < w->catalog->vocabularies[v].nabbreviations; i++) {
			const struct term *t = &w->catalog->vocabularies[v].abbreviations[i];

			for (size_t k = 0; k < t->nsynonyms; k++)
				if (strcmp(t->synonyms[k], word) == 0 && strlen(t->word) < TOKEN_BYTES_MAX) {
					memcpy(word, t->word, strlen(t->word) + 1);
					return;
				}
		}
	if (n > 4 && strcmp(word + n - 3, "ies") == 0)
		memcpy(word + n - 3, "y", 2);
	else if (n > 3 && word[n - 1] == 's' && word[n - 2] != 's' && word[n - 2] != 'u' && word[n - 2] != 'i')
		word[n - 1] = '\0';
}

static bool
is_filler(const struct words *w, const char *word)
{
	for (size_t v = 0; v < w->catalog->nvocabularies; v++)
		for (size_t i = 0; i < w->catalog->vocabularies[v].nfillers; i++)
			if (strcmp(w->catalog->vocabularies[v].fillers[i], word) == 0)
				return true;
	return false;
}

static int
meaning_of(const struct words *w, const char *word)
{
	int at = 0;

	for (size_t i = 0; i < sizeof naming / sizeof *naming; i++)
		if (strcmp(naming[i], word) == 0)
			return MEANING_NAMING;
	for (size_t v = 0; v < w->catalog->nvocabularies; v++)
		for (size_t i = 0; i < w->catalog->vocabularies[v].nwords; i++, at++) {
			const struct term *t = &w->catalog->vocabularies[v].words[i];

			if (strcmp(t->word, word) == 0)
				return at;
			for (size_t k = 0; k < t->nsynonyms; k++)
				if (strcmp(t->synonyms[k], word) == 0)
					return at;
		}
	return -1;
}

/* A word ends before a capital after a small letter, before the last capital of "HTTPServer", at anything that is
 * neither letter nor digit, and between letters and digits. */
static bool
is_break(const char *p, size_t i)
{
	if (!is_wordy(p[i]) || !is_wordy(p[i - 1]) || is_digit(p[i]) != is_digit(p[i - 1]))
		return true;
	if (is_upper(p[i]) && !is_upper(p[i - 1]))
		return true;
	return is_upper(p[i]) && is_upper(p[i - 1]) && p[i + 1] >= 'a' && p[i + 1] <= 'z';
}

typedef char word_text[TOKEN_BYTES_MAX];

static unsigned
words_split(const char *text, word_text *out)
{
	size_t len = strnlen(text, NAME_BYTES_USED_MAX), at = 0;
	unsigned n = 0;

	while (at < len && n < NAME_TOKENS_MAX) {
		size_t k = 0;

		if (!is_wordy(text[at])) {
			at++;
			continue;
		}
		do {
			if (k + 1 < TOKEN_BYTES_MAX)
				out[n][k++] = lower(text[at]);
			at++;
		} while (at < len && !is_break(text, at));
		out[n++][k] = '\0';
	}
	return n;
}

static struct token *
token_find(const struct words *w, const char *text)
{
	for (struct token *t = w->token_hash[hash_bytes(text, strlen(text)) % WORDS_HASH]; t; t = t->next)
		if (strcmp(t->text, text) == 0)
			return t;
	return NULL;
}

/* Is it a word of the catalog's names, or an abbreviation of one? Only those are looked for inside other words. */
static bool
is_known(const struct words *w, const char *p, size_t n)
{
	word_text word;

	if (n < 2 || n >= TOKEN_BYTES_MAX)
		return false;
	memcpy(word, p, n);
	word[n] = '\0';
	word_normal(w, word);
	return token_find(w, word) != NULL;
}

/* "custname" is "cust" and "name": the longest beginning of which the rest is known as well. 0: it is one word. */
static size_t
split_at(const struct words *w, const char *word)
{
	size_t n = strlen(word);

	if (n < SPLIT_BYTES_MIN || is_known(w, word, n))
		return 0;
	for (size_t i = n - 2; i >= 2; i--)
		if (is_known(w, word, i) && is_known(w, word + i, n - i))
			return i;
	return 0;
}

static unsigned
words_unglue(const struct words *w, word_text *words, unsigned n)
{
	for (unsigned i = 0; i < n && n < NAME_TOKENS_MAX; i++) {
		size_t at = split_at(w, words[i]);

		if (at == 0)
			continue;
		memmove(words + i + 2, words + i + 1, (n - i - 1) * sizeof *words);
		memcpy(words[i + 1], words[i] + at, strlen(words[i] + at) + 1);
		words[i][at] = '\0';
		n++;
		i++;
	}
	return n;
}

static unsigned
words_settle(const struct words *w, word_text *words, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		if (n > 1 && is_filler(w, words[i]))
			continue;
		memmove(words[kept], words[i], sizeof *words);
		word_normal(w, words[kept++]);
	}
	return kept;
}

/* --- n-grams --------------------------------------------------------------------------------------- */

static int
by_gram(const void *x, const void *y)
{
	return *(const uint16_t *)x - *(const uint16_t *)y;
}

static void
grams_make(struct name *out, word_text *words, unsigned n)
{
	char text[NAME_TOKENS_MAX * TOKEN_BYTES_MAX + 3];
	size_t len = 0;

	text[len++] = ' ';
	for (unsigned i = 0; i < n; i++) {
		size_t k = strlen(words[i]);

		memcpy(text + len, words[i], k);
		len += k;
		text[len++] = ' ';
	}
	out->ngrams = 0;
	for (size_t i = 0; i + 3 <= len && out->ngrams < GRAMS_MAX; i++)
		out->grams[out->ngrams++] = (uint16_t)(hash_bytes(text + i, 3) >> 16);
	qsort(out->grams, out->ngrams, sizeof *out->grams, by_gram);
}

static unsigned
grams_cosine(const struct name *x, const struct name *y)
{
	unsigned i = 0, k = 0;
	uint64_t dot = 0;

	while (i < x->ngrams && k < y->ngrams) {
		if (x->grams[i] == y->grams[k]) {
			dot++;
			i++;
			k++;
		} else if (x->grams[i] < y->grams[k]) {
			i++;
		} else {
			k++;
		}
	}
	if (dot == 0)
		return 0;
	return (unsigned)(dot * 1000 / root((uint64_t)x->ngrams * y->ngrams));
}

/* --- the catalog's names --------------------------------------------------------------------------- */

void
words_init(struct words *w, struct arena *a, const struct catalog *c)
{
	*w = (struct words){.a = a, .catalog = c};
}

static void *
grown(struct arena *a, void *at, size_t n, size_t *cap)
{
	void **out;

	if (n < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 1024;
	out = ARENA_ARRAY(a, *cap, void *);
	if (n > 0)
		memcpy(out, at, n * sizeof *out);
	return out;
}

static struct token *
token_add(struct words *w, const char *text)
{
	struct token *t = token_find(w, text), **chain = &w->token_hash[hash_bytes(text, strlen(text)) % WORDS_HASH];

	if (t)
		return t;
	t = ARENA_NEW(w->a, struct token);
	*t = (struct token){.text = arena_str(w->a, text), .meaning = meaning_of(w, text), .next = *chain,
	    .index = (uint32_t)w->ntokens};
	*chain = t;
	w->tokens = grown(w->a, w->tokens, w->ntokens, &w->tokens_cap);
	w->tokens[w->ntokens++] = t;
	return t;
}

static char *
squeeze(struct arena *a, const char *text)
{
	char *out = arena_str(a, text), *to = out;

	for (const char *p = text; *p; p++)
		if (is_wordy(*p))
			*to++ = lower(*p);
	*to = '\0';
	return out;
}

const struct name *
words_name(struct words *w, const char *text)
{
	struct name **chain = &w->name_hash[hash_bytes(text, strlen(text)) % WORDS_HASH], *k;
	word_text words[NAME_TOKENS_MAX];
	unsigned n;

	for (k = *chain; k; k = k->next)
		if (strcmp(k->text, text) == 0)
			return k;
	n = words_settle(w, words, words_split(text, words));
	k = ARENA_NEW(w->a, struct name);
	*k = (struct name){.text = text, .squeezed = squeeze(w->a, text), .ntokens = n, .next = *chain,
	    .index = (uint32_t)w->nnames};
	for (unsigned i = 0; i < n; i++)
		k->tokens[i] = token_add(w, words[i])->index;
	grams_make(k, words, n);
	*chain = k;
	w->names = grown(w->a, w->names, w->nnames, &w->names_cap);
	w->names[w->nnames++] = k;
	return k;
}

void
words_close(struct words *w)
{
	for (size_t i = 0; i < w->nnames; i++)
		for (unsigned k = 0; k < w->names[i]->ntokens; k++)
			w->tokens[w->names[i]->tokens[k]]->df++;
}

/* --- words against words --------------------------------------------------------------------------- */

/* Edits between two words, neighbours that changed places counting one; more than most: most + 1. */
static unsigned
edits(const char *x, const char *y, unsigned most)
{
	unsigned rows[3][TOKEN_BYTES_MAX + 1];
	size_t n = strlen(x), m = strlen(y);

	if (n > m + most || m > n + most)
		return most + 1;
	for (size_t k = 0; k <= m; k++)
		rows[0][k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i - 1) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= m; k++) {
			unsigned d = up[k - 1] + (x[i - 1] != y[k - 1]);

			d = up[k] + 1 < d ? up[k] + 1 : d;
			d = row[k - 1] + 1 < d ? row[k - 1] + 1 : d;
			if (i > 1 && k > 1 && x[i - 1] == y[k - 2] && x[i - 2] == y[k - 1] && up2[k - 2] + 1 < d)
				d = up2[k - 2] + 1;
			row[k] = d;
		}
	}
	return rows[n % 3][m];
}

/* Is x what remains of y when letters are left out, the first of them kept? */
static bool
is_cut(const char *x, const char *y)
{
	const char *at = y;

	if (*x != *y)
		return false;
	for (; *x; x++, at++) {
		at = strchr(at, *x);
		if (!at)
			return false;
	}
	return true;
}

/* Is x what consonants y has, behind its first letter? "wrk" of "work". */
static bool
is_skeleton(const char *x, const char *y)
{
	if (*x++ != *y++)
		return false;
	for (; *y; y++)
		if (!strchr("aeiou", *y) && *x++ != *y)
			return false;
	return *x == '\0';
}

static unsigned
near_cut(const char *x, const char *y)
{
	size_t n = strlen(x), m = strlen(y);

	if (n > m)
		return near_cut(y, x);
	if (n < 2 || n == m || !is_cut(x, y))
		return 0;
	if (n >= 3 && (strncmp(x, y, n) == 0 || is_skeleton(x, y)))
		return 860;
	if (n >= 3)
		return 720;
	return is_skeleton(x, y) ? 760 : x[n - 1] == y[m - 1] ? 620 : 0;
}

static unsigned
near_words(const char *x, int meaning, const struct token *y)
{
	size_t n = strlen(x), m = strlen(y->text), longest = n > m ? n : m;
	unsigned most = longest >= 8 ? 2 : longest >= 4 ? 1 : 0, d, cut;

	if (strcmp(x, y->text) == 0)
		return NEAR_SAME;
	if (meaning >= 0 && meaning == y->meaning)
		return NEAR_MEANING;
	if (is_digit(*x) || is_digit(*y->text))
		return 0;
	cut = near_cut(x, y->text);
	d = most ? edits(x, y->text, most) : 1;
	if (d > most)
		return cut;
	d = (unsigned)(1000 - 1000 * d / longest);
	return d > cut ? d : cut;
}

/* A common word says less than a rare one. */
static unsigned
weight(uint32_t df)
{
	unsigned log = 0;

	for (uint32_t x = df; x > 1; x /= 2)
		log++;
	return WEIGHT_MAX - (log > 10 ? 10 : log);
}

static uint32_t
own_add(struct arena *a, struct file_words *f, const char *text, size_t cap)
{
	for (size_t i = 0; i < f->nown; i++)
		if (strcmp(f->own[i], text) == 0)
			return (uint32_t)i;
	INVARIANT(f->nown < cap);
	f->own[f->nown] = arena_str(a, text);
	return (uint32_t)f->nown++;
}

/* Does every name begin with the same word, with others behind it? "te_date, te_hours": then it says nothing. */
static bool
has_prefix(const struct file_name *names, size_t n)
{
	if (n < 3)
		return false;
	for (size_t i = 0; i < n; i++)
		if (names[i].name.ntokens < 2 || names[i].name.tokens[0] != names[0].name.tokens[0])
			return false;
	return true;
}

static void
bare_make(const struct file_words *f, struct file_name *n)
{
	word_text words[NAME_TOKENS_MAX];

	n->bare = n->name;
	n->bare.ntokens = n->name.ntokens - 1;
	memmove(n->bare.tokens, n->bare.tokens + 1, n->bare.ntokens * sizeof *n->bare.tokens);
	n->bare.squeezed = "";
	for (unsigned i = 0; i < n->bare.ntokens; i++) {
		const char *own = f->own[n->bare.tokens[i]];

		memcpy(words[i], own, strlen(own) + 1);
	}
	grams_make(&n->bare, words, n->bare.ntokens);
}

void
words_of_file(struct arena *a, const struct words *w, const char *const *names, size_t n, struct file_words *out)
{
	struct file_name *list = ARENA_ARRAY(a, n, struct file_name);
	size_t cap = n * NAME_TOKENS_MAX;
	word_text words[NAME_TOKENS_MAX];

	*out = (struct file_words){.words = w, .own = ARENA_ARRAY(a, cap, const char *), .names = list, .n = n};
	for (size_t i = 0; i < n; i++) {
		struct name *k = &list[i].name;

		k->text = names[i];
		k->squeezed = squeeze(a, names[i]);
		k->ntokens = words_split(names[i], words);
		k->ntokens = words_settle(w, words, words_unglue(w, words, k->ntokens));
		for (unsigned t = 0; t < k->ntokens; t++)
			k->tokens[t] = own_add(a, out, words[t], cap);
		grams_make(k, words, k->ntokens);
	}
	if (has_prefix(list, n))
		for (size_t i = 0; i < n; i++)
			bare_make(out, &list[i]);
	out->near = ARENA_ARRAY(a, out->nown * w->ntokens, uint16_t);
	for (size_t i = 0; i < out->nown; i++) {
		int meaning = meaning_of(w, out->own[i]);

		for (size_t k = 0; k < w->ntokens; k++)
			out->near[i * w->ntokens + k] = (uint16_t)near_words(out->own[i], meaning, w->tokens[k]);
	}
}

/* --- names against names --------------------------------------------------------------------------- */

/* Word by word, each with its nearest that is free: the cosine of the two, rare words weighing more. */
static unsigned
words_cosine(const struct file_words *f, const struct name *x, const struct name *y, bool *same)
{
	uint64_t dot = 0, xx = 0, yy = 0;
	unsigned wx[NAME_TOKENS_MAX], taken = 0, done = 0, matched = 0;

	*same = x->ntokens == y->ntokens && x->ntokens > 0;
	for (unsigned i = 0; i < x->ntokens; i++)
		wx[i] = WEIGHT_MAX - 4;
	for (unsigned round = 0; round < x->ntokens; round++) {
		unsigned best = 0, bi = 0, bk = 0;

		for (unsigned i = 0; i < x->ntokens; i++)
			for (unsigned k = 0; k < y->ntokens && !(done >> i & 1); k++) {
				unsigned near = f->near[x->tokens[i] * f->words->ntokens + y->tokens[k]];

				if (near > best && !(taken >> k & 1)) {
					best = near;
					bi = i;
					bk = k;
				}
			}
		if (best == 0)
			break;
		done |= 1u << bi;
		taken |= 1u << bk;
		matched++;
		*same = *same && best == NEAR_SAME;
		wx[bi] = weight(f->words->tokens[y->tokens[bk]]->df);
		dot += (uint64_t)wx[bi] * wx[bi] * best;
	}
	*same = *same && matched == x->ntokens;
	for (unsigned i = 0; i < x->ntokens; i++)
		xx += (uint64_t)wx[i] * wx[i];
	for (unsigned k = 0; k < y->ntokens; k++) {
		unsigned wy = weight(f->words->tokens[y->tokens[k]]->df);

		yy += (uint64_t)wy * wy;
	}
	return dot == 0 ? 0 : (unsigned)(dot / root(xx * yy));
}

static unsigned
similarity(const struct file_words *f, const struct name *x, const struct name *y, bool is_own)
{
	unsigned words, grams, mixed;
	bool same;

	words = words_cosine(f, x, y, &same);
	if (same)
		return is_own ? SCORE_WORDS : SCORE_WORDS_SYNONYM;
	grams = grams_cosine(x, y);
	mixed = (3 * words + grams) / 4;
	mixed = mixed > grams * 9 / 10 ? mixed : grams * 9 / 10;
	mixed = mixed > words * 17 / 20 ? mixed : words * 17 / 20;
	mixed = mixed * (is_own ? 880 : 850) / 1000;
	return mixed > 870 ? 870 : mixed;
}

unsigned
name_score(const struct file_words *f, size_t column, const struct name *k, bool is_own, enum detect_how *how)
{
	const struct file_name *n = &f->names[column];
	unsigned score, bare;

	if (is_own && strcmp(n->name.text, k->text) == 0) {
		*how = DETECT_EXACT;
		return SCORE_EXACT;
	}
	if (*k->squeezed && strcmp(n->name.squeezed, k->squeezed) == 0) {
		*how = is_own ? DETECT_CASE : DETECT_SYNONYM;
		return is_own ? SCORE_CASE : SCORE_SYNONYM;
	}
	*how = DETECT_SIMILAR;
	score = similarity(f, &n->name, k, is_own);
	bare = n->bare.ntokens > 0 ? similarity(f, &n->bare, k, is_own) : 0;
	return score > bare ? score : bare;
}

unsigned
words_in(const struct words *w, const char *text, const char *of, unsigned *total)
{
	word_text x[NAME_TOKENS_MAX], y[NAME_TOKENS_MAX];
	unsigned n = words_settle(w, x, words_split(text, x)), m = words_settle(w, y, words_split(of, y)), found = 0;

	*total = m;
	for (unsigned k = 0; k < m; k++)
		for (unsigned i = 0; i < n; i++)
			if (strcmp(x[i], y[k]) == 0) {
				found++;
				break;
			}
	return found;
}
