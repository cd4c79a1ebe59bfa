/* SPDX-License-Identifier: Apache-2.0 */
/* Forge's own templates come out of the encoder, and what fills them goes through the decoder. */
#include "imprint/role.h"

#include <dirent.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "imprint/token.h"
#include "schema/validate.h"
#include "tap.h"

#define PACKS "packs"

static const struct jx *
read_json(struct arena *a, const char *text)
{
	struct jx *v = NULL;
	struct err err = {0};

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	return v;
}

static void
say(const struct imp_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		printf("# %s %s: %s\n", imp_code_name(d->at[i].code), d->at[i].pointer, d->at[i].message);
}

/* Every leaf is a token, and every token parses. Depth is that of a template made here. */
static size_t
tokens(struct arena *a, const struct jx *v)
{
	struct token t;
	struct err err = {0};
	size_t n = 0;

	if (jx_is(v, JX_STRING)) {
		if (!token_is_like(v->u.text.p, v->u.text.n) || token_parse(a, v->u.text.p, v->u.text.n, false, &t, &err) < 0) {
			printf("# not a token: %s %s\n", v->u.text.p, err.msg);
			tap_fails_here++;
		}
		return 1;
	}
	for (size_t i = 0; i < jx_size(v); i++) {
		if (jx_is(v, JX_ARRAY)) {
			n += tokens(a, jx_at(v, i));
			continue;
		}
		const struct jx_member *m = &v->u.object.at[i];
		if (token_is_like(m->key, m->key_bytes)) {
			CHECK_INT(token_parse(a, m->key, m->key_bytes, false, &t, &err), 0);
			if (jx_is_str(m->value, ""))
				continue;
		}
		n += tokens(a, m->value);
	}
	return n;
}

static size_t
code_points(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
check_template(struct arena *a, const char *name, const char *text)
{
	const struct jx *doc = read_json(a, text);

	if (code_points(jx_str(jx_find(doc, "head"), "")) != 200) {
		printf("# %s: head\n", name);
		tap_fails_here++;
	}
	CHECK(tokens(a, jx_find(doc, "template")) >= 2);
}

static void
every_schema_of_the_packs_encodes_to_a_legal_template(void)
{
	DIR *d = opendir(PACKS "/schema");
	size_t n = 0;

	CHECK(d != NULL);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
		struct arena *a = arena_new(0);
		struct imp_diags diags;
		struct imprint *im;
		struct buf b, again;

		imp_diags_init(&diags, a);
		buf_init(&b, a);
		buf_init(&again, a);
		if (e->d_name[0] != '.') {
			n++;
			CHECK_INT(imprint_schemas_open(a, PACKS, e->d_name, NULL, &im, &diags), 0);
			CHECK_INT(imprint_encode(im, NULL, NULL, &(struct encode_options){0}, &b, &diags), 0);
			CHECK_INT(imprint_encode(im, NULL, NULL, &(struct encode_options){0}, &again, &diags), 0);
			CHECK_STR(again.p, b.p);
			CHECK_INT(diags.n, 0);
			say(&diags);
			check_template(a, e->d_name, b.p);
		}
		arena_free(a);
	}
	CHECK(n >= 15);
	if (d)
		(void)closedir(d);
}

static void
every_role_has_a_template(void)
{
	for (unsigned r = 0; r < ROLE__COUNT; r++) {
		struct arena *a = arena_new(0);
		struct imp_diags d;
		struct buf b;

		imp_diags_init(&d, a);
		buf_init(&b, a);
		CHECK_INT(imprint_role_template(a, PACKS, (enum imprint_role)r, NULL, NULL, &b, &d), 0);
		say(&d);
		check_template(a, imprint_role_name((enum imprint_role)r), b.p);
		CHECK_INT(imprint_role_find(imprint_role_name((enum imprint_role)r)), r);
		arena_free(a);
	}
	CHECK_INT(imprint_role_find("nobody"), ROLE__COUNT);
}

static const char *
decoded(struct arena *a, enum imprint_role role, const char *choices, const char *text, struct imp_diags *d)
{
	struct buf b;

	buf_init(&b, a);
	imp_diags_init(d, a);
	return imprint_role_decode(a, PACKS, role, choices ? read_json(a, choices) : NULL, text, strlen(text), false, &b, NULL, d) == 0
	    ? b.p
	    : NULL;
}

static const char plan[] =
    "{\"mission\":\"Report on sales\",\"steps\":[{\"key\":\"rank\",\"label\":\"Rank the shops\",\"objective\":\"MUST rank all shops\","
    "\"inputs\":[{\"slot\":\"raw_files\",\"name\":\"sales\",\"accepts\":[\"table.csv\"],\"path\":\"in/sales.csv\"}],"
    "\"outputs\":[{\"slot\":\"scores\",\"name\":\"ranking\",\"kind\":\"table.json_rows\",\"path\":\"output/ranking.json\",\"deliverable\":true}],"
    "\"criteria\":[{\"type\":\"rows\",\"left\":\"outputs.ranking\",\"op\":\"<=\",\"right\":\"inputs.sales\"},"
    "{\"type\":\"key\",\"of\":\"outputs.ranking\",\"columns\":[\"shop\"]},{\"type\":\"rows\",\"left\":\"outputs.ranking\",\"op\":\">\",\"right\":0}]}]}";

static void
a_filled_plan_is_a_candidate(void)
{
	struct arena *a = arena_new(0);
	struct imp_diags d;
	const char *out = decoded(a, ROLE_PLANNER, NULL, plan, &d);
	struct validator *v;
	struct imprint *candidate;
	struct registry *reg = registry_new(a, NULL);
	struct sloc root;
	struct err err;
	struct jx *schema;

	say(&d);
	CHECK(out != NULL);
	CHECK_INT(imprint_schemas_open(a, PACKS, "candidate.json", NULL, &candidate, &d), 0);
	CHECK_INT(jx_load(a, PACKS "/schema/candidate.json", NULL, &schema, &err), 0);
	CHECK_INT(registry_add(reg, schema, NULL, DIALECT_AUTO, &root, &err), 0);
	CHECK_INT(validator_compile(reg, root, &(struct validate_options){.formats = true}, &v, &err), 0);
	if (out) {
		const struct jx *doc = read_json(a, out);

		CHECK(jx_is_str(jx_find(doc, "schema"), "forge.candidate.v1")); /* put in by decoding */
		CHECK(validator_run(v, NULL, doc, 0, NULL, NULL));
	}
	arena_free(a);
}

static void
what_a_planner_may_not_say_is_refused_at_its_place(void)
{
	struct arena *a = arena_new(0);
	struct imp_diags d;

	CHECK(!decoded(a, ROLE_PLANNER, NULL,
	    "{\"mission\":\"m\",\"steps\":[{\"key\":\"a\",\"label\":\"l\",\"objective\":\"o\",\"program\":{\"skill\":\"x\",\"argv\":[\"x\"]},"
	    "\"outputs\":[{\"slot\":\"s\",\"name\":\"n\",\"kind\":\"k\",\"path\":\"p\"}]}]}", &d));
	CHECK_INT(d.n, 1);
	CHECK(d.n && d.at[0].code == IMP_UNKNOWN_KEY);
	CHECK_STR(d.n ? d.at[0].pointer : NULL, "/steps/0/program");
	CHECK(!decoded(a, ROLE_PLANNER, NULL, "{\"mission\":\"{FILL|string|len:1-8000}\",\"steps\":[]}", &d));
	CHECK(d.n && d.at[0].code == IMP_UNFILLED);
	arena_free(a);
}

static void
the_intent_resolver_chooses_from_what_is_installed(void)
{
	static const char choices[] = "{\"domain_pack_id\":[\"billing-audit\",\"data-join\"],\"workflow_pack_id\":[\"reconcile-compare\"],"
				      "\"policy_id\":[\"strict.fail-closed.v1\"]}";
	static const char good[] = "{\"steps\":[{\"key\":\"a\",\"reason\":\"r\",\"domain_pack_ids\":[\"billing-audit\"],\"workflow_pack_ids\":[],"
				   "\"status\":\"resolved\",\"confidence\":\"0.92\"}]}";
	static const char bad[] = "{\"steps\":[{\"key\":\"a\",\"reason\":\"r\",\"domain_pack_ids\":[\"biling-audit\"],\"workflow_pack_ids\":[],"
				  "\"status\":\"resolved\",\"confidence\":\"0.92\"}]}";
	struct arena *a = arena_new(0);
	struct imp_diags d;
	struct buf b;

	buf_init(&b, a);
	imp_diags_init(&d, a);
	CHECK_INT(imprint_role_template(a, PACKS, ROLE_INTENT, read_json(a, choices), NULL, &b, &d), 0);
	CHECK(strstr(b.p, "{OPTIONAL_ENUM|billing-audit|data-join") || strstr(b.p, "{FILL_ENUM|billing-audit|data-join"));
	check_template(a, "intent", b.p);
	CHECK(decoded(a, ROLE_INTENT, choices, good, &d) != NULL);
	say(&d);
	CHECK(!decoded(a, ROLE_INTENT, choices, bad, &d));
	CHECK(d.n && d.at[0].code == IMP_ENUM);
	CHECK_STR(d.n ? d.at[0].pointer : NULL, "/steps/0/domain_pack_ids/0");
	CHECK_STR(d.n ? d.at[0].nearest : NULL, "\"billing-audit\"");
	CHECK(!decoded(a, ROLE_INTENT, "{\"no_such\":[]}", good, &d));
	CHECK(d.n && strstr(d.at[0].message, "there is no 'no_such'") != NULL);
	arena_free(a);
}

static void
the_other_roles_fills_decode(void)
{
	static const struct {
		enum imprint_role role;
		const char *text;
		bool is_good;
	} cases[] = {
	    {ROLE_SKILLS, "{\"steps\":[{\"key\":\"a\",\"reason\":\"r\",\"mode\":\"program\",\"program\":{\"skill\":\"s\",\"argv\":[\"/usr/bin/python3\"]}}]}", true},
	    {ROLE_SKILLS, "{\"steps\":[{\"key\":\"a\",\"reason\":\"r\",\"mode\":\"program\"}]}", false},
	    {ROLE_SKILLS, "{\"steps\":[{\"key\":\"a\",\"reason\":\"r\",\"mode\":\"code\"}]}", true},
	    {ROLE_EXECUTOR, "{\"approach\":\"a\",\"files\":[{\"path\":\"main.py\",\"language\":\"python\",\"text\":\"print(1)\\n\"}],"
			    "\"argv\":[\"/usr/bin/python3\",\"main.py\"],\"reads\":[],\"writes\":[\"ranking\"]}", true},
	    {ROLE_EXECUTOR, "{\"approach\":\"a\",\"files\":[{\"path\":\"../main.py\",\"language\":\"python\",\"text\":\"x\"}],"
			    "\"argv\":[\"x\"],\"reads\":[],\"writes\":[\"ranking\"]}", false},
	    {ROLE_EVALUATOR, "{\"item\":\"7\",\"criteria\":[{\"criterion\":\"no-invented-facts\",\"evidence\":[{\"source\":\"resume.md\",\"quote\":\"ten years\"}],"
			     "\"says\":\"s\",\"verdict\":\"pass\"}],\"says\":\"s\",\"verdict\":\"pass\",\"confidence\":\"0.9\"}", true},
	    {ROLE_EVALUATOR, "{\"item\":\"7\",\"criteria\":[{\"criterion\":\"c\",\"evidence\":[],\"says\":\"s\",\"verdict\":\"pass\"}],"
			     "\"says\":\"s\",\"verdict\":\"pass\",\"confidence\":\"0.9\"}", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *a = arena_new(0);
		struct imp_diags d;
		const char *out = decoded(a, cases[i].role, NULL, cases[i].text, &d);

		if ((out != NULL) != cases[i].is_good) {
			printf("# case %zu\n", i);
			say(&d);
			tap_fails_here++;
		}
		arena_free(a);
	}
}

static void
lenient_reading_says_what_it_mended(void)
{
	static const char text[] = "Here you are:\n```json\n{\"item\":\"7\",\"criteria\":[{\"criterion\":\"c\",\"evidence\":[{\"source\":\"s\",\"quote\":\"q\"}],"
				   "\"says\":\"s\",\"verdict\":\"fail\",}],\"says\":\"s\",\"verdict\":\"fail\",\"confidence\":\"1\"}\n```\n";
	struct arena *a = arena_new(0);
	struct imp_diags d;
	struct buf b, repairs;

	buf_init(&b, a);
	buf_init(&repairs, a);
	imp_diags_init(&d, a);
	CHECK_INT(imprint_role_decode(a, PACKS, ROLE_EVALUATOR, NULL, text, strlen(text), false, &b, NULL, &d), -1);
	imp_diags_init(&d, a);
	CHECK_INT(imprint_role_decode(a, PACKS, ROLE_EVALUATOR, NULL, text, strlen(text), true, &b, &repairs, &d), 0);
	say(&d);
	CHECK(jx_size(read_json(a, repairs.p)) >= 2);
	arena_free(a);
}

static void
the_vocabulary_is_of_its_schema(void)
{
	struct arena *a = arena_new(0);
	struct registry *reg = registry_new(a, NULL);
	struct validator *v;
	struct jx *schema, *doc;
	struct sloc root;
	struct err err;
	const struct validate_error *errors;
	size_t n;

	CHECK_INT(jx_load(a, PACKS "/schema/vocabulary.json", NULL, &schema, &err), 0);
	CHECK_INT(jx_load(a, PACKS "/vocabulary/common.json", NULL, &doc, &err), 0);
	CHECK_INT(registry_add(reg, schema, NULL, DIALECT_AUTO, &root, &err), 0);
	CHECK_INT(validator_compile(reg, root, NULL, &v, &err), 0);
	if (!validator_run(v, a, doc, 5, &errors, &n)) {
		for (size_t i = 0; i < n; i++)
			printf("# %s: %s\n", errors[i].pointer, errors[i].expected);
		tap_fails_here++;
	}
	arena_free(a);
}

int
main(void)
{
	RUN(every_schema_of_the_packs_encodes_to_a_legal_template);
	RUN(every_role_has_a_template);
	RUN(a_filled_plan_is_a_candidate);
	RUN(what_a_planner_may_not_say_is_refused_at_its_place);
	RUN(the_intent_resolver_chooses_from_what_is_installed);
	RUN(the_other_roles_fills_decode);
	RUN(lenient_reading_says_what_it_mended);
	RUN(the_vocabulary_is_of_its_schema);
	return tap_done();
}
