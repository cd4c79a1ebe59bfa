# SPDX-License-Identifier: Apache-2.0
"""Plays a runner's part by hand, on the database's own functions and under the runner's own role: claims a step, writes the
receipts that the test wants, commits or fails. For tests of what comes after a step, which need no sandbox and no root."""
import hashlib
import json


class ScriptedRunner:
    def __init__(self, stack):
        self.stack = stack

    def _call(self, sql):
        out = self.stack.pg.psql(sql, role="forge_runner")
        return [json.loads(line) for line in out.splitlines()]

    def blob(self, data):
        sha = hashlib.sha256(data).hexdigest()
        path = self.stack.var / "blobs" / sha[:2] / sha
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(data)
        return {"sha256": sha, "bytes": len(data)}

    def claim(self, n=1):
        """Leases as dicts; contract is parsed."""
        rows = self._call(f"select row_to_json(x) from forge.claim('test-host', 'test', {n}, 0, interval '1 hour') x")
        for row in rows:
            row["contract"] = json.loads(row["contract"])
        return rows

    def facts(self, lease):
        alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
        run = "r_" + "".join(alphabet[lease["run_id"] >> 5 * i & 31] for i in range(12, -1, -1))
        return {"run": run, "step": lease["step_id"], "attempt": lease["attempt"], "epoch": lease["epoch"],
                "contract_hash": lease["contract_hash"], "plan_hash": lease["plan_hash"]}

    def _send(self, function, lease, body):
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return self._call(f"select row_to_json(x) from (select * from forge.{function}({lease['run_id']}, {lease['no']}, '{lease['token']}', $q${text}$q$)) x")

    def wake(self, lease):
        self.stack.pg.psql(f"select forge.wake(array[{lease['run_id']}]::bigint[], true)", role="forge_runner")

    def preflight(self, lease):
        self._send("preflight", lease, {"_type": "https://in-toto.io/Statement/v1", "predicate": self.facts(lease)})
        self.wake(lease)

    def post(self, lease, **more):
        out, err = self.blob(b"said\n"), self.blob(b"complained\n")
        return {"predicate": {"forge": {"schema": "forge.postflight.v1", **self.facts(lease), "stdout": out, "stderr": err,
                                        "harness_us": {"prepare": 1500, "persist": 2250, "program": 70123}, **more}}}

    def commit(self, lease, contents):
        """contents: bytes by output name."""
        outputs = []
        for o in lease["contract"]["outputs"]:
            outputs.append({"name": o["name"], "path": o["path"], "kind": o["kind"], "rows": 2, **self.blob(contents[o["name"]])})
        r = self._send("commit_step", lease, self.post(lease, verdict="ok", exit_code=0, outputs=outputs))
        self.wake(lease)
        return r

    def fail(self, lease, failure, verdict="exit", exit_code=65):
        r = self._send("fail_step", lease, self.post(lease, verdict=verdict, exit_code=exit_code, outputs=[], failure=failure))
        self.wake(lease)
        return r
