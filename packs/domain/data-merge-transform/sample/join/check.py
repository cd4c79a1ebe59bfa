#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the join of two CSV files with what SQLite makes of them.

    ./check.py DIR [TIME_ENTRIES.csv RATES.csv]   for clean files: ISO dates, plain numbers, no empty keys;
                                                  by default those of the sample

Prints {"ok", "checks", "differences"}; exit 0 when ok. Rates are compared in hundredths of a cent.
"""
import csv
import glob
import json
import os
import sqlite3
import sys


def scaled(text):
    """A plain decimal of at most four places, times 10,000; None for null."""
    if text is None:
        return None
    whole, _, fraction = str(text).partition(".")
    return int(whole + fraction.ljust(4, "0"))


def expected(entries_path, rates_path):
    """(entry_row, match_no, role_code, rate_match) of every joined row, in order."""
    db = sqlite3.connect(":memory:")
    db.execute("create table e (n integer, ref text, rate integer)")
    db.execute("create table r (n integer, id text, role text, rate integer)")
    with open(entries_path, newline="", encoding="utf-8-sig") as stream:
        db.executemany("insert into e values (?,?,?)", [
            (n + 2, one["contract_ref"], scaled(one["billed_rate"]))
            for n, one in enumerate(csv.DictReader(stream))])
    with open(rates_path, newline="", encoding="utf-8-sig") as stream:
        db.executemany("insert into r values (?,?,?,?)", [
            (n + 2, one["contract_id"], one["role_code"], scaled(one["hourly_rate"]))
            for n, one in enumerate(csv.DictReader(stream))])
    return db.execute(
        "select e.n, case when r.n is null then 0 else row_number() over (partition by e.n order by r.n)"
        " end, r.role, coalesce(e.rate = r.rate, 0), e.rate, r.rate from e left join r on e.ref = r.id"
        " order by e.n, r.n").fetchall()


def main(argv):
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attachments")
    folder, entries_path, rates_path = argv[1:] if len(argv) == 4 else (
        argv[1], os.path.join(here, "time_entries.csv"), os.path.join(here, "rates.csv"))
    wanted = expected(entries_path, rates_path)
    with open(sorted(glob.glob(os.path.join(folder, "output", "joined_entries*.json")))[0],
              encoding="utf-8") as stream:
        rows = json.load(stream, parse_float=str)
    found = [(one["entry_row"], one["match_no"], one["role_code"], int(one["rate_match"]),
              scaled(one["billed_rate"]), scaled(one["hourly_rate"])) for one in rows]
    differences = ["row %d: found %s, wanted %s" % (index, one, two)
                   for index, (one, two) in enumerate(zip(found, wanted)) if one != two]
    if len(found) != len(wanted):
        differences.append("%d rows, wanted %d" % (len(found), len(wanted)))
    differences += ["row %d: rate_match is no boolean" % index for index, one in enumerate(rows)
                    if not isinstance(one["rate_match"], bool)]
    with open(sorted(glob.glob(os.path.join(folder, "output", "schema_profile*.json")))[0],
              encoding="utf-8") as stream:
        counts = {one["name"]: one["row_count"] for one in json.load(stream)}
    entries = len({one[0] for one in wanted})
    if counts.get("time_entries") != entries:
        differences.append("profile: %s rows of time entries, wanted %d" % (counts, entries))
    print(json.dumps({"ok": not differences, "checks": len(wanted) * 2 + 2,
                      "differences": differences[:50]}))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
