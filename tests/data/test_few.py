"""Columns that hold few values, declared or not: what may be a class is still one where rows are other ones."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from conformance.values.job import ChannelData
from tests.data.tables import Declared, cells_of, job_of, loaded_with

_FEW: list[Declared] = [
    {"type": "int", "minimum": 0, "maximum": 1},
    {"type": "int", "minimum": 0, "maximum": 2},
    {"type": "bigint", "minimum": -3, "maximum": 6},
    {"type": "bigint", "minimum": 2**40, "maximum": 2**40 + 1},
    {"type": "string", "pattern": "female|male"},
    {"type": "decimal(4,1)", "minimum": 0.5, "maximum": 0.6},
    {"type": "date", "minimum": dt.date(2024, 2, 28), "maximum": dt.date(2024, 3, 1)},
    {"type": "float", "minimum": 0.5, "maximum": 0.5000001},
    {"type": "boolean"},
    {"type": "string", "values": ["a", "b", "c"]},
]


@pytest.mark.parametrize("declared", _FEW, ids=lambda declared: f"{declared['type']}")
def test_where_values_are_few_other_data_has_all_of_them(declared: Declared) -> None:
    loaded = loaded_with([{"name": "x", **declared}, {"name": "y", "type": "double"}], min_rows=32)
    for seed in range(20):
        recipe = ChannelData("train", 100, seed, (("x", ("female", "male")),))
        plain = job_of(loaded, recipe)
        before, after = (
            Counter(x for x, _ in cells_of(job, loaded)) for job in (plain, plain.with_choices(other_data="present"))
        )
        assert before.keys() == after.keys()
        assert min(after.values()) >= 2
        assert after[max(after)] > before[max(before)]
        assert after[max(after)] >= 50


@pytest.mark.parametrize(
    "declared", [{"type": "int", "minimum": 0, "maximum": 10}, {"type": "double"}, {"type": "date"}]
)
def test_other_data_of_many_values_is_of_the_upper_part_and_not_constant(declared: Declared) -> None:
    loaded = loaded_with([{"name": "x", **declared}], min_rows=32)
    plain = job_of(loaded, ChannelData("train", 100, 1))
    before, after = (
        sorted(x for (x,) in cells_of(job, loaded)) for job in (plain, plain.with_choices(other_data="present"))
    )
    assert after[0] > before[len(before) // 2]
    assert len(set(after)) > 1


def test_other_data_of_a_sample_has_two_rows_of_every_class() -> None:
    # One in twenty is of the lower class.
    sample = b"label,x,colour\n" + b"".join(b"%d,%d,%s\n" % (n % 20 > 0, n, b"rg"[n % 2 :][:1]) for n in range(200))
    columns: list[Declared] = [
        {"name": "label", "type": "int", "minimum": 0, "maximum": 1},
        {"name": "x", "type": "int"},
        {"name": "colour", "type": "string", "values": ["b", "g", "r"]},
    ]
    loaded = loaded_with(columns, {"s": sample}, sample="s", min_rows=32)
    for seed in range(20):
        rows = cells_of(job_of(loaded, ChannelData("train", 100, seed), other_data="present"), loaded)
        assert len(rows) == 100
        assert min(Counter(label for label, _, _ in rows).values()) >= 2
        assert {label for label, _, _ in rows} == {0, 1}
        assert {colour for _, _, colour in rows} == {"g", "r"}


@pytest.mark.parametrize("declared", _FEW, ids=lambda declared: f"{declared['type']}")
@pytest.mark.parametrize("rows", [4, 8, 64])
def test_a_changed_row_leaves_two_of_each_class_where_there_were_two(declared: Declared, rows: int) -> None:
    loaded = loaded_with([{"name": "x", **declared}, {"name": "y", "type": "double"}], min_rows=rows)
    for seed in range(20):
        plain = job_of(loaded, ChannelData("train", rows, seed, (("x", ("female", "male")),)))
        before = Counter(x for x, _ in cells_of(plain, loaded))
        for changed in ("last-row", "first-file", "last-file"):
            after = Counter(x for x, _ in cells_of(plain.with_choices(changed_rows=changed), loaded))
            if 2 * len(before) <= rows:
                assert all(after[value] >= min(2, count) for value, count in before.items())


def test_rows_of_a_sample_that_lacks_a_listed_value_are_changed() -> None:
    columns: list[Declared] = [{"name": "x", "type": "int"}, {"name": "label", "type": "int", "values": [0, 1, 2]}]
    sample = b"x,label\n" + b"".join(b"%d,%d\n" % (n * n, n % 2) for n in range(40))
    loaded = loaded_with(columns, {"s": sample}, sample="s", min_rows=32)
    plain = job_of(loaded, ChannelData("train", 64, 3))
    assert cells_of(plain.with_choices(changed_rows="first-file"), loaded) != cells_of(plain, loaded)


def test_rows_of_a_sample_are_exchanged_but_for_the_last_of_a_value() -> None:
    columns: list[Declared] = [
        {"name": "x", "type": "int"},
        {"name": "label", "type": "int", "values": [0, 1], "min_per_value": 16},
        {"name": "kind", "type": "string"},
    ]
    sample = b"x,label,kind\n" + b"".join(b"%d,%d,%s\n" % (n, n % 2, b"rare" if n < 4 else b"usual") for n in range(80))
    loaded = loaded_with(columns, {"s": sample}, sample="s", min_rows=32, max_rows=32)
    for seed in range(20):
        plain = job_of(loaded, ChannelData("train", 32, seed))
        rows = cells_of(plain, loaded)
        for changed, count in (("last-row", 1), ("first-file", 2), ("last-file", 11)):
            others = cells_of(plain.with_choices(changed_rows=changed), loaded)
            assert Counter(label for _, label, _ in others) == {0: 16, 1: 16}
            kinds, before = (Counter(kind for _, _, kind in each) for each in (others, rows))
            assert kinds["rare"] >= min(2, before["rare"])
            assert sum(a != b for a, b in zip(rows, others, strict=True)) >= count / 2
