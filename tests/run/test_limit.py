"""How long a job may run: the plain one, others, and those that are stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.run.limit import limit_s
from conformance.values.job import Fault, Job, StopTime
from conformance.values.run import EngineFault, Run
from tests.judge.evidence import conforming, failing, loaded, plan_of

JOB: Job = plan_of(loaded()).baseline
MAX_S = 600.0


def baseline(took_s: float) -> Run:
    return replace(conforming(JOB, loaded().manifest), container_s=took_s)


@pytest.mark.parametrize(
    ("declared", "result", "expected"),
    [
        (None, None, 600),
        (None, baseline(1), 60),
        (None, baseline(20), 200),
        (None, baseline(500), MAX_S),
        (30, None, 30),
        (30, baseline(20), 30),
        (5000, baseline(1), MAX_S),
        # A plain job that fails at once does not make those slow that are to find out why.
        (None, replace(failing(JOB, "no"), container_s=0.1), 600),
        (None, EngineFault(JOB, "gone"), 600),
    ],
)
def test_the_limit_of_a_job(declared: float | None, result: Run | EngineFault | None, expected: float) -> None:
    assert limit_s(JOB, declared, result, MAX_S) == expected


@pytest.mark.parametrize(
    ("stop", "declared", "took_s", "expected"),
    [
        ("middle", None, 5, 12),
        ("later", None, 5, 24),
        ("early", None, 0.3, 0.5),
        ("early", None, 3, 1.5),
        ("early", None, 60, 2),
        ("middle", 30, 20, 30),
        ("later", 30, 10, 30),
    ],
)
def test_a_job_is_stopped_by_the_clock(stop: StopTime, declared: float | None, took_s: float, expected: float) -> None:
    assert limit_s(replace(JOB, stop=stop), declared, baseline(took_s), MAX_S) == expected


def test_what_is_long_on_purpose_has_all_the_time_there_is() -> None:
    jobs = (JOB.with_choices(rows="most"), JOB.with_choices(partition="thousand"))
    assert [limit_s(job, 30, baseline(1), MAX_S) for job in jobs] == [MAX_S, MAX_S]
    starved = replace(JOB, fault=Fault("little-memory", "resources.memory", "", ()))
    assert limit_s(starved, 30, baseline(1), MAX_S) == MAX_S
