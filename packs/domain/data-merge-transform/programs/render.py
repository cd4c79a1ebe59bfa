# SPDX-License-Identifier: Apache-2.0
"""Step 4: one HTML page: users by quality score, the first posts with their comments, a summary.

No scripts, no outside resources; every number says where it comes from (data-source = path of the
artifact, '#', JSON pointer).
"""
import os
import sys
from decimal import ROUND_HALF_UP, Decimal

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step, plain, refuse  # noqa: E402

BODY_CHARS_MAX = 100
ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;"}
ESCAPES.update({code: "\ufffd" for code in list(range(0x20)) + list(range(0x7f, 0xa0))
                if code not in (9, 10)})
CSS = (
    ':root{color-scheme:light}*{box-sizing:border-box}html{font:15px/1.5 Inter,"Liberation Sans",'
    '"DejaVu Sans",Arial,sans-serif;color:#15181d;background:#eef1f5}body{margin:0 auto;max-width:72rem;'
    'background:#fff;padding:2rem clamp(1rem,3vw,3rem) 3rem}h1,h2{font-family:Georgia,"DejaVu Serif",serif;'
    'line-height:1.25;margin:0}h1{font-size:2rem}h2{font-size:1.35rem;margin:2.4rem 0 .5rem}'
    '.lead,caption{color:#565f6b}.scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid #2450b8}'
    'table{border-collapse:collapse;width:100%;min-width:44rem;font-size:.9rem;'
    'font-variant-numeric:tabular-nums}caption{text-align:left;padding:.2rem 0 .5rem}'
    'th,td{padding:.45rem .6rem;border-bottom:1px solid #d9dee5;text-align:left;vertical-align:top;'
    'overflow-wrap:anywhere;unicode-bidi:isolate}thead th{border-bottom:2px solid #868f9c}'
    'tbody tr:nth-child(even){background:#f3f5f8}.n{text-align:right;white-space:nowrap}'
    'ul{margin:0;padding-left:1.1rem}li+li{margin-top:.35rem}.none{color:#565f6b}'
    'dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.8rem}'
    'dl div{border:1px solid #d9dee5;border-radius:8px;padding:.8rem 1rem}dt{color:#565f6b;font-size:.9rem}'
    'dd{margin:0;font-size:1.6rem;font-weight:650;font-variant-numeric:tabular-nums}'
    '@page{size:A4 landscape;margin:12mm}@media print{html{background:#fff;font-size:9pt}body{max-width:none;'
    'padding:0}.scroll{overflow:visible}thead{display:table-header-group}tr{break-inside:avoid}'
    'tbody tr{print-color-adjust:exact}}')


def esc(text):
    return str("" if text is None else text).translate(ESCAPES)


def number(value, text, path, pointer):
    return '<data value="%s" data-source="%s#/%s">%s</data>' % (
        format(value, "f") if isinstance(value, Decimal) else value, esc(path), pointer, text)


def rounded(value, places):
    return plain(Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def shortened(text):
    text = str(text or "")
    return text if len(text) <= BODY_CHARS_MAX else text[:BODY_CHARS_MAX].rstrip() + "…"


def table(label, caption, heads, rows):
    return ('<div class="scroll" tabindex="0" role="region" aria-label="%s"><table><caption>%s</caption>'
            '<thead><tr>%s</tr></thead><tbody>%s</tbody></table></div>') % (
                label, caption, "".join('<th scope="col"%s>%s</th>' % (' class="n"' if n else "", text)
                                        for text, n in heads), "".join(rows))


def ranking(users, path):
    """Best score first; users with the same score in the order of their ids."""
    order = sorted(range(len(users)), key=lambda index: (
        -users[index]["quality_score"], str(users[index]["id"]).zfill(20)))
    rows = []
    for rank, index in enumerate(order, 1):
        one = users[index]
        rate = rounded(one["todo_completion_rate"] * 100, 1)
        rows.append(
            '<tr><td class="n">%d</td><th scope="row">%s</th><td>%s</td><td class="n">%s</td>'
            '<td class="n">%s</td><td class="n">%s</td></tr>' % (
                rank, esc(one["name"]), esc(one["email"]),
                number(one["post_count"], one["post_count"], path, "%d/post_count" % index),
                number(one["todo_completion_rate"], "%s%%" % rate, path,
                       "%d/todo_completion_rate" % index),
                number(one["quality_score"], format(Decimal(one["quality_score"]).quantize(
                    Decimal("0.001"), ROUND_HALF_UP), "f"), path, "%d/quality_score" % index)))
    return rows


def post_row(post):
    comments = post["comments"]
    said = '<span class="none">No comments.</span>'
    if comments:
        said = "<ul>%s</ul>" % "".join(
            "<li><strong>%s</strong>: %s</li>" % (esc(one.get("name")), esc(one.get("body")))
            for one in comments)
    return '<tr><th scope="row">%s</th><td>%s</td><td>%s</td></tr>' % (
        esc(post.get("title")), esc(shortened(post.get("body"))), said)


def page(related, users, path, related_path):
    counts = related["counts"]
    average = (sum(Decimal(one["quality_score"]) for one in users) / len(users)) if users else Decimal(0)
    facts = (("Total users", number(counts["users"], counts["users"], related_path, "counts/users")),
             ("Total posts fetched", number(counts["posts"], counts["posts"], related_path,
                                            "counts/posts")),
             ("Total comments fetched", number(counts["comments"], counts["comments"], related_path,
                                               "counts/comments")),
             ("Average quality score", format(average.quantize(Decimal("0.001"), ROUND_HALF_UP), "f")))
    return "".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>User rankings</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        '\'unsafe-inline\'"><style>', CSS, '</style></head>\n<body><header><h1>User rankings</h1>'
        '<p class="lead">Users by quality score: 0.4 × posts + 0.6 × share of finished todos.</p></header>\n'
        '<main><section aria-labelledby="s1"><h2 id="s1">User Rankings</h2>',
        table("User rankings", "All users, best score first",
              (("Rank", 1), ("Name", 0), ("Email", 0), ("Posts", 1), ("Completion rate", 1),
               ("Quality score", 1)), ranking(users, path)),
        '</section>\n<section aria-labelledby="s2"><h2 id="s2">Posts with Comments</h2>',
        table("Posts with comments", "The first %d posts" % len(related["first_posts"]),
              (("Title", 0), ("Body", 0), ("Comments", 0)),
              [post_row(one) for one in related["first_posts"]]),
        '</section>\n<section aria-labelledby="s3"><h2 id="s3">Summary Statistics</h2><dl>',
        "".join("<div><dt>%s</dt><dd>%s</dd></div>" % one for one in facts),
        "</dl></section></main></body></html>\n"))


def main():
    step = Step()
    related, users = step.inputs["related"].json(), step.inputs["enriched_users"].json()
    if [one["id"] for one in users] != [one["id"] for one in related["users"]]:
        refuse("the artifacts disagree about which users there are; the page was not written")
    step.write("page", page(related, users, step.inputs["enriched_users"].source_path,
                            step.inputs["related"].source_path))


if __name__ == "__main__":
    main()
