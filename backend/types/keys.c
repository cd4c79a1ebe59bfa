/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/profiler.h"

#define CHANGED "the file changed while it was read"
#define PAIRS_MAX (PROFILE_PAIR_COLUMNS_MAX * (PROFILE_PAIR_COLUMNS_MAX - 1) / 2)
#define TRIPLES_MAX \
	(PROFILE_TRIPLE_COLUMNS_MAX * (PROFILE_TRIPLE_COLUMNS_MAX - 1) * (PROFILE_TRIPLE_COLUMNS_MAX - 2) / 6)
#define COMBOS_MAX (PAIRS_MAX > TRIPLES_MAX ? PAIRS_MAX : TRIPLES_MAX)
#define KEY_COLUMNS_MAX 3

/* Two or three columns that may be a key together. */
struct combo {
	unsigned at[KEY_COLUMNS_MAX]; /* indices into the columns, ascending */
	size_t n;
	struct keyset seen;
	bool is_unknown;
	bool is_key;
};
struct combos {
	const uint16_t *columns; /* [ncolumns] */
	size_t ncolumns;
	struct combo *all; /* [n] */
	size_t n;
	struct combo *open[COMBOS_MAX]; /* [nopen] not refuted yet */
	size_t nopen;
	struct keyset rows;  /* whole rows, if is_counting_rows */
	bool is_counting_rows;
	uint64_t repeated;   /* rows that repeat another one, as far as counted */
};

/* Some columns, and how a row's values there become a hash. n 0: the whole row, nulls included. */
struct key_hasher {
	uint16_t columns[KEY_COLUMNS_MAX];
	size_t n;
};

static struct profile_key
key_of(struct arena *a, const struct key_hasher *h)
{
	uint16_t *columns = ARENA_ARRAY(a, KEY_COLUMNS_MAX, uint16_t);

	memcpy(columns, h->columns, sizeof h->columns);
	return (struct profile_key){columns, h->n};
}

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

/* Late columns of JSON rows are null before they come. */
static uint64_t
hash_row(const struct profiler *p, const struct row *row)
{
	uint64_t h = p->keys[CELL_NULL].k1;

	for (size_t i = 0; i < p->ngauges; i++) {
		bool is_null = i >= row->ncells || row->cells[i].type == CELL_NULL || row->cells[i].type == CELL_MISSING;
		h = mix(p, h, is_null ? 1 : hash_cell(p, &row->cells[i]));
	}
	return h;
}

/* False when the row lacks the column: every row had it in the first pass. */
static bool
hash_key_of(const struct profiler *p, const struct key_hasher *h, const struct row *row, uint64_t *out)
{
	if (h->n == 0) {
		*out = hash_row(p, row);
		return true;
	}
	for (size_t i = 0; i < h->n; i++) {
		uint64_t one;
		if (h->columns[i] >= row->ncells)
			return false;
		one = hash_cell(p, &row->cells[h->columns[i]]);
		*out = i ? mix(p, *out, one) : one;
	}
	return true;
}

/* A repeat, or no more room. */
static void
close_combo(struct combo *q, enum keyset_result r)
{
	q->is_unknown = r == KEYSET_FULL;
	keyset_release(&q->seen);
}

/* Counting repeated rows is worth less than finding a key: it makes room first. */
static bool
give_up_rows(struct combos *cs)
{
	if (!cs->is_counting_rows)
		return false;
	cs->is_counting_rows = false;
	keyset_release(&cs->rows);
	return true;
}

static void
count_row(struct combos *cs, enum keyset_result r)
{
	for (; r == KEYSET_SEEN; r = keyset_flush(&cs->rows))
		cs->repeated++;
	if (r == KEYSET_FULL)
		(void)give_up_rows(cs);
}

/* False when the row lacks a column that every row had in the first pass. */
static bool
take_row(struct profiler *p, struct combos *cs, const struct row *row)
{
	uint64_t hashes[PROFILE_PAIR_COLUMNS_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < cs->ncolumns; i++)
		if (cs->columns[i] >= row->ncells)
			return false;
	for (size_t i = 0; i < cs->ncolumns && cs->nopen; i++)
		hashes[i] = hash_cell(p, &row->cells[cs->columns[i]]);
	for (size_t i = 0; i < cs->nopen; i++) {
		struct combo *q = cs->open[i];
		uint64_t hash = mix(p, hashes[q->at[0]], hashes[q->at[1]]);
		enum keyset_result r = keyset_queue(&q->seen, q->n > 2 ? mix(p, hash, hashes[q->at[2]]) : hash);
		while (r == KEYSET_FULL && give_up_rows(cs))
			r = keyset_flush(&q->seen);
		if (r == KEYSET_NEW) {
			cs->open[kept++] = q;
			continue;
		}
		close_combo(q, r);
	}
	cs->nopen = kept;
	if (cs->is_counting_rows)
		count_row(cs, keyset_queue(&cs->rows, hash_row(p, row)));
	return true;
}

/* ---- more rows than memory: one part of the hashes after another, sorted ---- */

#define PASSES_DEFAULT 32 /* over the file, for all columns and combinations together */
#define SORTED_BY_HAND 24

/* How many of the n hashes repeat another one. They are sorted byte by byte, from `shift` on. */
static uint64_t
count_twins(uint64_t *h, size_t n, unsigned shift)
{
	size_t begin[257] = {0}, at[256];
	uint64_t twins = 0;

	if (n <= SORTED_BY_HAND) {
		for (size_t i = 1; i < n; i++) {
			uint64_t v = h[i];
			size_t k = i;
			for (; k > 0 && h[k - 1] > v; k--)
				h[k] = h[k - 1];
			h[k] = v;
		}
		for (size_t i = 1; i < n; i++)
			twins += h[i] == h[i - 1];
		return twins;
	}
	if (shift >= 64)
		return n - 1; /* every byte was alike */
	for (size_t i = 0; i < n; i++)
		begin[(h[i] >> shift & 0xff) + 1]++;
	for (unsigned b = 0; b < 256; b++) {
		begin[b + 1] += begin[b];
		at[b] = begin[b];
	}
	for (unsigned b = 0; b < 256; b++)
		while (at[b] < begin[b + 1]) {
			uint64_t v = h[at[b]];
			unsigned to = v >> shift & 0xff;
			h[at[b]] = h[at[to]];
			h[at[to]++] = v;
		}
	for (unsigned b = 0; b < 256; b++)
		if (begin[b + 1] - begin[b] > 1)
			twins += count_twins(h + begin[b], begin[b + 1] - begin[b], shift + 8);
	return twins;
}

/* So many hashes fit, and so many parts are needed that each fits whatever chance does: six sigma. */
static size_t
hashes_max(const struct profiler *p)
{
	return (p->budget.max_bytes - p->budget.used_bytes) / sizeof(uint64_t);
}

static uint64_t
parts_needed(const struct profiler *p)
{
	size_t max = hashes_max(p), slack = 8;

	while (slack * slack < max * 36)
		slack += slack / 8;
	return max > slack * 2 ? p->nrows / (max - slack) + 1 : UINT64_MAX;
}

/* One pass: the rows whose hash falls into this part, and how many of them repeat another. -1: E_IO. */
static int
count_part(struct profiler *p, const struct key_hasher *h, uint64_t part, uint64_t parts, uint64_t *repeated,
    bool *is_whole, struct err *err)
{
	struct mem *hashes = ARENA_NEW(p->a, struct mem); /* freed with the arena, should we not get to it */
	struct rows *rows = rows_new(p->a, p->fd, p->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	size_t n = 0, max = hashes_max(p);

	mem_init(hashes, p->a);
	mem_set(hashes, (p->nrows < max ? (size_t)p->nrows : max) * sizeof(uint64_t), 0);
	max = hashes->cap / sizeof(uint64_t);
	*is_whole = true;
	while (*is_whole && r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW) {
		uint64_t hash = 0;
		if (!hash_key_of(p, h, row, &hash)) {
			r = ROWS_FAULT;
			break;
		}
		if ((hash >> 32) * parts >> 32 != part) /* the high bits spread evenly */
			continue;
		*is_whole = n < max;
		if (*is_whole)
			((uint64_t *)hashes->p)[n++] = hash;
	}
	rows_release(rows);
	if (r != ROWS_FAULT && r != ROWS_ERR && *is_whole)
		*repeated += count_twins(hashes->p, n, 0);
	mem_release(hashes);
	if (r == ROWS_FAULT)
		return err_set(err, E_IO, CHANGED);
	return r == ROWS_ERR ? -1 : 0;
}

/* As many passes as parts; KEY_UNDECIDED when that would be too many. */
static int
decide(struct profiler *p, const struct key_hasher *h, bool is_counting, enum key_verdict *out, uint64_t *repeated,
    struct err *err)
{
	uint64_t parts = parts_needed(p), max = p->opt && p->opt->passes_max ? p->opt->passes_max : PASSES_DEFAULT;
	bool is_whole = true;

	*out = KEY_UNDECIDED;
	*repeated = 0;
	if (parts > max || p->passes + parts > max)
		return 0;
	for (uint64_t part = 0; part < parts && is_whole && (is_counting || !*repeated); part++) {
		p->passes++;
		if (count_part(p, h, part, parts, repeated, &is_whole, err) < 0)
			return -1;
	}
	*out = !is_whole ? KEY_UNDECIDED : *repeated ? KEY_NO : KEY_YES;
	return 0;
}

int
keys_decide_columns(struct profiler *p, struct err *err)
{
	for (size_t i = 0; i < p->ngauges; i++) {
		struct gauge *g = p->gauges[i];
		struct key_hasher h = {.columns = {(uint16_t)i}, .n = 1};
		enum key_verdict verdict;
		uint64_t repeated;
		if (!g->is_key_unknown)
			continue;
		if (decide(p, &h, false, &verdict, &repeated, err) < 0)
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
scan_combos(struct profiler *p, struct combos *cs, struct err *err)
{
	struct rows *rows = rows_new(p->a, p->fd, p->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	bool is_same = true;

	while (is_same && (cs->nopen || cs->is_counting_rows) && r == ROWS_ROW &&
	       (r = rows_next(rows, &row, err)) == ROWS_ROW)
		is_same = take_row(p, cs, row);
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
is_too_few(const struct profiler *p, const struct combos *cs, const struct combo *q)
{
	uint64_t product = 1;

	for (size_t i = 0; i < q->n; i++) {
		const struct gauge *g = p->gauges[cs->columns[q->at[i]]];
		if (g->is_capped || __builtin_mul_overflow(product, g->seen.n, &product))
			return false;
	}
	return product < p->nrows;
}

static void
add_combo(struct profiler *p, struct combos *cs, const struct combo *from)
{
	struct combo *q = &cs->all[cs->n];

	if (is_too_few(p, cs, from))
		return;
	INVARIANT(cs->n < COMBOS_MAX);
	*q = *from;
	keyset_init(&q->seen, p->a, &p->budget, false);
	cs->n++;
	cs->open[cs->nopen++] = q;
}

/* All pairs, or all triples, of the columns. */
static void
make_combos(struct profiler *p, struct combos *cs, size_t n)
{
	cs->all = ARENA_ARRAY(p->a, COMBOS_MAX, struct combo);
	for (unsigned i = 0; i < cs->ncolumns; i++)
		for (unsigned k = i + 1; k < cs->ncolumns; k++) {
			if (n == 2)
				add_combo(p, cs, &(struct combo){.at = {i, k}, .n = 2});
			for (unsigned l = k + 1; n == 3 && l < cs->ncolumns; l++)
				add_combo(p, cs, &(struct combo){.at = {i, k, l}, .n = 3});
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

static bool
has_found_any(const struct profiler *p)
{
	return p->out->ncandidate_keys || p->out->nundecided_keys;
}

/* What the combination is, after more passes where one was not enough. */
static int
settle(struct profiler *p, const struct combos *cs, const struct combo *q, struct err *err)
{
	struct key_hasher h = {.n = q->n};
	enum key_verdict verdict = q->is_key ? KEY_YES : KEY_NO;
	uint64_t repeated;

	for (size_t i = 0; i < q->n; i++)
		h.columns[i] = cs->columns[q->at[i]];
	if (q->is_unknown && decide(p, &h, false, &verdict, &repeated, err) < 0)
		return -1;
	if (verdict != KEY_NO)
		add_key(p, verdict == KEY_UNDECIDED, key_of(p->a, &h));
	return 0;
}

/* How many rows repeat another one, if none of the combinations is a key for sure. -1 in *out: not known. */
static int
count_repeated(struct profiler *p, struct combos *cs, struct err *err)
{
	enum key_verdict verdict;
	uint64_t repeated = cs->repeated;
	bool is_known = cs->is_counting_rows;

	if (p->out->repeated_rows >= 0)
		return 0;
	for (size_t i = 0; i < cs->n; i++)
		if (cs->all[i].is_key)
			return 0;
	if (!is_known) {
		if (decide(p, &(struct key_hasher){.n = 0}, true, &verdict, &repeated, err) < 0)
			return -1;
		is_known = verdict != KEY_UNDECIDED;
	}
	if (is_known)
		p->out->repeated_rows = (int64_t)repeated;
	return 0;
}

/* One pass for all of them, and what that leaves open. */
static int
find_combos(struct profiler *p, struct combos *cs, size_t n, struct err *err)
{
	make_combos(p, cs, n);
	cs->is_counting_rows = !has_found_any(p) && p->out->repeated_rows < 0;
	if (cs->is_counting_rows)
		keyset_init(&cs->rows, p->a, &p->budget, false);
	if ((cs->nopen || cs->is_counting_rows) && scan_combos(p, cs, err) < 0)
		return -1;
	for (size_t i = 0; i < cs->nopen; i++) {
		enum keyset_result r = keyset_flush(&cs->open[i]->seen);
		while (r == KEYSET_FULL && give_up_rows(cs))
			r = keyset_flush(&cs->open[i]->seen);
		cs->open[i]->is_key = r == KEYSET_NEW;
		close_combo(cs->open[i], r);
	}
	if (cs->is_counting_rows)
		count_row(cs, keyset_flush(&cs->rows));
	if (cs->is_counting_rows)
		keyset_release(&cs->rows);
	if (!has_found_any(p) && count_repeated(p, cs, err) < 0)
		return -1;
	for (size_t i = 0; i < cs->n && p->out->repeated_rows <= 0; i++)
		if (settle(p, cs, &cs->all[i], err) < 0)
			return -1;
	return 0;
}

/* The columns of most values, in their own order: the others make keys less likely. */
static size_t
choose_of_most_values(const struct profiler *p, const uint16_t *from, size_t n, uint16_t *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct gauge *g = p->gauges[from[i]];
		uint64_t values = g->is_capped ? UINT64_MAX : g->seen.n;
		size_t ahead = 0;
		for (size_t k = 0; k < n; k++) {
			const struct gauge *h = p->gauges[from[k]];
			uint64_t others = h->is_capped ? UINT64_MAX : h->seen.n;
			ahead += others > values || (others == values && k < i);
		}
		if (ahead < PROFILE_TRIPLE_COLUMNS_MAX)
			out[kept++] = from[i];
	}
	return kept;
}

static int
find_triples(struct profiler *p, const uint16_t *columns, size_t n, size_t nfound, struct err *err)
{
	uint16_t *chosen = ARENA_ARRAY(p->a, PROFILE_TRIPLE_COLUMNS_MAX, uint16_t);
	struct combos *cs = ARENA_NEW(p->a, struct combos);

	cs->columns = chosen;
	cs->ncolumns = choose_of_most_values(p, columns, n, chosen);
	p->out->triples = nfound > cs->ncolumns ? PAIRS_SOME : PAIRS_ALL;
	p->out->triple_columns = chosen;
	p->out->ntriple_columns = cs->ncolumns;
	return find_combos(p, cs, 3, err);
}

static int
find_together(struct profiler *p, struct err *err)
{
	uint16_t *columns = ARENA_ARRAY(p->a, PROFILE_PAIR_COLUMNS_MAX, uint16_t);
	struct combos *cs = ARENA_NEW(p->a, struct combos);
	size_t found = choose_columns(p, columns);

	cs->columns = columns;
	cs->ncolumns = found < PROFILE_PAIR_COLUMNS_MAX ? found : PROFILE_PAIR_COLUMNS_MAX;
	p->out->pairs = found > PROFILE_PAIR_COLUMNS_MAX ? PAIRS_SOME : PAIRS_ALL;
	p->out->pair_columns = columns;
	p->out->npair_columns = cs->ncolumns;
	for (size_t i = 0; i < p->ngauges; i++)
		if (!p->gauges[i]->is_capped)
			keyset_release(&p->gauges[i]->seen); /* counted; the pairs need the room */
	if (find_combos(p, cs, 2, err) < 0)
		return -1;
	if (!has_found_any(p) && p->out->repeated_rows <= 0 && cs->ncolumns >= 3 &&
	    find_triples(p, columns, cs->ncolumns, found, err) < 0)
		return -1;
	keys_say(p, found);
	return 0;
}

int
keys_find(struct profiler *p, struct err *err)
{
	size_t max = p->ngauges + PAIRS_MAX + TRIPLES_MAX;

	p->out->candidate_keys = p->candidates = ARENA_ARRAY(p->a, max, struct profile_key);
	p->out->undecided_keys = p->undecided = ARENA_ARRAY(p->a, max, struct profile_key);
	if (p->nrows == 0)
		return 0;
	for (size_t i = 0; i < p->ngauges; i++) {
		const struct gauge *g = p->gauges[i];
		if (columns_is_key(g) || (g->is_key_unknown && g->nulls == 0))
			add_key(p, g->is_key_unknown, key_of(p->a, &(struct key_hasher){{(uint16_t)i}, 1}));
	}
	if (p->nrows >= 2 && !(p->opt && p->opt->skip_pairs))
		return find_together(p, err);
	keys_say(p, 0);
	return 0;
}
