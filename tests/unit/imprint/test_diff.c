/* SPDX-License-Identifier: Apache-2.0 */
/* What breaks between two versions: a table of changes, and laws over real schemas. */
#include "imprint/diff.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "shared.h"
#include "tap.h"

static struct imprint *
opened(struct arena *a, const char *text, enum direction direction)
{
	struct imp_diags d;
	struct imprint *im = NULL;

	imp_diags_init(&d, a);
	if (imprint_open(a, &(struct imprint_source){.text = text, .text_bytes = strlen(text), .direction = direction}, &im, &d) < 0) {
		printf("# %s\n", d.n ? d.at[0].message : "?");
		tap_fails_here++;
	}
	return im;
}

static struct diff_report
compared(struct arena *a, const char *old, const char *now, enum direction direction)
{
	struct diff_report r = {0};
	struct imp_diags d;

	imp_diags_init(&d, a);
	CHECK_INT(diff_documents(a, opened(a, old, direction), opened(a, now, direction), NULL, &r, &d), 0);
	return r;
}

static void
show(const struct diff_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		printf("# %s %s %s: %s\n", diff_verdict_name(r->changes[i].verdict), r->changes[i].kind, r->changes[i].pointer,
		    r->changes[i].says);
}

/* --- schemas --- */

struct change {
	const char *old, *now;
	const char *request, *response; /* "kind verdict pointer" of the only change, "" for none */
};
#define OBJ(members, rest) "{\"type\":\"object\",\"properties\":{" members "}" rest "}"
#define A_STR "\"a\":{\"type\":\"string\"}"
static const struct change changes[] = {
    {OBJ(A_STR, ""), OBJ(A_STR, ",\"title\":\"x\",\"description\":\"y\""), "", ""},
    {"{\"type\":\"string\"}", "{\"type\":[\"string\",\"null\"]}", "type-widened compatible ", "type-widened breaking "},
    {"{\"type\":[\"string\",\"null\"]}", "{\"type\":\"string\"}", "type-narrowed breaking ", "type-narrowed compatible "},
    {"{\"type\":\"number\"}", "{\"type\":\"integer\"}", "type-narrowed breaking ", "type-narrowed compatible "},
    {"{\"enum\":[\"a\",\"b\"]}", "{\"enum\":[\"b\",\"a\"]}", "", ""},
    {"{\"enum\":[\"a\",\"b\"]}", "{\"enum\":[\"a\",\"b\",\"c\"]}", "enum-value-added compatible ", "enum-value-added breaking "},
    {"{\"enum\":[\"a\",\"b\",\"c\"]}", "{\"enum\":[\"a\",\"b\"]}", "enum-value-removed breaking ", "enum-value-removed compatible "},
    {"{\"type\":\"string\"}", "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "enum-added breaking ", "enum-added compatible "},
    {"{\"type\":\"integer\",\"minimum\":1}", "{\"type\":\"integer\",\"minimum\":1.0}", "", ""},
    {"{\"type\":\"integer\",\"minimum\":1}", "{\"type\":\"integer\",\"minimum\":2}", "bound-tightened breaking ", "bound-tightened compatible "},
    {"{\"type\":\"number\",\"minimum\":1}", "{\"type\":\"number\",\"exclusiveMinimum\":1}", "bound-tightened breaking ", "bound-tightened compatible "},
    {"{\"type\":\"number\",\"maximum\":9}", "{\"type\":\"number\"}", "bound-loosened compatible ", "bound-loosened breaking "},
    {"{\"type\":\"number\"}", "{\"type\":\"number\",\"multipleOf\":0.01}", "step-added breaking ", "step-added compatible "},
    {"{\"type\":\"string\",\"maxLength\":9}", "{\"type\":\"string\",\"maxLength\":8}", "length-changed breaking ", "length-changed compatible "},
    {"{\"type\":\"string\"}", "{\"type\":\"string\",\"pattern\":\"^a\"}", "pattern-changed breaking ", "pattern-changed compatible "},
    {"{\"type\":\"string\",\"pattern\":\"^b\"}", "{\"type\":\"string\",\"pattern\":\"^a\"}", "pattern-changed unclear ", "pattern-changed unclear "},
    {"{\"type\":\"string\"}", "{\"type\":\"string\",\"format\":\"date\"}", "format-added breaking ", "format-added compatible "},
    {"{\"type\":\"string\"}", "{\"type\":\"string\",\"format\":\"no-such\"}", "format-added compatible ", "format-added compatible "},
    {OBJ(A_STR, ""), OBJ(A_STR, ",\"required\":[\"a\"]"), "required-added breaking /a", "required-added compatible /a"},
    {OBJ(A_STR, ",\"required\":[\"a\"]"), OBJ(A_STR, ""), "required-removed compatible /a", "required-removed breaking /a"},
    {OBJ(A_STR, ""), OBJ(A_STR ",\"b\":{\"type\":\"string\"}", ""), "member-added compatible /b", "member-added compatible /b"},
    {OBJ(A_STR, ""), OBJ(A_STR ",\"b\":{\"type\":\"string\"}", ",\"required\":[\"b\"]"), "required-member-added breaking /b",
	"required-member-added compatible /b"},
    {OBJ(A_STR ",\"b\":{\"type\":\"string\"}", ""), OBJ(A_STR, ""), "member-removed breaking /b", "member-removed compatible /b"},
    {OBJ(A_STR ",\"b\":{\"type\":\"string\"}", ",\"required\":[\"b\"]"), OBJ(A_STR, ""), "member-removed breaking /b", "member-removed breaking /b"},
    {OBJ(A_STR, ""), OBJ(A_STR, ",\"additionalProperties\":false"), "closed unclear ", "closed compatible "},
    {OBJ("\"l\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", ""), OBJ("\"l\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}}", ""),
	"type-widened compatible /l/*", "type-widened breaking /l/*"},
    {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"uniqueItems\":true}",
	"unique-added breaking ", "unique-added compatible "},
    {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"maxItems\":3}",
	"items-count breaking ", "items-count compatible "},
    {"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
	"type-narrowed breaking /{key}", NULL},
    {OBJ(A_STR, ""), OBJ("\"a\":{\"type\":\"string\",\"deprecated\":true}", ""), "deprecated compatible /a", "deprecated compatible /a"},
    {OBJ(A_STR, ""), OBJ("\"a\":{\"type\":\"string\",\"default\":\"x\"}", ""), "default-changed unclear /a", "default-changed unclear /a"},
    {OBJ(A_STR, ""), OBJ(A_STR, ",\"dependentRequired\":{\"a\":[\"b\"]}"), "rule-added breaking ", NULL},
};

static void
check_one(const struct change *c, size_t i, enum direction direction, const char *want)
{
	struct arena *a = arena_new(0);
	struct diff_report r = compared(a, c->old, c->now, direction);
	const char *got = r.n == 0 ? "" : arena_printf(a, "%s %s %s", r.changes[0].kind, diff_verdict_name(r.changes[0].verdict), r.changes[0].pointer);

	if (strcmp(got, want) != 0 || r.n > 1) {
		/* a change of type both loses and wins; the table names the first */
		if (!(r.n == 2 && strncmp(got, want, strlen(want)) == 0 && strcmp(r.changes[1].kind, "type-widened") == 0)) {
			printf("# row %zu (%s): '%s', want '%s'\n", i, direction == DIRECTION_RESPONSE ? "response" : "request", got, want);
			show(&r);
			tap_fails_here++;
		}
	}
	arena_free(a);
}

static void
each_change_has_its_verdict_by_the_way_it_travels(void)
{
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		check_one(&changes[i], i, DIRECTION_NONE, changes[i].request);
		if (changes[i].response)
			check_one(&changes[i], i, DIRECTION_RESPONSE, changes[i].response);
	}
}

static void
recursion_ends(void)
{
	static const char tree[] = "{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"%s\"},"
				   "\"kids\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/n\"}}}}}}";
	struct arena *a = arena_new(0);
	struct diff_report r = compared(a, arena_printf(a, tree, "integer"), arena_printf(a, tree, "integer"), DIRECTION_NONE);

	CHECK_INT(r.n, 0);
	CHECK(!r.is_cut);
	r = compared(a, arena_printf(a, tree, "integer"), arena_printf(a, tree, "string"), DIRECTION_NONE);
	CHECK_INT(r.verdict, DIFF_BREAKING);
	CHECK_STR(r.n ? r.changes[0].pointer : NULL, "/v");
	CHECK_INT(diff_exit(&r, false), 1);
	arena_free(a);
}

static void
choices_are_compared_branch_by_branch(void)
{
#define CARD "{\"title\":\"card\",\"type\":\"object\",\"required\":[\"number\"],\"properties\":{\"number\":{\"type\":\"string\"}},\"additionalProperties\":false}"
#define BANK "{\"title\":\"bank\",\"type\":\"object\",\"required\":[\"iban\"],\"properties\":{\"iban\":{\"type\":\"string\"}},\"additionalProperties\":false}"
#define CASH "{\"title\":\"cash\",\"type\":\"object\",\"required\":[\"till\"],\"properties\":{\"till\":{\"type\":\"string\"}},\"additionalProperties\":false}"
	struct arena *a = arena_new(0);
	struct diff_report r = compared(a, "{\"oneOf\":[" CARD "," BANK "]}", "{\"oneOf\":[" CARD "," BANK "," CASH "]}", DIRECTION_NONE);

	CHECK_INT(r.verdict, DIFF_COMPATIBLE);
	CHECK_STR(r.n ? r.changes[0].kind : NULL, "branch-added");
	r = compared(a, "{\"oneOf\":[" CARD "," BANK "," CASH "]}", "{\"oneOf\":[" CARD "," BANK "]}", DIRECTION_NONE);
	CHECK_INT(r.verdict, DIFF_BREAKING);
	CHECK_STR(r.n ? r.changes[0].pointer : NULL, "/cash");
	r = compared(a, CARD, "{\"anyOf\":[" CARD "," BANK "]}", DIRECTION_NONE);
	CHECK_INT(r.verdict, DIFF_COMPATIBLE);
	r = compared(a, "{\"anyOf\":[" CARD "," BANK "]}", CARD, DIRECTION_NONE);
	CHECK(r.verdict != DIFF_COMPATIBLE);
	arena_free(a);
}

/* Two choices of 400 branches each that have nothing in common: looks ahead are rationed, and it is said. */
static void
wide_choices_end(void)
{
	struct arena *a = arena_new(0);
	struct diff_report r;
	struct buf x, y;

	buf_init(&x, a);
	buf_init(&y, a);
	buf_str(&x, "{\"anyOf\":[");
	buf_str(&y, "{\"anyOf\":[");
	for (int i = 0; i < 400; i++) {
		buf_printf(&x, "%s{\"title\":\"a%d\",\"type\":\"object\",\"required\":[\"x%d\"],\"properties\":{\"x%d\":{\"type\":\"string\"}}}",
		    i ? "," : "", i, i, i);
		buf_printf(&y, "%s{\"title\":\"b%d\",\"type\":\"object\",\"required\":[\"y%d\"],\"properties\":{\"y%d\":{\"type\":\"string\"}}}",
		    i ? "," : "", i, i, i);
	}
	buf_str(&x, "]}");
	buf_str(&y, "]}");
	r = compared(a, x.p, y.p, DIRECTION_NONE);
	CHECK_INT(r.verdict, DIFF_BREAKING);
	CHECK(r.is_cut);
	CHECK(arena_used(a) < (size_t)512 << 20);
	arena_free(a);
}

/* --- operations --- */

#define API(params, body, answer)                                                                                              \
	"{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/things/{id}\":{\"put\":{\"parameters\":["         \
	"{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}" params "]" body                        \
	",\"responses\":{\"200\":{\"description\":\"ok\"" answer "}}}}}}"
#define PARAM(in, rest) ",{\"name\":\"p\",\"in\":\"" in "\"" rest "}"
#define BODY(media, schema) ",\"requestBody\":{\"content\":{\"" media "\":{\"schema\":" schema "}}}"
#define ANSWER(schema) ",\"content\":{\"application/json\":{\"schema\":" schema "}}"

static void
operations_are_compared_part_by_part(void)
{
	static const struct {
		const char *old, *now, *want; /* "kind verdict pointer" of the first change */
	} rows[] = {
	    {API("", "", ""), API(PARAM("query", ",\"schema\":{\"type\":\"string\"}"), "", ""), "parameter-added compatible /_query/p"},
	    {API("", "", ""), API(PARAM("query", ",\"required\":true,\"schema\":{\"type\":\"string\"}"), "", ""),
		"required-parameter-added breaking /_query/p"},
	    {API(PARAM("query", ",\"schema\":{\"type\":\"string\"}"), "", ""), API("", "", ""), "parameter-removed breaking /_query/p"},
	    {API(PARAM("query", ",\"schema\":{\"type\":\"string\"}"), "", ""), API(PARAM("header", ",\"schema\":{\"type\":\"string\"}"), "", ""),
		"parameter-moved breaking /_query/p"},
	    {API(PARAM("query", ",\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"), "", ""),
		API(PARAM("query", ",\"explode\":false,\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"), "", ""),
		"style-changed breaking /_query/p"},
	    {API(PARAM("query", ",\"schema\":{\"type\":\"string\"}"), "", ""),
		API(PARAM("query", ",\"explode\":false,\"schema\":{\"type\":\"string\"}"), "", ""), ""},
	    {API("", BODY("application/json", OBJ(A_STR, "")), ""), API("", BODY("application/json", OBJ(A_STR, ",\"required\":[\"a\"]")), ""),
		"required-added breaking /_body/a"},
	    {API("", BODY("application/json", OBJ(A_STR, "")), ""), API("", BODY("application/xml", OBJ(A_STR, "")), ""),
		"media-type-removed breaking /_body"},
	    {API("", BODY("application/json", OBJ(A_STR, "")), ""), API("", "", ""), "body-removed breaking /_body"},
	    {API("", "", ANSWER(OBJ(A_STR, ",\"required\":[\"a\"]"))), API("", "", ANSWER(OBJ(A_STR, ""))), "required-removed breaking /200/a"},
	    {API("", "", ANSWER(OBJ(A_STR, ""))), API("", "", ANSWER(OBJ(A_STR, ",\"required\":[\"a\"]"))), "required-added compatible /200/a"},
	    {API("", "", ""), "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{}}", "operation-removed breaking "},
	    {"{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{}}", API("", "", ""), "operation-added compatible "},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new(0);
		struct diff_report r = compared(a, rows[i].old, rows[i].now, DIRECTION_NONE);
		const char *got = r.n == 0 ? "" : arena_printf(a, "%s %s %s", r.changes[0].kind, diff_verdict_name(r.changes[0].verdict), r.changes[0].pointer);

		if (strcmp(got, rows[i].want) != 0) {
			printf("# row %zu: '%s', want '%s'\n", i, got, rows[i].want);
			show(&r);
			tap_fails_here++;
		}
		arena_free(a);
	}
}

static void
names_of_path_parameters_do_not_matter_and_the_answer_can_be_read(void)
{
	struct arena *a = arena_new(0);
	struct diff_report r = compared(a, API("", "", ""),
	    "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/things/{thing}\":{\"put\":{\"parameters\":["
	    "{\"name\":\"thing\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\"}}],\"responses\":{\"200\":{\"description\":\"ok\"}}}}}}",
	    DIRECTION_NONE);
	struct buf b;
	struct jx *doc;
	struct err err;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	diff_json(&w, NULL, &r);
	CHECK_INT(jx_parse(a, b.p, b.len, NULL, &doc, &err), 0);
	CHECK(jx_is_str(jx_pointer(doc, "/verdict"), "breaking"));
	CHECK(jx_is_str(jx_pointer(doc, "/changes/0/kind"), "type-narrowed"));
	CHECK(jx_is_str(jx_pointer(doc, "/changes/0/operation"), "PUT /things/{id}"));
	buf_init(&b, a);
	diff_text(&b, &r);
	CHECK(strstr(b.p, "breaking    /_path/id: string was taken and is not any more (was string, is integer)") != NULL);
	CHECK(strstr(b.p, "1 operation and 0 kinds of answer compared") != NULL);
	arena_free(a);
}

static void
a_schema_and_a_description_cannot_be_compared(void)
{
	struct arena *a = arena_new(0);
	struct diff_report r;
	struct imp_diags d;

	imp_diags_init(&d, a);
	CHECK_INT(diff_documents(a, opened(a, "{}", DIRECTION_NONE), opened(a, API("", "", ""), DIRECTION_NONE), NULL, &r, &d), -1);
	CHECK(d.n && d.at[0].code == IMP_E_OP);
	arena_free(a);
}

/* --- laws over real schemas --- */

struct law {
	size_t schemas, mutants, compatible, breaking, unclear, instances;
};

static bool
takes(struct arena *a, struct imprint *im, const struct jx *instance)
{
	struct imp_diags d;
	struct buf b;

	imp_diags_init(&d, a);
	buf_init(&b, a);
	return imprint_decode(im, NULL, NULL, instance, false, &b, &d) == 0;
}

/* Every "compatible" is held against the engine: an old legal fill must be taken. */
static void
mutant_check(struct arena *a, struct imprint *old, const struct jx *schema, const char *patch_text, const struct jx *valid, struct law *law)
{
	struct imprint *now;
	struct imp_diags d;
	struct diff_report r;
	const struct jx *mutant;
	struct jx *patch;
	struct err err = {0};

	imp_diags_init(&d, a);
	if (jx_parse(a, patch_text, strlen(patch_text), NULL, &patch, &err) < 0 || jpatch_apply(a, schema, patch, &mutant, &err) < 0)
		return;
	if (imprint_open(a, &(struct imprint_source){.root = mutant}, &now, &d) < 0)
		return;
	if (diff_documents(a, old, now, NULL, &r, &d) < 0)
		return;
	law->mutants++;
	law->compatible += r.verdict == DIFF_COMPATIBLE;
	law->unclear += r.verdict == DIFF_UNCLEAR;
	law->breaking += r.verdict == DIFF_BREAKING;
	for (size_t i = 0; r.verdict == DIFF_COMPATIBLE && i < jx_size(valid); i++) {
		const struct jx *instance = jx_at(valid, i);

		if (!takes(a, old, instance))
			continue;
		law->instances++;
		if (!takes(a, now, instance)) {
			printf("# compatible, but instance %zu is refused after %s\n", i, patch_text);
			show(&r);
			tap_fails_here++;
		}
	}
}

/* A few changes at each object schema met, by its pointer. Depth bounded. */
static void
mutants_at(struct arena *a, struct imprint *old, const struct jx *schema, const struct jx *at, const char *p, unsigned depth,
    const struct jx *valid, struct law *law, size_t *budget)
{
	const struct jx *v;

	if (depth > 6 || !jx_is(at, JX_OBJECT) || *budget == 0)
		return;
	(*budget)--;
#define MUTATE(...) mutant_check(a, old, schema, arena_printf(a, __VA_ARGS__), valid, law)
	if (jx_size(jx_find(at, "required")) > 0) {
		MUTATE("[{\"op\":\"remove\",\"path\":\"%s/required/0\"}]", p);
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/required/-\",\"value\":\"zz new\"}]", p);
	}
	if (jx_is(jx_find(at, "type"), JX_STRING)) {
		MUTATE("[{\"op\":\"replace\",\"path\":\"%s/type\",\"value\":[\"%s\",\"null\"]}]", p, jx_find(at, "type")->u.text.p);
		MUTATE("[{\"op\":\"replace\",\"path\":\"%s/type\",\"value\":\"boolean\"}]", p);
		MUTATE("[{\"op\":\"remove\",\"path\":\"%s/type\"}]", p);
	}
	if (jx_is(jx_find(at, "enum"), JX_ARRAY)) {
		MUTATE("[{\"op\":\"remove\",\"path\":\"%s/enum/0\"}]", p);
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/enum/-\",\"value\":\"zz new\"}]", p);
		MUTATE("[{\"op\":\"remove\",\"path\":\"%s/enum\"}]", p);
	}
	if (jx_is_str(jx_find(at, "type"), "string")) {
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/maxLength\",\"value\":1}]", p);
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/format\",\"value\":\"date\"}]", p);
		MUTATE("[{\"op\":\"remove\",\"path\":\"%s/pattern\"}]", p);
	}
	if (jx_is_str(jx_find(at, "type"), "array"))
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/minItems\",\"value\":7}]", p);
	v = jx_find(at, "properties");
	if (jx_is(v, JX_OBJECT)) {
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/properties/zz new\",\"value\":{\"type\":\"string\"}}]", p);
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/additionalProperties\",\"value\":false}]", p);
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/additionalProperties\",\"value\":true}]", p);
		MUTATE("[{\"op\":\"add\",\"path\":\"%s/maxProperties\",\"value\":1}]", p);
	}
	for (size_t i = 0; jx_is(v, JX_OBJECT) && i < jx_size(v); i++) {
		const char *below = imp_join(a, arena_printf(a, "%s/properties", p), v->u.object.at[i].key, v->u.object.at[i].key_bytes);

		if (i < 3 && !strpbrk(below, "\"\\%"))
			MUTATE("[{\"op\":\"remove\",\"path\":\"%s\"}]", below);
		if (!strpbrk(below, "\"\\%"))
			mutants_at(a, old, schema, v->u.object.at[i].value, below, depth + 1, valid, law, budget);
	}
	mutants_at(a, old, schema, jx_find(at, "items"), arena_printf(a, "%s/items", p), depth + 1, valid, law, budget);
	for (unsigned k = 0; k < 3; k++) {
		static const char *const lists[] = {"oneOf", "anyOf", "allOf"};

		v = jx_find(at, lists[k]);
		if (jx_is(v, JX_ARRAY)) {
			MUTATE("[{\"op\":\"remove\",\"path\":\"%s/%s/0\"}]", p, lists[k]);
			MUTATE("[{\"op\":\"add\",\"path\":\"%s/%s/-\",\"value\":{\"type\":\"object\",\"required\":[\"zz\"]}}]", p, lists[k]);
		}
		for (size_t i = 0; jx_is(v, JX_ARRAY) && i < jx_size(v); i++)
			mutants_at(a, old, schema, jx_at(v, i), arena_printf(a, "%s/%s/%zu", p, lists[k], i), depth + 1, valid, law, budget);
	}
#undef MUTATE
}

static void
line_check(const char *line, size_t n, struct law *law)
{
	struct arena *a = arena_new(0);
	struct jx_options opt = {.depth_max = 512, .allow_nul = true};
	const struct jx *schema, *valid;
	struct imprint *one, *two;
	struct diff_report r;
	struct imp_diags d;
	struct err err = {0};
	struct jx *doc;
	size_t budget = 12;

	imp_diags_init(&d, a);
	CHECK_INT(jx_parse(a, line, n, &opt, &doc, &err), 0);
	schema = jx_find(doc, "schema");
	valid = jx_find(doc, "valid");
	if (imprint_open(a, &(struct imprint_source){.root = schema}, &one, &d) == 0
	    && imprint_open(a, &(struct imprint_source){.root = schema}, &two, &d) == 0 && diff_documents(a, one, two, NULL, &r, &d) == 0) {
		law->schemas++;
		if (r.n_all || r.is_cut) {
			printf("# %s differs from itself\n", jx_str(jx_find(doc, "id"), "?"));
			show(&r);
			tap_fails_here++;
		}
		mutants_at(a, one, schema, schema, "", 0, valid, law, &budget);
	}
	arena_free(a);
}

static void
nothing_differs_from_itself_and_compatible_is_never_wrong(void)
{
	char path[512];
	struct arena *a = arena_new(0);
	struct law law = {0};
	struct err err = {0};
	char *text;
	size_t n;

	CHECK_INT(file_load(a, shared_path("data/serializer/schemas/realworld.ndjson", path, sizeof path), 64u << 20, &text, &n, &err), 0);
	for (char *p = text, *nl; !err.code && p < text + n; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(text + n - p));
		if (!nl)
			nl = text + n;
		if (nl > p)
			line_check(p, (size_t)(nl - p), &law);
	}
	printf("# %zu schemas, %zu mutants: %zu breaking, %zu unclear, %zu compatible with %zu old fills held against them\n", law.schemas,
	    law.mutants, law.breaking, law.unclear, law.compatible, law.instances);
	CHECK(law.schemas > 400);
	CHECK(law.compatible > 100);
	CHECK(law.instances > 100);
	arena_free(a);
}

static void
no_description_differs_from_itself(void)
{
	static const char *const files[] = {"stripe-2022-04-3.0.json", "slack-web-2.0.json", "docusign-rooms-2.0.json"};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct arena *a = arena_new(0);
		char path[512];
		struct imprint *one, *two;
		struct diff_report r = {0};
		struct imp_diags d;
		const char *file = shared_path(arena_printf(a, "data/serializer/openapi/%s", files[i]), path, sizeof path);

		imp_diags_init(&d, a);
		CHECK(file != NULL);
		CHECK_INT(imprint_open(a, &(struct imprint_source){.path = file}, &one, &d), 0);
		CHECK_INT(imprint_open(a, &(struct imprint_source){.path = file}, &two, &d), 0);
		CHECK_INT(diff_documents(a, one, two, NULL, &r, &d), 0);
		CHECK_INT(r.n_all, 0);
		CHECK(!r.is_cut);
		CHECK(r.operations > 20);
		show(&r);
		arena_free(a);
	}
}

static const char *
text_of(struct arena *a, const char *old, const char *now, enum direction direction)
{
	struct diff_report r = compared(a, old, now, direction);
	struct buf b;

	buf_init(&b, a);
	diff_text(&b, &r);
	return b.p;
}

static void
sentences_say_what_was_and_what_is(void)
{
	static const struct {
		const char *old, *now, *says;
	} said[] = {
	    {OBJ(A_STR, ""), OBJ(A_STR, ",\"required\":[\"a\"]"), "'a' could be left out and must be given now\n"},
	    {OBJ(A_STR, ",\"required\":[\"a\"]"), OBJ(A_STR, ""), "'a' had to be given and may be left out now\n"},
	    {"{\"type\":\"string\",\"maxLength\":10}", "{\"type\":\"string\",\"maxLength\":5}",
		"the length was 0 to 10 and is 0 to 5: some that fitted do not any more\n"},
	    {"{\"type\":\"string\",\"minLength\":2}", "{\"type\":\"string\"}", "the length was 2 or more and is any: some fit that did not before\n"},
	    {"{\"type\":\"array\",\"maxItems\":3}", "{\"type\":\"array\",\"minItems\":3,\"maxItems\":3}", "the number of elements was 0 to 3 and is 3: "},
	    {"{\"type\":\"string\",\"pattern\":\"^a\"}", "{\"type\":\"string\",\"pattern\":\"^b\"}", "the pattern for the text was /^a/ and is /^b/; "},
	    {"{\"type\":\"number\",\"multipleOf\":2}", "{\"type\":\"number\",\"multipleOf\":3}", "the step was 2 and is 3\n"},
	    {"{\"type\":\"number\"}", "{\"type\":\"number\",\"multipleOf\":0.5}", "only multiples of 0.5 are taken now\n"},
	    {"{\"type\":\"integer\",\"minimum\":1}", "{\"type\":\"integer\",\"minimum\":2}", "the lower bound was from 1 and is from 2\n"},
	};
	struct arena *a = arena_new(0);

	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		const char *text = text_of(a, said[i].old, said[i].now, DIRECTION_NONE);

		CHECK(strstr(text, said[i].says) != NULL);
		if (!strstr(text, said[i].says))
			printf("# %s is not in: %s\n", said[i].says, text);
	}
	CHECK(strstr(text_of(a, OBJ(A_STR, ""), OBJ(A_STR, ",\"required\":[\"a\"]"), DIRECTION_RESPONSE),
	    "'a' could be missing and is always there now\n"));
	CHECK_STR(text_of(a, OBJ(A_STR, ""), OBJ(A_STR, ""), DIRECTION_NONE), "no change\n");
	arena_free(a);
}

static void
a_schema_that_cannot_be_used_is_told_with_its_version(void)
{
	struct arena *a = arena_new(0);
	struct diff_report r;
	struct imp_diags d;

	imp_diags_init(&d, a);
	CHECK_INT(diff_documents(a, opened(a, "{}", DIRECTION_NONE), opened(a, "{\"type\":\"strange\"}", DIRECTION_NONE), NULL, &r, &d), -1);
	CHECK(d.n == 1 && strncmp(d.at[0].message, "the new version: ", 17) == 0);
	arena_free(a);
}

int
main(void)
{
	char path[512];

	RUN(each_change_has_its_verdict_by_the_way_it_travels);
	RUN(recursion_ends);
	RUN(choices_are_compared_branch_by_branch);
	RUN(wide_choices_end);
	RUN(operations_are_compared_part_by_part);
	RUN(names_of_path_parameters_do_not_matter_and_the_answer_can_be_read);
	RUN(a_schema_and_a_description_cannot_be_compared);
	if (shared_path("data/serializer/schemas/realworld.ndjson", path, sizeof path)) {
		RUN(nothing_differs_from_itself_and_compatible_is_never_wrong);
		RUN(no_description_differs_from_itself);
	} else {
		SKIP(nothing_differs_from_itself_and_compatible_is_never_wrong, "../shared is not there");
		SKIP(no_description_differs_from_itself, "../shared is not there");
	}
	RUN(sentences_say_what_was_and_what_is);
	RUN(a_schema_that_cannot_be_used_is_told_with_its_version);
	return tap_done();
}
