"""Which values of the choices stand in a plan, and beside which others."""

from __future__ import annotations

import pytest

from conformance.plan import draw_plan
from conformance.plan.covering import feasible_pairs, pairs_of
from conformance.plan.draw import factors
from conformance.values.job import differences, with_part_of
from conformance.values.plan import Plan
from tests.judge.evidence import MANIFEST, OPTIONAL_CHANNEL, loaded, plan_of


def plan(text: bytes = MANIFEST) -> Plan:
    return plan_of(loaded(text))


def of_format(format_: str) -> bytes:
    columns = b"[[channels.train.columns]]"
    return MANIFEST.replace(columns, b'[channels.train]\nformats = ["%s"]\n%s' % (format_.encode(), columns), 1)


def alone(choice: str, drawn: Plan) -> list[dict[str, str]]:
    """In what the valid jobs differ from the plain one that are compared with a job equal but for a choice."""
    known = set(drawn.jobs)
    found = []
    for job in drawn.select(lambda job: job.fault is None and not job.stop):
        beside = with_part_of(drawn.baseline, job, {choice})
        differing = differences(job, drawn.baseline)
        if choice in differing and "data" not in differing and beside in known:
            found.append(differing)
    return found


def test_rows_in_several_files_are_compared_in_each_format() -> None:
    found = alone("partition", plan())
    for layout in ("several", "nested", "mixed"):
        assert {"partition": layout} in found
        assert {"partition": layout, "format": "parquet"} in found


def test_file_names_are_compared_in_each_format() -> None:
    found = alone("file-names", plan())
    for names in ("bare", "spaces", "dates", "misleading"):
        assert {"file-names": names} in found
        assert {"file-names": names, "format": "parquet"} in found
    assert {"file-names": "mixed", "partition": "several"} in found
    assert {"file-names": "mixed", "partition": "several", "format": "parquet"} in found
    assert [each for each in found if each["file-names"] == "snappy"] == [{"file-names": "snappy", "format": "parquet"}]


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_there_is_no_job_in_a_format_that_is_not_declared(format_: str) -> None:
    drawn = plan(of_format(format_))
    assert {job["format"] for job in drawn.jobs if job.fault is None} == {format_}
    assert {"partition": "mixed"} in alone("partition", drawn)


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ((), set()),
        (("validation",), {"absent"}),
        (("validation", "test"), {"absent", "first-absent", "last-absent"}),
    ],
)
def test_optional_channels_are_absent_together_and_one_by_one(names: tuple[str, ...], values: set[str]) -> None:
    text = MANIFEST.replace(b'observes = "rows"', b'observes = "rows"\nchannel = "train"')
    drawn = plan(text + "".join(map(OPTIONAL_CHANNEL.format, names)).encode())
    found = alone("optional-channels", drawn)
    assert {frozenset(each.items()) for each in found} == {frozenset({("optional-channels", it)}) for it in values}
    for job in drawn.jobs:
        if job["optional-channels"] in ("first-absent", "last-absent"):
            assert differences(job, drawn.baseline).keys() == {"optional-channels"}


@pytest.mark.parametrize("size", ["gate", "full"])
def test_every_feasible_pair_of_values_occurs(size: str) -> None:
    manifest = loaded()
    drawn = draw_plan(manifest, size=size, seed=0)
    wanted = feasible_pairs(factors(manifest.manifest))
    for job in drawn.select(lambda job: job.fault is None and not job.stop):
        wanted -= pairs_of(dict(job.choices))
    assert not wanted
