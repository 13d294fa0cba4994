"""Tables that fit the reference container's algorithm.toml, as CSV and as Parquet."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {
    "age": pa.float64(),
    "visits": pa.int64(),
    "spend": pa.decimal128(10, 2),
    "score": pa.float32(),
    "member": pa.bool_(),
    "joined": pa.date32(),
    "last_seen": pa.timestamp("us"),
    "segment": pa.string(),
    "postcode": pa.string(),
    "note": pa.string(),
    "label": pa.int32(),
}


def example(rows: int, **constant: Any) -> pa.Table:
    """A table of `rows` seeded rows with nulls, large integers and texts that need quotes."""
    draw = random.Random(0)
    columns = {
        "age": [None if row % 7 == 6 else draw.uniform(0, 120) for row in range(rows)],
        "visits": [draw.choice([1, 2**53 + 1, -(2**62)]) for _ in range(rows)],
        "spend": [Decimal(draw.randrange(10**6)).scaleb(-2) for _ in range(rows)],
        "score": [draw.randrange(-(10**6), 10**6) / 64 for _ in range(rows)],
        "member": [draw.choice([True, False, None]) for _ in range(rows)],
        "joined": [dt.date(2020, 1, 1) + dt.timedelta(days=draw.randrange(1000)) for _ in range(rows)],
        "last_seen": [draw.choice([None, dt.datetime(2021, 1, 1, 1, 2, 3, 456)]) for _ in range(rows)],
        "segment": [draw.choice(["basic", "plus", "premium"]) for _ in range(rows)],
        "postcode": [f"{draw.randrange(10**5):05}" for _ in range(rows)],
        "note": [draw.choice([None, "a,b", 'q"u', "é\nx", "plain"]) for _ in range(rows)],
        "label": [row % 2 for row in range(rows)],
    }
    columns |= {name: [value] * rows for name, value in constant.items()}
    return pa.table([pa.array(columns[name], type=kind) for name, kind in TYPES.items()], names=list(TYPES))


def as_csv(table: pa.Table, columns: Sequence[str] = ()) -> bytes:
    names = list(columns) or table.column_names
    lines = [names, *([_cell(row[name]) for name in names] for row in table.to_pylist())]
    return "".join(",".join(line) + "\n" for line in lines).encode()


def as_parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=max(1, table.num_rows // 2))
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, float) else str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & set(',"\r\n') else text
