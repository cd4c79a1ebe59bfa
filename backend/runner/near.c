/* SPDX-License-Identifier: Apache-2.0 */
/* Which declared output a stray file may have been meant to be. */
#include <string.h>

#include "runner/attempt.h"

#define NAME_BYTES_MAX 256

/* Levenshtein distance of two names; NAME_BYTES_MAX when one is too long to be worth it. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[NAME_BYTES_MAX + 1];
	size_t n = strlen(a), m = strlen(b);
	if (n > NAME_BYTES_MAX || m > NAME_BYTES_MAX)
		return NAME_BYTES_MAX;
	for (size_t k = 0; k <= m; k++)
		row[k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t k = 1; k <= m; k++) {
			unsigned best = diagonal + (a[i - 1] != b[k - 1]);
			diagonal = row[k];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
		}
	}
	return row[m];
}

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* The same name in another folder is 0; else the letters by which the names differ. */
static unsigned
strangeness(const char *stray, const char *declared)
{
	if (strcmp(base(stray), base(declared)) == 0)
		return 0;
	unsigned d = distance(base(stray), base(declared));
	size_t n = strlen(base(declared));
	return d <= 2 || d <= n / 4 ? d : NAME_BYTES_MAX;
}

const char *
near_path(const struct contract *c, const struct attempt_output *outputs, const char *path)
{
	const char *near = NULL;
	unsigned best = NAME_BYTES_MAX;
	for (size_t i = 0; i < c->noutputs; i++) {
		unsigned d = strangeness(path, c->outputs[i].path);
		/* one that is missing is likelier meant than one that is there */
		if (d < NAME_BYTES_MAX && outputs[i].is_there)
			d += 2;
		if (d < best) {
			best = d;
			near = c->outputs[i].path;
		}
	}
	return near;
}
