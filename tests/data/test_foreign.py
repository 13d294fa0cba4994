"""Channels that a job does not have, or has beside those of the manifest."""

from __future__ import annotations

import pytest

from conformance.contract.choices import BY_NAME, Part
from conformance.contract.limits import CHANNELS_OF_A_JOB
from conformance.data.files import given_channels, input_files
from conformance.data.foreign import VARIABLES
from conformance.data.launch import environment, launch
from conformance.manifest import LoadedManifest, read_manifest
from conformance.plan import draw_plan
from conformance.plan.feasible import feasible_values
from conformance.values.job import Job
from conformance.values.plan import Plan
from tests.data.tables import csv_texts

_COLUMN = '\n[[channels."{0}".columns]]\nname = "x"\ntype = "double"\n'


def loaded(*required: str, optional: tuple[str, ...] = ()) -> LoadedManifest:
    """A manifest with these channels, of one column each."""
    text = 'schema_version = 1\n[algorithm]\nname = "several"\n'
    for name in (*required, *optional):
        text += f'[channels."{name}"]\nrequired = {str(name in required).lower()}{_COLUMN.format(name)}'
    return read_manifest(text.encode(), "algorithm.toml", lambda name: b"", "option", "algorithm.toml")


def plan_of(manifest: LoadedManifest) -> Plan:
    return draw_plan(manifest, size="gate", seed=0)


def channels_with_files(job: Job, manifest: LoadedManifest) -> set[str]:
    return {file.path.partition("/")[0] for file in input_files(job, manifest)}


def test_optional_channels_are_there_in_the_plain_job_and_absent_in_another() -> None:
    manifest = loaded("train", optional=("more",))
    plain = plan_of(manifest).baseline
    absent = plain.with_choices(optional_channels="absent")
    assert absent in plan_of(manifest).jobs
    for job, channels in ((plain, ("train", "more")), (absent, ("train",))):
        how = launch(job, manifest.manifest, max_memory_gb=1)
        assert given_channels(job, manifest.manifest) == how.channels == channels
        assert channels_with_files(job, manifest) == set(channels)
        assert ("SM_CHANNEL_MORE" in how.environment) == ("more" in channels)
        assert (b"more" in how.configuration["inputdataconfig.json"]) == ("more" in channels)


@pytest.mark.parametrize(
    ("value", "channels"),
    [
        ("present", ("train", "more", "still-more", "most")),
        ("absent", ("train",)),
        ("first-absent", ("train", "still-more", "most")),
        ("last-absent", ("train", "more", "still-more")),
    ],
)
def test_of_several_optional_channels_the_first_or_the_last_may_be_absent(
    value: str, channels: tuple[str, ...]
) -> None:
    manifest = loaded("train", optional=("more", "still-more", "most"))
    job = plan_of(manifest).baseline.with_choices(optional_channels=value)
    assert job in plan_of(manifest).jobs
    assert launch(job, manifest.manifest, max_memory_gb=1).channels == channels
    assert channels_with_files(job, manifest) == set(channels)


def test_a_foreign_channel_has_a_name_that_no_channel_has_and_other_rows() -> None:
    manifest = loaded("another", "another_", "zoo")
    plain = plan_of(manifest).baseline
    job = plain.with_choices(extra_channel="rows")
    assert given_channels(job, manifest.manifest) == ("another", "another_", "zoo", "another__")
    files = {file.path: csv_texts([file], header=True)[1] for file in input_files(job, manifest)}
    known, foreign = files["another/part-00000.csv"], files["another__/part-00000.csv"]
    assert len(foreign) == len(known) + 1
    assert not [row for row in foreign if row in known]
    assert {path: rows for path, rows in files.items() if not path.startswith("another__/")} == {
        file.path: csv_texts([file], header=True)[1] for file in input_files(plain, manifest)
    }


def test_the_bytes_of_a_foreign_channel_are_no_rows_in_either_format() -> None:
    manifest = loaded("train")
    for format_ in ("csv", "parquet"):
        job = plan_of(manifest).baseline.with_choices(extra_channel="bytes", format=format_)
        foreign = {file.path: file.content for file in input_files(job, manifest) if file.path.startswith("yet_")}
        assert f"yet_another/part-00000.{format_}" in foreign
        assert all(b"\0\xff" in content for content in foreign.values())
        assert len(set(foreign.values())) == len(foreign)


def test_no_channel_is_added_to_as_many_as_a_job_may_have() -> None:
    choice = BY_NAME["extra-channel"]
    most = [f"c{i}" for i in range(CHANNELS_OF_A_JOB)]
    assert feasible_values(choice, loaded(*most).manifest, Part.ARRAY) == ("none",)
    assert feasible_values(choice, loaded(*most[1:]).manifest, Part.ARRAY) == ("none", "rows", "bytes")


def test_a_channel_is_moved_by_the_choice_that_is_about_names_like_its_own() -> None:
    manifest = loaded("train", "my-data.v1")
    plain = plan_of(manifest).baseline
    moved = {
        form: dict(launch(plain.with_choices(environment=form), manifest.manifest, max_memory_gb=1).moved)
        for form in ("clean-rooms", "moved-channel", "moved-named-channel")
    }
    assert moved == {
        "clean-rooms": {},
        "moved-channel": {"/opt/ml/input/data/train": "/training-job/data/train"},
        "moved-named-channel": {"/opt/ml/input/data/my-data.v1": "/training-job/data/my-data.v1"},
    }
    forms = feasible_values(BY_NAME["environment"], loaded("my-data.v1").manifest, Part.ARRAY, Part.ALONE)
    assert "moved-channel" not in forms
    assert "moved-named-channel" in forms


def test_variables_are_such_as_the_api_takes() -> None:
    named = [(name, value) for which in VARIABLES.values() for name, value in which.items()]
    assert len({name for name, _ in named}) == len(named)
    assert all(name.isidentifier() and name.isascii() and 1 <= len(value) <= 512 for name, value in named)
    job = plan_of(loaded("train")).baseline.with_choices(environment="unset", extra_variables="quoted")
    assert environment(job, ("train",), {}) == {**VARIABLES["quoted"], "FILE_FORMAT": "csv"}
