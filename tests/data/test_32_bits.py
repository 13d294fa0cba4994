"""Columns of 32-bit numbers, whose decimals are none of 64 bits: what is declared is what there is."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.manifest import LoadedManifest
from conformance.manifest.sample import check_sample
from conformance.values.job import ChannelData, Job
from tests.data.tables import (
    Declared,
    arrow_rows,
    cells_of,
    channel_of,
    csv_texts,
    files_of,
    job_of,
    loaded_with,
    parquet_rows,
)

_VALUES = [0.07, 0.19, 1e-7, 36214152.0, 0.1234567891]
_LISTED: Declared = {"name": "x", "type": "float", "nullable": True, "values": _VALUES, "minimum": 1e-7}
_OTHER: Declared = {"name": "y", "type": "double"}
_CHOICES: list[dict[str, str]] = [
    {},
    {"other_data": "present"},
    {"changed_rows": "first-file"},
    {"degenerate": "duplicates"},
    {"partition": "several", "row_order": "permuted"},
]


def _texts(job: Job, loaded: LoadedManifest) -> list[str]:
    _, rows = csv_texts(files_of(job, loaded), header=True)
    return [row[0] for row in rows]


@pytest.mark.parametrize("choices", _CHOICES, ids=lambda choices: "-".join(choices) or "plain")
@pytest.mark.parametrize("exponents", ["none", "present"])
def test_listed_values_are_written_as_they_are_listed(choices: dict[str, str], exponents: str) -> None:
    loaded = loaded_with([_LISTED, _OTHER], min_rows=32)
    job = job_of(loaded, ChannelData("train", 64, 1), exponents=exponents, **choices)
    texts = _texts(job, loaded)
    assert {float(text) for text in texts if text} == set(_VALUES)
    assert all("e" in text for text in texts if text) == (exponents == "present")
    assert "" in texts
    (file, *others) = files_of(job.with_choices(format="parquet"), loaded)
    assert pq.read_schema(io.BytesIO(file.content)).types == [pa.float32(), pa.float64()]
    as_csv = arrow_rows(files_of(job, loaded), channel_of(loaded).columns, header=True)
    assert as_csv == parquet_rows([file, *others])


def test_a_changed_row_of_listed_values_is_another_one() -> None:
    loaded = loaded_with([{**_LISTED, "nullable": False, "min_per_value": 4}, _OTHER], min_rows=32)
    for seed in range(10):
        job = job_of(loaded, ChannelData("train", 64, seed))
        before, after = (_texts(each, loaded) for each in (job, job.with_choices(changed_rows="last-row")))
        assert before[:-1] == after[:-1]
        assert before[-1] != after[-1]
        assert min(after.count(text) for text in set(before)) >= 4


def test_numbers_that_are_drawn_are_the_same_in_both_formats() -> None:
    columns: list[Declared] = [
        {"name": "x", "type": "float"},
        {"name": "y", "type": "float", "minimum": 0.7, "maximum": 0.71},
    ]
    loaded = loaded_with(columns)
    job = job_of(loaded, ChannelData("train", 100, 1))
    _, rows = csv_texts(files_of(job, loaded), header=True)
    assert [tuple(map(float, row)) for row in rows] == cells_of(job, loaded)


@pytest.mark.parametrize(("low", "high"), [(0.9, 10), (-10, -0.9), (0.9, 0.9000003)])
def test_no_number_is_beyond_a_bound_that_has_more_digits(low: float, high: float) -> None:
    loaded = loaded_with([{"name": "x", "type": "float", "minimum": low, "maximum": high}])
    cells = [x for (x,) in cells_of(job_of(loaded, ChannelData("train", 5000, 1)), loaded)]
    assert len(set(cells)) > 2
    assert low <= min(cells)
    assert max(cells) <= high


def _parquet(values: list[float]) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"x": pa.array(values, pa.float32())}), target)
    return target.getvalue()


@pytest.mark.parametrize("sample", [b"x\n0.07\n0.19\n0.19\n", _parquet([0.07, 0.19, 0.19])], ids=["csv", "parquet"])
def test_a_sample_of_listed_values_is_known_by_them(sample: bytes) -> None:
    column: Declared = {"name": "x", "type": "float", "values": [0.07, 0.19], "min_per_value": 40, "minimum": 0.07}
    loaded = loaded_with([column], {"s": sample}, sample="s", min_rows=80)
    check_sample(sample, channel_of(loaded).columns, "present")
    texts = _texts(job_of(loaded, ChannelData("train", 80, 1)), loaded)
    assert (texts.count("0.07"), texts.count("0.19")) == (40, 40)


def test_a_sample_beside_the_listed_values_is_refused() -> None:
    loaded = loaded_with([{"name": "x", "type": "float", "values": [0.07, 0.19]}])
    for other in (0.0700001, float(np.nextafter(np.float32(0.19), np.float32(1)))):
        with pytest.raises(ValueError, match="should be one of values"):
            check_sample(_parquet([other]), channel_of(loaded).columns, "present")


def test_a_sample_at_a_bound_stays_within_it() -> None:
    column: Declared = {"name": "x", "type": "float", "minimum": 0.19, "maximum": 0.3}
    loaded = loaded_with([column], {"s": b"x\n0.19\n0.25\n0.3\n"}, sample="s")
    cells = {x for (x,) in cells_of(job_of(loaded, ChannelData("train", 64, 1)), loaded)}
    assert 0.19 <= min(cells) <= 0.19 + 1e-7
    assert 0.3 - 1e-7 <= max(cells) <= 0.3
