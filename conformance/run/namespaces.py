"""Network namespaces without a network, which jobs join one after another.

For ``--network none`` an engine makes a namespace for each container, by starting itself anew, which is a third of
what a short job costs. Joining the one of a container that does nothing but wait is as good: nothing is in it but a
loopback. No two jobs are in one at a time, and no socket of a job outlives it.
"""

from __future__ import annotations

import io
import struct
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import docker
from docker.errors import APIError, NotFound

from conformance.run.engine import ENGINE_ERRORS
from conformance.run.ownership import Owner

NONE = "none"
_LIFETIME_S = 24 * 3600
_PROGRAM = "conformance-waits"
_BASE = 0x400000
# Machine and code of a program that calls pause(), or ppoll() of nothing where there is no such call, again and again.
_PROGRAMS: Mapping[str, tuple[int, bytes]] = {
    "amd64": (62, bytes.fromhex("b8220000000f05ebf7")),
    "arm64": (183, bytes.fromhex("000080d2010080d2020080d2030080d2280980d2010000d4faffff17")),
}
# A connection that was closed keeps its port for a minute, in which the next job could not bind it.
_SYSCTLS = {"net.ipv4.tcp_max_tw_buckets": "0"}


class Namespaces:
    """The namespaces of a session, made as they are needed.

    ``image`` is that of the jobs, of which nothing is used but that it is there; ``architecture`` is the engine's, as
    Go names it. Whoever ends the session removes its containers, these too.
    """

    def __init__(self, client: docker.DockerClient, image: str, owner: Owner, architecture: str) -> None:
        self._client = client
        self._image = image
        self._owner = owner
        self._program = waiting_program(architecture)
        self._free: list[str] = []
        self._made = 0
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
        if self._program is None:
            return None
        try:
            return self._waiting(number, self._program)
        except APIError:
            # An engine that cannot do this still has its own way.
            self._program = None
            return None

    def _waiting(self, number: int, program: bytes) -> str:
        """Return the id of a new container that waits until it is removed."""
        container = self._client.containers.create(
            self._image,
            [],
            entrypoint=[f"/{_PROGRAM}"],
            name=f"{self._owner.name(0)}-network-{number}",
            labels=self._owner.labels(_LIFETIME_S),
            network=NONE,
            sysctls=_SYSCTLS,
            user="65534:65534",
            working_dir="/",
            healthcheck={"test": ["NONE"]},
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            mem_limit=16 * 2**20,
            pids_limit=16,
            use_config_proxy=False,
        )
        try:
            container.put_archive("/", _archive(program))
            container.start()
        except APIError:
            with suppress(NotFound):
                container.remove(force=True, v=True)
            raise
        return str(container.id)


def waiting_program(architecture: str) -> bytes | None:
    """Return a static Linux program for an architecture that waits until it is killed; None if there is none."""
    if architecture not in _PROGRAMS:
        return None
    machine, code = _PROGRAMS[architecture]
    size = 64 + 56 + len(code)
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, _BASE + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x10000)
    return header + segment + code


def _archive(program: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo(_PROGRAM)
        member.mode = 0o755
        member.size = len(program)
        archive.addfile(member, io.BytesIO(program))
    return target.getvalue()
