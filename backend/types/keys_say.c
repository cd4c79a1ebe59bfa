/* SPDX-License-Identifier: Apache-2.0 */
/* What the keys of a table come to, in words: its grain, and what was not looked at. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "types/profiler.h"

/* How well a column serves to name a row: amounts and hours may be unique by chance. Less is better. */
static unsigned
awkwardness(const struct column_profile *c)
{
	if (is_id_name(c->name) || c->reading == COL_ID)
		return 0;
	switch (c->reading) {
	case COL_ID: return 0;
	case COL_INTEGER: return 2;
	case COL_ENUM: return 2;
	case COL_TEXT: return 3;
	case COL_DATE: return 3;
	case COL_TIMESTAMP: return 4;
	case COL_BOOLEAN: return 5;
	case COL_DECIMAL:
	case COL_MONEY: return 9;
	case COL_JSON:
	case COL_EMPTY:
	case COL__COUNT: break;
	}
	return 10;
}

/* The key that a person would name: few columns, ids before amounts, the first before later ones. */
static const struct profile_key *
best_key(const struct artifact_profile *p)
{
	const struct profile_key *best = NULL;
	unsigned least = 0;

	for (size_t i = 0; i < p->ncandidate_keys; i++) {
		const struct profile_key *k = &p->candidate_keys[i];
		unsigned worst = 0;
		for (size_t j = 0; j < k->ncolumns; j++) {
			unsigned one = awkwardness(&p->columns[k->columns[j]]);
			worst = one > worst ? one : worst;
		}
		/* A pair of ids is better than a single amount. */
		worst = worst * 4 + (unsigned)k->ncolumns;
		if (!best || worst < least) {
			best = k;
			least = worst;
		}
	}
	return best;
}

static const char *
grain_of(struct arena *a, const struct artifact_profile *p)
{
	const struct profile_key *k = best_key(p);
	struct buf b;

	buf_init(&b, a);
	if (k) {
		buf_str(&b, "one row per ");
		for (size_t i = 0; i < k->ncolumns; i++)
			buf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == k->ncolumns ? " and " : ", ", p->columns[k->columns[i]].name);
		return buf_take(&b);
	}
	if (p->repeated_rows <= 0)
		return NULL;
	if (p->repeated_rows == 1)
		return arena_str(a, "no key found: 1 row repeats another completely");
	return arena_printf(a, "no key found: %lld rows repeat another completely", (long long)p->repeated_rows);
}

static void
note_undecided(struct profiler *p, size_t nfound)
{
	const struct artifact_profile *out = p->out;
	bool is_one = out->nundecided_keys == 1;

	if (out->nundecided_keys)
		profiler_note(p,
		    "For %zu column%s or combination%s of columns the memory for finding keys was not enough; whether they are keys "
		    "is not decided.",
		    out->nundecided_keys, is_one ? "" : "s", is_one ? "" : "s");
	if (nfound > PROFILE_PAIR_COLUMNS_MAX)
		profiler_note(p, "Pairs of columns were tested as keys among the first %d of %zu columns that could be part of one.",
		    PROFILE_PAIR_COLUMNS_MAX, nfound);
}

static void
note_no_key(struct profiler *p, size_t nfound)
{
	const struct artifact_profile *out = p->out;
	size_t pairs = out->npair_columns * (out->npair_columns - (out->npair_columns > 0)) / 2, n = out->ntriple_columns;

	if (out->ncandidate_keys || out->nundecided_keys || out->pairs == PAIRS_NONE)
		return;
	if (out->repeated_rows > 0)
		profiler_note(p, "No columns are a key: %lld row%s another in every column.", (long long)out->repeated_rows,
		    out->repeated_rows == 1 ? " repeats" : "s repeat");
	else if (out->triples != PAIRS_NONE)
		profiler_note(p,
		    "No key was found: every column, %zu pairs and %zu triples of columns were looked at%s; columns with empty cells "
		    "cannot be part of one.",
		    pairs, n * (n - 1) * (n - 2) / 6,
		    out->triples == PAIRS_SOME ? " (triples of the columns with the most values only)" : "");
	else
		profiler_note(p, "No key was found among %zu column%s that could be part of one.", nfound, nfound == 1 ? "" : "s");
}

void
keys_say(struct profiler *p, size_t nfound)
{
	note_undecided(p, nfound);
	note_no_key(p, nfound);
	p->out->grain = grain_of(p->a, p->out);
}
