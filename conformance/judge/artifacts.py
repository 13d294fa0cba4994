"""Rules on what a job leaves behind."""

from __future__ import annotations

from conformance.judge.looks import any_job, repetitions, runs, valid
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.violation import Violation
from conformance.values.artifacts import Entry
from conformance.values.run import Run

_LOST_IN_THE_UPLOAD = ("symbolic link", "pipe", "device", "other")
_SHOWN = 3


@rule(
    "artifacts.model",
    MUST,
    "O1",
    looks_at=runs(valid, when=lambda run: run.exit_code == 0),
    hint="write the model below /opt/ml/model, or where SM_MODEL_DIR points",
)
def success_leaves_a_model(run: Run) -> None:
    """Exit code 0 means at least one non-empty regular file in the model directory."""
    if not run.model.has_model():
        files = [file.path for file in run.model.files()]
        left = f"only empty files: {', '.join(files[:_SHOWN])}" if files else "no file"
        raise Violation(f"the job {run.ending}, and the model directory holds {left}")


@rule(
    "artifacts.same-outcome",
    MUST,
    "O1 same",
    looks_at=repetitions(),
    hint="look for races, random seeds and time-outs that decide whether the job succeeds",
)
def same_job_ends_the_same_way(repeated: tuple[Run, ...]) -> None:
    """The same job always ends the same way."""
    one, again = repeated
    if one.trains != again.trains:
        raise Violation(f"the plain job {one.ending} at first; run again, it {again.ending}")


@rule(
    "artifacts.plain-files",
    SHOULD,
    "O3",
    looks_at=runs(any_job, when=lambda run: run.exit_code == 0),
    hint="copy what a link points to (cp -L), and keep pipes and sockets below /tmp",
)
def artifacts_are_plain_files(run: Run) -> None:
    """No symbolic links, pipes or devices in model or output data."""
    strange = [*_strange("model", run.model.entries), *_strange("output/data", run.output.below("data").entries)]
    if strange:
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        raise Violation(f"there is {', '.join(strange[:_SHOWN])}{more}")


def _strange(directory: str, entries: tuple[Entry, ...]) -> list[str]:
    return [f"a {entry.kind} {directory}/{entry.path}" for entry in entries if entry.kind in _LOST_IN_THE_UPLOAD]
