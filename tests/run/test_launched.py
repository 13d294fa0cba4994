"""What a training job finds in its container, and what of its surroundings stays outside."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from conformance.data.files import input_files
from conformance.run.engine import connect
from conformance.values.job import Job
from conformance.values.run import Run
from tests.conftest import Suite
from tests.run.jobs import manifest_of, plain_job, run_code, run_job
from tests.trainees.images import Recipe, _built

Trainee = Callable[[str], str]

# What Docker gives by default, as a bit mask: https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities
_DEFAULT_CAPABILITIES = 0xA80425FB
_LOOK = """
seen = {'environment': dict(os.environ), 'user': os.getuid()}
seen['routes'] = [line.split()[0] for line in open('/proc/net/route').readlines()[1:]]
import socket
try:
    socket.create_connection(('192.0.2.1', 80), timeout=5).close()
    seen['network'] = 'reached'
except OSError as error:
    seen['network'] = error.strerror
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
seen['capabilities'] = int(status['CapBnd'], 16)
seen['no-new-privileges'] = status['NoNewPrivs'].strip()
disk = os.statvfs('/dev/shm')
seen['shm'] = disk.f_blocks * disk.f_frsize
seen['there'] = {}
import hashlib
for directory, directories, files in os.walk('/opt/ml'):
    for name in directories + files:
        path = os.path.join(directory, name)
        found = os.stat(path)
        content = hashlib.sha256(open(path, 'rb').read()).hexdigest() if os.path.isfile(path) else None
        seen['there'][path] = [oct(found.st_mode & 0o7777), found.st_uid, content]
try:
    open('/opt/ml/input/data/train/written', 'w').close()
    seen['train'] = 'writable'
except OSError as error:
    seen['train'] = error.strerror
print(json.dumps(seen))
"""


@dataclass(frozen=True)
class Seen:
    """What a job saw, and the job."""

    job: Job
    run: Run
    image: str
    what: Mapping[str, Any]


def look(image: str, *, saves: bool = True, **choices: str) -> Seen:
    loaded = manifest_of(_LOOK, saves=saves)
    job = plain_job(loaded).with_choices(**choices)
    run = run_job(image, loaded, job)
    assert run.exit_code == 0, run.stderr.text
    return Seen(job, run, image, json.loads(run.stdout.text))


@pytest.fixture(scope="module")
def stale(engine: docker.DockerClient, trainee: Trainee) -> str:
    """An image that has files of its own where the platform mounts, and a user that is not root."""
    dockerfile = (
        f"FROM {trainee('shell')}\n"
        'RUN ["sh", "-c", "cd /opt/ml && for d in model output output/data input input/data/train input/config;'
        ' do mkdir -p $d && echo stale >$d/stale; done; chmod -R 777 /opt/ml"]\n'
        "ENV STALE=stays\n"
        "USER 12345\n"
    )
    return _built(engine, "stale", Recipe(dockerfile, "", dict))


@pytest.fixture(scope="module")
def plain(trainee: Trainee) -> Seen:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "DOCKER_BUILDKIT", "HTTPS_PROXY"):
            patch.setenv(name, "secret")
        return look(trainee("shell"))


@pytest.fixture(scope="module")
def read_only(stale: str) -> Seen:
    return look(stale, saves=False, mount="read-only", format="parquet", partition="nested", environment="unset")


def test_the_environment_is_the_images_and_the_jobs(plain: Seen) -> None:
    environment = dict(plain.what["environment"])
    given = {
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DIR": "/opt/ml/output/data",
        "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
        "FILE_FORMAT": "csv",
    }
    assert environment.items() >= given.items()
    # The engine sets these; Python sets LC_CTYPE, and an image PATH and what it likes.
    rest = environment.keys() - given.keys() - {"PATH", "HOSTNAME", "HOME", "LC_CTYPE", "LANG"}
    assert not {name for name in rest if "secret" in environment[name]}
    assert not {name for name in rest if name.upper().startswith(("AWS_", "DOCKER_", "HTTP", "SM_", "TESTCONTAINERS"))}


def test_an_image_keeps_its_own_environment(read_only: Seen) -> None:
    environment = read_only.what["environment"]
    assert environment["STALE"] == "stays"
    assert not [name for name in environment if name.startswith("SM_")]


def test_there_is_no_network_but_loopback(plain: Seen) -> None:
    assert plain.what["routes"] == []
    assert plain.what["network"] == os.strerror(errno.ENETUNREACH)


def test_privileges_are_the_default_ones_and_no_more(plain: Seen) -> None:
    assert plain.what["no-new-privileges"] == "1"
    assert plain.what["capabilities"] & ~_DEFAULT_CAPABILITIES == 0
    assert plain.what["user"] == 0


def test_shared_memory_is_64_mib(plain: Seen) -> None:
    assert plain.what["shm"] == 64 * 2**20


@pytest.mark.parametrize("which", ["plain", "read_only"])
def test_the_job_finds_its_files_and_no_others(request: pytest.FixtureRequest, which: str) -> None:
    seen: Seen = request.getfixturevalue(which)
    there = {path: entry for path, entry in seen.what["there"].items() if not path.startswith("/opt/ml/code")}
    files = {
        f"/opt/ml/input/data/{file.path}": hashlib.sha256(file.content).hexdigest()
        for file in input_files(seen.job, manifest_of(_LOOK))
    }
    config = {f"/opt/ml/input/config/{name}.json" for name in ("hyperparameters", "inputdataconfig", "resourceconfig")}
    model = {"/opt/ml/model/model"} if which == "plain" else set()
    found = {path: content for path, (_, _, content) in there.items() if content is not None}
    assert {path: found.get(path) for path in files} == files
    assert found.keys() == files.keys() | config | model
    for path, (mode, user, content) in there.items():
        if path not in model:
            assert (mode, user) == ("0o755" if content is None else "0o644", 0), path


def test_channels_are_writable_or_not_as_the_job_says(plain: Seen, read_only: Seen) -> None:
    assert plain.what["train"] == "writable"
    assert read_only.what["train"] == os.strerror(errno.EROFS)
    assert read_only.what["user"] == 12345


def test_what_an_image_has_in_the_model_directory_is_no_model(read_only: Seen) -> None:
    assert read_only.run.model.entries == ()
    assert [entry.path for entry in read_only.run.output.entries] == ["data"]


def _docker_config(directory: Path, **more: Any) -> Path:
    proxies = {"default": {"httpProxy": "http://proxy.invalid:3128", "httpsProxy": "http://proxy.invalid:3128"}}
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps({"proxies": proxies, **more}))
    return directory


def test_proxies_of_the_client_stay_outside(trainee: Trainee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(_docker_config(tmp_path / "docker")))
    run = run_code(trainee("shell"), "print(json.dumps(dict(os.environ)))")
    assert run.trains
    assert "proxy" not in run.stdout.text.lower()


def test_a_context_leads_to_the_engine_and_the_environment_stays(
    trainee: Trainee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    name = "somewhere"
    meta = tmp_path / "docker" / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoint = {"Host": where, "SkipTLSVerify": False}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(_docker_config(tmp_path / "docker", currentContext=name)))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    connect().close()
    assert "DOCKER_HOST" not in os.environ
    assert run_code(trainee("shell"), "").trains
    assert "DOCKER_HOST" not in os.environ


def test_a_named_engine_stays_named(trainee: Trainee, monkeypatch: pytest.MonkeyPatch) -> None:
    where = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    monkeypatch.setenv("DOCKER_HOST", where)
    connect().close()
    assert os.environ["DOCKER_HOST"] == where


def test_a_prefix_for_images_changes_nothing(suite: Suite, trainee: Trainee) -> None:
    environment = {"TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX": "registry.invalid/mirror/"}
    outcome = suite(f"--image={trainee('static')}", "-k", "launch.trains", env=environment)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.rules("passed") == {"launch.trains"}
