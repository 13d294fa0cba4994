"""Rules on hyperparameters and configuration files."""

from __future__ import annotations

from conformance.judge.looks import runs, with_fault_of
from conformance.judge.properties import fails
from conformance.judge.rule import MUST, rule
from conformance.manifest.model import Manifest
from conformance.values.run import Run


def _has_typed_hyperparameter(manifest: Manifest) -> str | None:
    if any(declared.type != "string" for declared in manifest.hyperparameters.values()):
        return None
    return "declare a hyperparameter of type integer, float or boolean"


@rule(
    "config.invalid",
    MUST,
    "C4",
    looks_at=runs(with_fault_of("config.invalid")),
    applies=_has_typed_hyperparameter,
    hint="convert every hyperparameter before training, and let the error of the conversion end the job",
)
def invalid_hyperparameter_fails(run: Run) -> None:
    """A value that no parser of its type reads: fails, never a silent default."""
    fails(run)
