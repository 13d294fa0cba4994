"""A fault is really there in the files of its job, and the rest of the files is as in the plain one."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from conformance.data.files import given_channels, input_files
from conformance.data.launch import container_files, launch
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.values.job import FaultKind, Job
from conformance.values.plan import Plan
from tests.data.tables import Declared, cells_of, csv_texts, files_of, loaded_with, parquet_rows

_COLUMNS: list[Declared] = [
    {"name": "age", "type": "double"},
    {"name": "note", "type": "string"},
    {"name": "label", "type": "int", "values": [0, 1]},
]


@pytest.fixture(scope="module")
def loaded() -> LoadedManifest:
    return loaded_with(_COLUMNS)


@pytest.fixture(scope="module")
def plan(loaded: LoadedManifest) -> Plan:
    return draw_plan(loaded, size="gate", seed=0)


def _job(plan: Plan, kind: FaultKind, format_: str | None = None) -> Job:
    (job,) = plan.select(
        lambda job: (
            job.fault is not None
            and job.fault.kind == kind
            and format_ in (None, job["format"])
            and job["extra-variables"] == "none"
        )
    )
    return job


def test_a_missing_channel_is_not_there(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "channel-missing")
    assert given_channels(job) == ()
    assert list(input_files(job, loaded)) == []
    how = launch(job, loaded.manifest, max_memory_gb=1)
    assert "SM_CHANNEL_TRAIN" not in how.environment
    assert how.configuration["inputdataconfig.json"] == b"{}"


def test_an_empty_channel_is_a_directory_without_a_file(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "channel-empty")
    assert given_channels(job) == ("train",)
    assert list(input_files(job, loaded)) == []


def test_a_header_alone_is_a_header_alone(plan: Plan, loaded: LoadedManifest) -> None:
    (file,) = files_of(_job(plan, "header-alone"), loaded)
    assert file.content == b"age,note,label\n"


def test_a_short_column_is_in_no_record(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "column-missing")
    assert job.fault is not None
    left = [column["name"] for column in _COLUMNS if column["name"] != job.fault.subject]
    place = [column["name"] for column in _COLUMNS].index(job.fault.subject)
    headers, texts = csv_texts(files_of(job, loaded), header=True)
    assert headers == [left]
    plain = csv_texts(files_of(plan.baseline, loaded), header=True)[1]
    assert texts == [row[:place] + row[place + 1 :] for row in plain]


def test_a_parquet_file_that_is_cut_off_cannot_be_read(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "corrupt", "parquet")
    (file,) = files_of(job, loaded)
    (whole,) = files_of(Job(job.choices, job.data, job.hyperparameters), loaded)
    assert file.content.startswith(b"PAR1")
    assert whole.content.startswith(file.content)
    with pytest.raises((pa.ArrowException, OSError)):
        pq.read_table(io.BytesIO(file.content))


def test_a_csv_file_that_is_cut_off_is_refused_by_readers_that_look(plan: Plan, loaded: LoadedManifest) -> None:
    (file,) = files_of(_job(plan, "corrupt", "csv"), loaded)
    (whole,) = files_of(plan.baseline, loaded)
    assert file.content.startswith(whole.content)
    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(file.content.decode(), newline=""), strict=True))
    with pytest.raises(pa.ArrowInvalid):
        pa_csv.read_csv(io.BytesIO(file.content), parse_options=pa_csv.ParseOptions(newlines_in_values=True))


def test_a_file_of_an_only_column_can_be_cut_off_too() -> None:
    loaded = loaded_with([{"name": "x", "type": "double"}], formats=["csv"])
    (file,) = files_of(_job(draw_plan(loaded, size="gate", seed=0), "corrupt"), loaded)
    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(file.content.decode(), newline=""), strict=True))


@pytest.mark.parametrize("formats", [["csv"], ["parquet"], ["csv", "parquet"]])
def test_files_of_an_undeclared_format_really_have_it(formats: list[str]) -> None:
    loaded = loaded_with(_COLUMNS, formats=formats)
    plan = draw_plan(loaded, size="gate", seed=0)
    job = _job(plan, "undeclared-format")
    assert job.fault is not None
    files = files_of(job, loaded)
    meant = cells_of(plan.baseline, loaded)
    how = launch(job, loaded.manifest, max_memory_gb=1)
    assert how.environment["FILE_FORMAT"] == job.fault.value
    assert job.fault.value not in formats
    assert all(file.path.endswith(f".{job.fault.value}") for file in files)
    match job.fault.value:
        case "csv":
            assert len(csv_texts(files, header=True)[1]) == len(meant)
        case "parquet":
            assert parquet_rows(files) == meant
        case "orc":
            (file,) = files
            assert [tuple(row.values()) for row in orc.read_table(io.BytesIO(file.content)).to_pylist()] == meant


def test_a_hyperparameter_changes_no_file(plan: Plan) -> None:
    loaded = loaded_with(_COLUMNS)
    manifest = loaded.manifest.model_validate(
        {
            **loaded.manifest.model_dump(mode="json", by_alias=True, exclude_none=True),
            "hyperparameters": {"epochs": {"type": "integer", "tested": [1, 3]}},
        }
    )
    loaded = LoadedManifest(manifest, loaded.source, loaded.location, loaded.sha256, loaded.text, loaded.siblings)
    plan = draw_plan(loaded, size="gate", seed=0)
    faulty = [job for job in plan.jobs if job.fault is not None and job.fault.kind == "hyperparameter"]
    assert len(faulty) == 2
    plain = dict(container_files(plan.baseline, launch(plan.baseline, manifest, max_memory_gb=1), loaded))
    for job in faulty:
        files = dict(container_files(job, launch(job, manifest, max_memory_gb=1), loaded))
        assert {path for path in files if files[path] != plain[path]} == {"config/hyperparameters.json"}
