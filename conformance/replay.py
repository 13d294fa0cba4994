"""A saved counterexample run again: the session that judges its rule by its jobs, and by those that belong to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from conformance.contract.choices import value_of
from conformance.judge import RULES
from conformance.judge.rule import Rule
from conformance.plan import PlanError, draw_plan
from conformance.report.saved import Saved
from conformance.report.verdict import Ending
from conformance.session import Progress, Session
from conformance.settings import Settings
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.verdict import Outcome, RuleResult, Verdict

Watch = Callable[[Progress], None]

SAID = {0: "fixed", 1: "still failing", 2: "interrupted", 6: "not testable"}
"""What is said of a counterexample, by the exit code."""
_ENDINGS = {
    Outcome.PASSED: Ending(0, Verdict.CONFORMANT),
    Outcome.FAILED: Ending(1, Verdict.NONCONFORMANT),
    Outcome.WARNED: Ending(1, Verdict.NONCONFORMANT),
}
_NOT_TESTABLE = Ending(6, Verdict.INCONCLUSIVE)


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
        plan = draw_plan(self.loaded, size=saved.size, seed=saved.seed)
        for job in saved.jobs:
            if (why := _not_of(job, plan.baseline)) is not None:
                raise PlanError(f"--contract-replay: {saved.folder}: its jobs {why}")
        return narrowed(plan, RULES[saved.rule_id], saved.jobs)

    def select(self, rule_ids: Iterable[str]) -> None:
        """Say which rules will be asked for, of which there is but one here."""
        super().select(rule_ids)
        self._selected = tuple(about(rule, self._saved.jobs) for rule in self._selected)

    @staticmethod
    def ending(results: Sequence[RuleResult]) -> Ending:
        """Return exit code and verdict for the outcome of the rule, where it has one."""
        return _ENDINGS.get(results[0].outcome, _NOT_TESTABLE) if results else _NOT_TESTABLE

    def _judge(self, rule: Rule, watch: Watch) -> RuleResult:
        return super()._judge(about(rule, self._saved.jobs), watch)


def narrowed(plan: Plan, rule: Rule, jobs: tuple[Job, ...]) -> Plan:
    """Return a plan with no other jobs than these, those that the rule compares them with, and the plain one.

    What an image says of one fault is judged beside what it says of the others, so these stay.
    """
    wanted = {job for seen in rule.looks_at.jobs(plan) if jobs and jobs[0] in seen for job in seen}
    if any(job.fault is not None for job in jobs):
        wanted.update(plan.select(lambda job: job.fault is not None))
    order = dict.fromkeys((plan.baseline, *jobs, *(job for job in plan.jobs if job in wanted), *wanted))
    return replace(plan, jobs=tuple(order))


def about(rule: Rule, jobs: tuple[Job, ...]) -> Rule:
    """Return the rule, looking at nothing but the job that broke it and what that is compared with."""
    if not jobs:
        return rule

    def those(plan: Plan) -> Iterator[tuple[Job, ...]]:
        return (seen for seen in rule.looks_at.jobs(plan) if jobs[0] in seen)

    return replace(rule, looks_at=replace(rule.looks_at, jobs=those))


def _not_of(job: Job, baseline: Job) -> str | None:
    """Return why a job is none for the manifest whose plain job this is, or of another version."""
    choices, plain = dict(job.choices), dict(baseline.choices)
    if choices.keys() != plain.keys():
        return f"are of another version: they should have the choices {', '.join(plain)}"
    for name, value in choices.items():
        if value != plain[name] and value_of(name, value) is None:
            return f"have {name} = {value}, which is of another version or no value for this manifest"
    known = {data.channel for data in baseline.data}
    if strange := [data.channel for data in job.data if data.channel not in known]:
        return f"have the channel {strange[0]}, which the manifest does not declare"
    return None
