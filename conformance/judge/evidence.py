"""What is known when a rule is judged: the plan, and what came of its jobs so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from conformance.judge.rule import Subject
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run


@dataclass(frozen=True)
class Evidence:
    """The plan that was run, and the results by the digest of their jobs.

    ``drawn_baseline`` is the plan's first job as it was drawn; it is not that of ``plan`` where a relaxation was needed
    to make it train.
    """

    subject: Subject
    plan: Plan
    drawn_baseline: Job
    results: Mapping[str, Run | EngineFault] = field(default_factory=dict)

    def result(self, job: Job) -> Run | EngineFault | None:
        """Return what came of a job; None where it was not run."""
        return self.results.get(job.digest)

    def baseline_trains(self) -> bool:
        """Whether the plain job trains, relaxed or not."""
        result = self.result(self.plan.baseline)
        return isinstance(result, Run) and result.trains

    def trains_with_network(self) -> bool:
        """Whether the plain job was seen to train with a network and not without."""
        return self.plan.baseline != self.drawn_baseline and self.baseline_trains()

    def valid_runs(self) -> Iterator[Run]:
        """Yield the runs of jobs without a fault, in the plan's order."""
        return (run for job in self.plan.jobs if job.fault is None and isinstance(run := self.result(job), Run))

    def fault_runs(self) -> Iterator[Run]:
        """Yield the runs of jobs with a fault, in the plan's order."""
        return (run for job in self.plan.jobs if job.fault is not None and isinstance(run := self.result(job), Run))
