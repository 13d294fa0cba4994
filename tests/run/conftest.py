"""What the tests of running share."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from conformance.run.ownership import LABEL, PROCESS, this_owner


@pytest.fixture
def nothing_is_left(engine: docker.DockerClient) -> Iterator[None]:
    """Whatever a job needs beside its container goes with it."""
    before = everything(engine)
    yield
    assert everything(engine) <= before


def everything(engine: docker.DockerClient) -> set[str]:
    """The containers, volumes and networks of this process."""
    ours = {"label": LABEL}
    found = [*engine.api.containers(all=True, filters=ours), *engine.api.networks(filters=ours)]
    found += engine.api.volumes(filters=ours)["Volumes"] or []
    this = this_owner().process
    return {str(it.get("Id") or it["Name"]) for it in found if (it.get("Labels") or {}).get(PROCESS) == this}
