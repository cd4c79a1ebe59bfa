#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the deliverables of an audit of the sample with the answer key.

    ./check.py DIR [--key answer_key.json]

DIR holds output/ and reports/ (file names may carry a suffix: discrepancies_x.json). Prints one JSON
object {"ok", "checks", "differences"}; exit 0 when ok, 1 when not. Money is compared in integer cents,
hours in quarters; nothing passes through a float. The programs of the pack are not used.
"""
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SHOWN_MAX = 50


class Report:
    def __init__(self):
        self.checks = 0
        self.differences = []

    def same(self, what, found, wanted):
        self.checks += 1
        if found != wanted:
            self.differences.append("%s: found %s, wanted %s" % (what, found, wanted))

    def true(self, what, is_true):
        self.checks += 1
        if not is_true:
            self.differences.append(what)


def scaled(lexeme, factor):
    """A JSON number's text times factor, which must come out whole: '37.50', 100 -> 3750."""
    if lexeme is None:
        return None
    match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", str(lexeme))
    if not match:
        return "not a plain number: %s" % lexeme
    fraction = match[3] or ""
    whole, rest = divmod(int(match[2] + fraction) * factor, 10 ** len(fraction))
    return "too precise: %s" % lexeme if rest else (-whole if match[1] else whole)


def cents(lexeme):
    return scaled(lexeme, 100)


def quarters(lexeme):
    return scaled(lexeme, 4)


def find(folder, stem, suffix):
    """The one file whose name is stem, or begins with it."""
    exact = os.path.join(folder, stem + suffix)
    found = [exact] if os.path.exists(exact) else sorted(glob.glob(os.path.join(folder, stem + "*" + suffix)))
    return found[0] if found else None


def load(report, folder, stem):
    path = find(os.path.join(folder, "output"), stem, ".json")
    report.true("output/%s.json is missing" % stem, path is not None)
    if path is None:
        return None
    with open(path, encoding="utf-8") as stream:
        try:
            return json.load(stream, parse_float=str)
        except ValueError as error:
            report.true("%s is not JSON: %s" % (path, error), False)
    return None


def check_profile(report, profile, key):
    rows = {one["filename"].rsplit(".", 1)[0]: one for one in profile}
    for name, count in key["rows"].items():
        report.same("profile of %s: rows" % name, rows.get(name, {}).get("row_count"), count)
    report.true("the policy is not profiled", "finance_policy" in rows)


def check_applicability(report, rows, key):
    report.same("applicability: rows", len(rows), key["rows"]["time_entries"])
    report.same("applicability: entries", len({one["time_entry_id"] for one in rows}),
                key["rows"]["time_entries"])
    counts = {}
    for one in rows:
        counts[one["linkage_status"]] = counts.get(one["linkage_status"], 0) + 1
    report.same("linkage_status", dict(sorted(counts.items())), key["linkage_status"])
    matched = {one["time_entry_id"]: cents(one["matched_hourly_rate"]) for one in rows}
    for one in key["discrepancies"]:
        report.same("matched_hourly_rate of %s" % one["time_entry_id"],
                    matched.get(one["time_entry_id"]), one["matched_hourly_rate_cents"])


def check_discrepancies(report, rows, key):
    report.same("discrepancies: entries", [one["time_entry_id"] for one in rows],
                [one["time_entry_id"] for one in key["discrepancies"]])
    found = {one["time_entry_id"]: one for one in rows}
    fields = (("billed_rate", cents, "billed_rate_cents"), ("rate_delta", cents, "rate_delta_cents"),
              ("matched_hourly_rate", cents, "matched_hourly_rate_cents"),
              ("billed_amount", cents, "billed_amount_cents"),
              ("expected_amount", cents, "expected_amount_cents"),
              ("overcharge_amount", cents, "overcharge_cents"),
              ("amount_delta", cents, "amount_delta_cents"),
              ("hours_logged", quarters, "hours_quarters"),
              ("hours_over_cap", quarters, "over_cap_quarters"))
    for want in key["discrepancies"]:
        name = want["time_entry_id"]
        one = found.get(name)
        if one is None:
            continue
        for field in ("employee_id", "contract_ref", "invoice_id", "work_date"):
            report.same("%s of %s" % (field, name), one.get(field), want[field])
        report.same("types of %s" % name, sorted(one["discrepancy_types"]),
                    sorted(want["discrepancy_types"]))
        for field, read, wanted in fields:
            report.same("%s of %s" % (field, name), read(one.get(field)), want[wanted])


def check_summary(report, summary, key):
    for name, want in key["by_type"].items():
        one = summary["by_type"].get(name, {})
        report.same("%s: count" % name, one.get("count"), want["count"])
        report.same("%s: impact" % name, cents(one.get("total_dollar_impact")), want["impact_cents"])
        report.same("%s: billed" % name, cents(one.get("billed_amount_affected")), want["billed_cents"])
        for field in ("affected_invoices", "affected_employees"):
            report.same("%s: %s" % (name, field), one.get(field), want[field])
    totals, want = summary["grand_totals"], key["grand_totals"]
    for name in ("entries_audited", "discrepancy_entries", "discrepancy_flags",
                 "entries_only_on_locked_invoice"):
        report.same("total: " + name, totals.get(name), want[name])
    report.same("total impact", cents(totals["total_dollar_impact"]), want["impact_cents"])
    report.same("over and under billing add up", cents(totals["overbilled_amount"]) +
                cents(totals["underbilled_amount"]), want["impact_cents"])
    report.same("billed in all", cents(totals["billed_amount_audited"]), want["billed_cents"])
    statuses = {one["invoice_status"]: {"entries": one["entries"],
                                        "billed_cents": cents(one["billed_amount"])}
                for one in summary["by_invoice_status"]}
    report.same("by invoice status", statuses, key["by_invoice_status"])
    groups = [{"contract_id": one["contract_id"], "employee_id": one["employee_id"],
               "month": one["month"], "over_cap_quarters": quarters(one["hours_over"])}
              for one in summary["cap_groups"]]
    report.same("months above the cap", groups, key["cap_groups"])


def check_corrections(report, candidates, result, key):
    wanted = {(one["invoice_id"], one["reason_code"]): one for one in key["corrections"]}
    found = {(one["invoice_id"], one["reason_code"]): one for one in candidates}
    report.same("one candidate for each invoice and reason", len(found), len(candidates))
    report.same("candidates", sorted(found), sorted(wanted))
    ended = {}
    for name in ("accepted", "rejected", "approval_required"):
        for one in result[name]:
            pair = one["invoice_id"], one["reason_code"]
            report.true("%s %s ended twice" % pair, pair not in ended)
            ended[pair] = name, one
    ids = [one.get("correction_id") for _, one in ended.values() if one.get("correction_id")]
    report.same("correction ids are unique", len(set(ids)), len(ids))
    for pair, want in wanted.items():
        name = "%s %s" % pair
        one = found.get(pair, {})
        report.same("%s: amount" % name, cents(one.get("correction_amount")), want["amount_cents"])
        report.same("%s: evidence" % name, one.get("evidence_refs"), want["evidence_refs"])
        outcome, last = ended.get(pair, (None, {}))
        report.same("%s: outcome" % name, outcome, want["outcome"])
        report.same("%s: reason" % name, last.get("rejection_reason"), want["reason"])
        report.same("%s: amount submitted" % name, cents(last.get("correction_amount")),
                    want["amount_cents"])
        report.same("%s: has an id" % name, last.get("correction_id") is not None,
                    want["outcome"] != "rejected")
        direction = "credit_customer" if want["amount_cents"] > 0 else "charge_customer"
        report.same("%s: direction" % name, last.get("direction"), direction)


def dollars(value):
    sign = "-" if value < 0 else ""
    return "%s$%s.%02d" % (sign, format(abs(value) // 100, ",d"), abs(value) % 100)


def totals_of(key):
    """The sums that must be readable in the report."""
    totals = key["grand_totals"]
    sums = {dollars(totals["impact_cents"]), dollars(totals["billed_cents"])}
    sums |= {dollars(one["impact_cents"]) for one in key["by_type"].values()}
    sums |= {dollars(one["amount_cents"]) for one in key["corrections"]}
    return sorted(sums)


def detail_heads(text):
    """The heads of the widest table of the page."""
    tables = re.findall(r"<thead>(.*?)</thead>", text, re.S)
    heads = [[html.unescape(re.sub("<[^>]*>|\u00ad", "", head)) for head in
              re.findall(r"<th\b[^>]*>(.*?)</th>", one, re.S)] for one in tables]
    return max(heads, key=len, default=[])


def check_html(report, text, key):
    for name in ("http://", "https://", "<script", "javascript:", "<iframe", "<link", "@import"):
        report.true("the report holds %s" % name, name not in text.lower())
    plain = html.unescape(re.sub("<[^>]*>", " ", text))
    for one in totals_of(key):
        report.true("the HTML report does not say %s" % one, one in plain)
    for name in key["by_type"]:
        report.true("the HTML report does not name %s" % name, name in plain)
    entries = set(re.findall(r"TE-[0-9]{4}", plain))
    for one in key["discrepancies"]:
        report.true("the HTML report does not list %s" % one["time_entry_id"],
                    one["time_entry_id"] in entries)


def check_pdf(report, path, heads, key):
    with open(path, "rb") as stream:
        data = stream.read()
    report.true("the PDF does not begin with %PDF-", data.startswith(b"%PDF-"))
    report.true("the PDF is cut off", b"%%EOF" in data[-1024:])
    if shutil.which("pdftotext") is None:
        return
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True)
    report.same("pdftotext can read the PDF", done.returncode, 0)
    text = done.stdout
    words = set(text.split())
    for head in heads:
        for word in head.split():
            report.true("column `%s` is not in the PDF" % head, word in words)
    for one in totals_of(key):
        report.true("the PDF does not say %s" % one, one in text)
    for one in key["discrepancies"]:
        # The money columns are the ones that a PDF loses: look at the line of the entry.
        line = next((line for line in text.splitlines()
                     if re.search(r"\b%s\b" % one["time_entry_id"], line)
                     and one["work_date"] in line), "")
        report.true("the PDF does not list %s" % one["time_entry_id"], bool(line))
        for field in ("billed_amount_cents", "expected_amount_cents", "amount_delta_cents"):
            wanted = dollars(one[field]).replace("$", "")
            report.true("the PDF's line of %s does not say %s" % (one["time_entry_id"], wanted),
                        wanted in line.split())


def check(folder, key):
    report = Report()
    documents = {name: load(report, folder, name) for name in (
        "schema_profile", "contract_applicability", "discrepancies", "exception_summary",
        "correction_candidates", "correction_submission_result")}
    if not report.differences:
        check_profile(report, documents["schema_profile"], key)
        check_applicability(report, documents["contract_applicability"], key)
        check_discrepancies(report, documents["discrepancies"], key)
        check_summary(report, documents["exception_summary"], key)
        check_corrections(report, documents["correction_candidates"],
                          documents["correction_submission_result"], key)
    page = find(os.path.join(folder, "reports"), "billing_audit_report", ".html")
    report.true("the HTML report is missing", page is not None)
    heads = []
    if page is not None:
        with open(page, encoding="utf-8") as stream:
            text = stream.read()
        heads = detail_heads(text)
        report.true("the detail table has too few columns", len(heads) >= 15)
        check_html(report, text, key)
    pdf = find(os.path.join(folder, "reports"), "billing_audit_report", ".pdf")
    report.true("the PDF is missing", pdf is not None)
    if pdf is not None:
        check_pdf(report, pdf, heads, key)
    return report


def main(argv):
    if len(argv) not in (2, 4):
        sys.stderr.write("usage: check.py DIR [--key answer_key.json]\n")
        return 2
    path = argv[3] if len(argv) == 4 else os.path.join(HERE, "answer_key.json")
    with open(path, encoding="utf-8") as stream:
        key = json.load(stream)
    try:
        report = check(argv[1], key)
    except (KeyError, TypeError, AttributeError) as error:
        report = Report()
        report.true("a deliverable has an unexpected shape: %s %s" % (type(error).__name__, error), False)
    ok = not report.differences
    print(json.dumps({"ok": ok, "checks": report.checks, "differences": report.differences[:SHOWN_MAX]}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
