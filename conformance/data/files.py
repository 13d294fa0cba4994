"""The files of a job's channels: rows laid out in files, and the fault, if any, put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from conformance.contract.choices import ORDERS
from conformance.data.columnar import Encoding, last_group_rows, parquet_bytes
from conformance.data.content import as_chosen, hidden_rows, markers_beside, optional_columns
from conformance.data.csv_text import Dialect, csv_bytes
from conformance.data.faulty import faulty_files
from conformance.data.foreign import foreign_channel, foreign_files
from conformance.data.hazards import KINDS, LINE_BREAKS, NULL_LIKE
from conformance.data.layout import laid_out, spans
from conformance.data.table import permuted, table
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Channel, Manifest
from conformance.values.job import ChannelData, Job

# The words that a dialect has for what the plain one writes otherwise.
_BOOLEANS = {"lower": ("true", "false"), "title": ("True", "False"), "upper": ("TRUE", "FALSE")}
# Which of the optional channels are not there.
_ABSENT = {"present": slice(0), "absent": slice(None), "first-absent": slice(1), "last-absent": slice(-1, None)}


@dataclass(frozen=True)
class InputFile:
    """One file, by its path below ``/opt/ml/input/data``."""

    path: str
    content: bytes


def given_channels(job: Job, manifest: Manifest) -> tuple[str, ...]:
    """Return the names of the channels that the job has: in the manifest's order, then one that it does not know."""
    missing = job.fault.channel if job.fault is not None and job.fault.kind == "channel-missing" else None
    optional = [name for name, channel in manifest.channels.items() if not channel.required]
    absent = optional[_ABSENT[job["optional-channels"]]]
    declared = (data.channel for data in job.data if data.channel != missing and data.channel not in absent)
    foreign = foreign_channel(job, manifest)
    return (*declared, *([] if foreign is None else [foreign]))


def input_files(job: Job, loaded: LoadedManifest) -> Iterator[InputFile]:
    """Yield every file of every channel of a job."""
    given = given_channels(job, loaded.manifest)
    for recipe in job.data:
        if recipe.channel in given:
            yield from _channel_files(job, recipe, loaded)
    if (foreign := foreign_channel(job, loaded.manifest)) is not None:
        for path, content in _foreign_files(job, loaded):
            yield InputFile(f"{foreign}/{path}", content)


def _foreign_files(job: Job, loaded: LoadedManifest) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a channel that the manifest does not know: rows like those of the first one, or bytes."""
    known = job.data[0]
    if job["extra-channel"] == "bytes":
        yield from foreign_files(known.seed, job["format"])
        return
    # Other rows, and more of them, so that it shows where they are read in place of the channel's or beside them.
    like = replace(known, rows=known.rows + 1, seed=(known.seed + len(job.data)) % 2**32)
    for file in _channel_files(job, like, loaded):
        yield file.path.removeprefix(f"{known.channel}/"), file.content


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
    if job["optional-columns"] == "absent" and (job["format"] == "parquet" or has_header(job, channel)):
        rows = rows.drop(columns=optional_columns(channel), errors="ignore")
    order = job["row-order"]
    return permuted(rows, recipe.seed, 1 + ORDERS.index(order)) if order in ORDERS else rows


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
    channel = loaded.manifest.channels[recipe.channel]
    rows = rows_of(job, recipe, loaded)
    if job.fault is not None and job.fault.channel == recipe.channel:

        def encode(part: pd.DataFrame, format_: str) -> bytes:
            return _encoded(part, 0, job.with_choices(format=format_), channel)

        faulty = faulty_files(job.fault, rows, job["format"], header=has_header(job, channel), encode=encode)
        for name, content in faulty:
            yield InputFile(f"{recipe.channel}/{name}", content)
        return
    files = {path: _encoded(part, i, job, channel) for i, (path, part) in enumerate(laid_out(rows, job))}
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
