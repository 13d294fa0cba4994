"""Channels of every kind of column, jobs over them, and readers that have nothing to do with the writers."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from conformance.data.files import InputFile, input_files, rows_of
from conformance.manifest import Channel, Column, LoadedManifest, Manifest, generic_manifest
from conformance.plan.feasible import plain_values
from conformance.values.job import ChannelData, Job

Cell = Any
Row = tuple[Cell, ...]
Declared = Mapping[str, Any]
"""A column as a manifest declares it."""

_ARROW: Mapping[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "char": pa.string(),
    "varchar": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def loaded_with(
    columns: Sequence[Declared], siblings: Mapping[str, bytes] | None = None, **channel: Any
) -> LoadedManifest:
    """A manifest whose only channel, train, has these columns; the other keys are those of a channel."""
    document = {
        "schema_version": 1,
        "algorithm": {"name": "tables"},
        "channels": {"train": {"min_rows": 1, **channel, "columns": list(columns)}},
    }
    manifest = Manifest.model_validate(document)
    return replace(generic_manifest(), manifest=manifest, siblings=dict(siblings or {}))


def channel_of(loaded: LoadedManifest) -> Channel:
    """The only channel."""
    return loaded.manifest.channels["train"]


def job_of(loaded: LoadedManifest, recipe: ChannelData, **choices: str) -> Job:
    """A job with this data and plain values for every other choice."""
    return Job(plain_values(loaded.manifest), (recipe,), ()).with_choices(**choices)


def files_of(job: Job, loaded: LoadedManifest) -> list[InputFile]:
    """The files of a job as a reader lists them: sorted by path."""
    return sorted(input_files(job, loaded), key=lambda file: file.path)


def cells_of(job: Job, loaded: LoadedManifest) -> list[Row]:
    """The rows that a job is meant to have, null as None."""
    frame = rows_of(job, job.data[0], loaded)
    return [tuple(row.values()) for row in pa.Table.from_pandas(frame, preserve_index=False).to_pylist()]


def parquet_rows(files: Sequence[InputFile]) -> list[Row]:
    """What pyarrow reads from Parquet files, one after the other."""
    # In nanoseconds, which it takes by default, INT96 would reach only from 1677 to 2262.
    tables = (pq.read_table(io.BytesIO(file.content), coerce_int96_timestamp_unit="us") for file in files)
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def csv_texts(files: Sequence[InputFile], *, header: bool) -> tuple[list[list[str]], list[list[str]]]:
    """The headers, and the rows one file after the other, that Python's csv reads where it forgives nothing."""
    headers: list[list[str]] = []
    rows: list[list[str]] = []
    for file in files:
        records = list(csv.reader(io.StringIO(file.content.decode("utf-8"), newline=""), strict=True))
        headers += records[:1] if header else []
        rows += records[1:] if header else records
    return headers, rows


def text_of(cell: Cell) -> str:
    """A cell as the dialect wants it, written a second time: plainly, and for the tests alone."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case dt.datetime():
            clock = f"{cell.hour:02}:{cell.minute:02}:{cell.second:02}"
            fraction = f".{cell.microsecond:06}" if cell.microsecond else ""
            return f"{text_of(cell.date())} {clock}{fraction}"
        case dt.date():
            return f"{cell.year:04}-{cell.month:02}-{cell.day:02}"
        case float():
            digits = format(Decimal(repr(cell)), "f")
            return digits if "." in digits else f"{digits}.0"
        case Decimal():
            return format(cell, "f")
    return str(cell)


def arrow_rows(
    files: Sequence[InputFile],
    columns: Sequence[Column],
    *,
    header: bool,
    booleans: tuple[str, str] = ("true", "false"),
) -> list[Row]:
    """What pyarrow reads from CSV files with the declared types; it tells a null from an empty text in quotes."""
    names = [column.name for column in columns]
    types = {
        column.name: pa.decimal128(column.type.precision or 0, column.type.scale or 0)
        if column.type.kind == "decimal"
        else _ARROW[column.type.kind]
        for column in columns
    }
    convert = pa_csv.ConvertOptions(
        column_types=types,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
        true_values=[booleans[0]],
        false_values=[booleans[1]],
    )
    read = pa_csv.ReadOptions(column_names=None if header else names)
    parse = pa_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    rows: list[Row] = []
    for file in files:
        # Arrow takes an empty cell at the very end of a file for a quoted one if the cell before it is.
        content = file.content if file.content.endswith(b"\n") else file.content + b"\n"
        table = pa_csv.read_csv(io.BytesIO(content), read, parse, convert)
        assert table.column_names == names
        rows += [tuple(row.values()) for row in table.to_pylist()]
    return rows
