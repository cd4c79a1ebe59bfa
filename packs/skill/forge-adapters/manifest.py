# SPDX-License-Identifier: Apache-2.0
"""A ZIP archive to the list of its files: path, bytes, SHA-256 and kind of each. Nothing is unpacked to a disk.

Refused, with the member's name: paths that are absolute, leave the folder or have a backslash, a drive, a control
character or an empty part; two members of one path (case aside); links and special files; encrypted members; names in
no known encoding; members that share bytes of the archive; more than MEMBERS_MAX members; more than TOTAL_BYTES_MAX
bytes unpacked; a member that unpacks to more than RATIO_MAX times its size; sizes and checksums that do not agree.
An archive inside the archive is listed and not opened.
"""
import hashlib
import os
import stat
import sys
import zipfile
import zlib

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import exact  # noqa: E402
from adapt import CHUNK_BYTES, Adapter, shown, size_words  # noqa: E402

MEMBERS_MAX = 10000
TOTAL_BYTES_MAX = 4 << 30
RATIO_MAX = 200
RATIO_BYTES_MIN = 1 << 20  # what unpacks to less than this harms nobody, whatever its ratio
PATH_BYTES_MAX = 1000
DIRECTORY_BYTES_MAX = 12 << 20
SNIFF_BYTES = 65536
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

BY_NAME = {"csv": "table.csv", "tsv": "table.tsv", "tab": "table.tsv", "md": "text.markdown", "markdown": "text.markdown",
           "html": "web.page.html", "htm": "web.page.html", "yaml": "object.yaml", "yml": "object.yaml",
           "diff": "code.patch.unified_diff", "patch": "code.patch.unified_diff"}
MAGIC = ((b"%PDF-", "report.pdf"), (b"PK\x03\x04", "file.archive.zip"), (b"PK\x05\x06", "file.archive.zip"),
         (b"PAR1", "table.parquet"))
OFFICE = ("xlsx", "docx", "pptx", "odt", "ods", "odp")


def kind_of(path, head, is_whole):
    """What the first bytes are; the name decides only between kinds that the bytes allow."""
    extension = path.rsplit("/", 1)[-1].rpartition(".")[2].lower() if "." in path.rsplit("/", 1)[-1] else ""
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return "file.binary" if extension in OFFICE else kind
    if not head or b"\0" in head or not is_utf8(head, is_whole):
        return "file.binary"
    text = head.decode("utf-8-sig", "ignore").lstrip()
    if extension == "json" and text[:1] in ("{", "["):
        return "table.json_rows" if text.startswith("[") and text[1:].lstrip()[:1] == "{" else "object.json"
    if extension in ("html", "htm") and not text.startswith("<"):
        return "file.text"
    return BY_NAME.get(extension, "file.text")


def is_utf8(head, is_whole):
    try:
        head.decode("utf-8")
        return True
    except UnicodeDecodeError as error:
        return not is_whole and error.start >= len(head) - 3 and error.reason == "unexpected end of data"


class Archive:
    def __init__(self, adapter):
        self.adapter = adapter
        self.stream = adapter.open()
        try:
            self.check_directory()
            self.zip = zipfile.ZipFile(self.stream)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, OSError) as error:
            adapter.refuse("it is no whole ZIP archive: %s" % shown(str(error)))
        self.members = self.zip.infolist()
        if len(self.members) > MEMBERS_MAX:
            adapter.refuse("it holds %d members, and at most %d are read" % (len(self.members), MEMBERS_MAX))

    def check_directory(self):
        """Count the members before zipfile makes an object of each: an entry of 46 bytes costs it ten times that.

        What zipfile reads is asked from zipfile itself; a reader of our own might see another directory."""
        end = zipfile._EndRecData(self.stream)  # pylint: disable=protected-access
        if not end:
            return  # zipfile says what is wrong
        size, place = end[5], end[9]
        if size > DIRECTORY_BYTES_MAX:
            self.adapter.refuse("its directory has %d bytes, and at most %s are read" % (size, size_words(DIRECTORY_BYTES_MAX)))
        self.stream.seek(max(0, place - size - (76 if end[0] == b"PK\x06\x06" else 0)))
        members = self.stream.read(size).count(b"PK\x01\x02")
        if members > MEMBERS_MAX:
            self.adapter.refuse("it holds %d members, and at most %d are read" % (members, MEMBERS_MAX))

    def refuse(self, info, why):
        self.adapter.refuse("the member '%s' %s" % (shown(info.orig_filename, 120), why))

    def check(self):
        """Everything that the directory says, before a byte is unpacked."""
        paths, total, places = {}, 0, []
        for info in self.members:
            name = info.orig_filename
            if not info.flag_bits & 0x800 and not name.isascii():
                self.refuse(info, "has a name in no known encoding; pack it with UTF-8 names")
            self.check_path(info, name)
            path = info.filename.rstrip("/").casefold()
            if path in paths:
                self.refuse(info, "is there twice" if paths[path] == name else
                            "and '%s' differ in case only" % shown(paths[path], 120))
            paths[path] = name
            mode = info.external_attr >> 16
            if info.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                self.refuse(info, "is a link or a special file")
            if info.flag_bits & 0x41:
                self.refuse(info, "is encrypted")
            if info.compress_type not in METHODS:
                self.refuse(info, "is packed by method %d; only stored and deflated ones are read" % info.compress_type)
            if info.file_size > RATIO_BYTES_MIN and info.file_size > RATIO_MAX * max(1, info.compress_size):
                self.refuse(info, "unpacks to more than %d times its size: this may be a bomb" % RATIO_MAX)
            total += info.file_size
            places.append((info.header_offset, info.header_offset + 30 + info.compress_size, info))
        if total > TOTAL_BYTES_MAX:
            self.adapter.refuse("it unpacks to %d bytes, and at most %s are read: this may be a bomb" % (
                total, size_words(TOTAL_BYTES_MAX)))
        self.check_places(places)
        for info in self.members:
            parts = info.filename.rstrip("/").casefold().split("/")
            for n in range(1, len(parts)):
                above = paths.get("/".join(parts[:n]))
                if above is not None and not above.endswith("/"):
                    self.refuse(info, "lies below '%s', which is a file" % shown(above, 120))

    def check_path(self, info, name):
        parts = (name[:-1] if name.endswith("/") else name).split("/")
        if not name or len(name.encode("utf-8", "surrogatepass")) > PATH_BYTES_MAX:
            self.refuse(info, "has a path of no or more than %d bytes" % PATH_BYTES_MAX)
        if any(ord(one) < 32 or ord(one) == 127 for one in name):
            self.refuse(info, "has a control character in its path")
        if "\\" in name or name.startswith("/") or ":" in parts[0][1:2]:
            self.refuse(info, "has an absolute path or one with a backslash")
        if any(one in ("", ".", "..") for one in parts):
            self.refuse(info, "has a path that leaves the folder")

    def check_places(self, places):
        """No two members share bytes of the archive: a bomb would repeat one of them."""
        places.sort(key=lambda one: one[0])
        for before, after in zip(places, places[1:]):
            if before[1] > after[0]:
                self.refuse(after[2], "shares bytes with '%s': this may be a bomb" % shown(before[2].orig_filename, 120))

    def entry(self, info):
        found, size, head = hashlib.sha256(), 0, b""
        try:
            with self.zip.open(info) as member:
                while True:
                    data = member.read(CHUNK_BYTES)
                    if not data:
                        break
                    size += len(data)
                    if size > info.file_size:
                        self.refuse(info, "is longer than the archive says")
                    if len(head) < SNIFF_BYTES:
                        head = (head + data)[:SNIFF_BYTES]
                    found.update(data)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
            self.refuse(info, "cannot be unpacked: %s" % shown(str(error)))
        if size != info.file_size:
            self.refuse(info, "has %d bytes, and the archive says %d" % (size, info.file_size))
        return {"path": info.filename, "bytes": exact.Number(size), "sha256": found.hexdigest(),
                "kind": kind_of(info.filename, head, size <= SNIFF_BYTES)}


def main():
    adapter = Adapter()
    archive = Archive(adapter)
    archive.check()
    files = sorted((one for one in archive.members if not one.is_dir()), key=lambda one: one.filename.encode("utf-8"))
    entries = [archive.entry(one) for one in files]
    result = adapter.result()
    result.write(exact.pretty({"schema": "forge.batch_manifest.v1", "source_path": adapter.name, "entries": entries}) + "\n")
    result.close()


if __name__ == "__main__":
    main()
