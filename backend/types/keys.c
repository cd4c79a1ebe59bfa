/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/profiler.h"

#define PAIRS_MAX (PROFILE_PAIR_COLUMNS_MAX * (PROFILE_PAIR_COLUMNS_MAX - 1) / 2)

struct pair {
	unsigned i; /* indices into pair_columns, i < k */
	unsigned k;
	struct keyset seen;
	bool is_unknown;
};
struct pairs {
	const uint16_t *columns; /* [ncolumns] */
	size_t ncolumns;
	struct pair *all; /* [n] */
	size_t n;
	struct pair *open[PAIRS_MAX]; /* [nopen] not refuted yet */
	size_t nopen;
	uint64_t multiplier; /* odd and secret: it mixes two hashes into one */
};

static struct profile_key
key_of(struct arena *a, uint16_t first, uint16_t second, size_t n)
{
	uint16_t *columns = ARENA_ARRAY(a, 2, uint16_t);

	columns[0] = first;
	columns[1] = second;
	return (struct profile_key){columns, n};
}

/* The keyed hash of two keyed hashes (multiply, then the finisher of MurmurHash3). */
static uint64_t
mix(const struct pairs *ps, uint64_t a, uint64_t b)
{
	uint64_t h = a * ps->multiplier + b;

	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h ? h : 1;
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
	for (size_t i = 0; i < ps->ncolumns; i++) {
		const struct cell *c = &row->cells[ps->columns[i]];
		hashes[i] = hash_bytes(&p->keys[c->type], c->p, c->n);
	}
	for (size_t i = 0; i < ps->nopen; i++) {
		struct pair *q = ps->open[i];
		enum keyset_result r = keyset_add(&q->seen, mix(ps, hashes[q->i], hashes[q->k]));
		if (r == KEYSET_NEW) {
			ps->open[kept++] = q;
			continue;
		}
		q->is_unknown = r == KEYSET_FULL;
		keyset_release(&q->seen);
	}
	ps->nopen = kept;
	return true;
}

static int
scan_pairs(struct profiler *p, struct pairs *ps, struct err *err)
{
	struct rows *rows = rows_new(p->a, p->fd, p->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	bool is_same = true;

	while (is_same && ps->nopen && r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW)
		is_same = take_row(p, ps, row);
	rows_release(rows);
	if (r == ROWS_FAULT || !is_same) /* the first pass found it sound */
		return err_set(err, E_IO, "the file changed while it was read");
	return r == ROWS_ERR ? -1 : 0;
}

/*
 * Columns worth pairing: no nulls, more than one value, not a key and not possibly a key. Returns how
 * many there are; the first PROFILE_PAIR_COLUMNS_MAX of them are taken.
 */
static size_t
choose_columns(const struct profiler *p, uint16_t out[PROFILE_PAIR_COLUMNS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < p->ngauges; i++) {
		const struct gauge *g = p->gauges[i];
		if (g->nulls > 0 || columns_is_key(g) || g->is_key_unknown || g->seen.n < 2)
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
		profiler_note(p, "For %zu column%s or pair%s the memory for finding keys was not enough; whether they are keys "
		    "is not decided.", out->nundecided_keys, out->nundecided_keys == 1 ? "" : "s",
		    out->nundecided_keys == 1 ? "" : "s");
	if (nfound > PROFILE_PAIR_COLUMNS_MAX)
		profiler_note(p, "Pairs of columns were tested as keys among the first %d of %zu columns that could be part of one.",
		    PROFILE_PAIR_COLUMNS_MAX, nfound);
}

static int
find_pairs(struct profiler *p, struct err *err)
{
	uint16_t *columns = ARENA_ARRAY(p->a, PROFILE_PAIR_COLUMNS_MAX, uint16_t);
	struct pairs ps = {.columns = columns, .multiplier = p->keys[CELL_NULL].k0 | 1};
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
	for (size_t i = 0; i < ps.n; i++) {
		struct pair *q = &ps.all[i];
		if (!q->seen.is_released || q->is_unknown)
			add_key(p, q->is_unknown, key_of(p->a, columns[q->i], columns[q->k], 2));
		if (!q->seen.is_released)
			keyset_release(&q->seen);
	}
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
