/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog as people read it: every thing has a view that is whole JSON, and rules and settings are said in words. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/view.h"
#include "tap.h"

static const struct catalog *
standard(struct arena *a)
{
	const struct catalog *c = NULL;
	struct err err;

	if (catalog_load(a, "packs", &c, &err) < 0)
		CHECK_STR(err.msg, "");
	return c;
}

static const struct jx *
view(struct arena *a, const struct catalog *c, const struct catalog *base, enum view_type type, const char *id)
{
	struct jx *doc;
	struct err err;
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	if (!view_item(a, c, base, type, id, &w, NULL))
		return NULL;
	jw_end(&w);
	return jx_parse(a, b.p, b.len, NULL, &doc, &err) < 0 ? NULL : doc;
}

static void
everything_has_a_view(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = standard(a);

	for (int t = 0; t < VIEW__COUNT; t++) {
		enum view_type back;
		size_t n;
		const char *const *ids = view_ids(a, c, (enum view_type)t, &n);

		CHECK(view_type_parse(view_type_name((enum view_type)t), &back) && back == (enum view_type)t);
		CHECK(n > 0);
		for (size_t i = 0; i < n; i++) {
			const struct jx *v = view(a, c, NULL, (enum view_type)t, ids[i]);

			CHECK(v && jx_is_str(jx_find(v, "id"), ids[i]) && jx_is_str(jx_find(v, "type"), view_type_name(back)));
		}
		CHECK(!view(a, c, NULL, (enum view_type)t, "nothing-of-that-name"));
	}
	arena_free(a);
}

static const char *
said(struct arena *a, const struct catalog *c, const char *rule)
{
	return view_rule(a, c, catalog_validator(c, rule));
}

static void
rules_are_said_in_words(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = standard(a);

	CHECK_STR(said(a, c, "billing.amount_is_hours_times_rate"),
	    "billed_amount equals hours_logged × billed_rate; up to 0.01 apart is fine");
	CHECK_STR(said(a, c, "billing.rate_is_not_negative"), "billed_rate is at least 0");
	CHECK_STR(said(a, c, "billing.contract_period_is_in_order"), "effective_date is not after expiration_date");
	CHECK_STR(said(a, c, "billing.entry_without_invoice_has_no_amount_billed"),
	    "invoice_id is filled in wherever billed_amount is filled in");
	CHECK_STR(said(a, c, "billing.contract_line_is_unique"), "no two rows have the same contract_id and employee_id");
	CHECK_STR(said(a, c, "finance.journal_debits_tie_to_lines"),
	    "debit_amount, added up over rows with the same entry_id, equals total_debit of Journal entry");
	CHECK_STR(said(a, c, "finance.trial_balance_rolls_forward"), "closing_balance equals opening_balance + (debit_total − credit_total)");
	CHECK_STR(said(a, c, "finance.bank_reference_is_unique"),
	    "where transaction_id is filled in: no two rows have the same bank_account and transaction_id");
	arena_free(a);
}

static void
sums_in_sums_end(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = standard(a);
	struct operand deep[200];
	struct validator_rule v = {.entity = "billing.contract", .message = "m", .rule = {.type = RULE_EQUATION, .op = "=",
		.left = {.op = OPERAND_COLUMN, .text = "x"}}};

	deep[0] = (struct operand){.op = OPERAND_CONST, .text = "1"};
	for (size_t i = 1; i < 200; i++)
		deep[i] = (struct operand){.op = OPERAND_ADD, .args = &deep[i - 1], .nargs = 1};
	v.rule.right = deep[199];
	CHECK(strstr(view_rule(a, c, &v), "…") != NULL);
	arena_free(a);
}

static void
settings_and_losses_are_said(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = standard(a);
	const struct adapter *d = catalog_adapter(c, "json-rows-to-csv");
	const struct view_setting *s;
	size_t n, m;

	s = view_settings(a, catalog_policy(c, "strict.fail-closed.v1"), &n);
	CHECK_STR(s[0].name, "allow_normalizers");
	CHECK_STR(s[0].value, "no");
	CHECK_STR(s[n - 1].means, "the step is tried again, at most 1 time");
	for (size_t i = 0; i < c->npolicies; i++) {
		const struct view_setting *other = view_settings(a, &c->policies[i], &m);

		CHECK_INT(m, n);
		for (size_t k = 0; k < n; k++)
			CHECK_STR(other[k].name, s[k].name);
	}
	CHECK(strncmp(view_not_kept(d), "whether a value was", 19) == 0);
	arena_free(a);
}

static void
own_packs_are_the_tenants(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = standard(a);
	struct catalog base = *c;

	base.npacks = 1; /* as if all but the first were somebody's own */
	CHECK(jx_is_str(jx_find(view(a, c, &base, VIEW_PACK, c->packs[0].id), "origin"), "standard"));
	CHECK(jx_is_str(jx_find(view(a, c, &base, VIEW_PACK, c->packs[1].id), "origin"), "tenant"));
	CHECK(jx_is_str(jx_find(view(a, c, &base, VIEW_ENTITY, c->packs[1].entities[0].id), "origin"), "tenant"));
	CHECK(jx_is_str(jx_find(view(a, c, NULL, VIEW_PACK, c->packs[1].id), "origin"), "standard"));
	arena_free(a);
}

int
main(void)
{
	RUN(everything_has_a_view);
	RUN(rules_are_said_in_words);
	RUN(sums_in_sums_end);
	RUN(settings_and_losses_are_said);
	RUN(own_packs_are_the_tenants);
	return tap_done();
}
