# SPDX-License-Identifier: Apache-2.0
"""Every statement of backend/store/sql is prepared under the role that uses it, may run there, and nowhere else."""
import json
import re
import subprocess
import sys
from glob import glob

from tests.harness.scratch_pg import ROOT, SqlError
from tests.sql.base import SqlTest

sys.path.insert(0, str(ROOT / "backend/tools"))
import sqlgen  # noqa: E402  (the path above)

ROLES = ["forge_api", "forge_events", "forge_runner", "forge_sched"]
OPEN = {"ping", "migrate_exists", "migrate_lock", "migrate_unlock"}  # touch nothing that is anybody's


def statements():
    files = sorted(glob(str(ROOT / "backend/store/sql/*.sql")))
    done = subprocess.run([sys.executable, ROOT / "backend/tools/sqlgen.py", "--json", *files], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class Statements(SqlTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.all = statements()
        cls.super.script("create schema forge_admin; create table forge_admin.migration (name text primary key, sha256 text not null,"
                         " applied_at timestamptz default now()); alter schema forge_admin owner to forge_owner;"
                         " alter table forge_admin.migration owner to forge_owner")
        cls.roles = {r: cls.pg.connect(cls.db, r) for r in [*ROLES, "forge_migrate"]}
        cls.roles["superuser"] = cls.super
        for c in cls.roles.values():
            cls.addClassCleanup(c.close)

    def may_run(self, session, s):
        """EXPLAIN starts the executor, which checks every privilege, and runs nothing."""
        try:
            nulls = ", ".join(["null"] * len(s["args"]))
            session.script(f"explain execute {s['name']}" + (f" ({nulls})" if nulls else ""))
        except SqlError as e:
            if e.state != "42501":
                raise
            return False
        return True

    def prepare(self, session, s):
        session.prepare(s["name"], s["sql"], [sqlgen.OID[t] for _, t in s["args"]])

    def test_each_prepares_and_gives_the_columns_of_its_header(self):
        self.assertGreater(len(self.all), 40)
        for s in self.all:
            for role in s["roles"]:
                with self.subTest(statement=s["name"], role=role):
                    self.prepare(self.roles[role], s)
                    got = self.roles[role].describe(s["name"])
                    self.assertEqual(got, [(name, sqlgen.OID[t]) for name, t in s["columns"]])
                    if not s["sql"].startswith("create"):
                        self.assertTrue(self.may_run(self.roles[role], s), f"{role} may not run {s['name']}")

    def test_no_other_role_may_run_it(self):
        for role in ROLES:
            with self.pg.connect(self.db, role) as c:
                for s in self.all:
                    if role in s["roles"] or s["name"] in OPEN or s["sql"].startswith("create"):
                        continue
                    with self.subTest(statement=s["name"], role=role):
                        try:
                            self.prepare(c, s)
                            self.assertFalse(self.may_run(c, s), f"{role} may run {s['name']}")
                        except SqlError as e:
                            self.assertEqual(e.state, "42501")

    def test_a_statement_that_lies_about_itself_is_caught(self):
        """The check itself can fail: wrong column type, a role without the right."""
        s = {"name": "lie", "sql": "select id, state from forge.run where id = $1", "args": [["id", "bigint"]], "columns": [["id", "int"]], "roles": []}
        self.prepare(self.roles["forge_api"], s)
        self.assertNotEqual(self.roles["forge_api"].describe("lie"), [("id", sqlgen.OID["int"])])
        self.prepare(self.roles["forge_runner"], s)
        self.assertFalse(self.may_run(self.roles["forge_runner"], s))


class Generator(SqlTest):
    """sqlgen refuses what is not a statement, and says where."""

    @classmethod
    def setUpClass(cls):
        pass

    def wrong(self, text):
        import tempfile
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as f:
            f.write(text)
            f.flush()
            done = subprocess.run([sys.executable, ROOT / "backend/tools/sqlgen.py", "--json", f.name], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        return re.sub(r"/\S+\.sql", "x.sql", done.stderr).strip()

    def test_messages(self):
        head = "-- name: a :one (x int) -> (y int)\n-- role: forge_api\n"
        self.assertIn("x.sql:1: expected '-- name:", self.wrong("-- name: a one\nselect 1;"))
        self.assertIn("x.sql:1: 'a' declares 1 arguments and uses none", self.wrong(head + "select 1 as y;"))
        self.assertIn("x.sql:1: 'a' does not end with a semicolon", self.wrong(head + "select $1 as y"))
        self.assertIn("x.sql:1: 'a' is more than one statement", self.wrong(head + "select $1 as y; select 2;"))
        self.assertIn("x.sql:1: type 'integer' is not one of", self.wrong("-- name: a :one (x integer) -> ()\n"))
        self.assertIn("x.sql:1: 'a' has no '-- role:' line", self.wrong("-- name: a :one () -> ()\nselect 1;"))
        self.assertIn("role 'root' is not one of", self.wrong("-- name: a :one () -> ()\n-- role: root\nselect 1;"))
        self.assertIn("x.sql:1: SQL before the first", self.wrong("select 1;"))
        self.assertIn("'a' is also at x.sql:1", self.wrong((head + "select $1 as y;\n") * 2))
