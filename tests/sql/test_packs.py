# SPDX-License-Identifier: Apache-2.0
"""Packs of a tenant's own: immutable versions in order, switches per workspace, what plans pin, other tenants."""
import json
import threading

from tests.sql.base import SqlTest, plan, sha, step


class Packs(SqlTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        t = cls()
        cls.a, cls.ann = t.workspace()
        cls.b, cls.bob = t.workspace()

    def runTest(self):
        pass

    def put(self, ws, user, pack, version, text="{}", bundle=None):
        with self.api.tx(ws):
            return self.api.one("select forge.pack_put($1, $2, $3, $4, $5, 10, 'Label', '{\"entities\":0}', '{x.y}', $6)", pack, version, sha(text), text,
                                bundle or sha(text), user)

    def switch(self, ws, user, pack, version, on, state=None):
        with self.api.tx(ws):
            state = state or self.api.one("select forge.pack_set_hash()")
            self.api.q("select forge.workspace_pack_put($1, $2, $3, $4, $5)", pack, version, on, user, state)

    def versions(self, ws, pack):
        with self.api.tx(ws):
            return [r.version for r in self.api.q("select version from forge.pack_version where pack = $1 order by version_order desc", pack)]

    def test_a_version_is_put_once_and_never_changed(self):
        self.assertEqual(self.put(self.a, self.ann, "once", "1.0.0", '{"a":1}'), "t")
        self.assertEqual(self.put(self.a, self.ann, "once", "1.0.0", '{"a":1}'), "f")
        self.assertState("FQ011", self.put, self.a, self.ann, "once", "1.0.0", '{"a":2}')
        self.assertState("FQ011", self.put, self.a, self.ann, "once", "1.0.0", '{"a":1}', sha("other programs"))
        self.assertState("FQ009", self.super.q, "update forge.pack_version set label = 'x' where pack = 'once'")
        self.assertState("23514", self.put, self.a, self.ann, "once", "1.0", "{}")
        with self.assertRaises(Exception) as e, self.api.tx(self.a):
            self.api.q("select forge.pack_put('h', '1.0.0', $1, '{}', $1, 10, 'L', '{}', '{}', $2)", sha("not it"), self.ann)
        self.assertEqual(e.exception.state, "23514")  # the text is the hashed bytes

    def test_versions_are_ordered_as_numbers(self):
        for v in ("1.9.0", "1.10.0", "0.99.99", "2.0.0"):
            self.put(self.a, self.ann, "order", v)
        self.assertEqual(self.versions(self.a, "order"), ["2.0.0", "1.10.0", "1.9.0", "0.99.99"])

    def test_another_tenant_sees_and_switches_nothing(self):
        self.put(self.a, self.ann, "mine", "1.0.0")
        self.switch(self.a, self.ann, "mine", "1.0.0", True)
        self.assertEqual(self.versions(self.a, "mine"), ["1.0.0"])
        self.assertEqual(self.versions(self.b, "mine"), [])
        self.assertState("FQ011", self.switch, self.b, self.bob, "mine", "1.0.0", True)
        with self.api.tx(self.b):
            self.assertEqual(self.api.q("select * from forge.workspace_pack where pack = 'mine'"), [])
            self.assertEqual(self.api.one("select is_there from forge.pack_drop('mine', '1.0.0')"), "f")
        self.assertEqual(self.api.q("select * from forge.pack_version"), [])  # without a workspace

    def test_two_switches_at_once_are_not_mixed(self):
        self.put(self.a, self.ann, "race", "1.0.0")
        with self.api.tx(self.a):
            before = self.api.one("select forge.pack_set_hash()")
        self.switch(self.a, self.ann, "race", "1.0.0", True, before)
        self.assertState("FQ011", self.switch, self.a, self.ann, "legal-review", None, False, before)

    def test_what_is_in_use_is_not_taken_away(self):
        text = json.dumps({"pinned": self.a})
        self.put(self.a, self.ann, "used", "1.0.0", text)
        self.switch(self.a, self.ann, "used", "1.0.0", True)

        def drop():
            with self.api.tx(self.a):
                r = self.api.q("select * from forge.pack_drop('used', '1.0.0')")[0]
                return r.is_there, r.workspaces, r.plans
        self.assertEqual(drop(), ("t", "1", "0"))
        self.switch(self.a, self.ann, "used", "1.0.0", False)
        one = {**step(0), "packs": [{"id": "used", "version": "1.0.0", "sha256": sha(text)}]}
        run = self.start(self.a, self.ann, plan([one]))
        self.assertTrue(run)
        self.assertEqual(drop(), ("t", "0", "1"))
        with self.api.tx(self.a):
            self.assertEqual(self.api.one("select count(*) from forge.blob_ref where sha256 = $1 and kind = 'pack'", sha(text)), "1")
            self.assertEqual(self.api.one("select count(*) from forge.plan_pack where pack = 'used'"), "1")
        self.put(self.a, self.ann, "used", "1.1.0")
        with self.api.tx(self.a):
            self.assertEqual(self.api.one("select is_there from forge.pack_drop('used', '1.1.0')"), "t")
        self.assertEqual(self.versions(self.a, "used"), ["1.0.0"])

    def test_a_number_that_was_taken_away_is_not_free_for_other_content(self):
        self.put(self.a, self.ann, "gone", "1.0.0", '{"a":1}')
        with self.api.tx(self.a):
            self.assertEqual(self.api.one("select is_there from forge.pack_drop('gone', '1.0.0')"), "t")
        self.assertEqual(self.versions(self.a, "gone"), [])
        self.assertState("FQ011", self.put, self.a, self.ann, "gone", "1.0.0", '{"a":2}')
        self.assertEqual(self.put(self.b, self.bob, "gone", "1.0.0", '{"a":2}'), "t")  # another tenant's numbers are its own
        self.assertEqual(self.put(self.a, self.ann, "gone", "1.0.0", '{"a":1}'), "t")  # the same content again

    def test_what_is_switched_on_at_the_moment_is_not_taken_away(self):
        self.put(self.a, self.ann, "moment", "1.0.0")
        self.switch(self.a, self.ann, "moment", "1.0.0", True)
        self.switch(self.a, self.ann, "moment", "1.0.0", False)
        answer = []
        with self.pg.connect(self.db, "forge_api") as other:
            pid = other.one("select pg_backend_pid()")

            def drop():
                with other.tx(self.a):
                    answer.append(other.q("select * from forge.pack_drop('moment', '1.0.0')")[0])
            thread = threading.Thread(target=drop)
            with self.api.tx(self.a):
                state = self.api.one("select forge.pack_set_hash()")
                self.api.q("select forge.workspace_pack_put('moment', '1.0.0', true, $1, $2)", self.ann, state)
                thread.start()
                while self.super.one("select count(*) from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", pid) == "0":
                    self.assertTrue(thread.is_alive(), answer)
            thread.join()
        self.assertEqual([(r.is_there, r.workspaces) for r in answer], [("t", "1")])
        with self.api.tx(self.a):
            self.assertEqual(self.api.one("select is_enabled from forge.workspace_pack where pack = 'moment'"), "t")
