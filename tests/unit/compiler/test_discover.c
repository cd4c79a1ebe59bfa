/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/discover.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "pack/pack.h"
#include "tap.h"

static struct arena *a;
static const struct catalog *catalog;

static const struct discover_hit *
find(const struct profile *p, const char *query, const struct discover_found *found, size_t nfound, unsigned types, size_t *n)
{
	struct discover_items items;

	discover_items(a, catalog, p, &items);
	return discover_rank(a, &items, query, strlen(query), found, nfound, types, 100, n);
}

static const struct discover_item *
item(const struct discover_items *items, enum discover_type type, const char *id)
{
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i].type == type && strcmp(items->at[i].id, id) == 0)
			return &items->at[i];
	return NULL;
}

/* Vectors alone, in other words than the packs have: the meant one is among the first three. */
static void
vectors_find_what_is_meant(void)
{
	static const struct {
		const char *query, *type, *id;
	} cases[] = {{"overbilled hours against a rate card", "pack", "billing-audit"},
	    {"rank candidates by their resumes", "pack", "resume-audit"}, {"timesheets", "entity", "psa.timesheet_line"},
	    {"general ledger postings", "entity", "finance.ledger_entry"}, {"contract clause", "entity", "legal.clause_finding"},
	    {"download json from an api", "tool", "http.fetch"}, {"publish the site", "workflow", "deploy-publish"},
	    {"vulnerability findings of a scanner", "pack", "security-audit"}, {"sales pipeline", "pack", "sales-crm"}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool is_there = false;
		enum discover_type type = DISCOVER__COUNT;
		size_t n;

		CHECK(discover_type_find(cases[i].type, &type));
		const struct discover_hit *h = find(NULL, cases[i].query, NULL, 0, 1u << type, &n);
		for (size_t k = 0; k < n && k < 3; k++)
			is_there = is_there || strcmp(h[k].item->id, cases[i].id) == 0;
		CHECK(is_there);
		if (!is_there)
			printf("# %s: not %s but %s\n", cases[i].query, cases[i].id, n ? h[0].item->id : "nothing");
	}
}

static void
the_same_words_give_the_same_list(void)
{
	size_t n, m;
	const struct discover_hit *x = find(NULL, "monthly invoice report", NULL, 0, 0, &n);
	const struct discover_hit *y = find(NULL, "monthly invoice report", NULL, 0, 0, &m);

	CHECK(n > 3);
	CHECK_INT(n, m);
	for (size_t i = 0; i < n && i < m; i++) {
		CHECK_STR(x[i].item->id, y[i].item->id);
		CHECK_INT(x[i].score, y[i].score);
	}
	for (size_t i = 1; i < n; i++)
		CHECK(x[i - 1].score >= x[i].score);
}

static void
three_rankings_are_fused(void)
{
	struct discover_items items;
	size_t n;

	discover_items(a, catalog, NULL, &items);
	const struct discover_item *crm = item(&items, DISCOVER_PACK, "sales-crm"), *law = item(&items, DISCOVER_PACK, "legal-review");
	struct discover_found found[] = {{crm->sha256, 500000, 900000}, {law->sha256, 600000, 0},
	    {"0000000000000000000000000000000000000000000000000000000000000000", 999999, 999999}};
	/* words that no pack has: nothing by vector */
	const struct discover_hit *h = find(NULL, "qqq zzz", found, 3, 0, &n);

	CHECK_INT(n, 2);
	CHECK_STR(h[0].item->id, "sales-crm");
	CHECK_INT(h[0].score, 1000000 / 62 + 1000000 / 61); /* second by text, first by trigrams */
	CHECK_INT(h[0].rank[BY_TEXT], 2);
	CHECK_INT(h[0].rank[BY_TRIGRAM], 1);
	CHECK_INT(h[0].rank[BY_VECTOR], 0);
	CHECK_STR(h[1].item->id, "legal-review");
	CHECK_INT(h[1].score, 1000000 / 61);
	CHECK_INT(h[1].rank[BY_TRIGRAM], 0);
}

static void
equal_values_have_equal_ranks(void)
{
	struct discover_items items;
	size_t n;

	discover_items(a, catalog, NULL, &items);
	struct discover_found found[] = {{item(&items, DISCOVER_PACK, "sales-crm")->sha256, 5, 0},
	    {item(&items, DISCOVER_PACK, "legal-review")->sha256, 5, 0}, {item(&items, DISCOVER_PACK, "billing-audit")->sha256, 4, 0}};
	const struct discover_hit *h = find(NULL, "qqq", found, 3, 0, &n);

	CHECK_INT(n, 3);
	CHECK_STR(h[0].item->id, "legal-review"); /* alike: by id */
	CHECK_INT(h[0].rank[BY_TEXT], 1);
	CHECK_INT(h[1].rank[BY_TEXT], 1);
	CHECK_INT(h[2].rank[BY_TEXT], 3);
}

static void
what_is_denied_is_in_no_ranking(void)
{
	static const char *const packs[] = {"billing-audit"}, *const tools[] = {"http.fetch"}, *const skills[] = {"forge-step"};
	struct profile p = {.deny_packs = packs, .ndeny_packs = 1, .deny_tools = tools, .ndeny_tools = 1, .deny_skills = skills,
	    .ndeny_skills = 1};
	struct discover_items all, left;
	size_t gone = 0, n;

	discover_items(a, catalog, NULL, &all);
	discover_items(a, catalog, &p, &left);
	for (size_t i = 0; i < all.n; i++) {
		const struct discover_item *it = &all.at[i];
		bool is_denied = strcmp(it->id, "billing-audit") == 0 || strcmp(it->id, "http.fetch") == 0 ||
		    strcmp(it->id, "forge-step") == 0 || (it->pack && strcmp(it->pack, "billing-audit") == 0);

		CHECK_INT(item(&left, it->type, it->id) == NULL, is_denied);
		gone += is_denied;
	}
	CHECK_INT(all.n - left.n, gone);
	CHECK(gone > 8);
	/* not even when the database says so */
	struct discover_found found[] = {{item(&all, DISCOVER_PACK, "billing-audit")->sha256, 900000, 900000}};
	const struct discover_hit *h = find(&p, "billing audit time entries", found, 1, 0, &n);
	for (size_t i = 0; i < n; i++)
		CHECK(strcmp(h[i].item->id, "billing-audit") != 0 && (!h[i].item->pack || strcmp(h[i].item->pack, "billing-audit") != 0));
}

static void
a_denial_says_which_list_names_it(void)
{
	static const char *const packs[] = {"legal-review", "render-report"}, *const books[] = {"x.y"};
	struct profile p = {.deny_packs = packs, .ndeny_packs = 2, .deny_playbooks = books, .ndeny_playbooks = 1};
	size_t at = 9;

	CHECK_STR(discover_denial(&p, DISCOVER_WORKFLOW, "render-report", NULL, &at), "packs");
	CHECK_INT(at, 1);
	CHECK_STR(discover_denial(&p, DISCOVER_PLAYBOOK, "x.y", "fine", &at), "playbooks");
	CHECK_INT(at, 0);
	CHECK_STR(discover_denial(&p, DISCOVER_PLAYBOOK, "x.z", "legal-review", &at), "packs");
	CHECK_STR(discover_denial(&p, DISCOVER_ENTITY, "legal.clause", "legal-review", &at), "packs");
	CHECK_STR(discover_denial(&p, DISCOVER_SKILL, "legal-review", NULL, &at), "packs");
	CHECK(!discover_denial(&p, DISCOVER_ADAPTER, "legal-review", "forge-adapters", &at));
	CHECK(!discover_denial(&p, DISCOVER_TOOL, "http.fetch", NULL, &at));
	CHECK(!discover_denial(NULL, DISCOVER_PACK, "legal-review", NULL, &at));
}

static void
odd_queries_are_answered(void)
{
	static const char bad[] = "\xff\xfe invoice";
	char *wide = arena_alloc(a, 5001);
	size_t n;

	memset(wide, 'x', 5000);
	(void)find(NULL, wide, NULL, 0, 0, &n);
	(void)find(NULL, "", NULL, 0, 0, &n);
	CHECK_INT(n, 0);
	(void)find(NULL, bad, NULL, 0, 0, &n);
	(void)find(NULL, "\xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac invoices", NULL, 0, 0, &n);
	CHECK(n > 0);
}

int
main(void)
{
	struct err err = {0};

	a = arena_new(0);
	if (catalog_load(a, "packs", &catalog, &err) < 0) {
		printf("# %s\nnot ok 1 - the packs can be loaded\n1..1\n", err.msg);
		return 1;
	}
	RUN(vectors_find_what_is_meant);
	RUN(the_same_words_give_the_same_list);
	RUN(three_rankings_are_fused);
	RUN(equal_values_have_equal_ranks);
	RUN(what_is_denied_is_in_no_ranking);
	RUN(a_denial_says_which_list_names_it);
	RUN(odd_queries_are_answered);
	arena_free(a);
	return tap_done();
}
