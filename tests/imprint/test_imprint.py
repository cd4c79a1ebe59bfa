#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Imprinting as a user meets it: the command line, laws over whole documents, and documents made to hurt.

Every hostile document runs in a process of its own with 1 GiB of address space and a wall clock; it must end with a
diagnostic or an answer, never by a signal."""
import base64
import json
import os
import random
import re
import resource
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
MEMORY = 1 << 30


def limit():
    if "asan" not in os.environ.get("BUILD", ""):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def ctl(*args, data=None, seconds=20):
    """(exit code, stdout, stderr); data is bytes for standard input."""
    done = subprocess.run([CTL, *args], input=data, capture_output=True, timeout=seconds, check=False, preexec_fn=limit,
                          env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "FORGE_ROOT": ROOT})
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def batch(*requests, seconds=20):
    lines = "".join(json.dumps({"id": i, **r}) + "\n" for i, r in enumerate(requests)).encode()
    code, out, err = ctl("batch", data=lines, seconds=seconds)
    assert code == 0, (code, err)
    return [json.loads(l) for l in out.decode().splitlines()]


def one(cmd, **args):
    return batch({"cmd": cmd, **args})[0]


def codes(answer):
    return [d["code"] for d in (answer.get("out") or {}).get("diagnostics", [])]


class Folder(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def write(self, name, text):
        path = os.path.join(self.dir.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode() if isinstance(text, str) else json.dumps(text).encode())
        return path


SPEC = {
    "openapi": "3.0.3", "info": {"title": "Orders", "version": "1"},
    "paths": {"/orders/{id}": {"put": {
        "operationId": "putOrder",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                       {"name": "notify", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
        "responses": {"200": {"description": "ok"}}}}},
    "components": {"schemas": {"Order": {"type": "object", "required": ["customer", "lines"], "additionalProperties": False, "properties": {
        "id": {"type": "string", "readOnly": True}, "customer": {"type": "string", "minLength": 1},
        "state": {"type": "string", "enum": ["open", "paid", "shipped"]},
        "lines": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["sku", "price"], "properties": {
            "sku": {"type": "string"}, "price": {"type": "number", "multipleOf": 0.01, "minimum": 0}}}}}}}}}
YAML = """openapi: 3.1.0
info: {title: Small, version: '1'}
paths:
  /a/{n}:
    post:
      operationId: op
      parameters:
        - {name: n, in: path, required: true, schema: {type: integer}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [amount]
              properties:
                amount: {type: number}
                day: {type: string, format: date}
      responses:
        200: {description: ok}
"""


class CommandLine(Folder):
    def test_encode_fill_decode_an_operation(self):
        spec = self.write("spec.json", SPEC)
        code, out, _ = ctl("imprint", "encode", "--op", "putOrder", spec)
        self.assertEqual(code, 0)
        env = json.loads(out)
        self.assertEqual(env["imprint"]["method"], "PUT")
        self.assertEqual(len(env["head"]), 200)
        self.assertEqual(env["template"]["_body"]["state"], "{OPTIONAL_ENUM|open|paid|shipped}")
        self.assertEqual(env["template"]["_body"]["id"], "{AUTO|string|readonly}")
        env["template"]["_path"]["id"] = "a/b"
        env["template"]["_query"] = {"notify": ["x y", "z"]}
        env["template"]["_body"]["customer"] = "ACME"
        env["template"]["_body"]["lines"] = [{"sku": "s", "price": 1.10}]
        filled = self.write("filled.json", json.dumps(env).replace("1.1}", "1.10}"))
        code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "PUT /orders/{id}", filled)
        self.assertEqual(code, 0, out)
        got = json.loads(out)
        self.assertEqual((got["method"], got["path"], got["query"]), ("PUT", "/orders/a%2Fb", "notify=x%20y&notify=z"))
        self.assertEqual(got["body_text"], '{"customer":"ACME","lines":[{"sku":"s","price":1.10}]}')

    def test_diagnostics_have_place_and_fix(self):
        spec = self.write("spec.json", SPEC)
        body = {"_path": {"id": "1"}, "_body": {"custmer": "A", "state": "Paid", "lines": [{"sku": "s", "price": 0.005}]}}
        code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "putOrder", data=json.dumps(body).encode())
        self.assertEqual(code, 1)
        found = {(d["code"], d["pointer"]): d for d in json.loads(out)["diagnostics"]}
        self.assertEqual(set(found), {("IMP_UNKNOWN_KEY", "/_body/custmer"), ("IMP_MISSING", "/_body/customer"),
                                      ("IMP_ENUM", "/_body/state"), ("IMP_MULTIPLE", "/_body/lines/0/price")})
        for key in (("IMP_UNKNOWN_KEY", "/_body/custmer"), ("IMP_ENUM", "/_body/state")):
            done = one("json.patch", doc=body, patch=found[key]["fix"])
            self.assertEqual(done["rc"], 0)
            body = done["out"]
        self.assertEqual((body["_body"]["customer"], body["_body"]["state"]), ("A", "paid"))

    def test_fixes_are_one_patch_also_for_required_names(self):
        spec = self.write("spec.json", SPEC)
        doc = self.write("doc.json", {"_path": {"id": "1"}, "_body": {"custmer": "A", "line": [{"sku": "s", "pric": 1}], "state": "piad"}})
        code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "putOrder", doc)
        self.assertEqual(code, 1)
        code, mended, _ = ctl("json", "patch", doc, self.write("report.json", out))
        self.assertEqual(code, 0, mended)
        code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "putOrder", data=mended)
        for _ in range(2):  # what stood inside a misnamed member is looked at once it has its name
            if code:
                code, mended, _ = ctl("json", "patch", self.write("doc.json", mended), self.write("report.json", out))
                code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "putOrder", data=mended)
        self.assertEqual(json.loads(out)["body"], {"customer": "A", "lines": [{"sku": "s", "price": 1}], "state": "paid"}, out)

    def test_a_body_by_itself_is_told_where_it_goes(self):
        spec = self.write("spec.yaml", YAML)
        code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "op", data=b'{"amount":1}')
        found = json.loads(out)["diagnostics"]
        self.assertEqual((code, [(d["code"], d["pointer"]) for d in found]), (1, [("IMP_MISSING", "/_body")]))
        self.assertEqual(found[0]["fix"], [{"op": "replace", "path": "", "value": {"_body": {"amount": 1}}}])

    def test_one_schema_of_a_description(self):
        spec = self.write("spec.json", SPEC)
        order = {"customer": "A", "lines": [{"sku": "s", "price": 1.5}]}
        self.assertEqual(ctl("schema", "validate", "--schema", spec, data=b"{}")[0], 3)
        self.assertEqual(ctl("schema", "validate", "--schema", spec + "#/components/schemas/Order", data=json.dumps(order).encode())[0], 0)
        self.assertEqual(ctl("schema", "validate", "--schema", spec + "#/components/schemas/Order", data=b"{}")[0], 1)
        self.assertEqual(ctl("imprint", "encode", spec + "#/components/schemas/Order")[0], 0)
        self.assertEqual(ctl("imprint", "encode", spec + "#/components/schemas/Nope")[0], 3)

    def test_what_was_left_out_is_told_every_time(self):
        api = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a/{id}": {"get": {"operationId": "op", "parameters": [
            {"name": "q", "in": "query", "schema": {"$ref": "#/nowhere"}}]}}, "/gone": {"$ref": "#/nowhere"}}}
        spec = self.write("spec.json", api)
        call = {"cmd": "imprint.encode", "schema_path": spec, "op": "op"}
        first, second = batch(call, call)
        self.assertEqual(first["out"], second["out"])
        self.assertEqual([w["code"] for w in first["out"]["imprint"]["warnings"]], ["IMP_W_REF", "IMP_W_PARAM"])
        self.assertIn("WARNING", first["out"]["head"])
        for word in ("encode-all", "check"):
            code, out, _ = ctl("imprint", word, spec)
            out = json.loads(out)
            self.assertEqual((code, [d["code"] for d in out["operations"][0]["diagnostics"]]), (0, ["IMP_W_REF", "IMP_W_PARAM"]), word)
            self.assertEqual([w["schema_pointer"] for w in out["warnings"]], ["#/paths/~1gone"])
        self.assertEqual(len(json.loads(ctl("imprint", "operations", spec)[1])["warnings"]), 1)

    def test_options_that_mean_nothing_are_refused(self):
        spec = self.write("spec.json", SPEC)
        for args in (("--max-bytes", "abc"), ("--max-bytes", "-5"), ("--direction", "sideways"), ("--base", "/nonexistent"), ("--dialect", "draft99")):
            self.assertEqual(ctl("imprint", "encode", "--op", "putOrder", *args, spec)[0], 64, args)
        self.assertEqual(ctl("imprint", "encode-all", "--op", "putOrder", spec)[0], 64)
        code, out, _ = ctl("imprint", "encode", "--op", "putOrder", "--direction", "response", spec)
        self.assertEqual((code, codes({"out": json.loads(out)})), (3, ["IMP_E_OP"]))
        for version in ({"openapi": "4.0.0", "paths": {}}, {"swagger": "1.2", "paths": {}}, {"swaggerVersion": "1.2", "apis": []}):
            code, out, _ = ctl("imprint", "check", self.write("v.json", version))
            self.assertEqual((code, codes({"out": json.loads(out)})), (3, ["IMP_E_SCHEMA"]), version)

    def test_yaml_is_read_like_json(self):
        spec = self.write("spec.yaml", YAML)
        code, out, _ = ctl("imprint", "operations", spec)
        self.assertEqual((code, [o["id"] for o in json.loads(out)["operations"]]), (0, ["op"]))
        code, out, _ = ctl("imprint", "decode", "--schema", spec, "--op", "op", data=b'{"_path":{"n":3},"_body":{"amount":2.50}}')
        self.assertEqual((code, json.loads(out)["path"]), (0, "/a/3"), out)
        self.assertIn(b"2.50", out)

    def test_folded_parts_are_filled_apart_and_compose(self):
        leaf = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, **{f"f{i:02}": {"type": "string", "maxLength": 40} for i in range(40)}}}
        schema = {"type": "object", "required": ["a"], "properties": {k: {"type": "object", "required": ["x"], "properties": {"x": leaf, "y": leaf}} for k in "abcd"}}
        path = self.write("s.json", schema)
        code, out, _ = ctl("imprint", "encode", "--max-bytes", "3000", path)
        env = json.loads(out)
        self.assertEqual(code, 0)
        self.assertLessEqual(len(json.dumps(env["template"], separators=(",", ":"))), 3000)
        self.assertIn("IMP_W_FOLDED", [w["code"] for w in env["imprint"]["warnings"]])
        self.assertIn("/a/y", [w["pointer"] for w in env["imprint"]["warnings"]])
        code, out, _ = ctl("imprint", "encode", "--zoom", "/a/y", path)
        self.assertEqual((code, json.loads(out)["template"]["n"]), (0, "{FILL|integer}"), out)
        code, out, _ = ctl("imprint", "decode", "--schema", path, "--zoom", "/a/y", data=b'{"n":1}')
        self.assertEqual((code, json.loads(out)), (0, {"n": 1}))
        code, out, _ = ctl("imprint", "decode", "--schema", path, "--zoom", "/a/y", data=b'{"n":"one"}')
        self.assertEqual((code, json.loads(out)["diagnostics"][0]["code"]), (1, "IMP_TYPE"))
        env["template"]["a"]["x"]["n"] = 5
        whole, piece = json.dumps(env["template"]).encode(), self.write("part.json", {"n": 1})
        code, out, _ = ctl("imprint", "decode", "--schema", path, "--part", f"/a/y={piece}", data=whole)
        self.assertEqual((code, json.loads(out)), (0, {"a": {"x": {"n": 5}, "y": {"n": 1}}}), out)
        code, out, _ = ctl("imprint", "decode", "--schema", path, "--part", f"/a/x={piece}", data=whole)
        self.assertEqual((code, json.loads(out)["diagnostics"][0]["code"]), (1, "IMP_TOKEN"))

    def test_check_says_what_cannot_be_encoded(self):
        spec = json.loads(json.dumps(SPEC))
        spec["paths"]["/bad"] = {"post": {"requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Nope"}}}}, "responses": {}}}
        code, out, _ = ctl("imprint", "check", self.write("spec.json", spec))
        self.assertEqual(code, 1)
        got = json.loads(out)
        self.assertEqual((got["encoded"], got["refused"]), (1, 1))
        bad = next(o for o in got["operations"] if not o["ok"])
        self.assertEqual(bad["diagnostics"][0]["code"], "IMP_E_REF")
        self.assertEqual(ctl("imprint", "check", self.write("good.json", SPEC))[0], 0)

    def test_lenient_reading_is_asked_for_and_listed(self):
        path = self.write("s.json", {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})
        text = b"Sure! Here it is:\n```json\n{a: 1,} // done\n```\n"
        self.assertEqual(ctl("imprint", "decode", "--schema", path, data=text)[0], 1)
        code, out, _ = ctl("imprint", "decode", "--schema", path, "--lenient", data=text)
        self.assertEqual((code, json.loads(out)), (0, {"a": 1}))
        code, out, _ = ctl("imprint", "decode", "--schema", path, "--lenient", data=b'{"a": 12')
        self.assertEqual((code, json.loads(out)["diagnostics"][0]["code"]), (1, "IMP_PARSE"))
        code, out, _ = ctl("imprint", "parse", data=text)
        self.assertEqual(code, 0)
        self.assertTrue(all(r["code"].startswith("FIX_") for r in json.loads(out)["repairs"]))

    def test_every_code_is_explained(self):
        with open(os.path.join(ROOT, "backend", "imprint", "codes.def"), encoding="utf-8") as f:
            names = re.findall(r"^C\((IMP_\w+),", f.read(), re.M)
        self.assertGreater(len(names), 30)
        for name in names:
            code, out, _ = ctl("explain", name.lower())
            self.assertEqual(code, 0, name)
            self.assertTrue(out.decode().startswith(name + ": "), out)

    def test_usage(self):
        for args in (("imprint",), ("imprint", "nosuch"), ("imprint", "decode"), ("schema",), ("schema", "validate"), ("json", "patch", "x")):
            self.assertEqual(ctl(*args, data=b"")[0], 64, args)
        code, _, err = ctl("imprint", "encode", "--nosuch", data=b"{}")
        self.assertEqual(code, 64)
        self.assertIn("--nosuch", err)

    def test_references_never_leave_the_folder(self):
        self.write("outside.json", {"type": "integer"})
        os.symlink("/etc", os.path.join(self.dir.name, "link"))
        for ref in ("http://127.0.0.1:1/x.json", "file:///etc/hostname", "/etc/hostname", "../outside.json", "%2e%2e/outside.json", "..%2foutside.json",
                    "a/../../outside.json", "//etc/hostname"):
            path = self.write("in/s.json", {"type": "object", "required": ["a"], "properties": {"a": {"$ref": ref}}})
            code, out, _ = ctl("imprint", "encode", path)
            self.assertEqual((code, codes({"out": json.loads(out)})), (3, ["IMP_E_REF_REMOTE"]), ref)
        os.symlink("/etc", os.path.join(self.dir.name, "in", "link"))
        path = self.write("in/s.json", {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "link/hostname"}}})
        code, out, _ = ctl("imprint", "encode", path)
        self.assertEqual(code, 3, out)


class Hostile(Folder):
    """Bounded time and memory, and a message, whatever comes."""

    def ends(self, data, *args, codes_allowed=(0, 1, 3), seconds=20, name="s.json"):
        path = self.write(name, data)
        code, out, err = ctl(*(args or ("imprint", "encode")), path, seconds=seconds)
        self.assertIn(code, codes_allowed, (code, out[:200], err[-300:]))
        doc = json.loads(out)
        if code:
            self.assertTrue(doc["diagnostics"][0]["message"], out[:300])
        return code, doc

    def test_deep_schema(self):
        for depth in (900, 10000, 200000):
            text = '{"type":"object","properties":{"k":' * depth + '{"type":"integer"}' + "}}" * depth
            self.ends(text)

    def test_deep_yaml(self):
        self.ends("a: " + "[" * 50000, codes_allowed=(3,), name="s.yaml")
        self.ends("\n".join(" " * i + "a:" for i in range(3000)), codes_allowed=(0, 3), name="s.yaml")

    def test_reference_bombs(self):
        n = 60
        defs = {f"d{i}": {"type": "object", "properties": {k: {"$ref": f"#/$defs/d{i - 1}"} for k in "abc"}} if i else {"type": "integer"} for i in range(n)}
        code, doc = self.ends({"$ref": f"#/$defs/d{n - 1}", "$defs": defs})
        self.assertEqual(code, 0)
        self.assertLessEqual(len(json.dumps(doc["template"], separators=(",", ":"))), 262144)
        required = {k: {**v, "required": ["a", "b", "c"]} if "properties" in v else v for k, v in defs.items()}
        self.ends({"$ref": f"#/$defs/d{n - 1}", "$defs": required})
        chain = {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(5000)}
        self.ends({"$ref": "#/$defs/d0", "$defs": chain}, codes_allowed=(3,))
        loop = {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}
        code, doc = self.ends({"type": "object", "properties": {"x": {"$ref": "#/$defs/a"}}, "required": ["x"], "$defs": loop}, codes_allowed=(3,))
        self.assertEqual(doc["diagnostics"][0]["code"], "IMP_E_LOOP")

    def test_exponential_composition(self):
        allof = {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i - 1}"}, {"$ref": f"#/$defs/d{i - 1}"}]} if i else {"type": "object", "properties": {"a": {"type": "string"}}} for i in range(40)}
        code, doc = self.ends({"$ref": "#/$defs/d39", "$defs": allof})
        self.assertEqual((code, doc["template"]), (0, {"a": "{OPTIONAL|string}"}))
        choices = {"allOf": [{"anyOf": [{"properties": {f"p{i}_{k}": {"type": "integer"}}, "required": [f"p{i}_{k}"]} for k in range(4)]} for i in range(30)]}
        self.ends({"type": "object", **choices})
        one_of = {f"d{i}": {"oneOf": [{"type": "object", "required": [f"k{i}{j}"], "properties": {f"k{i}{j}": {"$ref": f"#/$defs/d{i - 1}"}}} for j in range(6)]} if i else {"type": "integer"} for i in range(30)}
        self.ends({"$ref": "#/$defs/d29", "$defs": one_of})

    def test_validation_bombs(self):
        deep = {"a": 1}
        for _ in range(60):
            deep = {"a": deep}
        schema = {"$defs": {"x": {"anyOf": [{"properties": {"a": {"$ref": "#/$defs/x"}, "b": False}}, {"properties": {"a": {"$ref": "#/$defs/x"}, "c": False}}],
                                  "not": {"required": ["z"]}}}, "$ref": "#/$defs/x"}
        for cmd in ("schema.validate", "imprint.decode"):
            key = "instance" if cmd == "schema.validate" else "filled"
            got = one(cmd, schema=schema, **{key: deep}, open=True)
            self.assertIn(got["rc"], (0, 1), got)

    def test_patterns_that_explode(self):
        for pattern, text in (("^(a+)+$", "a" * 40 + "!"), ("^(a|a)*$", "a" * 60 + "!"), ("(x+x+)+y", "x" * 60), ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 80),
                              ("(.*)*(.*)*(.*)*b$", "a" * 60)):
            got = one("imprint.decode", schema={"type": "string", "pattern": pattern}, filled=text)
            self.assertEqual((got["rc"], codes(got)), (1, ["IMP_PATTERN"]), pattern)
        for pattern in ("(" * 5000 + ")" * 5000, "((((a{1000}){1000}){1000}){1000})", "a" * 200000, "[", "(?<n>a)(?<n>b)", "\\p{Nope}", "a{2,1}"):
            got = one("imprint.encode", schema={"type": "string", "pattern": pattern})
            self.assertIn(got["rc"], (0, 3), pattern[:40])

    def test_big(self):
        wide = {"type": "object", "properties": {f"p{i}": {"type": "string", "description": "x" * 60} for i in range(80000)}}
        code, doc = self.ends(wide)
        self.assertEqual(code, 0)
        self.assertLessEqual(len(json.dumps(doc["template"], separators=(",", ":"))), 262144)
        code, doc = self.ends({"enum": [f"v{i}" for i in range(300000)]})
        self.assertEqual(code, 0)
        self.assertIn("more:", doc["template"])
        self.ends({"type": "object", "required": [f"r{i}" for i in range(100000)]})
        spec = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {f"/p{i}": {"get": {"operationId": f"o{i}", "responses": {}}} for i in range(60000)}}
        self.ends(spec, "imprint", "encode-all", "--quiet")

    def test_bytes_that_are_not_json(self):
        for data in (b"", b"\xff\xfe", b'{"a":"\xff"}', b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b'{"type":"object","properties":{"a":{},"a":{}}}', b"{" * 100000, b'"' + b"\\" * 99999,
                     b"[1,2", b"\x00" * 1000, b'{"type":"string","\\ud800":1}', b"&a [*a]", b"a: &a [*a, *a]\n" * 3, b"- " * 5000):
            self.ends(data, codes_allowed=(0, 3))
        self.ends(b"".join(b"%%TAG !t%d! tag:x,%d:\n" % (i, i) for i in range(60000)) + b"---\na: 1\n", codes_allowed=(3,), name="s.yaml")
        self.ends({"properties": {"a": {}, "a\0": {}}, "required": ["a"]}, codes_allowed=(3,))
        self.ends({"type": "object", "minProperties": 10**30}, codes_allowed=(3,))
        laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12))
        self.ends(laughs, codes_allowed=(0, 3), name="s.yaml")

    def test_filled_documents_made_to_hurt(self):
        path = self.write("s.json", {"type": "object", "properties": {"a": {}}, "required": ["a"]})
        for text in (b'{"a":' * 100000, b'{"a":[' + b"[" * 100000, b'{"a":"' + b"\\u0000" * 50000 + b'"}', b"{" + b'"a":1,' * 200000, b"'" * 200000, b"/*" * 200000, b"{a:" * 60000, b"[" + b"ObjectId(" * 30000,
                     b'{"a":"' + b'x"y' * 300000 + b'"}'):
            for mode in ([], ["--lenient"]):
                code, out, err = ctl("imprint", "decode", "--schema", path, *mode, data=text)
                self.assertIn(code, (0, 1), err[-200:])
                json.loads(out)

    def test_wrong_keyword_values_are_refused_with_their_place(self):
        for schema, place in (({"properties": {"a": {"minLength": -1}}}, "/properties/a"), ({"items": {"type": "strng"}}, "/items"), ({"required": "a"}, "required"),
                              ({"anyOf": []}, "anyOf"), ({"$ref": 5}, "$ref"), ({"pattern": "["}, "pattern"), ({"multipleOf": 0}, "multipleOf"), ({"enum": "x"}, "enum"),
                              ({"properties": {"a": {"properties": {"b": {"type": 7}}}}}, "/properties/a/properties/b")):
            got = one("imprint.encode", schema=schema)
            self.assertEqual((got["rc"], codes(got)), (3, ["IMP_E_SCHEMA"]), schema)
            d = got["out"]["diagnostics"][0]
            self.assertIn(place, d["message"] + d.get("schema_pointer", ""), schema)


class Laws(unittest.TestCase):
    """Random schemas and instances: what decodes is valid, what is valid decodes to itself, twice the same."""

    def schema(self, r, depth):
        kind = r.randrange(9 if depth else 5)
        if kind == 0:
            return {"type": "string", "minLength": r.randrange(3), "maxLength": 3 + r.randrange(5)}
        if kind == 1:
            return {"type": "integer", "minimum": r.randrange(5), "maximum": 5 + r.randrange(9)}
        if kind == 2:
            return {"enum": r.sample(["a", "b", 1, None, True, "|", "{x}", ""], 1 + r.randrange(4))}
        if kind == 3:
            return {"type": [r.choice(["string", "null"]), "boolean"]}
        if kind == 4:
            return r.choice([{}, {"const": "k"}, {"type": "number", "multipleOf": 0.25}, True])
        if kind == 5:
            return {"type": "array", "items": self.schema(r, depth - 1), "maxItems": 3}
        if kind == 6:
            return {r.choice(["anyOf", "oneOf"]): [self.schema(r, depth - 1) for _ in range(2)]}
        props = {r.choice("abcdef"): self.schema(r, depth - 1) for _ in range(1 + r.randrange(4))}
        s = {"type": "object", "properties": props, "required": [k for k in props if r.random() < .5]}
        if kind == 8:
            s = {"allOf": [s, {"type": "object", "properties": {"z": self.schema(r, 0)}}]}
        elif r.random() < .4:
            s["additionalProperties"] = r.choice([False, {"type": "integer"}])
        return s

    def value(self, r, depth):
        if depth and r.random() < .5:
            return {r.choice("abcdefz"): self.value(r, depth - 1) for _ in range(r.randrange(4))} if r.random() < .7 else [self.value(r, depth - 1) for _ in range(r.randrange(3))]
        return r.choice(["", "a", "abc", "k", "|", 0, 1, 7, 0.25, None, True, False])

    def test_soundness_identity_determinism(self):
        r = random.Random(20261121)
        cases = [(self.schema(r, 3), [self.value(r, 3) for _ in range(12)]) for _ in range(250)]
        requests = []
        for schema, values in cases:
            requests.append({"cmd": "imprint.encode", "schema": schema})
            requests.append({"cmd": "imprint.encode", "schema_text": json.dumps(schema, indent=3)})
            for v in values:
                requests.append({"cmd": "schema.validate", "schema": schema, "instance": v, "formats": True})
                requests.append({"cmd": "imprint.decode", "schema": schema, "filled": v, "open": True})
        answers = iter(batch(*requests, seconds=120))
        valid = decoded = 0
        for schema, values in cases:
            first, again = next(answers), next(answers)
            self.assertEqual((first["rc"], (first["out"] or {}).get("template")), (again["rc"], (again["out"] or {}).get("template")), schema)
            for v in values:
                ok, got = next(answers)["rc"] == 0, next(answers)
                valid += ok
                if ok:
                    self.assertEqual((got["rc"], got["out"]), (0, v), (schema, v))
                elif got["rc"] == 0:  # only by putting in a required constant
                    decoded += 1
                    self.assertEqual(one("schema.validate", schema=schema, instance=got["out"], formats=True)["rc"], 0, (schema, v))
                else:
                    self.assertTrue(codes(got), (schema, v))
        self.assertGreater(valid, 400)


class Repeated(Folder):
    """The same question has the same answer, whatever was asked before in the same process."""

    def test_answers_do_not_depend_on_who_asked_first(self):
        schemas = {"A": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "x": {"$ref": "#/components/schemas/C"}}},
                   "B": {"type": "object", "properties": {"b": {"type": "integer"}}}, "C": {"type": "array", "items": {"$ref": "#/components/schemas/A"}},
                   "AB": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]},
                   "BA": {"allOf": [{"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/A"}]},
                   "One": {"oneOf": [{"$ref": "#/components/schemas/AB"}, {"$ref": "#/components/schemas/C"}, {"type": "null"}]}}
        bodies = [{"$ref": f"#/components/schemas/{n}"} for n in schemas] + [{"type": "array", "items": {"$ref": f"#/components/schemas/{n}"}} for n in schemas]
        spec = self.write("spec.json", {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": schemas}, "paths": {
            f"/p{i}": {"post": {"requestBody": {"required": True, "content": {"application/json": {"schema": b}}}, "responses": {}}} for i, b in enumerate(bodies)}})
        calls = [{"cmd": "imprint.encode", "schema_path": spec, "op": f"POST /p{i}"} for i in range(len(bodies))]
        calls += [{"cmd": "imprint.map", "schema_path": spec, "op": f"POST /p{i}"} for i in range(len(bodies))]
        forward = [a["out"] for a in batch(*calls)]
        self.assertEqual(forward, [a["out"] for a in batch(*calls[::-1])][::-1])
        self.assertEqual(forward, [batch(c)[0]["out"] for c in calls])
        self.assertEqual(list(forward[4]["template"]["_body"])[0], "b")

    def test_a_changed_file_behind_a_reference_is_read_again(self):
        main, other = self.write("main.json", {"$ref": "other.json"}), self.write("other.json", {"type": "string"})
        process = subprocess.Popen([CTL, "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ask = lambda: (process.stdin.write(json.dumps({"cmd": "imprint.encode", "schema_path": main}) + "\n"), process.stdin.flush(), json.loads(process.stdout.readline()))[2]["out"]["template"]
        self.assertEqual(ask(), "{FILL|string}")
        with open(other, "w", encoding="utf-8") as f:
            f.write('{"type":"integer"}')
        self.assertEqual(ask(), "{FILL|integer}")
        process.communicate()

    def test_remotes_are_not_kept_beyond_their_request(self):
        remotes = self.write("remotes.json", {"https://x.test/a.json": {"type": "integer"}})
        path = self.write("s.json", {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "https://x.test/a.json"}}})
        with_them = {"cmd": "imprint.encode", "schema_path": path, "remotes": remotes}
        without = {"cmd": "imprint.encode", "schema_path": path}
        answers = batch(with_them, without, {"cmd": "ping"}, with_them, without)
        self.assertEqual([a["rc"] for a in answers], [0, 3, 0, 0, 3])


class Bytes(unittest.TestCase):
    def test_base64_and_text_are_the_same(self):
        text = '{"a":"é"}'
        self.assertEqual(one("imprint.parse", text=text)["out"], one("imprint.parse", b64=base64.b64encode(text.encode()).decode())["out"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
