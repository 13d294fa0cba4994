"""How large plans are, and that a larger one sees what a smaller one sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.plan import draw_plan
from conformance.plan.draw import GATE_RUNS, SMOKE_RUNS
from tests.judge.evidence import loaded

TRAINEES = Path(__file__).parents[1] / "trainees"


def manifest_of(name: str) -> bytes:
    """The manifest of a trainee."""
    small = (TRAINEES / "small" / "algorithm.toml").read_bytes()
    match name:
        case "channels":
            return small + (TRAINEES / "channels" / "optional.toml").read_bytes()
        case "hosts":
            return small + b"max_hosts = 3\n"
    return (TRAINEES / name / "algorithm.toml").read_bytes()


def test_full_has_all_that_gate_has() -> None:
    gate, full = (draw_plan(loaded(), size=size, seed=0) for size in ("gate", "full"))
    assert set(gate.jobs) <= set(full.jobs)
    assert gate.baseline == full.baseline


@pytest.mark.parametrize(
    "name", ["small", "static", "shell", "perl", "typed", "channels", "hosts", "frames", "coarse", "torch"]
)
def test_a_plan_is_not_too_large(name: str) -> None:
    for size, most in (("smoke", SMOKE_RUNS), ("gate", GATE_RUNS)):
        assert len(draw_plan(loaded(manifest_of(name)), size=size, seed=0).jobs) <= most
