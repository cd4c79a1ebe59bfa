/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/nearest.h"

#include <string.h>

#define DISTANCE_MAX 8u

/* Code points of well-formed UTF-8 (anything else counts byte by byte). */
static bool
points(const char *s, size_t n, uint32_t *out, size_t *out_n)
{
	size_t i = 0, k = 0;

	while (i < n) {
		unsigned char b = (unsigned char)s[i];
		size_t len = b < 0x80             ? 1
			     : (b & 0xe0) == 0xc0 ? 2
			     : (b & 0xf0) == 0xe0 ? 3
			     : (b & 0xf8) == 0xf0 ? 4
						  : 1;
		uint32_t v = len == 1 ? b : b & (0x7fu >> len);

		if (k == NEAREST_POINTS_MAX)
			return false;
		for (size_t j = 1; j < len && i + j < n; j++)
			v = v << 6 | ((unsigned char)s[i + j] & 0x3fu);
		out[k++] = v;
		i += len;
	}
	*out_n = k;
	return true;
}

static size_t
fold(const char *s, size_t n, char *out, size_t cap)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k < cap; i++) {
		char ch = s[i];
		if (ch == ' ' || ch == '_' || ch == '-' || ch == '.')
			continue;
		out[k++] = (char)(ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch);
	}
	return k;
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment in a band of max on each side of the diagonal. */
static unsigned
distance(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, unsigned max)
{
	unsigned rows[3][NEAREST_POINTS_MAX + 1];
	unsigned over = max + 1;

	if (na > nb + max || nb > na + max)
		return over;
	for (size_t j = 0; j <= nb; j++) {
		rows[0][j] = j <= max ? (unsigned)j : over;
		rows[1][j] = rows[2][j] = over;
	}
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
		size_t from = i > max ? i - max : 1, to = i + max < nb ? i + max : nb;
		unsigned best = over;

		row[from - 1] = from == 1 && i <= max ? (unsigned)i : over;
		if (from == 1)
			best = row[0];
		for (size_t j = from; j <= to; j++) {
			unsigned v =
			    min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < v)
				v = up2[j - 2] + 1;
			row[j] = v < over ? v : over;
			best = row[j] < best ? row[j] : best;
		}
		if (to < nb)
			row[to + 1] = over;
		if (best > max)
			return over;
	}
	return rows[na % 3][nb] < over ? rows[na % 3][nb] : over;
}

unsigned
nearest_distance(const char *a, size_t na, const char *b, size_t nb, unsigned max)
{
	uint32_t pa[NEAREST_POINTS_MAX], pb[NEAREST_POINTS_MAX];
	size_t ka, kb;

	if (na == nb && memcmp(a, b, na) == 0)
		return 0;
	if (!points(a, na, pa, &ka) || !points(b, nb, pb, &kb))
		return max + 1;
	return distance(pa, ka, pb, kb, max);
}

void
nearest_init(struct nearest *t, const char *s, size_t n)
{
	unsigned max;

	memset(t, 0, sizeof *t);
	t->is_long = !points(s, n, t->text, &t->n);
	if (t->is_long)
		return;
	t->folded_n = fold(s, n, t->folded, sizeof t->folded);
	max = (unsigned)(t->n / 3);
	max = max < 2 ? 2 : max > DISTANCE_MAX ? DISTANCE_MAX : max;
	t->rank_max = 2 * max;
	t->rank = t->rank_max + 1;
}

bool
nearest_offer(struct nearest *t, const char *s, size_t n, size_t index)
{
	uint32_t text[NEAREST_POINTS_MAX];
	char folded[NEAREST_POINTS_MAX * 4 + 1];
	size_t k;
	unsigned rank, max = t->rank < t->rank_max ? t->rank : t->rank_max;

	if (t->is_long || !points(s, n, text, &k))
		return false;
	if (t->folded_n && fold(s, n, folded, sizeof folded) == t->folded_n &&
	    memcmp(folded, t->folded, t->folded_n) == 0)
		rank = 1;
	else
		rank = 2 * distance(t->text, t->n, text, k, (max + 1) / 2);
	if (rank > t->rank_max || rank > t->rank)
		return false;
	if (rank > 1 && (rank / 2 >= k || rank / 2 >= t->n))
		return false; /* nothing in common */
	t->is_tied = t->is_found && rank == t->rank;
	if (!t->is_tied)
		t->index = index;
	t->rank = rank;
	t->is_found = true;
	return true;
}

bool
nearest_is_sure(const struct nearest *t)
{
	return t->is_found && !t->is_tied && t->rank <= 4;
}
