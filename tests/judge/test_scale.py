"""What counts as growing faster than the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.judge.ingestion_scale import grows_with_the_rows
from conformance.judge.violation import DoesNotTrain, Unobservable, Violation
from conformance.plan import draw_plan
from conformance.values.job import is_for_scale
from conformance.values.run import Run
from tests.judge.evidence import conforming, loaded

_MB = 10**6
LOADED = loaded()
JOBS = sorted(filter(is_for_scale, draw_plan(LOADED, size="full", seed=0).jobs), key=lambda job: job.data[0].rows)


def series(seconds: Sequence[float], megabytes: Sequence[float] | None = None) -> tuple[Run, ...]:
    """Runs with ever more rows that take so much."""
    runs = [replace(conforming(job, LOADED.manifest), container_s=s) for job, s in zip(JOBS, seconds, strict=True)]
    if megabytes is None:
        return tuple(runs)
    return tuple(replace(run, peak_memory_bytes=int(it * _MB)) for run, it in zip(runs, megabytes, strict=True))


def test_the_jobs_span_three_decades_and_differ_in_nothing_else() -> None:
    assert [job.data[0].rows for job in JOBS] == [100, 1000, 10_000, 100_000]
    assert len({tuple(job.with_choices(rows="plain").choices) for job in JOBS}) == 1


@pytest.mark.parametrize(
    ("seconds", "megabytes"),
    [
        ([1, 1, 1, 1], [100, 100, 100, 100]),
        # Too short to be weighed in earnest.
        ([1, 1, 1, 4], [1, 1, 1, 800]),
        ([4, 4, 4, 4], [100, 101, 110, 200]),
        ([0.3, 0.35, 0.9, 6.3], None),
        # The logarithm that comes with sorting, and what a busy machine adds.
        ([0.3, 0.4, 1.5, 16.0], [50, 51, 62, 170]),
        ([0.3, 0.3, 0.3, 9.0], [150, 150, 150, 500]),
        ([2.0, 1.0, 1.5, 14.0], [150, 180, 140, 160]),
    ],
)
def test_growing_with_the_rows(seconds: Sequence[float], megabytes: Sequence[float] | None) -> None:
    grows_with_the_rows(series(seconds, megabytes))


@pytest.mark.parametrize(
    ("seconds", "megabytes", "what"),
    [([0.3, 0.31, 1.3, 100.3], None, "time"), ([1, 1, 4, 4], [10, 10, 20, 837], "memory")],
)
def test_growing_faster(seconds: Sequence[float], megabytes: Sequence[float] | None, what: str) -> None:
    with pytest.raises(Violation, match=f"^{what} grows faster than the rows: 100 rows") as found:
        grows_with_the_rows(series(seconds, megabytes))
    assert found.value.run is not None
    assert found.value.run.job == JOBS[-1]


def out_of_time(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    return (*runs[:-1], replace(runs[-1], exit_code=None, timed_out=True))


def test_a_limit_that_says_something_and_one_that_does_not() -> None:
    with pytest.raises(Violation, match="100000 rows more than 600"):
        grows_with_the_rows(out_of_time(series([0.3, 0.4, 2.0, 600])))
    with pytest.raises(Violation, match=r"10000 rows 100\.0 s, 100000 rows more than 600"):
        grows_with_the_rows(out_of_time(series([0.3, 1, 100, 600])))
    with pytest.raises(Unobservable, match="--contract-max-time"):
        grows_with_the_rows(out_of_time(series([1, 10, 80, 600])))


def test_rows_that_do_not_train() -> None:
    runs = series([1, 1, 1, 1])
    with pytest.raises(DoesNotTrain):
        grows_with_the_rows((*runs[:-1], replace(runs[-1], exit_code=1)))
