# SPDX-License-Identifier: Apache-2.0
"""What comes out: regular files, whole; everything else is named and refused."""
import hashlib
import os
import pathlib
import tempfile

import harness as h

h.need_root()
before = h.host_facts()


def outputs(code, options=()):
    r = h.python("import os, socket\nos.chdir('/workspace/output')\n" + code, options=options)
    h.same(r.get("verdict"), "ok", f"runs: {code.splitlines()[0][:60]}")
    return {o["path"]: o.get("refused", o.get("bytes")) for o in r["outputs"]}


h.same(outputs("os.symlink('/etc/shadow', 'l')"), {"l": "a symbolic link"}, "a link to a host file is refused")
h.same(outputs("os.symlink('/usr/bin', 'd')"), {"d": "a symbolic link"}, "a link to a folder is not walked")
h.same(outputs("os.symlink('f', 'l'); open('f', 'w').write('x')"), {"l": "a symbolic link", "f": 1},
       "a link to a good file is refused, the file is not")
h.same(outputs("open('a', 'w').write('x'); os.link('a', 'b')"),
       {"a": "a file with more than one name", "b": "a file with more than one name"},
       "hard links are refused, both names")
h.same(outputs("try: os.mkfifo('p')\nexcept PermissionError: pass"), {}, "a named pipe cannot be made")
h.same(outputs("s = socket.socket(socket.AF_UNIX); s.bind('s')"), {"s": "a socket"}, "a socket is refused")
h.same(outputs("try: os.mknod('n', 0o060600, 0)\nexcept PermissionError: pass"), {}, "a device node cannot be made")
h.same(outputs("open('m', 'w').write('x'); os.chmod('m', 0)"), {"m": "its own mode forbids reading it"},
       "a file without the right to read it is refused, not opened by force")
h.same(outputs("os.mkdir('d'); open('d/x', 'w').write('x'); os.chmod('d', 0)"),
       {"d": "its own mode forbids reading it"}, "likewise a folder")
h.same(outputs("os.makedirs('a/b/c'); open('a/b/c/f', 'w').write('four'); os.mkdir('empty')"), {"a/b/c/f": 4},
       "folders are walked; an empty one is nothing")
deep = outputs("p = '/'.join('d' * 40)\nos.makedirs(p); open(p + '/f', 'w').write('x')", ("--output-files", 100))
h.same(deep, {"/".join("d" * 33): "more than 32 folders deep"}, "32 folders deep, and no deeper")
BAD = "a name that is not plain UTF-8 text, or too long"
names = outputs(r"""
for n in (b'new\nline', b'\xff\xfe', b'esc\x1b[2J', b'del\x7f', b'fine name \xc3\xa9', b'-rf', b'=cmd', b'..x', b'a' * 255):
    open(n, 'w').write('x')
""")
h.same(names, {"new\\x0aline": BAD, "\\xff\\xfe": BAD, "esc\\x1b[2J": BAD, "del\\x7f": BAD, "fine name é": 1, "-rf": 1,
               "=cmd": 1, "..x": 1, "a" * 255: 1}, "names that are not plain text are escaped and refused")
long = outputs("d = '/'.join(['x' * 250] * 4); os.makedirs(d); os.chdir(d); open('y' * 250, 'w').write('x')")
h.ok(list(long.values()) == [BAD], "a path of more than 1023 bytes is refused", long)
h.same(outputs("f = open('s', 'wb'); f.truncate(100 << 20)"), {"s": 100 << 20}, "a sparse file has its size")
h.same(outputs("os.mkdir('d')\nfor i in range(100): open(f'd/{i:03}', 'w').write('x' * i)"),
       {f"d/{i:03}": i for i in range(100)}, "many files come in batches, all of them")

with tempfile.TemporaryDirectory() as out:
    data = os.urandom(3 << 20)
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        os.chmod(f.name, 0o444)
        r = h.python("import shutil, os\nos.mkdir('/workspace/output/reports')\n"
                     "shutil.copyfile('/workspace/input/a', '/workspace/output/reports/b')",
                     options=("--file", f"{f.name}:/workspace/input/a", "--out", out))
    got = pathlib.Path(out, "reports", "b").read_bytes()
    h.same(hashlib.sha256(got).hexdigest(), hashlib.sha256(data).hexdigest(), "the bytes that come out are those written")

# Inputs: bound by descriptor, refused when they are not what they must be.
with tempfile.TemporaryDirectory() as d:
    secret = pathlib.Path(d, "secret")
    secret.write_text("s", encoding="ascii")
    secret.chmod(0o600)
    r = h.box("/bin/true", options=("--file", f"{secret}:/workspace/input/a"))
    h.ok("mode 0600" in r.get("error", ""), "a file that its reader could not read is refused", r)
    secret.chmod(0o444)
    for bad in ("/etc/passwd", "/workspace/input/", "/workspace/input/../x", "/workspace/output/x", "input/x", "/workspace/input/a//b",
                "/workspace/input/./b", "/skills", "/workspace/inputx", "/workspace/input/a\nb", "/workspace/input/" + "x" * 300,
                "/workspace/input/" + "/".join("d" * 20)):
        r = h.box("/bin/true", options=("--file", f"{secret}:{bad}"))
        h.ok("error" in r and "verdict" not in r, f"destination {bad[:40]!r} is refused", r)
    r = h.box("/bin/true", options=("--file", f"{secret}:/workspace/input/a", "--file", f"{secret}:/workspace/input/a"))
    h.ok("error" in r, "one destination twice is refused", r)
    r = h.box("/bin/true", options=("--file", f"{secret}:/workspace/input/a", "--file", f"{secret}:/workspace/input/a/b"))
    h.ok("error" in r, "a file as the folder of another is refused", r)
    r = h.box("/bin/true", options=("--file", f"{d}:/workspace/input/a"))
    h.ok("not a regular file" in r.get("error", ""), "a folder is refused", r)
    r = h.box("/usr/bin/cat", "/workspace/input/x/y", options=("--file", f"{secret}:/workspace/input/x/y"))
    h.same(r.get("stdout"), "s", "folders on the way are made")
    shm = pathlib.Path("/dev/shm", f"forge-test-{os.getpid()}")
    shm.write_text("in memory", encoding="ascii")
    r = h.box("/usr/bin/cat", "/workspace/meta/step.json", options=("--file", f"{shm}:/workspace/meta/step.json"))
    shm.unlink()
    h.same(r.get("stdout"), "in memory", "a file of another file system is bound too")

h.same(h.groups(), [], "no control group is left")
h.same(h.host_facts(), before, "the host is as it was")
h.done()
