# SPDX-License-Identifier: Apache-2.0
"""Every adapter of packs/adapters.json in the real sandbox, as the step that a plan makes of it would run it.

Needs root (the sandbox). Round trips are held byte for byte; `forgectl convert` holds each result against the profile
of its kind.
"""
import hashlib
import io
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

from . import playbook as pb

CTL = os.path.join(pb.ROOT, os.environ.get("BUILD", "build"), "bin", "forgectl")
with open(os.path.join(pb.PACKS, "adapters.json"), encoding="utf-8") as _stream:
    ADAPTERS = {one["id"]: one for one in json.load(_stream)["adapters"]}
LIMITS = {"wall_ms": 120000, "cpu_ms": 120000, "memory_bytes": 536870912, "pids": 64, "output_bytes": 1 << 30}
NASTY = ('Entry No,"a ""quoted"", name", blank name ,tab\tname,ä€😀\n'
         '007,"with, comma","with ""quotes""","line\nbreak",\n'
         ',1e400,12345678901234567890,no,2026-01-01\n'
         '-0,null,true,~,"\r\ncr"\n'
         "  padded  ,'single',\\n,=1+1,\u2028\n"
         'tab\there,0x1F,1_000,.5,+5\n')


def ctl(*argv):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "FORGE_ROOT": pb.ROOT, "FORGE_VAR": "/nonexistent/var"}
    return subprocess.run([CTL, *argv], env=env, capture_output=True, text=True, timeout=300, check=False)


class Refused(Exception):
    def __init__(self, place):
        super().__init__(place["message"])
        self.place = place


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("the sandbox needs root")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, name, data):
        with open(self.path(name), "wb") as stream:
            stream.write(data.encode("utf-8") if isinstance(data, str) else data)
        return self.path(name)

    def report(self, name, data, params=None, kind=None, source="in.dat"):
        """Run adapter `name` on the bytes: (the sandbox's report, the result's bytes or None)."""
        one = ADAPTERS[name]
        limits = {**LIMITS, **(one["limits"] or {})}
        step = {"schema": "forge.step.v1", "step_id": "ps-1-adapt", "params": params or one["params"] or {},
                "inputs": {"source": {"path": "/workspace/input/source", "kind": kind or one["from"][0], "entity": None,
                                      "slot": "raw_files", "source_path": "attachments/" + source}},
                "outputs": {"result": {"path": "/workspace/output/result", "kind": one["to"]}}}
        argv = ["sandbox", "run", "--out", self.path("out")]
        for key, value in limits.items():
            argv += ["--" + key.replace("_", "-"), str(value)]
        skill = os.path.join(pb.PACKS, "skill", one["program"]["skill"])
        for file in sorted(os.listdir(skill)):
            if os.path.isfile(os.path.join(skill, file)):
                argv += ["--file", "%s:/skills/%s/%s" % (os.path.join(skill, file), one["program"]["skill"], file)]
        argv += ["--file", self.save("step.json", json.dumps(step)) + ":/workspace/meta/step.json",
                 "--file", self.save("source", data) + ":/workspace/input/source", "--", *one["program"]["argv"]]
        shutil.rmtree(self.path("out"), ignore_errors=True)
        done = ctl(*argv)
        self.assertNotEqual(done.stdout, "", done.stderr)
        found = json.loads(done.stdout)
        result = self.path("out/result")
        if found["verdict"] != "ok" or not os.path.exists(result):
            return found, None
        with open(result, "rb") as stream:
            return found, stream.read()

    def run_adapter(self, name, data, params=None, kind=None, source="in.dat"):
        found, result = self.report(name, data, params, kind, source)
        if found["exit_code"] == 65:
            raise Refused(json.loads(found["stderr"].strip().splitlines()[-1])["error"])
        self.assertEqual(found["verdict"], "ok", found["stderr"][-1500:])
        self.assertIsNotNone(result)
        return result

    def refused(self, words, name, data, params=None, row=None, column=None):
        with self.assertRaises(Refused, msg=name) as caught:
            self.run_adapter(name, data, params)
        place = caught.exception.place
        self.assertRegex(place["message"], words)
        self.assertEqual(place["file"], "attachments/in.dat")
        if row is not None:
            self.assertEqual(place["row"], row, place)
        if column is not None:
            self.assertEqual(place["column"], column, place)


class RoundTrips(Case):
    def test_csv_comes_back_byte_for_byte_through_every_other_form_of_rows(self):
        data = NASTY.encode("utf-8")
        tsv = self.run_adapter("csv-to-tsv", data)
        rows = self.run_adapter("csv-to-json-rows", data)
        yaml = self.run_adapter("json-rows-to-yaml", rows)
        self.assertEqual(self.run_adapter("tsv-to-csv", tsv), data)
        self.assertEqual(self.run_adapter("json-rows-to-csv", rows), data)
        self.assertEqual(self.run_adapter("tsv-to-json-rows", tsv), rows)
        self.assertEqual(self.run_adapter("json-rows-to-tsv", rows), tsv)
        self.assertEqual(self.run_adapter("yaml-to-json-rows", yaml), rows)
        names = ["Entry No", 'a "quoted", name', " blank name ", "tab\tname", "ä€😀"]
        parsed = json.loads(rows)
        self.assertEqual([list(row) for row in parsed], [names] * 5)
        self.assertEqual(list(parsed[1].values()), ["", "1e400", "12345678901234567890", "no", "2026-01-01"])
        self.assertEqual(list(parsed[2].values()), ["-0", "null", "true", "~", "\r\ncr"])

    def test_a_parquet_file_keeps_the_rows(self):
        data = NASTY.encode("utf-8")
        parquet = self.run_adapter("csv-to-parquet", data)
        self.assertEqual((parquet[:4], parquet[-4:]), (b"PAR1", b"PAR1"))
        self.assertEqual(self.run_adapter("parquet-to-csv", parquet), data)
        tsv = self.run_adapter("csv-to-tsv", data)
        self.assertEqual(self.run_adapter("parquet-to-tsv", self.run_adapter("tsv-to-parquet", tsv)), tsv)
        rows = self.run_adapter("parquet-to-json-rows", parquet)
        self.assertEqual([[one or "" for one in row.values()] for row in json.loads(rows)],
                         [list(row.values()) for row in json.loads(self.run_adapter("csv-to-json-rows", data))])
        self.assertEqual(self.run_adapter("parquet-to-json-rows", self.run_adapter("json-rows-to-parquet", rows)), rows)

    def test_needless_quotation_marks_a_byte_order_mark_and_crlf_are_all_that_is_not_kept(self):
        odd = b'\xef\xbb\xbf"a",b\r\n"1","x""y"\r\n\r\n'
        tsv = self.run_adapter("csv-to-tsv", odd)
        self.assertEqual(tsv, b'a\tb\n1\t"x""y"\n')
        self.assertEqual(self.run_adapter("tsv-to-csv", tsv), b'a,b\n1,"x""y"\n')

    def test_one_empty_cell_is_a_row(self):
        self.assertEqual(self.run_adapter("tsv-to-csv", self.run_adapter("csv-to-tsv", 'a\n""\nx\n')), b'a\n""\nx\n')

    def test_random_tables_come_back_by_every_way(self):
        chance = random.Random(20260101)
        pieces = ["", "0", "007", "-", "no", "~", '"', '""', ",", "\t", "\n", "\r\n", " ", "é", "😀", "\u2028", "\x7f", "\x85",
                  "null", "1e400", "2026-01-01", "'", "\\", ":", "#", "- ", "{", "[", "&a", "*a", "!x", "%", "@", "`", "|", ">"]
        for _ in range(25):
            width = chance.randint(1, 6)
            header = ["c%d%s" % (index, chance.choice(["", " ", ",", '"', "\n", ": x", "#"])) for index in range(width)]
            rows = [["".join(chance.choice(pieces) for _ in range(chance.randint(0, 4))) for _ in range(width)]
                    for _ in range(chance.randint(0, 12))]
            text = "".join((",".join('"%s"' % cell.replace('"', '""') if re.search('[",\r\n]', cell) else cell
                                     for cell in row) or '""') + "\n" for row in [header] + rows)
            with self.subTest(text=text):
                data = text.encode("utf-8")
                as_rows = self.run_adapter("csv-to-json-rows", data)
                self.assertEqual([list(row.items()) for row in json.loads(as_rows)],
                                 [list(zip(header, row)) for row in rows])
                self.assertEqual(self.run_adapter("tsv-to-csv", self.run_adapter("csv-to-tsv", data)), data)
                back = self.run_adapter("yaml-to-json-rows", self.run_adapter("json-rows-to-yaml", as_rows))
                self.assertEqual(back, as_rows)
                if rows:
                    self.assertEqual(self.run_adapter("json-rows-to-csv", back), data)

    def test_numbers_keep_their_digits_and_objects_come_back(self):
        rows = b'[\n{"a": 1e400, "b": 12345678901234567890, "c": 1.0, "d": -0, "e": true, "f": null, "g": [1, {"x": []}]},\n' \
               b'{"a": "1e400", "g": {"no": "yes"}}\n]\n'
        yaml = self.run_adapter("json-rows-to-yaml", rows)
        self.assertEqual(self.run_adapter("yaml-to-json-rows", yaml), rows)
        bare = b'[\n{},\n{"a": {}, "\\u0001: x": [], "": ""}\n]\n'
        self.assertEqual(self.run_adapter("yaml-to-json-rows", self.run_adapter("json-rows-to-yaml", bare)), bare)
        self.assertEqual(self.run_adapter("json-rows-to-yaml", b"[]"), b"[]\n")
        self.refused("longer than 1000", "json-rows-to-yaml", b'[{"%s": 1}]' % (b"k" * 1001))
        thing = b'{\n  "n": 0.10,\n  "list": [1, 2.50],\n  "deep": {\n    "on": {"y": "n"}\n  }\n}\n'
        yaml = self.run_adapter("json-to-yaml", thing)
        self.assertEqual(self.run_adapter("yaml-to-json", yaml), thing)
        flat = b'[{"a": 1e400, "b": 12345678901234567890, "c": 1.0}, {"a": null, "d": true}]'
        self.assertEqual(self.run_adapter("json-rows-to-csv", flat),
                         b"a,b,c,d\n1e400,12345678901234567890,1.0,\n,,,true\n")

    def test_the_types_of_columns_say_which_json_a_cell_becomes(self):
        params = {"columns": [{"name": "n", "type": "integer"}, {"name": "ok", "type": "boolean"},
                              {"name": "amount", "type": "money"}, {"name": "note", "type": "text", "nullable": True},
                              {"name": "rest", "type": "text"}]}
        found = self.run_adapter("csv-to-json-rows", "n,ok,amount,note,rest\n12345678901234567890,true,1.50,,\n,,,x,\n", params)
        self.assertEqual(found, b'[\n{"n": 12345678901234567890, "ok": true, "amount": "1.50", "note": null, "rest": ""},\n'
                                b'{"n": null, "ok": null, "amount": null, "note": "x", "rest": ""}\n]\n')
        for value, words in (("1.5", "whole number"), ("007", "whole number"), ("x", "whole number")):
            self.refused(words, "csv-to-json-rows", "n\n1\n%s\n" % value, {"columns": [{"name": "n", "type": "integer"}]}, 3, 1)
        self.refused("no column `m`", "csv-to-json-rows", "n\n1\n", {"columns": [{"name": "m", "type": "integer"}]})
        # A plan names the entity's optional columns, too; they count where they are.
        optional = {"columns": [{"name": "m", "type": "integer", "required": False}, {"name": "n", "type": "integer", "required": True}]}
        self.assertEqual(self.run_adapter("csv-to-json-rows", "n\n1\n", optional), b'[\n{"n": 1}\n]\n')
        self.assertEqual(self.run_adapter("tsv-to-json-rows", "m\tn\n2\t1\n", optional), b'[\n{"m": 2, "n": 1}\n]\n')

    def test_the_same_input_gives_the_same_bytes(self):
        for name, data in (("csv-to-json-rows", NASTY), ("markdown-to-html", "# A\n\nb *c*\n"), ("csv-to-evidence", NASTY)):
            self.assertEqual(self.run_adapter(name, data), self.run_adapter(name, data), name)

    def test_what_is_larger_than_memory_is_not_held(self):
        line = '%07d,Customer,2026-01-02,12.50,"some, note"\n'
        data = ("id,name,date,amount,note\n" + "".join(line % index for index in range(400000))).encode()
        for name in ("csv-to-json-rows", "csv-to-tsv"):
            found, result = self.report(name, data)
            self.assertEqual(result.count(b"some, note"), 400000)
            # What is written lies in the sandbox's memory; the program's own share is what is left.
            self.assertLess(found["usage"]["memory_peak_bytes"] - len(result), 48 << 20, name)


class BadTables(Case):
    def test_delimited_text(self):
        for name, delimiter in (("csv-to-json-rows", ","), ("tsv-to-json-rows", "\t"), ("csv-to-tsv", ","), ("csv-to-evidence", ",")):
            for data, words, row, column in (
                    (b"", "empty", 1, 1), (b"a,b\n1\n", "1 cells, the header has 2", 2, 2), (b"a,b\n1,2,3\n", "3 cells", 2, 3),
                    (b"a,a\n1,2\n", "appears twice", 1, 2), (b"a,\n1,2\n", "column 2 has no name", 1, 2),
                    (b'a,b\n1,"x\ny\n', "never closed", 2, 2), (b'a,b\n1,"x"y\n', "behind the closing", 2, 2),
                    (b"a,b\n1,\xff\n", "0xFF is not UTF-8", 2, 2), (b"a,b\n1,\x00\n", "NUL", 2, 2),
                    (b"a,b\n\n1,2\n", "empty line between", 2, 1), (b"a,b\n1\r2,3\n", "carriage return", 2, 1),
                    (b"PK\x03\x04zip", "zip archive", 1, 1), (b"a,b\n1,%s\n" % (b"x" * ((1 << 20) + 1)), "longer than 1 MiB", 2, 2)):
                with self.subTest(name=name, data=data[:40]):
                    self.refused(words, name, data.replace(b",", delimiter.encode()), None, row, column)
        self.refused("quotation mark inside", "csv-to-tsv", 'a,b\n1,x"y\n', None, 2, 2)
        self.assertEqual(self.run_adapter("tsv-to-csv", 'a\tb\n1\tx"y\n'), b'a,b\n1,"x""y"\n')

    def test_a_row_that_never_ends_is_refused_in_bounded_memory(self):
        for name, data in (("csv-to-tsv", b'a,b\n1,"' + b"x\n" * (9 << 20)), ("csv-to-tsv", b"a" * (20 << 20)),
                           ("json-rows-to-csv", b'[{"a": "' + b"x" * (20 << 20))):
            found, _ = self.report(name, data)
            self.assertEqual(found["exit_code"], 65, found["stderr"][-500:])
            self.assertIn("longer than 8 MiB", found["stderr"])
            self.assertLess(found["usage"]["memory_peak_bytes"], 160 << 20)

    def test_json_rows(self):
        for data, words, row in ((b"", "not a JSON array", 1), (b"{}", "not a JSON array", 1), (b"[1]", "expected a row", 1),
                                 (b'[{"a": 1}, {"a": 1, "a": 2}]', "`a` stands there twice", 2), (b'[{"a": NaN}]', "NaN", 1),
                                 (b'[{"a": 1},]', "expected a row", 2), (b'[{"a": 1}', "end of the file", 1),
                                 (b'[{"a": 1}] x', "more behind", 1), (b'[{"a": 01}]', "not JSON", 1), (b'[{"a": 1} {"a": 2}]', "comma", 1),
                                 (b'[{"a": {"b": 1}}]', "holds an object", 1), (b'[{"a": [1]}]', "holds a list", 1),
                                 (b'[{"a": "\\u0000"}]', "NUL", 1), (b'[{"a": "\\ud800"}]', "surrogate", None),
                                 (b"[]", "no rows with columns", 1), (b'[{"a": 1}, {"a": "\xff"}]', "0xFF", None),
                                 (b'[{"a": ' + b"[" * 100000 + b"]" * 100000 + b"}]", "nested deeper|holds a list", 1)):
            with self.subTest(data=data[:60]):
                self.refused(words, "json-rows-to-csv", data, None, row)

    def test_yaml(self):
        for data, words, row in (("- a: 007\n", "a number or a text", 1), ("- a: 0x1F\n", "a number or a text", 1), ("- a: .inf\n", "number or a text", 1),
                                 ("- a: 1\n- a: 1\n  a: 2\n", "`a` stands there twice", 3), ("- <<: {a: 1}\n", "merge", 1),
                                 ("- &x [*x]\n", "inside its own anchor", 1), ("- a: *x\n", "no anchor above", 1),
                                 ("- !!python/object:os.system a: 1\n", "tag", 1), ("- a: !!int x\n", "not of its tag", 1),
                                 ("- a: 1\n---\n- b: 1\n", "second document", 2), ("- ? [a]\n  : 1\n", "a key is a text", 1),
                                 ("%YAML 1.1\n---\n- a: no\n", "%YAML 1.1", 1),
                                 ("a: 1\n", "not a list of rows", 1), ("- 1\n", "not an object", 1), ("- a: [1\n", "not YAML", 2),
                                 ("- a: \x01\n", "not YAML", None), ("", "not a list", 1),
                                 ("- a: " + "[" * 5000 + "]" * 5000 + "\n", "nested deeper", 1)):
            with self.subTest(data=data[:60]):
                self.refused(words, "yaml-to-json-rows", data, None, row)
        laughs = "- l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
            "  l%d: &l%d [%s]\n" % (n, n, ", ".join(["*l%d" % (n - 1)] * 10)) for n in range(1, 10))
        self.refused("more than 100000 values", "yaml-to-json-rows", laughs)
        kept = "- {no: no, d: 2026-01-01, t: 1_000, n: ~, e: , b: True, q: '5', x: 5, m: 12:30:00, c: +x, o: 0.10}\n- &r {a: 1}\n- *r\n"
        self.assertEqual(self.run_adapter("yaml-to-json-rows", kept),
                         b'[\n{"no": "no", "d": "2026-01-01", "t": "1_000", "n": null, "e": null, "b": true, "q": "5", "x": 5, '
                         b'"m": "12:30:00", "c": "+x", "o": 0.10},\n{"a": 1},\n{"a": 1}\n]\n')


def column(convert, **more):
    return {"columns": [{"from": "x", "to": "y", "convert": convert, **more}], "rest": "drop"}


class Columns(Case):
    GOOD = (
        ("date:dmy", "3/4/2026", "2026-04-03"), ("date:mdy", "3/4/2026", "2026-03-04"), ("date:ymd", "2026.3.4", "2026-03-04"),
        ("date:ymd", "20260304", "2026-03-04"), ("date:dmy", "3 Mar 2026", "2026-03-03"), ("date:name", "March 3rd, 2026", "2026-03-03"),
        ("date:dmy", "2026-03-04", "2026-03-04"), ("date:dmy:30", "3.4.29", "2029-04-03"), ("date:dmy:30", "3.4.30", "1930-04-03"),
        ("date:ambiguous", "13/04/2026", "2026-04-13"), ("date:ambiguous", "04/13/2026", "2026-04-13"), ("date:ambiguous", "4/4/2026", "2026-04-04"),
        ("date:dmy", "29-02-2024", "2024-02-29"), ("date:name", "3-mar-2026", "2026-03-03"), ("date:dmonY", "3Mar2026", "2026-03-03"),
        ("timestamp:dmy:Z", "3/4/2026 7:05", "2026-04-03T07:05:00Z"), ("timestamp:ymd:+01:00", "2026-03-04 12:00:01.5 pm", "2026-03-04T12:00:01.5+01:00"),
        ("timestamp:ymd", "2026-03-04T07:05:06+0200", "2026-03-04T07:05:06+02:00"), ("timestamp:unix", "0", "1970-01-01T00:00:00Z"),
        ("timestamp:unix_ms", "1772600706123", "2026-03-04T05:05:06.123Z"), ("timestamp:unix", "-1", "1969-12-31T23:59:59Z"),
        ("number:us", "1,234,567.50", "1234567.50"), ("number:us", "(1,234)", "-1234"), ("number:us", "5-", "-5"), ("number:us", ".5", "0.5"),
        ("number:swiss-comma", "1'234,5", "1234.5"), ("number:space-point", "1 234.5", "1234.5"), ("number:us", "\u20135", "-5"), ("number:swiss", "1'234.-", "1234"),
        ("money:swiss:CHF", "CHF 5.-", "5"), ("money:swiss:CHF", "5.- CHF", "5"), ("money:eu:EUR", "1.234,- €", "1234"), ("money:eu:VND", "5 ₫", "5"), ("unit:drop:kg", "(1,200 kg)", "-1200"), ("unit:percent", "(12.5 %)", "-0.125"),
        ("number:eu", "1.234,5", "1234.5"), ("number:eu", "-0,00", "0.00"), ("number:swiss", "1'234.5", "1234.5"), ("number:space", "1\u202f234,5", "1234.5"),
        ("number:us", "\u22125", "-5"), ("number:us", "12345678901234567890.12345678901234567890", "12345678901234567890.12345678901234567890"),
        ("money:us:USD", "$1,234.50", "1234.50"), ("money:us:USD", "USD 5", "5"), ("money:eu:EUR", "-1.234,50 €", "-1234.50"), ("money:us:USD", "-$5.00", "-5.00"),
        ("money:us:USD", "($5.00)", "-5.00"), ("money:us:USD", "7.10", "7.10"), ("unit:percent", "12.5%", "0.125"), ("unit:percent", "-100 %", "-1.00"),
        ("unit:percent:eu", "12,5%", "0.125"), ("unit:hours", "7:30", "7.5"), ("unit:hours", "0:45", "0.75"), ("unit:hours", "7.25 h", "7.25"),
        ("unit:hours:2", "7:20", "7.33"), ("unit:hours", "100:00", "100"), ("unit:drop:kg", "1,200 kg", "1200"), ("boolean", "Yes", "true"), ("boolean", "0", "false"),
        ("trim", "  a b ", "a b"), (None, "  a ", "  a "),
    )
    BAD = (
        ("date:dmy", "31/02/2026", "no such day"), ("date:mdy", "13/04/2026", "no such day"), ("date:dmy", "3/4/26", "two digits"), ("date:ambiguous", "03/04/2026", "cannot be told apart"),
        ("date:ymd", "3/4/2026", "year first"), ("date:name", "3/4/2026", "month as a word"), ("date:dmy", "3 Foo 2026", "no month"), ("date:dmy", "3/4.2026", "no date"), ("date:dmy", "46115", "no date"),
        ("timestamp:ymd", "2026-03-04 10:00", "no time zone"), ("timestamp:ymd:Z", "2026-03-04 25:00", "no time of day"), ("timestamp:ymd:Z", "2026-03-04", "time of day"),
        ("number:us", "1.234,5", "no number"), ("number:us", "1,23", "no number"), ("number:us", "12,34,567", "no number"), ("number:eu", "1,234.5", "no number"), ("number:us", "007", "no number"),
        ("number:us", "1e5", "no number"), ("number:us", "n/a", "no number"), ("number:us", "--5", "no number"), ("number:us", "1 234.5", "no number"), ("number:space", "1 234.5", "no number"), ("number:us", ".-", "no number"), ("number:us", "$5", "no number"), ("number:us", "٣", "no number"), ("number:us", "9" * 401, "digits"),
        ("money:us:USD", "€5", "not USD"), ("money:us:USD", "5 EUR", "not USD"), ("money:us:USD", "-($5)", "no number"), ("money:us:USD", "-$-5", "two signs"), ("unit:percent", "12.5", "no percent sign"), ("unit:hours", "7:20", "no exact decimal"), ("unit:hours", "7:60", "no number"),
        ("unit:drop:kg", "5 lb", "unit kg"), ("boolean", "maybe", "neither true nor false"), ("boolean", "2", "neither"),
    )

    def test_values_convert_as_the_vocabulary_says(self):
        """One table with a column for each conversion: all of them in one run."""
        params = {"columns": [{"from": "c%d" % n, "to": "r%d" % n, "convert": convert} for n, (convert, _, _) in enumerate(self.GOOD)],
                  "rest": "drop"}
        rows = json.dumps([{"c%d" % n: value for n, (_, value, _) in enumerate(self.GOOD)}, {"c%d" % n: None for n in range(len(self.GOOD))}])
        found = json.loads(self.run_adapter("columns-json-rows", rows, params))
        for n, (convert, value, want) in enumerate(self.GOOD):
            want = want == "true" if convert == "boolean" else want
            self.assertEqual(found[0]["r%d" % n], want, (convert, value))
            self.assertIsNone(found[1]["r%d" % n])

    def test_what_does_not_convert_is_refused_with_row_column_and_value(self):
        for convert, value, words in self.BAD:
            with self.subTest(convert=convert, value=value):
                with self.assertRaises(Refused) as caught:
                    self.run_adapter("columns-csv", 'x,z\n,1\n"%s",1\n' % value, column(convert))
                place = caught.exception.place
                self.assertRegex(place["message"], words)
                self.assertEqual((place["row"], place["column"]), (3, "x"))
                self.assertIn("'%s" % value[:20], place["message"])

    def test_money_names_its_currency_in_a_column_of_its_own(self):
        params = {"columns": [{"from": "Price", "to": "price", "convert": "money:us", "currency": "currency"}], "rest": "keep"}
        self.assertEqual(self.run_adapter("columns-csv", "id,Price\n1,EUR 5.00\n2,£1\n3,\n", params), b"price,currency,id\n5.00,EUR,1\n1,GBP,2\n,,3\n")
        self.refused(r"\$ stands for several", "columns-csv", "id,Price\n1,$5\n", params, 2, "Price")
        self.refused("no currency is named", "columns-csv", "id,Price\n1,5\n", params, 2, "Price")
        self.refused("names no currency and no column", "columns-csv", "x\n1\n", column("money:us"))

    def test_columns_are_renamed_kept_and_dropped(self):
        params = {"columns": [{"from": "Entry No", "to": "id", "convert": None},
                              {"from": "State", "to": "state", "convert": "enum:case", "values": ["open", "closed"], "empty": ["n/a"]}], "rest": "keep"}
        data = "State,note,Entry No\nOPEN,a,007\nn/a,b,8\n"
        self.assertEqual(self.run_adapter("columns-csv", data, params), b"id,state,note\n007,open,a\n8,,b\n")
        self.assertEqual(self.run_adapter("columns-csv", data, {**params, "rest": "drop"}), b"id,state\n007,open\n8,\n")
        self.assertEqual(self.run_adapter("columns-tsv", data.replace(",", "\t"), params), b"id\tstate\tnote\n007\topen\ta\n8\t\tb\n")
        rows = '[{"State": "Open", "Entry No": 7, "more": {"a": [1.0]}}, {"note": 1e400}]'
        self.assertEqual(self.run_adapter("columns-json-rows", rows, params),
                         b'[\n{"id": 7, "state": "open", "more": {"a": [1.0]}},\n{"note": 1e400}\n]\n')
        self.refused("none of open, closed", "columns-csv", data.replace("OPEN", "odd"), params, 2, "State")
        self.refused("no column `Entry No`; the file has `a`", "columns-csv", "a\n1\n", params, 1, "Entry No")
        self.refused("no row has the column", "columns-json-rows", '[{"a": 1}]', params, 1, "Entry No")
        self.refused("`id` is a column already", "columns-csv", "State,Entry No,id\nopen,1,2\n", params, 1, "id")
        self.refused("two columns would be called", "columns-csv", "x\n1\n", {"columns": [{"from": "x", "to": "y"}, {"from": "x", "to": "y"}], "rest": "drop"})

    def test_conversions_outside_the_vocabulary_are_refused(self):
        for convert in ("date", "date:xyz", "number", "number:uk", "money", "unit:furlong", "enum", "enum:case", "guess", "date:dmy:30:x", "timestamp:ymd:CET", "boolean:x"):
            self.refused("column `x`", "columns-csv", "x\n1\n", column(convert))


class Documents(Case):
    def test_markdown_becomes_a_page_that_loads_and_runs_nothing(self):
        source = ("# Title & <script>alert(1)</script>\n\nSee [a](https://example.com/?a=1&b=2), [b](javascript:alert(2)), "
                  "[c](data:text/html,x), [ref], ![pic](http://evil.example/x.png) <img src=x onerror=alert(3)> and <b onclick=x>bold</b>.\n\n"
                  "<iframe src=\"file:///etc/passwd\"></iframe>\n\n| Name | Amount |\n|:-----|------:|\n| a \\| b | **12** |\n| <i>x</i> | 1 |\n\n"
                  "```html\n<script>shown as text</script>\n```\n\n## Again\n\n## Again\n\n[ref]: https://ref.example/\n")
        page = self.run_adapter("markdown-to-html", source).decode("utf-8")
        body = page[page.index("<main>"):]
        for bad in ("<script", "<iframe", "<img", "onerror", "onclick=", "javascript:", "data:text", "<b ", "<i>"):
            self.assertNotIn(bad, body)
        self.assertTrue(page.startswith("<!doctype html>"))
        for good in ('<a href="https://example.com/?a=1&amp;b=2"', '<a href="https://ref.example/"', "<td>a | b</td>",
                     '<td class="right"><strong>12</strong></td>', "&lt;script&gt;shown as text", 'id="again"', 'id="again-1"',
                     "pic (http://evil.example/x.png)"):
            self.assertIn(good, body)
        self.assertIn("default-src 'none'", page)
        self.refused("no text", "markdown-to-html", "\n\n")
        self.refused("NUL", "markdown-to-html", b"# a\n\x00", None, 2)
        self.refused("0xFF", "markdown-to-html", b"# a\n\xff", None, 2)

    def test_a_report_is_printed_without_its_scripts_and_the_same_each_time(self):
        page = self.run_adapter("markdown-to-html", "# Printed\n\nwords\n").replace(
            b"<main>", b"<main><script>document.write('SCRIPT RAN')</script><iframe src=\"file:///workspace/meta/step.json\"></iframe>")
        page = re.sub(rb"<meta http-equiv[^>]*>", b"", page)
        first, second = (self.run_adapter("html-to-pdf", page) for _ in range(2))
        self.assertEqual(hashlib.sha256(first).hexdigest(), hashlib.sha256(second).hexdigest())
        self.assertIn(b"/StructTreeRoot", first)
        text = subprocess.run(["pdftotext", self.save("a.pdf", first), "-"], capture_output=True, text=True, check=True).stdout
        self.assertIn("Printed", text)
        self.assertNotIn("SCRIPT RAN", text)
        self.assertNotIn("forge.step", text)
        self.refused("not an HTML page", "html-to-pdf", "just words")


class Sources(Case):
    def test_evidence_names_file_hash_and_place_of_each_row(self):
        rows = json.loads(self.run_adapter("csv-to-evidence", "a,b\n007,\n\"x\ny\",2\n", source="facts.csv"))
        sha256 = hashlib.sha256(b"a,b\n007,\n\"x\ny\",2\n").hexdigest()
        self.assertEqual([(one["source_path"], one["source_sha256"], one["row"], one["locator"]) for one in rows],
                         [("attachments/facts.csv", sha256, 2, "row=2"), ("attachments/facts.csv", sha256, 3, "row=3")])
        self.assertEqual([one["content"] for one in rows], [{"a": "007", "b": ""}, {"a": "x\ny", "b": "2"}])
        self.assertIn(b'"row": 2, "locator": "row=2", "content": {"a": "1", "b": "2"}', self.run_adapter("tsv-to-evidence", "a\tb\n1\t2\n"))
        rows = self.run_adapter("json-rows-to-evidence", '[{"a": 1e400}]')
        self.assertIn(b'"locator": "/0", "content": {"a": 1e400}}', rows)

    @staticmethod
    def archive(*members):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in members:
                target.writestr(name, content)
        return data.getvalue()

    def test_a_manifest_accounts_for_every_file(self):
        inner = self.archive(("x", "y"))
        members = [("b/rows.csv", "a,b\n1,2\n"), ("a.json", '[{"a": 1}]'), ("o.json", '{"a": 1}'), ("lies.csv", b"%PDF-1.7 x"), ("n.zip", inner),
                   ("raw.csv", b"\x00\x01"), ("é.txt", "text"), ("empty", ""), ("r.md", "# a"), ("p.html", "<p>a</p>"), ("d/", "")]
        found = json.loads(self.run_adapter("zip-to-batch-manifest", self.archive(*members)))
        want = {name: len(content.encode() if isinstance(content, str) else content) for name, content in members if name != "d/"}
        self.assertEqual({one["path"]: one["bytes"] for one in found["entries"]}, want)
        self.assertEqual([one["path"] for one in found["entries"]], sorted(want, key=lambda name: name.encode()))
        self.assertEqual({one["path"]: one["kind"] for one in found["entries"]}, {
            "b/rows.csv": "table.csv", "a.json": "table.json_rows", "o.json": "object.json", "lies.csv": "report.pdf", "n.zip": "file.archive.zip",
            "raw.csv": "file.binary", "é.txt": "file.text", "empty": "file.binary", "r.md": "text.markdown", "p.html": "web.page.html"})
        self.assertEqual(found["entries"][0]["sha256"], hashlib.sha256(b'[{"a": 1}]').hexdigest())

    def test_hostile_archives_are_refused(self):
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        for members, words in (((("../a", "x"),), "leaves the folder"), ((("/a", "x"),), "absolute"), ((("a\\b", "x"),), "backslash"),
                               ((("a//b", "x"),), "leaves the folder"), ((("C:/a", "x"),), "absolute"), ((("a/./b", "x"),), "leaves the folder"), ((("a\nb", "x"),), "control"),
                               ((("A", "x"), ("a", "y")), "differ in case"), ((("a", "x"), ("a/b", "y")), "which is a file"),
                               (((link, "/etc/passwd"),), "link"), ((("bomb", b"\0" * (30 << 20)),), "bomb")):
            with self.subTest(words=words, name=str(members[0][0])[:30]):
                self.refused(words, "zip-to-batch-manifest", self.archive(*members))
        whole = self.archive(("a", "hello hello hello"), ("b", "world"))
        self.refused("no whole ZIP", "zip-to-batch-manifest", whole[:-30])
        self.refused("no whole ZIP", "zip-to-batch-manifest", b"not a zip")
        broken = bytearray(whole)
        broken[broken.index(b"PK\x01\x02") + 16] ^= 1  # the checksum in the directory
        self.refused("cannot be unpacked", "zip-to-batch-manifest", bytes(broken))
        # Both members at the same place: what is stored once is counted twice.
        second = whole.rindex(b"PK\x01\x02")
        shared = bytearray(whole)
        shared[second + 42:second + 46] = b"\0\0\0\0"
        self.refused("shares bytes", "zip-to-batch-manifest", bytes(shared))

    def test_a_directory_of_more_members_than_memory_could_hold(self):
        one = self.archive(("a", ""))
        start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
        directory = one[start:end] * 400000
        tail = (b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 400000, 400000, len(directory), start) +
                b"PK\x06\x07" + struct.pack("<IQI", 0, start + len(directory), 1) +
                b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 0xffffffff, 0xffffffff, 0))
        found, _ = self.report("zip-to-batch-manifest", one[:start] + directory + tail)
        self.assertEqual((found["exit_code"], "at most 12 MiB are read" in found["stderr"]), (65, True), found["stderr"][-300:])
        self.assertLess(found["usage"]["memory_peak_bytes"], 64 << 20)
        few = one[start:end] * 10001
        self.refused("it holds 10001 members", "zip-to-batch-manifest", one[:start] + few +
                     b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 10001, 10001, len(few), start, 0))

    def test_many_small_tables_are_one_page(self):
        text = "# Tables\n\n" + "| a | b |\n| - | - |\n| 1 | 2 |\n\n" * 2000
        self.assertEqual(self.run_adapter("markdown-to-html", text).count(b"<table>"), 2000)


class Convert(Case):
    def test_a_person_gets_what_a_plan_would_get_and_it_is_what_it_says(self):
        self.save("a.csv", NASTY)
        for out, kind, adapters in (("a.tsv", "table.tsv", ["csv-to-tsv"]), ("a.json", "table.json_rows", ["csv-to-json-rows"]),
                                    ("a.yaml", "object.yaml", ["csv-to-json-rows", "json-rows-to-yaml"])):
            done = ctl("convert", self.path("a.csv"), self.path(out), "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            said = json.loads(done.stdout)
            self.assertEqual((said["kind"], said["adapters"], said["profile"]["parse"]["ok"]), (kind, adapters, True))
            done = ctl("convert", self.path(out), self.path("back.csv"))
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(self.path("back.csv"), encoding="utf-8", newline="") as stream:
                self.assertEqual(stream.read(), NASTY, out)
        self.assertEqual([name for name in os.listdir(self.folder) if "tmp" in name], [])

    def test_documents_archives_and_columns(self):
        self.save("r.md", "# Report\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
        self.save("b.zip", Sources.archive(("a.csv", "a\n1\n")))
        self.save("d.csv", "Date\n03/04/2026\n")
        self.save("map.json", json.dumps({"columns": [{"from": "Date", "to": "work_date", "convert": "date:dmy"}], "rest": "keep"}))
        for argv, kind in (("r.md r.html", "report.html"), ("r.md r.pdf", "report.pdf"), ("b.zip m.json", "file.batch_manifest"),
                           ("d.csv e.json --as evidence.json_rows", "evidence.json_rows"), ("d.csv d.json --columns map.json", "table.json_rows")):
            source, target, *rest = argv.split()
            rest = [self.path(one) if one == "map.json" else one for one in rest]
            done = ctl("convert", self.path(source), self.path(target), "--json", *rest)
            self.assertEqual(done.returncode, 0, done.stderr)
            said = json.loads(done.stdout)
            self.assertEqual((said["kind"], said["profile"]["kind"], said["profile"]["parse"]["ok"]), (kind, kind, True))
            if kind == "file.batch_manifest":  # read as one, by packs/schema/kind-file.batch_manifest.json
                self.assertEqual(said["profile"]["summary"], {"counts": {"kind": {"table.csv": 1}}, "rows": 1, "sums": {"bytes": "4"}})
            if kind == "evidence.json_rows":
                self.assertEqual([c["name"] for c in said["profile"]["columns"]], ["source_path", "source_sha256", "row", "locator", "content"])
        with open(self.path("d.json"), encoding="utf-8") as stream:
            self.assertEqual(json.load(stream), [{"work_date": "2026-04-03"}])

    def test_what_cannot_be_is_said(self):
        self.save("a.csv", "a,b\n1,2\n")
        self.save("bad.csv", "a,b\n1\n")
        self.save("d.csv", "Date\n31/02/2026\n")
        self.save("map.json", json.dumps({"columns": [{"from": "Date", "to": "d", "convert": "date:dmy"}], "rest": "keep"}))
        for argv, words in ((("a.csv", "a.pdf"), "no adapter turns table.csv into report.pdf"), (("a.csv", "a.xyz"), "say --as KIND"), (("a.csv", "b.csv"), "table.csv already"),
                            (("bad.csv", "b.tsv"), "is no table.csv"), (("none.csv", "b.tsv"), "No such file"), (("a.csv", "b.tsv", "--as", "table.cvs"), "table.cs?v"),
                            (("d.csv", "b.csv", "--columns", self.path("map.json")), "row 2: column `Date` is '31/02/2026': there is no such day")):
            done = ctl("convert", self.path(argv[0]), self.path(argv[1]), *argv[2:])
            self.assertNotEqual(done.returncode, 0, argv)
            self.assertRegex(done.stderr, words)
            self.assertFalse(os.path.exists(self.path("b.tsv")))


class Registry(unittest.TestCase):
    def test_every_adapter_is_tried_by_this_file(self):
        with open(__file__, encoding="utf-8") as stream:
            text = stream.read()
        for name in ADAPTERS:
            self.assertTrue('"%s"' % name in text, name)

    def test_the_page_of_adapters_lists_them_all(self):
        with open(os.path.join(pb.ROOT, "docs", "ADAPTERS.md"), encoding="utf-8") as stream:
            listed = set(re.findall(r"^\| `([a-z0-9-]+)` \| .* \| (?:yes|no) \| ", stream.read(), re.M))
        self.assertEqual(listed, set(ADAPTERS))

    def test_what_programs_need_is_installed_by_make(self):
        needs = {one for adapter in ADAPTERS.values() for one in adapter["needs"]}
        text = ""
        folder = os.path.join(pb.ROOT, "backend", "tools", "mk")
        for path in [os.path.join(pb.ROOT, "Makefile"), os.path.join(pb.ROOT, "backend", "tools", "deps.sh")] + [os.path.join(folder, name) for name in os.listdir(folder)]:
            with open(path, encoding="utf-8") as stream:
                text += stream.read()
        for one in needs:
            self.assertTrue(re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(one), text), one)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
