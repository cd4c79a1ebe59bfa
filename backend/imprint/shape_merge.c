/* SPDX-License-Identifier: Apache-2.0 */
/* Merging the atoms of a conjunction: types, values, bounds, annotations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "imprint/shape_work.h"
#include "schema/regex.h"

bool
jx_u64(const struct jx *v, uint64_t *out)
{
	if (!jx_is(v, JX_NUMBER))
		return false;
	uint64_t n = 0;
	size_t i;
	for (i = 0; i < v->u.text.n && v->u.text.p[i] >= '0' && v->u.text.p[i] <= '9'; i++) {
		if (n > UINT64_MAX / 10 - 1) {
			*out = UINT64_MAX; /* more than there can ever be */
			return true;
		}
		n = n * 10 + (uint64_t)(v->u.text.p[i] - '0');
	}
	if (i == v->u.text.n) {
		*out = n;
		return true;
	}
	double d = jx_double(v, -1);
	if (!(d >= 0) || d != floor(d))
		return false;
	*out = d > 9e15 ? UINT64_MAX : (uint64_t)d;
	return true;
}

static unsigned
type_bit(const char *name)
{
	switch (name[0]) {
	case 's': return T_STRING;
	case 'f': return T_STRING; /* Swagger's file */
	case 'i': return T_INTEGER;
	case 'n': return name[2] == 'm' ? T_NUMERIC : T_NULL;
	case 'b': return T_BOOLEAN;
	case 'o': return T_OBJECT;
	case 'a': return name[1] == 'r' ? T_ARRAY : T_ANY;
	default: return 0;
	}
}

unsigned
value_type(const struct jx *v)
{
	switch (v->type) {
	case JX_STRING: return T_STRING;
	case JX_NUMBER: return decimal_is_integer(v->u.text.p, v->u.text.n) ? T_INTEGER : T_NUMBER;
	case JX_BOOL: return T_BOOLEAN;
	case JX_NULL: return T_NULL;
	case JX_OBJECT: return T_OBJECT;
	case JX_ARRAY: return T_ARRAY;
	case JX__COUNT: break;
	}
	return 0;
}

static unsigned
type_mask(const struct atom *atom, const struct jx *v, bool is_nullable)
{
	unsigned mask = 0;
	enum dialect d = resource_dialect(atom->at.res);

	if (v->type == JX_STRING)
		mask = type_bit(v->u.text.p);
	for (size_t i = 0; v->type == JX_ARRAY && i < jx_size(v); i++)
		if (v->u.array.at[i]->type == JX_STRING)
			mask |= type_bit(v->u.array.at[i]->u.text.p);
	if (is_nullable && (d == DIALECT_OAS30 || d == DIALECT_SWAGGER2))
		mask |= T_NULL;
	return mask;
}

/* One compile for each pattern text: big descriptions repeat a few patterns hundreds of times. */
static size_t
regex_slot(const struct regex_entry *table, size_t cap, const char *source, size_t n)
{
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)source[i]) * 1099511628211ULL;
	h ^= h >> 29;
	for (;; h++) {
		const struct regex_entry *e = &table[h & (cap - 1)];
		if (!e->is_used || (e->p.n == n && memcmp(e->p.source, source, n) == 0))
			return h & (cap - 1);
	}
}

const struct shape_pattern *
shape_regex(struct shapes *s, const char *source, size_t n, struct err *err)
{
	if (s->n_regexes * 2 >= s->cap_regexes) {
		size_t cap = s->cap_regexes ? s->cap_regexes * 2 : 64;
		struct regex_entry *t = ARENA_ARRAY(s->a, cap, struct regex_entry);
		for (size_t i = 0; i < s->cap_regexes; i++)
			if (s->regexes[i].is_used)
				t[regex_slot(t, cap, s->regexes[i].p.source, s->regexes[i].p.n)] = s->regexes[i];
		/* Entries that shapes point at stay where they are: the old table lives as long as the arena. */
		s->regexes = t;
		s->cap_regexes = cap;
	}
	struct regex_entry *e = &s->regexes[regex_slot(s->regexes, s->cap_regexes, source, n)];
	if (!e->is_used) {
		struct err why = {0};
		e->is_used = true;
		e->p = (struct shape_pattern){.source = source, .n = n};
		if (regex_compile(s->a, source, n, &e->p.re, &why) < 0)
			e->why = arena_str(s->a, why.msg);
		s->n_regexes++;
	}
	if (!e->why)
		return &e->p;
	err_set(err, E_SCHEMA, "%s", e->why);
	return NULL;
}

static void
fail_schema(struct shapes *s, struct shape *shape, struct sloc at, const struct err *err)
{
	shape->sat_ = SAT_REF;
	shape->why_code_ = IMP_E_SCHEMA;
	shape->why_at_ = at;
	shape->why_ = arena_str(s->a, err->msg);
}

static bool
is_openapi(struct sloc at)
{
	enum dialect d = resource_dialect(at.res);
	return d == DIALECT_OAS30 || d == DIALECT_OAS31 || d == DIALECT_SWAGGER2;
}

static void
add_pattern(struct shapes *s, struct shape *shape, const struct atom *atom, const struct jx *v)
{
	struct err err;
	const struct shape_pattern *p = shape_regex(s, v->u.text.p, v->u.text.n, &err);

	if (!p) {
		if (!is_openapi(atom->at))
			fail_schema(s, shape, atom->at, &err);
		return;
	}
	for (size_t i = 0; i < shape->n_patterns; i++)
		if (shape->patterns[i].n == p->n && memcmp(shape->patterns[i].source, p->source, p->n) == 0)
			return;
	struct shape_pattern *list = ARENA_ARRAY(s->a, shape->n_patterns + 1, struct shape_pattern);
	if (shape->n_patterns)
		memcpy(list, shape->patterns, shape->n_patterns * sizeof(*list));
	list[shape->n_patterns++] = *p;
	shape->patterns = list;
}

static void
add_format(struct shapes *s, struct shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->n_formats; i++)
		if (strcmp(shape->formats[i], name) == 0)
			return;
	const char **list = ARENA_ARRAY(s->a, shape->n_formats + 1, const char *);
	if (shape->n_formats)
		memcpy(list, shape->formats, shape->n_formats * sizeof(*list));
	list[shape->n_formats++] = name;
	shape->formats = list;
}

static void
add_multiple(struct shapes *s, struct shape *shape, const struct jx *v)
{
	for (size_t i = 0; i < shape->n_multiples; i++)
		if (decimal_compare(shape->multiples[i].p, shape->multiples[i].n, v->u.text.p, v->u.text.n) == 0)
			return;
	struct lexeme *list = ARENA_ARRAY(s->a, shape->n_multiples + 1, struct lexeme);
	if (shape->n_multiples)
		memcpy(list, shape->multiples, shape->n_multiples * sizeof(*list));
	list[shape->n_multiples++] = (struct lexeme){v->u.text.p, v->u.text.n};
	shape->multiples = list;
}

/* side: -1 lower bound, 1 upper bound. The tighter one wins; at equality the exclusive one. */
static void
add_bound(struct lexeme *bound, bool *exclusive, const struct jx *v, bool is_exclusive, int side)
{
	if (!jx_is(v, JX_NUMBER))
		return;
	int cmp = bound->p ? decimal_compare(v->u.text.p, v->u.text.n, bound->p, bound->n) : -side;
	if (bound->p && cmp == 0)
		*exclusive = *exclusive || is_exclusive;
	if (bound->p && cmp != -side)
		return;
	*bound = (struct lexeme){v->u.text.p, v->u.text.n};
	*exclusive = is_exclusive;
}

static void
span_min(struct span *span, const struct jx *v)
{
	uint64_t n;
	if (jx_u64(v, &n) && n > span->min)
		span->min = n;
}

static void
span_max(struct span *span, const struct jx *v)
{
	uint64_t n;
	if (jx_u64(v, &n) && (!span->has_max || n < span->max)) {
		span->max = n;
		span->has_max = true;
	}
}

/* The same value twice in a list: texts by a small hash table, the rest by comparing. */
struct distinct {
	const struct jx **at;
	size_t n;
	bool has_table;
	uint16_t table[1024]; /* index + 1 */
};

static bool
is_new(struct distinct *d, const struct jx *v)
{
	if (v->type != JX_STRING || !d->has_table) {
		/* Big lists of other values than texts are taken as they are: twins there cost bytes, not truth. */
		for (size_t i = 0; i < d->n && d->n < 2048; i++)
			if (d->at[i]->type == v->type && jx_equal(d->at[i], v))
				return false;
		return true;
	}
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < v->u.text.n; i++)
		h = (h ^ (unsigned char)v->u.text.p[i]) * 16777619u;
	h ^= h >> 15;
	for (unsigned probes = 0; probes < 1024; probes++, h++) {
		uint16_t k = d->table[h & 1023];
		if (!k) {
			if (d->n < 60000)
				d->table[h & 1023] = (uint16_t)(d->n + 1);
			return true;
		}
		const struct jx *o = d->at[k - 1];
		if (o->type == JX_STRING && o->u.text.n == v->u.text.n && memcmp(o->u.text.p, v->u.text.p, v->u.text.n) == 0)
			return false;
	}
	/* More than the table holds: the values there are looked at one by one, within a bound. */
	for (size_t i = 0; i < d->n && d->n < 8192; i++)
		if (jx_equal(d->at[i], v))
			return false;
	return true;
}

static void
add_values(struct shapes *s, struct shape *shape, const struct jx *const *list, size_t n)
{
	struct distinct d;

	d.at = ARENA_ARRAY(s->a, n ? n : 1, const struct jx *);
	d.n = 0;
	d.has_table = n > 12;
	if (d.has_table)
		memset(d.table, 0, sizeof(d.table));

	for (size_t i = 0; i < n; i++) {
		bool keep = !shape->values;
		for (size_t j = 0; shape->values && j < shape->n_values && !keep; j++)
			keep = jx_equal(shape->values[j], list[i]);
		if (keep && is_new(&d, list[i]))
			d.at[d.n++] = list[i];
	}
	shape->values = d.at;
	shape->n_values = d.n;
}

static void
merge_array_words(struct shape *shape, struct atom *atom)
{
	const struct jx *node = atom->at.node;
	const struct jx *items = jx_find(node, "items");

	shape->has_array_words_ = true;
	if (jx_is(items, JX_ARRAY)) {
		atom->prefix = items;
		atom->rest = jx_find(node, "additionalItems");
	} else {
		enum dialect d = resource_dialect(atom->at.res);
		if (d == DIALECT_2020 || d == DIALECT_OAS31)
			atom->prefix = jx_find(node, "prefixItems");
		atom->rest = items;
	}
	if (!jx_is(atom->prefix, JX_ARRAY))
		atom->prefix = NULL;
	if (jx_size(atom->prefix) > shape->n_prefix)
		shape->n_prefix = jx_size(atom->prefix);
	if (jx_is(atom->rest, JX_BOOL) && !atom->rest->u.boolean) {
		shape->has_rest = false;
		if (!shape->items.has_max || shape->items.max > jx_size(atom->prefix)) {
			shape->items.has_max = true;
			shape->items.max = jx_size(atom->prefix);
		}
	}
}

static bool
draws_on_bool(struct sloc at)
{
	enum dialect d = resource_dialect(at.res);
	return d == DIALECT_4 || d == DIALECT_OAS30 || d == DIALECT_SWAGGER2;
}

static void
merge_child(struct shapes *s, struct shape *shape, const struct atom *atom, const struct jx *v)
{
	const char *media = jx_str(jx_find(atom->at.node, "contentMediaType"), NULL);

	if (!media || shape->has_child || !(v->type == JX_OBJECT || v->type == JX_BOOL))
		return;
	size_t n = strcspn(media, ";");
	bool is_json = (n == 16 && strncmp(media, "application/json", 16) == 0) || (n > 5 && strncmp(media + n - 5, "+json", 5) == 0);
	if (!is_json || jx_find(atom->at.node, "contentEncoding"))
		return;
	struct sloc *loc = ARENA_NEW(s->a, struct sloc);
	*loc = registry_enter(s->reg, atom->at, v);
	shape->has_child = true;
	shape->child_locs_ = loc;
	shape->n_child_locs_ = 1;
}

static void
merge_keyword(struct shapes *s, struct shape *shape, struct atom *atom, enum keyword k, const struct jx *v)
{
	enum dialect d = resource_dialect(atom->at.res);

	switch ((int)k) {
	case K_ENUM:
		if (v->type == JX_ARRAY)
			add_values(s, shape, (const struct jx *const *)v->u.array.at, v->u.array.n);
		break;
	case K_CONST:
		if (d != DIALECT_4)
			add_values(s, shape, &v, 1);
		break;
	case K_MINIMUM:
		add_bound(&shape->min, &shape->min_exclusive, v,
		    draws_on_bool(atom->at) && jx_bool(jx_find(atom->at.node, "exclusiveMinimum"), false), -1);
		break;
	case K_MAXIMUM:
		add_bound(&shape->max, &shape->max_exclusive, v,
		    draws_on_bool(atom->at) && jx_bool(jx_find(atom->at.node, "exclusiveMaximum"), false), 1);
		break;
	case K_X_MINIMUM: add_bound(&shape->min, &shape->min_exclusive, v, true, -1); break;
	case K_X_MAXIMUM: add_bound(&shape->max, &shape->max_exclusive, v, true, 1); break;
	case K_MULTIPLE_OF:
		if (v->type == JX_NUMBER)
			add_multiple(s, shape, v);
		break;
	case K_MIN_LENGTH: span_min(&shape->len, v); break;
	case K_MAX_LENGTH: span_max(&shape->len, v); break;
	case K_PATTERN:
		if (v->type == JX_STRING)
			add_pattern(s, shape, atom, v);
		break;
	case K_FORMAT:
		if (v->type == JX_STRING && v->u.text.n)
			add_format(s, shape, v->u.text.p);
		break;
	case K_CONTENT_SCHEMA: merge_child(s, shape, atom, v); break;
	case K_MIN_ITEMS: span_min(&shape->items, v); shape->has_array_words_ = true; break;
	case K_MAX_ITEMS: span_max(&shape->items, v); shape->has_array_words_ = true; break;
	case K_UNIQUE_ITEMS:
		if (jx_bool(v, false)) {
			shape->unique = true;
			shape->has_array_words_ = true;
		}
		break;
	case K_MIN_PROPERTIES: span_min(&shape->props, v); shape->has_object_words_ = true; break;
	case K_MAX_PROPERTIES: span_max(&shape->props, v); shape->has_object_words_ = true; break;
	case K_ITEMS: case K_PREFIX_ITEMS: case K_ADDITIONAL_ITEMS: merge_array_words(shape, atom); break;
	case K_PROPERTIES: atom->properties = v; shape->has_object_words_ = true; break;
	case K_PATTERN_PROPERTIES: atom->patterns = v; shape->has_object_words_ = true; break;
	case K_ADDITIONAL_PROPERTIES: atom->additional = v; shape->has_object_words_ = true; break;
	case K_REQUIRED:
		if (v->type == JX_ARRAY) {
			atom->required = v;
			shape->has_object_words_ |= v->u.array.n > 0;
		}
		break;
	case K_PROPERTY_NAMES:
		if (d != DIALECT_4)
			shape->has_object_words_ = true;
		break;
	case K_ANY_OF: atom->any_of = v; break;
	case K_ONE_OF: atom->one_of = v; break;
	case K_DISCRIMINATOR:
		if (is_openapi(atom->at))
			atom->discriminator = v;
		break;
	case K_DEFAULT:
		if (!shape->dflt)
			shape->dflt = v;
		break;
	case K_READ_ONLY: shape->readonly |= jx_bool(v, false); break;
	case K_WRITE_ONLY: shape->writeonly |= jx_bool(v, false); break;
	case K_DEPRECATED: shape->deprecated |= jx_bool(v, false); break;
	case K_TITLE:
		if (!shape->title)
			shape->title = jx_str(v, NULL);
		break;
	case K_DESCRIPTION:
		if (!shape->description)
			shape->description = jx_str(v, NULL);
		break;
	default: shape_rule_keyword(s, shape, atom, k, v); break;
	}
}

/* Is there an integer between the bounds? Only asked for small bounds; otherwise yes. */
static bool
has_integer(const struct shape *shape)
{
	char text[2][64];
	double lo, hi;

	if (!shape->min.p || !shape->max.p || shape->min.n > 60 || shape->max.n > 60)
		return true;
	memcpy(text[0], shape->min.p, shape->min.n);
	text[0][shape->min.n] = '\0';
	memcpy(text[1], shape->max.p, shape->max.n);
	text[1][shape->max.n] = '\0';
	lo = strtod(text[0], NULL);
	hi = strtod(text[1], NULL);
	if (fabs(lo) > 1e15 || fabs(hi) > 1e15)
		return true;
	double first = ceil(lo), last = floor(hi);
	if (shape->min_exclusive && first == lo)
		first += 1;
	if (shape->max_exclusive && last == hi)
		last -= 1;
	return first <= last;
}

static bool
number_fits(const struct shape *shape, const struct jx *v)
{
	const char *p = v->u.text.p;
	size_t n = v->u.text.n;
	int cmp;

	if (shape->min.p && ((cmp = decimal_compare(p, n, shape->min.p, shape->min.n)) < 0 || (cmp == 0 && shape->min_exclusive)))
		return false;
	if (shape->max.p && ((cmp = decimal_compare(p, n, shape->max.p, shape->max.n)) > 0 || (cmp == 0 && shape->max_exclusive)))
		return false;
	return true; /* multiples: the validator knows decimals; a value that is not one is refused there */
}

static size_t
code_points(const struct jx *v)
{
	size_t k = 0;
	for (size_t i = 0; i < v->u.text.n; i++)
		k += ((unsigned char)v->u.text.p[i] & 0xC0) != 0x80;
	return k;
}

bool
value_fits(const struct shape *shape, const struct jx *v)
{
	if (!(shape->types & value_type(v)))
		return false;
	if (v->type == JX_NUMBER)
		return number_fits(shape, v);
	if (v->type != JX_STRING)
		return true;
	size_t n = code_points(v);
	if (n < shape->len.min || (shape->len.has_max && n > shape->len.max))
		return false;
	for (size_t i = 0; i < shape->n_patterns; i++)
		if (regex_search(shape->patterns[i].re, v->u.text.p, v->u.text.n) == REGEX_NO)
			return false;
	return true;
}

static void
contradiction(struct shape *shape, unsigned types, const char *why, struct sloc at)
{
	if (!(shape->types & types))
		return;
	shape->types &= ~types;
	shape->is_any = false; /* nor is it drawn as what it cannot be */
	shape->has_object_words_ = shape->has_object_words_ && shape->types & T_OBJECT;
	shape->has_array_words_ = shape->has_array_words_ && shape->types & T_ARRAY;
	shape->why_ = why;
	shape->why_at_ = at;
}

#define COUNT_MAX ((uint64_t)1 << 40) /* no document holds more characters, elements or members */

static bool
span_empty(const struct span *span)
{
	return (span->has_max && span->max < span->min) || span->min > COUNT_MAX;
}

/*
 * A listed value that other keywords speak about as well (formats, steps, rules; members and elements) is held against
 * the schemas themselves: each of them must take it in the end.
 */
static bool
schemas_take(struct shapes *s, struct shape *shape, const struct jx *v)
{
	bool is_container = v->type == JX_OBJECT || v->type == JX_ARRAY;
	struct validator *validator;
	struct err err;

	if (!(is_container && (shape->has_object_words_ || shape->has_array_words_)) && !shape->n_rules &&
	    !(v->type == JX_STRING && shape->n_formats) && !(v->type == JX_NUMBER && shape->n_multiples))
		return true;
	for (unsigned i = 0; i < shape->n_atoms_; i++)
		if (shape_validator(s, shape->atoms_[i].at, &validator, &err) == 0 &&
		    !validator_run(validator, NULL, v, 0, NULL, NULL))
			return false;
	return true;
}

static void
narrow(struct shapes *s, struct shape *shape, struct sloc at)
{
	if (shape->min.p && shape->max.p) {
		int cmp = decimal_compare(shape->min.p, shape->min.n, shape->max.p, shape->max.n);
		if (cmp > 0 || (cmp == 0 && (shape->min_exclusive || shape->max_exclusive)))
			contradiction(shape, T_NUMERIC, "no number lies between the bounds", at);
		else if (!has_integer(shape))
			contradiction(shape, T_INTEGER, "no integer lies between the bounds", at);
	}
	if (span_empty(&shape->len))
		contradiction(shape, T_STRING, "the shortest length is above the longest", at);
	if (span_empty(&shape->items))
		contradiction(shape, T_ARRAY, "more elements are asked for than are allowed", at);
	if (span_empty(&shape->props))
		contradiction(shape, T_OBJECT, "more members are asked for than are allowed", at);
	if (shape->values) {
		const struct jx **keep = ARENA_ARRAY(s->a, shape->n_values ? shape->n_values : 1, const struct jx *);
		size_t n = 0;
		unsigned types = 0;
		for (size_t i = 0; i < shape->n_values; i++)
			if (value_fits(shape, shape->values[i]) && schemas_take(s, shape, shape->values[i])) {
				keep[n++] = shape->values[i];
				types |= value_type(shape->values[i]);
			}
		if (n < shape->n_values || types != shape->types) {
			shape->why_ = "none of the listed values satisfies the other constraints";
			shape->why_at_ = at;
		}
		shape->values = keep;
		shape->n_values = n;
		shape->types = types;
		shape->is_any = false;
		shape->is_const = n == 1;
	}
	if (!shape->types) {
		shape->sat_ = SAT_NO;
		shape->why_code_ = IMP_E_UNSAT;
		if (!shape->why_) {
			shape->why_ = "the types asked for exclude each other";
			shape->why_at_ = at;
		}
	}
}

/*
 * unevaluatedProperties/Items: false stands for "closed" where everything that could evaluate is merged
 * here: in the one schema that the conjunction names, with nothing conditional beside it.
 */
static void
merge_unevaluated(struct shape *shape)
{
	static const char *const conditional[] = {"if", "dependentSchemas", "contains", "not", "$dynamicRef", "$recursiveRef", NULL};

	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		struct atom *atom = &shape->atoms_[i];
		const struct jx *members = jx_find(atom->at.node, "unevaluatedProperties");
		const struct jx *items = jx_find(atom->at.node, "unevaluatedItems");
		if ((!members && !items) || !atom->is_top)
			continue;
		bool is_simple = true; /* the one schema named here: it sees all that it refers to and joins */
		for (unsigned j = 0; j < shape->n_atoms_; j++)
			is_simple = is_simple && (j == i || !shape->atoms_[j].is_top);
		for (unsigned j = 0; j < shape->n_atoms_ && is_simple; j++)
			for (size_t k = 0; conditional[k]; k++)
				is_simple = is_simple && !jx_find(shape->atoms_[j].at.node, conditional[k]);
		for (unsigned j = 0; j < shape->n_atoms_ && is_simple; j++)
			is_simple = !shape->atoms_[j].any_of && !shape->atoms_[j].one_of;
		if (!is_simple)
			continue;
		if (jx_is(members, JX_BOOL) && !members->u.boolean)
			shape->is_closed = true;
		if (jx_is(items, JX_BOOL) && !items->u.boolean && !shape->unique) {
			bool any_rest = false;
			for (unsigned j = 0; j < shape->n_atoms_; j++)
				any_rest = any_rest || shape->atoms_[j].rest;
			if (!any_rest) {
				shape->has_rest = false;
				if (!shape->items.has_max || shape->items.max > shape->n_prefix) {
					shape->items.has_max = true;
					shape->items.max = shape->n_prefix;
				}
			}
		}
	}
}

void
shape_merge(struct shapes *s, struct shape *shape)
{
	if (shape->is_merged_)
		return;
	shape->is_merged_ = true;
	shape->types = shape->type_mask_;
	shape->is_any = shape->type_mask_ == T_ANY;
	shape->has_rest = true;
	for (unsigned i = 0; i < shape->n_atoms_; i++) {
		struct atom *atom = &shape->atoms_[i];
		const struct jx *node = atom->at.node, *type = NULL;
		bool is_nullable = false;
		for (size_t k = 0; k < node->u.object.n && shape->sat_ == SAT_UNKNOWN; k++) {
			enum keyword kw = keyword_of(node->u.object.at[k].key, node->u.object.at[k].key_bytes);
			const struct jx *v = node->u.object.at[k].value;
			if (kw == K_TYPE)
				type = v;
			else if (kw == K_NULLABLE)
				is_nullable = is_nullable || jx_bool(v, false);
			else if (kw != K_NONE)
				merge_keyword(s, shape, atom, kw, v);
		}
		if (type) {
			shape->types &= type_mask(atom, type, is_nullable);
			shape->is_any = false;
		}
	}
	struct sloc at = shape->n_atoms_ ? shape->atoms_[0].at : (struct sloc){0};
	if (shape->sat_ == SAT_UNKNOWN && shape->is_any == false && shape->types == 0)
		narrow(s, shape, at);
	if (shape->sat_ != SAT_UNKNOWN)
		return;
	merge_unevaluated(shape);
	if (shape->types & T_OBJECT && shape->has_object_words_)
		shape_objects(s, shape);
	else
		shape->is_open = true;
	if (!(shape->types & T_STRING))
		shape->has_child = false;
	narrow(s, shape, at);
	if (shape->sat_ == SAT_UNKNOWN)
		shape_choices(s, shape);
}
