# SPDX-License-Identifier: Apache-2.0
"""The rules of the billing audit once more, as SQL over integers: an independent second opinion.

It shares nothing with the pack's programs: SQLite, cents and hundredths of hours, correlated sub-queries
instead of loops and dictionaries.
"""
import sqlite3

SCHEMA = """
create table e (n integer primary key, id text, emp text, ref text, day text, hours integer, rate integer,
                billed integer, inv text);
create table c (n integer primary key, id text, emp text, status text, start text, stop text, cap integer);
create table r (n integer primary key, id text, role text, rate integer);
create table i (n integer primary key, id text, status text);
create table locked (status text);
"""

# x / 100 to a whole number, halves away from zero.
ROUND = "(case when ({0}) < 0 then -((-({0}) * 2 + 100) / 200) else (({0}) * 2 + 100) / 200 end)"

# Of several contract rows of a pair: the first that is valid on the day, else the one that ends last.
LINKS = """
create table a as
with pairs as (
  select e.n as en, c.n as cn, c.stop,
    e.day is not null and coalesce(c.start, '') <= e.day and e.day <= coalesce(c.stop, '9999') as valid
  from e join c on c.id = e.ref and c.emp = e.emp),
ranked as (
  select en, cn, row_number() over (partition by en order by valid desc, case when valid then cn end,
    coalesce(stop, '9999') desc, cn) as place from pairs)
select e.*,
  (select cn from ranked where en = e.n and place = 1) as con,
  exists (select 1 from r where r.id = e.ref and r.rate = e.rate) as on_card,
  (select i.status from i where i.id = e.inv and i.n = (select min(n) from i j where j.id = i.id)) as istatus
from e
"""

USAGE = """
create table usage as
select ref, emp, rate, count(*) as uses from a where on_card group by ref, emp, rate
"""

EXPECTED = """
create table x as
select a.*, c.stop, c.cap, c.id is not null as has_contract,
  case when a.on_card then a.rate
       when a.rate is null then null
       when (select count(*) from usage u where u.ref is a.ref and u.emp is a.emp and u.uses =
              (select max(uses) from usage v where v.ref is a.ref and v.emp is a.emp)) = 1
       then (select u.rate from usage u where u.ref is a.ref and u.emp is a.emp
              order by u.uses desc limit 1) end as expected,
  coalesce(a.day > c.stop, 0) as expired,
  exists (select 1 from locked where lower(locked.status) = lower(a.istatus)) as is_locked
from a left join c on c.n = a.con
"""

FINDINGS = """
create table f as
select x.*,
  x.rate - x.expected as delta,
  {overcharge} as over,
  {amount} as due,
  x.billed - {amount} as wrong,
  case when x.has_contract and x.day is not null and x.cap is not null
       then max((select coalesce(sum(y.hours), 0) from x y where y.has_contract and y.ref = x.ref
                  and y.emp = x.emp and substr(y.day, 1, 7) = substr(x.day, 1, 7)
                  having count(y.hours) > 0) - x.cap, 0) end as above
from x
""".format(overcharge=ROUND.format("(x.rate - x.expected) * x.hours"), amount=ROUND.format("x.rate * x.hours"))

TYPES = (("RATE_OVERCHARGE", "delta > 0"), ("RATE_UNDERCHARGE", "delta < 0"), ("AMOUNT_MISMATCH", "wrong <> 0"),
         ("EXPIRED_CONTRACT", "expired"), ("CAP_OVERRUN", "above > 0"), ("LOCKED_INVOICE", "is_locked"),
         ("UNMATCHED_ENTRY", "not has_contract or not on_card"), ("RATE_NOT_IN_CARD", "expected is null"))

CORRECTIONS = """
select inv, reason, sum(cents), count(*), istatus,
       exists (select 1 from locked where lower(locked.status) = lower(istatus))
from (select inv, 'RATE_OVERCHARGE' as reason, over as cents, istatus from f where delta > 0
      union all select inv, 'RATE_UNDERCHARGE', over, istatus from f where delta < 0
      union all select inv, 'AMOUNT_MISMATCH', wrong, istatus from f where wrong <> 0)
where cents is not null group by inv, reason
"""


class Reference:
    def __init__(self, data):
        self.data = data
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(SCHEMA)
        self.fill("e", data.entries, "time_entry_id employee_id contract_ref work_date hours_logged "
                  "billed_rate billed_amount invoice_id")
        self.fill("c", data.contracts, "contract_id employee_id contract_status effective_date "
                  "expiration_date monthly_hours_cap")
        self.fill("r", data.rates, "contract_id role_code hourly_rate")
        self.fill("i", data.invoices, "invoice_id invoice_status")
        self.db.executemany("insert into locked values (?)", [(one,) for one in data.policy["locked"]])
        for statement in (LINKS, USAGE, EXPECTED, FINDINGS):
            self.db.execute(statement)

    def fill(self, table, rows, names):
        names = names.split()
        self.db.executemany("insert into %s values (%s)" % (table, ",".join("?" * (len(names) + 1))), [
            (n + 2, *(row[name] for name in names)) for n, row in enumerate(rows)])

    def applicability(self):
        """(row, contract, is_expired, linkage, matched rate, expected rate, invoice status) of all rows."""
        return self.db.execute(
            "select n, case when has_contract then ref end, expired, case when not has_contract then "
            "'unmatched_contract' when not on_card then 'unmatched_rate' when expired then 'expired' else "
            "'matched' end, case when on_card then rate end, expected, istatus, stop from f order by n"
        ).fetchall()

    def findings(self):
        """(row, types, delta, overcharge, amount due, wrong amount, hours above the cap)."""
        flags = ", ".join("coalesce(%s, 0)" % test for _, test in TYPES)
        found = []
        for row in self.db.execute(
                "select n, delta, over, due, wrong, above, %s from f order by n" % flags):
            types = [name for (name, _), flag in zip(TYPES, row[6:]) if flag]
            if types:
                found.append((row[0], types, *row[1:6]))
        return found

    def totals(self):
        """type -> (count, cents or 0, billed cents)."""
        priced = {"RATE_OVERCHARGE": "over", "RATE_UNDERCHARGE": "over", "AMOUNT_MISMATCH": "wrong"}
        return {name: self.db.execute(
            "select count(*), coalesce(sum(%s), 0), coalesce(sum(billed), 0) from f where coalesce(%s, 0)"
            % (priced.get(name, "0"), test)).fetchone() for name, test in TYPES}

    def statuses(self):
        return dict(self.db.execute("select istatus, count(*) from f group by istatus"))

    def corrections(self):
        """(invoice, reason) -> (cents, entries, outcome, reason of the rejection)."""
        found = {}
        for inv, reason, cents, count, status, is_locked in self.db.execute(CORRECTIONS):
            size, why = abs(cents), None
            if size > self.data.policy["max"]:
                why = "exceeds_max_correction"
            elif is_locked:
                why = "invoice_locked"
            elif status is None:
                why = "invoice_status_unknown"
            outcome = "rejected" if why else (
                "approval_required" if size > self.data.policy["low"] else "accepted")
            found[inv, reason] = (cents, count, outcome, why)
        return found

    def joined(self):
        """(entry row, number of the match or 0, role, do the rates match) of entries left join rates."""
        return [(row[0], row[1], row[2], bool(row[3])) for row in self.db.execute(
            "select e.n, case when r.n is null then 0 else row_number() over (partition by e.n order by r.n) "
            "end, r.role, coalesce(e.rate = r.rate, 0) from e left join r on r.id = e.ref order by e.n, r.n")]
