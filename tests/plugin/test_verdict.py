"""The table of verdicts and exit codes, row by row."""

from __future__ import annotations

import pytest

from conformance.judge import RULES
from conformance.report.verdict import Ending, count, ending
from conformance.values.verdict import Outcome, RuleResult, Verdict, Why

INFO = [rule.info for rule in RULES.values()][:3]
PASSED = RuleResult(INFO[0], Outcome.PASSED)
FAILED = RuleResult(INFO[1], Outcome.FAILED)
WARNED = RuleResult(INFO[1], Outcome.WARNED)
MAY_WARNED = RuleResult(RULES["resources.user"].info, Outcome.WARNED)
WAIVED = RuleResult(INFO[1], Outcome.WAIVED)
ERROR = RuleResult(INFO[2], Outcome.ERROR)
NOT_APPLICABLE = RuleResult(INFO[2], Outcome.NOT_APPLICABLE)

CONFORMANT, NONCONFORMANT, INCONCLUSIVE = Verdict.CONFORMANT, Verdict.NONCONFORMANT, Verdict.INCONCLUSIVE


def not_judged(why: Why, see: str | None = None) -> RuleResult:
    return RuleResult(INFO[2], Outcome.NOT_JUDGED, why=why, see=see)


@pytest.mark.parametrize(
    ("results", "stale", "expected"),
    [
        ([FAILED], False, Ending(1, NONCONFORMANT)),
        ([PASSED, FAILED, ERROR], True, Ending(1, NONCONFORMANT)),
        ([PASSED, ERROR], False, Ending(6, INCONCLUSIVE)),
        ([PASSED, ERROR], True, Ending(6, INCONCLUSIVE)),
        ([PASSED, not_judged(Why.BASELINE)], False, Ending(6, INCONCLUSIVE)),
        ([PASSED, not_judged(Why.BUDGET)], False, Ending(6, INCONCLUSIVE)),
        ([PASSED, not_judged(Why.SEE, "launch.ends")], False, Ending(6, INCONCLUSIVE)),
        # What was seen weighs less than the rule that saw it does elsewhere; or it is of a rule that never decides.
        ([PASSED, WARNED, not_judged(Why.SEE, INFO[1].id)], False, Ending(0, CONFORMANT)),
        ([PASSED, MAY_WARNED, not_judged(Why.SEE, MAY_WARNED.rule.id)], False, Ending(6, INCONCLUSIVE)),
        ([PASSED, WAIVED, not_judged(Why.SEE, INFO[1].id)], False, Ending(6, INCONCLUSIVE)),
        ([PASSED, FAILED, not_judged(Why.SEE, INFO[1].id)], False, Ending(1, NONCONFORMANT)),
        ([PASSED], True, Ending(1, CONFORMANT)),
        ([], True, Ending(1, CONFORMANT)),
        ([PASSED], False, Ending(0, CONFORMANT)),
        ([PASSED, WARNED, NOT_APPLICABLE], False, Ending(0, CONFORMANT)),
        ([PASSED, WAIVED], False, Ending(0, CONFORMANT)),
        ([PASSED, not_judged(Why.SIZE), not_judged(Why.SELECTION)], False, Ending(0, CONFORMANT)),
        ([], False, Ending(5, INCONCLUSIVE)),
        ([NOT_APPLICABLE], False, Ending(5, INCONCLUSIVE)),
        ([WAIVED, WARNED], False, Ending(5, INCONCLUSIVE)),
        ([not_judged(Why.SIZE)], False, Ending(5, INCONCLUSIVE)),
    ],
)
def test_the_first_row_that_holds(results: list[RuleResult], stale: bool, expected: Ending) -> None:
    assert ending(results, interrupted=False, stale_waivers=stale) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], INCONCLUSIVE),
        ([PASSED], INCONCLUSIVE),
        ([PASSED, ERROR], INCONCLUSIVE),
        ([PASSED, FAILED], NONCONFORMANT),
    ],
)
@pytest.mark.parametrize("stale", [False, True])
def test_interrupted(results: list[RuleResult], expected: Verdict, stale: bool) -> None:
    assert ending(results, interrupted=True, stale_waivers=stale) == Ending(2, expected)


def test_counting() -> None:
    assert list(count([ERROR, PASSED, WARNED, PASSED]).items()) == [
        (Outcome.PASSED, 2),
        (Outcome.WARNED, 1),
        (Outcome.ERROR, 1),
    ]
    assert count([]) == {}
