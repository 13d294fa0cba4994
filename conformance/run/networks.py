"""A network that swallows every packet, with a name server that never answers: worse for a job than none at all.

An engine's internal network leads nowhere. Those of newer engines give no route into it either, so that nobody waits
for an answer: then there is nothing to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import docker
from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.networks import Network


class SilentNetwork:
    """The silent network of one job."""

    def __init__(self, client: docker.DockerClient, name: str, labels: Mapping[str, str]) -> None:
        self._network: Network = client.networks.create(name, driver="bridge", internal=True, labels=dict(labels))
        self.name = name

    def has_route(self, container: Container) -> bool:
        """Whether a running container in it has a route to anywhere."""
        container.reload()
        found = container.attrs["NetworkSettings"]["Networks"].get(self.name) or {}
        return bool(found.get("Gateway"))

    def remove(self) -> None:
        """Remove the network. Its containers must be gone."""
        try:
            self._network.remove()
        except NotFound:
            return
