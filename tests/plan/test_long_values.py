"""Long values of hyperparameters: a message with them that is cut somewhere is cut within a character."""

from __future__ import annotations

import pytest

from conformance.plan import draw_plan
from tests.judge.evidence import loaded


@pytest.mark.parametrize("seed", range(5))
def test_wherever_a_message_is_cut_a_character_is(seed: int) -> None:
    plan = draw_plan(loaded(), size="gate", seed=seed)
    faults = [
        job.fault for job in plan.jobs if job.fault is not None and "most of them not ASCII" in job.fault.sentence
    ]
    first, second = (fault.value.encode() for fault in faults)
    assert first[0] < 0x80
    for size in range(600, 1100):
        cut = [text[:size].decode("utf-8", "ignore").encode() != text[:size] for text in (first, second)]
        assert any(cut)
