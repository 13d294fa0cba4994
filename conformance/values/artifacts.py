"""What a container left in a directory, as far as it was read back. Everything here is bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["file", "directory", "symbolic link", "hard link", "pipe", "device", "other"]


@dataclass(frozen=True)
class Entry:
    """One file or directory, by its path below the directory that was read.

    ``content`` is the beginning of a regular file; ``sha256`` is that of the whole file, or None where it was larger
    than what is read.
    """

    path: str
    kind: Kind
    size_bytes: int = 0
    content: bytes = b""
    sha256: str | None = None


@dataclass(frozen=True)
class Change:
    """What a container did to a file that it was given, or that it left among those."""

    path: str
    how: Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Tree:
    """The entries below one directory, sorted by path. ``complete`` is False where the limits cut it short."""

    entries: tuple[Entry, ...] = ()
    complete: bool = True

    def files(self) -> tuple[Entry, ...]:
        """Return the regular files."""
        return tuple(entry for entry in self.entries if entry.kind == "file")

    def has_model(self) -> bool:
        """Whether there is at least one non-empty regular file, which is what the platform takes for a model."""
        return any(entry.size_bytes > 0 for entry in self.files())

    def find(self, path: str) -> Entry | None:
        """Return the entry at a path below the directory, if there is one."""
        return next((entry for entry in self.entries if entry.path == path), None)

    def without(self, path: str) -> Tree:
        """Return this tree without one of its entries."""
        return replace(self, entries=tuple(entry for entry in self.entries if entry.path != path))

    def including(self, entry: Entry) -> Tree:
        """Return this tree with one more entry."""
        return replace(self, entries=tuple(sorted((*self.entries, entry), key=lambda each: each.path)))

    def below(self, directory: str) -> Tree:
        """Return the part of the tree below one of its directories, with paths relative to that."""
        prefix = directory + "/"
        inside = (e for e in self.entries if e.path.startswith(prefix))
        entries = tuple(Entry(e.path.removeprefix(prefix), e.kind, e.size_bytes, e.content, e.sha256) for e in inside)
        return Tree(entries, self.complete)


def changes(given: Mapping[str, str], found: Tree) -> tuple[Change, ...]:
    """Return in what the files of a tree are no longer those that were given, which come as SHA-256 by path.

    Directories are no files; nor are what engines and their file systems lay beside them.
    """
    left = {entry.path: entry for entry in found.entries if entry.kind != "directory" and not _is_of_engine(entry.path)}
    gone = given.keys() - left.keys() if found.complete else set()
    changed = [path for path, digest in given.items() if path in left and _is_other(left[path], digest)]
    return (
        *(Change(path, "removed") for path in sorted(gone)),
        *(Change(path, "changed") for path in sorted(changed)),
        *(Change(path, "added") for path in sorted(left.keys() - given.keys())),
    )


def _is_other(entry: Entry, digest: str) -> bool:
    # Without a digest the file was not read to its end.
    return entry.kind != "file" or entry.sha256 not in (digest, None)


def _is_of_engine(path: str) -> bool:
    return any(part == "lost+found" or part.startswith((".wh.", ".nfs")) for part in path.split("/"))
