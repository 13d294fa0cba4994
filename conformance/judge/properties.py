"""Properties that several rules ask of what they look at. Each returns, or raises a violation."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.judge.cause import likely_cause
from conformance.judge.looks import Pair
from conformance.judge.violation import (
    DoesNotTrain,
    FaultUnnoticed,
    ResultDiffers,
    Undecided,
    Unobservable,
    Violation,
)
from conformance.values.run import MetricSeen, Run
from conformance.values.verdict import Level

_SHOWN_CHARACTERS = 200
OTHER_ORDER = frozenset({"partition", "file-names", "column-order"})
"""The choices with which readers may take rows or columns in another order, as the files that they lie in differ."""

_OTHER_FILES = frozenset(
    {
        "format",
        "row-order",
        "extra-column",
        "header",
        "line-ends",
        "last-line",
        "quoting",
        "booleans",
        "exponents",
        "line-breaks",
    }
    | {"codec", "row-groups", "dictionary", "integer-widths", "null-part", "pages", "timestamps"}
    | OTHER_ORDER
)
# For some readers a number in quotes is text, and one without them is none.
_OTHER_TYPES = frozenset({"format", "quoting"})
_OTHER_ROWS = frozenset({"line-breaks"})
# How many rows are read says nothing of these.
_HYPERPARAMETERS = ("hyperparameters", "hyperparameter-quoting", "unknown-hyperparameters")
_OTHER_COLUMNS = ("column-order", "extra-column")
# A model may well hold what its job was told, and which files it met.
_TOLD = (
    *_HYPERPARAMETERS,
    "configuration",
    "environment",
    "format-variable",
    "extra-channel",
    "extra-variables",
    "markers",
    "hidden-files",
)


def trains(run: Run) -> None:
    """The job ends with exit code 0 and leaves a model."""
    if run.trains:
        return
    seen = f"the job {run.ending}"
    if run.exit_code == 0:
        seen += " and left no model"
    said = shown_text(run.status_details)
    cause = likely_cause(run)
    parts = [seen, f"its failure file says {said}" if said else "", cause or ""]
    raise DoesNotTrain(run, "; ".join(part for part in parts if part))


def shown_text(text: str) -> str:
    """Return the beginning of a text that an image wrote, on one line and in quotes; nothing for no text."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS] + "…") if line else ""


def fails(run: Run, *, level: Level | None = None) -> None:
    """The job, which has a fault, ends by itself with a non-zero exit code; ``level`` is what it weighs if not."""
    if run.exit_code == 0:
        left = "left a model" if run.model.has_model() else "left no model"
        raise FaultUnnoticed(run, f"{_fault(run)}; the job {run.ending} and {left}", level=level)
    if run.timed_out:
        raise Violation(f"{_fault(run)}; the job {run.ending}", level=level)
    if not run.fails:
        raise Unobservable(f"{_fault(run)}, but the job {run.ending}")


def same_result(pair: Pair) -> None:
    """Both jobs read the same number of rows and give the same model, as far as that can be observed."""
    trains(pair.changed)
    trains(pair.plain)
    counts_rows = pair.choice not in (*_HYPERPARAMETERS, *_OTHER_COLUMNS)
    seen = [_rows_agree(pair) and counts_rows, _model_metrics_agree(pair), _bytes_agree(pair)]
    if any(seen):
        return
    what = 'declare a metric with observes = "rows" or observes = "model"'
    if not counts_rows:
        what = 'declare a metric with observes = "model"'
    if _bytes_are_compared(pair):
        raise Undecided(
            "the bytes of the model differ, and whether it learned from other rows or holds what its job was told "
            f"cannot be seen; {what}"
        )
    instead = "" if pair.choice in _OTHER_FILES else ", or deterministic = true"
    raise Unobservable(f"{what}{instead}, so that results can be compared")


def same_result_where_observable(seen: Pair | Run) -> None:
    """The changed job trains, and gives the same result if there is another and that can be seen."""
    if isinstance(seen, Run):
        trains(seen)
        return
    trains(seen.changed)
    try:
        same_result(seen)
    except Undecided:
        raise
    except Unobservable:
        # That it trains was seen, which is all that the sentence of such a rule asks.
        return


def same_result_or_fails(pair: Pair) -> None:
    """The changed job fails, or it trains and gives the same result if that can be seen."""
    if not pair.changed.fails:
        same_result_where_observable(pair)


def models_differ(
    one: Sequence[Run], other: Sequence[Run], baseline: Run, repeated: Run, *, deterministic: bool
) -> bool | None:
    """Whether two jobs gave different models, as far as can be observed; None where nothing is steady enough to tell.

    Where each was run more than once, and shows the very same value each time, any other one is a difference, however
    wide its tolerance. A few digits that are alike in two runs may be so by chance.
    """
    compared: list[bool] = []
    declared = [seen for seen in one[0].metrics if seen.metric.observes == "model"]
    for seen in declared:
        name = seen.metric.name
        beside, plain, again = (metric_of(run, name) for run in (other[0], baseline, repeated))
        if beside is None or plain is None or again is None or not close(plain, again):
            continue
        values = [_values(job, name) for job in (one, other, (baseline, repeated))]
        exact = min(len(one), len(other)) > 1 and all(len(of_job) == 1 for of_job in values)
        compared.append(values[0] != values[1] if exact else not close(seen, beside))
    if not declared and deterministic and model_bytes(baseline) == model_bytes(repeated):
        compared.append(model_bytes(one[0]) != model_bytes(other[0]))
    return any(compared) if compared else None


def _values(job: Sequence[Run], name: str) -> set[float | None]:
    """Return what a metric shows in the runs of a job."""
    return {None if (seen := metric_of(run, name)) is None else seen.value for run in job}


def _rows_agree(pair: Pair) -> bool:
    compared = False
    for changed, plain in _metric_pairs(pair, "rows"):
        compared = True
        if changed.value != plain.value:
            raise ResultDiffers(
                pair.changed,
                pair.choice,
                f"{changed.metric.name} is {changed.value:g}, and {plain.value:g} in the plain job on the same rows",
            )
    return compared


def _model_metrics_agree(pair: Pair) -> bool:
    if pair.choice in _OTHER_ROWS or (pair.choice in _OTHER_TYPES and not pair.plain_texts):
        # As for texts that are not plain: 01234 is text in Parquet, and a number for many who read it as CSV.
        return False
    compared = False
    for changed, plain in _metric_pairs(pair, "model"):
        if not _steady(changed.metric.name, pair):
            continue
        compared = True
        if not close(changed, plain):
            raise ResultDiffers(
                pair.changed,
                pair.choice,
                f"{changed.metric.name} is {changed.value!r}, and {plain.value!r} in the plain job on the same rows",
                metric=changed.metric.name,
            )
    return compared


def _bytes_are_compared(pair: Pair) -> bool:
    # Another format, layout or order may well give other bytes, and still the same model; and so does a model that
    # says which files it was made of.
    if not pair.deterministic or pair.choice in _OTHER_FILES:
        return False
    return model_bytes(pair.baseline) == model_bytes(pair.repeated)


def _bytes_agree(pair: Pair) -> bool:
    if not _bytes_are_compared(pair):
        return False
    if model_bytes(pair.changed) != model_bytes(pair.plain):
        if pair.choice in _TOLD:
            return False
        raise ResultDiffers(
            pair.changed,
            pair.choice,
            "the bytes of the model are not those of the plain job on the same rows, though the manifest says "
            "deterministic = true",
        )
    return True


def _metric_pairs(pair: Pair, observes: str) -> list[tuple[MetricSeen, MetricSeen]]:
    plain = {seen.metric.name: seen for seen in pair.plain.metrics}
    return [
        (seen, plain[seen.metric.name])
        for seen in pair.changed.metrics
        if seen.metric.observes == observes and seen.value is not None and plain[seen.metric.name].value is not None
    ]


def _steady(name: str, pair: Pair) -> bool:
    """Whether the metric is the same in equal jobs, and so says something where it differs in unequal ones.

    Where rows or columns may come in another order, the metric must not depend on that either. Only a metric that keeps
    within its tolerance counts: from two runs the spread of one that does not cannot be told.
    """
    controls = [pair.repeated, pair.permuted] if pair.choice in OTHER_ORDER else [pair.repeated]
    plain = metric_of(pair.baseline, name)
    others = [metric_of(run, name) for run in controls]
    return plain is not None and all(other is not None and close(plain, other) for other in others)


def metric_of(run: Run, name: str) -> MetricSeen | None:
    """Return what was seen of a metric in a run that trains."""
    return next((seen for seen in run.metrics if seen.metric.name == name), None) if run.trains else None


def close(one: MetricSeen, other: MetricSeen) -> bool:
    """Whether two values of a metric are equal within its tolerance."""
    if one.value is None or other.value is None:
        return False
    allowed = max(one.metric.absolute_tolerance, one.metric.tolerance * max(abs(one.value), abs(other.value)))
    return abs(one.value - other.value) <= allowed


def model_bytes(run: Run) -> tuple[tuple[str, str | None], ...]:
    """Return the files of the model, with a digest of what they hold."""
    return tuple((file.path, file.sha256) for file in run.model.files())


def _fault(run: Run) -> str:
    return run.job.fault.sentence if run.job.fault is not None else "the job has no fault"
