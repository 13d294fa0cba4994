"""A training job on the engine, in the plainest way: create, copy in, start, wait, copy out, remove."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import docker
from docker.models.containers import Container

LIMIT_S = 300
TRAIN = "input/data/train"


@dataclass(frozen=True)
class Outcome:
    """What a container left: `files` are those below model and output, by their path below /opt/ml."""

    exit_code: int
    log: str
    stdout: str
    files: Mapping[str, bytes]
    seconds: float

    @property
    def failure(self) -> str:
        return self.files.get("output/failure", b"").decode("utf-8")

    @property
    def model(self) -> bytes:
        return self.files.get("model/model.pt", b"")

    @property
    def losses(self) -> list[float]:
        return [float(word[5:]) for word in self.log.split() if word.startswith("loss=")]


@dataclass(frozen=True)
class Engine:
    """Runs training jobs of one image."""

    client: docker.DockerClient
    image: str

    def run(
        self,
        inputs: Mapping[str, bytes],
        *,
        hyperparameters: Mapping[str, Any] | None = None,
        stop_after: str | None = None,
        collect: Sequence[str] = ("/opt/ml/model", "/opt/ml/output"),
        **options: Any,
    ) -> Outcome:
        """Run a job; `inputs` are files by their path below /opt/ml, a path ending in / is a directory.

        With `stop_after` the container is stopped once that text is in its log.
        """
        files = {"input/": b"", "model/": b"", "output/data/": b"", **inputs}
        if hyperparameters is not None:
            files["input/config/hyperparameters.json"] = json.dumps(hyperparameters).encode()
        labels = {"training-container-conformance.tests": "reference"}
        container = self.client.containers.create(self.image, network_mode="none", labels=labels, **options)
        try:
            container.put_archive("/opt/ml", _archive(files))
            started = time.monotonic()
            container.start()
            if stop_after is not None:
                _await_text(container, stop_after)
                started = time.monotonic()
                container.stop(timeout=60)
            exit_code = container.wait(timeout=LIMIT_S)["StatusCode"]
            return Outcome(
                exit_code=exit_code,
                log=container.logs().decode(),
                stdout=container.logs(stderr=False).decode(),
                files={name: data for path in collect for name, data in _files(container, path).items()},
                seconds=time.monotonic() - started,
            )
        finally:
            container.remove(force=True, v=True)


def _await_text(container: Container, text: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while text not in container.logs().decode():
        assert time.monotonic() < deadline, f"the log never held {text!r}: {container.logs().decode()}"
        time.sleep(0.1)


def _archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            entry.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _files(container: Container, path: str) -> dict[str, bytes]:
    """The regular files below `path`, by their path below its parent; hidden ones too."""
    stream, _ = container.get_archive(path)
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        for entry in archive:
            if member := archive.extractfile(entry):
                files[entry.name] = member.read()
    return files
