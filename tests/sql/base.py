# SPDX-License-Identifier: Apache-2.0
"""What the SQL tests share: one cluster for the run, a fresh database per test class, plans, attempts, receipts."""
import atexit
import hashlib
import itertools
import json
import unittest

from tests.harness.scratch_pg import SqlError, scratch_pg

TTL = "10 s"
PASSWORD = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
_numbers = itertools.count(1)
_cluster = []


def cluster():
    """The run's cluster, made when first asked for and removed when Python ends."""
    if not _cluster:
        manager = scratch_pg()
        _cluster.append(manager.__enter__())
        atexit.register(manager.__exit__, None, None, None)
    return _cluster[0]


def canon(value):
    """RFC 8785 for what the tests use: ASCII keys, strings, small integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha(text):
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def merkle(leaves):
    """RFC 6962 section 2.1, written from the text of the RFC."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:k]) + merkle(leaves[k:])).digest()


def public_id(letter, number):
    number, out = int(number), ""
    for _ in range(13):
        out = "0123456789abcdefghjkmnpqrstvwxyz"[number & 31] + out
        number >>= 5
    return f"{letter}_{out}"


def step(index, after=(), inputs=(), outputs=("out",), gate=None, retries=1):
    """A contract with what the database reads of it. after: indices; inputs: (name, source)."""
    return {"schema": "forge.contract.v1", "step_id": f"ps-{index}-s", "index": index, "label": f"Step {index} «é»",
            "depends_on": [f"ps-{i}-s" for i in after],
            "inputs": [{"name": n, "path": f"input/{n}", "kind": "text.plain", "required": True, "source": s} for n, s in inputs],
            "outputs": [{"name": n, "path": f"output/{index}-{n}", "kind": "text.plain", "label": n, "deliverable": n == "report"}
                        for n in outputs],
            "execution": {"files": [{"path": "/skills/x.py", "sha256": sha("program"), "bytes": "7"}]},
            "repair": {"max_retries": retries}, "gate": gate}


def from_step(index, name="out"):
    return {"type": "step", "step_id": f"ps-{index}-s", "name": name, "path": f"output/{index}-{name}"}


def from_file(path, data):
    return {"type": "file", "path": path, "sha256": sha(data), "bytes": str(len(data))}


def plan(steps, objective="do it", parallel=4):
    profile = {"schema": "forge.profile.v1", "id": "standard", "max_parallel": parallel}
    doc = {"schema": "forge.plan.v1", "mission": "m", "objective_sha256": sha(objective), "provider": "offline", "profile": profile,
           "profile_sha256": sha(canon(profile)),
           "steps": [{"step_id": c["step_id"], "contract_hash": sha(canon(c)), "contract": c} for c in steps]}
    return seal(doc)


def seal(doc):
    doc["plan_hash"] = merkle([bytes.fromhex(s["contract_hash"]) for s in doc["steps"]] + [bytes.fromhex(doc["profile_sha256"])]).hex()
    return doc


class Attempt:
    """A claimed step and the receipts a runner would write for it."""

    def __init__(self, row):
        self.row, self.contract = row, json.loads(row.contract)
        self.key = (row.run_id, row.no, row.token)

    def receipt(self, **over):
        r = self.row
        facts = {"schema": "forge.postflight.v1", "run": public_id("r", r.run_id), "step": r.step_id, "attempt": int(r.attempt),
                 "epoch": int(r.epoch), "contract_hash": r.contract_hash, "plan_hash": r.plan_hash, "verdict": "ok", "exit_code": 0,
                 "outputs": [{"name": o["name"], "path": o["path"], "kind": o["kind"], "sha256": sha(o["path"]), "bytes": 3, "rows": 2,
                              "parse": {"ok": True, "detail": ""}} for o in self.contract["outputs"]],
                 "stdout": {"sha256": sha("log"), "bytes": 3}, "stderr": {"sha256": sha(""), "bytes": 0},
                 "harness_us": {"prepare": 10, "program": 1000, "persist": 5}}
        facts.update(over)
        return canon({"_type": "https://in-toto.io/Statement/v1", "predicate": {"forge": facts}})

    def failure(self, retryable, **over):
        return self.receipt(**{"verdict": "exit", "exit_code": 1, "outputs": [], "failure": {
            "class": "program", "message": "it said no", "place": None, "retryable": retryable}, **over})

    def preflight(self, db, **over):
        return db.one("select forge.preflight($1, $2, $3, $4)", *self.key, self.receipt(**over))

    def commit(self, db, **over):
        return db.one("select * from forge.commit_step($1, $2, $3, $4)", *self.key, self.receipt(**over))

    def fail(self, db, retryable, **over):
        return db.one("select * from forge.fail_step($1, $2, $3, $4)", *self.key, self.failure(retryable, **over))

    def release(self, db, reason="the runner ends"):
        return db.one("select forge.release_step($1, $2, $3, $4)", *self.key, reason)

    def beat(self, db, ttl=TTL):
        return db.q("select * from forge.heartbeat(array[$1]::uuid[], $2)", self.row.token, ttl)


class SqlTest(unittest.TestCase):
    """super, api, runner, sched, events: a connection under each role, to a database of the class's own."""

    @classmethod
    def setUpClass(cls):
        cls.pg = cluster()
        cls.db = cls.pg.migrated(f"t{next(_numbers)}")
        for role in ("super", "api", "runner", "sched", "events"):
            setattr(cls, role, cls.session(role))

    @classmethod
    def session(cls, role):
        s = cls.pg.connect(cls.db, role if role == "super" else f"forge_{role}")
        cls.addClassCleanup(s.close)
        return s

    def assertState(self, state, fn, *args, says=None, **kw):
        """fn raises an error with this SQLSTATE and these words."""
        with self.assertRaises(SqlError) as e:
            fn(*args, **kw)
        self.assertEqual(e.exception.state, state, e.exception)
        if says:
            self.assertIn(says, e.exception.text)
        return e.exception

    def workspace(self, cap=8):
        """(workspace, user) of a new tenant."""
        n = next(_numbers)
        user = self.super.one("select forge.user_new(null, $1, 'Somebody', $2)", f"user{n}@example.com", PASSWORD)
        ws = self.super.one("select forge.workspace_new($1, $2)", user, f"Books {n}")
        self.super.q("update forge.workspace set cap = $2 where id = $1", ws, cap)
        return ws, user

    def put_file(self, ws, user, path, data):
        with self.api.tx(ws):
            return self.api.one("select forge.file_put($1, $2, $3, 'text.plain', null, null, true, null, null, $4)", path, sha(data), len(data), user)

    def put_plan(self, ws, user, doc, objective="do it"):
        with self.api.tx(ws):
            return self.api.one("select forge.plan_put($1, $2, $3)", user, objective, canon(doc))

    def start(self, ws, user, doc, key=None):
        """The id of a new run of a new plan."""
        p = self.put_plan(ws, user, doc)
        with self.api.tx(ws):
            return self.api.one("select * from forge.start_run($1, $2, $3, $4)", user, key, p, doc["plan_hash"]).run_id

    def claim(self, n=10, db=None, host="host-a", life="life-1", after=0, ttl=TTL):
        rows = (db or self.runner).q("select * from forge.claim($1, $2, $3, $4, $5)", host, life, n, after, ttl)
        return [Attempt(r) for r in rows]

    def claim_one(self, **kw):
        got = self.claim(n=1, **kw)
        self.assertEqual(len(got), 1)
        return got[0]

    def expire_lease(self, attempt):
        self.super.q("update forge.lease set until = clock_timestamp() - interval '1 s' where run_id = $1 and no = $2", attempt.row.run_id, attempt.row.no)

    def make_due(self):
        """Retries fall due now, without waiting for them."""
        self.super.q("update forge.ready set run_at = now() - interval '1 s'")

    def run_row(self, run):
        return self.super.one("select * from forge.run where id = $1", run)

    def states(self, run):
        return [r.state for r in self.super.q("select state from forge.step where run_id = $1 order by no", run)]

    def kinds(self, run, table="event"):
        return [r.kind for r in self.super.q(f"select kind from forge.{table} where run_id = $1 order by seq", run)]

    def assertChain(self, run):
        v = self.super.one("select * from forge.verify_run($1)", run)
        self.assertEqual((v.ok, v.bad_seq), ("t", None))
        rows = self.super.q("select * from forge.receipt where run_id = $1 order by seq", run)
        prev = bytes(32)
        for i, r in enumerate(rows, 1):  # the formula again, in another language
            data = f"{r.kind}\x1f{r.step_id or ''}\x1f{r.attempt or 0}\x1f{r.body}".encode()
            want = hashlib.sha256(prev + int(run).to_bytes(8, "big") + i.to_bytes(4, "big") + data).hexdigest()
            self.assertEqual((int(r.seq), r.prev, r.hash), (i, prev.hex(), want))
            self.assertEqual(r.body, canon(json.loads(r.body)), "not canonical")
            prev = bytes.fromhex(want)
        return rows
