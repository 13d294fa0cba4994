"""Why the plain job does not train: what is tried to make it, and whom the answer charges."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract.choices import CHOICES, Part, normalised, owner_of
from conformance.judge.evidence import Evidence
from conformance.judge.search import NeedsRuns, Smallest, smallest
from conformance.manifest.model import Manifest
from conformance.values.job import Job, differences
from conformance.values.plan import Plan
from conformance.values.run import EngineFault, Run

NETWORK = "network"
# Of what is tried besides the relaxations: what to be told of where the plain value is at fault.
_OWNERS = {"environment": "environment.unset", "format-variable": "environment.unset"}


def diagnose(evidence: Evidence, easiest: Job) -> Smallest | None:
    """Return the smallest relaxations with which the plain job trains; None if it does not even with all of them.

    ``easiest`` is the plain job with all of them. Raises NeedsRuns.
    """

    def trains(job: Job) -> bool | None:
        result = evidence.result(job)
        return None if result is None else isinstance(result, Run) and result.trains

    known = trains(easiest)
    if known is None:
        raise NeedsRuns([easiest])
    return smallest(easiest, evidence.drawn_baseline, trains) if known else None


def worth_a_diagnosis(result: Run | EngineFault | None) -> bool:
    """Whether a plain job failed in a way that easier conditions may mend; running out of time is not such a way."""
    return isinstance(result, Run) and not result.trains and not result.timed_out


def easiest_job(plan: Plan, manifest: Manifest, *, network: bool) -> Job:
    """Return the plain job with everything relaxed that may be: ``network`` says whether that may be switched on."""
    baseline = plan.baseline
    easier = {
        choice.name: next(value.name for value in choice.values if value.part is Part.RELAXATION)
        for choice in CHOICES
        if any(value.part is Part.RELAXATION for value in choice.values) and (network or choice.name != NETWORK)
    }
    if manifest.container.entrypoint is not None or manifest.container.arguments is not None:
        del easier["launch-form"]
    if baseline["environment"] == "unset":
        easier["environment"] = "clean-rooms"
    easier["configuration"] = "full"
    easier["format"] = next((name for name in manifest.formats if name != baseline["format"]), baseline["format"])
    defaults = next((job for job in plan.jobs if job["hyperparameters"] == "default"), baseline)
    easier["hyperparameters"] = defaults["hyperparameters"]
    choices = normalised(dict(baseline.choices) | easier, dict(baseline.choices))
    return replace(baseline, choices=tuple(choices.items()), hyperparameters=defaults.hyperparameters)


def relaxed_values(evidence: Evidence) -> dict[str, str]:
    """Return the relaxations with which the plain job trains."""
    return differences(evidence.plan.baseline, evidence.drawn_baseline)


def owners_of_relaxation(evidence: Evidence) -> list[str]:
    """Return the rules that are broken by what the plain job does not train without, the weightiest not first."""
    drawn, relaxed = evidence.drawn_baseline, evidence.plan.baseline
    owners = []
    for name in relaxed_values(evidence):
        values = drawn if name == "format" else relaxed
        owner = _OWNERS.get(name) or owner_of(name, dict(values.choices))
        owners.append(owner or "launch.trains")
    return owners


def relax(job: Job, drawn: Job, relaxed: Job) -> Job:
    """Return a job with the relaxed values where it has the plain ones that are broken."""
    easier = differences(relaxed, drawn)
    values = {name: easier[name] if name in easier and value == drawn[name] else value for name, value in job.choices}
    plain = dict(relaxed.choices)
    return job.with_choices(**{n.replace("-", "_"): v for n, v in normalised(values, plain).items()})
