"""An image as an engine describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Image:
    """What the configuration of an image says, resolved once for a session.

    ``reference`` is what the user named; ``config_digest`` identifies the image; ``manifest_digest`` is known only of
    an image that was pulled or pushed; ``base`` says what the image is derived from, where labels or variables tell.
    """

    reference: str
    config_digest: str
    manifest_digest: str | None
    platform: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    user: str
    environment: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    size_bytes: int
    base: str | None


FilesWanted = Literal["", "opt-ml", "libraries"]
"""Which of an image's files are asked for: none, those below /opt/ml, or the shared libraries."""


@dataclass(frozen=True)
class ImageFiles:
    """Files of an image by their absolute paths. ``complete`` is False where the limits cut the reading short."""

    paths: tuple[str, ...]
    complete: bool = True


NO_FILES = ImageFiles(())


@dataclass(frozen=True)
class Engine:
    """The container engine that runs the jobs."""

    name: str
    version: str
    api: str
    storage: str
