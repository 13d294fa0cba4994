"""Faults in the configuration of a job: hyperparameters that cannot be read, or are not there, and a file cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract import paths
from conformance.manifest.model import Hyperparameter, Manifest
from conformance.plan.some import some
from conformance.plan.strategies import Drawn, as_text
from conformance.values.job import Fault, Job

_NAMES_OF_LONG_VALUE = 8
# An image may well refuse to read longer ones, for another reason than that they are too large.
_LONGEST_NUMBER = 18
_LETTERS, _EMPTY, _BEYOND, _ABSENT = 3, 2, 3, 2


def configuration_faults(baseline: Job, manifest: Manifest, drawn: Drawn) -> Iterator[tuple[Job, Fault]]:
    """Yield faults of the configuration with their jobs: of the hyperparameters a few, and which ones by chance."""
    declared, seed = manifest.hyperparameters, drawn.fault_seed
    typed = [name for name, each in declared.items() if each.type != "string"]
    checked = [name for name, each in declared.items() if each.type != "string" or each.accepted is not None]
    for name in some(checked, _LETTERS, seed, "letters"):
        if not _is_accepted_word(declared[name], drawn.unreadable):
            yield _given(baseline, name, drawn.unreadable, f"the {_kind(declared[name])} {name} is {drawn.unreadable}")
    for name in some(typed, 1, seed, "long"):
        value = drawn.unreadable_long
        yield _given_long(baseline, name, value)
        # One byte later: wherever a text with it is cut, one of the two is cut within a character.
        yield _given_long(baseline, name, (value[0] + value)[: len(value)])
    for name in some(typed, _EMPTY, seed, "empty") if _may_be_empty(manifest) else ():
        yield _given(baseline, name, "", f"the {_kind(declared[name])} {name} is an empty text")
    bounded = [name for name, each in declared.items() if any(_beyond(each))]
    for name in some(bounded, _BEYOND, seed, "beyond"):
        for value in _beyond(declared[name]):
            yield _given(baseline, name, value, f"the hyperparameter {name} is {value}, which is not accepted")
    required = [name for name, each in declared.items() if each.required]
    for name in some(required, _ABSENT, seed, "absent"):
        yield _without(baseline, name)
    if declared:
        yield _cut_off(baseline, manifest)


def _given(job: Job, name: str, value: str, sentence: str) -> tuple[Job, Fault]:
    spellings = (value, repr(float(value))) if _is_number(value) else (value,) if value else ()
    fault = Fault("hyperparameter", "config.invalid", sentence, (name, *spellings), subject=name, value=value)
    return _with_value(job, name, value), fault


def _given_long(job: Job, name: str, value: str) -> tuple[Job, Fault]:
    sentence = f"the hyperparameter {name} is a text of {len(value)} characters, most of them not ASCII"
    names = (name, *value.split()[:_NAMES_OF_LONG_VALUE])
    return _with_value(job, name, value), Fault(
        "hyperparameter", "config.invalid", sentence, names, subject=name, value=value
    )


def _with_value(job: Job, name: str, value: str) -> Job:
    return replace(job, hyperparameters=tuple((dict(job.hyperparameters) | {name: value}).items()))


def _without(job: Job, name: str) -> tuple[Job, Fault]:
    left = tuple((other, value) for other, value in job.hyperparameters if other != name)
    sentence = f"the required hyperparameter {name} is not there"
    fault = Fault("hyperparameter-absent", "config.required", sentence, (name,), subject=name)
    return replace(job, hyperparameters=left), fault


def _cut_off(job: Job, manifest: Manifest) -> tuple[Job, Fault]:
    """Cut a file that gives every hyperparameter, so that it does not do to go on without it."""
    lows = tuple((name, as_text(declared.tested[0])) for name, declared in manifest.hyperparameters.items())
    file = paths.HYPERPARAMETERS
    names = (file, f"{paths.CONFIG}/{file}", "hyperparameters")
    fault = Fault("configuration-cut", "failure.early", f"{file} is cut off in its middle", names)
    return replace(job, hyperparameters=lows), fault


def _kind(declared: Hyperparameter) -> str:
    return f"{declared.type} hyperparameter"


def _is_accepted_word(declared: Hyperparameter, word: str) -> bool:
    return declared.type == "string" and declared.accepts(word)


def _may_be_empty(manifest: Manifest) -> bool:
    """Whether the platform lets a value be empty: Clean Rooms ML does not."""
    return bool({"local", "sagemaker"} & set(manifest.algorithm.targets))


def _beyond(declared: Hyperparameter) -> Iterator[str]:
    """Yield values of the right type that are not accepted: of numbers one below and one above."""
    if declared.accepted is None:
        return
    if declared.type == "boolean":
        yield from (as_text(value) for value in (True, False) if value not in declared.accepted)
        return
    if declared.type == "string":
        return
    for bound, sign in zip(declared.accepted, (-1, 1), strict=True):
        number = float(bound)  # type: ignore[arg-type]
        text = as_text(int(bound) + sign if declared.type == "integer" else _further(number, sign))  # type: ignore[arg-type]
        if len(text.lstrip("-")) <= _LONGEST_NUMBER:
            yield text


def _further(bound: float, sign: int) -> float:
    """Return a number beyond a bound, by so much that no rounding brings it back."""
    return bound + sign * (abs(bound) / 2 or 1)


def _is_number(value: str) -> bool:
    """Whether a value is a number, which programs print in a way of their own once they have read it."""
    return value.lstrip("-").replace(".", "", 1).isdecimal()
