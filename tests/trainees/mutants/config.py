"""The mutants that break rules of the area config."""

import json
from collections.abc import Mapping

from .mutant import Mutant


def _with_lines(*lines: str) -> str:
    """Add lines to the manifest."""
    command = ["sed", "-i", "$a " + "\\n".join(lines), "/opt/ml/code/algorithm.toml"]
    return f"RUN {json.dumps(command)}"


MUTANTS: Mapping[str, Mutant] = {
    "invalid-default": Mutant("config.invalid", "takes the default for a hyperparameter that it cannot read"),
    "invalid-clamped": Mutant("config.invalid", "takes the lowest value for a hyperparameter that it cannot read"),
    "invalid-empty": Mutant("config.invalid", "takes the default for a hyperparameter that is empty"),
    "invalid-above": Mutant("config.invalid", "trains with numbers above what it accepts"),
    "invalid-below": Mutant("config.invalid", "trains with numbers below what it accepts"),
    "invalid-word": Mutant(
        "config.invalid",
        "never looks at a hyperparameter whose words it declares",
        dockerfile=_with_lines(
            "[hyperparameters.solver]", 'type = "string"', 'tested = ["fast"]', 'accepted = ["fast", "exact"]'
        ),
    ),
    "required-default": Mutant(
        "config.required",
        "has a default for a hyperparameter that it declares as required",
        dockerfile='RUN ["sed", "-i", "s/^default = 2$/required = true/", "/opt/ml/code/algorithm.toml"]',
    ),
}
