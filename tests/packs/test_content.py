# SPDX-License-Identifier: Apache-2.0
"""Rules of the domain packs against rows as people's systems export them: what is usual passes, what is wrong is named by its row."""
import json
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
PACKS = os.path.join(ROOT, "packs")


def broken(entity, rule, text):
    """The rows of the file that break the rule."""
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "table.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run([CTL, "packs", "validate", path, "--entity", entity], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "FORGE_ROOT": ROOT, "FORGE_PACKS": PACKS})
    rows, at = [], False
    for line in done.stdout.split("\n"):
        if not line.startswith(" "):
            at = f" {rule}:" in line
        elif at and line.strip().startswith("row "):
            rows.append(int(line.split()[1].rstrip(":")))
    return rows, f" {rule}:" in done.stdout, done.stdout + done.stderr


class Content(unittest.TestCase):
    def rows(self, entity, rule, text):
        rows, is_named, said = broken(entity, rule, text)
        self.assertTrue(is_named, said)
        return rows

    def test_a_credit_note_that_is_partly_open(self):
        self.assertEqual(self.rows("finance.open_item", "finance.open_amount_is_not_above_original",
                                   "document_no,party_id,due_on,open_amount,original_amount,currency\n"
                                   "A1,P1,2026-01-31,-40.00,-100.00,EUR\nA2,P1,2026-01-31,40.00,100.00,EUR\nA3,P1,2026-01-31,140.00,100.00,EUR\n"
                                   "A4,P1,2026-01-31,0.00,0.00,EUR\nA5,P1,2026-01-31,-140.00,-100.00,EUR\n"), [4, 6])

    def test_an_iban_with_the_spaces_it_is_printed_with(self):
        self.assertEqual(self.rows("finance.bank_transaction", "finance.bank_iban_is_well_formed",
                                   "transaction_id,booked_on,amount,currency,counterparty_account\n"
                                   "1,2026-01-01,5.00,EUR,DE89 3704 0044 0532 0130 00\n2,2026-01-01,5.00,EUR,DE89370400440532013000\n"
                                   "3,2026-01-01,5.00,EUR,my mother\n4,2026-01-01,5.00,EUR,12-34-56 78901234\n"), [4])

    def test_an_activity_with_a_contact_alone(self):
        self.assertEqual(self.rows("sales.activity", "sales.activity_names_somebody",
                                   "activity_id,activity_type,activity_on,account_id,contact_id,opportunity_id\n"
                                   "1,call,2026-01-01,,C1,\n2,call,2026-01-01,,,\n3,call,2026-01-01,A1,,\n4,call,2026-01-01,,,O1\n"), [3])

    def test_what_crawlers_and_lock_files_export(self):
        with open(os.path.join(PACKS, "domain", "website-build.json"), encoding="utf-8") as f:
            pages = {e["id"]: e for e in json.load(f)["entities"]}["site.page"]
        self.assertEqual(pages["schema"]["properties"]["status_code"]["minimum"], 0)  # a page that did not answer
        with open(os.path.join(PACKS, "domain", "code-modification.json"), encoding="utf-8") as f:
            dependency = {e["id"]: e for e in json.load(f)["entities"]}["code.dependency"]
        self.assertIn("current_version", dependency["key"])  # a lock file holds several versions of a package


if __name__ == "__main__":
    unittest.main()
