"""How much memory a job was seen to take."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.run.weighing import taken_bytes
from tests.run.jobs import manifest_of, plain_job, run_job

_TAKES = "taken = b'x' * 150_000_000\ntime.sleep(2.5)\n"


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ({"memory_stats": {"usage": 100, "stats": {"total_inactive_file": 30, "inactive_file": 1}}}, 70),
        ({"memory_stats": {"usage": 100, "stats": {"inactive_file": 30}}}, 70),
        ({"memory_stats": {"usage": 100}}, 100),
        ({"memory_stats": {}}, None),
        ({}, None),
    ],
)
def test_what_a_sample_shows(sample: dict[str, dict[str, int]], expected: int | None) -> None:
    assert taken_bytes(sample) == expected


def test_a_job_is_weighed_where_its_rows_are_what_it_is_about(trainee: Callable[[str], str]) -> None:
    loaded = manifest_of(_TAKES)
    plain = plain_job(loaded)
    weighed = run_job(trainee("shell"), loaded, plain.with_choices(rows="most"))
    assert weighed.exit_code == 0
    assert weighed.peak_memory_bytes is not None
    assert 150_000_000 < weighed.peak_memory_bytes < 250_000_000
    assert run_job(trainee("shell"), loaded, plain).peak_memory_bytes is None
