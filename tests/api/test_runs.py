# SPDX-License-Identifier: Apache-2.0
"""From an objective to receipts: compile, plans, runs, steps, artifacts, blobs, the live stream."""
import hashlib
import http.client
import json
import struct
from concurrent.futures import ThreadPoolExecutor

from tests.api.base import ApiTest
from tests.api.schema_check import check
from tests.api.base import contract
from tests.harness.scratch_stack import ROOT
from tests.harness.scripted_runner import ScriptedRunner

OBJECTIVE = (ROOT / "packs/domain/data-merge-transform/sample/join/objective.md").read_text(encoding="utf-8")
ENTRIES = b"""time_entry_id,employee_id,contract_ref,work_date,hours_logged,billed_rate,billed_amount,invoice_id,project_code
TE-1,E-1,C-1,2026-01-05,8,100.00,800.00,INV-1,P-1
TE-2,E-2,C-1,2026-01-06,4,90.00,360.00,INV-1,P-1
"""
RATES = b"""contract_id,role_code,hourly_rate,effective_date,expiration_date
C-1,R-1,100.00,2026-01-01,2026-12-31
"""
HTML = b"<!doctype html><script>parent.document.cookie</script>"


class Work(ApiTest):
    """A workspace with files; helpers to get a plan and a run."""

    def setUp(self):
        self.me = self.user()
        self.ws = self.me.ws
        self.runner = ScriptedRunner(self.stack)
        self.sql("update forge.workspace set paused = true where id in (select ws from forge.ready)")  # other tests' leftovers

    def files(self, entries=ENTRIES, rates=RATES):
        self.me.upload(self.ws, "attachments/time_entries.csv", entries)
        self.me.upload(self.ws, "attachments/rates.csv", rates)

    def compile(self, objective=OBJECTIVE, client=None, **more):
        return (client or self.me).post(f"/workspaces/{self.ws}/compile", {"objective": objective, **more})

    def plan(self):
        self.files()
        last = self.compile().lines[-1]
        self.assertEqual(last["event"], "plan", last)
        return last["plan"]

    def start(self, plan, key="k1", client=None):
        return (client or self.me).post(f"/workspaces/{self.ws}/plans/{plan['id']}/runs", headers={"Idempotency-Key": key})

    def run_(self):
        r = self.start(self.plan())
        self.assertEqual(r.status, 201, r)
        return r.json

    def get(self, path, **kw):
        return self.me.get(f"/workspaces/{self.ws}{path}", **kw)

    def lease(self):
        leases = self.runner.claim()
        self.assertEqual(len(leases), 1)
        self.runner.preflight(leases[0])
        return leases[0]

    def content(self, lease, data=b'[{"a":1},{"a":2}]'):
        return {o["name"]: data for o in lease["contract"]["outputs"]}


class Compile(Work):
    def test_passes_come_in_order_and_the_plan_last(self):
        self.files()
        r = self.compile()
        self.assertEqual((r.status, r.type), (200, "application/x-ndjson"))
        seen = [(e["pass"], e["name"], e["state"]) for e in r.lines if e["event"] == "pass"]
        names = dict((p, n) for p, n, _ in seen)
        self.assertEqual(seen, [(p, names[p], s) for p in "ABCDE" for s in ("started", "done")])
        plan = r.lines[-1]["plan"]
        self.assertEqual(self.get(f"/plans/{plan['id']}").json, plan)
        self.assertEqual([p["pass"] for p in plan["passes"]], list("ABCDE"))
        self.assertEqual(plan["objective"], OBJECTIVE)

    def test_plan_hashes_can_be_recomputed_from_what_is_shown(self):
        plan = self.plan()
        leaves = []
        for step in plan["steps"]:
            text = json.dumps(step["contract"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            self.assertEqual(hashlib.sha256(text).hexdigest(), step["contract_hash"])
            leaves.append(bytes.fromhex(step["contract_hash"]))
        leaves.append(bytes.fromhex(plan["profile_sha256"]))

        def root(x):
            if len(x) == 1:
                return hashlib.sha256(b"\0" + x[0]).digest()
            k = 1
            while k * 2 < len(x):
                k *= 2
            return hashlib.sha256(b"\1" + root(x[:k]) + root(x[k:])).digest()
        self.assertEqual(root(leaves).hex(), plan["plan_hash"])

    def test_each_line_is_sent_when_it_happens(self):
        self.files()
        c = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=60)
        c.request("POST", f"/api/v1/workspaces/{self.ws}/compile", json.dumps({"objective": OBJECTIVE}),
                  {"Content-Type": "application/json", "Cookie": self.me.cookie, "X-Forge-CSRF": self.me.csrf})
        r = c.getresponse()
        self.assertEqual(r.getheader("Transfer-Encoding"), "chunked")
        chunks = []
        while part := r.read1(65536):
            chunks.append(part)
        c.close()
        self.assertGreater(len(chunks), 3, "nothing was streamed")
        self.assertEqual(json.loads(chunks[0].split(b"\n")[0])["state"], "started")

    def test_programs_of_a_plan_can_be_read_before_it_runs(self):
        plan = self.plan()
        files = [f for s in plan["steps"] for f in s["contract"]["execution"]["files"]]
        self.assertTrue(files)
        for f in files:
            r = self.get(f"/blobs/{f['sha256']}")
            self.assertEqual((r.status, r.type, hashlib.sha256(r.body).hexdigest()), (200, "text/plain", f["sha256"]))

    def test_an_objective_that_cannot_be_planned_is_told_with_diagnostics_and_kept(self):
        self.files()
        r = self.compile("Book me a flight to the moon")
        last = r.lines[-1]
        self.assertEqual((r.status, last["event"]), (200, "diagnostics"))
        self.assertTrue([d for d in last["diagnostics"] if d["severity"] == "error"])
        self.assertEqual(self.sql("select state from forge.compile order by id desc limit 1"), "refused")
        self.assertEqual(self.get("/plans").json["items"], [])

    def test_a_renamed_column_is_told_with_file_row_and_a_way_out(self):
        self.files(entries=ENTRIES.replace(b"billed_rate", b"rate_billed"))
        last = self.compile().lines[-1]
        self.assertEqual(last["event"], "diagnostics")
        text = json.dumps(last)
        self.assertIn("billed_rate", text)
        self.assertIn("rate_billed", text)
        self.assertTrue(any((d.get("place") or {}).get("file") == "attachments/time_entries.csv" for d in last["diagnostics"]), last)

    def test_wrong_requests_never_begin_a_stream(self):
        self.files()
        self.problem(self.compile(""), 422, "E_SCHEMA", "'objective' is empty")
        self.problem(self.compile("x" * 262145), 422, "E_SCHEMA", "262144")
        p = self.problem(self.compile(profile="nope"), 404, "E_NOT_FOUND", "no profile 'nope'")
        self.assertEqual(p["place"], {"pointer": "/profile"})
        # A profile of the catalogue that the operator does not offer (it may reach this machine's own ports) is not there.
        self.problem(self.compile(profile="demo"), 404, "E_NOT_FOUND", "no profile 'demo'")
        p = self.problem(self.compile(files=["attachments/rates.csv", "gone.csv"]), 404, "E_NOT_FOUND", "no file 'gone.csv'")
        self.assertEqual(p["place"], {"pointer": "/files/1"})
        self.problem(self.compile(files=[1]), 422, "E_SCHEMA", "item 1 of 'files' must be a text")
        self.problem(self.compile(files="x"), 422, "E_SCHEMA", "a list of texts")
        self.problem(self.compile(filez=[]), 422, "E_SCHEMA", "did you mean 'files'?")

    def test_only_the_named_files_are_considered(self):
        self.files()
        self.me.upload(self.ws, "other.csv", b"a,b\n1,2\n")
        plan = self.compile(files=["attachments/rates.csv", "attachments/time_entries.csv"]).lines[-1]["plan"]
        self.assertEqual({f["path"] for f in plan["files"]}, {"attachments/rates.csv", "attachments/time_entries.csv"})
        last = self.compile(files=["attachments/rates.csv"]).lines[-1]
        self.assertEqual(last["event"], "diagnostics")

    def test_viewer_cannot_compile(self):
        self.files()
        self.problem(self.compile(client=self.member(self.me, "viewer")), 403, "E_FORBIDDEN")


class Runs(Work):
    def test_start_needs_a_key_and_the_same_key_is_the_same_run(self):
        plan = self.plan()
        self.problem(self.me.post(f"/workspaces/{self.ws}/plans/{plan['id']}/runs"), 400, "E_USAGE", "Idempotency-Key is missing")
        self.problem(self.start(plan, "x" * 201), 400, "E_USAGE", "200 bytes")
        a, b = self.start(plan, "one"), self.start(plan, "one")
        self.assertEqual((a.status, b.status, a.json["id"]), (201, 201, b.json["id"]))
        self.assertNotIn("Idempotency-Replayed", a.headers)
        self.assertEqual(b.headers["Idempotency-Replayed"], "true")
        self.assertNotEqual(self.start(plan, "two").json["id"], a.json["id"])
        other = self.compile("\n" + OBJECTIVE).lines[-1]["plan"]
        self.problem(self.start(other, "one"), 409, "E_IDEMPOTENCY", "different request")

    def test_twelve_twins_make_one_run(self):
        plan = self.plan()
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: self.start(plan, "twin"), range(12)))
        self.assertEqual({r.status for r in answers}, {201})
        self.assertEqual(len({r.json["id"] for r in answers}), 1)
        self.assertEqual(sum("Idempotency-Replayed" not in r.headers for r in answers), 1)

    def test_plan_that_was_tampered_with_does_not_start(self):
        plan = self.plan()
        self.sql("alter table forge.plan disable trigger append_only; update forge.plan set document = replace(document, '60000', '60001') "
                 f"where plan_hash = '{plan['plan_hash']}' and ws = (select max(ws) from forge.plan); alter table forge.plan enable trigger append_only")
        self.problem(self.start(plan), 409, "E_HASH")

    def test_unknown_plans_and_runs_are_404(self):
        for path in ("/plans/p_zzzzzzzzzzzzz", "/plans/nonsense", "/runs/r_zzzzzzzzzzzzz", "/runs/x", "/runs/r_zzzzzzzzzzzzz/receipts",
                     "/runs/r_zzzzzzzzzzzzz/events", "/runs/r_zzzzzzzzzzzzz/steps/x", "/runs/r_zzzzzzzzzzzzz/artifacts/x"):
            self.problem(self.get(path), 404, "E_NOT_FOUND")
        self.problem(self.me.post(f"/workspaces/{self.ws}/runs/r_zzzzzzzzzzzzz/cancel"), 404, "E_NOT_FOUND")
        self.problem(self.start({"id": "p_zzzzzzzzzzzzz"}), 404, "E_NOT_FOUND")

    def test_a_run_from_start_to_verified_deliverables(self):
        run = self.run_()
        self.assertEqual((run["state"], run["ended_at"], {d["state"] for d in run["deliverables"]}), ("running", None, {"promised"}))
        self.assertEqual({s["state"] for s in run["steps"]}, {"ready", "blocked"})
        first = self.lease()
        s = self.get(f"/runs/{run['id']}/steps/{first['step_id']}").json
        self.assertEqual((s["state"], s["attempt"], [a["state"] for a in s["attempts"]]), ("leased", 1, ["leased"]))
        self.assertEqual(s["contract_hash"], first["contract_hash"])
        self.runner.commit(first, self.content(first))
        second = self.lease()
        self.runner.commit(second, self.content(second, HTML))
        run = self.get(f"/runs/{run['id']}").json
        self.assertEqual((run["state"], {s["state"] for s in run["steps"]}, {d["state"] for d in run["deliverables"]}), ("done", {"done"}, {"verified"}))
        self.assertIsNotNone(run["ended_at"])
        self.assertEqual((run["steps"][0]["harness_ms"], run["steps"][0]["program_ms"]), (3.75, 70.123))
        self.assertEqual(run["steps"][1]["depends_on"], [run["steps"][0]["step_id"]])
        item = self.get("/runs").json["items"][0]
        self.assertEqual((item["id"], item["steps_done"], item["steps_total"]), (run["id"], 2, 2))
        for d in run["deliverables"]:
            r = self.get(f"/runs/{run['id']}/artifacts/{d['path']}")
            self.assertEqual((r.status, hashlib.sha256(r.body).hexdigest()), (200, d["sha256"]))
            self.assertIn("sandbox", r.headers["Content-Security-Policy"])
            self.assertEqual(self.get(f"/blobs/{d['sha256']}").body, r.body)
        self.problem(self.me.post(f"/workspaces/{self.ws}/runs/{run['id']}/cancel"), 409, "E_CONFLICT", "has ended already")
        s = self.get(f"/runs/{run['id']}/steps/{second['step_id']}").json
        self.assertEqual([(a["attempt"], a["state"], a["verdict"], a["exit_code"], a["failure"]) for a in s["attempts"]], [(1, "done", "ok", 0, None)])
        self.assertEqual(self.get(f"/blobs/{s['attempts'][0]['stderr']['sha256']}").body, b"complained\n")
        self.assertEqual({o["path"] for o in s["outputs"]}, {o["path"] for o in second["contract"]["outputs"]})

    def test_the_chain_of_receipts_holds_when_recomputed_outside(self):
        run = self.run_()
        for _ in range(2):
            lease = self.lease()
            self.runner.commit(lease, self.content(lease))
        items, after = [], ""
        while True:
            page = self.get(f"/runs/{run['id']}/receipts?limit=2{after}").json
            items += page["items"]
            if not page["next"]:
                break
            after = f"&after={page['next']}"
        self.assertEqual([r["seq"] for r in items], list(range(1, 7)))
        self.assertEqual([r["kind"] for r in items], ["run.start", "preflight", "postflight", "preflight", "postflight", "run.done"])
        number = 0
        for c in run["id"][2:]:
            number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(c)
        prev = b"\0" * 32
        for r in items:
            body = json.dumps(r["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            text = "\x1f".join([r["kind"], r["step_id"] or "", str(r["attempt"] or 0), body]).encode()
            digest = hashlib.sha256(prev + struct.pack(">qi", number, r["seq"]) + text).digest()
            self.assertEqual((r["prev"], r["hash"]), (prev.hex(), digest.hex()), r["kind"])
            prev = digest
        one = self.get(f"/runs/{run['id']}/receipts?step={run['steps'][0]['step_id']}").json["items"]
        self.assertEqual([r["kind"] for r in one], ["preflight", "postflight"])
        self.problem(self.get(f"/runs/{run['id']}/receipts?after=x"), 400, "E_USAGE")

    def test_a_failure_is_shown_with_its_place(self):
        run = self.run_()
        lease = self.lease()
        failure = {"class": "input", "message": "hours are no number", "place": {"file": "attachments/time_entries.csv", "row": 3, "column": 5}, "retryable": False}
        self.runner.fail(lease, failure)
        run = self.get(f"/runs/{run['id']}").json
        self.assertEqual((run["state"], run["steps"][0]["state"], run["steps"][1]["state"]), ("failed", "failed", "cancelled"))
        self.assertEqual((run["steps"][0]["error"]["message"], run["steps"][0]["error"]["place"]["row"]), ("hours are no number", 3))
        self.assertEqual({d["state"] for d in run["deliverables"]}, {"missing"})
        s = self.get(f"/runs/{run['id']}/steps/{lease['step_id']}").json
        self.assertEqual((s["attempts"][0]["failure"], s["attempts"][0]["exit_code"]), (failure, 65))
        self.assertEqual(self.get(f"/blobs/{s['attempts'][0]['stdout']['sha256']}").body, b"said\n")

    def test_cancel(self):
        run = self.run_()
        r = self.me.post(f"/workspaces/{self.ws}/runs/{run['id']}/cancel")
        self.assertEqual((r.status, r.json["state"], {s["state"] for s in r.json["steps"]}), (200, "cancelled", {"cancelled"}))
        self.problem(self.me.post(f"/workspaces/{self.ws}/runs/{run['id']}/cancel", {}), 409, "E_CONFLICT")
        self.problem(self.me.post(f"/workspaces/{self.ws}/runs/{run['id']}/cancel", {"why": "x"}), 422, "E_SCHEMA", "none is taken here")

    def test_another_tenant_sees_none_of_it(self):
        run = self.run_()
        lease = self.lease()
        self.runner.commit(lease, self.content(lease, b'[{"secret":1},{"secret":2}]'))
        done = self.get(f"/runs/{run['id']}/steps/{lease['step_id']}").json
        other = self.user()
        for ws in (self.ws, other.ws):  # by the right workspace, and by their own
            for path in (f"/plans/{run['plan_id']}", f"/runs/{run['id']}", f"/runs/{run['id']}/steps/{lease['step_id']}", f"/runs/{run['id']}/receipts",
                         f"/runs/{run['id']}/events", f"/runs/{run['id']}/artifacts/{done['outputs'][0]['path']}", f"/blobs/{done['outputs'][0]['sha256']}",
                         f"/blobs/{done['attempts'][0]['stdout']['sha256']}"):
                if ws == other.ws and "stdout" in path:
                    continue
                self.problem(other.get(f"/workspaces/{ws}{path}"), 404, "E_NOT_FOUND")
            self.problem(other.post(f"/workspaces/{ws}/runs/{run['id']}/cancel"), 404, "E_NOT_FOUND")
            self.problem(other.post(f"/workspaces/{ws}/plans/{run['plan_id']}/runs", headers={"Idempotency-Key": "x"}), 404, "E_NOT_FOUND")

    def test_lists_go_on(self):
        plan = self.plan()
        ids = [self.start(plan, f"k{i}").json["id"] for i in range(5)]
        seen, after = [], ""
        while True:
            page = self.get(f"/runs?limit=2{after}").json
            seen += [r["id"] for r in page["items"]]
            if not page["next"]:
                break
            after = f"&after={page['next']}"
        self.assertEqual(seen, ids[::-1])
        self.assertEqual(self.get("/plans?limit=1").json["next"], None)


class Stream(Work):
    """The live stream through nginx, from the hub."""

    def open(self, run, headers=None, query=""):
        c = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        c.request("GET", f"/api/v1/workspaces/{self.ws}/runs/{run['id']}/events{query}", headers={"Cookie": self.me.cookie, **(headers or {})})
        self.addCleanup(c.close)
        r = c.getresponse()
        self.assertEqual((r.status, r.getheader("Content-Type").split(";")[0], r.getheader("Cache-Control")), (200, "text/event-stream", "no-store"))
        self.assertIn("default-src 'none'", r.getheader("Content-Security-Policy"))
        return r

    def event(self, r):
        """The next event as (id, kind, data); comments and retry are passed over."""
        found = {}
        while line := r.readline().decode():
            line = line.rstrip("\n")
            if not line and "event" in found:
                return found.get("id"), found["event"], json.loads(found["data"])
            if ": " in line and not line.startswith(":"):
                key, value = line.split(": ", 1)
                found[key] = value
        self.fail("the stream ended")

    def until(self, r, kind):
        out = []
        while not out or out[-1][1] != kind:
            out.append(self.event(r))
        return out

    def test_events_come_as_they_happen_and_the_stream_ends_with_the_run(self):
        run = self.run_()
        r = self.open(run)
        seen = self.until(r, "step.ready")
        lease = self.lease()
        seen += self.until(r, "step.start")
        self.runner.commit(lease, self.content(lease))
        seen += self.until(r, "step.ready")
        lease = self.lease()
        self.runner.commit(lease, self.content(lease))
        seen += self.until(r, "run.done")
        self.assertEqual([k for _, k, _ in seen], ["run.start", "step.ready", "step.start", "step.done", "step.ready", "step.start", "step.done", "run.done"])
        for i, (ident, kind, data) in enumerate(seen, 1):
            self.assertEqual((ident, data["seq"], data["kind"], data["run"]), (f"{run['id']}:{i}", i, kind, run["id"]))
            self.assertEqual(check(data, {"$ref": "#/components/schemas/run_event"}, contract().doc), [])

    def test_last_event_id_and_last_resume_behind_it(self):
        run = self.run_()
        for kw in ({"headers": {"Last-Event-ID": f"{run['id']}:1"}}, {"query": "?last=1"}):
            self.assertEqual(self.event(self.open(run, **kw))[1], "step.ready")
        for value in ("r_zzzzzzzzzzzzz:1", "garbage", ":", f"{run['id']}:-1", f"{run['id']}:99999999999"):
            self.assertEqual(self.event(self.open(run, headers={"Last-Event-ID": value}))[1], "run.start")
        self.problem(self.get(f"/runs/{run['id']}/events?last=x"), 400, "E_USAGE")

    def test_internal_address_cannot_be_asked_for(self):
        run = self.run_()
        c = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        number = self.sql("select max(id) from forge.run")
        ws = self.sql("select ws from forge.run order by id desc limit 1")
        for path in (f"/_events/{ws}/{number}?last=0", f"/_events/{self.ws}/{run['id']}"):
            c.request("GET", path)
            r = c.getresponse()
            self.assertEqual((r.status, b"run.start" in r.read()), (404, False))
        c.close()

    def test_a_hundred_streams_hold_no_worker(self):
        run = self.run_()
        streams = [self.open(run) for _ in range(100)]
        for r in streams:
            self.assertEqual(self.event(r)[1], "run.start")
        self.assertEqual(self.me.get("/session").status, 200)
        self.me.post(f"/workspaces/{self.ws}/runs/{run['id']}/cancel")
        for r in streams:
            self.assertEqual(self.until(r, "run.cancelled")[-1][1], "run.cancelled")
