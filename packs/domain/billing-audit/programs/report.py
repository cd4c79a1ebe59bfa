# SPDX-License-Identifier: Apache-2.0
"""Step 8: the audit as one HTML page for people, on screen and on paper.

Every number on the page is taken from an artifact and says from where: <data value data-source>, with
data-source = path of the artifact, '#', JSON pointer. Before anything is saved, the artifacts are
checked against each other and the finished page is read again and compared with them; a difference
ends the program with exit code 65. No scripts, no outside resources.
"""
import os
import re
import sys
from decimal import Decimal

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import billing  # noqa: E402
from forge_step import Step, ZERO, refuse  # noqa: E402

MEANING = {
    "RATE_OVERCHARGE": "billed above the rate that the contract gives",
    "RATE_UNDERCHARGE": "billed below the rate that the contract gives",
    "AMOUNT_MISMATCH": "billed amount is not hours times billed rate",
    "EXPIRED_CONTRACT": "worked after the contract ended",
    "CAP_OVERRUN": "the month exceeds the contract's hours cap for this employee",
    "LOCKED_INVOICE": "the invoice takes no corrections any more",
    "UNMATCHED_ENTRY": "no contract row, or no rate of the contract, matches",
    "RATE_NOT_IN_CARD": "no rate of the contract matches and none is the usual one",
}
REASONS = {
    "exceeds_max_correction": "larger than the policy's maximum",
    "invoice_locked": "the invoice is locked",
    "invoice_status_unknown": "the invoice or its status is not known",
}
DIRECTIONS = {"credit_customer": "credit customer", "charge_customer": "charge customer",
              "none": "nothing in sum"}
OUTCOMES = (("accepted", "Accepted"), ("approval_required", "Accepted, approval required"),
            ("rejected", "Rejected"))
# (heading, field, how it is shown, width in print)
DETAIL = (
    ("Row", "source_row", "count", 3), ("Entry", "time_entry_id", "key", 5.2),
    ("Employee", "employee_id", "key", 5.2), ("Contract", "contract_ref", "key", 5.6),
    ("Invoice", "invoice_id", "key", 5.4), ("Invoice status", "invoice_status", "text", 5.8),
    ("Work date", "work_date", "key", 6.4), ("Findings", "discrepancy_types", "types", 11.2),
    ("Hours", "hours_logged", "quantity", 4.2), ("Billed rate", "billed_rate", "amount", 5),
    ("Card rate", "matched_hourly_rate", "amount", 5),
    ("Expected rate", "expected_hourly_rate", "amount", 5.6),
    ("Billed amount", "billed_amount", "amount", 6.2),
    ("Expected amount", "expected_amount", "amount", 5.9),
    ("Rate delta", "rate_delta", "amount", 4.8), ("Overcharge", "overcharge_amount", "amount", 5.9),
    ("Amount delta", "amount_delta", "amount", 5.4), ("Hours over cap", "hours_over_cap", "quantity", 4.6),
)
# A table of up to this many rows is not split between two sheets of paper.
KEPT_ROWS_MAX = 12
# The browser that prints needs about 0.7 MiB for a row of the detail table, and its step has 1.5 GiB.
PRINTED_ROWS_MAX = 1500
ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;"}
# Control characters have no place in HTML; what a file holds of them is shown as U+FFFD.
ESCAPES.update({code: "\ufffd" for code in list(range(0x20)) + list(range(0x7f, 0xa0))
                if code not in (9, 10)})


def esc(text):
    return str(text).translate(ESCAPES)


def shown(value, how):
    """A number as people read it; the exact value stands beside it in the value attribute."""
    text = format(abs(value), ",f") if isinstance(value, Decimal) else format(abs(value), ",d")
    text = {"money": "$", "percent": ""}.get(how, "") + text + ("%" if how == "percent" else "")
    return ("-" if value < 0 else "") + text


def lexeme(value):
    return format(value, "f") if isinstance(value, Decimal) else str(value)


class Artifact:
    """One JSON artifact; number() puts one of its numbers on the page."""

    def __init__(self, source):
        self.path = source.source_path
        self.json = source.json()

    def at(self, *keys):
        value = self.json
        for key in keys:
            value = value[key]
        return value

    def number(self, how, *keys):
        return self.show(self.at(*keys), how, *keys)

    def show(self, value, how, *keys):
        if value is None:
            return '<span class="dash" title="could not be computed">–</span>'
        return '<data value="%s" data-source="%s#/%s"%s>%s</data>' % (
            lexeme(value), esc(self.path), "/".join(map(str, keys)),
            ' class="neg"' if value < 0 else "", shown(value, how))


def table(caption, heads, body, foot="", extra=""):
    """heads: (text, is number). body: rows or whole tbody elements."""
    head = "".join('<th scope="col"%s>%s</th>' % (' class="n"' if n else "", esc(text))
                   for text, n in heads)
    if not body.startswith("<tbody"):
        body = "<tbody>%s</tbody>" % body
    label = re.sub("<[^>]*>", "", caption)
    keep = " keep" if body.count("<tr") <= KEPT_ROWS_MAX else ""
    return ('<div class="scroll%s" tabindex="0" role="region" aria-label="%s"><table>'
            '<caption>%s</caption>%s<thead><tr>%s</tr></thead>%s%s</table></div>') % (
                keep, label, caption, extra, head, body, "<tfoot>%s</tfoot>" % foot if foot else "")


def ids(names):
    """A list of names that breaks between names, not inside one."""
    return ", ".join('<span class="key">%s</span>' % esc(one) for one in names) or "–"


def row(*cells):
    """Cells are (class, html); the first is the row's header."""
    out = ['<th scope="row"%s>%s</th>' % (' class="%s"' % cells[0][0] if cells[0][0] else "",
                                          cells[0][1])]
    out += ['<td%s>%s</td>' % (' class="%s"' % c if c else "", html) for c, html in cells[1:]]
    return "<tr>%s</tr>" % "".join(out)


def code(text):
    return '<span class="code">%s</span>' % esc(text)


# --- chart -------------------------------------------------------------------------------------

def bars(title, artifact, items, how):
    """Horizontal bars; items: (label, value, keys). Whole pixels: the same bytes everywhere."""
    largest = max((abs(value) for _, value, _ in items), default=0) or 1
    negative = any(value < 0 for _, value, _ in items)
    left, width, step = 170, 300, 26
    zero, room = (left + width // 2, width // 2) if negative else (left, width)
    marks = []
    for index, (label, value, keys) in enumerate(items):
        y = index * step
        length = int(abs(value) * room / largest)
        start = zero - length if value < 0 else zero
        marks.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (left - 10, y + 17, esc(label)))
        marks.append('<rect class="bar%s" x="%d" y="%d" width="%d" height="16"/>' % (
            " neg" if value < 0 else "", start, y + 4, length))
        marks.append('<text x="%d" y="%d" data-value="%s" data-source="%s#/%s">%s</text>' % (
            left + width + 10, y + 17, lexeme(value), esc(artifact.path), "/".join(map(str, keys)),
            shown(value, how)))
    height = len(items) * step + 4
    said = "; ".join("%s %s" % (label, shown(value, how)) for label, value, _ in items)
    return ('<figure><figcaption>%s</figcaption><svg viewBox="0 0 580 %d" role="img" '
            'aria-label="%s: %s"><line class="axis" x1="%d" y1="0" x2="%d" y2="%d"/>%s</svg></figure>'
            ) % (esc(title), height, esc(title), esc(said), zero, zero, height, "".join(marks))


# --- sections ----------------------------------------------------------------------------------

def summary_section(a):
    s, u = a["summary"], a["submissions"]
    g = lambda how, name: s.number(how, "grand_totals", name)  # noqa: E731
    checked = "Every entry could be checked in every respect."
    if s.at("grand_totals", "entries_not_fully_checked"):
        checked = ("%s entries could not be checked in every respect because a cell is empty or "
                   "unreadable." % g("count", "entries_not_fully_checked"))
    return (
        '<section aria-labelledby="s1"><h2 id="s1">Executive summary</h2><dl class="kpis">'
        '<div><dt>Entries audited</dt><dd>%s<small>billed at %s</small></dd></div>'
        '<div><dt>Discrepancies found</dt><dd>%s<small>entries; %s with an error, %s only on a '
        'locked invoice</small></dd></div>'
        '<div><dt>Total dollar impact</dt><dd>%s<small>%s billed too much, %s too little</small>'
        '</dd></div>'
        '<div><dt>Correction success rate</dt><dd>%s<small>%s accepted and %s to be approved, of %s'
        '</small></dd></div></dl>%s</section>') % (
            g("count", "entries_audited"), g("money", "billed_amount_audited"),
            g("count", "discrepancy_entries"), g("count", "entries_with_errors"),
            g("count", "entries_only_on_locked_invoice"),
            g("money", "total_dollar_impact"), g("money", "overbilled_amount"),
            g("money", "underbilled_amount"),
            u.number("percent", "summary", "success_rate_percent"),
            u.number("count", "summary", "accepted"),
            u.number("count", "summary", "approval_required"),
            u.number("count", "summary", "candidates"),
            '<p class="note">The dollar impact counts wrong rates and wrong amounts, with their sign: '
            'positive was billed too much, negative too little. %s</p>' % checked)


def alerts(a):
    notes = a["summary"].at("plausibility")
    problems = sum(1 for one in a["flags"].json if one["severity"] == "problem")
    if problems:
        notes = notes + ["%d cells of the source files are empty, doubtful or repeated; see Source "
                         "files and data quality." % problems]
    if not notes:
        return ""
    return '<div class="alert" role="note"><p><strong>Before you act on this report</strong></p>%s</div>' % (
        "".join("<p>%s</p>" % esc(one) for one in notes))


def breakdown_section(a):
    s = a["summary"]
    rows = []
    for name in billing.TYPES:
        n = lambda how, field: s.number(how, "by_type", name, field)  # noqa: B023,E731
        one = s.at("by_type", name)
        rows.append(row(
            ("", code(name)), ("", esc(MEANING[name])), ("n", n("count", "count")),
            ("n", n("percent", "percent_of_flags")), ("n", n("percent", "percent_of_entries")),
            ("n", n("money", "total_dollar_impact")), ("n", n("money", "billed_amount_affected")),
            ("", ids(one["affected_invoices"])), ("", ids(one["affected_employees"]))))
    g = lambda how, name: s.number(how, "grand_totals", name)  # noqa: E731
    foot = row(("", "All types"), ("", "an entry can have several"),
               ("n", g("count", "discrepancy_flags")), ("", ""), ("", ""),
               ("n", g("money", "total_dollar_impact")), ("n", g("money", "billed_amount_affected")),
               ("", ""), ("", ""))
    charts = bars("Findings by type", s, [(name, s.at("by_type", name, "count"),
                                           ("by_type", name, "count")) for name in billing.TYPES], "count")
    charts += bars("Dollar impact by type", s, [
        (name, s.at("by_type", name, "total_dollar_impact"), ("by_type", name, "total_dollar_impact"))
        for name in billing.PRICED], "money")
    return (
        '<section aria-labelledby="s2"><h2 id="s2">Discrepancies by type</h2>'
        '<div class="charts">%s</div>%s</section>') % (charts, table(
            "Count, share and money of each type. Types without a sum of their own show the billed "
            "money they touch; the last line counts every entry once.",
            (("Type", 0), ("Meaning", 0), ("Count", 1), ("% of findings", 1), ("% of entries", 1),
             ("Dollar impact", 1), ("Billed amount touched", 1), ("Invoices", 0), ("Employees", 0)),
            "".join(rows), foot))


def status_section(a):
    s = a["summary"]
    rows = []
    for index, one in enumerate(s.at("by_invoice_status")):
        n = lambda how, field: s.number(how, "by_invoice_status", index, field)  # noqa: B023,E731
        name = one["invoice_status"]
        rows.append(row(("", code(name) if name is not None else "no such invoice, or no status"),
                        ("n", n("count", "entries")), ("n", n("money", "billed_amount")),
                        ("n", n("count", "discrepancies")), ("n", n("money", "total_dollar_impact"))))
    g = lambda how, name: s.number(how, "grand_totals", name)  # noqa: E731
    foot = row(("", "All"), ("n", g("count", "entries_audited")),
               ("n", g("money", "billed_amount_audited")), ("n", g("count", "discrepancy_entries")),
               ("n", g("money", "total_dollar_impact")))
    parts = table("Entries by the status of their invoice",
                  (("Invoice status", 0), ("Entries", 1), ("Billed amount", 1),
                   ("Entries with findings", 1), ("Dollar impact", 1)), "".join(rows), foot)
    groups = s.at("cap_groups")
    if groups:
        rows = []
        for index, one in enumerate(groups):
            n = lambda how, field: s.number(how, "cap_groups", index, field)  # noqa: B023,E731
            rows.append(row(("key", esc(one["contract_id"])), ("key", esc(one["employee_id"])),
                            ("key", esc(one["month"])), ("n", n("count", "entries")),
                            ("n", n("quantity", "total_hours")), ("n", n("quantity", "monthly_hours_cap")),
                            ("n", n("quantity", "hours_over"))))
        parts += table("Months above the hours cap",
                       (("Contract", 0), ("Employee", 0), ("Month", 0), ("Entries", 1), ("Hours", 1),
                        ("Cap", 1), ("Hours over", 1)), "".join(rows))
    else:
        parts += "<p>No month exceeds an hours cap.</p>"
    return '<section aria-labelledby="s3"><h2 id="s3">Invoices and monthly caps</h2>%s</section>' % parts


def correction_section(a):
    u, p = a["submissions"], a["policy"]
    heads = (("Candidate", 0), ("Correction", 0), ("Invoice", 0), ("Invoice status", 0), ("Reason", 0),
             ("Direction", 0), ("Amount", 1), ("Entries", 0), ("Why rejected", 0))
    bodies = []
    for name, label in OUTCOMES:
        rows = ['<tr><th scope="rowgroup" colspan="9">%s: %s, together %s</th></tr>' % (
            label, u.number("count", "summary", name), u.number("money", "summary", name + "_amount"))]
        for index, one in enumerate(u.at(name)):
            reason = one["rejection_reason"]
            rows.append(row(
                ("key", esc(one["candidate_id"])), ("key", esc(one["correction_id"] or "–")),
                ("key", esc(one["invoice_id"] or "–")), ("", esc(one["invoice_status"] or "unknown")),
                ("", code(one["reason_code"])), ("key", DIRECTIONS[one["direction"]]),
                ("n", u.number("money", name, index, "correction_amount")),
                ("", ids(ref or "(no id)" for ref in one["evidence_refs"])),
                ("", "%s: %s%s" % (code(reason), REASONS[reason], "" if one["stage"] == "submission"
                                   else "; not submitted") if reason else "")))
        bodies.append('<tbody class="group">%s</tbody>' % "".join(rows))
    return (
        '<section aria-labelledby="s4"><h2 id="s4">Correction outcomes</h2><p>One correction for each '
        'invoice and reason. The policy allows corrections up to %s; above %s a person must approve. '
        'Locked statuses: %s. The submission was simulated: nothing was sent.</p>%s</section>') % (
            p.number("money", "max_correction", "value"),
            p.number("money", "approval_threshold", "value"),
            ", ".join(map(code, p.at("locked_statuses", "value"))) or "none",
            table("What became of every correction candidate", heads, "".join(bodies)))


def detail_cell(d, index, one, field, how):
    value = one[field]
    if how == "types":
        return "", "".join(map(code, value))
    if how in ("amount", "quantity", "count"):
        return "n", d.show(value, how, index, field)
    return ("key" if how == "key" else ""), esc(value if value is not None else "–")


def printed_rows(rows):
    """Which rows go on paper: all, or of very many those with an error first."""
    order = sorted(range(len(rows)), key=lambda index: (
        rows[index]["discrepancy_types"] == ["LOCKED_INVOICE"], index))
    return set(order[:PRINTED_ROWS_MAX])


def detail_section(a):
    d = a["discrepancies"]
    printed = printed_rows(d.json)
    rows = []
    for index, one in enumerate(d.json):
        cells = [detail_cell(d, index, one, field, how) for _, field, how, _ in DETAIL]
        html = row(*cells)
        rows.append(html if index in printed else html.replace("<tr>", '<tr class="screen">', 1))
    cut = ""
    if len(printed) < len(d.json):
        cut = ('<p class="printed"><strong>On paper this table has %d of the %d entries with a finding, '
               'those with an error first. All of them are in the HTML report and in %s.</strong></p>'
               % (len(printed), len(d.json), code(d.path)))
    widths = "<colgroup>%s</colgroup>" % "".join(
        '<col style="width:%s%%">' % width for *_, width in DETAIL)
    heads = [(text, how in ("amount", "quantity", "count")) for text, _, how, _ in DETAIL]
    return ('<section class="detail" aria-labelledby="s5"><h2 id="s5">Every entry with a finding</h2>%s%s'
            '</section>') % (cut, table(
                "Row: row of the entry in the source file (its header is row 1). Amounts in dollars. "
                "Card rate: the contract's rate that equals the billed rate. A dash: cannot be computed.",
                heads, "".join(rows), extra=widths))


def sources_section(a):
    p, flags = a["profile"], a["flags"]
    rows = []
    for index, one in enumerate(p.json):
        rows.append(row(("", esc(one["path"])), ("n", p.number("count", index, "row_count")),
                        ("n", p.number("count", index, "bytes")),
                        ("", esc(", ".join(c["name"] for c in one["columns"])) or "text")))
    parts = table("What was read", (("File", 0), ("Rows", 1), ("Bytes", 1), ("Columns", 0)),
                  "".join(rows))
    counted = {}
    for one in flags.json:
        key = one["severity"], one["file"], one["column"], one["code"], one["message"]
        counted.setdefault(key, []).append(one["source_row"])
    if counted:
        rows = []
        for key in sorted(counted, key=lambda k: (k[0] == "note", k)):
            where = ", ".join(map(str, counted[key][:8])) + (", …" if len(counted[key]) > 8 else "")
            rows.append(row(("", code(key[3])), ("", esc(key[4])), ("", esc(key[1])), ("", esc(key[2])),
                            ("n", "%d" % len(counted[key])), ("", where)))
        parts += table("Flags on cells of the source files",
                       (("Flag", 0), ("Meaning", 0), ("File", 0), ("Column", 0), ("Cells", 1),
                        ("Rows", 0)), "".join(rows))
    else:
        parts += "<p>Every cell was filled and plainly of its type.</p>"
    return ('<section aria-labelledby="s6"><h2 id="s6">Source files and data quality</h2>%s</section>'
            % parts)


METHOD = (
    "A time entry belongs to the contract row with the same contract and the same employee.",
    "Its rate is the rate of that contract that equals the billed rate. If none does, the expected rate "
    "is the one of the contract that the employee's other entries under it use most; if two are used "
    "equally often, or none is, the entry is RATE_NOT_IN_CARD and no sum is computed.",
    "Overcharge = (billed rate - expected rate) × hours. Amount delta = billed amount - hours × billed "
    "rate. Products are rounded to the cent, halves away from zero.",
    "Hours are added up for each contract, employee and calendar month; every entry of a month above "
    "the cap is marked.",
    "Corrections keep their sign; the limits of the policy are compared with the amount without it.",
)


def page(a):
    sections = (("s1", "Summary"), ("s2", "By type"), ("s3", "Invoices and caps"), ("s4", "Corrections"),
                ("s5", "Every entry"), ("s6", "Sources"), ("s7", "Method"))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.css"),
              encoding="utf-8") as stream:
        css = stream.read().replace("\n", "")
    files = {one["path"]: index for index, one in enumerate(a["profile"].json)}
    entries = a["profile"].number("count", 0, "row_count") if files else ""
    return "".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Billing audit report</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        'style-src \'unsafe-inline\'"><meta name="color-scheme" content="light"><style>', css, '</style></head>\n<body>'
        '<a class="skip" href="#s1">Skip to the summary</a><header><h1>Billing audit report</h1>'
        '<p class="lead">', entries, ' time entries held against contracts, rate cards, invoices and the '
        'finance policy.</p><nav aria-label="Sections"><ul>',
        "".join('<li><a href="#%s">%s</a></li>' % one for one in sections), '</ul></nav></header>\n<main>',
        alerts(a), summary_section(a), "\n", breakdown_section(a), "\n", status_section(a), "\n",
        correction_section(a), "\n", detail_section(a), "\n", sources_section(a), "\n",
        '<section aria-labelledby="s7"><h2 id="s7">Method</h2><ul>',
        "".join("<li>%s</li>" % esc(one) for one in METHOD), "</ul></section></main>\n",
        '<footer><p>Numbers come from ',
        ", ".join(code(a[name].path) for name in (
            "profile", "discrepancies", "summary", "candidates", "submissions")),
        " and were compared with them before this page was saved.</p></footer></body></html>\n"))


# --- cross-checks ------------------------------------------------------------------------------

def expect(what, left, right):
    if left != right:
        refuse("the artifacts disagree: %s: %s and %s; the report was not written" % (what, left, right))


def total(rows, field):
    return sum((one[field] for one in rows if one[field] is not None), ZERO)


def check_artifacts(a):
    """The artifacts must tell one story before a page may tell it."""
    rows, s, u = a["discrepancies"].json, a["summary"].json, a["submissions"].json
    totals = s["grand_totals"]
    expect("entries with a finding", len(rows), totals["discrepancy_entries"])
    expect("rows of the time entries", a["profile"].at(0, "row_count"), totals["entries_audited"])
    expect("entries by invoice status", sum(one["entries"] for one in s["by_invoice_status"]),
           totals["entries_audited"])
    expect("total dollar impact", total(rows, "dollar_impact"), totals["total_dollar_impact"])
    expect("impact by type", sum(one["total_dollar_impact"] for one in s["by_type"].values()),
           totals["total_dollar_impact"])
    expect("over and under billing", totals["overbilled_amount"] + totals["underbilled_amount"],
           totals["total_dollar_impact"])
    for name in billing.TYPES:
        mine = [one for one in rows if name in one["discrepancy_types"]]
        expect("count of " + name, len(mine), s["by_type"][name]["count"])
        if name in billing.PRICED:
            expect("impact of " + name, total(mine, billing.PRICED[name]),
                   s["by_type"][name]["total_dollar_impact"])
    candidates = {one["candidate_id"]: one for one in a["candidates"].json}
    ended = [one for name, _ in OUTCOMES for one in u[name]]
    expect("corrections that ended somewhere", sorted(one["candidate_id"] for one in ended),
           sorted(candidates))
    for one in ended:
        expect("amount of " + one["candidate_id"], one["correction_amount"],
               candidates[one["candidate_id"]]["correction_amount"])
    expect("sum of corrections", total(ended, "correction_amount"), total(
        [one for one in s["by_type"].values()], "total_dollar_impact"))


NUMBER = re.compile(r'<(?:data value|text x="\d+" y="\d+" data-value)="([^"]*)" data-source="([^"#]*)'
                    r'#/([^"]*)"[^>]*>([^<]*)</')


def check_page(html, artifacts):
    """Read the finished page again: each number equals what its source says. Returns how many."""
    by_path = {esc(one.path): one.json for one in artifacts}
    count = 0
    for value, path, pointer, text in NUMBER.findall(html):
        found = by_path[path]
        for key in pointer.split("/"):
            found = found[int(key)] if isinstance(found, list) else found[key]
        plain = re.sub(r"[$,% ]", "", text)
        if Decimal(value) != found or Decimal(plain) != found:
            refuse("the page says %s where %s#/%s says %s" % (text, path, pointer, found))
        count += 1
    expect("numbers with a source", count, html.count("data-source="))
    return count


def main():
    step = Step()
    names = {"profile": "schema_profile", "policy": "policy", "flags": "validation_flags",
             "discrepancies": "discrepancies", "summary": "exception_summary",
             "candidates": "correction_candidates", "submissions": "submission_result"}
    a = {short: Artifact(step.inputs[name]) for short, name in names.items()}
    check_artifacts(a)
    html = page(a)
    count = check_page(html, a.values())
    step.write("report", html)
    print("%d numbers compared with their artifacts" % count)


if __name__ == "__main__":
    main()
