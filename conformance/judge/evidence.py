"""What is known when a rule is judged: the plan, and what came of its jobs and of others that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance.judge.rule import Subject
from conformance.judge.search import Knowledge, NeedsRuns
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run

CONFIRMING = 10
"""Confirming runs are numbered in steps of this many; the last digit is that of the plan's own repetitions."""


def once_more(job: Job, times: int = 1) -> tuple[Job, ...]:
    """Return the jobs that are a job run again, so many times."""
    return tuple(replace(job, repeat=job.repeat + CONFIRMING * number) for number in range(1, times + 1))


@dataclass(frozen=True)
class Evidence:
    """The plan that was run, and the results by the digest of their jobs.

    ``drawn_baseline`` is the plan's first job as it was drawn; it is not that of ``plan`` where relaxations were needed
    to make it train.
    """

    subject: Subject
    plan: Plan
    drawn_baseline: Job
    results: Mapping[str, Run | EngineFault] = field(default_factory=dict)

    def result(self, job: Job) -> Run | EngineFault | None:
        """Return what came of a job; None where it was not run."""
        return self.results.get(job.digest)

    def whether(self, holds: Callable[[Run], bool]) -> Knowledge:
        """Return what says of a job whether something holds of its run: None where it was not run, and not where the
        engine failed."""

        def known(job: Job) -> bool | None:
            result = self.result(job)
            return None if result is None else isinstance(result, Run) and holds(result)

        return known

    def run_of(self, job: Job) -> Run | None:
        """Return the run of a job; None where the engine failed. Raises NeedsRuns where it was not run."""
        result = self.result(job)
        if result is None:
            raise NeedsRuns([job])
        return result if isinstance(result, Run) else None

    def results_of(self, jobs: Sequence[Job]) -> list[Run | EngineFault]:
        """Return what came of jobs. Raises NeedsRuns where some were not run."""
        results = {job: self.result(job) for job in jobs}
        if missing := [job for job, result in results.items() if result is None]:
            raise NeedsRuns(missing)
        return [result for job in jobs if (result := results[job]) is not None]

    def again(self, run: Run, times: int = 1) -> list[Run]:
        """Return further runs of the job of a run. Raises NeedsRuns where there are not so many yet."""
        return [result for result in self.results_of(once_more(run.job, times)) if isinstance(result, Run)]

    def baseline_trains(self) -> bool:
        """Whether the plain job trains, relaxed or not."""
        result = self.result(self.plan.baseline)
        return isinstance(result, Run) and result.trains

    @property
    def relaxed(self) -> bool:
        """Whether the plain job as it was drawn does not train, and one that is easier was found that does."""
        return self.plan.baseline != self.drawn_baseline

    def fault_runs(self) -> Iterator[Run]:
        """Yield the runs of jobs with a fault, in the plan's order."""
        return (run for job in self.plan.jobs if job.fault is not None and isinstance(run := self.result(job), Run))
