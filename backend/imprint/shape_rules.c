/* SPDX-License-Identifier: Apache-2.0 */
/* What a token cannot say, in one sentence each. The validator enforces it over the finished payload. */
#include <string.h>

#include "core/jw.h"
#include "imprint/shape_work.h"

#define RULE_TEXT_MAX 160

void
shape_rule_add(struct shapes *s, struct shape *shape, const char *keyword, struct sloc at, const char *sentence)
{
	struct shape_rule *list = ARENA_ARRAY(s->a, shape->n_rules + 1, struct shape_rule);

	if (shape->n_rules)
		memcpy(list, shape->rules, shape->n_rules * sizeof(*list));
	list[shape->n_rules++] = (struct shape_rule){.keyword = keyword, .at = at, .sentence = sentence};
	shape->rules = list;
}

/* A schema as short JSON, cut at a code point. */
static const char *
brief(struct arena *a, const struct jx *v)
{
	struct buf b;

	buf_init(&b, a);
	if (!v)
		return "anything";
	struct jw w;
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	if (b.len <= RULE_TEXT_MAX)
		return b.p;
	size_t n = RULE_TEXT_MAX;
	while (n && ((unsigned char)b.p[n] & 0xC0) == 0x80)
		n--;
	return arena_printf(a, "%.*s…", (int)n, b.p);
}

static const char *
names(struct arena *a, const struct jx *list)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < jx_size(list) && i < 20; i++)
		buf_printf(&b, "%s'%s'", i ? i + 1 == jx_size(list) ? " and " : ", " : "", jx_str(list->u.array.at[i], "?"));
	return b.p ? b.p : "";
}

static const char *
not_sentence(struct arena *a, const struct jx *v)
{
	const struct jx *c = jx_find(v, "const"), *e = jx_find(v, "enum"), *r = jx_find(v, "required");

	if (jx_size(v) == 1 && c)
		return arena_printf(a, "must not be %s", brief(a, c));
	if (jx_size(v) == 1 && e)
		return arena_printf(a, "must not be one of %s", brief(a, e));
	if (jx_size(v) == 1 && jx_is(r, JX_ARRAY))
		return arena_printf(a, jx_size(r) == 1 ? "must not have %s" : "must not have all of %s", names(a, r));
	return arena_printf(a, "must not match %s", brief(a, v));
}

static void
dependent(struct shapes *s, struct shape *shape, const struct atom *atom, const struct jx *v, const char *keyword)
{
	for (size_t i = 0; v->type == JX_OBJECT && i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		if (m->value->type == JX_ARRAY && m->value->u.array.n)
			shape_rule_add(s, shape, keyword, atom->at,
			    arena_printf(s->a, "when '%s' is there, %s must be there too", m->key, names(s->a, m->value)));
		else if (m->value->type == JX_OBJECT && m->value->u.object.n)
			shape_rule_add(s, shape, keyword, atom->at,
			    arena_printf(s->a, "when '%s' is there, the whole must match %s", m->key, brief(s->a, m->value)));
		else if (m->value->type == JX_STRING)
			shape_rule_add(s, shape, keyword, atom->at,
			    arena_printf(s->a, "when '%s' is there, '%s' must be there too", m->key, m->value->u.text.p));
		else if (m->value->type == JX_BOOL && !m->value->u.boolean)
			shape_rule_add(s, shape, keyword, atom->at, arena_printf(s->a, "'%s' must not be there", m->key));
	}
}

static void
conditional(struct shapes *s, struct shape *shape, const struct atom *atom, const struct jx *v)
{
	const struct jx *then = jx_find(atom->at.node, "then"), *other = jx_find(atom->at.node, "else");

	if (!then && !other)
		return;
	shape_rule_add(s, shape, "if", atom->at,
	    arena_printf(s->a, "if it matches %s%s%s%s%s", brief(s->a, v), then ? ", then it must match " : "",
	        then ? brief(s->a, then) : "", other ? ", else it must match " : "", other ? brief(s->a, other) : ""));
}

void
shape_rule_keyword(struct shapes *s, struct shape *shape, const struct atom *atom, enum keyword k, const struct jx *v)
{
	enum dialect d = resource_dialect(atom->at.res);
	bool since6 = d != DIALECT_4;
	bool since2019 = d == DIALECT_2019 || d == DIALECT_2020 || d == DIALECT_OAS31;

	switch ((int)k) {
	case K_NOT:
		if (v->type == JX_OBJECT || v->type == JX_BOOL)
			shape_rule_add(s, shape, "not", atom->at, not_sentence(s->a, v));
		break;
	case K_IF:
		if (since6 && d != DIALECT_6)
			conditional(s, shape, atom, v);
		break;
	case K_CONTAINS:
		if (since6) {
			shape->has_array_words_ = true;
			const struct jx *min = jx_find(atom->at.node, "minContains"), *max = jx_find(atom->at.node, "maxContains");
			shape_rule_add(s, shape, "contains", atom->at,
			    arena_printf(s->a, "at least %s%s%s element(s) must match %s", jx_is(min, JX_NUMBER) ? min->u.text.p : "1",
			        jx_is(max, JX_NUMBER) ? " and at most " : "", jx_is(max, JX_NUMBER) ? max->u.text.p : "", brief(s->a, v)));
		}
		break;
	case K_DEPENDENCIES: dependent(s, shape, atom, v, "dependencies"); break;
	case K_DEPENDENT_REQUIRED:
		if (since2019)
			dependent(s, shape, atom, v, "dependentRequired");
		break;
	case K_DEPENDENT_SCHEMAS:
		if (since2019)
			dependent(s, shape, atom, v, "dependentSchemas");
		break;
	case K_UNEVALUATED_PROPERTIES:
		if (since2019 && !(v->type == JX_BOOL && v->u.boolean)) {
			shape->has_object_words_ = true;
			shape_rule_add(s, shape, "unevaluatedProperties", atom->at,
			    v->type == JX_BOOL ? "no members other than those described may be there"
			                       : arena_printf(s->a, "members that nothing else describes must match %s", brief(s->a, v)));
		}
		break;
	case K_UNEVALUATED_ITEMS:
		if (since2019 && !(v->type == JX_BOOL && v->u.boolean)) {
			shape->has_array_words_ = true;
			shape_rule_add(s, shape, "unevaluatedItems", atom->at,
			    v->type == JX_BOOL ? "no elements other than those described may be there"
			                       : arena_printf(s->a, "elements that nothing else describes must match %s", brief(s->a, v)));
		}
		break;
	case K_PROPERTY_NAMES:
		shape_rule_add(s, shape, "propertyNames", atom->at, arena_printf(s->a, "every member name must match %s", brief(s->a, v)));
		break;
	default: break;
	}
}
