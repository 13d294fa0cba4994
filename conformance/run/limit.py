"""How long a job may run."""

from __future__ import annotations

from conformance.contract.limits import PATIENCE_S
from conformance.run.stopping import latest_stop_s
from conformance.values.job import Job, is_for_scale
from conformance.values.run import EngineFault, Run

BASELINE_LIMIT_S = 600.0
_LEAST_S = 60.0
_TIMES_THE_BASELINE = 10.0
_SHORT_OF_SOMETHING = ("model-dir-unwritable", "model-dir-full", "little-memory")


def limit_s(job: Job, timeout_s: float | None, baseline: Run | EngineFault | None, max_time_s: float) -> float:
    """Return after how many seconds a job is killed, or, if it is to be stopped, sent SIGTERM at the latest.

    ``timeout_s`` is what the manifest declares, ``baseline`` what came of the plain job, ``max_time_s`` the cap of
    whoever runs the suite, and all that limits jobs which are long on purpose or short of something. How long a plain
    job took that did not train says nothing of one that does.
    """
    took = baseline.container_s if isinstance(baseline, Run) and baseline.trains else None
    limit = BASELINE_LIMIT_S
    if timeout_s is not None:
        limit = timeout_s
    elif took is not None:
        limit = max(_LEAST_S, _TIMES_THE_BASELINE * took)
    if took is not None and job["network"] == "silent":
        limit = took + PATIENCE_S
    if is_for_scale(job) or job["partition"] == "thousand" or _is_short_of_something(job):
        limit = max_time_s
    limit = min(limit, max_time_s)
    return min(limit, latest_stop_s(job, took or 0.0)) if job.stop else limit


def _is_short_of_something(job: Job) -> bool:
    return job.fault is not None and job.fault.kind in _SHORT_OF_SOMETHING
