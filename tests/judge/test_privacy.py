"""A canary counts only if in both of two jobs the one that the job had is there, and the other is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.data import canaries
from conformance.judge import RULES
from conformance.judge.violation import Violation
from conformance.values.inspection import Sighting
from conformance.values.job import Canary, Job
from conformance.values.run import Run
from tests.judge.evidence import MODEL, evidence, failing

Told = dict[tuple[str, int], tuple[str, str]]


def _jobs(kind: str | None = None) -> tuple[Job, Job]:
    jobs = [
        job
        for job in evidence().plan.jobs
        if job["format"] == "csv" and job.data[0].canaries and (None if job.fault is None else job.fault.kind) == kind
    ]
    one, other = jobs
    return one, other


def _cells(job: Job, column: str) -> list[Canary]:
    return [canary for _, canary in canaries.canaries_of(job) if canary.column == column]


def _run(job: Job, *sightings: Sighting) -> Run:
    run = Run(job, 0, model=MODEL) if job.fault is None else failing(job, "a cell is wrong")
    return replace(run, sightings=sightings)


def _violation(rule_id: str, one: Run, other: Run) -> Violation | None:
    rule = RULES[rule_id]
    found = evidence()
    assert (one.job, other.job) in list(rule.looks_at.jobs(found.plan))
    observation = rule.looks_at.observe((one, other), found.subject)
    assert observation is not None
    try:
        rule.check(observation)
    except Violation as violation:
        return violation
    return None


def _seen(canary: Canary, place: str = "stdout", form: str = "text", *, other: bool = False) -> Sighting:
    return Sighting(canary.other if other else canary.text, place, form)


def test_a_cell_in_both_logs_is_a_leak() -> None:
    one, other = _jobs()
    a, b = _cells(one, "city")[0], _cells(other, "city")[0]
    violation = _violation("privacy.logs", _run(one, _seen(a)), _run(other, _seen(b)))
    assert violation is not None
    assert a.text in violation.message
    assert f"row {a.row + 1} of column city" in violation.message


def test_what_stands_in_one_log_alone_is_chance() -> None:
    one, other = _jobs()
    for column in ("age", "city"):
        a, b = _cells(one, column)[:2], _cells(other, column)[:2]
        assert _violation("privacy.logs", _run(one, _seen(a[0])), _run(other)) is None
        assert _violation("privacy.logs", _run(one), _run(other, _seen(b[0]))) is None
        # As of a quantile, which is the number of one row.
        found = _violation("privacy.logs", _run(one, _seen(a[0])), _run(other, _seen(b[1])))
        assert (found is None) == (column == "age")


def test_texts_of_rows_that_are_picked_by_chance_are_a_leak() -> None:
    one, other = _jobs()
    a, b = _cells(one, "city"), _cells(other, "city")
    violation = _violation("privacy.logs", _run(one, _seen(a[0]), _seen(a[3])), _run(other, _seen(b[1])))
    assert violation is not None
    assert "with other values in the column, some of those are there" in violation.message
    both = _run(other, _seen(b[1]), _seen(a[0]))
    assert _violation("privacy.logs", _run(one, _seen(a[0])), both) is None


def test_what_stands_there_whatever_the_cell_holds_is_none() -> None:
    one, other = _jobs()
    a, b = _cells(one, "age")[0], _cells(other, "age")[0]
    assert _violation("privacy.logs", _run(one, _seen(a), _seen(a, other=True)), _run(other, _seen(b))) is None
    assert _violation("privacy.logs", _run(one, _seen(a)), _run(other, _seen(b), _seen(b, other=True))) is None


def test_each_rule_looks_in_its_own_places() -> None:
    one, other = _jobs()
    a, b = _cells(one, "city")[0], _cells(other, "city")[0]
    for place, broken in (
        ("stderr", "privacy.logs"),
        ("model/a", "privacy.artifacts"),
        ("output/data/a", "privacy.artifacts"),
    ):
        runs = _run(one, _seen(a, place)), _run(other, _seen(b, place))
        for rule_id in ("privacy.logs", "privacy.artifacts"):
            assert (_violation(rule_id, *runs) is not None) == (rule_id == broken)
    runs = _run(one, _seen(a, "output/failure")), _run(other, _seen(b, "output/failure"))
    assert _violation("privacy.logs", *runs) is None


@pytest.mark.parametrize("column", ["age", "city"])
def test_the_failure_file_holds_neither_the_wrong_cell_nor_another(column: str) -> None:
    one, other = _jobs("wrong-cell")
    a, b = _cells(one, column)[-1], _cells(other, column)[-1]
    violation = _violation(
        "privacy.failure", _run(one, _seen(a, "output/failure")), _run(other, _seen(b, "output/failure"))
    )
    assert violation is not None
    assert a.text in violation.message


@pytest.mark.parametrize(("count", "leaks"), [(1, False), (20, False), (24, True), (32, True)])
def test_four_bytes_count_only_for_most_of_a_column(count: int, leaks: bool) -> None:
    one, other = _jobs()
    runs = [
        _run(job, *(_seen(canary, "model/a", "float32") for canary in _cells(job, "age")[:count]))
        for job in (one, other)
    ]
    assert (_violation("privacy.artifacts", *runs) is not None) == leaks


def _rounded(job: Job, canaries_of_column: Sequence[Canary], *, other: bool = False) -> Run:
    return _run(job, *(_seen(canary, form=canaries.ROUNDED, other=other) for canary in canaries_of_column))


@pytest.mark.parametrize(
    ("begin", "end", "leaks"), [(0, 2, False), (0, 4, False), (0, 5, True), (2, 4, False), (2, 5, True)]
)
def test_of_rounded_numbers_three_count_beside_the_ends(begin: int, end: int, leaks: bool) -> None:
    one, other = _jobs()
    runs = [_rounded(job, _cells(job, "age")[begin:end]) for job in (one, other)]
    violation = _violation("privacy.logs", *runs)
    assert (violation is not None) == leaks
    assert violation is None or " as a rounded number, and cells of " in violation.message


@pytest.mark.parametrize(("shown", "strays", "leaks"), [(3, 1, False), (4, 1, True), (4, 2, False), (5, 2, True)])
def test_rounded_numbers_where_they_cannot_come_from_count_against_the_others(
    shown: int, strays: int, leaks: bool
) -> None:
    one, other = _jobs()
    a, b = _cells(one, "age")[2:], _cells(other, "age")[2:]
    stray = _rounded(one, a[shown : shown + strays], other=True).sightings
    run = _rounded(one, a[:shown])
    runs = replace(run, sightings=(*run.sightings, *stray)), _rounded(other, b[:shown])
    assert (_violation("privacy.logs", *runs) is not None) == leaks


@pytest.mark.parametrize(("same", "others", "leaks"), [(1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False)])
@pytest.mark.parametrize("form", ["text", "float64"])
def test_cells_that_are_mostly_of_other_rows_are_quantiles(same: int, others: int, leaks: bool, form: str) -> None:
    one, other = _jobs()
    a, b = _cells(one, "age")[2:], _cells(other, "age")[2:]
    runs = (
        _run(one, *(_seen(c, form=form) for c in a[: same + others])),
        _run(other, *(_seen(c, form=form) for c in b[:same])),
    )
    assert (_violation("privacy.logs", *runs) is not None) == leaks
    # The lowest value is the cell of the same row in both.
    lowest = [replace(run, sightings=(*run.sightings, _seen(_cells(run.job, "age")[0], form=form))) for run in runs]
    assert _violation("privacy.logs", *lowest) is not None


def test_a_variable_counts_if_both_values_are_there() -> None:
    one, other = (job for job in evidence().plan.jobs if canaries.secret_of(job) is not None and job.fault is None)
    secrets = [Sighting(canaries.secret_of(job) or "", "stdout", "text") for job in (one, other)]
    assert _violation("privacy.environment", _run(one, secrets[0]), _run(other, secrets[1])) is not None
    assert _violation("privacy.environment", _run(one, secrets[0]), _run(other)) is None
    assert _violation("privacy.environment", _run(one, secrets[0]), _run(other, secrets[0])) is None
