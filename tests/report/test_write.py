"""The directory of a report: nobody else's files are touched, and what an image left there is never run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.report.write import prepare, write_report
from tests.report.results import results


def files_in(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["report.json", "report.html", "report.md", "counterexamples/mine.txt"])
def test_what_is_of_no_report_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    (tmp_path / ".gitignore").write_text("# mine")
    with pytest.raises(FileExistsError, match="is there already, and of no report"):
        prepare(tmp_path)
    assert files_in(tmp_path) == {name: "mine", ".gitignore": "# mine"}


@pytest.mark.parametrize("others", [{}, {".gitignore": "# mine"}, {".gitignore": "", "pytest.log": "mine"}])
def test_what_an_older_session_left_is_removed(others: dict[str, str], tmp_path: Path) -> None:
    for name, text in others.items():
        (tmp_path / name).write_text(text)
    prepare(tmp_path)
    empty = files_in(tmp_path)
    assert empty.items() >= others.items()
    assert (empty[".gitignore"] == "*\n") is (not others)
    write_report(tmp_path, results())
    (tmp_path / "counterexamples" / "failure.utf8").mkdir()
    (tmp_path / "counterexamples" / "failure.utf8" / "README.md").touch()
    assert len(files_in(tmp_path)) == len(empty) + 4
    prepare(tmp_path)
    assert files_in(tmp_path) == empty


def test_a_report_without_hidden_files_is_one(tmp_path: Path) -> None:
    prepare(tmp_path)
    write_report(tmp_path, results())
    (tmp_path / ".gitignore").unlink()
    prepare(tmp_path)
    assert not (tmp_path / "report.json").exists()


def test_pytest_runs_nothing_of_what_an_image_left(tmp_path: Path) -> None:
    prepare(tmp_path / "contract-report")
    left = tmp_path / "contract-report" / "counterexamples" / "failure.utf8" / "jobs" / "1" / "left" / "model"
    left.mkdir(parents=True)
    marker = tmp_path / "ran"
    for name in ("conftest.py", "test_x.py", "x_test.py", "__init__.py"):
        (left / name).write_text(f"open({str(marker)!r}, 'w')\n\ndef test_x():\n    pass\n")
    # Tests of the project's own, with a module of the same name.
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text("MINE = 1\n")
    (tmp_path / "tests" / "test_mine.py").write_text("from conftest import MINE\n\ndef test_mine():\n    assert MINE\n")
    for mode in ("prepend", "importlib"):
        (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = tests\n" if mode == "importlib" else "[pytest]\n")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--import-mode={mode}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "1 passed" in done.stdout, done.stdout
        assert not marker.exists()
