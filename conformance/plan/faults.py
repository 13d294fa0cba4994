"""The faults: one a job, each with the rule that a job breaks which succeeds in spite of it, and its names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract import paths, variables
from conformance.manifest.model import Channel, Manifest
from conformance.plan.strategies import Drawn, unreadable_hyperparameters
from conformance.values.job import Fault, Job

_NAMES_OF_LONG_VALUE = 8


def faulty_jobs(baseline: Job, manifest: Manifest, drawn: Drawn, formats: tuple[str, ...]) -> Iterator[Job]:
    """Yield every job with a fault; each is the baseline but for its fault and the format that it needs."""
    for name, channel in manifest.channels.items():
        if channel.required:
            yield _with(baseline, _channel_missing(name))
            yield _with(baseline, _channel_empty(name, alone=len(manifest.channels) == 1))
            if baseline["format"] == "csv" and channel.csv_header != "absent":
                yield _with(baseline, _header_alone(name, alone=len(manifest.channels) == 1))
    yield from _hyperparameters(baseline, manifest, drawn)
    for name, column in drawn.column_short:
        if (job := _where_columns_have_names(baseline, manifest.channels[name], formats)) is not None:
            yield _with(job, _column_missing(name, column, _first_file(job)))
    first = next(iter(manifest.channels))
    yield _undeclared_format(baseline, first, formats)
    for format_ in formats:
        corrupt = baseline.with_choices(format=format_)
        yield _with(corrupt, _corrupt(first, _first_file(corrupt)))


def _with(job: Job, fault: Fault) -> Job:
    if fault.channel:
        fault = replace(fault, concerns=_channel_names(fault.channel))
    values = dict(job.hyperparameters)
    if fault.kind == "hyperparameter":
        values[fault.subject] = fault.value
    return Job(job.choices, job.data, tuple(values.items()), fault)


def _first_file(job: Job) -> str:
    return f"part-00000.{job['format']}"


def _channel_names(name: str) -> tuple[str, ...]:
    return paths.channel(name), variables.channel(name), name


def _channel_missing(name: str) -> Fault:
    sentence = f"the required channel {name} is not there"
    return Fault("channel-missing", "channels.missing", sentence, _channel_names(name), channel=name)


def _channel_empty(name: str, *, alone: bool) -> Fault:
    sentence = f"the directory of channel {name} is empty"
    return Fault("channel-empty", "channels.empty", sentence, _channel_names(name), channel=name, exempt=alone)


def _header_alone(name: str, *, alone: bool) -> Fault:
    sentence = f"the only file of channel {name} holds a header and no row"
    names = (*_channel_names(name), "part-00000.csv")
    return Fault("header-alone", "channels.empty", sentence, names, channel=name, exempt=alone)


def _hyperparameters(baseline: Job, manifest: Manifest, drawn: Drawn) -> Iterator[Job]:
    for name in unreadable_hyperparameters(manifest):
        kind = manifest.hyperparameters[name].type
        sentence = f"the {kind} hyperparameter {name} is {drawn.unreadable!r}"
        yield _with(baseline, _hyperparameter(name, drawn.unreadable, sentence, (name, drawn.unreadable)))
    if drawn.long_for is not None:
        value = drawn.unreadable_long
        sentence = f"the hyperparameter {drawn.long_for} is a text of {len(value)} characters, most of them not ASCII"
        names = (drawn.long_for, *value.split()[:_NAMES_OF_LONG_VALUE])
        yield _with(baseline, _hyperparameter(drawn.long_for, value, sentence, names))


def _hyperparameter(name: str, value: str, sentence: str, names: tuple[str, ...]) -> Fault:
    return Fault("hyperparameter", "config.invalid", sentence, names, subject=name, value=value)


def _column_missing(channel: str, column: str, file: str) -> Fault:
    sentence = f"channel {channel} is short of the column {column}"
    return Fault(
        "column-missing", "ingestion.missing-column", sentence, (column, file), channel=channel, subject=column
    )


def _where_columns_have_names(baseline: Job, channel: Channel, formats: tuple[str, ...]) -> Job | None:
    """Return a job whose files name their columns, or tell by their number alone that one is missing."""
    if baseline["format"] == "parquet" or channel.csv_header != "absent":
        return baseline
    if "parquet" in formats:
        return baseline.with_choices(format="parquet")
    # Too few fields are a null at the end, or an optional column that is not there, for all that a reader can tell.
    return None if any(column.nullable or column.optional for column in channel.columns) else baseline


def _undeclared_format(baseline: Job, channel: str, formats: tuple[str, ...]) -> Job:
    """Ask for a format that the image does not declare, with files that really have it."""
    undeclared = next((f for f in ("parquet", "csv") if f not in formats), "orc")
    job = baseline if undeclared == "orc" else baseline.with_choices(format=undeclared)
    sentence = f"FILE_FORMAT is {undeclared}, which the manifest does not declare"
    names = (variables.FILE_FORMAT, undeclared, f"part-00000.{undeclared}")
    fault = Fault("undeclared-format", "failure.exit-code", sentence, names, channel=channel, value=undeclared)
    return _with(job, fault)


def _corrupt(channel: str, file: str) -> Fault:
    what = (
        "a Parquet file without the end of its footer" if file.endswith("parquet") else "a CSV file cut off in quotes"
    )
    sentence = f"{file} of channel {channel} is {what}"
    return Fault("corrupt", "ingestion.corrupt", sentence, (file,), channel=channel, subject=file)
