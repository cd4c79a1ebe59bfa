# SPDX-License-Identifier: Apache-2.0
"""The three settings of a finance policy, read from prose, lists or tables.

A setting is first looked for by its name ("max_correction = 100", "Maximum correction: $100.00", a row
of a table, a heading with the value below), then by a sentence that says it ("corrections over $100
must not be submitted"). A setting that is missing, or found with two different values, is refused: a
limit is never guessed.
"""
import re
from decimal import Decimal

from forge_step import at_least_cents, refuse

SIGN = r"(?:us\$|usd|[$€£])"
AMOUNT = (r"(?P<minus>[-\u2212])?\s*(?P<sign>%s)?\s*(?P<value>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
          r"|[0-9]+(?:\.[0-9]+)?)(?![\w%%]|[.,\-/][0-9])(?P<after>\s*(?:usd|dollars?|euros?)\b)?"
          % SIGN)
# The value stands directly behind the name: "= 100", ": $100.00", "| 100 |", "(USD) is 100".
DIRECT = re.compile(r"[\s`*\"']*(?:\([^)]*\))?[\s`*\"']*(?:[|:=]|is set (?:to|at)|is|are|of|to|at)?"
                    r"[\s`*\"']*" + AMOUNT, re.I)
ANYWHERE = re.compile(r"(?<![\w.,\-/])" + AMOUNT, re.I)
OVER = r"(?:over|above|exceed(?:s|ing)?|more than|greater than|larger than|beyond|>)"
REFUSED = (r"(?:\bnot\b.{0,30}(?:submit|correct|allow|accept|permit)|\bnever\b|reject|refus"
           r"|prohibit|forbidden)")
BETWEEN = r"(?:(?!" + OVER + r").){0,80}?"
NAMES = {
    "max_correction": r"max(?:imum)?(?: (?:single|allowed|permitted|individual))* correction"
                      r"(?: (?:amount|value|limit|size))*|correction (?:limit|maximum|max|ceiling)"
                      r"(?: amount)?|largest(?: allowed)? correction",
    "approval_threshold": r"approvals? (?:threshold|limit)(?: amount)?|threshold for approvals?"
                          r"|approvals? (?:is |are )?required " + OVER,
    "locked_statuses": r"locked (?:invoice )?status(?:es)?|locked invoices? status(?:es)?"
                       r"|invoice status(?:es)? (?:that are|considered|treated as) locked",
}
SENTENCES = {
    "max_correction": (OVER + r"(?P<at>)" + BETWEEN + REFUSED,
                       REFUSED + BETWEEN + OVER + r"(?P<at>)"),
    "approval_threshold": (r"between(?P<at>).{0,40}\band\b" + BETWEEN + r"approv",
                           OVER + r"(?P<at>)" + BETWEEN + r"approv",
                           r"approv" + BETWEEN + OVER + r"(?P<at>)",
                           r"approv" + BETWEEN + r"between(?P<at>)"),
}
LOCK_WORD = re.compile(r"\b(?:[a-z0-9]+[_-])+lock(?:ed)?\b|\block(?:ed)?(?:[_-][a-z0-9]+)+\b"
                       r"|\bstatus(?:es)?\W{0,3}(?:of|is|=|:)?\W{0,3}(locked)\b", re.I)
STATUS = r"(?:`([^`]+)`|\"([^\"]+)\"|'([^']+)'|\*\*([^*]+)\*\*|([A-Za-z0-9][\w\-]*))"
BULLET = re.compile(r"\s*(?:[-*+]|[0-9]+[.)])\s+(.*)")
EXAMPLE = {"max_correction": "max_correction = 100", "approval_threshold": "approval_threshold = 25",
           "locked_statuses": 'locked_statuses = ["paid_locked"]'}


def amount(match):
    value = Decimal(match["value"].replace(",", ""))
    return -value if match["minus"] else value


def amount_after(text):
    """A sum directly behind a name, or the first that carries a currency; None if there is none."""
    match = DIRECT.match(text)
    if match:
        return amount(match)
    for match in ANYWHERE.finditer(text):
        if match["sign"] or match["after"]:
            return amount(match)
    return None


def statuses_after(text):
    """The statuses listed directly behind a name: a JSON list, or words with commas between."""
    text = re.sub(r"^`?[\s*|:=]*(?:(?:is|are)\b\s*:?\s*)?", "", re.sub(r"\([^)]*\)", " ", text))
    if text.startswith("["):
        return tuple(w.strip(" \"'`") for w in text[1:].partition("]")[0].split(",") if w.strip())
    match = re.match(r"(?:%s)`?(?:(?:\s*[,|]\s*(?:and |or )?|\s+(?:and|or)\s+)%s)*(?=\s*(?:$|[.;|:(`]))"
                     % (STATUS, STATUS), text)
    if not match:
        return None
    words = [next(filter(None, groups)) for groups in re.findall(STATUS, match[0])]
    return tuple(word.strip() for word in words if word.lower() not in ("and", "or"))


def value_behind(name, lines, index, end):
    """The value of the setting whose name ends at column end of lines[index]; None if none."""
    line, rest = lines[index], lines[index][end:]
    read = statuses_after if name == "locked_statuses" else amount_after
    value = read(rest)
    if value is not None or rest.strip(" `*_:=") and not line.lstrip().startswith("#"):
        return value
    below = [one for one in lines[index + 1:] if one.strip()][:1]
    if name == "locked_statuses" and below and BULLET.match(below[0]):
        return bullets(lines, index + 1)
    return read(below[0]) if below and (name == "locked_statuses" or DIRECT.match(below[0])) else None


def bullets(lines, index):
    """The first status of each item of the list at or below lines[index]."""
    words = []
    for line in lines[index:]:
        item = BULLET.match(line)
        if item:
            match = re.match(STATUS, item[1])
            words += [next(filter(None, match.groups()))] if match else []
        elif line.strip() or words:
            break
    return tuple(words) or None


def by_name(name, lines):
    """[(value, line)] of the lines that name the setting."""
    found = []
    pattern = re.compile(r"\b(?:%s)\b" % NAMES[name].replace(" ", r"\s+"))
    for index, line in enumerate(lines):
        # Same length, same places: marks of emphasis blank, '_' and '-' as spaces.
        match = pattern.search(re.sub(r"[`*_\-]", " ", line).lower())
        value = value_behind(name, lines, index, match.end()) if match else None
        if value is not None:
            found.append((value, index + 1))
    return found


def by_sentence(name, lines):
    """[(value, line)] of the sentences that say the setting without naming it."""
    found = []
    for index, line in enumerate(lines):
        for sentence in re.split(r"[.;](?=\s|$)", re.sub(r"[`*]", " ", line)):
            if name == "locked_statuses":
                words = tuple(dict.fromkeys(m[1] or m[0] for m in LOCK_WORD.finditer(sentence)
                                            if m[1] or "status" not in m[0].lower()))
                found += [(words, index + 1)] if words else []
                continue
            for pattern in SENTENCES[name]:
                for match in re.finditer(pattern, sentence, re.I):
                    value = ANYWHERE.search(sentence, match.start("at"))
                    found += [(amount(value), index + 1)] if value else []
    return found


def read_policy(text, file):
    """setting -> {"value", "line"}; refuses a policy that does not say all three."""
    lines = text.splitlines()
    policy, missing = {}, []
    for name in NAMES:
        found = by_name(name, lines) or by_sentence(name, lines)
        if not found:
            missing.append(name)
            continue
        value, row = found[0]
        for other, other_row in found[1:]:
            if other != value:
                refuse("%s has two values: line %d says %s, line %d says %s; write `%s` once" % (
                    name, row, show(value), other_row, show(other), EXAMPLE[name]), file, other_row)
        if name != "locked_statuses" and value < 0:
            refuse("%s is negative; limits are compared with amounts without their sign" % name,
                   file, row)
        policy[name] = {"value": list(value) if name == "locked_statuses" else at_least_cents(value),
                        "line": row}
    if missing:
        refuse("the finance policy does not say %s: add the line `%s`" % (
            " and ".join(missing), "`, `".join(EXAMPLE[name] for name in missing)), file)
    if policy["approval_threshold"]["value"] > policy["max_correction"]["value"]:
        refuse("approval_threshold is above max_correction: nothing could ever need approval",
               file, policy["approval_threshold"]["line"])
    return policy


def show(value):
    return ", ".join(value) if isinstance(value, tuple) else str(value)
