/* SPDX-License-Identifier: Apache-2.0 */
/* Pass C, Check: every hand-off type-checks, or the plan does not exist. */
#include "compiler/adapt.h"
#include "compiler/work.h"
#include "core/arena.h"

const char *
pass_c(struct compile *c)
{
	size_t errors = c->diags->nerrors;

	structure_check(c);
	/* An order exists only if every dependency does; without one nothing can be bound. */
	if (c->diags->nerrors > errors || !structure_order(c)) {
		criteria_check(c);
		return "The structure is not sound.";
	}
	bind_all(c);
	if (c->has_failed)
		return "A file could not be read again.";
	if (c->diags->nerrors == errors)
		adapt_insert(c);
	if (c->has_failed)
		return "An adapter could not be written into the plan.";
	for (size_t i = 0; i < c->nsteps; i++)
		packs_of_bindings(c, &c->steps[i]);
	grain_check(c);
	criteria_check(c);
	provenance_check(c);
	if (c->diags->nerrors > errors)
		return "Not every hand-off fits.";
	if (c->nadaptations > 0)
		return arena_printf(c->a, "%zu inputs bound, %zu of them exactly; %zu adapter step%s inserted; grains and "
		    "criteria hold.", c->nbound, c->nexact, c->nadaptations, c->nadaptations == 1 ? "" : "s");
	return arena_printf(c->a, "%zu input%s bound, %zu of them exactly; grains and criteria hold.",
	    c->nbound, c->nbound == 1 ? "" : "s", c->nexact);
}
