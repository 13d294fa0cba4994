"""Rules on what a training job cannot reach."""

from __future__ import annotations

from conformance.judge.looks import Claim, the_plain_job
from conformance.judge.properties import trains
from conformance.judge.rule import MUST, rule


@rule(
    "isolation.offline",
    MUST,
    "V8",
    targets=("sagemaker", "clean-rooms"),
    looks_at=the_plain_job(without="network"),
    hint="bring weights, packages and tokenizers in the image, and send nothing anywhere",
)
def trains_offline(claim: Claim) -> None:
    """Trains with no network."""
    trains(claim.run)


@rule(
    "isolation.credentials",
    MUST,
    "V8 credentials",
    targets=("sagemaker", "clean-rooms"),
    looks_at=the_plain_job(without="credentials"),
    hint="make clients of AWS only where they are needed, which is never in training, and name the region yourself",
)
def trains_without_credentials(claim: Claim) -> None:
    """Trains with no AWS credentials, no region and no metadata service."""
    trains(claim.run)
