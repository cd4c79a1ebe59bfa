/* SPDX-License-Identifier: Apache-2.0 */
/* The last check: the finished payload against the schemas themselves, not against the shape made of them. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape_work.h"

bool
shapes_formats(const struct shapes *s)
{
	return s->opt.formats;
}

struct wall {
	struct shapes *s;
	struct arena *a;
	struct validate_error *at;
	size_t n, cap;
};

int
shape_validator(struct shapes *s, struct sloc at, struct validator **out, struct err *err)
{
	struct validate_options opt = {.formats = s->opt.formats, .direction = s->opt.direction, .discriminator = true, .lenient_refs = true};

	for (size_t i = 0; i < s->n_walls; i++)
		if (s->walls[i].node == at.node) {
			*out = s->walls[i].v;
			return 0;
		}
	if (validator_compile(s->reg, at, &opt, out, err) < 0)
		return -1;
	if (s->n_walls == s->cap_walls) {
		size_t cap = s->cap_walls ? s->cap_walls * 2 : 16;
		struct wall_entry *t = ARENA_ARRAY(s->a, cap, struct wall_entry);
		if (s->n_walls)
			memcpy(t, s->walls, s->n_walls * sizeof(*t));
		s->walls = t;
		s->cap_walls = cap;
	}
	s->walls[s->n_walls++] = (struct wall_entry){at.node, *out};
	return 0;
}

static void
keep(struct wall *w, const char *prefix, const struct validate_error *errors, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (w->n == w->cap) {
			size_t cap = w->cap ? w->cap * 2 : 8;
			struct validate_error *t = ARENA_ARRAY(w->a, cap, struct validate_error);
			if (w->n)
				memcpy(t, w->at, w->n * sizeof(*t));
			w->at = t;
			w->cap = cap;
		}
		w->at[w->n] = errors[i];
		if (prefix[0])
			w->at[w->n].pointer = arena_printf(w->a, "%s%s", prefix, errors[i].pointer);
		w->n++;
	}
}

static int
check_at(struct wall *w, struct shape *shape, const char *pointer, const struct jx *v, struct err *err)
{
	/* A text that the description, not a schema, says is JSON: what it holds is checked. */
	if (shape->is_synthetic && shape->has_child) {
		static const struct jx_options opt = {.depth_max = 512, .allow_nul = true, .allow_surrogates = true};
		struct jx *held;
		if (v->type != JX_STRING || jx_parse(w->a, v->u.text.p, v->u.text.n, &opt, &held, err) < 0)
			return 0;
		return check_at(w, shape_child(w->s, shape), pointer, held, err);
	}
	if (shape->is_synthetic || shape->no_wall) {
		for (size_t i = 0; i < jx_size(v) && v->type == JX_OBJECT; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			long k = shape_member_find(w->s, shape, m->key, m->key_bytes);
			if (k >= 0 && check_at(w, shape_member(w->s, shape, (size_t)k),
			        imp_join(w->a, pointer, m->key, m->key_bytes), m->value, err) < 0)
				return -1;
		}
		return 0;
	}
	bool is_root = shape == w->s->root_shape && !pointer[0];
	for (unsigned i = 0; i < (is_root ? 1 : shape->n_locs); i++) {
		struct sloc at = is_root ? w->s->root_at : shape->locs[i];
		struct validator *validator;
		const struct validate_error *errors = NULL;
		size_t n = 0;
		if (at.node->type == JX_BOOL && at.node->u.boolean)
			continue;
		if (shape_validator(w->s, at, &validator, err) < 0)
			return -1;
		if (!validator_run(validator, NULL, v, 0, NULL, NULL)) {
			bool ok = validator_run(validator, w->a, v, 20, &errors, &n);
			INVARIANT(!ok);
			keep(w, pointer, errors, n);
		}
	}
	return 0;
}

int
shape_wall(struct shapes *s, struct shape *shape, struct arena *a, const struct jx *payload,
    const struct validate_error **errors, size_t *n, struct err *err)
{
	struct wall w = {.s = s, .a = a};

	if (check_at(&w, shape, "", payload, err) < 0)
		return -1;
	*errors = w.at;
	*n = w.n;
	return w.n == 0;
}
