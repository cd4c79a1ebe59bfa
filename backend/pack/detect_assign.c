/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/arena.h"
#include "pack/detect_work.h"

#define COST_MAX 1000000 /* above any score */

/*
 * Kuhn-Munkres with potentials and shortest augmenting paths. Every row has a column of its own behind the
 * real ones that stands for "none", at the cost of a score of zero.
 */
struct hungarian {
	const uint32_t *score;
	size_t nrows, ncols, all; /* all: with the columns for none */
	int64_t *u, *v, *least;   /* potentials; [all + 1] */
	size_t *row_of, *way;     /* [all + 1]; 0: free */
	bool *seen;
};

static int64_t
cost(const struct hungarian *h, size_t row, size_t col)
{
	uint32_t s = col <= h->ncols ? h->score[(row - 1) * h->ncols + col - 1] : 0;

	if (col > h->ncols)
		return col - h->ncols == row ? COST_MAX : 4 * (int64_t)COST_MAX;
	return s > 0 ? COST_MAX - (int64_t)s : 4 * (int64_t)COST_MAX;
}

static void
augment(struct hungarian *h, size_t row)
{
	size_t at = 0;

	h->row_of[0] = row;
	for (size_t k = 0; k <= h->all; k++) {
		h->least[k] = INT64_MAX / 4;
		h->seen[k] = false;
	}
	do {
		size_t i = h->row_of[at], next = 0;
		int64_t delta = INT64_MAX / 4;

		h->seen[at] = true;
		for (size_t k = 1; k <= h->all; k++) {
			int64_t reduced;

			if (h->seen[k])
				continue;
			reduced = cost(h, i, k) - h->u[i] - h->v[k];
			if (reduced < h->least[k]) {
				h->least[k] = reduced;
				h->way[k] = at;
			}
			if (h->least[k] < delta) {
				delta = h->least[k];
				next = k;
			}
		}
		for (size_t k = 0; k <= h->all; k++)
			if (h->seen[k]) {
				h->u[h->row_of[k]] += delta;
				h->v[k] -= delta;
			} else {
				h->least[k] -= delta;
			}
		at = next;
	} while (h->row_of[at] != 0);
	while (at != 0) {
		size_t before = h->way[at];

		h->row_of[at] = h->row_of[before];
		at = before;
	}
}

void
assign_best(struct arena *a, const uint32_t *score, size_t nrows, size_t ncols, int *to)
{
	struct hungarian h = {.score = score, .nrows = nrows, .ncols = ncols, .all = ncols + nrows};

	for (size_t i = 0; i < nrows; i++)
		to[i] = -1;
	h.u = ARENA_ARRAY(a, nrows + 1, int64_t);
	h.v = ARENA_ARRAY(a, h.all + 1, int64_t);
	h.least = ARENA_ARRAY(a, h.all + 1, int64_t);
	h.row_of = ARENA_ARRAY(a, h.all + 1, size_t);
	h.way = ARENA_ARRAY(a, h.all + 1, size_t);
	h.seen = ARENA_ARRAY(a, h.all + 1, bool);
	for (size_t row = 1; row <= nrows; row++)
		augment(&h, row);
	for (size_t k = 1; k <= ncols; k++)
		if (h.row_of[k] != 0 && score[(h.row_of[k] - 1) * ncols + k - 1] > 0)
			to[h.row_of[k] - 1] = (int)k - 1;
}
