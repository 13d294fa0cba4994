"""Internal networks, which lead nowhere.

A silent one swallows every packet, with a name server that never answers: worse for a job than none at all. Those of
newer engines give no route into it either, so that nobody waits for an answer: then there is nothing to be seen.

A private one is for the hosts of a job, which find each other by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import docker
from docker.errors import NotFound
from docker.models.networks import Network

from conformance.run.ownership import Owner
from conformance.run.waiting import start_waiting

# Without an address of the engine's machine in it, what listens there cannot be reached.
_NO_GATEWAY = {"com.docker.network.bridge.inhibit_ipv4": "true"}


@contextmanager
def private_network(
    client: docker.DockerClient, name: str, labels: Mapping[str, str], *, internal: bool = True
) -> Iterator[str]:
    """Make a network for the hosts of a job, and give its name; it leads elsewhere only if it is not ``internal``.

    Its containers must be gone at the end.
    """
    network: Network = client.networks.create(
        name, driver="bridge", options=_NO_GATEWAY if internal else {}, internal=internal, labels=dict(labels)
    )
    try:
        yield name
    finally:
        with suppress(NotFound):
            network.remove()


class SilentNetwork:
    """The silent network of one job."""

    def __init__(self, client: docker.DockerClient, name: str, labels: Mapping[str, str]) -> None:
        self._client = client
        self._network: Network = client.networks.create(name, driver="bridge", internal=True, labels=dict(labels))
        self.name = name

    def has_route(self, image: str, owner: Owner) -> bool:
        """Whether a container in it has a route to anywhere; seen in one that waits, as a job's may have ended."""
        container = start_waiting(self._client, image, owner, f"in-{self.name}", network=self.name)
        try:
            container.reload()
            found = container.attrs["NetworkSettings"]["Networks"].get(self.name) or {}
            return bool(found.get("Gateway"))
        finally:
            container.remove(force=True, v=True)

    def remove(self) -> None:
        """Remove the network. Its containers must be gone."""
        try:
            self._network.remove()
        except NotFound:
            return
