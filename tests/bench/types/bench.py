#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What profiling a CSV file costs.

Speed: `forgectl profile --json` (types, readings, exact distinct counts and keys over all rows), csvkit's `csvstat` and
Miller's `summary` on the same generated file, in turns; the ratios are taken pair by pair and their median is printed.
Memory: `forgectl profile` on large files of three shapes; the peak of the whole process must stay below 64 MB.
Exit 1 when it does not.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

BOUND = 64 * 1000 * 1000
BLOCK = 20000


def write(path, header, line, size):
    """A file of at least `size` bytes; kept between runs."""
    if os.path.exists(path) and os.path.getsize(path) >= size:
        return
    with open(path + ".new", "w", encoding="ascii") as out:
        out.write(header + "\n")
        done, row = 0, 0
        while done < size:
            text = "".join(line(row + k) for k in range(BLOCK))
            row += BLOCK
            done += len(text)
            out.write(text)
    os.rename(path + ".new", path)


def entry(i):
    status = ("open", "closed", "pending", "paid")[i & 3]
    hours, rate = i % 97 / 4, 100 + i % 7 * 12.5
    return f"TE-{i:08d},C{i * 7919 % 5003},{status},2026-{i % 12 + 1:02d}-{i % 28 + 1:02d},{hours},{rate:.2f},{hours * rate:.2f},note {i % 1000} for it\n"


def wide(i):
    return ",".join(str(i * (k + 3) % (1000 + k * 500)) for k in range(60)) + "\n"


def unique(i):
    return f"A{i:09d},{i * 3 + 1},x{i * 7:012d},{i / 7:.6f},u-{i ^ 0x5555:09d}-z\n"


SHAPES = {
    "narrow": ("id,v", lambda i: f"{i},{i % 10}\n"),
    "wide": (",".join(f"c{k}" for k in range(60)), wide),
    "unique": ("a,b,c,d,e", unique),
}


def run(argv, timeout=1800):
    """Seconds (user and system, wall), peak bytes, standard output."""
    started = time.monotonic()
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        child.returncode = 0
        child.stdout.close()
    if time.monotonic() - started > timeout:
        sys.exit(f"{argv[0]} took longer than {timeout} s")
    if status != 0:
        sys.exit(f"{' '.join(argv)}: exit status {status}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss * 1024, text


def speed(forgectl, path, rounds):
    peers = {"forgectl profile": [forgectl, "profile", path, "--json"]}
    if shutil.which("mlr"):
        peers["mlr summary"] = ["mlr", "--icsv", "--ojson", "summary", path]
    if shutil.which("csvstat"):
        peers["csvstat"] = ["csvstat", "--json", path] if "--json" in subprocess.run(
            ["csvstat", "--help"], capture_output=True, text=True, check=False).stdout else ["csvstat", path]
    taken = {name: [] for name in peers}
    for turn in range(rounds):
        for name, argv in peers.items():
            if name == "csvstat" and turn > 0:
                continue  # minutes a run
            taken[name].append(run(argv))
    megabytes = os.path.getsize(path) / 1e6
    ours = taken["forgectl profile"]
    print(f"# {megabytes:.0f} MB, {json.loads(ours[0][3])['rows']} rows, {json.loads(ours[0][3])['grain']}; median of {rounds} (csvstat: 1)")
    for name, runs in taken.items():
        cpu = statistics.median(r[0] for r in runs)
        wall = statistics.median(r[1] for r in runs)
        ratio = statistics.median(theirs[0] / mine[0] for theirs, mine in zip(runs, ours))
        print(f"{name:<18} {megabytes / wall:8.1f} MB/s wall {megabytes / cpu:8.1f} MB/s cpu {max(r[2] for r in runs) / 1e6:8.1f} MB peak   cpu {ratio:6.2f} x ours")


def memory(forgectl, work, size):
    worst = 0
    for shape, (header, line) in SHAPES.items():
        path = os.path.join(work, f"{shape}.csv")
        write(path, header, line, size)
        cpu, wall, peak, text = run([forgectl, "profile", path, "--json"])
        said = json.loads(text)
        print(f"{shape:<8} {os.path.getsize(path) / 1e6:6.0f} MB {said['rows']:>10} rows {wall:7.1f} s wall {cpu:7.1f} s cpu {peak / 1e6:6.1f} MB peak   "
              f"keys {len(said['candidate_keys'])}, undecided {len(said['undecided_keys'])}: {said['grain']}")
        os.unlink(path)
        worst = max(worst, peak)
    print(f"{'ok' if worst < BOUND else 'not ok'} - the largest peak is {worst / 1e6:.1f} MB, the bound {BOUND / 1e6:.0f} MB")
    return worst < BOUND


def relations(forgectl, work):
    """Ten million rows on the side of the key, and half as many that refer to it."""
    big, small = os.path.join(work, "accounts.csv"), os.path.join(work, "payments.csv")
    write(big, "account_id", lambda i: f"AC{i * 7:09d}\n" if i < 10_000_000 else "", 10_000_000 * 12)
    write(small, "n,account_id", lambda i: f"{i},AC{i * 13 % 10_000_000 * 7:09d}\n", 100_000_000)
    cpu, wall, peak, text = run([forgectl, "relations", big, small, "--json"])
    found = json.loads(text)["relations"]
    for one in found:
        print(f"relations {one['from'].rsplit('/', 1)[1]} -> {one['to'].rsplit('/', 1)[1]}: {one['matched']} of {one['rows']}, exact {one['exact']}; "
              f"{wall:.1f} s wall {cpu:.1f} s cpu {peak / 1e6:.1f} MB peak")
    os.unlink(big)
    os.unlink(small)
    return bool(found) and peak < BOUND


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--forgectl", required=True)
    options.add_argument("--work", required=True)
    options.add_argument("--mb", type=int, default=100)
    options.add_argument("--big-mb", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    os.makedirs(given.work, exist_ok=True)
    path = os.path.join(given.work, "entries.csv")
    write(path, "id,customer_id,status,work_date,hours,rate,amount,note", entry, given.mb * 1_000_000)
    speed(given.forgectl, path, given.rounds)
    os.unlink(path)
    good = memory(given.forgectl, given.work, given.big_mb * 1_000_000) if given.big_mb else True
    return 0 if relations(given.forgectl, given.work) and good else 1


if __name__ == "__main__":
    sys.exit(main())
