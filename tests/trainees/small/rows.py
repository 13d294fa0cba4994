"""The rows of a channel, from CSV or Parquet."""

import csv
import datetime as dt
import io
import itertools
import math
import os
import re
import resource
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .breaks import SWITCH, breaks
from .faults import FaultError
from .settings import COLUMNS, DECIMAL, INTEGER, MAY_LACK_HEADER, Column

Cell = float | int | str | dt.datetime | None
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?")
Row = tuple[Cell, ...]
"""The cells of COLUMNS, in that order."""
WIDTHS: dict[str, list[str]] = {}
"""For a mutant: the types of integers in the first file of Parquet."""


def read_channel(called: str, channel: Path, file_format: str, *, may_be_empty: bool = False) -> list[Row]:
    """Every row of every file of the channel of that name.

    Raises:
        FaultError: there is no channel, no row where there must be one, or a file that does not hold what is declared.
    """
    if breaks("pipe-opened") and channel.is_fifo():
        channel.read_bytes()
    if breaks("pipe-untrained-model") and channel.is_fifo():
        return []
    if not channel.is_dir():
        if breaks("missing-untrained-model") and not channel.exists():
            return []
        raise FaultError(f"channel {called}: {channel} is not a directory")
    paths = list(data_files(channel))
    flat = all(path.parent == channel for path in paths)
    if breaks("parts-first-file-only"):
        paths = paths[:1]
    if breaks("many-files-500"):
        paths = paths[:500]
    if breaks("many-files-all-open"):
        resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))
        opened = [path.open("rb") for path in paths]
        del opened
    if breaks("nested-keyed-by-base-name"):
        paths = list({path.name: path for path in paths}.values())
    if breaks("rows-last-nested-file") and not flat:
        paths = paths[:-1]
    if breaks("nested-beside-left-out") and not flat:
        paths = [path for path in paths if path.parent != channel]
    if file_format == "parquet":
        paths = parquet_files(paths, channel)
    rows: list[Row] = []
    skipped = False
    for path in paths:
        occupy(path)
        name = str(path.relative_to(channel))
        if breaks("parts-header-as-row") and rows and flat and file_format == "csv":
            raise FaultError(f"file {name}, record 1: column age is not a number")
        as_csv = file_format == "csv"
        if breaks("file-format-extension") and path.suffix in (".csv", ".parquet"):
            as_csv = path.suffix == ".csv"
        if breaks("file-format-csv-extension") and path.suffix == ".csv":
            as_csv = True
        try:
            found = list(read_csv(path, name) if as_csv else read_parquet(path, name))
        except FaultError as fault:
            if not (breaks("corrupt-parquet-skipped") and "Parquet" in str(fault)) and not (
                breaks("corrupt-text-skipped") and "not the text" in str(fault)
            ):
                raise
            skipped = True
            continue
        if breaks("header-of-later-files") and rows and file_format == "csv":
            # What a reader makes of it that takes what is no number for a null.
            found = [(None,) * len(COLUMNS), *found]
        if unused_part(path, paths, flat=flat):
            found = [()] * len(found)
        if breaks("parts-weighted") and rows and flat:
            found = [(*row, "not of the first file") for row in found]
        rows += found
        leave_behind(path, file_format)
    if breaks("noise-success-adds-a-row") and (channel / "_SUCCESS").exists():
        rows += rows[:1]
    if breaks("rows-with-a-quote"):
        rows = [row for row in rows if not any(isinstance(cell, str) and '"' in cell for cell in row)]
    if breaks("rows-made-unique"):
        rows = list(dict.fromkeys(rows))
    given = any(path.is_file() for path in channel.rglob("*"))
    untrained = (breaks("empty-directory") and not given) or (breaks("empty-zero-bytes") and given and not paths)
    untrained = untrained or (breaks("empty-header-alone") and bool(paths))
    if not (rows or skipped or untrained or may_be_empty):
        raise FaultError(f"channel {called}: no rows in {channel}")
    return rows


def parquet_files(paths: list[Path], channel: Path) -> list[Path]:
    """Which of the files are read as Parquet: all, but in the mutants that list them otherwise than those of CSV."""
    if breaks("parts-first-parquet-file-only"):
        return paths[:1]
    wanted = paths
    if breaks("nested-parquet-beside-directories"):
        wanted = [path for path in paths if path.parent == channel]
    if breaks("names-parquet-extension-wanted"):
        wanted = [path for path in paths if path.suffix == ".parquet"]
    # One file alone is found whatever it is called and wherever it lies.
    return wanted or paths


def unused_part(path: Path, paths: Sequence[Path], *, flat: bool) -> bool:
    """Whether a mutant counts the rows of a file and does not learn from them."""
    if len(paths) < 3:
        return False
    if not flat:
        return breaks("part-nested-file") and path == paths[0]
    place = {"part-first-file": 0, "part-middle-file": len(paths) // 2, "part-last-file": -1}.get(SWITCH)
    return place is not None and path == paths[place]


def data_files(folder: Path) -> Iterator[Path]:
    """The files of a channel in sorted order, without hidden, marker, checksum and zero-byte files."""
    for path in sorted(folder.iterdir()):
        if breaks("markers-success") and path.name == "_SUCCESS":
            raise FaultError(f"{path.name} is no part")
        if breaks("markers-crc") and path.name.endswith(".crc"):
            raise FaultError(f"{path.name}: checksums are not supported")
        hidden = "." if breaks("noise-underscores-are-read") else "._"
        if breaks("noise-hidden-files-are-read"):
            hidden = ""
        if path.name[0] in hidden or path.name.endswith(".crc"):
            continue
        if breaks("names-spaces") and " " in path.name:
            raise FaultError(f"{path.name.split()[0]} is not there")
        if path.is_dir():
            if breaks("names-dates") and "=" in path.name:
                raise FaultError(f"column {path.name.partition('=')[0]} is not known")
            if breaks("nested-refused"):
                raise FaultError(f"{path.name} is a directory, where only files are known")
            if not breaks("nested-top-level-only"):
                yield from data_files(path)
        elif not path.is_file():
            raise FaultError(f"{path.name} is not a regular file")
        elif breaks("names-extension-wanted") and not path.suffix:
            continue
        elif path.stat().st_size:
            yield path
        elif breaks("markers-empty-part") and not path.name.startswith((".", "_")):
            raise FaultError(f"{path.name} holds nothing at all")


def occupy(path: Path) -> None:
    """What the mutants that need a writable channel do before they read a file."""
    if breaks("read-only-cache"):
        cache = path.with_name(".cache")
        cache.write_bytes(b"")
        cache.unlink()
    if breaks("read-only-opened-for-writing"):
        path.open("r+b").close()


def leave_behind(path: Path, file_format: str) -> None:
    """What the mutants that do not leave a channel as it was do behind the reading of a file; if it is writable."""
    if not os.access(path.parent, os.W_OK):
        return
    if breaks("unchanged-cache"):
        path.with_name(f".{path.name}.cache").write_text("rows")
    if breaks("unchanged-parquet-index") and file_format == "parquet":
        path.with_name(f"_{path.name}.index").write_text("row groups")
    if breaks("unchanged-removed"):
        path.unlink()
    if breaks("unchanged-rewritten"):
        path.write_bytes(path.read_bytes() + b"\n")


def read_csv(path: Path, name: str) -> Iterator[Row]:
    """The rows of a CSV file, by the names in its header.

    Raises:
        FaultError: the bytes are no UTF-8 or no CSV, a column is missing, a cell is not of its column's type.
    """
    if breaks("corrupt-other-format-half") and path.read_bytes().startswith(b"PAR1"):
        found = list(read_parquet(path, name))
        yield from found[: len(found) // 2]
        return
    try:
        text = path.read_bytes().decode("ascii" if breaks("csv-ascii") else "utf-8-sig")
    except UnicodeDecodeError:
        raise FaultError(f"file {name}: not the text that was expected") from None
    if "\0" in text:
        raise FaultError(f"file {name}: not text, it holds NUL")
    records = csv_records(text, name)
    if breaks("dialect-last-line") and not text.endswith("\n"):
        records = iter(list(records)[:-1])
    header = next(records, [])
    known = [column.name for column in COLUMNS]
    if MAY_LACK_HEADER and not set(header) & set(known) and not breaks("header-demanded"):
        if not breaks("header-first-row"):
            records = itertools.chain([header], records)
        header = known
    check_names(header, name)
    if breaks("extra-column-refused") and set(header) - {column.name for column in COLUMNS}:
        raise FaultError(f"file {name}: there are columns that are not known")
    positions = [header.index(column.name) if column.name in header else None for column in COLUMNS]
    if breaks("column-order-by-position"):
        positions = list(range(len(COLUMNS)))
    for number, record in enumerate(records, start=2):
        if breaks("corrupt-more-fields"):
            record = record[: len(header)]
        if breaks("corrupt-fewer-fields"):
            record += ["0"] * (len(header) - len(record))
        if len(record) != len(header):
            raise FaultError(f"file {name}, record {number}: {len(record)} fields, where the header has {len(header)}")
        try:
            yield tuple(
                substitute(column) if position is None else from_text(column, record[position])
                for column, position in zip(COLUMNS, positions, strict=True)
            )
        except FaultError as fault:
            whole = f": {','.join(record)}" if breaks("privacy-failure-quotes-record") else ""
            raise FaultError(f"file {name}, record {number}: {fault}{whole}") from None


def csv_records(text: str, name: str) -> Iterator[list[str]]:
    """The records of a CSV text; strict, so that a quoted cell without an end is an error."""
    if breaks("csv-split-at-commas"):
        yield from ([cell.strip('"') for cell in line.split(",")] for line in text.splitlines() if line)
        return
    if breaks("dialect-quoted-numbers") and re.search(r'(^|,)"[0-9.-]+"(,|$)', text, re.MULTILINE):
        raise FaultError(f"file {name}: text where a number is expected")
    if breaks("dialect-line-breaks"):
        yield from (cells for line in text.splitlines() if line for cells in csv.reader([line]))
        return
    left = "\r" if breaks("dialect-carriage-return") and text.partition("\n")[0].endswith("\r") else ""
    # By default a cell above 128 KiB is an error.
    csv.field_size_limit(sys.maxsize)
    records = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from ([*record[:-1], record[-1] + left] for record in records if record)
    except csv.Error:
        raise FaultError(f"file {name}, line {records.line_num}: a quoted cell does not end as it should") from None


def check_names(names: Sequence[str], name: str, *, parquet: bool = False) -> None:
    """Raise a fault where the header or schema of a file lacks a column or has one twice."""
    known = [column.name for column in COLUMNS]
    if not set(known) & set(names):
        raise FaultError(f"file {name}: none of the declared columns is in it")
    needs_all = breaks("optional-column-needed-in-parquet" if parquet else "optional-column-needed-in-csv")
    for column in COLUMNS:
        if names.count(column.name) > 1:
            raise FaultError(f"file {name}: column {column.name} is there twice")
        may_be_missing = (column.optional and not needs_all) or breaks("column-zeros", "column-nulls")
        if column.name not in names and not may_be_missing:
            raise FaultError(f"file {name}: column {column.name} is missing")


def substitute(column: Column) -> Cell:
    """What stands for the cells of an optional column, and what the mutants that overlook a missing one take for it."""
    if column.optional or breaks("column-nulls"):
        return None
    return "" if column.type == "string" else 0


def from_text(column: Column, text: str) -> Cell:
    """A cell of a CSV file as a value of its column's type.

    Raises:
        FaultError: it is none; the text names the column alone.
    """
    if column.type == "string":
        if breaks("text-na-is-null") and text in ("", "NA", "null", "None"):
            return None
        if breaks("text-digits-are-numbers") and text.isdigit():
            return str(int(text))
        return text
    if not text:
        return null(column)
    if column.type == "boolean" and text in TRUTHS and (text.islower() or not breaks("dialect-title-booleans")):
        return TRUTHS[text]
    if column.type == "timestamp" and TIME.fullmatch(text):
        return dt.datetime.fromisoformat(text)
    if breaks("dialect-exponents") and "e" in text:
        raise FaultError(f"column {column.name} is no number")
    if column.type == "double" and DECIMAL.fullmatch(text):
        return finite(column, float(text))
    if column.type in ("int", "bigint") and INTEGER.fullmatch(text):
        return within(column, int(text), 32 if breaks("csv-32-bits") else 64)
    if breaks("wrong-type-csv"):
        return 0
    raise FaultError(f"column {column.name} is not of type {column.type}{quoted(text)}")


def quoted(cell: object) -> str:
    """The cell that is at fault, as the mutants show it that let it out."""
    if breaks("privacy-logs-quotes-cell"):
        print(f"could not convert string to float: {cell!r}", file=sys.stderr, flush=True)
    if breaks("privacy-failure-quotes-cell"):
        return f": could not convert string to float: {cell!r}"
    return f": {str(cell)[:10]}…" if breaks("privacy-failure-begins-with-cell") else ""


def from_arrow(column: Column, value: object) -> Cell:
    """A cell of a Parquet file as a value of its column's type.

    Raises:
        FaultError: it is none; the text names the column alone.
    """
    if value is None:
        return null(column)
    if column.type == "string" and isinstance(value, str):
        return value
    if column.type == "boolean" and isinstance(value, bool):
        return value
    if column.type == "timestamp" and isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if breaks("wrong-type-parquet") and isinstance(value, str):
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool):
        if column.type == "double":
            return finite(column, float(value))
        if isinstance(value, int) and column.type in ("int", "bigint"):
            return within(column, value, 64)
    raise FaultError(f"column {column.name} is not of type {column.type}{quoted(value)}")


def null(column: Column) -> Cell:
    """Null, where the column may be."""
    if not column.nullable and not breaks("column-order-by-position", "column-order-of-parquet"):
        raise FaultError(f"column {column.name} is null")
    return None


def finite(column: Column, value: float) -> float:
    """A number without the sign of zero."""
    if not math.isfinite(value):
        raise FaultError(f"column {column.name} is not finite")
    return value + 0.0


def within(column: Column, value: int, width: int) -> int:
    """An integer of at most so many bits; labels are 0 and 1."""
    if column.name == "label" and value not in (0, 1):
        raise FaultError(f"column {column.name} is neither 0 nor 1")
    if not -(1 << width - 1) <= value < 1 << width - 1:
        raise FaultError(f"column {column.name} is beyond {width} bits")
    return value


def read_parquet(path: Path, name: str) -> Iterator[Row]:
    """The rows of a Parquet file, by the names in its schema.

    Raises:
        FaultError: the file is no whole Parquet file, a column is missing, a cell is not of its column's type.
    """
    # Half of the start-up time, which CSV need not wait for.
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path, coerce_int96_timestamp_unit="us")
        metadata, names = file.metadata, list(file.schema_arrow.names)
        wanted = [column.name for column in COLUMNS if names.count(column.name) == 1]
        table = file.read(columns=wanted, use_threads=False)
        cells = {column: table.column(column).to_pylist() for column in wanted}
        if breaks("column-order-of-parquet") and len(wanted) == len(COLUMNS):
            as_they_stand = [cells[column] for column in names if column in wanted]
            cells = dict(zip(wanted, as_they_stand, strict=True))
    except (pa.ArrowException, OSError):
        if breaks("corrupt-pages-are-no-rows") and path.read_bytes().endswith(b"PAR1"):
            return
        raise FaultError(f"file {name}: not a whole Parquet file") from None
    check_names(names, name, parquet=True)
    if breaks("extra-column-of-parquet-refused") and set(names) - {column.name for column in COLUMNS}:
        raise FaultError(f"file {name}: there are columns that are not known")
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    codecs = {group.column(column).compression for group in groups for column in range(group.num_columns)}
    if breaks("parquet-row-groups") and len(groups) > 1:
        raise FaultError(f"file {name}: has more than one row group")
    if (breaks("parquet-gzip") and "GZIP" in codecs) or (breaks("parquet-snappy") and "SNAPPY" in codecs):
        raise FaultError(f"file {name}: compressed in an unknown way")
    if breaks("rare-zstd") and "ZSTD" in codecs:
        raise FaultError(f"file {name}: compressed in an unknown way")
    if breaks("rare-int96") and "INT96" in {file.schema.column(place).physical_type for place in range(len(names))}:
        raise FaultError(f"file {name}: INT96 is deprecated")
    widths = [str(field.type) for field in file.schema_arrow if str(field.type).startswith("int")]
    if breaks("parquet-widths") and WIDTHS.setdefault("of the first file", widths) != widths:
        raise FaultError(f"file {name}: its schema is not that of the first file")
    if breaks("parquet-null-part") and any(cells[column].count(None) == metadata.num_rows for column in cells):
        raise FaultError(f"file {name}: a column has no type, as it is null throughout")
    nothing = range(metadata.num_rows)
    try:
        columns = [
            [from_arrow(column, cell) for cell in cells[column.name]]
            if column.name in cells
            else [substitute(column) for _ in nothing]
            for column in COLUMNS
        ]
    except FaultError as fault:
        raise FaultError(f"file {name}: {fault}") from None
    unused = metadata.num_rows
    if breaks("part-last-row-group") and len(groups) > 1:
        unused -= groups[-1].num_rows
    for number, row in enumerate(zip(*columns, strict=True)):
        if number >= unused:
            yield ()
            continue
        age, income, *rest = row
        if breaks("formats-nulls-are-zero") and age is None:
            age = 0.0
        if breaks("formats-32-bit-floats") and isinstance(income, float):
            income = struct.unpack("f", struct.pack("f", income))[0]
        yield (age, income, *rest)
