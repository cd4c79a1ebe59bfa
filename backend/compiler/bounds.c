/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate: what a plan may do at most, added up before it runs. Per step: calls × (1 + retries),
 * exact integers, saturating at INT64_MAX and never silently infinite. Publishing a file is idempotent
 * (the step commits once), so retries do not count there.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "pack/pack.h"
#include "policy/contract.h"

static uint64_t
add(uint64_t x, uint64_t y)
{
	return x > INT64_MAX - y ? INT64_MAX : x + y;
}

static uint64_t
times(uint64_t x, uint64_t y)
{
	uint64_t out;

	return __builtin_mul_overflow(x, y, &out) || out > INT64_MAX ? INT64_MAX : out;
}

static uint64_t
seconds(uint64_t ms)
{
	return ms / 1000 + (ms % 1000 != 0);
}

static int
by_channel(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;
	int order = strcmp(x->channel, y->channel);

	return order != 0 ? order : strcmp(x->scope, y->scope);
}

size_t
bounds_sum(struct arena *a, const struct bound *all, size_t n, const struct bound **out)
{
	struct bound *sorted = ARENA_ARRAY(a, n, struct bound);
	size_t count = 0;

	if (n > 0)
		memcpy(sorted, all, n * sizeof *sorted);
	if (n > 1)
		qsort(sorted, n, sizeof *sorted, by_channel);
	for (size_t i = 0; i < n; i++)
		if (count > 0 && by_channel(&sorted[count - 1], &sorted[i]) == 0)
			sorted[count - 1].limit = add(sorted[count - 1].limit, sorted[i].limit);
		else
			sorted[count++] = sorted[i];
	*out = sorted;
	return count;
}

size_t
step_bounds(struct compile *c, const struct cstep *s, const struct bound **out)
{
	uint64_t attempts = 1 + s->policy->max_retries;
	const struct contract_limits *l = s->limits;
	struct bound at[6];
	size_t n = 0;

	at[n++] = (struct bound){"files.published", "", s->noutputs};
	at[n++] = (struct bound){"wall_s", "", times(seconds(l->wall_ms), attempts)};
	at[n++] = (struct bound){"cpu_s", "", times(seconds(l->cpu_ms), attempts)};
	at[n++] = (struct bound){"disk_bytes", "",
	    times(add(l->output_bytes, l->work_bytes), attempts)};
	if (s->fetch) {
		const char *scope = arena_printf(c->a, "GET %s:%u", s->host, s->port);

		at[n++] = (struct bound){"http.read", scope, times(s->calls, attempts)};
		at[n++] = (struct bound){"bytes.in", scope,
		    times(times(c->in->profile->egress_bytes_max, s->nrules), attempts)};
	}
	return bounds_sum(c->a, at, n, out);
}
