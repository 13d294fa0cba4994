"""After a session nothing of it is left on the engine, and what is somebody else's is as it was."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import docker
import pytest
from docker.errors import NotFound

from conformance.run.ownership import Owner
from tests.run.sessions import (
    NO_JOB_ENDS,
    PLAIN_JOB_TRAINS,
    containers_of,
    ended,
    session_of,
    volumes_of,
    wait_until,
)

Trainee = Callable[[str], str]
_NOT_LONG_S = 60.0


def test_nothing_is_left_after_a_session(engine: docker.DockerClient, trainee: Trainee, tmp_path: Path) -> None:
    seen: set[str] = set()
    with session_of(trainee("static"), tmp_path, "-k", "platform or trains or read-only") as session:
        while session.poll() is None:
            seen |= containers_of(engine, session) | volumes_of(engine, session)
            time.sleep(0.2)
        exit_code, output = ended(session)
        assert exit_code == 0, output
        assert seen
        assert not containers_of(engine, session)
        assert not volumes_of(engine, session)


# With each job there is the container whose network namespace it has.
@pytest.mark.parametrize(("script", "at_once"), [(NO_JOB_ENDS, 2), (PLAIN_JOB_TRAINS, 6)])
def test_nothing_is_left_after_ctrl_c(
    engine: docker.DockerClient, trainee: Trainee, tmp_path: Path, script: str, at_once: int
) -> None:
    with session_of(trainee("shell"), tmp_path, "--contract-workers=3", script=script) as session:
        wait_until(lambda: len(containers_of(engine, session, running=True)) >= at_once, session)
        session.send_signal(signal.SIGINT)
        exit_code, output = ended(session, _NOT_LONG_S)
        assert exit_code == 2, output
        assert not containers_of(engine, session)
        assert not volumes_of(engine, session)


def test_a_neighbour_is_left_alone_until_it_is_dead(
    engine: docker.DockerClient, trainee: Trainee, tmp_path: Path
) -> None:
    elsewhere = Owner("elsewhere", "another machine", "1@1")
    with ExitStack() as stack:
        neighbour = stack.enter_context(session_of(trainee("shell"), tmp_path / "neighbour", script=NO_JOB_ENDS))
        foreign = stack.enter_context(_left(engine, trainee("static"), {"somebody": "else"}))
        theirs = stack.enter_context(_left(engine, trainee("static"), elsewhere.labels(0), elsewhere.name(1)))
        expired = stack.enter_context(_left(engine, trainee("static"), elsewhere.labels(-7200), elsewhere.name(2)))
        # Its job's, and the one whose network namespace that has.
        wait_until(lambda: len(containers_of(engine, neighbour, running=True)) == 2, neighbour)
        running = containers_of(engine, neighbour, running=True)
        volumes = volumes_of(engine, neighbour)
        assert volumes

        with session_of(trainee("static"), tmp_path / "one", "-k", "launch.trains") as session:
            exit_code, output = ended(session)
        assert exit_code == 0, output
        assert containers_of(engine, neighbour, running=True) == running
        assert volumes_of(engine, neighbour) == volumes
        assert (foreign(), theirs(), expired()) == (2, 2, 0)

        neighbour.kill()
        neighbour.communicate()
        assert containers_of(engine, neighbour, running=True) == running

        with session_of(trainee("static"), tmp_path / "other", "-k", "launch.platform") as session:
            exit_code, output = ended(session)
        assert exit_code == 0, output
        assert not containers_of(engine, neighbour)
        assert not volumes_of(engine, neighbour)
        assert (foreign(), theirs()) == (2, 2)


def test_a_container_whose_image_claims_to_be_ours_is_left_alone(
    engine: docker.DockerClient, trainee: Trainee, tmp_path: Path
) -> None:
    labels = Owner("elsewhere", "another machine", "1@1").labels(-7200)
    with _left(engine, trainee("static"), labels, "somebody-elses") as there:
        with session_of(trainee("static"), tmp_path, "-k", "launch.platform") as session:
            exit_code, output = ended(session)
        assert exit_code == 0, output
        # The volume, whose labels no image can give, is gone.
        assert there() == 1


@contextmanager
def _left(
    engine: docker.DockerClient, image: str, labels: dict[str, str], name: str | None = None
) -> Iterator[Callable[[], int]]:
    """A container and a volume with these labels; gives a function that counts what is there of them."""
    container = engine.containers.create(image, name=name, labels=labels, network="none", use_config_proxy=False)
    volume = engine.volumes.create(labels=labels)

    def there() -> int:
        containers = engine.api.containers(all=True, filters={"id": container.id})
        volumes = engine.api.volumes(filters={"name": volume.name})["Volumes"] or ()
        return len(containers) + len(volumes)

    try:
        yield there
    finally:
        for thing in (container, volume):
            try:
                thing.remove(force=True)
            except NotFound:
                continue
