"""Jobs that are stopped, each for real: when the signal is sent, and what is known of the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.manifest import LoadedManifest
from conformance.manifest.model import Interrupt, Metric
from conformance.values.job import StopTime
from conformance.values.run import Run, Signal
from tests.run.jobs import manifest_of, plain_job, run_job

Trainee = Callable[[str], str]

LOSS = Metric(name="loss", regex="loss=([0-9]+)", observes="model")
SAVES = "signal.signal(signal.SIGTERM, lambda *_: (print('saved', flush=True), os._exit(0)))\n"
LOGS = "time.sleep(1)\nfor i in range(600): print(f'loss={i}', flush=True); time.sleep(0.1)"


def manifest(code: str, after: str | None = None) -> LoadedManifest:
    loaded = manifest_of(code)
    container = loaded.manifest.container.model_copy(update={"metrics": (LOSS,)})
    update = {"container": container, "interrupt": Interrupt(after=after)}
    return replace(loaded, manifest=loaded.manifest.model_copy(update=update))


def stopped(image: str, code: str, stop: StopTime, latest_s: float, after: str | None = None) -> Run:
    loaded = manifest(code, after)
    run = run_job(image, loaded, replace(plain_job(loaded), stop=stop), latest_s)
    assert not [thread for thread in threading.enumerate() if thread.name == "followed-log" and _lives(thread)]
    return run


def _lives(thread: threading.Thread) -> bool:
    thread.join(10)
    return thread.is_alive()


def signal_of(run: Run) -> Signal:
    assert run.signal is not None, run
    return run.signal


def test_the_signal_comes_with_the_first_line_that_matches(trainee: Trainee) -> None:
    run = stopped(trainee("shell"), SAVES + LOGS, "middle", 50)
    signal = signal_of(run)
    assert signal.by_line
    assert 1 <= signal.sent_s < 40
    assert (run.exit_code, signal.killed, run.timed_out, run.fails) == (0, False, False, False)
    assert signal.ended_after_s < 20
    assert signal.metrics[0].matches >= 1
    assert signal.log_bytes > 0
    assert "saved" in run.stdout.text
    assert "ended with exit code 0" in run.ending
    assert "after SIGTERM" in run.ending


def test_a_line_on_stderr_counts_and_so_does_what_the_manifest_says(trainee: Trainee) -> None:
    code = SAVES + "print('loss=1', flush=True); time.sleep(2); print('now!', file=sys.stderr); time.sleep(100)"
    signal = signal_of(stopped(trainee("shell"), code, "middle", 50, after="now!"))
    assert signal.by_line
    assert signal.sent_s >= 2


def test_a_later_stop_comes_at_twice_the_time(trainee: Trainee) -> None:
    signal = signal_of(stopped(trainee("shell"), SAVES + LOGS, "later", 50))
    assert signal.by_line
    assert signal.sent_s >= 2
    assert signal.metrics[0].matches > 3


def test_without_a_line_the_signal_comes_by_the_clock(trainee: Trainee) -> None:
    waits = "signal.signal(signal.SIGTERM, lambda *_: (print('loss=1\\nloss=2', flush=True), os._exit(3)))\n"
    run = stopped(trainee("shell"), waits + "print('begun', flush=True); time.sleep(100)", "middle", 3)
    signal = signal_of(run)
    assert not signal.by_line
    assert 3 <= signal.sent_s < 30
    assert (run.exit_code, run.fails) == (3, False)
    assert (signal.metrics[0].matches, run.metrics[0].matches) == (0, 2)
    assert signal.log_bytes == len("begun\n")


def test_an_early_stop_does_not_wait_for_a_line(trainee: Trainee) -> None:
    signal = signal_of(stopped(trainee("shell"), SAVES + "print('loss=1', flush=True); time.sleep(100)", "early", 1.5))
    assert not signal.by_line
    assert signal.sent_s >= 1.5


@pytest.mark.parametrize("code", ["print('loss=1')", "os._exit(4)"])
def test_a_job_that_ends_before_is_sent_nothing(trainee: Trainee, code: str) -> None:
    run = stopped(trainee("shell"), code, "later", 5)
    assert run.signal is None
    assert run.exit_code == (4 if "exit" in code else 0)
    assert run.fails == (run.exit_code == 4)


def test_a_job_that_ignores_it_is_killed(trainee: Trainee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.run.container.STOP_LIMIT_S", 3.0)
    run = stopped(trainee("shell"), LOGS, "middle", 30)
    signal = signal_of(run)
    assert signal.killed
    assert 3 <= signal.ended_after_s < 20
    assert (run.exit_code, run.timed_out, run.fails) == (None, False, False)
    assert "was killed" in run.ending


def test_a_log_without_end_does_not_keep_the_signal_back(trainee: Trainee) -> None:
    code = SAVES + "while True: os.write(1, b'x' * 4000 + b'\\n')"
    run = stopped(trainee("shell"), code, "middle", 3)
    assert signal_of(run).sent_s < 30
    assert run.exit_code == 0
