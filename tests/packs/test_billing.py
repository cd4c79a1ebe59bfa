# SPDX-License-Identifier: Apache-2.0
"""The billing audit's programs against the SQL reference, on random data sets.

FORGE_TEST_SETS: how many (default 200); FORGE_TEST_SEED: the first seed. A failure names its seed:
    FORGE_TEST_SETS=1 FORGE_TEST_SEED=<seed> python3 -m unittest tests.packs.test_billing
"""
import json
import os
import tempfile
import unittest
from decimal import Decimal

from . import playbook as pb
from .datasets import Dataset
from .reference import Reference
from .schemas import findings

SETS = int(os.environ.get("FORGE_TEST_SETS", "200"))
SEED = int(os.environ.get("FORGE_TEST_SEED", "1"))
# Thousands of small files that nobody keeps: in memory where there is room for that.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
LISTS = ("accepted", "rejected", "approval_required")


def read(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream, parse_float=Decimal)


def hundredths(value):
    """A JSON number that has at most two decimals, times 100."""
    if value is None:
        return None
    scaled = Decimal(value) * 100
    assert scaled == int(scaled), value
    return int(scaled)


def on_every_run(check):
    def test(self):
        self.maxDiff = None
        for seed, *run in self.runs:
            with self.subTest(seed=seed):
                check(self, *run)
    return test


class Random(unittest.TestCase):
    """Each test method looks at the same runs from another side; they are made once."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(dir=SCRATCH)
        cls.playbook = pb.load("billing-audit", "billing-audit.full")
        cls.runs = []
        for seed in range(SEED, SEED + SETS):
            folder = os.path.join(cls.scratch.name, str(seed))
            os.makedirs(os.path.join(folder, "in"))
            data = Dataset(seed)
            files = data.write(os.path.join(folder, "in"))
            made = pb.run(cls.playbook, files, os.path.join(folder, "work"), os.path.join(folder, "out"),
                          upto="report", launch=pb.launch_here)
            documents = {name: read(path) for (_, name), path in made.items() if path.endswith(".json")}
            cls.runs.append((seed, data, Reference(data), documents, made))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @on_every_run
    def test_every_entry_has_one_applicability_record_as_the_reference_says(self, data, reference, got, _made):
        rows = got["applicability"]
        self.assertEqual(len(rows), len(data.entries))
        found = [(one["source_row"], one["resolved_contract_id"], int(one["is_expired"]),
                  one["linkage_status"], hundredths(one["matched_hourly_rate"]),
                  hundredths(one["expected_hourly_rate"]), one["invoice_status"],
                  one["expiration_date"]) for one in rows]
        self.assertEqual(found, reference.applicability())

    @on_every_run
    def test_discrepancies_are_those_of_the_reference(self, _data, reference, got, _made):
        found = [(one["source_row"], one["discrepancy_types"], hundredths(one["rate_delta"]),
                  hundredths(one["overcharge_amount"]), hundredths(one["expected_amount"]),
                  hundredths(one["amount_delta"]), hundredths(one["hours_over_cap"]))
                 for one in got["discrepancies"]]
        self.assertEqual(found, reference.findings())

    @on_every_run
    def test_summary_is_the_reference_and_adds_up(self, data, reference, got, _made):
        summary = got["exception_summary"]
        found = {name: (one["count"], hundredths(one["total_dollar_impact"]),
                        hundredths(one["billed_amount_affected"]))
                 for name, one in summary["by_type"].items()}
        self.assertEqual(found, reference.totals())
        self.assertEqual({one["invoice_status"]: one["entries"] for one in
                          summary["by_invoice_status"]}, reference.statuses())
        totals = summary["grand_totals"]
        self.assertEqual(totals["entries_audited"], len(data.entries))
        self.assertEqual(totals["total_dollar_impact"],
                         sum(one["dollar_impact"] for one in got["discrepancies"]))
        self.assertEqual(totals["total_dollar_impact"],
                         totals["overbilled_amount"] + totals["underbilled_amount"])
        self.assertEqual(totals["total_dollar_impact"], sum(
            one["total_dollar_impact"] for one in summary["by_invoice_status"]))
        self.assertEqual(totals["discrepancy_entries"], len(got["discrepancies"]))
        self.assertEqual(totals["discrepancy_entries"], sum(
            one["discrepancies"] for one in summary["by_invoice_status"]))

    @on_every_run
    def test_corrections_keep_their_sign_and_end_as_the_reference_says(self, _data, reference, got, _made):
        ended = {one["candidate_id"]: (name, one["rejection_reason"]) for name in LISTS
                 for one in got["submission_result"][name]}
        found = {(one["invoice_id"], one["reason_code"]): (
            hundredths(one["correction_amount"]), one["entry_count"], *ended[one["candidate_id"]])
            for one in got["correction_candidates"]}
        self.assertEqual(found, reference.corrections())
        self.assertEqual(len(ended), len(got["correction_candidates"]))
        self.assertEqual(sum(one["correction_amount"] for one in got["correction_candidates"]), sum(
            got["exception_summary"]["by_type"][name]["total_dollar_impact"] for name in (
                "RATE_OVERCHARGE", "RATE_UNDERCHARGE", "AMOUNT_MISMATCH")))
        for one in got["correction_candidates"]:
            self.assertEqual(one["absolute_amount"], abs(one["correction_amount"]))
            sign = (one["correction_amount"] > 0) - (one["correction_amount"] < 0)
            self.assertEqual(one["direction"], ("none", "credit_customer", "charge_customer")[sign])

    @on_every_run
    def test_normalized_values_are_the_values_that_were_written(self, data, _reference, got, _made):
        for name, rows in (("time_entries", data.entries), ("contracts", data.contracts),
                           ("rates", data.rates), ("invoices", data.invoices)):
            self.assertEqual([one["source_row"] for one in got[name]],
                             list(range(2, len(rows) + 2)))
            for found, wanted in zip(got[name], rows):
                for column, value in wanted.items():
                    if column in found:
                        self.assertEqual(hundredths(found[column]) if isinstance(value, int) else
                                         found[column], value, column)

    @on_every_run
    def test_every_empty_cell_is_flagged(self, data, _reference, got, _made):
        flagged = {(one["file"].rsplit("/", 1)[1], one["source_row"], one["column"])
                   for one in got["validation_flags"] if one["severity"] == "problem"}
        for name, rows in (("time_entries", data.entries), ("contracts", data.contracts)):
            for number, row in enumerate(rows, 2):
                for column, value in row.items():
                    if value is None and column in got[name][0]:
                        self.assertIn((name + ".csv", number, column), flagged)

    @on_every_run
    def test_outputs_hold_to_their_schemas(self, _data, _reference, got, _made):
        schemas = {one["name"]: one["json_schema"] for step in self.playbook["candidate"]["steps"]
                   for one in step["outputs"] if "json_schema" in one}
        self.assertEqual(len(schemas), 12)
        for name, schema in schemas.items():
            self.assertEqual(list(findings(schema, got[name]))[:3], [], name)

    @on_every_run
    def test_declared_keys_are_keys(self, _data, _reference, got, _made):
        for step in self.playbook["candidate"]["steps"]:
            for one in step["outputs"]:
                if "grain" in one:
                    keys = [tuple(row[part] for part in one["grain"]["key"]) for row in got[one["name"]]]
                    self.assertEqual(len(set(keys)), len(keys), one["name"])
                    self.assertNotIn(None, [part for key in keys for part in key])

    @on_every_run
    def test_money_is_written_with_two_decimals(self, _data, _reference, _got, made):
        for name in ("discrepancies", "applicability", "correction_candidates"):
            path = next(path for (_, output), path in made.items() if output == name)
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
            self.assertNotRegex(text, r'"(?:\w+_amount|amount_delta|dollar_impact|billed_rate)": '
                                      r'-?[0-9]+(?:\.[0-9])?[,}]')
            self.assertNotRegex(text, r'-0(?:\.0+)?[,}]')

    @on_every_run
    def test_the_report_says_every_total(self, _data, _reference, got, made):
        path = next(path for (_, output), path in made.items() if output == "report")
        with open(path, encoding="utf-8") as stream:
            html = stream.read()
        totals = got["exception_summary"]["grand_totals"]
        for name in totals:
            if name not in ("clean_entries", "entries_not_fully_checked"):
                self.assertIn('<data value="%s" data-source="output/exception_summary.json#/'
                              'grand_totals/%s"' % (totals[name], name), html)
        self.assertEqual(html.count("#/%d/source_row\"" % 0), min(1, len(got["discrepancies"])))
        self.assertEqual(html.count("/source_row\""), len(got["discrepancies"]))


class Join(unittest.TestCase):
    def test_joined_rows_are_those_of_a_left_join(self):
        playbook = pb.load("data-merge-transform", "data-join.entries-rates")
        for seed in range(SEED, SEED + max(1, SETS // 4)):
            with self.subTest(seed=seed), tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
                data = Dataset(seed)
                files = data.write(folder)
                made = pb.run(playbook, files, os.path.join(folder, "work"), os.path.join(folder, "out"),
                              launch=pb.launch_here)
                rows = read(made["join", "joined_entries"])
                found = [(one["entry_row"], one["match_no"], one["role_code"], one["rate_match"])
                         for one in rows]
                self.assertEqual(found, Reference(data).joined())
                self.assertEqual({one["entry_row"] for one in rows}, set(range(2, len(data.entries) + 2)))
                for step in playbook["candidate"]["steps"]:
                    for one in step["outputs"]:
                        self.assertEqual(list(findings(one["json_schema"], read(
                            made[step["key"], one["name"]])))[:3], [], one["name"])


if __name__ == "__main__":
    unittest.main()
