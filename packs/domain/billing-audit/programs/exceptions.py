# SPDX-License-Identifier: Apache-2.0
"""Step 5: the findings by type, by status of invoice and by monthly cap, and totals that add up.

total_dollar_impact counts money billed too much (+) or too little (-), from wrong rates and wrong
amounts. The other types name no sum of their own, so their impact is 0.00 and billed_amount_affected
says how much billed money they touch; an entry with several types is in several of those sums and
once in the grand total.
"""
import os
import sys
from decimal import Decimal

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
from forge_step import Step, ZERO, money, plain  # noqa: E402

# A finding that covers more than this share of all entries says more about the data or the rule.
PLAUSIBLE_SHARE = 60


def total(rows, field):
    return money(sum((row[field] for row in rows if row[field] is not None), ZERO))


def distinct(rows, field):
    return sorted({row[field] for row in rows if row[field] is not None})


def percent(part, whole):
    return money(Decimal(part * 100) / whole) if whole else ZERO


def by_type(name, rows, entries):
    mine = [row for row in rows if name in row["discrepancy_types"]]
    field = billing.PRICED.get(name)
    return {"count": len(mine), "total_dollar_impact": total(mine, field) if field else ZERO,
            "billed_amount_affected": total(mine, "billed_amount"),
            "percent_of_entries": percent(len(mine), entries),
            "affected_invoices": distinct(mine, "invoice_id"),
            "affected_employees": distinct(mine, "employee_id")}


def by_status(entries, rows):
    """One line for each status of invoice; null: the entry's invoice is not in the file."""
    lines = []
    statuses = {row["invoice_status"] for row in entries}
    for status in sorted(statuses, key=lambda one: (one is None, one or "")):
        mine = [row for row in rows if row["invoice_status"] == status]
        lines.append({
            "invoice_status": status,
            "entries": sum(1 for row in entries if row["invoice_status"] == status),
            "discrepancies": len(mine), "total_dollar_impact": total(mine, "dollar_impact"),
            "billed_amount": total([r for r in entries if r["invoice_status"] == status],
                                   "billed_amount")})
    return lines


def cap_groups(entries, rows):
    """The months in which somebody exceeded the cap of a contract.

    Where several contract rows give a month several caps, the line shows the lowest one."""
    caps = {row["source_row"]: row["monthly_hours_cap"] for row in entries}
    over, hours = {}, {}
    for row in rows:
        key = row["contract_ref"], row["employee_id"], (row["work_date"] or "")[:7]
        if "CAP_OVERRUN" in row["discrepancy_types"] and (
                key not in over or row["hours_over_cap"] > over[key]["hours_over_cap"]):
            over[key] = row
    for row in entries:
        key = row["contract_ref"], row["employee_id"], (row["work_date"] or "")[:7]
        if key in over and row["resolved_contract_id"] is not None:
            count, total_hours = hours.get(key, (0, 0))
            hours[key] = count + 1, total_hours + (row["hours_logged"] or 0)
    return [{"contract_id": key[0], "employee_id": key[1], "month": key[2], "entries": hours[key][0],
             "total_hours": plain(hours[key][1]), "monthly_hours_cap": caps[over[key]["source_row"]],
             "hours_over": over[key]["hours_over_cap"]} for key in sorted(over)]


def plausibility(types, entries):
    """Sentences for the top of a report: a result that is hard to believe says so itself."""
    notes = []
    for name, one in types.items():
        if entries and one["count"] * 100 > PLAUSIBLE_SHARE * entries:
            notes.append("%s applies to %d of %d entries (%s%%): check the data before acting "
                         "on it." % (name, one["count"], entries, one["percent_of_entries"]))
    return notes


def main():
    step = Step()
    entries = step.inputs["applicability"].json()
    rows = step.inputs["discrepancies"].json()
    types = {name: by_type(name, rows, len(entries)) for name in billing.TYPES}
    flags = sum(one["count"] for one in types.values())
    for one in types.values():
        one["percent_of_flags"] = percent(one["count"], flags)
    errors = [row for row in rows if row["discrepancy_types"] != ["LOCKED_INVOICE"]]
    positive = [row for row in rows if row["dollar_impact"] > 0]
    negative = [row for row in rows if row["dollar_impact"] < 0]
    statuses = by_status(entries, rows)
    summary = {
        "grand_totals": {
            "entries_audited": len(entries),
            "discrepancy_entries": len(rows),
            "entries_with_errors": len(errors),
            "entries_only_on_locked_invoice": len(rows) - len(errors),
            "clean_entries": len(entries) - len(rows),
            "discrepancy_flags": flags,
            "total_dollar_impact": total(rows, "dollar_impact"),
            "overbilled_amount": total(positive, "dollar_impact"),
            "underbilled_amount": total(negative, "dollar_impact"),
            "billed_amount_audited": total(entries, "billed_amount"),
            "billed_amount_affected": total(rows, "billed_amount"),
            "entries_not_fully_checked": sum(1 for row in entries if {
                "AMOUNT_UNKNOWN", "EXPIRY_UNKNOWN"} & set(row["notes"]) or
                row["work_date"] is None or row["contract_ref"] is None),
        },
        "by_type": types,
        "by_invoice_status": statuses,
        "cap_groups": cap_groups(entries, rows),
        "plausibility": plausibility(types, len(entries)),
    }
    totals = summary["grand_totals"]
    parts = sum((one["total_dollar_impact"] for one in types.values()), ZERO)
    assert parts == totals["total_dollar_impact"], (parts, totals["total_dollar_impact"])
    assert sum(one["entries"] for one in statuses) == len(entries)
    step.write_object("exception_summary", summary)


if __name__ == "__main__":
    main()
