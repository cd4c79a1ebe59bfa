/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about many rows at once. A key is kept as 128 bits of keyed hashes, so two keys are taken for one with a
 * chance of n² / 2^129. When the keys do not fit, the set goes on with half of them (those whose hash has the
 * right remainder), and later passes take the other halves: exact, only slower.
 */
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/rational.h"
#include "core/rnd.h"
#include "pack/rules_work.h"
#include "types/value.h"

#define SUM_PLACES 12 /* digits behind the point that a sum keeps exactly */
#define SUM_WHOLE_MAX 22
#define SET_SIZE_MIN 1024u
#define PARTS_MAX 4096u
#define SUM_ODD ((wide)1 << 126)
#define SUM_MAX ((wide)1 << 125)

bool
rule_has_set(const struct validator_rule *r)
{
	return r->rule.type == RULE_UNIQUE || r->rule.type == RULE_REFERS || r->rule.type == RULE_SUM;
}

void
sets_prepare(struct at_work *w, size_t memory_bytes)
{
	struct set *t = &w->set;
	bool has_sums = w->rule->rule.type == RULE_SUM;
	size_t each = sizeof(struct slot) + (has_sums ? sizeof(wide) : 0);

	/* growing needs what is in it once more */
	t->size_max = SET_SIZE_MIN;
	while (t->size_max * 2 * each * 7 / 4 <= memory_bytes)
		t->size_max *= 2;
	t->size = SET_SIZE_MIN;
	mem_init(&t->slot_memory, w->a);
	mem_init(&t->sum_memory, w->a);
	mem_set(&t->slot_memory, t->size_max * sizeof *t->slots, 0);
	t->slots = t->slot_memory.p;
	if (has_sums) {
		mem_set(&t->sum_memory, t->size_max * sizeof *t->sums, 0);
		t->sums = t->sum_memory.p;
	}
	t->parts = 1;
	rnd_bytes(&t->k1, sizeof t->k1);
	rnd_bytes(&t->k2, sizeof t->k2);
}

static size_t
slot_find(const struct set *t, uint64_t h1, uint64_t h2)
{
	size_t i = h1 & (t->size - 1);

	while (t->slots[i].h1 && (t->slots[i].h1 != h1 || t->slots[i].h2 != h2))
		i = (i + 1) & (t->size - 1);
	return i;
}

static bool
is_there(const struct set *t, uint64_t h1, uint64_t h2)
{
	return t->slots[slot_find(t, h1, h2)].h1 != 0;
}

static void
clear(struct set *t)
{
	memset(t->slots, 0, t->size * sizeof *t->slots);
	if (t->sums)
		memset(t->sums, 0, t->size * sizeof *t->sums);
	t->n = 0;
}

static void
grow(struct set *t)
{
	struct arena *scratch = arena_new(0);
	struct slot *old = ARENA_ARRAY(scratch, t->n, struct slot);
	wide *sums = ARENA_ARRAY(scratch, t->sums ? t->n : 0, wide);
	size_t n = 0;

	for (size_t i = 0; i < t->size; i++) {
		if (!t->slots[i].h1)
			continue;
		if (t->sums)
			sums[n] = t->sums[i];
		old[n++] = t->slots[i];
	}
	t->size *= 2;
	clear(t);
	for (size_t i = 0; i < n; i++) {
		size_t at = slot_find(t, old[i].h1, old[i].h2);

		t->slots[at] = old[i];
		if (t->sums)
			t->sums[at] = sums[i];
	}
	t->n = n;
	arena_free(scratch);
}

/*
 * Add a key that is not there. False: no room. In the first part that means to begin anew with twice as many parts;
 * in a later one, which by then has its share and no more, that the keys are not spread as hashes are.
 */
static bool
slot_add(struct set *t, uint64_t h1, uint64_t h2, uint64_t row)
{
	/* The first part says how many there must be; later ones may be fuller, or chance would end the check. */
	if ((t->n + 1) * 16 > t->size * (t->part == 0 ? 10 : 15)) {
		if (t->size < t->size_max) {
			grow(t);
		} else if (t->part > 0 || t->parts >= PARTS_MAX) {
			t->is_full = true;
			return false;
		} else {
			t->parts *= 2;
			t->is_again = true;
			return false;
		}
	}
	t->slots[slot_find(t, h1, h2)] = (struct slot){h1, h2, row};
	t->n++;
	return true;
}

/* The hashes of a row's key. READ_EMPTY: a part is empty. READ_BAD: a part is no value of its column. */
static enum reading
key_of(struct at_work *w, struct source *s, struct place *places, const struct row *row, uint64_t *h1, uint64_t *h2)
{
	buf_clear(&w->key);
	for (size_t i = 0; i < w->ncolumns; i++) {
		const struct cell *c = place_cell(s, &places[i], row);

		if (!c)
			return READ_EMPTY;
		if (!value_key(places[i].class, c->p, c->n, &w->key))
			return READ_BAD;
		buf_char(&w->key, '\n');
	}
	*h1 = hash_bytes(&w->set.k1, w->key.p, w->key.len);
	*h2 = hash_bytes(&w->set.k2, w->key.p, w->key.len);
	return READ_OK;
}

static bool
is_in_part(const struct set *t, uint64_t h2)
{
	return h2 % t->parts == t->part;
}

/* --- refers: the keys that are there ------------------------------------------------------------------ */

/* Recursion: each time with twice as many parts, so at most twelve deep. */
static int
load_keys(struct at_work *w, struct err *err)
{
	struct source s;
	const struct row *row;
	uint64_t h1, h2;
	int more;

	for (size_t i = 0; i < w->ncolumns; i++)
		w->to[i].at = -1;
	if (source_open(w->a, w->other, &s, err) < 0)
		return -1;
	while ((more = source_next(&s, w->other, &row, err)) > 0) {
		if (key_of(w, &s, w->to, row, &h1, &h2) != READ_OK || !is_in_part(&w->set, h2))
			continue;
		if (is_there(&w->set, h1, h2) || slot_add(&w->set, h1, h2, row->row))
			continue;
		if (w->set.is_full)
			break;
		/* the first part again, with what is now its share */
		w->set.is_again = false;
		clear(&w->set);
		source_close(&s);
		return load_keys(w, err);
	}
	source_close(&s);
	return more < 0 ? -1 : 0;
}

int
sets_begin(struct at_work *w, struct err *err)
{
	clear(&w->set);
	w->set.is_again = false;
	return w->rule->rule.type == RULE_REFERS ? load_keys(w, err) : 0;
}

/* --- each row ------------------------------------------------------------------------------------------ */

static void
take_unique(struct at_work *w, struct source *s, const struct row *row, uint64_t h1, uint64_t h2)
{
	size_t at = slot_find(&w->set, h1, h2);

	w->out->judged++;
	if (!w->set.slots[at].h1)
		(void)slot_add(&w->set, h1, h2, row->row);
	else
		break_add(w, s, row, row->row, &w->columns[0], NULL,
		    break_is_told(w) ? arena_printf(w->a, "only once, and row %llu has it too",
					   (unsigned long long)w->set.slots[at].row)
				     : NULL);
}

/* A decimal in units of 10^-SUM_PLACES; false when it has more digits than that, or an exponent. */
static bool
scaled(const char *p, size_t n, wide *out)
{
	bool is_negative = n > 0 && *p == '-', is_behind = false;
	unsigned places = 0, whole = 0;
	wide v = 0;

	for (size_t i = (n > 0 && (*p == '-' || *p == '+')) ? 1 : 0; i < n; i++) {
		if (p[i] == '.') {
			is_behind = true;
			continue;
		}
		if (p[i] < '0' || p[i] > '9')
			return false;
		if (is_behind && places == SUM_PLACES) {
			if (p[i] != '0')
				return false;
			continue;
		}
		v = v * 10 + (p[i] - '0');
		places += is_behind;
		whole += !is_behind;
		if (whole > SUM_WHOLE_MAX)
			return false;
	}
	for (; places < SUM_PLACES; places++)
		v *= 10;
	*out = is_negative ? -v : v;
	return true;
}

static void
take_sum(struct at_work *w, struct source *s, const struct row *row, uint64_t h1, uint64_t h2)
{
	const struct cell *c = place_cell(s, &w->column, row);
	size_t at = slot_find(&w->set, h1, h2);
	wide v = 0;

	if (!w->set.slots[at].h1) {
		if (!slot_add(&w->set, h1, h2, row->row))
			return;
		at = slot_find(&w->set, h1, h2);
	}
	/* an empty cell adds nothing, as in SQL; one that is no number leaves the group open */
	if (w->set.sums[at] == SUM_ODD)
		return;
	if (c && (c->type == CELL_JSON || !decimal_check(c->p, c->n) || !scaled(c->p, c->n, &v)))
		w->set.sums[at] = SUM_ODD;
	else
		w->set.sums[at] += v;
	if (w->set.sums[at] > SUM_MAX || w->set.sums[at] < -SUM_MAX)
		w->set.sums[at] = SUM_ODD;
}

void
sets_take(struct at_work *w, struct source *s, const struct row *row)
{
	uint64_t h1, h2;
	enum reading r = key_of(w, s, w->columns, row, &h1, &h2);

	if (r != READ_OK) {
		w->out->unjudged += w->set.part == 0;
		return;
	}
	if (w->set.is_full || w->set.is_again || !is_in_part(&w->set, h2))
		return;
	if (w->rule->rule.type == RULE_UNIQUE) {
		take_unique(w, s, row, h1, h2);
	} else if (w->rule->rule.type == RULE_SUM) {
		take_sum(w, s, row, h1, h2);
	} else {
		w->out->judged++;
		if (!is_there(&w->set, h1, h2))
			break_add(w, s, row, row->row, &w->columns[0], NULL, NULL);
	}
}

/* --- sum: the groups against the other table ------------------------------------------------------------- */

static const char *
sum_text(wide v, char out[48])
{
	size_t n = 47;
	wide u = v < 0 ? -v : v;
	unsigned places = 0;

	out[n] = '\0';
	while (u > 0 || places <= SUM_PLACES) {
		if (places++ == SUM_PLACES)
			out[--n] = '.';
		out[--n] = (char)('0' + (int)(u % 10));
		u /= 10;
	}
	if (v < 0)
		out[--n] = '-';
	return out + n;
}

static void
judge_group(struct at_work *w, struct source *s, const struct row *row, size_t at, struct rational *sum, struct rational *want)
{
	const struct cell *c = place_cell(s, &w->other_column, row);
	char digits[48];
	const char *text;
	bool ok;

	if (!c || w->set.sums[at] == SUM_ODD || !rational_set(want, c->p, c->n)) {
		w->out->unjudged++;
		return;
	}
	text = sum_text(w->set.sums[at], digits);
	INVARIANT(rational_set(sum, text, strlen(text)));
	w->out->judged++;
	ok = w->tolerance ? rational_is_near(sum, want, w->tolerance) : rational_compare(sum, want) == 0;
	if (!ok)
		break_add(w, s, row, w->set.slots[at].row, &w->other_column,
		    break_is_told(w) ? rational_text(w->a, sum, SUM_PLACES) : NULL,
		    break_is_told(w) ? rational_text(w->a, want, SUM_PLACES) : NULL);
}

static int
check_sums(struct at_work *w, struct err *err)
{
	struct rational *sum = rational_new(w->a), *want = rational_new(w->a);
	struct source s;
	const struct row *row;
	uint64_t h1, h2;
	int more;

	for (size_t i = 0; i < w->ncolumns; i++)
		w->to[i].at = -1;
	w->other_column.at = -1;
	if (source_open(w->a, w->other, &s, err) < 0)
		return -1;
	while ((more = source_next(&s, w->other, &row, err)) > 0) {
		size_t at;

		if (key_of(w, &s, w->to, row, &h1, &h2) != READ_OK || !is_in_part(&w->set, h2))
			continue;
		at = slot_find(&w->set, h1, h2);
		if (w->set.slots[at].h1)
			judge_group(w, &s, row, at, sum, want);
	}
	source_close(&s);
	return more;
}

int
sets_end(struct at_work *w, struct err *err)
{
	bool is_whole = !w->set.is_full && !w->set.is_again;

	return w->rule->rule.type == RULE_SUM && is_whole ? check_sums(w, err) : 0;
}

bool
sets_again(struct at_work *w)
{
	struct set *t = &w->set;

	if (t->is_full)
		return false;
	if (t->is_again) { /* nothing that was found with too few parts counts */
		w->out->judged = w->out->unjudged = w->out->broken = 0;
		w->out->nbreaks = 0;
		return true;
	}
	return ++t->part < t->parts;
}

void
sets_release(struct at_work *w)
{
	mem_release(&w->set.slot_memory);
	mem_release(&w->set.sum_memory);
}
