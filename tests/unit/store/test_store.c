/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/db, store/run and store/migrate against a scratch Postgres: the test runs itself again under
 * tests/harness/scratch_pg.py, which names the cluster in FORGE_TEST_PG and a migrated database in FORGE_TEST_DB.
 */
#include "store/db.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/id.h"
#include "core/jx.h"
#include "store/migrate.h"
#include "store/run.h"
#include "tap.h"

static struct arena *mem;

/* to - a connection, or the end of the test program: nothing can be tested without. */
static struct db *
to(const char *database, const char *role)
{
	struct db *db;
	struct err err;

	if (db_open(arena_printf(mem, "%s dbname=%s user=%s", getenv("FORGE_TEST_PG"), database, role),
	        "test", &db, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
	return db;
}

static void
sql(struct db *db, const char *text)
{
	struct err err;

	if (db_exec_file_text(db, text, &err) < 0) {
		printf("# %s\n", err.msg);
		CHECK(!"the SQL of a test failed");
	}
}

/* ---- connection ------------------------------------------------------------------------------------ */

static void
a_connection_that_cannot_be_made_says_why(void)
{
	struct db *db = NULL;
	struct err err = { 0 };

	CHECK_INT(db_open("host=/nonexistent dbname=x", "test", &db, &err), -1);
	CHECK_INT(err.code, E_DB);
	CHECK(strstr(err.msg, "/nonexistent") != NULL);
	CHECK(strchr(err.msg, '\n') == NULL);
	CHECK(db == NULL);
	CHECK_INT(db_open("no equals sign", "test", &db, &err), -1);
	CHECK_INT(err.code, E_DB);
	unsetenv("FORGE_DB");
	CHECK_INT(db_open_env("test", &db, &err), -1);
	CHECK_INT(err.code, E_CONFIG);
	db_close(NULL);
}

static void
errors_of_the_server_become_ours(void)
{
	struct db *runner = to("forge", "forge_runner"), *hub = to("forge", "forge_events");
	struct db_args args = { 0 };
	struct err err = { 0 };

	db_arg_i64(&args, 1);
	db_arg_i64(&args, 1);
	db_arg_text(&args, "00000000-0000-0000-0000-000000000000");
	db_arg_text(&args, "{}");
	CHECK_INT(db_run(runner, SQL_PREFLIGHT, &args, NULL, NULL, &err), -1);
	CHECK_INT(err.code, E_LEASE);
	CHECK_STR(err.msg, "this attempt no longer owns the step");
	CHECK_INT(db_run(hub, SQL_PREFLIGHT, &args, NULL, NULL, &err), -1);
	CHECK_INT(err.code, E_FORBIDDEN);
	CHECK(strstr(err.msg, "statement preflight: permission denied") != NULL);
	args.value[2] = "no uuid";
	CHECK_INT(db_run(runner, SQL_PREFLIGHT, &args, NULL, NULL, &err), -1);
	CHECK_INT(err.code, E_USAGE);
	db_close(runner);
	db_close(hub);
}

static void
one_row_is_one_row(void)
{
	struct db *hub = to("forge", "forge_events");
	struct err err = { 0 };
	bool is_ended;
	int seq = 77;

	CHECK_INT(store_events_head(hub, INT64_MAX, INT64_MIN, &seq, &is_ended, &err), -1);
	CHECK_INT(err.code, E_NOT_FOUND);
	CHECK_INT(seq, 77);
	db_close(hub);
}

static void
arrays_keep_quotes_and_backslashes(void)
{
	struct db *runner = to("forge", "forge_runner");
	const char *const odd[] = { "a\"b\\c,{}", "ü" };
	struct db_args args = { 0 };
	struct db_rows rows;
	struct err err = { 0 };

	db_arg_texts(&args, mem, odd, 2);
	CHECK_STR(args.value[0], "{\"a\\\"b\\\\c,{}\",\"ü\"}");
	db_arg_i64(&args, 1);
	CHECK_INT(db_run(runner, SQL_HEARTBEAT, &args, mem, &rows, &err), -1); /* no uuids */
	CHECK_INT(err.code, E_USAGE);
	CHECK(strstr(err.msg, "a\"b\\c,{}") != NULL);
	args = (struct db_args){ 0 };
	db_arg_texts(&args, mem, odd, 0);
	db_arg_i64(&args, INT64_MIN / 1000000);
	CHECK_INT(db_run(runner, SQL_HEARTBEAT, &args, mem, &rows, &err), 0);
	CHECK_INT(rows.n, 0);
	db_close(runner);
}

static void
a_broken_connection_is_known_and_made_again(void)
{
	struct db *super = to("forge", "super"), *sched = to("forge", "forge_sched");
	int64_t wait_ms;
	struct err err = { 0 };
	int due;

	CHECK_INT(store_next_deadline(sched, &wait_ms, &due, &err), 0);
	sql(super, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'forge_sched'");
	CHECK_INT(store_next_deadline(sched, &wait_ms, &due, &err), -1);
	CHECK_INT(err.code, E_DB);
	CHECK(err_is_retryable(err.code));
	CHECK(db_is_broken(sched));
	CHECK_INT(db_reset(sched, &err), 0);
	CHECK(!db_is_broken(sched));
	CHECK_INT(store_next_deadline(sched, &wait_ms, &due, &err), 0); /* prepared anew */
	db_close(super);
	db_close(sched);
}

/* ---- transactions ------------------------------------------------------------------------------------ */

static void
expect_settings(struct db *db, const char *ws, const char *user)
{
	sql(db, arena_printf(mem, "do $$ begin assert coalesce(current_setting('forge.ws', true), '') = '%s' and "
	    "coalesce(current_setting('forge.user', true), '') = '%s', 'settings'; end $$", ws, user));
}

static void
settings_end_with_the_transaction(void)
{
	struct db *db = to("forge", "forge_api");
	struct err err;

	CHECK_INT(db_tx_begin_ws(db, INT64_MAX, &err), 0);
	CHECK(db_tx_is_open(db));
	expect_settings(db, "9223372036854775807", "");
	CHECK_INT(db_tx_commit(db, &err), 0);
	CHECK(!db_tx_is_open(db));
	expect_settings(db, "", "");
	CHECK_INT(db_tx_begin_user(db, 7, &err), 0);
	CHECK_INT(db_tx_set_ws(db, 8, &err), 0);
	expect_settings(db, "8", "7");
	db_tx_rollback(db);
	expect_settings(db, "", "");
	db_tx_rollback(db); /* nothing is open: nothing happens */
	CHECK_INT(db_tx_begin(db, &err), 0);
	expect_settings(db, "", "");
	db_tx_rollback(db);
	db_close(db);
}

static void
a_failed_transaction_does_not_commit(void)
{
	struct db *db = to("forge", "forge_api");
	struct err err = { 0 };

	CHECK_INT(db_tx_begin(db, &err), 0);
	CHECK_INT(db_exec_file_text(db, "select 1/0", &err), -1);
	CHECK_INT(err.code, E_INTERNAL);
	CHECK_INT(db_tx_commit(db, &err), -1);
	CHECK_INT(err.code, E_DB);
	CHECK(!db_tx_is_open(db));
	db_close(db);
}

/* ---- wake-ups ---------------------------------------------------------------------------------------- */

static int
next_notice(struct db *db, const char **channel, const char **payload)
{
	struct err err;

	for (;;) {
		struct pollfd p = { .fd = db_fd(db), .events = POLLIN };
		int rc = db_notice(db, mem, channel, payload, &err);

		if (rc != 0 || poll(&p, 1, 10000) <= 0)
			return rc;
	}
}

static void
a_wake_up_reaches_who_listens(void)
{
	struct db *hub = to("forge", "forge_events"), *runner = to("forge", "forge_runner");
	const int64_t runs[] = { 5, INT64_MAX };
	const char *channel = "", *payload = "";
	struct err err;

	CHECK_INT(db_listen(hub, STORE_CHANNEL_EVENT, &err), 0);
	CHECK_INT(db_listen(hub, STORE_CHANNEL_READY, &err), 0);
	CHECK_INT(db_notice(hub, mem, &channel, &payload, &err), 0);
	CHECK_INT(store_wake(runner, runs, 2, true, &err), 0);
	CHECK_INT(next_notice(hub, &channel, &payload), 1);
	CHECK_STR(channel, STORE_CHANNEL_EVENT);
	CHECK_STR(payload, "5,9223372036854775807");
	CHECK_INT(next_notice(hub, &channel, &payload), 1);
	CHECK_STR(channel, STORE_CHANNEL_READY);
	CHECK_INT(store_wake(runner, NULL, 0, true, &err), 0);
	CHECK_INT(next_notice(hub, &channel, &payload), 1);
	CHECK_STR(channel, STORE_CHANNEL_READY);
	db_close(runner);
	db_close(hub);
}

/* ---- a run ------------------------------------------------------------------------------------------- */

/* A plan of two steps, made by SQL; its texts are written so that they are canonical. */
static const char PLAN_SQL[] =
    "do $do$\n"
    "declare u bigint; w bigint; f text := forge.sha256_text('abc'); c1 text; c2 text; pr text; h1 text; h2 text; root text; p bigint;\n"
    "begin\n"
    "u := forge.user_new(null, 'c@example.com', 'C', '$argon2id$x'); w := forge.workspace_new(u, 'C');\n"
    "perform set_config('forge.ws', w::text, true);\n"
    "perform forge.file_put('in.txt', f, 3, 'text.plain', null, null, true, null, null, u);\n"
    "c1 := '{\"index\":0,\"inputs\":[{\"name\":\"f\",\"path\":\"input/f\",\"required\":true,\"source\":{\"path\":\"in.txt\",\"sha256\":\"' || f || '\",\"type\":\"file\"}},'\n"
    "  '{\"name\":\"o\",\"path\":\"input/o\",\"required\":false,\"source\":null}],\"outputs\":[{\"kind\":\"text.plain\",\"name\":\"out\",\"path\":\"output/a\"}],'\n"
    "  '\"repair\":{\"max_retries\":1},\"step_id\":\"ps-0-a\"}';\n"
    "c2 := '{\"depends_on\":[\"ps-0-a\"],\"index\":1,\"outputs\":[],\"step_id\":\"ps-1-b\"}';\n"
    "pr := '{\"max_parallel\":2}'; h1 := forge.sha256_text(c1); h2 := forge.sha256_text(c2);\n"
    "root := encode(forge.merkle_root(array[decode(h1, 'hex'), decode(h2, 'hex'), sha256(convert_to(pr, 'UTF8'))]), 'hex');\n"
    "p := forge.plan_put(u, 'x', '{\"objective_sha256\":\"' || forge.sha256_text('x') || '\",\"plan_hash\":\"' || root || '\",\"profile\":' || pr ||\n"
    "  ',\"profile_sha256\":\"' || forge.sha256_text(pr) || '\",\"provider\":\"offline\",\"schema\":\"forge.plan.v1\",\"steps\":[{\"contract\":' || c1 ||\n"
    "  ',\"contract_hash\":\"' || h1 || '\",\"step_id\":\"ps-0-a\"},{\"contract\":' || c2 || ',\"contract_hash\":\"' || h2 || '\",\"step_id\":\"ps-1-b\"}]}');\n"
    "perform forge.start_run(u, null, p, root);\n"
    "end $do$";

static const char *
receipt(const struct store_claim *c, const char *rest)
{
	char run[ID_BYTES];

	id_format('r', c->run, run);
	return arena_printf(mem, "{\"predicate\":{\"forge\":{\"attempt\":%d,\"contract_hash\":\"%s\",\"epoch\":%lld,\"plan_hash\":\"%s\","
	    "\"run\":\"%s\",\"step\":\"%s\"%s}}}", c->attempt, c->contract_hash, (long long)c->epoch, c->plan_hash, run, c->step_id, rest);
}

static const char OUTPUTS[] = ",\"verdict\":\"ok\",\"outputs\":[{\"name\":\"out\",\"path\":\"output/a\",\"kind\":\"text.plain\",\"bytes\":1,"
			      "\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}]";
static const char FAILURE[] = ",\"verdict\":\"exit\",\"failure\":{\"class\":\"program\",\"message\":\"no\",\"place\":null,\"retryable\":true}";

static size_t
claim(struct db *db, int n_max, const char *life, struct store_claim *out)
{
	struct store_claim *claims = NULL;
	size_t n = 0;
	struct err err = { 0 };

	CHECK_INT(store_claim(db, mem, "host", life, n_max, 0, &claims, &n, &err), 0);
	if (n > 0)
		*out = claims[0];
	return n;
}

static void
make_due(struct db *super)
{
	sql(super, "update forge.ready set run_at = now() - interval '1 s'");
}

static void
a_run_goes_through_every_call(void)
{
	struct db *db = to("forge", "forge_runner"), *super = to("forge", "super");
	struct store_outcome got = { 0 };
	struct store_claim c = { 0 };
	struct store_input *inputs = NULL;
	enum store_beat beats[2];
	char hash[SHA256_HEX];
	struct err err = { 0 };
	int64_t *runs = NULL;
	size_t n = 0;

	sql(super, PLAN_SQL);
	CHECK_INT(claim(db, 5, "one", &c), 1);
	CHECK_STR(c.step_id, "ps-0-a");
	CHECK_INT(c.no, 1);
	CHECK_INT(c.attempt, 1);
	CHECK_STR(c.profile, "{\"max_parallel\":2}");
	sha256_hex(c.contract, c.contract_bytes, hash);
	CHECK_STR(hash, c.contract_hash);
	CHECK_INT(store_step_input(db, mem, &c, &inputs, &n, &err), 0);
	CHECK_INT(n, 2);
	CHECK_STR(inputs[0].path, "input/f");
	CHECK_STR(inputs[0].source_path, "in.txt");
	CHECK_INT(inputs[0].bytes, 3);
	CHECK_STR(inputs[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK(inputs[1].sha256 == NULL);
	CHECK(inputs[1].source_type == NULL);

	const char *tokens[] = { "00000000-0000-0000-0000-000000000000", c.token };
	CHECK_INT(store_heartbeat(db, mem, tokens, 2, beats, &err), 0);
	CHECK_INT(beats[0], STORE_BEAT_LOST);
	CHECK_INT(beats[1], STORE_BEAT_OK);

	CHECK_INT(store_preflight(db, &c, "{\"predicate\":{}}", &err), -1);
	CHECK_INT(err.code, E_HASH);
	CHECK_INT(store_preflight(db, &c, receipt(&c, ""), &err), 0);
	CHECK_INT(store_step_phase(db, &c, "program", &err), 0);
	CHECK_INT(store_fail_step(db, &c, receipt(&c, FAILURE), &got, &err), 0);
	CHECK(!got.is_run_ended);
	CHECK(got.retry_in_ms >= 0);
	CHECK(got.retry_in_ms <= 200);
	CHECK_INT(store_commit_step(db, &c, receipt(&c, OUTPUTS), &got, &err), -1);
	CHECK_INT(err.code, E_LEASE);

	make_due(super);
	CHECK_INT(claim(db, 5, "one", &c), 1);
	CHECK_INT(store_release_step(db, &c, "the runner ends", &got, &err), 0);
	CHECK_INT(got.readied, 1);
	CHECK_INT(claim(db, 5, "one", &c), 1);
	CHECK_INT(store_release_host(db, mem, "host", "two", &runs, &n, &err), 0);
	CHECK_INT(n, 1);
	CHECK(runs[0] == c.run);

	CHECK_INT(claim(db, 5, "two", &c), 1);
	CHECK_INT(c.attempt, 4);
	CHECK_INT(store_commit_step(db, &c, receipt(&c, ""), &got, &err), -1);
	CHECK_INT(err.code, E_HASH);
	CHECK_INT(store_commit_step(db, &c, receipt(&c, OUTPUTS), &got, &err), 0);
	CHECK_INT(got.readied, 1);
	CHECK_INT(got.retry_in_ms, -1);
	CHECK_INT(claim(db, 5, "two", &c), 1);
	CHECK_INT(store_step_input(db, mem, &c, &inputs, &n, &err), 0);
	CHECK_INT(n, 0);
	CHECK_INT(store_commit_step(db, &c, receipt(&c, ",\"verdict\":\"ok\",\"outputs\":[]"), &got, &err), 0);
	CHECK(got.is_run_ended);
	CHECK_INT(claim(db, 5, "two", &c), 0);
	db_close(db);
	db_close(super);
}

static void
the_scheduler_reaps_and_the_hub_reads(void)
{
	struct db *db = to("forge", "forge_runner"), *super = to("forge", "super"), *sched = to("forge", "forge_sched"),
		  *hub = to("forge", "forge_events");
	struct store_reaped *reaped = NULL;
	struct store_event *events = NULL;
	struct store_expired expired;
	struct store_claim c = { 0 };
	struct err err = { 0 };
	int64_t wait_ms = 0;
	bool is_ended = true;
	int due = 0, made = 1, seq = 0;
	size_t n = 0;
	struct jx *body;

	CHECK_INT(store_next_deadline(sched, &wait_ms, &due, &err), 0);
	CHECK_INT(wait_ms, -1);
	sql(super, "update forge.app_user set email = 'd@example.com' where email = 'c@example.com'");
	sql(super, PLAN_SQL);
	CHECK_INT(store_next_deadline(sched, &wait_ms, &due, &err), 0);
	CHECK_INT(due, 1);
	CHECK(wait_ms > STORE_LEASE_TTL_MS - 2000 && wait_ms <= STORE_LEASE_TTL_MS);
	CHECK_INT(claim(db, 1, "one", &c), 1);
	CHECK_INT(store_reap(sched, mem, &reaped, &n, &err), 0);
	CHECK_INT(n, 0);
	sql(super, "update forge.lease set until = now() - interval '1 s'");
	CHECK_INT(store_reap(sched, mem, &reaped, &n, &err), 0);
	CHECK_INT(n, 1);
	CHECK(reaped[0].run == c.run);
	CHECK_STR(reaped[0].step_id, "ps-0-a");
	CHECK_INT(reaped[0].attempt, 1);
	CHECK_INT(store_events_head(hub, c.ws, c.run, &seq, &is_ended, &err), 0);
	CHECK_INT(seq, 4);
	CHECK(!is_ended);
	CHECK_INT(store_events_read(hub, mem, c.ws, c.run, 2, 1, &events, &n, &err), 0);
	CHECK_INT(n, 1);
	CHECK_INT(events[0].seq, 3);
	CHECK_STR(events[0].kind, "step.lost");
	CHECK_INT(jx_parse(mem, events[0].body, strlen(events[0].body), NULL, &body, &err), 0);
	CHECK_STR(jx_str(jx_find(body, "reason"), ""), "its lease expired");
	CHECK_INT(store_expire(sched, &expired, &err), 0);
	CHECK_INT(expired.sessions + expired.idems + expired.throttles, 0);
	CHECK_INT(store_maintain(sched, &made, &err), 0);
	CHECK_INT(made, 0);
	db_close(db);
	db_close(super);
	db_close(sched);
	db_close(hub);
}

/* ---- migrations ---------------------------------------------------------------------------------------- */

static struct db *
new_database(const char *name)
{
	struct db *super = to("postgres", "super");

	sql(super, arena_printf(mem, "create database %s", name));
	db_close(super);
	return to(name, "super");
}

static void
put(const char *dir, const char *name, const char *text)
{
	struct err err;

	CHECK_INT(file_save(arena_printf(mem, "%s/%s", dir, name), text, strlen(text), 0644, &err), 0);
}

static int
migrate(struct db *db, const char *dir, size_t *applied, struct err *err)
{
	struct migrate_result r = { 0 };
	int rc = migrate_run(db, dir, &r, err);

	*applied = r.applied;
	return rc;
}

static void
migrations_are_applied_once_and_never_changed(void)
{
	struct db *db = new_database("m1");
	char dir[] = "/tmp/forge-migrate-XXXXXX";
	struct err err = { 0 };
	size_t applied;

	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(migrate(db, dir, &applied, &err), -1);
	CHECK_INT(err.code, E_CONFIG);
	put(dir, "0001_a.sql", "create table a (x int);");
	put(dir, "0010_b.sql", "create table b (x int); insert into b values (1);");
	put(dir, "README", "not a migration");
	CHECK_INT(migrate(db, dir, &applied, &err), 0);
	CHECK_INT(applied, 2);
	CHECK_INT(migrate(db, dir, &applied, &err), 0);
	CHECK_INT(applied, 0);

	put(dir, "0011_c.sql", "create table c (x int); select nonsense;");
	CHECK_INT(migrate(db, dir, &applied, &err), -1);
	CHECK_INT(err.code, E_INTERNAL);
	CHECK(strstr(err.msg, "migration '0011_c.sql': ") == err.msg);
	CHECK(strstr(err.msg, "nonsense") != NULL);
	sql(db, "do $$ begin assert to_regclass('c') is null; end $$"); /* all of it or nothing */
	put(dir, "0011_c.sql", "create table c (x int);");
	CHECK_INT(migrate(db, dir, &applied, &err), 0);
	CHECK_INT(applied, 1);

	put(dir, "0001_a.sql", "create table a (x int, y int);");
	CHECK_INT(migrate(db, dir, &applied, &err), -1);
	CHECK_INT(err.code, E_HASH);
	CHECK(strstr(err.msg, "'0001_a.sql' was changed after it was applied") != NULL);
	put(dir, "0001_a.sql", "create table a (x int);");

	put(dir, "0005_late.sql", "create table late (x int);");
	CHECK_INT(migrate(db, dir, &applied, &err), -1);
	CHECK_INT(err.code, E_CONFIG);
	CHECK(strstr(err.msg, "'0005_late.sql' comes before '0010_b.sql', which was applied already") != NULL);
	put(dir, "0012_late.sql", "create table late (x int);");
	CHECK_INT(unlink(arena_printf(mem, "%s/0005_late.sql", dir)), 0);
	put(dir, "0012_twin.sql", "select 1;");
	CHECK_INT(migrate(db, dir, &applied, &err), -1);
	CHECK(strstr(err.msg, "two migrations have the number 0012") != NULL);
	CHECK_INT(unlink(arena_printf(mem, "%s/0012_twin.sql", dir)), 0);
	CHECK_INT(unlink(arena_printf(mem, "%s/0010_b.sql", dir)), 0);
	CHECK_INT(migrate(db, dir, &applied, &err), -1);
	CHECK_INT(err.code, E_CONFIG);
	CHECK(strstr(err.msg, "has migration '0010_b.sql', the folder does not") != NULL);
	for (const char *const *f = (const char *const[]){ "0001_a.sql", "0011_c.sql", "0012_late.sql", "README", NULL }; *f != NULL; f++)
		CHECK_INT(unlink(arena_printf(mem, "%s/%s", dir, *f)), 0);
	CHECK_INT(rmdir(dir), 0);
	db_close(db);
}

static void *
migrate_in_thread(void *arg)
{
	struct migrate_result *r = arg;
	struct err err;
	struct db *db;

	if (db_open(getenv("FORGE_TEST_M2"), "test", &db, &err) < 0) /* mem is not for threads */
		return NULL;
	if (migrate_run(db, "migrations", r, &err) < 0)
		printf("# %s\n", err.msg);
	db_close(db);
	return NULL;
}

static void
two_at_once_apply_each_migration_once(void)
{
	struct db *db = new_database("m2");
	struct migrate_result r[2] = { 0 };
	struct err err = { 0 };
	pthread_t t[2];
	size_t applied;

	CHECK_INT(setenv("FORGE_TEST_M2", arena_printf(mem, "%s dbname=m2 user=super", getenv("FORGE_TEST_PG")), 1), 0);
	for (int i = 0; i < 2; i++)
		CHECK_INT(pthread_create(&t[i], NULL, migrate_in_thread, &r[i]), 0);
	for (int i = 0; i < 2; i++)
		CHECK_INT(pthread_join(t[i], NULL), 0);
	CHECK(r[0].total > 4);
	CHECK_INT(r[0].applied + r[1].applied, r[0].total);
	CHECK(r[0].applied == 0 || r[1].applied == 0);
	db_close(db);
	db = to("m2", "forge_migrate"); /* later ones need no superuser */
	CHECK_INT(migrate(db, "migrations", &applied, &err), 0);
	CHECK_INT(applied, 0);
	db_close(db);
}

int
main(int argc, char **argv)
{
	(void)argc;
	if (getenv("FORGE_TEST_PG") == NULL) {
		const char *const again[] = { "/usr/bin/python3", "-B", "tests/harness/scratch_pg.py", "run", "--", argv[0], NULL };

		(void)execv(again[0], (char *const *)(uintptr_t)again);
		perror(again[0]);
		return 1;
	}
	mem = arena_new(0);
	RUN(a_connection_that_cannot_be_made_says_why);
	RUN(errors_of_the_server_become_ours);
	RUN(one_row_is_one_row);
	RUN(arrays_keep_quotes_and_backslashes);
	RUN(a_broken_connection_is_known_and_made_again);
	RUN(settings_end_with_the_transaction);
	RUN(a_failed_transaction_does_not_commit);
	RUN(a_wake_up_reaches_who_listens);
	RUN(a_run_goes_through_every_call);
	RUN(the_scheduler_reaps_and_the_hub_reads);
	RUN(migrations_are_applied_once_and_never_changed);
	RUN(two_at_once_apply_each_migration_once);
	arena_free(mem);
	return tap_done();
}
