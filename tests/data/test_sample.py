"""Rows that are drawn from a sample: each is a row of the sample, as the columns declare it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.manifest.sample import check_sample
from conformance.values.job import ChannelData
from tests.data.tables import Declared, Row, cells_of, channel_of, job_of, loaded_with

_RECIPE = ChannelData("train", 200, 9)


def drawn(columns: Sequence[Declared], sample: bytes, **channel: Any) -> list[Row]:
    loaded = loaded_with(columns, {"sample": sample}, sample="sample", **channel)
    check_sample(sample, channel_of(loaded).columns, channel_of(loaded).csv_header)
    return cells_of(job_of(loaded, _RECIPE), loaded)


def parquet(**columns: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


_TYPES: list[Declared] = [
    {"name": "n", "type": "int", "nullable": True},
    {"name": "x", "type": "double"},
    {"name": "d", "type": "decimal(10,2)"},
    {"name": "yes", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "time", "type": "timestamp"},
    {"name": "note", "type": "string"},
]
_ROWS: set[Row] = {
    (1, 0.5, Decimal("1.50"), True, dt.date(2024, 1, 31), dt.datetime(2024, 1, 31, 12, 30), "a,b"),
    (None, 1e-5, Decimal("-2.00"), False, dt.date(1999, 12, 31), dt.datetime(1999, 12, 31, 0, 0, 0, 5), ""),
    (3, -2.0, Decimal("0.00"), True, dt.date(2000, 2, 29), dt.datetime(2000, 2, 29), "null"),
}
_CSV = (
    'n,x,d,yes,day,time,note\n1,0.5,1.5,true,2024-01-31,2024-01-31 12:30:00,"a,b"\n'
    ",1e-5,-2,False,1999-12-31,1999-12-31T00:00:00.000005,\n3.0,-2,0,TRUE,2000-02-29,2000-02-29 00:00:00,null\n"
)


def test_rows_of_csv() -> None:
    assert set(drawn(_TYPES, _CSV.encode())) == _ROWS


def test_rows_of_csv_with_a_mark_and_other_line_ends() -> None:
    assert set(drawn(_TYPES, b"\xef\xbb\xbf" + _CSV.replace("\n", "\r\n").encode())) == _ROWS


def test_rows_of_csv_without_a_header() -> None:
    body = _CSV.partition("\n")[2].encode()
    assert set(drawn(_TYPES, body, csv_header="absent")) == _ROWS
    assert set(drawn(_TYPES, body, csv_header="either")) == _ROWS
    assert set(drawn(_TYPES, _CSV.encode(), csv_header="either")) == _ROWS


def test_rows_of_parquet() -> None:
    by_name = dict(zip((str(column["name"]) for column in _TYPES), zip(*_ROWS, strict=True), strict=True))
    assert set(drawn(_TYPES, parquet(**by_name))) == _ROWS
    # Integers with nulls among them are often written as floats, decimals too, and whole days as dates.
    loosely = by_name | {
        "n": [None if n is None else float(n) for n in by_name["n"]],
        "d": [float(d) for d in by_name["d"]],
    }
    assert set(drawn(_TYPES, parquet(**loosely))) == _ROWS
    days = parquet(time=[dt.date(2024, 1, 31)])
    assert set(drawn([{"name": "time", "type": "timestamp"}], days)) == {(dt.datetime(2024, 1, 31),)}


def test_columns_come_in_the_order_of_the_manifest_and_others_are_left_out() -> None:
    columns: list[Declared] = [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]
    assert set(drawn(columns, b"c,b,a\n9,2,1\n9,4,3\n")) == {(1, 2), (3, 4)}


def test_an_optional_column_that_the_sample_lacks_is_short() -> None:
    columns: list[Declared] = [{"name": "a", "type": "int"}, {"name": "b", "type": "int", "optional": True}]
    assert set(drawn(columns, b"a\n1\n2\n")) == {(1,), (2,)}


def test_a_text_that_cannot_be_null_stays_an_empty_text() -> None:
    columns: list[Declared] = [{"name": "a", "type": "int"}, {"name": "b", "type": "string"}]
    assert set(drawn(columns, b"a,b\n1,\n2,x\n")) == {(1, ""), (2, "x")}


def test_a_null_is_no_row_of_an_only_column() -> None:
    column: Declared = {"name": "a", "type": "int", "nullable": True}
    assert set(drawn([column], b"a\n1\n\n2\n")) == {(1,), (2,)}
    assert set(drawn([column], parquet(a=[1, None, 2]))) == {(1,), (2,)}


@pytest.mark.parametrize("seed", range(3))
def test_every_row_of_a_sample_is_as_likely(seed: int) -> None:
    loaded = loaded_with([{"name": "a", "type": "int"}], {"s": b"a\n1\n2\n3\n4\n"}, sample="s")
    cells = [row[0] for row in cells_of(job_of(loaded, ChannelData("train", 400, seed)), loaded)]
    assert all(60 < cells.count(value) < 140 for value in (1, 2, 3, 4))
