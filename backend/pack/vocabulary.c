/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"

/* Groups of words; the first of each stands for the others. */
static const struct term *
groups_read(struct arena *a, const struct jx *list, size_t *n)
{
	struct term *out = ARENA_ARRAY(a, jx_size(list), struct term);

	*n = jx_size(list);
	for (size_t i = 0; i < *n; i++) {
		size_t words;
		const char *const *group = strings_read(a, jx_at(list, i), &words);

		INVARIANT(words > 1); /* the schema says so */
		out[i] = (struct term){.word = group[0], .synonyms = group + 1, .nsynonyms = words - 1};
	}
	return out;
}

void
vocabulary_document_read(struct arena *a, const struct jx *doc, struct vocabulary *out)
{
	*out = (struct vocabulary){.id = jx_str(jx_find(doc, "id"), "")};
	out->abbreviations = groups_read(a, jx_find(doc, "abbreviations"), &out->nabbreviations);
	out->words = groups_read(a, jx_find(doc, "words"), &out->nwords);
	out->fillers = strings_read(a, jx_find(doc, "fillers"), &out->nfillers);
}
