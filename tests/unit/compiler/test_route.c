/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/route.h"

#include <stdlib.h>

#include "compiler/route_text.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "tap.h"

/*
 * Two sets of 60 objectives, half of them near misses of a neighbouring domain. The weights were set while
 * every second objective was kept aside; afterwards the packs were mended with all of them in sight. The third
 * set was written after that and never used for mending: it says what to expect of objectives that nobody has
 * seen. Keep it so. ROUTE_SHOW=1 prints every miss of the first two with its evidence.
 */
static const char *const files[] = {"tests/packs/router_objectives_a.json", "tests/packs/router_objectives_b.json"};
static const char *const held_out = "tests/packs/router_objectives_heldout.json";
#define PERCENT_MIN 95
#define PERCENT_MIN_HELD_OUT 85

struct tally {
	size_t n, right;
};

static const struct catalog *
catalog(struct arena *a)
{
	const struct catalog *c = NULL;
	struct err err = {0};

	if (catalog_load(a, "packs", &c, &err) < 0) {
		printf("# %s\n", err.msg);
		return NULL;
	}
	return c;
}

static bool
goes_right(struct arena *a, const struct route_index *x, const struct jx *o, bool shows)
{
	const char *text = jx_str(jx_find(o, "text"), ""), *want = jx_str(jx_find(o, "domain"), "");
	struct route r;
	bool is_right;

	route_objective(a, x, text, strlen(text), &r);
	is_right = r.nranks > 0 && strcmp(r.ranks[0].pack->id, want) == 0;
	if (is_right || !shows)
		return is_right;
	printf("# want %s: %s\n", want, text);
	for (size_t i = 0; i < r.nranks; i++)
		if (i == 0 || strcmp(r.ranks[i].pack->id, want) == 0)
			printf("#   %s %s\n", r.ranks[i].pack->id, route_says(a, &r.ranks[i], 14));
	return false;
}

static void
objectives_go_to_their_domain(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = catalog(a);
	const struct route_index *x = c ? route_index_new(a, c) : NULL;
	const char *show = getenv("ROUTE_SHOW");
	struct tally near = {0}, all = {0};

	CHECK(x);
	for (size_t f = 0; x && f < sizeof files / sizeof *files; f++) {
		struct jx *doc = NULL;
		struct err err = {0};
		const struct jx *list;
		struct tally file = {0};

		CHECK(jx_load(a, files[f], NULL, &doc, &err) == 0);
		list = jx_find(doc, "objectives");
		CHECK(jx_size(list) >= 60);
		for (size_t i = 0; i < jx_size(list); i++) {
			const struct jx *o = jx_at(list, i);
			bool ok = goes_right(a, x, o, show);

			CHECK(catalog_pack(c, jx_str(jx_find(o, "domain"), "")));
			file.n++, file.right += ok;
			if (jx_is(jx_find(o, "near"), JX_STRING))
				near.n++, near.right += ok;
		}
		printf("# %s: %zu of %zu\n", files[f], file.right, file.n);
		all.n += file.n, all.right += file.right;
	}
	printf("# %zu of %zu; near misses %zu of %zu\n", all.right, all.n, near.right, near.n);
	CHECK(all.n >= 120);
	CHECK(near.n * 5 >= all.n * 2);
	CHECK(all.right * 100 >= all.n * PERCENT_MIN);
	arena_free(a);
}

static void
objectives_that_nobody_has_seen_mostly_go_right(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = catalog(a);
	const struct route_index *x = c ? route_index_new(a, c) : NULL;
	const struct jx *list;
	struct jx *doc = NULL;
	struct err err = {0};
	struct tally all = {0};

	CHECK(x);
	CHECK(jx_load(a, held_out, NULL, &doc, &err) == 0);
	list = jx_find(doc, "objectives");
	CHECK(jx_size(list) >= 48);
	for (size_t i = 0; x && i < jx_size(list); i++)
		all.n++, all.right += goes_right(a, x, jx_at(list, i), false);
	printf("# held out: %zu of %zu\n", all.right, all.n);
	CHECK(all.right * 100 >= all.n * PERCENT_MIN_HELD_OUT);
	arena_free(a);
}

static void
same_stem(struct arena *a, const char *x, const char *y)
{
	size_t n, m;
	const struct route_word *p = route_words(a, x, strlen(x), &n), *q = route_words(a, y, strlen(y), &m);

	CHECK_INT(n, 1);
	CHECK_INT(m, 1);
	CHECK_STR(p[0].stem, q[0].stem);
}

static void
forms_of_a_word_share_a_stem(void)
{
	struct arena *a = arena_new(0);

	same_stem(a, "invoices", "Invoicing");
	same_stem(a, "vulnerabilities", "vulnerability");
	same_stem(a, "merged", "merge");
	same_stem(a, "mapping", "maps");
	same_stem(a, "reconciliation", "reconcile");
	same_stem(a, "investigation", "investigate");
	same_stem(a, "classes", "class");
	arena_free(a);
}

static void
a_denial_reaches_to_the_end_of_its_clause(void)
{
	struct arena *a = arena_new(0);
	const char *text = "No reports, only rows. Join without rates; v1.5 is not final";
	size_t n;
	const struct route_word *w = route_words(a, text, strlen(text), &n);
	static const bool denied[] = {false, true, false, false, false, false, true, false, false, false, false, true};

	CHECK_INT(n, sizeof denied / sizeof *denied);
	for (size_t i = 0; i < n && i < sizeof denied / sizeof *denied; i++)
		CHECK_INT(w[i].is_denied, denied[i]);
	arena_free(a);
}

static void
the_list_is_the_same_every_time_and_says_why(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = catalog(a);
	const char *text = "Merge the two customer lists and remove the duplicates";
	struct route r, again;

	CHECK(c);
	if (!c)
		return;
	route_objective(a, route_index_new(a, c), text, strlen(text), &r);
	route_objective(a, route_index_new(a, c), text, strlen(text), &again);
	CHECK(r.nranks > 0);
	CHECK_INT(r.nranks, again.nranks);
	for (size_t i = 0; i < r.nranks && i < again.nranks; i++) {
		int sum = 0;

		CHECK_STR(route_says(a, &r.ranks[i], 1000), route_says(a, &again.ranks[i], 1000));
		for (size_t e = 0; e < r.ranks[i].nevidence; e++)
			sum += r.ranks[i].evidence[e].points;
		CHECK_INT(sum, r.ranks[i].points);
		CHECK(i == 0 || r.ranks[i - 1].points >= r.ranks[i].points);
		CHECK(!r.ranks[i].pack->is_generic);
	}
	CHECK(strstr(route_says(a, &r.ranks[0], 20), "duplicate"));
	arena_free(a);
}

static void
nothing_and_nonsense_belong_nowhere(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = catalog(a);
	const struct route_index *x = c ? route_index_new(a, c) : NULL;
	char *big = arena_raw(a, 1 << 20);
	struct route r;

	CHECK(x);
	if (!x)
		return;
	route_objective(a, x, "", 0, &r);
	CHECK_INT(r.nranks, 0);
	CHECK(!r.is_clear);
	route_objective(a, x, "and of the, which they", 22, &r);
	CHECK_INT(r.nranks, 0);
	memset(big, '\xff', 1 << 20);
	route_objective(a, x, big, 1 << 20, &r);
	CHECK(!r.is_clear);
	for (size_t i = 0; i < 1 << 20; i++)
		big[i] = i % 7 ? 'a' : ' ';
	route_objective(a, x, big, 1 << 20, &r);
	CHECK(r.nranks == 0 || r.ranks[0].points < 1000);
	arena_free(a);
}

int
main(void)
{
	RUN(forms_of_a_word_share_a_stem);
	RUN(a_denial_reaches_to_the_end_of_its_clause);
	RUN(objectives_go_to_their_domain);
	RUN(objectives_that_nobody_has_seen_mostly_go_right);
	RUN(the_list_is_the_same_every_time_and_says_why);
	RUN(nothing_and_nonsense_belong_nowhere);
	return tap_done();
}
