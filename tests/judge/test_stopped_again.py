"""What is made sure of with another stop, and what the end of a job that was stopped says of the signal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.judge import RULES
from conformance.values.artifacts import Tree
from conformance.values.job import Job
from conformance.values.run import EngineFault, Run, Signal
from conformance.values.verdict import Outcome
from tests.judge.evidence import MODEL, Behaviour, Change, evidence, judged, loaded, plan_of
from tests.judge.test_stop import CLOCK, INTERRUPTED, KILLED, LINE, stopped

KILLED_LATER = replace(KILLED, sent_s=4.0)


def ending(**signals: Signal | None) -> Behaviour:
    """An image whose stopped jobs end as is said of each time, each time."""

    def behaviour(job: Job) -> Change | None:
        return (lambda run: stopped(run, signals[job.stop], 3, 2, MODEL)) if job.stop in signals else None

    return behaviour


def test_a_job_that_ended_before_the_later_signal_does_not_heed_the_earlier_one() -> None:
    result = judged("stop.sigterm", ending(middle=KILLED, later=None), INTERRUPTED)
    assert result.outcome is Outcome.FAILED
    assert result.counterexample is not None
    assert result.counterexample.runs[0].job.stop == "middle"


def test_a_signal_that_is_ignored_once_is_chance_where_the_later_one_comes_too_late() -> None:
    def behaviour(job: Job) -> Change | None:
        signal = {"middle": LINE if job.repeat else KILLED, "later": None}.get(job.stop, LINE)
        return (lambda run: stopped(run, signal, 3, 2, MODEL)) if job.stop else None

    assert judged("stop.sigterm", behaviour, INTERRUPTED).outcome is Outcome.PASSED


def test_a_job_that_is_never_stopped_again_says_nothing() -> None:
    def behaviour(job: Job) -> Change | None:
        signal = KILLED if job.stop == "middle" and not job.repeat else None
        return (lambda run: stopped(run, signal, 3, 2, MODEL)) if job.stop else None

    result = judged("stop.sigterm", behaviour, INTERRUPTED)
    assert (result.outcome, result.observations) == (Outcome.NOT_APPLICABLE, 0)
    assert "declare [interrupt]" in (result.reason or "")


def test_another_stop_that_says_nothing_is_not_taken_for_a_model() -> None:
    def behaviour(job: Job) -> Change | None:
        signal = KILLED_LATER if job.stop == "later" else LINE
        return (lambda run: stopped(run, signal, 3, 2, Tree())) if job.stop else None

    result = judged("stop.saves-model", behaviour, INTERRUPTED)
    assert (result.outcome, result.observations) == (Outcome.NOT_APPLICABLE, 0)


def failing_engine(run: Run) -> EngineFault:
    return EngineFault(run.job, "no space left on device")


@pytest.mark.parametrize("stop", ["later", "early"])
def test_an_engine_that_fails_says_nothing_of_another_stop(stop: str) -> None:
    broken = "early" if stop == "early" else "middle"

    def behaviour(job: Job) -> Change | None:
        if job.stop == stop and (job.repeat or stop == "later"):
            return failing_engine
        return ending(**{broken: KILLED})(job)

    result = judged("stop.early" if stop == "early" else "stop.sigterm", behaviour, INTERRUPTED)
    assert (result.outcome, result.reason) == (Outcome.ERROR, "no space left on device")


def test_a_buffer_is_found_where_the_job_is_over_before_it_is_stopped_later() -> None:
    def behaviour(job: Job) -> Change | None:
        signal = CLOCK if job.stop == "middle" else None
        return (lambda run: stopped(run, signal, 0, 5, MODEL)) if job.stop else None

    assert judged("logs.unbuffered", behaviour, INTERRUPTED).outcome is Outcome.FAILED


def stopping(first_s: float, end_s: Callable[[float], float], slip_s: float = 0.0) -> Behaviour:
    """An image that is sent SIGTERM after ``first_s`` seconds, or twice that, and ends, with a model, when ``end_s``
    says for that moment; the first of its runs takes ``slip_s`` more."""

    def behaviour(job: Job) -> Change | None:
        if job.stop not in ("middle", "later"):
            return None
        sent_s = first_s * (2 if job.stop == "later" else 1)
        ended_s = end_s(sent_s) + slip_s * (job.stop == "middle")
        killed = ended_s > sent_s + 130
        ended_s = min(ended_s, sent_s + 130)
        signal = Signal(sent_s, by_line=True, ended_after_s=ended_s - sent_s, killed=killed)
        exit_code = None if killed else 0
        if ended_s < sent_s:
            return lambda run: replace(run, signal=None, container_s=ended_s)
        return lambda run: replace(run, signal=signal, container_s=ended_s, exit_code=exit_code)

    return behaviour


@pytest.mark.parametrize("rule", ["stop.sigterm", "stop.saves-model"])
@pytest.mark.parametrize(
    ("first_s", "end_s", "slip_s"),
    [
        (2.0, lambda _sent_s: 30.0, 0.0),
        (0.4, lambda _sent_s: 30.0, -0.5),
        (12.0, lambda _sent_s: 30.0, -2.0),
        (12.0, lambda _sent_s: 30.0, 2.0),
        # Ended before it could be stopped later.
        (20.0, lambda _sent_s: 30.0, 0.0),
    ],
)
def test_an_end_that_does_not_move_with_the_signal_says_nothing(
    rule: str, first_s: float, end_s: Callable[[float], float], slip_s: float
) -> None:
    result = judged(rule, stopping(first_s, end_s, slip_s), INTERRUPTED)
    assert (result.outcome, result.observations) == (Outcome.NOT_APPLICABLE, 0)
    assert "declare [interrupt] with hyperparameters that make it longer" in (result.reason or "")


@pytest.mark.parametrize("rule", ["stop.sigterm", "stop.saves-model"])
@pytest.mark.parametrize(
    ("first_s", "end_s", "slip_s"),
    [
        # At once, but a busy machine stood still.
        (2.0, lambda sent_s: sent_s + 0.3, 4.0),
        (0.3, lambda sent_s: sent_s + 0.3, 20.0),
        # Saves for a while.
        (4.0, lambda sent_s: sent_s + 20, 0.0),
        (10.0, lambda sent_s: sent_s + 60, 3.0),
        # Finishes its epoch.
        (12.0, lambda sent_s: math.ceil(sent_s / 10) * 10.0, 0.0),
    ],
)
def test_an_end_that_moves_with_the_signal_is_an_answer_to_it(
    rule: str, first_s: float, end_s: Callable[[float], float], slip_s: float
) -> None:
    result = judged(rule, stopping(first_s, end_s, slip_s), INTERRUPTED)
    assert (result.outcome, result.observations) == (Outcome.PASSED, 3)


def test_one_end_that_does_not_move_with_the_signal_is_enough_to_doubt_the_others() -> None:
    plain = plan_of(loaded(INTERRUPTED)).baseline["format"]

    def behaviour(job: Job) -> Change | None:
        return stopping(2.0, lambda sent_s: 30.0 if job["format"] == plain else sent_s + 20)(job)

    assert judged("stop.sigterm", behaviour, INTERRUPTED).outcome is Outcome.NOT_APPLICABLE


def test_a_job_that_goes_on_until_it_is_killed_breaks_the_rule() -> None:
    assert judged("stop.sigterm", stopping(2.0, lambda _sent_s: 1000.0), INTERRUPTED).outcome is Outcome.FAILED


def test_a_job_that_ends_by_itself_before_it_is_killed_a_second_time_keeps_nothing() -> None:
    result = judged("stop.sigterm", stopping(20.0, lambda _sent_s: 155.0), INTERRUPTED)
    assert (result.outcome, result.observations) == (Outcome.NOT_APPLICABLE, 0)


def without_model(result: Run | EngineFault) -> Run | EngineFault:
    return replace(result, model=Tree()) if isinstance(result, Run) else result


def test_no_model_behind_a_slow_end_is_seen_again() -> None:
    def behaviour(job: Job) -> Change | None:
        change = stopping(4.0, lambda sent_s: sent_s + 20)(job)
        return None if change is None else lambda run: without_model(change(run))

    assert judged("stop.saves-model", behaviour, INTERRUPTED).outcome is Outcome.WARNED


def test_one_stop_is_looked_at_beside_another_only_where_it_may_have_been_missed() -> None:
    rule, subject = RULES["stop.sigterm"], evidence(text=INTERRUPTED).subject
    job = next(job for job in plan_of(loaded(INTERRUPTED)).jobs if job.stop == "middle")
    run = Run(job, 0, signal=Signal(2.0, ended_after_s=28), container_s=30)
    assert rule.looks_at.further((run,), subject) == (replace(job, stop="later"),)
    for signal in (None, LINE, KILLED):
        assert rule.looks_at.further((replace(run, signal=signal),), subject) == ()
