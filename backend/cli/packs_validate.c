/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl packs validate: an entity's validators over a file, as the harness runs them over outputs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/packs_cmd.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "pack/rules.h"
#include "types/profile.h"

#define TABLES_MAX 64
#define OBJECT_BYTES_MAX ((size_t)8 << 20)

/* FILE=ENTITY (of the first file: FILE and --entity apart). */
static int
table_open(struct cli *c, const struct catalog *k, const char *path, const char *entity, struct rules_table *out, struct err *err)
{
	struct artifact_profile p;
	struct jx *doc;

	*out = (struct rules_table){.entity = catalog_entity(k, entity), .path = path, .fd = -1};
	if (!out->entity)
		return err_set(err, E_NOT_FOUND, "there is no entity '%s'; `forgectl packs list` names them", entity);
	out->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (out->fd < 0)
		return err_sys(err, E_IO, "open '%s'", path);
	if (artifact_profile(c->a, out->fd, path, NULL, NULL, &p, err) < 0)
		return -1;
	if (!p.parse_ok)
		return err_set(err, E_SCHEMA, "%s: %s", path, p.fault.message);
	out->format = kind_format(p.kind);
	if (out->entity->form == ENTITY_OBJECT && out->format == FORMAT_JSON) {
		struct jx_options opt = {.bytes_max = OBJECT_BYTES_MAX};

		if (jx_load(c->a, path, &opt, &doc, err) < 0)
			return -1;
		out->object = doc;
		return 0;
	}
	if (out->entity->form != ENTITY_ROWS || !kind_is_table(p.kind))
		return err_set(err, E_SCHEMA, "%s is %s, and %s is %s", path, kind_name(p.kind), entity,
		    out->entity->form == ENTITY_ROWS ? "rows" : out->entity->form == ENTITY_OBJECT ? "an object" : "text");
	return 0;
}

static void
outcome_show(const struct rules_outcome *o)
{
	const char *mark = o->verdict == RULES_HOLDS ? "holds  " : o->verdict == RULES_BROKEN ? "BROKEN " : "not run";

	printf("%s  %-7s  %s", mark, o->rule->is_error ? "error" : "warning", o->rule->id);
	if (o->verdict == RULES_NOT_CHECKED)
		printf(": %s\n", o->why);
	else
		printf(": %" PRIu64 " judged, %" PRIu64 " not judged, %" PRIu64 " broken\n", o->judged, o->unjudged, o->broken);
	for (size_t i = 0; i < o->nbreaks; i++) {
		if (o->breaks[i].row)
			printf("    row %" PRIu64 ": %s\n", o->breaks[i].row, o->breaks[i].message);
		else
			printf("    %s\n", o->breaks[i].message);
	}
	if (o->broken > o->nbreaks)
		printf("    and %" PRIu64 " more\n", o->broken - o->nbreaks);
}

static int
run(struct cli *c, const struct catalog *k, const struct rules_table *tables, size_t ntables)
{
	size_t n;
	const struct validator_rule *rules = catalog_rules(c->a, k, tables[0].entity->id, &n);
	struct rules_outcome *out = ARENA_ARRAY(c->a, n, struct rules_outcome);
	bool has_error = false;
	struct err err;
	struct buf b;
	struct jw w;

	if (rules_run(c->a, rules, n, &tables[0], tables + 1, ntables - 1, NULL, out, &err) < 0)
		return cli_fail(c, &err);
	for (size_t i = 0; i < n; i++)
		has_error = has_error || (out[i].verdict == RULES_BROKEN && out[i].rule->is_error);
	if (c->is_json) {
		buf_init(&b, c->a);
		jw_init(&w, &b);
		jw_object(&w, NULL);
		jw_bool(&w, "ok", !has_error);
		jw_str(&w, "entity", tables[0].entity->id);
		rules_json(out, n, "validators", &w);
		jw_end(&w);
		printf("%s\n", b.p);
	} else {
		for (size_t i = 0; i < n; i++)
			outcome_show(&out[i]);
		if (n == 0)
			printf("%s has no validators\n", tables[0].entity->id);
	}
	return has_error ? CLI_FAILED : CLI_OK;
}

int
packs_validate(struct cli *c, int argc, char **argv)
{
	const char *entity = cli_option(&argc, argv, "entity"), *folder = cli_option(&argc, argv, "packs");
	struct rules_table tables[TABLES_MAX];
	const struct catalog *k;
	size_t n = 0;
	int rc = CLI_OK;
	struct err err;

	if (!entity)
		return cli_usage("packs", "validate needs --entity ID");
	if (cli_arguments(argc, argv, 1, TABLES_MAX, "packs") != CLI_OK)
		return CLI_USAGE;
	if (catalog_load_over(c->a, packs_folder(c, NULL), packs_folder(c, folder), &k, &err) < 0)
		return cli_fail(c, &err);
	for (int i = 1; i < argc && rc == CLI_OK; i++) {
		const char *sign = i == 1 ? NULL : strrchr(argv[i], '=');
		const char *path = sign ? arena_dup(c->a, argv[i], (size_t)(sign - argv[i])) : argv[i];

		if (i > 1 && !sign)
			return cli_usage("packs", "the other files say what they are: FILE=ENTITY");
		if (table_open(c, k, path, sign ? sign + 1 : entity, &tables[n], &err) < 0)
			rc = cli_fail(c, &err);
		n++;
	}
	if (rc == CLI_OK)
		rc = run(c, k, tables, n);
	for (size_t i = 0; i < n; i++)
		fd_close(&tables[i].fd);
	return rc;
}
