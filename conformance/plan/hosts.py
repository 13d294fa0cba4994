"""The jobs with several hosts."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.choices import BY_NAME, Part
from conformance.manifest.model import Manifest
from conformance.plan.feasible import feasible_values
from conformance.values.job import Job


def jobs_of_hosts(baseline: Job, manifest: Manifest) -> Iterator[Job]:
    """Yield the plain job on several hosts in each way, where the manifest declares more than one."""
    for which in feasible_values(BY_NAME["hosts"], manifest, Part.CONTROL)[1:]:
        partition = "several" if which == "sharded" else baseline["partition"]
        yield baseline.with_choices(hosts=which, partition=partition)
