# SPDX-License-Identifier: Apache-2.0
"""One representation of rows or of an object to another: CSV, TSV, JSON rows, YAML. The kinds of input and output say which.

params.columns [{"name","type","nullable","required"}], types as in an entity: which JSON a cell of CSV or TSV becomes.
`integer` a number, `boolean` true or false, an empty cell null (of text: where it is nullable). Without it every cell is
a text. A column that is not there is refused, unless it says "required": false.
"""
import os
import re
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from json.encoder import encode_basestring  # noqa: E402

import delimited  # noqa: E402
import exact  # noqa: E402
from adapt import Adapter, check_header, shown  # noqa: E402

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
TEXTS = ("text",)
ROW_KINDS = ("table.json_rows", "dataset.joined_rows", "dataset.aggregated_rows", "evidence.json_rows")


def typed(adapter):
    """name -> (type, may be null, must be there) from the params."""
    found = {}
    for one in adapter.params.get("columns") or []:
        found[one["name"]] = (one.get("type") or "text", bool(one.get("nullable")), one.get("required") is not False)
    return found


def value_of(adapter, kind, cell, number, column, name):
    """The JSON value of a cell whose column has a type."""
    kind, is_nullable, _ = kind
    if cell == "" and (is_nullable or kind not in TEXTS):
        return None
    if kind == "integer":
        if INTEGER.fullmatch(cell):
            return exact.Number(cell)
        adapter.refuse("`%s` is '%s', which is no whole number such as 42" % (shown(name), shown(cell)), number, column)
    if kind == "boolean":
        if cell in ("true", "false"):
            return cell == "true"
        adapter.refuse("`%s` is '%s', which is neither true nor false" % (shown(name), shown(cell)), number, column)
    return cell


def delimited_rows(adapter, reader):
    """(row number, object) of a CSV or TSV file."""
    kinds = typed(adapter)
    for name, (_, _, is_required) in kinds.items():
        if is_required and name not in reader.header:
            adapter.refuse("there is no column `%s`" % shown(name), 1, None)
    places = [(index, name, kinds[name]) for index, name in enumerate(reader.header) if name in kinds]
    for number, cells in reader.rows():
        for index, name, kind in places:
            cells[index] = value_of(adapter, kind, cells[index], number, index + 1, name)
        yield number, dict(zip(reader.header, cells))


def cell_of(adapter, value, number, name, column):
    """The text of one value of a row, in a table without types."""
    kind = type(value)
    if kind is str:
        if "\0" in value:
            adapter.refuse("`%s` holds a NUL character, which a table as text cannot" % shown(name), number, column)
        return value
    if kind is exact.Number:
        return str(value)
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    adapter.refuse("`%s` holds %s; a cell of a table holds one value" % (
        shown(name), "an object" if kind is dict else "a list"), number, column)


def names_of(adapter, rows):
    """Every column in the order in which the rows first name it."""
    names = {}
    for _, row in rows:
        for name in row:
            names.setdefault(name)
        if len(names) > 4096:
            break
    names = list(names)
    if not names:
        adapter.refuse("there are no rows with columns, so a table has no header", 1, 1)
    check_header(adapter, names)
    return names


def to_delimited(adapter, rows, result):
    """rows: a function that opens them; they are read twice, once for the header."""
    names = names_of(adapter, rows())
    writer = delimited.Writer(result, adapter.to)
    writer.row(names)
    places = list(enumerate(names, 1))
    width = len(names)
    for number, row in rows():
        if len(row) == width and all(type(one) is str and "\0" not in one for one in row.values()) and \
                list(row) == names:
            writer.row(list(row.values()))
            continue
        writer.row([cell_of(adapter, row[name], number, name, at) if name in row else "" for at, name in places])


def to_json_rows(adapter, rows, result):
    out = exact.Rows(result)
    for number, row in rows:
        try:
            out.row(row)
        except exact.Refused as error:
            adapter.refuse(str(error), number, None)
    out.end()


def plain_to_json_rows(reader, result):
    """CSV without types: every cell is a text."""
    out = exact.Rows(result)
    names = [encode_basestring(name) + ": " for name in reader.header]
    for _, cells in reader.rows():
        out.cells(names, cells)
    out.end()


def rows_opener(adapter):
    if adapter.kind == "object.yaml":
        import yaml_exact
        return lambda: yaml_exact.rows_of(adapter)
    return lambda: exact.rows_of(adapter)


def convert(adapter, result):
    if adapter.kind in delimited.DELIMITER:
        reader = delimited.Reader(adapter, adapter.kind)
        if adapter.to in delimited.DELIMITER:
            writer = delimited.Writer(result, adapter.to)
            writer.row(reader.header)
            for _, cells in reader.rows():
                writer.row(cells)
        elif adapter.params.get("columns"):
            to_json_rows(adapter, delimited_rows(adapter, reader), result)
        else:
            plain_to_json_rows(reader, result)
    elif adapter.to in delimited.DELIMITER:
        to_delimited(adapter, rows_opener(adapter), result)
    elif adapter.to in ROW_KINDS:
        to_json_rows(adapter, rows_opener(adapter)(), result)
    elif adapter.to == "object.yaml":
        import yaml_exact
        if adapter.kind == "object.json":
            yaml_exact.write_object(adapter, exact.object_of(adapter), result)
        else:
            yaml_exact.write_rows(adapter, exact.rows_of(adapter), result)
    elif (adapter.kind, adapter.to) == ("object.yaml", "object.json"):
        import yaml_exact
        try:
            result.write(exact.pretty(yaml_exact.object_of(adapter)) + "\n")
        except exact.Refused as error:
            adapter.refuse(str(error))
    else:
        adapter.refuse("this program does not turn %s into %s" % (adapter.kind, adapter.to))


def main():
    adapter = Adapter()
    result = adapter.result()
    convert(adapter, result)
    result.close()


if __name__ == "__main__":
    main()
