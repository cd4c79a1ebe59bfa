# SPDX-License-Identifier: Apache-2.0
"""forge-sched and forge-events against a real database: leases reaped in time, streams without loss."""
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.harness.scratch_pg import ROOT, scratch_pg
from tests.harness.scratch_stack import Program
from tests.sql.base import SqlTest, plan, public_id, step

BUILD = Path(os.environ.get("BUILD") or "build")
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD


class ProgramTest(SqlTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = Path(tempfile.mkdtemp(prefix="forge-prog-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)

    def program(self, name, *args):
        p = Program(self, name, [BUILD / f"bin/forge-{name}", *map(str, args)],
                    {"FORGE_DB": self.pg.conninfo(f"forge_{name}").replace("dbname=forge", f"dbname={self.db}"), "FORGE_LOG": "info"})
        self.addCleanup(p.end)
        return p

    def new_run(self, steps=None):
        ws, user = self.workspace()
        return ws, self.start(ws, user, plan(steps or [step(0), step(1, after=[0])]))

    def wake(self, *runs, ready=False):
        self.runner.q("select forge.wake($1, $2)", "{" + ",".join(runs) + "}", "t" if ready else "f")


class Scheduler(ProgramTest):
    def setUp(self):
        self.super.script("delete from forge.ready; delete from forge.lease")
        self.listener = self.session("runner")
        self.listener.script("listen forge_event; listen forge_ready")

    def drained(self):
        """Notifications so far are of no interest."""
        self.wake("1")
        while ("forge_event", "1") not in self.listener.notified():
            pass

    def test_an_expired_lease_is_reaped_and_told(self):
        s = self.program("sched")
        _, run = self.new_run([step(0)])
        x = self.claim_one(ttl="400 ms")
        self.wake(run)
        self.drained()
        began = time.monotonic()
        self.assertEqual(self.listener.notified(2), [("forge_event", run), ("forge_ready", "")])
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(self.states(run), ["ready"])
        self.assertState("FQ001", x.commit, self.runner)
        self.assertEqual(self.listener.notified(), [("forge_ready", "")])  # 0.2 s later the retry is due
        self.assertEqual(self.claim_one().commit(self.runner).run_state, "done")
        self.assertEqual(s.end(), 0)
        log = [json.loads(line) for line in s.log.read_text().splitlines()][-3:]  # the file is shared by the tests
        self.assertEqual([(e["event"], e.get("step")) for e in log], [("program.started", None), ("lease.reaped", "ps-0-s"), ("program.stopped", None)])

    def test_a_retry_is_announced_when_it_falls_due(self):
        self.program("sched")
        _, run = self.new_run([step(0)])
        self.claim_one().fail(self.runner, True)
        self.wake(run)
        self.drained()
        self.assertEqual(self.listener.notified(), [("forge_ready", "")])
        self.assertEqual(self.claim_one().row.attempt, "2")

    def test_steps_that_wait_since_before_it_started_are_announced(self):
        self.new_run([step(0)])
        self.drained()
        self.program("sched")
        self.assertEqual(self.listener.notified(), [("forge_ready", "")])

    def test_it_keeps_quiet_when_others_announced_the_work(self):
        self.program("sched")
        _, run = self.new_run([step(0)])
        self.drained()
        self.wake(run, ready=True)
        self.assertEqual(self.listener.notified(2), [("forge_event", run), ("forge_ready", "")])
        self.drained()
        self.assertEqual(self.listener.notified(seconds=0.3), [])

    def test_without_the_setting_it_ends_and_says_which(self):
        for argv in (["forge-sched"], ["forge-events", self.dir / "x.sock"]):
            done = subprocess.run([BUILD / "bin" / argv[0], *argv[1:]], env={}, capture_output=True, text=True, check=False, timeout=20)
            self.assertEqual(done.returncode, 1)
            self.assertIn("FORGE_DB is not set", done.stderr)
        done = subprocess.run([BUILD / "bin/forge-events"], env={}, capture_output=True, text=True, check=False, timeout=20)
        self.assertIn("FORGE_VAR is not set", done.stderr)


class DatabaseRestart(ProgramTest):
    """A cluster of its own, which goes away and comes back under the programs."""

    @classmethod
    def setUpClass(cls):
        manager = scratch_pg()
        pg = manager.__enter__()
        cls.addClassCleanup(manager.__exit__, None, None, None)
        cls.restarted = pg
        super().setUpClass()

    def test_both_programs_connect_again_and_miss_nothing(self):
        pg, self.pg = self.pg, self.restarted
        try:
            self.db = self.pg.migrated("again")
            self.reconnect()
            sched = self.program("sched")
            self.program("events", self.dir / "e.sock")
            ws, run = self.new_run([step(0)])
            stream = Stream(self.dir / "e.sock", ws, run)
            self.addCleanup(stream.close)
            self.assertEqual([e.kind for e in stream.events(2)], ["run.start", "step.ready"])
            x = self.claim_one(ttl="1 s")
            self.wake(run)
            for c in (self.super, self.api, self.runner):
                c.close()
            pg_pid = self.pg.dir / "data/postmaster.pid"
            self.pg._run([f"{self.pg.bin}/pg_ctl", "-D", self.pg.dir / "data", "-m", "fast", "-w", "stop"])
            self.assertFalse(pg_pid.exists())
            self.pg.start()
            self.reconnect()
            self.assertEqual([e.kind for e in stream.events(2)], ["step.lost", "step.ready"])  # by the scheduler, past the restart
            self.assertState("FQ001", x.commit, self.runner)
            self.make_due()
            self.claim_one().commit(self.runner)
            self.wake(run)
            self.assertEqual([e.kind for e in stream.events(2)], ["step.done", "run.done"])
            self.assertTrue(stream.ended())
            self.assertIn("db.failed", sched.log.read_text())
        finally:
            self.pg = pg

    def reconnect(self):
        for role in ("super", "api", "runner"):
            setattr(self, role, self.pg.connect(self.db, role if role == "super" else f"forge_{role}"))
            self.addCleanup(getattr(self, role).close)


class Event:
    def __init__(self, text):
        self.fields = dict(line.split(": ", 1) for line in text.split("\n"))
        self.id, self.kind = self.fields.get("id"), self.fields["event"]
        self.data = json.loads(self.fields["data"])


class Stream:
    """A reader of server-sent events on the hub's socket."""

    def __init__(self, path, ws, run, last=None, raw=None):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(20)
        self.s.connect(str(path))
        query = "" if last is None else f"?last={last}"
        self.s.sendall(raw or f"GET /_events/{ws}/{run}{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self.buffer = b""

    def until(self, mark):
        while mark not in self.buffer:
            more = self.s.recv(65536)
            if not more:
                raise EOFError(self.buffer)
            self.buffer += more
        head, self.buffer = self.buffer.split(mark, 1)
        return head.decode()

    def head(self):
        return self.until(b"\r\n\r\n")

    def events(self, n):
        out = []
        while len(out) < n:
            text = self.until(b"\n\n")
            if text.startswith("HTTP/1.1 200"):
                text = text.split("\r\n\r\n", 1)[1]
            if "event:" in text:
                out.append(Event(text))
        return out

    def ended(self):
        """The end marker, then the end."""
        last = self.events(1)[0]
        return (last.kind, last.data, self.s.recv(1)) == ("end", {}, b"")

    def close(self):
        self.s.close()


class Hub(ProgramTest):
    def setUp(self):
        self.super.script("delete from forge.ready; delete from forge.lease")
        self.path = self.dir / "events.sock"
        self.hub = self.program("events", self.path)

    def stream(self, *args, **kw):
        s = Stream(self.path, *args, **kw)
        self.addCleanup(s.close)
        return s

    def finish(self, run, steps=2):
        for _ in range(steps):
            x = self.claim_one()
            x.preflight(self.runner)
            x.commit(self.runner)
            self.wake(run)

    def test_history_then_life_then_the_end(self):
        ws, run = self.new_run()
        s = self.stream(ws, run)
        head = s.head()
        self.assertRegex(head, r"^HTTP/1\.1 200 OK\r\n")
        self.assertIn("Content-Type: text/event-stream", head)
        self.assertEqual([e.kind for e in s.events(2)], ["run.start", "step.ready"])
        self.finish(run)
        got = s.events(6)
        self.assertEqual([e.kind for e in got], ["step.start", "step.done", "step.ready", "step.start", "step.done", "run.done"])
        self.assertEqual([e.id for e in got], [f"{public_id('r', run)}:{i}" for i in range(3, 9)])
        d = got[0].data
        self.assertEqual((d["run"], d["seq"], d["kind"], d["step"], d["attempt"]), (public_id("r", run), 3, "step.start", "ps-0-s", 1))
        self.assertRegex(d["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertTrue(s.ended())

    def test_a_stream_goes_on_behind_its_cursor(self):
        ws, run = self.new_run()
        self.finish(run)
        self.assertEqual([e.data["seq"] for e in self.stream(ws, run, last=5).events(3)], [6, 7, 8])
        behind = self.stream(ws, run, last=8)
        self.assertTrue(behind.ended())

    def test_each_stream_gets_its_own_run(self):
        runs = [self.new_run([step(0)]) for _ in range(3)]
        streams = [self.stream(*r) for r in runs]
        for s in streams:
            s.events(2)
        got = {x.row.run_id: x for x in self.claim()}
        for i in (2, 0, 1):  # in another order than they came
            got[runs[i][1]].commit(self.runner)
            self.wake(runs[i][1])
            self.assertEqual([(e.kind, e.data["run"]) for e in streams[i].events(2)],
                             [("step.done", public_id("r", runs[i][1])), ("run.done", public_id("r", runs[i][1]))])

    def test_another_workspaces_run_is_not_there(self):
        (ws, run), (other, _) = self.new_run(), self.new_run()
        for args in ((other, run), (ws, 12345), (0, 0)):
            s = self.stream(*args)
            self.assertRegex(s.head(), r"^HTTP/1\.1 404 ")
            self.assertEqual(s.s.recv(1), b"")

    def test_what_is_no_events_address_is_closed(self):
        ws, run = self.new_run()
        for raw in (b"POST /_events/1/2 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /_events/1 HTTP/1.1\r\n\r\n", b"\r\n\r\n",
                    b"GET /_events/x/2 HTTP/1.1\r\n\r\n", b"GET /_events/-1/2 HTTP/1.1\r\n\r\n", b"GET /_events/1/2?last=99999999999 HTTP/1.1\r\n\r\n",
                    b"GET /_events/99999999999999999999/2 HTTP/1.1\r\n\r\n", f"GET /_events/{ws}/{run}?x=1 HTTP/1.1\r\n\r\n".encode(),
                    b"GET /_events/1/2" + b"x" * 9000, b"\0" * 9000):
            s = self.stream(0, 0, raw=raw)
            try:
                got = s.s.recv(1)
            except ConnectionResetError:  # closed before all of it was read
                got = b""
            self.assertEqual(got, b"", raw[:60])
        self.assertEqual(len(self.stream(ws, run).events(2)), 2)

    def test_a_request_in_pieces_is_a_request(self):
        ws, run = self.new_run()
        text = f"GET /_events/{ws}/{run} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        s = self.stream(0, 0, raw=text[:1])
        s.s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        for i in range(1, len(text)):
            s.s.sendall(text[i:i + 1])
        self.assertEqual([e.kind for e in s.events(2)], ["run.start", "step.ready"])

    def many_events(self, run, n, body='{"text": "%s"}' % ("x" * 400)):
        self.super.q("insert into forge.event (ws, run_id, seq, kind, body) select r.ws, r.id, r.ev_seq + i, 'step.phase', $3::jsonb"
                     " from forge.run r, generate_series(1, $2::int) i where r.id = $1", run, n, body)
        self.super.q("update forge.run set ev_seq = ev_seq + $2 where id = $1", run, n)

    def assertMemory(self, used_kb, most_kb):
        if b"__asan_init" not in (BUILD / "bin/forge-events").read_bytes():  # which keeps what was freed
            self.assertLess(used_kb, most_kb)

    def rss(self):
        text = Path(f"/proc/{self.hub.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1])

    def test_a_slow_reader_costs_no_memory_and_misses_nothing(self):
        ws, run = self.new_run([step(0)])
        before = self.rss()
        self.many_events(run, 20000)  # 10 MB: no socket takes that
        slow, quick = self.stream(ws, run), self.stream(ws, run)
        self.assertEqual([e.data["seq"] for e in quick.events(20002)], list(range(1, 20003)))
        self.assertMemory(self.rss() - before, 4096)
        self.finish(run, 1)
        self.assertEqual([e.kind for e in quick.events(3)], ["step.start", "step.done", "run.done"])
        self.assertEqual([e.data["seq"] for e in slow.events(20005)], list(range(1, 20006)))
        self.assertTrue(slow.ended())

    def test_a_reader_that_goes_away_is_forgotten(self):
        ws, run = self.new_run([step(0)])
        self.many_events(run, 5000)
        for _ in range(50):
            s = self.stream(ws, run)
            s.events(1)
            s.close()
        self.finish(run, 1)
        self.assertTrue(self.stream(ws, run, last=5005).ended())
        left = [os.readlink(f"/proc/{self.hub.process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{self.hub.process.pid}/fd")]
        self.assertLess(len([x for x in left if x.startswith("socket:")]), 8)

    def test_a_thousand_streams(self):
        n, (soft, hard) = 1000, resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 2 * n:
            if hard < 2 * n:
                self.skipTest(f"only {hard} open files are allowed here")
            resource.setrlimit(resource.RLIMIT_NOFILE, (2 * n, hard))
            self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        ws, run = self.new_run([step(0)])
        before = self.rss()
        streams = [self.stream(ws, run) for _ in range(n)]
        for s in streams:
            s.events(2)
        used = self.rss() - before
        began = time.monotonic()
        self.finish(run, 1)
        for s in streams:
            self.assertEqual([e.kind for e in s.events(3)], ["step.start", "step.done", "run.done"])
        print(f"# {n} streams: {used} kB, {1000 * (time.monotonic() - began):.0f} ms until all had the run's end")
        self.assertMemory(used, 6000)

    def test_it_stops_in_order(self):
        ws, run = self.new_run()
        s = self.stream(ws, run)
        s.events(2)
        self.assertEqual(self.hub.end(), 0)
        self.assertEqual(s.s.recv(1), b"")
