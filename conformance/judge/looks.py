"""Where rules look: the image, single runs, pairs of runs that differ in one choice, and all runs with a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from conformance.contract.choices import BY_NAME, Part, value_of
from conformance.data.plain_text import plain_texts
from conformance.judge.rule import Look, Subject
from conformance.values.image import FilesWanted
from conformance.values.job import Fault, Job, StopTime, differences, is_for_scale, with_part_of
from conformance.values.plan import Plan
from conformance.values.run import Run


@dataclass(frozen=True)
class Pair:
    """Two runs whose jobs differ in ``choice`` alone, and the controls that say how far equal jobs differ.

    ``repeated`` is the baseline run again; ``permuted`` is it with its rows in another order. ``plain_texts`` says that
    no reader takes a text among the rows for a number, a boolean or a null.
    """

    changed: Run
    plain: Run
    choice: str
    baseline: Run
    repeated: Run
    permuted: Run
    deterministic: bool
    plain_texts: bool = True


@dataclass(frozen=True)
class Claim:
    """A run, and what the manifest claims."""

    run: Run
    subject: Subject


def the_image(files: FilesWanted = "") -> Look[Subject]:
    """Look at the image's configuration, and at some of its files, without running anything."""
    return Look(lambda _plan: [()], lambda _runs, subject: subject, files=files)


def the_baseline() -> Look[Run]:
    """Look at the plain job, as it was drawn."""
    return Look(lambda plan: [(plan.baseline,)], lambda runs, _subject: runs[0], drawn=True)


def the_plain_job(without: str) -> Look[Claim]:
    """Look at the plain job, made easier or not, if it has the plain value of a choice that could make it so."""
    return Look(
        lambda plan: [(plan.baseline,)] if plan.baseline[without] == BY_NAME[without].plain else [],
        lambda runs, subject: Claim(runs[0], subject),
    )


def runs(of: Callable[[Job], bool], when: Callable[[Run], bool] = lambda _run: True) -> Look[Run]:
    """Look at the runs of some jobs, one by one, if they came out in some way."""
    return Look(
        lambda plan: ((job,) for job in plan.select(of)),
        lambda runs, _subject: runs[0] if when(runs[0]) else None,
    )


def any_job(job: Job) -> bool:
    """Every job that is launched as the image claims."""
    return job["launch-form"] != "train"


def on_several_hosts(job: Job) -> bool:
    """A job of more hosts than one; whatever is asked of single ones is not asked of it."""
    return job["hosts"] != "one"


def not_stopped(job: Job) -> bool:
    """A job that nobody stops, launched as the image claims, with a fault or without."""
    return not job.stop and any_job(job)


def without_fault(job: Job) -> bool:
    """A job without a fault that nobody stops, launched as the image claims, on one host or on several."""
    return job.fault is None and not job.stop and job["launch-form"] != "train"


def valid(job: Job) -> bool:
    """A job without a fault that nobody stops, launched as the image claims, on one host: it must train."""
    return without_fault(job) and not on_several_hosts(job)


def must_train(job: Job) -> bool:
    """A job without a fault, and without anything that may be refused or whose rule only warns."""
    told = (value_of(name, value) for name, value in job.choices)
    refusable = any(value is not None and value.part is Part.ALONE for value in told)
    return valid(job) and not refusable and not is_for_scale(job)


def stopped(*when: StopTime) -> Callable[[Job], bool]:
    """Return the condition that a job is stopped at one of these times."""
    return lambda job: job.stop in when


def beside_the_plain_job(of: Callable[[Job], bool]) -> Look[tuple[Run, Run]]:
    """Look at some jobs, each beside the plain one."""
    return Look(
        lambda plan: ((job, plan.baseline) for job in plan.select(of)),
        lambda runs, _subject: (runs[0], runs[1]),
    )


def with_fault_of(rule_id: str) -> Callable[[Job], bool]:
    """Return the condition that a job has a fault which is that rule's."""
    return lambda job: job.fault is not None and job.fault.rule == rule_id


def beside_a_fault_of(rule_id: str) -> Look[tuple[Run, Run]]:
    """Look at each job with a fault that is a rule's, beside the plain one, if that trains."""
    faulty = with_fault_of(rule_id)
    return Look(
        lambda plan: ((job, plan.baseline) for job in plan.select(faulty)),
        lambda runs, _subject: (runs[0], runs[1]) if runs[1].trains else None,
    )


def all_faults() -> Look[tuple[Run, ...]]:
    """Look at all runs with a fault together."""
    return Look(
        lambda plan: [tuple(plan.select(lambda job: job.fault is not None))],
        lambda runs, _subject: runs,
        together=True,
    )


def unwritable() -> Look[tuple[Run, Run]]:
    """Look at the faults under which the failure file cannot be written, each beside the same where it can."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        faulty = [(job, job.fault) for job in plan.jobs if job.fault is not None]
        for job, fault in faulty:
            same = ((other, it) for other, it in faulty if it.kind == fault.kind and not it.failure_path)
            writable = next((o for o, it in same if _beside(o, it) == _beside(job, fault)), None)
            if fault.failure_path and writable is not None:
                yield job, writable

    return Look(jobs, lambda runs, _subject: (runs[0], runs[1]))


def _beside(job: Job, fault: Fault) -> tuple[object, ...]:
    """Return what two jobs have in common which differ in the failure path alone."""
    return job.choices, job.data, job.hyperparameters, fault.channel, fault.subject, fault.value, fault.file


def repetitions() -> Look[tuple[Run, ...]]:
    """Look at the plain job and its repetition."""
    return Look(lambda plan: [(plan.baseline, plan.repeated)], lambda runs, _subject: runs)


def the_repetition() -> Look[Run]:
    """Look at the plain job run once more, which is inspected more closely than others."""
    return Look(lambda plan: [(plan.repeated,)], lambda runs, _subject: runs[0])


def pairs(choice: str, of: Callable[[Job], bool] = any_job) -> Look[Pair]:
    """Look at each job in which a choice is not plain, beside the job that is equal but for that."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        known = set(plan.jobs)
        for job in plan.select(lambda job: valid(job) and of(job)):
            neighbour = with_part_of(plan.baseline, job, {choice})
            if neighbour != job and neighbour in known:
                yield job, neighbour, plan.baseline, plan.repeated, plan.permuted

    return Look(jobs, lambda runs, subject: _pair(choice, runs, subject))


def values_of(rule_id: str) -> Look[Pair | Run]:
    """Look at each job with a value that is a rule's: beside the job that is equal but for it if there is one, else
    at its run alone."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        known = set(plan.jobs)
        for job in plan.select(valid):
            owned = _owned(rule_id, differences(job, plan.baseline))
            beside = [with_part_of(plan.baseline, job, {choice}) for choice in owned]
            planned = [neighbour for neighbour in beside if neighbour in known]
            for neighbour in planned:
                yield job, neighbour, plan.baseline, plan.repeated, plan.permuted
            if owned and not planned:
                yield (job,)

    def observe(runs: tuple[Run, ...], subject: Subject) -> Pair | Run:
        if len(runs) == 1:
            return runs[0]
        return _pair(_owned(rule_id, differences(runs[0].job, runs[1].job))[0], runs, subject)

    return Look(jobs, observe)


def beside_the_baseline(of: Callable[[Job], bool], *, differing_in: frozenset[str]) -> Look[Pair]:
    """Look at some jobs, each beside the plain one, if they differ from it in these choices alone."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        for job in plan.select(lambda job: valid(job) and of(job)):
            differs = differences(job, plan.baseline)
            if differs and differs.keys() <= differing_in:
                yield job, plan.baseline, plan.baseline, plan.repeated, plan.permuted

    def observe(runs: tuple[Run, ...], subject: Subject) -> Pair:
        return _pair(next(iter(differences(runs[0].job, runs[1].job))), runs, subject)

    return Look(jobs, observe)


def _pair(choice: str, runs: tuple[Run, ...], subject: Subject) -> Pair:
    changed, plain, baseline, repeated, permuted = runs
    deterministic = subject.manifest.algorithm.deterministic
    texts = plain_texts(plain.job, subject.manifest)
    return Pair(changed, plain, choice, baseline, repeated, permuted, deterministic, texts)


def claims(of: Callable[[Job], bool], when: Callable[[Run], bool] = lambda _run: True) -> Look[Claim]:
    """Look at the runs of some jobs beside what the manifest claims."""
    return Look(
        lambda plan: ((job,) for job in plan.select(of)),
        lambda runs, subject: Claim(runs[0], subject) if when(runs[0]) else None,
    )


def _owned(rule_id: str, choices: Mapping[str, str]) -> list[str]:
    values = {choice: value_of(choice, chosen) for choice, chosen in choices.items()}
    return [choice for choice, value in values.items() if value is not None and value.owner == rule_id]
