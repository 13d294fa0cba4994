"""Rules on the log."""

from __future__ import annotations

import operator

from conformance.judge.looks import beside_the_plain_job, not_stopped, runs, stopped, valid
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.stop import can_be_stopped, signal_to
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.run import Run


def _has_metric(manifest: Manifest) -> str | None:
    return None if manifest.container.metrics else "declare [[container.metrics]]"


def _has_metric_and_can_be_stopped(manifest: Manifest) -> str | None:
    return _has_metric(manifest) or can_be_stopped(manifest)


def _shows_metrics(job: Job) -> bool:
    # What is learned from degenerate rows may well be no number.
    return valid(job) and job["degenerate"] == "none" and job["optional-channels"] == "present"


def _ended_by_itself(run: Run) -> bool:
    return run.fails or run.exit_code == 0


@rule(
    "logs.stdio",
    SHOULD,
    "M1",
    looks_at=runs(not_stopped, when=_ended_by_itself),
    hint="log to stdout or stderr, not to a file, and say there too why a job fails",
)
def every_job_logs(run: Run) -> None:
    """Something is written to stdout or stderr, on success and on failure."""
    if run.stdout.size_bytes + run.stderr.size_bytes == 0:
        why = f" ({run.job.fault.sentence})" if run.job.fault is not None else ""
        raise Violation(f"the job {run.ending}{why}, and nothing came on stdout or stderr")


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
        if seen.too_slow:
            raise Violation(
                f"to search the log for the regex of {seen.metric.name}, {seen.metric.regex!r}, takes too long; let no "
                "part of it repeat what repeats already"
            )
        if seen.matches == 0 and seen.cut:
            raise Unobservable(
                f"the log is so long that its beginning may be lost, and what is left of it does not show "
                f"{seen.metric.name}; log less"
            )
        if seen.matches == 0:
            raise Violation(f"no line of the log matches the regex of {seen.metric.name}, {seen.metric.regex!r}")
        if seen.not_a_number is not None:
            raise Violation(f"the regex of {seen.metric.name} matches, but {seen.not_a_number[:60]!r} is no number")


@rule(
    "logs.unbuffered",
    SHOULD,
    "M3",
    looks_at=beside_the_plain_job(stopped("middle", "later")),
    applies=_has_metric_and_can_be_stopped,
    hint="set PYTHONUNBUFFERED=1, or print(..., flush=True), and log each metric when it is known",
)
def metrics_are_logged_as_they_come(pair: tuple[Run, Run]) -> None:
    """In a stopped run, a metric that repeats is in the log before SIGTERM is sent."""
    run, plain = pair
    signal = signal_to(run)
    repeating = [seen for seen in run.metrics if seen.matches > 1]
    if not repeating:
        raise Unobservable(
            "no metric came more than once in a job that was stopped; declare a metric that is logged again and again"
        )
    before = {seen.metric.name for seen in signal.metrics if seen.matches}
    if any(seen.metric.name in before for seen in repeating):
        return
    if signal.by_line and run.job.stop == "middle":
        # The signal came with the line, so there was no time for a metric behind it.
        raise Unobservable(
            "no metric came before the line that [interrupt] after matches; let it match one that comes with a metric"
        )
    in_the_end = {seen.metric.name: seen.matches for seen in plain.metrics}
    # Several lines may tell one result, on training and validation rows, and all come when it is known. By the clock
    # there was time for all of the plain job; behind a line there may have been too little for a first result, which
    # then comes behind the signal, but never with more lines than all results of the plain job.
    held_back = operator.gt if signal.by_line else operator.ne
    repeating = [seen for seen in repeating if held_back(seen.matches, in_the_end.get(seen.metric.name, 0))]
    if not repeating:
        raise Unobservable(
            "metrics came no more often in a job that was stopped than in the plain one, so none may have been held "
            "back"
        )
    names = ", ".join(f"{seen.metric.name} {seen.matches} times" for seen in repeating)
    raise Violation(
        f"no metric that repeats was in the log when SIGTERM was sent, {signal.sent_s:.1f} s after the start; "
        f"after it came {names}",
        run=run,
    )
