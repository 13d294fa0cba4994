"""An image as an engine describes it."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Engine:
    """The container engine that runs the jobs."""

    name: str
    version: str
    api: str
    storage: str
