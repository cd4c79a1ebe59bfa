/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/profiler.h"

#define CHANGED "the file changed while it was read"
#define PAIRS_MAX (PROFILE_PAIR_COLUMNS_MAX * (PROFILE_PAIR_COLUMNS_MAX - 1) / 2)

struct pair {
	unsigned i; /* indices into pair_columns, i < k */
	unsigned k;
	struct keyset seen;
	bool is_unknown;
	bool is_key;
};
struct pairs {
	const uint16_t *columns; /* [ncolumns] */
	size_t ncolumns;
	struct pair *all; /* [n] */
	size_t n;
	struct pair *open[PAIRS_MAX]; /* [nopen] not refuted yet */
	size_t nopen;
};

static struct profile_key
key_of(struct arena *a, uint16_t first, uint16_t second, size_t n)
{
	uint16_t *columns = ARENA_ARRAY(a, 2, uint16_t);

	columns[0] = first;
	columns[1] = second;
	return (struct profile_key){columns, n};
}

/* One column or two, and how a row's values there become a hash. */
struct key_hasher {
	uint16_t first;
	uint16_t second;
	size_t n; /* 1 or 2 */
};

/* The keyed hash of two keyed hashes (multiply, then the finisher of MurmurHash3). */
static uint64_t
mix(const struct profiler *p, uint64_t a, uint64_t b)
{
	uint64_t h =
	    a * (p->keys[CELL_NULL].k0 | 1) + b; /* nulls are never hashed: their key is free */

	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h ? h : 1;
}

static uint64_t
hash_cell(const struct profiler *p, const struct cell *c)
{
	return hash_bytes(&p->keys[c->type], c->p, c->n);
}

/* False when the row lacks the column: every row had it in the first pass. */
static bool
hash_key_of(
    const struct profiler *p, const struct key_hasher *h, const struct row *row, uint64_t *out)
{
	if (h->first >= row->ncells || (h->n > 1 && h->second >= row->ncells))
		return false;
	*out = hash_cell(p, &row->cells[h->first]);
	if (h->n > 1)
		*out = mix(p, *out, hash_cell(p, &row->cells[h->second]));
	return true;
}

/* A repeat, or no more room. */
static void
close_pair(struct pair *q, enum keyset_result r)
{
	q->is_unknown = r == KEYSET_FULL;
	keyset_release(&q->seen);
}

/* False when the row lacks a column that every row had in the first pass. */
static bool
take_row(struct profiler *p, struct pairs *ps, const struct row *row)
{
	uint64_t hashes[PROFILE_PAIR_COLUMNS_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < ps->ncolumns; i++)
		if (ps->columns[i] >= row->ncells)
			return false;
	for (size_t i = 0; i < ps->ncolumns; i++)
		hashes[i] = hash_cell(p, &row->cells[ps->columns[i]]);
	for (size_t i = 0; i < ps->nopen; i++) {
		struct pair *q = ps->open[i];
		enum keyset_result r = keyset_queue(&q->seen, mix(p, hashes[q->i], hashes[q->k]));
		if (r == KEYSET_NEW) {
			ps->open[kept++] = q;
			continue;
		}
		close_pair(q, r);
	}
	ps->nopen = kept;
	return true;
}

/* ---- more rows than memory: one part of the hashes after another ---- */

#define PASSES_MAX 16 /* over the file, for all columns and pairs together */

/* How many parts are needed so that each fits: a set grows by doubling, old and new side by side.
 */
static uint64_t
parts_needed(const struct profiler *p)
{
	uint64_t slots = 32;

	while (slots * 2 * 3 * sizeof(uint64_t) / 2 <= p->budget.max_bytes)
		slots *= 2;
	return p->nrows / (slots / 3 * 2) + 1;
}

/* One pass: the rows whose hash falls into this part. KEY_YES: none of them repeats. -1: E_IO. */
static int
decide_part(struct profiler *p, const struct key_hasher *h, uint64_t part, uint64_t parts,
    enum key_verdict *out, struct err *err)
{
	struct keyset *seen = ARENA_NEW(p->a, struct keyset);
	struct rows *rows = rows_new(p->a, p->fd, p->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	enum keyset_result k = KEYSET_NEW;

	keyset_init(seen, p->a, &p->budget, false);
	while (k == KEYSET_NEW && r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW) {
		uint64_t hash;
		if (!hash_key_of(p, h, row, &hash)) {
			r = ROWS_FAULT;
			break;
		}
		if ((hash >> 32) * parts >> 32 == part) /* the high bits spread evenly */
			k = keyset_queue(seen, hash);
	}
	if (k == KEYSET_NEW)
		k = keyset_flush(seen);
	*out = k == KEYSET_NEW ? KEY_YES : k == KEYSET_SEEN ? KEY_NO : KEY_UNDECIDED;
	keyset_release(seen);
	rows_release(rows);
	if (r == ROWS_FAULT)
		return err_set(err, E_IO, CHANGED);
	return r == ROWS_ERR ? -1 : 0;
}

/* As many passes as parts; KEY_UNDECIDED when that would be too many. */
static int
decide(struct profiler *p, const struct key_hasher *h, enum key_verdict *out, struct err *err)
{
	uint64_t parts = parts_needed(p);

	*out = KEY_UNDECIDED;
	if (p->passes + parts > PASSES_MAX)
		return 0;
	for (uint64_t part = 0; part < parts; part++) {
		p->passes++;
		if (decide_part(p, h, part, parts, out, err) < 0)
			return -1;
		if (*out != KEY_YES)
			break;
	}
	return 0;
}

int
keys_decide_columns(struct profiler *p, struct err *err)
{
	for (size_t i = 0; i < p->ngauges; i++) {
		struct gauge *g = p->gauges[i];
		struct key_hasher h = {.first = (uint16_t)i, .n = 1};
		enum key_verdict verdict;
		if (!g->is_key_unknown)
			continue;
		if (decide(p, &h, &verdict, err) < 0)
			return -1;
		g->is_key_unknown = verdict == KEY_UNDECIDED;
		g->is_repeated = verdict == KEY_NO;
		if (verdict == KEY_YES) {
			g->is_capped = false;
			g->seen.n = g->values;
		}
	}
	return 0;
}

static int
scan_pairs(struct profiler *p, struct pairs *ps, struct err *err)
{
	struct rows *rows = rows_new(p->a, p->fd, p->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	bool is_same = true;

	while (
	    is_same && ps->nopen && r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW)
		is_same = take_row(p, ps, row);
	rows_release(rows);
	if (r == ROWS_FAULT || !is_same) /* the first pass found it sound */
		return err_set(err, E_IO, CHANGED);
	return r == ROWS_ERR ? -1 : 0;
}

/*
 * Columns worth pairing: no nulls, more than one value, not a key and not possibly a key. Returns
 * how many there are; the first PROFILE_PAIR_COLUMNS_MAX of them are taken.
 */
static size_t
choose_columns(const struct profiler *p, uint16_t out[PROFILE_PAIR_COLUMNS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < p->ngauges; i++) {
		const struct gauge *g = p->gauges[i];
		if (g->nulls > 0 || columns_is_key(g) || g->is_key_unknown ||
		    (g->seen.n < 2 && !g->is_capped))
			continue;
		if (n < PROFILE_PAIR_COLUMNS_MAX)
			out[n] = (uint16_t)i;
		n++;
	}
	return n;
}

/* Fewer combinations than rows: without looking, no key. */
static bool
is_too_few(const struct profiler *p, const struct gauge *a, const struct gauge *b)
{
	uint64_t product;

	if (a->is_capped || b->is_capped || __builtin_mul_overflow(a->seen.n, b->seen.n, &product))
		return false;
	return product < p->nrows;
}

static void
make_pairs(struct profiler *p, struct pairs *ps)
{
	ps->all = ARENA_ARRAY(p->a, PAIRS_MAX, struct pair);
	for (unsigned i = 0; i < ps->ncolumns; i++)
		for (unsigned k = i + 1; k < ps->ncolumns; k++) {
			struct pair *q = &ps->all[ps->n];
			if (is_too_few(p, p->gauges[ps->columns[i]], p->gauges[ps->columns[k]]))
				continue;
			q->i = i;
			q->k = k;
			keyset_init(&q->seen, p->a, &p->budget, false);
			ps->n++;
			ps->open[ps->nopen++] = q;
		}
}

static void
add_key(struct profiler *p, bool is_unknown, struct profile_key key)
{
	if (is_unknown)
		p->undecided[p->out->nundecided_keys++] = key;
	else
		p->candidates[p->out->ncandidate_keys++] = key;
}

static void
note_undecided(struct profiler *p, size_t nfound)
{
	struct artifact_profile *out = p->out;

	if (out->nundecided_keys)
		profiler_note(p,
		    "For %zu column%s or pair%s the memory for finding keys was not enough; whether they are keys "
		    "is not decided.",
		    out->nundecided_keys, out->nundecided_keys == 1 ? "" : "s",
		    out->nundecided_keys == 1 ? "" : "s");
	if (nfound > PROFILE_PAIR_COLUMNS_MAX)
		profiler_note(p,
		    "Pairs of columns were tested as keys among the first %d of %zu columns that could be part of one.",
		    PROFILE_PAIR_COLUMNS_MAX, nfound);
}

/* What the pair is, after more passes where one was not enough. */
static int
settle_pair(struct profiler *p, const uint16_t *columns, const struct pair *q, struct err *err)
{
	struct key_hasher h = {.first = columns[q->i], .second = columns[q->k], .n = 2};
	enum key_verdict verdict = q->is_key ? KEY_YES : KEY_NO;

	if (q->is_unknown && decide(p, &h, &verdict, err) < 0)
		return -1;
	if (verdict != KEY_NO)
		add_key(p, verdict == KEY_UNDECIDED, key_of(p->a, h.first, h.second, 2));
	return 0;
}

static int
find_pairs(struct profiler *p, struct err *err)
{
	uint16_t *columns = ARENA_ARRAY(p->a, PROFILE_PAIR_COLUMNS_MAX, uint16_t);
	struct pairs ps = {.columns = columns};
	size_t found = choose_columns(p, columns);

	ps.ncolumns = found < PROFILE_PAIR_COLUMNS_MAX ? found : PROFILE_PAIR_COLUMNS_MAX;
	p->out->pairs = found > PROFILE_PAIR_COLUMNS_MAX ? PAIRS_SOME : PAIRS_ALL;
	p->out->pair_columns = columns;
	p->out->npair_columns = ps.ncolumns;
	make_pairs(p, &ps);
	for (size_t i = 0; i < p->ngauges; i++)
		if (!p->gauges[i]->is_capped)
			keyset_release(&p->gauges[i]->seen); /* counted; the pairs need the room */
	if (ps.nopen && scan_pairs(p, &ps, err) < 0)
		return -1;
	for (size_t i = 0; i < ps.nopen; i++) {
		enum keyset_result r = keyset_flush(&ps.open[i]->seen);
		ps.open[i]->is_key = r == KEYSET_NEW;
		close_pair(ps.open[i], r);
	}
	for (size_t i = 0; i < ps.n; i++)
		if (settle_pair(p, columns, &ps.all[i], err) < 0)
			return -1;
	note_undecided(p, found);
	return 0;
}

int
keys_find(struct profiler *p, struct err *err)
{
	size_t max = p->ngauges + PAIRS_MAX;

	p->out->candidate_keys = p->candidates = ARENA_ARRAY(p->a, max, struct profile_key);
	p->out->undecided_keys = p->undecided = ARENA_ARRAY(p->a, max, struct profile_key);
	if (p->nrows == 0)
		return 0;
	for (size_t i = 0; i < p->ngauges; i++) {
		const struct gauge *g = p->gauges[i];
		if (columns_is_key(g) || (g->is_key_unknown && g->nulls == 0))
			add_key(p, g->is_key_unknown, key_of(p->a, (uint16_t)i, 0, 1));
	}
	if (p->nrows < 2 || (p->opt && p->opt->skip_pairs)) {
		note_undecided(p, 0);
		return 0;
	}
	return find_pairs(p, err);
}
