"""What stands on the terminal: what is broken first, all of it readable without colour at 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.judge import RULES
from conformance.report.progress import beside
from conformance.report.terminal import WIDTH, header, overview
from conformance.session import Progress
from conformance.values.verdict import Outcome, RuleResult, Why
from tests.judge.evidence import IMAGE, loaded
from tests.report.results import BROKEN, HOSTILE, SETTINGS, results


def told(rules: tuple[RuleResult, ...]) -> list[str]:
    lines = [line for line, _ in overview(rules, lambda rule_id: Path("contract-report") / rule_id)]
    # An address in two lines cannot be copied.
    assert all(line.isprintable() and (len(line) <= WIDTH or line.startswith("source ")) for line in lines), lines
    return lines


def but(rule_id: str, **changes: object) -> tuple[RuleResult, ...]:
    """The results of a conforming image, but for one rule."""
    every = results(conforming=True).rules
    return tuple(replace(rule, **changes) if rule.rule.id == rule_id else rule for rule in every)  # type: ignore[arg-type]


def test_what_is_broken_comes_first() -> None:
    first, *others = told(results(wrote=HOSTILE).rules)
    assert first.startswith(f"failed         should {BROKEN}: ")
    assert all(line.startswith(("passed: ", "  ")) for line in others)
    # Each of them once, so that a log can be searched.
    assert sorted(" ".join(others).replace("passed: ", "").replace(",", "").split()) == sorted(RULES.keys() - {BROKEN})


@pytest.mark.parametrize("outcome", [Outcome.WARNED, Outcome.WAIVED])
def test_what_is_no_failure_is_told_with_all_that_is_known(outcome: Outcome) -> None:
    (broken,) = (rule for rule in results().rules if rule.rule.id == BROKEN)
    reason = "known (waived by ml@example.com until 2999-12-31)" if outcome is Outcome.WAIVED else None
    found = {"message": broken.message, "counterexample": broken.counterexample}
    lines = told(but(BROKEN, outcome=outcome, reason=reason, **found))
    text = " ".join(" ".join(lines).split())
    assert lines[0].startswith(f"{outcome:<14} should {BROKEN}: ")
    for part in (
        f"waived {reason}" if reason else "seen the job ended",
        "clause (derived) How the files",
        "when The plain job trains; broken as soon as",
        "hint walk the",
    ):
        assert part in text
    assert f"repeat contract-report/{BROKEN}/reproduce.sh" in text


def test_an_image_cannot_write_the_header() -> None:
    image = replace(IMAGE, reference=HOSTILE, platform=HOSTILE)
    assert all(line.isprintable() for line in header(SETTINGS, results().engine, image, loaded(), 2, 200))


@pytest.mark.parametrize("outcome", [Outcome.NOT_APPLICABLE, Outcome.NOT_JUDGED])
def test_what_is_open_says_why_before_what_passed(outcome: Outcome) -> None:
    lines = told(but(BROKEN, outcome=outcome, reason="declare\nmore"))
    assert lines[0] == f"{outcome}: {BROKEN}; declare\\x0amore"


def test_what_was_not_selected_is_not_told() -> None:
    lines = told(but(BROKEN, outcome=Outcome.NOT_JUDGED, reason="it was not selected", why=Why.SELECTION))
    assert BROKEN not in " ".join(lines)


@pytest.mark.parametrize(
    ("done", "failed", "text"),
    [
        (0, (), ""),
        (9, (), ""),
        (10, (), "3 min left"),
        (190, (), "1 s left"),
        (100, ("a.b",), "10 s left, failed: a.b"),
        (0, ("a.a", "a.b", "a.c", "a.d"), "failed: a.b, a.c, a.d and 1 more"),
    ],
)
def test_how_long_and_what_fails_already(done: int, failed: tuple[str, ...], text: str) -> None:
    assert beside(Progress(done, 200), 10.0, failed) == text
