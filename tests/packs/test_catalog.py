# SPDX-License-Identifier: Apache-2.0
"""The standard packs as documents: what the loader cannot know to be wrong."""
import json
import unittest
from pathlib import Path

PACKS = Path(__file__).resolve().parents[2] / "packs"


class StandardPacks(unittest.TestCase):
    def entities(self):
        for path in sorted((PACKS / "domain").glob("*.json")):
            for entity in json.loads(path.read_text())["entities"]:
                yield entity

    def test_columns_begin_with_the_key(self):
        """docs/decisions/0134: a tool that sorts the keys of a pack is noticed here."""
        for e in self.entities():
            columns = list(e["schema"].get("properties", {}))
            if e["id"].startswith("billing."):
                continue  # in the order of the files that they come from
            self.assertEqual(sorted(columns[:len(e["key"])]), sorted(e["key"]), e["id"])
        contract = next(e for e in self.entities() if e["id"] == "billing.contract")
        self.assertEqual(list(contract["schema"]["properties"])[:3], ["contract_id", "customer_id", "employee_id"])

    def test_every_kind_is_taken_by_a_slot(self):
        """Deployment receipts, manifests, citations: a kind that no slot takes could never pass between steps."""
        slots = json.loads((PACKS / "slots.json").read_text())["slots"]
        taken = {k for s in slots for k in s["kinds"]}
        kinds = {k["id"] for k in json.loads((PACKS / "kinds.json").read_text())["kinds"]}
        self.assertEqual(kinds - taken, set())


if __name__ == "__main__":
    unittest.main()
