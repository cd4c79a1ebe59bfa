# SPDX-License-Identifier: Apache-2.0
"""Step 1: what is in both tables, and every cell that is empty or not of its column's type.

params.tables: [{"input": name, "kinds": {"<column>": "date|number|rate|amount|id|text"}, "required":
["<column>"], "listed": ["<column>"]}]; listed columns have all their values written down.
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step  # noqa: E402
from forge_table import FLAGS, profile_table, read_table, typed_rows  # noqa: E402

# A column of a foreign format would make as many findings as there are rows: write this many down.
ISSUES_MAX = 1000


def main():
    step = Step()
    profiles = []
    for spec in step.params["tables"]:
        source = step.inputs[spec["input"]]
        table = read_table(source, spec["required"])
        issues, count = [], [0]

        def flag(code, row, column, cell, value):
            count[0] += 1
            if len(issues) < ISSUES_MAX:  # noqa: B023
                issues.append({"row": row, "column": column, "code": code, "cell": cell,  # noqa: B023
                               "read_as": None if value is None else str(value),
                               "message": FLAGS[code]})
        typed_rows(table, spec["kinds"], flag)
        profile = profile_table(table, os.path.getsize(source.path), spec["kinds"], spec["listed"])
        profiles.append({"name": spec["input"], **profile, "issue_count": count[0],
                         "issues": issues})
    step.write_object("schema_profile", profiles)


if __name__ == "__main__":
    main()
