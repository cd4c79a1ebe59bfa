# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema 2020-12 that the API's description uses, and the check of an exchange against it. A keyword
that is not known here is an error, so nothing goes unchecked unseen."""
import re

ANNOTATIONS = {"description", "default", "title"}
KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern", "minLength",
         "maxLength", "minimum", "maximum", "maxItems", "anyOf"} | ANNOTATIONS
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def resolve(schema, doc):
    while "$ref" in schema:
        node = doc
        for part in schema["$ref"][2:].split("/"):
            node = node[part]
        schema = node
    return schema


def check(value, schema, doc, at=""):
    """Every way in which value is not what schema says, as texts."""
    schema = resolve(schema, doc)
    unknown = set(schema) - KNOWN
    if unknown:
        return [f"{at}: the schema has {unknown}, which this checker does not know"]
    if "anyOf" in schema:
        tries = [check(value, s, doc, at) for s in schema["anyOf"]]
        return [] if any(not t for t in tries) else min(tries, key=len)
    if "const" in schema and value != schema["const"]:
        return [f"{at}: {value!r} is not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_type(value, t) for t in types):
            return [f"{at}: {value!r:.80} is not {schema['type']}"]
    return bounds(value, schema, at) + inside(value, schema, doc, at)


def bounds(value, schema, at):
    out = []
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{at}: {value!r} does not match {schema['pattern']}")
        if len(value) < schema.get("minLength", 0) or len(value) > schema.get("maxLength", len(value)):
            out.append(f"{at}: length {len(value)}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            out.append(f"{at}: {value} is out of bounds")
    return out


def inside(value, schema, doc, at):
    out = []
    if isinstance(value, dict):
        props = schema.get("properties", {})
        out += [f"{at}: {k} is missing" for k in schema.get("required", []) if k not in value]
        for k, v in value.items():
            if k in props:
                out += check(v, props[k], doc, f"{at}/{k}")
            elif schema.get("additionalProperties") is False:
                out.append(f"{at}: {k} is not in the schema")
    elif isinstance(value, list) and "items" in schema:
        for i, v in enumerate(value):
            out += check(v, schema["items"], doc, f"{at}/{i}")
    return out


class Contract:
    """Checks every exchange of a stack against its own OpenAPI document."""

    def __init__(self, doc):
        self.doc = doc
        self.seen = set()
        self.routes = []
        for path, item in doc["paths"].items():
            pattern = re.sub(r"\\\{path\\\}", "(.+)", re.escape(path))
            pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", pattern)
            for method, op in item.items():
                self.routes.append((method.upper(), re.compile(pattern + r"$"), op))
        # literal segments win over parameters, longer over shorter
        self.routes.sort(key=lambda r: (r[1].pattern.count("(.+)"), r[1].pattern.count("([^/]+)")))

    def find(self, method, path):
        path = path.split("?")[0]
        for m, pattern, op in self.routes:
            if m == method and pattern.fullmatch(path):
                return op
        return None

    def watch(self, method, path, answer):
        op = self.find(method, path)
        if answer.status >= 400:
            self.problem(method, path, answer, op)
            return
        if method == "HEAD":
            return
        assert op, f"{method} {path} answered {answer.status} and is in no description"
        self.seen.add(op["operationId"])
        described = op["responses"].get(str(answer.status))
        assert described, f"{op['operationId']} answered {answer.status}, which is not described"
        content = described.get("content", {})
        if not content:
            assert answer.body == b"", f"{op['operationId']}: a body where none is described"
            return
        if answer.type in content and "schema" in content[answer.type]:
            values = answer.lines if answer.type == "application/x-ndjson" else [answer.json]
            for value in values:
                wrong = check(value, content[answer.type]["schema"], self.doc)
                assert not wrong, f"{op['operationId']}: {wrong[:5]}"
        else:
            assert answer.type in content or "*/*" in content, f"{op['operationId']}: type {answer.type}"

    def problem(self, method, path, answer, op):
        where = f"{method} {path[:100]} -> {answer!r}"
        if method == "HEAD":
            return
        assert answer.type == "application/problem+json", where
        wrong = check(answer.json, {"$ref": "#/components/schemas/problem"}, self.doc)
        assert not wrong, f"{where}: {wrong}"
        assert answer.json["status"] == answer.status, where
        assert answer.headers.get("Cache-Control") == "no-store", where
        if op and answer.json["code"] not in ("E_NET", "E_RATE"):
            described = op["responses"].get(str(answer.status), {})
            assert answer.json["code"] in described.get("description", ""), f"{op['operationId']}: {answer.json['code']} is not described"
