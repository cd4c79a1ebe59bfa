#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compare enriched users and the rankings page with the answer key.

    ./check.py DIR [--key answer_key.json]      DIR holds output/

Prints {"ok", "checks", "differences"}; exit 0 when ok. Quotients are compared in millionths, computed
from whole numbers.
"""
import glob
import html
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def millionths(part, whole):
    """part / whole in millionths, halves away from zero; 0 when there is no whole."""
    return (part * 2000000 + whole) // (2 * whole) if whole else 0


def read(lexeme):
    """A JSON number of at most six decimals, in millionths."""
    whole, _, fraction = str(lexeme).partition(".")
    return int(whole + fraction.ljust(6, "0")) if len(fraction) <= 6 else "too precise: %s" % lexeme


def find(folder, stem, suffix):
    found = sorted(glob.glob(os.path.join(folder, "output", stem + "*" + suffix)))
    return found[0] if found else None


def main(argv):
    path = argv[3] if len(argv) == 4 else os.path.join(HERE, "answer_key.json")
    with open(path, encoding="utf-8") as stream:
        key = json.load(stream)
    checks, differences = 0, []

    def same(what, found, wanted):
        nonlocal checks
        checks += 1
        if found != wanted:
            differences.append("%s: found %s, wanted %s" % (what, found, wanted))
    rows_path, page_path = find(argv[1], "enriched-users", ".json"), find(argv[1], "user-rankings", ".html")
    same("output/enriched-users.json is there", rows_path is not None, True)
    same("output/user-rankings.html is there", page_path is not None, True)
    scores = []
    if rows_path:
        with open(rows_path, encoding="utf-8") as stream:
            rows = json.load(stream, parse_float=str)
        same("users", [one["id"] for one in rows], [one["id"] for one in key["users"]])
        for one, want in zip(rows, key["users"]):
            name, posts, todos = want["name"], want["post_count"], want["todo_count"]
            for field in ("name", "email", "company_name", "post_count"):
                same("%s of %s" % (field, name), one[field], want[field])
            same("avg_body_length of %s" % name, read(one["avg_body_length"]),
                 millionths(want["body_characters"], posts))
            same("todo_completion_rate of %s" % name, read(one["todo_completion_rate"]),
                 millionths(want["todos_done"], todos))
            score = (millionths(4 * posts * todos + 6 * want["todos_done"], 10 * todos) if todos
                     else posts * 400000)
            same("quality_score of %s" % name, read(one["quality_score"]), score)
            scores.append((-score, want["id"], want["email"]))
    if page_path:
        with open(page_path, encoding="utf-8") as stream:
            text = stream.read()
        emails = re.findall(r"[a-z]+\.[a-z]+@example\.org", text)
        same("order of the ranking", emails, [email for *_, email in sorted(scores)])
        plain = html.unescape(re.sub("<[^>]*>", "\n", text))
        lines = {line.strip() for line in plain.splitlines()}
        for one in key["first_posts"]:
            same("post `%s` is on the page" % one, one in lines, True)
        same("posts without comments", text.count("No comments."), len(key["posts_without_comments"]))
        for label, name in (("Total users", "users"), ("Total posts fetched", "posts"),
                            ("Total comments fetched", "comments")):
            match = re.search(label + r"\s+([0-9]+)", plain)
            same(label, match and int(match[1]), key["summary"][name])
        same("comments are text, not markup", "<b>bold</b>" in text, False)
        same("scripts", "<script" in text.lower(), False)
    print(json.dumps({"ok": not differences, "checks": checks, "differences": differences[:50]}))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
