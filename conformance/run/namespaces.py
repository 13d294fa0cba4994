"""Network namespaces without a network, which jobs join one after another.

For ``--network none`` an engine makes a namespace for each container, by starting itself anew, which is a third of
what a short job costs. Joining the one of a container that does nothing but wait is as good: nothing is in it but a
loopback. No two jobs are in one at a time, and no socket of a job outlives it.

The files with the names of hosts are those of the container that waits, too. They are looked at after the first job
and after every twentieth: an image that writes to them gets namespaces of its own from then on.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import docker

from conformance.data.hosts import ONLY_ADDRESS, ONLY_HOST
from conformance.data.waiting import NoProgramError
from conformance.run.download import archive_of
from conformance.run.engine import ENGINE_ERRORS
from conformance.run.ownership import Owner
from conformance.run.waiting import start_waiting

NONE = "none"
# To look takes as long as a third of a short job.
_LOOKED_AT_EVERY = 20
_NAMES = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")


@dataclass
class _Namespace:
    """A container that waits: its id, how many jobs were in its namespace, what its files were in the beginning."""

    container: str
    files: tuple[bytes, ...]
    jobs: int = 0


class Namespaces:
    """The namespaces of a session, made as they are needed; ``image`` is that of the jobs.

    Whoever ends the session removes its containers, these too.
    """

    def __init__(self, client: docker.DockerClient, image: str, owner: Owner) -> None:
        self._client = client
        self._image = image
        self._owner = owner
        self._free: list[_Namespace] = []
        self._made = 0
        self._impossible = False
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the network mode of a container that nobody else is using; ``none`` where there cannot be one.

        After an error of the engine it is not used again: it may be what is at fault.
        """
        namespace = self._take()
        if namespace is None:
            yield NONE
            return
        try:
            yield f"container:{namespace.container}"
        except ENGINE_ERRORS:
            self._remove(namespace)
            raise
        self._give_back(namespace)

    def _take(self) -> _Namespace | None:
        with self._lock:
            if self._impossible:
                return None
            if self._free:
                return self._free.pop()
            self._made += 1
            name = f"network-{self._made}"
        try:
            container = start_waiting(
                self._client, self._image, self._owner, name, hostname=ONLY_HOST, etc_hosts=ONLY_ADDRESS
            )
            return _Namespace(str(container.id), self._files_of(str(container.id)))
        except (*ENGINE_ERRORS, NoProgramError):
            # An engine that cannot do this still has its own way.
            self._impossible = True
            return None

    def _give_back(self, namespace: _Namespace) -> None:
        if namespace.jobs % _LOOKED_AT_EVERY == 0 and not self._is_as_it_was(namespace):
            self._impossible = True
            self._remove(namespace)
            return
        namespace.jobs += 1
        with self._lock:
            self._free.append(namespace)

    def _is_as_it_was(self, namespace: _Namespace) -> bool:
        try:
            return self._files_of(namespace.container) == namespace.files
        except ENGINE_ERRORS:
            # The job has ended well; what cannot be looked at is not used again.
            return False

    def _files_of(self, container: str) -> tuple[bytes, ...]:
        """Return the files with names, as archives: with when they were last written."""
        return tuple(self._archived(container, path) for path in _NAMES)

    def _archived(self, container: str, path: str) -> bytes:
        with archive_of(self._client, container, path) as chunks:
            return b"".join(itertools.islice(chunks, 1))

    def _remove(self, namespace: _Namespace) -> None:
        with suppress(*ENGINE_ERRORS):
            self._client.api.remove_container(namespace.container, v=True, force=True)
