# SPDX-License-Identifier: Apache-2.0
"""What one sandbox costs, over the socket as the runner pays it: python3 bench.py BUILD [N]."""
import subprocess
import sys

import harness as h

PHASES = ("cgroup", "mounts", "launch", "program", "reap", "collect")


def at(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    if h.os.geteuid() != 0:
        sys.exit("making sandboxes needs root")
    n = sys.argv[2] if len(sys.argv) > 2 else "200"
    cell = h.Cell()
    if not cell.start():
        sys.exit(cell.said())
    print(f"{'':24}{'p50 ms':>8}{'p99 ms':>8}   p50 by phase, µs")
    for name, argv in (("/bin/true", ("/bin/true",)), ("python3 -c pass", (h.PYTHON, "-c", "pass"))):
        out = subprocess.run(cell.command(*argv, options=("--repeat", n, "--gap-ms", "50")), capture_output=True, text=True,
                             check=True).stdout
        rows = [line.split() for line in out.splitlines()]
        if any(r[1] != "ok" for r in rows):
            sys.exit(out)
        ms = [float(r[0]) for r in rows]
        phases = "  ".join(f"{p} {at([int(r[2 + i]) for r in rows], 0.5)}" for i, p in enumerate(PHASES))
        print(f"{name:24}{at(ms, 0.5):8.2f}{at(ms, 0.99):8.2f}   {phases}")
    cell.stop()
    cell.remove()


main()
