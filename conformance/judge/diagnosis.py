"""Why the plain job does not train: what is tried to make it, and whom the answer charges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.choices import CHOICES, Part, normalised, owner_of
from conformance.judge.evidence import Evidence
from conformance.judge.rule import REGISTRY
from conformance.judge.search import Knowledge, Smallest, known, smallest
from conformance.manifest.model import Manifest
from conformance.values.image import Image
from conformance.values.job import Job, differences, with_part_of
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run

NETWORK = "network"
_LAUNCH = "launch.trains"
# Of what is tried besides the relaxations: what to be told of where the plain value is at fault.
_OWNERS = {"environment": "environment.unset", "format-variable": "environment.unset"}
# What is not easier than the plain value for every image, only other.
_OTHER = ("launch-form", "format", "credentials")
_NOT_IN_FILES = ("channel-missing", "channel-empty")
_TIMES = 2


def diagnose(evidence: Evidence, easiest: Job) -> Job | None:
    """Return the plain job with the smallest relaxations with which it trains; None if it does not with any.

    ``easiest`` is the plain job with all of them. None, too, where the plain job or that one trains at one time and
    not at another: then it is chance. Raises NeedsRuns.
    """
    plain = evidence.run_of(evidence.drawn_baseline)
    if plain is None or any(again.trains for again in evidence.again(plain, _TIMES)):
        return None

    trains = evidence.whether(lambda run: run.trains)
    for candidate in _candidates(easiest, evidence.drawn_baseline):
        if known(trains, [candidate]) == [True]:
            found = _least(smallest(candidate, evidence.drawn_baseline, trains), evidence.drawn_baseline, trains)
            run = evidence.run_of(found)
            certain = run is not None and all(again.trains for again in evidence.again(run, _TIMES))
            return found if certain else None
    return None


def _candidates(easiest: Job, plain: Job) -> Iterator[Job]:
    """Yield the job with all relaxations, and those without the ones that may themselves be in the way."""
    names = differences(easiest, plain).keys()
    less = [without for without in (_OTHER[:1], _OTHER) if set(without) & names]
    yield easiest
    yield from dict.fromkeys(with_part_of(easiest, plain, names - set(without)) for without in less)


def _least(found: Smallest, plain: Job, trains: Knowledge) -> Job:
    """Return what was found, without anything that can be left out: nobody is charged with more than is needed."""
    least = found.job
    for name in differences(least, plain) if not found.minimal else ():
        less = with_part_of(least, plain, differences(least, plain).keys() - {name})
        least = less if known(trains, [less]) == [True] else least
    return least


def worth_a_diagnosis(result: Run | EngineFault | None) -> bool:
    """Whether a plain job failed in a way that easier conditions may mend; running out of time is not such a way."""
    return isinstance(result, Run) and not result.trains and not result.timed_out


def easiest_job(
    plan: Plan, manifest: Manifest, image: Image, defaults: tuple[tuple[str, str], ...], *, network: bool
) -> Job:
    """Return the plain job with everything relaxed that may be.

    ``defaults`` are the hyperparameters at their declared defaults; ``network`` says whether that may be switched on.
    """
    baseline = plan.baseline
    easier = {
        choice.name: next(value.name for value in choice.values if value.part is Part.RELAXATION)
        for choice in CHOICES
        if any(value.part is Part.RELAXATION for value in choice.values) and (network or choice.name != NETWORK)
    }
    declared = manifest.container.entrypoint is not None or manifest.container.arguments is not None
    if declared or not (image.entrypoint or image.command):
        # There would be nothing else to launch.
        del easier["launch-form"]
    easier["environment"] = "clean-rooms"
    easier["configuration"] = "full"
    easier["format"] = next((name for name in manifest.formats if name != baseline["format"]), baseline["format"])
    if defaults != baseline.hyperparameters:
        easier["hyperparameters"] = "default"
    choices = normalised(dict(baseline.choices) | easier, dict(baseline.choices))
    return replace(baseline, choices=tuple(choices.items()), hyperparameters=defaults)


def relaxed_values(evidence: Evidence) -> dict[str, str]:
    """Return the relaxations with which the plain job trains."""
    return differences(evidence.plan.baseline, evidence.drawn_baseline)


def owners_of_relaxation(evidence: Evidence) -> list[str]:
    """Return the rules that are broken by what the plain job does not train without, the weightiest not first."""
    drawn, relaxed = evidence.drawn_baseline, evidence.plan.baseline
    owners = []
    for name in relaxed_values(evidence):
        values = drawn if name == "format" else relaxed
        owner = _OWNERS.get(name) or owner_of(name, dict(values.choices)) or _LAUNCH
        silent = REGISTRY[owner].not_applicable(evidence.subject.manifest)
        owners.append(_LAUNCH if silent else owner)
    return owners


def relax(job: Job, drawn: Job, relaxed: Job) -> Job | None:
    """Return a job with the relaxed values where it has the plain ones that are broken.

    None for a job whose fault lies in files of a format that is broken: in another format it is another fault.
    """
    easier = differences(relaxed, drawn)
    in_files = job.fault is not None and job.fault.channel and job.fault.kind not in _NOT_IN_FILES
    if in_files and "format" in easier and job["format"] == drawn["format"]:
        return None
    values = {name: easier[name] if name in easier and value == drawn[name] else value for name, value in job.choices}
    choices = normalised(values, dict(relaxed.choices))
    hyperparameters = job.hyperparameters
    if choices["hyperparameters"] != job["hyperparameters"]:
        hyperparameters = _with_own(job, drawn, relaxed)
    return replace(job, choices=tuple(choices.items()), hyperparameters=hyperparameters)


def _with_own(job: Job, drawn: Job, relaxed: Job) -> tuple[tuple[str, str], ...]:
    """Return the relaxed hyperparameters, but for the one that is a job's fault, and those that make it long enough to
    be stopped."""
    plain, given = dict(drawn.hyperparameters), dict(job.hyperparameters)
    easier = {name: text for name, text in relaxed.hyperparameters if name in given or name not in plain}
    subject = job.fault.subject if job.fault is not None else None
    of_its_own = {name for name, text in given.items() if plain.get(name) != text and (job.stop or name == subject)}
    own = {name: text for name, text in given.items() if name not in easier or name in of_its_own}
    return tuple((easier | own).items())
