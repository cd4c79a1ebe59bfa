# SPDX-License-Identifier: Apache-2.0
"""Random billing data with everything that real files have: duplicates, gaps, ties, odd formats.

A data set is kept as exact values (integer cents, hundredths of hours, ISO days, None) for the
reference, and written as CSV in changing dress (quotes, BOM, CRLF, column order, extra columns, currency
signs, other date formats) for the programs.
"""
import os
import random

POLICIES = (
    "# Policy\n\n- `max_correction = {max}`\n- `approval_threshold = {low}`\n- `locked_statuses = [{quoted}]`\n",
    "**Maximum correction:** ${max}\n**Approval threshold:** ${low}\n**Locked statuses:** {words}\n",
    "| Setting | Value |\n| --- | --- |\n| Maximum correction | ${max} |\n| Approval threshold | ${low} |\n"
    "| Locked statuses | {ticked} |\n",
    "# Maximum correction\n${max}\n\n# Approval threshold\n{low} USD\n\n# Locked statuses\n{bullets}\n",
    "Corrections over ${max} must not be submitted.\nCorrections above ${low} need the approval of finance.\n"
    "Locked statuses: {words}.\n",
)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DAYS = ["2026-%02d-%02d" % (month, day) for month in (1, 2, 3) for day in (1, 2, 9, 14, 15, 27, 28)]
STATUSES = ("open", "sent", "paid", "paid_locked", "Paid_Locked", "void")


def money(cents):
    return "%s%d.%02d" % ("-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100)


def round_half_away(product, scale):
    """product / scale as a whole number, halves away from zero."""
    whole = (2 * abs(product) + scale) // (2 * scale)
    return -whole if product < 0 else whole


class Dataset:
    """rows of each table as dicts of exact values; policy in cents."""

    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.make_contracts()
        self.make_rates()
        self.make_invoices()
        self.make_entries()
        low = self.random.choice((0, 1000, 2500, 2550, 10000))
        self.policy = {"max": low + self.random.choice((0, 1, 5000, 7500)), "low": low,
                       "locked": self.random.choice((["paid_locked"], ["paid_locked", "void"]))}

    def maybe(self, value, percent=4):
        return None if self.random.randrange(100) < percent else value

    def make_contracts(self):
        r = self.random
        self.contracts = []
        self.ids = ["C%d" % index for index in range(r.randint(1, 4))]
        self.people = ["E%d" % index for index in range(r.randint(1, 5))]
        for contract in self.ids:
            for person in self.people:
                for _ in range(r.choice((0, 1, 1, 1, 2))):
                    self.contracts.append({
                        "contract_id": contract, "employee_id": person,
                        "contract_status": r.choice(("active", "expired")),
                        "effective_date": self.maybe(r.choice(DAYS[:10])),
                        "expiration_date": self.maybe(r.choice(DAYS), 15),
                        "monthly_hours_cap": self.maybe(r.choice((0, 800, 1600, 2050, 4000, 16000)), 15)})
        if not self.contracts:
            self.contracts.append({
                "contract_id": "C0", "employee_id": "E0", "contract_status": "active",
                "effective_date": None, "expiration_date": None, "monthly_hours_cap": 800})
        r.shuffle(self.contracts)

    def make_rates(self):
        r = self.random
        self.rates = []
        for contract in self.ids[:-1] or self.ids:
            for _ in range(r.randint(1, 3)):
                self.rates.append({"contract_id": contract,
                                   "role_code": r.choice(("A", "B", "C")),
                                   "hourly_rate": self.maybe(r.choice((9675, 10000, 12000, 15050)), 2)})

    def make_invoices(self):
        r = self.random
        self.invoices = [{"invoice_id": "I%d" % index, "invoice_status": self.maybe(r.choice(STATUSES))}
                         for index in range(r.randint(1, 5))]
        if r.randrange(5) == 0:
            self.invoices.append({**self.invoices[0], "invoice_status": r.choice(STATUSES)})

    def make_entries(self):
        r = self.random
        self.entries = []
        cards = {}
        for rate in self.rates:
            if rate["hourly_rate"] is not None:
                cards.setdefault(rate["contract_id"], []).append(rate["hourly_rate"])
        for index in range(r.randint(1, 70)):
            contract = r.choice(self.ids + ["C9"] if r.randrange(12) == 0 else self.ids)
            card = cards.get(contract, [11000])
            rate = r.choice(card) if r.randrange(100) < 70 else r.choice(
                (r.choice(card) + r.choice((-1, 1, -500, 250, 1000)), 12000, 10000, 8888))
            hours = r.choice((25, 100, 775, 800, 733, 50, 0, -200, 333))
            billed = round_half_away(rate * hours, 100) + (
                r.choice((-10000, -2500, -1, 1, 1250, 10001)) if r.randrange(100) < 15 else 0)
            self.entries.append({
                "time_entry_id": self.maybe("T%d" % (index if r.randrange(20) else index // 2), 1),
                "employee_id": self.maybe(r.choice(self.people), 1), "contract_ref": self.maybe(contract, 1),
                "work_date": self.maybe(r.choice(DAYS), 3), "hours_logged": self.maybe(hours, 2),
                "billed_rate": self.maybe(rate, 2), "billed_amount": self.maybe(billed, 2),
                "invoice_id": self.maybe(r.choice(["I%d" % n for n in range(5)]), 1)})

    # --- writing -----------------------------------------------------------------------------

    def number(self, hundredths, is_money):
        """A number of hundredths as some file would have it."""
        if hundredths is None:
            return self.random.choice(("", "", " ", "N/A", "null"))
        text = money(hundredths)
        dress = self.dress["numbers"]
        if dress == "short":
            return text.rstrip("0").rstrip(".") if "." in text else text
        if is_money and dress == "dollar":
            body = "%s.%02d" % (format(abs(hundredths) // 100, ",d"), abs(hundredths) % 100)
            return ("($%s)" if hundredths < 0 else "$%s") % body
        if is_money and dress == "comma":
            body = "%s,%02d" % (format(abs(hundredths) // 100, ",d").replace(",", "."), abs(hundredths) % 100)
            return ("-" if hundredths < 0 else "") + body + " €"
        return text

    def day(self, text):
        if text is None:
            return self.random.choice(("", "", "n/a"))
        year, month, day = text.split("-")
        return {"iso": text, "slash": "%s/%d/%d" % (year, int(month), int(day)),
                "words": "%d %s %s" % (int(day), MONTHS[int(month) - 1], year),
                "compact": year + month + day, "time": text + "T00:00:00Z"}[self.dress["dates"]]

    def table(self, rows, kinds):
        """CSV text. kinds: column -> id, date, money, number; columns in a random order."""
        names = list(kinds)
        if self.dress["shuffled"]:
            self.random.shuffle(names)
        lines = [names + (["note, extra"] if self.dress["extra"] else [])]
        for row in rows:
            cells = []
            for name in names:
                value, kind = row.get(name), kinds[name]
                cells.append(self.day(value) if kind == "date" else
                             self.number(value, kind == "money") if kind in ("money", "number") else
                             "" if value is None else value)
            lines.append(cells + (["say \"hi\",\nthere"] if self.dress["extra"] else []))
        end = "\r\n" if self.dress["crlf"] else "\n"
        text = end.join(",".join(self.cell(one) for one in line) for line in lines) + end
        return ("\ufeff" if self.dress["bom"] else "") + text

    def cell(self, text):
        if self.dress["quoted"] or any(one in text for one in ',"\n\r'):
            return '"%s"' % text.replace('"', '""')
        return text

    def write(self, folder):
        r = self.random
        self.dress = {"numbers": r.choice(("plain", "plain", "short", "dollar", "comma")),
                      "dates": r.choice(("iso", "iso", "slash", "words", "compact", "time")),
                      "shuffled": r.randrange(3) == 0, "extra": r.randrange(3) == 0,
                      "crlf": r.randrange(3) == 0, "bom": r.randrange(3) == 0,
                      "quoted": r.randrange(4) == 0}
        files = {
            "time_entries.csv": self.table(self.entries, {
                "time_entry_id": "id", "employee_id": "id", "contract_ref": "id", "work_date": "date",
                "hours_logged": "number", "billed_rate": "money", "billed_amount": "money",
                "invoice_id": "id"}),
            "contracts.csv": self.table(self.contracts, {
                "contract_id": "id", "employee_id": "id", "contract_status": "id",
                "effective_date": "date", "expiration_date": "date", "monthly_hours_cap": "number"}),
            "rates.csv": self.table(self.rates, {
                "contract_id": "id", "role_code": "id", "hourly_rate": "money"}),
            "invoices.csv": self.table(self.invoices, {"invoice_id": "id", "invoice_status": "id"}),
            "finance_policy.md": self.policy_text(),
        }
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
        return {name.split(".")[0]: os.path.join(folder, name) for name in files}

    def policy_text(self):
        locked = self.policy["locked"]
        return self.random.choice(POLICIES).format(
            max=money(self.policy["max"]), low=money(self.policy["low"]),
            quoted=", ".join('"%s"' % one for one in locked), words=" and ".join(locked),
            ticked=", ".join("`%s`" % one for one in locked),
            bullets="\n".join("- %s" % one for one in locked))
