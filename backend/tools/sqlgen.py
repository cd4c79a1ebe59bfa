#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Statements by name: backend/store/sql/*.sql -> sql_gen.h and sql_gen.inc.

A statement is headed by
    -- name: run_claim :one (worker text, lease_ms bigint) -> (run_id bigint, attempt int)
    -- role: forge_runner, forge_api
and goes up to its semicolon. Kinds: :one (exactly one row), :opt (none or one), :many, :exec (rows are of no
interest). Further comment lines are free. sql_gen.h gets enum sql_id and the column numbers, sql_gen.inc the table
that store/db.c includes. --json prints what was parsed, for the check that prepares each against a database.
"""
import argparse
import json
import os
import re
import sys

# Types a statement may take, and their OIDs in Postgres's catalogue (src/include/catalog/pg_type.dat).
OID = {"boolean": 16, "bytea": 17, "bigint": 20, "smallint": 21, "int": 23, "text": 25, "json": 114, "uuid": 2950,
       "jsonb": 3802, "timestamptz": 1184, "interval": 1186, "date": 1082, "numeric": 1700, "bigint[]": 1016,
       "int[]": 1007, "text[]": 1009, "uuid[]": 2951, "void": 2278}
ROLES = {"forge_api", "forge_events", "forge_runner", "forge_sched", "forge_migrate", "superuser"}
ARGS_MAX = 16  # DB_ARGS_MAX in store/db.h
NAME = re.compile(r"-- name: ([a-z][a-z0-9_]*) :(one|opt|many|exec) \((.*?)\) -> \((.*?)\)$")
ROLE = re.compile(r"-- role: ([a-z_, ]+)$")


class Wrong(Exception):
    pass


def fields(text, place):
    out = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        words = part.split()
        if len(words) != 2 or not re.fullmatch(r"[a-z][a-z0-9_]*", words[0]):
            raise Wrong(f"{place}: '{part}' is not '<name> <type>'")
        if words[1] not in OID:
            raise Wrong(f"{place}: type '{words[1]}' is not one of {', '.join(sorted(OID))}")
        if any(words[0] == name for name, _ in out):
            raise Wrong(f"{place}: '{words[0]}' twice")
        out.append((words[0], words[1]))
    return out


def finish(statement, place):
    sql = "\n".join(statement.pop("lines")).strip()
    if not sql.endswith(";"):
        raise Wrong(f"{place}: '{statement['name']}' does not end with a semicolon")
    sql = sql[:-1]
    if ";" in re.sub(r"'[^']*'", "", sql):
        raise Wrong(f"{place}: '{statement['name']}' is more than one statement")
    if not statement["roles"]:
        raise Wrong(f"{place}: '{statement['name']}' has no '-- role:' line")
    used = {int(n) for n in re.findall(r"\$(\d+)", sql)}
    if used != set(range(1, len(statement["args"]) + 1)):
        raise Wrong(f"{place}: '{statement['name']}' declares {len(statement['args'])} arguments and uses "
                    f"{', '.join('$%d' % n for n in sorted(used)) or 'none'}")
    statement["sql"] = sql
    return statement


def parse(path):
    out = []
    current = None
    place = path
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            here = f"{path}:{number}"
            head = NAME.match(line)
            if line.startswith("-- name:"):
                if not head:
                    raise Wrong(f"{here}: expected '-- name: x :one|:opt|:many|:exec (args) -> (columns)'")
                if current:
                    out.append(finish(current, place))
                place = here
                args = fields(head[3], here)
                if len(args) > ARGS_MAX:
                    raise Wrong(f"{here}: more than {ARGS_MAX} arguments")
                current = {"name": head[1], "kind": head[2], "args": args, "columns": fields(head[4], here),
                           "roles": [], "lines": [], "place": here}
            elif line.startswith("-- role:"):
                role = ROLE.match(line)
                if not role or not current:
                    raise Wrong(f"{here}: '-- role: <role>, …' belongs under a name")
                current["roles"] = [r.strip() for r in role[1].split(",")]
                for r in current["roles"]:
                    if r not in ROLES:
                        raise Wrong(f"{here}: role '{r}' is not one of {', '.join(sorted(ROLES))}")
            elif line.lstrip().startswith("--"):
                continue
            elif current:
                current["lines"].append(line)
            elif line.strip():
                raise Wrong(f"{here}: SQL before the first '-- name:'")
    if current:
        out.append(finish(current, place))
    return out


def c_string(text):
    lines = text.split("\n")
    quoted = ['"' + line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", " ") + ("\\n" if i < len(lines) - 1 else "") + '"'
              for i, line in enumerate(lines)]
    return "\n\t    ".join(quoted)


def header(statements):
    out = ["/* Made by tools/sqlgen.py from store/sql; do not edit. */", "#ifndef STORE_SQL_GEN_H", "#define STORE_SQL_GEN_H",
           "enum sql_id {"]
    out += [f"\tSQL_{s['name'].upper()}, /* {s['place'].rsplit(':', 1)[0]} */" for s in statements]
    out += ["\tSQL__COUNT", "};"]
    for s in statements:
        if s["columns"]:
            out.append("enum { " + ", ".join(f"COL_{s['name'].upper()}_{c.upper()}" for c, _ in s["columns"]) + " };")
    return "\n".join(out + ["#endif", ""])


def table(statements):
    out = ["/* Made by tools/sqlgen.py from store/sql; do not edit. */"]
    for s in statements:
        oids = ", ".join(str(OID[t]) for _, t in s["args"]) or "0"
        out.append(f'{{ "{s["name"]}", SQL_KIND_{s["kind"].upper()}, {len(s["args"])}, {len(s["columns"])}, {{ {oids} }},\n'
                   f"\t    {c_string(s['sql'])} }},")
    return "\n".join(out + [""])


def save(path, text):
    """Write only when it differs, so that nothing is compiled again for nothing."""
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                os.utime(path)
                return
    except FileNotFoundError:
        pass
    with open(path + ".tmp", "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(path + ".tmp", path)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--out", help="folder for sql_gen.h and sql_gen.inc")
    ap.add_argument("--json", action="store_true", help="print the statements as JSON")
    ap.add_argument("files", nargs="+")
    args = ap.parse_args()
    statements = []
    try:
        for path in sorted(args.files):
            statements += parse(path)
        seen = {}
        for s in statements:
            if s["name"] in seen:
                raise Wrong(f"{s['place']}: '{s['name']}' is also at {seen[s['name']]}")
            seen[s["name"]] = s["place"]
    except Wrong as e:
        print(f"sqlgen: {e}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(statements))
    if args.out:
        save(os.path.join(args.out, "sql_gen.inc"), table(statements))
        save(os.path.join(args.out, "sql_gen.h"), header(statements))
    return 0


if __name__ == "__main__":
    sys.exit(main())
