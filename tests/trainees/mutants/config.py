"""The mutants that break rules of the area config."""

import json
from collections.abc import Mapping

from .mutant import Mutant, also


def _with_lines(*lines: str) -> str:
    """Add lines to the manifest."""
    command = ["sed", "-i", "$a " + "\\n".join(lines), "/opt/ml/code/algorithm.toml"]
    return f"RUN {json.dumps(command)}"


MUTANTS: Mapping[str, Mutant] = {
    "used-file-ignored": Mutant(
        "config.hyperparameters-used", "never reads hyperparameters.json", also("config.invalid", "failure.early")
    ),
    "used-learning-rate-ignored": Mutant(
        "config.hyperparameters-used", "reads and checks the learning rate, and trains with the default"
    ),
    "used-behind-noise": Mutant(
        "config.hyperparameters-used",
        "trains with the default learning rate and without a seed, and logs two digits, of which the last varies",
        dockerfile="""\
ENV TRAINEE_BREAKS=used-behind-noise
RUN ["sed", "-i", "s/^tolerance = 1e-6$/tolerance = 0.05/", "/opt/ml/code/algorithm.toml"]""",
    ),
    "strings-epochs-not-converted": Mutant(
        "config.strings", "compares the epochs as they come, as a string, with a number", also("config.default")
    ),
    "strings-only-up-to-two": Mutant("config.strings", "refuses more epochs than 2"),
    "json-quoted-refused": Mutant("config.json-quoted", "takes a value in quotes for an error"),
    "json-quoted-default": Mutant("config.json-quoted", "takes the defaults where values are in quotes"),
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
    "default-other": Mutant("config.default", "has another default than the manifest declares"),
    "default-none": Mutant("config.default", "needs the epochs to be set, whose default the manifest declares"),
    "unknown-defaults-instead": Mutant("config.unknown", "takes the defaults where it does not know a hyperparameter"),
    "unknown-counted": Mutant("config.unknown", "trains for as many epochs as there are hyperparameters, if many"),
    "shapes-strict": Mutant("config.shapes", "refuses a resourceconfig.json with keys beyond the documented ones"),
    "shapes-network-interface": Mutant("config.shapes", "needs network_interface_name in resourceconfig.json"),
    "shapes-other-model": Mutant("config.shapes", "gives another model where there are instance groups"),
    "absent-hyperparameters": Mutant("config.absent", "needs hyperparameters.json to be there"),
}
