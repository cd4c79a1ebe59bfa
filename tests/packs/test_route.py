#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The router through `forgectl route`: the project's objectives go to their domain, and those that nobody has seen mostly do."""
import json
import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
PERCENT_MIN = 95
PERCENT_MIN_HELD_OUT = 85


def route(*args, text=None):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "FORGE_ROOT": ROOT, "FORGE_VAR": "/nonexistent/var"}
    return subprocess.run([CTL, "route", *args], input=text, env=env, capture_output=True, text=True, timeout=120, check=False)


def objectives(name):
    with open(os.path.join(ROOT, "tests", "packs", name), encoding="utf-8") as f:
        return json.load(f)["objectives"]


def hits(listed):
    """Which of them go to the domain that they say."""
    done = route("--lines", "--json", text="".join(o["text"].replace("\n", " ") + "\n" for o in listed))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(listed)
    return [a["domains"]["ranks"][:1] and a["domains"]["ranks"][0]["id"] == o["domain"] for a, o in zip(answers, listed)]


class Route(unittest.TestCase):
    def test_objectives_go_to_their_domain(self):
        listed = objectives("router_objectives_a.json") + objectives("router_objectives_b.json")
        self.assertGreaterEqual(len(listed), 120)
        self.assertEqual(len({o["domain"] for o in listed}), 12)
        self.assertGreaterEqual(5 * sum(1 for o in listed if o.get("near")), 2 * len(listed))
        right = hits(listed)
        print(f"\n# {sum(map(bool, right))} of {len(listed)} to the right domain")
        missed = [o["text"] for o, ok in zip(listed, right) if not ok]
        self.assertGreaterEqual(100 * (len(listed) - len(missed)), PERCENT_MIN * len(listed), missed)

    def test_held_out_objectives_mostly_do(self):
        listed = objectives("router_objectives_heldout.json")
        right = hits(listed)
        print(f"\n# held out: {sum(map(bool, right))} of {len(listed)}")
        self.assertGreaterEqual(100 * sum(map(bool, right)), PERCENT_MIN_HELD_OUT * len(listed))

    def test_one_objective_says_why(self):
        text = "Audit the billed hours against our contracts and list every overcharge."
        done = route(text)
        self.assertEqual(done.returncode, 0, done.stderr)
        first = done.stdout.splitlines()[1]
        self.assertIn("1. billing-audit", first)
        self.assertIn("points: ", first)
        self.assertIn("workflow", done.stdout)
        answer = json.loads(route("-", "--json", text=text).stdout)
        self.assertEqual(answer["schema"], "forge.route.v1")
        top = answer["domains"]["ranks"][0]
        self.assertEqual(top["id"], "billing-audit")
        self.assertEqual(sum(e["points"] for e in top["evidence"]), top["points"])
        self.assertEqual(route("-", "--json", text=text).stdout, route(text, "--json").stdout)

    def test_what_belongs_nowhere_is_said(self):
        done = route("and of the, which they")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("domain: none"), done.stdout)
        self.assertEqual(route().returncode, 2)


if __name__ == "__main__":
    unittest.main()
