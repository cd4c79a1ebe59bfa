# SPDX-License-Identifier: Apache-2.0
"""Files held against the rules of an entity: verdicts, the other files that rules name, refusals, tenants."""
from tests.api.base import ApiTest
from tests.harness.scratch_stack import ROOT

SAMPLE = ROOT / "packs" / "domain" / "billing-audit" / "sample" / "attachments"
HEAD = "time_entry_id,employee_id,contract_ref,work_date,hours_logged,billed_rate,billed_amount,invoice_id,project_code\n"
CONTRACTS = ("contract_id,customer_id,employee_id,contract_status,billing_type,effective_date,expiration_date,monthly_hours_cap,currency\n"
             "C1,K1,E1,active,time_and_materials,2025-01-01,2026-12-31,160,USD\n")
TIME = "billing.time_entry"


class Checks(ApiTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = cls.user(cls())

    def setUp(self):
        self.ws = self.me.post("/workspaces", {"name": self.id()[-80:]}).json["id"]

    def put(self, path, text):
        r = self.me.upload(self.ws, path, text if isinstance(text, bytes) else text.encode())
        self.assertEqual(r.status, 201, r)
        return r.json

    def ask(self, path, entity=None):
        return self.me.get(f"/workspaces/{self.ws}/files/{path}?view=checks" + (f"&entity={entity}" if entity else ""))

    def checks(self, path, entity=None):
        r = self.ask(path, entity)
        self.assertEqual(r.status, 200, r)
        return r.json, {v["id"].removeprefix("billing."): v for v in r.json["validators"]}

    def test_rows_are_judged_and_the_first_that_break_a_rule_are_shown(self):
        self.put("t.csv", HEAD + "T1,E1,C1,2026-01-05,8,100,800,I1,P\nT2,E1,C1,2026-01-06,25,-1,-25,I1,P\nT2,E1,C1,2026-01-07,,100,,I1,P\n")
        got, v = self.checks("t.csv")
        self.assertEqual((got["path"], got["entity"], got["label"], got["others"]), ("t.csv", TIME, "Time entry", []))
        hours = v["hours_fit_into_a_day"]
        self.assertEqual((hours["verdict"], hours["severity"], hours["judged"], hours["unjudged"], hours["broken"]), ("broken", "warning", 2, 1, 1))
        self.assertEqual((hours["rows"][0]["row"], hours["rows"][0]["column"]), (3, "hours_logged"))
        self.assertIn("25", hours["rows"][0]["message"])
        self.assertEqual(v["rate_is_not_negative"]["verdict"], "broken")
        self.assertEqual(v["time_entry_id_is_unique"]["broken"], 1)
        self.assertEqual(v["amount_is_hours_times_rate"]["verdict"], "holds")

    def test_rules_that_name_another_entity_get_its_file_or_say_why_not(self):
        self.put("t.csv", HEAD + "T1,E1,C1,2026-01-05,8,100,800,I1,P\nT2,E1,C9,2026-01-06,8,100,800,I1,P\n")
        got, v = self.checks("t.csv")
        rule = v["entry_has_a_contract"]
        self.assertEqual((rule["verdict"], rule["judged"], rule["rows"]), ("not_checked", 0, []))
        self.assertIn("billing.contract", rule["why"])
        self.put("z/contracts.csv", CONTRACTS)
        self.put("a-broken.csv", CONTRACTS + "C2,K1\n")
        self.put("zz.csv", CONTRACTS.replace("C1", "C9"))
        got, v = self.checks("t.csv")
        others = {o["path"]: o for o in got["others"]}
        self.assertTrue(others["z/contracts.csv"]["used"], "the first that can be read")
        self.assertEqual((others["zz.csv"]["used"], others["zz.csv"]["why"]), (False, "'z/contracts.csv' is taken for it"))
        self.assertEqual((v["entry_has_a_contract"]["verdict"], v["entry_has_a_contract"]["broken"]), ("broken", 1))
        self.assertIn("C9", v["entry_has_a_contract"]["rows"][0]["message"])

    def test_json_rows_and_tsv_are_read_too(self):
        rows = HEAD + "T1,E1,C1,2026-01-05,8,100,801,I1,P\n"
        self.put("t.tsv", rows.replace(",", "\t"))
        self.put("t.json", b'[{"time_entry_id":"T1","employee_id":"E1","contract_ref":"C1","work_date":"2026-01-05","hours_logged":8,"billed_rate":100,"billed_amount":801}]')
        for path in ("t.tsv", "t.json"):
            with self.subTest(path):
                _, v = self.checks(path, TIME)
                self.assertEqual(v["amount_is_hours_times_rate"]["verdict"], "broken")

    def test_the_sample_is_judged_whole(self):
        for f in SAMPLE.glob("*.csv"):
            self.put(f.name, f.read_bytes())
        got, v = self.checks("time_entries.csv")
        self.assertEqual({o["path"] for o in got["others"] if o["used"]}, {"contracts.csv", "invoices.csv"})
        self.assertNotIn("not_checked", {x["verdict"] for x in v.values()})
        self.assertGreater(v["entry_has_a_contract"]["judged"], 700)
        self.assertEqual(v["entry_has_a_contract"]["broken"], 2)

    def test_what_cannot_be_judged_is_refused_with_the_reason(self):
        self.put("x.csv", "a,b\n1,2\n")
        self.problem(self.ask("x.csv"), 400, "E_USAGE", "whose rules")
        self.problem(self.ask("x.csv", "billing.nothing"), 404, "E_NOT_FOUND", "no entity 'billing.nothing'")
        self.problem(self.ask("none.csv", TIME), 404, "E_NOT_FOUND")
        _, v = self.checks("x.csv", TIME)
        self.assertEqual({x["judged"] for x in v.values()}, {0}, "columns that are not there are not judged")
        self.put("t.txt", "hello")
        self.problem(self.ask("t.txt", TIME), 422, "E_LIMIT", f"and {TIME} is rows")
        self.put("bad.csv", HEAD + "T1,E1\n")
        self.problem(self.ask("bad.csv", TIME), 422, "E_LIMIT", "cannot be read to its end")
        row = b"T1,E1,C1,2026-01-05,8,100,800,I1,P\n"
        self.put("big.csv", HEAD.encode() + row * ((64 << 20) // len(row) + 1))
        self.problem(self.ask("big.csv", TIME), 422, "E_LIMIT", "more than 64 MiB")

    def test_an_entity_of_a_pack_that_is_off_is_not_there(self):
        self.put("t.csv", "opportunity_id,stage\nO1,won\n")
        self.checks("t.csv", "sales.opportunity")
        self.assertEqual(self.me.put(f"/workspaces/{self.ws}/packs/sales-crm", {"enabled": False}).status, 200)
        self.problem(self.ask("t.csv", "sales.opportunity"), 404, "E_NOT_FOUND", "sales.opportunity")

    def test_a_stranger_sees_nothing(self):
        self.put("t.csv", HEAD)
        self.problem(self.user().get(f"/workspaces/{self.ws}/files/t.csv?view=checks"), 404, "E_NOT_FOUND")
