"""Rules on reading data: every row that was given, whichever way it lies, and nothing else."""

from __future__ import annotations

from conformance.judge.formats import declares_csv, declares_parquet
from conformance.judge.looks import Claim, Pair, claims, must_train, pairs, runs, valid, values_of
from conformance.judge.properties import same_result, same_result_where_observable, trains
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.violation import ResultDiffers, Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.run import Run


def _declares_both(manifest: Manifest) -> str | None:
    return declares_csv(manifest) or declares_parquet(manifest)


def _observes_rows(manifest: Manifest) -> str | None:
    if any(metric.observes == "rows" for metric in manifest.container.metrics):
        return None
    return 'declare a metric with observes = "rows": the number of rows that were read'


def _in_one_file(job: Job) -> bool:
    return must_train(job) and job["partition"] == "one"


def _valid_csv(job: Job) -> bool:
    return must_train(job) and job["format"] == "csv"


def _valid_parquet(job: Job) -> bool:
    return must_train(job) and job["format"] == "parquet"


@rule(
    "ingestion.csv",
    MUST,
    "V4 formats",
    looks_at=runs(_valid_csv),
    applies=declares_csv,
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
    applies=declares_parquet,
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
    channels = claim.subject.manifest.channels
    absent = claim.run.job["optional-channels"] != "present"
    counted = [rows for rows in claim.run.rows_read if channels[rows.channel].required or not absent]
    if not counted:
        raise Unobservable("the metric that observes rows did not appear in the log")
    for rows in counted:
        if rows.shown != rows.given:
            raise Violation(f"{rows.given} rows were given in channel {rows.channel}, {rows.metric} is {rows.shown:g}")


@rule(
    "ingestion.formats-agree",
    MUST,
    "D1",
    # How its rarities are read is another rule's, and so is what becomes of rows in several files.
    looks_at=pairs("format", _in_one_file),
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
    looks_at=pairs("partition", lambda job: job["partition"] != "thousand"),
    hint="sort the paths of all files below the channel's directory, and read every one",
)
def parts_agree(pair: Pair) -> None:
    """The same rows in one file and in several give the same model; no layout loses rows without a word."""
    try:
        same_result(pair)
    except ResultDiffers as differs:
        if pair.changed.job["partition"] in ("nested", "mixed") and _loses_rows(pair):
            raise differs.answered() from differs
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
