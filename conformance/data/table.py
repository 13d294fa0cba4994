"""From the recipe of a channel to its rows, as a data frame with Arrow types."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from conformance.data import bulk, canaries, hazards
from conformance.data.elsewhere import other_values, weights
from conformance.manifest.model import Channel, Column, ColumnType
from conformance.manifest.sample import sample_rows
from conformance.values.job import ChannelData

LISTED_FLOAT = pd.Float64Dtype()
"""The type of a series of 32-bit numbers that are listed: CSV has the decimals of the list, and Parquet has 32 bits."""
_ARROW = {
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


def arrow_type(column_type: ColumnType) -> pa.DataType:
    """Return the Arrow type in which values of a Glue type are written to Parquet."""
    if column_type.kind == "decimal":
        return pa.decimal128(column_type.precision or 10, column_type.scale or 0)
    return _ARROW[column_type.kind]


def table(
    channel: Channel,
    recipe: ChannelData,
    *,
    hazards_of: Sequence[str],
    sample: bytes | None,
    elsewhere: bool = False,
) -> pd.DataFrame:
    """Return the rows of a channel: ``recipe.rows`` of them, the columns in the manifest's order.

    ``hazards_of`` are the kinds of encoding hazards that stand in some cells. ``sample`` is the sample file of the
    manifest, from which rows are drawn with replacement where it is given. ``elsewhere`` asks for rows from another
    part of their range, and most of all of one part of a sample.
    """
    if sample is not None:
        return _resampled(channel, recipe, sample, elsewhere=elsewhere)
    alone = len(channel.columns) == 1
    columns = {
        column.name: pd.Series(
            _column(column, recipe, hazards_of, alone=alone, elsewhere=elsewhere), dtype=dtype(column)
        )
        for column in channel.columns
    }
    return pd.DataFrame(columns)


def permuted(frame: pd.DataFrame, seed: int, number: int) -> pd.DataFrame:
    """Return the same rows in another order, and in one of its own for each number."""
    order = np.random.default_rng([seed, number]).permutation(len(frame))
    return frame.iloc[order].reset_index(drop=True)


def _column(column: Column, recipe: ChannelData, kinds: Sequence[str], *, alone: bool, elsewhere: bool) -> list[Any]:
    # A column has a generator of its own, so that adding a column does not change the others.
    generator = np.random.default_rng([recipe.seed, zlib.crc32(column.name.encode())])
    words = dict(recipe.words).get(column.name, ())
    drawn = other_values if elsewhere else bulk.values
    # A null in the only column would be an empty line in CSV, which readers take for no row.
    cells = drawn(column, recipe.rows, words, generator, nulls=not alone)
    dangerous = [value for kind in kinds for value in hazards.values(column, kind, recipe.texts)]
    if alone:
        # So would an empty text for many.
        dangerous = [value for value in dangerous if value != ""]
    # Fewer hazards than rows may be there, or more.
    for row, value in zip(generator.permutation(recipe.rows), dangerous, strict=False):
        cells[row] = value
    for canary in recipe.canaries:
        if canary.column == column.name and canary.row < recipe.rows:
            cells[canary.row] = canaries.value(column, canary.text)
    return cells


def dtype(column: Column) -> pd.ArrowDtype | pd.Float64Dtype:
    """Return the type of a column's series."""
    if column.type.kind == "float" and column.values is not None:
        return LISTED_FLOAT
    return pd.ArrowDtype(arrow_type(column.type))


def _resampled(channel: Channel, recipe: ChannelData, sample: bytes, *, elsewhere: bool) -> pd.DataFrame:
    rows = list(sample_rows(sample, channel.columns, channel.csv_header))
    columns = [column for column in channel.columns if column.name in rows[0]]
    if len(columns) == 1:
        # As above; a sample without any other row is taken as it is.
        rows = [row for row in rows if row[columns[0].name] is not None] or rows
    chosen = _chosen(rows, channel, recipe, elsewhere=elsewhere)
    return pd.DataFrame(
        {
            column.name: pd.Series([bulk.typed(column, rows[i][column.name]) for i in chosen], dtype=dtype(column))
            for column in columns
        }
    )


def _chosen(rows: Sequence[Mapping[str, Any]], channel: Channel, recipe: ChannelData, *, elsewhere: bool) -> list[int]:
    """Return which rows of a sample are taken: of each value as many as the manifest says are always there, and from
    elsewhere some of each class."""
    generator = np.random.default_rng(recipe.seed)
    certain: list[int] = []
    # What is promised first, as there may be no room for more.
    for column in sorted(channel.columns, key=lambda column: column.min_per_value is None):
        if column.min_per_value is None and not elsewhere:
            continue
        cells = [bulk.typed(column, row.get(column.name)) for row in rows]
        listed = [bulk.typed(column, value) for value in column.values or ()]
        for value in listed or bulk.few(cells):
            having = [i for i, cell in enumerate(cells) if cell == value]
            promised = max(column.min_per_value or 0, bulk.ROWS_PER_CLASS if elsewhere else 0)
            wanted = promised - sum(cells[i] == value for i in certain)
            if having and wanted > 0:
                certain += [having[k] for k in generator.integers(len(having), size=wanted)]
    wanted = max(0, recipe.rows - len(certain))
    shares = weights(rows, channel) if elsewhere else None
    rest = (
        generator.integers(len(rows), size=wanted) if shares is None else generator.choice(len(rows), wanted, p=shares)
    )
    drawn = [*certain, *(int(i) for i in rest)][: recipe.rows]
    return [drawn[k] for k in generator.permutation(len(drawn))]
