#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Postgres cluster for one test run: unix socket only, in a temporary folder, gone afterwards.

    with scratch_pg() as pg:                     # empty cluster
        db = pg.migrated("forge")                # a database with all migrations
        with pg.connect("forge", "forge_api") as c:
            c.q("select 1")

    scratch_pg.py run -- prog args…              # FORGE_TEST_PG holds "host=<socket folder>", FORGE_TEST_DB a migrated database

A Session is one connection of libpq by ctypes: blocking calls release the interpreter, so two sessions in two
threads race for real. Errors carry their SQLSTATE.
"""
import ctypes
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.harness.scratch_stack import ROOT, Postgres  # noqa: E402  (the path above)

_pq = ctypes.CDLL("libpq.so.5")
_P, _S, _I = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
for _name, _result, _args in (
        ("PQconnectdb", _P, [_S]), ("PQstatus", _I, [_P]), ("PQerrorMessage", _S, [_P]), ("PQfinish", None, [_P]),
        ("PQexec", _P, [_P, _S]), ("PQexecParams", _P, [_P, _S, _I, _P, ctypes.POINTER(_S), _P, _P, _I]),
        ("PQprepare", _P, [_P, _S, _S, _I, ctypes.POINTER(ctypes.c_uint)]), ("PQdescribePrepared", _P, [_P, _S]),
        ("PQresultStatus", _I, [_P]), ("PQresultErrorField", _S, [_P, _I]), ("PQresultErrorMessage", _S, [_P]),
        ("PQntuples", _I, [_P]), ("PQnfields", _I, [_P]), ("PQfname", _S, [_P, _I]), ("PQftype", ctypes.c_uint, [_P, _I]),
        ("PQgetvalue", _S, [_P, _I, _I]), ("PQgetisnull", _I, [_P, _I, _I]), ("PQcmdTuples", _S, [_P]), ("PQclear", None, [_P]),
        ("PQsocket", _I, [_P]), ("PQconsumeInput", _I, [_P]), ("PQnotifies", _P, [_P]), ("PQfreemem", None, [_P])):
    _fn = getattr(_pq, _name)
    _fn.restype, _fn.argtypes = _result, _args


class _Notify(ctypes.Structure):
    _fields_ = [("relname", _S), ("be_pid", _I), ("extra", _S)]


class SqlError(Exception):
    def __init__(self, state, text):
        super().__init__(f"{state}: {text}")
        self.state, self.text = state, text


class Session:
    """One connection. Values go as text and come back as text or None."""

    def __init__(self, conninfo):
        self.c = _pq.PQconnectdb(conninfo.encode())
        if _pq.PQstatus(self.c) != 0:
            text = _pq.PQerrorMessage(self.c).decode()
            self.close()
            raise SqlError("08001", text)

    def close(self):
        if self.c:
            _pq.PQfinish(self.c)
            self.c = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _take(self, res):
        try:
            if _pq.PQresultStatus(res) not in (0, 1, 2):
                state = _pq.PQresultErrorField(res, ord("C"))
                primary = _pq.PQresultErrorField(res, ord("M")) or _pq.PQerrorMessage(self.c)
                raise SqlError(state.decode() if state else "08006", primary.decode().strip())
            self.affected = int(_pq.PQcmdTuples(res) or 0)
            names = [_pq.PQfname(res, k).decode() for k in range(_pq.PQnfields(res))]
            return [Row(zip(names, (None if _pq.PQgetisnull(res, i, k) else _pq.PQgetvalue(res, i, k).decode()
                                    for k in range(len(names))))) for i in range(_pq.PQntuples(res))]
        finally:
            _pq.PQclear(res)

    def q(self, sql, *args):
        """One statement with $1…; its rows."""
        values = (_S * max(1, len(args)))(*[None if a is None else str(a).encode() for a in args])
        return self._take(_pq.PQexecParams(self.c, sql.encode(), len(args), None, values, None, None, 0))

    def one(self, sql, *args):
        """The only column of the only row, or the row."""
        rows = self.q(sql, *args)
        if len(rows) != 1:
            raise AssertionError(f"{len(rows)} rows: {sql} {args}")
        return next(iter(rows[0].values())) if len(rows[0]) == 1 else rows[0]

    def script(self, sql):
        return self._take(_pq.PQexec(self.c, sql.encode()))

    def prepare(self, name, sql, oids):
        self._take(_pq.PQprepare(self.c, name.encode(), sql.encode(), len(oids), (ctypes.c_uint * max(1, len(oids)))(*oids)))

    def describe(self, name):
        """[(column, type oid)] of a prepared statement."""
        res = _pq.PQdescribePrepared(self.c, name.encode())
        try:
            return [(_pq.PQfname(res, k).decode(), _pq.PQftype(res, k)) for k in range(_pq.PQnfields(res))]
        finally:
            _pq.PQclear(res)

    @contextmanager
    def tx(self, ws=None, user=None):
        """A transaction as an API worker has it; rolled back when the body raises."""
        self.script("begin")
        try:
            for name, value in (("forge.ws", ws), ("forge.user", user)):
                if value is not None:
                    self.q("select set_config($1, $2, true)", name, value)
            yield self
        except BaseException:
            self.script("rollback")
            raise
        self.script("commit")

    def notified(self, n=1, seconds=10):
        """[(channel, payload)] as soon as there are n, or what there is after so many seconds."""
        out = []
        while True:
            _pq.PQconsumeInput(self.c)
            while p := _pq.PQnotifies(self.c):
                note = ctypes.cast(p, ctypes.POINTER(_Notify)).contents
                out.append((note.relname.decode(), note.extra.decode()))
                _pq.PQfreemem(p)
            if len(out) >= n or not select.select([_pq.PQsocket(self.c)], [], [], seconds)[0]:
                return out


class Row(dict):
    """A row by name: row.state, row["state"]."""
    __getattr__ = dict.__getitem__


class Later(threading.Thread):
    """A call in another thread; value() waits for it and gives its result or raises what it raised."""

    def __init__(self, fn, *args):
        super().__init__(daemon=True)
        self.fn, self.args, self.result, self.error = fn, args, None, None
        self.start()

    def run(self):
        try:
            self.result = self.fn(*self.args)
        except BaseException as e:  # handed to value()
            self.error = e

    def value(self, seconds=20):
        self.join(seconds)
        if self.is_alive():
            raise AssertionError("still waiting")
        if self.error:
            raise self.error
        return self.result


class Cluster(Postgres):
    def connect(self, db, role="super"):
        return Session(f"host={self.sock} dbname={db} user={role} options='-c client_min_messages=warning'")

    def migrated(self, name="forge"):
        """A new database with every migration; made once as a template, then copied."""
        if not getattr(self, "has_template", False):
            self.psql("create database forge_template", db="postgres")
            for file in sorted((ROOT / "migrations").glob("[0-9]*.sql")):
                self.psql("", db="forge_template", file=file)
            self.has_template = True
        self.psql(f"create database {name} template forge_template", db="postgres")
        return name

    def wait_blocked(self, session, pid, seconds=10):
        """Until the backend pid waits for a lock; there is no event for that, pg_blocking_pids says when."""
        end = time.monotonic() + seconds
        while session.one("select cardinality(pg_blocking_pids($1))", pid) == "0":
            if time.monotonic() > end:
                raise AssertionError("it did not wait for the other transaction")


@contextmanager
def scratch_pg():
    folder = tempfile.mkdtemp(prefix="forge-pg-")
    os.chmod(folder, 0o755)
    pg = None
    try:
        pg = Cluster(Path(folder) / "pg")
        yield pg
    finally:
        if pg and pg.is_up():
            pg.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    if len(sys.argv) < 4 or sys.argv[1:3] != ["run", "--"]:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with scratch_pg() as pg:
        env = {**os.environ, "FORGE_TEST_PG": f"host={pg.sock}", "FORGE_TEST_DB": f"host={pg.sock} dbname={pg.migrated('forge')}"}
        return subprocess.run(sys.argv[3:], env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
