"""The plan: the baseline, its controls, every job that differs from it in one choice, and every fault."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import hypothesis
import numpy as np
from hypothesis.errors import Unsatisfiable

import conformance
from conformance.data.files import part_count
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Hyperparameter, Manifest
from conformance.plan.choices import CHOICES, plain_values
from conformance.plan.collect import draw_one
from conformance.plan.faults import faulty_jobs
from conformance.plan.strategies import MATCHING_WORDS, Drawn, drawn
from conformance.values.job import Job
from conformance.values.plan import Plan


class PlanError(Exception):
    """No data can be drawn that fits the manifest. The message says what would help."""


def draw_plan(loaded: LoadedManifest, *, size: str, seed: int) -> Plan:
    """Return the jobs for a manifest: a pure function of the arguments and of the versions in ``Plan.basis``.

    Raises PlanError where chance finds no text that matches the pattern of a column.
    """
    manifest = loaded.manifest
    chance = _chance(loaded, seed)
    baseline = Job(plain_values(manifest), chance.data, plain_hyperparameters(manifest))
    repeated = replace(baseline, repeat=1)
    permuted = baseline.with_choices(row_order="permuted")
    jobs = [baseline, repeated, permuted, *_one_choice(baseline, manifest), *_faults(baseline, manifest, chance)]
    return Plan(tuple(dict.fromkeys(jobs)), repeated, permuted, _basis(loaded, size, seed))


def _chance(loaded: LoadedManifest, seed: int) -> Drawn:
    for matching in MATCHING_WORDS:
        with suppress(Unsatisfiable):
            return draw_one(drawn(loaded.manifest, matching), seed)
    patterns = [
        f"channels.{name}.columns ({column.name}) pattern {column.pattern!r}"
        for name, channel in loaded.manifest.channels.items()
        for column in channel.columns
        if column.pattern is not None
    ]
    raise PlanError(
        f"{loaded.location}: {'; '.join(patterns)}: no texts that match could be drawn; "
        "list values, give a sample, or write the pattern without look-aheads"
    )


def plain_hyperparameters(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the required hyperparameters at the low end of their tested range, as the strings of the platform."""
    return tuple((name, _as_text(declared)) for name, declared in manifest.hyperparameters.items() if declared.required)


def _as_text(declared: Hyperparameter) -> str:
    lowest = declared.tested[0]
    return str(lowest).lower() if declared.type == "boolean" else str(lowest)


def _values(manifest: Manifest, choice: str) -> tuple[str, ...]:
    return next(c for c in CHOICES if c.name == choice).values(manifest)


def _one_choice(baseline: Job, manifest: Manifest) -> Iterator[Job]:
    for environment in _values(manifest, "environment")[1:]:
        yield baseline.with_choices(environment=environment)
        if baseline["format"] == "csv":
            # No variable of ours at all, which is what a plain `docker run` gives.
            yield baseline.with_choices(environment=environment, format_variable="absent")
    for format_ in _values(manifest, "format"):
        other = baseline.with_choices(format=format_)
        yield other
        yield other.with_choices(format_variable="upper")
        if format_ == "csv":
            yield other.with_choices(format_variable="absent")
        yield other.with_choices(hazards="encoding")
    if max(part_count("several", data.rows) for data in baseline.data) > 1:
        yield baseline.with_choices(partition="several")
        yield baseline.with_choices(partition="nested")
    yield baseline.with_choices(mount="read-only")


def _faults(baseline: Job, manifest: Manifest, chance: Drawn) -> Iterator[Job]:
    return faulty_jobs(baseline, manifest, chance, _values(manifest, "format"))


def _basis(loaded: LoadedManifest, size: str, seed: int) -> tuple[tuple[str, str], ...]:
    return (
        ("manifest", loaded.sha256),
        ("targets", ",".join(loaded.manifest.algorithm.targets)),
        ("size", size),
        ("seed", str(seed)),
        ("training-container-conformance", conformance.__version__),
        ("hypothesis", hypothesis.__version__),
        ("python", platform.python_version()),
        ("numpy", np.__version__),
    )
