# SPDX-License-Identifier: Apache-2.0
"""Each limit is reached, named as the verdict, and nothing survives it."""
import json

import harness as h

h.need_root()
before = h.host_facts()


def verdict(report, want, name):
    return h.ok(report.get("verdict") == want, name, json.dumps(report)[:1500])


def clean(name):
    h.same((h.groups(), h.sandbox_pids()), ([], []), f"{name}: no group and no process is left")


BOMB = "import os\nwhile True:\n    os.fork()\n"
r = h.python(BOMB, options=("--pids", 32, "--wall-ms", 20000))
verdict(r, "pids", "a fork bomb ends at the limit of processes")
h.ok(r["usage"]["pids_peak"] == 32, "with as many as were allowed", r["usage"])
h.ok(r["usage"]["wall_us"] < 15_000_000, "and long before its time is over", r["usage"])
clean("fork bomb")

THREADS = "import threading\ne = threading.Event()\nwhile True:\n    threading.Thread(target=e.wait, daemon=True).start()\n"
verdict(h.python(THREADS, options=("--pids", 16, "--wall-ms", 20000)), "pids", "threads count as processes do")

r = h.python("b = bytearray(1 << 30)\nfor i in range(0, len(b), 4096): b[i] = 1", options=("--memory-mb", 64))
verdict(r, "oom", "a memory bomb ends at the limit of memory")
h.ok(0 < r["usage"]["memory_peak_bytes"] <= 64 << 20, "and never above the limit", r["usage"])
clean("memory bomb")

CHILD_OOM = """
import os, time
if os.fork() == 0:
    b = bytearray(1 << 30)
    for i in range(0, len(b), 4096): b[i] = 1
os.wait()
time.sleep(3600)
"""
for _ in range(5):
    r = h.python(CHILD_OOM, options=("--memory-mb", 64))
    verdict(r, "oom", "one process out of memory ends them all")
    h.ok(r["usage"]["wall_us"] < 30_000_000, "at once, not at the time limit", r["usage"])

TMPFS = "f = open('/dev/shm/x', 'wb')\nwhile True: f.write(b'x' * 65536)"
verdict(h.python(TMPFS, options=("--memory-mb", 32, "--shm-bytes", 512 << 20)), "oom",
        "files in memory count as memory")
MEMFD = "import os\nf = os.memfd_create('x')\nwhile True: os.write(f, b'x' * 65536)"
r = h.python(MEMFD, options=("--memory-mb", 32,))
h.ok(r.get("verdict") in ("oom", "exit"), "memory files count as memory, and have a largest size", json.dumps(r)[:800])

r = h.box("/usr/bin/sleep", "3600", options=("--wall-ms", 300))
verdict(r, "wall", "a sleeper ends at the time limit")
h.ok(300_000 <= r["usage"]["wall_us"] < 2_000_000, "close to it", r["usage"])
verdict(h.python("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", options=("--wall-ms", 300)), "wall",
        "a program that stops itself ends at the time limit")
verdict(h.python("import os, signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nsignal.pause()",
                 options=("--wall-ms", 300)), "wall", "so does one that ignores every signal")
clean("time limit")

r = h.python("while True: pass", options=("--cpu-ms", 400, "--wall-ms", 20000))
verdict(r, "cpu", "a spinner ends at the limit of cpu time")
h.ok(400_000 <= r["usage"]["cpu_us"] < 1_000_000, "close to it", r["usage"])
SPIN4 = "import os\nfor i in range(3):\n    if os.fork() == 0: break\nwhile True: pass"
r = h.python(SPIN4, options=("--cpu-ms", 600, "--wall-ms", 20000))
verdict(r, "cpu", "cpu time is that of all processes together")
h.ok(600_000 <= r["usage"]["cpu_us"] < 1_400_000, "close to it", r["usage"])
r = h.python("import time\nt = time.monotonic()\nwhile time.monotonic() - t < 1: pass",
             options=("--cpu-percent", 20,))
verdict(r, "ok", "a slow lane is no failure")
h.ok(r["usage"]["cpu_us"] < r["usage"]["wall_us"] * 0.4, "20 % of one processor is about a fifth of the time", r["usage"])

r = h.python("import os\nfor _ in range(64): os.write(1, b'o' * 65536)\nfor _ in range(32): os.write(2, b'e' * 65536)",
             options=("--stdio-bytes", 100000))
verdict(r, "ok", "a flood on stdout and stderr is taken")
h.same((r["stdout_bytes"], r["stdout_is_cut"], len(r["stdout"])), (64 * 65536, True, 100000),
       "stdout: all counted, the first bytes kept")
h.same((r["stderr_bytes"], r["stderr_is_cut"], len(r["stderr"])), (32 * 65536, True, 100000), "stderr likewise")
r = h.python("import os\nos.write(1, b'x' * 1000)", options=("--stdio-bytes", 1024))
h.same((r["stdout_bytes"], r["stdout_is_cut"]), (1000, False), "what fits is not called cut")

FILL = "f = open('%s/x', 'wb', buffering=0)\nwhile True:\n    f.write(b'x' * 65536)"
for folder, option in (("/workspace/output", "--output-bytes"), ("/workspace/work", "--work-bytes"),
                       ("/tmp", "--tmp-bytes"), ("/dev/shm", "--shm-bytes")):
    sizes = ("--output-bytes", 8 << 20, "--work-bytes", 8 << 20, "--tmp-bytes", 8 << 20, "--shm-bytes", 8 << 20)
    r = h.python(FILL % folder, options=(*sizes, option, 1 << 20))
    verdict(r, "output_quota", f"{folder} takes no more than its bytes")
    h.ok(folder in r["detail"], "and the verdict names it", r["detail"])
QUIET = "import os\nf = os.open('/workspace/output/x', os.O_WRONLY | os.O_CREAT)\ntry:\n  while True: os.write(f, b'x' * 65536)\nexcept OSError: pass"
verdict(h.python(QUIET, options=("--output-bytes", 1 << 20)), "output_quota",
        "a full output is a failure even when the program says nothing")
INODES = "i = 0\nwhile True:\n    open(f'%s/{i}', 'w').close()\n    i += 1"
verdict(h.python(INODES % "/workspace/output", options=("--output-files", 20)), "output_quota",
        "/workspace/output takes no more than its files")
verdict(h.python(INODES % "/workspace/work", options=("--wall-ms", 60000)), "output_quota",
        "/workspace/work has a largest number of names")
r = h.python("for i in range(25): open(f'/workspace/output/{i}', 'w').close()", options=("--output-files", 20))
verdict(r, "output_quota", "more files than allowed is a failure, also where the names would fit")
h.same((len(r["outputs"]), r["outputs_are_cut"]), (20, True), "as many as allowed are listed")
verdict(h.python("f = open('/workspace/work/x', 'wb')\nf.truncate(1 << 40)"), "exit",
        "a sparse file has a largest size too")

FDS = "import os\nn = 0\ntry:\n  while True: os.dup(0); n += 1\nexcept OSError: print(n)"
r = h.python(FDS)
h.ok(int(r["stdout"]) <= 1024, "descriptors are limited", r)

DAEMONS = """
import os, sys
for i in range(20):
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 3) if i % 2 else None
        while True: os.read(os.pipe()[0], 1)
"""
r = h.python(DAEMONS)
verdict(r, "ok", "processes left behind do not hold up the end")
h.ok(r["phases_us"]["reap"] < 2_000_000, "they are killed with it", r["phases_us"])
clean("left processes")

SUBREAPER = "import ctypes, os, time\nctypes.CDLL(None).prctl(36, 1)\nfor _ in range(5):\n    if os.fork() == 0:\n        os.fork()\n        time.sleep(3600)\n"
verdict(h.python(SUBREAPER), "ok", "nor does a subreaper")
VFORK = "import ctypes\nc = ctypes.CDLL(None)\nif c.syscall(58) == 0:\n    c.pause()"
verdict(h.python(VFORK, options=("--wall-ms", 500)), "wall", "a vfork that never executes dies too")
clean("vfork")

for n in (1, 2, 3, 6, 9, 11, 15, 24, 25):
    r = h.python("import os, signal\n" + (f"signal.signal({n}, signal.SIG_DFL)\n" if n != 9 else "") +
                 f"os.kill(os.getpid(), {n})")
    want = {24: "cpu", 25: "output_quota"}.get(n, "signal")
    h.ok(r["verdict"] == want and r["signal"] == n, f"signal {n} is told as {want}", json.dumps(r)[:600])
KILL_INIT = "import os\nfor s in range(1, 65):\n    try: os.kill(1, s)\n    except PermissionError: pass\n    else: print('signalled init with', s)\nprint('alive')"
h.same(h.python(KILL_INIT)["stdout"], "alive\n", "init cannot be signalled, and the program lives on")
verdict(h.python("raise SystemExit(65)"), "exit", "an exit code is a verdict of its own")
h.same(h.python("raise SystemExit(65)")["exit_code"], 65, "and is reported")
r = h.box("/usr/bin/no-such-program")
h.same((r["verdict"], r["exit_code"]), ("exit", 127), "a program that is not there exits 127")
h.ok("no-such-program" in r["detail"] and "No such file" in r["detail"], "and is named", r["detail"])
r = h.box("/etc/passwd")
h.same((r["verdict"], r["exit_code"]), ("exit", 126), "one that cannot be executed exits 126")

for option, value in (("--pids", 1), ("--memory-bytes", 4096), ("--wall-ms", 1), ("--output-files", 10**9)):
    r = h.box("/bin/true", options=(option, value))
    h.ok("must be between" in r.get("error", ""), f"{option} {value} is refused with its range", r)

h.same(h.host_facts(), before, "the host is as it was")
h.done()
