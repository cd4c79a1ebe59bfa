/* SPDX-License-Identifier: Apache-2.0 */
#include "types/foreign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/num.h"
#include "core/rnd.h"
#include "types/foreign_work.h"
#include "types/profile.h"

#define MEMORY_DEFAULT ((size_t)32 << 20)
#define PERMILLE_DEFAULT 900
#define FOUND_DEFAULT 64
#define CANDIDATES_MAX 256 /* counted exactly; those whose names say most */
#define KEYS_MAX 64        /* of one side, the narrow ones first: small tables have many by chance */
#define SCORE_MIN 300
#define BITS_MAX 40
#define BITS_OF_WORD 8 /* a word among a key's values is no chance of more than 1 in 256 */

/* ---- candidates ---- */

static enum value_class
class_of(const struct column_profile *c)
{
	if (c->distinct == 0 || c->reading == COL_BOOLEAN || c->reading == COL_MONEY || c->reading == COL_DECIMAL)
		return CLASS_NONE;
	switch (c->type) {
	case COL_INTEGER: return CLASS_NUMBER;
	case COL_ID:
	case COL_ENUM:
	case COL_TEXT: return c->reading == COL_DATE || c->reading == COL_TIMESTAMP ? CLASS_NONE : CLASS_WORD;
	case COL_DATE: return CLASS_DATE;
	case COL_DECIMAL:
	case COL_MONEY:
	case COL_TIMESTAMP:
	case COL_BOOLEAN:
	case COL_JSON:
	case COL_EMPTY:
	case COL__COUNT: break;
	}
	return CLASS_NONE;
}

static const struct column_profile *
column_at(const struct foreign_work *w, size_t side, uint16_t column)
{
	return &w->sides[side].profile->columns[column];
}

static bool
whole_edges(const struct column_profile *c, int64_t *min, int64_t *max)
{
	return c->min && c->max && num_parse(c->min, strlen(c->min), INT64_MIN, INT64_MAX, min, NULL) == 0 &&
	       num_parse(c->max, strlen(c->max), INT64_MIN, INT64_MAX, max, NULL) == 0;
}

/* Could the one column's values be among the other's? By types, edges and sketches. */
static bool
may_match(const struct foreign_work *w, size_t from, uint16_t left, size_t to, uint16_t right)
{
	const struct foreign_column *l = &w->columns[from][left], *r = &w->columns[to][right];
	int64_t lmin, lmax, rmin, rmax;

	if (l->class == CLASS_NONE || r->class == CLASS_NONE || (l->class == CLASS_DATE) != (r->class == CLASS_DATE))
		return false;
	if (l->class == CLASS_NUMBER && r->class == CLASS_NUMBER && whole_edges(column_at(w, from, left), &lmin, &lmax) &&
	    whole_edges(column_at(w, to, right), &rmin, &rmax) && (lmax < rmin || lmin > rmax))
		return false;
	return sketch_may_hold(r->sketch, l->sketch);
}

static void
add_candidate(struct foreign_work *w, const struct candidate *c)
{
	if (w->ncandidates == w->candidates_cap) {
		size_t cap = w->candidates_cap ? w->candidates_cap * 2 : 64;
		struct candidate **more = ARENA_ARRAY(w->a, cap, struct candidate *);
		if (w->ncandidates)
			memcpy(more, w->candidates, w->ncandidates * sizeof *more);
		w->candidates = more;
		w->candidates_cap = cap;
	}
	w->candidates[w->ncandidates] = ARENA_NEW(w->a, struct candidate);
	*w->candidates[w->ncandidates++] = *c;
}

/* One column of `from` for a key of one column. */
static void
try_single(struct foreign_work *w, size_t from, size_t to, uint16_t key)
{
	const struct foreign_side *t = &w->sides[to];

	for (uint16_t i = 0; i < w->sides[from].profile->ncolumns; i++) {
		struct candidate c = {.from = from, .to = to, .columns = {i}, .to_columns = {key}, .n = 1};
		if ((from == to && i == key) || w->columns[from][i].class == CLASS_DATE || !may_match(w, from, i, to, key))
			continue;
		c.is_normal = w->columns[from][i].class != w->columns[to][key].class;
		c.name_score = foreign_names(
		    w->a, column_at(w, from, i)->name, column_at(w, to, key)->name, t->path, from == to, &c.name_says);
		add_candidate(w, &c);
	}
}

/* Two columns for a key of two: only where both names speak for it; values alone would find far too many. */
static void
try_pair(struct foreign_work *w, size_t from, size_t to, const uint16_t *key)
{
	const struct foreign_side *t = &w->sides[to];
	size_t n = w->sides[from].profile->ncolumns;

	for (uint16_t i = 0; i < n && from != to; i++) {
		const char *says, *second;
		unsigned one = foreign_names(w->a, column_at(w, from, i)->name, column_at(w, to, key[0])->name, t->path, false, &says);
		if (one < 400 || !may_match(w, from, i, to, key[0]))
			continue;
		for (uint16_t k = 0; k < n; k++) {
			struct candidate c = {
			    .from = from, .to = to, .columns = {i, k}, .to_columns = {key[0], key[1]}, .n = 2, .name_says = says};
			unsigned two = foreign_names(
			    w->a, column_at(w, from, k)->name, column_at(w, to, key[1])->name, t->path, false, &second);
			if (k == i || two < 400 || !may_match(w, from, k, to, key[1]))
				continue;
			c.is_normal = w->columns[from][i].class != w->columns[to][key[0]].class ||
				      w->columns[from][k].class != w->columns[to][key[1]].class;
			c.name_score = one < two ? one : two;
			add_candidate(w, &c);
		}
	}
}

static void
try_keys(struct foreign_work *w, size_t to)
{
	const struct artifact_profile *p = w->sides[to].profile;
	size_t tried = 0;

	for (size_t width = 1; width <= FOREIGN_COLUMNS_MAX; width++)
		for (size_t i = 0; i < p->ncandidate_keys && tried < KEYS_MAX; i++) {
			const struct profile_key *k = &p->candidate_keys[i];
			bool is_usable = k->ncolumns == width;
			size_t ndates = 0;
			for (size_t j = 0; j < k->ncolumns && is_usable; j++) {
				is_usable = w->columns[to][k->columns[j]].class != CLASS_NONE;
				ndates += w->columns[to][k->columns[j]].class == CLASS_DATE;
			}
			if (!is_usable || ndates == k->ncolumns)
				continue;
			tried++;
			for (size_t from = 0; from < w->nsides; from++) {
				if (width == 1)
					try_single(w, from, to, k->columns[0]);
				else
					try_pair(w, from, to, k->columns);
			}
		}
}

/* ---- evidence ---- */

/* How often chance would do it: the key's share of the numbers between its edges, as bits for one value. */
static unsigned
bits_of_value(const struct foreign_work *w, const struct candidate *c)
{
	const struct column_profile *r = column_at(w, c->to, c->to_columns[0]);
	uint64_t rows = (uint64_t)w->sides[c->to].profile->rows, span;
	int64_t min, max;
	unsigned bits = 0;

	if (c->n > 1 || w->columns[c->to][c->to_columns[0]].class != CLASS_NUMBER)
		return BITS_OF_WORD;
	if (!whole_edges(r, &min, &max))
		return 0;
	span = (uint64_t)max - (uint64_t)min + 1;
	while (bits < BITS_OF_WORD * 2 && rows && span / rows >= 2) {
		span /= 2;
		bits++;
	}
	return bits;
}

static uint64_t
found_rows(const struct candidate *c)
{
	return c->is_normal && c->matched_normal > c->matched ? c->matched_normal : c->matched;
}

static unsigned
value_score(const struct foreign_work *w, const struct candidate *c)
{
	uint64_t bits = bits_of_value(w, c);

	if (bits && c->matched_values > BITS_MAX)
		bits = BITS_MAX;
	else
		bits *= c->matched_values;
	return (unsigned)(bits > BITS_MAX ? BITS_MAX : bits) * 500 / BITS_MAX;
}

/* 0: not worth showing. */
static unsigned
score_of(const struct foreign_work *w, const struct candidate *c, unsigned permille_min)
{
	unsigned value = value_score(w, c), score;
	uint64_t found = found_rows(c);

	if (c->rows == 0 || found * 1000 < c->rows * permille_min)
		return 0;
	if (value + c->name_score < SCORE_MIN || (value < 100 && c->name_score < SCORE_MIN))
		return 0;
	score = (unsigned)((value + c->name_score) * (found * 1000 / c->rows) / 1000);
	if (c->is_normal && c->matched < found)
		score = score * 4 / 10;
	return score ? score : 1;
}

static void
say_columns(struct buf *b, const struct foreign_work *w, size_t side, const uint16_t *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s", i ? " and " : "", column_at(w, side, columns[i])->name);
}

static void
say_counts(struct buf *b, const struct foreign_work *w, const struct candidate *c)
{
	const char *to = w->sides[c->to].path;

	if (!c->is_exact)
		buf_str(b, "of what memory allowed to count, ");
	if (c->matched == c->rows)
		buf_printf(b, "%s%" PRIu64 " row%s with a value find%s a row in %s", c->rows == 1 ? "the " : "all ", c->rows,
		    c->rows == 1 ? "" : "s", c->rows == 1 ? "s" : "", to);
	else
		buf_printf(b, "%" PRIu64 " of %" PRIu64 " rows with a value find a row in %s", c->matched, c->rows, to);
	buf_printf(b, " by ");
	say_columns(b, w, c->to, c->to_columns, c->n);
	if (c->is_normal && c->matched_normal > c->matched)
		buf_printf(b,
		    ": one side is text and the other whole numbers; %" PRIu64
		    " rows would match without the leading zeros and blanks (row %" PRIu64 " holds '%s')",
		    c->matched_normal, c->missing.row, c->missing.value);
	else if (c->missing.row)
		buf_printf(b, "; row %" PRIu64 " '%s' finds none", c->missing.row, c->missing.value);
}

static const char *
says_of(const struct foreign_work *w, const struct candidate *c)
{
	const struct artifact_profile *from = w->sides[c->from].profile;
	unsigned value = value_score(w, c);
	struct buf b;

	buf_init(&b, w->a);
	say_counts(&b, w, c);
	buf_printf(&b, "; %" PRIu64 " different value%s", c->matched_values, c->matched_values == 1 ? "" : "s");
	if (c->is_exact && from->rows >= 0 && (uint64_t)from->rows > c->rows)
		buf_printf(&b, "; %" PRIu64 " row%s no value", (uint64_t)from->rows - c->rows,
		    (uint64_t)from->rows - c->rows == 1 ? " has" : "s have");
	if (c->name_says)
		buf_printf(&b, "; names: %s", c->name_says);
	else if (c->name_score < 100)
		buf_str(&b, "; the names do not speak for it");
	if (value < 100)
		buf_str(&b, "; the values alone would fit by chance");
	return buf_take(&b);
}

struct by_path {
	const struct foreign_side *sides;
};
static int
by_columns(const struct foreign_key *a, const struct foreign_key *b, const struct foreign_side *sides)
{
	int c = strcmp(sides[a->from].path, sides[b->from].path);

	c = c ? c : strcmp(sides[a->to].path, sides[b->to].path);
	for (size_t i = 0; c == 0 && i < a->ncolumns && i < b->ncolumns; i++) {
		c = (a->columns[i] > b->columns[i]) - (a->columns[i] < b->columns[i]);
		c = c ? c : (a->to_columns[i] > b->to_columns[i]) - (a->to_columns[i] < b->to_columns[i]);
	}
	return c ? c : (a->ncolumns > b->ncolumns) - (a->ncolumns < b->ncolumns);
}

static int
by_score(const void *x, const void *y, void *order)
{
	const struct foreign_key *a = x, *b = y;

	return a->score != b->score ? (a->score < b->score) - (a->score > b->score) : by_columns(a, b, ((struct by_path *)order)->sides);
}

static struct foreign_key
key_of(const struct foreign_work *w, struct candidate *c, unsigned score)
{
	return (struct foreign_key){.from = c->from,
	    .to = c->to,
	    .columns = c->columns,
	    .to_columns = c->to_columns,
	    .ncolumns = c->n,
	    .rows = c->rows,
	    .matched = c->matched,
	    .matched_normal = c->is_normal ? c->matched_normal : c->matched,
	    .values = c->matched_values + c->unmatched.n,
	    .matched_values = c->matched_values,
	    .is_exact = c->is_exact && !c->is_unmatched_cut,
	    .missing = c->missing.value,
	    .missing_row = c->missing.row,
	    .score = score,
	    .says = says_of(w, c)};
}

static int
by_names(const void *x, const void *y)
{
	const struct candidate *a = *(struct candidate *const *)x, *b = *(struct candidate *const *)y;

	if (a->name_score != b->name_score)
		return (a->name_score < b->name_score) - (a->name_score > b->name_score);
	if (a->from != b->from)
		return (a->from > b->from) - (a->from < b->from);
	if (a->to != b->to)
		return (a->to > b->to) - (a->to < b->to);
	if (a->columns[0] != b->columns[0])
		return (a->columns[0] > b->columns[0]) - (a->columns[0] < b->columns[0]);
	if (a->to_columns[0] != b->to_columns[0])
		return (a->to_columns[0] > b->to_columns[0]) - (a->to_columns[0] < b->to_columns[0]);
	return memcmp(a->columns, b->columns, sizeof a->columns);
}

/* Candidates whose score could not reach the least, whatever the counts, are not counted. */
static void
prune(struct foreign_work *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->ncandidates; i++) {
		struct candidate *c = w->candidates[i];
		if (c->name_score >= SCORE_MIN || bits_of_value(w, c) > 0)
			w->candidates[kept++] = c;
	}
	qsort(w->candidates, kept, sizeof *w->candidates, by_names);
	w->ncandidates = kept < CANDIDATES_MAX ? kept : CANDIDATES_MAX;
}

int
foreign_find(struct arena *a, const struct foreign_side *sides, size_t nsides, const struct foreign_options *opt,
    const struct foreign_key **out, size_t *n, struct err *err)
{
	struct foreign_work w = {.a = a, .sides = sides, .nsides = nsides, .sketch_key = {UINT64_C(0x666f726765), UINT64_C(0x6b657973)}};
	unsigned permille = opt && opt->matched_permille_min ? opt->matched_permille_min : PERMILLE_DEFAULT;
	size_t max = opt && opt->found_max ? opt->found_max : FOUND_DEFAULT, found = 0;
	struct by_path order = {sides};
	struct foreign_key *keys;

	rnd_bytes(&w.key, sizeof w.key);
	w.budget.max_bytes = opt && opt->memory_bytes_max ? opt->memory_bytes_max : MEMORY_DEFAULT;
	w.columns = ARENA_ARRAY(a, nsides, struct foreign_column *);
	for (size_t i = 0; i < nsides; i++) {
		w.columns[i] = ARENA_ARRAY(a, sides[i].profile->ncolumns, struct foreign_column);
		for (size_t k = 0; k < sides[i].profile->ncolumns; k++)
			w.columns[i][k].class = class_of(&sides[i].profile->columns[k]);
	}
	if (foreign_sketch(&w, err) < 0)
		return -1;
	for (size_t to = 0; to < nsides; to++)
		if (sides[to].profile->rows > 0)
			try_keys(&w, to);
	prune(&w);
	if (w.ncandidates && foreign_count(&w, err) < 0)
		return -1;
	keys = ARENA_ARRAY(a, w.ncandidates, struct foreign_key);
	for (size_t i = 0; i < w.ncandidates; i++) {
		unsigned score = score_of(&w, w.candidates[i], permille);
		if (score)
			keys[found++] = key_of(&w, w.candidates[i], score);
	}
	qsort_r(keys, found, sizeof *keys, by_score, &order);
	*out = keys;
	*n = found < max ? found : max;
	return 0;
}

/* ---- JSON ---- */

static void
names_json(struct jw *w, const char *key, const struct artifact_profile *p, const uint16_t *columns, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_str(w, NULL, p->columns[columns[i]].name);
	jw_end(w);
}

static void
file_json(struct jw *w, const struct foreign_side *s)
{
	jw_object(w, NULL);
	jw_str(w, "path", s->path);
	if (s->profile->rows >= 0)
		jw_int(w, "rows", s->profile->rows);
	else
		jw_null(w, "rows");
	jw_str(w, "grain", s->profile->grain);
	jw_array(w, "candidate_keys");
	for (size_t i = 0; i < s->profile->ncandidate_keys; i++)
		names_json(w, NULL, s->profile, s->profile->candidate_keys[i].columns, s->profile->candidate_keys[i].ncolumns);
	jw_end(w);
	jw_end(w);
}

static void
key_json(struct jw *w, const struct foreign_side *sides, const struct foreign_key *k)
{
	jw_object(w, NULL);
	jw_str(w, "from", sides[k->from].path);
	names_json(w, "columns", sides[k->from].profile, k->columns, k->ncolumns);
	jw_str(w, "to", sides[k->to].path);
	names_json(w, "to_columns", sides[k->to].profile, k->to_columns, k->ncolumns);
	jw_uint(w, "rows", k->rows);
	jw_uint(w, "matched", k->matched);
	jw_uint(w, "matched_normal", k->matched_normal);
	jw_uint(w, "values", k->values);
	jw_uint(w, "matched_values", k->matched_values);
	jw_bool(w, "exact", k->is_exact);
	if (k->missing) {
		jw_object(w, "missing");
		jw_str(w, "value", k->missing);
		jw_uint(w, "row", k->missing_row);
		jw_end(w);
	} else {
		jw_null(w, "missing");
	}
	jw_uint(w, "score", k->score);
	jw_str(w, "says", k->says);
	jw_end(w);
}

void
foreign_json(const struct foreign_side *sides, size_t nsides, const struct foreign_key *keys, size_t nkeys, const char *key,
    struct jw *w)
{
	jw_object(w, key);
	jw_str(w, "schema", "forge.relations.v1");
	jw_array(w, "files");
	for (size_t i = 0; i < nsides; i++)
		file_json(w, &sides[i]);
	jw_end(w);
	jw_array(w, "relations");
	for (size_t i = 0; i < nkeys; i++)
		key_json(w, sides, &keys[i]);
	jw_end(w);
	jw_end(w);
}
