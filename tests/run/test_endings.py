"""How a job can end, each for real: by itself, killed, out of memory or out of time, and never begun."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.run.ownership import this_owner
from conformance.run.pool import Pool, Result
from conformance.run.trainer import Trainer
from conformance.values.job import Job
from conformance.values.run import EngineFault, Run
from tests.run.jobs import manifest_of, plain_job, run_code, run_job

Trainee = Callable[[str], str]


@pytest.mark.parametrize("code", [1, 126, 127, 130, 137, 143, 255])
def test_an_exit_code_is_told_as_it_is(trainee: Trainee, code: int) -> None:
    run = run_code(trainee("shell"), f"os._exit({code})")
    assert (run.exit_code, run.fails, run.trains) == (code, True, False)
    assert (run.timed_out, run.out_of_memory, run.never_started) == (False, False, None)


@pytest.mark.parametrize("program", ["no-such-program", "/etc/passwd", "/opt/ml"])
def test_a_program_that_cannot_be_started_is_the_images_fault(trainee: Trainee, program: str) -> None:
    loaded = manifest_of("")
    container = loaded.manifest.container.model_copy(update={"entrypoint": (program,)})
    run = run_job(
        trainee("shell"), replace(loaded, manifest=loaded.manifest.model_copy(update={"container": container}))
    )
    assert run.never_started is not None
    assert program in run.never_started
    assert (run.exit_code, run.trains, run.fails) == (None, False, False)


def test_out_of_memory_is_told(trainee: Trainee) -> None:
    run = run_code(trainee("shell"), "kept = b'x' * 10**9", memory_gb=0.1)
    assert run.out_of_memory
    assert not run.fails
    assert not run.trains


def test_a_job_that_is_out_of_time_is_repeated_alone(trainee: Trainee) -> None:
    loaded = manifest_of("if 'SM_MODEL_DIR' in os.environ: time.sleep(1000)")
    hangs = plain_job(loaded)
    others = [hangs.with_choices(environment=form) for form in ("unset", "sagemaker")]
    trainer = Trainer(trainee("shell"), loaded, this_owner(), max_memory_gb=1.0, started_s=time.monotonic())
    at_once: list[tuple[Job, int]] = []
    running: set[int] = set()
    lock = threading.Lock()

    def run(job: Job, limit_s: float) -> Run | EngineFault:
        with lock:
            running.add(threading.get_ident())
            at_once.append((job, len(running)))
        try:
            return trainer.run(job, limit_s)
        finally:
            with lock:
                running.remove(threading.get_ident())

    finished: list[Result] = []
    pool = Pool(run, 3, finished.append)
    pool.submit([hangs, *others], 4.0)
    assert pool.wait(hangs, 60)
    pool.close(lambda: None)
    result = finished[-1]
    assert isinstance(result, Run)
    assert result.timed_out
    assert result.exit_code is None
    assert 4 <= result.container_s < 15
    assert [job for job, _ in at_once].count(hangs) == 2
    assert at_once[-1] == (hangs, 1)
    assert {each.job for each in finished} == {hangs, *others}
    assert len(finished) == 3


def test_what_is_asked_for_while_a_job_runs_alone_waits() -> None:
    hangs = plain_job(manifest_of(""))
    other = hangs.with_choices(environment="unset")
    order: list[str] = []
    alone, go_on = threading.Event(), threading.Event()

    def run(job: Job, limit_s: float) -> Run:
        name = "other" if job == other else "hangs"
        order.append(f"{name} begins")
        if order.count("hangs begins") == 2 and name == "hangs":
            alone.set()
            assert go_on.wait(60)
        order.append(f"{name} ends")
        return Run(job, None, timed_out=name == "hangs", limit_s=limit_s)

    pool = Pool(run, 2, lambda _result: None)
    pool.submit([hangs], 1.0)
    assert alone.wait(60)
    pool.submit([other], 1.0)
    assert not pool.wait(other, 0.5)
    go_on.set()
    assert pool.wait(hangs, 60)
    assert pool.wait(other, 60)
    pool.close(lambda: None)
    assert order == ["hangs begins", "hangs ends"] * 2 + ["other begins", "other ends"]
