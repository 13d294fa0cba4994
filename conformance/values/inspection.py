"""What a closer look at an ended container shows, beyond what it left in the directories that are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sighting:
    """A text of the plan that was found where an image wrote, and in which form: ``text``, ``float64``, …

    ``place`` is a stream's name, or a path that begins with ``model/`` or ``output/``.
    """

    text: str
    place: str
    form: str


@dataclass(frozen=True)
class Written:
    """A file, or a directory with all that is in it, that a job wrote: its path, how many files and bytes they are."""

    path: str
    files: int
    size_bytes: int


@dataclass(frozen=True)
class Inspection:
    """What a job wrote elsewhere.

    ``elsewhere`` lies below ``/opt/ml``, ``scratch`` outside of it and of the places for scratch; it is looked at only
    where ``layer_bytes``, all that the container's own file system took, could be too much. ``counted`` is False where
    there was more than is looked at. ``artifact_bytes`` is the size of model and output data where they are larger than
    what is read of them, None where they are not or where there is no end to them.
    """

    elsewhere: tuple[Written, ...] = ()
    scratch: tuple[Written, ...] = ()
    layer_bytes: int = 0
    counted: bool = True
    artifact_bytes: int | None = None
