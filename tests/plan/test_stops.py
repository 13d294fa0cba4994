"""The jobs that are stopped: how many, with what, in which plans."""

from __future__ import annotations

import pytest

from conformance.plan import draw_plan
from conformance.values.job import Job, differences
from tests.judge.evidence import MANIFEST, loaded

INTERRUPT = b'\n[interrupt]\nhyperparameters = { epochs = "1000000" }\n'


def stops_of(size: str, text: bytes = MANIFEST + INTERRUPT) -> tuple[list[Job], Job]:
    plan = draw_plan(loaded(text), size=size, seed=0)
    return list(plan.select(lambda job: bool(job.stop))), plan.baseline


@pytest.mark.parametrize("size", ["gate", "full"])
def test_a_plan_stops_two_in_the_middle_one_later_one_early(size: str) -> None:
    stops, plain = stops_of(size)
    assert sorted(job.stop for job in stops) == ["early", "later", "middle", "middle"]
    assert all(dict(job.hyperparameters)["epochs"] == "1000000" for job in stops)
    one, other = (job for job in stops if job.stop == "middle")
    assert not differences(one, plain)
    assert differences(other, plain) == {"format": "parquet", "data": "drawn"}
    assert all(job.fault is None for job in stops)


def test_the_smallest_plan_stops_one() -> None:
    stops, _ = stops_of("smoke")
    assert [job.stop for job in stops] == ["middle"]


@pytest.mark.parametrize(("size", "expected"), [("smoke", []), ("gate", ["early"])])
def test_without_interrupt_no_job_is_stopped_in_the_middle(size: str, expected: list[str]) -> None:
    stops, plain = stops_of(size, MANIFEST)
    assert [job.stop for job in stops] == expected
    assert all(job.hyperparameters == plain.hyperparameters for job in stops)


def test_where_there_is_one_format_the_other_job_has_several_files() -> None:
    columns = b"[[channels.train.columns]]"
    text = MANIFEST.replace(columns, b'[channels.train]\nformats = ["csv"]\n' + columns, 1)
    stops, plain = stops_of("gate", text + INTERRUPT)
    other = [job for job in stops if job.stop == "middle"][1]
    assert differences(other, plain) == {"partition": "several", "data": "drawn"}
