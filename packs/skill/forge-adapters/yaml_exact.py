# SPDX-License-Identifier: Apache-2.0
"""YAML read as JSON's values, and JSON's values written as YAML. No number becomes a number on the way.

Read by the events of libyaml, a row at a time, with the core schema of YAML 1.2: `no`, `on`, dates and 1_000 are
texts, numbers keep their digits. What has two readings or no JSON is refused with its place: 007 (seven or a text),
0o17 and 0x1F keep no digits and are refused too, infinity, tags beyond the core ones, a list as key, a member that
stands twice, `<<` (a member or a merge), a second document. An alias stands for the value of its anchor; all aliases
together may stand for ALIAS_VALUES_MAX values, so that a few lines cannot unfold into gigabytes.
"""
import re

import yaml

import exact
from adapt import CHUNK_BYTES, ROW_BYTES_MAX, shown, size_words
from exact import DEPTH_MAX, DOCUMENT_BYTES_MAX, Number

ALIAS_VALUES_MAX = 100000
ROW_VALUES_MAX = 1000000
KEY_MAX = 1000  # as written; a reader takes no key of more than 1,024 without a mark of its own
NULLS = {"", "~", "null", "Null", "NULL"}
TRUES, FALSES = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
CORE_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
                         r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", "tag:yaml.org,2002:int",
        "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "!", None}


class Bounded:
    """A stream for libyaml that hands out bytes in chunks and refuses what is no text."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.stream = adapter.open()
        self.lines = 0
        self.unbroken = 0

    def read(self, size=CHUNK_BYTES):
        data = self.stream.read(min(size, CHUNK_BYTES))
        if b"\0" in data:
            self.adapter.refuse("a NUL character: this is not YAML", self.lines + data[:data.index(b"\0")].count(b"\n") + 1)
        last = data.rfind(b"\n")
        self.unbroken = self.unbroken + len(data) if last < 0 else len(data) - last
        if self.unbroken > ROW_BYTES_MAX:
            self.adapter.refuse("a line is longer than %s" % size_words(ROW_BYTES_MAX), self.lines + 1)
        self.lines += data.count(b"\n")
        return data


class Tree:
    """Values out of events."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.events = yaml.parse(Bounded(adapter), Loader=yaml.CBaseLoader)
        self.anchors = {}  # name -> (value, how many values it is), None while it is still open
        self.unfolded = 0
        self.count = 0

    def refuse(self, message, event):
        mark = event.start_mark
        self.adapter.refuse(message, mark.line + 1, mark.column + 1)

    def next(self):
        try:
            return next(self.events)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
            self.adapter.refuse("it is not YAML: %s" % problem, mark.line + 1 if mark else None,
                                mark.column + 1 if mark else None)
        except StopIteration:
            self.adapter.refuse("it ends too early")

    def begin(self):
        """The first event of the only document, None when there is none."""
        event = self.next()
        while isinstance(event, yaml.StreamStartEvent):
            event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        if event.version and event.version < (1, 2):
            self.refuse("it says %%YAML %d.%d, in which `no` and `1_000` are other values than in 1.2" % event.version, event)
        if event.tags:
            for handle, prefix in event.tags.items():
                if (handle, prefix) not in (("!", "!"), ("!!", "tag:yaml.org,2002:")):
                    self.refuse("%%TAG is not read", event)
        return self.next()

    def end(self):
        event = self.next()
        if not isinstance(event, yaml.DocumentEndEvent):
            self.refuse("there is more behind the value", event)
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            self.refuse("a second document begins here; one file holds one", event)

    def scalar(self, event):
        text = event.value
        if event.tag not in TAGS:
            self.refuse("the tag %s has no JSON" % shown(event.tag), event)
        if event.tag == "tag:yaml.org,2002:str" or event.tag == "!" or not event.implicit[0] and event.tag is None:
            return text
        if text in NULLS:
            found = None
        elif text in TRUES or text in FALSES:
            found = text in TRUES
        elif JSON_NUMBER.fullmatch(text):
            found = Number(text)
        elif CORE_NUMBER.fullmatch(text):
            self.refuse("%s may be a number or a text, and JSON cannot write it so: put it in quotation marks, or "
                        "write the number as JSON does" % shown(text), event)
        elif text == "<<":
            self.refuse("`<<` is a merge in one reading and a text in the other: write the members out, or quote it",
                        event)
        else:
            found = text
        if event.tag is not None:
            kind = event.tag.rsplit(":", 1)[1]
            fits = {"null": found is None, "bool": isinstance(found, bool), "int": JSON_NUMBER.fullmatch(text) and
                    text.lstrip("-").isdigit(), "float": type(found) is Number}.get(kind)
            if not fits:
                self.refuse("'%s' is not of its tag !!%s" % (shown(text), kind), event)
        return found

    def alias(self, event):
        found = self.anchors.get(event.anchor)
        if found is None:
            self.refuse("the alias *%s stands %s" % (shown(event.anchor), "inside its own anchor" if event.anchor in
                        self.anchors else "for no anchor above it"), event)
        self.unfolded += found[1]
        if self.unfolded > ALIAS_VALUES_MAX:
            self.refuse("the aliases of this file stand for more than %d values together" % ALIAS_VALUES_MAX, event)
        return found[0]

    def value(self, event, depth=0):
        """The value that begins with this event."""
        if depth > DEPTH_MAX:
            self.refuse("it is nested deeper than %d" % DEPTH_MAX, event)
        if isinstance(event, yaml.AliasEvent):
            before = self.unfolded
            found = self.alias(event)
            self.count += self.unfolded - before
            return found
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        start = self.count
        self.count += 1
        if self.count > ROW_VALUES_MAX:
            self.refuse("one row or object holds more than %d values" % ROW_VALUES_MAX, event)
        if isinstance(event, yaml.ScalarEvent):
            found = self.scalar(event)
        elif event.tag not in TAGS:
            self.refuse("the tag %s has no JSON" % shown(event.tag), event)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = []
            one = self.next()
            while not isinstance(one, yaml.SequenceEndEvent):
                found.append(self.value(one, depth + 1))
                one = self.next()
        else:
            found = self.mapping(depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (found, self.count - start)
        return found

    def mapping(self, depth):
        found = {}
        one = self.next()
        while not isinstance(one, yaml.MappingEndEvent):
            if not isinstance(one, yaml.ScalarEvent):
                self.refuse("a key is a text; a list, an object or an alias is none", one)
            if one.tag not in TAGS:
                self.refuse("the tag %s has no JSON" % shown(one.tag), one)
            if one.anchor is not None:
                self.anchors[one.anchor] = (one.value, 1)
            name = one.value
            if name == "<<" and one.implicit[0]:
                self.scalar(one)
            if name in found:
                self.refuse("the member `%s` stands there twice" % shown(name), one)
            found[name] = self.value(self.next(), depth + 1)
            one = self.next()
        return found


def rows_of(adapter):
    """Yield (row number, object) of a list of objects; row 1 is the first."""
    tree = Tree(adapter)
    event = tree.begin()
    if event is None or not isinstance(event, yaml.SequenceStartEvent):
        adapter.refuse("it is not a list of rows", 1 if event is None else event.start_mark.line + 1, 1)
    number = 0
    one = tree.next()
    while not isinstance(one, yaml.SequenceEndEvent):
        number += 1
        tree.count = 0
        row = tree.value(one, 1)
        if not isinstance(row, dict):
            tree.refuse("row %d is not an object of columns" % number, one)
        yield number, row
        one = tree.next()
    tree.end()


def object_of(adapter):
    """A document that is one object."""
    if len(adapter.bytes(DOCUMENT_BYTES_MAX)) == 0:
        adapter.refuse("the file is empty", 1, 1)
    tree = Tree(adapter)
    event = tree.begin()
    if event is None or not isinstance(event, yaml.MappingStartEvent):
        adapter.refuse("it is not an object of members", 1 if event is None else event.start_mark.line + 1, 1)
    found = tree.value(event)
    tree.end()
    return found


# --- writing ---------------------------------------------------------------------------------------------------------
# A text stands without quotation marks only where no reader of any version could take it for anything else.

PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./+-]| (?=[A-Za-z0-9_./+-])){0,79}")
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\U0001fffe-\U0001ffff]")


def quoted(text):
    def escaped(match):
        code = ord(match[0])
        return "\\x%02x" % code if code < 256 else "\\u%04x" % code if code < 0x10000 else "\\U%08x" % code
    return UNSAFE.sub(escaped, exact.text_of(text))


def word(text):
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return quoted(text)


def flow(value):
    """A value on the rest of a line, or None when it needs lines of its own."""
    if type(value) is str:
        return word(value)
    if isinstance(value, (dict, list)) and value:
        return None
    return exact.text_of(value)


def block(value, indent, depth, out):
    if depth >= DEPTH_MAX:
        raise exact.Refused("it is nested deeper than %d" % DEPTH_MAX)
    items = value.items() if isinstance(value, dict) else ((None, one) for one in value)
    for name, one in items:
        head = "-" if name is None else word(name) + ":"
        if len(head) > KEY_MAX:
            raise exact.Refused("the name `%s` is longer than %d characters" % (shown(name), KEY_MAX))
        text = flow(one)
        if text is not None:
            out.append("%s%s %s\n" % (indent, head, text))
        else:
            out.append("%s%s\n" % (indent, head))
            block(one, indent + "  ", depth + 1, out)


def write_object(adapter, value, result):
    out = []
    try:
        block(value, "", 0, out)
    except exact.Refused as error:
        adapter.refuse(str(error))
    result.write("".join(out) or "{}\n")


def write_rows(adapter, rows, result):
    """A list whose rows are objects, a member a line."""
    n = 0
    for number, row in rows:
        out = []
        try:
            block(row, "  ", 1, out)
        except exact.Refused as error:
            adapter.refuse(str(error), number, None)
        text = "".join(out) or "  {}\n"
        result.write("-" + text[1:])
        n += 1
    if n == 0:
        result.write("[]\n")
