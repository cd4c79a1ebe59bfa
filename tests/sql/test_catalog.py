# SPDX-License-Identifier: Apache-2.0
"""What the catalogue says about rights: no table is open by accident, no function escapes its search_path."""
from tests.sql.base import SqlTest, merkle, public_id, sha

NOT_TENANT = {"tenant", "app_user", "session", "auth_throttle"}


class Catalog(SqlTest):
    def test_every_table_but_the_named_forces_row_level_security(self):
        rows = self.super.q("select relname, relrowsecurity, relforcerowsecurity from pg_class where relnamespace = 'forge'::regnamespace"
                            " and relkind in ('r', 'p') and not relispartition")
        self.assertGreater(len(rows), 20)
        for r in rows:
            with self.subTest(table=r.relname):
                self.assertEqual((r.relrowsecurity, r.relforcerowsecurity), ("f", "f") if r.relname in NOT_TENANT else ("t", "t"))

    def test_tenant_tables_have_the_workspace_in_key_and_foreign_keys(self):
        rows = self.super.q("""
            select c.conrelid::regclass::text as t, c.contype, c.confrelid::regclass::text as target,
                exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any(c.conkey) and a.attname in ('ws', 'tenant_id')) as scoped
            from pg_constraint c join pg_class k on k.oid = c.conrelid
            where k.relnamespace = 'forge'::regnamespace and k.relrowsecurity and c.contype in ('p', 'f') and not k.relispartition""")
        unscoped = {"audit_event", "receipt", "event", "workspace"}  # keyed by id or (run, seq); run ids are one namespace
        for r in rows:
            with self.subTest(table=r.t, constraint=r.contype, target=r.target):
                if r.contype == "f" and r.target in ("forge.app_user", "forge.tenant"):
                    continue  # people are not a workspace's
                if r.contype == "p" and r.t.split(".")[1] in unscoped:
                    continue
                self.assertEqual(r.scoped, "t")

    def test_everything_belongs_to_the_owner_who_cannot_log_in(self):
        self.assertEqual(self.super.q("select relname from pg_class where relnamespace = 'forge'::regnamespace and relowner <> 'forge_owner'::regrole"), [])
        self.assertEqual(self.super.q("select proname from pg_proc where pronamespace = 'forge'::regnamespace and proowner <> 'forge_owner'::regrole"), [])
        self.assertEqual(self.super.one("select rolcanlogin from pg_roles where rolname = 'forge_owner'"), "f")
        self.assertEqual(self.super.q("select rolname from pg_roles where rolname like 'forge%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)"), [])

    def test_functions_with_the_owners_rights_have_a_fixed_search_path(self):
        rows = self.super.q("select proname, proconfig::text as c from pg_proc where pronamespace = 'forge'::regnamespace and prosecdef")
        self.assertGreater(len(rows), 20)
        for r in rows:
            self.assertIn('search_path=forge, pg_temp', r.c or "", r.proname)

    def test_nobody_may_call_a_function_because_everybody_may(self):
        rows = self.super.q("select p.proname from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
                            " where p.pronamespace = 'forge'::regnamespace and a.grantee = 0")
        self.assertEqual(rows, [])

    def test_runner_scheduler_and_hub_touch_no_table(self):
        for role in ("forge_runner", "forge_sched", "forge_events"):
            rows = self.super.q("select relname from pg_class where relnamespace = 'forge'::regnamespace and relkind in ('r', 'p', 'v', 'S')"
                                " and has_table_privilege($1, oid, 'select, insert, update, delete')", role)
            self.assertEqual(rows, [], role)
        for role, wanted in (("forge_runner", {"claim", "heartbeat", "step_input", "preflight", "step_phase", "commit_step", "fail_step",
                                               "release_step", "release_host", "wake"}),
                             ("forge_sched", {"reap", "expire", "maintain", "next_deadline", "wake", "current_ws", "current_user_id", "public_id", "iso"}),
                             ("forge_events", {"events_read", "events_head", "current_ws", "current_user_id", "public_id", "iso"})):
            rows = self.super.q("select proname from pg_proc where pronamespace = 'forge'::regnamespace and has_function_privilege($1, oid, 'execute')", role)
            self.assertEqual({r.proname for r in rows}, wanted, role)

    def test_the_api_writes_only_where_it_must(self):
        rows = self.super.q("select c.relname, p from pg_class c, unnest(array['insert', 'update', 'delete', 'truncate']) p"
                            " where relnamespace = 'forge'::regnamespace and relkind in ('r', 'p') and has_table_privilege('forge_api', c.oid, p)")
        self.assertEqual({(r.relname, r.p) for r in rows}, {("session", "insert"), ("api_key", "insert"), ("compile", "insert"),
                                                            ("member", "delete"), ("auth_throttle", "delete")})
        for column in ("token", "incarnation"):
            self.assertEqual(self.super.one("select has_column_privilege('forge_api', 'forge.lease', $1, 'select')", column), "f")

    def test_partitions_are_reached_through_their_parent_only(self):
        rows = self.super.q("select relname from pg_class where relnamespace = 'forge'::regnamespace and relispartition and relkind = 'r'")
        self.assertGreaterEqual(len(rows), 6)  # receipts and events: this month and two ahead
        for r in rows:
            self.assertState("42501", self.api.q, f"select * from forge.{r.relname}")

    def test_maintain_makes_what_is_missing_and_nothing_twice(self):
        self.assertEqual(self.sched.one("select forge.maintain()"), "0")
        self.assertEqual(self.sched.one("select forge.maintain(4)"), "4")
        self.assertEqual(self.sched.one("select forge.maintain(4)"), "0")

    def test_ids_are_as_the_programs_write_them(self):
        self.assertEqual(self.super.one("select forge.public_id('r', 0)"), "r_0000000000000")
        self.assertEqual(self.super.one("select forge.public_id('r', 9223372036854775807)"), "r_7zzzzzzzzzzzz")
        self.assertEqual(self.super.one("select forge.public_id('w', 1882438216157495299)"), public_id("w", 1882438216157495299))
        a, b = (int(self.super.one("select forge.new_id()")) for _ in range(2))
        self.assertLess(a >> 20, (b >> 20) + 1)

    def test_merkle_root_is_that_of_the_rfc(self):
        for n in (1, 2, 3, 4, 5, 7, 8, 9, 31, 33):
            leaves = [bytes.fromhex(sha(str(i))) for i in range(n)]
            got = self.super.one("select encode(forge.merkle_root($1), 'hex')", "{" + ",".join(f'"\\\\x{x.hex()}"' for x in leaves) + "}")
            self.assertEqual(got, merkle(leaves).hex(), n)
        self.assertEqual(self.super.one("select encode(forge.merkle_root('{}'), 'hex')"), sha(""))
