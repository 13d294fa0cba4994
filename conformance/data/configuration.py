"""The configuration files of a job, as the platform writes them."""

from __future__ import annotations

import json
from typing import Any

from conformance.contract import limits, paths
from conformance.data.hosts import ONLY_HOST, Host
from conformance.manifest.model import Manifest
from conformance.values.job import Job

_INTERFACE = "eth0"
_INSTANCE_TYPE = "ml.m5.large"
_GROUP = "homogeneousCluster"
_CONTENT_TYPES = {"csv": "text/csv", "parquet": "application/x-parquet"}
# Ours by name, so that no image knows them.
_UNKNOWN = {
    "conformance_unknown": "1",
    "--conformance-unknown": "--1",
    "conformance unknown": "two words",
    "conformance_quotes_\"'": "\"'`",
    "conformance_shell_$(exit 3)": "$(exit 3) ${HOME} `exit 3`; exit 3",
    "conformance_lines": "the first\nthe second\r\nthe third",
    "conformance_größe_名前": "äöü 中文 😀",
}


def configuration_files(
    job: Job, channels: tuple[str, ...], manifest: Manifest, host: Host | None = None
) -> dict[str, bytes]:
    """Return the files below ``/opt/ml/input/config`` by name; none where the job has no configuration.

    Minimal is what the SDK's local mode writes; full is all that has been seen on the platform, and keys that nobody
    knows yet. A ``host`` of several is told what it needs to know of the others too.
    """
    if job["configuration"] == "absent":
        return {}
    full = job["configuration"] == "full"
    contents = {
        paths.HYPERPARAMETERS: _hyperparameters(job, manifest),
        paths.INPUT_DATA_CONFIG: {name: _channel(job, host, full=full) for name in channels},
        paths.RESOURCE_CONFIG: _resources(host, full=full),
    }
    files = {name: json.dumps(content, ensure_ascii=False).encode() for name, content in contents.items()}
    if job.fault is not None and job.fault.kind == "configuration-cut":
        files[paths.HYPERPARAMETERS] = files[paths.HYPERPARAMETERS][: len(files[paths.HYPERPARAMETERS]) // 2]
    return files


def told_format(job: Job) -> str:
    """Return the format that a job is told its files have."""
    if job.fault is not None and job.fault.kind == "undeclared-format":
        return job.fault.value
    return job["format"]


def _hyperparameters(job: Job, manifest: Manifest) -> dict[str, str]:
    # Every value is a string, as in the API; some clients put it into the quotes of JSON first.
    quoted = job["hyperparameter-quoting"] == "json"
    given = {name: json.dumps(text, ensure_ascii=False) if quoted else text for name, text in job.hyperparameters}
    known = given.keys() | manifest.hyperparameters.keys()
    match job["unknown-hyperparameters"]:
        case "some":
            unknown = _UNKNOWN
        case "many":
            names = (f"conformance_unknown_{i:03}" for i in range(limits.HYPERPARAMETERS - len(given)))
            unknown = {name: (f"{name} " * 200)[: limits.HYPERPARAMETER_CHARACTERS] for name in names}
        case _:
            unknown = {}
    return given | {name: text for name, text in unknown.items() if name not in known}


def _channel(job: Job, host: Host | None, *, full: bool) -> dict[str, Any]:
    minimal = {"TrainingInputMode": "File"}
    distribution = "FullyReplicated" if host is None or host.files is None else "ShardedByS3Key"
    if not full:
        return minimal if host is None else minimal | {"S3DistributionType": distribution}
    format_ = told_format(job)
    return minimal | {
        "ContentType": _CONTENT_TYPES.get(format_, f"application/x-{format_}"),
        "S3DistributionType": distribution,
        "RecordWrapperType": "None",
        "ConformanceUnknownKey": {"of": ["the", "future"]},
    }


def _resources(host: Host | None, *, full: bool) -> dict[str, Any]:
    current, names = (ONLY_HOST, [ONLY_HOST]) if host is None else (host.name, list(host.names))
    minimal = {"current_host": current, "hosts": names}
    if not full:
        # Hosts that are to find each other are told by which interface, too.
        return minimal if host is None else minimal | {"network_interface_name": _INTERFACE}
    group = {"instance_group_name": _GROUP, "instance_type": _INSTANCE_TYPE, "hosts": names}
    return minimal | {
        "current_instance_type": _INSTANCE_TYPE,
        "current_group_name": _GROUP,
        "instance_groups": [group],
        "network_interface_name": _INTERFACE,
        "topology": None,
        "conformance_unknown_key": {"of": ["the", "future"]},
    }
