"""Which values of the choices a manifest makes feasible: what an image does not claim is not asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from conformance.contract import variables
from conformance.contract.choices import CHOICES, Choice, Part, Value
from conformance.contract.limits import CHANNELS_OF_A_JOB
from conformance.data import hazards
from conformance.data.anew import OTHER_DATA_ROWS
from conformance.data.content import DEGENERATE, degenerate_columns, optional_columns
from conformance.data.layout import MANY_PARTS, part_count
from conformance.manifest.model import Channel, Column, Manifest, Target
from conformance.plan.strategies import plain_rows

ENVIRONMENT_OF_TARGET: dict[Target, str] = {"clean-rooms": "clean-rooms", "sagemaker": "sagemaker", "local": "unset"}
"""The environment form of each target, the one that is preferred as plain first."""
_MANY_ROWS = 4
_MOST_ROWS = 2_000
_SCALE_ROWS = 100_000
_SCALE: Mapping[str, int] = {"most": 1, "tenth": 10, "hundredth": 100, "thousandth": 1000}
_LEAST_SCALE = "hundredth"
# A century within what nanoseconds reach: so far do data go from the only bound of a column.
_NANOSECOND_YEARS = (1780, 2160)

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
    if rows in _SCALE:
        return min(channel.max_rows or _SCALE_ROWS, _SCALE_ROWS) // _SCALE[rows]
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


def _can_move_channel(*, portable: bool) -> Feasible:
    return lambda manifest: (
        "clean-rooms" in manifest.algorithm.targets
        and any(variables.is_portable(name) == portable for name in manifest.channels)
    )


def _header(manifest: Manifest) -> tuple[str, ...]:
    declared = {channel.csv_header for channel in manifest.channels.values()}
    if "either" in declared:
        return ("present", "absent")
    # Where some channels have a header and others have none, there is nothing to choose either.
    return ("absent",) if declared == {"absent"} else ("present",)


def _has_parts(manifest: Manifest) -> bool:
    return any(part_count("several", plain_rows(channel)) > 1 for channel in manifest.channels.values())


def _row_counts_differ(rows: str) -> Feasible:
    return lambda manifest: any(row_count(c, rows) != plain_rows(c) for c in manifest.channels.values())


def _scales_to(rows: str) -> Feasible:
    """Whether there may be so many rows of those that time and memory are compared at, of which there are three."""
    return lambda manifest: all(
        row_count(c, "fewest") <= row_count(c, least)
        for c in manifest.channels.values()
        for least in (rows, _LEAST_SCALE)
    )


def _has_hazards(kind: str) -> Feasible:
    return lambda manifest: any(
        hazards.values(column, kind, ())
        for channel in manifest.channels.values()
        if channel.sample is None
        for column in channel.columns
    )


def _has_column(manifest: Manifest, of: Callable[[Channel, Column], bool]) -> bool:
    return any(of(channel, column) for channel in manifest.channels.values() for column in channel.columns)


def _csv_of(*kinds: str) -> Feasible:
    return lambda manifest: _reads("csv")(manifest) and _has_column(manifest, lambda _, c: c.type.kind in kinds)


def _csv_with_line_breaks(manifest: Manifest) -> bool:
    def can_hold_one(channel: Channel, column: Column) -> bool:
        return channel.sample is None and bool(hazards.values(column, hazards.LINE_BREAKS, ()))

    return _reads("csv")(manifest) and _has_column(manifest, can_hold_one)


def _parquet_parts_of(of: Callable[[Channel, Column], bool]) -> Feasible:
    return lambda manifest: _reads("parquet")(manifest) and _has_parts(manifest) and _has_column(manifest, of)


def _holds_nulls(channel: Channel, column: Column) -> bool:
    # As they are drawn: an only column has none, nor one whose values are certain to be there.
    return column.nullable and column.min_per_value is None and len(channel.columns) > 1


def _parquet_with_int96(manifest: Manifest) -> bool:
    """Whether all timestamps are within what 64 bits of nanoseconds hold, which is how most readers take INT96."""
    times = [(channel, c) for channel in manifest.channels.values() for c in channel.columns]
    times = [(channel, c) for channel, c in times if c.type.kind == "timestamp"]
    return _reads("parquet")(manifest) and bool(times) and all(_in_nanoseconds(*each) for each in times)


def _in_nanoseconds(channel: Channel, column: Column) -> bool:
    known = [column.minimum, column.maximum, *(column.values or ())]
    years = [int(str(value)[:4]) for value in known if value is not None]
    return channel.sample is None and all(_NANOSECOND_YEARS[0] <= year <= _NANOSECOND_YEARS[1] for year in years)


def _names_columns(manifest: Manifest) -> bool:
    """Whether a reader of any declared format is told the name of each column."""
    return "csv" not in manifest.formats or all(c.csv_header != "absent" for c in manifest.channels.values())


def _has_null_like_text(manifest: Manifest) -> bool:
    return len(manifest.formats) > 1 and _has_hazards(hazards.NULL_LIKE)(manifest)


def _has_degenerate(kind: str) -> Feasible:
    return lambda manifest: any(degenerate_columns(channel, kind) for channel in manifest.channels.values())


def _has_rows_for(count: int) -> Feasible:
    return lambda manifest: manifest.takes(count)


def _row_count_is_free(manifest: Manifest) -> bool:
    """Whether jobs can differ in their number of rows, and with it in which row is the last."""
    return all(c.max_rows is None or c.max_rows > c.min_rows + 1 for c in manifest.channels.values())


def _has_optional_channels(least: int) -> Feasible:
    return lambda manifest: sum(not channel.required for channel in manifest.channels.values()) >= least


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
    ("environment", "moved-model"): _claims("clean-rooms"),
    ("environment", "moved-output"): _claims("clean-rooms"),
    ("environment", "moved-channel"): _can_move_channel(portable=True),
    ("environment", "moved-named-channel"): _can_move_channel(portable=False),
    ("environment", "output-value"): _claims("clean-rooms"),
    ("format", "csv"): _reads("csv"),
    ("format", "parquet"): _reads("parquet"),
    ("format-variable", "upper"): _always,
    # Without the variable the format is CSV, so there is nothing to ask of an image that does not read it.
    ("format-variable", "absent"): _reads("csv"),
    ("header", "present"): lambda manifest: "present" in _header(manifest),
    ("header", "absent"): lambda manifest: "absent" in _header(manifest),
    ("line-ends", ""): _reads("csv"),
    ("last-line", ""): _reads("csv"),
    ("quoting", ""): _reads("csv"),
    ("booleans", ""): _csv_of("boolean"),
    ("exponents", ""): _csv_of("double", "float"),
    ("line-breaks", ""): _csv_with_line_breaks,
    ("codec", ""): _reads("parquet"),
    ("row-groups", ""): _reads("parquet"),
    ("dictionary", ""): _reads("parquet"),
    ("integer-widths", ""): _parquet_parts_of(lambda _, column: column.type.is_integer),
    ("null-part", ""): _parquet_parts_of(_holds_nulls),
    ("pages", ""): _reads("parquet"),
    ("timestamps", ""): _parquet_with_int96,
    ("partition", ""): _has_parts,
    ("partition", "thousand"): _has_rows_for(MANY_PARTS),
    ("file-names", ""): _always,
    ("file-names", "snappy"): _reads("parquet"),
    ("file-names", "mixed"): _has_parts,
    ("markers", ""): _always,
    ("hidden-files", ""): _always,
    ("column-order", ""): lambda manifest: (
        _names_columns(manifest) and any(len(channel.columns) > 1 for channel in manifest.channels.values())
    ),
    ("extra-column", ""): _names_columns,
    ("optional-columns", ""): lambda manifest: any(map(optional_columns, manifest.channels.values())),
    ("null-like-text", ""): _has_null_like_text,
    **{("degenerate", kind): _has_degenerate(kind) for kind in DEGENERATE},
    ("other-data", ""): _has_rows_for(OTHER_DATA_ROWS),
    **{("changed-rows", f"{part}-file"): _has_parts for part in ("first", "middle", "last", "nested")},
    ("changed-rows", "last-row-group"): _reads("parquet"),
    ("changed-rows", "last-row"): _row_count_is_free,
    ("row-order", ""): _always,
    ("rows", "fewest"): _row_counts_differ("fewest"),
    ("rows", "many"): _row_counts_differ("many"),
    **{("rows", rows): _scales_to(rows) for rows in _SCALE},
    **{(f"hazard-{kind}", ""): _has_hazards(kind) for kind in hazards.KINDS},
    ("mount", ""): _always,
    ("extra-channel", ""): lambda manifest: len(manifest.channels) < CHANNELS_OF_A_JOB,
    ("optional-channels", "absent"): _has_optional_channels(1),
    ("optional-channels", ""): _has_optional_channels(2),
    ("extra-variables", ""): _always,
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
    ("hosts", ""): lambda manifest: manifest.limits.max_hosts > 1,
    ("hosts", "most"): lambda manifest: manifest.limits.max_hosts > 2,
    ("hosts", "sharded"): lambda manifest: manifest.limits.max_hosts > 1 and _has_parts(manifest),
    ("network", "bridge"): _always,
    ("network", "silent"): lambda manifest: set(manifest.algorithm.targets) != {"local"},
}
