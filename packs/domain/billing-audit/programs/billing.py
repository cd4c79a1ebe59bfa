# SPDX-License-Identifier: Apache-2.0
"""What the steps of the billing audit agree on: columns, types of discrepancy, their order."""
from decimal import Decimal

# table -> ((column, type, required), ...). Types: id, text, date, number, rate, amount.
TABLES = {
    "time_entries": (
        ("time_entry_id", "id", True), ("employee_id", "id", True), ("contract_ref", "id", True),
        ("work_date", "date", True), ("hours_logged", "number", True),
        ("billed_rate", "rate", True), ("billed_amount", "amount", True),
        ("invoice_id", "id", True), ("project_code", "text", False)),
    "contracts": (
        ("contract_id", "id", True), ("customer_id", "id", False), ("employee_id", "id", True),
        ("contract_status", "text", True), ("billing_type", "text", False),
        ("effective_date", "date", False), ("expiration_date", "date", True),
        ("monthly_hours_cap", "number", True), ("currency", "text", False)),
    "rates": (
        ("contract_id", "id", True), ("role_code", "id", True), ("hourly_rate", "rate", True),
        ("effective_date", "date", False), ("expiration_date", "date", False)),
    "invoices": (
        ("invoice_id", "id", True), ("invoice_status", "text", True),
        ("customer_id", "id", False), ("invoice_total", "amount", False),
        ("period_start", "date", False), ("period_end", "date", False)),
}
# What identifies a row; a second row with the same key is kept and flagged.
KEYS = {"time_entries": ("time_entry_id",), "contracts": ("contract_id", "employee_id"),
        "rates": ("contract_id", "role_code", "effective_date"), "invoices": ("invoice_id",)}
# The columns whose distinct values a profile lists.
LISTED = ("contract_ref", "contract_id", "employee_id", "invoice_id", "contract_status",
          "invoice_status", "role_code")

# The order in which types stand in lists and tables.
TYPES = ("RATE_OVERCHARGE", "RATE_UNDERCHARGE", "AMOUNT_MISMATCH", "EXPIRED_CONTRACT",
         "CAP_OVERRUN", "LOCKED_INVOICE", "UNMATCHED_ENTRY", "RATE_NOT_IN_CARD")
# The types that say how much money is wrong, and the field of a discrepancy that says it.
PRICED = {"RATE_OVERCHARGE": "overcharge_amount", "RATE_UNDERCHARGE": "overcharge_amount",
          "AMOUNT_MISMATCH": "amount_delta"}


def required(table):
    return [name for name, _, needed in TABLES[table] if needed]


def kinds(table):
    """column -> kind, as forge_table.typed_rows takes them."""
    return {name: kind for name, kind, _ in TABLES[table]}


def is_locked(status, policy):
    """A status counts as locked whatever its letters' case: when in doubt, do not touch."""
    return status is not None and status.casefold() in {
        one.casefold() for one in policy["locked_statuses"]["value"]}


def limit(policy, name):
    return Decimal(policy[name]["value"])
