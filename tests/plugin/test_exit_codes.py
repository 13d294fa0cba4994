"""Every exit code, each produced for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from conformance.judge import RULES
from conformance.run.ownership import PROCESS
from tests.conftest import Outcome, Suite, answers_ctrl_c, clean_environment, run_suite
from tests.plugin.engine_proxy import failing_engine

WAIVER = """
[[waiver]]
rule = "{rule}"
reason = "known"
owner = "ml@example.com"
expires = {expires}
image = "{image}"
"""
BREAKS = """
from dataclasses import replace
import conformance.judge

def broken(observation):
    raise ZeroDivisionError("a mistake of the suite")

rule = conformance.judge.RULES["launch.exec-form"]
conformance.judge.RULES["launch.exec-form"] = replace(rule, check=broken)
"""

INTERRUPTS = """
def interrupted():
    raise KeyboardInterrupt

interrupted.__code__ = interrupted.__code__.replace(co_linetable=b"")

def pytest_runtest_teardown():
    interrupted()
"""


def waiver(rule: str, *, expires: str = "2999-12-31", image: str = "*") -> str:
    return WAIVER.format(rule=rule, expires=expires, image=image)


def said(outcome: Outcome) -> tuple[int, str, int]:
    """The exit code of the process, and what the report says."""
    assert outcome.report is not None, outcome.output
    return outcome.exit_code, outcome.report["verdict"], outcome.report["exit_code"]


def refused(outcome: Outcome, *messages: str) -> None:
    """Assert that a session ended before it began, and said why without a traceback."""
    assert outcome.exit_code == 4, outcome.output
    assert outcome.report is None
    assert "Traceback" not in outcome.output
    for message in messages:
        assert message in outcome.output


# -- 4


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (None, ["w.toml", "cannot be read"]),
        ("[[waiver]", ["w.toml", "is no TOML file"]),
        (waiver("failure.utf9"), ["w.toml", "waiver[0].rule", "failure.utf9"]),
        (waiver("failure.utf8") + 'ticket = "X-1"', ["w.toml", "waiver[0].ticket"]),
        (waiver("failure.utf8").replace("owner", "# "), ["w.toml", "waiver[0].owner"]),
        (waiver("failure.utf8", expires='"2999"'), ["w.toml", "waiver[0].expires", "2999"]),
        ('[waiver]\nrule = "failure.utf8"', ["w.toml", "[[waiver]]"]),
        ('waivers = "none"', ["w.toml", "waivers"]),
    ],
)
def test_bad_waivers(suite: Suite, tmp_path: Path, text: str | None, messages: list[str]) -> None:
    if text is not None:
        (tmp_path / "w.toml").write_text(text)
    refused(suite("--image=any", "--contract-waivers=w.toml", env={"DOCKER_HOST": "tcp://127.0.0.1:1"}), *messages)


def test_a_bad_manifest(suite: Suite, tmp_path: Path, static: str) -> None:
    (tmp_path / "a.toml").write_text("schema_version = 1\n[algorithm]\nnam = 'x'\n")
    refused(suite(f"--image={static}", "--contract-manifest=a.toml"), "a.toml", "nam")


def test_no_such_image(suite: Suite) -> None:
    refused(suite("--image=localhost:1/nobody/nothing:1", "--contract-pull=never"), "localhost:1/nobody/nothing:1")
    refused(suite("--image=Not A Reference"), "Not A Reference")


@pytest.mark.parametrize("where", ["tcp://127.0.0.1:1", "unix:///nonexistent/docker.sock"])
def test_no_engine(suite: Suite, where: str) -> None:
    refused(suite("--image=any", env={"DOCKER_HOST": where}), "no container engine answers", where)


def test_a_report_that_cannot_be_written(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused(suite("--image=any", "--contract-report=file"), "--contract-report", "file")
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "report.md").write_text("mine")
    refused(suite("--image=any", "--contract-report=."), "--contract-report", "report.md: is there already, and of no")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "mine", "report.md": "mine"}


# -- 2


@pytest.mark.parametrize(
    ("broken", "after", "expected"),
    [(False, "launch.trains PASSED", "inconclusive"), (True, "launch.exec-form FAILED", "nonconformant")],
)
def test_interrupted(
    engine: docker.DockerClient, static: str, shell_form: str, tmp_path: Path, broken: bool, after: str, expected: str
) -> None:
    image = shell_form if broken else static
    session = subprocess.Popen(
        [sys.executable, "-u", "-m", "pytest", "-v", f"--image={image}"],
        cwd=tmp_path,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=answers_ctrl_c,
    )
    assert session.stdout is not None
    output = ""
    while after not in output and (chunk := os.read(session.stdout.fileno(), 65536)):
        output += chunk.decode()
    session.send_signal(signal.SIGINT)
    output += session.communicate(timeout=60)[0].decode()
    report = json.loads((tmp_path / "contract-report" / "report.json").read_text())
    outcome = Outcome(session.returncode, output, report, tmp_path)
    assert said(outcome) == (2, expected, 2), output
    assert "KeyboardInterrupt" in output
    assert report["partial"] is True
    assert 0 < report["runs"]["executed"] < report["runs"]["planned"]
    left = engine.api.containers(all=True, filters={"label": PROCESS})
    assert [c for c in left if c["Labels"][PROCESS].startswith(f"{session.pid}@")] == []


def test_interrupted_where_there_is_no_line(suite: Suite, static: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(INTERRUPTS)
    outcome = suite(f"--image={static}")
    assert said(outcome) == (2, "inconclusive", 2), outcome.output
    assert "! KeyboardInterrupt !" in outcome.output
    assert "Traceback" not in outcome.output


# -- 1, for a waiver that is stale


def test_stale_waivers(tmp_path: Path, static: str) -> None:
    (tmp_path / "w.toml").write_text(
        waiver("launch.platform")
        + waiver("launch.ends", expires="2020-01-01")
        + waiver("launch.trains", image="somebody/else:*")
        + waiver("ingestion.parquet")
    )
    outcome = run_suite(
        f"--image={static}",
        "--contract-size=gate",
        "--contract-waivers=w.toml",
        "--contract-targets=local",
        directory=tmp_path,
    )
    assert said(outcome) == (1, "conformant", 1), outcome.output
    assert outcome.report is not None
    assert outcome.report["partial"] is False
    stale = {entry["rule"]: entry["stale"] for entry in outcome.report["waivers"]}
    assert stale == {
        "launch.platform": "is not needed: the rule passes",
        "launch.ends": "expired on 2020-01-01",
        "launch.trains": None,
        "ingestion.parquet": None,
    }
    assert "waiver of launch.ends (ml@example.com) expired on 2020-01-01" in outcome.output
    assert "waiver of launch.platform (ml@example.com) is not needed" in outcome.output


def test_an_expired_waiver_waives_nothing(suite: Suite, tmp_path: Path, shell_form: str) -> None:
    (tmp_path / "w.toml").write_text(waiver("launch.exec-form", expires="2020-01-01"))
    outcome = suite(f"--image={shell_form}", "--contract-waivers=w.toml", "-k", "exec-form")
    assert said(outcome) == (1, "nonconformant", 1)


# -- 6


def test_the_engine_fails_at_every_container(suite: Suite, static: str) -> None:
    # The first container is that in which the manifest is looked for.
    with failing_engine(lambda number: "drop" if number > 1 else None) as host:
        outcome = suite(f"--image={static}", "-k", "platform or trains or utf8", env={"DOCKER_HOST": host})
    assert said(outcome) == (6, "inconclusive", 6), outcome.output
    assert outcome.rules("error") == {"launch.trains", "failure.utf8"}
    assert outcome.rules("passed") == {"launch.platform"}
    assert "2 errors" in outcome.output
    assert "the plain job does not train" not in outcome.output


def test_the_engine_fails_at_some_containers(suite: Suite, static: str) -> None:
    with failing_engine(lambda number: "500" if number > 4 else None) as host:
        outcome = suite(f"--image={static}", "-k", "launch or channels", env={"DOCKER_HOST": host})
    assert said(outcome) == (6, "inconclusive", 6), outcome.output
    assert "launch.trains" in outcome.rules("passed")
    assert outcome.rules("error") >= {"channels.missing", "channels.empty"}
    assert outcome.rules("failed") == set()


def test_one_fault_of_the_engine_is_forgiven(suite: Suite, static: str) -> None:
    with failing_engine(lambda number: "500" if number == 2 else None) as host:
        outcome = suite(f"--image={static}", "-k", "launch.trains", env={"DOCKER_HOST": host})
    assert said(outcome) == (0, "conformant", 0), outcome.output


def test_the_engine_is_gone_in_the_middle(suite: Suite, static: str) -> None:
    with failing_engine(lambda number: "die" if number > 3 else None) as host:
        outcome = suite(f"--image={static}", "-k", "launch or channels", env={"DOCKER_HOST": host})
    assert said(outcome) == (6, "inconclusive", 6), outcome.output
    assert outcome.rules("failed") == set()
    assert "INTERNALERROR" not in outcome.output
    assert "not everything could be removed from the engine" in outcome.output


def test_a_mistake_of_the_suite_is_no_verdict(suite: Suite, tmp_path: Path, static: str) -> None:
    (tmp_path / "breaks.py").write_text(BREAKS)
    asked = (f"--image={static}", "-p", "breaks", "-k", "platform or exec-form")
    outcome = suite(*asked, env={"PYTHONPATH": str(tmp_path)})
    assert said(outcome) == (6, "inconclusive", 6), outcome.output
    assert outcome.rules("error") == {"launch.exec-form"}
    assert outcome.report is not None
    (reason,) = (rule["reason"] for rule in outcome.report["rules"] if rule["id"] == "launch.exec-form")
    assert reason == "it could not be judged: ZeroDivisionError: a mistake of the suite"


def test_the_budget_is_spent(suite: Suite, static: str) -> None:
    outcome = suite(f"--image={static}", "--contract-budget=0.001", "-k", "platform or trains or utf8")
    assert said(outcome) == (6, "inconclusive", 6), outcome.output
    assert outcome.rules("passed") == {"launch.platform"}
    assert outcome.report is not None
    reasons = {rule["id"]: rule["reason"] for rule in outcome.report["rules"]}
    assert "budget" in reasons["launch.trains"]
    assert "budget" in reasons["failure.utf8"]


def test_passed_on_to_a_rule_that_is_not_selected(suite: Suite, trainee: Callable[[str], str]) -> None:
    image = trainee("offline-interface")
    outcome = suite(f"--image={image}", "--contract-diagnose-network", "-k", "platform or launch.trains")
    assert said(outcome) == (6, "inconclusive", 6), outcome.output
    assert outcome.rules("not-judged") == set(RULES) - {"launch.platform"}
    assert outcome.report is not None
    assert outcome.report["relaxed"] == ["network=bridge"]
    assert "see isolation.offline" in outcome.output


# -- 0 and 5


def test_conformant(whole: Outcome) -> None:
    assert said(whole) == (0, "conformant", 0), whole.output
    assert not whole.rules("failed") | whole.rules("warned") | whole.rules("error")
    assert whole.rules("not-judged") == {rule.id for rule in RULES.values() if rule.size == "full"}


def test_nothing_applies(suite: Suite, static: str) -> None:
    outcome = suite(f"--image={static}", "-k", "ingestion.parquet or formats-agree", "-rs")
    assert said(outcome) == (5, "inconclusive", 5)
    inapplicable = {"ingestion.parquet", "ingestion.parquet-rare", "ingestion.formats-agree"}
    assert outcome.rules("not-applicable") == inapplicable
    assert "not-applicable: declare parquet among the formats of the channels" in outcome.output
