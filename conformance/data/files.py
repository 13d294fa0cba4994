"""The files of a job's channels: rows laid out in files, and the fault, if any, put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
import pyarrow as pa

from conformance.data.columnar import orc_bytes, parquet_bytes
from conformance.data.csv_text import cell_text, csv_bytes, header_text
from conformance.data.hazards import KINDS
from conformance.data.table import permuted, table
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Channel
from conformance.values.job import ChannelData, Fault, Job

_FLAT_PARTS = 5
# Sorted by path, as readers list them; equal base names lie in different directories.
_NESTED_PATHS = ("2024/01/part-00000", "2024/02/part-00000", "2024/part-00000", "part-00000")


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
    rows = table(channel, recipe, hazards_of=kinds, sample=sample)
    return permuted(rows, recipe.seed) if job["row-order"] == "permuted" else rows


def _channel_files(job: Job, recipe: ChannelData, loaded: LoadedManifest) -> Iterator[InputFile]:
    fault = job.fault if job.fault is not None and job.fault.channel == recipe.channel else None
    if fault is not None and fault.kind == "channel-empty":
        return
    channel = loaded.manifest.channels[recipe.channel]
    rows = rows_of(job, recipe, loaded)
    if fault is not None and fault.kind == "column-missing":
        rows = rows.drop(columns=fault.subject)
    if fault is not None and fault.kind == "wrong-cell":
        rows = _with_wrong_cell(rows, fault)
    if fault is not None and fault.kind == "undeclared-format" and fault.value == "orc":
        yield InputFile(f"{recipe.channel}/part-00000.orc", orc_bytes(rows))
        return
    for path, part in _laid_out(rows, job["partition"]):
        content = _encoded(part, job, channel)
        yield InputFile(f"{recipe.channel}/{path}.{job['format']}", _with_fault(content, part, fault))


def part_count(partition: str, rows: int) -> int:
    """Return into how many files so many rows are cut."""
    wanted = {"one": 1, "several": _FLAT_PARTS, "nested": len(_NESTED_PATHS)}[partition]
    return max(1, min(wanted, rows))


def _laid_out(rows: pd.DataFrame, partition: str) -> Iterator[tuple[str, pd.DataFrame]]:
    count = part_count(partition, len(rows))
    paths = _NESTED_PATHS[:count] if partition == "nested" else [f"part-{i:05}" for i in range(count)]
    # Parts of unequal length: the i-th holds a share of about i, so that a part that is left out shows.
    total = count * (count + 1) // 2
    cuts = [max(i, len(rows) * (i * (i + 1) // 2) // total) for i in range(count)] + [len(rows)]
    for path, (begin, end) in zip(paths, pairwise(cuts), strict=True):
        yield path, rows.iloc[begin:end]


def _encoded(rows: pd.DataFrame, job: Job, channel: Channel) -> bytes:
    if job["format"] == "parquet":
        dictionary, groups = job["dictionary"] == "present", job["row-groups"] == "several"
        return parquet_bytes(rows, codec=job["codec"], dictionary=dictionary, groups=groups)
    return csv_bytes(rows, header=has_header(job, channel))


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


def _with_wrong_cell(rows: pd.DataFrame, fault: Fault) -> pd.DataFrame:
    """Return the rows with one cell that is not of its column's type; such a column can only be one of texts."""
    cells = [cell_text(cell) or None for cell in rows[fault.subject].array]
    cells[fault.row] = fault.value
    return rows.assign(**{fault.subject: pd.Series(cells, dtype=pd.ArrowDtype(pa.string()), index=rows.index)})


def _cut_off(content: bytes, columns: int) -> bytes:
    """Cut a Parquet file in its footer, a CSV file inside a quoted cell of its last record."""
    if content.startswith(b"PAR1"):
        return content[: -min(24, len(content) // 2)]
    return content + b"1," * min(1, columns - 1) + b'"1'
