"""Which one rule this image breaks, if it is a mutant."""

import os

SWITCH = os.environ.get("TRAINEE_BREAKS", "")
"""Set in the image of a mutant; the names are those of tests/trainees/mutants."""


def breaks(*switches: str) -> bool:
    """Whether this image is one of these mutants."""
    return SWITCH in switches
