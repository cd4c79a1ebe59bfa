#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the sample of the billing audit: four CSV files, and the answers that an audit must find.

The answers are kept by this program while it plants the errors (integer cents, quarter hours); it
neither imports nor repeats the pack's programs. The same bytes come out on every machine.
    ./generate.py            write attachments/*.csv and answer_key.json beside this file
    ./generate.py --check    compare them with what is checked in; exit 1 when they differ
"""
import csv
import io
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ENTRIES = 753
# (contract, customer, employee, status, type, from, to, cap in hours)
CONTRACTS = (
    ("CTR-101", "CUS-10", "EMP-01", "active", "time_and_materials", "2025-07-01", "2026-12-31", 165),
    ("CTR-101", "CUS-10", "EMP-02", "active", "time_and_materials", "2025-07-01", "2026-12-31", 120),
    ("CTR-102", "CUS-20", "EMP-02", "active", "time_and_materials", "2025-10-01", "2026-09-30", 50),
    ("CTR-102", "CUS-20", "EMP-03", "active", "time_and_materials", "2025-10-01", "2026-09-30", 170),
    ("CTR-102", "CUS-20", "EMP-04", "active", "capped", "2025-10-01", "2026-09-30", 150),
    ("CTR-103", "CUS-30", "EMP-05", "expired", "time_and_materials", "2025-02-14", "2026-02-13", 170),
    ("CTR-104", "CUS-30", "EMP-06", "active", "capped", "2025-09-01", "2026-08-31", 160),
)
# (contract, role, cents an hour, from, to)
RATES = (
    ("CTR-101", "CONSULTANT", 12500, "2025-07-01", "2026-12-31"),
    ("CTR-101", "SENIOR", 16500, "2025-07-01", "2026-12-31"),
    ("CTR-102", "CONSULTANT", 11850, "2025-10-01", "2026-09-30"),
    ("CTR-102", "ARCHITECT", 19500, "2025-10-01", "2026-09-30"),
    ("CTR-103", "ANALYST", 9675, "2025-02-14", "2026-02-13"),
    ("CTR-104", "ENGINEER", 13200, "2025-09-01", "2026-08-31"),
    ("CTR-104", "PRINCIPAL", 21000, "2025-09-01", "2026-08-31"),
)
INVOICES = (
    ("INV-1001", "paid_locked", "CUS-10", "2025-10-01", "2025-12-31"),
    ("INV-1002", "paid", "CUS-20", "2025-10-01", "2025-12-31"),
    ("INV-1003", "paid", "CUS-30", "2025-10-01", "2025-12-31"),
    ("INV-1004", "open", "CUS-10", "2026-01-01", "2026-03-31"),
    ("INV-1005", "sent", "CUS-20", "2026-01-01", "2026-03-31"),
    ("INV-1006", "open", "CUS-30", "2026-01-01", "2026-03-31"),
)
LOCKED = "INV-1001"
# The usual rate of each pair, and the other rate it sometimes works at. EMP-02 under CTR-102 works at
# both equally often, so that no rate is usual there.
HOME = {("CTR-101", "EMP-01"): (16500, 12500), ("CTR-101", "EMP-02"): (12500, 16500),
        ("CTR-102", "EMP-02"): (11850, 19500), ("CTR-102", "EMP-03"): (11850, 19500),
        ("CTR-102", "EMP-04"): (19500, 11850), ("CTR-103", "EMP-05"): (9675, None),
        ("CTR-104", "EMP-06"): (13200, 21000)}
TIED = ("CTR-102", "EMP-02")
PROJECTS = {"CTR-101": ("PRJ-ATLAS", "PRJ-BEACON"), "CTR-102": ("PRJ-CEDAR", "PRJ-DELTA"),
            "CTR-103": ("PRJ-EMBER",), "CTR-104": ("PRJ-FJORD", "PRJ-GLACIER")}
# Rate errors: (invoice, contract, employee, cents an hour off, quarter hours).
RATE_ERRORS = (
    ("INV-1001", "CTR-101", "EMP-01", 500, 16), ("INV-1001", "CTR-101", "EMP-02", 750, 32),
    ("INV-1001", "CTR-101", "EMP-01", -1000, 28), ("INV-1001", "CTR-101", "EMP-02", -1500, 24),
    ("INV-1002", "CTR-102", "EMP-03", 350, 32), ("INV-1002", "CTR-102", "EMP-03", 600, 28),
    ("INV-1002", "CTR-102", "EMP-04", 500, 24), ("INV-1002", "CTR-102", "EMP-04", -200, 30),
    ("INV-1002", "CTR-102", "EMP-03", -125, 32), ("INV-1003", "CTR-103", "EMP-05", 325, 25),
    ("INV-1003", "CTR-104", "EMP-06", -1200, 32), ("INV-1003", "CTR-104", "EMP-06", -1200, 24),
    ("INV-1004", "CTR-101", "EMP-01", 1500, 32), ("INV-1004", "CTR-101", "EMP-01", 1500, 30),
    ("INV-1004", "CTR-101", "EMP-02", 1000, 32), ("INV-1004", "CTR-101", "EMP-02", -400, 22),
    ("INV-1005", "CTR-102", "EMP-03", 150, 28), ("INV-1005", "CTR-102", "EMP-04", 225, 24),
    ("INV-1005", "CTR-102", "EMP-03", -500, 32), ("INV-1005", "CTR-102", "EMP-04", -875, 28),
    ("INV-1006", "CTR-104", "EMP-06", 800, 32), ("INV-1006", "CTR-103", "EMP-05", -275, 29),
    ("INV-1006", "CTR-103", "EMP-05", -400, 12),
)
# Wrong amounts: (invoice, contract, employee, cents off). The one with rate=True has both errors.
AMOUNT_ERRORS = (
    ("INV-1001", "CTR-101", "EMP-01", 1800, False), ("INV-1002", "CTR-102", "EMP-04", 4500, False),
    ("INV-1002", "CTR-102", "EMP-03", -11850, False), ("INV-1003", "CTR-103", "EMP-05", 9675, False),
    ("INV-1003", "CTR-104", "EMP-06", 1200, False), ("INV-1004", "CTR-101", "EMP-02", 1000, False),
    ("INV-1004", "CTR-101", "EMP-01", 1501, True), ("INV-1005", "CTR-102", "EMP-03", -975, False),
    ("INV-1005", "CTR-102", "EMP-02", 450, False), ("INV-1006", "CTR-104", "EMP-06", 10001, False),
)
# Rates of no card where nothing says which was meant: (invoice, contract, employee, cents, quarters).
NOT_IN_CARD = (("INV-1002", "CTR-102", "EMP-02", 14000, 20), ("INV-1005", "CTR-102", "EMP-02", 14000, 16),
               ("INV-1005", "CTR-102", "EMP-02", 15725, 18))
# Entries that match no contract row: (day, invoice, contract, employee, cents, usual cents, quarters).
UNMATCHED = (
    ("2026-01-14", "INV-1004", "CTR-101", "EMP-08", 12500, 12500, 24),
    ("2026-01-15", "INV-1004", "CTR-101", "EMP-08", 12500, 12500, 30),
    ("2026-01-16", "INV-1004", "CTR-101", "EMP-08", 12500, 12500, 16),
    ("2025-11-05", "INV-1003", "CTR-103", "EMP-03", 9675, 9675, 8),
    ("2025-11-06", "INV-1003", "CTR-103", "EMP-03", 9675, 9675, 6),
    ("2026-02-03", "INV-1006", "CTR-199", "EMP-05", 9675, None, 28),
    ("2026-02-04", "INV-1006", "CTR-199", "EMP-05", 9675, None, 26),
    ("2025-12-10", "INV-1002", "CTR-102", "EMP-09", 14000, None, 20),
    ("2026-03-10", "INV-1006", "CTR-104", "EMP-10", 13200, 13200, 16),
    ("2026-03-11", "INV-1006", "CTR-104", "EMP-10", 13200, 13200, 20),
    ("2026-03-12", "INV-1006", "CTR-104", "EMP-10", 13700, 13200, 8),
)
# Months filled up: to this many quarter hours above the cap (0: exactly at it, which is no overrun).
CAP_PLAN = {("CTR-102", "EMP-03", "2025-11"): 34, ("CTR-104", "EMP-06", "2026-01"): 21,
            ("CTR-101", "EMP-01", "2026-03"): 1, ("CTR-102", "EMP-04", "2026-02"): 0,
            ("CTR-102", "EMP-02", "2025-12"): 10}
MAX_CORRECTION, APPROVAL = 10000, 2500
TYPES = ("RATE_OVERCHARGE", "RATE_UNDERCHARGE", "AMOUNT_MISMATCH", "EXPIRED_CONTRACT", "CAP_OVERRUN",
         "LOCKED_INVOICE", "UNMATCHED_ENTRY", "RATE_NOT_IN_CARD")


class Random:
    """SplitMix64: the same numbers on every Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & (2 ** 64 - 1)
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & (2 ** 64 - 1)
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & (2 ** 64 - 1)
        return (z ^ (z >> 31)) % n


def times(cents, quarters):
    """cents an hour for quarter hours, to the cent, halves away from zero."""
    product = abs(cents) * quarters
    whole = (product * 2 + 4) // 8
    return -whole if cents < 0 else whole


def workdays():
    """Monday to Friday, October 2025 to March 2026, without the turn of the year."""
    days, weekday = [], 2  # 2025-10-01 is a Wednesday
    for year, month, length in ((2025, 10, 31), (2025, 11, 30), (2025, 12, 31), (2026, 1, 31),
                                (2026, 2, 28), (2026, 3, 31)):
        for day in range(1, length + 1):
            text = "%d-%02d-%02d" % (year, month, day)
            if weekday < 5 and not "2025-12-24" <= text <= "2026-01-02":
                days.append(text)
            weekday = (weekday + 1) % 7
    return days


def invoice_for(contract, day):
    customer = next(c[1] for c in CONTRACTS if c[0] == contract)
    return next(i[0] for i in INVOICES if i[2] == customer and i[3] <= day <= i[4])


def plain_entries(random):
    """Honest work: the right rate, the right amount, below every cap."""
    entries = []
    for index, day in enumerate(workdays()):
        for contract, employee in HOME:
            if employee == "EMP-02" and (index % 3 == 2) != (contract == "CTR-102"):
                continue
            if random.below(100) < 9 or (employee == "EMP-05" and day > "2026-02-27"):
                continue
            entries.append(entry_of(random, day, contract, employee, 22 + random.below(11)))
    while len(entries) < ENTRIES - len(UNMATCHED):
        base = entries[random.below(len(entries))]
        if (base["contract"], base["employee"]) != TIED:
            entries.append(entry_of(random, base["day"], base["contract"], base["employee"],
                                    3 + random.below(4)))
    return entries


def entry_of(random, day, contract, employee, quarters):
    home, other = HOME[contract, employee]
    rate = other if other and (contract, employee) != TIED and random.below(100) < 12 else home
    projects = PROJECTS[contract]
    return {"day": day, "contract": contract, "employee": employee, "quarters": quarters,
            "card": rate, "billed": rate, "usual": rate, "amount_error": 0, "planted": False,
            "invoice": invoice_for(contract, day), "matched": True,
            "project": projects[random.below(len(projects))]}


def take(random, entries, invoice, contract, employee, rated=False):
    """An entry of that invoice and pair at its home rate that has no planted error yet."""
    pool = [e for e in entries if (e["invoice"], e["contract"], e["employee"]) == (
        invoice, contract, employee) and (e["planted"] == "rate" if rated else not e["planted"])
        and e["usual"] == HOME[contract, employee][0] and e["quarters"] > 11]
    return pool[random.below(len(pool))]


def plant(random, entries):
    for invoice, contract, employee, cents, quarters in RATE_ERRORS:
        entry = take(random, entries, invoice, contract, employee)
        entry.update(billed=entry["card"] + cents, card=None, quarters=quarters, planted="rate")
    for invoice, contract, employee, cents, quarters in NOT_IN_CARD:
        entry = take(random, entries, invoice, contract, employee)
        entry.update(billed=cents, card=None, usual=None, quarters=quarters, planted="card")
    for invoice, contract, employee, cents, rated in AMOUNT_ERRORS:
        entry = take(random, entries, invoice, contract, employee, rated)
        entry.update(amount_error=cents, planted="amount")
    for day, invoice, contract, employee, cents, usual, quarters in UNMATCHED:
        entries.append({"day": day, "contract": contract, "employee": employee,
                        "quarters": quarters, "billed": cents, "usual": usual,
                        "card": cents if cents == usual else None, "amount_error": 0,
                        "planted": "unmatched", "invoice": invoice, "matched": False,
                        "project": PROJECTS.get(contract, ("PRJ-HARBOR",))[0]})
    tie_rates([e for e in entries if (e["contract"], e["employee"]) == TIED and e["card"]])


def tie_rates(entries):
    """Half of these entries at each rate of the card; one that is left over keeps no rate of its own
    and becomes another one at a rate of no card."""
    home, other = HOME[TIED]
    if len(entries) % 2:
        odd = next(e for e in entries if not e["planted"])
        odd.update(billed=14000, card=None, usual=None, planted="card")
        entries = [e for e in entries if e is not odd]
    for index, entry in enumerate(entries):
        rate = other if index % 2 else home
        entry.update(billed=rate, card=rate, usual=rate)


def fill_months(entries):
    """Stretch the plain entries of some months until the month stands where CAP_PLAN wants it."""
    caps = {(c[0], c[2]): c[7] * 4 for c in CONTRACTS}
    for (contract, employee, month), above in CAP_PLAN.items():
        group = [e for e in entries if e["matched"] and (e["contract"], e["employee"]) == (
            contract, employee) and e["day"].startswith(month)]
        free = [e for e in group if not e["planted"] and e["quarters"] > 11]
        missing = caps[contract, employee] + above - sum(e["quarters"] for e in group)
        step = 1 if missing > 0 else -1
        for turn in range(abs(missing)):
            free[turn % len(free)]["quarters"] += step
        assert all(8 <= e["quarters"] <= 56 for e in free), (contract, employee, month)


def month_hours(entries):
    hours = {}
    for entry in entries:
        if entry["matched"]:
            key = entry["contract"], entry["employee"], entry["day"][:7]
            hours[key] = hours.get(key, 0) + entry["quarters"]
    return hours


def answers(entries):
    """What an audit must say, from what was planted."""
    caps = {(c[0], c[2]): c[7] * 4 for c in CONTRACTS}
    ends = {(c[0], c[2]): c[6] for c in CONTRACTS}
    over = {}
    for key, hours in month_hours(entries).items():
        if hours > caps[key[:2]]:
            over[key] = hours - caps[key[:2]]
    findings, linkage = [], {}
    for entry in entries:
        pair = entry["contract"], entry["employee"]
        delta = None if entry["usual"] is None else entry["billed"] - entry["usual"]
        extra = over.get(pair + (entry["day"][:7],), 0) if entry["matched"] else None
        expired = entry["matched"] and entry["day"] > ends[pair]
        found = {"RATE_OVERCHARGE": delta is not None and delta > 0,
                 "RATE_UNDERCHARGE": delta is not None and delta < 0,
                 "AMOUNT_MISMATCH": entry["amount_error"] != 0, "EXPIRED_CONTRACT": expired,
                 "CAP_OVERRUN": bool(extra), "LOCKED_INVOICE": entry["invoice"] == LOCKED,
                 "UNMATCHED_ENTRY": not entry["matched"] or entry["card"] is None,
                 "RATE_NOT_IN_CARD": delta is None}
        status = ("unmatched_contract" if not entry["matched"] else
                  "unmatched_rate" if entry["card"] is None else
                  "expired" if expired else "matched")
        linkage[status] = linkage.get(status, 0) + 1
        types = [name for name in TYPES if found[name]]
        if types:
            findings.append({
                "time_entry_id": entry["id"], "employee_id": entry["employee"],
                "contract_ref": entry["contract"], "invoice_id": entry["invoice"],
                "work_date": entry["day"], "discrepancy_types": types,
                "hours_quarters": entry["quarters"], "billed_rate_cents": entry["billed"],
                "matched_hourly_rate_cents": entry["card"],
                "billed_amount_cents": entry["amount"], "rate_delta_cents": delta,
                "expected_amount_cents": times(entry["billed"], entry["quarters"]),
                "overcharge_cents": None if delta is None else times(delta, entry["quarters"]),
                "amount_delta_cents": entry["amount_error"], "over_cap_quarters": extra})
    key = {"schema": "forge.answer_key.v1", "playbook": "billing-audit.full",
           "rows": {"time_entries": len(entries), "contracts": len(CONTRACTS),
                    "rates": len(RATES), "invoices": len(INVOICES)},
           "linkage_status": dict(sorted(linkage.items())), "discrepancies": findings,
           "cap_groups": [{"contract_id": k[0], "employee_id": k[1], "month": k[2],
                           "over_cap_quarters": over[k]} for k in sorted(over)]}
    key.update(totals(entries, findings))
    key.update(corrections(findings))
    return key


def impact(finding, name):
    if name in ("RATE_OVERCHARGE", "RATE_UNDERCHARGE"):
        return finding["overcharge_cents"]
    return finding["amount_delta_cents"] if name == "AMOUNT_MISMATCH" else 0


def totals(entries, findings):
    by_type = {}
    for name in TYPES:
        mine = [f for f in findings if name in f["discrepancy_types"]]
        by_type[name] = {"count": len(mine), "impact_cents": sum(impact(f, name) for f in mine),
                         "billed_cents": sum(f["billed_amount_cents"] for f in mine),
                         "affected_invoices": sorted({f["invoice_id"] for f in mine}),
                         "affected_employees": sorted({f["employee_id"] for f in mine})}
    statuses = {}
    for invoice, status, *_ in INVOICES:
        mine = [e for e in entries if e["invoice"] == invoice]
        one = statuses.setdefault(status, {"entries": 0, "billed_cents": 0})
        one["entries"] += len(mine)
        one["billed_cents"] += sum(e["amount"] for e in mine)
    return {"by_type": by_type, "by_invoice_status": statuses, "grand_totals": {
        "entries_audited": len(entries), "discrepancy_entries": len(findings),
        "discrepancy_flags": sum(one["count"] for one in by_type.values()),
        "entries_only_on_locked_invoice": sum(
            f["discrepancy_types"] == ["LOCKED_INVOICE"] for f in findings),
        "impact_cents": sum(one["impact_cents"] for one in by_type.values()),
        "billed_cents": sum(e["amount"] for e in entries)}}


def corrections(findings):
    groups = {}
    for finding in findings:
        for name in TYPES[:3]:
            if name in finding["discrepancy_types"]:
                one = groups.setdefault((finding["invoice_id"], name), {"cents": 0, "refs": []})
                one["cents"] += impact(finding, name)
                one["refs"].append(finding["time_entry_id"])
    found = []
    for (invoice, name), one in sorted(groups.items(), key=lambda g: (g[0][0], TYPES.index(g[0][1]))):
        size = abs(one["cents"])
        outcome, reason = "accepted", None
        if size > MAX_CORRECTION:
            outcome, reason = "rejected", "exceeds_max_correction"
        elif invoice == LOCKED:
            outcome, reason = "rejected", "invoice_locked"
        elif size > APPROVAL:
            outcome = "approval_required"
        found.append({"invoice_id": invoice, "reason_code": name, "amount_cents": one["cents"],
                      "evidence_refs": one["refs"], "outcome": outcome, "reason": reason})
    return {"corrections": found}


def dollars(cents):
    return "%s%d.%02d" % ("-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100)


def hours(quarters):
    return ("%d.%02d" % (quarters // 4, quarters % 4 * 25)).rstrip("0").rstrip(".")


def table(header, rows):
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return out.getvalue()


def check_plan(entries):
    """The plan must say what the files say: no rate of an error is on the card, the usual rate is
    the usual one, the tie is a tie."""
    card = {}
    for contract, _, cents, *_ in RATES:
        card.setdefault(contract, set()).add(cents)
    used = {}
    for e in entries:
        assert (e["billed"] in card.get(e["contract"], ())) == (e["card"] is not None), e
        if e["card"] is not None:
            rates = used.setdefault((e["contract"], e["employee"]), {})
            rates[e["card"]] = rates.get(e["card"], 0) + 1
    for e in entries:
        if e["card"] is None:
            rates = used.get((e["contract"], e["employee"]), {})
            best = [r for r in rates if rates[r] == max(rates.values())]
            assert (best == [e["usual"]]) if e["usual"] else len(best) != 1, e
    assert len(entries) == ENTRIES


def build():
    random = Random(20260401)
    entries = plain_entries(random)
    plant(random, entries)
    fill_months(entries)
    check_plan(entries)
    entries.sort(key=lambda e: (e["day"], e["employee"], e["contract"], e["project"], e["quarters"]))
    for index, entry in enumerate(entries):
        entry["id"] = "TE-%04d" % (index + 1)
        entry["amount"] = times(entry["billed"], entry["quarters"]) + entry["amount_error"]
    billed = {}
    for entry in entries:
        billed[entry["invoice"]] = billed.get(entry["invoice"], 0) + entry["amount"]
    return {
        "attachments/time_entries.csv": table(
            "time_entry_id employee_id contract_ref work_date hours_logged billed_rate "
            "billed_amount invoice_id project_code",
            [(e["id"], e["employee"], e["contract"], e["day"], hours(e["quarters"]),
              dollars(e["billed"]), dollars(e["amount"]), e["invoice"], e["project"])
             for e in entries]),
        "attachments/contracts.csv": table(
            "contract_id customer_id employee_id contract_status billing_type effective_date "
            "expiration_date monthly_hours_cap currency", [c + ("USD",) for c in CONTRACTS]),
        "attachments/rates.csv": table(
            "contract_id role_code hourly_rate effective_date expiration_date",
            [(r[0], r[1], dollars(r[2]), r[3], r[4]) for r in RATES]),
        "attachments/invoices.csv": table(
            "invoice_id invoice_status customer_id invoice_total period_start period_end",
            [(i[0], i[1], i[2], dollars(billed[i[0]]), i[3], i[4]) for i in INVOICES]),
        "answer_key.json": json.dumps(answers(entries), indent=1) + "\n",
    }


def main():
    differs = False
    for name, text in build().items():
        path = os.path.join(HERE, name)
        if "--check" in sys.argv[1:]:
            with open(path, "rb") as stream:
                if stream.read() != text.encode():
                    print("%s is not what the generator makes" % name)
                    differs = True
        else:
            with open(path, "wb") as stream:
                stream.write(text.encode())
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
