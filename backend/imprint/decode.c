/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/decode.h"

#include "core/arena.h"
#include "core/err.h"
#include "imprint/decode_work.h"

/* Nodes of the document, as far as they are worth counting: the budgets grow with them. */
static size_t
count(const struct jx *v, unsigned depth)
{
	size_t n = 1;

	if (depth > DECODE_DEPTH_MAX)
		return 1;
	if (v->type == JX_ARRAY)
		for (size_t i = 0; i < v->u.array.n; i++)
			n += count(v->u.array.at[i], depth + 1);
	if (v->type == JX_OBJECT)
		for (size_t i = 0; i < v->u.object.n; i++)
			n += count(v->u.object.at[i].value, depth + 1);
	return n;
}

/*
 * The identity law to the letter: with is_open an instance that the schema accepts is its own legal
 * fill, also where the template does not offer it (an untyped schema is drawn as the object that it
 * describes, and takes any scalar).
 */
static bool
is_itself(const struct decoder *outer, struct shape *root, const struct jx *filled, struct jx **out)
{
	struct decoder c = *outer;
	const struct validate_error *errors = NULL;
	struct err err;
	size_t n = 0;

	if (!c.is_open || c.direction == DIRECTION_REQUEST || root->is_synthetic || root->no_wall)
		return false;
	c.quiet = 1;
	c.visits_left = SIZE_MAX; /* one visit for each node */
	c.n_found = 0;
	c.is_exhausted = false;
	return dec_value(&c, shape_any(c.s), dec_copy(&c, filled), NULL, AT_ROOT, out) ==
		   GOT_VALUE &&
	       c.n_found == 0 && shape_wall(c.s, root, c.a, *out, &errors, &n, &err) == 1;
}

int
decode_filled(struct shapes *s, struct shape *root, const struct jx *filled,
    const struct decode_options *opt, struct arena *a, const struct jx **payload,
    struct imp_diags *d)
{
	struct decoder c = {.s = s,
	    .a = a,
	    .keep = a,
	    .d = d,
	    .prefix = opt && opt->pointer ? opt->pointer : "",
	    .is_open = opt && opt->is_open,
	    .checks_formats = shapes_formats(s),
	    .direction = shapes_direction(s)};
	size_t nodes = count(filled, 0), told = d->n, told_all = d->n_all;
	struct jx *out = NULL;
	enum got got;

	c.visits_left = DECODE_VISITS_BASE + DECODE_VISITS_EACH * nodes;
	c.touches_left = c.visits_left;
	c.nearest_left = DECODE_NEAREST_MAX;
	got = dec_value(&c, root, dec_copy(&c, filled), NULL, AT_ROOT, &out);
	arena_free(c.scratch);
	c.scratch = NULL;
	if (got == GOT_VALUE && c.n_found == 0)
		dec_wall(&c, root, filled, out);
	if (got != GOT_VALUE || c.n_found) {
		if (!is_itself(&c, root, filled, &out)) {
			imp_diags_fix_once(d, told);
			return -1;
		}
		d->n = told;
		d->n_all = told_all;
	}
	*payload = out;
	return 0;
}
