# SPDX-License-Identifier: Apache-2.0
"""Step 2: the same tables with typed cells, the policy's settings, and a flag for every doubt.

Every row of every file comes out again, in order, with source_row (its row in the file, header = 1).
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
import forge_table as ft  # noqa: E402
from forge_step import Step  # noqa: E402
from policy import read_policy  # noqa: E402

EXPLAIN = dict(ft.FLAGS)
EXPLAIN.update({
    "DUPLICATE_KEY": "another row has the same key",
    "UNUSUAL_VALUE": "less than 0 or more than 24 hours in one entry",
    "NEGATIVE_VALUE": "the value is negative",
    "UNKNOWN_INVOICE": "no invoice has this id",
    "MIXED_CURRENCY": "amounts are added up, but the contracts name several currencies",
})
PROBLEMS = ft.PROBLEMS | {"DUPLICATE_KEY", "UNUSUAL_VALUE", "NEGATIVE_VALUE", "UNKNOWN_INVOICE",
                          "MIXED_CURRENCY"}


class Flags:
    def __init__(self):
        self.rows = []

    def add(self, code, file, row, column, raw, value=None):
        self.rows.append({
            "flag_no": len(self.rows) + 1, "file": file, "source_row": row, "column": column,
            "code": code, "severity": "problem" if code in PROBLEMS else "note", "raw": raw,
            "value": None if value is None else str(value), "message": EXPLAIN[code]})


def check_values(flags, file, rows):
    """Values that are of the right type and still hard to believe."""
    for row in rows:
        hours = row.get("hours_logged")
        if hours is not None and not 0 <= hours <= 24:
            flags.add("UNUSUAL_VALUE", file, row["source_row"], "hours_logged", str(hours))
        for name in ("billed_rate", "hourly_rate", "monthly_hours_cap"):
            if row.get(name) is not None and row[name] < 0:
                flags.add("NEGATIVE_VALUE", file, row["source_row"], name, str(row[name]))


def flag_duplicates(flags, file, rows, key):
    first = {}
    for row in rows:
        value = tuple(row.get(name) for name in key)
        if None in value:
            continue
        if value in first:
            flags.add("DUPLICATE_KEY", file, row["source_row"], key[0], " / ".join(value),
                      "row %d" % first[value])
        first.setdefault(value, row["source_row"])


def main():
    step = Step()
    source = step.inputs["finance_policy"]
    policy = read_policy(ft.decode(source.bytes(), source.source_path), source.source_path)
    flags, tables, files = Flags(), {}, {}
    for name in billing.TABLES:
        table = ft.read_table(step.inputs[name], billing.required(name))
        files[name] = table.file
        tables[name] = ft.typed_rows(
            table, billing.kinds(name),
            lambda code, *place: flags.add(code, table.file, *place))  # noqa: B023
        check_values(flags, table.file, tables[name])
        flag_duplicates(flags, table.file, tables[name], billing.KEYS[name])
    known = {row["invoice_id"] for row in tables["invoices"]}
    for row in tables["time_entries"]:
        if row["invoice_id"] is not None and row["invoice_id"] not in known:
            flags.add("UNKNOWN_INVOICE", files["time_entries"], row["source_row"], "invoice_id",
                      row["invoice_id"])
    currencies = {}
    for row in tables["contracts"]:
        if row.get("currency"):
            currencies.setdefault(row["currency"].upper(), row["source_row"])
    for currency, number in list(currencies.items())[1:]:
        flags.add("MIXED_CURRENCY", files["contracts"], number, "currency", currency)
    for name, rows in tables.items():
        step.write_rows(name, rows)
    step.write_object("policy", policy)
    step.write_rows("validation_flags", flags.rows)


if __name__ == "__main__":
    main()
