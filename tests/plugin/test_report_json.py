"""report.json has the form that is promised."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from conformance.judge import RULES
from tests.conftest import Outcome as Ended
from tests.conftest import Suite

SCHEMA = json.loads((files("conformance.report") / "report.schema.json").read_text())


def strict(schema: Any) -> Any:
    """The schema, with which keys are there said to be all."""
    match schema:
        case {"properties": properties}:
            assert schema["required"] == list(properties)
            inside = {name: strict(each) for name, each in properties.items()}
            return {**schema, "properties": inside, "additionalProperties": False}
        case {"items": items}:
            return {**schema, "items": strict(items)}
    return schema


def problems(report: Any) -> list[str]:
    """What of the report is not as the schema says."""
    validator = Draft202012Validator(strict(SCHEMA), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]


def test_the_schema_is_one_and_sees_what_is_wrong(whole: Ended) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert whole.report is not None
    wrong = {**whole.report, "verdict": "fine", "new": 1}
    assert {problem.partition(":")[0] for problem in problems(wrong)} == {"$", "$.verdict"}


def test_a_conforming_image(whole: Ended, static: str) -> None:
    report = whole.report
    assert report is not None, whole.output
    assert problems(report) == []
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
    assert problems(report) == []
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
    assert problems(outcome.report) == []
    assert outcome.report["plan_digest"] == whole.report["plan_digest"]
    assert outcome.report["partial"] is True
    left_out = {rule["reason"] for rule in outcome.report["rules"] if rule["id"] != "launch.exec-form"}
    assert left_out == {"it was not selected"}
