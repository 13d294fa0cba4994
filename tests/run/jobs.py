"""Running one job whose program is written in the test: Python code in an image that has nothing to do with it."""

from __future__ import annotations

import time
from dataclasses import replace

from conformance.manifest import LoadedManifest, generic_manifest
from conformance.plan import draw_plan
from conformance.run.ownership import this_owner
from conformance.run.trainer import Trainer
from conformance.values.job import Job
from conformance.values.run import EngineFault, Run

_SAVES = "open('/opt/ml/model/model', 'w').write('trained')\n"
SHORT_S = 60.0


def manifest_of(code: str, *, saves: bool = True, memory_gb: float = 0.5) -> LoadedManifest:
    """The generic manifest, but for an entrypoint that runs this code after it has saved a model."""
    loaded = generic_manifest()
    program = "import os, sys, json, time, signal, subprocess\n" + (_SAVES if saves else "") + code
    manifest = loaded.manifest
    container = manifest.container.model_copy(update={"entrypoint": ("python3", "-S", "-c", program)})
    limits = manifest.limits.model_copy(update={"memory_gb": memory_gb})
    return replace(loaded, manifest=manifest.model_copy(update={"container": container, "limits": limits}))


def plain_job(loaded: LoadedManifest) -> Job:
    """The job in which every choice is plain."""
    return draw_plan(loaded, size="smoke", seed=0).baseline


def run_code(image: str, code: str, *, limit_s: float = SHORT_S, saves: bool = True, memory_gb: float = 0.5) -> Run:
    """What comes of a plain job that runs this code in an image with Python."""
    return run_job(image, manifest_of(code, saves=saves, memory_gb=memory_gb), limit_s=limit_s)


def run_job(image: str, loaded: LoadedManifest, job: Job | None = None, limit_s: float = SHORT_S) -> Run:
    """What comes of a job, the plain one by default; the engine is not expected to fail."""
    result = try_job(image, loaded, job, limit_s)
    assert isinstance(result, Run), result
    return result


def try_job(image: str, loaded: LoadedManifest, job: Job | None = None, limit_s: float = SHORT_S) -> Run | EngineFault:
    """What comes of a job, the plain one by default, or of the engine."""
    trainer = Trainer(image, loaded, this_owner(), max_memory_gb=4.0, started_s=time.monotonic())
    return trainer.run(job or plain_job(loaded), limit_s)
