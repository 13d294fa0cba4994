"""Rules on what a training job may use."""

from __future__ import annotations

from conformance.judge.looks import Claim, beside_a_fault_of, runs, the_plain_job, with_fault_of
from conformance.judge.properties import fails, trains
from conformance.judge.rule import MAY, MUST, rule
from conformance.judge.violation import FaultUnnoticed, Unobservable
from conformance.values.artifacts import Tree
from conformance.values.run import Run

_ROOT = ("", "0", "root")
_ABOUT = 0.9


@rule(
    "resources.model-dir-unwritable",
    MUST,
    "F1 resources",
    looks_at=runs(with_fault_of("resources.model-dir-unwritable")),
    hint="let an error of saving the model end the job: catch it only to write the failure file",
)
def fails_without_a_place_for_the_model(run: Run) -> None:
    """A model directory that is mounted read-only: fails."""
    fails(run)


@rule(
    "resources.model-dir-full",
    MUST,
    "F5",
    looks_at=beside_a_fault_of("resources.model-dir-full"),
    hint="let an error of saving the model end the job: catch it only to write the failure file",
)
def fails_without_room_for_the_model(pair: tuple[Run, Run]) -> None:
    """No space or no inodes left in the model directory: fails, or leaves a whole model."""
    run, plain = pair
    if not (run.exit_code == 0 and _is_whole(run.model, plain.model)):
        fails(run)


@rule(
    "resources.memory",
    MUST,
    "F1 resources",
    looks_at=runs(with_fault_of("resources.memory")),
    hint="look at the exit code of every process that you start: one that is killed for want of memory ends with 137",
    size="full",
)
def out_of_memory_is_no_success(run: Run) -> None:
    """With less and less memory: trains, or does not end with exit code 0."""
    if run.exit_code == 0 and not run.model.has_model():
        sentence = run.job.fault.sentence if run.job.fault is not None else ""
        raise FaultUnnoticed(run, f"{sentence}; the job ended with exit code 0 and left no model")


def _is_whole(model: Tree, plain: Tree) -> bool:
    """Whether a model has as many files as that of an equal job, and about as many bytes."""
    sizes, whole = ([file.size_bytes for file in tree.files()] for tree in (model, plain))
    return model.has_model() and len(sizes) >= len(whole) and sum(sizes) >= _ABOUT * sum(whole)


@rule(
    "resources.shared-memory",
    MAY,
    "U12",
    looks_at=the_plain_job(without="shared-memory"),
    hint="load data in the main process, or in few others (num_workers of a DataLoader); scratch files go to /tmp",
)
def trains_with_little_shared_memory(claim: Claim) -> None:
    """Trains with the default 64 MiB of /dev/shm."""
    trains(claim.run)


@rule(
    "resources.user",
    MAY,
    "U11",
    looks_at=the_plain_job(without="owner"),
    hint="run as root, which in a training container is no more than its own root",
)
def other_user_trains_on_directories_of_root(claim: Claim) -> None:
    """An image with a user that is not root trains on root-owned directories."""
    if claim.subject.image.user.partition(":")[0] in _ROOT:
        raise Unobservable("name a USER in the Dockerfile that is not root")
    trains(claim.run)
