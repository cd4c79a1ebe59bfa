/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/num.h"

enum sql_kind { SQL_KIND_ONE, SQL_KIND_OPT, SQL_KIND_MANY, SQL_KIND_EXEC, SQL_KIND__COUNT };

struct statement {
	const char *name;
	enum sql_kind kind;
	int nargs;
	int ncols;
	Oid types[DB_ARGS_MAX];
	const char *sql;
};
static const struct statement statements[SQL__COUNT] = {
#include "store/sql_gen.inc"
};

struct db {
	struct arena *a;
	PGconn *pg;
	bool is_prepared[SQL__COUNT];
};

/* What the database's own conditions (FQ…) and the standard ones mean to our callers. */
static const struct {
	const char *state; /* a prefix of the SQLSTATE */
	enum err_code code;
	bool is_ours; /* the message is written for people */
} states[] = {
	{ "FQ001", E_LEASE, true },
	{ "FQ002", E_IDEMPOTENCY, true },
	{ "FQ003", E_NOT_FOUND, true },
	{ "FQ004", E_HASH, true },
	{ "FQ009", E_INTERNAL, true },
	{ "FQ010", E_HASH, true },
	{ "FQ011", E_CONFLICT, true },
	{ "23505", E_CONFLICT, false }, /* unique */
	{ "23503", E_CONFLICT, false }, /* foreign key */
	{ "23", E_USAGE, false },       /* check, not null */
	{ "22", E_USAGE, false },       /* a value's form */
	{ "42501", E_FORBIDDEN, false },
	{ "08", E_DB, false }, /* connection */
	{ "40", E_DB, false }, /* deadlock, serialization */
	{ "53", E_DB, false }, /* out of something */
	{ "55", E_DB, false }, /* lock not available */
	{ "57", E_DB, false }, /* cancelled, shutting down */
	{ "25P03", E_DB, false }, /* idle in transaction too long */
};

/* one_line - the first line of libpq's text, which ends in a newline. */
static int
line_bytes(const char *s)
{
	return (int)strcspn(s, "\n");
}

static int
connection_failed(const struct db *db, const char *doing, struct err *err)
{
	const char *msg = PQerrorMessage(db->pg);

	return err_set(err, E_DB, "%s: %.*s", doing, line_bytes(msg), msg);
}

/* result_failed - turn the server's complaint into an error. */
static int
result_failed(const struct db *db, const PGresult *res, const char *name, struct err *err)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *msg = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *where = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);

	if (state == NULL || msg == NULL || PQstatus(db->pg) != CONNECTION_OK)
		return connection_failed(db, name, err);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
			continue;
		if (states[i].is_ours)
			return err_set(err, states[i].code, "%s", msg);
		return err_set(err, states[i].code, "statement %s: %s%s%s (%s)", name, msg,
		    where != NULL ? ", constraint " : "", where != NULL ? where : "", state);
	}
	return err_set(err, E_INTERNAL, "statement %s: %s (%s)", name, msg, state);
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res; /* NOTICE texts; errors arrive as results */
}

static void
started(struct db *db)
{
	memset(db->is_prepared, 0, sizeof(db->is_prepared));
	(void)PQsetNoticeReceiver(db->pg, ignore_notice, NULL);
}

int
db_open(const char *conninfo, const char *program, struct db **out, struct err *err)
{
	/* later keys win, so the caller's conninfo may set any of ours but these two defaults come first */
	const char *const keys[] = { "connect_timeout", "application_name", "dbname", "client_encoding",
		NULL };
	const char *const values[] = { "10", program, conninfo, "UTF8", NULL };
	struct arena *a = arena_new(0);
	struct db *db = ARENA_NEW(a, struct db);

	db->a = a;
	db->pg = PQconnectdbParams(keys, values, 1);
	if (db->pg == NULL || PQstatus(db->pg) != CONNECTION_OK) {
		(void)connection_failed(db, "connecting to the database", err);
		db_close(db);
		return -1;
	}
	started(db);
	*out = db;
	return 0;
}

int
db_open_env(const char *program, struct db **out, struct err *err)
{
	const char *conninfo = getenv("FORGE_DB");

	if (conninfo == NULL || conninfo[0] == '\0')
		return err_set(err, E_CONFIG, "FORGE_DB is not set: which database?");
	return db_open(conninfo, program, out, err);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->pg);
	arena_free(db->a);
}

int
db_reset(struct db *db, struct err *err)
{
	PQreset(db->pg);
	if (PQstatus(db->pg) != CONNECTION_OK)
		return connection_failed(db, "connecting to the database again", err);
	started(db);
	return 0;
}

bool
db_is_broken(const struct db *db)
{
	return PQstatus(db->pg) != CONNECTION_OK;
}

/* --- arguments ----------------------------------------------------------------------------------- */

void
db_arg_text(struct db_args *args, const char *s)
{
	INVARIANT(args->n < DB_ARGS_MAX);
	args->value[args->n++] = s;
}

void
db_arg_i64(struct db_args *args, int64_t v)
{
	INVARIANT(args->n < DB_ARGS_MAX);
	(void)snprintf(args->digits[args->n], sizeof(args->digits[0]), "%" PRId64, v);
	args->value[args->n] = args->digits[args->n];
	args->n++;
}

void
db_arg_bool(struct db_args *args, bool v)
{
	db_arg_text(args, v ? "t" : "f");
}

void
db_arg_null(struct db_args *args)
{
	db_arg_text(args, NULL);
}

void
db_arg_texts(struct db_args *args, struct arena *a, const char *const *s, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	buf_char(&b, '{');
	for (size_t i = 0; i < n; i++) {
		buf_str(&b, i > 0 ? ",\"" : "\"");
		for (const char *p = s[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buf_char(&b, '\\');
			buf_char(&b, *p);
		}
		buf_char(&b, '"');
	}
	buf_char(&b, '}');
	db_arg_text(args, buf_take(&b));
}

void
db_arg_i64s(struct db_args *args, struct arena *a, const int64_t *v, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	buf_char(&b, '{');
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%" PRId64, i > 0 ? "," : "", v[i]);
	buf_char(&b, '}');
	db_arg_text(args, buf_take(&b));
}

/* --- statements ----------------------------------------------------------------------------------- */

static void
clear_result(void *result)
{
	PQclear(result);
}

static int
prepare(struct db *db, enum sql_id id, struct err *err)
{
	const struct statement *s = &statements[id];
	PGresult *res;
	int r = 0;

	if (db->is_prepared[id])
		return 0;
	res = PQprepare(db->pg, s->name, s->sql, s->nargs, s->types);
	if (PQresultStatus(res) == PGRES_COMMAND_OK)
		db->is_prepared[id] = true;
	else
		r = result_failed(db, res, s->name, err);
	PQclear(res);
	return r;
}

/* count_rows - the header's promise about the number of rows. */
static int
count_rows(const struct statement *s, int n, struct err *err)
{
	if (s->kind == SQL_KIND_ONE && n == 0)
		return err_set(err, E_NOT_FOUND, "statement %s found nothing", s->name);
	if ((s->kind == SQL_KIND_ONE || s->kind == SQL_KIND_OPT) && n > 1)
		return err_set(err, E_INTERNAL, "statement %s gave %d rows", s->name, n);
	return 0;
}

int
db_run(struct db *db, enum sql_id id, const struct db_args *args, struct arena *a,
    struct db_rows *rows, struct err *err)
{
	const struct statement *s;
	PGresult *res;
	ExecStatusType status;
	size_t affected;

	INVARIANT(id < SQL__COUNT);
	s = &statements[id];
	INVARIANT((args == NULL ? 0 : args->n) == s->nargs);
	INVARIANT(rows == NULL || a != NULL);
	if (prepare(db, id, err) < 0)
		return -1;
	res = PQexecPrepared(db->pg, s->name, s->nargs, args == NULL ? NULL : args->value, NULL, NULL,
	    0);
	status = PQresultStatus(res);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		(void)result_failed(db, res, s->name, err);
		PQclear(res);
		return -1;
	}
	if (count_rows(s, PQntuples(res), err) < 0) {
		PQclear(res);
		return -1;
	}
	affected = (size_t)strtoul(PQcmdTuples(res), NULL, 10);
	if (rows == NULL) {
		PQclear(res);
		return 0;
	}
	arena_defer(a, clear_result, res);
	*rows = (struct db_rows){ .result = res, .n = (size_t)PQntuples(res), .affected = affected };
	return 0;
}

static const PGresult *
cell(const struct db_rows *rows, size_t row, int column)
{
	INVARIANT(row < rows->n);
	INVARIANT(column >= 0);
	INVARIANT(column < PQnfields(rows->result));
	return rows->result;
}

bool
db_is_null(const struct db_rows *rows, size_t row, int column)
{
	return PQgetisnull(cell(rows, row, column), (int)row, column) != 0;
}

const char *
db_text(const struct db_rows *rows, size_t row, int column)
{
	return db_is_null(rows, row, column) ? NULL : PQgetvalue(rows->result, (int)row, column);
}

size_t
db_bytes(const struct db_rows *rows, size_t row, int column)
{
	return (size_t)PQgetlength(cell(rows, row, column), (int)row, column);
}

int64_t
db_i64(const struct db_rows *rows, size_t row, int column)
{
	const char *s = db_text(rows, row, column);
	int64_t v = 0;

	if (s != NULL)
		INVARIANT(num_parse(s, strlen(s), INT64_MIN, INT64_MAX, &v, NULL) == 0);
	return v;
}

bool
db_bool(const struct db_rows *rows, size_t row, int column)
{
	const char *s = db_text(rows, row, column);

	return s != NULL && s[0] == 't';
}

/* --- transactions ------------------------------------------------------------------------------------ */

/* command - a fixed text of ours, or one into which only numbers of ours were written. */
static int
command(struct db *db, const char *text, const char *doing, struct err *err)
{
	PGresult *res = PQexec(db->pg, text);
	int r = 0;

	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		r = result_failed(db, res, doing, err);
	PQclear(res);
	return r;
}

int
db_tx_begin(struct db *db, struct err *err)
{
	INVARIANT(!db_tx_is_open(db));
	return command(db, "begin", "begin", err);
}

/* begin_set - one round trip for both: set local ends with the transaction. */
static int
begin_set(struct db *db, const char *name, int64_t id, struct err *err)
{
	char text[96];

	INVARIANT(!db_tx_is_open(db));
	(void)snprintf(text, sizeof(text), "begin; set local forge.\"%s\" = '%" PRId64 "'", name, id);
	return command(db, text, "begin", err);
}

int
db_tx_begin_ws(struct db *db, int64_t ws, struct err *err)
{
	return begin_set(db, "ws", ws, err);
}

int
db_tx_begin_user(struct db *db, int64_t user, struct err *err)
{
	return begin_set(db, "user", user, err);
}

int
db_tx_set_ws(struct db *db, int64_t ws, struct err *err)
{
	char text[96];

	INVARIANT(db_tx_is_open(db));
	(void)snprintf(text, sizeof(text), "set local forge.ws = '%" PRId64 "'", ws);
	return command(db, text, "set workspace", err);
}

int
db_tx_commit(struct db *db, struct err *err)
{
	PGresult *res = PQexec(db->pg, "commit");
	int r = 0;

	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		r = result_failed(db, res, "commit", err);
	else if (strcmp(PQcmdStatus(res), "COMMIT") != 0)
		r = err_set(err, E_DB, "commit: the transaction had failed and was rolled back");
	PQclear(res);
	return r;
}

void
db_tx_rollback(struct db *db)
{
	if (db_tx_is_open(db))
		PQclear(PQexec(db->pg, "rollback"));
}

bool
db_tx_is_open(const struct db *db)
{
	PGTransactionStatusType t = PQtransactionStatus(db->pg);

	return t == PQTRANS_INTRANS || t == PQTRANS_INERROR || t == PQTRANS_ACTIVE;
}

/* --- wake-ups ------------------------------------------------------------------------------------------ */

int
db_listen(struct db *db, const char *channel, struct err *err)
{
	char text[80];

	INVARIANT(strspn(channel, "abcdefghijklmnopqrstuvwxyz_") == strlen(channel));
	INVARIANT(strlen(channel) < 64); /* NAMEDATALEN */
	(void)snprintf(text, sizeof(text), "listen %s", channel);
	return command(db, text, "listen", err);
}

int
db_fd(const struct db *db)
{
	return PQsocket(db->pg);
}

int
db_notice(struct db *db, struct arena *a, const char **channel, const char **payload,
    struct err *err)
{
	PGnotify *n;

	if (PQconsumeInput(db->pg) == 0)
		return connection_failed(db, "waiting for a wake-up", err);
	n = PQnotifies(db->pg);
	if (n == NULL)
		return 0;
	*channel = arena_str(a, n->relname);
	*payload = arena_str(a, n->extra);
	PQfreemem(n);
	return 1;
}

int
db_exec_file_text(struct db *db, const char *sql, struct err *err)
{
	PGresult *res = PQexec(db->pg, sql);
	ExecStatusType status = PQresultStatus(res);
	int r = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		(void)result_failed(db, res, "migration", err);
		if (err != NULL && err->code != E_DB)
			err->code = E_INTERNAL; /* the file is ours: its failure is never the caller's doing */
		r = -1;
	}
	PQclear(res);
	return r;
}
