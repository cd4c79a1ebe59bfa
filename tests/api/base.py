# SPDX-License-Identifier: Apache-2.0
"""One stack for all tests of this folder, made when the first one needs it. Each test makes its own workspaces in it."""
import atexit
import itertools
import unittest

from tests.api.schema_check import Contract
from tests.harness.scratch_stack import ScratchStack

_shared = {}
_number = itertools.count(1)


def stack():
    if "stack" not in _shared:
        s = ScratchStack(programs=available())
        s.__enter__()
        atexit.register(s.__exit__, None, None, None)
        contract = Contract(s.client().get("/openapi.json").json)
        s.watchers.append(contract.watch)
        _shared.update(stack=s, contract=contract)
    return _shared["stack"]


def contract():
    stack()
    return _shared["contract"]


def available():
    return ("events",)


class ApiTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.stack = stack()

    def user(self, workspace="Books"):
        """A signed-in client with a tenant of its own; its workspace is client.ws."""
        email = f"user{next(_number)}@example.com"
        c = self.stack.client().login(*self.stack.create_user(email, workspace))
        c.email, c.ws = email, c.session["workspaces"][0]["id"]
        c.password = None
        return c

    def member(self, owner, role):
        """A signed-in colleague with that role in owner's workspace."""
        email, password = self.stack.colleague(owner.email, f"{role}{next(_number)}@example.com")
        self.assertEqual(owner.put(f"/workspaces/{owner.ws}/members/{email}", {"role": role}).status, 200)
        c = self.stack.client().login(email, password)
        c.email, c.ws, c.password = email, owner.ws, password
        return c

    def key(self, owner, role, days=1):
        r = owner.post("/keys", {"name": f"{role} key", "workspace": owner.ws, "role": role, "expires_days": days})
        self.assertEqual(r.status, 201, r)
        c = self.stack.client(r.json["key"])
        c.ws, c.id = owner.ws, r.json["id"]
        return c

    def problem(self, answer, status, code, says=None):
        """The answer is that problem; says: part of its detail."""
        self.assertEqual((answer.status, answer.type), (status, "application/problem+json"), answer)
        self.assertEqual(answer.json["code"], code, answer)
        if says:
            self.assertIn(says, answer.json["detail"])
        return answer.json

    def sql(self, text):
        return self.stack.pg.psql(text)
