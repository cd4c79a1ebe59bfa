/* SPDX-License-Identifier: Apache-2.0 */
/* Validators against the entities they speak of: are the columns there, and do their types make sense together. */
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "core/jx.h"
#include "pack/internal.h"
#include "schema/regex.h"
#include "types/value.h"

struct rcheck {
	struct loader *l;
	const struct pack *pack;
	const struct validator_rule *v;
	const struct entity *entity;
	const char *base; /* pointer of the validator */
};

#define SAY(r, below, ...)                                                                                     \
	find_at((r)->l, (r)->pack->file, (r)->pack->document, arena_printf((r)->l->a, "%s%s", (r)->base, (below)),  \
	    __VA_ARGS__)

/* What may be reckoned or compared with what. */
enum class { CLASS_UNKNOWN, CLASS_TEXT, CLASS_NUMBER, CLASS_MONEY, CLASS_DATE, CLASS_TIME, CLASS_BOOLEAN };

static const char *const class_words[] = {
    "unknown", "text", "a number", "money", "a date", "a point in time", "true or false"};

static enum class
class_of(const struct column *c)
{
	static const struct {
		const char *type;
		enum class class;
	} table[] = {{"id", CLASS_TEXT}, {"text", CLASS_TEXT}, {"enum", CLASS_TEXT}, {"integer", CLASS_NUMBER},
	    {"decimal", CLASS_NUMBER}, {"money", CLASS_MONEY}, {"date", CLASS_DATE}, {"timestamp", CLASS_TIME},
	    {"boolean", CLASS_BOOLEAN}};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].type, c->type) == 0)
			return table[i].class;
	return CLASS_UNKNOWN;
}

bool
types_agree(const struct column *x, const struct column *y)
{
	enum class a = class_of(x), b = class_of(y);

	/* Ids are digits often enough. */
	if (strcmp(x->type, "id") == 0 || strcmp(y->type, "id") == 0)
		return (a == CLASS_TEXT || strcmp(x->type, "integer") == 0) &&
		    (b == CLASS_TEXT || strcmp(y->type, "integer") == 0);
	return a == b;
}

static const struct column *
column_of(struct rcheck *r, const struct entity *e, const char *name, const char *below)
{
	const struct column *c = entity_field(e, name);

	if (!c)
		SAY(r, below, "%s has no column '%s'", e->id, name);
	return c;
}

/* Can a column of that type hold this text? */
static bool
value_fits(const struct column *c, const char *text)
{
	char reason[256];
	enum coltype type;

	if (!coltype_find(c->type, &type))
		return false;
	return value_conforms(type, CELL_TEXT, text, strlen(text), c->values, c->nvalues, reason);
}

static void
value_check(struct rcheck *r, const struct column *c, const char *text, const char *below)
{
	if (c && !value_fits(c, text))
		SAY(r, below, "'%s' is not a value that column '%s' (%s) can have", text, c->name, c->type);
}

static void
when_check(struct rcheck *r, const struct when *w, const char *below)
{
	const struct column *c;

	if (w->op == WHEN_ALWAYS)
		return;
	c = column_of(r, r->entity, w->column, arena_printf(r->l->a, "%s/column", below));
	for (size_t i = 0; i < w->nvalues; i++)
		value_check(r, c, w->values[i], arena_printf(r->l->a, "%s/%s/%zu", below,
		    w->op == WHEN_IS ? "is" : "is_not", i));
}

/* --- equations ----------------------------------------------------------------------------------- */

struct typed {
	enum class class;
	const char *currency; /* of money that says it; NULL */
	bool is_const;
};

static struct typed
const_class(const char *text)
{
	size_t n = strlen(text);
	unsigned types = value_types(CELL_TEXT, text, n);
	enum class class = decimal_check(text, n) ? CLASS_NUMBER :
	    types & COL_BIT(COL_DATE)	      ? CLASS_DATE :
	    types & COL_BIT(COL_TIMESTAMP)    ? CLASS_TIME : CLASS_TEXT;

	return (struct typed){.class = class, .is_const = true};
}

static struct typed
column_class(struct rcheck *r, const char *name, const char *below)
{
	const struct column *c = column_of(r, r->entity, name, below);

	return c ? (struct typed){.class = class_of(c), .currency = c->currency} : (struct typed){0};
}

static struct typed
join_add(struct rcheck *r, struct typed x, struct typed y, bool is_sub, const char *below)
{
	bool numbers = (x.class == CLASS_NUMBER || x.class == CLASS_MONEY) &&
	    (y.class == CLASS_NUMBER || y.class == CLASS_MONEY);

	if (x.class == CLASS_UNKNOWN || y.class == CLASS_UNKNOWN)
		return (struct typed){0};
	if (numbers && (x.class == y.class || x.is_const || y.is_const)) {
		if (x.currency && y.currency && strcmp(x.currency, y.currency) != 0)
			SAY(r, below, "%s and %s cannot be added", x.currency, y.currency);
		return (struct typed){.class = x.class == CLASS_MONEY ? x.class : y.class,
		    .currency = x.currency ? x.currency : y.currency};
	}
	if (is_sub && x.class == CLASS_DATE && y.class == CLASS_DATE)
		return (struct typed){.class = CLASS_NUMBER};
	if (x.class == CLASS_DATE && y.class == CLASS_NUMBER)
		return x;
	SAY(r, below, "%s and %s cannot be %s", class_words[x.class], class_words[y.class],
	    is_sub ? "subtracted" : "added");
	return (struct typed){0};
}

static struct typed
join_mul(struct rcheck *r, struct typed x, struct typed y, bool is_div, const char *below)
{
	bool numbers = (x.class == CLASS_NUMBER || x.class == CLASS_MONEY) &&
	    (y.class == CLASS_NUMBER || y.class == CLASS_MONEY);

	if (x.class == CLASS_UNKNOWN || y.class == CLASS_UNKNOWN)
		return (struct typed){0};
	if (!numbers || (!is_div && x.class == CLASS_MONEY && y.class == CLASS_MONEY) ||
	    (is_div && x.class == CLASS_NUMBER && y.class == CLASS_MONEY && !x.is_const)) {
		SAY(r, below, "%s and %s cannot be %s", class_words[x.class], class_words[y.class],
		    is_div ? "divided" : "multiplied");
		return (struct typed){0};
	}
	if (is_div && y.class == CLASS_MONEY)
		return (struct typed){.class = CLASS_NUMBER};
	return x.class == CLASS_MONEY ? x : y.class == CLASS_MONEY ? y : (struct typed){.class = CLASS_NUMBER};
}

/* Recursion: operand_read bounds the depth. */
static struct typed
operand_check(struct rcheck *r, const struct operand *o, const char *below)
{
	static const char *const names[] = {
	    [OPERAND_ADD] = "add", [OPERAND_SUB] = "sub", [OPERAND_MUL] = "mul", [OPERAND_DIV] = "div"};
	bool is_sub = o->op == OPERAND_SUB, is_div = o->op == OPERAND_DIV;
	struct typed all = {0};

	if (o->op == OPERAND_CONST)
		return const_class(o->text);
	if (o->op == OPERAND_COLUMN)
		return column_class(r, o->text, below);
	for (size_t i = 0; i < o->nargs; i++) {
		const char *at = arena_printf(r->l->a, "%s/%s/%zu", below, names[o->op], i);
		struct typed one = operand_check(r, &o->args[i], at);

		if (i == 0)
			all = one;
		else if (is_sub || o->op == OPERAND_ADD)
			all = join_add(r, all, one, is_sub, at);
		else
			all = join_mul(r, all, one, is_div, at);
	}
	return all;
}

static void
sides_check(struct rcheck *r, const char *below)
{
	const struct rule *u = &r->v->rule;
	struct typed x = operand_check(r, &u->left, arena_printf(r->l->a, "%s/left", below));
	struct typed y = operand_check(r, &u->right, arena_printf(r->l->a, "%s/right", below));
	bool is_order = strcmp(u->op, "=") != 0 && strcmp(u->op, "!=") != 0;
	bool money_and_const = (x.is_const || y.is_const) && (x.class == CLASS_MONEY || x.class == CLASS_NUMBER) &&
	    (y.class == CLASS_MONEY || y.class == CLASS_NUMBER);

	if (x.class == CLASS_UNKNOWN || y.class == CLASS_UNKNOWN)
		return;
	if (u->left.op == OPERAND_COLUMN && u->right.op == OPERAND_CONST)
		value_check(r, entity_field(r->entity, u->left.text), u->right.text, arena_printf(r->l->a, "%s/right", below));
	else if (x.class != y.class && !money_and_const)
		SAY(r, below, "%s is compared with %s", class_words[x.class], class_words[y.class]);
	else if (x.currency && y.currency && strcmp(x.currency, y.currency) != 0)
		SAY(r, below, "%s is compared with %s", x.currency, y.currency);
	if (is_order && (x.class == CLASS_TEXT || x.class == CLASS_BOOLEAN))
		SAY(r, below, "%s has no order for '%s'", class_words[x.class], u->op);
	if (u->tolerance && x.class != CLASS_NUMBER && x.class != CLASS_MONEY)
		SAY(r, arena_printf(r->l->a, "%s/tolerance", below), "a tolerance goes with numbers, and this compares %s",
		    class_words[x.class]);
}

/* --- the other rules ------------------------------------------------------------------------------ */

static void
range_check(struct rcheck *r)
{
	static const char below[] = "/rule/range";
	const struct rule *u = &r->v->rule;
	const struct column *c = column_of(r, r->entity, u->column, "/rule/range/column");
	enum class class = c ? class_of(c) : CLASS_UNKNOWN;
	bool is_number = class == CLASS_NUMBER || class == CLASS_MONEY;

	if (!c)
		return;
	if (class == CLASS_TEXT || class == CLASS_BOOLEAN) {
		SAY(r, below, "a range goes with numbers and dates, and column '%s' is %s", c->name, c->type);
		return;
	}
	for (int i = 0; i < 2; i++) {
		const char *text = i == 0 ? u->min : u->max;
		bool fits = text && (is_number ? decimal_check(text, strlen(text)) : value_fits(c, text));

		if (text && !fits) {
			SAY(r, i == 0 ? "/rule/range/min" : "/rule/range/max", "'%s' is not %s", text,
			    class_words[class]);
			return;
		}
	}
	if (u->min && u->max && (is_number ? decimal_compare(u->min, strlen(u->min), u->max, strlen(u->max))
	    : strcmp(u->min, u->max)) > 0)
		SAY(r, below, "no value is between %s and %s", u->min, u->max);
}

/* Lists of columns that are paired: each there, each pair of one type. sizes: where to[] may be shorter. */
static void
pairs_check(struct rcheck *r, const struct entity *other, const char *from_at, const char *to_at, size_t nto)
{
	const struct rule *u = &r->v->rule;

	if (nto != u->ncolumns) {
		SAY(r, to_at, "%zu column%s against %zu", u->ncolumns, u->ncolumns == 1 ? "" : "s", nto);
		return;
	}
	for (size_t i = 0; i < u->ncolumns; i++) {
		const struct column *x = column_of(r, r->entity, u->columns[i], arena_printf(r->l->a, "%s/%zu", from_at, i));
		const struct column *y = other ? column_of(r, other, u->to[i], arena_printf(r->l->a, "%s/%zu", to_at, i))
		    : NULL;

		if (x && y && !types_agree(x, y))
			SAY(r, arena_printf(r->l->a, "%s/%zu", to_at, i), "'%s' is %s and '%s' of %s is %s", x->name,
			    x->type, y->name, other->id, y->type);
	}
}

static const struct entity *
other_entity(struct rcheck *r, const char *below)
{
	const struct entity *e = catalog_entity(r->l->out, r->v->rule.entity);

	if (!e)
		SAY(r, below, "no pack has the entity '%s'", r->v->rule.entity);
	return e;
}

static void
sum_check(struct rcheck *r)
{
	const struct rule *u = &r->v->rule;
	const struct entity *other = other_entity(r, "/rule/sum/equals/entity");
	const struct column *x = column_of(r, r->entity, u->column, "/rule/sum/column"), *y = NULL;
	const struct jx *by = jx_pointer(r->pack->document, arena_printf(r->l->a, "%s/rule/sum/equals/by", r->base));

	pairs_check(r, other, "/rule/sum/by", by ? "/rule/sum/equals/by" : "/rule/sum/by", by ? jx_size(by) : u->ncolumns);
	if (other)
		y = column_of(r, other, u->other_column, "/rule/sum/equals/column");
	if (x && class_of(x) != CLASS_NUMBER && class_of(x) != CLASS_MONEY)
		SAY(r, "/rule/sum/column", "column '%s' is %s and cannot be summed", x->name, x->type);
	else if (x && y && class_of(x) != class_of(y))
		SAY(r, "/rule/sum/equals/column", "a sum of %s is compared with '%s' of %s, which is %s",
		    class_words[class_of(x)], y->name, other->id, y->type);
	else if (x && y && x->currency && y->currency && strcmp(x->currency, y->currency) != 0)
		SAY(r, "/rule/sum/equals/column", "%s is compared with %s", x->currency, y->currency);
}

static void
pattern_check(struct rcheck *r)
{
	const struct rule *u = &r->v->rule;
	const struct column *c = column_of(r, r->entity, u->column, "/rule/pattern/column");
	struct regex *re;
	struct err err = {0};

	if (c && class_of(c) != CLASS_TEXT)
		SAY(r, "/rule/pattern/column", "a pattern goes with text, and column '%s' is %s", c->name, c->type);
	if (regex_compile(r->l->a, u->regex, strlen(u->regex), &re, &err) < 0)
		SAY(r, "/rule/pattern/regex", "%s", err.msg);
}

static void
rule_check(struct rcheck *r)
{
	const struct rule *u = &r->v->rule;

	switch (u->type) {
	case RULE_EQUATION:
		sides_check(r, "/rule/equation");
		break;
	case RULE_COMPARE:
		sides_check(r, "/rule/compare");
		break;
	case RULE_RANGE:
		range_check(r);
		break;
	case RULE_REQUIRED_IF:
		(void)column_of(r, r->entity, u->column, "/rule/required_if/column");
		when_check(r, &u->when, "/rule/required_if/when");
		break;
	case RULE_UNIQUE:
		for (size_t i = 0; i < u->ncolumns; i++)
			(void)column_of(r, r->entity, u->columns[i], arena_printf(r->l->a, "/rule/unique/%zu", i));
		break;
	case RULE_REFERS:
		pairs_check(r, other_entity(r, "/rule/refers/entity"), "/rule/refers/columns", "/rule/refers/to",
		    jx_size(jx_pointer(r->pack->document, arena_printf(r->l->a, "%s/rule/refers/to", r->base))));
		break;
	case RULE_PATTERN:
		pattern_check(r);
		break;
	case RULE_SUM:
		sum_check(r);
		break;
	case RULE__COUNT:
		break;
	}
}

/* {name} places of a message: columns, and what a rule knows besides. */
static void
message_check(struct rcheck *r)
{
	static const char *const known[] = {"row", "value", "expected", "found"};
	const struct entity *other = catalog_entity(r->l->out, r->v->rule.entity);

	for (const char *p = r->v->message; (p = strchr(p, '{')) != NULL;) {
		const char *end = strchr(++p, '}');
		const char *name = end ? arena_dup(r->l->a, p, (size_t)(end - p)) : NULL;
		bool ok = name && (entity_field(r->entity, name) || (other && entity_field(other, name)));

		for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
			ok = ok || strcmp(known[i], name) == 0;
		if (!name)
			SAY(r, "/message", "a '{' is not closed");
		else if (!ok)
			SAY(r, "/message", "{%s} is not a column of %s, nor row, value, expected or found", name,
			    r->entity->id);
	}
}

void
validators_check(struct loader *l, const struct pack *p)
{
	for (size_t i = 0; i < p->nvalidators; i++) {
		struct rcheck r = {.l = l, .pack = p, .v = &p->validators[i],
		    .entity = catalog_entity(l->out, p->validators[i].entity),
		    .base = arena_printf(l->a, "/validators/%zu", i)};

		if (!r.entity) {
			SAY(&r, "/entity", "no pack has the entity '%s'", r.v->entity);
			continue;
		}
		rule_check(&r);
		when_check(&r, &r.v->when, "/when");
		message_check(&r);
	}
}
