"""Why a plain job does not train: the least that makes it train, found and confirmed in few runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.contract.choices import CHOICES, Part
from conformance.judge import RULES
from conformance.judge.diagnosis import diagnose, easiest_job, owners_of_relaxation, relax
from conformance.judge.evidence import Evidence
from conformance.judge.judging import judge
from conformance.judge.rule import Subject
from conformance.judge.search import NeedsRuns
from conformance.plan.hyperparameters import default_hyperparameters
from conformance.values.job import Job, differences
from conformance.values.plan import Plan
from conformance.values.run import Run
from conformance.values.verdict import Level, Outcome
from tests.judge.evidence import IMAGE, MANIFEST, conforming, failing, loaded, plan_of

_TEXT = MANIFEST + b"default = 2\n"
_LOADED = loaded(_TEXT)
_RELAXED = [
    (choice.name, value.name)
    for choice in CHOICES
    for value in choice.values
    if value.part is Part.RELAXATION or (choice.name, value.name) in (("configuration", "full"), ("format", "parquet"))
] + [("hyperparameters", "default")]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(_LOADED)


def _diagnosed(plan: Plan, trains: Callable[[Job], bool]) -> tuple[Job | None, int]:
    """What the diagnosis finds for an image that trains on some jobs alone, and in how many runs."""
    defaults = default_hyperparameters(_LOADED.manifest)
    easiest = easiest_job(plan, _LOADED.manifest, IMAGE, defaults, network=True)
    results: dict[str, Run] = {}
    asked: list[Job] = [plan.baseline]
    while True:
        for job in asked:
            results[job.digest] = conforming(job, _LOADED.manifest) if trains(job) else failing(job, "no")
        try:
            evidence = Evidence(Subject(IMAGE, _LOADED.manifest), plan, plan.baseline, results)
            return diagnose(evidence, easiest), len(results)
        except NeedsRuns as needs:
            asked = list(needs.jobs)


@pytest.mark.parametrize(("choice", "value"), _RELAXED)
def test_a_single_relaxation_is_found(plan: Plan, choice: str, value: str) -> None:
    found, runs = _diagnosed(plan, lambda job: job[choice] == value)
    assert found is not None
    assert differences(found, plan.baseline) == {choice: value}
    assert runs <= 25


@pytest.mark.parametrize("one", _RELAXED)
@pytest.mark.parametrize("other", _RELAXED)
def test_two_relaxations_are_found_and_no_more(plan: Plan, one: tuple[str, str], other: tuple[str, str]) -> None:
    found, _ = _diagnosed(plan, lambda job: all(job[name] == value for name, value in (one, other)))
    assert found is not None
    assert differences(found, plan.baseline) == dict((one, other))


def test_what_is_in_the_way_of_others_is_left_out(plan: Plan) -> None:
    found, _ = _diagnosed(
        plan, lambda job: job["owner"] == "anyone" and job["launch-form"] == "declared" and job["format"] == "csv"
    )
    assert found is not None
    assert differences(found, plan.baseline) == {"owner": "anyone"}


def test_an_image_that_never_trains_is_given_up_soon(plan: Plan) -> None:
    found, runs = _diagnosed(plan, lambda job: False)
    assert found is None
    assert runs <= 6


def test_a_plain_job_that_trains_when_it_is_run_again_needs_no_relaxation(plan: Plan) -> None:
    assert _diagnosed(plan, lambda job: job != plan.baseline) == (None, 3)


def test_an_easier_job_that_trains_by_chance_is_no_answer(plan: Plan) -> None:
    found, _ = _diagnosed(plan, lambda job: job["owner"] == "anyone" and job.repeat == 0)
    assert found is None


def test_a_plain_job_that_trains_when_it_is_run_again_is_charged_to_chance(plan: Plan) -> None:
    again = replace(plan.baseline, repeat=10)
    results = {plan.baseline.digest: failing(plan.baseline, "no"), again.digest: conforming(again, _LOADED.manifest)}
    evidence = Evidence(Subject(IMAGE, _LOADED.manifest), plan, plan.baseline, results)
    result = judge(RULES["launch.trains"], evidence, Level.SHOULD)
    assert (result.outcome, result.see) == (Outcome.NOT_JUDGED, "artifacts.same-outcome")
    assert result.flake is not None
    assert [run.job for run in result.flake.runs] == [plan.baseline, again]


def test_the_pair_is_the_evidence_and_its_difference_is_told(plan: Plan) -> None:
    easier = plan.baseline.with_choices(credentials="dummy")
    relaxed = replace(plan, jobs=(easier, *plan.jobs[1:]))
    results = {plan.baseline.digest: failing(plan.baseline, "no"), easier.digest: conforming(easier, _LOADED.manifest)}
    evidence = Evidence(Subject(IMAGE, _LOADED.manifest), relaxed, plan.baseline, results)
    charged = judge(RULES["isolation.credentials"], evidence, Level.SHOULD)
    assert charged.outcome is Outcome.FAILED
    assert charged.counterexample is not None
    assert [run.job for run in charged.counterexample.runs] == [plan.baseline, easier]
    assert charged.counterexample.differences == ("there are AWS credentials and a region",)
    assert "trains as soon as there are AWS credentials" in charged.counterexample.sentence
    assert judge(RULES["launch.trains"], evidence, Level.SHOULD).see == "isolation.credentials"
    assert judge(RULES["launch.unprivileged"], evidence, Level.SHOULD).outcome is Outcome.PASSED


def test_later_jobs_take_the_value_and_keep_their_own(plan: Plan) -> None:
    easier = plan.baseline.with_choices(owner="anyone")
    for job in plan.jobs:
        relaxed = relax(job, plan.baseline, easier)
        assert relaxed is not None
        assert relaxed["owner"] == "anyone"
        assert (relaxed.fault, relaxed.data, relaxed.hyperparameters) == (job.fault, job.data, job.hyperparameters)
        assert differences(relaxed, job).keys() <= {"owner"}


def test_later_jobs_are_given_the_defaults_and_keep_their_faults(plan: Plan) -> None:
    defaults = default_hyperparameters(_LOADED.manifest)
    easier = replace(plan.baseline.with_choices(hyperparameters="default"), hyperparameters=defaults)
    for job in plan.jobs:
        relaxed = relax(job, plan.baseline, easier)
        assert relaxed is not None
        expected = dict(defaults) if job["hyperparameters"] == "plain" else dict(job.hyperparameters)
        if job.fault is not None and job.fault.kind == "hyperparameter":
            expected[job.fault.subject] = job.fault.value
        assert dict(relaxed.hyperparameters) == expected


def test_jobs_without_the_default_keep_what_they_are_there_for() -> None:
    text = (
        _TEXT
        + b"""[hyperparameters.lr]
type = "float"
tested = [0.1, 1.0]
required = true
[interrupt]
hyperparameters = { epochs = "3" }
"""
    )
    plan, manifest = plan_of(loaded(text)), loaded(text).manifest
    easier = replace(
        plan.baseline.with_choices(hyperparameters="default"), hyperparameters=default_hyperparameters(manifest)
    )
    absent = next(job for job in plan.jobs if job.fault is not None and job.fault.kind == "hyperparameter-absent")
    relaxed = relax(absent, plan.baseline, easier)
    assert relaxed is not None
    assert "lr" not in dict(relaxed.hyperparameters)
    stopped = next(job for job in plan.jobs if job.stop)
    relaxed = relax(stopped, plan.baseline, easier)
    assert relaxed is not None
    assert dict(relaxed.hyperparameters) == {**dict(easier.hyperparameters), "epochs": "3"}


def test_faults_in_files_of_a_broken_format_are_not_told_as_those_of_another(plan: Plan) -> None:
    easier = plan.baseline.with_choices(format="parquet")
    for job in plan.jobs:
        relaxed = relax(job, plan.baseline, easier)
        if relaxed is None:
            assert job.fault is not None
            assert job["format"] == "csv"
        else:
            assert relaxed["format"] == "parquet"
    faults = [
        relaxed.fault.kind for job in plan.jobs if (relaxed := relax(job, plan.baseline, easier)) and relaxed.fault
    ]
    assert {"channel-missing", "channel-empty", "hyperparameter", "corrupt"} <= set(faults)
    assert "header-alone" not in faults


@pytest.mark.parametrize(
    ("choice", "value", "owner"),
    [
        ("owner", "anyone", "resources.user"),
        ("privileges", "all", "launch.unprivileged"),
        ("memory", "most", "launch.trains"),
        ("shared-memory", "large", "resources.shared-memory"),
        ("format", "parquet", "ingestion.csv"),
        ("configuration", "full", "config.shapes"),
        ("hyperparameters", "default", "config.default"),
        ("launch-form", "no-argument", "launch.trains"),
        ("credentials", "dummy", "isolation.credentials"),
        ("network", "bridge", "isolation.offline"),
        ("environment", "sagemaker", "environment.unset"),
    ],
)
def test_the_owner_is_charged(plan: Plan, choice: str, value: str, owner: str) -> None:
    easier = plan.baseline.with_choices(**{choice.replace("-", "_"): value})
    evidence = Evidence(
        Subject(IMAGE, _LOADED.manifest), replace(plan, jobs=(easier, *plan.jobs[1:])), plan.baseline, {}
    )
    assert owners_of_relaxation(evidence) == [owner]
