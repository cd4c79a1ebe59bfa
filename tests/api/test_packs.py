# SPDX-License-Identifier: Apache-2.0
"""Packs of one's own: upload, findings with file, pointer and line, versions, switches, what uses them, bad archives."""
import io
import json
import stat
import zipfile

from tests.api.base import ApiTest
from tests.harness.scratch_stack import ROOT

EXAMPLE = ROOT / "docs" / "packs" / "insurance-claims"
PACK = "domain/insurance-claims.json"
BOOK = "domain/insurance-claims/playbooks/insurance-claims.reserve-check.json"
OBJECTIVE = "Check the reserves of our insurance claims against what was paid, and write output/claim_positions.json and output/reserve_report.md."


def example():
    return {str(p.relative_to(EXAMPLE)): p.read_bytes() for p in sorted((EXAMPLE / "domain").rglob("*")) if p.is_file()}


def archive(files, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in {**files, **more}.items():
            z.writestr(name, data)
    return out.getvalue()


def changed(name, old, new, files=None, count=1):
    files = files or example()
    text = files[name].decode()
    assert old in text, old
    return {**files, name: text.replace(old, new, count).encode()}


def small(id="tiny", prefix="tiny", version="1.0.0", refers=None, **more):
    entity = {"id": f"{prefix}.thing", "label": "Thing", "key": ["thing_no"], "schema": {"type": "object", "required": ["thing_no"], "properties": {
        "thing_no": {"type": "string", "x-type": "id"}, "claim_no": {"type": "string", "x-type": "id"}}}}
    if refers:
        entity["references"] = [{"columns": ["claim_no"], "entity": refers[0], "to": [refers[1]]}]
    return json.dumps({"schema": "forge.pack.v1", "id": id, "version": version, "label": "Tiny", "purpose": "Small.", "triggers": [f"{id} things"],
                       "example_goals": [], "entities": [entity], "playbooks": [], **more}).encode()


class Packs(ApiTest):
    def setUp(self):
        self.me = self.user()
        self.ws = self.me.ws

    def base(self, ws=None):
        return f"/workspaces/{ws or self.ws}/packs"

    def send(self, data, client=None):
        return (client or self.me).request("POST", self.base(), raw=data, type="application/octet-stream")

    def bring(self, data):
        r = self.send(data)
        self.assertEqual(r.status, 201, r)
        return r.json

    def switch(self, pack, enabled, ws=None, **more):
        return self.me.put(f"{self.base(ws)}/{pack}", {"enabled": enabled, **more})

    def on(self, pack, **more):
        r = self.switch(pack, True, **more)
        self.assertEqual((r.status, r.json.get("enabled")), (200, True), r)
        return r.json

    def listed(self, pack, ws=None):
        return next((p for p in self.me.get(self.base(ws)).json["items"] if p["id"] == pack), None)

    def findings(self, data):
        r = self.send(data)
        return self.problem(r, 422, "E_SCHEMA")["findings"]

    def finding(self, data, file, pointer, says):
        """Exactly one finding is at that place, with that message; returns its line."""
        found = self.findings(data)
        hits = [f for f in found if (f["file"], f["pointer"]) == (file, pointer) and says in f["message"]]
        self.assertEqual(len(hits), 1, found)
        return hits[0]["line"]

    def samples(self):
        for p in sorted((EXAMPLE / "sample").iterdir()):
            self.assertEqual(self.me.upload(self.ws, p.name, p.read_bytes()).status, 201)

    def compile(self, objective=OBJECTIVE):
        r = self.me.post(f"/workspaces/{self.ws}/compile", {"objective": objective})
        self.assertEqual(r.status, 200, r)
        return r.lines[-1]

    # --- the way through ---------------------------------------------------------------------------------

    def test_the_example_is_uploaded_enabled_compiled_and_kept(self):
        got = self.bring(archive(example(), **{"README.md": b"x"}))
        self.assertEqual((got["id"], got["version"], got["origin"], got["enabled"], got["ignored"]), ("insurance-claims", "1.0.0", "own", False, ["README.md"]))
        self.assertEqual(got["counts"], {"entities": 5, "playbooks": 1, "validators": 6, "programs": 2})
        self.samples()
        self.assertEqual({f["entity"] for f in self.me.get(f"/workspaces/{self.ws}/files").json["items"]} & {"insurance.claim"}, set())
        self.on("insurance-claims")
        self.samples()  # again: now the pack's entities are known
        entity = {f["path"]: f["entity"] for f in self.me.get(f"/workspaces/{self.ws}/files").json["items"]}
        self.assertEqual(entity, {"claims.csv": "insurance.claim", "payments.csv": "insurance.payment", "policies.csv": "insurance.policy",
                                  "reserves.csv": "insurance.reserve"})
        last = self.compile()
        self.assertEqual(last["event"], "plan", last)
        plan = last["plan"]
        self.assertEqual(plan["playbook"]["id"], "insurance-claims.reserve-check")
        pinned = {p["id"]: p["sha256"] for s in plan["steps"] for p in s["contract"]["packs"]}
        self.assertEqual(pinned["insurance-claims"], got["versions"][0]["sha256"])
        for sha in pinned.values():  # what a contract pins can be read for ever, also of the standard packs
            self.assertEqual(self.me.get(f"/workspaces/{self.ws}/blobs/{sha}").status, 200)
        uses = self.me.get(f"{self.base()}/insurance-claims/uses").json
        self.assertEqual(uses["counts"], {"plans": 1, "runs": 0, "files": 4})
        self.assertEqual((uses["plans"][0]["id"], uses["plans"][0]["version"]), (plan["id"], "1.0.0"))
        run = self.me.post(f"/workspaces/{self.ws}/plans/{plan['id']}/runs", headers={"Idempotency-Key": "x"})
        self.assertEqual(run.status, 201, run)
        self.assertEqual(self.me.get(f"{self.base()}/insurance-claims/uses").json["runs"][0]["id"], run.json["id"])
        # in use: it can be switched off, and what was made stays; it cannot be taken away
        self.problem(self.me.delete(f"{self.base()}/insurance-claims/versions/1.0.0"), 409, "E_CONFLICT", "1 workspace has it switched on")
        self.assertEqual(self.switch("insurance-claims", False).json["enabled"], False)
        self.problem(self.me.delete(f"{self.base()}/insurance-claims/versions/1.0.0"), 409, "E_CONFLICT", "1 plan is made with it")
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/plans/{plan['id']}").status, 200)
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/blobs/{pinned['insurance-claims']}").status, 200)
        self.assertEqual(self.compile()["event"], "diagnostics")  # nobody knows claims any more
        audit = self.sql(f"select string_agg(action, ' ' order by id) from forge.audit_event where action like 'pack.%'"
                         f" and user_id = (select id from forge.app_user where email = '{self.me.email}')")
        self.assertEqual(audit.strip(), "pack.upload pack.enable pack.disable")

    def test_versions(self):
        self.bring(small(version="1.2.0"))
        self.assertEqual(self.send(small(version="1.2.0")).status, 200)  # the same again
        self.problem(self.send(small(version="1.2.0", label="Other")), 409, "E_CONFLICT", "a version never changes")
        self.bring(small(version="1.10.0"))
        self.bring(small(version="1.9.0"))
        self.assertEqual([v["version"] for v in self.listed("tiny")["versions"]], ["1.10.0", "1.9.0", "1.2.0"])
        self.assertEqual(self.on("tiny")["version"], "1.10.0")
        self.assertEqual(self.on("tiny", version="1.2.0")["version"], "1.2.0")
        self.assertEqual(self.switch("tiny", False).json["version"], "1.2.0")
        self.assertEqual(self.on("tiny")["version"], "1.2.0")  # as it was
        again = self.send(small(version="1.9.0")).json  # what came is said, and what is on
        self.assertEqual((again["uploaded"], again["version"], again["enabled"]), ("1.9.0", "1.2.0", True))
        self.problem(self.switch("tiny", True, version="3.0.0"), 404, "E_NOT_FOUND", "the newest is 1.10.0")
        self.assertEqual(self.me.delete(f"{self.base()}/tiny/versions/1.9.0").status, 204)
        self.problem(self.me.delete(f"{self.base()}/tiny/versions/1.9.0"), 404, "E_NOT_FOUND")
        self.problem(self.send(small(version="1.9.0", label="Other")), 409, "E_CONFLICT", "a version never changes")
        self.assertEqual(self.send(small(version="1.9.0")).status, 201)  # the same content may come back
        self.assertEqual(self.me.delete(f"{self.base()}/tiny/versions/1.9.0").status, 204)
        self.problem(self.me.delete(f"{self.base()}/tiny/versions/1.2.0"), 409, "E_CONFLICT", "1 workspace has it switched on, and 0 plans")
        for bad in ("1.0", "01.0.0", "1.0.0-beta", "1234567890.0.0"):
            with self.subTest(version=bad):
                self.finding(small(version=bad), "domain/tiny.json", "/version", "")

    def test_a_tenant_shares_packs_and_others_see_nothing(self):
        self.bring(small())
        self.on("tiny")
        other = self.me.post("/workspaces", {"name": "Second"}).json["id"]
        self.assertEqual(self.listed("tiny", other)["enabled"], False)
        self.assertEqual(self.switch("tiny", True, other).status, 200)
        stranger = self.user()
        self.assertIsNone(next((p for p in stranger.get(self.base(stranger.ws)).json["items"] if p["id"] == "tiny"), None))
        self.problem(stranger.put(f"{self.base(stranger.ws)}/tiny", {"enabled": True}), 404, "E_NOT_FOUND", "there is no pack 'tiny' here")
        self.problem(stranger.get(f"{self.base(stranger.ws)}/tiny"), 404, "E_NOT_FOUND")
        r = stranger.request("POST", self.base(stranger.ws), raw=small(label="Theirs"), type="application/octet-stream")
        self.assertEqual(r.status, 201, r)  # the same name in another tenant

    def test_standard_packs_can_be_switched_off(self):
        self.assertEqual(self.listed("legal-review")["enabled"], True)
        self.assertEqual(self.switch("legal-review", False).json["enabled"], False)
        self.assertEqual(self.listed("legal-review")["enabled"], False)
        self.assertEqual(self.switch("legal-review", True).json["enabled"], True)
        self.problem(self.switch("generic", False), 409, "E_CONFLICT", "the generic pack stays on")
        self.problem(self.switch("legal-review", True, version="1.0.0"), 400, "E_USAGE")
        self.problem(self.me.delete(f"{self.base()}/legal-review/versions/1.0.0"), 409, "E_CONFLICT", "not taken away")
        # the join playbook of another standard pack takes billing's entities
        self.problem(self.switch("billing-audit", False), 409, "E_CONFLICT", "'data-merge-transform' needs 'billing-audit'")
        self.bring(small(refers=("sales.account", "account_id")) if self.has_account() else small())
        uses = self.me.get(f"{self.base()}/billing-audit/uses").json
        self.assertTrue(any(p["id"] == "data-merge-transform" and p["needs"] for p in uses["packs"]), uses)
        self.assertTrue(any(not p["needs"] for p in uses["packs"]), uses)  # boundaries are said, too

    def has_account(self):
        doc = self.me.get(f"{self.base()}/sales-crm").json
        return any(e["id"] == "sales.account" and "account_id" in e["fields"] for e in doc["entities"])

    def test_own_packs_may_refer_to_each_other_as_long_as_both_are_on(self):
        dependent = small("appraisals", "appraisal", refers=("insurance.claim", "claim_no"))
        line = self.finding(dependent, "domain/appraisals.json", "/entities/0/references/0/entity", "no pack has the entity 'insurance.claim'")
        self.assertEqual(line, 1)
        self.bring(archive(example()))
        self.on("insurance-claims")
        self.bring(dependent)
        self.on("appraisals")
        p = self.problem(self.switch("insurance-claims", False), 422, "E_SCHEMA", "'insurance-claims' cannot be switched off")
        self.assertEqual(p["findings"][0]["file"], "appraisals@1.0.0/domain/appraisals.json")
        # a new version that takes away what another needs is taken, and cannot be switched on
        gone = changed(PACK, '"claim_no": {\n            "description": "Number of the claim."', '"claim_id_": {\n            "description": "Number of the claim."')
        gone = {PACK: gone[PACK].replace(b'"version": "1.0.0"', b'"version": "2.0.0"')}
        self.assertEqual(self.send(archive(gone)).status, 422)
        self.assertEqual(self.switch("appraisals", False).status, 200)
        self.assertEqual(self.switch("insurance-claims", False).status, 200)

    def test_a_damaged_stored_pack_fails_closed_and_can_be_switched_off(self):
        got = self.bring(small())
        self.on("tiny")
        self.assertEqual(self.compile("Sum up the tiny things.")["event"], "diagnostics")
        # what cannot happen: the kept files are not the ones that were checked
        self.sql("alter table forge.pack_version disable trigger never_changed;"
                 f" update forge.pack_version set bundle_sha256 = '{got['versions'][0]['sha256']}' where pack = 'tiny' and tenant_id ="
                 f" (select tenant_id from forge.app_user where email = '{self.me.email}');"
                 " alter table forge.pack_version enable trigger never_changed")
        r = self.me.post(f"/workspaces/{self.ws}/compile", {"objective": "Sum up the tiny things."})
        self.problem(r, 409, "E_CONFLICT", "the pack 'tiny' 1.0.0 that this workspace has switched on cannot be read")
        self.assertEqual(self.listed("tiny")["enabled"], True)
        self.assertEqual(self.switch("tiny", False).status, 200)
        self.assertEqual(self.compile("Sum up the tiny things.")["event"], "diagnostics")

    # --- bad packs: each is said with file, pointer and line ---------------------------------------------

    def test_bad_packs(self):
        def line_of(files, name, text):
            return files[name].decode()[:files[name].decode().index(text)].count("\n") + 1

        for name, old, new, pointer, says, at in (
                # a dangling reference, three ways
                (PACK, '"entity": "insurance.policy",\n          "to"', '"entity": "insurance.contract",\n          "to"',
                 "/entities/1/references/0/entity", "no pack has the entity 'insurance.contract'", '"insurance.contract"'),
                (PACK, '"kind": "table.csv"', '"kind": "table.xlsx"', "/profiles/0/kind", "there is no kind 'table.xlsx'", '"table.xlsx"'),
                (PACK, '"slot": "findings"', '"slot": "finds"', "/profiles/4/slot", "there is no slot 'finds'", '"finds"'),
                (BOOK, '"policy_id": "strict.fail-closed.v1"', '"policy_id": "lax.v1"', "/candidate/steps/0/policy_id", "there is no policy 'lax.v1'", '"lax.v1"'),
                (BOOK, '"entity": "insurance.policy",\n            "file"', '"entity": "insurance.contract",\n            "file"',
                 "/candidate/steps/0/inputs/0/entity", "no pack has the entity 'insurance.contract'", '"insurance.contract"'),
                (BOOK, '"kind": "report.markdown"', '"kind": "report.word"', "/candidate/steps/1/outputs/0/kind", "there is no kind 'report.word'", '"report.word"'),
                (BOOK, '"slot": "report_artifact"', '"slot": "report"', "/candidate/steps/1/outputs/0/slot", "there is no slot 'report'", '"slot": "report"'),
                (BOOK, '"from": "positions"', '"from": "position"', "/candidate/steps/1/inputs/0/from", "there is no step 'position'", '"position"'),
                (BOOK, "/skills/insurance-claims/report.py", "/skills/insurance-claims/rapport.py", "/candidate/steps/1/program/argv/3",
                 "the skill 'insurance-claims' has no file '/skills/insurance-claims/rapport.py'", "rapport.py"),
                # a cycle of steps
                (BOOK, '"depends_on": [],', '"depends_on": ["report"],', "/candidate/steps/0", "a cycle of steps: 'positions', 'report' wait for each other",
                 None),
                # duplicates
                (PACK, '"id": "insurance.payment"', '"id": "insurance.claim"', "/entities/2/id", "two entities 'insurance.claim'", None),
                (PACK, '"id": "insurance.claim_has_policy"', '"id": "insurance.reported_after_loss"', "/validators/1/id",
                 "another validator is called 'insurance.reported_after_loss'", None),
                (BOOK, '"key": "report"', '"key": "positions"', "/candidate/steps/1/key", "two steps 'positions'", None),
                # one name for two fields
                (PACK, '"date_of_loss"', '"claim_status"', "/entities/1/schema/properties/status", "the synonym 'claim_status' stands for both 'loss_date' and 'status'", None),
                (PACK, '"date_of_loss"', '"Reported Date"', "/entities/1/schema/properties/reported_date",
                 "'reported_date' is a synonym of column 'loss_date'", '"reported_date": {'),
                # names that are the standard packs'
                (PACK, '"id": "insurance.policy"', '"id": "billing.policy"', "/entities/0/id", "the prefix 'billing.' is that of pack 'billing-audit'", '"billing.policy"'),
                (PACK, '"id": "insurance.reported_after_loss"', '"id": "billing.reported_after_loss"', "/validators/0/id", "the prefix 'billing.'", None),
                (PACK, '"against": "legal-review"', '"against": "legal-revue"', "/disambiguation/1/against", "there is no pack 'legal-revue'", '"legal-revue"'),
                (PACK, '"version": "1.0.0"', '"generic": true,\n  "version": "1.0.0"', "/generic", "a pack of your own is of a domain", '"generic"'),
                # a misspelled member, a text where a list belongs
                (PACK, '"x-type": "id"', '"x-type": "identifier"', "/entities/0/schema/properties/policy_no/x-type", "expected", '"identifier"'),
        ):
            with self.subTest(says=says):
                files = changed(name, old, new)
                line = self.finding(archive(files), name, pointer, says)
                if at:
                    self.assertEqual(line, line_of(files, name, at), says)
                else:
                    self.assertGreater(line, 1)

    def test_a_cycle_of_required_references_and_of_boundaries(self):
        files = changed(PACK, '"key": [\n        "policy_no"\n      ],', '"key": [\n        "policy_no"\n      ],\n      "references": [{"columns": ["last_claim"],'
                        ' "entity": "insurance.claim", "to": ["claim_no"]}],')
        files = changed(PACK, '"required": [\n          "policy_no",', '"required": [\n          "last_claim", "policy_no",', files)
        files = changed(PACK, '"policy_no": {\n            "description": "Number of the policy."',
                        '"last_claim": {"type": "string", "x-type": "id"},\n          "policy_no": {\n            "description": "Number of the policy."', files)
        found = [f for f in self.findings(archive(files)) if "a cycle of references: insurance." in f["message"]]
        self.assertEqual(len(found), 1)
        self.assertGreater(found[0]["line"], 1)
        legal = self.me.get(f"{self.base()}/legal-review").json["document"]
        there = next(d for d in legal["disambiguation"] if d["use"] == "other")
        mine = {"against": there["against"], "says": "x", "use": "other", "signals": ["zebra"]}
        self.bring(small("stripes", "stripe", disambiguation=[mine]))
        # a word that two packs send to each other
        a = small("ping", "ping", disambiguation=[{"against": "stripes", "says": "x", "use": "other", "signals": ["plain", "zebra crossing"]}])
        self.on("stripes")
        self.bring(a)
        self.on("ping")
        b = small("stripes", "stripe", "2.0.0", disambiguation=[{"against": "ping", "says": "x", "use": "other", "signals": ["zebra crossing"]}])
        found = self.findings(b)
        self.assertTrue(any("a cycle of boundaries: 'zebra crossing'" in f["message"] for f in found), found)

    def test_not_json(self):
        files = changed(PACK, '"label": "Insurance claims",', '"label": "Insurance claims"')
        line = self.finding(archive(files), PACK, "", "expected")
        self.assertGreater(line, 100)
        self.finding(archive(changed(PACK, '"label": "Insurance claims",', '"label": "x", "label": "y",')), PACK, "", "label")
        self.assertEqual(self.finding(b'{\n "id": }', "pack.json", "", "expected"), 2)
        self.finding(b'{"id": "../x"}', "pack.json", "", "no `id` that a pack can have")
        self.finding(b"hello", "(archive)", "", "neither a ZIP archive nor a JSON document")

    def test_names_that_escape_and_what_packs_do_not_hold(self):
        good = example()
        for name, says in (("../domain/x.json", "leads out of the archive"), ("/etc/passwd", "names are relative"), ("domain/../../x", "leads out"),
                           ("domain/a\\b.json", "backslash"), ("domain/ü.json", "letters, digits"), ("c:/x", "names are relative"),
                           ("domain//x.json", "empty part"), ("x" * 300, "longer than 200 bytes"), ("workflow/mine.json", "workflow packs are Forge's"),
                           ("policy/lax.v1.json", "set by who runs Forge"), ("schema/pack.json", "Forge's"), ("skill/x/y.py", "programs lie with the pack"),
                           ("kinds.json", "the list of kinds is closed"), ("domain/second.json", "an upload is one pack")):
            with self.subTest(name=name):
                found = self.findings(archive(good, **{name: b"{}"}))
                self.assertTrue(any(says in f["message"] for f in found), found)
        # programs of a pack that is not the uploaded one
        self.finding(archive(good, **{"domain/legal-review/programs/x.py": b"1"}), "domain/legal-review", "", "there is no pack domain/legal-review.json")
        link = zipfile.ZipInfo("domain/insurance-claims/programs/x.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        link.create_system = 3
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            for n, d in good.items():
                z.writestr(n, d)
            z.writestr(link, "/etc/passwd")
        self.finding(out.getvalue(), link.filename, "", "a link; packs hold plain files only")
        self.finding(archive({**good, PACK.upper().replace("JSON", "json").replace("DOMAIN", "domain"): b"{}"}),
                     "domain/INSURANCE-CLAIMS.json", "", "has this name twice")
        # a folder around everything, and what archivers leave behind, are no fault
        r = self.send(archive({f"claims/{n}": d for n, d in good.items()}, **{"claims/.DS_Store": b"x", "__MACOSX/claims/x": b"x"}))
        self.assertEqual(r.status, 201, r)

    def test_limits(self):
        good = example()
        bomb = archive({**good, "domain/insurance-claims/programs/zero.bin": b"\0" * (20 << 20)})
        self.assertLess(len(bomb), 1 << 20)
        self.finding(bomb, "domain/insurance-claims/programs/zero.bin", "", "more than 16 MiB")
        many = {**good, **{f"domain/insurance-claims/programs/p{i}.py": b"" for i in range(400)}}
        self.assertTrue(any("at most 300 files" in f["message"] for f in self.findings(archive(many))))
        self.problem(self.send(b"PK" + b"x" * (9 << 20)), 413, "E_TOO_LARGE")
        self.finding(archive({"domain/tiny.json": small(purpose="x" * 100) + b" " * (2 << 20)}), "domain/tiny.json", "", "at most 1048576")
        cut = archive(good)[:-200]
        self.assertTrue(all("archive" in f["file"] or "damaged" in f["message"] for f in self.findings(cut)))
        self.finding(archive({}), "(archive)", "", "")
        nested = small().replace(b'"Small."', b'"Small.", "x": ' + b"[" * 10000 + b"]" * 10000)
        self.assertEqual(len(self.findings(nested)), 1)
        self.assertEqual(self.me.get(self.base()).status, 200)  # the worker lives

    def test_the_longest_names_that_are_taken_can_be_found(self):
        def named(n):
            doc = json.loads(small(label="L" * 300))
            doc["entities"][0].update(id="tiny." + "x" * (n - 5), label="E" * 300)
            return json.dumps(doc).encode()
        self.finding(named(5000), "domain/tiny.json", "/entities/0/id", "expected")
        self.bring(named(120))
        self.on("tiny")
        r = self.me.get(f"/workspaces/{self.ws}/discover?q=tiny%20things")
        self.assertEqual(r.status, 200, r)
        self.assertIn("tiny", [i["id"] for i in r.json["items"]])

    def test_large_packs_side_by_side(self):
        def big(id, size):
            files = {f"domain/{id}/programs/p{i}.bin": b"\0" * (size // 3) for i in range(3)}
            return archive({f"domain/{id}.json": small(id, id), **files})
        for id, size in (("one", 15 << 20), ("two", 8 << 20)):
            self.bring(big(id, size))
            self.on(id)
        self.bring(big("three", (16 << 20) - 1200))
        self.problem(self.switch("three", True), 422, "E_LIMIT", "3 own packs with 39 MiB of files")
        self.assertEqual(self.me.get(f"{self.base()}/one/uses").status, 200)
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/catalog").status, 200)

    def test_a_pack_that_is_heavy_to_check_is_given_up(self):
        columns = {f"c{i}": {"type": "string", "x-type": "text", "x-synonyms": [f"name {i} {k}" for k in range(40)]} for i in range(400)}
        entities = [{"id": f"heavy.e{i}", "label": "x", "key": ["c0"], "schema": {"type": "object", "required": ["c0"], "properties": columns}} for i in range(2)]
        doc = json.loads(small("heavy", "heavy"))
        doc["entities"] = entities
        r = self.send(json.dumps(doc).encode())
        self.assertIn(r.status, (201, 422), r)
        self.assertEqual(self.me.get(self.base()).status, 200)
