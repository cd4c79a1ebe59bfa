/* SPDX-License-Identifier: Apache-2.0 */
/* Conjunctions: following references and allOf, interning, and the way in for everybody else. */
#include <string.h>

#include "core/err.h"
#include "imprint/shape_work.h"
#include "schema/check.h"

static const struct {
	const char *name;
	enum keyword k;
} keywords[] = {
	{"type", K_TYPE}, {"enum", K_ENUM}, {"const", K_CONST}, {"minimum", K_MINIMUM},
	{"maximum", K_MAXIMUM}, {"exclusiveMinimum", K_X_MINIMUM}, {"exclusiveMaximum", K_X_MAXIMUM},
	{"multipleOf", K_MULTIPLE_OF}, {"minLength", K_MIN_LENGTH}, {"maxLength", K_MAX_LENGTH},
	{"pattern", K_PATTERN}, {"format", K_FORMAT}, {"contentMediaType", K_CONTENT_MEDIA_TYPE},
	{"contentSchema", K_CONTENT_SCHEMA}, {"items", K_ITEMS}, {"prefixItems", K_PREFIX_ITEMS},
	{"additionalItems", K_ADDITIONAL_ITEMS}, {"minItems", K_MIN_ITEMS}, {"maxItems", K_MAX_ITEMS},
	{"uniqueItems", K_UNIQUE_ITEMS}, {"contains", K_CONTAINS}, {"minContains", K_MIN_CONTAINS},
	{"maxContains", K_MAX_CONTAINS}, {"unevaluatedItems", K_UNEVALUATED_ITEMS},
	{"properties", K_PROPERTIES}, {"patternProperties", K_PATTERN_PROPERTIES},
	{"additionalProperties", K_ADDITIONAL_PROPERTIES}, {"required", K_REQUIRED},
	{"minProperties", K_MIN_PROPERTIES}, {"maxProperties", K_MAX_PROPERTIES},
	{"propertyNames", K_PROPERTY_NAMES}, {"dependencies", K_DEPENDENCIES},
	{"dependentRequired", K_DEPENDENT_REQUIRED}, {"dependentSchemas", K_DEPENDENT_SCHEMAS},
	{"unevaluatedProperties", K_UNEVALUATED_PROPERTIES}, {"allOf", K_ALL_OF}, {"anyOf", K_ANY_OF},
	{"oneOf", K_ONE_OF}, {"not", K_NOT}, {"if", K_IF}, {"then", K_THEN}, {"else", K_ELSE},
	{"$ref", K_REF}, {"$dynamicRef", K_DYNAMIC_REF}, {"$recursiveRef", K_RECURSIVE_REF},
	{"discriminator", K_DISCRIMINATOR}, {"default", K_DEFAULT}, {"readOnly", K_READ_ONLY},
	{"writeOnly", K_WRITE_ONLY}, {"deprecated", K_DEPRECATED}, {"title", K_TITLE},
	{"description", K_DESCRIPTION}, {"nullable", K_NULLABLE}, {"x-nullable", K_NULLABLE},
};

static unsigned
keyword_slot(const char *key, size_t n)
{
	return (unsigned)((unsigned char)key[0] * 7u + (unsigned char)key[n - 1] * 3u +
	    (unsigned char)key[n / 2] * 13u + n * 31u) & 255u;
}

enum keyword
keyword_of(const char *key, size_t n)
{
	static unsigned char table[256], bytes[256]; /* index + 1, linear probing; length of the name there */
	static bool is_ready;

	if (!is_ready) {
		for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
			unsigned h = keyword_slot(keywords[i].name, strlen(keywords[i].name));
			while (table[h])
				h = (h + 1) & 255u;
			table[h] = (unsigned char)(i + 1);
			bytes[h] = (unsigned char)strlen(keywords[i].name);
		}
		is_ready = true;
	}
	if (n == 0)
		return K_NONE;
	for (unsigned h = keyword_slot(key, n); table[h]; h = (h + 1) & 255u) {
		if (bytes[h] == n && memcmp(keywords[table[h] - 1].name, key, n) == 0)
			return keywords[table[h] - 1].k;
	}
	return K_NONE;
}

struct shapes *
shapes_new(struct registry *reg, const struct shapes_options *opt)
{
	struct arena *a = registry_arena(reg);
	struct shapes *s = ARENA_NEW(a, struct shapes);

	s->reg = reg;
	s->a = a;
	if (opt)
		s->opt = *opt;
	else
		s->opt.formats = true;
	imp_diags_init(&s->warnings, a);
	return s;
}

struct registry *
shapes_registry(struct shapes *s)
{
	return s->reg;
}

struct arena *
shapes_arena(struct shapes *s)
{
	return s->a;
}

enum direction
shapes_direction(const struct shapes *s)
{
	return s->opt.direction;
}

struct imp_diags *
shapes_warnings(struct shapes *s)
{
	return &s->warnings;
}

struct shape *
shape_blank(struct shapes *s)
{
	struct shape *shape = ARENA_NEW(s->a, struct shape);

	shape->id = ++s->n_shapes;
	shape->types = T_ANY;
	shape->type_mask_ = T_ANY;
	shape->is_any = true;
	if (s->n_shapes > SHAPES_MAX)
		s->is_over = true;
	return shape;
}

struct shape *
shape_failed(struct shapes *s, enum sat sat, struct sloc at, const char *why)
{
	struct shape *shape = shape_blank(s);

	shape->sat_ = sat;
	shape->why_ = why;
	shape->why_at_ = at;
	shape->why_code_ = sat == SAT_LOOP ? IMP_E_LOOP : sat == SAT_REF ? IMP_E_REF : IMP_E_UNSAT;
	shape->is_merged_ = true;
	shape->is_settled_ = true;
	shape->types = 0;
	shape->is_any = false;
	struct sloc *locs = ARENA_NEW(s->a, struct sloc);
	*locs = at;
	shape->locs = locs;
	shape->n_locs = at.node ? 1 : 0;
	return shape;
}

struct shape *
shape_of_failure(struct shapes *s, const struct failure *f)
{
	struct shape *shape = shape_failed(s, f->sat, f->at, f->why);

	shape->why_code_ = f->code;
	return shape;
}

struct shape *
shape_any(struct shapes *s)
{
	if (!s->any) {
		s->any = shape_blank(s);
		s->any->is_merged_ = true;
		s->any->is_settled_ = true;
		s->any->sat_ = SAT_YES;
		s->any->is_open = true;
		s->any->has_rest = true;
	}
	return s->any;
}

/* ---- putting a conjunction together ------------------------------------------------------------- */

void
conj_init(struct conj *c)
{
	c->atoms = c->small;
	c->n = 0;
	c->cap = sizeof(c->small) / sizeof(c->small[0]);
	c->is_false = false;
	c->has_unevaluated = false;
}

static struct atom *
conj_push(struct shapes *s, struct conj *c, struct sloc at, bool is_top)
{
	if (c->n == c->cap) {
		unsigned cap = c->cap * 2;
		struct atom *atoms = ARENA_ARRAY(s->a, cap, struct atom);
		memcpy(atoms, c->atoms, c->n * sizeof(*atoms));
		c->atoms = atoms;
		c->cap = cap;
	}
	struct atom *atom = &c->atoms[c->n++];
	*atom = (struct atom){.at = at, .is_top = is_top};
	return atom;
}

static bool
fail(struct failure *failed, enum sat sat, enum imp_code code, struct sloc at, const char *why)
{
	*failed = (struct failure){.sat = sat, .code = code, .at = at, .why = why};
	return false;
}

static bool
conj_ref(struct shapes *s, struct conj *c, struct sloc at, const struct jx *ref, enum keyword k, bool is_top,
    unsigned depth, struct failure *failed)
{
	struct sloc target;
	struct err err = {0};

	if (k == K_RECURSIVE_REF || k == K_DYNAMIC_REF) {
		const char *hash = strchr(ref->u.text.p, '#');
		struct sloc outer;
		if (registry_resolve(s->reg, at, ref->u.text.p, ref->u.text.n, &target, &err) < 0)
			goto dangling;
		const char *name = k == K_DYNAMIC_REF && hash && hash[1] ? hash + 1 : NULL;
		/* The root's resource is the outermost scope that a template can know. */
		if (s->root_res && (k == K_RECURSIVE_REF || name) &&
		    registry_dynamic(s->reg, target.res, name, name ? strlen(name) : 0, &outer) &&
		    registry_dynamic(s->reg, s->root_res, name, name ? strlen(name) : 0, &outer))
			target = outer;
		return conj_add(s, c, target, is_top, depth + 1, failed);
	}
	if (registry_resolve(s->reg, at, ref->u.text.p, ref->u.text.n, &target, &err) < 0)
		goto dangling;
	return conj_add(s, c, target, is_top, depth + 1, failed);
dangling:;
	enum imp_code code = err.code == E_EGRESS ? IMP_E_REF_REMOTE : err.code == E_NOT_FOUND ? IMP_E_REF : IMP_E_SCHEMA;
	return fail(failed, SAT_REF, code, at, arena_str(s->a, err.msg));
}

/* Does the dialect ignore what stands beside $ref? */
static bool
ref_alone(struct sloc at)
{
	switch ((int)resource_dialect(at.res)) {
	case DIALECT_4:
	case DIALECT_6:
	case DIALECT_7:
	case DIALECT_OAS30:
	case DIALECT_SWAGGER2:
		return true;
	default:
		return false;
	}
}

static bool
is_annotation(enum keyword k)
{
	return k == K_NONE || k == K_TITLE || k == K_DESCRIPTION || k == K_DISCRIMINATOR;
}

/* Keywords that conj_add itself follows; anything else makes the node an atom of its own. */
static bool
is_followed(enum keyword k)
{
	return k == K_REF || k == K_DYNAMIC_REF || k == K_RECURSIVE_REF || k == K_ALL_OF;
}

static bool
conj_all(struct shapes *s, struct conj *c, struct sloc at, const struct jx *list, unsigned depth, struct failure *failed)
{
	for (size_t i = 0; i < jx_size(list); i++)
		if (!conj_add(s, c, registry_enter(s->reg, at, list->u.array.at[i]), false, depth + 1, failed))
			return false;
	return true;
}

bool
conj_add(struct shapes *s, struct conj *c, struct sloc at, bool is_top, unsigned depth, struct failure *failed)
{
	struct err err;
	const struct jx *node = at.node;

	if (depth > FLATTEN_DEPTH_MAX || c->n > ATOMS_MAX)
		return fail(failed, SAT_REF, IMP_E_SCHEMA, at,
		    depth > FLATTEN_DEPTH_MAX ? "references and allOf lead through more than 200 schemas"
		                              : "more than 2,048 schemas are joined at one place");
	if (node->type == JX_BOOL) {
		if (!node->u.boolean) {
			c->is_false = true;
			c->false_at = at;
		}
		return true;
	}
	const struct jx **checked = &s->checked[((uintptr_t)node >> 4) % CHECKED_SLOTS];
	if (*checked != node && schema_check(s->reg, at, &err) < 0)
		return fail(failed, SAT_REF, IMP_E_SCHEMA, at, arena_str(s->a, err.msg));
	*checked = node;
	for (unsigned i = 0; i < c->n; i++)
		if (c->atoms[i].at.node == node) {
			if (c->atoms[i].skip & 0x100u)
				return fail(failed, SAT_LOOP, IMP_E_LOOP, at, "the schema refers to itself and to nothing else");
			return true;
		}
	const struct jx *ref = jx_find(node, "$ref");
	if (jx_is(ref, JX_STRING) && ref_alone(at)) {
		unsigned me = c->n;
		conj_push(s, c, at, is_top)->skip = 0x300u;
		bool ok = conj_ref(s, c, at, ref, K_REF, is_top, depth, failed);
		c->atoms[me].skip = 0x200u; /* seen; no keywords of its own */
		return ok;
	}
	unsigned me = c->n;
	bool has_own = false;
	conj_push(s, c, at, is_top)->skip = 0x300u;
	for (size_t i = 0; i < node->u.object.n; i++) {
		const struct jx_member *m = &node->u.object.at[i];
		enum keyword k = keyword_of(m->key, m->key_bytes);
		bool ok = true;
		c->has_unevaluated = c->has_unevaluated || k == K_UNEVALUATED_PROPERTIES || k == K_UNEVALUATED_ITEMS;
		if ((k == K_REF || k == K_DYNAMIC_REF || k == K_RECURSIVE_REF) && m->value->type == JX_STRING)
			ok = conj_ref(s, c, at, m->value, k, is_top, depth, failed);
		else if (k == K_ALL_OF)
			ok = conj_all(s, c, at, m->value, depth, failed);
		else if ((k == K_ANY_OF || k == K_ONE_OF) && jx_size(m->value) == 1)
			ok = conj_all(s, c, at, m->value, depth, failed);
		else if (!is_annotation(k) && !is_followed(k))
			has_own = true;
		if (!ok)
			return false;
	}
	c->atoms[me].skip = has_own ? 0 : 0x200u;
	return true;
}

/* ---- interning ------------------------------------------------------------------------------------ */

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

static bool
atom_is_empty(const struct atom *atom)
{
	if (atom->skip & 0x200u)
		return true;
	if (!atom->skip)
		return false;
	const struct jx *node = atom->at.node;
	for (size_t i = 0; i < node->u.object.n; i++) {
		enum keyword k = keyword_of(node->u.object.at[i].key, node->u.object.at[i].key_bytes);
		if (is_annotation(k) || is_followed(k))
			continue;
		if ((k == K_ANY_OF && atom->skip & SKIP_ANY_OF) || (k == K_ONE_OF && atom->skip & SKIP_ONE_OF))
			continue;
		if ((k == K_ANY_OF || k == K_ONE_OF) && jx_size(node->u.object.at[i].value) == 1)
			continue;
		return false;
	}
	return true;
}

static bool
same_atoms(const struct shape *shape, const struct conj *c, unsigned mask)
{
	if (shape->n_atoms_ != c->n || shape->type_mask_ != mask)
		return false;
	/* In order: members print in the order of the atoms, and an answer must not depend on who asked first. */
	for (unsigned i = 0; i < c->n; i++)
		if (shape->atoms_[i].at.node != c->atoms[i].at.node || (shape->atoms_[i].skip & 0xffu) != (c->atoms[i].skip & 0xffu) ||
		    (c->has_unevaluated && shape->atoms_[i].is_top != c->atoms[i].is_top))
			return false;
	return true;
}

static void
intern_grow(struct shapes *s)
{
	size_t cap = s->cap_interned ? s->cap_interned * 2 : 256;
	struct intern *t = ARENA_ARRAY(s->a, cap, struct intern);

	for (size_t i = 0; i < s->cap_interned; i++) {
		if (!s->interned[i].shape)
			continue;
		size_t h = s->interned[i].hash & (cap - 1);
		while (t[h].shape)
			h = (h + 1) & (cap - 1);
		t[h] = s->interned[i];
	}
	s->interned = t;
	s->cap_interned = cap;
}

struct shape *
shape_make(struct shapes *s, struct conj *c, unsigned mask)
{
	if (c->is_false)
		return shape_failed(s, SAT_NO, c->false_at, "the schema here is `false`: no value is allowed");
	unsigned n = 0;
	uint64_t hash = mix(mask);
	for (unsigned i = 0; i < c->n; i++)
		if (!atom_is_empty(&c->atoms[i])) {
			c->atoms[n++] = c->atoms[i];
			hash = mix(hash ^ ((uint64_t)(uintptr_t)c->atoms[i].at.node * 16 + (c->atoms[i].skip & 7u) +
			    (c->has_unevaluated && c->atoms[i].is_top ? 8u : 0u)));
		}
	c->n = n;
	if (n == 0 && mask == T_ANY)
		return shape_any(s);
	if (s->n_interned * 4 >= s->cap_interned * 3)
		intern_grow(s);
	size_t h = hash & (s->cap_interned - 1);
	for (; s->interned[h].shape; h = (h + 1) & (s->cap_interned - 1))
		if (s->interned[h].hash == hash && same_atoms(s->interned[h].shape, c, mask))
			return s->interned[h].shape;
	struct shape *shape = shape_blank(s);
	if (s->is_over) {
		struct shape *over = shape_failed(s, SAT_REF, n ? c->atoms[0].at : (struct sloc){0},
		    "the schema has more than 400,000 different parts when its references and choices are followed");
		over->why_code_ = IMP_E_SCHEMA;
		return over;
	}
	s->interned[h] = (struct intern){hash, shape};
	s->n_interned++;
	shape->atoms_ = ARENA_ARRAY(s->a, n ? n : 1, struct atom);
	memcpy(shape->atoms_, c->atoms, n * sizeof(*shape->atoms_));
	shape->n_atoms_ = n;
	shape->type_mask_ = mask;
	bool is_plain = true;
	for (unsigned i = 0; i < n; i++)
		is_plain = is_plain && !c->atoms[i].skip;
	struct sloc *own = ARENA_ARRAY(s->a, n ? n : 1, struct sloc);
	for (unsigned i = 0; i < n; i++)
		own[i] = c->atoms[i].at;
	shape->locs = own;
	shape->n_locs = n;
	shape->no_wall = !is_plain;
	shape->has_unevaluated_ = c->has_unevaluated;
	return shape;
}

static struct memo *
memo_slot(struct shapes *s, struct sloc at)
{
	if (s->n_memo * 4 >= s->cap_memo * 3) {
		size_t cap = s->cap_memo ? s->cap_memo * 2 : 256;
		struct memo *t = ARENA_ARRAY(s->a, cap, struct memo);
		for (size_t i = 0; i < s->cap_memo; i++) {
			if (!s->memo[i].shape)
				continue;
			size_t h = mix((uint64_t)(uintptr_t)s->memo[i].node) & (cap - 1);
			while (t[h].shape)
				h = (h + 1) & (cap - 1);
			t[h] = s->memo[i];
		}
		s->memo = t;
		s->cap_memo = cap;
	}
	size_t h = mix((uint64_t)(uintptr_t)at.node) & (s->cap_memo - 1);
	while (s->memo[h].shape && !(s->memo[h].node == at.node && s->memo[h].res == at.res))
		h = (h + 1) & (s->cap_memo - 1);
	return &s->memo[h];
}

/* The shape, merged but with its choice not yet taken: what satisfiability is decided on. */
struct shape *
shape_make_locs(struct shapes *s, const struct sloc *locs, unsigned n)
{
	struct conj c;

	if (n == 1) {
		struct memo *m = memo_slot(s, locs[0]);
		if (m->shape)
			return m->shape;
	}
	struct shape *shape = NULL;
	conj_init(&c);
	for (unsigned i = 0; i < n && !shape; i++) {
		struct failure failed = {0};
		if (!conj_add(s, &c, locs[i], true, 0, &failed))
			shape = shape_of_failure(s, &failed);
	}
	if (!shape)
		shape = shape_make(s, &c, T_ANY);
	if (n == 1) {
		struct memo *m = memo_slot(s, locs[0]);
		*m = (struct memo){locs[0].node, locs[0].res, shape};
		s->n_memo++;
	}
	shape_merge(s, shape);
	return shape;
}

int
shape_of(struct shapes *s, const struct sloc *at, unsigned n, struct shape **out, struct imp_diags *d)
{
	struct sloc *locs = ARENA_ARRAY(s->a, n ? n : 1, struct sloc);

	memcpy(locs, at, n * sizeof(*locs));
	bool is_first = !s->root_res && n == 1;
	if (!s->root_res && n)
		s->root_res = at[0].res;
	struct shape *shape = shape_make_locs(s, locs, n);
	if (is_first) {
		s->root_shape = shape;
		s->root_at = at[0];
	}
	if (shape->sat_ == SAT_REF) {
		shape_refusal(s, shape, d);
		return -1;
	}
	shape_settle(s, shape);
	*out = shape;
	return 0;
}

/* ---- shapes that spec.c makes ---------------------------------------------------------------------- */

struct shape *
shape_clone(struct shapes *s, const struct shape *shape)
{
	struct shape *copy = shape_blank(s);
	unsigned id = copy->id;

	*copy = *shape;
	copy->id = id;
	if (shape->n_members) {
		copy->members = ARENA_ARRAY(s->a, shape->n_members, struct shape_member);
		memcpy(copy->members, shape->members, shape->n_members * sizeof(*copy->members));
	}
	return copy;
}

struct shape *
shape_record(struct shapes *s, const struct shape_part *parts, size_t n)
{
	struct shape *shape = shape_blank(s);

	shape->types = T_OBJECT;
	shape->is_any = false;
	shape->show = SHOW_OBJECT;
	shape->is_closed = true;
	shape->is_synthetic = true;
	shape->is_merged_ = true;
	shape->is_settled_ = true;
	shape->members = ARENA_ARRAY(s->a, n ? n : 1, struct shape_member);
	shape->n_members = n;
	for (size_t i = 0; i < n; i++)
		shape->members[i] = (struct shape_member){.name = parts[i].name, .name_bytes = strlen(parts[i].name),
		    .is_required = parts[i].is_required, .is_declared = true, .shape_ = parts[i].shape};
	return shape;
}

struct shape *
shape_json_text(struct shapes *s, struct shape *child)
{
	struct shape *shape = shape_blank(s);

	shape->types = T_STRING;
	shape->is_any = false;
	shape->is_synthetic = true;
	shape->is_merged_ = true;
	shape->is_settled_ = true;
	shape->has_child = true;
	shape->child_ = child;
	shape->locs = child->locs;
	shape->n_locs = child->n_locs;
	shape->readonly = child->readonly;
	shape->writeonly = child->writeonly;
	shape->deprecated = child->deprecated;
	return shape;
}
