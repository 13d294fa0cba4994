"""The part of a plan that shows a saved counterexample, and its rule looking at nothing else. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.choices import CHOICES, Part, value_of
from conformance.judge.looks import must_train, runs
from conformance.judge.ownership import SAME_OUTCOME, way_of_ending
from conformance.judge.properties import trains
from conformance.judge.rule import Look, Rule
from conformance.judge.violation import Violation
from conformance.manifest.model import Manifest
from conformance.plan.feasible import feasible_values
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run

_MOST_ROWS = 10_000_000
TIMES = 6
"""How often a job is run that came out in two ways: that it comes out the same once more would say little."""


def not_of(job: Job, manifest: Manifest) -> str | None:
    """Return why a job is none for a manifest, or of another version of this package; None if it can be run."""
    choices = dict(job.choices)
    if choices.keys() != {choice.name for choice in CHOICES}:
        return "are of another version: they should have the choices that this one has"
    for choice in CHOICES:
        value = choices[choice.name]
        if value not in feasible_values(choice, manifest, *Part) and not _is_easier(choice.name, value):
            return f"have {choice.name} = {value}, which the manifest rules out, or is of another version"
    if strange := [data.channel for data in job.data if data.channel not in manifest.channels]:
        return f"have the channel {strange[0]}, which the manifest does not declare"
    if any(not 0 <= data.rows <= _MOST_ROWS for data in job.data):
        return f"have more rows than {_MOST_ROWS}"
    return None


def repetitions_of(job: Job) -> tuple[Job, ...]:
    """Return the job as often as it is run where it is one that came out in two ways."""
    return tuple(replace(job, repeat=number) for number in range(TIMES))


def as_drawn(job: Job, plan: Plan) -> Job:
    """Return a job without what made it easier, unless a plan has it so.

    What an image needs for the plain job to train is found out anew.
    """
    return job if job in plan.jobs else _unrelaxed(job, plan.baseline)


def _unrelaxed(job: Job, baseline: Job) -> Job:
    return job.with_choices(**{name: baseline[name] for name, value in job.choices if _is_easier(name, value)})


def _is_easier(choice: str, value: str) -> bool:
    known = value_of(choice, value)
    return known is not None and known.part is Part.RELAXATION


def narrowed(plan: Plan, rule: Rule, jobs: tuple[Job, ...]) -> Plan:
    """Return a plan with no other jobs than these, those that the rule compares them with, and the controls.

    What an image says of one fault is judged beside what it says of the others, so these stay.
    """
    jobs = tuple(as_drawn(job, plan) for job in jobs)
    whole = replace(plan, jobs=tuple(dict.fromkeys((*plan.jobs, *jobs))))
    wanted = [job for seen in rule.looks_at.jobs(whole) if jobs and jobs[0] in seen for job in seen]
    if any(job.fault is not None for job in jobs):
        wanted += plan.select(lambda job: job.fault is not None)
    if rule.id == SAME_OUTCOME and jobs:
        wanted += repetitions_of(jobs[0])
    return replace(plan, jobs=tuple(dict.fromkeys((plan.baseline, *jobs, *wanted, plan.repeated, plan.permuted))))


def about(rule: Rule, jobs: tuple[Job, ...], plan: Plan) -> Rule:
    """Return the rule, looking at nothing but the first job, which broke it, and what that is compared with.

    ``plan`` is the narrowed one, as it was drawn. A rule that needs no run is returned as it is.
    """
    if not jobs:
        return rule
    broken = as_drawn(jobs[0], plan)

    def is_it(job: Job) -> bool:
        return as_drawn(job, plan) == broken

    if rule.id == SAME_OUTCOME:
        again = repetitions_of(broken)
        look = Look(
            lambda run: [tuple(job for job in run.jobs if as_drawn(job, plan) in again)],
            lambda runs, _subject: runs,
        )
        return replace(rule, looks_at=look, check=ends_the_same_way)

    def those(run: Plan) -> Iterator[tuple[Job, ...]]:
        return (seen for seen in rule.looks_at.jobs(run) if any(map(is_it, seen)))

    if must_train(broken) and not list(those(plan)):
        # It was charged with a job that does not train, because of a value which it owns.
        return replace(rule, looks_at=runs(is_it), check=trains)
    return replace(rule, looks_at=replace(rule.looks_at, jobs=those))


def ends_the_same_way(repeated: tuple[Run, ...]) -> None:
    """The same job always ends the same way."""
    one, *others = repeated
    for again in others:
        if way_of_ending(again) != way_of_ending(one):
            raise Violation(f"the job {one.ending} at first; run again, it {again.ending}")
