# SPDX-License-Identifier: Apache-2.0
"""What steps run: Python, Node, Chromium to PDF; and the things that they need of a system."""
import json
import pathlib
import shutil
import tempfile

import harness as h

h.need_root()
before = h.host_facts()

r = h.box(h.PYTHON, "-I", "-B", "-c", "print('hello')")
h.same((r.get("verdict"), r.get("stdout"), r.get("stderr")), ("ok", "hello\n", ""), "python3 says hello")
LIBRARY = """
import csv, sqlite3, json, re, hashlib, datetime, decimal, zipfile, tempfile, subprocess, multiprocessing, threading
import concurrent.futures, asyncio, socket, locale, pwd, os, zoneinfo, lzma, bz2, uuid, secrets, shutil
c = sqlite3.connect('/workspace/work/x.db'); c.execute('create table t(a)'); c.execute('insert into t values (1)'); c.commit()
with tempfile.NamedTemporaryFile() as f: f.write(b'x')
assert subprocess.run(['/bin/sh', '-c', 'echo hi'], capture_output=True, check=True).stdout == b'hi\\n'
assert subprocess.run('echo $HOME', shell=True, capture_output=True, text=True).stdout == '/workspace/work\\n'
with multiprocessing.get_context('fork').Pool(2) as p: assert p.map(abs, [-1, -2]) == [1, 2]
with concurrent.futures.ThreadPoolExecutor(4) as e: assert list(e.map(abs, [-1])) == [1]
async def go():
    s = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)
    r, w = await asyncio.open_connection('127.0.0.1', s.sockets[0].getsockname()[1])
    assert await r.read() == b''
    p = await asyncio.create_subprocess_exec('/bin/true')
    assert await p.wait() == 0
    s.close()
asyncio.run(go())
assert pwd.getpwuid(os.getuid()).pw_dir == '/workspace/work'
assert socket.gethostbyname('localhost') == '127.0.0.1'
os.sync()
shutil.copy2('/usr/bin/env', '/workspace/work/env')
print(locale.getpreferredencoding(), datetime.datetime.now().astimezone().tzname())
"""
r = h.python(LIBRARY)
h.same((r.get("verdict"), r.get("stdout")), ("ok", "UTF-8 UTC\n"),
       "the standard library works: sqlite, subprocess, pools, threads, sockets on lo, users")
if r.get("verdict") != "ok":
    print("#", r.get("stderr", r))

r = h.box("/bin/sh", "-c", "ls / | wc -l; echo a | sort; date +%Z; id -u; cat /proc/self/cgroup | sort -u -t: -k3 | wc -l")
h.same((r.get("verdict"), r.get("stdout").split("\n")[1:4]), ("ok", ["a", "UTC", "1000"]), "the shell and its tools")

NODE = "/usr/bin/node"
if shutil.which(NODE):
    r = h.box(NODE, "-e", """
const fs = require('fs'), {Worker} = require('worker_threads'), cp = require('child_process');
fs.writeFileSync('/workspace/output/n.txt', 'node');
new Worker("require('worker_threads').parentPort.postMessage(42)", {eval: true}).on('message', (m) => {
  const s = require('http').createServer((q, a) => a.end('lo')).listen(0, '127.0.0.1', async () => {
    const t = await (await fetch('http://127.0.0.1:' + s.address().port)).text();
    console.log('hello', m, t, cp.execFileSync('/bin/echo', ['child']).toString().trim());
    s.close();
  });
});""", options=("--memory-mb", 1024, "--pids", 64))
    h.same((r.get("verdict"), r.get("stdout"), r.get("outputs")),
           ("ok", "hello 42 lo child\n", [{"path": "n.txt", "bytes": 4}]), "node: files, workers, http on lo, a child")
    if r.get("verdict") != "ok":
        print("#", r.get("stderr", r)[:3000])
else:
    h.skip("node says hello", "no /usr/bin/node on this machine")

CHROMIUM = "/usr/lib/chromium/chromium-headless-shell"
if pathlib.Path(CHROMIUM).exists():
    with tempfile.TemporaryDirectory() as d:
        page = pathlib.Path(d, "report.html")
        page.write_text("<!doctype html><meta charset=utf-8><title>T</title><h1>Report</h1><p>Zażółć gęślą jaźń, 12,50 €"
                        "<table>" + "<tr><td>row<td>1.00</tr>" * 500 + "</table>", encoding="utf-8")
        page.chmod(0o444)
        r = h.box(CHROMIUM, "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                  "--print-to-pdf=/workspace/output/report.pdf", "file:///workspace/input/report.html",
                  options=("--file", f"{page}:/workspace/input/report.html", "--memory-mb", 1536, "--pids", 256,
                           "--shm-bytes", 256 << 20, "--out", d))
        h.same((r.get("verdict"), [o["path"] for o in r.get("outputs", [])]), ("ok", ["report.pdf"]), "Chromium prints a PDF")
        if r.get("verdict") != "ok":
            print("#", json.dumps(r)[:4000])
        pdf = pathlib.Path(d, "report.pdf")
        h.ok(pdf.exists() and pdf.read_bytes()[:5] == b"%PDF-", "and it is one")
        h.ok(r["usage"]["memory_peak_bytes"] < 1536 << 20 and r["usage"]["pids_peak"] <= 256,
             f"within {r['usage']['memory_peak_bytes'] >> 20} MiB and {r['usage']['pids_peak']} threads", r["usage"])
else:
    h.skip("Chromium prints a PDF", "no chromium-headless-shell on this machine")

h.same(h.groups(), [], "no control group is left")
h.same(h.sandbox_pids(), [], "no process is left")
h.same(h.host_facts(), before, "the host is as it was")
h.done()
