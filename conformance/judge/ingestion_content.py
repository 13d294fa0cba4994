"""Rules on what the rows and directories of a channel hold, and on whether the data is used at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.contract.choices import BY_NAME, value_of
from conformance.judge.looks import Pair, pairs, runs, valid
from conformance.judge.properties import same_result, same_result_where_observable, trains
from conformance.judge.rule import MAY, MUST, SHOULD, Look, Subject, rule
from conformance.judge.sensitivity import Change, changes, model_changes, observes_the_model
from conformance.judge.violation import ResultDiffers, Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run

_CHANGED_PARTS = tuple(value.name for value in BY_NAME["changed-rows"].values)


def _with_markers(job: Job) -> bool:
    return valid(job) and job["markers"] == "present"


def _with_degenerate_rows(job: Job) -> bool:
    return valid(job) and job["degenerate"] != "none"


def _either(one: Look[Pair], other: Look[Pair]) -> Look[Pair]:
    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        yield from one.jobs(plan)
        yield from other.jobs(plan)

    def observe(runs: tuple[Run, ...], subject: Subject) -> Pair | None:
        hidden = runs[0].job["hidden-files"] != runs[1].job["hidden-files"]
        return (one if hidden else other).observe(runs, subject)

    return Look(jobs, observe)


@rule(
    "ingestion.noise",
    MUST,
    "D3",
    looks_at=_either(pairs("hidden-files"), pairs("markers")),
    hint="leave out files whose names begin with _ or ., or fail where there are any",
)
def noise_is_no_data(pair: Pair) -> None:
    """Markers, checksums, and files beginning with _ or . that hold valid-looking rows never add or change rows."""
    if pair.changed.fails:
        return
    try:
        same_result(pair)
    except ResultDiffers as differs:
        raise differs.answered() from differs


@rule(
    "ingestion.markers",
    SHOULD,
    "D3",
    looks_at=runs(_with_markers),
    hint="skip zero-byte files, and those whose names begin with _ or .",
)
def markers_are_skipped(run: Run) -> None:
    """With zero-byte markers, zero-byte parts and .crc files beside the rows it trains."""
    trains(run)


def _has_columns_to_move(manifest: Manifest) -> str | None:
    if all(len(channel.columns) < 2 for channel in manifest.channels.values()):
        return "declare at least two columns"
    return _names_columns(manifest)


def _names_columns(manifest: Manifest) -> str | None:
    if "csv" in manifest.formats and any(channel.csv_header == "absent" for channel in manifest.channels.values()):
        return 'declare csv_header = "present" or "either"; without a header columns are known by their order alone'
    return None


@rule(
    "ingestion.column-order",
    SHOULD,
    "A10 columns",
    looks_at=pairs("column-order"),
    applies=_has_columns_to_move,
    hint="take columns by the names in the header or schema, not by their position",
)
def column_order_is_free(pair: Pair) -> None:
    """Columns in another order under a header: the same model, or fails."""
    if not pair.changed.fails:
        same_result(pair)


@dataclass(frozen=True)
class _Extra:
    """A job with a column more than its manifest knows, and what the channels claim to do with such ones."""

    pair: Pair
    claimed: frozenset[str | None]


def _extra_columns() -> Look[_Extra]:
    look = pairs("extra-column")

    def observe(runs: tuple[Run, ...], subject: Subject) -> _Extra | None:
        pair = look.observe(runs, subject)
        claimed = frozenset(channel.extra_columns for channel in subject.manifest.channels.values())
        return None if pair is None else _Extra(pair, claimed)

    return Look(look.jobs, observe)


@rule(
    "ingestion.extra-column",
    SHOULD,
    "A10 columns",
    looks_at=_extra_columns(),
    applies=_names_columns,
    hint="do with columns that are not declared what extra_columns says, or change what it says",
)
def extra_column_is_treated_as_claimed(extra: _Extra) -> None:
    """A column that the manifest does not know: as extra_columns claims; unclaimed, it trains or fails."""
    run = extra.pair.changed
    if "refused" in extra.claimed:
        if run.exit_code == 0:
            raise Violation(
                f"there is a column that the manifest does not know, and the job {run.ending}, "
                'though extra_columns = "refused"',
                run=run,
            )
        if not run.fails:
            raise Unobservable(f"a column more was to be refused, but the job {run.ending}")
        return
    if None in extra.claimed and run.fails:
        return
    if extra.claimed == {"ignored"}:
        same_result_where_observable(extra.pair)
    else:
        trains(run)


def _has_text_in_both_formats(manifest: Manifest) -> str | None:
    if len(manifest.formats) < 2:
        return "declare both formats"
    columns = [column for channel in manifest.channels.values() if channel.sample is None for column in channel.columns]
    if not any(column.type.is_text and column.values is None for column in columns):
        return "declare a text column without values"
    return None


@dataclass(frozen=True)
class _InBothFormats:
    """The same null-like texts as CSV and as Parquet, and the plain rows in both formats."""

    texts: Pair
    plain: Pair


def _null_like_texts() -> Look[_InBothFormats]:
    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        known = set(plan.jobs)
        for job in plan.select(lambda job: valid(job) and job["null-like-text"] != "none" and job["format"] == "csv"):
            others = (
                job.with_choices(format="parquet"),
                job.with_choices(null_like_text="none"),
                job.with_choices(format="parquet", null_like_text="none"),
            )
            if known.issuperset(others):
                yield (job, *others, plan.baseline, plan.repeated, plan.permuted)

    def observe(runs: tuple[Run, ...], _subject: Subject) -> _InBothFormats:
        csv, parquet, plain_csv, plain_parquet, baseline, repeated, permuted = runs
        # Another format may well give other bytes, and still the same model.
        texts = Pair(csv, parquet, "null-like-text", baseline, repeated, permuted, deterministic=False)
        return _InBothFormats(texts, replace(texts, changed=plain_csv, plain=plain_parquet))

    return Look(jobs, observe)


@rule(
    "ingestion.text-stays-text",
    MAY,
    "A10 cells",
    looks_at=_null_like_texts(),
    applies=_has_text_in_both_formats,
    hint="read text columns as text: with pandas, dtype=str, keep_default_na=False and na_values of your own",
)
def text_stays_text(seen: _InBothFormats) -> None:
    """Texts that look like nulls or numbers are the same from CSV and from Parquet."""
    if seen.texts.changed.fails and seen.texts.plain.fails:
        return
    try:
        same_result(seen.plain)
    except Violation:
        raise Unobservable("plain rows do not give the same from CSV and from Parquet either") from None
    same_result(seen.texts)


@rule(
    "ingestion.degenerate",
    MAY,
    "A10 cells",
    looks_at=runs(_with_degenerate_rows),
    hint="declare min_per_value where every class is needed, and minimum and maximum where extremes are not trained on",
)
def degenerate_rows_train(run: Run) -> None:
    """A single class, a constant column, duplicate rows, extremes of an unbounded type: trains."""
    trains(run)


@rule(
    "ingestion.data-used",
    MUST,
    "A10 data",
    looks_at=changes("other-data", ["present"]),
    applies=observes_the_model,
    hint="make sure that the rows that were read are those that the model is trained on",
)
def data_is_used(change: Change) -> None:
    """Other data gives another model."""
    if not model_changes(change):
        raise Violation(
            f"{len(change.pairs)} times every column was drawn anew from another part of its range, and nothing that "
            "observes the model changed"
        )


@rule(
    "ingestion.every-part-used",
    MUST,
    "D1",
    looks_at=changes("changed-rows", _CHANGED_PARTS),
    applies=observes_the_model,
    hint="read all files, all row groups and all rows, and train on what was read",
)
def every_part_is_used(change: Change) -> None:
    """Changing rows only in the first, middle or last file, the nested file, the last row group, or the last row
    changes what is observed of the model."""
    if not model_changes(change):
        value = value_of("changed-rows", change.changed_rows)
        raise Violation(
            f"{len(change.pairs)} times {value.phrase if value else 'rows are changed'}, and nothing that observes the "
            "model changed; it does where the rows lie elsewhere"
        )
