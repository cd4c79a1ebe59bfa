# SPDX-License-Identifier: Apache-2.0
"""Step 3: measures of each user: posts, length of their bodies, finished todos, quality score.

quality_score = 0.4 × post_count + 0.6 × todo_completion_rate. Everything is computed from whole numbers
and rounded once, at the end, to six decimals (halves away from zero). A user without posts has an
average length of 0, one without todos a completion rate of 0.
"""
import os
import sys
from decimal import ROUND_HALF_UP, Decimal

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step, plain  # noqa: E402

PLACES = Decimal("0.000001")


def ratio(part, whole):
    """part / whole to six decimals, exactly rounded; 0 when there is no whole."""
    if not whole:
        return Decimal(0)
    return plain((Decimal(part) / whole).quantize(PLACES, ROUND_HALF_UP))


def enriched(user):
    posts, todos = user["posts"], user["todos"]
    done = sum(1 for one in todos if one.get("completed") is True)
    company = user.get("company")
    return {
        "id": user["id"], "name": user.get("name"), "email": user.get("email"),
        "company_name": company.get("name") if isinstance(company, dict) else None,
        "post_count": len(posts),
        "avg_body_length": ratio(sum(len(str(one.get("body") or "")) for one in posts), len(posts)),
        "todo_completion_rate": ratio(done, len(todos)),
        # (4 × posts + 6 × done / todos) / 10 over one denominator
        "quality_score": ratio(4 * len(posts) * max(len(todos), 1) + 6 * done, 10 * max(len(todos), 1)),
    }


def main():
    step = Step()
    users = step.inputs["related"].json()["users"]
    step.write_rows("enriched_users", [enriched(one) for one in users])


if __name__ == "__main__":
    main()
