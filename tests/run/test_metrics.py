"""What the log shows of a metric."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from conformance.manifest.model import Metric
from conformance.run.logs import MetricSearch
from conformance.values.run import MetricSeen


def seen_in(lines: Iterable[str], regex: str) -> MetricSeen:
    """What a metric's regular expression finds in the lines of a log."""
    search = MetricSearch([Metric(name="loss", regex=regex)])
    for line in lines:
        search.line(line)
    (seen,) = search.result()
    return seen


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
    seen = seen_in([f"loss={text}"], "loss=(.*)")
    assert (seen.matches, seen.value, seen.not_a_number) == (1, value, None if value is not None else text)


def test_an_expression_that_takes_for_ever_is_given_up() -> None:
    seen = seen_in(["a" * 4000 + "!"] * 3, "(a+)+$|loss=([0-9]+)")
    assert seen.matches == 0
    assert seen.too_slow


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r'train_loss{split="train"} ([0-9.]+)', 'train_loss{split="train"} 0.25'),
        (r"{epoch: \d+, loss: ([0-9.]+)}", "{epoch: 3, loss: 0.25}"),
        (r"loss{e}=([0-9.]+)", "loss{e}=0.25"),
        (r"loss{e<=1}=([0-9.]+)", "loss{e<=1}=0.25"),
        (r"[[:al]oss=([0-9.]+)", "loss=0.25"),
        (r"[]l{i}]oss=([0-9.]+)", "loss=0.25"),
        (r"[^]x]oss=([0-9.]+)", "loss=0.25"),
        (r"los{2}=([0-9.]{1,9})", "loss=0.25"),
        (r"los{,2}=([0-9]{1}.\d{2,})", "loss=0.25"),
        (r"loss\{d\}=([0-9.]+)", "loss{d}=0.25"),
        (r"\N{LATIN SMALL LETTER L}oss=(?P<loss>[0-9.]+)", "loss=0.25"),
        (r"(?x) loss = ([0-9.]+) # {i} a comment", "loss=0.25"),
    ],
)
def test_expressions_mean_what_they_mean_for_python(pattern: str, line: str) -> None:
    for text in (line, line.replace("0.25", "x"), "[" + line):
        seen = seen_in([text], pattern)
        expected = re.search(pattern, text)
        assert (seen.matches, seen.value) == ((0, None) if expected is None else (1, float(expected.group(1))))
