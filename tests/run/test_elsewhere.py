"""Directories that a variable names in another place, channels and variables that no image knows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.data.files import input_files
from conformance.data.foreign import VARIABLES
from conformance.values.artifacts import Change, Entry, Tree, changes
from conformance.values.job import Job
from conformance.values.run import Run
from tests.run.jobs import manifest_of, plain_job, run_job

Trainee = Callable[[str], str]

_LOOK = """
import hashlib
seen = {'environment': dict(os.environ), 'there': {}}
for directory, directories, files in [*os.walk('/opt/ml'), *os.walk('/training-job')]:
    seen['there'][directory] = None
    for name in files:
        path = os.path.join(directory, name)
        seen['there'][path] = hashlib.sha256(open(path, 'rb').read()).hexdigest()
print(json.dumps(seen))
"""
_SAVE = "open(os.environ['SM_MODEL_DIR'] + '/model', 'w').write('trained')\n"
_WRITE = "open(os.environ['SM_OUTPUT_DIR'] + '/notes', 'w').write('seen')\n"


def look(image: str, code: str = "", *, saves: bool = True, **choices: str) -> tuple[Job, Run, dict[str, Any]]:
    """What a job finds before it runs this code."""
    loaded = manifest_of(_LOOK + code, saves=saves)
    job = plain_job(loaded).with_choices(**choices)
    run = run_job(image, loaded, job)
    assert run.exit_code == 0, run.stderr.text
    return job, run, json.loads(run.stdout.text)


def paths_of(tree: Tree | None) -> list[str]:
    assert tree is not None
    return [file.path for file in tree.files()]


def test_a_moved_model_directory_is_empty_writable_and_read_back(trainee: Trainee) -> None:
    _, run, seen = look(trainee("shell"), _SAVE, saves=False, environment="moved-model")
    assert seen["environment"]["SM_MODEL_DIR"] == "/training-job/model"
    assert [path for path in seen["there"] if path.startswith("/training-job")] == [
        "/training-job",
        "/training-job/model",
    ]
    assert run.trains
    assert (paths_of(run.model), paths_of(run.default_model)) == (["model"], [])


def test_a_model_in_the_default_place_is_one_too(trainee: Trainee) -> None:
    _, run, _ = look(trainee("shell"), environment="moved-model")
    assert run.trains
    assert (paths_of(run.model), paths_of(run.default_model)) == (["model"], ["model"])


def test_the_model_that_counts_is_the_one_that_the_variable_asks_for(trainee: Trainee) -> None:
    _, run, _ = look(trainee("shell"), _SAVE.replace("/model", "/other"), environment="moved-model")
    assert (paths_of(run.model), paths_of(run.default_model)) == (["other"], ["model"])


def test_moved_output_is_read_back(trainee: Trainee) -> None:
    _, run, seen = look(trainee("shell"), _WRITE, environment="moved-output")
    assert seen["there"]["/training-job/output"] is None
    assert paths_of(run.moved_output) == ["notes"]
    assert paths_of(run.output) == []


def test_the_other_value_of_the_output_directory_moves_nothing(trainee: Trainee) -> None:
    _, run, _ = look(trainee("shell"), _WRITE, environment="output-value")
    assert (run.moved_output, paths_of(run.output)) == (None, ["notes"])


@pytest.mark.parametrize("mount", ["writable", "read-only"])
def test_a_moved_channel_is_where_the_variable_says_and_its_default_directory_is_empty(
    trainee: Trainee, mount: str
) -> None:
    job, run, seen = look(trainee("shell"), environment="moved-channel", mount=mount, partition="nested")
    assert seen["environment"]["SM_CHANNEL_TRAIN"] == "/training-job/data/train"
    given = {
        f"/training-job/data/{file.path}": hashlib.sha256(file.content).hexdigest()
        for file in input_files(job, manifest_of(""))
    }
    found = {path: digest for path, digest in seen["there"].items() if digest is not None}
    assert {path: digest for path, digest in found.items() if path.startswith("/training-job")} == given
    assert "/opt/ml/input/data/train" in seen["there"]
    assert not [path for path in found if path.startswith("/opt/ml/input/data")]
    assert run.input_changes is None


@pytest.mark.parametrize("which", ["present", "quoted"])
def test_odd_variables_arrive_as_they_are(trainee: Trainee, which: str) -> None:
    _, _, seen = look(trainee("shell"), extra_variables=which)
    assert VARIABLES[which]
    assert seen["environment"].items() >= VARIABLES[which].items()


@pytest.mark.parametrize(("kind", "name"), [("rows", "another"), ("bytes", "yet_another")])
def test_a_channel_that_the_manifest_does_not_know_is_a_channel_like_others(
    trainee: Trainee, kind: str, name: str
) -> None:
    job, _, seen = look(trainee("shell"), extra_channel=kind)
    files = {file.path for file in input_files(job, manifest_of("")) if file.path.startswith(f"{name}/")}
    assert files
    assert {f"/opt/ml/input/data/{path}" for path in files} <= seen["there"].keys()
    assert seen["environment"][f"SM_CHANNEL_{name.upper()}"] == f"/opt/ml/input/data/{name}"


def test_a_channel_that_nothing_is_done_to_is_as_it_was(trainee: Trainee) -> None:
    _, run, _ = look(trainee("shell"), partition="nested", format="parquet")
    assert run.input_changes == ()


def test_what_is_done_to_the_files_of_a_channel_is_seen(trainee: Trainee) -> None:
    code = """
os.chdir('/opt/ml/input/data/train')
os.unlink('part-00000.csv')
open('part-00001.csv', 'a').write('more')
os.makedirs('empty/directory')
os.symlink('part-00002.csv', 'latest')
"""
    _, run, _ = look(trainee("shell"), code, partition="several")
    assert run.input_changes == (
        Change("train/part-00000.csv", "removed"),
        Change("train/part-00001.csv", "changed"),
        Change("train/latest", "added"),
    )


def test_what_engines_lay_beside_files_and_what_was_not_read_is_no_change() -> None:
    left = (
        Entry("a/large", "file", 10**10),
        Entry("a/same", "file", 1, b"x", "1"),
        Entry("a/new", "directory"),
        Entry("lost+found", "directory"),
        Entry("a/.nfs01", "file", 1, b"x", "2"),
    )
    given = {"a/large": "0", "a/same": "1", "b": "2"}
    assert changes(given, Tree(left)) == (Change("b", "removed"),)
    assert changes(given, Tree(left, complete=False)) == ()
    assert changes({"a/same": "2"}, Tree(left[1:2])) == (Change("a/same", "changed"),)
    assert changes({"a/new": "2"}, Tree(left[2:3])) == (Change("a/new", "removed"),)
