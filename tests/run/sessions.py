"""Sessions in processes of their own, and what they have on the engine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from conformance.run.ownership import LABEL, PROCESS
from tests.conftest import answers_ctrl_c, clean_environment

_PATIENCE_S = 120.0

# Trains if this is the plain job, which says where the model goes, and in which format the data is.
PLAIN_JOB_TRAINS = '[ "$FILE_FORMAT" = csv ] && [ -n "$SM_MODEL_DIR" ] || sleep 1000'
NO_JOB_ENDS = "sleep 1000"

_MANIFEST = """\
schema_version = 1
[algorithm]
name = "sleeper"
[container]
entrypoint = ["sh", "-c", '''echo trained >/opt/ml/model/model; %s''']
[channels.train]
formats = ["csv"]
[[channels.train.columns]]
name = "x"
type = "double"
[limits]
memory_gb = 0.1
timeout_s = 500
"""


@contextmanager
def session_of(
    image: str, directory: Path, *arguments: str, script: str | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A session that runs; with ``script`` its jobs are what this shell script makes of them."""
    directory.mkdir(exist_ok=True)
    if script is not None:
        (directory / "sleeper.toml").write_text(_MANIFEST % script)
        arguments = (*arguments, "--contract-manifest=sleeper.toml")
    session = subprocess.Popen(
        [sys.executable, "-m", "pytest", f"--image={image}", *arguments],
        cwd=directory,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=answers_ctrl_c,
    )
    try:
        yield session
    finally:
        if session.poll() is None:
            session.kill()
            session.communicate()


def ended(session: subprocess.Popen[str], within_s: float = _PATIENCE_S) -> tuple[int, str]:
    """The exit code and the output of a session, once it ends."""
    output, _ = session.communicate(timeout=within_s)
    return session.returncode, output


def containers_of(engine: docker.DockerClient, session: subprocess.Popen[str], *, running: bool = False) -> set[str]:
    """The ids of the containers that a session has on the engine."""
    found = engine.api.containers(all=not running, filters={"label": LABEL})
    return {container["Id"] for container in found if _is_of(session, container["Labels"])}


def volumes_of(engine: docker.DockerClient, session: subprocess.Popen[str]) -> set[str]:
    """The names of the volumes that a session has on the engine."""
    found = engine.api.volumes(filters={"label": LABEL})["Volumes"] or ()
    return {volume["Name"] for volume in found if _is_of(session, volume["Labels"])}


def _is_of(session: subprocess.Popen[str], labels: dict[str, str]) -> bool:
    return labels[PROCESS].startswith(f"{session.pid}@")


def wait_until(condition: Callable[[], bool], session: subprocess.Popen[str]) -> None:
    """Wait for a condition, as long as the session runs."""
    until = time.monotonic() + _PATIENCE_S
    while not condition():
        assert session.poll() is None, session.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.1)
