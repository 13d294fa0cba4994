"""What the rules say of stopped jobs, and what others must not say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from conformance.judge import RULES
from conformance.judge.evidence import Evidence
from conformance.judge.judging import judge
from conformance.judge.search import NeedsRuns
from conformance.values.artifacts import Entry, Tree
from conformance.values.job import Job
from conformance.values.run import Log, MetricSeen, Run, Signal
from conformance.values.verdict import Level, Outcome, RuleResult
from tests.judge.evidence import MANIFEST, MODEL, Change, evidence, judged

INTERRUPTED = MANIFEST + b'\n[interrupt]\nhyperparameters = { epochs = "1000000" }\n'
KILLED = Signal(2.0, ended_after_s=130, killed=True)
LINE = Signal(2.0, by_line=True, ended_after_s=1)
CLOCK = Signal(4.0, ended_after_s=1)
ABOUT_STOPS = ("stop.sigterm", "stop.saves-model", "stop.early", "logs.unbuffered")

Ends = Mapping[str, Signal | None]


def stopped(run: Run, signal: Signal | None, before: int, after: int, model: Tree) -> Run:
    """What came of a job that was stopped: how often each metric was in the log, before and in the end."""
    seen = tuple(replace(each, matches=before + after) for each in run.metrics)
    if signal is None:
        return replace(run, signal=None, container_s=0.3)
    told = replace(signal, metrics=tuple(replace(each, matches=before) for each in run.metrics))
    return replace(run, signal=told, metrics=seen, model=model, exit_code=None if signal.killed else 0)


def known(ends: Ends, *, before: int = 3, after: int = 2, model: Tree = MODEL) -> Evidence:
    """The evidence of a conforming image whose stopped jobs end as is said of each time."""
    found = evidence(text=INTERRUPTED)
    stops = {job: found.results[job.digest] for job in found.plan.jobs if job.stop}
    results = {
        job.digest: stopped(run, ends.get(job.stop, LINE), before, after, model)
        for job, run in stops.items()
        if isinstance(run, Run)
    }
    return replace(found, results={**found.results, **results})


def said(rule_id: str, found: Evidence) -> RuleResult:
    return judge(RULES[rule_id], found, Level.SHOULD)


def test_a_conforming_image_keeps_all() -> None:
    for rule_id in ABOUT_STOPS:
        assert said(rule_id, known({})).outcome is Outcome.PASSED


def test_a_signal_that_is_ignored_in_the_middle_and_later() -> None:
    result = said("stop.sigterm", known({"middle": KILLED, "later": KILLED}))
    assert result.outcome is Outcome.FAILED
    assert result.counterexample is not None
    assert result.counterexample.differences == ("SIGTERM is sent in the middle of training",)
    assert [run.job.stop for run in result.counterexample.runs] == ["middle", ""]
    assert said("stop.early", known({"middle": KILLED, "later": KILLED})).outcome is Outcome.PASSED
    # Whether it would have saved a model is not known of a job that did not end.
    assert said("stop.saves-model", known({"middle": KILLED, "later": KILLED})).outcome is Outcome.NOT_APPLICABLE


def test_a_signal_that_came_before_training_is_not_confirmed_later() -> None:
    found = known({"middle": KILLED})
    with pytest.raises(NeedsRuns) as needs:
        said("stop.sigterm", found)
    (later,) = needs.value.jobs
    assert (later.stop, later["format"]) == ("later", "parquet")
    ended = stopped(replace(run_of(found, "later"), job=later), LINE, 3, 2, MODEL)
    result = said("stop.sigterm", replace(found, results={**found.results, later.digest: ended}))
    assert (result.outcome, result.observations, result.flake) == (Outcome.PASSED, 3, None)


def run_of(found: Evidence, stop: str) -> Run:
    run = next(found.results[job.digest] for job in found.plan.jobs if job.stop == stop)
    assert isinstance(run, Run)
    return run


def test_an_early_signal_that_is_ignored_only_warns() -> None:
    found = known({"early": KILLED})
    with pytest.raises(NeedsRuns) as needs:
        said("stop.early", found)
    again = {job.digest: replace(run_of(found, "early"), job=job) for job in needs.value.jobs}
    assert said("stop.early", replace(found, results={**found.results, **again})).outcome is Outcome.WARNED
    assert said("stop.sigterm", found).outcome is Outcome.PASSED


def test_an_early_signal_that_is_ignored_once_is_chance() -> None:
    found = known({"early": KILLED})
    (again,) = (replace(job, repeat=10) for job in found.plan.jobs if job.stop == "early")
    ended = stopped(replace(run_of(found, "early"), job=again), LINE, 3, 2, MODEL)
    result = said("stop.early", replace(found, results={**found.results, again.digest: ended}))
    assert (result.outcome, result.flake) == (Outcome.PASSED, None)


@pytest.mark.parametrize("left", [Tree(), Tree((Entry("model.json", "file", 0, b""),))])
def test_a_stopped_job_without_a_model(left: Tree) -> None:
    found = known({}, model=left)
    assert said("stop.saves-model", found).outcome is Outcome.WARNED
    for rule_id in ("stop.sigterm", "artifacts.model", "artifacts.same-outcome", "ingestion.csv"):
        assert said(rule_id, found).outcome is Outcome.PASSED


def test_a_job_that_ends_too_soon_says_what_to_declare() -> None:
    found = known({"early": None, "middle": None, "later": None})
    for rule_id in ABOUT_STOPS:
        result = said(rule_id, found)
        assert result.outcome is Outcome.NOT_APPLICABLE
        assert "declare [interrupt]" in (result.reason or "")


def test_without_interrupt_it_says_what_to_declare() -> None:
    for rule_id in ("stop.sigterm", "stop.saves-model", "logs.unbuffered"):
        result = said(rule_id, evidence())
        assert result.outcome is Outcome.NOT_APPLICABLE
        assert "declare [interrupt]" in (result.reason or "")


@pytest.mark.parametrize(
    ("stop", "signal", "before", "after", "expected"),
    [
        ("middle", CLOCK, 0, 5, Outcome.FAILED),
        ("middle", CLOCK, 1, 4, Outcome.PASSED),
        ("middle", LINE, 1, 1, Outcome.PASSED),
        # The line that [interrupt] after matches need not come with a metric.
        ("middle", LINE, 0, 5, Outcome.NOT_APPLICABLE),
        # But at twice the time there was time for more than the plain job logs,
        ("later", LINE, 0, 5, Outcome.FAILED),
        ("later", LINE, 1, 4, Outcome.PASSED),
        ("later", CLOCK, 0, 5, Outcome.FAILED),
        # if there was more: it may all come with the end of one long epoch.
        ("later", LINE, 0, 3, Outcome.NOT_APPLICABLE),
        ("later", LINE, 0, 2, Outcome.NOT_APPLICABLE),
        # One line behind the signal may well be the first that there was to log.
        ("middle", CLOCK, 0, 1, Outcome.NOT_APPLICABLE),
        ("middle", CLOCK, 0, 0, Outcome.NOT_APPLICABLE),
    ],
)
def test_what_was_in_the_log_before_the_signal(
    stop: str, signal: Signal, before: int, after: int, expected: Outcome
) -> None:
    def behaviour(job: Job) -> Change | None:
        if job.stop in ("middle", "later"):
            return lambda run: stopped(run, signal if job.stop == stop else None, before, after, MODEL)
        return with_matches(3) if job.fault is None else None

    assert judged("logs.unbuffered", behaviour, INTERRUPTED).outcome is expected


def with_matches(times: int) -> Change:
    return lambda run: replace(run, metrics=tuple(replace(each, matches=times) for each in run.metrics))


@pytest.mark.parametrize(
    ("in_the_end", "expected"), [(1, Outcome.FAILED), (2, Outcome.NOT_APPLICABLE), (10, Outcome.FAILED)]
)
def test_a_result_that_is_told_twice_is_no_metric_that_repeats(in_the_end: int, expected: Outcome) -> None:
    found = known({"middle": CLOCK, "later": CLOCK}, before=0, after=2)
    plain = found.results[found.plan.baseline.digest]
    assert isinstance(plain, Run)
    told = replace(plain, metrics=tuple(replace(each, matches=in_the_end) for each in plain.metrics))
    found = replace(found, results={**found.results, plain.job.digest: told})
    assert said("logs.unbuffered", found).outcome is expected


def test_a_first_metric_that_comes_late_is_not_taken_for_a_buffer() -> None:
    found = known({"middle": CLOCK, "later": CLOCK}, before=0)
    late = run_of(found, "later")
    assert late.signal is not None
    in_time = replace(late, signal=replace(late.signal, metrics=late.metrics))
    other = next(job for job in found.plan.jobs if job.stop == "middle" and job["format"] == "parquet")
    later = replace(other, stop="later")
    results = {**found.results, late.job.digest: in_time, later.digest: replace(in_time, job=later)}
    assert said("logs.unbuffered", replace(found, results=results)).outcome is Outcome.PASSED


def silent(run: Run) -> Run:
    return replace(run, stdout=Log(), stderr=Log())


def spoke(found: Evidence) -> Evidence:
    results = {
        digest: replace(run, stdout=Log("line\n", 5)) if isinstance(run, Run) else run
        for digest, run in found.results.items()
    }
    return replace(found, results=results)


def with_silent(found: Evidence, job: Job) -> Evidence:
    run = found.results[job.digest]
    assert isinstance(run, Run)
    confirming = {again.digest: replace(silent(run), job=again) for again in (replace(job, repeat=10),)}
    return replace(found, results={**found.results, job.digest: silent(run), **confirming})


def test_something_is_logged_on_success_and_on_failure() -> None:
    found = spoke(known({}))
    assert said("logs.stdio", found).outcome is Outcome.PASSED
    faulty = next(job for job in found.plan.jobs if job.fault is not None)
    assert said("logs.stdio", with_silent(found, faulty)).outcome is Outcome.FAILED
    assert said("logs.stdio", with_silent(found, found.plan.baseline)).outcome is Outcome.FAILED
    early = next(job for job in found.plan.jobs if job.stop == "early")
    assert said("logs.stdio", with_silent(found, early)).outcome is Outcome.PASSED


def test_a_killed_job_need_not_have_logged() -> None:
    found = spoke(known({}))
    faulty = next(job for job in found.plan.jobs if job.fault is not None)
    dead = Run(faulty, None, timed_out=True)
    assert said("logs.stdio", replace(found, results={**found.results, faulty.digest: dead})).outcome is Outcome.PASSED


def test_metrics_are_asked_for_where_every_declared_channel_is_there() -> None:
    found = known({})
    without = found.plan.baseline.with_choices(optional_channels="absent")
    unseen = tuple(MetricSeen(seen.metric) for seen in run_of(found, "").metrics)
    run = Run(without, 0, model=MODEL, metrics=unseen)
    plan = replace(found.plan, jobs=(*found.plan.jobs, without))
    assert said("logs.metrics", replace(found, plan=plan, results={**found.results, without.digest: run})).outcome is (
        Outcome.PASSED
    )
