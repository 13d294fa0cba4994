"""Rows from another part of their range, for the comparisons that ask for another model.

They fit the manifest as all rows do, and no reader has more trouble with them than with those drawn first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from conformance.data import bulk
from conformance.manifest.model import Channel, Column

_UPPER_PART = 4
_COMMON_SHARE = 0.8
# Those who set rows aside for validation by class need two of each.
_ROWS_PER_VALUE = 2


def other_values(
    column: Column, rows: int, pool: Sequence[str], generator: np.random.Generator, *, nulls: bool = True
) -> list[Any]:
    """Return ``rows`` values of a column from the upper part of its range, listed values in other shares."""
    if column.values is not None:
        drawn = _listed(column, rows, generator)
    elif column.type.kind == "boolean":
        drawn = [bool(value) for value in generator.random(rows) < _COMMON_SHARE]
    elif column.type.is_text:
        words = sorted(set(pool))
        upper = words[len(words) // 2 :]
        drawn = [upper[i] for i in generator.integers(len(upper), size=rows)]
    else:
        highest = sorted(bulk.values(column, _UPPER_PART * rows, pool, generator, nulls=False))[-rows:]
        drawn = [highest[i] for i in generator.permutation(rows)]
    return bulk.with_nulls(column, drawn, generator) if nulls else drawn


def weights(rows: Sequence[Mapping[str, Any]], channel: Channel) -> npt.NDArray[np.float64]:
    """Return with which shares the rows of a sample are drawn: mostly from the upper half of its first column."""
    free = next((column.name for column in channel.columns if column.values is None), channel.columns[0].name)
    cells = [row.get(free) for row in rows]
    known = sorted(cell for cell in cells if cell is not None)
    middle = known[len(known) // 2] if known else None
    upper = np.array([middle is not None and cell is not None and cell >= middle for cell in cells])
    shares = np.where(upper, _COMMON_SHARE, 1 - _COMMON_SHARE)
    result: npt.NDArray[np.float64] = shares / shares.sum()
    return result


def _listed(column: Column, rows: int, generator: np.random.Generator) -> list[Any]:
    listed = list(column.values or ())
    certain = listed * (column.min_per_value or 1)
    roomy = listed * max(column.min_per_value or 1, _ROWS_PER_VALUE)
    drawn = (roomy if len(roomy) <= rows else certain)[:rows]
    common = generator.random(rows - len(drawn)) < _COMMON_SHARE
    others = generator.integers(len(listed), size=rows - len(drawn))
    drawn += [listed[-1] if usual else listed[i] for usual, i in zip(common, others, strict=True)]
    return [bulk.typed(column, drawn[i]) for i in generator.permutation(rows)]
