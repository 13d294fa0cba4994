"""The jobs with canaries, in twos that are equal but for them: on valid rows, with a cell at fault, in a variable."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.data import canaries
from conformance.data.bulk import integer_range
from conformance.data.table import table
from conformance.manifest.model import Channel, Column, Manifest
from conformance.plan.canary_values import Cell, ordered, sample
from conformance.plan.faults import concerns_of
from conformance.values.job import Canary, ChannelData, Fault, Job

ROWS = 32
"""In how many rows there are canaries, at most: in the first, the last, those with the extremes, and any others."""
_SHOWN = 5
"""How many rows at either end of a table are printed by those who look at it."""
_OWN_GENERATOR = 2


def canary_jobs(baseline: Job, manifest: Manifest, formats: Sequence[str], faults: Collection[Job]) -> Iterator[Job]:
    """Yield every job with canaries, for a manifest that claims the one target where they matter."""
    if "clean-rooms" not in manifest.algorithm.targets:
        return
    drawn = [_drawn(recipe, manifest.channels[recipe.channel]) for recipe in baseline.data]
    sides = [
        tuple(replace(recipe, canaries=tuple(side)) for recipe, side in zip(baseline.data, both, strict=True))
        for both in (drawn, [list(map(_turned, one)) for one in drawn])
    ]
    for format_ in formats:
        plain = baseline.with_choices(format=format_)
        if any(drawn):
            yield from (replace(plain, data=data) for data in sides)
        if (column := _column_at_fault(manifest)) is not None:
            yield from _with_wrong_cell(plain, sides, *column, manifest)
    for secret in canaries.SECRETS:
        yield baseline.with_choices(extra_variables=secret)
        # Some show what they were given only where they fail.
        yield from (
            job.with_choices(extra_variables=secret)
            for job in faults
            if job.fault is not None and job.fault.kind == "undeclared-format"
        )


def _turned(canary: Canary) -> Canary:
    return replace(canary, text=canary.other, other=canary.text)


def _drawn(recipe: ChannelData, channel: Channel) -> list[Canary]:
    if channel.sample is not None or recipe.rows < 2:
        return []
    rows = table(channel, recipe, hazards_of=(), sample=None)
    found: list[Canary] = []
    for column in filter(canaries.can_hold, channel.columns):
        cells = [ordered(cell) for cell in rows[column.name].array]
        generator = np.random.default_rng([recipe.seed, zlib.crc32(column.name.encode()), _OWN_GENERATOR])
        words = dict(recipe.words).get(column.name, ())
        found += _in_column(column, cells, words, generator)
    return found


def _in_column(
    column: Column, cells: Sequence[Cell], words: Sequence[str], generator: np.random.Generator
) -> list[Canary]:
    """Return the canaries of a column: two for each of some rows, of which each job has one; none in a constant one."""
    there = [(cell, row) for row, cell in enumerate(cells) if cell is not None]
    if len({cell for cell, _ in there}) < 2:
        return []
    lowest, highest = min(there), max(there)
    wanted = dict.fromkeys([lowest[1], highest[1], 0, len(cells) - 1])
    # Where several rows have the extreme, it is one as long as any of them is left.
    wanted |= dict.fromkeys(row for cell, row in there if cell in (lowest[0], highest[0]))
    wanted |= dict.fromkeys(row for row in range(len(cells)) if min(row, len(cells) - 1 - row) < _SHOWN)
    wanted |= dict.fromkeys(int(row) for row in generator.permutation(len(cells))[:ROWS])
    rows = list(wanted)[: min(ROWS, len(cells))]
    kept = [cell for cell, row in there if row not in rows]
    bottom, top = (min(kept), max(kept)) if kept else (highest[0], lowest[0])
    taken: set[str] = set()

    def fresh(low: Any, high: Any) -> Cell:
        for _ in range(50):
            cell = sample(column, low, high, words, generator)
            if cell is None or (text := canaries.as_text(cell)) in taken:
                continue
            if canaries.characters(text) >= canaries.LEAST_CHARACTERS:
                taken.add(text)
                return cell
        return None

    # Integers are to have many digits, wherever that takes them.
    anywhere = integer_range(column) if column.type.is_integer else (lowest[0], highest[0])
    sides = []
    for _ in canaries.SECRETS:
        extremes = [fresh(lowest[0], bottom), fresh(top, highest[0])]
        others = [fresh(*anywhere) for _ in range(len(rows))]
        both = sorted(cell for cell in (*extremes, *others) if cell is not None)
        sides.append(both)
    count = min(len(rows), *map(len, sides))
    if count < 2:
        return []
    # The ends of a column stay in their rows: the lowest and the highest value are to be found.
    one, other = ([*side[: count - 1], side[-1]] for side in sides)
    is_end = {0: all(side[0] <= bottom for side in sides), count - 1: all(side[-1] >= top for side in sides)}
    ranks = [0, count - 1, *(1 + int(rank) for rank in generator.permutation(count - 2))]
    moved = _moved([rank for rank in range(count) if not is_end.get(rank)])
    return [
        Canary(column.name, row, canaries.as_text(one[rank]), canaries.as_text(other[moved.get(rank, rank)]))
        for row, rank in zip(rows, ranks, strict=False)
    ]


def _moved(ranks: Sequence[int]) -> Mapping[int, int]:
    """Return which rank a row has in the other job, for each of the ranks that rows have in one.

    A quantile is the cell of some row, and who logs it shows no row: in each job it is to be the cell of another. A
    third of the ranks is more than the cells without canaries make up for. With a half, what is great in one job would
    be small in the other, and a program that shows the rows with great cells would show others in each.
    """
    by = (len(ranks) + 2) // 3
    return dict(zip(ranks, [*ranks[by:], *ranks[:by]], strict=True))


def _column_at_fault(manifest: Manifest) -> tuple[str, Column] | None:
    """Return a column in which letters are a fault, and its channel: one that is never null, if there is any."""
    checked = [
        (name, column)
        for name, channel in manifest.channels.items()
        if channel.sample is None and channel.required
        for column in channel.columns
        if canaries.is_checked(column) and not column.optional
    ]
    return min(checked, key=lambda found: (found[1].nullable, not found[1].type.is_number), default=None)


def _with_wrong_cell(
    plain: Job, sides: Sequence[tuple[ChannelData, ...]], channel: str, column: Column, manifest: Manifest
) -> Iterator[Job]:
    recipe = next(recipe for recipe in plain.data if recipe.channel == channel)
    generator = np.random.default_rng([recipe.seed, zlib.crc32(column.name.encode()), _OWN_GENERATOR + 1])
    row = int(generator.integers(recipe.rows))
    file = f"part-00000.{plain['format']}"
    for data in sides:
        # Letters in front, so that no parser takes it for a number, and digits that are quoted with them.
        letters = "".join(chr(ord("a") + int(n)) for n in generator.integers(26, size=canaries.MOST_CHARACTERS))
        digits = "".join(str(int(n)) for n in generator.integers(1, 10, size=canaries.MOST_CHARACTERS))
        fault = Fault(
            "wrong-cell",
            "ingestion.wrong-type",
            f"a cell of the {column.type} column {column.name} of channel {channel} holds letters",
            (column.name, file),
            channel=channel,
            subject=column.name,
            value=letters + digits,
            # What the failure text must not hold is looked at here, and not what it must.
            exempt=True,
            row=row,
        )
        yield Job(plain.choices, data, plain.hyperparameters, replace(fault, concerns=concerns_of(fault, manifest)))
