#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the test suites one after another, each with its log in build/test-logs/, and count.

usage: run.py all|fast|SUITE…      (run.py --list)
TAP lines and unittest summaries are counted; a suite that exits non-zero or ran nothing has failed.
"""
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, os.environ.get("BUILD", "build"), "test-logs")
# name, make target, in `fast`, counts tests (a house rule is one test: it holds or not), limit in seconds
SUITES = [
    ("rules", "tidy layers headers", True, False, 120),
    ("unit", "unit", True, True, 300),
    ("packs", "test-packs", True, True, 300),
    ("sql", "check-sql", True, True, 300),
    ("web", "test-web", False, True, 300),
    ("imprint", "test-imprint", True, True, 300),
    ("judge", "judge", False, True, 600),
    ("unit-asan", "unit SAN=asan", False, True, 900),
    ("sandbox", "test-sandbox", False, True, 600),
    ("runner", "test-runner", False, True, 600),
    ("api", "test-api", False, True, 600),
    ("cli", "test-cli", False, True, 600),
    ("stack", "test-stack", False, True, 900),
]
MAY_SKIP = {"judge"}  # given beside the project, not part of it
TAP = re.compile(r"^(not ok|ok)\b(.*)$", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.M)
NODE = {word: re.compile(rf"^# {word} (\d+)", re.M) for word in ("pass", "fail", "skipped")}
PROVE = re.compile(r"^Files=\d+, Tests=(\d+),", re.M)


def count(text):
    """passed, failed, skipped as the suite's own output says."""
    passed = failed = skipped = 0
    for word, rest in TAP.findall(text):
        if word == "not ok":
            failed += 1
        elif "# SKIP" in rest.upper():
            skipped += 1
        else:
            passed += 1
    if passed + failed + skipped == 0:  # quiet prove: only its closing count
        passed += sum(int(n) for n in PROVE.findall(text))
    if passed + failed + skipped == 0:  # node's runner, when it prints its summary only
        passed, failed, skipped = (sum(int(n) for n in NODE[word].findall(text)) for word in ("pass", "fail", "skipped"))
    for m in UNITTEST.finditer(text):
        n = int(m.group(1))
        tail = text[m.end():].split("\n", 4)
        summary = " ".join(tail[:4])
        bad = sum(int(x) for x in re.findall(r"(?:failures|errors)=(\d+)", summary))
        skip = sum(int(x) for x in re.findall(r"skipped=(\d+)", summary))
        passed += n - bad - skip
        failed += bad
        skipped += skip
    return passed, failed, skipped


def run_suite(name, target, counts, limit):
    path = os.path.join(LOGS, name + ".log")
    started = time.monotonic()
    with open(path, "w", encoding="utf-8") as log:
        try:
            code = subprocess.run(["make", "--no-print-directory", *target.split()], cwd=ROOT, stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=subprocess.STDOUT, timeout=limit, check=False).returncode
        except subprocess.TimeoutExpired:
            code = -1
            log.write(f"\nnot ok - the suite did not end within {limit} s\n")
    text = open(path, encoding="utf-8", errors="replace").read()
    passed, failed, skipped = count(text) if counts else (int(code == 0), int(code != 0), 0)
    if code != 0 and failed == 0:
        failed = 1
    if passed == 0 and failed == 0 and name not in MAY_SKIP and not os.environ.get("FORGE_ALLOW_SKIP"):
        failed = 1
        text += "\nno test ran: all were skipped, or there was none (FORGE_ALLOW_SKIP=1 accepts that)\n"
    state = "ok" if failed == 0 else "FAILED"
    print(f"{name:<10} {state:<7} {passed:>5} passed {failed:>3} failed {skipped:>3} skipped  {time.monotonic() - started:6.1f} s", flush=True)
    if failed:
        bad = [l for l in text.split("\n") if re.search(r"^not ok|^#|error|FAIL|Error|failed", l)]
        print("\n".join("    " + l[:220] for l in bad[-25:]) or "", flush=True)
        print("    ...\n" + "\n".join("    " + l[:220] for l in text.strip().split("\n")[-25:]))
        print(f"    whole log: {os.path.relpath(path, ROOT)}", flush=True)
    for reason in sorted(set(re.findall(r"# SKIP (.*)", text, re.I))):
        print(f"    skipped: {reason[:160]}")
    return passed, failed, skipped


def main():
    want = sys.argv[1:] or ["all"]
    if want == ["--list"]:
        print("\n".join(f"{n:<12} make {t}" for n, t, *_ in SUITES))
        return 0
    os.makedirs(LOGS, exist_ok=True)
    chosen = [s for s in SUITES if "all" in want or ("fast" in want and s[2]) or s[0] in want]
    if not chosen:
        print(f"there is no suite '{want[0]}'; run.py --list names them", file=sys.stderr)
        return 2
    total = [0, 0, 0]
    for name, target, _, counts, limit in chosen:
        for i, n in enumerate(run_suite(name, target, counts, limit)):
            total[i] += n
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
