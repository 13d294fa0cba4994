"""The configuration files of a job hold what the job's values say, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.data.configuration import configuration_files
from conformance.manifest import LoadedManifest
from conformance.plan import draw_plan
from conformance.values.job import Job
from tests.judge.evidence import loaded as by_hand

_GIVEN = (("epochs", "3"),)


@pytest.fixture(scope="module")
def loaded() -> LoadedManifest:
    return by_hand()


@pytest.fixture(scope="module")
def plain(loaded: LoadedManifest) -> Job:
    return draw_plan(loaded, size="smoke", seed=0).baseline


def _read(job: Job, loaded: LoadedManifest) -> dict[str, Any]:
    files = configuration_files(job, ("train",), loaded.manifest)
    return {name.removesuffix(".json"): json.loads(content) for name, content in files.items()}


def test_minimal_files_are_those_of_local_mode(plain: Job, loaded: LoadedManifest) -> None:
    assert _read(plain, loaded) == {
        "hyperparameters": {},
        "inputdataconfig": {"train": {"TrainingInputMode": "File"}},
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
    }


def test_full_files_hold_the_minimal_ones_and_more(plain: Job, loaded: LoadedManifest) -> None:
    minimal, full = _read(plain, loaded), _read(plain.with_choices(configuration="full"), loaded)
    assert full["resourceconfig"].items() >= minimal["resourceconfig"].items()
    assert {"network_interface_name", "instance_groups", "topology"} <= full["resourceconfig"].keys()
    assert full["inputdataconfig"]["train"].items() >= minimal["inputdataconfig"]["train"].items()
    assert full["inputdataconfig"]["train"]["ContentType"] == "text/csv"


def test_without_configuration_there_is_no_file(plain: Job, loaded: LoadedManifest) -> None:
    assert _read(plain.with_choices(configuration="absent"), loaded) == {}


def test_quoted_values_are_the_json_of_the_raw_ones(plain: Job, loaded: LoadedManifest) -> None:
    job = replace(plain.with_choices(hyperparameters="high"), hyperparameters=(*_GIVEN, ("name", 'ä"b')))
    quoted = _read(job.with_choices(hyperparameter_quoting="json"), loaded)["hyperparameters"]
    assert quoted == {"epochs": '"3"', "name": '"ä\\"b"'}
    assert {name: json.loads(text) for name, text in quoted.items()} == _read(job, loaded)["hyperparameters"]


@pytest.mark.parametrize("value", ["some", "many"])
def test_unknown_hyperparameters_stand_beside_the_given_ones(plain: Job, loaded: LoadedManifest, value: str) -> None:
    job = replace(plain.with_choices(hyperparameters="high"), hyperparameters=_GIVEN)
    read = _read(job.with_choices(unknown_hyperparameters=value), loaded)["hyperparameters"]
    assert read["epochs"] == "3"
    assert len(read) <= 100
    assert all(isinstance(text, str) and 1 <= len(text) <= 2500 for text in read.values())
    assert all("conformance" in name and len(name) <= 256 for name in read.keys() - {"epochs"})
    if value == "many":
        assert len(read) == 100
        assert {len(text) for name, text in read.items() if name != "epochs"} == {2500}
    else:
        text = "".join(read) + "".join(read.values())
        assert all(sign in text for sign in (" ", '"', "'", "$(", "`", "\n", "--", "ö", "名", "😀"))
