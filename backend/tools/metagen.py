#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""backend/schema/meta/*.json -> backend/schema/meta.inc: the metaschemas as C strings, so that references to them
resolve without a network. Titles, descriptions and comments are left out; nothing else is changed.

usage: metagen.py [--check]
"""
import json
import os
import sys

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "schema")
BYTES_MAX = 4095  # what a C compiler must take as one string


def slim(v, names=False):
    if isinstance(v, dict):
        return {k: slim(x, k in ("properties", "$defs", "definitions")) for k, x in v.items()
                if names or k not in ("title", "description", "$comment")}
    return [slim(x) for x in v] if isinstance(v, list) else v


def main():
    out = ["/* Made by backend/tools/metagen.py from backend/schema/meta; see the notice there. */"]
    for name in sorted(os.listdir(os.path.join(HERE, "meta"))):
        if not name.endswith(".json"):
            continue
        v = json.load(open(os.path.join(HERE, "meta", name), encoding="utf-8"))
        text = json.dumps(slim(v), separators=(",", ":"))
        assert len(text) <= BYTES_MAX, name
        uri = (v.get("$id") or v["id"]).rstrip("#")
        literal = text.replace("\\", "\\\\").replace('"', '\\"')
        pieces, at = [], 0
        while at < len(literal):
            end = min(at + 96, len(literal))
            while literal[end - 1] == "\\":
                end -= 1
            pieces.append(f'    "{literal[at:end]}"')
            at = end
        out.append(f'META("{uri}",\n' + "\n".join(pieces) + ")")
    text = "\n".join(out) + "\n"
    path = os.path.join(HERE, "meta.inc")
    if "--check" in sys.argv:
        if open(path, encoding="utf-8").read() != text:
            print("backend/schema/meta.inc is not what backend/tools/metagen.py makes; run it")
            return 1
        return 0
    open(path, "w", encoding="utf-8").write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
