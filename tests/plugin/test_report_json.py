"""report.json has the form that is promised."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from conformance.judge import RULES
from conformance.values.verdict import Level, Outcome, Verdict
from tests.conftest import Outcome as Ended
from tests.conftest import Suite

Check = Callable[[Any], bool] | type | Mapping[str, Any] | list[Any]


def one_of(values: Any) -> Callable[[Any], bool]:
    return lambda value: value in [str(each) for each in values]


def optional(check: Check) -> Callable[[Any], bool]:
    return lambda value: value is None or not problems(check, value, "")


def matching(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def problems(check: Check, value: Any, where: str) -> list[str]:
    """What is wrong with a value: a mapping gives all keys in order, a list the form of each element."""
    match check:
        case Mapping():
            if not isinstance(value, dict) or list(value) != list(check):
                return [f"{where}: {value!r} has not the keys {list(check)}"]
            return [p for key in check for p in problems(check[key], value[key], f"{where}.{key}")]
        case [element]:
            if not isinstance(value, list):
                return [f"{where}: {value!r} is no list"]
            return [p for i, each in enumerate(value) for p in problems(element, each, f"{where}[{i}]")]
        case type():
            fits = type(value) is check
        case _:
            fits = check(value)  # type: ignore[operator]
    return [] if fits else [f"{where}: {value!r}"]


TIME = matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
VERSION = matching(r"\d+\.\d+.*")
SHA256 = matching(r"[0-9a-f]{64}")
COUNTEREXAMPLE = {
    "path": matching(r"counterexamples/[a-z0-9.-]+"),
    "differences": [str],
    "runs_spent": int,
    "minimal": bool,
}
RULE = {
    "id": one_of(RULES),
    "area": matching("[a-z]+"),
    "level": one_of(Level),
    "basis": one_of(["quoted", "derived"]),
    "title": str,
    "clause": str,
    "source": matching(r"https://\S+"),
    "outcome": one_of(Outcome),
    "reason": optional(str),
    "observations": int,
    "message": optional(str),
    "hint": str,
    "counterexample": optional(COUNTEREXAMPLE),
}
REPORT = {
    "schema_version": lambda value: value == 1,
    "tool": {
        "name": lambda value: value == "training-container-conformance",
        "version": VERSION,
        "hypothesis": VERSION,
        "pytest": VERSION,
        "python": VERSION,
    },
    "engine": {"name": one_of(["docker", "podman"]), "version": VERSION, "api": VERSION, "storage": str},
    "started": TIME,
    "finished": TIME,
    "image": {
        "reference": str,
        "config_digest": matching(r"sha256:[0-9a-f]{64}"),
        "manifest_digest": optional(matching(r"sha256:[0-9a-f]{64}")),
        "platform": matching(r"[a-z]+/[a-z0-9]+"),
        "base": optional(str),
    },
    "manifest": {"source": one_of(["option", "image", "generic"]), "sha256": SHA256, "name": str},
    "size": one_of(["smoke", "gate", "full"]),
    "level": one_of(["must", "should"]),
    "targets": [one_of(["local", "sagemaker", "clean-rooms"])],
    "seed": int,
    "plan_digest": SHA256,
    "partial": bool,
    "relaxed": [str],
    "verdict": one_of(Verdict),
    "exit_code": lambda value: type(value) is int and value in (0, 1, 2, 5, 6),
    "rules": [RULE],
    "runs": {
        "planned": int,
        "executed": int,
        "minimising": int,
        "wall_s": float,
        "container_s": float,
        "workers": int,
        "by_rows": [{"rows": int, "container_s": float, "peak_memory_bytes": optional(int)}],
    },
    "waivers": [{"rule": str, "reason": str, "owner": str, "expires": str, "image": str, "stale": optional(str)}],
}


def test_a_conforming_image(whole: Ended, static: str) -> None:
    report = whole.report
    assert report is not None, whole.output
    assert problems(REPORT, report, "report") == []
    assert [rule["id"] for rule in report["rules"]] == list(RULES)
    assert report["image"]["reference"] == static
    assert report["manifest"] == report["manifest"] | {"source": "image", "name": "static"}
    assert (report["size"], report["level"], report["seed"], report["partial"]) == ("gate", "should", 0, False)
    assert report["targets"] == ["local", "sagemaker", "clean-rooms"]
    assert report["runs"]["executed"] == report["runs"]["planned"] > 0
    started, finished = (dt.datetime.fromisoformat(report[key]) for key in ("started", "finished"))
    assert 0 <= (finished - started).total_seconds() <= report["runs"]["wall_s"] + 2
    for rule in report["rules"]:
        assert (rule["reason"] is None) == (rule["outcome"] == "passed")
        assert (rule["observations"] > 0) == (rule["outcome"] == "passed")
        assert rule["message"] is rule["counterexample"] is None
    assert (whole.directory / "contract-report" / ".gitignore").read_text() == "*\n"


def test_a_small_plan_of_an_image_that_does_not_train(suite: Suite, trainee: Callable[[str], str]) -> None:
    outcome = suite(f"--image={trainee('trains-no-command')}", "--contract-size=smoke", "--contract-level=must")
    report = outcome.report
    assert report is not None, outcome.output
    assert problems(REPORT, report, "report") == []
    assert (outcome.exit_code, report["exit_code"], report["verdict"]) == (1, 1, "nonconformant")
    assert report["partial"] is True
    assert (report["size"], report["level"]) == ("smoke", "must")
    assert outcome.rules("failed") == {"launch.trains"}
    assert all(rule["reason"] for rule in report["rules"] if rule["outcome"].startswith("not-"))
    (trains,) = (rule for rule in report["rules"] if rule["id"] == "launch.trains")
    assert trains["message"]
    assert trains["counterexample"]["path"] == "counterexamples/launch.trains"
    folder = outcome.directory / "contract-report" / trains["counterexample"]["path"]
    assert (folder / "reproduce.sh").is_file()


def test_the_same_image_has_the_same_plan(whole: Ended, suite: Suite, static: str) -> None:
    outcome = suite(f"--image={static}", "--contract-size=gate", "-k=exec-form")
    assert whole.report is not None
    assert outcome.report is not None
    assert problems(REPORT, outcome.report, "report") == []
    assert outcome.report["plan_digest"] == whole.report["plan_digest"]
    assert outcome.report["partial"] is True
    left_out = {rule["reason"] for rule in outcome.report["rules"] if rule["id"] != "launch.exec-form"}
    assert left_out == {"it was not selected"}
