"""The hyperparameters of jobs, and the jobs in which they differ on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.manifest.model import Manifest
from conformance.plan.strategies import as_text
from conformance.values.job import Job

Given = tuple[tuple[str, str], ...]
"""Hyperparameters by name, as the strings of the platform."""


def plain_hyperparameters(manifest: Manifest) -> Given:
    """Return the required hyperparameters at the low end of their tested range."""
    lows = dict(at_end(manifest, 0))
    return tuple((name, lows[name]) for name, declared in manifest.hyperparameters.items() if declared.required)


def at_end(manifest: Manifest, end: int) -> Given:
    """Return all hyperparameters at one end of their tested range: 0 the low one, -1 the high one."""
    return tuple((name, as_text(declared.tested[end])) for name, declared in manifest.hyperparameters.items())


def default_hyperparameters(manifest: Manifest) -> Given:
    """Return the hyperparameters that have a declared default at that, beside the required ones."""
    lows = dict(plain_hyperparameters(manifest))
    return tuple(
        (name, lows[name] if name in lows else as_text(declared.default))
        for name, declared in manifest.hyperparameters.items()
        if name in lows or declared.default is not None
    )


def hyperparameter_jobs(baseline: Job, manifest: Manifest, seeds: Sequence[int], *, quoted: bool) -> Iterator[Job]:
    """Yield the jobs that show which hyperparameters are used, and those with unknown ones beside known ones.

    ``quoted`` says that there are those with values in quotes, too.
    """
    yield from _jobs_that_show_use(baseline, manifest, seeds)
    for value, given in (
        (("low", at_end(manifest, 0)), ("high", at_end(manifest, -1))) if manifest.hyperparameters else ()
    ):
        plain = replace(baseline.with_choices(hyperparameters=value), hyperparameters=given)
        yield plain
        if quoted:
            yield plain.with_choices(hyperparameter_quoting="json")
        # Beside values that are no defaults, or it would not show that these are taken instead.
        yield plain.with_choices(unknown_hyperparameters="some" if value == "low" else "many")


def _jobs_that_show_use(baseline: Job, manifest: Manifest, seeds: Sequence[int]) -> Iterator[Job]:
    """Yield for each observable hyperparameter three pairs of jobs that are equal but for its value.

    What it does may not show beside some values of others, or on some rows; so each pair has its own.
    """
    observable = [name for name, declared in manifest.hyperparameters.items() if declared.observable]
    if not observable:
        return
    low, high = dict(at_end(manifest, 0)), dict(at_end(manifest, -1))
    surroundings = (low | dict(default_hyperparameters(manifest)), low, high)
    for number, (values, seed) in enumerate(zip(surroundings, seeds, strict=False)):
        drawn = baseline.with_choices(hyperparameters="drawn")
        if number:
            drawn = replace(drawn, data=tuple(replace(d, seed=(seed + i) % 2**32) for i, d in enumerate(drawn.data)))
        yield replace(drawn, hyperparameters=tuple(values.items()))
        for name in observable:
            other = low[name] if values[name] == high[name] else high[name]
            yield replace(drawn, hyperparameters=tuple((values | {name: other}).items()))
