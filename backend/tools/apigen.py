#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One JSON file per endpoint (backend/api/routes/*.json) and the shapes (backend/api/schemas.json) make
the C route table, the OpenAPI 3.1 document, the TypeScript types and the table in docs/API.md.

    apigen.py --c DIR        routes_gen.h, routes_gen.inc, openapi_gen.inc, openapi.json
    apigen.py --ts FILE      TypeScript types
    apigen.py --docs FILE    rewrites the part between the two markers
    apigen.py --check        the written files (--ts, --docs) are up to date; exit 1 if not
Files are rewritten only when they change, so that nothing is rebuilt for nothing.
"""
import argparse
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
API = os.path.join(os.path.dirname(HERE), "api")
ERRORS = os.path.join(os.path.dirname(HERE), "core", "errors.def")
PREFIX = "/api/v1"
ROLES = ["public", "user", "viewer", "approver", "editor", "owner"]
MEMBER_ROLES = ["owner", "editor", "approver", "viewer", "auditor"]
METHODS = ["GET", "POST", "PUT", "DELETE"]
COMMON_ERRORS = ["E_USAGE", "E_METHOD", "E_DB", "E_INTERNAL", "E_IO"]
LEGAL = {"name", "method", "path", "role", "summary", "description", "by", "also", "params", "query",
         "headers", "body", "answers", "errors"}
MARK = ("<!-- routes: made by backend/tools/apigen.py, do not edit -->", "<!-- end of routes -->")


class Wrong(Exception):
    """A route file is wrong; the message names the file."""


def load_errors():
    out = {}
    for line in open(ERRORS, encoding="utf-8"):
        m = re.match(r'E\((E_\w+), (\d+), (\d), "(.*)"\)', line)
        if m:
            out[m[1]] = {"http": int(m[2]), "retryable": m[3] == "1", "meaning": m[4]}
    return out


def segments(path):
    return [s for s in path.split("/") if s]


def check_route(file, d, errors, shapes):
    def need(cond, why):
        if not cond:
            raise Wrong(f"{file}: {why}")
    need(set(d) <= LEGAL, f"unknown keys {sorted(set(d) - LEGAL)}")
    need(d["name"] == os.path.basename(file)[:-5], "name is not the file's name")
    need(d["method"] in METHODS, "method")
    need(d["role"] in ROLES, "role")
    need(d.get("by", "any") in ("any", "session"), "by is any or session")
    need(all(r in MEMBER_ROLES for r in d.get("also", [])), "also names a role that is none")
    names = re.findall(r"\{(\w+)(?:\.\.\.)?\}", d["path"])
    need(names == list(d.get("params", {})), f"path has {names}, params say {list(d.get('params', {}))}")
    need((d["role"] in ("public", "user")) == ("w" not in names), "a role of a workspace needs {w}")
    for e in d["errors"]:
        need(e in errors, f"no error {e}")
    for text in re.findall(r"#/components/schemas/(\w+)", json.dumps(d)):
        need(text in shapes, f"no shape {text}")
    for a in d["answers"].values():
        need("list" not in a or a["list"] in shapes, "list of no shape")


def load():
    shapes = json.load(open(os.path.join(API, "schemas.json"), encoding="utf-8"))
    for text in re.findall(r"#/components/schemas/(\w+)", json.dumps(shapes)):
        if text not in shapes:
            raise Wrong(f"schemas.json: no shape {text}")
    errors = load_errors()
    routes = []
    folder = os.path.join(API, "routes")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            d = json.load(open(os.path.join(folder, name), encoding="utf-8"))
            check_route(name, d, errors, shapes)
            routes.append(d)
    seen = {}
    for d in routes:
        shape = (d["method"], re.sub(r"\{\w+", "{", d["path"]))
        if shape in seen:
            raise Wrong(f"{d['name']} and {seen[shape]} are the same address")
        seen[shape] = d["name"]
    return routes, shapes, errors


# --- C ---------------------------------------------------------------------------------------------

def c_str(s):
    out = []
    for b in s.encode("utf-8"):
        c = chr(b)
        out.append("\\" + c if c in '"\\' else c if 32 <= b < 127 else "\\%03o" % b)
    return '"' + "".join(out) + '"'


def c_field(owner, name, d, required):
    """One struct field; also the names of an enum."""
    kinds = {"string": "FIELD_STR", "integer": "FIELD_INT", "boolean": "FIELD_BOOL", "array": "FIELD_STRS"}
    kind = kinds.get(d["type"]) if "type" in d else "FIELD_ANY"
    if not kind:
        raise Wrong(f"{owner}.{name}: type {d.get('type')}")
    lo = d.get("minLength", d.get("minimum", 0))
    hi = d.get("maxLength", d.get("maximum", 0))
    item_hi = 0
    if kind == "FIELD_STRS":
        hi, item_hi = d["maxItems"], d["items"]["maxLength"]
    if "enum" in d:
        hi = max(len(v) for v in d["enum"])
    names, ref = "", "NULL"
    if "enum" in d:
        ref = f"enum_{owner}_{name}"
        names = (f"static const char *const {ref}[] = {{" +
                 ", ".join(c_str(v) for v in d["enum"]) + ", NULL};\n")
    has_default = "default" in d
    default = d.get("default", 0)
    num = default if isinstance(default, int) else 0
    text = c_str(default) if isinstance(default, str) else "NULL"
    row = (f"{{ {c_str(name)}, {kind}, {str(required).lower()}, {lo}, {hi}, {item_hi}, {ref}, "
           f"{str(has_default).lower()}, {num}, {text} }}")
    return names, row


def c_fields(owner, fields, required):
    if not fields:
        return "", "NULL", 0
    names, rows = "", []
    for k, d in fields.items():
        n, r = c_field(owner, k, d, k in required)
        names += n
        rows.append("\t" + r)
    return names + f"static const struct field fields_{owner}[] = {{\n" + ",\n".join(rows) + "\n};\n", \
        f"fields_{owner}", len(rows)


def c_segment(s, params):
    m = re.fullmatch(r"\{(\w+)(\.\.\.)?\}", s)
    if not m:
        return f"{{ SEG_LITERAL, 0, 0, {c_str(s)} }}"
    p = params[m[1]]
    if p.get("rest"):
        return f"{{ SEG_REST, 0, 0, {c_str(m[1])} }}"
    if p.get("sha256"):
        return f"{{ SEG_SHA256, 0, 64, {c_str(m[1])} }}"
    if "id" in p:
        return f"{{ SEG_ID, '{p['id']}', 0, {c_str(m[1])} }}"
    return f"{{ SEG_TEXT, 0, {p['text']}, {c_str(m[1])} }}"


BODY = {None: "BODY_NONE", "application/json": "BODY_JSON", "multipart/form-data": "BODY_MULTIPART",
        "application/octet-stream": "BODY_RAW"}


def c_route(d):
    n = d["name"]
    segs = [c_segment(s, d.get("params", {})) for s in segments(d["path"])]
    out = f"static const struct seg segs_{n}[] = {{\n\t" + ",\n\t".join(segs) + "\n};\n"
    text, q, nq = c_fields(n + "_query", d.get("query"), [])
    out += text
    body = d.get("body") or {}
    schema = body.get("schema", {})
    text, b, nb = c_fields(n + "_body", schema.get("properties"), schema.get("required", []))
    out += text
    also = "0"
    if d.get("also"):
        also = " | ".join(f"(1u << MEMBER_{r.upper()})" for r in d["also"])
    row = (f"\t[ROUTE_{n.upper()}] = {{ {c_str(n)}, HTTP_{d['method']}, segs_{n}, {len(segs)}, "
           f"ROLE_{d['role'].upper()}, {also}, {str(d.get('by') == 'session').lower()}, {BODY[body.get('type')]}, "
           f"{str(bool(body.get('optional'))).lower()}, {body.get('max_bytes', 0)}, {b}, {nb}, {q}, {nq}, "
           f"h_{n} }},\n")
    return out, row


def gen_c(routes, shapes, errors):
    head = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by backend/tools/apigen.py from backend/api/routes. */",
            "#ifndef API_ROUTES_GEN_H", "#define API_ROUTES_GEN_H", "struct rq;", "struct err;", "enum route_id {"]
    head += [f"\tROUTE_{d['name'].upper()}," for d in routes] + ["\tROUTE__COUNT", "};"]
    head += [f"int h_{d['name']}(struct rq *rq, struct err *err);" for d in routes] + ["#endif", ""]
    tables, rows = "", ""
    for d in routes:
        t, r = c_route(d)
        tables += t
        rows += r
    inc = ("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by backend/tools/apigen.py. */\n" + tables +
           "const struct route routes[ROUTE__COUNT] = {\n" + rows + "};\n")
    doc = json.dumps(openapi(routes, shapes, errors), separators=(",", ":"), ensure_ascii=False)
    lines = [doc[i:i + 96] for i in range(0, len(doc), 96)]
    emb = "/* Made by backend/tools/apigen.py. */\n" + "\n".join(c_str(s) for s in lines) + "\n"
    return {"routes_gen.h": "\n".join(head), "routes_gen.inc": inc, "openapi_gen.inc": emb,
            "openapi.json": json.dumps(openapi(routes, shapes, errors), indent=1, ensure_ascii=False) + "\n"}


# --- OpenAPI ---------------------------------------------------------------------------------------

def list_schema(name):
    return {"type": "object", "required": ["items", "next"], "additionalProperties": False,
            "properties": {"items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
                           "next": {"type": ["string", "null"]}}}


def answer_schema(a):
    return list_schema(a["list"]) if "list" in a else a.get("schema")


def route_errors(d):
    """Every error code that the route can answer with."""
    out = set(d["errors"]) | set(COMMON_ERRORS)
    if d["role"] != "public":
        out.add("E_UNAUTHENTICATED")
    if d["role"] not in ("public", "user") or d.get("by") == "session":
        out.add("E_FORBIDDEN")
    if d.get("params"):
        out.add("E_NOT_FOUND")
    if d["method"] != "GET":
        out.add("E_CSRF")
    body = d.get("body")
    if body:
        out.add("E_TOO_LARGE")
        if body["type"] == "application/json":
            out |= {"E_JSON", "E_SCHEMA", "E_MEDIA_TYPE"}
        if body["type"] == "multipart/form-data":
            out.add("E_MEDIA_TYPE")
    return sorted(out)


def param_schema(p):
    if "id" in p:
        return {"type": "string", "pattern": f"^{p['id']}_[0-9a-z]{{13}}$"}
    if p.get("sha256"):
        return {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    return {"type": "string", "maxLength": p.get("text", 1000)}


def operation(d, errors):
    op = {"operationId": d["name"], "summary": d["summary"], "x-forge-role": d["role"]}
    if d.get("description"):
        op["description"] = d["description"]
    params = [{"name": k, "in": "path", "required": True, "description": p["description"], "schema": param_schema(p)}
              for k, p in d.get("params", {}).items()]
    for k, q in d.get("query", {}).items():
        schema = {x: y for x, y in q.items() if x != "description"}
        params.append({"name": k, "in": "query", "description": q.get("description", k), "schema": schema})
    for k, h in d.get("headers", {}).items():
        params.append({"name": k, "in": "header", "required": h["required"], "description": h["description"],
                       "schema": {"type": "string", "maxLength": h["maxLength"]}})
    if params:
        op["parameters"] = params
    body = d.get("body")
    if body:
        schema = body.get("schema")
        op["requestBody"] = {"required": not body.get("optional", False),
                             "content": {body["type"]: {"schema": schema} if schema else {}}}
    op["responses"] = {}
    for status, a in d["answers"].items():
        entry = {"description": d["summary"]}
        if a.get("type"):
            schema = answer_schema(a)
            entry["content"] = {a["type"]: {"schema": schema} if schema else {}}
            if "views" in a:
                entry["content"]["application/json"] = {"schema": {"anyOf": list(a["views"].values())}}
        op["responses"][status] = entry
    by_status = {}
    for e in route_errors(d):
        by_status.setdefault(str(errors[e]["http"]), []).append(e)
    for status in sorted(by_status):
        codes = by_status[status]
        op["responses"][status] = {
            "description": "; ".join(f"{e}: {errors[e]['meaning']}" for e in codes),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}}
    op["security"] = [] if d["role"] == "public" else [{"session": []}] + \
        ([] if d.get("by") == "session" else [{"key": []}])
    return op


def openapi(routes, shapes, errors):
    paths = {}
    for d in routes:
        path = d["path"].replace("...}", "}")
        paths.setdefault(path, {})[d["method"].lower()] = operation(d, errors)
    return {"openapi": "3.1.0",
            "info": {"title": "Forge", "version": "1", "description":
                     "Lists answer {items, next}; `after` takes `next`. Errors are problem+json (RFC 9457). "
                     "A change by session needs X-Forge-CSRF."},
            "servers": [{"url": PREFIX}], "paths": paths,
            "components": {"schemas": shapes, "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "forge_session"},
                "key": {"type": "http", "scheme": "bearer"}}}}


# --- TypeScript ------------------------------------------------------------------------------------

def ts_name(s):
    return "".join(w.capitalize() for w in s.split("_"))


def ts_type(s, depth=0):
    if "$ref" in s:
        return ts_name(s["$ref"].rsplit("/", 1)[1])
    if "const" in s:
        return json.dumps(s["const"])
    if "enum" in s:
        return " | ".join(json.dumps(v) for v in s["enum"])
    if "anyOf" in s:
        return " | ".join(ts_type(x, depth) for x in s["anyOf"])
    t = s.get("type")
    if isinstance(t, list):
        return " | ".join(ts_type({**s, "type": x}, depth) for x in t)
    if t == "array":
        inner = ts_type(s.get("items", {}), depth)
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if t == "object":
        return ts_object(s, depth)
    return {"string": "string", "integer": "number", "number": "number", "boolean": "boolean",
            "null": "null"}.get(t, "unknown")


def ts_object(s, depth):
    props = s.get("properties")
    if not props:
        return "Record<string, unknown>" if s.get("additionalProperties") else "Record<string, never>"
    pad = "\t" * (depth + 1)
    lines = []
    for k, v in props.items():
        if "description" in v:
            lines.append(f"{pad}/** {v['description']} */")
        mark = "" if k in s.get("required", []) else "?"
        lines.append(f"{pad}{k}{mark}: {ts_type(v, depth + 1)};")
    if s.get("additionalProperties"):
        lines.append(f"{pad}[other: string]: unknown;")
    return "{\n" + "\n".join(lines) + "\n" + "\t" * depth + "}"


def ts_route(d):
    lines = [f"\t/** {d['summary']} ({d['role']}). */", f"\t{d['name']}: {{"]
    lines.append(f"\t\tmethod: {json.dumps(d['method'])};")
    names = list(d.get("params", {}))
    lines.append("\t\tparams: " + ("{ " + "; ".join(f"{n}: string" for n in names) + " }" if names else "Record<string, never>") + ";")
    q = d.get("query", {})
    lines.append("\t\tquery: " + ("{ " + "; ".join(f"{k}?: {ts_type(v)}" for k, v in q.items()) + " }" if q else "Record<string, never>") + ";")
    body = d.get("body")
    text = "undefined"
    if body:
        text = ts_type(body["schema"], 2) if "schema" in body else \
            "FormData" if body["type"].startswith("multipart") else "Blob"
    lines.append(f"\t\tbody: {text};")
    a = next(iter(d["answers"].values()))
    if "list" in a:
        text = f"List<{ts_name(a['list'])}>"
    elif "schema" in a:
        text = ts_type(a["schema"], 2)
    else:
        text = "undefined" if not a.get("type") else "Blob"
    lines += [f"\t\tanswer: {text};", "\t};"]
    return "\n".join(lines)


def gen_ts(routes, shapes, errors):
    out = ["// SPDX-License-Identifier: Apache-2.0", "// Made by backend/tools/apigen.py from backend/api. Do not edit: `make api-types`.", "",
           f"export const API_PREFIX = {json.dumps(PREFIX)};", "",
           "/** One page of a list; `next` goes into `after`. */",
           "export interface List<T> {\n\titems: T[];\n\tnext: string | null;\n}", ""]
    for name, s in shapes.items():
        if "description" in s:
            out.append(f"/** {s['description']} */")
        if s.get("type") == "object" and s.get("properties"):
            out.append(f"export interface {ts_name(name)} {ts_object(s, 0)}\n")
        else:
            out.append(f"export type {ts_name(name)} = {ts_type(s)};\n")
    out.append("export type ErrorCode =\n\t| " + "\n\t| ".join(json.dumps(e) for e in errors if e != "E_OK") + ";\n")
    out.append("/** What each address takes and answers. */\nexport interface Routes {\n" +
               "\n".join(ts_route(d) for d in routes) + "\n}\n")
    out.append("/** Method and address of each route; `{name}` is a parameter, `{path...}` keeps its slashes. */")
    out.append("export const ROUTES = {\n" + "\n".join(
        f"\t{d['name']}: {{ method: {json.dumps(d['method'])}, path: {json.dumps(d['path'])} }}," for d in routes) +
        "\n} as const satisfies Record<keyof Routes, { method: string; path: string }>;\n")
    return "\n".join(out)


# --- docs ------------------------------------------------------------------------------------------

def gen_docs(old, routes, errors):
    rows = ["| method, path | who | what |", "| --- | --- | --- |"]
    for d in routes:
        q = ", ".join(f"`{k}`" for k in d.get("query", {}))
        who = {"public": "anybody", "user": "signed in"}.get(d["role"], d["role"])
        who += "".join(f", {r}" for r in d.get("also", [])) + (", by session only" if d.get("by") == "session" else "")
        what = d["summary"] + ". " + (d["description"] + " " if d.get("description") else "") + (f"Query: {q}." if q else "")
        rows.append(f"| {d['method']} `{d['path']}` | {who} | {what} |")
    rows += ["", "| code | status | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{k}` | {e['http']} | {e['meaning']}{' (may be tried again)' if e['retryable'] else ''} |"
             for k, e in errors.items() if k != "E_OK"]
    a, b = old.index(MARK[0]) + len(MARK[0]), old.index(MARK[1])
    return old[:a] + "\n" + "\n".join(rows) + "\n" + old[b:]


# --- main ------------------------------------------------------------------------------------------

def put(path, text, check):
    old = open(path, encoding="utf-8").read() if os.path.exists(path) else None
    if old == text:
        return True
    if check:
        print(f"{path} is not what backend/api/routes says: run `make api-types`", file=sys.stderr)
        return False
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return True


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--c")
    ap.add_argument("--ts")
    ap.add_argument("--docs")
    ap.add_argument("--check", action="store_true")
    args = ap.parse_args()
    try:
        routes, shapes, errors = load()
        ok = True
        if args.c:
            for name, text in gen_c(routes, shapes, errors).items():
                ok = put(os.path.join(args.c, name), text, False) and ok
        if args.ts:
            ok = put(args.ts, gen_ts(routes, shapes, errors), args.check) and ok
        if args.docs:
            ok = put(args.docs, gen_docs(open(args.docs, encoding="utf-8").read(), routes, errors), args.check) and ok
    except Wrong as e:
        print(f"apigen: {e}", file=sys.stderr)
        return 1
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
