"""Logs that are longer than what an engine keeps of them."""

from __future__ import annotations

import pytest

from conformance.manifest.model import Metric
from conformance.run.logs import MetricSearch, read_log
from conformance.values.run import MetricSeen

LINES = b"rows=1 loss=0.5\n" * 1000
METRICS = [
    Metric(name="rows", regex="rows=([0-9]+)", observes="rows", combine="sum"),
    Metric(name="loss", regex="loss=([0-9.]+)", observes="model"),
    Metric(name="never", regex="never=([0-9]+)"),
]


def seen_of(*streams: list[bytes]) -> dict[str, MetricSeen]:
    search = MetricSearch(METRICS)
    for stream in streams:
        read_log(stream, search)
    return {seen.metric.name: seen for seen in search.result()}


@pytest.fixture(autouse=True)
def little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.run.logs._KEPT_BYTES", 150_000)


# Beside each of the lines the engine keeps its time and its stream.
@pytest.mark.parametrize("streams", [[[LINES, LINES]], [[LINES], [LINES]], [[LINES], [b"x" * 60_000]]])
def test_what_came_first_may_be_lost(streams: list[list[bytes]]) -> None:
    seen = seen_of(*streams)
    assert all(each.cut for each in seen.values())
    assert seen["rows"].value is None
    assert (seen["loss"].value, seen["never"].matches) == (0.5, 0)


def test_a_log_of_a_few_lines_is_whole() -> None:
    seen = seen_of([LINES])
    assert not any(each.cut for each in seen.values())
    assert seen["rows"].value == 1000
