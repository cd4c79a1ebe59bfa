# SPDX-License-Identifier: Apache-2.0
"""A Markdown report to one self-contained HTML page with the house's style sheet.

CommonMark by cmark, which leaves raw HTML and dangerous addresses out; what it writes is then read again, and only the
elements and attributes of CommonMark come through. The page loads nothing: a picture stands as its words and its
address. A table with bars is read as one where a block is nothing but it: cmark does not know tables.
"""
import os
import re
import subprocess
import sys
from html import escape
from html.parser import HTMLParser

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from adapt import Adapter  # noqa: E402

CMARK = "/usr/bin/cmark"
SOURCE_BYTES_MAX = 16 << 20
DEPTH_MAX = 400
BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre"}
INLINE = {"em", "strong", "code", "a"}
EMPTY = {"br", "hr"}
ADDRESS = re.compile(r"(?:https?://|mailto:|#)", re.I)
HERE = os.path.dirname(os.path.abspath(__file__))
RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
CONTROLS = {code: "\ufffd" for code in list(range(0x20)) + list(range(0x7f, 0xa0)) if code not in (9, 10)}


class Page(HTMLParser):
    """What cmark wrote, through a list of what may be there."""

    def __init__(self, ids):
        super().__init__(convert_charrefs=True)
        self.out, self.open, self.ids = [], [], ids
        self.title, self.heading = None, None

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "img":
            self.picture(found)
        elif tag in EMPTY:
            self.out.append("<%s>\n" % tag)
        elif tag in BLOCKS or tag in INLINE:
            if len(self.open) < DEPTH_MAX:
                self.open.append((tag, self.enter(tag, found)))
            else:
                self.open.append((tag, False))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def enter(self, tag, found):
        """Write the opening tag; False when the element is left out and its text stays."""
        more = ""
        if tag == "a":
            if not ADDRESS.match(found.get("href") or ""):
                return False
            more = ' href="%s"' % escape(found["href"])
            if not found["href"].startswith("#"):
                more += ' rel="noopener noreferrer"'
        elif tag == "ol" and re.fullmatch("[0-9]{1,9}", found.get("start") or ""):
            more = ' start="%s"' % found["start"]
        elif tag[0] == "h":
            self.heading = len(self.out)
        self.out.append("<%s%s>" % (tag, more))
        return True

    def handle_endtag(self, tag):
        if tag not in BLOCKS and tag not in INLINE or not any(name == tag for name, _ in self.open):
            return
        while self.open:
            name, is_written = self.open.pop()
            if is_written:
                if name[0] == "h":
                    self.end_heading(name)
                self.out.append("</%s>%s" % (name, "\n" if name in BLOCKS else ""))
            if name == tag:
                return

    def end_heading(self, tag):
        """An id after GitHub's way, so that links inside the page work; the first heading is the title."""
        words = "".join(re.sub("<[^>]*>", "", one) for one in self.out[self.heading + 1:])
        if self.title is None:
            self.title = words.strip()
        name = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        n = self.ids.get(name, 0)
        self.ids[name] = n + 1
        if name:
            self.out[self.heading] = '<%s id="%s">' % (tag, escape("%s-%d" % (name, n) if n else name))

    def picture(self, found):
        words = (found.get("alt") or "").strip() or "picture"
        source = found.get("src") or ""
        address = " (%s)" % escape(source) if ADDRESS.match(source) else ""
        self.out.append('<span class="image">%s%s</span>' % (escape(words), address))

    def handle_data(self, data):
        if any(name in BLOCKS for name, _ in self.open) or data.strip():
            self.out.append(escape(data, quote=False))


def cmark(adapter, text, ids=None):
    try:
        done = subprocess.run([CMARK, "--to", "html", "--validate-utf8"], input=text.encode("utf-8"),
                              capture_output=True, check=False)
    except OSError as error:
        sys.stderr.write("page: %s: %s; install the Debian package cmark\n" % (CMARK, error.strerror))
        sys.exit(1)
    if done.returncode != 0:
        adapter.refuse("cmark could not read it: %s" % done.stderr.decode("utf-8", "replace")[-300:])
    page = Page({} if ids is None else ids)
    page.feed(done.stdout.decode("utf-8"))
    page.close()
    while page.open:
        page.handle_endtag(page.open[-1][0])
    return page


def cells_of(line):
    """The cells of a row with bars; a bar behind a backslash or inside a code span is text."""
    line = line.strip()
    line = line[1:] if line.startswith("|") else line
    cells, part, in_code, at = [], [], False, 0
    while at < len(line):
        one = line[at]
        if one == "\\" and line[at + 1:at + 2] == "|":
            part.append("|")
            at += 1
        elif one == "|" and not in_code:
            cells.append("".join(part).strip())
            part = []
        else:
            in_code = in_code != (one == "`")
            part.append(one)
        at += 1
    if "".join(part).strip() or not line.endswith("|"):
        cells.append("".join(part).strip())
    return cells


def blocks_of(text):
    """(is table, lines) parts of the text, in order. A table stands between blank lines, at the margin, outside fences."""
    part, fence = [], None
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
        elif mark:
            fence = mark[1]
        elif (at == 0 or not lines[at - 1].strip()) and re.match(r" {0,3}[^ \t>]", line) and "|" in line and \
                at + 1 < len(lines) and "-" in lines[at + 1] and "|" in lines[at + 1] and RULE.fullmatch(lines[at + 1]) and \
                len(cells_of(line)) == len(cells_of(lines[at + 1])):
            end = at + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            if end == len(lines) or not lines[end].strip():
                yield False, part
                yield True, lines[at:end]
                part, at = [], end
                continue
        part.append(line)
        at += 1
    yield False, part


def table_of(adapter, lines):
    """HTML of a table."""
    header, rule = cells_of(lines[0]), cells_of(lines[1])
    aligned = ["center" if one[:1] == one[-1:] == ":" else "right" if one.endswith(":") else "" for one in rule]
    rows = [cells_of(line) for line in lines[2:]]
    rows = [header] + [(row + [""] * len(header))[:len(header)] for row in rows]
    html = iter(inline(adapter, [text for row in rows for text in row]))
    out = []
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        cells = ["<%s%s>%s</%s>" % (tag, ' class="%s"' % aligned[index] if aligned[index] else "", next(html), tag)
                 for index in range(len(row))]
        out.append("<tr>" + "".join(cells) + "</tr>")
    return '<div class="scroll"><table>\n<thead>%s</thead>\n<tbody>\n%s\n</tbody></table></div>\n' % (
        out[0], "\n".join(out[1:]))


def inline(adapter, cells):
    """The HTML of each cell. Plain words need no cmark; the others are paragraphs of one text.

    The word joiner in front keeps cmark from taking a cell for a heading or a list, and tells them apart."""
    marked = [index for index, text in enumerate(cells) if re.search(r"[\\`*_\[\]!&<]", text)]
    out = [escape(text, quote=False) for text in cells]
    if marked:
        html = "".join(cmark(adapter, "\n\n".join("\u2060" + cells[index].replace("\u2060", "")
                                                 for index in marked)).out)
        found = html.split("<p>\u2060")[1:]
        for index, one in zip(marked, found):
            out[index] = re.sub(r"</p>\s*$", "", one)
    return out


def main():
    adapter = Adapter()
    text = adapter.text(SOURCE_BYTES_MAX).replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
    parts = list(blocks_of(text))
    # Links by reference are defined anywhere: every part sees all definitions.
    definitions = "\n".join(line for is_table, lines in parts if not is_table for line in lines
                            if re.match(r" {0,3}\[[^\]]+\]:\s*\S", line)) if len(parts) > 1 else ""
    body, title, ids = [], None, {}
    for is_table, lines in parts:
        if is_table:
            body.append(table_of(adapter, lines))
            continue
        if not any(line.strip() for line in lines):
            continue  # between two tables: a run of cmark for nothing
        page = cmark(adapter, "\n".join(lines) + ("\n\n" + definitions if definitions else ""), ids)
        title = title or page.title
        body.extend(page.out)
    if not "".join(body).strip():
        adapter.refuse("there is no text in it", 1, 1)
    with open(os.path.join(HERE, "report.css"), encoding="utf-8") as stream:
        style = stream.read()
    title = title or escape(os.path.basename(adapter.name), quote=False)
    result = adapter.result()
    result.write("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                 "<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n" % (title, style))
    result.write("".join(body))
    result.write("</main>\n</body>\n</html>\n")
    result.close()


if __name__ == "__main__":
    main()
