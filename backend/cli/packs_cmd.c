/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl packs: the word behind it, and check. */
#include "cli/packs_cmd.h"

#include <string.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "pack/pack.h"

static void
counts_json(struct jw *w, const struct catalog *k)
{
	size_t entities = 0, playbooks = 0, validators = 0;

	for (size_t i = 0; i < k->npacks; i++) {
		entities += k->packs[i].nentities;
		playbooks += k->packs[i].nplaybooks;
		validators += k->packs[i].nvalidators;
	}
	jw_object(w, "counts");
	jw_uint(w, "domain_packs", catalog_domains(k));
	jw_uint(w, "generic_packs", k->npacks - catalog_domains(k));
	jw_uint(w, "workflow_packs", k->nworkflows);
	jw_uint(w, "kinds", k->nkinds);
	jw_uint(w, "slots", k->nslots);
	jw_uint(w, "policies", k->npolicies);
	jw_uint(w, "profiles", k->nprofiles);
	jw_uint(w, "skills", k->nskills);
	jw_uint(w, "entities", entities);
	jw_uint(w, "validators", validators);
	jw_uint(w, "playbooks", playbooks);
	jw_uint(w, "adapters", k->nadapters);
	jw_end(w);
}

static void
findings_json(const struct cli *c, const struct catalog *k, const struct pack_finding *f, size_t n)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_bool(&w, "ok", n == 0);
	jw_array(&w, "findings");
	for (size_t i = 0; i < n; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "file", f[i].file);
		jw_str(&w, "pointer", f[i].pointer);
		jw_uint(&w, "line", f[i].line);
		jw_str(&w, "message", f[i].message);
		jw_end(&w);
	}
	jw_end(&w);
	if (k)
		counts_json(&w, k);
	jw_end(&w);
	printf("%s\n", b.p);
}

int
packs_check(struct cli *c, int argc, char **argv)
{
	const struct catalog *k = NULL;
	const struct pack_finding *f = NULL;
	const char *installed = packs_folder(c, NULL);
	struct err err;
	size_t n = 0;

	if (cli_arguments(argc, argv, 0, 1, "packs") != CLI_OK)
		return CLI_USAGE;
	if (catalog_check_over(c->a, installed, argc > 1 ? argv[1] : installed, &k, &f, &n, &err) < 0)
		return cli_fail(c, &err);
	if (c->is_json) {
		findings_json(c, k, f, n);
		return n == 0 ? CLI_OK : CLI_FAILED;
	}
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s%s%s%s: %s\n", f[i].file, f[i].line ? arena_printf(c->a, ", line %u", f[i].line) : "",
		    *f[i].pointer ? ", " : "", f[i].pointer, f[i].message);
	if (k)
		printf("%zu domain packs, %zu workflow packs, %zu kinds, %zu slots, %zu policies, %zu profiles, %zu skills, "
		    "%zu adapters: no findings\n", catalog_domains(k), k->nworkflows, k->nkinds, k->nslots, k->npolicies,
		    k->nprofiles, k->nskills, k->nadapters);
	else
		fprintf(stderr, "%zu finding%s\n", n, n == 1 ? "" : "s");
	return n == 0 ? CLI_OK : CLI_FAILED;
}

int
verb_packs(struct cli *c, int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*fn)(struct cli *c, int argc, char **argv);
	} words[] = {{"check", packs_check}, {"list", packs_list}, {"show", packs_show}, {"detect", packs_detect},
	    {"validate", packs_validate}, {"pack", packs_pack},
	    {"upload", packs_upload}, {"enable", packs_enable}, {"disable", packs_disable}, {"uses", packs_uses}};

	for (size_t i = 0; argc > 1 && i < sizeof words / sizeof *words; i++)
		if (strcmp(argv[1], words[i].word) == 0)
			return words[i].fn(c, argc - 1, argv + 1);
	return cli_usage("packs", "say check, list, show, detect, validate, pack, upload, enable, disable or uses");
}
