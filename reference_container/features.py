"""From a table to numbers: a matrix of features, and a target."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from algorithm import Column
from failure import JobFailedError, short
from table import arrow_type

Matrix = npt.NDArray[np.float64]
BUCKETS = 16  # for text without declared values
MOST_CLASSES = 1000
MICROSECONDS_PER_DAY = 86_400e6
LARGEST_FEATURE = 10.0  # standard deviations


@dataclass(frozen=True)
class Scale:
    """Shift and scale of each column of a matrix; nothing in it is a value of the data."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def of(cls, matrix: Matrix) -> Scale:
        """From the cells that are not missing. Constant and wholly missing columns get deviation 1."""
        known = ~np.isnan(matrix)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, matrix, 0.0).sum(axis=0) / count
        deviation = np.sqrt((np.where(known, matrix - mean, 0.0) ** 2).sum(axis=0) / count)
        return cls(tuple(mean.tolist()), tuple(np.where(deviation > 0, deviation, 1.0).tolist()))

    def apply(self, matrix: Matrix) -> npt.NDArray[np.float32]:
        """The standardised matrix; missing cells become the mean, outliers are drawn in."""
        scaled = (matrix - np.array(self.mean)) / np.array(self.deviation)
        clipped = np.clip(scaled, -LARGEST_FEATURE, LARGEST_FEATURE)
        return np.where(np.isnan(clipped), 0.0, clipped).astype(np.float32)


def is_classification(column: Column, task: str) -> bool:
    """Whether `column` as target is a class: asked for, or by its values, text or boolean cells."""
    if task not in ("auto", "classification", "regression"):
        raise JobFailedError(f"hyperparameter task is {short(task)}; expected auto, classification or regression")
    if task == "auto":
        return bool(column.values) or column.is_text or column.type == "boolean"
    if task == "regression" and (column.is_text or column.type in ("boolean", "date", "timestamp")):
        raise JobFailedError(f"hyperparameter task is regression, but target {short(column.name)} is {column.type}")
    return task == "classification"


def features(table: pa.Table, columns: Sequence[Column]) -> Matrix:
    """One row a row; missing numbers are NaN, and columns that may have some get an indicator beside them."""
    blocks: list[Matrix] = []
    for column in columns:
        array = table[column.name].combine_chunks()
        if not column.is_text:
            # asinh is linear near 0 and logarithmic far from it: 1e308 is a large number and not infinity.
            blocks.append(np.arcsinh(numbers(array))[:, None] + 0.0)
        elif column.values:
            blocks.append(_one_hot(class_numbers(array, column.values), len(column.values)))
        else:
            blocks.append(_one_hot(_buckets(array), BUCKETS))
        if column.may_be_missing:
            blocks.append(array.is_null().to_numpy(zero_copy_only=False).astype(np.float64)[:, None])
    return np.hstack(blocks) if blocks else np.zeros((table.num_rows, 0))


def numbers(array: pa.Array) -> npt.NDArray[np.float64]:
    """Numbers, booleans, and dates as days since 1970, as doubles; null becomes NaN."""
    if pa.types.is_date(array.type):
        array = array.cast(pa.int32())
    elif pa.types.is_timestamp(array.type):
        array = pc.divide(array.cast(pa.int64()).cast(pa.float64(), safe=False), MICROSECONDS_PER_DAY)
    doubles = array.cast(pa.float64(), safe=False)
    result: npt.NDArray[np.float64] = pc.fill_null(doubles, float("nan")).to_numpy(zero_copy_only=False)
    return result


def classes_of(array: pa.Array, column: Column) -> tuple[Any, ...]:
    """The classes of a target: the declared values, else those found, sorted."""
    if column.values or column.type == "boolean":
        return column.values or (False, True)
    found = array.drop_null().unique().sort().to_pylist()
    if len(found) > MOST_CLASSES:
        raise JobFailedError(f"target {short(column.name)}: more than {MOST_CLASSES} different values to be classes")
    return tuple(found)


def class_numbers(array: pa.Array, classes: Sequence[Any]) -> npt.NDArray[np.int64]:
    """The index of each cell in `classes`; -1 for null and for what is none of them."""
    exact = [Decimal(str(value)) for value in classes] if pa.types.is_decimal(array.type) else list(classes)
    index = pc.fill_null(pc.index_in(array, value_set=pa.array(exact, array.type), skip_nulls=True), -1)
    positions: npt.NDArray[np.int32] = index.to_numpy(zero_copy_only=False)
    return positions.astype(np.int64)


def _buckets(array: pa.Array) -> npt.NDArray[np.int64]:
    encoded = array.cast(pa.binary()).dictionary_encode()
    buckets = np.array([zlib.crc32(text) % BUCKETS for text in encoded.dictionary.to_pylist()] + [-1], dtype=np.int64)
    indices: npt.NDArray[np.int32] = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return buckets[indices]


def _one_hot(index: npt.NDArray[np.int64], width: int) -> Matrix:
    hits: npt.NDArray[np.bool_] = index[:, None] == np.arange(width)
    return hits.astype(np.float64)


def target_column(columns: Sequence[Column], name: str | None) -> Column:
    """The column to predict: the hyperparameter `target`, else the last one."""
    if name is None:
        return columns[-1]
    for column in columns:
        if column.name == name:
            arrow_type(column)
            return column
    known = ", ".join(column.name for column in columns)
    raise JobFailedError(f"hyperparameter target is {short(name)}; the columns are {known[:500]}")
