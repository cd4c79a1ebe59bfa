# SPDX-License-Identifier: Apache-2.0
"""Files: upload in both ways, what is wrong with an upload, what is wrong with a file, and how bytes are handed out."""
import hashlib
import itertools
import os
from urllib.parse import quote

from tests.api.base import ApiTest

CSV = b"entry_id,hours,work_date\ne1,7.5,2026-01-02\ne2,8,2026-01-03\n"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOUNDARY = "----forge7d3a"


def form(*parts, boundary=BOUNDARY, end=True):
    """parts: (name, filename or None, bytes)."""
    out = b""
    for name, filename, data in parts:
        head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
        out += f"--{boundary}\r\n{head}\r\nContent-Type: text/csv\r\n\r\n".encode() + data + b"\r\n"
    return out + (f"--{boundary}--\r\n".encode() if end else b"")


class Files(ApiTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = cls.user(cls())
        cls.names = itertools.count(1)

    def setUp(self):
        self.ws = self.me.post("/workspaces", {"name": self.id()[-80:]}).json["id"]

    def put(self, path, data=CSV, **kw):
        return self.me.put(f"/workspaces/{self.ws}/files/{quote(path)}", raw=data, type="text/csv", **kw)

    def post(self, body, boundary=BOUNDARY):
        return self.me.post(f"/workspaces/{self.ws}/files", raw=body, type=f"multipart/form-data; boundary={boundary}")

    def get(self, path, query="", **kw):
        return self.me.get(f"/workspaces/{self.ws}/files/{quote(path)}{query}", **kw)

    def paths(self):
        return [f["path"] for f in self.me.get(f"/workspaces/{self.ws}/files?limit=200").json["items"]]

    def test_put_keeps_bytes_hash_and_measure(self):
        r = self.put("attachments/entries.csv")
        self.assertEqual(r.status, 201)
        f = r.json
        self.assertEqual((f["path"], f["bytes"], f["kind"], f["rows"], f["sha256"]), ("attachments/entries.csv", len(CSV), "table.csv", 2, hashlib.sha256(CSV).hexdigest()))
        self.assertEqual((f["parse"], f["notes"]), ({"ok": True, "detail": "2 rows, 3 columns", "row": None, "column": None}, []))
        self.assertEqual(self.get("attachments/entries.csv").body, CSV)
        listed = self.me.get(f"/workspaces/{self.ws}/files").json["items"]
        self.assertEqual([{k: v for k, v in f.items() if k != "notes"}], listed)

    def test_entity_is_found_by_the_columns(self):
        head = b"time_entry_id,employee_id,contract_ref,work_date,hours_logged,billed_rate,billed_amount,invoice_id,project_code\n"
        f = self.put("t.csv", head + b"TE-1,E-1,C-1,2026-01-05,8,100,800,I-1,P-1\n").json
        self.assertEqual(f["entity"], "billing.time_entry")
        self.assertIsNone(self.put("u.csv", b"a,b\n1,2\n").json["entity"])

    def test_put_again_replaces_and_the_list_shows_one(self):
        first = self.put("a.csv").json
        second = self.put("a.csv", b"x,y\n1,2\n").json
        self.assertNotEqual(first["id"], second["id"])
        self.assertEqual(self.paths(), ["a.csv"])
        self.assertEqual(self.get("a.csv").body, b"x,y\n1,2\n")
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/blobs/{first['sha256']}").body, CSV, "history is kept")

    def test_delete(self):
        self.put("a.csv")
        self.assertEqual(self.me.delete(f"/workspaces/{self.ws}/files/a.csv").status, 204)
        self.assertEqual(self.paths(), [])
        self.problem(self.get("a.csv"), 404, "E_NOT_FOUND", "no file 'a.csv'")
        self.problem(self.me.delete(f"/workspaces/{self.ws}/files/a.csv"), 404, "E_NOT_FOUND")

    def test_names_of_all_kinds_come_back_as_they_were(self):
        names = ["a b.csv", "ünï/名前.csv", "100%.csv", "a+b&c=d?e#f.csv", "it's (1).csv", "-rf.csv", "a;b.csv", "<script>.csv", '"q".csv', "~$x.csv"]
        for name in names:
            self.assertEqual(self.put(name).status, 201, name)
            self.assertEqual(self.get(name).body, CSV, name)
        self.assertEqual(set(self.paths()), set(names))
        self.assertEqual(self.me.put(f"/workspaces/{self.ws}/files/x%2Fy.csv", raw=CSV).json["path"], "x/y.csv")

    def test_paths_that_are_not_plain_are_refused(self):
        for path, says in (("../a.csv", "'..'"), ("a/../../b.csv", "'..'"), ("./a.csv", "'.'"), ("a//b.csv", "empty part"), ("a/", "empty part"),
                           ("/etc/passwd", "absolute"), ("a\\b.csv", "backslash"), ("a\nb.csv", "U+000A"), ("a\u202egpj.csv", "U+202E"), ("a\u200b.csv", "U+200B"),
                           ("\ufeffa.csv", "U+FEFF"), ("x" * 201, "200 bytes"), ("x/" * 16 + "x", "16 folders"), ("/".join(["y" * 199] * 6), "1000 bytes"), (" a.csv", "space"), ("a.", "dot")):
            r = self.me.put(f"/workspaces/{self.ws}/files/{quote(path, safe='')}", raw=CSV)
            self.problem(r, 400, "E_USAGE", says)
        r = self.me.put(f"/workspaces/{self.ws}/files/%ff.csv", raw=CSV)
        self.problem(r, 400, "E_USAGE", "not UTF-8")
        self.assertEqual(self.paths(), [])

    def test_names_that_look_alike_are_noted(self):
        self.put("Report.csv")
        for name in ("report.csv", "REPORT.CSV", "Rероrt.csv", "Report.csv", "Ｒeport.csv"):
            notes = self.put(name).json["notes"]
            if name == "Report.csv":
                continue
            self.assertTrue(any("'Report.csv' is here too" in n for n in notes), (name, notes))
        self.assertEqual(self.put("Other.csv").json["notes"], [])

    def test_bad_tables_are_taken_and_told_with_their_place(self):
        for name, data, row, column, says in (
                ("ragged.csv", b"a,b,c\n1,2,3\n4,5\n", 3, None, "2"), ("quote.csv", b"a,b\n1,\"x\n", 2, None, "quote"),
                ("nul.csv", b"a,b\n1,\x00\n", 2, None, ""), ("latin.csv", b"a,b\n1,M\xfcller\n", 2, None, ""), ("empty.csv", b"", None, None, ""),
                ("names.csv", b"a,a\n1,2\n", 1, None, ""), ("pdf.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", None, None, "PDF"),
                ("x.json", b'{"a":1,\n"a":2}', None, None, ""), ("page.pdf", b"<html></html>", None, None, "")):
            r = self.put(name, data)
            self.assertEqual(r.status, 201, name)
            parse = r.json["parse"]
            self.assertFalse(parse["ok"], (name, parse))
            self.assertIn(says, parse["detail"], name)
            if row:
                self.assertEqual(parse["row"], row, (name, parse))
            self.assertEqual(self.get(name).body, data, name)
            listed = [f for f in self.me.get(f"/workspaces/{self.ws}/files").json["items"] if f["path"] == name][0]
            self.assertEqual(listed["parse"], parse)

    def test_good_oddities_parse(self):
        for name, data, rows in (("bom.csv", b"\xef\xbb\xbfa,b\r\n1,2\r\n", 1), ("none.csv", b"a,b\n", 0), ("rows.json", b'[{"a":1},{"a":2}]', 2), ("q.csv", b'a,b\n"x, ""y""\nz",2\n', 1)):
            f = self.put(name, data).json
            self.assertEqual((f["parse"]["ok"], f["rows"]), (True, rows), (name, f))

    def test_profile_and_rows(self):
        self.put("a.csv")
        p = self.get("a.csv", "?view=profile").json
        self.assertEqual((p["schema"], p["rows"], [c["name"] for c in p["columns"]]), ("forge.file_profile.v1", 2, ["entry_id", "hours", "work_date"]))
        self.assertIn(["entry_id"], p["candidate_keys"])
        self.assertEqual(self.get("a.csv", "?view=rows").json,
                         {"columns": ["entry_id", "hours", "work_date"], "rows": [["e1", "7.5", "2026-01-02"], ["e2", "8", "2026-01-03"]], "offset": 0, "total": 2})
        self.assertEqual(self.get("a.csv", "?view=rows&offset=1&limit=1").json["rows"], [["e2", "8", "2026-01-03"]])
        self.assertEqual(self.get("a.csv", "?view=rows&offset=9").json["rows"], [])
        self.put("j.json", b'[{"a":1,"b":null},{"a":"x","c":[1,2]}]')
        j = self.get("j.json", "?view=rows").json
        self.assertEqual(j["columns"], ["a", "b", "c"])
        self.assertEqual(j["rows"][1][0], "x")
        self.put("t.txt", b"hello")
        self.problem(self.get("t.txt", "?view=rows"), 422, "E_LIMIT", "only tables")
        self.problem(self.get("a.csv", "?view=rowz"), 400, "E_USAGE", "bytes, profile, rows, detect or checks")
        self.put("bad.csv", b"a,b\n1,2\n3\n")
        self.assertEqual(self.get("bad.csv", "?view=rows").json["rows"], [["1", "2"]])

    def test_parquet_and_pdf_are_read_beside_the_worker(self):
        with open(os.path.join(ROOT, "tests/fixtures/parquet/zstd.parquet"), "rb") as f:
            table = self.put("t.parquet", f.read()).json
        self.assertEqual((table["kind"], table["parse"]["ok"], table["rows"]), ("table.parquet", True, 60), table)
        p = self.get("t.parquet", "?view=profile").json
        self.assertIn(["id"], p["candidate_keys"])
        self.assertEqual(p["summary"]["row_groups"], 3)
        rows = self.get("t.parquet", "?view=rows&offset=58&limit=5").json
        self.assertEqual((rows["columns"][0], rows["total"], [row[0] for row in rows["rows"]]), ("id", 60, ["9007199254741050", "9007199254741051"]))
        with open(os.path.join(ROOT, "tests/fixtures/parquet/bomb.parquet"), "rb") as f:
            bomb = self.put("bomb.parquet", f.read()).json
        self.assertFalse(bomb["parse"]["ok"])
        self.assertIn("the limit is 1000 times the file", bomb["parse"]["detail"])
        with open(os.path.join(ROOT, "tests/fixtures/pdf/printed.pdf"), "rb") as f:
            self.assertTrue(self.put("r.pdf", f.read()).json["parse"]["ok"])
        p = self.get("r.pdf", "?view=profile").json
        self.assertEqual((p["pages"], p["summary"]["title"], p["summary"]["has_text"]), (1, "Audit of März", True))

    def test_what_a_file_most_likely_is(self):
        text = b"entry_id,emp_id,contract_no,date_worked,hours,bill_rate,bill_amount,invoice_no,mood\n" + b"".join(
            b"E%d,P1,C1,%d.03.2026,7.5,80.00,600.00,I1,fine\n" % (i, i + 13) for i in range(6))
        f = self.put("x.csv", text).json
        self.assertEqual(f["entity"], None)
        self.assertEqual((f["likely"]["entity"], f["likely"]["label"], f["likely"]["clear"]), ("billing.time_entry", "Time entry", True))
        listed = next(x for x in self.me.get(f"/workspaces/{self.ws}/files").json["items"] if x["path"] == "x.csv")
        self.assertEqual(listed["likely"], f["likely"])
        d = self.get("x.csv", "?view=detect").json
        self.assertEqual((d["schema"], d["path"], d["clear"]), ("forge.detection.v1", "x.csv", True))
        first = d["ranks"][0]
        self.assertEqual((first["entity"], first["confidence"], first["refuted"]), ("billing.time_entry", f["likely"]["confidence"], False))
        found = {c["name"]: (c["from"], c["how"], c["convert"]) for c in first["columns"]}
        self.assertEqual(found["work_date"], ("date_worked", "synonym", "date:dmy"))
        self.assertEqual(first["unmatched"], ["mood"])
        self.assertEqual(self.get("x.csv", "?view=profile").json["schema"], "forge.file_profile.v1")
        for name, data in (("t.txt", b"hello"), ("none.csv", b"zorp,quux\n1,2\n"), ("bad.csv", b"a,b\n1\n")):
            self.assertEqual(self.put(name, data).json["likely"], None, name)
            self.assertEqual(self.get(name, "?view=detect").json["ranks"], [], name)
        self.problem(self.get("gone.csv", "?view=detect"), 404, "E_NOT_FOUND", "no file")

    def test_relations_between_tables(self):
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/relations").json["relations"], [])
        self.put("customers.csv", b"customer_id,city\n" + b"".join(b"CU-%d,Bonn\n" % i for i in range(30)))
        self.put("orders.csv", b"order_id,customer_id\n" + b"".join(b"O-%d,CU-%d\n" % (i, i % 29) for i in range(60)))
        self.put("bad.csv", b"a,b\n1\n")
        self.put("note.txt", b"no table")
        r = self.me.get(f"/workspaces/{self.ws}/relations").json
        self.assertEqual((r["schema"], [f["path"] for f in r["files"]]), ("forge.relations.v1", ["customers.csv", "orders.csv"]))
        self.assertEqual([(x["from"], x["columns"], x["to"], x["to_columns"], x["rows"], x["matched"]) for x in r["relations"]],
                         [("orders.csv", ["customer_id"], "customers.csv", ["customer_id"], 60, 60)])
        self.assertEqual([x["path"] for x in r["left_out"]], ["bad.csv"])
        for i in range(33):
            self.put(f"many/{i:02d}.csv", b"a,b\n1,%d\n2,x\n" % i)
        r = self.me.get(f"/workspaces/{self.ws}/relations").json
        self.assertEqual(len(r["files"]), 32)
        self.assertIn("more than 32 tables", r["left_out"][-1]["why"])

    def test_form_with_several_files_in_a_folder(self):
        r = self.post(form(("file", "x.csv", CSV), ("folder", None, b"in/here"), ("file", "y.csv", CSV), ("file", "sub/z.txt", b"")))
        self.assertEqual(r.status, 201, r)
        self.assertEqual([f["path"] for f in r.json["items"]], ["x.csv", "in/here/y.csv", "in/here/sub/z.txt"])
        self.assertEqual(self.paths(), ["in/here/sub/z.txt", "in/here/y.csv", "x.csv"])

    def test_broken_forms_are_refused_and_leave_nothing(self):
        good = ("file", "x.csv", CSV)
        for body, boundary, says in (
                (form(good, end=False), BOUNDARY, "ends inside part 1 (file 'x.csv')"), (form(good)[:60], BOUNDARY, "ends in the head of part 1"),
                (b"", BOUNDARY, "ends before its first part"), (form(good), "other", "does not begin with its boundary"),
                (form(good, good), BOUNDARY, "twice"), (form(), BOUNDARY, "no file"), (form(("note", None, b"x")), BOUNDARY, "field 'note' is not known"),
                (form(good, ("file", "../x.csv", CSV)), BOUNDARY, "'..'"), (form(good, ("file", "", CSV)), BOUNDARY, "without a name"),
                (form(good, ("folder", None, b"/abs"), good), BOUNDARY, "absolute"), (form(good, ("folder", None, b"x" * 600)), BOUNDARY, "500 bytes"),
                (b"--" + BOUNDARY.encode() + b"\r\n\r\nx\r\n--" + BOUNDARY.encode() + b"--\r\n", BOUNDARY, "no Content-Disposition")):
            self.problem(self.post(body, boundary), 400, "E_USAGE", says)
        self.problem(self.post(form(good), "x" * 71), 400, "E_USAGE", "1 to 70")
        r = self.me.post(f"/workspaces/{self.ws}/files", raw=form(good), type="multipart/form-data")
        self.problem(r, 400, "E_USAGE", "no boundary")
        r = self.me.post(f"/workspaces/{self.ws}/files", raw=b"{}", type="application/json")
        self.problem(r, 415, "E_MEDIA_TYPE", "multipart/form-data")
        r = self.post(form(*[("file", f"{i}.txt", b"") for i in range(1001)]))
        self.problem(r, 422, "E_LIMIT", "1000 parts")
        self.assertEqual(self.paths(), [])

    def test_chunked_upload(self):
        r = self.me.put(f"/workspaces/{self.ws}/files/c.csv", raw=(CSV[i:i + 7] for i in range(0, len(CSV), 7)), headers={"Transfer-Encoding": "chunked"})
        self.assertEqual((r.status, r.json["sha256"]), (201, hashlib.sha256(CSV).hexdigest()))

    def test_an_upload_that_is_refused_before_its_end_still_gets_its_answer(self):
        data = b"x" * (20 << 20)
        nobody = self.stack.client()
        self.problem(nobody.put(f"/workspaces/{self.ws}/files/a.bin", raw=data), 401, "E_UNAUTHENTICATED")
        self.problem(self.me.put(f"/workspaces/{self.ws}/files/a%5Cb.bin", raw=data), 400, "E_USAGE", "backslash")

    def test_large_table_streams(self):
        row = b"e%07d,7.5,2026-01-02\n"
        data = b"entry_id,hours,work_date\n" + b"".join(row % i for i in range(1_000_000))
        r = self.put("large.csv", data)
        self.assertEqual((r.status, r.json["rows"], r.json["parse"]["ok"], r.json["bytes"]), (201, 1_000_000, True, len(data)), r)
        self.assertEqual(self.get("large.csv", "?view=rows&offset=999999").json["rows"], [["e0999999", "7.5", "2026-01-02"]])

    def test_hostile_bytes_are_shown_under_a_policy_that_lets_nothing_run(self):
        page = b"<script>alert(document.cookie)</script>"
        for name, data, kind, shown in (("x.html", page, "text/html", "inline"), ("x.pdf", b"%PDF-1.4\n", "application/pdf", "inline"), ("x.json", b"{}", "application/json", "inline"),
                                        ("x.md", b"# Hi\n\n" + page, "text/plain", "inline"), ("x.txt", page, "text/plain", "inline"), ("x.csv", CSV, "text/csv", "attachment"),
                                        ("x.svg", b"<svg onload='alert(1)'/>", None, None), ("x.exe", b"MZ\x00", "application/octet-stream", "attachment")):
            sha = self.put(name, data).json["sha256"]
            for r in (self.get(name), self.me.get(f"/workspaces/{self.ws}/blobs/{sha}")):
                self.assertEqual((r.status, r.body), (200, data), name)
                policy = r.headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertNotIn("script-src", policy)
                self.assertTrue(policy.startswith("sandbox;"), name)
                self.assertEqual(r.headers["X-Content-Type-Options"], "nosniff")
                if kind:
                    self.assertEqual((r.type, r.headers["Content-Disposition"].split(";")[0]), (kind, shown), name)
                else:
                    self.assertNotIn("svg", r.type)
            d = self.get(name, "?download=1")
            self.assertTrue(d.headers["Content-Disposition"].startswith("attachment; filename="), name)
            self.assertIn("sandbox", d.headers["Content-Security-Policy"])

    def test_the_name_of_a_download_is_of_our_making(self):
        for path, want in (('a/"q"; x=y.csv', "_q___x_y.csv"), ("ünï.csv", "__n__.csv"), ("...x.csv", "x.csv"), ("no_extension", "no_extension.csv"), ("x" * 190 + ".csv", "x" * 80 + ".csv")):
            self.put(path, b"a,b\n1,2\n")
            name = self.get(path, "?download=1").headers["Content-Disposition"]
            self.assertEqual(name, f'attachment; filename="{want}"', path)

    def test_blobs_are_given_to_those_who_have_them_only(self):
        sha = self.put("secret.csv", b"only,mine\n1,2\n").json["sha256"]
        other = self.user()
        self.problem(other.get(f"/workspaces/{other.ws}/blobs/{sha}"), 404, "E_NOT_FOUND", "nothing of this workspace")
        self.problem(other.get(f"/workspaces/{self.ws}/blobs/{sha}"), 404, "E_NOT_FOUND")
        for bad in (sha.upper(), sha[:63], sha + "0", "g" * 64, "..%2f" + sha[:59], "a" * 64):
            self.problem(self.me.get(f"/workspaces/{self.ws}/blobs/{bad}"), 404, "E_NOT_FOUND")

    def test_list_goes_on_in_byte_order(self):
        names = [f"{c}{i}.txt" for c in "aBñ" for i in range(3)]
        for name in names:
            self.put(name, b"x")
        seen, after = [], ""
        while True:
            page = self.me.get(f"/workspaces/{self.ws}/files?limit=4{after}").json
            seen += [f["path"] for f in page["items"]]
            if not page["next"]:
                break
            after = "&after=" + quote(page["next"])
        self.assertEqual(seen, sorted(names, key=str.encode))

    def test_not_modified(self):
        self.put("a.csv")
        tag = self.get("a.csv").headers["ETag"]
        r = self.me.get(f"/workspaces/{self.ws}/files/a.csv", headers={"If-None-Match": tag})
        self.assertEqual((r.status, r.body), (304, b""))
