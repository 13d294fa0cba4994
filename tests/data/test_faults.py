"""A fault is really there in the files of its job, and the rest of the files is as in the plain one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from conformance.data.files import InputFile, given_channels, input_files
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
_EVERY_TYPE: list[Declared] = [
    {"name": "flag", "type": "boolean", "nullable": True},
    {"name": "tiny", "type": "tinyint"},
    {"name": "big", "type": "bigint", "nullable": True},
    {"name": "single", "type": "float"},
    {"name": "price", "type": "decimal(10,2)"},
    {"name": "text", "type": "string", "nullable": True},
    {"name": "day", "type": "date"},
    {"name": "moment", "type": "timestamp"},
]
_HYPERPARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "epochs": {"type": "integer", "tested": [1, 3], "accepted": [1, 1000], "required": True},
    "rate": {"type": "float", "tested": [0.001, 0.1], "accepted": [1e-6, 10.0]},
    "solver": {"type": "string", "tested": ["fast"], "accepted": ["fast", "exact"]},
    "shuffled": {"type": "boolean", "tested": [True], "accepted": [True]},
}


@pytest.fixture(scope="module")
def loaded() -> LoadedManifest:
    return loaded_with(_COLUMNS)


@pytest.fixture(scope="module")
def plan(loaded: LoadedManifest) -> Plan:
    return draw_plan(loaded, size="gate", seed=0)


def _jobs(plan: Plan, kind: FaultKind, format_: str | None = None, value: str | None = None) -> list[Job]:
    return [
        job
        for job in plan.jobs
        if job.fault is not None
        and (job.fault.kind, job.fault.failure_path) == (kind, "")
        and format_ in (None, job["format"])
        and value in (None, job.fault.value)
        and job["extra-variables"] == "none"
    ]


def _job(plan: Plan, kind: FaultKind, format_: str | None = None, value: str | None = None) -> Job:
    (job,) = _jobs(plan, kind, format_, value)
    return job


def _without_fault(job: Job) -> Job:
    return replace(job, fault=None)


def _with_hyperparameters(targets: list[str] | None = None) -> LoadedManifest:
    loaded = loaded_with(_COLUMNS)
    document = loaded.manifest.model_dump(mode="json", by_alias=True, exclude_none=True)
    document["algorithm"]["targets"] = targets or ["local", "sagemaker", "clean-rooms"]
    manifest = loaded.manifest.model_validate({**document, "hyperparameters": _HYPERPARAMETERS})
    return replace(loaded, manifest=manifest)


def test_a_missing_channel_is_not_there(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "channel-missing")
    assert given_channels(job, loaded.manifest) == ()
    assert list(input_files(job, loaded)) == []
    how = launch(job, loaded.manifest, max_memory_gb=1)
    assert "SM_CHANNEL_TRAIN" not in how.environment
    assert how.configuration["inputdataconfig.json"] == b"{}"


def test_an_empty_channel_is_a_directory_without_a_file(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "channel-empty")
    assert given_channels(job, loaded.manifest) == ("train",)
    assert list(input_files(job, loaded)) == []


def test_zero_byte_files_have_no_byte(plan: Plan, loaded: LoadedManifest) -> None:
    files = files_of(_job(plan, "zero-bytes"), loaded)
    assert [file.content for file in files] == [b"", b""]


def test_a_pipe_stands_in_place_of_the_directory(plan: Plan, loaded: LoadedManifest) -> None:
    job = _job(plan, "channel-pipe")
    how = launch(job, loaded.manifest, max_memory_gb=1)
    assert how.pipes == how.channels == ("train",)
    assert list(input_files(job, loaded)) == []
    assert launch(plan.baseline, loaded.manifest, max_memory_gb=1).pipes == ()


def test_a_header_alone_is_a_header_alone(plan: Plan, loaded: LoadedManifest) -> None:
    (file,) = files_of(_job(plan, "header-alone"), loaded)
    assert file.content == b"age,note,label\n"


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_short_column_is_in_no_record(plan: Plan, loaded: LoadedManifest, format_: str) -> None:
    job = _job(plan, "column-missing", format_)
    assert job.fault is not None
    left = [column["name"] for column in _COLUMNS if column["name"] != job.fault.subject]
    files = files_of(job, loaded)
    if format_ == "parquet":
        meant = [row[: (place := _place(job))] + row[place + 1 :] for row in cells_of(plan.baseline, loaded)]
        assert pq.read_table(io.BytesIO(files[0].content)).column_names == left
        assert parquet_rows(files) == meant
        return
    headers, texts = csv_texts(files, header=True)
    assert headers == [left]
    plain = csv_texts(files_of(plan.baseline, loaded), header=True)[1]
    assert texts == [row[: _place(job)] + row[_place(job) + 1 :] for row in plain]


def _place(job: Job) -> int:
    assert job.fault is not None
    return [column["name"] for column in _COLUMNS].index(job.fault.subject)


def test_a_column_with_a_name_that_is_hard_to_tell_is_short_too() -> None:
    columns = [*_COLUMNS, {"name": "Größe", "type": "double"}, *({"name": f"x{i}", "type": "int"} for i in range(9))]
    loaded = loaded_with(columns)
    for seed in range(5):
        jobs = _jobs(draw_plan(loaded, size="gate", seed=seed), "column-missing")
        assert "Größe" in {job.fault.subject for job in jobs if job.fault is not None}


@pytest.mark.parametrize("columns", [_COLUMNS, _EVERY_TYPE], ids=["few", "every type"])
@pytest.mark.parametrize("seed", range(3))
def test_letters_stand_in_one_cell_of_a_column_that_is_not_text(columns: list[Declared], seed: int) -> None:
    loaded = loaded_with(columns)
    plan = draw_plan(loaded, size="gate", seed=seed)
    names = [column["name"] for column in columns]
    jobs = _jobs(plan, "wrong-type")
    assert {job["format"] for job in jobs} == {"csv", "parquet"}
    assert max(len(job.fault.value) for job in jobs if job.fault is not None) > 1000
    for job in jobs:
        assert job.fault is not None
        place = names.index(job.fault.subject)
        assert columns[place]["type"] != "string"
        files = files_of(job, loaded)
        plain = files_of(_without_fault(job), loaded)
        if job["format"] == "csv":
            given, meant = csv_texts(files, header=True)[1], csv_texts(plain, header=True)[1]
            assert [row[place] for row in given].count(job.fault.value) == 1
        else:
            (column,) = [row for row in zip(*parquet_rows(files), strict=True) if job.fault.value in row]
            assert all(cell is None or isinstance(cell, str) for cell in column)
            given, meant = _others(parquet_rows(files), place), _others(parquet_rows(plain), place)
            assert given == meant
            continue
        assert sum(row != other for row, other in zip(given, meant, strict=True)) == 1
        assert _others(given, place) == _others(meant, place)


def _others(rows: Any, place: int) -> list[Any]:
    return [tuple(row[:place]) + tuple(row[place + 1 :]) for row in rows]


@pytest.mark.parametrize("columns", [_COLUMNS, _EVERY_TYPE], ids=["few", "every type"])
@pytest.mark.parametrize("way", ["foreign", "footer", "page-damaged", "page-cut"])
def test_a_damaged_parquet_file_can_be_read_by_nobody(columns: list[Declared], way: str) -> None:
    loaded = loaded_with(columns)
    job = _job(draw_plan(loaded, size="gate", seed=0), "corrupt", "parquet", way)
    damaged, whole = files_of(job, loaded)
    assert job.fault is not None
    assert damaged.path == f"train/{job.fault.file}"
    for name in [column["name"] for column in columns]:
        with pytest.raises((pa.ArrowException, OSError)):
            pq.read_table(io.BytesIO(damaged.content), columns=[name])
    assert parquet_rows([whole]) == cells_of(_without_fault(job), loaded)[len(parquet_rows([whole])) * -1 :]


@pytest.mark.parametrize("way", ["foreign", "footer", "page-damaged", "page-cut"])
def test_another_reader_of_parquet_agrees(plan: Plan, loaded: LoadedManifest, way: str, tmp_path: Any) -> None:
    damaged, whole = files_of(_job(plan, "corrupt", "parquet", way), loaded)
    for file, name in ((damaged, "damaged"), (whole, "whole")):
        (tmp_path / name).write_bytes(file.content)
    reader = duckdb.connect()
    assert reader.execute(f"select * from read_parquet('{tmp_path / 'whole'}')").fetchall()
    for column in _COLUMNS:
        with pytest.raises(duckdb.Error):
            reader.execute(f"select {column['name']} from read_parquet('{tmp_path / 'damaged'}')").fetchall()


def test_a_csv_file_that_is_cut_off_is_refused_by_readers_that_look(plan: Plan, loaded: LoadedManifest) -> None:
    damaged, _ = files_of(_job(plan, "corrupt", "csv", "in-quotes"), loaded)
    _is_cut_in_quotes(damaged)
    with pytest.raises(pa.ArrowInvalid):
        pa_csv.read_csv(io.BytesIO(damaged.content), parse_options=pa_csv.ParseOptions(newlines_in_values=True))


def _is_cut_in_quotes(file: InputFile) -> None:
    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(file.content.decode(), newline=""), strict=True))


def test_a_file_of_an_only_column_can_be_cut_off_too() -> None:
    loaded = loaded_with([{"name": "x", "type": "double"}], formats=["csv"])
    job = _job(draw_plan(loaded, size="gate", seed=0), "corrupt", "csv", "in-quotes")
    _is_cut_in_quotes(files_of(job, loaded)[0])


def test_foreign_bytes_are_no_text(plan: Plan, loaded: LoadedManifest) -> None:
    damaged, whole = files_of(_job(plan, "corrupt", "csv", "foreign"), loaded)
    with pytest.raises(UnicodeDecodeError):
        damaged.content.decode()
    assert csv_texts([whole], header=True)[0] == [["age", "note", "label"]]


@pytest.mark.parametrize(("way", "lengths"), [("more-fields", {5}), ("fewer-fields", {2})])
def test_one_record_has_another_number_of_fields(
    plan: Plan, loaded: LoadedManifest, way: str, lengths: set[int]
) -> None:
    job = _job(plan, "corrupt", "csv", way)
    given = csv_texts(files_of(job, loaded), header=True)[1]
    plain = csv_texts(files_of(plan.baseline, loaded), header=True)[1]
    odd = [row for row in given if len(row) != 3]
    assert {len(row) for row in odd} == lengths
    assert len(odd) == 1
    assert sum(row != other for row, other in zip(given, plain, strict=True)) == 1


def test_a_damaged_file_of_every_type_is_whole_but_for_the_damage() -> None:
    loaded = loaded_with(_EVERY_TYPE)
    plan = draw_plan(loaded, size="gate", seed=0)
    job = _job(plan, "corrupt", "csv", "more-fields")
    given = b"".join(file.content for file in files_of(job, loaded)).decode().splitlines()
    plain = b"".join(file.content for file in files_of(plan.baseline, loaded)).decode().splitlines()
    assert sorted(set(plain) - set(given)) == [line.removesuffix(",more,fields") for line in set(given) - set(plain)]


def test_a_record_is_short_only_of_what_may_not_be_null() -> None:
    nullable: list[Declared] = [{"name": "a", "type": "int"}, {"name": "b", "type": "int", "nullable": True}]
    assert not _jobs(draw_plan(loaded_with(nullable), size="gate", seed=0), "corrupt", "csv", "fewer-fields")


@pytest.mark.parametrize("formats", [["csv"], ["parquet"], ["csv", "parquet"]])
def test_bytes_of_another_format_are_the_plain_rows(formats: list[str]) -> None:
    loaded = loaded_with(_COLUMNS, formats=formats)
    plan = draw_plan(loaded, size="gate", seed=0)
    for format_ in formats:
        job = _job(plan, "corrupt", format_, "other-format")
        files = files_of(job, loaded)
        how = launch(job, loaded.manifest, max_memory_gb=1)
        assert how.environment["FILE_FORMAT"] == format_
        assert [file.path for file in files] == [f"train/part-00000.{format_}"]
        if format_ == "csv":
            assert parquet_rows(files) == cells_of(plan.baseline, loaded)
        else:
            assert len(csv_texts(files, header=True)[1]) == len(cells_of(plan.baseline, loaded))


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


def test_a_fault_of_the_configuration_changes_one_file_alone() -> None:
    loaded = _with_hyperparameters()
    plan = draw_plan(loaded, size="gate", seed=0)
    plain = dict(container_files(plan.baseline, launch(plan.baseline, loaded.manifest, max_memory_gb=1), loaded))
    kinds: tuple[FaultKind, ...] = ("hyperparameter", "hyperparameter-absent", "configuration-cut")
    for kind in kinds:
        assert _jobs(plan, kind)
        for job in _jobs(plan, kind):
            files = dict(container_files(job, launch(job, loaded.manifest, max_memory_gb=1), loaded))
            assert files.keys() == plain.keys()
            assert {path for path in files if files[path] != plain[path]} == {"config/hyperparameters.json"}


def _given(loaded: LoadedManifest, job: Job) -> bytes:
    return launch(job, loaded.manifest, max_memory_gb=1).configuration["hyperparameters.json"]


def test_hyperparameters_are_given_what_no_parser_reads_and_what_is_not_accepted() -> None:
    loaded = _with_hyperparameters()
    given: dict[str, set[str]] = {name: set() for name in _HYPERPARAMETERS}
    for seed in range(10):
        for job in _jobs(draw_plan(loaded, size="gate", seed=seed), "hyperparameter"):
            assert job.fault is not None
            assert json.loads(_given(loaded, job))[job.fault.subject] == job.fault.value
            given[job.fault.subject].add(job.fault.value)
    words = {value for values in given.values() for value in values if value.isalpha() and len(value) < 20}
    assert given["epochs"] >= {"0", "1001", ""}
    assert given["rate"] >= {"0.0000005", "15", ""}
    assert "false" in given["shuffled"]
    assert given["solver"] & words
    assert not given["solver"] & {"", "fast", "exact"}
    assert all(values & (words - {"false"}) for values in given.values())
    assert any(len(value) == 2500 and not value.isascii() for values in given.values() for value in values)
    for value in {"nan", "inf", "infinity", "true", "none", "null"}:
        assert all(value not in values for values in given.values())


def test_a_platform_that_takes_no_empty_value_gives_none() -> None:
    plan = draw_plan(_with_hyperparameters(["clean-rooms"]), size="gate", seed=0)
    assert all(job.fault.value for job in _jobs(plan, "hyperparameter") if job.fault is not None)


def test_a_required_hyperparameter_is_absent() -> None:
    loaded = _with_hyperparameters()
    job = _job(draw_plan(loaded, size="gate", seed=0), "hyperparameter-absent")
    assert json.loads(_given(loaded, job)) == {}


def test_a_configuration_that_is_cut_off_is_no_json_and_would_have_mattered() -> None:
    loaded = _with_hyperparameters()
    job = _job(draw_plan(loaded, size="gate", seed=0), "configuration-cut")
    whole = _given(loaded, replace(job, fault=None))
    assert json.loads(whole).keys() == _HYPERPARAMETERS.keys()
    assert whole.startswith(_given(loaded, job))
    with pytest.raises(json.JSONDecodeError):
        json.loads(_given(loaded, job))


def test_without_hyperparameters_their_file_is_not_cut_off(plan: Plan) -> None:
    assert not _jobs(plan, "configuration-cut")


def test_a_failure_path_that_cannot_be_written_comes_with_a_fault_that_is_there_without_it_too(plan: Plan) -> None:
    unwritable = [job for job in plan.jobs if job.fault is not None and job.fault.failure_path]
    seen = set()
    for job in unwritable:
        assert job.fault is not None
        (same,) = _jobs(plan, job.fault.kind, job["format"], job.fault.value)
        assert replace(job, fault=None) == replace(same, fault=None)
        seen.add((job.fault.kind, job.fault.failure_path))
    assert seen == {
        (kind, path) for kind in ("channel-missing", "column-missing") for path in ("directory", "read-only")
    }


def test_names_of_files_are_long_and_not_ascii_and_fit_a_file_system(plan: Plan) -> None:
    names = [job.fault.file for job in plan.jobs if job.fault is not None and job.fault.file]
    assert max(map(len, names)) > 100
    assert any(not name.isascii() for name in names)
    assert max(len(name.encode()) for name in names) <= 255


def test_there_are_few_faults_even_for_a_large_manifest() -> None:
    column = {"type": "double"}
    channels = {f"channel{c}": {"columns": [{"name": f"Größe {c}.{i}", **column} for i in range(6)]} for c in range(20)}
    loaded = loaded_with(_COLUMNS)
    many = {f"h{i}{name}": declared for i in range(25) for name, declared in _HYPERPARAMETERS.items()}
    document = {"schema_version": 1, "algorithm": {"name": "large"}, "channels": channels, "hyperparameters": many}
    large = replace(loaded, manifest=loaded.manifest.model_validate(document))
    for seed in range(3):
        faulty = [job for job in draw_plan(large, size="gate", seed=seed).jobs if is_of_the_plain_rows(job)]
        assert 30 < len(faulty) <= 49


def test_rows_of_a_job_with_a_fault_are_those_of_the_plain_one(plan: Plan) -> None:
    assert {job.data for job in plan.jobs if is_of_the_plain_rows(job)} == {plan.baseline.data}


def is_of_the_plain_rows(job: Job) -> bool:
    """Whether a job has a fault, and none that a canary stands in."""
    return job.fault is not None and job.fault.kind != "wrong-cell" and not job["extra-variables"].startswith("secret")
