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


def other_values(
    column: Column, rows: int, pool: Sequence[str], generator: np.random.Generator, *, nulls: bool = True
) -> list[Any]:
    """Return ``rows`` values of a column from the upper part of its range; of few values all, in other shares."""
    if column.values is not None:
        listed = [bulk.typed(column, value) for value in column.values]
        drawn = _mostly_the_last(listed, column.min_per_value or 1, rows, generator)
    else:
        candidates = sorted(bulk.values(column, _UPPER_PART * rows, pool, generator, nulls=False))
        # What has few values may be the classes to learn, of which one alone would be none.
        classes = bulk.few(candidates)
        if classes:
            drawn = _mostly_the_last(classes, 1, rows, generator)
        else:
            drawn = [candidates[-1 - i] for i in generator.permutation(rows)]
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


def _mostly_the_last(values: Sequence[Any], certain: int, rows: int, generator: np.random.Generator) -> list[Any]:
    """Return ``rows`` of some values: each as often as is certain, the others of the last one for the most part."""
    roomy = [*values] * max(certain, bulk.ROWS_PER_CLASS)
    drawn = (roomy if len(roomy) <= rows else [*values] * certain)[:rows]
    common = generator.random(rows - len(drawn)) < _COMMON_SHARE
    others = generator.integers(len(values), size=rows - len(drawn))
    drawn += [values[-1] if usual else values[i] for usual, i in zip(common, others, strict=True)]
    return [drawn[i] for i in generator.permutation(rows)]
