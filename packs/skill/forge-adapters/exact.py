# SPDX-License-Identifier: Apache-2.0
"""JSON read and written without ever making a number of its numbers.

A number keeps its digits as they stand (Number), whatever its size. Members keep their order. A member that
stands twice, NaN, a nesting deeper than DEPTH_MAX and half a surrogate pair are refused.
Rows (an array of objects) are read one at a time; row 1 is the first object.
"""
import codecs
import json
from json.encoder import encode_basestring

from adapt import CHUNK_BYTES, ROW_BYTES_MAX, shown, size_words

DEPTH_MAX = 60
BLANKS = " \t\n\r"
DOCUMENT_BYTES_MAX = 64 << 20


class Number(str):
    """A JSON number as it is written."""
    __slots__ = ()


class Refused(Exception):
    """What is wrong with a value; the reader knows where."""


def members(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise Refused("the member `%s` stands there twice" % shown(name))
            seen.add(name)
    return found


def constant(word):
    raise Refused("%s is not a JSON value" % word)


DECODER = json.JSONDecoder(object_pairs_hook=members, parse_float=Number, parse_int=Number, parse_constant=constant)


def text_of(value, depth=0):
    """One line of JSON."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is Number:
        return value
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if depth >= DEPTH_MAX:
        raise Refused("it is nested deeper than %d" % DEPTH_MAX)
    if kind is dict:
        return "{" + ", ".join([encode_basestring(k) + ": " + text_of(v, depth + 1) for k, v in value.items()]) + "}"
    return "[" + ", ".join([text_of(one, depth + 1) for one in value]) + "]"


def pretty(value, indent="", depth=0):
    """JSON with one member a line; a container without containers stays on one line."""
    inner = indent + "  "
    if depth >= DEPTH_MAX:
        raise Refused("it is nested deeper than %d" % DEPTH_MAX)
    if isinstance(value, dict) and any(isinstance(one, (dict, list)) and one for one in value.values()):
        lines = [inner + encode_basestring(k) + ": " + pretty(v, inner, depth + 1) for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + indent + "}"
    if isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        return "[\n" + ",\n".join(inner + pretty(one, inner, depth + 1) for one in value) + "\n" + indent + "]"
    return text_of(value, depth)


class Window:
    """The part of a text file that is being looked at."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.stream = adapter.open()
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.text, self.pos, self.at_end, self.read_bytes = "", 0, False, 0
        self.row = 0
        self.more(CHUNK_BYTES)
        if self.text.startswith("\ufeff"):
            self.pos = 1

    def more(self, size):
        """Read on; False at the end of the file."""
        if self.at_end:
            return False
        data = self.stream.read(size)
        self.at_end = not data
        try:
            text = self.decoder.decode(data, self.at_end)
        except UnicodeDecodeError as error:
            self.adapter.refuse("byte 0x%02X near byte %d of the file is not UTF-8: save the file as UTF-8" % (
                error.object[error.start], self.read_bytes + error.start + 1), self.row + 1, None)
        self.read_bytes += len(data)
        self.text = self.text[self.pos:] + text
        self.pos = 0
        return True

    def peek(self):
        """The next character that is no blank, or ''."""
        while True:
            while self.pos < len(self.text):
                one = self.text[self.pos]
                if one not in BLANKS:
                    return one
                self.pos += 1
            if not self.more(CHUNK_BYTES):
                return ""

    def value(self):
        """The value that begins here: an object or array, so that its end can be told."""
        while True:
            try:
                found, self.pos = DECODER.raw_decode(self.text, self.pos)
                return found
            except json.JSONDecodeError as error:
                problem = "%s (at '%s')" % (error.msg, shown(self.text[error.pos:error.pos + 20], 20))
            except Refused as error:
                self.adapter.refuse(str(error), self.row, None)
            except RecursionError:
                self.adapter.refuse("it is nested deeper than %d" % DEPTH_MAX, self.row, None)
            left = len(self.text) - self.pos
            if left > ROW_BYTES_MAX:
                self.adapter.refuse("the row is broken or longer than %s: %s" % (size_words(ROW_BYTES_MAX), problem),
                                    self.row, None)
            if not self.more(max(CHUNK_BYTES, left)):
                self.adapter.refuse("it is not JSON: %s" % problem, self.row, None)


def rows_of(adapter):
    """Yield (row number, object) of a JSON array of objects."""
    window = Window(adapter)
    if window.peek() != "[":
        adapter.refuse("it is not a JSON array of rows", 1, None)
    window.pos += 1
    first = True
    while True:
        one = window.peek()
        window.row += 1
        if one == "]" and first:
            break
        if one != "{":
            adapter.refuse("expected a row, an object in braces, found %s" % (
                "the end of the file" if not one else "'%s'" % shown(one)), window.row, None)
        yield window.row, window.value()
        first = False
        one = window.peek()
        if one == "]":
            break
        if one != ",":
            adapter.refuse("expected a comma or ] behind the row, found %s" % (
                "the end of the file" if not one else "'%s'" % shown(one)), window.row, None)
        window.pos += 1
    window.pos += 1
    if window.peek():
        adapter.refuse("there is more behind the array", window.row, None)


def object_of(adapter):
    """A JSON document that is one object."""
    text = adapter.text(DOCUMENT_BYTES_MAX)
    try:
        found = DECODER.decode(text)
    except json.JSONDecodeError as error:
        adapter.refuse("it is not JSON: %s" % error.msg, error.lineno, error.colno)
    except Refused as error:
        adapter.refuse(str(error))
    except RecursionError:
        adapter.refuse("it is nested deeper than %d" % DEPTH_MAX)
    if not isinstance(found, dict):
        adapter.refuse("it is not a JSON object", 1, 1)
    return found


class Rows:
    """Rows written one a line."""

    def __init__(self, result):
        self.result = result
        self.n = 0

    def row(self, value):
        self.result.write((",\n" if self.n else "[\n") + text_of(value))
        self.n += 1

    def cells(self, names, cells):
        """A row whose values are texts, JSON already where a cell is a Number; names are JSON."""
        self.result.write((",\n{" if self.n else "[\n{") + ", ".join(
            [name + encode_basestring(cell) for name, cell in zip(names, cells)]) + "}")
        self.n += 1

    def end(self):
        self.result.write("\n]\n" if self.n else "[]\n")
