"""Small training images that the suite is tested on: conforming ones, and mutants that each break one rule."""

from .images import CONFORMING, LABEL, image_for
from .mutants import MUTANTS, Mutant

__all__ = ["CONFORMING", "LABEL", "MUTANTS", "Mutant", "image_for"]
