# SPDX-License-Identifier: Apache-2.0
"""What every step program needs: its inputs and outputs, exact JSON, and a way to refuse.

The harness describes the step in meta/step.json below the workspace. Numbers with a point are read as
Decimal and written digit for digit, so 37.50 stays 37.50 and no amount ever passes through a float.
Each pack carries a copy of this file (a skill is closed: its contract lists every byte it can load);
`make test-packs` checks that the copies are equal.
"""
import json
import os
import sys
from decimal import Decimal, ROUND_HALF_UP, getcontext
from json.encoder import encode_basestring

# Products of two cells are exact: a cell has at most 30 digits (forge_table.NUMBER_DIGITS_MAX).
getcontext().prec = 100
CENT = Decimal("0.01")
ZERO = Decimal("0.00")
# The tests run programs outside a sandbox and point this elsewhere; inside it is never set.
WORKSPACE = os.environ.get("FORGE_WORKSPACE", "/workspace")


def refuse(message, file=None, row=None, column=None):
    """End the program: the input cannot be worked on. row and column count from 1 (1 = header)."""
    place = {"message": message, "file": file, "row": row, "column": column}
    sys.stderr.write(json.dumps({"error": place}, ensure_ascii=True) + "\n")
    sys.stderr.flush()
    sys.exit(65)


class Input:
    """One bound input: path to read, source_path to name it to people."""

    def __init__(self, name, spec):
        self.name = name
        self.path = spec["path"]
        self.source_path = spec.get("source_path") or "input/" + os.path.basename(self.path)

    def bytes(self):
        try:
            with open(self.path, "rb") as stream:
                return stream.read()
        except OSError as error:
            refuse("cannot read it: %s" % error.strerror, self.source_path)

    def json(self):
        """The document; numbers with a point or exponent as Decimal."""
        try:
            return json.loads(self.bytes().decode("utf-8"), parse_float=Decimal)
        except ValueError as error:
            refuse("it is not JSON: %s" % error, self.source_path)


class Step:
    """The step as meta/step.json describes it."""

    def __init__(self):
        with open(os.path.join(WORKSPACE, "meta", "step.json"), encoding="utf-8") as stream:
            spec = json.load(stream)
        self.step_id = spec["step_id"]
        self.params = spec.get("params") or {}
        self.inputs = {name: Input(name, one) for name, one in spec["inputs"].items()}
        self.outputs = {name: one["path"] for name, one in spec["outputs"].items()}

    def write(self, name, text):
        """Save one declared output; text is str or bytes."""
        path = self.outputs[name]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(text, str):
            try:
                text = text.encode("utf-8")
            except UnicodeEncodeError:
                refuse("a text holds half a surrogate pair, which UTF-8 cannot express")
        with open(path, "wb") as stream:
            stream.write(text)

    def write_rows(self, name, rows):
        """A table: one row a line, so that a diff of two runs shows rows."""
        body = ",\n".join(map(compact, rows))
        self.write(name, "[\n%s\n]\n" % body if body else "[]\n")

    def write_object(self, name, value):
        self.write(name, pretty(value, "") + "\n")


def scalar(value):
    """One JSON scalar as text, or None when value is a container."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (dict, list, tuple)):
        return None
    raise TypeError("no JSON for %s" % type(value).__name__)


def compact(value):
    """One line of JSON; members keep their order."""
    text = scalar(value)
    if text is not None:
        return text
    if isinstance(value, dict):
        members = [encode_basestring(key) + ": " + compact(one) for key, one in value.items()]
        return "{" + ", ".join(members) + "}"
    return "[" + ", ".join(map(compact, value)) + "]"


def pretty(value, indent):
    """JSON with one member a line; a container without containers stays on one line."""
    inner = indent + "  "
    if isinstance(value, dict) and any(isinstance(v, (dict, list)) and v for v in value.values()):
        members = ["%s%s: %s" % (inner, encode_basestring(k), pretty(v, inner))
                   for k, v in value.items()]
        return "{\n" + ",\n".join(members) + "\n" + indent + "}"
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return "[\n" + ",\n".join(inner + pretty(v, inner) for v in value) + "\n" + indent + "]"
    return compact(value)


# "+ 0" turns the -0 that rounding can leave into 0.

def money(value):
    """Exact amount rounded to the cent, halves away from zero."""
    return Decimal(value).quantize(CENT, ROUND_HALF_UP) + 0


def at_least_cents(value):
    """A rate: two decimals, or as many more as it has."""
    value = Decimal(value) + 0
    short = value.quantize(CENT, ROUND_HALF_UP)
    return short if short == value else value.normalize()


def plain(value):
    """A quantity without needless zeros: 8, 7.5."""
    value = Decimal(value) + 0
    short = value.normalize()
    return value.quantize(Decimal(1)) if short == short.to_integral_value() else short
