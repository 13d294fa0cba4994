"""The results of a session as one value, from which every report is written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from conformance.manifest import LoadedManifest
from conformance.report.verdict import Ending
from conformance.report.waivers import StaleWaiver, Waiver
from conformance.settings import Settings
from conformance.values.image import Engine, Image
from conformance.values.verdict import RuleResult


@dataclass(frozen=True)
class Runs:
    """How many jobs were planned and run, and what they took, in seconds."""

    planned: int
    executed: int
    minimising: int
    wall_s: float
    container_s: float
    workers: int


@dataclass(frozen=True)
class Results:
    """Everything that a report says."""

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
    waivers: tuple[Waiver, ...]
    stale: tuple[StaleWaiver, ...]
