# SPDX-License-Identifier: Apache-2.0
"""What must be absent in a sandbox, each probe first shown to work on the bare host."""
import json
import os
import socket
import subprocess

import harness as h

h.need_root()
before = h.host_facts()

server = socket.create_server(("127.0.0.1", 0))
name = f"forge-probe-{os.getpid()}"
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
abstract.bind("\0" + name)
abstract.listen(8)
args = json.dumps({"tcp": server.getsockname()[1], "abstract": name})
extra, other = os.pipe()

secret = {**os.environ, "PROBE_SECRET": "1", "PROBE_TCP": "", "TMPDIR": "/tmp"}
host_run = subprocess.run(
    [h.PYTHON, "-I", "-B", str(h.HERE / "probes.py"), args], capture_output=True, pass_fds=(extra, other),
    env=secret, stdin=subprocess.DEVNULL, timeout=120, check=False)
h.ok(host_run.returncode == 0, "the probes run on the bare host", host_run.stderr.decode())
host = json.loads(host_run.stdout)

report = h.box(h.PYTHON, "-I", "-B", "/skills/probes.py", args,
               options=("--file", f"{h.HERE / 'probes.py'}:/skills/probes.py"),
               pass_fds=(extra, other), env=secret)
h.same(report.get("verdict"), "ok", "the probes run inside")
if report.get("verdict") != "ok":
    print("#", json.dumps(report)[:3000])
    h.done()
inside = json.loads(report["stdout"])

for probe, (is_open, words) in inside["probes"].items():
    host_open, host_words = host["probes"][probe]
    if probe == "exec_memory_file" and not os.path.exists("/proc/sys/vm/memfd_noexec"):
        h.skip(probe, "kernels before 6.3 cannot forbid it; what it executes has no more rights than what made it")
        continue
    if not host_open and probe in host["optional"]:
        h.ok(not is_open, f"{probe}: closed inside, {words} (not on this host either: {host_words})", words)
        continue
    h.ok(host_open and not is_open, f"{probe}: open on the host, inside {words}",
         f"host: open={host_open} {host_words}", f"inside: open={is_open} {words}")

h.same(inside["hostname"], "sandbox", "the host's name does not show")
h.same(inside["environ"], {
    "PATH": "/usr/bin:/bin", "HOME": "/workspace/work", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC",
    "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "0"},
    "the environment is these eight and no others")

# A system call of a foreign architecture ends the program: machine code for int 0x80 (getpid of i386).
FOREIGN = """
import ctypes, mmap
m = mmap.mmap(-1, 4096, prot=7)
m.write(bytes.fromhex('b814000000' 'cd80' 'c3'))
print(ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(m)))(), flush=True)
"""
bare = subprocess.run([h.PYTHON, "-c", FOREIGN], capture_output=True, check=False)
if bare.returncode == 0:
    h.same(h.python(FOREIGN)["verdict"], "seccomp", "int 0x80 works on the host and ends the program inside")
else:
    h.same(h.python(FOREIGN)["verdict"] in ("seccomp", "signal"), True,
           "int 0x80 ends the program inside (and is off on this host)")
X32 = "import ctypes; ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 | 39)); print('on')"
h.same(h.python(X32)["verdict"], "seccomp", "an x32 system call ends the program inside")

tree = h.python("""
import json, os
print(json.dumps({d: sorted(os.listdir(d)) for d in
    ("/", "/dev", "/etc", "/workspace", "/workspace/input", "/workspace/output", "/tmp", "/dev/shm")}))""")
seen = json.loads(tree["stdout"])
h.ok(set(seen["/"]) <= {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "skills", "tmp",
                        "usr", "workspace"}, "/ holds what the plan says", seen["/"])
h.same(seen["/dev"], ["fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"],
       "/dev holds five nodes, four links and shm")
h.ok(set(seen["/etc"]) <= {"alternatives", "fonts", "group", "hosts", "ld.so.cache", "nsswitch.conf", "passwd"},
     "/etc holds what the plan says", seen["/etc"])
h.same(seen["/workspace"], ["input", "meta", "output", "work"], "/workspace has its four folders")
for d in ("/workspace/input", "/workspace/output", "/tmp", "/dev/shm"):
    h.same(seen[d], [], f"{d} starts empty")

# Read-only: the request's files, and the folders that hold them.
ro = h.python("""
import os, errno, json
def tried(fn, *a):
    try:
        fn(*a)
        return "done"
    except OSError as e:
        return errno.errorcode[e.errno]
f = "/workspace/input/a/b.txt"
print(json.dumps([open(f).read(), tried(open, f, "r+"), tried(os.chmod, f, 0o777), tried(os.unlink, f),
    tried(os.rename, f, "/workspace/input/c"), tried(os.link, f, "/workspace/output/x"),
    tried(open, "/workspace/input/new", "w"), tried(open, "/workspace/meta/new", "w"),
    tried(open, "/skills/new", "w"), tried(os.symlink, "/x", "/workspace/input/l")]))""",
              options=("--file", f"{h.HERE / 'harness.py'}:/workspace/input/a/b.txt"))
answers = json.loads(ro["stdout"])
h.same(answers[0], (h.HERE / "harness.py").read_text(encoding="utf-8"), "a file of the request can be read")
h.ok(all(a in ("EROFS", "EACCES", "EPERM", "EXDEV", "EBUSY") for a in answers[1:]),
     "and neither written, renamed, linked nor joined by others", answers[1:])

session = h.python("import os; print(os.getsid(0) == os.getpid(), os.umask(0), os.getpid(), os.getppid())")
h.same(session["stdout"], "True 18 2 1\n", "a session of its own, umask 022, pid 2 below init")

h.same(h.host_facts(), before, "the host is as it was")
h.same(h.groups(), [], "no control group is left")
h.same(h.sandbox_pids(), [], "no process is left")
os.close(extra)
os.close(other)
h.done()
