/* SPDX-License-Identifier: Apache-2.0 */
/* What no token can say, one sentence each, in the order of the template, with the place in it. */
#include "imprint/encode_parts.h"

static void
rule_push(struct enc *e, const struct frame *f, const char *sentence)
{
	const char *at;

	e->n_rules_all++;
	if (e->n_rules > ENC_RULES_MAX)
		return;
	if (e->n_rules >= e->cap_rules) {
		size_t cap = e->cap_rules ? 2 * e->cap_rules : 8;
		const char **grown = ARENA_ARRAY(e->a, cap, const char *);

		if (e->n_rules)
			memcpy(grown, e->rules, e->n_rules * sizeof *grown);
		e->rules = grown;
		e->cap_rules = cap;
	}
	if (e->n_rules == ENC_RULES_MAX) {
		e->rules[e->n_rules++] = "further rules hold beyond these; decoding enforces all of them";
		return;
	}
	at = enc_pointer(e->a, f);
	e->rules[e->n_rules++] = arena_printf(e->a, "%s: %s", at[0] ? at : "the whole", sentence);
}

/* "exactly one of 'a', 'b' may fit; …" */
static const char *
exclusive_sentence(struct enc *e, const struct shape_choice *choice)
{
	struct buf b;

	buf_init(&b, e->a);
	ENC_LIT(&b, "exactly one of ");
	for (size_t i = 0; i < choice->n && i < 6; i++) {
		if (i)
			buf_str(&b, i + 1 == choice->n ? " and " : ", ");
		buf_str(&b, choice->branches[i].name);
	}
	if (choice->n > 6)
		buf_printf(&b, " and %zu more", choice->n - 6);
	ENC_LIT(&b, " may fit; a value that fits two is refused");
	return b.p;
}

/* Text that holds JSON is shown as what it holds; what is asked of the text itself is said here. */
static void
text_rules(struct enc *e, const struct shape *shape, const struct frame *f)
{
	if (shape->len.has_max)
		rule_push(e, f, arena_printf(e->a, "written as JSON text it may have at most %llu characters",
		    (unsigned long long)shape->len.max));
	if (shape->len.min > 2)
		rule_push(e, f, arena_printf(e->a, "written as JSON text it must have at least %llu characters",
		    (unsigned long long)shape->len.min));
	for (size_t i = 0; i < shape->n_patterns; i++)
		rule_push(e, f, arena_printf(e->a, "written as JSON text it must match /%.200s/", shape->patterns[i].source));
}

void
enc_rules(struct enc *e, const struct shape *shape, const struct frame *f)
{
	bool is_exclusive = shape->show == SHOW_CHOICE && shape->choice->is_exclusive;

	if (shape->has_child)
		text_rules(e, shape, f);
	for (size_t i = 0; i < shape->n_rules; i++)
		if (!is_exclusive || strcmp(shape->rules[i].keyword, "oneOf") != 0)
			rule_push(e, f, shape->rules[i].sentence);
	if (is_exclusive)
		rule_push(e, f, exclusive_sentence(e, shape->choice));
}
