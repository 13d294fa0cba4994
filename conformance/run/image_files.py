"""Which files an image has, read from a container that was created and is never started."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import docker
from docker.errors import NotFound

from conformance.contract import paths
from conformance.run.archive import MAX_BYTES, TooMuchError, member_names
from conformance.run.download import archive_of, export_of
from conformance.run.ownership import Owner
from conformance.values.image import FilesWanted, Image, ImageFiles

_MOST_PATHS = 10_000
_MOST_EXPORTED_BYTES = 64 * 10**9
_LIFETIME_S = 600
# Apart, so that none of them is hidden behind more than is read of the others.
_RESERVED = (paths.INPUT, paths.MODEL, paths.OUTPUT, paths.ML)


def files_of(
    client: docker.DockerClient, image: Image, owner: Owner, wanted: FilesWanted, *, seconds: float
) -> ImageFiles:
    """Return the files that are asked for, as far as they can be read in so many seconds.

    Raises docker-py's errors where the engine fails.
    """
    until = time.monotonic() + seconds
    with _created(client, image, owner) as container:
        if wanted == "libraries":
            with export_of(client, container) as chunks:
                return _listed(_before(until, chunks), "/", limit=_MOST_EXPORTED_BYTES, holding=".so")
        found = [_below(client, container, directory, until) for directory in _RESERVED]
    every = dict.fromkeys(path for files in found for path in files.paths)
    # What lies elsewhere under /opt/ml is only worth knowing.
    return ImageFiles(tuple(every), all(files.complete for files in found[:-1]))


def _below(client: docker.DockerClient, container: str, directory: str, until: float) -> ImageFiles:
    try:
        with archive_of(client, container, directory) as chunks:
            return _listed(_before(until, chunks), posixpath.dirname(directory))
    except NotFound:
        return ImageFiles(())


def _listed(chunks: Iterable[bytes], root: str, *, limit: int = MAX_BYTES, holding: str = "") -> ImageFiles:
    found: list[str] = []
    try:
        for name, kind in member_names(chunks, limit):
            if len(found) >= _MOST_PATHS:
                return ImageFiles(tuple(found), complete=False)
            if kind != "directory" and holding in posixpath.basename(name):
                found.append(posixpath.join(root, name))
    except TooMuchError:
        return ImageFiles(tuple(found), complete=False)
    return ImageFiles(tuple(found))


def _before(until: float, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if time.monotonic() > until:
            raise TooMuchError
        yield chunk


@contextmanager
def _created(client: docker.DockerClient, image: Image, owner: Owner) -> Iterator[str]:
    container = client.containers.create(
        image.config_digest,
        ["train"],
        name=f"{owner.name(0)}-files",
        labels=owner.labels(_LIFETIME_S),
        network="none",
        use_config_proxy=False,
    )
    try:
        yield str(container.id)
    finally:
        container.remove(force=True, v=True)
