/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/route_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define WORD_BYTES_MAX 40

/* Sorted: looked up by bsearch. Words that say nothing about a domain. */
static const char *const small_words[] = {"a", "about", "after", "again", "against", "all",
    "already", "also", "always", "am", "an", "and", "another", "any", "anyone", "anything",
    "are", "around", "as", "at", "away", "back", "be", "because", "been", "before", "being",
    "between", "both", "but", "by", "came", "can", "come", "comes", "could", "did", "do", "does",
    "done", "down", "each", "else", "even", "ever", "every", "everyone", "everything", "few",
    "find", "first", "five", "for", "four", "from", "get", "gets", "give", "go", "got", "had",
    "has", "have", "having", "he", "her", "here", "him", "his", "how", "hundred", "i", "if",
    "in", "instead", "into", "is", "it", "its", "itself", "just", "keep", "know", "last",
    "later", "let", "like", "list", "look", "looks", "made", "make", "many", "may", "maybe",
    "me", "might", "more", "most", "much", "must", "my", "near", "need", "new", "next", "now",
    "of", "off", "often", "okay", "on", "once", "one", "ones", "only", "or", "other", "our",
    "ours", "out", "over", "own", "per", "perhaps", "please", "put", "quite", "rather", "really",
    "said", "same", "say", "says", "second", "see", "seem", "she", "should", "show", "since",
    "six", "so", "some", "somebody", "someone", "something", "soon", "still", "such", "sure",
    "take", "tell", "ten", "than", "thank", "thanks", "that", "the", "their", "them", "then",
    "there", "these", "they", "thing", "things", "third", "this", "those", "though", "thousand",
    "three", "through", "to", "today", "too", "toward", "twelve", "two", "under", "until", "up",
    "upon", "us", "use", "using", "very", "via", "want", "wants", "was", "we", "well", "were",
    "what", "when", "where", "whether", "which", "while", "who", "whole", "whom", "whose", "why",
    "will", "with", "within", "would", "yet", "you", "your"};

static const char *const denials[] = {"don", "dont", "neither", "never", "no", "nobody", "none", "nor", "not",
    "nothing", "skip", "without"};

static int
by_name(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

static bool
is_in(const char *word, const char *const *list, size_t n)
{
	return bsearch(word, list, n, sizeof *list, by_name) != NULL;
}

static bool
has_vowel(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("aeiouy", s[i]))
			return true;
	return false;
}

static bool
ends(const char *s, size_t n, const char *ending)
{
	size_t k = strlen(ending);

	return n > k && memcmp(s + n - k, ending, k) == 0;
}

/* What stands before -ing or -ed: one of two equal consonants goes. */
static size_t
undouble(const char *s, size_t n)
{
	if (n > 3 && s[n - 1] == s[n - 2] && !strchr("aeioulsz", s[n - 1]))
		return n - 1;
	return n;
}

/* A light stemmer: plural, -ing, -ed, -ly, a few nouns made of verbs, and a silent e. */
static size_t
stem(char *s, size_t n)
{
	static const struct {
		const char *from, *to;
	} nouns[] = {{"ization", "ize"}, {"isation", "ise"}, {"ification", "ify"}, {"ancy", "ant"}, {"ency", "ent"},
	    {"ibility", "ible"}, {"ability", "able"}, {"iliation", "ile"}, {"igation", "igate"}, {"ation", "ate"},
	    {"ment", ""}, {"ness", ""}, {"ly", ""}};

	if (n > 4 && ends(s, n, "ies")) {
		n -= 2;
		s[n - 1] = 'y';
	} else if (n > 4 && (ends(s, n, "sses") || ends(s, n, "shes") || ends(s, n, "ches") || ends(s, n, "xes"))) {
		n -= 2;
	} else if (n > 3 && s[n - 1] == 's' && !strchr("sui", s[n - 2])) {
		n--;
	}
	if (n > 5 && ends(s, n, "ing") && has_vowel(s, n - 3))
		n = undouble(s, n - 3);
	else if (n > 4 && ends(s, n, "ied"))
		s[n - 3] = 'y', n -= 2;
	else if (n > 4 && ends(s, n, "ed") && has_vowel(s, n - 2))
		n = undouble(s, n - 2);
	for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
		size_t k = strlen(nouns[i].from), to = strlen(nouns[i].to);

		if (n < k + 4 || !ends(s, n, nouns[i].from))
			continue;
		memcpy(s + n - k, nouns[i].to, to);
		n = n - k + to;
		break;
	}
	if (n > 4 && s[n - 1] == 'e')
		n--;
	return n;
}

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A colon, comma, dash … ends what a denial reaches; an apostrophe or hyphen within a word does not. */
static bool
ends_clause(const char *text, size_t n, size_t i)
{
	if (text[i] == '.')
		return i + 1 == n || !is_word_byte(text[i + 1]);
	return strchr(",;:!?()\n", text[i]) != NULL && text[i] != '\0';
}

const struct route_word *
route_words(struct arena *a, const char *text, size_t n, size_t *count)
{
	struct route_word *out = ARENA_ARRAY(a, n / 2 + 1, struct route_word);
	bool is_denied = false;
	size_t i = 0;

	*count = 0;
	while (i < n) {
		char word[WORD_BYTES_MAX + 1];
		size_t from = i, k = 0;

		if (!is_word_byte(text[i])) {
			is_denied = is_denied && !ends_clause(text, n, i);
			i++;
			continue;
		}
		for (; i < n && is_word_byte(text[i]); i++)
			if (k < WORD_BYTES_MAX)
				word[k++] = (char)tolower((unsigned char)text[i]);
		word[k] = '\0';
		/* "contract's", "it'll": what follows an apostrophe is an ending, no word. */
		if (from > 0 && text[from - 1] == '\'' && from > 1 && is_word_byte(text[from - 2]) && k <= 2)
			continue;
		out[*count].is_small = is_in(word, small_words, sizeof small_words / sizeof *small_words);
		out[*count].is_denied = is_denied;
		if (is_in(word, denials, sizeof denials / sizeof *denials)) {
			out[*count].is_small = true;
			out[*count].is_denial = true;
			is_denied = true;
		}
		if (!out[*count].is_small)
			k = stem(word, k);
		out[(*count)++].stem = arena_dup(a, word, k);
	}
	return out;
}

static int
by_number(const void *x, const void *y)
{
	const uint16_t *p = x, *q = y;

	return (*p > *q) - (*p < *q);
}

struct route_trigrams
route_trigrams_of(struct arena *a, const struct route_word *words, size_t n)
{
	size_t most = 0, k = 0, unique = 0;
	uint16_t *at;

	for (size_t i = 0; i < n; i++)
		most += strlen(words[i].stem);
	at = ARENA_ARRAY(a, most + 1, uint16_t);
	for (size_t i = 0; i < n; i++) {
		const unsigned char *s = (const unsigned char *)words[i].stem;
		size_t bytes = strlen(words[i].stem);

		if (words[i].is_small || words[i].is_denied)
			continue;
		/* "_word_": the first and last letters are worth a trigram of their own. */
		for (size_t j = 0; j < bytes; j++) {
			uint32_t before = j > 0 ? s[j - 1] : '_', after = j + 1 < bytes ? s[j + 1] : '_';

			at[k++] = (uint16_t)((before * 961u + s[j] * 31u + after) * 2654435761u >> 16);
		}
	}
	if (k > 1)
		qsort(at, k, sizeof *at, by_number);
	for (size_t i = 0; i < k; i++)
		if (i == 0 || at[i] != at[i - 1])
			at[unique++] = at[i];
	return (struct route_trigrams){.at = at, .n = unique};
}
