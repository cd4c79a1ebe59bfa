# SPDX-License-Identifier: Apache-2.0
"""Step 2: every row of the left table with every row of the right one that has the same key.

A left row without a match comes out once, with the right columns null: no row is lost. One with
several matches comes out several times: that is why each row says entry_row (its row in the left file)
and match_no (1, 2, … of its matches; 0: none), which together are the key.
params: {"left", "right": input names; "on": {"left", "right": columns}; "compare": {"left", "right":
columns, "as": name of the new column}; "kinds": {"<input>": {column: kind}}; "prefix": for right columns
whose name the left table has, too}.
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step, refuse  # noqa: E402
from forge_table import read_table, row_key, typed_rows  # noqa: E402


def read_side(step, name, columns, profiles):
    """Typed rows of one table, which must be the table that was profiled."""
    source = step.inputs[name]
    table = read_table(source, columns)
    profile = profiles.get(name)
    if profile is None:
        refuse("the profile does not cover %s" % source.source_path, source.source_path)
    if profile["row_count"] != len(table.rows) or (
            [one["name"] for one in profile["columns"]] != table.header):
        refuse("this is not the file that was profiled: %d rows then, %d now" % (
            profile["row_count"], len(table.rows)), source.source_path)
    return table.header, typed_rows(table, step.params["kinds"][name], lambda *_: None)


def names_of(header, taken, rename):
    """column -> its name in the joined row: its own, or renamed until it is free; taken grows."""
    names = {}
    for name in header:
        new = name
        while new in taken:
            new = rename % new
        taken.add(new)
        names[name] = new
    return names


def joined(left, right, params):
    """left, right: (names, rows). Yields the joined rows in the order of left, then of right."""
    by_key = {}
    for row in right[1]:
        key = row[row_key(params["on"]["right"])]
        if key is not None:
            by_key.setdefault(key, []).append(row)
    compare = params["compare"]
    for one in left[1]:
        matches = by_key.get(one[row_key(params["on"]["left"])], [])
        value = one[row_key(compare["left"])]
        for match_no, other in enumerate(matches or [None], 1):
            row = {"entry_row": one["source_row"], "match_no": match_no if other else 0}
            for name, new in left[0].items():
                row[new] = one[row_key(name)]
            for name, new in right[0].items():
                row[new] = other[row_key(name)] if other else None
            row[compare["as"]] = bool(other) and value is not None and (
                value == other[row_key(compare["right"])])
            yield row


def main():
    step = Step()
    params = step.params
    profiles = {one["name"]: one for one in step.inputs["schema_profile"].json()}
    taken = {"entry_row", "match_no", params["compare"]["as"]}
    sides = []
    for side, rename in (("left", "%s (file)"), ("right", params["prefix"] + "%s")):
        columns = [params["on"][side], params["compare"][side]]
        header, rows = read_side(step, params[side], columns, profiles)
        sides.append((names_of(header, taken, rename), rows))
    step.write_rows("joined_entries", joined(*sides, params))


if __name__ == "__main__":
    main()
