# SPDX-License-Identifier: Apache-2.0
"""Cells and policies as people write them: what is read, what is only flagged, what is refused."""
import contextlib
import io
import json
import os
import sys
import unittest
from decimal import Decimal

from . import playbook as pb

PROGRAMS = os.path.join(pb.PACKS, "domain", "billing-audit", "programs")
sys.path.insert(0, PROGRAMS)
import forge_step  # noqa: E402
import forge_table as ft  # noqa: E402
from policy import read_policy  # noqa: E402
sys.path.remove(PROGRAMS)


class Numbers(unittest.TestCase):
    def test_plain_numbers_keep_every_digit(self):
        for text in ("0", "7.5", "-12.50", "1234567.891", "0.0001", "00012"):
            self.assertEqual(ft.read_number(text), (Decimal(text), None), text)

    def test_currency_and_separators_are_removed_and_said(self):
        for text, value in (("$1,234.50", "1234.50"), ("1.234,56", "1234.56"), ("(12.50)", "-12.50"),
                            ("12.50-", "-12.50"), ("€ 1 234,50", "1234.50"), ("USD 30", "30"),
                            ("30 EUR", "30"), ("1,234,567", "1234567"), ("1.234.567", "1234567"),
                            ("12,5", "12.5"), ("0,125", "0.125"), ("\u221212.5", "-12.5"), ("+5", "5"),
                            ("1\u00a0234.50", "1234.50"), (" 7.5 ", "7.5"), (".5", "0.5")):
            self.assertEqual(ft.read_number(text), (Decimal(value), "NUMBER_NORMALIZED"), text)

    def test_a_comma_before_three_digits_is_decided_by_the_column_or_not_at_all(self):
        self.assertEqual(ft.column_mark(["1,234", "12.50"]), ".")
        self.assertEqual(ft.column_mark(["1,234", "12,50"]), ",")
        self.assertIsNone(ft.column_mark(["1,234", "160"]))
        self.assertIsNone(ft.column_mark(["1,234.50", "1.234,50"]))
        self.assertEqual(ft.column_mark(["1.234", "5"]), ".")
        self.assertEqual(ft.read_number("1,234", "."), (Decimal(1234), "NUMBER_NORMALIZED"))
        self.assertEqual(ft.read_number("1,234", ","), (Decimal("1.234"), "NUMBER_NORMALIZED"))
        self.assertEqual(ft.read_number("1,234", None), (None, "AMBIGUOUS_NUMBER"))
        self.assertEqual(ft.read_number("1.234", ","), (Decimal(1234), "NUMBER_NORMALIZED"))

    def test_what_is_no_number_becomes_null_and_a_flag(self):
        for text in ("abc", "1e3", "1.2.3", "1,23,456.00", "1,,234", "12%", "7.5h", "٣", "1 2 x", "$", "()",
                     "9" * 31):
            self.assertEqual(ft.read_number(text), (None, "NOT_A_NUMBER"), text)
        for text in ("", "  ", "N/A", "null", "-", "#N/A", "NaN"):
            self.assertIsNone(ft.read_number(text)[0], text)

    def test_names_that_look_like_nothing_are_names(self):
        for text in ("NA", "None", "-", "nil"):
            self.assertEqual(ft.read_text(text), (text, None))
        self.assertEqual(ft.read_text("N/A"), (None, "NULL_WORD"))
        self.assertEqual(ft.read_text(" E1 "), ("E1", "TRIMMED"))
        self.assertEqual(ft.read_text("007"), ("007", None))

    def test_amounts_have_two_decimals_and_rounding_is_said(self):
        self.assertEqual(ft.read_amount("12.345"), (Decimal("12.35"), "NUMBER_ROUNDED"))
        self.assertEqual(ft.read_amount("-12.345"), (Decimal("-12.35"), "NUMBER_ROUNDED"))
        self.assertEqual(ft.read_amount("999999999999.99"), (Decimal("999999999999.99"), None))
        self.assertEqual(ft.read_amount("1000000000000"), (None, "NUMBER_TOO_LARGE"))
        self.assertEqual(ft.read_amount("-99999999999999999999999999.99"), (None, "NUMBER_TOO_LARGE"))
        self.assertEqual(str(ft.read_amount("12.5")[0]), "12.50")
        self.assertEqual(ft.read_amount("12.500"), (Decimal("12.50"), None))

    def test_lexemes(self):
        self.assertEqual([forge_step.scalar(one) for one in (
            forge_step.money("37.5"), forge_step.money("-0.004"), forge_step.at_least_cents("87.1250"),
            forge_step.at_least_cents(100), forge_step.plain("8.00"), forge_step.plain("7.50"),
            forge_step.plain("1000"), forge_step.money("2.675"), forge_step.money("-2.675"))],
            ["37.50", "0.00", "87.125", "100.00", "8", "7.5", "1000", "2.68", "-2.68"])


class Dates(unittest.TestCase):
    def test_iso_days_are_kept_and_other_clear_days_are_rewritten(self):
        self.assertEqual(ft.read_date("2026-02-28"), ("2026-02-28", None))
        for text in ("2026/2/8", "20260208", "2026-2-8", "8 Feb 2026", "Feb 8, 2026", "08-Feb-2026",
                     "February 8th 2026", "2026-02-08T10:30:00Z", "2026-02-08 00:00", "2026.02.08"):
            self.assertEqual(ft.read_date(text), ("2026-02-08", "DATE_NORMALIZED"), text)
        self.assertEqual(ft.read_date("2024-02-29")[0], "2024-02-29")

    def test_day_and_month_are_told_apart_by_the_value_or_the_column_or_not_at_all(self):
        self.assertEqual(ft.read_date("13/01/2026")[0], "2026-01-13")
        self.assertEqual(ft.read_date("01/13/2026")[0], "2026-01-13")
        self.assertEqual(ft.read_date("05/05/2026")[0], "2026-05-05")
        self.assertEqual(ft.read_date("05/01/2026"), (None, "AMBIGUOUS_DATE"))
        self.assertEqual(ft.day_order(["05/01/2026", "13/01/2026"]), "dmy")
        self.assertEqual(ft.day_order(["05/01/2026", "01/13/2026"]), "mdy")
        self.assertIsNone(ft.day_order(["13/01/2026", "01/13/2026"]))
        self.assertIsNone(ft.day_order(["05/01/2026"]))
        self.assertEqual(ft.read_date("05/01/2026", "mdy")[0], "2026-05-01")
        self.assertEqual(ft.read_date("05/01/2026", "dmy")[0], "2026-01-05")

    def test_days_that_do_not_exist_become_null_and_a_flag(self):
        for text in ("2026-02-30", "2025-02-29", "1900-02-29", "2026-13-01", "31/04/2026", "45000", "5 Foo 2026",
                     "tomorrow", "00/00/2026", "5/1/26"):
            self.assertEqual(ft.read_date(text), (None, "NOT_A_DATE"), text)


GOOD = "max_correction = 100\napproval_threshold = 25\nlocked_statuses = [\"paid_locked\"]\n"
POLICIES = (
    (GOOD, "100.00", "25.00", ["paid_locked"]),
    ('- `max_correction = 100`: If a single correction exceeds $100, do NOT submit it. Record it as rejected.\n'
     '- `approval_threshold = 25`: If correction is between $25 and $100, mark `approval_required = true`.\n'
     '- `locked_statuses = ["paid_locked"]`: If the invoice has status "paid_locked", do NOT submit.',
     "100.00", "25.00", ["paid_locked"]),
    ("# Policy 2026\n| Setting | Value |\n|---|---:|\n| Maximum correction | $1,100.00 |\n"
     "| Approval threshold | $25.50 |\n| Locked statuses | `paid_locked`, `void` |\n",
     "1100.00", "25.50", ["paid_locked", "void"]),
    ("**Maximum correction:** $100.00\n**Approval threshold:** $25\n"
     "**Locked statuses:** paid_locked and closed (see ledger).", "100.00", "25.00",
     ["paid_locked", "closed"]),
    ("# Maximum correction\n$100\n# Approval threshold\n25 USD\n# Locked statuses\n- `paid_locked`\n"
     "- \"closed\" since 2025\n", "100.00", "25.00", ["paid_locked", "closed"]),
    ("Corrections over $100 must not be submitted. Corrections between $25 and $100 need approval by "
     "finance. Invoices with status `paid_locked` are never corrected.", "100.00", "25.00",
     ["paid_locked"]),
    ("Corrections over $25 need approval; corrections over $100 are rejected. Invoices in paid_locked stay "
     "closed.", "100.00", "25.00", ["paid_locked"]),
    ("The maximum correction is set by the board since 2025. The maximum correction per invoice is 100 "
     "dollars.\nApproval required above: $25.00\nLocked invoice statuses: [\"paid_locked\", \"archived\"]",
     "100.00", "25.00", ["paid_locked", "archived"]),
    ("MAX CORRECTION (USD) = 99.99\napproval threshold: 0\nlocked statuses: []", "99.99", "0.00", []),
)
BAD = (
    ("max_correction = 100\nlocked_statuses: paid_locked", "approval_threshold", None),
    ("approval_threshold = 25\nlocked_statuses: paid_locked", "max_correction", None),
    ("max_correction = 100\napproval_threshold = 25\nlocked statuses: see below", "locked_statuses", None),
    ("Nothing here.", "max_correction and approval_threshold and locked_statuses", None),
    ("max_correction = 120\n" + GOOD, "max_correction has two values: line 1 says 120, line 2 says 100", 2),
    ("max_correction = -5\napproval_threshold = 2\nlocked_statuses: x", "negative", 1),
    ("max_correction = 20\napproval_threshold = 25\nlocked_statuses: x", "above max_correction", 2),
    ("Reject anything above $100 and ask approval above $25. Status: locked", "has two values", 1),
)


class Policy(unittest.TestCase):
    def test_settings_are_found_in_many_wordings(self):
        for text, largest, low, locked in POLICIES:
            policy = read_policy(text, "p.md")
            self.assertEqual((str(policy["max_correction"]["value"]), str(policy["approval_threshold"]["value"]),
                              policy["locked_statuses"]["value"]), (largest, low, locked), text)

    def test_lines_are_named(self):
        policy = read_policy("\n" + GOOD, "p.md")
        self.assertEqual([policy[name]["line"] for name in policy], [2, 3, 4])

    def test_a_policy_that_does_not_say_all_is_refused_by_name(self):
        for text, words, row in BAD:
            err = io.StringIO()
            with contextlib.redirect_stderr(err), self.assertRaises(SystemExit) as end:
                read_policy(text, "p.md")
            self.assertEqual(end.exception.code, 65)
            error = json.loads(err.getvalue())["error"]
            self.assertIn(words, error["message"])
            self.assertEqual((error["file"], error["row"]), ("p.md", row), text)


if __name__ == "__main__":
    unittest.main()
