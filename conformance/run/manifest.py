"""Finding the manifest of an image: named on the command line, in the image, or the generic one."""

from __future__ import annotations

import posixpath
from pathlib import Path

import docker
from docker.errors import NotFound

from conformance.contract import paths
from conformance.manifest import LoadedManifest, ManifestError, generic_manifest, load_manifest, read_manifest
from conformance.manifest.table import Problem
from conformance.run.archive import read_file
from conformance.run.download import archive_of
from conformance.run.ownership import Owner
from conformance.values.image import Image

LABEL = "training-container-conformance.manifest"
MANIFEST_BYTES = 2**20
SIBLING_BYTES = 256 * 2**20
_LIFETIME_S = 600


def find_manifest(client: docker.DockerClient, image: Image, option: Path | None, owner: Owner) -> LoadedManifest:
    """Return the manifest for a session; ManifestError if the one that is found cannot be used."""
    if option is not None:
        return load_manifest(option)
    labelled = dict(image.labels).get(LABEL)
    path = posixpath.join("/", labelled or paths.MANIFEST)
    # Nothing of the image is run: a container that was only created can be read.
    container = client.containers.create(
        image.config_digest,
        ["train"],
        name=f"{owner.name(0)}-manifest",
        labels=owner.labels(_LIFETIME_S),
        network="none",
        use_config_proxy=False,
    )

    def read(wanted: str, limit: int) -> bytes:
        with archive_of(client, str(container.id), wanted) as chunks:
            content = read_file(chunks, limit)
        if content is None:
            raise OSError(None, f"it is no regular file of {limit} bytes at most")
        return content

    def sibling(relative: str) -> bytes:
        try:
            return read(posixpath.join(posixpath.dirname(path), relative), SIBLING_BYTES)
        except NotFound as error:
            raise FileNotFoundError(2, "there is no such file in the image", relative) from error

    where = f"{path} in the image"
    try:
        text = read(path, MANIFEST_BYTES)
        return read_manifest(text, where, sibling, "image", path)
    except NotFound:
        if labelled is not None:
            problem = Problem((), f"is not there, but the image's label {LABEL} names it")
            raise ManifestError(where, problem) from None
        return generic_manifest()
    except OSError as error:
        raise ManifestError(where, Problem((), f"cannot be read: {error.strerror or error}")) from error
    finally:
        container.remove(force=True, v=True)
