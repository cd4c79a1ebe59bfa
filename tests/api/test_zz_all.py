# SPDX-License-Identifier: Apache-2.0
"""Runs last: what only the whole suite can say."""
import subprocess
import sys
import unittest

from tests.api.base import contract
from tests.harness.scratch_stack import ROOT

NEEDED = ("session", "account", "files", "http", "matrix", "runs", "apis", "packs")


class All(unittest.TestCase):
    @unittest.skipUnless(all(f"tests.api.test_{n}" in sys.modules for n in NEEDED), "only with the whole suite")
    def test_every_route_has_answered_well_and_in_its_shape(self):
        names = {op["operationId"] for item in contract().doc["paths"].values() for op in item.values()}
        self.assertEqual(names - contract().seen, {"run_events"})  # checked line by line in test_runs.Stream

    def test_types_and_docs_are_what_the_routes_say(self):
        done = subprocess.run(["/usr/bin/python3", ROOT / "backend/tools/apigen.py", "--check", "--ts", ROOT / "web/src/api/types.gen.ts",
                               "--docs", ROOT / "docs/API.md"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
