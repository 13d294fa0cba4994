"""What came of a training job. Rules look at these values and at nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.contract.limits import STATUS_DETAILS_CHARACTERS
from conformance.manifest.model import Metric
from conformance.values.artifacts import Change, Entry, Tree
from conformance.values.inspection import Inspection, Sighting
from conformance.values.job import Job

_KILLED = 137


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
    that is no number; ``too_slow`` says that searching took so long that it was given up. ``cut`` says that the engine
    may have thrown away the beginning of so long a log, without which there is no sum.
    """

    metric: Metric
    matches: int = 0
    value: float | None = None
    not_a_number: str | None = None
    too_slow: bool = False
    cut: bool = False


@dataclass(frozen=True)
class RowsRead:
    """How many rows a channel was given, and how many a metric that observes them shows."""

    metric: str
    channel: str
    given: int
    shown: float


@dataclass(frozen=True)
class Signal:
    """SIGTERM, as it was sent to the process of a job that was to be stopped.

    ``sent_s`` counts from the start of the process, ``ended_after_s`` from the signal. ``by_line`` says that a line of
    the log had shown that training was under way, and not only the clock. ``killed`` says that the process had to be
    killed in the end. ``metrics`` and ``log_bytes`` are what the log held before the signal.
    """

    sent_s: float
    by_line: bool = False
    ended_after_s: float = 0.0
    killed: bool = False
    metrics: tuple[MetricSeen, ...] = ()
    log_bytes: int = 0


@dataclass(frozen=True)
class Run:
    """What came of one job.

    ``exit_code`` is None where the process never ended by itself; ``never_started`` is the engine's message where it
    could not be started at all; ``had_route`` says whether packets had a way, if only to where they are swallowed.
    Times are in seconds; ``container_s`` is from the start to the end of the process. ``signal`` is None where none was
    sent, be it that the process ended before it could be.

    ``model`` is what lies where SM_MODEL_DIR points, or in the default directory if there is no model there;
    ``default_model`` is what lies in the default directory where SM_MODEL_DIR points elsewhere. ``output`` is always
    what lies below ``/opt/ml/output``, and ``moved_output`` what lies where SM_OUTPUT_DIR points, if that is elsewhere.
    ``input_changes`` is what was done to the files of the channels, None where they were not read back. ``sightings``
    are the canaries that were found in what it wrote; ``inspection`` is a closer look at some jobs, and so is
    ``peak_memory_bytes``, which is about the most that the container took at a time.

    Of a job with several ``hosts`` these are their runs, in the order in which the job names them, and the rest is that
    of the one which tells how the job ended. ``host`` is the name of the one that a run is of.
    """

    job: Job
    exit_code: int | None
    stdout: Log = field(default_factory=Log)
    stderr: Log = field(default_factory=Log)
    model: Tree = field(default_factory=Tree)
    output: Tree = field(default_factory=Tree)
    default_model: Tree | None = None
    moved_output: Tree | None = None
    input_changes: tuple[Change, ...] | None = None
    metrics: tuple[MetricSeen, ...] = ()
    never_started: str | None = None
    timed_out: bool = False
    had_route: bool = False
    out_of_memory: bool = False
    signal: Signal | None = None
    limit_s: float = 0.0
    container_s: float = 0.0
    wall_s: float = 0.0
    began_s: float = 0.0
    sightings: tuple[Sighting, ...] = ()
    inspection: Inspection | None = None
    peak_memory_bytes: int | None = None
    host: str = ""
    hosts: tuple[Run, ...] = ()

    @property
    def rows_read(self) -> tuple[RowsRead, ...]:
        """What each metric that observes rows shows; one that names no channel observes the first."""
        given = {data.channel: data.rows for data in self.job.data}
        return tuple(
            RowsRead(seen.metric.name, channel, given[channel], seen.value)
            for seen in self.metrics
            if seen.metric.observes == "rows" and seen.value is not None
            for channel in [seen.metric.channel or next(iter(given))]
        )

    @property
    def trains(self) -> bool:
        """Exit code 0, and a non-empty regular file in the model directory, or where SM_MODEL_DIR points."""
        return self.exit_code == 0 and self.model.has_model()

    @property
    def fails(self) -> bool:
        """Ended by itself, not by a signal, with a non-zero exit code."""
        fault = self.job.fault
        # Not every engine says that it was for want of memory.
        killed = fault is not None and fault.kind == "little-memory" and self.exit_code == _KILLED
        by_itself = not (self.out_of_memory or killed) and self.never_started is None and self.signal is None
        return by_itself and self.exit_code not in (None, 0)

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
        """How the run ended, in a few words, and on which of several hosts it was that it went wrong."""
        return f"{self._way}, on host {self.host}" if self.hosts and self.exit_code != 0 else self._way

    @property
    def _way(self) -> str:
        if self.never_started is not None:
            return "could not be started"
        if self.timed_out:
            return f"was still running after {self.limit_s:.0f} s and was killed"
        if self.out_of_memory and self.exit_code != 0:
            return "ran out of memory and was killed"
        if self.signal is not None:
            return self._ending_after(self.signal)
        return f"ended with exit code {self.exit_code}"

    def _ending_after(self, signal: Signal) -> str:
        sent = f"SIGTERM, which was sent after {signal.sent_s:.1f} s"
        if signal.killed:
            return f"was still running {signal.ended_after_s:.0f} s after {sent}, and was killed"
        return f"ended with exit code {self.exit_code}, {signal.ended_after_s:.1f} s after {sent}"


@dataclass(frozen=True)
class EngineFault:
    """A job that could not be judged because the engine failed, twice."""

    job: Job
    message: str
