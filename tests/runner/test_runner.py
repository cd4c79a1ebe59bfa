# SPDX-License-Identifier: Apache-2.0
"""Whole runs by the real forge-runner and forge-cell on a scratch database."""
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import unittest

from tests.runner.bench import Bench, canon, contract, sha, step_source, wait_gone

HEAD = "import json,sys,os,csv,time\nS=json.load(open('/workspace/meta/step.json'))\nI={k:v['path'] for k,v in S['inputs'].items()}\n" \
    "O={k:v['path'] for k,v in S['outputs'].items()}\n" \
    "def out(name,text):\n    os.makedirs(os.path.dirname(O[name]),exist_ok=True)\n    open(O[name],'w').write(text)\n"
ROWS = HEAD + "out('rows',json.dumps([dict(r,amount=int(r['amount'])) for r in csv.DictReader(open(I['data']))]))\n" \
    "print('rows written')\n"
SUMS = HEAD + "rows=json.load(open(I['rows']))\nout('sums',json.dumps({'total':sum(r['amount'] for r in rows)}))\n"
TEXT = HEAD + "out('text','# Total\\n\\n%d\\n' % json.load(open(I['sums']))['total'])\n"
DATA = "id,amount\n" + "".join(f"e{i},{i * 3}\n" for i in range(1, 101))
SLOW = HEAD + "time.sleep(S['params'].get('s',0.7))\nout('o',json.dumps({'n':S['params'].get('n',0)}))\n"
OUT = {"name": "o", "path": "output/o.json", "kind": "object.json"}


@unittest.skipUnless(os.geteuid() == 0, "forge-cell needs root")
class Runner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = Bench()
        try:
            cls.b.start_cell()
            cls.b.start_runner()
        except BaseException:
            cls.b.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.b.close()

    def setUp(self):
        if self.b.runner is None or self.b.runner.poll() is not None:
            self.b.start_runner()

    def program(self, text):
        return self.b.blob(text), len(text.encode())

    def step(self, index, key, text, **more):
        return contract(index, key, self.program(text), **more)

    def three(self, seconds=None):
        """profile of a small table: rows, then sums, then a text; with seconds each takes that long."""
        wait = "" if seconds is None else f"import time\ntime.sleep({seconds})\n"
        src = self.b.file("attachments/data.csv", DATA)
        rows = {"name": "rows", "path": "output/rows.json", "kind": "table.json_rows", "grain": {"key": ["id"], "relation": "same", "of": "data"},
                "json_schema": {"type": "array", "items": {"type": "object", "required": ["id", "amount"],
                                                           "properties": {"id": {"type": "string"}, "amount": {"type": "integer", "minimum": 0}}}}}
        return [
            self.step(1, "rows", wait + ROWS, inputs=[("data", "input/data.csv", "table.csv", None, src)], outputs=[rows],
                      criteria=[{"type": "rows", "left": "outputs.rows", "op": "==", "right": "inputs.data", "says": "every row is kept"},
                                {"type": "key", "of": "outputs.rows", "columns": ["id"], "says": "id is a key"}]),
            self.step(2, "sums", wait + SUMS, inputs=[("rows", "input/rows.json", "table.json_rows", None,
                                                       step_source("ps-1-rows", "rows", "output/rows.json"))],
                      outputs=[{"name": "sums", "path": "output/sums.json", "kind": "object.json"}], depends=["ps-1-rows"]),
            self.step(3, "text", wait + TEXT, inputs=[("sums", "input/sums.json", "object.json", None,
                                                       step_source("ps-2-sums", "sums", "output/sums.json"))],
                      outputs=[{"name": "text", "path": "reports/total.md", "kind": "report.markdown"}], depends=["ps-2-sums"]),
        ]

    def run_plan(self, steps, want, **more):
        run = self.b.start(self.b.plan(steps, **more))
        state = self.b.wait_end(run)
        if state != want:
            told = [r["body"]["predicate"].get("forge", {}).get("failure") for r in self.b.receipts(run, "postflight")]
            self.fail(f"the run is {state}: {told}")
        self.b.check_chain(run)
        return run

    def failed(self, step, cls, *words):
        """Run one step that must fail: its failure, after the checks."""
        run = self.run_plan([step], "failed")
        f = self.b.failure(run, step["step_id"])
        self.assertEqual(f["class"], cls, f)
        for w in words:
            self.assertIn(w, f["message"])
        self.assertEqual(self.b.super.one("select count(*) from forge.artifact where run_id=$1", run), "0")
        return run, f

    # ---- what goes well ---------------------------------------------------------------------------
    def test_three_steps_become_one_checked_chain(self):
        steps = self.three()
        run = self.run_plan(steps, "done")
        self.assertEqual(self.b.output(run, "text"), f"# Total\n\n{sum(i * 3 for i in range(1, 101))}\n")
        story = self.b.check_chain(run)
        self.assertEqual((story["steps"], story["done"], story["attempts"], story["state"]), (3, 3, 3, "done"))
        for c in steps:
            pre = self.b.receipts(run, "preflight", c["step_id"])[0]["body"]["predicate"]
            f = self.b.facts(run, c["step_id"])
            for said in (pre, f):
                self.assertEqual(said["contract_hash"], sha(canon(c)))
                self.assertEqual(said["dispatched_contract_hash"], sha(canon(c)))
            self.assertEqual(f["verdict"], "ok")
            self.assertEqual(f["exit_code"], 0)
            self.assertEqual(list(f["harness_us"]), sorted(["prepare", "materialize", "project", "preflight", "verify_inputs", "program",
                                                            "postflight", "verify_outputs", "persist"]))
            self.assertGreater(f["usage"]["memory_peak_bytes"], 0)
            self.assertGreater(f["usage"]["wall_us"], 0)
        f = self.b.facts(run, "ps-1-rows")
        self.assertEqual([(c["ok"], c["detail"]) for c in f["criteria"]], [
            (True, "100 rows, 100 keys"), (True, "100 == 100"), (True, "0 rows come from no row of the input"), (True, "100 == 100"),
            (True, "100 rows, 100 keys")])
        self.assertEqual(f["outputs"][0]["rows"], 100)
        self.assertEqual(f["outputs"][0]["candidate_keys"], [["amount"], ["id"]] if f["outputs"][0]["columns"][0]["name"] == "amount"
                         else [["id"], ["amount"]])
        with open(self.b.blob_path(f["stdout"]["sha256"]), encoding="utf-8") as log:
            self.assertEqual(log.read(), "rows written\n")
        total = [int(x) for x in self.b.super.one("select sum(harness_total_us), count(*) from forge.attempt where run_id=$1", run)]
        print(f"# harness {total[0] / total[1] / 1000:.1f} ms per step", file=sys.stderr)

    def test_ready_steps_run_at_the_same_time(self):
        steps = [self.step(i, f"s{i}", SLOW, outputs=[dict(OUT, path=f"output/{i}.json")], params={"s": 1, "n": i}) for i in (1, 2, 3)]
        run = self.run_plan(steps, "done", max_parallel=2)
        spans = sorted(tuple(float(x) for x in r) for r in self.b.super.q(
            "select extract(epoch from started_at), extract(epoch from ended_at) from forge.attempt where run_id=$1", run))
        overlapping = max(sum(1 for a, z in spans if a <= t < z) for t, _ in spans)
        self.assertEqual(overlapping, 2)

    def test_an_undeclared_output_is_told_and_dropped(self):
        run = self.run_plan([self.step(1, "extra", HEAD + "out('o','{}')\nopen('/workspace/output/debug.txt','w').write('x')\n"
                                       "os.symlink('/etc/passwd','/workspace/output/link')\n", outputs=[OUT])], "done")
        f = self.b.facts(run, "ps-1-extra")
        self.assertEqual(f["undeclared_outputs"], [{"bytes": 1, "near": None, "path": "debug.txt", "sha256": sha("x")}])
        self.assertEqual(f["refused_outputs"], [{"near": None, "path": "link", "reason": "a symbolic link"}])
        self.assertFalse(os.path.exists(self.b.blob_path(sha("x"))))
        self.assertEqual(self.b.super.one("select count(*) from forge.artifact where run_id=$1", run), "1")

    # ---- broken contracts of outputs ------------------------------------------------------------------
    def test_a_missing_output_names_its_near_miss(self):
        _, f = self.failed(self.step(1, "miss", HEAD + "os.makedirs('/workspace/output/output')\n"
                                     "open('/workspace/output/output/o.jsn','w').write('{}')\n", outputs=[OUT]),
                           "contract", "The declared output `o` was not written at output/o.json", "There is output/o.jsn")
        self.assertEqual(f["place"]["file"], "output/o.json")

    def test_an_output_in_the_wrong_folder_is_a_near_miss(self):
        run, _ = self.failed(self.step(1, "folder", HEAD + "open('/workspace/output/o.json','w').write('{}')\n", outputs=[OUT]),
                             "contract", "There is o.json, which is not declared: is it meant?")
        self.assertEqual(self.b.facts(run, "ps-1-folder")["undeclared_outputs"][0]["near"], "output/o.json")

    def test_a_schema_violation_lists_the_failing_rows(self):
        out = {"name": "o", "path": "output/o.json", "kind": "table.json_rows",
               "json_schema": {"type": "array", "items": {"type": "object", "properties": {"amount": {"type": "integer"}}}}}
        _, f = self.failed(self.step(1, "schema", HEAD + "out('o',json.dumps([{'id':i,'amount':i if i%2 else 'x%d'%i} for i in range(60)]))\n",
                                     outputs=[out]), "contract", "does not keep its schema", "row 1, `amount`", "30 such findings")
        self.assertEqual(f["rows_total"], 30)
        self.assertEqual(len(f["rows"]), 20)
        self.assertEqual([(r["row"], r["column"]) for r in f["rows"][:2]], [(1, "amount"), (3, "amount")])
        self.assertIn("x2", f["rows"][1]["value"])

    def test_large_rows_are_checked_one_by_one(self):
        out = {"name": "o", "path": "output/o.json", "kind": "table.json_rows",
               "json_schema": {"type": "array", "items": {"type": "object", "properties": {"amount": {"type": "integer"}}}}}
        text = HEAD + "out('o',json.dumps([{'id':i,'pad':'p'*1000,'amount':i if i!=9001 else '1'} for i in range(10000)]))\n"
        _, f = self.failed(self.step(1, "large", text, outputs=[out]), "contract", "row 9002, `amount`")
        self.assertEqual(f["rows"][0]["row"], 9002)

    def test_a_repeated_key_names_both_rows(self):
        out = {"name": "o", "path": "output/o.csv", "kind": "table.csv", "grain": {"key": ["id", "day"], "relation": "new"}}
        text = HEAD + "out('o','id,day\\n'+''.join('%d,d%d\\n'%(i,i%7) for i in range(50))+'13,d6\\n')\n"
        run, f = self.failed(self.step(1, "key", text, outputs=[out]), "contract", "the columns (id, day) do not identify a row",
                             "row 52 repeats row 15", "'13, d6'")
        self.assertEqual([r["row"] for r in f["rows"]], [15, 52])
        self.assertFalse(self.b.facts(run, "ps-1-key")["criteria"][0]["ok"])

    def test_a_row_equation_that_does_not_hold_says_both_sides(self):
        out = {"name": "o", "path": "output/o.json", "kind": "table.json_rows"}
        src = self.b.file("attachments/data.csv", DATA)
        c = self.step(1, "rows", HEAD + "out('o',json.dumps([{'id':1},{'id':2}]))\n", outputs=[out],
                      inputs=[("data", "input/data.csv", "table.csv", None, src)],
                      criteria=[{"type": "rows", "left": "outputs.o", "op": ">=", "right": "inputs.data", "says": "nothing is lost"}])
        self.failed(c, "contract", "nothing is lost: not so", "rows(outputs.o) is 2", "rows(inputs.data) is 100")

    def test_a_row_that_comes_from_nowhere_is_named(self):
        src = self.b.file("attachments/data.csv", DATA)
        ins = [("data", "input/data.csv", "table.csv", None, src)]
        grain = {"key": ["id"], "relation": "subset", "of": "data"}
        out = {"name": "o", "path": "output/o.json", "kind": "table.json_rows", "grain": grain}
        self.run_plan([self.step(1, "sub", HEAD + "out('o',json.dumps([{'id':'e3'},{'id':'e100'}]))\n", inputs=ins, outputs=[out])], "done")
        _, f = self.failed(self.step(1, "sub", HEAD + "out('o',json.dumps([{'id':'e3'},{'id':'e101'},{'id':'x'}]))\n", inputs=ins, outputs=[out]),
                           "contract", "each row of outputs.o comes from inputs.data: not so", "Row 2 of output/o.json (e101)", "2 such rows")
        self.assertEqual([(r["row"], r["value"]) for r in f["rows"]], [(2, "e101"), (3, "x")])

    def test_a_ragged_table_is_told_with_its_row(self):
        _, f = self.failed(self.step(1, "ragged", HEAD + "out('o','a,b\\n1,2\\n3\\n')\n",
                                     outputs=[{"name": "o", "path": "output/o.csv", "kind": "table.csv"}]), "contract", "is not a sound table.csv")
        self.assertEqual(f["place"]["row"], 3)

    def test_outputs_are_held_against_their_entity(self):
        pack = {"schema": "forge.pack.v1", "id": "t", "version": "1.0.0", "entities": [
            {"id": "t.money", "label": "Money", "key": ["id"], "columns": [
                {"name": "id", "type": "id", "required": True}, {"name": "amount", "type": "decimal", "required": True}]}]}
        packs = [{"id": "t", "version": "1.0.0", "sha256": self.b.blob(canon(pack))}]
        out = {"name": "o", "path": "output/o.csv", "kind": "table.csv", "entity": "t.money"}
        _, f = self.failed(self.step(1, "value", HEAD + "out('o','id,amount\\na,1.5\\nb,\\nc,twelve\\n')\n", outputs=[out], packs=packs),
                           "contract", "is not t.money", "2 such values")
        self.assertEqual([(r["row"], r["column"], r["value"]) for r in f["rows"]], [(3, "amount", None), (4, "amount", "twelve")])
        self.failed(self.step(1, "column", HEAD + "out('o','id,sum\\na,1.5\\n')\n", outputs=[out], packs=packs),
                    "contract", "it has no column `amount`. It has `id`, `sum`")
        self.run_plan([self.step(1, "good", HEAD + "out('o','id,amount\\na,1.5\\n')\n", outputs=[out], packs=packs)], "done")
        gone = [{"id": "t", "version": "1.0.0", "sha256": sha("no such pack")}]
        self.failed(self.step(1, "gone", HEAD + "out('o','id,amount\\na,1.5\\n')\n", outputs=[out], packs=gone), "hash", "Compile the plan again")

    def test_documents_are_held_against_the_schema_of_their_entity(self):
        text = {"type": "string", "x-type": "text"}
        number = {"type": ["string", "integer"], "format": "decimal", "x-type": "decimal"}
        pack = {"id": "t", "version": "1.0.0", "schema": "forge.pack.v1", "entities": [
            {"id": "t.summary", "label": "Summary", "form": "object", "key": [], "schema": {
                "type": "object", "required": ["rows", "by_type"], "additionalProperties": False, "properties": {
                    "rows": {"type": "integer", "minimum": 0, "x-type": "integer"},
                    "by_type": {"type": "object", "additionalProperties": {"type": "integer"}, "x-type": "object"}}}},
            {"id": "t.line", "label": "Line", "form": "rows", "key": ["id"], "schema": {
                "type": "object", "required": ["id", "amount"], "properties": {
                    "id": {"type": "string", "x-type": "text"}, "note": text, "amount": {**number, "x-tolerant": True}}}}]}

        packs = [{"id": "t", "version": "1.0.0", "sha256": self.b.blob(canon(pack))}]

        def step(body, entity="t.summary", kind="object.json", path="output/o.json"):
            out = {"name": "o", "path": path, "kind": kind, "entity": entity}
            return self.step(1, "o", HEAD + f"out('o',{body!r})\n", outputs=[out], packs=packs)
        good = '{"rows": 3, "by_type": {"late": 2}}'
        self.run_plan([step(good)], "done")
        self.run_plan([step("rows: 3\nby_type:\n  late: 2\n", kind="object.yaml", path="output/o.yaml")], "done")
        _, f = self.failed(step('{\n"rows": 3}'), "contract", "is not t.summary", "`/by_type` is missing")
        self.assertEqual([(r["column"], r["message"]) for r in f["rows"]], [("/by_type", "is missing")])
        self.failed(step('{"rows": 3, "by_type": {"late": "two"}}'), "contract", "is not t.summary", "`/by_type/late`")
        self.failed(step('[{"rows": 3, "by_type": {}}]'), "contract", "is not t.summary")
        # a summary that is called a line: it is an object, and not one line
        self.failed(step(good, entity="t.line"), "contract", "is not t.line", "is missing (2 such findings)")
        rows = '[{"id": "a", "amount": "1.5"}, {"id": "b", "amount": "n/a"}]'
        self.run_plan([step(rows, entity="t.line")], "done")
        self.failed(step(rows.replace('"b"', "7"), entity="t.line"), "contract", "`/1/id`")

    def test_outputs_are_held_against_the_validators_of_their_entity(self):
        def rule(name, severity, rule, message):
            return {"id": name, "entity": "t.line", "severity": severity, "rule": rule, "message": message}
        pack = {"schema": "forge.pack.v1", "id": "t", "version": "1.0.0", "entities": [
            {"id": "t.line", "label": "Line", "key": ["id"], "columns": [
                {"name": "id", "type": "id", "required": True}, {"name": "order", "type": "id", "required": True},
                {"name": "amount", "type": "money", "currency": "USD", "required": True}]},
            {"id": "t.order", "label": "Order", "key": ["id"], "columns": [
                {"name": "id", "type": "id", "required": True}, {"name": "total", "type": "money", "currency": "USD", "required": True}]}],
            "validators": [
                rule("t.positive", "error", {"range": {"column": "amount", "min": "0"}}, "{id} has {value}"),
                rule("t.once", "warning", {"unique": ["order"]}, "{order} is in row {row} again"),
                rule("t.sum", "error", {"sum": {"column": "amount", "by": ["order"], "tolerance": "0.00",
                                                "equals": {"entity": "t.order", "column": "total", "by": ["id"]}}},
                     "{order}: {found} and not {expected}")]}
        packs = [{"id": "t", "version": "1.0.0", "sha256": self.b.blob(canon(pack))}]
        listed = [{"id": v["id"], "pack": "t", "phase": "postflight"} for v in pack["validators"]]
        out = {"name": "o", "path": "output/o.csv", "kind": "table.csv", "entity": "t.line"}
        src = self.b.file("attachments/orders.csv", "id,total\n1,0.30\n2,5\n", entity="t.order")
        inputs = [("orders", "input/orders.csv", "table.csv", "t.order", src)]

        def step(rows, ids=listed, **more):
            return self.step(1, "v", HEAD + f"out('o','id,order,amount\\n{rows}')\n", outputs=[out], packs=packs, validators=ids, **more)
        _, f = self.failed(step("a,1,0.10\\nb,1,0.20\\nc,2,-5\\n", inputs=inputs), "contract", "breaks the rule t.positive once: c has -5")
        self.assertEqual([(r["row"], r["column"], r["value"], r["message"]) for r in f["rows"]], [(4, "amount", "-5", "c has -5")])
        _, f = self.failed(step("a,1,0.10\\nb,1,0.21\\n", inputs=inputs), "contract", "t.sum once: 1: 0.31 and not 0.3")
        run = self.run_plan([step("a,1,0.10\\nb,1,0.20\\nc,2,5\\n", inputs=inputs)], "done")
        told = {v["id"]: v for v in self.b.facts(run, "ps-1-v")["validators"]}
        self.assertEqual({k: (v["verdict"], v["judged"], v["broken"], v["output"]) for k, v in told.items()},
                         {"t.positive": ("holds", 3, 0, "o"), "t.once": ("broken", 3, 1, "o"), "t.sum": ("holds", 2, 0, "o")})
        self.assertEqual([r["message"] for r in told["t.once"]["rows"]], ["1 is in row 3 again"])
        # nobody's orders are at hand: told, not waved through as held
        run = self.run_plan([step("a,1,0.10\\n")], "done")
        told = {v["id"]: v for v in self.b.facts(run, "ps-1-v")["validators"]}
        self.assertEqual((told["t.sum"]["verdict"], told["t.sum"]["why"]), ("not_checked", "no rows of t.order are at hand"))
        # what the input breaks as often is passed on, and told; what the step adds to it is its own
        bad = self.b.file("attachments/lines.csv", "id,order,amount\nx,1,-1\n", entity="t.line")
        given = inputs + [("lines", "input/lines.csv", "table.csv", "t.line", bad)]
        run = self.run_plan([step("x,9,-1\\n", inputs=given)], "done")
        told = {v["id"]: v for v in self.b.facts(run, "ps-1-v")["validators"]}
        self.assertEqual((told["t.positive"]["verdict"], told["t.positive"]["inherited_from"]), ("broken", "lines"))
        self.failed(step("x,9,-1\\ny,9,-2\\n", inputs=given), "contract", "breaks the rule t.positive 2 times")
        # an adapter writes other people's rows in another way: what cannot be judged before it is not its fault
        raw = [("source", "input/raw.csv", "table.csv", None, self.b.file("attachments/raw.csv", "Id,Order,Sum\nx,1,-1\n"))]
        by = {"id": "columns-csv", "version": "1.0.0", "sha256": "0" * 64, "type": "columns", "from": "table.csv", "to": "table.csv", "lossless": False}
        run = self.run_plan([step("x,1,-1\\n", inputs=raw, adapter=by)], "done")
        told = {v["id"]: v for v in self.b.facts(run, "ps-1-v")["validators"]}
        self.assertEqual((told["t.positive"]["verdict"], told["t.positive"]["inherited_from"]), ("broken", "source"))
        self.failed(step("x,1,-1\\n", inputs=raw), "contract", "breaks the rule t.positive once")
        # a rule about this entity that stands in another pack of the contract is run, too
        other = {"schema": "forge.pack.v1", "id": "u", "version": "1.0.0", "entities": [],
                 "validators": [rule("u.small", "error", {"range": {"column": "amount", "max": "10"}}, "{id} has {value}")]}
        packs.append({"id": "u", "version": "1.0.0", "sha256": self.b.blob(canon(other))})
        more = listed + [{"id": "u.small", "pack": "u", "phase": "postflight"}]
        self.failed(step("a,1,11\\n", ids=more), "contract", "breaks the rule u.small once: a has 11")
        packs.pop()
        # only what the contract lists is run
        run = self.run_plan([step("a,1,-1\\n", ids=listed[1:2])], "done")
        self.assertEqual([v["id"] for v in self.b.facts(run, "ps-1-v")["validators"]], ["t.once"])

    def test_an_output_that_rules_cannot_read_is_told_as_not_checked(self):
        pack = {"schema": "forge.pack.v1", "id": "t", "version": "1.0.0", "entities": [
            {"id": "t.sum", "label": "Sum", "form": "object", "schema": {"type": "object", "properties": {
                "total": {"type": "string", "format": "decimal", "x-type": "decimal"}}}}],
            "validators": [{"id": "t.positive", "entity": "t.sum", "severity": "error",
                            "rule": {"range": {"column": "total", "min": "0"}}, "message": "{value}"}]}
        packs = [{"id": "t", "version": "1.0.0", "sha256": self.b.blob(canon(pack))}]
        listed = [{"id": "t.positive", "pack": "t", "phase": "postflight"}]

        def step(kind, text):
            out = {"name": "o", "path": "output/o." + kind[-4:], "kind": kind, "entity": "t.sum"}
            return self.step(1, "v", HEAD + f"out('o',{text!r})\n", outputs=[out], packs=packs, validators=listed)
        self.failed(step("object.json", '{"total":"-1"}'), "contract", "breaks the rule t.positive once: -1")
        run = self.run_plan([step("object.yaml", 'total: "-1"\n')], "done")
        told = self.b.facts(run, "ps-1-v")["validators"]
        self.assertEqual([(v["id"], v["verdict"]) for v in told], [("t.positive", "not_checked")])
        self.assertIn("rules read tables and JSON objects", told[0]["why"])

    def test_rows_that_the_policy_wants_named_are_named(self):
        out = {"name": "o", "path": "output/o.csv", "kind": "table.csv"}
        wanted = {"source_ids": True, "citations": False, "block_publish": True, "rows": [{"output": "o", "columns": ["id"], "of": None}]}

        def step(rows):
            return self.step(1, "p", HEAD + f"out('o','id,amount\\n{rows}')\n", outputs=[out], provenance=wanted)
        self.failed(step("a,1\\na,2\\n"), "contract", "do not identify a row", "row 3 repeats row 2")
        self.failed(step("a,1\\n,2\\n"), "contract", "empty value in (id)")
        run = self.run_plan([step("a,1\\nb,2\\n")], "done")
        self.assertIn((True, "every row of outputs.o can be named"), [(c["ok"], c["says"]) for c in self.b.facts(run, "ps-1-p")["criteria"]])

    # ---- programs that fail ----------------------------------------------------------------------------
    def test_a_program_that_refuses_its_input_says_where(self):
        text = HEAD + "print('noise',file=sys.stderr)\nprint(json.dumps({'error':{'message':'12,5O is not a number','file':I['data']," \
            "'row':17,'column':2}}),file=sys.stderr)\nsys.exit(65)\n"
        src = self.b.file("attachments/data.csv", DATA)
        run, f = self.failed(self.step(1, "refuse", text, inputs=[("data", "input/data.csv", "table.csv", None, src)], outputs=[OUT], retries=3),
                             "refused", "12,5O is not a number")
        self.assertEqual(f["place"], {"file": "attachments/data.csv", "row": 17, "column": 2})
        self.assertEqual(len(self.b.attempts(run)), 1)
        self.assertEqual(self.b.facts(run, "ps-1-refuse")["exit_code"], 65)

    def test_last_words_may_be_any_bytes(self):
        text = "import os,sys\nos.write(2,b'a'*200000+b'\\n')\nos.write(2,'caf\u00e9 \u20ac'.encode('latin-1','replace')+bytes([0xff,0,7])+'\u00e4'.encode()*300+b'\\n')\nsys.exit(3)\n"
        run, f = self.failed(self.step(1, "bytes", text, outputs=[OUT], stdio_bytes=1 << 20), "program", "exit code 3", "caf\ufffd")
        self.assertEqual(self.b.facts(run, "ps-1-bytes")["stderr"]["bytes"], 200000 + 1 + 6 + 3 + 600 + 1)

    def test_the_same_failure_twice_is_not_tried_a_third_time(self):
        run, f = self.failed(self.step(1, "same", "import sys\nsys.exit('it is broken')\n", outputs=[OUT], retries=5), "program",
                             "The program ended with exit code 1", "it is broken", "failed in the same way, so it is not tried again")
        self.assertEqual(self.b.attempts(run), [("ps-1-same", 1, "failed"), ("ps-1-same", 2, "failed")])
        self.assertFalse(f["retryable"])

    def test_other_failures_are_tried_as_often_as_the_contract_allows(self):
        run, _ = self.failed(self.step(1, "other", "import os,sys\nsys.exit(os.urandom(8).hex())\n", outputs=[OUT], retries=2), "program")
        self.assertEqual(len(self.b.attempts(run)), 3)

    def test_the_wall_clock_ends_a_program(self):
        run, _ = self.failed(self.step(1, "wall", "import time\ntime.sleep(60)\n", outputs=[OUT], wall_ms=400), "limit", "The program was ended")
        f = self.b.facts(run, "ps-1-wall")
        self.assertEqual(f["verdict"], "wall")
        self.assertLess(f["usage"]["wall_us"], 5000000)

    def test_the_memory_limit_ends_a_program(self):
        run, _ = self.failed(self.step(1, "oom", "x=bytearray(200<<20)\n", outputs=[OUT], memory_bytes=64 << 20), "limit")
        self.assertEqual(self.b.facts(run, "ps-1-oom")["verdict"], "oom")

    # ---- what was frozen stays so ------------------------------------------------------------------------
    def test_a_changed_contract_is_refused_before_anything_runs(self):
        step = self.step(1, "tamper", SLOW, outputs=[OUT], params={"s": 0})
        self.b.stop_runner()
        run = self.b.start(self.b.plan([step]))
        changed = canon(dict(step, objective="MUST do something else"))
        self.b.super.script("begin; alter table forge.plan_step drop constraint plan_step_check; set local session_replication_role = replica;")
        self.b.super.q("update forge.plan_step set contract = $1 where step_id = 'ps-1-tamper'", changed)
        self.b.super.script("commit")
        try:
            self.b.start_runner()
            self.assertEqual(self.b.wait_end(run), "failed")
        finally:
            self.b.super.script("begin; set local session_replication_role = replica;")
            self.b.super.q("update forge.plan_step set contract = $1 where step_id = 'ps-1-tamper'", canon(step))
            self.b.super.script("commit; alter table forge.plan_step add constraint plan_step_check check (contract_hash = forge.sha256_text(contract))")
        f = self.b.facts(run, "ps-1-tamper")
        self.assertEqual(f["failure"]["class"], "hash")
        self.assertIn("E_HASH", f["failure"]["message"])
        self.assertEqual(f["dispatched_contract_hash"], sha(changed))
        self.assertEqual(f["contract_hash"], sha(canon(step)))
        self.assertIsNone(f["verdict"])
        self.assertEqual(self.b.receipts(run, "preflight"), [])
        self.b.check_chain(run)

    def test_damaged_bytes_are_noticed_before_the_program_sees_them(self):
        src = self.b.file("attachments/once.csv", "id\ndamage\n")
        path = self.b.blob_path(src["sha256"])
        os.chmod(path, 0o644)
        with open(path, "w", encoding="utf-8") as f:
            f.write("id\nDAMAGE\n")
        c = self.step(1, "damage", SLOW, inputs=[("data", "input/d.csv", "table.csv", None, src)], outputs=[OUT], params={"s": 0}, retries=3)
        run, _ = self.failed(c, "hash", "are not those that were frozen")
        self.assertEqual(len(self.b.attempts(run)), 1)
        os.unlink(path)
        self.failed(dict(c, label="again"), "input", "are not in the blob store any more")

    # ---- crashes -------------------------------------------------------------------------------------------
    def exactly_once(self, run, steps):
        self.assertEqual(self.b.state(run), "done")
        done = [s for s, _, state in self.b.attempts(run) if state == "done"]
        self.assertEqual(sorted(done), sorted(c["step_id"] for c in steps))
        ok = [r["step_id"] for r in self.b.receipts(run, "postflight")]
        self.assertEqual(sorted(ok), sorted(done))
        self.assertEqual(self.b.check_chain(run)["done"], len(steps))

    def test_kill_9_of_the_runner_in_mid_run(self):
        steps = self.three(0.6)
        run = self.b.start(self.b.plan(steps))
        self.b.wait_event(run, "step.start", "ps-2-sums")
        self.b.stop_runner(signal.SIGKILL)
        self.assertEqual(self.b.steps(run)["ps-2-sums"], "leased")
        self.b.start_runner()
        self.b.wait_end(run)
        self.exactly_once(run, steps)
        self.assertEqual(self.b.attempts(run, "ps-2-sums"), [("ps-2-sums", 1, "lost"), ("ps-2-sums", 2, "done")])
        self.assertEqual(self.b.output(run, "text"), "# Total\n\n15150\n")

    def test_kill_9_at_every_step_and_moment(self):
        """A chain of steps; the runner dies once during each, a little later each time."""
        text = HEAD + "time.sleep(0.05)\nout('o','{}')\n"
        steps = [self.step(i, f"k{i}", text, outputs=[dict(OUT, path=f"output/{i}.json")], depends=[f"ps-{i - 1}-k{i - 1}"] if i > 1 else [])
                 for i in range(1, 11)]
        run = self.b.start(self.b.plan(steps))
        for i in range(1, 11):
            event = ("step.ready", "step.start", "step.start", "step.done")[i % 4]
            self.b.wait_event(run, event, f"ps-{i}-k{i}")
            self.b.stop_runner(signal.SIGKILL)
            self.b.start_runner()
        self.b.wait_end(run)
        self.exactly_once(run, steps)

    def test_kill_9_of_the_cell_costs_an_attempt_and_no_more(self):
        steps = self.three(0.6)
        run = self.b.start(self.b.plan(steps))
        self.b.wait_event(run, "step.start", "ps-1-rows")
        self.b.end(self.b.cell, signal.SIGKILL)
        self.b.wait_event(run, "step.ready", "ps-1-rows", n=2)
        self.b.start_cell()
        self.b.wait_end(run)
        self.exactly_once(run, steps)
        self.assertEqual(self.b.attempts(run, "ps-1-rows")[0], ("ps-1-rows", 1, "released"))

    def test_a_restart_of_the_database_in_mid_step(self):
        steps = self.three(0.8)
        run = self.b.start(self.b.plan(steps))
        self.b.wait_event(run, "step.start", "ps-2-sums")
        subprocess.run([self.b.pgbin + "/pg_ctl", "-D", self.b.data, "-w", "-s", "-m", "fast", "restart"], check=True, preexec_fn=self.b.drop,
                       stdout=self.b.pg_log, stderr=self.b.pg_log, cwd="/")
        self.b.reconnect()
        self.b.wait_end(run)
        self.exactly_once(run, steps)
        self.assertEqual(len(self.b.attempts(run, "ps-2-sums")), 1)

    def test_term_lets_running_steps_end(self):
        run = self.b.start(self.b.plan(self.three(0.5)))
        self.b.wait_event(run, "step.start", "ps-1-rows")
        self.assertEqual(self.b.stop_runner(), 0)
        self.assertEqual(self.b.steps(run), {"ps-1-rows": "done", "ps-2-sums": "ready", "ps-3-text": "blocked"})
        self.b.start_runner()
        self.assertEqual(self.b.wait_end(run), "done")
        self.b.check_chain(run)

    def test_term_gives_back_what_takes_too_long(self):
        self.b.stop_runner()
        self.b.start_runner(FORGE_STOP_MS="0")
        run = self.b.start(self.b.plan([self.step(1, "slow", SLOW, outputs=[OUT], params={"s": 1})]))
        self.b.wait_event(run, "step.start", "ps-1-slow")
        self.assertEqual(self.b.stop_runner(), 0)
        self.assertEqual(self.b.attempts(run), [("ps-1-slow", 1, "released")])
        self.b.start_runner()
        self.assertEqual(self.b.wait_end(run), "done")
        self.b.check_chain(run)

    def test_a_cancelled_run_is_killed_at_once(self):
        run = self.b.start(self.b.plan([self.step(1, "long", SLOW, outputs=[OUT], params={"s": 15})]))
        self.b.wait_event(run, "step.start", "ps-1-long")
        self.b.as_api("select forge.cancel_run($1)", run)
        self.b.wake(run)
        self.assertEqual(self.b.wait_end(run, 8), "cancelled")
        self.assertEqual(self.b.attempts(run), [("ps-1-long", 1, "cancelled")])
        self.b.check_chain(run)

    def test_a_lost_lease_is_never_committed(self):
        run = self.b.start(self.b.plan([self.step(1, "lose", SLOW, outputs=[OUT], params={"s": 1.5})]))
        self.b.wait_event(run, "step.start", "ps-1-lose")
        self.b.super.q("update forge.lease set until = now() - interval '1 second' where run_id = $1", run)
        self.assertEqual(len(self.b.sched.q("select * from forge.reap()")), 1)
        self.b.wake(run)
        self.b.super.q("select pg_sleep(extract(epoch from run_at - clock_timestamp())) from forge.ready where run_id = $1", run)
        self.b.wake(run)  # as the scheduler does when a retry falls due
        self.assertEqual(self.b.wait_end(run), "done")
        self.assertEqual(self.b.attempts(run), [("ps-1-lose", 1, "lost"), ("ps-1-lose", 2, "done")])
        self.b.check_chain(run)
        self.assertIn("lease.lost", self.b.log("forge-runner"))

    def test_two_runners_of_one_name_do_not_take_each_others_leases(self):
        with self.assertRaisesRegex(AssertionError, "another runner called 'bench' uses this blob store"):
            self.b.spawn("forge-runner", {"FORGE_DB": f"host={self.b.sock} user=forge_runner dbname=forge", "FORGE_HOST": "bench"}, 64207)
        other = self.b.spawn("forge-runner", {"FORGE_DB": f"host={self.b.sock} user=forge_runner dbname=forge", "FORGE_HOST": "other"}, 64207)
        steps = [self.step(i, f"two{i}", SLOW, outputs=[dict(OUT, path=f"output/{i}.json")], params={"s": 0.3, "n": i}) for i in range(1, 9)]
        run = self.run_plan(steps, "done", max_parallel=8)
        self.assertEqual({r[0] for r in self.b.super.q("select distinct host from forge.attempt where run_id=$1", run)}, {"bench", "other"})
        self.assertEqual(self.b.end(other), 0)

    # ---- http.fetch ------------------------------------------------------------------------------------------
    def serve(self):
        class Api(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                users = [{"id": i, "name": f"u{i}"} for i in range(1, 13)]
                body = json.dumps(users if self.path == "/users" else [{"title": self.path}]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *a):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def fetch_step(self, port, calls):
        rule = {"scheme": "http", "host": "127.0.0.1", "port": port, "method": "GET", "query": "", "bytes": "100000", "private": True}
        return contract(1, "fetch", outputs=[{"name": "dataset", "path": "output/dataset.json", "kind": "object.json"}],
                        fetch={"base_url": f"http://127.0.0.1:{port}/", "output": "dataset", "requests": [
                            {"name": "users", "path": "/users"}, {"name": "posts", "path": "/users/{id}/posts", "for_each": "users"}]},
                        egress=[{**rule, "path": "/users", "calls": "1"}, {**rule, "path": "/users/*/posts", "calls": str(calls)}])

    def test_a_fetch_is_a_step_like_any_other(self):
        run = self.run_plan([self.fetch_step(self.serve(), 12)], "done")
        data = json.loads(self.b.output(run, "dataset"))
        self.assertEqual(len(data["users"]), 12)
        self.assertEqual(data["posts"]["7"], [{"title": "/users/7/posts"}])
        f = self.b.facts(run, "ps-1-fetch")
        self.assertEqual(len(f["bridge"]["calls"]), 13)
        self.assertEqual((f["bridge"]["used"][1]["calls"], f["bridge"]["used"][1]["calls_limit"]), (12, 12))
        self.assertEqual(f["bridge"]["calls"][1]["sha256"], sha(json.dumps([{"title": "/users/1/posts"}])))
        self.assertEqual(self.b.receipts(run, "preflight")[0]["body"]["predicate"]["sandbox"]["network"], "bridge")

    def test_a_fetch_stops_at_its_certified_calls(self):
        run, _ = self.failed(self.fetch_step(self.serve(), 11), "limit", "11 of 11 certified calls of '/users/*/posts' are used")
        f = self.b.facts(run, "ps-1-fetch")
        self.assertEqual(f["verdict"], "policy")
        self.assertEqual(len(f["bridge"]["calls"]), 12)

    def test_no_process_of_a_run_is_left(self):
        run = self.b.start(self.b.plan([self.step(1, "child", "import os,time\nif os.fork()==0:\n    os.setsid()\n    time.sleep(77)\n"
                                                  + HEAD + "out('o','{}')\n", outputs=[OUT])]))
        self.assertEqual(self.b.wait_end(run), "done")
        kids = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
        left = [l.split()[0] for l in kids.split("\n") if "/skills/t/p.py" in l]
        self.assertEqual([pid for pid in left if not wait_gone(int(pid), 2)], [])


if __name__ == "__main__":
    unittest.main()
