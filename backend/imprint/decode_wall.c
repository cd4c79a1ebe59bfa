/* SPDX-License-Identifier: Apache-2.0 */
/* The last check: the finished payload against the schemas themselves, with places told in the
 * filled document. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "imprint/decode_work.h"
#include "imprint/token.h"

#define WALL_MAX 20u /* findings of the validator that are passed on */

static const struct {
	const char *keyword;
	enum imp_code code;
} codes[] = {{"type", IMP_TYPE}, {"nullable", IMP_TYPE}, {"enum", IMP_ENUM}, {"const", IMP_CONST},
    {"minimum", IMP_RANGE}, {"maximum", IMP_RANGE}, {"exclusiveMinimum", IMP_RANGE},
    {"exclusiveMaximum", IMP_RANGE}, {"multipleOf", IMP_MULTIPLE}, {"minLength", IMP_LEN},
    {"maxLength", IMP_LEN}, {"pattern", IMP_PATTERN}, {"format", IMP_FORMAT},
    {"minItems", IMP_ITEMS}, {"maxItems", IMP_ITEMS}, {"items", IMP_ITEMS},
    {"additionalItems", IMP_ITEMS}, {"prefixItems", IMP_ITEMS}, {"uniqueItems", IMP_UNIQUE},
    {"minProperties", IMP_PROPS}, {"maxProperties", IMP_PROPS}, {"required", IMP_MISSING},
    {"additionalProperties", IMP_UNKNOWN_KEY}, {"propertyNames", IMP_KEY}};
/* What no token can say. Everything below them in the schema is part of the rule. */
static const char *const rules[] = {"not", "if", "then", "else", "dependentRequired",
    "dependentSchemas", "dependencies", "contains", "minContains", "maxContains",
    "unevaluatedProperties", "unevaluatedItems", "anyOf", "oneOf", "allOf", "discriminator"};
/* Their members are names, not keywords. */
static const char *const name_holders[] = {"properties", "patternProperties", "$defs",
    "definitions", "dependentSchemas", "dependencies", "schemas", "parameters"};

static bool
is_listed(const char *s, size_t n, const char *const *list, size_t n_list)
{
	for (size_t i = 0; i < n_list; i++)
		if (strlen(list[i]) == n && memcmp(list[i], s, n) == 0)
			return true;
	return false;
}
#define IS_LISTED(s, n, list) is_listed((s), (n), (list), sizeof(list) / sizeof *(list))

/* Does the way to the keyword lead through a rule ("#/then/properties/x/minimum")? */
static bool
is_within_rule(const char *pointer)
{
	const char *s = strchr(pointer ? pointer : "", '#');
	bool is_name = false;

	for (s = s ? s + 1 : ""; *s == '/';) {
		size_t n = strcspn(++s, "/");

		if (!is_name && IS_LISTED(s, n, rules))
			return true;
		if (!is_name && n == 13 && memcmp(s, "propertyNames", n) == 0)
			return true;
		is_name = !is_name && IS_LISTED(s, n, name_holders);
		s += n;
	}
	return false;
}

static enum imp_code
code_of(const struct validate_error *e)
{
	const char *k = e->keyword;

	if (strcmp(k, "propertyNames") == 0 ||
	    (e->schema_pointer && strstr(e->schema_pointer, "/propertyNames")))
		return IMP_KEY;
	/* "more than one" against "none": only the first is a matter of ambiguity. */
	if (strcmp(k, "oneOf") == 0)
		return e->expected && strstr(e->expected, "; 0 fit") ? IMP_RULE : IMP_AMBIGUOUS;
	if (e->is_conditional || IS_LISTED(k, strlen(k), rules) || is_within_rule(e->schema_pointer))
		return IMP_RULE;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].keyword, k) == 0)
			return codes[i].code;
	return IMP_RULE;
}

/* --- from payload pointers to filled ones
 * ---------------------------------------------------------------------- */

struct origin {
	struct buf pointer;
	const struct jx
	    *filled; /* NULL: not in the filled document (a constant, a missing member) */
	const struct jx *payload;
};

/* Through the branches that were chosen on the way. */
static void
hop(struct arena *a, struct origin *o)
{
	const struct jx_member *sel;

	while (o->filled && (sel = dec_selector(o->filled)) != NULL) {
		const struct jx *next = NULL;
		size_t n = 0;
		const char *name =
		    sel->value->type == JX_STRING
			? token_unescape(sel->value->u.text.p, sel->value->u.text.n, &n)
			: "";

		for (size_t i = 0; i < o->filled->u.object.n && !next; i++) {
			const struct jx_member *m = &o->filled->u.object.at[i];
			size_t k;
			const char *key = token_unescape(m->key, m->key_bytes, &k);

			if (m == sel || k != n || memcmp(key, name, n) != 0)
				continue;
			next = m->value;
			buf_str(&o->pointer, imp_join(a, "", m->key, m->key_bytes));
		}
		o->filled = next;
	}
}

static void
step_member(struct arena *a, struct origin *o, const char *name, size_t n)
{
	const struct jx *next = NULL;
	struct buf escaped;

	for (size_t i = 0; o->filled && o->filled->type == JX_OBJECT && i < o->filled->u.object.n;
	     i++) {
		const struct jx_member *m = &o->filled->u.object.at[i];
		size_t k;
		const char *key = token_unescape(m->key, m->key_bytes, &k);

		if (k != n || memcmp(key, name, n) != 0 || token_is_like(m->key, m->key_bytes))
			continue;
		next = m->value;
		break;
	}
	buf_init(&escaped, a);
	token_escape(&escaped, name, n);
	buf_str(&o->pointer, imp_join(a, "", escaped.p ? escaped.p : "", escaped.len));
	o->filled = next;
}

/* Elements that were left as printed are not in the payload. */
static void
step_index(struct arena *a, struct origin *o, size_t index)
{
	size_t k = index;

	if (o->filled && o->filled->type == JX_ARRAY) {
		const struct jx *v = o->filled;
		size_t left = index;

		o->filled = NULL;
		k = v->u.array.n;
		for (size_t i = 0; i < v->u.array.n; i++) {
			if (dec_is_token(v->u.array.at[i]))
				continue;
			if (left-- == 0) {
				k = i;
				o->filled = v->u.array.at[i];
				break;
			}
		}
	} else {
		o->filled = NULL;
	}
	buf_str(&o->pointer, imp_join_index(a, "", k));
}

static void
trace(struct decoder *c, const struct jx *filled, const struct jx *payload, const char *pointer,
    struct origin *o)
{
	struct arena *a = c->d->a;
	const char *s = pointer;

	buf_init(&o->pointer, a);
	buf_str(&o->pointer, c->prefix);
	o->filled = filled;
	o->payload = payload;
	hop(a, o);
	while (*s == '/' && !jx_is(o->filled, JX_STRING)) { /* inside a text there are no places */
		size_t n = strcspn(++s, "/"), k = 0, index = 0;
		char *name = arena_alloc(a, n + 1);

		for (size_t i = 0; i < n; i++)
			name[k++] = s[i] == '~' && i + 1 < n ? (s[++i] == '1' ? '/' : '~') : s[i];
		s += n;
		if (jx_is(o->payload, JX_ARRAY)) {
			for (size_t i = 0;
			     i < k && name[i] >= '0' && name[i] <= '9' && index < 100000000; i++)
				index = index * 10 + (size_t)(name[i] - '0');
			step_index(a, o, index);
			o->payload = jx_at(o->payload, index);
		} else {
			step_member(a, o, name, k);
			o->payload = jx_find(o->payload, name);
		}
		hop(a, o);
	}
}

static bool
is_told(const struct imp_diags *d, enum imp_code code, const char *pointer)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->at[i].code == code && strcmp(d->at[i].pointer, pointer) == 0)
			return true;
	return false;
}

static void
tell(struct decoder *c, const struct validate_error *e, const struct jx *filled,
    const struct jx *payload)
{
	enum imp_code code = code_of(e);
	struct imp_diag *g;
	struct origin o;

	trace(c, filled, payload, e->pointer, &o);
	if (is_told(c->d, code, o.pointer.p))
		return;
	g = imp_add(c->d, code, arena_str(c->d->a, o.pointer.p), "%s%s%s",
	    e->is_budget ? "the check ran out of its budget: " : "",
	    e->expected ? "expected " : "the value is not allowed by ",
	    e->expected ? e->expected : e->keyword);
	if (e->found)
		g->message = arena_printf(c->d->a, "%s, found %s", g->message, e->found);
	c->n_found++;
	g->expected = e->expected;
	g->got = e->found;
	g->schema_pointer = e->schema_pointer;
	if (o.filled) {
		g->line = o.filled->line;
		g->column = o.filled->column;
	}
}

void
dec_wall(struct decoder *c, struct shape *root, const struct jx *filled, const struct jx *payload)
{
	const struct validate_error *errors = NULL;
	struct err err;
	size_t n = 0;
	int valid = shape_wall(c->s, root, c->d->a, payload, &errors, &n, &err);

	if (valid == 1)
		return;
	if (valid < 0) {
		c->n_found++;
		(void)imp_add(
		    c->d, IMP_E_SCHEMA, c->prefix, "the schema cannot be compiled: %s", err.msg);
		return;
	}
	for (size_t i = 0; i < n && i < WALL_MAX; i++)
		tell(c, &errors[i], filled, payload);
	if (n == 0) {
		c->n_found++;
		(void)imp_add(c->d, IMP_RULE, c->prefix,
		    "the schema refuses the value, and the validator does not say why");
	}
}
