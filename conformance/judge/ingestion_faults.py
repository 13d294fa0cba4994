"""Rules on data that cannot be read as it is declared: the job fails, and never trains on what is left."""

from __future__ import annotations

from conformance.judge.looks import runs, with_fault_of
from conformance.judge.properties import fails
from conformance.judge.rule import MUST, SHOULD, rule
from conformance.judge.violation import FaultUnnoticed, Unobservable
from conformance.manifest.model import Manifest
from conformance.values.job import Fault
from conformance.values.run import Run


def _has_column_to_miss(manifest: Manifest) -> str | None:
    short = [channel for channel in manifest.channels.values() if channel.columns_to_miss]
    if not short:
        return "declare at least two columns, one of them not optional, and extra_columns other than used"
    if "parquet" in manifest.formats or any(channel.csv_shows_missing_columns for channel in short):
        return None
    return 'declare csv_header = "present" or "either"; without a header a field that is missing may be a null'


def _has_typed_column(manifest: Manifest) -> str | None:
    if any(channel.typed_columns for channel in manifest.channels.values()):
        return None
    return "declare a column that is not text, and not optional"


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
    """A file that is damaged fails; one of another format than FILE_FORMAT says fails, or all its rows are read."""
    fault = run.job.fault
    if fault is not None and fault.value == "other-format" and run.trains:
        _all_rows_are_read(run, fault)
        return
    fails(run, level=SHOULD if fault is not None and fault.value == "fewer-fields" else None)


def _all_rows_are_read(run: Run, fault: Fault) -> None:
    counted = [rows for rows in run.rows_read if rows.channel == fault.channel]
    if not counted:
        raise Unobservable(
            'a file of another format than FILE_FORMAT says is read; declare a metric with observes = "rows" to see how'
        )
    for rows in counted:
        if rows.shown != rows.given:
            told = f"of its {rows.given} rows {rows.metric} shows {rows.shown:g}"
            raise FaultUnnoticed(run, f"{fault.sentence}; the job {run.ending}, and {told}")


@rule(
    "ingestion.wrong-type",
    SHOULD,
    "F1 data",
    looks_at=runs(with_fault_of("ingestion.wrong-type")),
    applies=_has_typed_column,
    hint="give the reader the declared types, so that it refuses what is none; errors=coerce and mixed columns hide it",
)
def wrong_type_fails(run: Run) -> None:
    """Letters in a column that is not text: fails."""
    fails(run)
