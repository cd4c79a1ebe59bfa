# SPDX-License-Identifier: Apache-2.0
"""Step 7: submit the corrections to a finance system that is simulated here, in this file.

Nothing leaves the machine. Every candidate ends in exactly one of three lists: accepted (no approval
needed), approval_required (accepted, a person must approve), rejected (by the policy before it was
submitted, or by the simulated system).
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
from forge_step import Step, ZERO, money  # noqa: E402
from decimal import Decimal  # noqa: E402


class MockFinance:
    """POST /mock/finance/corrections, as a function."""

    def __init__(self, policy, status_of):
        self.policy = policy
        self.status_of = status_of
        self.sequence = 0

    def post_correction(self, invoice_id, correction_amount, reason_code, evidence_refs):
        size = abs(correction_amount)
        if size > billing.limit(self.policy, "max_correction"):
            return {"accepted": False, "rejection_reason": "exceeds_max_correction"}
        if billing.is_locked(self.status_of.get(invoice_id), self.policy):
            return {"accepted": False, "rejection_reason": "invoice_locked"}
        self.sequence += 1
        return {"accepted": True,
                "approval_required": size > billing.limit(self.policy, "approval_threshold"),
                "correction_id": "CORR-%04d" % self.sequence}


def outcome(candidate, answer, stage):
    return {
        "candidate_id": candidate["candidate_id"], "correction_id": answer.get("correction_id"),
        "invoice_id": candidate["invoice_id"], "invoice_status": candidate["invoice_status"],
        "correction_amount": candidate["correction_amount"],
        "absolute_amount": candidate["absolute_amount"], "direction": candidate["direction"],
        "reason_code": candidate["reason_code"], "evidence_refs": candidate["evidence_refs"],
        "accepted": answer["accepted"], "approval_required": answer.get("approval_required", False),
        "rejection_reason": answer.get("rejection_reason"), "stage": stage,
    }


def main():
    step = Step()
    candidates = step.inputs["correction_candidates"].json()
    invoices = step.inputs["invoices"].json()
    status_of = {}
    for row in invoices:
        status_of.setdefault(row["invoice_id"], row["invoice_status"])
    finance = MockFinance(step.inputs["policy"].json(), status_of)
    lists = {"accepted": [], "rejected": [], "approval_required": []}
    submitted = 0
    for one in candidates:
        if one["pre_rejected"]:
            answer = {"accepted": False, "rejection_reason": one["rejection_reason"]}
            lists["rejected"].append(outcome(one, answer, "before_submission"))
            continue
        submitted += 1
        answer = finance.post_correction(one["invoice_id"], one["correction_amount"],
                                         one["reason_code"], one["evidence_refs"])
        name = ("rejected" if not answer["accepted"] else
                "approval_required" if answer["approval_required"] else "accepted")
        lists[name].append(outcome(one, answer, "submission"))
    summary = {"candidates": len(candidates), "submitted": submitted}
    for name, rows in lists.items():
        summary[name] = len(rows)
        summary[name + "_amount"] = money(sum((r["correction_amount"] for r in rows), ZERO))
    won = len(lists["accepted"]) + len(lists["approval_required"])
    summary["success_rate_percent"] = money(Decimal(won * 100) / len(candidates)) if (
        candidates) else None
    step.write_object("submission_result", {**lists, "summary": summary})


if __name__ == "__main__":
    main()
