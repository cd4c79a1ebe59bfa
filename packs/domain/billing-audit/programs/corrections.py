# SPDX-License-Identifier: Apache-2.0
"""Step 6: one correction for each invoice and reason, checked against the finance policy.

correction_amount keeps its sign: positive is owed to the customer, negative was billed too little.
The policy's limits are compared with the amount without its sign.
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
from forge_step import Step, ZERO, money  # noqa: E402


def direction_of(amount):
    if amount == 0:
        return "none"
    return "credit_customer" if amount > 0 else "charge_customer"


def reasons_against(amount, status, policy):
    """Why a correction may not be submitted, in the order of the policy; empty: it may."""
    reasons = []
    if abs(amount) > billing.limit(policy, "max_correction"):
        reasons.append("exceeds_max_correction")
    if billing.is_locked(status, policy):
        reasons.append("invoice_locked")
    if status is None:
        reasons.append("invoice_status_unknown")
    return reasons


def needs_approval(amount, policy):
    low, high = (billing.limit(policy, name) for name in ("approval_threshold", "max_correction"))
    return low < abs(amount) <= high


def candidate(number, invoice_id, reason, rows, policy):
    field = billing.PRICED[reason]
    amounts = [row[field] for row in rows]
    amount = money(sum(amounts, ZERO))
    status = rows[0]["invoice_status"]
    reasons = reasons_against(amount, status, policy)
    return {
        "candidate_id": "CAND-%04d" % number, "invoice_id": invoice_id, "invoice_status": status,
        "reason_code": reason, "correction_amount": amount, "absolute_amount": abs(amount),
        "direction": direction_of(amount),
        "sum_of_overbilled": money(sum((one for one in amounts if one > 0), ZERO)),
        "sum_of_underbilled": money(sum((one for one in amounts if one < 0), ZERO)),
        "entry_count": len(rows),
        "evidence_refs": [row["time_entry_id"] for row in rows],
        "evidence_rows": [row["source_row"] for row in rows],
        "approval_required": needs_approval(amount, policy),
        "pre_rejected": bool(reasons),
        "rejection_reason": reasons[0] if reasons else None,
        "rejection_reasons": reasons,
    }


def main():
    step = Step()
    rows = step.inputs["discrepancies"].json()
    policy = step.inputs["policy"].json()
    groups = {}
    for row in rows:
        for reason in billing.PRICED:
            if reason in row["discrepancy_types"] and row[billing.PRICED[reason]] is not None:
                groups.setdefault((row["invoice_id"], reason), []).append(row)
    order = sorted(groups, key=lambda key: (key[0] is None, key[0] or "",
                                            billing.TYPES.index(key[1])))
    step.write_rows("correction_candidates", [
        candidate(index + 1, key[0], key[1], groups[key], policy)
        for index, key in enumerate(order)])


if __name__ == "__main__":
    main()
