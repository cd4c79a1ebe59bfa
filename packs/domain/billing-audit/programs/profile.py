# SPDX-License-Identifier: Apache-2.0
"""Step 1: what is in every source file. Rows, columns, types, empty cells, values of key columns."""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
from forge_step import Step  # noqa: E402
from forge_table import decode, profile_table, read_table  # noqa: E402


def main():
    step = Step()
    profiles = []
    for name in billing.TABLES:
        source = step.inputs[name]
        table = read_table(source, billing.required(name))
        profiles.append(profile_table(table, os.path.getsize(source.path),
                                      billing.kinds(name), billing.LISTED))
    source = step.inputs["finance_policy"]
    text = decode(source.bytes(), source.source_path)
    profiles.append({
        "filename": source.source_path.rsplit("/", 1)[-1], "path": source.source_path,
        "format": "text", "bytes": os.path.getsize(source.path), "row_count": None,
        "line_count": len(text.splitlines()), "columns": [], "distinct_values": {}})
    step.write_object("schema_profile", profiles)


if __name__ == "__main__":
    main()
