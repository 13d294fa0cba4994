"""Rules judged on evidence made by hand: who is charged, and what nobody is blamed for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.contract.choices import ORDERS
from conformance.judge import RULES
from conformance.judge.judging import needed_jobs
from conformance.judge.ownership import SAME_OUTCOME
from conformance.values.job import Job
from conformance.values.run import EngineFault, MetricSeen, Run
from conformance.values.verdict import Level, Outcome, Why
from tests.judge.evidence import (
    MANIFEST,
    Behaviour,
    Change,
    evidence,
    failing,
    in_these,
    judged,
    loaded,
    noticing,
    plan_of,
    succeeding,
    times,
    with_failure_text,
    with_metric,
)

PLAN = plan_of(loaded())
BASELINE = PLAN.baseline
PARQUET = [job for job in PLAN.jobs if job["format"] == "parquet" and job.fault is None]
SAGEMAKER = [job for job in PLAN.jobs if job["environment"] == "sagemaker"]


def fails_to_train(run: Run) -> Run:
    return failing(run.job, "no")


def outcomes(changes: dict[Job, Change] | Behaviour, text: bytes = MANIFEST) -> dict[str, Outcome]:
    """The outcome of every rule that has another one than for a conforming image."""
    behaviour = in_these(changes) if isinstance(changes, dict) else changes
    conforming = all_outcomes(in_these({}), text)
    return {rule: found for rule, found in all_outcomes(behaviour, text).items() if found is not conforming[rule]}


def all_outcomes(behaviour: Behaviour, text: bytes) -> dict[str, Outcome]:
    """The outcome of every rule."""
    given = evidence(behaviour, text)
    results = {rule: judged(rule, behaviour, text, given=given) for rule in RULES}
    flakes = [result.flake for result in results.values() if result.flake is not None]
    results[SAME_OUTCOME] = judged(SAME_OUTCOME, behaviour, text, flakes=flakes)
    return {rule: result.outcome for rule, result in results.items()}


def fault(kind: str, subject: str = "") -> Job:
    return next(
        j for j in PLAN.jobs if j.fault and j.fault.kind == kind and (not subject or j.fault.subject == subject)
    )


def test_a_conforming_image_passes_every_rule() -> None:
    found = all_outcomes(in_these({}), MANIFEST)
    assert set(found.values()) <= {Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.NOT_JUDGED}
    assert list(found.values()).count(Outcome.PASSED) > 60


@pytest.mark.parametrize(
    ("choices", "owner"),
    [
        ({"environment": "sagemaker"}, "environment.forms-agree"),
        ({"environment": "unset"}, "environment.unset"),
        ({"format_variable": "upper"}, "environment.file-format"),
        ({"format_variable": "absent"}, "environment.file-format"),
        ({"hazard_unicode": "present"}, "ingestion.csv"),
        ({"format": "parquet", "codec": "gzip"}, "ingestion.parquet"),
        ({"partition": "several"}, "ingestion.parts-agree"),
        ({"partition": "nested"}, "ingestion.nested"),
        ({"mount": "read-only"}, "channels.read-only"),
        ({"row_order": "permuted"}, "ingestion.csv"),
    ],
)
def test_a_job_that_does_not_train_is_charged_to_the_owner_of_its_value(choices: dict[str, str], owner: str) -> None:
    found = outcomes({BASELINE.with_choices(**choices): fails_to_train})
    assert {rule for rule, outcome in found.items() if outcome is Outcome.FAILED} == {owner}


def test_parquet_that_never_trains_is_charged_once() -> None:
    found = outcomes(lambda job: fails_to_train if job["format"] == "parquet" and job.fault is None else None)
    assert found["ingestion.parquet"] is Outcome.FAILED
    assert found["ingestion.formats-agree"] is Outcome.NOT_JUDGED
    assert list(found.values()).count(Outcome.FAILED) == 1


def test_a_baseline_that_fails_leaves_the_rest_unjudged() -> None:
    changes: dict[Job, Change] = dict.fromkeys((j for j in PLAN.jobs if j.fault is None), fails_to_train)
    found = outcomes(changes)
    assert found["launch.trains"] is Outcome.FAILED
    assert list(found.values()).count(Outcome.FAILED) == 1
    result = judged("ingestion.csv", in_these(changes))
    assert (result.why, result.see) == (Why.SEE, "launch.trains")


def test_exit_code_0_without_a_model_is_charged_to_artifacts_model_alone() -> None:
    nested = BASELINE.with_choices(partition="nested")
    found = outcomes({nested: lambda run: replace(run, model=type(run.model)())})
    assert {rule for rule, outcome in found.items() if outcome is Outcome.FAILED} == {"artifacts.model"}


def test_a_job_that_never_ends_is_charged_to_launch_ends_alone() -> None:
    read_only = BASELINE.with_choices(mount="read-only")
    found = outcomes({read_only: lambda run: replace(run, exit_code=None, timed_out=True)})
    assert {rule for rule, outcome in found.items() if outcome is Outcome.FAILED} == {"launch.ends"}


def test_a_repetition_that_fails_is_charged_to_same_outcome() -> None:
    found = outcomes({PLAN.repeated: fails_to_train})
    assert {rule for rule, outcome in found.items() if outcome is Outcome.FAILED} == {"artifacts.same-outcome"}


def test_rows_lost_in_nested_directories_fail_every_rule_that_saw_it() -> None:
    found = outcomes({BASELINE.with_choices(partition="nested"): with_metric("rows", 10.0)})
    assert set(found) == {"ingestion.every-row", "ingestion.parts-agree", "ingestion.nested"}


def test_a_model_that_differs_is_charged_to_the_owner_of_the_value() -> None:
    assert set(outcomes(dict.fromkeys(SAGEMAKER, with_metric("loss", 0.3)))) == {"environment.forms-agree"}
    assert set(outcomes(dict.fromkeys(PARQUET, with_metric("loss", 0.3)))) == {
        "ingestion.formats-agree",
        "ingestion.text-stays-text",
    }


def test_a_difference_within_the_tolerance_is_none() -> None:
    assert outcomes({BASELINE.with_choices(environment="sagemaker"): times("loss", 1.0004)}) == {}
    assert outcomes({BASELINE.with_choices(environment="sagemaker"): times("loss", 1.004)}) != {}


def test_a_metric_that_differs_in_equal_jobs_says_nothing() -> None:
    changes = {
        PLAN.repeated: with_metric("loss", 0.4),
        BASELINE.with_choices(format="parquet"): with_metric("loss", 0.3),
    }
    assert set(outcomes(changes).values()) == {Outcome.NOT_APPLICABLE}


def test_a_metric_that_depends_on_the_order_of_rows_says_nothing_about_layouts() -> None:
    def in_several(job: Job) -> Change | None:
        return times("loss", 1.1) if job["partition"] == "several" and job.fault is None else None

    def also_in(*orders: str) -> Callable[[Job], Change | None]:
        return lambda job: with_metric("loss", 0.5) if job["row-order"] in orders else in_several(job)

    assert set(outcomes(in_several)) == {"ingestion.parts-agree"}
    for order in ORDERS:
        # In the other ones it is the same by chance.
        assert not {rule for rule, found in outcomes(also_in(order)).items() if found is Outcome.FAILED}
    forms = dict.fromkeys(SAGEMAKER, with_metric("loss", 0.3))
    failed = outcomes({**forms, PLAN.permuted: with_metric("loss", 0.5)})
    assert {rule for rule, found in failed.items() if found is Outcome.FAILED} == {"environment.forms-agree"}


def test_without_a_metric_comparisons_say_what_to_declare() -> None:
    begin, end = MANIFEST.index(b"[[container"), MANIFEST.index(b"[[channels")
    result = judged("ingestion.formats-agree", in_these({}), MANIFEST[:begin] + MANIFEST[end:])
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert "observes" in (result.reason or "")


def test_success_under_one_fault_is_charged_to_the_rule_that_names_it() -> None:
    assert set(outcomes({fault("channel-missing"): succeeding})) == {"channels.missing"}
    assert set(outcomes({fault("undeclared-format"): succeeding})) == {"failure.exit-code"}
    assert set(outcomes({fault("channel-missing"): noticing})) == {"channels.missing"}


def test_faults_noticed_and_not_said_are_charged_to_the_exit_code() -> None:
    found = outcomes({fault("channel-missing"): noticing, fault("column-missing"): noticing})
    assert {rule for rule, outcome in found.items() if outcome is Outcome.FAILED} == {"failure.exit-code"}
    assert found["channels.missing"] is Outcome.NOT_JUDGED


def test_an_engine_fault_is_an_error_unless_the_rule_is_broken_elsewhere() -> None:
    broken_engine: Change = lambda run: EngineFault(run.job, "500")  # noqa: E731
    assert outcomes({fault("channel-missing"): broken_engine})["channels.missing"] is Outcome.ERROR
    found = outcomes({fault("channel-empty"): broken_engine, fault("header-alone"): succeeding})
    assert found["channels.empty"] is Outcome.FAILED


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"caf\xe9 epochs", "failure.utf8"),
        ("epochs: größe".encode()[:-4] + b"\xc3", "failure.utf8"),
        (b"epochs\0", "failure.utf8"),
        ("x" * 1024 + " epochs", "failure.first-1024-characters"),
        ("é" * 1017 + " epochs", None),
        ("Training failed.", "failure.first-1024-characters"),
        ("epochsize is wrong", "failure.first-1024-characters"),
        ("EPOCHS is wrong", None),
        ("data.epochs must match pattern ^[0-9]+$", None),
        ("/epochs: must be an integer", None),
        ("epochs.py, line 3", "failure.first-1024-characters"),
    ],
)
def test_failure_texts(text: str | bytes, rule: str | None) -> None:
    found = outcomes({fault("hyperparameter", "epochs"): with_failure_text(text)})
    too_long = {"failure.fits"} if len(text) > 1024 or (not text.isascii() and len(text) > 512) else set()
    assert set(found) == ({rule} if rule else set()) | too_long


def test_a_name_that_every_failure_holds_names_nothing() -> None:
    everything = (
        "epochs train FILE_FORMAT orc age city label part-00000.csv part-00000.parquet /opt/ml/input/data/train"
    )
    told: Change = lambda run: failing(run.job, everything)  # noqa: E731
    found = outcomes(dict.fromkeys((j for j in PLAN.jobs if j.fault), told))
    assert set(found) == {"failure.first-1024-characters"}


def test_a_path_names_its_channel_though_every_fault_of_the_data_holds_it() -> None:
    def told(run: Run) -> Run:
        assert run.job.fault is not None
        fault = run.job.fault
        of_model = fault.rule.startswith("resources.")
        where = "/opt/ml/input/data/train" if fault.channel else "model" if of_model else "hyperparameters.json"
        return failing(run.job, f"{where}: {run.job.fault.names[0]}")

    def told_by_path(run: Run) -> Run:
        return failing(run.job, "/opt/ml/input/data/train: no such directory")

    changes: dict[Job, Change] = dict.fromkeys((j for j in PLAN.jobs if j.fault), told)
    assert outcomes({**changes, fault("channel-missing"): told_by_path}) == {}


def test_a_word_in_a_path_or_file_name_names_nothing() -> None:
    """The channel `train` is named beside tracebacks through train.py, which every failure holds."""

    def told(run: Run) -> Run:
        assert run.job.fault is not None
        return failing(
            run.job, f'{run.job.fault.names[-1]} is wrong\n File "/opt/ml/code/train.py", line 1, in train_it'
        )

    assert outcomes(dict.fromkeys((j for j in PLAN.jobs if j.fault), told)) == {}
    named: Change = lambda run: failing(run.job, "train.py: no data in /opt/ml/train")  # noqa: E731
    assert set(outcomes({fault("channel-missing"): named})) == {"failure.first-1024-characters"}


def test_a_column_may_be_told_with_its_channel() -> None:
    missing = fault("column-missing")
    column = missing.fault.subject if missing.fault is not None else ""
    qualified: Change = lambda run: failing(run.job, f"column train.{column} is missing")  # noqa: E731
    assert outcomes({missing: qualified}) == {}


def test_corrupt_files_may_be_told_alike() -> None:
    damaged: Change = lambda run: failing(run.job, "the input is damaged")  # noqa: E731
    corrupt = [job for job in PLAN.jobs if job.fault is not None and job.fault.kind == "corrupt"]
    assert len(corrupt) > 2
    assert outcomes(dict.fromkeys(corrupt, damaged)) == {}
    assert set(outcomes(dict.fromkeys([*corrupt, fault("column-missing")], damaged))) == {
        "failure.first-1024-characters"
    }


def test_a_fault_that_hangs_breaks_its_rule() -> None:
    hangs: Change = lambda run: replace(run, exit_code=None, timed_out=True)  # noqa: E731
    assert set(outcomes({fault("undeclared-format"): hangs})) == {"failure.exit-code"}
    assert set(outcomes({fault("column-missing"): hangs})) == {"ingestion.missing-column"}


def test_the_counterexample_is_the_run_that_the_message_tells_of() -> None:
    image = in_these({fault("column-missing"): with_failure_text("Training failed.")})
    result = judged("failure.first-1024-characters", image)
    assert result.counterexample is not None
    assert result.counterexample.runs[0].job == fault("column-missing")
    assert "short of the column" in result.counterexample.sentence


def test_who_answers_where_the_owner_does_not_apply() -> None:
    parquet_only = MANIFEST.replace(b"[[channels", b'[channels.train]\nformats = ["parquet"]\n[[channels', 1)
    found = outcomes(
        lambda job: fails_to_train if job["environment"] == "unset" and job.fault is None else None, parquet_only
    )
    assert found["environment.forms-agree"] is Outcome.FAILED
    assert [rule for rule, outcome in found.items() if outcome is Outcome.FAILED] == ["environment.forms-agree"]


def test_formats_are_compared_by_rows_alone_where_text_looks_like_numbers() -> None:
    postcodes = MANIFEST.replace(b'type = "string"', b"type = \"string\"\npattern = '[0-9]{5}'")
    plan = plan_of(loaded(postcodes))
    parquet = [job for job in plan.jobs if job["format"] == "parquet" and job.fault is None]
    assert outcomes(dict.fromkeys(parquet, with_metric("loss", 0.3)), postcodes) == {}
    found = outcomes(dict.fromkeys(parquet, with_metric("rows", 3.0)), postcodes)
    assert found["ingestion.formats-agree"] is Outcome.FAILED


def test_the_only_target_may_be_the_machine_itself() -> None:
    local = MANIFEST.replace(b'name = "by-hand"', b'name = "by-hand"\ntargets = ["local"]')
    plan = plan_of(loaded(local))
    found = outcomes({plan.repeated: with_metric("rows", 3.0)}, local)
    assert Outcome.ERROR not in found.values()


def test_faults_that_were_run_break_a_rule_though_the_engine_lost_another() -> None:
    broken_engine: Change = lambda run: EngineFault(run.job, "500")  # noqa: E731
    found = outcomes({fault("channel-missing"): broken_engine, fault("undeclared-format"): succeeding})
    assert found["failure.exit-code"] is Outcome.FAILED
    assert found["failure.first-1024-characters"] is Outcome.ERROR


def test_a_metric_without_a_number_breaks_logs_metrics() -> None:
    parquet = BASELINE.with_choices(format="parquet")

    def silent(run: Run) -> Run:
        return replace(run, metrics=tuple(MetricSeen(seen.metric) for seen in run.metrics))

    found = outcomes({parquet: silent})
    assert {rule for rule, outcome in found.items() if outcome is Outcome.FAILED} == {"logs.metrics"}


def test_level_must_warns_of_what_should_be() -> None:
    image = in_these({BASELINE.with_choices(partition="nested"): fails_to_train})
    assert judged("ingestion.nested", image, level=Level.MUST).outcome is Outcome.WARNED
    assert judged("ingestion.nested", image).outcome is Outcome.FAILED


def test_a_rule_needs_its_jobs_and_the_plain_one() -> None:
    needed = needed_jobs(RULES["environment.file-format"], PLAN)
    assert {BASELINE, BASELINE.with_choices(format_variable="upper")} <= needed
    assert not any(job.fault for job in needed)
    assert needed_jobs(RULES["launch.platform"], PLAN) == set()
    assert needed_jobs(RULES["launch.trains"], PLAN) == {BASELINE}
