"""Making sure of a violation, and finding the smallest difference with which it is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from conformance.contract.choices import ORDERS
from conformance.judge.evidence import Evidence, once_more
from conformance.judge.ownership import nearest_plain, way_of_ending
from conformance.judge.properties import OTHER_ORDER, close, metric_of
from conformance.judge.rule import Rule
from conformance.judge.search import Smallest, smallest
from conformance.judge.violation import ResultDiffers, Unobservable, Violation
from conformance.values.job import differences
from conformance.values.run import EngineFault, Run
from conformance.values.verdict import Flake, Level

# A metric of few values, such as the accuracy on a dozen rows, is often the same in a few runs by chance.
_TIMES = 4


@dataclass(frozen=True)
class Explained:
    """A violation, the runs that show it, and the smallest difference with which it is there where that was searched
    for."""

    violation: Violation
    runs: tuple[Run, ...]
    smallest: Smallest | None = None


def confirmed(rule: Rule, violation: Violation, runs: tuple[Run, ...], evidence: Evidence) -> Flake | None:
    """Run the job that breaks a rule again, and of two that are compared both; return None if the rule is broken each
    time, else both runs of the one with which it was not.

    Raises NeedsRuns, and Unobservable where what was compared varies by chance, as it may.
    """
    compared = isinstance(violation, ResultDiffers)
    metric, choice = (violation.metric, violation.choice) if isinstance(violation, ResultDiffers) else (None, None)
    for run in runs[:2] if compared else (violation.run or runs[0],):
        for again in evidence.again(run):
            repeated = tuple(again if other is run else other for other in runs)
            if breaks(rule, repeated, violation, evidence) is not None:
                continue
            message = f"{violation.message}; run again, the same job keeps {rule.id}"
            weight = violation.level or rule.level
            if way_of_ending(run) != way_of_ending(again) and weight is not Level.MAY:
                return Flake(message, (run, again), Level.MUST)
            if metric is not None:
                raise _varies(metric)
            return Flake(message, (run, again), weight)
    if metric is not None:
        changed, plain, baseline = runs[:3]
        for run in dict.fromkeys((baseline, plain, changed)):
            if not _keeps_its_value(metric, run, evidence):
                raise _varies(metric)
        if choice in OTHER_ORDER and _depends_on_the_order(metric, baseline, evidence):
            raise Unobservable(f"{metric}, which observes the model, depends on the order of the rows")
    return None


def _keeps_its_value(metric: str, run: Run, evidence: Evidence) -> bool:
    """Whether a metric is the same each time that a job is run."""
    values = [metric_of(each, metric) for each in (run, *evidence.again(run, _TIMES))]
    return all(one is not None and other is not None and close(one, other) for one, other in combinations(values, 2))


def _depends_on_the_order(metric: str, run: Run, evidence: Evidence) -> bool:
    """Whether a metric is another one where the same rows come in some other order.

    A seeded split gives the accuracy on a dozen rows, which one other order alone may leave as it is by chance.
    """
    plain = metric_of(run, metric)
    ordered = evidence.results_of([run.job.with_choices(row_order=order) for order in ORDERS])
    others = [metric_of(other, metric) for other in ordered if isinstance(other, Run)]
    return not all(plain is not None and other is not None and close(plain, other) for other in others)


def _varies(metric: str) -> Unobservable:
    return Unobservable(f"{metric}, which observes the model, varies from run to run by more than its tolerance")


def confirmed_by_another_stop(
    rule: Rule, violation: Violation, runs: tuple[Run, ...], evidence: Evidence
) -> bool | EngineFault | Unobservable:
    """Whether a job, the first of those that are looked at together, that breaks a rule when it is stopped does so
    again: if that was in the middle, at twice the delay, or in the middle once more if it had ended by then; or why
    that is not known.

    If it does not, the signal came before the job was ready for it. That is chance, and nothing the job does: no two
    runs of it have come as far when it is sent. Raises NeedsRuns.
    """
    run = runs[0]
    again = once_more(run.job)
    (other,) = evidence.results_of([replace(run.job, stop="later")] if run.job.stop == "middle" else again)
    if isinstance(other, Run) and other.signal is None and run.job.stop == "middle":
        (other,) = evidence.results_of(again)
    if isinstance(other, EngineFault):
        return other
    seen = (other, *(run if each is other else each for each in runs[1:]))
    for more in evidence.results_of(rule.looks_at.further(seen, evidence.subject)):
        if isinstance(more, EngineFault):
            return more
        seen += (more,)
    observation = rule.looks_at.observe(seen, evidence.subject)
    if observation is None:
        return Unobservable(f"stopped again, the same job {other.ending}, which says nothing of {rule.id}")
    try:
        rule.check(observation)
    except Unobservable as nothing:
        return nothing
    except Violation as another:
        return _of_one_kind(another, violation)
    return False


def explained(rule: Rule, violation: Violation, runs: tuple[Run, ...], evidence: Evidence) -> Explained:
    """Return a violation with the smallest difference with which it is there. Raises NeedsRuns."""
    job, plain = runs[0].job, evidence.plan.baseline
    if len(runs) > 1 or job.fault is not None or job.stop or len(differences(job, plain)) < 2:
        return Explained(violation, runs)

    broken = evidence.whether(lambda other: breaks(rule, (other,), violation, evidence) is not None)
    if broken(plain):
        return Explained(violation, runs)
    found = smallest(job, nearest_plain(job, evidence), broken)
    run = evidence.run_of(found.job)
    evidence.run_of(found.neighbour)
    if run is None or (shown := breaks(rule, (run,), violation, evidence)) is None:
        return Explained(violation, runs)
    return Explained(shown, (run,), found)


def breaks(rule: Rule, runs: tuple[Run, ...], like: Violation, evidence: Evidence) -> Violation | None:
    """Return the violation of a rule by other runs, if it is of the same kind as one that was seen."""
    observation = rule.looks_at.observe(runs, evidence.subject)
    if observation is None:
        return None
    try:
        rule.check(observation)
    except Unobservable:
        return None
    except Violation as violation:
        return violation if _of_one_kind(violation, like) else None
    return None


def _of_one_kind(one: Violation, other: Violation) -> bool:
    return type(one) is type(other) and one.level == other.level
