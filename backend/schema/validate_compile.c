/* SPDX-License-Identifier: Apache-2.0 */
/* From schemas in place to nodes: a queue, so that depth and circles cost nothing; every schema once. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "schema/validate_impl.h"

#define ALIASES_MAX 64
#define NODES_MAX 4000000u
#define LOOP_DEPTH_MAX 2000u

static void
grow(struct arena *a, void *list, size_t n, size_t *cap, size_t size)
{
	void **at = list, *more;

	if (n < *cap)
		return;
	*cap = *cap ? *cap * 2 : 64;
	more = arena_array(a, *cap, size);
	if (n)
		memcpy(more, *at, n * size);
	*at = more;
}

static void
see_resource(struct program *p, struct resource *res)
{
	struct map_entry *e = map_put(p->a, &p->seen, res, NULL, 0);

	if (e->value)
		return;
	e->value = res;
	grow(p->a, &p->resources, p->n_resources, &p->cap_resources, sizeof *p->resources);
	p->resources[p->n_resources++] = res;
}

static bool
is_annotation(enum keyword k)
{
	return k == KEYWORD_NONE || k == KEYWORD_DEFS || k == KEYWORD_DEFINITIONS ||
	       k == KEYWORD_READ_ONLY || k == KEYWORD_WRITE_ONLY || k == KEYWORD_CONTENT_SCHEMA;
}

/*
 * A schema that says nothing but $ref is its target. Not where resources differ and dynamic references could
 * see the difference. NULL: it says more.
 */
static const struct jx *
lone_ref(struct sloc at)
{
	enum dialect d = at.res->dialect;
	const struct jx *ref = NULL;

	if (at.node->type != JX_OBJECT)
		return NULL;
	for (size_t i = 0; i < at.node->u.object.n; i++) {
		const struct jx_member *m = &at.node->u.object.at[i];
		enum keyword k = keyword_find(d, m->key, m->key_bytes);
		if (k == KEYWORD_REF && m->value->type == JX_STRING)
			ref = m->value;
		else if (!is_annotation(k) && !dialect_ref_is_alone(d))
			return NULL;
	}
	if (ref && dialect_age(d) >= 8 && at.node == at.res->root)
		return NULL;
	return ref;
}

static int
fail_at(struct program *p, struct sloc at, const char *keyword, struct err *err)
{
	return err_wrap(err, "schema '%.200s/%s'", registry_pointer(p->reg, p->a, at), keyword);
}

int
program_node(struct program *p, struct sloc at, struct vnode **out, struct err *err)
{
	struct map_entry *e;
	struct vnode *n;

	for (unsigned i = 0; i < ALIASES_MAX; i++) {
		const struct jx *ref = lone_ref(at);
		struct sloc to;
		if (!ref || registry_resolve(p->reg, at, ref->u.text.p, ref->u.text.n, &to, err) < 0 ||
		    (to.res != at.res && dialect_age(at.res->dialect) >= 8) || to.node == at.node)
			break;
		at = to;
	}
	if (at.node->type != JX_OBJECT && at.node->type != JX_BOOL)
		return err_set(err, E_SCHEMA, "schema '%.200s': a schema is an object, true or false; found %s",
		    registry_pointer(p->reg, p->a, at), jx_type_name(at.node->type));
	e = map_put(p->a, &p->nodes, at.node, NULL, 0);
	if (e->value) {
		*out = (struct vnode *)(uintptr_t)e->value;
		return 0;
	}
	n = ARENA_NEW(p->a, struct vnode);
	e->value = n;
	n->at = at;
	n->types = TYPES_ALL;
	if (p->nodes.n > NODES_MAX)
		return err_set(err, E_LIMIT, "more than %u schemas are reachable", NODES_MAX);
	see_resource(p, at.res);
	grow(p->a, &p->all, p->n_all, &p->cap_all, sizeof *p->all);
	p->all[p->n_all++] = n;
	if (at.node->type == JX_BOOL) {
		n->flags = at.node->u.boolean ? NODE_SIMPLE : NODE_FALSE;
		n->types = at.node->u.boolean ? TYPES_ALL : 0;
	} else {
		grow(p->a, &p->queue, p->n_queue, &p->cap_queue, sizeof *p->queue);
		p->queue[p->n_queue++] = n;
	}
	*out = n;
	return 0;
}

static bool
is_reference_error(const struct err *err)
{
	return err->code == E_NOT_FOUND || err->code == E_EGRESS || err->code == E_IO ||
	       err->code == E_JSON || err->code == E_TOO_LARGE || err->code == E_SCHEMA;
}

int
program_ref(struct program *p, struct sloc at, const struct jx *ref, struct vnode **out, struct err *err)
{
	struct sloc to;

	if (registry_resolve(p->reg, at, ref->u.text.p, ref->u.text.n, &to, err) < 0) {
		if (p->opt.lenient_refs && is_reference_error(err)) {
			*out = p->any;
			return 0;
		}
		return fail_at(p, at, "$ref", err);
	}
	return program_node(p, to, out, err);
}

static void
see_name(struct program *p, const char *name)
{
	for (size_t i = 0; i < p->n_names; i++)
		if (p->names[i] == name || (name && p->names[i] && strcmp(p->names[i], name) == 0))
			return;
	grow(p->a, &p->names, p->n_names, &p->cap_names, sizeof *p->names);
	p->names[p->n_names++] = name;
}

int
program_dynamic(struct program *p, struct sloc at, const struct jx *ref, enum keyword k,
    struct dynamic_ref *out, struct err *err)
{
	const char *text = ref->u.text.p, *hash = strchr(text, '#');
	struct sloc to, anchor;

	if (registry_resolve(p->reg, at, text, ref->u.text.n, &to, err) < 0)
		return fail_at(p, at, keyword_name(k), err);
	if (program_node(p, to, &out->target, err) < 0)
		return -1;
	if (k == KEYWORD_RECURSIVE_REF) {
		out->is_dynamic = registry_dynamic(p->reg, to.res, NULL, 0, &anchor);
	} else {
		out->name = hash ? hash + 1 : "";
		out->n = strlen(out->name);
		out->is_dynamic = registry_dynamic(p->reg, to.res, out->name, out->n, &anchor) &&
				  anchor.node == to.node;
	}
	if (out->is_dynamic) {
		see_name(p, out->name);
		p->has_dynamic = true;
	}
	return 0;
}

static int
drain(struct program *p, struct err *err)
{
	while (p->n_queue)
		if (vnode_fill(p, p->queue[--p->n_queue], err) < 0)
			return -1;
	return 0;
}

/* What each dynamic name means in each resource: compiled now, so that running needs no compiler. */
static int
settle_dynamics(struct program *p, struct err *err)
{
	for (size_t r = 0; r < p->n_resources; r++)
		for (size_t i = 0; i < p->n_names; i++) {
			struct resource *res = p->resources[r];
			const char *name = p->names[i];
			size_t n = name ? strlen(name) : 0;
			struct map_entry *e;
			struct vnode *node;
			struct sloc to;
			if (map_find(&p->dynamics, res, name, n) ||
			    !registry_dynamic(p->reg, res, name, n, &to))
				continue;
			if (program_node(p, to, &node, err) < 0)
				return -1;
			e = map_put(p->a, &p->dynamics, res, name, n);
			e->value = node;
			if (drain(p, err) < 0) /* may see further resources and names */
				return -1;
			r = 0;
			i = (size_t)-1;
		}
	return 0;
}

static struct program *
program_new(struct registry *reg, const struct validate_options *opt)
{
	struct program *p = ARENA_NEW(reg->a, struct program);

	p->reg = reg;
	p->a = reg->a;
	p->opt = *opt;
	p->any = ARENA_NEW(p->a, struct vnode);
	*p->any = (struct vnode){.types = TYPES_ALL, .flags = NODE_SIMPLE};
	return p;
}

int
validator_compile(struct registry *reg, struct sloc at, const struct validate_options *opt,
    struct validator **out, struct err *err)
{
	struct validate_options own = opt ? *opt : (struct validate_options){0};
	unsigned slot = (unsigned)own.direction * 16u + own.own_formats * 8u + own.formats * 4u +
			own.discriminator * 2u + own.lenient_refs;
	struct program *p = reg->programs[slot];
	struct validator *v;

	INVARIANT(slot < REGISTRY_PROGRAMS);
	if (!p)
		p = reg->programs[slot] = program_new(reg, &own);
	v = ARENA_NEW(reg->a, struct validator);
	v->program = p;
	if (program_node(p, at, &v->root, err) < 0 || drain(p, err) < 0 || settle_dynamics(p, err) < 0) {
		reg->programs[slot] = NULL; /* half-made nodes are in it */
		return -1;
	}
	*out = v;
	return 0;
}

/* ---- schemas that lead only to themselves ---- */

static struct vnode *loop_from(struct vnode *n, unsigned depth);

static struct vnode *
loop_in(struct vnode *const *list, size_t count, unsigned depth)
{
	struct vnode *hit = NULL;

	for (size_t i = 0; i < count && !hit; i++)
		if (list[i])
			hit = loop_from(list[i], depth + 1);
	return hit;
}

/* Follows what is applied to the same value. Recursion is bounded by LOOP_DEPTH_MAX. */
static struct vnode *
loop_from(struct vnode *n, unsigned depth)
{
	struct vvalue *x = n->value;
	struct vnode *hit = NULL;

	if (n->mark == 2)
		return NULL;
	if (n->mark == 1 || depth > LOOP_DEPTH_MAX)
		return n;
	n->mark = 1;
	if (x) {
		struct vnode *one[] = {x->ref, x->dynamic ? x->dynamic->target : NULL, x->not_, x->if_,
		    x->then_, x->else_};
		hit = loop_in(one, sizeof one / sizeof *one, depth);
		hit = hit ? hit : loop_in(x->all.at, x->all.n, depth);
		hit = hit ? hit : loop_in(x->any.at, x->any.n, depth);
		hit = hit ? hit : loop_in(x->one.at, x->one.n, depth);
	}
	for (size_t i = 0; !hit && n->object && i < n->object->n_dependencies; i++)
		hit = loop_in(&n->object->dependencies[i].node, 1, depth);
	n->mark = 2;
	return hit;
}

bool
validator_loop(struct validator *v, struct sloc *at)
{
	struct program *p = v->program;
	struct vnode *hit = NULL;

	for (size_t i = 0; i < p->n_all; i++)
		p->all[i]->mark = 0;
	for (size_t i = 0; i < p->n_all && !hit; i++)
		hit = loop_from(p->all[i], 0);
	if (hit)
		*at = hit->at;
	return hit != NULL;
}
