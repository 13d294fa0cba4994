"""The command line beside the plugin: what it says, and what it says of what it cannot use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from conformance.command.main import main
from conformance.judge import RULES
from conformance.manifest import load_manifest
from conformance.report.write import prepare, write_report
from tests.report.results import BROKEN, EXPIRED, HOSTILE, results


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that succeeds."""
    assert main(arguments) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of arguments that cannot be used."""
    assert main(arguments) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_all_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "rules").splitlines()
    assert [line.split()[1] for line in lines] == list(RULES)


@pytest.mark.parametrize("rule_id", ["failure.utf8", "ingestion.scale"])
def test_a_rule_is_told_with_all_its_text(rule_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    rule = RULES[rule_id]
    text = " ".join(said(capsys, "rules", rule_id).split())
    for part in (rule.info.title, rule.info.clause.text, rule.info.clause.source, rule.info.hint, rule.info.level):
        assert " ".join(part.split()) in text


def test_an_unknown_rule(capsys: pytest.CaptureFixture[str]) -> None:
    text = refused(capsys, "rules", "failure.utf-8")
    assert "there is no rule 'failure.utf-8'; is it failure.utf8" in text


@pytest.mark.parametrize("form", ["glue", "arrow", "csv"])
def test_a_manifest_is_begun(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema, target = tmp_path / "schema", tmp_path / "algorithm.toml"
    whom = 'of "whom" 😀'
    columns = [{"Name": "age", "Type": "double"}, {"Name": whom, "Type": "string"}]
    match form:
        case "glue":
            schema.write_text(json.dumps({"Table": {"StorageDescriptor": {"Columns": columns}}}))
        case "arrow":
            schema.write_bytes(pa.schema([("age", pa.float64()), (whom, pa.string())]).serialize())
        case _:
            schema.write_text('age,"of ""whom"" 😀"\n1.5,you\n')
    text = said(capsys, "init", str(schema), "--name", 'a "name"')
    assert "2 columns" in said(capsys, "init", str(schema), "--name", 'a "name"', "--output", str(target))
    assert target.read_text() == text
    manifest = load_manifest(target).manifest
    assert manifest.algorithm.name == 'a "name"'
    assert [(c.name, c.type.kind) for c in manifest.channels["train"].columns] == [
        ("age", "double"),
        (whom, "string"),
    ]
    # What is commented out can be had by taking the signs away.
    whole = [line.removeprefix("# ") if "=" in line or "[" in line else line for line in text.splitlines()]
    target.write_text("\n".join(line for line in whole if not line.startswith("# ")))
    assert load_manifest(target).manifest.interrupt is not None
    assert "is there already" in refused(capsys, "init", str(schema), "--output", str(target))


def test_a_schema_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere cannot be read: No such file" in refused(capsys, "init", str(tmp_path / "nowhere"))
    (tmp_path / "list.json").write_text("[1]")
    assert "list.json" in refused(capsys, "init", str(tmp_path / "list.json"))
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n")
    assert "twice.csv" in refused(capsys, "init", str(tmp_path / "twice.csv"))


@pytest.mark.parametrize("wrote", ["plain words", HOSTILE])
def test_a_report_is_told_again(wrote: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(tmp_path)
    write_report(tmp_path, results(wrote=wrote))
    told = said(capsys, "show", str(tmp_path))
    assert told == said(capsys, "show", str(tmp_path / "report.json"))
    assert all(c.isprintable() or c == "\n" for c in told)
    lines = told.splitlines()
    assert lines[0] == f"-- failed: {BROKEN}"
    assert lines[-1] == "verdict: nonconformant, exit code 1"
    assert "95 of 95 rules judged: 94 passed, 1 failed" in lines
    assert RULES[BROKEN].info.hint[:30] in told
    assert "broken as soon as the rows lie in nested directories" in " ".join(told.split())
    assert f"counterexamples/{BROKEN}" in told


def test_what_decides_beside_the_rules_is_told_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(tmp_path)
    write_report(tmp_path, replace(results(), waivers=(EXPIRED.waiver,), stale=(EXPIRED,), relaxed=("owner=anyone",)))
    told = said(capsys, "show", str(tmp_path)).splitlines()
    assert "waiver of logs.stdio (ml@example.com) expired on 2020-01-01" in told
    assert "relaxed: owner=anyone" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not JSON that can be read"),
        ("[]", "should be a JSON object, found list"),
        ("{}", "should have schema_version 1, found None"),
        ("[" * 100_000, "is not JSON that can be read"),
        ('{"schema_version": 2}', "should have schema_version 1, found 2"),
        ('{"schema_version": 1, "rules": [{}]}', "is no whole report: KeyError"),
    ],
)
def test_a_report_that_is_none(content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.json"
    assert "No such file" in refused(capsys, "show", str(tmp_path))
    file.write_text(content)
    assert told in refused(capsys, "show", str(file))


def test_a_reader_may_stop_reading() -> None:
    program = "from conformance.command.main import main; import sys; sys.exit(main(['rules']))"
    command = ["sh", "-c", '"$0" -c "$1" | head -n 1', sys.executable, program]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(command, env=buffered, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("must   launch.platform")
    assert done.stderr == ""


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nothing"])
    assert ended.value.code == 4
    assert "conformance: argument COMMAND: invalid choice: 'nothing'" in capsys.readouterr().err
