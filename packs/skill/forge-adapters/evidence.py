# SPDX-License-Identifier: Apache-2.0
"""Rows to evidence: each row says which file, with which hash, and where in it, it stands.

The locator is the fragment that leads there: row=2 (RFC 7111) in CSV and TSV, where the header is row 1, and a JSON
pointer (/0) in JSON rows. The row's own values stand under `content`, as they are.
"""
import hashlib
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import delimited  # noqa: E402
import exact  # noqa: E402
from adapt import CHUNK_BYTES, Adapter  # noqa: E402


def sha256_of(adapter):
    found = hashlib.sha256()
    with adapter.open() as stream:
        for chunk in iter(lambda: stream.read(CHUNK_BYTES), b""):
            found.update(chunk)
    return found.hexdigest()


def located(adapter):
    """(row number, locator, object)."""
    if adapter.kind in delimited.DELIMITER:
        reader = delimited.Reader(adapter, adapter.kind)
        for number, cells in reader.rows():
            yield number, "row=%d" % number, dict(zip(reader.header, cells))
    else:
        for number, row in exact.rows_of(adapter):
            yield number, "/%d" % (number - 1), row


def main():
    adapter = Adapter()
    sha256 = sha256_of(adapter)
    result = adapter.result()
    out = exact.Rows(result)
    for number, locator, row in located(adapter):
        try:
            out.row({"source_path": adapter.name, "source_sha256": sha256, "row": exact.Number(number),
                     "locator": locator, "content": row})
        except exact.Refused as error:
            adapter.refuse(str(error), number, None)
    out.end()
    result.close()


if __name__ == "__main__":
    main()
