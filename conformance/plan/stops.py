"""The jobs that are stopped: in the middle of training, a while after that, and before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.choices import BY_NAME, Part
from conformance.manifest.model import Manifest
from conformance.plan.feasible import feasible_values
from conformance.values.job import Job, StopTime


def stopped_jobs(baseline: Job, manifest: Manifest) -> Iterator[Job]:
    """Yield the jobs that are stopped, the most telling first.

    Each has the hyperparameters that the manifest gives to make a job long. Without those only the early stop is
    drawn: there is no knowing that any other one comes in the middle of training.
    """
    if manifest.interrupt is not None:
        yield _stopped(baseline, manifest, "middle")
        yield _stopped(baseline, manifest, "later")
        yield _stopped(_other(baseline, manifest), manifest, "middle")
    yield _stopped(baseline, manifest, "early")


def _stopped(job: Job, manifest: Manifest, stop: StopTime) -> Job:
    given = manifest.interrupt.hyperparameters if manifest.interrupt is not None else {}
    return replace(job, hyperparameters=tuple((dict(job.hyperparameters) | given).items()), stop=stop)


def _other(baseline: Job, manifest: Manifest) -> Job:
    """Return a plain job with other rows: in the other format or, with only one, in several files."""
    seeds = tuple(replace(recipe, seed=(recipe.seed + 1) % 2**32) for recipe in baseline.data)
    other = replace(baseline, data=seeds)
    for name in ("format", "partition"):
        for value in feasible_values(BY_NAME[name], manifest, Part.ARRAY)[1:]:
            return other.with_choices(**{name: value})
    return other
