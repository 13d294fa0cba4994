"""The ways in which jobs differ, each with its plain value and the values that a manifest makes feasible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.manifest.model import Manifest, Target

ENVIRONMENT_OF_TARGET: dict[Target, str] = {"clean-rooms": "clean-rooms", "sagemaker": "sagemaker", "local": "unset"}
"""The environment form of each target, the one that is preferred as plain first."""


@dataclass(frozen=True)
class Choice:
    """One way in which jobs differ.

    ``values`` gives the feasible values for a manifest, the plain one first. A choice that is no part of the drawn
    jobs (a control or a relaxation) has ``drawn`` False.
    """

    name: str
    values: Callable[[Manifest], tuple[str, ...]]
    drawn: bool = True


def _environments(manifest: Manifest) -> tuple[str, ...]:
    return tuple(form for target, form in ENVIRONMENT_OF_TARGET.items() if target in manifest.algorithm.targets)


def _variables(manifest: Manifest) -> tuple[str, ...]:
    # Without the variable the format is CSV, so there is nothing to ask of an image that does not read it.
    return ("lower", "upper", "absent") if "csv" in manifest.formats else ("lower", "upper")


def _always(*values: str) -> Callable[[Manifest], tuple[str, ...]]:
    return lambda _manifest: values


CHOICES = (
    Choice("environment", _environments),
    Choice("format", lambda manifest: manifest.formats),
    Choice("format-variable", _variables),
    Choice("partition", _always("one", "several", "nested")),
    Choice("mount", _always("writable", "read-only")),
    Choice("hazards", _always("none", "encoding")),
    Choice("row-order", _always("given", "permuted"), drawn=False),
    Choice("network", _always("none", "bridge"), drawn=False),
)


def plain_values(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the plain value of every choice."""
    return tuple((choice.name, choice.values(manifest)[0]) for choice in CHOICES)
