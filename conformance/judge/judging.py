"""Judging one rule: every observation that the plan gives it, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from conformance.judge.counterexample import counterexample
from conformance.judge.diagnosis import owners_of_relaxation, relaxed_values
from conformance.judge.evidence import Evidence
from conformance.judge.explaining import Explained, confirmed, confirmed_by_another_stop, explained
from conformance.judge.looks import must_train, valid
from conformance.judge.ownership import SAME_OUTCOME, Book, charged, convict, owner, way_of_ending
from conformance.judge.properties import trains
from conformance.judge.rule import Rule
from conformance.judge.violation import DoesNotTrain, ResultDiffers, Undecided, Unobservable, Violation
from conformance.values.job import Job, differences
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run
from conformance.values.verdict import Flake, Level, Outcome, RuleResult, Why

_LAUNCH_TRAINS = "launch.trains"
_AREAS_OF_FAILING = ("failure", "logs", "privacy")


@dataclass
class _Findings:
    """What the observations of one rule say.

    ``passed_on`` are the rules that answer for violations that it saw; ``doubtful`` are such violations, with the rule
    that answers for each, which may be there by chance.
    """

    kept: int = 0
    broken: list[tuple[Violation, tuple[Run, ...]]] = field(default_factory=list)
    passed_on: list[str] = field(default_factory=list)
    doubtful: list[tuple[str, ResultDiffers, tuple[Run, ...]]] = field(default_factory=list)
    unobservable: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    faults: list[EngineFault] = field(default_factory=list)
    flakes: list[Flake] = field(default_factory=list)
    set_aside: int = 0
    not_run: int = 0

    def pass_on(self, to: str, violation: Violation, book: Book) -> None:
        """Note who answers for a violation, and whether that is for want of knowing how its job comes out."""
        self.passed_on.append(to)
        if to == SAME_OUTCOME and isinstance(violation, DoesNotTrain) and not book.is_flaky(violation.run):
            self.set_aside += 1


def needed_jobs(rule: Rule, plan: Plan) -> set[Job]:
    """Return the jobs of the plan that have to be run before a rule can be judged."""
    looked_at = {job for jobs in rule.looks_at.jobs(plan) for job in jobs}
    looked_at.update(_with_values_of(rule, plan))
    if not looked_at:
        return set()
    needed = looked_at | {plan.baseline}
    if any(job.fault is not None for job in looked_at):
        # What an image says of one fault is compared with what it says of the others.
        needed.update(plan.select(lambda other: other.fault is not None))
    return needed


def _with_values_of(rule: Rule, plan: Plan) -> Iterator[Job]:
    """Yield the jobs that must train and have a value which the rule owns: it may be charged with those that do not."""
    for job in plan.select(must_train):
        if any(owner(name, job) == rule.id for name in differences(job, plan.baseline)):
            yield job


def judge(rule: Rule, evidence: Evidence, level: Level, flakes: Iterable[Flake] = ()) -> RuleResult:
    """Return the outcome of a rule; ``level`` is the lowest whose violation fails.

    ``flakes`` are jobs that were seen to come out differently when they were run again. Raises NeedsRuns where more
    runs are needed before the rule can be judged.
    """
    if reason := rule.not_applicable(evidence.subject.manifest):
        return RuleResult(rule.info, Outcome.NOT_APPLICABLE, reason=reason)
    if rule.size is not None and rule.size != evidence.plan.size:
        reason = f"it takes long: use --contract-size={rule.size}"
        return RuleResult(rule.info, Outcome.NOT_JUDGED, reason=reason, why=Why.SIZE)
    flakes = tuple(flakes)
    # Of an image that is known to fail by chance nothing else is said of why a job failed.
    book = Book(flaky=list(dict.fromkeys(flake.runs for flake in flakes if _came_out_differently(flake))))
    findings = _look(rule, evidence, book)
    if rule.id == SAME_OUTCOME:
        findings.broken += [
            (Violation(flake.message, run=flake.runs[0], level=flake.level), flake.runs) for flake in flakes
        ]
    found = _first_that_is_certain(rule, findings, evidence, book)
    if found is None and not findings.kept and not findings.passed_on:
        _pass_on_what_is_certain(rule, findings, evidence)
    findings.flakes += [Flake(_otherwise(pair), pair, Level.MUST) for pair in book.flaky]
    observations = findings.kept + len(findings.broken)
    seen = min(findings.flakes, key=lambda flake: flake.level.rank, default=None)
    if found is not None:
        weight = found.violation.level or rule.level
        return RuleResult(
            rule.info,
            Outcome.FAILED if weight.rank <= level.rank and weight is not Level.MAY else Outcome.WARNED,
            observations,
            message=found.violation.message,
            counterexample=counterexample(found, evidence),
            flake=seen,
        )
    if findings.faults:
        return RuleResult(rule.info, Outcome.ERROR, observations, reason=findings.faults[0].message, flake=seen)
    if findings.undecided:
        return RuleResult(rule.info, Outcome.NOT_APPLICABLE, observations, reason=findings.undecided[0], flake=seen)
    if findings.kept and not evidence.subject.files.complete:
        reason = "the image has more files than could be looked at; none of those that were breaks the rule"
        return RuleResult(rule.info, Outcome.NOT_JUDGED, reason=reason, why=Why.BUDGET)
    if findings.kept and not findings.set_aside:
        return RuleResult(rule.info, Outcome.PASSED, observations, flake=seen)
    return replace(_nothing_kept(rule, findings, evidence), flake=seen)


def _look(rule: Rule, evidence: Evidence, book: Book) -> _Findings:
    findings = _Findings()
    if evidence.relaxed and rule.id != _LAUNCH_TRAINS and rule.id in owners_of_relaxation(evidence):
        _charge_with_the_plain_job(evidence, findings)
    plan = evidence.plan
    if rule.looks_at.drawn:
        plan = replace(plan, jobs=(evidence.drawn_baseline, *plan.jobs))
    elif evidence.relaxed and rule.info.area in _AREAS_OF_FAILING and "owner" not in relaxed_values(evidence):
        # How a plain job fails is looked at even if an easier one trains, but not where it may have failed for being
        # unable to write where the failure file lies.
        plan = replace(plan, jobs=(*plan.jobs, evidence.drawn_baseline))
    observations = list(rule.looks_at.jobs(plan))
    # Those that differ in least come first: what they show explains the others.
    for jobs in sorted(observations, key=lambda jobs: _distance(jobs, evidence)):
        results = [evidence.result(job) for job in jobs]
        faults = [result for result in results if isinstance(result, EngineFault)]
        runs = tuple(result for result in results if isinstance(result, Run))
        while len(runs) >= len(jobs) and not faults and (more_jobs := rule.looks_at.further(runs, evidence.subject)):
            more = evidence.results_of(more_jobs)
            faults += [result for result in more if isinstance(result, EngineFault)]
            runs += tuple(result for result in more if isinstance(result, Run))
        if faults:
            findings.faults += faults
            if rule.looks_at.together:
                # What is there may break the rule already; that it keeps it cannot be said.
                _observe(rule, runs, evidence, findings, book)
        elif len(runs) < len(jobs):
            findings.not_run += 1
        else:
            _observe(rule, runs, evidence, findings, book)
    for job in sorted(_with_values_of(rule, evidence.plan), key=lambda job: _distance([job], evidence)):
        _charge_with(job, rule, evidence, findings, book)
    return findings


def _charge_with(job: Job, rule: Rule, evidence: Evidence, findings: _Findings, book: Book) -> None:
    run = evidence.result(job)
    if not isinstance(run, Run) or not evidence.baseline_trains():
        return
    try:
        trains(run)
    except DoesNotTrain as violation:
        known = any(run in runs for _, runs in findings.broken)
        if not known and charged(rule.id, violation, evidence, book) == rule.id:
            findings.broken.append((violation, (run,)))


def _charge_with_the_plain_job(evidence: Evidence, findings: _Findings) -> None:
    plain, easier = evidence.result(evidence.drawn_baseline), evidence.result(evidence.plan.baseline)
    if isinstance(plain, Run) and isinstance(easier, Run):
        try:
            trains(plain)
        except DoesNotTrain as violation:
            findings.broken.append((violation, (plain, easier)))


def _observe(rule: Rule, runs: tuple[Run, ...], evidence: Evidence, findings: _Findings, book: Book) -> None:
    observation = rule.looks_at.observe(runs, evidence.subject)
    if observation is None:
        return
    try:
        rule.check(observation)
    except Undecided as open_question:
        findings.undecided.append(str(open_question))
    except Unobservable as nothing:
        findings.unobservable.append(str(nothing))
    except Violation as violation:
        answerable = charged(rule.id, violation, evidence, book)
        if answerable == rule.id:
            findings.broken.append((violation, runs))
        elif isinstance(violation, ResultDiffers) and violation.metric is not None:
            findings.doubtful.append((answerable, violation, runs))
        else:
            findings.pass_on(answerable, violation, book)
    else:
        findings.kept += 1


def _first_that_is_certain(rule: Rule, findings: _Findings, evidence: Evidence, book: Book) -> Explained | None:
    """Return a violation that is there again when its jobs are run again, explained; the weightiest, nearest first."""
    by_weight = sorted(findings.broken, key=lambda found: (found[0].level or rule.level).rank)
    for violation, runs in by_weight:
        tried = bool(runs) and runs[0].job == evidence.drawn_baseline and not runs[0].trains
        if rule.id == SAME_OUTCOME or not runs or tried:
            # Nothing to confirm: it was seen twice already, or no run was needed; or it is of a plain job that does not
            # train, which was tried in many ways.
            return Explained(violation, runs)
        if isinstance(violation, DoesNotTrain):
            if violation.run.job.fault is None and evidence.baseline_trains():
                convict(violation.run, evidence, book)
                if (guilt := book.guilt_of(violation.run)) is not None:
                    return Explained(violation, (guilt.run,), guilt.found)
                findings.pass_on(SAME_OUTCOME, violation, book)
                continue
            return Explained(violation, runs)
        if runs[0].job.stop:
            match confirmed_by_another_stop(rule, violation, runs, evidence):
                case True:
                    return Explained(violation, runs)
                case False:
                    findings.kept += 1
                case EngineFault() as fault:
                    findings.faults.append(fault)
                case Undecided() as open_question:
                    findings.undecided.append(str(open_question))
                case nothing:
                    findings.unobservable.append(str(nothing))
            findings.broken.remove((violation, runs))
            continue
        try:
            other = confirmed(rule, violation, runs, evidence)
        except Unobservable as nothing:
            findings.broken.remove((violation, runs))
            findings.unobservable.append(str(nothing))
            continue
        if other is None:
            return explained(rule, violation, runs, evidence)
        if other.level is Level.MAY:
            # What an image may do it may do now and then.
            findings.broken.remove((violation, runs))
            findings.kept += 1
            continue
        findings.flakes.append(other)
        findings.passed_on.append(SAME_OUTCOME)
    return None


def _pass_on_what_is_certain(rule: Rule, findings: _Findings, evidence: Evidence) -> None:
    """Note who answers for a metric that differs each time. Nobody does for one that differs by chance: the rule that
    would may have found as much, and would name this one."""
    for answerable, violation, runs in findings.doubtful:
        try:
            other = confirmed(rule, violation, runs, evidence)
        except Unobservable as nothing:
            findings.unobservable.append(str(nothing))
            continue
        if other is None:
            findings.passed_on.append(answerable)
            return
        findings.flakes.append(other)
        findings.passed_on.append(SAME_OUTCOME)


def _came_out_differently(flake: Flake) -> bool:
    one, again = flake.runs
    return valid(one.job) and way_of_ending(one) != way_of_ending(again)


def _otherwise(pair: tuple[Run, Run]) -> str:
    one, again = pair
    return f"the job {one.ending}{_model(one)}; run again, it {again.ending}{_model(again)}"


def _model(run: Run) -> str:
    return " without a model" if run.exit_code == 0 and not run.trains else ""


def _nothing_kept(rule: Rule, findings: _Findings, evidence: Evidence) -> RuleResult:
    if findings.passed_on:
        see = SAME_OUTCOME if findings.set_aside else findings.passed_on[0]
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
    if evidence.plan.size == "smoke":
        reason = "this size has no job that shows it; --contract-size gate has"
        return RuleResult(rule.info, Outcome.NOT_JUDGED, reason=reason, why=Why.SIZE)
    reason = "no job of this plan, or none that came out so, shows it"
    return RuleResult(rule.info, Outcome.NOT_APPLICABLE, reason=reason)


def _distance(jobs: Iterable[Job], evidence: Evidence) -> int:
    return max((len(differences(job, evidence.drawn_baseline)) for job in jobs), default=0)
