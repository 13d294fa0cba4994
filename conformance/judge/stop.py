"""Rules on how a job takes it to be stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.contract.limits import STOP_TIMEOUT_S
from conformance.judge.looks import runs, stopped
from conformance.judge.rule import MAY, SHOULD, Look, Subject, rule
from conformance.judge.violation import Undecided, Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.run import Run, Signal

# An image that heeds the signal may take longer, to save its model or on a busy machine; then its end moves with it.
_AT_ONCE_S = 5.0
_SHARE = 0.5
_NOISE_S = 0.5


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


@dataclass(frozen=True)
class Stopped:
    """A run that was stopped in training and, where it went on for a while after that, its twin: the same job stopped
    later, or in the middle if this one was stopped later."""

    run: Run
    twin: Run | None


def _in_training() -> Look[Stopped]:
    """Look at each job that is stopped in training; beside its twin, where that has to say what ended it."""

    def further(runs: tuple[Run, ...], _subject: Subject) -> tuple[Job, ...]:
        run, *twins = runs
        if twins or run.signal is None or run.signal.killed or not _went_on(run):
            return ()
        return (replace(run.job, stop="later" if run.job.stop == "middle" else "middle"),)

    return Look(
        lambda plan: ((job,) for job in plan.select(stopped("middle", "later"))),
        lambda runs, _subject: Stopped(runs[0], runs[1] if len(runs) > 1 else None),
        further=further,
    )


def _went_on(run: Run) -> bool:
    return run.signal is None or run.signal.ended_after_s > _AT_ONCE_S


def _sent_s(run: Run) -> float:
    # One that ended before it could be sent a signal would not have been sent it any sooner.
    return run.container_s if run.signal is None else run.signal.sent_s


def _heeded(stop: Stopped) -> Signal:
    """Return the signal that a job was sent; raises Unobservable where it ended before that, and Undecided where it may
    have ended as if there had been none: by chance, two such ends may lie as far apart as the signals."""
    signal = signal_to(stop.run)
    if stop.twin is None or not _ended_alike(stop.run, stop.twin):
        return signal
    raise Undecided(
        f"a job that was to be stopped {stop.run.ending}, and no later where that was to come later; "
        "declare [interrupt] with hyperparameters that make it longer"
    )


def _ended_alike(run: Run, twin: Run) -> bool:
    """Whether the end of a job does not move with the signal: then nothing says that it was the signal which ended it.

    That of a job which saves its model first does move with it, however long that takes.
    """
    first, last = sorted((run, twin), key=_sent_s)
    if first.signal is None or not (_went_on(first) and _went_on(last)):
        return False
    moved_s = last.container_s - first.container_s
    return moved_s < _SHARE * (_sent_s(last) - _sent_s(first)) + _NOISE_S


def _ends(run: Run) -> None:
    signal = signal_to(run)
    if signal.killed:
        raise Violation(f"the job {run.ending}; the platform kills it after {STOP_TIMEOUT_S:.0f} s", run=run)


@rule(
    "stop.sigterm",
    SHOULD,
    "S1",
    looks_at=_in_training(),
    applies=can_be_stopped,
    hint="install a handler for SIGTERM in the program itself, and start it with exec if a shell script comes first: "
    "process 1 of a container ignores SIGTERM without one, and a shell does not pass it on",
)
def sigterm_ends_the_job(stop: Stopped) -> None:
    """SIGTERM in the middle of training: the job ends within 120 s, before SIGKILL is sent."""
    _heeded(stop)
    _ends(stop.run)


@rule(
    "stop.saves-model",
    MAY,
    "S2",
    looks_at=_in_training(),
    applies=can_be_stopped,
    hint="let the handler of SIGTERM set a flag, look at it after each epoch, and save the model as at the end",
)
def stopped_job_saves_its_model(stop: Stopped) -> None:
    """SIGTERM in the middle of training leaves a non-empty model."""
    run = stop.run
    if _heeded(stop).killed:
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
