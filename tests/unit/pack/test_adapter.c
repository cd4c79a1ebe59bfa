/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of adapters: what its entries refer to, the way from one kind to another, and the catalog's hash. */
#include "pack/pack.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "tap.h"
#include "types/kind.h"

#define BASE "tests/compiler/packs"

static char dir[64];

static void
run(const char *command)
{
	if (system(command) == 0)
		return;
	tap_fails_here++;
	printf("# failed: %s\n", command);
}

/* The test packs with a skill of one file and these adapters. */
static const char *
packs_with(struct arena *a, const char *adapters)
{
	const char *packs = arena_printf(a, "%s/p", dir);
	const char *text = arena_printf(a, "{\"schema\":\"forge.adapters.v1\",\"version\":\"1.0.0\",\n\"adapters\":[\n%s\n]}", adapters);
	struct err err;

	run(arena_printf(a, "rm -rf %s && mkdir -p %s && cp -rL " BASE "/. %s && mkdir -p %s/skill/turn && echo 1 > %s/skill/turn/t.py",
	    packs, packs, packs, packs, packs));
	CHECK_INT(file_save(arena_printf(a, "%s/adapters.json", packs), text, strlen(text), 0644, &err), 0);
	return packs;
}

/* One entry; more are members that come besides, each with a comma in front. */
static const char *
entry(struct arena *a, const char *id, const char *from, const char *to, bool is_lossless, const char *more)
{
	return arena_printf(a, "{\"id\":\"%s\",\"version\":\"1.0.0\",\"type\":\"%s\",\"label\":\"L\",\"says\":\"S\",\"from\":[\"%s\"],"
	    "\"to\":\"%s\",\"lossless\":%s,\"program\":{\"skill\":\"turn\",\"argv\":[\"/usr/bin/python3\",\"/skills/turn/t.py\"]}%s%s}",
	    id, strcmp(from, to) == 0 ? "columns" : "kind", from, to, is_lossless ? "true" : "false",
	    strstr(more, "relation") ? "" : ",\"relation\":\"same\"", more);
}

static void
every_dangling_reference_is_a_finding(void)
{
	static const struct {
		const char *near, *from, *to, *at, *says;
	} d[] = {
	    {"from", "table.csv", "table.cvs", "/adapters/0/from/0", "there is no kind 'table.cvs'"},
	    {"\"to\"", "table.tsv", "table.tvs", "/adapters/0/to", "there is no kind 'table.tvs'"},
	    {"\"to\"", "table.tsv", "table.csv", "/adapters/0/from/0", "it would turn 'table.csv' into itself"},
	    {"\"type\"", "kind", "columns", "/adapters/0/from/0",
		"an adapter of columns keeps the kind: from 'table.csv' to 'table.tsv' is two steps"},
	    {"skill", "turn", "twist", "/adapters/0/program/skill", "there is no skill 'twist'"},
	    {"argv", "t.py", "u.py", "/adapters/0/program/argv/1", "the skill 'turn' has no file 'u.py'"},
	    {"argv", "/skills/turn", "/skills/shop", "/adapters/0/program/argv/1",
		"'/skills/shop/t.py' is not of the skill 'turn'; a step gets the files of one skill"},
	    {"argv", "/usr/bin/", "", "/adapters/0/program/argv/0", "a program is named by its whole path: 'python3'"},
	    {"relation", "\"same\"", "\"same\",\"slot\":\"nowhere\"", "/adapters/0/slot", "there is no slot 'nowhere'"},
	    {"relation", "\"same\"", "\"same\",\"entity\":\"no.thing\"", "/adapters/0/entity", "no pack has the entity 'no.thing'"},
	};

	for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
		struct arena *a = arena_new(0);
		const char *text = entry(a, "one", "table.csv", "table.tsv", true, "");
		const char *at = strstr(strstr(text, d[i].near), d[i].from);
		const struct pack_finding *f = NULL;
		const struct catalog *c = NULL;
		struct err err = {0};
		size_t n = 0;

		CHECK(at != NULL);
		text = arena_printf(a, "%.*s%s%s", (int)(at - text), text, d[i].to, at + strlen(d[i].from));
		CHECK_INT(catalog_check(a, packs_with(a, text), &c, &f, &n, &err), 0);
		CHECK(n >= 1);
		CHECK(c == NULL);
		if (n >= 1) {
			CHECK_STR(f[0].pointer, d[i].at);
			CHECK_STR(f[0].message, d[i].says);
			CHECK_INT(f[0].line, 3);
			CHECK(strstr(f[0].file, "/adapters.json") != NULL);
		}
		arena_free(a);
	}
}

static void
ids_are_given_once_and_shapes_are_checked(void)
{
	struct arena *a = arena_new(0);
	const char *one = entry(a, "one", "table.csv", "table.tsv", true, "");
	const struct pack_finding *f = NULL;
	const struct catalog *c = NULL;
	struct err err = {0};
	size_t n = 0;

	CHECK_INT(catalog_check(a, packs_with(a, arena_printf(a, "%s,\n%s", one, one)), &c, &f, &n, &err), 0);
	CHECK_INT(n, 1);
	CHECK_STR(f[0].pointer, "/adapters/1/id");
	CHECK_INT(f[0].line, 4);
	CHECK_STR(f[0].message, "an adapter 'one' exists already; packs extend, they do not shadow");
	CHECK_INT(catalog_check(a, packs_with(a, "{\"id\":\"one\"}"), &c, &f, &n, &err), 0);
	CHECK(n >= 1);
	CHECK_STR(f[0].pointer, "/adapters/0/from");
	arena_free(a);
}

static const struct catalog *
load(struct arena *a, const char *adapters)
{
	const struct catalog *c = NULL;
	struct err err = {0};

	CHECK_INT(catalog_load(a, packs_with(a, adapters), &c, &err), 0);
	if (!c)
		printf("# %s\n", err.msg);
	return c;
}

/* The chain as "a b c". */
static const char *
chain(struct arena *a, const struct catalog *c, const char *from, const char *to, const char *form, size_t max)
{
	const struct adapter *found[8];
	size_t n = catalog_adapters_of(c, from, to, form, found, max);
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%s", text, i ? " " : "", found[i]->id);
	return text;
}

static void
the_shortest_way_is_taken_and_the_lossless_one_of_two(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = load(a, arena_printf(a, "%s,%s,%s,%s,%s,%s,%s,%s",
	    entry(a, "z-direct", "table.csv", "table.json_rows", true, ""),
	    entry(a, "a-lossy", "table.csv", "table.tsv", false, ""),
	    entry(a, "b-kept", "table.csv", "table.tsv", true, ""),
	    entry(a, "back", "table.tsv", "table.csv", true, ""),
	    entry(a, "c-rows", "table.tsv", "table.json_rows", true, ""),
	    entry(a, "last", "table.json_rows", "evidence.json_rows", true, ",\"entity\":\"shop.order\""),
	    entry(a, "beyond", "evidence.json_rows", "object.json", true, ""),
	    entry(a, "cols", "table.csv", "table.csv", false, "")));

	CHECK_INT(c->nadapters, 8);
	CHECK_STR(c->adapters[0].id, "a-lossy");
	CHECK(catalog_adapter(c, "cols")->type == ADAPTER_COLUMNS);
	CHECK(catalog_adapter(c, "nothing") == NULL);
	CHECK_STR(chain(a, c, "table.csv", "table.json_rows", NULL, 8), "z-direct");
	CHECK_STR(chain(a, c, "table.csv", "table.tsv", NULL, 8), "b-kept");
	/* What changes the entity stands last, so nothing goes on from there. */
	CHECK_STR(chain(a, c, "table.csv", "evidence.json_rows", NULL, 8), "z-direct last");
	CHECK_STR(chain(a, c, "table.csv", "object.json", NULL, 8), "");
	CHECK_STR(chain(a, c, "evidence.json_rows", "object.json", NULL, 8), "beyond");
	CHECK_STR(chain(a, c, "table.csv", "evidence.json_rows", NULL, 1), "");
	CHECK_STR(chain(a, c, "table.csv", "table.csv", NULL, 8), "");
	CHECK_STR(chain(a, c, "table.csv", "no.kind", NULL, 8), "");
	arena_free(a);
}

static void
a_chain_keeps_the_form_of_the_content(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c = load(a, arena_printf(a, "%s,%s,%s",
	    entry(a, "rows-yaml", "table.json_rows", "object.yaml", true, ",\"form\":\"rows\""),
	    entry(a, "yaml-object", "object.yaml", "object.json", true, ",\"form\":\"object\""),
	    entry(a, "yaml-rows", "object.yaml", "table.csv", true, ",\"form\":\"rows\"")));

	CHECK_STR(chain(a, c, "table.json_rows", "object.json", NULL, 8), "");
	CHECK_STR(chain(a, c, "table.json_rows", "table.csv", NULL, 8), "rows-yaml yaml-rows");
	CHECK_STR(chain(a, c, "object.yaml", "object.json", NULL, 8), "yaml-object");
	CHECK_STR(chain(a, c, "object.yaml", "object.json", "rows", 8), "");
	CHECK_STR(chain(a, c, "object.yaml", "table.csv", "rows", 8), "yaml-rows");
	arena_free(a);
}

static void
the_catalog_is_another_when_an_adapter_is(void)
{
	struct arena *a = arena_new(0);
	const char *x = entry(a, "one", "table.csv", "table.tsv", true, ""), *y = entry(a, "one", "table.csv", "table.tsv", false, "");
	const char *first = load(a, x)->sha256, *second = load(a, y)->sha256, *again = load(a, x)->sha256;

	CHECK(strcmp(first, second) != 0);
	CHECK_STR(again, first);
	arena_free(a);
}

static void
the_standard_adapters_connect_the_tables(void)
{
	static const char *const tables[] = {"table.csv", "table.tsv", "table.json_rows", "object.yaml"};
	struct arena *a = arena_new(0);
	const struct catalog *c = NULL;
	struct err err = {0};

	CHECK_INT(catalog_load(a, "packs", &c, &err), 0);
	if (!c) {
		printf("# %s\n", err.msg);
		arena_free(a);
		return;
	}
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++)
			CHECK((*chain(a, c, tables[i], tables[k], "rows", 4) != '\0') == (i != k));
	CHECK_STR(chain(a, c, "report.markdown", "report.pdf", NULL, 4), "markdown-to-html html-to-pdf");
	CHECK_STR(chain(a, c, "text.markdown", "report.pdf", "text", 4), "markdown-to-html html-to-pdf");
	CHECK_STR(chain(a, c, "file.archive.zip", "file.batch_manifest", NULL, 4), "zip-to-batch-manifest");
	CHECK_STR(chain(a, c, "table.tsv", "evidence.json_rows", NULL, 4), "tsv-to-evidence");
	arena_free(a);
}

int
main(void)
{
	struct arena *a;

	(void)snprintf(dir, sizeof dir, "/tmp/forge-adapter-XXXXXX");
	if (!mkdtemp(dir)) {
		printf("Bail out! no temporary folder\n");
		return 1;
	}
	RUN(every_dangling_reference_is_a_finding);
	RUN(ids_are_given_once_and_shapes_are_checked);
	RUN(the_shortest_way_is_taken_and_the_lossless_one_of_two);
	RUN(a_chain_keeps_the_form_of_the_content);
	RUN(the_catalog_is_another_when_an_adapter_is);
	RUN(the_standard_adapters_connect_the_tables);
	a = arena_new(0);
	tap_fails_here = 0;
	run(arena_printf(a, "rm -rf %s", dir));
	arena_free(a);
	return tap_done();
}
