"""What is seen once and not again, and what weighs less than the rule that saw it: nobody is blamed for chance."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.judge import RULES
from conformance.judge.ownership import SAME_OUTCOME
from conformance.judge.rule import Subject
from conformance.judge.violation import Violation
from conformance.plan.faults import starved_jobs
from conformance.values.job import Job
from conformance.values.run import EngineFault, Run
from conformance.values.verdict import Level, Outcome, RuleResult
from tests.judge.evidence import (
    IMAGE,
    MANIFEST,
    MODEL,
    Behaviour,
    Change,
    evidence,
    in_these,
    judged,
    loaded,
    plan_of,
    succeeding,
    times,
    with_failure_text,
    with_metric,
)

PLAN = plan_of(loaded())
FAULTY = next(job for job in PLAN.jobs if job.fault is not None and job.fault.kind == "corrupt")
_WITH_ENTRYPOINT = MANIFEST.replace(
    b"[[container.metrics]]", b'[container]\nentrypoint = ["python", "train.py"]\n[[container.metrics]]', 1
)
DETERMINISTIC = MANIFEST.replace(b'name = "by-hand"', b'name = "by-hand"\ndeterministic = true')


def once(job: Job, change: Change) -> Behaviour:
    """Something else in one run of a job alone."""
    return lambda other: change if other == job else None


def of_flakes_of(rule: str, behaviour: Behaviour, level: Level = Level.SHOULD) -> RuleResult:
    """What artifacts.same-outcome says of what another rule saw come out differently."""
    flake = judged(rule, behaviour).flake
    assert flake is not None
    return judged(SAME_OUTCOME, behaviour, level=level, flakes=[flake])


def test_what_may_be_may_be_now_and_then() -> None:
    result = judged("failure.fits", once(FAULTY, with_failure_text("x" * 2000)))
    assert (result.outcome, result.flake) == (Outcome.PASSED, None)


def test_what_should_not_be_weighs_as_much_if_it_is_there_by_chance() -> None:
    now_and_then = once(FAULTY, with_failure_text(b"\xff"))
    assert judged("failure.utf8", now_and_then).outcome is Outcome.PASSED
    assert of_flakes_of("failure.utf8", now_and_then).outcome is Outcome.FAILED
    assert of_flakes_of("failure.utf8", now_and_then, Level.MUST).outcome is Outcome.WARNED


def compared_with(rule: str) -> Job:
    """The first job, but for the baseline, that a rule compares another one with."""
    return next(jobs[1] for jobs in RULES[rule].looks_at.jobs(PLAN) if jobs[1] != PLAN.baseline)


@pytest.mark.parametrize("rule", ["ingestion.noise", "ingestion.column-order"])
def test_a_metric_that_is_off_once_in_either_of_two_jobs_says_nothing(rule: str) -> None:
    result = judged(rule, once(compared_with(rule), times("loss", 1.5)))
    assert result.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    assert result.flake is None


@pytest.mark.parametrize("rule", ["environment.forms-agree", "environment.unset"])
def test_nobody_else_answers_for_what_was_off_once(rule: str) -> None:
    def off_at_first(job: Job) -> Change | None:
        without_variables = job["environment"] in ("sagemaker", "unset") and job.fault is None
        return times("loss", 1.5) if without_variables and job.repeat == 0 else None

    result = judged(rule, off_at_first)
    assert (result.outcome, result.see, result.flake) == (Outcome.NOT_APPLICABLE, None, None)
    assert "varies from run to run" in (result.reason or "")


def test_rows_that_are_lost_now_and_then_are_no_chance() -> None:
    behaviour = once(compared_with("ingestion.noise"), with_metric("rows", 3.0))
    assert judged("ingestion.noise", behaviour).outcome is Outcome.PASSED
    assert of_flakes_of("ingestion.noise", behaviour, Level.MUST).outcome is Outcome.FAILED


def out_of_time(run: Run) -> Run:
    return replace(run, timed_out=True, exit_code=None, metrics=())


@pytest.mark.parametrize(
    ("choice", "value", "level"),
    [
        ("degenerate", "extremes", Level.MAY),
        ("column-order", "other", Level.SHOULD),
        ("mount", "read-only", Level.MUST),
    ],
)
def test_a_job_that_never_ends_weighs_as_what_it_has_out_of_the_ordinary(choice: str, value: str, level: Level) -> None:
    slow = in_these({job: out_of_time for job in PLAN.jobs if job[choice] == value and job.fault is None})
    for asked in (Level.MUST, Level.SHOULD):
        fails = level is not Level.MAY and level.rank <= asked.rank
        assert judged("launch.ends", slow, level=asked).outcome is (Outcome.FAILED if fails else Outcome.WARNED)


def with_other_bytes(run: Run) -> Run | EngineFault:
    return replace(run, model=replace(MODEL, entries=tuple(replace(e, sha256=run.job.digest) for e in MODEL.entries)))


@pytest.mark.parametrize(
    "rule", ["ingestion.noise", "channels.extra", "environment.forms-agree", "environment.file-format"]
)
def test_a_model_may_hold_what_its_job_was_told_and_which_files_it_met(rule: str) -> None:
    def telling(job: Job) -> Change | None:
        # The same job gives the same bytes, as it is claimed to.
        return with_other_bytes if replace(job, repeat=0) != PLAN.baseline else None

    assert judged(rule, telling, DETERMINISTIC).outcome is Outcome.PASSED


@pytest.mark.parametrize("rule", ["ingestion.noise", "channels.extra", "environment.unknown-variables"])
def test_bytes_alone_do_not_tell_what_a_model_holds(rule: str) -> None:
    silent = DETERMINISTIC[: DETERMINISTIC.index(b"[[container.metrics]]")]
    silent += DETERMINISTIC[DETERMINISTIC.index(b"[[channels.train.columns]]") :]

    def telling(job: Job) -> Change | None:
        return with_other_bytes if replace(job, repeat=0) != plan_of(loaded(silent)).baseline else None

    result = judged(rule, telling, silent)
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert 'declare a metric with observes = "rows" or observes = "model"' in (result.reason or "")
    assert judged(rule, in_these({}), silent).outcome is Outcome.PASSED


def test_the_heavier_of_two_chances_is_handed_on() -> None:
    faults = [job for job in PLAN.jobs if job.fault is not None and job.fault.kind == "corrupt"]

    def twice(job: Job) -> Change | None:
        if job == faults[0]:
            return with_failure_text(b"\xff")
        if replace(job, repeat=0) != faults[1]:
            return None
        return with_failure_text(b"\xff") if job == faults[1] else succeeding

    assert of_flakes_of("failure.utf8", twice, Level.MUST).outcome is Outcome.FAILED


def test_a_launch_that_was_never_claimed_may_come_out_in_any_way() -> None:
    manifest = loaded(_WITH_ENTRYPOINT)
    (job,) = (job for job in plan_of(manifest).jobs if job["launch-form"] == "train")
    result = judged("launch.train-argument", once(job, with_failure_text("no")), _WITH_ENTRYPOINT)
    assert (result.outcome, result.flake) == (Outcome.PASSED, None)


@pytest.mark.parametrize("rule", ["failure.file", "failure.utf8", "logs.stdio"])
def test_nothing_is_asked_of_a_launch_that_was_never_claimed(rule: str) -> None:
    manifest = loaded(_WITH_ENTRYPOINT)
    (job,) = (job for job in plan_of(manifest).jobs if job["launch-form"] == "train")
    assert all(job not in jobs for jobs in RULES[rule].looks_at.jobs(plan_of(manifest)))
    assert any(job in jobs for jobs in RULES["launch.train-argument"].looks_at.jobs(plan_of(manifest)))


def test_no_failure_file_is_asked_of_a_runtime_without_memory() -> None:
    starved = tuple(starved_jobs(PLAN.baseline, loaded().manifest))
    plan = replace(PLAN, jobs=(*PLAN.jobs, *starved))
    assert starved
    looked_at = {job for jobs in RULES["failure.file"].looks_at.jobs(plan) for job in jobs}
    assert looked_at
    assert not looked_at & set(starved)


@pytest.mark.parametrize(
    ("entrypoint", "is_one"),
    [
        (("/bin/sh", "-c", "python train.py"), True),
        (("/bin/bash", "-o", "pipefail", "-c", "python train.py"), True),
        (("sh", "-ec", "exec python train.py"), True),
        (("bash", "-l", "-c", "train"), True),
        (("/bin/bash", "-Eeuo", "pipefail", "-c", "python train.py"), True),
        (("/bin/bash", "-O", "extglob", "-Eec", "python train.py"), True),
        (("/bin/bash", "/opt/ml/code/train.sh"), False),
        (("/bin/bash", "-e", "train.sh", "-c"), False),
        (("/bin/bash", "--", "-c"), False),
        (("python", "-c", "import train"), False),
        (("/bin/sh",), False),
        ((), False),
    ],
)
def test_whatever_shell_runs_a_script_is_not_the_program(entrypoint: tuple[str, ...], *, is_one: bool) -> None:
    rule = RULES["launch.exec-form"]
    observed = rule.looks_at.observe((), Subject(replace(IMAGE, entrypoint=entrypoint), loaded().manifest))
    if not is_one:
        rule.check(observed)
        return
    with pytest.raises(Violation):
        rule.check(observed)


def test_a_script_may_stand_in_the_arguments() -> None:
    text = _WITH_ENTRYPOINT.replace(b'["python", "train.py"]', b'["/bin/bash"]\narguments = ["-c", "train"]')
    rule = RULES["launch.exec-form"]
    with pytest.raises(Violation, match=re.escape("""the arguments ['-c', 'train']""")):
        rule.check(rule.looks_at.observe((), Subject(IMAGE, loaded(text).manifest)))


def test_columns_in_another_order_are_not_seen_by_their_number_of_rows() -> None:
    rows_alone = MANIFEST.replace(b'observes = "model"\ntolerance = 1e-3\n', b"")
    result = judged("ingestion.column-order", in_these({}), rows_alone)
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert 'observes = "model"' in (result.reason or "")
    assert evidence(text=rows_alone).baseline_trains()
