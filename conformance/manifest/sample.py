"""Files that hold rows, CSV and Parquet: their columns, and whether they are what a channel declares."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import chain
from typing import TYPE_CHECKING, Literal

from conformance.manifest.column import Column
from conformance.manifest.table import Scalar, shown

if TYPE_CHECKING:
    import pyarrow as pa

Header = Literal["present", "absent", "either"]
PARQUET_MAGIC = b"PAR1"
ARROW_MAGIC = b"ARROW1"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?", re.ASCII)


def read_parquet(content: bytes) -> tuple["pa.Schema", Mapping[int, bool]]:
    """The Arrow schema of a Parquet file, and for each column, by index, whether nulls are in it.

    Raises ValueError where it cannot be read.
    """
    table = _parquet_table(content)
    return table.schema, _nulls(table)


def _parquet_table(content: bytes) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"is not a Parquet file that can be read: {error}") from error


def read_arrow_file(content: bytes) -> tuple["pa.Schema", Mapping[int, bool] | None]:
    """As read_parquet, for an Arrow IPC file; without rows the second is None. Raises ValueError."""
    import pyarrow as pa

    try:
        table = pa.ipc.open_file(BytesIO(content)).read_all()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"is not an Arrow file that can be read: {error}") from error
    return table.schema, _nulls(table) if table.num_rows else None


def _nulls(table: "pa.Table") -> Mapping[int, bool]:
    return {index: column.null_count > 0 for index, column in enumerate(table.columns)}


def csv_rows(content: bytes) -> Iterator[list[str]]:
    """The records of a CSV file (UTF-8, comma), all of equal length. Raises ValueError with the line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is neither Parquet nor CSV in UTF-8: byte {error.start} is not valid") from error
    records = csv.reader(StringIO(text, newline=""), strict=True)
    width: int | None = None
    try:
        for record in records:
            if not record and width != 1:
                continue
            width = len(record) or 1 if width is None else width
            if len(record) != width and record:
                raise ValueError(f"has {len(record)} fields in line {records.line_num}, and {width} in the first")
            yield record or [""]
    except csv.Error as error:
        raise ValueError(f"is not CSV that can be read, in line {records.line_num}: {error}") from error


def csv_columns(content: bytes) -> tuple[dict[str, object], ...]:
    """The columns of a CSV file with a header, as tables of a manifest. Types are told from all rows: boolean, bigint,
    double, date and timestamp where every cell reads so, else string; an empty cell is null. Raises ValueError."""
    rows = csv_rows(content)
    names = next(rows, [])
    kinds = [set(_CELL_READS) for _ in names]
    filled, nullable = [False] * len(names), [False] * len(names)
    for row in rows:
        for index, cell in enumerate(row):
            if cell == "":
                nullable[index] = True
                continue
            filled[index] = True
            kinds[index] = {kind for kind in kinds[index] if _CELL_READS[kind](cell)}
    if empty := [shown(name) for name, has_cells in zip(names, filled, strict=True) if not has_cells]:
        raise ValueError(f"holds no cell that tells the type of column {', '.join(empty)}; declare columns instead")
    return tuple(
        {"name": name, "type": next((kind for kind in _CELL_READS if kind in fitting), "string"), "nullable": null}
        for name, fitting, null in zip(names, kinds, nullable, strict=True)
    )


def _is_time(cell: str, pattern: re.Pattern[str]) -> bool:
    if not pattern.fullmatch(cell):
        return False
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True


# From the narrowest to the widest: the first that every cell reads as is the column's type.
_CELL_READS = {
    "boolean": lambda cell: cell.lower() in {"true", "false"},
    "bigint": lambda cell: _INTEGER.fullmatch(cell) is not None and -(2**63) <= int(cell) < 2**63,
    "double": lambda cell: _NUMBER.fullmatch(cell) is not None,
    "date": lambda cell: _is_time(cell, _DATE),
    "timestamp": lambda cell: _is_time(cell, _TIMESTAMP),
}


def check_sample(content: bytes, columns: Sequence[Column], header: Header) -> None:
    """Raises ValueError where the sample cannot be read, has no rows, lacks a column that is not optional, or holds a
    cell that its column, as declared, never holds: data drawn from it would not fit the manifest."""
    is_parquet = content.startswith(PARQUET_MAGIC)
    found, rows = _parquet_sample(content) if is_parquet else _csv_sample(content, columns, header)
    if again := sorted({shown(name) for name in found if found.count(name) > 1}):
        raise ValueError(f"has the column {', '.join(again)} more than once")
    if short := [shown(column.name) for column in columns if not column.optional and column.name not in found]:
        raise ValueError(f"lacks the declared column {', '.join(short)}; its columns are {shown(found)}")
    places = [(column, found.index(column.name)) for column in columns if column.name in found]
    number = 0
    for number, row in enumerate(rows, start=1):
        for column, place in places:
            try:
                column.check(_cell(row[place], column))
            except ValueError as error:
                raise ValueError(
                    f"does not fit what is declared: row {number}, column {shown(column.name)} {error}"
                ) from error
    if number == 0:
        raise ValueError("should hold at least one row, found none")


def sample_rows(content: bytes, columns: Sequence[Column], header: Header) -> Iterator[dict[str, Scalar | None]]:
    """The rows of a sample that `check_sample` takes, by the names of the declared columns that it has; null is None.
    Raises ValueError where it cannot be read."""
    is_parquet = content.startswith(PARQUET_MAGIC)
    found, rows = _parquet_sample(content) if is_parquet else _csv_sample(content, columns, header)
    places = [(column, found.index(column.name)) for column in columns if column.name in found]
    return ({column.name: _cell(row[place], column) for column, place in places} for row in rows)


def _cell(value: object, column: Column) -> Scalar | None:
    """The cell as its column's type takes it; what the type cannot take is left for it to refuse."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        # Integers with nulls among them are often written as floats.
        case float() if column.type.is_integer and value.is_integer():
            return int(value)
        case None | bool() | int() | float() | str() | date():
            return value
    raise ValueError(f"holds values that are not supported, such as {shown(value)}")


def _csv_sample(
    content: bytes, columns: Sequence[Column], header: Header
) -> tuple[list[str], Iterator[Sequence[object]]]:
    records = csv_rows(content)
    first = next(records, None)
    if first is None:
        raise ValueError("should hold at least one row, found none")
    has_header = {column.name for column in columns if not column.optional} <= set(first)
    if header == "present" or (header == "either" and has_header):
        declared = {column.name: column for column in columns}
        return first, (
            [_csv_cell(cell, declared.get(name)) for cell, name in zip(row, first, strict=True)] for row in records
        )
    if len(first) != len(columns):
        raise ValueError(f"has no header and {len(first)} fields a row, and {len(columns)} columns are declared")
    return [column.name for column in columns], (
        [_csv_cell(cell, column) for cell, column in zip(row, columns, strict=True)] for row in chain([first], records)
    )


def _csv_cell(cell: str, column: Column | None) -> Scalar | None:
    """What the text stands for in the column; text that does not read so stays as it is. Python's csv does not tell an
    empty cell from an empty string in quotes."""
    if column is None or (column.type.is_text and not column.nullable):
        return cell
    if cell == "":
        return None
    if column.type.kind == "boolean" and cell.lower() in {"true", "false"}:
        return cell.lower() == "true"
    if column.type.is_number and _NUMBER.fullmatch(cell):
        return int(cell) if _INTEGER.fullmatch(cell) else float(cell)
    return cell


def _parquet_sample(content: bytes) -> tuple[list[str], Iterator[Sequence[object]]]:
    import pyarrow as pa

    table = _parquet_table(content)
    # Python's datetime has microseconds, and no table of ours has a time zone.
    fields = [
        pa.field(field.name, pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    try:
        table = table.cast(pa.schema(fields), safe=False)
        cells = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OverflowError) as error:
        raise ValueError(f"holds values that cannot be read: {error}") from error
    return list(table.column_names), zip(*cells, strict=True)
