# SPDX-License-Identifier: Apache-2.0
"""What every adapter needs: its one input and one output, as streams, with limits.

An adapter step has one input named `source` and one output named `result`; their kinds in meta/step.json
say what is asked for. Nothing here holds a whole file: a line, a row or a chunk at a time.
"""
import json
import os

from forge_step import WORKSPACE, refuse

CHUNK_BYTES = 1 << 20
CELL_BYTES_MAX = 1 << 20
ROW_BYTES_MAX = 8 << 20
COLUMNS_MAX = 4096
NAME_BYTES_MAX = 256


class Adapter:
    """One input, one output and the step's params."""

    def __init__(self):
        with open(os.path.join(WORKSPACE, "meta", "step.json"), encoding="utf-8") as stream:
            spec = json.load(stream)
        source, result = spec["inputs"]["source"], spec["outputs"]["result"]
        self.params = spec.get("params") or {}
        self.kind, self.to = source["kind"], result["kind"]
        self.entity = source.get("entity")
        self.path = source["path"]
        self.name = source.get("source_path") or "input/" + os.path.basename(self.path)
        self.target = result["path"]

    def refuse(self, message, row=None, column=None):
        refuse(message, self.name, row, column)

    def open(self):
        try:
            return open(self.path, "rb")
        except OSError as error:
            self.refuse("cannot read it: %s" % error.strerror)

    def bytes(self, most):
        """The whole input, refused when it is longer than most bytes."""
        with self.open() as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            self.refuse("it is larger than %s, the most that this adapter reads" % size_words(most))
        return data

    def text(self, most):
        """The whole input as text: UTF-8, without a byte order mark."""
        data = self.bytes(most)
        if b"\0" in data:
            line = data[:data.index(b"\0")].count(b"\n") + 1
            self.refuse("a NUL character: this is not text", line, None)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.refuse("byte 0x%02X is not UTF-8: save the file as UTF-8" % data[error.start],
                        data[:error.start].count(b"\n") + 1, None)

    def result(self):
        os.makedirs(os.path.dirname(self.target), exist_ok=True)
        return Result(self)


class Result:
    """The output as text, written in chunks."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.stream = open(adapter.target, "wb")
        self.parts, self.size = [], 0

    def write(self, text):
        self.parts.append(text)
        self.size += len(text)
        if self.size >= CHUNK_BYTES:
            self.flush()

    def flush(self):
        try:
            self.stream.write("".join(self.parts).encode("utf-8"))
        except UnicodeEncodeError:
            self.adapter.refuse("a text holds half a surrogate pair, which UTF-8 cannot express")
        self.parts, self.size = [], 0

    def close(self):
        self.flush()
        self.stream.close()


def size_words(n):
    """1048576 -> "1 MiB"."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if n >= unit and n % unit == 0:
            return "%d %s" % (n // unit, name)
    return "%d bytes" % n


def shown(value, most=60):
    """A value in a message: short, on one line."""
    text = "".join(one if one.isprintable() else "\ufffd" for one in value[:most])
    return text + ("…" if len(value) > most else "")


def check_header(adapter, names):
    """Names of columns as they must be in any table."""
    if len(names) > COLUMNS_MAX:
        adapter.refuse("it has more than %d columns" % COLUMNS_MAX, 1, COLUMNS_MAX + 1)
    seen = set()
    for index, name in enumerate(names):
        if not name:
            adapter.refuse("column %d has no name" % (index + 1), 1, index + 1)
        if "\0" in name or len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES_MAX:
            adapter.refuse("the name of column %d has a NUL character or more than %d bytes" % (
                index + 1, NAME_BYTES_MAX), 1, index + 1)
        if name in seen:
            adapter.refuse("column `%s` appears twice in the header" % shown(name), 1, index + 1)
        seen.add(name)
