"""Comparisons that ask for a difference: whether a change of the data changes what is observed of the model.

One pair that differs is enough. Where the first pair agrees, more of them are run, on rows of their own; and where
only some rows are changed, so are controls: the same change where a conforming image shows it as much or as little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.data.anew import drawn_anew
from conformance.judge.properties import close, metric_of, model_bytes, trains
from conformance.judge.rule import Look, Subject
from conformance.judge.violation import Unobservable
from conformance.manifest.model import Manifest, Metric
from conformance.values.job import Job
from conformance.values.plan import Plan
from conformance.values.run import Run

_PAIRS = 3
# A single row may be set aside for validation, by chance, in each pair anew.
_PAIRS_OF_ONE_ROW = 5
# A metric that varies more than this may well be the same for two models of unlike data.
_FINE = 0.01
_TIMES_THE_SPREAD = 3
# What adding the same numbers in another order makes of their sum, relative to it.
_NOISE = 1e-9
# Loss or accuracy that cannot get better or worse says nothing of the rows.
_AT_ITS_LIMIT = (0.0, 1.0, 100.0)
# Where the same rows, if changed, show as well: in another layout; of the last row, beside it.
_CONTROLS = {
    "first-file": {"partition": "one"},
    "middle-file": {"partition": "one"},
    "last-file": {"partition": "one"},
    "nested-file": {"partition": "one"},
    "last-row-group": {"row_groups": "one"},
    "last-row": {"changed_rows": "row-before-the-last"},
}
# Too few rows to be more than what may be set aside at one end of the data, whichever way the files are listed.
_SMALL_FILES = ("first-file", "middle-file", "nested-file")

RunPair = tuple[Run, Run]
"""The run of a job with changed rows, and that of the job without the change."""


@dataclass(frozen=True)
class Change:
    """Pairs of runs that differ in what some rows hold, and the pairs that say whether such a change shows at all.

    ``repeated`` is the baseline run again; ``permuted`` is it with its rows in another order.
    """

    pairs: tuple[RunPair, ...]
    controls: tuple[RunPair, ...]
    baseline: Run
    repeated: Run
    permuted: Run
    deterministic: bool

    @property
    def changed_rows(self) -> str:
        """Which rows are changed: the value of the choice of that name."""
        return self.pairs[0][0].job["changed-rows"]


def observes_the_model(manifest: Manifest) -> str | None:
    """Return what to declare so that something of the model is observed, None if something is."""
    if manifest.algorithm.deterministic or any(m.observes == "model" for m in manifest.container.metrics):
        return None
    return 'declare a metric with observes = "model", or deterministic = true, so that models can be compared'


def changes(choice: str, values: Sequence[str]) -> Look[Change]:
    """Look at the jobs in which a choice has one of these values, each beside the job that is equal but for that."""

    def jobs(plan: Plan) -> Iterator[tuple[Job, ...]]:
        known = set(plan.jobs)
        for job in plan.select(lambda job: job[choice] in values and job.fault is None):
            plain = job.with_choices(**{choice: "none"})
            if plain in known:
                yield job, plain, plan.baseline, plan.repeated, plan.permuted

    return Look(jobs, _change, further=_further)


def model_changes(change: Change) -> bool:
    """Return whether one pair at least differs in what is observed of the model.

    Raises Unobservable where none does, and that says nothing of the image; DoesNotTrain where a job does not train.
    """
    changed, plain = change.pairs[0]
    trains(changed)
    trains(plain)
    if any(_differ(pair, change) for pair in change.pairs):
        return True
    if any(_only_bytes_differ(pair, change) for pair in change.pairs):
        raise Unobservable(
            "the bytes of the model differ and the metrics that observe it do not: whether it learned something else "
            "or holds digests of its files cannot be told; declare a metric that changes with any row"
        )
    if not all(_agree(pair, change) for pair in change.pairs):
        raise Unobservable(
            "declare deterministic = true, or a metric that observes the model, that has a tolerance of 0.01 or less "
            "and keeps within it when a job is run again, and that is not at its limit"
        )
    if _too_few(change):
        raise Unobservable("what is observed depends on the order of rows, so few rows may be without effect on it")
    silent = sum(not _shows(pair, change) for pair in change.controls)
    if silent > len(change.controls) // _PAIRS_OF_ONE_ROW or 0 < len(change.controls) < len(change.pairs):
        raise Unobservable("what is observed of the model does not show a change of so few rows, wherever they lie")
    return False


def _further(runs: tuple[Run, ...], subject: Subject) -> tuple[Job, ...]:
    """Name the control of the first pair where that agrees; where the control shows a difference, all that is left."""
    change = _change(runs, subject)
    if not _agree(change.pairs[0], change) or len(change.pairs) > 1 or _too_few(change):
        return ()
    pairs = [
        tuple(drawn_anew(run.job, number, subject.manifest) for run in change.pairs[0])
        for number in range(_pair_count(change.changed_rows))
    ]
    elsewhere = _CONTROLS.get(change.changed_rows, {})
    if not elsewhere:
        return tuple(job for pair in pairs[1:] for job in pair)
    # The plain job of a control has its layout, and no changed rows.
    layout = {name: value for name, value in elsewhere.items() if name != "changed_rows"}
    controls = [(one.with_choices(**elsewhere), other.with_choices(**layout)) for one, other in pairs]
    if not change.controls:
        return controls[0]
    if not _shows(change.controls[0], change):
        return ()
    return tuple(job for pair in [*pairs[1:], *controls[1:]] for job in pair)


def _pair_count(changed_rows: str) -> int:
    return _PAIRS_OF_ONE_ROW if changed_rows == "last-row" else _PAIRS


def _change(runs: tuple[Run, ...], subject: Subject) -> Change:
    changed, plain, baseline, repeated, permuted, *further = runs
    more = list(zip(further[::2], further[1::2], strict=True))
    value = changed.job["changed-rows"]
    first, others = (more[:1], more[1:]) if value in _CONTROLS else ([], more)
    left = _pair_count(value) - 1
    return Change(
        ((changed, plain), *others[:left]),
        (*first, *others[left:]),
        baseline,
        repeated,
        permuted,
        subject.manifest.algorithm.deterministic,
    )


def _differ(pair: RunPair, change: Change) -> bool:
    """Whether two runs differ in what observes the model, where equal jobs do not.

    A model may hold digests of the files it was made of, so bytes that differ say nothing where metrics agree.
    """
    compared = list(_compared(pair, change))
    if any(not one.equal for one in compared):
        return True
    return _only_bytes_differ(pair, change) and not _as_alike_as_equal_jobs(compared)


def _only_bytes_differ(pair: RunPair, change: Change) -> bool:
    return _same_bytes((change.baseline, change.repeated)) and not _same_bytes(pair)


def _shows(pair: RunPair, change: Change) -> bool:
    """Whether two runs, between which there is a difference, are unlike in anything at all."""
    return _differ(pair, change) or _only_bytes_differ(pair, change)


def _agree(pair: RunPair, change: Change) -> bool:
    """Whether two runs are as alike in what observes the model as equal jobs are, and would not be by themselves."""
    if _shows(pair, change) or not all(run.trains for run in pair):
        return False
    whole = all(run.model.complete and all(file.sha256 for file in run.model.files()) for run in pair)
    if change.deterministic and whole and _same_bytes((change.baseline, change.repeated)):
        return True
    return _as_alike_as_equal_jobs(list(_compared(pair, change)))


def _as_alike_as_equal_jobs(compared: Sequence[_Compared]) -> bool:
    telling = [one for one in compared if one.metric.tolerance <= _FINE and not one.at_its_limit]
    return bool(telling) and all(one.apart <= max(_TIMES_THE_SPREAD * one.spread, one.noise) for one in telling)


@dataclass(frozen=True)
class _Compared:
    """A metric of the model in two runs, and how far it is apart in them and in equal jobs."""

    metric: Metric
    equal: bool
    apart: float
    spread: float
    noise: float
    at_its_limit: bool


def _compared(pair: RunPair, change: Change) -> Iterator[_Compared]:
    """Yield the metrics of the model that equal jobs agree in."""
    for metric in (seen.metric for seen in pair[0].metrics if seen.metric.observes == "model"):
        found = [metric_of(run, metric.name) for run in (*pair, change.baseline, change.repeated)]
        present = [seen for seen in found if seen is not None]
        values = [seen.value for seen in present if seen.value is not None]
        if len(values) < len(found) or not close(present[2], present[3]):
            continue
        yield _Compared(
            metric,
            equal=close(present[0], present[1]),
            apart=abs(values[0] - values[1]),
            spread=abs(values[2] - values[3]),
            noise=max(metric.absolute_tolerance, _NOISE * abs(values[0])),
            at_its_limit=values[0] == values[1] and values[0] in _AT_ITS_LIMIT,
        )


def _too_few(change: Change) -> bool:
    """Whether so few rows may be without effect because of where they stand, whichever way the files are listed."""
    order_matters = not change.permuted.trains or _shows((change.permuted, change.baseline), change)
    return order_matters and change.changed_rows in _SMALL_FILES


def _same_bytes(pair: RunPair) -> bool:
    return model_bytes(pair[0]) == model_bytes(pair[1])
