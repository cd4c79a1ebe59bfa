/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_DB_H
#define STORE_DB_H
/*
 * One Postgres connection. Statements live in store/sql/<table>.sql under a name and are prepared the
 * first time a connection uses them; no other SQL runs and none is pasted together. Results live in the
 * caller's arena. A connection that broke stays broken until db_reset: when to try again is the caller's
 * choice.
 *
 *     struct db_args args = { 0 };
 *     struct db_rows rows;
 *     db_arg_i64(&args, run);
 *     if (db_run(db, SQL_RUN_STATE, &args, a, &rows, err) < 0)
 *             return err_wrap(err, "state of %s", run_id);
 *     state = db_text(&rows, 0, COL_RUN_STATE_STATE);
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sql_gen.h" /* enum sql_id, COL_<STATEMENT>_<COLUMN> */

struct arena;
struct db;
struct err;

/*
 * db_open - connect. conninfo: libpq's, usually the environment's FORGE_DB; program: shown in
 * pg_stat_activity. Returns 0 and *out, or -1 E_DB. Waits at most the conninfo's connect_timeout (10 s).
 */
int db_open(const char *conninfo, const char *program, struct db **out, struct err *err);
/* db_open_env - db_open with the conninfo in FORGE_DB; E_CONFIG when it is not set. */
int db_open_env(const char *program, struct db **out, struct err *err);
void db_close(struct db *db); /* NULL is fine */
/* db_reset - connect again after a break; prepared statements and LISTENs are gone. */
int db_reset(struct db *db, struct err *err);
/* db_is_broken - the connection does not live any more (known after an operation failed). */
bool db_is_broken(const struct db *db);

/* Arguments, in the order of the statement's header. Texts are borrowed until db_run returns. */
#define DB_ARGS_MAX 16
struct db_args {
	int n;
	const char *value[DB_ARGS_MAX]; /* NULL is SQL's null */
	char digits[DB_ARGS_MAX][24];   /* numbers are kept here; 20 digits, sign, NUL */
};
void db_arg_text(struct db_args *args, const char *s); /* NULL gives null; also for jsonb, uuid, times */
void db_arg_i64(struct db_args *args, int64_t v);
void db_arg_bool(struct db_args *args, bool v);
void db_arg_null(struct db_args *args);
/* db_arg_texts, db_arg_i64s - an array, written into a. Strings may hold anything but NUL. */
void db_arg_texts(struct db_args *args, struct arena *a, const char *const *s, size_t n);
void db_arg_i64s(struct db_args *args, struct arena *a, const int64_t *v, size_t n);

struct db_rows {
	void *result; /* PGresult, cleared with the arena */
	size_t n;        /* rows */
	size_t affected; /* rows changed by a command */
};
/*
 * db_run - run one statement.
 *
 * args: may be NULL when it takes none; the count must be the header's (INVARIANT)
 * a:    where the result lives; may be NULL for :exec
 * rows: may be NULL when the caller wants none of it; set on success only
 * Returns 0, or -1. Expected codes: E_NOT_FOUND (a :one statement gave no row, or FQ003), E_CONFLICT
 * (unique violation, FQ011), E_LEASE (FQ001), E_IDEMPOTENCY (FQ002), E_HASH (FQ004, FQ010), E_USAGE
 * (a check constraint or a value's form), E_FORBIDDEN (privilege or row-level security), E_DB (the
 * connection, a timeout, a deadlock: may be tried again), E_INTERNAL (anything else: a bug).
 */
int db_run(struct db *db, enum sql_id id, const struct db_args *args, struct arena *a,
    struct db_rows *rows, struct err *err);

/* Cells. row < rows->n, column one of the statement's COL_ names (INVARIANT). */
bool db_is_null(const struct db_rows *rows, size_t row, int column);
const char *db_text(const struct db_rows *rows, size_t row, int column); /* NULL when null */
size_t db_bytes(const struct db_rows *rows, size_t row, int column);     /* length of the text */
int64_t db_i64(const struct db_rows *rows, size_t row, int column);      /* 0 when null */
bool db_bool(const struct db_rows *rows, size_t row, int column);        /* false when null */

/*
 * Transactions. db_tx_begin_ws sets the workspace, db_tx_begin_user the user, for this transaction only
 * (row-level security reads them); db_tx_set_ws adds the workspace once it is known. db_tx_commit fails
 * with E_DB when the transaction had failed before. db_tx_rollback is fine without a transaction.
 */
int db_tx_begin(struct db *db, struct err *err);
int db_tx_begin_ws(struct db *db, int64_t ws, struct err *err);
int db_tx_begin_user(struct db *db, int64_t user, struct err *err);
int db_tx_set_ws(struct db *db, int64_t ws, struct err *err);
int db_tx_commit(struct db *db, struct err *err);
void db_tx_rollback(struct db *db);
bool db_tx_is_open(const struct db *db);

/*
 * Wake-ups. Wait for db_fd to be readable, then call db_notice until it returns 0.
 * db_notice: 1 and *channel, *payload in a; 0 none is there; -1 E_DB the connection broke.
 * A db_run also takes notifications in: call db_notice once after it, before waiting.
 */
int db_listen(struct db *db, const char *channel, struct err *err); /* [a-z_]+ */
int db_fd(const struct db *db);
int db_notice(struct db *db, struct arena *a, const char **channel, const char **payload,
    struct err *err);

/* db_exec_file_text - run a migration's text in the open transaction; only store/migrate.c may. */
int db_exec_file_text(struct db *db, const char *sql, struct err *err);
#endif
