"""What the outcome of a rule comes to where not all rules are selected that tell it whole. No I/O."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from conformance.judge.ownership import SAME_OUTCOME
from conformance.values.verdict import Level, Outcome, RuleResult, Why


def among(result: RuleResult, selected: Collection[str]) -> RuleResult:
    """Return the outcome of a rule, given the ids of the rules that are selected beside it.

    That a job came out otherwise when it was run again is told by ``artifacts.same-outcome``, which in turn looks at
    what the other rules run twice: neither is a pass without the other.
    """
    if result.outcome is not Outcome.PASSED:
        return result
    if result.rule.id == SAME_OUTCOME and set(selected) == {SAME_OUTCOME}:
        reason = "it looks at the jobs that other rules run twice; select those too"
        return replace(result, outcome=Outcome.NOT_JUDGED, reason=reason, why=Why.SELECTION)
    heavy = result.flake is not None and result.flake.level is not Level.MAY
    if heavy and SAME_OUTCOME not in selected:
        reason = f"see {SAME_OUTCOME}, which is not selected: a job came out otherwise when it was run again"
        return replace(result, outcome=Outcome.NOT_JUDGED, reason=reason, why=Why.SEE, see=SAME_OUTCOME)
    return result
