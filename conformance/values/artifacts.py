"""What a container left in a directory, as far as it was read back. Everything here is bounded."""

from __future__ import annotations

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

    def including(self, entry: Entry) -> Tree:
        """Return this tree with one more entry."""
        return replace(self, entries=tuple(sorted((*self.entries, entry), key=lambda each: each.path)))

    def below(self, directory: str) -> Tree:
        """Return the part of the tree below one of its directories, with paths relative to that."""
        prefix = directory + "/"
        inside = (e for e in self.entries if e.path.startswith(prefix))
        entries = tuple(Entry(e.path.removeprefix(prefix), e.kind, e.size_bytes, e.content, e.sha256) for e in inside)
        return Tree(entries, self.complete)
