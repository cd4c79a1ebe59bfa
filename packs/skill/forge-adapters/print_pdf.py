# SPDX-License-Identifier: Apache-2.0
"""An HTML report to a PDF, printed by the headless Chromium of the system.

The browser runs inside the same sandbox as this program (hence --no-sandbox) and without a network; a policy in front of
the page keeps scripts and everything that it would load away. It is known to exit 0 and leave nothing when it ran out of memory, so the file is checked. The dates in it
are set from SOURCE_DATE_EPOCH: the same page gives the same bytes.
"""
import os
import re
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from adapt import Adapter  # noqa: E402

PAGE_BYTES_MAX = 64 << 20
# A tagged PDF can be read aloud and costs the browser about 50 kB of memory a cell.
TAGGED_CELLS_MAX = 20000
START = re.compile(rb"((?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*(?:<!doctype html[^>]*>)?)\s*(?:<!--.*?-->\s*)*<[a-z!]", re.I | re.S)
# In front of everything else in the page: it runs no script and loads nothing, whatever it says itself.
ALONE = (b"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
         b"img-src data:; font-src data:\">")
BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-extensions", "--disable-background-networking", "--disable-component-update",
         "--disable-default-apps", "--disable-sync", "--disable-breakpad", "--disable-crash-reporter", "--mute-audio",
         "--hide-scrollbars", "--font-render-hinting=none", "--proxy-server=127.0.0.1:9",
         "--no-pdf-header-footer", "--generate-pdf-document-outline")


def fail(message):
    sys.stderr.write("print_pdf: %s\n" % message)
    sys.exit(1)


def browse(browser, page, target, folder, is_tagged):
    """Run the browser to its end: (exit code, what it said)."""
    log = os.path.join(folder, "log")
    argv = [browser, *FLAGS, *(() if is_tagged else ("--disable-pdf-tagging",)), "--user-data-dir=" + folder,
            "--print-to-pdf=" + target, "file://" + page]
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
               (os.POSIX_SPAWN_DUP2, fd, 1), (os.POSIX_SPAWN_DUP2, fd, 2)]
    env = {**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder,
           "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
    pid = os.posix_spawn(browser, argv, env, file_actions=actions)
    os.close(fd)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with open(log, "rb") as stream:
        return code, stream.read()[-2000:].decode("utf-8", "replace")


def settle(data):
    """The dates of SOURCE_DATE_EPOCH; each has the length of what it replaces, so that offsets stay right."""
    stamp = time.strftime("D:%Y%m%d%H%M%S+00'00'", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0")))).encode()

    def same_length(match):
        return match[1] + stamp[:len(match[2])].ljust(len(match[2])) + match[3]
    return re.sub(rb"(/(?:CreationDate|ModDate) ?\()(D:[0-9]{14}[^)]*)(\))", same_length, data)


def fault_of(data):
    """What is wrong with a PDF; None when it is whole."""
    if not data:
        return "the browser left no file"
    if not data.startswith(b"%PDF-"):
        return "the browser wrote something that is not a PDF"
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-1024:]:
        return "the PDF is cut off"
    return None if re.search(rb"/Type\s*/Page\b", data) else "the PDF has no pages"


def main():
    adapter = Adapter()
    browser = next((one for one in BROWSERS if os.access(one, os.X_OK)), None)
    if browser is None:
        fail("no browser: install the Debian package chromium-headless-shell")
    html = adapter.bytes(PAGE_BYTES_MAX)
    start = START.match(html[:65536])
    if not start:
        adapter.refuse("this is not an HTML page", 1, 1)
    html = html[:start.end(1)] + ALONE + html[start.end(1):]
    folder = os.path.join(os.environ.get("TMPDIR", "/tmp"), "print-%d" % os.getpid())
    os.mkdir(folder, 0o700)
    # The name must end in .html: the browser goes by it.
    page, target = os.path.join(folder, "page.html"), os.path.join(folder, "page.pdf")
    with open(page, "wb") as stream:
        stream.write(html)
    is_tagged = html.count(b"<td") <= TAGGED_CELLS_MAX
    code, said = browse(browser, page, target, folder, is_tagged)
    data = b""
    if os.path.exists(target):
        with open(target, "rb") as stream:
            data = stream.read()
    fault = fault_of(data)
    if code != 0 or fault:
        fail("%s (exit code %d); it may need more memory\n%s" % (fault or "the browser failed", code, said))
    result = adapter.result()
    result.stream.write(settle(data))
    result.close()


if __name__ == "__main__":
    main()
