/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON-Schema-Test-Suite and real schemas, where they lie beside the checkout. FORGE_SUITE_FAILS=1 names each case. */
#include <stdlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "schema/registry.h"
#include "schema/validate.h"
#include "shared.h"
#include "tap.h"

#define SUITE "data/serializer/jsts.ndjson"
#define REMOTES "data/serializer/jsts-remotes.json"
#define REAL "data/serializer/schemas/realworld.ndjson"

static const struct jx_options loose = {.depth_max = 2000, .allow_nul = true, .allow_surrogates = true};
static size_t passed[2], failed[2]; /* required, optional */

static void
count(bool ok, bool is_optional, const struct jx *group, const struct jx *test, const char *why)
{
	(ok ? passed : failed)[is_optional]++;
	if (!ok && getenv("FORGE_SUITE_FAILS"))
		printf("# %s %s / %s / %s: %s\n", jx_str(jx_find(group, "dialect"), ""),
		    jx_str(jx_find(group, "file"), ""), jx_str(jx_find(group, "description"), ""),
		    jx_str(jx_find(test, "description"), ""), why);
}

static void
run_group(const struct jx *group, const struct jx *remotes)
{
	struct arena *a = arena_new(0);
	struct registry_options opt = {.remotes = remotes};
	struct validate_options how = {.formats = jx_bool(jx_find(group, "format"), false)};
	const struct jx *text = jx_find(group, "schema_text"), *tests = jx_find(group, "tests");
	bool is_optional = jx_bool(jx_find(group, "optional"), false) ||
			   strncmp(jx_str(jx_find(group, "file"), ""), "optional/", 9) == 0;
	struct registry *reg = registry_new(a, &opt);
	struct validator *v = NULL;
	struct sloc root;
	struct err err = {0};
	struct jx *schema;

	if (jx_parse(a, text->u.text.p, text->u.text.n, &loose, &schema, &err) == 0 &&
	    registry_add(reg, schema, NULL, dialect_from_name(jx_str(jx_find(group, "dialect"), "")), &root,
		&err) == 0)
		(void)validator_compile(reg, root, &how, &v, &err);
	for (size_t i = 0; i < jx_size(tests); i++) {
		const struct jx *t = jx_at(tests, i), *raw = jx_find(t, "data_text");
		const struct validate_error *errors;
		struct jx *instance;
		bool want = jx_bool(jx_find(t, "valid"), false), got;
		size_t n;
		if (!v || jx_parse(a, raw->u.text.p, raw->u.text.n, &loose, &instance, &err) < 0) {
			count(false, is_optional, group, t, err.msg);
			continue;
		}
		got = validator_run(v, a, instance, 8, &errors, &n);
		CHECK(got == (n == 0));
		count(got == want && validator_run(v, NULL, instance, 0, NULL, NULL) == want, is_optional,
		    group, t, got ? "is valid" : errors[0].expected);
	}
	arena_free(a);
}

static void
each_line(const char *path, void (*fn)(const struct jx *line, const struct jx *arg), const struct jx *arg)
{
	struct arena *a = arena_new(0), *own = arena_new(0);
	struct err err;
	char *text, *p;
	size_t n;

	CHECK_INT(file_load(a, path, (size_t)256 << 20, &text, &n, &err), 0);
	for (p = text; *p;) {
		size_t k = strcspn(p, "\n");
		struct jx *line;
		if (k && jx_parse(own, p, k, &loose, &line, &err) == 0)
			fn(line, arg);
		else
			CHECK(k == 0);
		p += k + (p[k] == '\n');
		arena_clear(own);
	}
	arena_free(own);
	arena_free(a);
}

static void
the_test_suite_passes(void)
{
	char suite[512], other[512];
	struct arena *a = arena_new(0);
	struct jx *remotes = NULL;
	struct err err;

	if (shared_path(REMOTES, other, sizeof other))
		CHECK_INT(jx_load(a, other, &loose, &remotes, &err), 0);
	each_line(shared_path(SUITE, suite, sizeof suite), run_group, remotes);
	printf("# required %zu of %zu, optional %zu of %zu\n", passed[0], passed[0] + failed[0], passed[1],
	    passed[1] + failed[1]);
	CHECK(passed[0] > 2000);
	CHECK_INT(failed[0], 0);
	CHECK(failed[1] * 50 <= passed[1]);
	arena_free(a);
}

static size_t wrong;

static void
run_real(const struct jx *line, const struct jx *arg)
{
	static const char *const kinds[] = {"invalid", "valid"};
	struct arena *a = arena_new(0);
	struct registry *reg = registry_new(a, NULL);
	struct validate_options how = {.formats = true};
	struct validator *v = NULL;
	struct sloc root;
	struct err err;

	(void)arg;
	if (registry_add(reg, jx_find(line, "schema"), NULL, DIALECT_AUTO, &root, &err) < 0 ||
	    validator_compile(reg, root, &how, &v, &err) < 0) {
		wrong++;
		printf("# %s: %s\n", jx_str(jx_find(line, "id"), ""), err.msg);
	}
	for (int kind = 0; v && kind < 2; kind++) {
		const struct jx *list = jx_find(line, kinds[kind]);
		for (size_t i = 0; i < jx_size(list); i++)
			if (validator_run(v, NULL, jx_at(list, i), 0, NULL, NULL) != (kind == 1)) {
				wrong++;
				printf("# %s: %s %zu\n", jx_str(jx_find(line, "id"), ""), kinds[kind], i);
			}
	}
	arena_free(a);
}

static void
real_schemas_judge_their_instances(void)
{
	char path[512];

	each_line(shared_path(REAL, path, sizeof path), run_real, NULL);
	CHECK_INT(wrong, 0);
}

int
main(void)
{
	char path[512];

	if (shared_path(SUITE, path, sizeof path))
		RUN(the_test_suite_passes);
	else
		SKIP(the_test_suite_passes, "the suite is not beside the checkout");
	if (shared_path(REAL, path, sizeof path))
		RUN(real_schemas_judge_their_instances);
	else
		SKIP(real_schemas_judge_their_instances, "the schemas are not beside the checkout");
	return tap_done();
}
