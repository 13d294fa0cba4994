"""The plan: every job that a session runs, known before the first one starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from conformance.values.job import Job


@dataclass(frozen=True)
class Plan:
    """The jobs in the order in which they are run; the baseline is the first.

    ``repeated`` is the baseline a second time and ``permuted`` the baseline with its rows in another order: the
    controls of every comparison. ``basis`` is all that the drawing depends on: the manifest, size, seed and versions.
    """

    jobs: tuple[Job, ...]
    repeated: Job
    permuted: Job
    basis: tuple[tuple[str, str], ...]

    @property
    def baseline(self) -> Job:
        """The job in which every choice is plain."""
        return self.jobs[0]

    @property
    def size(self) -> str:
        """The size that was asked for: smoke, gate or full."""
        return dict(self.basis)["size"]

    def select(self, wanted: Callable[[Job], bool]) -> Iterator[Job]:
        """Yield the jobs for which ``wanted`` holds."""
        return (job for job in self.jobs if wanted(job))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the digests of all jobs and of the basis, in hexadecimal."""
        text = json.dumps({"jobs": [job.digest for job in self.jobs], "basis": dict(self.basis)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
