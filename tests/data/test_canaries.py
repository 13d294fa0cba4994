"""Canaries fit their columns, stand where they are said to, and are all that two jobs differ in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import variables
from conformance.data import canaries
from conformance.data.launch import launch
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.plan.canaries import canary_jobs
from conformance.values.job import Canary, Job
from tests.data.tables import Declared, cells_of, channel_of, csv_texts, files_of, loaded_with, parquet_rows

_ALL: list[Declared] = [
    {"name": "age", "type": "double", "nullable": True, "minimum": 0, "maximum": 120},
    {"name": "share", "type": "double", "minimum": 0, "maximum": 1},
    {"name": "income", "type": "double"},
    {"name": "weight", "type": "float"},
    {"name": "small_float", "type": "float", "minimum": 0, "maximum": 1},
    {"name": "visits", "type": "bigint"},
    {"name": "steps", "type": "int", "minimum": 0, "maximum": 150_000},
    {"name": "price", "type": "decimal(10,2)"},
    {"name": "exact", "type": "decimal(38,30)"},
    {"name": "born", "type": "date"},
    {"name": "seen", "type": "timestamp", "nullable": True},
    {"name": "city", "type": "string"},
    {"name": "code", "type": "varchar(6)"},
    {"name": "customer", "type": "string", "pattern": "[A-Z]{2}-[0-9a-f]{8}"},
]
_NONE: list[Declared] = [
    {"name": "tiny", "type": "tinyint"},
    {"name": "score", "type": "int", "minimum": 0, "maximum": 100},
    {"name": "cent", "type": "decimal(5,2)"},
    {"name": "short", "type": "string", "max_length": 5},
    {"name": "postcode", "type": "string", "pattern": "[0-9]{5}"},
    {"name": "fixed", "type": "string", "pattern": "CUSTOMER-[0-9]{3}"},
    {"name": "flag", "type": "boolean"},
    {"name": "one", "type": "double", "minimum": 3, "maximum": 3},
    {"name": "label", "type": "int", "values": [0, 1]},
]


def _with_canaries(loaded: LoadedManifest, seed: int = 0, kind: str | None = None, format_: str = "csv") -> list[Job]:
    plan = draw_plan(loaded, size="gate", seed=seed)
    return [
        job
        for job in plan.jobs
        if any(recipe.canaries for recipe in job.data)
        and (job.fault.kind if job.fault is not None else None) == kind
        and job["format"] == format_
    ]


def _of(job: Job, column: str) -> list[Canary]:
    return [canary for canary in job.data[0].canaries if canary.column == column]


@pytest.mark.parametrize("seed", range(5))
def test_canaries_fit_their_columns_and_hold_enough(seed: int) -> None:
    loaded = loaded_with([*_ALL, *_NONE])
    one, other = _with_canaries(loaded, seed)
    channel = channel_of(loaded)
    declared = {column.name: column for column in channel.columns}
    assert {canary.column for canary in one.data[0].canaries} == {str(column["name"]) for column in _ALL}
    for job in (one, other):
        texts = [canary.text for canary in job.data[0].canaries]
        assert len(set(texts)) == len(texts)
        for canary in job.data[0].canaries:
            column = declared[canary.column]
            cell = canaries.value(column, canary.text)
            column.check(float(cell) if column.type.kind == "decimal" else cell)
            assert len(re.sub("[^0-9A-Za-z]", "", canary.text).lstrip("0")) >= 6, canary
    assert all(len(canary.text.lstrip("-")) == 10 for canary in _of(one, "visits"))


@pytest.mark.parametrize("seed", range(5))
def test_canaries_stand_in_the_first_last_smallest_and_largest_row(seed: int) -> None:
    loaded = loaded_with(_ALL)
    for job in _with_canaries(loaded, seed):
        rows = cells_of(job, loaded)
        for index, column in enumerate(channel_of(loaded).columns):
            there = {canary.row: canaries.value(column, canary.text) for canary in _of(job, column.name)}
            cells = [row[index] for row in rows]
            assert {row: cells[row] for row in there} == there
            assert {0, len(rows) - 1} <= there.keys()
            # Of integers with a lower bound the smallest may have too few digits; of texts without room none is left
            # for what makes them the first or the last.
            if column.name not in ("steps", "code", "customer"):
                assert min(cell for cell in cells if cell is not None) in there.values(), column.name
            if column.name not in ("code", "customer"):
                assert max(cell for cell in cells if cell is not None) in there.values(), column.name


def test_canaries_stand_in_the_rows_that_are_shown_of_a_table() -> None:
    one, _ = _with_canaries(loaded_with(_ALL))
    shown = {*range(5), *range(one.data[0].rows - 5, one.data[0].rows)}
    for column in _ALL:
        there = _of(one, str(column["name"]))
        assert shown <= {canary.row for canary in there}


def test_the_smallest_and_the_largest_come_first() -> None:
    loaded = loaded_with(_ALL)
    one, _ = _with_canaries(loaded)
    for column in channel_of(loaded).columns:
        cells = [canaries.value(column, canary.text) for canary in _of(one, column.name)]
        assert cells[:2] == [min(cells), max(cells)]


_RANKED = tuple(column for column in _ALL if column["name"] not in ("city", "code", "customer"))


@pytest.mark.parametrize("part", [slice(51), slice(61), slice(13, 64), slice(64)], ids=str)
def test_a_quantile_is_of_another_row_in_each_job(part: slice) -> None:
    loaded = loaded_with(_RANKED)
    baseline = draw_plan(loaded, size="smoke", seed=0).baseline
    for seed in range(20):
        plain = replace(baseline, data=(replace(baseline.data[0], seed=seed),))
        one, other, *_ = canary_jobs(plain, loaded.manifest, ["csv"], [])
        tables = [cells_of(job, loaded)[part] for job in (one, other)]
        for index, column in enumerate(channel_of(loaded).columns):
            pairs = {(c.text, c.other) for c in _of(one, column.name)}
            ordered = [sorted(row[index] for row in rows if row[index] is not None) for rows in tables]
            for level in (0.1, 0.25, 0.5, 0.75, 0.9):
                a, b = (canaries.as_text(cells[int(level * (len(cells) - 1))]) for cells in ordered)
                assert (a, b) not in pairs, (seed, column.name, level)


def test_two_jobs_differ_in_their_canaries_alone() -> None:
    loaded = loaded_with(_ALL)
    one, other = _with_canaries(loaded)
    assert one.digest != other.digest
    assert canaries.without_texts(one) == canaries.without_texts(other)
    cells = {(canary.row, canary.column) for canary in one.data[0].canaries}
    names = [column.name for column in channel_of(loaded).columns]
    differing = {
        (row, names[index])
        for row, (a, b) in enumerate(zip(cells_of(one, loaded), cells_of(other, loaded), strict=True))
        for index in range(len(names))
        if a[index] != b[index]
    }
    assert differing == cells
    assert _rows(one, loaded, "csv") != _rows(other, loaded, "csv")


def _rows(job: Job, loaded: LoadedManifest, format_: str) -> Sequence[Sequence[Any]]:
    files = files_of(job, loaded)
    return csv_texts(files, header=True)[1] if format_ == "csv" else parquet_rows(files)


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_wrong_cell_is_the_only_one_and_holds_letters(format_: str) -> None:
    loaded = loaded_with([{"name": "city", "type": "string"}, {"name": "born", "type": "date"}, *_NONE])
    one, other = _with_canaries(loaded, kind="wrong-cell", format_=format_)
    (plain, _) = _with_canaries(loaded, format_=format_)
    for job in (one, other):
        assert job.fault is not None
        at = (job.fault.row, [column.name for column in channel_of(loaded).columns].index(job.fault.subject))
        expected = [[str(cell) for cell in row] for row in _rows(job, loaded, format_)]
        assert expected[at[0]][at[1]] == job.fault.value
        assert re.fullmatch("[a-z]{10}[0-9]{10}", job.fault.value)
        if job is one:
            there = [[str(cell) for cell in row] for row in _rows(plain, loaded, format_)]
            for row, (a, b) in enumerate(zip(expected, there, strict=True)):
                assert [cell for i, cell in enumerate(a) if (row, i) != at] == [
                    cell for i, cell in enumerate(b) if (row, i) != at
                ]
    assert one.fault is not None
    assert other.fault is not None
    assert one.fault.value != other.fault.value


def test_a_date_at_fault_is_among_dates_in_the_iso_form() -> None:
    loaded = loaded_with([{"name": "born", "type": "date"}], formats=["csv"])
    one, _ = _with_canaries(loaded, kind="wrong-cell")
    assert one.fault is not None
    texts = [row[0] for i, row in enumerate(_rows(one, loaded, "csv")) if i != one.fault.row]
    assert all(dt.date.fromisoformat(text) for text in texts)


@pytest.mark.parametrize("channel", [{"max_rows": 1}, {"columns": _NONE}])
def test_where_no_canary_fits_there_is_none(channel: dict[str, Any]) -> None:
    columns = channel.pop("columns", _ALL)
    assert _with_canaries(loaded_with(columns, **channel)) == []


def test_secrets_are_the_values_of_one_variable_and_differ() -> None:
    loaded = loaded_with(_ALL)
    jobs = [job for job in draw_plan(loaded, size="gate", seed=0).jobs if canaries.secret_of(job) is not None]
    given = [launch(job, loaded.manifest, max_memory_gb=1).environment[variables.SECRET] for job in jobs]
    assert len(jobs) == 4
    assert len(set(given)) == 2
    assert all(re.fullmatch("[a-z]{16}", secret) for secret in given)
    assert {job.fault.kind if job.fault is not None else None for job in jobs} == {None, "undeclared-format"}


def test_without_clean_rooms_there_are_no_canaries() -> None:
    loaded = loaded_with(_ALL)
    algorithm = loaded.manifest.algorithm.model_copy(update={"targets": ("local",)})
    manifest = loaded.manifest.model_copy(update={"algorithm": algorithm})
    plan = draw_plan(LoadedManifest(**{**vars(loaded), "manifest": manifest}), size="gate", seed=0)
    assert not any(job["extra-variables"].startswith("secret") or job.data[0].canaries for job in plan.jobs)
