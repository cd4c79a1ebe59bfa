/* SPDX-License-Identifier: Apache-2.0 */
/* The loader on a copy of the test packs, damaged in one place at a time; and folders as workspaces. */
#include "pack/pack.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "pack/workspace.h"
#include "tap.h"
#include "types/profile.h"
#include "types/table.h"

static char dir[64];

static const char *
run(struct arena *a, const char *command)
{
	if (system(command) != 0) {
		tap_fails_here++;
		printf("# failed: %s\n", command);
	}
	return arena_str(a, command);
}

/* A fresh copy of the packs that the compiler's tests use. */
static const char *
copy_packs(struct arena *a)
{
	(void)run(a, arena_printf(a, "rm -rf %s/p && mkdir -p %s/p && cp -rL tests/compiler/packs/. %s/p", dir,
	    dir, dir));
	return arena_printf(a, "%s/p", dir);
}

static void
replace(struct arena *a, const char *path, const char *from, const char *to)
{
	struct err err = {0};
	char *text, *at;
	size_t n;

	CHECK_INT(file_load(a, path, 1 << 20, &text, &n, &err), 0);
	at = strstr(text, from);
	CHECK(at != NULL);
	if (at) {
		text = arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
		CHECK_INT(file_save(path, text, strlen(text), 0644, &err), 0);
	}
}

static void
packs_are_read_whole(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c;
	const struct entity *e;
	const struct skill *s;
	struct err err = {0};
	char hash[SHA256_HEX];

	CHECK_INT(catalog_load(a, "tests/compiler/packs", &c, &err), 0);
	CHECK_INT(c->npacks, 2);
	CHECK_INT(catalog_pack(c, "shop")->nplaybooks, 4);
	e = catalog_entity(c, "shop.order");
	CHECK_INT(e->ncolumns, 5);
	CHECK_STR(e->key[0], "order_id");
	CHECK_STR(e->columns[0].synonyms[1], "order_number");
	CHECK(e->columns[0].is_required);
	CHECK(!e->columns[4].is_required);
	CHECK(e->columns[4].is_nullable);
	CHECK_STR(e->pack->id, "shop");
	CHECK(catalog_entity(c, "shop.item")->columns[4].is_tolerant);
	s = catalog_skill(c, "shop");
	CHECK_INT(s->nfiles, 3);
	CHECK_STR(s->files[0].path, "/skills/shop/name_orders.py");
	sha256_hex(s->files[0].bytes, s->files[0].n, hash);
	CHECK_STR(s->files[0].sha256, hash);
	CHECK(catalog_program(c, hash) == &s->files[0]);
	CHECK(catalog_skill_file(c, "/skills/shop/totals.py") == &s->files[2]);
	CHECK_INT(c->npolicies, 5);
	CHECK(catalog_policy(c, "strict.fail-closed.v1")->needs_criteria);
	CHECK(!catalog_policy(c, "strict.fail-closed.v1")->allow_generic_inference);
	CHECK(catalog_policy(c, "generic.inference-allowed.v1")->allow_generic_inference);
	CHECK_INT(catalog_profile(c, "standard")->max_parallel, 2);
	CHECK_INT(catalog_profile(c, "standard")->limits.memory_bytes, 536870912);
	CHECK_INT(c->nworkflows, 12);
	CHECK(!catalog_pack(c, "nope"));
	CHECK(!catalog_entity(c, NULL));
	CHECK(!catalog_program(c, "00"));
	arena_free(a);
}

static void
the_shipped_packs_have_no_findings(void)
{
	struct arena *a = arena_new(0);
	const struct pack_finding *f = NULL;
	const struct catalog *c;
	struct err err = {0};
	size_t n = 0;

	CHECK_INT(catalog_check(a, "packs", &c, &f, &n, &err), 0);
	for (size_t i = 0; i < n; i++)
		printf("# %s, line %u, %s: %s\n", f[i].file, f[i].line, f[i].pointer, f[i].message);
	CHECK_INT(n, 0);
	arena_free(a);
}

static const struct {
	const char *file, *from, *to;
	const char *at, *says; /* what catalog_load must say */
} damages[] = {
    {"domain/shop.json", "\"id\": \"shop\"", "\"id\": \"shops\"", "/id", "the file's name says 'shop'"},
    {"domain/shop.json", "\"label\": \"Shop\"", "\"lable\": \"Shop\"", "/lable", "expected no member"},
    {"domain/shop.json", "\"type\": \"money\"", "\"type\": \"euro\"", "/entities/0/columns/2/type", "expected"},
    {"domain/shop.json", "\"order_no\"", "\"amount\"", "/entities/0/columns/2", "is a synonym of column 'order_id'"},
    {"domain/shop.json", "\"total\"", "\"order_no\"", "/entities/0/columns/2",
	"the synonym 'order_no' stands for both 'order_id' and 'amount'"},
    {"domain/shop.json", "\"shop.customer\"", "\"shop.order\"", "/entities/1/id", "two entities 'shop.order'"},
    {"domain/shop.json", "\"key\": [\n        \"order_id\"", "\"key\": [\n        \"note\"", "/entities/0/key/0",
	"is not required"},
    {"domain/shop.json", "\"values\": [", "\"synonyms\": [", "/entities/1/columns/2", "`values` goes with type enum"},
    {"domain/shop.json", "\"shop.price-items\"", "\"shop.price\"", "/playbooks/3", "there is no"},
    {"domain/shop/playbooks/shop.download.json", "{", "{,", "", "line 1, column 2"},
    {"domain/shop/playbooks/shop.download.json", "\"pack\": \"shop\"", "\"pack\": \"stop\"", "/pack",
	"lies with pack 'shop'"},
    {"domain/shop/playbooks/shop.download.json", "\"kind\": \"object.json\"", "\"kindd\": \"object.json\"",
	"/candidate/steps/0/outputs/0/kind", "expected a member 'kind'"},
    {"domain/shop/playbooks/shop.price-items.json", "\"entity\": \"shop.item\",\n      \"kinds\"",
	"\"entity\": \"shop.things\",\n      \"kinds\"", "/files/0/entity", "no pack has the entity 'shop.things'"},
    {"domain/shop/playbooks/shop.price-items.json", "\"kinds\": [\n        \"table.csv\"",
	"\"kinds\": [\n        \"table.cvs\"", "/files/0/kinds/0", "there is no kind 'table.cvs'"},
    {"domain/shop/playbooks/shop.price-items.json", "\"file\": \"items\"", "\"file\": \"item\"",
	"/candidate/steps/0/inputs/0/file", "`files` of the playbook has no 'item'"},
    {"domain/shop/playbooks/shop.price-items.json", "\"skill\": \"shop\"", "\"skill\": \"shed\"",
	"/candidate/steps/0/program/skill", "there is no skill 'shed'"},
    {"domain/shop/playbooks/shop.name-orders.json", "\"policy_id\": \"strict.fail-closed.v1\"",
	"\"policy_id\": \"lax\"", "/candidate/steps/0/policy_id", "there is no policy 'lax'"},
    {"domain/shop/playbooks/shop.name-orders.json", "\"normalize-transform\"", "\"normalise\"",
	"/candidate/steps/0/workflow_pack_ids/0", "there is no workflow pack 'normalise'"},
    {"policy/profile-standard.json", "\"policy\": \"strict", "\"policy\": \"stricter", "/policy",
	"there is no policy 'stricter.fail-closed.v1'"},
    {"policy/profile-standard.json", "\"max_parallel\": 2", "\"max_parallel\": 0", "/max_parallel", "at least 1"},
    {"schema/pack.json", "\"const\": \"forge.pack.v1\"", "\"konst\": \"forge.pack.v1\"", "", "unknown keyword 'konst'"},
};

static void
damage_is_found_with_file_and_pointer(void)
{
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		struct arena *a = arena_new(0);
		const char *packs = copy_packs(a);
		const char *file = arena_printf(a, "%s/%s", packs, damages[i].file);
		const struct pack_finding *f = NULL;
		const struct catalog *c = NULL;
		struct err err = {0};
		size_t n = 0, hit = 0;

		replace(a, file, damages[i].from, damages[i].to);
		CHECK_INT(catalog_check(a, packs, &c, &f, &n, &err), 0);
		CHECK(!c);
		for (size_t k = 0; k < n; k++)
			hit += strcmp(f[k].file, file) == 0 && strcmp(f[k].pointer, damages[i].at) == 0 &&
			    strstr(f[k].message, damages[i].says) != NULL;
		if (hit == 0)
			for (size_t k = 0; k < n; k++)
				printf("# %zu: %s %s: %s\n", i, f[k].file, f[k].pointer, f[k].message);
		CHECK(hit > 0);
		CHECK_INT(catalog_load(a, packs, &c, &err), -1);
		CHECK_INT(err.code, E_CONFIG);
		CHECK(strstr(err.msg, damages[i].file));
		arena_free(a);
	}
}

static void
odd_files_are_found(void)
{
	struct arena *a = arena_new(0);
	const char *packs = copy_packs(a);
	const struct catalog *c;
	struct err err = {0};

	(void)run(a, arena_printf(a, "ln -s /etc/passwd %s/domain/shop/programs/x.py", packs));
	CHECK_INT(catalog_load(a, packs, &c, &err), -1);
	CHECK(strstr(err.msg, "neither a file nor a folder"));
	packs = copy_packs(a);
	(void)run(a, arena_printf(a, "mkdir %s/domain/shop/programs/lib", packs));
	CHECK_INT(catalog_load(a, packs, &c, &err), -1);
	CHECK(strstr(err.msg, "'lib' is a folder"));
	packs = copy_packs(a);
	(void)run(a, arena_printf(a, "cp %s/domain/shop/playbooks/shop.download.json "
	    "%s/domain/shop/playbooks/shop.upload.json", packs, packs));
	CHECK_INT(catalog_load(a, packs, &c, &err), -1);
	CHECK(strstr(err.msg, "does not list this playbook"));
	packs = copy_packs(a);
	(void)run(a, arena_printf(a, "mkdir -p %s/skill/shop && echo x > %s/skill/shop/x.py", packs, packs));
	CHECK_INT(catalog_load(a, packs, &c, &err), -1);
	CHECK(strstr(err.msg, "a skill 'shop' exists already"));
	/* Caches of the interpreter and hidden files are not part of a skill. */
	packs = copy_packs(a);
	(void)run(a, arena_printf(a, "cd %s/domain/shop/programs && mkdir __pycache__ && touch .x a.pyc", packs));
	CHECK_INT(catalog_load(a, packs, &c, &err), 0);
	CHECK_INT(catalog_skill(c, "shop")->nfiles, 3);
	CHECK_INT(catalog_load(a, arena_printf(a, "%s/none", dir), &c, &err), -1);
	CHECK(strstr(err.msg, "none"));
	arena_free(a);
}

static void
hashes_follow_content_and_not_layout(void)
{
	struct arena *a = arena_new(0);
	const char *packs = copy_packs(a);
	const struct catalog *before, *spaced, *after;
	struct err err = {0};

	CHECK_INT(catalog_load(a, packs, &before, &err), 0);
	replace(a, arena_printf(a, "%s/domain/shop.json", packs), "{", "{\n\n");
	CHECK_INT(catalog_load(a, packs, &spaced, &err), 0);
	CHECK_STR(spaced->sha256, before->sha256);
	replace(a, arena_printf(a, "%s/domain/shop/programs/totals.py", packs), "totals", "sums");
	CHECK_INT(catalog_load(a, packs, &after, &err), 0);
	CHECK(strcmp(after->sha256, before->sha256) != 0);
	CHECK(strcmp(catalog_skill(after, "shop")->sha256, catalog_skill(before, "shop")->sha256) != 0);
	CHECK_STR(catalog_pack(after, "shop")->sha256, catalog_pack(before, "shop")->sha256);
	arena_free(a);
}

static void
a_skill_hash_is_that_of_its_listing(void)
{
	struct arena *a = arena_new(0);
	const struct catalog *c;
	struct err err = {0};
	char *text;
	size_t n;

	CHECK_INT(catalog_load(a, "tests/compiler/packs", &c, &err), 0);
	(void)run(a, arena_printf(a, "cd tests/compiler/packs/domain/shop/programs && LC_ALL=C sha256sum *.py | "
	    "sed 's,  ,  /skills/shop/,' | sha256sum | cut -c1-64 | tr -d '\\n' > %s/h", dir));
	CHECK_INT(file_load(a, arena_printf(a, "%s/h", dir), 100, &text, &n, &err), 0);
	CHECK_STR(catalog_skill(c, "shop")->sha256, text);
	arena_free(a);
}

static void
a_folder_is_a_workspace(void)
{
	struct arena *a = arena_new(0);
	static const char *const order_key[] = {"id"};
	struct column_spec spec = {.name = "n", .type = COL_INTEGER, .is_required = true};
	struct workspace ws;
	struct file_port port;
	struct table_check check;
	struct key_check key;
	struct err err = {0};

	(void)run(a, arena_printf(a, "rm -rf %s/w && mkdir -p %s/w/b/.git %s/w/a && cd %s/w && "
	    "printf 'id,n\\n1,2\\n1,x\\n' > b/t.csv && echo '# x' > a/p.md && touch .hidden b/.git/x && "
	    "ln -s /etc/passwd a/link.csv && mkfifo a/pipe", dir, dir, dir, dir));
	CHECK_INT(workspace_load(a, arena_printf(a, "%s/w", dir), &ws, &err), 0);
	CHECK_INT(ws.n, 2);
	CHECK_STR(ws.files[0].path, "a/p.md");
	CHECK_STR(ws.files[1].path, "b/t.csv");
	CHECK_INT(ws.files[1].bytes, 13);
	CHECK_STR(ws.files[1].sha256,
	    "e851fbc2af7edc491fb54e7717a650e7a645885d59d68e08b1af972380a84413");
	CHECK_INT(ws.files[1].profile->rows, 2);
	port = workspace_port(&ws);
	CHECK_INT(port.check_values(port.arg, a, &ws.files[1], &spec, 1, &check, &err), 0);
	CHECK_INT(check.bad_values, 1);
	CHECK_INT(check.problems[0].row, 3);
	CHECK_INT(port.check_key(port.arg, a, &ws.files[1], order_key, 1, &key, &err), 0);
	CHECK_INT(key.verdict, KEY_NO);
	CHECK_INT(key.rows_max_per_key, 2);
	CHECK_INT(workspace_load(a, arena_printf(a, "%s/absent", dir), &ws, &err), -1);
	(void)run(a, arena_printf(a, "cd %s/w && touch \"$(printf 'bad\\377')\"", dir));
	CHECK_INT(workspace_load(a, arena_printf(a, "%s/w", dir), &ws, &err), -1);
	CHECK_INT(err.code, E_USAGE);
	CHECK(strstr(err.msg, "not UTF-8"));
	arena_free(a);
}

int
main(void)
{
	(void)snprintf(dir, sizeof dir, "/tmp/forge-pack-XXXXXX");
	if (!mkdtemp(dir)) {
		printf("Bail out! no temporary folder\n");
		return 1;
	}
	RUN(packs_are_read_whole);
	RUN(the_shipped_packs_have_no_findings);
	RUN(damage_is_found_with_file_and_pointer);
	RUN(odd_files_are_found);
	RUN(hashes_follow_content_and_not_layout);
	RUN(a_skill_hash_is_that_of_its_listing);
	RUN(a_folder_is_a_workspace);
	struct arena *a = arena_new(0);
	tap_fails_here = 0;
	(void)run(a, arena_printf(a, "rm -rf %s", dir));
	arena_free(a);
	return tap_done();
}
