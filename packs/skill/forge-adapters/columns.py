# SPDX-License-Identifier: Apache-2.0
"""Columns renamed and their values normalized, as params say; the kind stays.

params: {"columns":[{"from":"Entry No","to":"time_entry_id","convert":null},
                    {"from":"Date","to":"work_date","convert":"date:dmy"},
                    {"from":"Price","to":"price","convert":"money:us","currency":"price_currency"},
                    {"from":"State","to":"state","convert":"enum:case","values":["open","closed"],"empty":["n/a"]}],
         "rest":"keep"|"drop"}
The result has the listed columns in the listed order, then, where the rest is kept, the others in the file's.
A value that does not convert ends the program with its row, column and text. Empty cells and nulls stay what they are;
so do the values that "empty" lists, made empty.
"""
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import delimited  # noqa: E402
import exact  # noqa: E402
import values  # noqa: E402
from adapt import Adapter, check_header, shown  # noqa: E402


class Column:
    """One entry of params.columns."""

    def __init__(self, adapter, spec):
        self.source, self.to = spec["from"], spec["to"]
        self.convert = spec.get("convert")
        self.empty = set(spec.get("empty") or [])
        self.currency = spec.get("currency")
        self.seen = {}  # text -> converted: columns repeat themselves
        try:
            self.read = values.reader_of(self.convert, spec.get("values")) if self.convert else None
        except values.BadConvert as error:
            adapter.refuse("column `%s`: %s" % (shown(self.source), error), 1, self.source)
        self.is_money = bool(self.convert) and values.gives_currency(self.convert)
        if self.currency and not self.is_money:
            adapter.refuse("column `%s`: only money has a currency" % shown(self.source), 1, self.source)
        if self.is_money and not self.currency and self.convert.count(":") == 1:
            adapter.refuse("column `%s`: %s names no currency and no column to put it in" % (
                shown(self.source), self.convert), 1, self.source)

    def names(self):
        return [self.to, self.currency] if self.currency else [self.to]

    def value(self, adapter, text, number):
        """The texts of names(); None for what is empty."""
        if text in self.empty:
            text = ""
        if self.read is None or text == "":
            return (text, "") if self.currency else (text,)
        found = self.seen.get(text)
        if found is None:
            try:
                found = self.read(text)
            except values.Refused as error:
                adapter.refuse("column `%s` is '%s': %s (%s)" % (shown(self.source), shown(text), error, self.convert),
                               number, self.source)
            if not self.is_money:
                found = (found,)
            elif not self.currency:
                found = found[:1]
            if len(self.seen) < 4096 and len(text) < 100:
                self.seen[text] = found
        return found


def columns_of(adapter):
    specs = adapter.params.get("columns") or []
    columns = [Column(adapter, one) for one in specs]
    if not columns:
        adapter.refuse("params name no columns")
    names = [name for one in columns for name in one.names()]
    for index, name in enumerate(names):
        if name in names[:index]:
            adapter.refuse("two columns would be called `%s`" % shown(name), 1, name)
    return columns, names


def no_clash(adapter, names, rest):
    for name in rest:
        if name in names:
            adapter.refuse("`%s` is a column already; it would be there twice" % shown(name), 1, name)


def delimited_columns(adapter, result):
    columns, names = columns_of(adapter)
    reader = delimited.Reader(adapter, adapter.kind)
    places = {name: index for index, name in enumerate(reader.header)}
    for one in columns:
        if one.source not in places:
            adapter.refuse("there is no column `%s`; the file has %s" % (
                shown(one.source), ", ".join("`%s`" % shown(name) for name in reader.header[:40])), 1, one.source)
    used = {one.source for one in columns}
    rest = [name for name in reader.header if name not in used] if adapter.params.get("rest") == "keep" else []
    no_clash(adapter, names, rest)
    check_header(adapter, names + rest)
    writer = delimited.Writer(result, adapter.to)
    writer.row(names + rest)
    taken = [(one, places[one.source]) for one in columns]
    kept = [places[name] for name in rest]
    for number, cells in reader.rows():
        out = []
        for one, index in taken:
            out.extend(one.value(adapter, cells[index], number))
        out.extend([cells[index] for index in kept])
        writer.row(out)


def json_value(adapter, one, value, number):
    """As Column.value for a JSON value: null stays, a number is its digits, a converted boolean is one."""
    if value is None:
        return (None, None) if one.currency else (None,)
    if value is True or value is False:
        if one.read is None or one.convert == "boolean":
            return (value,)
        value = "true" if value else "false"
    if isinstance(value, (dict, list)):
        if one.read is None:
            return (value,)
        adapter.refuse("column `%s` holds %s, and %s takes one value" % (
            shown(one.source), "an object" if isinstance(value, dict) else "a list", one.convert), number, one.source)
    if one.read is None:
        return (value,) if value not in one.empty else (None,)
    if type(value) is exact.Number and one.convert.startswith("number:"):
        return (value,)  # a JSON number has one reading
    if type(value) is exact.Number and one.convert.startswith("money:"):
        # The same, but for the currency, which a number cannot name.
        if one.convert.count(":") < 2:
            adapter.refuse("column `%s` is %s: no currency is named (%s)" % (
                shown(one.source), shown(value), one.convert), number, one.source)
        return (value, one.convert.rsplit(":", 1)[1])[:len(one.names())]
    found = one.value(adapter, str(value), number)
    if one.convert == "boolean" and found[0]:
        return (found[0] == "true",)
    return tuple(None if text == "" else text for text in found)


def json_columns(adapter, result):
    columns, names = columns_of(adapter)
    used = {one.source for one in columns}
    is_kept = adapter.params.get("rest") == "keep"
    unseen = set(used)
    out = exact.Rows(result)
    n = 0
    for number, row in exact.rows_of(adapter):
        n += 1
        new = {}
        unseen.difference_update(row)
        for one in columns:
            if one.source in row:
                new.update(zip(one.names(), json_value(adapter, one, row[one.source], number)))
        if is_kept:
            rest = [name for name in row if name not in used]
            no_clash(adapter, names, rest)
            for name in rest:
                new[name] = row[name]
        try:
            out.row(new)
        except exact.Refused as error:
            adapter.refuse(str(error), number, None)
    for one in columns:
        if n and one.source in unseen:
            adapter.refuse("no row has the column `%s`" % shown(one.source), 1, one.source)
    out.end()


def main():
    adapter = Adapter()
    if adapter.kind != adapter.to:
        adapter.refuse("columns keep their kind: %s is not %s" % (adapter.kind, adapter.to))
    if adapter.params.get("rest") not in ("keep", "drop"):
        adapter.refuse("params.rest is keep or drop")
    result = adapter.result()
    if adapter.kind in delimited.DELIMITER:
        delimited_columns(adapter, result)
    else:
        json_columns(adapter, result)
    result.close()


if __name__ == "__main__":
    main()
