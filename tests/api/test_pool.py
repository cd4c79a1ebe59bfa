# SPDX-License-Identifier: Apache-2.0
"""The pool's life: crashed workers, a database that goes away, orderly ends, bad starts. On a stack of its own."""
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import threading
import time
import unittest
from hashlib import sha256
from pathlib import Path

from tests.harness.fastcgi import Call
from tests.harness.scratch_stack import Failed, ScratchStack


NUMBER = itertools.count(1)


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_gone(pids):
    """Until all of these processes have ended."""
    fds = []
    for pid in pids:
        try:
            fds.append(os.pidfd_open(pid))
        except ProcessLookupError:
            pass
    for fd in fds:
        assert select.select([fd], [], [], 30)[0], "a process did not end"
        os.close(fd)


class Pool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = cls.enterClassContext(ScratchStack(api_workers=2, compile_workers=1))
        cls.sock = cls.stack.var / "run/api.sock"

    def setUp(self):
        if not self.stack.pg.is_up():
            self.stack.pg.start()
        self.api = self.stack.programs["api"]
        if self.api.process.poll() is not None:  # the test before ended it
            self.api = self.stack.start_api("api")
        for left in (self.stack.var / "blobs/tmp").glob("*"):
            left.unlink()
        self.me = self.stack.client().login(*self.stack.create_user(f"me{next(NUMBER)}@example.com", "W"))
        self.ws = self.me.session["workspaces"][0]["id"]

    def workers(self):
        return children(self.api.process.pid)

    def upload(self, name, length, params=None):
        """An upload whose body the caller sends."""
        return Call(self.sock, "PUT", f"/api/v1/workspaces/{self.ws}/files/{name}", {
            "CONTENT_LENGTH": str(length), "HTTP_COOKIE": self.me.cookie, "HTTP_X_FORGE_CSRF": self.me.csrf, **(params or {})})

    def files(self):
        return [f["path"] for f in self.me.get(f"/workspaces/{self.ws}/files").json["items"]]

    def test_killed_workers_are_replaced_and_the_queue_waits_for_them(self):
        for _ in range(3):
            for pid in self.workers():
                os.kill(pid, signal.SIGKILL)
            self.assertEqual(self.me.get("/session").status, 200)

    def test_upload_whose_worker_is_killed_leaves_nothing_behind(self):
        call = self.upload("a.txt", 100).send(b"half of it")
        self.busy()
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)
        self.assertIsNone(call.answer())
        self.assertEqual(self.files(), [])
        self.assertEqual([p.name for p in (self.stack.var / "blobs").rglob(sha256(b"half of it").hexdigest())], [])

    def busy(self):
        """Until some worker has begun to write a blob: its temporary file is there."""
        tmp = self.stack.var / "blobs/tmp"
        deadline = time.monotonic() + 20
        while not (tmp.exists() and any(tmp.iterdir())):
            self.assertLess(time.monotonic(), deadline, "no upload began")

    def test_body_that_ends_early_is_400_and_leaves_nothing(self):
        status, _, body = self.upload("a.txt", 100).send(b"0123456789").finish()
        problem = json.loads(body)
        self.assertEqual((status, problem["code"]), (400, "E_USAGE"))
        self.assertIn("10 bytes came, 100 were announced", problem["detail"])
        self.assertEqual(self.files(), [])
        self.assertEqual(list((self.stack.var / "blobs/tmp").iterdir()), [])

    def test_body_that_says_nothing_of_its_length_is_taken(self):
        status, _, body = self.upload("a.txt", "").send(b"0123456789").finish()
        self.assertEqual((status, json.loads(body)["bytes"]), (201, 10))

    def test_over_tls_the_cookie_is_bound_to_the_host(self):
        email, password = self.stack.create_user("tls@example.com", "W")
        body = json.dumps({"email": email, "password": password}).encode()
        status, headers, _ = Call(self.sock, "POST", "/api/v1/session", {
            "HTTPS": "on", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}).send(body).finish()
        self.assertEqual(status, 200)
        name, *rest = headers["Set-Cookie"].split("; ")
        self.assertTrue(name.startswith("__Host-forge_session="))
        self.assertEqual(set(rest), {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"})
        for cookie, want in ((name, 200), (name.removeprefix("__Host-"), 401)):
            status, _, _ = Call(self.sock, "GET", "/api/v1/session", {"HTTPS": "on", "HTTP_COOKIE": cookie}).finish()
            self.assertEqual(status, want)

    def test_orderly_end_answers_what_has_begun_and_what_is_queued(self):
        begun = [self.upload(f"{i}.txt", 20).send(b"0123456789") for i in range(2)]
        queued = Call(self.sock, "GET", "/api/v1/session", {"HTTP_COOKIE": self.me.cookie})
        self.busy()
        self.api.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        while self.sock.exists():
            self.assertLess(time.monotonic(), deadline)
        for call in begun:
            self.assertEqual(call.send(b"0123456789").finish()[0], 201)
        self.assertEqual(queued.finish()[0], 200)
        self.assertEqual(self.api.process.wait(20), 0)
        r = self.me.get("/session")
        self.assertEqual((r.status, r.type, r.json["code"]), (502, "application/problem+json", "E_NET"))

    def test_hang_up_replaces_the_workers_and_nobody_notices(self):
        old = self.workers()
        answers = []
        stop = threading.Event()

        def ask():
            while not stop.is_set():
                answers.append(self.me.get("/session").status)
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            self.api.process.send_signal(signal.SIGHUP)
            wait_gone(old)
        finally:
            stop.set()
            asking.join()
        self.assertEqual(set(answers), {200})
        self.assertEqual(self.me.get("/session").status, 200)
        self.assertFalse(set(old) & set(self.workers()))

    def test_workers_do_not_outlive_a_killed_master(self):
        old = self.workers()
        self.api.process.kill()
        self.api.process.wait()
        wait_gone(old)
        again = self.stack.start_api("api")  # the socket file that was left is no hindrance
        self.assertEqual(self.me.get("/session").status, 200)
        self.assertIsNone(again.process.poll())

    def test_while_the_database_is_away_the_answer_is_503_and_then_it_is_well_again(self):
        self.addCleanup(self.api.end)  # a worker may still count its half second until the next try
        self.stack.pg.stop()
        r = self.me.get("/session")
        self.assertEqual((r.status, r.type, r.json["code"]), (503, "application/problem+json", "E_DB"))
        self.assertIn("try again", r.json["detail"])
        self.assertEqual(self.me.get("/healthz").status, 503)
        self.assertEqual(self.me.get("/openapi.json").status, 503)
        self.stack.pg.start()
        deadline = time.monotonic() + 20
        while self.me.get("/session").status != 200:
            self.assertLess(time.monotonic(), deadline)

    def test_a_restart_of_the_database_between_two_requests_is_not_noticed(self):
        self.assertEqual(self.me.get("/session").status, 200)
        self.stack.pg.stop()
        self.stack.pg.start()
        for _ in range(6):
            self.assertEqual(self.me.get("/session").status, 200)

    def test_it_is_ready_only_when_the_database_is(self):
        self.assertEqual(self.api.end(), 0)
        self.stack.pg.stop()
        read_fd, write_fd = os.pipe()
        env = {**os.environ, **self.stack.env("forge_api"), "FORGE_NOTIFY_FD": str(write_fd)}
        p = subprocess.Popen([self.stack.build / "bin/forge-api", "--pool", "api", "--socket", self.sock, "--workers", "2"],
                             env=env, pass_fds=[write_fd], stderr=subprocess.PIPE)
        self.addCleanup(p.wait)
        self.addCleanup(p.terminate)
        self.addCleanup(p.stderr.close)
        os.close(write_fd)
        self.assertIn(b"db.failed", p.stderr.readline())
        self.assertEqual(select.select([read_fd], [], [], 0)[0], [], "ready without a database")
        self.stack.pg.start()
        self.assertTrue(select.select([read_fd], [], [], 20)[0])
        self.assertEqual(os.read(read_fd, 10), b"\n")
        os.close(read_fd)

    def start(self, *args, **env):
        full = {**os.environ, **self.stack.env("forge_api"), **env}
        full = {k: v for k, v in full.items() if v is not None}
        return subprocess.run([self.stack.build / "bin/forge-api", *map(str, args)], env=full, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=30, check=False)

    def test_bad_starts_say_why(self):
        ok = ("--pool", "api", "--socket", self.stack.var / "run/x.sock")
        for args, env, status, says in (
                ((), {}, 2, "--pool and --socket are needed"),
                (("--pool", "web", "--socket", "x"), {}, 2, "--pool is api or compile, not 'web'"),
                ((*ok, "--workers", "0"), {}, 2, "--workers"),
                ((*ok, "extra"), {}, 2, "'extra' is one word too many"),
                (ok, {"FORGE_DB": None}, 1, "FORGE_DB is not set"),
                (ok, {"FORGE_BLOBS": None}, 1, "FORGE_BLOBS is not set"),
                (ok, {"FORGE_PACKS": None}, 1, "FORGE_PACKS is not set"),
                (ok, {"FORGE_PACKS": "/nonexistent"}, 1, "/nonexistent"),
                (("--pool", "api", "--socket", self.sock), {}, 1, "another process serves"),
                (("--pool", "api", "--socket", "/" + "x" * 120), {}, 1, "more than 107 bytes"),
                (("--pool", "api", "--socket", "fd:0"), {}, 1, "not a listening socket"),
                (("--create-user", "x"), {}, 2, "--name"),
                (("--create-user", "x", "--name", "n", "--workspace", "w"), {}, 2, "'x' is not an e-mail address"),
                (("--create-user", "y@example.com", "--name", "n", "--workspace", "w"), {}, 1, "")):
            with self.subTest(args=args, env=env):
                done = self.start(*args, **env)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr)
                self.assertTrue(done.stderr.startswith("forge-api: ") or "{" in done.stderr)
        self.assertEqual(self.start("--help").returncode, 0)

    def test_passwords_at_the_machine(self):
        made = json.loads(subprocess.run([self.stack.build / "bin/forge-api", "--create-user", "New@Example.com", "--name", "N", "--workspace", "W"],
                                         env={**os.environ, **self.stack.env("forge_migrate")}, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout)
        self.assertEqual((made["new"], len(made["password"])), (True, 20))
        self.stack.client().login("new@example.com", made["password"])
        again = json.loads(subprocess.run([self.stack.build / "bin/forge-api", "--create-user", "new@example.com", "--name", "N", "--workspace", "W"],
                                          env={**os.environ, **self.stack.env("forge_migrate")}, input=b"another password\n", capture_output=True, check=True).stdout)
        self.assertEqual((again["new"], again["password"], again["workspace"], again["user"]), (False, None, made["workspace"], made["user"]))
        for password, says in (("short", "at least 12"), ("a" * 40, "one short piece"), ("new@example.com", "try first"), ("ForgeForgeForge", "try first"), ("1234567890123", "try first")):
            done = subprocess.run([self.stack.build / "bin/forge-api", "--create-user", "new@example.com", "--name", "N", "--workspace", "W"],
                                  env={**os.environ, **self.stack.env("forge_migrate")}, input=password + "\n", capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, password)
            self.assertIn(says, done.stderr)
        done = subprocess.run([self.stack.build / "bin/forge-api", "--set-password", "new@example.com"], env={**os.environ, **self.stack.env("forge_migrate")},
                              input="a password of mine\n", capture_output=True, text=True, check=True)
        self.assertIsNone(json.loads(done.stdout)["password"])
        self.stack.client().login("new@example.com", "a password of mine")
        with self.assertRaises(Failed):
            self.stack.client().login("new@example.com", made["password"])

    def test_packs_that_are_broken_at_hang_up_leave_the_old_ones_in_use(self):
        packs = self.stack.dir / "packs"
        shutil.copytree(self.stack.packs, packs)
        self.assertEqual(self.api.end(), 0)
        self.addCleanup(setattr, self.stack, "packs", self.stack.packs)
        self.stack.packs = packs
        api = self.stack.start_api("api")
        self.addCleanup(api.end)
        next((packs / "policy").glob("profile-*.json")).write_text("{")
        old = children(api.process.pid)
        api.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while "program.config" not in api.log.read_text():
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.me.get("/session").status, 200)
        self.assertEqual(children(api.process.pid), old)


class Limits(unittest.TestCase):
    def test_many_sign_ins_from_one_address_are_429_by_nginx(self):
        with ScratchStack(api_workers=1, compile_workers=1, login_rate="5r/s") as stack:
            c = stack.client()
            answers = [c.post("/session", {"nonsense": 1}) for _ in range(60)]
            limited = [r for r in answers if r.status == 429]
            self.assertGreater(len(limited), 10)
            self.assertLess(len(limited), 45)
            self.assertEqual((limited[0].type, limited[0].json["code"], limited[0].headers["Retry-After"]), ("application/problem+json", "E_RATE", "1"))
            self.assertEqual(c.get("/session").status, 401, "looking is not limited")
