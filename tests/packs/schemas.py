# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema keywords that the playbooks may use, and no others: a small checker for tests."""
import re

KEYWORDS = {"type", "properties", "required", "items", "enum", "const", "minimum", "maximum", "minItems",
            "maxItems", "pattern", "additionalProperties", "format"}
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_number(value):
    return not isinstance(value, (bool, str, list, dict)) and value is not None


def fits(kind, value):
    if kind == "number":
        return is_number(value)
    if kind == "integer":
        return is_number(value) and value == int(value)
    return isinstance(value, KINDS[kind])


def equal(one, two):
    return type(one) is type(two) and one == two or is_number(one) and is_number(two) and one == two


def findings(schema, value, pointer=""):
    """Yield what is wrong with value, or with the schema itself."""
    if schema is True:
        return
    unknown = set(schema) - KEYWORDS
    if unknown:
        yield "schema at %s uses %s" % (pointer or "/", ", ".join(sorted(unknown)))
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(fits(one, value) for one in kinds):
        yield "%s is %r, not %s" % (pointer, value, " or ".join(kinds))
        return
    if "enum" in schema and not any(equal(one, value) for one in schema["enum"]):
        yield "%s is %r, not one of %s" % (pointer, value, schema["enum"])
    if "const" in schema and not equal(schema["const"], value):
        yield "%s is %r, not %r" % (pointer, value, schema["const"])
    if is_number(value):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield "%s is %s, out of range" % (pointer, value)
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield "%s is %r, against its pattern" % (pointer, value)
        if schema.get("format") == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            yield "%s is %r, not a date" % (pointer, value)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield "%s has %d items" % (pointer, len(value))
        for index, one in enumerate(value):
            yield from findings(schema.get("items", True), one, "%s/%d" % (pointer, index))
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield "%s lacks %s" % (pointer, name)
        rest = schema.get("additionalProperties", True)
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name, rest)
            if inner is False:
                yield "%s has %s, which is not in the schema" % (pointer, name)
            else:
                yield from findings(inner, one, "%s/%s" % (pointer, name))
