"""What the rows and directories of a job hold beyond the rows that were drawn.

Degenerate rows, rows that are changed on purpose, columns in another order or more of them, and files beside those
that hold the rows.
"""

from __future__ import annotations

import posixpath
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from conformance.data import bulk
from conformance.data.table import dtype, table
from conformance.manifest.model import Channel, Column
from conformance.values.job import ChannelData, Job

DEGENERATE = ("single-class", "constant", "duplicates", "extremes")
"""Each is a value of the choice ``degenerate``."""
_HIDDEN_PATHS = ("_part-00000", ".part-00000")
_HIDDEN_ROWS = 8
_CANDIDATES = 64


def as_chosen(
    rows: pd.DataFrame, job: Job, channel: Channel, recipe: ChannelData, sample: bytes | None, changed: Sequence[int]
) -> pd.DataFrame:
    """Return the rows with what the job's choices make of them; ``changed`` are the places of rows to be changed."""
    if len(changed):
        rows = _with_changed(rows, changed, channel, recipe, sample)
    if job["degenerate"] == "duplicates":
        rows = _exchanged(rows, range(1, len(rows), 2), rows, lambda place: [place - 1], channel)
    elif job["degenerate"] != "none":
        rows = _degenerate(rows, job["degenerate"], channel)
    if job["extra-column"] == "present":
        rows = _with_extra_column(rows, recipe)
    if job["column-order"] == "other":
        rows = rows[other_order(channel, list(rows.columns))]
    return rows


def markers_beside(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the files without rows that writers leave beside those with rows, by their paths."""
    for path, content in files.items():
        yield posixpath.join(posixpath.dirname(path), f".{posixpath.basename(path)}.crc"), _checksum(content)
    for folder in dict.fromkeys(map(posixpath.dirname, files)):
        extension = posixpath.splitext(next(path for path in files if posixpath.dirname(path) == folder))[1]
        yield posixpath.join(folder, "_SUCCESS"), b""
        yield posixpath.join(folder, "._SUCCESS.crc"), _checksum(b"")
        yield posixpath.join(folder, f"part-99999{extension}"), b""


def _checksum(content: bytes) -> bytes:
    # As Hadoop writes them: a magic number, the size of a block, the checksum of each.
    return b"crc\0\0\0\2\0" + zlib.crc32(content).to_bytes(4, "big")


def hidden_rows(rows: pd.DataFrame, channel: Channel, recipe: ChannelData) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield rows that are none of the job's, and the hidden files that they lie in."""
    for number, path in enumerate(_HIDDEN_PATHS, start=1):
        if channel.sample is not None:
            yield path, rows.iloc[-_HIDDEN_ROWS:]
            continue
        other = replace(recipe, seed=(recipe.seed + number) % 2**32, rows=min(_HIDDEN_ROWS, recipe.rows))
        yield path, table(channel, other, hazards_of=(), sample=None)


# -- columns


def other_order(channel: Channel, names: Sequence[str]) -> list[str]:
    """Return the columns in another order: those of one type change places, so that their cells still read well."""
    of_type: dict[str, list[str]] = {}
    for column in channel.columns:
        if column.name in names:
            of_type.setdefault(str(column.type), []).append(column.name)
    if all(len(group) == 1 for group in of_type.values()):
        return list(reversed(names))
    moved = {old: new for group in of_type.values() for old, new in zip(group, reversed(group), strict=True)}
    return [moved.get(name, name) for name in names]


def optional_columns(channel: Channel) -> list[str]:
    """Return the columns that a channel may lack; none where one would be left of which a row may be nothing at all."""
    left = [column for column in channel.columns if not column.optional]
    return [] if len(left) == 1 and left[0].nullable else [c.name for c in channel.columns if c.optional]


def _with_extra_column(rows: pd.DataFrame, recipe: ChannelData) -> pd.DataFrame:
    name = "column_of_no_manifest"
    while name in rows.columns:
        name += "_"
    cells = np.round(np.random.default_rng([recipe.seed, 2]).uniform(-1000, 1000, len(rows)), 3)
    more = rows.copy()
    # In the middle, where it moves what a reader by position takes for the columns behind it.
    more.insert(len(rows.columns) // 2, name, pd.Series(cells, dtype="double[pyarrow]", index=rows.index))
    return more


# -- rows that are changed


def _with_changed(
    rows: pd.DataFrame, places: Sequence[int], channel: Channel, recipe: ChannelData, sample: bytes | None
) -> pd.DataFrame:
    if sample is not None:
        other = replace(recipe, seed=(recipe.seed + 1) % 2**32)
        others = table(channel, other, hazards_of=(), sample=sample)
        return _exchanged(rows, places, others, lambda place: chain(range(place, len(others)), range(place)), channel)
    changed = {}
    for column in channel.columns:
        cells = list(_cells(rows, column))
        generator = np.random.default_rng([recipe.seed, zlib.crc32(column.name.encode()), 1])
        changed[column.name] = pd.Series(_far_from(cells, places, column, recipe, generator), dtype=dtype(column))
    return pd.DataFrame(changed)


def _exchanged(
    rows: pd.DataFrame,
    places: Sequence[int],
    others: pd.DataFrame,
    candidates: Callable[[int], Iterable[int]],
    channel: Channel,
) -> pd.DataFrame:
    """Return rows with each in some places exchanged, whole, for the first of its candidates among other rows that is
    unlike it and leaves enough of every value; where there is none it stays."""
    columns = [column for column in channel.columns if column.name in rows]
    old, new = ([list(_cells(frame, column)) for column in columns] for frame in (rows, others))
    left = [Counter(cells) for cells in old]
    least = [_least(column, cells) for column, cells in zip(columns, old, strict=True)]
    order = list(range(len(rows)))
    for place in places:
        for other in candidates(place):
            differing = [n for n in range(len(columns)) if old[n][place] != new[n][other]]
            if differing and all(left[n][old[n][place]] > least[n].get(old[n][place], 0) for n in differing):
                order[place] = len(rows) + other
                for n in differing:
                    left[n].update({old[n][place]: -1, new[n][other]: 1})
                break
    return pd.concat([rows, others]).iloc[order].reset_index(drop=True)


def _far_from(
    cells: list[Any], places: Sequence[int], column: Column, recipe: ChannelData, generator: np.random.Generator
) -> list[Any]:
    """Return the cells of a column with those in some places far from what they were, and none of them null."""
    changed = list(cells)
    if column.values is not None or column.type.kind == "boolean":
        listed = [bulk.typed(column, value) for value in column.values or (False, True)]
        for place in places:
            at = listed.index(cells[place]) if cells[place] in listed else -1
            changed[place] = listed[(at + 1) % len(listed)]
        return _with_enough(column, changed, cells)
    pool = dict(recipe.words).get(column.name, ())
    drawn = sorted(set(bulk.values(column, _CANDIDATES, pool, generator, nulls=False)))
    quarter = max(1, len(drawn) // 4)
    for place in places:
        low = cells[place] is None or cells[place] < drawn[len(drawn) // 2]
        part = drawn[-quarter:] if low else drawn[:quarter]
        changed[place] = part[generator.integers(len(part))]
    return _with_enough(column, changed, cells)


def _with_enough(column: Column, changed: list[Any], cells: list[Any]) -> list[Any]:
    """Return changed cells of a column, some of them as they were where too few of their value would be left."""
    least, left, kept = _least(column, cells), Counter(changed), list(changed)
    while short := {value for value, count in least.items() if left[value] < count}:
        for place, cell in enumerate(cells):
            if cell in short and kept[place] != cell and left[cell] < least[cell]:
                left.update({kept[place]: -1, cell: 1})
                kept[place] = cell
    return kept


def _least(column: Column, cells: list[Any]) -> dict[Any, int]:
    """Return how often each value that is promised, or may be a class, stays in the cells of a column at least."""
    counted = Counter(cells)
    listed = [bulk.typed(column, value) for value in column.values or ()]
    enough = max(column.min_per_value or 0, bulk.ROWS_PER_CLASS)
    return {value: min(counted[value], enough) for value in listed or bulk.few(cells)}


# -- degenerate rows


def _degenerate(rows: pd.DataFrame, kind: str, channel: Channel) -> pd.DataFrame:
    changed = rows.copy()
    for column in degenerate_columns(channel, kind):
        cells = list(_cells(rows, column))
        known = next(cell for cell in cells if cell is not None)
        if kind == "extremes":
            places = range(0, len(cells), max(1, len(cells) // 2))
            for place, extreme in zip(places, extremes(column), strict=False):
                cells[place] = extreme
        else:
            cells = [known] * len(cells)
        changed[column.name] = pd.Series(cells, dtype=dtype(column), index=rows.index)
    return changed


def degenerate_columns(channel: Channel, kind: str) -> list[Column]:
    """Return the columns that a kind of degenerate rows is about; none where the manifest excludes such rows."""
    if kind == "duplicates":
        return list(channel.columns) if channel.max_rows != 1 else []
    if channel.sample is not None:
        return []
    free = [column for column in channel.columns if column.values is None]
    match kind:
        case "single-class":
            return [
                column for column in channel.columns if len(column.values or ()) > 1 and column.min_per_value is None
            ]
        case "constant":
            return free[:1]
        case _:
            return [column for column in free if extremes(column)]


def extremes(column: Column) -> list[Any]:
    """Return the least and the greatest value of a column's type, each if the column has no bound at that end."""
    kind = column.type.kind
    ends: tuple[Any, Any]
    if column.type.integer_range is not None:
        ends = column.type.integer_range
    elif kind == "double":
        ends = -sys.float_info.max, sys.float_info.max
    elif kind == "float":
        ends = float(np.finfo(np.float32).min), float(np.finfo(np.float32).max)
    elif kind == "decimal":
        nines = Decimal((0, (9,) * (column.type.precision or 10), -(column.type.scale or 0)))
        ends = nines.copy_negate(), nines
    elif kind == "date":
        ends = date.min, date.max
    elif kind == "timestamp":
        ends = datetime.min, datetime.max.replace(microsecond=0)
    else:
        return []
    bounds = (column.minimum, column.maximum)
    return [end for end, bound in zip(ends, bounds, strict=True) if bound is None]


def _cells(rows: pd.DataFrame, column: Column) -> Iterator[Any]:
    return (_none(cell) for cell in rows[column.name].array)


def _none(cell: Any) -> Any:
    return None if cell is pd.NA or cell is pd.NaT else cell
