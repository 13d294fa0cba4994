"""How a job is launched: environment, command, configuration files, limits. Pure, and all that the engine is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.contract import paths, variables
from conformance.data.canaries import secret_variables
from conformance.data.configuration import configuration_files, told_format
from conformance.data.files import given_channels, input_files
from conformance.data.foreign import VARIABLES
from conformance.data.hosts import ONLY_ADDRESS, ONLY_HOST, Host, hosts_of
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Manifest
from conformance.values.job import FailurePath, Fault, Job

SHARED_MEMORY_BYTES = 64 * 2**20
PROCESSES = 1024
_JOB_NAME = "conformance-training-job"
_JOB_ARN = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{_JOB_NAME}"
_ELSEWHERE = "/training-job"
_REGION = "us-east-1"

SILENT = "silent"
"""A network of the job's own, which swallows every packet."""
PRIVATE = "private"
"""A network of the hosts of a job, which leads nowhere else."""
NAME_SERVER = "192.0.2.53"
"""In a silent network; it is nobody's: https://www.rfc-editor.org/rfc/rfc5737"""

Lack = Literal["space", "inodes"]
"""What a file system in which there is no room has none of."""
FILLER = ".full"
"""The file of this name takes all the space where none is left."""
FULL_BYTES = 2**20
FULL_OPTIONS: Mapping[Lack, str] = {"space": f"size={FULL_BYTES}", "inodes": "nr_inodes=1"}
"""How a file system in memory is mounted that lacks something; of inodes its own directory has the one."""

# All of these stay in the container's own namespaces or are bounded by its limits. The image is untrusted: what would
# reach the host (SYS_ADMIN, devices, a privileged container) is not given, whatever would train with it.
_EASIER_CAPABILITIES = ("NET_ADMIN", "SYS_NICE", "IPC_LOCK", "SYS_PTRACE")


@dataclass(frozen=True)
class Launch:
    """Everything that decides how a container is created, apart from its image and input files.

    ``entrypoint`` None means that of the image; ``read_only_channels`` are mounted so, and so are ``read_only``, the
    directories of model or output. ``full`` names those in which there is no room, and of what nothing is left.
    ``memory_bytes`` limits memory and swap together. ``pipes`` are the channels with a FIFO in place of their
    directory; ``failure_path`` says why the failure file cannot be written. ``moved`` maps directories of the platform,
    which are there and empty, to the directories that the variables name in their place. ``capabilities`` are those
    beside the engine's default; ``new_privileges`` says that programs may raise theirs; ``for_anyone`` that every user
    can write to the directories of the job. ``network`` is the engine's name of it, SILENT or PRIVATE. ``host`` is the
    one that the container is of a job with several, whose containers are launched together; ``hostname`` and
    ``etc_hosts`` are what is in /etc/hostname and, as addresses by name, in /etc/hosts.
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
    hostname: str
    etc_hosts: Mapping[str, str]
    shared_memory_bytes: int = SHARED_MEMORY_BYTES
    processes: int = PROCESSES
    pipes: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    full: Mapping[str, Lack] = field(default_factory=dict)
    failure_path: FailurePath = ""
    capabilities: tuple[str, ...] = ()
    new_privileges: bool = False
    for_anyone: bool = False
    host: Host | None = None


def launches(job: Job, manifest: Manifest, *, max_memory_gb: float) -> tuple[Launch, ...]:
    """Return how each container of a job is launched: one, or those of its hosts; GB = 10⁹ bytes."""
    hosts = hosts_of(job, manifest) or (None,)
    return tuple(launch(job, manifest, max_memory_gb=max_memory_gb, host=host) for host in hosts)


def launch(job: Job, manifest: Manifest, *, max_memory_gb: float, host: Host | None = None) -> Launch:
    """Return how the container of a job is launched, or that of one of its hosts; GB = 10⁹ bytes."""
    fault = job.fault
    channels = given_channels(job, manifest)
    moved = _moved(job, channels)
    entrypoint, command = _command(manifest, job["launch-form"])
    memory_gb = max_memory_gb if job["memory"] == "most" else min(manifest.limits.memory_gb, max_memory_gb)
    memory_bytes = int(memory_gb * 1e9)
    if fault is not None and fault.kind == "little-memory":
        memory_bytes = min(memory_bytes, int(fault.value))
    easier = job["privileges"] == "all"
    return Launch(
        environment=environment(job, channels, moved),
        entrypoint=entrypoint,
        command=command,
        configuration=configuration_files(job, channels, manifest, host),
        channels=channels,
        read_only_channels=channels if job["mount"] == "read-only" else (),
        network=job["network"] if host is None else PRIVATE,
        memory_bytes=memory_bytes,
        moved=moved,
        hostname=ONLY_HOST if host is None else host.hostname,
        etc_hosts=ONLY_ADDRESS if host is None else host.etc_hosts,
        shared_memory_bytes=memory_bytes if job["shared-memory"] == "large" else SHARED_MEMORY_BYTES,
        pipes=(fault.channel,) if fault is not None and fault.kind == "channel-pipe" else (),
        read_only=() if fault is None else tuple(_read_only(fault)),
        full={} if fault is None else _full(fault),
        failure_path="" if fault is None else fault.failure_path,
        capabilities=_EASIER_CAPABILITIES if easier else (),
        new_privileges=easier,
        for_anyone=job["owner"] == "anyone",
        host=host,
    )


def container_files(job: Job, how: Launch, loaded: LoadedManifest) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a job by their paths below ``/opt/ml/input``: configuration first, then the channels."""
    for name, content in how.configuration.items():
        yield f"config/{name}", content
    numbers: Counter[str] = Counter()
    for file in input_files(job, loaded):
        channel = file.path.partition("/")[0]
        if how.host is None or how.host.has(numbers[channel]):
            yield f"data/{file.path}", file.content
        numbers[channel] += 1


def _read_only(fault: Fault) -> Iterator[str]:
    if fault.kind == "model-dir-unwritable":
        yield paths.MODEL
    if fault.failure_path == "read-only":
        yield paths.OUTPUT


def _full(fault: Fault) -> dict[str, Lack]:
    if fault.kind != "model-dir-full":
        return {}
    return {paths.MODEL: "inodes" if fault.value == "inodes" else "space"}


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
    given |= VARIABLES.get(job["extra-variables"], {})
    given |= secret_variables(job)
    format_ = told_format(job)
    if job["format-variable"] != "absent":
        given[variables.FILE_FORMAT] = format_.upper() if job["format-variable"] == "upper" else format_
    if job["credentials"] == "dummy":
        given |= {name: f"not-a-real-{name.lower().replace('_', '-')}" for name in variables.CREDENTIALS}
        given |= dict.fromkeys(variables.REGIONS, _REGION)
    return given


def _command(manifest: Manifest, form: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return entrypoint and command, in the manifest's launch form or another: the platform's own adds ``train``.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html
    """
    container = manifest.container
    if form == "no-argument":
        return None, ()
    if form == "train" or (container.entrypoint is None and container.arguments is None):
        return None, ("train",)
    return container.entrypoint, container.arguments or ()
