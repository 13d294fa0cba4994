"""The mutants that break rules of the area config."""

from collections.abc import Mapping

from .mutant import Mutant

MUTANTS: Mapping[str, Mutant] = {
    "invalid-default": Mutant("config.invalid", "takes the default for a hyperparameter that it cannot read"),
    "invalid-clamped": Mutant("config.invalid", "takes the lowest value for a hyperparameter that it cannot read"),
}
