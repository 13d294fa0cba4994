"""What is inside a compressed file that comes by as a stream: gzip, and zip archives. Everything is bounded."""

from __future__ import annotations

import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator

MAX_UNPACKED_BYTES = 256 * 2**20
"""How much of one file is unpacked."""
MAX_MEMBERS = 1000
_BLOCK = 2**20
_IN_MEMORY_BYTES = 8 * 2**20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_GZIP_WINDOW = 31
# What the standard library raises for archives that make no sense, or that it cannot read.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    struct.error,
)


class Unpacked:
    """Takes the blocks of one file, and gives what they hold, by the name of the member it is in."""

    def __init__(self) -> None:
        self._begin = b""
        self._gzip: _Gzip | None = None
        self._zip: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._known = False

    def take(self, block: bytes) -> Iterator[tuple[str, bytes]]:
        """Take a block and yield what could be unpacked with it."""
        if not self._known:
            block = self._begin + block
            self._begin = block
            if len(block) < len(_ZIP):
                return
            self._begin, self._known = b"", True
            if block.startswith(_GZIP):
                self._gzip = _Gzip()
            elif block.startswith(_ZIP):
                self._zip = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # closed at its end
        if self._gzip is not None:
            yield from (("gzip", content) for content in self._gzip.take(block))
        if self._zip is not None:
            self._zip.write(block)
            if self._zip.tell() > MAX_UNPACKED_BYTES:
                self._zip.close()
                self._zip = None

    def end(self) -> Iterator[tuple[str, bytes]]:
        """Yield what can be unpacked only once the file is whole."""
        if self._zip is None:
            return
        with self._zip as file:
            try:
                yield from _members(file)
            except _UNREADABLE:
                # It only begins like a zip archive.
                return


def _members(file: tempfile.SpooledTemporaryFile[bytes]) -> Iterator[tuple[str, bytes]]:
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist()[:MAX_MEMBERS]:
            # What is only stored was seen already.
            if member.compress_type == zipfile.ZIP_STORED:
                continue
            with archive.open(member) as content:
                while left > 0 and (block := content.read(min(_BLOCK, left))):
                    left -= len(block)
                    yield member.filename, block


class _Gzip:
    """One gzip member after the other."""

    def __init__(self) -> None:
        self._left = MAX_UNPACKED_BYTES
        self._member = zlib.decompressobj(_GZIP_WINDOW)

    def take(self, packed: bytes) -> Iterator[bytes]:
        while packed and self._left > 0:
            try:
                content = self._member.decompress(packed, min(_BLOCK, self._left))
            except zlib.error:
                # It only begins like gzip, or something else stands behind it.
                self._left = 0
                return
            self._left -= len(content)
            yield content
            packed = self._member.unconsumed_tail
            if self._member.eof:
                packed = self._member.unused_data
                self._member = zlib.decompressobj(_GZIP_WINDOW)
