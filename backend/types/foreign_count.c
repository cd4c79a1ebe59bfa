/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the sides: sketches first, then exact counts, as many keys at once as fit into memory. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/foreign_work.h"
#include "types/profile.h"
#include "types/rows.h"

#define CHANGED "the file changed while it was read"
#define PARTS_MAX 24

/* Digits without leading zeros, and no blanks at the ends: 007 is 7. */
static void
normal_form(const char **p, size_t *n)
{
	size_t i = 0;

	while (*n && (*p)[*n - 1] == ' ')
		(*n)--;
	while (*n && **p == ' ') {
		(*p)++;
		(*n)--;
	}
	while (i < *n && (*p)[i] >= '0' && (*p)[i] <= '9')
		i++;
	if (i < *n)
		return;
	while (*n > 1 && **p == '0') {
		(*p)++;
		(*n)--;
	}
}

/* The text alone: 5 in a CSV file is 5 in a JSON document. */
static uint64_t
hash_value(const struct hash_key *key, const struct cell *c, bool is_normal)
{
	const char *p = c->p;
	size_t n = c->n;

	if (is_normal)
		normal_form(&p, &n);
	return hash_bytes(key, p, n);
}

static bool
is_null(const struct row *row, uint16_t column)
{
	return column >= row->ncells || row->cells[column].type == CELL_NULL || row->cells[column].type == CELL_MISSING;
}

/* ---- sketches ---- */

static void
sketch_take(struct sketch *s, uint64_t hash)
{
	size_t i = s->n;

	if (s->n == SKETCH_VALUES && hash >= s->least[s->n - 1]) {
		s->is_cut = s->is_cut || hash > s->least[s->n - 1];
		return;
	}
	while (i > 0 && s->least[i - 1] > hash)
		i--;
	if (i > 0 && s->least[i - 1] == hash)
		return;
	if (s->n == SKETCH_VALUES)
		s->is_cut = true;
	else
		s->n++;
	memmove(&s->least[i + 1], &s->least[i], (s->n - i - 1) * sizeof hash);
	s->least[i] = hash;
}

bool
sketch_may_hold(const struct sketch *to, const struct sketch *from)
{
	size_t tried = 0, hits = 0, k = 0;

	if (!to || !from || to->n == 0)
		return false;
	for (size_t i = 0; i < from->n; i++) {
		if (to->is_cut && from->least[i] > to->least[to->n - 1])
			break;
		while (k < to->n && to->least[k] < from->least[i])
			k++;
		tried++;
		hits += k < to->n && to->least[k] == from->least[i];
	}
	return tried < 4 || hits * 3 >= tried;
}

static int
sketch_side(struct foreign_work *w, size_t side, struct err *err)
{
	const struct foreign_side *s = &w->sides[side];
	struct rows *rows = rows_new(w->a, s->fd, s->format);
	size_t n = s->profile->ncolumns;
	const struct row *row;
	enum rows_result r = rows_open(rows, err);

	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW)
		for (uint16_t i = 0; i < n; i++)
			if (w->columns[side][i].sketch && !is_null(row, i))
				sketch_take(w->columns[side][i].sketch, hash_value(&w->sketch_key, &row->cells[i], true));
	rows_release(rows);
	if (r == ROWS_FAULT)
		return err_set(err, E_IO, "'%s': " CHANGED, s->path);
	return r == ROWS_ERR ? err_wrap(err, "'%s'", s->path) : 0;
}

int
foreign_sketch(struct foreign_work *w, struct err *err)
{
	for (size_t side = 0; side < w->nsides; side++) {
		size_t n = w->sides[side].profile->ncolumns, wanted = 0;
		for (size_t i = 0; i < n; i++)
			if (w->columns[side][i].class != CLASS_NONE) {
				w->columns[side][i].sketch = ARENA_NEW(w->a, struct sketch);
				wanted++;
			}
		if (wanted && sketch_side(w, side, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- probes: the values of one key ---- */

struct probe {
	size_t side;
	uint16_t columns[FOREIGN_COLUMNS_MAX];
	size_t n;
	bool is_normal;
	struct probe_user {
		struct candidate *c;
		struct mem hits;    /* a bit for every slot: found by some row */
	} *users; /* [nusers] */
	size_t nusers;
	struct mem slots; /* uint64_t[size], 0 empty */
	size_t size;
	size_t nfilled;
	uint64_t parts;
	uint64_t part;
};
struct batch {
	struct probe *probes; /* [n] */
	size_t n;
};

static size_t
slot_of(const struct probe *q, uint64_t hash)
{
	const uint64_t *slots = q->slots.p;
	size_t i = (size_t)((hash & UINT32_MAX) * q->size >> 32); /* parts go by the high half */

	while (slots[i] && slots[i] != hash)
		i = i + 1 == q->size ? 0 : i + 1;
	return i;
}

static bool
is_in_part(const struct probe *q, uint64_t hash)
{
	return q->parts == 1 || (hash >> 32) * q->parts >> 32 == q->part;
}

/* False: a column is null. */
static bool
hash_columns(const struct foreign_work *w, const struct row *row, const uint16_t *columns, size_t n, bool is_normal,
    uint64_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t h;
		if (is_null(row, columns[i]))
			return false;
		h = hash_value(&w->key, &row->cells[columns[i]], is_normal);
		if (i) {
			h += *out * UINT64_C(0x9e3779b97f4a7c15);
			h ^= h >> 33;
			h *= UINT64_C(0xff51afd7ed558ccd);
			h ^= h >> 33;
		}
		*out = h ? h : 1;
	}
	return true;
}

/* The probes' keys that lie on this side. */
static int
fill(struct foreign_work *w, struct batch *b, size_t side, struct err *err)
{
	const struct foreign_side *s = &w->sides[side];
	struct rows *rows = rows_new(w->a, s->fd, s->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	uint64_t hash = 0;

	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW)
		for (size_t i = 0; i < b->n && r == ROWS_ROW; i++) {
			struct probe *q = &b->probes[i];
			size_t at;
			if (q->side != side || !hash_columns(w, row, q->columns, q->n, q->is_normal, &hash) ||
			    !is_in_part(q, hash))
				continue;
			at = slot_of(q, hash);
			q->nfilled += ((const uint64_t *)q->slots.p)[at] == 0;
			if (q->nfilled == q->size)
				r = ROWS_FAULT; /* more values than there were rows */
			else
				((uint64_t *)q->slots.p)[at] = hash;
		}
	rows_release(rows);
	if (r == ROWS_FAULT)
		return err_set(err, E_IO, "'%s': " CHANGED, s->path);
	return r == ROWS_ERR ? err_wrap(err, "'%s'", s->path) : 0;
}

static void
miss(struct foreign_work *w, struct candidate *c, const struct row *row, uint64_t hash, bool is_normal)
{
	char text[VALUE_SHOW_BYTES], second[VALUE_SHOW_BYTES];

	if (is_normal == c->is_normal && !c->is_unmatched_cut && keyset_add(&c->unmatched, hash) == KEYSET_FULL) {
		c->is_unmatched_cut = true;
		keyset_release(&c->unmatched);
	}
	if (is_normal || (c->missing.row && c->missing.row <= row->row))
		return;
	value_show(row->cells[c->columns[0]].p, row->cells[c->columns[0]].n, text);
	if (c->n > 1)
		value_show(row->cells[c->columns[1]].p, row->cells[c->columns[1]].n, second);
	c->missing = (struct value_place){row->row, c->n > 1 ? arena_printf(w->a, "%s, %s", text, second) : arena_str(w->a, text)};
}

static void
look_up(struct foreign_work *w, struct probe *q, struct probe_user *u, const struct row *row)
{
	struct candidate *c = u->c;
	uint64_t hash = 0;
	unsigned char *hits = u->hits.p;
	size_t at;

	if (!hash_columns(w, row, c->columns, c->n, q->is_normal, &hash) || !is_in_part(q, hash))
		return;
	if (!q->is_normal)
		c->rows++;
	at = slot_of(q, hash);
	if (((const uint64_t *)q->slots.p)[at] == 0) {
		miss(w, c, row, hash, q->is_normal);
		return;
	}
	if (q->is_normal)
		c->matched_normal++;
	else
		c->matched++;
	if (q->is_normal == c->is_normal && !(hits[at / 8] & 1u << at % 8)) {
		hits[at / 8] = (unsigned char)(hits[at / 8] | 1u << at % 8);
		c->matched_values++;
	}
}

static int
look_up_side(struct foreign_work *w, struct batch *b, size_t side, struct err *err)
{
	const struct foreign_side *s = &w->sides[side];
	struct rows *rows = rows_new(w->a, s->fd, s->format);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);

	while (r == ROWS_ROW && (r = rows_next(rows, &row, err)) == ROWS_ROW)
		for (size_t i = 0; i < b->n; i++)
			for (size_t k = 0; k < b->probes[i].nusers; k++)
				if (b->probes[i].users[k].c->from == side)
					look_up(w, &b->probes[i], &b->probes[i].users[k], row);
	rows_release(rows);
	if (r == ROWS_FAULT)
		return err_set(err, E_IO, "'%s': " CHANGED, s->path);
	return r == ROWS_ERR ? err_wrap(err, "'%s'", s->path) : 0;
}

static bool
batch_reads(const struct batch *b, size_t side, bool is_filling)
{
	for (size_t i = 0; i < b->n; i++) {
		if (is_filling && b->probes[i].side == side)
			return true;
		for (size_t k = 0; !is_filling && k < b->probes[i].nusers; k++)
			if (b->probes[i].users[k].c->from == side)
				return true;
	}
	return false;
}

static int
run_batch(struct foreign_work *w, struct batch *b, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct probe *q = &b->probes[i];
		mem_set(&q->slots, q->size * sizeof(uint64_t), 0);
		q->nfilled = 0;
		for (size_t k = 0; k < q->nusers; k++)
			mem_set(&q->users[k].hits, q->size / 8 + 1, 0);
	}
	for (size_t side = 0; side < w->nsides && rc == 0; side++)
		if (batch_reads(b, side, true))
			rc = fill(w, b, side, err);
	for (size_t side = 0; side < w->nsides && rc == 0; side++)
		if (batch_reads(b, side, false))
			rc = look_up_side(w, b, side, err);
	for (size_t i = 0; i < b->n; i++) {
		mem_release(&b->probes[i].slots);
		for (size_t k = 0; k < b->probes[i].nusers; k++)
			mem_release(&b->probes[i].users[k].hits);
	}
	return rc;
}

static size_t
probe_bytes(const struct probe *q)
{
	return q->size * sizeof(uint64_t) + q->nusers * (q->size / 8 + 1);
}

/* How large, and in how many parts: a fifth of the slots stays empty. */
static void
size_probe(const struct foreign_work *w, struct probe *q)
{
	uint64_t rows = (uint64_t)w->sides[q->side].profile->rows;
	size_t room = w->budget.max_bytes / 4 * 3;

	q->parts = 1;
	for (;;) {
		uint64_t share = rows / q->parts;
		q->size = (size_t)(share + share / 4 + 64);
		if (probe_bytes(q) <= room || q->parts == rows + 1)
			return;
		q->parts++;
	}
}

static int
run_in_parts(struct foreign_work *w, struct probe *q, struct err *err)
{
	struct batch b = {q, 1};

	for (q->part = 0; q->part < q->parts && q->part < PARTS_MAX; q->part++)
		if (run_batch(w, &b, err) < 0)
			return -1;
	for (size_t k = 0; k < q->nusers; k++)
		q->users[k].c->is_exact = q->users[k].c->is_exact && q->parts <= PARTS_MAX;
	return 0;
}

static bool
is_of(const struct probe *q, const struct candidate *c, bool is_normal)
{
	return q->side == c->to && q->n == c->n && q->is_normal == is_normal &&
	       memcmp(q->columns, c->to_columns, c->n * sizeof *c->to_columns) == 0;
}

static void
add_user(struct foreign_work *w, struct probe *probes, size_t *n, struct candidate *c, bool is_normal)
{
	struct probe *q = NULL;

	for (size_t i = 0; i < *n && !q; i++)
		q = is_of(&probes[i], c, is_normal) ? &probes[i] : NULL;
	if (!q) {
		q = &probes[(*n)++];
		*q = (struct probe){.side = c->to, .n = c->n, .is_normal = is_normal};
		memcpy(q->columns, c->to_columns, sizeof q->columns);
		mem_init(&q->slots, w->a);
		q->users = ARENA_ARRAY(w->a, w->ncandidates, struct probe_user);
	}
	mem_init(&q->users[q->nusers].hits, w->a);
	q->users[q->nusers++].c = c;
}

int
foreign_count(struct foreign_work *w, struct err *err)
{
	struct probe *probes = ARENA_ARRAY(w->a, w->ncandidates * 2 + 1, struct probe);
	struct budget *misses = ARENA_NEW(w->a, struct budget);
	size_t n = 0;

	misses->max_bytes = w->budget.max_bytes / 4;
	for (size_t i = 0; i < w->ncandidates; i++) {
		struct candidate *c = w->candidates[i];
		c->is_exact = true;
		keyset_init(&c->unmatched, w->a, misses, false);
		add_user(w, probes, &n, c, false);
		if (c->is_normal)
			add_user(w, probes, &n, c, true);
	}
	for (size_t i = 0; i < n; i++)
		size_probe(w, &probes[i]);
	for (size_t i = 0; i < n;) {
		struct batch b = {&probes[i], 1};
		size_t bytes = probe_bytes(&probes[i]);
		if (probes[i].parts > 1) {
			if (run_in_parts(w, &probes[i++], err) < 0)
				return -1;
			continue;
		}
		while (i + b.n < n && probes[i + b.n].parts == 1 &&
		       bytes + probe_bytes(&probes[i + b.n]) <= w->budget.max_bytes / 4 * 3)
			bytes += probe_bytes(&probes[i + b.n++]);
		if (run_batch(w, &b, err) < 0)
			return -1;
		i += b.n;
	}
	return 0;
}
