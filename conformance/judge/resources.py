"""Rules on what a training job may use."""

from __future__ import annotations

from conformance.judge.looks import Claim, the_plain_job
from conformance.judge.properties import trains
from conformance.judge.rule import MAY, rule
from conformance.judge.violation import Unobservable

_ROOT = ("", "0", "root")


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
