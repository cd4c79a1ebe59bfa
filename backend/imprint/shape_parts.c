/* SPDX-License-Identifier: Apache-2.0 */
/* Members, keys, elements: the parts of a shape, from all atoms that speak about them. */
#include <ctype.h>
#include <string.h>

#include "core/err.h"
#include "imprint/shape_work.h"
#include "schema/regex.h"

#define COVERS_MAX 64 /* patterns of one schema that are held against each other */

struct locs { /* a short growing list */
	struct arena *a;
	struct sloc *at;
	unsigned n, cap;
};

static void
locs_push(struct locs *l, struct sloc at)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->at[i].node == at.node)
			return;
	if (l->n == l->cap) {
		unsigned cap = l->cap ? l->cap * 2 : 2;
		struct sloc *p = ARENA_ARRAY(l->a, cap, struct sloc);
		if (l->n)
			memcpy(p, l->at, l->n * sizeof(*p));
		l->at = p;
		l->cap = cap;
	}
	l->at[l->n++] = at;
}

const struct jx *
jx_member_n(const struct jx *o, const char *key, size_t n)
{
	if (!jx_is(o, JX_OBJECT))
		return NULL;
	for (size_t i = 0; i < o->u.object.n; i++)
		if (o->u.object.at[i].key_bytes == n && memcmp(o->u.object.at[i].key, key, n) == 0)
			return o->u.object.at[i].value;
	return NULL;
}

static struct sloc
properties_at(const struct atom *atom)
{
	return (struct sloc){atom->at.node, atom->properties_res ? atom->properties_res : atom->at.res};
}

/* What one atom says about a member called name. *is_listed: by properties or a pattern. */
static void
gather(struct shapes *s, const struct atom *atom, const char *name, size_t n, struct locs *out, bool *is_listed)
{
	struct err err;
	const struct jx *own = jx_member_n(atom->properties, name, n);
	bool matched = own != NULL;

	if (own)
		locs_push(out, registry_enter(s->reg, properties_at(atom), own));
	for (size_t i = 0; i < jx_size(atom->patterns); i++) {
		const struct jx_member *m = &atom->patterns->u.object.at[i];
		const struct shape_pattern *p = shape_regex(s, m->key, m->key_bytes, &err);
		if (p && regex_search(p->re, name, n) == REGEX_YES) {
			locs_push(out, registry_enter(s->reg, atom->at, m->value));
			matched = true;
		}
	}
	if (!matched && atom->additional)
		locs_push(out, registry_enter(s->reg, atom->at, atom->additional));
	*is_listed = *is_listed || matched;
}

static bool
ro_deep(struct shapes *s, struct sloc at, const char *word, unsigned depth)
{
	struct sloc target;
	struct err err;

	if (depth > 6 || !jx_is(at.node, JX_OBJECT))
		return false;
	if (jx_bool(jx_find(at.node, word), false))
		return true;
	const struct jx *ref = jx_find(at.node, "$ref");
	if (jx_is(ref, JX_STRING) && registry_resolve(s->reg, at, ref->u.text.p, ref->u.text.n, &target, &err) == 0 &&
	    ro_deep(s, target, word, depth + 1))
		return true;
	const struct jx *all = jx_find(at.node, "allOf");
	for (size_t i = 0; jx_is(all, JX_ARRAY) && i < jx_size(all); i++)
		if (ro_deep(s, registry_enter(s->reg, at, all->u.array.at[i]), word, depth + 1))
			return true;
	return false;
}

static uint32_t
name_hash(const char *p, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h;
}

static void
index_members(struct shapes *s, struct shape *shape)
{
	size_t cap = 16;
	while (cap < shape->n_members * 2)
		cap *= 2;
	shape->index_ = ARENA_ARRAY(s->a, cap, uint32_t);
	shape->index_cap_ = cap;
	for (size_t i = 0; i < shape->n_members; i++) {
		size_t h = name_hash(shape->members[i].name, shape->members[i].name_bytes) & (cap - 1);
		while (shape->index_[h])
			h = (h + 1) & (cap - 1);
		shape->index_[h] = (uint32_t)i + 1;
	}
}

long
shape_member_find(struct shapes *s, struct shape *shape, const char *name, size_t n)
{
	if (shape->n_members > 8 && !shape->index_)
		index_members(s, shape);
	if (shape->n_members <= 8) {
		for (size_t i = 0; i < shape->n_members; i++)
			if (shape->members[i].name_bytes == n && memcmp(shape->members[i].name, name, n) == 0)
				return (long)i;
		return -1;
	}
	for (size_t h = name_hash(name, n) & (shape->index_cap_ - 1); shape->index_[h]; h = (h + 1) & (shape->index_cap_ - 1)) {
		const struct shape_member *m = &shape->members[shape->index_[h] - 1];
		if (m->name_bytes == n && memcmp(m->name, name, n) == 0)
			return (long)shape->index_[h] - 1;
	}
	return -1;
}

struct member_list {
	struct shape_member *at;
	size_t n, cap;
	uint32_t *index;
	size_t index_cap;
};

static struct shape_member *
list_find(struct member_list *l, const char *name, size_t n, uint32_t h)
{
	for (size_t i = h & (l->index_cap - 1); l->index[i]; i = (i + 1) & (l->index_cap - 1)) {
		struct shape_member *m = &l->at[l->index[i] - 1];
		if (m->name_bytes == n && memcmp(m->name, name, n) == 0)
			return m;
	}
	return NULL;
}

static struct shape_member *
list_add(struct member_list *l, const char *name, size_t n)
{
	uint32_t h = name_hash(name, n);
	struct shape_member *m = list_find(l, name, n, h);

	if (m)
		return m;
	INVARIANT(l->n < l->cap);
	l->at[l->n] = (struct shape_member){.name = name, .name_bytes = n};
	size_t i = h & (l->index_cap - 1);
	while (l->index[i])
		i = (i + 1) & (l->index_cap - 1);
	l->index[i] = (uint32_t)++l->n;
	return &l->at[l->n - 1];
}

/* `properties` that is a reference to a whole map: {"$ref": "…"} with a text. */
static void
properties_ref(struct shapes *s, struct atom *atom)
{
	const struct jx *ref = jx_find(atom->properties, "$ref");
	struct sloc target;
	struct err err;

	if (!jx_is(ref, JX_STRING))
		return;
	if (registry_resolve(s->reg, atom->at, ref->u.text.p, ref->u.text.n, &target, &err) == 0 &&
	    target.node->type == JX_OBJECT) {
		atom->properties = target.node;
		atom->properties_res = target.res;
	} else {
		imp_add(&s->warnings, IMP_W_REF, "", "properties refer to '%s', which is not there", ref->u.text.p);
		atom->properties = NULL;
	}
}

static bool
name_fits(const struct shape *shape, const char *name, size_t n)
{
	size_t points = 0;

	for (size_t i = 0; i < n; i++)
		points += ((unsigned char)name[i] & 0xC0) != 0x80;
	if (points < shape->name_len.min || (shape->name_len.has_max && points > shape->name_len.max))
		return false;
	for (size_t i = 0; i < shape->n_name_patterns; i++)
		if (regex_search(shape->name_patterns[i].re, name, n) == REGEX_NO)
			return false;
	if (!shape->names)
		return true;
	for (size_t i = 0; i < shape->n_names; i++)
		if (shape->names[i]->type == JX_STRING && shape->names[i]->u.text.n == n && memcmp(shape->names[i]->u.text.p, name, n) == 0)
			return true;
	return false;
}

static void
collect_names(struct shapes *s, struct shape *shape)
{
	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		struct atom *atom = &shape->atoms_[i];
		const struct jx *node = jx_find(atom->at.node, "propertyNames");
		if (!node || resource_dialect(atom->at.res) == DIALECT_4)
			continue;
		struct sloc *loc = ARENA_NEW(s->a, struct sloc);
		*loc = registry_enter(s->reg, atom->at, node);
		struct shape *names = shape_make_locs(s, loc, 1);
		if (names->sat_ == SAT_NO || !(names->types & T_STRING)) {
			shape->props.has_max = true;
			shape->props.max = 0;
			continue;
		}
		if (names->len.min > shape->name_len.min)
			shape->name_len.min = names->len.min;
		if (names->len.has_max && (!shape->name_len.has_max || names->len.max < shape->name_len.max)) {
			shape->name_len.has_max = true;
			shape->name_len.max = names->len.max;
		}
		struct shape_pattern *list = ARENA_ARRAY(s->a, shape->n_name_patterns + names->n_patterns + 1, struct shape_pattern);
		if (shape->n_name_patterns)
			memcpy(list, shape->name_patterns, shape->n_name_patterns * sizeof(*list));
		if (names->n_patterns)
			memcpy(list + shape->n_name_patterns, names->patterns, names->n_patterns * sizeof(*list));
		shape->name_patterns = list;
		shape->n_name_patterns += names->n_patterns;
		if (names->values && !shape->names) {
			shape->names = names->values;
			shape->n_names = names->n_values;
		}
		if (names->n_rules || names->raw_ || names->n_formats)
			shape_rule_keyword(s, shape, atom, K_PROPERTY_NAMES, node);
	}
}

static void
member_locs(struct shapes *s, struct shape *shape, struct shape_member *m)
{
	struct locs l = {.a = s->a};
	bool is_listed = false;
	static const struct jx never = {.type = JX_BOOL, .u.boolean = false};

	for (unsigned i = 0; i < shape->n_atoms_; i++)
		gather(s, &shape->atoms_[i], m->name, m->name_bytes, &l, &is_listed);
	if ((!is_listed && shape->is_closed) || !name_fits(shape, m->name, m->name_bytes))
		locs_push(&l, (struct sloc){&never, shape->atoms_[0].at.res});
	m->locs_ = l.at;
	m->n_locs_ = l.n;
}

static void
set_required(struct shapes *s, struct shape *shape)
{
	const char *word = s->opt.direction == DIRECTION_REQUEST ? "readOnly" : s->opt.direction == DIRECTION_RESPONSE ? "writeOnly" : NULL;

	for (size_t i = 0; word && i < shape->n_members; i++) {
		struct shape_member *m = &shape->members[i];
		for (unsigned k = 0; m->is_required && k < m->n_locs_; k++)
			if (ro_deep(s, m->locs_[k], word, 0))
				m->is_required = false;
	}
}

static bool
is_one_of(const struct shape_pattern *p, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == p->n && memcmp(*list, p->source, p->n) == 0)
			return true;
	return false;
}

/* Bytes of "^literal" at the front of a pattern, and whether the pattern asks for it whatever the name. */
static size_t
literal_front(const struct shape_pattern *p, bool *is_sure)
{
	size_t i = 1;

	*is_sure = false;
	if (!p->n || p->source[0] != '^')
		return 0;
	while (i < p->n && (isalnum((unsigned char)p->source[i]) || memchr("-_:/@ ", p->source[i], 6)))
		i++;
	if (i < p->n && memchr("?*+{", p->source[i], 4))
		i--; /* the last one may be absent or come again */
	*is_sure = !memchr(p->source, '|', p->n);
	return i;
}

/* Does every name that matches `inner` match `outer` as well? True only where that can be seen at a glance. */
static bool
covers(const struct shape_pattern *outer, const struct shape_pattern *inner)
{
	static const char *const any_name[] = {"", "^", "$", ".*", "^.*", ".*$", "^.*$", NULL};
	static const char *const any_letters[] = {".", "^.", ".+", "^.+", ".+$", "^.+$", NULL};
	bool outer_sure, inner_sure;
	size_t n = literal_front(outer, &outer_sure), k = literal_front(inner, &inner_sure);

	if ((outer->n == inner->n && memcmp(outer->source, inner->source, inner->n) == 0) || is_one_of(outer, any_name))
		return true;
	if (is_one_of(outer, any_letters))
		return inner_sure && k > 1;
	return outer_sure && inner_sure && n > 1 && n == outer->n && k >= n && memcmp(outer->source, inner->source, n) == 0;
}

/* What the other patterns say about every name that matches p. False: such a name is forbidden. */
static bool
covering_locs(struct shapes *s, struct shape *shape, const struct shape_pattern *p, struct locs *l)
{
	struct err err;

	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		const struct atom *atom = &shape->atoms_[i];
		if (jx_size(atom->patterns) > COVERS_MAX)
			continue;
		for (size_t k = 0; k < jx_size(atom->patterns); k++) {
			const struct jx_member *m = &atom->patterns->u.object.at[k];
			const struct shape_pattern *outer = shape_regex(s, m->key, m->key_bytes, &err);
			if (!outer || !covers(outer, p))
				continue;
			if (m->value->type == JX_BOOL && !m->value->u.boolean)
				return false;
			locs_push(l, registry_enter(s->reg, atom->at, m->value));
		}
	}
	return true;
}

static void
build_keys(struct shapes *s, struct shape *shape)
{
	size_t cap = 1;
	struct err err;
	for (unsigned i = 0; i < shape->n_atoms_; i++)
		cap += jx_size(shape->atoms_[i].patterns);
	shape->keys = ARENA_ARRAY(s->a, cap, struct shape_keys);
	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		const struct atom *atom = &shape->atoms_[i];
		for (size_t k = 0; k < jx_size(atom->patterns); k++) {
			const struct jx_member *m = &atom->patterns->u.object.at[k];
			if (m->value->type == JX_BOOL && !m->value->u.boolean)
				continue;
			const struct shape_pattern *p = shape_regex(s, m->key, m->key_bytes, &err);
			if (!p)
				continue;
			struct locs l = {.a = s->a};
			bool forbidden;
			locs_push(&l, registry_enter(s->reg, atom->at, m->value));
			forbidden = !covering_locs(s, shape, p, &l);
			for (unsigned j = 0; j < shape->n_atoms_; j++) {
				const struct atom *other = &shape->atoms_[j];
				if (j == i || jx_size(other->patterns) || !other->additional)
					continue;
				forbidden = forbidden || (other->additional->type == JX_BOOL && !other->additional->u.boolean);
				locs_push(&l, registry_enter(s->reg, other->at, other->additional));
			}
			if (!forbidden)
				shape->keys[shape->n_keys++] = (struct shape_keys){.pattern = p, .locs_ = l.at, .n_locs_ = l.n};
		}
	}
	if (shape->is_closed)
		return;
	struct locs l = {.a = s->a};
	bool is_shown = shape->n_members == 0 && shape->n_keys == 0;
	for (unsigned i = 0; i < shape->n_atoms_; i++)
		if (shape->atoms_[i].additional) {
			is_shown = true;
			locs_push(&l, registry_enter(s->reg, shape->atoms_[i].at, shape->atoms_[i].additional));
		}
	if (is_shown) {
		shape->keys[shape->n_keys++] = (struct shape_keys){.locs_ = l.at, .n_locs_ = l.n};
		shape->rest_shown_ = true;
	}
}

/* Names that propertyNames lists become optional members: nothing else may be added then. */
static void
names_to_members(struct shape *shape, struct member_list *l)
{
	if (!shape->names || shape->is_closed || shape->n_names > 256)
		return;
	for (size_t i = 0; i < shape->n_names; i++)
		if (shape->names[i]->type == JX_STRING)
			list_add(l, shape->names[i]->u.text.p, shape->names[i]->u.text.n);
}

/* Pointers and templates are texts without zero bytes; nobody means such a name. */
static void
name_fails(struct shape *shape, struct sloc at)
{
	shape->sat_ = SAT_REF;
	shape->why_code_ = IMP_E_SCHEMA;
	shape->why_at_ = at;
	shape->why_ = "a member name holds the character U+0000";
}

void
shape_objects(struct shapes *s, struct shape *shape)
{
	struct member_list l = {0};

	collect_names(s, shape);
	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		struct atom *atom = &shape->atoms_[i];
		if (atom->properties)
			properties_ref(s, atom);
		if (jx_is(atom->additional, JX_BOOL) && !atom->additional->u.boolean)
			shape->is_closed = true;
		l.cap += jx_size(atom->properties) + jx_size(atom->required);
	}
	l.cap += shape->n_names;
	l.at = ARENA_ARRAY(s->a, l.cap ? l.cap : 1, struct shape_member);
	l.index_cap = 8;
	while (l.index_cap < l.cap * 2)
		l.index_cap *= 2;
	l.index = ARENA_ARRAY(s->a, l.index_cap, uint32_t);
	bool is_simple = shape->n_atoms_ == 1 && !jx_size(shape->atoms_[0].patterns) && !shape->is_closed &&
	    !shape->n_name_patterns && !shape->names && !shape->name_len.min && !shape->name_len.has_max;
	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		struct atom *atom = &shape->atoms_[i];
		for (size_t k = 0; k < jx_size(atom->properties); k++) {
			const struct jx_member *p = &atom->properties->u.object.at[k];
			struct shape_member *m = list_add(&l, p->key, p->key_bytes);
			if (memchr(p->key, '\0', p->key_bytes))
				name_fails(shape, atom->at);
			m->is_declared = true;
			if (is_simple || shape->n_atoms_ == 1) {
				struct sloc *loc = ARENA_NEW(s->a, struct sloc);
				*loc = registry_enter(s->reg, properties_at(atom), p->value);
				m->locs_ = loc;
				m->n_locs_ = 1;
			}
		}
	}
	for (unsigned i = 0; i < shape->n_atoms_; i++)
		for (size_t k = 0; k < jx_size(shape->atoms_[i].required); k++) {
			const struct jx *name = shape->atoms_[i].required->u.array.at[k];
			if (name->type != JX_STRING)
				continue;
			if (memchr(name->u.text.p, '\0', name->u.text.n))
				name_fails(shape, shape->atoms_[i].at);
			list_add(&l, name->u.text.p, name->u.text.n)->is_required = true;
		}
	names_to_members(shape, &l);
	shape->members = l.at;
	shape->n_members = l.n;
	if (l.n > 8) {
		shape->index_ = l.index;
		shape->index_cap_ = l.index_cap;
	}
	bool one = shape->n_atoms_ == 1 && !jx_size(shape->atoms_[0].patterns) && !shape->n_name_patterns &&
	    !shape->names && !shape->name_len.min && !shape->name_len.has_max;
	for (size_t i = 0; i < l.n; i++)
		if (!one || !l.at[i].is_declared)
			member_locs(s, shape, &l.at[i]);
	set_required(s, shape);
	if (shape->names && !shape->is_closed && shape->n_names <= 256)
		shape->is_closed = true;
	shape->is_open = !shape->is_closed;
	build_keys(s, shape);
	size_t required = 0;
	for (size_t i = 0; i < shape->n_members; i++)
		required += shape->members[i].is_required;
	if (shape->props.has_max && required > shape->props.max) {
		shape->props.min = required; /* an empty span: narrow() draws the conclusion */
	}
}

/* ---- made on demand ---------------------------------------------------------------------------------- */

static struct shape *
made(struct shapes *s, struct shape **slot, const struct sloc *locs, unsigned n)
{
	if (!*slot)
		*slot = n ? shape_make_locs(s, locs, n) : shape_any(s);
	return *slot;
}

static struct shape *
settled(struct shapes *s, struct shape *shape)
{
	shape_settle(s, shape);
	return shape;
}

struct shape *
shape_member(struct shapes *s, struct shape *shape, size_t i)
{
	struct shape_member *m = &shape->members[i];
	return settled(s, made(s, &m->shape_, m->locs_, m->n_locs_));
}

bool
shape_member_is_dropped(struct shapes *s, struct shape *shape, size_t i)
{
	struct shape_member *m = &shape->members[i];
	struct shape *part = made(s, &m->shape_, m->locs_, m->n_locs_);

	if (s->opt.direction == DIRECTION_RESPONSE && part->writeonly)
		return true;
	if (m->is_required)
		return false;
	return shape_sat(s, part) != SAT_YES;
}

struct shape *
shape_keys_value(struct shapes *s, struct shape *shape, size_t i)
{
	struct shape_keys *k = &shape->keys[i];
	return settled(s, made(s, &k->shape_, k->locs_, k->n_locs_));
}

static struct shape *
element(struct shapes *s, struct shape *shape, size_t i)
{
	struct locs l = {.a = s->a};
	for (unsigned k = 0; k < shape->n_atoms_; k++) {
		const struct atom *atom = &shape->atoms_[k];
		if (i < jx_size(atom->prefix))
			locs_push(&l, registry_enter(s->reg, atom->at, atom->prefix->u.array.at[i]));
		else if (atom->rest)
			locs_push(&l, registry_enter(s->reg, atom->at, atom->rest));
	}
	return l.n ? shape_make_locs(s, l.at, l.n) : shape_any(s);
}

struct shape *
prefix_raw(struct shapes *s, struct shape *shape, size_t i)
{
	INVARIANT(i < shape->n_prefix);
	if (!shape->prefix_)
		shape->prefix_ = ARENA_ARRAY(s->a, shape->n_prefix, struct shape *);
	if (!shape->prefix_[i])
		shape->prefix_[i] = element(s, shape, i);
	return shape->prefix_[i];
}

struct shape *
rest_raw(struct shapes *s, struct shape *shape)
{
	if (!shape->rest_)
		shape->rest_ = element(s, shape, (size_t)-1);
	return shape->rest_;
}

struct shape *
shape_prefix(struct shapes *s, struct shape *shape, size_t i)
{
	return settled(s, prefix_raw(s, shape, i));
}

struct shape *
shape_rest(struct shapes *s, struct shape *shape)
{
	return settled(s, rest_raw(s, shape));
}

struct shape *
child_raw(struct shapes *s, struct shape *shape)
{
	struct shape *child = made(s, &shape->child_, shape->child_locs_, shape->n_child_locs_);

	shape_merge(s, child);
	return child;
}

struct shape *
shape_child(struct shapes *s, struct shape *shape)
{
	return settled(s, child_raw(s, shape));
}

struct shape *
shape_extra(struct shapes *s, struct shape *shape, const char *name, size_t n, bool *is_shown)
{
	struct locs l = {.a = s->a};
	bool is_listed = false;

	*is_shown = false;
	if (shape->is_synthetic)
		return NULL;
	for (unsigned i = 0; i < shape->n_atoms_; i++)
		gather(s, &shape->atoms_[i], name, n, &l, &is_listed);
	if (shape->is_closed && !is_listed)
		return NULL;
	for (unsigned i = 0; i < l.n; i++)
		if (l.at[i].node->type == JX_BOOL && !l.at[i].node->u.boolean)
			return NULL;
	*is_shown = is_listed || shape->rest_shown_ || shape == s->any || !shape->has_object_words_;
	struct shape *part = l.n ? shape_make_locs(s, l.at, l.n) : shape_any(s);
	return settled(s, part);
}
