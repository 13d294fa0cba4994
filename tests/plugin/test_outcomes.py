"""What pytest, its reports and JUnit's readers see of an outcome."""

from __future__ import annotations

import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from conformance.judge import RULES
from tests.conftest import Outcome, Suite, clean_environment
from tests.plugin.test_exit_codes import waiver

IN_JUNIT = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "properties": {"property"},
    # Readers that validate refuse properties here.
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
}
"""Which elements may be in which, as the common schema (junit-10 of Jenkins) has it."""


def cases(path: Path) -> dict[str, ET.Element]:
    """The test cases of a JUnit file by name."""
    root = ET.parse(path)
    for element in root.iter():
        assert {inner.tag for inner in element} <= IN_JUNIT.get(element.tag, set()), element.attrib
    for case in root.iter("testcase"):
        assert set(case.attrib) <= {"name", "classname", "time"}
    return {case.attrib["name"]: case for case in root.iter("testcase")}


def properties(case: ET.Element) -> dict[str, str]:
    return {entry.attrib["name"]: entry.attrib["value"] for entry in case.iter("property")}


def test_junit_of_a_conforming_image(whole: Outcome) -> None:
    found = cases(whole.directory / "junit.xml")
    assert tuple(found) == tuple(RULES)
    assert whole.report is not None
    suite = ET.parse(whole.directory / "junit.xml").find("testsuite/properties")
    assert suite is not None
    assert properties(suite) == {
        "contract.image": whole.report["image"]["reference"],
        "contract.config_digest": whole.report["image"]["config_digest"],
        "contract.size": "gate",
        "contract.level": "should",
        "contract.verdict": "conformant",
        "contract.partial": "false",
        "contract.exit_code": "0",
    }
    for rule in whole.report["rules"]:
        case = found[rule["id"]]
        assert case.attrib["classname"] == "conformance"
        skipped = case.find("skipped")
        assert (skipped is not None) == (rule["outcome"] in ("not-applicable", "not-judged"))
        if skipped is not None:
            assert skipped.attrib["message"] == f"{rule['outcome']}: {rule['reason']}"


def test_verbose_output_can_be_read(whole: Outcome) -> None:
    lines = whole.output.splitlines()
    for rule in RULES:
        (line,) = (line for line in lines if line.startswith(f"conformance::{rule} ") and "[" in line)
        assert "PASSED" in line or "SKIPPED" in line
    # The names of image, interpreter, Hypothesis' profile and pytest's file are as long as they are.
    as_long_as_they_are = ("contract: image", "platform", "hypothesis profile", "- generated xml file")
    assert not [line for line in lines if len(line) > 80 and not line.startswith(as_long_as_they_are)]


def test_failed_stops_and_comes_first_the_next_time(suite: Suite, shell_form: str) -> None:
    failed = suite(f"--image={shell_form}", "-x", "-k", "platform or exec-form or utf8", "--junitxml=junit.xml")
    assert failed.exit_code == 1
    assert (failed.rules("passed"), failed.rules("failed")) == ({"launch.platform"}, {"launch.exec-form"})
    report = failed.report
    assert report is not None
    assert (report["verdict"], report["partial"], report["runs"]["executed"]) == ("nonconformant", True, 0)
    (result,) = (rule for rule in report["rules"] if rule["id"] == "launch.exec-form")
    assert RULES["launch.exec-form"].info.clause.text[:40] in failed.output
    for text in (result["source"], "hint ", "rule launch.exec-form"):
        assert text in failed.output
    found = cases(failed.directory / "junit.xml")
    assert set(found) == {"launch.platform", "launch.exec-form"}
    failure = found["launch.exec-form"].find("failure")
    assert failure is not None
    assert result["message"][:40] in (failure.text or "")

    again = suite(f"--image={shell_form}", "--lf")
    assert again.exit_code == 1
    assert again.report is not None
    assert again.rules("failed") == {"launch.exec-form"}
    assert len(again.rules("not-judged")) == len(RULES) - 1


def test_waived(suite: Suite, tmp_path: Path, shell_form: str) -> None:
    # That a waiver is stale is not said where only some rules are judged.
    stale = waiver("launch.platform") + waiver("launch.ends", expires="2020-01-01")
    (tmp_path / "w.toml").write_text(waiver("launch.exec-form") + stale)
    ids = ("conformance::launch.platform", "conformance::launch.exec-form")
    outcome = suite(*ids, f"--image={shell_form}", "--contract-waivers=w.toml", "--junitxml=junit.xml")
    assert outcome.exit_code == 0, outcome.output
    assert outcome.rules("waived") == {"launch.exec-form"}
    assert "1 passed, 1 xfailed" in outcome.output
    skipped = cases(tmp_path / "junit.xml")["launch.exec-form"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["type"] == "pytest.xfail"
    assert "known (waived by ml@example.com until 2999-12-31)" in skipped.attrib["message"]
    text = cases(tmp_path / "junit.xml")["launch.exec-form"].findtext("system-out", "")
    assert all(part in text for part in (RULES["launch.exec-form"].info.title, "clause", "seen"))


@pytest.mark.parametrize("logging", ["no", "all"])
def test_warned(suite: Suite, tmp_path: Path, shell_form: str, logging: str) -> None:
    outcome = suite(
        f"--image={shell_form}",
        "--contract-level=must",
        "-k=platform or exec-form",
        "--junitxml=junit.xml",
        "-o",
        f"junit_logging={logging}",
    )
    assert outcome.exit_code == 0, outcome.output
    assert outcome.rules("warned") == {"launch.exec-form"}
    assert "2 passed" in outcome.output
    assert "\nwarned         should launch.exec-form: " in outcome.output
    found = cases(tmp_path / "junit.xml")
    texts = [element.text or "" for element in found["launch.exec-form"].findall("system-out")]
    assert len([text for text in texts if RULES["launch.exec-form"].info.hint[:30] in text]) == 1
    assert all("clause" not in (element.text or "") for element in found["launch.platform"].iter("system-out"))


@pytest.mark.parametrize("arguments", [("-p", "no:terminal"), ("-q", "-s"), ("-qq",)])
def test_ways_to_print(suite: Suite, static: str, arguments: tuple[str, ...]) -> None:
    outcome = suite(f"--image={static}", "-k", "exec-form or launch.trains", *arguments)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.rules("passed") == {"launch.trains", "launch.exec-form"}
    printed = "no:terminal" not in arguments
    assert ("verdict: conformant (partial), exit code 0" in outcome.output) is printed
    assert ("training jobs:" in outcome.output) is (printed and "-qq" not in arguments)
    if not printed:
        assert outcome.output == ""


def test_no_report(suite: Suite, tmp_path: Path, static: str) -> None:
    outcome = suite(f"--image={static}", "-k", "exec-form", "--contract-report=none", "-p", "no:cacheprovider")
    assert outcome.exit_code == 0
    assert list(tmp_path.iterdir()) == []


def exec_form_judged(image: str, directory: Path, *options: str, blocks: int) -> subprocess.CompletedProcess[str]:
    """One rule judged where no file may have more than so many blocks of 512 bytes."""
    command = [sys.executable, "-m", "pytest", f"--image={image}", "-k", "exec-form", "-p", "no:cacheprovider"]
    return subprocess.run(
        ["sh", "-c", f"ulimit -f {blocks}; exec {shlex.join([*command, *options])}"],
        cwd=directory,
        # What Python writes of a module would be cut, too.
        env=clean_environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("level", "outcome", "exit_code"), [("should", "failed", 1), ("must", "warned", 5)])
def test_a_counterexample_that_cannot_be_written_costs_no_verdict(
    shell_form: str, tmp_path: Path, level: str, outcome: str, exit_code: int
) -> None:
    done = exec_form_judged(shell_form, tmp_path, f"--contract-level={level}", blocks=1)
    assert done.returncode == exit_code, done.stdout
    assert "the counterexample of launch.exec-form could not be written whole: [Errno 27] File too" in done.stdout
    assert f"1 of 95 rules judged: 1 {outcome}" in done.stdout


def test_a_report_that_cannot_be_written_costs_no_verdict(static: str, tmp_path: Path) -> None:
    done = exec_form_judged(static, tmp_path, blocks=40)
    assert done.returncode == 0, done.stdout
    assert "not everything could be written: [Errno 27] File too large" in done.stdout
    assert "verdict: conformant (partial), exit code 0" in done.stdout
    assert {path.name for path in (tmp_path / "contract-report").iterdir()} == {".gitignore", "counterexamples"}
