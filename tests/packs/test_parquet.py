# SPDX-License-Identifier: Apache-2.0
"""packs/skill/forge-parquet: rows to Parquet and back, digit for digit; what it refuses; and that it is what its sources make."""
import json
import os
import random
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NODE = "/usr/bin/node"
PROGRAM = os.path.join(ROOT, "packs", "skill", "forge-parquet", "parquet.mjs")
FIXTURES = os.path.join(ROOT, "tests", "fixtures", "parquet")
BUILD = os.path.abspath(os.path.join(ROOT, os.environ.get("BUILD", "build")))
ENV = {**os.environ, "FORGE_ROOT": ROOT, "FORGE_PACKS": os.path.join(ROOT, "packs")}
OUT_OF_REACH = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH")
EXTENSIONS = {"table.csv": "csv", "table.tsv": "tsv", "table.json_rows": "json", "table.parquet": "parquet"}

CSV = '''id,amount,precise,day,at,local,name,flag,zip,code,none
1,1234567890123456.78,99999999999999999999.123456789,2024-02-29,2026-01-02T03:04:05Z,2026-01-02T03:04:05.123456,"Zoë, ""x""",true,00123,A,
2,-0.01,-1.000000001,1969-12-31,1960-01-02T03:04:05Z,2026-01-02T03:04:05,"",false,00124,"",
9007199254740993,,,,,,"line
two",,,,
-9223372036854775808,7.10,0.500000000,9999-12-31,2026-01-02T03:04:05.678Z,1677-01-02T03:04:05,日本語🎉,true,9,-0,
'''


class Refused(Exception):
    pass


@unittest.skipUnless(os.access(NODE, os.X_OK), NODE + " is not installed")
class ParquetTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="forge-parquet-")
        self.addCleanup(self.folder.cleanup)
        self.n = 0

    def step(self, source, kind, to, params=None):
        """The bytes that a step makes of these bytes."""
        self.n += 1
        at = os.path.join(self.folder.name, str(self.n))
        os.makedirs(os.path.join(at, "meta"))
        path = os.path.join(at, "source." + EXTENSIONS[kind])
        result = os.path.join(at, "out", "result." + EXTENSIONS[to])
        with open(path, "wb") as f:
            f.write(source if isinstance(source, bytes) else source.encode())
        with open(os.path.join(at, "meta", "step.json"), "w", encoding="utf-8") as f:
            json.dump({"schema": "forge.step.v1", "step_id": "ps-1-x", "params": params,
                       "inputs": {"source": {"path": path, "kind": kind, "source_path": "attachments/t"}},
                       "outputs": {"result": {"path": result, "kind": to}}}, f)
        done = subprocess.run([NODE, "--max-old-space-size=400", PROGRAM], env={"FORGE_WORKSPACE": at, "TZ": "America/New_York"},
                              capture_output=True, timeout=120, check=False)
        if done.returncode == 65:
            error = json.loads(done.stderr)["error"]
            self.assertEqual(error["file"], "attachments/t")
            raise Refused("%s (row %s)" % (error["message"], error["row"]))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        with open(result, "rb") as f:
            return f.read()

    def rows(self, parquet):
        """(what is said of the file, its rows as text lines)."""
        path = os.path.join(self.folder.name, "rows.parquet")
        with open(path, "wb") as f:
            f.write(parquet)
        done = subprocess.run([NODE, PROGRAM, "--rows", path], capture_output=True, timeout=120, check=True)
        about, *lines = done.stdout.decode().splitlines()
        return json.loads(about), lines

    def types(self, parquet):
        about, _ = self.rows(parquet)
        return {c["name"]: c["logical"] for c in about["columns"]}

    def refused(self, words, *args, **kwargs):
        with self.assertRaises(Refused) as caught:
            self.step(*args, **kwargs)
        self.assertIn(words, str(caught.exception))

    # --- there and back ---

    def test_csv_comes_back_as_it_was(self):
        parquet = self.step(CSV, "table.csv", "table.parquet")
        self.assertEqual(self.types(parquet), {
            "id": "int64", "amount": "decimal(18,2)", "precise": "decimal(29,9)", "day": "date", "at": "timestamp(ms,utc)",
            "local": "timestamp(us)", "name": "string", "flag": "boolean", "zip": "string", "code": "string", "none": "string"})
        self.assertEqual(self.step(parquet, "table.parquet", "table.csv").decode(), CSV)

    def test_tsv_and_json_rows_come_back_as_they_were(self):
        tsv = self.step(self.step(CSV, "table.csv", "table.parquet"), "table.parquet", "table.tsv")
        again = self.step(tsv, "table.tsv", "table.parquet")
        self.assertEqual(self.step(again, "table.parquet", "table.tsv"), tsv)
        rows = self.step(again, "table.parquet", "table.json_rows")
        there = self.step(rows, "table.json_rows", "table.parquet")
        self.assertEqual(self.step(there, "table.parquet", "table.json_rows"), rows)
        first = json.loads(rows)[0]
        self.assertEqual((first["id"], first["amount"], first["flag"]), (1, "1234567890123456.78", True))
        self.assertEqual(json.loads(rows)[1]["name"], "")
        self.assertIsNone(json.loads(rows)[2]["amount"])

    def test_json_values_keep_what_they_are(self):
        rows = '[{"a": 1, "n": {"x": [1, 2.50, "z"], "y": null}, "d": 12.50, "s": "12.50", "t": true},\n' \
               ' {"a": 12345678901234567890, "d": 1e3, "n": [], "late": "\\ud83d\\ude00"}]'
        back = self.step(self.step(rows, "table.json_rows", "table.parquet"), "table.parquet", "table.json_rows").decode()
        self.assertEqual(json.loads(back), [
            {"a": "1", "n": {"x": [1, 2.5, "z"], "y": None}, "d": "12.50", "s": "12.50", "t": True, "late": None},
            {"a": "12345678901234567890", "n": [], "d": "1000.00", "s": None, "t": None, "late": "😀"}])
        self.assertIn('[1,2.50,"z"]', back)

    def test_many_rows_of_chance_come_back(self):
        chance = random.Random(7)
        lines = ["n,decimal,text,day"]
        for n in range(70000):
            digits = str(chance.randrange(10 ** 17, 10 ** 18))
            text = "" if n % 5 == 0 else '""' if n % 7 == 0 else "w%d" % chance.randrange(500)
            lines.append("%d,%s%s.%s,%s,20%02d-%02d-%02d" % (
                chance.randrange(-2 ** 63, 2 ** 63), "-" if n % 3 else "", digits[:10], digits[10:], text,
                chance.randrange(100), chance.randrange(1, 13), chance.randrange(1, 29)))
        table = "\n".join(lines) + "\n"
        parquet = self.step(table, "table.csv", "table.parquet")
        about, _ = self.rows(parquet)
        self.assertEqual((about["rows"], about["row_groups"]), (70000, 2))
        self.assertEqual(self.step(parquet, "table.parquet", "table.csv").decode(), table)

    def test_types_can_be_said(self):
        params = {"columns": [{"name": "id", "type": "id"}, {"name": "price", "type": "money", "nullable": True},
                              {"name": "at", "type": "timestamp"}, {"name": "list", "type": "list", "nullable": True}]}
        table = 'id,price,at,list\n1,2.5,2026-03-04T10:00:00+02:00,"[1, 2]"\n2,,2026-03-04 10:00,\n'
        self.refused("2026-03-04", table, "table.csv", "table.parquet", params)
        table = table.replace(" 10:00,", "T10:00:00Z,")
        parquet = self.step(table, "table.csv", "table.parquet", params)
        self.assertEqual(self.types(parquet), {"id": "string", "price": "decimal(2,1)", "at": "timestamp(ms,utc)", "list": "json"})
        self.assertEqual(self.rows(parquet)[1], [
            '{"id":"1","price":"2.5","at":"2026-03-04T08:00:00Z","list":[1,2]}',
            '{"id":"2","price":null,"at":"2026-03-04T10:00:00Z","list":null}'])

    def test_a_table_without_rows_keeps_its_columns(self):
        parquet = self.step("a,b\n", "table.csv", "table.parquet")
        self.assertEqual(self.step(parquet, "table.parquet", "table.csv"), b"a,b\n")
        self.assertEqual(self.step(parquet, "table.parquet", "table.json_rows"), b"[]\n")
        done = subprocess.run([os.path.join(BUILD, "bin", "forgectl"), "profile", "--json", os.path.join(self.folder.name, "rows.parquet")],
                              capture_output=True, timeout=60, check=False, env=ENV) if self.rows(parquet) else None
        profile = json.loads(done.stdout)
        self.assertEqual((profile["parse"]["ok"], profile["rows"]), (True, 0))
        self.assertEqual([c["name"] for c in profile["columns"]], ["a", "b"])

    def test_another_writer_is_read(self):
        with open(os.path.join(FIXTURES, "rows.ndjson"), encoding="utf-8") as f:
            expected = f.read().splitlines()
        for name in ("zstd", "gzip", "brotli", "lz4_raw", "snappy", "plain"):
            with self.subTest(name), open(os.path.join(FIXTURES, name + ".parquet"), "rb") as f:
                self.assertEqual(self.rows(f.read())[1], expected)

    # --- refused ---

    def test_refusals_have_their_place(self):
        self.refused("is 'x', not a whole number such as 42 (at most 64 bits) (row 3)", "a\n1\nx\n", "table.csv", "table.parquet",
                     {"columns": [{"name": "a", "type": "integer"}]})
        self.refused("there is no column `b`", "a\n1\n", "table.csv", "table.parquet", {"columns": [{"name": "b"}]})
        optional = {"columns": [{"name": "a", "type": "id"}, {"name": "b", "type": "integer", "required": False}]}
        parquet = self.step("a\n007\n", "table.csv", "table.parquet", optional)
        self.assertEqual(self.step(parquet, "table.parquet", "table.csv"), b"a\n007\n")
        parquet = self.step('[{"a": "1"}, {"a": "2", "b": 3}]', "table.json_rows", "table.parquet", optional)
        self.assertEqual(self.step(parquet, "table.parquet", "table.csv"), b"a,b\n1,\n2,3\n")
        self.refused("this row has 1 cells, the header has 2 (row 3)", "a,b\n1,2\n3\n", "table.csv", "table.parquet")
        self.refused("is there twice", "a,a\n1,2\n", "table.csv", "table.parquet")
        self.refused("never closed", 'a,b\n1,"2\n', "table.csv", "table.parquet")
        self.refused("not UTF-8", b"a\n\xff\n", "table.csv", "table.parquet")
        self.refused("the file is empty", "", "table.csv", "table.parquet")
        self.refused("stands there twice (row 2)", '[{"a":1},{"a":1,"a":2}]', "table.json_rows", "table.parquet")
        self.refused("holds number and text", '[{"a":1},{"a":"1"}]', "table.json_rows", "table.parquet")
        self.refused("half a surrogate pair", '[{"a":"\\ud800"}]', "table.json_rows", "table.parquet")
        self.refused("the file ends inside a row", '[{"a":1},{"a"', "table.json_rows", "table.parquet")
        self.refused("nested deeper", '[{"a":%s1%s}]' % ("[" * 100, "]" * 100), "table.json_rows", "table.parquet")
        self.refused("cut off", "PAR1", "table.parquet", "table.csv")
        self.refused("does not end as one", "PAR1" + "x" * 50, "table.parquet", "table.csv")
        self.refused("encrypted", "PAR1" + "x" * 50 + "PARE", "table.parquet", "table.csv")
        self.refused("cannot be made", "a\n", "table.csv", "table.tsv")

    def test_a_bomb_is_refused_with_the_limit(self):
        done = subprocess.run([os.path.join(BUILD, "bin", "forgectl"), "profile", os.path.join(FIXTURES, "bomb.parquet")],
                              capture_output=True, timeout=120, check=False, env=ENV)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"its rows would take more than 64 MiB as text (the file has 1102 bytes); the limit is 1000 times the file", done.stderr)

    # --- the bundle ---

    def test_the_bundle_is_what_its_sources_make(self):
        folder = os.path.join(BUILD, "parquet")
        made = subprocess.run(["make", "--no-print-directory", folder + "/node_modules/.package-lock.json", "BUILD=" + BUILD],
                              cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        if made.returncode and any(word in made.stderr for word in OUT_OF_REACH):
            self.skipTest("npm's registry is out of reach, so the bundle could not be made again")
        self.assertEqual(made.returncode, 0, made.stderr)
        subprocess.run(["cp", "-r", os.path.join(ROOT, "backend/tools/parquet/build.mjs"), os.path.join(ROOT, "backend/tools/parquet/src"),
                        folder], check=True)
        out = os.path.join(self.folder.name, "bundle")
        subprocess.run(["node", os.path.join(folder, "build.mjs"), "--out", out], check=True, timeout=120)
        for name in ("parquet.mjs", "LICENSE"):
            with open(os.path.join(out, name), "rb") as f, open(os.path.join(os.path.dirname(PROGRAM), name), "rb") as g:
                self.assertTrue(f.read() == g.read(), "packs/skill/forge-parquet/%s is not what `make parquet` writes" % name)

    def test_the_lock_names_no_hosts(self):
        with open(os.path.join(ROOT, "backend/tools/parquet/package-lock.json"), encoding="utf-8") as f:
            lock = json.load(f)
        self.assertFalse([name for name, one in lock["packages"].items() if "resolved" in one])
        self.assertTrue(all("integrity" in one for name, one in lock["packages"].items() if name))


if __name__ == "__main__":
    unittest.main()
