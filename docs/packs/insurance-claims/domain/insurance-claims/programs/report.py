# SPDX-License-Identifier: Apache-2.0
"""The positions as a page to read: totals, then every claim with a finding."""
import json
import os
from decimal import Decimal

STEP = json.load(open("/workspace/meta/step.json", encoding="utf-8"))
SAYS = {"no_policy": "names a policy that is not there", "outside_cover": "loss outside the cover of its policy",
        "closed_with_reserve": "closed, and money is still set aside", "open_without_reserve": "open, and nothing is set aside",
        "above_sum_insured": "incurred above the sum insured"}

rows = json.load(open(STEP["inputs"]["positions"]["path"], encoding="utf-8"))
wrong = [r for r in rows if r["finding"] != "none"]
lines = ["# Reserves against claims", "", f"{len(rows)} claims, {len(wrong)} with a finding.", "",
         "| | EUR |", "| --- | ---: |"]
for name in ("paid", "outstanding", "incurred"):
    lines.append(f"| {name} | {sum((Decimal(r[name]) for r in rows), Decimal('0')):.2f} |")
lines += ["", "## Findings", "", "| claim | policy | paid | outstanding | what is wrong |", "| --- | --- | ---: | ---: | --- |"]
lines += [f"| {r['claim_no']} | {r['policy_no']} | {r['paid']} | {r['outstanding']} | {SAYS[r['finding']]} |" for r in wrong]
path = STEP["outputs"]["report"]["path"]
os.makedirs(os.path.dirname(path), exist_ok=True)
with open(path, "w", encoding="utf-8") as f:
    f.write("\n".join(lines) + "\n")
