"""What came of a training job. Rules look at these values and at nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.contract.limits import STATUS_DETAILS_CHARACTERS
from conformance.manifest.model import Metric
from conformance.values.artifacts import Entry, Tree
from conformance.values.inspection import Inspection, Sighting
from conformance.values.job import Job


@dataclass(frozen=True)
class Log:
    """One of the two streams. ``truncated`` says that its middle was left out of ``text``; ``size_bytes`` is whole."""

    text: str = ""
    size_bytes: int = 0
    truncated: bool = False


@dataclass(frozen=True)
class MetricSeen:
    """What the regular expression of a metric found in the log lines of one run.

    ``value`` is the last match, or the sum of all for a metric that is combined so; ``not_a_number`` is a first group
    that is no number.
    """

    metric: Metric
    matches: int = 0
    value: float | None = None
    not_a_number: str | None = None


@dataclass(frozen=True)
class Run:
    """What came of one job.

    ``exit_code`` is None where the process never ended by itself; ``never_started`` is the engine's message where it
    could not be started at all. Times are in seconds; ``container_s`` is from the start to the end of the process.
    ``sightings`` are the canaries that were found in what it wrote; ``inspection`` is a closer look at some jobs.
    """

    job: Job
    exit_code: int | None
    stdout: Log = field(default_factory=Log)
    stderr: Log = field(default_factory=Log)
    model: Tree = field(default_factory=Tree)
    output: Tree = field(default_factory=Tree)
    metrics: tuple[MetricSeen, ...] = ()
    never_started: str | None = None
    timed_out: bool = False
    out_of_memory: bool = False
    limit_s: float = 0.0
    container_s: float = 0.0
    wall_s: float = 0.0
    began_s: float = 0.0
    sightings: tuple[Sighting, ...] = ()
    inspection: Inspection | None = None

    @property
    def trains(self) -> bool:
        """Exit code 0, and a non-empty regular file in the model directory."""
        return self.exit_code == 0 and self.model.has_model()

    @property
    def fails(self) -> bool:
        """Ended by itself with a non-zero exit code."""
        return self.exit_code not in (None, 0) and not self.out_of_memory and self.never_started is None

    @property
    def failure(self) -> Entry | None:
        """Whatever lies at ``/opt/ml/output/failure``."""
        return self.output.find("failure")

    @property
    def status_details(self) -> str:
        """What ``GetTrainedModel`` would show: the first 1024 characters of the failure file."""
        if self.failure is None or self.failure.kind != "file":
            return ""
        return self.failure.content.decode("utf-8", errors="replace")[:STATUS_DETAILS_CHARACTERS]

    @property
    def ending(self) -> str:
        """How the run ended, in a few words."""
        if self.never_started is not None:
            return "could not be started"
        if self.timed_out:
            return f"was still running after {self.limit_s:.0f} s and was killed"
        if self.out_of_memory:
            return "ran out of memory and was killed"
        return f"ended with exit code {self.exit_code}"


@dataclass(frozen=True)
class EngineFault:
    """A job that could not be judged because the engine failed, twice."""

    job: Job
    message: str
