# SPDX-License-Identifier: Apache-2.0
"""One row for each claim: what was paid, what is set aside, and the first thing that is wrong with it."""
import csv
import json
import os
import sys
from decimal import Decimal, InvalidOperation

STEP = json.load(open("/workspace/meta/step.json", encoding="utf-8"))


def refuse(message, file, row=None, column=None):
    """What a program says when it must not go on: one line, and exit code 65."""
    print(json.dumps({"error": {"message": message, "file": file, "row": row, "column": column}}), file=sys.stderr)
    sys.exit(65)


def read(name):
    """The rows of an input, each with its row number in the file (the header is row 1)."""
    with open(STEP["inputs"][name]["path"], encoding="utf-8-sig", newline="") as f:
        return list(enumerate(csv.DictReader(f), 2))


def amount(name, row, cells, column):
    try:
        return Decimal(cells[column])
    except InvalidOperation:
        refuse(f"'{cells[column]}' is no amount", STEP["inputs"][name]["source_path"], row, column)


def finding(claim, policy, outstanding, incurred):
    if policy is None:
        return "no_policy"
    if not policy["valid_from"] <= claim["loss_date"] <= policy["valid_to"]:
        return "outside_cover"
    if claim["status"] == "closed" and outstanding:
        return "closed_with_reserve"
    if claim["status"] != "closed" and not outstanding:
        return "open_without_reserve"
    if incurred > policy["sum_insured"]:
        return "above_sum_insured"
    return "none"


policies = {c["policy_no"]: {**c, "sum_insured": amount("policies", row, c, "sum_insured")} for row, c in read("policies")}
paid, reserved = {}, {}
for row, c in read("payments"):
    paid[c["claim_no"]] = paid.get(c["claim_no"], Decimal("0")) + amount("payments", row, c, "amount")
for row, c in read("reserves"):
    reserved[c["claim_no"]] = amount("reserves", row, c, "outstanding")
out = []
for _, claim in read("claims"):
    p, o = paid.get(claim["claim_no"], Decimal("0")), reserved.get(claim["claim_no"], Decimal("0"))
    out.append({"claim_no": claim["claim_no"], "policy_no": claim["policy_no"], "paid": f"{p:.2f}", "outstanding": f"{o:.2f}",
                "incurred": f"{p + o:.2f}", "finding": finding(claim, policies.get(claim["policy_no"]), o, p + o)})
path = STEP["outputs"]["positions"]["path"]
os.makedirs(os.path.dirname(path), exist_ok=True)
with open(path, "w", encoding="utf-8") as f:
    json.dump(out, f, indent=1)
