"""The files of a job, read back by readers of others: the rows that were meant, cell for cell, in every layout."""

from __future__ import annotations

import datetime as dt
import io
import re
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract.choices import ORDERS
from conformance.data.hazards import KINDS
from conformance.data.plain_text import LONGEST_CELL_BYTES
from conformance.manifest import Column, LoadedManifest
from conformance.plan.strategies import _channel_data
from conformance.values.job import ChannelData
from tests.data.tables import (
    Cell,
    Declared,
    arrow_rows,
    cells_of,
    channel_of,
    csv_texts,
    files_of,
    job_of,
    loaded_with,
    parquet_rows,
    text_of,
)

_PARTITIONS = ("one", "several", "nested", "mixed")
_HAZARDS = {f"hazard_{kind.replace('-', '_')}": "present" for kind in KINDS}
_INTEGERS = {"tinyint": 2**7, "smallint": 2**15, "int": 2**31, "bigint": 2**63}


def _between(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Declared]:
    """Bounds: none, one of them, both, or both the same."""
    low_and_high = st.tuples(values, values).map(sorted)
    return st.one_of(
        st.just({}),
        values.map(lambda value: {"minimum": value}),
        values.map(lambda value: {"maximum": value}),
        low_and_high.map(lambda both: {"minimum": both[0], "maximum": both[1]}),
        values.map(lambda value: {"minimum": value, "maximum": value}),
    )


def _listed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Declared]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(lambda listed: {"values": listed})


def _number_or_list(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Declared]:
    return st.one_of(_between(values), _listed(values))


@st.composite
def _decimal(draw: st.DrawFn) -> Declared:
    precision = draw(st.integers(1, 38))
    scale = draw(st.integers(0, precision))
    # In a manifest numbers are TOML's: those with a point have 64 bits.
    whole = st.integers(-(10 ** (precision - scale)) + 1, 10 ** (precision - scale) - 1)
    return {"type": f"decimal({precision},{scale})", **draw(_number_or_list(whole))}


_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
_PATTERNS = st.sampled_from(["[0-9]{5}", "[A-Z]{2}-[0-9]+", "(yes|no)", "a,b|c\"d", ".{1,3}"])  # fmt: skip
_TEXT = st.one_of(
    _listed(_WORDS),
    st.fixed_dictionaries({}, optional={"max_length": st.integers(5, 12), "pattern": _PATTERNS}),
)


def _of_type(type_: str, more: st.SearchStrategy[Declared]) -> st.SearchStrategy[Declared]:
    return more.map(lambda declared: {"type": type_, **declared})


_COLUMN = st.one_of(
    _of_type("boolean", st.one_of(st.just({}), _listed(st.booleans()))),
    *(_of_type(kind, _number_or_list(st.integers(-limit, limit - 1))) for kind, limit in _INTEGERS.items()),
    _of_type("double", _number_or_list(st.floats(allow_nan=False, allow_infinity=False))),
    _of_type("float", _number_or_list(st.floats(allow_nan=False, allow_infinity=False, width=32))),
    _decimal(),
    _of_type("date", _number_or_list(st.dates())),
    _of_type("timestamp", _number_or_list(st.datetimes())),
    _of_type("string", _TEXT),
    _of_type("varchar(12)", _TEXT),
    st.just({"type": "char(1)"}),
)


@st.composite
def _columns(draw: st.DrawFn) -> list[Declared]:
    columns = draw(st.lists(_COLUMN, min_size=1, max_size=4))
    names = draw(
        st.lists(
            st.sampled_from(["x", "a b", "a,b", 'say "x"', "größe", "Label", "1", "null"]), min_size=4, unique=True
        )
    )
    return [
        {"name": name, "nullable": draw(st.booleans()), **column}
        for name, column in zip(names[: len(columns)], columns, strict=True)
    ]


@st.composite
def tables(draw: st.DrawFn) -> tuple[LoadedManifest, ChannelData]:
    """A manifest, and a recipe for its channel as the plan draws it."""
    least = draw(st.integers(1, 70))
    header = draw(st.sampled_from(["present", "absent", "either"]))
    most = draw(st.integers(least, least + 20))
    loaded = loaded_with(draw(_columns()), csv_header=header, min_rows=least, max_rows=most)
    return loaded, draw(_channel_data("train", channel_of(loaded), 12))


_JOBS = st.fixed_dictionaries(
    {
        "partition": st.sampled_from(_PARTITIONS),
        **{name: st.sampled_from(["none", "present"]) for name in _HAZARDS},
        "row_order": st.sampled_from(["given", "permuted"]),
    }
)
# Whole tables are drawn, which is slow the first time.
_SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@_SLOW
@given(table=tables(), choices=_JOBS)
def test_every_reader_reads_what_was_meant(table: tuple[LoadedManifest, ChannelData], choices: dict[str, str]) -> None:
    loaded, recipe = table
    channel = channel_of(loaded)
    header = channel.csv_header != "absent"
    as_csv, as_parquet = (job_of(loaded, recipe, format=format_, **choices) for format_ in ("csv", "parquet"))
    meant = cells_of(as_csv, loaded)
    assert cells_of(as_parquet, loaded) == meant
    assert len(meant) == recipe.rows

    files = files_of(as_parquet, loaded)
    assert parquet_rows(files) == meant
    assert files == files_of(as_parquet, loaded)

    files = files_of(as_csv, loaded)
    headers, texts = csv_texts(files, header=header)
    assert texts == [[text_of(cell) for cell in row] for row in meant]
    assert arrow_rows(files, channel.columns, header=header) == meant
    assert headers == [[column.name for column in channel.columns]] * (len(files) if header else 0)
    assert files == files_of(as_csv, loaded)
    for file in files:
        assert file.content.endswith(b"\n")
        assert not file.content.startswith(b"\xef\xbb\xbf")
        assert b"\0" not in file.content
        # A null in an only column would be a row that readers leave out.
        assert b"\n\n" not in b"\n" + re.sub(rb'"(""|[^"])*"', b"x", file.content)


@_SLOW
@given(table=tables(), choices=_JOBS)
def test_every_cell_is_as_declared(table: tuple[LoadedManifest, ChannelData], choices: dict[str, str]) -> None:
    loaded, recipe = table
    channel = channel_of(loaded)
    job = job_of(loaded, recipe, **choices)
    rows = cells_of(job, loaded)
    assert channel.min_rows <= len(rows) <= (channel.max_rows or len(rows))
    for place, column in enumerate(channel.columns):
        cells = [row[place] for row in rows]
        for cell in cells:
            _assert_declared(column, cell)
        assert any(cell is not None for cell in cells)


def _assert_declared(column: Column, cell: Cell) -> None:
    if cell is None:
        assert column.nullable
        return
    low, high = column.minimum, column.maximum
    if column.type.kind == "decimal":
        assert isinstance(cell, Decimal)
        assert -int(cell.as_tuple().exponent) == (column.type.scale or 0)
        assert abs(cell).scaleb(column.type.scale or 0) < Decimal(10) ** (column.type.precision or 0)
        assert low is None or cell >= Decimal(str(low))
        assert high is None or cell <= Decimal(str(high))
        assert column.values is None or cell in {Decimal(str(value)) for value in column.values}
        return
    if isinstance(cell, str):
        assert len(cell.encode()) <= LONGEST_CELL_BYTES
    column.check(cell)


@pytest.mark.parametrize("kind", ["int", "string", "double", "date", "boolean"])
def test_an_only_column_has_no_null(kind: str) -> None:
    loaded = loaded_with([{"name": "x", "type": kind, "nullable": True}], min_rows=500, max_rows=500)
    recipe = ChannelData("train", 500, 1, (("x", ("one", "two")),))
    assert (None,) not in cells_of(job_of(loaded, recipe), loaded)
    together = loaded_with([{"name": name, "type": kind, "nullable": True} for name in "xy"])
    recipe = ChannelData("train", 500, 1, (("x", ("one", "two")), ("y", ("one", "two"))))
    assert 20 < sum(row[0] is None for row in cells_of(job_of(together, recipe), together)) < 100


_EMPTY_OR_NULL: Declared = {"name": "note", "type": "string", "nullable": True, "values": ["", "a"]}


@pytest.mark.parametrize("partition", _PARTITIONS)
def test_a_null_is_no_empty_text(partition: str) -> None:
    loaded = loaded_with([_EMPTY_OR_NULL, {"name": "n", "type": "int"}])
    recipe = ChannelData("train", 200, 3)
    job = job_of(loaded, recipe, partition=partition)
    notes = [row[0] for row in cells_of(job, loaded)]
    assert set(notes) == {"", "a", None}
    files = files_of(job, loaded)
    assert [row[0] for row in arrow_rows(files, channel_of(loaded).columns, header=True)] == notes
    assert [row[0] for row in parquet_rows(files_of(job.with_choices(format="parquet"), loaded))] == notes


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 64])
@pytest.mark.parametrize("partition", _PARTITIONS)
def test_parts_hold_every_row_once_in_the_order_of_their_paths(rows: int, partition: str) -> None:
    loaded = loaded_with([{"name": "n", "type": "bigint"}], min_rows=rows, max_rows=rows)
    job = job_of(loaded, ChannelData("train", rows, 5), partition=partition)
    files = files_of(job, loaded)
    assert len(files) == {"one": 1, "several": min(5, rows), "nested": min(4, rows), "mixed": min(4, rows)}[partition]
    parts = [csv_texts([file], header=True)[1] for file in files]
    assert all(parts)
    assert [int(text) for part in parts for (text,) in part] == [row[0] for row in cells_of(job, loaded)]
    if partition != "one" and rows >= 7:
        assert len({len(part) for part in parts}) > 1
    places = {len(Path(file.path).parts) > 2 for file in files}
    assert places == {"one": {False}, "several": {False}, "nested": {True}, "mixed": {True, False}}[partition] or (
        rows == 1 and places == {False}
    )
    if partition in ("nested", "mixed") and rows >= 4:
        names = [Path(file.path).name for file in files]
        assert len(set(names)) < len(names), "equal names lie in different directories"


_WIDE: list[Declared] = [
    {"name": "n", "type": "bigint"},
    {"name": "small", "type": "tinyint"},
    {"name": "x", "type": "double"},
    {"name": "share", "type": "double", "minimum": 0, "maximum": 1},
    {"name": "note", "type": "string"},
    {"name": "code", "type": "string", "pattern": "[a-z]{3}"},
    {"name": "short", "type": "varchar(12)"},
    {"name": "label", "type": "int", "values": [0, 1], "min_per_value": 30},
]  # fmt: skip


def _wide(rows: int = 64) -> tuple[LoadedManifest, ChannelData]:
    words = tuple((name, ("one", "two", "six")) for name in ("note", "code", "short"))
    return loaded_with(_WIDE, min_rows=60), ChannelData("train", rows, 11, words, ("drawn, \u00df",))


def test_hazards_are_there() -> None:
    loaded, recipe = _wide()
    calm, job = job_of(loaded, recipe), job_of(loaded, recipe, **_HAZARDS)
    rows = cells_of(job, loaded)
    column = {name: [row[place] for row in rows] for place, name in enumerate(each["name"] for each in _WIDE)}
    assert {2**24 + 1, 2**31 + 1} <= set(column["n"])
    assert {0.1, -0.0001, 123456.789, 1 / 3} <= set(column["x"])
    notes = "".join(column["note"])
    assert all(mark in notes for mark in (",", '"', ";", "\u00e9", "\u65e5", "\U0001f600", "drawn, \u00df"))
    assert max(map(len, column["note"])) == LONGEST_CELL_BYTES
    assert {'"', '","'} <= set(column["short"])
    assert max(map(len, column["short"])) <= 12
    assert set(column["code"]) == {"one", "two", "six"}
    content = files_of(job, loaded)[0].content
    assert b'"say ""yes"""' in content
    assert b'"' not in files_of(calm, loaded)[0].content


def test_every_listed_value_is_there_as_often_as_declared() -> None:
    loaded, recipe = _wide(60)
    for seed in range(20):
        labels = [row[-1] for row in cells_of(job_of(loaded, ChannelData("train", 60, seed, recipe.words)), loaded)]
        assert (labels.count(0), labels.count(1)) == (30, 30)


def test_a_permuted_job_has_the_same_rows() -> None:
    loaded, recipe = _wide()
    ordered = [cells_of(job_of(loaded, recipe, row_order=order), loaded) for order in ("given", *ORDERS)]
    assert all(one != other for one, other in combinations(ordered, 2))
    assert all(sorted(rows) == sorted(ordered[0]) for rows in ordered)


_TIME = dt.datetime(2024, 2, 29, 23, 59, 59, 123456)
_EVERY_TYPE: list[Declared] = [
    {"name": "boolean", "type": "boolean", "nullable": True},
    {"name": "tinyint", "type": "tinyint", "nullable": True},
    {"name": "smallint", "type": "smallint"},
    {"name": "int", "type": "int", "minimum": -5, "maximum": 5},
    {"name": "bigint", "type": "bigint", "minimum": 2**62},
    {"name": "float", "type": "float", "minimum": 0.7, "maximum": 0.71},
    {"name": "double", "type": "double", "nullable": True},
    {"name": "tiny", "type": "double", "minimum": 1e-7, "maximum": 2e-7},
    {"name": "decimal", "type": "decimal(38,10)", "minimum": 10**25},
    {"name": "string", "type": "string", "nullable": True},
    {"name": "char", "type": "char(3)"},
    {"name": "date", "type": "date", "maximum": dt.date(1066, 10, 14)},
    {"name": "timestamp", "type": "timestamp", "minimum": _TIME, "maximum": _TIME},
]  # fmt: skip


@pytest.mark.parametrize("hazards", [{}, _HAZARDS], ids=["plain", "hazards"])
def test_duckdb_reads_the_same_from_both_formats(hazards: dict[str, str], tmp_path: Path) -> None:
    loaded = loaded_with(_EVERY_TYPE)
    recipe = ChannelData("train", 100, 7, (("string", ("one", "two")), ("char", ("abc",))), ("\u00df \U0001f600",))
    job = job_of(loaded, recipe, **hazards, partition="several")
    meant = cells_of(job, loaded)
    kinds = {"string": "VARCHAR", "char": "VARCHAR", "tiny": "DOUBLE", "decimal": "DECIMAL(38,10)"}
    types = {str(column["name"]): kinds.get(str(column["name"]), str(column["name"]).upper()) for column in _EVERY_TYPE}
    for format_ in ("csv", "parquet"):
        for file in files_of(job.with_choices(format=format_), loaded):
            (tmp_path / Path(file.path).name).write_bytes(file.content)
    with duckdb.connect() as database:
        of_parquet = database.execute("SELECT * FROM read_parquet(?)", [f"{tmp_path}/*.parquet"]).fetchall()
        of_csv = database.execute(
            "SELECT * FROM read_csv(?, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            "nullstr = '', allow_quoted_nulls = false, strict_mode = true, columns = ?)",
            [f"{tmp_path}/*.csv", types],
        ).fetchall()
    assert of_parquet == meant
    assert of_csv == meant


def test_narrow_columns_are_not_constant() -> None:
    loaded = loaded_with(_EVERY_TYPE)
    recipe = ChannelData("train", 100, 7, (("string", ("one", "two")), ("char", ("abc",))))
    rows = cells_of(job_of(loaded, recipe), loaded)
    for place, column in enumerate(_EVERY_TYPE):
        if column["name"] not in ("char", "timestamp", "boolean"):
            assert len({row[place] for row in rows}) > 10 or column["name"] == "int" or column["name"] == "string"
    assert {row[-1] for row in rows} == {_TIME}


def test_types_in_parquet_are_the_declared_ones() -> None:
    loaded = loaded_with(_EVERY_TYPE)
    recipe = ChannelData("train", 10, 7, (("string", ("one", "two")), ("char", ("abc",))))
    (file,) = files_of(job_of(loaded, recipe, format="parquet"), loaded)
    schema = pq.read_schema(io.BytesIO(file.content))
    assert schema.metadata is None
    assert dict(zip(schema.names, schema.types, strict=True)) == {
        "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(),
        "float": pa.float32(), "double": pa.float64(), "tiny": pa.float64(), "decimal": pa.decimal128(38, 10),
        "string": pa.string(), "char": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
    }  # fmt: skip
