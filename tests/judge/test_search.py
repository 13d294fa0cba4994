"""Images that break under conditions: the suite finds the conditions, all of them and nothing else, in few runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.choices import CHOICES, Part, owner_of
from conformance.judge import RULES
from conformance.judge.ownership import SAME_OUTCOME
from conformance.plan.feasible import feasible_values
from conformance.values.job import Job
from conformance.values.run import Run
from conformance.values.verdict import Outcome, RuleResult
from tests.judge.evidence import Behaviour, Change, evidence, failing, judged, loaded, plan_of, with_metric

MANIFEST = (Path(__file__).parents[1] / "trainees" / "small" / "algorithm.toml").read_bytes()
PLAN = plan_of(loaded(MANIFEST))
BUDGET = 25
FACTORS = {
    choice.name: feasible_values(choice, loaded(MANIFEST).manifest, Part.ARRAY)[1:]
    for choice in CHOICES
    if len(feasible_values(choice, loaded(MANIFEST).manifest, Part.ARRAY)) > 1
}
SINGLE = [(name, value) for name, values in FACTORS.items() for value in values]


def breaks(run: Run) -> Run:
    return failing(run.job, "it does not work")


def breaks_where(condition: Mapping[str, str]) -> Behaviour:
    """An image that fails in valid jobs that have all of these values."""

    def behaviour(job: Job) -> Change | None:
        holds = job.fault is None and all(job[name] == value for name, value in condition.items())
        return breaks if holds else None

    return behaviour


def outcomes(behaviour: Behaviour) -> dict[str, RuleResult]:
    """What comes of every rule that looks at runs."""
    runs = evidence(behaviour, MANIFEST)
    results = {rule: judged(rule, behaviour, MANIFEST, given=runs) for rule in RULES if rule != SAME_OUTCOME}
    flakes = [result.flake for result in results.values() if result.flake is not None]
    return results | {SAME_OUTCOME: judged(SAME_OUTCOME, behaviour, MANIFEST, flakes=flakes, given=runs)}


def broken(results: Mapping[str, RuleResult]) -> dict[str, RuleResult]:
    return {rule: r for rule, r in results.items() if r.outcome in (Outcome.FAILED, Outcome.WARNED)}


@pytest.mark.parametrize(("name", "value"), SINGLE)
def test_one_value_that_breaks_is_charged_to_its_owner_alone(name: str, value: str) -> None:
    found = broken(outcomes(breaks_where({name: value})))
    owners = {owner_of(name, dict(job.choices)) for job in PLAN.jobs if job.fault is None and job[name] == value}
    assert found
    assert found.keys() <= owners
    for result in found.values():
        counterexample = result.counterexample
        assert counterexample is not None
        assert len(counterexample.differences) == 1
        assert counterexample.minimal
        assert counterexample.runs_spent <= BUDGET


_PAIRS = st.lists(st.sampled_from(SINGLE), min_size=2, max_size=2, unique_by=lambda single: single[0]).map(dict)


@settings(max_examples=12)
@given(_PAIRS)
def test_two_values_that_break_together_are_both_told(condition: dict[str, str]) -> None:
    behaviour = breaks_where(condition)
    feasible = any(behaviour(job) for job in PLAN.jobs)
    found = broken(outcomes(behaviour))
    assert bool(found) == feasible
    for result in found.values():
        counterexample = result.counterexample
        assert counterexample is not None
        job = counterexample.runs[0].job
        assert all(job[name] == value for name, value in condition.items())
        assert counterexample.runs_spent <= BUDGET
        assert 1 <= len(counterexample.differences) <= 2
        assert result.rule.id in {owner_of(name, dict(job.choices)) for name in condition}


@given(st.sampled_from(range(1, 40)))
@settings(max_examples=5)
def test_what_fails_by_chance_is_said_to(salt: int) -> None:
    """One time in three; what a job came to is the same whenever it is asked for."""

    def behaviour(job: Job) -> Change | None:
        drawn = hashlib.sha256(f"{salt} {job.digest}".encode()).digest()[0] % 3
        return breaks if job.fault is None and drawn == 0 and job != PLAN.baseline else None

    found = outcomes(behaviour)
    assert found[SAME_OUTCOME].outcome is Outcome.FAILED
    assert not any(result.outcome is Outcome.ERROR for result in found.values())


def test_rows_that_are_lost_in_one_layout_are_told_with_it() -> None:
    loses = with_metric("train:rows", 3.0)
    results = outcomes(lambda job: loses if job["hazard-quotes"] == "present" and job.fault is None else None)
    found = broken(results)
    assert set(found) == {"ingestion.every-row"}
    counterexample = found["ingestion.every-row"].counterexample
    assert counterexample is not None
    assert counterexample.differences == ("cells hold quotes, commas and other separators",)
