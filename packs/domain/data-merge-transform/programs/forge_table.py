# SPDX-License-Identifier: Apache-2.0
"""CSV files as they come: read strictly, cells understood without guessing.

A file that cannot be read as a table (encoding, quoting, ragged rows, missing columns) is refused with
its place. A cell that cannot be understood becomes null and a flag; no row is ever dropped.
Rows are numbered as a spreadsheet shows them: the header is row 1, the first record row 2.
"""
import csv
import io
import re
from decimal import Decimal, ROUND_HALF_UP

from forge_step import at_least_cents, plain, refuse

CELL_BYTES_MAX = 1 << 20
NUMBER_DIGITS_MAX = 30
NULL_WORDS = {"null", "n/a", "#n/a"}
# In a column of numbers or dates these cannot be values; as a name or code they can.
NULL_MARKS = NULL_WORDS | {"none", "nil", "na", "nan", "-", "--"}
MONTHS = {name: index + 1 for index, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split())}
SIGNATURES = ((b"PK\x03\x04", "an Excel workbook or zip archive"), (b"%PDF", "a PDF"),
              (b"\x1f\x8b", "a gzip archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
              (b"\xff\xfe", "UTF-16 text"), (b"\xfe\xff", "UTF-16 text"))


class Table:
    """header: column names. rows: lists of cells. numbers: the row number of each row."""

    def __init__(self, file, header, rows, numbers):
        self.file = file
        self.header = header
        self.rows = rows
        self.numbers = numbers

    def column(self, name):
        index = self.header.index(name)
        return [row[index] for row in self.rows]


def decode(data, file):
    """Bytes to text: UTF-8 with or without BOM, nothing else."""
    if not data.strip():
        refuse("the file is empty", file, 1, 1)
    for magic, what in SIGNATURES:
        if data.startswith(magic):
            refuse("this is %s, not CSV text: save it as CSV in UTF-8" % what, file, 1, 1)
    if b"\0" in data:
        row = data[:data.index(b"\0")].count(b"\n") + 1
        refuse("a NUL byte: this is not CSV text", file, row, 1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[:error.start]
        line = before[before.rfind(b"\n") + 1:]
        refuse("byte 0x%02X is not UTF-8: save the file as CSV in UTF-8" % data[error.start],
               file, before.count(b"\n") + 1, line.count(b",") + 1)


def header_of(record, file):
    """Column names: trimmed; an unnamed column is called after its place; no name twice."""
    names = [name.strip() or "column_%d" % (index + 1) for index, name in enumerate(record)]
    for index, name in enumerate(names):
        if name in names[:index]:
            refuse("column `%s` appears twice in the header" % name, file, 1, index + 1)
    return names


def records_of(text, file):
    """Yield (row number, cells); blank lines count but are not records."""
    csv.field_size_limit(CELL_BYTES_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            refuse("the CSV is broken here: %s" % error, file, number, 1)
        if record is None:
            return
        if record:
            yield number, record


def read_table(source, required):
    """Read source (a forge_step.Input) and check that its header holds the required columns."""
    file = source.source_path
    records = records_of(decode(source.bytes(), file), file)
    first = next(records, None)
    if first is None:
        refuse("the file is empty", file, 1, 1)
    header = header_of(first[1], file)
    check_header(header, required, file)
    rows, numbers = [], []
    for number, record in records:
        if len(record) != len(header):
            refuse("row %d has %d cells, the header has %d" % (number, len(record), len(header)),
                   file, number, min(len(record), len(header)) + 1)
        rows.append(record)
        numbers.append(number)
    if not rows:
        refuse("the file has a header and no rows", file, 2, 1)
    return Table(file, header, rows, numbers)


def check_header(header, required, file):
    missing = [name for name in required if name not in header]
    if not missing:
        return
    if len(header) == 1 and (";" in header[0] or "\t" in header[0] or "|" in header[0]):
        refuse("the header is one column; the cells must be separated by commas", file, 1, 1)
    name, near = missing[0], None
    for index, other in enumerate(header):
        if other not in required and letters(other) == letters(name):
            near = index
    if near is None:
        import difflib
        close = difflib.get_close_matches(name, [h for h in header if h not in required], 1, 0.6)
        near = header.index(close[0]) if close else None
    rest = "; also missing: %s" % ", ".join("`%s`" % one for one in missing[1:])
    refuse("no column `%s`%s%s" % (
        name, "" if near is None else "; `%s` is the nearest: rename it" % header[near],
        rest if missing[1:] else ""), file, 1, len(header) if near is None else near + 1)


def letters(name):
    return "".join(sorted(re.findall(r"[a-z0-9]+", name.lower())))


# --- cells -------------------------------------------------------------------------------------
# Each reader returns (value, code): value None when the cell is null or not understood, code None
# when the cell was plain, else one of the flags in FLAGS.

FLAGS = {
    "NULL_VALUE": "the cell is empty",
    "NULL_WORD": "the cell says that there is no value",
    "TRIMMED": "spaces around the value were removed",
    "NUMBER_NORMALIZED": "spaces, a currency sign or separators were removed",
    "NUMBER_ROUNDED": "more digits than an amount has; rounded to the cent",
    "NOT_A_NUMBER": "the cell is not a number",
    "AMBIGUOUS_NUMBER": "the comma may be a decimal point or a thousands separator",
    "DATE_NORMALIZED": "the date was rewritten as year-month-day",
    "NOT_A_DATE": "the cell is not a date",
    "AMBIGUOUS_DATE": "day and month cannot be told apart",
}
PROBLEMS = {"NULL_VALUE", "NULL_WORD", "NUMBER_ROUNDED", "NOT_A_NUMBER", "AMBIGUOUS_NUMBER",
            "NOT_A_DATE", "AMBIGUOUS_DATE"}
# The digits are ASCII everywhere: \d would take any script's.
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,%d}(?:\.[0-9]{1,%d})?" % (
    NUMBER_DIGITS_MAX // 2, NUMBER_DIGITS_MAX // 2))
GROUPED_BY_COMMA = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
GROUPED_BY_POINT = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
AFFIX = re.compile(r"(?:usd|eur|gbp|chf|cad|aud|jpy|us\$|[$€£¥])")
ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def null_or(cell, words=NULL_MARKS):
    """(text, code, is_null) of a trimmed cell."""
    text = cell.strip()
    if not text:
        return None, "NULL_VALUE", True
    if text.lower() in words:
        return None, "NULL_WORD", True
    return text, ("TRIMMED" if text != cell else None), False


def read_text(cell):
    text, code, _ = null_or(cell, NULL_WORDS)
    return text, code


def bare_number(text):
    """(digits with separators, is negative) without signs, brackets, spaces and currency."""
    text = text.lower().replace("\u2212", "-")
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1]
    text = re.sub(r"[\s\u00a0\u202f']", "", AFFIX.sub("", text, count=1))
    if text.startswith("-") or text.endswith("-"):
        negative, text = not negative, (text[1:] if text.startswith("-") else text[:-1])
    elif text.startswith("+"):
        text = text[1:]
    return text, negative


def decimal_mark(text):
    """'.' or ',' when the shape of a bare number proves which one is its decimal point."""
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    mark = "." if point >= 0 else ","
    head, _, tail = text.rpartition(mark)
    if not head and not tail:
        return None
    if mark in head:
        return "," if mark == "." else "."
    if len(tail) == 3 and re.fullmatch("[1-9][0-9]{0,2}", head):
        return None
    return mark


def column_mark(cells):
    """The decimal mark that the cells of a column prove; None when none or both are proved.

    Only a column that holds a comma can be in doubt: elsewhere '.' is the decimal point."""
    if not any("," in cell for cell in cells):
        return "."
    marks = {decimal_mark(bare_number(cell.strip())[0]) for cell in cells
             if "," in cell or "." in cell}
    marks.discard(None)
    return marks.pop() if len(marks) == 1 else None


def read_number(cell, mark="."):
    """A decimal number, exactly; mark is what column_mark says of its column."""
    if mark == "." and PLAIN_NUMBER.fullmatch(cell):
        return Decimal(cell), None
    text, code, is_null = null_or(cell)
    if is_null:
        return None, code
    text, negative = bare_number(text)
    digits = sum(one in "0123456789" for one in text)
    if not digits or digits > NUMBER_DIGITS_MAX or not re.fullmatch("[0-9.,]+", text):
        return None, "NOT_A_NUMBER"
    if "." in text or "," in text:
        mark = decimal_mark(text) or mark
        if mark is None:
            return None, "AMBIGUOUS_NUMBER"
        whole, point, fraction = text.rpartition(mark) if mark in text else (text, "", "")
        grouped = GROUPED_BY_COMMA if mark == "." else GROUPED_BY_POINT
        if not (re.fullmatch("[0-9]*", whole) or grouped.fullmatch(whole)) or \
                not re.fullmatch("[0-9]*", fraction):
            return None, "NOT_A_NUMBER"
        text = "%s.%s" % (re.sub("[.,]", "", whole) or "0", fraction or "0")
    value = Decimal(text)
    value = -value if negative else value
    same = PLAIN_NUMBER.fullmatch(cell) and Decimal(cell) == value
    return value, (None if same else "NUMBER_NORMALIZED")


AMOUNT_LIMIT = Decimal(10) ** 12


def read_amount(cell, mark="."):
    """A sum of money: as read_number, at most two decimals."""
    value, code = read_number(cell, mark)
    if value is None:
        return value, code
    if abs(value) >= AMOUNT_LIMIT:  # beyond it a reader that holds numbers in doubles would lose cents
        return None, "NUMBER_TOO_LARGE"
    short = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return short, ("NUMBER_ROUNDED" if short != value else code)


def is_day(year, month, day):
    if not (1 <= month <= 12 and 1 <= day and 1000 <= year):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


NUMERIC_DATE = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})"
                        r"|([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
DAY_NAME_YEAR = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ \-/.]+([a-z]{3,9})[ \-/.,]+([0-9]{4})")
NAME_DAY_YEAR = re.compile(r"([a-z]{3,9})[ \-/.]+([0-9]{1,2})(?:st|nd|rd|th)?[ \-/.,]+([0-9]{4})")
TIME_OF_DAY = re.compile(r"[t ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:z|[+\-][0-9:]{4,6})?$")


def day_order(cells):
    """'dmy' or 'mdy' when the column's cells prove one and none proves the other, else None."""
    first = second = False
    for cell in cells:
        match = NUMERIC_DATE.fullmatch(TIME_OF_DAY.sub("", cell.strip().lower()))
        if match:
            first = first or 12 < int(match[1]) <= 31
            second = second or 12 < int(match[2]) <= 31
    if first == second:
        return None
    return "dmy" if first else "mdy"


def month_of(word):
    return MONTHS.get(word[:3]) if word[:3] in MONTHS and (
        len(word) == 3 or word in FULL_MONTHS or word == "sept") else None


FULL_MONTHS = {"january", "february", "march", "april", "june", "july", "august", "september",
               "october", "november", "december"}


def numeric_date(first, second, year, order):
    """(year, month, day) or a code, of 03/04/2026."""
    if first > 12 or order == "dmy":
        return (year, second, first) if is_day(year, second, first) else "NOT_A_DATE"
    if second > 12 or order == "mdy" or first == second:
        return (year, first, second) if is_day(year, first, second) else "NOT_A_DATE"
    return "AMBIGUOUS_DATE"


def read_date(cell, order=None):
    """A calendar day as YYYY-MM-DD; order is what the whole column proves."""
    match = ISO_DATE.fullmatch(cell)
    if match and is_day(int(match[1]), int(match[2]), int(match[3])):
        return cell, None
    text, code, is_null = null_or(cell)
    if is_null:
        return None, code
    text = TIME_OF_DAY.sub("", text.lower())
    match = YEAR_FIRST.fullmatch(text)
    found = "NOT_A_DATE"
    if match:
        year, month, day = (int(one) for one in match.groups() if one)
        found = (year, month, day)
    elif NUMERIC_DATE.fullmatch(text):
        found = numeric_date(*(int(one) for one in NUMERIC_DATE.fullmatch(text).groups()), order)
    elif DAY_NAME_YEAR.fullmatch(text):
        match = DAY_NAME_YEAR.fullmatch(text)
        found = (int(match[3]), month_of(match[2]) or 0, int(match[1]))
    elif NAME_DAY_YEAR.fullmatch(text):
        match = NAME_DAY_YEAR.fullmatch(text)
        found = (int(match[3]), month_of(match[1]) or 0, int(match[2]))
    if isinstance(found, str):
        return None, found
    if not is_day(*found):
        return None, "NOT_A_DATE"
    return "%04d-%02d-%02d" % found, "DATE_NORMALIZED"


# --- typed rows --------------------------------------------------------------------------------

def reader_of(kind, cells):
    """A function cell -> (value, code) for one column, given all its cells.

    kind: date, number (8, 7.5), rate (two decimals or more), amount (two decimals), else text."""
    if kind == "date":
        order = day_order(cells)
        return lambda cell: read_date(cell, order)
    if kind not in ("number", "rate", "amount"):
        return read_text
    mark = column_mark(cells)
    read = read_amount if kind == "amount" else read_number
    shape = {"number": plain, "rate": at_least_cents}.get(kind)

    def number(cell):
        value, code = read(cell, mark)
        return (shape(value) if shape and value is not None else value), code
    return number


def row_key(name):
    """The member that a column becomes: its name, but source_row is ours."""
    return "source_row (file)" if name == "source_row" else name


def typed_rows(table, kinds, flag):
    """Rows as objects: source_row, then the file's columns in the file's order. A column with a kind
    (name -> kind) is read as such, every other is kept as it is. flag(code, row, column, cell, value)
    hears every doubt."""
    readers = [(row_key(name), index,
                reader_of(kinds[name], table.column(name)) if name in kinds else None)
               for index, name in enumerate(table.header)]
    rows = []
    for number, cells in zip(table.numbers, table.rows):
        row = {"source_row": number}
        for name, index, read in readers:
            if read is None:
                row[name] = cells[index]
                continue
            row[name], code = read(cells[index])
            if code is not None:
                flag(code, number, name, cells[index], row[name])
        rows.append(row)
    return rows


# --- profile -----------------------------------------------------------------------------------

def infer(cells):
    """The narrowest type that holds every non-empty cell; 'empty' when there is none."""
    values = [cell for cell in cells if cell.strip()]
    if not values:
        return "empty"
    if all(re.fullmatch(r"-?[0-9]+", cell) for cell in values):
        return "integer"
    if all(PLAIN_NUMBER.fullmatch(cell) for cell in values):
        return "decimal"
    if all(ISO_DATE.fullmatch(cell) and read_date(cell)[1] is None for cell in values):
        return "date"
    if all(cell.lower() in ("true", "false") for cell in values):
        return "boolean"
    return "text"


def profile_table(table, size, kinds, keys):
    """What a table holds. kinds: expected kind of columns by name; keys: columns to list in full."""
    columns, distinct = [], {}
    for index, name in enumerate(table.header):
        cells = [row[index] for row in table.rows]
        kept = {cell for cell in cells if cell.strip()}
        columns.append({
            "name": name, "inferred_type": infer(cells), "expected_type": kinds.get(name),
            "null_count": sum(1 for cell in cells if not cell.strip()),
            "distinct_count": len(kept),
            "mismatch_count": mismatches(cells, kinds.get(name)),
        })
        if name in keys:
            distinct[name] = sorted(cell.strip() for cell in kept)
    return {"filename": table.file.rsplit("/", 1)[-1], "path": table.file,
            "format": "csv", "bytes": size, "row_count": len(table.rows), "columns": columns,
            "distinct_values": distinct}


def mismatches(cells, expected):
    """How many non-empty cells are not written plainly in the expected kind."""
    pattern = {"number": PLAIN_NUMBER, "rate": PLAIN_NUMBER, "amount": PLAIN_NUMBER,
               "date": ISO_DATE}.get(expected)
    if pattern is None:
        return 0
    return sum(1 for cell in cells if cell.strip() and not pattern.fullmatch(cell))
