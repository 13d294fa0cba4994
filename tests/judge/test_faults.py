"""Rules on jobs with a fault: which ends are failures, which are harmless, and which texts say what is at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.values.job import FaultKind, Job
from conformance.values.run import EngineFault, Run
from conformance.values.verdict import Level, Outcome, RuleResult
from tests.judge.evidence import (
    Change,
    conforming,
    failing,
    in_these,
    judged,
    loaded,
    noticing,
    plan_of,
    succeeding,
    with_failure_text,
)

MANIFEST = loaded()
PLAN = plan_of(MANIFEST)


def faulty(kind: FaultKind, value: str | None = None, failure_path: str = "") -> Job:
    """The first job with such a fault."""
    return next(
        job
        for job in PLAN.jobs
        if job.fault is not None
        and job.fault.kind == kind
        and value in (None, job.fault.value)
        and job.fault.failure_path == failure_path
    )


def outcome(rule_id: str, changes: dict[Job, Change], level: Level = Level.SHOULD) -> RuleResult:
    """What comes of a rule; a job that is run again comes out as before."""
    return judged(rule_id, in_these(changes), level=level)


def reading(rows: int | None) -> Change:
    """A change to a run that trains on so many rows, or does not say on how many."""

    def change(run: Run) -> Run | EngineFault:
        plain = conforming(PLAN.baseline, MANIFEST.manifest)
        counted = None if rows is None else float(rows)
        seen = tuple(replace(s, value=counted) if s.metric.observes == "rows" else s for s in plain.metrics)
        return replace(plain, job=run.job, metrics=seen)

    return change


def test_a_conforming_image_keeps_the_rules() -> None:
    for rule_id in (
        "ingestion.corrupt",
        "ingestion.wrong-type",
        "channels.pipe",
        "failure.early",
        "failure.unwritable",
    ):
        assert outcome(rule_id, {}).outcome is Outcome.PASSED


ALL_ROWS = PLAN.baseline.data[0].rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(ALL_ROWS, Outcome.PASSED), (ALL_ROWS - 1, Outcome.FAILED), (0, Outcome.FAILED), (None, Outcome.PASSED)],
)
def test_bytes_of_another_format_may_be_read_if_all_rows_are(rows: int | None, expected: Outcome) -> None:
    found = outcome("ingestion.corrupt", {faulty("corrupt", "other-format"): reading(rows)})
    assert found.outcome is expected


@pytest.mark.parametrize("way", ["foreign", "in-quotes", "more-fields", "footer", "page-damaged", "page-cut"])
def test_a_damaged_file_is_never_harmless(way: str) -> None:
    assert outcome("ingestion.corrupt", {faulty("corrupt", way): reading(ALL_ROWS)}).outcome is Outcome.FAILED


def test_a_record_of_too_few_fields_weighs_less() -> None:
    changes = {faulty("corrupt", "fewer-fields"): reading(ALL_ROWS)}
    assert outcome("ingestion.corrupt", changes, Level.MUST).outcome is Outcome.WARNED
    assert outcome("ingestion.corrupt", changes, Level.SHOULD).outcome is Outcome.FAILED


def without_a_file(run: Run) -> Run:
    """A change to a failing run without a failure file."""
    return Run(run.job, 1, limit_s=60)


@pytest.mark.parametrize("kind", ["configuration-cut", "channel-missing", "undeclared-format"])
def test_an_early_fault_without_a_failure_file_is_of_failure_early_alone(kind: FaultKind) -> None:
    changes: dict[Job, Change] = {faulty(kind): without_a_file}
    assert outcome("failure.early", changes).outcome is Outcome.FAILED
    assert outcome("failure.file", changes).outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", ["corrupt", "hyperparameter", "channel-empty"])
def test_a_later_fault_without_a_failure_file_is_of_failure_file_alone(kind: FaultKind) -> None:
    changes: dict[Job, Change] = {faulty(kind): without_a_file}
    assert outcome("failure.early", changes).outcome is Outcome.PASSED
    assert outcome("failure.file", changes).outcome is Outcome.FAILED


def test_a_configuration_that_is_cut_off_and_not_noticed_is_of_failure_early() -> None:
    assert outcome("failure.early", {faulty("configuration-cut"): succeeding}).outcome is Outcome.FAILED
    assert outcome("failure.early", {faulty("channel-missing"): succeeding}).outcome is Outcome.PASSED


@pytest.mark.parametrize("path", ["directory", "read-only"])
def test_a_failure_path_that_cannot_be_written_needs_no_file_but_an_exit_code(path: str) -> None:
    job = faulty("channel-missing", failure_path=path)
    silent: dict[Job, Change] = {job: without_a_file}
    ended: dict[Job, Change] = {job: lambda run: Run(run.job, 0)}
    for rule_id in ("failure.unwritable", "failure.file", "failure.early"):
        assert outcome(rule_id, silent).outcome is Outcome.PASSED
    assert outcome("failure.unwritable", ended).outcome is Outcome.FAILED
    assert outcome("failure.exit-code", ended).outcome is Outcome.PASSED


def test_a_fault_that_is_never_noticed_says_nothing_of_the_failure_path() -> None:
    unnoticed = {job: succeeding for job in PLAN.jobs if job.fault is not None and job.fault.kind == "channel-missing"}
    assert outcome("failure.unwritable", dict(unnoticed)).outcome is Outcome.PASSED
    assert outcome("channels.missing", dict(unnoticed)).outcome is Outcome.FAILED
    silent: dict[Job, Change] = dict.fromkeys(unnoticed, noticing)
    assert outcome("failure.exit-code", silent).outcome is Outcome.PASSED


def test_a_pipe_that_is_taken_for_a_missing_channel_is_no_second_fault() -> None:
    changes: dict[Job, Change] = {faulty("channel-missing"): noticing, faulty("channel-pipe"): noticing}
    assert outcome("failure.exit-code", changes).outcome is Outcome.PASSED
    assert outcome("channels.missing", changes).outcome is Outcome.FAILED
    assert outcome("channels.pipe", changes).outcome is Outcome.WARNED
    changes[faulty("configuration-cut")] = noticing
    assert outcome("failure.exit-code", changes).outcome is Outcome.FAILED


def told(text: Callable[[Job], str]) -> dict[Job, Change]:
    """Changes to an image that writes such texts under all faults."""
    return {
        job: lambda run: failing(run.job, text(run.job))
        for job in PLAN.jobs
        if job.fault is not None and not job.fault.failure_path
    }


def _usage(job: Job) -> str:
    """What a parser of arguments and one of tables write, which list all that they know."""
    assert job.fault is not None
    match job.fault.kind:
        case "hyperparameter":
            return f"usage: [--epochs EPOCHS]\nargument --epochs: invalid int value: '{job.fault.value[:40]}'"
        case "column-missing":
            return f"expected the columns age, city, label; {job.fault.subject} is not there"
        case "wrong-type":
            return f"column {job.fault.subject} holds text"
        case "corrupt":
            return "the columns age, city, label are not there: is this csv, as FILE_FORMAT says?"
    return f"cannot train: {job.fault.names[0]}"


def test_a_text_may_list_what_is_known_where_that_is_at_fault() -> None:
    assert outcome("failure.first-1024-characters", told(_usage)).outcome is Outcome.PASSED


def test_a_text_may_happen_to_hold_a_word_that_is_the_name_of_a_column() -> None:
    def of_labels(job: Job) -> str:
        at_fault = job.fault
        assert at_fault is not None
        more = ", a file without label" if at_fault.kind == "configuration-cut" else ""
        return f"cannot train: {at_fault.names[0]}{more}"

    assert outcome("failure.first-1024-characters", told(of_labels)).outcome is Outcome.PASSED


def test_a_text_on_a_wrong_cell_may_list_the_columns_and_formats() -> None:
    def listing(job: Job) -> str:
        at_fault = job.fault
        assert at_fault is not None
        known = "the channel train has the columns age, city, label, as csv or parquet"
        return f"{known}; {at_fault.names[0]} is wrong" if at_fault.channel else at_fault.names[0]

    assert outcome("failure.first-1024-characters", told(listing)).outcome is Outcome.PASSED


def _everything(_job: Job) -> str:
    return "check epochs in hyperparameters.json, FILE_FORMAT, the channel train and its columns age, city, label"


def test_a_text_that_lists_everything_whatever_is_at_fault_says_nothing() -> None:
    assert outcome("failure.first-1024-characters", told(_everything)).outcome is Outcome.FAILED


@pytest.mark.parametrize("kind", ["wrong-type", "configuration-cut", "channel-pipe", "column-missing"])
def test_a_text_has_to_name_what_is_at_fault(kind: FaultKind) -> None:
    changes: dict[Job, Change] = {faulty(kind): with_failure_text("something is wrong with the job")}
    assert outcome("failure.first-1024-characters", changes).outcome is Outcome.FAILED


@pytest.mark.parametrize("kind", ["zero-bytes", "channel-empty", "header-alone", "corrupt"])
def test_a_text_need_not_name_the_only_channel_that_is_empty_nor_damaged_bytes(kind: FaultKind) -> None:
    changes: dict[Job, Change] = {faulty(kind): with_failure_text("something is wrong with the data")}
    assert outcome("failure.first-1024-characters", changes).outcome is Outcome.PASSED


def test_a_long_failure_file_is_warned_of() -> None:
    assert outcome("failure.fits", {faulty("corrupt"): with_failure_text("x" * 1024)}).outcome is Outcome.PASSED
    assert outcome("failure.fits", {faulty("corrupt"): with_failure_text("ä" * 513)}).outcome is Outcome.WARNED
