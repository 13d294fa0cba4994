"""An engine that fails is tried once more, and is never taken for the image's fault; a remote one is as good as any."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import docker
import pytest

from conformance.run.ownership import LABEL, SESSION, this_owner
from conformance.run.sweep import sweep_session
from conformance.run.trainer import Trainer
from conformance.values.run import EngineFault, Run
from tests.run.jobs import SHORT_S, manifest_of, plain_job
from tests.run.proxy import Proxy, proxy

Try = Callable[[], Run | EngineFault]


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A remote engine."""
    with proxy() as there:
        monkeypatch.setenv("DOCKER_HOST", there.host)
        yield there


@pytest.fixture
def attempt(trainee: Callable[[str], str], engine: docker.DockerClient) -> Iterator[Try]:
    """Runs a job that leaves something to read; whatever an engine that fails kept of it is swept."""
    owner = this_owner()
    loaded = manifest_of("open('/opt/ml/model/large', 'wb').write(b'x' * 200_000); print('done')")
    image = trainee("shell")
    yield lambda: Trainer(image, loaded, owner, max_memory_gb=1.0, started_s=0.0).run(plain_job(loaded), SHORT_S)
    sweep_session(engine, owner)
    assert engine.api.containers(all=True, filters={"label": f"{SESSION}={owner.session}"}) == []
    left = {"label": [LABEL, f"{SESSION}={owner.session}"]}
    assert not engine.api.volumes(filters=left)["Volumes"]


_FILL = r"PUT .*/archive"
_START = r"POST .*/start"
_LOGS = r"GET .*/logs"
_ARCHIVE = r"GET .*/archive"


def test_a_remote_engine_runs_jobs(remote: Proxy, attempt: Try) -> None:
    run = attempt()
    assert isinstance(run, Run)
    assert run.trains
    assert run.stdout.text == "done\n"
    assert remote.connections > 0


@pytest.mark.parametrize(
    ("at", "answered"),
    [(_FILL, 0), (_START, 0), (_LOGS, 0), (_ARCHIVE, 0), (_ARCHIVE, 100_000), (r"DELETE ", 0)],
    ids=["fill", "start", "logs", "archive", "half an archive", "remove"],
)
def test_one_fault_changes_nothing(remote: Proxy, attempt: Try, at: str, answered: int) -> None:
    remote.break_connections(at, 1, answered)
    run = attempt()
    assert remote.failures == 0
    assert isinstance(run, Run), run
    assert run.trains
    assert run.stdout.text == "done\n"
    assert [file.size_bytes for file in run.model.files()] == [200_000, 7]


@pytest.mark.parametrize(("at", "answered"), [(_FILL, 0), (_ARCHIVE, 100_000)], ids=["fill", "half an archive"])
def test_two_faults_are_the_engines(remote: Proxy, attempt: Try, at: str, answered: int) -> None:
    remote.break_connections(at, 2, answered)
    fault = attempt()
    assert remote.failures == 0
    assert isinstance(fault, EngineFault)
    assert fault.message


def test_a_connection_that_breaks_while_a_job_runs_is_taken_up_again(remote: Proxy, attempt: Try) -> None:
    remote.break_connections(r"POST .*/wait", 3)
    run = attempt()
    assert remote.failures < 3
    assert isinstance(run, Run), run
    assert run.trains
