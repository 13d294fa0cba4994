"""Archives in and out of containers. What comes out is untrusted: it is read as a stream, within bounds, no link is
followed and nothing is ever written to the host's file system under a name that a container chose.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator

from conformance.values.artifacts import Entry, Kind, Tree

MAX_ENTRIES = 10_000
MAX_BYTES = 4 * 10**9
CONTENT_BYTES = 64 * 1024
NAME_CHARACTERS = 4096
_BLOCK = 1024 * 1024
_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.GNUTYPE_SPARSE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "symbolic link",
    tarfile.LNKTYPE: "hard link",
    tarfile.FIFOTYPE: "pipe",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
}


class TooMuchError(Exception):
    """An archive is larger than what is read."""


def pack(files: Iterable[tuple[str, bytes]], directories: Iterable[str] = ()) -> bytes:
    """Return a tar archive of files and directories, owned by root, as the platform lays them down."""
    target = io.BytesIO()
    seen: set[str] = set()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for directory in directories:
            _add_directory(archive, directory, seen)
        for path, content in files:
            _add_directory(archive, path.rpartition("/")[0], seen)
            member = tarfile.TarInfo(path)
            member.mode = 0o644
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def _add_directory(archive: tarfile.TarFile, path: str, seen: set[str]) -> None:
    if not path or path in seen:
        return
    _add_directory(archive, path.rpartition("/")[0], seen)
    seen.add(path)
    member = tarfile.TarInfo(path)
    member.type = tarfile.DIRTYPE
    member.mode = 0o755
    archive.addfile(member)


def read_tree(chunks: Iterable[bytes]) -> Tree:
    """Return what lies below the one directory that an archive holds, within the bounds of this module."""
    stream = _Stream(chunks)
    entries: list[Entry] = []
    complete = True
    try:
        with tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape") as archive:
            for member in archive:
                if len(entries) >= MAX_ENTRIES:
                    complete = False
                    break
                path = _below_top(member.name)
                if path:
                    entries.append(_entry(archive, member, path))
                # A stream's members would otherwise pile up in memory.
                archive.members = []  # type: ignore[attr-defined]
    except TooMuchError:
        complete = False
    return Tree(tuple(sorted(entries, key=lambda entry: entry.path)), complete)


def read_file(chunks: Iterable[bytes], limit: int) -> bytes | None:
    """Return the content of the one regular file in an archive; None if it is none, or larger than ``limit`` bytes."""
    with tarfile.open(fileobj=_Stream(chunks), mode="r|") as archive:
        for member in archive:
            if not member.isreg() or member.size > limit:
                return None
            source = archive.extractfile(member)
            return None if source is None else source.read(limit)
    return None


def _below_top(name: str) -> str:
    return name.partition("/")[2][:NAME_CHARACTERS]


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> Entry:
    kind = _KINDS.get(member.type, "other")
    if kind != "file":
        return Entry(path, kind)
    source = archive.extractfile(member)
    if source is None:
        return Entry(path, "other")
    digest = hashlib.sha256()
    content = b""
    while block := source.read(_BLOCK):
        digest.update(block)
        if len(content) < CONTENT_BYTES:
            content += block[: CONTENT_BYTES - len(content)]
    return Entry(path, kind, member.size, content, digest.hexdigest())


class _Stream(io.RawIOBase):
    """The chunks of an engine's answer as a file that is read once, forward, up to ``MAX_BYTES``."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = b""
        self._read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        parts: list[bytes] = []
        wanted = size if size >= 0 else MAX_BYTES
        while wanted > 0:
            if not self._rest:
                self._rest = next(self._chunks, b"")
                if not self._rest:
                    break
            part, self._rest = self._rest[:wanted], self._rest[wanted:]
            wanted -= len(part)
            parts.append(part)
        self._read += sum(map(len, parts))
        if self._read > MAX_BYTES:
            raise TooMuchError
        return b"".join(parts)
