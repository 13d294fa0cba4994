"""The faults: one a job, each with the rule that a job breaks which succeeds in spite of it, and its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from conformance.contract import paths, variables
from conformance.data.faulty import first_file
from conformance.manifest.model import Manifest
from conformance.plan.configuration_faults import configuration_faults
from conformance.plan.data_faults import data_faults
from conformance.plan.some import some
from conformance.plan.strategies import Drawn
from conformance.values.job import FailurePath, Fault, FaultKind, Job

Faulty = Iterator[tuple[Job, Fault]]

# What a text may speak of besides what is at fault, without saying it of everything.
_OF_CONFIGURATION: tuple[FaultKind, ...] = ("hyperparameter", "hyperparameter-absent", "configuration-cut")
_OF_DIRECTORY: tuple[FaultKind, ...] = ("channel-missing", "channel-pipe")
_OF_RESOURCES: tuple[FaultKind, ...] = ("model-dir-unwritable", "model-dir-full", "little-memory")
_FORMATS = (variables.FILE_FORMAT, "csv", "parquet")
# With less the engine itself has trouble to start a process.
_LEAST_MEMORY = 32 * 2**20
_MEMORY_STEPS = 6
_UNWRITABLE: Mapping[FailurePath, str] = {
    "directory": f"{paths.FAILURE} is a directory",
    "read-only": f"{paths.OUTPUT} is mounted read-only",
}


def faulty_jobs(baseline: Job, manifest: Manifest, drawn: Drawn, formats: tuple[str, ...]) -> Iterator[Job]:
    """Yield every job with a fault; each is the baseline but for its fault and the format that it needs."""
    faults = [
        *_channel_faults(baseline, manifest, drawn),
        *configuration_faults(baseline, manifest, drawn),
        *data_faults(baseline, manifest, drawn, formats),
        (_in_undeclared_format(baseline, formats), _undeclared_format(manifest, formats)),
        *_resource_faults(baseline),
    ]
    for job, fault in [*faults, *_unwritable(faults)]:
        yield replace(job, fault=replace(fault, concerns=concerns_of(fault, manifest)))


def concerns_of(fault: Fault, manifest: Manifest) -> tuple[str, ...]:
    """Return the words that a helpful text may hold: what the platform knows the place of the fault by."""
    if fault.kind in _OF_CONFIGURATION:
        file = paths.HYPERPARAMETERS
        return *manifest.hyperparameters, "hyperparameters", file, f"{paths.CONFIG}/{file}"
    if fault.kind in _OF_RESOURCES:
        # What was being read, or of what the model was to be made that cannot be saved.
        return tuple(word for name in manifest.channels for word in _of_data(name, manifest))
    if fault.kind in _OF_DIRECTORY:
        return channel_names(fault.channel)
    if fault.kind == "channel-empty":
        return *channel_names(fault.channel), *_FORMATS
    return _of_data(fault.channel, manifest)


def _of_data(channel: str, manifest: Manifest) -> tuple[str, ...]:
    """Return the words that speak of a channel's rows: its names, the format, its columns."""
    return *channel_names(channel), *_FORMATS, *(column.name for column in manifest.channels[channel].columns)


def channel_names(name: str) -> tuple[str, ...]:
    """Return the words by which a channel is known: its directory, its variable and its name."""
    return paths.channel(name), variables.channel(name), name


def _channel_faults(baseline: Job, manifest: Manifest, drawn: Drawn) -> Faulty:
    seed, alone = drawn.fault_seed, len(manifest.channels) == 1
    required = [name for name, channel in manifest.channels.items() if channel.required]
    file = first_file(baseline)
    for name in some(required, 2, seed, "channel-missing"):
        yield baseline, _at(name, "channel-missing", "channels.missing", f"the required channel {name} is not there")
    for name in some(required, 2, seed, "channel-empty"):
        fault = _at(name, "channel-empty", "channels.empty", f"the directory of channel {name} is empty")
        yield baseline, replace(fault, exempt=alone)
    for name in some(required, 1, seed, "zero-bytes"):
        fault = _at(name, "zero-bytes", "channels.empty", f"the files of channel {name} have zero bytes")
        yield baseline, replace(fault, exempt=alone, file=file, names=(*fault.names, file))
    with_header = [name for name in required if manifest.channels[name].csv_header != "absent"]
    for name in some(with_header, 1, seed, "header-alone") if baseline["format"] == "csv" else ():
        sentence = f"the only file of channel {name} holds a header and no row"
        fault = _at(name, "header-alone", "channels.empty", sentence)
        yield baseline, replace(fault, exempt=alone, file=file, names=(*fault.names, file))
    for name in some(required, 1, seed, "channel-pipe"):
        sentence = f"there is a pipe in place of the directory of channel {name}"
        yield baseline, _at(name, "channel-pipe", "channels.pipe", sentence)


def _at(channel: str, kind: FaultKind, rule: str, sentence: str) -> Fault:
    return Fault(kind, rule, sentence, channel_names(channel), channel=channel)


def _resource_faults(baseline: Job) -> Faulty:
    yield baseline, _of_model_dir("model-dir-unwritable", f"{paths.MODEL} is mounted read-only")
    for lack in ("space", "inodes"):
        fault = _of_model_dir("model-dir-full", f"there is no {lack} left in {paths.MODEL}")
        yield baseline, replace(fault, value=lack)


def starved_jobs(baseline: Job, manifest: Manifest) -> Iterator[Job]:
    """Yield the plain job with less and less memory, each time half of it."""
    declared = int(manifest.limits.memory_gb * 1e9)
    steps = (max(_LEAST_MEMORY, declared >> step) for step in range(1, _MEMORY_STEPS + 1))
    for limit in dict.fromkeys(limit for limit in steps if limit < declared):
        sentence = f"there are {limit / 1e6:.0f} MB of memory, and the manifest declares {declared / 1e6:.0f} MB"
        fault = Fault("little-memory", "resources.memory", sentence, (), value=str(limit), exempt=True)
        yield replace(baseline, fault=replace(fault, concerns=concerns_of(fault, manifest)))


def _of_model_dir(kind: FaultKind, sentence: str) -> Fault:
    return Fault(kind, f"resources.{kind}", sentence, (paths.MODEL,), exempt=True)


def _undeclared(formats: tuple[str, ...]) -> str:
    return next((f for f in ("parquet", "csv") if f not in formats), "orc")


def _in_undeclared_format(baseline: Job, formats: tuple[str, ...]) -> Job:
    undeclared = _undeclared(formats)
    return baseline if undeclared == "orc" else baseline.with_choices(format=undeclared)


def _undeclared_format(manifest: Manifest, formats: tuple[str, ...]) -> Fault:
    """Ask for a format that the image does not declare, with files that really have it."""
    undeclared, channel = _undeclared(formats), next(iter(manifest.channels))
    sentence = f"FILE_FORMAT is {undeclared}, which the manifest does not declare"
    names = (variables.FILE_FORMAT, undeclared, f"part-00000.{undeclared}")
    return Fault("undeclared-format", "failure.exit-code", sentence, names, channel=channel, value=undeclared)


def _unwritable(faults: Sequence[tuple[Job, Fault]]) -> Faulty:
    """Yield faults before data is read, and in data, where the failure file cannot be written either."""
    for kinds in (("channel-missing", "undeclared-format"), ("column-missing", "corrupt")):
        found = next(((job, fault) for kind in kinds for job, fault in faults if fault.kind == kind), None)
        if found is None:
            continue
        job, fault = found
        for path, told in _UNWRITABLE.items():
            sentence = f"{fault.sentence}, and {told}"
            rule = "failure.unwritable"
            yield job, replace(fault, rule=rule, sentence=sentence, exempt=True, failure_path=path)
