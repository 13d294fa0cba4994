"""How a job is launched: environment, command, configuration files, limits. Pure, and all that the engine is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.contract import paths, variables
from conformance.data.files import given_channels, input_files
from conformance.data.foreign import VARIABLES
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Manifest
from conformance.values.job import Job

SHARED_MEMORY_BYTES = 64 * 2**20
PROCESSES = 1024
_JOB_NAME = "conformance-training-job"
_JOB_ARN = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{_JOB_NAME}"
_HOST = "algo-1"
_ELSEWHERE = "/training-job"


@dataclass(frozen=True)
class Launch:
    """Everything that decides how a container is created, apart from its image and input files.

    ``entrypoint`` None means that of the image; ``read_only_channels`` are mounted so. ``memory_bytes`` limits memory
    and swap together. ``moved`` maps directories of the platform, which are there and empty, to the directories that
    the variables name in their place.
    """

    environment: Mapping[str, str]
    entrypoint: tuple[str, ...] | None
    command: tuple[str, ...]
    configuration: Mapping[str, bytes]
    channels: tuple[str, ...]
    read_only_channels: tuple[str, ...]
    network: str
    memory_bytes: int
    moved: Mapping[str, str]
    shared_memory_bytes: int = SHARED_MEMORY_BYTES
    processes: int = PROCESSES


def launch(job: Job, manifest: Manifest, *, max_memory_gb: float) -> Launch:
    """Return how a job is launched; GB = 10⁹ bytes."""
    channels = given_channels(job, manifest)
    moved = _moved(job, channels)
    entrypoint, command = _command(manifest)
    memory_gb = min(manifest.limits.memory_gb, max_memory_gb)
    return Launch(
        environment=environment(job, channels, moved),
        entrypoint=entrypoint,
        command=command,
        configuration=_configuration(job, channels),
        channels=channels,
        read_only_channels=channels if job["mount"] == "read-only" else (),
        network=job["network"],
        memory_bytes=int(memory_gb * 1e9),
        moved=moved,
    )


def container_files(job: Job, how: Launch, loaded: LoadedManifest) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a job by their paths below ``/opt/ml/input``: configuration first, then the channels."""
    for name, content in how.configuration.items():
        yield f"config/{name}", content
    for file in input_files(job, loaded):
        yield f"data/{file.path}", file.content


def _moved(job: Job, channels: tuple[str, ...]) -> dict[str, str]:
    match job["environment"]:
        case "moved-model":
            return {paths.MODEL: f"{_ELSEWHERE}/model"}
        case "moved-output":
            return {paths.OUTPUT_DATA: f"{_ELSEWHERE}/output"}
        case "moved-channel" | "moved-named-channel" as which:
            wanted = [name for name in channels if variables.is_portable(name) == (which == "moved-channel")]
            return {paths.channel(name): f"{_ELSEWHERE}/data/{name}" for name in wanted}
    return {}


def environment(job: Job, channels: tuple[str, ...], moved: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that a job sets; all forms but two are that of Clean Rooms."""
    directories = {
        variables.MODEL_DIR: paths.MODEL,
        variables.OUTPUT_DIR: paths.OUTPUT if job["environment"] == "output-value" else paths.OUTPUT_DATA,
        **{variables.channel(name): paths.channel(name) for name in channels},
    }
    forms: dict[str, dict[str, str]] = {
        "unset": {},
        "sagemaker": {variables.TRAINING_JOB_NAME: _JOB_NAME, variables.TRAINING_JOB_ARN: _JOB_ARN},
    }
    given = forms.get(job["environment"], {name: moved.get(path, path) for name, path in directories.items()})
    given |= VARIABLES[job["extra-variables"]]
    undeclared = job.fault is not None and job.fault.kind == "undeclared-format"
    format_ = job.fault.value if job.fault is not None and undeclared else job["format"]
    if job["format-variable"] != "absent":
        given[variables.FILE_FORMAT] = format_.upper() if job["format-variable"] == "upper" else format_
    return given


def _command(manifest: Manifest) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return entrypoint and command for the manifest's launch form: without both, the platform adds ``train``.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html
    """
    container = manifest.container
    if container.entrypoint is None and container.arguments is None:
        return None, ("train",)
    return container.entrypoint, container.arguments or ()


def _configuration(job: Job, channels: tuple[str, ...]) -> dict[str, bytes]:
    # Every value of a hyperparameter is a string, as in the API.
    contents = {
        paths.HYPERPARAMETERS: dict(job.hyperparameters),
        paths.INPUT_DATA_CONFIG: {name: {"TrainingInputMode": "File"} for name in channels},
        paths.RESOURCE_CONFIG: {"current_host": _HOST, "hosts": [_HOST], "network_interface_name": "eth0"},
    }
    return {name: json.dumps(content, ensure_ascii=False).encode() for name, content in contents.items()}
