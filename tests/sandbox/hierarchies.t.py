# SPDX-License-Identifier: Apache-2.0
"""The same machine with fewer control groups, and with delegated ones, each in a mount namespace of its own."""
import json
import os
import pathlib
import signal
import subprocess

import harness as h

h.need_root()
before = h.host_facts()
check = subprocess.run([str(h.BOX), "check"], capture_output=True, text=True, check=False).stdout
version = next((line.split()[2].rstrip(":") for line in check.splitlines() if line.split()[1:2] == ["cgroups"]), "?")
h.ok(version in ("v1", "hybrid", "v2"), f"this machine has {version}", check)
FORKS = (h.PYTHON, "-c", "import os\nwhile True: os.fork()")
MEMORY = (h.PYTHON, "-c", "b = bytearray(1 << 30)\nfor i in range(0, len(b), 4096): b[i] = 1")
SPIN = (h.PYTHON, "-c", "while True: pass")


def within(shell, *argv):
    """Run argv in a new mount namespace after a line of shell."""
    return ["/usr/bin/unshare", "-m", "/bin/sh", "-ec", shell + '\nexec "$@"', "sh", *map(str, argv)]


def box(shell, argv, *options):
    p = subprocess.run(within(shell, h.BOX, "run", *options, "--", *argv), capture_output=True, text=True, check=False)
    return json.loads(p.stdout) if p.stdout else {"error": p.stderr}


def all_limits(shell, name):
    h.same(box(shell, ("/bin/true",)).get("verdict"), "ok", f"{name}: runs")
    h.same(box(shell, FORKS, "--pids=32").get("verdict"), "pids", f"{name}: limits processes")
    h.same(box(shell, MEMORY, "--memory-mb=64").get("verdict"), "oom", f"{name}: limits memory")
    h.same(box(shell, SPIN, "--cpu-ms=300").get("verdict"), "cpu", f"{name}: limits cpu time")
    h.same(h.groups(), [], f"{name}: leaves no group")


NONE = "umount -R /sys/fs/cgroup"
r = box(NONE, ("/bin/true",))
h.ok("no control group hierarchy limits memory" in r.get("error", "") and "mount" in r["error"],
     "without control groups it refuses, and says what to do", r)
doctor = subprocess.run(within(NONE, h.BOX, "check"), capture_output=True, text=True, check=False)
h.ok("fail  cgroups" in doctor.stdout and doctor.returncode == 1, "so does check", doctor.stdout)

if version == "hybrid":
    h.ok((h.CGROUPS / "unified").exists(), "the unified hierarchy is where it usually is")
    V1 = "umount /sys/fs/cgroup/unified"
    all_limits(V1, "v1 alone")
    one = box("umount /sys/fs/cgroup/pids", ("/bin/true",))
    h.ok("limits pids" in one.get("error", ""), "one controller that is missing is named", one)
    cell = h.Cell(prefix=within(V1))
    h.ok(cell.start(), "v1 alone: forge-cell starts", cell.said())
    h.same(cell.run("/bin/true").get("verdict"), "ok", "v1 alone: it serves")
    p = cell.spawn("/usr/bin/sleep", "3600", options=("--cancel",))
    cell.stop(signal.SIGKILL)
    p.wait(h.DEADLINE_S)
    p.stdin.close()
    p.stdout.close()
    left = subprocess.Popen(["/usr/bin/sleep", "3600"])
    for top in h.CGROUPS.glob("*/forge"):
        if top.parent.name != "unified":
            d = pathlib.Path(top, cell.instance(), "left")
            d.mkdir(parents=True, exist_ok=True)
            (d / "cgroup.procs").write_text(str(left.pid), encoding="ascii")
    h.ok(cell.start(), "v1 alone: the next start works", cell.said())
    h.same(left.wait(h.DEADLINE_S), -signal.SIGKILL, "v1 alone: and has killed what the dead one left")
    h.same(cell.groups(), [], "v1 alone: and removed its groups")
    h.same(cell.stop(), 0, "v1 alone: stops")
    h.same(h.groups(), [], "v1 alone: leaves no group")
    cell.remove()
else:
    h.skip("v1 alone", f"this machine has {version}")

if version == "v2":
    # As under systemd with Delegate=yes: a group of our own, with processes in it, marked by its manager.
    unit = h.CGROUPS / "forge-test.service"
    (h.CGROUPS / "cgroup.subtree_control").write_text("+memory +pids +cpu", encoding="ascii")
    unit.mkdir()
    os.setxattr(unit, "trusted.delegate", b"1")
    JOIN = f"echo $$ > {unit}/cgroup.procs"
    all_limits(JOIN, "delegated group")
    NAMESPACE = JOIN + "\nexec unshare -C sh -c 'mount -t cgroup2 none /sys/fs/cgroup; exec \"$@\"' sh \"$@\""
    all_limits(NAMESPACE, "cgroup namespace")
    h.same(sorted(p.name for p in unit.iterdir() if p.is_dir()), [], "the delegated group is as it was")
    h.same((unit / "cgroup.subtree_control").read_text(encoding="ascii").strip(), "", "with no controller enabled below")
    unit.rmdir()
else:
    h.skip("delegated v2", f"this machine has {version}")

h.same(h.host_facts(), before, "the host is as it was")
h.done()
