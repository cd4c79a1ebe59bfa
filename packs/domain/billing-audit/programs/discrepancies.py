# SPDX-License-Identifier: Apache-2.0
"""Step 4: rate, amount and monthly cap of every entry; only entries with a finding come out.

Amounts keep their sign: what was billed too much is positive, what was billed too little negative.
rate_delta, amount_delta and hours_over_cap are 0 where the check passed and null where it could not
be made (no expected rate, an empty cell, no cap).
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
from forge_step import Step, ZERO, at_least_cents, money, plain  # noqa: E402


def cap_group(row):
    """(contract, employee, month) of an entry that counts towards a cap; None if it cannot."""
    if row["resolved_contract_id"] is None or row["work_date"] is None:
        return None
    return row["resolved_contract_id"], row["employee_id"], row["work_date"][:7]


def hours_by_group(rows):
    hours = {}
    for row in rows:
        group = cap_group(row)
        if group is not None and row["hours_logged"] is not None:
            hours[group] = hours.get(group, 0) + row["hours_logged"]
    return hours


def check(row, total_hours, policy):
    """The finding of one entry, or None. total_hours: of its cap group, None if it has none."""
    hours, rate, billed = row["hours_logged"], row["billed_rate"], row["billed_amount"]
    rate_delta = overcharge = expected_amount = amount_delta = over = None
    if row["expected_hourly_rate"] is not None:
        rate_delta = rate - row["expected_hourly_rate"]
        overcharge = money(rate_delta * hours) if hours is not None else None
    if hours is not None and rate is not None:
        expected_amount = money(hours * rate)
        amount_delta = None if billed is None else billed - expected_amount
    if total_hours is not None and row["monthly_hours_cap"] is not None:
        over = max(plain(total_hours - row["monthly_hours_cap"]), 0)
    applies = {
        "RATE_OVERCHARGE": rate_delta is not None and rate_delta > 0,
        "RATE_UNDERCHARGE": rate_delta is not None and rate_delta < 0,
        "AMOUNT_MISMATCH": bool(amount_delta),
        "EXPIRED_CONTRACT": row["is_expired"],
        "CAP_OVERRUN": bool(over),
        "LOCKED_INVOICE": billing.is_locked(row["invoice_status"], policy),
        "UNMATCHED_ENTRY": row["linkage_status"] in ("unmatched_contract", "unmatched_rate"),
        "RATE_NOT_IN_CARD": row["matched_hourly_rate"] is None and rate_delta is None,
    }
    types = [name for name in billing.TYPES if applies[name]]
    if not types:
        return None
    return {
        "source_row": row["source_row"], "time_entry_id": row["time_entry_id"],
        "employee_id": row["employee_id"], "contract_ref": row["contract_ref"],
        "invoice_id": row["invoice_id"], "invoice_status": row["invoice_status"],
        "work_date": row["work_date"], "hours_logged": row["hours_logged"],
        "billed_rate": None if rate is None else at_least_cents(rate),
        "matched_hourly_rate": row["matched_hourly_rate"],
        "expected_hourly_rate": row["expected_hourly_rate"],
        "billed_amount": row["billed_amount"], "expected_amount": expected_amount,
        "discrepancy_types": types,
        "rate_delta": None if rate_delta is None else at_least_cents(rate_delta),
        "overcharge_amount": overcharge,
        "amount_delta": None if amount_delta is None else money(amount_delta),
        "hours_over_cap": over,
        "dollar_impact": money((overcharge or ZERO) + (amount_delta or ZERO)),
        "linkage_status": row["linkage_status"],
    }


def main():
    step = Step()
    rows = step.inputs["applicability"].json()
    policy = step.inputs["policy"].json()
    hours = hours_by_group(rows)
    findings = (check(row, hours.get(cap_group(row)), policy) for row in rows)
    step.write_rows("discrepancies", [one for one in findings if one is not None])


if __name__ == "__main__":
    main()
