/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choices: oneOf, anyOf, and types that do not fit into one token. Branches that no value satisfies vanish, one
 * survivor is inlined, scalars of different types become one token, null beside a container becomes part of it.
 */
#include <ctype.h>
#include <string.h>

#include "core/err.h"
#include "core/jpatch.h"
#include "imprint/shape_work.h"

#define TEXT_IN_TEXT_MAX 16

/* ---- finding the choices of a conjunction -------------------------------------------------------------- */

static size_t
choice_size(const struct jx *list)
{
	return jx_is(list, JX_ARRAY) ? list->u.array.n : 0;
}

struct found {
	unsigned atom;
	enum keyword k;
	const struct jx *list;
};

static unsigned
find_choices(struct shape *shape, struct found *out, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		struct atom *atom = &shape->atoms_[i];
		if (choice_size(atom->one_of) > 1 && !(atom->skip & SKIP_ONE_OF) && n < max)
			out[n++] = (struct found){i, K_ONE_OF, atom->one_of};
		if (choice_size(atom->any_of) > 1 && !(atom->skip & SKIP_ANY_OF) && n < max)
			out[n++] = (struct found){i, K_ANY_OF, atom->any_of};
	}
	return n;
}

void
shape_choices(struct shapes *s, struct shape *shape)
{
	struct found found[32];
	unsigned n = find_choices(shape, found, 32);
	size_t product = 1;

	/* What would multiply beyond bounds stays a rule, enforced over the finished payload. */
	for (unsigned i = 0; i < n; i++) {
		size_t k = choice_size(found[i].list);
		bool is_first = i == 0 && k <= CHOICE_BRANCHES_MAX;
		if (is_first || product * k <= CHOICE_PRODUCT_MAX) {
			product *= k;
			continue;
		}
		struct atom *atom = &shape->atoms_[found[i].atom];
		atom->skip |= found[i].k == K_ONE_OF ? SKIP_ONE_OF : SKIP_ANY_OF;
		shape_rule_add(s, shape, found[i].k == K_ONE_OF ? "oneOf" : "anyOf", atom->at,
		    found[i].k == K_ONE_OF ? "exactly one of several alternatives must hold here"
		                           : "at least one of several alternatives must hold here");
	}
	n = find_choices(shape, found, 1);
	if (!n)
		return;
	struct raw_choice *raw = ARENA_NEW(s->a, struct raw_choice);
	*raw = (struct raw_choice){.atom = found[0].atom, .k = found[0].k, .list = found[0].list,
	    .discriminator = shape->atoms_[found[0].atom].discriminator};
	raw->branch = ARENA_ARRAY(s->a, choice_size(raw->list), struct shape *);
	shape->raw_ = raw;
}

static void
conj_copy(struct shapes *s, struct conj *c, const struct shape *shape)
{
	conj_init(c);
	if (shape->n_atoms_ > c->cap) {
		c->cap = shape->n_atoms_ * 2;
		c->atoms = ARENA_ARRAY(s->a, c->cap, struct atom);
	}
	c->n = shape->n_atoms_;
	c->has_unevaluated = shape->has_unevaluated_;
	for (unsigned k = 0; k < c->n; k++)
		c->atoms[k] = (struct atom){.at = shape->atoms_[k].at, .skip = shape->atoms_[k].skip, .is_top = shape->atoms_[k].is_top};
}

/* The conjunction with the choice taken: its i-th branch joined to everything else. */
struct shape *
raw_branch(struct shapes *s, struct shape *shape, size_t i)
{
	struct raw_choice *raw = shape->raw_;
	struct failure failed = {0};
	struct conj c;

	if (raw->branch[i])
		return raw->branch[i];
	conj_copy(s, &c, shape);
	c.atoms[raw->atom].skip |= raw->k == K_ONE_OF ? SKIP_ONE_OF : SKIP_ANY_OF;
	struct sloc at = registry_enter(s->reg, shape->atoms_[raw->atom].at, raw->list->u.array.at[i]);
	struct shape *out;
	if (!conj_add(s, &c, at, false, 1, &failed)) {
		out = shape_of_failure(s, &failed);
	} else {
		out = shape_make(s, &c, shape->type_mask_);
		shape_merge(s, out);
	}
	raw->branch[i] = out;
	return out;
}

size_t
shape_dangling(const struct shape *shape)
{
	size_t n = 0;

	for (size_t i = 0; shape->raw_ && i < choice_size(shape->raw_->list); i++)
		n += shape->raw_->branch[i] && shape->raw_->branch[i]->sat_ == SAT_REF;
	return n;
}

/* ---- names ------------------------------------------------------------------------------------------------- */

const char *
branch_slug(struct arena *a, const char *name, size_t n)
{
	char text[41];
	size_t k = 0;

	for (size_t i = 0; i < n && k < 40; i++) {
		unsigned char c = (unsigned char)name[i];
		if (isalnum(c) || c == '_' || c == '.' || c == '-')
			text[k++] = (char)c;
		else if (k && text[k - 1] != '_' && (c & 0xC0) != 0x80)
			text[k++] = '_';
	}
	while (k && text[k - 1] == '_')
		k--;
	return k ? arena_dup(a, text, k) : NULL;
}

static const char *
last_segment(const char *ref, size_t n, size_t *out)
{
	size_t i = n;
	while (i && ref[i - 1] != '/' && ref[i - 1] != '#')
		i--;
	*out = n - i;
	return ref + i;
}

static const char *
type_name(unsigned types)
{
	static const struct {
		unsigned bits;
		const char *name;
	} names[] = {{T_STRING, "string"}, {T_NUMERIC, "number"}, {T_INTEGER, "integer"}, {T_NUMBER, "number"},
	    {T_BOOLEAN, "boolean"}, {T_OBJECT, "object"}, {T_ARRAY, "array"}, {T_NULL, "null"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (types == names[i].bits)
			return names[i].name;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (types == (names[i].bits | T_NULL))
			return names[i].name;
	return NULL;
}

/* The constant text that tells the branch apart: {"kind": {"const": "a"}}. */
static const char *
constant_name(struct shapes *s, const struct jx *node, struct sloc at, struct shape *branch)
{
	struct arena *a = s->a;
	const struct jx *props = jx_find(node, "properties");

	(void)at;
	for (size_t i = 0; i < jx_size(props) && props->type == JX_OBJECT; i++) {
		const struct jx_member *m = &props->u.object.at[i];
		const struct jx *v = jx_find(m->value, "const");
		const struct jx *list = jx_find(m->value, "enum");
		if (!v && jx_is(list, JX_ARRAY) && list->u.array.n == 1)
			v = list->u.array.at[0];
		if (jx_is(v, JX_STRING) && branch_slug(a, v->u.text.p, v->u.text.n))
			return branch_slug(a, v->u.text.p, v->u.text.n);
	}
	if (branch->is_const && branch->values[0]->type == JX_STRING)
		return branch_slug(a, branch->values[0]->u.text.p, branch->values[0]->u.text.n);
	return NULL;
}

static const char *
with_required(struct arena *a, const struct jx *node)
{
	const struct jx *required = jx_find(node, "required");
	struct buf b;

	if (!jx_is(required, JX_ARRAY) || !required->u.array.n)
		return NULL;
	buf_init(&b, a);
	buf_str(&b, "with");
	for (size_t i = 0; i < required->u.array.n; i++)
		if (required->u.array.at[i]->type == JX_STRING)
			buf_printf(&b, "_%s", required->u.array.at[i]->u.text.p);
	return branch_slug(a, b.p, b.len);
}

static const char *
branch_name(struct shapes *s, struct sloc at, const char *value, struct shape *branch, size_t i)
{
	const char *name = value ? branch_slug(s->a, value, strlen(value)) : NULL;
	const struct jx *ref = jx_find(at.node, "$ref");
	const char *title = jx_str(jx_find(at.node, "title"), NULL);
	size_t n;

	if (!name && title)
		name = branch_slug(s->a, title, strlen(title));
	if (!name && jx_is(ref, JX_STRING)) {
		const char *last = last_segment(ref->u.text.p, ref->u.text.n, &n);
		name = branch_slug(s->a, last, n);
	}
	if (!name)
		name = constant_name(s, at.node, at, branch);
	if (!name)
		name = with_required(s->a, at.node);
	if (!name && !branch->is_any)
		name = type_name(branch->types);
	return name ? name : arena_printf(s->a, "option_%zu", i + 1);
}

static void
distinct_names(struct shapes *s, struct shape_branch *b, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const char *base = b[i].name;
		for (unsigned k = 2, clash = 1; clash; k++) {
			clash = 0;
			for (size_t j = 0; j < i && !clash; j++)
				clash = strcmp(b[j].name, b[i].name) == 0;
			if (clash)
				b[i].name = arena_printf(s->a, "%.36s_%u", base, k);
		}
	}
}

/* ---- discriminators ------------------------------------------------------------------------------------------ */

static bool
same_target(struct shapes *s, struct sloc base, const char *text, struct sloc branch)
{
	struct sloc target, own;
	struct err err;
	const struct jx *ref = jx_find(branch.node, "$ref");

	if (!jx_is(ref, JX_STRING))
		return false;
	if (strcmp(text, ref->u.text.p) == 0)
		return true;
	size_t n;
	const char *last = last_segment(ref->u.text.p, ref->u.text.n, &n);
	if (strlen(text) == n && memcmp(text, last, n) == 0)
		return true; /* a bare schema name */
	return strpbrk(text, "#/") && registry_resolve(s->reg, base, text, strlen(text), &target, &err) == 0 &&
	    registry_resolve(s->reg, branch, ref->u.text.p, ref->u.text.n, &own, &err) == 0 && own.node == target.node;
}

/* All values that select the branch, as JSON texts; the schema's own name when no mapping speaks of it. */
static size_t
discriminator_values(struct shapes *s, struct sloc base, const struct jx *disc, struct sloc at, const struct jx **out, size_t max)
{
	const struct jx *mapping = jx_find(disc, "mapping");
	const struct jx *ref = jx_find(at.node, "$ref");
	size_t n = 0;

	for (size_t i = 0; jx_is(mapping, JX_OBJECT) && i < mapping->u.object.n && n < max; i++) {
		const struct jx_member *m = &mapping->u.object.at[i];
		if (m->value->type != JX_STRING || !same_target(s, base, m->value->u.text.p, at))
			continue;
		struct jx *v = ARENA_NEW(s->a, struct jx);
		*v = (struct jx){.type = JX_STRING, .u.text = {m->key, m->key_bytes}};
		out[n++] = v;
	}
	if (n == 0 && jx_is(ref, JX_STRING)) {
		size_t bytes;
		const char *last = last_segment(ref->u.text.p, ref->u.text.n, &bytes);
		struct jx *v = ARENA_NEW(s->a, struct jx);
		*v = (struct jx){.type = JX_STRING, .u.text = {arena_dup(s->a, last, bytes), bytes}};
		out[n++] = v;
	}
	return n;
}

/* A copy of the branch whose discriminator property is fixed. */
static struct shape *
fix_property(struct shapes *s, struct shape *branch, const char *property, const struct jx **values, size_t n)
{
	long i = shape_member_find(s, branch, property, strlen(property));
	const struct jx **keep = ARENA_ARRAY(s->a, n, const struct jx *);
	size_t k = 0;

	if (i < 0 || branch->show != SHOW_OBJECT)
		return branch;
	struct shape *part = shape_member(s, branch, (size_t)i);
	if (part->show != SHOW_TOKEN || !(part->types & T_STRING))
		return branch;
	for (size_t j = 0; j < n; j++) {
		bool fits = value_fits(part, values[j]) && !part->values;
		for (size_t v = 0; part->values && v < part->n_values && !fits; v++)
			fits = jx_equal(part->values[v], values[j]);
		if (fits)
			keep[k++] = values[j];
	}
	if (k == 0) {
		if (part->is_const && !branch->members[i].is_required) {
			struct shape *copy = shape_clone(s, branch);
			copy->members[i].is_required = true;
			return copy;
		}
		return branch; /* what the branch itself says wins */
	}
	struct shape *fixed = shape_clone(s, part);
	fixed->values = keep;
	fixed->n_values = k;
	fixed->is_const = k == 1;
	fixed->is_any = false;
	fixed->types = T_STRING;
	fixed->dflt = NULL;
	struct shape *copy = shape_clone(s, branch);
	copy->members[i].shape_ = fixed;
	copy->members[i].is_required = true;
	return copy;
}

/* ---- settling ------------------------------------------------------------------------------------------------- */

/* Take over how `from` looks; identity and provenance stay. */
static void
become(struct shape *shape, const struct shape *from)
{
	struct shape old = *shape;

	*shape = *from;
	shape->id = old.id;
	shape->atoms_ = old.atoms_;
	shape->n_atoms_ = old.n_atoms_;
	shape->type_mask_ = old.type_mask_;
	shape->locs = old.locs;
	shape->n_locs = old.n_locs;
	shape->no_wall = old.no_wall;
	shape->raw_ = old.raw_;
	shape->sat_ = old.sat_;
	shape->mark_ = old.mark_;
	shape->is_settled_ = true;
	shape->is_settling_ = false;
	if (old.title)
		shape->title = old.title;
	if (old.description)
		shape->description = old.description;
	/* Members made for the branch know the branch's atoms; element shapes are made from atoms on demand. */
	shape->atoms_ = from->atoms_;
	shape->n_atoms_ = from->n_atoms_;
}

static bool
is_plain_token(const struct shape *b)
{
	return b->show == SHOW_TOKEN && !b->has_child && !b->is_any && !b->n_rules;
}

static bool
is_null_only(const struct shape *b)
{
	return b->types == T_NULL;
}

/* Branches that are scalars of different types, or value lists: one token for all. */
static bool
merge_scalars(struct shapes *s, struct shape *shape, struct shape_branch *b, size_t n)
{
	unsigned seen = 0;
	size_t lists = 0, nulls = 0, values = 0;

	for (size_t i = 0; i < n; i++) {
		const struct shape *p = b[i].shape;
		if (!is_plain_token(p))
			return false;
		if (is_null_only(p))
			nulls++;
		else if (p->values)
			lists++;
		values += p->values ? p->n_values : 1;
	}
	if (lists && lists + nulls != n)
		return false;
	for (size_t i = 0; !lists && i < n; i++) {
		if (seen & b[i].shape->types || b[i].shape->types & T_CONTAINER)
			return false;
		seen |= b[i].shape->types;
	}
	/* "number" and "integer" are different bits and the same type: 5 is both. */
	struct shape out = *b[0].shape;
	if (lists) {
		static const struct jx null_value = {.type = JX_NULL};
		const struct jx **all = ARENA_ARRAY(s->a, values, const struct jx *);
		size_t k = 0;
		out.types = 0;
		for (size_t i = 0; i < n; i++) {
			const struct shape *p = b[i].shape;
			out.types |= p->types;
			for (size_t j = 0; j < (p->values ? p->n_values : 1); j++) {
				const struct jx *v = p->values ? p->values[j] : &null_value;
				bool dup = false;
				for (size_t x = 0; x < k && !dup; x++)
					dup = jx_equal(all[x], v);
				if (!dup)
					all[k++] = v;
			}
		}
		out.values = all;
		out.n_values = k;
		out.is_const = k == 1;
		if (shape->raw_->k == K_ONE_OF && k < values)
			shape_rule_add(s, &out, "oneOf", b[0].at, "exactly one of the alternatives may list the value");
	} else {
		for (size_t i = 1; i < n; i++) {
			const struct shape *p = b[i].shape;
			out.types |= p->types;
			if (p->types & T_STRING) {
				out.len = p->len;
				out.patterns = p->patterns;
				out.n_patterns = p->n_patterns;
			}
			if (p->types & T_NUMERIC) {
				out.min = p->min;
				out.max = p->max;
				out.min_exclusive = p->min_exclusive;
				out.max_exclusive = p->max_exclusive;
				out.multiples = p->multiples;
				out.n_multiples = p->n_multiples;
			}
			if (p->n_formats && !out.n_formats) {
				out.formats = p->formats;
				out.n_formats = p->n_formats;
			}
			if (!out.dflt)
				out.dflt = p->dflt;
		}
	}
	out.choice = NULL;
	become(shape, &out);
	return true;
}

static void
set_choice(struct shapes *s, struct shape *shape, const char *keyword, struct shape_branch *b, size_t n, const char *property, bool is_exclusive)
{
	shape->choice = ARENA_NEW(s->a, struct shape_choice);
	*shape->choice = (struct shape_choice){.keyword = keyword, .discriminator = property, .is_exclusive = is_exclusive, .branches = b, .n = n};
	distinct_names(s, b, n);
}

static void
settle_choice(struct shapes *s, struct shape *shape)
{
	struct raw_choice *raw = shape->raw_;
	struct sloc base = shape->atoms_[raw->atom].at;
	size_t all = choice_size(raw->list), n = 0, nulls = 0;
	const char *property = raw->discriminator ? jx_str(jx_find(raw->discriminator, "propertyName"), NULL) : NULL;
	const char *keyword = raw->k == K_ONE_OF ? "oneOf" : "anyOf";
	struct shape_branch *b = ARENA_ARRAY(s->a, all, struct shape_branch);

	for (size_t i = 0; i < all; i++) {
		struct shape *branch = raw_branch(s, shape, i);
		if (shape_sat(s, branch) != SAT_YES)
			continue;
		shape_settle(s, branch);
		struct sloc at = registry_enter(s->reg, base, raw->list->u.array.at[i]);
		const struct jx *values[64];
		size_t k = property ? discriminator_values(s, base, raw->discriminator, at, values, 64) : 0;
		if (k)
			branch = fix_property(s, branch, property, values, k);
		b[n] = (struct shape_branch){.at = at, .shape = branch, .value = k ? values[0]->u.text.p : NULL};
		b[n].name = branch_name(s, at, b[n].value, branch, i);
		nulls += is_null_only(branch);
		n++;
	}
	if (n == 0) /* shape_sat said so already */
		return;
	if (n == 1) {
		become(shape, b[0].shape);
		set_choice(s, shape, keyword, b, 1, property, false);
		return;
	}
	if (merge_scalars(s, shape, b, n))
		return;
	if (n == 2 && nulls == 1) {
		struct shape *other = is_null_only(b[0].shape) ? b[1].shape : b[0].shape;
		if ((other->show == SHOW_OBJECT || other->show == SHOW_ARRAY) && !other->is_any) {
			become(shape, other);
			shape->types |= T_NULL;
			return;
		}
	}
	shape->show = SHOW_CHOICE;
	shape->types = 0;
	for (size_t i = 0; i < n; i++)
		shape->types |= b[i].shape->types;
	shape->n_members = 0;
	shape->values = NULL;
	shape->n_values = 0;
	shape->is_const = false;
	bool is_exclusive = raw->k == K_ONE_OF && !property;
	set_choice(s, shape, keyword, b, n, property, is_exclusive);
	if (is_exclusive)
		shape_rule_add(s, shape, "oneOf", base, "exactly one of the alternatives may fit");
}

/* Beside other types, a container that can never be is not offered. */
static void
drop_dead(struct shapes *s, struct shape *shape)
{
	static const unsigned kinds[] = {T_OBJECT, T_ARRAY};

	for (size_t i = 0; i < 2; i++) {
		if (!(shape->types & kinds[i]) || shape->types == kinds[i] || !shape->n_atoms_)
			continue;
		if (kinds[i] == T_OBJECT ? !shape->has_object_words_ : !shape->items.min)
			continue;
		struct conj c;
		conj_copy(s, &c, shape);
		struct shape *alone = shape_make(s, &c, kinds[i]);
		shape_merge(s, alone);
		if (shape_sat(s, alone) != SAT_YES)
			shape->types &= ~kinds[i];
	}
}

/* How a conjunction without choices is drawn; types that do not fit one drawing become branches by type. */
static void
settle_types(struct shapes *s, struct shape *shape)
{
	unsigned containers = shape->types & T_CONTAINER, scalars = shape->types & (T_SCALAR & ~(unsigned)T_NULL);
	bool object = shape->has_object_words_, array = shape->has_array_words_;

	shape->show = SHOW_TOKEN;
	if (shape->values || !containers || shape->has_child)
		return;
	if (!shape->is_any)
		drop_dead(s, shape);
	containers = shape->types & T_CONTAINER;
	if (shape->is_any) {
		if (object)
			shape->show = SHOW_OBJECT;
		else if (array)
			shape->show = SHOW_ARRAY;
		return;
	}
	if (!scalars && containers == T_OBJECT) {
		shape->show = SHOW_OBJECT;
		return;
	}
	if (!scalars && containers == T_ARRAY) {
		shape->show = SHOW_ARRAY;
		return;
	}
	if (!(containers & T_OBJECT && object) && !(containers & T_ARRAY && array))
		return; /* containers about which nothing is said: a union token will do */
	const unsigned masks[] = {T_OBJECT, T_ARRAY, scalars ? scalars | (shape->types & T_NULL) : shape->types & T_NULL};
	struct shape_branch *b = ARENA_ARRAY(s->a, 3, struct shape_branch);
	size_t n = 0;
	for (size_t i = 0; i < 3; i++) {
		unsigned mask = i < 2 ? shape->types & masks[i] : masks[i];
		if (!mask)
			continue;
		struct conj c;
		conj_copy(s, &c, shape);
		struct shape *branch = shape_make(s, &c, mask);
		shape_merge(s, branch);
		if (shape_sat(s, branch) != SAT_YES)
			continue;
		shape_settle(s, branch);
		const char *name = type_name(branch->types);
		b[n++] = (struct shape_branch){.name = name ? name : "scalar", .at = {NULL, NULL}, .shape = branch};
	}
	if (n == 0)
		return;
	if (n == 1) {
		become(shape, b[0].shape);
		return;
	}
	shape->show = SHOW_CHOICE;
	set_choice(s, shape, "type", b, n, NULL, false);
}

/* A key token invites names of one's own; those that no value may stand under are said. */
static void
tell_forbidden(struct shapes *s, struct shape *shape)
{
	for (size_t i = 0; i < shape->n_members; i++) {
		const struct shape_member *m = &shape->members[i];
		if (!m->is_required && shape_member_is_dropped(s, shape, i) && m->shape_->sat_ == SAT_NO)
			shape_rule_add(s, shape, "properties", shape->atoms_[0].at, arena_printf(s->a, "'%s' must not be there", m->name));
	}
	for (unsigned i = 0; i < shape->n_atoms_; i++)
		for (size_t k = 0; k < jx_size(shape->atoms_[i].patterns); k++) {
			const struct jx_member *m = &shape->atoms_[i].patterns->u.object.at[k];
			if (m->value->type == JX_BOOL && !m->value->u.boolean)
				shape_rule_add(s, shape, "patternProperties", shape->atoms_[i].at,
				    arena_printf(s->a, "no member name may match /%.120s/", m->key));
		}
}

/* JSON text whose value is the same kind of JSON text again, and so on: the innermost is a plain string. */
static void
end_of_text(struct shapes *s, struct shape *shape)
{
	struct shape *inner = shape;

	for (unsigned i = 0; i < TEXT_IN_TEXT_MAX && inner->has_child && !inner->is_synthetic; i++) {
		inner = child_raw(s, inner);
		if (inner == shape) {
			shape->has_child = false;
			return;
		}
	}
}

void
shape_settle(struct shapes *s, struct shape *shape)
{
	if (shape->is_settled_ || shape->is_settling_)
		return;
	shape_merge(s, shape);
	if (shape->sat_ == SAT_REF || shape->sat_ == SAT_NO) {
		shape->is_settled_ = true;
		return;
	}
	shape->is_settling_ = true;
	if (shape->has_child)
		end_of_text(s, shape);
	if (shape->is_any && (shape->has_object_words_ || shape->has_array_words_))
		(void)shape_sat(s, shape); /* which may find that the container it was meant as cannot be */
	if (shape->raw_)
		settle_choice(s, shape);
	else
		settle_types(s, shape);
	shape->is_settling_ = false;
	shape->is_settled_ = true;
	if (shape->show == SHOW_OBJECT && shape->n_keys && shape->n_atoms_)
		tell_forbidden(s, shape);
	if (shape->show == SHOW_OBJECT && !shape->n_members && !shape->n_keys && !shape->is_closed) {
		shape->keys = ARENA_NEW(s->a, struct shape_keys);
		shape->keys[0] = (struct shape_keys){.shape_ = shape_any(s)};
		shape->n_keys = 1;
		shape->rest_shown_ = true;
		shape->is_open = true;
	}
}
