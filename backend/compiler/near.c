/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/near.h"

#include <stdint.h>
#include <string.h>

#include "compiler/words.h"

struct nearest {
	const char *want;
	const char *best;
	size_t distance;
};

static void
offer(struct nearest *n, const char *id)
{
	size_t have = strlen(id), wanted = strlen(n->want), d;

	if (wanted > 0 && have > wanted && id[have - wanted - 1] == '.' && strcmp(id + have - wanted, n->want) == 0)
		d = 1; /* only its scope is missing */
	else
		d = edit_distance(n->want, id);
	if (d >= n->distance || !name_is_near(n->want, d))
		return;
	n->best = id;
	n->distance = d;
}

const char *
near_id(struct arena *a, const struct catalog *c, enum view_type type, const char *want)
{
	struct nearest nearest = {.want = want, .distance = SIZE_MAX};

	for (int t = 0; t < VIEW__COUNT; t++) {
		const char *const *ids;
		size_t n;

		if (type != VIEW__COUNT && type != (enum view_type)t)
			continue;
		ids = view_ids(a, c, (enum view_type)t, &n);
		for (size_t i = 0; i < n; i++)
			offer(&nearest, ids[i]);
	}
	return nearest.best;
}

const char *
near_type(const char *want)
{
	struct nearest nearest = {.want = want, .distance = SIZE_MAX};

	for (int t = 0; t < VIEW__COUNT; t++)
		offer(&nearest, view_type_name((enum view_type)t));
	return nearest.best;
}
