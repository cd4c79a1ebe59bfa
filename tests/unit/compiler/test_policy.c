/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every setting of a policy makes a difference at compile: each case is compiled under one policy, and then
 * under the same one with nothing but that setting turned around.
 */
#include "casefile.h"

static struct arena *top;
static const struct catalog *catalog;

#define POLICY "strict.allow-normalizers.v1"
#define ORDERS "order_id,customer_id,amount,placed_on\\no1,c1,10.00,2026-01-05\\no2,c2,20.50,2026-01-06\\n"
#define CUSTOMERS "customer_id,name\\nc1,Ada\\nc2,Bo\\n"
#define FILES "\"files\":{\"a/orders.csv\":\"" ORDERS "\",\"a/customers.csv\":\"" CUSTOMERS "\"}"
#define INPUT(name, entity, more) \
	"{\"slot\":\"raw_files\",\"name\":\"" name "\",\"entity\":\"" entity "\",\"accepts\":[\"table.csv\"]" more "}"
#define OUTPUT(slot, entity, more) \
	"{\"slot\":\"" slot "\",\"name\":\"named\"," entity "\"kind\":\"table.json_rows\",\"path\":\"output/named.json\"," \
	"\"deliverable\":true" more "}"
#define NAMED "\"entity\":\"shop.named_order\","
#define STEP(inputs, output, more) \
	"\"candidate\":{\"schema\":\"forge.candidate.v1\",\"mission\":\"m\",\"steps\":[{\"key\":\"s\",\"label\":\"Name the orders\"," \
	"\"objective\":\"MUST name.\",\"policy_id\":\"" POLICY "\",\"inputs\":[" inputs "],\"outputs\":[" output "]," \
	"\"criteria\":[{\"type\":\"rows\",\"left\":\"outputs.named\",\"op\":\">=\",\"right\":0,\"says\":\"there\"}]," \
	"\"program\":{\"skill\":\"shop\",\"argv\":[\"/usr/bin/python3\",\"/skills/shop/name_orders.py\"]}" more "}]}"
#define BOTH INPUT("orders", "shop.order", ",\"path\":\"a/orders.csv\"") "," INPUT("customers", "shop.customer", \
	",\"path\":\"a/customers.csv\"")

/* The catalog with one setting of POLICY as given. */
#define WITH(member, value)                                                                     \
	do {                                                                                        \
		struct policy *p_ = with(a, &c);                                                        \
		p_->member = (value);                                                                   \
	} while (0)

static struct policy *
with(struct arena *a, struct catalog *c)
{
	struct policy *all = ARENA_ARRAY(a, catalog->npolicies, struct policy), *found = NULL;

	*c = *catalog;
	memcpy(all, catalog->policies, catalog->npolicies * sizeof *all);
	for (size_t i = 0; i < c->npolicies; i++)
		if (strcmp(all[i].id, POLICY) == 0)
			found = &all[i];
	c->policies = all;
	return found;
}

/* "ok" and the notes, or the codes of what was found, in order. */
static const char *
outcome(struct arena *a, const struct catalog *c, const char *text, const struct jx **plan)
{
	struct compile_result r;
	struct casefile k;
	struct err err = {0};
	struct jx *doc;
	struct buf b;

	if (plan)
		*plan = NULL;
	if (jx_parse(a, text, strlen(text), NULL, &doc, &err) < 0 || case_open(a, c, doc, &k) < 0)
		return arena_str(a, err.msg);
	if (compile_run(a, &k.in, NULL, NULL, &r, &err) < 0)
		return arena_str(a, err.msg);
	case_close(&k);
	if (getenv("POLICY_SHOW"))
		printf("# %s\n", case_findings(a, &r));
	buf_init(&b, a);
	buf_str(&b, r.is_ok ? "ok" : "");
	for (size_t i = 0; i < r.diags.n; i++)
		buf_printf(&b, "%s%s", b.len > 0 ? " " : "", diag_code_name(r.diags.at[i]->code));
	if (plan && r.is_ok)
		*plan = r.plan;
	return buf_take(&b);
}

#define CASE(text, member, off, want_off, on, want_on)                                          \
	do {                                                                                        \
		struct arena *a_ = arena_new(0);                                                        \
		struct catalog c_;                                                                      \
		with(a_, &c_)->member = (off);                                                          \
		CHECK_STR(outcome(a_, &c_, text, NULL), want_off);                                      \
		with(a_, &c_)->member = (on);                                                           \
		CHECK_STR(outcome(a_, &c_, text, NULL), want_on);                                       \
		arena_free(a_);                                                                         \
	} while (0)

static void
allow_normalizers_lets_an_adapter_in(void)
{
	static const char text[] = "{\"files\":{\"a/orders.tsv\":\"order_id\\tcustomer_id\\tamount\\tplaced_on\\no1\\tc1\\t1.00\\t2026-01-05\\n\","
	    "\"a/customers.csv\":\"" CUSTOMERS "\"},"
	    STEP(INPUT("orders", "shop.order", ",\"path\":\"a/orders.tsv\"") "," INPUT("customers", "shop.customer", ""),
		OUTPUT("joined_rows", NAMED, ""), "") "}";

	CASE(text, allow_normalizers, false, "FC0315", true, "ok");
}

static void
allow_generic_inference_binds_what_has_no_entity(void)
{
	static const char text[] = "{" FILES ","
	    STEP("{\"slot\":\"raw_files\",\"name\":\"any\",\"accepts\":[\"table.csv\"],\"path\":\"a/orders.csv\"}",
		OUTPUT("joined_rows", NAMED, ""), "") "}";

	CASE(text, allow_generic_inference, false, "FC0311", true, "ok");
}

static void
fail_on_ambiguous_binding_refuses_two_of_a_kind(void)
{
	static const char text[] = "{\"files\":{\"a/march.csv\":\"" ORDERS "\",\"a/may.csv\":\"" ORDERS "\"},"
	    STEP(INPUT("orders", "shop.order", ""), OUTPUT("joined_rows", NAMED, ""), "") "}";

	CASE(text, fail_on_ambiguous_binding, false, "ok", true, "FC0309");
}

static void
fail_on_unbound_required_input_refuses_a_gap(void)
{
	static const char text[] = "{\"files\":{\"a/orders.csv\":\"" ORDERS "\"},"
	    STEP(INPUT("orders", "shop.order", "") "," INPUT("customers", "shop.customer", ""),
		OUTPUT("joined_rows", NAMED, ""), "") "}";

	CASE(text, fail_on_unbound_required_input, false, "ok", true, "FC0301");
}

static void
require_source_artifact_ids_asks_for_columns_that_identify_a_row(void)
{
	static const char text[] = "{" FILES "," STEP(BOTH, OUTPUT("joined_rows", "", ""), "") "}";
	static const char keyed[] = "{" FILES "," STEP(BOTH, OUTPUT("joined_rows", "",
	    ",\"grain\":{\"key\":[\"order_id\"],\"relation\":\"same\",\"of\":\"orders\"}"), "") "}";
	struct arena *a = arena_new(0);
	const struct jx *plan;
	struct catalog c;

	CASE(text, require_source_artifact_ids, false, "ok", true, "FC0507");
	WITH(require_source_artifact_ids, true);
	CHECK_STR(outcome(a, &c, keyed, &plan), "ok");
	CHECK_STR(jx_str(jx_pointer(plan, "/steps/0/contract/provenance/rows/0/columns/0"), ""), "order_id");
	CHECK_STR(jx_str(jx_pointer(plan, "/steps/0/contract/provenance/rows/0/of"), ""), "orders");
	CHECK(jx_bool(jx_pointer(plan, "/steps/0/contract/provenance/source_ids"), false));
	arena_free(a);
}

static void
require_citations_asks_for_something_that_cites(void)
{
	static const char text[] = "{" FILES "," STEP(BOTH, OUTPUT("findings", NAMED, ""), "") "}";
	static const char cited[] = "{" FILES "," STEP(BOTH, OUTPUT("findings", NAMED, "")
	    ",{\"slot\":\"validation_results\",\"name\":\"c\",\"kind\":\"citations.list\",\"path\":\"output/c.json\"}", "") "}";
	struct arena *a = arena_new(0);
	struct catalog c;

	CASE(text, require_citations, false, "ok", true, "FC0506");
	WITH(require_citations, true);
	CHECK_STR(outcome(a, &c, cited, NULL), "ok");
	arena_free(a);
}

static void
require_approval_for_effects_says_that_nobody_could_give_one(void)
{
	static const char text[] = "{" FILES "," STEP(BOTH, OUTPUT("joined_rows", NAMED, ""),
	    ",\"effects\":[{\"channel\":\"notify.mail\"}]") "}";

	CASE(text, require_approval_for_effects, false, "FC0603", true, "FC0802");
}

static void
block_publish_on_missing_provenance_stands_in_the_contract(void)
{
	static const char text[] = "{" FILES "," STEP(BOTH, OUTPUT("joined_rows", NAMED, ""), "") "}";

	for (int on = 0; on < 2; on++) {
		struct arena *a = arena_new(0);
		const struct jx *plan;
		struct catalog c;

		WITH(block_publish_on_missing_provenance, on == 1);
		CHECK_STR(outcome(a, &c, text, &plan), "ok");
		CHECK(jx_bool(jx_pointer(plan, "/steps/0/contract/provenance/block_publish"), on == 0) == (on == 1));
		CHECK_STR(jx_str(jx_pointer(plan, "/steps/0/contract/policy_sha256"), ""),
		    catalog_policy(&c, POLICY)->sha256);
		arena_free(a);
	}
}

#define DATES "order_id,customer_id,amount,placed_on\\no1,c1,10.00,05/01/2026\\no2,c2,20.50,06/02/2026\\n"
#define STATED(order) \
	"{\"files\":{\"a/orders.csv\":\"" DATES "\",\"a/customers.csv\":\"" CUSTOMERS "\"}," \
	STEP(INPUT("orders", "shop.order", ",\"path\":\"a/orders.csv\"" order), OUTPUT("joined_rows", NAMED, ""), "") "}"

static void
date_order_refuses_or_takes_what_is_stated(void)
{
	CASE(STATED(",\"date_order\":\"dmy\""), refuses_date_order, false, "ok FC0317", true, "FC0316");
	/* Never a guess: without a statement both refuse. */
	CASE(STATED(""), refuses_date_order, false, "FC0316", true, "FC0316");
}

static void
criteria_are_asked_for_or_not(void)
{
	static const char text[] = "{" FILES ",\"candidate\":{\"schema\":\"forge.candidate.v1\",\"mission\":\"m\",\"steps\":[{\"key\":\"s\","
	    "\"label\":\"l\",\"objective\":\"MUST.\",\"policy_id\":\"" POLICY "\",\"inputs\":[" BOTH "],\"outputs\":["
	    OUTPUT("joined_rows", NAMED, "") "],\"program\":{\"skill\":\"shop\",\"argv\":[\"/usr/bin/python3\","
	    "\"/skills/shop/name_orders.py\"]}}]}}";

	CASE(text, needs_criteria, false, "ok", true, "FC0503");
}

int
main(void)
{
	struct err err = {0};

	top = arena_new(0);
	if (catalog_load(top, CASE_PACKS, &catalog, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	RUN(allow_normalizers_lets_an_adapter_in);
	RUN(allow_generic_inference_binds_what_has_no_entity);
	RUN(fail_on_ambiguous_binding_refuses_two_of_a_kind);
	RUN(fail_on_unbound_required_input_refuses_a_gap);
	RUN(require_source_artifact_ids_asks_for_columns_that_identify_a_row);
	RUN(require_citations_asks_for_something_that_cites);
	RUN(require_approval_for_effects_says_that_nobody_could_give_one);
	RUN(block_publish_on_missing_provenance_stands_in_the_contract);
	RUN(date_order_refuses_or_takes_what_is_stated);
	RUN(criteria_are_asked_for_or_not);
	arena_free(top);
	return tap_done();
}
