"""Running the jobs of a plan, several at a time, each once."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import PriorityQueue

import psutil

from conformance.values.job import Job
from conformance.values.run import EngineFault, Run

_SHARE_OF_MEMORY = 0.8

_MOST_JOBS_ON_HOSTS = 4

Result = Run | EngineFault
_Queue = PriorityQueue[tuple[bool, int, Job, float, Future[Result]]]


class CancelledError(Exception):
    """The session ended before a job was run."""


def worker_count(setting: str, memory_gb: float) -> int:
    """Return how many jobs run at a time: a number as given, or for ``auto`` what cores and memory allow."""
    if setting != "auto":
        return int(setting)
    by_memory = int(psutil.virtual_memory().total * _SHARE_OF_MEMORY / (memory_gb * 1e9))
    return max(1, min(os.cpu_count() or 1, by_memory))


def jobs_on_hosts_count(workers: int, memory_gb: float, max_hosts: int) -> int:
    """Return how many jobs with several hosts run at a time beside the workers: what memory leaves, one at least."""
    left = psutil.virtual_memory().total * _SHARE_OF_MEMORY - workers * memory_gb * 1e9
    return max(1, min(_MOST_JOBS_ON_HOSTS, int(left / (max_hosts * memory_gb * 1e9))))


class Pool:
    """Workers that run jobs and keep what came of them by digest. ``run`` is called in a worker's thread.

    Jobs with several hosts, which start one after the other and mostly wait, have ``on_hosts`` workers of their own.

    A run that hit its time limit is repeated once, alone, after everything else, because a busy machine must not make
    an image look slow; what is submitted meanwhile waits.
    """

    def __init__(
        self,
        run: Callable[[Job, float], Result],
        workers: int,
        finished: Callable[[Result], None],
        *,
        on_hosts: int = 1,
    ) -> None:
        self._run = run
        self._finished = finished
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="training-job")
        self._on_hosts = ThreadPoolExecutor(on_hosts, thread_name_prefix="training-job-on-hosts")
        self._alone = ThreadPoolExecutor(1, thread_name_prefix="training-job-alone")
        self._results: dict[str, Future[Result]] = {}
        self._queue: _Queue = PriorityQueue()
        self._queue_on_hosts: _Queue = PriorityQueue()
        self._numbers = itertools.count()
        self._pending = 0
        self._one_alone = False
        self._idle = threading.Condition()
        self._cancelled = threading.Event()

    def submit(self, jobs: Iterable[Job], limit_s: float, *, first: bool = False) -> None:
        """Take jobs into the queue, before all others or behind them; those that are there already stay."""
        for job in jobs:
            if job.digest not in self._results:
                future: Future[Result] = Future()
                self._results[job.digest] = future
                with self._idle:
                    self._pending += 1
                alone = job["hosts"] == "one"
                queue, executor = (self._queue, self._executor) if alone else (self._queue_on_hosts, self._on_hosts)
                queue.put((not first, next(self._numbers), job, limit_s, future))
                executor.submit(self._work, queue)

    def wait(self, job: Job, timeout_s: float) -> bool:
        """Wait a while for a job that was submitted; return whether it has been run or dropped.

        Raises what went wrong in its worker, which is a fault of this program: an engine's comes as a result.
        """
        future = self._results[job.digest]
        wait([future], timeout_s)
        if not future.done():
            return False
        error = future.exception()
        if error is not None and not isinstance(error, CancelledError):
            raise error
        return True

    def cancel(self) -> None:
        """Drop what is queued; what is running goes on."""
        self._cancelled.set()
        with self._idle:
            self._idle.notify_all()

    def close(self, remove_running: Callable[[], object], every_s: float = 0.5) -> None:
        """Cancel, and wait for the jobs that are running; ``remove_running`` ends them, called until all have ended."""
        self.cancel()
        for executor in (self._executor, self._on_hosts, self._alone):
            executor.shutdown(wait=False)
        while any(not future.done() for future in self._results.values()):
            remove_running()
            wait(self._results.values(), every_s)
        for executor in (self._executor, self._on_hosts, self._alone):
            executor.shutdown(wait=True)

    def _work(self, queue: _Queue) -> None:
        _, _, job, limit_s, future = queue.get()
        try:
            with self._idle:
                self._idle.wait_for(lambda: not self._one_alone or self._cancelled.is_set())
            if self._cancelled.is_set():
                future.set_exception(CancelledError())
                return
            result = self._run(job, limit_s)
            if isinstance(result, Run) and result.timed_out and not self._cancelled.is_set():
                self._alone.submit(self._work_alone, job, limit_s, future)
                return
            self._finish(future, result)
        except BaseException as error:  # noqa: BLE001  # whoever waits for the job is told, in another thread
            future.set_exception(error)
        finally:
            with self._idle:
                self._pending -= 1
                self._idle.notify_all()

    def _work_alone(self, job: Job, limit_s: float, future: Future[Result]) -> None:
        try:
            with self._idle:
                self._idle.wait_for(lambda: self._pending == 0 or self._cancelled.is_set())
                self._one_alone = True
            if self._cancelled.is_set():
                future.set_exception(CancelledError())
                return
            self._finish(future, self._run(job, limit_s))
        except BaseException as error:  # noqa: BLE001  # as above
            future.set_exception(error)
        finally:
            with self._idle:
                self._one_alone = False
                self._idle.notify_all()

    def _finish(self, future: Future[Result], result: Result) -> None:
        self._finished(result)
        future.set_result(result)
