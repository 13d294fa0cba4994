"""Rules on what a job leaves behind."""

from __future__ import annotations

from conformance.contract import paths
from conformance.contract.limits import SCRATCH_BYTES
from conformance.judge.looks import Claim, any_job, claims, repetitions, runs, the_repetition, valid, without_fault
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.artifacts import Entry, Tree
from conformance.values.inspection import Written
from conformance.values.job import Job
from conformance.values.run import Run

_LOST_IN_THE_UPLOAD = ("symbolic link", "pipe", "device", "other")
_SHOWN = 3
_GB = 10**9
_KEPT_IN_OUTPUT = ("failure", "success")


def _deterministic(manifest: Manifest) -> str | None:
    return None if manifest.algorithm.deterministic else "declare deterministic = true"


def _limits_artifacts(manifest: Manifest) -> str | None:
    return None if manifest.limits.artifact_gb is not None else "declare limits.artifact_gb"


def _usual_output(job: Job) -> bool:
    # With the other value of SM_OUTPUT_DIR it is environment.output-dir-values that looks where the output goes.
    return valid(job) and job["environment"] != "output-value"


@rule(
    "artifacts.model",
    MUST,
    "O1",
    looks_at=runs(without_fault, when=lambda run: run.exit_code == 0),
    hint="write the model below /opt/ml/model, or where SM_MODEL_DIR points",
)
def success_leaves_a_model(run: Run) -> None:
    """Exit code 0 means at least one non-empty regular file in the model directory, of several hosts in one of them."""
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
    strange: list[str] = []
    for left in run.hosts or (run,):
        strange += [*_strange("model", left.model.entries), *_strange("output/data", left.output.below("data").entries)]
    if strange:
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        raise Violation(f"there is {', '.join(strange[:_SHOWN])}{more}")


def _strange(directory: str, entries: tuple[Entry, ...]) -> list[str]:
    return [f"a {entry.kind} {directory}/{entry.path}" for entry in entries if entry.kind in _LOST_IN_THE_UPLOAD]


@rule(
    "artifacts.repeatable",
    SHOULD,
    "O1 repeatable",
    looks_at=repetitions(),
    applies=_deterministic,
    hint="seed every generator, sort what has no order, keep times, host names and paths out of the model; "
    "else leave deterministic out of the manifest",
)
def same_job_gives_the_same_bytes(repeated: tuple[Run, ...]) -> None:
    """If declared deterministic: the same job gives the same bytes of the model."""
    one, again = repeated
    if not (one.trains and again.trains):
        raise Unobservable("the plain job did not train twice")
    if not (one.model.complete and again.model.complete):
        raise Unobservable("the model is larger than what is read of it")
    first, second = _digests(one.model), _digests(again.model)
    for path in sorted(first.keys() | second.keys()):
        if path not in first or path not in second:
            raise Violation(f"model/{path} is there in one of two runs of the plain job alone")
        if first[path] != second[path]:
            raise Violation(f"model/{path} differs between two runs of the plain job{_where(path, one, again)}")


def _digests(tree: Tree) -> dict[str, str | None]:
    return {entry.path: entry.sha256 for entry in tree.files()}


def _where(path: str, one: Run, again: Run) -> str:
    first, second = (run.model.find(path) for run in (one, again))
    if first is None or second is None:
        return ""
    if first.size_bytes != second.size_bytes:
        return f", {first.size_bytes} bytes in one and {second.size_bytes} in the other"
    at = next((i for i, (a, b) in enumerate(zip(first.content, second.content, strict=False)) if a != b), None)
    return "" if at is None else f", first in byte {at}"


@rule(
    "artifacts.size",
    MUST,
    "O4",
    looks_at=claims(valid, when=lambda run: run.exit_code == 0),
    applies=_limits_artifacts,
    hint="keep the last checkpoint alone, and no copies of the data; or declare a larger limits.artifact_gb",
)
def artifacts_stay_under_their_limit(claim: Claim) -> None:
    """Model and output data, uncompressed, stay under `artifact_gb`."""
    run, limit = claim.run, (claim.subject.manifest.limits.artifact_gb or 0) * _GB
    model, output = (sum(file.size_bytes for file in tree.files()) for tree in (run.model, run.output.below("data")))
    found = model + output
    if run.inspection is not None and run.inspection.artifact_bytes is not None:
        found = max(found, run.inspection.artifact_bytes)
    if found > limit:
        shares = f"{_megabytes(model)} of model and {_megabytes(output)} of output data were read"
        raise Violation(f"the job left {_megabytes(found)} where {_megabytes(limit)} are declared ({shares})")
    whole = run.model.complete and run.output.complete
    if not whole and (run.inspection is None or run.inspection.artifact_bytes is None):
        raise Unobservable(f"more than the {_megabytes(found)} that were read, of {_megabytes(limit)} declared")


@rule(
    "artifacts.scratch",
    SHOULD,
    "O5",
    looks_at=the_repetition(),
    hint="point caches at /tmp (HOME, XDG_CACHE_HOME, HF_HOME, TORCH_HOME, MPLCONFIGDIR, TMPDIR)",
)
def scratch_lies_in_scratch_space(run: Run) -> None:
    """Under 64 MiB written outside `/tmp`, `/var/tmp`, `/dev/shm` and `/opt/ml`."""
    if run.inspection is None:
        raise Unobservable("the plain job did not train when it was run once more")
    found = sum(written.size_bytes for written in run.inspection.scratch)
    if found >= SCRATCH_BYTES:
        largest = sorted(run.inspection.scratch, key=lambda written: -written.size_bytes)
        raise Violation(f"the job wrote {_megabytes(found)} of scratch: {_listed(largest)}")
    if not run.inspection.counted:
        raise Unobservable("the job wrote to more places than are looked at")


@rule(
    "artifacts.nothing-lost",
    SHOULD,
    "O1 O2",
    looks_at=runs(_usual_output, when=lambda run: run.exit_code == 0),
    hint="write what is to be kept to /opt/ml/model or /opt/ml/output/data, and everything else below /tmp",
)
def nothing_is_lost(run: Run) -> None:
    """Nothing is written under `/opt/ml` but in model, output/data, output/failure, output/success, checkpoints, code
    (caches of the language excepted)."""
    beside = [
        Written(f"{paths.OUTPUT}/{entry.path}", 1, entry.size_bytes)
        for entry in run.output.entries
        if entry.kind != "directory"
        and entry.path not in _KEPT_IN_OUTPUT
        and not entry.path.startswith("data/")
        and "__pycache__" not in entry.path.split("/")
    ]
    lost = [*beside, *(run.inspection.elsewhere if run.inspection is not None else ())]
    if lost:
        raise Violation(f"the job wrote {_listed(lost)}, which is lost with the container")


def _listed(found: list[Written]) -> str:
    told = [
        f"{written.path} ({_megabytes(written.size_bytes)}{f' in {written.files} files' if written.files > 1 else ''})"
        for written in found[:_SHOWN]
    ]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{', '.join(told)}{more}"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size:.0f} bytes"
