# SPDX-License-Identifier: Apache-2.0
"""The three playbooks on their samples, bad input, hostile content, and the packs' own form."""
import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from . import playbook as pb
from .schemas import findings

DOMAIN = os.path.join(pb.PACKS, "domain")
SAMPLE = os.path.join(DOMAIN, "billing-audit", "sample")
FILES = os.path.join(SAMPLE, "attachments")
API = os.path.join(DOMAIN, "data-merge-transform", "sample", "api")
JOIN = os.path.join(DOMAIN, "data-merge-transform", "sample", "join")
PLAYBOOKS = (("billing-audit", "billing-audit.full"), ("data-merge-transform", "data-join.entries-rates"),
             ("data-merge-transform", "api-report.users"))
SAMPLES = {"billing-audit.full": SAMPLE, "data-join.entries-rates": JOIN, "api-report.users": API}


def tool(*argv):
    """Run a script of a sample. Returns (exit code, stdout)."""
    done = subprocess.run(["/usr/bin/python3", "-B", *argv], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = os.path.join(self.folder, "out")

    def run_all(self, pack, name, files, **options):
        options.setdefault("launch", pb.launch_here)
        return pb.run(pb.load(pack, name), files, tempfile.mkdtemp(dir=self.folder), self.out, **options)

    def audit(self, upto="report", **options):
        return self.run_all("billing-audit", "billing-audit.full", self.files, upto=upto, **options)

    def copy_sample(self):
        """The sample's files as copies that a test may spoil."""
        folder = os.path.join(self.folder, "in")
        shutil.copytree(FILES, folder)
        self.files = pb.attachments(pb.load("billing-audit", "billing-audit.full"), folder)

    def rewrite(self, name, change):
        with open(self.files[name], "rb") as stream:
            data = stream.read()
        with open(self.files[name], "wb") as stream:
            stream.write(change(data))

    def read(self, path):
        with open(os.path.join(self.out, path), encoding="utf-8") as stream:
            return stream.read()


class Samples(Case):
    def test_generators_make_what_is_checked_in(self):
        self.assertEqual(tool(os.path.join(SAMPLE, "generate.py"), "--check"), (0, ""))
        self.assertEqual(tool(os.path.join(API, "server.py"), "--check"), (0, ""))

    def test_the_billing_audit_finds_the_planted_answers(self):
        self.copy_sample()
        self.audit(upto=None, launch=pb.launch_process)
        code, said = tool(os.path.join(SAMPLE, "check.py"), self.out)
        self.assertEqual((code, json.loads(said)["differences"]), (0, []))
        self.assertGreater(json.loads(said)["checks"], 4000)
        with open(os.path.join(self.out, "reports", "billing_audit_report.pdf"), "rb") as stream:
            pdf = stream.read()
        self.assertIn(b"/StructTreeRoot", pdf)
        self.assertIn(b"/CreationDate (D:19700101000000", pdf)

    def test_the_check_sees_a_wrong_deliverable(self):
        self.copy_sample()
        self.audit()
        shutil.copyfile(self.files["contracts"], os.path.join(self.out, "reports", "billing_audit_report.pdf"))
        path = os.path.join(self.out, "output", "correction_candidates.json")
        text = self.read("output/correction_candidates.json")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text.replace('"correction_amount": -', '"correction_amount": ', 1))
        code, said = tool(os.path.join(SAMPLE, "check.py"), self.out)
        differences = json.loads(said)["differences"]
        self.assertEqual(code, 1)
        self.assertIn("the PDF does not begin with %PDF-", differences)
        self.assertTrue(any(re.match("INV-1001 RATE_UNDERCHARGE: amount: found 16000, wanted -16000", one)
                            for one in differences), differences)

    def test_the_join_is_what_sql_makes_of_it(self):
        files = {name: os.path.join(FILES, name + ".csv") for name in ("time_entries", "rates")}
        self.run_all("data-merge-transform", "data-join.entries-rates", files)
        for name in ("time_entries.csv", "rates.csv"):
            self.assertTrue(filecmp.cmp(os.path.join(FILES, name), os.path.join(JOIN, "attachments", name),
                                        shallow=False), "the join's sample is the audit's")
        code, said = tool(os.path.join(JOIN, "check.py"), self.out)
        self.assertEqual((code, json.loads(said)["differences"]), (0, []))

    def test_the_api_report_has_the_answers(self):
        code, said = tool(os.path.join(API, "server.py"), "--dataset")
        self.assertEqual(code, 0)
        dataset = os.path.join(self.folder, "dataset.json")
        with open(dataset, "w", encoding="utf-8") as stream:
            stream.write(said)
        self.run_all("data-merge-transform", "api-report.users", {}, fetched={"dataset": dataset})
        code, said = tool(os.path.join(API, "check.py"), self.out)
        self.assertEqual((code, json.loads(said)["differences"]), (0, []))

    def test_the_sample_server_answers_as_its_dataset_says(self):
        from urllib.request import urlopen
        server = subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(API, "server.py"), "--port", "0"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().split()[-1]
            dataset = json.loads(tool(os.path.join(API, "server.py"), "--dataset")[1])
            fetch = pb.load("data-merge-transform", "api-report.users")["candidate"]["steps"][0]["fetch"]

            def get(path):
                with urlopen(url + path) as answer:
                    return json.load(answer)
            for request in fetch["requests"]:
                if "for_each" in request:
                    found = {str(one["id"]): get(request["path"].format(**one))
                             for one in dataset[request["for_each"]]}
                else:
                    found = get(request["path"])
                self.assertEqual(found, dataset[request["name"]], request["path"])
        finally:
            server.stdin.close()
            self.assertEqual(server.wait(timeout=20), 0)
            server.stdout.close()

    def test_the_same_input_gives_the_same_bytes(self):
        self.copy_sample()
        first = self.audit(launch=pb.launch_process)
        kept = {}
        for key, path in first.items():
            with open(path, "rb") as stream:
                kept[key] = stream.read()
        for key, path in self.audit().items():
            with open(path, "rb") as stream:
                self.assertEqual(stream.read(), kept[key], key)


class BadInput(Case):
    """What cannot be read as a table is refused with its place; nothing is guessed."""

    def refused(self, name, change, message, row, column, step="profile"):
        self.copy_sample()
        self.rewrite(name, change)
        with self.assertRaises(pb.Refused) as end:
            self.audit(upto="normalize")
        self.assertEqual((end.exception.step, end.exception.code), (step, 65), end.exception.stderr)
        error = end.exception.error
        self.assertIn(message, error["message"])
        self.assertEqual((os.path.basename(error["file"]), error["row"], error["column"]),
                         (os.path.basename(self.files[name]), row, column))
        shutil.rmtree(os.path.join(self.folder, "in"))

    def test_files_that_are_no_tables(self):
        self.refused("contracts", lambda b: b"", "the file is empty", 1, 1)
        self.refused("contracts", lambda b: b"\n \n", "the file is empty", 1, 1)
        self.refused("rates", lambda b: b"PK\x03\x04" + b, "Excel", 1, 1)
        self.refused("rates", lambda b: b"%PDF-1.4\n", "PDF", 1, 1)
        self.refused("invoices", lambda b: b.decode().encode("utf-16"), "UTF-16", 1, 1)
        self.refused("invoices", lambda b: b.replace(b"paid,", b"pa\xefd,", 1), "0xEF is not UTF-8", 3, 2)
        self.refused("invoices", lambda b: b.replace(b"paid,", b"pa\0d,", 1), "NUL", 3, 1)
        self.refused("invoices", lambda b: b.replace(b",", b";"), "separated by commas", 1, 1)
        self.refused("time_entries", lambda b: b[:b.index(b"\n") + 1], "a header and no rows", 2, 1)

    def test_broken_rows(self):
        self.refused("rates", lambda b: b.replace(b"SENIOR,", b"SENIOR,,", 1), "row 3 has 6 cells", 3, 6)
        self.refused("rates", lambda b: b.replace(b",SENIOR", b"", 1), "row 3 has 4 cells", 3, 5)
        self.refused("rates", lambda b: b.replace(b"SENIOR", b"\"SEN\"IOR", 1), "the CSV is broken", 3, 1)
        self.refused("rates", lambda b: b.replace(b"SENIOR", b"\"SENIOR", 1), "the CSV is broken", 3, 1)

    def test_columns(self):
        self.refused("time_entries", lambda b: b.replace(b"billed_rate", b"rate_billed", 1),
                     "no column `billed_rate`; `rate_billed` is the nearest", 1, 6)
        self.refused("time_entries", lambda b: b.replace(b"billed_rate", b"price", 1),
                     "no column `billed_rate`", 1, 9)
        self.refused("contracts", lambda b: b.replace(b"billing_type", b"currency", 1),
                     "column `currency` appears twice", 1, 9)

    def test_a_policy_without_a_limit(self):
        self.refused("finance_policy", lambda b: b.replace(b"max_correction", b"cap"),
                     "the finance policy does not say max_correction", None, None, "normalize")

    def test_bytes_that_may_differ_do_not_matter(self):
        self.copy_sample()
        wanted = self.audit(upto="submissions")
        kept = {key: self.read(os.path.relpath(path, self.out)) for key, path in wanted.items()}
        self.rewrite("time_entries", lambda b: b"\xef\xbb\xbf" + b.replace(b"\n", b"\r\n"))
        self.rewrite("contracts", lambda b: b"\n".join(
            b",".join(b'"%s"' % cell for cell in line.split(b",")) for line in b.splitlines()))
        for key, path in self.audit(upto="submissions").items():
            if key[0] != "profile":
                self.assertEqual(self.read(os.path.relpath(path, self.out)), kept[key], key)

    def test_extra_columns_are_kept(self):
        self.copy_sample()
        self.rewrite("invoices", lambda b: b.replace(b"\n", b",x y\n").replace(b"x y", b"source_row", 1))
        self.audit(upto="normalize")
        rows = json.loads(self.read("output/normalized/invoices.json"))
        self.assertEqual([one["source_row (file)"] for one in rows], ["x y"] * 6)
        self.assertEqual([one["source_row"] for one in rows], [2, 3, 4, 5, 6, 7])

    def test_a_join_refuses_a_file_that_was_not_profiled(self):
        files = {name: os.path.join(FILES, name + ".csv") for name in ("time_entries", "rates")}
        made = self.run_all("data-merge-transform", "data-join.entries-rates", files, upto="profile")
        step = pb.load("data-merge-transform", "data-join.entries-rates")["candidate"]["steps"][1]
        short = os.path.join(self.folder, "time_entries.csv")
        with open(files["time_entries"], "rb") as stream, open(short, "wb") as target:
            target.writelines(stream.readlines()[:10])
        sources = {"time_entries": (short, "attachments/time_entries.csv"),
                   "rates": (files["rates"], "attachments/rates.csv"),
                   "schema_profile": (made["profile", "schema_profile"], "output/schema_profile.json")}
        with self.assertRaises(pb.Refused) as end:
            pb.run_step(step, sources, os.path.join(self.folder, "w"), self.out, pb.launch_here)
        self.assertEqual((end.exception.code, end.exception.error["message"]),
                         (65, "this is not the file that was profiled: 753 rows then, 9 now"))

    def test_api_answers_of_another_shape(self):
        step = pb.load("data-merge-transform", "api-report.users")["candidate"]["steps"][1]
        for text, message in (("[]", "not one object"), ("{\"users\": []}", "no `first_posts`"),
                              ("nonsense", "not JSON")):
            path = os.path.join(self.folder, "dataset.json")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            with self.assertRaises(pb.Refused) as end:
                pb.run_step(step, {"dataset": (path, "output/fetched/dataset.json")},
                            tempfile.mkdtemp(dir=self.folder) + "/w", self.out, pb.launch_here)
            self.assertEqual(end.exception.code, 65)
            self.assertIn(message, end.exception.error["message"])


class Reports(Case):
    HOSTILE = "<script>alert(1)</script>&amp;\"'\u202e\x07"

    def test_content_of_files_stays_text(self):
        self.copy_sample()
        self.rewrite("time_entries", lambda b: b.replace(b",EMP-01,", b",\"%s\"," % self.HOSTILE.replace(
            '"', '""').encode()))
        self.audit()
        html = self.read("reports/billing_audit_report.html")
        self.assertNotIn("<script", html)
        self.assertNotIn("\x07", html)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&quot;&#39;", html)

    def test_tables_and_sections_are_marked_up_for_everyone(self):
        self.copy_sample()
        self.audit()
        html = self.read("reports/billing_audit_report.html")
        self.assertIn('<html lang="en">', html)
        self.assertEqual(html.count("<table"), html.count("<caption>"))
        self.assertEqual(html.count("<table"), html.count("<thead>"))
        self.assertEqual(len(re.findall(r"<th(?! scope=)[ >]", html)), 0)
        self.assertEqual(html.count("<h1"), 1)
        for name in re.findall(r'aria-labelledby="(\w+)"', html) + re.findall(r'href="#(\w+)"', html):
            self.assertIn('id="%s"' % name, html)
        for part in ("<main>", "<header>", "<footer>", "<nav aria-label=", 'role="img"'):
            self.assertIn(part, html)
        self.assertNotRegex(html, r"(?i)<script|https?:|<img|<link|@import|url\(")

    def tampered(self, name, change):
        """Spoil one artifact between two steps; the report must not be written."""
        self.copy_sample()
        made = self.audit(upto="submissions")
        step = next(one for one in pb.load("billing-audit", "billing-audit.full")["candidate"]["steps"]
                    if one["key"] == "report")
        sources = {}
        for one in step["inputs"]:
            path = made[one["from"], one["name"]]
            sources[one["name"]] = (path, os.path.relpath(path, self.out))
        with open(sources[name][0], encoding="utf-8") as stream:
            text = stream.read()
        changed = change(text)
        self.assertNotEqual(changed, text)
        with open(sources[name][0], "w", encoding="utf-8") as stream:
            stream.write(changed)
        with self.assertRaises(pb.Refused) as end:
            pb.run_step(step, sources, tempfile.mkdtemp(dir=self.folder) + "/w", self.out, pb.launch_here)
        self.assertEqual(end.exception.code, 65)
        self.assertFalse(os.path.exists(os.path.join(self.out, "reports", "billing_audit_report.html")))
        shutil.rmtree(os.path.join(self.folder, "in"))
        return end.exception.error["message"]

    def test_artifacts_that_disagree_make_no_report(self):
        self.assertIn("total dollar impact", self.tampered("exception_summary", lambda t: t.replace(
            '"total_dollar_impact": 275.64', '"total_dollar_impact": 275.65', 1)))
        self.assertIn("entries with a finding", self.tampered("discrepancies", lambda t: re.sub(
            r"\[\n.*\n", "[\n", t, count=1)))
        self.assertIn("amount of CAND-", self.tampered("submission_result", lambda t: t.replace(
            '"correction_amount": -', '"correction_amount": ', 1)))
        self.assertIn("rows of the time entries", self.tampered("schema_profile", lambda t: t.replace(
            '"row_count": 753', '"row_count": 752')))
        self.assertIn("count of EXPIRED_CONTRACT", self.tampered("discrepancies", lambda t: t.replace(
            '"CAP_OVERRUN"', '"EXPIRED_CONTRACT"', 1)))

    def test_a_finding_that_covers_nearly_everything_says_so_itself(self):
        self.copy_sample()
        self.rewrite("contracts", lambda b: re.sub(rb",(\d+),USD", b",1,USD", b))
        self.audit()
        self.assertRegex(self.read("reports/billing_audit_report.html"),
                         r"CAP_OVERRUN applies to \d+ of 753 entries \(9\d\.\d\d%\)")

    def test_very_many_findings_are_all_in_the_page_and_the_paper_says_what_it_leaves_out(self):
        self.copy_sample()

        def many(data):
            head, _, body = data.partition(b"\n")
            return head + b"\n" + b"".join(
                re.sub(rb"(?m)^TE-", b"T%d-" % turn, body) for turn in range(3))
        self.rewrite("time_entries", many)
        self.rewrite("contracts", lambda b: re.sub(rb",(\d+),USD", b",1,USD", b))
        self.audit()
        html = self.read("reports/billing_audit_report.html")
        rows = len(json.loads(self.read("output/discrepancies.json")))
        self.assertGreater(rows, 1500)
        self.assertEqual(html.count("/source_row\""), rows)
        self.assertEqual(html.count('<tr class="screen">'), rows - 1500)
        self.assertIn("On paper this table has 1500 of the %d entries" % rows, html)

    def test_a_browser_that_leaves_nothing_is_a_failure(self):
        step = pb.load("billing-audit", "billing-audit.full")["candidate"]["steps"][-1]
        page = os.path.join(self.folder, "page.html")
        with open(page, "w", encoding="utf-8") as stream:
            stream.write("<!doctype html><p>x")
        programs = os.path.join(DOMAIN, "billing-audit", "programs")
        for script, message in (("exit 0", "the browser left no file"),
                                ("for a; do case $a in --print-to-pdf=*) echo '%PDF-1.4 x' > ${a#*=};; esac; done",
                                 "the PDF is cut off")):
            fake = os.path.join(self.folder, "browser")
            with open(fake, "w", encoding="utf-8") as stream:
                stream.write("#!/bin/sh\n%s\n" % script)
            os.chmod(fake, 0o755)
            starter = os.path.join(self.folder, "start.py")
            with open(starter, "w", encoding="utf-8") as stream:
                stream.write("import sys\nsys.path.insert(0, %r)\nimport pdf\npdf.BROWSERS = (%r,)\n"
                             "pdf.main()\n" % (programs, fake))
            step = {**step, "program": {"argv": ["/usr/bin/python3", "-B", starter]}}
            with self.assertRaises(pb.Refused) as end:
                pb.run_step(step, {"report": (page, "reports/page.html")},
                            tempfile.mkdtemp(dir=self.folder) + "/w", self.out)
            self.assertEqual(end.exception.code, 1)
            self.assertIn(message, end.exception.stderr)


class Form(unittest.TestCase):
    """The packs as documents."""

    def in_order(self, value, is_schema=False, is_columns=False):
        """Keys sorted, but the columns of an entity: they keep the order that people know (decision 0134)."""
        if isinstance(value, list):
            return [self.in_order(v, is_schema) for v in value]
        if not isinstance(value, dict):
            return value
        keys = list(value) if is_columns else sorted(value)
        return {k: self.in_order(value[k], is_schema or k == "schema", is_schema and not is_columns and k == "properties") for k in keys}

    def test_documents_are_sorted_and_named_like_their_ids(self):
        for pack, name in PLAYBOOKS:
            for path, wanted in ((os.path.join(DOMAIN, pack + ".json"), pack),
                                 (os.path.join(DOMAIN, pack, "playbooks", name + ".json"), name)):
                with open(path, encoding="utf-8") as stream:
                    text = stream.read()
                document = json.loads(text)
                self.assertEqual(document["id"], wanted)
                self.assertEqual(text, json.dumps(self.in_order(document), indent=2, ensure_ascii=False) + "\n")

    def test_the_shared_helpers_are_the_same_everywhere(self):
        shared = os.path.join(pb.PACKS, "skill", "forge-step")
        copies = 0
        for pack in sorted({pack for pack, _ in PLAYBOOKS}):
            for name in os.listdir(shared):
                path = os.path.join(DOMAIN, pack, "programs", name)
                if os.path.exists(path):
                    self.assertTrue(filecmp.cmp(path, os.path.join(shared, name), shallow=False), path)
                    copies += 1
        self.assertEqual(copies, 4)
        for skill in sorted(os.listdir(os.path.join(pb.PACKS, "skill"))):
            for name in os.listdir(shared):
                path = os.path.join(pb.PACKS, "skill", skill, name)
                if skill != "forge-step" and os.path.exists(path):
                    self.assertTrue(filecmp.cmp(path, os.path.join(shared, name), shallow=False), path)

    def test_programs_are_isolated_python_files_that_exist(self):
        for pack, name in PLAYBOOKS:
            for step in pb.load(pack, name)["candidate"]["steps"]:
                if step["program"] is None:
                    self.assertEqual(step["fetch"]["output"], step["outputs"][0]["name"])
                    continue
                argv = step["program"]["argv"]
                self.assertEqual(argv[:3], ["/usr/bin/python3", "-I", "-B"])
                self.assertTrue(os.path.exists(pb.skill_path(argv[3])), argv[3])
                self.assertEqual(len(argv), 4)

    def test_programs_use_the_standard_library_only(self):
        for pack, _ in PLAYBOOKS:
            folder = os.path.join(DOMAIN, pack, "programs")
            own = {name[:-3] for name in os.listdir(folder) if name.endswith(".py")}
            for name in own:
                with open(os.path.join(folder, name + ".py"), encoding="utf-8") as stream:
                    text = stream.read()
                for module in re.findall(r"(?m)^\s*(?:import|from) ([a-z_]+)", text):
                    self.assertTrue(module in own or module in sys.stdlib_module_names, (name, module))
                self.assertNotRegex(text, r"\bfloat\(")

    def test_hand_offs_name_what_exists(self):
        for pack, name in PLAYBOOKS:
            playbook = pb.load(pack, name)
            made = {}
            files = {one["name"]: one for one in playbook["files"]}
            for step in playbook["candidate"]["steps"]:
                for one in step["inputs"]:
                    if "file" in one:
                        wanted = files[one["file"]]
                        self.assertEqual((one["entity"], one["accepts"]), (wanted["entity"], wanted["kinds"]))
                        continue
                    source = made[one["from"], one["name"]]
                    self.assertEqual((one["slot"], one["entity"], one["accepts"]),
                                     (source["slot"], source["entity"], [source["kind"]]))
                    self.assertIn(one["from"], step["depends_on"])
                for one in step["outputs"]:
                    made[step["key"], one["name"]] = one
                    if one["kind"] == "table.json_rows":
                        self.assertTrue(one["grain"]["key"] and one["json_schema"])
                        self.assertTrue(any(c["type"] == "key" for c in step["criteria"]))

    def test_the_published_output_names_extend_ours(self):
        names = {"billing-audit.full": "schema_profile contract_applicability discrepancies exception_summary "
                                  "correction_candidates correction_submission_result "
                                  "billing_audit_report billing_audit_report",
                 "data-join.entries-rates": "schema_profile joined_entries",
                 "api-report.users": "enriched-users user-rankings"}
        for pack, name in PLAYBOOKS:
            stems = [os.path.splitext(os.path.basename(one["path"]))[0]
                     for step in pb.load(pack, name)["candidate"]["steps"]
                     for one in step["outputs"] if one["deliverable"]]
            self.assertEqual(sorted(stems), sorted(names[name].split()))

    def test_schemas_use_only_the_agreed_keywords(self):
        for pack, name in PLAYBOOKS:
            for step in pb.load(pack, name)["candidate"]["steps"]:
                for one in step["outputs"]:
                    if "json_schema" in one:
                        self.walk(one["json_schema"])

    def walk(self, schema):
        if schema is True:
            return
        self.assertEqual([one for one in findings(schema, None) if one.startswith("schema")], [])
        for inner in list(schema.get("properties", {}).values()) + [
                schema[name] for name in ("items", "additionalProperties") if schema.get(name)]:
            self.walk(inner)


FORGECTL = os.path.join(pb.ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
PUBLISHED = os.path.join(os.path.dirname(pb.ROOT), "shared", "data", "runs")


@unittest.skipUnless(os.path.exists(FORGECTL), "forgectl is not built")
class Compiled(Case):
    """What the real compiler makes of the packs."""

    def compile(self, objective, workspace, *options):
        """(exit code, plan or None, what was said)."""
        plan = os.path.join(self.folder, "plan.json")
        if os.path.exists(plan):
            os.unlink(plan)
        done = subprocess.run([FORGECTL, "compile", "--objective", objective, "--workspace", workspace,
                               "--packs", pb.PACKS, "-o", plan, *options], capture_output=True, text=True)
        if done.returncode != 0:
            return done.returncode, None, done.stdout + done.stderr
        with open(plan, encoding="utf-8") as stream:
            return 0, json.load(stream), ""

    def write(self, text):
        path = os.path.join(self.folder, "objective.md")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def test_the_catalog_has_no_findings(self):
        done = subprocess.run([FORGECTL, "packs", "check", pb.PACKS], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_sample_gets_its_playbook(self):
        for pack, name in PLAYBOOKS:
            sample = SAMPLES[name]
            options = ("--profile", os.path.join(pb.PACKS, "policy", "profile-demo.json")) if sample == API else ()
            code, plan, said = self.compile(os.path.join(sample, "objective.md"), sample, *options)
            self.assertEqual(code, 0, said)
            self.assertEqual(plan["playbook"]["id"], name)
            self.assertEqual(len(plan["steps"]), len(pb.load(pack, name)["candidate"]["steps"]))

    def test_files_of_other_names_are_found_by_their_columns(self):
        folder = os.path.join(self.folder, "in")
        os.mkdir(folder)
        for old, new in (("time_entries.csv", "march.csv"), ("contracts.csv", "agreements.csv"),
                         ("rates.csv", "prices.csv"), ("invoices.csv", "sent.csv"), ("finance_policy.md", "rules.md")):
            shutil.copyfile(os.path.join(FILES, old), os.path.join(folder, new))
        code, plan, said = self.compile(self.write("Audit our billing and find overcharges."), folder)
        self.assertEqual(code, 0, said)
        self.assertEqual({one["path"]: one["entity"] for one in plan["files"]}, {
            "march.csv": "billing.time_entry", "agreements.csv": "billing.contract",
            "prices.csv": "billing.rate_card", "sent.csv": "billing.invoice",
            "rules.md": "billing.finance_policy"})

    def test_the_planner_tells_the_playbooks_apart(self):
        for text, name in (("Find overbilling in our timesheets.", "billing-audit.full"),
                           ("Check our time entries against the contracts.", "billing-audit.full"),
                           ("Join the time entries with the rates.", "data-join.entries-rates"),
                           ("Merge time entries and rates into a single dataset. Do not audit anything.",
                            "data-join.entries-rates"),
                           ("Write a poem about summer.", None), ("Were the contracts signed?", None)):
            _, plan, said = self.compile(self.write(text), os.path.join(SAMPLE))
            self.assertEqual(plan and plan["playbook"]["id"], name, said)

    @unittest.skipUnless(os.path.isdir(PUBLISHED), "no ../shared beside the project: published objectives not tried")
    def test_the_published_objectives_compile_with_their_own_output_names(self):
        for number, name, outputs in (
                ("001", "api-report.users", ["output/enriched-users.json", "output/user-rankings.html"]),
                ("002", "billing-audit.full", [
                    "output/schema_profile_simone.json", "output/contract_applicability_simone.json",
                    "output/discrepancies_simone.json", "output/exception_summary_simone.json",
                    "output/correction_candidates_simone.json",
                    "output/correction_submission_result_simone.json",
                    "reports/billing_audit_report_simone.html",
                    "reports/billing_audit_report_simonetesting.pdf"]),
                ("003", "data-join.entries-rates", ["output/schema_profile2.json", "output/joined_entries2.json"])):
            code, plan, said = self.compile(os.path.join(PUBLISHED, number + "-objective.md"), SAMPLE)
            self.assertEqual(code, 0, said)
            self.assertEqual(plan["playbook"]["id"], name)
            self.assertEqual([one["path"] for one in plan["deliverables"]], outputs)


if __name__ == "__main__":
    unittest.main()
