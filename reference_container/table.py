"""Reading a channel: all its files, CSV or Parquet, into one table with the types of the manifest.

Errors name file, column and row. Texts of the libraries are never passed on, since they quote cells.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from algorithm import Channel, Column
from failure import JobFailedError, short

# pyarrow would take over SIGTERM while it reads CSV.
pa.enable_signal_handlers(False)

BLOCK = 1 << 24  # bytes; no CSV record may be longer
TYPES = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "char": pa.string(),
    "varchar": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def part_files(directory: Path, channel: str) -> list[Path]:
    """The files of a channel, nested ones included, in the order of their paths below `directory`.

    Names that begin with `_` or `.` and empty files are markers of whoever wrote the others (`_SUCCESS`,
    `.part-0.crc`). The name says nothing about the format; no extension is expected.
    """
    shown = short(str(directory), 40, 260)
    if not directory.is_dir():
        raise JobFailedError(f"channel {channel} is missing: there is no directory {shown}")
    found: list[str] = []
    for folder, subfolders, names in os.walk(directory):
        subfolders[:] = [name for name in subfolders if not name.startswith(("_", "."))]
        paths = (Path(folder, name) for name in names if not name.startswith(("_", ".")))
        found += [path.relative_to(directory).as_posix() for path in paths if path.is_file() and path.stat().st_size]
    if not found:
        raise JobFailedError(f"channel {channel} is empty: no file with data below {shown}")
    return [directory / name for name in sorted(found)]


def read_table(parts: Sequence[Path], directory: Path, channel: Channel, file_format: str) -> pa.Table:
    """All rows of `parts` in their order, with the columns of the manifest in its order and types."""
    read = read_csv if file_format == "csv" else read_parquet
    tables = [read(part, f"file {short(part.relative_to(directory).as_posix(), 40, 260)}", channel) for part in parts]
    table = pa.concat_tables(tables)
    if table.num_rows == 0:
        raise JobFailedError(f"channel {channel.name} is empty: no row in its {len(parts)} file(s)")
    return table


def read_csv(path: Path, where: str, channel: Channel) -> pa.Table:
    """One CSV file: UTF-8, RFC 4180. An unquoted empty cell is null; a quoted one too, unless it is text."""
    names, has_header, has_rows = _csv_header(path, where, channel)
    wanted = _present(channel.columns, names, where)
    cells: dict[str, pa.ChunkedArray] = {}
    for is_text in (False, True):
        columns = [column for column in wanted if column.is_text == is_text]
        if columns and has_rows:
            table = _csv_columns(path, where, names, has_header, columns)
            cells.update({column.name: table[column.name] for column in columns})
    return _conform(cells, channel.columns, where)


def read_parquet(path: Path, where: str, channel: Channel) -> pa.Table:
    """One Parquet file; integer widths and encodings may differ from file to file."""
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, coerce_int96_timestamp_unit="us")
        wanted = _present(channel.columns, file.schema_arrow.names, where)
        table = file.read(columns=[column.name for column in wanted], use_threads=False)
    except (pa.ArrowException, OSError):
        raise JobFailedError(f"{where} is corrupt, or not Parquet as FILE_FORMAT says") from None
    return _conform({column.name: table[column.name] for column in wanted}, channel.columns, where)


def _csv_header(path: Path, where: str, channel: Channel) -> tuple[list[str], bool, bool]:
    """The columns of a file; whether its first record is a header; whether there is any row."""
    csv.field_size_limit(BLOCK)
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            raise JobFailedError(f"{where} is Parquet, but variable FILE_FORMAT says csv, which is its default too")
        file.seek(0)
        if sum(block.count(b'"') for block in iter(lambda: file.read(BLOCK), b"")) % 2:
            raise JobFailedError(f"{where} is corrupt: a quoted cell has no end, the file may be cut off")
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            records = list(islice(csv.reader(text), 2))
    except (UnicodeDecodeError, csv.Error):
        raise JobFailedError(f"{where} is corrupt: not CSV in UTF-8, as FILE_FORMAT says") from None
    expected = [column.name for column in channel.columns]
    known = set(records[0]) & set(expected)
    if channel.csv_header == "absent" or (channel.csv_header == "either" and 2 * len(known) < len(expected)):
        return expected, False, True
    if not known:
        raise JobFailedError(f"{where} is corrupt or has no header: no column of algorithm.toml is in its first line")
    return records[0], True, len(records) > 1


def _csv_columns(path: Path, where: str, names: list[str], has_header: bool, columns: Sequence[Column]) -> pa.Table:
    """Some columns of a CSV file, all text or all not."""
    bad_rows: list[pacsv.InvalidRow] = []

    def refuse(row: pacsv.InvalidRow) -> str:
        bad_rows.append(row)
        return "error"

    try:
        return pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(
                column_names=None if has_header else names, block_size=BLOCK, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=pacsv.ConvertOptions(
                include_columns=[column.name for column in columns],
                column_types={column.name: arrow_type(column) for column in columns},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=not columns[0].is_text,
                true_values=["true", "True", "TRUE", "1"],
                false_values=["false", "False", "FALSE", "0"],
                timestamp_parsers=[pacsv.ISO8601],
            ),
        )
    except pa.ArrowException as error:
        if bad_rows:
            row = bad_rows[0]
            raise JobFailedError(
                f"{where} is corrupt: record {row.number} has {row.actual_columns} fields, not {row.expected_columns}"
            ) from None
        place = re.match(r"In CSV column #(\d+):(?: Row #(\d+):)?", str(error))
        if place is None:
            raise JobFailedError(f"{where} is corrupt: not CSV, as FILE_FORMAT says") from None
        column = next(column for column in columns if column.name == names[int(place[1])])
        record = f", record {place[2]}" if place[2] else ""
        expected = "UTF-8 text" if column.is_text else column.type
        raise JobFailedError(f"{where}, column {short(column.name, 40, 260)}{record}: not {expected}") from None


def _present(columns: Sequence[Column], names: Sequence[str], where: str) -> list[Column]:
    """The columns that a file with these names has; fails if one is short or ambiguous."""
    for column in columns:
        count = names.count(column.name)
        if count > 1 or (count == 0 and not column.optional):
            raise JobFailedError(
                f"{where}: column {short(column.name, 40, 260)} is {'missing' if count == 0 else 'there twice'}"
            )
    return [column for column in columns if column.name in names]


def _conform(cells: Mapping[str, pa.ChunkedArray], columns: Sequence[Column], where: str) -> pa.Table:
    """A table of exactly `columns`, in their types; missing optional columns are null."""
    rows = max((len(array) for array in cells.values()), default=0)
    arrays: list[Any] = []
    for column in columns:
        array = _convert(cells[column.name], column, where) if column.name in cells else None
        if array is None:
            array = pa.chunked_array([pa.nulls(rows, arrow_type(column))])
        elif array.null_count and not column.may_be_missing:
            raise JobFailedError(
                f"{where}, column {short(column.name, 40, 260)}: {array.null_count} cell(s) empty or not finite, "
                "and algorithm.toml does not call it nullable"
            )
        arrays.append(array)
    return pa.table(arrays, names=[column.name for column in columns])


def _convert(array: pa.ChunkedArray, column: Column, where: str) -> pa.ChunkedArray:
    target = arrow_type(column)
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if not pa.types.is_null(array.type) and _kind(array.type) != _kind(target):
        raise JobFailedError(f"{where}, column {short(column.name, 40, 260)}: {array.type}, not {column.type}")
    try:
        array = array.cast(target, safe=_kind(target) != "time")
    except pa.ArrowException:
        raise JobFailedError(
            f"{where}, column {short(column.name, 40, 260)}: {array.type} with values that are no {column.type}"
        ) from None
    if pa.types.is_floating(target):
        return pc.if_else(pc.is_finite(array), array, pa.scalar(None, target))
    return array


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "time"
    if any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)):
        return "text"
    return str(kind)


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column with an AWS Glue type."""
    if match := re.fullmatch(r"decimal\((\d+),(\d+)\)", column.type):
        return pa.decimal128(int(match[1]), int(match[2]))
    base = column.type.partition("(")[0]
    if base not in TYPES:
        raise JobFailedError(f"algorithm.toml of the image: column {short(column.name)} has type {short(column.type)}")
    return TYPES[base]
