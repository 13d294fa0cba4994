"""A certificate and a registry: what holds for an image no longer holds for a tag that was moved."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from conformance.command.main import main
from tests.certificate.test_certificate import certify, written

_FETCHED = Path(__file__).parents[2] / ".cache/registry/usr/bin/docker-registry"
_CONFIGURATION = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {directory}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """The address of a registry that is there for one test."""
    program = shutil.which("docker-registry") or shutil.which(str(_FETCHED))
    if program is None:
        pytest.skip("there is no docker-registry here; .ci/registry fetches it on Debian")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = tmp_path / "registry.yml"
    configuration.write_text(_CONFIGURATION.format(directory=tmp_path / "images", port=port))
    with (tmp_path / "registry.log").open("w") as log:
        served = subprocess.Popen([program, "serve", str(configuration)], stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/v2/")
            yield f"127.0.0.1:{port}"
        finally:
            served.terminate()
            served.wait()


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")


def push(engine: docker.DockerClient, image: str, tag: str) -> str:
    """Move a tag of the registry to an image; return its config digest."""
    found = engine.images.get(image)
    found.tag(tag)
    for line in engine.api.push(tag, stream=True, decode=True):
        assert "error" not in line, line
    return str(found.id)


def test_a_tag_that_was_moved(
    registry: str,
    engine: docker.DockerClient,
    trainee: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tag, file = f"{registry}/vendor/algorithm:1.4", tmp_path / "certificate.json"
    private, public = written(tmp_path, "certifier", "ed25519")
    command = ["verify", str(file), f"--image={tag}", f"--key={public}"]
    try:
        digest = push(engine, trainee("static"), tag)
        certify(file, private, digest)
        # Elsewhere, where only the registry has it.
        engine.images.remove(tag)
        assert main([*command, "--pull=always"]) == 0
        assert f"holds for {tag}" in capsys.readouterr().out

        other = push(engine, trainee("shell"), tag)
        engine.images.get(digest).tag(tag)
        assert main([*command, "--pull=missing"]) == 0
        assert main([*command, "--pull=always"]) == 1
        assert f"does not hold: the image is {other}, and the certificate is of {digest}" in capsys.readouterr().out
    finally:
        engine.images.remove(tag)
