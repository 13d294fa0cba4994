"""Counterexamples: folders that can be sent to somebody, whatever an image wrote."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.report.counterexample import write_counterexample
from conformance.report.reproduce import recorded_ending
from conformance.report.terminal import WIDTH, failure_text, printable, rule_line
from conformance.values.artifacts import Entry, Tree
from conformance.values.job import Job
from conformance.values.run import Log, Run
from conformance.values.verdict import RuleResult
from tests.judge.evidence import IMAGE, failing, in_these, judged, loaded, plan_of
from tests.report.results import SETTINGS

NESTED = plan_of(loaded()).baseline.with_choices(partition="nested")
HOSTILE = ("../../escaped", "/absolute", "a/../../b", "line\nbreak", "\udcff", "x" * 300, "back\\slash")


def broken(run: Run) -> Run:
    left = Tree(tuple(Entry(path, "file", 4, b"evil") for path in (*HOSTILE, "data/fine.txt")))
    failed = failing(run.job, "\x1b[31mred\x1b[0m <b>")
    return replace(
        failed, output=replace(left, entries=left.entries + failed.output.entries), stderr=Log("\udcff\x1b[2J")
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    result = judged("ingestion.nested", in_these({NESTED: broken}))
    target = tmp_path / "report" / "ingestion.nested"
    write_counterexample(target, result, IMAGE, loaded(), SETTINGS)
    return target


def test_it_holds_what_is_needed_to_repeat_it(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "counterexample.json",
        "manifest.toml",
        "jobs",
        "reproduce.sh",
    }
    assert {path.name for path in (folder / "jobs").iterdir()} == {"1", "2"}
    job = Job.from_json(json.loads((folder / "jobs" / "1" / "job.json").read_text()))
    assert job == NESTED
    run = json.loads((folder / "jobs" / "1" / "run.json").read_text())
    assert (run["job"], run["exit_code"]) == (NESTED.digest, 1)
    parts = sorted((folder / "jobs" / "1" / "input" / "data" / "train").rglob("*.csv"))
    assert len(parts) == 4
    assert "broken as soon as the rows lie in nested directories" in (folder / "README.md").read_text()


def test_a_name_that_is_no_text_is_told_all_the_same(tmp_path: Path) -> None:
    told = replace(judged("ingestion.nested", in_these({NESTED: broken})), message="model/mod\udce8le.bin\x1b[2J\n# no")
    write_counterexample(tmp_path / "folder", told, IMAGE, loaded(), SETTINGS)
    assert "\nmodel/mod\\udce8le.bin\\x1b[2J\\x0a# no\n" in (tmp_path / "folder" / "README.md").read_text()


def test_nothing_is_written_beside_it(folder: Path, tmp_path: Path) -> None:
    left = folder / "jobs" / "1" / "left" / "output"
    assert sorted(path.name for path in left.rglob("*") if path.is_file()) == ["failure", "fine.txt"]
    assert [path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "report")] == []


def test_the_script_is_valid_and_quotes_what_it_is_given(folder: Path) -> None:
    script = folder / "reproduce.sh"
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111
    assert f"'{recorded_ending(failing(NESTED, 'x'))}'" in script.read_text()


def test_what_an_image_wrote_cannot_move_the_cursor() -> None:
    assert printable("\x1b[2J\r\u202e") == "\\x1b[2J\\x0d\\u202e"
    result = judged("ingestion.nested", in_these({NESTED: broken}))
    text = failure_text(result, None)
    assert "\x1b" not in text
    assert "red" in text


@pytest.mark.parametrize("message", ["short", "a very long message " * 20, "\x1b[31m" * 50, ""])
def test_the_line_of_a_rule_fits_the_terminal(message: str) -> None:
    result = judged("failure.first-1024-characters", in_these({}))
    line = rule_line(replace(result, message=message))
    assert len(line) <= WIDTH
    assert line.isprintable()
    assert isinstance(result, RuleResult)
