"""Columns from what people already have."""

import io
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.manifest import Column, Manifest, ManifestError, parse_manifest
from conformance.manifest.schema import columns_from

GLUE = {
    "Table": {
        "Name": "claims",
        "DatabaseName": "db",
        "StorageDescriptor": {
            "Columns": [
                {"Name": "id", "Type": "bigint", "Comment": "key"},
                {"Name": "amount", "Type": "decimal(10,2)"},
                {"Name": "rate", "Type": "decimal(5)"},
                {"Name": "note", "Type": "VARCHAR(20)"},
                {"Name": "count", "Type": "integer"},
            ],
            "Location": "s3://bucket/claims/",
        },
        "PartitionKeys": [{"Name": "day", "Type": "date"}, {"Name": "id", "Type": "bigint"}],
    }
}
CLEAN_ROOMS = {
    "schema": {
        "columns": [{"name": "id", "type": "string"}, {"name": "label", "type": "int"}],
        "partitionKeys": [],
        "analysisRuleTypes": ["CUSTOM"],
        "name": "claims",
        "type": "TABLE",
    }
}


def dump(document: object) -> bytes:
    return json.dumps(document, indent=4).encode()


def manifest_with(schema: bytes, name: str = "table.json", more: str = "") -> Manifest:
    text = f'schema_version = 1\nalgorithm.name = "a"\n[channels.train]\nschema = "{name}"\n{more}'
    return parse_manifest(text.encode(), "algorithm.toml", lambda _: schema)


def shape(columns: tuple[Column, ...]) -> list[tuple[str, str, bool]]:
    return [(column.name, str(column.type), column.nullable) for column in columns]


def test_glue_table_with_its_partition_keys() -> None:
    channel = manifest_with(dump(GLUE)).channels["train"]
    assert channel.schema_file == "table.json"
    assert shape(channel.columns) == [
        ("id", "bigint", False),
        ("amount", "decimal(10,2)", False),
        ("rate", "decimal(5,0)", False),
        ("note", "varchar(20)", False),
        ("count", "int", False),
        ("day", "date", False),
    ]


def test_clean_rooms_schema() -> None:
    assert shape(manifest_with(dump(CLEAN_ROOMS)).channels["train"].columns) == [
        ("id", "string", False),
        ("label", "int", False),
    ]


ARROW = pa.schema(
    [
        pa.field("b", pa.bool_()),
        pa.field("i8", pa.int8(), nullable=False),
        pa.field("i16", pa.int16()),
        pa.field("i32", pa.int32()),
        pa.field("i64", pa.int64()),
        pa.field("f", pa.float32()),
        pa.field("d", pa.float64()),
        pa.field("m", pa.decimal128(12, 3)),
        pa.field("s", pa.string()),
        pa.field("l", pa.large_string()),
        pa.field("c", pa.dictionary(pa.int32(), pa.string())),
        pa.field("day", pa.date32()),
        pa.field("at", pa.timestamp("ns")),
    ]
)
ARROW_TYPES = ["boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(12,3)"]
ARROW_TYPES += ["string", "string", "string", "date", "timestamp"]


def test_arrow_schema_message_is_nullable_as_it_says() -> None:
    columns = manifest_with(ARROW.serialize().to_pybytes(), "table.arrow").channels["train"].columns
    assert [str(column.type) for column in columns] == ARROW_TYPES
    assert [column.name for column in columns if not column.nullable] == ["i8"]


def test_arrow_file_without_rows_is_nullable_as_it_says() -> None:
    file = io.BytesIO()
    with pa.ipc.new_file(file, ARROW):
        pass
    columns = manifest_with(file.getvalue(), "table.arrow").channels["train"].columns
    assert [str(column.type) for column in columns] == ARROW_TYPES
    assert [column.name for column in columns if not column.nullable] == ["i8"]


def test_arrow_file_with_rows_is_nullable_where_nulls_are() -> None:
    table = pa.table({"x": [1.0, None], "y": [1, 2]})
    file = io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    columns = manifest_with(file.getvalue(), "table.arrow").channels["train"].columns
    assert shape(columns) == [("x", "double", True), ("y", "bigint", False)]


def test_parquet_file_is_nullable_where_nulls_are() -> None:
    file = io.BytesIO()
    pq.write_table(
        pa.table(
            {
                "x": [1.0, None],
                "m": [Decimal("1.50"), Decimal("2.25")],
                "day": [date(2024, 1, 1), None],
                "at": [datetime(2024, 1, 1), datetime(2024, 1, 2)],
                "u": pa.array([1, 255], pa.uint8()),
            }
        ),
        file,
    )
    columns = manifest_with(file.getvalue(), "table.parquet").channels["train"].columns
    assert shape(columns) == [
        ("x", "double", True),
        ("m", "decimal(3,2)", False),
        ("day", "date", True),
        ("at", "timestamp", False),
        ("u", "smallint", False),
    ]
    assert (columns[4].minimum, columns[4].maximum) == (0, 255)


def test_csv_file_with_a_header() -> None:
    rows = [
        "flag,whole,long,number,day,at,text,code,mixed",
        "true,1,9223372036854775807,1.5,2024-01-31,2024-01-31 10:00:00,a,007,1",
        "FALSE,-2,,1e-5,2024-02-29,2024-01-31T10:00:00.5,,012,x",
        'false,3,4,2,2024-03-01,2024-01-31 10:00:00.000001,"b\nc",000,2',
    ]
    columns = manifest_with("\r\n".join(rows).encode(), "table.csv").channels["train"].columns
    assert shape(columns) == [
        ("flag", "boolean", False),
        ("whole", "bigint", False),
        ("long", "bigint", True),
        ("number", "double", False),
        ("day", "date", False),
        ("at", "timestamp", False),
        ("text", "string", True),
        ("code", "string", False),
        ("mixed", "string", False),
    ]


def glue(*columns: object) -> bytes:
    return dump({"Table": {"StorageDescriptor": {"Columns": list(columns)}}})


def parquet(schema: pa.Schema) -> bytes:
    file = io.BytesIO()
    pq.write_table(schema.empty_table(), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (glue({"Name": "a", "Type": "array<int>"}), 'column "a" has the type "array<int>"; supported are boolean'),
        (glue({"Name": "s", "Type": "struct<x:int>"}), 'column "s" has the type "struct<x:int>"'),
        (glue({"Name": "m", "Type": "map<string,int>"}), 'column "m" has the type "map<string,int>"'),
        (glue({"Name": "b", "Type": "binary"}, {"Name": "a", "Type": "array<int>"}), '"binary", column "a"'),
        (glue({"Name": "u", "Type": "uniontype<int,string>"}), 'column "u"'),
        (glue({"Name": "u"}), "should give column 0 a name and a type"),
        (glue({"Name": 3, "Type": "int"}), "should give column 0 a name and a type"),
        (glue("id"), 'both strings, found "id"'),
        (glue(), "declares no columns"),
        (dump({"Table": {}}), "neither Table.StorageDescriptor.Columns"),
        (dump([]), "neither Table.StorageDescriptor.Columns"),
        (dump({"schema": {"columns": {}}}), "nor schema.columns"),
        (b'{"Table": ', "is not JSON that can be read"),
        (b"[" * 100_000, "is not JSON that can be read"),
        (glue({"Name": "a", "Type": "int"}, {"Name": "a", "Type": "int"}), "columns: should each have a name of their"),
        (glue({"Name": "", "Type": "int"}), "columns[0].name: should be 1 to 255 characters long"),
        (glue({"Name": "a\nb", "Type": "int"}), "columns[0].name: should have no line breaks"),
        (glue({"Name": "\ud800", "Type": "int"}), "columns[0].name: should"),
        (parquet(pa.schema([("a", pa.list_(pa.int32()))])), 'column "a" has the type "list<'),
        (parquet(pa.schema([("b", pa.binary())])), 'column "b" has the type "binary"'),
        (parquet(pa.schema([("u", pa.uint64())])), 'column "u" has the type "uint64"'),
        (parquet(pa.schema([("m", pa.decimal256(50, 2))])), 'column "m" has the type "decimal(50,2)"'),
        (parquet(pa.schema([("a", pa.int32())]))[:-6], "is not a Parquet file that can be read"),
        (ARROW.serialize().to_pybytes()[:-40], "is not an Arrow schema that can be read"),
        (b"ARROW1\0\0rubbish", "is not an Arrow file that can be read"),
        (b"\x00\xff\x01", "is neither Parquet nor CSV in UTF-8"),
        (b"", "declares no columns"),
        (b"a,b\n1,\n", 'holds no cell that tells the type of column "b"; declare columns instead'),
        (b"a,b\n1,2,3\n", "has 3 fields in line 2, and 2 in the first"),
        (b'a\n"b\n', "is not CSV that can be read, in line 2"),
        (b'a\n"b"c\n', "is not CSV that can be read, in line 2"),
    ],
)
def test_what_is_no_schema_is_named_with_file_and_column(content: bytes, phrase: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest_with(content, "t.bin")
    message = str(caught.value)
    assert message.startswith("algorithm.toml: channels.train.schema: ")
    assert '"t.bin"' in message
    assert phrase in message
    assert message.isprintable()
    assert len(caught.value.problems) == 1


def test_mistakes_elsewhere_are_told_beside_a_schema_that_cannot_be_read() -> None:
    with pytest.raises(ManifestError) as caught:
        manifest_with(b"{", more="min_rows = 0\n")
    assert [problem.path[-1] for problem in caught.value.problems] == ["schema", "min_rows"]


def test_columns_are_tables_of_a_manifest() -> None:
    assert columns_from(dump(CLEAN_ROOMS), "x") == (
        {"name": "id", "type": "string"},
        {"name": "label", "type": "int"},
    )
