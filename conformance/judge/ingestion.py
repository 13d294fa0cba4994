"""Rules on reading data: every row that was given, whichever way it lies, and nothing else."""

from __future__ import annotations

from conformance.judge.looks import Claim, Pair, claims, pairs, runs, valid, values_of, with_fault_of
from conformance.judge.properties import fails, same_result, same_result_where_observable, trains
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.violation import ResultDiffers, Unobservable, Violation
from conformance.manifest.model import Format, Manifest
from conformance.values.job import Job
from conformance.values.run import Run


def _declares(format_: Format) -> str | None:
    return f"declare {format_} among the formats of the channels"


def _declares_csv(manifest: Manifest) -> str | None:
    return None if "csv" in manifest.formats else _declares("csv")


def _declares_parquet(manifest: Manifest) -> str | None:
    return None if "parquet" in manifest.formats else _declares("parquet")


def _declares_both(manifest: Manifest) -> str | None:
    return _declares_csv(manifest) or _declares_parquet(manifest)


def _observes_rows(manifest: Manifest) -> str | None:
    if any(metric.observes == "rows" for metric in manifest.container.metrics):
        return None
    return 'declare a metric with observes = "rows": the number of rows that were read'


def _has_column_to_miss(manifest: Manifest) -> str | None:
    for channel in manifest.channels.values():
        required = any(not column.optional for column in channel.columns)
        if channel.extra_columns != "used" and required and len(channel.columns) > 1:
            return None
    return "declare at least two columns, one of them not optional, and extra_columns other than used"


def _valid_csv(job: Job) -> bool:
    return valid(job) and job["format"] == "csv"


def _valid_parquet(job: Job) -> bool:
    return valid(job) and job["format"] == "parquet"


@rule(
    "ingestion.csv",
    MUST,
    "V4 formats",
    looks_at=runs(_valid_csv),
    applies=_declares_csv,
    hint="read with a CSV library, as UTF-8, and with the types that the manifest declares",
)
def csv_trains(run: Run) -> None:
    """Every CSV dataset that fits the manifest trains."""
    trains(run)


@rule(
    "ingestion.parquet",
    MUST,
    "V4 formats",
    looks_at=runs(_valid_parquet),
    applies=_declares_parquet,
    hint="read with pyarrow, all row groups and all codecs; FILE_FORMAT=parquet says so, not the file's name",
)
def parquet_trains(run: Run) -> None:
    """Every Parquet dataset that fits the manifest trains: whatever its codec, row groups and dictionaries, where parts
    have integers of unequal widths, and where one is all null in a nullable column."""
    trains(run)


@rule(
    "ingestion.every-row",
    MUST,
    "D1",
    looks_at=claims(valid, when=lambda run: run.trains),
    applies=_observes_rows,
    hint="list the files of the channel recursively, and add their rows up",
)
def every_row_is_read(claim: Claim) -> None:
    """The metric that observes rows shows as many as were given, in every layout, format and dialect."""
    given = {data.channel: data.rows for data in claim.run.job.data}
    counted = [seen for seen in claim.run.metrics if seen.metric.observes == "rows" and seen.value is not None]
    if not counted:
        raise Unobservable("the metric that observes rows did not appear in the log")
    for seen in counted:
        channel = seen.metric.channel or next(iter(given))
        if seen.value != given[channel]:
            raise Violation(
                f"{given[channel]} rows were given in channel {channel}, {seen.metric.name} is {seen.value:g}"
            )


@rule(
    "ingestion.formats-agree",
    MUST,
    "D1",
    looks_at=pairs("format"),
    applies=_declares_both,
    hint="convert both formats to the same types before anything else looks at them",
)
def formats_agree(pair: Pair) -> None:
    """The same rows as CSV and as Parquet give the same model."""
    same_result(pair)


@rule(
    "ingestion.parts-agree",
    MUST,
    "D1",
    looks_at=pairs("partition"),
    hint="sort the paths of all files below the channel's directory, and read every one",
)
def parts_agree(pair: Pair) -> None:
    """The same rows in one file and in several give the same model; no layout loses rows without a word."""
    try:
        same_result(pair)
    except ResultDiffers as differs:
        if pair.changed.job["partition"] in ("nested", "mixed") and _loses_rows(pair):
            raise Violation(differs.message) from differs
        raise


def _loses_rows(pair: Pair) -> bool:
    plain = {seen.metric.name: seen.value for seen in pair.plain.metrics if seen.metric.observes == "rows"}
    return any(seen.value != plain[seen.metric.name] for seen in pair.changed.metrics if seen.metric.name in plain)


@rule(
    "ingestion.nested",
    SHOULD,
    "D1 U6",
    looks_at=values_of("ingestion.nested"),
    hint="walk the channel's directory recursively; equal file names may lie in different directories",
)
def nested_directories_train(seen: Pair | Run) -> None:
    """Rows in nested directories, all or some of them, with equal base names in different ones: trains on all rows."""
    same_result_where_observable(seen)


@rule(
    "ingestion.missing-column",
    MUST,
    "F1 data",
    looks_at=runs(with_fault_of("ingestion.missing-column")),
    applies=_has_column_to_miss,
    hint="compare the columns of every file with those that the model is trained on",
)
def missing_column_fails(run: Run) -> None:
    """A column short that is not optional: fails."""
    fails(run)


@rule(
    "ingestion.corrupt",
    MUST,
    "F1 data",
    looks_at=runs(with_fault_of("ingestion.corrupt")),
    hint="let the error of a file that cannot be read end the job; read CSV strictly",
)
def corrupt_file_fails(run: Run) -> None:
    """A Parquet footer cut off, or a CSV file cut inside a quoted cell: fails."""
    fails(run)
