"""Bulk values of one column, drawn by a seeded generator for all rows at once.

Values stay in what every reader agrees on: numbers within ±1e6 that a short decimal writes exactly enough to be read
back as the same number, text that no reader takes for a number, a boolean or a null.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from conformance.manifest.model import Column

NUMBER_BOUND = 1_000_000
NULL_SHARE = 0.1
_EPOCH = dt.date(1970, 1, 1)
# How far data goes from the only bound of a column that lies beyond what is drawn otherwise.
_SPAN = dt.timedelta(days=36_525)
_LAST_DAY = dt.date(2037, 12, 31)
_MICROSECOND = dt.timedelta(microseconds=1)
# More than any bound and any decimal column has: nothing is rounded.
_DIGITS = decimal.Context(prec=400)
_FEW = 10
ROWS_PER_CLASS = 2
"""Those who set rows aside for validation by class need two of each."""
_LARGEST = {"double": sys.float_info.max, "float": float(np.finfo(np.float32).max)}


def values(
    column: Column, rows: int, pool: Sequence[str], generator: np.random.Generator, *, nulls: bool = True
) -> list[Any]:
    """Return ``rows`` values of a column, None for null; texts come from ``pool``.

    Every value that the column lists is drawn, ``min_per_value`` times where that is declared, as long as there are
    enough rows. Without ``nulls`` there is none, whatever the column allows.
    """
    listed = column.values is not None
    drawn = _listed(column, rows, generator) if listed else _free(column, rows, pool, generator)
    return with_nulls(column, drawn, generator) if nulls else drawn


def with_nulls(column: Column, cells: list[Any], generator: np.random.Generator) -> list[Any]:
    """Return the cells of a column with null in some of them, if the column allows it."""
    if not column.nullable or column.min_per_value is not None:
        return cells
    # One row at least keeps its value, so that the column is not all null.
    is_null = generator.random(len(cells)) < NULL_SHARE
    is_null[generator.integers(len(cells))] = False
    return [None if null else value for value, null in zip(cells, is_null, strict=True)]


def few(cells: Iterable[Any]) -> list[Any]:
    """Return the values of a column in order where they are so few that they may be classes, else none."""
    known = [cell for cell in cells if cell is not None]
    distinct = set(known)
    # A short table has few values of any kind.
    return sorted(distinct) if len(distinct) <= min(_FEW, len(known) // ROWS_PER_CLASS) else []


def integer_range(column: Column) -> tuple[int, int]:
    """Return the least and the greatest integer that the type and the bounds of a column allow."""
    least, greatest = column.type.integer_range or (-NUMBER_BOUND, NUMBER_BOUND)
    low = least if column.minimum is None else max(least, _ceiling(column.minimum))
    high = greatest if column.maximum is None else min(greatest, _floor(column.maximum))
    return low, high


def _listed(column: Column, rows: int, generator: np.random.Generator) -> list[Any]:
    listed = [typed(column, value) for value in column.values or ()]
    certain = (listed * (column.min_per_value or 1))[:rows]
    rest = [listed[i] for i in generator.integers(len(listed), size=rows - len(certain))]
    drawn = certain + rest
    return [drawn[i] for i in generator.permutation(rows)]


def typed(column: Column, value: Any) -> Any:
    """Return a value of a manifest or a sample, None for null, as it stands in a column's cells."""
    if value is None:
        return None
    if column.type.kind == "decimal":
        return _exact(value)
    return _in_32_bits(column, value) if column.type.kind == "float" else column.type.read(value)


def _in_32_bits(column: Column, value: float) -> Any:
    """Return a number of a 32-bit column: as it is listed, which may take more bits, else within the bounds."""
    if column.values is not None:
        return next(listed for listed in column.values if column.type.equal(listed, value))
    low, high = _as_float(column.minimum), _as_float(column.maximum)
    near = np.float32(value)
    near = near if low is None else max(near, _above(low))
    return float(near if high is None else min(near, _below(high)))


def _above(bound: float) -> np.float32:
    """Return the least number of 32 bits that is no less than a bound."""
    near = np.float32(bound)
    # As numbers of 64 bits: beside one of 32 NumPy would round the bound too.
    return near if float(near) >= bound else np.nextafter(near, np.float32(np.inf))


def _below(bound: float) -> np.float32:
    return -_above(-bound)


def _free(column: Column, rows: int, pool: Sequence[str], generator: np.random.Generator) -> list[Any]:
    kind = column.type.kind
    if column.type.is_integer:
        low, high = integer_range(column)
        low, high = _tested(low, high)
        return [int(v) for v in generator.integers(low, high, size=rows, endpoint=True)]
    if kind == "double":
        return _doubles(*_bounds(column), rows, generator)
    if kind == "float":
        return _floats(*_bounds(column), rows, generator)
    if kind == "decimal":
        return _decimals(column, rows, generator)
    if kind == "boolean":
        return [bool(v) for v in generator.integers(2, size=rows)]
    if kind == "date":
        first, last = _days(column)
        return [_EPOCH + dt.timedelta(days=int(v)) for v in generator.integers(first, last, size=rows, endpoint=True)]
    if kind == "timestamp":
        return _timestamps(column, rows, generator)
    return [pool[i] for i in generator.integers(len(pool), size=rows)]


def _tested(low: int, high: int) -> tuple[int, int]:
    """Narrow a range to the numbers that are drawn, unless bounds lie wholly beyond them."""
    narrow = max(low, -NUMBER_BOUND), min(high, NUMBER_BOUND)
    if narrow[0] <= narrow[1]:
        return narrow
    # Not to the ends of the type, which an image may refuse.
    return (low, min(high, 2 * low)) if low > 0 else (max(low, 2 * high), high)


def _bounds(column: Column) -> tuple[float, float]:
    """Return the bounds of real numbers: as declared, else those of the numbers that are drawn."""
    low, high = _as_float(column.minimum), _as_float(column.maximum)
    if low is None:
        low = -float(NUMBER_BOUND) if high is None or high > -NUMBER_BOUND else 2 * high
    if high is None:
        high = float(NUMBER_BOUND) if low < NUMBER_BOUND else 2 * low
    greatest = _LARGEST[column.type.kind]
    low, high = max(low, -greatest), min(high, greatest)
    # The generator cannot draw from a range that is wider than the greatest number.
    return (low, high) if high - low <= greatest else (-float(NUMBER_BOUND), float(NUMBER_BOUND))


def _as_float(bound: Any) -> float | None:
    return None if bound is None else float(bound)


def _doubles(low: float, high: float, rows: int, generator: np.random.Generator) -> list[float]:
    # Three digits behind the point, and more where the range is narrow.
    digits = 3 if high - low >= 1 or high == low else 3 - math.floor(math.log10(high - low))
    drawn = generator.uniform(low, high, size=rows)
    with np.errstate(all="ignore"):
        rounded = np.round(drawn, digits)
    return [float(v) for v in np.clip(np.where(np.isfinite(rounded), rounded, drawn), low, high)]


def _floats(low: float, high: float, rows: int, generator: np.random.Generator) -> list[float]:
    """Draw numbers that are exact in 32 bits, so that CSV and Parquet hold the same."""
    first, last = _above(low), _below(high)
    drawn = generator.uniform(low, high, size=rows)
    if high - low >= 1 and max(abs(low), abs(high)) <= NUMBER_BOUND:
        # Eighths are short in decimal too.
        drawn = np.round(drawn * 8) / 8
    if first > last:
        return [float(first)] * rows
    return [float(v) for v in np.clip(drawn.astype(np.float32), first, last)]


def _decimals(column: Column, rows: int, generator: np.random.Generator) -> list[Decimal]:
    precision, scale = column.type.precision or 10, column.type.scale or 0
    unit = 10**scale
    least = -(10**precision) + 1 if column.minimum is None else _ceiling(_scaled(_exact(column.minimum), scale))
    greatest = 10**precision - 1 if column.maximum is None else _floor(_scaled(_exact(column.maximum), scale))
    low, high = max(least, -NUMBER_BOUND * unit), min(greatest, NUMBER_BOUND * unit)
    if low > high:
        low, high = least, greatest
    # As far as 64 bits reach.
    drawn = generator.integers(0, min(high - low, 2**62), size=rows, endpoint=True)
    return [_scaled(_exact(low + int(v)), -scale) for v in drawn]


def _days(column: Column) -> tuple[int, int]:
    low, high = _as_date(column.minimum), _as_date(column.maximum)
    if low is None:
        low = _EPOCH if high is None or high >= _EPOCH else high - min(_SPAN, high - dt.date.min)
    if high is None:
        high = _LAST_DAY if low <= _LAST_DAY else low + min(_SPAN, dt.date.max - low)
    return (low - _EPOCH).days, (high - _EPOCH).days


def _timestamps(column: Column, rows: int, generator: np.random.Generator) -> list[dt.datetime]:
    """Draw whole seconds, and the bound itself where it is none and there is no other."""
    start, end = dt.datetime(1970, 1, 1), dt.datetime(2037, 12, 31)
    low, high = _as_datetime(column.minimum), _as_datetime(column.maximum)
    if low is None:
        low = start if high is None or high >= start else high - min(_SPAN, high - dt.datetime.min)
    if high is None:
        high = end if low <= end else low + min(_SPAN, dt.datetime.max - low)
    drawn = generator.integers((low - start) // _MICROSECOND, (high - start) // _MICROSECOND, size=rows, endpoint=True)
    return [max(low, start + dt.timedelta(seconds=int(v) // 1_000_000)) for v in drawn]


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


def _exact(number: Any) -> Decimal:
    return _DIGITS.create_decimal(str(number))


def _scaled(number: Decimal, places: int) -> Decimal:
    return _DIGITS.scaleb(number, places)


def _ceiling(bound: Any) -> int:
    return int(_exact(bound).to_integral_value(rounding=decimal.ROUND_CEILING))


def _floor(bound: Any) -> int:
    return int(_exact(bound).to_integral_value(rounding=decimal.ROUND_FLOOR))
