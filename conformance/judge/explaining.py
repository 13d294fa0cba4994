"""Making sure of a violation, and finding the smallest difference with which it is there."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.judge.evidence import Evidence
from conformance.judge.ownership import nearest_plain, way_of_ending
from conformance.judge.rule import Rule
from conformance.judge.search import Smallest, smallest
from conformance.judge.violation import ResultDiffers, Unobservable, Violation
from conformance.values.job import differences
from conformance.values.run import Run
from conformance.values.verdict import Flake, Level


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
    for run in runs[:2] if compared else (violation.run or runs[0],):
        for again in evidence.again(run):
            repeated = tuple(again if other is run else other for other in runs)
            if breaks(rule, repeated, violation, evidence) is not None:
                continue
            message = f"{violation.message}; run again, the same job keeps {rule.id}"
            weight = violation.level or rule.level
            if way_of_ending(run) != way_of_ending(again) and weight is not Level.MAY:
                return Flake(message, (run, again), Level.MUST)
            if isinstance(violation, ResultDiffers) and not violation.exact:
                raise Unobservable(
                    "the metrics that observe the model vary from run to run by more than their tolerance"
                )
            return Flake(message, (run, again), weight)
    return None


def confirmed_by_another_stop(rule: Rule, violation: Violation, runs: tuple[Run, ...], evidence: Evidence) -> bool:
    """Whether a job, the first of those that are looked at together, that breaks a rule when it is stopped does so
    again: if that was in the middle, at twice the delay.

    If it does not, the signal came before the job was ready for it. That is chance, and nothing the job does: no two
    runs of it have come as far when it is sent. Raises NeedsRuns.
    """
    run, *beside = runs
    others = [evidence.later(run)] if run.job.stop == "middle" else evidence.again(run)
    return all(
        other is not None and breaks(rule, (other, *beside), violation, evidence) is not None for other in others
    )


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
        return violation if type(violation) is type(like) and violation.level == like.level else None
    return None
