/* SPDX-License-Identifier: Apache-2.0 */
/* From documents to sides: an operation, a schema, or a component schema by the name of its entity. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/apiwords.h"
#include "imprint/imprint.h"
#include "imprint/shape.h"
#include "imprint/spec.h"

#define COMPONENTS_MAX 4096
#define PAIRS_MAX 64
#define SAID_MAX 24 /* names in a message */

struct component {
	const char *key;
	const struct jx *node;
	struct name name;
	unsigned n_alike; /* on the other side */
	size_t alike;
};
struct components {
	struct component *at;
	size_t n;
};

/* Findings of a schema do not say whose it is; with two documents they must. */
static int
of_whom(struct imp_diags *d, size_t from, const char *name)
{
	for (size_t i = from; i < d->n; i++)
		d->at[i].message = arena_printf(d->a, "%s: %s", name, d->at[i].message);
	return -1;
}

static int
side_of(struct arena *a, struct imprint *im, struct shape *shape, const char *name, const char *root, struct apimap_side *out,
    struct imp_diags *d)
{
	struct shapes *s = imprint_shapes(im);
	size_t from = d->n;

	if (shape_check(s, shape) != SAT_YES) {
		shape_refusal(s, shape, d);
		return of_whom(d, from, name);
	}
	*out = (struct apimap_side){.name = name, .root = root, .shapes = s, .shape = shape};
	return apimap_fields(s, shape, a, &out->fields, &out->n_fields, &out->is_cut);
}

/* "POST /v1/clients/{id}" speaks of "clients": the last segment that is not a parameter. */
static const char *
path_noun(struct arena *a, const char *path)
{
	const char *noun = NULL;
	size_t noun_bytes = 0;

	for (const char *p = path; *p == '/';) {
		size_t n = strcspn(++p, "/");

		if (n > 0 && p[0] != '{') {
			noun = p;
			noun_bytes = n;
		}
		p += n;
	}
	return noun ? arena_dup(a, noun, noun_bytes) : NULL;
}

static int
side_operation(struct arena *a, struct imprint *im, const char *op, const char *name, struct apimap_side *out,
    struct imp_diags *d)
{
	struct shapes *s = imprint_shapes(im);
	struct operation_name found;
	struct operation read;
	size_t from = d->n;

	if (!imprint_is_api(im)) {
		(void)imp_add(d, IMP_E_OP, "", "%s is a schema and has no operation '%s'", name, op);
		return -1;
	}
	if (spec_find(s, imprint_root(im), op, a, &found, d) < 0
	    || spec_operation(s, imprint_root(im), &found, NULL, a, &read, d) < 0)
		return of_whom(d, from, name);
	if (side_of(a, im, read.root, arena_printf(a, "%s %s %s", name, read.method, read.path), path_noun(a, read.path), out, d) < 0)
		return -1;
	out->shapes = read.shapes;
	out->body = read.has_body ? read.body : NULL;
	out->is_request = true;
	return 0;
}

static int
side_schema(struct arena *a, struct imprint *im, const struct jx *node, const char *key, const char *name,
    struct apimap_side *out, struct imp_diags *d)
{
	struct shapes *s = imprint_shapes(im);
	struct sloc at = imprint_root(im);
	struct shape *shape;
	size_t from = d->n;

	if (node)
		at = registry_enter(shapes_registry(s), at, node);
	if (shape_of(s, &at, 1, &shape, d) < 0)
		return of_whom(d, from, name);
	return side_of(a, im, shape, key ? arena_printf(a, "%s %s", name, key) : name, key ? key : shape->title, out, d);
}

static void
components_read(struct arena *a, const struct apimap_words *w, struct imprint *im, struct components *out)
{
	struct sloc root = imprint_root(im);
	const struct jx *list = jx_find(jx_find(root.node, "components"), "schemas");

	if (!list)
		list = jx_find(root.node, "definitions");
	*out = (struct components){.at = ARENA_ARRAY(a, jx_is(list, JX_OBJECT) ? jx_size(list) : 0, struct component)};
	for (size_t i = 0; jx_is(list, JX_OBJECT) && i < jx_size(list) && i < COMPONENTS_MAX; i++) {
		struct component *c = &out->at[out->n++];

		c->key = list->u.object.at[i].key;
		c->node = list->u.object.at[i].value;
		name_read(a, w, c->key, &c->name);
	}
}

static const char *
components_say(struct arena *a, const struct components *all)
{
	struct buf b;

	if (all->n == 0)
		return "none: name an operation";
	buf_init(&b, a);
	for (size_t i = 0; i < all->n && i < SAID_MAX; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", all->at[i].key);
	if (all->n > SAID_MAX)
		buf_printf(&b, " and %zu more", all->n - SAID_MAX);
	return b.p;
}

static const struct component *
component_find(struct arena *a, const struct apimap_words *w, const struct components *all, const char *entity,
    const char *document, struct imp_diags *d)
{
	const struct component *found = NULL;
	const char *dot = strrchr(entity, '.');
	struct name want;

	name_read(a, w, dot ? dot + 1 : entity, &want);
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i].key, entity) == 0)
			return &all->at[i];
	for (size_t i = 0; i < all->n; i++) {
		if (!names_same_meaning(&all->at[i].name, &want))
			continue;
		if (found) {
			(void)imp_add(d, IMP_E_OP, "", "%s has several components that could be '%s': %s and %s; name the operation or "
			    "the component", document, entity, found->key, all->at[i].key);
			return NULL;
		}
		found = &all->at[i];
	}
	if (!found)
		(void)imp_add(d, IMP_E_OP, "", "%s has no component schema called '%s' or by a word that means the same; it has %s",
		    document, entity, components_say(a, all));
	return found;
}

static int
side_pick(struct arena *a, const struct apimap_request *r, bool is_b, struct apimap_side *out, struct imp_diags *d)
{
	struct imprint *im = is_b ? r->b : r->a;
	const char *name = is_b ? r->name_b : r->name_a, *op = is_b ? r->op_b : r->op_a;
	const struct component *c;
	struct components all;

	if (op)
		return side_operation(a, im, op, name, out, d);
	if (!imprint_is_api(im))
		return side_schema(a, im, NULL, NULL, name, out, d);
	if (!r->entity) {
		(void)imp_add(d, IMP_E_OP, "", "%s is an API description; say which of its operations or which entity is meant", name);
		return -1;
	}
	components_read(a, r->words, im, &all);
	c = component_find(a, r->words, &all, r->entity, name, d);
	return c ? side_schema(a, im, c->node, c->key, name, out, d) : -1;
}

static int
map_add(struct arena *a, const struct apimap_request *r, const struct apimap_side *x, const struct apimap_side *y,
    struct apimap *out, struct imp_diags *d)
{
	struct err err;

	if (apimap_make(a, x, y, r->words, r->entity, out, &err) == 0)
		return 0;
	(void)imp_add(d, IMP_E_OP, "", "%s", arena_str(d->a, err.msg));
	return -1;
}

/* Both ways exactly one: a component of A and one of B whose names mean the same. */
static void
components_pair(struct components *x, struct components *y)
{
	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; k < y->n; k++) {
			if (strcmp(x->at[i].name.plain, y->at[k].name.plain) != 0
			    && !names_same_meaning(&x->at[i].name, &y->at[k].name))
				continue;
			x->at[i].n_alike++;
			x->at[i].alike = k;
			y->at[k].n_alike++;
		}
}

static int
all_components(struct arena *a, const struct apimap_request *r, struct apimap_set *out, struct imp_diags *d)
{
	struct apimap *maps = ARENA_ARRAY(a, PAIRS_MAX, struct apimap);
	struct components x, y;
	size_t n = 0;

	components_read(a, r->words, r->a, &x);
	components_read(a, r->words, r->b, &y);
	components_pair(&x, &y);
	for (size_t i = 0; i < x.n && n < PAIRS_MAX; i++) {
		const struct component *cx = &x.at[i], *cy = cx->n_alike == 1 ? &y.at[cx->alike] : NULL;
		struct apimap_side *sx = ARENA_NEW(a, struct apimap_side), *sy = ARENA_NEW(a, struct apimap_side);

		if (!cy || cy->n_alike != 1)
			continue;
		if (side_schema(a, r->a, cx->node, cx->key, r->name_a, sx, d) < 0
		    || side_schema(a, r->b, cy->node, cy->key, r->name_b, sy, d) < 0 || map_add(a, r, sx, sy, &maps[n], d) < 0)
			return -1;
		n++;
	}
	if (n == 0) {
		(void)imp_add(d, IMP_E_OP, "", "%s and %s have no component schema of the same meaning; name the operations or an entity",
		    r->name_a, r->name_b);
		return -1;
	}
	*out = (struct apimap_set){maps, n};
	return 0;
}

/* Is a side's thing picked by the entity, and is there no such component? */
static bool
side_lacks(struct arena *a, const struct apimap_request *r, bool is_b, bool *is_known, struct imp_diags *d)
{
	struct imprint *im = is_b ? r->b : r->a;
	struct components all;

	if ((is_b ? r->op_b : r->op_a) || !imprint_is_api(im))
		return false;
	components_read(a, r->words, im, &all);
	*is_known = true;
	return component_find(a, r->words, &all, r->entity, is_b ? r->name_b : r->name_a, d) == NULL;
}

int
apimap_entity_check(struct arena *a, const struct apimap_request *r, struct imp_diags *d)
{
	bool is_known = false;
	struct name want, have;
	struct buf b;

	if (!r->entity)
		return 0;
	if (side_lacks(a, r, false, &is_known, d) || side_lacks(a, r, true, &is_known, d))
		return -1;
	buf_init(&b, a);
	name_read(a, r->words, r->entity, &want);
	for (size_t i = 0; i < r->words->n_entities; i++) {
		const char *id = r->words->entities[i].id, *dot = strrchr(id, '.');

		name_read(a, r->words, dot ? dot + 1 : id, &have);
		is_known = is_known || strcmp(id, r->entity) == 0 || names_same_words(&want, &have);
		buf_printf(&b, "%s%s", i ? ", " : "", id);
	}
	if (is_known)
		return 0;
	(void)imp_add(d, IMP_E_OP, "", "no pack has the entity '%s'; there are %s", r->entity, b.len ? b.p : "none");
	return -1;
}

int
apimap_documents(struct arena *a, const struct apimap_request *r, struct apimap_set *out, struct imp_diags *d)
{
	struct apimap *one = ARENA_NEW(a, struct apimap);
	struct apimap_side *x = ARENA_NEW(a, struct apimap_side), *y = ARENA_NEW(a, struct apimap_side);

	if (imprint_is_api(r->a) && imprint_is_api(r->b) && !r->op_a && !r->op_b && !r->entity)
		return all_components(a, r, out, d);
	if (side_pick(a, r, false, x, d) < 0 || side_pick(a, r, true, y, d) < 0 || map_add(a, r, x, y, one, d) < 0)
		return -1;
	*out = (struct apimap_set){one, 1};
	return 0;
}
