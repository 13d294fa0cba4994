"""Network namespaces without a network, which jobs join one after another.

For ``--network none`` an engine makes a namespace for each container, by starting itself anew, which is a third of
what a short job costs. Joining the one of a container that does nothing but wait is as good: nothing is in it but a
loopback. No two jobs are in one at a time, and no socket of a job outlives it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import docker
from docker.errors import APIError

from conformance.data.waiting import NoProgramError
from conformance.run.engine import ENGINE_ERRORS
from conformance.run.ownership import Owner
from conformance.run.waiting import start_waiting

NONE = "none"


class Namespaces:
    """The namespaces of a session, made as they are needed; ``image`` is that of the jobs.

    Whoever ends the session removes its containers, these too.
    """

    def __init__(self, client: docker.DockerClient, image: str, owner: Owner) -> None:
        self._client = client
        self._image = image
        self._owner = owner
        self._free: list[str] = []
        self._made = 0
        self._impossible = False
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the network mode of a container that nobody else is using; ``none`` where there cannot be one.

        After an error of the engine it is not used again: it may be what is at fault.
        """
        container = self._take()
        if container is None:
            yield NONE
            return
        try:
            yield f"container:{container}"
        except ENGINE_ERRORS:
            with suppress(*ENGINE_ERRORS):
                self._client.api.remove_container(container, v=True, force=True)
            raise
        else:
            with self._lock:
                self._free.append(container)

    def _take(self) -> str | None:
        with self._lock:
            if self._free:
                return self._free.pop()
            self._made += 1
            number = self._made
        if self._impossible:
            return None
        try:
            return str(start_waiting(self._client, self._image, self._owner, f"network-{number}").id)
        except (APIError, NoProgramError):
            # An engine that cannot do this still has its own way.
            self._impossible = True
            return None
