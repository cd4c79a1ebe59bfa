# SPDX-License-Identifier: Apache-2.0
"""CSV and TSV, read strictly and written in one canonical way.

Read: UTF-8 with or without a byte order mark, LF or CRLF, cells quoted as RFC 4180 says; what a lenient reader
would guess at is refused with its place. TSV is the same with a tab between cells; there a mark of quotation
inside an unquoted cell is text. Written: LF, no byte order mark, a cell quoted only when it holds the delimiter,
a quotation mark or a line end, or is the only cell of its row and empty.
Rows are numbered as a spreadsheet shows them: the header is row 1.
"""
import re

from adapt import CELL_BYTES_MAX, CHUNK_BYTES, ROW_BYTES_MAX, check_header, shown, size_words

DELIMITER = {"table.csv": ",", "table.tsv": "\t"}
SIGNATURES = ((b"PK\x03\x04", "an Excel workbook or zip archive"), (b"%PDF", "a PDF"), (b"PAR1", "a Parquet file"),
              (b"\x1f\x8b", "a gzip archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
              (b"\xff\xfe", "UTF-16 text"), (b"\xfe\xff", "UTF-16 text"))


class Lines:
    """The lines of a file as bytes without their LF; ended says whether the last one had one."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.ended = True
        self.lines = self.read()

    def read(self):
        with self.adapter.open() as stream:
            chunk = stream.read(CHUNK_BYTES)
            for magic, what in SIGNATURES:
                if chunk.startswith(magic):
                    self.adapter.refuse("this is %s, not a table as text: save it as CSV in UTF-8" % what, 1, 1)
            if chunk.startswith(b"\xef\xbb\xbf"):
                chunk = chunk[3:]
            tail = b""
            while chunk:
                lines = (tail + chunk).split(b"\n")
                tail = lines.pop()
                yield from lines
                if len(tail) > ROW_BYTES_MAX:
                    self.adapter.refuse("a line is longer than %s" % size_words(ROW_BYTES_MAX))
                chunk = stream.read(CHUNK_BYTES)
            if tail:
                self.ended = False
                yield tail


class Reader:
    """header, and rows() of (row number, cells)."""

    def __init__(self, adapter, kind):
        self.adapter = adapter
        self.delimiter = DELIMITER[kind]
        self.is_tsv = kind == "table.tsv"
        self.source = Lines(adapter)
        self.number = 0
        self.records = self.read()
        first = next(self.records, None)
        if first is None:
            adapter.refuse("the file is empty", 1, 1)
        self.header = first[1]
        check_header(adapter, self.header)

    def refuse(self, message, column=1):
        self.adapter.refuse(message, self.number, column)

    def decode(self, line):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            self.refuse("byte 0x%02X is not UTF-8: save the file as UTF-8" % line[error.start],
                        line[:error.start].count(self.delimiter.encode()) + 1)
        if "\0" in text:
            self.refuse("a NUL character: this is not a table as text",
                        text[:text.index("\0")].count(self.delimiter) + 1)
        return text

    def read(self):
        blank = 0
        delimiter = self.delimiter
        for line in self.source.lines:
            self.number += 1
            if not line or line == b"\r" and self.source.ended:
                blank = blank or self.number
                continue
            if blank:
                self.number = blank
                self.refuse("an empty line between rows: remove it")
            text = self.decode(line)
            if '"' in text:
                yield self.number, self.quoted(text)
                continue
            if "\r" in text:
                text = self.unended(text)
            cells = text.split(delimiter)
            if len(line) > CELL_BYTES_MAX:
                self.check_sizes(cells, len(line))
            yield self.number, cells

    def rows(self):
        width = len(self.header)
        for number, cells in self.records:
            if len(cells) != width:
                self.adapter.refuse("this row has %d cells, the header has %d" % (len(cells), width), number,
                                    min(len(cells), width) + 1)
            yield number, cells

    def unended(self, text):
        """The last cell without the CR of a CRLF; any other CR outside quotes is broken."""
        if text.endswith("\r") and self.source.ended:
            text = text[:-1]
        if "\r" in text:
            self.refuse("a carriage return without a line feed outside quotation marks",
                        text[:text.index("\r")].count(self.delimiter) + 1)
        return text

    def check_sizes(self, cells, size):
        if size > ROW_BYTES_MAX:
            self.refuse("the row is longer than %s" % size_words(ROW_BYTES_MAX))
        for index, cell in enumerate(cells):
            if len(cell.encode("utf-8")) > CELL_BYTES_MAX:
                self.refuse("the cell is longer than %s" % size_words(CELL_BYTES_MAX), index + 1)

    def quoted(self, text):
        """The cells of a record that begins with this line and has quotation marks in it."""
        cells, pos, size = [], 0, len(text)
        while True:
            if text.startswith('"', pos):
                cell, text, pos, more = self.quoted_cell(text, pos + 1, len(cells) + 1, size)
                size += more
                cells.append(cell)
                rest = text[pos:]
                if not rest or rest == "\r" and self.source.ended:
                    break
                if not text.startswith(self.delimiter, pos):
                    self.refuse("text behind the closing quotation mark: '%s'" % shown(rest, 20), len(cells))
                pos += 1
                continue
            at = text.find(self.delimiter, pos)
            cell = text[pos:] if at < 0 else text[pos:at]
            if '"' in cell and not self.is_tsv:
                self.refuse("a quotation mark inside a cell that is not quoted", len(cells) + 1)
            cells.append(self.unended(cell) if at < 0 else cell)
            if at < 0:
                break
            if "\r" in cell:
                self.unended(cell + self.delimiter)
            pos = at + 1
        if size > CELL_BYTES_MAX // 4:
            self.check_sizes(cells, size)
        return cells

    def quoted_cell(self, text, pos, column, size):
        """(cell, line that it ends in, where there, characters read besides)."""
        parts, more = [], 0
        while True:
            at = text.find('"', pos)
            if at >= 0:
                parts.append(text[pos:at])
                if text.startswith('""', at):
                    parts.append('"')
                    pos = at + 2
                    continue
                return "".join(parts), text, at + 1, more
            parts.append(text[pos:])
            line = next(self.source.lines, None)
            if line is None:
                self.refuse("a quotation mark is never closed", column)
            more += len(line) + 1
            if size + more > ROW_BYTES_MAX:
                self.refuse("the row is longer than %s; a quotation mark may be missing" % size_words(ROW_BYTES_MAX),
                            column)
            parts.append("\n")
            text, pos = self.decode(line), 0


class Writer:
    """Rows of text cells in the canonical form."""

    def __init__(self, result, kind):
        self.write = result.write
        self.delimiter = DELIMITER[kind]
        self.special = re.compile('["\r\n%s]' % self.delimiter)
        self.unsafe = re.compile('["\r\n]')

    def row(self, cells):
        line = self.delimiter.join(cells)
        if self.unsafe.search(line) or line.count(self.delimiter) != len(cells) - 1:
            line = self.delimiter.join(
                '"' + cell.replace('"', '""') + '"' if self.special.search(cell) else cell for cell in cells)
        self.write((line or '""') + "\n")
