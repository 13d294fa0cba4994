"""Rules on how a job takes it to be stopped."""

from __future__ import annotations

from conformance.contract.limits import STOP_TIMEOUT_S
from conformance.judge.looks import runs, stopped
from conformance.judge.rule import MAY, SHOULD, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.run import Run, Signal


def can_be_stopped(manifest: Manifest) -> str | None:
    """Return None where the manifest says how to make a job long enough to be stopped, else what to declare."""
    if manifest.interrupt is not None:
        return None
    return "declare [interrupt] with hyperparameters that make a job run for minutes"


def signal_to(run: Run) -> Signal:
    """Return the signal that a job was sent; raises Unobservable where it ended before that."""
    if run.signal is not None:
        return run.signal
    raise Unobservable(
        f"a job that was to be stopped {run.ending} after {run.container_s:.1f} s, before that; "
        "declare [interrupt] with hyperparameters that make it longer"
    )


def _ends(run: Run) -> None:
    signal = signal_to(run)
    if signal.killed:
        raise Violation(f"the job {run.ending}; the platform kills it after {STOP_TIMEOUT_S:.0f} s", run=run)


@rule(
    "stop.sigterm",
    SHOULD,
    "S1",
    looks_at=runs(stopped("middle", "later")),
    applies=can_be_stopped,
    hint="install a handler for SIGTERM in the program itself, and start it with exec if a shell script comes first: "
    "process 1 of a container ignores SIGTERM without one, and a shell does not pass it on",
)
def sigterm_ends_the_job(run: Run) -> None:
    """SIGTERM in the middle of training: the job ends within 120 s, before SIGKILL is sent."""
    _ends(run)


@rule(
    "stop.saves-model",
    MAY,
    "S2",
    looks_at=runs(stopped("middle", "later")),
    applies=can_be_stopped,
    hint="let the handler of SIGTERM set a flag, look at it after each epoch, and save the model as at the end",
)
def stopped_job_saves_its_model(run: Run) -> None:
    """SIGTERM in the middle of training leaves a non-empty model."""
    if signal_to(run).killed:
        raise Unobservable("a job that was stopped did not end until it was killed; see stop.sigterm")
    if not run.model.has_model():
        left = "only empty files" if run.model.files() else "no file"
        raise Violation(f"the job {run.ending}, and the model directory holds {left}", run=run)


@rule(
    "stop.early",
    MAY,
    "S1 early",
    looks_at=runs(stopped("early")),
    hint="install the handler of SIGTERM before anything else, before slow imports too",
)
def sigterm_ends_a_job_that_starts(run: Run) -> None:
    """SIGTERM during start-up and reading: the job ends within 120 s."""
    _ends(run)
