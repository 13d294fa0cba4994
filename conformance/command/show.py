"""``conformance show``: a report, told again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.command.failing import CommandError
from conformance.contract.clauses import Clause
from conformance.report.json_report import SCHEMA_VERSION
from conformance.report.reading import json_object
from conformance.report.results import NOT_SELECTED
from conformance.report.terminal import counts, failure_text, overview, printable, remarks
from conformance.report.write import REPORT
from conformance.values.verdict import Counterexample, Level, Outcome, RuleInfo, RuleResult, Why


def tell(path: Path) -> list[str]:
    """Return the lines: the broken rules with all that is known of them, then the others, then the verdict.

    Raises:
        UnreadableError: there is no report.
        CommandError: it is none that is known here.
    """
    file = path / REPORT if path.is_dir() else path
    report = json_object(file)
    if (version := report.get("schema_version")) != SCHEMA_VERSION:
        raise CommandError(f"{file} should have schema_version {SCHEMA_VERSION}, found {version!r}")
    try:
        # Anybody may have written it.
        return [printable(line) for text in _told(report, file.parent) for line in text.split("\n")]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CommandError(f"{file} is no whole report: {type(error).__name__} {error}") from error


def _told(report: Mapping[str, Any], folder: Path) -> Iterator[str]:
    results = [_result(rule) for rule in report["rules"]]
    examples = {rule["id"]: rule["counterexample"] for rule in report["rules"]}

    def folder_of(rule_id: str) -> Path | None:
        return None if (example := examples[rule_id]) is None else folder / str(example["path"])

    for result in results:
        if result.outcome is Outcome.FAILED:
            yield f"-- {result.outcome}: {result.rule.id}"
            yield failure_text(result, folder_of(result.rule.id))
            yield ""
    yield from (line for line, _ in overview(results, folder_of))
    yield f"image: {report['image']['reference']}, {report['image']['config_digest']}"
    yield f"size {report['size']}, level {report['level']}, seed {report['seed']}, {report['finished']}"
    stale = (it for it in report["waivers"] if it["stale"])
    yield from remarks([(it["rule"], it["owner"], it["stale"]) for it in stale], report["relaxed"])
    yield counts(results)
    partial = " (partial)" if report["partial"] else ""
    yield f"verdict: {report['verdict']}{partial}, exit code {report['exit_code']}"


def _result(rule: Mapping[str, Any]) -> RuleResult:
    clause = Clause("", rule["clause"], rule["source"], rule["basis"])
    info = RuleInfo(rule["id"], Level(rule["level"]), clause, rule["title"], rule["hint"])
    example = rule["counterexample"]
    return RuleResult(
        info,
        Outcome(rule["outcome"]),
        observations=rule["observations"],
        reason=rule["reason"],
        message=rule["message"],
        why=Why.SELECTION if rule["reason"] == NOT_SELECTED else None,
        counterexample=None if example is None else _example(example),
    )


def _example(example: Mapping[str, Any]) -> Counterexample:
    differences = tuple(map(str, example["differences"]))
    return Counterexample((), differences, example["runs_spent"], example["minimal"], str(example["sentence"]))
