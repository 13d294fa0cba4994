"""Columns from what people already have.

Taken are the output of `aws glue get-table`, of `aws cleanrooms get-schema`, an Arrow schema as an IPC message, an
Arrow IPC file, a Parquet file, and a CSV file with a header. A column of a file that holds rows is nullable if the
file has a null in it; of an Arrow schema without rows, if the schema says so; else not, as
nothing tells.
"""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

from conformance.manifest.column_type import SUPPORTED_TYPES, ColumnType
from conformance.manifest.sample import ARROW_MAGIC, PARQUET_MAGIC, csv_columns, read_arrow_file, read_parquet
from conformance.manifest.table import shown

if TYPE_CHECKING:
    import pyarrow as pa

# How the message of an Arrow schema begins that was serialised by itself or at the head of a stream.
ARROW_MESSAGE = b"\xff\xff\xff\xff"
_HIVE_SPELLINGS = {"integer": "int", "double precision": "double", "decimal": "decimal(10,0)"}
_HIVE_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*\)", re.ASCII)


def columns_from(content: bytes, name: str) -> tuple[dict[str, object], ...]:
    """The columns that the file `name` with this content declares, as tables of a manifest (name, type, nullable).

    Raises ValueError, with the name of the file, where it is nothing of what is taken or has an unsupported type.
    """
    try:
        columns = _columns(content)
    except ValueError as error:
        raise ValueError(f"{shown(name)} {error}") from error
    if not columns:
        raise ValueError(f"{shown(name)} declares no columns")
    return columns


def _columns(content: bytes) -> tuple[dict[str, object], ...]:
    if content.startswith(PARQUET_MAGIC):
        return _arrow_columns(*read_parquet(content))
    if content.startswith(ARROW_MAGIC):
        return _arrow_columns(*read_arrow_file(content))
    if content.startswith(ARROW_MESSAGE):
        return _arrow_columns(_arrow_schema(content), None)
    if content.lstrip()[:1] in {b"{", b"["}:
        return _supported(_json_columns(content))
    return csv_columns(content)


def _arrow_schema(content: bytes) -> "pa.Schema":
    import pyarrow as pa

    try:
        return pa.ipc.read_schema(BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"is not an Arrow schema that can be read: {error}") from error


def _arrow_columns(schema: "pa.Schema", nulls: Mapping[int, bool] | None) -> tuple[dict[str, object], ...]:
    columns: list[dict[str, object]] = []
    for index, field in enumerate(schema):
        column: dict[str, object] = {"name": field.name, "type": _glue_name(field.type)}
        if bits := _unsigned_bits(field.type):
            column |= {"minimum": 0, "maximum": 2**bits - 1}
        columns.append(column | {"nullable": field.nullable if nulls is None else nulls[index]})
    return _supported(columns)


def _unsigned_bits(arrow_type: "pa.DataType") -> int | None:
    return {"uint8": 8, "uint16": 16, "uint32": 32}.get(str(arrow_type))


def _glue_name(arrow_type: "pa.DataType") -> str:
    """The Glue type whose values are those of the Arrow type, else Arrow's own name."""
    import pyarrow as pa

    if pa.types.is_dictionary(arrow_type):
        return _glue_name(arrow_type.value_type)
    if pa.types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    if pa.types.is_timestamp(arrow_type):
        return "timestamp"
    names = {
        "bool": "boolean",
        "int8": "tinyint",
        "int16": "smallint",
        "int32": "int",
        "int64": "bigint",
        "uint8": "smallint",
        "uint16": "int",
        "uint32": "bigint",
        "float": "float",
        "double": "double",
        "string": "string",
        "large_string": "string",
        "string_view": "string",
        "date32[day]": "date",
        "date64[ms]": "date",
    }
    return names.get(str(arrow_type), str(arrow_type))


def _json_columns(content: bytes) -> list[dict[str, object]]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON that can be read: {error}") from error
    for table, columns, partition_keys in (
        (_at(document, "Table"), ("StorageDescriptor", "Columns"), "PartitionKeys"),
        (_at(document, "schema"), ("columns",), "partitionKeys"),
    ):
        if isinstance(listed := _at(table, *columns), list):
            # A query sees the partition keys as columns after the others; some outputs list them in both places.
            names = {_key(column, "name") for column in listed}
            keys = _at(table, partition_keys)
            further = [key for key in keys if _key(key, "name") not in names] if isinstance(keys, list) else []
            return [_json_column(column, index) for index, column in enumerate([*listed, *further])]
    raise ValueError(
        "has neither Table.StorageDescriptor.Columns, as the output of `aws glue get-table`, nor schema.columns, as "
        "that of `aws cleanrooms get-schema`"
    )


def _at(document: object, *keys: str) -> object:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _key(column: object, key: str) -> str | None:
    """The text under a key, which Glue begins with a capital letter and Clean Rooms does not."""
    value = _at(column, key) if _at(column, key) is not None else _at(column, key.capitalize())
    return value if isinstance(value, str) else None


def _json_column(column: object, index: int) -> dict[str, object]:
    name, spelling = _key(column, "name"), _key(column, "type")
    if name is None or spelling is None:
        raise ValueError(f"should give column {index} a name and a type, both strings, found {shown(column)}")
    spelling = spelling.strip().lower()
    spelling = _HIVE_DECIMAL.sub(r"decimal(\1,0)", _HIVE_SPELLINGS.get(spelling, spelling))
    return {"name": name, "type": spelling}


def _supported(columns: list[dict[str, object]]) -> tuple[dict[str, object], ...]:
    unsupported = []
    for column in columns:
        try:
            ColumnType.parse(str(column["type"]))
        except ValueError:
            unsupported.append(f"column {shown(column['name'])} has the type {shown(column['type'])}")
    if unsupported:
        raise ValueError(f"has types that are not supported: {', '.join(unsupported)}; supported are {SUPPORTED_TYPES}")
    return tuple(columns)
