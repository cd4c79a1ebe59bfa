# SPDX-License-Identifier: Apache-2.0
"""Packs of one's own by the command line: the worked example is what docs/PACKS.md says, and bad folders are said with file, line and place."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
EXAMPLE = os.path.join(ROOT, "docs", "packs", "insurance-claims")
PACK = "domain/insurance-claims.json"
BOOK = "domain/insurance-claims/playbooks/insurance-claims.reserve-check.json"


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as f:
        return f.read()


def read_bytes(*parts):
    with open(os.path.join(*parts), "rb") as f:
        return f.read()


def ctl(*args, cwd=None):
    return subprocess.run([CTL, *args], capture_output=True, text=True, timeout=60, check=False, cwd=cwd,
                          env={**os.environ, "FORGE_ROOT": ROOT, "FORGE_PACKS": os.path.join(ROOT, "packs")})


class OwnPacks(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.pack = os.path.join(self.dir, "insurance-claims")
        shutil.copytree(EXAMPLE, self.pack)

    def change(self, name, old, new):
        path = os.path.join(self.pack, name)
        text = read(path)
        self.assertIn(old, text)
        text = text.replace(old, new, 1)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return text

    def findings(self):
        done = ctl("packs", "check", self.pack, "--json")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return json.loads(done.stdout)["findings"]

    def one(self, name, pointer, message, line_has):
        """Exactly one finding there; its line holds that text."""
        found = [f for f in self.findings() if f["file"] == os.path.join(self.pack, name) and f["pointer"] == pointer and message in f["message"]]
        self.assertEqual(len(found), 1, self.findings())
        lines = read(self.pack, name).split("\n")
        self.assertIn(line_has, lines[found[0]["line"] - 1])

    def test_the_example_passes_and_packs_to_the_same_bytes(self):
        self.assertEqual(ctl("packs", "check", self.pack).returncode, 0)
        for out in ("a.zip", "b.zip"):
            done = ctl("packs", "pack", self.pack, "-o", os.path.join(self.dir, out))
            self.assertEqual(done.returncode, 0, done.stderr)
        a, b = (read_bytes(self.dir, n) for n in ("a.zip", "b.zip"))
        self.assertEqual(a, b)
        with zipfile.ZipFile(os.path.join(self.dir, "a.zip")) as z:
            self.assertIsNone(z.testzip())
            self.assertEqual(len(z.namelist()), 4)
            for name in z.namelist():
                self.assertEqual(z.read(name), read_bytes(EXAMPLE, name))

    def test_the_page_shows_what_the_files_say(self):
        page = read(ROOT, "docs", "PACKS.md")
        files = {n: read(EXAMPLE, n) for n in (PACK, BOOK, "domain/insurance-claims/programs/report.py")}
        flat = [re.sub(r"\s+", " ", text) for text in files.values()]
        blocks = re.findall(r"```(json|python)\n(.*?)```", page, re.S)
        self.assertGreaterEqual(len(blocks), 6)
        for _, block in blocks:
            self.assertTrue(any(re.sub(r"\s+", " ", block).strip() in text for text in flat), block[:200])
        # the finding that is shown is the one that comes
        shown = re.search(r"^insurance-claims/(\S+), line (\d+), (\S+): (.*)$", page, re.M)
        self.change(PACK, '"slot": "findings"', '"slot": "finds"')
        done = ctl("packs", "check", "insurance-claims", cwd=self.dir)
        self.assertIn(shown[0], done.stderr)

    def test_bad_folders(self):
        for name, old, new, pointer, message, line in (
                (PACK, '"id": "insurance.policy"', '"id": "billing.policy"', "/entities/0/id", "the prefix 'billing.' is that of pack 'billing-audit'", "billing.policy"),
                (PACK, '"version": "1.0.0"', '"version": "1.0"', "/version", "expected", '"1.0"'),
                (PACK, '"version": "1.0.0"', '"version": "1234567890.0.0"', "/version", "at most 9 digits", "1234567890"),
                (PACK, '"entity": "insurance.policy"', '"entity": "insurance.contract"', "/entities/1/references/0/entity", "no pack has the entity", "insurance.contract"),
                (PACK, '"date_of_loss"', '"claim_status"', "/entities/1/schema/properties/status", "stands for both 'loss_date' and 'status'", '"status": {'),
                (BOOK, '"id": "insurance-claims.reserve-check"', '"id": "reserve-check"', "/id", "the file's name says", "reserve-check"),
                (BOOK, '"depends_on": []', '"depends_on": ["report"]', "/candidate/steps/0", "a cycle of steps: 'positions', 'report'", "{"),
                (BOOK, '"from": "positions"', '"from": "place"', "/candidate/steps/1/inputs/0/from", "there is no step 'place'", '"place"'),
                (BOOK, "/skills/insurance-claims/positions.py", "/skills/insurance-claims/gone.py", "/candidate/steps/0/program/argv/3", "has no file", "gone.py"),
                (BOOK, '"entity": "insurance.claim"', '"entity": "insurance.loss"', "/candidate/steps/0/inputs/1/entity", "no pack has the entity", "insurance.loss"),
                (BOOK, '"table.csv"', '"table.xls"', "/candidate/steps/0/inputs/0/accepts/0", "there is no kind 'table.xls'", "table.xls"),
        ):
            with self.subTest(message=message):
                shutil.rmtree(self.pack)
                shutil.copytree(EXAMPLE, self.pack)
                self.change(name, old, new)
                self.one(name, pointer, message, line)

    def test_a_pack_that_shadows_a_standard_one(self):
        shutil.move(os.path.join(self.pack, PACK), os.path.join(self.pack, "domain/legal-review.json"))
        self.change("domain/legal-review.json", '"id": "insurance-claims"', '"id": "legal-review"')
        self.one("domain/legal-review.json", "/id", "'legal-review' exists already; packs extend, they do not shadow", '"legal-review"')

    def test_not_json_is_said_with_its_line(self):
        self.change(PACK, '"label": "Insurance claims",', '"label": "Insurance claims"')
        found = self.findings()
        text = read(self.pack, PACK)
        self.assertEqual(found[0]["line"], text[:text.index('"label": "Insurance claims"')].count("\n") + 2)

    def test_texts_that_do_not_look_like_what_they_are(self):
        for text, message in (("Insurance\u001b[31m claims", "a control character (U+001B)"), ("Insurance\u202e claims", "turns the direction"),
                              ("Insurance\u200b claims", "nobody sees"), ("Insur\u0430nce claims", "Latin and Cyrillic letters together (U+0430)")):
            with self.subTest(message=message):
                shutil.rmtree(self.pack)
                shutil.copytree(EXAMPLE, self.pack)
                self.change(PACK, '"label": "Insurance claims"', '"label": ' + json.dumps(text))
                self.one(PACK, "/label", message, '"label"')
        shutil.rmtree(self.pack)
        shutil.copytree(EXAMPLE, self.pack)
        self.change(PACK, '"label": "Insurance claims"', '"label": ' + json.dumps("Страхование и claims \U0001f4c4\té"))
        self.assertEqual(ctl("packs", "check", self.pack).returncode, 0)

    def test_a_trigger_of_another_pack_whatever_stands_between_its_words(self):
        for text, message in (("Billing  Audit", "is a trigger of 'billing-audit' as well"), ("billing\u00a0audit", "is a trigger of 'billing-audit' as well"),
                              ("billing-audit!", "is a trigger of 'billing-audit' as well"), ("INSURANCE CLAIMS", "stands there twice")):
            with self.subTest(text=text):
                shutil.rmtree(self.pack)
                shutil.copytree(EXAMPLE, self.pack)
                doc = json.loads(read(self.pack, PACK))
                doc["triggers"] = ["insurance claims", *[t for t in doc["triggers"] if t != "insurance claims"], text]
                with open(os.path.join(self.pack, PACK), "w", encoding="utf-8") as f:
                    json.dump(doc, f, indent=2)
                self.one(PACK, "/triggers/%d" % (len(doc["triggers"]) - 1), message, "illing" if "llin" in text else "INSURANCE")

    def test_programs_of_another_pack(self):
        where = os.path.join(self.pack, "domain", "legal-review", "programs")
        os.makedirs(where)
        with open(os.path.join(where, "x.py"), "w", encoding="utf-8") as f:
            f.write("1\n")
        found = self.findings()
        self.assertEqual([(os.path.relpath(f["file"], self.pack), "there is no pack domain/legal-review.json" in f["message"]) for f in found],
                         [("domain/legal-review", True)])

    def test_a_folder_without_a_pack(self):
        done = ctl("packs", "check", os.path.join(self.pack, "domain"))
        self.assertEqual((done.returncode, "a pack's folder holds domain/<id>.json" in done.stderr), (1, True), done.stdout + done.stderr)
        self.assertNotIn("line 0", done.stderr)

    def test_a_byte_order_mark_a_value_twice_and_a_path_that_leads_out(self):
        with open(os.path.join(self.pack, PACK), "rb+") as f:
            text = f.read()
            f.seek(0)
            f.write(b"\xef\xbb\xbf" + text)
        self.assertEqual([f["line"] for f in self.findings() if "save it as UTF-8 without one" in f["message"]], [1])
        shutil.rmtree(self.pack)
        shutil.copytree(EXAMPLE, self.pack)
        self.change(PACK, '"closed",', '"open",')
        self.one(PACK, "/entities/1/schema/properties/status", "the value 'open' stands there twice", '"status": {')
        shutil.rmtree(self.pack)
        shutil.copytree(EXAMPLE, self.pack)
        self.change(BOOK, "output/reserve_report.md", "../reserve_report.md")
        self.one(BOOK, "/candidate/steps/1/outputs/0/path", "leads out of the workspace", "../reserve_report.md")

    def test_a_pack_is_tried_without_a_server(self):
        done = ctl("packs", "detect", os.path.join(EXAMPLE, "sample", "claims.csv"), "--packs", self.pack, "--json")
        self.assertIn("insurance.claim", done.stdout, done.stderr)
        done = ctl("route", "Check the reserves of our insurance claims", "--packs", self.pack, "--json")
        self.assertIn("insurance-claims", done.stdout, done.stderr)
        plan = os.path.join(self.dir, "plan.json")
        done = ctl("compile", "--objective", "Check the reserves of our insurance claims.", "--workspace", os.path.join(EXAMPLE, "sample"), "--packs", self.pack, "-o", plan)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("insurance.claim_position", read(plan))

    def test_links_are_refused(self):
        os.symlink("/etc/passwd", os.path.join(self.pack, "domain/insurance-claims/programs/x.py"))
        self.assertEqual(["plain files only" in f["message"] for f in self.findings()], [True])
        done = ctl("packs", "pack", self.pack, "-o", os.path.join(self.dir, "x.zip"))
        self.assertEqual((done.returncode, os.path.exists(os.path.join(self.dir, "x.zip"))), (1, False))
        self.assertIn("programs/x.py", done.stderr)

    def test_what_is_wrong_is_not_packed(self):
        self.change(PACK, '"slot": "findings"', '"slot": "finds"')
        done = ctl("packs", "pack", self.pack, "-o", os.path.join(self.dir, "x.zip"))
        self.assertEqual((done.returncode, os.path.exists(os.path.join(self.dir, "x.zip"))), (1, False))
        self.assertRegex(done.stderr, r"insurance-claims/domain/insurance-claims\.json, line \d+, /profiles/4/slot: there is no slot 'finds'")
        self.assertEqual(ctl("packs", "pack", self.pack).returncode, 2)


if __name__ == "__main__":
    unittest.main()
