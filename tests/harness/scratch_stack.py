# SPDX-License-Identifier: Apache-2.0
"""A whole Forge for one test run: private Postgres, nginx, the API's pools and, when asked, events, runner and the rest.

    with ScratchStack(build) as s:
        boss = s.client().login(*s.create_user("boss@example.com", "Books"))
        ...

Everything lies in one temporary folder and ends with it; nothing is shared with an embedded stack. Nothing sleeps: each
program tells when it is ready through FORGE_NOTIFY_FD, nginx by its pid file's folder (inotify is not in Python's
library, so its socket is connected to until it listens, each try waiting on the process).
"""
import http.client
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from glob import glob
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60
STOP_SECONDS = 40


class Failed(Exception):
    """The stack did not start; the message holds what the program said."""


def postgres_bin():
    folders = sorted(glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if not folders:
        raise Failed("PostgreSQL's server is not installed: apt-get install postgresql-15")
    return folders[-1]


def as_user(user):
    """argv prefix to run as another user; empty when we are not root."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []


class Program:
    """A child that is told apart by name; its output goes to a file of the stack."""

    def __init__(self, stack, name, argv, env=None, notify=True, stop=signal.SIGTERM):
        self.name, self.stop_signal = name, stop
        self.log = stack.dir / f"{name}.log"
        read_fd, write_fd = os.pipe()
        full = {**os.environ, **(env or {})}
        full.pop("FORGE_NOTIFY_FD", None)
        if notify:
            full["FORGE_NOTIFY_FD"] = str(write_fd)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=full,
                                            pass_fds=[write_fd] if notify else [], cwd=stack.dir)
        os.close(write_fd)
        try:
            if notify and self._word(read_fd) != b"\n":
                raise Failed(f"{name} did not get ready:\n{self.tail()}")
        except Failed:
            self.end()
            raise
        finally:
            os.close(read_fd)

    def _word(self, fd):
        ready, _, _ = select.select([fd], [], [], READY_SECONDS)
        return os.read(fd, 1) if ready else b""

    def tail(self, n=3000):
        return self.log.read_text(errors="replace")[-n:]

    def end(self):
        """Stop it in order; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.name} did not end:\n{self.tail()}")


class Postgres:
    """A cluster of its own on a unix socket, fsync off, with Forge's migrations applied."""

    def __init__(self, folder):
        self.dir = Path(folder)
        self.sock = self.dir / "sock"
        self.bin = postgres_bin()
        self.dir.mkdir()
        self.sock.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.dir, "postgres", "postgres")
            shutil.chown(self.sock, "postgres", "postgres")
        self._run([f"{self.bin}/initdb", "-D", self.dir / "data", "-U", "super", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                   "-N"])
        with open(self.dir / "data" / "postgresql.conf", "a", encoding="utf-8") as f:
            f.write(f"listen_addresses = ''\nunix_socket_directories = '{self.sock}'\nfsync = off\n"
                    "synchronous_commit = on\nmax_connections = 60\nlog_line_prefix = '%m %u '\n")
        self.start()

    def _run(self, argv):
        done = subprocess.run([*as_user("postgres"), *map(str, argv)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"{argv[0]}: {done.stdout}{done.stderr}")

    def start(self):
        self._run([f"{self.bin}/pg_ctl", "-D", self.dir / "data", "-l", self.dir / "log", "-w", "start"])

    def stop(self):
        self._run([f"{self.bin}/pg_ctl", "-D", self.dir / "data", "-m", "immediate", "-w", "stop"])

    def is_up(self):
        return (self.dir / "data/postmaster.pid").exists()

    def conninfo(self, role):
        return f"host={self.sock} dbname=forge user={role}"

    def psql(self, sql, role="super", db="forge", file=None):
        argv = [f"{self.bin}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.sock), "-U", role, "-d", db]
        argv += ["-1", "-f", str(file)] if file else ["-c", sql]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"psql: {done.stderr}")
        return done.stdout.strip()

    def migrate(self):
        self.psql("create database forge", db="postgres")
        for file in sorted((ROOT / "migrations").glob("[0-9]*.sql")):
            self.psql("", file=file)


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def type(self):
        return self.headers.get("Content-Type", "").split(";")[0]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(x) for x in self.body.decode().splitlines()]

    def __repr__(self):
        return f"<{self.status} {self.type} {self.body[:300]!r}>"


class Client:
    """A browser's manners in few lines: cookie, CSRF token and Origin, or an API key."""

    def __init__(self, stack, key=None):
        self.stack, self.key = stack, key
        self.cookie = self.csrf = self.session = None

    def request(self, method, path, body=None, *, headers=None, raw=None, type=None, csrf=True, timeout=120):
        """path is below /api/v1. body: JSON; raw: bytes or an iterable of them. headers: None takes one away."""
        h = {}
        if self.key:
            h["Authorization"] = f"Bearer {self.key}"
        if self.cookie:
            h["Cookie"] = self.cookie
            if csrf and method not in ("GET", "HEAD"):
                h["X-Forge-CSRF"] = self.csrf
        if body is not None:
            raw, h["Content-Type"] = json.dumps(body).encode(), "application/json"
        if type:
            h["Content-Type"] = type
        h.update(headers or {})
        h = {k: v for k, v in h.items() if v is not None}
        c = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=timeout)
        try:
            c.request(method, "/api/v1" + path, body=raw, headers=h, encode_chunked="Transfer-Encoding" in h)
            r = c.getresponse()
            answer = Response(r.status, dict(r.getheaders()), r.read())
        finally:
            c.close()
        for watch in self.stack.watchers:
            watch(method, path, answer)
        return answer

    def login(self, email, password):
        r = self.request("POST", "/session", {"email": email, "password": password})
        if r.status != 200:
            raise Failed(f"sign-in: {r}")
        self.cookie = r.headers["Set-Cookie"].split(";")[0]
        self.session, self.csrf = r.json, r.json["csrf"]
        return self

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body=None, **kw):
        return self.request("POST", path, body, **kw)

    def put(self, path, body=None, **kw):
        return self.request("PUT", path, body, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)

    def upload(self, ws, path, data):
        return self.put(f"/workspaces/{ws}/files/{quote(path)}", raw=data, type="application/octet-stream")


class ScratchStack:
    """See the module. programs: which of events, cell, runner, sched to start besides Postgres, nginx and the API."""

    def __init__(self, build=None, programs=(), api_workers=3, compile_workers=2, log="info", packs=None,
                 login_rate="500r/s"):
        self.build = Path(build or os.environ.get("BUILD") or ROOT / "build").resolve()
        self.wanted, self.log, self.packs = programs, log, packs or ROOT / "packs"
        self.login_rate = login_rate  # tests sign in more often than people; "5r/s" is what a real stack has
        self.workers = {"api": api_workers, "compile": compile_workers}
        self.programs, self.watchers = {}, []
        self.exit = ExitStack()

    def __enter__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="forge-scratch-"))
        self.exit.callback(shutil.rmtree, self.dir, ignore_errors=True)
        try:
            self._start()
        except BaseException:
            self.exit.close()
            raise
        return self

    def __exit__(self, *_):
        self.exit.close()

    def _start(self):
        self.dir.chmod(0o755)
        self.var = self.dir / "var"
        for name in ("run", "blobs", "nginx"):
            (self.var / name).mkdir(parents=True)
        self.pg = Postgres(self.dir / "pg")
        self.exit.callback(lambda: self.pg.is_up() and self.pg.stop())
        self.pg.migrate()
        self.start_api("api")
        self.start_api("compile")
        for name in self.wanted:
            self.start_program(name)
        self.start_nginx()

    def env(self, role):
        return {"FORGE_ROOT": str(ROOT), "FORGE_VAR": str(self.var), "FORGE_PACKS": str(self.packs),
                "FORGE_BLOBS": str(self.var / "blobs"), "FORGE_LOG": self.log, "FORGE_DB": self.pg.conninfo(role)}

    def start(self, name, argv, env=None, **kw):
        self.programs[name] = p = Program(self, name, [str(x) for x in argv], env, **kw)
        self.exit.callback(p.end)
        return p

    def start_api(self, pool):
        return self.start(pool, [self.build / "bin/forge-api", "--pool", pool, "--socket", self.var / f"run/{pool}.sock",
                                 "--workers", self.workers[pool]], self.env("forge_api"))

    def start_program(self, name):
        """events, runner, cell or sched, as the embedded stack starts them."""
        env = self.env({"events": "forge_events", "runner": "forge_runner", "sched": "forge_sched", "cell": "none"}[name])
        if name == "cell":
            env["FORGE_CELL_UID"] = str(os.getuid())
            env.pop("FORGE_DB")
        return self.start(name, [self.build / f"bin/forge-{name}"], env)

    def start_nginx(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        text = (ROOT / "nginx/forge.conf.in").read_text(encoding="utf-8")
        for mark, value in (("@PORT@", self.port), ("@ROOT@", ROOT), ("@VAR@", self.var), ("rate=5r/s", f"rate={self.login_rate}")):
            text = text.replace(mark, str(value))
        conf = self.var / "nginx/forge.conf"
        conf.write_text(text, encoding="utf-8")
        user = " user root;" if os.geteuid() == 0 else ""
        p = self.start("nginx", ["/usr/sbin/nginx", "-e", "stderr", "-p", self.var / "nginx/", "-c", conf, "-g",
                                 f"daemon off;{user}"], notify=False, stop=signal.SIGQUIT)
        self._listening(p)

    def _listening(self, program):
        pid = os.pidfd_open(program.process.pid)
        try:
            while True:
                with socket.socket() as s:
                    if s.connect_ex(("127.0.0.1", self.port)) == 0:
                        return
                if select.select([pid], [], [], 0.01)[0]:
                    raise Failed(f"nginx: {program.tail()}")
        finally:
            os.close(pid)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, key=None):
        return Client(self, key)

    def create_user(self, email, workspace, name="Somebody", password=None):
        """A user with a tenant and workspace of their own: (email, password); ids in self.made[email]."""
        done = subprocess.run([self.build / "bin/forge-api", "--create-user", email, "--name", name, "--workspace", workspace],
                              input=(password or "") + "\n", capture_output=True, text=True, check=False,
                              env={**os.environ, **self.env("forge_migrate")})
        if done.returncode:
            raise Failed(done.stderr)
        made = json.loads(done.stdout)
        self.__dict__.setdefault("made", {})[email] = made
        return email, password or made["password"]

    def colleague(self, of, email, password="correct horse battery"):
        """A user in the same tenant as `of`, without a workspace."""
        done = subprocess.run([self.build / "bin/forge-api", "--create-user", email, "--name", "Colleague", "--tenant-of", of],
                              input=password + "\n", capture_output=True, text=True, check=False, env={**os.environ, **self.env("forge_migrate")})
        if done.returncode:
            raise Failed(done.stderr)
        return email, password

    def hash(self, password):
        """The PHC string of a password, made by the product itself: through a throw-away account."""
        cache = self.__dict__.setdefault("hashes", {})
        if password not in cache:
            email = f"hash-{secrets.token_hex(4)}@example.com"
            self.create_user(email, "hash", password=password)
            cache[password] = self.pg.psql(f"select password from forge.app_user where email = '{email}'")
        return cache[password]


if __name__ == "__main__":  # a stack to look at: python3 -m tests.harness.scratch_stack [events …]
    with ScratchStack(programs=sys.argv[1:]) as stack:
        print(stack.url, *stack.create_user("me@example.com", "Mine"), flush=True)
        signal.sigwait([signal.SIGINT, signal.SIGTERM])
