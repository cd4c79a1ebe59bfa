/* SPDX-License-Identifier: Apache-2.0 */
/* One schema's keywords into its node. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/err.h"
#include "schema/check.h"
#include "schema/format.h"
#include "schema/validate_impl.h"

#define READ_ONLY_DEPTH_MAX 6
#define READ_ONLY_STEPS_MAX 500 /* schemas that are looked into for one property */

/* The members that mean something, by keyword. */
struct filler {
	struct program *p;
	struct vnode *node;
	enum dialect d;
	unsigned age;
	const struct jx_member *at[KEYWORD__COUNT];
	struct err *err;
};

static const struct jx *
get(const struct filler *f, enum keyword k)
{
	return f->at[k] ? f->at[k]->value : NULL;
}

static struct vvalue *
value_part(struct filler *f)
{
	if (!f->node->value)
		f->node->value = ARENA_NEW(f->p->a, struct vvalue);
	return f->node->value;
}

static struct varray *
array_part(struct filler *f)
{
	if (!f->node->array) {
		f->node->array = ARENA_NEW(f->p->a, struct varray);
		f->node->array->max = UINT64_MAX;
	}
	return f->node->array;
}

static struct vobject *
object_part(struct filler *f)
{
	if (!f->node->object) {
		f->node->object = ARENA_NEW(f->p->a, struct vobject);
		f->node->object->max = UINT64_MAX;
	}
	return f->node->object;
}

static int
child(struct filler *f, const struct jx *schema, struct vnode **out)
{
	return program_node(f->p, registry_enter(f->p->reg, f->node->at, schema), out, f->err);
}

/* The child under k, or NULL when there is none. */
static int
child_of(struct filler *f, enum keyword k, struct vnode **out)
{
	const struct jx *v = get(f, k);

	*out = NULL;
	return v ? child(f, v, out) : 0;
}

static bool
is_anything(const struct vnode *n)
{
	return n && n->flags & NODE_SIMPLE && n->types == TYPES_ALL;
}

/* A count keyword; beyond 64 bits it is the greatest. */
static uint64_t
count_of(const struct jx *v, uint64_t dflt)
{
	int64_t i;

	if (!v)
		return dflt;
	if (short_int(v, &i))
		return (uint64_t)i;
	/* 2.0, 1e3: below 2^53 a double holds it exactly; beyond, it is more than anything has. */
	if (decimal_compare(v->u.text.p, v->u.text.n, "9007199254740992", 16) >= 0)
		return UINT64_MAX;
	return (uint64_t)strtod(v->u.text.p, NULL);
}

/* ---- types and values ---- */

static unsigned
type_bits(const struct jx *name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {{"null", 1u << JX_NULL}, {"boolean", 1u << JX_BOOL},
	    {"number", 1u << JX_NUMBER | TYPE_INTEGER_BIT}, {"string", 1u << JX_STRING},
	    {"array", 1u << JX_ARRAY}, {"object", 1u << JX_OBJECT}, {"integer", TYPE_INTEGER_BIT},
	    {"file", 1u << JX_STRING}};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name->u.text.p) == 0)
			return types[i].bits;
	NEVER("a type name that was checked");
}

static void
fill_types(struct filler *f)
{
	const struct jx *v = get(f, KEYWORD_TYPE);
	unsigned types = 0;

	if (!v)
		return;
	if (v->type == JX_STRING)
		types = type_bits(v);
	for (size_t i = 0; v->type == JX_ARRAY && i < v->u.array.n; i++)
		types |= type_bits(v->u.array.at[i]);
	if ((f->d == DIALECT_OAS30 || f->d == DIALECT_SWAGGER2) &&
	    (jx_bool(get(f, KEYWORD_NULLABLE), false) || jx_bool(get(f, KEYWORD_X_NULLABLE), false)))
		types |= 1u << JX_NULL;
	f->node->types = (uint8_t)types;
}

static void
set_bound(struct bound *b, const struct jx *v, bool is_exclusive, const char *keyword)
{
	b->lexeme = v;
	b->is_int = short_int(v, &b->i);
	b->is_exclusive = is_exclusive;
	b->keyword = keyword;
}

static void
fill_number(struct filler *f)
{
	static const struct {
		enum keyword plain, exclusive;
	} ends[2] = {{KEYWORD_MINIMUM, KEYWORD_EXCLUSIVE_MINIMUM},
	    {KEYWORD_MAXIMUM, KEYWORD_EXCLUSIVE_MAXIMUM}};
	const struct jx *multiple = get(f, KEYWORD_MULTIPLE_OF);
	struct vnumber *n = ARENA_NEW(f->p->a, struct vnumber);

	for (int end = 0; end < 2; end++) {
		struct bound *b = end ? n->max : n->min;
		const struct jx *plain = get(f, ends[end].plain), *beyond = get(f, ends[end].exclusive);
		bool is_flag = beyond && beyond->type == JX_BOOL && beyond->u.boolean;
		if (plain)
			set_bound(&b[0], plain, is_flag,
			    keyword_name(is_flag ? ends[end].exclusive : ends[end].plain));
		if (beyond && beyond->type == JX_NUMBER)
			set_bound(&b[1], beyond, true, keyword_name(ends[end].exclusive));
	}
	n->multiple = multiple;
	if (multiple && !short_int(multiple, &n->multiple_i))
		n->multiple_i = 0;
	if (n->min[0].lexeme || n->min[1].lexeme || n->max[0].lexeme || n->max[1].lexeme || multiple)
		f->node->number = n;
}

static int
pattern(struct filler *f, enum keyword k, const char *source, size_t n, struct matcher **out)
{
	struct err why;

	*out = NULL;
	if (matcher_new(f->p->a, source, n, out, &why) == 0)
		return 0;
	if (dialect_is_api(f->d)) /* API files are full of patterns for other engines; they are no promise */
		return 0;
	return err_set(f->err, why.code, "schema '%.200s/%s': the pattern /%.100s/ does not compile: %.160s",
	    registry_pointer(f->p->reg, f->p->a, f->node->at), keyword_name(k), source, why.msg);
}

static int
fill_string(struct filler *f)
{
	const struct jx *min = get(f, KEYWORD_MIN_LENGTH), *max = get(f, KEYWORD_MAX_LENGTH);
	const struct jx *source = get(f, KEYWORD_PATTERN), *format = get(f, KEYWORD_FORMAT);
	bool assert_formats = f->p->opt.formats || resource_vocabulary(f->node->at.res) & VOCABULARY_FORMAT;
	struct vstring *s;

	if (!min && !max && !source && !format)
		return 0;
	s = ARENA_NEW(f->p->a, struct vstring);
	s->min = count_of(min, 0);
	s->max = count_of(max, UINT64_MAX);
	s->has_length = s->min > 0 || s->max < UINT64_MAX;
	s->format = -1;
	if (format && assert_formats) {
		s->format = format_find(format->u.text.p, format->u.text.n);
		s->format_name = format->u.text.p;
		s->needs_t = f->p->opt.own_formats && strcmp(s->format_name, "date-time") == 0;
		s->is_decimal = f->p->opt.own_formats && strcmp(s->format_name, "decimal") == 0;
	}
	s->pattern_source = source;
	if (source && pattern(f, KEYWORD_PATTERN, source->u.text.p, source->u.text.n, &s->pattern) < 0)
		return -1;
	if (s->has_length || s->format >= 0 || s->pattern)
		f->node->string = s;
	return 0;
}

/* One of several forms that leads nowhere is none of them: as "anything" it would make every other form ambiguous. */
static bool
leads_nowhere(struct filler *f, const struct jx *form)
{
	const struct jx *ref = f->p->opt.lenient_refs ? jx_find(form, "$ref") : NULL;
	struct err ignored;
	struct sloc to;

	return jx_is(ref, JX_STRING) && registry_resolve(f->p->reg, registry_enter(f->p->reg, f->node->at, form),
	    ref->u.text.p, ref->u.text.n, &to, &ignored) < 0;
}

static int
fill_list(struct filler *f, enum keyword k, struct vlist *out)
{
	const struct jx *v = get(f, k);
	struct map_entry *outer;

	if (!v)
		return 0;
	out->at = ARENA_ARRAY(f->p->a, v->u.array.n, struct vnode *);
	for (size_t i = 0; i < v->u.array.n; i++) {
		if (k == KEYWORD_ONE_OF && leads_nowhere(f, v->u.array.at[i]))
			continue;
		if (child(f, v->u.array.at[i], &out->at[out->n]) < 0)
			return -1;
		if (k == KEYWORD_ALL_OF && f->p->opt.direction != DIRECTION_NONE) {
			outer = map_put(f->p->a, &f->p->outer, v->u.array.at[i], NULL, 0);
			outer->value = f->node;
		}
		out->n++;
	}
	return 0;
}

static int
fill_dynamic(struct filler *f, enum keyword k)
{
	const struct jx *v = get(f, k);
	struct dynamic_ref r = {0};
	struct vvalue *x;

	if (!v)
		return 0;
	if (program_dynamic(f->p, f->node->at, v, k, &r, f->err) < 0)
		return -1;
	x = value_part(f);
	if (!r.is_dynamic && !x->ref) {
		x->ref = r.target;
		return 0;
	}
	x->dynamic = ARENA_NEW(f->p->a, struct dynamic_ref);
	*x->dynamic = r;
	return 0;
}

static int
fill_value(struct filler *f)
{
	static const enum keyword mine[] = {KEYWORD_CONST, KEYWORD_ENUM, KEYWORD_REF, KEYWORD_ALL_OF,
	    KEYWORD_ANY_OF, KEYWORD_ONE_OF, KEYWORD_NOT, KEYWORD_IF};
	bool any = false;
	struct vvalue *x;

	for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
		any |= f->at[mine[i]] != NULL;
	if (any) {
		x = value_part(f);
		x->constant = get(f, KEYWORD_CONST);
		if (get(f, KEYWORD_ENUM))
			x->enumeration = enum_new(f->p->a, get(f, KEYWORD_ENUM));
		if (get(f, KEYWORD_REF) &&
		    program_ref(f->p, f->node->at, get(f, KEYWORD_REF), &x->ref, f->err) < 0)
			return -1;
		x->one_is_any = f->p->opt.discriminator && get(f, KEYWORD_DISCRIMINATOR);
		if (fill_list(f, KEYWORD_ALL_OF, &x->all) < 0 ||
		    fill_list(f, KEYWORD_ANY_OF, &x->any) < 0 ||
		    fill_list(f, KEYWORD_ONE_OF, &x->one) < 0 ||
		    child_of(f, KEYWORD_NOT, &x->not_) < 0 || child_of(f, KEYWORD_IF, &x->if_) < 0)
			return -1;
		if (x->if_ && (child_of(f, KEYWORD_THEN, &x->then_) < 0 ||
				  child_of(f, KEYWORD_ELSE, &x->else_) < 0))
			return -1;
	}
	return fill_dynamic(f, KEYWORD_DYNAMIC_REF) < 0 || fill_dynamic(f, KEYWORD_RECURSIVE_REF) < 0
		   ? -1
		   : 0;
}

/* ---- arrays ---- */

static int
fill_items(struct filler *f)
{
	const struct jx *items = get(f, KEYWORD_ITEMS), *prefix = get(f, KEYWORD_PREFIX_ITEMS);
	enum keyword rest = KEYWORD_ITEMS;
	struct varray *a;

	if (items && items->type == JX_ARRAY) {
		/* Lists in items are older than prefixItems; where both stand the newer one counts. */
		prefix = prefix ? prefix : items;
		rest = KEYWORD_ADDITIONAL_ITEMS;
	}
	if (!prefix && !get(f, rest))
		return 0;
	a = array_part(f);
	if (prefix) {
		struct vlist list = {ARENA_ARRAY(f->p->a, prefix->u.array.n, struct vnode *), 0};
		for (; list.n < prefix->u.array.n; list.n++)
			if (child(f, prefix->u.array.at[list.n], &list.at[list.n]) < 0)
				return -1;
		a->prefix = list.at;
		a->n_prefix = list.n;
	}
	a->rest_keyword = keyword_name(rest);
	return child_of(f, rest, &a->rest);
}

static int
fill_array(struct filler *f)
{
	const struct jx *min = get(f, KEYWORD_MIN_ITEMS), *max = get(f, KEYWORD_MAX_ITEMS);
	struct varray *a;

	if (fill_items(f) < 0)
		return -1;
	if (min)
		array_part(f)->min = count_of(min, 0);
	if (max)
		array_part(f)->max = count_of(max, UINT64_MAX);
	if (jx_bool(get(f, KEYWORD_UNIQUE_ITEMS), false))
		array_part(f)->is_unique = true;
	if (get(f, KEYWORD_CONTAINS)) {
		a = array_part(f);
		a->contains_min = count_of(get(f, KEYWORD_MIN_CONTAINS), 1);
		a->contains_max = count_of(get(f, KEYWORD_MAX_CONTAINS), UINT64_MAX);
		a->contains_marks = f->age >= 9;
		if (child_of(f, KEYWORD_CONTAINS, &a->contains) < 0)
			return -1;
	}
	if (!get(f, KEYWORD_UNEVALUATED_ITEMS))
		return 0;
	f->node->flags |= NODE_UNEVALUATED;
	return child_of(f, KEYWORD_UNEVALUATED_ITEMS, &array_part(f)->unevaluated);
}

/* ---- objects ---- */

struct flag_search {
	struct filler *f;
	const char *flag; /* "readOnly" or "writeOnly" */
	unsigned left;    /* of READ_ONLY_STEPS_MAX */
};

/* What asks is put to a schema's $ref and allOf too. name NULL: is the schema itself flagged? Else: does it declare a
 * property of that name which is? */
static bool
is_flagged(struct flag_search *q, struct sloc at, const char *name, unsigned depth)
{
	const struct jx *own, *ref, *all;
	struct registry *reg = q->f->p->reg;
	struct err ignored;
	struct sloc to;

	if (at.node->type != JX_OBJECT || depth > READ_ONLY_DEPTH_MAX || q->left == 0)
		return false;
	q->left--;
	if (!name && jx_bool(jx_find(at.node, q->flag), false))
		return true;
	own = name ? jx_find(jx_find(at.node, "properties"), name) : NULL;
	if (own && is_flagged(q, registry_enter(reg, at, own), NULL, 0))
		return true;
	ref = jx_find(at.node, "$ref");
	if (jx_is(ref, JX_STRING) &&
	    registry_resolve(reg, at, ref->u.text.p, ref->u.text.n, &to, &ignored) == 0 &&
	    is_flagged(q, to, name, depth + 1))
		return true;
	all = jx_find(at.node, "allOf");
	for (size_t i = 0; jx_is(all, JX_ARRAY) && i < all->u.array.n; i++)
		if (is_flagged(q, registry_enter(reg, at, all->u.array.at[i]), name, depth + 1))
			return true;
	return false;
}

/* A required property is not missed where it never travels: declared so here, or by what allOf puts beside it. */
static bool
is_excused(struct filler *f, const struct jx *properties, const struct jx *name)
{
	struct flag_search q = {.f = f, .left = READ_ONLY_STEPS_MAX,
	    .flag = f->p->opt.direction == DIRECTION_REQUEST ? "readOnly" : "writeOnly"};
	const struct jx *v = properties ? jx_find(properties, name->u.text.p) : NULL;
	const struct vnode *n = f->node;

	if (f->p->opt.direction == DIRECTION_NONE)
		return false;
	if (v && is_flagged(&q, registry_enter(f->p->reg, n->at, v), NULL, 0))
		return true;
	for (unsigned i = 0; i < READ_ONLY_DEPTH_MAX; i++) {
		const struct map_entry *outer;
		if (is_flagged(&q, n->at, name->u.text.p, 0))
			return true;
		outer = map_find(&f->p->outer, n->at.node, NULL, 0);
		if (!outer)
			break;
		n = outer->value;
	}
	return false;
}

static void
index_props(struct filler *f, struct vobject *o)
{
	uint32_t slots = 4;

	while (slots < o->n_props * 3)
		slots *= 2;
	o->mask = slots - 1;
	if (o->n_props < UINT16_MAX)
		o->slots = ARENA_ARRAY(f->p->a, slots, uint16_t);
	else
		o->slots32 = ARENA_ARRAY(f->p->a, slots, uint32_t);
	for (uint32_t i = 0; i < o->n_props; i++) {
		uint32_t at = prop_hash(o->props[i].key, o->props[i].n);
		while (o->slots ? o->slots[at & o->mask] : o->slots32[at & o->mask])
			at++;
		if (o->slots)
			o->slots[at & o->mask] = (uint16_t)(i + 1);
		else
			o->slots32[at & o->mask] = i + 1;
	}
}

static struct prop *
prop_put(struct filler *f, struct vobject *o, struct map *known, const char *key, size_t n)
{
	struct map_entry *e = map_put(f->p->a, known, NULL, key, n);

	if (!e->value) {
		o->props[o->n_props] = (struct prop){.ends = ends_of(key, n), .key = key, .n = (uint32_t)n};
		e->value = &o->props[o->n_props++];
	}
	return (struct prop *)(uintptr_t)e->value;
}

/* API files are seen that write properties: {$ref: …} for a shared map. */
static const struct jx *
properties_of(struct filler *f)
{
	const struct jx *v = get(f, KEYWORD_PROPERTIES), *ref = v ? jx_find(v, "$ref") : NULL;
	struct err ignored;
	struct sloc to;

	if (dialect_is_api(f->d) && jx_is(ref, JX_STRING) &&
	    registry_resolve(f->p->reg, f->node->at, ref->u.text.p, ref->u.text.n, &to, &ignored) == 0 &&
	    to.node->type == JX_OBJECT)
		return to.node;
	return v;
}

static int
fill_properties(struct filler *f)
{
	const struct jx *properties = properties_of(f), *required = get(f, KEYWORD_REQUIRED);
	struct vobject *o;
	struct map known = {0};

	if (required && required->type != JX_ARRAY)
		required = NULL;
	if (!jx_size(properties) && !jx_size(required))
		return 0;
	o = object_part(f);
	o->props = ARENA_ARRAY(f->p->a, jx_size(properties) + jx_size(required), struct prop);
	for (size_t i = 0; i < jx_size(properties); i++) {
		const struct jx_member *m = &properties->u.object.at[i];
		struct prop *p = prop_put(f, o, &known, m->key, m->key_bytes);
		if (m->value->type == JX_STRING && dialect_is_api(f->d) && strcmp(m->key, "$ref") == 0)
			p->node = f->p->any;
		else if (child(f, m->value, &p->node) < 0)
			return -1;
	}
	for (size_t i = 0; i < jx_size(required); i++) {
		const struct jx *name = required->u.array.at[i];
		struct prop *p;
		if (is_excused(f, properties, name))
			continue;
		p = prop_put(f, o, &known, name->u.text.p, name->u.text.n);
		o->n_required += !p->is_required;
		p->is_required = true;
	}
	index_props(f, o);
	return 0;
}

static int
fill_patterns(struct filler *f)
{
	const struct jx *v = get(f, KEYWORD_PATTERN_PROPERTIES);
	struct vobject *o;

	if (!jx_size(v))
		return 0;
	o = object_part(f);
	o->patterns = ARENA_ARRAY(f->p->a, v->u.object.n, struct pattern_prop);
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		struct pattern_prop *p = &o->patterns[o->n_patterns];
		if (pattern(f, KEYWORD_PATTERN_PROPERTIES, m->key, m->key_bytes, &p->pattern) < 0)
			return -1;
		if (!p->pattern)
			continue;
		p->source = m;
		if (child(f, m->value, &p->node) < 0)
			return -1;
		o->n_patterns++;
	}
	return 0;
}

static int
fill_dependencies(struct filler *f)
{
	static const enum keyword mine[] = {
	    KEYWORD_DEPENDENCIES, KEYWORD_DEPENDENT_REQUIRED, KEYWORD_DEPENDENT_SCHEMAS};
	size_t n = 0;
	struct vobject *o;

	for (size_t i = 0; i < 3; i++)
		n += jx_size(get(f, mine[i]));
	if (n == 0)
		return 0;
	o = object_part(f);
	o->dependencies = ARENA_ARRAY(f->p->a, n, struct dependency);
	for (size_t i = 0; i < 3; i++) {
		const struct jx *v = get(f, mine[i]);
		for (size_t k = 0; k < jx_size(v); k++) {
			const struct jx_member *m = &v->u.object.at[k];
			struct dependency *d = &o->dependencies[o->n_dependencies++];
			*d = (struct dependency){
			    .key = m->key, .n = m->key_bytes, .keyword = keyword_name(mine[i])};
			if (m->value->type == JX_ARRAY || m->value->type == JX_STRING)
				d->names = m->value;
			else if (child(f, m->value, &d->node) < 0)
				return -1;
		}
	}
	return 0;
}

static int
fill_object(struct filler *f)
{
	const struct jx *min = get(f, KEYWORD_MIN_PROPERTIES), *max = get(f, KEYWORD_MAX_PROPERTIES);
	struct vobject *o;

	if (fill_properties(f) < 0 || fill_patterns(f) < 0 || fill_dependencies(f) < 0)
		return -1;
	if (min)
		object_part(f)->min = count_of(min, 0);
	if (max)
		object_part(f)->max = count_of(max, UINT64_MAX);
	if (get(f, KEYWORD_ADDITIONAL_PROPERTIES)) {
		o = object_part(f);
		if (child_of(f, KEYWORD_ADDITIONAL_PROPERTIES, &o->additional) < 0)
			return -1;
	}
	if (get(f, KEYWORD_PROPERTY_NAMES)) {
		o = object_part(f);
		if (child_of(f, KEYWORD_PROPERTY_NAMES, &o->names) < 0)
			return -1;
		if (is_anything(o->names))
			o->names = NULL;
	}
	if (!get(f, KEYWORD_UNEVALUATED_PROPERTIES))
		return 0;
	f->node->flags |= NODE_UNEVALUATED;
	return child_of(f, KEYWORD_UNEVALUATED_PROPERTIES, &object_part(f)->unevaluated);
}

int
vnode_fill(struct program *p, struct vnode *node, struct err *err)
{
	const struct jx *v = node->at.node;
	struct filler f = {.p = p, .node = node, .d = node->at.res->dialect, .err = err};
	unsigned vocabulary = node->at.res->vocabulary;

	if (schema_check(p->reg, node->at, err) < 0) {
		if (!p->opt.lenient_refs || !dialect_is_api(f.d))
			return -1;
		node->flags |= NODE_SIMPLE;
		return 0;
	}
	f.age = dialect_age(f.d);
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		enum keyword k = keyword_find(f.d, m->key, m->key_bytes);
		unsigned bit = keyword_vocabulary(k);
		if (k != KEYWORD_NONE && (bit == 0 || bit & vocabulary))
			f.at[k] = m;
	}
	if (f.at[KEYWORD_REF] && f.at[KEYWORD_REF]->value->type == JX_STRING &&
	    dialect_ref_is_alone(f.d)) {
		const struct jx_member *ref = f.at[KEYWORD_REF];
		memset(f.at, 0, sizeof f.at);
		f.at[KEYWORD_REF] = ref;
	}
	fill_types(&f);
	fill_number(&f);
	if (fill_string(&f) < 0 || fill_value(&f) < 0 || fill_array(&f) < 0 || fill_object(&f) < 0)
		return -1;
	/* What the types rule out is never asked. */
	if (!(node->types & (1u << JX_NUMBER | TYPE_INTEGER_BIT)))
		node->number = NULL;
	if (!(node->types & 1u << JX_STRING))
		node->string = NULL;
	if (!(node->types & 1u << JX_ARRAY))
		node->array = NULL;
	if (!(node->types & 1u << JX_OBJECT))
		node->object = NULL;
	if (!node->value && !node->number && !node->string && !node->array && !node->object)
		node->flags |= NODE_SIMPLE;
	return 0;
}
