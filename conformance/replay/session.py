"""The session that judges a rule by the jobs of a saved counterexample, and by those that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from conformance.judge import RULES
from conformance.judge.rule import Rule
from conformance.plan import PlanError, draw_plan
from conformance.replay.part import about, narrowed, not_of
from conformance.replay.saved import Saved
from conformance.report.verdict import Ending, ending
from conformance.session import Session
from conformance.settings import Settings
from conformance.values.plan import Plan
from conformance.values.verdict import Outcome, RuleResult, Verdict

SAID = {0: "fixed", 1: "still failing", 2: "interrupted", 6: "not testable"}
"""What is said of a counterexample, by the exit code."""
_ENDINGS = {
    Outcome.PASSED: Ending(0, Verdict.CONFORMANT),
    Outcome.FAILED: Ending(1, Verdict.NONCONFORMANT),
    Outcome.WARNED: Ending(1, Verdict.NONCONFORMANT),
}
_NOT_TESTABLE = Ending(6, Verdict.INCONCLUSIVE)


def replay_ending(results: Sequence[RuleResult], *, interrupted: bool, stale_waivers: bool) -> Ending:
    """As ``ending`` of a session, for the outcome of the rule of a counterexample, where it has one."""
    if interrupted:
        return ending(results, interrupted=interrupted, stale_waivers=stale_waivers)
    return _ENDINGS.get(results[0].outcome, _NOT_TESTABLE) if results else _NOT_TESTABLE


class Replay(Session):
    """A session that runs what a saved counterexample needs, and nothing else."""

    def __init__(self, settings: Settings, saved: Saved) -> None:
        self._saved = saved
        manifest = settings.manifest or saved.manifest
        super().__init__(
            replace(settings, size=saved.size, seed=saved.seed, targets=saved.targets, manifest=manifest), waivers=()
        )

    @cached_property
    def drawn_plan(self) -> Plan:
        """The part of the plan that shows the counterexample. Raises PlanError where its jobs cannot be run."""
        saved = self._saved
        for job in saved.jobs:
            if (why := not_of(job, self.loaded.manifest)) is not None:
                raise PlanError(f"--contract-replay: {saved.folder}: its jobs {why}")
        plan = draw_plan(self.loaded, size=saved.size, seed=saved.seed)
        return narrowed(plan, RULES[saved.rule_id], saved.jobs)

    @cached_property
    def _narrowed_rule(self) -> Rule:
        return about(RULES[self._saved.rule_id], self._saved.jobs, self.drawn_plan)

    def select(self, rule_ids: Iterable[str]) -> None:
        """Say which rules will be asked for: of any only the one of the counterexample."""
        super().select(rule_id for rule_id in rule_ids if rule_id == self._saved.rule_id)

    def _among_selected(self, result: RuleResult) -> RuleResult:
        # Whether that rule is kept is all that is asked.
        return result

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of the counterexample, which looks at its jobs alone; no other is selected."""
        assert rule_id == self._saved.rule_id
        return self._narrowed_rule
