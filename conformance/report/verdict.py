"""The verdict and the exit code: one closed table, from top to bottom, of which the first row that holds counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.values.verdict import Level, Outcome, RuleResult, Verdict, Why

USAGE_ERROR = 4
BROKEN = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.WAIVED)
"""What to look at, and in which order."""


@dataclass(frozen=True)
class Ending:
    """The exit code of a session, and what is said of the image."""

    exit_code: int
    verdict: Verdict


def ending(results: Sequence[RuleResult], *, interrupted: bool, stale_waivers: bool) -> Ending:
    """Return exit code and verdict for the outcomes of the rules that were selected.

    ``stale_waivers`` says that a waiver has expired or is not needed, which only a report that is not partial can say.
    A usage error (exit code 4) ends the session before there are any outcomes.
    """
    failed = {result.rule.id for result in results if result.outcome is Outcome.FAILED}
    if interrupted:
        return Ending(2, Verdict.NONCONFORMANT if failed else Verdict.INCONCLUSIVE)
    if failed:
        return Ending(1, Verdict.NONCONFORMANT)
    # A rule that fails elsewhere has said what it saw, if that weighs less here; what only may be never decides.
    warned = {r.rule.id for r in results if r.outcome is Outcome.WARNED and r.rule.level is not Level.MAY}
    if any(_leaves_it_open(result, failed | warned) for result in results):
        return Ending(6, Verdict.INCONCLUSIVE)
    if stale_waivers:
        return Ending(1, Verdict.CONFORMANT)
    if any(result.outcome is Outcome.PASSED for result in results):
        return Ending(0, Verdict.CONFORMANT)
    return Ending(5, Verdict.INCONCLUSIVE)


def count(results: Iterable[RuleResult]) -> dict[Outcome, int]:
    """Return how many rules have each outcome, in the order of ``Outcome``, without those that none has."""
    outcomes = [result.outcome for result in results]
    return {outcome: outcomes.count(outcome) for outcome in Outcome if outcome in outcomes}


def _leaves_it_open(result: RuleResult, answered: set[str]) -> bool:
    if result.outcome is Outcome.ERROR:
        return True
    if result.outcome is not Outcome.NOT_JUDGED:
        return False
    return result.why in (Why.BASELINE, Why.BUDGET) or (result.why is Why.SEE and result.see not in answered)
