# SPDX-License-Identifier: Apache-2.0
"""Row-level security: a transaction sees its workspace and nothing else, not by id, not by reference, not by function."""
from tests.sql.base import PASSWORD, SqlTest, from_file, from_step, plan, sha, step

TABLES = ["workspace", "member", "api_key", "audit_event", "file", "blob_ref", "plan", "plan_step", "compile", "run", "step", "attempt", "artifact",
          "receipt", "event"]


class Tenancy(SqlTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        t = cls()
        cls.a, cls.ann = t.workspace()
        cls.b, cls.bob = t.workspace()
        cls.runs = {}
        for ws, user, text in ((cls.a, cls.ann, "ann's"), (cls.b, cls.bob, "bob's")):
            t.put_file(ws, user, "in.txt", text)
            doc = plan([step(0, inputs=[("f", from_file("in.txt", text))]), step(1, after=[0], inputs=[("x", from_step(0))], outputs=["report"])])
            cls.runs[ws] = t.start(ws, user, doc)
            with cls.api.tx(ws):
                cls.api.q("insert into forge.api_key (ws, key_sha, prefix, name, role, created_by, until)"
                          " values ($1, $2, 'fk_abcd', 'key', 'editor', $3, now() + interval '1 day')", ws, sha("key" + ws), user)
                cls.api.q("insert into forge.compile (ws, objective, state, created_by) values ($1, 'x', 'refused', $2)", ws, user)
                cls.api.q("select forge.audit('test', 'object', $1, null, '127.0.0.1', true, null)", user)
        for _ in range(2):
            for x in t.claim():
                x.preflight(cls.runner)
                x.commit(cls.runner)

    def runTest(self):
        pass

    def count(self, table):
        return int(self.api.one(f"select count(*) from forge.{table}"))

    def test_without_a_workspace_there_is_nothing(self):
        for t in TABLES:
            self.assertEqual(self.count(t), 0, t)

    def test_a_workspace_sees_its_rows_and_only_those(self):
        for ws in (self.a, self.b):
            with self.api.tx(ws):
                for t in TABLES:
                    self.assertGreater(self.count(t), 0, t)
                    column = "id" if t == "workspace" else "ws"
                    self.assertEqual(self.api.one(f"select count(*) from forge.{t} where {column} is distinct from $1", ws), "0", t)

    def test_another_workspaces_rows_are_not_there_by_id(self):
        with self.api.tx(self.a):
            for sql in ("select * from forge.run where id = $1", "select * from forge.step where run_id = $1",
                        "select * from forge.receipt where run_id = $1", "select * from forge.event where run_id = $1",
                        "select * from forge.artifact where run_id = $1", "select * from forge.attempt where run_id = $1"):
                self.assertEqual(self.api.q(sql, self.runs[self.b]), [])

    def test_the_setting_ends_with_the_transaction(self):
        with self.api.tx(self.a):
            self.assertEqual(self.count("run"), 1)
        self.assertEqual(self.count("run"), 0)
        with self.assertRaises(RuntimeError), self.api.tx(self.a):
            raise RuntimeError
        self.assertEqual(self.count("run"), 0)

    def test_nothing_is_written_into_another_workspace(self):
        def put(ws):
            with self.api.tx(self.a):
                self.api.q("insert into forge.compile (ws, objective, state, created_by) values ($1, 'x', 'refused', $2)", ws, self.ann)
        put(self.a)
        self.assertState("42501", put, self.b, says="row-level security")

    def test_nothing_is_changed_in_another_workspace(self):
        with self.api.tx(self.a):
            self.api.q("update forge.api_key set revoked_at = now() where ws = $1", self.b)
            self.assertEqual(self.api.affected, 0)
            self.api.q("delete from forge.member where ws = $1", self.b)
            self.assertEqual(self.api.affected, 0)
            self.api.q("update forge.workspace set name = 'mine' where id = $1", self.b)
            self.assertEqual(self.api.affected, 0)

    def test_no_reference_crosses_workspaces_even_for_the_owner(self):
        """A plain foreign key would take these: its check looks past row-level security."""
        self.super.script("set role forge_owner")
        self.addCleanup(self.super.script, "reset role")
        plan_b = self.super.one("select id from forge.plan where ws = $1 order by id limit 1", self.b)
        for sql, args in (
                ("insert into forge.run (ws, plan_id, plan_hash, max_parallel, step_count, steps_left, started_by) values ($1, $2, $3, 1, 1, 1, $4)",
                 (self.a, plan_b, sha("x"), self.ann)),
                ("insert into forge.compile (ws, objective, state, plan_id, created_by) values ($1, 'x', 'planned', $2, $3)", (self.a, plan_b, self.ann)),
                ("insert into forge.ready (ws, class, run_id, no) values ($1, 5, $2, 1)", (self.a, self.runs[self.b])),
                ("insert into forge.receipt (ws, run_id, seq, kind, prev, hash, body) values ($1, $2, 99, 'run.done', $3, $3, '{}')",
                 (self.a, self.runs[self.b], sha("x")))):
            self.assertState("23503", self.super.q, sql, *args)

    def test_members_of_one_tenant_only(self):
        with self.assertRaises(Exception) as e, self.api.tx(self.a):
            self.api.q("select forge.member_put((select email from forge.app_user where id = $1), 'viewer')", self.bob)
        self.assertEqual(e.exception.state, "FQ003")
        tenant = self.super.one("select tenant_id from forge.app_user where id = $1", self.ann)
        self.assertState("23503", self.super.q, "insert into forge.member (ws, user_id, tenant_id, role) values ($1, $2, $3, 'viewer')", self.a, self.bob, tenant)

    def test_the_last_owner_stays(self):
        def leave(role):
            with self.api.tx(self.a):
                if role:
                    self.api.q("select forge.member_put((select email from forge.app_user where id = $1), $2)", self.ann, role)
                else:
                    self.api.q("delete from forge.member where ws = $1 and user_id = $2", self.a, self.ann)
        self.assertState("FQ011", leave, "editor", says="at least one owner")
        self.assertState("FQ011", leave, None)

    def test_which_workspaces_are_mine_needs_no_workspace(self):
        with self.api.tx(user=self.ann):
            self.assertEqual([r.id for r in self.api.q("select id from forge.workspace")], [self.a])
            self.assertEqual([r.ws for r in self.api.q("select ws from forge.member")], [self.a])
            self.api.q("delete from forge.member")
            self.assertEqual(self.api.affected, 0)  # to see is not to change
        self.assertEqual(self.count("workspace"), 0)

    def test_functions_with_the_owners_rights_keep_to_the_workspace_too(self):
        p = self.super.one("select id, plan_hash from forge.plan where ws = $1 order by id limit 1", self.b)
        for ws, state in ((self.a, "FQ003"), (None, "42501")):
            for sql, args in (("select forge.start_run($1, null, $2, $3)", (self.ann, p.id, p.plan_hash)), ("select forge.cancel_run($1)", (self.runs[self.b],)),
                              ("select forge.decide_gate($1, $2, 'ps-0-s', true)", (self.ann, self.runs[self.b]))):
                def call():
                    with self.api.tx(ws):
                        self.api.q(sql, *args)
                self.assertState(state, call)

    def test_a_plan_cannot_name_bytes_of_another_workspace(self):
        doc = plan([step(0, inputs=[("f", from_file("in.txt", "bob's"))])])
        self.assertState("FQ010", self.put_plan, self.a, self.ann, doc, says="ps-0-s wants bytes that were never a file here: in.txt")
        self.put_plan(self.b, self.bob, doc)

    def test_events_are_read_with_the_right_workspace_only(self):
        self.assertGreater(len(self.events.q("select * from forge.events_read($1, $2, 0, 100)", self.a, self.runs[self.a])), 5)
        self.assertEqual(self.events.q("select * from forge.events_read($1, $2, 0, 100)", self.a, self.runs[self.b]), [])
        self.assertEqual(self.events.q("select * from forge.events_head($1, $2)", self.a, self.runs[self.b]), [])

    def test_history_is_never_changed_not_even_by_its_owner(self):
        self.super.script("set role forge_owner")
        self.addCleanup(self.super.script, "reset role")
        for t in ("receipt", "audit_event", "attempt", "artifact", "plan", "plan_step"):
            column = {"audit_event": "action", "receipt": "body", "attempt": "host", "artifact": "path", "plan": "mission", "plan_step": "label"}[t]
            self.assertState("FQ009", self.super.q, f"update forge.{t} set {column} = {column}", says=f"rows of {t}")
            self.assertState("FQ009", self.super.q, f"delete from forge.{t}")
            self.assertState("FQ009", self.super.q, f"truncate forge.{t} cascade")
        partition = self.super.one("select tableoid::regclass::text from forge.receipt limit 1")
        self.assertState("FQ009", self.super.q, f"update {partition} set body = '{{}}'")
        self.assertState("FQ009", self.super.q, f"truncate {partition}")

    def test_a_key_is_found_by_its_hash_while_it_and_its_maker_are_good(self):
        find = "select * from forge.key_find($1)"
        self.assertEqual(self.api.one(find, sha("key" + self.b)).ws, self.b)
        self.assertEqual(self.api.q(find, sha("no such key")), [])
        for spoil, mend in (("update forge.app_user set disabled = true where id = $1", "update forge.app_user set disabled = false where id = $1"),
                            ("update forge.api_key set until = now() where created_by = $1", "update forge.api_key set until = now() + interval '1 day' where created_by = $1"),
                            ("update forge.api_key set revoked_at = now() where created_by = $1", "update forge.api_key set revoked_at = null where created_by = $1")):
            self.super.q(spoil, self.bob)
            self.assertEqual(self.api.q(find, sha("key" + self.b)), [], spoil)
            self.super.q(mend, self.bob)
        self.assertEqual(len(self.api.q(find, sha("key" + self.b))), 1)

    def test_addresses_are_one_whatever_their_case_and_passwords_are_hashes(self):
        email = self.super.one("select email from forge.app_user where id = $1", self.ann)
        self.assertState("23505", self.super.q, "select forge.user_new(null, $1, 'Twin', $2)", email.upper(), PASSWORD)
        self.assertState("23514", self.super.q, "select forge.user_new(null, 'c@example.com', 'Clear', 'secret')")


class Files(SqlTest):
    def test_a_replaced_file_leaves_its_history(self):
        ws, user = self.workspace()
        ids = [self.put_file(ws, user, "a/b.csv", text) for text in ("one", "two")]
        with self.api.tx(ws):
            rows = self.api.q("select id, sha256, ended_at is null as current from forge.file order by id")
            self.assertEqual([(r.id, r.sha256, r.current) for r in rows], [(ids[0], sha("one"), "f"), (ids[1], sha("two"), "t")])
            self.assertEqual(self.api.one("select forge.file_drop('a/b.csv')"), ids[1])
            self.assertIsNone(self.api.one("select forge.file_drop('a/b.csv')"))
            self.assertEqual(self.api.one("select count(*) from forge.blob_ref where kind = 'file'"), "2")

    def test_a_path_stays_inside(self):
        ws, user = self.workspace()
        for path in ("../x", "/etc/passwd", "a/../b", "a//b", "a/", "./a", "a\nb", "", "a/.", "x" * 1025):
            self.assertState("23514", self.put_file, ws, user, path, "x")
        for path in ("a..b", ".hidden", "späße/ü.csv", "a b"):
            self.put_file(ws, user, path, "x")
