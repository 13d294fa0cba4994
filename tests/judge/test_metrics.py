"""What is said of metrics where the beginning of a log may be lost."""

from __future__ import annotations

from dataclasses import replace

from conformance.values.job import Job
from conformance.values.run import Run
from conformance.values.verdict import Outcome
from tests.judge.evidence import Change, judged


def unseen(run: Run, *, cut: bool) -> Run:
    return replace(run, metrics=tuple(replace(each, matches=0, value=None, cut=cut) for each in run.metrics))


def test_a_metric_that_came_first_may_be_lost() -> None:
    def behaviour(job: Job) -> Change | None:
        return lambda run: unseen(run, cut=True)

    assert judged("logs.metrics", behaviour).outcome is Outcome.NOT_APPLICABLE


def test_a_metric_that_is_missing_in_a_log_that_is_whole_was_never_logged() -> None:
    def behaviour(job: Job) -> Change | None:
        return lambda run: unseen(run, cut=job["format"] == "csv")

    assert judged("logs.metrics", behaviour).outcome is Outcome.FAILED
