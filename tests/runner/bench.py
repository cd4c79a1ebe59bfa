# SPDX-License-Identifier: Apache-2.0
"""A scratch stack for the runner's tests: Postgres (unix socket), forge-cell as root, forge-runner as
somebody without rights. Plans are made by hand: Python's sorted compact JSON equals RFC 8785 for them."""
import glob
import hashlib
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time

from tests.runner.pq import Db

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
UID = GID = 64207  # the runner; no such user needs to exist
PYTHON = ["/usr/bin/python3", "-I", "-B"]


def canon(doc):
    return json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def merkle(leaves):
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:k]) + merkle(leaves[k:])).digest()


class Bench:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="forge-runner-test-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.processes = []
        self.var = os.path.join(self.dir, "var")
        self.bin = os.path.join(self.dir, "bin")
        self.blobs = os.path.join(self.var, "blobs")
        os.makedirs(os.path.join(self.var, "run"))
        os.makedirs(self.bin)
        for name in ("forge-runner", "forge-cell"):
            shutil.copy(os.path.join(BUILD, "bin", name), self.bin)
        for path in (self.var, self.bin, os.path.join(self.var, "run")):
            os.chmod(path, 0o755)
        self.super = self.api = self.sched = None
        self.start_postgres()
        self.migrate()
        for path in (self.blobs, os.path.join(self.blobs, "tmp")):
            os.mkdir(path)
            os.chown(path, UID, GID)
            os.chmod(path, 0o2770)
        self.user = self.super.one("select forge.user_new(null, 'a@example.org', 'A', '$argon2id$x')")
        self.ws = self.super.one("select forge.workspace_new($1, 'W')", self.user)
        self.key = 0
        self.cell = self.runner = None

    # ---- processes ------------------------------------------------------------------------------
    def start_postgres(self):
        self.pgbin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        owner = pwd.getpwnam("postgres")
        self.data, self.sock = os.path.join(self.dir, "pg"), os.path.join(self.dir, "sock")
        for path in (self.data, self.sock):
            os.mkdir(path)
            os.chown(path, owner.pw_uid, owner.pw_gid)
        os.chmod(self.sock, 0o755)

        def drop():
            os.setgid(owner.pw_gid)
            os.setuid(owner.pw_uid)
        subprocess.run([self.pgbin + "/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True, preexec_fn=drop, stdout=subprocess.DEVNULL, cwd="/")
        self.pg_log = open(os.path.join(self.dir, "pg.log"), "wb")
        subprocess.run([self.pgbin + "/pg_ctl", "-D", self.data, "-w", "-s", "-o", f"-c listen_addresses='' -k {self.sock}", "start"],
                       check=True, preexec_fn=drop, stdout=self.pg_log, stderr=self.pg_log, cwd="/")
        self.drop = drop
        self.super = Db(f"host={self.sock} user=postgres dbname=postgres")

    def migrate(self):
        self.super.script("create database forge")
        self.super.close()
        self.super = Db(f"host={self.sock} user=postgres dbname=forge")
        for path in sorted(glob.glob(os.path.join(ROOT, "migrations", "*.sql"))):
            with open(path, encoding="utf-8") as f:
                self.super.script("begin;" + f.read() + ";commit;")
        self.reconnect()

    def reconnect(self):
        for db in (self.super, self.api, self.sched):
            if db:
                db.close()
        self.super = Db(f"host={self.sock} user=postgres dbname=forge")
        self.api = Db(f"host={self.sock} user=forge_api dbname=forge")
        self.sched = Db(f"host={self.sock} user=forge_sched dbname=forge")
        self.super.script("listen forge_event")

    def spawn(self, name, env, uid=None):
        """Start a program of ours and wait for its newline on the readiness descriptor."""
        ready, told = os.pipe()
        log = open(os.path.join(self.dir, name + ".log"), "ab")

        def become():
            if uid:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
        full = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "FORGE_VAR": self.var, "FORGE_BLOBS": self.blobs,
                "FORGE_NOTIFY_FD": str(told), **env}
        p = subprocess.Popen([os.path.join(self.bin, name)], env=full, pass_fds=[told], stdin=subprocess.DEVNULL, stdout=log,
                             stderr=log, preexec_fn=become, cwd="/")
        os.close(told)
        log.close()
        self.processes.append(p)
        try:
            if not select.select([ready], [], [], 20)[0] or os.read(ready, 1) != b"\n":
                raise AssertionError(f"{name} did not get ready: {self.log(name)[-2000:]}")
        finally:
            os.close(ready)
        return p

    def start_cell(self):
        self.cell = self.spawn("forge-cell", {"FORGE_CELL_UID": str(UID)})

    def start_runner(self, **env):
        self.runner = self.spawn("forge-runner", {"FORGE_DB": f"host={self.sock} user=forge_runner dbname=forge",
                                                  "FORGE_HOST": "bench", **env}, UID)
        return self.runner

    def end(self, p, sig=signal.SIGTERM, seconds=20):
        p.send_signal(sig)
        code = p.wait(timeout=seconds)
        self.processes.remove(p)
        return code

    def stop_runner(self, sig=signal.SIGTERM):
        if self.runner and self.runner.poll() is None:
            code = self.end(self.runner, sig)
            self.runner = None
            return code
        return None

    def log(self, name):
        with open(os.path.join(self.dir, name + ".log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def close(self):
        for p in list(self.processes):
            if p.poll() is None:
                p.terminate()
                try:
                    p.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
        for db in (self.super, self.api, self.sched):
            db.close()
        subprocess.run([self.pgbin + "/pg_ctl", "-D", self.data, "-w", "-s", "-m", "immediate", "stop"], preexec_fn=self.drop,
                       check=False, cwd="/")
        self.pg_log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- what a plan is made of -------------------------------------------------------------------
    def blob(self, data):
        data = data.encode() if isinstance(data, str) else data
        h = sha(data)
        folder = os.path.join(self.blobs, h[:2])
        path = os.path.join(folder, h)
        if not os.path.isdir(folder):
            os.mkdir(folder)
            os.chown(folder, UID, GID)
            os.chmod(folder, 0o2770)
        if not os.path.exists(path):
            with open(path, "wb") as f:
                f.write(data)
            os.chown(path, UID, GID)
            os.chmod(path, 0o444)
        return h

    def blob_path(self, h):
        return os.path.join(self.blobs, h[:2], h)

    def as_api(self, sql, *args):
        self.api.q("begin")
        try:
            self.api.q("select set_config('forge.ws', $1, true)", self.ws)
            rows = self.api.q(sql, *args)
            self.api.q("commit")
            return rows
        except Exception:
            self.api.q("rollback")
            raise

    def file(self, path, data, kind="table.csv", entity=None):
        """Upload: the contract's input source for it."""
        data = data.encode() if isinstance(data, str) else data
        h = self.blob(data)
        self.as_api("select forge.file_put($1,$2,$3,$4,$5,null,true,null,null,$6)", path, h, len(data), kind, entity, self.user)
        return {"type": "file", "path": path, "sha256": h, "bytes": str(len(data))}

    def plan(self, steps, max_parallel=2):
        profile = {"schema": "forge.profile.v1", "id": "standard", "version": "1.0.0", "provider": "offline",
                   "max_parallel": max_parallel, "max_replans": 2, "limits": {}, "egress": {"allow_private": []}}
        self.key += 1
        objective = f"objective {self.key}"
        hashes = [sha(canon(c)) for c in steps]
        root = merkle([bytes.fromhex(h) for h in hashes] + [bytes.fromhex(sha(canon(profile)))])
        doc = {"schema": "forge.plan.v1", "mission": "m", "objective_sha256": sha(objective), "provider": "offline",
               "playbook": {"id": "x", "version": "1.0.0"}, "profile": profile, "profile_sha256": sha(canon(profile)), "files": [],
               "steps": [{"step_id": c["step_id"], "contract_hash": h, "contract": c} for c, h in zip(steps, hashes)],
               "deliverables": [], "certificate": {"schema": "forge.certificate.v1", "bounds": []}, "notes": [],
               "plan_hash": root.hex()}
        plan_id = self.as_api("select forge.plan_put($1,$2,$3)", self.user, objective, canon(doc))[0][0]
        return plan_id, root.hex()

    def start(self, plan):
        run = self.as_api("select run_id from forge.start_run($1,$2,$3,$4)", self.user, f"key-{self.key}-{plan[0]}", plan[0], plan[1])[0][0]
        self.wake(run)
        return run

    def wake(self, run, ready=True):
        self.super.q("select forge.wake(array[$1::bigint], $2)", run, "t" if ready else "f")

    # ---- what became of it ------------------------------------------------------------------------
    def state(self, run):
        return self.super.one("select state from forge.run where id = $1", run)

    def wait_end(self, run, seconds=60):
        self.super.wait(lambda: self.state(run) not in ("running", "waiting"), lambda: f"end of run {run}: {self.steps(run)} "
                        f"{self.log('forge-runner')[-1500:]}", seconds)
        return self.state(run)

    def steps(self, run):
        return dict(self.super.q("select step_id, state from forge.step where run_id = $1 order by no", run))

    def wait_event(self, run, kind, step, n=1, seconds=30):
        self.super.wait(lambda: int(self.super.one("select count(*) from forge.event where run_id=$1 and kind=$2 and body->>'step'=$3",
                                                   run, kind, step)) >= n, f"event {kind} of {step}", seconds)

    def attempts(self, run, step=None):
        return [(s, int(n), state) for s, n, state in self.super.q(
            "select s.step_id, a.attempt, a.state from forge.attempt a join forge.step s using (ws, run_id, no) "
            "where a.run_id = $1 order by s.no, a.attempt", run) if step in (None, s)]

    def receipts(self, run, kind=None, step=None):
        rows = self.super.q("select seq, step_id, attempt, kind, hash, prev, body from forge.receipt where run_id=$1 order by seq", run)
        out = [{"seq": int(r[0]), "step_id": r[1], "attempt": int(r[2]) if r[2] else None, "kind": r[3], "hash": r[4], "prev": r[5],
                "body": json.loads(r[6])} for r in rows]
        return [r for r in out if kind in (None, r["kind"]) and step in (None, r["step_id"])]

    def facts(self, run, step):
        """predicate.forge of the step's last postflight."""
        return self.receipts(run, "postflight", step)[-1]["body"]["predicate"]["forge"]

    def failure(self, run, step):
        return self.facts(run, step)["failure"]

    def output(self, run, name):
        h = self.super.one("select sha256 from forge.artifact where run_id=$1 and name=$2", run, name)
        with open(self.blob_path(h), "rb") as f:
            data = f.read()
        assert sha(data) == h
        return data.decode()

    def check_chain(self, run):
        """The run's chain of receipts, by the database and by our own offline check."""
        ok = self.super.one("select ok from forge.verify_run($1)", run)
        assert ok == "t", self.super.q("select * from forge.verify_run($1)", run)
        rows = [dict(r, at="2026-01-01T00:00:00.000Z") for r in self.receipts(run)]
        p = subprocess.run([os.path.join(BUILD, "test", "runner-chain"), str(run)], input=json.dumps(rows).encode(), capture_output=True, check=False)
        if p.returncode != 0:
            raise AssertionError(p.stdout.decode() + p.stderr.decode())
        return json.loads(p.stdout)


def limits(**more):
    base = {"wall_ms": "20000", "cpu_ms": "20000", "memory_bytes": "268435456", "pids": "64", "output_bytes": "33554432",
            "output_files": "64", "work_bytes": "33554432", "stdio_bytes": "65536"}
    return {**base, **{k: str(v) for k, v in more.items()}}


def contract(index, key, program=None, inputs=(), outputs=(), depends=(), criteria=(), retries=0, params=None, packs=(), fetch=None,
             egress=(), validators=None, provenance=None, adapter=None, **limit):
    """program: (sha256, bytes) of a Python file. inputs: (name, path, kind, entity, source). outputs: dicts."""
    files = [] if program is None else [{"path": "/skills/t/p.py", "sha256": program[0], "bytes": str(program[1])}]
    return {
        "schema": "forge.contract.v1", "step_id": f"ps-{index}-{key}", "index": index - 1, "key": key, "label": key.title(),
        "objective": "MUST do it", "policy": "strict.fail-closed.v1", "packs": list(packs), "workflow": [], "depends_on": list(depends),
        "inputs": [{"slot": "raw_files", "name": n, "path": p, "kind": k, "entity": e, "artifact_profile": f"t.{k}.{n}.v1", "rank": 1,
                    "adapter": None, "required": True, "source": s} for n, p, k, e, s in inputs],
        "outputs": [{"slot": "findings", "entity": None, "artifact_profile": "t.x.v1", "role": "primary", "label": o["name"],
                     "deliverable": True, "grain": None, "json_schema": None, **o} for o in outputs],
        "criteria": list(criteria),
        "execution": {"backend": "tool_loop" if fetch else "code.execute", "routing_reason": "test",
                      "argv": [] if fetch else PYTHON + ["/skills/t/p.py"], "files": files, "fetch": fetch, "params": params or {},
                      "limits": limits(**limit)},
        "repair": {"strategy": "retry", "max_retries": retries, "immutable_output_bindings": True},
        "grants": {"tools": ["http.fetch"] if fetch else [], "skills": [], "egress": list(egress), "model_calls": 0},
        "gate": None, "certificate": {"bounds": []}, **({} if validators is None else {"validators": validators}),
        **({} if provenance is None else {"provenance": provenance}), **({} if adapter is None else {"adapter": adapter})}


def step_source(step_id, name, path):
    return {"type": "step", "step_id": step_id, "name": name, "path": path}


def wait_gone(pid, seconds=15):
    """Until the process is dead, by its pidfd."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)


def monotonic_ms():
    return time.monotonic() * 1000
