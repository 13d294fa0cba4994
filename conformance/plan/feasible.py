"""Which values of the choices a manifest makes feasible: what an image does not claim is not asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from conformance.contract.choices import CHOICES, Choice, Part, Value
from conformance.data import hazards
from conformance.data.files import part_count
from conformance.manifest.model import Channel, Manifest, Target
from conformance.plan.strategies import plain_rows

ENVIRONMENT_OF_TARGET: dict[Target, str] = {"clean-rooms": "clean-rooms", "sagemaker": "sagemaker", "local": "unset"}
"""The environment form of each target, the one that is preferred as plain first."""
_MANY_ROWS = 4
_MOST_ROWS = 2_000

Feasible = Callable[[Manifest], bool]


def feasible_values(choice: Choice, manifest: Manifest, *parts: Part) -> tuple[str, ...]:
    """Return the values that a choice can have for a manifest and that take such a part, the plain one first."""
    values = [value.name for value in _feasible(choice, manifest) if value.part in parts]
    plain = plain_value(choice, manifest)
    return (plain, *(name for name in values if name != plain))


def plain_value(choice: Choice, manifest: Manifest) -> str:
    """Return the plain value of a choice."""
    return choice.plain or next(value.name for value in _feasible(choice, manifest))


def plain_values(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the plain value of every choice."""
    return tuple((choice.name, plain_value(choice, manifest)) for choice in CHOICES)


def row_count(channel: Channel, rows: str) -> int:
    """Return how many rows a channel has for a value of the choice ``rows``."""
    plain = plain_rows(channel)
    if rows == "fewest":
        certain = (len(column.values or ()) * (column.min_per_value or 0) for column in channel.columns)
        return max(channel.min_rows, *certain)
    if rows == "many":
        return min(_MANY_ROWS * plain, channel.max_rows or _MOST_ROWS, max(plain, _MOST_ROWS))
    return plain


def _feasible(choice: Choice, manifest: Manifest) -> Iterator[Value]:
    for value in choice.values:
        holds = _CONDITIONS.get((choice.name, value.name), _CONDITIONS.get((choice.name, "")))
        if holds is not None and holds(manifest):
            yield value


def _always(_manifest: Manifest) -> bool:
    return True


def _claims(target: Target) -> Feasible:
    return lambda manifest: target in manifest.algorithm.targets


def _reads(format_: str) -> Feasible:
    return lambda manifest: format_ in manifest.formats


def _header(manifest: Manifest) -> Iterator[str]:
    declared = {channel.csv_header for channel in manifest.channels.values()}
    if declared != {"absent"}:
        yield "present"
    if declared != {"present"}:
        yield "absent"


def _has_parts(manifest: Manifest) -> bool:
    return any(part_count("several", plain_rows(channel)) > 1 for channel in manifest.channels.values())


def _row_counts_differ(rows: str) -> Feasible:
    return lambda manifest: any(row_count(c, rows) != plain_rows(c) for c in manifest.channels.values())


def _has_hazards(kind: str) -> Feasible:
    return lambda manifest: any(
        hazards.values(column, kind, ())
        for channel in manifest.channels.values()
        if channel.sample is None
        for column in channel.columns
    )


def _has_hyperparameters(manifest: Manifest) -> bool:
    return bool(manifest.hyperparameters)


def _has_default(manifest: Manifest) -> bool:
    return any(declared.default is not None for declared in manifest.hyperparameters.values())


def _may_lack_configuration(manifest: Manifest) -> bool:
    required = any(declared.required for declared in manifest.hyperparameters.values())
    return "local" in manifest.algorithm.targets and not required


def _is_launched_otherwise(manifest: Manifest) -> bool:
    """Whether the manifest's launch form is not `image train`."""
    container = manifest.container
    return container.entrypoint is not None or container.arguments not in (None, ("train",))


# By choice and value; "" stands for all values of a choice that are not named. What is not here is never drawn.
_CONDITIONS: Mapping[tuple[str, str], Feasible] = {
    ("environment", "clean-rooms"): _claims("clean-rooms"),
    ("environment", "sagemaker"): _claims("sagemaker"),
    ("environment", "unset"): _claims("local"),
    ("format", "csv"): _reads("csv"),
    ("format", "parquet"): _reads("parquet"),
    ("format-variable", "upper"): _always,
    # Without the variable the format is CSV, so there is nothing to ask of an image that does not read it.
    ("format-variable", "absent"): _reads("csv"),
    ("header", "present"): lambda manifest: "present" in _header(manifest),
    ("header", "absent"): lambda manifest: "absent" in _header(manifest),
    ("codec", "none"): _reads("parquet"),
    ("codec", "gzip"): _reads("parquet"),
    ("row-groups", ""): _reads("parquet"),
    ("dictionary", ""): _reads("parquet"),
    ("partition", "several"): _has_parts,
    ("partition", "nested"): _has_parts,
    ("row-order", ""): _always,
    ("rows", "fewest"): _row_counts_differ("fewest"),
    ("rows", "many"): _row_counts_differ("many"),
    **{(f"hazard-{kind}", ""): _has_hazards(kind) for kind in hazards.KINDS},
    ("mount", ""): _always,
    ("hyperparameters", "low"): _has_hyperparameters,
    ("hyperparameters", "high"): _has_hyperparameters,
    ("hyperparameters", "drawn"): _has_hyperparameters,
    ("hyperparameters", "default"): _has_default,
    ("hyperparameter-quoting", ""): lambda manifest: (
        _has_hyperparameters(manifest) and "sagemaker" in manifest.algorithm.targets
    ),
    ("unknown-hyperparameters", ""): _always,
    ("configuration", "full"): _always,
    ("configuration", "absent"): _may_lack_configuration,
    ("launch-form", "train"): _is_launched_otherwise,
    ("network", ""): _always,
}
