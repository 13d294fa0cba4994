"""Faults in the data of a channel: columns missing, cells of another type, files that are damaged."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.data.faulty import first_file
from conformance.manifest.model import Channel, Column, Manifest
from conformance.plan.some import some
from conformance.plan.strategies import Drawn
from conformance.values.job import Fault, Job

Faulty = Iterator[tuple[Job, Fault]]

_LONG_NAME_CHARACTERS = 40
# Below the 255 bytes that a name may have.
_LONG = "part-00000-" + "of-a-table-with-a-rather-long-name-" * 6
_FOREIGN = "part-00000-" + "Maße-der-Straße-данные-数据表-" * 4
# The ways in which files are damaged: what is told of it, and the name of the file without its extension.
_DAMAGED_CSV = {
    "foreign": ("holds bytes that are no text", _FOREIGN),
    "in-quotes": ("is a CSV file cut off inside a quoted cell", _LONG),
    "more-fields": ("holds a record with two fields too many", "part-00000"),
}
_DAMAGED_PARQUET = {
    "foreign": ("holds bytes of no format", _LONG),
    "footer": ("is a Parquet file without the end of its footer", _FOREIGN),
    "page-damaged": ("is a Parquet file with a footer, and other bytes where its pages should be", "part-00000"),
    "page-cut": ("is a Parquet file with a footer whose pages are cut off", _FOREIGN),
}


def data_faults(baseline: Job, manifest: Manifest, drawn: Drawn, formats: tuple[str, ...]) -> Faulty:
    """Yield faults in the data with their jobs: of channels and columns a few, and which ones by chance."""
    seed = drawn.fault_seed
    with_columns = [name for name, channel in manifest.channels.items() if channel.columns_to_miss]
    for name in some(with_columns, 2, seed, "column-missing"):
        yield from _columns_missing(baseline, name, manifest.channels[name], drawn, formats)
    for name in some(list(manifest.channels), 1, seed, "corrupt"):
        for format_ in formats:
            yield from _corrupt(baseline.with_choices(format=format_), name, manifest.channels[name])
    with_types = [name for name, channel in manifest.channels.items() if channel.typed_columns]
    for name in some(with_types, 1, seed, "wrong-type"):
        yield from _wrong_types(baseline, name, manifest.channels[name], drawn, formats)


def _columns_missing(
    baseline: Job, name: str, channel: Channel, drawn: Drawn, formats: tuple[str, ...]
) -> Iterator[tuple[Job, Fault]]:
    job = _where_columns_have_names(baseline, channel, formats)
    if job is None:
        return
    required = channel.columns_to_miss
    short = some(required, 1, drawn.fault_seed, f"column-missing {name}")
    # Names of which messages are easily wrong.
    hard = [column for column in required if not column.isascii() or len(column) > _LONG_NAME_CHARACTERS]
    short += [column for column in some(hard, 1, drawn.fault_seed, "hard") if column not in short]
    for column in short:
        yield job, _column_missing(name, column, first_file(job))
    if job["format"] == "csv" and "parquet" in formats:
        other = baseline.with_choices(format="parquet")
        yield other, _column_missing(name, short[0], first_file(other))


def _column_missing(channel: str, column: str, file: str) -> Fault:
    sentence = f"channel {channel} is short of the column {column}"
    return Fault(
        "column-missing", "ingestion.missing-column", sentence, (column, file), channel, subject=column, file=file
    )


def _where_columns_have_names(baseline: Job, channel: Channel, formats: tuple[str, ...]) -> Job | None:
    """Return a job whose files name their columns, or tell by their number alone that one is missing."""
    if baseline["format"] == "parquet" or channel.csv_header != "absent":
        return baseline
    if "parquet" in formats:
        return baseline.with_choices(format="parquet")
    return baseline if channel.csv_shows_missing_columns else None


def _corrupt(job: Job, name: str, channel: Channel) -> Faulty:
    extension = job["format"]
    ways = dict(_DAMAGED_PARQUET if extension == "parquet" else _DAMAGED_CSV)
    if extension == "csv" and channel.csv_header == "absent" and all(c.type.is_text for c in channel.columns):
        # Any bytes are text for whoever does not check, and any fields are some.
        del ways["foreign"]
    if extension == "csv" and channel.csv_header == "absent" and channel.extra_columns == "used":
        del ways["more-fields"]
    for way, (told, stem) in ways.items():
        file = f"{stem}.{extension}"
        yield job, _damaged(name, way, f"{_shown(file)} of channel {name} {told}", file)
    file = first_file(job)
    other = "Parquet" if extension == "csv" else "CSV"
    sentence = f"{file} of channel {name} is {other}, where FILE_FORMAT is {extension}"
    yield job, _damaged(name, "other-format", sentence, file)
    if extension == "csv" and (column := _last_never_null(channel)) is not None:
        sentence = f"{file} of channel {name} holds a record that ends before the column {column}"
        yield job, _damaged(name, "fewer-fields", sentence, file, column)


def _damaged(channel: str, way: str, sentence: str, file: str, column: str = "") -> Fault:
    return Fault(
        "corrupt", "ingestion.corrupt", sentence, (file,), channel=channel, subject=column, value=way, file=file
    )


def _last_never_null(channel: Channel) -> str | None:
    """Return the last column that a record must not lack, if there is one before it: a null may be left out."""
    behind = [c.name for c in channel.columns[1:] if not (c.nullable or c.optional)]
    return behind[-1] if behind else None


def _wrong_types(baseline: Job, name: str, channel: Channel, drawn: Drawn, formats: tuple[str, ...]) -> Faulty:
    seed, columns = drawn.fault_seed, channel.typed_columns
    numbers = [column for column in columns if column.type.is_number]
    others = [column for column in columns if not column.type.is_number]
    letters, long = drawn.unreadable, drawn.unreadable_long
    for format_ in formats:
        job = baseline.with_choices(format=format_)
        for column in (*some(numbers, 1, seed, f"number {format_}"), *some(others, 1, seed, f"other {format_}")):
            yield job, _wrong_type(name, column, letters, "letters", first_file(job))
            if format_ == "parquet":
                break
    job = baseline.with_choices(format=formats[0])
    for column in some(columns, 1, seed, "long"):
        told = f"a text of {len(long)} characters"
        yield job, _wrong_type(name, column, long, told, first_file(job))


def _wrong_type(channel: str, column: Column, value: str, told: str, file: str) -> Fault:
    sentence = f"a cell of the column {column.name} ({column.type}) in {file} of channel {channel} holds {told}"
    return Fault(
        "wrong-type",
        "ingestion.wrong-type",
        sentence,
        (column.name, file),
        channel=channel,
        subject=column.name,
        value=value,
        file=file,
    )


def _shown(file: str) -> str:
    return file if len(file) <= _LONG_NAME_CHARACTERS else f"{file[:_LONG_NAME_CHARACTERS]}…"
