# SPDX-License-Identifier: Apache-2.0
"""forge-cell: who may ask, several at a time, cancel, and what is left when anything is killed."""
import array
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess

import harness as h

h.need_root()
before = h.host_facts()
REFUSED = "closed the connection"
# A program that tells when it runs: it connects nowhere, it writes; the client shows nothing until the end, so we look at
# the supervisors and their children instead.
SLEEP = ("/usr/bin/sleep", "3600")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as f:
            return [int(k) for k in f.read().split()]
    except FileNotFoundError:
        return []


def supervisors_at_work(cell):
    """One that has answered has no child any more, and is about to end."""
    return [s for s in cell.supervisors() if children(s)]


def program_pids(cell):
    """init and program of every running attempt: the children below the supervisors."""
    pids = []
    todo = cell.supervisors()
    while todo:
        kids = children(todo.pop())
        pids += kids
        todo += kids
    return pids


def start_attempts(cell, n):
    """n sleeping attempts; returns their clients once every program runs (STARTED is on the wire)."""
    clients = []
    for _ in range(n):
        s = Wire(cell.socket)
        s.request(SLEEP)
        kind, _ = s.read()
        h.ok(kind == 3, "an attempt has started", kind)
        clients.append(s)
    return clients


class Wire:
    """The protocol by hand, for what the library would not do."""
    LIMITS = struct.Struct("=11Q")
    HEAD = struct.Struct("=IHH")

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.settimeout(h.DEADLINE_S)
        self.s.connect(str(path))

    def request(self, argv, limits=(0,) * 11, n_files=0, label=b"wire", n_argv=None, tail=b""):
        text = b"".join(a.encode() + b"\0" for a in argv) + tail
        self.s.send(self.HEAD.pack(0x6c6c6563, 1, 1) + label.ljust(64, b"\0") + self.LIMITS.pack(*limits) +
                    struct.pack("=IIII", len(argv) if n_argv is None else n_argv, len(text), n_files, 0) + text)

    def files(self, items):
        body = self.HEAD.pack(0x6c6c6563, 1, 2) + struct.pack("=II", len(items), 0)
        for path, _ in items:
            body += path.encode().ljust(512, b"\0")
        self.s.sendmsg([body], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd for _, fd in items]))])

    def read(self):
        """(type, bytes); (0, b'') at the end of the connection."""
        try:
            data, _, _, _ = socket.socket.recvmsg(self.s, 1 << 17, 4096)
        except ConnectionResetError:
            return 0, b""
        if not data:
            return 0, b""
        return self.HEAD.unpack_from(data)[2], data

    def error(self):
        kind, data = self.read()
        return data[16:].split(b"\0")[0].decode() if kind == 6 else (kind, data[:80])

    def close(self):
        self.s.close()


cell = h.Cell()
h.ok(cell.start(), "forge-cell starts, runs its canary and says that it is ready", cell.said())
h.ok('"canary":"ok"' in cell.said(), "and logs the canary", cell.said())
r = cell.run("/bin/true")
h.same(r.get("verdict"), "ok", "an attempt over the socket")
with open(h.HERE / "harness.py", "rb") as f:
    r = cell.run("/usr/bin/sha256sum", "/workspace/input/x", options=("--file", f"{f.name}:/workspace/input/x"))
h.ok(len(r.get("stdout", "")) > 64, "with a file", r)
r = cell.run(h.PYTHON, "-c", "for i in range(200): open(f'/workspace/output/{i:03}', 'w').write('x' * i)")
h.same([(o["path"], o["bytes"]) for o in r["outputs"]], [(f"{i:03}", i) for i in range(200)], "with 200 outputs, sorted")
h.same(cell.groups(), [], "no group is left after them")

# Several at a time: two sleep for ever while others come and go.
sleepers = start_attempts(cell, 2)
h.same(cell.run("/bin/true").get("verdict"), "ok", "while two attempts run, a third does")
bomb = cell.run(h.PYTHON, "-c", "b = bytearray(1 << 30)\nfor i in range(0, len(b), 4096): b[i] = 1", options=("--memory-mb", 64))
h.same(bomb.get("verdict"), "oom", "and one that runs out of memory")
fork = cell.run(h.PYTHON, "-c", "import os\nwhile True: os.fork()", options=("--pids", 32))
h.same(fork.get("verdict"), "pids", "and a fork bomb")
h.ok(all(not select.select([s.s], [], [], 0)[0] for s in sleepers), "the two live on")
supervisors = supervisors_at_work(cell)
h.same(len(supervisors), 2, "one supervisor each")

# A runner that dies, or closes, takes its attempt with it.
doomed = program_pids(cell)
h.ok(len(doomed) == 4, "init and program of each are there", doomed)
for s in sleepers:
    s.close()
h.ok(h.wait_dead(doomed), "closing the connections kills them")
h.ok(h.wait_dead(supervisors), "and ends the supervisors")
h.same(cell.groups(), [], "no group is left")
client = cell.spawn(*SLEEP, options=("--cancel",))
client.stdin.write(b"now\n")
client.stdin.flush()
out = json.loads(client.communicate(timeout=h.DEADLINE_S)[0])
h.same(out.get("error"), "cancelled", "the library's cancel ends cell_run, before, while or after it starts")
sleepers = start_attempts(cell, 1)
r = cell.run("/bin/true")
h.same(r.get("verdict"), "ok", "another client is not disturbed")
doomed = program_pids(cell)
supervisors = supervisors_at_work(cell)
os.kill(supervisors[0], signal.SIGKILL)
h.ok(h.wait_dead(doomed + supervisors), "kill -9 of a supervisor kills its attempt")
h.same(sleepers[0].read()[0], 0, "its runner sees the connection end")
h.same(cell.run("/bin/true").get("verdict"), "ok", "and the daemon goes on")
h.same(cell.groups(), [], "having removed the groups")

# Requests that are not well formed get words, or the end of the connection; the daemon lives.
w = Wire(cell.socket)
w.s.send(b"hello")
h.ok("not of this version" in str(w.error()), "a stray message is refused")
for what, words, kw in (
        ("no arguments", "1 to 256 arguments", {"argv": ()}),
        ("more arguments than text", "end in the middle", {"argv": ("/bin/true",), "n_argv": 2}),
        ("text behind the arguments", "follow the last", {"argv": ("/bin/true",), "tail": b"x\0"}),
        ("a relative program", "not an absolute path", {"argv": ("true",)}),
        ("a label with a slash", "label", {"argv": ("/bin/true",), "label": b"../x"}),
        ("an empty label", "label", {"argv": ("/bin/true",), "label": b""}),
        ("too many files", "files are more", {"argv": ("/bin/true",), "n_files": 5000}),
        ("a limit out of range", "must be between", {"argv": ("/bin/true",), "limits": (1 << 62,) + (0,) * 10})):
    w = Wire(cell.socket)
    w.request(**kw)
    said = str(w.error())
    h.ok(words in said, f"refused with words: {what}", said)
    w.close()
devnull, folder, pathfd = os.open("/dev/null", os.O_RDONLY), os.open("/", os.O_RDONLY), os.open("/etc/shadow", os.O_PATH)
shadow = os.open("/etc/shadow", os.O_RDONLY)
writer = os.open("/dev/shm", os.O_TMPFILE | os.O_WRONLY)
for what, fd, words in (("a device", devnull, "not a regular file"), ("a folder", folder, "not a regular file"),
                        ("a path without the right to read", pathfd, "not a regular file open for reading"),
                        ("a file open for writing", writer, "not a regular file open for reading"),
                        ("a file that is private", shadow, "could not read it")):
    w = Wire(cell.socket)
    w.request(("/bin/true",), n_files=1)
    w.files([("/workspace/input/x", fd)])
    said = str(w.error())
    h.ok(words in said, f"refused with words: {what}", said)
    w.close()
for fd in (devnull, folder, pathfd, shadow, writer):
    os.close(fd)
w = Wire(cell.socket)
w.request(("/bin/true",), n_files=2)
zero = os.memfd_create("a")
w.files([("/workspace/input/a", zero)])
w.close()
w = Wire(cell.socket)
w.request(("/bin/true",), n_files=1)
w.files([("/workspace/input/a", zero), ("/workspace/input/b", zero)])
h.ok("right form" in str(w.error()), "more files than announced are refused")
memfd = os.memfd_create("step")
os.write(memfd, b"{}")
w = Wire(cell.socket)
w.request(("/usr/bin/cat", "/workspace/meta/step.json"), n_files=1)
w.files([("/workspace/meta/step.json", memfd)])
h.same((w.read()[0], w.read()[0]), (3, 5), "a memory file is copied in, and the attempt has its result")
os.ftruncate(memfd, 20 << 20)
w = Wire(cell.socket)
w.request(("/bin/true",), n_files=1)
w.files([("/workspace/meta/step.json", memfd)])
h.ok("would have to be copied" in str(w.error()), "but not one of 20 MiB")
os.close(memfd)
os.close(zero)
idle = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(20)]
for s in idle:
    s.connect(str(cell.socket))
h.same(cell.run("/bin/true").get("verdict"), "ok", "twenty idle connections are in nobody's way")
for s in idle:
    s.close()

# A second daemon for the same folder; a second stack beside it.
rival = h.Cell(var=cell.var)
h.ok(not rival.start(), "a second daemon for the same folder does not start")
h.same(rival.process.wait(h.DEADLINE_S), 1, "it exits 1")
h.ok("another forge-cell serves" in rival.said(), "and says why", rival.said())
h.same(cell.run("/bin/true").get("verdict"), "ok", "the first still serves")
other = h.Cell(prefix=("/usr/bin/unshare", "-m"), FORGE_CELL_UID="65534")
h.ok(other.start(), "a stack with a mount namespace of its own starts beside it", other.said())
h.ok(REFUSED in str(other.run("/bin/true")), "who is not on its list is refused, root too", other.said())
h.ok('"refused_uid":"0"' in other.said(), "which it logs", other.said())
h.same(os.stat(other.socket).st_uid, 65534, "its socket belongs to whom it serves")
os.chmod(other.var, 0o755)
as_nobody = subprocess.run(["/usr/bin/setpriv", "--reuid=65534", "--clear-groups", *other.command("/usr/bin/id", "-u")],
                           capture_output=True, check=False)
h.same(json.loads(as_nobody.stdout or b"{}").get("stdout"), "1000\n", "and who is on it, served")
h.same(other.stop(), 0, "it stops")
h.same(cell.run("/bin/true").get("verdict"), "ok", "and leaves the first alone")
other.remove()

# kill -9 of the daemon with attempts in flight, among them one that forks.
sleepers = start_attempts(cell, 2)
w = Wire(cell.socket)
w.request((h.PYTHON, "-c", "import os, time\nfor _ in range(5): os.fork()\ntime.sleep(3600)"), limits=(0, 0, 0, 64) + (0,) * 7)
h.same(w.read()[0], 3, "a forking attempt has started")
doomed = cell.supervisors() + program_pids(cell)
h.ok(len(doomed) >= 3 + 6, "supervisors, inits and programs are there", doomed)
h.same(cell.stop(signal.SIGKILL), -signal.SIGKILL, "kill -9 of the daemon")
h.ok(h.wait_dead(doomed), "kills every process below it")
h.ok(h.wait_dead(h.sandbox_pids()), "and all that they forked")
h.ok(cell.groups(), "its groups are still there")
for s in sleepers:
    h.same(s.read()[0], 0, "a runner sees the connection end")
h.ok(cell.start(), "the next start works", cell.said())
h.same(cell.groups(), [], "and has removed them")
h.same(cell.run("/bin/true").get("verdict"), "ok", "it serves")

# A group with live processes in it, whose daemon is gone: the next start kills them.
cell.stop(signal.SIGKILL)
left = subprocess.Popen(["/usr/bin/sleep", "3600"])
made = []
for top in [*h.CGROUPS.glob("*/forge"), *h.CGROUPS.glob("forge")]:
    d = pathlib.Path(top, cell.instance(), "left")
    d.mkdir(parents=True, exist_ok=True)
    (d / "cgroup.procs").write_text(str(left.pid), encoding="ascii")
    made.append(d)
h.ok(made, "a process sits in groups of the dead daemon", made)
h.ok(cell.start(), "the next start works", cell.said())
h.same(left.wait(h.DEADLINE_S), -signal.SIGKILL, "and has killed it")
h.same(cell.groups(), [], "and removed its groups")
h.ok('"swept":' in cell.said(), "which it logs", cell.said())

# A good end, with an attempt in flight.
sleepers = start_attempts(cell, 2)
doomed = program_pids(cell) + cell.supervisors()
h.same(cell.stop(), 0, "SIGTERM stops it with exit code 0")
h.ok(h.wait_dead(doomed), "its attempts are dead")
h.ok(not cell.socket.exists(), "its socket is gone")
h.same((h.groups(), h.sandbox_pids()), ([], []), "no control group and no process is left")

bad = h.Cell(FORGE_CELL_UID="1,x")
h.ok(not bad.start() and "FORGE_CELL_UID" in bad.said(), "a wrong setting is named", bad.said())
bad.process.wait(h.DEADLINE_S)
bad.remove()
unprivileged = subprocess.run(["/usr/bin/setpriv", "--reuid=65534", "--clear-groups", str(h.BOX), "run", "--", "/bin/true"],
                              capture_output=True, check=False)
h.ok(b"root" in unprivileged.stderr and unprivileged.returncode == 1, "without root the words say so", unprivileged.stderr)
doctor = subprocess.run(["/usr/bin/setpriv", "--reuid=65534", "--clear-groups", str(h.BOX), "check"], capture_output=True,
                        check=False)
h.ok(b"fail  root" in doctor.stdout and doctor.returncode == 1, "check says what is missing without root", doctor.stdout.decode())
cell.remove()
h.same(h.host_facts(), before, "the host is as it was")
h.done()
