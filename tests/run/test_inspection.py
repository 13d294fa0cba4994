"""What a job wrote elsewhere is seen, and what it may write is not held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.contract.limits import SCRATCH_BYTES
from conformance.run.inspection import _topmost
from conformance.values.inspection import Inspection
from tests.run.jobs import manifest_of, plain_job, run_job

_FILL = """
def fill(path, mebibytes=1):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        for _ in range(mebibytes): file.write(bytes(2**20))
"""


@pytest.fixture(scope="module")
def inspected(trainee: Callable[[str], str]) -> Callable[..., Inspection]:
    """What is seen of a job that runs this code, in an image with Python."""

    def run(code: str, artifact_gb: float | None = None) -> Inspection:
        loaded = manifest_of(_FILL + code)
        limits = loaded.manifest.limits.model_copy(update={"artifact_gb": artifact_gb})
        loaded = replace(loaded, manifest=loaded.manifest.model_copy(update={"limits": limits}))
        found = run_job(trainee("shell"), loaded, replace(plain_job(loaded), repeat=1), 120)
        assert found.exit_code == 0, found.stderr.text
        assert found.inspection is not None
        return found.inspection

    return run


def test_scratch_in_scratch_space_is_none(inspected: Callable[..., Inspection]) -> None:
    found = inspected("fill('/tmp/a/b', 40); fill('/var/tmp/c', 40); fill('/dev/shm/d', 10)")
    assert found.layer_bytes >= SCRATCH_BYTES
    assert sum(written.size_bytes for written in found.scratch) < 2**20
    assert found.counted
    assert found.elsewhere == ()


def test_scratch_elsewhere_is_counted_in_new_and_in_old_directories(inspected: Callable[..., Inspection]) -> None:
    found = inspected(
        "fill('/var/lib/new/deep/a', 30); fill('/var/lib/new/b', 5); fill('/home/c', 20)\n"
        "for i in range(20): fill(f'/srv/many/{i}')\n"
        "with open('/etc/passwd', 'ab') as file: file.write(b'#' * 2**20)"
    )
    sizes = {written.path: (written.files, written.size_bytes // 2**20) for written in found.scratch}
    assert sizes["/var/lib/new"] == (2, 35)
    assert sizes["/home/c"] == (1, 20)
    assert sizes["/srv/many"] == (20, 20)
    assert sizes["/etc/passwd"] == (1, 1)


def test_a_little_is_not_looked_at(inspected: Callable[..., Inspection]) -> None:
    assert inspected("fill('/var/lib/new/a', 10)").scratch == ()


def test_what_is_written_below_opt_ml_is_told_apart(inspected: Callable[..., Inspection]) -> None:
    found = inspected(
        "for path in ('model/m', 'output/data/o', 'checkpoints/c', 'code/x', 'code/__pycache__/x.pyc',\n"
        "             'lib/__pycache__/y.cpython-311.pyc', 'z.pyc',\n"
        "             'cache/a/b', 'notes.txt', 'input/config/more.json', 'input/data/train/index'):\n"
        "    fill('/opt/ml/' + path)\n"
        "os.makedirs('/opt/ml/empty/deep')"
    )
    assert {written.path for written in found.elsewhere} == {
        "/opt/ml/cache",
        "/opt/ml/notes.txt",
        "/opt/ml/input/config/more.json",
        "/opt/ml/input/data/train/index",
    }


def test_artifacts_are_counted_beyond_what_is_read(inspected: Callable[..., Inspection]) -> None:
    sparse = "for name in ('a', 'b'): os.truncate(os.open(f'/opt/ml/model/{name}', os.O_CREAT | os.O_RDWR), 11 * 10**8)"
    found = inspected(sparse, artifact_gb=1.5)
    assert found.artifact_bytes is not None
    assert found.artifact_bytes >= 22 * 10**8


def test_small_artifacts_are_not_counted_again(inspected: Callable[..., Inspection]) -> None:
    assert inspected("").artifact_bytes is None


def test_only_what_is_new_by_itself_is_looked_at() -> None:
    changes = {
        **dict.fromkeys(("/var", "/var/lib", "/etc", "/etc/passwd", "/usr"), 0),
        **dict.fromkeys(("/opt", "/opt/ml", "/opt/ml/model", "/opt/ml/cache", "/opt/ml/cache/a", "/var/lib/x"), 1),
        "/var/lib/x/y": 1,
    }
    assert dict(_topmost(changes)) == {
        "/etc/passwd": False,
        "/opt/ml/cache": True,
        "/opt/ml/model": True,
        "/usr": False,
        "/var/lib/x": True,
    }
