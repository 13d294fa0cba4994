"""Rules on hyperparameters and configuration files."""

from __future__ import annotations

from conformance.judge.looks import runs, with_fault_of
from conformance.judge.properties import fails
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.manifest.model import Manifest
from conformance.values.run import Run


def _has_checked_hyperparameter(manifest: Manifest) -> str | None:
    declared = manifest.hyperparameters.values()
    if any(each.type != "string" or each.accepted is not None for each in declared):
        return None
    return "declare a hyperparameter of type integer, float or boolean, or the accepted values of a string"


def _has_required_hyperparameter(manifest: Manifest) -> str | None:
    if any(declared.required for declared in manifest.hyperparameters.values()):
        return None
    return "declare a hyperparameter with required = true"


@rule(
    "config.invalid",
    MUST,
    "C4",
    looks_at=runs(with_fault_of("config.invalid")),
    applies=_has_checked_hyperparameter,
    hint="convert every hyperparameter before training, and let the error of the conversion end the job",
)
def invalid_hyperparameter_fails(run: Run) -> None:
    """A value that no parser of its type reads, or beyond what is accepted: fails, never a silent default."""
    fails(run)


@rule(
    "config.required",
    SHOULD,
    "C4",
    looks_at=runs(with_fault_of("config.required")),
    applies=_has_required_hyperparameter,
    hint="look for every required hyperparameter before training, and end with an error that names the one missing",
)
def absent_hyperparameter_fails(run: Run) -> None:
    """A required hyperparameter that is absent: fails."""
    fails(run)
