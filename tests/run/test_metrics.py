"""What the log shows of a metric."""

from __future__ import annotations

import pytest

from conformance.manifest.model import Metric
from conformance.run.logs import MetricSearch


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25),
        ("-1e-3", -0.001),
        ("7.", 7.0),
        (".5", 0.5),
        ("1e308", 1e308),
        ("1e999", None),
        ("9" * 400, None),
        ("inf", None),
        ("nan", None),
        ("1_000", None),
        ("٣", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    search = MetricSearch([Metric(name="loss", regex="loss=(.*)")])
    search.line(f"loss={text}")
    (seen,) = search.result()
    assert (seen.matches, seen.value, seen.not_a_number) == (1, value, None if value is not None else text)


def test_an_expression_that_takes_for_ever_is_given_up() -> None:
    search = MetricSearch([Metric(name="loss", regex="(a+)+$|loss=([0-9]+)")])
    for _ in range(3):
        search.line("a" * 4000 + "!")
    (seen,) = search.result()
    assert seen.matches == 0
    assert seen.too_slow
