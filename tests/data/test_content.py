"""What the rows and directories of a job hold beside drawn rows, read back by readers of others."""

from __future__ import annotations

import datetime as dt
import io
import posixpath
from collections import Counter
from decimal import Decimal

import pandas as pd
import pytest

from conformance.data.files import InputFile
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.plan.comparisons import compared_jobs
from conformance.values.job import ChannelData
from tests.data.tables import (
    Declared,
    Row,
    arrow_rows,
    cells_of,
    channel_of,
    csv_texts,
    files_of,
    job_of,
    loaded_with,
    parquet_rows,
)

_COLUMNS: list[Declared] = [
    {"name": "age", "type": "double", "nullable": True, "minimum": 0, "maximum": 120},
    {"name": "income", "type": "double"},
    {"name": "visits", "type": "bigint"},
    {"name": "paid", "type": "decimal(8,2)", "minimum": 0},
    {"name": "since", "type": "date"},
    {"name": "seen", "type": "timestamp"},
    {"name": "member", "type": "boolean"},
    {"name": "note", "type": "string"},
    {"name": "label", "type": "int", "values": [0, 1]},
]
_NAMES = [str(column["name"]) for column in _COLUMNS]
_WORDS = (("note", ("five", "four", "one", "two")),)


def _loaded(min_per_value: int | None = None) -> LoadedManifest:
    more = {} if min_per_value is None else {"min_per_value": min_per_value}
    return loaded_with([*_COLUMNS[:-1], {**_COLUMNS[-1], **more}], min_rows=32)


def _recipe(rows: int = 64, seed: int = 7) -> ChannelData:
    return ChannelData("train", rows, seed, _WORDS)


def _shown(files: list[InputFile]) -> list[InputFile]:
    """The files that a reader is to read."""
    return [file for file in files if file.content and posixpath.basename(file.path)[0] not in "._"]


@pytest.mark.parametrize("partition", ["one", "several", "nested"])
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_markers_hold_no_rows_and_leave_the_rows_alone(partition: str, format_: str) -> None:
    loaded, recipe = _loaded(), _recipe()
    plain = job_of(loaded, recipe, partition=partition, format=format_)
    files = files_of(plain.with_choices(markers="present"), loaded)
    assert _shown(files) == files_of(plain, loaded)
    beside = {file.path: file.content for file in files if file not in _shown(files)}
    folders = {posixpath.dirname(file.path) for file in _shown(files)}
    for folder in folders:
        assert beside[f"{folder}/_SUCCESS"] == b""
        assert beside[f"{folder}/part-99999.{format_}"] == b""
    for file in _shown(files):
        folder, name = posixpath.split(file.path)
        assert beside[f"{folder}/.{name}.crc"].startswith(b"crc\0")


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_hidden_files_hold_rows_that_fit_and_are_none_of_the_job(format_: str) -> None:
    loaded, recipe = _loaded(), _recipe()
    plain = job_of(loaded, recipe, format=format_)
    files = files_of(plain.with_choices(hidden_files="present"), loaded)
    assert _shown(files) == files_of(plain, loaded)
    hidden = [file for file in files if file not in _shown(files)]
    assert {posixpath.basename(file.path)[0] for file in hidden} == {"_", "."}
    rows = _read(hidden, loaded, format_)
    assert rows
    assert not set(rows) & set(cells_of(plain, loaded))


def _read(files: list[InputFile], loaded: LoadedManifest, format_: str) -> list[Row]:
    if format_ == "parquet":
        return parquet_rows(files)
    return arrow_rows(files, channel_of(loaded).columns, header=True)


def test_columns_of_one_type_change_places() -> None:
    loaded, recipe = _loaded(), _recipe()
    plain = job_of(loaded, recipe)
    ((names,), texts) = csv_texts(files_of(plain.with_choices(column_order="other"), loaded), header=True)
    assert names == ["income", "age", *_NAMES[2:]]
    ((before,), meant) = csv_texts(files_of(plain, loaded), header=True)
    assert [[row[names.index(name)] for name in before] for row in texts] == meant


def test_columns_of_unlike_types_stand_the_other_way_round() -> None:
    loaded = loaded_with([{"name": "a", "type": "int"}, {"name": "b", "type": "double"}])
    job = job_of(loaded, ChannelData("train", 32, 1), column_order="other")
    ((names,), _) = csv_texts(files_of(job, loaded), header=True)
    assert names == ["b", "a"]


def test_an_extra_column_stands_between_the_others() -> None:
    loaded, recipe = _loaded(), _recipe()
    plain = job_of(loaded, recipe)
    ((names,), texts) = csv_texts(files_of(plain.with_choices(extra_column="present"), loaded), header=True)
    (extra,) = set(names) - set(_NAMES)
    place = names.index(extra)
    assert 0 < place < len(names) - 1
    _, meant = csv_texts(files_of(plain, loaded), header=True)
    assert [row[:place] + row[place + 1 :] for row in texts] == meant
    assert len({row[place] for row in texts}) > 10


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_null_like_texts_are_there(format_: str) -> None:
    loaded, recipe = _loaded(), _recipe()
    job = job_of(loaded, recipe, format=format_, null_like_text="present")
    rows = _read(files_of(job, loaded), loaded, format_)
    assert rows == cells_of(job, loaded)
    assert {"", "NA", "null", "None", "007"} <= {row[_NAMES.index("note")] for row in rows}
    if format_ == "csv":
        assert b',"",' in files_of(job, loaded)[0].content


def test_an_only_column_has_no_empty_text() -> None:
    loaded = loaded_with([{"name": "note", "type": "string"}])
    job = job_of(loaded, _recipe(), null_like_text="present")
    texts = {row[0] for row in cells_of(job, loaded)}
    assert {"NA", "007"} <= texts
    assert "" not in texts


def _degenerate(loaded: LoadedManifest, kind: str) -> list[Row]:
    job = job_of(loaded, _recipe(), degenerate=kind)
    rows = cells_of(job, loaded)
    assert _read(files_of(job, loaded), loaded, "csv") == rows
    assert _read(files_of(job.with_choices(format="parquet"), loaded), loaded, "parquet") == rows
    return rows


def test_degenerate_rows() -> None:
    loaded = _loaded()
    assert len({row[-1] for row in _degenerate(loaded, "single-class")}) == 1
    constant = _degenerate(loaded, "constant")
    assert len({row[0] for row in constant}) == 1
    assert len({row[1] for row in constant}) > 10
    duplicates = _degenerate(loaded, "duplicates")
    assert duplicates[1::2] == duplicates[::2]
    assert len(set(duplicates)) == 32
    extremes = _degenerate(loaded, "extremes")
    column = {name: {row[place] for row in extremes} for place, name in enumerate(_NAMES)}
    assert {-1.7976931348623157e308, 1.7976931348623157e308} <= column["income"]
    assert {-(2**63), 2**63 - 1} <= column["visits"]
    assert Decimal("999999.99") in column["paid"]
    assert Decimal("-999999.99") not in column["paid"]
    assert {dt.date(1, 1, 1), dt.date(9999, 12, 31)} <= column["since"]
    assert max(cell for cell in column["age"] if cell is not None) <= 120


def test_what_the_manifest_excludes_is_not_degenerate() -> None:
    loaded = _loaded(min_per_value=3)
    labels = [row[-1] for row in _degenerate(loaded, "single-class")]
    assert min(labels.count(0), labels.count(1)) >= 3


@pytest.mark.parametrize("min_per_value", [3, 31, 32])
def test_rows_are_repeated_as_far_as_values_are_promised(min_per_value: int) -> None:
    loaded = loaded_with([*_COLUMNS[:-1], {**_COLUMNS[-1], "min_per_value": min_per_value}], min_rows=64)
    rows = _degenerate(loaded, "duplicates")
    assert len(set(rows)) <= 60
    assert set(rows) <= set(cells_of(job_of(loaded, _recipe()), loaded))
    assert min(Counter(row[-1] for row in rows).values()) >= min_per_value


def test_rows_of_a_sample_are_repeated_whole() -> None:
    columns: list[Declared] = [{"name": "x", "type": "int"}, {"name": "y", "type": "int", "optional": True}]
    sample = b"x\n" + b"".join(b"%d\n" % n for n in range(10_000))
    loaded = loaded_with(columns, {"s": sample}, sample="s", min_rows=32)
    assert all(len(set(_degenerate_cells(loaded, kind))) > 60 for kind in ("constant", "extremes"))
    assert len(set(_degenerate_cells(loaded, "duplicates"))) <= 32
    assert "duplicates" in {job["degenerate"] for job in draw_plan(loaded, size="gate", seed=0).jobs}


def _degenerate_cells(loaded: LoadedManifest, kind: str) -> list[Row]:
    return cells_of(job_of(loaded, _recipe(), degenerate=kind), loaded)


@pytest.mark.parametrize("min_per_value", [None, 15])
def test_other_data_is_of_another_part_of_the_range(min_per_value: int | None) -> None:
    loaded, recipe = _loaded(min_per_value), _recipe(100)
    plain = job_of(loaded, recipe)
    job = plain.with_choices(other_data="present")
    rows, others = cells_of(plain, loaded), cells_of(job, loaded)
    assert _read(files_of(job, loaded), loaded, "csv") == others
    assert len(others) == 100
    for name in ("age", "income", "visits", "paid", "since", "seen"):
        place = _NAMES.index(name)
        before, after = (sorted(row[place] for row in table if row[place] is not None) for table in (rows, others))
        assert after[0] > before[len(before) // 2], name
    labels = Counter(row[-1] for row in others)
    assert min(labels.values()) >= (min_per_value or 2)
    assert labels[1] > 1.2 * labels[0]


_PLACES = {
    "first-file": ("several", 0),
    "middle-file": ("several", 2),
    "last-file": ("several", 4),
    "nested-file": ("nested", 0),
}


@pytest.mark.parametrize("changed", _PLACES)
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_rows_of_one_file_alone_are_changed(changed: str, format_: str) -> None:
    loaded, recipe = _loaded(), _recipe()
    partition, place = _PLACES[changed]
    plain = job_of(loaded, recipe, partition=partition, format=format_)
    before, after = files_of(plain, loaded), files_of(plain.with_choices(changed_rows=changed), loaded)
    assert [file.path for file in before] == [file.path for file in after]
    assert [n for n, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [place]
    assert "/" in after[place].path.removeprefix("train/") or partition == "several"
    old, new = (_read([files[place]], loaded, format_) for files in (before, after))
    for one, other in zip(old, new, strict=True):
        assert all(a != b for a, b in zip(one, other, strict=True))
        assert None not in other


@pytest.mark.parametrize("rows", [32, 64, 70, 71])
@pytest.mark.parametrize(
    ("changed", "first"), [("last-row", -1), ("row-before-the-last", -2), ("last-row-group", None)]
)
def test_rows_at_the_end_alone_are_changed(rows: int, changed: str, first: int | None) -> None:
    loaded, recipe = _loaded(), _recipe(rows)
    plain = job_of(loaded, recipe, format="parquet", row_groups="several")
    before, after = (parquet_rows(files_of(job, loaded)) for job in (plain, plain.with_choices(changed_rows=changed)))
    differing = [place for place in range(rows) if before[place] != after[place]]
    if first is not None:
        assert differing == [rows + first]
    else:
        # Row groups are of ten rows.
        assert differing == list(range((rows - 1) // 10 * 10, rows))


def test_a_changed_row_leaves_as_many_of_each_value_as_promised() -> None:
    loaded = loaded_with(
        [{"name": "x", "type": "int"}, {**_COLUMNS[-1], "min_per_value": 16}], min_rows=32, max_rows=32
    )
    for seed in range(10):
        recipe = ChannelData("train", 32, seed)
        for changed in ("last-row", "last-file"):
            rows = cells_of(job_of(loaded, recipe, changed_rows=changed), loaded)
            assert Counter(label for _, label in rows) == {0: 16, 1: 16}
            assert rows != cells_of(job_of(loaded, recipe), loaded)


_SAMPLE = b"x,label\n" + b"".join(b"%d,%d\n" % (n * n, n % 2) for n in range(40))


def test_rows_of_a_sample_are_exchanged_whole() -> None:
    columns: list[Declared] = [{"name": "x", "type": "int"}, {**_COLUMNS[-1], "min_per_value": 2}]
    loaded = loaded_with(columns, {"sample.csv": _SAMPLE}, sample="sample.csv", min_rows=32)
    known = {(n * n, n % 2) for n in range(40)}
    plain = job_of(loaded, ChannelData("train", 64, 3))
    rows = cells_of(plain, loaded)
    changed = cells_of(plain.with_choices(changed_rows="last-row"), loaded)
    assert [place for place in range(64) if rows[place] != changed[place]] == [63]
    others = cells_of(plain.with_choices(other_data="present"), loaded)
    assert set(changed) | set(others) <= known
    assert sum(x for x, _ in others) > sum(x for x, _ in rows)


def test_the_only_column_of_a_sample_is_exchanged() -> None:
    sample = b"x\n" + b"".join(b"%d\n" % n for n in range(100))
    loaded = loaded_with([{"name": "x", "type": "int"}], {"s": sample}, sample="s", min_rows=32)
    rows, others = (
        cells_of(job_of(loaded, ChannelData("train", 64, 1), changed_rows=changed), loaded)
        for changed in ("none", "last-row")
    )
    assert [place for place in range(64) if rows[place] != others[place]] == [63]


def test_nothing_is_compared_where_nothing_can_be_changed() -> None:
    loaded = loaded_with([{"name": "x", "type": "int", "minimum": 5, "maximum": 5}], min_rows=32)
    jobs = list(compared_jobs(job_of(loaded, ChannelData("train", 64, 3)), loaded))
    assert not jobs


@pytest.mark.parametrize("partition", ["one", "nested"])
def test_optional_columns_are_left_out_where_their_names_are_known(partition: str) -> None:
    columns = [{**column, "optional": column["name"] in ("visits", "note")} for column in _COLUMNS]
    left = [name for name in _NAMES if name not in ("visits", "note")]
    loaded, recipe = loaded_with(columns, min_rows=32, csv_header="either"), _recipe()
    for format_ in ("csv", "parquet"):
        whole = job_of(loaded, recipe, partition=partition, format=format_, header="present")
        short = whole.with_choices(optional_columns="absent")
        for there, here in zip(files_of(whole, loaded), files_of(short, loaded), strict=True):
            frames = [_frame(file.content, format_) for file in (there, here)]
            assert list(frames[1].columns) == left
            pd.testing.assert_frame_equal(frames[0][left], frames[1])
    without = job_of(loaded, recipe, header="absent")
    assert files_of(without.with_choices(optional_columns="absent"), loaded) == files_of(without, loaded)


def test_no_row_is_nothing_where_optional_columns_are_missing() -> None:
    columns: list[Declared] = [
        {"name": "age", "type": "double", "nullable": True},
        {"name": "note", "type": "string", "optional": True},
    ]
    for nullable, left in ((True, ["age", "note"]), (False, ["age"])):
        loaded = loaded_with([{**columns[0], "nullable": nullable}, columns[1]], min_rows=32)
        (file,) = files_of(job_of(loaded, _recipe(), optional_columns="absent"), loaded)
        assert list(_frame(file.content, "csv").columns) == left


def test_an_optional_column_that_the_sample_lacks_is_missing_all_the_time() -> None:
    columns: list[Declared] = [
        {"name": "age", "type": "double"},
        {"name": "label", "type": "int"},
        {"name": "note", "type": "string", "optional": True},
    ]
    loaded = loaded_with(columns, {"s.csv": b"age,label\n1.5,0\n2.5,1\n"}, sample="s.csv")
    (file,) = files_of(job_of(loaded, _recipe(), optional_columns="absent"), loaded)
    assert list(_frame(file.content, "csv").columns) == ["age", "label"]


def _frame(content: bytes, format_: str) -> pd.DataFrame:
    source = io.BytesIO(content)
    return pd.read_csv(source) if format_ == "csv" else pd.read_parquet(source)


def test_optional_columns_are_missing_in_every_format_where_there_are_any() -> None:
    optional = loaded_with([*_COLUMNS[:-1], {**_COLUMNS[-1], "optional": True}], min_rows=32)
    jobs = draw_plan(optional, size="gate", seed=0).select(lambda job: job["optional-columns"] == "absent")
    assert {job["format"] for job in jobs} == {"csv", "parquet"}
    none = draw_plan(_loaded(), size="gate", seed=0)
    assert {job["optional-columns"] for job in none.jobs} == {"present"}
