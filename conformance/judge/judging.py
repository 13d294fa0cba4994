"""Judging one rule: every observation that the plan gives it, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from conformance.judge.evidence import Evidence
from conformance.judge.ownership import charged
from conformance.judge.phrases import sentence_of, told_differences
from conformance.judge.rule import Rule
from conformance.judge.violation import Unobservable, Violation
from conformance.values.job import Job, differences
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run
from conformance.values.verdict import Counterexample, Level, Outcome, RuleResult, Why


@dataclass
class _Findings:
    """What the observations of one rule say."""

    kept: int = 0
    broken: list[tuple[Violation, tuple[Run, ...]]] = field(default_factory=list)
    passed_on: list[str] = field(default_factory=list)
    unobservable: list[str] = field(default_factory=list)
    faults: list[EngineFault] = field(default_factory=list)
    not_run: int = 0


def needed_jobs(rule: Rule, plan: Plan) -> set[Job]:
    """Return the jobs that have to be run before a rule can be judged, those that tell whom to charge included."""
    looked_at = {job for jobs in rule.looks_at.jobs(plan) for job in jobs}
    if not looked_at:
        return set()
    needed = looked_at | {plan.baseline}
    for job in looked_at:
        if job.fault is not None:
            needed.update(plan.select(lambda other: other.fault is not None))
        else:
            needed.update(_between(job, plan))
    return needed


def judge(rule: Rule, evidence: Evidence, level: Level) -> RuleResult:
    """Return the outcome of a rule; ``level`` is the lowest whose violation fails."""
    if reason := rule.not_applicable(evidence.subject.manifest):
        return RuleResult(rule.info, Outcome.NOT_APPLICABLE, reason=reason)
    findings = _look(rule, evidence)
    observations = findings.kept + len(findings.broken)
    if findings.broken:
        violation, runs = min(findings.broken, key=lambda found: _distance(found[1], evidence))
        weight = violation.level or rule.level
        return RuleResult(
            rule.info,
            Outcome.FAILED if weight.rank <= level.rank and weight is not Level.MAY else Outcome.WARNED,
            observations,
            message=violation.message,
            counterexample=_counterexample(runs, evidence),
        )
    if findings.faults:
        return RuleResult(rule.info, Outcome.ERROR, observations, reason=findings.faults[0].message)
    if findings.kept:
        return RuleResult(rule.info, Outcome.PASSED, observations)
    return _nothing_kept(rule, findings, evidence)


def _look(rule: Rule, evidence: Evidence) -> _Findings:
    findings = _Findings()
    for jobs in rule.looks_at.jobs(_plan_for(rule, evidence)):
        results = [evidence.result(job) for job in jobs]
        faults = [result for result in results if isinstance(result, EngineFault)]
        runs = tuple(result for result in results if isinstance(result, Run))
        if faults:
            findings.faults += faults
            if rule.looks_at.together:
                # What is there may break the rule already; that it keeps it cannot be said.
                _observe(rule, runs, evidence, findings)
        elif len(runs) < len(jobs):
            findings.not_run += 1
        else:
            _observe(rule, runs, evidence, findings)
    return findings


def _plan_for(rule: Rule, evidence: Evidence) -> Plan:
    """Return the plan that a rule looks at: rules on the plain job look at it as it was drawn."""
    drawn_baseline_rules = ("launch.trains", "isolation.offline")
    if rule.id in drawn_baseline_rules and evidence.drawn_baseline != evidence.plan.baseline:
        plan = evidence.plan
        return Plan((evidence.drawn_baseline, *plan.jobs), plan.repeated, plan.permuted, plan.basis)
    return evidence.plan


def _observe(rule: Rule, runs: tuple[Run, ...], evidence: Evidence, findings: _Findings) -> None:
    observation = rule.looks_at.observe(runs, evidence.subject)
    if observation is None:
        return
    try:
        rule.check(observation)
    except Unobservable as nothing:
        findings.unobservable.append(str(nothing))
    except Violation as violation:
        owner = charged(rule.id, violation, evidence)
        if owner == rule.id:
            culprit = violation.run
            findings.broken.append((violation, runs if culprit is None else _culprit_first(culprit, runs)))
        else:
            findings.passed_on.append(owner)
    else:
        findings.kept += 1


def _culprit_first(culprit: Run, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    return (culprit, *(run for run in runs if run is not culprit))


def _nothing_kept(rule: Rule, findings: _Findings, evidence: Evidence) -> RuleResult:
    if findings.passed_on:
        see = findings.passed_on[0]
        return RuleResult(rule.info, Outcome.NOT_JUDGED, reason=f"see {see}", why=Why.SEE, see=see)
    plain = evidence.result(evidence.drawn_baseline)
    if isinstance(plain, EngineFault):
        return RuleResult(rule.info, Outcome.ERROR, reason=plain.message)
    if plain is not None and not evidence.baseline_trains():
        reason = "the plain job does not train, so there is nothing to look at"
        return RuleResult(rule.info, Outcome.NOT_JUDGED, reason=reason, why=Why.BASELINE)
    if findings.unobservable:
        return RuleResult(rule.info, Outcome.NOT_APPLICABLE, reason=findings.unobservable[0])
    if findings.not_run:
        return RuleResult(rule.info, Outcome.NOT_JUDGED, reason="its jobs were not run", why=Why.SELECTION)
    reason = "no job of this plan, or none that came out so, shows it"
    return RuleResult(rule.info, Outcome.NOT_APPLICABLE, reason=reason)


def _counterexample(runs: tuple[Run, ...], evidence: Evidence) -> Counterexample | None:
    if not runs:
        return None
    shown = _shown(runs, evidence)
    job = shown[0].job
    told = told_differences(job, evidence.drawn_baseline)
    return Counterexample(shown, told, sentence=sentence_of(job, evidence.drawn_baseline))


def _shown(runs: tuple[Run, ...], evidence: Evidence) -> tuple[Run, ...]:
    """Return the run that breaks the rule and, beside it, a plain one that does not, where there is one."""
    unique = list(dict.fromkeys(runs))
    if len(unique) > 2 and unique[0].job.fault is None:
        unique = unique[:2]
    baseline = evidence.result(evidence.plan.baseline)
    if len(unique) == 1 and isinstance(baseline, Run) and baseline.trains and unique[0] != baseline:
        unique.append(baseline)
    return tuple(unique)


def _distance(runs: Iterable[Run], evidence: Evidence) -> int:
    return max((len(differences(run.job, evidence.drawn_baseline)) for run in runs), default=0)


def _between(job: Job, plan: Plan) -> Iterator[Job]:
    """Yield the jobs between the baseline and a job: each differs from the baseline in some of what that one does."""
    away = differences(job, plan.baseline).items()
    for other in plan.select(lambda other: other.fault is None):
        if differences(other, plan.baseline).items() < away:
            yield other
