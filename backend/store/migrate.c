/* SPDX-License-Identifier: Apache-2.0 */
#include "store/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "store/db.h"

#define MIGRATION_BYTES_MAX (4u << 20)
#define MIGRATIONS_MAX 1000

struct migration {
	const char *name; /* "0001_base.sql" */
	const char *sql;
	char sha256[SHA256_HEX];
};

/* is_migration - NNNN_name.sql; other files of the folder (a README) are left alone. */
static bool
is_migration(const char *name)
{
	size_t n = strlen(name);

	return n > 9 && strcmp(name + n - 4, ".sql") == 0 && strspn(name, "0123456789") == 4 &&
	    name[4] == '_';
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct migration *)a)->name, ((const struct migration *)b)->name);
}

/* list - the names in dir, sorted. */
static int
list(struct arena *a, const char *dir, struct migration **out, size_t *n, struct err *err)
{
	DIR *d = opendir(dir);
	struct migration *m = ARENA_ARRAY(a, MIGRATIONS_MAX, struct migration);
	const struct dirent *e;
	size_t count = 0;

	if (d == NULL)
		return err_sys(err, E_IO, "reading the folder of migrations '%s'", dir);
	while (count < MIGRATIONS_MAX && (e = readdir(d)) != NULL)
		if (is_migration(e->d_name))
			m[count++].name = arena_str(a, e->d_name);
	(void)closedir(d); /* was only read */
	qsort(m, count, sizeof(*m), by_name);
	*out = m;
	*n = count;
	return 0;
}

/* load - all migrations of dir in order. Numbers may leave gaps, but none is used twice. */
static int
load(struct arena *a, const char *dir, struct migration **out, size_t *n, struct err *err)
{
	struct migration *m = NULL;

	if (list(a, dir, &m, n, err) < 0)
		return -1;
	if (*n == 0)
		return err_set(err, E_CONFIG, "no migrations in '%s'", dir);
	for (size_t i = 0; i < *n; i++) {
		char *text;
		size_t bytes;

		if (i > 0 && strncmp(m[i].name, m[i - 1].name, 4) == 0)
			return err_set(err, E_CONFIG, "two migrations have the number %.4s: '%s' and '%s'",
			    m[i].name, m[i - 1].name, m[i].name);
		if (file_load(a, arena_printf(a, "%s/%s", dir, m[i].name), MIGRATION_BYTES_MAX, &text,
		        &bytes, err) < 0)
			return -1;
		m[i].sql = text;
		sha256_hex(text, bytes, m[i].sha256);
	}
	*out = m;
	return 0;
}

/* check_name - what the database applied at this place is what the folder has there. */
static int
check_name(const char *applied, const struct migration *m, size_t n, size_t at, struct err *err)
{
	if (at < n && strcmp(applied, m[at].name) == 0)
		return 0;
	for (size_t i = at + 1; i < n; i++)
		if (strcmp(applied, m[i].name) == 0)
			return err_set(err, E_CONFIG, "migration '%s' comes before '%s', which was applied already: "
			    "give it a higher number", m[at].name, applied);
	return err_set(err, E_CONFIG, "the database has migration '%s', the folder does not: "
	    "this program is older than its database", applied);
}

/* check_applied - what the database has must be a beginning of what the folder has, byte for byte. */
static int
check_applied(const struct db_rows *done, const struct migration *m, size_t n, struct err *err)
{
	for (size_t i = 0; i < done->n; i++) {
		const char *name = db_text(done, i, COL_MIGRATE_LIST_NAME);

		if (check_name(name, m, n, i, err) < 0)
			return -1;
		if (strcmp(db_text(done, i, COL_MIGRATE_LIST_SHA256), m[i].sha256) != 0)
			return err_set(err, E_HASH, "migration '%s' was changed after it was applied: "
			    "put it back and add a new one", name);
	}
	return 0;
}

static int
apply(struct db *db, const struct migration *m, struct err *err)
{
	struct db_args args = { 0 };

	db_arg_text(&args, m->name);
	db_arg_text(&args, m->sha256);
	if (db_tx_begin(db, err) < 0)
		return -1;
	if (db_exec_file_text(db, m->sql, err) < 0 ||
	    db_run(db, SQL_MIGRATE_ADD, &args, NULL, NULL, err) < 0 || db_tx_commit(db, err) < 0) {
		db_tx_rollback(db);
		return err_wrap(err, "migration '%s'", m->name);
	}
	return 0;
}

static int
migrate_locked(struct db *db, struct arena *a, const struct migration *m, size_t n,
    struct migrate_result *out, struct err *err)
{
	struct db_rows rows;

	if (db_run(db, SQL_MIGRATE_EXISTS, NULL, a, &rows, err) < 0)
		return -1;
	if (!db_bool(&rows, 0, COL_MIGRATE_EXISTS_IS_THERE) &&
	    (db_run(db, SQL_MIGRATE_SCHEMA, NULL, NULL, NULL, err) < 0 ||
	        db_run(db, SQL_MIGRATE_TABLE, NULL, NULL, NULL, err) < 0))
		return -1;
	if (db_run(db, SQL_MIGRATE_LIST, NULL, a, &rows, err) < 0 ||
	    check_applied(&rows, m, n, err) < 0)
		return -1;
	for (size_t i = rows.n; i < n; i++)
		if (apply(db, &m[i], err) < 0)
			return -1;
	*out = (struct migrate_result){ .total = n, .applied = n - rows.n };
	return 0;
}

int
migrate_run(struct db *db, const char *dir, struct migrate_result *out, struct err *err)
{
	struct arena *a = arena_new(0);
	struct migration *m = NULL;
	size_t n = 0;
	int r = load(a, dir, &m, &n, err);

	if (r == 0)
		r = db_run(db, SQL_MIGRATE_LOCK, NULL, NULL, NULL, err);
	if (r == 0) {
		r = migrate_locked(db, a, m, n, out, err);
		if (!db_is_broken(db)) /* else the lock went with the connection */
			(void)db_run(db, SQL_MIGRATE_UNLOCK, NULL, NULL, NULL, NULL);
	}
	arena_free(a);
	return r;
}
