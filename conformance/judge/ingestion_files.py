"""Rules on how files are written and called: dialects of CSV, rarities of Parquet, headers, names."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.data.layout import MANY_PARTS, part_count
from conformance.judge.formats import declares_csv, declares_parquet
from conformance.judge.looks import Pair, pairs, valid, values_of
from conformance.judge.properties import same_result_where_observable
from conformance.judge.rule import MAY, MUST, SHOULD, Look, Subject, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import RowsRead, Run

_HEADER = "ingestion.header"
Series = tuple[Run, ...]
"""The runs that train on CSV files, all with a header or all without."""


@rule(
    "ingestion.csv-dialect",
    SHOULD,
    "U5",
    looks_at=values_of("ingestion.csv-dialect"),
    applies=declares_csv,
    hint="read with a CSV library, not line by line, and convert cells after it has taken off quotes and line ends",
)
def every_dialect_trains(seen: Pair | Run) -> None:
    """CRLF, everything quoted, no final newline, `True`, `TRUE`, `1e-5`, line breaks in quotes: trains on the same
    rows."""
    same_result_where_observable(seen)


@rule(
    "ingestion.parquet-rare",
    MAY,
    "V4 encodings",
    looks_at=values_of("ingestion.parquet-rare"),
    applies=declares_parquet,
    hint="read with pyarrow, which has every codec and encoding built in",
)
def rare_parquet_trains(seen: Pair | Run) -> None:
    """Zstd, lz4, brotli, data pages of version 2, INT96: trains."""
    same_result_where_observable(seen)


def _has_rows_for_many_files(manifest: Manifest) -> str | None:
    if manifest.takes(MANY_PARTS):
        return None
    return f"declare max_rows of {MANY_PARTS} or more, if the image takes so many"


@rule(
    "ingestion.many-files",
    SHOULD,
    "D1",
    looks_at=pairs("partition", lambda job: job["partition"] == "thousand"),
    applies=_has_rows_for_many_files,
    hint="close each file before the next is opened, and put the rows together once, not file by file",
    size="full",
)
def many_files_are_read(pair: Pair) -> None:
    """The same rows in 1000 files as in one give the same model."""
    same_result_where_observable(pair)


@rule(
    "ingestion.names",
    SHOULD,
    "D1 U6",
    looks_at=values_of("ingestion.names"),
    hint="read every file that is no marker, whatever its name and extension",
)
def every_name_is_read(seen: Pair | Run) -> None:
    """Parts without extension, `.snappy.parquet`, with spaces, in `dt=2024-01-01/`, alone and mixed: trains on all
    rows."""
    same_result_where_observable(seen)


def _headers() -> Look[Pair | Run | Series]:
    """Look at jobs whose header is not the plain one, and at all jobs with CSV files together."""
    chosen = values_of(_HEADER)

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        yield from chosen.jobs(plan)
        for header in ("present", "absent"):
            csv = tuple(job for job in plan.select(valid) if (job["format"], job["header"]) == ("csv", header))
            if len(csv) > 1:
                yield csv

    def observe(runs: tuple[Run, ...], subject: Subject) -> Pair | Run | Series | None:
        if len({run.job["header"] for run in runs[:2]}) > 1 or len(runs) == 1:
            return chosen.observe(runs, subject)
        return tuple(run for run in runs if run.trains) or None

    return Look(jobs, observe)


@rule(
    _HEADER,
    MUST,
    "D2",
    looks_at=_headers(),
    applies=declares_csv,
    hint="say csv_header as it is, and read the first record of every file alike",
)
def header_is_no_row(seen: Pair | Run | Series) -> None:
    """The header is as declared, in one file and in several: no row is lost to it, and none is made of it."""
    if not isinstance(seen, tuple):
        same_result_where_observable(seen)
        return
    counted = {rows.metric for run in seen for rows in run.rows_read}
    if not counted:
        raise Unobservable('declare a metric with observes = "rows": the number of rows that were read')
    for metric in sorted(counted):
        _no_row_for_each_file(metric, [(run, rows) for run in seen for rows in run.rows_read if rows.metric == metric])


def _no_row_for_each_file(metric: str, seen: list[tuple[Run, RowsRead]]) -> None:
    """Raise a violation if rows are lost, or added, in every job by the number of its files, or by that less one.

    In one job alone this may be chance: other rows that were lost, or a file of so many rows.
    """
    files = [part_count(run.job["partition"], rows.given) for run, rows in seen]
    missing = [rows.given - rows.shown for _, rows in seen]
    wrong = [run for run, rows in seen if rows.given != rows.shown]
    if not wrong or len(set(files)) < 2:
        return
    for less, which in ((0, "each file"), (1, "each file but the first")):
        if all(abs(rows) == count - less for count, rows in zip(files, missing, strict=True)):
            if min(missing) >= 0:
                raise Violation(f"{metric} lacks one row for {which}, in every job with CSV files", run=wrong[0])
            if max(missing) <= 0:
                raise Violation(f"{metric} has one row too many for {which}, in every job with CSV files", run=wrong[0])
