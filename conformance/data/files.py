"""The files of a job's channels: rows laid out in files, and the fault, if any, put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from conformance.data.columnar import Encoding, last_group_rows, orc_bytes, parquet_bytes
from conformance.data.content import as_chosen, hidden_rows, markers_beside
from conformance.data.csv_text import Dialect, csv_bytes, header_text
from conformance.data.hazards import KINDS, LINE_BREAKS, NULL_LIKE
from conformance.data.layout import laid_out, spans
from conformance.data.table import permuted, table
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Channel
from conformance.values.job import ChannelData, Fault, Job

# The words that a dialect has for what the plain one writes otherwise.
_BOOLEANS = {"lower": ("true", "false"), "title": ("True", "False"), "upper": ("TRUE", "FALSE")}


@dataclass(frozen=True)
class InputFile:
    """One file, by its path below ``/opt/ml/input/data``."""

    path: str
    content: bytes


def given_channels(job: Job) -> tuple[str, ...]:
    """Return the names of the channels that the job has, in the manifest's order."""
    missing = job.fault.channel if job.fault is not None and job.fault.kind == "channel-missing" else None
    return tuple(data.channel for data in job.data if data.channel != missing)


def input_files(job: Job, loaded: LoadedManifest) -> Iterator[InputFile]:
    """Yield every file of every channel of a job."""
    for recipe in job.data:
        if recipe.channel in given_channels(job):
            yield from _channel_files(job, recipe, loaded)


def rows_of(job: Job, recipe: ChannelData, loaded: LoadedManifest) -> pd.DataFrame:
    """Return the rows of one channel in the order in which they are laid out."""
    channel = loaded.manifest.channels[recipe.channel]
    sample = None if channel.sample is None else loaded.siblings[channel.sample]
    kinds = [kind for kind in KINDS if job[f"hazard-{kind}"] == "present"]
    if job["line-breaks"] == "in-cells":
        kinds.append(LINE_BREAKS)
    if job["null-like-text"] == "present":
        kinds.append(NULL_LIKE)
    elsewhere = job["other-data"] == "present"
    drawn = table(channel, recipe, hazards_of=kinds, sample=sample, elsewhere=elsewhere)
    rows = as_chosen(drawn, job, channel, recipe, sample, _places(job["changed-rows"], len(drawn)))
    return permuted(rows, recipe.seed) if job["row-order"] == "permuted" else rows


def _places(changed: str, rows: int) -> range:
    """Return which rows are changed: those that lie in some part where the rows are cut into such parts."""
    match changed:
        case "none":
            return range(0)
        case "last-row":
            return range(rows - 1, rows)
        case "row-before-the-last":
            return range(max(0, rows - 2), rows - 1)
        case "last-row-group":
            return range(rows - last_group_rows(rows), rows)
        case "nested-file":
            return spans("nested", rows)[0]
    files = spans("several", rows)
    return files[{"first-file": 0, "middle-file": len(files) // 2, "last-file": -1}[changed]]


def _channel_files(job: Job, recipe: ChannelData, loaded: LoadedManifest) -> Iterator[InputFile]:
    fault = job.fault if job.fault is not None and job.fault.channel == recipe.channel else None
    if fault is not None and fault.kind == "channel-empty":
        return
    channel = loaded.manifest.channels[recipe.channel]
    rows = rows_of(job, recipe, loaded)
    if fault is not None and fault.kind == "column-missing":
        rows = rows.drop(columns=fault.subject)
    if fault is not None and fault.kind == "undeclared-format" and fault.value == "orc":
        yield InputFile(f"{recipe.channel}/part-00000.orc", orc_bytes(rows))
        return
    files: dict[str, bytes] = {}
    for number, (path, part) in enumerate(laid_out(rows, job)):
        files[path] = _with_fault(_encoded(part, number, job, channel), part, fault)
    beside = dict(markers_beside(files)) if job["markers"] == "present" else {}
    if job["hidden-files"] == "present":
        for path, part in hidden_rows(rows, channel, recipe):
            beside[f"{path}.{job['format']}"] = _encoded(part, 0, job, channel)
    for path, content in (files | beside).items():
        yield InputFile(f"{recipe.channel}/{path}", content)


def _encoded(rows: pd.DataFrame, number: int, job: Job, channel: Channel) -> bytes:
    if job["format"] == "parquet":
        return parquet_bytes(rows, _encoding(job, number))
    return csv_bytes(rows, header=has_header(job, channel), dialect=_dialect(job))


def _encoding(job: Job, number: int) -> Encoding:
    return Encoding(
        codec=job["codec"],
        dictionary=job["dictionary"] == "present",
        several_groups=job["row-groups"] == "several",
        # Every second part, so that equal columns are unequal in files that lie side by side.
        other_widths=job["integer-widths"] == "unequal" and number % 2 == 1,
        second_pages=job["pages"] == "v2",
        int96=job["timestamps"] == "int96",
    )


def _dialect(job: Job) -> Dialect:
    return Dialect(
        line_end="\r\n" if job["line-ends"] == "crlf" else "\n",
        ended=job["last-line"] == "ended",
        all_quoted=job["quoting"] == "all",
        booleans=_BOOLEANS[job["booleans"]],
        exponents=job["exponents"] == "present",
    )


def has_header(job: Job, channel: Channel) -> bool:
    """Whether the CSV files of a channel have a header: as it is declared, else as the job chooses."""
    return channel.csv_header == "present" or (channel.csv_header == "either" and job["header"] == "present")


def _with_fault(content: bytes, rows: pd.DataFrame, fault: Fault | None) -> bytes:
    if fault is None:
        return content
    if fault.kind == "header-alone":
        return header_text(rows).encode() + b"\n"
    if fault.kind == "corrupt":
        return _cut_off(content, len(rows.columns))
    return content


def _cut_off(content: bytes, columns: int) -> bytes:
    """Cut a Parquet file in its footer, a CSV file inside a quoted cell of its last record."""
    if content.startswith(b"PAR1"):
        return content[: -min(24, len(content) // 2)]
    return content + b"1," * min(1, columns - 1) + b'"1'
