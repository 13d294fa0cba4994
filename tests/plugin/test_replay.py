"""A saved counterexample run again: fixed, still failing, not testable, or told why it cannot be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Suite, run_suite

NESTED = "ingestion.nested"


@pytest.fixture(scope="module")
def saved(trainee: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The counterexample of an image that does not look into directories."""
    directory = tmp_path_factory.mktemp("saved")
    found = run_suite(
        f"--image={trainee('nested-refused')}", f"conformance::{NESTED}", "--contract-size=gate", directory=directory
    )
    assert found.exit_code == 1, found.output
    return directory / "contract-report" / "counterexamples" / NESTED


@pytest.mark.parametrize(
    ("name", "exit_code", "said"),
    [("nested-refused", 1, "still failing"), ("small", 0, "fixed"), ("exit-code-zero", 0, "fixed")],
)
def test_run_again(
    suite: Suite, trainee: Callable[[str], str], saved: Path, name: str, exit_code: int, said: str
) -> None:
    before = sorted(saved.parent.parent.rglob("*"))
    found = suite(f"--image={trainee(name)}", f"--contract-replay={saved}")
    assert found.exit_code == exit_code, found.output
    assert f"replay of {saved}: {said}" in found.output
    assert "1 of 95 rules judged" in found.output
    # It takes the jobs that were saved, not all that have files in directories.
    assert "contract: size gate" in found.output
    assert ", 4 runs planned" in found.output
    # Neither what a whole session found is lost, nor is one job taken for a session.
    assert sorted(saved.parent.parent.rglob("*")) == before
    assert found.report is None


def test_of_an_image_that_does_not_train_nothing_is_said(
    suite: Suite, trainee: Callable[[str], str], saved: Path
) -> None:
    found = suite(f"--image={trainee('trains-never')}", f"--contract-replay={saved}")
    assert found.exit_code == 6, found.output
    assert ": not testable" in found.output


def without(told: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in told.items() if name != key}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told | {"schema_version": 2}, "schema_version should be 1, found 2"),
        (lambda told: told | {"rule": "no.such"}, "rule should be the id of a rule, found 'no.such'"),
        (lambda told: told | {"rule": []}, "rule should be the id of a rule, found []"),
        (lambda told: told | {"diagnose_network": True}, "it was found with --contract-diagnose-network, and needs"),
        (lambda told: without(told, "rule"), "rule should be the id of a rule, found None"),
        (lambda told: told | {"size": "big"}, "size should be one of smoke, gate, full, found 'big'"),
        (lambda told: told | {"seed": -1}, "seed should be a whole number of 0 or more, found -1"),
        (lambda told: told | {"targets": ["moon"]}, "targets should be a list of local, sagemaker, clean-rooms"),
        (lambda told: told | {"jobs": True}, "jobs should say how many there are, found True"),
        (lambda told: told | {"jobs": 3}, "No such file or directory; should be in the folder of a counterexample"),
        (lambda _told: [], "should be a JSON object, found list"),
    ],
)
def test_a_folder_that_is_none(
    suite: Suite, saved: Path, tmp_path: Path, change: Callable[[object], object], message: str
) -> None:
    folder = shutil.copytree(saved, tmp_path / "folder")
    file = folder / "counterexample.json"
    file.write_text(json.dumps(change(json.loads(file.read_text()))))
    found = suite("--image=any", f"--contract-replay={folder}")
    assert found.exit_code == 4, found.output
    assert f"--contract-replay: {folder}" in found.output
    assert message in found.output
    assert "Traceback" not in found.output


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00", "null"])
def test_any_text(suite: Suite, saved: Path, tmp_path: Path, text: str) -> None:
    for name in ("counterexample.json", "jobs/1/job.json"):
        folder = shutil.copytree(saved, tmp_path / name.replace("/", "-"))
        (folder / name).write_text(text)
        found = suite("--image=any", f"--contract-replay={folder}")
        assert found.exit_code == 4, found.output
        assert name in found.output
        assert "Traceback" not in found.output


@pytest.mark.parametrize(
    "change",
    [{"stop": "moon"}, {"repeat": "x"}, {"choices": []}, {"choices": {"format": []}}, {"data": [1]}, {"fault": 1}],
)
def test_what_is_no_job(suite: Suite, saved: Path, tmp_path: Path, change: dict[str, object]) -> None:
    folder = shutil.copytree(saved, tmp_path / "folder")
    file = folder / "jobs" / "1" / "job.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    found = suite("--image=any", f"--contract-replay={folder}")
    assert found.exit_code == 4, found.output
    assert f"{file} is no job of this version" in found.output
    assert "Traceback" not in found.output


def test_a_manifest_that_names_a_file_elsewhere(suite: Suite, saved: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(saved, tmp_path / "folder")
    (tmp_path / "secret.csv").write_text("age\n1\n")
    with (folder / "manifest.toml").open("a") as manifest:
        manifest.write('\n[channels.more]\nrequired = false\nsample = "../secret.csv"\n')
    found = suite("--image=any", f"--contract-replay={folder}")
    assert found.exit_code == 4, found.output
    assert "names '../secret.csv', which is not beside it; give --contract-manifest=FILE" in found.output


@pytest.mark.parametrize(
    ("choices", "message"),
    [({"partition": "moon"}, "have partition = moon"), ({"moon": "full"}, "another version: they should have")],
)
def test_jobs_of_another_version(
    suite: Suite, trainee: Callable[[str], str], saved: Path, tmp_path: Path, choices: dict[str, str], message: str
) -> None:
    folder = shutil.copytree(saved, tmp_path / "folder")
    file = folder / "jobs" / "1" / "job.json"
    job = json.loads(file.read_text())
    job["choices"] |= choices
    file.write_text(json.dumps(job))
    found = suite(f"--image={trainee('small')}", f"--contract-replay={folder}")
    assert found.exit_code == 4, found.output
    assert message in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--contract-size=full",), "--contract-size: cannot be given with --contract-replay"),
        (("--contract-report=there",), "--contract-report: cannot be given with --contract-replay"),
        (("--contract-waivers=w.toml",), "--contract-waivers: cannot be given with --contract-replay"),
        (("--contract-replay=",), "--contract-replay: found nothing, should be a DIR"),
        (("conformance::launch.trains",), "--contract-replay runs the rule of its counterexample alone"),
    ],
)
def test_what_it_cannot_be_with(suite: Suite, saved: Path, arguments: tuple[str, ...], message: str) -> None:
    found = suite("--image=any", f"--contract-replay={saved}", *arguments)
    assert found.exit_code == 4, found.output
    assert message in found.output
