"""Which rule is charged with a violation: the owner of the choice value that makes the difference.

Only three kinds of violation are passed on; everything seen in files, logs or failure texts stays with the rule that
saw it.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.judge.evidence import Evidence
from conformance.judge.rule import REGISTRY
from conformance.judge.violation import DoesNotTrain, FaultUnnoticed, ResultDiffers, Violation
from conformance.values.job import Job, differences
from conformance.values.run import Run

# Of a choice's values, those named here have an owner of their own; "" stands for the others.
_OWNERS: dict[str, dict[str, str]] = {
    "environment": {"unset": "environment.unset", "": "environment.forms-agree"},
    "format-variable": {"": "environment.file-format"},
    "format": {"csv": "ingestion.csv", "parquet": "ingestion.parquet"},
    "partition": {"nested": "ingestion.nested", "": "ingestion.parts-agree"},
    "mount": {"": "channels.read-only"},
}
# Who answers where the owner says nothing about an image with such a manifest.
_INSTEAD = {"environment.unset": "environment.forms-agree", "isolation.offline": "launch.trains"}
# These are about the rows, so the rule of the format that they are in owns them.
_OF_THE_FORMAT = ("hazards", "row-order")


def charged(rule_id: str, violation: Violation, evidence: Evidence) -> str:
    """Return the id of the rule that a violation seen by ``rule_id`` is charged to; it is one that applies."""
    answerable = _owner_of(rule_id, violation, evidence)
    manifest = evidence.subject.manifest
    while answerable != rule_id and REGISTRY[answerable].not_applicable(manifest):
        answerable = _INSTEAD.get(answerable, rule_id)
    return answerable


def _owner_of(rule_id: str, violation: Violation, evidence: Evidence) -> str:
    match violation:
        case DoesNotTrain(run=run):
            return _does_not_train(run, evidence)
        case ResultDiffers(run=run, choice="format"):
            return "ingestion.formats-agree"
        case ResultDiffers(run=run, choice=choice):
            return owner(choice, run.job)
        case FaultUnnoticed(run=run) if noticed(run) and len(rules_noticed(evidence.fault_runs())) > 1:
            return "failure.exit-code"
        case _:
            return rule_id


def owner(choice: str, job: Job) -> str:
    """Return the rule that owns the value which a choice has in a job."""
    if choice in _OF_THE_FORMAT:
        return owner("format", job)
    owners = _OWNERS[choice]
    return owners.get(job[choice]) or owners[""]


def noticed(run: Run) -> bool:
    """Whether a job with a fault that ended with exit code 0 noticed it all the same."""
    failure = run.failure
    return run.exit_code == 0 and (not run.model.has_model() or (failure is not None and failure.size_bytes > 0))


def rules_noticed(faults: Iterable[Run]) -> tuple[str, ...]:
    """Return the rules whose faults the image noticed and did not say so by its exit code."""
    return tuple(dict.fromkeys(run.job.fault.rule for run in faults if run.job.fault is not None and noticed(run)))


def _does_not_train(run: Run, evidence: Evidence) -> str:
    if run.timed_out:
        return "launch.ends"
    if run.exit_code == 0:
        return "artifacts.model"
    if run.job == evidence.drawn_baseline or not evidence.baseline_trains():
        return "isolation.offline" if evidence.trains_with_network() else "launch.trains"
    guilty = differences(run.job, _nearest_that_trains(run.job, evidence))
    if not guilty:
        return "artifacts.same-outcome"
    return min((owner(choice, run.job) for choice in guilty), key=_weight)


def _nearest_that_trains(job: Job, evidence: Evidence) -> Job:
    training = (run.job for run in evidence.valid_runs() if run.trains)
    return min(training, key=lambda other: len(differences(job, other)))


def _weight(rule_id: str) -> tuple[int, int]:
    """Order rules by level, then as they stand in the contract."""
    return REGISTRY[rule_id].level.rank, list(REGISTRY).index(rule_id)
