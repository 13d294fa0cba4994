"""Which rule is charged with a violation: the owner of the choice value that makes the difference.

Only three kinds of violation are passed on; everything seen in files, logs or failure texts stays with the rule that
saw it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.contract.choices import owner_of
from conformance.contract.rule_ids import RULE_IDS
from conformance.judge.diagnosis import owners_of_relaxation
from conformance.judge.evidence import Evidence
from conformance.judge.rule import REGISTRY
from conformance.judge.search import Smallest, smallest
from conformance.judge.violation import DoesNotTrain, FaultUnnoticed, ResultDiffers, Violation
from conformance.values.job import DATA, Job, is_for_scale, with_part_of
from conformance.values.run import Run
from conformance.values.verdict import Level

SAME_OUTCOME = "artifacts.same-outcome"
# Of an image that fails one time in three, a job that fails each of seven times does so for a reason.
_TIMES = 6
_TOO_FLAKY = 4
# Who answers where the owner says nothing about an image with such a manifest.
_INSTEAD = {"environment.unset": "environment.forms-agree"}
_SAME_OVERSIGHT = {"resources.model-dir-full": "resources.model-dir-unwritable"}


@dataclass(frozen=True)
class Guilt:
    """A smallest difference with which a valid job does not train, and how it then ends."""

    found: Smallest
    ending: str
    run: Run


@dataclass
class Book:
    """The differences found guilty up to now, and the runs whose job ended otherwise when it was run again."""

    guilty: list[Guilt] = field(default_factory=list)
    flaky: list[tuple[Run, Run]] = field(default_factory=list)

    def guilt_of(self, run: Run) -> Guilt | None:
        """Return the guilty difference that a job holds which did not train in the same way."""
        for guilt in self.guilty:
            same = all(run.job[name] == guilt.run.job[name] for name in guilt.found.names if name != DATA)
            if same and guilt.ending == way_of_ending(run) and (DATA not in guilt.found.names or run is guilt.run):
                return guilt
        return None

    def is_flaky(self, run: Run) -> bool:
        """Whether a run is one of two of a job that came out differently."""
        return any(run in pair for pair in self.flaky)


def convict(run: Run, evidence: Evidence, book: Book) -> None:
    """Find out what makes a valid job not train, and note it in the book. Raises NeedsRuns.

    Once a job was seen to come out differently, one that did not train is run more often before anything is searched
    for, and once several were, nothing is: what is found might be chance.
    """
    if book.guilt_of(run) is not None or len(book.flaky) >= _TOO_FLAKY:
        return
    ending = way_of_ending(run)
    if (pair := ended_otherwise(run, evidence, _TIMES if book.flaky else 1)) is not None:
        book.flaky.append(pair)
        return
    ends_so = evidence.whether(lambda other: way_of_ending(other) == ending)
    found = smallest(run.job, nearest_plain(run.job, evidence), ends_so)
    culprit = evidence.run_of(found.job) or run
    for kept, times, expected in ((evidence.run_of(found.neighbour), 2, False), (culprit, _TIMES, True)):
        if kept is None:
            continue
        for again in evidence.again(kept, times):
            if (way_of_ending(again) == ending) != expected:
                book.flaky.append((kept, again))
                return
    book.guilty.append(Guilt(found, ending, culprit))


def nearest_plain(job: Job, evidence: Evidence) -> Job:
    """Return the plain job, in the format of another job if it trains in that. Raises NeedsRuns.

    What breaks in one format alone and what breaks in both are told apart so, and each format's rule is charged with
    what was seen in it.
    """
    plain = evidence.plan.baseline
    # A thousand files hold more rows than the plain job has, and are to be told from as many rows in one.
    same_format = with_part_of(job, plain, {"format"} | ({DATA} if job["partition"] == "thousand" else set()))
    run = evidence.run_of(same_format)
    return same_format if run is not None and run.trains else plain


def way_of_ending(run: Run) -> str:
    """Return how a run of a valid job came out, as far as two runs are the same in it."""
    if run.trains:
        return "trains"
    if run.exit_code == 0:
        return "no model"
    if run.never_started is not None:
        return "not started"
    return "out of time" if run.timed_out else "out of memory" if run.out_of_memory else "fails"


def charged(rule_id: str, violation: Violation, evidence: Evidence, book: Book) -> str:
    """Return the id of the rule that a violation seen by ``rule_id`` is charged to; it is one that applies.

    Raises NeedsRuns where it takes more runs to tell.
    """
    owners = _owners_of(rule_id, violation, evidence, book)
    manifest = evidence.subject.manifest
    answerable = []
    for owner in owners:
        while owner != rule_id and REGISTRY[owner].not_applicable(manifest):
            owner = _INSTEAD.get(owner, rule_id)  # down the line of those who answer
        answerable.append(owner)
    return min(answerable, key=weight)


def _owners_of(rule_id: str, violation: Violation, evidence: Evidence, book: Book) -> list[str]:
    match violation:
        case DoesNotTrain(run=run):
            return _of_not_training(run, evidence, book)
        case ResultDiffers(answers=True):
            return [rule_id]
        case ResultDiffers(run=run, choice="format"):
            return ["ingestion.formats-agree"]
        case ResultDiffers(run=run, choice=choice):
            return [owner(choice, run.job)]
        case FaultUnnoticed(run=run) if noticed(run) and len(rules_noticed(evidence.fault_runs())) > 1:
            return ["failure.exit-code"]
        case _:
            return [rule_id]


def ended_otherwise(run: Run, evidence: Evidence, times: int = 1) -> tuple[Run, Run] | None:
    """Run the job of a run again, until it comes out differently; return both runs, or None if it never does.

    Raises NeedsRuns.
    """
    for count in range(1, times + 1):
        for again in evidence.again(run, count):
            if way_of_ending(again) != way_of_ending(run):
                return run, again
    return None


def owner(choice: str, job: Job) -> str:
    """Return the rule that owns the value which a choice has in a job."""
    values = dict(job.choices)
    return owner_of("format" if choice == DATA else choice, values) or owner_of("format", values) or "launch.trains"


def noticed(run: Run) -> bool:
    """Whether a job with a fault that ended with exit code 0 noticed it all the same."""
    failure = run.failure
    return run.exit_code == 0 and (not run.model.has_model() or (failure is not None and failure.size_bytes > 0))


def rules_noticed(faults: Iterable[Run]) -> tuple[str, ...]:
    """Return the rules whose faults the image noticed and did not say so by its exit code."""
    known = ((run, run.job.fault) for run in faults if run.job.fault is not None)
    # A fault that is there a second time, with a failure path that cannot be written, is no second one; nor is one of a
    # rule that only warns: whoever overlooks a missing directory overlooks a pipe in its place.
    heavy = ((run, it) for run, it in known if not it.failure_path and REGISTRY[it.rule].level is not Level.MAY)
    # And whoever overlooks that the model cannot be saved overlooks it for whatever reason.
    rules = (_SAME_OVERSIGHT.get(fault.rule, fault.rule) for run, fault in heavy if noticed(run))
    return tuple(dict.fromkeys(rules))


def _of_not_training(run: Run, evidence: Evidence, book: Book) -> list[str]:
    if run.timed_out:
        return [_owner_of_its_time(run.job)]
    plain = run.job == evidence.drawn_baseline
    if plain and evidence.relaxed:
        return owners_of_relaxation(evidence)
    if plain and (pair := ended_otherwise(run, evidence)) is not None:
        book.flaky.append(pair)
        return [SAME_OUTCOME]
    if run.exit_code == 0:
        return ["artifacts.model"]
    if plain:
        return ["launch.trains"]
    if not evidence.baseline_trains():
        return ["launch.trains"]
    convict(run, evidence, book)
    guilt = book.guilt_of(run)
    if guilt is None:
        return [SAME_OUTCOME]
    return [owner(name, guilt.run.job) for name in guilt.found.names] or [SAME_OUTCOME]


def _owner_of_its_time(job: Job) -> str:
    # Hosts that wait for each other may end well alone, and jobs with fewer rows in time.
    if job["hosts"] != "one":
        return owner("hosts", job)
    return owner("rows", job) if is_for_scale(job) else "launch.ends"


def weight(rule_id: str) -> tuple[int, int]:
    """Order rules by level, then as they stand in the contract."""
    return REGISTRY[rule_id].level.rank, RULE_IDS.index(rule_id)
