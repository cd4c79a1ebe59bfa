/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "imprint/wired.h"
#include "shared.h"

/* CHECK, and no further when it does not hold. */
#define NEED(cond)                                                                             \
	do {                                                                                   \
		bool ok_ = (cond);                                                             \
		CHECK(ok_);                                                                    \
		if (!ok_)                                                                      \
			return;                                                                \
	} while (0)

/* A section of the root shape, and one of its members; NULL when they are not there. */
static struct shape *
section(struct wired *w, const char *name, bool *is_required)
{
	long k = w->op.root ? shape_member_find(w->s, w->op.root, name, strlen(name)) : -1;

	if (is_required)
		*is_required = k >= 0 && w->op.root->members[k].is_required;
	return k < 0 ? NULL : shape_member(w->s, w->op.root, (size_t)k);
}

static struct shape *
entry(struct wired *w, const char *name, const char *key, bool *is_required)
{
	struct shape *s = section(w, name, NULL);
	long k = s ? shape_member_find(w->s, s, key, strlen(key)) : -1;

	if (is_required)
		*is_required = k >= 0 && s->members[k].is_required;
	return k < 0 ? NULL : shape_member(w->s, s, (size_t)k);
}

static const char catalogue[] = "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{"
    "\"/z\":{\"trace\":{},\"post\":{\"operationId\":\"makeZ\",\"summary\":\"s\",\"tags\":[\"one\",2,\"two\"],\"deprecated\":true},\"get\":{}},"
    "\"x-hidden\":{\"get\":{}},\"/a\":{\"$ref\":\"#/components/pathItems/A\",\"put\":{\"operationId\":\"beside\"}},\"/n\":{\"get\":null},"
    "\"/gone\":{\"$ref\":\"#/components/pathItems/B\"}},"
    "\"webhooks\":{\"hook\":{\"post\":{\"operationId\":\"hook\"}}},"
    "\"components\":{\"pathItems\":{\"A\":{\"$ref\":\"#/components/pathItems/C\"},\"C\":{\"get\":{\"operationId\":\"get it all\"}}}}}";

static void
operations_are_listed_in_document_order(void)
{
	static const char *const want[] = {"GET /z", "POST /z", "TRACE /z", "GET /a", "PUT /a"};
	struct operation_name *ops;
	struct wired w;
	size_t n = 0;

	NEED(wired_open(&w, catalogue));
	CHECK(spec_is(w.root));
	CHECK_INT(spec_list(w.s, w.root, w.a, &ops, &n, &w.d), 0);
	CHECK_INT(n, 5);
	for (size_t i = 0; i < n && i < 5; i++)
		CHECK_STR(arena_printf(w.a, "%s %s", ops[i].method, ops[i].path), want[i]);
	CHECK_STR(n > 1 ? ops[1].id : NULL, "makeZ");
	CHECK_STR(n > 1 ? ops[1].tag : NULL, "one");
	CHECK(n > 1 && ops[1].is_deprecated && strcmp(ops[1].summary, "s") == 0);
	CHECK_STR(n > 4 ? ops[4].id : NULL, "beside");
	CHECK_STR(wired_code(&w, 0), "IMP_W_REF"); /* /gone */
	CHECK_INT(w.d.n, 1);
	arena_free(w.a);
}

static void
an_operation_is_found_by_path_or_id(void)
{
	static const char *const names[] = {"POST /z", "post /z", "makeZ"};
	struct operation_name op;
	struct wired w;

	NEED(wired_open(&w, catalogue));
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(spec_find(w.s, w.root, names[i], w.a, &op, &w.d), 0);
		CHECK_STR(op.id, "makeZ");
	}
	CHECK_INT(spec_find(w.s, w.root, "get it all", w.a, &op, &w.d), 0);
	CHECK_STR(op.path, "/a");
	CHECK_INT(spec_find(w.s, w.root, "PUT /a", w.a, &op, &w.d), 0);
	CHECK_STR(op.id, "beside");
	CHECK_INT(w.d.n, 0);
	arena_free(w.a);
}

static void
a_missing_operation_names_the_nearest(void)
{
	static const struct { const char *name, *nearest; } cases[] = {
		{"POST /zz", "\"POST /z\""}, {"makez2", "\"makeZ\""}, {"hook", NULL}, {"completely different", NULL}, {"", NULL}};
	struct operation_name op;
	struct wired w;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		NEED(wired_open(&w, catalogue));
		CHECK_INT(spec_find(w.s, w.root, cases[i].name, w.a, &op, &w.d), -1);
		CHECK_STR(wired_code(&w, 0), "IMP_E_OP");
		if (cases[i].nearest)
			CHECK_STR(w.d.at[0].nearest, cases[i].nearest);
		else
			CHECK(w.d.at[0].nearest == NULL);
		arena_free(w.a);
	}
	NEED(wired_open(&w, catalogue));
	CHECK_INT(spec_find(w.s, w.root, "GET /gone", w.a, &op, &w.d), -1);
	CHECK_STR(wired_code(&w, 0), "IMP_E_REF");
	arena_free(w.a);
}

static void
an_operation_overrides_its_path_item(void)
{
	struct wired w;
	bool is_required;

	NEED(wired_open(&w, "openapi: 3.0.3\n"
	    "paths:\n"
	    "  /x/{id}:\n"
	    "    parameters:\n"
	    "      - {name: id, in: path, required: true, schema: {type: string}}\n"
	    "      - {name: q, in: query, schema: {type: string}}\n"
	    "      - {$ref: '#/components/parameters/H'}\n"
	    "    get:\n"
	    "      operationId: op\n"
	    "      parameters:\n"
	    "        - {name: q, in: query, required: true, schema: {type: integer}}\n"
	    "        - {name: id, in: query, schema: {type: boolean}}\n"
	    "components:\n"
	    "  parameters:\n"
	    "    H: {name: X-H, in: header, schema: {type: array, items: {type: string}}}\n"));
	NEED(wired_operation(&w, "op", NULL));
	CHECK_INT(w.op.n_params, 4);
	CHECK_STR(w.op.params[1].name, "q");
	CHECK_INT(entry(&w, "_query", "q", &is_required)->types, T_INTEGER);
	CHECK(is_required);
	CHECK_INT(entry(&w, "_query", "id", &is_required)->types, T_BOOLEAN);
	CHECK(!is_required);
	CHECK_INT(entry(&w, "_path", "id", &is_required)->types, T_STRING);
	CHECK(is_required);
	CHECK(section(&w, "_path", &is_required) && is_required);
	CHECK(section(&w, "_query", &is_required) && is_required);
	CHECK(section(&w, "_header", &is_required) && !is_required);
	CHECK(section(&w, "_cookie", NULL) == NULL);
	CHECK(section(&w, "_body", NULL) == NULL);
	CHECK_INT(w.d.n, 0);
	arena_free(w.a);
}

static struct wired
read_item(const char *item)
{
	char spec[4096];
	struct wired w;

	(void)snprintf(spec, sizeof spec, "{\"openapi\":\"3.0.3\",\"paths\":{\"/x/{id}\":%s}}", item);
	if (wired_open(&w, spec))
		(void)wired_operation(&w, "GET /x/{id}", NULL);
	return w;
}

static void
some_headers_are_never_on_the_menu(void)
{
	struct wired w = read_item("{\"get\":{\"parameters\":[{\"name\":\"AUTHORIZATION\",\"in\":\"header\",\"required\":true,\"schema\":{}},"
	    "{\"name\":\"accept\",\"in\":\"header\",\"schema\":{}},{\"name\":\"Content-Type\",\"in\":\"header\",\"schema\":{}}]}}");

	NEED(w.op.root != NULL);
	CHECK(section(&w, "_header", NULL) == NULL);
	arena_free(w.a);
}

static void
what_holds_for_a_parameter_and_not_for_its_schema(void)
{
	struct wired w = read_item("{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"array\",\"readOnly\":true}}],"
	    "\"get\":{\"parameters\":[{\"name\":\"l\",\"in\":\"query\",\"deprecated\":true,\"schema\":{\"type\":\"array\"}},"
	    "{\"name\":\"j\",\"in\":\"query\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}},"
	    "{\"name\":\"t\",\"in\":\"query\",\"content\":{\"text/plain\":{}}},{\"name\":\"any\",\"in\":\"query\"}]}}");
	struct shape *id;

	NEED(w.op.root != NULL);
	id = entry(&w, "_path", "id", NULL);
	CHECK(id && id->items.min == 1 && !id->readonly);
	CHECK(entry(&w, "_query", "l", NULL)->items.min == 0);
	CHECK(entry(&w, "_query", "l", NULL)->deprecated);
	CHECK(entry(&w, "_query", "j", NULL)->has_child);
	CHECK_INT(entry(&w, "_query", "t", NULL)->types, T_STRING);
	CHECK(entry(&w, "_query", "any", NULL)->is_any);
	arena_free(w.a);
	w = read_item("{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"string\",\"maxLength\":9}}],"
	    "\"get\":{\"parameters\":[{\"name\":\"q\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"maxLength\":9}}]}}");
	CHECK(entry(&w, "_path", "id", NULL)->len.min == 1 && entry(&w, "_path", "id", NULL)->len.max == 9);
	CHECK(entry(&w, "_query", "q", NULL)->len.min == 0);
	arena_free(w.a);
	w = read_item("{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"string\",\"enum\":[\"\",\"a\",\"b\"]}}],"
	    "\"get\":{\"parameters\":[{\"name\":\"q\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":[\"\",\"a\"]}}]}}");
	CHECK_INT(entry(&w, "_path", "id", NULL)->n_values, 2);
	CHECK_INT(entry(&w, "_query", "q", NULL)->n_values, 2);
	arena_free(w.a);
}

static void
an_undeclared_placeholder_is_a_required_string(void)
{
	struct wired w = read_item("{\"get\":{}}");
	bool is_required;

	NEED(w.op.root != NULL);
	CHECK_INT(entry(&w, "_path", "id", &is_required)->types, T_STRING);
	CHECK(is_required);
	CHECK_STR(wired_warning(&w, 0), "IMP_W_PARAM");
	CHECK_INT(w.d.n, 0);
	CHECK(wired_write(&w, "{\"_path\":{\"id\":\"7\"}}"));
	CHECK_STR(wired_str(&w, "path"), "/x/7");
	arena_free(w.a);
}

static void
a_placeholder_with_an_operator_is_its_parameter(void)
{
	struct wired w;

	NEED(wired_open(&w, "{\"openapi\":\"3.0.3\",\"paths\":{\"/{+a}/{b*}\":{\"get\":{\"operationId\":\"op\",\"parameters\":["
	    "{\"name\":\"a\",\"in\":\"path\",\"schema\":{\"type\":\"string\"}},{\"name\":\"b\",\"in\":\"path\",\"schema\":{\"type\":\"string\"}}]}}}}"));
	NEED(wired_operation(&w, "op", NULL));
	CHECK_INT(w.op.n_params, 2);
	CHECK_INT(w.d.n + w.op.warnings.n, 0);
	CHECK(wired_write(&w, "{\"_path\":{\"a\":\"x/y\",\"b\":\"z\"}}"));
	CHECK_STR(wired_str(&w, "path"), "/x%2Fy/z");
	arena_free(w.a);
}

static void
bodies_prefer_json_and_can_be_asked_for(void)
{
	static const char spec[] = "{\"openapi\":\"3.0.3\",\"paths\":{\"/x\":{\"put\":{\"operationId\":\"op\",\"requestBody\":{\"$ref\":\"#/components/requestBodies/B\"}}}},"
	    "\"components\":{\"requestBodies\":{\"B\":{\"content\":{\"text/plain\":{\"schema\":{\"type\":\"string\"}},"
	    "\"application/merge-patch+json\":{\"schema\":{\"type\":\"object\"}},\"application/xml\":{\"schema\":{\"type\":\"object\"}}}}}}}";
	static const struct { const char *wanted, *got; unsigned types; } cases[] = {
		{NULL, "application/merge-patch+json", T_OBJECT}, {"text/plain", "text/plain", T_STRING},
		{"TEXT/PLAIN; charset=utf-8", "text/plain", T_STRING}, {"application/xml", "application/xml", T_OBJECT}};
	struct wired w;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		NEED(wired_open(&w, spec));
		CHECK(wired_operation(&w, "op", cases[i].wanted));
		CHECK_STR(w.op.content_type, cases[i].got);
		CHECK_INT(w.op.n_content_types, 3);
		CHECK(w.op.body && w.op.body->types == cases[i].types && !w.op.body_required);
		arena_free(w.a);
	}
	NEED(wired_open(&w, spec));
	CHECK(!wired_operation(&w, "op", "image/png"));
	CHECK_STR(wired_code(&w, 0), "IMP_E_OP");
	CHECK(w.d.n && strstr(w.d.at[0].expected, "application/merge-patch+json"));
	arena_free(w.a);
}

static void
bad_descriptions_are_refused_with_their_place(void)
{
	static const struct { const char *item, *code, *place; } cases[] = {
		{"{\"get\":5}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get"},
		{"{\"get\":{\"parameters\":{}}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters"},
		{"{\"get\":{\"parameters\":[7]}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"parameters\":[{\"in\":\"query\"}]}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"parameters\":[{\"name\":\"a\"}]}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"parameters\":[{\"name\":\"a\",\"in\":\"body\"}]}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"parameters\":[{\"name\":\"a\",\"in\":\"query\",\"schema\":[]}]}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters/0/schema"},
		{"{\"get\":{\"parameters\":[{\"name\":\"a\",\"in\":\"query\",\"content\":{}}]}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"parameters\":[{\"name\":\"a\",\"in\":\"query\",\"required\":true,\"schema\":{\"$ref\":\"#/no\"}}]}}", "IMP_E_REF", NULL},
		{"{\"get\":{\"parameters\":[{\"$ref\":\"http://127.0.0.1:1/p\"}]}}", "IMP_E_REF_REMOTE", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"parameters\":[{\"$ref\":\"#/paths/~1x~1{id}/get/parameters/0\"}]}}", "IMP_E_LOOP", "#/paths/~1x~1{id}/get/parameters/0"},
		{"{\"get\":{\"requestBody\":3}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/requestBody"},
		{"{\"get\":{\"requestBody\":{\"content\":[]}}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/requestBody"},
		{"{\"get\":{\"requestBody\":{\"content\":{\"a/json\":1}}}}", "IMP_E_SCHEMA", "#/paths/~1x~1{id}/get/requestBody/content/a~1json"},
		{"{\"get\":{\"requestBody\":{\"$ref\":\"#/no\"}}}", "IMP_E_REF", "#/paths/~1x~1{id}/get/requestBody"},
		{"{\"get\":{\"requestBody\":{\"required\":true,\"content\":{\"a/json\":{\"schema\":{\"$ref\":\"#/no\"}}}}}}", "IMP_E_REF", NULL}};
	struct wired w;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		w = read_item(cases[i].item);
		CHECK(w.op.root == NULL);
		NEED(w.d.n > 0);
		CHECK_STR(wired_code(&w, w.d.n - 1), cases[i].code);
		if (cases[i].place)
			CHECK_STR(w.d.at[w.d.n - 1].schema_pointer, cases[i].place);
		arena_free(w.a);
	}
	NEED(wired_open(&w, "{\"openapi\":\"3.0.0\",\"paths\":[]}"));
	CHECK(!wired_operation(&w, "GET /x", NULL));
	CHECK_STR(wired_code(&w, 0), "IMP_E_SCHEMA");
	arena_free(w.a);
}

static void
optional_parts_with_dangling_references_are_left_out(void)
{
	struct wired w = read_item("{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"string\"}}],\"get\":{\"parameters\":["
	    "{\"name\":\"a\",\"in\":\"query\",\"schema\":{\"$ref\":\"#/no\"}},{\"$ref\":\"#/neither\"},"
	    "{\"name\":\"b\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}],"
	    "\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/no\"}}}}}}");

	NEED(w.op.root != NULL);
	CHECK(entry(&w, "_query", "a", NULL) == NULL);
	CHECK(entry(&w, "_query", "b", NULL) != NULL);
	CHECK(section(&w, "_body", NULL) == NULL);
	CHECK_INT(w.d.n, 0);
	CHECK_INT(w.op.warnings.n, 3);
	for (size_t i = 0; i < 3; i++)
		CHECK_STR(wired_warning(&w, i), "IMP_W_REF");
	arena_free(w.a);
	w = read_item("{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"string\"}}],\"get\":{\"parameters\":["
	    "{\"name\":\"a\",\"in\":\"query\",\"schema\":{\"type\":\"float\"}}]}}"); /* no such type */
	NEED(w.op.root != NULL);
	CHECK(section(&w, "_query", NULL) == NULL);
	CHECK_STR(wired_warning(&w, 0), "IMP_W_REF");
	CHECK_STR(w.op.warnings.n ? w.op.warnings.at[0].schema_pointer : NULL, "#/paths/~1x~1{id}/get/parameters/0/schema");
	arena_free(w.a);
}

static void
the_same_parameter_twice_is_one(void)
{
	struct wired w = read_item("{\"get\":{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"string\"}},"
	    "{\"name\":\"id\",\"in\":\"path\",\"schema\":{\"type\":\"integer\"}}]}}");

	NEED(w.op.n_params == 1);
	CHECK_INT(entry(&w, "_path", "id", NULL)->types, T_INTEGER);
	arena_free(w.a);
}

static void
swagger_parameters_are_their_own_schema(void)
{
	struct wired w;
	bool is_required;

	NEED(wired_open(&w, "swagger: '2.0'\n"
	    "consumes: [application/json]\n"
	    "paths:\n"
	    "  /x:\n"
	    "    post:\n"
	    "      operationId: op\n"
	    "      parameters:\n"
	    "        - {name: n, in: query, required: true, type: integer, minimum: 3, default: 5, description: d}\n"
	    "        - {name: f, in: formData, type: file, required: true}\n"
	    "        - {name: t, in: formData, type: string, maxLength: 4}\n"));
	NEED(wired_operation(&w, "op", NULL));
	if (w.op.root) {
		struct shape *n = entry(&w, "_query", "n", &is_required);
		CHECK(is_required && n->types == T_INTEGER && n->min.n == 1 && n->min.p[0] == '3' && n->dflt);
		CHECK_INT(entry(&w, "_body", "f", &is_required)->types, T_STRING);
		CHECK(is_required);
		CHECK(entry(&w, "_body", "t", NULL)->len.max == 4);
		CHECK(section(&w, "_body", &is_required) && is_required);
		CHECK_STR(w.op.content_type, "multipart/form-data");
	}
	CHECK_INT(w.d.n, 0);
	arena_free(w.a);
}

/* --- several files --------------------------------------------------------------------------------------------- */

static char folder[64];

static void
put_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	CHECK(f != NULL);
	if (f) {
		CHECK(fputs(text, f) >= 0);
		CHECK(fclose(f) == 0);
	}
}

static void
remove_file(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	CHECK(unlink(path) == 0);
}

static bool
open_file(struct wired *w, const char *name)
{
	struct registry_options ro = {.base_dir = folder};
	struct registry *reg;
	struct err err;
	char path[128];

	*w = (struct wired){.a = arena_new(0)};
	imp_diags_init(&w->d, w->a);
	reg = registry_new(w->a, &ro);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	if (registry_load(reg, path, DIALECT_AUTO, &w->root, &err) < 0) {
		printf("# %s\n", err.msg);
		return false;
	}
	w->s = shapes_new(reg, &(struct shapes_options){.direction = DIRECTION_REQUEST, .formats = true});
	return true;
}

static void
a_description_may_lie_in_several_files(void)
{
	struct operation_name *ops;
	struct wired w;
	size_t n = 0;

	(void)snprintf(folder, sizeof folder, "/tmp/test-spec-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	put_file("api.yaml", "openapi: 3.1.0\npaths:\n  /x/{id}: {$ref: item.yaml}\n  /y: {$ref: 'items.json#/~1y'}\n");
	put_file("item.yaml", "parameters:\n  - $ref: 'items.json#/params/id'\n"
	    "post:\n  operationId: op\n  parameters:\n    - {$ref: '#/own'}\n"
	    "  requestBody: {$ref: 'items.json#/bodies/b'}\nown: {name: q, in: query, schema: {$ref: 'items.json#/color'}}\n");
	put_file("items.json", "{\"/y\":{\"get\":{\"$ref\":\"y.yml\"}},\"color\":{\"type\":\"string\",\"maxLength\":3},"
	    "\"params\":{\"id\":{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"$ref\":\"#/color\"}}},"
	    "\"bodies\":{\"b\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\",\"properties\":{\"c\":{\"$ref\":\"#/color\"}}}}}}}}");
	put_file("y.yml", "operationId: y\nparameters: [{$ref: 'item.yaml#/own'}]\n");
	NEED(open_file(&w, "api.yaml"));
	CHECK_INT(spec_list(w.s, w.root, w.a, &ops, &n, &w.d), 0);
	NEED(n == 2);
	CHECK_STR(ops[1].id, "y");
	NEED(wired_operation(&w, "y", NULL));
	CHECK(entry(&w, "_query", "q", NULL)->len.max == 3);
	NEED(wired_operation(&w, "op", NULL));
	CHECK(w.op.root && entry(&w, "_path", "id", NULL)->len.max == 3);
	CHECK(w.op.root && entry(&w, "_query", "q", NULL)->len.max == 3);
	CHECK(w.op.root && entry(&w, "_body", "c", NULL)->len.max == 3);
	CHECK_INT(w.d.n, 0);
	arena_free(w.a);
	put_file("bad.json", "{\"openapi\":\"3.0.0\",\"paths\":{\"/a\":{\"$ref\":\"../secret.json\"},\"/b\":{\"$ref\":\"none.json\"}}}");
	NEED(open_file(&w, "bad.json"));
	CHECK(!wired_operation(&w, "GET /a", NULL));
	CHECK_STR(wired_code(&w, 0), "IMP_E_REF_REMOTE");
	CHECK(!wired_operation(&w, "GET /b", NULL));
	CHECK_STR(wired_code(&w, 1), "IMP_E_REF");
	arena_free(w.a);
	remove_file("api.yaml");
	remove_file("y.yml");
	remove_file("item.yaml");
	remove_file("items.json");
	remove_file("bad.json");
	CHECK(rmdir(folder) == 0);
}

/* --- size -------------------------------------------------------------------------------------------------------- */

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
ten_megabytes_are_read_in_bounded_time(void)
{
	struct operation_name *ops, op;
	struct wired w;
	struct buf b;
	size_t n = 0;
	double t;

	w.a = arena_new(0);
	buf_init(&b, w.a);
	buf_str(&b, "{\"openapi\":\"3.0.3\",\"paths\":{");
	for (int i = 0; b.len < 10u << 20; i++)
		buf_printf(&b, "%s\"/path/%d/{id}\":{\"get\":{\"operationId\":\"op%d\",\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"required\":true,"
		    "\"schema\":{\"type\":\"string\",\"description\":\"one of very many\"}}]}}", i ? "," : "", i, i);
	buf_str(&b, "}}");
	struct arena *text = w.a;
	NEED(wired_open(&w, b.p));
	t = seconds();
	CHECK_INT(spec_list(w.s, w.root, w.a, &ops, &n, &w.d), 0);
	CHECK(n > 50000);
	CHECK_INT(spec_find(w.s, w.root, "nothing like it", w.a, &op, &w.d), -1);
	CHECK(seconds() - t < 20);
	printf("# %zu operations listed and searched in %.0f ms\n", n, (seconds() - t) * 1e3);
	arena_free(w.a);
	arena_free(text);
}

static void
every_operation_of_a_large_description_is_read_quickly(void)
{
	struct operation_name *ops;
	struct operation op;
	struct wired w = {.a = arena_new(0)};
	struct registry *reg = registry_new(w.a, NULL);
	struct err err;
	char path[512];
	size_t n = 0;
	double t, list;

	if (!shared_path("data/serializer/openapi/stripe-2022-04-3.0.json", path, sizeof path)) {
		printf("# not here: the given descriptions\n");
		arena_free(w.a);
		return;
	}
	imp_diags_init(&w.d, w.a);
	CHECK_INT(registry_load(reg, path, DIALECT_AUTO, &w.root, &err), 0);
	w.s = shapes_new(reg, &(struct shapes_options){.direction = DIRECTION_REQUEST});
	t = seconds();
	CHECK_INT(spec_list(w.s, w.root, w.a, &ops, &n, &w.d), 0);
	list = seconds() - t;
	CHECK_INT(n, 417);
	t = seconds();
	for (size_t i = 0; i < n; i++)
		CHECK_INT(spec_operation(w.s, w.root, &ops[i], NULL, w.a, &op, &w.d), 0);
	t = seconds() - t;
	printf("# %zu operations: listed in %.2f ms, read in %.2f ms\n", n, list * 1e3, t * 1e3);
	CHECK(t < 2);
	arena_free(w.a);
}

/* YAML in flow style begins as JSON does; the file's name says what it is. */
static void
a_yaml_file_may_begin_with_a_brace(void)
{
	struct wired w;

	(void)snprintf(folder, sizeof folder, "/tmp/test-spec-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	put_file("api.yml", "openapi: 3.0.0\npaths: {/x: {get: {operationId: op, parameters: [{name: q, in: query, required: true, schema: {$ref: q.yml}}]}}}\n");
	put_file("q.yml", "{type: string, maxLength: 3}\n");
	NEED(open_file(&w, "api.yml"));
	NEED(wired_operation(&w, "op", NULL));
	CHECK(entry(&w, "_query", "q", NULL)->len.max == 3);
	arena_free(w.a);
	put_file("q.yml", "{type: string, maxLength: }}\n");
	NEED(open_file(&w, "api.yml"));
	CHECK(!wired_operation(&w, "op", NULL));
	CHECK(w.d.n && strstr(w.d.at[0].message, "q.yml") && strstr(w.d.at[0].message, "line 1"));
	arena_free(w.a);
	remove_file("api.yml");
	remove_file("q.yml");
	CHECK(rmdir(folder) == 0);
}

static void
the_query_method_is_an_operation(void)
{
	struct wired w;

	NEED(wired_open(&w, "openapi: 3.2.0\npaths: {/s: {query: {operationId: op, requestBody: {required: true, content: {application/json: "
	    "{schema: {type: object, required: [a], properties: {a: {type: string}}}}}}}}}\n"));
	NEED(wired_operation(&w, "QUERY /s", NULL));
	CHECK(wired_write(&w, "{\"_body\":{\"a\":\"b\"}}"));
	CHECK_STR(wired_str(&w, "method"), "QUERY");
	arena_free(w.a);
}

static void
a_media_type_cannot_break_out_of_its_header(void)
{
	struct wired w = read_item("{\"post\":{\"requestBody\":{\"content\":{\"text/plain\\r\\nX-Evil: 1\":{}}}}}");

	CHECK(w.op.root == NULL);
	arena_free(w.a);
	NEED(wired_open(&w, "{\"openapi\":\"3.0.3\",\"paths\":{\"/x\":{\"post\":{\"operationId\":\"op\",\"requestBody\":{\"content\":{"
	    "\"text/plain\\r\\nX-Evil: 1\":{}}}}}}}"));
	CHECK(!wired_operation(&w, "op", NULL));
	CHECK_STR(wired_code(&w, 0), "IMP_E_SCHEMA");
	arena_free(w.a);
}

int
main(void)
{
	RUN(operations_are_listed_in_document_order);
	RUN(an_operation_is_found_by_path_or_id);
	RUN(a_missing_operation_names_the_nearest);
	RUN(an_operation_overrides_its_path_item);
	RUN(some_headers_are_never_on_the_menu);
	RUN(what_holds_for_a_parameter_and_not_for_its_schema);
	RUN(an_undeclared_placeholder_is_a_required_string);
	RUN(a_placeholder_with_an_operator_is_its_parameter);
	RUN(bodies_prefer_json_and_can_be_asked_for);
	RUN(bad_descriptions_are_refused_with_their_place);
	RUN(optional_parts_with_dangling_references_are_left_out);
	RUN(the_same_parameter_twice_is_one);
	RUN(swagger_parameters_are_their_own_schema);
	RUN(a_description_may_lie_in_several_files);
	RUN(a_yaml_file_may_begin_with_a_brace);
	RUN(the_query_method_is_an_operation);
	RUN(a_media_type_cannot_break_out_of_its_header);
	RUN(ten_megabytes_are_read_in_bounded_time);
	RUN(every_operation_of_a_large_description_is_read_quickly);
	return tap_done();
}
