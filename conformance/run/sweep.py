"""Removing what sessions left behind: this one at its end, and dead ones at the start of the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import docker
from docker.errors import APIError, NotFound

from conformance.run.ownership import LABEL, SESSION, Owner, is_alive, is_left_over, is_name_of


def sweep_dead_sessions(client: docker.DockerClient, owner: Owner) -> int:
    """Remove the containers, volumes and networks of sessions that are gone; return how many there were."""
    now = time.time()
    return _remove(client, LABEL, lambda labels: is_left_over(labels, owner, is_alive, now))


def sweep_session(client: docker.DockerClient, owner: Owner) -> int:
    """Remove every container, volume and network of this session, running ones too; return how many there were."""
    return _remove(client, f"{SESSION}={owner.session}", lambda _labels: True)


def _remove(client: docker.DockerClient, label: str, doomed: Callable[[Mapping[str, str]], bool]) -> int:
    removed = 0
    # Containers first: a volume or a network cannot go while a container has it.
    for container_id, labels in _containers(client, label):
        if doomed(labels):
            removed += _gone(partial(client.api.remove_container, container_id, v=True, force=True))
    for name, labels in _volumes(client, label):
        if doomed(labels):
            removed += _gone(partial(client.api.remove_volume, name, force=True))
    for network in client.api.networks(filters={"label": label}):
        if doomed(network.get("Labels") or {}):
            removed += _gone(partial(client.api.remove_network, network["Id"]))
    return removed


def _containers(client: docker.DockerClient, label: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for found in client.api.containers(all=True, filters={"label": label}):
        labels = found.get("Labels") or {}
        # A container also has the labels of its image, which may claim what it likes; its name only we give.
        if any(is_name_of(labels.get(SESSION, ""), name) for name in found.get("Names") or ()):
            yield found["Id"], labels


def _volumes(client: docker.DockerClient, label: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for found in client.api.volumes(filters={"label": label})["Volumes"] or ():
        yield found["Name"], found.get("Labels") or {}


def _gone(remove: Callable[[], object]) -> int:
    try:
        remove()
    except NotFound:
        return 0
    except APIError as error:
        # Two sessions may sweep at once; the other one's removal is as good as ours. And a network may have got another
        # container meanwhile.
        if error.status_code in (403, 409):
            return 0
        raise
    return 1
