#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole embedded stack as a user has it: up, demo, go, bad input, kill -9, the browser journey, down.

Real Postgres, nginx, FastCGI, sandboxes and Chromium, in a state folder of the test's own. Needs root.
"""
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin")
CTL = os.path.join(BIN, "forgectl")
SAMPLE = os.path.join(ROOT, "packs", "domain", "billing-audit", "sample")


def forge_cgroups():
    found = []
    for base, dirs, _ in os.walk("/sys/fs/cgroup"):
        depth = base[len("/sys/fs/cgroup"):].count("/")
        found += [os.path.join(base, d) for d in dirs if d.startswith("forge")]
        if depth > 3:
            dirs.clear()
    return found


def namespace_processes(ns):
    out = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/mnt") == ns:
                out.append(int(pid))
        except OSError:
            pass
    return out


@unittest.skipUnless(os.geteuid() == 0, "the embedded stack needs root")
class Stack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="forge-stack-")  # mode 0700: as below a home folder
        cls.var = os.path.join(cls.dir, "var")
        cls.env = {"PATH": os.environ["PATH"], "HOME": cls.dir, "FORGE_VAR": cls.var, "FORGE_ROOT": ROOT, "LANG": "C.UTF-8"}
        cls.groups_before = forge_cgroups()
        # Port 8080 is taken while the stack starts: the next free one must be used.
        cls.taken = socket.socket()
        cls.taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            cls.taken.bind(("127.0.0.1", 8080))
            cls.taken.listen()
        except OSError:
            pass  # something else has it: as good
        done = cls.ctl("demo", "--fresh", "--json", check=False)
        cls.demo_output = done
        cls.status = json.loads(cls.ctl("status", "--json", check=False).stdout or "{}")
        if done.returncode != 0:
            raise AssertionError(f"forgectl demo failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")

    @classmethod
    def tearDownClass(cls):
        cls.ctl("down", check=False)
        cls.taken.close()
        shutil.rmtree(cls.dir, ignore_errors=True)

    @classmethod
    def ctl(cls, *args, check=True, input=None, timeout=240):
        done = subprocess.run([CTL, *args], env=cls.env, input=input, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"forgectl {' '.join(args)}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done

    def folder(self, **replace):
        """A copy of the sample's files, some replaced: name -> bytes or a function of the old bytes (None removes)."""
        d = tempfile.mkdtemp(dir=self.dir)
        for name in os.listdir(os.path.join(SAMPLE, "attachments")):
            src = os.path.join(SAMPLE, "attachments", name)
            data = open(src, "rb").read()
            key = name.replace(".", "_")
            if key in replace:
                data = replace[key](data) if callable(replace[key]) else replace[key]
            if data is not None:
                with open(os.path.join(d, name), "wb") as f:
                    f.write(data)
        return d

    def go(self, folder, objective=None):
        out = tempfile.mkdtemp(dir=self.dir)
        done = self.ctl("go", folder, "--objective", objective or os.path.join(SAMPLE, "objective.md"), "--out", out, "--json", check=False)
        return done, json.loads(done.stdout), out

    def refused(self, folder):
        done, v, _ = self.go(folder)
        self.assertEqual(done.returncode, 1, done.stdout[:2000])
        self.assertEqual(v.get("event"), "diagnostics", done.stdout[:2000])
        return v["diagnostics"]

    # ---- the main job

    def test_demo_records_nine_steps_with_one_hash_each(self):
        r = json.load(open(os.path.join(self.var, "demo", "result.json")))
        self.assertEqual(len(r["steps"]), 9)
        for s in r["steps"]:
            self.assertEqual(s["status"], "succeeded", s)
            self.assertRegex(s["contract_hash"], "^[0-9a-f]{64}$")
            self.assertEqual(s["contract_hash"], s["dispatched_contract_hash"], s)
            self.assertEqual(s["contract_hash"], s["receipt_contract_hash"], s)
            self.assertGreaterEqual(s["program_ms"], 0)
            self.assertGreaterEqual(s["harness_ms"], 0)
        self.assertTrue(r["answer_key"]["ok"], r["answer_key"])
        self.assertGreater(r["answer_key"]["checks"], 20)
        self.assertEqual(len(r["deliverables"]), 8)  # the normalised tables pass between steps only
        for d in r["deliverables"]:
            self.assertTrue(os.path.getsize(d["local"]) > 0, d)
        for name, job in r["also"].items():
            self.assertTrue(job["answer_key"]["ok"], (name, job))
        print(f"# demo: {r['wall_ms']} ms wall, harness {r['harness_ms_total']} ms over 9 steps", file=sys.stderr)

    def test_the_answer_key_notices_a_changed_deliverable(self):
        out = tempfile.mkdtemp(dir=self.dir)
        shutil.copytree(os.path.join(self.var, "demo", "billing-audit"), out, dirs_exist_ok=True)
        path = next(os.path.join(b, n) for b, _, names in os.walk(out) for n in names if n.startswith("discrepancies"))
        rows = json.load(open(path))
        rows.pop()
        json.dump(rows, open(path, "w"))
        done = subprocess.run(["/usr/bin/python3", os.path.join(SAMPLE, "check.py"), out], capture_output=True, text=True, check=False)
        self.assertFalse(json.loads(done.stdout)["ok"])

    def test_a_taken_port_is_left_alone(self):
        self.assertNotEqual(self.status["url"], "http://127.0.0.1:8080")
        done = self.ctl("up", "--json")  # already up: says so, changes nothing
        self.assertEqual(json.loads(done.stdout)["url"], self.status["url"])

    def test_other_file_names_and_orders_give_the_same_findings(self):
        d = self.folder()
        os.rename(os.path.join(d, "time_entries.csv"), os.path.join(d, "Stunden 2024.csv"))
        os.rename(os.path.join(d, "rates.csv"), os.path.join(d, "card.csv"))
        rows = open(os.path.join(d, "contracts.csv"), encoding="utf-8").read().split("\n")
        order = [list(reversed(r.split(","))) for r in rows if r]
        with open(os.path.join(d, "contracts.csv"), "w", encoding="utf-8") as f:
            f.write("\n".join(",".join(r) for r in order) + "\n")
        done, v, out = self.go(d)
        self.assertEqual(done.returncode, 0, done.stdout[:3000] + done.stderr)
        check = subprocess.run(["/usr/bin/python3", os.path.join(SAMPLE, "check.py"), out], capture_output=True, text=True, check=False)
        # The profile names files, and two were renamed; everything else must be equal.
        other = [x for x in json.loads(check.stdout)["differences"] if not x.startswith("profile of ")]
        self.assertEqual(other, [])

    # ---- the same tables in other writings: converted in steps that everybody sees

    ADAPT = "policy: strict.allow-normalizers.v1"

    def adapted(self, folder):
        """The sample's objective with the line that allows adapters; (result, deliverables, plan, receipts by step)."""
        with open(os.path.join(SAMPLE, "objective.md"), encoding="utf-8") as f:
            text = f.read()
        path = os.path.join(folder, os.pardir, f"objective-{os.path.basename(folder)}.md")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.rstrip() + f"\n\n{self.ADAPT}\n")
        done, v, out = self.go(folder, path)
        self.assertEqual(done.returncode, 0, done.stdout[:3000] + done.stderr)
        session = self.sign_in()
        with self.api(session, f"/workspaces/{v['workspace_id']}/plans/{v['plan_id']}") as r:
            plan = json.load(r)
        receipts, after = {}, "?"
        while after:
            with self.api(session, f"/workspaces/{v['workspace_id']}/runs/{v['run_id']}/receipts{after if after != '?' else ''}") as r:
                page = json.load(r)
            for one in page["items"]:
                if one["kind"] == "postflight":
                    receipts[one["step_id"]] = one["body"]["predicate"]["forge"]
            after = page["next"] and f"?after={page['next']}"
        return v, out, plan, receipts

    def assert_same_findings(self, out):
        """Every JSON deliverable is the demo's, row for row; the profile of the files names the files that were read."""
        demo, compared = os.path.join(self.var, "demo", "billing-audit", "output"), 0
        for name in sorted(os.listdir(demo)):
            want, got = (json.loads(pathlib.Path(base, name).read_text(encoding="utf-8")) for base in (demo, os.path.join(out, "output")))
            if name == "schema_profile.json":
                for one in want + got:
                    one["path"] = os.path.splitext(os.path.basename(one["path"]))[0]
            self.assertEqual(got, want, name)
            compared += 1
        self.assertEqual(compared, 6)

    def assert_adapter_steps(self, v, plan, receipts, wanted):
        """wanted: adapters in the plan's order. Each is a step of plan, run and receipts, and its consumer says rank 3."""
        steps = [s for s in (plan.get("plan") or plan)["steps"] if s["contract"]["adapter"]]
        self.assertEqual([s["contract"]["adapter"]["id"] for s in steps], wanted)
        ran = {s["step_id"]: s for s in v["steps"]}
        for s in steps:
            self.assertEqual(ran[s["step_id"]]["status"], "succeeded")
            self.assertEqual(receipts[s["step_id"]]["step"], s["step_id"])
            self.assertIn("adapt-", s["step_id"])
        consumed = [i for s in (plan.get("plan") or plan)["steps"] for i in s["contract"]["inputs"] if i["adapter"]]
        self.assertTrue(consumed)
        for i in consumed:
            self.assertEqual((i["rank"], i["adapter"]["id"]), (3, next(s for s in steps if s["step_id"] == i["adapter"]["step_id"])["contract"]["adapter"]["id"]))
        # what the next step received is what the adapter's receipt says it made
        made = {(k, o["sha256"]) for k, r in receipts.items() for o in r["outputs"]}
        for k, r in receipts.items():
            for i in r["inputs"]:
                if i.get("source_step") in {s["step_id"] for s in steps}:
                    self.assertIn((i["source_step"], i["sha256"]), made, k)

    def test_the_same_tables_as_tsv_yaml_and_parquet_give_the_same_findings(self):
        d = self.folder()
        path = lambda name: os.path.join(d, name)  # noqa: E731
        with open(path("time_entries.csv"), encoding="utf-8", newline="") as f, open(path("time_entries.tsv"), "w", encoding="utf-8", newline="") as out:
            csv.writer(out, delimiter="\t", lineterminator="\n").writerows(csv.reader(f))
        with open(path("rates.csv"), encoding="utf-8", newline="") as f, open(path("rates.yaml"), "w", encoding="utf-8") as out:
            for row in csv.DictReader(f):
                out.write("- " + "\n  ".join(f'{k}: "{v}"' for k, v in row.items()) + "\n")
        self.ctl("convert", path("contracts.csv"), path("contracts.parquet"))
        for name in ("time_entries.csv", "rates.csv", "contracts.csv"):
            os.remove(path(name))
        # without the line: refused, and each finding says what would do it
        diags = self.refused(d)
        for file, adapter in (("time_entries.tsv", "tsv-to-csv"), ("rates.yaml", "yaml-to-json-rows"), ("contracts.parquet", "parquet-to-csv")):
            found = self.assert_place(diags, file)
            self.assertEqual(found["code"], "FC0310")
            self.assertIn(adapter, found["note"])
            self.assertIn(f"write the line `{self.ADAPT}` in the objective", found["help"])
        v, out, plan, receipts = self.adapted(d)
        self.assert_same_findings(out)
        self.assert_adapter_steps(v, plan, receipts, ["tsv-to-csv", "parquet-to-csv", "yaml-to-json-rows", "json-rows-to-csv"])

    def test_other_names_orders_dates_and_amounts_give_the_same_findings(self):
        def dmy(s):
            return "/".join(reversed(s.split("-")))

        def usd(s):
            return f"${int(s.partition('.')[0]):,}" + s[len(s.partition(".")[0]):]
        tables = {
            "time_entries.csv": {"time_entry_id": "Timesheet ID", "employee_id": "Consultant ID", "contract_ref": "Contract Number", "work_date": ("Date Worked", dmy),
                                 "hours_logged": "Hours", "billed_rate": ("Billing Rate", usd), "billed_amount": ("Amount Billed", usd),
                                 "invoice_id": "Invoice No", "project_code": "Project"},
            "rates.csv": {"contract_id": "Contract No", "role_code": "Grade", "hourly_rate": ("Rate per hour", usd), "effective_date": ("Valid from", dmy),
                          "expiration_date": ("Valid to", dmy)}}
        d = self.folder()
        for name, columns in tables.items():
            with open(os.path.join(d, name), encoding="utf-8", newline="") as f:
                rows = list(csv.DictReader(f))
            with open(os.path.join(d, name), "w", encoding="utf-8", newline="") as f:
                out = csv.writer(f, lineterminator="\n")
                names = list(reversed(columns))
                out.writerow([columns[c] if isinstance(columns[c], str) else columns[c][0] for c in names])
                out.writerows([row[c] if isinstance(columns[c], str) else columns[c][1](row[c]) for c in names] for row in rows)
            self.assertNotIn("_", pathlib.Path(d, name).read_text(encoding="utf-8").split("\n")[0])
        self.assertIn('"$1,', pathlib.Path(d, "time_entries.csv").read_text(encoding="utf-8"))
        v, out, plan, receipts = self.adapted(d)
        self.assert_same_findings(out)
        self.assert_adapter_steps(v, plan, receipts, ["columns-csv", "columns-csv"])
        lines = (plan.get("plan") or plan)["steps"][0]["contract"]["execution"]["params"]["columns"]
        self.assertIn({"from": "Date Worked", "to": "work_date", "convert": "date:dmy"}, lines)
        self.assertIn({"from": "Amount Billed", "to": "billed_amount", "convert": "money:us:USD"}, lines)

    # ---- bad input: refused before anything runs, with file, row and column

    def assert_place(self, diags, file, **place):
        for d in diags:
            p = d["place"]
            if (p.get("file") or "").endswith(file) and all(p.get(k) == v for k, v in place.items()):
                self.assertTrue(d["message"])
                self.assertTrue(d.get("help"), d)
                return d
        self.fail(f"no diagnostic at {file} {place}: {json.dumps(diags, indent=1)[:3000]}")

    def test_missing_column(self):
        def drop(data):
            return b"\n".join(b",".join(r.split(b",")[:5] + r.split(b",")[6:]) for r in data.split(b"\n"))
        self.assertIn("billed_rate", self.assert_place(self.refused(self.folder(time_entries_csv=drop)), "time_entries.csv")["message"])

    def test_renamed_column(self):
        d = self.refused(self.folder(time_entries_csv=lambda b: b.replace(b"billed_rate", b"rate_that_was_billed", 1)))
        self.assertIn("billed_rate", json.dumps(self.assert_place(d, "time_entries.csv")))

    def test_empty_file(self):
        self.assert_place(self.refused(self.folder(contracts_csv=b"")), "contracts.csv")

    def test_header_only(self):
        self.assert_place(self.refused(self.folder(time_entries_csv=lambda b: b.split(b"\n")[0] + b"\n")), "time_entries.csv")

    def test_ragged_row(self):
        def cut(data):
            rows = data.split(b"\n")
            rows[41] = rows[41].rsplit(b",", 2)[0]
            return b"\n".join(rows)
        self.assert_place(self.refused(self.folder(time_entries_csv=cut)), "time_entries.csv", row=42)

    def test_bad_encoding(self):
        def latin(data):
            rows = data.split(b"\n")
            rows[2] = rows[2][:1] + b"\xe9" + rows[2][2:]
            return b"\n".join(rows)
        self.assert_place(self.refused(self.folder(rates_csv=latin)), "rates.csv", row=3)

    def test_not_what_its_name_says(self):
        self.assert_place(self.refused(self.folder(invoices_csv=b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n")), "invoices.csv")

    def test_missing_file(self):
        self.assertIn("invoice", json.dumps(self.refused(self.folder(invoices_csv=lambda b: None))).lower())

    def test_bom_and_crlf_and_quotes_are_fine(self):
        def dress(data):
            rows = data.decode().strip("\n").split("\n")
            rows = [",".join(f'"{c}"' for c in r.split(",")) for r in rows]
            return b"\xef\xbb\xbf" + "\r\n".join(rows).encode() + b"\r\n"
        done, v, out = self.go(self.folder(time_entries_csv=dress))
        self.assertEqual(done.returncode, 0, done.stdout[:3000] + done.stderr)
        check = subprocess.run(["/usr/bin/python3", os.path.join(SAMPLE, "check.py"), out], capture_output=True, text=True, check=False)
        self.assertTrue(json.loads(check.stdout)["ok"], check.stdout[:2000])

    def test_two_tables_that_fit_one_role_are_not_guessed_between(self):
        d = self.folder()
        shutil.copy(os.path.join(d, "time_entries.csv"), os.path.join(d, "time_entries_old.csv"))
        done, v, _ = self.go(d, "Audit the billing of our consultants against their contracts and rate cards.")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(v["diagnostics"][0]["code"], "FC0204", v)

    def test_another_separator_is_one_message(self):
        diags = self.refused(self.folder(rates_csv=lambda b: b.replace(b",", b";")))
        self.assertEqual(len(diags), 1, diags)
        self.assertIn("`;`", diags[0]["message"])

    def test_a_file_beyond_the_playbook_is_refused_before_anything_runs(self):
        def grow(data):
            head, *rows = data.strip(b"\n").split(b"\n")
            out = [head]
            for i in range(70):
                out += [r.replace(b",", b"-%d," % i, 1) for r in rows]
            return b"\n".join(out) + b"\n"
        d = self.assert_place(self.refused(self.folder(time_entries_csv=grow)), "time_entries.csv", row=50002)
        self.assertIn("50,000", d["message"])

    def test_two_files_for_one_path_are_refused_by_name(self):
        d = self.folder()
        os.mkdir(os.path.join(d, "attachments"))
        shutil.copy(os.path.join(d, "rates.csv"), os.path.join(d, "attachments", "rates.csv"))
        done = self.ctl("go", d, "--objective", "audit the billing", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("would both become 'attachments/rates.csv'", done.stderr)

    def test_a_missing_folder_is_not_made(self):
        done = self.ctl("go", os.path.join(self.dir, "nowhere"), "--objective", "audit the billing", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "nowhere")))

    def test_work_that_no_playbook_fits_is_refused_in_words(self):
        d = tempfile.mkdtemp(dir=self.dir)
        with open(os.path.join(d, "note.txt"), "w", encoding="utf-8") as f:
            f.write("hello\n")
        done, v, _ = self.go(d, "Translate this poem into Finnish and sing it.")
        self.assertEqual(done.returncode, 1)
        self.assertIn("playbook", json.dumps(v).lower())

    # ---- the terminal

    def test_wrong_password(self):
        done = self.ctl("login", self.status["url"], "--email", "you@forge.localhost", "--password-stdin", input="wrong-password-1\n", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("wrong-password-1", done.stdout + done.stderr)

    # ---- crash

    def services(self):
        ns = os.readlink(f"/proc/{self.status['supervisor_pid']}/ns/mnt")
        out = {}
        for pid in namespace_processes(ns):
            try:
                out.setdefault(os.path.basename(os.readlink(f"/proc/{pid}/exe")), []).append(pid)
            except OSError:
                pass
        return out

    def api(self, session, path):
        req = urllib.request.Request(self.status["url"] + "/api/v1" + path, headers={"Cookie": session})
        return urllib.request.urlopen(req, timeout=60)

    def sign_in(self):
        login = json.load(open(os.path.join(self.var, "login.json")))
        req = urllib.request.Request(self.status["url"] + "/api/v1/session", method="POST", data=json.dumps({"email": login["email"], "password": login["password"]}).encode(),
                                     headers={"Content-Type": "application/json", "Origin": self.status["url"]})
        with urllib.request.urlopen(req, timeout=60) as r:
            return r.headers["Set-Cookie"].split(";")[0]

    def test_kill_9_of_the_runner_in_mid_run(self):
        demo = json.load(open(os.path.join(self.var, "demo", "result.json")))
        ws, session = demo["workspace_id"], self.sign_in()
        run = json.loads(self.ctl("run", "start", demo["plan_id"], "--workspace", ws, "--json").stdout)["id"]
        killed = 0
        with self.api(session, f"/workspaces/{ws}/runs/{run}/events") as stream:
            for line in stream:
                if line.startswith(b"event:") and b"step.start" in line and killed < 2:
                    for pid in self.services().get("forge-runner", []):
                        os.kill(pid, signal.SIGKILL)
                    killed += 1
                if line.startswith(b"event:") and re.search(rb"run\.(done|failed|cancelled)|event: end", line):
                    break
        self.assertEqual(killed, 2)
        self.ctl("watch", run, "--workspace", ws, "--json")  # exit 0: the run is done
        with self.api(session, f"/workspaces/{ws}/runs/{run}/receipts?limit=1000") as r:
            receipts = json.load(r)["items"]
        per_step = {}
        for x in receipts:
            if x["kind"] == "postflight":
                per_step[x["step_id"]] = per_step.get(x["step_id"], 0) + 1
        self.assertEqual(len(per_step), 9, per_step)
        self.assertEqual(set(per_step.values()), {1}, per_step)

    def test_kill_9_of_the_event_hub_and_of_nginx_while_somebody_watches(self):
        demo = json.load(open(os.path.join(self.var, "demo", "result.json")))
        ws, session = demo["workspace_id"], self.sign_in()
        run = json.loads(self.ctl("run", "start", demo["plan_id"], "--workspace", ws, "--json").stdout)["id"]
        watch = subprocess.Popen([CTL, "watch", run, "--workspace", ws, "--json"], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with self.api(session, f"/workspaces/{ws}/runs/{run}/events") as stream:
            for line in stream:
                if line.startswith(b"event:") and b"step.done" in line:
                    for pid in self.services()["forge-events"]:
                        os.kill(pid, signal.SIGKILL)
                    break
        out, err = watch.communicate(timeout=120)
        self.assertEqual(watch.returncode, 0, err)
        self.assertEqual(json.loads(out)["state"], "done")
        # nginx: the master dies, its workers must not keep the port; the next request is answered by new ones.
        before = set(self.services()["nginx"])
        master = [p for p in before if open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()[1] in self.supervisors()]
        self.assertEqual(len(master), 1)
        os.kill(master[0], signal.SIGKILL)
        self.wait_service("nginx")
        with self.api(session, f"/workspaces/{ws}/runs/{run}") as r:
            self.assertEqual(json.load(r)["state"], "done")
        self.assertEqual(before & set(self.services()["nginx"]), set())

    def test_only_nginx_may_ask_the_event_hub(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(os.path.join(self.var, "run", "events.sock"))
            try:
                s.sendall(b"GET /_events/1/1 HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(s.recv(1000), b"")  # closed without a word, even to root
            except (BrokenPipeError, ConnectionResetError):
                pass

    def supervisors(self):
        return {str(p) for p in self.services().get("s6-supervise", [])}

    def wait_service(self, name):
        """Until s6 says that it is down and up again: by its own event folder, not by asking in a loop."""
        ns = f"--mount=/proc/{self.status['supervisor_pid']}/ns/mnt"
        subprocess.run(["nsenter", ns, "s6-svwait", "-U", "-t", "20000", f"/mnt/var/s6/service/{name}"], check=True, capture_output=True)

    # ---- packs of one's own

    def test_the_worked_example_from_its_folder_to_its_report(self):
        """docs/PACKS.md, command by command."""
        example = os.path.join(ROOT, "docs", "packs", "insurance-claims")
        archive = os.path.join(self.dir, "insurance-claims.zip")
        self.ctl("packs", "check", example)
        self.ctl("packs", "pack", example, "-o", archive)
        self.ctl("workspace", "create", "Claims")
        ws = ("--workspace", "Claims")
        got = json.loads(self.ctl("packs", "upload", archive, *ws, "--json").stdout)
        self.assertEqual((got["id"], got["version"], got["enabled"]), ("insurance-claims", "1.0.0", False))
        broken = os.path.join(self.dir, "broken.json")
        with open(os.path.join(example, "domain", "insurance-claims.json")) as f, open(broken, "w") as out:
            out.write(f.read().replace('"slot": "findings"', '"slot": "finds"'))
        bad = self.ctl("packs", "upload", broken, *ws, check=False)
        self.assertEqual(bad.returncode, 1)
        self.assertRegex(bad.stderr, r"domain/insurance-claims\.json, line \d+, /profiles/4/slot: there is no slot 'finds'")
        self.ctl("packs", "enable", "insurance-claims", *ws)
        for name in sorted(os.listdir(os.path.join(example, "sample"))):
            self.ctl("file", "put", os.path.join(example, "sample", name), *ws)
        objective = "Check the reserves of our insurance claims against what was paid."
        plan = json.loads(self.ctl("plan", "make", "--objective", objective, *ws, "--json").stdout)
        plan = plan.get("plan", plan)
        run = json.loads(self.ctl("run", "start", plan["id"], *ws, "--json").stdout)
        self.ctl("watch", run["id"] if isinstance(run, dict) else run, *ws)
        out = os.path.join(self.dir, "positions.json")
        self.ctl("artifact", "get", run["id"], "output/claim_positions.json", "--out", out, *ws)
        rows = {r["claim_no"]: r for r in json.load(open(out))}
        self.assertEqual({k: r["finding"] for k, r in rows.items()}, {
            "C-1": "none", "C-2": "closed_with_reserve", "C-3": "above_sum_insured", "C-4": "outside_cover", "C-5": "none", "C-6": "no_policy",
            "C-7": "open_without_reserve"})
        self.assertEqual((rows["C-1"]["paid"], rows["C-1"]["incurred"]), ("2000.50", "4500.50"))
        uses = json.loads(self.ctl("packs", "uses", "insurance-claims", *ws, "--json").stdout)
        self.assertEqual(uses["counts"], {"plans": 1, "runs": 1, "files": 4})
        self.ctl("packs", "disable", "insurance-claims", *ws)
        refused = self.ctl("plan", "make", "--objective", objective, *ws, "--json", check=False)
        self.assertEqual(refused.returncode, 1)

    def test_browser_files(self):
        self.browser("files.mjs")

    def test_browser_discovery(self):
        self.browser("discover.mjs")

    def test_browser_packs(self):
        self.browser("packs.mjs")

    def test_browser_convert(self):
        self.browser("convert.mjs")

    def browser(self, name):
        login = json.load(open(os.path.join(self.var, "login.json")))
        env = dict(os.environ, FORGE_URL=self.status["url"], FORGE_EMAIL=login["email"], FORGE_PASSWORD=login["password"])
        done = subprocess.run(["node", os.path.join(ROOT, "tests", "e2e", name)], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
        sys.stderr.write("".join("# " + l + "\n" for l in done.stdout.split("\n")[-60:] if l))
        bad = [l for l in done.stdout.split("\n") if l.startswith("not ok")]
        self.assertEqual(done.returncode, 0, "\n".join(bad) + "\n" + done.stdout[-4000:] + done.stderr[-2000:])

    # ---- the browser

    def test_browser_journey(self):
        login = json.load(open(os.path.join(self.var, "login.json")))
        env = dict(os.environ, FORGE_URL=self.status["url"], FORGE_EMAIL=login["email"], FORGE_PASSWORD=login["password"], FORGE_SAMPLE=SAMPLE)
        done = subprocess.run(["node", os.path.join(ROOT, "tests", "e2e", "journey.mjs")], cwd=ROOT, env=env, capture_output=True, text=True, timeout=400, check=False)
        sys.stderr.write("".join("# " + l + "\n" for l in done.stdout.split("\n")[-80:] if l))
        bad = [l for l in done.stdout.split("\n") if l.startswith("not ok")]
        self.assertEqual(done.returncode, 0, "\n".join(bad) + "\n" + done.stdout[-4000:] + done.stderr[-2000:])

    # ---- the end (named so that it runs last)

    def test_zy_down_ends_what_a_killed_supervisor_left(self):
        ns = os.readlink(f"/proc/{self.status['supervisor_pid']}/ns/mnt")
        os.kill(self.status["supervisor_pid"], signal.SIGKILL)
        self.assertEqual(self.ctl("status", check=False).returncode, 1)
        self.ctl("down")
        self.assertEqual(namespace_processes(ns), [])
        self.assertEqual([g for g in forge_cgroups() if g not in self.groups_before], [])
        self.ctl("up")
        type(self).status = json.loads(self.ctl("status", "--json").stdout)

    def test_zz_down_leaves_nothing_and_up_again_reuses(self):
        ns = os.readlink(f"/proc/{self.status['supervisor_pid']}/ns/mnt")
        self.assertGreater(len(namespace_processes(ns)), 10)
        login = open(os.path.join(self.var, "login.json")).read()
        self.ctl("down")
        self.assertEqual(namespace_processes(ns), [])
        self.assertEqual([g for g in forge_cgroups() if g not in self.groups_before], [])
        self.assertNotIn(self.dir, open("/proc/self/mounts").read())
        self.assertNotIn("forge", open("/etc/passwd").read())
        self.assertEqual(self.ctl("status", check=False).returncode, 1)
        done = json.loads(self.ctl("demo", "--main", "--json").stdout)
        self.assertTrue(done["answer_key"]["ok"])
        self.assertEqual(open(os.path.join(self.var, "login.json")).read(), login)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
