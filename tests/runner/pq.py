# SPDX-License-Identifier: Apache-2.0
"""Just enough of libpq for tests: one connection, text results, LISTEN that waits for the event."""
import ctypes
import select
import time

_pq = ctypes.CDLL("libpq.so.5")
for _name, _result, _args in (
        ("PQconnectdb", ctypes.c_void_p, [ctypes.c_char_p]), ("PQstatus", ctypes.c_int, [ctypes.c_void_p]),
        ("PQerrorMessage", ctypes.c_char_p, [ctypes.c_void_p]), ("PQfinish", None, [ctypes.c_void_p]),
        ("PQexecParams", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p,
                                           ctypes.POINTER(ctypes.c_char_p), ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]),
        ("PQexec", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]),
        ("PQresultStatus", ctypes.c_int, [ctypes.c_void_p]), ("PQresultErrorMessage", ctypes.c_char_p, [ctypes.c_void_p]),
        ("PQntuples", ctypes.c_int, [ctypes.c_void_p]), ("PQnfields", ctypes.c_int, [ctypes.c_void_p]),
        ("PQgetvalue", ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]),
        ("PQgetisnull", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]), ("PQclear", None, [ctypes.c_void_p]),
        ("PQsocket", ctypes.c_int, [ctypes.c_void_p]), ("PQconsumeInput", ctypes.c_int, [ctypes.c_void_p]),
        ("PQnotifies", ctypes.c_void_p, [ctypes.c_void_p]), ("PQfreemem", None, [ctypes.c_void_p])):
    _fn = getattr(_pq, _name)
    _fn.restype, _fn.argtypes = _result, _args


class DbError(Exception):
    pass


class Db:
    def __init__(self, conninfo):
        self.c = _pq.PQconnectdb(conninfo.encode())
        if _pq.PQstatus(self.c) != 0:
            raise DbError(_pq.PQerrorMessage(self.c).decode())

    def close(self):
        if self.c:
            _pq.PQfinish(self.c)
            self.c = None

    def _take(self, res):
        try:
            if _pq.PQresultStatus(res) not in (0, 1, 2):
                raise DbError(_pq.PQresultErrorMessage(res).decode())
            return [tuple(None if _pq.PQgetisnull(res, i, k) else _pq.PQgetvalue(res, i, k).decode()
                          for k in range(_pq.PQnfields(res))) for i in range(_pq.PQntuples(res))]
        finally:
            _pq.PQclear(res)

    def q(self, sql, *args):
        """Rows as tuples of text or None."""
        values = (ctypes.c_char_p * max(1, len(args)))(*[None if a is None else str(a).encode() for a in args])
        return self._take(_pq.PQexecParams(self.c, sql.encode(), len(args), None, values, None, None, 0))

    def one(self, sql, *args):
        rows = self.q(sql, *args)
        assert len(rows) == 1, (sql, args, rows)
        return rows[0][0] if len(rows[0]) == 1 else rows[0]

    def script(self, sql):
        self._take(_pq.PQexec(self.c, sql.encode()))

    def wait(self, check, what, seconds=30):  # what: text, or a function that gives it
        """Call check() now and after each notification until it gives something; no polling."""
        until = time.monotonic() + seconds
        while True:
            got = check()
            if got:
                return got
            left = until - time.monotonic()
            if left <= 0 or not select.select([_pq.PQsocket(self.c)], [], [], left)[0]:
                got = check()
                if got:
                    return got
                raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
            _pq.PQconsumeInput(self.c)
            while True:
                note = _pq.PQnotifies(self.c)
                if not note:
                    break
                _pq.PQfreemem(note)
