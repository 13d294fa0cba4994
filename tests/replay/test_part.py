"""What a saved counterexample needs is in its part of the plan, whatever the rule, and not much else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.contract.choices import CHOICES, Part
from conformance.judge import RULES
from conformance.judge.diagnosis import relax
from conformance.judge.evidence import Evidence
from conformance.judge.judging import judge, needed_jobs
from conformance.judge.looks import must_train
from conformance.judge.ownership import SAME_OUTCOME, owner
from conformance.judge.rule import Subject
from conformance.judge.search import NeedsRuns
from conformance.replay.part import TIMES, about, as_drawn, narrowed, not_of
from conformance.values.job import Job, differences
from conformance.values.run import Run
from conformance.values.verdict import Level, Outcome
from tests.judge.evidence import IMAGE, Change, failing, in_these, loaded, plan_of, with_runs_of

PLAN = plan_of(loaded())
EASIER = {choice.name: value.name for choice in CHOICES for value in choice.values if value.part is Part.RELAXATION}


def shown(rule_id: str) -> Iterator[tuple[Job, ...]]:
    """The jobs that a counterexample of a rule may show: one of its observations, cut short, or one it answers for."""
    seen = [jobs[:2] for jobs in RULES[rule_id].looks_at.jobs(PLAN) if jobs]
    yield from seen[:: max(1, len(seen) // 3)]
    for job in PLAN.select(must_train):
        if any(owner(name, job) == rule_id for name in differences(job, PLAN.baseline)):
            yield job, PLAN.baseline
            break


@pytest.mark.parametrize("rule_id", RULES)
def test_all_that_is_needed_is_there(rule_id: str) -> None:
    rule = RULES[rule_id]
    for jobs in shown(rule_id):
        part = narrowed(PLAN, rule, jobs)
        narrow = about(rule, jobs, part)
        seen = list(narrow.looks_at.jobs(part))
        # Of jobs whose rule depends on how they end nothing else is known than that they are there.
        assert seen, jobs[0]
        assert all(any(replace(job, repeat=0) == replace(jobs[0], repeat=0) for job in each) for each in seen)
        assert needed_jobs(narrow, part) <= set(part.jobs)


@pytest.mark.parametrize("rule_id", RULES)
def test_an_image_that_still_needs_something_is_judged_with_it(rule_id: str) -> None:
    rule = RULES[rule_id]
    for easier in (PLAN.baseline.with_choices(**{name: value}) for name, value in EASIER.items()):
        for jobs in itertools.islice(shown(rule_id), 1):
            saved = tuple(relax(job, PLAN.baseline, easier) or job for job in jobs)
            part = narrowed(PLAN, rule, saved)
            assert {part.repeated, part.permuted, part.baseline} <= set(part.jobs)
            narrow = about(rule, saved, part)
            # The session does so once it knows what the plain job needs.
            relaxed = {job: relax(job, part.baseline, easier) for job in part.jobs} | {part.baseline: easier}
            kept = tuple(dict.fromkeys(job for job in relaxed.values() if job is not None))
            repeated, permuted = (relaxed[job] or job for job in (part.repeated, part.permuted))
            again = replace(part, jobs=kept, repeated=repeated, permuted=permuted)
            assert needed_jobs(narrow, again) <= set(again.jobs)
            seen = [jobs for jobs in rule.looks_at.jobs(again) if relaxed[as_drawn(saved[0], part)] in jobs]
            assert list(narrow.looks_at.jobs(again)) or not seen


def test_what_made_a_job_easier_is_not_run_unasked() -> None:
    easier = PLAN.baseline.with_choices(network="bridge", privileges="all")
    part = narrowed(PLAN, RULES["isolation.offline"], (PLAN.baseline, easier))
    assert not [job for job in part.jobs if job["network"] == "bridge" or job["privileges"] == "all"]


def judged(rule_id: str, jobs: tuple[Job, ...], *, broken: bool) -> Outcome:
    """The outcome of a rule in a replay, of an image that does not look into directories, or does by now."""
    part = narrowed(PLAN, RULES[rule_id], jobs)

    def behaviour(job: Job) -> Change | None:
        return _fails if broken and job["partition"] == "nested" else None

    given = Evidence(Subject(IMAGE, loaded().manifest), part, part.baseline)
    found = with_runs_of(given, part.jobs, behaviour)
    while True:
        try:
            return judge(about(RULES[rule_id], jobs, part), found, Level.SHOULD).outcome
        except NeedsRuns as needs:
            found = with_runs_of(found, needs.jobs, behaviour)


@pytest.mark.parametrize("broken", [True, False])
@pytest.mark.parametrize(
    "choices",
    [
        {"partition": "nested"},
        # No plan has it so: a search for the smallest difference ended in it.
        {"partition": "nested", "format": "parquet snappy"},
        {"partition": "nested", "mount": "read-only"},
    ],
)
def test_jobs_that_no_plan_has(choices: dict[str, str], broken: bool) -> None:
    job = PLAN.baseline.with_choices(**choices)
    wanted = Outcome.FAILED if broken else Outcome.PASSED
    assert judged("ingestion.nested", (job, PLAN.baseline), broken=broken) is wanted


def test_a_job_that_came_out_in_two_ways_is_run_more_often_than_twice() -> None:
    job = PLAN.baseline.with_choices(partition="nested")
    part = narrowed(PLAN, RULES[SAME_OUTCOME], (job, replace(job, repeat=10)))
    narrow = about(RULES[SAME_OUTCOME], (job, replace(job, repeat=10)), part)
    (seen,) = narrow.looks_at.jobs(part)
    assert seen == tuple(replace(job, repeat=number) for number in range(TIMES))
    given = Evidence(Subject(IMAGE, loaded().manifest), part, part.baseline)
    assert judge(narrow, with_runs_of(given, part.jobs, in_these({})), Level.SHOULD).outcome is Outcome.PASSED
    fails_at_last = with_runs_of(given, part.jobs, {seen[-1]: _fails}.get)
    assert judge(narrow, fails_at_last, Level.SHOULD).outcome is Outcome.FAILED


def _fails(run: Run) -> Run:
    return failing(run.job, "no")


def test_jobs_of_the_plan_can_be_run() -> None:
    assert not [why for job in PLAN.jobs if (why := not_of(job, loaded().manifest))]
