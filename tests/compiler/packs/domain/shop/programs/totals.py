# SPDX-License-Identifier: Apache-2.0
"""Amounts added up per customer."""
import decimal
import json

step = json.load(open("/workspace/meta/step.json", encoding="utf-8"))
totals = {}
for row in json.load(open(step["inputs"]["named"]["path"], encoding="utf-8")):
    totals[row["customer_id"]] = totals.get(row["customer_id"], 0) + decimal.Decimal(row["amount"])
out = [{"customer_id": k, "total": str(v)} for k, v in sorted(totals.items())]
with open(step["outputs"]["totals"]["path"], "w", encoding="utf-8") as f:
    json.dump(out, f)
