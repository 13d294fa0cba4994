"""Rules on the log."""

from __future__ import annotations

from conformance.judge.looks import runs, valid
from conformance.judge.rule import MUST, rule
from conformance.judge.violation import Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.run import Run


def _has_metric(manifest: Manifest) -> str | None:
    return None if manifest.container.metrics else "declare [[container.metrics]]"


def _shows_metrics(job: Job) -> bool:
    # What is learned from degenerate rows may well be no number.
    return valid(job) and job["degenerate"] == "none" and job["optional-channels"] == "present"


@rule(
    "logs.metrics",
    MUST,
    "M2",
    looks_at=runs(_shows_metrics, when=lambda run: run.trains),
    applies=_has_metric,
    hint="print each metric on a line of its own, in plain digits, to stdout or stderr",
)
def every_metric_is_logged(run: Run) -> None:
    """In runs that train with every declared channel each metric's regex matches, and its first group is a number."""
    for seen in run.metrics:
        if seen.matches == 0:
            raise Violation(f"no line of the log matches the regex of {seen.metric.name}, {seen.metric.regex!r}")
        if seen.not_a_number is not None:
            raise Violation(f"the regex of {seen.metric.name} matches, but {seen.not_a_number[:60]!r} is no number")
