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


@pytest.mark.parametrize("name", [".gitignore", "report.json", "counterexamples/mine.txt", "tests/test_mine.py"])
def test_what_is_no_report_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match="it holds what is no report"):
        prepare(tmp_path)
    assert files_in(tmp_path) == {name: "mine"}


def test_what_an_older_session_left_is_removed(tmp_path: Path) -> None:
    prepare(tmp_path / "report")
    empty = files_in(tmp_path)
    write_report(tmp_path / "report", results())
    (tmp_path / "report" / "counterexamples" / "failure.utf8").mkdir(parents=True)
    assert len(files_in(tmp_path)) > len(empty)
    prepare(tmp_path / "report")
    assert files_in(tmp_path) == empty


def test_pytest_runs_nothing_of_what_an_image_left(tmp_path: Path) -> None:
    prepare(tmp_path / "contract-report")
    left = tmp_path / "contract-report" / "counterexamples" / "failure.utf8" / "jobs" / "1" / "left" / "model"
    left.mkdir(parents=True)
    marker = tmp_path / "ran"
    for name in ("conftest.py", "test_x.py", "x_test.py", "__init__.py"):
        (left / name).write_text(f"open({str(marker)!r}, 'w')\n\ndef test_x():\n    pass\n")
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout
    assert not marker.exists()
