# SPDX-License-Identifier: Apache-2.0
"""What the sandbox's tests share: TAP, running a command in a sandbox, a forge-cell of their own.

A test file is run as `python3 -B x.t.py BUILD`, as root, and prints TAP. Nothing here sleeps: an end is
waited for on a descriptor (pipe, pidfd) with a deadline that only a failure reaches.
"""
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
BOX = BUILD / "test" / "sandbox-box"
CLIENT = BUILD / "test" / "sandbox-client"
CELL = BUILD / "bin" / "forge-cell"
PYTHON = "/usr/bin/python3"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
DEADLINE_S = 30

_count = 0
_failed = 0


def ok(holds, name, *said):
    """One line of TAP; `said` are the facts to show when it fails."""
    global _count, _failed
    _count += 1
    print(f"{'ok' if holds else 'not ok'} {_count} - {name}", flush=True)
    if not holds:
        _failed += 1
        for s in said:
            for line in str(s).splitlines()[:40]:
                print(f"# {line}", flush=True)
    return holds


def same(got, want, name):
    return ok(got == want, name, f"got  {got!r}", f"want {want!r}")


def skip(name, why):
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {why}", flush=True)


def done():
    print(f"1..{_count}", flush=True)
    sys.exit(1 if _failed else 0)


def need_root():
    if os.geteuid() != 0:
        print("1..0 # SKIP making sandboxes needs root: sudo make test-sandbox")
        sys.exit(0)


# --- a sandbox without a daemon -------------------------------------------------------------------


def box(*argv, options=(), pass_fds=(), env=None):
    """Run argv in a sandbox of this process's own. Returns the report, or {'error': …}."""
    p = subprocess.run(
        [str(BOX), "run", *map(str, options), "--", *map(str, argv)],
        capture_output=True, pass_fds=pass_fds, env=env, timeout=DEADLINE_S * 4, check=False)
    if not p.stdout:
        return {"error": p.stderr.decode(errors="replace"), "rc": p.returncode}
    return json.loads(p.stdout)


def python(code, options=(), **kw):
    """Run Python code in a sandbox."""
    return box(PYTHON, "-I", "-B", "-c", code, options=options, **kw)


# --- what is left on the host ---------------------------------------------------------------------


def groups():
    """Control groups that nobody can be using: of commands that are over, and (see Cell.groups) of cells that
    are stopped. Other stacks of this machine, and their attempts, are none of our business."""
    found = []
    for top in sorted(CGROUPS.glob("*/forge")) + sorted(CGROUPS.glob("forge")):
        for d, _, _ in os.walk(top):
            path = pathlib.Path(d).relative_to(CGROUPS)
            instance = next((p for p in path.parts if p.startswith("cli-") or p in Cell.instances), None)
            if instance and not os.path.exists(f"/proc/{instance.removeprefix('cli-')}"):
                found.append(str(path))
    return sorted(found)


def sandbox_pids(first=0x40000000):
    """Processes with a uid of the sandbox's range that are not in another stack's control group. Dead ones that
    wait for the host's pid 1 to notice are dead."""
    pids = []
    for p in os.listdir("/proc"):
        try:
            if not p.isdigit() or os.stat(f"/proc/{p}").st_uid < first:
                continue
            with open(f"/proc/{p}/cgroup", encoding="utf-8") as f:
                text = f.read()
            with open(f"/proc/{p}/stat", encoding="utf-8") as f:
                if f.read().rpartition(")")[2].split()[0] in "ZX":
                    continue
        except OSError:
            continue
        instance = text.partition("/forge/")[2].partition("/")[0]
        alive = instance.startswith("cli-") and os.path.exists(f"/proc/{instance[4:]}")
        if not instance or instance in Cell.instances or (instance.startswith("cli-") and not alive):
            pids.append(int(p))
    return pids


def host_facts():
    """What no test may change on the host."""
    st = os.stat("/dev/null")
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as f:
        core = f.read()
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        mounts = sorted(line.split(" ", 5)[4] for line in f)
    return {
        "null": (st.st_uid, st.st_gid, oct(st.st_mode), st.st_rdev),
        "core_pattern": core,
        "mounts": mounts,
        "hostname": os.uname().nodename,
        "usr": os.stat("/usr").st_mtime_ns,
        "passwd": os.stat("/etc/passwd").st_mtime_ns,
    }


# --- a daemon of our own --------------------------------------------------------------------------


class Cell:
    """A forge-cell with a var folder of its own. start() returns when it says that it is ready."""

    instances = set()

    def __init__(self, var=None, prefix=(), **env):
        self.var = pathlib.Path(var or tempfile.mkdtemp(prefix="forge-cell-test-"))
        (self.var / "run").mkdir(exist_ok=True)
        self.socket = self.var / "run" / "cell.sock"
        self.prefix = list(prefix)
        self.env = env
        self.process = None
        self.log = None
        Cell.instances.add(self.instance())

    def start(self):
        r, w = os.pipe()
        self.log = open(self.var / "log", "ab")
        self.process = subprocess.Popen(
            [*self.prefix, str(CELL)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            pass_fds=(w,),
            env={"FORGE_VAR": str(self.var), "FORGE_NOTIFY_FD": str(w), "PATH": "/usr/bin:/bin",
                 **self.env})
        os.close(w)
        ready, _, _ = select.select([r], [], [], DEADLINE_S)
        said = os.read(r, 1) if ready else b""
        os.close(r)
        return said == b"\n"

    def said(self):
        return (self.var / "log").read_text(encoding="utf-8", errors="replace")

    def command(self, *argv, options=()):
        return [str(CLIENT), str(self.socket), *map(str, options), "--", *map(str, argv)]

    def run(self, *argv, options=()):
        p = subprocess.run(self.command(*argv, options=options), capture_output=True,
                           timeout=DEADLINE_S * 4, check=False)
        return json.loads(p.stdout) if p.stdout else {"error": p.stderr.decode(errors="replace")}

    def spawn(self, *argv, options=()):
        """Start an attempt and return when its program runs: it writes a line to a file we watch."""
        return subprocess.Popen(self.command(*argv, options=options), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    def supervisors(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="utf-8") as f:
            return [int(p) for p in f.read().split()]

    def instance(self):
        st = os.stat(self.var)
        return f"{st.st_dev:x}-{st.st_ino:x}"

    def groups(self):
        """Attempts' groups of this instance, running or not."""
        return [g for g in groups() if f"/{self.instance()}/" in g]

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        rc = self.process.wait(timeout=DEADLINE_S)
        self.log.close()
        return rc

    def remove(self):
        shutil.rmtree(self.var)


def wait_dead(pids, seconds=DEADLINE_S):
    """Wait for the ends of processes (which need not be children). True when all ended in time."""
    for pid in pids:
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ready, _, _ = select.select([fd], [], [], seconds)
        os.close(fd)
        if not ready:
            return False
    return True


def read_line(fd, seconds=DEADLINE_S):
    """One line from a pipe, or b'' after the deadline."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([fd], [], [], seconds)
        if not ready:
            return b""
        c = os.read(fd, 1)
        if not c:
            return line
        line += c
    return line


libc = ctypes.CDLL(None, use_errno=True)
