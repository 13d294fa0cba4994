"""A larger plan sees what a smaller one sees."""

from __future__ import annotations

from conformance.plan import draw_plan
from tests.judge.evidence import loaded


def test_full_has_all_that_gate_has() -> None:
    gate, full = (draw_plan(loaded(), size=size, seed=0) for size in ("gate", "full"))
    assert set(gate.jobs) <= set(full.jobs)
    assert gate.baseline == full.baseline
