"""The results of a session as one value, from which every report is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.manifest import LoadedManifest
from conformance.report.verdict import Ending
from conformance.report.waivers import StaleWaiver, Waiver
from conformance.settings import Settings
from conformance.values.image import Engine, Image
from conformance.values.job import is_for_scale
from conformance.values.run import Run
from conformance.values.verdict import RuleResult

NOT_SELECTED = "it was not selected"
"""Why a rule was not judged that nobody asked for."""


@dataclass(frozen=True)
class Taken:
    """What a job with so many rows took: seconds of its container, and about the most memory at a time."""

    rows: int
    container_s: float
    peak_memory_bytes: int | None


@dataclass(frozen=True)
class Runs:
    """How many jobs were planned and run, and what they took, in seconds; ``by_rows`` has those that grow."""

    planned: int
    executed: int
    minimising: int
    wall_s: float
    container_s: float
    workers: int
    by_rows: tuple[Taken, ...] = ()


def taken_by_rows(runs: Iterable[Run]) -> tuple[Taken, ...]:
    """Return what the jobs took that are there to see it and train, from the fewest rows to the most."""
    once = (run for run in runs if is_for_scale(run.job) and not run.job.repeat and run.trains)
    series = ((sum(data.rows for data in run.job.data), run) for run in once)
    taken = [Taken(rows, run.container_s, run.peak_memory_bytes) for rows, run in series]
    return tuple(sorted(taken, key=lambda each: each.rows))


@dataclass(frozen=True)
class Results:
    """Everything that a report says. ``history`` has all runs, in the order in which they ended."""

    settings: Settings
    engine: Engine
    image: Image
    loaded: LoadedManifest
    plan_digest: str
    relaxed: tuple[str, ...]
    partial: bool
    started: dt.datetime
    finished: dt.datetime
    ending: Ending
    rules: tuple[RuleResult, ...]
    runs: Runs
    history: tuple[Run, ...]
    waivers: tuple[Waiver, ...]
    stale: tuple[StaleWaiver, ...]
