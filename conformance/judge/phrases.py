"""Differences between jobs, told as a person would tell them."""

from __future__ import annotations

from collections.abc import Collection

from conformance.contract.choices import value_of
from conformance.values.job import DATA, Job, differences

_SHOWN_VALUES = 5
_SHOWN_CHARACTERS = 60
# Plain values are told where a job has one and its neighbour, which is not the plain job, has not.
_PLAIN = {
    ("format-variable", "lower"): "FILE_FORMAT is in lower case",
    ("partition", "one"): "the rows lie in one file",
}

_STOPS = {
    "early": "SIGTERM is sent soon after the start",
    "middle": "SIGTERM is sent in the middle of training",
    "later": "SIGTERM is sent in the middle of training, a while after it has begun",
}


def told_differences(job: Job, neighbour: Job, only: Collection[str] | None = None) -> tuple[str, ...]:
    """Return what distinguishes a job from another one, each as a clause; of the choices those that are named."""
    differing = differences(job, neighbour)
    if job.fault is not None and job.fault.kind == "undeclared-format":
        # The rows are in that format, which the fault tells.
        differing.pop("format", None)
    if job.fault is not None and _canaries(job):
        # They are there to see what is told of the fault.
        differing.pop(DATA, None)
    told = [_clause(name, value, job, neighbour) for name, value in differing.items() if only is None or name in only]
    if job.fault is not None:
        told.append(job.fault.sentence)
    if job.stop and job.stop != neighbour.stop:
        told.append(_STOPS[job.stop])
    if job.repeat != neighbour.repeat:
        told.append("the job is run once more")
    return tuple(told)


def _of_data(job: Job) -> str:
    if _canaries(job):
        return "cells hold values that stand nowhere else, by which they are known again"
    return "the rows are drawn anew"


def _canaries(job: Job) -> bool:
    return any(recipe.canaries for recipe in job.data)


def _clause(name: str, value: str, job: Job, neighbour: Job) -> str:
    if name == DATA:
        return _of_data(job)
    if (name, value) == ("hyperparameters", "drawn") and (values := _values(job, neighbour)):
        return values
    known = value_of(name, value)
    return known.phrase if known is not None else _PLAIN.get((name, value), f"{name} is {value}")


def _values(job: Job, neighbour: Job) -> str:
    given = dict(neighbour.hyperparameters)
    other = [f"{name} is {text[:_SHOWN_CHARACTERS]}" for name, text in job.hyperparameters if given.get(name) != text]
    return ", ".join(other[:_SHOWN_VALUES]) + (" …" if len(other) > _SHOWN_VALUES else "")


def sentence_of(job: Job, neighbour: Job, plain: Job | None = None, only: Collection[str] | None = None) -> str:
    """Return the differences as one sentence; ``plain`` is the plain job, where ``neighbour`` is another one."""
    told = told_differences(job, neighbour, only)
    if not told:
        return "Broken in the plain job already."
    beside = told_differences(neighbour, plain) if plain is not None else ()
    begin = f"Trains where {' and '.join(beside)}" if beside else "The plain job trains"
    return f"{begin}; broken as soon as {' and '.join(told)}."
