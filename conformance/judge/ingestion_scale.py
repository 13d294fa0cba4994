"""The rule on what more and more rows take."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.judge.properties import trains
from conformance.judge.rule import MAY, Look, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job, is_for_scale
from conformance.values.plan import Plan
from conformance.values.run import Run

# Ten times the rows: what grows with them takes ten times as much, what grows with their square a hundred times.
_ABOVE_LINEAR = 25
_SURE_S = 0.5
_SURE_BYTES = 16 * 2**20
_WEIGHED_S = 3.0
# A tenfold of the rows, and what to compare it with.
_POINTS = 3
_MOST_ROWS = 100_000
# What the smallest job takes, the engine's part of it included, is never the same twice.
_SURE_SHARE = 0.1


def _allows_many_rows(manifest: Manifest) -> str | None:
    most = min(min(channel.max_rows or _MOST_ROWS, _MOST_ROWS) for channel in manifest.channels.values())
    least = max(channel.min_rows for channel in manifest.channels.values())
    if most >= 100 * least:
        return None
    return f"declare max_rows of at least a hundred times min_rows, which is {least}, if the image takes so many"


def _series() -> Look[tuple[Run, ...]]:
    """Look at the jobs that differ in their number of rows alone, from the fewest to the most."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        if series := sorted(plan.select(is_for_scale), key=_rows):
            yield tuple(series)

    return Look(jobs, lambda runs, _subject: runs)


@rule(
    "ingestion.scale",
    MAY,
    "A10 scale",
    looks_at=_series(),
    applies=_allows_many_rows,
    hint="look for what is done once more for each row: appending to a table or a text, comparing all with all",
    size="full",
)
def grows_with_the_rows(series: tuple[Run, ...]) -> None:
    """Time and memory grow no faster than the rows, over up to three decades."""
    ended = [run for run in series if not run.timed_out]
    for run in ended:
        trains(run)
    if (slow := _first_above_linear(series)) is not None:
        raise Violation(f"time grows faster than the rows: {_curve(series, _seconds)}", run=slow)
    if len(ended) < len(series):
        raise Unobservable("so many rows take longer than the session lets a job take: use --contract-max-time=MINUTES")
    if _memory_is_above_linear(series):
        raise Violation(f"memory grows faster than the rows: {_curve(series, _megabytes)}", run=series[-1])


def _first_above_linear(series: tuple[Run, ...]) -> Run | None:
    for count in range(_POINTS, len(series) + 1):
        first, *_, nearly, most = series[:count]
        if not nearly.timed_out and _is_above(first.container_s, nearly.container_s, most.container_s, _SURE_S):
            return most
    return None


def _memory_is_above_linear(series: tuple[Run, ...]) -> bool:
    first, *_, nearly, most = series
    # The smallest job may be seen at less than it takes, which makes the others look as if they grew the more evenly.
    least, more, all_of_it = first.peak_memory_bytes or 0, _weighed_bytes(nearly), _weighed_bytes(most)
    return more is not None and all_of_it is not None and _is_above(least, more, all_of_it, _SURE_BYTES)


def _is_above(first: float, nearly: float, most: float, sure: float) -> bool:
    """Whether the last tenfold of the rows took so much more than all the rows before that it was no tenfold."""
    before = max(nearly - first, sure + _SURE_SHARE * first)
    return most - first > _ABOVE_LINEAR * before


def _weighed_bytes(run: Run) -> int | None:
    # What ends within a few looks at it may not have been seen when it took the most.
    return run.peak_memory_bytes if run.container_s >= _WEIGHED_S else None


def _rows(job: Job) -> int:
    return sum(data.rows for data in job.data)


def _curve(series: tuple[Run, ...], told: Callable[[Run], str]) -> str:
    return ", ".join(f"{_rows(run.job)} rows {told(run)}" for run in series)


def _seconds(run: Run) -> str:
    return f"{'more than ' if run.timed_out else ''}{run.container_s:.1f} s"


def _megabytes(run: Run) -> str:
    return "unknown" if run.peak_memory_bytes is None else f"{run.peak_memory_bytes / 1e6:.0f} MB"
