"""Rules on what a training job cannot reach."""

from __future__ import annotations

from conformance.contract.limits import PATIENCE_S
from conformance.judge.looks import Claim, Pair, pairs, the_plain_job
from conformance.judge.properties import trains
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.violation import Unobservable, Violation


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
    "isolation.patient",
    SHOULD,
    "V8",
    targets=("sagemaker", "clean-rooms"),
    looks_at=pairs("network"),
    hint="ask nothing of a network in training, not even a name; libraries that call home have a switch for it "
    "(HF_HUB_OFFLINE=1, WANDB_MODE=offline)",
)
def trains_where_nobody_answers(pair: Pair) -> None:
    """Where packets are swallowed and no name server answers: trains, and takes 60 s longer at most."""
    run = pair.changed
    if pair.plain.job["network"] != "none":
        raise Unobservable("without a network it does not train in any case")
    if not run.had_route:
        raise Unobservable("internal networks of this engine have no route, so that no packet is waited for")
    if run.timed_out and run.limit_s < pair.plain.container_s + PATIENCE_S:
        raise Unobservable("it takes longer than the session lets a job take: use --contract-max-time=MINUTES")
    if run.timed_out:
        raise Violation(f"the job {run.ending}, and takes {pair.plain.container_s:.0f} s where there is no network")
    trains(run)


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
