/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H
/*
 * Migrations: migrations/NNNN_name.sql, forward only, applied in order of their numbers, each in a
 * transaction together with its row in forge_admin.migration (name, SHA-256 of the file). Two programs
 * migrating at once wait for each other.
 */
#include <stddef.h>

struct db;
struct err;

struct migrate_result {
	size_t total;   /* files in dir */
	size_t applied; /* of them, now */
};
/*
 * migrate_run - bring the database of db up to date.
 *
 * db:  the cluster's superuser the first time, later also forge_migrate
 * dir: the folder of migrations
 * Returns 0 and *out, or -1: E_CONFIG (a number used twice or out of order, a file that was applied and is
 * gone), E_HASH (an applied file was changed), E_IO, E_DB, E_INTERNAL (the SQL failed; names the file).
 */
int migrate_run(struct db *db, const char *dir, struct migrate_result *out, struct err *err);
#endif
