#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forgectl without a server: offline verbs, help, exit codes, refusals."""
import hashlib
import json
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
SAMPLE = os.path.join(ROOT, "packs", "domain", "billing-audit", "sample")


def ctl(*args, input=None, env=None):
    e = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "FORGE_ROOT": ROOT, "FORGE_VAR": "/nonexistent/var"}
    e.update(env or {})
    return subprocess.run([CTL, *args], input=input, env=e, capture_output=True, text=True, timeout=60, check=False)


class Cli(unittest.TestCase):
    def test_every_verb_has_help(self):
        top = ctl("help")
        self.assertEqual(top.returncode, 0)
        verbs = [l.split()[0] for l in top.stdout.split("\n") if l.startswith("  ")]
        self.assertGreater(len(verbs), 15)
        for v in verbs:
            for form in (("help", v), (v, "--help")):
                done = ctl(*form)
                self.assertEqual(done.returncode, 0, form)
                self.assertTrue(done.stdout.startswith(f"usage: forgectl {v}"), done.stdout)

    def test_usage_errors_exit_2_and_say_what(self):
        for args, words in ((("nosuch",), "no verb 'nosuch'"), (("up", "--nosuch"), "unknown option --nosuch"), (("explain",), "missing"),
                            (("hash", "--canon", "--x"), "unknown option"), (("go", "x"), "--objective")):
            done = ctl(*args)
            self.assertEqual(done.returncode, 2, args)
            self.assertIn(words, done.stderr)

    def test_canon_and_hash(self):
        done = ctl("canon", input='{"b":1.0,"a":[1e3,"\\u00e9"]}')
        self.assertEqual(done.stdout, '{"a":[1000,"é"],"b":1}')
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            f.write('{ "z" : 1, "a" : 2 }')
            f.flush()
            self.assertEqual(ctl("hash", f.name).stdout.split()[0], hashlib.sha256(b'{ "z" : 1, "a" : 2 }').hexdigest())
            self.assertEqual(ctl("hash", "--canon", f.name).stdout.split()[0], hashlib.sha256(b'{"a":2,"z":1}').hexdigest())
        bad = ctl("canon", input='{"a":1,"a":2}')
        self.assertEqual(bad.returncode, 1)
        self.assertIn("line 1, column 12: the key 'a' stands twice", bad.stderr)

    def test_batch_answers_line_by_line(self):
        done = ctl("batch", input='{"id":1,"cmd":"ping"}\n{"id":2,"cmd":"json.canon","text":"{\\"b\\":1e2,\\"a\\":0}"}\nnonsense\n{"id":"x","cmd":"who"}\n')
        lines = [json.loads(l) for l in done.stdout.strip().split("\n")]
        self.assertEqual([l["rc"] for l in lines], [0, 0, 64, 64])
        self.assertEqual(lines[1]["out_text"], '{"a":0,"b":100}')

    def test_compile_offline_twice_is_byte_equal(self):
        args = ("compile", "--objective", os.path.join(SAMPLE, "objective.md"), "--workspace", SAMPLE, "--json")
        with tempfile.TemporaryDirectory() as d:
            os.makedirs(os.path.join(d, "attachments"))
            for n in os.listdir(os.path.join(SAMPLE, "attachments")):
                os.symlink(os.path.join(SAMPLE, "attachments", n), os.path.join(d, n))
        one, two = ctl(*args), ctl(*args, env={"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"})
        self.assertEqual(one.returncode, 0, one.stderr)
        self.assertEqual(one.stdout, two.stdout)
        plan = json.loads(one.stdout)
        self.assertEqual(len(plan["steps"]), 9)
        # Every hash recomputed by other means: our contracts hold integers and strings only, so sorted JSON is canonical.
        leaves = []
        for s in plan["steps"]:
            text = json.dumps(s["contract"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            self.assertEqual(hashlib.sha256(text).hexdigest(), s["contract_hash"])
            leaves.append(hashlib.sha256(text).digest())
        leaves.append(bytes.fromhex(plan["profile_sha256"]))

        def root(l):
            if len(l) == 1:
                return hashlib.sha256(b"\0" + l[0]).digest()
            k = 1
            while k * 2 < len(l):
                k *= 2
            return hashlib.sha256(b"\1" + root(l[:k]) + root(l[k:])).digest()
        self.assertEqual(root(leaves).hex(), plan["plan_hash"])

    def test_packs_check(self):
        done = ctl("packs", "check", os.path.join(ROOT, "packs"), "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        said = json.loads(done.stdout)
        self.assertEqual(said["findings"], [])
        wanted = {"domain_packs": 12, "workflow_packs": 12, "kinds": 24, "slots": 15, "policies": 5, "generic_packs": 1}
        self.assertEqual({name: said["counts"][name] for name in wanted}, wanted)

    def test_packs_that_add_are_checked_over_the_installed_ones(self):
        fixture = os.path.join(ROOT, "tests", "fixtures", "packs")
        env = {"FORGE_PACKS": os.path.join(ROOT, "tests", "compiler", "packs")}
        done = ctl("packs", "check", fixture, "--json", env=env)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(json.loads(done.stdout)["counts"]["workflow_packs"], 13)
        with tempfile.TemporaryDirectory() as d:
            os.mkdir(os.path.join(d, "domain"))
            with open(os.path.join(fixture, "domain", "lending.json"), encoding="utf-8") as stream:
                text = stream.read()
            spoiled = os.path.join(d, "domain", "lending.json")
            with open(spoiled, "w", encoding="utf-8") as stream:
                stream.write(text.replace('"slot": "raw_files"', '"slot": "raw_fils"'))
            done = ctl("packs", "check", d, env=env)
            line = text[:text.index('"slot": "raw_files"')].count("\n") + 1
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr, f"{spoiled}, line {line}, /profiles/0/slot: there is no slot 'raw_fils'\n1 finding\n")
        self.assertEqual(ctl("packs", "check", "/nonexistent").returncode, 1)

    def test_packs_list(self):
        done = ctl("packs", "list", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual({name: len(said[name]) for name in ("domain_packs", "workflow_packs", "kinds", "slots", "policies")},
                         {"domain_packs": 13, "workflow_packs": 12, "kinds": 24, "slots": 15, "policies": 5})
        self.assertEqual([one["id"] for one in said["domain_packs"] if one["generic"]], ["generic"])
        plain = ctl("packs", "list").stdout
        for name in ("billing-audit", "reconcile-compare", "table.parquet", "change_set", "strict.fail-closed.v1"):
            self.assertIn("\n  " + name + " ", plain)

    def test_packs_show(self):
        cases = {"billing-audit": ["domain pack"], "billing.time_entry": ["entity"], "render-report": ["workflow pack"],
                 "table.csv": ["kind"], "findings": ["slot"], "strict.fail-closed.v1": ["policy"],
                 "code-modification": ["domain pack", "workflow pack"], "data-join.entries-rates": ["playbook"],
                 "billing.amount_is_hours_times_rate": ["validator"], "billing.table.csv.contracts.v1": ["artifact profile"]}
        for name, types in cases.items():
            done = ctl("packs", "show", name, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            items = json.loads(done.stdout)["items"]
            self.assertEqual([one["type"] for one in items], types)
            self.assertTrue(all(one.get("document", one.get("candidate")) for one in items))
            plain = ctl("packs", "show", name)
            self.assertTrue(plain.stdout.startswith(f"{name}: {types[0]}"), plain.stdout)
        said = ctl("packs", "show", "billing.time_entry").stdout
        self.assertIn("billed_rate                money USD/hour, required, may be empty, tolerant; also rate_billed,", said)
        self.assertIn("refers: contract_ref -> billing.contract(contract_id)", said)
        self.assertIn("yes fail_on_ambiguous_binding", ctl("packs", "show", "strict.fail-closed.v1").stdout)
        done = ctl("packs", "show", "biling-audit")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the nearest is 'billing-audit'", done.stderr)
        self.assertEqual(ctl("packs", "shew", "x").returncode, 2)

    def test_explain(self):
        self.assertEqual(ctl("explain", "FC0401").returncode, 0)
        self.assertEqual(ctl("explain", "FC9999").returncode, 1)

    def test_nobody_signed_in(self):
        done = ctl("run", "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn("forgectl login", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "dropping root needs root")
    def test_up_without_root_says_how_to_go_on(self):
        with tempfile.TemporaryDirectory() as d:
            os.chmod(d, 0o755)
            done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", CTL, "up"], capture_output=True, text=True, check=False,
                                  env={"PATH": os.environ["PATH"], "FORGE_ROOT": ROOT, "FORGE_VAR": d + "/var"})
            if "Permission denied" in done.stderr and "setpriv" in done.stderr:
                self.skipTest("this checkout is not readable to other users")
            self.assertEqual(done.returncode, 1)
            self.assertIn("sudo", done.stderr)
            self.assertFalse(os.path.exists(d + "/var/pg"))

    def test_doctor_checks_each_need(self):
        done = ctl("doctor", "--json")
        v = json.loads(done.stdout)
        names = {c["name"] for c in v["checks"]}
        self.assertTrue({"kernel", "cgroups", "postgres", "nginx", "s6", "chromium"} <= names, names)
        for c in v["checks"]:
            self.assertIn(c["status"], ("ok", "warn", "fail"))
            self.assertTrue(c["says"])
            if c["status"] != "ok":
                self.assertTrue(c["mend"], c)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
