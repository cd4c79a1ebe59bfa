/* SPDX-License-Identifier: Apache-2.0 */
#include "casefile.h"

#include "compiler/detect.h"
#include "policy/contract.h"
#include "types/jschema.h"
#include "types/profile.h"

static struct arena *top;
static const struct catalog *catalog;

static const char two_steps[] = "tests/compiler/plan-name-orders/case.json";

/* Compile tests/compiler/<name>/case.json in a. */
static int
compile(struct arena *a, const char *path, bool with_port, struct compile_result *r)
{
	struct casefile k;
	struct jx *doc;
	struct err err = {0};
	int result;

	if (jx_load(a, path, NULL, &doc, &err) < 0 || case_open(a, catalog, doc, &k) < 0)
		return case_fail(path, &err);
	if (!with_port)
		k.in.port = NULL;
	result = compile_run(a, &k.in, NULL, NULL, r, &err);
	case_close(&k);
	return result < 0 ? case_fail(path, &err) : 0;
}

static void
the_same_input_gives_the_same_bytes(void)
{
	struct arena *a = arena_new(0), *b = arena_new(0);
	struct compile_result x, y;
	const struct catalog *once = catalog, *again;
	struct err err;

	/* Another arena, another load of the packs, another folder for the files. */
	(void)arena_alloc(b, 12345);
	CHECK_INT(compile(a, two_steps, true, &x), 0);
	CHECK_INT(catalog_load(b, CASE_PACKS, &again, &err), 0);
	CHECK_STR(again->sha256, once->sha256);
	catalog = again;
	CHECK_INT(compile(b, two_steps, false, &y), 0);
	catalog = once;
	CHECK(x.is_ok);
	CHECK(y.is_ok);
	CHECK_STR(x.plan_text, y.plan_text);
	CHECK_STR(x.plan_hash, y.plan_hash);
	CHECK_STR(x.candidate_text, y.candidate_text);
	arena_free(a);
	arena_free(b);
}

struct seen {
	char text[64];
	size_t n;
};

static void
on_pass(void *arg, const struct compile_pass *p)
{
	struct seen *s = arg;

	CHECK((p->says == NULL) == (p->state == PASS_STARTED));
	s->text[s->n++] = p->letter;
	s->text[s->n++] = compile_state_name(p->state)[0];
}

static void
passes_are_told_and_stop_at_the_first_failure(void)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
	    {two_steps, "AsAdBsBdCsCdDsDdEsEd"},
	    {"tests/compiler/bad-no-files/case.json", "AsAf"},
	    {"tests/compiler/bad-catalog-many/case.json", "AsAdBsBf"},
	    {"tests/compiler/bad-self/case.json", "AsAdBsBdCsCf"},
	    {"tests/compiler/bad-argv/case.json", "AsAdBsBdCsCdDsDf"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *a = arena_new(0);
		struct compile_result r;
		struct seen seen = {.n = 0};
		struct casefile k;
		struct jx *doc;
		struct err err;

		CHECK_INT(jx_load(a, cases[i].path, NULL, &doc, &err), 0);
		CHECK_INT(case_open(a, catalog, doc, &k), 0);
		CHECK_INT(compile_run(a, &k.in, on_pass, &seen, &r, &err), 0);
		CHECK_STR(seen.text, cases[i].want);
		CHECK(r.is_ok == (i == 0));
		CHECK((r.plan_text != NULL) == (i == 0));
		case_close(&k);
		arena_free(a);
	}
}

static void
oversized_and_broken_text_is_an_error_not_a_finding(void)
{
	struct arena *a = arena_new(0);
	char *big = arena_alloc(a, COMPILE_OBJECTIVE_BYTES_MAX + 1);
	struct compile_input in = {.catalog = catalog,
	    .profile = catalog_profile(catalog, "standard"), .objective = big,
	    .objective_bytes = COMPILE_OBJECTIVE_BYTES_MAX + 1};
	struct compile_result r;
	struct err err;

	memset(big, 'a', COMPILE_OBJECTIVE_BYTES_MAX + 1);
	CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), -1);
	CHECK_INT(err.code, E_TOO_LARGE);
	in.objective_bytes = COMPILE_OBJECTIVE_BYTES_MAX;
	CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), 0);
	CHECK(!r.is_ok);
	in.objective = "give \xff orders";
	in.objective_bytes = strlen(in.objective);
	CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), -1);
	CHECK_INT(err.code, E_USAGE);
	in.objective = "a\0b";
	in.objective_bytes = 3;
	CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), -1);
	arena_free(a);
}

/* Validate doc against packs/schema/<name>.json. */
static void
conforms(struct arena *a, const char *name, const struct jx *doc)
{
	const struct jschema_error *errors;
	struct jschema *schema;
	struct jx *text;
	struct err err = {0};
	size_t n;

	CHECK_INT(jx_load(a, arena_printf(a, "packs/schema/%s.json", name), NULL, &text, &err), 0);
	CHECK_INT(jschema_compile(a, text, &schema, &err), 0);
	if (jschema_validate(schema, a, doc, 5, &errors, &n))
		return;
	tap_fails_here++;
	printf("# not a %s: %s: expected %s, found %s\n", name, errors[0].pointer, errors[0].expected,
	    errors[0].found);
}

static void
plans_and_findings_have_the_form_of_their_schemas(void)
{
	DIR *d = opendir("tests/compiler");
	struct dirent *e;
	size_t nplans = 0, nfindings = 0;

	while (d && (e = readdir(d)) != NULL) {
		struct arena *a = arena_new(0);
		const char *path = arena_printf(a, "tests/compiler/%s/case.json", e->d_name);
		struct compile_result r;
		struct jx *doc;
		struct err err;
		struct buf b;
		struct jw w;

		if (access(path, F_OK) != 0 || compile(a, path, true, &r) < 0) {
			arena_free(a);
			continue;
		}
		if (r.is_ok) {
			conforms(a, "plan", r.plan);
			CHECK_INT(jx_parse(a, r.candidate_text, r.candidate_bytes, NULL, &doc, &err), 0);
			conforms(a, "candidate", doc);
			nplans++;
		}
		for (size_t i = 0; i < r.diags.n; i++, nfindings++) {
			buf_init(&b, a);
			jw_init(&w, &b);
			diag_json(&w, NULL, r.diags.at[i]);
			CHECK_INT(jx_parse(a, b.p, b.len, NULL, &doc, &err), 0);
			conforms(a, "diag", doc);
		}
		arena_free(a);
	}
	if (d)
		(void)closedir(d);
	CHECK(nplans > 10);
	CHECK(nfindings > 50);
}

/* --- plan_verify ------------------------------------------------------------------------------- */

static int
verify(struct arena *a, const char *text, struct err *err)
{
	struct jx *plan;

	return jx_parse(a, text, strlen(text), NULL, &plan, err) < 0 ? -1 : plan_verify(a, plan, err);
}

/* Any one byte of the contracts: no JSON, no contract, or another hash; never a good plan. */
static void
no_byte_of_a_contract_can_change(void)
{
	struct arena *a = arena_new(0);
	struct compile_result r;
	struct err err = {0};
	size_t n, tried = 0, passed = 0;

	CHECK_INT(compile(a, two_steps, true, &r), 0);
	CHECK_INT(verify(a, r.plan_text, &err), 0);
	n = strlen(r.plan_text);
	for (const char *p = r.plan_text; (p = strstr(p, "\"contract\":{")) != NULL; p++) {
		const char *end = strstr(p, "\"contract_hash\"");
		size_t from = (size_t)(p - r.plan_text) + strlen("\"contract\":{");

		CHECK(end != NULL);
		for (size_t i = from; end && i < (size_t)(end - r.plan_text) - 2; i++) {
			struct arena *b = arena_new(0);
			char *copy = arena_dup(b, r.plan_text, n);

			copy[i] = (char)(copy[i] ^ 1);
			tried++;
			passed += verify(b, copy, &err) == 0;
			arena_free(b);
		}
	}
	CHECK(tried > 2000);
	CHECK_INT(passed, 0);
	arena_free(a);
}

/* The first place of from in the plan's text replaced by to. */
static char *
edited(struct arena *a, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at) {
		tap_fails_here++;
		printf("# the plan has no %s\n", from);
		return arena_str(a, text);
	}
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void
the_parts_beside_the_contracts_are_held_to_them(void)
{
	static const struct {
		const char *from, *to, *says;
		enum err_code code;
	} cases[] = {
	    {"\"schema\":\"forge.plan.v1\"", "\"schema\":\"forge.plan.v2\"", "forge.plan.v1", E_SCHEMA},
	    {"\"channel\":\"cpu_s\",\"limit\":\"240\"", "\"channel\":\"cpu_s\",\"limit\":\"241\"",
		"'certificate' of the plan", E_HASH},
	    {"\"deliverables\":[{\"kind\":\"table.json_rows\"", "\"deliverables\":[{\"kind\":\"table.csv\"",
		"'deliverables' of the plan", E_HASH},
	    {"\"max_parallel\":2", "\"max_parallel\":3", "the profile has hash", E_HASH},
	    {"\"files\":[{\"bytes\":\"", "\"files\":[{\"bytes\":\"1", "another hash or size", E_HASH},
	    {"\"step_id\":\"ps-0-name-orders\"},{\"contract\":",
		"\"step_id\":\"ps-0-name-order\"},{\"contract\":", "calls step 0", E_HASH},
	};
	struct arena *a = arena_new(0);
	struct compile_result r;

	CHECK_INT(compile(a, two_steps, true, &r), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};

		CHECK_INT(verify(a, edited(a, r.plan_text, cases[i].from, cases[i].to), &err), -1);
		if (err.code != cases[i].code || !strstr(err.msg, cases[i].says))
			printf("# %zu: %s %s\n", i, err_name(err.code), err.msg);
		CHECK_INT(err.code, cases[i].code);
		CHECK(strstr(err.msg, cases[i].says));
	}
	arena_free(a);
}

/* A forger who recomputes contract hashes still meets the plan hash; who recomputes that, its use. */
static void
recomputed_hashes_give_another_plan(void)
{
	struct arena *a = arena_new(0);
	struct compile_result r;
	const struct jx *contract;
	char old[SHA256_HEX], new[SHA256_HEX];
	const char *text;
	struct jx *doc;
	struct err err = {0};
	char *plan;
	size_t n;

	CHECK_INT(compile(a, two_steps, true, &r), 0);
	contract = jx_pointer(r.plan, "/steps/0/contract");
	CHECK_INT(contract_hash_of(a, contract, old, &text, &n, &err), 0);
	CHECK_STR(old, jx_str(jx_pointer(r.plan, "/steps/0/contract_hash"), ""));
	text = edited(a, text, "\"wall_ms\":\"30000\"", "\"wall_ms\":\"30001\"");
	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &doc, &err), 0);
	CHECK_INT(contract_hash_of(a, doc, new, NULL, NULL, &err), 0);
	plan = edited(a, r.plan_text, "\"wall_ms\":\"30000\"", "\"wall_ms\":\"30001\"");
	CHECK_INT(verify(a, plan, &err), -1);
	CHECK(strstr(err.msg, "the contract of ps-0-name-orders has hash"));
	plan = edited(a, plan, old, new);
	CHECK_INT(verify(a, plan, &err), -1);
	CHECK(strstr(err.msg, "the plan has hash"));
	arena_free(a);
}

/* The plan after an edit, every hash of it computed anew: what a forger would hand in. */
static const char *
forged(struct arena *a, const char *text, const char *from, const char *to)
{
	const char *out = edited(a, text, from, to), *hashes[16];
	char hash[16][SHA256_HEX], plan_hash[SHA256_HEX];
	struct jx *plan;
	struct err err = {0};
	size_t n;

	CHECK_INT(jx_parse(a, out, strlen(out), NULL, &plan, &err), 0);
	n = jx_size(jx_find(plan, "steps"));
	CHECK(n > 0 && n <= 16);
	for (size_t i = 0; i < n && i < 16; i++) {
		const struct jx *step = jx_at(jx_find(plan, "steps"), i);

		CHECK_INT(contract_hash_of(a, jx_find(step, "contract"), hash[i], NULL, NULL, &err), 0);
		hashes[i] = hash[i];
		if (strcmp(hash[i], jx_str(jx_find(step, "contract_hash"), "")) != 0)
			out = edited(a, out, jx_str(jx_find(step, "contract_hash"), ""), hash[i]);
	}
	CHECK_INT(plan_hash_of(a, hashes, n, jx_str(jx_find(plan, "profile_sha256"), ""), plan_hash, &err), 0);
	return edited(a, out, jx_str(jx_find(plan, "plan_hash"), ""), plan_hash);
}

static void
an_adapter_cannot_be_hidden_or_made_up(void)
{
	static const char said[] = "\"adapter\":{\"id\":\"tsv-to-csv\",\"step_id\":\"ps-0-adapt-1-tsv-to-csv\",\"version\":\"1.0.0\"}";
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
	    {"\"id\":\"tsv-to-csv\",\"step_id\"", "\"id\":\"csv-to-tsv\",\"step_id\"", "comes from the adapter csv-to-tsv"},
	    {"ps-0-adapt-1-tsv-to-csv\",\"version\":\"1.0.0\"", "ps-0-adapt-1-tsv-to-csv\",\"version\":\"1.0.1\"",
		"comes from the adapter tsv-to-csv"},
	    {"\"step_id\":\"ps-0-adapt-1-tsv-to-csv\",\"version\"", "\"step_id\":\"ps-1-adapt-2-columns-csv\",\"version\"",
		"comes from the adapter tsv-to-csv"},
	    {"\"rank\":3", "\"rank\":1", "comes from the adapter tsv-to-csv"},
	    {said, "\"adapter\":null", "with rank 3 and names no adapter"},
	};
	struct arena *a = arena_new(0);
	struct compile_result r;
	struct err err = {0};

	CHECK_INT(compile(a, "tests/compiler/plan-playbook-adapter/case.json", true, &r), 0);
	CHECK(r.is_ok);
	CHECK_INT(verify(a, forged(a, r.plan_text, "\"rank\":3", "\"rank\":3"), &err), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		err = (struct err){0};
		CHECK_INT(verify(a, forged(a, r.plan_text, cases[i].from, cases[i].to), &err), -1);
		if (!strstr(err.msg, cases[i].says))
			printf("# %zu: %s %s\n", i, err_name(err.code), err.msg);
		CHECK_INT(err.code, E_HASH);
		CHECK(strstr(err.msg, cases[i].says));
	}
	/* Both at once: the input as if it came from a step of the plan's own. */
	CHECK_INT(verify(a, forged(a, edited(a, r.plan_text, said, "\"adapter\":null"), "\"rank\":3", "\"rank\":1"), &err), -1);
	CHECK(strstr(err.msg, "from the adapter step ps-0-adapt-1-tsv-to-csv and does not say so"));
	arena_free(a);
}

/* --- measured numbers -------------------------------------------------------------------------- */

/* The example of the design: 753 entries, 7 rates of 4 contracts; without a port only bounds are known. */
static void
a_fan_out_is_bounded_without_reading_and_measured_with(void)
{
	static const char candidate[] =
	    "{\"schema\":\"forge.candidate.v1\",\"mission\":\"m\",\"steps\":[{\"key\":\"join\",\"label\":\"Join\","
	    "\"objective\":\"o\",\"inputs\":["
	    "{\"slot\":\"raw_files\",\"name\":\"items\",\"path\":\"items.csv\",\"entity\":\"shop.item\","
	    "\"accepts\":[\"table.csv\"]},"
	    "{\"slot\":\"raw_files\",\"name\":\"prices\",\"path\":\"prices.csv\",\"entity\":\"shop.price\","
	    "\"accepts\":[\"table.csv\"]}],"
	    "\"outputs\":[{\"slot\":\"joined_rows\",\"name\":\"rows\",\"kind\":\"table.json_rows\","
	    "\"path\":\"output/rows.json\",\"deliverable\":true,\"grain\":{\"key\":[\"order_id\",\"line_no\"],"
	    "\"relation\":\"join\",\"of\":\"items\",\"with\":\"prices\",\"on\":[{\"left\":\"product_id\","
	    "\"right\":\"product_id\"}]}}],"
	    "\"criteria\":[{\"type\":\"rows\",\"left\":\"outputs.rows\",\"op\":\"==\",\"right\":\"inputs.items\"}],"
	    "\"program\":{\"skill\":\"shop\",\"argv\":[\"/usr/bin/python3\",\"/skills/shop/price_items.py\"]}}]}";
	struct arena *a = arena_new(0);
	struct compile_result r;
	struct casefile k;
	struct buf b, all;
	struct jx *doc;
	struct err err;
	struct jw w;

	buf_init(&b, a);
	buf_str(&b, "order_id,line_no,product_id,region,weight\n");
	for (int i = 0; i < 753; i++)
		buf_printf(&b, "o%d,1,p%d,eu,1.5\n", i, i % 4);
	buf_init(&all, a);
	jw_init(&w, &all);
	jw_object(&w, NULL);
	jw_object(&w, "files");
	jw_str(&w, "items.csv", b.p);
	jw_str(&w, "prices.csv",
	    "product_id,region,price\np0,eu,1\np0,us,1\np1,eu,1\np1,us,1\np2,eu,1\np2,us,1\np3,eu,1\n");
	jw_end(&w);
	jw_str(&w, "candidate_text", candidate);
	jw_end(&w);
	CHECK_INT(jx_parse(a, all.p, all.len, NULL, &doc, &err), 0);
	CHECK_INT(case_open(a, catalog, doc, &k), 0);
	CHECK_INT(compile_run(a, &k.in, NULL, NULL, &r, &err), 0);
	CHECK(strstr(case_findings(a, &r),
	    "753 rows of items  ×  up to 2 matches each  =  up to 1,506 rows"));
	k.in.port = NULL;
	CHECK_INT(compile_run(a, &k.in, NULL, NULL, &r, &err), 0);
	CHECK(strstr(case_findings(a, &r),
	    "   |  753 rows of items  ×  up to 4 matches each  =  up to 3,012 rows\n"
	    "   |  key on the right: prices.csv(product_id) is not unique: 7 rows, 4 values\n"));
	case_close(&k);
	arena_free(a);
}

static void
without_a_port_the_first_wrong_value_is_shown(void)
{
	struct arena *a = arena_new(0);
	struct compile_result r;
	const char *got;

	CHECK_INT(compile(a, "tests/compiler/bad-values-many/case.json", false, &r), 0);
	got = case_findings(a, &r);
	CHECK(strstr(got, "`customer_id` is empty in 12 rows of orders.csv"));
	CHECK(strstr(got, "row 2 of orders.csv: `amount` is `0.00 kr`"));
	CHECK(strstr(got, "row 33 of orders.csv: `placed_on` is `2026-01-32`"));
	arena_free(a);
}

static const struct jx *
bound_of(const struct compile_result *r, const char *channel)
{
	const struct jx *bounds = jx_pointer(r->plan, "/certificate/bounds");

	for (size_t i = 0; i < jx_size(bounds); i++)
		if (jx_is_str(jx_find(jx_at(bounds, i), "channel"), channel))
			return jx_at(bounds, i);
	return NULL;
}

static void
the_certificate_adds_up_calls_times_attempts(void)
{
	struct arena *a = arena_new(0);
	struct compile_result r;

	/* 1 + at most 20 requests, 2 attempts; 2 rules of 16 MiB. */
	CHECK_INT(compile(a, "tests/compiler/plan-download/case.json", true, &r), 0);
	CHECK_STR(jx_str(jx_find(bound_of(&r, "http.read"), "limit"), ""), "42");
	CHECK_STR(jx_str(jx_find(bound_of(&r, "http.read"), "scope"), ""), "GET api.example.com:443");
	CHECK_STR(jx_str(jx_find(bound_of(&r, "bytes.in"), "limit"), ""), "67108864");
	CHECK_STR(jx_str(jx_find(bound_of(&r, "files.published"), "limit"), ""), "1");
	/* 1500 ms are 2 s, twice; 1001 ms of cpu time are 2 s, twice. */
	CHECK_INT(compile(a, "tests/compiler/plan-limits/case.json", true, &r), 0);
	CHECK_STR(jx_str(jx_find(bound_of(&r, "wall_s"), "limit"), ""), "4");
	CHECK_STR(jx_str(jx_find(bound_of(&r, "cpu_s"), "limit"), ""), "4");
	CHECK(!bound_of(&r, "http.read"));
	arena_free(a);
}

static void
steps_are_in_stable_topological_order(void)
{
	struct arena *a = arena_new(0);
	struct compile_result r;

	CHECK_INT(compile(a, "tests/compiler/plan-order-is-stable/case.json", true, &r), 0);
	CHECK_STR(jx_str(jx_pointer(r.plan, "/steps/0/step_id"), ""), "ps-0-name-orders");
	CHECK_STR(jx_str(jx_pointer(r.plan, "/steps/1/step_id"), ""), "ps-1-totals");
	CHECK_STR(jx_str(jx_pointer(r.plan, "/steps/1/contract/depends_on/0"), ""), "ps-0-name-orders");
	arena_free(a);
}

static void
ranks_are_the_ones_of_the_binding(void)
{
	static const struct {
		const char *path, *pointer;
		int rank;
	} cases[] = {
	    {two_steps, "/steps/0/contract/inputs/0/rank", 1},
	    {two_steps, "/steps/1/contract/inputs/0/rank", 1},
	    {"tests/compiler/plan-search/case.json", "/steps/0/contract/inputs/0/rank", 1},
	    {"tests/compiler/plan-search/case.json", "/steps/0/contract/inputs/1/rank", 2},
	    {"tests/compiler/plan-generic/case.json", "/steps/0/contract/inputs/0/rank", 4},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *a = arena_new(0);
		struct compile_result r;

		CHECK_INT(compile(a, cases[i].path, true, &r), 0);
		CHECK(r.is_ok);
		CHECK_INT(jx_int(jx_pointer(r.plan, cases[i].pointer), -1), cases[i].rank);
		arena_free(a);
	}
}

/* --- size and hostility ------------------------------------------------------------------------ */

static const char *
chain(struct arena *a, unsigned n)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "{\"schema\":\"forge.candidate.v1\",\"mission\":\"m\",\"steps\":[");
	for (unsigned i = 0; i < n; i++) {
		buf_printf(&b, "%s{\"key\":\"s%u\",\"label\":\"S\",\"objective\":\"o\",\"inputs\":[",
		    i ? "," : "", i);
		if (i > 0)
			buf_printf(&b, "{\"slot\":\"findings\",\"name\":\"in\",\"entity\":null,\"accepts\":"
			    "[\"object.json\"],\"from\":\"s%u\"}", i - 1);
		buf_printf(&b, "],\"outputs\":[{\"slot\":\"findings\",\"name\":\"out\",\"kind\":\"object.json\","
		    "\"path\":\"output/%u.json\",\"deliverable\":true,\"json_schema\":{}}],"
		    "\"program\":{\"skill\":\"shop\",\"argv\":[\"/usr/bin/python3\",\"/skills/shop/totals.py\"]}}", i);
	}
	buf_str(&b, "]}");
	return b.p;
}

static void
thousands_of_steps_compile(void)
{
	struct arena *a = arena_new((size_t)4 << 30);
	struct profile profile = *catalog_profile(catalog, "standard");
	struct compile_input in = {.catalog = catalog, .profile = &profile};
	struct compile_result r;
	struct err err = {0};

	profile.max_steps = 10000;
	in.candidate = chain(a, 2000);
	in.candidate_bytes = strlen(in.candidate);
	CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), 0);
	if (!r.is_ok)
		printf("# %.2000s\n", case_findings(a, &r));
	CHECK(r.is_ok);
	CHECK_INT(jx_size(jx_find(r.plan, "steps")), 2000);
	CHECK_INT(plan_verify(a, r.plan, &err), 0);
	arena_free(a);
}

/* Bytes of a good candidate changed at random: refused or compiled, and what compiles verifies. */
static void
damaged_candidates_never_break_the_compiler(void)
{
	struct arena *a = arena_new(0);
	struct compile_result good;
	uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 20260102;
	unsigned compiled = 0;
	struct casefile files;
	struct jx *doc;
	struct err err = {0};

	printf("# SEED=%llu\n", (unsigned long long)seed);
	CHECK_INT(compile(a, two_steps, true, &good), 0);
	CHECK_INT(jx_load(a, two_steps, NULL, &doc, &err), 0);
	CHECK_INT(case_open(a, catalog, doc, &files), 0);
	for (int i = 0; i < 600; i++) {
		struct arena *b = arena_new(0);
		char *text = arena_dup(b, good.candidate_text, good.candidate_bytes);
		struct compile_input in = {.catalog = catalog, .candidate = text,
		    .candidate_bytes = good.candidate_bytes, .files = files.in.files,
		    .nfiles = files.in.nfiles, .port = files.in.port,
		    .profile = catalog_profile(catalog, "standard")};
		struct compile_result r;

		for (int k = 0; k < 1 + i % 4; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			text[(seed >> 33) % in.candidate_bytes] =
			    "abz019{}[]\",:_-./\\ \n\x7f\xc3\x80"[(seed >> 20) % 24];
		}
		CHECK_INT(compile_run(b, &in, NULL, NULL, &r, &err), 0);
		CHECK(r.is_ok || r.diags.nerrors > 0);
		if (r.is_ok)
			CHECK_INT(plan_verify(b, r.plan, &err), 0);
		(void)case_findings(b, &r);
		compiled += r.is_ok;
		arena_free(b);
	}
	/* Most changes hit something that matters; a changed label or sentence does not. */
	CHECK(compiled > 0);
	CHECK(compiled < 300);
	case_close(&files);
	arena_free(a);
}

static void
many_findings_are_counted_and_capped(void)
{
	struct arena *a = arena_new(0);
	struct compile_input in = {.catalog = catalog,
	    .profile = catalog_profile(catalog, "standard")};
	struct compile_result r;
	struct err err;
	struct buf b;
	char *text = arena_str(a, chain(a, 150));

	/* Every slot, kind and skill wrong. */
	for (char *p = text; (p = strstr(p, "findings")) != NULL; p++)
		memcpy(p, "finaings", 8);
	in.candidate = text;
	in.candidate_bytes = strlen(text);
	CHECK_INT(compile_run(a, &in, NULL, NULL, &r, &err), 0);
	CHECK_INT(r.diags.n, DIAGS_MAX);
	CHECK_INT(r.diags.nerrors, 299);
	CHECK_INT(r.diags.dropped, 99);
	buf_init(&b, a);
	diags_text(&b, &r.diags, false);
	CHECK(strstr(b.p, "299 errors (200 shown)"));
	arena_free(a);
}

static void
colours_surround_and_do_not_change_the_words(void)
{
	struct arena *a = arena_new(0);
	struct compile_result r;
	struct buf b;

	CHECK_INT(compile(a, "tests/compiler/bad-self/case.json", true, &r), 0);
	buf_init(&b, a);
	diag_text(&b, r.diags.at[0], true);
	CHECK(strstr(b.p, "\033[1;31merror[FC0103]\033[0m"));
	CHECK(strstr(b.p, "step `name_orders` waits for itself"));
	arena_free(a);
}

static void
entities_are_detected_by_columns_only_when_clear(void)
{
	struct arena *a = arena_new(0);
	struct column_profile columns[] = {{.name = "product_id"}, {.name = "region"}, {.name = "price"}};
	struct artifact_profile p = {
	    .kind = KIND_TABLE_CSV, .parse_ok = true, .columns = columns, .ncolumns = 3, .rows = 1};
	struct file_facts f = {.path = "x.csv", .profile = &p};

	CHECK_STR(entity_detect(a, catalog, &f) ? entity_detect(a, catalog, &f)->id : "", "shop.price");
	columns[2].name = "Price";
	CHECK(!entity_detect(a, catalog, &f));
	columns[2].name = "price";
	p.parse_ok = false;
	CHECK(!entity_detect(a, catalog, &f));
	p = (struct artifact_profile){.kind = KIND_TEXT_MARKDOWN, .parse_ok = true};
	CHECK(!entity_detect(a, catalog, &f));
	arena_free(a);
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
	RUN(the_same_input_gives_the_same_bytes);
	RUN(passes_are_told_and_stop_at_the_first_failure);
	RUN(oversized_and_broken_text_is_an_error_not_a_finding);
	RUN(plans_and_findings_have_the_form_of_their_schemas);
	RUN(no_byte_of_a_contract_can_change);
	RUN(the_parts_beside_the_contracts_are_held_to_them);
	RUN(recomputed_hashes_give_another_plan);
	RUN(an_adapter_cannot_be_hidden_or_made_up);
	RUN(a_fan_out_is_bounded_without_reading_and_measured_with);
	RUN(without_a_port_the_first_wrong_value_is_shown);
	RUN(the_certificate_adds_up_calls_times_attempts);
	RUN(steps_are_in_stable_topological_order);
	RUN(ranks_are_the_ones_of_the_binding);
	RUN(thousands_of_steps_compile);
	RUN(damaged_candidates_never_break_the_compiler);
	RUN(many_findings_are_counted_and_capped);
	RUN(colours_surround_and_do_not_change_the_words);
	RUN(entities_are_detected_by_columns_only_when_clear);
	arena_free(top);
	return tap_done();
}
