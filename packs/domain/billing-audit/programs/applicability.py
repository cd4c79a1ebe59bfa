# SPDX-License-Identifier: Apache-2.0
"""Step 3: for every time entry its contract, its rate and its invoice. One row in, one row out.

Join 1: contract on contract_ref AND employee_id. Join 2: a rate row of contract_ref whose hourly_rate
equals billed_rate; when there is none, the expected rate is the one of that contract's rates that the
employee's other entries under the contract use most, if one is used more than any other.
Join 3: invoice on invoice_id. Validity windows of rates take no part.
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step, at_least_cents, plain  # noqa: E402

CARRIED = ("source_row", "time_entry_id", "employee_id", "contract_ref", "invoice_id", "work_date",
           "hours_logged", "billed_rate", "billed_amount", "project_code")


def index_by(rows, *names):
    """key -> rows with that key, in file order; rows with an empty part of the key match nothing."""
    found = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        if None not in key:
            found.setdefault(key, []).append(row)
    return found


def choose_contract(contracts, day):
    """Of several rows for the same contract and employee: the one valid on that day, else the one
    that ends last (no end is the last of all), else the first in the file."""
    if len(contracts) == 1:
        return contracts[0]
    for contract in contracts:
        start, end = contract.get("effective_date") or "", contract["expiration_date"] or "9999"
        if day is not None and start <= day <= end:
            return contract
    return max(contracts, key=lambda one: (one["expiration_date"] or "9999", -one["source_row"]))


def usual_rates(entries, card):
    """(contract_ref, employee_id) -> the one rate of the card used most, or None on a tie."""
    counts = {}
    for entry in entries:
        rate, contract = entry["billed_rate"], entry["contract_ref"]
        if rate is not None and rate in card.get(contract, ()):
            used = counts.setdefault((contract, entry["employee_id"]), {})
            used[rate] = used.get(rate, 0) + 1
    usual = {}
    for key, used in counts.items():
        most = max(used.values())
        rates = [rate for rate, n in used.items() if n == most]
        usual[key] = rates[0] if len(rates) == 1 else None
    return usual


def resolve(entry, contract, card, usual, invoice):
    day, rate = entry["work_date"], entry["billed_rate"]
    roles = card.get(entry["contract_ref"], {}).get(rate) if rate is not None else None
    expected, basis = None, None
    if roles is not None:
        expected, basis = rate, "rate_card"
    elif rate is not None:
        expected = usual.get((entry["contract_ref"], entry["employee_id"]))
        basis = None if expected is None else "usual_rate_of_employee"
    end = contract["expiration_date"] if contract else None
    is_expired = day > end if day is not None and end is not None else False
    if contract is None:
        status = "unmatched_contract"
    elif roles is None:
        status = "unmatched_rate"
    else:
        status = "expired" if is_expired else "matched"
    row = {name: entry.get(name) for name in CARRIED}
    row.update({
        "resolved_contract_id": contract["contract_id"] if contract else None,
        "contract_status": contract["contract_status"] if contract else None,
        "expiration_date": end,
        "monthly_hours_cap": contract["monthly_hours_cap"] if contract else None,
        "matched_hourly_rate": at_least_cents(rate) if roles is not None else None,
        "matched_role_codes": sorted(set(roles or ())),
        "expected_hourly_rate": None if expected is None else at_least_cents(expected),
        "rate_basis": basis,
        "is_expired": is_expired,
        "linkage_status": status,
        "invoice_status": invoice["invoice_status"] if invoice else None,
    })
    return row


def notes_of(entry, contracts, end, invoice, seen):
    """Codes of what a reader of this row should know."""
    notes = []
    if len(contracts) > 1:
        notes.append("SEVERAL_CONTRACT_ROWS")
    if invoice is None:
        notes.append("INVOICE_NOT_FOUND")
    if entry["time_entry_id"] in seen:
        notes.append("DUPLICATE_TIME_ENTRY_ID")
    if contracts and entry["work_date"] is None and end is not None:
        notes.append("EXPIRY_UNKNOWN")
    if entry["hours_logged"] is None or entry["billed_rate"] is None or (
            entry["billed_amount"] is None):
        notes.append("AMOUNT_UNKNOWN")
    return notes


def main():
    step = Step()
    entries, contracts, rates, invoices = (
        step.inputs[name].json() for name in ("time_entries", "contracts", "rates", "invoices"))
    for row in contracts:
        if row["monthly_hours_cap"] is not None:
            row["monthly_hours_cap"] = plain(row["monthly_hours_cap"])
    by_contract = index_by(contracts, "contract_id", "employee_id")
    by_invoice = index_by(invoices, "invoice_id")
    card = {}
    for row in rates:
        if row["contract_id"] is not None and row["hourly_rate"] is not None:
            roles = card.setdefault(row["contract_id"], {}).setdefault(row["hourly_rate"], [])
            if row["role_code"] is not None:
                roles.append(row["role_code"])
    usual = usual_rates(entries, card)
    rows, seen = [], set()
    for entry in entries:
        found = by_contract.get((entry["contract_ref"], entry["employee_id"]), [])
        contract = choose_contract(found, entry["work_date"]) if found else None
        invoice = by_invoice.get((entry["invoice_id"],), [None])[0]
        row = resolve(entry, contract, card, usual, invoice)
        row["notes"] = notes_of(entry, found, row["expiration_date"], invoice, seen)
        if entry["time_entry_id"] is not None:
            seen.add(entry["time_entry_id"])
        rows.append(row)
    step.write_rows("applicability", rows)


if __name__ == "__main__":
    main()
