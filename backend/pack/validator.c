/* SPDX-License-Identifier: Apache-2.0 */
/* Validators and boundaries of a pack, read into structs. */
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/internal.h"

const struct disambiguation *
disambiguation_read(struct arena *a, const struct jx *array, size_t *n)
{
	struct disambiguation *out = ARENA_ARRAY(a, jx_size(array), struct disambiguation);

	*n = jx_size(array);
	for (size_t i = 0; i < *n; i++) {
		const struct jx *d = jx_at(array, i);

		out[i].against = jx_str(jx_find(d, "against"), "");
		out[i].says = jx_str(jx_find(d, "says"), "");
		out[i].is_for_this = jx_is_str(jx_find(d, "use"), "this");
		out[i].signals = strings_read(a, jx_find(d, "signals"), &out[i].nsignals);
	}
	return out;
}

/* Documents are at most PACK_DEPTH_MAX deep, so this is. */
static struct operand
operand_read(struct arena *a, const struct jx *d, unsigned depth)
{
	static const struct {
		const char *name;
		enum operand_op op;
	} ops[] = {{"add", OPERAND_ADD}, {"sub", OPERAND_SUB}, {"mul", OPERAND_MUL}, {"div", OPERAND_DIV}};
	struct operand out = {.op = OPERAND_COLUMN, .text = jx_str(d, "")};

	if (jx_find(d, "const")) {
		out.op = OPERAND_CONST;
		out.text = jx_str(jx_find(d, "const"), "");
	}
	for (size_t i = 0; i < sizeof ops / sizeof *ops && depth < PACK_DEPTH_MAX; i++) {
		const struct jx *list = jx_find(d, ops[i].name);
		struct operand *args;

		if (!list)
			continue;
		args = ARENA_ARRAY(a, jx_size(list), struct operand);
		for (size_t k = 0; k < jx_size(list); k++)
			args[k] = operand_read(a, jx_at(list, k), depth + 1);
		out = (struct operand){.op = ops[i].op, .args = args, .nargs = jx_size(list)};
	}
	return out;
}

static void
when_read(struct arena *a, const struct jx *d, struct when *out)
{
	const struct jx *is = jx_find(d, "is"), *is_not = jx_find(d, "is_not"), *set = jx_find(d, "set");

	if (!d)
		return;
	out->column = jx_str(jx_find(d, "column"), "");
	out->op = is ? WHEN_IS : is_not ? WHEN_IS_NOT : jx_bool(set, false) ? WHEN_SET : WHEN_EMPTY;
	out->values = strings_read(a, is ? is : is_not, &out->nvalues);
}

static void
sum_read(struct arena *a, const struct jx *d, struct rule *out)
{
	const struct jx *equals = jx_find(d, "equals");
	size_t n;

	out->columns = strings_read(a, jx_find(d, "by"), &out->ncolumns);
	out->entity = jx_str(jx_find(equals, "entity"), "");
	out->other_column = jx_str(jx_find(equals, "column"), "");
	out->to = jx_find(equals, "by") ? strings_read(a, jx_find(equals, "by"), &n) : out->columns;
}

static void
rule_read(struct arena *a, const struct jx *d, struct rule *out)
{
	static const char *const names[RULE__COUNT] = {"equation", "compare", "range", "required_if", "unique", "refers",
	    "pattern", "sum"};
	const struct jx *r = NULL;
	size_t n;

	for (int i = 0; i < RULE__COUNT && !r; i++) {
		out->type = (enum rule_type)i;
		r = jx_find(d, names[i]);
	}
	out->left = operand_read(a, jx_find(r, "left"), 0);
	out->right = operand_read(a, jx_find(r, "right"), 0);
	out->op = jx_str(jx_find(r, "op"), NULL);
	out->tolerance = jx_str(jx_find(r, "tolerance"), NULL);
	out->column = jx_str(jx_find(r, "column"), NULL);
	out->min = jx_str(jx_find(r, "min"), NULL);
	out->max = jx_str(jx_find(r, "max"), NULL);
	out->regex = jx_str(jx_find(r, "regex"), NULL);
	when_read(a, jx_find(r, "when"), &out->when);
	if (out->type == RULE_UNIQUE) {
		out->columns = strings_read(a, r, &out->ncolumns);
	} else if (out->type == RULE_REFERS) {
		out->columns = strings_read(a, jx_find(r, "columns"), &out->ncolumns);
		out->entity = jx_str(jx_find(r, "entity"), "");
		out->to = strings_read(a, jx_find(r, "to"), &n);
	} else if (out->type == RULE_SUM) {
		sum_read(a, r, out);
	}
}

void
validator_read(struct arena *a, const struct jx *doc, struct validator_rule *out)
{
	out->id = jx_str(jx_find(doc, "id"), "");
	out->entity = jx_str(jx_find(doc, "entity"), "");
	out->is_error = jx_is_str(jx_find(doc, "severity"), "error");
	out->message = jx_str(jx_find(doc, "message"), "");
	rule_read(a, jx_find(doc, "rule"), &out->rule);
	when_read(a, jx_find(doc, "when"), &out->when);
}

const struct validator_rule *
validators_parse(struct arena *a, const struct jx *pack, const char *entity, size_t *n)
{
	const struct jx *all = jx_find(pack, "validators");
	struct validator_rule *out = ARENA_ARRAY(a, jx_size(all), struct validator_rule);

	*n = 0;
	for (size_t i = 0; i < jx_size(all); i++)
		if (jx_is_str(jx_find(jx_at(all, i), "entity"), entity))
			validator_read(a, jx_at(all, i), &out[(*n)++]);
	return out;
}
