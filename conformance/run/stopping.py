"""Stopping a job: SIGTERM at the moment when training is under way, as the log shows, or by the clock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from conformance.contract.limits import STOP_TIMEOUT_S
from conformance.manifest.line_pattern import LinePattern
from conformance.manifest.model import Manifest, Metric
from conformance.run.logs import MetricSearch, lines_of, read_log
from conformance.values.job import Job
from conformance.values.run import Signal

STOP_LIMIT_S = STOP_TIMEOUT_S + 10
"""When a process that was sent SIGTERM is killed: what the platform gives it, and what measuring may cost."""

_LEAST_EARLY_S = 0.5
_MOST_EARLY_S = 2.0
_EARLY_SHARE = 0.5
_TIMES_THE_BASELINE = 2.0
_MORE_S = 2.0
_LATER = 2.0


class RunningJob(Protocol):
    """What stopping asks of a container."""

    def followed_log(self) -> Iterator[bytes]:
        """Yield what comes on either stream, as it comes."""

    def log_stream(self, *, stdout: bool) -> Iterator[bytes]:
        """Yield what came on one of the streams up to now."""

    def ends_by(self, deadline: float) -> bool:
        """Wait for the process until a moment of the monotonic clock; return whether it has ended."""

    def send(self, signal: str) -> bool:
        """Send a signal to the process; False if it has ended."""


@dataclass(frozen=True)
class Stopping:
    """When a job is stopped: at ``times`` the time of the first line that ``pattern`` matches, after ``latest_s``
    seconds whatever the log says. Without a pattern the log is not followed."""

    latest_s: float
    pattern: str | None = None
    times: float = 1.0
    metrics: tuple[Metric, ...] = ()

    def stop(self, job: RunningJob, began: float) -> Signal | None:
        """Wait for the moment and send SIGTERM; None if the process ended before.

        ``began`` is when the engine was asked to start the process, which it has done by now. What the log holds is
        read just before the signal is sent, so that no clock is needed to tell what came first.
        """
        # From now on, as a busy engine may have taken a while: it must not be the process that has less time.
        latest = time.monotonic() + self.latest_s
        seen = None if self.pattern is None else FollowedLog(job.followed_log(), self.pattern).first_match(latest)
        moment = latest if seen is None else min(latest, began + self.times * (seen - began))
        if job.ends_by(moment):
            return None
        search = MetricSearch(self.metrics)
        log_bytes = sum(read_log(job.log_stream(stdout=stdout), search).size_bytes for stdout in (True, False))
        sent = time.monotonic()
        if not job.send("SIGTERM"):
            return None
        return Signal(sent - began, by_line=seen is not None, metrics=search.result(), log_bytes=log_bytes)


def stopping_of(job: Job, manifest: Manifest, latest_s: float) -> Stopping | None:
    """Return when a job is stopped, after ``latest_s`` seconds at the latest; None for a job that is not."""
    if not job.stop:
        return None
    pattern = None if job.stop == "early" else manifest.stop_pattern
    return Stopping(latest_s, pattern, _LATER if job.stop == "later" else 1.0, manifest.container.metrics)


def latest_stop_s(job: Job, baseline_s: float) -> float:
    """Return after how many seconds a job is stopped at the latest, by the time that the plain job took."""
    if job.stop == "early":
        # Not in the very first moment, in which no program has a handler yet, and which is long on a busy machine.
        return min(max(_LEAST_EARLY_S, _EARLY_SHARE * baseline_s), _MOST_EARLY_S)
    return (_TIMES_THE_BASELINE * baseline_s + _MORE_S) * (_LATER if job.stop == "later" else 1.0)


class FollowedLog:
    """A log that is read as it comes, in a thread of its own, until a line matches."""

    def __init__(self, chunks: Iterable[bytes], pattern: str) -> None:
        self._done = threading.Event()
        self._seen: float | None = None
        self._error: BaseException | None = None
        threading.Thread(
            target=self._follow, args=(chunks, LinePattern(pattern)), name="followed-log", daemon=True
        ).start()

    def first_match(self, deadline: float) -> float | None:
        """Return when the first line that matches came, by the monotonic clock; None if none has at the deadline, or
        when the log ends. Raises what the engine raised."""
        self._done.wait(max(0.0, deadline - time.monotonic()))
        if self._error is not None:
            raise self._error
        return self._seen

    def _follow(self, chunks: Iterable[bytes], pattern: LinePattern) -> None:
        try:
            lines = lines_of(chunks)
            if any(pattern.search(line.decode("utf-8", errors="replace")) for line in lines):
                self._seen = time.monotonic()
                self._done.set()
            # To its end, which comes with that of the process: not every connection can be broken off.
            deque(lines, maxlen=0)
        except BaseException as error:  # noqa: BLE001  # whoever waits is told, in another thread
            self._error = error
        finally:
            self._done.set()
