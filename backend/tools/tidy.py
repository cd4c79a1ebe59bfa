#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that a tool can see: layers, banned calls, headers, sizes. Prints file:line: rule; exit 1 when any.

usage: tidy.py [--layers-only]
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINES_MAX = 1000
BANNED = {
    "strcpy": "buf_* or arena_printf", "strcat": "buf_*", "sprintf": "snprintf or arena_printf", "vsprintf": "arena_vprintf",
    "strtok": "strcspn", "strtok_r": "strcspn", "atoi": "num_parse", "atol": "num_parse", "atof": "num_parse",
    "system": "spawn by argv", "popen": "spawn by argv", "localtime": "clock_format", "gmtime": "gmtime_r", "ctime": "clock_format",
    "gets": "getline", "tmpnam": "mkstemp", "mktemp": "mkstemp", "alloca": "an arena", "sleep": "wait for the event",
    "usleep": "wait for the event", "nanosleep": "wait for the event", "rand": "rnd_bytes", "random": "rnd_bytes",
}
# Who may name a library: (pattern, what, folders that may).
OWNERS = [
    (re.compile(r"\bjson_object_\w+\s*\("), "json-c", ()),
    (re.compile(r"\bPQ[a-z]\w*\s*\("), "libpq", ("store",)),
    (re.compile(r"\bcurl_\w+\s*\("), "libcurl", ("model", "bridge", "cli")),
    (re.compile(r"\barchive_(?:read|write|entry)_\w+\s*\("), "libarchive", ("types", "pack")),
    (re.compile(r"\bFCGX_\w+\s*\("), "libfcgi", ("api",)),
    (re.compile(r"\bseccomp_\w+\s*\("), "libseccomp", ("sandbox", "bridge", "types")),  # types: programs that read Parquet and PDF
    (re.compile(r"\bcgroup_(?:init|get_controller_begin|new_cgroup|create_cgroup|add_controller)\w*\s*\("), "libcgroup", ("sandbox",)),
]


def layers():
    allowed = {}
    for line in open(os.path.join(ROOT, "backend", "LAYERS"), encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line:
            name, deps = line.split(":")
            allowed[name.strip()] = set(deps.split()) | {name.strip()}
    return allowed


def strip(text):
    """Comments and strings out, newlines kept."""
    def blank(m):
        s = m.group(0)
        return re.sub(r"[^\n]", " ", s) if s[0] == "/" else '""'
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def c_files():
    for base, dirs, names in os.walk(os.path.join(ROOT, "backend")):
        dirs.sort()
        for n in sorted(names):
            if n.endswith((".c", ".h")):
                yield os.path.join(base, n)


def check_file(path, allowed, only_layers, out):
    rel = os.path.relpath(path, ROOT)
    module = rel.split(os.sep)[1]
    text = open(path, encoding="utf-8").read()
    lines = text.split("\n")
    for i, line in enumerate(lines, 1):
        m = re.match(r'\s*#\s*include\s+"([a-z_]+)/', line)
        if m and m.group(1) in allowed and m.group(1) not in allowed.get(module, set()):
            out.append(f"{rel}:{i}: {module} may not include {m.group(1)} (backend/LAYERS)")
    if only_layers:
        return
    if "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        out.append(f"{rel}:1: no SPDX line")
    if len(lines) > LINES_MAX:
        out.append(f"{rel}:1: {len(lines)} lines; the limit is {LINES_MAX}")
    if rel.endswith(".h"):
        guard = rel.split(os.sep, 1)[1].upper().replace("/", "_").replace(".", "_").replace("-", "_")
        if f"#ifndef {guard}" not in text:
            out.append(f"{rel}:1: include guard should be {guard}")
    code = strip(text)
    for i, line in enumerate(code.split("\n"), 1):
        for m in re.finditer(r"(?<![\w.>])([a-z_]+)\s*\(", line):
            if m.group(1) in BANNED:
                out.append(f"{rel}:{i}: {m.group(1)} is banned; use {BANNED[m.group(1)]}")
        if module != "core" and re.search(r"(?<![\w.>])(malloc|calloc|realloc)\s*\(", line) and "getline" not in line:
            out.append(f"{rel}:{i}: only core/ allocates; use an arena")
        for pattern, what, who in OWNERS:
            if pattern.search(line) and module not in who:
                out.append(f"{rel}:{i}: only {', '.join(who) or 'nobody'} names {what}")
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", lines[i - 1]):
            out.append(f"{rel}:{i}: TODO does not exist: write an issue or do it")


def main():
    only_layers = "--layers-only" in sys.argv
    out = []
    allowed = layers()
    for path in c_files():
        check_file(path, allowed, only_layers, out)
    print("\n".join(out), end="\n" if out else "")
    return 1 if out else 0


if __name__ == "__main__":
    sys.exit(main())
