/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/arena.h"
#include "core/err.h"
#include "store/db.h"
#include "store/migrate.h"

int
verb_migrate(struct cli *c, int argc, char **argv)
{
	struct migrate_result r;
	struct db *db;
	struct err err;
	int rc;

	if (cli_arguments(argc, argv, 0, 0, "migrate") != CLI_OK)
		return CLI_USAGE;
	if (db_open_env("forgectl", &db, &err) < 0)
		return cli_fail(c, &err);
	rc = migrate_run(db, arena_printf(c->a, "%s/migrations", c->root), &r, &err);
	db_close(db);
	if (rc < 0)
		return cli_fail(c, &err);
	printf(c->is_json ? "{\"total\":%zu,\"applied\":%zu}\n" : "%zu migrations, %zu applied now\n", r.total, r.applied);
	return CLI_OK;
}
