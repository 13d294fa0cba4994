"""What is inside a compressed file that comes by as a stream: gzip, and zip archives. Everything is bounded."""

from __future__ import annotations

import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator

MAX_UNPACKED_BYTES = 512 * 2**20
"""How much is unpacked of all that a job leaves."""
MAX_MEMBERS = 10_000
_MAX_ARCHIVE_BYTES = 256 * 2**20
_MAX_DIRECTORY_BYTES = 4 * 2**20
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
    ArithmeticError,
    MemoryError,
    struct.error,
)


class Allowance:
    """What may be unpacked of all files together: so many bytes and members."""

    def __init__(self, unpacked_bytes: int = MAX_UNPACKED_BYTES, members: int = MAX_MEMBERS) -> None:
        self.unpacked_bytes = unpacked_bytes
        self.members = members

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be unpacked."""
        return self.unpacked_bytes <= 0 or self.members <= 0


class Unpacked:
    """Takes the blocks of one file, and gives what they hold, by the name of the member it is in."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
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
                self._gzip = _Gzip(self._allowance)
            elif block.startswith(_ZIP):
                self._zip = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # closed at its end
        if self._gzip is not None:
            yield from (("gzip", content) for content in self._gzip.take(block))
        if self._zip is not None:
            self._zip.write(block)
            if self._zip.tell() > _MAX_ARCHIVE_BYTES:
                self._zip.close()
                self._zip = None

    def end(self) -> Iterator[tuple[str, bytes]]:
        """Yield what can be unpacked only once the file is whole."""
        if self._zip is None:
            return
        with self._zip as file:
            try:
                yield from _members(file, self._allowance)
            except _UNREADABLE:
                # It only begins like a zip archive.
                return


def _members(file: tempfile.SpooledTemporaryFile[bytes], allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    if _directory_bytes(file) > _MAX_DIRECTORY_BYTES:
        return
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if allowance.is_spent:
                return
            allowance.members -= 1
            # What is only stored was seen already.
            if member.compress_type == zipfile.ZIP_STORED:
                continue
            with archive.open(member) as content:
                while not allowance.is_spent and (block := content.read(min(_BLOCK, allowance.unpacked_bytes))):
                    allowance.unpacked_bytes -= len(block)
                    yield member.filename, block


def _directory_bytes(file: tempfile.SpooledTemporaryFile[bytes]) -> int:
    """Return how long Python takes the directory of an archive to be, which it reads whole before it tells anything."""
    record = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001
    return int(record[zipfile._ECD_SIZE]) if record else 0  # type: ignore[attr-defined]  # noqa: SLF001


class _Gzip:
    """One gzip member after the other."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._is_gzip = True
        self._member = zlib.decompressobj(_GZIP_WINDOW)

    def take(self, packed: bytes) -> Iterator[bytes]:
        while packed and self._is_gzip and not self._allowance.is_spent:
            try:
                content = self._member.decompress(packed, min(_BLOCK, self._allowance.unpacked_bytes))
            except zlib.error:
                # It only begins like gzip, or something else stands behind it.
                self._is_gzip = False
                return
            self._allowance.unpacked_bytes -= len(content)
            yield content
            packed = self._member.unconsumed_tail
            if self._member.eof:
                packed = self._member.unused_data
                self._member = zlib.decompressobj(_GZIP_WINDOW)
                self._allowance.members -= 1
