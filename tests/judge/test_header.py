"""Rows that are lost, or added, by the number of files are charged to the header, and no others are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.data.layout import part_count
from conformance.judge import RULES
from conformance.judge.violation import Violation
from conformance.values.job import Job
from tests.judge.evidence import evidence, in_these, loaded, plan_of, with_metric

_RULE = RULES["ingestion.header"]
Missing = Callable[[Job, int], int]


def _said(missing: Missing) -> list[str]:
    """What the rule says where so many rows are missing from a job with so many files."""
    plan = plan_of(loaded())
    of_csv = [job for job in plan.jobs if job.fault is None and job["format"] == "csv"]
    changes = {}
    for job in of_csv:
        rows = job.data[0].rows
        changes[job] = with_metric("rows", float(rows - missing(job, part_count(job["partition"], rows))))
    seen = evidence(in_these(changes))
    said = []
    for jobs in _RULE.looks_at.jobs(seen.plan):
        runs = tuple(run for job in jobs if (run := seen.run_of(job)) is not None)
        try:
            _RULE.check(_RULE.looks_at.observe(runs, seen.subject))
        except Violation as violation:
            said.append(violation.message)
    return said


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (lambda _, files: files, "lacks one row for each file,"),
        (lambda _, files: files - 1, "lacks one row for each file but the first,"),
        (lambda _, files: -files, "has one row too many for each file,"),
        (lambda _, files: 1 - files, "has one row too many for each file but the first,"),
    ],
)
def test_a_row_for_each_file_is_the_headers(missing: Missing, said: str) -> None:
    (message,) = _said(missing)
    assert said in message


@pytest.mark.parametrize(
    "missing",
    [
        lambda _job, _files: 0,
        lambda _job, _files: 1,
        lambda job, _files: job.data[0].rows % 10,
        # The first of five files has four rows, as many as there are others.
        lambda job, files: 4 if job["partition"] == "several" else 0,
        lambda job, files: files - 1 if job["line-ends"] == "crlf" else 0,
    ],
)
def test_other_rows_are_not(missing: Missing) -> None:
    assert _said(missing) == []
