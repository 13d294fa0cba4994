"""What a job has more of that is made easier: no more than its value says, and nothing of the host."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import docker
import pytest

from conformance.run.engine import resolve_image
from conformance.run.image_files import files_of
from conformance.run.ownership import this_owner
from tests.run.jobs import manifest_of, plain_job, run_job
from tests.trainees.images import Recipe, _built

_LOOK = """
import itertools
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
disk = os.statvfs('/dev/shm')
limits = [path for path in ('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes')
          if os.path.exists(path)]
modes = {}
for directory, directories, files in itertools.chain(os.walk('/opt/ml'), os.walk('/training-job')):
    for name in directories + files:
        path = os.path.join(directory, name)
        modes[path] = oct(os.stat(path).st_mode & 0o7777)
print(json.dumps({
    'capabilities': int(status['CapBnd'], 16), 'no-new-privileges': status['NoNewPrivs'].strip(),
    'shm': disk.f_blocks * disk.f_frsize, 'memory': int(open(limits[0]).read()), 'environment': dict(os.environ),
    'devices': sorted(os.listdir('/dev')), 'modes': modes,
}))
"""
# https://man7.org/linux/man-pages/man7/capabilities.7.html, by their numbers in linux/capability.h.
_NET_ADMIN, _IPC_LOCK, _SYS_PTRACE, _SYS_ADMIN, _SYS_NICE = 12, 14, 19, 21, 23


@pytest.fixture(scope="module")
def look(trainee: Callable[[str], str]) -> Callable[..., dict[str, Any]]:
    def run(**choices: str) -> dict[str, Any]:
        loaded = manifest_of(_LOOK)
        done = run_job(trainee("shell"), loaded, plain_job(loaded).with_choices(**choices))
        assert done.trains, done.stderr.text
        seen: dict[str, Any] = json.loads(done.stdout.text)
        return seen

    return run


@pytest.fixture(scope="module")
def plain(look: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return look()


def test_privileges_are_a_few_capabilities_and_no_devices(
    look: Callable[..., dict[str, Any]], plain: dict[str, Any]
) -> None:
    seen = look(privileges="all")
    more = seen["capabilities"] & ~plain["capabilities"]
    assert more == sum(1 << number for number in (_NET_ADMIN, _IPC_LOCK, _SYS_PTRACE, _SYS_NICE))
    assert not seen["capabilities"] >> _SYS_ADMIN & 1
    assert (plain["no-new-privileges"], seen["no-new-privileges"]) == ("1", "0")
    assert seen["devices"] == plain["devices"]


def test_memory_goes_up_to_the_cap(look: Callable[..., dict[str, Any]], plain: dict[str, Any]) -> None:
    seen = look(memory="most", shared_memory="large")
    # In whole pages.
    assert plain["memory"] == pytest.approx(0.5e9, abs=4096)
    assert seen["memory"] == pytest.approx(4e9, abs=4096)
    assert plain["shm"] == 64 * 2**20
    assert seen["shm"] == pytest.approx(4e9, abs=4096)


def test_credentials_are_there_and_none(look: Callable[..., dict[str, Any]], plain: dict[str, Any]) -> None:
    more = {name: text for name, text in look(credentials="dummy")["environment"].items() if name.startswith("AWS")}
    assert more.keys() == {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_REGION", "AWS_DEFAULT_REGION"),
    }
    assert all("not-a-real" in text for name, text in more.items() if "REGION" not in name)
    assert not [name for name in plain["environment"] if name.startswith("AWS")]


def test_everything_is_writable_for_anyone(look: Callable[..., dict[str, Any]], plain: dict[str, Any]) -> None:
    seen = look(owner="anyone")
    given = [path for path in plain["modes"] if not path.startswith("/opt/ml/code") and path != "/opt/ml/model/model"]
    assert {plain["modes"][path] for path in given} == {"0o755", "0o644"}
    for path in given:
        assert seen["modes"][path] == ("0o777" if plain["modes"][path] == "0o755" else "0o666"), path


@pytest.mark.parametrize(
    ("environment", "directory"),
    [("moved-model", "model"), ("moved-output", "output"), ("moved-channel", "data/train")],
)
def test_where_variables_point_is_writable_for_anyone(
    environment: str, directory: str, look: Callable[..., dict[str, Any]]
) -> None:
    path = f"/training-job/{directory}"
    assert look(environment=environment)["modes"][path] == "0o755"
    seen = look(environment=environment, owner="anyone")["modes"]
    assert {mode for it, mode in seen.items() if it == path} == {"0o777"}
    assert {mode for it, mode in seen.items() if it.startswith(f"{path}/")} == ({"0o666"} if "data" in path else set())


def test_files_of_an_image_are_listed_and_nothing_is_run(engine: docker.DockerClient) -> None:
    base = next(iter(engine.images.get(_shell(engine)).tags))
    lines = [
        f"FROM {base}",
        "RUN mkdir -p /opt/ml/model/empty /opt/ml/input/data/train /opt/ml/other /usr/lib/nvidia",
        "RUN echo 1 >/opt/ml/input/data/train/a && ln -s /nowhere /opt/ml/model/link && touch /opt/ml/other/b",
        "RUN touch /usr/lib/nvidia/libnvidia-ml.so.1",
        'ENTRYPOINT ["/nowhere"]',
    ]
    image = resolve_image(engine, _built(engine, "files", Recipe("\n".join(lines), "", dict)), "never")
    below = files_of(engine, image, this_owner(), "opt-ml", seconds=60)
    assert below.complete
    found = {path for path in below.paths if not path.startswith("/opt/ml/code/")}
    assert found == {"/opt/ml/input/data/train/a", "/opt/ml/model/link", "/opt/ml/other/b"}
    libraries = files_of(engine, image, this_owner(), "libraries", seconds=60)
    assert libraries.complete
    assert "/usr/lib/nvidia/libnvidia-ml.so.1" in libraries.paths
    assert not files_of(engine, image, this_owner(), "libraries", seconds=0).complete


def _shell(engine: docker.DockerClient) -> str:
    from tests.trainees.images import image_for

    return image_for(engine, "shell")
