"""The plan: the baseline and its controls, jobs that are plain but for one value, combinations of values, faults."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from itertools import cycle, islice

import hypothesis
import numpy as np
from hypothesis.errors import Unsatisfiable

import conformance
from conformance.contract.choices import BY_NAME, CHOICES, Part, normalised
from conformance.manifest import LoadedManifest
from conformance.manifest.model import Manifest
from conformance.plan.canaries import canary_jobs
from conformance.plan.collect import draw_one
from conformance.plan.comparisons import compared_jobs, long_jobs
from conformance.plan.covering import Row, covering_rows, rows_of_each_value
from conformance.plan.faults import faulty_jobs, starved_jobs
from conformance.plan.feasible import feasible_values, plain_values, row_count
from conformance.plan.hosts import jobs_of_hosts
from conformance.plan.hyperparameters import (
    at_end,
    default_hyperparameters,
    hyperparameter_jobs,
    plain_hyperparameters,
)
from conformance.plan.stops import stopped_jobs
from conformance.plan.strategies import MATCHING_WORDS, Drawn, drawn
from conformance.values.job import Job
from conformance.values.plan import Plan

SMOKE_RUNS = 25
GATE_RUNS = 200
FULL_SEEDS = 5
# Readers of one format may well do otherwise than those of the other.
_IN_EVERY_FORMAT = frozenset(
    {"partition", "file-names", "markers", "hidden-files", "column-order", "extra-column", "null-like-text"}
)


class PlanError(Exception):
    """No data can be drawn that fits the manifest. The message says what would help."""


def draw_plan(loaded: LoadedManifest, *, size: str, seed: int) -> Plan:
    """Return the jobs for a manifest: a pure function of the arguments and of the versions in ``Plan.basis``.

    Raises PlanError where chance finds no text that matches the pattern of a column.
    """
    manifest = loaded.manifest
    chances = [_chance(loaded, seed + i) for i in range(FULL_SEEDS if size == "full" else 1)]
    chance = chances[0]
    baseline = Job(plain_values(manifest), chance.data, plain_hyperparameters(manifest))
    repeated = replace(baseline, repeat=1)
    permuted = baseline.with_choices(row_order="permuted")
    faults = list(faulty_jobs(baseline, manifest, chance, manifest.formats))
    first = [baseline, repeated, permuted]
    stops = list(stopped_jobs(baseline, manifest))
    match size:
        case "smoke":
            pairs = _most_telling_pairs(baseline, manifest)
            jobs = [*first, *pairs, *_combined(rows_of_each_value(factors(manifest)), baseline, manifest, chance)]
            jobs += stops[: min(1, SMOKE_RUNS - len(jobs))] if manifest.interrupt is not None else []
            jobs += _one_of_each_rule(faults)[: SMOKE_RUNS - len(jobs)]
        case "gate":
            single, rows = _covering(baseline, manifest)
            jobs = [*first, *stops, *single, *compared_jobs(baseline, loaded)]
            jobs += [*_combined(rows, baseline, manifest, chance), *faults]
            jobs += [*_hyperparameters(baseline, manifest, chance), *_easier(baseline)]
            jobs += jobs_of_hosts(baseline, manifest)
            jobs += canary_jobs(baseline, manifest, manifest.formats, faults)
            jobs += _tail(baseline, manifest, chance)[: max(0, GATE_RUNS - len(jobs))]
        case _:
            single, rows = _covering(baseline, manifest)
            jobs = [*first, *stops, *single, *compared_jobs(baseline, loaded), *_easier(baseline)]
            jobs += [*long_jobs(baseline, loaded), *starved_jobs(baseline, manifest)]
            jobs += [*_growing(baseline, manifest), *jobs_of_hosts(baseline, manifest)]
            for each in chances:
                jobs += _combined(rows, baseline, manifest, each)
                jobs += faulty_jobs(baseline, manifest, each, manifest.formats)
                jobs += _hyperparameters(baseline, manifest, each)
                jobs += canary_jobs(replace(baseline, data=each.data), manifest, manifest.formats, faults)
                jobs += _tail(baseline, manifest, each)
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


def factors(manifest: Manifest) -> Mapping[str, tuple[str, ...]]:
    """Return the values of each choice that stand in the covering array, the plain one first."""
    return {choice.name: feasible_values(choice, manifest, Part.ARRAY) for choice in CHOICES}


def _covering(baseline: Job, manifest: Manifest) -> tuple[list[Job], list[Row]]:
    """Return the jobs with one value each, and combinations of values; every feasible pair is in one or the other."""
    single = list(_single(baseline, manifest))
    return single, covering_rows(factors(manifest), [dict(job.choices) for job in single])


def _single(baseline: Job, manifest: Manifest) -> Iterator[Job]:
    """Yield the jobs that are plain but for one value, and for what that value needs to have an effect."""
    for choice in CHOICES:
        for value in feasible_values(choice, manifest, Part.ARRAY, Part.ALONE)[1:]:
            found = _with_value(baseline, manifest, choice.name, value)
            yield from found if choice.name in _IN_EVERY_FORMAT else islice(found, 1)
    if baseline["format"] == "csv":
        for form in feasible_values(BY_NAME["environment"], manifest, Part.ARRAY)[1:]:
            # No variable of ours at all, which is what a plain `docker run` gives.
            if form in ("sagemaker", "unset"):
                yield baseline.with_choices(environment=form, format_variable="absent")


def _with_value(baseline: Job, manifest: Manifest, choice: str, value: str) -> Iterator[Job]:
    """Yield the plain job with one more value in each format in which that has an effect, its own first."""
    plain = dict(baseline.choices)
    for format_ in dict.fromkeys((baseline["format"], *feasible_values(BY_NAME["format"], manifest, Part.ARRAY))):
        for partition in ("one", "several"):
            wanted = plain | {"format": format_, "partition": partition, choice: value}
            if normalised(wanted, plain) == wanted:
                yield _job(wanted, baseline, manifest)
                break


def _growing(baseline: Job, manifest: Manifest) -> Iterator[Job]:
    """Yield the plain job with more and more rows."""
    plain = dict(baseline.choices)
    for rows in feasible_values(BY_NAME["rows"], manifest, Part.CONTROL)[1:]:
        yield _job(plain | {"rows": rows}, baseline, manifest)


def _hyperparameters(baseline: Job, manifest: Manifest, chance: Drawn) -> Iterator[Job]:
    quoted = "json" in feasible_values(BY_NAME["hyperparameter-quoting"], manifest, Part.ARRAY)
    yield from hyperparameter_jobs(baseline, manifest, chance.seeds, quoted=quoted)


def _easier(baseline: Job) -> Iterator[Job]:
    """Yield the plain job with what it may lack and some platforms have, which is no reason to fail."""
    yield baseline.with_choices(shared_memory="large")
    yield baseline.with_choices(credentials="dummy")
    yield baseline.with_choices(owner="anyone")


def _most_telling_pairs(baseline: Job, manifest: Manifest) -> list[Job]:
    """Return the few comparisons that fit into the smallest plan: the other format, and several files."""
    other = feasible_values(BY_NAME["format"], manifest, Part.ARRAY)[1:]
    several = feasible_values(BY_NAME["partition"], manifest, Part.ARRAY)[1:2]
    return [
        *(baseline.with_choices(format=value) for value in other),
        *(baseline.with_choices(partition=value) for value in several),
    ]


def _combined(rows: Iterable[Row], baseline: Job, manifest: Manifest, chance: Drawn) -> list[Job]:
    """Return a job for each combination of values, with rows of its own."""
    drawn_sets = cycle(chance.hyperparameters)
    return [
        _job(row, baseline, manifest, seed=seed, drawn_set=next(drawn_sets))
        for row, seed in zip(rows, cycle(chance.seeds), strict=False)
    ]


def _tail(baseline: Job, manifest: Manifest, chance: Drawn) -> list[Job]:
    """Return jobs in which chance picks every value."""
    of_choices = factors(manifest)
    plain = dict(baseline.choices)
    rows = [
        normalised(
            {name: values[n % len(values)] for (name, values), n in zip(of_choices.items(), picks, strict=True)}, plain
        )
        for picks in chance.tail
    ]
    return _combined(rows, baseline, manifest, chance)


def _job(
    row: Mapping[str, str],
    baseline: Job,
    manifest: Manifest,
    *,
    seed: int | None = None,
    drawn_set: tuple[tuple[str, str], ...] = (),
) -> Job:
    data = tuple(
        replace(
            recipe,
            rows=row_count(manifest.channels[recipe.channel], row["rows"]),
            # Each channel's own, as two channels of the same rows would hide which one was read.
            seed=recipe.seed if seed is None else (seed + i) % 2**32,
        )
        for i, recipe in enumerate(baseline.data)
    )
    given = {
        "plain": baseline.hyperparameters,
        "low": at_end(manifest, 0),
        "high": at_end(manifest, -1),
        "drawn": drawn_set,
        "default": default_hyperparameters(manifest),
    }
    choices = {name: row.get(name, value) for name, value in baseline.choices}
    if choices["hyperparameters"] == "drawn" and not drawn_set:
        choices["hyperparameters"] = "high"
    return Job(tuple(choices.items()), data, given[choices["hyperparameters"]])


def _one_of_each_rule(faults: Iterable[Job]) -> list[Job]:
    """Return the faults in such an order that those of different rules come first."""
    of_rule: dict[str, list[Job]] = {}
    for job in faults:
        of_rule.setdefault(job.fault.rule if job.fault is not None else "", []).append(job)
    longest = max(map(len, of_rule.values()), default=0)
    return [jobs[i] for i in range(longest) for jobs in of_rule.values() if i < len(jobs)]


def _basis(loaded: LoadedManifest, size: str, seed: int) -> tuple[tuple[str, str], ...]:
    return (
        ("manifest", loaded.sha256),
        ("targets", ",".join(loaded.manifest.algorithm.targets)),
        ("size", size),
        ("seed", str(seed)),
        ("training-container-conformance", conformance.__version__),
        ("hypothesis", hypothesis.__version__),
        ("allpairspy", version("allpairspy")),
        ("python", platform.python_version()),
        ("numpy", np.__version__),
    )
