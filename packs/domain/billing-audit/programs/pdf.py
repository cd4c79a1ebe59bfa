# SPDX-License-Identifier: Apache-2.0
"""Step 9: the HTML report as PDF, printed by the headless Chromium of the system.

The browser runs inside the same sandbox as this program (hence --no-sandbox): no network, no files
but the report. It is known to exit 0 and leave nothing when it ran out of memory, so the file is
checked. The dates in it are set from SOURCE_DATE_EPOCH: the same report gives the same bytes.
"""
import os
import re
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from forge_step import Step, refuse  # noqa: E402

# A tagged PDF can be read aloud, and costs the browser about 50 kB of memory for each cell; above this
# many cells the step's memory would not suffice and the PDF is written without tags.
TAGGED_CELLS_MAX = 20000
BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")


def fail(message):
    sys.stderr.write("pdf: %s\n" % message)
    sys.exit(1)


def print_page(browser, page, target, profile, log, is_tagged):
    """Run the browser to its end; its messages go to the file log."""
    argv = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--disable-component-update", "--disable-default-apps", "--disable-sync",
            "--disable-breakpad", "--disable-crash-reporter", "--mute-audio", "--hide-scrollbars",
            "--font-render-hinting=none", "--proxy-server=127.0.0.1:9",
            "--user-data-dir=" + profile, "--no-pdf-header-footer",
            "--generate-pdf-document-outline", "--print-to-pdf=" + target, "file://" + page]
    if not is_tagged:
        argv.insert(1, "--disable-pdf-tagging")
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
               (os.POSIX_SPAWN_DUP2, fd, 1), (os.POSIX_SPAWN_DUP2, fd, 2)]
    env = {**os.environ, "HOME": profile, "XDG_CONFIG_HOME": profile, "XDG_CACHE_HOME": profile,
           "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
    pid = os.posix_spawn(browser, argv, env, file_actions=actions)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def settle(data):
    """The PDF with the dates of SOURCE_DATE_EPOCH; every replacement has the length of what it replaces,
    so that the offsets in the file stay right."""
    epoch = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    stamp = time.strftime("D:%Y%m%d%H%M%S+00'00'", epoch).encode()

    def same_length(match):
        return match[1] + stamp[:len(match[2])].ljust(len(match[2])) + match[3]
    return re.sub(rb"(/(?:CreationDate|ModDate) ?\()(D:[0-9]{14}[^)]*)(\))", same_length, data)


def check_pdf(data):
    """Number of pages of a whole PDF; otherwise the reason it is none."""
    if not data.startswith(b"%PDF-"):
        return "the browser wrote something that is not a PDF"
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-1024:]:
        return "the PDF is cut off"
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    return pages if pages else "the PDF has no pages"


def main():
    step = Step()
    browser = next((one for one in BROWSERS if os.access(one, os.X_OK)), None)
    if browser is None:
        fail("no browser: install the Debian package chromium-headless-shell")
    scratch = os.path.join(os.environ.get("TMPDIR", "/tmp"), "print-%d" % os.getpid())
    os.mkdir(scratch, 0o700)
    target, log = os.path.join(scratch, "out.pdf"), os.path.join(scratch, "log")
    # The name must end in .html: the browser goes by it.
    page = os.path.join(scratch, "report.html")
    html = step.inputs["report"].bytes()
    if not re.match(rb"\s*<!doctype html", html, re.I):
        refuse("this is not an HTML page", step.inputs["report"].source_path, 1, 1)
    # What the page itself shows on screens only need not be laid out for paper.
    html = re.sub(rb'<tr class="screen">.*?</tr>', b"", html, flags=re.S)
    with open(page, "wb") as stream:
        stream.write(html)
    is_tagged = html.count(b"<td") <= TAGGED_CELLS_MAX
    code = print_page(browser, page, target, scratch, log, is_tagged)
    data = b""
    if os.path.exists(target):
        with open(target, "rb") as stream:
            data = stream.read()
    pages = check_pdf(data) if data else "the browser left no file"
    if code != 0 or isinstance(pages, str):
        with open(log, "rb") as stream:
            said = stream.read()[-2000:].decode("utf-8", "replace")
        fail("%s (exit code %d); it may need more memory\n%s" % (
            pages if isinstance(pages, str) else "the browser failed", code, said))
    step.write("report_pdf", settle(data))
    print("%d pages, %d bytes, %s" % (pages, len(data), "tagged" if is_tagged else "not tagged"))


if __name__ == "__main__":
    main()
