"""Bulk values of one column, drawn by a seeded generator for all rows at once.

Values stay in what every reader agrees on: numbers within ±1e6 that a short decimal writes exactly enough to be read
back as the same number, text that no reader takes for a number, a boolean or a null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from conformance.manifest.model import Column

NUMBER_BOUND = 1_000_000
NULL_SHARE = 0.1
_EPOCH = dt.date(1970, 1, 1)
_LAST_DAY = dt.date(2037, 12, 31)


def values(column: Column, rows: int, pool: Sequence[str], generator: np.random.Generator) -> list[Any]:
    """Return ``rows`` values of a column, None for null; texts come from ``pool``.

    Every value that the column lists occurs, ``min_per_value`` times where that is declared, as long as there are
    enough rows.
    """
    listed = column.values is not None
    drawn = _listed(column, rows, generator) if listed else _free(column, rows, pool, generator)
    if column.nullable and column.min_per_value is None:
        # One row at least keeps its value, so that the column is not all null.
        nulls = generator.random(rows) < NULL_SHARE
        nulls[generator.integers(rows)] = False
        drawn = [None if null else value for value, null in zip(drawn, nulls, strict=True)]
    return drawn


def integer_range(column: Column) -> tuple[int, int]:
    """Return the least and the greatest integer that the type and the bounds of a column allow."""
    least, greatest = column.type.integer_range or (-NUMBER_BOUND, NUMBER_BOUND)
    low = least if column.minimum is None else max(least, _ceiling(column.minimum))
    high = greatest if column.maximum is None else min(greatest, _floor(column.maximum))
    return low, high


def _listed(column: Column, rows: int, generator: np.random.Generator) -> list[Any]:
    listed = list(column.values or ())
    certain = (listed * (column.min_per_value or 1))[:rows]
    rest = [listed[i] for i in generator.integers(len(listed), size=rows - len(certain))]
    drawn = certain + rest
    return [_typed(column, drawn[i]) for i in generator.permutation(rows)]


def _typed(column: Column, value: Any) -> Any:
    kind = column.type.kind
    if kind in ("float", "double"):
        return float(value)
    if kind == "decimal":
        return Decimal(str(value))
    if kind == "date" and isinstance(value, str):
        return dt.date.fromisoformat(value)
    if kind == "timestamp" and isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    return value


def _free(column: Column, rows: int, pool: Sequence[str], generator: np.random.Generator) -> list[Any]:
    kind = column.type.kind
    if column.type.is_integer:
        low, high = integer_range(column)
        low, high = _tested(low, high)
        return [int(v) for v in generator.integers(low, high, size=rows, endpoint=True)]
    if kind == "double":
        low_, high_ = _bounds(column)
        return [float(v) for v in np.clip(np.round(generator.uniform(low_, high_, size=rows), 3), low_, high_)]
    if kind == "float":
        # Eighths are exact in 32 bits and short in decimal, so that CSV and Parquet hold the same number.
        low_, high_ = _bounds(column)
        eighths = generator.integers(int(np.ceil(low_ * 8)), max(int(np.ceil(low_ * 8)), int(high_ * 8)), size=rows)
        return [float(v) for v in np.clip(eighths / 8, low_, high_)]
    if kind == "decimal":
        return _decimals(column, rows, generator)
    if kind == "boolean":
        return [bool(v) for v in generator.integers(2, size=rows)]
    if kind == "date":
        first, last = _days(column)
        return [_EPOCH + dt.timedelta(days=int(v)) for v in generator.integers(first, last, size=rows, endpoint=True)]
    if kind == "timestamp":
        first, last = _seconds(column)
        seconds = generator.integers(first, last, size=rows, endpoint=True)
        return [dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(v)) for v in seconds]
    return [pool[i] for i in generator.integers(len(pool), size=rows)]


def _tested(low: int, high: int) -> tuple[int, int]:
    """Narrow a range to the numbers that are drawn, unless bounds lie wholly beyond them."""
    narrow = max(low, -NUMBER_BOUND), min(high, NUMBER_BOUND)
    return narrow if narrow[0] <= narrow[1] else (low, high)


def _bounds(column: Column) -> tuple[float, float]:
    low = _as_float(column.minimum)
    high = _as_float(column.maximum)
    if low is None:
        low = -float(NUMBER_BOUND) if high is None else min(-float(NUMBER_BOUND), high - 1.0)
    return low, max(float(NUMBER_BOUND), low + 1.0) if high is None else high


def _as_float(bound: Any) -> float | None:
    return None if bound is None else float(bound)


def _decimals(column: Column, rows: int, generator: np.random.Generator) -> list[Decimal]:
    precision, scale = column.type.precision or 10, column.type.scale or 0
    limit = 10 ** min(precision, 18) - 1
    unit = 10**scale
    low = -limit if column.minimum is None else max(-limit, _ceiling(Decimal(str(column.minimum)) * unit))
    high = limit if column.maximum is None else min(limit, _floor(Decimal(str(column.maximum)) * unit))
    bound = NUMBER_BOUND * unit
    if max(low, -bound) <= min(high, bound):
        low, high = max(low, -bound), min(high, bound)
    low, high = max(low, -(2**62)), min(high, 2**62)
    return [Decimal(int(v)).scaleb(-scale) for v in generator.integers(low, high, size=rows, endpoint=True)]


def _days(column: Column) -> tuple[int, int]:
    first = _as_date(column.minimum) or _EPOCH
    last = _as_date(column.maximum) or max(_LAST_DAY, first)
    first = min(first, last)
    return (first - _EPOCH).days, (last - _EPOCH).days


def _seconds(column: Column) -> tuple[int, int]:
    start = dt.datetime(1970, 1, 1)
    first = _as_datetime(column.minimum) or start
    last = _as_datetime(column.maximum) or max(dt.datetime(2037, 12, 31), first)
    first = min(first, last)
    return int(-((start - first).total_seconds() // 1)), int((last - start).total_seconds() // 1)


def _as_date(bound: Any) -> dt.date | None:
    if isinstance(bound, str):
        return dt.date.fromisoformat(bound)
    if isinstance(bound, dt.datetime):
        return bound.date()
    return bound if isinstance(bound, dt.date) else None


def _as_datetime(bound: Any) -> dt.datetime | None:
    if isinstance(bound, str):
        bound = dt.datetime.fromisoformat(bound)
    if isinstance(bound, dt.datetime):
        return bound.replace(tzinfo=None)
    return dt.datetime.combine(bound, dt.time()) if isinstance(bound, dt.date) else None


def _ceiling(bound: Any) -> int:
    return int(Decimal(str(bound)).to_integral_value(rounding="ROUND_CEILING"))


def _floor(bound: Any) -> int:
    return int(Decimal(str(bound)).to_integral_value(rounding="ROUND_FLOOR"))
