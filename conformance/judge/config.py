"""Rules on hyperparameters and configuration files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, takewhile

from conformance.judge.evidence import once_more
from conformance.judge.looks import Pair, pairs, runs, valid, with_fault_of
from conformance.judge.properties import (
    fails,
    models_differ,
    same_result,
    same_result_or_fails,
    same_result_where_observable,
    trains,
)
from conformance.judge.rule import MAY, MUST, SHOULD, Look, Subject, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run

_SHOWN_CHARACTERS = 60
# How often a job is run again before a metric that varies less than is tolerated counts as one that never does.
_TIMES_AGAIN = 3


@dataclass(frozen=True)
class Use:
    """Pairs of runs whose jobs differ in the value of one hyperparameter alone, and the plain job, twice.

    ``again`` are further runs of the jobs of a pair.
    """

    hyperparameter: str
    pairs: tuple[tuple[Run, Run], ...]
    baseline: Run
    repeated: Run
    again: tuple[Run, ...]
    subject: Subject

    def differ(self, one: Sequence[Run], other: Sequence[Run]) -> bool | None:
        """Whether two jobs gave different models, None where that cannot be told."""
        deterministic = self.subject.manifest.algorithm.deterministic
        return models_differ(one, other, self.baseline, self.repeated, deterministic=deterministic)

    def runs_like(self, run: Run) -> list[Run]:
        """Return a run and the further ones of its job."""
        return [run, *(again for again in self.again if replace(again.job, repeat=run.job.repeat) == run.job)]


def _has_checked_hyperparameter(manifest: Manifest) -> str | None:
    declared = manifest.hyperparameters.values()
    if any(each.type != "string" or each.accepted is not None for each in declared):
        return None
    return "declare a hyperparameter of type integer, float or boolean, or the accepted values of a string"


def _has_required_hyperparameter(manifest: Manifest) -> str | None:
    if any(declared.required for declared in manifest.hyperparameters.values()):
        return None
    return "declare a hyperparameter with required = true"


def _has_observable_hyperparameter(manifest: Manifest) -> str | None:
    if any(declared.observable for declared in manifest.hyperparameters.values()):
        return None
    return "declare a hyperparameter with observable = true"


def _has_hyperparameter(manifest: Manifest) -> str | None:
    return None if manifest.hyperparameters else "declare [hyperparameters]"


def _has_default(manifest: Manifest) -> str | None:
    if any(declared.default is not None for declared in manifest.hyperparameters.values()):
        return None
    return "declare a hyperparameter with a default"


def _requires_no_hyperparameter(manifest: Manifest) -> str | None:
    if any(declared.required for declared in manifest.hyperparameters.values()):
        return "declare no hyperparameter with required = true: without configuration files there is none"
    return None


def _gives_hyperparameters(job: Job) -> bool:
    return valid(job) and job["hyperparameters"] in ("low", "high", "drawn")


def _has_all_defaults(job: Job) -> bool:
    return job["hyperparameters"] == "default"


def _has_full_configuration(job: Job) -> bool:
    return job["configuration"] == "full"


def _has_no_configuration(job: Job) -> bool:
    return job["configuration"] == "absent"


def _uses() -> Look[Use]:
    """Look at each hyperparameter that the plan changes alone, in all such pairs of jobs together."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        found: dict[str, list[Job]] = {}
        alike: dict[object, list[Job]] = {}
        for job in plan.select(lambda job: valid(job) and job["hyperparameters"] == "drawn"):
            alike.setdefault((job.choices, job.data, job.repeat, job.stop), []).append(job)
        for one, other in (pair for group in alike.values() for pair in combinations(group, 2)):
            if (name := _only_difference(one, other)) is not None:
                found.setdefault(name, []).extend((other, one))
        yield from ((*pairs_of, plan.baseline, plan.repeated) for pairs_of in found.values())

    def observe(runs: tuple[Run, ...], subject: Subject) -> Use | None:
        given = tuple(takewhile(lambda run: run.job["hyperparameters"] == "drawn", runs))
        baseline, repeated, *again = runs[len(given) :]
        of_two = tuple(zip(given[::2], given[1::2], strict=True))
        name = _only_difference(*(run.job for run in of_two[0]))
        declared = subject.manifest.hyperparameters.get(name or "")
        if name is None or declared is None or not declared.observable:
            return None
        return Use(name, of_two, baseline, repeated, tuple(again), subject)

    def further(runs: tuple[Run, ...], subject: Subject) -> tuple[Job, ...]:
        use = observe(runs, subject)
        if use is None or use.again or any(use.differ([one], [other]) is not False for one, other in use.pairs):
            return ()
        # If each showed the same again, would that be a difference?
        pair = next((pair for pair in use.pairs if use.differ(*([run] * 2 for run in pair))), ())
        return tuple(job for run in pair for job in once_more(run.job, _TIMES_AGAIN))

    return Look(jobs, observe, further=further)


def _only_difference(one: Job, other: Job) -> str | None:
    """Return the hyperparameter whose values differ, if all others are equal."""
    values, others = dict(one.hyperparameters), dict(other.hyperparameters)
    names = [name for name in values.keys() | others.keys() if values.get(name) != others.get(name)]
    return names[0] if len(names) == 1 else None


@rule(
    "config.hyperparameters-used",
    MUST,
    "C1",
    looks_at=_uses(),
    applies=_has_observable_hyperparameter,
    hint="read /opt/ml/input/config/hyperparameters.json, which nothing turns into arguments of a command line",
)
def hyperparameter_is_used(use: Use) -> None:
    """A hyperparameter declared observable changes what is observed (three pairs of jobs)."""
    for run in (run for pair in use.pairs for run in pair):
        trains(run)
    for one, other in use.pairs:
        differ = use.differ(use.runs_like(one), use.runs_like(other))
        if differ is None:
            raise Unobservable(
                'declare a metric with observes = "model" that two equal jobs agree on, within its tolerance'
            )
        if differ:
            return
    value, instead = (dict(run.job.hyperparameters)[use.hyperparameter] for run in use.pairs[0])
    raise Violation(
        f"the hyperparameter {use.hyperparameter} makes no difference to the model, in {len(use.pairs)} pairs of jobs; "
        f"in one it is {value[:_SHOWN_CHARACTERS]} and {instead[:_SHOWN_CHARACTERS]}"
    )


@rule(
    "config.strings",
    MUST,
    "C2",
    looks_at=runs(_gives_hyperparameters),
    applies=_has_hyperparameter,
    hint='convert every value: int("3"), float("0.1"), text == "true"',
)
def strings_train(run: Run) -> None:
    """Every declared hyperparameter works as a JSON string over its tested range."""
    trains(run)


@rule(
    "config.json-quoted",
    SHOULD,
    "C3",
    targets=("sagemaker",),
    looks_at=pairs("hyperparameter-quoting"),
    applies=_has_hyperparameter,
    hint="decode a value as JSON once more where it is in quotes",
)
def quotes_change_nothing(pair: Pair) -> None:
    r"""`"\"0.1\""` means the same as `"0.1"`."""
    same_result(pair)


@rule(
    "config.invalid",
    MUST,
    "C4",
    looks_at=runs(with_fault_of("config.invalid")),
    applies=_has_checked_hyperparameter,
    hint="convert every hyperparameter before training, and let the error of the conversion end the job",
)
def invalid_hyperparameter_fails(run: Run) -> None:
    """A value that no parser of its type reads, or beyond what is accepted: fails, never a silent default."""
    fails(run)


@rule(
    "config.required",
    SHOULD,
    "C4",
    looks_at=runs(with_fault_of("config.required")),
    applies=_has_required_hyperparameter,
    hint="look for every required hyperparameter before training, and end with an error that names the one missing",
)
def absent_hyperparameter_fails(run: Run) -> None:
    """A required hyperparameter that is absent: fails."""
    fails(run)


@rule(
    "config.default",
    SHOULD,
    "C1 default",
    looks_at=pairs("hyperparameters", _has_all_defaults),
    applies=_has_default,
    hint="read the defaults from algorithm.toml, or keep the two lists alike",
)
def default_is_as_declared(pair: Pair) -> None:
    """A hyperparameter that is not set has its declared default."""
    same_result(pair)


@rule(
    "config.unknown",
    SHOULD,
    "C5 U13",
    looks_at=pairs("unknown-hyperparameters"),
    hint="look up the hyperparameters you know, and never pass values through a shell",
)
def unknown_hyperparameters_change_nothing(pair: Pair) -> None:
    """With hyperparameters that it does not know: trains or fails, and if it trains, the same result."""
    same_result_or_fails(pair)


@rule(
    "config.shapes",
    SHOULD,
    "C5",
    looks_at=pairs("configuration", _has_full_configuration),
    hint="look up the keys you need, with a default for each that is not always there",
)
def configuration_may_be_minimal_or_full(pair: Pair) -> None:
    """Trains with minimal and with full configuration files, unknown keys included."""
    same_result_where_observable(pair)


@rule(
    "config.absent",
    MAY,
    "C5",
    targets=("local",),
    looks_at=pairs("configuration", _has_no_configuration),
    applies=_requires_no_hyperparameter,
    hint="take a configuration file that is not there for an empty one",
)
def configuration_may_be_absent(pair: Pair) -> None:
    """Trains without configuration files, if no hyperparameter is required."""
    same_result_where_observable(pair)
