# SPDX-License-Identifier: Apache-2.0
"""Tables made from the catalog's entities: rows from each JSON Schema, then other headers, order and formats.

Everything is drawn from random.Random(seed): the same seed gives the same bytes.
"""
import csv
import glob
import io
import json
import os
import random
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS = 14
WORDS = "north river amber stone lantern copper meadow harbor signal orchard ember willow quartz delta prairie".split()


def entities(generic=False):
    """(pack id, entity) of every entity that holds rows with columns."""
    for path in sorted(glob.glob(os.path.join(ROOT, "packs", "domain", "*.json"))):
        with open(path, encoding="utf-8") as f:
            pack = json.load(f)
        if pack["id"] == "generic" and not generic:
            continue
        for entity in pack["entities"]:
            if plain_columns(entity) and form(entity) == "rows":
                yield pack["id"], entity


def plain_columns(entity):
    """name -> property, of those that a cell can hold."""
    found = entity["schema"].get("properties", {})
    return {n: p for n, p in found.items() if p.get("x-type") not in (None, "list", "object")}


def form(entity):
    if "form" in entity:
        return entity["form"]
    schema = entity["schema"]
    if schema.get("type") == "string":
        return "text"
    every = schema.get("properties", {})
    return "object" if not entity.get("key") and len(plain_columns(entity)) < len(every) else "rows"


class Table:
    """Plain values by column name of the entity; write() gives CSV text."""

    def __init__(self, entity, seed, optional=1.0):
        self.entity = entity
        self.rng = random.Random(f"{entity['id']}/{seed}")
        self.properties = plain_columns(entity)
        required = entity["schema"].get("required", [])
        self.columns = [n for n in self.properties if n in required or self.rng.random() < optional]
        self.rows = [[self.value(n, i) for n in self.columns] for i in range(ROWS)]
        self.headers = {n: n for n in self.columns}

    def value(self, name, i):
        p, rng = self.properties[name], self.rng
        kind, key = p["x-type"], self.entity.get("key", [])
        if kind == "id":
            return f"{name[:2].upper()}-{(4100 + i * 7) if name in key[-1:] or not key else 4100 + rng.randrange(5)}"
        if kind == "enum":
            values = [v for v in p["enum"] if v is not None]
            return values[i % len(values)]
        low = int(p.get("minimum", p.get("exclusiveMinimum", 1)))
        high = int(p.get("maximum", low + 900))
        if kind == "integer":
            return str(low + i if name in key[-1:] else rng.randint(low, high))
        if kind == "decimal":
            return f"{rng.randint(low, max(low, high - 1))}.{rng.randint(1, 9)}"
        if kind == "money":
            return f"{rng.randint(1000, 99999)}.{rng.randint(10, 99)}"
        if kind == "date":
            return f"2026-{1 + i % 12:02d}-{13 + rng.randrange(15):02d}"
        if kind == "timestamp":
            return f"2026-{1 + i % 12:02d}-{13 + rng.randrange(15):02d}T{rng.randrange(24):02d}:30:00Z"
        if kind == "boolean":
            return "true" if i % 3 else "false"
        return f"{rng.choice(WORDS)} {rng.choice(WORDS)} {i if name in key[-1:] else rng.randrange(6)}"

    # --- formats: (value, convert that must be proposed) ---

    def reformat(self):
        """Other date and number formats; returns {column: convert}."""
        expected, rng = {}, self.rng
        for k, name in enumerate(self.columns):
            p = self.properties[name]
            write, convert = formats(p, rng)
            if write is None:
                continue
            for row in self.rows:
                row[k] = write(row[k])
            expected[name] = convert
        return expected

    def rename(self, how):
        """how(name, property, rng) -> header; no two columns get the same."""
        taken = set()
        for name in self.columns:
            for _ in range(20):
                header = how(name, self.properties[name], self.rng)
                if squeeze(header) not in taken:
                    break
            else:
                header = name
            taken.add(squeeze(header))
            self.headers[name] = header

    def write(self, delimiter=","):
        order = list(range(len(self.columns)))
        self.rng.shuffle(order)
        out = io.StringIO()
        w = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        w.writerow([self.headers[self.columns[k]] for k in order])
        w.writerows([[row[k] for k in order] for row in self.rows])
        return out.getvalue()


def grouped(text, mark, point):
    whole, _, rest = text.partition(".")
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", mark, whole) + (point + rest if rest else "")


def formats(p, rng):
    """(function of a plain value, convert), or (None, None) where the plain form stays."""
    kind = p["x-type"]
    if kind == "date":
        return rng.choice([
            (lambda v: f"{v[8:]}/{v[5:7]}/{v[:4]}", "date:dmy"),
            (lambda v: f"{v[5:7]}/{v[8:]}/{v[:4]}", "date:mdy"),
            (lambda v: f"{v[8:]}.{v[5:7]}.{v[:4]}", "date:dmy"),
            (lambda v: f"{v[:4]}/{v[5:7]}/{v[8:]}", "date:ymd"),
            (lambda v: f"{int(v[8:])} {MONTHS[int(v[5:7]) - 1]} {v[:4]}", "date:name"),
        ])
    if kind == "timestamp":
        return lambda v: f"{v[8:10]}/{v[5:7]}/{v[:4]} {v[11:16]}", "timestamp:dmy"
    if kind == "money":
        choices = [(lambda v: grouped(v, ",", "."), "number:us"), (lambda v: grouped(v, ".", ","), "number:eu"),
                   (lambda v: grouped(v, "'", "."), "number:swiss")]
        if p.get("x-currency") == "USD":
            choices.append((lambda v: "$" + grouped(v, ",", "."), "money:us:USD"))
        return rng.choice(choices)
    if kind == "decimal":
        return lambda v: v.replace(".", ","), "number:eu"
    if kind == "enum" and rng.random() < 0.5:
        return lambda v: v.upper(), "enum:case"
    return None, None


MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def squeeze(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def styled(name, rng):
    """The same name as other programs would write it."""
    parts = [w for w in re.split(r"[^A-Za-z0-9]+", name) if w]
    return rng.choice([
        "_".join(parts), " ".join(w.capitalize() for w in parts), "-".join(parts), "_".join(parts).upper(),
        parts[0].lower() + "".join(w.capitalize() for w in parts[1:]), "".join(w.capitalize() for w in parts)])


def by_synonym(name, p, rng):
    return styled(rng.choice(p.get("x-synonyms") or [name]), rng)


def typo(name, p, rng):
    """One letter lost, doubled, or two changed places, in the longest word."""
    del p
    parts = name.split("_")
    k = max(range(len(parts)), key=lambda i: len(parts[i]))
    w = parts[k]
    if len(w) < 5:
        return styled(name, rng)
    at = rng.randrange(1, len(w) - 1)
    w = rng.choice([w[:at] + w[at + 1:], w[:at] + w[at] + w[at:], w[:at] + w[at + 1] + w[at] + w[at + 2:]])
    return "_".join(parts[:k] + [w] + parts[k + 1:])


def consonants(name, p, rng):
    """work_date -> wrk_dt: vowels behind the first letter go where the word is long enough."""
    del p, rng
    return "_".join(w if len(w) < 4 else w[0] + re.sub("[aeiou]", "", w[1:]) for w in name.split("_"))


def clipped(name, p, rng):
    """employee -> empl: words end after four letters."""
    del p, rng
    return "".join(w[:4].capitalize() for w in name.split("_"))


def prefixed(name, p, rng):
    """As an export with the table's name in front."""
    del p, rng
    return "tbl_" + name


def turned(name, p, rng):
    """amount_billed, "Billed (Amount)": the words in another order."""
    del p
    parts = name.split("_")
    return styled("_".join(parts[1:] + parts[:1]), rng)


def glued(name, p, rng):
    """workdate, and with a suffix."""
    del p
    return name.replace("_", "") + rng.choice(["", "", "_1", " *"])


HELD_OUT = {"typo": typo, "consonants": consonants, "clipped": clipped, "prefixed": prefixed, "turned": turned,
            "glued": glued}
