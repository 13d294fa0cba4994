"""What is said of an image whose jobs, or whose metrics, do not always come out the same."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from conformance.judge.ownership import SAME_OUTCOME
from conformance.judge.selection import among
from conformance.values.job import Job
from conformance.values.run import Run
from conformance.values.verdict import Flake, Level, Outcome, RuleResult, Why
from tests.judge.evidence import (
    MANIFEST,
    Behaviour,
    Change,
    conforming,
    evidence,
    failing,
    judged,
    loaded,
    plan_of,
    with_metric,
)

PLAN = plan_of(loaded())
GZIP = [job for job in PLAN.jobs if job["codec"] == "gzip" and job.fault is None]
_FIRST = MANIFEST.index(b"[[container.metrics]]")
LOSS_ALONE = MANIFEST[:_FIRST] + MANIFEST[MANIFEST.index(b"[[container.metrics]]", _FIRST + 1) :]
COMPARING = ("ingestion.formats-agree", "ingestion.noise", "config.shapes", "environment.forms-agree", "channels.extra")


def no_gzip(job: Job) -> Change | None:
    return (lambda run: failing(run.job, "no gzip")) if job["codec"] == "gzip" and job.fault is None else None


def flakes(count: int) -> list[Flake]:
    """So many jobs that failed once, as other rules have seen them."""
    jobs = [job for job in PLAN.jobs if job.fault is None and not job.stop and job not in GZIP][1 : count + 1]
    return [
        Flake("…", (failing(job, "a race"), conforming(replace(job, repeat=10), loaded().manifest)), Level.MUST)
        for job in jobs
    ]


def test_what_always_fails_is_told_though_something_else_failed_once() -> None:
    assert judged("ingestion.parquet", no_gzip).outcome is Outcome.FAILED
    assert judged("ingestion.parquet", no_gzip, flakes=flakes(1)).outcome is Outcome.FAILED
    # Several rules may have seen one job.
    assert judged("ingestion.parquet", no_gzip, flakes=flakes(1) * 9).outcome is Outcome.FAILED


def test_no_rule_is_passed_while_jobs_fail_of_which_nothing_is_known() -> None:
    result = judged("ingestion.parquet", no_gzip, flakes=flakes(9))
    assert (result.outcome, result.see) == (Outcome.NOT_JUDGED, SAME_OUTCOME)
    assert judged("ingestion.csv", no_gzip, flakes=flakes(9)).outcome is Outcome.PASSED


@pytest.mark.parametrize("salt", range(5))
def test_an_image_that_fails_one_time_in_three_is_blamed_for_nothing_else(salt: int) -> None:
    def now_and_then(job: Job) -> Change | None:
        fails = random.Random(f"{salt} {job.digest}").random() < 1 / 3
        plain = replace(job, repeat=0) == PLAN.baseline
        return (lambda run: failing(run.job, "by chance")) if fails and job.fault is None and not plain else None

    for rule in ("ingestion.csv", "ingestion.parquet", "channels.read-only", "config.strings"):
        result = judged(rule, now_and_then)
        assert result.outcome in (Outcome.PASSED, Outcome.NOT_JUDGED), (rule, result.message)
        assert judged(rule, now_and_then, flakes=flakes(9)).outcome in (Outcome.PASSED, Outcome.NOT_JUDGED)


def accuracy(salt: int, rows: int) -> Behaviour:
    """The accuracy on a few rows that are set aside anew in each run, which two runs happen to agree in."""

    def other(job: Job) -> Change | None:
        same = job in (PLAN.baseline, PLAN.repeated)
        chance = random.Random(f"{salt}" if same else f"{salt} {job.digest}")
        return with_metric("loss", sum(chance.random() < 0.5 for _ in range(rows)) / rows)

    return other


@pytest.mark.parametrize("rule", COMPARING)
@pytest.mark.parametrize("rows", [2, 13])
def test_a_metric_of_few_values_is_not_steady_because_two_runs_agree(rule: str, rows: int) -> None:
    outcomes = [judged(rule, accuracy(salt, rows), LOSS_ALONE).outcome for salt in range(10)]
    assert Outcome.FAILED not in outcomes


def test_a_metric_that_is_the_same_each_time_tells_of_other_rows() -> None:
    def worse(job: Job) -> Change | None:
        return with_metric("loss", 0.5 if job["format"] == "csv" else 0.75)

    assert judged("ingestion.formats-agree", worse, LOSS_ALONE).outcome is Outcome.FAILED


def test_what_is_seen_once_in_the_plain_job_is_chance_too() -> None:
    def once(job: Job) -> Change | None:
        return with_metric("rows", 63.0) if job == PLAN.baseline else None

    result = judged("ingestion.every-row", once)
    assert result.outcome is Outcome.PASSED
    assert result.flake is not None
    assert judged(SAME_OUTCOME, once, flakes=[result.flake]).outcome is Outcome.FAILED


def test_what_is_seen_each_time_in_the_plain_job_breaks_the_rule() -> None:
    def always(job: Job) -> Change | None:
        return with_metric("rows", 63.0) if replace(job, repeat=0) == PLAN.baseline else None

    result = judged("ingestion.every-row", always)
    assert result.outcome is Outcome.FAILED
    assert result.counterexample is not None
    assert result.counterexample.runs[0].job == PLAN.baseline


def flaky(rule: str, level: Level) -> RuleResult:
    run: Run = conforming(PLAN.baseline, loaded().manifest)
    return replace(judged(rule, lambda _job: None), flake=Flake("…", (run, run), level))


def test_a_rule_is_not_passed_where_nobody_tells_what_came_out_otherwise() -> None:
    seen = flaky("ingestion.csv", Level.SHOULD)
    alone = among(seen, ["ingestion.csv"])
    assert (alone.outcome, alone.why, alone.see) == (Outcome.NOT_JUDGED, Why.SEE, SAME_OUTCOME)
    assert among(seen, ["ingestion.csv", SAME_OUTCOME]) == seen
    for_nothing = flaky("ingestion.csv", Level.MAY)
    assert among(for_nothing, ["ingestion.csv"]) == for_nothing


def test_same_outcome_is_not_passed_by_itself() -> None:
    kept = judged(SAME_OUTCOME, lambda _job: None)
    alone = among(kept, [SAME_OUTCOME])
    assert (alone.outcome, alone.why) == (Outcome.NOT_JUDGED, Why.SELECTION)
    assert among(kept, [SAME_OUTCOME, "ingestion.csv"]) == kept
    assert evidence().baseline_trains()
