/* SPDX-License-Identifier: Apache-2.0 */
/* A shape laid flat: one entry per value that can be carried over by itself. */
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/jx.h"
#include "imprint/apimap.h"
#include "imprint/shape.h"

struct flat {
	struct shapes *s;
	struct arena *a;
	struct apimap_field *at; /* [APIMAP_FIELDS_MAX] */
	size_t n;
	bool is_cut;
	const struct shape *above[APIMAP_DEPTH_MAX]; /* to see recursion */
	unsigned depth;
};
struct place {
	const char *pointer, *name;
	bool is_required;
};

static const char *
description_of(const struct shape *shape)
{
	return shape->description ? shape->description : shape->title;
}

static void
field_add(struct flat *f, const struct shape *shape, const struct place *at, bool is_opaque)
{
	struct apimap_field *to;

	if (f->n == APIMAP_FIELDS_MAX) {
		f->is_cut = true;
		return;
	}
	to = &f->at[f->n++];
	*to = (struct apimap_field){
	    .pointer = at->pointer,
	    .name = at->name,
	    .types = shape->types,
	    .format = shape->n_formats > 0 ? shape->formats[0] : NULL,
	    .pattern = shape->n_patterns > 0 ? shape->patterns[0].source : NULL,
	    .values = shape->values,
	    .n_values = shape->n_values,
	    .description = description_of(shape),
	    .is_required = at->is_required,
	    .is_const = shape->is_const,
	    .is_readonly = shape->readonly,
	    .is_opaque = is_opaque || shape->is_any || shape->has_child,
	    .shape = shape,
	};
	for (size_t i = 0; i < shape->n_multiples; i++)
		to->is_cents_step = to->is_cents_step
		    || decimal_compare(shape->multiples[i].p, shape->multiples[i].n, "0.01", 4) == 0;
}

static bool
is_above(const struct flat *f, const struct shape *shape)
{
	for (unsigned i = 0; i < f->depth; i++)
		if (f->above[i] == shape)
			return true;
	return false;
}

static void flat_shape(struct flat *f, struct shape *shape, const struct place *at);

static void
flat_members(struct flat *f, struct shape *shape, const struct place *at)
{
	for (size_t i = 0; i < shape->n_members; i++) {
		const struct shape_member *m = &shape->members[i];
		struct place below;

		if (shape_member_is_dropped(f->s, shape, i))
			continue;
		below = (struct place){
		    .pointer = imp_join(f->a, at->pointer, m->name, m->name_bytes),
		    .name = m->name,
		    .is_required = at->is_required && m->is_required,
		};
		flat_shape(f, shape_member(f->s, shape, i), &below);
	}
}

/* Depth is bounded by APIMAP_DEPTH_MAX and by the shapes above; a shape met again is opaque. */
static void
flat_shape(struct flat *f, struct shape *shape, const struct place *at)
{
	bool is_object = shape->show == SHOW_OBJECT && shape->n_keys == 0 && shape->n_members > 0;
	bool is_list = shape->show == SHOW_ARRAY && shape->n_prefix == 0;

	if (f->is_cut)
		return;
	if (shape->show == SHOW_TOKEN) {
		field_add(f, shape, at, (shape->types & T_CONTAINER) != 0);
		return;
	}
	if ((!is_object && !is_list) || f->depth == APIMAP_DEPTH_MAX || is_above(f, shape)) {
		field_add(f, shape, at, true);
		return;
	}
	f->above[f->depth++] = shape;
	if (is_object) {
		flat_members(f, shape, at);
	} else {
		struct place below = {
		    .pointer = arena_printf(f->a, "%s/*", at->pointer),
		    .name = at->name,
		    .is_required = at->is_required && shape->items.min > 0,
		};

		flat_shape(f, shape_rest(f->s, shape), &below);
	}
	f->depth--;
}

int
apimap_fields(struct shapes *s, struct shape *root, struct arena *a, const struct apimap_field **out, size_t *n,
    bool *is_cut)
{
	struct flat f = {.s = s, .a = a, .at = ARENA_ARRAY(a, APIMAP_FIELDS_MAX, struct apimap_field)};

	flat_shape(&f, root, &(struct place){.pointer = "", .name = "", .is_required = true});
	*out = f.at;
	*n = f.n;
	*is_cut = f.is_cut;
	return 0;
}
