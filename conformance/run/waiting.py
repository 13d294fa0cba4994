"""Containers that do nothing but wait: what they hold, a network namespace or a volume in memory, stays for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import Mount

from conformance.data.waiting import waiting_program
from conformance.run.archive import pack
from conformance.run.ownership import Owner

_LIFETIME_S = 24 * 3600
_PROGRAM = "conformance-waits"
# A connection that was closed keeps its port for a minute, in which the next job could not bind it.
_SYSCTLS = {"net.ipv4.tcp_max_tw_buckets": "0"}


def start_waiting(
    client: docker.DockerClient,
    image: str,
    owner: Owner,
    name: str,
    *,
    mounts: Iterable[Mount] = (),
    network: str = "none",
    hostname: str | None = None,
    etc_hosts: Mapping[str, str] | None = None,
) -> Container:
    """Return a new container that waits until it is removed.

    Of its image nothing is used but that it is there. ``name`` tells it from the session's others. Raises
    NoProgramError, or docker-py's errors where the engine cannot.
    """
    program = waiting_program(str(client.version().get("Arch", "")))
    container = client.containers.create(
        image,
        [],
        entrypoint=[f"/{_PROGRAM}"],
        name=f"{owner.name(0)}-{name}",
        labels=owner.labels(_LIFETIME_S),
        network=network,
        hostname=hostname,
        extra_hosts=dict(etc_hosts or {}),
        sysctls=_SYSCTLS,
        mounts=list(mounts),
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
        container.put_archive("/", pack([(_PROGRAM, program)], executable=True))
        container.start()
    except APIError:
        with suppress(NotFound):
            container.remove(force=True, v=True)
        raise
    return container
