"""Rules on what a training job cannot reach."""

from __future__ import annotations

from conformance.judge.looks import the_baseline
from conformance.judge.properties import trains
from conformance.judge.rule import MUST, rule
from conformance.values.run import Run


@rule(
    "isolation.offline",
    MUST,
    "V8",
    targets=("sagemaker", "clean-rooms"),
    looks_at=the_baseline(),
    hint="bring weights, packages and tokenizers in the image, and send nothing anywhere",
)
def trains_offline(run: Run) -> None:
    """Trains with no network."""
    trains(run)
