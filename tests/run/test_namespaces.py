"""The network namespaces that jobs join one after another are as good as one of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import docker
import pytest
from docker.models.containers import Container

from conformance.data.waiting import NoProgramError, waiting_program
from conformance.run.namespaces import Namespaces
from conformance.run.ownership import SESSION, Owner, this_owner
from conformance.run.sweep import sweep_session
from conformance.run.trainer import Trainer
from conformance.values.run import Run
from tests.run.jobs import SHORT_S, manifest_of, plain_job, run_code

Train = Callable[[str], Run]

_WHICH = "print(os.readlink('/proc/self/ns/net'))\n"
_SERVES = """
import socket
server = socket.socket()
server.bind(('127.0.0.1', 29500))
server.listen()
client = socket.create_connection(('127.0.0.1', 29500))
accepted, _ = server.accept()
accepted.close()
client.recv(1)
client.close()
"""


_NAMED = "import socket\nprint(socket.gethostname(), socket.gethostbyname('algo-1'))"
_KNOWS = "print(open('/etc/hosts').read())"


@pytest.fixture
def owner(engine: docker.DockerClient) -> Iterator[Owner]:
    """A session whose containers are removed at the end."""
    it = this_owner()
    yield it
    sweep_session(engine, it)
    assert not engine.api.containers(all=True, filters={"label": f"{SESSION}={it.session}"})


@pytest.fixture
def namespaces(engine: docker.DockerClient, trainee: Callable[[str], str], owner: Owner) -> Namespaces:
    return Namespaces(engine, trainee("shell"), owner)


@pytest.fixture
def train(trainee: Callable[[str], str], owner: Owner, namespaces: Namespaces) -> Train:
    """Runs a plain job of this code."""
    # Hypothesis draws in one thread at a time.
    job = plain_job(manifest_of(""))

    def run(code: str) -> Run:
        loaded = manifest_of(code)
        result = Trainer(
            trainee("shell"), loaded, owner, max_memory_gb=1.0, started_s=time.monotonic(), namespaces=namespaces
        ).run(job, SHORT_S)
        assert isinstance(result, Run), result
        assert result.trains, result.stderr.text
        return result

    return run


def waiting(engine: docker.DockerClient, owner: Owner) -> list[Container]:
    """The containers that hold namespaces."""
    found = engine.containers.list(filters={"label": f"{SESSION}={owner.session}"})
    return [container for container in found if "-network-" in str(container.name)]


def test_jobs_have_one_after_another(train: Train, engine: docker.DockerClient, owner: Owner) -> None:
    first, second = train(_WHICH), train(_WHICH)
    assert first.stdout.text.startswith("net:[")
    assert second.stdout.text == first.stdout.text
    assert len(waiting(engine, owner)) == 1


def test_jobs_at_the_same_time_have_one_each(train: Train, engine: docker.DockerClient, owner: Owner) -> None:
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(train, [f"{_WHICH}time.sleep(3)"] * 3))
    assert len({run.stdout.text for run in runs}) == 3
    assert len(waiting(engine, owner)) == 3


def test_there_is_no_network_in_it(train: Train) -> None:
    run = train("import socket\nprint(socket.if_nameindex(), open('/proc/net/route').readlines()[1:])")
    assert run.stdout.text == "[(1, 'lo')] []\n"


def test_a_port_of_one_job_is_free_for_the_next(train: Train) -> None:
    # Without SO_REUSEADDR a port can't be bound while a connection of it is in TIME_WAIT.
    for _ in range(3):
        train(_SERVES)


def test_the_name_of_the_host_is_known(train: Train, trainee: Callable[[str], str]) -> None:
    joined = train(_NAMED)
    assert joined.stdout.text == "algo-1 127.0.0.1\n"
    assert run_code(trainee("shell"), _NAMED).stdout.text == joined.stdout.text


def test_names_that_one_job_wrote_do_not_reach_the_next(train: Train) -> None:
    assert "mine" in train(f"open('/etc/hosts', 'a').write('192.0.2.1 mine')\n{_KNOWS}").stdout.text
    after = train(_KNOWS).stdout.text
    assert "algo-1" in after
    assert "mine" not in after


def test_one_that_is_gone_is_made_anew(train: Train, engine: docker.DockerClient, owner: Owner) -> None:
    train(_WHICH)
    (first,) = waiting(engine, owner)
    first.kill()
    train(_WHICH)
    (second,) = waiting(engine, owner)
    assert second.id != first.id
    second.remove(force=True)
    train(_WHICH)


def test_there_is_a_program_for_common_machines() -> None:
    assert waiting_program("amd64")[:4] == waiting_program("arm64")[:4] == b"\x7fELF"
    with pytest.raises(NoProgramError, match="s390x"):
        waiting_program("s390x")


def test_an_engine_that_refuses_has_its_own_way(engine: docker.DockerClient, owner: Owner) -> None:
    with Namespaces(engine, "sha256:" + "0" * 64, owner).lent() as network:
        assert network == "none"
