#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forgectl without a server: offline verbs, help, exit codes, refusals."""
import hashlib
import json
import os
import signal
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

    def test_profile_says_what_a_file_holds(self):
        attachments = os.path.join(SAMPLE, "attachments")
        done = ctl("profile", os.path.join(attachments, "contracts.csv"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("grain: one row per contract_id and employee_id\n", done.stdout)
        self.assertRegex(done.stdout, r"monthly_hours_cap +integer +0 +6 +50 +170 +part")
        said = json.loads(ctl("profile", os.path.join(attachments, "time_entries.csv"), "--json").stdout)
        self.assertEqual((said["schema"], said["rows"], said["candidate_keys"]), ("forge.file_profile.v1", 753, [["time_entry_id"]]))
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "x.csv")
            with open(path, "w", encoding="utf-8") as f:
                f.write('price,due,esc\n"$1,234.50",03-MAR-26,"a\x1b[2Jb"\n$2.00,04-MAR-26,c\n')
            text = ctl("profile", path).stdout
            self.assertIn("money USD, us", text)
            self.assertIn("date dmonY-yy", text)
            self.assertNotIn("\x1b", text)
            with open(path, "w", encoding="utf-8") as f:  # names, keys and notes come from the file too
                f.write("\x1b]0;x\x07id,\u202en\n1,03/04/2026\n2,04/05/2026\n")
            text = ctl("profile", path).stdout
            self.assertIn("\\x1b]0;x\\x07id", text)
            self.assertFalse(set(text) & set("\x1b\x07\u202e"), text)
            with open(path, "w", encoding="utf-8") as f:
                f.write("a,b\n1,2\n3\n")
            bad = ctl("profile", path)
            self.assertEqual(bad.returncode, 1)
            self.assertIn("row 3", bad.stderr)
            self.assertFalse(json.loads(ctl("profile", path, "--json").stdout)["parse"]["ok"])
            self.assertEqual(ctl("profile", path, "--kind", "table.xls").returncode, 1)
            self.assertEqual(ctl("profile", d).returncode, 1)
        # Whoever started us may ignore SIGCHLD; what Parquet is read by must be waited for all the same.
        fixture = os.path.join(ROOT, "tests", "fixtures", "parquet", "zstd.parquet")
        deaf = subprocess.run([CTL, "profile", fixture], capture_output=True, text=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], "FORGE_ROOT": ROOT},
                              preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(deaf.returncode, 0, deaf.stderr)
        self.assertEqual(ctl("profile").returncode, 2)
        self.assertIn("cannot open", ctl("profile", "/nonexistent.csv").stderr)

    def test_relations_between_files(self):
        attachments = os.path.join(SAMPLE, "attachments")
        files = [os.path.join(attachments, n) for n in ("time_entries.csv", "invoices.csv", "contracts.csv")]
        done = ctl("relations", *files, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(said["schema"], "forge.relations.v1")
        found = {(os.path.basename(r["from"]), *r["columns"], os.path.basename(r["to"])): r for r in said["relations"]}
        self.assertEqual(set(found), {("time_entries.csv", "invoice_id", "invoices.csv"),
                                      ("time_entries.csv", "contract_ref", "employee_id", "contracts.csv")})
        one = found[("time_entries.csv", "contract_ref", "employee_id", "contracts.csv")]
        self.assertEqual((one["rows"], one["matched"], one["missing"]["row"], one["exact"]), (753, 742, 161, True))
        self.assertIn("742 of 753 rows", ctl("relations", *files).stdout)
        refused = ctl("relations", os.path.join(attachments, "finance_policy.md"))
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is no table", refused.stderr)

    def test_profiling_stays_within_its_memory(self):
        # 64 MB in which nothing repeats; the whole process, measured by the kernel. `make bench-types` does it with 1 GB.
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "big.csv")
            with open(path, "w", encoding="ascii") as f:
                f.write("a,b,c\n")
                done = 0
                while f.tell() < 64_000_000:
                    f.write("".join(f"A{i:09d},{i * 3},u-{i ^ 0x5555:09d}\n" for i in range(done, done + 20000)))
                    done += 20000
            child = subprocess.Popen([CTL, "profile", path, "--json"], stdout=subprocess.PIPE, env={"FORGE_ROOT": ROOT, "PATH": os.environ["PATH"]})
            said = json.loads(child.stdout.read())
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = status
            child.stdout.close()
            self.assertEqual(status, 0)
            self.assertEqual((said["rows"], said["candidate_keys"], said["undecided_keys"]), (done, [["a"], ["b"], ["c"]], []))
            if "asan" not in CTL:
                self.assertLess(usage.ru_maxrss, 56_000)

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
        cases = {"billing-audit": ["domain pack", "skill"], "billing.time_entry": ["entity"], "render-report": ["workflow pack"],
                 "table.csv": ["kind"], "findings": ["slot"], "strict.fail-closed.v1": ["policy"],
                 "code-modification": ["domain pack", "workflow pack"], "data-join.entries-rates": ["playbook"],
                 "billing.amount_is_hours_times_rate": ["validator"], "billing.table.csv.contracts.v1": ["artifact profile"]}
        for name, types in cases.items():
            done = ctl("packs", "show", name, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            items = json.loads(done.stdout)["items"]
            self.assertEqual([one["type"] for one in items], types)
            self.assertTrue(all(one.get("document", one.get("candidate", one.get("view"))) for one in items))
            plain = ctl("packs", "show", name)
            self.assertTrue(plain.stdout.startswith(f"{name}: {types[0]}"), plain.stdout)
        said = ctl("packs", "show", "billing.time_entry").stdout
        self.assertIn("billed_rate                money USD/hour, required, may be empty, tolerant; also rate_billed,", said)
        self.assertIn("refers: contract_ref -> billing.contract(contract_id)", said)
        self.assertRegex(ctl("packs", "show", "strict.fail-closed.v1").stdout, r"\n  yes +fail_on_ambiguous_binding +two equally good")
        done = ctl("packs", "show", "biling-audit")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the nearest is 'billing-audit'", done.stderr)
        self.assertEqual(ctl("packs", "shew", "x").returncode, 2)

    def test_packs_show_keeps_the_order_of_columns(self):
        with open(os.path.join(ROOT, "packs", "domain", "billing-audit.json"), encoding="utf-8") as stream:
            entity = next(e for e in json.load(stream)["entities"] if e["id"] == "billing.contract")
        want = list(entity["schema"]["properties"])
        self.assertNotEqual(want, sorted(want), "or this test shows nothing")
        plain = ctl("packs", "show", "billing.contract").stdout
        self.assertEqual([line.split()[0] for line in plain.splitlines() if line.startswith("  ")], want)
        view = json.loads(ctl("packs", "show", "billing.contract", "--json").stdout)["items"][0]["view"]
        self.assertEqual([c["name"] for c in view["columns"]], want)

    def test_packs_show_says_rules_and_neighbours(self):
        plain = ctl("packs", "show", "billing.time_entry").stdout
        self.assertIn("rule billing.amount_is_hours_times_rate: billed_amount equals hours_logged × billed_rate; up to 0.01 apart is fine", plain)
        self.assertIn("rule billing.hours_fit_into_a_day: hours_logged is between 0 and 24", plain)
        view = json.loads(ctl("packs", "show", "billing.time_entry", "--json").stdout)["items"][0]["view"]
        for rule in view["validators"]:
            self.assertIn(f"rule {rule['id']}: {rule['says']}\n", plain)
        self.assertIn("referred to: billing.time_entry(contract_ref) -> contract_id", ctl("packs", "show", "billing.contract").stdout)
        self.assertIn("billing-audit.full", [b["id"] for b in view["read_by"]])
        self.assertIn("adapter csv-to-json-rows: table.csv -> table.json_rows", ctl("packs", "show", "table.csv").stdout)
        self.assertIn("/skills/billing-audit/billing.py", ctl("packs", "show", "billing-audit").stdout)
        self.assertIn("the nearest is 'billing.time_entry'", ctl("packs", "show", "time_entry").stderr)

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
