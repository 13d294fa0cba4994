"""Archives as an engine streams them out of a container.

docker-py's own way switches the time limit of the connection off, and leaves the connection of an archive that is not
read to its end open, on which the engine goes on holding the container.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import docker
import requests
from docker.errors import create_api_error_from_http_exception

_CHUNK = 1024 * 1024


@contextmanager
def archive_of(client: docker.DockerClient, container: str, path: str) -> Iterator[Iterator[bytes]]:
    """Give the chunks of the archive of a path in a container, which end with the context, read or not.

    Raises docker-py's NotFound if there is nothing at the path, APIError or requests' errors if the engine fails.
    """
    with _streamed(client, f"{container}/archive", {"path": path}) as chunks:
        yield chunks


@contextmanager
def export_of(client: docker.DockerClient, container: str) -> Iterator[Iterator[bytes]]:
    """Give the chunks of the archive of a container's whole file system, as ``archive_of`` does."""
    with _streamed(client, f"{container}/export", {}) as chunks:
        yield chunks


@contextmanager
def _streamed(client: docker.DockerClient, what: str, params: Mapping[str, str]) -> Iterator[Iterator[bytes]]:
    api = client.api
    address = f"{api.base_url}/v{api.api_version}/containers/{what}"
    # An engine that is asked for it spends more time on compressing than the bytes are worth.
    plain = {"Accept-Encoding": "identity"}
    with api.get(address, params=params, headers=plain, stream=True, timeout=api.timeout) as response:
        try:
            response.raise_for_status()
        except requests.exceptions.HTTPError as error:
            create_api_error_from_http_exception(error)
        yield response.iter_content(_CHUNK)
