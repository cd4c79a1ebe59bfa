# SPDX-License-Identifier: Apache-2.0
"""Finding in the catalog: three rankings and their fusion, filters, denials, tenants, odd queries."""
from urllib.parse import quote

from tests.api.base import ApiTest


class Discover(ApiTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = cls.user(cls())
        cls.ws = cls.me.post("/workspaces", {"name": "discover"}).json["id"]

    def find(self, query, more="", ws=None):
        r = self.me.get(f"/workspaces/{ws or self.ws}/discover?q={quote(query)}{more}")
        self.assertEqual(r.status, 200, r)
        return r.json["items"]

    def test_what_is_meant_comes_first(self):
        # words of a pack, words of a user, a typo, and an id
        for query, kind, want in (("billing audit", "pack", "billing-audit"), ("overbilled hours", "pack", "billing-audit"),
                                  ("reconcilliation of invoces with contracts", "pack", "billing-audit"), ("time_entry", "entity", "billing.time_entry"),
                                  ("resume screening", "pack", "resume-audit"), ("fetch json from a rest api", "tool", "http.fetch"),
                                  ("csv to parquet", "adapter", "csv-to-parquet"), ("general ledger", "entity", "finance.ledger_entry")):
            with self.subTest(query):
                first = [i["id"] for i in self.find(query, f"&type={kind}")[:3]]
                self.assertIn(want, first)

    def test_scores_are_those_of_reciprocal_rank_fusion(self):
        items = self.find("billing audit of invoices", "&limit=100")
        self.assertGreater(len(items), 5)
        for i in items:
            ranks = [i[k]["rank"] for k in ("text", "trigram", "vector")]
            self.assertEqual(i["score"], sum(1000000 // (60 + r) for r in ranks if r))
            self.assertTrue(any(ranks))
            for k in ("text", "trigram", "vector"):
                self.assertEqual(i[k]["rank"] is not None, i[k]["value"] > 0 and (k != "vector" or i[k]["rank"] is not None))
        self.assertEqual([i["score"] for i in items], sorted((i["score"] for i in items), reverse=True))
        self.assertTrue(all(any(i[k]["rank"] for i in items) for k in ("text", "trigram", "vector")), "each of the three finds something")
        self.assertEqual(items, self.find("billing audit of invoices", "&limit=100"), "the same again")

    def test_a_typo_is_found_by_trigrams_where_text_finds_nothing(self):
        items = [i for i in self.find("recieveables ageing custmer", "&limit=100") if i["trigram"]["rank"]]
        self.assertTrue(items)
        self.assertTrue(any(i["text"]["rank"] is None for i in items))

    def test_types_and_limit(self):
        self.assertEqual({i["type"] for i in self.find("report", "&type=playbook,workflow&limit=100")}, {"playbook", "workflow"})
        self.assertEqual(len(self.find("report", "&limit=2")), 2)
        r = self.me.get(f"/workspaces/{self.ws}/discover?q=x&type=colour")
        self.assertEqual((r.status, r.json["code"]), (400, "E_USAGE"))
        self.assertIn("types are pack, entity", r.json["detail"])

    def test_odd_queries(self):
        for query in ("", " ", "\t"):
            self.assertEqual(self.me.get(f"/workspaces/{self.ws}/discover?q={quote(query)}").status, 400, repr(query))
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/discover").status, 400)
        for query in ("'; drop table forge.capability; --", "a & | ! <-> (", "%00", "the of and", "\u65e5\u672c", "\u20ac" * 100, "x" * 400):
            self.assertIsInstance(self.find(query), list, query)
        self.assertEqual(self.me.get(f"/workspaces/{self.ws}/discover?q={'x' * 401}").status, 400)
        for profile in ("nobody", "demo"):  # demo is there, and not offered to people here
            self.assertEqual(self.me.get(f"/workspaces/{self.ws}/discover?q=x&profile={profile}").status, 404, profile)

    def test_a_pack_that_is_switched_off_is_not_found(self):
        ws = self.me.post("/workspaces", {"name": "without"}).json["id"]
        query = "sales pipeline of opportunities"
        self.assertEqual(self.find(query, "&type=pack", ws)[0]["id"], "sales-crm")
        r = self.me.put(f"/workspaces/{ws}/packs/sales-crm", {"enabled": False})
        self.assertEqual(r.status, 200, r)
        after = self.find(query, "&limit=100", ws)
        self.assertFalse([i["id"] for i in after if i["id"] == "sales-crm" or i["pack"] == "sales-crm"])
        self.assertEqual(self.find(query, "&type=pack")[0]["id"], "sales-crm", "the other workspace has it")

    def test_a_stranger_sees_nothing(self):
        other = self.user()
        self.assertEqual(other.get(f"/workspaces/{self.ws}/discover?q=billing").status, 404)
