"""Which values of the choices, and which pairs of them, the jobs of a session had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.contract.choices import value_of
from conformance.manifest.model import Manifest
from conformance.plan.covering import feasible_pairs, pairs_of
from conformance.plan.draw import factors
from conformance.values.run import Run


@dataclass(frozen=True)
class ValueSeen:
    """A value of a choice, what it means, and how many runs had it."""

    name: str
    phrase: str
    runs: int


@dataclass(frozen=True)
class Coverage:
    """The values of each choice that the image's manifest leaves open, how many of their pairs can occur together, and
    which of those no run had."""

    choices: tuple[tuple[str, tuple[ValueSeen, ...]], ...]
    pairs: int
    missed: tuple[str, ...]


def coverage_of(history: Sequence[Run], manifest: Manifest) -> Coverage:
    """Count the values and pairs of values among runs."""
    of_choices = factors(manifest)
    open_ = {name: values for name, values in of_choices.items() if len(values) > 1}
    had = Counter((name, run.job[name]) for run in history for name in open_)
    # What a value needs may be a choice that is not open.
    wanted = {pair for pair in feasible_pairs(of_choices) if all(name in open_ for name, _ in pair)}
    seen = {pair for run in history for pair in pairs_of({name: run.job[name] for name in open_})}
    choices = tuple(
        (name, tuple(ValueSeen(value, _phrase(name, value), had[name, value]) for value in values))
        for name, values in open_.items()
    )
    missed = (" with ".join(f"{name} {value}" for name, value in sorted(pair)) for pair in wanted - seen)
    return Coverage(choices, len(wanted), tuple(sorted(missed)))


def _phrase(choice: str, value: str) -> str:
    known = value_of(choice, value)
    return "" if known is None else known.phrase
