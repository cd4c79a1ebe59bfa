/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "schema/registry.h"
#include "schema/uri.h"
#include "tap.h"

static struct arena *a;
static struct err err;

static const struct jx *
json(const char *text)
{
	struct jx *v = NULL;

	CHECK_INT(jx_parse(a, text, strlen(text), NULL, &v, &err), 0);
	return v;
}

/* What ref means at the root of schema: its pointer, or the error's name and words. */
static const char *
follow(const char *schema, const char *ref, const struct registry_options *opt, enum dialect d)
{
	struct registry *reg = registry_new(a, opt);
	struct sloc root, to;

	if (registry_add(reg, json(schema), NULL, d, &root, &err) < 0 ||
	    registry_resolve(reg, root, ref, strlen(ref), &to, &err) < 0)
		return arena_printf(a, "%s: %s", err_name(err.code), err.msg);
	return registry_pointer(reg, a, to);
}

static void
uris_resolve_as_rfc3986_says(void)
{
	static const struct {
		const char *ref, *want;
	} cases[] = {{"g:h", "g:h"}, {"g", "http://a/b/c/g"}, {"./g", "http://a/b/c/g"},
	    {"g/", "http://a/b/c/g/"}, {"/g", "http://a/g"}, {"//g", "http://g"},
	    {"?y", "http://a/b/c/d;p?y"}, {"g?y", "http://a/b/c/g?y"}, {";x", "http://a/b/c/;x"},
	    {"", "http://a/b/c/d;p?q"}, {".", "http://a/b/c/"}, {"..", "http://a/b/"},
	    {"../g", "http://a/b/g"}, {"../..", "http://a/"}, {"../../g", "http://a/g"},
	    {"../../../g", "http://a/g"}, {"/./g", "http://a/g"}, {"/../g", "http://a/g"},
	    {"g.", "http://a/b/c/g."}, {"..g", "http://a/b/c/..g"}, {"./g/.", "http://a/b/c/g/"},
	    {"g/./h", "http://a/b/c/g/h"}, {"g;x=1/../y", "http://a/b/c/y"},
	    {"HTTP://Ex.com/A", "http://ex.com/A"}, {"urn:a:B", "urn:a:B"}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_STR(uri_resolve(a, "http://a/b/c/d;p?q", cases[i].ref, strlen(cases[i].ref)),
		    cases[i].want);
}

static void
pointers_are_decoded_and_walked(void)
{
	const char *s = "{\"$defs\":{\"a/b\":{\"c~d\":[true,{\"x y\":{}}]},\"\":{\"\":{}}}}";

	CHECK_STR(follow(s, "#/$defs/a~1b/c~0d/1/x%20y", NULL, DIALECT_AUTO), "#/$defs/a~1b/c~0d/1/x y");
	CHECK_STR(follow(s, "#/$defs//", NULL, DIALECT_AUTO), "#/$defs//");
	CHECK_STR(follow(s, "#", NULL, DIALECT_AUTO), "#");
	CHECK_STR(follow(s, "", NULL, DIALECT_AUTO), "#");
	CHECK_STR(follow(s, "#/$defs/a~1b/c~0d/01", NULL, DIALECT_AUTO),
	    "E_NOT_FOUND: reference '#/$defs/a~1b/c~0d/01' points nowhere: '/$defs/a~1b/c~0d' has no element '01'");
	CHECK_STR(follow(s, "#/$def/x", NULL, DIALECT_AUTO),
	    "E_NOT_FOUND: reference '#/$def/x' points nowhere: the root '' has no member '$def'; the nearest is '$defs'");
	CHECK_STR(follow(s, "#nope", NULL, DIALECT_AUTO),
	    "E_NOT_FOUND: reference '#nope' points nowhere: there is no anchor 'nope'");
}

static void
identifiers_count_only_in_schemas(void)
{
	const char *s = "{\"$id\":\"http://x/root.json\",\"enum\":[{\"$id\":\"one.json\",\"$anchor\":\"in\"}],"
			"\"properties\":{\"$id\":{\"$id\":\"two.json\",\"$defs\":{\"k\":{\"$anchor\":\"deep\"}}}},"
			"\"$defs\":{\"e\":{\"$id\":\"sub/three.json\",\"items\":{\"$id\":\"four.json\"}}}}";

	CHECK(strncmp(follow(s, "one.json", NULL, DIALECT_AUTO), "E_EGRESS: ", 10) == 0);
	CHECK(strncmp(follow(s, "#in", NULL, DIALECT_AUTO), "E_NOT_FOUND: ", 13) == 0);
	CHECK_STR(follow(s, "two.json", NULL, DIALECT_AUTO), "#/properties/$id");
	CHECK_STR(follow(s, "http://x/two.json#deep", NULL, DIALECT_AUTO), "#/properties/$id/$defs/k");
	CHECK_STR(follow(s, "sub/four.json#", NULL, DIALECT_AUTO), "#/$defs/e/items");
	/* Draft 7: an $id beside $ref is nothing; "#name" is an anchor; draft 4 says id. */
	CHECK_STR(follow("{\"definitions\":{\"a\":{\"$id\":\"#n\"},\"b\":{\"$ref\":\"#n\",\"$id\":\"#m\"}}}",
		      "#n", NULL, DIALECT_7), "#/definitions/a");
	CHECK(strncmp(follow("{\"definitions\":{\"b\":{\"$ref\":\"#n\",\"$id\":\"#m\"}}}", "#m", NULL,
			  DIALECT_7), "E_NOT_FOUND", 11) == 0);
	CHECK_STR(follow("{\"id\":\"http://x/\",\"definitions\":{\"a\":{\"id\":\"y.json\"}}}", "y.json", NULL,
		      DIALECT_4), "#/definitions/a");
}

static void
a_pointer_through_an_id_ends_in_its_resource(void)
{
	struct registry *reg = registry_new(a, NULL);
	struct sloc root, inner, to;
	const char *s = "{\"$id\":\"http://x/a.json\",\"$defs\":{\"i\":{\"$id\":\"d/b.json\",\"$defs\":{"
			"\"k\":{\"$ref\":\"#/$defs/z\"},\"z\":{}}},\"z\":{}}}";

	CHECK_INT(registry_add(reg, json(s), NULL, DIALECT_AUTO, &root, &err), 0);
	CHECK_INT(registry_resolve(reg, root, "#/$defs/i/$defs/k", 17, &inner, &err), 0);
	CHECK(inner.res != root.res);
	CHECK_INT(registry_resolve(reg, inner, "#/$defs/z", 9, &to, &err), 0);
	CHECK_STR(registry_pointer(reg, a, to), "#/$defs/i/$defs/z");
	to = registry_enter(reg, root, jx_pointer(root.node, "/$defs/i"));
	CHECK(to.res == inner.res);
}

static void
metaschemas_and_remotes_are_known(void)
{
	struct registry_options opt = {.remotes = json(
	    "{\"http://r/a.json\":{\"$defs\":{\"q\":{\"$anchor\":\"q\"}}},\"http://m/meta\":{\"$schema\":"
	    "\"https://json-schema.org/draft/2020-12/schema\",\"$vocabulary\":{"
	    "\"https://json-schema.org/draft/2020-12/vocab/applicator\":true}}}")};
	struct registry *reg = registry_new(a, &opt);
	struct sloc root;

	CHECK_STR(follow("{}", "http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger", NULL,
		      DIALECT_AUTO), "http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger");
	CHECK_STR(follow("{}", "https://json-schema.org/draft/2020-12/meta/core#meta", NULL, DIALECT_AUTO),
	    "https://json-schema.org/draft/2020-12/meta/core#");
	CHECK_STR(follow("{}", "https://json-schema.org/draft/2019-09/schema", NULL, DIALECT_AUTO),
	    "https://json-schema.org/draft/2019-09/schema#");
	CHECK_STR(follow("{}", "http://json-schema.org/draft-04/schema#", NULL, DIALECT_AUTO),
	    "http://json-schema.org/draft-04/schema#");
	CHECK_STR(follow("{}", "http://r/a.json#q", &opt, DIALECT_AUTO), "http://r/a.json#/$defs/q");
	CHECK(strncmp(follow("{}", "http://r/b.json", &opt, DIALECT_AUTO), "E_EGRESS: ", 10) == 0);
	CHECK_INT(registry_add(reg, json("{\"$schema\":\"http://m/meta\"}"), NULL, DIALECT_AUTO, &root, &err), 0);
	CHECK_INT(resource_vocabulary(root.res), VOCABULARY_APPLICATOR);
}

static void
dialects_are_detected(void)
{
	CHECK_INT(dialect_detect(json("{\"openapi\":\"3.0.3\"}")), DIALECT_OAS30);
	CHECK_INT(dialect_detect(json("{\"openapi\":\"3.1.0\"}")), DIALECT_OAS31);
	CHECK_INT(dialect_detect(json("{\"swagger\":\"2.0\"}")), DIALECT_SWAGGER2);
	CHECK_INT(dialect_detect(json("{\"$schema\":\"http://json-schema.org/draft-04/schema\"}")), DIALECT_4);
	CHECK_INT(dialect_detect(json("{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}")), DIALECT_7);
	CHECK_INT(dialect_detect(json("{\"$schema\":\"urn:mine\"}")), DIALECT_2020);
	CHECK_INT(dialect_from_name("oas31"), DIALECT_OAS31);
	CHECK_INT(dialect_from_name("draft5"), DIALECT__COUNT);
}

static void
files_stay_below_the_base_folder(void)
{
	char dir[] = "/tmp/forge-registry-XXXXXX";
	struct registry_options opt = {0};
	const char *b = "{\"$defs\":{\"x\":{\"$ref\":\"../c.json\"}}}", *c = "{\"type\":\"integer\"}";
	struct registry *reg;
	struct sloc root, to;
	const char *path;

	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(dir_make(arena_printf(a, "%s/base/d", dir), 0700, &err), 0);
	CHECK_INT(file_save(arena_printf(a, "%s/base/d/b b.json", dir), b, strlen(b), 0600, &err), 0);
	CHECK_INT(file_save(arena_printf(a, "%s/base/c.json", dir), c, strlen(c), 0600, &err), 0);
	CHECK_INT(file_save(arena_printf(a, "%s/secret.json", dir), c, strlen(c), 0600, &err), 0);
	CHECK_INT(symlink("../secret.json", arena_printf(a, "%s/base/link.json", dir)), 0);
	CHECK_INT(symlink("..", arena_printf(a, "%s/base/up", dir)), 0);
	opt.base_dir = arena_printf(a, "%s/base", dir);
	CHECK_STR(follow("{}", "d/b%20b.json#/$defs/x", &opt, DIALECT_AUTO), "d/b b.json#/$defs/x");
	CHECK_STR(follow("{}", "./d/../c.json", &opt, DIALECT_AUTO), "c.json#");
#define REFUSED(ref) CHECK(strncmp(follow("{}", ref, &opt, DIALECT_AUTO), "E_EGRESS: ", 10) == 0)
	REFUSED("../secret.json");
	REFUSED("%2e%2e/secret.json");
	REFUSED("d/..%2f..%2fsecret.json");
	REFUSED("link.json");
	REFUSED("up/secret.json");
	REFUSED("/etc/hostname");
	REFUSED("file:///etc/hostname");
	REFUSED("http://127.0.0.1:1/x");
	REFUSED("//127.0.0.1/x");
	REFUSED("c.json%00");
	CHECK(strncmp(follow("{}", "nope.json", &opt, DIALECT_AUTO), "E_NOT_FOUND: ", 13) == 0);
	CHECK(strncmp(follow("{}", "d", &opt, DIALECT_AUTO), "E_NOT_FOUND: ", 13) == 0);
	CHECK(strncmp(follow("{}", "c.json", NULL, DIALECT_AUTO), "E_NOT_FOUND: ", 13) == 0);
	reg = registry_new(a, &opt);
	path = arena_printf(a, "%s/base/d/b b.json", dir);
	CHECK_INT(registry_load(reg, path, DIALECT_AUTO, &root, &err), 0);
	CHECK_INT(registry_resolve(reg, root, "../c.json", 9, &to, &err), 0);
	CHECK_STR(registry_pointer(reg, a, to), "c.json#");
	for (const char *const *f = (const char *const[]){"base/d/b b.json", "base/c.json", "secret.json",
		 "base/link.json", "base/up", NULL}; *f; f++)
		CHECK_INT(unlink(arena_printf(a, "%s/%s", dir, *f)), 0);
	CHECK_INT(rmdir(arena_printf(a, "%s/base/d", dir)), 0);
	CHECK_INT(rmdir(arena_printf(a, "%s/base", dir)), 0);
	CHECK_INT(rmdir(dir), 0);
}

int
main(void)
{
	a = arena_new(0);
	RUN(uris_resolve_as_rfc3986_says);
	RUN(pointers_are_decoded_and_walked);
	RUN(identifiers_count_only_in_schemas);
	RUN(a_pointer_through_an_id_ends_in_its_resource);
	RUN(metaschemas_and_remotes_are_known);
	RUN(dialects_are_detected);
	RUN(files_stay_below_the_base_folder);
	arena_free(a);
	return tap_done();
}
