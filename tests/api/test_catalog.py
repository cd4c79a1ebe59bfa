# SPDX-License-Identifier: Apache-2.0
"""The catalog: what the overview and each type's page say, who may read it, tags, mistyped names. Shapes are held against the API's own
description by base.Contract, exchange by exchange."""
import json
import os
import subprocess

from tests.api.base import ApiTest
from tests.harness.scratch_stack import ROOT

PACKS = ROOT / "packs"
PLURALS = {"pack": "packs", "entity": "entities", "workflow": "workflows", "kind": "kinds", "slot": "slots", "policy": "policies",
           "adapter": "adapters", "playbook": "playbooks", "skill": "skills"}
TIME = (PACKS / "domain" / "billing-audit" / "sample" / "attachments" / "time_entries.csv").read_bytes()


class CatalogPages(ApiTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = cls.user(cls())
        cls.base = f"/workspaces/{cls.me.ws}/catalog"
        cls.all = cls.me.get(cls.base).json

    def item(self, type, id):
        r = self.me.get(f"{self.base}/{type}/{id}")
        self.assertEqual(r.status, 200, r)
        self.assertEqual((r.json["type"], r.json["id"]), (type, id))
        return r.json

    def test_the_overview_has_everything(self):
        a = self.all
        self.assertEqual({t: len(a[t]) for t in ("workflows", "kinds", "slots", "policies")}, {"workflows": 12, "kinds": 24, "slots": 15, "policies": 5})
        self.assertEqual([p["id"] for p in a["packs"] if p["generic"]], ["generic"])
        self.assertEqual(len(a["packs"]), 13)
        self.assertEqual({p["origin"] for p in a["packs"]}, {"standard"})
        for p in a["packs"]:
            doc = json.loads((PACKS / "domain" / f"{p['id']}.json").read_text())
            self.assertEqual((p["version"], p["label"], p["entities"], p["validators"]), (doc["version"], doc["label"], len(doc["entities"]), len(doc["validators"])))
            self.assertEqual([e["id"] for e in a["entities"] if e["pack"] == p["id"]], [e["id"] for e in doc["entities"]])
        self.assertEqual([d["id"] for d in a["adapters"]], sorted(d["id"] for d in json.loads((PACKS / "adapters.json").read_text())["adapters"]))

    def test_every_thing_has_a_page(self):
        for type, plural in PLURALS.items():
            for x in self.all[plural]:
                self.item(type, x["id"])

    def test_every_link_leads_somewhere(self):
        """What one page names, another explains; the names are those of the overview."""
        by_field = {"entity": "entity", "slot": "slot", "kind": "kind", "pack": "pack", "policy": "policy", "skill": "skill"}
        seen = set()

        def walk(at, field):
            if isinstance(at, dict):
                if set(at) == {"id", "label"} and field in by_field:
                    seen.add((by_field[field], at["id"], at["label"]))
                for k, v in at.items():
                    walk(v, k)
            elif isinstance(at, list):
                for v in at:
                    walk(v, field)
        for type in ("pack", "entity", "workflow", "kind", "playbook"):
            for x in self.all[PLURALS[type]]:
                walk(self.item(type, x["id"]), None)
        self.assertGreater(len(seen), 100)
        for type, id, label in seen:
            self.assertEqual(self.item(type, id)["label"], label)

    def test_an_entity(self):
        e = self.item("entity", "billing.time_entry")
        doc = next(x for x in json.loads((PACKS / "domain" / "billing-audit.json").read_text())["entities"] if x["id"] == e["id"])
        self.assertEqual([c["name"] for c in e["columns"]], list(doc["schema"]["properties"]), "in the document's order")
        self.assertEqual(e["columns"][0]["name"], "time_entry_id")
        rate = next(c for c in e["columns"] if c["name"] == "billed_rate")
        self.assertEqual((rate["type"], rate["unit"], rate["currency"], rate["required"], rate["nullable"]), ("money", "USD/hour", "USD", True, True))
        self.assertIn("bill_rate", rate["synonyms"])
        self.assertEqual((e["key"], e["pack"]["id"], e["form"]), (["time_entry_id"], "billing-audit", "rows"))
        self.assertEqual([(r["columns"], r["to"]["id"], r["to_columns"]) for r in e["refers_to"]],
                         [(["contract_ref"], "billing.contract", ["contract_id"]), (["invoice_id"], "billing.invoice", ["invoice_id"])])
        says = {v["id"]: v["says"] for v in e["validators"]}
        self.assertEqual(says["billing.hours_fit_into_a_day"], "hours_logged is between 0 and 24")
        self.assertEqual(says["billing.entry_has_a_contract"], "contract_ref names a row of Contract by its contract_id")
        self.assertIn("billing-audit.full", [b["id"] for b in e["read_by"]])
        self.assertIn("billing.time_entry", [r["from"]["id"] for r in self.item("entity", "billing.contract")["referred_by"]])
        pages = next(c for c in self.item("entity", "site.site_spec")["columns"] if c["name"] == "pages")
        self.assertEqual((pages["type"], pages["required"]), ("list", True), "members that hold more than one value are there too")

    def test_the_files_that_have_it(self):
        c = self.user("Files of entities")
        base = f"/workspaces/{c.ws}/catalog/entity/billing.time_entry"
        before = c.get(base)
        self.assertEqual(before.json["files"], [])
        self.assertEqual(c.upload(c.ws, "in/time_entries.csv", TIME).status, 201)
        self.assertEqual(c.upload(c.ws, "other.txt", b"x").status, 201)
        after = c.get(base, headers={"If-None-Match": before.headers["ETag"]})
        self.assertEqual(after.status, 200, "another file makes another answer")
        self.assertEqual([(f["path"], f["kind"], f["rows"], f["parse_ok"]) for f in after.json["files"]],
                         [("in/time_entries.csv", "table.csv", TIME.count(b"\n") - 1, True)])
        self.assertEqual(self.me.get(f"{self.base}/entity/billing.time_entry").json["files"], [], "and nobody else's")

    def test_the_other_pages(self):
        p = self.item("pack", "billing-audit")
        self.assertGreaterEqual(len(p["example_goals"]), 5)
        self.assertEqual({b["for"] for b in p["boundaries"]}, {"this", "other"})
        k = self.item("kind", "table.csv")
        self.assertIn("csv-to-json-rows", [d["id"] for d in k["adapters_from"]])
        self.assertIn("raw_files", [s["id"] for s in k["slots"]])
        for name in ("source_manifest", "findings"):
            self.assertIn("citations.list", [x["id"] for x in self.item("slot", name)["kinds"]])
        s = {x["name"]: x for x in self.item("policy", "strict.fail-closed.v1")["settings"]}
        self.assertEqual((s["allow_normalizers"]["value"], s["date_order"]["value"], s["repair"]["means"]),
                         ("no", "refuse", "the step is tried again, at most 1 time"))
        d = self.item("adapter", "json-rows-to-csv")
        self.assertFalse(d["lossless"])
        self.assertTrue(d["not_kept"].startswith("whether a value was a text or a number"), d["not_kept"])
        b = self.item("playbook", "billing-audit.full")
        self.assertEqual(([f["name"] for f in b["files"]][:2], len(b["steps"])), (["time_entries", "contracts"], 9))
        self.assertTrue(all(o["deliverable"] for o in b["makes"]) and len(b["makes"]) == 8)
        self.assertEqual(self.item("entity", "generic.row")["form"], "rows")
        self.assertEqual(self.item("kind", "text.markdown")["label"], "Markdown text", "what files may be beside the 24 kinds has a page too")

    def test_forgectl_says_the_same(self):
        env = {"PATH": os.environ["PATH"], "FORGE_ROOT": str(ROOT)}
        ctl = ROOT / os.environ.get("BUILD", "build") / "bin" / "forgectl"
        for type, id in (("pack", "billing-audit"), ("entity", "billing.contract"), ("workflow", "render-report"), ("kind", "table.csv"), ("slot", "findings"),
                         ("policy", "provenance.required.v1"), ("adapter", "csv-to-tsv"), ("playbook", "billing-audit.full")):
            said = json.loads(subprocess.run([ctl, "packs", "show", id, "--json"], env=env, capture_output=True, text=True, check=True).stdout)
            page = {k: v for k, v in self.item(type, id).items() if k not in ("files", "more_files") or type == "playbook"}
            self.assertEqual([x["view"] for x in said["items"] if x["view"]["type"] == type], [page], id)

    def test_tags(self):
        first = self.me.get(self.base)
        tag = first.headers["ETag"]
        again = self.me.get(self.base, headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", tag))
        self.assertEqual(self.me.get(self.base, headers={"If-None-Match": f'"x", W/{tag}'}).status, 304)
        self.assertEqual(self.me.get(self.base, headers={"If-None-Match": '"other"'}).json, first.json)
        self.assertIn("no-cache", first.headers["Cache-Control"])

    def test_roles_and_tenants(self):
        for role in ("viewer", "approver", "auditor", "editor"):
            c = self.member(self.me, role)
            self.assertEqual(c.get(self.base).json, self.all)
            self.assertEqual(c.get(f"{self.base}/kind/table.csv").status, 200)
        stranger = self.user("Elsewhere")
        self.problem(stranger.get(self.base), 404, "E_NOT_FOUND")
        self.problem(stranger.get(f"{self.base}/kind/table.csv"), 404, "E_NOT_FOUND")
        self.assertEqual(self.stack.client().get(self.base).status, 401)

    def test_mistyped(self):
        for path, says in (("entity/billing.time_entri", "the nearest is 'billing.time_entry'"), ("entity/time_entry", "the nearest is 'billing.time_entry'"),
                           ("pack/biling-audit", "the nearest is 'billing-audit'"), ("policy/strict.failclosed.v1", "the nearest is 'strict.fail-closed.v1'"),
                           ("entiti/x", "the nearest is 'entity'"), ("playbook/qqqq", "has no playbook 'qqqq'"), ("zebra/x", "nothing of the type 'zebra'"),
                           ("pack/billing.time_entry", "has no pack"), ("entity/%F0%9F%A6%93", "has no entity")):
            detail = self.problem(self.me.get(f"{self.base}/{path}"), 404, "E_NOT_FOUND", says)["detail"]
            self.assertLess(len(detail), 300)
        self.problem(self.me.get(f"{self.base}?tab=kinds"), 400, "E_USAGE")
