"""Archives in and out of containers. What comes out is untrusted: it is read as a stream, within bounds, no link is
followed and nothing is ever written to the host's file system under a name that a container chose.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Self

from conformance.values.artifacts import Entry, Kind, Tree

MAX_ENTRIES = 10_000
MAX_BYTES = 10**9
"""How much of a tree is read, headers and contents together: some ten seconds of an engine's answering."""
CONTENT_BYTES = 64 * 1024
NAME_CHARACTERS = 4096
HEADER_BYTES = 1024 * 1024
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


Watch = Callable[[str, Iterable[bytes]], Iterable[bytes]]
"""Sees the blocks of a file, by its path, while they are read, and passes them on."""


def unwatched(_path: str, blocks: Iterable[bytes]) -> Iterable[bytes]:
    """Let the blocks of a file pass."""
    return blocks


class TooMuchError(Exception):
    """An archive is larger than what is read."""


def pack(
    files: Iterable[tuple[str, bytes]],
    directories: Iterable[str] = (),
    pipes: Iterable[str] = (),
    *,
    for_anyone: bool = False,
    executable: bool = False,
) -> bytes:
    """Return a tar archive of files, directories and FIFOs, owned by root, as the platform lays them down.

    ``for_anyone`` says that every user can write to them, ``executable`` that the files are programs.
    """
    file_mode, directory_mode = (0o666, 0o777) if for_anyone else (0o644, 0o755)
    file_mode |= 0o111 if executable else 0
    target = io.BytesIO()
    seen: set[str] = set()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for directory in directories:
            _add_directory(archive, directory, seen, directory_mode)
        for path, content in files:
            _add_directory(archive, path.rpartition("/")[0], seen, directory_mode)
            member = tarfile.TarInfo(path)
            member.mode = file_mode
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for path in pipes:
            _add_directory(archive, path.rpartition("/")[0], seen, directory_mode)
            member = tarfile.TarInfo(path)
            member.mode = file_mode
            member.type = tarfile.FIFOTYPE
            archive.addfile(member)
    return target.getvalue()


def _add_directory(archive: tarfile.TarFile, path: str, seen: set[str], mode: int) -> None:
    if not path or path in seen:
        return
    _add_directory(archive, path.rpartition("/")[0], seen, mode)
    seen.add(path)
    member = tarfile.TarInfo(path)
    member.type = tarfile.DIRTYPE
    member.mode = mode
    archive.addfile(member)


def read_tree(chunks: Iterable[bytes], watch: Watch = unwatched) -> Tree:
    """Return what lies below the one directory that an archive holds, within the bounds of this module.

    A file that is larger than what may still be read is the last entry, without a digest. Raises tarfile.TarError
    where the stream is no archive or ends too early, which is the fault of whoever sends it.
    """
    entries: dict[str, Entry] = {}
    try:
        complete = all(_kept(entries, archive, member, watch) for archive, member in _members(chunks))
    except TooMuchError:
        complete = False
    return Tree(tuple(sorted(entries.values(), key=lambda entry: entry.path)), complete)


def read_entry(chunks: Iterable[bytes], path: str, watch: Watch = unwatched) -> Entry:
    """Return the one thing that an archive holds, or its first, under the path that it is to have.

    Raises as ``read_tree`` does.
    """
    try:
        for archive, member in _members(chunks):
            return _entry(archive, member, path, watch)
    except TooMuchError:
        return Entry(path, "other")
    raise tarfile.ReadError("there is nothing in the archive")


def read_file(chunks: Iterable[bytes], limit: int) -> bytes | None:
    """Return the content of the one regular file in an archive; None if it is none, or larger than ``limit`` bytes.

    Raises as ``read_tree`` does.
    """
    try:
        for archive, member in _members(chunks):
            if not member.isreg() or member.size > limit:
                return None
            return b"".join(_blocks(archive, member))
    except TooMuchError:
        return None
    return None


def member_names(chunks: Iterable[bytes], limit: int = MAX_BYTES) -> Iterator[tuple[str, Kind]]:
    """Yield name and kind of whatever is in an archive, and nothing of its contents.

    Raises TooMuchError behind ``limit`` bytes, else as ``read_tree`` does.
    """
    for _, member in _members(chunks, limit):
        yield member.name[:NAME_CHARACTERS], _KINDS.get(member.type, "other")


def file_sizes(chunks: Iterable[bytes], limit: int) -> Iterator[tuple[str, int | None]]:
    """Yield the names and sizes of all that an archive holds but directories, as its headers give them; for the first
    without a size if it is a directory.

    No more than ``limit`` bytes are read. Raises TooMuchError, and as ``read_tree`` does.
    """
    for index, (_, member) in enumerate(_members(chunks, limit)):
        if not member.isdir():
            yield member.name, member.size if member.isreg() else 0
        elif index == 0:
            yield member.name, None


def _members(chunks: Iterable[bytes], limit: int = MAX_BYTES) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    stream = _Stream(chunks, limit)
    try:
        with tarfile.open(
            fileobj=stream, mode="r|", bufsize=_BLOCK, tarinfo=_Member, encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for member in archive:
                yield archive, member
                # A stream's members would otherwise pile up in memory.
                archive.members = []  # type: ignore[attr-defined]
    except (ValueError, OverflowError, IndexError, RecursionError) as error:
        # What tarfile raises for extended headers that make no sense.
        raise tarfile.ReadError(f"an extended header cannot be read: {error}") from error


def _kept(entries: dict[str, Entry], archive: tarfile.TarFile, member: tarfile.TarInfo, watch: Watch) -> bool:
    """Add what a member of an archive is to the entries; False if that is all that is read."""
    path = _below_top(member.name)
    if not path:
        return True
    if len(entries) >= MAX_ENTRIES:
        return False
    entry = _entry(archive, member, path, watch)
    if entry.kind == "hard link" and (same := entries.get(_below_top(member.linkname))) is not None:
        # Which of the names of a file comes first says nothing about the file.
        entry = replace(same, path=path)
    entries[path] = entry
    return entry.kind != "file" or entry.sha256 is not None


def _below_top(name: str) -> str:
    return name.partition("/")[2][:NAME_CHARACTERS]


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, watch: Watch) -> Entry:
    kind = _KINDS.get(member.type, "other")
    if kind != "file":
        return Entry(path, kind)
    if member.issparse():
        # No engine sends it, and tarfile reads on for ever where its map makes no sense.
        return Entry(path, kind, member.size)
    digest = hashlib.sha256()
    content = b""
    for block in watch(path, _blocks(archive, member)):
        content += block[: CONTENT_BYTES - len(content)]
        if member.offset_data + member.size > MAX_BYTES:
            return Entry(path, kind, member.size, content)
        digest.update(block)
    return Entry(path, kind, member.size, content, digest.hexdigest())


def _blocks(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    source = archive.extractfile(member)
    while source is not None and (block := source.read(_BLOCK)):
        yield block


class _Member(tarfile.TarInfo):
    """A header that is what it says, or an error: tarfile takes a broken one for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if len(buf) == tarfile.BLOCKSIZE and not any(buf):
            return super().frombuf(buf, encoding, errors)
        try:
            member = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"the archive is cut off or no archive: {error}") from error
        if member.size < 0:
            raise tarfile.ReadError(f"a header gives {member.size} bytes")
        if member.type not in _KINDS and member.size > HEADER_BYTES:
            # An extended header, which is read at once.
            raise TooMuchError
        return member


class _Stream(io.RawIOBase):
    """The chunks of an engine's answer as a file that is read once, forward, up to a limit."""

    def __init__(self, chunks: Iterable[bytes], limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._chunks: Iterator[bytes] = filter(None, chunks)
        self._chunk = memoryview(b"")
        self._read = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        parts: list[memoryview] = []
        wanted = size if size >= 0 else self._limit
        while wanted > 0:
            if not self._chunk:
                self._chunk = memoryview(next(self._chunks, b""))
                if not self._chunk:
                    break
            parts.append(self._chunk[:wanted])
            self._chunk = self._chunk[len(parts[-1]) :]
            wanted -= len(parts[-1])
        if not parts and self._ended:
            raise tarfile.ReadError("the archive is cut off")
        self._ended = not parts
        self._read += sum(map(len, parts))
        if self._read > self._limit + _BLOCK:
            raise TooMuchError
        return b"".join(parts)
